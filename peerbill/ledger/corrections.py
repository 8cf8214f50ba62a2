"""What a correction finds in the ledger, and the two that send nothing: writing off, and releasing encounters."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

import attrs
import sqlalchemy as sa

from peerbill.ledger import states
from peerbill.ledger.done_before import done_in, last_change, told_again
from peerbill.ledger.look.answered_claims import Rested, followers, rests_on
from peerbill.ledger.look.claims import read_claims
from peerbill.ledger.send.runs import BillRun
from peerbill.ledger.store import tables
from peerbill.ledger.store.portions import IN_ONE_STATEMENT, portions
from peerbill.ledger.store.trail import Event
from peerbill.model.claim_state import ClaimState, Frequency, Standing
from peerbill.model.money import printed
from peerbill.model.sent_claim import SentClaim

WRITABLE_OFF = (
    frozenset({ClaimState.ACCEPTED, ClaimState.PARTLY_PAID, ClaimState.DENIED, ClaimState.REVERSED}) | states.REJECTED
)
"""The states in which something may be owed that nobody will pay."""

_UNKNOWN = "the ledger has no claim of this id: peerbill claims lists them"
PURGED = "it was purged (peerbill purge): nothing is left of it that could be sent, or billed again"

LONGEST_REASON = 200

_DECIDED = frozenset({ClaimState.PAID, ClaimState.PARTLY_PAID, ClaimState.REVERSED})
"""States of a correction that the payer has carried out."""


@attrs.frozen
class Refused:
    """A claim that a command could not do, and why, with what to do instead."""

    claim_id: str
    why: str


@attrs.frozen
class ClaimFamily:
    """A claim with those that belong to it; `claim.before` are those that it replaced.

    `followers` are the claims to the next payer that rest on its answer, `live` the encounters of it, and of those
    before it, that the payer has. `void_denied` means that the payer denied its void. `rests` are the claims to the
    payers before, the nearest first.
    """

    claim: SentClaim
    followers: tuple[str, ...] = ()
    live: tuple[str, ...] = ()
    void_denied: bool = False
    rests: tuple[Rested, ...] = ()


def read_families(connection: sa.Connection, claims: Iterable[SentClaim]) -> Iterator[ClaimFamily]:
    """Yield claims with those that belong to them, in their order."""
    every = iter(claims)
    while some := list(islice(every, IN_ONE_STATEMENT)):
        yield from _families(connection, some)


def _families(connection: sa.Connection, claims: Sequence[SentClaim]) -> Iterator[ClaimFamily]:
    before = states.all_replaced_by(connection, [claim.claim_id for claim in claims])
    members = {claim_id: [claim_id, *replaced] for claim_id, replaced in before.items()}
    every = list(chain.from_iterable(members.values()))
    after = followers(connection, every)
    state_of = _states(
        connection,
        [*chain.from_iterable(after.values()), *(claim.replaced_by for claim in claims if claim.replaced_by)],
    )
    live: dict[str, list[str]] = {}
    encounters = tables.encounters.c
    for portion in portions(every):
        query = sa.select(encounters.claim_id, encounters.encounter_id).where(
            encounters.claim_id.in_(portion), encounters.standing == Standing.LIVE
        )
        for row in connection.execute(query):
            live.setdefault(row.claim_id, []).append(row.encounter_id)
    for claim in claims:
        family = members[claim.claim_id]
        standing = {
            id_ for id_ in _of(family, after) if state_of.get(id_, "") not in {"", *states.GONE, *states.CORRECTED}
        }
        yield ClaimFamily(
            attrs.evolve(claim, before=tuple(family[1:])),
            tuple(sorted(standing)),
            tuple(sorted(_of(family, live))),
            claim.state == ClaimState.VOIDED and state_of.get(claim.replaced_by) == ClaimState.DENIED,
            rests_on(connection, claim),
        )


def _of(claim_ids: Iterable[str], by_claim: Mapping[str, Iterable[str]]) -> Iterator[str]:
    return chain.from_iterable(by_claim.get(claim_id, ()) for claim_id in claim_ids)


def _states(connection: sa.Connection, claim_ids: Iterable[str]) -> dict[str, str]:
    claims = tables.claims.c
    found: dict[str, str] = {}
    for portion in portions(claim_ids):
        query = sa.select(claims.claim_id, claims.state).where(claims.claim_id.in_(portion))
        found |= {row.claim_id: row.state for row in connection.execute(query)}
    return found


def known_claims(connection: sa.Connection, claim_ids: Sequence[str]) -> tuple[Mapping[str, SentClaim], list[Refused]]:
    """Return claims by id, in the order in which they are named, and the names of none, or of purged ones."""
    claims = (
        {claim.claim_id: claim for claim in read_claims(connection, claim_ids=claim_ids, history=False)}
        if claim_ids
        else {}
    )
    named = dict.fromkeys(claim_ids)
    gone = {id_: PURGED if id_ in claims else _UNKNOWN for id_ in named if id_ not in claims or claims[id_].purged}
    known = {id_: claims[id_] for id_ in named if id_ not in gone}
    return known, [Refused(id_, why) for id_, why in gone.items()]


def write_off(run: BillRun, claim_ids: Sequence[str], reason: str) -> tuple[list[str], list[Refused]]:
    """Write claims off; return the claims written off, and those that cannot be.

    Their encounters stay where they are and are never billed again, unless they are released. A claim that the last
    change wrote off, by the same person and for the same reason, is among the first. `reason` goes into the audit
    trail; it must not hold a person's data.
    """
    reason = " ".join(reason.split())[:LONGEST_REASON]
    done: list[Event] = []
    with run.ledger.changing() as connection:
        claims, refused = known_claims(connection, claim_ids)
        before = done_in(last_change(connection, run.ledger.who), ClaimState.WRITTEN_OFF, reason)
        for claim in claims.values():
            if claim.claim_id in before:
                continue
            why = _not_written_off(claim)
            if not why and claim.state in states.REJECTED and states.restore(connection, [claim.claim_id]):
                why = "its encounters stand on another claim by now: nothing is left on this one"
            if why:
                refused.append(Refused(claim.claim_id, why))
                continue
            done.append(Event(claim.claim_id, ClaimState.WRITTEN_OFF, ClaimState.WRITTEN_OFF, "", reason))
        states.change(connection, run.ledger.now(), run.ledger.who, done)
    return _with_before(run, claims, done, before), refused


def _with_before(run: BillRun, claims: Iterable[str], done: Iterable[Event], before: Collection[str]) -> list[str]:
    """Return which of some claims are done, now or by the command before, in their order; tell of the latter."""
    listed = tuple(claim_id for claim_id in claims if claim_id in before)
    if listed:
        run.messages.append(told_again(listed))
    every = {event.claim_id for event in done}.union(listed)
    return [claim_id for claim_id in claims if claim_id in every]


NOT_ANSWERED = (
    "the payer has not answered it yet: post its 999, 277CA or 835 first; if it was not sent, or the payer has no such "
    "claim, peerbill withdraw frees its encounters"
)


def _not_written_off(claim: SentClaim) -> str:
    if claim.frequency == Frequency.VOID:
        return "it is a void: nothing is owed on it"
    if claim.state not in WRITABLE_OFF:
        return _ELSEWHERE.get(claim.state, f"it is {claim.state}")
    if claim.state not in states.REJECTED and not any(line.live for line in claim.lines):
        return "it was released, and what it billed is no longer on it"
    return ""


_ELSEWHERE = {
    ClaimState.WRITTEN: NOT_ANSWERED,
    ClaimState.WITHDRAWN: "it was withdrawn: bill makes a new claim of its encounters",
    ClaimState.PAID: "it was paid: nothing is owed on it",
    ClaimState.VOIDED: "it was voided: nothing is owed on it",
    ClaimState.REPLACED: "it was replaced: look at the claim that took its place",
    ClaimState.WRITTEN_OFF: "it was written off before",
}


def release(run: BillRun, claim_ids: Sequence[str], *, confirmed: bool = False) -> tuple[list[str], list[Refused]]:
    """Free the encounters of claims that the payer wants as new originals; return those done, and those that cannot be.

    The claims keep their states; the next bill makes new claims of frequency 1 of what passes the audit. Claims that
    the last change released, by the same person, are among the first. `confirmed`
    says that the payer carried out the void or replacement of a claim, where no 835 shows it: of a claim that was never
    paid, or that is reported only.
    """
    done: list[Event] = []
    with run.ledger.changing() as connection:
        claims, refused = known_claims(connection, claim_ids)
        before = done_in(last_change(connection, run.ledger.who), RELEASED, _MAY_BE_BILLED)
        for claim in claims.values():
            if claim.claim_id in before:
                continue
            why = _not_released(connection, claim, confirmed=confirmed)
            if why:
                refused.append(Refused(claim.claim_id, why))
                continue
            done.append(Event(claim.claim_id, RELEASED, claim.state, "", _MAY_BE_BILLED))
        states.free(connection, [event.claim_id for event in done])
        states.change(connection, run.ledger.now(), run.ledger.who, done)
    return _with_before(run, claims, done, before), refused


RELEASED = "released"
_MAY_BE_BILLED = "its encounters may be billed again"


def _not_released(connection: sa.Connection, claim: SentClaim, *, confirmed: bool) -> str:
    if claim.frequency == Frequency.VOID:
        return "it is a void, which bills nothing"
    if claim.state in states.REJECTED:
        return (
            "the payer never took it in: bill makes a new claim of its encounters once something is changed, and "
            "peerbill bill --unchanged of those that are not"
        )
    if claim.state == ClaimState.WRITTEN:
        return NOT_ANSWERED
    if claim.state == ClaimState.WITHDRAWN:
        return "it was withdrawn: bill makes a new claim of its encounters"
    encounters = tables.encounters.c
    query = sa.select(encounters.standing).where(
        encounters.claim_id == claim.claim_id, encounters.standing != Standing.FREE
    )
    standing = set(connection.execute(query.distinct()).scalars())
    if not standing:
        return "none of its encounters is left on it: they were released, or stand on another claim"
    if claim.state in states.CORRECTED and Standing.LIVE in standing:
        after = sa.select(tables.claims.c.state).where(tables.claims.c.replaces == claim.claim_id)
        of_corrections = set(connection.execute(after).scalars())
        if not of_corrections & (_DECIDED | {ClaimState.ACCEPTED}):
            return "the payer has not taken in its correction yet: post the 277CA or 835 first"
        if claim.state == ClaimState.VOIDED and claim.paid:
            return "the payer has not taken its payment back yet: post the 835 with the reversal first"
        if not confirmed and not of_corrections & _DECIDED:
            return "no 835 says yet that its correction was carried out; where the payer said so, add --confirmed"
        return ""
    if claim.state in states.CORRECTED:
        return ""
    before: ClaimState = claim.state
    if before == ClaimState.WRITTEN_OFF:
        before = states.state_before(connection, claim.claim_id, frozenset({ClaimState.WRITTEN_OFF}))
    if before == ClaimState.DENIED and claim.frequency == Frequency.REPLACEMENT:
        return (
            f"it replaced {claim.replaces}, which may still stand with the payer: correct it with another replacement, "
            f"peerbill replace {claim.claim_id}"
        )
    if before in {ClaimState.DENIED, ClaimState.REVERSED} | states.REJECTED:
        if not claim.paid:
            return ""
        return (
            f"{printed(claim.paid)} is paid on it: void or replace it, or post the 835 that takes the money back, "
            "before it is billed again"
        )
    return f"the payer has it ({before}): a second original would be denied as a duplicate; replace or void it"
