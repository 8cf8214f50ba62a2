"""The passes over a workspace's encounters: each one, by member, by peer, and the lines and limits they make."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

import attrs

from peerbill import codes
from peerbill.checks import CHECKS
from peerbill.checks.guard import encounter_fault, guarded
from peerbill.checks.member import earlier_payers_have_answered, has_release
from peerbill.checks.overlaps import is_billed_and_unchanged, is_void, not_billed_before
from peerbill.checks.rows import RowHolds
from peerbill.checks.service import line_units, place_is_allowed, unit_gap_findings, values_are_known
from peerbill.checks.times import leaves_time
from peerbill.coding.authorizations import NOTHING, allocate
from peerbill.coding.context import Allocated, Context, Group, Index, build_index
from peerbill.coding.payers import payers_before, prior_payments
from peerbill.coding.places import facility_of, unnamed_places
from peerbill.coding.prepare import Preparer, clean_diagnoses, spelled_as_policies
from peerbill.coding.second_service import second_services
from peerbill.model.claim import BillableEncounter, BilledEncounter, ServiceLine
from peerbill.model.encounter import Encounter
from peerbill.model.enrolment import Enrolment
from peerbill.model.finding import Finding, Severity, finding_order, held_ids
from peerbill.model.line_key import LineKey
from peerbill.model.money import cents, dollars
from peerbill.model.records import Records
from peerbill.policy import Policies
from peerbill.x12.rules837p import (
    MAXIMUM_DIAGNOSES,
    FieldProblem,
    authorization_problems,
    late_fields,
    late_problems,
    line_problems,
    prior_payment_problems,
)

LIMIT_CODES = frozenset({"PB512", "PB701", "PB702", "PB809"})
"""Checks of what is left to bill, once it is known what others hold."""
PROGRESS_STEP = 1000
_NO_TIME = dt.datetime(1, 1, 1)  # noqa: DTZ001  # recorded times are local, without offset


@attrs.frozen
class AuditedEncounter:
    """What became of one encounter. `status`: billable, billed, held or rejected; minutes and units None: unknown."""

    encounter_id: str
    minutes: int | None
    units: int | None
    hcpcs: str
    modifiers: tuple[str, ...]
    status: str


@attrs.frozen
class Audit:
    """The result of an audit, in the order of encounter ids.

    `policies` holds (programme id, sha256), `support_types` how many of the billable encounters gave each kind of
    support; those that record none are not counted.
    """

    as_of: dt.date
    encounters: tuple[AuditedEncounter, ...]
    findings: tuple[Finding, ...]
    policies: tuple[tuple[str, str], ...]
    billable: tuple[BillableEncounter, ...]
    support_types: tuple[tuple[str, int], ...] = ()

    def count(self, status: str) -> int:
        """Return how many encounters have a status."""
        return sum(encounter.status == status for encounter in self.encounters)


def audit(
    records: Records,
    policies: Policies,
    as_of: dt.date,
    history: Sequence[BilledEncounter] = (),
    progress: Callable[[int], None] | None = None,
    eligibility: Sequence[Enrolment] = (),
    corrected: Collection[str] = (),
    answered: Mapping[str, dt.date] | None = None,
) -> Audit:
    """Run every check. `history` is what the ledger holds; `progress` is told how many encounters are done.

    `eligibility` is what payers answered on enrolment, in the order in which they were asked; `corrected` are the ids
    of the encounters that a replacement claim may bill, whose first claim was filed in time. `answered` are the ids of
    encounters on their way to the next payer, with the day on which the ledger's payers before had answered.
    """
    records = spelled_as_policies(guarded(records), policies)
    index = build_index(records, as_of, tuple(history), eligibility, frozenset(corrected), answered)
    preparer = Preparer(index, policies)
    contexts: list[Context] = []
    findings: list[Finding] = [finding for row in records.rejected for finding in row.findings]
    for number, encounter in enumerate(records.encounters, start=1):
        context = preparer.context(encounter)
        context.billed = is_billed_and_unchanged(context)
        if not context.billed:
            findings.extend(check_encounter(context))
        contexts.append(context)
        if progress is not None and number % PROGRESS_STEP == 0:
            progress(number)
    contexts.sort(key=_order)
    findings += RowHolds(index).findings(contexts)
    _hold(contexts, findings)
    findings += unnamed_places(contexts, place_is_allowed.citations)
    findings += _marked(contexts, index)
    _hold(contexts, findings)
    standing = [context for context in contexts if not is_void(context)]
    by_member = _groups(standing, index, lambda context: (context.encounter.member_id,))
    by_peer = _groups(standing, index, lambda context: (context.encounter.staff_id, *context.encounter.facilitators))
    findings += _grouped(by_member, "member", lambda code: code not in LIMIT_CODES)
    findings += _grouped(by_peer, "peer", lambda code: code not in LIMIT_CODES)
    _hold(contexts, findings)
    lines = _lines(contexts)
    findings += _line_findings(lines)
    _hold(contexts, findings)
    findings += [finding for context in contexts if (finding := _unpriced(context)) is not None]
    _hold(contexts, findings)
    by_member, authorizations = _allocated(by_member)
    findings += _grouped(by_member, "member", lambda code: code in LIMIT_CODES)
    findings += _grouped(by_peer, "peer", lambda code: code in LIMIT_CODES)
    _hold(contexts, findings)
    # A warning about the line may have been told when its units were first shared.
    again = _line_findings(_share_again(lines))
    known = frozenset(findings) if again else frozenset()
    findings += [finding for finding in again if finding not in known]
    _hold(contexts, findings)
    findings += [
        finding for context in contexts for finding in _unwritable_line(context, _number(context, authorizations))
    ]
    _hold(contexts, findings)
    findings += _crowded_lines(contexts)
    _hold(contexts, findings)
    if records.prior_payments:
        findings += _unsettled_lines(contexts)
        _hold(contexts, findings)
    if progress is not None:
        progress(len(contexts))
    billable = tuple(
        _billable(context, _number(context, authorizations))
        for context in _by_id(contexts)
        if not context.held and not context.billed
    )
    supports = Counter(one.encounter.support_type for one in billable if one.encounter.support_type)
    return Audit(
        as_of=as_of,
        encounters=_audited(records, contexts),
        findings=tuple(sorted(findings, key=finding_order)),
        policies=_used(contexts),
        billable=billable,
        support_types=tuple(sorted(supports.items())),
    )


@attrs.frozen
class EncounterAudit:
    """One encounter by itself: `status` is billable, billed, held or rejected; minutes and units None: unknown."""

    encounter_id: str
    minutes: int | None
    units: int | None
    hcpcs: str
    modifiers: tuple[str, ...]
    status: str
    findings: tuple[Finding, ...]


class Auditor:
    """Audits one encounter at a time against an agency's records: for a form that tells the peer at once.

    What other encounters decide (limits, overlaps, duplicates) is for `audit`. So are units where the programme adds a
    day's minutes: they are None here, and whether they match the record or make a unit is left open (PB103, PB104).
    """

    def __init__(
        self,
        records: Records,
        policies: Policies,
        as_of: dt.date,
        history: Sequence[BilledEncounter] = (),
        eligibility: Sequence[Enrolment] = (),
    ) -> None:
        records = spelled_as_policies(guarded(records), policies)
        self._index = build_index(records, as_of, tuple(history), eligibility)
        self._preparer = Preparer(self._index, policies)
        self._holds = RowHolds(self._index)

    def encounter(self, encounter: Encounter) -> EncounterAudit:
        """Run every check that looks at one encounter; the encounter need not be among the records.

        One that holds what its fields cannot hold (a time with a time zone, text where a tuple belongs) is `rejected`.
        """
        fault = encounter_fault(encounter)
        if fault is not None:
            id_ = "".join(fault.encounter_ids)
            return EncounterAudit(id_, None, None, "", (), "rejected", (fault,))
        context = self._preparer.context(encounter)
        context.billed = is_billed_and_unchanged(context)
        findings = [] if context.billed else check_encounter(context)
        findings += self._holds.findings([context])
        context.held = context.held or any(finding.severity is Severity.ERROR for finding in findings)
        findings += unnamed_places([context], place_is_allowed.citations)
        of_the_day = _is_added_by_the_day(context)
        if of_the_day:
            context.units = context.units or 0
        else:
            findings += _line_findings(_lines([context]))
        _hold([context], findings)
        unpriced = _unpriced(context)
        findings += _unwritable_line(context) if unpriced is None else [unpriced]
        _hold([context], findings)
        return EncounterAudit(
            encounter_id=encounter.encounter_id,
            minutes=context.minutes,
            units=None if of_the_day else context.units,
            hcpcs=context.hcpcs,
            modifiers=context.modifiers,
            status=_status(context),
            findings=tuple(sorted(findings, key=finding_order)),
        )


def _is_added_by_the_day(context: Context) -> bool:
    """Tell whether an encounter's units depend on the other ones of its day."""
    if context.billed or context.coding is None:
        return False
    unit = context.coding.unit
    return unit.per == "day" or (unit.per == "minutes" and unit.aggregate == "day" and not unit.continuous)


_ENCOUNTER_CHECKS = tuple(check.function for check in CHECKS if check.scope == "encounter")


def check_encounter(context: Context) -> list[Finding]:
    """Run every check that looks at one encounter alone."""
    found: list[Finding] = []
    for function in _ENCOUNTER_CHECKS:
        found.extend(function(context))
    context.held = any(finding.severity is Severity.ERROR for finding in found)
    return found


def _unwritable_line(context: Context, authorization: str = "") -> Iterator[Finding]:
    """Yield PB605 for what would stop an encounter's line that no check looks at: widths, counts, text."""
    coding = context.coding
    if context.held or context.billed or coding is None or coding.unit_charge is None:
        return
    if coding.form.name == "837I" and (context.encounter.member_id, context.day) in context.index.spend_down:
        yield context.finding(
            "PB605",
            "spend_down.amount",
            "the member paid for this day, and an institutional claim has no element for what the patient paid",
            "Bill the day in the payer's portal.",
            citations=values_are_known.citations,
        )
    diagnoses = clean_diagnoses(context.encounter.diagnoses)
    for field, message, fix in _line_problems(
        coding.hcpcs,
        coding.modifiers,
        max(context.units or 0, 1),
        coding.unit_charge,
        len(diagnoses),
        any(map(codes.is_never_principal, diagnoses[:1])),
        authorization,
        late_fields(context.encounter),
    ):
        where = field if "." in field else "payers.charges" if field == "charge" else f"policy.{field}"
        yield context.finding(
            "PB605", where, f"the line cannot be written: {message}", fix, citations=values_are_known.citations
        )


@lru_cache(maxsize=4096)
def _line_problems(
    hcpcs: str,
    modifiers: tuple[str, ...],
    units: int,
    unit_charge: Decimal,
    diagnoses: int,
    first_is_barred: bool,
    authorization: str,
    late: tuple[str, str, str, str],
) -> tuple[FieldProblem, ...]:
    line = ServiceLine("L1", (), _NO_TIME.date(), hcpcs, modifiers, units, unit_charge * units)
    found = line_problems(line, max(diagnoses, 1))
    if authorization:
        found += authorization_problems(authorization)
    found += late_problems("encounters.", *late)
    if first_is_barred:
        message = "the first diagnosis is an external cause or a sequela, which ICD-10-CM bars from that place"
        found += (FieldProblem("encounters.diagnoses", message, "Put the reason for the service first"),)
    if diagnoses > MAXIMUM_DIAGNOSES:
        fix = "Keep those that the contact was about"
        found += (FieldProblem("encounters.diagnoses", f"a claim has at most {MAXIMUM_DIAGNOSES}", fix),)
    return found


def _crowded_lines(contexts: Iterable[Context]) -> Iterator[Finding]:
    """Yield PB605 for each encounter whose diagnoses are too many beside those of its line; HI holds twelve."""
    of_line: dict[LineKey, tuple[str, ...]] = {}
    for context in contexts:
        key = context.line_key
        if key is None or context.held or context.billed:
            continue
        codes = clean_diagnoses(context.encounter.diagnoses)
        earlier = of_line.setdefault(key, codes)
        together = tuple(dict.fromkeys(earlier + codes)) if earlier is not codes else codes
        if len(together) <= MAXIMUM_DIAGNOSES:
            of_line[key] = together
            continue
        yield context.finding(
            "PB605",
            "encounters.diagnoses",
            f"the encounters of this line have {len(together)} diagnoses together; a claim has at most "
            f"{MAXIMUM_DIAGNOSES}",
            "Keep those that each contact was about.",
            citations=values_are_known.citations,
        )


def _unsettled_lines(contexts: Iterable[Context]) -> Iterator[Finding]:
    """Yield PB405 for the encounters of a line whose charge is not what an earlier payer paid and adjusted."""
    lines = defaultdict[LineKey, list[Context]](list)
    for context in contexts:
        key = context.line_key
        # What the ledger's payers answered is of the lines as they were charged: the claim itself is balanced.
        on_its_way = context.encounter.encounter_id in context.index.answered
        if key is not None and not context.held and not context.billed and not on_its_way:
            lines[key].append(context)
    for line in lines.values():
        first = line[0]
        index, coding, coverage, day = first.index, first.coding, first.coverage, first.day
        rows = [row for context in line for row in index.prior_payments.get(context.encounter.encounter_id, ())]
        if not rows or coding is None or coverage is None or day is None:
            continue
        units = sum(context.units or 0 for context in line)
        charges = [
            context.coding.unit_charge * (context.units or 0)
            for context in line
            if context.coding is not None and context.coding.unit_charge is not None
        ]
        payers = index.records.settings.payers
        earlier = payers_before(index.coverage.get(first.encounter.member_id, ()), coverage, day)
        told = prior_payments(
            rows, [payers[row.payer] for row in earlier if row.payer in payers], coding.hcpcs, coding.modifiers, units
        )
        charge = dollars(cents(sum(charges, Decimal(0))))
        made = ServiceLine("L1", (), day, coding.hcpcs, coding.modifiers, units, charge, prior_payments=told)
        for field, message, fix in prior_payment_problems(made):
            for context in line:
                citations = earlier_payers_have_answered.citations
                yield context.finding("PB405", field, message, fix, citations=citations)


def _order(context: Context) -> tuple[dt.datetime, str]:
    return (context.encounter.start or _NO_TIME, context.encounter.encounter_id)


def _by_id(contexts: Iterable[Context]) -> list[Context]:
    return sorted(contexts, key=lambda context: context.encounter.encounter_id)


def _groups(contexts: list[Context], index: Index, keys: Callable[[Context], tuple[str, ...]]) -> list[Group]:
    found: dict[str, list[Context]] = defaultdict(list)
    for context in contexts:
        for key in dict.fromkeys(keys(context)):
            if key:
                found[key].append(context)
    return [Group(key, tuple(found[key]), index) for key in sorted(found)]


def _marked(contexts: Iterable[Context], index: Index) -> list[Finding]:
    """Mark what is a member's second line of a day as the payer wants it; yield PB805 where that line was sent."""
    of_member: dict[str, list[Context]] = defaultdict(list)
    for context in contexts:
        if context.payer is not None and context.payer.second_service is not None:
            of_member[context.encounter.member_id].append(context)
    found: list[Finding] = []
    for member_id, those in of_member.items():
        marks = second_services(those, index.history.get(member_id, ()))
        for context in those:
            modifiers = marks.get(context.encounter.encounter_id)
            if modifiers is None or context.coding is None or modifiers == context.modifiers:
                continue
            context.coding = attrs.evolve(context.coding, modifiers=modifiers)
            found += not_billed_before.function(context)
    return found


def _allocated(by_member: Iterable[Group]) -> tuple[list[Group], dict[str, Allocated]]:
    """Return the members' groups with what each encounter gets of the authorizations, and that by encounter id."""
    groups: list[Group] = []
    every: dict[str, Allocated] = {}
    for group in by_member:
        index = group.index
        rows = index.authorizations.get(group.key, ())
        found = allocate(group.contexts, rows, index.with_any_payer.get(group.key, ())) if rows else {}
        groups.append(attrs.evolve(group, allocated=found) if found else group)
        every.update(found)
    return groups, every


def _number(context: Context, authorizations: Mapping[str, Allocated]) -> str:
    """Return the number of the authorization that the encounter's claim names, or ""."""
    row = authorizations.get(context.encounter.encounter_id, NOTHING).authorization
    return "" if row is None else row.number


def _grouped(groups: list[Group], scope: str, wanted: Callable[[str], bool]) -> list[Finding]:
    functions = [check.function for check in CHECKS if check.scope == scope and wanted(check.code)]
    return [finding for group in groups for function in functions for finding in function(group)]


def _hold(contexts: list[Context], findings: Iterable[Finding]) -> None:
    held = held_ids(findings)
    for context in contexts:
        if context.encounter.encounter_id in held:
            context.held = True


def _lines(contexts: list[Context]) -> list[list[Context]]:
    """Return the encounters whose minutes are looked at together: those of one line where a day's are added."""
    lines: list[list[Context]] = []
    together: dict[object, list[Context]] = defaultdict(list)
    for context in contexts:
        coding = context.coding
        if context.billed or coding is None or context.minutes is None or not leaves_time(context):
            continue
        unit = coding.unit
        key = context.line_key
        alone = unit.per == "service" or unit.continuous or (unit.per == "minutes" and unit.aggregate == "encounter")
        if alone or key is None:
            lines.append([context])
        else:
            together[key, context.programme and context.programme.id].append(context)
    for line in together.values():
        # What a held encounter will add to its day is known once it is free; alone on its day, it is known now.
        free = [context for context in line if not context.held] if len(line) > 1 else line
        if free:
            lines.append(free)
    return lines


_LINE_CHECKS = tuple(check.function for check in CHECKS if check.scope == "line")


def _line_findings(lines: list[list[Context]]) -> list[Finding]:
    found: list[Finding] = []
    for line in lines:
        if len(line) > 1:
            _share(line)
        found.extend(unit_gap_findings(line))
        for function in _LINE_CHECKS:
            found.extend(function(line))
    return found


def _share(line: list[Context]) -> None:
    shares = line_units(line) or (None,) * len(line)
    for context, units in zip(line, shares, strict=True):
        context.units = units


def _share_again(lines: list[list[Context]]) -> list[list[Context]]:
    """Add a day's minutes again where a limit holds some of its encounters; return what is left of these lines."""
    left: list[list[Context]] = []
    for line in lines:
        free = [context for context in line if not context.held]
        if 0 < len(free) < len(line):
            _share(free)
            left.append(free)
    return left


def _unpriced(context: Context) -> Finding | None:
    """Hold what no check held and still lacks something that a line needs, so that nothing is lost on the way."""
    if context.held or context.billed or _can_be_priced(context):
        return None
    return context.finding(
        "PB605",
        "policy",
        "the encounter cannot be priced",
        "Look at the other findings of this encounter; report this one if there are none.",
        citations=values_are_known.citations,
    )


def _can_be_priced(context: Context) -> bool:
    return (
        context.coding is not None
        and context.coverage is not None
        and context.payer is not None
        and context.programme is not None
        and bool(context.hcpcs)
        and context.minutes is not None
        and context.units is not None
        and context.coding.unit_charge is not None
    )


def _status(context: Context) -> str:
    return "billed" if context.billed else "held" if context.held else "billable"


def _audited(records: Records, contexts: list[Context]) -> tuple[AuditedEncounter, ...]:
    found = [
        AuditedEncounter(
            encounter_id=context.encounter.encounter_id,
            minutes=context.minutes,
            units=context.units,
            hcpcs=context.hcpcs,
            modifiers=context.modifiers,
            status=_status(context),
        )
        for context in contexts
    ]
    found += [AuditedEncounter(row.encounter_id, None, None, "", (), "rejected") for row in records.rejected]
    return tuple(sorted(found, key=lambda row: row.encounter_id))


def _used(contexts: list[Context]) -> tuple[tuple[str, str], ...]:
    programmes = {context.programme.id: context.programme for context in contexts if context.programme is not None}
    return tuple((id_, programmes[id_].sha256) for id_ in sorted(programmes))


def _billable(context: Context, authorization: str) -> BillableEncounter:
    coding = context.coding
    if (
        coding is None
        or context.coverage is None
        or context.payer is None
        or context.programme is None
        or context.minutes is None
        or context.units is None
        or coding.unit_charge is None
    ):
        raise AssertionError("an encounter without a price is held by PB605")
    return BillableEncounter(
        encounter=context.encounter,
        payer=context.payer.key,
        programme=context.programme.id,
        coverage=context.coverage,
        minutes=context.minutes,
        units=context.units,
        unit_minutes=coding.unit.length,
        hcpcs=coding.hcpcs,
        modifiers=coding.modifiers,
        diagnoses=clean_diagnoses(context.encounter.diagnoses),
        unit_charge=coding.unit_charge,
        rendering_id=context.rendering_id,
        supervising_id=context.supervising_id,
        authorization=authorization,
        release=has_release(context),
        form=coding.form.name,
        type_of_bill=coding.form.type_of_bill,
        revenue_code=coding.form.revenue_code,
        attending_id=context.attending_id,
        admission_type=coding.form.admission_type,
        point_of_origin=coding.form.point_of_origin,
        patient_status=coding.form.patient_status,
        facility=facility_of(context),
    )
