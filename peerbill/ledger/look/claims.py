"""Claims as the ledger knows them: what was sent, what was answered, and the story between."""

import datetime as dt
import difflib
import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any

import attrs
import sqlalchemy as sa

from peerbill.ledger.answers.decisions import PostedAdjustment
from peerbill.ledger.answers.payments import PaymentParts, in_dollars
from peerbill.ledger.answers.settle import Settled, settle
from peerbill.ledger.states import ADJUDICATED, CORRECTED, GONE, STATES
from peerbill.ledger.store import tables
from peerbill.ledger.store.identity import read_identity
from peerbill.ledger.store.portions import portions
from peerbill.model.claim import Address, Attachment, ClaimForm, Party
from peerbill.model.claim_state import ClaimState, Frequency, claim_state, frequency
from peerbill.model.money import dollars
from peerbill.model.sent_claim import Entry, PostedPayment, Quotation, SentAdjudication, SentClaim, SentLine

Date = dt.date

_CLAIMS = tables.claims.c
_SENT = tables.claims.join(
    tables.files,
    sa.and_(tables.files.c.batch_id == _CLAIMS.batch_id, tables.files.c.number == _CLAIMS.file_number),
).join(tables.batches, tables.batches.c.batch_id == _CLAIMS.batch_id)


def read_claims(
    connection: sa.Connection,
    *,
    claim_ids: Sequence[str] = (),
    states: Sequence[str] = (),
    payers: Sequence[str] = (),
    member_ids: Sequence[str] = (),
    staff_ids: Sequence[str] = (),
    reasons: Sequence[str] = (),
    files: Sequence[str] = (),
    sites: Sequence[str] = (),
    sent_from: Date | None = None,
    sent_to: Date | None = None,
    history: bool = True,
) -> Iterator[SentClaim]:
    """Yield the claims that meet every condition, by claim id; an empty condition is met by all.

    `reasons` are adjustment reasons (CARC), remark codes (RARC) or categories of a 277CA, `files` are names. Without
    `history`, the history is left empty, which is faster for many claims.
    """
    # Ids in order keep the claims in order.
    for portion in portions(claim_ids) if claim_ids else [()]:
        conditions = claim_conditions(
            claim_ids=portion,
            states=states,
            payers=payers,
            member_ids=member_ids,
            staff_ids=staff_ids,
            reasons=reasons,
            files=files,
            sites=sites,
            sent_from=sent_from,
            sent_to=sent_to,
        )
        yield from read_chosen(connection, conditions, history=history)


def read_chosen(
    connection: sa.Connection, conditions: Sequence[sa.ColumnElement[bool]], *, history: bool = True
) -> Iterator[SentClaim]:
    """Yield the claims that meet conditions (`claim_conditions`), by claim id."""
    query = sa.select(_CLAIMS.claim_id).select_from(_SENT).where(*conditions)
    # `portions` sorts: a database may order text by a language's rules.
    wanted = connection.execute(query).scalars()
    for portion in portions(wanted):
        yield from _Portion.of(connection, portion, history=history).claims()


def claim_conditions(
    *,
    claim_ids: Sequence[str] = (),
    states: Sequence[str] = (),
    payers: Sequence[str] = (),
    member_ids: Sequence[str] = (),
    staff_ids: Sequence[str] = (),
    reasons: Sequence[str] = (),
    files: Sequence[str] = (),
    sites: Sequence[str] = (),
    sent_from: Date | None = None,
    sent_to: Date | None = None,
    changed_before: str = "",
) -> list[sa.ColumnElement[bool]]:
    """Return what a claim, with its file and batch, must meet; `changed_before` is a time as the trail writes it."""
    conditions: list[sa.ColumnElement[bool]] = []
    for column, wanted in (
        (_CLAIMS.claim_id, claim_ids),
        (_CLAIMS.state, states),
        (_CLAIMS.payer, payers),
        (_CLAIMS.member_id, member_ids),
        (_CLAIMS.site, sites),
        (tables.files.c.name, files),
    ):
        if wanted:
            conditions.append(column.in_(list(wanted)))
    if staff_ids:
        served = tables.encounters.c
        on_lines = sa.select(served.claim_id).where(served.staff_id.in_(list(staff_ids)))
        conditions.append(sa.or_(_CLAIMS.claim_id.in_(on_lines), _CLAIMS.rendering_id.in_(list(staff_ids))))
    if reasons:
        conditions.append(_has_reason(list(reasons)))
    if sent_from is not None:
        conditions.append(tables.batches.c.as_of >= sent_from.isoformat())
    if sent_to is not None:
        conditions.append(tables.batches.c.as_of <= sent_to.isoformat())
    if changed_before:
        conditions.append(_CLAIMS.changed_at < changed_before)
    return conditions


def _has_reason(reasons: Sequence[str]) -> sa.ColumnElement[bool]:
    payments, adjustments, remarks, events = tables.payments.c, tables.adjustments.c, tables.remarks.c, tables.events.c
    adjustment = sa.select(adjustments.payment_id).where(adjustments.reason.in_(reasons))
    remarked = sa.select(remarks.payment_id).where(remarks.code.in_(reasons))
    paid = sa.select(payments.claim_id).where(
        sa.or_(payments.payment_id.in_(adjustment), payments.payment_id.in_(remarked)), payments.claim_id != ""
    )
    # The detail of a 277CA begins with the category, or names it after a semicolon or colon.
    details = [events.detail.contains(f"{reason} (", autoescape=True) for reason in reasons]
    answered = sa.select(events.claim_id).where(
        events.event.in_((ClaimState.ACCEPTED, ClaimState.REJECTED_PAYER, "status", "contradicted")), sa.or_(*details)
    )
    return sa.or_(_CLAIMS.claim_id.in_(paid), _CLAIMS.claim_id.in_(answered))


@attrs.frozen
class ListedClaim:
    """A claim in a list: the values that a table shows."""

    claim_id: str
    payer: str
    member_id: str
    first_day: str
    last_day: str
    charge_cents: int
    paid_cents: int
    state: ClaimState = attrs.field(converter=claim_state)
    changed_at: str
    frequency: Frequency = attrs.field(converter=frequency)
    payer_control_number: str
    replaces: str
    file: str
    mode: str


def list_claims(connection: sa.Connection, conditions: Sequence[sa.ColumnElement[bool]]) -> Iterator[ListedClaim]:
    """Yield the claims that meet conditions (`claim_conditions`), by claim id, without their lines and payments."""
    for row in connection.execute(_LISTED.where(*conditions).order_by(_CLAIMS.claim_id)):
        yield ListedClaim(*tuple(row))


_LISTED = sa.select(
    _CLAIMS.claim_id,
    _CLAIMS.payer,
    _CLAIMS.member_id,
    _CLAIMS.first_day,
    _CLAIMS.last_day,
    _CLAIMS.charge_cents,
    _CLAIMS.paid_cents,
    _CLAIMS.state,
    _CLAIMS.changed_at,
    _CLAIMS.frequency,
    _CLAIMS.payer_control_number,
    _CLAIMS.replaces,
    tables.files.c.name,
    tables.files.c.mode,
).select_from(_SENT)


@attrs.frozen
class ClaimRow:
    """A claim in a table that leaves this program.

    `paid_on` is the day of its last payment or "", `traces` the numbers of its remittances, `adjustments` what all
    answers together took off the claim and its lines, each group and reason once.
    """

    claim: ListedClaim
    paid_on: str
    traces: tuple[str, ...]
    adjustments: tuple[PostedAdjustment, ...]
    staff_ids: tuple[str, ...]


def claim_rows(connection: sa.Connection, conditions: Sequence[sa.ColumnElement[bool]]) -> Iterator[ClaimRow]:
    """Yield the claims that meet conditions (`claim_conditions`), by claim id, with what was answered in sum."""
    payments, remittances = tables.payments.c, tables.remittances.c
    wanted = connection.execute(sa.select(_CLAIMS.claim_id).select_from(_SENT).where(*conditions)).scalars()
    for portion in portions(wanted):
        listed = [ListedClaim(*tuple(row)) for row in connection.execute(_LISTED.where(_CLAIMS.claim_id.in_(portion)))]
        query = (
            sa.select(*(payments[name] for name in _COUNTED), remittances.paid_on, remittances.trace)
            .join(tables.remittances, remittances.transaction_id == payments.transaction_id)
            .where(payments.claim_id.in_(portion))
            .order_by(payments.payment_id)
        )
        paid = _grouped(connection.execute(query), "claim_id")
        parts = PaymentParts.of(connection, [row.payment_id for rows in paid.values() for row in rows])
        served: dict[str, dict[str, None]] = {}
        for claim_id, _, _, staff_id in connection.execute(_encounters_query(portion)):
            served.setdefault(claim_id, {})[staff_id] = None
        for claim in sorted(listed, key=attrgetter("claim_id")):
            rows = paid.get(claim.claim_id, [])
            settled = settle([parts.posted(row.payment_id, row) for row in rows], claim.charge_cents)
            yield ClaimRow(
                claim,
                next((row.paid_on for row in reversed(rows) if row.paid_on), ""),
                tuple(dict.fromkeys(row.trace for row in rows)),
                _summed(settled),
                tuple(served.get(claim.claim_id, ())),
            )


_COUNTED = (
    "payment_id",
    "claim_id",
    "transaction_id",
    "position",
    "status",
    "charge_cents",
    "paid_cents",
    "payer_control_number",
)


def _summed(settled: Settled) -> tuple[PostedAdjustment, ...]:
    """Return what was taken off a claim and then off its lines in order; line 0 is none of its lines."""
    lines = [settled.lines[number].adjustments for number in sorted(settled.lines) if number]
    sums: dict[tuple[str, str], int] = {}
    for cut in chain(settled.adjustments, *lines):
        sums[cut.group, cut.reason] = sums.get((cut.group, cut.reason), 0) + cut.cents
    return tuple(PostedAdjustment(*reason, amount) for reason, amount in sums.items() if amount)


def count_claims(
    connection: sa.Connection, conditions: Sequence[sa.ColumnElement[bool]]
) -> list[tuple[str, int, int, int]]:
    """Return for each state, in order: how many claims meet conditions, their charge and what was paid, in cents.

    Tests are left out.
    """
    query = (
        sa.select(
            _CLAIMS.state,
            sa.func.count(),
            sa.func.sum(_CLAIMS.charge_cents),
            sa.func.sum(_CLAIMS.paid_cents),
        )
        .select_from(_SENT)
        .where(*conditions, tables.files.c.mode != "test")
        .group_by(_CLAIMS.state)
    )
    rows = [
        (str(state), int(count), int(charge), int(paid)) for state, count, charge, paid in connection.execute(query)
    ]
    return sorted(rows, key=lambda row: STATES.index(row[0]))


@attrs.frozen
class Sums:
    """Sums of claims, each service counted once: `charge_cents` is what the first payers were billed.

    `standing` claims make it up: neither rejected, withdrawn, voided, replaced or released to be billed again, nor
    voids. `following` are claims to a later payer, which charge `again_cents` of it a second time; `tests` are in
    no sum.
    """

    claims: int
    standing: int
    charge_cents: int
    paid_cents: int
    following: int
    again_cents: int
    tests: int


def sum_claims(connection: sa.Connection, conditions: Sequence[sa.ColumnElement[bool]]) -> Sums:
    """Return what the claims that meet conditions come to."""
    lines = tables.lines.c
    test = tables.files.c.mode == "test"
    stands = sa.and_(
        ~test,
        _CLAIMS.state.not_in(GONE | CORRECTED),
        _CLAIMS.frequency != Frequency.VOID,
        sa.exists().where(lines.claim_id == _CLAIMS.claim_id, lines.live == 1),
    )
    first, later = sa.and_(stands, _CLAIMS.follows == ""), sa.and_(stands, _CLAIMS.follows != "")

    def summed(condition: sa.ColumnElement[bool], amount: Any) -> sa.ColumnElement[Any]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, amount), else_=0)), 0)

    query = sa.select(
        summed(~test, 1),
        summed(first, 1),
        summed(first, _CLAIMS.charge_cents),
        summed(~test, _CLAIMS.paid_cents),
        summed(later, 1),
        summed(later, _CLAIMS.charge_cents),
        summed(test, 1),
    )
    return Sums(*map(int, connection.execute(query.select_from(_SENT).where(*conditions)).one()))


def known_files(connection: sa.Connection, names: Sequence[str]) -> dict[str, str]:
    """Return those of the names that are files which were sent, each with its kind: 837P, 837I or 270."""
    files = tables.files.c
    query = sa.select(files.name, files.transaction_type).where(
        files.name.in_(list(names)), files.state != tables.UNDONE
    )
    return {row.name: row.transaction_type for row in connection.execute(query)} if names else {}


def near_claims(connection: sa.Connection, text: str) -> list[str]:
    """Return the claim id that a text is, in whatever case, else those that it may have been meant for."""
    wanted = text.strip().upper()
    identity = read_identity(connection)
    digits = "".join(filter(str.isdecimal, wanted.removeprefix("PB").removeprefix(identity.tag)))[-10:]
    padded = identity.claim_id(int(digits or 0))
    ids = set(connection.execute(sa.select(_CLAIMS.claim_id).where(_CLAIMS.claim_id.in_([wanted, padded]))).scalars())
    if wanted in ids:
        return [wanted]
    if ids:
        return sorted(ids)
    beginning = sa.select(_CLAIMS.claim_id).where(_CLAIMS.claim_id.startswith(padded[:-2], autoescape=True))
    return difflib.get_close_matches(wanted, sorted(connection.execute(beginning.limit(100)).scalars()), 1)


_UNREAD = ("batch_id", "file_number", "set_number", "content")
_HEAD = (
    *(column for column in _CLAIMS if column.name not in _UNREAD),
    tables.files.c.name,
    tables.files.c.transaction_type,
    tables.files.c.mode,
    tables.batches.c.as_of,
)


@attrs.define(eq=False)
class _Portion:
    """Everything about some claims, by claim id."""

    heads: dict[str, sa.RowMapping]
    replaced_by: dict[str, str]
    lines: dict[str, list[Any]]
    encounters: dict[tuple[str, int], list[Any]]
    payments: dict[str, list[Any]]
    apart: dict[str, list[Any]]
    parts: PaymentParts
    events: dict[str, list[Entry]]
    words: dict[str, list[Quotation]]

    @classmethod
    def of(cls, connection: sa.Connection, some: Sequence[str], *, history: bool) -> "_Portion":
        head = sa.select(*_HEAD).select_from(_SENT).where(_CLAIMS.claim_id.in_(some))
        heads = {row["claim_id"]: row for row in connection.execute(head).mappings()}
        corrections = sa.select(_CLAIMS.replaces, _CLAIMS.claim_id, _CLAIMS.state).where(_CLAIMS.replaces.in_(some))
        # A correction that was rejected took nobody's place; the last of the others did.
        replaced_by = {
            row.replaces: row.claim_id
            for row in sorted(connection.execute(corrections), key=lambda row: str(row.claim_id))
            if row.state not in GONE
        }
        payments = _payments(connection, some, "claim_id")
        apart = _payments(connection, some, "about")
        ids = [row.payment_id for of in (payments, apart) for rows in of.values() for row in rows]
        return cls(
            heads,
            replaced_by,
            _grouped(connection.execute(_lines_query(some)), "claim_id"),
            _grouped(connection.execute(_encounters_query(some)), "claim_id", "line_number"),
            payments,
            apart,
            PaymentParts.of(connection, ids),
            _events(connection, some) if history else {},
            _words(connection, some) if history else {},
        )

    def claims(self) -> Iterator[SentClaim]:
        for claim_id in sorted(self.heads):
            yield self._claim(self.heads[claim_id])

    def _claim(self, row: sa.RowMapping) -> SentClaim:
        claim_id = row["claim_id"]
        served_at: list[str] = json.loads(row["facility"]) if row["facility"] else []
        payments = self.payments.get(claim_id, [])
        settled = settle([self.parts.posted(payment.payment_id, payment) for payment in payments], row["charge_cents"])
        lines = tuple(self._line(row, line, settled) for line in self.lines.get(claim_id, []))
        staff = dict.fromkeys(
            encounter.staff_id for line in lines for encounter in self.encounters.get((claim_id, line.number), [])
        )
        return SentClaim(
            claim_id=claim_id,
            payer=_shared(row["payer"]),
            member_id=row["member_id"],
            state=row["state"],
            changed_at=_shared(row["changed_at"]),
            frequency=row["frequency"],
            charge=dollars(row["charge_cents"]),
            paid=dollars(row["paid_cents"]),
            payer_control_number=row["payer_control_number"],
            replaces=row["replaces"],
            replaced_by=self.replaced_by.get(claim_id, ""),
            follows=row["follows"],
            form=ClaimForm(
                row["transaction_type"],
                row["type_of_bill"],
                row["attending_id"],
                row["admission_type"],
                row["point_of_origin"],
                row["patient_status"],
            ),
            file=_shared(row["name"]),
            sent_on=_date(row["as_of"]),
            first_day=_date(row["first_day"]),
            last_day=_date(row["last_day"]),
            programme=_shared(row["programme"]),
            subscriber_id=row["subscriber_id"],
            subscriber_rank=row["subscriber_rank"],
            place=_shared(row["place"]),
            diagnoses=_several(row["diagnoses"]),
            authorization=row["authorization_number"],
            rendering_id=_shared(row["rendering_id"]),
            supervising_id=_shared(row["supervising_id"]),
            staff_ids=tuple(staff),
            release=bool(row["release"]),
            admitted_on=tables.day_of(row["admitted_on"]),
            patient_paid=_maybe_money(row["patient_paid_cents"]),
            lines=lines,
            adjustments=tuple(map(in_dollars, settled.adjustments)),
            remarks=settled.remarks,
            mode=_shared(row["mode"]),
            payments=tuple(map(self._payment, payments)),
            adjudications=tuple(
                SentAdjudication(
                    adjudication.number, dollars(adjudication.charge), dollars(adjudication.paid), adjudication.lines
                )
                for adjudication in settled.adjudications
            ),
            apart=tuple(map(self._payment, self.apart.get(claim_id, ()))),
            history=tuple(self.events.get(claim_id, ())),
            facility=Party(*served_at[:2]) if served_at else None,
            facility_address=Address(*served_at[2:]) if served_at else None,
            delay_reason=row["delay_reason"],
            attachment=Attachment(*json.loads(row["attachment"])) if row["attachment"] else None,
            payer_words=tuple(self.words.get(claim_id, ())),
            site=row["site"],
            bills_as=row["bills_as"],
        )

    def _line(self, claim: sa.RowMapping, row: Any, settled: Settled) -> SentLine:
        settled_line = settled.lines.get(row.number)
        served = self.encounters.get((row.claim_id, row.number), [])
        return SentLine(
            line_id=f"{row.claim_id}-{row.number}",
            number=row.number,
            encounter_ids=tuple(coded.encounter_id for coded in served),
            service_date=_date(row.service_date),
            hcpcs=_shared(row.hcpcs),
            modifiers=_several(row.modifiers),
            units=row.units,
            charge=dollars(row.charge_cents),
            pointers=tuple(map(int, _several(row.pointers))),
            revenue_code=row.revenue_code,
            live=row.live == 1,
            state=settled_line.state if settled_line else _unanswered(claim_state(claim["state"]), settled),
            # A payment of a claim as a whole is that of its only line.
            paid=dollars(
                settled_line.paid if settled_line else claim["paid_cents"] if len(self.lines[row.claim_id]) == 1 else 0
            ),
            adjustments=tuple(map(in_dollars, settled_line.adjustments)) if settled_line else (),
            remarks=settled_line.remarks if settled_line else (),
        )

    def _payment(self, row: Any) -> PostedPayment:
        return PostedPayment(
            claim_id=row.claim_id or row.about,
            status=_shared(row.status),
            charge=dollars(row.charge_cents),
            paid=dollars(row.paid_cents),
            position=row.position,
            patient=_maybe_money(row.patient_cents),
            interest=_maybe_money(row.interest_cents),
            payer_control_number=row.payer_control_number,
            adjustments=tuple(map(in_dollars, self.parts.adjustments_of(row.payment_id, 0))),
            remarks=self.parts.remarks_of(row.payment_id, 0),
            lines=self.parts.lines_of(row.payment_id, row.claim_id or row.about),
            crossover=bool(row.forwarded),
            payment_id=row.payment_id,
            paid_on=tables.day_of(row.paid_on),
            trace=_shared(row.trace),
            file=_shared(row.name),
            payer=_shared(row.payer),
            renamed=bool(row.corrected_id) and row.corrected_id.upper() != row.subscriber_id.upper(),
        )


def _unanswered(state: ClaimState, settled: Settled) -> ClaimState:
    """Return the state of a line that no answer named: the claim's, unless the payer decided on other lines only."""
    return ClaimState.ACCEPTED if state in ADJUDICATED and settled.lines and not settled.whole else state


def _lines_query(portion: Sequence[str]) -> sa.Select[Any]:
    lines = tables.lines.c
    columns = (column for column in lines if column is not lines.line_key)
    return sa.select(*columns).where(lines.claim_id.in_(portion)).order_by(lines.claim_id, lines.number)


def _encounters_query(portion: Sequence[str]) -> sa.Select[Any]:
    of = tables.encounters.c
    query = sa.select(of.claim_id, of.line_number, of.encounter_id, of.staff_id).where(of.claim_id.in_(portion))
    return query.order_by(of.claim_id, of.line_number, of.start_at, of.encounter_id)


_PAYMENT = (
    "payment_id",
    "transaction_id",
    "position",
    "claim_id",
    "about",
    "status",
    "charge_cents",
    "paid_cents",
    "patient_cents",
    "interest_cents",
    "payer_control_number",
    "payer",
    "subscriber_id",
    "corrected_id",
    "forwarded",
)


def _payments(connection: sa.Connection, portion: Sequence[str], column: str) -> dict[str, list[Any]]:
    """Return the payments that are posted to claims (`claim_id`), or are only about them (`about`), by claim."""
    payments, remittances, transactions, answers = (
        tables.payments,
        tables.remittances,
        tables.transactions,
        tables.answers,
    )
    query = (
        sa.select(*(payments.c[name] for name in _PAYMENT), remittances.c.paid_on, remittances.c.trace, answers.c.name)
        .join(remittances, remittances.c.transaction_id == payments.c.transaction_id)
        .join(transactions, transactions.c.transaction_id == payments.c.transaction_id)
        .join(answers, answers.c.answer_id == transactions.c.answer_id)
        .where(payments.c[column].in_(portion))
        .order_by(payments.c.payment_id)
    )
    return _grouped(connection.execute(query), column)


def _events(connection: sa.Connection, portion: Sequence[str]) -> dict[str, list[Entry]]:
    events = tables.events.c
    columns = (events.claim_id, events.at, events.who, events.event, events.state, events.file, events.detail)
    query = sa.select(*columns).where(events.claim_id.in_(portion)).order_by(events.number)
    entries: dict[str, list[Entry]] = {}
    for claim_id, *entry in connection.execute(query):
        entries.setdefault(claim_id, []).append(Entry(*entry))
    return entries


def _words(connection: sa.Connection, portion: Sequence[str]) -> dict[str, list[Quotation]]:
    words, transactions, answers = tables.payer_words, tables.transactions, tables.answers
    query = (
        sa.select(words.c.claim_id, words.c.words, answers.c.name)
        .join(transactions, transactions.c.transaction_id == words.c.transaction_id)
        .join(answers, answers.c.answer_id == transactions.c.answer_id)
        .where(words.c.claim_id.in_(portion))
        .order_by(words.c.transaction_id, words.c.number)
    )
    quotations: dict[str, list[Quotation]] = {}
    for row in connection.execute(query):
        quotations.setdefault(row.claim_id, []).append(Quotation(row.name, row.words))
    return quotations


def _grouped(rows: Iterable[Any], *names: str) -> dict[Any, list[Any]]:
    key = attrgetter(*names)
    groups: dict[Any, list[Any]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def _maybe_money(amount: int | None) -> Decimal | None:
    return None if amount is None else dollars(amount)


@lru_cache(maxsize=4096)
def _shared(text: str) -> str:
    """Return the same object for every equal text: many claims have a payer, a file, a day or a person in common."""
    return text


@lru_cache(maxsize=1024)
def _date(text: str) -> Date:
    return Date.fromisoformat(text)


@lru_cache(maxsize=1024)
def _several(text: str) -> tuple[str, ...]:
    return tuple(text.split(":")) if text else ()
