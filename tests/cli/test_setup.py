"""`peerbill setup`: with a file of answers, and as an interview that may be left and gone on with."""

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import SMALL
from setup_answers import IN, NJ

from peerbill.cli import main
from peerbill.cli.setup import KEPT


def setup(*words: object, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, ["setup", *map(str, words)], input=typed)


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    file = tmp_path / "answers.toml"
    file.write_text(NJ, encoding="utf-8")
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "agency"


def test_answers_make_a_workspace_whose_contact_of_37_minutes_is_billed(folder: Path, answers: Path) -> None:
    result = setup(folder, "--answers", answers)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"Made a workspace in {folder}.",
        f"Wrote {folder / 'peerbill.toml'}.",
        f"Wrote {folder / 'policies' / 'nj.toml'}.",
        "Nothing open.",
        f"Next: fill in the tables in {folder}, then run: peerbill audit {folder}",
    ]
    for name, text in SMALL.items():
        if name.endswith(".csv"):
            told = text.replace("horizon", "plan").replace("T10:45", "T10:37").replace("12 Water St,Toms", "7 Oak,Toms")
            (folder / name).write_text(told, encoding="utf-8")
    audited = CliRunner().invoke(main, ["audit", str(folder), "--as-of", "2026-03-05"])
    assert "1 encounters = 1 billable" in audited.stdout.replace("1 encounter =", "1 encounters =")
    assert "PB605" not in audited.stdout
    assert "PB302" not in audited.stdout


def test_the_same_answers_again_change_nothing(folder: Path, answers: Path) -> None:
    setup(folder, "--answers", answers)
    before = {path: path.read_bytes() for path in folder.rglob("*.toml")}

    assert "Nothing changed." in setup(folder, "--answers", answers).stdout
    assert {path: path.read_bytes() for path in folder.rglob("*.toml")} == before


def test_what_is_not_answered_is_listed_and_the_rest_is_written(folder: Path, answers: Path) -> None:
    answers.write_text(NJ.replace('unit.aggregate = "encounter"\n', ""), encoding="utf-8")
    result = setup(folder, "--answers", answers)

    assert result.exit_code == 1
    assert "Open: policy.NJ/sud.unit.aggregate: Are the minutes of a day added" in result.stdout
    assert "1 value open.\n" in result.stdout
    assert (folder / "policies" / "nj.toml").exists()


def test_wrong_and_missing_answers_are_told_by_line_and_nothing_is_written(folder: Path, answers: Path) -> None:
    answers.write_text(
        NJ.replace("1234567893", "1234567890")
        .replace("taxonomy", "taxonmy")
        .replace('contact = "Billing Office"\n', ""),
        encoding="utf-8",
    )
    result = setup(folder, "--answers", answers)

    assert result.exit_code == 2
    npi, taxonomy, *missing = result.stderr.splitlines()
    assert npi == (
        "Error: answers.toml line 3: organization.npi: the check digit does not fit: after 123456789 it would be 3, "
        "and this ends in 0. Look for a mistyped or swapped digit."
    )
    assert taxonomy.startswith("Error: answers.toml line 5: organization.taxonmy: nothing is asked by that name. Did")
    assert [line.partition(". ")[0] for line in missing] == [
        f"Error: answers.toml: organization.{key}: expected an answer, found none" for key in ("taxonomy", "contact")
    ]
    assert not folder.exists()


def test_a_programme_of_no_payer_is_told_once(folder: Path, answers: Path) -> None:
    answers.write_text(IN.replace('[policy."IN/mro"]', '[policy."IN/mor"]'), encoding="utf-8")
    result = setup(folder, "--answers", answers)

    assert result.stderr.count("policy.IN/mor: no payer has this programme as its policy") == 1


TYPED = """\
Lantern Row Recovery
1234567890
1234567893
22-7654321
251S00000X
PO Box 9
7 Lantern Row
Riverton
new jersey
08077
08077-1234
eastern
Billing Office
(856) 555-0142

LRR01
Horizon
1
1
44556


2
1

1
Provider line
9/30/2026
p. 3
1

yes
p. 4
16

"""
"""What a clerk types, an Enter for each default; one NPI, one street and one ZIP code are wrong at first."""


def test_an_interview_asks_until_nothing_is_open(folder: Path) -> None:
    result = setup(folder, typed=TYPED)

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-2] == "Nothing open."
    policy = tomllib.loads((folder / "policies" / "nj.toml").read_text())
    assert [row["source"] for row in policy["sud"]["unit"]] == ["provider-line-2026-09-30 p. 3"] * 2
    assert policy["sud"]["credential"]["CPRS"] == [{"source": "provider-line-2026-09-30 p. 4"}]
    for told in (
        "No: the check digit does not fit: after 123456789 it would be 3, and this ends in 0.",
        "No: expected a street",
        "No: expected ZIP+4",
        "1  Horizon NJ Health (plan) (NJ/horizon)",
        "1  NJ/sud: Self-help/peer services, substance use disorder",
        "1  down: only whole units count: 37 minutes of 15 are 2",
        "Read: one unit for every fifteen minutes with the member",
    ):
        assert told in result.stdout


def test_ctrl_c_keeps_the_answers_and_the_next_run_goes_on(folder: Path) -> None:
    lines = TYPED.splitlines(keepends=True)
    left = setup(folder, typed="".join(lines[:8]))

    assert left.exit_code == 1
    assert "Kept 6 answers in" in left.stderr
    assert [path.name for path in folder.iterdir()] == [KEPT]

    again = setup(folder, typed="\n" + "".join(lines[8:]))
    assert "Going on with 6 answers" in again.stdout
    assert "What is the agency's name" not in again.stdout
    assert not (folder / KEPT).exists()
    assert 'name = "Lantern Row Recovery"' in (folder / "peerbill.toml").read_text()
    assert (folder / "members.csv").exists()


def test_an_answer_is_changed_by_its_name(folder: Path, answers: Path) -> None:
    setup(folder, "--answers", answers)
    result = setup(folder, typed="phone\norganization.phone\n856-555-0199\n\n\n")

    assert "No such name. Is it one of organization.phone?" in result.stdout
    assert result.exit_code == 0
    assert 'phone = "8565550199"' in (folder / "peerbill.toml").read_text()


def test_settings_that_are_no_toml_are_told_before_anything_is_asked(folder: Path) -> None:
    folder.mkdir()
    (folder / "peerbill.toml").write_text("[organization\n", encoding="utf-8")
    result = setup(folder, typed=TYPED)

    assert result.exit_code == 2
    assert "peerbill.toml" in result.stderr
    assert [path.name for path in folder.iterdir()] == ["peerbill.toml"]
