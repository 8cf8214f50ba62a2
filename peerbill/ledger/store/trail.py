"""The audit trail: a chain of entries in which each hash covers the entry before.

An entry that is changed, removed, put in or moved breaks every hash after it; an entry cut off at the end is seen by
whoever kept the number and hash of a later entry (a checkpoint).
"""

import hashlib
from collections.abc import Iterable, Sequence

import attrs
import msgspec
import sqlalchemy as sa

from peerbill.ledger.store import tables

GENESIS = "0" * 64
"""The hash before the first entry."""

_encode = msgspec.json.Encoder().encode


@attrs.frozen
class Event:
    """Something that happened to a claim, or ("" for `claim_id`) to the ledger: `state` is the claim's after it."""

    claim_id: str
    event: str
    state: str
    file: str = ""
    detail: str = ""


@attrs.frozen
class Checkpoint:
    """Where the trail ended at a time. Kept elsewhere, it shows later whether anything before it was changed."""

    number: int
    hash: str
    at: str


def checkpoint(connection: sa.Connection, at: str) -> Checkpoint:
    """Return where the trail ends now: number and hash of the last entry, or 0 and `GENESIS` where there is none."""
    events = tables.events.c
    last = connection.execute(sa.select(events.number, events.hash).order_by(events.number.desc()).limit(1)).first()
    return Checkpoint(last.number, last.hash, at) if last is not None else Checkpoint(0, GENESIS, at)


def entry_hash(previous: str, entry: Sequence[object]) -> str:
    """Return the hash of an entry: number, at, who, claim id, event, state, file, detail; SHA-256 in hex.

    It is taken of the JSON list of the hash before and these eight, so that two entries can never look like a single
    entry.
    """
    return hashlib.sha256(_encode([previous, *entry])).hexdigest()


def append(connection: sa.Connection, at: str, who: str, events: Iterable[Event]) -> int:
    """Write entries at the end of the trail, in the transaction that the connection is in; return how many."""
    # The row is locked until the transaction ends: two writers never continue from the same entry.
    counter = sa.select(tables.counters.c.value).where(tables.counters.c.name == "event").with_for_update()
    number = int(connection.execute(counter).scalar_one())
    first = number
    previous = GENESIS
    if number:
        of_last = sa.select(tables.events.c.hash).where(tables.events.c.number == number)
        previous = connection.execute(of_last).scalar_one()
    who = _writable(who)
    rows: list[tuple[object, ...]] = []
    for event in events:
        number += 1
        file, detail = _writable(event.file), _writable(event.detail)
        entry = (number, at, who, event.claim_id, event.event, event.state, file, detail)
        previous = entry_hash(previous, entry)
        rows.append((*entry, previous))
    if rows:
        insert_rows(connection, tables.events, rows)
        connection.execute(sa.update(tables.counters).where(tables.counters.c.name == "event").values(value=number))
    return number - first


def _writable(text: str) -> str:
    """Return a text with ? for what no file of text may hold: names of files and accounts need not be text."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows that hold a table's columns in their order.

    The driver gets them as they are: SQLAlchemy's own handling of each row takes longer than the insertion.
    """
    if not rows:
        return
    statement = sa.insert(table).compile(dialect=connection.dialect)
    if statement.positional:
        connection.exec_driver_sql(str(statement), list(rows))
    else:
        names = [column.name for column in table.columns]
        connection.exec_driver_sql(str(statement), [dict(zip(names, row, strict=True)) for row in rows])
