"""The sheets of an audit's workbook, as values: columns, and rows of numbers, days, texts and links."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import attrs

from peerbill.audit_report.sections import (
    check_table,
    idle_table,
    member_table,
    peer_table,
    silent_table,
    waived_table,
    week_table,
)
from peerbill.audit_report.values import AuditEvidence, EncounterEvidence, FindingEvidence
from peerbill.model.finding import Citation, Finding
from peerbill.report.parts import Cell, Column, Kind, Table, titled

FINDINGS: Final = "Findings"
ENCOUNTERS: Final = "Encounters"


@attrs.frozen
class Link:
    """A text that leads to a row of a sheet, counted from 0 without the titles of columns."""

    text: str
    sheet: str
    row: int


Row = tuple[Cell | Link, ...]


@attrs.frozen
class Sheet:
    """A sheet: its name, its columns with their widths in characters, its rows, and how many columns name a row."""

    name: str
    columns: tuple[Column, ...]
    widths: tuple[int, ...]
    rows: Callable[[], Iterable[Row]]
    heads: int = 1


def sheets(evidence: AuditEvidence) -> Iterator[Sheet]:
    """Yield the sheets behind the summary; those of findings and encounters have every row, however many."""
    yield _of(check_table(evidence.checks))
    yield _of(silent_table(evidence))
    yield _of(peer_table(evidence))
    yield _of(member_table(evidence, most=None))
    yield _of(week_table(evidence))
    yield _heat(evidence)
    yield _days(evidence)
    yield _units(evidence)
    yield _minutes(evidence)
    if evidence.waived:
        yield _of(waived_table(evidence))
    if evidence.idle_waivers:
        yield _of(idle_table(evidence))
    yield _findings(evidence)
    yield _encounters(evidence)
    yield _sources(evidence)


_WIDE: Final = frozenset({"What it asks for", "What was found", "Reason", "Why"})


def _of(table: Table) -> Sheet:
    rows = table.rows
    return Sheet(table.sheet, table.columns, tuple(map(_width, table.columns)), lambda: rows, table.heads)


def _width(column: Column) -> int:
    if column.title in _WIDE:
        return 70
    return 20 if column.kind is Kind.TEXT else 14


def _heat(evidence: AuditEvidence) -> Sheet:
    """Return how many findings of each check concern each peer."""
    codes = sorted({cell.code for cell in evidence.heat})
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for cell in evidence.heat:
        found[cell.staff_id][cell.code] = cell.findings
    rows: list[Row] = [
        (staff_id, sum(by_code.values()), *(by_code.get(code) for code in codes))
        for staff_id, by_code in sorted(found.items())
    ]
    columns = (Column("Peer"), *titled(Kind.COUNT, "All checks", *codes))
    return Sheet("Checks by peer", columns, (20, *[10] * (len(codes) + 1)), lambda: rows)


def _days(evidence: AuditEvidence) -> Sheet:
    """Return the sessions of the days that ask most for a look."""
    columns = (
        Column("Peer"),
        Column("Day", Kind.DAY),
        *titled(Kind.COUNT, "Minutes of the day", "Overlapping minutes", "Findings of the day"),
        *titled(Kind.TIME, "Start", "End"),
        Column("Minutes", Kind.COUNT),
        *titled(Kind.TEXT, "Service", "Encounters", "Overlaps", "Worst finding"),
    )

    def rows() -> Iterator[Row]:
        for day in evidence.days:
            for one in day.sessions:
                ids = joined(one.encounter_ids) or "billed before"
                overlaps = "yes" if one.overlaps else ""
                yield (
                    *(day.staff_id, day.day, day.minutes, day.overlap, day.findings),
                    *(one.start, one.end, one.minutes, one.service, ids, overlaps, str(one.severity)),
                )

    return Sheet("Peer days", columns, (20, 12, 10, 12, 10, 17, 17, 10, 16, 30, 10, 12), rows, heads=2)


def _units(evidence: AuditEvidence) -> Sheet:
    """Return how many days came to how many units, beside each limit by the day."""
    columns = (
        *titled(Kind.TEXT, "Programme", "Limit", "Units of one"),
        *titled(Kind.COUNT, "Units allowed", "Units of a day", "Days"),
    )
    rows: list[Row] = [
        (one.programme, one.limit or "none by the day", one.scope, one.allowed, units, days)
        for one in evidence.daily_units
        for units, days in one.counts
    ]
    return Sheet("Units a day", columns, (28, 18, 18, 12, 12, 12), lambda: rows)


def _minutes(evidence: AuditEvidence) -> Sheet:
    """Return how many encounters lasted how many minutes, and how many units each length makes by itself."""
    columns = (
        Column("Programme"),
        Column("Minutes of a unit", Kind.COUNT),
        Column("Rounding"),
        *titled(Kind.COUNT, "Minutes", "Units of so many minutes", "Encounters"),
    )
    rows: list[Row] = [
        (one.programme, one.unit_minutes, one.rounding, minutes, _units_of(minutes, one.boundaries), count)
        for one in evidence.minutes
        for minutes, count in one.counts
    ]
    return Sheet("Minutes", columns, (28, 12, 14, 12, 14, 12), lambda: rows)


def _units_of(minutes: int, boundaries: Sequence[tuple[int, int]]) -> int:
    return max((units for first, units in boundaries if first <= minutes), default=0)


_FINDINGS: Final[tuple[tuple[Column, int], ...]] = (
    (Column("Number", Kind.COUNT), 9),
    (Column("Severity"), 10),
    (Column("Check"), 9),
    (Column("Encounter"), 18),
    (Column("Encounters", Kind.COUNT), 9),
    (Column("Other encounters"), 24),
    (Column("Peers"), 18),
    (Column("Members"), 18),
    (Column("First day", Kind.DAY), 12),
    (Column("Last day", Kind.DAY), 12),
    (Column("Weeks of"), 14),
    (Column("Where"), 26),
    (Column("What was found"), 70),
    (Column("What to do"), 70),
    (Column("Value that is not known"), 18),
    (Column("Minutes", Kind.COUNT), 9),
    (Column("Units", Kind.COUNT), 9),
    (Column("Charge", Kind.MONEY), 12),
    (Column("Status of encounters"), 16),
    (Column("Sources"), 60),
)


def _findings(evidence: AuditEvidence) -> Sheet:
    places = {id_: place for place, id_ in enumerate(evidence.encounters)}
    columns, widths = zip(*_FINDINGS, strict=True)
    return Sheet(FINDINGS, columns, widths, lambda: (_finding(row, places) for row in evidence.findings), heads=3)


def _finding(row: FindingEvidence, places: Mapping[str, int]) -> Row:
    found = row.finding
    first, *others = found.encounter_ids or ("",)
    return (
        row.number,
        found.severity.value,
        found.code,
        Link(first, ENCOUNTERS, places[first]) if first in places else first,
        len(found.encounter_ids),
        joined(others),
        joined(row.staff_ids),
        joined(row.member_ids),
        row.first_day,
        row.last_day,
        joined(map(str, row.weeks)),
        found.where,
        found.message,
        found.fix,
        found.missing,
        row.minutes,
        row.units,
        row.charge,
        joined(row.statuses),
        joined(_cited(found)),
    )


_ENCOUNTERS: Final[tuple[tuple[Column, int], ...]] = (
    (Column("Encounter"), 18),
    (Column("Findings"), 14),
    (Column("Status"), 10),
    (Column("Day", Kind.DAY), 12),
    (Column("Start", Kind.TIME), 17),
    (Column("End", Kind.TIME), 17),
    (Column("Member"), 18),
    (Column("Peer"), 18),
    (Column("Facilitators"), 18),
    (Column("Service"), 16),
    (Column("Place"), 8),
    (Column("Channel"), 12),
    (Column("Site"), 12),
    (Column("Group"), 14),
    (Column("Group size", Kind.COUNT), 9),
    (Column("Minutes", Kind.COUNT), 9),
    (Column("Units", Kind.COUNT), 9),
    (Column("Code"), 9),
    (Column("Modifiers"), 12),
    (Column("Charge a unit", Kind.MONEY), 12),
    (Column("Charge", Kind.MONEY), 12),
    (Column("Payer"), 18),
    (Column("Programme"), 24),
    (Column("Line of its file", Kind.COUNT), 9),
    (Column("How code, units and charge came about"), 90),
    (Column("Sources of that"), 60),
)


def _encounters(evidence: AuditEvidence) -> Sheet:
    columns, widths = zip(*_ENCOUNTERS, strict=True)
    return Sheet(ENCOUNTERS, columns, widths, lambda: map(_encounter, evidence.encounters.values()))


def _encounter(row: EncounterEvidence) -> Row:
    numbers = joined(map(str, row.findings))
    sources = dict.fromkeys(cited(source) for step in row.steps for source in step.citations)
    return (
        row.encounter_id,
        Link(numbers, FINDINGS, row.findings[0] - 1) if row.findings else "",
        row.status,
        row.day,
        row.start,
        row.end,
        row.member_id,
        row.staff_id,
        joined(row.facilitators),
        row.service,
        row.place,
        row.channel,
        row.site,
        row.group_id,
        row.group_size,
        row.minutes,
        row.units,
        row.hcpcs,
        joined(row.modifiers),
        row.unit_charge,
        row.charge,
        row.payer,
        row.programme,
        row.line or None,
        " ".join(step.sentence for step in row.steps),
        joined(sources),
    )


def _sources(evidence: AuditEvidence) -> Sheet:
    columns = titled(Kind.TEXT, "Source", "Where", "Date", "How sure", "Address")
    rows: list[Row] = [(one.title, one.where, one.date, one.status, one.url) for one in evidence.sources]
    return Sheet("Sources", columns, (80, 30, 14, 14, 60), lambda: rows)


def _cited(finding: Finding) -> Iterator[str]:
    asked = finding.why_asked
    for source in finding.citations:
        yield f"why asked: {cited(source)}" if source in asked else cited(source)


def cited(source: Citation) -> str:
    """Return a source as a phrase, with how sure it is.

    >>> cited(Citation("42 CFR 447.45", date="2024-09-30", status="primary", where="(d)(1)"))
    '42 CFR 447.45, (d)(1), 2024-09-30 [primary]'
    """
    text = ", ".join(filter(None, (source.title, source.where, source.date)))
    return f"{text} [{source.status}]" if source.status else text


_ROOM: Final = 32_000


def joined(texts: Iterable[str]) -> str:
    """Return texts in a cell; those for which a cell has no room are counted.

    >>> joined(["E1", "E2"])
    'E1; E2'
    """
    every = list(texts)
    room = _ROOM
    for kept, text in enumerate(every):
        room -= len(text) + 2
        if room < 0:
            return f"{'; '.join(every[:kept])}; and {len(every) - kept:,} more"
    return "; ".join(every)
