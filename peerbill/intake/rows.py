"""Rows of cells, in chunks, to records and row problems: the same for every file format."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import attrs

from peerbill.intake.cells import Raw, Reader, Unreadable
from peerbill.intake.tables import Table
from peerbill.model.clock import fixed_offset
from peerbill.model.encounter import Encounter
from peerbill.model.errors import UnusableInputError
from peerbill.model.limits import DEFAULT, Limits


@attrs.frozen
class RowProblem:
    """Why a row could not be read: its line, the column ("" for the whole row) and, where readable, the row's key.

    `ids` are the columns that say whom the row concerns, `first` and `last` the days it speaks of, as far as they could
    be read.
    """

    line: int
    column: str
    key: str
    why: str
    fix: str
    ids: Mapping[str, str] = attrs.field(factory=dict, eq=False)
    first: dt.date | None = attrs.field(default=None, eq=False)
    last: dt.date | None = attrs.field(default=None, eq=False)


@attrs.frozen
class Chunk:
    """Some rows of a file, by column; `broken` are the rows among them that do not fall into cells."""

    lines: Sequence[int]
    columns: Mapping[str, Sequence[Raw]]
    broken: Sequence[RowProblem] = ()


class Source(Protocol):
    """A table file, or rows given in code; complete after the last chunk.

    `present` names the table's columns that the file has, `unknown` those that the table does not have.
    """

    present: set[str]
    unknown: list[str]

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows; raise UnusableInputError where the file cannot be read as this table."""


@attrs.frozen
class TableRead:
    """What a file held: records in the order of its rows with the line of each, and problems by line.

    `unknown` are the columns that are not known, `present` those of the table that the file has.
    """

    records: tuple[Any, ...] = ()
    problems: tuple[RowProblem, ...] = ()
    unknown: tuple[str, ...] = ()
    present: frozenset[str] = frozenset()
    lines: Sequence[int] = attrs.field(default=(), eq=False, repr=False)


def read_rows(
    source: Source,
    table: Table,
    zone: ZoneInfo,
    payers: Iterable[str] = (),
    dates: str = "",
    sites: Iterable[str] = (),
    limits: Limits = DEFAULT,
) -> TableRead:
    """Read every row of a file, a column of a chunk at a time; raise UnusableInputError for more than `limits`.

    `payers` and `sites` are the keys of `[payers]` and `[sites]`, `dates` is the order of days with slashes.
    """
    readers = table.readers(zone, payers, dates, sites, limits)
    records: list[object] = []
    lines: list[int] = []
    problems: list[RowProblem] = []
    count = 0
    for chunk in source.chunks():
        problems += chunk.broken
        count += len(chunk.broken) * len(table.columns)
        bad: dict[int, dict[str, Unreadable]] = {}
        columns: dict[str, Sequence[object]] = {}
        for column in table.columns:
            cells = chunk.columns.get(column, ())
            if not any(cells):
                columns[column] = [table.absent[column]] * len(chunk.lines)
                continue
            count += len(cells)
            reader = readers[column]
            columns[column] = values = list(map(reader.__getitem__, cells))
            if reader.failed:
                reader.failed = False
                for row, value in enumerate(values):
                    if isinstance(value, Unreadable):
                        bad.setdefault(row, {})[column] = value
        if count > limits.table_cells:
            raise UnusableInputError(
                f"{table.name}: expected at most {limits.table_cells:,} cells, found more. Is it the right file? "
                "A higher table_cells can be set under [limits] in peerbill.toml."
            )
        _settle_times(table, columns, readers, zone)
        _find_nameless(table, columns, bad)
        for first, last in table.spans:
            _find_reversed(first, last, columns, bad)
        columns["line"] = chunk.lines
        if bad:
            problems += _row_problems(table, bad, columns)
            columns = {name: [v for row, v in enumerate(values) if row not in bad] for name, values in columns.items()}
        lines.extend(columns["line"])  # type: ignore[arg-type]  # this column holds lines
        if not table.knows_lines:
            del columns["line"]
        records.extend(map(table.record, *columns.values()))
    if table.unique:
        records, lines = _refuse_repeated(table, records, lines, problems)
    problems.sort(key=lambda problem: problem.line)
    present = frozenset(source.present)
    return TableRead(tuple(records), tuple(problems), tuple(source.unknown), present, tuple(lines))


def _settle_times(
    table: Table, columns: dict[str, Sequence[object]], readers: Mapping[str, Reader], zone: ZoneInfo
) -> None:
    """Make every time local; of encounters on a day on which the clocks change, keep the offsets of start and end."""
    if table.record is Encounter:
        none: Sequence[object] = [None] * len(columns["start"])
        offsets = (none, none)
        if readers["start"].aware:
            pairs = list(map(partial(_offsets, zone), columns["start"], columns["end"]))
            offsets = ([first for first, _ in pairs], [last for _, last in pairs])
        columns["start_offset"], columns["end_offset"] = offsets
    for column in table.times:
        if readers[column].aware:
            columns[column] = [
                value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value for value in columns[column]
            ]


def _offsets(zone: ZoneInfo, start: object, end: object) -> tuple[int | None, int | None]:
    """Return the minutes from UTC of start and end where start or end kept its offset, and both are known."""
    if not any(isinstance(time, dt.datetime) and time.tzinfo is not None for time in (start, end)):
        return None, None
    return _offset(zone, start), _offset(zone, end)


def _offset(zone: ZoneInfo, time: object) -> int | None:
    if not isinstance(time, dt.datetime):
        return None
    offset = time.utcoffset()
    return int(offset.total_seconds()) // 60 if offset is not None else fixed_offset(zone, time.date())


def _find_nameless(
    table: Table, columns: Mapping[str, Sequence[object]], bad: dict[int, dict[str, Unreadable]]
) -> None:
    """Add the rows that belong to nobody, since an id in them is blank."""
    for column in table.filled:
        blank = table.absent[column]
        if blank in columns[column]:
            for row, value in enumerate(columns[column]):
                if value == blank:
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
            what = "time" if isinstance(ends, dt.datetime) else "day"
            why = f"expected a {what} on or after {first}, found an earlier one"
            bad.setdefault(row, {})[last] = Unreadable(why, f"Correct {first} or {last}.")


def _refuse_repeated(
    table: Table, records: list[object], lines: list[int], problems: list[RowProblem]
) -> tuple[list[object], list[int]]:
    """Take out every row whose key another row has too, also a row that could not be read, with a problem for each."""
    keyed: dict[str, list[int]] = {}
    for record, line in zip(records, lines, strict=True):
        keyed.setdefault(getattr(record, table.key), []).append(line)
    unread = ((problem.line, problem.ids.get(table.key, "")) for problem in problems)
    for line, key in dict.fromkeys((line, key) for line, key in unread if key):
        keyed.setdefault(key, []).append(line)
    repeated = {key: sorted(rows) for key, rows in keyed.items() if len(rows) > 1}
    if not repeated:
        return records, lines
    for key, rows in repeated.items():
        for line in rows:
            others = ", ".join([str(other) for other in rows if other != line][:_NAMED])
            why = f"expected {_article(table.key)} of its own, found the one of line {others}"
            fix = "Give each row its own, or remove the row."
            problems.append(RowProblem(line, table.key, key, why, fix, {table.key: key}))
    kept = [at for at, record in enumerate(records) if getattr(record, table.key) not in repeated]
    return [records[at] for at in kept], [lines[at] for at in kept]


def _row_problems(
    table: Table, bad: Mapping[int, Mapping[str, Unreadable]], columns: Mapping[str, Sequence[object]]
) -> Iterator[RowProblem]:
    for row, cells in bad.items():
        read = {column: columns[column][row] for column in (table.key, *_WHOM) if column in columns}
        ids = {column: value for column, value in read.items() if isinstance(value, str) and value}
        first, last = _days(table, cells, columns, row)
        line: Any = columns["line"][row]
        # In a row that cannot be read, a text with a blank may be part of a note that broke the row: it is not shown.
        key = ids.get(table.key, "") if " " not in ids.get(table.key, "") else ""
        for column, cell in cells.items():
            yield RowProblem(line, column, key, cell.why, cell.fix, ids, first, last)


def _days(
    table: Table, cells: Mapping[str, Unreadable], columns: Mapping[str, Sequence[object]], row: int
) -> tuple[dt.date | None, dt.date | None]:
    """Return the first and the last day of a row, None for one that cannot be read."""
    for first, last in table.days:
        begins, ends = (_day(columns[column][row]) for column in (first, last))
        if last in cells and ends is not None:
            return None, None  # It ends before it begins, and either day may be the wrong one.
        return begins, ends
    return None, None


def _day(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else None


_WHOM = ("member_id", "staff_id", "npi", "encounter_id")
_NAMED = 5


def _article(column: str) -> str:
    return f"{'an' if column[0] in 'aeiou' else 'a'} {column}"
