"""What the audit trail keeps of what was sent and posted: a digest of the rows, to hold them against later.

The digests leave out values that may change: a claim's state and all that follows from it, which the trail has itself.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any

import attrs
import msgspec
import sqlalchemy as sa

from peerbill.ledger.store import tables
from peerbill.ledger.store.column_types import Long, Whole
from peerbill.ledger.store.seals import Row, as_it_is
from peerbill.ledger.store.statements import KEPT, Statement

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


@attrs.frozen
class SentRows:
    """The rows of a file that was sent, whole, those of each table in any order."""

    claims: list[Row] = attrs.field(factory=list)
    lines: list[Row] = attrs.field(factory=list)
    encounters: list[Row] = attrs.field(factory=list)


def of_file(connection: sa.Connection, batch_id: int, number: int) -> str:
    """Return the digest of the claims, lines and encounters in a file that was sent: SHA-256 in hex."""
    claims, lines, encounters = tables.claims, tables.lines, tables.encounters
    of_file_ = sa.and_(claims.c.batch_id == batch_id, claims.c.file_number == number)
    of_lines = sa.select(lines).join(claims, claims.c.claim_id == lines.c.claim_id).where(of_file_)
    of_encounters = sa.select(encounters).join(claims, claims.c.claim_id == encounters.c.claim_id).where(of_file_)
    return _of_sent(
        _rows(connection, sa.select(claims).where(of_file_).order_by(claims.c.claim_id)),
        _rows(connection, of_lines.order_by(lines.c.claim_id, lines.c.number)),
        _rows(connection, of_encounters),
    )


def of_rows(connection: sa.Connection, batch_id: int, number: int, rows: SentRows) -> str:
    """Return the digest of a file of which these are all rows, just written: what `of_file` reads back for it."""
    claims = tables.claims.c
    query = sa.select(claims.claim_id).where(claims.batch_id == batch_id, claims.file_number == number)
    # In what order text is, each database decides for itself.
    ids = connection.execute(query.order_by(claims.claim_id)).scalars()
    places = {claim_id: place for place, claim_id in enumerate(ids)}
    return _of_sent(
        sorted(rows.claims, key=lambda row: places[row[0]]),
        sorted(rows.lines, key=lambda row: (places[row[0]], row[1])),
        rows.encounters,
    )


def _of_sent(claims: Iterable[Row], lines: Iterable[Row], encounters: Iterable[Row]) -> str:
    """Return the digest of the rows of a file; claims and lines are in the order of the database."""
    digest = hashlib.sha256()
    for table, rows in ((tables.claims, claims), (tables.lines, lines)):
        lasting, groups = _readers(table)
        added: list[list[Row]] = [[] for _ in groups]
        for portion in _portions(rows):
            digest.update(_encode(list(map(lasting, portion))))
            for filled, read in zip(added, groups, strict=True):
                filled.extend(filter(None, map(read, portion)))
        digest.update(b"\n")
        for filled in added:
            for portion in _portions(filled):
                digest.update(_encode([str(table.name), *portion]))
    lasting, [site] = _readers(tables.encounters)
    # Sorted here: databases do not agree on the order of text. The two first columns are encounter and claim.
    in_order = sorted(encounters, key=itemgetter(1, 0))
    digest.update(_encode(list(map(lasting, in_order))))
    if of_sites := [(claim_id, id_, name) for id_, claim_id, name in filter(None, map(site, in_order))]:
        digest.update(_encode(of_sites))
    return digest.hexdigest()


@cache
def _readers(table: sa.Table) -> tuple[Callable[[Row], Row], tuple[Callable[[Row], Row], ...]]:
    """Return what reads the lasting columns of a row, and its key with each group of added ones, () if blank."""
    added = tuple(_added_reader(table, group) for group in _ADDED.get(str(table.name), ()))
    return _reader(table, [column.name for column in _lasting(table)]), added


def _added_reader(table: sa.Table, group: Sequence[str]) -> Callable[[Row], Row]:
    keys = [column.name for column in table.primary_key]
    read, first = _reader(table, [*keys, *group]), len(keys)
    blank = tuple(_blank(table.c[name]) for name in group)

    def added(row: Row) -> Row:
        found = read(row)
        return () if found[first:] == blank else found

    return added


def _reader(table: sa.Table, names: Sequence[str]) -> Callable[[Row], Row]:
    columns = [column.name for column in table.columns]
    return itemgetter(*map(columns.index, names))


def _blank(column: sa.Column[Any]) -> int | str:
    return 0 if isinstance(column.type, Whole | Long) else ""


def _portions(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while portion := list(islice(left, _AT_ONCE)):
        yield portion


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Row]:
    for row in connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
        yield tuple(row)


def of_answer(connection: sa.Connection, answer_id: int) -> str:
    """Return the digest of the remittances and payments that a file of answers brought: SHA-256 in hex."""
    digest = hashlib.sha256()
    for name, query in _of_answer(connection.dialect):
        for part in query.select(connection, _AT_ONCE, answer=answer_id).partitions(_AT_ONCE):
            digest.update(_encode([*name, *map(tuple, part)]))
        if not name:
            digest.update(b"\n")
    return digest.hexdigest()


@lru_cache(maxsize=KEPT)
def _of_answer(dialect: sa.Dialect) -> tuple[tuple[tuple[str, ...], Statement], ...]:
    """Return the queries for the rows that `answer` brought, of the tables in their order.

    Those for values of columns that came later, if there are any, have the name of the table with them.
    """
    transactions, payments = tables.transactions.c, tables.payments.c
    ids = sa.select(transactions.transaction_id).where(transactions.answer_id == sa.bindparam("answer"))
    of_payments = sa.select(payments.payment_id).where(payments.transaction_id.in_(ids))
    queries: list[tuple[tuple[str, ...], sa.Select[Any]]] = []
    for table in (tables.transactions, tables.remittances, tables.provider_adjustments, tables.payments):
        queries += _of_table(table, table.c.transaction_id.in_(ids))
    for table in (tables.line_payments, tables.adjustments, tables.remarks):
        queries += _of_table(table, table.c.payment_id.in_(of_payments))
    return tuple((name, Statement.of(query, dialect)) for name, query in queries)


def _of_table(table: sa.Table, chosen: sa.ColumnElement[bool]) -> Iterator[tuple[tuple[str, ...], sa.Select[Any]]]:
    keys = list(table.primary_key)
    aside = {*_added(table), *(_ASIDE if table.name == "payments" else ())}
    before = [column for column in table.columns if column.name not in aside]
    yield (), _as_they_are(table, before).where(chosen).order_by(*keys)
    for names in _ADDED.get(str(table.name), ()):
        added = [table.c[name] for name in names]
        filled = sa.or_(*(column != _blank(column) for column in added))
        yield (str(table.name),), _as_they_are(table, [*keys, *added]).where(chosen, filled).order_by(*keys)


def _as_they_are(table: sa.Table, columns: Iterable[sa.Column[Any]]) -> sa.Select[Any]:
    return sa.select(*map(as_it_is, columns)).select_from(table)


def _added(table: sa.Table) -> set[str]:
    return {name for names in _ADDED.get(table.name, ()) for name in names}


def _lasting(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if column.name not in _CHANGING | _added(table)]
