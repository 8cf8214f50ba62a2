"""A claim that was sent, with its lines, what was answered to it, and its history: as a ledger knows it."""

import datetime as dt
from decimal import Decimal

import attrs

from peerbill.model.claim import Address, Adjustment, Attachment, ClaimForm, Party, PriorPayment, ServiceLine
from peerbill.model.claim_state import ClaimState, Frequency, claim_state, frequency
from peerbill.model.payer_answers import ClaimPayment
from peerbill.model.quick import quick

Date = dt.date


@attrs.frozen
class Entry:
    """An entry of a claim's history.

    Attributes:
        at: when, in UTC.
        who: the account that did it.
        event: the kind of change, such as accepted or written-off.
        state: the claim's state after it.
        file: the file that it came from, or "".
        detail: the reason, in words.

    """

    at: str
    who: str
    event: str
    state: str
    file: str
    detail: str


@attrs.frozen
class Quotation:
    """What a payer says of a claim in its own words (STC12 of a 277CA), and the file that says it."""

    file: str
    words: str = attrs.field(repr=False)


@quick
@attrs.frozen
class PostedPayment(ClaimPayment):
    """A CLP that was posted for a claim, as it came; its lines have the ids of our lines, or "" where none matches.

    Attributes:
        paid_on: the day of its remittance (BPR16).
        trace: the check or transfer number (TRN02).
        file: the file of the remittance.
        payer: the key of the payer that decided.
        renamed: whether the payer has another member id on file (NM1*74).

    """

    payment_id: int = attrs.field(kw_only=True)
    paid_on: Date | None = attrs.field(kw_only=True)
    trace: str = attrs.field(default="", kw_only=True)
    file: str = attrs.field(default="", kw_only=True)
    payer: str = attrs.field(default="", kw_only=True)
    renamed: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen
class SentAdjudication:
    """The amounts that a payer decided under a number of its own, after reversals.

    Attributes:
        payer_control_number: the payer's number.
        charge: the charge that it decided on, in dollars.
        paid: what it paid, in dollars.
        lines: the numbers of the claim's lines; () where it named none.

    """

    payer_control_number: str
    charge: Decimal
    paid: Decimal
    lines: tuple[int, ...] = ()


@quick
@attrs.frozen
class SentLine(ServiceLine):
    """A service line as it was sent, with the payer's answers, and without those of the payers before.

    Attributes:
        number: its place in the claim, from 1.
        live: whether no other claim bills it now.
        state: written, accepted, paid, partly-paid, denied or reversed. Where no line answer came, the claim's state,
            or accepted where the payer has decided on other lines only.
        paid: what all answers together leave, in dollars: reversals net out.
        adjustments: the adjustments, netted in the same way.
        remarks: the remark codes (RARC).

    """

    number: int = attrs.field(kw_only=True)
    live: bool = attrs.field(kw_only=True)
    state: ClaimState = attrs.field(kw_only=True, converter=claim_state)
    paid: Decimal = attrs.field(kw_only=True)
    adjustments: tuple[Adjustment, ...] = attrs.field(default=(), kw_only=True)
    remarks: tuple[str, ...] = attrs.field(default=(), kw_only=True)

    def as_sent(self, prior: tuple[PriorPayment, ...] = ()) -> ServiceLine:
        """Return the line for another claim, with what the payers before did with it."""
        sent = {field.name: getattr(self, field.name) for field in attrs.fields(ServiceLine)}
        return ServiceLine(**{**sent, "prior_payments": prior})


@quick
@attrs.frozen
class SentClaim:
    """A claim that was sent: its content, its lines, and the payer's answers; its only value outside the posting.

    Attributes:
        changed_at: when its state changed last, in UTC.
        payer_control_number: the payer's number of the adjudication that holds the money.
        replaces: the claim that it replaces or voids, or "".
        replaced_by: the claim that replaced or voided it, or "".
        follows: the claim to the payer before, or "".
        sent_on: the as-of day of its batch.
        mode: test or production. A test was never billed: no payer pays it, and it cannot be corrected.
        payments: the payments posted to it, in the order of posting.
        apart: answers that are about it and change no amount: those of the next payer, to which no claim was sent, and
            those that decide nothing.
        payer_words: the payer's own words on it, which may name a person.
        before: the claims that it replaced, the last first; blank unless it was read for the next payer
            (`read_answered`) or to be corrected (`read_families`).
        followed: whether the next payer has its encounters; false unless it was read for the next payer.
        site: the site of its services, "" where the agency had none.
        bills_as: the site that is its billing provider, "" for the organisation.

    """

    claim_id: str
    payer: str
    member_id: str
    state: ClaimState = attrs.field(converter=claim_state)
    changed_at: str
    frequency: Frequency = attrs.field(converter=frequency)
    charge: Decimal
    paid: Decimal
    payer_control_number: str
    replaces: str
    replaced_by: str
    follows: str
    form: ClaimForm
    file: str
    sent_on: Date
    first_day: Date
    last_day: Date
    programme: str
    subscriber_id: str = attrs.field(repr=False)
    subscriber_rank: int
    place: str
    diagnoses: tuple[str, ...] = attrs.field(repr=False)
    authorization: str
    rendering_id: str
    supervising_id: str
    staff_ids: tuple[str, ...]
    release: bool
    admitted_on: Date | None
    patient_paid: Decimal | None
    lines: tuple[SentLine, ...]
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    mode: str = "production"
    payments: tuple[PostedPayment, ...] = ()
    adjudications: tuple[SentAdjudication, ...] = ()
    apart: tuple[PostedPayment, ...] = ()
    history: tuple[Entry, ...] = ()
    facility: Party | None = None
    facility_address: Address | None = None
    delay_reason: str = ""
    attachment: Attachment | None = None
    payer_words: tuple[Quotation, ...] = ()
    before: tuple[str, ...] = ()
    followed: bool = False
    site: str = ""
    bills_as: str = ""

    @property
    def purged(self) -> bool:
        """Whether `peerbill purge` took out of it what tells something of a person; its days are years alone then."""
        return not self.member_id

    @property
    def paid_on(self) -> Date | None:
        """The day of the last payment (BPR16); None where none has a day."""
        return next((payment.paid_on for payment in reversed(self.payments) if payment.paid_on is not None), None)
