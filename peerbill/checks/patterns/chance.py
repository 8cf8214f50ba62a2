"""How likely a count is by chance, and the middle of a few numbers that no single one of them moves."""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from statistics import median

from peerbill.checks.patterns.thresholds import CHANCE

_BELL: float = 1.4826


def tail(count: int, trials: int, share: Fraction | float) -> float:
    """Return the probability of `count` or more of `trials` where each has the probability `share` (binomial).

    >>> round(tail(2, 2, 0.5), 3), round(tail(8, 10, 0.5), 5), tail(0, 10, 0.5)
    (0.25, 0.05469, 1.0)
    """
    if count <= 0:
        return 1.0
    if count > trials or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    odds = math.log(share) - math.log1p(-float(share))
    term = (
        math.lgamma(trials + 1)
        - math.lgamma(count + 1)
        - math.lgamma(trials - count + 1)
        + count * math.log(share)
        + (trials - count) * math.log1p(-float(share))
    )
    total = 0.0
    for hits in range(count, trials + 1):
        part = math.exp(term)
        total += part
        if part <= total * 1e-12 and hits > trials * share:
            break
        if hits < trials:
            term += odds + math.log((trials - hits) / (hits + 1))
    return min(total, 1.0)


def is_chance(count: int, trials: int, share: Fraction | float, compared: int = 1) -> bool:
    """Tell whether chance explains a count: among `compared` of them, one so high may well occur."""
    return tail(count, trials, share) * compared > CHANCE


def middle(values: Sequence[int]) -> int:
    """Return the median, rounded; 0 without values."""
    return round(median(values)) if values else 0


def deviation(values: Sequence[int]) -> float:
    """Return the median distance from the median, scaled so that it is the standard deviation of a bell curve."""
    if not values:
        return 0.0
    centre = median(values)
    return _BELL * median(abs(value - centre) for value in values)


def middle_of(counts: Mapping[int, int]) -> int:
    """Return the lower median of values that are counted; 0 without any.

    >>> middle_of({1: 3, 2: 2, 9: 1})
    1
    """
    half = (sum(counts.values()) + 1) // 2
    seen = 0
    for value, count in sorted(counts.items()):
        seen += count
        if seen >= half:
            return value
    return 0
