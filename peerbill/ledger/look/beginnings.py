"""What the ledger remembers of the table of encounters: how far a run need not read it again.

It is an entry of the audit trail without a claim, so that nobody changes it unseen; the last one counts.
"""

import datetime as dt
from collections.abc import Collection

import attrs
import msgspec
import sqlalchemy as sa

from peerbill.ledger.store import tables, trail
from peerbill.ledger.store.database import exclusive
from peerbill.ledger.store.ledger import Ledger
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.trail import Event
from peerbill.model.beginning import Apart, Beginning
from peerbill.model.claim_state import Standing

LONG_PAST = "long-past"
"""The event of such an entry."""
NOTHING_DUE = "nothing-due"
"""The event of an entry by the work list: it had nothing about the beginning that was remembered last."""
WAIT = 2.0
"""How long `remember` waits for a run that holds the ledger, in seconds."""

_EVENTS, _ENCOUNTERS = tables.events.c, tables.encounters.c
_encode = msgspec.json.Encoder().encode


@attrs.frozen
class Remembered:
    """A beginning, and under what it was found.

    Attributes:
        beginning: what need not be read.
        settings: the SHA-256 of `peerbill.toml`, which says how cells are read and what counts as billed.
        program: the version of peerbill, which says the same.
        number: of the entry of the trail; 0 before there is one.

    """

    beginning: Beginning
    settings: str
    program: str
    number: int = 0


class _Detail(msgspec.Struct):
    """The detail of the entry; `apart` has at, length, line and left of each."""

    size: int
    lines: int
    rows: int
    sha256: str
    before: str
    settings: str
    program: str
    apart: list[tuple[int, int, int, bool]]


def read_beginning(connection: sa.Connection) -> Remembered | None:
    """Return the last beginning that was remembered; None where there is none that this version can read."""
    query = sa.select(_EVENTS.number, _EVENTS.event, _EVENTS.detail).where(
        _EVENTS.claim_id == "", _EVENTS.event.in_((LONG_PAST, trail.PURGED))
    )
    last = connection.execute(query.order_by(_EVENTS.number.desc()).limit(1)).first()
    # What was purged since is on no claim any more: its rows are read again, and held.
    if last is None or last.event == trail.PURGED:
        return None
    try:
        said = msgspec.json.decode(last.detail, type=_Detail)
        beginning = Beginning(
            size=said.size,
            lines=said.lines,
            rows=said.rows,
            sha256=said.sha256,
            before=tables.day_of(said.before) or dt.date.min,
            apart=tuple(Apart(at, length, line, left=left) for at, length, line, left in said.apart),
        )
    except (msgspec.MsgspecError, ValueError):
        return None
    return Remembered(beginning, said.settings, said.program, last.number)


def remember(ledger: Ledger, found: Remembered) -> None:
    """Add the entry. Raises LedgerError where another run holds the ledger for longer than `WAIT` seconds."""
    beginning = found.beginning
    detail = _encode(
        _Detail(
            size=beginning.size,
            lines=beginning.lines,
            rows=beginning.rows,
            sha256=beginning.sha256,
            before=beginning.before.isoformat(),
            settings=found.settings,
            program=found.program,
            apart=[(row.at, row.length, row.line, row.left) for row in beginning.apart],
        )
    )
    with exclusive(ledger.place, ledger.engine, WAIT), ledger.changing() as connection:
        trail.append(connection, ledger.now(), ledger.who, [Event("", LONG_PAST, "", "", detail.decode())])


def has_moved(connection: sa.Connection, found: Remembered) -> bool:
    """Return whether an encounter from before that day may have left its claim since the entry was written."""
    return _has_changed(connection, found.number, found.beginning.before, _ENCOUNTERS.standing != Standing.LIVE)


def _has_changed(connection: sa.Connection, number: int, before: dt.date, *conditions: sa.ColumnElement[bool]) -> bool:
    """Return whether an entry after a number is about a claim with an encounter from before a day."""
    changed = sa.select(_EVENTS.claim_id).where(_EVENTS.number > number, _EVENTS.claim_id != "").distinct()
    found = sa.exists().where(_ENCOUNTERS.claim_id.in_(changed), _ENCOUNTERS.start_at < before.isoformat(), *conditions)
    return bool(connection.execute(sa.select(found)).scalar())


class _Nothing(msgspec.Struct):
    """The detail of an entry that says that nothing was to be done about a beginning."""

    beginning: str
    policies: str
    facts: str


def say_nothing_is_due(ledger: Ledger, found: Remembered, policies: str, facts: str) -> None:
    """Add an entry: the work list of all has nothing about this beginning, under these policies and facts.

    `policies` and `facts` are digests. Raises LedgerError as `remember` does.
    """
    detail = _encode(_Nothing(found.beginning.sha256, policies, facts)).decode()
    with exclusive(ledger.place, ledger.engine, WAIT), ledger.changing() as connection:
        trail.append(connection, ledger.now(), ledger.who, [Event("", NOTHING_DUE, "", "", detail)])


def nothing_was_due(connection: sa.Connection, found: Remembered, policies: str) -> str | None:
    """Return under which facts nothing was to be done about a beginning; None where that may have changed since.

    It may have changed with other policies, and with any entry about a claim of an encounter in it.
    """
    query = sa.select(_EVENTS.number, _EVENTS.detail).where(_EVENTS.claim_id == "", _EVENTS.event == NOTHING_DUE)
    last = connection.execute(query.order_by(_EVENTS.number.desc()).limit(1)).first()
    if last is None or last.number < found.number:
        return None
    try:
        said = msgspec.json.decode(last.detail, type=_Nothing)
    except msgspec.MsgspecError:
        return None
    if (said.beginning, said.policies) != (found.beginning.sha256, policies):
        return None
    return None if _has_changed(connection, last.number, found.beginning.before) else said.facts


def are_served_before(connection: sa.Connection, members: Collection[str], before: dt.date) -> bool:
    """Return whether one of these members had an encounter before a day that was billed."""
    for portion in portions(members):
        known = sa.exists().where(_ENCOUNTERS.member_id.in_(portion), _ENCOUNTERS.start_at < before.isoformat())
        if connection.execute(sa.select(known)).scalar():
            return True
    return False


def are_billed_before(connection: sa.Connection, ids: Collection[str], found: Remembered) -> bool:
    """Return whether one of these encounters was billed with a start before that day."""
    for portion in portions(ids):
        known = sa.exists().where(
            _ENCOUNTERS.encounter_id.in_(portion), _ENCOUNTERS.start_at < found.beginning.before.isoformat()
        )
        if connection.execute(sa.select(known)).scalar():
            return True
    return False
