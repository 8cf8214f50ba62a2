"""The passes over a workspace's encounters: each one, by member, by peer, and the lines and limits they make.

`PASSES` lists them in order. What a pass finds holds its encounters before the next one begins.
"""

import datetime as dt
import heapq
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

import attrs

from peerbill.checks import quiet
from peerbill.checks.asked import EncounterChecks
from peerbill.checks.audited import AuditedEncounter, audited_encounter
from peerbill.checks.base import Check
from peerbill.checks.check_set import CheckSet, check_set
from peerbill.checks.limits import stays_within_limits
from peerbill.checks.member import earlier_payers_have_answered, unsettled_lines
from peerbill.checks.overlaps import not_billed_before
from peerbill.checks.patterns.scope import PatternScope, load_packages
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
from peerbill.coding.context import Allocated, Context, Group, Index
from peerbill.coding.lines import (
    Line,
    allocate_authorizations,
    lines_of,
    mark_second_services,
    share_again,
    share_units,
)
from peerbill.coding.prepare import Preparer
from peerbill.model.encounter import Encounter
from peerbill.model.finding import Finding, Severity, held_ids
from peerbill.model.quick import quick
from peerbill.policy import Policies

LIMIT_CODES = frozenset({"PB512", "PB701", "PB702", "PB809"})
"""Checks of what is left to bill, once it is known what others hold."""
PROGRESS_STEP = 1000
_NO_TIME = dt.datetime(1, 1, 1)  # noqa: DTZ001  # recorded times are local, without offset


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


@attrs.define
class Work:
    """What the passes share: the encounters in order of start, then id, and what was found so far.

    `by_member` and `by_peer` leave out encounters that were voided; `allocated` is by encounter id. `settled` are the
    results of encounters that no check looks at, `programmes` the policies of all, by id; `kept` is given where what
    the settled ones come to is to be kept too. `elsewhere` is what was found in other parts of a workspace that is
    audited in parts; `left` is then what limits on peers have to count.
    """

    index: Index
    checks: CheckSet
    findings: list[Finding]
    patterns: PatternScope | None
    preparer: Preparer
    kept: list[Context] | None = None
    contexts: list[Context] = attrs.field(factory=list)
    by_member: list[Group] = attrs.field(factory=list)
    by_peer: list[Group] = attrs.field(factory=list)
    lines: list[Line] = attrs.field(factory=list)
    allocated: Mapping[str, Allocated] = attrs.field(factory=dict)
    settled: list[AuditedEncounter] = attrs.field(factory=list)
    programmes: dict[str, str] = attrs.field(factory=dict)
    elsewhere: Elsewhere | None = None
    left: list[Left] = attrs.field(factory=list)
    sweep: Sweep | None = None

    def each_settled(self) -> Iterator[Context]:
        """Yield the encounters that no check looks at, in order of start, then id."""
        for encounter in sorted(self.index.settled, key=_starts):
            context = self.preparer.context(encounter)
            context.billed = True
            self.use([context])
            self.settled.append(audited_encounter(context))
            if self.kept is not None:
                self.kept.append(context)
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
        hold(self.contexts, found)

    def authorization(self, context: Context) -> str:
        """Return the number of the authorization that the encounter's claim names, or ""."""
        if not self.allocated:
            return ""
        row = self.allocated.get(context.encounter.encounter_id, NOTHING).authorization
        return "" if row is None else row.number


def run(
    index: Index,
    policies: Policies,
    progress: Callable[[int], None] | None,
    patterns: PatternScope | None = None,
    kept: list[Context] | None = None,
) -> Work:
    """Run the passes, and return what they worked out and found; `kept` as in `Work`."""
    rejected = [finding for row in index.records.rejected for finding in row.findings]
    waivers = of_records(index.waivers, index.records.encounters, index.as_of)
    checks = attrs.evolve(check_set(index.records.settings), waivers=waivers)
    work = Work(index, checks, rejected, patterns, Preparer(index, policies), kept)
    check_each(work, progress)
    for one_pass in PASSES:
        work.take(one_pass(work))
    work.use(work.contexts)
    if len(work.settled) < len(index.settled):  # no pattern was looked for
        deque(work.each_settled(), maxlen=0)
    if progress is not None:
        progress(len(work.contexts) + len(work.settled))
    return work


def check_each(work: Work, progress: Callable[[int], None] | None) -> None:
    """Work out and check each encounter by itself."""
    work.contexts = [work.preparer.context(encounter) for encounter in work.index.records.encounters]
    for number, (context, found) in enumerate(EncounterChecks(work.checks).each(work.contexts), start=1):
        if found:
            context.held = has_error(found)
            work.findings += found
        if progress is not None and number % PROGRESS_STEP == 0:
            progress(number)
    work.contexts.sort(key=by_start)
    hold(work.contexts, work.findings)


def _rows_that_cannot_be_used(work: Work) -> Iterable[Finding]:
    index = work.index
    holds = (
        limits_of(attrs.evolve(index.records, encounters=(*index.records.encounters, *index.settled)))
        if work.elsewhere is None
        else work.elsewhere.holds
    )
    return RowHolds(holds).findings(work.contexts)


def _places_and_second_services(work: Work) -> Iterator[Finding]:
    """Yield which places nobody knows, and what was sent already as the second service of a day that it is."""
    yield from place_is_allowed.findings(unnamed_places(work.contexts))
    for context in mark_second_services(work.contexts):
        if not context.may_be_purged:  # which was found without the line
            yield from not_billed_before(context)


def _members_and_peers(work: Work) -> Iterator[Finding]:
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
    encounter = context.encounter
    if not encounter.facilitators:
        return (encounter.staff_id,)
    return (encounter.staff_id, *context.index.facilitators(encounter))


def _units_of_lines(work: Work) -> Iterable[Finding]:
    work.lines = lines_of(work.contexts)
    return line_findings(work.lines, work.checks)


def _what_has_no_price(work: Work) -> Iterable[Finding]:
    return values_are_known.findings(found for context in work.contexts for found in unpriced(context))


def _limits(work: Work) -> Iterator[Finding]:
    """Yield what goes beyond authorizations and limits, of what is left to bill."""
    work.by_member, work.allocated = allocate_authorizations(work.by_member)
    if work.elsewhere is not None:
        work.left = [Left.of(context) for context in work.contexts]
    yield from _grouped(work, lambda code: code in LIMIT_CODES)
    if work.elsewhere is not None:
        _hold_ids(work.contexts, work.elsewhere.by_peer_limits)


def _units_of_what_is_left(work: Work) -> Iterable[Finding]:
    again = line_findings(share_again(work.lines), work.checks)
    # A warning about the line may have been told when its units were first shared.
    known = frozenset(work.findings) if again else frozenset()
    return [finding for finding in again if finding not in known]


def _what_no_file_can_carry(work: Work) -> Iterable[Finding]:
    return values_are_known.findings(
        found for context in work.contexts for found in unwritable_line(context, work.authorization(context))
    )


def _too_many_diagnoses(work: Work) -> Iterable[Finding]:
    return values_are_known.findings(crowded_lines(work.contexts))


def _earlier_payers_amounts(work: Work) -> Iterable[Finding]:
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


def find_patterns(work: Work) -> Iterator[Finding]:
    """Yield what shows over many encounters: a finding names those that are left to bill.

    Billed ones are seen for comparison, within `USUAL_DAYS` of any that is left and no older than `BILLABLE_DAYS`: what
    shows about an encounter shows whatever else is left.
    """
    checks = work.checks.of_pattern(asked=work.patterns is not None)
    days = [context.day for context in work.contexts if context.day is not None and not context.billed]
    if not checks or not days:
        return
    load_packages()
    # Only what searches for patterns needs them, and `bill` does not.
    from peerbill.checks.patterns.from_contexts import pattern_rows  # noqa: PLC0415
    from peerbill.checks.patterns.seen import Seen  # noqa: PLC0415

    spans = usual_spans(days, work.index.as_of)
    seen = Seen(work.index.as_of, work.patterns.notice if work.patterns is not None else None)
    shown = (
        context
        for context in heapq.merge(work.contexts, work.each_settled(), key=by_start)
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


PASSES: tuple[Callable[[Work], Iterable[Finding]], ...] = (
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
    find_patterns,
    _units_of_what_is_left,
)
"""What follows the check of each encounter by itself, in order."""


def check_encounter(context: Context, checks: EncounterChecks) -> list[Finding]:
    """Run every check that looks at one encounter alone."""
    found = checks.findings(context)
    context.held = has_error(found)
    return found


def has_error(findings: Iterable[Finding]) -> bool:
    """Tell whether one of the findings is an error, which holds its encounters."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def by_start(context: Context) -> tuple[dt.datetime, str]:
    """Return what encounters are sorted by: their start, then their id."""
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
            found[key].append(context)
    return [Group(key, tuple(found[key]), index) for key in sorted(found) if key]


def _grouped(work: Work, wanted: Callable[[str], bool]) -> Iterator[Finding]:
    for scope, groups in (("member", work.by_member), ("peer", work.by_peer)):
        checks = [check for check in work.checks.checks if check.scope == scope and wanted(check.code)]
        for group in groups:
            for check in checks:
                if not _is_proven(work, check, group):
                    yield from check(group)


def _is_proven(work: Work, check: Check, group: Group) -> bool:
    """Tell whether a check of a member or peer is proven to find nothing."""
    if not quiet.ON:
        return False
    if check.looks_at == "times":
        return work.sweep is not None and work.sweep.holds(group, check.scope)
    return check.looks_at == "units" and stays_within_limits(group, check.scope)


def hold(contexts: list[Context], findings: Iterable[Finding]) -> None:
    """Hold the encounters of errors."""
    _hold_ids(contexts, held_ids(findings))


def _hold_ids(contexts: Iterable[Context], held: AbstractSet[str]) -> None:
    if not held:
        return
    for context in contexts:
        if context.encounter.encounter_id in held:
            context.held = True


def line_findings(lines: Iterable[Line], checks: CheckSet) -> list[Finding]:
    """Share the units of lines among their encounters, and return what the checks of lines find."""
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
