"""What payers refused and rejected over time, and how much went through at the first sending."""

from collections import Counter, defaultdict

from peerbill import codes
from peerbill.ledger import states
from peerbill.ledger.answers.decisions import Meaning, meaning
from peerbill.ledger.look.figures import Figures, FirstAnswer
from peerbill.model.claim_state import ClaimState, Frequency
from peerbill.model.money import dollars
from peerbill.report.scope import Scope
from peerbill.report.values import DenialRow, FirstPassRow, RejectionRow
from peerbill.report.workspace import percent

_LONGEST = 200


def denial_rows(figures: Figures, scope: Scope) -> tuple[DenialRow, ...]:
    """Return what payers refused, by month of the remittance, payer and reason."""
    sums: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in figures.denied:
        says = meaning(row.group, row.reason)
        refuses = says is Meaning.DENIES or (says is Meaning.DENIES_UNPAID and row.unpaid)
        if refuses and scope.wants(row.day, row.payer):
            summed = sums[row.day[:7], row.payer, row.group, row.reason]
            summed[0] += row.claims
            summed[1] += row.amount
    return tuple(
        DenialRow(month, payer, group, reason, reason_text(reason), claims, dollars(amount))
        for (month, payer, group, reason), (claims, amount) in sorted(sums.items())
    )


def reason_text(reason: str) -> str:
    """Return what an adjustment reason says."""
    found = codes.carc(reason)
    return found.words if found is not None else "a reason not known here"


def first_pass_rows(figures: Figures, scope: Scope) -> tuple[FirstPassRow, ...]:
    """Return what became of claims at their first sending, by month of sending and payer."""
    answers = {answer.claim_id: answer for answer in figures.answers}
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for claim in figures.claims:
        first = claim.frequency == Frequency.ORIGINAL and not claim.again and claim.state != ClaimState.WITHDRAWN
        if first and scope.wants(claim.sent_on, claim.payer):
            found[claim.sent_on[:7], claim.payer][_outcome(answers.get(claim.claim_id))] += 1
    return tuple(
        FirstPassRow(
            month,
            payer,
            sent=counts.total(),
            rejected=counts["rejected"],
            denied=counts["denied"],
            paid=counts["paid"],
            waiting=counts["waiting"],
            rate=percent(counts["paid"], answered) if (answered := counts.total() - counts["waiting"]) else None,
        )
        for (month, payer), counts in sorted(found.items())
    )


def _outcome(answer: FirstAnswer | None) -> str:
    if answer is None:
        return "waiting"
    if answer.state in states.REJECTED:
        return "rejected"
    return "paid" if answer.state == ClaimState.PAID else "denied"


def rejection_rows(figures: Figures, scope: Scope) -> tuple[RejectionRow, ...]:
    """Return which claims were rejected before anything else was decided on them, by month and payer, most first."""
    payers = {claim.claim_id: claim.payer for claim in figures.claims}
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for answer in figures.answers:
        payer = payers.get(answer.claim_id)
        if payer is not None and answer.state in states.REJECTED and scope.wants(answer.at, payer):
            counts[answer.at[:7], payer, answer.state, answer.detail[:_LONGEST]] += 1
    return tuple(
        RejectionRow(*key, count)
        for key, count in sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0]))
    )
