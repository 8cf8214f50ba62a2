"""Claims that a payer decided, with its answers as they came: what goes on to the next payer is made of them."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal

import attrs
import sqlalchemy as sa

from peerbill.answer import ClaimPayment, LinePayment
from peerbill.claim import Adjustment
from peerbill.ledger import tables
from peerbill.ledger.database import told
from peerbill.ledger.recorded import RecordedClaim, read_claims
from peerbill.ledger.runs import Ledger

DECIDED = ("paid", "partly-paid", "denied")
_AT_ONCE = 500


@attrs.frozen
class AnsweredClaim:
    """A live claim and its payments in the order in which they were posted.

    `paid_on` is BPR16 of the last; `followed` tells that a live claim to the next payer stands.
    """

    claim: RecordedClaim
    payments: tuple[ClaimPayment, ...]
    paid_on: dt.date | None
    followed: bool


def read_answered(ledger: Ledger, member_ids: Collection[str]) -> tuple[AnsweredClaim, ...]:
    """Return the live claims of members that a payer paid or denied, by member and claim id."""
    with told(ledger.place), ledger.engine.connect() as connection:
        return tuple(_answered(connection, member_ids))


def _answered(connection: sa.Connection, member_ids: Collection[str]) -> Iterator[AnsweredClaim]:
    ids = sorted(member_ids)
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        claims = [
            claim
            for claim in read_claims(connection, member_ids=some, states=DECIDED, history=False)
            if any(line.live for line in claim.lines)
        ]
        payments = _payments(connection, [claim.claim_id for claim in claims])
        followed = _followed(connection, [claim.claim_id for claim in claims])
        for claim in claims:
            told = payments.get(claim.claim_id, [])
            days = [day for day, _ in told if day is not None]
            yield AnsweredClaim(
                claim, tuple(payment for _, payment in told), days[-1] if days else None, claim.claim_id in followed
            )


def _followed(connection: sa.Connection, claim_ids: Sequence[str]) -> set[str]:
    claims, lines = tables.claims.c, tables.lines.c
    live = sa.exists().where(lines.claim_id == claims.claim_id, lines.live == 1)
    found: set[str] = set()
    for first in range(0, len(claim_ids), _AT_ONCE):
        some = claim_ids[first : first + _AT_ONCE]
        found.update(connection.execute(sa.select(claims.follows).where(claims.follows.in_(some), live)).scalars())
    return found


def _payments(
    connection: sa.Connection, claim_ids: Sequence[str]
) -> dict[str, list[tuple[dt.date | None, ClaimPayment]]]:
    found: dict[str, list[tuple[dt.date | None, ClaimPayment]]] = {}
    payments, remittances = tables.payments.c, tables.remittances.c
    for first in range(0, len(claim_ids), _AT_ONCE):
        query = (
            sa.select(tables.payments, remittances.paid_on)
            .join(tables.remittances, remittances.transaction_id == payments.transaction_id)
            .where(payments.claim_id.in_(claim_ids[first : first + _AT_ONCE]))
            .order_by(payments.payment_id)
        )
        rows = connection.execute(query).all()
        parts = _Parts(connection, [row.payment_id for row in rows])
        for row in rows:
            day = dt.date.fromisoformat(row.paid_on) if row.paid_on else None
            found.setdefault(row.claim_id, []).append((day, parts.payment(row)))
    return found


class _Parts:
    """The lines and adjustments of some payments."""

    def __init__(self, connection: sa.Connection, ids: Sequence[int]) -> None:
        self._lines: dict[int, list[sa.Row[tuple[object, ...]]]] = {}
        self._cuts: dict[tuple[int, int], list[Adjustment]] = {}
        lines, cuts = tables.line_payments, tables.adjustments
        for first in range(0, len(ids), _AT_ONCE):
            some = ids[first : first + _AT_ONCE]
            of_lines = sa.select(lines).where(lines.c.payment_id.in_(some))
            for row in connection.execute(of_lines.order_by(lines.c.payment_id, lines.c.number)):
                self._lines.setdefault(row.payment_id, []).append(row)
            of_cuts = sa.select(cuts).where(cuts.c.payment_id.in_(some))
            for row in connection.execute(of_cuts.order_by(cuts.c.payment_id, cuts.c.line, cuts.c.number)):
                quantity = Decimal(row.quantity) if row.quantity else None
                cut = Adjustment(row.group_code, row.reason, _dollars(row.amount_cents), quantity)
                self._cuts.setdefault((row.payment_id, row.line), []).append(cut)

    def payment(self, row: sa.Row[tuple[object, ...]]) -> ClaimPayment:
        """Return a payment with its parts."""
        return ClaimPayment(
            claim_id=row.claim_id,
            status=row.status,
            charge=_dollars(row.charge_cents),
            paid=_dollars(row.paid_cents),
            position=row.position,
            patient=None if row.patient_cents is None else _dollars(row.patient_cents),
            payer_control_number=row.payer_control_number,
            adjustments=tuple(self._cuts.get((row.payment_id, 0), ())),
            lines=tuple(self._line(row.claim_id, line) for line in self._lines.get(row.payment_id, ())),
        )

    def _line(self, claim_id: str, row: sa.Row[tuple[object, ...]]) -> LinePayment:
        return LinePayment(
            hcpcs=row.hcpcs,
            modifiers=tuple(row.modifiers.split(":")) if row.modifiers else (),
            charge=_dollars(row.charge_cents),
            paid=_dollars(row.paid_cents),
            units=Decimal(row.units) if row.units else None,
            service_date=dt.date.fromisoformat(row.service_date) if row.service_date else None,
            line_id=f"{claim_id}-{row.line_number}" if row.line_number else "",
            adjustments=tuple(self._cuts.get((row.payment_id, row.number), ())),
        )


def _dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
