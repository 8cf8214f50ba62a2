"""What payers answer, as plain values: TA1, 999, 277CA, 835 and 271.

Amounts are dollars as sent, negative ones included. Ids and codes are as sent, trimmed. Fields that hold a person's
data stay out of every repr.
"""

import datetime as dt
from decimal import Decimal
from itertools import chain

import attrs

from peerbill.model.claim import Adjustment
from peerbill.model.quick import quick

Date = dt.date


@attrs.frozen
class Envelope:
    """Who sent an answer, from ISA and GS. `sender` and `receiver` are ISA06 and ISA08, `group_*` GS02 and GS03.

    `isa13`, `gs06` and `st02` are the answer's own control numbers; `usage` is ISA15, P for production or T for a
    test. A bare ST without ISA leaves the rest blank.
    """

    sender: str = ""
    receiver: str = ""
    isa13: str = ""
    group_sender: str = ""
    group_receiver: str = ""
    gs06: str = ""
    version: str = ""
    st02: str = ""
    usage: str = ""


@attrs.frozen
class InterchangeAnswer:
    """TA1: whether an interchange could be opened. `code` is A, E (accepted with an error) or R; `note` is TA105.

    `control_number` is the ISA13 that it answers, `day` and `time` its ISA09 and ISA10 as sent.
    """

    control_number: str
    code: str
    note: str = ""
    day: str = ""
    time: str = ""

    @property
    def accepted(self) -> bool:
        """Whether its content was looked at."""
        return self.code in ("A", "E")


@attrs.frozen
class SetAnswer:
    """An AK2 of a 999: `control_number` is the ST02 that it answers, `code` IK501 (A and E accepted).

    `errors` are sentences for people, from IK3, CTX, IK4 and IK502 to IK506; they repeat no data of a person. `places`
    has for each of them the segment at which it is, counted from ST = 1, or 0. `set_id` is AK201, `version` AK203.
    """

    control_number: str
    code: str
    errors: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    set_id: str = ""
    version: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the payer goes on with the transaction set."""
        return self.code in ("A", "E")


@attrs.frozen
class GroupAnswer:
    """A 999: `control_number` is the GS06 that it answers, `code` AK901 (A, E, P, R, M, W, X); counts from AK9.

    `function` is AK101 (HC for claims), `version` AK103, the GS08 that it answers. An AK9 without AK2 speaks for every
    set of the group; where an AK2 contradicts it, the AK2 counts.
    """

    function: str
    control_number: str
    code: str
    sets: tuple[SetAnswer, ...] = ()
    included: int | None = None
    received: int | None = None
    accepted: int | None = None
    errors: tuple[str, ...] = ()
    version: str = ""


@quick
@attrs.frozen
class ClaimStatus:
    """A composite of STC: `category` (A1, A3, A7…), `status` and `entity` (blank where not sent)."""

    category: str
    status: str = ""
    entity: str = ""

    @property
    def rejects(self) -> bool:
        """Whether the category says that the claim was not taken in: A3, A4, A6, A7, A8."""
        return self.category in REJECTING

    @property
    def accepts(self) -> bool:
        """Whether the category says that the claim was taken in or passed on: A0, A1, A2, A5."""
        return self.category in ACCEPTING


REJECTING = frozenset({"A3", "A4", "A6", "A7", "A8"})
ACCEPTING = frozenset({"A0", "A1", "A2", "A5"})


@quick
@attrs.frozen
class LineStatus:
    """A line of a 277CA: `line_id` is REF*FJ, our REF*6R; `words` are STC12."""

    line_id: str
    statuses: tuple[ClaimStatus, ...]
    words: tuple[str, ...] = attrs.field(default=(), repr=False)


@quick
@attrs.frozen
class ClaimAnswer:
    """Loop 2200D of a 277CA: `claim_id` is TRN02, our CLM01; `payer_control_number` REF*1K.

    `reference` is what loops 2200B or 2200C answer (our BHT03) where the claim is below them; `day` is STC02, `action`
    STC03 (WQ or U), `charge` STC04, of the first STC; `intermediary_id` is REF*D9. `subscriber_id` is NM109 of the
    patient, `first_day` and `last_day` DTP*472; `submitter_id` (NM1*41) and `provider_id` (NM1*85) are those of the
    levels above. `words` are STC12: the sender's own text, which may name a person.
    """

    claim_id: str
    statuses: tuple[ClaimStatus, ...]
    payer_control_number: str = ""
    day: Date | None = None
    action: str = ""
    charge: Decimal | None = None
    lines: tuple[LineStatus, ...] = ()
    reference: str = ""
    intermediary_id: str = ""
    subscriber_id: str = attrs.field(default="", repr=False)
    first_day: Date | None = None
    last_day: Date | None = None
    submitter_id: str = ""
    provider_id: str = ""
    words: tuple[str, ...] = attrs.field(default=(), repr=False)

    @property
    def rejected(self) -> bool:
        """Whether any of its categories rejects: the category decides, not STC03; its lines', where it has none."""
        statuses = self.statuses or [status for line in self.lines for status in line.statuses]
        return any(status.rejects for status in statuses)

    @property
    def accepted(self) -> bool:
        """Whether it was taken in."""
        return not self.rejected and any(status.accepts for status in self.statuses)


@attrs.frozen
class BatchAnswer:
    """Loop 2200A, 2200B or 2200C of a 277CA: the file, or a provider's claims in it, as a whole.

    `reference` is TRN02: our BHT03 at the receiver's level (`level` 2200B). A rejecting status there rejects every
    claim of the transaction set, an answer in 2200C the claims of a billing provider. Counts and amounts are QTY*90,
    QTY*AA, AMT*YU, AMT*YY (QA, QC of a provider). `submitter_id` is NM109 of NM1*41, `provider_id` that of NM1*85;
    `words` are STC12.
    """

    level: str
    reference: str
    statuses: tuple[ClaimStatus, ...]
    accepted: int | None = None
    rejected: int | None = None
    accepted_amount: Decimal | None = None
    rejected_amount: Decimal | None = None
    submitter_id: str = ""
    provider_id: str = ""
    words: tuple[str, ...] = attrs.field(default=(), repr=False)

    @property
    def rejects(self) -> bool:
        """Whether all claims below it are rejected."""
        return any(status.rejects for status in self.statuses)


@attrs.frozen
class RemittanceHead:
    """The head of an 835: BPR, TRN, REF*EV, DTM*405, loops 1000A and 1000B.

    `amount` is BPR02 (negative where BPR03 is D), `handling` BPR01, `method` BPR04, `paid_on` BPR16, `trace` TRN02,
    `originator` TRN03, `receiver_id` REF*EV, `produced_on` DTM*405.
    """

    amount: Decimal
    handling: str = ""
    method: str = ""
    paid_on: Date | None = None
    trace: str = ""
    originator: str = ""
    payer_name: str = ""
    payer_id: str = ""
    payee_id: str = ""
    receiver_id: str = ""
    produced_on: Date | None = None

    @property
    def number(self) -> str:
        """Its number as a sentence has it: TRN02, or that there is none."""
        return self.trace or "without a number (TRN02)"


REVERSAL = "22"
"""CLP02 of what takes an earlier payment back."""


@quick
@attrs.frozen
class LinePayment:
    """Loop 2110 of an 835: the decision on a service line.

    `line_id` is REF*6R or ""; `hcpcs` and `modifiers` are SVC01, `sent_hcpcs` and `sent_modifiers` SVC06 where the
    payer changed the code; `units` SVC05 (None: not sent), `service_date` DTM*472 or 150; `remarks` LQ*HE.
    """

    hcpcs: str
    modifiers: tuple[str, ...]
    charge: Decimal
    paid: Decimal
    units: Decimal | None = None
    service_date: Date | None = None
    line_id: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    allowed: Decimal | None = None
    sent_hcpcs: str = ""
    sent_modifiers: tuple[str, ...] = ()
    revenue_code: str = ""


def takes_back(status: str, charge: Decimal | int, paid: Decimal | int) -> bool:
    """Return whether CLP02, CLP03 and CLP04 take an earlier payment back."""
    return charge < 0 or paid < 0 or (status == REVERSAL and charge == 0)


@quick
@attrs.frozen
class ClaimPayment:
    """Loop 2100 of an 835: the decision on a claim.

    `claim_id` is CLP01, `status` CLP02 (22 is a reversal), `patient` CLP05, `payer_control_number` CLP07, `filing`
    CLP06, `frequency` CLP09. `adjustments` and `remarks` (MIA, MOA) are those of the claim, `interest` AMT*I,
    `first_day` and `last_day` DTM*232 and 233. `position` counts the CLP of the transaction set from 1. `subscriber_id`
    is NM109 of the insured, else of the patient; `corrected_id` NM109 of the insured as the payer has it on file
    (NM1*74), and `corrected`: NM1*74 is there at all; `crossover`: it names the payer to whom the claim was passed on
    (NM1*TT).
    """

    claim_id: str
    status: str
    charge: Decimal
    paid: Decimal
    position: int
    patient: Decimal | None = None
    filing: str = ""
    payer_control_number: str = ""
    frequency: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: tuple[LinePayment, ...] = ()
    interest: Decimal | None = None
    first_day: Date | None = None
    last_day: Date | None = None
    received_on: Date | None = None
    subscriber_id: str = attrs.field(default="", repr=False)
    corrected_id: str = attrs.field(default="", repr=False)
    corrected: bool = False
    crossover: bool = False

    @property
    def is_reversal(self) -> bool:
        """Whether an earlier payment is taken back.

        An amount below zero is nothing else. CLP02 22 with amounts above zero is a correction under the wrong code
        (X12 RFI 288): the money decides.
        """
        return takes_back(self.status, self.charge, self.paid)

    @property
    def every_adjustment(self) -> tuple[Adjustment, ...]:
        """Its adjustments and those of its lines."""
        if len(self.lines) == 1 and not self.adjustments:
            return self.lines[0].adjustments
        return tuple(chain(self.adjustments, *[line.adjustments for line in self.lines]))

    @property
    def every_remark(self) -> tuple[str, ...]:
        """Its remark codes and those of its lines."""
        if len(self.lines) == 1 and not self.remarks:
            return self.lines[0].remarks
        return tuple(chain(self.remarks, *[line.remarks for line in self.lines]))


@attrs.frozen
class ProviderAdjustment:
    """A pair of PLB: a positive `amount` reduces the payment, a negative amount increases it."""

    provider_id: str
    fiscal_date: Date | None
    code: str
    reference: str
    amount: Decimal


@attrs.frozen
class RemittanceEnd:
    """The end of an 835: its PLB pairs, and every sentence that balancing gave; none means that it balances.

    `unreadable` counts the amounts that could not be read, which nobody can accept.

    Lines: SVC02 = SVC03 + CAS; claims: CLP03 = CLP04 + CAS of claim and lines; payment: BPR02 = sum of CLP04 - PLB
    (X221A1, section 1.10.2).
    """

    adjustments: tuple[ProviderAdjustment, ...]
    claims: int
    paid: Decimal
    unbalanced: tuple[str, ...] = ()
    unreadable: int = 0


@attrs.frozen
class Benefit:
    """An EB of a 271: `code` EB01 (1 active, 6 inactive…), `service_types` EB03, `insurance` EB04, `plan` EB05.

    `period` is EB06 (29: remaining), `amount` EB07, `network` EB12 (N: outside of the plan's network). `first_day` and
    `last_day` are its DTP dates, `payer_name` and `payer_id` those of loop 2120C, `reference` REF*18.
    """

    code: str
    service_types: tuple[str, ...] = ()
    insurance: str = ""
    plan: str = ""
    first_day: Date | None = None
    last_day: Date | None = None
    payer_name: str = ""
    payer_id: str = ""
    reference: str = ""
    period: str = ""
    amount: Decimal | None = None
    network: str = ""


@attrs.frozen
class Refusal:
    """An AAA of a 271: `reason` AAA03, `action` AAA04, `level` the loop (2000A, 2100A, 2100B, 2100C)."""

    level: str
    reason: str
    action: str = ""


@attrs.frozen
class EligibilityAnswer:
    """A 271's answer on a subscriber; `trace` is TRN02 of the question.

    `first_day` and `last_day` are the days of the subscriber's eligibility (DTP*307, 346, 347, 356, 357) or the day
    asked about (DTP*291).
    """

    trace: str
    subscriber_id: str = attrs.field(repr=False)
    payer_id: str = ""
    benefits: tuple[Benefit, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    first_day: Date | None = None
    last_day: Date | None = None

    @property
    def active(self) -> bool | None:
        """Whether enrolment is active; None where the answer does not say."""
        codes = {benefit.code for benefit in self.benefits}
        if codes & {"1", "2", "3", "4", "5"}:
            return True
        if codes & {"6", "7", "8"}:
            return False
        return None


@attrs.frozen
class EnteredAnswer:
    """What a person entered of a claim beside payments: a status (`ledger/answers/eob.py`), the payer's number or both.

    `line` is the row's line in the file; each is "" where the row does not have it. `reason` is the payer's.
    """

    line: int
    claim_id: str
    status: str = ""
    payer_control_number: str = ""
    reason: str = ""


Answer = (
    InterchangeAnswer
    | GroupAnswer
    | BatchAnswer
    | ClaimAnswer
    | RemittanceHead
    | ClaimPayment
    | RemittanceEnd
    | EligibilityAnswer
    | EnteredAnswer
)
"""The answers in a transaction set, in order, as `x12/read/answers.py` reads it; the last is of a CSV."""
