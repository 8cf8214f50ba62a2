"""How long contacts last: those of a peer that nearly all have one length, and the last digits of their lengths."""

from array import array
from collections import Counter
from fractions import Fraction

import attrs

from peerbill.checks.patterns.chance import is_chance
from peerbill.checks.patterns.compare import Habit, Outlier, nearly_all
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.thresholds import CONTACTS, DIGIT_LENGTHS, DIGIT_SHARE, DIGITS

_DIGITS = (1, 2, 3, 4, 6, 7, 8, 9)


@attrs.frozen
class SameLength:
    """A peer whose contacts nearly all last equally long."""

    outlier: Outlier
    minutes: int


@attrs.frozen
class Digit:
    """A peer whose lengths often end in one digit.

    Attributes:
        staff_id: the peer.
        digit: the digit.
        count: the lengths that end in it.
        total: the lengths that end in neither 0 nor 5.
        numbers: these contacts.

    """

    staff_id: str
    digit: int
    count: int
    total: int
    numbers: tuple[int, ...]


@attrs.define
class Lengths:
    """The lengths of one-to-one contacts, start to end, by peer: the numbers of each.

    Groups are left out: they keep to a timetable.
    """

    _of: dict[str, "dict[int, array[int]]"] = attrs.field(factory=dict)

    def add(self, row: PatternRow, number: int) -> None:
        """Take in a contact."""
        if row.mode == "group" or not row.staff_id:
            return
        minutes = int((row.end - row.start).total_seconds()) // 60
        lengths = self._of.get(row.staff_id)
        if lengths is None:
            lengths = self._of[row.staff_id] = {}
        seen = lengths.get(minutes)
        if seen is None:
            seen = lengths[minutes] = array("I")
        seen.append(number)

    def same(self) -> tuple[tuple[SameLength, ...], Habit | None]:
        """Return whose contacts nearly all last equally long, and whether that is the habit of several."""
        most: dict[str, int] = {}
        counts: dict[str, tuple[int, int]] = {}
        for staff_id, lengths in self._of.items():
            most[staff_id] = max(lengths, key=lambda minutes: (len(lengths[minutes]), -minutes))
            counts[staff_id] = (len(lengths[most[staff_id]]), sum(map(len, lengths.values())))
        outliers, habit = nearly_all(counts, CONTACTS, lambda who: self._of[who][most[who]])
        return tuple(SameLength(outlier, most[outlier.who]) for outlier in outliers), habit

    def digits(self) -> tuple[Digit, ...]:
        """Return whose lengths end in one digit far more often than in the seven others.

        Lengths that end in 0 or 5 are left out: times are read off a clock in fives.
        """
        found: list[Digit] = []
        totals = {staff_id: _by_digit(lengths) for staff_id, lengths in sorted(self._of.items())}
        compared = {staff_id: digits for staff_id, digits in totals.items() if digits.total() >= DIGITS}
        for staff_id, digits in compared.items():
            total = digits.total()
            digit, count = max(digits.items(), key=lambda item: (item[1], -item[0]))
            lengths = {minutes: seen for minutes, seen in self._of[staff_id].items() if minutes % 10 == digit}
            if (
                Fraction(count, total) >= DIGIT_SHARE
                and len(lengths) >= DIGIT_LENGTHS
                and max(map(len, lengths.values())) * 2 <= count
                and not is_chance(count, total, Fraction(1, len(_DIGITS)), len(compared) * len(_DIGITS))
            ):
                numbers = sorted(number for seen in lengths.values() for number in seen)
                found.append(Digit(staff_id, digit, count, total, tuple(numbers)))
        return tuple(found)


def _by_digit(lengths: "dict[int, array[int]]") -> Counter[int]:
    digits: Counter[int] = Counter()
    for minutes, seen in lengths.items():
        if minutes % 5:
            digits[minutes % 10] += len(seen)
    return digits
