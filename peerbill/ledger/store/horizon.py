"""The day before which claims were purged: what is older and not in the ledger may have been billed all the same.

It is kept among the counters, as a number: 20161130 is 2016-11-30.
"""

import datetime as dt

import sqlalchemy as sa

from peerbill.ledger.store import rows, tables

_NAME = "purged before"
_COUNTERS = tables.counters.c


def read_horizon(connection: sa.Connection) -> dt.date | None:
    """Return the day before which claims were purged, None where none ever were."""
    value = connection.execute(sa.select(_COUNTERS.value).where(_COUNTERS.name == _NAME)).scalar()
    return dt.date.fromisoformat(str(value)) if value else None


def move_horizon(connection: sa.Connection, day: dt.date) -> None:
    """Record that claims before a day were purged, in the transaction that the connection is in; it never goes back."""
    value = int(f"{day:%Y%m%d}")
    known = connection.execute(sa.select(_COUNTERS.value).where(_COUNTERS.name == _NAME)).scalar()
    if known is None:
        rows.insert_rows(connection, tables.counters, [(_NAME, value)])
    elif known < value:
        rows.update(connection, tables.counters, {"value": value}, _COUNTERS.name == _NAME)
