"""What a check may look at: an encounter together with everything that is on file about it.

`Index` finds the rows of the workspace by member and by staff member. `Context` is one encounter with its member,
staff, coverage, programme, minutes and units, prepared once and read by every check.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property, partial
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from peerbill.coding.history import History
from peerbill.model.claim import BilledEncounter, Payer
from peerbill.model.claim_state import Standing
from peerbill.model.encounter import Encounter
from peerbill.model.enrolment import Enrolment, latest
from peerbill.model.finding import Citation, Severity
from peerbill.model.ids import compact
from peerbill.model.line_key import LineKey, line_key
from peerbill.model.people import (
    Assessment,
    Authorization,
    Coverage,
    Credential,
    EarlierPayment,
    Episode,
    Exclusion,
    Member,
    OtherService,
    Place,
    Plan,
    ProviderEnrollment,
    Relationship,
    Staff,
    Stay,
    Supervision,
    Training,
    rank_of,
)
from peerbill.model.records import Records
from peerbill.model.sentence import Sentence
from peerbill.model.waiver import Waiver
from peerbill.model.words import is_like_an_id
from peerbill.policy import Answer, Authority, CredentialRule, Programme, Rules, Service

AcceptedCredential = tuple[Credential, str, "Answer[CredentialRule]"]
"""A staff member's credential, the name under which the programme accepts it, and its rule."""


@attrs.frozen
class Requirement:
    """A note element that must be there: the encounter's field that shows it, and who says so."""

    element: str
    field: str
    said: Authority


@attrs.frozen
class Gap:
    """A value needed to price and code a service that nobody gives, or that nobody has read (PB605).

    `table` and `field` name the policy row that would give it, such as `sud.unit` and `rounding`, both "" for a charge;
    `note` is what a text that was read leaves open, `known` the value that nobody has confirmed.
    """

    value: str
    severity: Severity
    message: Sentence
    fix: str
    citations: tuple[Citation, ...] = ()
    table: str = ""
    field: str = ""
    note: str = ""
    known: object = None


@attrs.frozen
class UnitRule:
    """How minutes become units; None is not known."""

    minutes: int | None
    per: str
    rounding: str | None
    aggregate: str | None
    minimum_minutes: int
    continuous: bool
    travel_counts: bool
    breaks_count: bool

    @property
    def length(self) -> int | None:
        """Minutes of one unit, or None where a unit is not a stretch of minutes."""
        return self.minutes if self.per == "minutes" else None


@attrs.frozen
class CodedForm:
    """The form of claim, and what the 837I says beside the 837P: `attending` is peer or supervisor."""

    name: str = "837P"
    type_of_bill: str = ""
    revenue_code: str = ""
    attending: str = ""
    admission_type: str = ""
    point_of_origin: str = ""
    patient_status: str = ""


@attrs.frozen(eq=False)
class Coding:
    """What a programme's answer comes to for one service and payer: the same for all encounters of a situation."""

    service: Answer[Service] | None
    mode: str
    hcpcs: str
    modifiers: tuple[str, ...]
    unit: UnitRule
    unit_charge: Decimal | None
    rendering: str
    supervising: bool
    gaps: tuple[Gap, ...]
    rounding_gap: Gap | None
    aggregate_gap: Gap | None
    required: tuple[Requirement, ...]
    form: CodedForm = CodedForm()


@attrs.frozen(eq=False)
class Situation:
    """What many encounters share, so that what follows from it is worked out once.

    Beside these values, encounters of a situation have the channel, the support type, the diagnoses and the member's
    age in common, and the peer's tier, credentials and endorsements; their days are of one stretch of the programme and
    of the payer's charges. `index` is for what the workspace holds at all.
    """

    programme: Programme
    payer: Payer
    rules: Rules
    coding: Coding
    service: str
    place: str
    facility: str
    diagnosis_groups: frozenset[str]
    index: "Index"
    site: str = ""


def site_key(encounter: Encounter, staff: Staff | None) -> str:
    """Return the key of the site of a service: the encounter's, else that of its staff member."""
    return encounter.site or (staff.site if staff is not None else "")


@attrs.define(eq=False)
class Context:
    """One encounter and what is on file about it. Blank and None mean that it is not there or not known."""

    encounter: Encounter
    index: "Index"
    day: dt.date | None = None
    member: Member | None = None
    staff: Staff | None = None
    coverage: Coverage | None = None
    covered: bool = False
    payer: Payer | None = None
    programme: Programme | None = None
    programme_problem: Sentence | None = None
    situation: Situation | None = None
    rules: Rules | None = None
    coding: Coding | None = None
    age: int | None = None
    diagnosis_groups: frozenset[str] = frozenset()
    minutes: int | None = None
    units: int | None = None
    rendering_id: str = ""
    supervising_id: str = ""
    attending_id: str = ""
    billed: bool = False
    held: bool = False
    _line: "tuple[Coding, LineKey] | None" = attrs.field(default=None, init=False, repr=False)
    """The service line, with the coding that makes it: a second service of a day is marked later."""

    @property
    def site(self) -> str:
        """The key of the site of the service: the encounter's, else that of its staff member."""
        situation = self.situation
        return situation.site if situation is not None else site_key(self.encounter, self.staff)

    @property
    def bills_as(self) -> str:
        """The key of the site that bills for the service; "" is the organisation."""
        return self.index.records.settings.billing_site(self.site, self.payer) if self.payer is not None else ""

    @property
    def hcpcs(self) -> str:
        """The procedure code, or "" where it is not known."""
        return self.coding.hcpcs if self.coding is not None else ""

    @property
    def modifiers(self) -> tuple[str, ...]:
        """The modifiers in the order of the line."""
        return self.coding.modifiers if self.coding is not None else ()

    @property
    def group_id(self) -> str:
        """The group session that the encounter is a row of; a one-to-one contact is of none, whatever the row says."""
        coding = self.coding
        return "" if coding is not None and coding.mode == "individual" else self.encounter.group_id

    def is_employed(self, staff_id: str) -> bool:
        """Whether somebody is on the roster and employed on the day of service."""
        person = self.index.staff.get(staff_id)
        return person is not None and (self.day is None or person.is_employed(self.day))

    @property
    def has_release(self) -> bool:
        """Whether the member's release was on file on the day of service."""
        signed = self.member.release_on if self.member is not None else None
        return signed is not None and self.day is not None and signed <= self.day

    @property
    def may_be_purged(self) -> bool:
        """Whether it may have been billed on a claim that was purged: it is that old, and the ledger has it not."""
        index, id_ = self.index, self.encounter.encounter_id
        if index.purged_before is None or self.day is None or self.day >= index.purged_before:
            return False
        # What is corrected, or goes to the next payer, is on a claim.
        known = (index.history.billed, index.history.rejected, index.corrected, index.answered)
        return not any(id_ in some for some in known)

    @property
    def line_key(self) -> LineKey | None:
        """What makes two encounters one service line, or None where it is not known."""
        coding = self.coding
        if coding is None or not coding.hcpcs or self.day is None or self.payer is None:
            return None
        if self._line is None or self._line[0] is not coding:
            encounter = self.encounter
            key = line_key(
                self.payer.key,
                encounter.member_id,
                self.day,
                self.rendering_id,
                encounter.place,
                coding.hcpcs,
                coding.modifiers,
                self.site,
            )
            self._line = (coding, key)
        return self._line[1]

    @property
    def is_void(self) -> bool:
        """Whether the encounter is as it was on a claim that was voided since: it counts for nothing."""
        sent = self.index.history.billed.get(self.encounter.encounter_id) if self.billed else None
        return sent is not None and sent.standing == Standing.VOID


@attrs.frozen
class Allocated:
    """What an encounter gets of its payer's authorizations (`peerbill.coding.authorizations`).

    `authorization` is the one that the claim names, None where none fits or the units of all that fit are used up;
    `used_up` is then the last one that was looked at.
    """

    authorization: Authorization | None = None
    used_up: Authorization | None = None


@attrs.frozen(eq=False)
class Group:
    """All encounters of one member, or of one peer (rendered and co-facilitated), in order of start, then id.

    `allocated` is, for a member, what each encounter gets of the payer's authorizations, once units are known.
    """

    key: str
    contexts: tuple[Context, ...]
    index: "Index"
    allocated: Mapping[str, Allocated] = attrs.field(factory=dict)

    @cached_property
    def rules(self) -> frozenset[Rules]:
        """The rules of its encounters: most checks of a group are asked for by none of these few."""
        return frozenset({context.rules for context in self.contexts if context.rules is not None})


def _by(rows: Iterable[object], field: str) -> Mapping[str, list[object]]:
    found: dict[str, list[object]] = defaultdict(list)
    for row in rows:
        found[getattr(row, field)].append(row)
    for own in found.values():
        if len(own) > 1:
            own.sort(key=_in_order)
    return found


def _in_order(row: Any) -> tuple[str, ...]:
    """Return the key that sorts rows the same way whatever their order in the file."""
    return tuple(str(getattr(row, field.name)) for field in attrs.fields(type(row)))


@attrs.define(eq=False)
class Index:
    """The rows of a workspace by member and by staff member, and what the ledger holds.

    `records_channels` tells whether a blank channel is one that was not recorded; else such a contact is in person.
    `history` is what was billed. `corrected` are the encounters that a replacement claim may bill; `answered` are those
    on their way to the next payer, with the day on which the payers before had answered. `waivers` are those of the
    audit trail, in its order. `settled` are encounters of the workspace that are not among those of `records`: billed,
    unchanged, and too far from all others to matter to them; what `history` holds is not what was billed of them.
    `purged_before` is the day before which claims were purged from the ledger, None where none ever were.
    `strange` is what is said instead of texts among the facilitators that are words and no id of a row of staff.
    """

    records: Records
    as_of: dt.date
    staff: Mapping[str, Staff]
    members: Mapping[str, Member]
    credentials: Mapping[str, list[Credential]]
    supervised: Mapping[str, list[Staff]]
    training: Mapping[str, list[Training]]
    supervision: Mapping[str, list[Supervision]]
    enrollments: Mapping[str, list[ProviderEnrollment]]
    relationships: Mapping[tuple[str, str], list[Relationship]]
    exclusions: Mapping[str, list[Exclusion]]
    coverage: Mapping[str, list[Coverage]]
    plans: Mapping[str, list[Plan]]
    authorizations: Mapping[str, list[Authorization]]
    assessments: Mapping[str, list[Assessment]]
    episodes: Mapping[str, list[Episode]]
    stays: Mapping[str, list[Stay]]
    other_services: Mapping[str, list[OtherService]]
    prior_payments: Mapping[str, list[EarlierPayment]]
    serving: frozenset[str] = frozenset()
    group_rows: Mapping[tuple[str, dt.datetime | None, str], int] = attrs.field(factory=dict)
    encounter_ids: frozenset[str] = frozenset()
    own_starts: Mapping[str, set[dt.datetime]] = attrs.field(factory=dict)
    records_channels: bool = False
    zone: ZoneInfo = attrs.field(factory=partial(ZoneInfo, "UTC"))
    history: History = attrs.field(factory=History)
    places: Mapping[str, Place] = attrs.field(factory=dict)
    places_of_code: Mapping[str, list[Place]] = attrs.field(factory=dict)
    eligibility: Mapping[tuple[str, str], list[Enrolment]] = attrs.field(factory=dict)
    spend_down: frozenset[tuple[str, dt.date | None]] = frozenset()
    corrected: frozenset[str] = frozenset()
    answered: Mapping[str, dt.date] = attrs.field(factory=dict)
    waivers: tuple[Waiver, ...] = ()
    settled: tuple[Encounter, ...] = ()
    purged_before: dt.date | None = None
    strange: Mapping[str, str] = attrs.field(factory=dict)
    starts: dict[str, list[dt.datetime]] = attrs.field(factory=dict)
    accepted: dict[tuple[str, Rules], "list[AcceptedCredential]"] = attrs.field(factory=dict)
    accepted_on: dict[tuple[str, Rules, dt.date], "list[AcceptedCredential]"] = attrs.field(factory=dict)

    def payer_says(self, member_id: str, payer: str, day: dt.date) -> Enrolment | None:
        """Return the last answer of a payer on a member's enrolment that speaks of a day."""
        asked = self.eligibility.get((member_id, payer))
        return latest(asked, day, answered=True) if asked else None

    def facilitators(self, encounter: Encounter) -> tuple[str, ...]:
        """Return the ids of who led a session with the peer; in place of a name, the line on which it stands."""
        ids = encounter.facilitators
        return tuple([self.strange.get(id_, id_) for id_ in ids]) if ids else ()

    def member_starts(self, member_id: str) -> list[dt.datetime]:
        """Return when a member's services began, those in the workspace and those that were billed, in order."""
        found = self.starts.get(member_id)
        if found is None:
            found = sorted(self.own_starts.get(member_id, set()) | self.history.starts(member_id))
            self.starts[member_id] = found
        return found

    def with_encounters(
        self,
        records: Records,
        history: Iterable[BilledEncounter] = (),
        corrected: frozenset[str] = frozenset(),
        answered: Mapping[str, dt.date] | None = None,
        settled: tuple[Encounter, ...] = (),
    ) -> "Index":
        """Return the index of the same workspace with the encounters of `records` beside those of `history`.

        All other tables of `records` are those of this index.
        """
        group_rows: dict[tuple[str, dt.datetime | None, str], int] = defaultdict(int)
        starts: dict[str, set[dt.datetime]] = defaultdict(set)
        for encounter in records.encounters:
            if encounter.group_id:
                group_rows[encounter.group_id, encounter.start, encounter.staff_id] += 1
            if encounter.start is not None:
                starts[encounter.member_id].add(encounter.start)
        return attrs.evolve(
            self,
            records=records,
            group_rows=group_rows,
            encounter_ids=frozenset(encounter.encounter_id for encounter in records.encounters),
            serving=frozenset(encounter.staff_id for encounter in (*records.encounters, *settled)),
            own_starts=starts,
            starts={},
            records_channels=records.records_channels
            if records.records_channels is not None
            else any(encounter.channel for encounter in (*records.encounters, *settled)),
            history=History(history),
            corrected=corrected,
            answered=answered or {},
            settled=settled,
            strange=_strange(records.encounters, self.staff),
        )


def _strange(encounters: Iterable[Encounter], staff: Mapping[str, Staff]) -> Mapping[str, str]:
    return strange_names(
        ((id_, encounter, at) for encounter in encounters for at, id_ in enumerate(encounter.facilitators, 1)), staff
    )


def strange_names(named: Iterable[tuple[str, Encounter, int]], staff: Container[str]) -> Mapping[str, str]:
    """Return the line on which each text first stands among the facilitators that may be a person's name.

    `named` are the facilitators in order, each with its encounter and its number there.
    """
    found: dict[str, str] = {}
    for id_, encounter, at in named:
        if id_ not in staff and id_ not in found and not is_like_an_id(id_):
            which = "the facilitators" if at == 1 else f"number {at} of the facilitators"
            where = f"on line {encounter.line}" if encounter.line else f"of {encounter.encounter_id}"
            found[id_] = f"{which} {where}"
    return found


def build_index(
    records: Records,
    as_of: dt.date,
    history: Iterable[BilledEncounter] = (),
    eligibility: Iterable[Enrolment] = (),
    corrected: frozenset[str] = frozenset(),
    answered: Mapping[str, dt.date] | None = None,
    waivers: Iterable[Waiver] = (),
    settled: tuple[Encounter, ...] = (),
    purged_before: dt.date | None = None,
) -> Index:
    """Sort the rows of a workspace by whom they concern. `eligibility` is in the order in which it was asked.

    `settled` are encounters of the workspace that `records` does not have: see there.
    """
    asked: dict[tuple[str, str], list[Enrolment]] = defaultdict(list)
    for question in eligibility:
        asked[question.member_id, question.payer].append(question)
    exclusions: dict[str, list[Exclusion]] = defaultdict(list)
    for entry in records.exclusions:
        for key in {compact(entry.npi), entry.staff_id} - {""}:
            exclusions[key].append(entry)
    relationships: dict[tuple[str, str], list[Relationship]] = defaultdict(list)
    for tie in dict.fromkeys(records.relationships):  # a row that stands there often says nothing more
        relationships[tie.staff_id, tie.member_id].append(tie)
    of_code: dict[str, list[Place]] = defaultdict(list)
    for place in records.places:
        for code in place.place:
            of_code[code].append(place)
    coverage: dict[str, list[Coverage]] = defaultdict(list)
    for enrolment in sorted(
        records.coverage,
        key=lambda row: (rank_of(row), row.from_ or dt.date.min, _in_order(row)),
    ):
        coverage[enrolment.member_id].append(enrolment)
    by: dict[str, Mapping[str, list[object]]] = {
        name: _by(getattr(records, name), field)
        for name, field in (
            ("credentials", "staff_id"),
            ("training", "staff_id"),
            ("supervision", "staff_id"),
            ("enrollments", "payer"),
            ("plans", "member_id"),
            ("authorizations", "member_id"),
            ("assessments", "member_id"),
            ("episodes", "member_id"),
            ("stays", "member_id"),
            ("other_services", "member_id"),
            ("prior_payments", "encounter_id"),
        )
    }
    index = Index(
        records=records,
        as_of=as_of,
        staff={row.staff_id: row for row in records.staff},
        supervised=_by(records.staff, "supervisor_id"),  # type: ignore[arg-type]  # rows of staff
        members={row.member_id: row for row in records.members},
        relationships=relationships,
        exclusions=exclusions,
        coverage=coverage,
        zone=ZoneInfo(records.settings.organization.timezone),
        places={row.place_id: row for row in records.places},
        places_of_code=of_code,
        eligibility=asked,
        spend_down=frozenset((row.member_id, row.date) for row in records.spend_down),
        waivers=tuple(waivers),
        purged_before=purged_before,
        **by,  # type: ignore[arg-type]  # the eleven tables have their own row classes
    )
    return index.with_encounters(records, history, corrected, answered, settled)


def in_force(row: Coverage | Stay | Episode | Authorization | Exclusion | ProviderEnrollment, day: dt.date) -> bool:
    """Tell whether a row with `from` and `to` holds on a day; both days are included."""
    return (row.from_ is None or row.from_ <= day) and (row.to is None or day <= row.to)


def fields_of(said: Mapping[str, Authority], *fields: str) -> Iterator[Authority]:
    """Yield who said each of the fields that somebody said."""
    for field in fields:
        if field in said:
            yield said[field]
