"""Lengths just above the minutes at which another unit begins."""

import datetime as dt
from array import array
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache

import attrs

from peerbill.checks.patterns.chance import is_chance
from peerbill.checks.patterns.compare import Habit, Numbers, Outlier, nearly_all
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.thresholds import (
    ABOVE_BOUNDARY,
    BOUNDARY_TIMES,
    CONTACTS,
    LEAST_NEAR,
    LEAST_UNIT_MINUTES,
)

_ELSEWHERE, _ABOVE, _BELOW = range(3)
_NEAR = 2


def first_minutes(unit_minutes: int, rounding: str) -> int | None:
    """Return how many minutes beyond full units begin another unit; None for a rounding that is not known.

    >>> [first_minutes(15, word) for word in ("down", "midpoint", "past-midpoint", "up", "")]
    [15, 8, 8, 1, None]
    """
    match rounding:
        case "down":
            return unit_minutes
        case "midpoint":
            return unit_minutes - unit_minutes // 2
        case "past-midpoint":
            return unit_minutes - (unit_minutes - 1) // 2
        case "up":
            return 1
    return None


@lru_cache(maxsize=256)
def _sides(unit_minutes: int, rounding: str) -> tuple[int, ...]:
    """Return for each number of minutes beyond full units on which side of the boundary it is near.

    The two nearest on each side count, without those that end in 0 or 5, where times are rounded anyway; nothing for a
    unit of another length than fives of minutes.
    """
    first = first_minutes(unit_minutes, rounding)
    if first is None or unit_minutes % 5:
        return ()
    sides = [_ELSEWHERE] * unit_minutes
    above = [first + step for step in range(unit_minutes) if (first + step) % 5][:_NEAR]
    below = [first - step for step in range(1, unit_minutes) if (first - step) % 5][:_NEAR]
    for minutes in above:
        sides[minutes % unit_minutes] = _ABOVE
    for minutes in below:
        sides[minutes % unit_minutes] = _BELOW
    return tuple(sides)


@attrs.frozen
class NearBoundary:
    """A peer whose contacts end just above the boundary of a unit.

    Attributes:
        outlier: of the contacts near a boundary, those just above it.
        contacts: all contacts of the peer that were compared.
        expected: the share of all contacts that would be just above if minutes knew nothing of units.
        unit_minutes: the length of the unit.
        first: minutes beyond full units that begin another one.

    """

    outlier: Outlier
    contacts: int
    expected: Fraction
    unit_minutes: int
    first: int


@attrs.frozen
class NearBoundaries:
    """Several peers whose contacts end just above the boundary of one unit; `first` as in `NearBoundary`."""

    habit: Habit
    unit_minutes: int
    first: int


@attrs.define
class _Counts:
    contacts: int = 0
    above: int = 0
    below: int = 0
    numbers: "array[int]" = attrs.field(factory=lambda: array("I"))

    def add(self, side: int, numbers: Iterable[int]) -> None:
        self.contacts += 1
        if side == _ABOVE:
            self.above += 1
            self.numbers.extend(numbers)
        elif side == _BELOW:
            self.below += 1

    def copy(self) -> "_Counts":
        return _Counts(self.contacts, self.above, self.below, self.numbers[:])


_Unit = tuple[int, str]
_Line = tuple[str, str, str, str, _Unit]


@attrs.define
class Boundaries:
    """How many one-to-one contacts of a peer last just longer, and just shorter, than another unit takes.

    Where a programme adds the minutes of a day, it is the sum that counts. Kept are the sums of the day that is being
    shown, and counts.
    """

    _of: dict[_Unit, dict[str, _Counts]] = attrs.field(factory=dict)
    _on: dt.date | None = None
    _today: dict[_Line, tuple[int, list[int]]] = attrs.field(factory=dict)

    def add(self, row: PatternRow, number: int) -> None:
        """Take in a contact."""
        unit, minutes = row.unit_minutes, row.minutes
        if unit is None or unit < LEAST_UNIT_MINUTES or not row.rounding or row.by_day is None:
            return
        if not minutes or minutes < 0 or row.mode == "group" or not row.staff_id:
            return
        rule = (unit, row.rounding)
        if not row.by_day:
            _count(self._of, rule, row.staff_id, minutes, (number,))
            return
        day = row.start.date()
        if day != self._on:
            self._close(self._of)
            self._today.clear()
            self._on = day
        line = (row.staff_id, row.member_id, row.hcpcs, row.place, rule)
        before, numbers = self._today.get(line, (0, []))
        self._today[line] = (before + minutes, [*numbers, number])

    def found(self) -> tuple[tuple[NearBoundary, ...], tuple[NearBoundaries, ...]]:
        """Return whose contacts gather just above boundaries, and for which units several peers do the same."""
        counted = {
            rule: {staff_id: counts.copy() for staff_id, counts in peers.items()} for rule, peers in self._of.items()
        }
        self._close(counted)
        found: list[NearBoundary] = []
        habits: list[NearBoundaries] = []
        compared = sum(len(peers) for peers in counted.values())
        for (unit, rounding), peers in sorted(counted.items()):
            first, sides = first_minutes(unit, rounding), _sides(unit, rounding)
            if first is None or _ABOVE not in sides:
                continue
            near = sides.count(_ABOVE) + sides.count(_BELOW)
            even, expected = Fraction(sides.count(_ABOVE), near), Fraction(sides.count(_ABOVE), unit)
            often = {
                staff_id
                for staff_id, seen in peers.items()
                if seen.contacts >= CONTACTS
                and seen.above >= BOUNDARY_TIMES * expected * seen.contacts
                and not is_chance(seen.above, seen.above + seen.below, even, compared)
            }
            counts = {who: (seen.above, seen.above + seen.below) for who, seen in peers.items()}
            outliers, habit = nearly_all(counts, LEAST_NEAR, _numbers_of(peers), ABOVE_BOUNDARY, often)
            found += (NearBoundary(who, peers[who.who].contacts, expected, unit, first) for who in outliers)
            if habit is not None:
                habits.append(NearBoundaries(habit, unit, first))
        return tuple(found), tuple(habits)

    def _close(self, counted: dict[_Unit, dict[str, _Counts]]) -> None:
        for (staff_id, _, _, _, rule), (minutes, numbers) in self._today.items():
            _count(counted, rule, staff_id, minutes, numbers)


def _numbers_of(peers: Mapping[str, _Counts]) -> Numbers:
    return lambda who: peers[who].numbers


def _count(
    counted: dict[_Unit, dict[str, _Counts]], rule: _Unit, staff_id: str, minutes: int, numbers: Iterable[int]
) -> None:
    peers = counted.get(rule)
    if peers is None:
        peers = counted[rule] = {}
    counts = peers.get(staff_id)
    if counts is None:
        counts = peers[staff_id] = _Counts()
    sides = _sides(*rule)
    counts.add(sides[minutes % rule[0]] if sides else _ELSEWHERE, numbers)
