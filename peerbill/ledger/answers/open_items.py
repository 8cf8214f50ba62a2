"""What was reported once and stays open until it is settled: money that fits nothing, or does not add up.

Each item has a short id that stays the same: a person settles it with a reason (`settle`), or it closes by itself when
its subject is gone. An item that was settled opens again when its amount has changed since.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import attrs
import sqlalchemy as sa

from peerbill.ledger import states
from peerbill.ledger.answers.session import CLAIMS
from peerbill.ledger.answers.unmatched import unmatched_payments
from peerbill.ledger.send.runs import BillRun
from peerbill.ledger.store import rows, tables, trail
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.trail import Event
from peerbill.model.errors import UnusableInputError
from peerbill.model.money import cents, dollars, printed

_REMITTANCES, _ADJUSTED = tables.remittances.c, tables.provider_adjustments.c
_ANSWERS, _TRANSACTIONS, _PAYMENTS = tables.answers.c, tables.transactions.c, tables.payments.c

CARRIED = frozenset({"FB", "WO"})
"""PLB03-1 of a balance that is carried forward, and of its recovery: over time they come to nothing."""


@attrs.frozen
class OpenItem:
    """Something that stays open until it is settled.

    `item` is its id; `kind` unmatched, refused, difference, overpaid, adjustment, balance, member or rejection; `since`
    the day on which it was first seen; `amount` in dollars, signed as the ledger has it. `payer` is a key of `[payers]`
    where the ledger knows it, else `payer_id` and `payer_name` are the remittance's. `reference` is a check or transfer
    number, `number` the payer's number of the claim, `code` of PLB, `why` a sentence. `settled` is when, by whom and
    why, or is "".
    """

    item: str
    kind: str
    since: dt.date
    amount: Decimal = Decimal(0)
    payer: str = ""
    payer_id: str = ""
    payer_name: str = ""
    claim_id: str = ""
    member_id: str = ""
    reference: str = ""
    number: str = ""
    code: str = ""
    file: str = ""
    why: str = ""
    charge: Decimal = Decimal(0)
    corrected_id: str = attrs.field(default="", repr=False)
    settled: str = ""


def open_items(connection: sa.Connection, *, settled: bool = False) -> tuple[OpenItem, ...]:
    """Return what is open, or, with `settled`, what was open and somebody settled. Reads only."""
    done = {
        row.item: (row.amount_cents, f"{row.at[:10]} by {row.who or 'somebody'}: {row.reason}")
        for row in connection.execute(sa.select(tables.settlements))
    }
    items = []
    for item in _items(connection):
        amount, how = done.get(item.item, (None, ""))
        is_settled = amount == cents(item.amount)
        if is_settled is settled:
            items.append(attrs.evolve(item, settled=how) if settled else item)
    return tuple(items)


def settle_items(run: BillRun, items: Sequence[str], reason: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Settle items with a reason, which the audit trail keeps; return those, and the others each with why not.

    Raises LedgerError where the ledger cannot be written, UnusableInputError for a reason that is blank or too long.
    """
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise UnusableInputError(f"The reason must have 1 to {LONGEST_REASON} characters")
    ledger, settlements = run.ledger, tables.settlements
    finished: list[str] = []
    refused: list[tuple[str, str]] = []
    with ledger.changing() as connection:
        known = {item.item.upper(): item for item in open_items(connection)}
        before = {item.item.upper(): item for item in open_items(connection, settled=True)}
        at = ledger.now()
        for name in dict.fromkeys(name.strip().upper() for name in items):
            item = known.get(name)
            if item is None:
                was = before.get(name)
                refused.append((name, f"it was settled on {was.settled}" if was else "nothing open has this id"))
                continue
            rows.delete(connection, settlements, settlements.c.item == item.item)
            settlement = (item.item, cents(item.amount), at, ledger.who, reason)
            rows.insert_rows(connection, settlements, [settlement])
            finished.append(item.item)
            state = ""
            if item.claim_id:
                of_claim = sa.select(CLAIMS.state).where(CLAIMS.claim_id == item.claim_id)
                state = str(connection.execute(of_claim).scalar_one())
            detail = f"{item.item} ({item.kind}, {printed(item.amount)}): {reason}"
            trail.append(connection, at, ledger.who, [Event(item.claim_id, "settled", state, item.file, detail)])
    return finished, refused


LONGEST_REASON = 500
"""The longest reason for a settlement, in characters."""


def _items(connection: sa.Connection) -> Iterator[OpenItem]:
    yield from _unmatched(connection)
    yield from _refused(connection)
    yield from _differences(connection)
    yield from _overpaid(connection)
    yield from _adjustments(connection)
    yield from _members(connection)
    yield from _rejections(connection)


def _unmatched(connection: sa.Connection) -> Iterator[OpenItem]:
    for unmatched_payment in unmatched_payments(connection, settled=True):
        yield OpenItem(
            item=unmatched_payment.item,
            kind="unmatched",
            since=_day(unmatched_payment.at),
            amount=dollars(unmatched_payment.paid_cents),
            charge=dollars(unmatched_payment.charge_cents),
            payer_id=unmatched_payment.payer_id,
            payer_name=unmatched_payment.payer_name,
            reference=unmatched_payment.trace,
            number=unmatched_payment.payer_control_number,
            code=unmatched_payment.claim_as_sent,
            file=unmatched_payment.file,
        )


def _refused(connection: sa.Connection) -> Iterator[OpenItem]:
    refusals = tables.refusals
    for row in connection.execute(sa.select(refusals).where(refusals.c.closed == "").order_by(refusals.c.refusal_id)):
        yield OpenItem(
            item=f"R{row.refusal_id}",
            kind="refused",
            since=_day(row.at),
            amount=dollars(row.amount_cents),
            payer_id=row.payer_id,
            payer_name=row.payer_name,
            reference=row.trace,
            file=row.file,
            why=row.why,
        )


def _differences(connection: sa.Connection) -> Iterator[OpenItem]:
    query = (
        sa.select(tables.remittances, _ANSWERS.name, _ANSWERS.at)
        .join_from(tables.remittances, tables.transactions, _TRANSACTIONS.transaction_id == _REMITTANCES.transaction_id)
        .join(tables.answers, _ANSWERS.answer_id == _TRANSACTIONS.answer_id)
        .where(_REMITTANCES.unbalanced != "")
        .order_by(_REMITTANCES.transaction_id)
    )
    rows = connection.execute(query).all()
    of_claims = _off_by_claim(connection, [row.transaction_id for row in rows])
    for row in rows:
        yield OpenItem(
            item=f"D{row.transaction_id}",
            kind="difference",
            since=_day(row.at),
            amount=dollars(abs(row.difference_cents) + of_claims.get(row.transaction_id, 0)),
            payer_id=row.payer_id,
            payer_name=row.payer_name,
            reference=row.trace,
            file=row.name,
            why=row.unbalanced,
        )


def _off_by_claim(connection: sa.Connection, transaction_ids: Sequence[int]) -> dict[int, int]:
    """Return by how much the charges of remittances differ from payment and adjustments, in cents, over all claims."""
    adjustments = tables.adjustments.c
    taken = sa.select(sa.func.coalesce(sa.func.sum(adjustments.amount_cents), 0)).where(
        adjustments.payment_id == _PAYMENTS.payment_id
    )
    off = _PAYMENTS.charge_cents - _PAYMENTS.paid_cents - taken.scalar_subquery()
    query = sa.select(_PAYMENTS.transaction_id, off).where(_PAYMENTS.transaction_id.in_(transaction_ids))
    amounts: dict[int, int] = defaultdict(int)
    for transaction_id, difference in connection.execute(query):
        amounts[transaction_id] += abs(int(difference))
    return amounts


def _overpaid(connection: sa.Connection) -> Iterator[OpenItem]:
    query = sa.select(CLAIMS.claim_id, CLAIMS.payer, CLAIMS.charge_cents, CLAIMS.paid_cents).where(
        CLAIMS.paid_cents > CLAIMS.charge_cents, CLAIMS.state.not_in(sorted(states.CORRECTED))
    )
    rows = sorted(map(tuple, connection.execute(query)))
    since, several = _overpaid_since(connection, {id_: charge for id_, _, charge, _ in rows})
    for id_, payer, charge, paid in rows:
        yield OpenItem(
            item=f"O-{id_}",
            kind="overpaid",
            since=since.get(id_, dt.date.min),
            amount=dollars(paid - charge),
            charge=dollars(charge),
            payer=payer,
            claim_id=id_,
            why="several payments" if id_ in several else "one payment",
        )


def _overpaid_since(connection: sa.Connection, charges: dict[str, int]) -> tuple[dict[str, dt.date], set[str]]:
    """Return the day on which what was posted for each claim first passed its charge; and those of several payments."""
    posted: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for portion in portions(charges):
        query = (
            sa.select(_PAYMENTS.claim_id, _PAYMENTS.payment_id, _PAYMENTS.paid_cents, _ANSWERS.at)
            .join_from(tables.payments, tables.transactions, _TRANSACTIONS.transaction_id == _PAYMENTS.transaction_id)
            .join(tables.answers, _ANSWERS.answer_id == _TRANSACTIONS.answer_id)
            .where(_PAYMENTS.claim_id.in_(portion))
        )
        for id_, *payment in connection.execute(query):
            posted[id_].append((payment[0], payment[1], payment[2]))
    since: dict[str, dt.date] = {}
    several: set[str] = set()
    for id_, payments in posted.items():
        paid = 0
        for _, amount, at in sorted(payments):
            was, paid = paid, paid + amount
            if was <= charges[id_] < paid:
                since[id_] = _day(at)
        if paid > max(amount for _, amount, _ in payments):
            several.add(id_)
    return since, several


def _adjustments(connection: sa.Connection) -> Iterator[OpenItem]:
    """Yield what was added or taken off beside the claims, by payer, code and reference; what nets out is closed."""
    query = (
        sa.select(
            tables.provider_adjustments, _REMITTANCES.payer_id, _REMITTANCES.payer_name, _REMITTANCES.trace,
            _ANSWERS.name, _ANSWERS.at,
        )
        .join_from(
            tables.provider_adjustments, tables.remittances, _REMITTANCES.transaction_id == _ADJUSTED.transaction_id
        )
        .join(tables.transactions, _TRANSACTIONS.transaction_id == _ADJUSTED.transaction_id)
        .join(tables.answers, _ANSWERS.answer_id == _TRANSACTIONS.answer_id)
        # What another organisation owes is not ours to settle.
        .where(_REMITTANCES.misdirected == 0)
        .order_by(_ADJUSTED.transaction_id, _ADJUSTED.number)
    )  # fmt: skip
    groups: dict[tuple[str, str, str, str], list[Any]] = defaultdict(list)
    for row in connection.execute(query):
        reference = "" if row.code in CARRIED else row.reference
        groups[row.payer_id, row.payer_name, row.code, reference].append(row)
    for (payer_id, payer_name, code, reference), of_group in groups.items():
        first, amount = of_group[0], sum(row.amount_cents for row in of_group)
        if not amount:
            continue
        carried = code in CARRIED
        yield OpenItem(
            item=f"B{first.transaction_id}-{code}" if carried else f"P{first.transaction_id}-{first.number}",
            kind="balance" if carried else "adjustment",
            since=_day(first.at),
            amount=dollars(amount),
            payer_id=payer_id,
            payer_name=payer_name,
            reference="" if carried else first.trace,
            number=reference,
            code=code,
            file=first.name,
        )


def _members(connection: sa.Connection) -> Iterator[OpenItem]:
    """Yield the members whom a payer has under another id than was billed (NM1*74)."""
    query = (
        sa.select(
            sa.func.min(_PAYMENTS.payment_id), CLAIMS.member_id, CLAIMS.payer, _PAYMENTS.corrected_id,
            sa.func.min(_ANSWERS.at), sa.func.max(CLAIMS.claim_id),
        )
        .join_from(tables.payments, tables.claims, CLAIMS.claim_id == _PAYMENTS.claim_id)
        .join(tables.transactions, _TRANSACTIONS.transaction_id == _PAYMENTS.transaction_id)
        .join(tables.answers, _ANSWERS.answer_id == _TRANSACTIONS.answer_id)
        .where(
            _PAYMENTS.corrected_id != "",
            sa.func.upper(_PAYMENTS.corrected_id) != sa.func.upper(CLAIMS.subscriber_id),
        )
        .group_by(CLAIMS.member_id, CLAIMS.payer, _PAYMENTS.corrected_id)
    )  # fmt: skip
    for payment_id, member_id, payer, corrected_id, at, claim_id in sorted(map(tuple, connection.execute(query))):
        yield OpenItem(
            item=f"M{payment_id}",
            kind="member",
            since=_day(at),
            payer=payer,
            member_id=member_id,
            claim_id=claim_id,
            corrected_id=corrected_id,
        )


def _rejections(connection: sa.Connection) -> Iterator[OpenItem]:
    rows = tables.unmatched_answers.c
    query = (
        sa.select(rows.answer_id, rows.number, rows.kind, rows.claim_id, rows.why, _ANSWERS.name, _ANSWERS.at)
        .join_from(tables.unmatched_answers, tables.answers, _ANSWERS.answer_id == rows.answer_id)
        .where(rows.rejects == 1)
        .order_by(rows.answer_id, rows.number)
    )
    # One answer may reject the claims of a whole file of somebody else's.
    groups: dict[tuple[int, str, str], list[Any]] = defaultdict(list)
    for row in connection.execute(query):
        groups[row.answer_id, row.kind, row.why].append(row)
    for (answer_id, kind, why), several in groups.items():
        first = several[0]
        yield OpenItem(
            item=f"A{answer_id}-{first.number}",
            kind="rejection",
            since=_day(first.at),
            code=kind,
            reference=", ".join(dict.fromkeys(row.claim_id for row in several if row.claim_id)),
            file=first.name,
            why=why,
        )


def _day(at: str) -> dt.date:
    return dt.date.fromisoformat(at[:10])
