"""Days that are billed up to the programme's daily limit, exactly."""

import datetime as dt
from array import array

import attrs

from peerbill.checks.patterns.compare import Habit, Outlier, nearly_all
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.thresholds import DAYS, LEAST_DAILY_UNITS


@attrs.define
class _Day:
    """What one member had of one service on one day, with the contacts of each peer; units None: not known."""

    units: int | None = 0
    peers: dict[str, list[int]] = attrs.field(factory=dict)


@attrs.define
class _Days:
    """How many days somebody had, how many at the limit, the contacts of these, and who gave them."""

    days: int = 0
    full: int = 0
    numbers: "array[int]" = attrs.field(factory=lambda: array("I"))
    peers: set[str] = attrs.field(factory=set)


@attrs.define
class DailyMaximum:
    """The days of members on which a service has a daily limit, by peer and by member.

    Kept are the contacts of the day that is being shown, and counts.
    """

    _on: dt.date | None = None
    _today: dict[tuple[str, str, int], _Day] = attrs.field(factory=dict)
    _peers: dict[str, _Days] = attrs.field(factory=dict)
    _members: dict[str, _Days] = attrs.field(factory=dict)

    def add(self, row: PatternRow, number: int) -> None:
        """Take in a contact."""
        limit = row.daily_units
        if limit is None or limit < LEAST_DAILY_UNITS or not row.member_id:
            return
        day = row.start.date()
        if day != self._on:
            self._close(self._peers, self._members)
            self._today.clear()
            self._on = day
        key = (row.member_id, row.hcpcs, limit)
        seen = self._today.get(key)
        if seen is None:
            seen = self._today[key] = _Day()
        seen.units = None if seen.units is None or row.units is None else seen.units + row.units
        seen.peers.setdefault(row.staff_id, []).append(number)

    def peers(self) -> tuple[tuple[Outlier, ...], Habit | None]:
        """Return the peers whose members' days nearly all have the most units, and whether that is a habit."""
        return self._found(self._all()[0])

    def members(self) -> tuple[tuple[Outlier, ...], Habit | None]:
        """Return the members of whom the same holds, but where peers explain it that `peers` returns."""
        peers, members = self._all()
        outliers, habit = self._found(peers)
        explained = {outlier.who for outlier in outliers} | set(habit.who if habit is not None else ())
        found, habit = self._found(members)
        left = tuple(member for member in found if not members[member.who].peers <= explained)
        alike = habit is not None and not all(members[who].peers <= explained for who in habit.who)
        return left, habit if alike else None

    def _found(self, days: dict[str, _Days]) -> tuple[tuple[Outlier, ...], Habit | None]:
        counts = {who: (seen.full, seen.days) for who, seen in days.items()}
        return nearly_all(counts, DAYS, lambda who: days[who].numbers)

    def _all(self) -> tuple[dict[str, _Days], dict[str, _Days]]:
        """Return what is counted, with the day that is being shown."""
        peers = {who: _copy(days) for who, days in self._peers.items()}
        members = {who: _copy(days) for who, days in self._members.items()}
        self._close(peers, members)
        return peers, members

    def _close(self, peers: dict[str, _Days], members: dict[str, _Days]) -> None:
        for (member_id, _, limit), day in self._today.items():
            if day.units is None:
                continue
            full = day.units == limit
            for staff_id, numbers in day.peers.items():
                _count(peers, staff_id, numbers, full=full)
            every = [number for numbers in day.peers.values() for number in numbers]
            days = _count(members, member_id, every, full=full)
            if full:
                days.peers.update(day.peers)


def _copy(days: _Days) -> _Days:
    return _Days(days.days, days.full, days.numbers[:], days.peers.copy())


def _count(counted: dict[str, _Days], who: str, numbers: list[int], *, full: bool) -> _Days:
    days = counted.get(who)
    if days is None:
        days = counted[who] = _Days()
    days.days += 1
    if full:
        days.full += 1
        days.numbers.extend(numbers)
    return days
