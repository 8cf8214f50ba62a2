"""Claims that were never sent, or that the payer does not know: taken back here alone, so that they are billed again.

No file says so: only the biller knows, and the audit trail has the person.
"""

from collections.abc import Collection, Iterator, Sequence

import attrs
import sqlalchemy as sa

from peerbill.ledger import states
from peerbill.ledger.corrections import LONGEST_REASON, Refused
from peerbill.ledger.done_before import done_in, last_change
from peerbill.ledger.look.claims import read_claims
from peerbill.ledger.send.runs import BillRun
from peerbill.ledger.store import tables
from peerbill.ledger.store.trail import Event
from peerbill.model.claim_state import ClaimState, Frequency
from peerbill.model.sent_claim import SentClaim

_OURS = frozenset(
    {
        ClaimState.WRITTEN,
        ClaimState.VOIDED,
        ClaimState.REPLACED,
        "reinstated",
        "released",
        ClaimState.WRITTEN_OFF,
        ClaimState.WITHDRAWN,
        "overpayment-identified",
        "overpayment-cleared",
    }
)
"""The entries of the trail that no answer of a payer makes."""


@attrs.frozen
class Withdrawals:
    """The claims that can be withdrawn, corrections before what they corrected, and those that cannot be.

    `barred` are claims that a withdrawn correction had replaced or voided, and that are not in force again, since their
    encounters were billed again in the meantime.
    """

    claims: tuple[SentClaim, ...]
    refused: tuple[Refused, ...]
    barred: tuple[str, ...] = ()


def plan_withdrawals(connection: sa.Connection, claims: Sequence[SentClaim], *, confirmed: bool = False) -> Withdrawals:
    """Return which of some claims, read with their history, can be withdrawn, and why the others cannot be.

    `confirmed` says that the payer has no such claim, though an answer of it is posted. A claim on which the payer
    decided cannot be withdrawn. Reads only.
    """
    before = states.all_replaced_by(connection, [claim.claim_id for claim in claims])
    gone: dict[str, SentClaim] = {}
    refused: dict[str, str] = {}
    for claim in sorted(claims, key=lambda one: len(before[one.claim_id]), reverse=True):
        why = _not_withdrawn(connection, claim, gone, confirmed=confirmed)
        if why:
            refused[claim.claim_id] = why
        else:
            gone[claim.claim_id] = claim
    in_order = [Refused(claim.claim_id, refused[claim.claim_id]) for claim in claims if claim.claim_id in refused]
    return Withdrawals(tuple(gone.values()), tuple(in_order))


def withdraw(run: BillRun, plan: Withdrawals, reason: str) -> Withdrawals:
    """Withdraw the claims of a plan made while the run lasts; return it with the claims that are not in force again.

    Their encounters are free, and the next bill makes new claims of them; a claim that a withdrawn correction had
    replaced or voided is in force again. `reason` goes into the audit trail; it must not hold a person's data.
    """
    reason = " ".join(reason.split())[:LONGEST_REASON]
    barred: list[str] = []
    with run.ledger.changing() as connection:
        # Corrections come before what they corrected: what is in force again may be withdrawn itself.
        for claim in plan.claims:
            if claim.replaces:
                _withdraw(connection, run, [claim], reason)
                because = f"{claim.claim_id} was withdrawn"
                barred += states.reinstate(connection, run.ledger, [claim.replaces], "", because)
        _withdraw(connection, run, [claim for claim in plan.claims if not claim.replaces], reason)
    return attrs.evolve(plan, barred=tuple(barred))


def withdrawn_before(connection: sa.Connection, who: str, reason: str) -> Withdrawals:
    """Return the claims that the last change of the ledger withdrew, by the same person and for the same reason."""
    change = last_change(connection, who)
    ids = done_in(change, ClaimState.WITHDRAWN, " ".join(reason.split())[:LONGEST_REASON])
    if not ids:
        return Withdrawals((), ())
    claims = {claim.claim_id: claim for claim in read_claims(connection, claim_ids=sorted(ids))}
    barred = (entry.claim_id for entry in change if entry.event == "reinstated" and states.is_barred(entry.detail))
    return Withdrawals(tuple(claims[id_] for id_ in ids), (), tuple(barred))


def are_meant(
    connection: sa.Connection,
    claims: Sequence[SentClaim],
    named: Collection[str],
    files: Collection[str],
    states_: Collection[str],
    payers: Collection[str],
) -> bool:
    """Return whether a command that names claims, or chooses them by these, means each of some withdrawn claims."""
    return all(
        claim.claim_id in named
        if named
        else (not files or claim.file in files)
        and (not payers or claim.payer in payers)
        and (not states_ or _before(connection, claim) in states_)
        for claim in claims
    )


def _before(connection: sa.Connection, claim: SentClaim) -> ClaimState:
    return states.state_before(connection, claim.claim_id, frozenset({ClaimState.WITHDRAWN}))


def _withdraw(connection: sa.Connection, run: BillRun, claims: Sequence[SentClaim], reason: str) -> None:
    states.free(connection, [claim.claim_id for claim in claims])
    events = [Event(claim.claim_id, ClaimState.WITHDRAWN, ClaimState.WITHDRAWN, "", reason) for claim in claims]
    states.change(connection, run.ledger.now(), run.ledger.who, events)


def _not_withdrawn(connection: sa.Connection, claim: SentClaim, gone: Collection[str], *, confirmed: bool) -> str:
    """Return why a claim cannot be withdrawn once those of `gone` are, or ""."""
    state = claim.state
    if state == ClaimState.WITHDRAWN:
        return "it was withdrawn before"
    if state in states.REJECTED:
        return (
            "the payer never took it in, and bill makes a new claim of its encounters once something is changed; "
            "peerbill bill --unchanged sends them as they are"
        )
    if state in states.CORRECTED:
        if claim.replaced_by not in gone:
            return f"it was {state} by {claim.replaced_by}: withdraw that one first, if it was not sent"
        state = states.state_before(connection, claim.claim_id, states.CORRECTED)
    if claim.payments or claim.paid or state in states.ADJUDICATED:
        return _DECIDED.get(state, "the payer decided on it: look at what it answered with peerbill claims")
    if "void-confirmed" in _events(connection, claim):
        return "the payer carried it out"
    answers = [entry for entry in claim.history if entry.event not in _OURS]
    if answers and claim.mode != "test" and not confirmed:
        last = answers[-1]
        source = f" by {last.file}" if last.file else ""
        return (
            f"the payer has it, as far as is known ({last.event} on {last.at[:10]}{source}); where the payer says that "
            "it has no such claim, add --confirmed"
        )
    return ""


def _events(connection: sa.Connection, claim: SentClaim) -> Iterator[str]:
    """Yield what happened to a void, and to the claim that it voids."""
    yield from (entry.event for entry in claim.history)
    if claim.frequency == Frequency.VOID:
        events = tables.events.c
        yield from connection.execute(sa.select(events.event).where(events.claim_id == claim.replaces)).scalars()


_DECIDED = {
    ClaimState.PAID: "the payer paid it: void or replace it",
    ClaimState.PARTLY_PAID: "the payer paid part of it: void or replace it",
    ClaimState.DENIED: "the payer denied it, so that it has it: replace it, or free its encounters with "
    "peerbill rebill",
    ClaimState.REVERSED: "the payer took its payment back, so that it has it: peerbill rebill frees its encounters",
}
