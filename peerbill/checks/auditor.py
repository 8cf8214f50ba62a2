"""The audit of one encounter by itself, for a form that tells the peer at once."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

import attrs

from peerbill.checks.asked import EncounterChecks
from peerbill.checks.audited import status_of
from peerbill.checks.check_set import check_set
from peerbill.checks.passes import check_encounter, has_error, hold, line_findings
from peerbill.checks.rows import RowHolds, limits_of
from peerbill.checks.service import (
    place_is_allowed,
    unnamed_places,
    unpriced,
    unwritable_line,
    values_are_known,
)
from peerbill.checks.waivers import of_records
from peerbill.coding.authorizations import NOTHING
from peerbill.coding.context import Context, build_index
from peerbill.coding.explanation import Explanation, authorities, charge_of, explanation_of
from peerbill.coding.guard import encounter_fault, guarded
from peerbill.coding.lines import (
    counts_alone,
    lines_of,
)
from peerbill.coding.prepare import Preparer
from peerbill.coding.spellings import spelled_as_policies
from peerbill.model.claim import BilledEncounter
from peerbill.model.encounter import Encounter
from peerbill.model.enrolment import Enrolment
from peerbill.model.errors import UnusableInputError
from peerbill.model.finding import Finding, finding_order
from peerbill.model.frozen import freeze
from peerbill.model.records import Records
from peerbill.model.waiver import WaivedFinding, Waiver
from peerbill.policy import Authority, Policies
from peerbill.policy.data_version import policy_data_version


@attrs.frozen
class EncounterAudit:
    """One encounter by itself, for a form.

    Attributes:
        encounter_id: the encounter.
        minutes: billable minutes, None where they are not known.
        units: None where they are not known, or where the programme adds a day's minutes.
        hcpcs: the procedure code, "" where it is not known.
        modifiers: in the order of the claim.
        status: billable, billed, held or rejected.
        findings: what the checks found, in the order of their codes.
        payer: the key of `[payers]`, "" where it is not known.
        programme: STATE/PROGRAMME, "" where none is in force.
        policy: the SHA-256 of the policy by which it was judged.
        charge: of its units, in dollars; None where units or charge are not known.
        authorities: who says each value: `hcpcs`, `modifiers`, `modifier.HQ`, `unit.rounding`, `rate.amount`, ….
        policy_data: the version of the packaged policy data.
        waived: what the checks found and a waiver covers; it is not among `findings`.

    """

    encounter_id: str
    minutes: int | None
    units: int | None
    hcpcs: str
    modifiers: tuple[str, ...]
    status: str
    findings: tuple[Finding, ...]
    payer: str = ""
    programme: str = ""
    policy: str = ""
    charge: Decimal | None = None
    authorities: Mapping[str, Authority] = attrs.field(factory=dict)
    policy_data: str = ""
    waived: tuple[WaivedFinding, ...] = ()

    def __attrs_post_init__(self) -> None:
        freeze(self, "authorities")


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
        waivers: Sequence[Waiver] = (),
        purged_before: dt.date | None = None,
    ) -> None:
        records = spelled_as_policies(guarded(records), policies)
        self._index = build_index(records, as_of, history, eligibility, purged_before=purged_before)
        self._preparer = Preparer(self._index, policies)
        self._holds = RowHolds(limits_of(records))
        self._checks = attrs.evolve(check_set(records.settings), waivers=of_records(waivers, (), as_of))
        self._of_encounter = EncounterChecks(self._checks)

    def encounter(self, encounter: Encounter) -> EncounterAudit:
        """Run every check that looks at one encounter; the encounter need not be among the records.

        One that holds what its fields cannot hold (a time with a time zone, text where a tuple belongs) is `rejected`.
        """
        fault = encounter_fault(encounter)
        if fault is not None:
            id_ = "".join(fault.encounter_ids)
            return EncounterAudit(id_, None, None, "", (), "rejected", (fault,), policy_data=policy_data_version())
        context, findings = self._checked(encounter)
        coding, rules, programme = context.coding, context.rules, context.programme
        return EncounterAudit(
            encounter_id=encounter.encounter_id,
            minutes=context.minutes,
            units=context.units,
            hcpcs=context.hcpcs,
            modifiers=context.modifiers,
            status=status_of(context),
            findings=tuple(sorted(findings, key=finding_order)),
            payer=context.payer.key if context.payer is not None else "",
            programme=programme.id if programme is not None else "",
            policy=programme.sha256 if programme is not None else "",
            charge=charge_of(context),
            authorities=authorities(rules, encounter.service, coding)
            if coding is not None and rules is not None
            else {},
            policy_data=policy_data_version(),
            waived=self._checks.waivers.covered,
        )

    def explain(self, encounter: Encounter) -> Explanation:
        """Return why an encounter, by itself, comes to its code, units and charge.

        Raises UnusableInputError for one that holds what its fields cannot hold.
        """
        fault = encounter_fault(encounter)
        if fault is not None:
            raise UnusableInputError(f"the encounter cannot be explained: {fault.message}. {fault.fix}")
        context, _ = self._checked(encounter)
        return explanation_of(context, status_of(context), [context], NOTHING)

    def _checked(self, encounter: Encounter) -> tuple[Context, list[Finding]]:
        """Return an encounter with everything on file about it, and what the checks of it alone find."""
        context = self._preparer.context(encounter)
        self._checks.waivers.start_over({encounter.encounter_id: context.encounter})
        findings = [] if context.billed else check_encounter(context, self._of_encounter)
        findings += self._holds.findings([context])
        context.held = context.held or has_error(findings)
        findings += self._checks.raised(place_is_allowed.findings(unnamed_places([context])))
        of_the_day = _depends_on_its_day(context)
        if of_the_day:
            context.units = context.units or 0
        else:
            findings += line_findings(lines_of([context]), self._checks)
        hold([context], findings)
        lacking = list(unpriced(context)) or unwritable_line(context)
        findings += self._checks.raised(values_are_known.findings(lacking))
        hold([context], findings)
        if of_the_day:
            context.units = None
        return context, findings


def _depends_on_its_day(context: Context) -> bool:
    """Tell whether an encounter's units depend on the other ones of its day.

    Where nobody knows whether a day's minutes are added, they do as soon as the member has another contact that day.
    """
    if context.billed or context.coding is None or counts_alone(context.coding.unit):
        return False
    unit = context.coding.unit
    if unit.per != "minutes" or unit.aggregate is not None:
        return True
    encounter = context.encounter
    starts = context.index.member_starts(encounter.member_id)
    return any(start.date() == context.day and start != encounter.start for start in starts)
