"""The values of a report. Amounts are dollars with two decimals, months are YYYY-MM, "" where a day is not known."""

import datetime as dt
from decimal import Decimal

import attrs

Date = dt.date

BUCKETS = ("0-30", "31-60", "61-90", "91-120", "over 120")
"""The ages of open balances, in days."""

GROUPS = ("CO", "PR", "OA", "PI")
"""The groups of adjustments that have a column of their own."""

STEPS = ("service to note", "note to bill", "service to bill", "bill to payment")
"""The times that are measured, in the order of the work."""


@attrs.frozen
class Amounts:
    """What some claims come to.

    `charges` + `transferred` = `payments` + `adjustments` + `written_off` + `balance`, to the cent, for every group of
    claims.

    Attributes:
        claims: how many claims are in force with the first payer, each service counted once.
        charges: what they charge. A claim to a later payer charges nothing anew.
        transferred: what went on from the payer before (above zero), or to the next payer (below zero); over all payers
            it comes to nothing.
        payments: what was paid less what was taken back, also on claims that are no longer in force.
        adjustments: `co` + `pr` + `oa` + `pi` + `other`: what payers took off and nobody has to ask for any more.
        written_off: what the agency gave up.
        balance: `waiting` + `refused` - `credit`, what is open.
        waiting: not decided yet.
        refused: denied or taken back, and neither corrected nor written off.
        credit: paid beyond the charge, or on claims that are no longer in force: it is to go back, or to be explained.

    """

    claims: int
    charges: Decimal
    transferred: Decimal
    payments: Decimal
    adjustments: Decimal
    co: Decimal
    pr: Decimal
    oa: Decimal
    pi: Decimal
    other: Decimal
    written_off: Decimal
    balance: Decimal
    waiting: Decimal
    refused: Decimal
    credit: Decimal


@attrs.frozen
class BalanceRow:
    """What the claims of a month of service to a payer come to; "" stands for every month, or every payer."""

    month: str
    payer: str
    amounts: Amounts


@attrs.frozen
class PaymentRow:
    """What a payer paid on claims in a month, as its remittances are dated."""

    month: str
    payer: str
    payments: int
    paid: Decimal
    taken_back: Decimal
    net: Decimal


@attrs.frozen
class AgingRow:
    """The balance with a payer by age; "" stands for every payer. `amounts` and `claims` are in the order of BUCKETS.

    `since` is what the age is counted from: `service`, the first day of service, or `billed`, the day on which the
    claim was sent. `claims` are those with a balance.
    """

    since: str
    payer: str
    amounts: tuple[Decimal, ...]
    claims: tuple[int, ...]
    balance: Decimal


@attrs.frozen
class Deposit:
    """A remittance, or one that was refused (`posted` is false).

    `amount` = `claims` + `tests` + `apart` + `unmatched` - `plb` + `difference`.

    Attributes:
        item: `R1` in `todo` for a remittance that was refused, or "".
        paid_on: its day, None where it gives none.
        trace: the number of the check or transfer.
        method: how it is paid: ACH, CHK, NON (nothing), "entered by hand", …
        payer: a key of `[payers]`, or the name in the remittance.
        amount: what it pays in all.
        payments: how many of its payments are posted to claims.
        claims: what these come to.
        tests: payments on claims that were sent as tests, which no payer should pay.
        apart: payments that count on no claim of ours, such as the answer of a payer that was not billed.
        unmatched: payments without a claim.
        unmatched_payments: how many.
        plb: what was taken off beside the claims; below zero: added.
        plb_codes: its codes, each with its amount.
        difference: by how much it does not balance, where a person accepted that; all of a refused remittance.
        bank: what the bank should show: nothing for a remittance that pays another organisation, or nothing.
        posted: whether it was posted to the ledger.

    """

    item: str
    paid_on: Date | None
    trace: str
    method: str
    payer: str
    amount: Decimal
    payments: int
    claims: Decimal
    tests: Decimal
    apart: Decimal
    unmatched: Decimal
    unmatched_payments: int
    plb: Decimal
    plb_codes: tuple[tuple[str, Decimal], ...]
    difference: Decimal
    bank: Decimal
    posted: bool


@attrs.frozen
class StaffRow:
    """What a staff member documented in the workspace, and what of it is billed in the ledger.

    Attributes:
        staff_id: "" where the encounters name nobody.
        contacts: encounters; each member of a group is one.
        sessions: the same with each group counted once.
        groups: the sessions that are groups.
        minutes: of the sessions, each counted once.
        units: of the contacts, as far as they are known.
        support: how many contacts gave each kind of support, in the order of the kinds' names; "" is not recorded.
        held: contacts that are held or cannot be read.
        held_share: `held` of `contacts`, in percent with one decimal.
        charges: what the ledger has billed of their encounters to first payers, on claims in force.

    """

    staff_id: str
    contacts: int
    sessions: int
    groups: int
    minutes: int
    units: int
    support: tuple[tuple[str, int], ...]
    held: int
    held_share: Decimal
    charges: Decimal


@attrs.frozen
class DenialRow:
    """What a payer refused in a month for a reason; what was corrected or paid later remains in its month."""

    month: str
    payer: str
    group: str
    reason: str
    meaning: str
    claims: int
    amount: Decimal


@attrs.frozen
class FirstPassRow:
    """What became of the claims that were first sent in a month to a payer, at the first answer that decided.

    `rate` is `paid` of all that were answered, in percent with one decimal; None where none was.
    """

    month: str
    payer: str
    sent: int
    rejected: int
    denied: int
    paid: int
    waiting: int
    rate: Decimal | None


@attrs.frozen
class RejectionRow:
    """How many claims a TA1, 999 or 277CA rejected in a month first, and why in the words of the ledger."""

    month: str
    payer: str
    state: str
    why: str
    claims: int


@attrs.frozen
class DelayRow:
    """How many days a step took: half of the cases took `median` or less, nine of ten `ninetieth` or less.

    `of` is `month` (of service), `payer` or `all`, `key` which.
    """

    of: str
    key: str
    step: str
    cases: int
    median: int
    ninetieth: int


@attrs.frozen
class UnbilledRow:
    """Encounters of the workspace that are not billed, and why; each is in one row, under its first finding.

    Attributes:
        cause: `ready`, `rejected` (the row cannot be read) or `held`.
        code: the check that holds them, or "".
        where: the place of its findings, as `Finding.where`.
        who: who can correct it: peer, supervisor, biller or payer.
        what: the check's requirement, or a phrase.
        payer: a key of `[payers]`, "" where it is not known.
        encounters: how many.
        amount: what they come to where that is known.
        unknown: encounters whose charge is not known.

    """

    cause: str
    code: str
    where: str
    who: str
    what: str
    payer: str
    encounters: int
    amount: Decimal
    unknown: int


@attrs.frozen
class AgencyReport:
    """What `peerbill report` shows of a workspace and its ledger; it has ids of staff, and no data of a member.

    Attributes:
        as_of: the day to which ages are counted.
        organization: the agency's name.
        from_: the first day of the period, None without one.
        to: its last day.
        payers: the keys of `[payers]` that were asked for; () is all.
        ledger: whether there is a ledger.
        tests: claims that were sent as tests, which are in no figure.
        months: the months of service from the first to the last with a claim, none left out.
        balances: by month and payer, by month, by payer, and in all.
        payments: by month of payment and payer.
        aging: by payer and in all, since the day of service and since billing.
        deposits: by day.
        staff: by staff id.
        denials: by month, payer and reason.
        first_pass: by month of sending and payer.
        rejections: by month and payer.
        delays: by month of service, by payer, and in all.
        encounters: of the workspace, in the period.
        billed: those of them that are billed.
        unbilled: the others, most money first.

    """

    as_of: Date
    organization: str
    from_: Date | None
    to: Date | None
    payers: tuple[str, ...]
    ledger: bool
    tests: int
    months: tuple[str, ...]
    balances: tuple[BalanceRow, ...]
    payments: tuple[PaymentRow, ...]
    aging: tuple[AgingRow, ...]
    deposits: tuple[Deposit, ...]
    staff: tuple[StaffRow, ...]
    denials: tuple[DenialRow, ...]
    first_pass: tuple[FirstPassRow, ...]
    rejections: tuple[RejectionRow, ...]
    delays: tuple[DelayRow, ...]
    encounters: int
    billed: int
    unbilled: tuple[UnbilledRow, ...]

    @property
    def total(self) -> Amounts:
        """What all claims come to."""
        return next(row.amounts for row in self.balances if not row.month and not row.payer)
