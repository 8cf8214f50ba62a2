"""The findings and encounters of a page as JSON that is small and safe inside a page.

Columns stand for rows, and a number for each text that is said more than once: 50,000 findings share their sentences,
remedies, sources and the steps of their explanations. `page.js` reads it.
"""

import datetime as dt
from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import Any

import msgspec

from peerbill.audit_report.values import AuditEvidence, EncounterEvidence, FindingEvidence
from peerbill.coding.explanation import Step
from peerbill.model.finding import Citation
from peerbill.model.money import cents

SEVERITIES = ("error", "warning", "info")
STATUSES = ("billable", "billed", "held", "rejected")


class _Pool:
    """Values by number, in the order in which they are first met."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def number(self, value: Hashable) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    def values(self) -> list[Any]:
        return list(self._numbers)


def embedded(evidence: AuditEvidence) -> str:
    """Return the findings and their encounters as JSON without a sign that could end a script or begin markup."""
    encoded = msgspec.json.encode(_Writer(evidence).document())
    for sign in "<>&\u2028\u2029":
        encoded = encoded.replace(sign.encode(), f"\\u{ord(sign):04x}".encode())
    return encoded.decode()


class _Writer:
    def __init__(self, evidence: AuditEvidence) -> None:
        self._evidence = evidence
        self._texts = _Pool()
        self._staff = _Pool()
        self._members = _Pool()
        self._sources = _Pool()
        self._groups = _Pool()
        self._steps = _Pool()
        self._ids = _Pool()

    def document(self) -> dict[str, Any]:
        """Return the document; the pools are complete once the rows are written."""
        evidence = self._evidence
        encounters = _columns(map(self._encounter, evidence.encounters.values()))
        findings = _columns(map(self._finding, evidence.findings))
        return {
            "severities": SEVERITIES,
            "statuses": STATUSES,
            "requirements": {row.code: row.requirement for row in evidence.checks if row.tally.findings},
            "findings": findings,
            "encounters": encounters,
            "known": len(evidence.encounters),
            "ids": self._ids.values(),
            "staff": self._staff.values(),
            "members": self._members.values(),
            "steps": self._steps.values(),
            "groups": self._groups.values(),
            "sources": self._sources.values(),
            "texts": self._texts.values(),
        }

    def _finding(self, row: FindingEvidence) -> dict[str, Any]:
        finding = row.finding
        return {
            "severity": SEVERITIES.index(finding.severity),
            "code": self._texts.number(finding.code),
            "where": self._texts.number(finding.where),
            "message": self._texts.number(finding.message),
            "fix": self._texts.number(finding.fix),
            "sources": self._cited(finding.citations, frozenset(finding.why_asked)),
            "raised": int(finding.raised),
            "encounters": [self._ids.number(id_) for id_ in dict.fromkeys(finding.encounter_ids)],
            "staff": [self._staff.number(id_) for id_ in row.staff_ids],
            "members": [self._members.number(id_) for id_ in row.member_ids],
            "statuses": [STATUSES.index(status) for status in row.statuses],
            "day": _number(row.first_day),
            "last": _number(row.last_day),
            "weeks": [_number(week) for week in row.weeks],
            "minutes": row.minutes,
            "units": row.units,
            "charge": _cents(row.charge),
        }

    def _encounter(self, one: EncounterEvidence) -> dict[str, Any]:
        self._ids.number(one.encounter_id)
        text = self._texts.number
        code = ":".join((one.hcpcs, *one.modifiers)) if one.hcpcs else ""
        return {
            "line": one.line,
            "status": STATUSES.index(one.status),
            "member": self._members.number(one.member_id),
            "staff": self._staff.number(one.staff_id),
            "facilitators": [self._staff.number(id_) for id_ in one.facilitators],
            "service": text(one.service),
            "start": _time(one.start),
            "end": _time(one.end),
            "place": text(one.place),
            "channel": text(one.channel),
            "site": text(one.site),
            "group": text(one.group_id),
            "size": one.group_size,
            "minutes": one.minutes,
            "units": one.units,
            "code": text(code),
            "rate": _cents(one.unit_charge),
            "charge": _cents(one.charge),
            "payer": text(one.payer),
            "programme": text(one.programme),
            "policy": text(one.policy),
            "steps": [self._step(step) for step in one.steps],
            "findings": one.findings,
        }

    def _step(self, step: Step) -> int:
        return self._steps.number((self._texts.number(step.sentence), self._cited(step.citations, frozenset())))

    def _cited(self, citations: Iterable[Citation], why_asked: frozenset[Citation]) -> int:
        """Return the number of a group of sources; each with whether it only raises the question."""
        return self._groups.number(tuple((self._source(one), int(one in why_asked)) for one in citations))

    def _source(self, one: Citation) -> int:
        # Another scheme would be run, not read.
        url = one.url if one.url.startswith(("https://", "http://")) else ""
        return self._sources.number((one.title, one.where, one.date, one.status, url))


def _columns(rows: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return rows as columns; a list of one is what it holds, and an empty one null."""
    columns: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in row.items():
            columns.setdefault(name, []).append(_short(value))
    return columns


def _short(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return value[0] if len(value) == 1 else value or None
    return value


def _number(day: dt.date | None) -> int | None:
    """Return a day as a whole number, such as 20260302."""
    return day.year * 10000 + day.month * 100 + day.day if day is not None else None


def _time(time: dt.datetime | None) -> str | None:
    return time.isoformat(sep=" ", timespec="minutes") if time is not None else None


def _cents(amount: Decimal | None) -> int | None:
    return cents(amount) if amount is not None else None
