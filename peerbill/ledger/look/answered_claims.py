"""Claims that a payer decided, with its answers as they came: what goes on to the next payer is made of them."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal

import attrs
import sqlalchemy as sa

from peerbill import codes
from peerbill.ledger import states
from peerbill.ledger.look.claims import read_claims
from peerbill.ledger.modes import counts
from peerbill.ledger.store import tables
from peerbill.ledger.store.database import as_ledger_error
from peerbill.ledger.store.ledger import Ledger
from peerbill.ledger.store.portions import portions
from peerbill.model.claim_state import ClaimState, Standing
from peerbill.model.payer_answers import ClaimPayment
from peerbill.model.sent_claim import SentClaim

DECIDED = (ClaimState.PAID, ClaimState.PARTLY_PAID, ClaimState.DENIED)
ANSWERED = frozenset({*DECIDED, ClaimState.REVERSED, "payment", "void-confirmed"})
"""Each payment of an 835 makes one of these events on its claim, in the order of the payments."""


@attrs.frozen
class Rested:
    """The claim to an earlier payer on whose answer another claim rests.

    `then` is it with the answers that were posted when that other claim was sent; `now` its form in force, with its
    replacement where it was replaced, and None where it was voided. `answered` are the days on which more was posted.
    """

    then: SentClaim
    now: SentClaim | None
    answered: tuple[dt.date, ...] = ()


def read_answered(ledger: Ledger, member_ids: Collection[str], tests: Collection[str] = ()) -> tuple[SentClaim, ...]:
    """Return the live claims of members that a payer paid or denied, by member and claim id.

    A claim that went on in a test file to a payer in `tests` (`Settings.test_payers`) is followed.
    """
    with as_ledger_error(ledger.place), ledger.engine.connect() as connection:
        return tuple(_answered(connection, member_ids, tests))


def _answered(connection: sa.Connection, member_ids: Collection[str], tests: Collection[str]) -> Iterator[SentClaim]:
    for portion in portions(member_ids):
        claims = [
            claim
            for claim in read_claims(connection, member_ids=portion, states=DECIDED, history=False)
            if any(line.live for line in claim.lines) and (claim.mode != "test" or claim.payer in tests)
        ]
        yield from _with_answers(connection, claims, tests)


def to_next_payer(
    connection: sa.Connection, member_ids: Collection[str], tests: Collection[str] = ()
) -> Iterator[SentClaim]:
    """Yield the live claims of members on which a payer may have left something for another payer without a claim.

    With them come the claims that they follow. What a provider's contract takes off, and what a prior payer's decision
    comes to, leaves nothing (`codes.adjustment_effect`).
    """
    claims, payments, adjustments = tables.claims.c, tables.payments.c, tables.adjustments.c
    nothing = [
        sa.and_(adjustments.reason == reason, adjustments.group_code.in_(groups))
        if groups
        else adjustments.reason == reason
        for effect in (codes.CONTRACT, codes.PRIOR_PAYER)
        for reason, groups in codes.reasons_of(effect).items()
    ]
    left = (
        sa.exists()
        .where(payments.claim_id == claims.claim_id, adjustments.payment_id == payments.payment_id)
        .where(adjustments.amount_cents > 0, sa.not_(sa.or_(*nothing)))
    )
    for portion in portions(member_ids):
        query = sa.select(claims.claim_id, claims.follows).where(
            claims.member_id.in_(portion),
            claims.state.in_(DECIDED),
            left,
            counts(connection, claims.claim_id, tests),
        )
        follows = {row.claim_id: row.follows for row in connection.execute(query)}
        wanted = set(follows) - followed_claims(connection, sorted(follows), tests)
        earlier = {follows[id_] for id_ in wanted} - {""}
        while earlier - wanted:
            wanted |= earlier
            before = sa.select(claims.follows).where(claims.claim_id.in_(sorted(earlier)), claims.follows != "")
            earlier = set(connection.execute(before).scalars())
        chosen = read_claims(connection, claim_ids=sorted(wanted), history=False) if wanted else ()
        live = [claim for claim in chosen if any(line.live for line in claim.lines)]
        yield from _with_answers(connection, live, tests)


def _with_answers(
    connection: sa.Connection, claims: Sequence[SentClaim], tests: Collection[str] = ()
) -> Iterator[SentClaim]:
    """Yield claims with what they replaced, and whether the next payer has them."""
    followed = followed_claims(connection, [claim.claim_id for claim in claims], tests)
    before = states.all_replaced_by(connection, [claim.claim_id for claim in claims if claim.replaces])
    for claim in claims:
        replaced = tuple(before.get(claim.claim_id, ()))
        yield attrs.evolve(claim, before=replaced, followed=claim.claim_id in followed)


def rests_on(connection: sa.Connection, claim: SentClaim) -> tuple[Rested, ...]:
    """Return on which answers a claim to a later payer rests, the nearest payer's first; () for any other claim."""
    if not claim.follows:
        return ()
    events = tables.events.c
    query = sa.select(sa.func.min(events.number)).where(
        events.claim_id == claim.claim_id, events.event == ClaimState.WRITTEN
    )
    sent = connection.execute(query).scalar() or 0
    rests: list[Rested] = []
    earlier = claim.follows
    while earlier:
        claim_before = next(read_claims(connection, claim_ids=[earlier], history=False), None)
        if claim_before is None:
            break
        later = sa.select(events.at).where(
            events.claim_id == earlier, events.event.in_(sorted(ANSWERED)), events.number > sent
        )
        since = list(connection.execute(later.order_by(events.number)).scalars())
        payments = claim_before.payments[: len(claim_before.payments) - len(since)]
        then = attrs.evolve(claim_before, payments=payments, followed=True)
        now = _standing(connection, claim_before)
        rests.append(Rested(then, now, tuple(dt.date.fromisoformat(at[:10]) for at in since)))
        earlier = claim_before.follows
    return tuple(rests)


def _standing(connection: sa.Connection, claim: SentClaim) -> SentClaim | None:
    """Return the claim in force: the claim itself, or its last replacement; None if it was voided."""
    while claim.state == ClaimState.REPLACED:
        claim = next(read_claims(connection, claim_ids=[claim.replaced_by], history=False))
    return None if claim.state == ClaimState.VOIDED else next(_with_answers(connection, [claim]))


def net(payments: Iterable[ClaimPayment]) -> dict[tuple[str, ...], Decimal]:
    """Return what payments of a claim come to by line, group and reason; what was paid has neither of these."""
    sums: dict[tuple[str, ...], Decimal] = {}
    for payment in payments:
        amounts: list[tuple[tuple[str, ...], Decimal]] = [(("", "paid"), payment.paid)]
        amounts += [
            (("", adjustment.group, adjustment.reason), adjustment.amount) for adjustment in payment.adjustments
        ]
        for line in payment.lines:
            amounts.append(((line.line_id, "paid"), line.paid))
            amounts += [
                ((line.line_id, adjustment.group, adjustment.reason), adjustment.amount)
                for adjustment in line.adjustments
            ]
        for key, amount in amounts:
            sums[key] = sums.get(key, Decimal(0)) + amount
    return {key: amount for key, amount in sums.items() if amount}


def followers(connection: sa.Connection, claim_ids: Sequence[str], tests: Collection[str] = ()) -> dict[str, set[str]]:
    """Return the live claims to the next payer that bill what claims bill, or billed, by the claim before.

    They are found by their encounters: a claim that was replaced, or billed anew after a void, has a new id. Those in
    test files to the payers in `tests` are among them.
    """
    mine, after, claims = tables.encounters.alias(), tables.encounters.alias(), tables.claims.c
    by_claim: dict[str, set[str]] = {}
    for portion in portions(claim_ids):
        query = (
            sa.select(mine.c.claim_id, after.c.claim_id)
            .join_from(
                mine, after, sa.and_(after.c.encounter_id == mine.c.encounter_id, after.c.turn == mine.c.turn + 1)
            )
            .join(tables.claims, claims.claim_id == after.c.claim_id)
            .where(
                mine.c.claim_id.in_(portion),
                sa.or_(
                    sa.and_(after.c.standing == Standing.LIVE, counts(connection, after.c.claim_id, tests)),
                    # A voided claim is sent again only when a person asks for it.
                    sa.and_(after.c.standing == Standing.VOID, claims.follows == mine.c.claim_id),
                ),
            )
            .distinct()
        )
        for claim_id, follower in connection.execute(query):
            by_claim.setdefault(claim_id, set()).add(follower)
    return by_claim


def followed_claims(connection: sa.Connection, claim_ids: Sequence[str], tests: Collection[str]) -> set[str]:
    """Return those of the claims that the next payer has: by a claim of ours, or according to its own answer."""
    payments, claims = tables.payments.c, tables.claims.c
    followed = set(followers(connection, claim_ids, tests))
    for portion in portions(claim_ids):
        query = (
            sa.select(payments.about)
            .join_from(tables.payments, tables.claims, claims.claim_id == payments.about)
            .where(payments.about.in_(portion))
            .where(payments.payer != "", payments.payer != claims.payer)
        )
        followed |= set(connection.execute(query).scalars())
    return followed
