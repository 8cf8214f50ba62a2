"""Rows given in code: mappings from a table's columns to texts or typed values."""

from collections.abc import Iterable, Iterator, Mapping

import attrs

from peerbill.intake.cells import as_cell
from peerbill.intake.header import check_columns
from peerbill.intake.rows import Chunk, RowProblem
from peerbill.intake.tables import Table

_ROWS = 256


@attrs.define
class MappingRows:
    """A table of mappings, each a row; rows are numbered from 1. A column that a row leaves out is blank in it.

    A value may be a text as in a file, a date, a datetime (with or without a time zone), an int, a Decimal, a bool,
    None, or a list or tuple of such. A datetime at midnight is a date where a column holds dates.
    """

    table: Table
    rows: Iterable[Mapping[str, object]]
    unknown: list[str] = attrs.field(factory=list, init=False)
    present: set[str] = attrs.field(factory=set, init=False)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows; raise UnusableInputError where no row has a required column."""
        known = {column.lower(): column for column in self.table.columns}
        columns = [(column, column in self.table.dates) for column in self.table.columns]
        present: set[str] = set()
        lines: list[int] = []
        rows: list[Mapping[str, object]] = []
        broken: list[RowProblem] = []
        for line, row in enumerate(self.rows, start=1):
            named = _named(row, known)
            if isinstance(named, str):
                broken.append(RowProblem(line, "", "", named, "Give each row as a mapping of column names to values."))
            else:
                present.update(named)
                lines.append(line)
                rows.append(named)
            if len(rows) == _ROWS:
                yield _chunk(columns, lines, rows, broken)
                lines, rows, broken = [], [], []
        yield _chunk(columns, lines, rows, broken)
        self.unknown[:] = sorted(present.difference(self.table.columns))
        self.present.update(present.intersection(self.table.columns))
        if present:
            check_columns(self.table.name, present, self.unknown, self.table)


def _named(row: object, columns: Mapping[str, str]) -> Mapping[str, object] | str:
    """Return a row by column names, or why it is none."""
    if not isinstance(row, Mapping) or not all(isinstance(key, str) for key in row):
        return "expected a mapping of column names to values, found another object"
    if columns.keys() >= row.keys():
        return row
    named = {columns.get(key.strip().lower(), key.strip()): value for key, value in row.items()}
    return named if len(named) == len(row) else "expected each column once, found one twice"


def _chunk(
    columns: Iterable[tuple[str, bool]],
    lines: list[int],
    rows: list[Mapping[str, object]],
    broken: list[RowProblem],
) -> Chunk:
    return Chunk(lines, {name: [as_cell(row.get(name), dates) for row in rows] for name, dates in columns}, broken)
