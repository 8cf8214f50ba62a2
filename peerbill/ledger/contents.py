"""What the audit trail keeps of what was sent and posted: a digest of the rows, to hold them against later.

Left out is what changes by rights: the state of a claim and what follows from it, which the trail tells itself.
"""

import hashlib
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
    claims, lines, encounters = tables.claims, tables.lines, tables.encounters
    of_file_ = sa.and_(claims.c.batch_id == batch_id, claims.c.file_number == number)
    digest = hashlib.sha256()
    _take(digest, connection, sa.select(*_lasting(claims)).where(of_file_).order_by(claims.c.claim_id))
    of_lines = sa.select(*_lasting(lines)).join(claims, claims.c.claim_id == lines.c.claim_id).where(of_file_)
    _take(digest, connection, of_lines.order_by(lines.c.claim_id, lines.c.number))
    query = sa.select(*_lasting(encounters)).join(claims, claims.c.claim_id == encounters.c.claim_id).where(of_file_)
    # Sorted here: databases do not agree on the order of text. The two first columns are encounter and claim.
    digest.update(_encode(sorted(map(tuple, connection.execute(query)), key=itemgetter(1, 0))))
    return digest.hexdigest()


def of_answer(connection: sa.Connection, answer_id: int) -> str:
    """Return the digest of the remittances and payments that a file of answers brought: SHA-256 in hex."""
    transactions, payments = tables.transactions, tables.payments
    ids = sa.select(transactions.c.transaction_id).where(transactions.c.answer_id == answer_id)
    digest = hashlib.sha256()
    for table in (transactions, tables.remittances, tables.provider_adjustments, payments):
        query = sa.select(*table.c).where(table.c.transaction_id.in_(ids))
        _take(digest, connection, query.order_by(*table.primary_key))
    for table in (tables.line_payments, tables.adjustments, tables.remarks):
        query = sa.select(*table.c).join(payments, payments.c.payment_id == table.c.payment_id)
        _take(digest, connection, query.where(payments.c.transaction_id.in_(ids)).order_by(*table.primary_key))
    return digest.hexdigest()


def _lasting(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if column.name not in _CHANGING]


def _take(digest: "hashlib._Hash", connection: sa.Connection, query: sa.Select[Any]) -> None:
    """Take rows in, some at a time: a remittance may have millions of them."""
    rows = connection.execute(query, execution_options={"yield_per": _AT_ONCE})
    for part in rows.partitions(_AT_ONCE):
        digest.update(_encode(list(map(tuple, part))))
    digest.update(b"\n")
