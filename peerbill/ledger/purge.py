"""Taking out of the ledger what tells something of a person, once the years of retention are over.

What goes together is purged together: a claim with what it replaces or voids, with the claims to the next payers, with
other claims for the same encounters, and with what a waiver or a review says of them. Rows, amounts, codes and states
stay, so that sums remain what they were; of days the year stays, as 45 CFR 164.514(b)(2)(i)(C) has it. Ids become
tokens of a key that nobody keeps.

Everything is one transaction, with entries of the trail: what was purged, and the digest of what is left of each file
and of the entries that lost their detail. So `verify` finds the ledger whole afterwards, and finds what anybody blanks
beside it.
"""

import datetime as dt
import hashlib
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain
from typing import Any

import attrs
import msgspec
import sqlalchemy as sa
from dateutil.relativedelta import relativedelta

from peerbill.ledger.answers.open_items import open_items
from peerbill.ledger.answers.session import claim_key
from peerbill.ledger.answers.unmatched import PREFIX, unmatched_payments
from peerbill.ledger.look.answered_claims import followed_claims
from peerbill.ledger.look.worklist import UNANSWERED, billed_again, carried_out
from peerbill.ledger.modes import counts
from peerbill.ledger.reviews import read_decisions
from peerbill.ledger.send.runs import BillRun
from peerbill.ledger.store import contents, rows, tables, trail
from peerbill.ledger.store.database import compact
from peerbill.ledger.store.horizon import move_horizon
from peerbill.ledger.store.ledger import Ledger
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.trail import Event
from peerbill.ledger.waivers import waiver_entries
from peerbill.model.claim_state import ClaimState, Frequency
from peerbill.model.errors import LedgerError, UnusableInputError
from peerbill.model.plural import counted

FLOOR = 10
"""The years that are kept unless somebody says otherwise."""
WHY_FLOOR = (
    f"{FLOOR} years is what 42 CFR 438.3(u) asks of Medicaid managed care plans and their subcontractors; a state or a "
    "contract may ask for more, and what is under audit or review stays whatever its age"
)

NOT_ANSWERED = "the payer has not answered"
NOT_SETTLED = "denied, taken back or paid in part, and neither written off nor billed to the next payer"
OPEN_ITEM = "an item of todo is open"
OVERPAYMENT = "an overpayment is to be returned"
SINCE = "answered, changed, waived or reviewed on the day or later"
REASONS = (NOT_ANSWERED, NOT_SETTLED, OPEN_ITEM, OVERPAYMENT, SINCE)
"""Why a family of claims stays, the reason that says most first."""

_CLAIMS, _LINES, _ENCOUNTERS = tables.claims.c, tables.lines.c, tables.encounters.c
_EVENTS, _PAYMENTS, _ASKED = tables.events.c, tables.payments.c, tables.eligibility.c
_UNMATCHED = tables.unmatched_answers.c
_TRANSACTIONS, _ANSWERS = tables.transactions.c, tables.answers.c
_SETTLED = "settled"
_ABOUT_NO_CLAIM = "ABDPR"
"""How items begin that are about an answer, a remittance or a refused file: see `open_items`."""
_TOKEN = 12
"""The bytes of a token."""

BLANK = {
    "claims": (
        "member_id", "subscriber_id", "rendering_id", "supervising_id", "diagnoses", "authorization_number",
        "admitted_on", "attending_id", "patient_status", "facility", "attachment", "content",
    ),
    "encounters": ("fingerprint", "member_id", "staff_id", "rendering_id", "authorization_number"),
    "payments": ("subscriber_id", "corrected_id", "first_day", "last_day"),
    "line_payments": ("service_date", "line_id"),
}  # fmt: skip
"""The columns that are blank afterwards."""
YEAR = {
    "claims": ("first_day", "last_day"),
    "lines": ("service_date",),
    "encounters": ("start_at", "end_at"),
}
"""The columns of days of which the year stays."""
TOKEN = {
    "claims": ("payer_control_number",),
    "lines": ("line_key",),
    "encounters": ("encounter_id",),
    "payments": ("payer_control_number",),
}
"""The columns in which what was equal stays equal."""
_CHANGED = (
    tables.claims, tables.lines, tables.encounters, tables.payments, tables.line_payments, tables.payer_words,
    tables.settlements, tables.eligibility, tables.answers, tables.unmatched_answers, tables.events,
)  # fmt: skip


@attrs.frozen
class Purge:
    """What a purge took out, or would take out.

    `before` is the day: what is older, and finished, is purged. `families` are claims with all that goes with them,
    `payments` those posted to them and settled ones without a claim, `questions` those about enrolment. `kept` are the
    older families that stay, by the reason (`REASONS`).
    """

    before: dt.date
    families: int = 0
    claims: int = 0
    encounters: int = 0
    payments: int = 0
    questions: int = 0
    kept: tuple[tuple[str, int], ...] = ()

    @property
    def unfinished(self) -> int:
        """How many of the older families stay since something is still to be done about them."""
        return sum(number for reason, number in self.kept if reason != SINCE)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to purge."""
        return not (self.claims or self.payments or self.questions)


@attrs.frozen
class PurgePlan:
    """What is to be purged, by key: claims, payments, entries of the trail, questions, items of todo."""

    purge: Purge
    claim_ids: tuple[str, ...] = ()
    payment_ids: tuple[int, ...] = ()
    entries: tuple[int, ...] = ()
    traces: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


def purge_day(
    today: dt.date, years: int | None, before: dt.date | None = None, *, below_floor: bool = False
) -> dt.date:
    """Return the day before which things are purged: the given one, else `[retention] years` before today.

    Raises UnusableInputError where neither is given, for a day in the future, and, without `below_floor`, for one that
    keeps less than `FLOOR` years.
    """
    if before is None and years is None:
        raise UnusableInputError(
            "how long claims are to be kept is not set: add years = N under [retention] in peerbill.toml, or give a "
            f"day, --before DAY. {WHY_FLOOR}"
        )
    day = before if before is not None else today - relativedelta(years=years or 0)
    if day > today:
        raise UnusableInputError(f"{day} is not over yet: expected {today} or an earlier day")
    floor = today - relativedelta(years=FLOOR)
    if day > floor and not below_floor:
        raise UnusableInputError(
            f"to purge what is before {day} keeps less than {FLOOR} years: expected {floor} or an earlier day. "
            f"{WHY_FLOOR}. If your counsel says that less is enough for you, add --below-floor"
        )
    return day


def refuse_clock(connection: sa.Connection, today: dt.date) -> None:
    """Raise UnusableInputError for a day that is over a year after the last service that was billed.

    A clock that says 2099 would make every finished claim an old one, and what is purged is gone for good. The trail
    cannot tell: runs by the same clock write into it.
    """
    last = str(connection.execute(sa.select(sa.func.max(_CLAIMS.last_day))).scalar() or today)
    if last < str(today - relativedelta(years=1)):
        raise UnusableInputError(
            f"the clock says {today}, and the last service that was billed is of {last}, over a year before. Correct "
            "the clock of this computer; if it is right, say which claims are old: --before DAY. Nothing was purged"
        )


def plan_purge(
    connection: sa.Connection, before: dt.date, tests: Collection[str] = (), returning: Collection[str] = ()
) -> PurgePlan:
    """Return what is finished and older than a day; reads only.

    `tests` are the payers that are sent tests now, `returning` claims on which a review found something to be returned.
    """
    day = before.isoformat()
    old, notes = _old_claims(connection, before, tests), _notes(connection)
    families = _Families()
    for claim_ids in chain(_links(connection), (note.claim_ids for note in notes)):
        families.join(*claim_ids)
    reasons: dict[str, set[str]] = {
        NOT_ANSWERED: set(),
        NOT_SETTLED: set(),
        OPEN_ITEM: _with_open_items(connection),
        OVERPAYMENT: {*returning, *connection.execute(sa.select(tables.overpayments.c.claim_id)).scalars()},
        SINCE: _changed_since(connection, day).union(*(note.claim_ids for note in notes if note.last >= day)),
    }
    for reason, claim_id in _unfinished(connection, old, tests):
        reasons[reason].add(claim_id)

    kept: Counter[str] = Counter()
    finished: list[list[str]] = []
    for family in families.of(old):
        if not old.keys() >= set(family):
            continue  # what they served goes on
        reason = next((reason for reason in REASONS if not reasons[reason].isdisjoint(family)), "")
        if reason:
            kept[reason] += 1
        else:
            finished.append(family)
    chosen = frozenset(claim_id for family in finished for claim_id in family)
    unmatched = _settled_unmatched(connection, day)
    payments = {*_payments_of(connection, chosen), *unmatched}
    items = _settled_items(connection, day)
    entries = {
        *_entries_of(connection, chosen, [*items, *(f"{PREFIX}{id_}" for id_ in unmatched)]),
        *(note.number for note in notes if not chosen.isdisjoint(note.claim_ids)),
    }
    traces = _old_questions(connection, day)
    purge = Purge(
        before,
        families=len(finished),
        claims=len(chosen),
        encounters=_count_encounters(connection, chosen),
        payments=len(payments),
        questions=len(traces),
        kept=tuple((reason, kept[reason]) for reason in REASONS if kept[reason]),
    )
    return PurgePlan(
        purge, tuple(sorted(chosen)), tuple(sorted(payments)), tuple(sorted(entries)), tuple(traces), tuple(items)
    )


def purge(run: BillRun, before: dt.date, tests: Collection[str] = (), returning: Collection[str] = ()) -> Purge:
    """Purge what `plan_purge` finds, in one transaction, and write the database anew without what was in it.

    Killed before its end, nothing was purged, or all of it; the next purge writes the database anew in any case. Raises
    LedgerError where an account of a server may not change the trail: only the owner of its tables may.
    """
    ledger = run.ledger
    with ledger.changing() as connection:
        refuse_others(connection)
        plan = plan_purge(connection, before, tests, returning)
        if not plan.purge.is_empty:
            _take_out(connection, ledger, plan)
    compact(ledger.place, ledger.engine, _CHANGED)
    return plan.purge


def refuse_others(connection: sa.Connection) -> None:
    """Raise LedgerError where the account may only add to the trail: a biller's of `peerbill ledger grants`."""
    if connection.dialect.name != "postgresql":
        return
    if not connection.execute(sa.func.has_table_privilege(tables.events.name, "UPDATE").select()).scalar():
        raise LedgerError(
            "this account may add to the audit trail, and change nothing in it: let the owner of the ledger's tables "
            "run peerbill purge (peerbill ledger grants --role owner). Nothing was purged"
        )


# --- what is to be purged ---------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class _Families:
    """Claims that go together: a claim that nothing joins is a family by itself."""

    above: dict[str, str] = attrs.field(factory=dict)

    def join(self, *claim_ids: str) -> None:
        """Put claims into one family."""
        for claim_id in claim_ids[1:]:
            first, other = self._top(claim_ids[0]), self._top(claim_id)
            if first != other:
                self.above[other] = first

    def _top(self, claim_id: str) -> str:
        path = [claim_id]
        while (above := self.above.get(path[-1])) is not None:
            path.append(above)
        for below in path[:-1]:
            self.above[below] = path[-1]
        return path[-1]

    def of(self, claim_ids: Iterable[str]) -> Iterator[list[str]]:
        """Yield the families of claims, each with all of its claims, in the order of their first ids."""
        families: dict[str, set[str]] = {}
        for claim_id in claim_ids:
            families.setdefault(self._top(claim_id), set()).add(claim_id)
        for claim_id in list(self.above):
            if (family := families.get(self._top(claim_id))) is not None:
                family |= {claim_id, self._top(claim_id)}
        yield from sorted(map(sorted, families.values()))


@attrs.frozen
class _OldClaim:
    """What decides whether a claim is finished; `in_earnest` is false for a test that counts for nothing."""

    state: str
    frequency: str
    replaces: str
    in_earnest: bool


def _old_claims(connection: sa.Connection, before: dt.date, tests: Collection[str]) -> dict[str, _OldClaim]:
    """Return the claims whose last day of service is before a day, without those that were purged."""
    day = before.isoformat()
    last = sa.select(sa.func.max(_LINES.service_date)).where(_LINES.claim_id == _CLAIMS.claim_id).scalar_subquery()
    # A ledger of before these days were kept has them in its lines.
    of_claim = sa.case((_CLAIMS.last_day != "", _CLAIMS.last_day), else_=sa.func.coalesce(last, ""))
    query = sa.select(
        _CLAIMS.claim_id,
        _CLAIMS.state,
        _CLAIMS.frequency,
        _CLAIMS.replaces,
        counts(connection, _CLAIMS.claim_id, tests).label("in_earnest"),
    ).where(_CLAIMS.member_id != "", of_claim != "", of_claim < day)
    return {row[0]: _OldClaim(row[1], row[2], row[3], bool(row[4])) for row in connection.execute(query)}


def _links(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield pairs of claims that go together: corrections, claims to the next payer, claims for the same encounter."""
    for column in (_CLAIMS.replaces, _CLAIMS.follows):
        for claim_id, other in connection.execute(sa.select(_CLAIMS.claim_id, column).where(column != "")):
            yield claim_id, other
    several = sa.select(_ENCOUNTERS.encounter_id).group_by(_ENCOUNTERS.encounter_id).having(sa.func.count() > 1)
    query = sa.select(_ENCOUNTERS.encounter_id, _ENCOUNTERS.claim_id).where(_ENCOUNTERS.encounter_id.in_(several))
    first: dict[str, str] = {}
    for encounter_id, claim_id in connection.execute(query):
        yield first.setdefault(encounter_id, claim_id), claim_id


def _unfinished(
    connection: sa.Connection, old: dict[str, _OldClaim], tests: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield the claims on which something is still to come, each with the reason before it."""
    decided = (ClaimState.PARTLY_PAID, ClaimState.DENIED, ClaimState.REVERSED)
    left = sorted(id_ for id_, claim in old.items() if claim.state in decided)
    followed = followed_claims(connection, left, tests)
    settled = billed_again(connection, left)
    settled |= {id_ for id_ in followed if id_ in old and old[id_].state != ClaimState.REVERSED}
    done = carried_out(connection, [claim.replaces for claim in old.values() if claim.frequency == Frequency.VOID])
    for claim_id, claim in old.items():
        is_void = claim.frequency == Frequency.VOID
        if not claim.in_earnest or (is_void and not done.isdisjoint((claim_id, claim.replaces))):
            continue
        if claim.state in UNANSWERED:
            yield NOT_ANSWERED, claim_id
        elif claim.state in decided and claim_id not in settled:
            yield NOT_SETTLED, claim_id


def _with_open_items(connection: sa.Connection) -> set[str]:
    """Return the claims about which an item is open, or may be: a payment that fits nothing may be for them."""
    items = open_items(connection)
    found = {item.claim_id for item in items} - {""}
    found |= {
        claim_key(claim_id) for item in items if item.kind == "rejection" for claim_id in item.reference.split(", ")
    }
    unbalanced = [int(item.item[1:]) for item in items if item.kind == "difference"]
    for portion in portions(unbalanced):
        query = sa.select(_PAYMENTS.claim_id).where(_PAYMENTS.transaction_id.in_(portion))
        found |= set(connection.execute(query).scalars())
    waiting = [int(one.item.removeprefix(PREFIX)) for one in unmatched_payments(connection)]
    for portion in portions(waiting):
        keys = sa.select(
            _PAYMENTS.claim_as_sent, _PAYMENTS.payer_control_number, _PAYMENTS.subscriber_id, _PAYMENTS.corrected_id
        ).where(_PAYMENTS.payment_id.in_(portion))
        for as_sent, number, *members in connection.execute(keys).all():
            found.add(claim_key(as_sent))
            may_be = [sa.func.upper(_CLAIMS.subscriber_id).in_({member.upper() for member in members} - {""})]
            may_be += [_CLAIMS.payer_control_number == number] if number else []
            found |= set(connection.execute(sa.select(_CLAIMS.claim_id).where(sa.or_(*may_be))).scalars())
    return found


def _changed_since(connection: sa.Connection, day: str) -> set[str]:
    """Return the claims with an entry of the trail, or a payment, of a day or later."""
    found = set(
        connection.execute(sa.select(_EVENTS.claim_id).where(_EVENTS.at >= day, _EVENTS.claim_id != "")).scalars()
    )
    paid = sa.select(_PAYMENTS.claim_id, _PAYMENTS.about).join(
        tables.remittances, tables.remittances.c.transaction_id == _PAYMENTS.transaction_id
    )
    for claim_id, about in connection.execute(paid.where(tables.remittances.c.paid_on >= day)):
        found.add(claim_id or about)
    return found


@attrs.frozen
class _Note:
    """An entry of the trail about a waiver or a reviewer's decision: the claims of its encounters, its last day."""

    number: int
    last: str
    claim_ids: tuple[str, ...]


def _notes(connection: sa.Connection) -> list[_Note]:
    """Return what waivers and reviews say of encounters that are on claims; a waiver ends on its last day."""
    about = [(one.number, max(one.at, one.until), one.encounter_ids) for one in waiver_entries(connection)]
    about += [(one.number, one.at, (one.encounter_id,)) for one in read_decisions(connection)]
    claims_of: dict[str, list[str]] = {}
    for portion in portions(id_ for _, _, ids in about for id_ in ids):
        query = sa.select(_ENCOUNTERS.encounter_id, _ENCOUNTERS.claim_id).where(_ENCOUNTERS.encounter_id.in_(portion))
        for encounter_id, claim_id in connection.execute(query):
            claims_of.setdefault(encounter_id, []).append(claim_id)
    return [
        _Note(number, last, tuple(claim_id for id_ in ids for claim_id in claims_of.get(id_, ())))
        for number, last, ids in about
    ]


def _payments_of(connection: sa.Connection, claim_ids: Iterable[str]) -> Iterator[int]:
    for portion in portions(claim_ids):
        is_it = sa.or_(_PAYMENTS.claim_id.in_(portion), _PAYMENTS.about.in_(portion))
        yield from connection.execute(sa.select(_PAYMENTS.payment_id).where(is_it)).scalars()


def _settled_unmatched(connection: sa.Connection, day: str) -> list[int]:
    """Return the payments without a claim that somebody settled, posted and paid before a day, and not purged yet."""
    told = (_PAYMENTS.claim_as_sent, _PAYMENTS.subscriber_id, _PAYMENTS.corrected_id, _PAYMENTS.first_day)
    number = _PAYMENTS.payer_control_number
    is_told = sa.or_(*(column != "" for column in told), sa.and_(number != "", ~number.startswith(f"{trail.PURGED}-")))
    waiting = {one.item for one in unmatched_payments(connection)}
    query = (
        sa.select(_PAYMENTS.payment_id)
        .join(tables.remittances, tables.remittances.c.transaction_id == _PAYMENTS.transaction_id)
        .join(tables.transactions, _TRANSACTIONS.transaction_id == _PAYMENTS.transaction_id)
        .join(tables.answers, _ANSWERS.answer_id == _TRANSACTIONS.answer_id)
        .where(_PAYMENTS.claim_id == "", _PAYMENTS.about == "", is_told)
        .where(_ANSWERS.at < day, tables.remittances.c.paid_on < day)
    )
    since = {
        row.item
        for row in connection.execute(sa.select(tables.settlements.c.item).where(tables.settlements.c.at >= day))
    }
    ids = connection.execute(query).scalars()
    return [id_ for id_ in ids if f"{PREFIX}{id_}" not in waiting | since]


def _settled_items(connection: sa.Connection, day: str) -> list[str]:
    """Return the items about no claim by itself that somebody settled before a day: their reasons are free text."""
    settlements = tables.settlements.c
    query = sa.select(settlements.item).where(settlements.at < day, settlements.reason != trail.PURGED)
    return sorted(item for item in connection.execute(query).scalars() if item[0] in _ABOUT_NO_CLAIM)


def _entries_of(connection: sa.Connection, claim_ids: Iterable[str], items: Collection[str]) -> Iterator[int]:
    """Yield the entries of the trail about claims, and about items without a claim that were settled."""
    for portion in portions(claim_ids):
        yield from connection.execute(sa.select(_EVENTS.number).where(_EVENTS.claim_id.in_(portion))).scalars()
    if items:
        settled = sa.select(_EVENTS.number, _EVENTS.detail).where(_EVENTS.claim_id == "", _EVENTS.event == _SETTLED)
        wanted = frozenset(items)
        for number, detail in connection.execute(settled):
            if detail.partition(" (")[0] in wanted:
                yield number


def _old_questions(connection: sa.Connection, day: str) -> list[str]:
    """Return the questions about enrolment of which no day is a day or later."""
    days = (_ASKED.asked_to, _ASKED.last_day, _ASKED.asked_on, _ASKED.answered_on)
    query = sa.select(_ASKED.trace).where(*(column < day for column in days))
    return sorted(connection.execute(query).scalars())


def _count_encounters(connection: sa.Connection, claim_ids: Iterable[str]) -> int:
    found: set[str] = set()
    for portion in portions(claim_ids):
        query = sa.select(_ENCOUNTERS.encounter_id).where(_ENCOUNTERS.claim_id.in_(portion))
        found |= set(connection.execute(query).scalars())
    return len(found)


# --- taking it out ----------------------------------------------------------------------------------------------------


def _take_out(connection: sa.Connection, ledger: Ledger, plan: PurgePlan) -> None:
    key = secrets.token_bytes(32)
    settled = [*plan.items, *(f"O-{claim_id}" for claim_id in plan.claim_ids)]
    settled += [f"{kind}{payment_id}" for payment_id in plan.payment_ids for kind in ("M", PREFIX)]
    files: set[tuple[int, int]] = set()
    answers: set[int] = set()
    for portion in portions(plan.claim_ids):
        of_files = sa.select(_CLAIMS.batch_id, _CLAIMS.file_number).where(_CLAIMS.claim_id.in_(portion)).distinct()
        files |= {(batch_id, number) for batch_id, number in connection.execute(of_files)}
        for table in (tables.encounters, tables.lines, tables.claims):
            rows.rewrite(connection, table, _change(table, key), table.c.claim_id.in_(portion))
        rows.delete(connection, tables.payer_words, tables.payer_words.c.claim_id.in_(portion))
    for payment_ids in portions(plan.payment_ids):
        of_answers = sa.select(_TRANSACTIONS.answer_id).join(
            tables.payments, _PAYMENTS.transaction_id == _TRANSACTIONS.transaction_id
        )
        answers |= set(connection.execute(of_answers.where(_PAYMENTS.payment_id.in_(payment_ids))).scalars())
        for table in (tables.payments, tables.line_payments):
            rows.rewrite(connection, table, _change(table, key), table.c.payment_id.in_(payment_ids))
    _take_out_of_answers(connection, answers | _old_answers(connection, plan.purge.before.isoformat()))
    for items in portions(settled):
        rows.update(connection, tables.settlements, {"reason": trail.PURGED}, tables.settlements.c.item.in_(items))
    for traces in portions(plan.traces):
        rows.delete(connection, tables.eligibility, _ASKED.trace.in_(traces))
    if plan.claim_ids:
        move_horizon(connection, plan.purge.before)
    left = trail.take_details(connection, plan.entries)
    events = [
        Event("", trail.PURGED, "", "", f"{_said(plan.purge)}; {left.detail}"),
        *_files_left(connection, files),
        *_answers_left(connection, answers),
    ]
    trail.append(connection, ledger.now(), ledger.who, events)


def _old_answers(connection: sa.Connection, day: str) -> set[int]:
    """Return the files of before a day with answers that fitted nothing, and still say about which claim they were."""
    told = sa.or_(_UNMATCHED.claim_id != "", _UNMATCHED.fix != "")
    query = (
        sa.select(_UNMATCHED.answer_id)
        .join_from(tables.unmatched_answers, tables.answers, _ANSWERS.answer_id == _UNMATCHED.answer_id)
        .where(_ANSWERS.at < day, told)
    )
    return set(connection.execute(query).scalars()) - _waiting_answers(connection)


def _waiting_answers(connection: sa.Connection) -> set[int]:
    """Return the files of answers of which a rejection that fitted nothing is still open."""
    return {int(item.item[1:].partition("-")[0]) for item in open_items(connection) if item.kind == "rejection"}


def _take_out_of_answers(connection: sa.Connection, answers: Collection[int]) -> None:
    """Take the numbers of others' claims out of what files of answers came to, unless somebody has to look at them."""
    waiting = _waiting_answers(connection)

    def shorten(row: dict[str, Any]) -> None:
        summary = msgspec.json.decode(row["summary"])
        summary.pop("posted", None)
        summary["unmatched"] = [{**unmatched, "claim_id": ""} for unmatched in summary["unmatched"]]
        row["summary"] = msgspec.json.encode(summary).decode()

    for answer_ids in portions(answers):
        rows.rewrite(connection, tables.answers, shorten, _ANSWERS.answer_id.in_(answer_ids))
    for answer_ids in portions(set(answers) - waiting):
        of_answers = _UNMATCHED.answer_id.in_(answer_ids)
        rows.update(connection, tables.unmatched_answers, {"claim_id": "", "fix": ""}, of_answers)


def _said(purge: Purge) -> str:
    return ", ".join(
        (
            f"before {purge.before}: {counted(purge.claims, 'claim')}",
            counted(purge.encounters, "encounter"),
            counted(purge.payments, "payment"),
            counted(purge.questions, "question"),
        )
    )


def _change(table: sa.Table, key: bytes) -> Callable[[dict[str, Any]], None]:
    """Return what takes out of a row what tells something of a person."""
    name = str(table.name)
    blank, years, tokens = BLANK.get(name, ()), YEAR.get(name, ()), TOKEN.get(name, ())

    def change(row: dict[str, Any]) -> None:
        for column in tokens:
            row[column] = _token(row[column], key, is_list=column == "line_key")
        for column in years:
            row[column] = _year(row[column])
        row.update(dict.fromkeys(blank, ""))
        if name == "payments":
            row["claim_as_sent"] = row["claim_id"] or row["about"]

    return change


def _token(text: str, key: bytes, *, is_list: bool) -> str:
    if not text:
        return ""
    digest = hashlib.blake2b(text.encode(), key=key, digest_size=_TOKEN).hexdigest()
    return f'["{trail.PURGED}","{digest}"]' if is_list else f"{trail.PURGED}-{digest}"


def _year(text: str) -> str:
    return f"{text[:4]}-01-01{'T00:00:00' if 'T' in text else ''}" if text else ""


def _files_left(connection: sa.Connection, files: Iterable[tuple[int, int]]) -> Iterator[Event]:
    names = tables.files.c
    for batch_id, number in sorted(files):
        query = sa.select(names.name).where(names.batch_id == batch_id, names.number == number)
        name = connection.execute(query).scalar_one()
        yield Event("", trail.PURGED_FILE, "", name, f"contents {contents.of_file(connection, batch_id, number)}")


def _answers_left(connection: sa.Connection, answers: Iterable[int]) -> Iterator[Event]:
    for answer_id in sorted(answers):
        name = connection.execute(sa.select(_ANSWERS.name).where(_ANSWERS.answer_id == answer_id)).scalar_one()
        digest = contents.of_answer(connection, answer_id)
        yield Event("", trail.PURGED_ANSWER, "", name, f"what is left, contents {digest} as answer {answer_id}")
