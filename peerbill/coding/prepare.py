"""Encounters to contexts: who, which payer and programme, which code, how many minutes and units.

Nothing here judges; what cannot be found stays blank and the checks say so.
"""

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache

import attrs

from peerbill.coding.context import Coding, Context, Index, in_force
from peerbill.coding.credentials import credential_in_force
from peerbill.coding.make_coding import make_coding
from peerbill.coding.minutes import minutes_between, own_units
from peerbill.model.claim import DatedCharge, Payer
from peerbill.model.encounter import Encounter, fingerprint
from peerbill.model.errors import NotInForceError
from peerbill.model.people import Coverage, Staff, rank_of
from peerbill.model.words import fold
from peerbill.policy import Facts, Policies, Population, Programme, Rules


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


def _is_billed_and_unchanged(encounter: Encounter, index: Index) -> bool:
    """Tell whether the ledger holds the encounter as it is in the file, on a claim or on a voided one."""
    sent = index.history.billed.get(encounter.encounter_id)
    return sent is not None and sent.fingerprint == fingerprint(encounter)


def _choose_coverage(
    encounter: Encounter, day: dt.date | None, index: Index, payers: Mapping[str, Payer]
) -> tuple[Coverage | None, bool]:
    rows = [
        row
        for row in index.coverage.get(encounter.member_id, ())
        if row.payer in payers and (payers[row.payer].policy or row.payer == encounter.payer)
    ]
    if encounter.payer:
        rows = [row for row in rows if row.payer == encounter.payer]
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


class Preparer:
    """Makes contexts; keeps what is the same for many encounters of a run."""

    def __init__(self, index: Index, policies: Policies) -> None:
        self.index = index
        self.settings = index.records.settings
        self.policies = policies
        self._codings: dict[tuple[Rules, str, str, tuple[DatedCharge, ...]], Coding] = {}
        self._credentials: dict[tuple[str, dt.date], tuple[frozenset[str], frozenset[str]]] = {}
        self._diagnoses: dict[tuple[str, tuple[str, ...]], frozenset[str]] = {}
        self._ages: dict[tuple[str, dt.date], int | None] = {}

    def context(self, encounter: Encounter) -> Context:
        """Return one encounter with everything on file about it."""
        index = self.index
        day = encounter.start.date() if encounter.start is not None else None
        context = Context(encounter=encounter, index=index, day=day, billed=_is_billed_and_unchanged(encounter, index))
        context.member = member = index.members.get(encounter.member_id)
        context.staff = staff = index.staff.get(encounter.staff_id)
        payers = self.settings.payers
        context.coverage, context.covered = _choose_coverage(encounter, day, index, payers)
        if context.coverage is not None:
            context.payer = payers[context.coverage.payer]
        elif encounter.payer in payers:
            context.payer = payers[encounter.payer]
        elif not encounter.payer and len(payers) == 1:
            context.payer = next(iter(payers.values()))
        if member is not None and member.birth_date is not None and day is not None:
            context.age = self._age(member.member_id, member.birth_date, day)
        if context.payer is None or day is None:
            return context
        self._choose_programme(context, context.payer, day)
        programme = context.programme
        if programme is None:
            return context
        context.diagnosis_groups = self._groups(programme, encounter.diagnoses)
        facts = self._facts(context, context.payer, staff, day)
        rules = programme.rules(day, facts)
        service = rules.service.get(encounter.service)
        if service is not None and service.value.hcpcs and "hcpcs" in programme.conditions:
            rules = programme.rules(day, attrs.evolve(facts, hcpcs=service.value.hcpcs))
        context.rules = rules
        context.coding = coding = self._coding(rules, encounter.service, context.payer, programme, day)
        context.minutes = minutes_between(encounter, coding.unit)
        context.units = own_units(context.minutes, coding.unit)
        if coding.rendering == "peer":
            context.rendering_id = encounter.staff_id
        elif coding.rendering == "supervisor" and staff is not None:
            context.rendering_id = staff.supervisor_id
        if coding.supervising and coding.rendering == "peer" and staff is not None:
            context.supervising_id = staff.supervisor_id
        if coding.form.attending == "peer":
            context.attending_id = encounter.staff_id
        elif coding.form.attending == "supervisor" and staff is not None:
            context.attending_id = staff.supervisor_id
        return context

    def _age(self, member_id: str, birth: dt.date, day: dt.date) -> int | None:
        key = (member_id, day)
        if key not in self._ages:
            before_birthday = (day.month, day.day) < (birth.month, birth.day)
            self._ages[key] = day.year - birth.year - before_birthday if day >= birth else None
        return self._ages[key]

    def _groups(self, programme: Programme, diagnoses: tuple[str, ...]) -> frozenset[str]:
        key = (programme.id, diagnoses)
        found = self._diagnoses.get(key)
        if found is None:
            groups: set[str] = set()
            for code in diagnoses:
                groups |= programme.diagnosis_groups(code)
            found = self._diagnoses[key] = frozenset(groups)
        return found

    def _choose_programme(self, context: Context, payer: Payer, day: dt.date) -> None:
        encounter = context.encounter
        wanted = encounter.programme
        ids = [id_ for id_ in payer.policy if not wanted or programme_matches(wanted, id_)]
        if not ids:
            context.programme_problem = (
                f"programme {wanted} is not among the payer's policies ({', '.join(payer.policy)})"
                if wanted
                else "the payer has no policy"
            )
            return
        in_force_today: list[Programme] = []
        for id_ in ids:
            programme = self.policies.programme(id_)
            try:
                programme.rules(day, Facts())
            except NotInForceError as error:
                context.programme_problem = str(error)
                continue
            in_force_today.append(programme)
        if not in_force_today:
            return
        context.programme_problem = ""
        context.programme = in_force_today[0]
        if len(in_force_today) > 1:
            for programme in in_force_today:
                if self._fits(programme, context, payer, day):
                    context.programme = programme
                    return

    def _fits(self, programme: Programme, context: Context, payer: Payer, day: dt.date) -> bool:
        encounter = context.encounter
        context.diagnosis_groups = self._groups(programme, encounter.diagnoses)
        rules = programme.rules(day, self._facts(context, payer, context.staff, day))
        service = rules.service.get(encounter.service)
        return (
            service is not None
            and service.value.paid is not False
            and a_diagnosis_qualifies(programme, rules.population.value, encounter.diagnoses)
        )

    def _facts(self, context: Context, payer: Payer, staff: Staff | None, day: dt.date) -> Facts:
        encounter = context.encounter
        names, endorsements = self._held(staff, day)
        return Facts(
            service=encounter.service,
            channel=encounter.channel or "in-person",
            place=encounter.place,
            tier=staff.tier if staff is not None else "",
            credential=names,
            endorsement=endorsements,
            diagnosis=context.diagnosis_groups,
            age=context.age,
            support=encounter.support_type,
            payer=payer.payer,
            region=self.settings.organization.region,
            provider=self.settings.organization.kind,
        )

    def _held(self, staff: Staff | None, day: dt.date) -> tuple[frozenset[str], frozenset[str]]:
        if staff is None:
            return frozenset(), frozenset()
        key = (staff.staff_id, day)
        found = self._credentials.get(key)
        if found is None:
            rows = [row for row in self.index.credentials.get(staff.staff_id, ()) if credential_in_force(row, day)]
            found = (
                frozenset(row.credential for row in rows),
                frozenset(word for row in rows for word in row.endorsements),
            )
            self._credentials[key] = found
        return found

    def _coding(self, rules: Rules, service: str, payer: Payer, programme: Programme, day: dt.date) -> Coding:
        dated = tuple(row for row in payer.dated_charges if row.holds(day)) if payer.dated_charges else ()
        key = (rules, service, payer.key, dated)
        found = self._codings.get(key)
        if found is None:
            table = programme.id.partition("/")[2]
            found = self._codings[key] = make_coding(rules, service, payer, table, payer.charges_on(day))
        return found
