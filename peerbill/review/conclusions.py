"""What the ratings of an encounter come to: whether the record supports its payment, and since when that is known."""

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

import attrs

from peerbill.model.review import PAYMENT, UNSUPPORTED, Rating, ReviewDecision

Date = dt.date


class ReviewOutcome(enum.StrEnum):
    """What the ratings of an encounter come to.

    open: no rating decides; advice: only what is advised was not met; not applicable: it was not billed.
    """

    SUPPORTED = "supported"
    NOT_SUPPORTED = "not supported"
    SELF_CORRECTED = "self-corrected"
    NOT_APPLICABLE = "not applicable"
    ADVICE = "advice"
    OPEN = "open"


@attrs.frozen
class Conclusion:
    """What the last ratings of an encounter come to.

    Attributes:
        encounter_id: the encounter.
        outcome: what they come to.
        decisions: the ratings that decide it, in the order of the trail.
        since: the day from which it has been so without a break.

    """

    encounter_id: str
    outcome: ReviewOutcome
    decisions: tuple[ReviewDecision, ...]
    since: Date


def conclusions(decisions: Iterable[ReviewDecision], zone: ZoneInfo) -> dict[str, Conclusion]:
    """Return the conclusion of each encounter that was reviewed, by its id; days are those of a time zone.

    `decisions` are all of the trail, in its order: a conclusion that was given up and reached again counts anew.
    """
    last: dict[str, dict[str, ReviewDecision]] = defaultdict(dict)
    found: dict[str, Conclusion] = {}
    for decision in decisions:
        rated = last[decision.encounter_id]
        rated[decision.requirement] = decision
        outcome, deciding = _outcome(rated)
        before = found.get(decision.encounter_id)
        day = dt.datetime.fromisoformat(decision.at).astimezone(zone).date()
        since = before.since if before is not None and before.outcome is outcome else day
        found[decision.encounter_id] = Conclusion(decision.encounter_id, outcome, deciding, since)
    return dict(sorted(found.items()))


_OF_PAYMENT: Mapping[Rating, ReviewOutcome] = {
    Rating.MET: ReviewOutcome.SUPPORTED,
    Rating.REPAID: ReviewOutcome.SELF_CORRECTED,
    Rating.NOT_APPLICABLE: ReviewOutcome.NOT_APPLICABLE,
    **dict.fromkeys(UNSUPPORTED, ReviewOutcome.NOT_SUPPORTED),
}


def _outcome(rated: Mapping[str, ReviewDecision]) -> tuple[ReviewOutcome, tuple[ReviewDecision, ...]]:
    """Return what ratings come to, and those that decide it. That of the payment decides, where there is one."""
    payment = rated.get(PAYMENT)
    if payment is not None:
        return _OF_PAYMENT[payment.rating], (payment,)
    every = sorted(rated.values(), key=lambda one: one.number)
    repaid = tuple(one for one in every if one.rating is Rating.REPAID)
    if repaid:
        return ReviewOutcome.SELF_CORRECTED, repaid
    missed = tuple(one for one in every if one.rating in UNSUPPORTED)
    if musts := tuple(one for one in missed if one.must):
        return ReviewOutcome.NOT_SUPPORTED, musts
    return (ReviewOutcome.ADVICE, missed) if missed else (ReviewOutcome.OPEN, ())
