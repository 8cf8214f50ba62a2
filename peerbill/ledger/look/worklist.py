"""What is open in the ledger, found by its indexes: claims nobody answered, rejected, denied; balances; overpayments.

A ledger of a million lines is never read whole: only claims in an open state, and the encounters of the members and
days that a workspace is about.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal

import attrs
import sqlalchemy as sa

from peerbill.ledger import states
from peerbill.ledger.answers.open_items import OpenItem, open_items
from peerbill.ledger.answers.payments import posted_payments
from peerbill.ledger.answers.settle import settle
from peerbill.ledger.look.answered_claims import ANSWERED, net, rests_on, to_next_payer
from peerbill.ledger.look.claims import read_claims
from peerbill.ledger.look.history import load_history
from peerbill.ledger.modes import claims_in_test, counts
from peerbill.ledger.send.eligibility import load_eligibility
from peerbill.ledger.store import rows, tables, trail
from peerbill.ledger.store.database import exclusive
from peerbill.ledger.store.horizon import read_horizon
from peerbill.ledger.store.ledger import Ledger
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.trail import Event
from peerbill.ledger.waivers import read_waivers
from peerbill.model.claim import BilledEncounter
from peerbill.model.claim_state import ClaimState, Frequency, Standing, claim_state, frequency
from peerbill.model.enrolment import Enrolment
from peerbill.model.history import HistoryScope
from peerbill.model.money import dollars
from peerbill.model.quick import quick
from peerbill.model.sent_claim import SentClaim
from peerbill.model.waiver import Waiver

Date = dt.date

UNANSWERED = frozenset({ClaimState.WRITTEN, ClaimState.ACCEPTED})
PAID = frozenset({ClaimState.PAID, ClaimState.PARTLY_PAID})
OPEN = states.REJECTED | UNANSWERED | {ClaimState.PARTLY_PAID, ClaimState.DENIED, ClaimState.REVERSED}
"""The states of claims that may need somebody."""

WAIT = 2.0
"""How long `keep_overpayments` waits for a bill run, in seconds."""

# What the posting of a TA1, a 999 and a 277CA calls an answer that changes nothing.
_ACKNOWLEDGED = ("interchange-accepted", "functional-accepted")
_CONSIDERED = "status"


@attrs.frozen
class Scope:
    """What of the ledger concerns a workspace.

    `part` is the history that its audit needs, `tests` are the payers that are sent tests; `authorized` are members
    whose authorizations are to be counted; `planned` are members of whom is asked whether they were served since
    `seen_from`; `encounter_ids` are looked up among what was paid; `shared` are members whom several payers cover.
    `kept` are the encounters of the workspace, `kept_members` its members; what was billed for these from the day
    `kept_from` on is to be among `kept`.
    """

    part: HistoryScope
    tests: Collection[str] = ()
    encounter_ids: Collection[str] = ()
    authorized: Collection[str] = ()
    planned: Collection[str] = ()
    seen_from: Date = dt.date.max
    shared: Collection[str] = ()
    kept: Collection[str] = ()
    kept_members: Collection[str] = ()
    kept_from: Date = dt.date.max


@attrs.frozen
class Denial:
    """An adjustment of a line (`line` 0: the claim) for one reason, all answers together.

    `unpaid`: nothing is paid on the line, or on the claim.
    """

    line: int
    group: str
    reason: str
    amount: Decimal
    remarks: tuple[str, ...] = ()
    unpaid: bool = False


@attrs.frozen
class OpenClaim:
    """A claim that is rejected, not answered, denied, partly paid or taken back.

    `since` is the day of its state, of the payment where there is one; `said`, of a rejected claim, the sentence of its
    last entry; `free` its encounters that were not billed again, each with its charge; `denials` the adjustments.
    `standing`, of a correction: whether the claim that it corrects is in force again. `acknowledged_on` is the day on
    which a 999 or TA1 let a claim pass that is still as it was written, `considered` whether a 277CA spoke of it;
    `answering` are the kinds of answers ever had from its receiver. `other_paid_on` is the day on which the payer
    before answered, of a claim that goes on from there.
    """

    claim_id: str
    payer: str
    programme: str
    member_id: str
    state: ClaimState = attrs.field(converter=claim_state)
    since: Date
    sent_on: Date
    first_day: Date | None
    frequency: Frequency = attrs.field(converter=frequency)
    charge: Decimal
    paid: Decimal
    file: str
    said: str = ""
    free: tuple[tuple[str, Decimal], ...] = ()
    denials: tuple[Denial, ...] = ()
    standing: bool = False
    acknowledged_on: Date | None = None
    considered: bool = False
    answering: frozenset[str] = frozenset()
    other_paid_on: Date | None = None


@attrs.frozen
class Unsettled:
    """A live claim to a later payer whose ground has changed since it was sent.

    `follows` was answered anew, taken back, voided or replaced (`why`) on the day `since`; `other_paid_on` is the day
    of the last answer to the claim in force.
    """

    claim_id: str
    payer: str
    programme: str
    first_day: Date | None
    since: Date
    charge: Decimal
    follows: str
    why: str
    other_paid_on: Date | None = None


@attrs.frozen
class PaidTwice:
    """An encounter that a claim was paid for though it is now on the claim `other`: it was released, or rejected."""

    encounter_id: str
    claim_id: str
    other: str
    payer: str
    line: int
    paid: Decimal


@attrs.frozen
class PaidEncounter:
    """An encounter whose line was paid; `paid` is the line's, which it may share with others."""

    encounter_id: str
    claim_id: str
    line: int
    payer: str
    state: ClaimState = attrs.field(converter=claim_state)
    paid: Decimal


@attrs.frozen
class UsedUnits:
    """Units billed under an authorization, by day and coding."""

    member_id: str
    number: str
    payer: str
    hcpcs: str
    modifiers: tuple[str, ...]
    day: Date
    units: int


@attrs.frozen
class Overpaid:
    """A paid encounter that a later audit held, and the day on which that was first seen; `codes` are checks."""

    encounter_id: str
    claim_id: str
    identified_on: Date
    codes: tuple[str, ...]
    line: int = 0
    payer: str = ""
    state: ClaimState = attrs.field(default=ClaimState.PAID, converter=claim_state)
    paid: Decimal = Decimal(0)


@attrs.frozen
class GoneEncounter:
    """An encounter that is on a claim in production, and not in the workspace; `state` is the claim's."""

    encounter_id: str
    claim_id: str
    payer: str
    state: ClaimState = attrs.field(converter=claim_state)
    charge: Decimal


@attrs.frozen
class Opened:
    """What is open in a ledger; `tests` are the claims in test files to payers that are sent tests now.

    Without a ledger, nothing.
    """

    history: tuple[BilledEncounter, ...] = ()
    claims: tuple[OpenClaim, ...] = ()
    paid: tuple[PaidEncounter, ...] = ()
    used: tuple[UsedUnits, ...] = ()
    seen: frozenset[str] = frozenset()
    items: tuple[OpenItem, ...] = ()
    enrolments: tuple[Enrolment, ...] = ()
    overpaid: tuple[Overpaid, ...] = ()
    unsettled: tuple[Unsettled, ...] = ()
    to_next_payer: tuple[SentClaim, ...] = ()
    twice: tuple[PaidTwice, ...] = ()
    gone: tuple[GoneEncounter, ...] = ()
    tests: frozenset[str] = frozenset()
    waivers: tuple[Waiver, ...] = ()
    purged_before: Date | None = None


def read_open(connection: sa.Connection, scope: Scope) -> Opened:
    """Return what is open in a ledger, and the history that concerns a workspace. Reads only."""
    sent = _sent(connection, scope.encounter_ids)
    return Opened(
        history=load_history(connection, scope.part, tests=scope.tests),
        claims=tuple(_claims(connection, scope.tests)),
        paid=tuple(_paid_encounters(connection, sent, scope.tests)),
        used=tuple(_used_units(connection, scope)),
        seen=frozenset(_seen(connection, scope.planned, scope.seen_from)),
        items=open_items(connection),
        enrolments=load_eligibility(connection, scope.part.member_ids),
        overpaid=tuple(_overpaid(connection)),
        unsettled=tuple(_unsettled(connection, scope.shared)),
        to_next_payer=tuple(to_next_payer(connection, scope.shared, scope.tests)),
        twice=tuple(_paid_twice(connection, sent, scope.tests)),
        gone=tuple(_gone(connection, scope)),
        tests=claims_in_test(connection, scope.tests),
        waivers=read_waivers(connection),
        purged_before=read_horizon(connection),
    )


def claims_of_staff(connection: sa.Connection, staff_ids: Collection[str]) -> frozenset[str]:
    """Return the claims that bill services of staff members."""
    encounters = tables.encounters.c
    claim_ids: set[str] = set()
    for portion in portions(staff_ids):
        query = sa.select(encounters.claim_id).where(encounters.staff_id.in_(portion)).distinct()
        claim_ids |= set(connection.execute(query).scalars())
    return frozenset(claim_ids)


def claims_of_sites(connection: sa.Connection, sites: Collection[str]) -> frozenset[str]:
    """Return the claims for services of sites."""
    claims = tables.claims.c
    query = sa.select(claims.claim_id).where(claims.site.in_(list(sites)))
    return frozenset(connection.execute(query).scalars()) if sites else frozenset()


def keep_overpayments(
    ledger: Ledger, identified: Iterable[Overpaid], cleared: Iterable[Overpaid], wait: float = WAIT
) -> None:
    """Record new overpayments, remove those that are none any more; the audit trail has both.

    A recorded overpayment keeps its first day. Raises LedgerError where a bill run holds the ledger for longer than
    `wait` seconds.
    """
    table = tables.overpayments
    with exclusive(ledger.place, ledger.engine, wait), ledger.changing() as connection:
        recorded = {
            (row.encounter_id, row.claim_id)
            for row in connection.execute(sa.select(table.c.encounter_id, table.c.claim_id))
        }
        events: list[Event] = []
        for overpaid in identified:
            if (overpaid.encounter_id, overpaid.claim_id) not in recorded:
                codes = ";".join(overpaid.codes)
                on = overpaid.identified_on.isoformat()
                rows.insert_rows(connection, table, [(overpaid.encounter_id, overpaid.claim_id, on, codes)])
                events.append(_event(connection, overpaid, "overpayment-identified"))
        for overpaid in cleared:
            if (overpaid.encounter_id, overpaid.claim_id) in recorded:
                is_it = (table.c.encounter_id == overpaid.encounter_id, table.c.claim_id == overpaid.claim_id)
                rows.delete(connection, table, *is_it)
                events.append(_event(connection, overpaid, "overpayment-cleared"))
        trail.append(connection, ledger.now(), ledger.who, events)


def _event(connection: sa.Connection, overpaid: Overpaid, event: str) -> Event:
    claims = tables.claims.c
    state = connection.execute(sa.select(claims.state).where(claims.claim_id == overpaid.claim_id)).scalar_one()
    detail = f"{overpaid.encounter_id}: {', '.join(overpaid.codes)}; identified on {overpaid.identified_on}"
    return Event(overpaid.claim_id, event, str(state), "", detail)


# Claims


def _claims(connection: sa.Connection, tests: Collection[str]) -> Iterator[OpenClaim]:
    claims, files, batches = tables.claims.c, tables.files.c, tables.batches.c
    query = (
        sa.select(
            claims.claim_id,
            claims.payer,
            claims.programme,
            claims.member_id,
            claims.state,
            claims.changed_at,
            claims.first_day,
            claims.frequency,
            claims.charge_cents,
            claims.paid_cents,
            claims.replaces,
            claims.follows,
            files.name,
            files.receiver,
            batches.as_of,
        )
        .join_from(
            tables.claims,
            tables.files,
            sa.and_(claims.batch_id == files.batch_id, claims.file_number == files.number),
        )
        .join(tables.batches, batches.batch_id == files.batch_id)
        .where(claims.state.in_(sorted(OPEN)), claims.member_id != "", counts(connection, claims.claim_id, tests))
    )
    found = connection.execute(query).all()
    done = carried_out(connection, [row.replaces for row in found if row.frequency == Frequency.VOID])
    again = billed_again(connection, [row.claim_id for row in found if row.state in states.ADJUDICATED])
    waiting = (
        row
        for row in found
        if row.claim_id not in again
        and (row.frequency != Frequency.VOID or done.isdisjoint((row.claim_id, row.replaces)))
    )
    rows = sorted(waiting, key=lambda row: str(row.claim_id))
    rejected = [row.claim_id for row in rows if row.state in states.REJECTED]
    decided = [row.claim_id for row in rows if row.state in states.ADJUDICATED]
    sentences = _said(connection, rejected)
    free = _free(connection, rejected)
    denials, paid_on = _denials(connection, decided), _paid_on(connection, decided)
    heard = _heard(connection, [row.claim_id for row in rows if row.state == ClaimState.WRITTEN])
    answering = _answering(connection)
    other_paid_on = _paid_on(connection, [row.follows for row in rows])
    corrected = _states(connection, [row.replaces for row in rows if row.replaces and row.state in states.REJECTED])
    for row in rows:
        sent_on = dt.date.fromisoformat(row.as_of)
        events = heard.get(row.claim_id, {})
        changed = dt.date.fromisoformat(row.changed_at[:10]) if row.changed_at else sent_on
        yield OpenClaim(
            claim_id=row.claim_id,
            payer=row.payer,
            programme=row.programme,
            member_id=row.member_id,
            state=row.state,
            since=paid_on.get(row.claim_id, changed),
            sent_on=sent_on,
            first_day=tables.day_of(row.first_day),
            frequency=row.frequency,
            charge=dollars(row.charge_cents),
            paid=dollars(row.paid_cents),
            file=row.name,
            said=sentences.get((row.claim_id, row.state), ""),
            free=tuple(free.get(row.claim_id, ())),
            denials=tuple(denials.get(row.claim_id, ())),
            standing=bool(row.replaces) and corrected.get(row.replaces, ClaimState.VOIDED) not in states.CORRECTED,
            acknowledged_on=max((events[name] for name in _ACKNOWLEDGED if name in events), default=None),
            considered=row.state == ClaimState.ACCEPTED or _CONSIDERED in events,
            answering=answering.get(row.receiver.upper(), frozenset()),
            other_paid_on=other_paid_on.get(row.follows),
        )


def carried_out(connection: sa.Connection, claim_ids: list[str]) -> set[str]:
    """Return those of the voided claims, and of their voids, that the payer carried out: nothing is to come."""
    events, claims = tables.events.c, tables.claims.c
    found: set[str] = set()
    for portion in portions(claim_ids):
        voids = sa.select(claims.claim_id).where(claims.replaces.in_(portion), claims.frequency == Frequency.VOID)
        for ids in portions([*portion, *connection.execute(voids).scalars()]):
            confirmed = sa.select(events.claim_id).where(events.claim_id.in_(ids), events.event == "void-confirmed")
            found |= set(connection.execute(confirmed).scalars())
    return found


def billed_again(connection: sa.Connection, claim_ids: list[str]) -> set[str]:
    """Return those of the decided claims that were released and billed again: what is owed is on other claims."""
    mine, other, lines = tables.encounters.alias(), tables.encounters.alias(), tables.lines.c
    ids: set[str] = set()
    for portion in portions(claim_ids):
        taken = sa.exists().where(
            other.c.encounter_id == mine.c.encounter_id,
            other.c.turn == mine.c.turn,
            other.c.claim_id != mine.c.claim_id,
            other.c.standing.in_((Standing.LIVE, Standing.VOID)),
        )
        released = sa.select(mine.c.claim_id).where(mine.c.claim_id.in_(portion))
        left = released.where(sa.or_(mine.c.standing != Standing.FREE, ~taken))
        live = sa.select(lines.claim_id).where(lines.claim_id.in_(portion), lines.live == 1)
        ids |= set(connection.execute(released.except_(left, live)).scalars())
    return ids


def _said(connection: sa.Connection, claim_ids: list[str]) -> dict[tuple[str, str], str]:
    """Return what the last entry that rejected each claim says, by claim and kind of rejection."""
    events = tables.events.c
    sentences: dict[tuple[str, str], str] = {}
    for portion in portions(claim_ids):
        query = (
            sa.select(events.claim_id, events.event, events.detail)
            .where(events.claim_id.in_(portion), events.event.in_(sorted(states.REJECTED)))
            .order_by(events.claim_id, events.number)
        )
        sentences.update(((row.claim_id, row.event), row.detail) for row in connection.execute(query))
    for claim_id, words in _last_words(connection, claim_ids).items():
        if (claim_id, ClaimState.REJECTED_PAYER) in sentences:
            sentences[claim_id, ClaimState.REJECTED_PAYER] += f'. The payer says: "{words}"'
    return sentences


def _last_words(connection: sa.Connection, claim_ids: list[str]) -> dict[str, str]:
    """Return what the last answer with a text of its own says of each claim."""
    words = tables.payer_words.c
    last: dict[str, tuple[int, list[str]]] = {}
    for portion in portions(claim_ids):
        query = sa.select(words.claim_id, words.transaction_id, words.words).where(words.claim_id.in_(portion))
        for row in connection.execute(query.order_by(words.claim_id, words.transaction_id, words.number)):
            if row.claim_id not in last or last[row.claim_id][0] != row.transaction_id:
                last[row.claim_id] = (row.transaction_id, [])
            last[row.claim_id][1].append(row.words)
    return {claim_id: "; ".join(said) for claim_id, (_, said) in last.items()}


def _free(connection: sa.Connection, claim_ids: list[str]) -> dict[str, list[tuple[str, Decimal]]]:
    """Return the encounters of rejected claims that no other claim bills now."""
    mine, other = tables.encounters.alias(), tables.encounters.alias()
    encounters: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    for portion in portions(claim_ids):
        taken = sa.exists().where(
            other.c.encounter_id == mine.c.encounter_id,
            other.c.turn == mine.c.turn,
            other.c.claim_id != mine.c.claim_id,
            other.c.standing.in_((Standing.LIVE, Standing.VOID)),
        )
        query = (
            sa.select(mine.c.claim_id, mine.c.encounter_id, mine.c.charge_cents)
            .where(mine.c.claim_id.in_(portion), ~taken)
        )  # fmt: skip
        for row in sorted(connection.execute(query)):
            encounters[row[0]].append((row[1], dollars(row[2])))
    return encounters


def _denials(connection: sa.Connection, claim_ids: list[str]) -> dict[str, list[Denial]]:
    """Return what was taken off the lines of claims, by reason; reversals net out, with the remarks that came along."""
    payments, of_line, taken, codes = tables.payments.c, tables.line_payments.c, tables.adjustments.c, tables.remarks.c
    number = sa.func.coalesce(of_line.line_number, 0)
    denials: dict[str, list[Denial]] = defaultdict(list)
    for portion in portions(claim_ids):
        remarks_of: dict[tuple[int, int], set[str]] = defaultdict(set)
        remarked = (
            sa.select(payments.payment_id, number, codes.code)
            .join_from(tables.payments, tables.remarks, codes.payment_id == payments.payment_id)
            .outerjoin(
                tables.line_payments,
                sa.and_(of_line.payment_id == codes.payment_id, of_line.number == codes.line),
            )
            .where(payments.claim_id.in_(portion))
        )
        for payment_id, line, code in connection.execute(remarked):
            remarks_of[payment_id, line].add(code)
        amount = sa.func.sum(taken.amount_cents)
        adjusted = (
            sa.select(payments.claim_id, number, taken.group_code, taken.reason, payments.payment_id, amount)
            .join_from(tables.payments, tables.adjustments, taken.payment_id == payments.payment_id)
            .outerjoin(
                tables.line_payments,
                sa.and_(of_line.payment_id == taken.payment_id, of_line.number == taken.line),
            )
            .where(payments.claim_id.in_(portion))
            .group_by(payments.claim_id, number, taken.group_code, taken.reason, payments.payment_id)
            .having(amount != 0)
        )
        adjustments: dict[tuple[str, int, str, str], list[tuple[int, int]]] = defaultdict(list)
        for claim_id, line, group, reason, payment_id, cents in sorted(connection.execute(adjusted)):
            adjustments[claim_id, line, group, reason].append((payment_id, cents))
        paid = _line_paid(connection, portion)
        of_claim = dict(
            connection.execute(
                sa.select(payments.claim_id, sa.func.sum(payments.paid_cents))
                .where(payments.claim_id.in_(portion))
                .group_by(payments.claim_id)
            ).all()
        )
        for (claim_id, line, group, reason), parts in adjustments.items():
            if total := sum(cents for _, cents in parts):
                standing = _not_taken_back(parts)
                codes_said = {code for answer in standing for code in remarks_of[answer, line] | remarks_of[answer, 0]}
                on = paid.get(claim_id, {}).get(line, 0) if line else of_claim[claim_id]
                remarks = tuple(sorted(codes_said))
                denials[claim_id].append(Denial(line, group, reason, dollars(total), remarks, unpaid=on <= 0))
    return denials


def _not_taken_back(parts: Iterable[tuple[int, int]]) -> set[int]:
    """Return the ids of the payments, of (id, cents) in order, without those that a later payment took back whole."""
    left: dict[int, list[int]] = defaultdict(list)
    for payment_id, cents in parts:
        if left[-cents]:
            left[-cents].pop()
        else:
            left[cents].append(payment_id)
    return {payment_id for ids in left.values() for payment_id in ids}


def _paid_on(connection: sa.Connection, claim_ids: list[str]) -> dict[str, Date]:
    """Return the day of the last remittance that spoke of each claim."""
    payments, remittances = tables.payments.c, tables.remittances.c
    days: dict[str, Date] = {}
    for portion in portions(claim_ids):
        query = (
            sa.select(payments.claim_id, sa.func.max(remittances.paid_on))
            .join_from(tables.payments, tables.remittances, remittances.transaction_id == payments.transaction_id)
            .where(payments.claim_id.in_(portion), remittances.paid_on != "")
            .group_by(payments.claim_id)
        )
        days.update((id_, dt.date.fromisoformat(day)) for id_, day in connection.execute(query))
    return days


def _heard(connection: sa.Connection, claim_ids: list[str]) -> dict[str, dict[str, Date]]:
    """Return the day of the last event of each kind that let claims pass without changing their state."""
    events = tables.events.c
    days: dict[str, dict[str, Date]] = defaultdict(dict)
    for portion in portions(claim_ids):
        query = (
            sa.select(events.claim_id, events.event, sa.func.max(events.at))
            .where(events.claim_id.in_(portion), events.event.in_([*_ACKNOWLEDGED, _CONSIDERED]))
            .group_by(events.claim_id, events.event)
        )
        for claim_id, event, at in connection.execute(query):
            days[claim_id][event] = dt.date.fromisoformat(at[:10])
    return days


def _answering(connection: sa.Connection) -> dict[str, frozenset[str]]:
    """Return which kinds of answers each receiver of our files ever sent."""
    transactions = tables.transactions.c
    found: dict[str, set[str]] = defaultdict(set)
    for sender, kind in connection.execute(sa.select(transactions.sender, transactions.kind).distinct()):
        found[sender.strip().upper()].add(kind)
    return {sender: frozenset(kinds) for sender, kinds in found.items()}


def _states(connection: sa.Connection, claim_ids: list[str]) -> dict[str, str]:
    claims = tables.claims.c
    found: dict[str, str] = {}
    for portion in portions(claim_ids):
        query = sa.select(claims.claim_id, claims.state).where(claims.claim_id.in_(portion))
        found.update((row.claim_id, row.state) for row in connection.execute(query))
    return found


# Claims to a later payer


def _unsettled(connection: sa.Connection, member_ids: Collection[str]) -> Iterator[Unsettled]:
    """Yield the live claims to later payers whose ground is not what it was when they were sent."""
    later, earlier = tables.claims.alias(), tables.claims.alias()
    sent, since = tables.events.alias(), tables.events.alias()
    written = (
        sa.select(sa.func.min(sent.c.number))
        .where(sent.c.claim_id == later.c.claim_id, sent.c.event == ClaimState.WRITTEN)
        .scalar_subquery()
    )
    answered = sa.exists().where(
        since.c.claim_id == earlier.c.claim_id, since.c.event.in_(sorted(ANSWERED)), since.c.number > written
    )
    ids: list[str] = []
    for portion in portions(member_ids):
        query = (
            sa.select(later.c.claim_id)
            .join_from(later, earlier, earlier.c.claim_id == later.c.follows)
            .where(
                later.c.member_id.in_(portion),
                later.c.follows != "",
                later.c.state.not_in([*states.GONE, *states.CORRECTED, ClaimState.REVERSED, ClaimState.WRITTEN_OFF]),
                sa.or_(earlier.c.state.in_(sorted(states.CORRECTED)), answered),
            )
        )
        ids += connection.execute(query).scalars()
    for claim in read_claims(connection, claim_ids=ids, history=False) if ids else ():
        rests = rests_on(connection, claim)
        if not rests or not any(line.live for line in claim.lines):
            continue
        rested, before = rests[0], rests[0].then
        if before.state in states.CORRECTED:
            since_day = dt.date.fromisoformat(before.changed_at[:10])
            why = f"{before.state} by {before.replaced_by}" if before.replaced_by else before.state
        elif rested.now is not None and net(rested.now.payments) != net(rested.then.payments):
            since_day = rested.answered[-1]
            why = "taken back" if before.state == ClaimState.REVERSED else "answered anew"
        else:
            continue
        yield Unsettled(
            claim_id=claim.claim_id,
            payer=claim.payer,
            programme=claim.programme,
            first_day=claim.first_day,
            since=since_day,
            charge=claim.charge,
            follows=before.claim_id,
            why=why,
            other_paid_on=rested.now.paid_on if rested.now is not None else None,
        )


# Encounters


def _gone(connection: sa.Connection, scope: Scope) -> Iterator[GoneEncounter]:
    """Yield the billed encounters of a workspace's members and days that it does not have any more, by id."""
    encounters, claims = tables.encounters.c, tables.claims.c
    kept = frozenset(scope.kept)
    rows: list[tuple[str, str, int]] = []
    for portion in portions(scope.kept_members):
        query = sa.select(encounters.encounter_id, encounters.claim_id, encounters.charge_cents).where(
            encounters.member_id.in_(portion),
            encounters.start_at >= scope.kept_from.isoformat(),
            encounters.standing == Standing.LIVE,
            encounters.turn == 1,
        )
        rows += [(id_, claim_id, cents) for id_, claim_id, cents in connection.execute(query) if id_ not in kept]
    of_claim: dict[str, tuple[str, str]] = {}
    for portion in portions(claim_id for _, claim_id, _ in rows):
        query = sa.select(claims.claim_id, claims.payer, claims.state).where(
            claims.claim_id.in_(portion), counts(connection, claims.claim_id, scope.tests)
        )
        of_claim.update(
            (row.claim_id, (row.payer, row.state))
            for row in connection.execute(query)
            if row.state in UNANSWERED | PAID
        )
    for id_, claim_id, cents in sorted(rows):
        if claim_id in of_claim:
            payer, state = of_claim[claim_id]
            yield GoneEncounter(id_, claim_id, payer, state, dollars(cents))


@quick
@attrs.frozen
class _Sent:
    """An encounter on a claim, to whatever payer: see the columns of the table."""

    encounter_id: str
    claim_id: str
    line: int
    turn: int
    standing: str


def _sent(connection: sa.Connection, encounter_ids: Collection[str]) -> list[_Sent]:
    encounters = tables.encounters.c
    columns = (
        encounters.encounter_id,
        encounters.claim_id,
        encounters.line_number,
        encounters.turn,
        encounters.standing,
    )
    return [
        _Sent(*row)
        for portion in portions(encounter_ids)
        for row in connection.execute(sa.select(*columns).where(encounters.encounter_id.in_(portion)))
    ]


def _paid_twice(connection: sa.Connection, sent: Iterable[_Sent], tests: Collection[str]) -> Iterator[PaidTwice]:
    """Yield the encounters that are on a claim and were paid on another, by id."""
    claims = tables.claims.c
    live: dict[tuple[str, int], str] = {}
    freed: list[tuple[str, str, int, int]] = []
    for row in sent:
        if row.standing == Standing.LIVE:
            live[row.encounter_id, row.turn] = row.claim_id
        elif row.standing == Standing.FREE:
            freed.append((row.encounter_id, row.claim_id, row.line, row.turn))
    moved = [(id_, claim_id, live[id_, turn], line) for id_, claim_id, line, turn in freed if (id_, turn) in live]
    # In steps, as below: joined, a database may begin with all the claims that were ever paid.
    of_claim: dict[str, tuple[str, str, int]] = {}
    for portion in portions({row[1] for row in moved}):
        query_of_claims = sa.select(claims.claim_id, claims.payer, claims.state, claims.paid_cents).where(
            claims.claim_id.in_(portion), counts(connection, claims.claim_id, tests)
        )
        of_claim.update((row[0], row[1:]) for row in connection.execute(query_of_claims) if row[2] in PAID)
    paid = _line_paid(connection, of_claim)
    for id_, claim_id, now_on, line in sorted(moved):
        if claim_id in of_claim:
            payer, _, cents = of_claim[claim_id]
            yield PaidTwice(id_, claim_id, now_on, payer, line, dollars(_of_line(paid, claim_id, line, cents)))


def _paid_encounters(
    connection: sa.Connection, sent: Iterable[_Sent], tests: Collection[str]
) -> Iterator[PaidEncounter]:
    """Yield those of the encounters that are on a paid claim, by id."""
    claims = tables.claims.c
    rows = [(row.encounter_id, row.claim_id, row.line) for row in sent if row.standing == Standing.LIVE]
    # Two steps: joined, a database may begin with all the claims that were ever paid.
    of_claim: dict[str, tuple[str, str, int]] = {}
    for portion in portions(claim_id for _, claim_id, _ in rows):
        query_of_claims = sa.select(claims.claim_id, claims.payer, claims.state, claims.paid_cents).where(
            claims.claim_id.in_(portion), counts(connection, claims.claim_id, tests)
        )
        of_claim.update((row[0], row[1:]) for row in connection.execute(query_of_claims) if row[2] in PAID)
    paid = _line_paid(connection, of_claim)
    for id_, claim_id, line in sorted(rows):
        if claim_id in of_claim:
            payer, state, cents = of_claim[claim_id]
            yield PaidEncounter(id_, claim_id, line, payer, state, dollars(_of_line(paid, claim_id, line, cents)))


def _of_line(paid: Mapping[str, Mapping[int, int]], claim_id: str, line: int, of_claim: int) -> int:
    """Return what was paid for a line, in cents; all of the claim where no answer spoke of lines."""
    return paid[claim_id].get(line, 0) if claim_id in paid else of_claim


def _line_paid(connection: sa.Connection, claim_ids: Collection[str]) -> dict[str, dict[int, int]]:
    """Return what was paid for the lines of claims, in cents; a claim without answers for lines is absent."""
    payments, of_line, claims = tables.payments.c, tables.line_payments.c, tables.claims.c
    amounts: dict[str, dict[int, int]] = defaultdict(dict)
    for portion in portions(claim_ids):
        query = (
            sa.select(payments.claim_id, of_line.line_number, sa.func.sum(of_line.paid_cents))
            .join_from(tables.payments, tables.line_payments, of_line.payment_id == payments.payment_id)
            .where(payments.claim_id.in_(portion))
            .group_by(payments.claim_id, of_line.line_number)
        )
        for claim_id, line, cents in connection.execute(query):
            amounts[claim_id][line] = cents
    # One of a payment and its reversal may name lines, and the other the claim alone.
    for portion in portions(amounts):
        sent = sa.select(claims.claim_id, claims.paid_cents, claims.charge_cents).where(claims.claim_id.in_(portion))
        odd = {row[0]: row[2] for row in connection.execute(sent) if sum(amounts[row[0]].values()) != row[1]}
        for claim_id, posted in posted_payments(connection, [*odd]).items() if odd else ():
            settled = settle(posted, odd[claim_id])
            amounts[claim_id] = {number: line.paid for number, line in settled.lines.items()}
    return amounts


def _used_units(connection: sa.Connection, scope: Scope) -> Iterator[UsedUnits]:
    encounters = tables.encounters.c
    day = sa.func.substr(encounters.start_at, 1, 10)
    in_force = counts(connection, encounters.claim_id, scope.tests)
    for portion in portions(scope.authorized):
        by = (encounters.member_id, encounters.authorization_number, encounters.payer, encounters.hcpcs,
              encounters.modifiers, day)  # fmt: skip
        query = (
            sa.select(*by, sa.func.sum(encounters.units))
            .where(
                encounters.member_id.in_(portion),
                encounters.authorization_number != "",
                encounters.standing == Standing.LIVE,
                in_force,
            )
            .group_by(*by)
        )
        for member_id, number, payer, hcpcs, modifiers, on, units in sorted(connection.execute(query)):
            several = tuple(modifiers.split(":")) if modifiers else ()
            yield UsedUnits(member_id, number, payer, hcpcs, several, dt.date.fromisoformat(on), int(units))


def _seen(connection: sa.Connection, member_ids: Collection[str], first: Date) -> Iterator[str]:
    """Yield those of the members who were served on a day or after it."""
    encounters = tables.encounters.c
    for portion in portions(member_ids):
        query = (
            sa.select(encounters.member_id)
            .where(encounters.member_id.in_(portion), encounters.start_at >= first.isoformat())
            .distinct()
        )
        yield from connection.execute(query).scalars()


# Notices on a payer or a member


def _overpaid(connection: sa.Connection) -> Iterator[Overpaid]:
    table, claims, encounters = tables.overpayments.c, tables.claims.c, tables.encounters.c
    query = (
        sa.select(
            table.encounter_id, table.claim_id, table.identified_on, table.codes, encounters.line_number,
            claims.payer, claims.state, claims.paid_cents,
        )
        .join_from(tables.overpayments, tables.claims, claims.claim_id == table.claim_id)
        .join(
            tables.encounters,
            sa.and_(encounters.claim_id == table.claim_id, encounters.encounter_id == table.encounter_id),
        )
    )  # fmt: skip
    rows = connection.execute(query).all()
    paid = _line_paid(connection, {row[1] for row in rows})
    for id_, claim_id, day, codes, line, payer, state, of_claim in sorted(rows):
        cents = _of_line(paid, claim_id, line, of_claim)
        names = tuple(codes.split(";"))
        yield Overpaid(id_, claim_id, dt.date.fromisoformat(day), names, line, payer, state, dollars(cents))
