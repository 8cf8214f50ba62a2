"""How many units a sample needs: from the result of a probe, or from an expected error rate."""

import math
from collections.abc import Sequence
from statistics import NormalDist

LOW_RATE = 0.10
"""Below this error rate the interval of a sample of usual size is too narrow (tests/benchmarks/bench_coverage.py)."""


def normal_factor(confidence: float) -> float:
    """Return the factor of the normal distribution for a two-sided interval.

    >>> round(normal_factor(0.90), 6)
    1.644854
    """
    return NormalDist().inv_cdf((1 + confidence) / 2)


def size_from_rate(amounts: Sequence[int], rate: float, precision: float, confidence: float) -> int:
    """Return the size at which the interval is `precision` times the estimate wide, on each side.

    It supposes that a share `rate` of the units is in error, each with its whole amount, whatever the amount is.
    """
    mean = math.fsum(amounts) / len(amounts)
    square = math.fsum(amount * amount for amount in amounts) / len(amounts)
    return _size(len(amounts), square / (rate * mean * mean) - 1, precision, confidence)


def size_from_probe(units: int, mean: float, deviation: float, precision: float, confidence: float) -> int:
    """Return the size at which the interval is so wide, from mean and standard deviation of a probe's overpayments."""
    return _size(units, (deviation / mean) ** 2, precision, confidence)


def _size(units: int, variation: float, precision: float, confidence: float) -> int:
    without_correction = (normal_factor(confidence) / precision) ** 2 * variation
    return min(units, max(2, math.ceil(without_correction / (1 + without_correction / units))))
