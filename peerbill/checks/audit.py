"""The audit of a workspace: every check over its encounters, and what became of each."""

import datetime as dt
import operator
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

import attrs

from peerbill.checks import CHECKS
from peerbill.checks.audited import AuditedEncounter, audited_encounter, status_of
from peerbill.checks.check_set import check_set
from peerbill.checks.passes import Work, by_start, run
from peerbill.checks.patterns.scope import NEED_A_NOTICE, PatternScope
from peerbill.coding.authorizations import NOTHING
from peerbill.coding.context import Allocated, Context, Group, Index, Situation, build_index
from peerbill.coding.explanation import Explanation, explanation_of
from peerbill.coding.guard import guarded
from peerbill.coding.history import history_scope
from peerbill.coding.lines import (
    Line,
)
from peerbill.coding.places import facility_of
from peerbill.coding.prepare import clean_diagnoses
from peerbill.coding.settled import Scoped, scoped, unchanged
from peerbill.coding.spellings import spelled_as_policies
from peerbill.model.claim import BillableEncounter, BilledEncounter, Facility
from peerbill.model.enrolment import Enrolment
from peerbill.model.errors import UnusableInputError
from peerbill.model.finding import Finding, finding_order
from peerbill.model.history import Reach
from peerbill.model.records import Records
from peerbill.model.waiver import IdleWaiver, WaivedFinding, Waiver
from peerbill.policy import Policies
from peerbill.policy.data_version import policy_data_version

_id = operator.attrgetter("encounter.encounter_id")


@attrs.frozen
class Audit:
    """The result of an audit, in the order of encounter ids.

    `policies` holds (programme id, sha256), `support_types` how many of the billable encounters gave each kind of
    support; those that record none are not counted. `policy_data` is the version of the packaged policy data. `waived`
    are findings that a waiver covers: they are not among `findings` and hold nothing; `idle_waivers` cover nothing.
    `not_read` are that many more encounters of the table, billed and long past (`Records.not_read`).
    """

    as_of: dt.date
    encounters: tuple[AuditedEncounter, ...]
    findings: tuple[Finding, ...]
    policies: tuple[tuple[str, str], ...]
    billable: tuple[BillableEncounter, ...]
    support_types: tuple[tuple[str, int], ...] = ()
    policy_data: str = ""
    waived: tuple[WaivedFinding, ...] = ()
    idle_waivers: tuple[IdleWaiver, ...] = ()
    not_read: int = 0

    def count(self, status: str) -> int:
        """Return how many encounters have a status."""
        found = sum(encounter.status == status for encounter in self.encounters)
        return found + self.not_read if status == "billed" else found


def audit(
    records: Records,
    policies: Policies,
    as_of: dt.date,
    history: Sequence[BilledEncounter] = (),
    progress: Callable[[int], None] | None = None,
    eligibility: Sequence[Enrolment] = (),
    corrected: Collection[str] = (),
    answered: Mapping[str, dt.date] | None = None,
    waivers: Sequence[Waiver] = (),
    patterns: PatternScope | None = None,
    purged_before: dt.date | None = None,
) -> Audit:
    """Run every check. `history` is what the ledger holds; `progress` is told how many encounters are done.

    `eligibility` is what payers answered on enrolment, in the order in which they were asked; `corrected` are the ids
    of the encounters that a replacement claim may bill, whose first claim was filed in time. `answered` are the ids of
    encounters on their way to the next payer, with the day on which the ledger's payers before had answered. `waivers`
    are those of the ledger's audit trail, in its order. `purged_before` is the day before which claims were purged
    (`Agency.purged_before`): an older encounter that `history` does not have is held.

    `patterns` asks for what shows only over many encounters (PB208, PB806, PB9xx). Without it, only those codes are
    looked for whose severity the agency raised. Raises ImportError, which names the extra to install, where the
    packages for it are not there.
    """
    records = prepared(records, policies)
    known = unchanged(records.encounters, history) if can_be_scoped(records, policies) else None
    besides = {*corrected, *(answered or ()), *(id_ for waiver in waivers for id_ in waiver.encounter_ids)}
    part = scoped(records, policies, known, besides)
    return scoped_audit(
        part,
        policies,
        as_of,
        Reach.of(part.history).within(history),
        progress,
        eligibility,
        corrected,
        answered,
        waivers,
        patterns,
        purged_before,
    )


def prepared(records: Records, policies: Policies) -> Records:
    """Return the records that can be used, spelled as the policies spell them."""
    return spelled_as_policies(guarded(records), policies)


def can_be_scoped(records: Records, policies: Policies) -> bool:
    """Tell whether what was billed can matter to other encounters only within the windows of the programmes.

    Nobody knows how far the agency's own checks look; a second service is marked as the ledger has it; and the hours
    since a peer's last supervision may begin years ago.
    """
    own = len(check_set(records.settings).checks) > len(CHECKS)
    marked = any(payer.second_service is not None for payer in records.settings.payers.values())
    by_hours = any(
        row.table == "supervision" and "service_hours" in row.values
        for programme in policies
        for row in programme.rows()
    )
    return not (own or marked or by_hours)


def scoped_audit(
    part: Scoped,
    policies: Policies,
    as_of: dt.date,
    history: Sequence[BilledEncounter] = (),
    progress: Callable[[int], None] | None = None,
    eligibility: Sequence[Enrolment] = (),
    corrected: Collection[str] = (),
    answered: Mapping[str, dt.date] | None = None,
    waivers: Sequence[Waiver] = (),
    patterns: PatternScope | None = None,
    purged_before: dt.date | None = None,
) -> Audit:
    """Return what `audit` finds, of the part of a workspace that matters and the history of that part.

    The encounters that are settled are worked out, shown to patterns and counted, one after the other.
    """
    index = build_index(
        part.records, as_of, history, eligibility, frozenset(corrected), answered, waivers, part.settled, purged_before
    )
    return _result(run(index, policies, progress, patterns))


def audit_index(
    records: Records,
    policies: Policies,
    as_of: dt.date,
    history: Sequence[BilledEncounter] = (),
    eligibility: Sequence[Enrolment] = (),
    corrected: Collection[str] = (),
    answered: Mapping[str, dt.date] | None = None,
    waivers: Sequence[Waiver] = (),
    purged_before: dt.date | None = None,
) -> Index:
    """Return what `audit` looks things up in, for those who audit more than once or need it besides; see there."""
    records = prepared(records, policies)
    # Of ten years, what can matter to these encounters: the rest would be sorted for nothing.
    history = history_scope(records, policies).of(history)
    return build_index(
        records, as_of, history, eligibility, frozenset(corrected), answered, waivers, purged_before=purged_before
    )


def without_settled(index: Index, policies: Policies) -> Index:
    """Return an index for an audit that finds what one of all its encounters does, and checks no settled one.

    They are the billed ones that can matter to none of the others: see `scoped`.
    """
    records, history = index.records, index.history.rows
    if not can_be_scoped(records, policies):
        return index
    besides = {*index.corrected, *index.answered, *(id_ for waiver in index.waivers for id_ in waiver.encounter_ids)}
    part = scoped(records, policies, unchanged(records.encounters, history), besides)
    near = Reach.of(part.history).within(history)
    return index.with_encounters(part.records, near, index.corrected, index.answered, part.settled)


def audit_of(
    index: Index,
    policies: Policies,
    progress: Callable[[int], None] | None = None,
    patterns: PatternScope | None = None,
) -> tuple[Audit, Mapping[str, Context]]:
    """Run every check over the encounters of an index; return what became of them, and what each came to by its id."""
    full = full_audit(index, policies, progress, patterns)
    return full.audit, full.contexts


@attrs.frozen(eq=False)
class FullAudit:
    """An audit with what it worked out on the way, for those who show more than its findings.

    Attributes:
        audit: the result.
        contexts: what each encounter came to, by its id.
        peers: the encounters of each peer, rendered and co-facilitated, without those that were voided.
        lines: the encounters whose minutes are looked at together, by the id of each.
        allocated: what each encounter gets of authorizations, by its id.

    """

    audit: Audit
    contexts: Mapping[str, Context]
    peers: tuple[Group, ...]
    lines: Mapping[str, Line]
    allocated: Mapping[str, Allocated]

    def explanation(self, encounter_id: str) -> Explanation | None:
        """Return why an encounter comes to its code, units and charge; None where its row cannot be read."""
        context = self.contexts.get(encounter_id)
        if context is None:
            return None
        line = self.lines.get(encounter_id, [context])
        return explanation_of(context, status_of(context), line, self.allocated.get(encounter_id, NOTHING))


def full_audit(
    index: Index,
    policies: Policies,
    progress: Callable[[int], None] | None = None,
    patterns: PatternScope | None = None,
) -> FullAudit:
    """Run every check over the encounters of an index, and keep what was worked out on the way."""
    settled: list[Context] = []
    work = run(index, policies, progress, patterns, settled)
    contexts = sorted((*work.contexts, *settled), key=by_start) if settled else work.contexts
    return FullAudit(
        audit=_result(work),
        contexts={context.encounter.encounter_id: context for context in contexts},
        peers=tuple(work.by_peer),
        lines={context.encounter.encounter_id: line for line in work.lines for context in line},
        allocated=work.allocated,
    )


def _result(work: Work) -> Audit:
    contexts = sorted(work.contexts, key=_id)
    places: _Places = {}
    billable = tuple(
        _billable(context, work.authorization(context), places)
        for context in contexts
        if not context.held and not context.billed
    )
    supports = Counter(one.encounter.support_type for one in billable if one.encounter.support_type)
    return Audit(
        as_of=work.index.as_of,
        encounters=_audited(work, contexts),
        findings=tuple(sorted(work.findings, key=finding_order)),
        policies=tuple((id_, work.programmes[id_]) for id_ in sorted(work.programmes)),
        billable=billable,
        support_types=tuple(sorted(supports.items())),
        policy_data=policy_data_version(),
        waived=work.checks.waivers.covered,
        idle_waivers=_idle(work),
        not_read=work.index.records.not_read,
    )


def explain(
    records: Records,
    policies: Policies,
    as_of: dt.date,
    encounter_id: str,
    history: Sequence[BilledEncounter] = (),
    eligibility: Sequence[Enrolment] = (),
    progress: Callable[[int], None] | None = None,
    waivers: Sequence[Waiver] = (),
    purged_before: dt.date | None = None,
) -> Explanation:
    """Return why an audit gives an encounter its code, units and charge: each step with its figures and sources.

    Takes what `audit` takes, and audits everything, since a day's other encounters may share the units. A held
    encounter is explained as far as it is known. Raises UnusableInputError where the records have no such encounter.
    """
    index = audit_index(records, policies, as_of, history, eligibility, waivers=waivers, purged_before=purged_before)
    work = run(index, policies, progress)
    for context in work.contexts:
        if context.encounter.encounter_id == encounter_id:
            line = next((line for line in work.lines if any(other is context for other in line)), [context])
            allocated = work.allocated.get(encounter_id, NOTHING)
            return explanation_of(context, status_of(context), line, allocated)
    raise UnusableInputError(
        f"no encounter {encounter_id} can be explained: it is not among the encounters, or its row cannot be read"
    )


def _idle(work: Work) -> tuple[IdleWaiver, ...]:
    if not work.index.waivers:
        return ()
    billed = {context.encounter.encounter_id for context in work.contexts if context.billed}
    not_asked = {check.code for check in work.checks.checks if check.scope == "pattern"}
    not_asked -= {check.code for check in work.checks.of_pattern(asked=work.patterns is not None)}
    if work.patterns is None or work.patterns.notice is None:
        not_asked |= NEED_A_NOTICE
    return work.checks.waivers.idle([row.encounter_id for row in work.index.records.rejected], billed, not_asked)


def _audited(work: Work, contexts: Sequence[Context]) -> tuple[AuditedEncounter, ...]:
    found = [*map(audited_encounter, contexts), *work.settled]
    rejected = work.index.records.rejected
    found += [AuditedEncounter(row.encounter_id, None, None, "", (), "rejected") for row in rejected]
    return tuple(sorted(found, key=operator.attrgetter("encounter_id")))


_Places = dict[Situation, tuple[Facility | None, str]]
"""Where a service of a situation was given, and the site that bills for it."""


def _billable(context: Context, authorization: str, places: _Places) -> BillableEncounter:
    coding, situation = context.coding, context.situation
    if (
        coding is None
        or situation is None
        or context.coverage is None
        or context.payer is None
        or context.programme is None
        or context.minutes is None
        or context.units is None
        or coding.unit_charge is None
    ):
        raise AssertionError("an encounter without a price is held by PB605")
    where = places.get(situation)
    if where is None:
        where = places[situation] = (facility_of(context), context.bills_as)
    form = coding.form
    # By position, in the order of the fields: with so many names, a value takes three times as long to make.
    return BillableEncounter(
        context.encounter,
        context.payer.key,
        context.programme.id,
        context.coverage,
        context.minutes,
        context.units,
        coding.unit.length,
        coding.hcpcs,
        coding.modifiers,
        clean_diagnoses(context.encounter.diagnoses),
        coding.unit_charge,
        context.rendering_id,
        context.supervising_id,
        authorization,
        context.has_release,
        form.name,
        form.type_of_bill,
        form.revenue_code,
        context.attending_id,
        form.admission_type,
        form.point_of_origin,
        form.patient_status,
        where[0],
        situation.site,
        where[1],
    )
