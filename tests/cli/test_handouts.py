"""`peerbill todo --by staff`: a folder of pages, written whole or not at all."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from peerbill.cli import main
from peerbill.cli.handouts import write_folder
from peerbill.model.errors import UnusableInputError


def todo(folder: Path, *options: object) -> Result:
    return CliRunner().invoke(main, ["todo", str(folder), "--as-of", "2026-03-05", *map(str, options)])


@pytest.fixture
def unsigned(workspace: Path) -> Path:
    encounters = workspace / "encounters.csv"
    encounters.write_text(encounters.read_text().replace("S1,2026-03-02T16:10", ","))
    return workspace


def test_each_peer_has_a_page_without_data_of_members(unsigned: Path, tmp_path: Path) -> None:
    out = tmp_path / "pages"
    result = todo(unsigned, "--by", "staff", "--out", out)
    text = (out / "peer-S1.html").read_text(encoding="utf-8")

    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == f"As of 2026-03-05: 1 page in {out}"
    assert result.stdout.splitlines()[0] == "peer S1: 4 to correct, 2 hold a bill"
    assert sorted(path.name for path in out.iterdir()) == [".handouts", "peer-S1.csv", "peer-S1.html"]
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}
    assert out.stat().st_mode & 0o777 == 0o700
    assert "E1" in text
    for private in ("M1", "Lane", "Alex", "1988", "123456789012", "Went through"):
        assert private not in text + (out / "peer-S1.csv").read_text(encoding="utf-8")


def test_pages_of_an_earlier_run_are_replaced(unsigned: Path, tmp_path: Path) -> None:
    out = tmp_path / "pages"
    todo(unsigned, "--by", "staff", "--out", out)
    encounters = unsigned / "encounters.csv"
    encounters.write_text(encounters.read_text().replace(",,yes", ",S1,2026-03-02T16:10,yes"))
    (unsigned / "coverage.csv").write_text(
        (unsigned / "coverage.csv").read_text() + "M2,horizon,210987654321,2026-01-01,,1\n"
    )
    result = todo(unsigned, "--by", "staff", "--out", out)

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, f"As of 2026-03-05: 0 pages in {out}")
    assert [path.name for path in out.iterdir()] == [".handouts"]


def test_the_options_that_go_together(unsigned: Path, tmp_path: Path) -> None:
    out = tmp_path / "pages"
    assert "go together" in todo(unsigned, "--by", "staff").stderr
    assert "go together" in todo(unsigned, "--out", out).stderr
    assert "only --staff" in todo(unsigned, "--by", "staff", "--out", out, "--brief").stderr
    assert "S7 is no staff_id" in todo(unsigned, "--by", "staff", "--out", out, "--staff", "S7").stderr
    assert not out.exists()
    todo(unsigned, "--by", "staff", "--out", out, "--staff", "S2")
    assert [path.name for path in out.iterdir()] == [".handouts"]


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "pages"
    write_folder(out, {"a.html": "a", "b.html": "b"})
    write_folder(out, {"b.html": "c"})
    assert {path.name: path.read_text() for path in out.iterdir()} == {"b.html": "c", ".handouts": "b.html\n"}

    (out / "own.txt").write_text("mine")
    with pytest.raises(UnusableInputError, match=r"found own\.txt in it"):
        write_folder(out, {"a.html": "a"})
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UnusableInputError, match="found something else"):
        write_folder(tmp_path / "file", {"a.html": "a"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "pages"]


def test_all_pages_are_written_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "pages"
    write_folder(out, {"a.html": "before"})
    rename = Path.rename

    def broken(self: Path, target: Path) -> Path:
        if self.name.endswith(".part"):
            raise OSError("no space")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises(OSError, match="no space"):
        write_folder(out, {"a.html": "after"})
    assert {path.name: path.read_text() for path in out.iterdir()} == {"a.html": "before", ".handouts": "a.html\n"}
    assert [path.name for path in tmp_path.iterdir()] == ["pages"]
