from pathlib import Path

import pytest
from click.testing import CliRunner

from peerbill.cli import main
from peerbill.intake import TABLES
from peerbill.intake.workspace import Example, examples


def test_a_new_workspace_says_what_to_do_next(tmp_path: Path) -> None:
    folder = tmp_path / "agency"
    result = CliRunner().invoke(main, ["init", str(folder)])

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        f"Made a workspace in {folder}.\n"
        f"Next: peerbill setup {folder} asks for what {folder / 'peerbill.toml'} needs, or fill it in yourself.\n"
        f"Then fill in the tables beside it, and run: peerbill audit {folder}\n"
    )
    assert {path.stem for path in folder.glob("*.csv")} == set(TABLES)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    result = CliRunner().invoke(main, ["init", str(tmp_path)])

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"Error: {tmp_path}: expected a new or an empty folder. Give another name.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_unknown_example_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["init", str(tmp_path / "new"), "--example", "xyzzy"])

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: no example is named xyzzy. There are: ")
    assert all(example.name in result.stderr for example in examples())


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_a_copy_of_an_example_tells_its_day(tmp_path: Path, example: Example) -> None:
    folder = tmp_path / "copy"
    result = CliRunner().invoke(main, ["init", str(folder), "--example", example.name])

    assert (result.exit_code, result.stderr) == (0, "")
    assert f"It was written for the day {example.as_of}.\n" in result.stdout
    assert (folder / "peerbill.toml").is_file()


def test_the_examples_are_listed() -> None:
    result = CliRunner().invoke(main, ["init", "--list"])

    assert result.exit_code == 0
    assert result.stdout == "".join(f"{example.name}: {example.title}\n" for example in examples())


def test_a_new_workspace_and_every_example_ask_whom_the_claim_names(tmp_path: Path) -> None:
    blank = tmp_path / "blank"
    CliRunner().invoke(main, ["init", str(blank)])
    text = (blank / "peerbill.toml").read_text(encoding="utf-8")

    assert '\nrendering = ""  ' in text
    assert "ask the payer: whom do its claims name as rendering provider: peer, supervisor or agency?" in text
    for example in examples():
        folder = tmp_path / example.name
        CliRunner().invoke(main, ["init", str(folder), "--example", example.name])
        shown = (folder / "peerbill.toml").read_text(encoding="utf-8")
        assert "# Ask the payer: whom do its claims name as rendering provider?" in shown


def test_the_tables_may_be_a_workbook_that_every_command_reads(tmp_path: Path) -> None:
    folder = str(tmp_path / "book")
    result = CliRunner().invoke(main, ["init", folder, "--example", "nj-recovery-coach", "--excel"])
    audit = CliRunner().invoke(main, ["audit", folder, "--as-of", "2026-11-06"])
    bill = CliRunner().invoke(main, ["bill", folder, "--out", str(tmp_path / "out"), "--as-of", "2026-11-06"])

    assert (result.exit_code, audit.exit_code, bill.exit_code) == (0, 0, 0)
    assert bill.stdout.splitlines()[-1] == (
        "As of 2026-11-06: 25 encounters = 25 billable + 0 billed before + 0 held + 0 rejected"
    )


def test_a_new_workbook_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["init", str(tmp_path / "new"), "--excel"])

    assert f"the sheets of {tmp_path / 'new' / 'workspace.xlsx'}, and run: peerbill audit" in result.stdout
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        *("exclusions.csv", "ledger.db", "peerbill.toml", "screenings.csv", "workspace.xlsx"),
    ]
