"""The evidence of an audit without what identifies anybody: every field of its values, and what becomes of it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import attrs

from peerbill.audit_report.deidentify import OWN_CHECK, Deidentifier
from peerbill.audit_report.values import (
    AuditedPolicy,
    AuditEvidence,
    CheckRow,
    DailyUnits,
    DaySession,
    EncounterEvidence,
    FindingEvidence,
    HeatCell,
    MinutesCurve,
    PeerDay,
    PersonRow,
    StatusRow,
    TableRows,
    Tally,
    Unseen,
    WeekRow,
)
from peerbill.codes import is_own_check
from peerbill.coding.explanation import Step
from peerbill.model.finding import finding_order

Treatment = Callable[[Deidentifier, Any], Any]


def _keep(_: Deidentifier, value: Any) -> Any:
    return value


def _nothing(_: Deidentifier, value: Any) -> Any:
    return type(value)()


def _day(by: Deidentifier, value: Any) -> Any:
    return None if value is None else by.pseudonyms.day(value)


def _days(by: Deidentifier, value: Any) -> Any:
    return tuple(map(by.pseudonyms.day, value))


def _time(by: Deidentifier, value: Any) -> Any:
    return None if value is None else by.pseudonyms.time(value)


def _word(by: Deidentifier, value: Any) -> Any:
    return by.word(value)


def _prose(by: Deidentifier, value: Any) -> Any:
    return by.prose(value)


def _programme(by: Deidentifier, value: Any) -> Any:
    return by.programme(value)


def _an(kind: str) -> Treatment:
    return lambda by, value: by.id(kind, value)


def _several(kind: str) -> Treatment:
    return lambda by, value: tuple(sorted(by.id(kind, one) for one in value))


def _rows(by: Deidentifier, value: Any) -> Any:
    return tuple(_deidentified(by, one) for one in value)


def _finding(by: Deidentifier, value: Any) -> Any:
    return by.finding(value)


TREATMENTS: Final[Mapping[type[Any], Mapping[str, Treatment]]] = {
    AuditedPolicy: {"id": _programme, "name": _word, "sha256": _keep, "encounters": _keep},
    TableRows: {"table": _keep, "rows": _keep},
    StatusRow: {"status": _keep, "encounters": _keep, "charge": _keep, "unknown": _keep},
    Unseen: {"what": _prose, "codes": _keep, "encounters": _keep, "remedy": _prose},
    Tally: dict.fromkeys((field.name for field in attrs.fields(Tally)), _keep),
    CheckRow: {"code": _keep, "requirement": _keep, "tally": _keep},
    WeekRow: {"first_day": _day, "encounters": _keep, "tally": _keep},
    EncounterEvidence: {
        **dict.fromkeys(("status", "group_size", "minutes", "units", "unit_charge", "charge"), _keep),
        **dict.fromkeys(("hcpcs", "modifiers", "policy", "findings"), _keep),
        **dict.fromkeys(("service", "place", "channel", "payer"), _word),
        "encounter_id": _an("encounter"),
        "line": _nothing,
        "member_id": _an("member"),
        "staff_id": _an("staff"),
        "facilitators": _several("staff"),
        "start": _time,
        "end": _time,
        "site": _an("site"),
        "group_id": _an("group"),
        "programme": _programme,
        "steps": lambda by, value: tuple(map(by.step, value)),
    },
    FindingEvidence: {
        **dict.fromkeys(("number", "statuses", "minutes", "units", "charge"), _keep),
        "finding": _finding,
        "staff_ids": _several("staff"),
        "member_ids": _several("member"),
        "first_day": _day,
        "last_day": _day,
        "weeks": _days,
    },
    DaySession: {
        **dict.fromkeys(("minutes", "severity", "lane", "overlaps"), _keep),
        "encounter_ids": _several("encounter"),
        "start": _time,
        "end": _time,
        "service": _word,
    },
    PeerDay: {
        **dict.fromkeys(("minutes", "overlap", "findings"), _keep),
        "staff_id": _an("staff"),
        "day": _day,
        "sessions": _rows,
    },
    MinutesCurve: {
        **dict.fromkeys(("unit_minutes", "rounding", "counts", "boundaries"), _keep),
        "programme": _programme,
    },
    DailyUnits: {
        **dict.fromkeys(("scope", "allowed", "counts"), _keep),
        "programme": _programme,
        "limit": _word,
    },
    HeatCell: {"staff_id": _an("staff"), "code": _keep, "findings": _keep},
    AuditEvidence: {
        **dict.fromkeys(("policy_data", "ledger", "problems", "total"), _keep),
        **dict.fromkeys(("policies", "tables", "statuses", "unseen", "checks", "weeks", "findings"), _rows),
        **dict.fromkeys(("days", "daily_units", "minutes", "heat"), _rows),
        "organization": _nothing,
        "deidentified": lambda by, _: by.pseudonyms.mark,
        "as_of": _day,
        "first_day": _day,
        "last_day": _day,
        "notice": _day,
        "waived": lambda by, value: by.waived(value),
        "idle_waivers": lambda by, value: by.idle_waivers(value),
        "peers": lambda by, value: _people(by, "staff", value),
        "members": lambda by, value: _people(by, "member", value),
        "encounters": lambda by, value: {by.id("encounter", id_): _deidentified(by, row) for id_, row in value.items()},
    },
}
"""What becomes of each field. A field that is not here stops the program: nothing passes that nobody decided on."""

PASSED_BY: Final = frozenset({PersonRow, Step})
"""Values of the evidence that are treated where it is known whose they are."""


def deidentified(evidence: AuditEvidence, by: Deidentifier) -> AuditEvidence:
    """Return the evidence with pseudonyms, moved days and public words; its rows are in the order of the pseudonyms."""
    made: AuditEvidence = _deidentified(by, evidence)
    ordered = sorted(made.findings, key=lambda row: finding_order(row.finding))
    numbers = {row.number: number for number, row in enumerate(ordered, start=1)}
    return attrs.evolve(
        made,
        policies=tuple(sorted(made.policies, key=lambda row: row.id)),
        checks=tuple(
            attrs.evolve(row, requirement=OWN_CHECK) if is_own_check(row.code) else row for row in made.checks
        ),
        findings=tuple(attrs.evolve(row, number=numbers[row.number]) for row in ordered),
        encounters={
            id_: attrs.evolve(row, findings=tuple(sorted(numbers[number] for number in row.findings)))
            for id_, row in sorted(made.encounters.items())
        },
        days=tuple(sorted(made.days, key=lambda row: row.staff_id)),
        heat=tuple(sorted(made.heat, key=lambda row: (row.staff_id, row.code))),
    )


def _deidentified(by: Deidentifier, value: Any) -> Any:
    treatments = TREATMENTS[type(value)]
    return type(value)(
        **{field.name: treatments[field.name](by, getattr(value, field.name)) for field in attrs.fields(type(value))}
    )


def _people(by: Deidentifier, kind: str, rows: Iterable[PersonRow]) -> tuple[PersonRow, ...]:
    made = (
        PersonRow(
            id=by.id(kind, row.id),
            encounters=row.encounters,
            minutes=row.minutes,
            units=row.units,
            charge=row.charge,
            tally=row.tally,
        )
        for row in rows
    )
    return tuple(sorted(made, key=lambda row: row.id))
