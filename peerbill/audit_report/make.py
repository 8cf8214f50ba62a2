"""The evidence of an audit, made from the records, the audit and what it worked out. Pure."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import attrs

from peerbill.audit_report.days import peer_days
from peerbill.audit_report.series import daily_units, heat_cells, minutes_curves
from peerbill.audit_report.tallies import Tallies, person_rows, status_rows, week_of, week_rows
from peerbill.audit_report.unseen import unseen
from peerbill.audit_report.values import (
    AuditedPolicy,
    AuditEvidence,
    CheckRow,
    EncounterEvidence,
    FindingEvidence,
    TableRows,
)
from peerbill.checks.audit import Audit, FullAudit
from peerbill.checks.audited import AuditedEncounter
from peerbill.checks.check_set import check_set
from peerbill.checks.service import MOST_CHARACTERS_SHOWN
from peerbill.coding.context import Index
from peerbill.coding.explanation import Explanation, Step
from peerbill.model.encounter import Encounter
from peerbill.model.finding import Finding
from peerbill.model.records import Records
from peerbill.policy.published import shown_service

_NO_TABLES = frozenset({"rejected", "problems", "notices", "holds", "unused_rows"})


def make_evidence(
    records: Records, audit: Audit, full: FullAudit, index: Index, *, ledger: bool, notice: dt.date | None = None
) -> AuditEvidence:
    """Return the evidence of an audit.

    `audit` is the result that is shown, `full` what was worked out for it; `ledger` tells
    whether there is a ledger of what was billed before, `notice` is the day on which the audit was announced.
    """
    rows = {row.encounter_id: row for row in records.encounters}
    audited = {one.encounter_id: one for one in audit.encounters}
    findings = tuple(_finding(number, one, rows, audited) for number, one in enumerate(audit.findings, start=1))
    naming: dict[str, list[FindingEvidence]] = defaultdict(list)
    tallies = Tallies(rows, audited)
    for finding in findings:
        tallies.add(finding)
        for id_ in dict.fromkeys(finding.finding.encounter_ids):
            naming[id_].append(finding)
    contexts = tuple(full.contexts.values())
    days = [context.day for context in contexts if context.day is not None]
    known = [row for row in records.encounters if row.encounter_id in audited]
    return AuditEvidence(
        organization=records.settings.organization.name,
        as_of=audit.as_of,
        policy_data=audit.policy_data,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        ledger=ledger,
        notice=notice,
        policies=_policies(full),
        tables=tuple(_tables(records)),
        problems=len(records.problems),
        statuses=status_rows(audit),
        unseen=unseen(records, audit, contexts, index, ledger=ledger, notice=notice),
        total=tallies.of(),
        checks=tuple(_checks(records, tallies)),
        peers=person_rows("peer", known, audited, tallies, (group.key for group in full.peers)),
        members=person_rows("member", known, audited, tallies),
        weeks=week_rows(known, tallies),
        findings=findings,
        encounters=_encounters(records, rows, audited, full, naming),
        days=peer_days(full.peers, naming),
        daily_units=daily_units(contexts),
        minutes=minutes_curves(contexts),
        heat=heat_cells(findings),
        waived=audit.waived,
        idle_waivers=audit.idle_waivers,
    )


def _finding(
    number: int, finding: Finding, rows: Mapping[str, Encounter], audited: Mapping[str, AuditedEncounter]
) -> FindingEvidence:
    named = dict.fromkeys(finding.encounter_ids)
    own = [rows[id_] for id_ in named if id_ in rows]
    judged = [audited[id_] for id_ in named if id_ in audited]  # a check of an agency's own may name any id
    days = [row.start.date() for row in own if row.start is not None]
    minutes = [one.minutes for one in judged if one.minutes is not None]
    units = [one.units for one in judged if one.units is not None]
    charges = [one.charge for one in judged if one.charge is not None]
    return FindingEvidence(
        number=number,
        finding=finding,
        staff_ids=(finding.staff_id,) if finding.staff_id else tuple(sorted({row.staff_id for row in own} - {""})),
        member_ids=(finding.member_id,) if finding.member_id else tuple(sorted({row.member_id for row in own} - {""})),
        statuses=tuple(sorted({one.status for one in judged})),
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        weeks=tuple(sorted({week_of(day) for day in days})),
        minutes=sum(minutes) if minutes else None,
        units=sum(units) if units else None,
        charge=sum(charges, Decimal("0.00")) if charges else None,
    )


def _policies(full: FullAudit) -> tuple[AuditedPolicy, ...]:
    programmes = {one.programme.id: one.programme for one in full.contexts.values() if one.programme is not None}
    judged = Counter(one.programme.id for one in full.contexts.values() if one.programme is not None)
    return tuple(
        AuditedPolicy(id_, programmes[id_].name, programmes[id_].sha256, judged[id_]) for id_ in sorted(programmes)
    )


def _tables(records: Records) -> Iterator[TableRows]:
    for field in attrs.fields(Records):
        if field.default == () and field.name not in _NO_TABLES:
            yield TableRows(field.name, len(getattr(records, field.name)))


def _checks(records: Records, tallies: Tallies) -> Iterator[CheckRow]:
    run = (check for check in check_set(records.settings).checks if check.scope != "claim")  # those look at claim files
    for check in sorted(run, key=lambda check: check.code):
        yield CheckRow(check.code, check.requirement, tallies.of("check", check.code))


def _encounters(
    records: Records,
    rows: Mapping[str, Encounter],
    audited: Mapping[str, AuditedEncounter],
    full: FullAudit,
    naming: Mapping[str, Sequence[FindingEvidence]],
) -> Mapping[str, EncounterEvidence]:
    lines = {row.encounter_id: row.line for row in records.rejected}
    shared: dict[tuple[str, str, str, object], Step] = {}
    return {
        id_: _encounter(
            rows.get(id_) or Encounter(id_, line=lines.get(id_, 0)),
            audited[id_],
            full,
            shared,
            tuple(finding.number for finding in naming[id_]),
        )
        for id_ in sorted(naming)
        if id_ in audited
    }


def _encounter(
    row: Encounter,
    audited: AuditedEncounter,
    full: FullAudit,
    shared: dict[tuple[str, str, str, object], Step],
    findings: tuple[int, ...],
) -> EncounterEvidence:
    context = full.contexts.get(row.encounter_id)
    why: Explanation | None = full.explanation(row.encounter_id)
    steps = why.steps if why is not None else ()
    return EncounterEvidence(
        encounter_id=row.encounter_id,
        line=row.line,
        status=audited.status,
        member_id=row.member_id,
        staff_id=row.staff_id,
        facilitators=context.index.facilitators(row) if context is not None else (),
        service=shown_service(row.service, context.rules.service if context and context.rules else ()),
        start=row.start,
        end=row.end,
        place=row.place if len(row.place) <= MOST_CHARACTERS_SHOWN else "",  # an address may stand there
        channel=row.channel,
        site=context.site if context is not None else row.site,
        group_id=row.group_id,
        group_size=row.group_size,
        minutes=audited.minutes,
        units=audited.units,
        hcpcs=audited.hcpcs,
        modifiers=audited.modifiers,
        unit_charge=why.unit_charge if why is not None else None,
        charge=audited.charge,
        payer=why.payer if why is not None else row.payer,
        programme=why.programme if why is not None else "",
        policy=why.policy if why is not None else "",
        # Thousands of encounters share a sentence: each is kept once.
        steps=tuple(shared.setdefault((one.name, one.sentence, one.status, one.citations), one) for one in steps),
        findings=findings,
    )
