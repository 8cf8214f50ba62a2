"""What payers did not answer: claims without a decision, files without an acknowledgment."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from peerbill.ledger.look.worklist import UNANSWERED, OpenClaim
from peerbill.model.claim import ANSWER_DAYS
from peerbill.model.claim_state import ClaimState, Frequency
from peerbill.model.plural import counted
from peerbill.policy.phrases import Deadline
from peerbill.todo.item import TIMELY_PAYMENT, TodoItem, earliest
from peerbill.todo.sources import Sources

if TYPE_CHECKING:
    from peerbill.model.finding import Citation

Date = dt.date

_ACKNOWLEDGED = Deadline(2, "business day", "notice")

_SURELY_OVER = 7  # no weekend and holidays stretch two business days beyond a week


def unanswered(sources: Sources) -> Iterator[TodoItem]:
    """Yield claims that payers have not answered in time, by the missing answer."""
    groups: dict[tuple[str, str, str, int], list[OpenClaim]] = defaultdict(list)
    for claim in sources.opened.claims:
        if claim.state not in UNANSWERED:
            continue
        payer = sources.records.settings.payers.get(claim.payer)
        days = payer.answer_days if payer is not None else ANSWER_DAYS
        noun = {Frequency.REPLACEMENT: "replacement", Frequency.VOID: "void"}.get(claim.frequency, "claim")
        if (sources.as_of - claim.sent_on).days > days:
            groups[claim.payer, noun, claim.state, days].append(claim)
        elif (missing := _missing(claim, sources.as_of)) is not None:
            groups[claim.payer, noun, missing, days].append(claim)
    for (payer_key, noun, missing, days), claims in groups.items():
        count = counted(len(claims), noun)
        citations: tuple[Citation, ...] = ()
        if missing in UNANSWERED:
            taken_in = "taken in by the payer" if missing == ClaimState.ACCEPTED else "and nothing was answered at all"
            what = f"{count} not decided more than {days} days after sending, {taken_in}"
            do = (
                "Ask the payer for the status, and for the remittance if they were paid; what it does not have on "
                "file, peerbill withdraw frees to be billed again."
            )
            citations = (TIMELY_PAYMENT,) if days == ANSWER_DAYS else ()
        elif missing == "277CA":
            what = f"{count} without a 277CA 2 business days after the 999"
            do = "Look for the answer where the payer leaves it and post it; ask the payer if there is none."
        else:
            what = f"{count} of {missing.removeprefix('999 ')} without a 999 or TA1 2 business days after sending"
            do = (
                "See that the file was uploaded; post the answer, or ask the payer where it is. A file that was lost: "
                "peerbill bill --again writes it once more, peerbill withdraw --file frees what it bills."
            )
        yield TodoItem(
            kind="unanswered",
            what=what,
            do=do,
            deadline=earliest(sources.last_day(claim) for claim in claims if claim.frequency == Frequency.ORIGINAL),
            payer=payer_key,
            parts=tuple((claim.claim_id, claim.charge) for claim in claims),
            claim_ids=tuple(claim.claim_id for claim in claims),
            citations=citations,
        )


def _missing(claim: OpenClaim, as_of: Date) -> str | None:
    """Return what a receiver that usually sends it has not sent in time: "277CA", or "999 FILE"; None: nothing."""
    if claim.state != ClaimState.WRITTEN or claim.considered:
        return None
    if claim.acknowledged_on is not None:
        is_late = "277CA" in claim.answering and _is_overdue(claim.acknowledged_on, as_of)
        return "277CA" if is_late else None
    acknowledges = not claim.answering.isdisjoint(("TA1", "999"))
    return f"999 {claim.file}" if acknowledges and _is_overdue(claim.sent_on, as_of) else None


def _is_overdue(since: Date, as_of: Date) -> bool:
    """Return whether an acknowledgment has taken too long: the calendar, slow to load, is used only if needed."""
    days = (as_of - since).days
    return days > _SURELY_OVER or (days > _ACKNOWLEDGED.count and _ACKNOWLEDGED.last_day(since) < as_of)
