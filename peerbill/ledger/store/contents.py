"""What the audit trail keeps of what was sent and posted: a digest of the rows, to hold them against later.

The digests leave out values that may change: a claim's state and all that follows from it, which the trail has itself.
"""

import hashlib
from operator import itemgetter
from typing import Any

import msgspec
import sqlalchemy as sa

from peerbill.ledger.store import tables
from peerbill.ledger.store.column_types import Long, Whole

_AT_ONCE = 1_000
_CHANGING = {"state", "changed_at", "paid_cents", "payer_control_number", "live", "standing"}
_ADDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "claims": (("content", "facility", "delay_reason", "attachment"), ("site", "bills_as")),
    "encounters": (("site",),),
    "remittances": (("payee_id", "misdirected", "difference_cents", "unbalanced"),),
    "payments": (("subscriber_id", "first_day", "last_day", "corrected_id", "forwarded"),),
    "line_payments": (("line_id", "sent_hcpcs", "sent_modifiers"),),
}
"""Columns that came later, those of each release together: a row of before, in which they are blank, keeps its digest.

Columns of a new release are a new group: in an older one they would change the digest of rows that have others of it.
"""
_ASIDE = {"payer", "about"}
"""The claim of a payment may be found later: the trail has it."""
_encode = msgspec.json.Encoder().encode


def of_file(connection: sa.Connection, batch_id: int, number: int) -> str:
    """Return the digest of the claims, lines and encounters in a file that was sent: SHA-256 in hex."""
    claims, lines, encounters = tables.claims, tables.lines, tables.encounters
    of_file_ = sa.and_(claims.c.batch_id == batch_id, claims.c.file_number == number)
    digest = hashlib.sha256()
    _take(digest, connection, sa.select(*_lasting(claims)).where(of_file_).order_by(claims.c.claim_id))
    _take_added(digest, connection, claims, of_file_)
    of_lines = sa.select(*_lasting(lines)).join(claims, claims.c.claim_id == lines.c.claim_id).where(of_file_)
    _take(digest, connection, of_lines.order_by(lines.c.claim_id, lines.c.number))
    query = sa.select(*_lasting(encounters)).join(claims, claims.c.claim_id == encounters.c.claim_id).where(of_file_)
    # Sorted here: databases do not agree on the order of text. The two first columns are encounter and claim.
    digest.update(_encode(sorted(map(tuple, connection.execute(query)), key=itemgetter(1, 0))))
    ids = (encounters.c.claim_id, encounters.c.encounter_id)
    sites = sa.select(*ids, encounters.c.site).join(claims, claims.c.claim_id == encounters.c.claim_id)
    if of_sites := sorted(map(tuple, connection.execute(sites.where(of_file_, encounters.c.site != "")))):
        digest.update(_encode(of_sites))
    return digest.hexdigest()


def of_answer(connection: sa.Connection, answer_id: int) -> str:
    """Return the digest of the remittances and payments that a file of answers brought: SHA-256 in hex."""
    transactions, payments = tables.transactions, tables.payments
    ids = sa.select(transactions.c.transaction_id).where(transactions.c.answer_id == answer_id)
    digest = hashlib.sha256()
    for table in (transactions, tables.remittances, tables.provider_adjustments, payments):
        of_answer_ = table.c.transaction_id.in_(ids)
        _take(digest, connection, sa.select(*_of_before(table)).where(of_answer_).order_by(*table.primary_key))
        _take_added(digest, connection, table, of_answer_)
    for table in (tables.line_payments, tables.adjustments, tables.remarks):
        of_payments = table.c.payment_id.in_(sa.select(payments.c.payment_id).where(payments.c.transaction_id.in_(ids)))
        _take(digest, connection, sa.select(*_of_before(table)).where(of_payments).order_by(*table.primary_key))
        _take_added(digest, connection, table, of_payments)
    return digest.hexdigest()


def _of_before(table: sa.Table) -> list[sa.Column[Any]]:
    aside = {*_added(table), *(_ASIDE if table.name == "payments" else ())}
    return [column for column in table.columns if column.name not in aside]


def _take_added(
    digest: "hashlib._Hash", connection: sa.Connection, table: sa.Table, chosen: sa.ColumnElement[bool]
) -> None:
    """Add the values of columns that came later, if there are any."""
    for names in _ADDED.get(table.name, ()):
        added = [table.c[name] for name in names]
        filled = sa.or_(*(column != (0 if isinstance(column.type, Whole | Long) else "") for column in added))
        query = sa.select(*table.primary_key, *added).where(chosen, filled).order_by(*table.primary_key)
        rows = connection.execute(query, execution_options={"yield_per": _AT_ONCE})
        for part in rows.partitions(_AT_ONCE):
            digest.update(_encode([str(table.name), *map(tuple, part)]))


def _added(table: sa.Table) -> set[str]:
    return {name for names in _ADDED.get(table.name, ()) for name in names}


def _lasting(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if column.name not in _CHANGING | _added(table)]


def _take(digest: "hashlib._Hash", connection: sa.Connection, query: sa.Select[Any]) -> None:
    """Take rows in, some at a time: a remittance may have millions of them."""
    rows = connection.execute(query, execution_options={"yield_per": _AT_ONCE})
    for part in rows.partitions(_AT_ONCE):
        digest.update(_encode(list(map(tuple, part))))
    digest.update(b"\n")
