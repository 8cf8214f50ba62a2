"""CSV as spreadsheets write it: UTF-8 with or without BOM, RFC 4180 quoting, any line ends."""

import csv
from collections import deque
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import attrs

from peerbill.intake.beginnings import rows_of_apart
from peerbill.intake.header import check_columns, match_columns, opened
from peerbill.intake.rows import Chunk, RowProblem
from peerbill.intake.tables import Table
from peerbill.model.beginning import Beginning
from peerbill.model.csv_lines import ROW_FIXES, row_fault
from peerbill.model.errors import UnusableInputError
from peerbill.model.limits import DEFAULT, Limits

_ROWS = 256  # so few that a chunk's cells stay in the processor's cache


@attrs.define
class CsvFile:
    """A table in a CSV file."""

    path: Path
    table: Table
    limits: Limits = DEFAULT
    beginning: Beginning | None = None
    """What of it is not read; the file was compared with it."""
    unknown: list[str] = attrs.field(factory=list, init=False)
    present: set[str] = attrs.field(factory=set, init=False)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows; raise UnusableInputError for a file without usable header or not in UTF-8."""
        # The limit is one for the whole process; it is never lowered for others.
        csv.field_size_limit(max(csv.field_size_limit(), self.limits.cell_characters))
        with opened(self.path, self.limits) as file:
            rows = rows_of(file)
            header, columns = self._header(rows)
            if self.beginning is not None:
                rows = self._rows_besides(self.beginning)
            width = len(header)
            lines: list[int] = []
            kept: list[list[str]] = []
            broken: list[RowProblem] = []
            for line, row in rows:
                if isinstance(row, str):
                    broken.append(RowProblem(line, "", "", row, ROW_FIXES[row]))
                elif len(row) == width or (problem := _wrong_width(row, header, line)) is None:
                    lines.append(line)
                    kept.append(row)
                else:
                    broken.append(problem)
                if len(lines) == _ROWS:
                    yield _chunk(lines, kept, columns, broken)
                    lines, kept, broken = [], [], []
            yield _chunk(lines, kept, columns, broken)

    def _rows_besides(self, beginning: Beginning) -> Iterator[tuple[int, list[str] | str]]:
        """Yield the rows of a beginning that are read all the same, then those after it."""
        for line, lines in rows_of_apart(self.path, beginning):
            yield from rows_of(iter(lines), before=line - 1)
        with opened(self.path, self.limits, beginning) as file:
            yield from rows_of(file, before=beginning.lines)

    def _header(self, rows: Iterator[tuple[int, list[str] | str]]) -> tuple[list[str], dict[str, int]]:
        """Return the cells of the header, and the position of each known column."""
        line, header = next(rows, (1, [""]))
        if isinstance(header, str) or not any(map(str.strip, header)):
            raise UnusableInputError(
                f"{self.path.name} line {line}: expected the row of column names, found none. "
                f"Begin the file with {','.join(self.table.required)}."
            )
        columns, self.unknown[:] = match_columns(f"{self.path.name} line {line}", header, self.table)
        self.present.update(columns)
        separated = len(header) == 1 and (";" in header[0] or "\t" in header[0])
        check_columns(f"{self.path.name} line {line}", columns, self.unknown, self.table, badly_separated=separated)
        return header, columns


def rows_of(file: Iterator[str], delimiter: str = ",", before: int = 0) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each row that is not blank with the line it begins on; for a row that is not CSV, the reason.

    Reading goes on with the line after the one on which such a row begins, so that a quotation mark without
    its pair costs its own row and not those after it. `before` is how many lines came before.
    """
    pending: list[str] = []
    again: deque[str] = deque()

    def remembered() -> Iterator[str]:
        while (line := again.popleft() if again else next(file, None)) is not None:
            pending.append(line)
            yield line

    while True:
        reader = csv.reader(remembered(), delimiter=delimiter, strict=True)
        begins = before + 1
        try:
            for row in reader:
                if row and (row[0].strip() or "".join(row).strip()):
                    yield begins, row
                begins = before + reader.line_num + 1
                pending.clear()
        except csv.Error as error:
            yield begins, row_fault(error)
            again.extendleft(reversed(pending[1:]))
            pending.clear()
            before = begins
        else:
            return


def _wrong_width(row: list[str], header: list[str], line: int) -> RowProblem | None:
    """Fit a row to the header if only blank cells are too many or nameless cells too few; else return the fault.

    The row is named by its line alone: in a row of another width any text may be where the id belongs.
    """
    width = len(header)
    if not "".join(row[width:]).strip() and not "".join(header[len(row) :]).strip():
        row[:] = [cell for cell, _ in zip_longest(row[:width], header, fillvalue="")]
        return None
    few = "few" if len(row) < width else "many"
    return RowProblem(
        line,
        "",
        "",
        f"expected {width} cells as in the header, found {len(row)}: too {few}",
        "Put texts that hold a comma in quotation marks, and give every column its cell, if only a blank one.",
    )


def _chunk(lines: list[int], rows: list[list[str]], columns: dict[str, int], broken: list[RowProblem]) -> Chunk:
    by_column = list(zip(*rows, strict=True)) or [()] * (1 + max(columns.values()))
    return Chunk(lines, {column: by_column[at] for column, at in columns.items()}, broken)
