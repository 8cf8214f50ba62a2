"""Work on holidays and at night."""

from array import array

import attrs

from peerbill.checks.patterns.compare import Outlier, more_often
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.thresholds import DAYS, LEAST_UNUSUAL_DAYS, NIGHT_FROM, NIGHT_TO
from peerbill.policy.phrases import is_federal_holiday


@attrs.define
class _Days:
    """The days on which a peer worked; `last`, `last_night`: the ordinals of the last ones."""

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

    Days are counted, since a shift has many contacts. A contact is at night if it begins between `NIGHT_FROM` and
    `NIGHT_TO` o'clock.
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
            self._is_holiday = is_federal_holiday(start.date())
        peer = self._of.get(row.staff_id)
        if peer is None:
            peer = self._of[row.staff_id] = _Days()
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
        """Return who works on holidays more often than the others."""
        counts = {who: (peer.holidays, peer.days) for who, peer in self._of.items() if who}
        return tuple(more_often(counts, DAYS, LEAST_UNUSUAL_DAYS, lambda who: self._of[who].on_holidays))

    def nights(self) -> tuple[Outlier, ...]:
        """Return who works at night more often than the others."""
        counts = {who: (peer.nights, peer.days) for who, peer in self._of.items() if who}
        return tuple(more_often(counts, DAYS, LEAST_UNUSUAL_DAYS, lambda who: self._of[who].at_night))
