"""`workspace.xlsx`: the same records as from CSV files, and messages that name sheet and row."""

import csv
import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peerbill.intake import read_table
from peerbill.intake.column_help import Column, table_help
from peerbill.intake.make_book import KEPT_AS_FILES, write_book
from peerbill.intake.rows import read_rows
from peerbill.intake.sheets import BOOK, SheetTable, read_book
from peerbill.intake.tables import TABLES
from peerbill.intake.workbook import read_workbook
from peerbill.intake.workspace import examples, make_workspace, read_workspace
from peerbill.model.errors import UnusableInputError

IN_SHEETS = [name for name in TABLES if name not in KEPT_AS_FILES]
ZONE = ZoneInfo("America/New_York")
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
IDS = st.text("0123456789AB-", min_size=1, max_size=14)
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)).map(dt.date.isoformat)
TIMES = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 12, 31)).map(
    lambda time: time.isoformat(timespec="minutes")
)
OTHERS = st.sampled_from(
    ["9/14/2026", "2026-09-14 14:30:05", "2026-09-14T00:00", "2026-09-14T14:30-04:00", "=1+1", "_x0041_", "1E5", "#N/A"]
)


def cells(column: Column) -> st.SearchStrategy[str]:
    """Return cells of a column, most of which can be read."""
    if column.kind == "day":
        usual = DAYS
    elif column.kind == "time":
        usual = TIMES
    elif column.words:
        usual = st.sampled_from(column.words)
    elif column.kind in {"whole number", "dollars"} or column.kind.startswith("hours"):
        usual = st.decimals(0, 99999, places=2).map(str) | st.integers(0, 999).map(str)
    else:
        usual = IDS if column.kind == "id" else TEXT
    return usual | st.just("") | OTHERS


@pytest.mark.parametrize("name", TABLES)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_rows_in_a_sheet_are_the_rows_of_the_file(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("workspace")
    columns = table_help(name).columns
    rows = data.draw(st.lists(st.tuples(*map(cells, columns)), max_size=4))
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[column.name for column in columns], *rows])
    written = [row for row in rows if any(map(str.strip, row))]
    expected = read_table(path, TABLES[name], ZONE, dates="month-first")
    path.unlink()
    write_book(folder / BOOK, {name: [[column.name for column in columns], *written]})
    read = read_rows(SheetTable(read_book(folder).tables[name], TABLES[name]), TABLES[name], ZONE, (), "month-first")

    # A workbook has no blank lines between its rows.
    moved = {line: at for at, line in enumerate((at + 2 for at, row in enumerate(rows) if row in written), start=2)}
    assert [attrs.evolve(problem, line=moved[problem.line]) for problem in expected.problems] == list(read.problems)
    assert tuple(_without_line(record) for record in expected.records) == tuple(map(_without_line, read.records))
    assert (expected.unknown, expected.present) == (read.unknown, read.present)


def _without_line(record: object) -> object:
    return attrs.evolve(record, line=0) if hasattr(record, "line") else record  # type: ignore[misc]  # an attrs class


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_an_example_as_a_workbook_is_the_same_workspace(example: object, tmp_path: Path) -> None:
    name = example.name  # type: ignore[attr-defined]
    make_workspace(tmp_path / "files", name, "TEST")
    make_workspace(tmp_path / "book", name, "TEST", workbook=True)

    assert {path.stem for path in (tmp_path / "book").glob("*.csv")} <= KEPT_AS_FILES
    assert (tmp_path / "book" / BOOK).stat().st_mode & 0o777 == 0o600
    expected, read = read_workspace(tmp_path / "files"), read_workspace(tmp_path / "book")
    assert attrs.evolve(read, rejected=(), problems=(), unused_rows=(), holds=(), notices=()) == attrs.evolve(
        expected, rejected=(), problems=(), unused_rows=(), holds=(), notices=()
    )
    assert len(read.problems) == len(expected.problems)
    assert [row.encounter_id for row in read.rejected] == [row.encounter_id for row in expected.rejected]


def test_a_new_workbook_has_every_table_with_its_columns_and_a_guide(tmp_path: Path) -> None:
    make_workspace(tmp_path / "new", tag="TEST", workbook=True)
    book = read_workbook(tmp_path / "new" / BOOK)
    headers = {sheet.name: sheet.rows[0].texts for sheet in book.sheets if sheet.rows}

    assert [sheet.name for sheet in book.sheets] == ["Guide", *IN_SHEETS, "Lists"]
    assert [sheet.name for sheet in book.sheets if sheet.hidden] == ["Lists"]
    assert headers["stays"] == ("member_id *", "kind *", "from *", "to")
    assert {name: [text.removesuffix(" *") for text in headers[name]] for name in IN_SHEETS} == {
        name: list(TABLES[name].columns) for name in IN_SHEETS
    }
    assert {path.stem for path in (tmp_path / "new").glob("*.csv")} == KEPT_AS_FILES
    assert [len(sheet.rows) for sheet in book.sheets if sheet.name in IN_SHEETS] == [1] * len(IN_SHEETS)


def sheets(folder: Path, **tables: Any) -> None:
    """Write sheets with typed cells into the workbook of a workspace."""
    with xlsxwriter.Workbook(folder / BOOK, {"default_date_format": "m/d/yyyy h:mm"}) as book:
        for name, rows in tables.items():
            sheet = book.add_worksheet(name)
            for line, row in enumerate(rows):
                sheet.write_row(line, 0, row)


def fails(folder: Path) -> list[str]:
    with pytest.raises(UnusableInputError) as error:
        read_workspace(folder)
    return str(error.value).splitlines()


STAYS = ("member_id *", "kind *", "from *", "to")


def test_cells_that_cannot_be_read_are_named_by_sheet_and_row(small_workspace: Path) -> None:
    sheets(
        small_workspace,
        Stays=[
            ["Stays of this year"],
        ],
    )
    assert fails(small_workspace)[0].startswith(
        "workspace.xlsx sheet Stays row 1: columns member_id, kind, from: expected in the header, found none."
    )
    sheets(
        small_workspace,
        Stays=[
            [],
            STAYS,
            ["M1", "inpatient", "March 2"],
            [],
            ["M1", "jail", dt.date(2026, 3, 1)],
            ["M1", "", "", "", "x"],
        ],
    )
    assert read_workspace(small_workspace).problems == (
        (
            "workspace.xlsx sheet Stays row 3: column from: expected a date such as 2026-03-02, found something "
            "else. Write the date as YYYY-MM-DD. The row is not used; it holds what it could concern until then."
        ),
        (
            "workspace.xlsx sheet Stays row 6: expected 4 cells as in the header, found 5: too many. Give each "
            "column a name in the header, or clear the cells beyond them. The row is not used; it holds what it "
            "could concern until then."
        ),
    )


def test_a_table_has_one_source(small_workspace: Path) -> None:
    stay = ["M1", "inpatient", dt.date(2026, 3, 1)]
    sheets(small_workspace, stays=[STAYS, stay])
    (read,) = read_workspace(small_workspace).stays
    assert (read.kind, read.from_) == ("inpatient", dt.date(2026, 3, 1))

    (small_workspace / "stays.csv").write_text("member_id,kind,from\n")
    assert fails(small_workspace) == [
        (
            "workspace.xlsx sheet stays and stays.csv: expected one source for the table stays, found 2. Delete "
            "the sheet, or move the file out of the folder."
        )
    ]
    (small_workspace / "stays.csv").unlink()
    sheets(small_workspace, **{"other_services": [["x"]], "Other services": [["x"]]})
    assert fails(small_workspace) == [
        (
            "workspace.xlsx sheet Other services and workspace.xlsx sheet other_services: expected one sheet for "
            "the table other_services, found 2. Remove one."
        )
    ]


def test_a_sheet_like_a_table_that_may_forbid_is_an_error_and_another_a_notice(small_workspace: Path) -> None:
    sheets(small_workspace, **{"stays 2026": [STAYS], "Notes": [["call the payer"]], "Empty": []})
    assert fails(small_workspace) == [
        (
            "workspace.xlsx sheet stays 2026: it looks like the table stays, which may forbid to bill, and is not"
            " read. Name the sheet stays, or delete it."
        )
    ]
    sheets(small_workspace, stays=[STAYS], Notes=[["call the payer"]], Empty=[])
    assert read_workspace(small_workspace).notices == (
        (
            "workspace.xlsx sheet Notes: no table of a workspace, not read. If it is meant as one, name the sheet"
            " as the table: peerbill tables."
        ),
    )


def test_a_table_that_is_missing_may_be_a_sheet_of_another_name(small_workspace: Path) -> None:
    (small_workspace / "staff.csv").unlink()
    sheets(small_workspace, staf=[["staff_id"]])
    assert fails(small_workspace) == [
        (
            "staff.csv: expected this file, found none. Add it (or staff.jsonl, or a sheet staff in "
            "workspace.xlsx) with the columns staff_id, last_name, first_name. Is the sheet staf of "
            "workspace.xlsx meant?"
        )
    ]


@pytest.mark.parametrize("name", ["~$workspace.xlsx", ".~lock.workspace.xlsx#"])
def test_what_a_program_keeps_beside_an_open_workbook_is_ignored(small_workspace: Path, name: str) -> None:
    (small_workspace / name).write_bytes(b"open")
    assert read_workspace(small_workspace).notices == ()


@pytest.mark.parametrize("name", ["Workspace.xlsx", "workspace (1).xlsx", "workspace.ods", "workspace.xlsm"])
def test_a_workbook_with_nearly_the_name_is_an_error(small_workspace: Path, name: str) -> None:
    (small_workspace / name).write_bytes(b"x")
    assert fails(small_workspace) == [
        (
            f"{name}: expected the name workspace.xlsx for the workbook of a workspace, found another. Save it "
            "under that name as an Excel workbook, or move it out of the folder."
        )
    ]


def test_a_workbook_that_is_none_is_an_error(small_workspace: Path) -> None:
    (small_workspace / BOOK).write_bytes(b"x")
    assert fails(small_workspace)[0].startswith("workspace.xlsx: expected a workbook, found another kind of file.")


def test_a_text_too_long_for_a_cell_is_refused(tmp_path: Path) -> None:
    columns = ["staff_id", "last_name", "first_name"]
    with pytest.raises(UnusableInputError, match="the text in row 2, column last_name, is longer than a cell"):
        write_book(tmp_path / BOOK, {"staff": [columns, ["S1", "x" * 40_000, "y"]]})
