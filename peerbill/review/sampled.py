"""The encounters of a sample's units, by the plan and the claims of the ledger."""

from collections.abc import Iterable, Iterator, Sequence

from peerbill.model.errors import UnusableInputError
from peerbill.model.plural import named
from peerbill.model.sent_claim import SentClaim
from peerbill.review.plan import Drawn, SamplePlan


def claims_of_plan(plan: SamplePlan, *, spares: bool) -> tuple[str, ...]:
    """Return the ids of the claims in which the encounters of a sample are, where its rows are lines or claims."""
    if plan.request.unit == "encounter":
        return ()
    rows = (row for unit in _units(plan, spares=spares) for row in unit.rows)
    return tuple(dict.fromkeys(row.rpartition("-")[0] if plan.request.unit == "line" else row for row in rows))


def encounters_of_rows(plan: SamplePlan, claims: Iterable[SentClaim], *, spares: bool) -> dict[str, tuple[str, ...]]:
    """Return the encounters of each row of a sample, in the order of the draw.

    Raises UnusableInputError for a row that the claims do not have.
    """
    rows = [row for unit in _units(plan, spares=spares) for row in unit.rows]
    if plan.request.unit == "encounter":
        return {row: (row,) for row in rows}
    of_row: dict[str, tuple[str, ...]] = {}
    for claim in claims:
        lines = {f"{claim.claim_id}-{line.number}": tuple(line.encounter_ids) for line in claim.lines}
        every = tuple(dict.fromkeys(id_ for ids in lines.values() for id_ in ids))
        of_row |= lines if plan.request.unit == "line" else {claim.claim_id: every}
    absent = [row for row in rows if row not in of_row]
    if absent:
        raise UnusableInputError(
            f"The ledger does not have {named(absent, 5)} of the plan: expected the workspace from which it was drawn"
        )
    return {row: of_row[row] for row in rows}


def places_of_encounters(plan: SamplePlan, by_row: dict[str, tuple[str, ...]], *, spares: bool) -> dict[str, str]:
    """Return the encounters of a sample in the order of the draw, each with its place there, such as `3 (PB1-1)`."""
    several = len(plan.strata) > 1
    return {
        id_: f"{_place(unit, several=several)} ({row})"
        for unit in _units(plan, spares=spares)
        for row in unit.rows
        for id_ in by_row[row]
    }


def _place(unit: Drawn, *, several: bool) -> str:
    return " ".join(
        (*((unit.stratum,) if several else ()), *(("spare",) if unit.use == "spare" else ()), str(unit.order))
    )


def _units(plan: SamplePlan, *, spares: bool) -> Iterator[Drawn]:
    units: Sequence[Drawn] = plan.drawn
    return (unit for unit in units if spares or unit.use == "sample")
