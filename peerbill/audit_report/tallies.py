"""What findings come to, by check, by peer, by member and by week: counts and dollars, each encounter once."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import attrs

from peerbill.audit_report.values import FindingEvidence, PersonRow, StatusRow, Tally, WeekRow
from peerbill.checks.audit import Audit
from peerbill.checks.audited import AuditedEncounter
from peerbill.model.encounter import Encounter
from peerbill.model.finding import Severity
from peerbill.model.money import cents, dollars

STATUSES = ("billable", "billed", "held", "rejected")
STOPPED = frozenset({"held", "rejected"})
_DAYS_OF_WEEK = 7


def week_of(day: dt.date) -> dt.date:
    """Return the Sunday on or before a day.

    >>> str(week_of(dt.date(2026, 3, 7))), str(week_of(dt.date(2026, 3, 8)))
    ('2026-03-01', '2026-03-08')
    """
    return day - dt.timedelta(days=day.isoweekday() % _DAYS_OF_WEEK)


@attrs.define
class _Sum:
    severities: Counter[Severity] = attrs.field(factory=Counter)
    ids: set[str] = attrs.field(factory=set)
    held: set[str] = attrs.field(factory=set)


class Tallies:
    """The sums of findings under any key."""

    def __init__(self, rows: Mapping[str, Encounter], audited: Mapping[str, AuditedEncounter]) -> None:
        self._rows = rows
        self._audited = audited
        self._sums: dict[tuple[object, ...], _Sum] = defaultdict(_Sum)

    def add(self, row: FindingEvidence) -> None:
        """Count a finding once for all, for its check, and for each of its peers, members and weeks."""
        keys: list[tuple[object, ...]] = [("all",), ("check", row.finding.code)]
        keys += [("peer", id_) for id_ in row.staff_ids] + [("member", id_) for id_ in row.member_ids]
        parts: dict[tuple[object, ...], list[str]] = {key: [] for key in keys}
        if not row.weeks:
            parts["week", None] = []
        for id_ in row.finding.encounter_ids:
            if id_ not in self._audited:
                continue  # a check of an agency's own may name any id
            for key in self._keys(row, id_):
                parts.setdefault(key, []).append(id_)
        for key, ids in parts.items():
            summed = self._sums[key]
            summed.severities[row.finding.severity] += 1
            summed.ids.update(ids)
            if row.finding.severity is Severity.ERROR:
                summed.held.update(id_ for id_ in ids if self._audited[id_].status in STOPPED)

    def _keys(self, row: FindingEvidence, id_: str) -> Iterator[tuple[object, ...]]:
        """Yield where an encounter of a finding counts: a finding about one peer or member is theirs as a whole."""
        yield ("all",)
        yield "check", row.finding.code
        encounter = self._rows.get(id_)
        if len(row.staff_ids) == 1:
            yield "peer", row.staff_ids[0]
        elif encounter is not None and encounter.staff_id:
            yield "peer", encounter.staff_id
        if len(row.member_ids) == 1:
            yield "member", row.member_ids[0]
        elif encounter is not None and encounter.member_id:
            yield "member", encounter.member_id
        day = encounter.start if encounter is not None else None
        yield "week", week_of(day.date()) if day is not None else None

    def of(self, *key: object) -> Tally:
        """Return the sums of a key: nothing for `all`; else `check`, `peer`, `member` or `week`, and which."""
        summed = self._sums.get(key or ("all",))
        if summed is None:
            return Tally()
        charge, unknown = self._charge(summed.ids)
        return Tally(
            findings=summed.severities.total(),
            errors=summed.severities[Severity.ERROR],
            warnings=summed.severities[Severity.WARNING],
            infos=summed.severities[Severity.INFO],
            encounters=len(summed.ids),
            charge=charge,
            held=len(summed.held),
            held_charge=self._charge(summed.held)[0],
            unknown=unknown,
        )

    def ids(self, kind: str) -> set[str]:
        """Return which peers, or members, findings concern."""
        return {str(key[1]) for key in self._sums if key[0] == kind}

    def _charge(self, ids: Iterable[str]) -> tuple[Decimal, int]:
        charges = [self._audited[id_].charge for id_ in ids]
        known = [cents(charge) for charge in charges if charge is not None]
        return dollars(sum(known)), len(charges) - len(known)


def status_rows(audit: Audit) -> tuple[StatusRow, ...]:
    """Return the encounters of each status, and their charge."""
    sums: dict[str, list[int]] = {status: [0, 0, 0] for status in STATUSES}
    for one in audit.encounters:
        summed = sums[one.status]
        summed[0] += 1
        summed[1] += cents(one.charge) if one.charge is not None else 0
        summed[2] += one.charge is None
    return tuple(StatusRow(status, count, dollars(amount), none) for status, (count, amount, none) in sums.items())


@attrs.define
class _Person:
    encounters: int = 0
    units: int = 0
    cents: int = 0
    sessions: dict[tuple[object, ...], int] = attrs.field(factory=dict)


def person_rows(
    kind: str,
    rows: Iterable[Encounter],
    audited: Mapping[str, AuditedEncounter],
    tallies: Tallies,
    more: Iterable[str] = (),
) -> tuple[PersonRow, ...]:
    """Return every peer, or member, with their encounters and findings, by id; `more` are ids of further ones."""
    found: dict[str, _Person] = defaultdict(_Person)
    for row in rows:
        one, person = audited[row.encounter_id], found[row.staff_id if kind == "peer" else row.member_id]
        person.encounters += 1
        person.units += one.units or 0
        person.cents += cents(one.charge) if one.charge is not None else 0
        grouped = kind == "peer" and row.group_id
        session: tuple[object, ...] = (row.group_id, row.start) if grouped else (row.encounter_id,)
        person.sessions[session] = max(person.sessions.get(session, 0), one.minutes or 0)
    ids = {*found, *tallies.ids(kind), *more}
    return tuple(
        PersonRow(
            id=id_,
            encounters=found[id_].encounters,
            minutes=sum(found[id_].sessions.values()),
            units=found[id_].units,
            charge=dollars(found[id_].cents),
            tally=tallies.of(kind, id_),
        )
        for id_ in sorted(ids)
    )


def week_rows(rows: Iterable[Encounter], tallies: Tallies) -> tuple[WeekRow, ...]:
    """Return each week in which there is an encounter, in order, and None for those whose day is not known."""
    counts = Counter(week_of(row.start.date()) if row.start is not None else None for row in rows)
    unknown = tallies.of("week", None)
    if unknown.findings and None not in counts:
        counts[None] = 0  # findings about rows that cannot be read, or about no encounter
    known = sorted(week for week in counts if week is not None)
    weeks = [*known, None] if None in counts else known
    return tuple(WeekRow(week, counts[week], tallies.of("week", week)) for week in weeks)
