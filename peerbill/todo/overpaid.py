"""What was paid and should not have been: held by an audit since, or paid on two claims."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence

import attrs

from peerbill.checks.passes import run
from peerbill.ledger.look.worklist import PAID, Overpaid, PaidTwice
from peerbill.model.claim_state import Standing
from peerbill.model.finding import Finding, Severity, finding_order
from peerbill.model.plural import counted
from peerbill.todo.held import without_ids
from peerbill.todo.item import OVERPAYMENT, RETURN_DAYS, TodoItem
from peerbill.todo.sources import Sources

Date = dt.date


# What the day of the audit decides, what being billed decides, and limits, whose order the file and the ledger share.
NOT_OF_PAID = frozenset({"PB106", "PB107", "PB207", "PB512", "PB606", "PB701", "PB702", "PB805", "PB808"})


def overpayments(sources: Sources) -> tuple[list[TodoItem], tuple[Overpaid, ...], tuple[Overpaid, ...]]:
    """Audit the paid encounters as if they had not been billed; return the items, the new and the cleared ones."""
    recorded = {(overpaid.encounter_id, overpaid.claim_id): overpaid for overpaid in sources.opened.overpaid}
    findings_by_encounter = _held_since(sources)
    identified: list[Overpaid] = []
    groups: dict[tuple[str, Date, Finding | None, tuple[str, ...]], list[Overpaid]] = defaultdict(list)
    for id_, findings in findings_by_encounter.items():
        names = tuple(sorted({finding.code for finding in findings}))
        for paid in sources.paid[id_]:
            overpayment = recorded.get((id_, paid.claim_id))
            if overpayment is None:
                overpayment = Overpaid(
                    id_, paid.claim_id, sources.as_of, names, paid.line, paid.payer, paid.state, paid.paid
                )
                identified.append(overpayment)
            for finding in dict.fromkeys(_alike(without_ids(finding)) for finding in findings):
                groups[overpayment.payer, overpayment.identified_on, finding, ()].append(overpayment)
    looked_at = {
        (paid_encounter.encounter_id, paid_encounter.claim_id)
        for paid_encounter in sources.opened.paid
        if paid_encounter.encounter_id in sources.encounters
    }
    cleared = [
        overpayment
        for key, overpayment in recorded.items()
        if key in looked_at and overpayment.encounter_id not in findings_by_encounter
    ]
    gone = {(overpaid.encounter_id, overpaid.claim_id) for overpaid in cleared}
    for key, overpayment in recorded.items():
        # A claim that is being voided or replaced is dealt with; if that fails, the 60 days have not stopped.
        if overpayment.state in PAID and overpayment.encounter_id not in findings_by_encounter and key not in gone:
            groups[overpayment.payer, overpayment.identified_on, None, overpayment.codes].append(overpayment)
    items = [_overpayment(*key, found_) for key, found_ in groups.items()]
    return items, tuple(identified), tuple(cleared)


def _alike(finding: Finding) -> Finding:
    """Leave the claim out of a finding PB805, so that a single item lists all changed encounters."""
    if finding.code != "PB805":
        return finding
    return attrs.evolve(finding, message="changed since it was billed", fix="Undo the change, or replace the claim.")


def _held_since(sources: Sources) -> dict[str, list[Finding]]:
    """Return the errors that an audit now finds in encounters that were paid."""
    by_encounter: dict[str, list[Finding]] = defaultdict(list)
    if not sources.paid:
        return by_encounter
    for finding in sources.audit.findings:
        if finding.code == "PB805":
            for id_ in finding.encounter_ids:
                if id_ in sources.paid:
                    by_encounter[id_].append(finding)
    live = {coded.encounter_id for coded in sources.opened.history if coded.standing == Standing.LIVE}
    billed = attrs.evolve(
        sources.index.records,
        encounters=tuple(coded for coded in sources.index.records.encounters if coded.encounter_id in live),
        # What could be read and not used is still what was paid.
        rejected=tuple(
            coded for coded in sources.index.records.rejected if coded.encounter_id in live & sources.encounters.keys()
        ),
    )
    elsewhere = [coded for coded in sources.opened.history if coded.encounter_id not in sources.encounters]
    again = run(sources.index.with_encounters(billed, elsewhere), sources.policies, None)
    for finding in sorted(again.findings, key=finding_order):
        if finding.severity is Severity.ERROR and finding.code not in NOT_OF_PAID:
            for id_ in finding.encounter_ids:
                if id_ in sources.paid:
                    by_encounter[id_].append(finding)
    return by_encounter


def _overpayment(
    payer: str, identified_on: Date, finding: Finding | None, names: tuple[str, ...], encounters: Sequence[Overpaid]
) -> TodoItem:
    count = counted(len(encounters), "paid encounter")
    if finding is None:
        what = f"{count} held by an earlier audit ({', '.join(names)}) and not in the workspace now"
        fix = "Put the rows back into encounters to have them looked at again."
    else:
        what = f"{count} held by {finding.code} ({finding.where}): {finding.message}"
        fix = finding.fix
    deadline = identified_on + dt.timedelta(days=RETURN_DAYS)
    return TodoItem(
        kind="overpayment",
        what=what,
        do=f"{fix} If the payment was not due, void or replace the claim, and report and return it by {deadline}: "
        f"it was identified on {identified_on}.",
        deadline=deadline,
        payer=payer,
        parts=tuple(sorted({f"{paid.claim_id}-{paid.line}": paid.paid for paid in encounters}.items())),
        claim_ids=tuple(sorted({paid.claim_id for paid in encounters})),
        encounter_ids=tuple(sorted({paid.encounter_id for paid in encounters})),
        citations=(finding.citations if finding is not None else ()) + (OVERPAYMENT,),
        why_asked=finding.why_asked if finding is not None else (),
    )


def paid_twice(sources: Sources) -> Iterator[TodoItem]:
    """Yield the claims that are paid though their encounters were billed again on another claim."""
    groups: dict[tuple[str, str, str], list[PaidTwice]] = defaultdict(list)
    for paid in sources.opened.twice:
        groups[paid.payer, paid.claim_id, paid.other].append(paid)
    for (payer, claim_id, other), encounters in groups.items():
        yield TodoItem(
            kind="twice",
            what=f"{claim_id} is paid, though what stood on it was sent again on {other}",
            do=f"Void one of the two: where {other} is paid too, that is an overpayment to return.",
            payer=payer,
            parts=tuple({f"{claim_id}-{paid.line}": paid.paid for paid in encounters}.items()),
            claim_ids=(claim_id, other),
            encounter_ids=tuple(sorted({paid.encounter_id for paid in encounters})),
        )
