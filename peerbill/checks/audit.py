"""The passes over a workspace's encounters: each one, by member, by peer, and the lines and limits they make.

`PASSES` lists them in order. What a pass finds holds its encounters before the next one begins.
"""

import datetime as dt
import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal

import attrs

from peerbill.checks import CHECKS, quiet
from peerbill.checks.asked import EncounterChecks
from peerbill.checks.base import Check
from peerbill.checks.check_set import CheckSet, check_set
from peerbill.checks.limits import stays_within_limits
from peerbill.checks.member import earlier_payers_have_answered, unsettled_lines
from peerbill.checks.overlaps import not_billed_before
from peerbill.checks.patterns.from_contexts import pattern_rows
from peerbill.checks.patterns.scope import NEED_A_NOTICE, PatternScope, load_packages
from peerbill.checks.patterns.seen import Seen
from peerbill.checks.patterns.thresholds import BILLABLE_DAYS, USUAL_DAYS
from peerbill.checks.quiet import Sweep
from peerbill.checks.rows import LimitedHold, RowHolds, limits_of
from peerbill.checks.service import (
    crowded_lines,
    place_is_allowed,
    unit_gaps,
    unnamed_places,
    unpriced,
    unwritable_line,
    values_are_known,
)
from peerbill.checks.waivers import of_records
from peerbill.coding.authorizations import NOTHING
from peerbill.coding.context import Allocated, Context, Group, Index, Situation, build_index
from peerbill.coding.explanation import Explanation, authorities, charge_of, explanation_of
from peerbill.coding.guard import encounter_fault, guarded
from peerbill.coding.history import history_scope
from peerbill.coding.lines import (
    Line,
    allocate_authorizations,
    counts_alone,
    lines_of,
    mark_second_services,
    share_again,
    share_units,
)
from peerbill.coding.places import facility_of
from peerbill.coding.prepare import Preparer, clean_diagnoses
from peerbill.coding.settled import Scoped, scoped, unchanged
from peerbill.coding.spellings import spelled_as_policies
from peerbill.model.claim import BillableEncounter, BilledEncounter, Facility
from peerbill.model.encounter import Encounter
from peerbill.model.enrolment import Enrolment
from peerbill.model.errors import UnusableInputError
from peerbill.model.finding import Finding, Severity, finding_order, held_ids
from peerbill.model.frozen import freeze
from peerbill.model.history import Reach
from peerbill.model.quick import quick
from peerbill.model.records import Records
from peerbill.model.waiver import IdleWaiver, WaivedFinding, Waiver
from peerbill.policy import Authority, Policies
from peerbill.policy.data_version import policy_data_version

LIMIT_CODES = frozenset({"PB512", "PB701", "PB702", "PB809"})
"""Checks of what is left to bill, once it is known what others hold."""
PROGRESS_STEP = 1000
_NO_TIME = dt.datetime(1, 1, 1)  # noqa: DTZ001  # recorded times are local, without offset


@quick
@attrs.frozen
class AuditedEncounter:
    """What became of one encounter.

    `status`: billable, billed, held or rejected; minutes, units and charge (dollars) None: unknown.
    """

    encounter_id: str
    minutes: int | None
    units: int | None
    hcpcs: str
    modifiers: tuple[str, ...]
    status: str
    charge: Decimal | None = None


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
    return _result(_run(index, policies, progress, patterns))


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
        return explanation_of(context, _status(context), line, self.allocated.get(encounter_id, NOTHING))


def full_audit(
    index: Index,
    policies: Policies,
    progress: Callable[[int], None] | None = None,
    patterns: PatternScope | None = None,
) -> FullAudit:
    """Run every check over the encounters of an index, and keep what was worked out on the way."""
    work = _run(index, policies, progress, patterns)
    return FullAudit(
        audit=_result(work),
        contexts={context.encounter.encounter_id: context for context in work.contexts},
        peers=tuple(work.by_peer),
        lines={context.encounter.encounter_id: line for line in work.lines for context in line},
        allocated=work.allocated,
    )


def _result(work: "_Work") -> Audit:
    places: _Places = {}
    billable = tuple(
        _billable(context, work.authorization(context), places)
        for context in sorted(work.contexts, key=lambda context: context.encounter.encounter_id)
        if not context.held and not context.billed
    )
    supports = Counter(one.encounter.support_type for one in billable if one.encounter.support_type)
    return Audit(
        as_of=work.index.as_of,
        encounters=_audited(work),
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
    work = _run(index, policies, progress)
    for context in work.contexts:
        if context.encounter.encounter_id == encounter_id:
            line = next((line for line in work.lines if any(other is context for other in line)), [context])
            allocated = work.allocated.get(encounter_id, NOTHING)
            return explanation_of(context, _status(context), line, allocated)
    raise UnusableInputError(
        f"no encounter {encounter_id} can be explained: it is not among the encounters, or its row cannot be read"
    )


def _run(
    index: Index,
    policies: Policies,
    progress: Callable[[int], None] | None,
    patterns: PatternScope | None = None,
) -> "_Work":
    """Run the passes, and return what they worked out and found."""
    rejected = [finding for row in index.records.rejected for finding in row.findings]
    waivers = of_records(index.waivers, index.records.encounters, index.as_of)
    checks = attrs.evolve(check_set(index.records.settings), waivers=waivers)
    work = _Work(index, checks, rejected, patterns, Preparer(index, policies))
    _each_encounter(work, progress)
    for one_pass in PASSES:
        work.take(one_pass(work))
    work.use(work.contexts)
    if len(work.settled) < len(index.settled):  # no pattern was looked for
        deque(work.each_settled(), maxlen=0)
    if progress is not None:
        progress(len(work.contexts) + len(work.settled))
    return work


@attrs.define
class _Work:
    """What the passes share: the encounters in order of start, then id, and what was found so far.

    `by_member` and `by_peer` leave out encounters that were voided; `allocated` is by encounter id. `settled` are the
    results of encounters that no check looks at, `programmes` the policies of all, by id. `elsewhere` is what was found
    in other parts of a workspace that is audited in parts; `left` is then what limits on peers have to count.
    """

    index: Index
    checks: CheckSet
    findings: list[Finding]
    patterns: PatternScope | None
    preparer: Preparer
    contexts: list[Context] = attrs.field(factory=list)
    by_member: list[Group] = attrs.field(factory=list)
    by_peer: list[Group] = attrs.field(factory=list)
    lines: list[Line] = attrs.field(factory=list)
    allocated: Mapping[str, Allocated] = attrs.field(factory=dict)
    settled: list[AuditedEncounter] = attrs.field(factory=list)
    programmes: dict[str, str] = attrs.field(factory=dict)
    elsewhere: "Elsewhere | None" = None
    left: "list[Left]" = attrs.field(factory=list)
    sweep: Sweep | None = None

    def each_settled(self) -> Iterator[Context]:
        """Yield the encounters that no check looks at, in order of start, then id; none is kept but its result."""
        for encounter in sorted(self.index.settled, key=_starts):
            context = self.preparer.context(encounter)
            context.billed = True
            self.use([context])
            self.settled.append(_audited_encounter(context))
            yield context

    def use(self, contexts: Iterable[Context]) -> None:
        """Keep the policies of encounters."""
        for context in contexts:
            if context.programme is not None:
                self.programmes[context.programme.id] = context.programme.sha256

    def take(self, found: Iterable[Finding]) -> None:
        """Keep what a pass found, and hold the encounters of its errors."""
        found = self.checks.raised(found)
        self.findings += found
        _hold(self.contexts, found)

    def authorization(self, context: Context) -> str:
        """Return the number of the authorization that the encounter's claim names, or ""."""
        if not self.allocated:
            return ""
        row = self.allocated.get(context.encounter.encounter_id, NOTHING).authorization
        return "" if row is None else row.number


def _idle(work: "_Work") -> tuple[IdleWaiver, ...]:
    if not work.index.waivers:
        return ()
    billed = {context.encounter.encounter_id for context in work.contexts if context.billed}
    not_asked = {check.code for check in work.checks.checks if check.scope == "pattern"}
    not_asked -= {check.code for check in work.checks.of_pattern(asked=work.patterns is not None)}
    if work.patterns is None or work.patterns.notice is None:
        not_asked |= NEED_A_NOTICE
    return work.checks.waivers.idle([row.encounter_id for row in work.index.records.rejected], billed, not_asked)


def _each_encounter(work: _Work, progress: Callable[[int], None] | None) -> None:
    """Work out and check each encounter by itself."""
    work.contexts = [work.preparer.context(encounter) for encounter in work.index.records.encounters]
    for number, (context, found) in enumerate(EncounterChecks(work.checks).each(work.contexts), start=1):
        if found:
            context.held = _holds(found)
            work.findings += found
        if progress is not None and number % PROGRESS_STEP == 0:
            progress(number)
    work.contexts.sort(key=_order)
    _hold(work.contexts, work.findings)


def _rows_that_cannot_be_used(work: _Work) -> Iterable[Finding]:
    index = work.index
    holds = (
        limits_of(attrs.evolve(index.records, encounters=(*index.records.encounters, *index.settled)))
        if work.elsewhere is None
        else work.elsewhere.holds
    )
    return RowHolds(holds).findings(work.contexts)


def _places_and_second_services(work: _Work) -> Iterator[Finding]:
    """Yield which places nobody knows, and what was sent already as the second service of a day that it is."""
    yield from place_is_allowed.findings(unnamed_places(work.contexts))
    for context in mark_second_services(work.contexts):
        if not context.may_be_purged:  # which was found without the line
            yield from not_billed_before(context)


def _members_and_peers(work: _Work) -> Iterator[Finding]:
    """Yield what shows once all encounters of a member, and of a peer, are looked at together."""
    left = [context for context in work.contexts if not context.is_void]
    index = work.index
    work.by_member = groups_of(left, index, lambda context: (context.encounter.member_id,))
    if work.elsewhere is None:
        work.by_peer = groups_of(left, index, peers_of)
    work.sweep = Sweep(left, index)
    yield from _grouped(work, lambda code: code not in LIMIT_CODES)
    if work.elsewhere is not None:
        _hold_ids(work.contexts, work.elsewhere.by_peers)


def peers_of(context: Context) -> tuple[str, ...]:
    """Return the ids of the staff members whose time an encounter takes, rendered and co-facilitated."""
    return (context.encounter.staff_id, *context.index.facilitators(context.encounter))


def _units_of_lines(work: _Work) -> Iterable[Finding]:
    work.lines = lines_of(work.contexts)
    return _line_findings(work.lines, work.checks)


def _what_has_no_price(work: _Work) -> Iterable[Finding]:
    return values_are_known.findings(found for context in work.contexts for found in unpriced(context))


def _limits(work: _Work) -> Iterator[Finding]:
    """Yield what goes beyond authorizations and limits, of what is left to bill."""
    work.by_member, work.allocated = allocate_authorizations(work.by_member)
    if work.elsewhere is not None:
        work.left = [Left.of(context) for context in work.contexts]
    yield from _grouped(work, lambda code: code in LIMIT_CODES)
    if work.elsewhere is not None:
        _hold_ids(work.contexts, work.elsewhere.by_peer_limits)


def _units_of_what_is_left(work: _Work) -> Iterable[Finding]:
    again = _line_findings(share_again(work.lines), work.checks)
    # A warning about the line may have been told when its units were first shared.
    known = frozenset(work.findings) if again else frozenset()
    return [finding for finding in again if finding not in known]


def _what_no_file_can_carry(work: _Work) -> Iterable[Finding]:
    return values_are_known.findings(
        found for context in work.contexts for found in unwritable_line(context, work.authorization(context))
    )


def _too_many_diagnoses(work: _Work) -> Iterable[Finding]:
    return values_are_known.findings(crowded_lines(work.contexts))


def _earlier_payers_amounts(work: _Work) -> Iterable[Finding]:
    if not work.index.records.prior_payments:
        return ()
    return earlier_payers_have_answered.findings(unsettled_lines(work.contexts))


def usual_days(day: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and the last day on which what was billed shows what is usual around a day left to bill."""
    usual = dt.timedelta(days=USUAL_DAYS)
    return max(day, dt.date.min + usual) - usual, min(day, dt.date.max - usual) + usual


def usual_spans(left: Iterable[dt.date], as_of: dt.date) -> list[tuple[dt.date, dt.date]]:
    """Return the usual days around the days that are left to bill, those that meet as one span, in order.

    There are none around a day over `BILLABLE_DAYS` before the audit's: what is left of it can hardly be billed.
    """
    oldest = max(as_of, dt.date.min + dt.timedelta(days=BILLABLE_DAYS)) - dt.timedelta(days=BILLABLE_DAYS)
    spans: list[tuple[dt.date, dt.date]] = []
    for begins, ends in map(usual_days, sorted({min(day, as_of) for day in left if day >= oldest})):
        if spans and begins <= spans[-1][1]:
            spans[-1] = (spans[-1][0], ends)
        else:
            spans.append((begins, ends))
    return spans


def _is_within(day: dt.date | None, spans: Iterable[tuple[dt.date, dt.date]]) -> bool:
    return day is not None and any(begins <= day <= ends for begins, ends in spans)


def _patterns(work: _Work) -> Iterator[Finding]:
    """Yield what shows over many encounters: a finding names those that are left to bill.

    Billed ones are seen for comparison, within `USUAL_DAYS` of any that is left and no older than `BILLABLE_DAYS`: what
    shows about an encounter shows whatever else is left.
    """
    checks = work.checks.of_pattern(asked=work.patterns is not None)
    days = [context.day for context in work.contexts if context.day is not None and not context.billed]
    if not checks or not days:
        return
    load_packages()
    spans = usual_spans(days, work.index.as_of)
    seen = Seen(work.index.as_of, work.patterns.notice if work.patterns is not None else None)
    shown = (
        context
        for context in heapq.merge(work.contexts, work.each_settled(), key=_order)
        if not context.billed or _is_within(context.day, spans)
    )
    for row in pattern_rows(shown):
        seen.add(row)
    billed = {context.encounter.encounter_id for context in work.contexts if context.billed}
    billed.update(row.encounter_id for row in work.settled)
    for check in checks:
        for finding in check(seen):
            left = tuple(id_ for id_ in finding.encounter_ids if id_ not in billed)
            if left:
                yield attrs.evolve(finding, encounter_ids=left) if len(left) < len(finding.encounter_ids) else finding


PASSES: tuple[Callable[[_Work], Iterable[Finding]], ...] = (
    _rows_that_cannot_be_used,
    _places_and_second_services,
    _members_and_peers,
    _units_of_lines,
    _what_has_no_price,
    _limits,
    _units_of_what_is_left,
    _what_no_file_can_carry,
    _too_many_diagnoses,
    _earlier_payers_amounts,
    _patterns,
    _units_of_what_is_left,
)
"""What follows the check of each encounter by itself, in order."""


# A workspace in parts


@attrs.frozen
class Elsewhere:
    """What an audit of some members takes from what was found in other parts of their workspace.

    Attributes:
        holds: what rows that could not be used hold, of the whole workspace.
        by_peers: the ids of encounters that the checks of peers hold.
        by_peer_limits: the ids that limits on peers hold.

    """

    holds: tuple[LimitedHold, ...] = ()
    by_peers: frozenset[str] = frozenset()
    by_peer_limits: frozenset[str] = frozenset()


@quick
@attrs.frozen
class Left:
    """What limits count of an encounter: whether it is held before they are looked at, and its units."""

    encounter_id: str
    held: bool
    units: int | None

    @classmethod
    def of(cls, context: Context) -> "Left":
        """Return what limits count of an encounter."""
        return cls(context.encounter.encounter_id, context.held, context.units)


@attrs.frozen(eq=False)
class PartAudit:
    """The audit of some members, each with all encounters, without the checks that look at peers and for patterns.

    Attributes:
        encounters: what became of each, by id; rejected rows are not among them.
        findings: what the checks of each encounter found, then what each of `PASSES` did.
        contexts: what each encounter came to, in order of start, then id.
        left: what limits on peers count.
        programmes: the policies of all, as pairs of id and SHA-256.

    """

    encounters: tuple[AuditedEncounter, ...]
    findings: tuple[tuple[Finding, ...], ...]
    contexts: tuple[Context, ...]
    left: tuple[Left, ...]
    programmes: tuple[tuple[str, str], ...]


def part_audit(index: Index, policies: Policies, elsewhere: Elsewhere) -> PartAudit:
    """Audit members of a workspace by themselves, as far as `elsewhere` says what other parts decide.

    With what the checks of peers hold, and what limits on peers hold, the result is what `audit` of the whole workspace
    finds of these members. The index knows of the whole what its fields say.
    """
    checks = check_set(index.records.settings)
    checks = attrs.evolve(checks, checks=checks.checks[: len(CHECKS)])
    work = _Work(index, checks, [], None, Preparer(index, policies), elsewhere=elsewhere)
    _each_encounter(work, None)
    found = [tuple(work.findings)]
    for one_pass in PASSES:
        if one_pass is not _patterns:
            work.take(one_pass(work))
        found.append(tuple(work.findings[sum(map(len, found)) :]))
    work.use(work.contexts)
    return PartAudit(
        encounters=tuple(sorted(map(_audited_encounter, work.contexts), key=lambda row: row.encounter_id)),
        findings=tuple(found),
        contexts=tuple(work.contexts),
        left=tuple(work.left),
        programmes=tuple(sorted(work.programmes.items())),
    )


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
            status=_status(context),
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
        return explanation_of(context, _status(context), [context], NOTHING)

    def _checked(self, encounter: Encounter) -> tuple[Context, list[Finding]]:
        """Return an encounter with everything on file about it, and what the checks of it alone find."""
        context = self._preparer.context(encounter)
        self._checks.waivers.start_over({encounter.encounter_id: context.encounter})
        findings = [] if context.billed else check_encounter(context, self._of_encounter)
        findings += self._holds.findings([context])
        context.held = context.held or _holds(findings)
        findings += self._checks.raised(place_is_allowed.findings(unnamed_places([context])))
        of_the_day = _depends_on_its_day(context)
        if of_the_day:
            context.units = context.units or 0
        else:
            findings += _line_findings(lines_of([context]), self._checks)
        _hold([context], findings)
        lacking = list(unpriced(context)) or unwritable_line(context)
        findings += self._checks.raised(values_are_known.findings(lacking))
        _hold([context], findings)
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


def check_encounter(context: Context, checks: EncounterChecks) -> list[Finding]:
    """Run every check that looks at one encounter alone."""
    found = checks.findings(context)
    context.held = _holds(found)
    return found


def _holds(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def _order(context: Context) -> tuple[dt.datetime, str]:
    encounter = context.encounter
    return (encounter.start or _NO_TIME, encounter.encounter_id)


def _starts(encounter: Encounter) -> tuple[dt.datetime, str]:
    return (encounter.start or _NO_TIME, encounter.encounter_id)


def groups_of(contexts: Iterable[Context], index: Index, keys: Callable[[Context], tuple[str, ...]]) -> list[Group]:
    """Return encounters by the ids that `keys` gives each of them, in the order of ids; "" is nobody's."""
    found: dict[str, list[Context]] = defaultdict(list)
    for context in contexts:
        ids = keys(context)
        for key in ids if len(ids) == 1 else dict.fromkeys(ids):
            if key:
                found[key].append(context)
    return [Group(key, tuple(found[key]), index) for key in sorted(found)]


def _grouped(work: _Work, wanted: Callable[[str], bool]) -> Iterator[Finding]:
    for scope, groups in (("member", work.by_member), ("peer", work.by_peer)):
        checks = [check for check in work.checks.checks if check.scope == scope and wanted(check.code)]
        for group in groups:
            for check in checks:
                if not _is_proven(work, check, group):
                    yield from check(group)


def _is_proven(work: _Work, check: Check, group: Group) -> bool:
    """Tell whether a check of a member or peer is proven to find nothing."""
    if not quiet.ON:
        return False
    if check.looks_at == "times":
        return work.sweep is not None and work.sweep.holds(group, check.scope)
    return check.looks_at == "units" and stays_within_limits(group, check.scope)


def _hold(contexts: list[Context], findings: Iterable[Finding]) -> None:
    _hold_ids(contexts, held_ids(findings))


def _hold_ids(contexts: Iterable[Context], held: AbstractSet[str]) -> None:
    if not held:
        return
    for context in contexts:
        if context.encounter.encounter_id in held:
            context.held = True


def _line_findings(lines: Iterable[Line], checks: CheckSet) -> list[Finding]:
    found: list[Finding] = []
    others = tuple(check for check in checks.of_line if check.looks_at != "row")
    for line in lines:
        if quiet.ON and quiet.is_plain_line(line):
            for check in others:
                found.extend(check(line))
            continue
        if len(line) > 1 or line[0].units is None:
            share_units(line)
        found.extend(values_are_known.findings(unit_gaps(line)))
        # Without the contacts that are held until a rule is known, where the others are billed.
        known = [context for context in line if context.units is not None] or line
        for check in checks.of_line:
            found.extend(check(known))
    return checks.raised(found)


def _status(context: Context) -> str:
    return "billed" if context.billed else "held" if context.held else "billable"


def _audited(work: _Work) -> tuple[AuditedEncounter, ...]:
    found = [*map(_audited_encounter, work.contexts), *work.settled]
    rejected = work.index.records.rejected
    found += [AuditedEncounter(row.encounter_id, None, None, "", (), "rejected") for row in rejected]
    return tuple(sorted(found, key=lambda row: row.encounter_id))


def _audited_encounter(context: Context) -> AuditedEncounter:
    coding = context.coding
    return AuditedEncounter(
        encounter_id=context.encounter.encounter_id,
        minutes=context.minutes,
        units=context.units,
        hcpcs=coding.hcpcs if coding is not None else "",
        modifiers=coding.modifiers if coding is not None else (),
        status=_status(context),
        charge=charge_of(context),
    )


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
        release=context.has_release,
        form=coding.form.name,
        type_of_bill=coding.form.type_of_bill,
        revenue_code=coding.form.revenue_code,
        attending_id=context.attending_id,
        admission_type=coding.form.admission_type,
        point_of_origin=coding.form.point_of_origin,
        patient_status=coding.form.patient_status,
        facility=where[0],
        site=situation.site,
        bills_as=where[1],
    )
