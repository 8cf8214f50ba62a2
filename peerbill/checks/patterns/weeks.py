"""Seven days of a peer that hold more hours of contact than anybody can give."""

import datetime as dt
from collections import Counter, deque

import attrs

from peerbill.checks.patterns.chance import middle_of
from peerbill.checks.patterns.row import PatternRow, length
from peerbill.checks.patterns.thresholds import WEEK_MINUTES

_DAYS = 7


@attrs.frozen
class LongWeek:
    """Seven days of a peer with very many hours; of several that overlap, those with the most.

    Attributes:
        staff_id: the peer.
        first: the first of the seven days, on which there was a session.
        minutes: the minutes of all sessions.
        usual: the median of all peers' seven days, in whole hours.
        numbers: their sessions.

    """

    staff_id: str
    first: dt.date
    minutes: int
    usual: int
    numbers: tuple[int, ...]


@attrs.define
class _Day:
    day: int
    minutes: int = 0
    numbers: list[int] = attrs.field(factory=list)


@attrs.frozen
class _Long:
    first: int
    minutes: int
    numbers: tuple[int, ...]


@attrs.define
class _Peer:
    """The last seven days of a peer, their minutes, and the long weeks so far; `until` is the last day of those.

    Weeks that are kept do not overlap: who works long weeks all year has each of them.
    """

    days: deque[_Day] = attrs.field(factory=deque)
    minutes: int = 0
    long: list[_Long] = attrs.field(factory=list)
    until: int = 0

    def close(self, hours: Counter[int]) -> None:
        """Count the seven days that end with the last day."""
        if not self.days:
            return
        hours[self.minutes // 60] += 1
        if self.minutes <= WEEK_MINUTES:
            return
        numbers = sorted(number for day in self.days for number in day.numbers)
        week = _Long(self.days[0].day, self.minutes, tuple(numbers))
        if not self.long or week.first > self.until:
            self.long.append(week)
        elif week.minutes > self.long[-1].minutes:
            self.long[-1] = week
        else:
            return
        self.until = self.days[-1].day

    def begin(self, day: int) -> None:
        """Begin another day, and leave those behind that are more than seven days back."""
        while self.days and self.days[0].day <= day - _DAYS:
            self.minutes -= self.days.popleft().minutes
        self.days.append(_Day(day))


@attrs.define
class Weeks:
    """The minutes of each peer's sessions in any seven days. Kept are the last seven days of each peer, and counts."""

    _of: dict[str, _Peer] = attrs.field(factory=dict)
    _hours: Counter[int] = attrs.field(factory=Counter)

    def add(self, row: PatternRow, number: int) -> None:
        """Take in a session."""
        if not row.staff_id:
            return
        peer = self._of.get(row.staff_id)
        if peer is None:
            peer = self._of[row.staff_id] = _Peer()
        day = row.start.toordinal()
        if not peer.days or peer.days[-1].day != day:
            peer.close(self._hours)
            peer.begin(day)
        minutes = length(row)
        peer.minutes += minutes
        last = peer.days[-1]
        last.minutes += minutes
        last.numbers.append(number)

    def found(self) -> tuple[LongWeek, ...]:
        """Return the weeks that are too long, in order of peer and day."""
        hours = self._hours.copy()
        long: dict[str, list[_Long]] = {}
        for staff_id, peer in sorted(self._of.items()):
            ended = _Peer(deque(peer.days), peer.minutes, peer.long.copy(), peer.until)
            ended.close(hours)
            long[staff_id] = ended.long
        usual = middle_of(hours)
        return tuple(
            LongWeek(staff_id, dt.date.fromordinal(week.first), week.minutes, usual, week.numbers)
            for staff_id, weeks in long.items()
            for week in weeks
        )
