"""Payments that matched no claim when they were posted: kept, tried again, or given to a claim by a person."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs
import sqlalchemy as sa

from peerbill.ledger import states
from peerbill.ledger.answers.payments import PaymentParts, in_dollars
from peerbill.ledger.answers.remittances import repost
from peerbill.ledger.answers.session import BY_HAND, CLAIMS, MATCHED, STANDS, Posted, PostingSession, claim_key
from peerbill.ledger.send.runs import BillRun
from peerbill.ledger.store import contents, counters, rows, tables
from peerbill.ledger.store.ledger import Ledger
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.trail import Event
from peerbill.model.claim import Payer
from peerbill.model.errors import UnusableInputError
from peerbill.model.money import dollars, printed
from peerbill.model.payer_answers import ClaimPayment, RemittanceHead

PREFIX = "U"
"""What the item of an unmatched payment begins with, before its number: `U12`."""

_PAYMENTS, _REMITTANCES = tables.payments.c, tables.remittances.c
_ANSWERS, _TRANSACTIONS = tables.answers.c, tables.transactions.c
_UNMATCHED = sa.and_(_PAYMENTS.claim_id == "", _PAYMENTS.about == "")
_TABLES = (tables.remarks, tables.adjustments, tables.line_payments, tables.payments)


@attrs.frozen
class UnmatchedPayment:
    """A payment that counts on no claim: `claim_as_sent` is CLP01, `at` when its file was posted."""

    item: str
    claim_as_sent: str
    paid_cents: int
    charge_cents: int
    payer_control_number: str
    trace: str
    paid_on: str
    payer_name: str
    payer_id: str
    file: str
    at: str


def unmatched_payments(connection: sa.Connection, *, settled: bool = False) -> list[UnmatchedPayment]:
    """Return the payments that matched nothing, the oldest first; without those that were settled, unless asked for."""
    query = _payments(
        _PAYMENTS.payment_id, _PAYMENTS.claim_as_sent, _PAYMENTS.paid_cents, _PAYMENTS.charge_cents,
        _PAYMENTS.payer_control_number, _REMITTANCES.trace, _REMITTANCES.paid_on, _REMITTANCES.payer_name,
        _REMITTANCES.payer_id, _ANSWERS.name, _ANSWERS.at,
    ).where(_UNMATCHED)  # fmt: skip
    done = set() if settled else settled_items(connection)
    payments = [
        UnmatchedPayment(f"{PREFIX}{id_}", *rest) for id_, *rest in sorted(map(tuple, connection.execute(query)))
    ]
    return [payment for payment in payments if payment.item not in done]


def settled_items(connection: sa.Connection) -> set[str]:
    """Return the items that somebody settled."""
    return set(connection.execute(sa.select(tables.settlements.c.item)).scalars())


def _payments(*columns: Any) -> sa.Select[Any]:
    return (
        sa.select(*columns)
        .join_from(tables.payments, tables.remittances, _REMITTANCES.transaction_id == _PAYMENTS.transaction_id)
        .join(tables.transactions, _TRANSACTIONS.transaction_id == _PAYMENTS.transaction_id)
        .join(tables.answers, _ANSWERS.answer_id == _TRANSACTIONS.answer_id)
    )


def try_again(
    connection: sa.Connection,
    ledger: Ledger,
    *,
    npis: frozenset[str] = frozenset(),
    payers: Mapping[str, Payer] = MappingProxyType({}),
) -> Posted:
    """Match payments that matched nothing, by what the ledger has now; `notices` list those that found their claims."""
    posted = Posted()
    waiting = [int(unmatched_payment.item.removeprefix(PREFIX)) for unmatched_payment in unmatched_payments(connection)]
    changed: dict[int, str] = {}
    for payment_id in _promising(connection, waiting):
        savepoint = connection.begin_nested()
        again = _repost(connection, ledger, payment_id, "", npis=npis, payers=payers)
        claim_id = _claim_of(connection, payment_id)
        if claim_id is None:
            savepoint.rollback()
            continue
        savepoint.commit()
        posted.problems += again.posted.problems
        posted.rejected += again.posted.rejected
        posted.denied += again.posted.denied
        posted.notices.append(f"payment {PREFIX}{payment_id}, which had matched nothing, is for {claim_id}")
        changed[again.answer_id] = again.name
    _tell_trail(connection, ledger, changed, "found its claim when it was tried again")
    return posted


def match(
    run: BillRun,
    item: str,
    claim: str,
    *,
    npis: frozenset[str] = frozenset(),
    payers: Mapping[str, Payer] = MappingProxyType({}),
) -> Posted:
    """Give an unmatched payment (`U12`) to a claim, as a person decided; the audit trail records it.

    Raises UnusableInputError for a payment that is none, or a claim that is not in the ledger.
    """
    ledger = run.ledger
    with ledger.changing() as connection:
        unmatched = {
            unmatched_payment.item: unmatched_payment
            for unmatched_payment in unmatched_payments(connection, settled=True)
        }
        item = item.strip().upper()
        payment = unmatched.get(item)
        if payment is None:
            listed = f"there are {', '.join(list(unmatched)[:10])}" if unmatched else "every payment has its claim"
            raise UnusableInputError(f"{item} is no payment without a claim: {listed}. See peerbill todo")
        claim_id = claim_key(claim)
        found = connection.execute(sa.select(STANDS).where(CLAIMS.claim_id == claim_id)).first()
        if found is None:
            raise UnusableInputError(f"there is no claim {claim_id} in the ledger. See peerbill claims")
        if not found[0]:
            raise UnusableInputError(
                f"claim {claim_id} was purged, and takes no payment any more: settle {item} with a reason "
                "(peerbill settle), and keep the remittance"
            )
        payment_id = int(item.removeprefix(PREFIX))
        session = _repost(connection, ledger, payment_id, claim_id, npis=npis, payers=payers)
        matched_claim = _claim_of(connection, payment_id) or claim_id
        sentence = (
            f"{item}, {printed(dollars(payment.paid_cents))} of {payment.trace or 'a remittance without a number'}"
        )
        event = Event(
            matched_claim, "matched", _state(connection, matched_claim), payment.file, f"{sentence}: {BY_HAND}"
        )
        states.change(connection, ledger.now(), ledger.who, [event])
        _tell_trail(
            connection, ledger, {session.answer_id: session.name}, f"{item} was matched to {matched_claim} by hand"
        )
        session.posted.notices.append(f"payment {sentence}, is for {matched_claim} now")
        return session.posted


def _state(connection: sa.Connection, claim_id: str) -> str:
    return str(connection.execute(sa.select(CLAIMS.state).where(CLAIMS.claim_id == claim_id)).scalar_one())


def _tell_trail(connection: sa.Connection, ledger: Ledger, answers: dict[int, str], what: str) -> None:
    """Write anew what the trail keeps of the files whose payments have claims now."""
    events = [
        Event("", MATCHED, "", name, f"{what}, contents {contents.of_answer(connection, id_)} as answer {id_}")
        for id_, name in sorted(answers.items())
    ]
    states.change(connection, ledger.now(), ledger.who, events)


def _claim_of(connection: sa.Connection, payment_id: int) -> str | None:
    """Return the claim that a payment is posted to, or is about; None for none."""
    query = sa.select(_PAYMENTS.claim_id, _PAYMENTS.about).where(_PAYMENTS.payment_id == payment_id)
    claim_id, about = connection.execute(query).one()
    return claim_id or about or None


def _promising(connection: sa.Connection, payment_ids: Sequence[int]) -> Iterator[int]:
    """Yield the payments of which the ledger has the claim, the payer's number or the member at all."""
    lines = tables.line_payments.c
    for portion in portions(payment_ids):
        keys: dict[int, set[tuple[str, str]]] = {}
        query = sa.select(
            _PAYMENTS.payment_id, _PAYMENTS.claim_as_sent, _PAYMENTS.payer_control_number, _PAYMENTS.subscriber_id,
            _PAYMENTS.corrected_id,
        ).where(_PAYMENTS.payment_id.in_(portion))  # fmt: skip
        for id_, claim, number, *members in connection.execute(query):
            keys[id_] = {("claim", claim_key(claim)), ("number", number)}
            keys[id_] |= {("member", member.upper()) for member in members}
        of_lines = sa.select(lines.payment_id, lines.line_id).where(lines.payment_id.in_(portion), lines.line_id != "")
        for id_, line_id in connection.execute(of_lines):
            keys[id_].add(("claim", claim_key(line_id.rpartition("-")[0])))
        wanted = {key for wanted_keys in keys.values() for key in wanted_keys if key[1]}
        values_in_ledger = set(_in_ledger(connection, wanted))
        yield from (id_ for id_ in portion if keys[id_] & values_in_ledger)


def _in_ledger(connection: sa.Connection, wanted: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    of_payments = sa.select(_PAYMENTS.payer_control_number).where(
        sa.or_(_PAYMENTS.claim_id != "", _PAYMENTS.about != "")
    )
    for kind, column in (
        ("claim", CLAIMS.claim_id),
        ("number", CLAIMS.payer_control_number),
        ("member", sa.func.upper(CLAIMS.subscriber_id)),
    ):
        for portion in portions(value for of, value in wanted if of == kind):
            of_claims = sa.select(column).where(column.in_(portion), STANDS)
            for value in connection.execute(of_claims.distinct()).scalars():
                yield kind, value
            if kind == "number":
                paid = of_payments.where(_PAYMENTS.payer_control_number.in_(portion))
                for value in connection.execute(paid.distinct()).scalars():
                    yield kind, value


def _repost(
    connection: sa.Connection,
    ledger: Ledger,
    payment_id: int,
    claim_id: str,
    *,
    npis: frozenset[str],
    payers: Mapping[str, Payer],
) -> PostingSession:
    """Remove a payment and post it anew under its number, to `claim` if it is given."""
    row = connection.execute(
        _payments(tables.payments, tables.remittances, _TRANSACTIONS.answer_id, _ANSWERS.name).where(
            _PAYMENTS.payment_id == payment_id
        )
    ).one()
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    payment = _payment(connection, found)
    head = RemittanceHead(
        amount=dollars(found[_REMITTANCES.amount_cents]),
        handling=found[_REMITTANCES.handling],
        method=found[_REMITTANCES.method],
        paid_on=tables.day_of(found[_REMITTANCES.paid_on]),
        trace=found[_REMITTANCES.trace],
        originator=found[_REMITTANCES.originator],
        payer_name=found[_REMITTANCES.payer_name],
        payer_id=found[_REMITTANCES.payer_id],
        payee_id=found[_REMITTANCES.payee_id],
    )
    for table in _TABLES:
        rows.delete(connection, table, table.c.payment_id == payment_id)
    transaction_id = found[_PAYMENTS.transaction_id]
    name, answer_id = found[_ANSWERS.name], found[_TRANSACTIONS.answer_id]
    session = PostingSession(connection, ledger, name, answer_id, transaction_id, npis=npis, payers=payers)
    last = counters.last(connection, "payment")
    misdirected = bool(found[_REMITTANCES.misdirected])
    repost(session, head, payment_id, payment, claim_id, misdirected=misdirected)
    session.flush()
    counters.set_last(connection, "payment", last)
    return session


def _payment(connection: sa.Connection, row: Any) -> ClaimPayment:
    """Return a payment as it came, from its rows."""
    payment_id = row[_PAYMENTS.payment_id]
    parts = PaymentParts.of(connection, [payment_id])
    patient, interest = row[_PAYMENTS.patient_cents], row[_PAYMENTS.interest_cents]
    return ClaimPayment(
        claim_id=row[_PAYMENTS.claim_as_sent],
        status=row[_PAYMENTS.status],
        charge=dollars(row[_PAYMENTS.charge_cents]),
        paid=dollars(row[_PAYMENTS.paid_cents]),
        position=row[_PAYMENTS.position],
        patient=None if patient is None else dollars(patient),
        payer_control_number=row[_PAYMENTS.payer_control_number],
        adjustments=tuple(map(in_dollars, parts.adjustments_of(payment_id, 0))),
        remarks=parts.remarks_of(payment_id, 0),
        lines=parts.lines_of(payment_id),
        interest=None if interest is None else dollars(interest),
        first_day=tables.day_of(row[_PAYMENTS.first_day]),
        last_day=tables.day_of(row[_PAYMENTS.last_day]),
        received_on=tables.day_of(row[_PAYMENTS.received_on]),
        subscriber_id=row[_PAYMENTS.subscriber_id],
        corrected_id=row[_PAYMENTS.corrected_id],
        corrected=bool(row[_PAYMENTS.corrected_id]),
        crossover=bool(row[_PAYMENTS.forwarded]),
    )
