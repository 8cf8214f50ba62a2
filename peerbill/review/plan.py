"""The plan of a sample: what was asked for, the frame, the size and why, and every unit in the order of the draw.

A plan is made from its request and its frame alone, so that both make it again, byte for byte.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

import attrs

from peerbill.codes import ExtrapolationRule, extrapolation_rules
from peerbill.model.errors import UnusableInputError
from peerbill.model.money import cents, dollars, two_decimals
from peerbill.review.draw import GENERATOR, GENERATOR_VERSION, allocate, in_drawn_order
from peerbill.review.estimate import deviation
from peerbill.review.frame import AMOUNTS, CLUSTER_KEYS, KEYS, UNITS, Frame, Row
from peerbill.review.size import LOW_RATE, size_from_probe, size_from_rate

DESIGNS = ("simple", "stratified", "cluster", "probe")
ALLOCATIONS = ("proportional", "neyman")
MISSING_RECORDS = ("full", "allowed")
PROBE_SIZE = 30
ALL = "all"
"""The name of the only stratum of a sample without strata."""


@attrs.frozen
class Probe:
    """What a probe found: hashes of its plan and decisions, units reviewed and in error, mean and deviation in cents.

    `deviations` are those of the strata of the sample that it plans, by name, where each has two units of the probe.
    """

    plan_sha256: str
    decisions_sha256: str
    reviewed: int
    errors: int
    mean: float
    deviation: float
    deviations: tuple[tuple[str, float], ...] = ()


@attrs.frozen
class Request:
    """What was asked for; `by` and `bounds` are those of strata or clusters, `size` is None where it is planned.

    `missing_record` is what a missing record comes to: the full amount overpaid, or nothing (allowed).
    """

    unit: str
    amount: str
    payers: tuple[str, ...]
    first: dt.date | None
    last: dt.date | None
    design: str
    by: str
    bounds: tuple[Decimal, ...]
    allocation: str
    size: int | None
    rate: Decimal | None
    precision: Decimal
    confidence: Decimal
    probe: Probe | None
    spares: int
    missing_record: str
    rule: str
    seed: str


@attrs.frozen
class PlanStratum:
    """A stratum: units in the frame, their amount in dollars, units drawn and spares."""

    name: str
    units: int
    amount: Decimal
    size: int
    spares: int


@attrs.frozen
class Drawn:
    """A unit in the order of the draw within its stratum, from 1: of the sample or a spare, and its rows."""

    order: int
    stratum: str
    unit: str
    use: str
    rows: tuple[str, ...]


@attrs.frozen
class SamplePlan:
    """What `sample` writes as plan.json; `frame_sha256` is the hash of frame.csv beside it.

    Attributes:
        peerbill: the version that made it.
        generator: how units were drawn.
        generator_version: the version of that method.
        request: what was asked for, with the seed.
        frame_query: which rows are in the frame.
        frame_rows: how many.
        frame_amount: their amount in dollars.
        frame_sha256: the SHA-256 of frame.csv.
        size_reason: why the sample has its size.
        strata: the strata, or one that has all.
        warnings: what weakens the sample.
        drawn: every unit drawn, spares behind the sample of their stratum.

    """

    peerbill: str
    generator: str
    generator_version: int
    request: Request
    frame_query: str
    frame_rows: int
    frame_amount: Decimal
    frame_sha256: str
    size_reason: str
    strata: tuple[PlanStratum, ...]
    warnings: tuple[str, ...]
    drawn: tuple[Drawn, ...]
    schema: int = 1


def strata_of(request: Request, rows: Sequence[Row]) -> dict[str, dict[str, list[Row]]]:
    """Return the units of each stratum, and the rows of each unit: rows themselves, or all of a cluster."""
    found: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        stratum = _stratum(request, row) if request.design == "stratified" else ALL
        unit = row.key(request.by) if request.design == "cluster" else row.row_id
        found.setdefault(stratum, {}).setdefault(unit, []).append(row)
    return dict(sorted(found.items()))


def _stratum(request: Request, row: Row) -> str:
    if request.by != "amount":
        return row.key(request.by)
    number = sum(row.amount >= cents(bound) for bound in request.bounds)
    lower = two_decimals(request.bounds[number - 1]) if number else "0.00"
    upper = f"below {two_decimals(request.bounds[number])}" if number < len(request.bounds) else "up"
    return f"{number + 1}: {lower} {'to ' if upper != 'up' else 'and '}{upper}"


def rule_of(request: Request) -> ExtrapolationRule | None:
    """Return the rule of the request's state, or None."""
    return extrapolation_rules()[request.rule] if request.rule else None


def make_plan(request: Request, frame: Frame, version: str) -> SamplePlan:
    """Return the plan of a request on a frame, made by a version of peerbill.

    Raises UnusableInputError for a request that cannot be meant, an empty frame, and a sample that is smaller than the
    state's rule asks.
    """
    _refuse_unknown(request)
    if not frame.rows:
        raise UnusableInputError(
            f"The frame has no row: {frame.query}. Tests (mode of the payer) are in no frame, and without posted "
            "payments the amount is --amount charged"
        )
    strata = strata_of(request, frame.rows)
    units = [len(members) for members in strata.values()]
    size, reason = _size(request, strata)
    rule = rule_of(request)
    least = rule.least_per_stratum if rule and len(strata) > 1 else 2
    sizes = allocate(
        min(size, sum(units)),
        _weights(request, strata),
        units,
        least=max(least, 2),
        neyman=request.allocation == "neyman",
    )
    drawn: list[Drawn] = []
    planned: list[PlanStratum] = []
    for (name, members), count in zip(strata.items(), sizes, strict=True):
        order = in_drawn_order(request.seed, name, members)[: count + request.spares]
        for number, unit in enumerate(order, start=1):
            use = "sample" if number <= count else "spare"
            drawn.append(Drawn(number, name, unit, use, tuple(sorted(row.row_id for row in members[unit]))))
        amount = dollars(sum(row.amount for rows in members.values() for row in rows))
        planned.append(PlanStratum(name, len(members), amount, count, len(order) - count))
    if rule is not None and request.design != "probe":
        _refuse(rule, request, frame, planned, drawn)
    return SamplePlan(
        peerbill=version,
        generator=GENERATOR,
        generator_version=GENERATOR_VERSION,
        request=request,
        frame_query=frame.query,
        frame_rows=len(frame.rows),
        frame_amount=dollars(frame.total),
        frame_sha256=frame.sha256,
        size_reason=reason + _changed(size, sum(sizes)),
        strata=tuple(planned),
        warnings=tuple(_warnings(request, sum(sizes), sum(units))),
        drawn=tuple(drawn),
    )


def _refuse_unknown(request: Request) -> None:
    """Refuse a request, which a file may hold, with a word or number that no command writes."""
    keys = {"stratified": KEYS, "cluster": CLUSTER_KEYS}.get(request.design, ("",))
    words = (
        ("unit", request.unit, UNITS),
        ("amount", request.amount, AMOUNTS),
        ("design", request.design, DESIGNS),
        ("by", request.by, keys),
        ("allocation", request.allocation, ALLOCATIONS),
        ("missing_record", request.missing_record, MISSING_RECORDS),
        ("rule", request.rule, ("", *extrapolation_rules())),
    )
    problems = [
        f"{name} is {word}: expected one of {', '.join(known)}" for name, word, known in words if word not in known
    ]
    for name, share in (("rate", request.rate), ("precision", request.precision), ("confidence", request.confidence)):
        if share is not None and not 0 < share < 1:
            problems.append(f"{name} is {share}: expected a share between 0 and 1")
    if request.size is not None and request.size < 2:
        problems.append(f"size is {request.size}: expected 2 at least")
    if request.spares < 0:
        problems.append(f"spares is {request.spares}: expected 0 at least")
    if problems:
        raise UnusableInputError("\n".join(problems))


def _changed(wanted: int, drawn: int) -> str:
    if drawn > wanted:
        return f"; raised to {drawn} by the least of each stratum"
    return f"; the frame has {drawn}, and all are drawn" if drawn < wanted else ""


def _unit_amounts(strata: dict[str, dict[str, list[Row]]]) -> list[list[int]]:
    return [[sum(row.amount for row in rows) for rows in members.values()] for members in strata.values()]


def _size(request: Request, strata: dict[str, dict[str, list[Row]]]) -> tuple[int, str]:
    if request.size is not None:
        return request.size, f"{request.size} units were asked for"
    precision, confidence = float(request.precision), float(request.confidence)
    amounts = [amount for stratum in _unit_amounts(strata) for amount in stratum]
    wish = f"{request.confidence:.0%} confidence and {request.precision:.0%} precision"
    if request.probe is not None:
        if request.probe.mean <= 0:
            raise UnusableInputError(
                "The probe found nothing overpaid on the whole, so that it plans no size: give --size or --rate"
            )
        size = size_from_probe(len(amounts), request.probe.mean, request.probe.deviation, precision, confidence)
        return size, f"{size} units give {wish}, by a probe of {request.probe.reviewed} units"
    if request.rate is not None:
        size = size_from_rate(amounts, float(request.rate), precision, confidence)
        return (
            size,
            f"{size} units give {wish}, if {request.rate:.1%} of the units are in error with their whole amount",
        )
    return PROBE_SIZE, f"{PROBE_SIZE} units, as a probe has"


def _weights(request: Request, strata: dict[str, dict[str, list[Row]]]) -> list[float]:
    units = [len(members) for members in strata.values()]
    if request.allocation != "neyman":
        return [float(count) for count in units]
    known = dict(request.probe.deviations) if request.probe else {}
    if set(known) == set(strata):
        return [count * known[name] for count, name in zip(units, strata, strict=True)]
    return [count * deviation(amounts) for count, amounts in zip(units, _unit_amounts(strata), strict=True)]


def _refuse(
    rule: ExtrapolationRule, request: Request, frame: Frame, strata: Sequence[PlanStratum], drawn: Sequence[Drawn]
) -> None:
    details = sum(len(unit.rows) for unit in drawn if unit.use == "sample")
    problems = []
    if details < min(rule.least_sample, len(frame.rows)):
        problems.append(f"the sample has {details} rows, and {rule.state} asks for {rule.least_sample} at least")
    if rule.most_strata and len(strata) > rule.most_strata:
        problems.append(f"the sample has {len(strata)} strata, and {rule.state} allows {rule.most_strata}")
    if request.design == "cluster" and strata[0].size < min(rule.least_clusters, strata[0].units):
        problems.append(f"the sample has {strata[0].size} clusters, and {rule.state} asks for {rule.least_clusters}")
    if request.unit == "claim" and rule.least_sample:
        problems.append(f"{rule.state} counts claim details: draw lines (--unit line)")
    if problems:
        raise UnusableInputError("\n".join(f"{problem} ({rule.citation.title})" for problem in problems))


def _warnings(request: Request, size: int, units: int) -> Iterator[str]:
    rate = request.rate
    if request.probe is not None:
        rate = Decimal(request.probe.errors) / request.probe.reviewed
    if rate is not None and rate < Decimal(str(LOW_RATE)):
        yield (
            f"At an error rate of {rate:.1%} the interval is too narrow: it holds the true total less often than "
            f"{request.confidence:.0%}. In simulations the lower limit stayed below the true total; the point "
            "estimate is not so safe."
        )
    if request.design == "probe":
        yield "A probe plans the size of a sample; nothing is extrapolated from it."
    elif request.size is not None and size < units:
        yield "The size was given, not planned from a probe or an error rate: say why it is enough."
    if request.allocation == "neyman" and not (request.probe and request.probe.deviations):
        yield "Strata were weighted by the spread of amounts, not of overpayments, which only a probe shows."
    if not request.spares:
        yield "There are no spares: each unit of the sample must be reviewed."
