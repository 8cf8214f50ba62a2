"""Days that are billed up to the programme's daily limit, exactly."""

import datetime as dt
from array import array
from collections.abc import Sequence
from typing import Any

import attrs

from peerbill.checks.patterns.compare import Habit, Outlier, nearly_all
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.thresholds import DAYS, LEAST_DAILY_UNITS

_NOTHING = (0,)
_UNKNOWN = -1
"""Units of a day of which some are not known."""


@attrs.define
class _Days:
    """How many days somebody had, how many at the limit, the contacts of these, and who gave them."""

    days: int = 0
    full: int = 0
    numbers: "array[int]" = attrs.field(factory=lambda: array("I"))
    peers: set[str] = attrs.field(factory=set)

    def add_full(self, numbers: Sequence[int]) -> None:
        """Count a day at the limit."""
        self.days += 1
        self.full += 1
        self.numbers.extend(numbers)


@attrs.define
class DailyMaximum:
    """The days of members on which a service has a daily limit, by peer and by member.

    Kept are the contacts of the day that is being shown, and counts. Of each member and service, `_today` has the units
    and then each contact's peer and number, in one flat tuple: there are thousands of them.
    """

    _on: dt.date | None = None
    _today: dict[tuple[str, str, int], tuple[Any, ...]] = attrs.field(factory=dict)
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
        seen = self._today.get(key, _NOTHING)
        units = _UNKNOWN if row.units is None or seen[0] == _UNKNOWN else seen[0] + row.units
        self._today[key] = (units, *seen[1:], row.staff_id, number)

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
            if day[0] == _UNKNOWN:
                continue
            given = dict.fromkeys(day[1::2])
            if day[0] != limit:
                for staff_id in given:
                    _of(peers, staff_id).days += 1
                _of(members, member_id).days += 1
                continue
            for staff_id in given:
                own = [number for peer, number in zip(day[1::2], day[2::2], strict=True) if peer == staff_id]
                _of(peers, staff_id).add_full(own)
            days = _of(members, member_id)
            days.add_full(day[2::2])
            days.peers.update(given)


def _copy(days: _Days) -> _Days:
    return _Days(days.days, days.full, days.numbers[:], days.peers.copy())


def _of(counted: dict[str, _Days], who: str) -> _Days:
    days = counted.get(who)
    if days is None:
        days = counted[who] = _Days()
    return days
