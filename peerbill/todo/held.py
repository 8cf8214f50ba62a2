"""What an audit holds, what it lets go to be billed, and what was billed and is another thing in the workspace now."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

import attrs

from peerbill.coding.charges import choose_charge
from peerbill.coding.deadlines import filing_deadline
from peerbill.coding.part_units import PartUnits, agency_choice, part_units
from peerbill.ledger.look.worklist import PAID, GoneEncounter
from peerbill.model.claim_state import Standing
from peerbill.model.finding import Citation, Finding, Severity, finding_order
from peerbill.model.money import printed
from peerbill.model.plural import counted
from peerbill.todo.item import NOTHING, TodoItem, earliest
from peerbill.todo.sources import Sources

if TYPE_CHECKING:
    from decimal import Decimal

    from peerbill.coding.context import Context
    from peerbill.model.claim import BillableEncounter, BilledEncounter

Date = dt.date


def held(sources: Sources) -> Iterator[TodoItem]:
    """Yield what errors hold, by payer and finding; what was paid has items of its own."""
    status = {coded.encounter_id: coded for coded in sources.audit.encounters}
    live = {coded.encounter_id for coded in sources.opened.history if coded.standing == Standing.LIVE}
    groups: dict[tuple[str, Finding], dict[str, Context | None]] = defaultdict(dict)
    for finding in sorted(sources.audit.findings, key=finding_order):
        if finding.severity is not Severity.ERROR:
            continue
        alike = without_ids(finding)
        if not finding.encounter_ids:
            groups["", alike] = {}
        for id_ in finding.encounter_ids:
            if status[id_].status == "billed" or id_ in sources.paid:
                continue  # held by nothing, or in an item of what was paid
            context = sources.contexts.get(id_)
            payer = context.payer.key if context is not None and context.payer is not None else ""
            groups[payer, alike][id_] = context
    for (payer, finding), contexts in groups.items():
        parts: list[tuple[str, Decimal]] = []
        days: list[Date] = []
        for id_, context in contexts.items():
            coding = context.coding if context is not None else None
            # What was billed and changed since is at stake on its claim.
            if id_ not in live and coding is not None and coding.unit_charge is not None:
                parts.append((id_, coding.unit_charge * (status[id_].units or 0)))
            if context is not None and context.rules is not None and context.day is not None:
                last = filing_deadline(context.day, context.rules.filing.value)
                days += [last] if last is not None else []
        count = counted(len(contexts), "encounter") if contexts else "a row without an id"
        yield TodoItem(
            kind="held",
            what=f"{count} held by {finding.code} ({finding.where}): {finding.message}",
            do=finding.fix,
            deadline=min(days, default=None),
            payer=payer,
            parts=tuple(parts),
            encounter_ids=tuple(sorted(contexts)),
            citations=finding.citations,
            why_asked=finding.why_asked,
        )


def without_ids(finding: Finding) -> Finding:
    """Leave out whom a finding is about, so that the same finding of several encounters is one item."""
    return attrs.evolve(finding, encounter_ids=(), staff_id=None, member_id=None)


def filing(sources: Sources, free: Iterable[str]) -> Iterator[TodoItem]:
    """Yield what could be billed and is near its limit, as PB107 warns; what was rejected has an item of its own."""
    apart = frozenset(free)
    billable = {coded.encounter.encounter_id: coded for coded in sources.audit.billable}
    groups: dict[tuple[str, Date], dict[str, Decimal]] = defaultdict(dict)
    citations: dict[tuple[str, Date], tuple[Citation, ...]] = {}
    for finding in sources.audit.findings:
        if finding.code != "PB107":
            continue
        for id_ in finding.encounter_ids:
            context = sources.contexts.get(id_)
            if id_ not in billable or id_ in apart or context is None or context.rules is None or context.day is None:
                continue
            last = filing_deadline(context.day, context.rules.filing.value)
            if last is not None:
                key = (billable[id_].payer, last)
                groups[key][id_] = billable[id_].unit_charge * billable[id_].units
                citations[key] = finding.citations
    for (payer, last), charges in groups.items():
        passed = last < sources.as_of
        yield TodoItem(
            kind="filing",
            what=f"{counted(len(charges), 'encounter')} can be billed, and the last day to file "
            + (f"was {last}" if passed else f"is {last}"),
            do="Bill them, and ask the payer for an exception." if passed else "Bill them first.",
            deadline=last,
            payer=payer,
            parts=tuple(sorted(charges.items())),
            encounter_ids=tuple(sorted(charges)),
            citations=citations[payer, last],
        )


def ready(sources: Sources, told: Collection[str]) -> Iterator[TodoItem]:
    """Yield encounters that pass the audit and were not billed; `told` have items of their own."""
    groups: dict[str, list[BillableEncounter]] = defaultdict(list)
    for coded in sources.audit.billable:
        if coded.encounter.encounter_id not in told:
            groups[coded.payer].append(coded)
    for payer, encounters in groups.items():
        days = sorted(coded.encounter.start.date() for coded in encounters if coded.encounter.start is not None)
        oldest = f", the oldest of {days[0]}" if days else ""
        lasts = {
            filing_deadline(
                coded.encounter.start.date(),
                sources.filing(payer, coded.programme, coded.encounter.start.date()),
            )
            for coded in encounters
            if coded.encounter.start is not None
        }
        yield TodoItem(
            kind="ready",
            what=f"{counted(len(encounters), 'encounter')} can be billed now{oldest}",
            do="Run bill.",
            deadline=earliest(lasts),
            payer=payer,
            parts=tuple(
                sorted((coded.encounter.encounter_id, coded.unit_charge * coded.units) for coded in encounters)
            ),
            encounter_ids=tuple(sorted(coded.encounter.encounter_id for coded in encounters)),
        )


def deleted(sources: Sources) -> Iterator[TodoItem]:
    """Yield the encounters that were billed and are in the workspace no more."""
    groups: dict[tuple[str, bool], list[GoneEncounter]] = defaultdict(list)
    reported = {(overpaid.encounter_id, overpaid.claim_id) for overpaid in sources.opened.overpaid}
    for coded in sources.opened.gone:
        if (coded.encounter_id, coded.claim_id) not in reported:
            groups[coded.payer, coded.state in PAID].append(coded)
    for (payer, is_paid), encounters in groups.items():
        claims = tuple(sorted({encounter.claim_id for encounter in encounters}))
        back = ", and return what was paid for them" if is_paid else ""
        yield TodoItem(
            kind="deleted",
            what=f"{counted(len(encounters), 'encounter')} on {counted(len(claims), 'claim')} "
            f"{'that was paid ' if is_paid and len(claims) == 1 else 'that were paid ' if is_paid else ''}"
            "not in encounters any more",
            do="If the rows were deleted by mistake, put them back. If the services did not take place, void the "
            f"claims, or replace those with other services{back}.",
            payer=payer,
            parts=tuple((encounter.encounter_id, encounter.charge) for encounter in encounters),
            claim_ids=claims,
            encounter_ids=tuple(encounter.encounter_id for encounter in encounters),
        )


def charged_otherwise(sources: Sources) -> Iterator[TodoItem]:
    """Yield what was billed at another charge than the settings have now for its day; for information."""
    groups: dict[tuple[str, str, Decimal, Decimal], list[BilledEncounter]] = defaultdict(list)
    unit_charges: dict[tuple[str, str, tuple[str, ...], Date], Decimal | None] = {}
    for coded in sources.opened.history:
        payer = sources.records.settings.payers.get(coded.payer)
        if (
            payer is None
            or coded.encounter_id not in sources.encounters
            or (coded.standing, coded.payer_turn) != (Standing.LIVE, 1)
            or not coded.units
        ):
            continue
        key = (coded.payer, coded.hcpcs, coded.modifiers, coded.start.date())
        if key not in unit_charges:
            dated = {row.code: row.amount for row in payer.dated_charges if row.holds(key[3])}
            unit_charges[key] = choose_charge({**payer.charges, **dated}, coded.hcpcs, coded.modifiers)
        unit_charge = unit_charges[key]
        if unit_charge is not None and unit_charge * coded.units != coded.charge:
            code = ":".join((coded.hcpcs, *coded.modifiers))
            groups[coded.payer, code, coded.charge / coded.units, unit_charge].append(coded)
    for (payer_key, code, then, now), encounters in groups.items():
        claims = tuple(sorted({encounter.claim_id for encounter in encounters}))
        difference = sum((encounter.charge - now * encounter.units for encounter in encounters), NOTHING)
        more = "more" if difference > 0 else "less"
        yield TodoItem(
            kind="charge",
            what=f"{counted(len(encounters), 'encounter')} of {code} billed at {printed(then)} a unit, "
            f"now {printed(now)} on {'its day' if len(encounters) == 1 else 'their days'}: "
            f"{printed(abs(difference))} {more} was billed",
            do="For information. If the charge then was wrong, correct the claims with replace. If the new one holds "
            "from a later day, give it that day in [[payers.KEY.charge]].",
            payer=payer_key,
            claim_ids=claims,
            encounter_ids=tuple(sorted(encounter.encounter_id for encounter in encounters)),
        )


def part_units_left(sources: Sources) -> Iterator[TodoItem]:
    """Yield what a rule may add to whole units, or adds to claims that were sent before it was known."""
    groups: dict[tuple[bool, str, str], list[PartUnits]] = defaultdict(list)
    for line in part_units(sources.contexts.values(), sources.opened.history):
        groups[line.is_known, line.payer, line.programme].append(line)
    for (is_known, payer, programme), lines in groups.items():
        ids = tuple(sorted(id_ for line in lines for id_ in line.encounter_ids))
        units = sum(line.units for line in lines)
        claims = tuple(sorted({line.claim_id for line in lines} - {""}))
        if is_known:
            what = f"{counted(len(claims), 'claim')} of {programme} {'has' if len(claims) == 1 else 'have'} "
            what += f"{counted(units, 'unit')} fewer than the minutes make by the rule that is known now"
            do = "Look at them: peerbill replace DIR --part-units --dry-run; then replace them with --out DIR."
        else:
            what = f"{counted(len(ids), 'encounter')} of {programme} in whole units, since no source says how parts of "
            what += f"a unit are rounded: the rule may add {counted(units, 'unit')} at most"
            do = f"Ask the payer, and enter the rule: peerbill setup DIR, or peerbill policy --questions {programme}. "
            do += "What was billed until then is listed here to be replaced."
        yield TodoItem(
            kind="part-units",
            what=what,
            do=do,
            payer=payer,
            parts=tuple((f"{line.encounter_ids[0]} part units", line.charge) for line in lines),
            claim_ids=claims,
            encounter_ids=ids,
            citations=() if is_known else (agency_choice(payer),),
        )
