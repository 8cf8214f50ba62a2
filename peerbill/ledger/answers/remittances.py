"""Remittances (835) into the ledger: which claim and line each payment is for, and what becomes of the claim."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import islice

import attrs
import sqlalchemy as sa

from peerbill import codes
from peerbill.ledger.answers.decisions import DENIED, Meaning, PostedClaim, is_decision, meaning
from peerbill.ledger.answers.matching import Match, Matcher, OurLine, is_misdirected, plain
from peerbill.ledger.answers.payments import PaymentContent, Rows, content_of, posted_payments
from peerbill.ledger.answers.session import (
    AT_ONCE,
    BY_HAND,
    CLAIMS,
    LedgerClaim,
    PostingSession,
    Row,
    Unmatched,
    ask_claim,
    claim_key,
    provider_adjustment_words,
    reason_words,
    remark_words,
)
from peerbill.ledger.answers.tally import Left, Tally
from peerbill.ledger.states import GONE, restore
from peerbill.ledger.store import counters, tables
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.rows import insert_rows, update
from peerbill.model.claim_state import ClaimState, Frequency, Standing
from peerbill.model.money import cents, dollars, printed
from peerbill.model.payer_answers import REVERSAL, ClaimPayment, LinePayment, RemittanceEnd, RemittanceHead
from peerbill.model.plural import counted, named
from peerbill.x12.read.answers import Transaction

_MOST_NAMED = 10
_FEW = 5

# --------------------------------------------------------------------------------------------------------------- 835


RELEASABLE = frozenset({ClaimState.DENIED, ClaimState.REVERSED, ClaimState.WRITTEN_OFF})
"""States in which the encounters of a claim may have been released, to be billed again."""


def post_remittance(session: PostingSession, transaction: Transaction) -> str:
    """Post an 835; return why it must not be posted, or ""."""
    answers = transaction.answers
    head = next(answers, None)
    if not isinstance(head, RemittanceHead):
        return "it has no BPR"
    session.remittance = head
    if _same_trace(session.connection, head):
        same = f"with the number {head.trace} and the same amount"
        if not head.trace:
            same = f"{head.number}, of the same day and amount,"
        return f"another remittance {same} was posted. Compare the two; ask the payer which one holds"
    if entered := _entered_cents(session.connection, head):
        return (
            f"{printed(dollars(entered))} of the remittance {head.trace} was entered by hand. Enter the same rows "
            "with the status reversed and their amounts with a minus, then post this file again"
        )
    misdirected = is_misdirected(head.payee_id, session.npis)
    # The digest is known at the end: until then the row has a name of its own.
    insert_transaction(
        session.connection, transaction, session.transaction_id, session.answer_id, f"open {session.transaction_id}"
    )
    insert_rows(
        session.connection, tables.remittances, [_remittance_row(session.transaction_id, head, misdirected=misdirected)]
    )
    matcher = Matcher(session, head, misdirected)
    remittance = _Remittance(session, head, counters.last(session.connection, "payment"), matcher)
    remittance.in_production = transaction.envelope.usage == "P"
    end: RemittanceEnd | None = None

    def payments() -> Iterator[ClaimPayment]:
        nonlocal end
        for answer in answers:
            if isinstance(answer, ClaimPayment):
                yield answer
            elif isinstance(answer, RemittanceEnd):
                end = answer

    claims = payments()
    while portion := list(islice(claims, AT_ONCE)):
        remittance.post(portion)
    if end is None:
        return "it is cut off"
    if end.unbalanced:
        barred = "it does not balance. " + "; ".join(end.unbalanced)
        if not transaction.complete or end.unreadable or not session.accept_unbalanced:
            return f"{barred}. Ask the payer for a corrected one"
        _accept(session, head, end)
    if remittance.fraction:
        return f"{remittance.fraction}, a fraction of a cent. Ask the payer for a corrected one"
    remittance.end(end)
    day = f" of {head.paid_on}" if head.paid_on else ""
    if misdirected:
        ours = ", ".join(sorted(session.npis))
        session.posted.problems.append(
            f"remittance {head.number} pays another organisation: NPI {head.payee_id}, not {ours}. Nothing of "
            "it was posted to a claim: pass it on, or correct npi in peerbill.toml"
        )
    if head.amount and not head.trace:
        session.posted.notices.append(
            f"the remittance of {printed(head.amount)}{day} has no number (TRN02): if the payer sends it again in "
            "another form, peerbill cannot recognize it. Compare the amount with your bank statement"
        )
    session.posted.remittances.append(
        f"{head.trace or 'no number'}{day}: {printed(head.amount)} for {counted(end.claims, 'payment')}"
    )
    return ""


def _accept(session: PostingSession, head: RemittanceHead, end: RemittanceEnd) -> None:
    """Record that a person accepts a remittance which does not balance, and by how much it does not."""
    more = head.amount - (end.paid - sum((adjustment.amount for adjustment in end.adjustments), Decimal(0)))
    remittances = tables.remittances
    values = {"difference_cents": cents(more), "unbalanced": "; ".join(end.unbalanced)}
    update(session.connection, remittances, values, remittances.c.transaction_id == session.transaction_id)
    session.posted.notices.append(
        f"remittance {head.number} was posted though it does not balance: {'; '.join(end.unbalanced)}. "
        "It is in todo until it is settled"
    )


def repost(
    session: PostingSession,
    head: RemittanceHead,
    payment_id: int,
    payment: ClaimPayment,
    claim_id: str = "",
    *,
    misdirected: bool = False,
) -> None:
    """Post a payment anew under its number, to `claim` if it is given; its rows were removed before.

    `misdirected`: it was somebody else's when it came, which holds where our NPI is not known now.
    """
    others = is_misdirected(head.payee_id, session.npis) if session.npis else misdirected
    remittance = _Remittance(session, head, payment_id - 1, Matcher(session, head, others))
    remittance.by_hand = claim_id
    remittance.post([payment])


def _same_trace(connection: sa.Connection, head: RemittanceHead) -> bool:
    if not head.amount or head.method == BY_HAND:
        # Remittances without a payment may share a number, and post no money twice; what was entered by hand was
        # compared payment by payment.
        return False
    remittances = tables.remittances.c
    same = sa.and_(
        remittances.trace == head.trace,
        remittances.originator == head.originator,
        remittances.amount_cents == cents(head.amount),
    )
    if not head.trace:
        # Without a number, payments of the same amount on two days are two payments.
        same &= remittances.paid_on == _paid_on(head)
    return bool(connection.execute(sa.select(sa.exists().where(same))).scalar_one())


def _entered_cents(connection: sa.Connection, head: RemittanceHead) -> int:
    """Return what was entered by hand of a remittance that now comes whole, in cents."""
    if not head.trace or head.method == BY_HAND:
        return 0
    remittances = tables.remittances.c
    query = sa.select(sa.func.coalesce(sa.func.sum(remittances.amount_cents), 0))
    return int(
        connection.execute(
            query.where(
                remittances.trace == head.trace, remittances.method == BY_HAND, remittances.paid_on == _paid_on(head)
            )
        ).scalar_one()
    )


def _paid_on(head: RemittanceHead) -> str:
    return head.paid_on.isoformat() if head.paid_on else ""


def _remittance_row(transaction_id: int, head: RemittanceHead, *, misdirected: bool) -> Row:
    return (
        transaction_id,
        cents(head.amount),
        head.handling,
        head.method,
        _paid_on(head),
        head.trace,
        head.originator,
        head.payer_name,
        head.payer_id,
        head.payee_id,
        int(misdirected),
        0,
        "",
    )


@attrs.define(eq=False)
class _Remittance:
    """An 835 that is being posted."""

    session: PostingSession
    head: RemittanceHead
    payment_id: int
    matcher: Matcher
    earlier: dict[str, Tally] = attrs.field(factory=dict)
    renamed: list[str] = attrs.field(factory=list)
    by_hand: str = ""
    in_production: bool = False
    paid_tests: list[str] = attrs.field(factory=list)
    fraction: str = ""
    """Which amount is not whole cents."""
    title: str = attrs.field(init=False)
    """Its number and day, as the story of each claim has them."""

    @title.default
    def _title(self) -> str:
        day = f" of {self.head.paid_on}" if self.head.paid_on else ""
        return f"{self.head.number}{day}" + (f", {BY_HAND}" if self.head.method == BY_HAND else "")

    def post(self, payments: Sequence[ClaimPayment]) -> None:
        """Write some payments, and what becomes of their claims."""
        session = self.session
        found = [self._given(one) for one in payments] if self.by_hand else self.matcher.match(payments)
        matches = [self._voided(match, one) for match, one in zip(found, payments, strict=True)]
        self.matcher.load(one.claim_id for match in matches for one in (match.claim, match.about) if one is not None)
        self._load_earlier([match.claim for match in matches if match.claim is not None])
        paid_on = self.head.paid_on.isoformat() if self.head.paid_on else ""
        rows = Rows()
        for payment, match in zip(payments, matches, strict=True):
            self.payment_id += 1
            claim = match.claim
            content = content_of(payment)
            place, amount = content.fraction
            if place and not self.fraction:
                self.fraction = f"{place} of its payment {payment.position} is {amount}"
            numbers = self._numbers(claim or match.about, payment)
            posted = rows.add(
                self.payment_id,
                session.transaction_id,
                paid_on,
                payment,
                content,
                claim.claim_id if claim is not None else "",
                numbers if claim is not None else [0] * len(numbers),
                payer=match.payer,
                about=match.about.claim_id if match.about is not None else "",
            )
            self._tell(payment, match)
            if claim is not None:
                if 0 in numbers:
                    session.posted.problems.append(
                        f"claim {claim.claim_id}: line {numbers.index(0) + 1} of its payment is none of the lines that "
                        "were sent. Ask the payer what it paid"
                    )
                self._take(claim, payment, content, posted)
        for claim in {match.claim.claim_id: match.claim for match in matches if match.claim is not None}.values():
            self._weigh(claim)
        rows.write(session.connection)
        counters.set_last(session.connection, "payment", self.payment_id)
        session.clear()
        self.matcher.clear()
        # Read once here, not once for each portion.
        now = {match.claim.claim_id for match in matches if match.claim is not None}
        self.earlier = {id_: one for id_, one in self.earlier.items() if id_ in now and len(one.payments) > AT_ONCE}

    def _given(self, payment: ClaimPayment) -> Match:
        """Return the claim to which a person gives a payment."""
        self.session.look_up([self.by_hand])
        claim = self.session.claims[self.by_hand]
        if not is_decision(payment.status, payment.charge, payment.paid):
            return Match(about=claim, payer=claim.payer)
        return Match(claim, payer=claim.payer)

    def _voided(self, match: Match, payment: ClaimPayment) -> Match:
        """Return the claim whose payment is taken back where a void is answered; the void was carried out then."""
        claim = match.claim
        if claim is None or claim.frequency != Frequency.VOID or not payment.is_reversal:
            return match
        self.session.look_up([claim.replaces])
        original = self.session.claims.get(claim.replaces)
        if original is None:
            return match
        self.session.say(claim, "void-confirmed", f"{claim.replaces} was taken back", _accepted(claim.state))
        return attrs.evolve(match, claim=original)

    def _take(self, claim: LedgerClaim, payment: ClaimPayment, content: PaymentContent, posted: PostedClaim) -> None:
        """Post a payment to its claim, and report what is odd about it."""
        tally = self.earlier[claim.claim_id]
        partial = tally.add(posted)
        left = tally.left()
        self.session.number(claim, left.number)
        self._settle(claim, payment, content, left)
        if claim.test and self.in_production and payment.paid:
            self.paid_tests.append(claim.claim_id)
        odd = ""
        if payment.status == REVERSAL and not posted.reverses:
            odd = "has CLP02 22, a reversal, with amounts above zero: it was taken for a correction"
        elif posted.reverses and posted.charge > 0:
            odd = "takes money back under a charge above zero"
        elif partial:
            odd = "takes back another amount than was paid, or a part: a reversal takes back a whole payment"
        if odd:
            self.session.posted.problems.append(
                f"claim {claim.claim_id}: the remittance {odd}. {printed(dollars(claim.paid))} of "
                f"{printed(dollars(claim.charge))} is paid now; ask the payer whether that is what it means"
            )

    def _tell(self, payment: ClaimPayment, match: Match) -> None:
        """Report a payment that matched nothing, decides nothing, or has another name or id of the member."""
        posted = self.session.posted
        claim = match.claim or match.about
        if claim is None:
            posted.unmatched.append(
                Unmatched(payment.claim_id, match.why, match.fix or ask_claim(payment.payer_control_number))
            )
            return
        posted.matched += 1
        if match.renamed:
            self.renamed.append(claim.claim_id)
        if match.about is not None:
            self._tell_about(match.about, payment, match.payer)
        status = codes.remittance_status(payment.status)
        if status is None:
            named = f"CLP02 {payment.status}" if payment.status else "no CLP02"
            posted.problems.append(
                f"claim {claim.claim_id}: the remittance has {named}, which is no status of a claim. "
                + ("Its money was counted; " if match.claim is not None else "It decides nothing; ")
                + "ask the payer what became of the claim"
            )
        if match.about is None or match.payer == claim.payer:
            self._tell_corrected(claim, payment)

    def _tell_about(self, claim: LedgerClaim, payment: ClaimPayment, payer: str) -> None:
        """Say in a claim's story what does not count on it."""
        session = self.session
        detail = self._detail(content_of(payment))
        if payer != claim.payer:
            who = payer or self.head.payer_name or self.head.payer_id
            session.say(claim, "other-payer", f"{who} answered to it: {detail}")
            session.posted.notices.append(
                f"claim {claim.claim_id} went to {claim.payer}; this is the answer of {who}, to which none was sent. "
                "It is kept apart, and counts on nothing that was billed"
            )
            return
        status = codes.remittance_status(payment.status)
        session.say(claim, "undecided", f"{status.meaning if status is not None else 'status not known'}: {detail}")
        if payment.paid:
            session.posted.problems.append(
                f"claim {claim.claim_id}: {printed(payment.paid)} stands in a remittance that decides nothing "
                f"(CLP02 {payment.status}), and was not counted. Ask the payer what it is for"
            )
        elif status is not None:
            session.posted.notices.append(
                f"claim {claim.claim_id}: {status.meaning} (CLP02 {payment.status}), which decides nothing"
            )

    def _tell_corrected(self, claim: LedgerClaim, payment: ClaimPayment) -> None:
        """Report that the payer has the member under another id, or another name, than was billed."""
        if not payment.corrected:
            return
        if payment.corrected_id and plain(payment.corrected_id) != plain(claim.subscriber_id):
            what, fix = "member id", "correct subscriber_id in coverage"
        elif not payment.corrected_id:
            what, fix = "name of the member", "correct the name in members"
        else:
            return
        self.session.say(claim, "corrected-member", f"the payer has another {what} on file")
        self.session.posted.problems.append(
            f"claim {claim.claim_id}: the payer has another {what} on file for member {claim.member_id} (NM1*74 of the "
            f"remittance): {fix} before the next claim"
        )

    def _weigh(self, claim: LedgerClaim) -> None:
        """Count a denial, and report payments of a claim whose sum a claim cannot have."""
        if claim.state == ClaimState.DENIED:
            self.session.posted.denied += 1
        if claim.paid < 0:
            self.session.posted.problems.append(
                f"claim {claim.claim_id}: {printed(dollars(-claim.paid))} more was taken back than was paid for "
                "it. Post the remittances that are missing, or ask the payer what it took back"
            )
        # A payer may pay more than is charged; that several payments together do is a second payment of the same.
        elif claim.paid > claim.charge and all(
            claim.paid > payment.paid for payment in self.earlier[claim.claim_id].payments
        ):
            self.session.posted.problems.append(
                f"claim {claim.claim_id}: its payments make {printed(dollars(claim.paid))}, more than the "
                f"{printed(dollars(claim.charge))} that were billed. Post the remittance that takes one of them "
                "back; if there is none, tell the payer of the overpayment"
            )

    def end(self, end: RemittanceEnd) -> None:
        """Write what was added or taken off beside the claims; report money for tests."""
        session = self.session
        if self.paid_tests:
            session.posted.problems.append(
                f"{named(self.paid_tests, _FEW)} went to the payer in a test file, and the remittance is of production "
                "(ISA15 is P): ask the payer whether it took the test for claims; what it paid for a test is to be "
                "returned"
            )
        rows: list[Row] = []
        for number, adjustment in enumerate(end.adjustments, start=1):
            fiscal = adjustment.fiscal_date.isoformat() if adjustment.fiscal_date else ""
            amount = cents(adjustment.amount)
            rows.append(
                (
                    session.transaction_id,
                    number,
                    adjustment.provider_id,
                    fiscal,
                    adjustment.code,
                    adjustment.reference,
                    amount,
                )
            )
            way = "taken off" if adjustment.amount >= 0 else "added to"
            words = provider_adjustment_words(adjustment.code)
            sentence = f"PLB {words}: {printed(dollars(abs(amount)))} {way} payment {self.head.number}"
            session.posted.transfers.append(f"{sentence}, reference {adjustment.reference or 'none'}")
            for claim in () if self.matcher.misdirected else self._referred(adjustment.reference):
                session.say(claim, "provider-adjustment", sentence)
        insert_rows(session.connection, tables.provider_adjustments, rows)
        session.flush()
        if self.renamed:
            ids = list(dict.fromkeys(self.renamed))
            session.posted.notices.append(
                f"remittance {self.head.number} has another member id than was billed for {named(ids, _MOST_NAMED)}; "
                "days and lines agree. Compare coverage with what the payer has on file"
            )

    def _referred(self, reference: str) -> list[LedgerClaim]:
        """Return the claims that the reference of a PLB names."""
        if not reference:
            return []
        claims = self.session.load(
            sa.or_(
                CLAIMS.claim_id == claim_key(reference),
                sa.and_(CLAIMS.payer_control_number == reference, CLAIMS.frequency == Frequency.ORIGINAL),
            )
        )
        return claims if len(claims) == 1 else []

    def _load_earlier(self, claims: Sequence[LedgerClaim]) -> None:
        """Read what was posted before for some claims, whose lines were loaded."""
        wanted = {claim.claim_id: claim.charge for claim in claims if claim.claim_id not in self.earlier}
        self.earlier.update((id_, Tally(charge)) for id_, charge in wanted.items())
        for portion in portions(filter(self.matcher.was_answered, wanted)):
            payments = posted_payments(self.session.connection, portion)
            self.earlier.update((id_, Tally(wanted[id_], payments.get(id_, []))) for id_ in portion)

    def _numbers(self, claim: LedgerClaim | None, payment: ClaimPayment) -> list[int]:
        """Return for each line of a payment the line of ours that it answers, by REF*6R or what it says, or 0."""
        if claim is None:
            return [0] * len(payment.lines)
        ours = self.matcher.lines.get(claim.claim_id, [])
        ids = {f"{claim.claim_id}-{sent_line.number}": sent_line.number for sent_line in ours}
        used: set[int] = set()
        numbers = []
        for line in payment.lines:
            number = ids.get(line.line_id.upper()) or _line_number(ours, line, payment, claim, used)
            used.add(number)
            numbers.append(number)
        return numbers

    def _settle(self, claim: LedgerClaim, payment: ClaimPayment, content: PaymentContent, settled: Left) -> None:
        session = self.session
        if claim.frequency == Frequency.VOID and settled.state == ClaimState.DENIED and not _refuses(payment):
            # Nothing is paid on a void: that is no refusal of it.
            settled = settled._replace(state=ClaimState.PAID)
        detail = self._detail(content)
        session.pay(claim, content.paid)
        event = ClaimState.REVERSED if payment.is_reversal else "payment"
        if claim.state == ClaimState.VOIDED:
            if settled.state == ClaimState.REVERSED:
                session.void(claim, detail)
            elif payment.is_reversal:
                # A part of several, each of which has its own void.
                session.say(claim, event, f"{detail}; {printed(dollars(claim.paid))} is still paid")
            else:
                session.say(claim, event, detail)
                session.posted.problems.append(
                    f"claim {claim.claim_id} was voided, and is paid now: ask the payer to carry out the void"
                )
        elif claim.state == ClaimState.REPLACED or (
            claim.state == ClaimState.WRITTEN_OFF and settled.state not in {ClaimState.PAID, ClaimState.PARTLY_PAID}
        ):
            session.say(claim, event, detail)
        else:
            if self._was_sent_again(claim, settled):
                session.posted.problems.append(
                    f"claim {claim.claim_id} was {claim.state}, and is paid now, though what stood on it was sent "
                    "again: void one of the two"
                )
                detail += "; what stood on it was sent again on another claim"
            elif claim.state == ClaimState.WITHDRAWN:
                session.posted.problems.append(
                    f"claim {claim.claim_id} was withdrawn, and the payer decided on it now: it stands again"
                )
            session.say(claim, settled.state, detail, settled.state)
            if claim.frequency == Frequency.VOID and settled.state == ClaimState.DENIED:
                session.posted.problems.append(
                    f"claim {claim.claim_id}, which voids {claim.replaces}, was denied: ask the payer what is missing"
                )

    def _was_sent_again(self, claim: LedgerClaim, settled: Left) -> bool:
        """Put a rejected or released claim in force again; return whether another claim has taken its encounters."""
        if claim.state in GONE:
            return not self.session.restore(claim)
        if claim.state not in RELEASABLE or settled.state not in {ClaimState.PAID, ClaimState.PARTLY_PAID}:
            return False
        encounters = tables.encounters.c
        free = sa.exists().where(encounters.claim_id == claim.claim_id, encounters.standing == Standing.FREE)
        if not self.session.connection.execute(sa.select(free)).scalar():
            return False
        self.session.flush()
        return bool(restore(self.session.connection, [claim.claim_id]))

    def _detail(self, content: PaymentContent) -> str:
        words = _words(content.reasons, content.every_remark)
        of_all = f"{content.amounts}, {self.title}"
        return f"{of_all}: {words}" if words else of_all


@lru_cache(maxsize=4096)
def _words(reasons: tuple[tuple[str, str], ...], remarks: tuple[str, ...]) -> str:
    """Return the reasons and remarks of a payment with their meanings, each once."""
    return "; ".join(
        (*(reason_words(*reason) for reason in dict.fromkeys(reasons)), *map(remark_words, dict.fromkeys(remarks)))
    )


def _line_number(
    ours: Sequence[OurLine], line: LinePayment, payment: ClaimPayment, claim: LedgerClaim, used: set[int]
) -> int:
    """Return the line of ours that a line of a payment answers though it does not have its id, or 0.

    By day and code, where several have them by modifiers, then by charge, each line once if it can be.
    """
    day = line.service_date or payment.first_day
    on = day.isoformat() if day else claim.first_day if claim.first_day == claim.last_day else ""
    hcpcs = (line.sent_hcpcs or line.hcpcs).upper()
    modifiers = sorted(line.sent_modifiers if line.sent_hcpcs else line.modifiers)
    charge = abs(cents(line.charge))
    same = [sent_line for sent_line in ours if sent_line.day == on and sent_line.hcpcs == hcpcs]
    if not same:
        return 0

    def fit(one: OurLine) -> tuple[bool, bool, bool]:
        # A line that the payer divided keeps its modifiers, though it was answered before and its charge differs.
        alike = sorted(filter(None, one.modifiers.split(":"))) == modifiers
        return alike, one.number not in used, one.charge == charge

    return max(same, key=fit).number


def _refuses(payment: ClaimPayment) -> bool:
    """Return whether a payment itself refuses something, by its status or a reason."""
    return payment.status == DENIED or any(
        cents(adjustment.amount) > 0
        and meaning(adjustment.group, adjustment.reason) in {Meaning.DENIES, Meaning.DENIES_UNPAID}
        for adjustment in payment.every_adjustment
    )


def _accepted(state: ClaimState) -> ClaimState:
    return ClaimState.ACCEPTED if state == ClaimState.WRITTEN else state


def insert_transaction(
    connection: sa.Connection, transaction: Transaction, transaction_id: int, answer_id: int, key: str
) -> None:
    """Write the row of a transaction set; `key` recognises it when it comes again."""
    envelope = transaction.envelope
    row = (transaction_id, answer_id, transaction.kind, key, envelope.sender, envelope.isa13, envelope.st02)
    insert_rows(connection, tables.transactions, [row])
