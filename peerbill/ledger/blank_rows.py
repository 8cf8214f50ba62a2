"""Whether what the trail says was purged is blank in the tables, and what is blank was purged.

A purge writes digests of what is left of files and answers over those of the day they were sent or posted. Whoever can
write to the database can add such an entry too. So it counts for files and answers in which something was purged alone,
and a row that was purged must have nothing that a purge takes out. What was there before, nobody can tell from a row:
`verify` says so where a purge is later than the checkpoint.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from peerbill.ledger.purge import BLANK, TOKEN, YEAR
from peerbill.ledger.store import tables, trail

_CLAIMS, _EVENTS, _PAYMENTS = tables.claims.c, tables.events.c, tables.payments.c
_TRANSACTIONS = tables.transactions.c
_AT_ONCE = 5_000
_IS_TOKEN = re.compile(r'purged-[0-9a-f]{24}|\["purged","[0-9a-f]{24}"\]')
_IS_YEAR = re.compile(r"[0-9]{4}-01-01(T00:00:00)?")
_OF_ANSWERS = (tables.remittances, tables.provider_adjustments, tables.payments)


def purged_claims() -> sa.Select[tuple[str]]:
    """Return the query of the claims that a purge took an entry's detail from."""
    purges = tables.events.alias()
    details = sa.select(trail.PURGED_BY + sa.cast(purges.c.number, sa.String)).where(purges.c.event == trail.PURGED)
    return sa.select(_EVENTS.claim_id).where(_EVENTS.claim_id != "", _EVENTS.detail.in_(details)).distinct()


def has_purges(connection: sa.Connection) -> bool:
    """Tell whether the trail has an entry of a purge."""
    return bool(connection.execute(sa.select(sa.exists().where(_EVENTS.event == trail.PURGED))).scalar())


def purged_files(connection: sa.Connection) -> set[str]:
    """Return the names of the files with a claim that was purged."""
    files = tables.files.c
    query = sa.select(files.name).join(
        tables.claims, sa.and_(_CLAIMS.batch_id == files.batch_id, _CLAIMS.file_number == files.number)
    )
    found = connection.execute(query.where(_CLAIMS.claim_id.in_(purged_claims())).distinct())
    return set(found.scalars()) if has_purges(connection) else set()


def purged_answers(connection: sa.Connection) -> set[int]:
    """Return the files of answers, by id, of which something is as a purge leaves it."""
    if not has_purges(connection):
        return set()
    found: set[int] = set()
    for table in _OF_ANSWERS:
        if not _changed(table):
            continue
        query = sa.select(_TRANSACTIONS.answer_id, *table.columns).join(
            tables.transactions, _TRANSACTIONS.transaction_id == table.c.transaction_id
        )
        is_blank = _is_blank(table)
        for answer_id, *row in _rows(connection, query):
            if answer_id not in found and is_blank(row):
                found.add(answer_id)
    return found


def differences(connection: sa.Connection) -> Iterator[str]:
    """Yield what of purged claims is not blank, and claims that are blank and were not purged."""
    if not has_purges(connection):
        return
    purged = purged_claims()
    for table in (tables.claims, tables.lines, tables.encounters, tables.payments):
        yield from _with_more(connection, table, sa.select(table.c.claim_id, *table.columns), table.c.claim_id)
    of_lines = sa.select(_PAYMENTS.claim_id, *tables.line_payments.columns).join(
        tables.payments, _PAYMENTS.payment_id == tables.line_payments.c.payment_id
    )
    yield from _with_more(connection, tables.line_payments, of_lines, _PAYMENTS.claim_id)
    unsaid = sa.select(_CLAIMS.claim_id).where(_CLAIMS.member_id == "", _CLAIMS.claim_id.not_in(purged))
    for (claim_id,) in _rows(connection, unsaid):
        yield f"claim {claim_id} is blank as after a purge, and the trail does not say that it was purged"
    yield from _with_details(connection)


def _with_more(
    connection: sa.Connection, table: sa.Table, query: sa.Select[Any], claim_id: sa.ColumnElement[str]
) -> Iterator[str]:
    is_blank = _is_blank(table)
    last = ""
    for id_, *row in _rows(connection, query.where(claim_id.in_(purged_claims())).order_by(claim_id)):
        if id_ != last and not is_blank(row):
            last = id_
            more = f"table {table.name} has more of it than a purge leaves"
            yield f"the trail says that claim {id_} was purged, and {more}"


def _with_details(connection: sa.Connection) -> Iterator[str]:
    """Yield the claims of which a purge took the detail from some entries before it, and left it in others."""
    purges = tables.events.alias()
    detail = trail.PURGED_BY + sa.cast(purges.c.number, sa.String)
    last = (
        sa.select(_EVENTS.claim_id, sa.func.max(purges.c.number).label("purge"))
        .join(purges, sa.and_(purges.c.event == trail.PURGED, _EVENTS.detail == detail))
        .where(_EVENTS.claim_id != "")
        .group_by(_EVENTS.claim_id)
        .subquery()
    )
    query = (
        sa.select(_EVENTS.claim_id, sa.func.min(_EVENTS.number))
        .join(last, last.c.claim_id == _EVENTS.claim_id)
        .where(_EVENTS.number < last.c.purge, ~_EVENTS.detail.startswith(trail.PURGED_BY))
        .group_by(_EVENTS.claim_id)
    )
    for claim_id, number in _rows(connection, query):
        yield f"the trail says that claim {claim_id} was purged, and entry {number} about it still has its detail"


def _changed(table: sa.Table) -> set[str]:
    name = str(table.name)
    return {*BLANK.get(name, ()), *YEAR.get(name, ()), *TOKEN.get(name, ())}


def _is_blank(table: sa.Table) -> Callable[[list[Any]], bool]:
    """Return what tells whether a row, of all columns, has nothing that a purge takes out."""
    name, places = str(table.name), {column.name: at for at, column in enumerate(table.columns)}
    blank, years, tokens = ([places[of] for of in names.get(name, ())] for names in (BLANK, YEAR, TOKEN))
    as_sent = tuple(places[of] for of in ("claim_as_sent", "claim_id", "about")) if name == "payments" else ()

    def is_blank(row: list[Any]) -> bool:
        return (
            not any(row[at] for at in blank)
            and all(not row[at] or _IS_YEAR.fullmatch(row[at]) for at in years)
            and all(not row[at] or _IS_TOKEN.fullmatch(row[at]) for at in tokens)
            and (not as_sent or row[as_sent[0]] == (row[as_sent[1]] or row[as_sent[2]]))
        )

    return is_blank


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Any]:
    yield from connection.execute(query, execution_options={"yield_per": _AT_ONCE})
