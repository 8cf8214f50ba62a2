"""Answers entered by hand, into the form in which an 835 comes: held against what was billed, before any is posted."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import attrs
import msgspec
import sqlalchemy as sa

from peerbill.ledger.answers.eob import EnteredRow
from peerbill.ledger.answers.session import BY_HAND, ENTERED, PostingSession, Unmatched, claim_key
from peerbill.ledger.store import tables
from peerbill.ledger.store.portions import portions
from peerbill.model.claim import Adjustment, Payer
from peerbill.model.claim_state import ClaimState
from peerbill.model.money import cents, dollars, printed
from peerbill.model.payer_answers import (
    Answer,
    ClaimPayment,
    EnteredAnswer,
    Envelope,
    LinePayment,
    RemittanceEnd,
    RemittanceHead,
)
from peerbill.x12.read.answers import Transaction

_NOTHING = Decimal(0)
_DENIED, _REVERSED = "4", "22"
_REMITTANCE = "835"
_encode = msgspec.json.Encoder(decimal_format="string").encode


@attrs.frozen
class Entered:
    """The rows of a file as they would be posted, or why they may not be (`problems`).

    `skipped` counts payments that are in the ledger already, which `notices` name.
    """

    sets: tuple[Transaction, ...] = ()
    problems: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    skipped: int = 0


@attrs.frozen
class _Line:
    number: int
    day: dt.date
    hcpcs: str
    modifiers: tuple[str, ...]
    units: int
    charge: Decimal


@attrs.frozen
class _Claim:
    """A claim as it was billed."""

    claim_id: str
    payer: str
    rank: int
    charge: Decimal
    subscriber_id: str = attrs.field(repr=False)
    first_day: dt.date | None
    last_day: dt.date | None
    lines: Mapping[str, _Line]


def entered_sets(connection: sa.Connection, rows: Sequence[EnteredRow], payers: Mapping[str, Payer]) -> Entered:
    """Return rows as transaction sets: a remittance for each day, number and payer, an answer for each other row.

    A payment balances as in an 835: charge less adjustments is what was paid, of a line and of a claim; the charges are
    those that were billed. `payers` are those of the settings, by key. Reads only.
    """
    claims = _claims(connection, [claim_key(row.claim_id) for row in rows])
    groups: dict[tuple[dt.date, str, str], dict[tuple[str, bool], list[EnteredRow]]] = {}
    sets: list[Transaction] = []
    for row in rows:
        id_ = claim_key(row.claim_id)
        if row.paid is not None and row.paid_on is not None:
            key = claims[id_].payer if id_ in claims else ""
            group = groups.setdefault((row.paid_on, row.trace, key), {})
            group.setdefault((id_, row.status == "reversed"), []).append(row)
        else:
            answer = EnteredAnswer(row.line, id_, row.status, row.payer_control_number, row.reason)
            sets.append(_entered_set(row.line, [answer], _digest("answer", *attrs.astuple(answer)[1:])))
    problems: list[str] = []
    notices: list[str] = []
    skipped = 0
    for (paid_on, trace, key), of_claims in groups.items():
        posted = _known(connection, paid_on, trace, [id_ for id_, _ in of_claims])
        payments: list[ClaimPayment] = []
        first = min(row.line for some in of_claims.values() for row in some)
        for (id_, reverses), some in of_claims.items():
            payment, wrong = _payment(id_, reverses, some, claims.get(id_), len(payments) + 1)
            problems += wrong
            if (id_, cents(payment.charge), cents(payment.paid)) in posted:
                source = posted[id_, cents(payment.charge), cents(payment.paid)]
                skipped += 1
                notices.append(f"line {some[0].line}: {source} brought this payment of {id_}: nothing changed")
            else:
                payments.append(payment)
        if not payments:
            continue
        payer = payers.get(key)
        head = RemittanceHead(
            amount=sum((one.paid for one in payments), _NOTHING),
            method=BY_HAND,
            paid_on=paid_on,
            trace=trace,
            payer_id=payer.id if payer is not None else "",
            payer_name=payer.name if payer is not None else "",
        )
        end = RemittanceEnd((), len(payments), head.amount)
        digest = _digest("remittance", paid_on, trace, key, [_plain(one) for one in payments])
        sets.append(_entered_set(first, [head, *payments, end], digest, set_id=_REMITTANCE))
    return Entered(tuple(sets), tuple(problems), tuple(notices), skipped)


def _payment(
    id_: str, reverses: bool, rows: Sequence[EnteredRow], claim: _Claim | None, position: int
) -> tuple[ClaimPayment, list[str]]:
    """Return the rows of a claim as a payment, and the sums in them that do not add up."""
    problems: list[str] = []
    sign = -1 if reverses else 1
    whole: EnteredRow | None = None
    lines: dict[str, LinePayment] = {}
    for row in rows:
        before = (row.line_id in lines) if row.line_id else whole is not None
        if before:
            what = f"line {row.line_id}" if row.line_id else f"all of claim {id_}"
            problems.append(f"line {row.line}: an earlier row of this payment is about {what} too. Keep one of the two")
        elif not row.line_id:
            whole = row
        else:
            lines[row.line_id] = _line_payment(row, claim, sign, problems)
    adjustments = whole.adjustments if whole is not None else ()
    of_lines = [adjustment for line in lines.values() for adjustment in line.adjustments]
    taken = _sum((*adjustments, *of_lines))
    paid = (whole.paid or _NOTHING) if whole is not None else sum((line.paid for line in lines.values()), _NOTHING)
    if lines:
        charge = sum((line.charge for line in lines.values()), _NOTHING)
    else:
        charge = claim.charge * sign if claim is not None else paid + taken
    if whole is not None and charge != paid + taken and not problems:
        of = "the lines entered for it were" if lines else "it was"
        problems.append(
            f"line {whole.line}: claim {id_}: {of} billed at {printed(charge)}, but paid and adjustments make "
            f"{printed(paid + taken)}. Enter all adjustments: the charge less these is what was paid"
        )
    words = {row.status for row in rows}
    owed = [adjustment.amount for adjustment in (*adjustments, *of_lines) if adjustment.group == "PR"]
    payment = ClaimPayment(
        claim_id=id_,
        status=_REVERSED if reverses else _DENIED if words == {"denied"} else f"{min(claim.rank if claim else 1, 3)}",
        charge=charge,
        paid=paid,
        position=position,
        patient=sum(owed, _NOTHING) if owed else None,
        payer_control_number=next((row.payer_control_number for row in rows if row.payer_control_number), ""),
        adjustments=tuple(adjustments),
        lines=tuple(lines.values()),
        first_day=claim.first_day if claim is not None else None,
        last_day=claim.last_day if claim is not None else None,
        subscriber_id=claim.subscriber_id if claim is not None else "",
    )
    return payment, problems


def _line_payment(row: EnteredRow, claim: _Claim | None, sign: int, problems: list[str]) -> LinePayment:
    paid, taken = row.paid or _NOTHING, _sum(row.adjustments)
    if claim is None:
        return LinePayment("", (), paid + taken, paid, line_id=row.line_id, adjustments=row.adjustments)
    sent = claim.lines.get(row.line_id)
    if sent is None:
        ids = ", ".join(claim.lines)
        problems.append(f"line {row.line}, line_id: claim {claim.claim_id} has the lines {ids}. Enter one of them")
        return LinePayment("", (), paid + taken, paid)
    charge = sent.charge * sign
    if charge != paid + taken:
        problems.append(
            f"line {row.line}: {row.line_id} was billed at {printed(charge)}, but paid and adjustments make "
            f"{printed(paid + taken)}. Enter all adjustments: the charge less these is what was paid"
        )
    return LinePayment(
        hcpcs=sent.hcpcs,
        modifiers=sent.modifiers,
        charge=charge,
        paid=paid,
        units=Decimal(sent.units),
        service_date=sent.day,
        line_id=row.line_id,
        adjustments=row.adjustments,
    )


def _sum(adjustments: Iterable[Adjustment]) -> Decimal:
    return sum((adjustment.amount for adjustment in adjustments), _NOTHING)


def _claims(connection: sa.Connection, claim_ids: Iterable[str]) -> dict[str, _Claim]:
    claims, lines = tables.claims.c, tables.lines.c
    found: dict[str, _Claim] = {}
    for portion in portions(claim_ids):
        of_claim: dict[str, dict[str, _Line]] = {}
        query = sa.select(
            lines.claim_id, lines.number, lines.service_date, lines.hcpcs, lines.modifiers, lines.units,
            lines.charge_cents,
        ).where(lines.claim_id.in_(portion)).order_by(lines.claim_id, lines.number)  # fmt: skip
        for id_, number, day, hcpcs, modifiers, units, charge in connection.execute(query):
            of_claim.setdefault(id_, {})[f"{id_}-{number}"] = _Line(
                number,
                dt.date.fromisoformat(day),
                hcpcs,
                tuple(filter(None, modifiers.split(":"))),
                units,
                dollars(charge),
            )
        whole = sa.select(
            claims.claim_id, claims.payer, claims.subscriber_rank, claims.charge_cents, claims.subscriber_id,
            claims.first_day, claims.last_day,
        ).where(claims.claim_id.in_(portion))  # fmt: skip
        for id_, payer, rank, charge, subscriber_id, first, last in connection.execute(whole):
            found[id_] = _Claim(
                id_,
                payer,
                rank,
                dollars(charge),
                subscriber_id,
                tables.day_of(first),
                tables.day_of(last),
                of_claim.get(id_, {}),
            )
    return found


def _known(
    connection: sa.Connection, paid_on: dt.date, trace: str, claim_ids: Sequence[str]
) -> dict[tuple[str, int, int], str]:
    """Return the payments of a day and number that are in the ledger, with the file that brought them."""
    payments, remittances = tables.payments.c, tables.remittances.c
    transactions, answers = tables.transactions.c, tables.answers.c
    digests: dict[tuple[str, int, int], str] = {}
    for portion in portions(claim_ids):
        query = (
            sa.select(
                payments.claim_id, payments.claim_as_sent, payments.charge_cents, payments.paid_cents, answers.name
            )
            .join_from(tables.payments, tables.remittances, remittances.transaction_id == payments.transaction_id)
            .join(tables.transactions, transactions.transaction_id == payments.transaction_id)
            .join(tables.answers, answers.answer_id == transactions.answer_id)
            .where(
                sa.or_(payments.claim_id.in_(portion), payments.claim_as_sent.in_(portion)),
                remittances.trace == trace,
                remittances.paid_on == paid_on.isoformat(),
            )
        )
        for claim_id, as_sent, charge, paid, name in connection.execute(query):
            digests[claim_id or as_sent, charge, paid] = name
    return digests


def _plain(payment: ClaimPayment) -> list[object]:
    """Return the values by which payments differ, without the member's data."""
    return [
        payment.claim_id,
        payment.status,
        payment.charge,
        payment.paid,
        [attrs.astuple(adjustment) for adjustment in payment.adjustments],
        [[line.line_id, line.charge, line.paid, *map(attrs.astuple, line.adjustments)] for line in payment.lines],
    ]


def _entered_set(line: int, answers: Iterable[Answer], digest: str, set_id: str = "") -> Transaction:
    """Return rows that are posted together, as a transaction set: an answer without a payment, or a remittance."""
    return Transaction(ENTERED, set_id, Envelope(), line, iter(answers), digest=digest, complete=True)


def _digest(*parts: object) -> str:
    return hashlib.sha256(_encode([ENTERED, *parts])).hexdigest()


def post_entered_answers(session: PostingSession, answers: Iterable[Answer]) -> None:
    """Post what was entered beside payments: accepted, rejected, the payer's number."""
    rows = [answer for answer in answers if isinstance(answer, EnteredAnswer)]
    session.look_up(row.claim_id for row in rows)
    for row in rows:
        claim = session.claims.get(row.claim_id)
        if claim is None:
            fix = "Compare it with `peerbill claims`, and post the corrected file"
            session.posted.unmatched.append(
                Unmatched(row.claim_id, f"line {row.line}: no claim of this ledger has this id", fix)
            )
            continue
        session.posted.matched += 1
        number, before = row.payer_control_number, claim.payer_control_number
        place = f"{BY_HAND}, line {row.line}"
        if number and number != before:
            session.number(claim, number)
            was = f"; it was {before}" if before else ""
            place += f": the payer's number is {number}{was}"
        place += f": {row.reason}" if row.reason else ""
        # A payer gives a number to what it took in.
        if row.status == "accepted" or (number and not row.status and claim.state == ClaimState.WRITTEN):
            session.accept(claim, ClaimState.ACCEPTED, place)
        elif row.status == "rejected":
            session.reject(claim, ClaimState.REJECTED_PAYER, place)
        elif number != before:
            session.say(claim, "number", place)


def is_of_payment(transaction: Transaction) -> bool:
    """Return whether a transaction set of rows is a remittance."""
    return transaction.kind == ENTERED and transaction.set_id == _REMITTANCE
