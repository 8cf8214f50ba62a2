"""`workspace.xlsx`: a workspace's tables as the sheets of one workbook."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from peerbill.intake.header import check_columns, match_columns, nearest
from peerbill.intake.rows import Chunk, RowProblem
from peerbill.intake.tables import TABLES, Table
from peerbill.intake.workbook import Sheet, SheetRow, read_workbook
from peerbill.model.errors import UnusableInputError
from peerbill.model.limits import DEFAULT, Limits
from peerbill.model.words import fold

BOOK = "workspace.xlsx"
GUIDE = "Guide"
LISTS = "Lists"
"""The sheets of the workbook that `init --excel` makes beside the tables: how to fill it in, and the drop-downs."""

_ROWS = 256


@attrs.define
class SheetTable:
    """A table in a sheet."""

    sheet: Sheet
    table: Table
    unknown: list[str] = attrs.field(factory=list, init=False)
    present: set[str] = attrs.field(factory=set, init=False)

    @property
    def name(self) -> str:
        """How messages name it."""
        return sheet_name(self.sheet)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows; raise UnusableInputError for a sheet without a usable header."""
        if not self.sheet.rows:
            raise UnusableInputError(
                f"{self.name}: expected the row of column names, found none. "
                f"Begin the sheet with {', '.join(self.table.required)}."
            )
        header, rows = self.sheet.rows[0], self.sheet.rows[1:]
        where = f"{self.name} row {header.line}"
        columns, self.unknown[:] = match_columns(where, header.texts, self.table)
        self.present.update(columns)
        check_columns(where, columns, self.unknown, self.table)
        width = max(at for at, text in enumerate(header.texts) if text) + 1
        for start in range(0, max(len(rows), 1), _ROWS):
            yield _chunk(rows[start : start + _ROWS], columns, width)


def _chunk(rows: Sequence[SheetRow], columns: Mapping[str, int], width: int) -> Chunk:
    broken = [_too_wide(row, width) for row in rows if any(text != "" for text in row.values[width:])]
    bad = {problem.line for problem in broken}
    kept = [row for row in rows if row.line not in bad]
    blanks = ("",) * width
    texts = [(*row.texts, *blanks) for row in kept]
    return Chunk(
        [row.line for row in kept], {column: [cells[at] for cells in texts] for column, at in columns.items()}, broken
    )


def _too_wide(row: SheetRow, width: int) -> RowProblem:
    return RowProblem(
        row.line,
        "",
        "",
        f"expected {width} cells as in the header, found {len(row.values)}: too many",
        "Give each column a name in the header, or clear the cells beyond them.",
    )


def sheet_name(sheet: Sheet) -> str:
    """Name a sheet of the workbook in a message."""
    return f"{BOOK} sheet {sheet.name}"


@attrs.frozen
class Book:
    """What `workspace.xlsx` holds: the sheet of each table, and sheets that look like a table and are none."""

    tables: Mapping[str, Sheet] = attrs.field(factory=dict)
    strange: Mapping[str, str] = attrs.field(factory=dict)
    """The name of a sheet that is not read, with the table for which it may be meant; "" for none."""


def read_book(folder: Path, limits: Limits = DEFAULT) -> Book:
    """Read the workbook of a workspace; without the file, it has no tables.

    The name of a table's sheet is the table's, in any case and spacing. Raises UnusableInputError where the workbook is
    damaged, or two sheets are one table.
    """
    path = folder / BOOK
    if not os.path.lexists(path):
        return Book()
    tables: dict[str, Sheet] = {}
    strange: dict[str, str] = {}
    names = {fold(name): name for name in TABLES}
    ours = {fold(GUIDE), fold(LISTS)}
    for sheet in read_workbook(path, limits=limits).sheets:
        name = names.get(fold(sheet.name).replace("-", "_")) or names.get(fold(sheet.name))
        if name in tables:
            raise UnusableInputError(
                f"{sheet_name(sheet)} and {sheet_name(tables[name])}: expected one sheet for the table {name}, found "
                "2. Remove one."
            )
        if name is not None:
            tables[name] = sheet
        elif sheet.rows and fold(sheet.name) not in ours:
            begins = [table for table in TABLES if sheet.name.lower().startswith(table)]
            near = begins or nearest(sheet.name, TABLES)
            strange[sheet.name] = near[0] if near else ""
    return Book(tables, strange)
