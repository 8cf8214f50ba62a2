"""No report takes the place of what peerbill reads, or of another report of the same run."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from peerbill.cli import main
from peerbill.cli.named_files import is_of_a_workspace

DAY = "2026-03-31"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("option", ["--json", "--csv", "--html", "--xlsx"])
@pytest.mark.parametrize(
    "name", ["encounters.csv", "exclusions.jsonl", "peerbill.toml", "ledger.db", "policies/nj.toml"]
)
def test_a_report_never_takes_the_place_of_a_file_of_the_workspace(workspace: Path, option: str, name: str) -> None:
    before = everything(workspace)
    result = run("audit", workspace, "--as-of", DAY, option, workspace / name)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"Error: {option} {workspace / name}: peerbill reads this file as a part of the workspace, and a report would "
        "take its place. Give the report another name. See: main audit --help\n"
    )
    assert everything(workspace) == before


def test_nor_by_another_way_to_the_folder(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(workspace)
    (tmp_path / "link.csv").symlink_to(workspace / "encounters.csv")

    assert is_of_a_workspace(tmp_path / "link" / "encounters.csv")
    assert is_of_a_workspace(tmp_path / "link.csv")
    assert is_of_a_workspace(workspace / "policies" / ".." / "staff.csv")
    assert not is_of_a_workspace(workspace / "audit.csv")
    assert not is_of_a_workspace(tmp_path / "encounters.csv")


@pytest.mark.parametrize(("first", "second"), [("--html", "--xlsx"), ("--json", "--csv")])
def test_two_reports_have_two_names(workspace: Path, tmp_path: Path, first: str, second: str) -> None:
    file = tmp_path / "audit"
    result = run("audit", workspace, "--as-of", DAY, first, file, second, tmp_path / "." / "audit")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"Error: {file}: named by {first} and by {second}. Give each report its own name. See: main audit --help\n"
    )
    assert not file.exists()


@pytest.mark.parametrize("turned", [False, True])
def test_a_file_that_is_read_is_not_written(tmp_path: Path, turned: bool) -> None:
    file = tmp_path / "claims.837"
    file.write_text("ISA*00*")
    parts = ("--json", file, file) if turned else (file, "--json", file)
    result = run("check", *parts)

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{file}: read, and written as a report. Give the report another name." in result.stderr
    assert file.read_text() == "ISA*00*"


def test_a_page_does_not_go_to_standard_output(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace)
    result = run("audit", workspace, "--as-of", DAY, "--html", "-")

    assert result.exit_code == 2
    assert "--html -: expected the name of a file, not standard output." in result.stderr
    assert not (workspace / "-").exists()
