"""Audited encounters to claims: which encounters share a service line, and which lines share a claim."""

import datetime as dt
import operator
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import attrs

from peerbill.claims.parties import (
    ClaimHead,
    EarlierPayer,
    Parties,
    attachment_of,
    facility_party,
    make_claim,
)
from peerbill.coding.payers import prior_payments
from peerbill.model.claim import BillableEncounter, BilledEncounter, Claim, PriorPayment, ServiceLine, form_of
from peerbill.model.claim_state import Standing
from peerbill.model.errors import PeerbillError
from peerbill.model.line_key import LineKey, line_of_billable
from peerbill.model.money import cents, dollars
from peerbill.model.people import SpendDown
from peerbill.model.records import Records
from peerbill.x12.rules837p import (
    MAXIMUM_DIAGNOSES,
    MAXIMUM_LINES,
    MAXIMUM_POINTERS,
    late_fields,
)

__all__ = [
    "MAXIMUM_DIAGNOSES",
    "MAXIMUM_LINES",
    "MAXIMUM_POINTERS",
    "build_claims",
    "claims_of",
    "span_start",
]

_NO_DAY = dt.date.min

_order = operator.attrgetter("payer", "bills_as", "encounter.member_id", "encounter.start", "encounter.encounter_id")


@attrs.define(eq=False)
class _Line:
    """The encounters of one service line, in order of start, then id; the first represents its claim."""

    first: BillableEncounter
    service_date: dt.date
    units: int
    charge: Decimal
    release: bool
    others: list[BillableEncounter] | None = None
    earlier: tuple[EarlierPayer, ...] = ()
    prior: tuple[PriorPayment, ...] = ()
    patient_paid: Decimal = Decimal(0)

    def join(self, one: BillableEncounter) -> None:
        if self.others is None:
            self.others = []
        self.others.append(one)
        self.units += one.units
        self.charge += one.unit_charge * one.units
        self.release = self.release and one.release

    @property
    def encounter_ids(self) -> tuple[str, ...]:
        if self.others is None:
            return (self.first.encounter.encounter_id,)
        return (self.first.encounter.encounter_id, *(other.encounter.encounter_id for other in self.others))

    @property
    def late(self) -> tuple[str, str, str, str]:
        """What the first encounter that says so says of a late claim."""
        if self.others is None:
            return late_fields(self.first.encounter)
        fields = [late_fields(other.encounter) for other in (self.first, *self.others)]
        return next((field for field in fields if any(field)), fields[0])

    @property
    def diagnoses(self) -> tuple[str, ...]:
        codes = self.first.diagnoses
        if self.others is None and len(codes) < 2:
            return codes
        gathered = dict.fromkeys(codes)
        for other in self.others or ():
            gathered.update(dict.fromkeys(other.diagnoses))
        return tuple(gathered)


@attrs.define(eq=False)
class _Draft:
    """A claim that still takes lines; `diagnoses` maps each code to its place in the claim, from 1."""

    head: ClaimHead
    lines: list[tuple[_Line, tuple[int, ...]]] = attrs.field(factory=list)
    diagnoses: dict[str, int] = attrs.field(factory=dict)

    def takes(self, codes: tuple[str, ...]) -> bool:
        if len(self.lines) == MAXIMUM_LINES:
            return False
        return len(self.diagnoses) + sum(code not in self.diagnoses for code in codes) <= MAXIMUM_DIAGNOSES

    def add(self, line: _Line, codes: tuple[str, ...]) -> None:
        places = self.diagnoses
        for code in codes:
            places.setdefault(code, len(places) + 1)
        self.lines.append((line, tuple([places[code] for code in codes[:MAXIMUM_POINTERS]])))


def build_claims(
    billable: Sequence[BillableEncounter],
    records: Records,
    claim_ids: Iterator[str],
    history: Sequence[BilledEncounter] = (),
) -> tuple[Claim, ...]:
    """Return the claims of encounters that passed the audit, by payer, billing provider, member and first day.

    Encounters of a payer, member, day, rendering provider, place, code and modifiers are one line, even where their
    programme, supervising provider or authorization differ: two such lines a day are denied as duplicates. The line's
    earliest encounter then speaks for the claim. A line without units is left out with its encounters. What earlier
    payers answered goes with the lines (table `prior_payments`). What the member paid of a day's charges (`spend_down`)
    is reported once, from the day's first line on; earlier claims in `history` have used their part. The order of
    `billable` does not matter. Raises PeerbillError for an encounter without a start or whose payer insures another
    policyholder, and for a member, payer or staff id that the records lack.
    """
    return claims_of(billable, Parties.of(records), claim_ids, records.spend_down, history)


def claims_of(
    billable: Sequence[BillableEncounter],
    parties: Parties,
    claim_ids: Iterator[str],
    spend_down: Sequence[SpendDown] = (),
    history: Iterable[BilledEncounter] = (),
) -> tuple[Claim, ...]:
    """Return claims as `build_claims` does, with the records sorted before: for whoever builds a claim at a time.

    Of `spend_down` and `history` the rows of the members and days of `billable` are enough.
    """
    for coded in billable:
        if coded.encounter.start is None:
            id_ = coded.encounter.encounter_id
            raise PeerbillError(f"encounter {id_} has no start; only audited encounters are billed")
        if not coded.coverage.is_own:
            id_ = coded.encounter.encounter_id
            raise PeerbillError(
                f"encounter {id_}: the member's policy with {coded.payer} is another person's; only audited "
                "encounters are billed"
            )
    drafts: list[_Draft] = []
    open_drafts: dict[tuple[object, ...], list[_Draft]] = {}
    lines = [line for line in _lines(billable) if line.units > 0]
    if parties.answers:
        _settle(lines, parties)
    if spend_down:
        _spend_down(lines, spend_down, history)
    for line in lines:
        head = _head(line, parties)
        span = span_start(line.service_date, parties.payer(head.payer).claim_span)
        key = (head, head.policy, span, line.earlier)
        codes = line.diagnoses
        candidates = open_drafts.setdefault(key, [])
        for draft in candidates:
            if draft.takes(codes):
                break
        else:
            draft = _Draft(head)
            candidates.append(draft)
            drafts.append(draft)
        draft.add(line, codes)
    return tuple(_claim(draft, parties, next(claim_ids)) for draft in drafts)


def _settle(lines: Iterable[_Line], parties: Parties) -> None:
    """Give each line the earlier payers' answers to it."""
    for line in lines:
        first = line.first
        line.earlier = parties.earlier(first.coverage, line.service_date, line.encounter_ids)
        if line.earlier:
            rows = [row for earlier in line.earlier for row in earlier.answers]
            payers = [parties.payer(earlier.payer) for earlier in line.earlier]
            line.prior = prior_payments(rows, payers, first.hcpcs, first.modifiers, line.units)


def _spend_down(lines: Iterable[_Line], rows: Iterable[SpendDown], history: Iterable[BilledEncounter]) -> None:
    """Divide what members paid of a day's charges among its lines, in order of their start."""
    left: dict[tuple[str, dt.date], Decimal] = {}
    for row in rows:
        if row.date is not None and row.amount is not None:
            key = (row.member_id, row.date)
            left[key] = left.get(key, Decimal(0)) + row.amount
    lines = sorted(lines, key=_by_start)
    now = {id_ for line in lines for id_ in line.encounter_ids}
    for sent in history:
        key = (sent.member_id, sent.start.date())
        if key in left and sent.standing == Standing.LIVE and sent.payer_turn == 1 and sent.encounter_id not in now:
            left[key] = max(left[key] - sent.charge, Decimal(0))
    for line in lines:
        key = (line.first.encounter.member_id, line.service_date)
        if left.get(key):
            owed = dollars(cents(line.charge)) - sum((payment.paid for payment in line.prior), Decimal(0))
            line.patient_paid = max(min(left[key], owed), Decimal(0))
            left[key] -= line.patient_paid


def _by_start(line: _Line) -> tuple[dt.datetime | None, str]:
    return line.first.encounter.start, line.first.encounter.encounter_id


def span_start(day: dt.date, span: str) -> dt.date:
    """Return the first day of the span that holds a day: day, week (Sunday to Saturday), month or batch.

    All days of a batch have the same span. Raises PeerbillError for another name.
    """
    if span == "day":
        return day
    if span == "week":
        return day - dt.timedelta(days=day.isoweekday() % 7)
    if span == "month":
        return day.replace(day=1)
    if span == "batch":
        return _NO_DAY
    raise PeerbillError(f"claim_span {span!r} is none of day, week, month and batch")


def _lines(billable: Iterable[BillableEncounter]) -> Iterable[_Line]:
    lines: dict[LineKey, _Line] = {}
    for encounter in sorted(billable, key=_order):
        key = line_of_billable(encounter)
        line = lines.get(key)
        if line is None:
            lines[key] = _Line(
                encounter, key.day, encounter.units, encounter.unit_charge * encounter.units, encounter.release
            )
        else:
            line.join(encounter)
    return lines.values()


def _head(line: _Line, parties: Parties) -> ClaimHead:
    first, late = line.first, line.late
    return ClaimHead(
        payer=first.payer,
        member_id=first.encounter.member_id,
        coverage=first.coverage,
        place=first.encounter.place,
        programme=first.programme,
        rendering_id=first.rendering_id,
        supervising_id=first.supervising_id,
        authorization=first.authorization,
        release=line.release,
        admitted_on=parties.admission(first.encounter),
        form=form_of(first),
        facility=facility_party(first.facility),
        facility_address=first.facility.address if first.facility is not None else None,
        delay_reason=late[0],
        attachment=attachment_of(*late[1:]),
        site=first.site,
        bills_as=first.bills_as,
    )


def _claim(draft: _Draft, parties: Parties, claim_id: str) -> Claim:
    patient_paid = sum((line.patient_paid for line, _ in draft.lines), Decimal(0))
    prior = [prior for line, _ in draft.lines for prior in line.prior]
    lines = [
        ServiceLine(
            line_id=f"{claim_id}-{number}",
            encounter_ids=line.encounter_ids,
            service_date=line.service_date,
            hcpcs=line.first.hcpcs,
            modifiers=line.first.modifiers,
            units=line.units,
            charge=dollars(cents(line.charge)),
            pointers=pointers,
            prior_payments=line.prior,
            revenue_code=line.first.revenue_code,
        )
        for number, (line, pointers) in enumerate(draft.lines, start=1)
    ]
    return make_claim(
        draft.head,
        lines,
        draft.diagnoses,
        parties,
        claim_id=claim_id,
        other_payers=[parties.other_payer(earlier, prior) for earlier in draft.lines[0][0].earlier],
        patient_paid=patient_paid or None,
    )
