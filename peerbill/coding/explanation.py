"""Why an encounter is billed as it is: each step from the row to the charge, with its figures and its sources."""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache

import attrs

from peerbill.coding.charges import choose_entry
from peerbill.coding.context import Allocated, Coding, Context, UnitRule
from peerbill.coding.lines import Line, bills_whole_units, open_line_units
from peerbill.coding.minutes import own_units
from peerbill.coding.part_units import agency_choice
from peerbill.model.encounter import duration
from peerbill.model.finding import NOT_IN_DOCUMENTS, Citation
from peerbill.model.frozen import FrozenMap, freeze
from peerbill.model.money import printed
from peerbill.model.people import rank_of
from peerbill.model.plural import counted
from peerbill.model.sentence import Sentence, say
from peerbill.policy import Authority, Rules, Status

STEPS = (
    "payer",
    "programme",
    "code",
    "modifier",
    "minutes",
    "unit",
    "day",
    "units",
    "rendering",
    "authorization",
    "charge",
)
"""What a step gives, in the order in which they are worked out."""

_WORDS_OF_ROUNDING: Mapping[str, str] = {
    "down": "only whole units count",
    "up": "every unit that was begun counts",
    "midpoint": "half a unit or more counts as one",
    "past-midpoint": "more than half a unit counts as one",
}


@attrs.frozen
class Step:
    """One step of an explanation.

    Attributes:
        name: what it gives, one of `STEPS`.
        sentence: the step in words.
        values: its figures by name: whole numbers, dollars as Decimal, words, ids.
        status: how sure it is: primary, secondary, unconfirmed or agency; "" where it is worked out of the records.
        citations: who says so.
        told: the sentence with its pattern and what fills it; blank of a step that was read from a document.

    """

    name: str
    sentence: str
    values: Mapping[str, object] = attrs.field(factory=dict)
    status: str = ""
    citations: tuple[Citation, ...] = ()
    told: Sentence = attrs.field(default=Sentence(""), eq=False, repr=False, metadata=NOT_IN_DOCUMENTS)

    def __attrs_post_init__(self) -> None:
        freeze(self, "values")


@attrs.frozen
class Explanation:
    """What one encounter comes to, and why.

    Attributes:
        encounter_id: the encounter.
        day: its day of service, None where it has no start.
        status: billable, billed, held or rejected.
        payer: the key of `[payers]`, "" where nobody covers the day.
        programme: STATE/PROGRAMME, "" where none is in force.
        policy: the SHA-256 of the programme's policy, which tells by which text it was judged.
        minutes: billable minutes, None where they are not known.
        units: of this encounter, None where they are not known.
        hcpcs: the procedure code, "" where it is not known.
        modifiers: in the order of the claim.
        unit_charge: dollars a unit, None where it is not known.
        charge: dollars of this encounter's units.
        steps: how each of them came about, in order; what is not known has no step and is among the findings.

    """

    encounter_id: str
    day: dt.date | None
    status: str
    payer: str
    programme: str
    policy: str
    minutes: int | None
    units: int | None
    hcpcs: str
    modifiers: tuple[str, ...]
    unit_charge: Decimal | None
    charge: Decimal | None
    steps: tuple[Step, ...]


def charge_of(context: Context) -> Decimal | None:
    """Return what an encounter's units are charged at, in dollars, or None where units or charge are not known."""
    coding = context.coding
    if coding is None or coding.unit_charge is None or context.units is None:
        return None
    return coding.unit_charge * context.units


@lru_cache(maxsize=1024)
def authorities(rules: Rules, service: str, coding: Coding) -> Mapping[str, Authority]:
    """Return who says each value of a coding: `hcpcs`, `modifiers`, `modifier.HQ`, `unit.rounding`, `rate.amount`."""
    found: dict[str, Authority] = {}
    if service in rules.service:
        said = rules.service[service].said
        found |= {field: said[field] for field in ("hcpcs", "modifiers", "paid") if field in said}
    for code in coding.modifiers:
        if code in rules.modifier:
            who = rules.modifier[code].row or next(iter(rules.modifier[code].said.values()), None)
            if who is not None:
                found[f"modifier.{code}"] = who
    for table, answer, fields in (
        ("unit", rules.unit, ("minutes", "per", "rounding", "aggregate", "minimum_minutes", "counts")),
        ("rate", rules.rate, ("amount",)),
        ("claim", rules.claim, ("rendering",)),
    ):
        found |= {f"{table}.{field}": answer.said[field] for field in fields if field in answer.said}
    return FrozenMap(found)


def explanation_of(context: Context, status: str, line: Line, allocated: Allocated) -> Explanation:
    """Return why an encounter comes to what it does.

    `line` are the encounters whose minutes are looked at together with it, `allocated` what it gets of authorizations.
    """
    coding, programme = context.coding, context.programme
    return Explanation(
        encounter_id=context.encounter.encounter_id,
        day=context.day,
        status=status,
        payer=context.payer.key if context.payer is not None else "",
        programme=programme.id if programme is not None else "",
        policy=programme.sha256 if programme is not None else "",
        minutes=context.minutes,
        units=context.units,
        hcpcs=context.hcpcs,
        modifiers=context.modifiers,
        unit_charge=coding.unit_charge if coding is not None else None,
        charge=charge_of(context),
        steps=tuple(_steps(context, line, allocated)),
    )


def _steps(context: Context, line: Line, allocated: Allocated) -> Iterator[Step]:
    coding, rules = context.coding, context.rules
    yield from _payer_and_programme(context)
    if coding is None or rules is None:
        return
    who = authorities(rules, context.encounter.service, coding)
    yield from _code(context, coding, who)
    yield from _minutes(context, coding.unit, who)
    yield from _units(context, coding.unit, who, line)
    yield from _rendering(context, coding, who)
    if allocated.authorization is not None:
        number = allocated.authorization.number
        sentence = say("authorization", "The claim names authorization {number}, which has units left.", number=number)
        yield _step("authorization", sentence, {"number": number})
    yield from _charge(context, coding, who)


def _step(
    name: str,
    told: Sentence,
    values: Mapping[str, object],
    status: str = "",
    citations: tuple[Citation, ...] = (),
) -> Step:
    return Step(name, told.text, values, status, citations, told)


def _cited(name: str, told: Sentence, values: Mapping[str, object], who: Authority | None) -> Step:
    return _step(name, told, values) if who is None else _step(name, told, values, who.status.value, who.citations)


def _payer_and_programme(context: Context) -> Iterator[Step]:
    if context.payer is None:
        return
    key = context.payer.key
    if context.day is None:
        return
    if context.coverage is not None and context.covered:
        rank = rank_of(context.coverage)
        sentence = say(
            "payer", "{payer} covers the member on {day}, with rank {rank}.", payer=key, day=context.day, rank=rank
        )
        yield _step("payer", sentence, {"payer": key, "rank": rank})
    if context.programme is not None:
        sentence = say(
            "programme",
            "{programme} is the policy of {payer} in peerbill.toml, and in force on {day}.",
            programme=context.programme.id,
            payer=key,
            day=context.day,
        )
        yield _step("programme", sentence, {"programme": context.programme.id, "sha256": context.programme.sha256})


def _code(context: Context, coding: Coding, who: Mapping[str, Authority]) -> Iterator[Step]:
    service = context.encounter.service
    if coding.hcpcs:
        values = {"service": service, "hcpcs": coding.hcpcs}
        sentence = say("code", "The service {service} is billed as {hcpcs}.", service=service, hcpcs=coding.hcpcs)
        yield _cited("code", sentence, values, who.get("hcpcs"))
    own = coding.service.value.modifiers or () if coding.service is not None else ()
    for code in coding.modifiers:
        if f"modifier.{code}" in who:
            sentence = say("modifier-of-situation", "Modifier {modifier} is added in this situation.", modifier=code)
            yield _cited("modifier", sentence, {"modifier": code}, who[f"modifier.{code}"])
        elif code in own:
            sentence = say(
                "modifier-of-service",
                "Modifier {modifier} belongs to the service {service}.",
                modifier=code,
                service=service,
            )
            yield _cited("modifier", sentence, {"modifier": code}, who.get("modifiers"))
        else:
            sentence = say(
                "modifier-of-second-service",
                "Modifier {modifier} marks a second service of the day (second_service in [payers]).",
                modifier=code,
            )
            yield _step("modifier", sentence, {"modifier": code}, Status.AGENCY.value)
    if coding.hcpcs and not coding.modifiers and "modifiers" in who:
        sentence = say("modifiers-none", "{hcpcs} has no modifier for {service}.", hcpcs=coding.hcpcs, service=service)
        yield _cited("modifier", sentence, {}, who["modifiers"])


def _minutes(context: Context, unit: UnitRule, who: Mapping[str, Authority]) -> Iterator[Step]:
    encounter = context.encounter
    lasted = duration(encounter)
    if lasted is None or context.minutes is None or encounter.start is None or encounter.end is None:
        return
    whole = int(lasted.total_seconds()) // 60
    told = say(
        "minutes",
        "{begins} to {ends} is {lasted}",
        begins=f"{encounter.start:%H:%M}",
        ends=f"{encounter.end:%H:%M}",
        lasted=counted(whole, "minute"),
    )
    values: dict[str, object] = {"lasted": whole, "minutes": context.minutes}
    if encounter.break_minutes:
        values["break_minutes"] = encounter.break_minutes
        does = "count" if unit.breaks_count else "are taken off"
        told = told.before("break", "; {breaks} of break {break_does}", breaks=encounter.break_minutes, break_does=does)
    if encounter.travel_minutes:
        values["travel_minutes"] = encounter.travel_minutes
        does = "count" if unit.travel_counts else "are taken off"
        told = told.before(
            "travel", "; {travel} of travel {travel_does}", travel=encounter.travel_minutes, travel_does=does
        )
    if len(values) == 2:
        yield _step("minutes", told.before("whole", "."), values)
        return
    told = told.before("billable", ": {billable}.", billable=counted(context.minutes, "billable minute"))
    yield _cited("minutes", told, values, who.get("unit.counts"))


def _units(context: Context, unit: UnitRule, who: Mapping[str, Authority], line: Line) -> Iterator[Step]:
    if unit.per == "service":
        sentence = say("unit-per-service", "A contact is one unit, however long.")
        yield _cited("unit", sentence, {"per": "service"}, who.get("unit.per"))
    elif unit.per == "day":
        sentence = say("unit-per-day", "A day is one unit, however many contacts it has.")
        yield _cited("unit", sentence, {"per": "day"}, who.get("unit.per"))
    elif unit.minutes is not None:
        values = {"per": "minutes", "unit_minutes": unit.minutes}
        sentence = say("unit-minutes", "A unit is {length}.", length=counted(unit.minutes, "minute"))
        yield _cited("unit", sentence, values, who.get("unit.minutes"))
    if unit.minimum_minutes:
        least = counted(unit.minimum_minutes, "minute")
        sentence = say("unit-minimum", "A contact of fewer than {least} makes no unit.", least=least)
        yield _cited("unit", sentence, {"minimum_minutes": unit.minimum_minutes}, who.get("unit.minimum_minutes"))
    minutes, units = context.minutes, context.units
    if units is not None and bills_whole_units(context):
        line = [other for other in line if other.units is not None]  # the others are held until the rule is known
    if len(line) > 1:
        yield from _day(context, unit, who, line)
    elif units is not None and minutes is not None and unit.per == "minutes" and unit.minutes is not None:
        yield _rounded(context, minutes, units, who)


def _day(context: Context, unit: UnitRule, who: Mapping[str, Authority], line: Line) -> Iterator[Step]:
    """Yield how the units of a line of several encounters came about."""
    if None in [other.units for other in line]:
        return
    ids = [other.encounter.encounter_id for other in line]
    shares = [other.units or 0 for other in line]
    counting = [
        minutes if minutes >= unit.minimum_minutes else 0 for other in line if (minutes := other.minutes or 0) >= 0
    ]
    if unit.per == "minutes" and unit.aggregate is None:
        values: dict[str, object] = {"encounters": tuple(ids), "minutes": tuple(counting)}
        if len(open_line_units(line)) > 1 and context.payer is not None:
            sentence = say(
                "day-open-least",
                "No source says whether the minutes of a day are added before they are rounded; "
                "the least that any rule gives is billed (part_units is whole).",
            )
            yield _step("day", sentence, values, Status.AGENCY.value, (agency_choice(context.payer.key),))
        else:
            sentence = say(
                "day-open-agrees",
                "No source says whether the minutes of a day are added before they are rounded; here both ways agree.",
            )
            yield _step("day", sentence, values)
        if context.minutes is not None and (unit.rounding is None or context.units == own_units(context.minutes, unit)):
            yield _rounded(context, context.minutes, context.units or 0, who)
            return
    elif unit.per == "minutes":
        total = sum(counting)
        values = {"encounters": tuple(ids), "minutes": tuple(counting), "total": total}
        sentence = say(
            "day-added",
            "The minutes of the encounters of this line are added: {minutes: + } = {total} ({encounters}).",
            minutes=tuple(counting),
            total=total,
            encounters=tuple(ids),
        )
        yield _cited("day", sentence, values, who.get("unit.aggregate"))
        yield _rounded(context, total, sum(shares), who)
    first = next((id_ for id_, share in zip(ids, shares, strict=True) if share), ids[0])
    own = context.encounter.encounter_id
    together = f"{counted(sum(shares), 'unit')} {'is' if sum(shares) == 1 else 'are'}"
    sentence = say(
        "units-of-line",
        "The line's {together} counted with its first encounter, {first_encounter}.",
        together=together,
        first_encounter=first,
    )
    values = {"encounter": own, "units": context.units, "together": sum(shares), "with": first}
    yield _step("units", sentence, values)


def _rounded(context: Context, minutes: int, units: int, who: Mapping[str, Authority]) -> Step:
    if context.coding is None or context.payer is None:
        raise AssertionError("an encounter with units has a coding and a payer")
    unit = context.coding.unit
    length = unit.minutes or 1
    whole, rest = divmod(minutes, length)
    values: dict[str, object] = {"minutes": minutes, "units": units, "whole": whole, "rest": rest}
    worked = counted(minutes, "minute")
    if minutes < unit.minimum_minutes:
        sentence = say("units-none", "{worked} make no unit.", worked=worked)
        return _cited("units", sentence, values, who.get("unit.minimum_minutes"))
    if not rest:
        sentence = say("units-exact", "{worked} are exactly {exact}.", worked=worked, exact=counted(units, "unit"))
        return _step("units", sentence, values)
    parts = {"worked": worked, "whole": counted(whole, "whole unit"), "rest": counted(rest, "minute")}
    if unit.rounding is None:
        sentence = say(
            "units-of-part-open",
            "{worked} are {whole} and {rest}; no source says what a part counts: {billed}, which every rule gives "
            "(part_units is whole).",
            **parts,
            billed="1 unit is billed" if units == 1 else f"{units} units are billed",
        )
        return _step("units", sentence, values, Status.AGENCY.value, (agency_choice(context.payer.key),))
    sentence = say(
        "units-rounded",
        "{worked} are {whole} and {rest}; {rule}: {rounded}.",
        **parts,
        rule=_WORDS_OF_ROUNDING[unit.rounding],
        rounded=counted(units, "unit"),
    )
    return _cited("units", sentence, values | {"rounding": unit.rounding}, who.get("unit.rounding"))


def _rendering(context: Context, coding: Coding, who: Mapping[str, Authority]) -> Iterator[Step]:
    if not coding.rendering or context.payer is None:
        return
    values = {"rendering": coding.rendering, "staff_id": context.rendering_id}
    sentence = (
        say(
            "rendering-staff",
            "The rendering provider is the {rendering}: staff {staff_id}.",
            rendering=coding.rendering,
            staff_id=context.rendering_id,
        )
        if context.rendering_id
        else say(
            "rendering-agency",
            "The rendering provider is the {rendering}: the agency itself.",
            rendering=coding.rendering,
        )
    )
    if context.payer.rendering:
        yield _step("rendering", sentence, values, Status.AGENCY.value, (_settings(context.payer.key, "rendering"),))
    else:
        yield _cited("rendering", sentence, values, who.get("claim.rendering"))


def _charge(context: Context, coding: Coding, who: Mapping[str, Authority]) -> Iterator[Step]:
    charge = charge_of(context)
    if charge is None or coding.unit_charge is None or context.payer is None or context.day is None:
        return
    values = {"unit_charge": coding.unit_charge, "units": context.units, "charge": charge}
    prices = {
        "price": printed(coding.unit_charge),
        "times": counted(context.units or 0, "unit"),
        "comes_to": printed(charge),
    }
    entry = choose_entry(context.payer.charges_on(context.day), coding.hcpcs, coding.modifiers)
    if entry is None:
        sentence = say("charge-rate", "The programme's rate: {price} a unit, {times}: {comes_to}.", **prices)
        yield _cited("charge", sentence, values, who.get("rate.amount"))
    else:
        source = (_settings(context.payer.key, f"charges, {entry}"),)
        sentence = say(
            "charge-usual", "The usual charge for {entry}: {price} a unit, {times}: {comes_to}.", **prices, entry=entry
        )
        yield _step("charge", sentence, values, Status.AGENCY.value, source)


def _settings(payer: str, where: str) -> Citation:
    return Citation(title="peerbill.toml", status=Status.AGENCY.value, where=f"[payers.{payer}] {where}")
