"""Reviewers' decisions: entries of the audit trail, which is the only place where they are."""

import datetime as dt
from collections.abc import Collection, Iterable

import attrs
import msgspec
import sqlalchemy as sa

from peerbill.ledger.send.runs import BillRun
from peerbill.ledger.store import tables, trail
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.trail import Event
from peerbill.model.errors import LedgerError
from peerbill.model.review import Rating, ReviewDecision

REVIEWED = "reviewed"

_EVENTS = tables.events.c


@attrs.frozen
class _Detail:
    """The detail of an entry."""

    encounter_id: str
    requirement: str
    question: str
    must: bool
    rating: Rating
    reason: str
    reviewer: str
    programme: str
    policy: str
    fingerprint: str


_FIELDS = tuple(field.name for field in attrs.fields(_Detail))
_decoder = msgspec.json.Decoder(_Detail)


def read_decisions(connection: sa.Connection) -> tuple[ReviewDecision, ...]:
    """Return every decision in the order of the trail, also those that a later one replaced.

    Raises LedgerError for an entry that this version cannot read.
    """
    found = []
    query = (
        sa.select(_EVENTS.number, _EVENTS.at, _EVENTS.who, _EVENTS.file, _EVENTS.detail)
        # Entries without a claim are few, and an index has them together.
        .where(_EVENTS.claim_id == "", _EVENTS.event == REVIEWED)
        .order_by(_EVENTS.number)
    )
    for number, at, who, file, detail in connection.execute(query):
        if trail.purge_of(detail):
            continue
        try:
            said = _decoder.decode(detail)
        except msgspec.DecodeError as error:
            raise LedgerError(
                f"entry {number} of the audit trail is a reviewer's decision and cannot be read: check the ledger with "
                "peerbill ledger verify; where it is whole, a newer peerbill wrote the entry"
            ) from error
        values = {name: getattr(said, name) for name in _FIELDS}
        found.append(ReviewDecision(**values, number=number, at=at, who=who, file=file))
    return tuple(found)


def last_decisions(decisions: Iterable[ReviewDecision]) -> dict[tuple[str, str], ReviewDecision]:
    """Return the decision that counts on each requirement of each encounter: the last."""
    return {one.subject: one for one in decisions}


def record_decisions(run: BillRun, decisions: Iterable[ReviewDecision], file: str) -> tuple[ReviewDecision, ...]:
    """Write decisions into the trail, all or none, and return them; those that say what is there already are left."""
    ledger = run.ledger
    with ledger.changing() as connection:
        before = read_decisions(connection)
        known = last_decisions(before)
        new = [one.says for one in decisions if (last := known.get(one.subject)) is None or last.says != one.says]
        details = (msgspec.json.encode(_Detail(*(getattr(one, name) for name in _FIELDS))).decode() for one in new)
        trail.append(
            connection, ledger.now(), ledger.who, [Event("", REVIEWED, "", file, detail) for detail in details]
        )
        return read_decisions(connection)[len(before) :]


def billed_ids(connection: sa.Connection, encounter_ids: Collection[str]) -> frozenset[str]:
    """Return which encounters are, or were, on a claim."""
    encounters = tables.encounters.c
    found: set[str] = set()
    for portion in portions(encounter_ids):
        query = sa.select(encounters.encounter_id).where(encounters.encounter_id.in_(portion)).distinct()
        found |= set(connection.execute(query).scalars())
    return frozenset(found)


def claims_of_encounters(connection: sa.Connection, encounter_ids: Collection[str]) -> tuple[str, ...]:
    """Return the ids of all claims that bill, or billed, any of these encounters, in order."""
    encounters = tables.encounters.c
    found: set[str] = set()
    for portion in portions(encounter_ids):
        query = sa.select(encounters.claim_id).where(encounters.encounter_id.in_(portion)).distinct()
        found |= set(connection.execute(query).scalars())
    return tuple(sorted(found))


def identified_days(connection: sa.Connection, encounter_ids: Collection[str]) -> dict[str, dt.date]:
    """Return the first day on which an audit found paid encounters to be held, where one did (`todo`)."""
    table = tables.overpayments.c
    found: dict[str, dt.date] = {}
    for portion in portions(encounter_ids):
        query = sa.select(table.encounter_id, table.identified_on).where(table.encounter_id.in_(portion))
        for encounter_id, text in connection.execute(query):
            day = dt.date.fromisoformat(text)
            found[encounter_id] = min(day, found.get(encounter_id, day))
    return found
