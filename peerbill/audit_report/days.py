"""The days of peers that ask most for a look: sessions side by side, and how much of them overlaps."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from peerbill.audit_report.values import DaySession, FindingEvidence, PeerDay
from peerbill.checks.overlaps import Session, sessions_of
from peerbill.coding.context import Context, Group
from peerbill.model.finding import Severity
from peerbill.policy.published import shown_service

MOST_DAYS = 3
"""How many days of each peer are shown at most: those with an overlap or a finding; else the longest one."""

_ORDER = ("", *reversed(Severity))


def peer_days(groups: Sequence[Group], findings: Mapping[str, Sequence[FindingEvidence]]) -> tuple[PeerDay, ...]:
    """Return the days of each peer that ask most for a look; `findings` are by the encounters that they name."""
    return tuple(day for group in groups for day in _of_peer(group, findings))


def _of_peer(group: Group, findings: Mapping[str, Sequence[FindingEvidence]]) -> Iterator[PeerDay]:
    by_day: dict[dt.date, list[Session]] = defaultdict(list)
    for session in sessions_of(group, group.index.history.of_staff.get(group.key, ()), by_group=True):
        by_day[session.start.date()].append(session)
    days = [
        _peer_day(group.key, day, sessions, findings)
        for day, sessions in by_day.items()
        if any(session.contexts for session in sessions)
    ]
    days.sort(key=lambda day: (-day.overlap, -day.findings, -day.minutes, day.day))
    asking = [day for day in days if day.overlap or day.findings]
    yield from asking[:MOST_DAYS] or days[:1]


def _peer_day(
    staff_id: str, day: dt.date, sessions: Sequence[Session], findings: Mapping[str, Sequence[FindingEvidence]]
) -> PeerDay:
    numbers: set[int] = set()
    rows: list[DaySession] = []
    lanes: list[dt.datetime] = []
    for at, session in enumerate(sessions):
        ids = tuple(sorted(context.encounter.encounter_id for context in session.contexts))
        found = [row for id_ in ids for row in findings.get(id_, ())]
        numbers.update(row.number for row in found)
        lane = next((lane for lane, end in enumerate(lanes) if end <= session.begins), len(lanes))
        lanes[lane : lane + 1] = [session.ends]
        others = (other for place, other in enumerate(sessions) if place != at)
        rows.append(
            DaySession(
                encounter_ids=ids,
                start=session.start,
                end=session.start + (session.ends - session.begins),
                minutes=session.minutes,
                service=_service(session.contexts[0]) if session.contexts else "",
                severity=max((row.finding.severity for row in found), key=_ORDER.index, default=""),
                lane=lane,
                overlaps=any(other.begins < session.ends and session.begins < other.ends for other in others),
            )
        )
    return PeerDay(
        staff_id=staff_id,
        day=day,
        minutes=sum(row.minutes for row in rows),
        overlap=_overlap(sessions),
        findings=len(numbers),
        sessions=tuple(rows),
    )


def _service(context: Context) -> str:
    return shown_service(context.encounter.service, context.rules.service if context.rules else ())


def _overlap(sessions: Sequence[Session]) -> int:
    """Return how many minutes are in more than one session."""
    edges = sorted([(one.begins, 1) for one in sessions] + [(one.ends, -1) for one in sessions])
    going, total, since = 0, dt.timedelta(), dt.datetime.min.replace(tzinfo=dt.UTC)
    for time, step in edges:
        if going > 1:
            total += time - since
        going, since = going + step, time
    return int(total.total_seconds()) // 60
