"""What the audit trail keeps of what was sent and posted: a digest of the rows, to hold them against later.

Left out is what changes by rights: the state of a claim and what follows from it, which the trail tells itself.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
import sqlalchemy as sa

from peerbill.ledger import tables

_AT_ONCE = 1_000
_CHANGING = {"state", "changed_at", "paid_cents", "payer_control_number", "live", "standing"}
_encode = msgspec.json.Encoder().encode


def of_file(connection: sa.Connection, batch_id: int, number: int) -> str:
    """Return the digest of the claims, lines and encounters in a file that was sent: SHA-256 in hex."""
    claims = tables.claims
    of_file_ = sa.and_(claims.c.batch_id == batch_id, claims.c.file_number == number)
    parts = [_rows(connection, sa.select(*_lasting(claims)).where(of_file_).order_by(claims.c.claim_id))]
    for table in (tables.lines, tables.encounters):
        query = sa.select(table.c.claim_id, *_lasting(table)).join(claims, claims.c.claim_id == table.c.claim_id)
        parts.append(_by_claim(_rows(connection, query.where(of_file_).order_by(table.c.claim_id))))
    return _digest(parts)


def of_answer(connection: sa.Connection, answer_id: int) -> str:
    """Return the digest of the remittances and payments that a file of answers brought: SHA-256 in hex."""
    transactions, payments = tables.transactions, tables.payments
    ids = sa.select(transactions.c.transaction_id).where(transactions.c.answer_id == answer_id)
    parts = []
    for table in (transactions, tables.remittances, tables.provider_adjustments, payments):
        query = sa.select(*table.c).where(table.c.transaction_id.in_(ids)).order_by(*table.primary_key)
        parts.append(_rows(connection, query))
    for table in (tables.line_payments, tables.adjustments, tables.remarks):
        query = sa.select(*table.c).join(payments, payments.c.payment_id == table.c.payment_id)
        parts.append(_rows(connection, query.where(payments.c.transaction_id.in_(ids)).order_by(*table.primary_key)))
    return _digest(parts)


def _lasting(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if column.name not in _CHANGING]


def _by_claim(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Sort the rows of each claim here: databases do not agree on the order of text."""
    for _, of_claim in groupby(rows, itemgetter(0)):
        yield from sorted(of_claim, key=lambda row: list(map(str, row)))


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Sequence[Any]]:
    for row in connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
        yield tuple(row)


def _digest(parts: Iterable[Iterable[Sequence[Any]]]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        for row in part:
            digest.update(_encode(row))
        digest.update(b"\n")
    return digest.hexdigest()
