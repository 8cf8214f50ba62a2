"""`peerbill audit --html`: the page is written whole, for its owner alone, and says what the command says."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import peerbill
from peerbill.audit_report import html
from peerbill.cli import main

DAY = "2026-03-31"


def audit(folder: Path, *arguments: object) -> Result:
    return CliRunner().invoke(main, ["audit", str(folder), "--as-of", DAY, *map(str, arguments)])


def test_the_page_is_beside_what_the_command_prints_without_it(workspace: Path, tmp_path: Path) -> None:
    page = tmp_path / "audit.html"
    without, result = audit(workspace), audit(workspace, "--html", page)
    text = page.read_text(encoding="utf-8")

    assert result.exit_code == without.exit_code
    assert result.stdout == f"{without.stdout}Wrote {page}\n"
    assert page.stat().st_mode & 0o777 == 0o600
    assert text.startswith("<!doctype html>\n")
    assert f"audit as of {DAY}</title>" in text
    assert f"peerbill {peerbill.__version__}," in text
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_the_same_audit_gives_the_same_page(workspace: Path, tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        audit(workspace, "--html", tmp_path / name)

    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_json_on_standard_output_stays_alone_there(workspace: Path, tmp_path: Path) -> None:
    result = audit(workspace, "--json", "-", "--html", tmp_path / "audit.html")

    assert result.stdout.startswith("{")
    assert f"Wrote {tmp_path / 'audit.html'}\n" in result.stderr


def test_a_page_that_cannot_be_made_leaves_the_one_before(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "audit.html"
    page.write_text("before")

    def fail(*_: object) -> str:
        raise MemoryError

    monkeypatch.setattr(html, "audit_page", fail)
    result = audit(workspace, "--html", page)

    assert result.exit_code != 0
    assert page.read_text() == "before"


def test_a_folder_that_is_not_there_is_named(workspace: Path, tmp_path: Path) -> None:
    result = audit(workspace, "--html", tmp_path / "none" / "audit.html")

    assert result.exit_code == 2
    assert str(tmp_path / "none" / "audit.html") in result.stderr


def test_the_notice_and_what_was_billed_are_those_of_the_command(workspace: Path, tmp_path: Path) -> None:
    page = tmp_path / "audit.html"
    assert audit(workspace, "--html", page, "--notice", "2026-03-20").exit_code in {0, 1}
    text = page.read_text(encoding="utf-8")
    CliRunner().invoke(main, ["bill", str(workspace), "--as-of", DAY, "--out", str(tmp_path / "out")])
    audit(workspace, "--html", page)
    after = page.read_text(encoding="utf-8")
    audit(workspace, "--html", page, "--billed")
    again = page.read_text(encoding="utf-8")

    assert "The audit was announced on 2026-03-20." in text
    assert "No day of an audit notice was given" not in text
    assert billed_before(after) == "1"
    assert "These encounters were billed before" in after
    assert billed_before(again) == "0"


def billed_before(page: str) -> str:
    found = re.search(r'<dt>Billed before</dt><dd class="figure">(\d+)</dd>', page)
    return found[1] if found else ""


def test_a_page_without_names_of_people_has_pseudonyms_alone(workspace: Path, tmp_path: Path) -> None:
    page = tmp_path / "audit.html"
    result = audit(workspace, "--html", page, "--deidentify", "--key", tmp_path / "key")
    text = page.read_text(encoding="utf-8")

    assert result.exit_code in {0, 1}
    assert "Ids are pseudonyms of a key" in text
    assert "<h1>De-identified: audit as of " in text
    for id_ in ("E1", "M1", "S1", "V1", "Base Recovery House", "2026-03-02"):
        assert not re.search(rf"\b{id_}\b", text), id_
