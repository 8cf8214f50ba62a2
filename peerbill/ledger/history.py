"""What the ledger holds, as values."""

import datetime as dt
import shutil
import sqlite3
import sys
import tempfile
from decimal import Decimal
from operator import itemgetter
from pathlib import Path

import sqlalchemy as sa

from peerbill.claim import BilledEncounter
from peerbill.errors import LedgerError
from peerbill.ledger import tables
from peerbill.ledger.database import Place, find_place, migrate, reading_engine, told, version, writable_engine

_ENCOUNTERS = tables.encounters.c
_QUERY = sa.select(
    _ENCOUNTERS.encounter_id,
    _ENCOUNTERS.fingerprint,
    _ENCOUNTERS.payer,
    _ENCOUNTERS.programme,
    _ENCOUNTERS.member_id,
    _ENCOUNTERS.staff_id,
    _ENCOUNTERS.rendering_id,
    _ENCOUNTERS.service,
    _ENCOUNTERS.start_at,
    _ENCOUNTERS.end_at,
    _ENCOUNTERS.place,
    _ENCOUNTERS.hcpcs,
    _ENCOUNTERS.modifiers,
    _ENCOUNTERS.minutes,
    _ENCOUNTERS.units,
    _ENCOUNTERS.unit_minutes,
    _ENCOUNTERS.charge_cents,
    _ENCOUNTERS.claim_id,
    _ENCOUNTERS.authorization_number,
)


def read_history(url: str, folder: Path) -> tuple[BilledEncounter, ...]:
    """Return every encounter that stands in a ledger, by id, and change nothing; an absent ledger holds none.

    `url` is `[ledger] url`, `folder` the workspace. An encounter of a batch that was interrupted counts: the next
    bill run finishes that batch, or undoes it and says so. Raises LedgerError for what is no ledger.
    """
    place = find_place(url, folder)
    if place.file is None:
        return _read(place)
    if not place.file.exists() or place.file.stat().st_size == 0:
        return ()
    try:
        return _read(place)
    except _NeedsCopyError:
        # An older ledger must be migrated, and one whose writer was killed rolled back, before it can be read.
        with tempfile.TemporaryDirectory(prefix="peerbill-") as scratch:
            copy = _copy(place.file, Path(scratch))
            with told(place):
                engine = writable_engine(copy)
                with engine.begin() as connection:
                    migrate(connection)
                    return load_history(connection)


class _NeedsCopyError(Exception):
    """The ledger cannot be read as it stands without changing it."""


def _read(place: Place) -> tuple[BilledEncounter, ...]:
    try:
        with told(place), reading_engine(place).connect() as connection:
            found = version(connection)
            if found == tables.HEAD:
                return load_history(connection)
    except LedgerError as error:
        # An interrupted transaction is still to be rolled back, which a reader may not do.
        cause = getattr(error.__cause__, "orig", None)
        if isinstance(cause, sqlite3.OperationalError) and "readonly" in str(cause):
            raise _NeedsCopyError from error
        raise
    if found is None:
        return ()
    if place.file is not None:
        raise _NeedsCopyError
    raise LedgerError(
        f"the ledger {place} is at revision {found}, this peerbill expects {tables.HEAD}: "
        "run bill once with the newer of the two"
    )


def _copy(file: Path, scratch: Path) -> Place:
    for suffix in ("-journal", "-wal", ""):
        source = file.with_name(file.name + suffix)
        if source.exists():
            shutil.copyfile(source, scratch / f"ledger.db{suffix}")
    return find_place("sqlite:///ledger.db", scratch)


def load_history(connection: sa.Connection) -> tuple[BilledEncounter, ...]:
    """Return every encounter that stands in the ledger, by id."""
    intern = sys.intern
    parse = dt.datetime.fromisoformat
    modifiers: dict[str, tuple[str, ...]] = {"": ()}
    amounts: dict[int, Decimal] = {}

    def several(text: str) -> tuple[str, ...]:
        return modifiers.setdefault(text, tuple(intern(one) for one in text.split(":")))

    def amount(cents: int) -> Decimal:
        return amounts.setdefault(cents, Decimal(cents).scaleb(-2))

    # Ids and codes recur in every table of a workspace: one copy of each is kept.
    return tuple(
        BilledEncounter(
            row[0],
            row[1],
            intern(row[2]),
            intern(row[3]),
            intern(row[4]),
            intern(row[5]),
            intern(row[6]),
            intern(row[7]),
            parse(row[8]),
            parse(row[9]),
            intern(row[10]),
            intern(row[11]),
            modifiers[row[12]] if row[12] in modifiers else several(row[12]),
            row[13],
            row[14],
            row[15],
            amounts[row[16]] if row[16] in amounts else amount(row[16]),
            row[17],
            row[18],
        )
        # Sorted here: a database may order text by a language's rules.
        for row in sorted(connection.execute(_QUERY), key=itemgetter(0))
    )
