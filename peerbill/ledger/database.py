"""Opening the ledger's database: where it is, its migrations, and who may use it now."""

import contextlib
import hashlib
import os
import sqlite3
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import attrs
import filelock
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from peerbill.errors import LedgerError
from peerbill.ledger import tables

VERSION_TABLE = "peerbill_version"
BUSY = "another bill run is using this ledger: wait until it has ended, then run again"

# How long a statement waits for another process's transaction.
_PATIENCE = 30.0
_POLL = 0.05


@attrs.frozen
class Place:
    """Where a ledger is: its address, and the SQLite file or None; `lock` is the file that a bill run holds."""

    url: sa.URL
    file: Path | None
    lock: Path

    def __str__(self) -> str:
        return str(self.file) if self.file is not None else self.url.render_as_string(hide_password=True)

    @property
    def tag(self) -> str:
        """Return what tells this ledger's temporary files from another's in the same folder: eight hex digits."""
        return hashlib.sha256(str(self).encode()).hexdigest()[:8]


def find_place(url: str, folder: Path) -> Place:
    """Return where a `[ledger] url` points; a relative SQLite path starts in the workspace's folder.

    Raises LedgerError for an address that is no SQLite file and no PostgreSQL database.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise LedgerError(
            "[ledger] url is not a database address: expected sqlite:///ledger.db or postgresql+psycopg://…"
        ) from None
    if parsed.get_backend_name() == "postgresql":
        return Place(parsed, None, folder.resolve() / "ledger.lock")
    if parsed.get_backend_name() != "sqlite":
        raise LedgerError(
            f"[ledger] url begins with {parsed.drivername}: expected sqlite:///ledger.db or postgresql+psycopg://…"
        )
    if not parsed.database or parsed.database == ":memory:":
        raise LedgerError("[ledger] url names no file: a ledger in memory would forget what was sent")
    file = (folder.resolve() / parsed.database).resolve()
    return Place(parsed, file, file.with_name(file.name + ".lock"))


def writable_engine(place: Place) -> sa.Engine:
    """Return an engine that may change the ledger; an absent SQLite file is made, readable by its owner only."""
    if place.file is None:
        return _postgresql_engine(place)
    try:
        os.close(os.open(place.file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise LedgerError(f"the ledger {place} cannot be made: {error.strerror}") from error
    return _sqlite_engine(place.file, "rw", "BEGIN IMMEDIATE")


def reading_engine(place: Place) -> sa.Engine:
    """Return an engine that cannot change the ledger, and leaves no trace beside it."""
    if place.file is None:
        return _postgresql_engine(place).execution_options(postgresql_readonly=True)
    return _sqlite_engine(place.file, "ro", "BEGIN")


def _postgresql_engine(place: Place) -> sa.Engine:
    try:
        return sa.create_engine(place.url, hide_parameters=True, poolclass=NullPool)
    except ModuleNotFoundError:
        raise LedgerError(
            f"[ledger] url names PostgreSQL, and its driver {place.url.get_driver_name()} is not installed: "
            "install peerbill[postgresql]"
        ) from None


def _sqlite_engine(file: Path, mode: str, begin: str) -> sa.Engine:
    address = f"file:{urllib.parse.quote(str(file))}?mode={mode}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(address, uri=True, timeout=_PATIENCE)
        # Transactions are begun below: left to itself, the driver would leave reads and DDL outside of them.
        connection.isolation_level = None
        if mode == "rw":
            connection.execute("PRAGMA foreign_keys = ON")
            # EXTRA syncs the folder too: a committed batch survives a power failure, not only a killed process.
            connection.execute("PRAGMA synchronous = EXTRA")
        return connection

    engine = sa.create_engine("sqlite://", creator=connect, hide_parameters=True, poolclass=NullPool)

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


@contextlib.contextmanager
def told(place: Place) -> Iterator[None]:
    """Turn what the database says into a LedgerError, without statements or values."""
    try:
        yield
    except sa.exc.IntegrityError as error:
        raise LedgerError(
            f"the ledger {place} refused the batch, since an encounter or a service line of it was already billed; "
            "nothing was sent. Audit again with what the ledger holds now"
        ) from error
    except sa.exc.DBAPIError as error:
        raise LedgerError(f"the ledger {place} cannot be used: {error.orig}") from error
    except sa.exc.SQLAlchemyError as error:
        raise LedgerError(f"the ledger {place} cannot be used: {error}") from error


def version(connection: sa.Connection) -> str | None:
    """Return the revision of a ledger, or None for a database without tables.

    Raises LedgerError for a SQLite file that holds something else.
    """
    inspector = sa.inspect(connection)
    if inspector.has_table(VERSION_TABLE):
        return connection.execute(sa.select(sa.column("version_num")).select_from(sa.table(VERSION_TABLE))).scalar()
    if connection.dialect.name == "sqlite" and inspector.get_table_names():
        raise LedgerError("[ledger] url names a database that is no ledger of peerbill: choose another file")
    return None


def migrate(connection: sa.Connection) -> None:
    """Bring the tables to the newest revision, in the transaction that the connection is in.

    Raises LedgerError for a ledger that a newer peerbill made.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock_number("migrate"))))
    if version(connection) == tables.HEAD:
        return
    # Only a new or an old ledger needs Alembic, which takes longer to import than the rest to run.
    from alembic import command, config, util  # noqa: PLC0415

    settings = config.Config()
    settings.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    settings.attributes["connection"] = connection
    settings.attributes["version_table"] = VERSION_TABLE
    try:
        command.upgrade(settings, tables.HEAD)
    except util.CommandError as error:
        raise LedgerError("this ledger was made by a newer peerbill: upgrade peerbill, then run again") from error


@contextlib.contextmanager
def exclusive(place: Place, engine: sa.Engine, wait: float) -> Iterator[None]:
    """Hold the ledger for one bill run; raises LedgerError when another still holds it after `wait` seconds."""
    lock = filelock.FileLock(place.lock, mode=0o600)
    try:
        lock.acquire(timeout=wait)
    except filelock.Timeout:
        raise LedgerError(BUSY) from None
    except OSError as error:
        raise LedgerError(f"{place.lock} cannot be made: {error.strerror}") from error
    try:
        if place.file is None:
            # Another machine does not see this folder's lock file, but it shares the database.
            with told(place), engine.connect() as connection:
                _advisory(connection, wait)
                connection.commit()
                yield
        else:
            yield
    finally:
        lock.release()


def _advisory(connection: sa.Connection, wait: float) -> None:
    until = time.monotonic() + wait
    while not connection.execute(sa.select(sa.func.pg_try_advisory_lock(_lock_number("bill")))).scalar():
        if time.monotonic() >= until:
            raise LedgerError(BUSY)
        time.sleep(_POLL)


def _lock_number(purpose: str) -> int:
    return int.from_bytes(hashlib.sha256(f"peerbill {purpose}".encode()).digest()[:4])
