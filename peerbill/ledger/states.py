"""The states of a claim, and their effect on its encounters.

An encounter is on at most one live claim for each payer in turn: the index `live_encounter` enforces that, and the
functions here are the only ones that move an encounter from one claim to another.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from types import MappingProxyType

import sqlalchemy as sa

from peerbill.ledger.answers.payments import posted_payments
from peerbill.ledger.answers.settle import settle
from peerbill.ledger.store import rows, tables, trail
from peerbill.ledger.store.ledger import Ledger
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.seals import Row
from peerbill.ledger.store.statements import rows_by
from peerbill.ledger.store.trail import Event
from peerbill.model.claim_state import ClaimState, Frequency, Standing, claim_state

STATES = tuple(state.value for state in ClaimState)
"""The states of a claim as words for people to choose from, in the order in which they may come."""

REJECTED = frozenset({ClaimState.REJECTED_INTERCHANGE, ClaimState.REJECTED_FUNCTIONAL, ClaimState.REJECTED_PAYER})
"""The payer never took the claim in: its encounters are billed again, as new originals."""

ADJUDICATED = frozenset({ClaimState.PAID, ClaimState.PARTLY_PAID, ClaimState.DENIED, ClaimState.REVERSED})
"""The payer decided: a correction names its claim number."""

CORRECTED = frozenset({ClaimState.VOIDED, ClaimState.REPLACED})
"""Another claim of ours took its place."""

GONE = REJECTED | {ClaimState.WITHDRAWN}
"""The claim bills nothing any more; an answer that takes it in restores it where nothing took its place."""


_CLAIM_ID = tables.claims.c.claim_id
_IN_FORCE = sa.exists().where(tables.encounters.c.claim_id == _CLAIM_ID, tables.encounters.c.standing != Standing.FREE)
# A replacement that came to nothing leaves what it replaces where it is, also where the payer pays both.
_REPLACEMENTS = sa.select(_CLAIM_ID).where(tables.claims.c.frequency == Frequency.REPLACEMENT, _IN_FORCE)


def change(
    connection: sa.Connection,
    at: str,
    who: str,
    events: Sequence[Event],
    figures: Mapping[str, tuple[int, str]] = MappingProxyType({}),
    replacements: Collection[str] | None = None,
) -> None:
    """Write events to the trail and the states that they lead to into the claims; one event each for most claims.

    `figures` are cents that were paid, and the payer's number, of claims that got others. `replacements` are those of
    the claims that replace another; None: they are looked up.
    """
    trail.append(connection, at, who, events)
    # As plain texts: the driver takes half a microsecond more for each word of an enumeration.
    states = {event.claim_id: str(event.state) for event in events if event.claim_id}
    paid = [id_ for id_, state in states.items() if state in (ClaimState.PAID, ClaimState.PARTLY_PAID)]
    _settle(connection, paid if replacements is None else [id_ for id_ in paid if id_ in replacements])

    def moved(row: Row) -> Row:
        claim_id, state, changed_at, *figures_now = row
        now = states.get(claim_id, state)
        return (claim_id, now, changed_at if now == state else at, *figures.get(claim_id, figures_now))

    rows.update_each(connection, tables.claims, {*states, *figures}, moved)


def free(connection: sa.Connection, claim_ids: Iterable[str]) -> None:
    """Free the encounters and lines of claims that are no longer in force: rejected, or released to be billed again."""
    _move(connection, claim_ids, Standing.FREE)


def void(connection: sa.Connection, claim_ids: Iterable[str]) -> None:
    """Mark the encounters of claims whose void the payer confirmed: changed, they may be billed again."""
    voided = list(claim_ids)
    _move(connection, voided, Standing.VOID)
    _settle(connection, voided)


def take_over(connection: sa.Connection, replaced: str, encounter_ids: Sequence[str], line_keys: Sequence[str]) -> None:
    """Take what a replacement bills off the claim that it replaces, and off the claims that that claim replaced.

    What the replacement leaves out stays: until the payer paid the replacement, it may still hold the claim before.
    """
    lines, encounters = tables.lines, tables.encounters
    for claim_id in [replaced, *replaced_by(connection, replaced)]:
        for portion in portions(encounter_ids):
            is_it = (encounters.c.claim_id == claim_id, encounters.c.encounter_id.in_(portion))
            rows.update(connection, encounters, {"standing": Standing.FREE}, *is_it)
        left = sa.exists().where(
            encounters.c.claim_id == lines.c.claim_id,
            encounters.c.line_number == lines.c.number,
            encounters.c.standing == Standing.LIVE,
        )
        of_claim = lines.c.claim_id == claim_id
        rows.update(connection, lines, {"live": 0}, of_claim, ~left)
        for portion in portions(line_keys):
            rows.update(connection, lines, {"live": 0}, of_claim, lines.c.line_key.in_(portion))


def _settle(connection: sa.Connection, claim_ids: Iterable[str]) -> None:
    """Free what replacements left out, once the payer has paid them, or taken back what it paid."""
    for portion in portions(claim_ids):
        replacements = [claim_id for (claim_id,) in rows_by(connection, _REPLACEMENTS, _CLAIM_ID, portion)]
        before = all_replaced_by(connection, replacements)
        free(connection, chain.from_iterable(before.values()))


def replaced_by(connection: sa.Connection, claim_id: str) -> list[str]:
    """Return the claims that a claim replaced, the last first: its predecessor, the predecessor's, and so on."""
    return all_replaced_by(connection, [claim_id])[claim_id]


def all_replaced_by(connection: sa.Connection, claim_ids: Collection[str]) -> dict[str, list[str]]:
    """Return what `replaced_by` does for each of several claims."""
    claims = tables.claims.c
    replaces: dict[str, str] = {}
    wanted = set(claim_ids)
    while wanted:
        found: dict[str, str] = {}
        for portion in portions(wanted):
            query = sa.select(claims.claim_id, claims.replaces).where(claims.claim_id.in_(portion))
            found |= {row.claim_id: row.replaces for row in connection.execute(query)}
        replaces |= found
        wanted = set(found.values()) - replaces.keys() - {""}
    before: dict[str, list[str]] = {}
    for claim_id in claim_ids:
        before[claim_id] = ids = []
        earlier = replaces.get(claim_id, "")
        while earlier and earlier not in ids:
            ids.append(earlier)
            earlier = replaces.get(earlier, "")
    return before


def _move(connection: sa.Connection, claim_ids: Iterable[str], standing: Standing) -> None:
    lines, encounters = tables.lines, tables.encounters
    for portion in portions(claim_ids):
        rows.update(connection, lines, {"live": 0}, lines.c.claim_id.in_(portion))
        moving = (encounters.c.claim_id.in_(portion), encounters.c.standing != Standing.FREE)
        rows.update(connection, encounters, {"standing": standing}, *moving)


def restore(connection: sa.Connection, claim_ids: Sequence[str]) -> list[str]:
    """Put claims in force again, since their corrections came to nothing; return those that cannot be.

    A claim cannot where an encounter or a line of it was billed again in the meantime: it is left as it was.
    """
    lines, encounters = tables.lines, tables.encounters
    barred: list[str] = []
    for claim_id in claim_ids:
        if _is_billed_elsewhere(connection, claim_id):
            barred.append(claim_id)
            continue
        rows.update(connection, lines, {"live": 1}, lines.c.claim_id == claim_id)
        rows.update(connection, encounters, {"standing": Standing.LIVE}, encounters.c.claim_id == claim_id)
    return barred


def replace_again(connection: sa.Connection, ledger: Ledger, claim_id: str, replaced: str, source: str) -> bool:
    """Let a replacement that came to nothing take the place of a claim after all; return whether it does.

    The payer took it in: `source` is the file that says so. It does not where that claim was corrected otherwise, or
    where what it bills was billed again in the meantime.
    """
    lines, encounters, claims = tables.lines.c, tables.encounters.c, tables.claims.c
    state = connection.execute(sa.select(claims.state).where(claims.claim_id == replaced)).scalar()
    before = [replaced, *replaced_by(connection, replaced)]
    if state in CORRECTED or _is_billed_elsewhere(connection, claim_id, before):
        return False
    ids = connection.execute(sa.select(encounters.encounter_id).where(encounters.claim_id == claim_id)).scalars()
    keys = connection.execute(sa.select(lines.line_key).where(lines.claim_id == claim_id)).scalars()
    take_over(connection, replaced, list(ids), list(keys))
    restore(connection, [claim_id])
    event = Event(replaced, ClaimState.REPLACED, ClaimState.REPLACED, source, f"by {claim_id}")
    change(connection, ledger.now(), ledger.who, [event])
    return True


def _is_billed_elsewhere(connection: sa.Connection, claim_id: str, besides: Collection[str] = ()) -> bool:
    """Return whether a line or an encounter of a claim is in force on another, which is none of `besides`."""
    lines, encounters = tables.lines, tables.encounters
    other_lines, other_encounters = lines.alias(), encounters.alias()
    own = [claim_id, *besides]
    line_taken = sa.exists().where(
        lines.c.claim_id == claim_id,
        other_lines.c.claim_id.not_in(own),
        other_lines.c.live == 1,
        other_lines.c.line_key == lines.c.line_key,
    )
    encounter_taken = sa.exists().where(
        encounters.c.claim_id == claim_id,
        other_encounters.c.claim_id.not_in(own),
        other_encounters.c.standing == Standing.LIVE,
        other_encounters.c.encounter_id == encounters.c.encounter_id,
        other_encounters.c.turn == encounters.c.turn,
    )
    return bool(connection.execute(sa.select(sa.or_(line_taken, encounter_taken))).scalar())


def state_before(connection: sa.Connection, claim_id: str, passing: frozenset[ClaimState]) -> ClaimState:
    """Return the last state of a claim that is none of `passing`: what it was before it was corrected, or rejected."""
    events = tables.events.c
    query = (
        sa.select(events.state)
        .where(events.claim_id == claim_id, events.state.not_in(passing))
        .order_by(events.number.desc())
        .limit(1)
    )
    return claim_state(connection.execute(query).scalar() or ClaimState.WRITTEN)


def _state_again(connection: sa.Connection, claim_id: str) -> ClaimState:
    """Return the state of a claim whose correction came to nothing: what its payments leave, else what it was before.

    A payer may have paid it, or taken money back, while it was corrected.
    """
    before = state_before(connection, claim_id, CORRECTED)
    payments = posted_payments(connection, [claim_id]).get(claim_id)
    if not payments:
        return before
    charge = sa.select(tables.claims.c.charge_cents).where(tables.claims.c.claim_id == claim_id)
    settled = settle(payments, int(connection.execute(charge).scalar_one())).state
    kept = before == ClaimState.WRITTEN_OFF and settled not in (ClaimState.PAID, ClaimState.PARTLY_PAID)
    return before if kept or not settled else settled


_BARRED = "; its encounters were billed again in the meantime"


def is_barred(detail: str) -> bool:
    """Return whether the words of a `reinstated` entry say that the claim is not in force again."""
    return detail.endswith(_BARRED)


def reinstate(
    connection: sa.Connection, ledger: Ledger, claim_ids: Sequence[str], source: str, because: str
) -> list[str]:
    """Undo the effect of a correction that came to nothing on claims; return those that cannot be in force again.

    `source` is the file that says so, `because` ends the sentence "the correction …".
    """
    barred = restore(connection, claim_ids)
    events = [
        Event(
            claim_id,
            "reinstated",
            _state_again(connection, claim_id),
            source,
            f"the correction {because}" + (_BARRED if claim_id in barred else ""),
        )
        for claim_id in claim_ids
    ]
    change(connection, ledger.now(), ledger.who, events)
    return barred
