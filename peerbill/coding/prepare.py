"""Encounters to contexts: who, which payer and programme, which code, how many minutes and units.

Nothing here judges; what cannot be found stays blank and the checks say so.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

import attrs

from peerbill.coding.context import Coding, Context, Index, Situation, in_force
from peerbill.coding.credentials import credential_in_force
from peerbill.coding.make_coding import make_coding
from peerbill.coding.minutes import minutes_between, own_units
from peerbill.model.claim import DatedCharge, Payer
from peerbill.model.encounter import Encounter, fingerprint
from peerbill.model.errors import NotInForceError
from peerbill.model.people import Coverage, Member, Staff, age_of, rank_of
from peerbill.model.sentence import Sentence, say
from peerbill.model.words import fold
from peerbill.policy import Facts, Policies, Population, Programme, Rules

MOST_KEPT = 16_384
"""Situations, and other things that many encounters share, that are kept at most."""


@lru_cache(maxsize=4096)
def clean_diagnoses(diagnoses: tuple[str, ...]) -> tuple[str, ...]:
    """Return ICD-10-CM codes as a claim carries them: upper case, no dot, each once, in order."""
    return tuple(dict.fromkeys(code.replace(".", "").strip().upper() for code in diagnoses))


def a_diagnosis_qualifies(programme: Programme, population: Population, diagnoses: tuple[str, ...]) -> bool:
    """Tell whether a diagnosis is of a group that the programme serves and of none that it leaves out."""
    if not population.diagnosis:
        return True
    barred = tuple(code.replace(".", "") for code in population.except_codes)
    return any(
        not (barred and code.startswith(barred))
        and not programme.diagnosis_groups(code).isdisjoint(population.diagnosis)
        for code in clean_diagnoses(diagnoses)
    )


def _in_question(rows: Iterable[Coverage], named: str, payers: Mapping[str, Payer]) -> tuple[Coverage, ...]:
    """Return which rows of a member's coverage may pay: of payers with a policy, or of the one that is named."""
    return tuple(
        row for row in rows if row.payer in payers and (row.payer == named if named else bool(payers[row.payer].policy))
    )


def _choose_coverage(rows: Sequence[Coverage], day: dt.date | None, index: Index) -> tuple[Coverage | None, bool]:
    """Return the coverage of a day, or what is nearest to it, and whether it is in force on that day."""
    if day is not None:
        for row in rows:
            if in_force(row, day) and (row.from_ is not None or _payer_says_active(row, day, index)):
                return row, True
    if not rows:
        return None, False
    return max(rows, key=lambda row: (row.to or dt.date.max, -rank_of(row))), False


def _payer_says_active(row: Coverage, day: dt.date, index: Index) -> bool:
    """Tell whether a payer's answer stands for the first day of a row that has none."""
    answer = index.payer_says(row.member_id, row.payer, day)
    return answer is not None and answer.state == "active" and answer.includes(day)


def programme_matches(wanted: str, programme_id: str) -> bool:
    """Tell whether an encounter's `programme` names a programme, as STATE/PROGRAMME or PROGRAMME, in any case."""
    return fold(wanted) in {fold(programme_id), fold(programme_id.partition("/")[2])}


_K = TypeVar("_K")
_V = TypeVar("_V")


class Kept(dict[_K, _V]):
    """What was worked out before, by what it depends on; once it is full, it begins anew.

    What is typed in a long-running service may be anything, so nothing is kept without an end.
    """

    def keep(self, key: _K, value: _V) -> _V:
        """Keep a value, and return it."""
        if len(self) >= MOST_KEPT:
            self.clear()
        self[key] = value
        return value


@attrs.frozen(eq=False)
class _Period:
    """Days of a payer on which nothing changes: its programmes in force, why there is none, and its dated charges."""

    payer: Payer
    programmes: tuple[Programme, ...]
    problem: Sentence | None
    dated: tuple[DatedCharge, ...]


@attrs.frozen(eq=False)
class _Shift:
    """What a peer's day adds to a situation: the same object for all peers and days that are alike in it."""

    period: _Period
    tier: str
    site: str
    credentials: frozenset[str]
    endorsements: frozenset[str]


class Preparer:
    """Makes contexts; what follows from the situation, or from the member, is worked out once for all that share it."""

    def __init__(self, index: Index, policies: Policies) -> None:
        self.index = index
        self.settings = index.records.settings
        self.policies = policies
        self._coverage = Kept[tuple[str, str], tuple[Coverage, ...]]()
        self._periods = Kept[tuple[str, str, dt.date], _Period]()
        self._same_periods = Kept[object, _Period]()
        self._shifts = Kept[tuple[str, str, str, dt.date], _Shift]()
        self._same_shifts = Kept[object, _Shift]()
        self._situations = Kept[object, Situation]()
        self._codings = Kept[object, Coding]()
        self._credentials = Kept[tuple[str, dt.date], tuple[frozenset[str], frozenset[str]]]()

    def context(self, encounter: Encounter) -> Context:
        """Return one encounter with everything on file about it."""
        index, payers = self.index, self.settings.payers
        start = encounter.start
        day = start.date() if start is not None else None
        member = index.members.get(encounter.member_id)
        staff = index.staff.get(encounter.staff_id)
        coverage, covered = self._choose_coverage(encounter.member_id, encounter.payer, day)
        payer = None
        if coverage is not None:
            payer = payers[coverage.payer]
        elif encounter.payer in payers:
            payer = payers[encounter.payer]
        elif not encounter.payer and len(payers) == 1:
            payer = next(iter(payers.values()))
        sent = index.history.billed.get(encounter.encounter_id)  # on a claim, or on a voided one
        # By position, in the order of the fields: names take twice as long.
        context = Context(encounter, index, day, member, staff, coverage, covered, payer)
        context.billed = sent is not None and sent.fingerprint == fingerprint(encounter)
        context.age = age = age_on(member, day)
        if payer is None or day is None:
            return context
        key = (encounter.staff_id, payer.key, encounter.programme, day)
        shift = self._shifts.get(key) or self._shifts.keep(key, self._shift(payer, encounter.programme, staff, day))
        context.programme_problem = shift.period.problem
        if not shift.period.programmes:
            return context
        situation = self._situation(shift, encounter, age, day)
        coding = situation.coding
        context.situation, context.programme, context.rules = situation, situation.programme, situation.rules
        context.coding, context.diagnosis_groups = coding, situation.diagnosis_groups
        context.minutes = minutes = minutes_between(encounter, coding.unit)
        context.units = own_units(minutes, coding.unit)
        rendering, attending = coding.rendering, coding.form.attending
        if rendering == "peer":
            context.rendering_id = encounter.staff_id
            if coding.supervising and staff is not None:
                context.supervising_id = staff.supervisor_id
        elif rendering == "supervisor" and staff is not None:
            context.rendering_id = staff.supervisor_id
        if attending == "peer":
            context.attending_id = encounter.staff_id
        elif attending == "supervisor" and staff is not None:
            context.attending_id = staff.supervisor_id
        return context

    def period(self, payer: Payer, wanted: str, day: dt.date) -> object:
        """Return what decides about programmes and charges of a payer on a day: one object while nothing changes."""
        return self._period(payer, wanted, day)

    def covering(self, member_id: str, payer: str, day: dt.date) -> Coverage | None:
        """Return the coverage of a member that is in force on a day, of the payer who is named if that is not ""."""
        coverage, covered = self._choose_coverage(member_id, payer, day)
        return coverage if covered else None

    def held(self, staff: Staff, day: dt.date) -> tuple[frozenset[str], frozenset[str]]:
        """Return the credentials that a member of staff has on a day, and their endorsements."""
        return self._held(staff, day)

    def _choose_coverage(self, member_id: str, payer: str, day: dt.date | None) -> tuple[Coverage | None, bool]:
        key = (member_id, payer)
        rows = self._coverage.get(key)
        if rows is None:
            every = self.index.coverage.get(member_id, ())
            rows = self._coverage.keep(key, _in_question(every, payer, self.settings.payers))
        if rows and day is not None:
            row = rows[0]
            first, last = row.from_, row.to
            if first is not None and first <= day and (last is None or day <= last):  # as it nearly always is
                return row, True
        return _choose_coverage(rows, day, self.index)

    def _period(self, payer: Payer, wanted: str, day: dt.date) -> _Period:
        key = (payer.key, wanted, day)
        return self._periods.get(key) or self._periods.keep(key, self._find_period(payer, wanted, day))

    def _find_period(self, payer: Payer, wanted: str, day: dt.date) -> _Period:
        """Return the payer's programmes of a day; the same object for days on which nothing changes."""
        ids = [id_ for id_ in payer.policy if not wanted or programme_matches(wanted, id_)]
        problem: Sentence | None = say("payer-without-policy", "the payer has no policy")
        if wanted:
            problem = say(
                "programme-not-of-payer",
                "programme {programme} is not among the payer's policies ({programmes})",
                programme=wanted,
                programmes=payer.policy,
            )
        stretches: dict[Programme, int] = {}
        for id_ in ids:
            programme = self.policies.programme(id_)
            try:
                stretches[programme] = programme.stretch(day)
            except NotInForceError:
                problem = _not_in_force(programme, day)
        problem = None if stretches else problem
        dated = tuple(row for row in payer.dated_charges if row.holds(day))
        same = (payer.key, tuple(stretches.items()), problem, dated)
        found = self._same_periods.get(same)
        return found or self._same_periods.keep(same, _Period(payer, tuple(stretches), problem, dated))

    def _shift(self, payer: Payer, wanted: str, staff: Staff | None, day: dt.date) -> _Shift:
        period = self._period(payer, wanted, day)
        tier, site = (staff.tier, staff.site) if staff is not None else ("", "")
        same = (period, tier, site, *self._held(staff, day))
        return self._same_shifts.get(same) or self._same_shifts.keep(same, _Shift(*same))

    def _situation(self, shift: _Shift, encounter: Encounter, age: int | None, day: dt.date) -> Situation:
        key = (
            shift,
            encounter.service,
            encounter.channel,
            encounter.place,
            encounter.facility,
            encounter.site,
            encounter.support_type,
            encounter.diagnoses,
            age,
        )
        found = self._situations.get(key)
        if found is None:
            found = self._situations.keep(key, self._find_situation(shift, encounter, age, day))
        return found

    def _find_situation(self, shift: _Shift, encounter: Encounter, age: int | None, day: dt.date) -> Situation:
        period, site = shift.period, encounter.site or shift.site
        organization = self.settings.provider(site)
        facts = Facts(
            service=encounter.service,
            channel=encounter.channel or "in-person",
            place=encounter.place,
            tier=shift.tier,
            credential=shift.credentials,
            endorsement=shift.endorsements,
            age=age,
            support=encounter.support_type,
            payer=period.payer.payer,
            region=organization.region,
            provider=organization.kind,
        )
        programme = _choose_programme(period.programmes, facts, encounter.diagnoses, day)
        groups = _groups(programme, encounter.diagnoses)
        facts = attrs.evolve(facts, diagnosis=groups)
        rules = programme.rules(day, facts)
        service = rules.service.get(encounter.service)
        if service is not None and service.value.hcpcs and "hcpcs" in programme.conditions:
            rules = programme.rules(day, attrs.evolve(facts, hcpcs=service.value.hcpcs))
        return Situation(
            programme=programme,
            payer=period.payer,
            rules=rules,
            coding=self._coding(rules, encounter.service, period, programme, day),
            service=encounter.service,
            place=encounter.place,
            facility=encounter.facility,
            diagnosis_groups=groups,
            index=self.index,
            site=site,
        )

    def _held(self, staff: Staff | None, day: dt.date) -> tuple[frozenset[str], frozenset[str]]:
        """Return the credentials that somebody has on a day, and their endorsements."""
        if staff is None:
            return frozenset(), frozenset()
        key = (staff.staff_id, day)
        found = self._credentials.get(key)
        if found is None:
            rows = [row for row in self.index.credentials.get(staff.staff_id, ()) if credential_in_force(row, day)]
            words = frozenset(word for row in rows for word in row.endorsements)
            found = self._credentials.keep(key, (frozenset(row.credential for row in rows), words))
        return found

    def _coding(self, rules: Rules, service: str, period: _Period, programme: Programme, day: dt.date) -> Coding:
        payer = period.payer
        key = (rules, service, payer.key, period.dated)
        found = self._codings.get(key)
        if found is None:
            table = programme.id.partition("/")[2]
            found = self._codings.keep(key, make_coding(rules, service, payer, table, payer.charges_on(day)))
        return found


def age_on(member: Member | None, day: dt.date | None) -> int | None:
    """Return a member's age in years on a day, None where the birth date is not known or later."""
    if member is None or member.birth_date is None or day is None or day < member.birth_date:
        return None
    return age_of(member.birth_date, day)


def _groups(programme: Programme, diagnoses: tuple[str, ...]) -> frozenset[str]:
    return frozenset[str]().union(*map(programme.diagnosis_groups, diagnoses))


def _choose_programme(
    programmes: Sequence[Programme], facts: Facts, diagnoses: tuple[str, ...], day: dt.date
) -> Programme:
    """Return the first programme that pays for the service and the diagnoses; the first where none does."""
    if len(programmes) > 1:
        for programme in programmes:
            rules = programme.rules(day, attrs.evolve(facts, diagnosis=_groups(programme, diagnoses)))
            service = rules.service.get(facts.service)
            if (
                service is not None
                and service.value.paid is not False
                and a_diagnosis_qualifies(programme, rules.population.value, diagnoses)
            ):
                return programme
    return programmes[0]


def _not_in_force(programme: Programme, day: dt.date) -> Sentence:
    """Return what `NotInForceError` says of a programme."""
    if programme.from_ is not None and programme.to is not None:
        return say(
            "programme-of-other-days",
            "{programme} is not in force on {day}; known from {first} to {last}",
            programme=programme.id,
            day=day,
            first=programme.from_,
            last=programme.to,
        )
    if programme.from_ is not None:
        return say(
            "programme-begins-later",
            "{programme} is not in force on {day}; known from {first}",
            programme=programme.id,
            day=day,
            first=programme.from_,
        )
    return say(
        "programme-ended",
        "{programme} is not in force on {day}; known to {last}",
        programme=programme.id,
        day=day,
        last=programme.to or dt.date.max,
    )
