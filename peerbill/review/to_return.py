"""Items of the work list: payments that a review found not supported, until they are returned."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from peerbill.model.plural import counted
from peerbill.review.summary import Repayment, ReviewSummary
from peerbill.todo.item import OVERPAYMENT, TodoItem

Date = dt.date


def to_return(summary: ReviewSummary) -> Iterator[TodoItem]:
    """Yield what is to be returned, an item for each payer and day on which it was identified."""
    groups: dict[tuple[str, Date, Date], list[Repayment]] = defaultdict(list)
    for one in summary.repayments:
        groups[one.payer, one.identified_on, one.deadline].append(one)
    for (payer, identified_on, deadline), several in sorted(groups.items()):
        shared = sum(bool(one.others) for one in several)
        at_most = f"; {counted(shared, 'line')} of them with other encounters: at most what was paid" if shared else ""
        yield TodoItem(
            kind="unsupported",
            what=f"{counted(len(several), 'paid line')} that a review found not supported{at_most}",
            do="Void or replace the claims as peerbill review summary DIR says for each, and report and return the "
            f"overpayment by {deadline}: it was identified on {identified_on}.",
            deadline=deadline,
            payer=payer,
            parts=tuple(sorted((f"{one.claim_id}-{one.line}", one.amount) for one in several)),
            claim_ids=tuple(sorted({one.claim_id for one in several})),
            encounter_ids=tuple(sorted({id_ for one in several for id_ in one.encounter_ids})),
            citations=(OVERPAYMENT,),
        )
