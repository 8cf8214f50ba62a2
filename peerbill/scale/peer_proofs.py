"""Which days of a peer the checks of peers are asked about, since nothing proves that they find nothing there.

What is proven is what `peerbill.checks.quiet.Sweep` proves: no two contacts meet, and no day is longer than 12 hours.
It holds of days between two nights without a session, as it holds of a peer who is divided there.
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from peerbill.model.clock import fixed_offset
from peerbill.scale.buckets import NIGHT_HOURS
from peerbill.scale.columns import Batch, texts_of
from peerbill.scale.numbered import BLANK, Alike, Array, Columns
from peerbill.scale.packages import load

HOURS: Final = 12
"""Of sessions on a day that is possible (PB803)."""
_COLUMNS: Final = ("staff_id", "facilitators", "group_id", "start", "end", "start_offset", "end_offset")


@attrs.frozen(eq=False)
class Days:
    """The days of somebody each.

    Attributes:
        order: the rows in order of whose they are, start and end.
        begins: where in that order each day begins.
        who: whose each day is.

    """

    order: Array
    begins: Array
    who: Array

    @classmethod
    def of(cls, who: Array, start: Array, end: Array) -> "Days":
        """Divide rows by whose they are, and by the day on which they start."""
        np = load("numpy")
        order = np.lexsort((end, start, who))
        whose, day = who[order], start[order].astype("datetime64[D]")
        is_first = np.ones(len(order), np.bool_)
        is_first[1:] = (whose[1:] != whose[:-1]) | (day[1:] != day[:-1])
        begins = np.flatnonzero(is_first)
        return cls(order, begins, whose[begins])

    def each(self, function: Array, values: Array) -> Array:
        """Return what a function of numpy makes of the values of each day."""
        return function.reduceat(values[self.order], self.begins)

    def people(self) -> Array:
        """Return which days are the first ones of somebody."""
        return load("numpy").unique(self.who, return_index=True)[1]

    def rows(self, days: Array) -> Array:
        """Return what is said of the days for each row."""
        np = load("numpy")
        found = np.empty(len(self.order), days.dtype)
        found[self.order] = np.repeat(days, np.diff(self.begins, append=len(self.order)))
        return found


def doubted_days(days: Days, start: Array, end: Array, whole: Array, together: Array) -> Array:
    """Tell of each row whether it is on a day of which something is doubted.

    Each row starts at a time that is known, and is whole where nothing is found of it by itself. Of a day whose rows
    all are whole and do not meet, `together` tells whether they go together. A day is doubted with all days that no
    night without a session parts from it; there are such days only where somebody has a session that late.
    """
    np = load("numpy")
    before = np.full(len(start), "NaT", start.dtype)
    before[days.order[1:]] = end[days.order[:-1]]
    before[days.order[days.begins]] = "NaT"
    quiet = days.each(np.logical_and, whole & ~(before > start)) & together
    first, last = days.each(np.minimum, start), days.each(np.maximum, np.fmax(start, end))
    night = np.timedelta64(NIGHT_HOURS, "h")
    late = last + night > first.astype("datetime64[D]") + np.timedelta64(1, "D")
    for person in np.unique(days.who[late]):
        own = slice(*np.searchsorted(days.who, [person, person + 1]))
        so_far = np.maximum.accumulate(last[own])
        pieces = np.flatnonzero(np.append(True, so_far[:-1] + night <= first[own][1:]))
        both = np.logical_and.reduceat(quiet[own], pieces)
        quiet[own] = np.repeat(both, np.diff(pieces, append=len(so_far)))
    return ~days.rows(quiet)


def is_steady(zone: ZoneInfo, day: Array) -> Array:
    """Tell of each day whether the clocks of a zone do not change on it."""
    np = load("numpy")
    alike = Alike.by(day)
    flags = [fixed_offset(zone, one) is not None for (one,) in alike.each(day)]
    return np.array(flags, np.bool_)[alike.numbers]


def doubted_of_peers(paths: Sequence[Path], peers: Collection[str], zone: ZoneInfo) -> Batch:
    """Return the encounters of a bucket that are on days of these peers about which nothing is proven."""
    np = load("numpy")
    columns = Columns(paths, _COLUMNS)
    rows, who = _took(columns, peers)
    start, end = columns.times("start")[rows], columns.times("end")[rows]
    day = start.astype("datetime64[D]")
    # Sessions of several people, groups among them, prove nothing: that their rows are one session is for the checks.
    whole = (
        (start < end)
        & (end.astype("datetime64[D]") == day)
        & columns.is_blank("start_offset")[rows]
        & columns.is_blank("end_offset")[rows]
        & (columns.numbers("facilitators")[rows] == BLANK)
        & (columns.numbers("group_id")[rows] == BLANK)
        & is_steady(zone, day)
    )
    days = Days.of(who, start, end)
    is_possible = days.each(np.add, end - start) <= np.timedelta64(HOURS, "h")
    doubted = doubted_days(days, start, end, whole, is_possible)
    found = np.zeros(len(columns), np.bool_)
    found[rows[doubted]] = True
    return columns.whole_rows(found)


def _took(columns: Columns, peers: Collection[str]) -> tuple[Array, Array]:
    """Return the rows that took the time of peers, and whose it was, by number: a row of two of them stands twice."""
    np = load("numpy")
    staff, listed = columns.texts("staff_id"), columns.texts("facilitators")
    known = {id_: number for number, id_ in enumerate(peers)}
    numbers = np.array([known.get(id_, -1) for id_ in staff.values])
    alone = listed.numbers == BLANK
    rows, who = np.flatnonzero(alone), numbers[staff.numbers[alone]]
    shared = [
        (row, known[id_])
        for row in np.flatnonzero(~alone).tolist()
        for id_ in {staff.values[staff.numbers[row]], *texts_of(listed.values[listed.numbers[row]])} & known.keys()
    ]
    if shared:
        rows, who = np.append(rows, [row for row, _ in shared]), np.append(who, [number for _, number in shared])
    is_asked = (who >= 0) & ~np.isnat(columns.times("start")[rows])
    return rows[is_asked], who[is_asked]
