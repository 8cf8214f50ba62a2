"""Opening the ledger's database: where it is, its migrations, and who may use it now."""

import contextlib
import functools
import hashlib
import os
import sqlite3
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import filelock
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from peerbill.ledger.store import disk, tables
from peerbill.model.errors import LedgerError

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "peerbill_version"
# Alembic keeps the migration at hand in its modules: threads that make several ledgers take turns.
_MIGRATING = threading.Lock()
_VERSION = sa.Table(
    VERSION_TABLE,
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)
"""The table of one row in which Alembic keeps the revision of a ledger."""
_NO_RIGHT = "42501"
"""What PostgreSQL calls a missing right."""
BUSY = "another run is using this ledger: wait until it has ended, then run again"

# How long a statement waits for another process's transaction, and a server for its answer to a new connection.
_PATIENCE = 30.0
_POLL = 0.05
_ENGINES = 64
"""How many ledgers on servers keep what is compiled for them; no connection is kept."""
_COMPILED: sa.util.LRUCache[Any, Any] = sa.util.LRUCache(2_000)
"""Statements as SQLite gets them: all that the ledger has are some hundreds."""
_QUIET = 1.0
"""How long to wait for another run before a notice, in seconds."""

_BILLED = ("live_line", "live_encounter", "lines.line_key", "encounters.encounter_id, encounters.turn")
_POSTED = ("answers_sha256", "answers.sha256", "transactions_digest", "transactions.digest")
_NUMBERED = (
    "files_sender",
    "files.sender",
    "files_pkey",
    "files.batch_id",
    "batches_pkey",
    "batches.batch_id",
    "claims_pkey",
    "claims.claim_id",
    "events_pkey",
    "events.number",
)
"""How PostgreSQL and SQLite name the constraints that refuse a second billing, a second posting, a second number."""


_DRIVER = "postgresql+psycopg"
_EXPECTED = f"sqlite:///ledger.db or {_DRIVER}://…"
_SHOWN = frozenset(
    {
        "connect_timeout",
        "dbname",
        "host",
        "hostaddr",
        "options",
        "port",
        "service",
        "sslmode",
        "user",
    }
)
"""What messages show of the options of an address; others may be a password, or say where one is."""


_NOT_WRITTEN_ANEW = "what was purged is out of the ledger, and still in the freed room of its files: run purge again"


@attrs.frozen
class Place:
    """Where a ledger is: its address, and the SQLite file or None; `lock` is the file that a bill run holds.

    A ledger on a server has no lock file where its agency has no folder: the server's own lock holds it.
    """

    url: sa.URL
    file: Path | None
    lock: Path | None

    def __str__(self) -> str:
        if self.file is not None:
            return str(self.file)
        shown = self.url.difference_update_query(self.url.query.keys() - _SHOWN)
        return shown.render_as_string(hide_password=True)

    @property
    def tag(self) -> str:
        """Return the mark of this ledger's temporary files, among others' in the same folder: eight hex digits."""
        place = str(self.file) if self.file is not None else self.url.render_as_string(hide_password=True)
        return hashlib.sha256(os.fsencode(place)).hexdigest()[:8]


def find_place(url: str, folder: Path | None) -> Place:
    """Return where a `[ledger] url` points; a relative SQLite path starts in the workspace's folder, or here.

    Raises LedgerError, which repeats no part of the address, for one that is no SQLite file and no PostgreSQL database.
    """
    if not url.startswith("sqlite") and url.partition("?")[0].count("@") > 1:
        # What is behind the first @ would be taken for the server, and be printed as its name.
        raise LedgerError(
            "[ledger] url has an @ in a name or password: write it as %40, or leave the password to PGPASSWORD"
        )
    try:
        parsed = sa.make_url(url)
        backend = parsed.get_backend_name()
    except (sa.exc.ArgumentError, ValueError):
        raise LedgerError(f"[ledger] url is not a database address: expected {_EXPECTED}") from None
    if backend in {"postgresql", "postgres"} and parsed.drivername != _DRIVER:
        raise LedgerError(f"[ledger] url begins with {parsed.drivername}: write {_DRIVER}, and the rest as it is")
    if backend == "postgresql":
        return Place(parsed, None, folder.resolve() / "ledger.lock" if folder is not None else None)
    if backend != "sqlite":
        raise LedgerError(f"[ledger] url begins with {parsed.drivername}: expected {_EXPECTED}")
    if parsed.host or parsed.username or parsed.password:
        raise LedgerError("[ledger] url names a server for SQLite, which is a file: write sqlite:///ledger.db")
    if not parsed.database or parsed.database == ":memory:":
        raise LedgerError("[ledger] url names no file: a ledger in memory would forget what was sent")
    file = ((folder or Path()).resolve() / parsed.database).resolve()
    return Place(parsed, file, file.with_name(file.name + ".lock"))


def refuse_anothers(file: Path, *, changes: bool = False) -> None:
    """Raise LedgerError for a SQLite ledger that belongs to another account, and is closed to this one."""
    try:
        is_own = file.stat().st_uid == os.geteuid()
    except OSError:
        return  # SQLite says what is wrong
    if is_own or os.access(file, os.R_OK | (os.W_OK if changes else 0)):
        return
    raise LedgerError(
        f"the ledger {file} is another account's, and this account may not {'change' if changes else 'read'} it. A "
        "ledger in SQLite is for one account: let everybody run peerbill as that account, each with a PEERBILL_USER, "
        "or move the ledger to PostgreSQL, which several accounts share (guide: For the security officer)"
    )


def writable_engine(place: Place) -> sa.Engine:
    """Return an engine that may change the ledger; an absent SQLite file is made, readable by its owner only."""
    if place.file is None:
        return _postgresql_engine(place)
    refuse_anothers(place.file, changes=True)
    try:
        os.close(disk.new_file(place.file))
    except FileExistsError:
        pass
    except OSError as error:
        raise LedgerError(f"the ledger {place} cannot be made: {error.strerror}") from error
    return _sqlite_engine(place.file, "rw", "BEGIN IMMEDIATE")


def reading_engine(place: Place) -> sa.Engine:
    """Return an engine that cannot change the ledger, and leaves no trace beside it."""
    if place.file is None:
        # Several statements read the same state of the ledger, as in SQLite.
        return _postgresql_engine(place, "REPEATABLE READ").execution_options(postgresql_readonly=True)
    refuse_anothers(place.file)
    return _sqlite_engine(place.file, "ro", "BEGIN")


@functools.lru_cache(maxsize=_ENGINES)
def _postgresql_engine(place: Place, isolation: sa.engine.interfaces.IsolationLevel = "READ COMMITTED") -> sa.Engine:
    # Writers hold the ledger, and lock the counter of the trail: READ COMMITTED sees the commit of the writer before,
    # where a stricter level would refuse to go on. It is set here since a server may be configured otherwise.
    options = f"{_query(place.url, 'options')} -c lock_timeout={int(_PATIENCE)}s".strip()
    arguments = {"options": options}
    if "connect_timeout" not in place.url.query:
        arguments["connect_timeout"] = str(int(_PATIENCE))
    try:
        return sa.create_engine(
            place.url, hide_parameters=True, poolclass=NullPool, isolation_level=isolation, connect_args=arguments
        )
    except ModuleNotFoundError:
        raise LedgerError(
            "[ledger] url names PostgreSQL, and its driver psycopg is not installed: install peerbill[postgresql]"
        ) from None


def _query(url: sa.URL, name: str) -> str:
    value = url.query.get(name, "")
    return value if isinstance(value, str) else " ".join(value)


@functools.cache
def _shared() -> sa.Engine:
    """Return the engine whose dialect all ledgers in SQLite share: what is compiled for one serves the others."""
    engine = sa.create_engine("sqlite://", poolclass=NullPool)
    engine.connect().close()  # the dialect looks which SQLite this is
    return engine


def _sqlite_engine(file: Path, mode: str, begin: str) -> sa.Engine:
    address = f"file:{urllib.parse.quote(os.fsencode(file))}?mode={mode}"

    def connect() -> Any:  # NullPool asks for a connection of any driver, and sqlite3 says less of its own
        connection = sqlite3.connect(address, uri=True, timeout=_PATIENCE)
        # Transactions are begun below: left to itself, the driver would leave reads and DDL outside of them.
        connection.isolation_level = None
        if mode == "rw":
            connection.execute("PRAGMA foreign_keys = ON")
            # EXTRA syncs the folder too: a committed batch survives a power failure, not only a killed process.
            connection.execute("PRAGMA synchronous = EXTRA")
            # In KiB: pages of a batch that do not fit are written and synced in the middle of it, again and again.
            connection.execute("PRAGMA cache_size = -65536")
        return connection

    shared = _shared()
    pool = NullPool(connect, dialect=shared.dialect)
    options = {"compiled_cache": _COMPILED}
    engine = sa.Engine(pool, shared.dialect, shared.url, execution_options=options, hide_parameters=True)

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def compact(place: Place, engine: sa.Engine, changed: Iterable[sa.Table]) -> None:
    """Write tables anew that were changed, so that nothing of what was there before is left in the database's files.

    Raises LedgerError where the disk does not take it.
    """
    if place.file is not None:
        try:
            with engine.connect() as connection:
                # The driver begins no transaction by itself, and SQLite does this in none.
                connection.connection.driver_connection.execute("VACUUM")  # type: ignore[union-attr]
        except sqlite3.Error as error:
            raise LedgerError(f"{_NOT_WRITTEN_ANEW}. The ledger {place} cannot be used: {error}") from error
        return
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in changed:
                connection.exec_driver_sql(f"VACUUM (FULL) {table.name}")
    except sa.exc.DBAPIError as error:
        raise LedgerError(f"{_NOT_WRITTEN_ANEW}. The ledger {place} cannot be used: {_said(error)}") from error


@contextlib.contextmanager
def as_ledger_error(place: Place) -> Iterator[None]:
    """Turn what the database says into a LedgerError of one line, without statements or values."""
    try:
        yield
    except sa.exc.IntegrityError as error:
        raise LedgerError(f"the ledger {place} refused the batch: {_refusal(error)}") from error
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated:
            raise LedgerError(
                f"the connection to the ledger {place} was lost: run again, and what was being recorded is finished or "
                "undone first"
            ) from error
        raise LedgerError(f"the ledger {place} cannot be used: {_said(error)}") from error
    except sa.exc.SQLAlchemyError as error:
        raise LedgerError(f"the ledger {place} cannot be used: {' '.join(str(error).split())}") from error


def _refusal(error: sa.exc.IntegrityError) -> str:
    # SQLite names columns or an index in its message, PostgreSQL the constraint beside it.
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or str(error.orig)
    if any(name in constraint for name in _BILLED):
        return (
            "an encounter or a service line of it was already billed; nothing was sent. "
            "Audit again with what the ledger holds now"
        )
    if any(name in constraint for name in _POSTED):
        return "the same answers were posted by another run at the same time; nothing was recorded. Run again"
    if any(name in constraint for name in _NUMBERED):
        return "another run used the same number at the same time; nothing was recorded or sent. Run again"
    return f"it contradicts what the ledger holds ({' '.join(constraint.split())}); nothing was recorded or sent"


def _said(error: sa.exc.DBAPIError) -> str:
    """Return what a driver said in one line; PostgreSQL's details, which may hold values, are left out."""
    primary = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    return " ".join(str(primary or error.orig).split())


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


def migrate(connection: sa.Connection, to: str = tables.HEAD) -> None:
    """Bring the tables to a revision, the newest, in the transaction that the connection is in.

    A new ledger gets them as they are, which is what all migrations make of nothing. Raises LedgerError for a ledger
    that a newer peerbill made.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock_number(connection, "migrate"))))
    before = version(connection)
    if before == to:
        return
    try:
        if before is None and to == tables.HEAD:
            _make_tables(connection)
        else:
            _upgrade(connection, to)
    except sa.exc.ProgrammingError as error:
        if getattr(error.orig, "sqlstate", "") != _NO_RIGHT:
            raise
        raise LedgerError(
            "the tables of this ledger are of an older peerbill, or are not there yet, and this account may not change "
            "that: let its owner run: peerbill ledger upgrade DIR. Then let it run what peerbill ledger grants prints"
        ) from error


def _make_tables(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Said where the indexes are declared, it would load what SQLAlchemy has for PostgreSQL in every process.
        for index in chain.from_iterable(table.indexes for table in tables.metadata.tables.values()):
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
    tables.metadata.create_all(connection, checkfirst=False)
    connection.execute(sa.insert(tables.counters), [{"name": name, "value": 0} for name in tables.COUNTED])
    _VERSION.create(connection, checkfirst=True)
    connection.execute(sa.insert(_VERSION), {"version_num": tables.HEAD})


def _upgrade(connection: sa.Connection, to: str) -> None:
    # Only an old ledger needs Alembic, which takes longer to import than the rest to run.
    from alembic import command, util  # noqa: PLC0415

    try:
        with _MIGRATING:
            command.upgrade(_alembic(connection), to)
    except util.CommandError as error:
        raise LedgerError("this ledger was made by a newer peerbill: upgrade peerbill, then run again") from error


def _alembic(connection: sa.Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - as in migrate

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    settings.attributes["connection"] = connection
    settings.attributes["version_table"] = VERSION_TABLE
    return settings


def downgrade(connection: sa.Connection, revision: str) -> None:
    """Take the tables back to a revision, in the transaction that the connection is in.

    Raises LedgerError where something would be lost by it.
    """
    from alembic import command  # noqa: PLC0415 - as in migrate

    with _MIGRATING:
        command.downgrade(_alembic(connection), revision)


@contextlib.contextmanager
def exclusive(
    place: Place, engine: sa.Engine, wait: float, tell: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Hold the ledger for one run that changes it; `tell` hears once that another holds it.

    Raises LedgerError when the other still holds it after `wait` seconds.
    """
    until = time.monotonic() + wait
    waiting = f"another run is using this ledger: waiting for it to end, for {wait:.0f} seconds at most"
    with contextlib.ExitStack() as held:
        if place.lock is not None:
            try:
                held.callback(_lock_file(place.lock, until, lambda: tell(waiting)).release)
            except LedgerError as error:
                # Another account of this machine made the file: both share the server, which has a lock of its own.
                if place.file is not None or not isinstance(error.__cause__, PermissionError):
                    raise
        if place.file is None:
            # Another machine does not see this folder's lock file, but it shares the database.
            held.enter_context(as_ledger_error(place))
            _advisory(held.enter_context(engine.connect()), until, lambda: tell(waiting))
        yield


def _lock_file(path: Path, until: float, tell: Callable[[], None]) -> filelock.BaseFileLock:
    quiet = min(_QUIET, until - time.monotonic())
    lock = filelock.FileLock(path, mode=0o600)
    try:
        try:
            lock.acquire(timeout=max(quiet, 0))
        except filelock.Timeout:
            if until - time.monotonic() > 0:
                tell()
            lock.acquire(timeout=max(until - time.monotonic(), 0))
    except filelock.Timeout:
        raise LedgerError(BUSY) from None
    except OSError as error:
        raise LedgerError(f"{path} cannot be made: {error.strerror}") from error
    return lock


def _advisory(connection: sa.Connection, until: float, tell: Callable[[], None]) -> None:
    loud = time.monotonic() + _QUIET
    told_once = False
    number = _lock_number(connection, "bill")
    while True:
        held = connection.execute(sa.select(sa.func.pg_try_advisory_lock(number))).scalar()
        # An idle connection is no burden to the server, an idle transaction is.
        connection.commit()
        if held:
            return
        if time.monotonic() >= until:
            raise LedgerError(BUSY)
        if time.monotonic() >= loud and not told_once:
            tell()
            told_once = True
        time.sleep(_POLL)


def _lock_number(connection: sa.Connection, purpose: str) -> int:
    """Return the number of a lock of the ledger that a connection is to: a server keeps them by database and number.

    Several agencies may share a database, each with a schema (search_path). Raises LedgerError where there is none.
    """
    schema = connection.execute(sa.select(sa.func.current_schema())).scalar()
    if schema is None:
        raise LedgerError("[ledger] url names a schema (search_path) that the database does not have: create it first")
    return int.from_bytes(hashlib.sha256(f"peerbill {purpose} {schema}".encode()).digest()[:7])
