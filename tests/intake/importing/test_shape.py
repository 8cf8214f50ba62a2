"""The header of a sheet and its rows, and what is around them."""

from collections.abc import Sequence

import pytest

from peerbill.intake.importing.files import ExportSheet
from peerbill.intake.importing.shape import OmittedRow, find_body
from peerbill.model.errors import UnusableInputError


def sheet(*rows: Sequence[str]) -> ExportSheet:
    return ExportSheet("a.csv", "", "UTF-8", list(enumerate(rows, start=1)))


HEADER = ("Id", "Client", "Day", "Start", "End", "Note")
ROW = ("V1", "Quillon, Ada", "9/14/2026", "9:00 AM", "9:47 AM", "read it")
ABOVE = OmittedRow(1, "above the row of column names")


@pytest.mark.parametrize("needed", [(), ("id", "DAY")])
def test_titles_repeated_headers_and_footers_are_left_out_and_listed(needed: tuple[str, ...]) -> None:
    body = find_body(
        sheet(("Report of 9/28/2026",), HEADER, ROW, HEADER, ROW, ("", "TOTAL", "", "", "", ""), ("Printed 9/28",)),
        needed,
    )

    assert (body.header_line, body.lines, [tuple(row) for row in body.rows]) == (2, [3, 5], [ROW, ROW])
    assert body.left_out == (
        ABOVE,
        OmittedRow(4, "the column names again"),
        OmittedRow(6, "only 1 of 6 cells is filled, as in a heading or a total"),
        OmittedRow(7, "only 1 of 6 cells is filled, as in a heading or a total"),
    )
    assert body.broken == ()


def test_a_row_with_few_cells_is_kept_unless_its_words_are_those_of_a_total() -> None:
    wide = tuple(f"Column {letter}" for letter in "ABCDEFGHIJKLMNOPQR")

    def row(*cells: str) -> tuple[str, ...]:
        return (*cells, *[""] * (len(wide) - len(cells)))

    body = find_body(
        sheet(wide, row("V1", "7"), row("Total", "7"), row("", "Page 1 of 3", "x"), row("V2", "2", "x", ""))
    )

    assert body.lines == [2, 5]
    assert [omitted.line for omitted in body.left_out] == [3, 4]


def test_a_row_of_another_width_is_broken_unless_only_blanks_differ() -> None:
    body = find_body(sheet((*HEADER, ""), ROW, (*ROW, "", ""), (*ROW, "", "more"), ROW[:4]))

    assert body.lines == [2, 3]
    assert body.broken == (
        OmittedRow(4, "expected 7 cells as in the header, found 8"),
        OmittedRow(5, "expected 7 cells as in the header, found 4"),
    )


def test_the_header_has_every_column_that_is_needed() -> None:
    with pytest.raises(UnusableInputError) as refused:
        find_body(sheet(("Title",), HEADER, ROW), ("Id", "Client", "Day", "Strat", "Place"))

    assert str(refused.value) == (
        "a.csv line 2: columns Strat (did you mean Start?), Place: expected in the header, found none. "
        "The header has Id, Client, Day, Start, End, Note. Correct the names in the mapping, or export these columns."
    )


def test_cells_that_may_be_data_are_not_shown_as_column_names() -> None:
    with pytest.raises(UnusableInputError) as refused:
        find_body(sheet(HEADER, ROW), ("Id", "Strat", "Place"))

    assert str(refused.value) == (
        "a.csv line 1: columns Strat, Place: expected in the header, found none. The header has Id; the names of its "
        "other 5 columns are not shown, since they may be data. Correct the names in the mapping, or export these "
        "columns."
    )


def test_a_sheet_without_column_names_shows_no_cell_of_its_rows() -> None:
    with pytest.raises(UnusableInputError) as refused:
        find_body(sheet(("7", "Reed, Bo", "9/14/2026"), ("8", "Quill, Ada", "9/15/2026")), ("Id", "Client"))

    assert str(refused.value) == (
        "a.csv: no row of its first 2 has a column of the mapping: expected Id, Client. "
        "Export it with the column names, or correct the names in the mapping."
    )


def test_the_line_of_the_header_can_be_given() -> None:
    rows = sheet(("A", "B", "C"), ("D", "E", "F"), ("1", "2", "3"))

    assert find_body(rows, (), 2).columns == {"D": 0, "E": 1, "F": 2}
    with pytest.raises(UnusableInputError, match="expected the column names in line 9"):
        find_body(rows, (), 9)


def test_a_name_that_occurs_again_gets_its_number() -> None:
    body = find_body(sheet(("Name", "Date", "date", "Date"), ("a", "1", "2", "3")), ("Date (2)",))

    assert body.columns == {"Name": 0, "Date": 1, "date (2)": 2, "Date (3)": 3}
    assert body.cells("Date (3)") == ["3"]


def test_a_sheet_without_rows_is_refused() -> None:
    with pytest.raises(UnusableInputError, match="expected rows, found none"):
        find_body(sheet())
