"""The audit of some members of a workspace that is audited in parts."""

import attrs

from peerbill.checks import CHECKS
from peerbill.checks.audited import AuditedEncounter, audited_encounter
from peerbill.checks.check_set import check_set
from peerbill.checks.passes import PASSES, Elsewhere, Left, Work, check_each, find_patterns
from peerbill.coding.context import Context, Index
from peerbill.coding.prepare import Preparer
from peerbill.model.finding import Finding
from peerbill.policy import Policies


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
    work = Work(index, checks, [], None, Preparer(index, policies), elsewhere=elsewhere)
    check_each(work, None)
    found = [tuple(work.findings)]
    for one_pass in PASSES:
        if one_pass is not find_patterns:
            work.take(one_pass(work))
        found.append(tuple(work.findings[sum(map(len, found)) :]))
    work.use(work.contexts)
    return PartAudit(
        encounters=tuple(sorted(map(audited_encounter, work.contexts), key=lambda row: row.encounter_id)),
        findings=tuple(found),
        contexts=tuple(work.contexts),
        left=tuple(work.left),
        programmes=tuple(sorted(work.programmes.items())),
    )
