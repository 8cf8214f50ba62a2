"""JSON Lines: an object on each line, its keys the table's columns; a list for several values, or a text with `;`."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import msgspec

from peerbill.intake.cells import as_cell
from peerbill.intake.header import check_columns, opened
from peerbill.intake.rows import Chunk, RowProblem
from peerbill.intake.tables import Table
from peerbill.model.limits import DEFAULT, Limits

_ROWS = 256
_KEY_END = re.compile(r'"\s*:')
_TWICE = "expected each column once, found one twice"


@attrs.define
class JsonLinesFile:
    """A table in a JSON Lines file. A column that a row leaves out is blank in it."""

    path: Path
    table: Table
    limits: Limits = DEFAULT
    unknown: list[str] = attrs.field(factory=list, init=False)
    present: set[str] = attrs.field(factory=set, init=False)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows; raise UnusableInputError for a file not in UTF-8 or where no row has a required column."""
        columns = {column.lower(): column for column in self.table.columns}
        present: set[str] = set()
        lines: list[int] = []
        rows: list[Mapping[str, object]] = []
        broken: list[RowProblem] = []
        with opened(self.path, self.limits) as file:
            for line, text in enumerate(file, start=1):
                if not text.strip():
                    continue
                row = _row(text, columns)
                if isinstance(row, str):
                    broken.append(RowProblem(line, "", "", row, "Write one JSON object on each line, each key once."))
                    continue
                present.update(row)
                lines.append(line)
                rows.append(row)
                if len(rows) == _ROWS:
                    yield self._chunk(lines, rows, broken)
                    lines, rows, broken = [], [], []
        yield self._chunk(lines, rows, broken)
        self.unknown[:] = sorted(present.difference(self.table.columns))
        self.present.update(present.intersection(self.table.columns))
        if present:
            check_columns(self.path.name, present, self.unknown, self.table)

    def _chunk(self, lines: list[int], rows: list[Mapping[str, object]], broken: list[RowProblem]) -> Chunk:
        return Chunk(
            lines, {column: [as_cell(row.get(column)) for row in rows] for column in self.table.columns}, broken
        )


def _row(text: str, columns: Mapping[str, str]) -> Mapping[str, object] | str:
    """Return an object by column names, or why a line is none."""
    try:
        row = msgspec.json.decode(text)
        # A parser keeps the last of two equal keys in silence. In that case, more of these than keys are in the text.
        if isinstance(row, dict) and len(_KEY_END.findall(text)) != len(row):
            pairs = json.loads(text, object_pairs_hook=list)
            if len(pairs) != len(row):
                return _TWICE
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return "expected a JSON object, found something else"
    if not isinstance(row, dict):
        return "expected a JSON object, found another JSON value"
    if columns.keys() >= row.keys():
        return row
    named = {columns.get(key.strip().lower(), key.strip()): value for key, value in row.items()}
    return named if len(named) == len(row) else _TWICE
