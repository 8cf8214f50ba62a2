"""Copies of the ledger, and the way back.

A backup is a SQLite file, also that of a ledger in PostgreSQL: it is restored into either.
"""

import contextlib
import datetime as dt
import os
import shutil
import sqlite3
import urllib.parse
from collections.abc import Callable, Iterator
from itertools import count
from operator import itemgetter
from pathlib import Path
from typing import Any

import attrs
import sqlalchemy as sa

from peerbill.ledger.look.history import reading
from peerbill.ledger.send.runs import WAIT
from peerbill.ledger.store import counters, disk, rows, tables, trail
from peerbill.ledger.store.database import (
    Place,
    as_ledger_error,
    exclusive,
    find_place,
    migrate,
    reading_engine,
    writable_engine,
)
from peerbill.ledger.store.identity import read_identity
from peerbill.ledger.store.ledger import Ledger, account, open_ledger, user, utc_now
from peerbill.ledger.store.trail import Checkpoint, Event
from peerbill.ledger.verify import verify
from peerbill.model.errors import LedgerError

_AT_ONCE = 5_000
AHEAD = 10_000
"""How far numbers jump where it is not known which of them were given."""
RESTORED = "restored"
"""The event with which the trail of a restored ledger goes on."""


@attrs.frozen
class Backup:
    """A backup that was verified: where its trail ends, and how many claims it holds."""

    path: Path
    last: Checkpoint
    claims: int


@attrs.frozen
class Restored:
    """What a restore did.

    `last` is where the backup's trail ended. `kept` is the ledger that was replaced, None where there was none.
    `forgotten` are the files that the replaced ledger had sent and the backup does not know; `missing` counts the
    entries of the trail between the backup and the checkpoint. `unknown`: nobody can say what was sent after `last_at`,
    the time of the backup's last entry: there was no ledger to be read.
    """

    last: Checkpoint
    claims: int
    kept: Path | None
    forgotten: tuple[str, ...]
    missing: int
    unknown: bool
    last_at: str


def back_up(ledger: Ledger, file: Path) -> Backup:
    """Write the whole ledger into a new SQLite file that only its owner may read.

    Others may use the ledger meanwhile: the backup is its state at one instant. It has its name when it is whole,
    synced and verified, and not before. Raises LedgerError for a file that is in the way, a disk that does not take
    it, and a ledger that does not verify; no file is left then.
    """
    file = file.resolve()
    if file.exists():
        raise LedgerError(f"{file} is in the way: choose another name for the backup")
    with _writing(file), _hidden(file, f"{ledger.place.tag}-backup") as hidden:
        _dump(ledger.place, hidden)
        with as_ledger_error(_place(hidden)), reading_engine(_place(hidden)).connect() as connection:
            claims = _verified(connection, f"the ledger {ledger.place}")
            last = trail.checkpoint(connection, ledger.now())
        _sync(hidden)
        disk.rename(hidden, file)
        disk.sync_folder(file.parent)
    return Backup(file, last, claims)


def restore(
    url: str,
    folder: Path,
    file: Path,
    *,
    replace: bool = False,
    saved: Checkpoint | None = None,
    who: str | None = None,
    clock: Callable[[], dt.datetime] = utc_now,
    wait: float = WAIT,
    tell: Callable[[str], None] = lambda _: None,
) -> Restored:
    """Make a backup the ledger of a workspace; the ledger that it replaces is kept beside.

    `url` is `[ledger] url`, `folder` the workspace. What was sent after the backup is forgotten: its claims would be
    billed again. Their files and batches are kept as undone where the replaced ledger can still be read, so that no
    control number, batch or claim id comes twice; where it cannot, or where there is none, all numbers go on well ahead
    (`AHEAD`). The trail continues with an entry about it.

    Raises LedgerError, with nothing changed, for a file that is no backup or does not verify, a checkpoint that is not
    of this ledger, another run, and, without `replace`, a ledger that holds something.
    """
    place = find_place(url, folder)
    if not file.is_file():
        raise LedgerError(f"there is no backup at {file}")
    beside = place.file or folder.resolve() / "ledger.db"
    with (
        exclusive(place, _engine(place), wait, tell),
        _writing(beside),
        _hidden(beside, f"{place.tag}-restore") as hidden,
    ):
        _copy(file, hidden)
        by = user() if who is None else who
        ledger = Ledger(_place(hidden), writable_engine(_place(hidden)), by, clock, account())
        with ledger.changing() as connection:
            migrate(connection)
            claims = _verified(connection, f"the backup {file}", saved)
            last = trail.checkpoint(connection, ledger.now())
            current = _current(url, folder, place)
            if current.holds and not replace:
                raise LedgerError(
                    f"the ledger {place} is not empty: what the backup does not hold would be forgotten, and billed "
                    "again. To put the backup in its place: --replace"
                )
            last_at = _last_at(connection, last.number)
            trail.begin_seals(connection, ledger.now(), ledger.who)
            forgotten = _carry_over(connection, current)
            detail = f"a backup that ended at entry {last.number}"
            unknown = not current.holds or current.tag != read_identity(connection).tag
            if unknown:
                _jump(connection)
                detail += f"; what was sent since is not known, and numbers go on {AHEAD:,} later"
            if current.holds:
                detail += f", in place of a ledger that ended at entry {current.last}"
            trail.append(connection, ledger.now(), ledger.who, [Event("", RESTORED, "", file.name, detail)])
        _sync(hidden)
        kept = _keep(place, beside) if current.holds else None
        if place.file is not None:
            disk.rename(hidden, place.file)
            disk.sync_folder(place.file.parent)
        else:
            _load(ledger, open_ledger(url, folder, new=True))
    missing = max(saved.number - last.number, 0) if saved else 0
    return Restored(last, claims, kept, forgotten, missing, unknown, last_at)


def _engine(place: Place) -> sa.Engine:
    """Return the engine that holds a ledger in PostgreSQL; a SQLite file is not made for it."""
    return writable_engine(place) if place.file is None else reading_engine(place)


def _place(file: Path) -> Place:
    return Place(sa.URL.create("sqlite", database=str(file)), file, file.with_name(file.name + ".lock"))


@contextlib.contextmanager
def _writing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LedgerError(f"{error.filename or file} cannot be written: {error.strerror}") from error
    except sqlite3.Error as error:
        raise LedgerError(f"{file} cannot be written, or what it is made from cannot be read: {error}") from error


@contextlib.contextmanager
def _hidden(file: Path, tag: str) -> Iterator[Path]:
    """Yield the hidden name of a file that is to be made, and remove what still has it afterwards or did before."""
    disk.make_folder(file.parent)
    for path in disk.stale(file.parent, tag):
        _remove(path)
    hidden = file.with_name(disk.temporary_name(file.name, tag))
    try:
        os.close(disk.new_file(hidden))
        yield hidden
    finally:
        _remove(hidden)


def _remove(hidden: Path) -> None:
    for suffix in ("-journal", ".lock", ""):
        hidden.with_name(hidden.name + suffix).unlink(missing_ok=True)


def _sync(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _dump(place: Place, file: Path) -> None:
    if place.file is not None:
        _copy(place.file, file)
        return
    with (
        as_ledger_error(place),
        reading_engine(place).connect() as source,
        writable_engine(_place(file)).begin() as target,
    ):
        migrate(target)
        _transfer(source, target)


def _copy(source: Path, target: Path) -> None:
    address = f"file:{urllib.parse.quote(os.fsencode(source.resolve()))}?mode=ro"
    with (
        contextlib.closing(sqlite3.connect(address, uri=True, timeout=30.0)) as from_,
        contextlib.closing(sqlite3.connect(target)) as to,
    ):
        # The copy is thrown away when it is not whole: it needs no journal, and is synced once.
        to.execute("PRAGMA journal_mode = OFF")
        to.execute("PRAGMA synchronous = OFF")
        from_.backup(to)


def _transfer(source: sa.Connection, target: sa.Connection) -> None:
    """Copy a ledger's rows into another, a portion at a time, in the other's transaction."""
    for table in reversed(tables.metadata.sorted_tables):
        target.execute(sa.delete(table))
    for table in tables.metadata.sorted_tables:
        found = source.execute(sa.select(table), execution_options={"yield_per": _AT_ONCE})
        for part in found.partitions():
            rows.copy_rows(target, table, [tuple(row) for row in part])


def _load(source: Ledger, target: Ledger) -> None:
    with (
        as_ledger_error(target.place),
        reading_engine(source.place).connect() as copied,
        target.engine.begin() as connection,
    ):
        _transfer(copied, connection)


def _verified(connection: sa.Connection, what: str, saved: Checkpoint | None = None) -> int:
    """Return how many claims a ledger holds. Raises LedgerError where it does not verify."""
    last = trail.checkpoint(connection, "").number
    # A backup may be older than a checkpoint: that is reported, and is no fault of it.
    verification = verify(connection, saved if saved is not None and saved.number <= last else None)
    if verification.problems:
        first, *others = verification.problems
        more = f" and {len(others)} more" if others else ""
        raise LedgerError(f"{what} cannot be trusted: {first.message}{more}. Look at it with: peerbill ledger verify")
    return verification.claims


@attrs.frozen
class _Current:
    """The ledger that is to be replaced: what must not be given out again."""

    holds: bool = False
    tag: str | None = None
    last: int | str = 0
    first_control_number: int = 1
    counters: tuple[Any, ...] = ()
    batches: tuple[Any, ...] = ()
    files: tuple[Any, ...] = ()


def _current(url: str, folder: Path, place: Place) -> _Current:
    try:
        with reading(url, folder) as connection:
            if connection is None:
                return _Current()
            last = trail.checkpoint(connection, "").number
            own = read_identity(connection)
            batches, files, counters = (
                tuple(connection.execute(sa.select(table)).mappings().all())
                for table in (tables.batches, tables.files, tables.counters)
            )
    except LedgerError:
        # A SQLite file that cannot be read is what a backup is for; it is replaced only when that is asked for.
        if place.file is None:
            raise
        return _Current(holds=True, last="unknown")
    return _Current(bool(last or files), own.tag, last, own.first_control_number, counters, batches, files)


def _carry_over(connection: sa.Connection, current: _Current) -> tuple[str, ...]:
    """Record what the backup does not know of as undone; return the names of the files that had been sent."""
    batches, files, numbers_given = tables.batches, tables.files, tables.counters.c
    files_before = connection.execute(sa.select(files)).mappings().all()
    hashes = {_sent_as(row) for row in files_before}
    places = {_stands_at(row) for row in files_before}
    numbers = {_control_number(row) for row in files_before}
    later = [row for row in current.files if _sent_as(row) not in hashes]
    carried = [row for row in later if _stands_at(row) not in places and _control_number(row) not in numbers]
    there = set(connection.execute(sa.select(batches.c.batch_id)).scalars())
    needed = {row["batch_id"] for row in carried} - there
    if needed:
        undone = [{**row, "state": tables.UNDONE} for row in current.batches if row["batch_id"] in needed]
        rows.insert(connection, batches, undone)
    rows.insert(connection, files, [{**row, "state": tables.UNDONE} for row in carried])
    for row in current.counters:
        # The trail's own counter is that of its last entry.
        if row["name"] != "event":
            is_lower = (numbers_given.name == row["name"], numbers_given.value < row["value"])
            rows.update(connection, tables.counters, {"value": row["value"]}, *is_lower)
    first = current.first_control_number
    is_later = tables.identity.c.first_control_number < first
    rows.update(connection, tables.identity, {"first_control_number": first}, is_later)
    return tuple(row["name"] for row in later if row["state"] != tables.UNDONE)


def _last_at(connection: sa.Connection, number: int) -> str:
    events = tables.events.c
    return connection.execute(sa.select(events.at).where(events.number == number)).scalar() or ""


def _jump(connection: sa.Connection) -> None:
    """Let claims, batches, questions and control numbers go on well ahead: which were given is not known."""
    for name in ("batch", "claim", "eligibility"):
        counters.set_last(connection, name, counters.last(connection, name) + AHEAD)
    given = connection.execute(sa.select(sa.func.max(tables.files.c.isa13))).scalar() or 0
    highest = max(given + 1, read_identity(connection).first_control_number)
    rows.update(connection, tables.identity, {"first_control_number": highest + AHEAD, "settled": 1})


_sent_as = itemgetter("batch_id", "number", "sha256")
_stands_at = itemgetter("batch_id", "number")
_control_number = itemgetter("sender", "receiver", "isa13")


def _keep(place: Place, beside: Path) -> Path:
    """Give the ledger that is to be replaced a second name, which nothing else has."""
    for number in count(1):
        kept = beside.with_name(f"{beside.name}.replaced-{number}")
        # A restore that was killed may have given the name already.
        if place.file is not None and kept.exists() and kept.samefile(place.file):
            return kept
        if not kept.exists():
            break
    if place.file is None:
        with _hidden(kept, f"{place.tag}-keep") as hidden:
            _dump(place, hidden)
            _sync(hidden)
            disk.rename(hidden, kept)
    else:
        _settle(place.file)
        for suffix in ("-journal", ""):
            _link(place.file.with_name(place.file.name + suffix), kept.with_name(kept.name + suffix))
        # A journal that could not be rolled back belongs to the old file: SQLite would apply it to the new file.
        place.file.with_name(place.file.name + "-journal").unlink(missing_ok=True)
    disk.sync_folder(kept.parent)
    return kept


def _settle(file: Path) -> None:
    """Let SQLite roll back what a killed writer left, where it can."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _link(file: Path, kept: Path) -> None:
    if not file.exists():
        return
    try:
        kept.hardlink_to(file)
    except OSError:
        # Not every file system knows a second name for a file.
        shutil.copyfile(file, kept)
        kept.chmod(0o600)
        _sync(kept)
