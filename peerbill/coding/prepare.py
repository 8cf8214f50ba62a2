"""Encounters to contexts: who, which payer and programme, which code, how many minutes and units.

Nothing here judges; what cannot be found stays blank and the checks say so.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import attrs
from dateutil.relativedelta import relativedelta

from peerbill import codes
from peerbill.coding.context import ClaimForm, Coding, Context, Gap, Index, Requirement, UnitRule, in_force
from peerbill.coding.units import possible_units, to_units
from peerbill.model.claim import DatedCharge, Payer
from peerbill.model.encounter import Encounter, duration, fingerprint
from peerbill.model.errors import NotInForceError
from peerbill.model.finding import Severity
from peerbill.model.people import Coverage, Credential, Staff, rank_of
from peerbill.model.records import Records
from peerbill.model.words import bare, fold
from peerbill.policy import (
    Answer,
    Authority,
    Facts,
    Modifier,
    Policies,
    Population,
    Programme,
    Rules,
    Status,
)
from peerbill.policy.tables import WORDS

FIELD_OF_ELEMENT: Mapping[str, str] = {
    "support-type": "support_type",
    "activity": "activity",
    "location": "location",
    "channel": "channel",
    "plan": "plan_id",
    "goal": "goal",
    "intervention": "intervention",
    "response": "response",
    "progress": "response",
    "next-step": "next_step",
    "entry-time": "created_at",
    "group-participants": "group_id",
    "units": "billed_units",
}
"""Note elements that PB201 looks for, and the encounter's field that shows each. The elements date,
start-and-end, duration, member, author, author-title, service, place, diagnosis, group-size and voluntary
have checks of their own (PB101, PB401, PB301, PB303, PB601, PB602, PB404, PB604, PB209)."""

GROUP_ELEMENTS = frozenset({"group-participants"})
"""Elements that only a group's note has."""

ADD_VALUE = (
    "Look the value up in the payer's manual and write it, with its source, under policies/: [[{table}]] {field} = …"
)


def minutes_between(encounter: Encounter, unit: UnitRule | None) -> int | None:
    """Return the billable minutes: end - start (by instants) - break - travel, seconds dropped last.

    None without both times, or where the end is not after the start. Breaks and travel stay in where the
    programme counts them. The result may be 0 or less where breaks and travel take the whole time (PB105).
    """
    lasted = duration(encounter)
    return None if lasted is None else minutes_if(encounter, lasted, unit)


def minutes_if(encounter: Encounter, lasted: dt.timedelta, unit: UnitRule | None) -> int:
    """Return the billable minutes of an encounter that lasted so long, breaks included."""
    away = 0
    if encounter.break_minutes and not (unit is not None and unit.breaks_count):
        away += encounter.break_minutes
    if encounter.travel_minutes and not (unit is not None and unit.travel_counts):
        away += encounter.travel_minutes
    return (int(lasted.total_seconds()) - 60 * away) // 60


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
        self._codings: dict[tuple[int, str, str, tuple[DatedCharge, ...]], Coding] = {}
        self._kept: list[Rules] = []
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
        key = (id(rules), service, payer.key, dated)
        found = self._codings.get(key)
        if found is None:
            self._kept.append(rules)  # an id may be used again once its object is gone
            table = programme.id.partition("/")[2]
            found = self._codings[key] = make_coding(rules, service, payer, table, payer.charges_on(day))
        return found


def spelled_as_policies(records: Records, policies: Policies) -> Records:
    """Return records whose tiers, credentials and endorsements are spelled as the policies spell them.

    Case, spaces, hyphens and dots do not tell two of them apart, unless policies use both spellings.
    """
    spellings = {name: _spellings(policies, name) for name in ("tier", "credential", "endorsement")}
    tier, credential, endorsement = (spellings[name] for name in ("tier", "credential", "endorsement"))
    staff = tuple(
        attrs.evolve(row, tier=tier[bare(row.tier)]) if tier.get(bare(row.tier), row.tier) != row.tier else row
        for row in records.staff
    )
    credentials = []
    for row in records.credentials:
        name = credential.get(bare(row.credential), row.credential)
        words = tuple(endorsement.get(bare(word), word) for word in row.endorsements)
        same = name == row.credential and words == row.endorsements
        credentials.append(row if same else attrs.evolve(row, credential=name, endorsements=words))
    if staff == records.staff and tuple(credentials) == records.credentials:
        return records
    return attrs.evolve(records, staff=staff, credentials=tuple(credentials))


def _spellings(policies: Policies, name: str) -> Mapping[str, str]:
    """Return the spelling that policies use for each bare tier, credential or endorsement."""
    words: set[str] = set()
    for programme in policies:
        for row in programme.rows():
            if row.table == name:
                words.add(row.name)
                words.update(row.values.get("formerly") or ())
            if row.table == "credential" and name == "endorsement":
                words.update(row.values.get(name) or ())
            words.update(str(value) for one in row.when if one.name == name for value in one.values)
    found: dict[str, str] = {}
    twice: set[str] = set()
    for word in sorted(words):
        if found.setdefault(bare(word), word) != word:
            twice.add(bare(word))
    return {plain: word for plain, word in found.items() if plain not in twice}


def expiry(row: Credential, valid_months: int | None = None) -> dt.date | None:
    """Return a credential's last day: the recorded one, else the end of the months for which it is issued."""
    if row.expires_on is not None or row.issued_on is None or valid_months is None:
        return row.expires_on
    return row.issued_on + relativedelta(months=valid_months, days=-1)


def credential_in_force(row: Credential, day: dt.date, grace_days: int = 0, valid_months: int | None = None) -> bool:
    """Tell whether a credential held on a day: issued, not expired (grace days added), not suspended or revoked."""
    if row.status not in {"", "active"} or row.issued_on is None or day < row.issued_on:
        return False
    last = expiry(row, valid_months)
    return last is None or day <= last + dt.timedelta(days=grace_days)


def own_units(minutes: int | None, unit: UnitRule) -> int | None:
    """Return the units of one encounter by itself, or None where they are not known."""
    if minutes is None or minutes < 0:
        return None
    if minutes < unit.minimum_minutes or minutes == 0:
        return 0
    if unit.per in {"service", "day"}:
        return 1
    if unit.minutes is None:
        return None
    if unit.rounding is not None:
        return to_units(minutes, unit_minutes=unit.minutes, rounding=unit.rounding)
    found = possible_units(minutes, unit_minutes=unit.minutes)
    return next(iter(found)) if len(found) == 1 else None


def choose_entry(charges: Mapping[str, Decimal], hcpcs: str, modifiers: tuple[str, ...]) -> str | None:
    """Return the entry of usual charges for a line: of the code's, the one that shares most of the line's modifiers.

    An entry with a modifier that the line lacks is for another service and is passed over.
    """
    best: tuple[int, str] | None = None
    for entry in charges:
        code, *others = entry.split(":")
        if code != hcpcs or not set(others) <= set(modifiers):
            continue
        if best is None or len(others) > best[0]:
            best = (len(others), entry)
    return best[1] if best is not None else None


def choose_charge(charges: Mapping[str, Decimal], hcpcs: str, modifiers: tuple[str, ...]) -> Decimal | None:
    """Return the usual charge per unit of a line, or None where no entry fits."""
    entry = choose_entry(charges, hcpcs, modifiers)
    return charges[entry] if entry is not None else None


def _charge_gaps(
    rules: Rules, service: str, payer: Payer, charges: Mapping[str, Decimal], code: tuple[str, ...], charge: Decimal
) -> Iterator[Gap]:
    """Yield what is wrong with the charge for a code and its modifiers: none at all, or an individual contact's."""
    hcpcs, *modifiers = code
    entry = choose_entry(charges, hcpcs, tuple(modifiers))
    if charge == 0 and payer.purpose == "chargeable":
        full = entry or ":".join((hcpcs, *modifiers))
        yield Gap(
            value="charge",
            severity=Severity.ERROR,
            message=f"the charge for {full} is 0, and {payer.key} is billed",
            fix="Give the usual charge per unit in peerbill.toml: "
            f'[payers.{payer.key}] charges = {{ "{full}" = "…" }}; to report encounters only, purpose = "reporting".',
        )
    own = _modifiers_of_a_group(rules, service, hcpcs, tuple(modifiers))
    if entry is not None and own and own.isdisjoint(entry.split(":")[1:]):
        wanted = ":".join((hcpcs, *(code for code in modifiers if code in own)))
        yield Gap(
            value="charge",
            severity=Severity.WARNING,
            message=f"there is no charge for {wanted}: the group is billed at the charge of {entry}",
            fix="Give the usual charge per unit of the group in peerbill.toml, even where it is the same: "
            f'[payers.{payer.key}] charges = {{ "{wanted}" = "…" }}',
        )


def _modifiers_of_a_group(rules: Rules, service: str, hcpcs: str, modifiers: tuple[str, ...]) -> frozenset[str]:
    """Return the modifiers that tell a group from the other services of its code; none for another service."""
    answer = rules.service[service].value
    if (answer.mode or service) != "group":
        return frozenset()
    others = [
        frozenset(other.value.modifiers or ())
        for name, other in rules.service.items()
        if other.value.hcpcs == hcpcs and (other.value.mode or name) != "group"
    ]
    if not others:
        return frozenset()
    return frozenset(answer.modifiers or ()).intersection(modifiers).difference(*others)


def line_modifiers(
    base: tuple[str, ...], extra: Mapping[str, Answer[Modifier]]
) -> tuple[tuple[str, ...], tuple[tuple[str, Authority], ...]]:
    """Return a line's modifiers in order, and who said each that was added to the service's own.

    Required and one-of modifiers and informational ones are added after the service's own unless a position is
    given; forbidden ones are taken out; optional ones are left to the biller.
    """
    modifiers = [code for code in base if not _is(extra, code, "forbidden")]
    chosen = any(_is(extra, code, "one-of") for code in modifiers)
    added: list[tuple[str, Authority]] = []
    placed = sorted(extra.items(), key=lambda item: (item[1].value.position or 9, item[0]))
    for code, answer in placed:
        if answer.value.use not in {"required", "one-of", "informational"} or code in modifiers:
            continue
        if chosen and answer.value.use == "one-of":
            continue
        said = answer.row or next(iter(answer.said.values()), None)
        if said is not None:
            added.append((code, said))
        if answer.value.position is not None:
            modifiers.insert(answer.value.position - 1, code)
        else:
            modifiers.append(code)
    return tuple(modifiers), tuple(added)


def one_of_gap(base: tuple[str, ...], extra: Mapping[str, Answer[Modifier]], programme: str) -> Gap | None:
    """Return what to tell where several modifiers hold of which a line carries one, and the service names none."""
    held = sorted(code for code in extra if _is(extra, code, "one-of"))
    if len(held) < 2 or any(code in base for code in held):
        return None
    citations = [citation for code in held for said in extra[code].said.values() for citation in said.citations]
    return Gap(
        value="modifiers",
        severity=Severity.ERROR,
        message=f"the line carries one of the modifiers {', '.join(held)}, and which one is not known: all hold",
        fix="Ask the payer which one counts here, and forbid the other, with its source, under policies/: "
        f'[[{programme}.modifier.{held[-1]}]] when = {{ … }} use = "forbidden"',
        citations=tuple(dict.fromkeys(citations)),
    )


def _is(extra: Mapping[str, Answer[Modifier]], code: str, use: str) -> bool:
    return code in extra and extra[code].value.use == use


def make_coding(
    rules: Rules, service_name: str, payer: Payer, programme: str, charges: Mapping[str, Decimal]
) -> Coding:
    """Work out code, modifiers, units, charge and rendering provider, and name every value that is missing.

    `charges` are the payer's on the day of service, by code and modifiers.
    """
    gaps: list[Gap] = []
    service = rules.service.get(service_name)
    hcpcs = ""
    base: tuple[str, ...] | None = None
    modifiers: tuple[str, ...] = ()
    if service is not None and service.value.paid is not False:
        table = f"{programme}.service.{service_name}"
        hcpcs = _value(gaps, service, "hcpcs", table, "the procedure code") or ""
        base = _value(gaps, service, "modifiers", table, "the modifiers")
        # An agency that writes down a code says with it that the service is paid.
        if "paid" in service.unknown and hcpcs and service.said["hcpcs"].status is not Status.AGENCY:
            _value(gaps, service, "paid", table, "whether the service is paid")
        modifiers, added = line_modifiers(base or (), rules.modifier)
        gap = one_of_gap(base or (), rules.modifier, programme)
        if gap is not None:
            gaps.append(gap)
        for code, said in added:
            if said.status is Status.UNCONFIRMED:
                gaps.append(_unconfirmed(f"modifier.{code}", f"{programme}.modifier.{code}", "use", said, "required"))
    unit, rounding_gap, aggregate_gap = _unit_rule(rules, programme, gaps)
    form = _claim_form(rules, programme, gaps)
    rendering = payer.rendering or _rendering(gaps, rules, payer, programme)
    unit_charge = choose_charge(charges, hcpcs, modifiers)
    if unit_charge is None and hcpcs:
        unit_charge = _schedule_rate(rules, unit)
        # A charge goes by code and modifiers: while these are not known, nobody can say which entry is missing.
        if unit_charge is None and base is not None:
            entry = ":".join((hcpcs, *modifiers))
            gaps.append(
                Gap(
                    value="charge",
                    severity=Severity.ERROR,
                    message=f"there is no charge for {entry}" + (" on this day" if payer.dated_charges else ""),
                    fix="Give the usual charge per unit in peerbill.toml: "
                    f'[payers.{payer.key}] charges = {{ "{entry}" = "…" }}',
                )
            )
        elif unit_charge is not None and (said := rules.rate.said["amount"]).status is Status.UNCONFIRMED:
            gaps.append(_unconfirmed("rate.amount", f"{programme}.rate", "amount", said, rules.rate.value.amount))
    if unit_charge is not None:
        gaps += _charge_gaps(rules, service_name, payer, charges, (hcpcs, *modifiers), unit_charge)
    required = tuple(
        Requirement(element, FIELD_OF_ELEMENT[element], said)
        for element, said in rules.documentation.of("require").items()
        if element in FIELD_OF_ELEMENT
    )
    mode = (service.value.mode if service is not None else None) or service_name
    if mode != "group":
        required = tuple(row for row in required if row.element not in GROUP_ELEMENTS)
    return Coding(
        service=service,
        mode=mode,
        hcpcs=hcpcs,
        modifiers=modifiers,
        unit=unit,
        unit_charge=unit_charge,
        rendering=rendering or "",
        supervising=bool(rules.claim.value.supervising),
        gaps=tuple(gaps),
        rounding_gap=rounding_gap,
        aggregate_gap=aggregate_gap,
        required=required,
        form=form,
    )


def _rendering(gaps: list[Gap], rules: Rules, payer: Payer, programme: str) -> str:
    """Return whom the programme wants as rendering provider; where that is open, the payer is to be asked."""
    gap = _gap(rules.claim, "rendering", f"{programme}.claim", "the rendering provider")
    if gap is not None:
        fix = (
            "Ask the payer whom its claims name as rendering provider, and set that in peerbill.toml: "
            f'[payers.{payer.key}] rendering = "peer" (or "supervisor", "agency")'
        )
        gaps.append(attrs.evolve(gap, fix=fix))
    return rules.claim.value.rendering or ""


def _claim_form(rules: Rules, programme: str, gaps: list[Gap]) -> ClaimForm:
    """Return the form of claim, the 837P where nobody names one, and name what an 837I lacks."""
    claim, table = rules.claim, f"{programme}.claim"
    if "form" in claim.said and claim.value.form == "837I":
        bill = _value(gaps, claim, "type_of_bill", table, "the type of bill") or ""
        known = codes.types_of_bill().get(bill)
        asked = known is None or known.origin or "point_of_origin" in claim.said
        origin = _value(gaps, claim, "point_of_origin", table, "the point of origin (CL102)") if asked else ""
        return ClaimForm(
            name=_value(gaps, claim, "form", table, "the form of claim"),
            type_of_bill=bill,
            revenue_code=_value(gaps, claim, "revenue_code", table, "the revenue code") or "",
            attending=_value(gaps, claim, "attending", table, "who the attending provider is") or "",
            admission_type=_value(gaps, claim, "admission_type", table, "the priority of the visit (CL101)") or "",
            point_of_origin=origin or "",
            patient_status=_value(gaps, claim, "patient_status", table, "the patient's status") or "",
        )
    silent = claim.unknown.get("form")
    if silent is not None and "form" not in claim.said:
        fix = "Confirm it: l" + ADD_VALUE.format(table=table, field="form")[1:]
        message = "claim.form is not known; the 837P is written"
        gaps.append(Gap("claim.form", Severity.WARNING, message, fix, silent.citations, table, "form", silent.note))
    return ClaimForm()


def _schedule_rate(rules: Rules, unit: UnitRule) -> Decimal | None:
    rate = rules.rate
    per_unit = "per" in rate.said and rate.value.per in {"unit", unit.per}
    if rate.value.amount is None or not per_unit:
        return None
    try:
        return Decimal(rate.value.amount)
    except InvalidOperation:
        return None


def _value(gaps: list[Gap], answer: Answer[object], field: str, table: str, title: str) -> Any:
    """Return a field's value; add a gap where it is not known (error) or nobody has read it (warning)."""
    gap = _gap(answer, field, table, title)
    if gap is not None:
        gaps.append(gap)
    return getattr(answer.value, field) if field in answer.said else None


def _gap(answer: Answer[object], field: str, table: str, title: str) -> Gap | None:
    name = f"{table.partition('.')[2]}.{field}"
    said = answer.said.get(field)
    if said is not None:
        known = getattr(answer.value, field)
        return _unconfirmed(name, table, field, said, known) if said.status is Status.UNCONFIRMED else None
    listed = meanings(field)
    fix = ADD_VALUE.format(table=table, field=field) + (f", one of {listed}" if listed else "")
    if field in answer.conflict:
        message = answer.conflict[field]
        return Gap(name, Severity.ERROR, message, fix, table=table, field=field, note=message)
    silent = answer.unknown.get(field)
    if silent is not None:
        note = f" ({silent.note})" if silent.note else ""
        message = f"{name} is not known{note}"
        return Gap(name, Severity.ERROR, message, fix, silent.citations, table, field, silent.note)
    message = f"no source says {title}"
    read_in = (codes.code_set_citation("institutional"),) if listed else ()
    return Gap(name, Severity.ERROR, f"{name} is not known: {message}", fix, read_in, table, field, message)


_LISTED: Mapping[str, Callable[[], Mapping[str, codes.InstitutionalCode]]] = {
    "admission_type": codes.admission_types,
    "point_of_origin": codes.points_of_origin,
}
"""Fields with a short list of codes, which a remedy shows."""


def meanings(field: str) -> str:
    """Return the codes that a field takes, each with what it means; "" where there is no list."""
    if field not in _LISTED:
        return ""
    taken = [listed for code, listed in _LISTED[field]().items() if code in WORDS["claim", field][1]]
    doubt = {listed.code: ", unconfirmed" for listed in taken if listed.status == Status.UNCONFIRMED}
    return ", ".join(f"{listed.code} ({listed.name}{doubt.get(listed.code, '')})" for listed in taken)


def _unconfirmed(name: str, table: str, field: str, said: Authority, known: object) -> Gap:
    note = f" ({said.note})" if said.note else ""
    return Gap(
        name,
        Severity.WARNING,
        f"{name} is not confirmed by any document{note}",
        "Confirm it: l" + ADD_VALUE.format(table=table, field=field)[1:],
        said.citations,
        table,
        field,
        said.note,
        known,
    )


def _unit_rule(rules: Rules, programme: str, gaps: list[Gap]) -> tuple[UnitRule, Gap | None, Gap | None]:
    answer = rules.unit
    value = answer.value
    table = f"{programme}.unit"
    per = value.per or "minutes"
    rounding_gap = aggregate_gap = None
    minutes = value.minutes
    if per == "minutes":
        _value(gaps, answer, "minutes", table, "how long a unit is")
        rounding_gap = _gap(answer, "rounding", table, "how part units are rounded")
        aggregate_gap = _gap(answer, "aggregate", table, "whether a day's minutes are added before rounding")
    counts = value.counts or ()
    rule = UnitRule(
        minutes=minutes if "minutes" in answer.said else None,
        per=per,
        rounding=value.rounding if "rounding" in answer.said else None,
        aggregate=value.aggregate if "aggregate" in answer.said else None,
        minimum_minutes=value.minimum_minutes or 0,
        continuous=bool(value.continuous),
        travel_counts="travel" in counts,
        breaks_count="break" in counts,
    )
    return rule, rounding_gap, aggregate_gap
