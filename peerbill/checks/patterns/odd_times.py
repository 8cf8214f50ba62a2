"""Work on holidays and at night."""

import datetime as dt
from array import array
from bisect import bisect_left, bisect_right

import attrs

from peerbill.checks.patterns.compare import Outlier, more_often
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.thresholds import DAYS, HOLIDAYS_AT_LEAST, LEAST_UNUSUAL_DAYS, NIGHT_FROM, NIGHT_TO
from peerbill.policy.phrases import is_federal_holiday


@attrs.define
class _Days:
    """The days on which a peer worked, as ordinals, and how many; `on_holidays` and `at_night` number contacts."""

    first: int
    last: int = 0
    days: int = 0
    holidays: int = 0
    nights: int = 0
    last_night: int = 0
    on_holidays: "array[int]" = attrs.field(factory=lambda: array("I"))
    at_night: "array[int]" = attrs.field(factory=lambda: array("I"))


@attrs.define
class HolidaysAndNights:
    """On how many days, federal holidays and nights each peer worked.

    Days are counted, since a shift has many contacts. Of holidays, those from Monday to Friday count, as observed; a
    contact is at night if it begins between `NIGHT_FROM` and `NIGHT_TO` o'clock.
    """

    _of: dict[str, _Days] = attrs.field(factory=dict)
    _on: int = 0
    _is_holiday: bool = False

    def add(self, row: PatternRow, number: int) -> None:
        """Take in a contact."""
        start = row.start
        day = start.toordinal()
        if day != self._on:
            self._on = day
            self._is_holiday = _is_holiday(start.date())
        peer = self._of.get(row.staff_id)
        if peer is None:
            peer = self._of[row.staff_id] = _Days(day)
        if day != peer.last:
            peer.last = day
            peer.days += 1
            peer.holidays += self._is_holiday
        if self._is_holiday:
            peer.on_holidays.append(number)
        if start.hour >= NIGHT_FROM or start.hour < NIGHT_TO:
            if day != peer.last_night:
                peer.last_night = day
                peer.nights += 1
            peer.at_night.append(number)

    def holidays(self) -> tuple[Outlier, ...]:
        """Return who worked on more of the holidays than the others, of those between first and last day of work."""
        peers = {who: peer for who, peer in self._of.items() if who and peer.days >= DAYS}
        if not peers:
            return ()
        first, last = min(peer.first for peer in peers.values()), max(peer.last for peer in peers.values())
        every = [day for day in range(first, last + 1) if _is_holiday(dt.date.fromordinal(day))]
        counts = {
            who: (peer.holidays, bisect_right(every, peer.last) - bisect_left(every, peer.first))
            for who, peer in peers.items()
        }
        return tuple(more_often(counts, 1, LEAST_UNUSUAL_DAYS, lambda who: peers[who].on_holidays, HOLIDAYS_AT_LEAST))

    def nights(self) -> tuple[Outlier, ...]:
        """Return who works at night more often than the others."""
        counts = {who: (peer.nights, peer.days) for who, peer in self._of.items() if who}
        return tuple(more_often(counts, DAYS, LEAST_UNUSUAL_DAYS, lambda who: self._of[who].at_night))


def _is_holiday(day: dt.date) -> bool:
    return day.weekday() < 5 and is_federal_holiday(day)
