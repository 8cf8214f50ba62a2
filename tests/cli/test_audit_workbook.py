"""`peerbill audit --xlsx`: the workbook is written whole, for its owner alone."""

from pathlib import Path

from click.testing import CliRunner, Result
from python_calamine import CalamineWorkbook

import peerbill
from peerbill.cli import main

DAY = "2026-03-31"


def audit(folder: Path, *arguments: object) -> Result:
    return CliRunner().invoke(main, ["audit", str(folder), "--as-of", DAY, *map(str, arguments)])


def test_the_workbook_is_beside_what_the_command_prints_without_it(workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "audit.xlsx"
    without, result = audit(workspace), audit(workspace, "--xlsx", file)
    book = CalamineWorkbook.from_path(file)
    findings = book.get_sheet_by_name("Findings").to_python()
    summary = [cell for row in book.get_sheet_by_name("Summary").to_python() for cell in row if cell != ""]

    assert result.exit_code == without.exit_code
    assert result.stdout == f"{without.stdout}Wrote {file}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "PB402" in [row[2] for row in findings]
    assert f"peerbill {peerbill.__version__}, policy data" in " ".join(map(str, summary))
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_the_same_audit_gives_the_same_workbook(workspace: Path, tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        audit(workspace, "--xlsx", tmp_path / name)

    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_page_workbook_and_json_in_one_run_with_pseudonyms(workspace: Path, tmp_path: Path) -> None:
    names = ("audit.html", "audit.xlsx", "audit.json")
    html, xlsx, json = (tmp_path / name for name in names)
    result = audit(
        workspace, "--deidentify", "--key", tmp_path / "key", "--html", html, "--xlsx", xlsx, "--json", json, "--brief"
    )
    first = str(CalamineWorkbook.from_path(xlsx).get_sheet_by_name("Encounters").to_python()[1][0])

    assert result.exit_code == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names, "key", workspace.name])
    assert all(first in file.read_text(encoding="utf-8") for file in (html, json))
    assert first.startswith("E-")


def test_a_folder_that_is_not_there_is_said_and_nothing_is_written(workspace: Path, tmp_path: Path) -> None:
    result = audit(workspace, "--xlsx", tmp_path / "nowhere" / "audit.xlsx")

    assert result.exit_code == 2
    assert "nowhere" in result.stderr
