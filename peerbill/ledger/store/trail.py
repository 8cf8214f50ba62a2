"""The audit trail: a chain of entries in which each hash covers the entry before.

An entry that is changed, removed, put in or moved breaks every hash after it; an entry cut off at the end is seen by
whoever kept the number and hash of a later entry (a checkpoint).
"""

import hashlib
from collections.abc import Iterable, Sequence

import attrs
import msgspec
import sqlalchemy as sa

from peerbill.ledger.store import seals, tables
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.rows import copy_rows
from peerbill.ledger.store.seals import SEALED, changes_of
from peerbill.model.printable import storable
from peerbill.model.quick import quick

GENESIS = "0" * 64
"""The hash before the first entry."""
PURGED = "purged"
"""The entry about a purge; its detail ends with how many entries lost their detail by it, and their digest."""
PURGED_FILE, PURGED_ANSWER = "purged-file", "purged-answer"
"""The entries with the digest of what is left of a file that was sent, and of a file of answers (`contents.py`)."""
OF_PURGES = (PURGED, PURGED_FILE, PURGED_ANSWER)
PURGED_BY = "purged by entry "
"""How the detail of an entry begins whose own a purge took out; the number of the purge's entry follows."""

_encode = msgspec.json.Encoder().encode


@quick
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
    """Where the trail ended at a time. Kept elsewhere, it shows later whether anything before it was changed.

    `signature` (`peerbill.ledger.signing`) is "" where it is not signed.
    """

    number: int
    hash: str
    at: str
    signature: str = ""


def checkpoint(connection: sa.Connection, at: str) -> Checkpoint:
    """Return where the trail ends now: number and hash of the last entry, or 0 and `GENESIS` where there is none."""
    events = tables.events.c
    last = connection.execute(sa.select(events.number, events.hash).order_by(events.number.desc()).limit(1)).first()
    return Checkpoint(last.number, last.hash, at) if last is not None else Checkpoint(0, GENESIS, at)


def holds(connection: sa.Connection, saved: Checkpoint) -> bool:
    """Tell whether the trail still has the entry at which a checkpoint was made. What is before it is not read."""
    if saved.number == 0:
        return saved.hash == GENESIS
    events = tables.events.c
    found = connection.execute(sa.select(events.hash).where(events.number == saved.number)).scalar()
    return bool(found == saved.hash)


def unseen_purge(connection: sa.Connection, saved: Checkpoint) -> int:
    """Return the last entry of purges behind a checkpoint, of which another run than the last did any; else 0.

    A run that purges writes nothing else, and its own checkpoint follows.
    """
    events = tables.events.c
    purges = sa.func.sum(sa.case((events.event == PURGED, 1), else_=0))
    query = sa.select(sa.func.min(events.number), sa.func.max(events.number), purges)
    first, last, number = connection.execute(
        query.where(events.number > saved.number, events.event.in_(OF_PURGES))
    ).one()
    if first is None:
        return 0
    others = sa.select(sa.exists().where(events.number > first, events.event.not_in((*OF_PURGES, SEALED))))
    return int(last) if number != 1 or connection.execute(others).scalar() else 0


def entry_hash(previous: str, entry: Sequence[object], account: str = "") -> str:
    """Return the hash of an entry: number, at, who, claim id, event, state, file, detail; SHA-256 in hex.

    It is taken of the JSON list of the hash before and these eight, so that two entries can never look like a single
    entry. The account comes ninth; entries of before it was kept have none, and keep their hash.
    """
    return hashlib.sha256(_encode([previous, *entry, account] if account else [previous, *entry])).hexdigest()


@attrs.define(eq=False)
class PurgedEntries:
    """The entries of which a purge took the detail out. Each keeps its hash, so that the chain stays whole.

    Nobody can work that hash out any more: the entry of the purge has the digest of what is left of all of them.
    """

    number: int = 0
    _digest: "hashlib._Hash" = attrs.field(factory=hashlib.sha256)

    def add(self, entry: Sequence[object], account: str, row_hash: str) -> None:
        """Take in the next of them, in order: its eight values (`entry_hash`), its account and its hash."""
        self.number += 1
        self._digest.update(_encode([*entry, account, row_hash]))

    @property
    def detail(self) -> str:
        """How the detail of the purge's entry ends."""
        return f"entries without their detail: {self.number}, SHA-256 {self._digest.hexdigest()}"


def purge_of(detail: str) -> int:
    """Return the number of the entry of the purge that took a detail out; 0 for a detail that is there."""
    number = detail.removeprefix(PURGED_BY)
    return int(number) if number != detail and number.isascii() and number.isdigit() and len(number) <= 18 else 0


def take_details(connection: sa.Connection, numbers: Iterable[int]) -> PurgedEntries:
    """Take the details out of entries, and return what is left; the next entry that is appended must tell of it."""
    events = tables.events
    detail = f"{PURGED_BY}{_locked_number(connection) + 1}"
    names = ("number", "at", "who", "claim_id", "event", "state", "file", "detail", "account", "hash")
    left = PurgedEntries()
    for portion in portions(numbers):
        is_it = events.c.number.in_(portion)
        connection.execute(sa.update(events).where(is_it).values(detail=detail))
        query = sa.select(*(events.c[name] for name in names)).where(is_it).order_by(events.c.number)
        for *entry, account, row_hash in connection.execute(query):
            left.add(entry, account, row_hash)
    return left


def append(connection: sa.Connection, at: str, who: str, events: Iterable[Event]) -> int:
    """Write entries at the end of the trail, in the transaction that the connection is in; return how many."""
    number = _locked_number(connection)
    changes, first = changes_of(connection), number
    previous = GENESIS
    if number:
        of_last = sa.select(tables.events.c.hash).where(tables.events.c.number == number)
        previous = connection.execute(of_last).scalar_one()
    who, account = storable(who), storable(changes.account)
    rows: list[tuple[object, ...]] = []
    for event in events:
        number += 1
        file, detail = storable(event.file), storable(event.detail)
        # As plain texts: the driver takes half a microsecond more for each word of an enumeration.
        entry = (number, at, who, event.claim_id, str(event.event), str(event.state), file, detail)
        previous = entry_hash(previous, entry, account)
        rows.append((*entry, previous, account))
    if rows:
        changes.entries += len(rows)
        copy_rows(connection, tables.events, rows)
        connection.execute(sa.update(tables.counters).where(tables.counters.c.name == "event").values(value=number))
    return number - first


def seal(connection: sa.Connection, at: str, who: str) -> None:
    """End a transaction with the entry that seals all rows, where it changed any, or wrote to the trail.

    A new ledger has its first entry when something is sent. Raises LedgerError where the seals were changed.
    """
    changes = changes_of(connection)
    if not changes.entries and not any(change.number or change.total for change in changes.seals.values()):
        return
    number = _locked_number(connection)
    before = number - changes.entries
    detail = "" if before == 0 else _detail(connection, before) or "gone"
    digest = seals.apply(connection, changes, detail)
    if number:
        append(connection, at, who, [Event("", SEALED, "", "", f"rows {digest}")])


def begin_seals(connection: sa.Connection, at: str, who: str) -> None:
    """Seal a ledger that has no seals: a new one, or one that an older peerbill made.

    Raises LedgerError where it had seals before: somebody took them away.
    """
    events = tables.events.c
    if seals.read_seals(connection):
        return
    if connection.execute(sa.select(sa.exists().where(events.event == SEALED))).scalar():
        raise seals.changed()
    digest = seals.digest_of(seals.first_seals(connection))
    if _locked_number(connection):
        append(connection, at, who, [Event("", SEALED, "", "", f"{seals.FIRST}rows {digest}")])
        changes_of(connection).entries = 0


def _detail(connection: sa.Connection, number: int) -> str | None:
    events = tables.events.c
    return connection.execute(sa.select(events.detail).where(events.number == number)).scalar()


def _locked_number(connection: sa.Connection) -> int:
    # The row is locked until the transaction ends: two writers never continue from the same entry.
    counter = sa.select(tables.counters.c.value).where(tables.counters.c.name == "event").with_for_update()
    return int(connection.execute(counter).scalar_one())
