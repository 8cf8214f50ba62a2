"""Work on holidays and at night."""

import attrs

from peerbill.checks.patterns.compare import Outlier, more_often
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.thresholds import DAYS, LEAST_UNUSUAL_DAYS, NAMED, NIGHT_FROM, NIGHT_TO
from peerbill.policy.phrases import is_federal_holiday


@attrs.frozen
class OddTimes:
    """A peer who works on holidays, or at night, more often than the others: `numbers` of the first such contacts."""

    outlier: Outlier
    numbers: tuple[int, ...]


@attrs.define
class _Days:
    """The days on which a peer worked; `last`, `last_night`: the ordinals of the last ones."""

    last: int = 0
    days: int = 0
    holidays: int = 0
    nights: int = 0
    last_night: int = 0
    on_holidays: list[int] = attrs.field(factory=list)
    at_night: list[int] = attrs.field(factory=list)


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
        if self._is_holiday and len(peer.on_holidays) < NAMED:
            peer.on_holidays.append(number)
        if start.hour >= NIGHT_FROM or start.hour < NIGHT_TO:
            if day != peer.last_night:
                peer.last_night = day
                peer.nights += 1
            if len(peer.at_night) < NAMED:
                peer.at_night.append(number)

    def holidays(self) -> tuple[OddTimes, ...]:
        """Return who works on holidays more often than the others."""
        counts = {who: (peer.holidays, peer.days) for who, peer in self._of.items() if who}
        return tuple(
            OddTimes(outlier, tuple(self._of[outlier.who].on_holidays))
            for outlier in more_often(counts, DAYS, LEAST_UNUSUAL_DAYS)
        )

    def nights(self) -> tuple[OddTimes, ...]:
        """Return who works at night more often than the others."""
        counts = {who: (peer.nights, peer.days) for who, peer in self._of.items() if who}
        return tuple(
            OddTimes(outlier, tuple(self._of[outlier.who].at_night))
            for outlier in more_often(counts, DAYS, LEAST_UNUSUAL_DAYS)
        )
