"""What the ledger holds, as values."""

import contextlib
import datetime as dt
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

import attrs
import sqlalchemy as sa

from peerbill.ledger.modes import counts
from peerbill.ledger.store import tables, trail
from peerbill.ledger.store.database import (
    Place,
    as_ledger_error,
    find_place,
    migrate,
    reading_engine,
    version,
    writable_engine,
)
from peerbill.ledger.store.portions import portions
from peerbill.model.claim import BilledEncounter
from peerbill.model.claim_state import ClaimState, Standing
from peerbill.model.encounter import Encounter, ReadEncounters, fingerprint
from peerbill.model.errors import LedgerError
from peerbill.model.history import HistoryScope
from peerbill.model.money import dollars

_ENCOUNTERS = tables.encounters.c
_EVERY = sa.select(
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
    _ENCOUNTERS.standing,
    _ENCOUNTERS.turn,
    _ENCOUNTERS.site,
).where(_ENCOUNTERS.member_id != "")  # of what was purged, nothing is left that could matter
_QUERY = _EVERY.where(_ENCOUNTERS.turn == 1)
_KEY = (_ENCOUNTERS.encounter_id, _ENCOUNTERS.claim_id)
_AT_A_TIME = 10_000
_PASSED_IN_A_LOOK = 3
"""How many rows of the ledger are passed in the time in which one is looked up by its id."""
_STANDING = (Standing.LIVE, Standing.VOID)
_SHOWN = {"live": Standing.LIVE, "void": Standing.VOID, "free": Standing.REJECTED}
"""How the history shows an encounter, by how the ledger keeps it: of free ones only those that were rejected."""


_REJECTED_BY = {
    ClaimState.REJECTED_INTERCHANGE: "rejected with its interchange (TA1)",
    ClaimState.REJECTED_FUNCTIONAL: "rejected with its group (999)",
    ClaimState.REJECTED_PAYER: "rejected by the payer (277CA)",
}


def read_history(
    url: str,
    folder: Path | None,
    tests: Collection[str] = (),
    *,
    members: Collection[str] | None = None,
    staff: Collection[str] | None = None,
    since: dt.date | None = None,
    scope: HistoryScope | None = None,
) -> tuple[BilledEncounter, ...]:
    """Return the encounters that are billed in a ledger or were rejected, by id, and change nothing.

    Without more, all that was ever billed. `members` and `staff` are ids: only what these members received, or these
    staff gave; `since` is a day of service: only what was given on it or later, and the first service of each of
    `members`, from which a plan's days may count. `scope` is what `history_scope` found to matter to some records, and
    comes alone. For the payers in `tests` (`Settings.test_payers`), what was sent in a test file counts as billed too.

    An absent ledger holds none. `url` is `[ledger] url`, `folder` the workspace. An encounter of a batch that was
    interrupted counts: the next bill run finishes that batch, or undoes it with a notice. Raises LedgerError for what
    is no ledger, and ValueError for `since` without members or staff, or with a scope.
    """
    if members is not None or staff is not None or since is not None:
        if scope is not None or (members is None and staff is None):
            raise ValueError("expected members or staff, with since or without it, or a scope alone")
        day = since or dt.date.min
        scope = HistoryScope(
            member_ids=members or (), members_from=day, staff_ids=staff or (), staff_from=day, firsts=since is not None
        )
    with reading(url, folder) as connection:
        return () if connection is None else load_history(connection, scope, tests=tests)


@contextlib.contextmanager
def reading(url: str, folder: Path | None) -> Iterator[sa.Connection | None]:
    """Open a ledger to read it and change nothing; yield None if it does not exist, or has no tables yet.

    A SQLite ledger that cannot be read as it is is copied: an older ledger must be migrated, and a ledger whose writer
    was killed rolled back, before it can be read. Raises LedgerError for a database that is no ledger.
    """
    place = find_place(url, folder)
    if place.file is not None and (not place.file.exists() or place.file.stat().st_size == 0):
        yield None
        return
    with contextlib.ExitStack() as stack:
        try:
            connection = stack.enter_context(_connected(place))
        except _NeedsCopyError:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="peerbill-")))
            connection = stack.enter_context(_copied(place, scratch))
        stack.enter_context(as_ledger_error(place))
        yield connection


class _NeedsCopyError(Exception):
    """The ledger cannot be read as it is without changing it."""


@contextlib.contextmanager
def _connected(place: Place) -> Iterator[sa.Connection | None]:
    with contextlib.ExitStack() as stack:
        try:
            with as_ledger_error(place):
                connection = stack.enter_context(reading_engine(place).connect())
                revision = version(connection)
        except LedgerError as error:
            # An interrupted transaction is still to be rolled back, which a reader may not do.
            cause = getattr(error.__cause__, "orig", None)
            if isinstance(cause, sqlite3.OperationalError) and "readonly" in str(cause):
                raise _NeedsCopyError from error
            raise
        if revision is not None and revision != tables.HEAD:
            if place.file is not None:
                raise _NeedsCopyError
            raise LedgerError(
                f"the ledger {place} is at revision {revision}, this peerbill expects {tables.HEAD}: "
                "run bill once with the newer of the two"
            )
        yield connection if revision is not None else None


@contextlib.contextmanager
def _copied(place: Place, scratch: Path) -> Iterator[sa.Connection]:
    assert place.file is not None  # noqa: S101 - only a file is copied
    copy = _copy(place.file, scratch)
    with as_ledger_error(place), writable_engine(copy).begin() as connection:
        migrate(connection)
        yield connection


def _copy(file: Path, scratch: Path) -> Place:
    for suffix in ("-journal", "-wal", ""):
        source = file.with_name(file.name + suffix)
        if source.exists():
            shutil.copyfile(source, scratch / f"ledger.db{suffix}")
    return find_place("sqlite:///ledger.db", scratch)


def load_history(
    connection: sa.Connection, scope: HistoryScope | None = None, *, tests: Collection[str] = ()
) -> tuple[BilledEncounter, ...]:
    """Return every encounter that is billed in the ledger, and those whose last claim was rejected, by id.

    An encounter that was also sent to another payer comes once for each: see its `turn`. With `scope`, only those in
    it. For the payers in `tests`, what was sent in a test file counts as well.
    """
    rejected = _rejected(connection, tests)
    intern = sys.intern
    parse = dt.datetime.fromisoformat
    modifiers: dict[str, tuple[str, ...]] = {"": ()}
    amounts: dict[int, Decimal] = {}

    def several(text: str) -> tuple[str, ...]:
        return modifiers.setdefault(text, tuple(intern(part) for part in text.split(":")))

    def amount(cents: int) -> Decimal:
        return amounts.setdefault(cents, dollars(cents))

    # Ids and codes recur in every table of a workspace: a single copy of each is kept.
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
            _SHOWN[row[19]],
            rejected[row[17]].reason if row[19] == Standing.FREE else "",
            row[20],
            rejected[row[17]].content if row[19] == Standing.FREE else "",
            intern(row[21]),
        )
        # Sorted here: a database may order text by a language's rules. Of one encounter, a later claim is newer.
        for row in sorted(_rows(connection, rejected, scope, tests), key=itemgetter(0, 20, 17))
    )


def load_parts(
    connection: sa.Connection, scopes: Iterable[HistoryScope], *, tests: Collection[str] = ()
) -> tuple[BilledEncounter, ...]:
    """Return what `load_history` does for each of several scopes, each row once."""
    found: dict[tuple[str, str], BilledEncounter] = {}
    for scope in scopes:
        for row in load_history(connection, scope, tests=tests):
            found.setdefault((row.encounter_id, row.claim_id), row)
    return tuple(sorted(found.values(), key=lambda row: (row.encounter_id, row.payer_turn, row.claim_id)))


def load_unchanged(
    connection: sa.Connection, encounters: Iterable[Encounter], *, tests: Collection[str] = ()
) -> frozenset[str]:
    """Return the ids of encounters that stand on one claim to the first payer, and were not changed since.

    For the payers in `tests`, what was sent in a test file counts as well. What is known of them is not looked up.
    """
    known = known_to_stand(connection, encounters)
    every = {encounter.encounter_id: encounter for encounter in encounters if encounter.encounter_id not in known}
    columns = (_ENCOUNTERS.encounter_id, _ENCOUNTERS.fingerprint, _ENCOUNTERS.standing)
    query = sa.select(*columns).where(_ENCOUNTERS.turn == 1, _stands(connection, _ENCOUNTERS, tests))
    sealed = sa.select(tables.seals.c.number).where(tables.seals.c.name == tables.encounters.name)
    held = connection.execute(sealed).scalar()
    queries = (
        [query.where(_ENCOUNTERS.encounter_id.in_(portion)) for portion in portions(every)]
        if held is None or held > _PASSED_IN_A_LOOK * len(every)
        else [query.execution_options(yield_per=_AT_A_TIME)]
    )
    found: set[str] = set()
    doubtful: set[str] = set()
    seen: set[str] = set()
    for id_, sent, standing in chain.from_iterable(connection.execute(one) for one in queries):
        encounter = every.get(id_)
        if encounter is None:
            continue
        if id_ in seen or standing != Standing.LIVE:
            doubtful.add(id_)
        elif sent == fingerprint(encounter):
            found.add(encounter.encounter_id)
        seen.add(encounter.encounter_id)
    return known | (found - doubtful)


def known_to_stand(connection: sa.Connection, encounters: Iterable[Encounter]) -> frozenset[str]:
    """Return the ids of encounters of which it is known since they were read that they stand on a claim as they are."""
    known = encounters.standing if isinstance(encounters, ReadEncounters) else None
    # Whatever is changed in a ledger adds an entry to its trail.
    is_the_same = known is not None and known.ledger == trail.checkpoint(connection, "").hash
    return known.ids if known is not None and is_the_same else frozenset()


@attrs.frozen
class Rejection:
    """A rejected claim: why and when, as the end of a sentence, and the digest of its content.

    `content` is a digest (`peerbill.model.content`), `follows` the claim to the payer before, or "".
    """

    claim_id: str
    reason: str
    content: str
    follows: str


def _stands(connection: sa.Connection, encounters: Any, tests: Collection[str]) -> sa.ColumnElement[bool]:
    """Return the condition for billed encounters: in production, or in a test to a payer that is sent tests."""
    return sa.and_(encounters.standing.in_(_STANDING), counts(connection, encounters.claim_id, tests))


def _standing(connection: sa.Connection, scope: HistoryScope | None, tests: Collection[str]) -> Iterator[Sequence[Any]]:
    """Yield the rows of billed encounters: with the first payer also voided ones, with a later payer live ones only."""
    # Written as a literal: with a parameter, SQLite does not see that the index of later payers holds these rows.
    is_later = _ENCOUNTERS.turn > sa.literal_column("1")
    later = _EVERY.where(is_later, _ENCOUNTERS.standing != Standing.VOID, _stands(connection, _ENCOUNTERS, tests))
    first = _QUERY.where(_stands(connection, _ENCOUNTERS, tests))
    if scope is None:
        yield from connection.execute(later)
        yield from connection.execute(first)
        return
    for portion in portions({*scope.whole_ids, *scope.member_ids}):
        yield from connection.execute(later.where(_ENCOUNTERS.member_id.in_(portion)))
    yield from _parted(connection, first, scope, tests)


def _rows(
    connection: sa.Connection, rejected: Mapping[str, Rejection], scope: HistoryScope | None, tests: Collection[str]
) -> Iterator[Sequence[Any]]:
    """Yield the rows of billed encounters, and of those whose newest claim was rejected and that are on no other."""
    yield from _standing(connection, scope, tests)
    if rejected:
        other = tables.encounters.alias()
        elsewhere = sa.exists().where(
            other.c.encounter_id == _ENCOUNTERS.encounter_id,
            other.c.turn == 1,
            sa.or_(
                _stands(connection, other.c, tests),
                # A later claim is newer evidence; an earlier test says nothing about production.
                sa.and_(other.c.claim_id > _ENCOUNTERS.claim_id, counts(connection, other.c.claim_id, tests)),
            ),
        )
        claims = tables.claims.c
        free = connection.execute(
            _QUERY.join(tables.claims, claims.claim_id == _ENCOUNTERS.claim_id).where(
                _ENCOUNTERS.standing == Standing.FREE, claims.state.in_(_REJECTED_BY), ~elsewhere
            )
        )
        # Few claims are rejected and not yet billed again: they are found by their state, whosever they are.
        in_scope = (
            free
            if scope is None
            else (row for row in free if row[4] in scope.member_ids or row[0] in scope.encounter_ids)
        )
        yield from (row for row in in_scope if row[17] in rejected)


def _parted(
    connection: sa.Connection, query: sa.Select[Any], scope: HistoryScope, tests: Collection[str]
) -> Iterator[Sequence[Any]]:
    """Yield the rows of a part, each once, by ways that the indexes know."""
    rows: dict[tuple[str, str], Sequence[Any]] = {}
    id_, member_id, start = _ENCOUNTERS.encounter_id, _ENCOUNTERS.member_id, _ENCOUNTERS.start_at
    for portion in portions(scope.encounter_ids):
        rows.update(((row[0], row[17]), row) for row in connection.execute(query.where(id_.in_(portion))))
    for portion in portions(scope.whole_ids):
        rows.update(((row[0], row[17]), row) for row in connection.execute(query.where(member_id.in_(portion))))
    for portion in portions(scope.member_ids):
        late = query.where(member_id.in_(portion), start >= scope.members_from.isoformat())
        rows.update(((row[0], row[17]), row) for row in _besides(connection, late, rows))
        if not scope.firsts:
            continue
        # The start is ISO text: the least of it and the id behind it names the member's first encounter.
        standing = sa.select(sa.func.min(sa.type_coerce(start, sa.String()) + "|" + id_)).where(
            member_id.in_(portion),
            _stands(connection, _ENCOUNTERS, tests),
            _ENCOUNTERS.standing != Standing.VOID,
            _ENCOUNTERS.turn == 1,
        )
        named = connection.execute(standing.group_by(member_id)).scalars()
        firsts = [text.partition("|")[2] for text in named]
        rows.update(((row[0], row[17]), row) for row in connection.execute(query.where(id_.in_(firsts))))
    for portion in portions(scope.staff_ids):
        late = query.where(_ENCOUNTERS.staff_id.in_(portion), start >= scope.staff_from.isoformat())
        rows.update(((row[0], row[17]), row) for row in _besides(connection, late, rows))
    yield from rows.values()


def _besides(
    connection: sa.Connection, query: sa.Select[Any], known: Mapping[tuple[str, str], object]
) -> Iterator[Sequence[Any]]:
    """Yield the rows of a query; those that are known, by encounter and claim, perhaps not again.

    Most rows about a workspace are found by their ids already, and to read all their columns takes longest.
    """
    if not known:
        yield from connection.execute(query)
        return
    keys = {(id_, claim_id) for id_, claim_id in connection.execute(query.with_only_columns(*_KEY))}
    new = keys - known.keys()
    if len(new) * 2 > len(keys):
        yield from connection.execute(query)
        return
    for portion in portions(id_ for id_, _ in new):
        yield from connection.execute(query.where(_ENCOUNTERS.encounter_id.in_(portion)))


def _rejected(connection: sa.Connection, tests: Collection[str]) -> dict[str, Rejection]:
    """Return the message on each rejected claim; on a test only if its payer is in `tests`."""
    claims, events, files = tables.claims.c, tables.events.c, tables.files.c
    last = sa.select(sa.func.max(events.number)).where(events.claim_id == claims.claim_id, events.state == claims.state)
    query = (
        sa.select(claims.claim_id, claims.content, claims.follows, events.state, events.at, events.detail)
        .join_from(tables.claims, tables.events, events.number == last.correlate(tables.claims).scalar_subquery())
        .join(tables.files, sa.and_(files.batch_id == claims.batch_id, files.number == claims.file_number))
        .where(
            claims.state.in_(_REJECTED_BY),
            sa.or_(files.mode == "production", claims.payer.in_(sorted(tests)) if tests else sa.false()),
        )
    )
    return {
        row.claim_id: Rejection(
            row.claim_id,
            f"{_REJECTED_BY[row.state]} on {row.at[:10]}" + (f": {row.detail}" if row.detail else ""),
            row.content,
            row.follows,
        )
        for row in connection.execute(query.order_by(events.number))
    }


def rejected_later(connection: sa.Connection, tests: Collection[str] = ()) -> dict[str, Rejection]:
    """Return the last rejected claim to a later payer, by the claim to the payer before that it follows."""
    return {encounter.follows: encounter for encounter in _rejected(connection, tests).values() if encounter.follows}
