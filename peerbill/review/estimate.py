"""Estimates of totals and rates from a sample: plain numbers, no claims.

Sums are exact or `math.fsum`, so that the order of the rows changes nothing. Amounts are in cents, as floats; whoever
prints them rounds once, half a cent away from zero.
"""

import math
import random
from collections.abc import Sequence
from typing import Any

import attrs

from peerbill.model.errors import UnusableInputError
from peerbill.model.extras import name_the_extra
from peerbill.review.size import normal_factor


@attrs.frozen
class StratumSample:
    """What was found in a stratum; a simple sample has one, a cluster sample has clusters as units.

    Attributes:
        units: how many units the stratum has.
        found: for each unit reviewed what was found, in cents: overpaid above zero, underpaid below.
        amounts: for each unit reviewed its amount in the frame, in cents.

    """

    name: str
    units: int
    found: tuple[float, ...]
    amounts: tuple[float, ...] = ()


@attrs.frozen
class Interval:
    """A two-sided interval; `degrees` are those of t, 0 for the normal distribution."""

    factor: float
    degrees: int
    lower: float
    upper: float


@attrs.frozen
class Estimate:
    """An estimate of a total with its standard error."""

    point: float
    standard_error: float
    degrees: int

    def interval(self, confidence: float, limits: str) -> Interval:
        """Return the interval with `limits` of t or normal."""
        degrees = self.degrees if limits == "t" else 0
        factor = t_factor(confidence, degrees) if degrees else normal_factor(confidence)
        half = factor * self.standard_error
        return Interval(factor, degrees, self.point - half, self.point + half)


def difference_estimate(strata: Sequence[StratumSample]) -> Estimate:
    """Return the estimate of a total from the mean of what was found: units times mean, summed over the strata.

    A stratum without errors counts with all its units, and adds nothing to total and variance.
    """
    point = math.fsum(stratum.units * _mean(stratum.found) for stratum in strata)
    variance = math.fsum(_variance_of_total(stratum, stratum.found) for stratum in strata)
    return Estimate(point, math.sqrt(variance), _degrees(strata))


def ratio_estimate(strata: Sequence[StratumSample], frame_amount: float) -> Estimate:
    """Return the estimate of a total from the share of the amounts that was found (combined ratio), times the frame's.

    Raises UnusableInputError where the sample has no amount.
    """
    found = math.fsum(stratum.units * _mean(stratum.found) for stratum in strata)
    amounts = math.fsum(stratum.units * _mean(stratum.amounts) for stratum in strata)
    if not amounts:
        raise UnusableInputError("The rows of the sample have no amount: the ratio estimator needs one")
    ratio = found / amounts
    variance = math.fsum(
        _variance_of_total(
            stratum, [value - ratio * amount for value, amount in zip(stratum.found, stratum.amounts, strict=True)]
        )
        for stratum in strata
    )
    return Estimate(ratio * frame_amount, math.sqrt(variance), _degrees(strata))


def bootstrap_limits(
    strata: Sequence[StratumSample], confidence: float, seed: str, replicates: int = 2000
) -> tuple[float, float]:
    """Return the limits that resampling gives for the difference estimate (percentiles, rescaled for small frames).

    The numbers are those of `random.Random(seed).random()`, which Python keeps the same in every version.
    """
    generator = random.Random(seed)  # noqa: S311 - a repeatable resampling, no secret
    totals = []
    for _ in range(replicates):
        total = 0.0
        for stratum in strata:
            found, count = stratum.found, len(stratum.found)
            mean = _mean(found)
            scale = math.sqrt((1 - count / stratum.units) * count / (count - 1)) if count > 1 else 0.0
            if scale:
                drawn = math.fsum(found[int(generator.random() * count)] for _ in range(count)) / count
                mean += scale * (drawn - mean)
            total += stratum.units * mean
        totals.append(total)
    totals.sort()
    tail = round(replicates * (1 - confidence) / 2)
    return totals[tail], totals[-1 - tail]


def exact_limits(units: int, reviewed: int, errors: int, confidence: float) -> tuple[int, int]:
    """Return the least and the most units in error of all: exact hypergeometric limits.

    The least is the smallest number under which as many errors as were found, or more, are likelier than half of
    what the confidence leaves; the most is the largest under which as few, or fewer, are.
    """
    hypergeom = _scipy().hypergeom
    tail = (1 - confidence) / 2
    least, most = errors, units - (reviewed - errors)

    def below(total: int) -> bool:
        return bool(hypergeom.sf(errors - 1, units, total, reviewed) <= tail)

    def above(total: int) -> bool:
        return bool(hypergeom.cdf(errors, units, total, reviewed) <= tail)

    low, high = least, most
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if below(middle) else (low, middle)
    lower = low
    low, high = least, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (low, middle - 1) if above(middle) else (middle, high)
    return lower, low


def t_factor(confidence: float, degrees: int) -> float:
    """Return the factor of Student's t for a two-sided interval."""
    return float(_scipy().t.ppf((1 + confidence) / 2, degrees))


def _scipy() -> Any:
    try:
        from scipy import stats  # noqa: PLC0415 - a second to import, and only an estimate needs it
    except ModuleNotFoundError as error:
        raise name_the_extra(error, "extrapolate") from error
    return stats


def deviation(values: Sequence[float]) -> float:
    """Return the standard deviation of a sample; 0 for a single value."""
    if len(values) < 2:
        return 0.0
    mean = _mean(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _variance_of_total(stratum: StratumSample, values: Sequence[float]) -> float:
    count = len(values)
    if count == stratum.units:
        return 0.0
    if count < 2:
        raise UnusableInputError(
            f"One unit of stratum {stratum.name} was reviewed: its variance needs two at least, or the whole stratum"
        )
    return stratum.units**2 * (1 - count / stratum.units) * deviation(values) ** 2 / count


def _degrees(strata: Sequence[StratumSample]) -> int:
    return sum(len(stratum.found) for stratum in strata) - len(strata)
