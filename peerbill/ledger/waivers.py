"""Waivers of findings: entries of the audit trail, which is the only place where they are.

An entry without a claim begins a waiver (`waived`) or ends it before its last day (`waiver-ended`); its detail is JSON.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

import attrs
import msgspec
import sqlalchemy as sa

from peerbill.ledger.send.runs import BillRun
from peerbill.ledger.store import tables, trail
from peerbill.ledger.store.trail import Event
from peerbill.model.errors import LedgerError, UnusableInputError
from peerbill.model.finding import Severity
from peerbill.model.waiver import Waiver

WAIVED, ENDED = "waived", "waiver-ended"

_EVENTS = tables.events.c

LONGEST_REASON = 500
"""The longest reason for a waiver, or for its end, in characters."""


@attrs.frozen
class WaiverEntry:
    """An entry of the trail that begins or ends a waiver: its number and time, and the waiver's encounters.

    `until` is the last day of a waiver that was not ended, "" in the entry that ends it.
    """

    number: int
    at: str
    encounter_ids: tuple[str, ...]
    until: str


@attrs.frozen
class _Begin:
    """The detail of an entry that begins a waiver."""

    code: str
    encounter_ids: tuple[str, ...]
    fingerprints: tuple[str, ...]
    where: str
    content: str
    severity: Severity
    message: str
    until: dt.date
    reason: str


@attrs.frozen
class _End:
    """The detail of an entry that ends a waiver."""

    waiver_id: str
    reason: str


def checked_reason(reason: str) -> str:
    """Return a reason on one line. Raises UnusableInputError for one that is blank or too long."""
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise UnusableInputError(f"The reason must have 1 to {LONGEST_REASON} characters")
    return reason


def read_waivers(connection: sa.Connection) -> tuple[Waiver, ...]:
    """Return every waiver in the order of the trail, also those that have expired or were ended.

    Raises LedgerError for an entry that this version cannot read: whatever it waives would count again unseen.
    """
    return _read(connection)[0]


def waiver_entries(connection: sa.Connection) -> tuple[WaiverEntry, ...]:
    """Return every entry about a waiver, in order. Raises LedgerError as `read_waivers` does."""
    return _read(connection)[1]


def _read(connection: sa.Connection) -> tuple[tuple[Waiver, ...], tuple[WaiverEntry, ...]]:
    found: dict[str, Waiver] = {}
    entries: list[WaiverEntry] = []
    # Entries without a claim are few, and an index has them together.
    query = (
        sa.select(_EVENTS.number, _EVENTS.at, _EVENTS.who, _EVENTS.event, _EVENTS.detail)
        .where(_EVENTS.claim_id == "", _EVENTS.event.in_((WAIVED, ENDED)))
        .order_by(_EVENTS.number)
    )
    for number, at, who, event, detail in connection.execute(query):
        if trail.purge_of(detail):
            continue
        try:
            if event == WAIVED:
                begin = msgspec.json.decode(detail, type=_Begin)
                waiver_id = f"W{number}"
                found[waiver_id] = Waiver(waiver_id, **attrs.asdict(begin), who=who, at=at)
                entries.append(WaiverEntry(number, at, begin.encounter_ids, begin.until.isoformat()))
            else:
                end = msgspec.json.decode(detail, type=_End)
                how = f"{at[:10]} by {who or 'somebody'}: {end.reason}"
                found[end.waiver_id] = waiver = attrs.evolve(found[end.waiver_id], ended=how)
                entries.append(WaiverEntry(number, at, waiver.encounter_ids, ""))
        except (msgspec.DecodeError, KeyError) as error:
            raise LedgerError(
                f"entry {number} of the audit trail is about a waiver and cannot be read: check the ledger with "
                "peerbill ledger verify; where it is whole, a newer peerbill wrote the entry"
            ) from error
    return tuple(found.values()), tuple(entries)


def record_waivers(run: BillRun, waivers: Iterable[Waiver]) -> tuple[Waiver, ...]:
    """Write waivers into the trail, all or none; return them as the trail has them."""
    ledger = run.ledger
    fields = [field.name for field in attrs.fields(_Begin)]
    events = [Event("", WAIVED, "", "", _text(_Begin(*(getattr(one, name) for name in fields)))) for one in waivers]
    with ledger.changing() as connection:
        before = {one.waiver_id for one in read_waivers(connection)}
        trail.append(connection, ledger.now(), ledger.who, events)
        return tuple(one for one in read_waivers(connection) if one.waiver_id not in before)


def end_waivers(run: BillRun, waiver_ids: Sequence[str], reason: str) -> tuple[list[str], list[tuple[str, str]]]:
    """End waivers with a reason, which the trail keeps; return those, and the others each with why not."""
    reason = checked_reason(reason)
    ledger = run.ledger
    finished: list[str] = []
    refused: list[tuple[str, str]] = []
    with ledger.changing() as connection:
        known = {one.waiver_id: one for one in read_waivers(connection)}
        for name in dict.fromkeys(name.strip().upper() for name in waiver_ids):
            waiver = known.get(name)
            if waiver is None:
                refused.append((name, "there is no such waiver"))
            elif waiver.ended:
                refused.append((name, f"it was ended on {waiver.ended}"))
            else:
                finished.append(name)
        events = [Event("", ENDED, "", "", _text(_End(name, reason))) for name in finished]
        trail.append(connection, ledger.now(), ledger.who, events)
    return finished, refused


def _text(detail: _Begin | _End) -> str:
    return msgspec.json.encode(detail).decode()
