"""A claim that was sent, with its lines, what was answered to it, and its history: as a ledger knows it."""

import datetime as dt
from decimal import Decimal

import attrs

from peerbill.model.claim import Address, Adjustment, Attachment, ClaimForm, Party, PriorPayment, ServiceLine
from peerbill.model.claim_state import ClaimState, Frequency, claim_state, frequency
from peerbill.model.payer_answers import ClaimPayment

Date = dt.date


@attrs.frozen
class Entry:
    """An entry of a claim's history: `at` in UTC, `who` did it, `state` after it, `file` whence it came."""

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


@attrs.frozen
class PostedPayment(ClaimPayment):
    """A CLP that was posted for a claim, as it came, its lines under the ids of ours ("" for a line that is none).

    `paid_on` (BPR16) and `trace` (TRN02) are those of its remittance, in `file`. `payer` is the key of the payer that
    decided, `renamed` tells that it has another member id on file (NM1*74).
    """

    payment_id: int = attrs.field(kw_only=True)
    paid_on: Date | None = attrs.field(kw_only=True)
    trace: str = attrs.field(default="", kw_only=True)
    file: str = attrs.field(default="", kw_only=True)
    payer: str = attrs.field(default="", kw_only=True)
    renamed: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen
class SentAdjudication:
    """What stands of a payer's decisions under one number of its own: `lines` are numbers, () where it named none."""

    payer_control_number: str
    charge: Decimal
    paid: Decimal
    lines: tuple[int, ...] = ()


@attrs.frozen
class SentLine(ServiceLine):
    """A service line as it was sent, without the answers of payers before, and what became of it.

    `number` counts from 1. `live` tells that no other claim bills it now. `paid`, `adjustments` and `remarks` are what
    all answers together leave: reversals net out. `state` is written, accepted, paid, partly-paid, denied or reversed;
    where no line answer came, the claim's, or accepted where the payer has decided on other lines only.
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


@attrs.frozen
class SentClaim:
    """A claim that was sent: what it said, its lines, and what was answered; the one value of it outside the posting.

    `apart` are answers that tell of it and do not count on it: of the next payer, to which no claim was sent, and those
    that decide nothing. `payer_control_number` is of the adjudication that holds the money.
    `sent_on` is the as-of day of its batch.

    `mode` is test or production: a test was never billed, no payer pays it, and nothing of it can be corrected.
    `payments` are in the order in which they were posted. `before` are the claims that it replaced, the last one first,
    and `followed` means that the next payer has what it bills: both are blank unless the claim was read for the next
    payer (`read_answered`) or to be corrected (`read_families`, `before` alone).
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

    @property
    def paid_on(self) -> Date | None:
        """The day of the last payment (BPR16); None where none has a day."""
        return next((payment.paid_on for payment in reversed(self.payments) if payment.paid_on is not None), None)
