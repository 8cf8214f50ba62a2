"""What a programme's answer comes to for one service and payer: code, modifiers, unit, charge, provider, form."""

from collections.abc import Mapping
from decimal import Decimal

import attrs

from peerbill import codes
from peerbill.coding.charges import charge_gaps, choose_charge, schedule_rate
from peerbill.coding.context import CodedForm, Coding, Gap, Requirement, UnitRule
from peerbill.coding.gaps import CONFIRM, gap_of, known_value, unconfirmed
from peerbill.model.claim import Payer
from peerbill.model.finding import Severity
from peerbill.model.sentence import say
from peerbill.policy import Answer, Authority, Modifier, Rules, Status

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
        hcpcs = known_value(gaps, service, "hcpcs", table, "the procedure code") or ""
        base = known_value(gaps, service, "modifiers", table, "the modifiers")
        # An agency that writes down a code says with it that the service is paid.
        if "paid" in service.unknown and hcpcs and service.said["hcpcs"].status is not Status.AGENCY:
            known_value(gaps, service, "paid", table, "whether the service is paid")
        modifiers, added = line_modifiers(base or (), rules.modifier)
        gap = one_of_gap(base or (), rules.modifier, programme)
        if gap is not None:
            gaps.append(gap)
        for code, said in added:
            if said.status is Status.UNCONFIRMED:
                gaps.append(unconfirmed(f"modifier.{code}", f"{programme}.modifier.{code}", "use", said, "required"))
    unit, rounding_gap, aggregate_gap = _unit_rule(rules, programme, gaps)
    form = _claim_form(rules, programme, gaps)
    rendering = payer.rendering or _rendering(gaps, rules, payer, programme)
    unit_charge = choose_charge(charges, hcpcs, modifiers)
    if unit_charge is None and hcpcs:
        unit_charge = schedule_rate(rules, unit)
        # A charge goes by code and modifiers: while these are not known, nobody can say which entry is missing.
        if unit_charge is None and base is not None:
            entry = ":".join((hcpcs, *modifiers))
            gaps.append(
                Gap(
                    value="charge",
                    severity=Severity.ERROR,
                    message=say("no-charge-that-day", "there is no charge for {service} on this day", service=entry)
                    if payer.dated_charges
                    else say("no-charge", "there is no charge for {service}", service=entry),
                    fix="Give the usual charge per unit in peerbill.toml: "
                    f'[payers.{payer.key}] charges = {{ "{entry}" = "…" }}',
                )
            )
        elif unit_charge is not None and (said := rules.rate.said["amount"]).status is Status.UNCONFIRMED:
            gaps.append(unconfirmed("rate.amount", f"{programme}.rate", "amount", said, rules.rate.value.amount))
    if unit_charge is not None:
        gaps += charge_gaps(rules, service_name, payer, charges, (hcpcs, *modifiers), unit_charge)
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
    gap = gap_of(rules.claim, "rendering", f"{programme}.claim", "the rendering provider")
    if gap is not None:
        fix = (
            "Ask the payer whom its claims name as rendering provider, and set that in peerbill.toml: "
            f'[payers.{payer.key}] rendering = "peer" (or "supervisor", "agency")'
        )
        gaps.append(attrs.evolve(gap, fix=fix))
    return rules.claim.value.rendering or ""


def _claim_form(rules: Rules, programme: str, gaps: list[Gap]) -> CodedForm:
    """Return the form of claim, the 837P where nobody names one, and name what an 837I lacks."""
    claim, table = rules.claim, f"{programme}.claim"
    if "form" in claim.said and claim.value.form == "837I":
        bill = known_value(gaps, claim, "type_of_bill", table, "the type of bill") or ""
        known = codes.types_of_bill().get(bill)
        asked = known is None or known.origin or "point_of_origin" in claim.said
        origin = known_value(gaps, claim, "point_of_origin", table, "the point of origin (CL102)") if asked else ""
        return CodedForm(
            name=known_value(gaps, claim, "form", table, "the form of claim"),
            type_of_bill=bill,
            revenue_code=known_value(gaps, claim, "revenue_code", table, "the revenue code") or "",
            attending=known_value(gaps, claim, "attending", table, "who the attending provider is") or "",
            admission_type=known_value(gaps, claim, "admission_type", table, "the priority of the visit (CL101)") or "",
            point_of_origin=origin or "",
            patient_status=known_value(gaps, claim, "patient_status", table, "the patient's status") or "",
        )
    silent = claim.unknown.get("form")
    if silent is not None and "form" not in claim.said:
        message = say("form-not-known", "claim.form is not known; the 837P is written")
        gaps.append(Gap("claim.form", Severity.WARNING, message, CONFIRM, silent.citations, table, "form", silent.note))
    return CodedForm()


def _unit_rule(rules: Rules, programme: str, gaps: list[Gap]) -> tuple[UnitRule, Gap | None, Gap | None]:
    answer = rules.unit
    value = answer.value
    table = f"{programme}.unit"
    per = value.per or "minutes"
    rounding_gap = aggregate_gap = None
    minutes = value.minutes
    if per == "minutes":
        known_value(gaps, answer, "minutes", table, "how long a unit is")
        rounding_gap = gap_of(answer, "rounding", table, "how part units are rounded")
        aggregate_gap = gap_of(answer, "aggregate", table, "whether a day's minutes are added before rounding")
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
        message=say(
            "one-of-modifiers",
            "the line carries one of the modifiers {modifiers}, and which one is not known: all hold",
            modifiers=tuple(held),
        ),
        fix="Ask the payer which one counts here, and forbid the other, with its source, under policies/: "
        f'[[{programme}.modifier.{held[-1]}]] when = {{ … }} use = "forbidden"',
        citations=tuple(dict.fromkeys(citations)),
    )


def _is(extra: Mapping[str, Answer[Modifier]], code: str, use: str) -> bool:
    return code in extra and extra[code].value.use == use
