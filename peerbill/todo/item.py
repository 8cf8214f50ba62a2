"""The values of the work list: what there is to do, by when, for how much, and who says so."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal

import attrs

from peerbill.ledger.look.worklist import Overpaid
from peerbill.model.finding import Citation

Date = dt.date

KINDS: Mapping[str, str] = {
    "overpayment": "Paid, and held by an audit since",
    "unsupported": "Paid, and found not supported by a review",
    "overpaid": "Paid more than was billed",
    "unmatched": "Payments that match no claim",
    "refused": "Remittances that were not posted",
    "difference": "Remittances posted though they do not balance",
    "filing": "Filing limits running out",
    "held": "Held encounters",
    "ready": "Ready to bill",
    "rejection": "Rejected claims",
    "denial": "Denied or cut by the payer",
    "coordination": "Claims to the next payer",
    "twice": "Paid on two claims",
    "deleted": "Billed, and deleted from the workspace since",
    "charge": "Billed at another charge than is configured now",
    "part-units": "Part units that are not billed",
    "unanswered": "Claims without an answer",
    "balance": "Balances that the payer carries forward",
    "adjustment": "Added or taken off beside the claims (PLB)",
    "answer": "Rejections that were not followed",
    "member": "Members whom the payer has under another id",
    "enrolment": "Members whom the payer does not know as enrolled",
    "authorization": "Authorizations nearly used, or ending",
    "license": "Licenses of the agency about to lapse",
    "provider-enrollment": "Enrollments with payers about to end",
    "credential": "Credentials about to lapse",
    "training": "Training and continuing education that is due",
    "supervision": "Supervision that is due",
    "plan": "Plans about to lapse",
    "screening": "Staff to compare with exclusion lists",
}
"""The kinds of items, each with its heading; where two are as urgent, in this order."""

RETURN_DAYS = 60

OVERPAYMENT = Citation(
    title="42 U.S.C. 1320a-7k(d): an overpayment is reported and returned within 60 days after it was identified",
    url="https://en.m.wikisource.org/wiki/Page:United_States_Statutes_at_Large_Volume_124.djvu/781",
    date="2010-03-23",
    status="secondary",
    where="(d)(1)-(2), or on the day a corresponding cost report is due, where that is later",
)

TIMELY_PAYMENT = Citation(
    title="42 CFR 447.45: a Medicaid agency pays 90 percent of clean claims within 30 days of receipt",
    url="https://www.ecfr.gov/current/title-42/section-447.45",
    date="2006-10-01",
    status="secondary",
    where="(d)(2), as contracts for managed care repeat it under 42 CFR 447.46",
)

NOTHING = Decimal("0.00")


@attrs.frozen
class TodoItem:
    """A thing to do: what is open, the remedy, the last day, and the sources.

    Attributes:
        kind: the kind of item, a word of `KINDS`.
        what: what is open, a sentence without its stop.
        do: the remedy, in sentences.
        deadline: the last day, or None.
        payer: a key of `[payers]`, or "".
        parts: the dollars at stake, by encounter, line or claim: an amount that two items share counts once in a total.
        item: the id under which it is settled, or "" if it closes by itself.
        test: whether it concerns claims in test files; it is then in no total.
        why_asked: the citations that only raise a question (`Finding.why_asked`).

    """

    kind: str
    what: str
    do: str
    deadline: Date | None = None
    payer: str = ""
    parts: tuple[tuple[str, Decimal], ...] = ()
    claim_ids: tuple[str, ...] = ()
    encounter_ids: tuple[str, ...] = ()
    member_ids: tuple[str, ...] = ()
    staff_ids: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    item: str = ""
    test: bool = False
    why_asked: tuple[Citation, ...] = ()

    @property
    def amount(self) -> Decimal:
        """The dollars at stake; of a test, those that would be."""
        return sum(dict(self.parts).values(), NOTHING)


@attrs.frozen
class Todo:
    """The work list of a day, the most urgent first, and what it says of overpayments that is new.

    `identified` are to be recorded with their day, `cleared` to be taken out (`worklist.keep_overpayments`).
    """

    as_of: Date
    items: tuple[TodoItem, ...]
    identified: tuple[Overpaid, ...] = ()
    cleared: tuple[Overpaid, ...] = ()


def total(items: Iterable[TodoItem]) -> Decimal:
    """Return the dollars at stake in several items; an amount that they share counts once."""
    return sum({key: amount for item in items if not item.test for key, amount in item.parts}.values(), NOTHING)


def in_time(do: str, deadline: Date | None, as_of: Date) -> str:
    """Return the remedy, or what remains possible once its last day has passed."""
    if deadline is None or as_of <= deadline:
        return do
    return f"{do} The last day was {deadline}: ask the payer for an exception, or write the charge off."


def earliest(days: Iterable[Date | None]) -> Date | None:
    """Return the first of several days, None where none is known."""
    return min((day for day in days if day is not None), default=None)
