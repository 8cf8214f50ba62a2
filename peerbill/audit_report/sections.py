"""The sections of an audit's page: tables and plots of the evidence, in words for people."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from peerbill.audit_report.drawings import Bar, Chart, Mark
from peerbill.audit_report.values import AuditEvidence, CheckRow, DailyUnits, MinutesCurve, PeerDay, PersonRow, Tally
from peerbill.model.plural import counted, named
from peerbill.report.parts import Cell, Column, Figure, Kind, Row, Table, titled

MOST_MEMBERS = 100
"""How many members the table by member has; the list of findings has all."""

NO_ID = "not recorded"
"""Stands for the peer, or the member, of encounters that name none."""

_MANY_BARS = 160
_WIDTHS = (1, 5, 15, 60)
_ROUNDING = {
    "": "rounding not known",
    "down": "whole units only",
    "up": "each unit begun counts",
    "midpoint": "half a unit or more counts",
    "past-midpoint": "more than half a unit counts",
}
_SUMS = (
    *titled(Kind.COUNT, "Findings", "Errors", "Warnings", "Info", "Encounters named"),
    Column("Their charge", Kind.MONEY),
    *titled(Kind.COUNT, "Held"),
    Column("Held charge", Kind.MONEY),
    *titled(Kind.COUNT, "Charge not known"),
)


def peer_key(staff_id: str) -> str:
    """Return the id of a peer's page, which is its address as well: any text becomes one without spaces or signs.

    >>> peer_key("S1"), peer_key("S 1/é")
    ('peer-S1', 'peer-S%201%2F%C3%A9')
    """
    return f"peer-{quote(staff_id, safe='')}"


def encounter_link(encounter_id: str) -> str:
    """Return the address of an encounter's page."""
    return f"#encounter-{quote(encounter_id, safe='')}"


def headline(evidence: AuditEvidence) -> tuple[Figure, ...]:
    """Return the figures at the top."""
    by = {row.status: row for row in evidence.statuses}
    total = evidence.total
    kinds = f"{counted(total.errors, 'error')}, {counted(total.warnings, 'warning')}, {total.infos:,} info"
    unknown = f"{counted(by['held'].unknown, 'charge')} not known" if by["held"].unknown else ""
    encounters = sum(row.encounters for row in evidence.statuses)
    return (
        Figure("Encounters", encounters, Kind.COUNT, "in the workspace"),
        Figure("Billable", by["billable"].encounters, Kind.COUNT, "no error"),
        Figure("Held", by["held"].encounters, Kind.COUNT, "an error names them"),
        Figure("Rejected", by["rejected"].encounters, Kind.COUNT, "cannot be read"),
        Figure("Billed before", by["billed"].encounters, Kind.COUNT, "unchanged since"),
        Figure("Held charge", by["held"].charge, Kind.MONEY, unknown),
        Figure("Findings", total.findings, Kind.COUNT, kinds),
        Figure("Charge with findings", total.charge, Kind.MONEY, f"of {counted(total.encounters, 'encounter')}"),
    )


def subject(evidence: AuditEvidence, version: str) -> tuple[str, ...]:
    """Return what was audited, in sentences."""
    days = (
        f"Services from {evidence.first_day} to {evidence.last_day}"
        if evidence.first_day
        else "No day of service is known"
    )
    ledger = "beside the ledger of what was billed" if evidence.ledger else "without a ledger of what was billed"
    notice = f" The audit was announced on {evidence.notice}." if evidence.notice else ""
    return (
        f"{days}, {ledger}. Ages and deadlines are counted to {evidence.as_of}.{notice}",
        f"peerbill {version}, policy data {evidence.policy_data}.",
        "The same tables, day, ledger and policies give the same findings, with the same numbers.",
    )


def audited_tables(evidence: AuditEvidence) -> Iterator[Table]:
    """Yield what was audited: encounters by status, policies with their digests, rows of the tables."""
    statuses = [(row.status, row.encounters, row.charge, row.unknown) for row in evidence.statuses]
    yield Table(
        "by-status",
        "Status",
        "Encounters by status",
        (
            Column("Status"),
            *titled(Kind.COUNT, "Encounters"),
            Column("Charge", Kind.MONEY),
            *_count("Charge not known"),
        ),
        tuple(statuses),
    )
    yield Table(
        "policies",
        "Policies",
        "Policies that were applied",
        (Column("Programme"), Column("Name"), *_count("Encounters"), Column("SHA-256 of its values")),
        tuple((row.id, row.name, row.encounters, row.sha256) for row in evidence.policies),
    )
    yield Table(
        "tables",
        "Tables",
        "Rows of the workspace",
        (Column("Table"), *_count("Rows")),
        tuple((row.table, row.rows) for row in evidence.tables if row.rows),
    )


def unseen_table(evidence: AuditEvidence) -> Table:
    """Return what the audit could not look at."""
    return Table(
        "unseen-table",
        "Not looked at",
        "What the audit could not look at",
        (Column("What"), Column("Checks that see less"), *_count("Encounters"), Column("What would show it")),
        tuple((one.what, ", ".join(one.codes) or "all", one.encounters, one.remedy) for one in evidence.unseen),
    )


def waived_table(evidence: AuditEvidence) -> Table:
    """Return the findings that a waiver covers."""
    columns = titled(Kind.TEXT, "Waiver", "Check", "Where", "Encounters", "What was found", "Until", "By", "Reason")
    rows = tuple(
        (
            one.waiver.waiver_id,
            one.finding.code,
            one.finding.where,
            named(one.finding.encounter_ids, 5),
            one.finding.message,
            one.waiver.until.isoformat(),
            one.waiver.who,
            one.waiver.reason,
        )
        for one in evidence.waived
    )
    return Table("waived", "Waived", "Findings that are waived: in no other figure, and hold nothing", columns, rows)


def idle_table(evidence: AuditEvidence) -> Table:
    """Return the waivers that cover nothing any more."""
    columns = titled(Kind.TEXT, "Waiver", "Check", "Where", "Encounters", "Until", "Why")
    rows = tuple(
        (
            one.waiver.waiver_id,
            one.waiver.code,
            one.waiver.where,
            named(one.waiver.encounter_ids, 5),
            one.waiver.until.isoformat(),
            one.why,
        )
        for one in evidence.idle_waivers
    )
    return Table("idle", "Idle waivers", "Waivers that cover nothing any more", columns, rows)


def check_table(rows: Sequence[CheckRow]) -> Table:
    """Return counts and dollars of each check that found something."""
    return Table(
        "by-check",
        "By check",
        "Counts and dollars by check",
        (Column("Check"), Column("What it asks for"), *_SUMS),
        tuple((row.code, row.requirement, *_sums(row.tally)) for row in rows if row.tally.findings),
    )


def silent_table(evidence: AuditEvidence) -> Table:
    """Return the checks that found nothing, and which of them could not look at everything."""
    less = {code for one in evidence.unseen for code in one.codes}
    return Table(
        "silent",
        "Found nothing",
        "Checks that found nothing",
        (Column("Check"), Column("What it asks for"), Column("Looked at")),
        tuple(
            (row.code, row.requirement, "not everything" if row.code in less else "everything on file")
            for row in evidence.checks
            if not row.tally.findings
        ),
    )


def week_table(evidence: AuditEvidence) -> Table:
    """Return counts and dollars of each week."""
    return Table(
        "by-week",
        "By week",
        "Counts and dollars by week, Sunday to Saturday",
        (Column("Week of"), *_count("All encounters"), *_SUMS),
        tuple((row.first_day or "not known", row.encounters, *_sums(row.tally)) for row in evidence.weeks),
    )


def peer_table(evidence: AuditEvidence) -> Table:
    """Return counts and dollars of each peer."""
    return _people("by-peer", "Peer", "Counts and dollars by peer", _ordered(evidence.peers))


def member_table(evidence: AuditEvidence, most: int | None = MOST_MEMBERS) -> Table:
    """Return counts and dollars of the members with the most at stake; None is all that a finding names."""
    rows = [row for row in _ordered(evidence.members) if row.tally.findings]
    more = f", {most} of {len(rows):,}: the most held charge first" if most is not None and len(rows) > most else ""
    return _people("by-member", "Member", f"Counts and dollars by member with findings{more}", rows[:most])


def _ordered(rows: Sequence[PersonRow]) -> list[PersonRow]:
    return sorted(rows, key=lambda row: (-row.tally.held_charge, -row.tally.errors, -row.tally.findings, row.id))


def _people(key: str, who: str, caption: str, rows: Sequence[PersonRow]) -> Table:
    columns = (Column(who), *_count("All encounters", "Minutes", "Units"), Column("Charge", Kind.MONEY), *_SUMS)
    cells = ((row.id or NO_ID, row.encounters, row.minutes, row.units, row.charge, *_sums(row.tally)) for row in rows)
    return Table(key, f"By {who.lower()}", caption, columns, tuple(cells))


def _count(*titles: str) -> tuple[Column, ...]:
    return titled(Kind.COUNT, *titles)


def _sums(tally: Tally) -> Row:
    return (
        tally.findings,
        tally.errors,
        tally.warnings,
        tally.infos,
        tally.encounters,
        tally.charge,
        tally.held,
        tally.held_charge,
        tally.unknown,
    )


# Plots


def week_chart(evidence: AuditEvidence) -> Chart | None:
    """Return findings by week, stacked by severity."""
    rows = [row for row in evidence.weeks if row.first_day is not None]
    if not rows or not evidence.total.findings:
        return None
    most = max(rows, key=lambda row: row.tally.findings)
    return Chart(
        key="weeks-plot",
        title="Findings by week",
        text=f"Bars from the week of {rows[0].first_day} to that of {rows[-1].first_day}; the most are in the week of "
        f"{most.first_day}, {counted(most.tally.findings, 'finding')}. The table has every figure.",
        series=(("errors", "b4"), ("warnings", "b1"), ("info", "b0")),
        bars=tuple(
            Bar(
                f"{row.first_day}",
                (row.tally.errors, row.tally.warnings, row.tally.infos),
                f"week of {row.first_day}: {counted(row.tally.errors, 'error')}, "
                f"{counted(row.tally.warnings, 'warning')}, {row.tally.infos:,} info",
            )
            for row in rows
        ),
    )


def units_chart(at: int, row: DailyUnits) -> Chart:
    """Return how many days came to how many units, with the limit."""
    lowest, highest = min(1, row.counts[0][0]), max(row.counts[-1][0], row.allowed or 0)
    wide = _wide(highest - lowest)
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for units, days in row.counts:
        sums[(units - lowest) // wide][row.allowed is not None and units > row.allowed] += days
    bars = [
        Bar(
            str(first := lowest + place * wide),
            tuple(sums[place]),
            f"{_span(first, wide, 'unit')}: {counted(sum(sums[place]), 'day')}",
        )
        for place in range((highest - lowest) // wide + 1)
    ]
    name = f'limit "{row.limit}"' if row.limit else "no limit by the day"
    limit = row.allowed
    return Chart(
        key=f"units-plot-{at}",
        title=f"Units of a day of one {row.scope}: {row.programme}, {name}",
        text=f"Bars for {lowest} to {highest} units. {_limit_text(row)} The table has every figure.",
        series=(("days", "b0"), ("days beyond the limit", "b4")),
        bars=tuple(bars),
        marks=(Mark((limit - lowest) // wide + 1, f"limit: {counted(limit, 'unit')}"),) if limit is not None else (),
    )


def _wide(extent: int) -> int:
    """Return how many minutes or units a bar stands for, so that there are not too many bars."""
    return next((wide for wide in _WIDTHS if extent < _MANY_BARS * wide), extent // _MANY_BARS + 1)


def units_table(at: int, row: DailyUnits) -> Table:
    """Return the figures of `units_chart`."""
    rows = [(units, days, _beside(units, row.allowed)) for units, days in row.counts]
    columns = (*_count("Units of a day", "Days"), Column("Limit"))
    return Table(f"units-{at}", "Units a day", "Days by their units", columns, tuple(rows))


def _beside(units: int, allowed: int | None) -> str:
    if allowed is None or units < allowed:
        return ""
    return "at the limit" if units == allowed else "beyond the limit"


def _limit_text(row: DailyUnits) -> str:
    if row.allowed is None:
        return "The programme has no limit by the day."
    at = sum(days for units, days in row.counts if units == row.allowed)
    beyond = sum(days for units, days in row.counts if units > row.allowed)
    return f"The limit is {row.allowed}: {counted(at, 'day')} at it, {beyond:,} beyond it."


def minutes_chart(at: int, curve: MinutesCurve) -> Chart:
    """Return how many encounters lasted how long, with the minutes from which there is a unit more."""
    low, high = curve.counts[0][0], curve.counts[-1][0]
    wide = _wide(high - low)
    sums: dict[int, int] = defaultdict(int)
    for minutes, count in curve.counts:
        sums[minutes // wide] += count
    first, last = low // wide, high // wide
    most = max(curve.counts, key=lambda pair: pair[1])
    return Chart(
        key=f"minutes-plot-{at}",
        title=f"Minutes of encounters: {curve.programme}, units of {counted(curve.unit_minutes, 'minute')}, "
        f"{_ROUNDING[curve.rounding]}",
        text=f"Bars from {low} to {high} minutes; most encounters, {most[1]:,}, have {most[0]} minutes. "
        "Lines are drawn where a contact makes one unit more. The table has every figure.",
        series=(("encounters", "b0"),),
        bars=tuple(
            Bar(
                str(place * wide),
                (sums[place],),
                f"{_span(place * wide, wide, 'minute')}: {counted(sums[place], 'encounter')}",
            )
            for place in range(first, last + 1)
        ),
        marks=tuple(
            Mark(minutes // wide - first, counted(units, "unit"))
            for minutes, units in curve.boundaries
            if low <= minutes <= high
        ),
    )


def _span(first: int, wide: int, noun: str) -> str:
    return counted(first, noun) if wide == 1 else f"{first} to {first + wide - 1} {noun}s"


def minutes_table(at: int, curve: MinutesCurve) -> Table:
    """Return the encounters by the units that their minutes make, and how many are at the first minutes of them."""
    edges = [(0, 0), *curve.boundaries]
    rows: list[Row] = []
    for place, (minutes, units) in enumerate(edges):
        end = edges[place + 1][0] if place + 1 < len(edges) else None
        counts = [(lasted, count) for lasted, count in curve.counts if lasted >= minutes and (not end or lasted < end)]
        total = sum(count for _, count in counts)
        if total:
            near = sum(count for lasted, count in counts if units and lasted <= minutes + 1)
            span = f"{minutes} and more" if end is None else f"{minutes} to {end - 1}"
            rows.append((span, units, total, near))
    columns = (Column("Minutes"), *_count("Units", "Encounters", "Of these in the first two minutes"))
    return Table(f"minutes-{at}", "Minutes", "Encounters by the units of their minutes", columns, tuple(rows))


# Pages of peers


def peer_figures(row: PersonRow) -> tuple[Figure, ...]:
    """Return the figures of a peer's page."""
    tally = row.tally
    kinds = f"{counted(tally.errors, 'error')}, {counted(tally.warnings, 'warning')}, {tally.infos:,} info"
    return (
        Figure("Encounters", row.encounters, Kind.COUNT),
        Figure("Minutes", row.minutes, Kind.COUNT, "a group session once"),
        Figure("Units", row.units, Kind.COUNT),
        Figure("Charge", row.charge, Kind.MONEY),
        Figure("Findings", tally.findings, Kind.COUNT, kinds),
        Figure("Held charge", tally.held_charge, Kind.MONEY, counted(tally.held, "encounter")),
    )


def peer_checks(key: str, staff_id: str, found: Mapping[str, int], requirements: Mapping[str, str]) -> Table:
    """Return the checks that found something about a peer, the most findings first."""
    rows = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    cells: tuple[Row, ...] = tuple((code, requirements.get(code, ""), count) for code, count in rows)
    columns = (Column("Check"), Column("What it asks for"), *_count("Findings"))
    return Table(f"{key}-checks", "Checks", f"Findings about peer {staff_id} by check", columns, cells)


def day_table(key: str, day: PeerDay) -> Table:
    """Return the sessions of a day."""
    columns = (
        *titled(Kind.TEXT, "Start", "End"),
        *_count("Minutes"),
        *titled(Kind.TEXT, "Service", "Encounter", "Others in the session", "Overlaps", "Findings"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            f"{one.start:%H:%M}",
            f"{one.end:%H:%M}" + (" next day" if one.end.date() > one.start.date() else ""),
            one.minutes,
            one.service,
            one.encounter_ids[0] if one.encounter_ids else "billed before",
            ", ".join(one.encounter_ids[1:]),
            "yes" if one.overlaps else "",
            one.severity,
        )
        for one in day.sessions
    ]
    return Table(key, "Day", f"Sessions of peer {day.staff_id} on {day.day}", columns, tuple(rows))


def worst_days(evidence: AuditEvidence, most: int) -> tuple[PeerDay, ...]:
    """Return the days that ask most for a look, of all peers: the most overlap first, then the most findings."""
    asking = [day for day in evidence.days if day.overlap or day.findings]
    asking.sort(key=lambda day: (-day.overlap, -day.findings, -day.minutes, day.day, day.staff_id))
    return tuple(asking[:most])
