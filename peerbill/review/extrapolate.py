"""From a whole review to the frame: totals, rates, limits, what the state's rule makes of them, and how it was done."""

import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

import attrs

from peerbill.codes import ExtrapolationRule
from peerbill.model.errors import UnusableInputError
from peerbill.model.finding import Citation
from peerbill.model.money import dollars, printed
from peerbill.model.plural import counted
from peerbill.review.decisions import Decision, Review, counts
from peerbill.review.estimate import (
    Estimate,
    Interval,
    StratumSample,
    bootstrap_limits,
    deviation,
    difference_estimate,
    exact_limits,
    ratio_estimate,
)
from peerbill.review.frame import Frame, Row
from peerbill.review.plan import Probe, Request, SamplePlan, rule_of, strata_of
from peerbill.review.size import LOW_RATE

ESTIMATORS = ("difference", "ratio")
LIMITS = ("t", "normal")
FEW_ERRORS = 10
"""With fewer units in error the interval is too narrow, whatever the size."""


@attrs.frozen
class StratumResult:
    """What was found in a stratum: amounts in dollars, `net` is overpaid less underpaid."""

    name: str
    units: int
    reviewed: int
    in_error: int
    amount: Decimal
    overpaid: Decimal
    underpaid: Decimal
    net: Decimal


@attrs.frozen
class Bounds:
    """The two-sided interval of the total, in dollars; `degrees` are 0 for the normal distribution."""

    limits: str
    factor: Decimal
    degrees: int
    lower: Decimal
    upper: Decimal


@attrs.frozen
class Rate:
    """A share, with the limits of its two-sided interval; `method` is exact (hypergeometric), t or normal."""

    rate: Decimal
    lower: Decimal
    upper: Decimal
    method: str


@attrs.frozen
class Verdict:
    """What the state's rule makes of it: the amount that is asked back, or why none; None where no rule was read."""

    amount: Decimal | None
    why: str
    source: Citation | None


@attrs.frozen
class Extrapolation:
    """What a review comes to in all of the frame; amounts in dollars, rounded once, half a cent away from zero.

    Attributes:
        estimator: difference or ratio.
        confidence: of the two-sided interval.
        strata: what was found in each stratum.
        decisions: how many rows have each decision.
        replaced: units of the sample, and the spares in their places.
        point: the estimate of what was overpaid on the whole, underpayments counted against it.
        standard_error: of the point estimate.
        precision: half the interval as a share of the point estimate; None where that is zero.
        interval: the interval that counts.
        other_interval: the interval with the other distribution.
        bootstrap: the limits that resampling gives, to compare; None where nothing can be resampled.
        error_rate: the share of units in error.
        paid_error_rate: the share of the amount in error.
        verdict: what the state's rule makes of it.
        warnings: what weakens the estimate.
        statement: what a demand must describe, in sentences.

    """

    estimator: str
    confidence: Decimal
    strata: tuple[StratumResult, ...]
    decisions: Mapping[str, int]
    replaced: tuple[tuple[str, str], ...]
    point: Decimal
    standard_error: Decimal
    precision: Decimal | None
    interval: Bounds
    other_interval: Bounds
    bootstrap: tuple[Decimal, Decimal] | None
    error_rate: Rate
    paid_error_rate: Rate
    verdict: Verdict
    warnings: tuple[str, ...]
    statement: tuple[str, ...]


def samples_of(plan: SamplePlan, rows: Mapping[str, Row], review: Review) -> tuple[StratumSample, ...]:
    """Return what was found in each unit of each stratum, in cents."""
    return tuple(
        StratumSample(
            stratum.name,
            stratum.units,
            tuple(float(_found(unit.rows, rows, review.decisions)) for unit in units),
            tuple(float(sum(rows[row].amount for row in unit.rows)) for unit in units),
        )
        for stratum in plan.strata
        for units in [[unit for unit in review.units if unit.stratum == stratum.name]]
    )


def _found(unit: Sequence[str], rows: Mapping[str, Row], decisions: Mapping[str, Decision]) -> int:
    return sum(rows[row].amount - decisions[row].correct for row in unit)


def probe_of(
    plan: SamplePlan, rows: Mapping[str, Row], review: Review, request: Request, frame: Frame, hashes: tuple[str, str]
) -> Probe:
    """Return what a reviewed probe tells the request of a sample on `frame`; `hashes` are of its plan and decisions.

    Raises UnusableInputError for a plan that is no probe, or that has other units than the request.
    """
    if plan.request.design != "probe":
        raise UnusableInputError(f"The plan is of a {plan.request.design} sample: expected a probe (--design probe)")
    if (plan.request.unit, plan.request.amount) != (request.unit, request.amount) or request.design == "cluster":
        raise UnusableInputError(
            f"The probe drew units of {plan.request.unit} with their amount {plan.request.amount}: "
            "expected the same of the sample, and no clusters"
        )
    (sample,) = samples_of(plan, rows, review)
    found = {row: value for unit, value in zip(review.units, sample.found, strict=True) for row in unit.rows}
    deviations = []
    for name, units in strata_of(request, frame.rows).items():
        values = [found[unit] for unit in units if unit in found]
        if len(values) > 1:
            deviations.append((name, round(deviation(values), 6)))
    return Probe(
        *hashes,
        reviewed=len(sample.found),
        errors=sum(value != 0 for value in sample.found),
        mean=round(math.fsum(sample.found) / len(sample.found), 6),
        deviation=round(deviation(sample.found), 6),
        deviations=tuple(deviations) if request.design == "stratified" else (),
    )


def extrapolate(
    plan: SamplePlan, rows: Mapping[str, Row], review: Review, *, estimator: str = "difference", limits: str = ""
) -> Extrapolation:
    """Return what a whole review comes to. `limits` are t or normal; by default normal for strata, else t.

    Raises UnusableInputError for a probe, and where no interval can be computed.
    """
    if plan.request.design == "probe":
        raise UnusableInputError("Nothing is extrapolated from a probe: draw a sample with --probe PLAN DECISIONS")
    samples = samples_of(plan, rows, review)
    confidence = float(plan.request.confidence)
    frame_amount = float(plan.frame_amount * 100)
    estimate = difference_estimate(samples) if estimator == "difference" else ratio_estimate(samples, frame_amount)
    limits = limits or ("normal" if plan.request.design == "stratified" else "t")
    chosen = estimate.interval(confidence, limits)
    other = estimate.interval(confidence, "normal" if limits == "t" else "t")
    error_rate = _error_rate(samples, confidence, limits)
    shares = [value / frame_amount for value in (estimate.point, chosen.lower, chosen.upper)]
    paid_error_rate = Rate(_share(shares[0]), _share(shares[1]), _share(shares[2]), _word(chosen))
    rule = rule_of(plan.request)
    resampled = (
        bootstrap_limits(samples, confidence, plan.request.seed)
        if estimator == "difference" and estimate.standard_error
        else None
    )
    counted = [review.decisions[row] for unit in review.units for row in unit.rows]
    result = Extrapolation(
        estimator=estimator,
        confidence=plan.request.confidence,
        strata=tuple(_stratum(sample) for sample in samples),
        decisions=counts(counted),
        replaced=review.replaced,
        point=_dollars(estimate.point),
        standard_error=_dollars(estimate.standard_error),
        precision=_share(chosen.factor * estimate.standard_error / abs(estimate.point)) if estimate.point else None,
        interval=_bounds(chosen),
        other_interval=_bounds(other),
        bootstrap=(_dollars(resampled[0]), _dollars(resampled[1])) if resampled else None,
        error_rate=error_rate,
        paid_error_rate=paid_error_rate,
        verdict=Verdict(None, "", None),
        warnings=tuple(_warnings(samples, error_rate.rate, plan)),
        statement=(),
    )
    return attrs.evolve(
        result, verdict=_verdict(rule, result), statement=tuple(_statement(plan, result, estimate, rule))
    )


def _dollars(value: float) -> Decimal:
    return dollars(int(Decimal(value).to_integral_value(ROUND_HALF_UP)))


def _share(value: float) -> Decimal:
    return Decimal(value).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def _word(interval: Interval) -> str:
    return "t" if interval.degrees else "normal"


def _bounds(interval: Interval) -> Bounds:
    return Bounds(
        _word(interval), _share(interval.factor), interval.degrees, _dollars(interval.lower), _dollars(interval.upper)
    )


def _stratum(sample: StratumSample) -> StratumResult:
    overpaid = math.fsum(value for value in sample.found if value > 0)
    underpaid = -math.fsum(value for value in sample.found if value < 0)
    return StratumResult(
        sample.name,
        sample.units,
        len(sample.found),
        sum(value != 0 for value in sample.found),
        _dollars(math.fsum(sample.amounts)),
        _dollars(overpaid),
        _dollars(underpaid),
        _dollars(overpaid - underpaid),
    )


def _error_rate(samples: Sequence[StratumSample], confidence: float, limits: str) -> Rate:
    """Return the share of units in error: exact limits for a sample without strata, else those of its estimate."""
    units = sum(sample.units for sample in samples)
    if len(samples) == 1:
        (sample,) = samples
        errors = sum(value != 0 for value in sample.found)
        lower, upper = exact_limits(units, len(sample.found), errors, confidence)
        return Rate(_share(errors / len(sample.found)), _share(lower / units), _share(upper / units), "exact")
    marks = [attrs.evolve(sample, found=tuple(float(value != 0) for value in sample.found)) for sample in samples]
    estimate = difference_estimate(marks)
    interval = estimate.interval(confidence, limits)
    lower_share, upper_share = max(interval.lower / units, 0.0), min(interval.upper / units, 1.0)
    return Rate(_share(estimate.point / units), _share(lower_share), _share(upper_share), _word(interval))


def _warnings(samples: Sequence[StratumSample], rate: Decimal, plan: SamplePlan) -> Iterator[str]:
    yield from plan.warnings
    if all(len(sample.found) == sample.units for sample in samples):
        return
    errors = sum(value != 0 for sample in samples for value in sample.found)
    if rate < Decimal(str(LOW_RATE)) or errors < FEW_ERRORS:
        yield (
            f"{counted(errors, 'unit')} in error, a rate of {rate:.1%}: the interval may be too narrow, and hold the "
            f"true total less often than {plan.request.confidence:.0%}."
        )


def _verdict(rule: ExtrapolationRule | None, result: Extrapolation) -> Verdict:
    if rule is None:
        return Verdict(
            None, "No state's rule was chosen (--rule): the amounts above are estimates, and no demand.", None
        )
    least = rule.least_error_rate
    if least is not None and max(result.error_rate.rate, result.paid_error_rate.rate) < least:
        why = f"Nothing is extrapolated: the rates of units and of dollars in error are both below {least:.0%}."
        return Verdict(Decimal("0.00"), why, rule.citation)
    if rule.recoup == "lower-limit":
        if rule.confidence is not None and rule.confidence != result.confidence:
            why = f"{rule.state} uses {rule.confidence:.0%} confidence, and the plan has {result.confidence:.0%}."
            return Verdict(None, why, rule.citation)
        amount = max(result.interval.lower, Decimal("0.00"))
        why = f"The lower limit of the two-sided {result.confidence:.0%} interval, and never less than zero."
        return Verdict(amount, why, rule.citation)
    return Verdict(None, f"The rule of {rule.state} does not say which amount is asked back.", rule.citation)


def _statement(
    plan: SamplePlan, result: Extrapolation, estimate: Estimate, rule: ExtrapolationRule | None
) -> Iterator[str]:
    request = plan.request
    yield (
        f"Universe: {plan.frame_rows:,} rows, {printed(plan.frame_amount)}: {plan.frame_query}. "
        f"SHA-256 of frame.csv: {plan.frame_sha256}."
    )
    sizes = "; ".join(f"{stratum.size:,} of {stratum.units:,} in {stratum.name}" for stratum in plan.strata)
    by = f" by {request.by}" if request.by else ""
    yield (
        f"Sample: {request.design}{by}, {sizes}. {plan.size_reason[:1].upper()}{plan.size_reason[1:]}. "
        f"Drawn by {plan.generator}, version {plan.generator_version}, seed {request.seed}."
    )
    total = {
        "difference": "total = sum over strata of N x mean of (amount - correct amount)",
        "ratio": "total = amount of the frame x sum of N x mean (amount - correct amount) / sum of N x mean amount",
    }[result.estimator]
    spread = {
        "difference": "s the standard deviation of (amount - correct amount)",
        "ratio": "s the standard deviation of (amount - correct amount - ratio x amount)",
    }[result.estimator]
    yield (
        f"Formulas: {total}; standard error = square root of the sum over strata of N^2 x (1 - n/N) x s^2 / n, "
        f"{spread}; "
        f"limits = total -/+ {result.interval.factor} x standard error "
        f"({result.interval.limits}{f', {estimate.degrees} degrees of freedom' if result.interval.degrees else ''}). "
        f"A missing record counts {'as overpaid in full' if request.missing_record == 'full' else 'as allowed'}; "
        "what was self-corrected before notice counts as zero; underpayments are subtracted."
    )
    precision = f"; precision {result.precision:.2%}" if result.precision is not None else ""
    yield f"Confidence: {result.confidence:.0%}, two-sided{precision}."
    if rule is not None and rule.must_state:
        yield f"{rule.citation.title} asks a demand to describe: {'; '.join(rule.must_state)}."
