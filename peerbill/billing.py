"""Audited encounters to claims: which encounters share a service line, and which lines share a claim."""

import datetime as dt
import operator
from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

import attrs

from peerbill.checks.service import INPATIENT_PLACES
from peerbill.claim import Address, BillableEncounter, Claim, Payer, Provider, ServiceLine, Subscriber
from peerbill.encounter import Encounter, fingerprint
from peerbill.errors import PeerbillError
from peerbill.people import Coverage, Member, Staff, Stay
from peerbill.records import Records
from peerbill.x12.rules837p import MAXIMUM_DIAGNOSES, MAXIMUM_LINES, MAXIMUM_POINTERS

__all__ = ["MAXIMUM_DIAGNOSES", "MAXIMUM_LINES", "MAXIMUM_POINTERS", "build_claims", "fingerprint", "span_start"]

_CENT = Decimal("0.01")
_NO_DAY = dt.date.min

_order = operator.attrgetter("payer", "encounter.member_id", "encounter.start", "encounter.encounter_id")

_LineKey = tuple[str, str, dt.date, str, str, str, tuple[str, ...]]


@attrs.define(eq=False)
class _Line:
    """The encounters of one service line, in order of start, then id; the first speaks for its claim."""

    first: BillableEncounter
    service_date: dt.date
    units: int
    charge: Decimal
    release: bool
    others: list[BillableEncounter] | None = None

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
    billable: Sequence[BillableEncounter], records: Records, claim_ids: Iterator[str]
) -> tuple[Claim, ...]:
    """Return the claims of encounters that passed the audit, by payer, member and first day.

    Encounters of one payer, member, day, rendering provider, place, code and modifiers are one line, even where
    their programme, supervising provider or authorization differ: two such lines a day are denied as duplicates.
    The line's earliest encounter then speaks for the claim. A line without units is left out with its encounters.
    The order of `billable` does not matter. Raises PeerbillError for an encounter without a
    start, and for a member, payer or staff id that the records lack.
    """
    for one in billable:
        if one.encounter.start is None:
            id_ = one.encounter.encounter_id
            raise PeerbillError(f"encounter {id_} has no start; only audited encounters are billed")
    parties = _Parties.of(records)
    drafts: list[_Draft] = []
    open_drafts: dict[tuple[object, ...], list[_Draft]] = {}
    for line in _lines(billable):
        if line.units <= 0:
            continue
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
    lines: dict[_LineKey, _Line] = {}
    for one in sorted(billable, key=_order):
        encounter = one.encounter
        day = encounter.start.date()  # type: ignore[union-attr]  # looked at in build_claims, before the sort needs it
        modifiers = one.modifiers if len(one.modifiers) < 2 else tuple(sorted(one.modifiers))
        key = (one.payer, encounter.member_id, day, one.rendering_id, encounter.place, one.hcpcs, modifiers)
        line = lines.get(key)
        if line is None:
            lines[key] = _Line(one, day, one.units, one.unit_charge * one.units, one.release)
        else:
            line.join(one)
    return lines.values()


def _claim(draft: _Draft, parties: "_Parties", claim_id: str) -> Claim:
    first = draft.lines[0][0].first
    return Claim(
        claim_id=claim_id,
        payer=first.payer,
        member_id=first.encounter.member_id,
        subscriber=parties.subscriber(first),
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
                    charge=line.charge.quantize(_CENT, ROUND_HALF_UP),
                    pointers=pointers,
                )
                for number, (line, pointers) in enumerate(draft.lines, start=1)
            ]
        ),
        rendering=parties.provider(first.rendering_id),
        supervising=parties.provider(first.supervising_id),
        authorization=first.authorization,
        release=draft.lines[0][0].release,
        admitted_on=parties.admission(first.encounter),
    )


@attrs.define(eq=False)
class _Parties:
    """Who is named in the claims; each party is made once and shared by all the claims that name it."""

    payers: dict[str, Payer]
    members: dict[str, Member]
    staff: dict[str, Staff]
    stays: dict[str, list[Stay]]
    _providers: dict[str, Provider] = attrs.field(factory=dict)
    _subscribers: dict[tuple[str, str, str, int | None], Subscriber] = attrs.field(factory=dict)

    @classmethod
    def of(cls, records: Records) -> "_Parties":
        return cls(
            dict(records.settings.payers),
            {member.member_id: member for member in records.members},
            {person.staff_id: person for person in records.staff},
            _inpatient_stays(records.stays),
        )

    def admission(self, encounter: Encounter) -> dt.date | None:
        """Return the first day of the inpatient stay at whose place the member was served (2300 DTP*435)."""
        if encounter.place not in INPATIENT_PLACES or encounter.start is None:
            return None
        day = encounter.start.date()
        days = [
            stay.from_
            for stay in self.stays.get(encounter.member_id, ())
            if stay.from_ is not None and stay.from_ <= day and (stay.to is None or day <= stay.to)
        ]
        return max(days, default=None)

    def payer(self, key: str) -> Payer:
        found = self.payers.get(key)
        if found is None:
            raise PeerbillError(f"payer {key} is not in [payers]; only audited encounters are billed")
        return found

    def provider(self, staff_id: str) -> Provider | None:
        if not staff_id:
            return None
        made = self._providers.get(staff_id)
        if made is None:
            person = self.staff.get(staff_id)
            if person is None:
                raise PeerbillError(f"staff_id {staff_id} is not in table staff; only audited encounters are billed")
            made = Provider(person.last_name, person.first_name, person.npi, person.taxonomy)
            self._providers[staff_id] = made
        return made

    def subscriber(self, one: BillableEncounter) -> Subscriber:
        coverage = one.coverage
        key = (one.payer, one.encounter.member_id, coverage.subscriber_id, coverage.rank)
        made = self._subscribers.get(key)
        if made is None:
            member = self.members.get(one.encounter.member_id)
            if member is None or member.birth_date is None:
                raise PeerbillError(
                    f"member {one.encounter.member_id} is not in table members, or has no birth_date; "
                    "only audited encounters are billed"
                )
            made = _subscriber(member, member.birth_date, coverage, self.payer(one.payer))
            self._subscribers[key] = made
        return made


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
        rank=1 if coverage.rank is None else coverage.rank,
    )
