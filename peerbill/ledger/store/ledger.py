"""An open ledger: where it is, who writes to it, and what time it is."""

import contextlib
import datetime as dt
import getpass
import os
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import attrs
import sqlalchemy as sa

from peerbill.ledger.look.history import Rejection, load_history, rejected_later
from peerbill.ledger.store import disk, trail
from peerbill.ledger.store.database import Place, as_ledger_error, find_place, migrate, reading_engine, writable_engine
from peerbill.ledger.store.identity import settle_identity
from peerbill.ledger.store.lost_ledger import absent_message, is_absent, lost_ledger
from peerbill.ledger.store.seals import tracking
from peerbill.model.claim import BilledEncounter
from peerbill.model.errors import LedgerError
from peerbill.model.history import HistoryScope


def utc_now() -> dt.datetime:
    """Return the time, for the audit trail."""
    return dt.datetime.now(dt.UTC)


@attrs.frozen
class Ledger:
    """An open ledger, made by `open_ledger`. `who`, `account` (that of the system) and `clock` go into the trail."""

    place: Place
    engine: sa.Engine = attrs.field(repr=False)
    who: str = ""
    clock: Callable[[], dt.datetime] = attrs.field(default=utc_now, repr=False)
    account: str = attrs.field(default="", repr=False)

    def now(self) -> str:
        """Return the time as the audit trail writes it: UTC, to the second."""
        return self.clock().astimezone(dt.UTC).isoformat(timespec="seconds")

    @contextlib.contextmanager
    def changing(self) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction that may change the ledger; what it changed is sealed at its end."""
        with as_ledger_error(self.place), self.engine.begin() as connection, tracking(connection, self.account):
            yield connection
            trail.seal(connection, self.now(), self.who)

    def history(self, tests: Collection[str] = (), scope: HistoryScope | None = None) -> tuple[BilledEncounter, ...]:
        """Return every encounter that is billed in the ledger, and those whose last claim was rejected, by id.

        For the payers in `tests` (`Settings.test_payers`), what was sent in a test file counts as billed too. With
        `scope` (`peerbill.coding.history.history_scope`), only what matters to some records.
        """
        with as_ledger_error(self.place), self.engine.connect() as connection:
            return load_history(connection, scope, tests=tests)

    def rejected_later(self, tests: Collection[str] = ()) -> dict[str, Rejection]:
        """Return the last rejected claim to a later payer, by the claim to the payer before that it follows."""
        with as_ledger_error(self.place), self.engine.connect() as connection:
            return rejected_later(connection, tests)


def user() -> str:
    """Return who runs this, for the audit trail: PEERBILL_USER, else the name of the account."""
    named = os.environ.get("PEERBILL_USER", "")
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def account() -> str:
    """Return the account of the operating system that runs this, whatever the environment calls it."""
    try:
        if sys.platform == "win32":
            return os.getlogin()
        import pwd  # noqa: PLC0415 - Windows has no such module

        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
    except OSError:
        return ""


def _role(connection: sa.Connection) -> str:
    """Return the role that a PostgreSQL server knows a connection by, as it stands behind an account."""
    if connection.dialect.name != "postgresql":
        return ""
    return f" as {connection.execute(sa.text('SELECT session_user')).scalar_one()}"


def open_ledger(
    url: str,
    folder: Path | None,
    *,
    create: bool = True,
    new: bool = False,
    tag: str = "",
    who: str | None = None,
    clock: Callable[[], dt.datetime] = utc_now,
) -> Ledger:
    """Open the ledger of a workspace, made and migrated where that is needed.

    `url` is `[ledger] url`, `folder` the workspace, from which a relative SQLite path starts; `tag` is `[ledger] tag`,
    which a ledger that has sent nothing takes, and "" draws one. `who` (the account's name where it is None) and
    `clock` go into the audit trail. Raises LedgerError for a database that is no ledger, for a ledger of a newer
    peerbill or with another tag, for an absent ledger where `create` is false, and for a ledger that was there before
    (`lost_ledger`) unless `new` says that this is another.
    """
    place = find_place(url, folder)
    with as_ledger_error(place):
        if (not create or not new) and is_absent(place):
            signs = lost_ledger(url, folder)
            if signs or not create:
                raise LedgerError(absent_message(place, signs))
        by = user() if who is None else who
        if place.file is not None and not place.file.exists():
            _make(Ledger(place, reading_engine(place), by, clock, account()), place.file, tag)
        elif place.file is not None:
            for left in disk.left_over(place.file, "new"):
                disk.remove(left)
        ledger = Ledger(place, writable_engine(place), by, clock, account())
        with ledger.engine.begin() as connection:
            ledger = attrs.evolve(ledger, account=ledger.account + _role(connection))
            _prepare(connection, ledger, tag)
    return ledger


def _prepare(connection: sa.Connection, ledger: Ledger, tag: str) -> None:
    """Bring the tables of a ledger to the newest revision, and give it its seals and its tag where it has none."""
    migrate(connection)
    with tracking(connection, ledger.account):
        trail.begin_seals(connection, ledger.now(), ledger.who)
        settle_identity(connection, tag)
        trail.seal(connection, ledger.now(), ledger.who)


def _make(ledger: Ledger, file: Path, tag: str) -> None:
    """Make a SQLite ledger whole before it has its name: a ledger of 0 bytes counts as lost."""
    place = ledger.place
    hidden = disk.own_name(file, "new")
    try:
        with writable_engine(attrs.evolve(place, file=hidden)).begin() as connection:
            _prepare(connection, ledger, tag)
        with contextlib.suppress(FileExistsError):  # another run has just made it
            disk.give_name(hidden, file)
    except OSError as error:
        raise LedgerError(f"the ledger {place} cannot be made: {error.strerror}") from error
    finally:
        hidden.unlink(missing_ok=True)
