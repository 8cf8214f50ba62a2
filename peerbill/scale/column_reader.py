"""Encounters of Parquet files, read by columns: what the reader of rows would read, without a look at each row.

Equal cells are read once, by the readers of `peerbill.intake`. Ids, notes and times, which differ in each row, are
taken as they are where they are plain. A row with a cell that cannot be read is for the reader of rows.
"""

import datetime as dt
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import attrs
import msgspec

from peerbill.coding.guard import encounter_fault
from peerbill.coding.holds import LONGEST_ID
from peerbill.intake import TABLES
from peerbill.intake.cells import YEARS, Raw, Unreadable, as_cell
from peerbill.model.encounter import Encounter
from peerbill.model.records import Settings
from peerbill.model.words import is_like_an_id, no_ids
from peerbill.scale.columns import FIELDS, Batch, encounter_types, may_lack
from peerbill.scale.packages import load

Column = Any
"""A pyarrow.Array."""

_TABLE: Final = TABLES["encounters"]
_PLAIN: Final = Encounter("E1", "M1", "S1")
_PLAIN_ID: Final = "^[A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]*$"
_IDS: Final = ("encounter_id", "member_id", "staff_id")
_LIKE_IDS: Final = ("encounter_id", "member_id", "plan_id")
"""Ids of which there are many; a plain one is taken as it is by all readers of ids."""
_GUARDED: Final = frozenset(
    name for name, type_ in FIELDS.items() if type_ not in (str, tuple[str, ...]) or name in ("channel", "support_type")
)
"""Columns of which a cell that can be read may be one that no encounter can have."""
_EDGE: Final = "^[!-~]$"
"""What a text that is taken as it is begins and ends with: no blank of any kind."""
_FIRST: Final = dt.datetime(YEARS.start, 1, 1)  # noqa: DTZ001  # recorded times are local
_LAST: Final = dt.datetime(YEARS.stop - 1, 12, 31, 23, 59, 59, 999_999)  # noqa: DTZ001
_json = msgspec.json.Encoder().encode

CAN_BE_READ: Final = not (_TABLE.spans or _TABLE.named_by or _TABLE.unique) and _TABLE.filled == ("encounter_id",)
"""Whether all that the table of encounters asks of a row is asked of its cells."""


class ColumnReader:
    """Reads encounters of an agency's Parquet files, some thousand at a time."""

    def __init__(self, settings: Settings) -> None:
        zone = ZoneInfo(settings.organization.timezone)
        self._readers = _TABLE.readers(zone, settings.payers, settings.dates, settings.sites, settings.limits)
        self._longest = settings.limits.cell_characters
        self._notes = {
            column
            for column in _TABLE.columns
            if FIELDS[column] is str and column not in _TABLE.special and column not in ("payer", "site")
        }

    def read(self, columns: Mapping[str, Column], lines: range) -> tuple[Batch, list[int]]:
        """Return the encounters that can be used, and which rows are for the reader of rows, from 0."""
        arrow, compute = load("pyarrow"), load("pyarrow.compute")
        types = encounter_types()
        made: dict[str, Column] = {}
        left = arrow.repeat(arrow.scalar(value=False), len(lines))
        for name, type_ in types.items():
            if name == "line":
                made[name] = arrow.array(lines, type_)
            elif name not in columns:
                blank = _kept(_TABLE.absent.get(name))
                if not may_lack(name, [blank]):
                    made[name] = arrow.repeat(arrow.scalar(blank, type_), len(lines))
            else:
                made[name], doubted = self._column(name, columns[name])
                left = compute.or_(left, doubted)
        table = arrow.table({name: column.cast(types[name]) for name, column in made.items()})
        places = compute.indices_nonzero(left).to_pylist()
        return (table.filter(compute.invert(left)) if places else table), places

    def _column(self, name: str, column: Column) -> tuple[Column, Column]:
        """Return the values of a column, and which of its rows are left to the reader of rows."""
        types = load("pyarrow").types
        if types.is_timestamp(column.type) and column.type.tz is None and name in _TABLE.times:
            return _times(column)
        if types.is_string(column.type) or types.is_large_string(column.type):
            if name in _LIKE_IDS:
                return self._texts(name, column, _plain_ids)
            if name in self._notes:
                return self._texts(name, column, self._plain_texts)
        return self._distinct(name, column)

    def _texts(self, name: str, column: Column, plain: Callable[[Column], Column]) -> tuple[Column, Column]:
        """Take plain texts as they are, and read the others."""
        arrow, compute = load("pyarrow"), load("pyarrow.compute")
        column = column.cast(arrow.string()).fill_null("")
        others = compute.invert(plain(column))
        places = compute.indices_nonzero(others)
        if not len(places):
            return column, others
        values, doubted = self._distinct(name, column.take(places))
        column = compute.replace_with_mask(column, others, values)
        return column, compute.replace_with_mask(others, others, doubted)

    def _plain_texts(self, column: Column) -> Column:
        compute = load("pyarrow.compute")
        edges = [compute.utf8_slice_codeunits(column, *place) for place in ((0, 1), (-1, None))]
        first, last = (compute.match_substring_regex(edge, _EDGE) for edge in edges)
        short = compute.less_equal(compute.binary_length(column), self._longest)
        blank = compute.equal(column, "")
        return compute.or_(blank, compute.and_(compute.and_(first, last), short))

    def _distinct(self, name: str, column: Column) -> tuple[Column, Column]:
        """Read each cell of a column that differs from the others once."""
        arrow = load("pyarrow")
        cells, places = _cells(column, name in _TABLE.dates)
        cells.append("")
        if any(cells):
            values, doubted = self._read(name, cells)
        else:
            values, doubted = [_kept(_TABLE.absent[name])] * len(cells), [name in _TABLE.filled] * len(cells)
        places = places.fill_null(len(cells) - 1)
        return (
            arrow.array(values, encounter_types()[name]).take(places),
            arrow.array(doubted, arrow.bool_()).take(places),
        )

    def _read(self, name: str, cells: Sequence[Raw]) -> tuple[list[object], list[bool]]:
        """Return the value of each cell, and whether its row is left to the reader of rows."""
        reader = self._readers[name]
        values: list[object] = []
        doubted: list[bool] = []
        for cell in cells:
            value = reader[cell]
            is_doubted = _is_doubted(name, value)
            values.append(None if is_doubted else _kept(value))
            doubted.append(is_doubted)
        return values, doubted


def _kept(value: object) -> object:
    """Return a value as its column keeps it."""
    return (_json(value).decode() if value else "") if isinstance(value, tuple) else value


def _is_doubted(name: str, value: object) -> bool:
    """Tell whether a cell cannot be read, or decides with the rest of the workspace whether its row can be used."""
    if isinstance(value, Unreadable) or (isinstance(value, dt.datetime) and value.tzinfo is not None):
        return True
    if name in _TABLE.filled and value == _TABLE.absent[name]:
        return True
    if isinstance(value, str) and name in _IDS:
        # What the guard of encounters asks of an id, and what the whole workspace does.
        return len(value) > LONGEST_ID or not value.isprintable() or not is_like_an_id(value)
    if name not in _GUARDED:
        return False
    cells: dict[str, Any] = {name: value}
    return encounter_fault(attrs.evolve(_PLAIN, **cells)) is not None


def _plain_ids(column: Column) -> Column:
    compute = load("pyarrow.compute")
    plain = compute.and_(
        compute.match_substring_regex(column, _PLAIN_ID), compute.less_equal(compute.binary_length(column), LONGEST_ID)
    )
    words = load("pyarrow").array(sorted(no_ids()))
    return compute.and_(plain, compute.invert(compute.is_in(compute.ascii_lower(column), value_set=words)))


def _times(column: Column) -> tuple[Column, Column]:
    """Return local times without what is less than a second; those of other years cannot be read."""
    arrow, compute = load("pyarrow"), load("pyarrow.compute")
    kind = arrow.timestamp("us")
    column = column.cast(kind, safe=False)
    fits = compute.and_(
        compute.greater_equal(column, arrow.scalar(_FIRST, kind)), compute.less_equal(column, arrow.scalar(_LAST, kind))
    )
    return compute.floor_temporal(column, unit="second"), compute.invert(fits.fill_null(fill_value=True))


def _cells(column: Column, dates: bool) -> tuple[list[Raw], Column]:
    """Return the different cells of a column as a CSV file would have them, and which of them each row has."""
    arrow = load("pyarrow")
    types = arrow.types
    if types.is_nested(column.type):
        known: dict[Hashable, int] = {}
        places = [known.setdefault(as_cell(value, dates), len(known)) for value in column.to_pylist()]
        return list(known), arrow.array(places, arrow.int64())
    if types.is_timestamp(column.type):
        column = column.cast(arrow.timestamp("us", column.type.tz), safe=False)
    if not types.is_dictionary(column.type):
        column = column.dictionary_encode()
    return [as_cell(value, dates) for value in column.dictionary.to_pylist()], column.indices.cast(arrow.int64())
