"""Remittances (835) into the ledger: which claim and line each payment is for, and what becomes of the claim."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice

import attrs
import sqlalchemy as sa

from peerbill.answer import ClaimPayment, LinePayment, RemittanceEnd, RemittanceHead
from peerbill.ledger import counters, tables
from peerbill.ledger.desk import (
    AT_ONCE,
    BY_HAND,
    CLAIMS,
    Desk,
    Row,
    Standing,
    Transaction,
    Unmatched,
    ask_claim,
    by_payer_number,
    claim_key,
    portions,
    reason_words,
    remark_words,
)
from peerbill.ledger.manifest import cents, dollars
from peerbill.ledger.payments import Rows, posted_payments
from peerbill.ledger.settle import PostedClaim, Settled, settle
from peerbill.ledger.states import CORRECTED, GONE, WITHDRAWN, restore
from peerbill.ledger.trail import insert_rows

# --------------------------------------------------------------------------------------------------------------- 835


FORWARDED = frozenset({"19", "20", "21", "23"})
"""CLP02 of a claim that the payer itself passed on to the next one."""

RELEASABLE = frozenset({"denied", "reversed", "written-off"})
"""States in which the encounters of a claim may have been released, to be billed again."""


def post_remittance(desk: Desk, transaction: Transaction) -> str:
    """Post an 835; return why it must not be posted, or ""."""
    answers = transaction.answers
    head = next(answers, None)
    if not isinstance(head, RemittanceHead):
        return "it has no BPR"
    desk.remittance = head
    if _same_trace(desk.connection, head):
        return (
            f"another remittance with the number {head.trace} and the same amount was posted. "
            "Compare the two; ask the payer which one holds"
        )
    if entered := _entered_cents(desk.connection, head):
        return (
            f"${dollars(entered)} of the remittance {head.trace} was entered by hand. Enter the same rows with the "
            "status reversed and their amounts with a minus, then post this file again"
        )
    misdirected = _is_another(head.payee_id, desk.npi)
    # The digest is known at the end: until then the row has a name of its own.
    insert_transaction(desk.connection, transaction, desk.transaction_id, desk.answer_id, f"open {desk.transaction_id}")
    insert_rows(
        desk.connection, tables.remittances, [_remittance_row(desk.transaction_id, head, misdirected=misdirected)]
    )
    remittance = _Remittance(desk, head, counters.last(desk.connection, "payment"))
    end: RemittanceEnd | None = None

    def payments() -> Iterator[ClaimPayment]:
        nonlocal end
        for answer in answers:
            if isinstance(answer, ClaimPayment):
                yield answer
            elif isinstance(answer, RemittanceEnd):
                end = answer

    claims = payments()
    while some := list(islice(claims, AT_ONCE)):
        remittance.post(some)
    if end is None:
        return "it is cut off"
    if end.unbalanced:
        barred = "it does not balance. " + "; ".join(end.unbalanced)
        if not transaction.complete or end.unreadable or not desk.accept_unbalanced:
            return f"{barred}. Ask the payer for a corrected one"
        _accept(desk, head, end)
    remittance.end(end)
    day = f" of {head.paid_on}" if head.paid_on else ""
    if _is_another(head.payee_id, desk.npi):
        desk.posted.notices.append(
            f"remittance {head.trace} names another payee than this organisation: {head.payee_id}, not {desk.npi}. "
            "Make sure that it was sent to you"
        )
    desk.posted.remittances.append(
        f"{head.trace}{day}: ${head.amount:,.2f} for {end.claims:,} {'payment' if end.claims == 1 else 'payments'}"
    )
    return ""


def _accept(desk: Desk, head: RemittanceHead, end: RemittanceEnd) -> None:
    """Record that a person accepts a remittance which does not balance, and by how much it does not."""
    more = head.amount - (end.paid - sum((one.amount for one in end.adjustments), Decimal(0)))
    rows = tables.remittances
    desk.connection.execute(
        sa.update(rows)
        .where(rows.c.transaction_id == desk.transaction_id)
        .values(difference_cents=cents(more), unbalanced="; ".join(end.unbalanced))
    )
    desk.posted.notices.append(
        f"remittance {head.trace} was posted though it does not balance: {'; '.join(end.unbalanced)}. "
        "It is in todo until it is settled"
    )


def repost(desk: Desk, head: RemittanceHead, payment_id: int, payment: ClaimPayment, claim_id: str = "") -> None:
    """Post a payment anew under its number, to the claim where one is given; its rows were taken out before."""
    remittance = _Remittance(desk, head, payment_id - 1)
    remittance.by_hand = claim_id
    remittance.post([payment])


def _is_another(payee_id: str, npi: str) -> bool:
    """Tell whether a payee is told by an NPI, and by another one; the payer's own ids and tax numbers tell nothing."""
    return bool(npi) and len(payee_id) == len("1234567893") and payee_id.isdigit() and payee_id != npi


def _same_trace(connection: sa.Connection, head: RemittanceHead) -> bool:
    if not head.amount or head.method == BY_HAND:
        # Remittances without a payment may share a number, and post no money twice; what was entered by hand was
        # compared payment by payment.
        return False
    known = tables.remittances.c
    return (
        connection.execute(
            sa.select(
                sa.exists().where(
                    known.trace == head.trace,
                    known.originator == head.originator,
                    known.amount_cents == cents(head.amount),
                )
            )
        ).scalar_one()
        is True
    )


def _entered_cents(connection: sa.Connection, head: RemittanceHead) -> int:
    """Return what was entered by hand of a remittance that now comes whole, in cents."""
    if not head.trace or head.method == BY_HAND:
        return 0
    known = tables.remittances.c
    query = sa.select(sa.func.coalesce(sa.func.sum(known.amount_cents), 0))
    paid_on = head.paid_on.isoformat() if head.paid_on else ""
    return int(
        connection.execute(
            query.where(known.trace == head.trace, known.method == BY_HAND, known.paid_on == paid_on)
        ).scalar_one()
    )


def _remittance_row(transaction_id: int, head: RemittanceHead, *, misdirected: bool) -> Row:
    return (
        transaction_id,
        cents(head.amount),
        head.handling,
        head.method,
        head.paid_on.isoformat() if head.paid_on else "",
        head.trace,
        head.originator,
        head.payer_name,
        head.payer_id,
        head.payee_id,
        int(misdirected),
        0,
        "",
    )


@attrs.frozen
class _OurLine:
    """A service line that we sent."""

    number: int
    day: str
    hcpcs: str
    modifiers: str
    charge: int


@attrs.define(eq=False)
class _Remittance:
    """One 835 that is being posted."""

    desk: Desk
    head: RemittanceHead
    payment_id: int
    lines: dict[str, list[_OurLine]] = attrs.field(factory=dict)
    earlier: dict[str, list[PostedClaim]] = attrs.field(factory=dict)
    by_hand: str = ""

    def post(self, payments: Sequence[ClaimPayment]) -> None:
        """Write some payments, and what becomes of their claims."""
        desk = self.desk
        desk.look_up(claim_key(one.claim_id) for one in payments)
        self.load_lines(desk.claims)
        found = [self._given(one) for one in payments] if self.by_hand else _Matching(desk, self, payments).claims()
        matched = [claim.claim_id for claim in found if claim is not None]
        self.load_lines(matched)
        self._load_earlier(matched)
        paid_on = self.head.paid_on.isoformat() if self.head.paid_on else ""
        rows = Rows()
        for payment, claim in zip(payments, found, strict=True):
            self.payment_id += 1
            numbers = self._numbers(claim, payment)
            posted = rows.add(
                self.payment_id,
                desk.transaction_id,
                paid_on,
                payment,
                claim.claim_id if claim else "",
                numbers,
                payer=claim.payer if claim else "",
                forwarded=payment.status in FORWARDED,
            )
            if claim is None:
                continue
            desk.posted.matched += 1
            if 0 in numbers:
                desk.posted.problems.append(
                    f"claim {claim.claim_id}: line {numbers.index(0) + 1} of its payment is none of the lines that "
                    "were sent. Ask the payer what it paid"
                )
            every = self.earlier.setdefault(claim.claim_id, [])
            if not posted.reverses and all(one.reverses or one.paid_on <= paid_on for one in every):
                desk.number(claim, payment.payer_control_number)
            every.append(posted)
            self._settle(claim, payment, settle(every, claim.charge))
        for claim in {one.claim_id: one for one in found if one is not None}.values():
            self._weigh(claim)
        rows.write(desk.connection)
        counters.set_last(desk.connection, "payment", self.payment_id)
        desk.clear()
        self.lines.clear()
        self.earlier.clear()

    def _given(self, payment: ClaimPayment) -> Standing | None:
        """Return the claim to which a person gives a payment."""
        del payment
        self.desk.look_up([self.by_hand])
        return self.desk.claims[self.by_hand]

    def _weigh(self, claim: Standing) -> None:
        """Tell where the payments of a claim do not come to what a claim can be paid."""
        if claim.paid < 0:
            self.desk.posted.problems.append(
                f"claim {claim.claim_id}: ${dollars(-claim.paid)} more was taken back than was paid for it. Post the "
                "remittances that are missing, or ask the payer what it took back"
            )
        # A payer may pay more than is charged; that several payments together do is a second payment of the same.
        elif claim.paid > max(claim.charge, *(one.paid for one in self.earlier[claim.claim_id])):
            self.desk.posted.problems.append(
                f"claim {claim.claim_id}: its payments make ${dollars(claim.paid)}, more than the "
                f"${dollars(claim.charge)} that were billed. Post the remittance that takes one of them back; if there "
                "is none, tell the payer of the overpayment"
            )

    def end(self, end: RemittanceEnd) -> None:
        """Write what was added or taken off beside the claims."""
        desk = self.desk
        rows: list[Row] = []
        for number, one in enumerate(end.adjustments, start=1):
            fiscal = one.fiscal_date.isoformat() if one.fiscal_date else ""
            amount = cents(one.amount)
            rows.append((desk.transaction_id, number, one.provider_id, fiscal, one.code, one.reference, amount))
            way = "taken off" if one.amount >= 0 else "added to"
            said = f"PLB {one.code}: ${dollars(abs(amount))} {way} payment {self.head.trace}"
            desk.posted.transfers.append(f"{said}, reference {one.reference or 'none'}")
            for claim in self._referred(one.reference):
                desk.say(claim, "provider-adjustment", said)
        insert_rows(desk.connection, tables.provider_adjustments, rows)
        desk.flush()

    def _referred(self, reference: str) -> list[Standing]:
        """Return the claims that the reference of a PLB names."""
        if not reference:
            return []
        found = self.desk.lay_out(
            sa.or_(
                CLAIMS.claim_id == claim_key(reference),
                sa.and_(CLAIMS.payer_control_number == reference, CLAIMS.frequency == "1"),
            )
        )
        return found if len(found) == 1 else []

    def load_lines(self, claim_ids: Iterable[str]) -> None:
        """Read the lines of some claims."""
        lines = tables.lines.c
        wanted = [id_ for id_ in dict.fromkeys(claim_ids) if id_ not in self.lines]
        for some in portions(wanted):
            for id_ in some:
                self.lines[id_] = []
            query = sa.select(
                lines.claim_id, lines.number, lines.service_date, lines.hcpcs, lines.modifiers, lines.charge_cents
            ).where(lines.claim_id.in_(some))
            for claim_id, *row in self.desk.connection.execute(query):
                self.lines[claim_id].append(_OurLine(*row))
        for id_ in wanted:
            self.lines[id_].sort(key=lambda line: line.number)

    def _load_earlier(self, claim_ids: Iterable[str]) -> None:
        """Read what was posted before for some claims."""
        wanted = [id_ for id_ in dict.fromkeys(claim_ids) if id_ not in self.earlier]
        for some in portions(wanted):
            self.earlier.update(posted_payments(self.desk.connection, some))

    def _numbers(self, claim: Standing | None, payment: ClaimPayment) -> list[int]:
        """Return for each line of a payment the line of ours that it answers, or 0."""
        if claim is None:
            return [0] * len(payment.lines)
        ours = self.lines.get(claim.claim_id, [])
        used: set[int] = set()
        numbers = []
        for line in payment.lines:
            number = _line_number(ours, line, payment, claim, used)
            used.add(number)
            numbers.append(number)
        return numbers

    def _settle(self, claim: Standing, payment: ClaimPayment, settled: Settled) -> None:
        desk = self.desk
        detail = self._detail(payment)
        desk.pay(claim, cents(payment.paid))
        event = "reversed" if payment.is_reversal else "payment"
        if claim.state == "voided":
            if settled.state == "reversed":
                desk.void(claim, detail)
            else:
                desk.say(claim, event, detail)
                desk.posted.problems.append(
                    f"claim {claim.claim_id} was voided, and is paid now: ask the payer to carry out the void"
                )
        elif claim.state == "replaced" or (
            claim.state == "written-off" and settled.state not in {"paid", "partly-paid"}
        ):
            desk.say(claim, event, detail)
        else:
            if self._was_sent_again(claim, settled):
                desk.posted.problems.append(
                    f"claim {claim.claim_id} was {claim.state}, and is paid now, though what stood on it was sent "
                    "again: void one of the two"
                )
                detail += "; what stood on it was sent again on another claim"
            elif claim.state == WITHDRAWN:
                desk.posted.problems.append(
                    f"claim {claim.claim_id} was withdrawn, and the payer decided on it now: it stands again"
                )
            desk.say(claim, settled.state, detail, settled.state)
            if claim.frequency == "8" and settled.state == "denied":
                desk.posted.problems.append(
                    f"claim {claim.claim_id}, which voids {claim.replaces}, was denied: ask the payer what is missing"
                )

    def _was_sent_again(self, claim: Standing, settled: Settled) -> bool:
        """Let a claim stand again that was rejected, or released; tell whether another claim took what stood on it."""
        if claim.state in GONE:
            return not self.desk.restore(claim)
        if claim.state not in RELEASABLE or settled.state not in {"paid", "partly-paid"}:
            return False
        encounters = tables.encounters.c
        free = sa.exists().where(encounters.claim_id == claim.claim_id, encounters.standing == "free")
        if not self.desk.connection.execute(sa.select(free)).scalar():
            return False
        self.desk.flush()
        return bool(restore(self.desk.connection, [claim.claim_id]))

    def _detail(self, payment: ClaimPayment) -> str:
        amount = f"${dollars(cents(payment.paid))} of ${dollars(cents(payment.charge))}"
        day = f" of {self.head.paid_on}" if self.head.paid_on else ""
        day += f", {BY_HAND}" if self.head.method == BY_HAND else ""
        cuts = chain(payment.adjustments, *(line.adjustments for line in payment.lines))
        reasons = dict.fromkeys((cut.group, cut.reason) for cut in cuts)
        remarks = dict.fromkeys(chain(payment.remarks, *(line.remarks for line in payment.lines)))
        words = "; ".join((*(reason_words(*reason) for reason in reasons), *map(remark_words, remarks)))
        return f"{amount}, {self.head.trace}{day}" + (f": {words}" if words else "")


def _line_number(
    ours: Sequence[_OurLine], line: LinePayment, payment: ClaimPayment, claim: Standing, used: set[int]
) -> int:
    """Return the line of ours that a line of a payment answers, or 0.

    By REF*6R; else by day and code, where several have them by modifiers, then by charge, each line once if it can be.
    """
    if line.line_id:
        sent, _, number = line.line_id.upper().rpartition("-")
        # A void carries the lines of the claim that it voids.
        if sent in (claim.claim_id, claim_key(payment.claim_id)) and any(number == str(one.number) for one in ours):
            return int(number)
    day = line.service_date or payment.first_day
    on = day.isoformat() if day else claim.first_day if claim.first_day == claim.last_day else ""
    hcpcs = (line.sent_hcpcs or line.hcpcs).upper()
    modifiers = sorted(line.sent_modifiers if line.sent_hcpcs else line.modifiers)
    charge = abs(cents(line.charge))
    same = [one for one in ours if one.day == on and one.hcpcs == hcpcs]
    if not same:
        return 0

    def fit(one: _OurLine) -> tuple[bool, bool, bool]:
        # A line that the payer divided keeps its modifiers, though it was answered before and its charge differs.
        alike = sorted(filter(None, one.modifiers.split(":"))) == modifiers
        return alike, one.number not in used, one.charge == charge

    return max(same, key=fit).number


@attrs.define(eq=False)
class _Matching:
    """Finds the claims that some payments are for."""

    desk: Desk
    remittance: _Remittance
    payments: Sequence[ClaimPayment]

    def claims(self) -> list[Standing | None]:
        """Return for each payment its claim, or None, which is told."""
        found: list[Standing | None] = []
        lost = [one for one in self.payments if not self._fits_id(one)]
        others = self._others(lost) if lost else {}
        for payment in self.payments:
            claim = self.desk.claims.get(claim_key(payment.claim_id)) if self._fits_id(payment) else None
            if claim is None:
                claim, why = self._among(payment, others.get(payment.position, []))
                if claim is None:
                    self.desk.posted.unmatched.append(
                        Unmatched(payment.claim_id, why, ask_claim(payment.payer_control_number))
                    )
            found.append(self._voided(self._in_production(claim, payment), payment))
        return found

    def _in_production(self, claim: Standing | None, payment: ClaimPayment) -> Standing | None:
        """Return a claim that can be paid; None for one that was a test, which is told: a payer pays no test."""
        if claim is None or not claim.test:
            return claim
        self.desk.say(claim, "contradicted", f"a payment of ${dollars(cents(payment.paid))} names it, a test")
        why = f"claim {claim.claim_id} was sent in a test file, and no payer pays a test"
        fix = "Ask the payer whether it took the test for a claim; what it paid for a test is to be returned."
        self.desk.posted.unmatched.append(Unmatched(payment.claim_id, why, fix))
        return None

    def _fits_id(self, payment: ClaimPayment) -> bool:
        """Tell whether CLP01 names a claim of ours, and something else agrees with it."""
        claim = self.desk.claims.get(claim_key(payment.claim_id))
        return claim is not None and (abs(cents(payment.charge)) == claim.charge or self._agrees(claim, payment))

    def _agrees(self, claim: Standing, payment: ClaimPayment) -> bool:
        """Tell whether the payer's number, the member and the days, or a line of a payment are those of a claim."""
        if _same_number(claim, payment):
            return True
        if _same_member(claim, payment) and _days(payment) == (claim.first_day, claim.last_day):
            return True
        return self._lines_agree(claim, payment)

    def _lines_agree(self, claim: Standing, payment: ClaimPayment) -> bool:
        """Tell whether every line of a payment has day and code of a line of a claim, and its charge or id.

        A line id alone says no more than CLP01, of which it is made: another agency may give the same.
        """
        ours = self.remittance.lines.get(claim.claim_id, [])
        known: set[tuple[str, str, int | str]] = {(one.day, one.hcpcs, one.charge) for one in ours}
        known |= {(one.day, one.hcpcs, f"{claim.claim_id}-{one.number}") for one in ours}

        def fits(line: LinePayment) -> bool:
            day = line.service_date or payment.first_day
            same = (day.isoformat() if day else "", (line.sent_hcpcs or line.hcpcs).upper())
            return (*same, abs(cents(line.charge))) in known or (*same, line.line_id.upper()) in known

        return bool(payment.lines) and all(map(fits, payment.lines))

    def _others(self, lost: Sequence[ClaimPayment]) -> dict[int, list[Standing]]:
        """Return the claims that payments may be for by line id, payer control number, or member and days."""
        desk = self.desk
        by_line = {
            one.position: {claim_key(line.line_id.rpartition("-")[0]) for line in one.lines} - {""} for one in lost
        }
        desk.look_up(chain.from_iterable(by_line.values()))
        by_number = by_payer_number(desk, {one.payer_control_number for one in lost} - {""})
        by_member: dict[str, list[Standing]] = {}
        members = {one.subscriber_id.upper() for one in lost} - {""}
        for some in portions(sorted(members)):
            for claim in desk.lay_out(sa.func.upper(CLAIMS.subscriber_id).in_(some)):
                by_member.setdefault(claim.subscriber_id.upper(), []).append(claim)
        found: dict[int, list[Standing]] = {}
        for one in lost:
            named = [desk.claims[id_] for id_ in sorted(by_line[one.position]) if id_ in desk.claims]
            named += [claim for claim in by_number.get(one.payer_control_number, []) if _same_number(claim, one)]
            charge = abs(cents(one.charge))
            for claim in by_member.get(one.subscriber_id.upper(), []):
                if claim.charge == charge and _days(one) == (claim.first_day, claim.last_day):
                    named.append(claim)
            found[one.position] = list({claim.claim_id: claim for claim in named}.values())
        self.remittance.load_lines(claim.claim_id for named in found.values() for claim in named)
        return found

    def _among(self, payment: ClaimPayment, candidates: Sequence[Standing]) -> tuple[Standing | None, str]:
        """Return the one claim among several that a payment is for; else why none."""
        charge = abs(cents(payment.charge))
        # A test and the claim that followed it in production say the same.
        candidates = [one for one in candidates if not one.test] or candidates
        fitting = [one for one in candidates if one.charge == charge and self._agrees(one, payment)]
        # A payer may divide a claim: its lines tell then.
        fitting = fitting or [one for one in candidates if self._lines_agree(one, payment)]
        # A claim and its corrections share the payer's number: a reversal takes back the one that was corrected.
        corrected = [claim for claim in fitting if claim.state in CORRECTED]
        standing = [claim for claim in fitting if claim.state not in CORRECTED | GONE and claim.frequency != "8"]
        preferred = (corrected or standing) if payment.is_reversal else (standing or corrected)
        fitting = preferred or fitting
        if len(fitting) == 1:
            return fitting[0], ""
        if fitting:
            return None, f"several claims could be meant: {', '.join(claim.claim_id for claim in fitting)}"
        known = self.desk.claims.get(claim_key(payment.claim_id))
        if known is not None:
            return None, (
                f"the remittance has ${dollars(charge)} as its charge, the claim of this number "
                f"${dollars(known.charge)}, and neither payer control number, lines nor member and days agree"
            )
        return (
            None,
            "no claim of this ledger has this number, this payer control number, or these member, days and charge",
        )

    def _voided(self, claim: Standing | None, payment: ClaimPayment) -> Standing | None:
        """Return the claim whose payment is taken back where a void is answered; the void was carried out then."""
        if claim is None or claim.frequency != "8" or not (payment.is_reversal or payment.paid < 0):
            return claim
        self.desk.look_up([claim.replaces])
        original = self.desk.claims.get(claim.replaces)
        if original is None:
            return claim
        self.desk.say(claim, "void-confirmed", f"{claim.replaces} was taken back", _accepted(claim.state))
        return original


def _same_number(claim: Standing, payment: ClaimPayment) -> bool:
    """Tell whether the payer's number agrees, and, since payers count each for itself, the member or the days do."""
    return (
        bool(payment.payer_control_number)
        and payment.payer_control_number == claim.payer_control_number
        and (
            not payment.subscriber_id
            or _same_member(claim, payment)
            or _days(payment) == (claim.first_day, claim.last_day)
        )
    )


def _same_member(claim: Standing, payment: ClaimPayment) -> bool:
    return bool(payment.subscriber_id) and payment.subscriber_id.upper() == claim.subscriber_id.upper()


def _accepted(state: str) -> str:
    return "accepted" if state == "written" else state


def _days(payment: ClaimPayment) -> tuple[str, str]:
    """Return the first and the last day of a payment, "" where it gives none."""
    days = [line.service_date for line in payment.lines if line.service_date is not None]
    days += [day for day in (payment.first_day, payment.last_day) if day is not None]
    return (min(days).isoformat(), max(days).isoformat()) if days else ("", "")


def insert_transaction(
    connection: sa.Connection, transaction: Transaction, transaction_id: int, answer_id: int, key: str
) -> None:
    """Write the row of a transaction set; `key` tells it when it comes again."""
    envelope = transaction.envelope
    row = (transaction_id, answer_id, transaction.kind, key, envelope.sender, envelope.isa13, envelope.st02)
    insert_rows(connection, tables.transactions, [row])
