"""Rows of cells, in chunks, to records and row problems: the same for every file format."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

import attrs

from peerbill.sources.cells import Raw, Unreadable
from peerbill.sources.tables import Table


@attrs.frozen
class RowProblem:
    """Why a row could not be read: its line, the column ("" for the whole row) and, where readable, the row's key."""

    line: int
    column: str
    key: str
    why: str
    fix: str


@attrs.frozen
class Chunk:
    """Some rows of a file, by column; `broken` are the rows among them that do not fall into cells."""

    lines: Sequence[int]
    columns: Mapping[str, Sequence[Raw]]
    broken: Sequence[RowProblem] = ()


class Source(Protocol):
    """A table file; complete after the last chunk.

    `present` names the table's columns that the file has, `unknown` those that the table does not have.
    """

    present: set[str]
    unknown: list[str]

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows; raise UnusableInputError where the file cannot be read as this table."""


@attrs.frozen
class TableRead:
    """What a file held: records in the order of its rows, problems by line.

    `unknown` are the columns that are not known, `present` those of the table that the file has.
    """

    records: tuple[object, ...] = ()
    problems: tuple[RowProblem, ...] = ()
    unknown: tuple[str, ...] = ()
    present: frozenset[str] = frozenset()


def read_rows(source: Source, table: Table, zone: ZoneInfo) -> TableRead:
    """Read every row of a file, a column of a chunk at a time."""
    readers = table.readers(zone)
    first_lines: dict[object, int] = {}
    records: list[object] = []
    problems: list[RowProblem] = []
    for chunk in source.chunks():
        problems += chunk.broken
        bad: dict[int, dict[str, Unreadable]] = {}
        columns: dict[str, Sequence[object]] = {}
        for column in table.columns:
            cells = chunk.columns.get(column, ())
            if not any(cells):
                columns[column] = [table.absent[column]] * len(chunk.lines)
                continue
            reader = readers[column]
            columns[column] = values = list(map(reader.__getitem__, cells))
            if reader.failed:
                reader.failed = False
                for row, value in enumerate(values):
                    if isinstance(value, Unreadable):
                        bad.setdefault(row, {})[column] = value
        _find_nameless(table, columns, bad)
        for first, last in table.spans:
            _find_reversed(first, last, columns, bad)
        if table.unique:
            _find_repeated(table.key, columns[table.key], chunk.lines, first_lines, bad)
        if table.knows_lines:
            columns["line"] = chunk.lines
        if bad:
            problems += _row_problems(bad, chunk.lines, columns[table.key])
            columns = {name: [v for row, v in enumerate(values) if row not in bad] for name, values in columns.items()}
        records.extend(map(table.record, *columns.values()))
    problems.sort(key=lambda problem: problem.line)
    return TableRead(tuple(records), tuple(problems), tuple(source.unknown), frozenset(source.present))


def _find_nameless(
    table: Table, columns: Mapping[str, Sequence[object]], bad: dict[int, dict[str, Unreadable]]
) -> None:
    """Add the rows that belong to nobody, since an id in them is blank."""
    for column in table.filled:
        if "" in columns[column]:
            for row, value in enumerate(columns[column]):
                if value == "":
                    bad.setdefault(row, {})[column] = Unreadable(
                        f"expected {_article(column)}, found nothing", "Fill it in."
                    )
    if table.named_by:
        for row, values in enumerate(zip(*(columns[column] for column in table.named_by), strict=True)):
            if not any(values):
                either = " or ".join(table.named_by)
                why = Unreadable(f"expected {either}, found neither", f"Fill in {either}.")
                bad.setdefault(row, {})[table.named_by[0]] = why


def _find_reversed(
    first: str, last: str, columns: Mapping[str, Sequence[object]], bad: dict[int, dict[str, Unreadable]]
) -> None:
    """Add the rows whose span ends before it begins."""
    for row, (begins, ends) in enumerate(zip(columns[first], columns[last], strict=True)):
        if isinstance(begins, dt.date) and isinstance(ends, dt.date) and ends < begins:
            why = f"expected a day on or after {first}, found an earlier one"
            bad.setdefault(row, {})[last] = Unreadable(why, f"Correct {first} or {last}.")


def _find_repeated(
    key: str,
    values: Sequence[object],
    lines: Sequence[int],
    first_lines: dict[object, int],
    bad: dict[int, dict[str, Unreadable]],
) -> None:
    """Add the rows that repeat the key of an earlier row that could be read."""
    for row, value in enumerate(values):
        if row in bad:
            continue
        first = first_lines.setdefault(value, lines[row])
        if first != lines[row]:
            why = f"expected {_article(key)} of its own, found the one of line {first}"
            bad[row] = {key: Unreadable(why, "Give each row its own, or remove the row.")}


def _row_problems(
    bad: Mapping[int, Mapping[str, Unreadable]], lines: Sequence[int], keys: Sequence[object]
) -> Iterator[RowProblem]:
    for row, cells in bad.items():
        key = keys[row]
        for column, cell in cells.items():
            yield RowProblem(lines[row], column, key if isinstance(key, str) else "", cell.why, cell.fix)


def _article(column: str) -> str:
    return f"{'an' if column[0] in 'aeiou' else 'a'} {column}"
