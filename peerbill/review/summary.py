"""A self-audit summary: what was reviewed, how it was rated, what is to be repaid, and by which day."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final

import attrs

from peerbill.ledger.reviews import last_decisions
from peerbill.ledger.states import CORRECTED, GONE
from peerbill.model.claim_state import Frequency
from peerbill.model.finding import Citation
from peerbill.model.frozen import freeze
from peerbill.model.plural import counted, named
from peerbill.model.review import Rating, ReviewDecision
from peerbill.model.sent_claim import SentClaim, SentLine
from peerbill.review.conclusions import Conclusion, ReviewOutcome
from peerbill.todo.item import OVERPAYMENT, RETURN_DAYS

Date = dt.date

IDENTIFIED: Final = Citation(
    title="42 CFR 401.305: when an overpayment is identified, for Medicare Parts A and B",
    url="https://bassberry.com/news/a-new-year-a-new-overpayment-rule-cms-revises-the-60-day-rule",
    date="2025-01-01",
    status="secondary",
    where="as a law firm reports it: an overpayment is identified once it is knowingly received or kept; an "
    "investigation in good faith of related ones suspends the deadline, 180 days at most",
)
SOURCES: Final = (OVERPAYMENT, IDENTIFIED)
NOTE: Final = (
    "The 60 days are counted from the day on which a reviewer's rating was recorded, or on which todo first found the "
    "encounter held, if that was earlier. The statute holds for Medicaid and does not say when an overpayment is "
    "identified; the regulation that says so was written for Medicare. Ask your counsel where it matters."
)


@attrs.frozen
class RequirementCount:
    """How often a requirement of a programme had each rating, by the last ratings."""

    programme: str
    requirement: str
    question: str
    ratings: Mapping[Rating, int]

    def __attrs_post_init__(self) -> None:
        freeze(self, "ratings")


@attrs.frozen
class Repayment:
    """A paid line of which the record of an encounter does not support the payment.

    Attributes:
        payer: key of `[payers]`.
        claim_id: the claim that is paid.
        line: its line.
        encounter_ids: the encounters of the line that are not supported.
        others: the other encounters of the line.
        amount: what was paid on the line, in dollars: to be repaid where it has no other encounters, else at most.
        identified_on: when it was known first.
        deadline: the last day to report and return it.
        is_late: whether that day has passed.
        why: the ratings that decide it.
        do: how to repay.

    """

    payer: str
    claim_id: str
    line: int
    encounter_ids: tuple[str, ...]
    others: tuple[str, ...]
    amount: Decimal
    identified_on: Date
    deadline: Date
    is_late: bool
    why: str
    do: str


@attrs.frozen
class SelfCorrected:
    """An encounter that was repaid before notice; `paid` is what the ledger still shows for its lines, in dollars."""

    encounter_id: str
    reason: str
    reviewer: str
    claim_ids: tuple[str, ...]
    paid: Decimal


@attrs.frozen
class PayerTotal:
    """What a payer is to be repaid, in dollars: for certain, and at most beside that where lines are shared."""

    payer: str
    amount: Decimal
    at_most: Decimal
    deadline: Date


@attrs.frozen
class ReviewSummary:
    """A self-audit summary on a day.

    Attributes:
        as_of: the day.
        encounters: how many encounters have a rating.
        outcomes: how many come to each outcome.
        requirements: the ratings by requirement.
        payers: what is to be repaid by payer.
        repayments: what is to be repaid by line, the earliest deadline first.
        not_paid: encounters that are not supported, of which nothing is paid.
        self_corrected: what was repaid before notice, which is not counted again.
        open: encounters whose ratings decide nothing yet.

    """

    as_of: Date
    encounters: int
    outcomes: Mapping[ReviewOutcome, int]
    requirements: tuple[RequirementCount, ...]
    payers: tuple[PayerTotal, ...]
    repayments: tuple[Repayment, ...]
    not_paid: tuple[str, ...]
    self_corrected: tuple[SelfCorrected, ...]
    open: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        freeze(self, "outcomes")


def summarize(
    decisions: Iterable[ReviewDecision],
    found: Mapping[str, Conclusion],
    claims: Iterable[SentClaim],
    identified: Mapping[str, Date],
    as_of: Date,
) -> ReviewSummary:
    """Return the summary of a review: `claims` are all of its encounters, `identified` when `todo` found them held."""
    paid = list(_paid_lines(claims))
    unsupported = {id_: one for id_, one in found.items() if one.outcome is ReviewOutcome.NOT_SUPPORTED}
    repayments = sorted(
        (_repayment(claim, line, unsupported, identified, as_of) for claim, line in paid if _ids(line, unsupported)),
        key=lambda one: (one.deadline, one.payer, one.claim_id, one.line),
    )
    with_money = {id_ for one in repayments for id_ in one.encounter_ids}
    return ReviewSummary(
        as_of=as_of,
        encounters=len(found),
        outcomes={outcome: sum(one.outcome is outcome for one in found.values()) for outcome in ReviewOutcome},
        requirements=tuple(_requirements(decisions)),
        payers=tuple(_payers(repayments)),
        repayments=tuple(repayments),
        not_paid=tuple(id_ for id_ in unsupported if id_ not in with_money),
        self_corrected=tuple(_self_corrected(found.values(), paid)),
        open=tuple(id_ for id_, one in found.items() if one.outcome is ReviewOutcome.OPEN),
    )


def _requirements(decisions: Iterable[ReviewDecision]) -> Iterator[RequirementCount]:
    groups: dict[tuple[str, str], list[ReviewDecision]] = defaultdict(list)
    for decision in last_decisions(decisions).values():
        groups[decision.programme, decision.requirement].append(decision)
    for (programme, requirement), several in sorted(groups.items()):
        counts = Counter(one.rating for one in several)
        question = max(several, key=lambda one: one.number).question
        yield RequirementCount(programme, requirement, question, {rating: counts[rating] for rating in Rating})


def _paid_lines(claims: Iterable[SentClaim]) -> Iterator[tuple[SentClaim, SentLine]]:
    """Yield the lines on which money is now: not of claims that were rejected, withdrawn, voided or replaced."""
    for claim in claims:
        if claim.mode == "production" and claim.state not in GONE | CORRECTED and claim.frequency != Frequency.VOID:
            yield from ((claim, line) for line in claim.lines if line.live and line.paid > 0)


def _ids(line: SentLine, unsupported: Mapping[str, Conclusion]) -> tuple[str, ...]:
    return tuple(sorted(id_ for id_ in line.encounter_ids if id_ in unsupported))


def _repayment(
    claim: SentClaim,
    line: SentLine,
    unsupported: Mapping[str, Conclusion],
    identified: Mapping[str, Date],
    as_of: Date,
) -> Repayment:
    ids = _ids(line, unsupported)
    others = tuple(sorted(set(line.encounter_ids) - set(ids)))
    since = min(min(unsupported[id_].since, identified.get(id_, unsupported[id_].since)) for id_ in ids)
    deadline = since + dt.timedelta(days=RETURN_DAYS)
    return Repayment(
        payer=claim.payer,
        claim_id=claim.claim_id,
        line=line.number,
        encounter_ids=ids,
        others=others,
        amount=line.paid,
        identified_on=since,
        deadline=deadline,
        is_late=deadline < as_of,
        why="; ".join(dict.fromkeys(_why(one) for id_ in ids for one in unsupported[id_].decisions)),
        do=_how(claim, unsupported),
    )


def _why(decision: ReviewDecision) -> str:
    reason = f": {decision.reason}" if decision.reason else ""
    return f"{decision.requirement} {decision.rating} ({decision.reviewer}){reason}"


def _how(claim: SentClaim, unsupported: Mapping[str, Conclusion]) -> str:
    """Return how to repay what a claim has: void it where nothing of it is supported, else replace it."""
    left = {id_ for line in claim.lines if line.live for id_ in line.encounter_ids} - unsupported.keys()
    if not left:
        return f"peerbill void DIR {claim.claim_id} --out FOLDER"
    return (
        f"Correct the rows of what is not supported, or take them out of encounters; then peerbill replace DIR "
        f"{claim.claim_id} --out FOLDER, which keeps {named(sorted(left), 5)}"
    )


def _payers(repayments: Iterable[Repayment]) -> Iterator[PayerTotal]:
    groups: dict[str, list[Repayment]] = defaultdict(list)
    for one in repayments:
        groups[one.payer].append(one)
    for payer, several in sorted(groups.items()):
        yield PayerTotal(
            payer,
            sum((one.amount for one in several if not one.others), Decimal("0.00")),
            sum((one.amount for one in several if one.others), Decimal("0.00")),
            min(one.deadline for one in several),
        )


def _self_corrected(found: Iterable[Conclusion], paid: Iterable[tuple[SentClaim, SentLine]]) -> Iterator[SelfCorrected]:
    lines: dict[str, list[tuple[SentClaim, SentLine]]] = defaultdict(list)
    for claim, line in paid:
        for id_ in line.encounter_ids:
            lines[id_].append((claim, line))
    for one in found:
        if one.outcome is ReviewOutcome.SELF_CORRECTED:
            of_encounter = lines[one.encounter_id]
            decision = one.decisions[-1]
            yield SelfCorrected(
                one.encounter_id,
                decision.reason,
                decision.reviewer,
                tuple(sorted({claim.claim_id for claim, _ in of_encounter})),
                sum((line.paid for _, line in of_encounter), Decimal("0.00")),
            )


def headline(summary: ReviewSummary) -> str:
    """Return what was reviewed and what it came to, in a sentence."""
    parts = [f"{summary.outcomes[outcome]:,} {outcome}" for outcome in ReviewOutcome if summary.outcomes[outcome]]
    return f"Reviewed {counted(summary.encounters, 'encounter')}: {', '.join(parts) or 'none'}"
