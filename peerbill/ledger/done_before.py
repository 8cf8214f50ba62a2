"""What the last change of the ledger did: the command that made it may have been killed before anybody saw it.

A run that dies after its last commit has done its work and shown nothing, and nothing tells it from a run that somebody
saw. So the same command once more, by the same person, shows what it did and ends as it would have ended, as long as
nothing else was recorded since; after that, it tells what was done before, as of any claim.
"""

import attrs
import sqlalchemy as sa

from peerbill.ledger.store import tables
from peerbill.ledger.store.seals import SEALED
from peerbill.model.plural import named
from peerbill.model.printable import storable

NOTHING_NEW = "done by the command before, and nothing was recorded since. It is listed again; nothing changed"


@attrs.frozen
class Entry:
    """An entry of the audit trail: what happened to a claim."""

    claim_id: str
    event: str
    detail: str


def last_change(connection: sa.Connection, who: str) -> tuple[Entry, ...]:
    """Return the entries of the last transaction that changed the ledger, without its seal; none if another made it."""
    events = tables.events.c
    sealed = sa.select(events.number, events.who).where(events.event == SEALED).order_by(events.number.desc()).limit(2)
    seals = connection.execute(sealed).all()
    if not seals or seals[0].who != storable(who) or entries_since(connection, seals[0].number):
        return ()
    first = seals[1].number if len(seals) > 1 else 0
    query = (
        sa.select(events.claim_id, events.event, events.detail)
        .where(events.number > first, events.number < seals[0].number)
        .order_by(events.number)
    )
    return tuple(Entry(*row) for row in connection.execute(query))


def entries_since(connection: sa.Connection, number: int, *, sealed: bool = True) -> int:
    """Return how many entries the trail has after a number: all, or with `sealed` false those that are no seal."""
    events = tables.events.c
    counted = sa.select(sa.func.count()).where(events.number > number)
    return int(connection.execute(counted if sealed else counted.where(events.event != SEALED)).scalar_one())


def done_in(change: tuple[Entry, ...], event: str, detail: str) -> tuple[str, ...]:
    """Return the claims of a change to which an event happened, with its words, in their order."""
    return tuple(entry.claim_id for entry in change if (entry.event, entry.detail) == (event, storable(detail)))


def told_again(claim_ids: tuple[str, ...], most: int = 20) -> str:
    """Return what a person is told of claims that the command before has done."""
    return f"{named(claim_ids, most)}: {NOTHING_NEW}"
