"""The same problem of many rows or encounters is printed once."""

import csv
from pathlib import Path

import attrs
from click.testing import CliRunner

from peerbill.cli import main
from peerbill.cli.gathering import gathered, row_problems
from peerbill.intake.gate import HOLDS, LEFT_OUT
from peerbill.model.finding import Finding, Severity
from peerbill.model.records import UnusedRow
from peerbill.model.sentence import say, say_unread

SLASHES = "expected a date such as 2026-03-02, found one written with slashes"
ROW = UnusedRow("plans.csv", "line", 2, "effective_on", SLASHES, "Write it so.", LEFT_OUT)


def test_a_problem_of_one_row_is_its_sentence() -> None:
    assert list(row_problems([ROW])) == [
        f"plans.csv line 2: column effective_on: {SLASHES}. Write it so. The row is left out."
    ]


def test_a_problem_of_several_rows_and_columns_is_printed_once_with_counts_and_the_first_lines() -> None:
    rows = [
        attrs.evolve(ROW, line=line, column=column)
        for line in (5, 2, 3, 4)
        for column in ("effective_on", "signed_on")
        if line != 5 or column == "signed_on"
    ]
    assert list(row_problems(rows)) == [
        (
            "plans.csv: column signed_on in 4 rows (lines 2, 3, 4 and 1 more), column effective_on in 3 rows (lines "
            f"2, 3, 4): {SLASHES}. Write it so. The rows are left out."
        )
    ]


def test_rows_of_another_file_with_another_effect_or_remedy_are_another_problem() -> None:
    rows = [
        ROW,
        attrs.evolve(ROW, line=3),
        attrs.evolve(ROW, file="stays.csv", word="row", column=""),
        attrs.evolve(ROW, file="stays.csv", word="row", column="", line=3),
        attrs.evolve(ROW, effect=HOLDS),
        attrs.evolve(ROW, effect=HOLDS, line=9),
        attrs.evolve(ROW, fix="Fill it in."),
    ]
    assert list(row_problems(rows)) == [
        f"plans.csv: column effective_on in 2 rows (lines 2, 3): {SLASHES}. Write it so. The rows are left out.",
        f"stays.csv: 2 rows (rows 2, 3): {SLASHES}. Write it so. The rows are left out.",
        (
            f"plans.csv: column effective_on in 2 rows (lines 2, 9): {SLASHES}. Write it so. The rows are not used; "
            "they hold what they could concern until then."
        ),
        f"plans.csv line 2: column effective_on: {SLASHES}. Fill it in. The row is left out.",
    ]


def test_of_rows_with_ids_in_their_sentence_the_first_are_named() -> None:
    rows = [attrs.evolve(ROW, line=line, column="", why=f"no member {line}") for line in (2, 3, 4, 5, 6)]
    first = [f"plans.csv line {line}: no member {line}. Write it so. The row is left out." for line in (2, 3, 4)]

    assert list(row_problems(rows[:3])) == first
    assert list(row_problems(rows)) == [*first, "plans.csv: 2 more rows like these: audit --all lists each."]


def unread(line: int, column: str = "start") -> Finding:
    told = say_unread(
        "cell-not-read",
        "{file} {kind} {line} column {column}: ",
        SLASHES,
        file="encounters.csv",
        kind="line",
        line=line,
        column=column,
    )
    place = f"encounters.{column}"
    return Finding(
        "PB001", Severity.ERROR, (f"E{line}",), place, told.text, "x", template=told.template, values=told.values
    )


def test_cells_of_a_column_that_cannot_be_read_are_one_finding() -> None:
    found = gathered([unread(line) for line in (5, 3, 4, 2)] + [unread(4, "end")])

    assert [(finding.encounter_ids, finding.message) for finding in found] == [
        (("E2", "E3", "E4", "E5"), f"encounters.csv lines 2, 3, 4 and 1 more column start: {SLASHES}"),
        (("E4",), f"encounters.csv line 4 column end: {SLASHES}"),
    ]


def unknown(number: int, template: str = "not-in-members") -> Finding:
    told = say(template, "{member_id} is not in members", member_id=f"M{number}")
    return Finding(
        *("PB401", Severity.ERROR, (f"E{number}",), "encounters.member_id", told.text, "Add the member."),
        member_id=f"M{number}",
        template=told.template,
        values=told.values,
    )


def test_findings_that_differ_by_their_figures_are_one_from_the_fourth_on() -> None:
    three = [attrs.evolve(unknown(number), member_id=None) for number in range(3)]
    assert gathered([unknown(number) for number in range(3)]) == three

    (found,) = gathered([unknown(number) for number in range(5)])
    assert (found.encounter_ids, found.message) == (
        ("E0", "E1", "E2", "E3", "E4"),
        (
            "E0: M0 is not in members; E1: M1 is not in members; E2: M2 is not in members; and 2 more cases: audit"
            " --all lists each"
        ),
    )


def test_a_sentence_that_names_its_encounter_is_printed_as_it_is() -> None:
    named = [
        attrs.evolve(unknown(number), message=f"M{number} of E{number} is not in members") for number in (1, 2, 3, 10)
    ]
    (found,) = gathered(named)

    assert found.message == (
        "M1 of E1 is not in members; M10 of E10 is not in members; M2 of E2 is not in members; and 1 more case: audit"
        " --all lists each"
    )


def test_sentences_without_a_template_are_not_one_cause() -> None:
    own = [attrs.evolve(unknown(number), template="", values={}) for number in range(5)]

    assert len(gathered(own)) == 5


def test_what_is_the_same_for_several_encounters_is_one_finding() -> None:
    shared = attrs.evolve(unknown(1), encounter_ids=("E2",), staff_id="S1", member_id=None)
    more = attrs.evolve(shared, encounter_ids=("E1", "E3"), staff_id="S2")
    other = attrs.evolve(shared, encounter_ids=("E4",), message="something else", template="else")

    assert gathered([shared, more, other]) == [
        attrs.evolve(shared, encounter_ids=("E1", "E2", "E3"), staff_id=None),
        attrs.evolve(other, staff_id=None),
    ]


def run(folder: Path, *options: str) -> tuple[int, list[str], list[str]]:
    result = CliRunner().invoke(main, ["audit", str(folder), "--as-of", "2026-03-05", *options])
    return result.exit_code, result.stderr.splitlines(), result.stdout.splitlines()


def test_a_file_that_a_spreadsheet_saved_anew_is_one_problem(workspace: Path) -> None:
    """400 members and 40 encounters with days as a spreadsheet in the United States writes them."""
    members, encounters = workspace / "members.csv", workspace / "encounters.csv"
    for path, count, columns in ((members, 400, ("birth_date", "release_on")), (encounters, 40, ("start", "end"))):
        header, first, *_ = csv.reader(path.read_text().splitlines())
        row = dict(zip(header, first, strict=True)) | dict.fromkeys(columns, "3/2/2026 14:30")
        with path.open("w", newline="") as file:
            rows = csv.DictWriter(file, header)
            rows.writeheader()
            rows.writerows(row | {header[0]: f"X{number}"} for number in range(count))
    code, errors, lines = run(workspace)

    assert (code, len(errors)) == (1, 1)
    assert errors[0].startswith(
        "Problem: members.csv: column birth_date in 400 rows (lines 2, 3, 4 and 397 more), column release_on in 400 "
        "rows (lines 2, 3, 4 and 397 more): expected a date such as 2026-03-02, found "
    )
    assert len(lines) < 15
    assert lines[1].startswith("  error PB001 encounters.end: encounters.csv lines 2, 3, 4 and 37 more column end: ")

    code, errors, lines = run(workspace, "--all")
    assert (code, len(errors)) == (1, 800)
    assert sum(line.startswith("  error PB001") for line in lines) == 80
