"""Coordination of benefits: a payer's answer, on the claim to the next payer.

Pure functions of values: the ledger gives the claims that were answered, `secondary_claims` says what goes on to whom,
and why something does not. The claim forms are 005010X222A1, loops 2320, 2330 and 2430; the answers 005010X221A1.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import attrs

from peerbill import codes
from peerbill.checks.audit import audit_index, audit_of
from peerbill.claims.build import build_claims
from peerbill.claims.parties import ClaimHead, Parties, attachment_of, make_claim, numbered
from peerbill.coding.context import Index, in_force
from peerbill.coding.guard import encounter_fault
from peerbill.coding.payers import add_up, payers_before, prior_payments
from peerbill.coding.prepare import programme_matches
from peerbill.coding.second_service import unmarked
from peerbill.ledger.answers.decisions import is_decision
from peerbill.ledger.answers.payments import is_passed_on
from peerbill.model.claim import (
    Adjustment,
    BillableEncounter,
    BilledEncounter,
    Claim,
    OtherPayer,
    Payer,
    Policyholder,
    PriorPayment,
    SecondService,
    ServiceLine,
    Subscriber,
    form_of,
)
from peerbill.model.encounter import Encounter, fingerprint
from peerbill.model.enrolment import Enrolment
from peerbill.model.errors import PeerbillError
from peerbill.model.finding import Finding, Severity
from peerbill.model.payer_answers import ClaimPayment, LinePayment
from peerbill.model.people import Coverage, rank_of
from peerbill.model.plural import counted
from peerbill.model.records import Records
from peerbill.model.sent_claim import SentClaim
from peerbill.model.waiver import Waiver
from peerbill.policy import Policies
from peerbill.x12.rules837 import claim_problems
from peerbill.x12.rules837p import late_fields, policyholder_of, unbalanced

Date = dt.date

DUPLICATE = "18"


def shared_members(records: Records) -> frozenset[str]:
    """Return the members whom more than one payer covers: only their claims may be sent to a next payer."""
    payers: dict[str, set[str]] = defaultdict(set)
    for row in records.coverage:
        payers[row.member_id].add(row.payer)
    return frozenset(member for member, several in payers.items() if len(several) > 1)


@attrs.frozen
class NotSent:
    """A claim of which something is left for the next payer, why it is not sent there, and what to do.

    `payer` is "" where it is not known who is next. `why` has no capital and no full stop; `fix` is a sentence.
    """

    claim_id: str
    payer: str
    why: str
    fix: str

    @property
    def told(self) -> str:
        """The message of it, wherever it is shown: to whom it was not sent, and why."""
        return f"not sent to {self.payer or 'the next payer'}: {self.why}"


def secondary_claims(
    answered: Sequence[SentClaim],
    records: Records,
    policies: Policies,
    as_of: Date,
    claim_ids: Iterator[str],
    history: Sequence[BilledEncounter] = (),
    eligibility: Sequence[Enrolment] = (),
    index: Index | None = None,
    waivers: Sequence[Waiver] = (),
) -> tuple[tuple[Claim, ...], tuple[NotSent, ...]]:
    """Return the claims that go to the next payer, and those that should but are not sent.

    A claim goes on where its payer left something to the patient (PR) or denied a whole line, and a payer with a policy
    is ranked after it on the days of service. Its encounters are audited as those of a first claim to that payer are,
    beside what the ledger holds (`history`) and what was answered on enrolment. It repeats lines, units and charges;
    where the next payer's policy gives other codes or units, or its checks hold an encounter, the claim is listed as
    not sent. Only a written claim takes an id. `index` is that of an audit of the records, where there is one; without
    it, `waivers` are those of the audit trail.
    """
    going = [claim for claim in answered if not claim.followed]
    if not going:
        return (), ()
    work = NextClaims(answered, records, policies, as_of, history, eligibility, index, waivers)
    claims: list[Claim] = []
    not_sent: list[NotSent] = []
    for outcome in work.next_claims(sorted(going, key=lambda one: (one.payer, one.member_id, one.claim_id))).values():
        if isinstance(outcome, NotSent):
            not_sent.append(outcome)
        elif outcome is not None:
            claims.append(numbered(outcome, next(claim_ids)))
    return tuple(claims), tuple(not_sent)


def claims_to_send(
    billable: Sequence[BillableEncounter],
    answered: Sequence[SentClaim],
    records: Records,
    policies: Policies,
    as_of: Date,
    history: Sequence[BilledEncounter],
    claim_ids: Iterator[str],
    eligibility: Sequence[Enrolment] = (),
    waivers: Sequence[Waiver] = (),
) -> tuple[tuple[Claim, ...], tuple[NotSent, ...]]:
    """Return a batch's claims: those of encounters that passed the audit, then those that go on to the next payer.

    `answered` are the ledger's claims for `shared_members`, `history` what it holds, `eligibility` what was answered on
    enrolment, `waivers` those of the audit trail; see `build_claims` and `secondary_claims`. Claims to first payers
    count before claims to next payers.
    """
    first = build_claims(billable, records, claim_ids, history)
    if all(claim.followed for claim in answered):
        return first, ()
    on, not_sent = secondary_claims(
        answered,
        records,
        policies,
        as_of,
        claim_ids,
        (*history, *map(as_sent, billable)),
        eligibility,
        waivers=waivers,
    )
    return first + on, not_sent


def as_sent(one: BillableEncounter) -> BilledEncounter:
    """Return an encounter that is about to be billed as the ledger will hold it."""
    encounter = one.encounter
    if encounter.start is None or encounter.end is None:
        raise PeerbillError(f"encounter {encounter.encounter_id} has no start or no end; only audited ones are billed")
    return BilledEncounter(
        encounter_id=encounter.encounter_id,
        fingerprint=fingerprint(encounter),
        payer=one.payer,
        programme=one.programme,
        member_id=encounter.member_id,
        staff_id=encounter.staff_id,
        rendering_id=one.rendering_id,
        service=encounter.service,
        start=encounter.start,
        end=encounter.end,
        place=encounter.place,
        hcpcs=one.hcpcs,
        modifiers=one.modifiers,
        minutes=one.minutes,
        units=one.units,
        unit_minutes=one.unit_minutes,
        charge=one.unit_charge * one.units,
        authorization=one.authorization,
    )


# --- one payer's answer ----------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class _Sum:
    """The sums of the answers to a line, or to a claim without lines."""

    charge: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    triplets: list[Adjustment] = attrs.field(factory=list)
    last: LinePayment | None = None

    def add(self, one: ClaimPayment | LinePayment) -> None:
        self.charge += one.charge
        self.paid += one.paid
        self.triplets += one.adjustments


def other_payer(
    claim: SentClaim, payer: Payer, subscriber: Subscriber, policyholder: Policyholder | None = None
) -> tuple[OtherPayer, dict[str, PriorPayment]] | str:
    """Return loops 2320 and 2330 for a payer that answered, and its 2430 by line id; or why they cannot be made.

    Reversals (CLP02 22) are netted with what they take back, by group and reason. Where the answer has no lines, the
    dictionary is empty and the adjustments are the claim's.
    """
    payments = _answers(claim)
    standing = [payment for payment in payments if not payment.is_reversal]
    whole = _Sum()
    for payment in payments:
        whole.add(payment)
    if not standing or claim.paid_on is None or not (whole.charge or whole.paid or add_up(whole.triplets)):
        return f"the answer of {payer.key} was taken back, and no other has come"
    lines = _line_sums(claim, payments)
    if isinstance(lines, str):
        return lines
    adjustments = add_up(whole.triplets)
    charge = sum((line.charge for line in claim.lines), Decimal(0))
    settled = sum((line_sum.paid for line_sum in lines.values()), Decimal(0)) if lines else charge
    if unbalanced(settled, whole.paid, adjustments):
        return f"the answer of {payer.key} does not balance: payments and adjustments are not the claim's charge"
    if whole.paid < 0 or any(line_sum.paid < 0 for line_sum in lines.values()):
        return f"{payer.key} has taken back more than it paid"
    prior: dict[str, PriorPayment] = {}
    for number, line in enumerate(claim.lines if lines else (), start=1):
        prior_payment = _prior_payment(line, lines[line.line_id], payer, claim.paid_on)
        if prior_payment is None or unbalanced(line.charge, prior_payment.paid, prior_payment.adjustments):
            return f"the answer of {payer.key} to line {number} does not balance, or pays part of a unit"
        prior[line.line_id] = prior_payment
    owed = sum((adjustment.amount for adjustment in adjustments if adjustment.group == "PR"), Decimal(0))
    numbers = [payment.payer_control_number for payment in standing if payment.payer_control_number]
    numbers = [
        payment.payer_control_number for payment in standing if payment.payer_control_number and payment.paid > 0
    ] or numbers
    made_of_claim = OtherPayer(
        name=payer.name,
        id=payer.id,
        subscriber=subscriber,
        paid=whole.paid,
        paid_on=claim.paid_on,
        claim_filing=payer.claim_filing,
        # X12 RFI 1517: the claim has the patient's share only where the lines do not.
        owed=owed if owed > 0 and not lines else None,
        adjustments=adjustments,
        payer_control_number=numbers[-1] if numbers else "",
        policyholder=policyholder,
    )
    return made_of_claim, prior


def _answers(claim: SentClaim) -> Sequence[ClaimPayment]:
    """Return the decisions, without those that a reversal took back of which only one of the two names lines.

    Their sums by line and by claim would never agree; other reversals are netted line by line.
    """
    answers = [payment for payment in claim.payments if is_decision(payment.status, payment.charge, payment.paid)]
    for reversal in [answer for answer in answers if answer.is_reversal]:
        taken = [
            answer
            for answer in answers
            if not answer.is_reversal
            and (answer.charge, answer.paid) == (-reversal.charge, -reversal.paid)
            and bool(answer.lines) != bool(reversal.lines)
        ]
        same = [answer for answer in taken if answer.payer_control_number == reversal.payer_control_number]
        if taken:
            gone = (same or taken)[0]
            answers = [answer for answer in answers if answer is not reversal and answer is not gone]
    return answers


def _passed_on_by(payment: ClaimPayment) -> str:
    """Return where a payment says that its payer passed the claim on itself."""
    if codes.is_forwarded(payment.status):
        return f"CLP02 {payment.status}"
    remarks = [code for code in payment.every_remark if codes.is_forwarded("", (), [code])]
    reasons = [
        adjustment.reason for adjustment in payment.every_adjustment if codes.is_forwarded("", [adjustment.reason])
    ]
    codes_sent = [*(f"remark {code}" for code in remarks), *(f"reason {code}" for code in reasons)]
    return ", ".join(dict.fromkeys(codes_sent)) or "NM1*TT"


def _lacks(claim: SentClaim, answers: Iterable[tuple[Decimal, Sequence[Adjustment]]]) -> str:
    """Return the code by which the payer says that it could not decide on a claim or a line, "" where it could."""
    for paid, adjustments in answers:
        for adjustment in adjustments:
            if not paid and adjustment.amount > 0 and codes.is_incomplete(adjustment.reason):
                return f"CARC {adjustment.reason}"
    standing = [answer for answer in _answers(claim) if not answer.is_reversal]
    remarks = [code for answer in standing[-1:] if not answer.paid for code in answer.every_remark]
    return next((f"remark {code}" for code in remarks if (remark := codes.rarc(code)) and remark.again == "new"), "")


def _something_is_left(claim: SentClaim) -> bool:
    """Return whether the answers, netted, took anything off that is neither the contract's nor a prior payer's."""
    payments = _answers(claim)
    of_lines = [adjustment for payment in payments for line in payment.lines for adjustment in line.adjustments]
    adjustments = add_up([adjustment for payment in payments for adjustment in payment.adjustments] + of_lines)
    nothing = {codes.CONTRACT, codes.PRIOR_PAYER}
    return any(
        adjustment.amount > 0 and codes.adjustment_effect(adjustment.group, adjustment.reason) not in nothing
        for adjustment in adjustments
    )


def _line_sums(claim: SentClaim, payments: Iterable[ClaimPayment]) -> dict[str, _Sum] | str:
    sums: dict[str, _Sum] = defaultdict(_Sum)
    for payment in payments:
        for line_payment in payment.lines:
            line_id = _line_id(claim, line_payment)
            if not line_id:
                return "a line of the remittance is none of the claim's, or of several"
            line_sum = sums[line_id]
            line_sum.add(line_payment)
            if not payment.is_reversal:
                line_sum.last = line_payment
    silent = [number for number, line in enumerate(claim.lines, start=1) if line.line_id not in sums]
    if sums and silent:
        return f"the remittance does not tell of line {silent[0]}"
    return dict(sums)


def _line_id(claim: SentClaim, line_payment: LinePayment) -> str:
    """Return the line that an answer is of: by its id, else the only one of that day, code and modifiers."""
    if line_payment.line_id:
        return line_payment.line_id if any(line.line_id == line_payment.line_id for line in claim.lines) else ""
    hcpcs, modifiers = (
        line_payment.sent_hcpcs or line_payment.hcpcs,
        line_payment.sent_modifiers if line_payment.sent_hcpcs else line_payment.modifiers,
    )
    fits = [
        line.line_id
        for line in claim.lines
        if line.hcpcs == hcpcs
        and sorted(line.modifiers) == sorted(modifiers)
        and line_payment.service_date in (None, line.service_date)
    ]
    return fits[0] if len(fits) == 1 else ""


def _prior_payment(line: ServiceLine, line_sum: _Sum, payer: Payer, paid_on: Date) -> PriorPayment | None:
    last = line_sum.last
    if last is None:
        return None
    units = last.units
    if not units and (units is not None or not line_sum.paid):
        # SVD05 is paid units; clearinghouses refuse 0, so a line of which none was paid has the billed units.
        units = Decimal(line.units)
    elif units is None:
        units = Decimal(1)  # X221A1, SVC05: without units, it is 1 unit
    if units != units.to_integral_value() or units < 0 or line_sum.charge != line.charge:
        return None
    return PriorPayment(
        payer.id,
        line_sum.paid,
        last.hcpcs or line.hcpcs,
        last.modifiers,
        int(units),
        paid_on,
        add_up(line_sum.triplets),
    )


def is_left(paid: Decimal, adjustments: Iterable[Adjustment]) -> bool:
    """Return whether a payer left something for the next: an amount of the patient's, or all of it, if it was denied.

    What it takes off under its contract, or denies in part under another group than PR, is the provider's loss; what a
    payer before it decided is told by that one.
    """
    reasons = [adjustment for adjustment in adjustments if adjustment.amount > 0]
    if any(reason.group == "PR" for reason in reasons):
        return True
    return not paid and any(not codes.adjustment_effect(reason.group, reason.reason) for reason in reasons)


# --- the claim to the next payer -------------------------------------------------------------------------------------


class _StopError(Exception):
    """The claim does not go on: why, and what to do."""

    def __init__(self, why: str, fix: str) -> None:
        super().__init__(why)
        self.why = why
        self.fix = fix


_AGAIN = "bill then sends it"
_IN_PORTAL = "Bill cannot send it: enter it in that payer's portal."


@attrs.frozen
class _Going:
    """A claim on its way: the next payer's coverage, the payers before by key, and what they did by line number."""

    claim: SentClaim
    coverage: Coverage
    others: Mapping[str, OtherPayer]
    prior: Mapping[int, list[PriorPayment]]
    encounters: tuple[Encounter, ...]


class NextClaims:
    """Makes the claims to the next payer; whatever they share is worked out once."""

    def __init__(
        self,
        answered: Iterable[SentClaim],
        records: Records,
        policies: Policies,
        as_of: Date,
        history: Sequence[BilledEncounter] = (),
        eligibility: Sequence[Enrolment] = (),
        index: Index | None = None,
        waivers: Sequence[Waiver] = (),
    ) -> None:
        """Take what the ledger knows of the members; an earlier claim is found by its id, or by what it replaced."""
        self.records = records
        self.policies = policies
        self.as_of = as_of
        self.history = history
        self.eligibility = eligibility
        self._index = index
        self.waivers = waivers
        self.parties = Parties.of(records)
        self.coverage = {
            member_id: sorted(rows, key=lambda row: (rank_of(row), row.from_ or dt.date.min, row.payer, str(row)))
            for member_id, rows in self.parties.coverage.items()
        }
        self.by_id = {id_: claim for claim in answered for id_ in (*claim.before, claim.claim_id)}
        self.encounters = {coded.encounter_id: coded for coded in records.encounters}

    @property
    def index(self) -> Index:
        """The tables of the workspace, as an audit looks them up."""
        if self._index is None:
            self._index = audit_index(
                self.records, self.policies, self.as_of, (), self.eligibility, waivers=self.waivers
            )
        return self._index

    def next_claims(self, claims: Iterable[SentClaim]) -> dict[str, Claim | NotSent | None]:
        """Return by claim id the claim to the next payer, or why it was not made; None where none is due.

        The encounters of all claims to a next payer are audited together.
        """
        outcomes: dict[str, Claim | NotSent | None] = {}
        going: dict[str, list[_Going]] = defaultdict(list)
        for claim in claims:
            outcome = self._going(claim)
            if isinstance(outcome, _Going):
                going[outcome.coverage.payer].append(outcome)
            outcomes[claim.claim_id] = None if isinstance(outcome, _Going) else outcome
        for payer, next_claims_of_payer in sorted(going.items()):
            work = _Audited.of(self, payer, next_claims_of_payer)
            for next_claim in next_claims_of_payer:
                outcomes[next_claim.claim.claim_id] = self._made(next_claim, work)
        return outcomes

    def _going(self, claim: SentClaim) -> _Going | NotSent | None:
        if not _something_is_left(claim):
            return None
        coverage = None
        try:
            coverage = self._next_coverage(claim)
            return None if coverage is None else self._on_its_way(claim, coverage)
        except _StopError as stop:
            return NotSent(claim.claim_id, coverage.payer if coverage is not None else "", stop.why, stop.fix)

    def _next_coverage(self, claim: SentClaim) -> Coverage | None:
        """Return the member's coverage by the next payer with a policy on all days of the claim."""
        rows = {self._next_on(claim, line.service_date) for line in claim.lines}
        if len(rows) > 1:
            raise _StopError(
                "the next payer is not the same on all days of the claim",
                "bill cannot divide it: bill each payer's days in its portal.",
            )
        return rows.pop() if rows else None

    def _next_on(self, claim: SentClaim, day: Date) -> Coverage | None:
        rows = [row for row in self.coverage.get(claim.member_id, ()) if row.from_ is not None and in_force(row, day)]
        own = next((row for row in rows if row.payer == claim.payer), None)
        if own is None:
            raise _StopError(
                f"coverage has no row for {claim.payer} on {day}, so that it is not known who is next",
                f"Enter the coverage of that day; {_AGAIN}.",
            )
        payers = self.records.settings.payers
        after = [
            row for row in rows if rank_of(row) > rank_of(own) and row.payer != claim.payer and row.payer in payers
        ]
        return next((row for row in after if payers[row.payer].policy), None)

    def _on_its_way(self, claim: SentClaim, coverage: Coverage) -> _Going | None:
        others, prior = self._before(claim, coverage)
        latest = others[claim.payer]
        answers = [
            (answer.paid, answer.adjustments)
            for line in prior.values()
            for answer in line
            if answer.payer_id == latest.id
        ] or [(latest.paid, latest.adjustments)]
        if any(
            not paid and any(adjustment.reason == DUPLICATE for adjustment in adjusted) for paid, adjusted in answers
        ):
            raise _StopError(
                f"{claim.payer} denied it as a duplicate (CARC 18)",
                f"Look for the claim that it repeats: the answer to that one counts for {coverage.payer}.",
            )
        lacking = _lacks(claim, answers)
        if lacking:
            raise _StopError(
                f"{claim.payer} wants it corrected first: it lacks information or has an error ({lacking})",
                f"Correct it and send it to {claim.payer} again (peerbill replace): the answer to that counts for "
                f"{coverage.payer}.",
            )
        if not any(is_left(paid, adjusted) for paid, adjusted in [*answers, (latest.paid, latest.adjustments)]):
            return None
        late = max((other.paid_on for other in others.values()), default=self.as_of)
        if late > self.as_of:
            who = next(key for key, other in others.items() if other.paid_on == late)
            raise _StopError(
                f"the remittance of {who} is dated {late}, after the bill date {self.as_of}",
                "Run bill on or after that day.",
            )
        policy = self.records.settings.payers[coverage.payer].policy
        encounters = []
        for id_ in (id_ for line in claim.lines for id_ in line.encounter_ids):
            encounter = self.encounters.get(id_)
            if encounter is None:
                raise _StopError(f"encounter {id_} is no longer in encounters", f"Put its row back; {_AGAIN}.")
            fits = any(programme_matches(encounter.programme, pattern) for pattern in policy)
            programme = encounter.programme if fits else ""
            encounters.append(attrs.evolve(encounter, payer=coverage.payer, programme=programme))
        return _Going(claim, coverage, others, prior, tuple(encounters))

    def _before(
        self, claim: SentClaim, coverage: Coverage
    ) -> tuple[dict[str, OtherPayer], dict[int, list[PriorPayment]]]:
        """Return what the payers before answered: this claim's, and those before it."""
        chain: dict[str, SentClaim] = {}
        link: SentClaim | None = claim
        while link is not None and link.payer not in chain:
            chain[link.payer] = link
            link = self.by_id.get(link.follows)
        rows = self.coverage[claim.member_id]
        return _Answers(self.parties, chain, claim.lines).of(
            payers_before(rows, coverage, claim.lines[0].service_date), coverage
        )

    def _made(self, next_claim: _Going, work: "_Audited") -> Claim | NotSent:
        try:
            return self._claim(next_claim, work)
        except _StopError as stop:
            return NotSent(next_claim.claim.claim_id, next_claim.coverage.payer, stop.why, stop.fix)

    def _claim(self, next_claim: _Going, work: "_Audited") -> Claim:
        claim, coverage, payer = next_claim.claim, next_claim.coverage, next_claim.coverage.payer
        by_line = [[work.passed(id_) for id_ in line.encounter_ids] for line in claim.lines]
        encounters = [encounter for line in by_line for encounter in line]
        _alike(encounters, payer)
        lines = []
        for number, (line, own) in enumerate(zip(claim.lines, by_line, strict=True), start=1):
            marks = [self.records.settings.payers[key].second_service for key in (claim.payer, payer)]
            _same_service(number, line, own, payer, marks)
            sent = line.as_sent(tuple(next_claim.prior.get(number, ())))
            lines.append(attrs.evolve(sent, revenue_code=own[0].revenue_code))
        first = encounters[0]
        said = [late_fields(coded.encounter) for coded in encounters]
        late = next((fields for fields in said if any(fields)), said[0])
        head = ClaimHead(
            payer=payer,
            member_id=claim.member_id,
            coverage=coverage,
            place=claim.place,
            programme=first.programme,
            rendering_id=first.rendering_id,
            supervising_id=first.supervising_id,
            authorization=first.authorization,
            release=all(encounter.release for encounter in encounters),
            admitted_on=claim.admitted_on,
            form=form_of(first),
            facility=claim.facility,
            facility_address=claim.facility_address,
            delay_reason=late[0],
            attachment=attachment_of(*late[1:]),
            site=claim.site,
            bills_as=first.bills_as,
        )
        new_claim = make_claim(
            head,
            lines,
            claim.diagnoses,
            self.parties,
            claim_id="1",
            other_payers=next_claim.others.values(),
            patient_paid=claim.patient_paid,
        )
        new_claim = attrs.evolve(new_claim, follows=claim.claim_id)
        settings = self.records.settings.billing_as(new_claim.bills_as)
        problems = claim_problems(numbered(new_claim, "1"), settings.payers[payer], settings, self.as_of)
        if problems:
            raise _StopError("it cannot be written: " + "; ".join(problems), f"Correct that; {_AGAIN}.")
        return new_claim


@attrs.frozen(eq=False)
class _Audited:
    """What the next payer's checks make of the encounters that go on to it."""

    billable: Mapping[str, BillableEncounter]
    errors: Mapping[str, Finding]

    @classmethod
    def of(cls, work: NextClaims, payer: str, going: Iterable[_Going]) -> "_Audited":
        """Audit the encounters of claims as first claims to the payer are, beside all else that was billed to it."""
        answered: dict[str, Date] = {}
        encounters: dict[str, Encounter] = {}
        errors: dict[str, Finding] = {}
        for next_claim in going:
            day = max(other.paid_on for other in next_claim.others.values())
            for coded in next_claim.encounters:
                answered[coded.encounter_id] = day
                fault = encounter_fault(coded)
                if fault is None:
                    encounters[coded.encounter_id] = coded
                else:
                    errors[coded.encounter_id] = fault
        records = attrs.evolve(work.index.records, encounters=tuple(encounters.values()), rejected=())
        history = tuple(_history_with(payer, work.history, answered))
        result, _ = audit_of(work.index.with_encounters(records, history, answered=answered), work.policies)
        for finding in result.findings:
            if finding.severity is Severity.ERROR:
                for id_ in finding.encounter_ids:
                    errors.setdefault(id_, finding)
        return cls({coded.encounter.encounter_id: coded for coded in result.billable}, errors)

    def passed(self, encounter_id: str) -> BillableEncounter:
        """Return an encounter that nothing holds; stop where something does."""
        coded = self.billable.get(encounter_id)
        if coded is None:
            finding = self.errors[encounter_id]
            raise _StopError(
                f"{finding.code} holds encounter {encounter_id}: {finding.where}: {finding.message}", finding.fix
            )
        return coded


def _history_with(payer: str, history: Iterable[BilledEncounter], going: Collection[str]) -> Iterator[BilledEncounter]:
    """Yield the billed encounters, as billed to a payer where they were billed to it too; without those sent now."""
    history = [row for row in history if row.encounter_id not in going]
    with_it = {row.encounter_id for row in history if row.payer == payer and row.payer_turn > 1}
    for row in history:
        if row.encounter_id not in with_it:
            yield row
        elif row.payer == payer:
            yield attrs.evolve(row, payer_turn=1)


def _alike(encounters: Sequence[BillableEncounter], payer: str) -> None:
    """Stop where the next payer's policy divides the claim into several."""
    first = encounters[0]
    for encounter in encounters[1:]:
        what = (
            "other rendering or supervising providers for some lines"
            if (encounter.rendering_id, encounter.supervising_id) != (first.rendering_id, first.supervising_id)
            else "more than one authorization"
            if encounter.authorization != first.authorization
            else "another form, or another attending provider, for some lines"
            if form_of(encounter) != form_of(first)
            else ""
        )
        if what:
            raise _StopError(f"for {payer} its lines need {what}", _IN_PORTAL)


@attrs.frozen
class _Answers:
    """What the payers before answered, in the ledger (`chain`, by payer) or in the table prior_payments."""

    parties: Parties
    chain: Mapping[str, SentClaim]
    lines: Sequence[ServiceLine]

    def of(
        self, before: Iterable[Coverage], coverage: Coverage
    ) -> tuple[dict[str, OtherPayer], dict[int, list[PriorPayment]]]:
        """Return the payers before by rank, and by line number what each did with the line."""
        others: dict[str, OtherPayer] = {}
        prior: dict[int, list[PriorPayment]] = defaultdict(list)
        for row in before:
            if row.payer in self.chain:
                others[row.payer] = self._from_ledger(self.chain[row.payer], row, prior)
            else:
                others[row.payer] = self._from_table(coverage, row, prior)
        return others, prior

    def _from_ledger(self, link: SentClaim, row: Coverage, prior: Mapping[int, list[PriorPayment]]) -> OtherPayer:
        found = other_payer(link, self.parties.payer(row.payer), self.parties.subscriber(row), policyholder_of(row))
        if isinstance(found, str):
            raise _StopError(
                found, f"Post what {row.payer} answers next, or ask it for a corrected remittance; {_AGAIN}."
            )
        last = [answer for answer in _answers(link) if not answer.is_reversal][-1]
        if is_passed_on(last):
            raise _StopError(
                f"{row.payer} passed the claim on itself ({_passed_on_by(last)})",
                "Wait for the next payer's 835, and post it.",
            )
        other, by_line = found
        by_encounters = {line.encounter_ids: by_line[line.line_id] for line in link.lines if by_line}
        for number, line in enumerate(self.lines, start=1):
            if line.encounter_ids in by_encounters:
                prior[number].append(by_encounters[line.encounter_ids])
        return other

    def _from_table(self, coverage: Coverage, row: Coverage, prior: Mapping[int, list[PriorPayment]]) -> OtherPayer:
        payments: list[PriorPayment] = []
        last = None
        for number, line in enumerate(self.lines, start=1):
            earlier = self.parties.earlier(coverage, line.service_date, line.encounter_ids)
            last = next((earlier_payer for earlier_payer in earlier if earlier_payer.payer == row.payer), None)
            rows = last.answers if last is not None else ()
            payers = [self.parties.payer(row.payer)] if rows else []
            line_payments = prior_payments(rows, payers, line.hcpcs, line.modifiers, line.units)
            if not line_payments:
                raise _StopError(
                    f"what {row.payer}, which is ranked before, did with line {number} is not known",
                    f"Post its 835, or enter what it answered in prior_payments; {_AGAIN}.",
                )
            prior[number] += line_payments
            payments += line_payments
        assert last is not None  # noqa: S101 - a claim has a line
        return self.parties.other_payer(last, payments)


def answers_as_sent(
    chain: Iterable[SentClaim],
    lines: Sequence[ServiceLine],
    coverage: Coverage,
    rows: Iterable[Coverage],
    parties: Parties,
) -> tuple[tuple[OtherPayer, ...], tuple[tuple[PriorPayment, ...], ...]] | str:
    """Return the earlier payers' answers on a claim that was sent: 2320 and 2330, and 2430 by line; or why not.

    `chain` are the claims that it rests on, with the answers that it had; `rows` the member's coverage, also with these
    payers.
    """
    by_payer = {claim.payer: claim for claim in chain}
    payers_told = [
        row
        for row in payers_before(rows, coverage, lines[0].service_date)
        if row.payer in by_payer
        or any(
            earlier_payer.payer == row.payer
            for line in lines
            for earlier_payer in parties.earlier(coverage, line.service_date, line.encounter_ids)
        )
    ]
    try:
        others, prior = _Answers(parties, by_payer, lines).of(payers_told, coverage)
    except _StopError as stop:
        return str(stop)
    return tuple(others.values()), tuple(tuple(prior.get(number, ())) for number in range(1, len(lines) + 1))


def _same_service(
    number: int,
    line: ServiceLine,
    encounters: Sequence[BillableEncounter],
    payer: str,
    marks: Sequence[SecondService | None],
) -> None:
    """Stop where the next payer's policy gives a line another code, other modifiers or other units.

    The claim repeats the first payer's mark of a second service, whatever mark the next payer would have: see `marks`
    of both.
    """
    for encounter in encounters:
        if (encounter.hcpcs, unmarked(encounter.modifiers, *marks)) != (line.hcpcs, unmarked(line.modifiers, *marks)):
            code = ":".join((encounter.hcpcs, *encounter.modifiers))
            raise _StopError(f"line {number}: the policy of {payer} gives {code}, not {_code(line)}", _IN_PORTAL)
    units = sum(item.units for item in encounters)
    if units != line.units:
        raise _StopError(
            f"line {number}: the policy of {payer} gives {counted(units, 'unit')}, not {line.units}", _IN_PORTAL
        )


def _code(line: ServiceLine) -> str:
    return ":".join((line.hcpcs, *line.modifiers))
