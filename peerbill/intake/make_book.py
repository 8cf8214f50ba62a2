"""Make `workspace.xlsx`: a sheet for each table, with what helps to fill it in."""

import csv
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs

from peerbill.intake import cells
from peerbill.intake.column_help import (
    DAY,
    DOLLARS,
    HOURS,
    TEXT,
    TIME,
    WHOLE_NUMBER,
    YES_NO,
    Column,
    table_help,
)
from peerbill.intake.header import REQUIRED_MARK
from peerbill.intake.sheets import BOOK, GUIDE, LISTS
from peerbill.intake.tables import TABLES
from peerbill.model.errors import UnusableInputError
from peerbill.model.extras import name_the_extra

Rows = Sequence[Sequence[str]]
"""The rows of a table as its CSV file has them; the first is the header."""

_LAST_ROW = 1_048_575
_LONGEST_MESSAGE = 255
_WIDTHS = {DAY: 12, TIME: 17, TEXT: 18}
_NUMBERS = frozenset({WHOLE_NUMBER, DOLLARS, HOURS})
_FIRST_DAY = dt.date(1900, 3, 1)  # spreadsheets count a day before that which never was
_ABOUT = f"""\
The tables of this workspace: each sheet is a table, each row a member, a credential, a contact and so on.
A column whose name ends in {REQUIRED_MARK} must stay. Delete others that you do not need, or leave them blank: a blank cell means "not recorded".
Columns of days take days as your spreadsheet shows them, columns of times a day with a time. Write midnight as a text: '2026-03-02T00:00
Columns of ids are formatted as text, so that leading zeros stay. When you paste, paste values only, to keep the formats.
Several values in a cell are split by a semicolon: F11.20;F41.1
Drop-downs show the words that a column takes. Other spellings of them are known, too.
Save the workbook under its name, {BOOK}, beside peerbill.toml. Then run: peerbill audit DIR
A table is read from here or from a CSV file, never from both: to read it from a file, or to import into it, delete its sheet.
exclusions.csv and screenings.csv stay files: peerbill exclusions writes them.
""".splitlines()  # noqa: E501  # a line is a cell


def write_book(path: Path, tables: Mapping[str, Rows]) -> None:
    """Write tables into a workbook, each row in typed cells; texts that cannot be read in their column stay texts.

    Raises UnusableInputError for a text that is too long for a cell, and ImportError where the package that writes
    workbooks is not installed.
    """
    try:
        import xlsxwriter  # noqa: PLC0415  # the core works without it
    except ModuleNotFoundError as error:
        raise name_the_extra(error, f"writing {path.name}") from error
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        formats = _Formats(
            text=book.add_format({"num_format": "@"}),
            day=book.add_format({"num_format": "yyyy-mm-dd"}),
            time=book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            seconds=book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            header=book.add_format({"num_format": "@", "bold": True, "bottom": 1}),
            wrapped=book.add_format({"text_wrap": True, "valign": "top"}),
        )
        guide = book.add_worksheet(GUIDE)
        sheets = {name: book.add_worksheet(name) for name in tables}
        lists = _Lists(book.add_worksheet(LISTS))
        for name, rows in tables.items():
            _fill(sheets[name], name, rows, formats, lists)
        _write_guide(guide, tables, formats)
        lists.sheet.hide()
        guide.activate()


KEPT_AS_FILES = frozenset({"exclusions", "screenings"})
"""Tables that `peerbill exclusions` writes: no command writes into a workbook that a clerk may have open."""


def book_of(folder: Path) -> None:
    """Put the CSV files of a new workspace into its workbook, and remove them; `KEPT_AS_FILES` stay as they are."""
    names = [name for name in TABLES if name not in KEPT_AS_FILES]
    files = {name: path for name in names if (path := folder / f"{name}.csv").is_file()}
    tables = {}
    for name, path in files.items():
        with path.open(encoding="utf-8-sig", newline="") as file:
            tables[name] = [row for row in csv.reader(file) if any(map(str.strip, row))]
    path = folder / BOOK
    path.touch(mode=0o600)
    write_book(path, tables)
    for path in files.values():
        path.unlink()


@attrs.frozen
class _Formats:
    text: Any
    day: Any
    time: Any
    seconds: Any
    header: Any
    wrapped: Any


@attrs.define
class _Lists:
    """The sheet with the words of the drop-downs: a list in a validation itself may have 255 characters."""

    sheet: Any
    known: dict[tuple[str, ...], str] = attrs.field(factory=dict)

    def place(self, words: tuple[str, ...]) -> str:
        """Return the cells that hold the words."""
        from xlsxwriter.utility import xl_rowcol_to_cell  # noqa: PLC0415  # as above

        if words not in self.known:
            column = len(self.known)
            self.sheet.write_column(0, column, words)
            first, last = (xl_rowcol_to_cell(row, column, True, True) for row in (0, len(words) - 1))  # noqa: FBT003
            self.known[words] = f"={LISTS}!{first}:{last}"
        return self.known[words]


def _fill(sheet: Any, name: str, rows: Rows, formats: _Formats, lists: _Lists) -> None:
    help_ = {column.name: column for column in table_help(name).columns}
    columns = [help_[column] for column in rows[0]]
    for at, column in enumerate(columns):
        mark = f" {REQUIRED_MARK}" if column.required else ""
        sheet.write_string(0, at, column.name + mark, formats.header)
        form = {DAY: formats.day, TIME: formats.time}.get(column.kind, formats.text)
        width = max(_WIDTHS.get(column.kind, 14), len(column.name) + 4)
        sheet.set_column(at, at, width, None if column.kind in _NUMBERS else form)
        sheet.data_validation(1, at, _LAST_ROW, at, _validation(column, lists))
    sheet.freeze_panes(1, 0)
    for line, row in enumerate(rows[1:], start=1):
        for at, (column, cell) in enumerate(zip(columns, row, strict=False)):
            if cell.strip():
                _write(sheet, line, at, column, cell.strip(), formats)


def _validation(column: Column, lists: _Lists) -> dict[str, object]:
    about = column.about.replace("`", "")
    if column.several:
        about += " (several with ;)"
    validation: dict[str, object] = {
        "validate": "any",
        "input_title": column.name[:32],
        "input_message": about[:_LONGEST_MESSAGE],
    }
    words = ("yes", "no") if column.kind == YES_NO else column.words
    if words and not column.several:
        validation |= {
            "validate": "list",
            "source": lists.place(words),
            "error_type": "warning",  # other spellings are known, and a policy may add words
            "error_message": "This is none of the words of the list. Keep it if it is another spelling of one.",
        }
    return validation


def _write(sheet: Any, line: int, at: int, column: Column, cell: str, formats: _Formats) -> None:
    value: object = cell
    if column.kind == DAY:
        value = cells.date()(cell)
    elif column.kind == TIME:
        value = _plain_time(cell)
    elif column.kind in _NUMBERS:
        value = _number(cell)
    if isinstance(value, dt.datetime) and value.date() >= _FIRST_DAY:
        sheet.write_datetime(line, at, value, formats.seconds if value.second else formats.time)
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime) and value >= _FIRST_DAY:
        sheet.write_datetime(line, at, dt.datetime.combine(value, dt.time()), formats.day)
    elif isinstance(value, Decimal):
        sheet.write_number(line, at, value)
    elif sheet.write_string(line, at, cell, formats.text):
        raise UnusableInputError(
            f"{BOOK}: the text in row {line + 1}, column {column.name}, is longer than a cell of a workbook may be. "
            "Keep this table as a CSV file."
        )


def _plain_time(cell: str) -> dt.datetime | None:
    """Return a time as a spreadsheet keeps it: without offset, and not midnight, which would look like a day."""
    try:
        moment = dt.datetime.fromisoformat(cell)
    except ValueError:
        return None
    return moment if moment.tzinfo is None and not moment.microsecond and moment.time() != dt.time() else None


def _number(cell: str) -> Decimal | None:
    return Decimal(cell) if cell.replace(".", "", 1).isdigit() and cell.isascii() and len(cell) <= 12 else None


def _write_guide(sheet: Any, tables: Iterable[str], formats: _Formats) -> None:
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 90)
    for line, text in enumerate(_ABOUT):
        sheet.merge_range(line, 0, line, 1, text, formats.wrapped)
        sheet.set_row(line, 32)
    start = len(_ABOUT) + 1
    for at, title in enumerate(("sheet", "a row is")):
        sheet.write_string(start, at, title, formats.header)
    for line, name in enumerate(tables, start=start + 1):
        found = table_help(name)
        sheet.write_url(line, 0, f"internal:'{name}'!A1", string=name + (f" {REQUIRED_MARK}" if found.required else ""))
        sheet.write_string(line, 1, found.about.replace("`", ""), formats.wrapped)
