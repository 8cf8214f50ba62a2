"""A ledger as the release before seals left it."""

from typing import Any

import sqlalchemy as sa

from peerbill.ledger.store import tables, trail
from peerbill.ledger.store.database import downgrade
from peerbill.ledger.store.rows import copy_rows


def unseal(connection: sa.Connection) -> None:
    """Take the seals and the accounts away, and chain what is left of the trail anew."""
    events = tables.events
    query = sa.select(events).where(events.c.event != "sealed").order_by(events.c.number)
    previous, rows = trail.GENESIS, list[tuple[Any, ...]]()
    for number, row in enumerate(connection.execute(query).all(), start=1):
        entry = (number, *row[1:8])
        previous = trail.entry_hash(previous, entry)
        rows.append((*entry, previous, ""))
    connection.execute(sa.delete(events))
    connection.execute(sa.delete(tables.seals))
    copy_rows(connection, events, rows)
    connection.execute(sa.update(tables.counters).where(tables.counters.c.name == "event").values(value=len(rows)))


def unsealed_downgrade(connection: sa.Connection, revision: str) -> None:
    """Take a ledger back to a revision of before seals."""
    unseal(connection)
    downgrade(connection, revision)
