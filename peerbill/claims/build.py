"""Audited encounters to claims: which encounters share a service line, and which lines share a claim."""

import datetime as dt
import operator
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import attrs

from peerbill import codes
from peerbill.coding.payers import payers_before, prior_payments
from peerbill.model.claim import (
    Address,
    Attachment,
    BillableEncounter,
    BilledEncounter,
    Claim,
    Facility,
    OtherPayer,
    Party,
    Payer,
    Policyholder,
    PriorPayment,
    Provider,
    ServiceLine,
    Subscriber,
    form_of,
)
from peerbill.model.claim_state import Standing
from peerbill.model.encounter import Encounter, fingerprint
from peerbill.model.errors import PeerbillError
from peerbill.model.line_key import LineKey, line_of_billable
from peerbill.model.money import cents, dollars
from peerbill.model.people import Coverage, EarlierPayment, Member, SpendDown, Staff, Stay, rank_of
from peerbill.model.records import Records
from peerbill.x12.rules837p import (
    MAXIMUM_DIAGNOSES,
    MAXIMUM_LINES,
    MAXIMUM_POINTERS,
    late_fields,
    policyholder_of,
    provider_of,
)

__all__ = [
    "MAXIMUM_DIAGNOSES",
    "MAXIMUM_LINES",
    "MAXIMUM_POINTERS",
    "Parties",
    "build_claims",
    "fingerprint",
    "span_start",
]

_NO_DAY = dt.date.min

_order = operator.attrgetter("payer", "encounter.member_id", "encounter.start", "encounter.encounter_id")


@attrs.frozen
class EarlierPayer:
    """A payer that answered before; lines share a claim where all but `coverage` and `answers` are the same."""

    payer: str
    subscriber_id: str = attrs.field(repr=False)
    rank: int | None
    policyholder: Policyholder | None = attrs.field(repr=False)
    payer_control_number: str
    coverage: Coverage = attrs.field(eq=False, repr=False)
    answers: tuple[EarlierPayment, ...] = attrs.field(eq=False)


@attrs.define(eq=False)
class _Line:
    """The encounters of one service line, in order of start, then id; the first speaks for its claim."""

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
        return (self.first.encounter.encounter_id, *(one.encounter.encounter_id for one in self.others))

    @property
    def late(self) -> tuple[str, str, str, str]:
        """What the first encounter that says so says of a late claim."""
        if self.others is None:
            return late_fields(self.first.encounter)
        said = [late_fields(one.encounter) for one in (self.first, *self.others)]
        return next((one for one in said if any(one)), said[0])

    @property
    def diagnoses(self) -> tuple[str, ...]:
        codes = self.first.diagnoses
        if self.others is None and len(codes) < 2:
            return codes
        gathered = dict.fromkeys(codes)
        for one in self.others or ():
            gathered.update(dict.fromkeys(one.diagnoses))
        return tuple(gathered)


@attrs.define(eq=False)
class _Draft:
    """A claim that still takes lines; `diagnoses` maps each code to its place in the claim, from 1."""

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
    """Return the claims of encounters that passed the audit, by payer, member and first day.

    Encounters of one payer, member, day, rendering provider, place, code and modifiers are one line, even where
    their programme, supervising provider or authorization differ: two such lines a day are denied as duplicates.
    The line's earliest encounter then speaks for the claim. A line without units is left out with its encounters.
    What earlier payers answered goes with the lines (table `prior_payments`). What the member paid of a day's charges
    (`spend_down`) is told once, from the day's first line on; `history`, what the ledger holds, has taken its part.
    The order of `billable` does not matter. Raises PeerbillError for an encounter without a
    start or whose payer insures another policyholder, and for a member, payer or staff id that the records lack.
    """
    for one in billable:
        if one.encounter.start is None:
            id_ = one.encounter.encounter_id
            raise PeerbillError(f"encounter {id_} has no start; only audited encounters are billed")
        if not one.coverage.is_own:
            id_ = one.encounter.encounter_id
            raise PeerbillError(
                f"encounter {id_}: the member's policy with {one.payer} is another person's; only audited encounters "
                "are billed"
            )
    parties = Parties.of(records)
    drafts: list[_Draft] = []
    open_drafts: dict[tuple[object, ...], list[_Draft]] = {}
    lines = [line for line in _lines(billable) if line.units > 0]
    if records.prior_payments:
        _settle(lines, parties)
    if records.spend_down:
        _spend_down(lines, records.spend_down, history)
    for line in lines:
        first = line.first
        key = (
            first.payer,
            first.encounter.member_id,
            first.coverage.subscriber_id,
            first.coverage.rank,
            first.rendering_id,
            first.supervising_id,
            first.encounter.place,
            first.authorization,
            span_start(line.service_date, parties.payer(first.payer).claim_span),
            line.release,
            parties.admission(first.encounter),
            form_of(first),
            first.facility,
            line.late,
            line.earlier,
        )
        codes = line.diagnoses
        candidates = open_drafts.setdefault(key, [])
        for draft in candidates:
            if draft.takes(codes):
                break
        else:
            draft = _Draft()
            candidates.append(draft)
            drafts.append(draft)
        draft.add(line, codes)
    return tuple(_claim(draft, parties, next(claim_ids)) for draft in drafts)


def _settle(lines: Iterable[_Line], parties: "Parties") -> None:
    """Give each line what the payers before this one did with it."""
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
            owed = dollars(cents(line.charge)) - sum((one.paid for one in line.prior), Decimal(0))
            line.patient_paid = max(min(left[key], owed), Decimal(0))
            left[key] -= line.patient_paid


def _by_start(line: _Line) -> tuple[dt.datetime | None, str]:
    return line.first.encounter.start, line.first.encounter.encounter_id


def span_start(day: dt.date, span: str) -> dt.date:
    """Return the first day of the span that holds a day: day, week (Sunday to Saturday), month or batch.

    All days of a batch share one span. Raises PeerbillError for another name.
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
    for one in sorted(billable, key=_order):
        key = line_of_billable(one)
        line = lines.get(key)
        if line is None:
            lines[key] = _Line(one, key.day, one.units, one.unit_charge * one.units, one.release)
        else:
            line.join(one)
    return lines.values()


def _claim(draft: _Draft, parties: "Parties", claim_id: str) -> Claim:
    first = draft.lines[0][0].first
    patient_paid = sum((line.patient_paid for line, _ in draft.lines), Decimal(0))
    prior = [prior for line, _ in draft.lines for prior in line.prior]
    return Claim(
        claim_id=claim_id,
        payer=first.payer,
        member_id=first.encounter.member_id,
        subscriber=parties.subscriber(first.coverage),
        place=first.encounter.place,
        diagnoses=tuple(draft.diagnoses),
        lines=tuple(
            [
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
        ),
        rendering=parties.provider(first.rendering_id, first.payer),
        supervising=parties.provider(first.supervising_id, first.payer),
        authorization=first.authorization,
        release=draft.lines[0][0].release,
        admitted_on=parties.admission(first.encounter),
        programme=first.programme,
        rendering_id=first.rendering_id,
        supervising_id=first.supervising_id,
        form=first.form,
        type_of_bill=first.type_of_bill,
        attending=parties.provider(first.attending_id, first.payer),
        attending_id=first.attending_id,
        admission_type=first.admission_type,
        point_of_origin=first.point_of_origin,
        patient_status=first.patient_status,
        other_payers=tuple([parties.other_payer(earlier, prior) for earlier in draft.lines[0][0].earlier]),
        patient_paid=patient_paid or None,
        facility=facility_party(first.facility),
        facility_address=first.facility.address if first.facility is not None else None,
        delay_reason=draft.lines[0][0].late[0],
        attachment=attachment_of(*draft.lines[0][0].late[1:]),
    )


def facility_party(facility: Facility | None) -> Party | None:
    """Return the name and NPI of where a service was given, as a claim has them beside its address."""
    return None if facility is None else Party(facility.name, facility.npi)


def attachment_of(kind: str, transmission: str, control: str) -> Attachment | None:
    """Return the attachment of a claim, None where there is none."""
    return Attachment(kind, transmission, control) if kind or transmission or control else None


@attrs.define(eq=False)
class Parties:
    """Who is named in the claims, found in the records; each party is made once and shared by all that name it."""

    payers: dict[str, Payer]
    members: dict[str, Member]
    staff: dict[str, Staff]
    stays: dict[str, list[Stay]]
    coverage: dict[str, list[Coverage]]
    answers: dict[str, list[EarlierPayment]]
    _providers: dict[tuple[str, str], Provider] = attrs.field(factory=dict)
    _subscribers: dict[tuple[str, str, str, int | None], Subscriber] = attrs.field(factory=dict)

    @classmethod
    def of(cls, records: Records) -> "Parties":
        """Sort the records by whom they concern."""
        coverage: dict[str, list[Coverage]] = {}
        answers: dict[str, list[EarlierPayment]] = {}
        for row in records.coverage:
            coverage.setdefault(row.member_id, []).append(row)
        for answer in records.prior_payments:
            answers.setdefault(answer.encounter_id, []).append(answer)
        return cls(
            dict(records.settings.payers),
            {member.member_id: member for member in records.members},
            {person.staff_id: person for person in records.staff},
            _inpatient_stays(records.stays),
            coverage,
            answers,
        )

    def admission(self, encounter: Encounter) -> dt.date | None:
        """Return the first day of the inpatient stay at whose place the member was served (2300 DTP*435)."""
        if not codes.is_inpatient_place(encounter.place) or encounter.start is None:
            return None
        day = encounter.start.date()
        days = [
            stay.from_
            for stay in self.stays.get(encounter.member_id, ())
            if stay.from_ is not None and stay.from_ <= day and (stay.to is None or day <= stay.to)
        ]
        return max(days, default=None)

    def payer(self, key: str) -> Payer:
        """Return a payer of `[payers]`."""
        found = self.payers.get(key)
        if found is None:
            raise PeerbillError(f"payer {key} is not in [payers]; only audited encounters are billed")
        return found

    def provider(self, staff_id: str, payer: str) -> Provider | None:
        """Return a person of `staff` as claims to a payer name them; None for ""."""
        if not staff_id:
            return None
        made = self._providers.get((staff_id, payer))
        if made is None:
            person = self.staff.get(staff_id)
            if person is None:
                raise PeerbillError(f"staff_id {staff_id} is not in table staff; only audited encounters are billed")
            made = self._providers[staff_id, payer] = provider_of(person, self.payers.get(payer))
        return made

    def subscriber(self, coverage: Coverage) -> Subscriber:
        """Return the member of a coverage row as that payer insures them."""
        key = (coverage.payer, coverage.member_id, coverage.subscriber_id, coverage.rank)
        made = self._subscribers.get(key)
        if made is None:
            member = self.members.get(coverage.member_id)
            if member is None or member.birth_date is None:
                raise PeerbillError(
                    f"member {coverage.member_id} is not in table members, or has no birth_date; "
                    "only audited encounters are billed"
                )
            made = _subscriber(member, member.birth_date, coverage, self.payer(coverage.payer))
            self._subscribers[key] = made
        return made

    def earlier(self, coverage: Coverage, day: dt.date, encounter_ids: Iterable[str]) -> tuple[EarlierPayer, ...]:
        """Return the payers ranked before one that day which answered some of the encounters in `prior_payments`."""
        rows = [row for id_ in encounter_ids for row in self.answers.get(id_, ())]
        if not rows:
            return ()
        found = []
        for row in payers_before(self.coverage.get(coverage.member_id, ()), coverage, day):
            own = tuple(answer for answer in rows if answer.payer == row.payer)
            if own:
                numbers = {answer.payer_control_number for answer in own}
                # A line may join encounters that the earlier payer saw as two claims: then no number is right.
                number = numbers.pop() if len(numbers) == 1 else ""
                found.append(
                    EarlierPayer(row.payer, row.subscriber_id, row.rank, policyholder_of(row), number, row, own)
                )
        return tuple(found)

    def other_payer(self, earlier: EarlierPayer, prior: Iterable[PriorPayment]) -> OtherPayer:
        """Return loops 2320 and 2330 for a payer whose answers all stand at the lines `prior`."""
        payer = self.payer(earlier.payer)
        own = [one for one in prior if one.payer_id == payer.id]
        return OtherPayer(
            name=payer.name,
            id=payer.id,
            subscriber=self.subscriber(earlier.coverage),
            paid=sum((one.paid for one in own), Decimal(0)),
            paid_on=max(one.paid_on for one in own),
            claim_filing=payer.claim_filing,
            payer_control_number=earlier.payer_control_number,
            policyholder=earlier.policyholder,
        )


def _inpatient_stays(stays: Iterable[Stay]) -> dict[str, list[Stay]]:
    found: dict[str, list[Stay]] = {}
    for stay in stays:
        if stay.kind == "inpatient":
            found.setdefault(stay.member_id, []).append(stay)
    return found


def _subscriber(member: Member, birth_date: dt.date, coverage: Coverage, payer: Payer) -> Subscriber:
    # A member without a street has no fixed address: half of one would put a claim at no address at all.
    if not member.street and payer.address_when_none is not None:
        address = payer.address_when_none
    else:
        address = Address(member.street, member.city, member.state, member.zip.replace("-", ""))
    return Subscriber(
        subscriber_id=coverage.subscriber_id,
        last_name=member.last_name,
        first_name=member.first_name,
        birth_date=birth_date,
        sex=member.sex,
        address=address,
        rank=rank_of(coverage),
        middle_name=member.middle_name,
        suffix=member.suffix,
    )
