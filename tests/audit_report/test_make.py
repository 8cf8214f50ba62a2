"""The evidence of an audit: each sum, series and fact of small worlds, whole."""

import datetime as dt
from decimal import Decimal

import attrs
import pytest
from evidence import evidence_of
from rows import AS_OF, POLICIES, base_rows, read

from peerbill.audit_report.make import make_evidence
from peerbill.audit_report.values import (
    AuditedPolicy,
    DailyUnits,
    DaySession,
    HeatCell,
    MinutesCurve,
    PeerDay,
    PersonRow,
    StatusRow,
    Tally,
    WeekRow,
)
from peerbill.checks.audit import audit_index, full_audit

NONE = Decimal("0.00")
OTHER = {"like": "E1", "member_id": "M2", "plan_id": "P2"}
OVERLAP = {
    "encounters": {
        "E1": {"end": "2026-03-02T11:00"},
        "E2": {**OTHER, "start": "2026-03-02T10:30", "end": "2026-03-02T11:30"},
        "E3": {**OTHER, "on": "2026-03-09", "end": "2026-03-09T10:47"},
    }
}
"""E1 and E2 overlap and are held by PB801: 4 units of $20 each. E3 is a week later: 3 units."""


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def test_a_world_without_findings() -> None:
    found = evidence_of()

    assert (found.organization, found.as_of) == ("Base Recovery House", dt.date(2026, 3, 31))
    assert (found.first_day, found.last_day) == (dt.date(2026, 3, 2), dt.date(2026, 3, 2))
    assert [attrs.evolve(policy, sha256="") for policy in found.policies] == [
        AuditedPolicy("ZZ/peer", "Peer support for tests", "", 1)
    ]
    assert found.statuses == (
        StatusRow("billable", 1, Decimal("60.00"), 0),
        StatusRow("billed", 0, NONE, 0),
        StatusRow("held", 0, NONE, 0),
        StatusRow("rejected", 0, NONE, 0),
    )
    assert (found.findings, found.encounters, found.heat, found.total) == ((), {}, (), Tally())
    assert {row.table: row.rows for row in found.tables}["encounters"] == 1
    assert all(row.tally == Tally() for row in found.checks)
    assert [row.code for row in found.checks] == sorted(row.code for row in found.checks)


def test_findings_are_counted_by_check_peer_member_and_week_and_each_encounter_once() -> None:
    found = evidence_of(OVERLAP)
    held = Tally(findings=1, errors=1, encounters=2, charge=Decimal("160.00"), held=2, held_charge=Decimal("160.00"))
    half = attrs.evolve(held, encounters=1, charge=Decimal("80.00"), held=1, held_charge=Decimal("80.00"))

    assert [(row.finding.code, row.finding.encounter_ids) for row in found.findings] == [("PB801", ("E1", "E2"))]
    assert found.total == held
    assert [row.tally for row in found.checks if row.code == "PB801"] == [held]
    assert found.peers == (PersonRow("S1", 3, 60 + 60 + 47, 11, Decimal("220.00"), held),)
    assert found.members == (
        PersonRow("M1", 1, 60, 4, Decimal("80.00"), half),
        PersonRow("M2", 2, 107, 7, Decimal("140.00"), half),
    )
    assert found.weeks == (WeekRow(dt.date(2026, 3, 1), 2, held), WeekRow(dt.date(2026, 3, 8), 1, Tally()))
    assert found.heat == (HeatCell("S1", "PB801", 1),)


def test_a_finding_has_the_facts_of_its_encounters_together() -> None:
    (row,) = evidence_of(OVERLAP).findings

    assert (row.finding.code, row.finding.severity, row.finding.encounter_ids) == ("PB801", "error", ("E1", "E2"))
    assert (row.number, row.staff_ids, row.member_ids, row.statuses) == (1, ("S1",), ("M1", "M2"), ("held",))
    assert (row.first_day, row.last_day, row.weeks) == (
        dt.date(2026, 3, 2),
        dt.date(2026, 3, 2),
        (dt.date(2026, 3, 1),),
    )
    assert (row.minutes, row.units, row.charge) == (120, 8, Decimal("160.00"))


def test_an_encounter_has_its_facts_and_why_it_comes_to_its_units() -> None:
    found = evidence_of(OVERLAP)
    one = found.encounters["E2"]

    assert sorted(found.encounters) == ["E1", "E2"]
    assert (one.status, one.member_id, one.staff_id, one.service, one.place) == ("held", "M2", "S1", "individual", "11")
    assert (one.start, one.end, one.minutes, one.units) == (local("2026-03-02T10:30"), local("2026-03-02T11:30"), 60, 4)
    assert (one.hcpcs, one.modifiers, one.unit_charge, one.charge) == (
        "H0038",
        ("HF",),
        Decimal("20.00"),
        Decimal("80.00"),
    )
    assert (one.programme, one.policy, one.findings) == ("ZZ/peer", found.policies[0].sha256, (1,))
    assert [step.name for step in one.steps] == [
        "payer",
        "programme",
        "code",
        "modifier",
        "minutes",
        "unit",
        "units",
        "rendering",
        "charge",
    ]
    # The same sentence with the same source is one value, however many encounters have it.
    assert one.steps[2] is found.encounters["E1"].steps[2]


def session(id_: str, start: str, end: str, lane: int) -> DaySession:
    """Return a session of an hour on the day of E1 that overlaps another one."""
    return DaySession(
        encounter_ids=(id_,),
        start=local(f"2026-03-02T{start}"),
        end=local(f"2026-03-02T{end}"),
        minutes=60,
        service="individual",
        severity="error",
        lane=lane,
        overlaps=True,
    )


def test_a_day_is_shown_with_its_overlap_in_lanes() -> None:
    (day,) = evidence_of(OVERLAP).days

    assert day == PeerDay(
        staff_id="S1",
        day=dt.date(2026, 3, 2),
        minutes=120,
        overlap=30,
        findings=1,
        sessions=(session("E1", "10:00", "11:00", 0), session("E2", "10:30", "11:30", 1)),
    )


def test_sessions_that_only_touch_do_not_overlap_and_share_a_lane() -> None:
    patch = {
        "encounters": {
            "E1": {"end": "2026-03-02T11:00"},
            "E2": {**OTHER, "start": "2026-03-02T11:00", "end": "2026-03-02T12:00"},
        }
    }
    (day,) = evidence_of(patch).days

    assert (day.minutes, day.overlap, day.findings) == (120, 0, 0)
    assert [(one.lane, one.overlaps) for one in day.sessions] == [(0, False), (0, False)]


def test_the_rows_of_a_group_session_are_one_session_and_count_once_for_the_peer() -> None:
    group = {"service": "group", "group_id": "G1", "group_size": "2", "end": "2026-03-02T11:00"}
    found = evidence_of({"encounters": {"E1": group, "E2": {**OTHER, **group}}})

    assert [(day.overlap, [one.encounter_ids for one in day.sessions]) for day in found.days] == [(0, [("E1", "E2")])]
    assert [(row.id, row.encounters, row.minutes) for row in found.peers] == [("S1", 2, 60)]
    assert [(row.id, row.encounters, row.minutes) for row in found.members] == [("M1", 1, 60), ("M2", 1, 60)]


@pytest.mark.parametrize(
    ("rounding", "boundaries"),
    [
        ("down", ((15, 1), (30, 2), (45, 3))),
        ("up", ((1, 1), (16, 2), (31, 3), (46, 4))),
        ("midpoint", ((8, 1), (23, 2), (38, 3))),
        ("past-midpoint", ((8, 1), (23, 2), (38, 3))),
    ],
)
def test_boundaries_are_the_minutes_from_which_there_is_a_unit_more(
    rounding: str, boundaries: tuple[tuple[int, int], ...]
) -> None:
    policy = f'[[peer.unit]]\nminutes = 15\nrounding = "{rounding}"\naggregate = "encounter"\nsource = "manual p. 3"\n'
    found = evidence_of({"policy": policy})

    assert found.minutes == (MinutesCurve("ZZ/peer", 15, rounding, ((47, 1),), boundaries),)


UNREAD = {"encounter_id": "E2", "start": "tomorrow"}
LIMIT = """
[[peer.limit.day]]
units = 4
per = "day"
then = "deny"
source = "manual p. 11"

[[peer.limit.peer]]
hours = 2
per = "day"
scope = "peer"
then = "review"
source = "manual p. 11"
"""


def test_units_a_day_are_counted_beside_each_limit_by_the_day() -> None:
    found = evidence_of({**OVERLAP, "policy": LIMIT})

    assert found.daily_units == (
        DailyUnits("ZZ/peer", "day", "member", 4, ((3, 1), (4, 2))),
        DailyUnits("ZZ/peer", "peer", "peer", 8, ((3, 1), (8, 1))),
    )
    assert evidence_of(OVERLAP).daily_units == (DailyUnits("ZZ/peer", "", "member", None, ((3, 1), (4, 2))),)


def test_a_row_that_cannot_be_read_has_its_line_and_nothing_else() -> None:
    records = read(encounters=[*base_rows()["encounters"], {**base_rows()["encounters"][0], **UNREAD}])
    index = audit_index(records, POLICIES, AS_OF)
    full = full_audit(index, POLICIES)
    found = make_evidence(index.records, full.audit, full, index, ledger=False)
    (row,) = [one for one in found.findings if one.finding.code == "PB001"]
    one = found.encounters["E2"]

    assert (one.status, one.steps, one.charge, one.minutes, one.day) == ("rejected", (), None, None, None)
    assert one.line == 2
    assert (row.statuses, row.first_day, row.weeks, row.charge) == (("rejected",), None, (), None)
    assert [week for week in found.weeks if week.first_day is None] == [
        WeekRow(None, 0, Tally(findings=1, errors=1, encounters=1, held=1, unknown=1))
    ]
