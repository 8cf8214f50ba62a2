"""What a report is made of: claims, payments and remittances of a whole ledger, in cents, without tests.

A report looks at every claim, so that each value here is a tuple that one statement gives, and not a `SentClaim`.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import attrs
import sqlalchemy as sa

from peerbill.ledger import states
from peerbill.ledger.answers.payments import posted_payments
from peerbill.ledger.answers.settle import Settled, settle
from peerbill.ledger.store import tables
from peerbill.ledger.store.portions import portions
from peerbill.model.claim_state import ClaimState, Frequency
from peerbill.model.progress import Step

_CLAIMS, _FILES, _BATCHES = tables.claims.c, tables.files.c, tables.batches.c
_PAYMENTS, _REMITTANCES = tables.payments.c, tables.remittances.c
_IN_FILE = sa.and_(_FILES.batch_id == _CLAIMS.batch_id, _FILES.number == _CLAIMS.file_number)
_EARNEST = _FILES.mode != "test"


class ClaimFigures(NamedTuple):
    """A claim: `standing` as `sum_claims` counts it; `again` where an earlier claim had one of its encounters.

    `payments` is how many were posted to it, `first_paid_on` the day of the first that brought money, or "".
    """

    claim_id: str
    payer: str
    state: str
    frequency: str
    first_day: str
    sent_on: str
    charge: int
    paid: int
    replaces: str
    follows: str
    standing: bool
    again: bool
    payments: int
    first_paid_on: str


class PaidDay(NamedTuple):
    """What the remittances of a day ("" where it is not known) paid on claims to a payer, and what they took back."""

    day: str
    payer: str
    payments: int
    paid: int
    taken_back: int


class DeniedDay(NamedTuple):
    """What the remittances of a day took off for a reason; `unpaid`: nothing was paid on the line, or on the claim."""

    day: str
    payer: str
    group: str
    reason: str
    unpaid: bool
    claims: int
    amount: int


class StaffFigures(NamedTuple):
    """What a staff member's encounters come to on the standing claims of a first day to a first payer."""

    staff_id: str
    payer: str
    first_day: str
    encounters: int
    minutes: int
    units: int
    charge: int


class SentEncounters(NamedTuple):
    """Encounters of a day that were first sent to their first payer on a day: how many, or one of a known id."""

    payer: str
    day: str
    sent_on: str
    encounters: int = 1
    encounter_id: str = ""


class FirstAnswer(NamedTuple):
    """The first answer that rejected or decided a claim: its state, and the sentence of the audit trail."""

    claim_id: str
    at: str
    state: str
    detail: str


class RemittanceFigures(NamedTuple):
    """A remittance: what it pays on our claims, to claims of tests, beside claims of ours, and to no claim.

    `amount` is `claims` + `tests` + `apart` + `unmatched` - `beside` (PLB) + `difference`. `codes` are those of PLB,
    each with its amount. `payers` are the keys of the payers that decided, as far as the ledger knows them.
    """

    number: int
    paid_on: str
    trace: str
    method: str
    handling: str
    payer_id: str
    payer_name: str
    misdirected: bool
    amount: int
    difference: int
    payments: int
    claims: int
    tests: int
    test_payments: int
    apart: int
    unmatched: int
    unmatched_payments: int
    beside: int
    codes: tuple[tuple[str, int], ...]
    payers: tuple[str, ...]


class RefusedRemittance(NamedTuple):
    """A remittance that was not posted, and is not closed."""

    number: int
    at: str
    paid_on: str
    trace: str
    payer_id: str
    payer_name: str
    amount: int


@attrs.frozen
class Figures:
    """All of a ledger; `tests` is how many claims were tests.

    `paid_off` are the adjustments of claims that are paid by a single payment, by claim and then group and reason;
    `settled` is what the payments of every other answered claim come to.
    """

    claims: tuple[ClaimFigures, ...] = ()
    tests: int = 0
    paid_off: Mapping[str, Mapping[tuple[str, str], int]] = attrs.field(factory=lambda: MappingProxyType({}))
    settled: Mapping[str, Settled] = attrs.field(factory=lambda: MappingProxyType({}))
    paid: tuple[PaidDay, ...] = ()
    denied: tuple[DeniedDay, ...] = ()
    staff: tuple[StaffFigures, ...] = ()
    sent: tuple[SentEncounters, ...] = ()
    answers: tuple[FirstAnswer, ...] = ()
    remittances: tuple[RemittanceFigures, ...] = ()
    refused: tuple[RefusedRemittance, ...] = ()


def read_figures(connection: sa.Connection, encounter_ids: Collection[str] = (), progress: Step = None) -> Figures:
    """Return what a report is made of. Reads only.

    `encounter_ids` are those of the workspace; `progress` hears when claims, answers and encounters are read.
    """
    done = progress if progress is not None else lambda _: None
    claims = tuple(_claims(connection))
    one_payment = {claim.claim_id for claim in claims if claim.payments == 1 and claim.state == ClaimState.PAID}
    others = [claim for claim in claims if claim.payments and claim.claim_id not in one_payment and claim.standing]
    tests = sa.select(sa.func.count()).select_from(tables.claims.join(tables.files, _IN_FILE)).where(~_EARNEST)
    figures = Figures(
        claims=claims,
        tests=int(connection.execute(tests).scalar_one()),
        paid_off=_paid_off(connection, one_payment),
        settled=_settled(connection, others),
    )
    done(1)
    figures = attrs.evolve(
        figures,
        paid=tuple(_paid(connection)),
        denied=tuple(_denied(connection)),
        answers=tuple(_answers(connection)),
        remittances=tuple(_remittances(connection)),
        refused=tuple(_refused(connection)),
    )
    done(2)
    return attrs.evolve(figures, staff=tuple(_staff(connection)), sent=tuple(_sent(connection, encounter_ids)))


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a query in the order of their values: a database may order text by a language's rules."""
    return sorted(map(tuple, connection.execute(query).all()))


# Claims


def _claims(connection: sa.Connection) -> Iterator[ClaimFigures]:
    posted: dict[str, tuple[int, str]] = {
        row[0]: (int(row[1]), row[2] or "")
        for row in connection.execute(
            sa.select(
                _PAYMENTS.claim_id,
                sa.func.count(),
                sa.func.min(sa.case((_PAYMENTS.paid_cents > 0, sa.func.nullif(_REMITTANCES.paid_on, "")))),
            )
            .join_from(tables.payments, tables.remittances, _REMITTANCES.transaction_id == _PAYMENTS.transaction_id)
            .where(_PAYMENTS.claim_id != "")
            .group_by(_PAYMENTS.claim_id)
        ).all()
    }
    live = set(
        connection.execute(sa.select(tables.lines.c.claim_id).where(tables.lines.c.live == 1).distinct())
        .scalars()
        .all()
    )
    again = set(connection.execute(_billed_before()).scalars())
    query = (
        sa.select(
            _CLAIMS.claim_id,
            _CLAIMS.payer,
            _CLAIMS.state,
            _CLAIMS.frequency,
            _CLAIMS.first_day,
            _BATCHES.as_of,
            _CLAIMS.charge_cents,
            _CLAIMS.paid_cents,
            _CLAIMS.replaces,
            _CLAIMS.follows,
        )
        .select_from(tables.claims.join(tables.files, _IN_FILE))
        .join(tables.batches, _BATCHES.batch_id == _CLAIMS.batch_id)
        .where(_EARNEST)
    )
    for claim_id, payer, state, frequency, first_day, sent_on, charge, paid, replaces, follows in _rows(
        connection, query
    ):
        payments, first_paid_on = posted.get(claim_id, (0, ""))
        standing = (
            state not in states.GONE
            and state not in states.CORRECTED
            and frequency != Frequency.VOID
            and claim_id in live
        )
        yield ClaimFigures(
            claim_id, payer, state, frequency, first_day or sent_on, sent_on, charge, paid, replaces, follows,
            standing, claim_id in again, payments, first_paid_on,
        )  # fmt: skip


def _billed_before() -> sa.Select[Any]:
    """Select the claims with an encounter that an earlier claim sent in earnest to the same payer in turn."""
    mine, other = tables.encounters.alias(), tables.encounters.alias()
    now, before, files = tables.claims.alias(), tables.claims.alias(), tables.files.alias()
    return (
        sa.select(mine.c.claim_id)
        .join_from(
            mine,
            other,
            sa.and_(
                other.c.encounter_id == mine.c.encounter_id,
                other.c.turn == mine.c.turn,
                other.c.claim_id != mine.c.claim_id,
            ),
        )
        .join(now, now.c.claim_id == mine.c.claim_id)
        .join(before, before.c.claim_id == other.c.claim_id)
        .join(files, sa.and_(files.c.batch_id == before.c.batch_id, files.c.number == before.c.file_number))
        .where(before.c.batch_id < now.c.batch_id, before.c.state != ClaimState.WITHDRAWN, files.c.mode != "test")
        .distinct()
    )


def _paid_off(connection: sa.Connection, claim_ids: set[str]) -> Mapping[str, Mapping[tuple[str, str], int]]:
    taken = tables.adjustments.c
    query = (
        sa.select(_PAYMENTS.claim_id, taken.group_code, taken.reason, sa.func.sum(taken.amount_cents))
        .join_from(tables.payments, tables.adjustments, taken.payment_id == _PAYMENTS.payment_id)
        .join(tables.claims, _CLAIMS.claim_id == _PAYMENTS.claim_id)
        .where(_CLAIMS.state == ClaimState.PAID)
        .group_by(_PAYMENTS.claim_id, taken.group_code, taken.reason)
    )
    found: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for claim_id, group, reason, amount in connection.execute(query).all():
        if claim_id in claim_ids:
            found[claim_id][group, reason] = int(amount)
    return found


def _settled(connection: sa.Connection, claims: list[ClaimFigures]) -> dict[str, Settled]:
    charges = {claim.claim_id: claim.charge for claim in claims}
    found: dict[str, Settled] = {}
    for portion in portions(charges):
        for claim_id, payments in posted_payments(connection, portion).items():
            found[claim_id] = settle(payments, charges[claim_id])
    return found


# Payments and denials


def _posted(*columns: Any) -> sa.Select[Any]:
    """Select from payments on claims that are no tests, with the remittance of each."""
    return (
        sa.select(*columns)
        .join_from(tables.payments, tables.remittances, _REMITTANCES.transaction_id == _PAYMENTS.transaction_id)
        .join(tables.claims, _CLAIMS.claim_id == _PAYMENTS.claim_id)
        .join(tables.files, _IN_FILE)
        .where(_EARNEST)
    )


def _paid(connection: sa.Connection) -> Iterator[PaidDay]:
    paid = sa.case((_PAYMENTS.paid_cents > 0, _PAYMENTS.paid_cents), else_=0)
    query = _posted(
        _REMITTANCES.paid_on,
        _CLAIMS.payer,
        sa.func.count(),
        sa.func.sum(paid),
        sa.func.sum(_PAYMENTS.paid_cents - paid),
    ).group_by(_REMITTANCES.paid_on, _CLAIMS.payer)
    for at, payer, count, amount, back in _rows(connection, query):
        yield PaidDay(at, payer, int(count), int(amount), -int(back))


def _denied(connection: sa.Connection) -> Iterator[DeniedDay]:
    """Yield what payers took off, each answer by itself: what a payer corrected later remains on its day."""
    taken, of_line = tables.adjustments.c, tables.line_payments.c
    unpaid = sa.case((sa.func.coalesce(of_line.paid_cents, _PAYMENTS.paid_cents) <= 0, 1), else_=0)
    by = (_REMITTANCES.paid_on, _CLAIMS.payer, taken.group_code, taken.reason, unpaid)
    query = (
        _posted(*by, sa.func.count(sa.distinct(_PAYMENTS.claim_id)), sa.func.sum(taken.amount_cents))
        .join(tables.adjustments, taken.payment_id == _PAYMENTS.payment_id)
        .outerjoin(tables.line_payments, sa.and_(of_line.payment_id == taken.payment_id, of_line.number == taken.line))
        .where(taken.amount_cents > 0)
        .group_by(*by)
    )
    for at, payer, group, reason, nothing, claims, amount in _rows(connection, query):
        yield DeniedDay(at, payer, group, reason, bool(nothing), int(claims), int(amount))


def _answers(connection: sa.Connection) -> Iterator[FirstAnswer]:
    events = tables.events.c
    answering = sorted(states.REJECTED | states.ADJUDICATED)
    first = (
        sa.select(sa.func.min(events.number).label("number"))
        .where(events.event.in_(answering), events.claim_id != "")
        .group_by(events.claim_id)
        .subquery()
    )
    query = sa.select(events.claim_id, events.at, events.event, events.detail).join(
        first, first.c.number == events.number
    )
    for row in _rows(connection, query):
        yield FirstAnswer(*row)


# Encounters


def _staff(connection: sa.Connection) -> Iterator[StaffFigures]:
    encounters, lines = tables.encounters.c, tables.lines.c
    live = sa.select(lines.claim_id).where(lines.live == 1)
    by = (encounters.staff_id, _CLAIMS.payer, _CLAIMS.first_day)
    query = (
        sa.select(
            *by,
            sa.func.count(),
            sa.func.sum(encounters.minutes),
            sa.func.sum(encounters.units),
            sa.func.sum(encounters.charge_cents),
        )
        .join_from(tables.encounters, tables.claims, _CLAIMS.claim_id == encounters.claim_id)
        .join(tables.files, _IN_FILE)
        .where(
            _EARNEST,
            _CLAIMS.state.not_in(sorted(states.GONE | states.CORRECTED)),
            _CLAIMS.frequency != Frequency.VOID,
            _CLAIMS.follows == "",
            _CLAIMS.claim_id.in_(live),
        )
        .group_by(*by)
    )
    for staff_id, payer, day, *sums in _rows(connection, query):
        yield StaffFigures(staff_id, payer, day, *map(int, sums))


def _sent(connection: sa.Connection, encounter_ids: Collection[str]) -> Iterator[SentEncounters]:
    """Yield when encounters were first sent: those of the workspace each by itself, the others of a ledger in sums."""
    encounters = tables.encounters.c
    day = sa.func.substr(sa.func.min(encounters.start_at), 1, 10)
    first = (
        sa.select(
            encounters.encounter_id.label("encounter_id"),
            sa.func.min(encounters.payer).label("payer"),
            day.label("day"),
            sa.func.min(_BATCHES.as_of).label("sent_on"),
        )
        .join_from(tables.encounters, tables.claims, _CLAIMS.claim_id == encounters.claim_id)
        .join(tables.files, _IN_FILE)
        .join(tables.batches, _BATCHES.batch_id == _CLAIMS.batch_id)
        # Of what was purged, the day of the service is not known any more.
        .where(_EARNEST, encounters.turn == 1, _CLAIMS.state != ClaimState.WITHDRAWN, encounters.member_id != "")
        .group_by(encounters.encounter_id)
    )
    each = first.subquery().c
    of_workspace: Counter[tuple[str, str, str]] = Counter()
    for portion in portions(encounter_ids):
        for id_, payer, on, sent_on in _rows(connection, first.where(encounters.encounter_id.in_(portion))):
            of_workspace[payer, on, sent_on] += 1
            yield SentEncounters(payer, on, sent_on, encounter_id=id_)
    query = sa.select(each.payer, each.day, each.sent_on, sa.func.count()).group_by(each.payer, each.day, each.sent_on)
    for payer, on, sent_on, count in _rows(connection, query):
        if others := int(count) - of_workspace[payer, on, sent_on]:
            yield SentEncounters(payer, on, sent_on, others)


# Remittances


def _remittances(connection: sa.Connection) -> Iterator[RemittanceFigures]:
    kind = sa.case(
        (sa.and_(_PAYMENTS.claim_id != "", _EARNEST), "claims"),
        (_PAYMENTS.claim_id != "", "tests"),
        (_PAYMENTS.about != "", "apart"),
        else_="unmatched",
    )
    payer = sa.func.coalesce(_CLAIMS.payer, _PAYMENTS.payer)
    query = (
        sa.select(_PAYMENTS.transaction_id, kind, payer, sa.func.count(), sa.func.sum(_PAYMENTS.paid_cents))
        .select_from(tables.payments)
        .outerjoin(tables.claims, _CLAIMS.claim_id == _PAYMENTS.claim_id)
        .outerjoin(tables.files, _IN_FILE)
        .group_by(_PAYMENTS.transaction_id, kind, payer)
    )
    sums: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    payers: dict[int, set[str]] = defaultdict(set)
    for transaction_id, of_kind, key, count, amount in connection.execute(query):
        sums[transaction_id, of_kind][0] += int(count)
        sums[transaction_id, of_kind][1] += int(amount)
        payers[transaction_id] |= {key} - {""}
    plb = tables.provider_adjustments.c
    beside: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for transaction_id, code, amount in _rows(connection, sa.select(plb.transaction_id, plb.code, plb.amount_cents)):
        beside[transaction_id].append((code, int(amount)))
    for row in sorted(connection.execute(sa.select(tables.remittances)), key=lambda row: int(row.transaction_id)):
        id_ = row.transaction_id
        claims, tests, apart, unmatched = (sums[id_, name] for name in ("claims", "tests", "apart", "unmatched"))
        yield RemittanceFigures(
            number=id_,
            paid_on=row.paid_on,
            trace=row.trace,
            method=row.method,
            handling=row.handling,
            payer_id=row.payer_id,
            payer_name=row.payer_name,
            misdirected=bool(row.misdirected),
            amount=row.amount_cents,
            difference=row.difference_cents,
            payments=claims[0],
            claims=claims[1],
            tests=tests[1],
            test_payments=tests[0],
            apart=apart[1],
            unmatched=unmatched[1],
            unmatched_payments=unmatched[0],
            beside=sum(amount for _, amount in beside[id_]),
            codes=tuple(beside[id_]),
            payers=tuple(sorted(payers[id_])),
        )


def _refused(connection: sa.Connection) -> Iterator[RefusedRemittance]:
    rows, done = tables.refusals.c, tables.settlements.c
    settled = set(connection.execute(sa.select(done.item)).scalars())
    query = sa.select(
        rows.refusal_id, rows.at, rows.paid_on, rows.trace, rows.payer_id, rows.payer_name, rows.amount_cents
    ).where(rows.closed == "")
    for row in _rows(connection, query):
        if f"R{row[0]}" not in settled:
            yield RefusedRemittance(*row)
