"""Peers against each other: whose share stands out, and what all have in common."""

from bisect import bisect_left
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from fractions import Fraction

import attrs

from peerbill.checks.patterns.chance import is_chance
from peerbill.checks.patterns.thresholds import DISTANCE, NAMED, NEARLY_ALL, OTHERS, UNUSUAL_TIMES, USUAL_AT_LEAST

Counts = Mapping[str, tuple[int, int]]
"""By peer or member: how many of how many."""
Numbers = Callable[[str], Sequence[int]]
"""Returns the numbers of the contacts that are counted of a peer or member, in order."""


@attrs.frozen
class Outlier:
    """Somebody whose share stands out.

    Attributes:
        who: the peer, or the member.
        count: how many.
        total: of how many.
        usual: the usual share of the others, None where too few others can be compared.
        others: how many others were compared.
        numbers: the contacts that are counted.

    """

    who: str
    count: int
    total: int
    usual: Fraction | None
    others: int
    numbers: tuple[int, ...] = ()


@attrs.frozen
class Habit:
    """What several have in common, so that nobody stands out.

    Attributes:
        who: the peers, or the members, in order.
        compared: how many were compared.
        count: how many contacts or days of them all.
        total: of how many.
        numbers: the last contacts that are counted, `NAMED` of each.

    """

    who: tuple[str, ...]
    compared: int
    count: int
    total: int
    numbers: tuple[int, ...] = ()


def nearly_all(
    counts: Counts,
    fewest: int,
    numbers: Numbers,
    least: Fraction = NEARLY_ALL,
    among: Container[str] | None = None,
) -> tuple[tuple[Outlier, ...], Habit | None]:
    """Return for whom something holds nearly always: those who stand out, and those for whom it is the habit.

    Compared are those with at least `fewest` contacts or days. `least` is the share from which it holds, and only those
    `among` may be named.
    """
    shares = {who: Fraction(*counted) for who, counted in sorted(counts.items()) if counted[1] >= fewest}
    outliers: list[Outlier] = []
    alike: list[str] = []
    ordered = sorted(shares.values())
    others = len(shares) - 1
    for who, share in shares.items():
        if share < least or (among is not None and who not in among):
            continue
        usual = _usual(ordered, share) if others >= OTHERS else None
        if usual is None or share - usual >= DISTANCE:
            outliers.append(Outlier(who, *counts[who], usual, others, tuple(numbers(who))))
        else:
            alike.append(who)
    return tuple(outliers), habit(counts, alike, len(shares), numbers) if alike else None


def habit(counts: Counts, alike: Sequence[str], compared: int, numbers: Numbers) -> Habit:
    """Return what some of those who were compared have in common."""
    named = sorted(number for who in alike for number in numbers(who)[-NAMED:])
    count, total = (sum(counts[who][part] for who in alike) for part in (0, 1))
    return Habit(tuple(alike), compared, count, total, tuple(named))


def _usual(ordered: Sequence[Fraction], share: Fraction) -> Fraction:
    """Return the median of all shares, which are in order, but one."""
    place = bisect_left(ordered, share)
    middle, is_odd = divmod(len(ordered) - 1, 2)

    def other(at: int) -> Fraction:
        return ordered[at if at < place else at + 1]

    return other(middle) if is_odd else (other(middle - 1) + other(middle)) / 2


def more_often(
    counts: Counts, fewest: int, least: int, numbers: Numbers, ordinary: Fraction = USUAL_AT_LEAST
) -> Iterator[Outlier]:
    """Yield who does something far more often than the others together, and than chance explains.

    Compared are those with `fewest` days or contacts; `least` is the smallest count that matters, and `ordinary` the
    share that is ordinary even where the others never do it.
    """
    compared = {who: counted for who, counted in sorted(counts.items()) if counted[1] >= fewest}
    count = sum(hits for hits, _ in compared.values())
    total = sum(trials for _, trials in compared.values())
    others = len(compared) - 1
    for who, (hits, trials) in compared.items():
        if hits < least:
            continue
        known = others >= OTHERS
        usual = Fraction(count - hits, total - trials) if known else None
        expected = max(usual or Fraction(0), ordinary)
        if Fraction(hits, trials) >= UNUSUAL_TIMES * expected and not is_chance(hits, trials, expected, len(compared)):
            yield Outlier(who, hits, trials, usual, others, tuple(numbers(who)))
