"""What goes on to the next payer, and claims that rest on an answer that was changed since."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import count

from peerbill import codes
from peerbill.claims.next_payer import secondary_claims
from peerbill.coding.deadlines import filing_deadline, other_payer_deadline
from peerbill.model.plural import counted
from peerbill.model.sent_claim import SentClaim
from peerbill.todo.item import TodoItem, in_time
from peerbill.todo.sources import Sources

Date = dt.date


def to_go_on(sources: Sources) -> Iterator[TodoItem]:
    """Yield what the next bill sends on, and what a person has to; that until its last day, since nobody records it."""
    if not sources.opened.to_next_payer:
        return
    left = {claim.claim_id: claim for claim in sources.opened.to_next_payer}
    ready, by_hand = secondary_claims(
        tuple(left.values()),
        sources.records,
        sources.policies,
        sources.as_of,
        map(str, count(1)),
        sources.opened.history,
        sources.opened.enrolments,
        sources.index,
    )
    groups: dict[tuple[str, str, str, Date | None], list[SentClaim]] = defaultdict(list)
    for claim in ready:
        one = left[claim.follows]
        groups[claim.payer, "", "", _last_day_to_go_on(sources, one, claim.payer, claim.programme)].append(one)
    for stopped in by_hand:
        one = left[stopped.claim_id]
        programme = _programme_of(sources, stopped.payer)
        last = _last_day_to_go_on(sources, one, stopped.payer, programme)
        if last is not None and last >= sources.as_of:
            groups[stopped.payer, stopped.told, stopped.fix, last].append(one)
    for (payer, sentence, fix, last), claims in groups.items():
        yield TodoItem(
            kind="coordination",
            what=f"{counted(len(claims), 'claim')} {sentence or f'of which something is left for {payer}'}",
            do=fix or in_time("Run bill, which sends it on.", last, sources.as_of),
            deadline=last,
            payer=payer,
            parts=tuple(part for answered in claims for part in _left(answered)),
            claim_ids=tuple(answered.claim_id for answered in claims),
        )


def _left(claim: SentClaim) -> Iterator[tuple[str, Decimal]]:
    """Yield what a payer left to the next payer, by line and reason; without reasons, all that it did not pay."""
    cuts = [(0, claim.adjustments), *((line.number, line.adjustments) for line in claim.lines)]
    cuts_by_line = [(number, cut) for number, several in cuts for cut in several]
    gone = {codes.CONTRACT, codes.PRIOR_PAYER}
    left = [
        adjustment
        for adjustment in cuts_by_line
        if adjustment[1].amount > 0 and codes.adjustment_effect(adjustment[1].group, adjustment[1].reason) not in gone
    ]
    if not cuts_by_line:
        yield claim.claim_id, claim.charge - claim.paid
    for number, cut in left:
        yield f"{claim.claim_id}-{number} {cut.group} {cut.reason}", cut.amount


def _last_day_to_go_on(sources: Sources, claim: SentClaim, payer: str, programme: str) -> Date | None:
    filing = sources.filing(payer, programme, claim.first_day)
    if claim.paid_on is None:
        return filing_deadline(claim.first_day, filing)
    return other_payer_deadline(claim.first_day, claim.paid_on, filing)


def _programme_of(sources: Sources, payer: str) -> str:
    """Return the only programme of a payer, or "" where there are several."""
    settings = sources.records.settings.payers.get(payer)
    return settings.policy[0] if settings is not None and len(settings.policy) == 1 else ""


def unsettled(sources: Sources) -> Iterator[TodoItem]:
    """Yield the claims to a later payer whose earlier payer's answer was voided, replaced or reversed since."""
    for claim in sources.opened.unsettled:
        deadline = sources.last_day_again(claim)
        voided = claim.why.startswith("voided")
        again = (
            "Void it too."
            if voided
            else "See with peerbill replace --dry-run what it says now; replace it, or void it where nothing is left."
        )
        yield TodoItem(
            kind="coordination",
            what=f"{claim.claim_id} rests on what the payer before answered to {claim.follows}, "
            f"which was {claim.why} since",
            do=in_time(again, None if voided else deadline, sources.as_of),
            deadline=None if voided else deadline,
            payer=claim.payer,
            parts=((claim.claim_id, claim.charge),),
            claim_ids=(claim.claim_id, claim.follows),
        )
