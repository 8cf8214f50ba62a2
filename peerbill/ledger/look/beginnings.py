"""What the ledger remembers of the table of encounters: how far a run need not read it again.

It is an entry of the audit trail without a claim, so that nobody changes it unseen; the last that reaches as far back
as a run needs counts.
"""

import datetime as dt
from collections.abc import Collection, Generator, Iterator
from typing import Literal

import attrs
import msgspec
import sqlalchemy as sa

from peerbill.ledger.store import tables, trail
from peerbill.ledger.store.database import exclusive
from peerbill.ledger.store.ledger import Ledger
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.seals import SEALED
from peerbill.ledger.store.trail import Event
from peerbill.model.beginning import Apart, Beginning
from peerbill.model.claim_state import Standing

LONG_PAST = "long-past"
"""The event of such an entry."""
NOTHING_DUE = "nothing-due"
"""The event of an entry by the work list: it had nothing about a beginning that was remembered."""
WAIT = 2.0
"""How long `remember` waits for a run that holds the ledger, in seconds."""

_OF_CLAIMS = (SEALED, "sent", "posted", "asked", LONG_PAST, NOTHING_DUE)
"""Events without a claim that change nothing about old encounters, unless an entry about their claim does so too."""
_EVENTS, _ENCOUNTERS = tables.events.c, tables.encounters.c
_encode = msgspec.json.Encoder().encode


@attrs.frozen
class Remembered:
    """A beginning, and under what it was found.

    Attributes:
        beginning: what need not be read.
        settings: the SHA-256 of `peerbill.toml`, which says how cells are read and what counts as billed.
        program: the version of peerbill, which says the same.
        policies: a digest of the programmes and of the packaged policy data, which say how far back anything matters.
        seen: the number of the last entry of the trail when the tables were read for it: what follows may be news.
        bills: whether it goes too far for a run that compares with what is usual, and for a work list.
        number: of the entry of the trail; 0 before there is one.

    """

    beginning: Beginning
    settings: str
    program: str
    policies: str
    seen: int
    bills: bool = False
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
    policies: str
    seen: int
    apart: list[tuple[int, int, int, bool]]
    bills: bool = False


def last_number(connection: sa.Connection) -> int:
    """Return the number of the last entry of the trail; 0 where there is none."""
    return connection.execute(sa.select(sa.func.max(_EVENTS.number))).scalar() or 0


def last_of(connection: sa.Connection, *events: str) -> Iterator[tuple[int, str]]:
    """Yield number and detail of the entries of the trail without a claim that are of some events, the last first.

    There is none before the last purge: what was purged since is on no claim any more, its rows are read again and
    held, and the details of older entries may be gone.
    """
    query = sa.select(_EVENTS.number, _EVENTS.event, _EVENTS.detail).where(
        _EVENTS.claim_id == "", _EVENTS.event.in_((*events, trail.PURGED))
    )
    with connection.execute(query.order_by(_EVENTS.number.desc()).execution_options(yield_per=_AT_A_TIME)) as found:
        for number, event, detail in found:
            if event == trail.PURGED:
                return
            yield number, detail


_AT_A_TIME = 8


def read_beginnings(connection: sa.Connection, settings: str) -> Generator[Remembered, None, None]:
    """Yield the beginnings that were remembered under some settings and that this version can read, the last first.

    Another workspace with the same ledger has other settings. Who does not take all closes it before the connection.
    """
    for number, text in last_of(connection, LONG_PAST):
        try:
            detail = msgspec.json.decode(text, type=_Detail)
            beginning = Beginning(
                size=detail.size,
                lines=detail.lines,
                rows=detail.rows,
                sha256=detail.sha256,
                before=dt.date.fromisoformat(detail.before),
                apart=tuple(Apart(at, length, line, left=left) for at, length, line, left in detail.apart),
            )
        except (msgspec.MsgspecError, ValueError):
            continue
        if detail.settings == settings:
            yield Remembered(
                beginning, settings, detail.program, detail.policies, detail.seen, bills=detail.bills, number=number
            )


def remember(ledger: Ledger, found: Remembered) -> None:
    """Add the entry. Raises LedgerError where another run holds the ledger for longer than `WAIT` seconds."""
    beginning = found.beginning
    detail = _Detail(
        size=beginning.size,
        lines=beginning.lines,
        rows=beginning.rows,
        sha256=beginning.sha256,
        before=beginning.before.isoformat(),
        settings=found.settings,
        program=found.program,
        policies=found.policies,
        seen=found.seen,
        apart=[(row.at, row.length, row.line, row.left) for row in beginning.apart],
        bills=found.bills,
    )
    _keep(ledger, LONG_PAST, detail)


def _keep(ledger: Ledger, event: str, detail: msgspec.Struct) -> None:
    with exclusive(ledger.place, ledger.engine, WAIT), ledger.changing() as connection:
        trail.append(connection, ledger.now(), ledger.who, [Event("", event, "", "", _encode(detail).decode())])


def has_moved(connection: sa.Connection, found: Remembered) -> bool:
    """Return whether an encounter from before that day may have left its claim since the tables were read."""
    return _has_changed(connection, found.seen, found.beginning.before, _ENCOUNTERS.standing != Standing.LIVE)


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
    seen: int


def say_nothing_is_due(ledger: Ledger, found: Remembered, facts: str, seen: int) -> None:
    """Add an entry: the work list of all has nothing about this beginning, with these facts.

    `facts` is a digest, `seen` the number of the last entry of the trail when the tables were read. Raises LedgerError
    as `remember` does.
    """
    _keep(ledger, NOTHING_DUE, _Nothing(found.beginning.sha256, found.policies, facts, seen))


def nothing_was_due(connection: sa.Connection, found: Remembered) -> str | None:
    """Return under which facts nothing was to be done about a beginning; None where that may have changed since.

    It may have changed with other policies, with any entry about a claim of an encounter in it, and with an answer on
    eligibility, a waiver or whatever else is said without a claim.
    """
    for number, text in last_of(connection, NOTHING_DUE):
        if number < found.number:
            return None
        try:
            said = msgspec.json.decode(text, type=_Nothing)
        except msgspec.MsgspecError:
            return None
        if said.beginning != found.beginning.sha256:
            continue
        if said.policies != found.policies or _is_anything_else_said(connection, said.seen):
            return None
        return None if _has_changed(connection, said.seen, found.beginning.before) else said.facts
    return None


def _is_anything_else_said(connection: sa.Connection, number: int) -> bool:
    """Return whether an entry after a number is about no claim, and may change what is due about old encounters."""
    found = sa.exists().where(_EVENTS.number > number, _EVENTS.claim_id == "", _EVENTS.event.not_in(_OF_CLAIMS))
    return bool(connection.execute(sa.select(found)).scalar())


def is_any_before(
    connection: sa.Connection,
    column: Literal["encounter_id", "member_id", "staff_id"],
    ids: Collection[str],
    day: dt.date,
) -> bool:
    """Return whether an encounter with one of these ids in a column was billed with a start before a day."""
    for portion in portions(ids):
        known = sa.exists().where(_ENCOUNTERS[column].in_(portion), _ENCOUNTERS.start_at < day.isoformat())
        if connection.execute(sa.select(known)).scalar():
            return True
    return False
