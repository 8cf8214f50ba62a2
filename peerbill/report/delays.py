"""How long each step from the service to the payment took."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from peerbill.ledger.look.figures import Figures
from peerbill.model.encounter import Encounter
from peerbill.report.scope import Scope
from peerbill.report.values import STEPS, DelayRow

Date = dt.date


def delays(figures: Figures, encounters: Mapping[str, Encounter], scope: Scope) -> tuple[DelayRow, ...]:
    """Return the days of each step by month of service, by payer, and in all."""
    counts: dict[tuple[str, str, str], Counter[int]] = defaultdict(Counter)
    for day, payer, step, days, count in _steps(figures, encounters):
        if scope.wants(day, payer):
            for of, key in (("month", day[:7]), ("payer", payer), ("all", "")):
                counts[of, key, step][days] += count
    order = ("month", "payer", "all")
    return tuple(
        DelayRow(of, key, step, found.total(), percentile(found, 50), percentile(found, 90))
        for (of, key, step), found in sorted(
            counts.items(), key=lambda item: (order.index(item[0][0]), item[0][1], STEPS.index(item[0][2]))
        )
    )


def percentile(counts: Mapping[int, int], share: int) -> int:
    """Return the least number of days within which so many percent of the cases were done.

    >>> percentile({1: 5, 4: 4, 30: 1}, 50), percentile({1: 5, 4: 4, 30: 1}, 90), percentile({1: 5, 4: 4, 30: 1}, 91)
    (1, 4, 30)
    """
    needed, done = sum(counts.values()) * share, 0
    for days in sorted(counts):
        done += 100 * counts[days]
        if done >= needed:
            return days
    raise ValueError("there are no cases")


def _steps(figures: Figures, encounters: Mapping[str, Encounter]) -> Iterator[tuple[str, str, str, int, int]]:
    """Yield the day of service, the payer, a step, its days, and how many cases took them."""
    to_note, to_bill, from_service, to_payment = STEPS
    for sent in figures.sent:
        served, billed = Date.fromisoformat(sent.day), Date.fromisoformat(sent.sent_on)
        noted = _noted(encounters.get(sent.encounter_id))
        yield sent.day, sent.payer, from_service, (billed - served).days, sent.encounters
        if noted is not None:
            yield sent.day, sent.payer, to_note, (noted - served).days, 1
            yield sent.day, sent.payer, to_bill, (billed - noted).days, 1
    paid = Counter(
        (claim.first_day, claim.payer, claim.sent_on, claim.first_paid_on)
        for claim in figures.claims
        if claim.first_paid_on
    )
    for (day, payer, sent_on, paid_on), count in paid.items():
        yield day, payer, to_payment, (Date.fromisoformat(paid_on) - Date.fromisoformat(sent_on)).days, count


def _noted(encounter: Encounter | None) -> Date | None:
    """Return the day on which a note was signed, else written."""
    at = (encounter.signed_at or encounter.created_at) if encounter is not None else None
    return at.date() if at is not None else None
