"""The tables and plots of an audit's page: their cells, their words, and how far they go."""

import datetime as dt
import re
from decimal import Decimal
from xml.etree import ElementTree as ET

import attrs
import pytest
from evidence import busy_evidence, evidence_of

from peerbill.audit_report.drawings import Bar, Chart, Mark, chart_svg, day_text, timeline_svg
from peerbill.audit_report.sections import (
    MOST_MEMBERS,
    check_table,
    day_table,
    headline,
    member_table,
    minutes_chart,
    minutes_table,
    peer_table,
    silent_table,
    units_chart,
    units_table,
    week_chart,
    week_table,
    worst_days,
)
from peerbill.audit_report.values import DailyUnits, DaySession, MinutesCurve, PeerDay, PersonRow, Tally

CURVE = MinutesCurve(
    "ZZ/peer", 15, "midpoint", ((7, 2), (8, 5), (9, 1), (22, 3), (23, 4), (40, 6)), ((8, 1), (23, 2), (38, 3))
)
LIMITED = DailyUnits("ZZ/peer", "day", "member", 16, ((3, 7), (16, 5), (17, 2), (20, 1)))
FREE = DailyUnits("ZZ/peer", "", "member", None, ((3, 7), (16, 5)))
DAY = dt.date(2026, 3, 2)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def session(start: str, end: str, lane: int = 0, *, ids: tuple[str, ...] = ("E1",)) -> DaySession:
    return DaySession(
        encounter_ids=ids,
        start=at(start),
        end=at(end),
        minutes=60,
        service="individual",
        severity="",
        lane=lane,
        overlaps=False,
    )


def test_minutes_are_counted_by_the_units_that_they_make() -> None:
    assert minutes_table(0, CURVE).rows == (
        ("0 to 7", 0, 2, 0),
        ("8 to 22", 1, 9, 6),
        ("23 to 37", 2, 4, 4),
        ("38 and more", 3, 6, 0),
    )


def test_minutes_have_a_bar_each_and_a_line_where_there_is_a_unit_more() -> None:
    chart = minutes_chart(0, CURVE)

    assert [bar.label for bar in chart.bars] == [str(minutes) for minutes in range(7, 41)]
    assert [bar.parts for bar in chart.bars][:3] == [(2,), (5,), (1,)]
    assert chart.marks == (Mark(1, "1 unit"), Mark(16, "2 units"), Mark(31, "3 units"))
    assert chart.text.startswith("Bars from 7 to 40 minutes; most encounters, 6, have 40 minutes.")


@pytest.mark.parametrize(("longest", "bars"), [(159, 160), (160, 33), (799, 160), (800, 54), (50_000, 160)])
def test_however_long_an_encounter_there_are_not_too_many_bars(longest: int, bars: int) -> None:
    chart = minutes_chart(0, attrs.evolve(CURVE, counts=((0, 1), (longest, 1))))

    assert len(chart.bars) == bars
    assert sum(part for bar in chart.bars for part in bar.parts) == 2


def test_units_of_days_are_shown_beside_the_limit() -> None:
    chart, table = units_chart(0, LIMITED), units_table(0, LIMITED)

    assert table.rows == ((3, 7, ""), (16, 5, "at the limit"), (17, 2, "beyond the limit"), (20, 1, "beyond the limit"))
    assert [bar.label for bar in chart.bars] == [str(units) for units in range(1, 21)]
    assert [bar.parts for bar in chart.bars if any(bar.parts)] == [(7, 0), (5, 0), (0, 2), (0, 1)]
    assert chart.marks == (Mark(16, "limit: 16 units"),)
    assert "The limit is 16: 5 days at it, 3 beyond it." in chart.text


def test_units_of_days_without_a_limit_have_no_line() -> None:
    assert units_chart(0, FREE).marks == ()
    assert [row[2] for row in units_table(0, FREE).rows] == ["", ""]
    assert "The programme has no limit by the day." in units_chart(0, FREE).text


def test_a_limit_beyond_all_days_is_shown() -> None:
    assert units_chart(0, attrs.evolve(LIMITED, counts=((3, 7),))).bars[-1].label == "16"


def test_checks_with_findings_and_checks_without_are_all_there() -> None:
    evidence = busy_evidence()
    found = [str(row[0]) for row in check_table(evidence.checks).rows]
    silent = [str(row[0]) for row in silent_table(evidence).rows]

    assert sorted(found + silent) == [row.code for row in evidence.checks]
    assert {"PB202", "PB801"} <= set(found)
    # The note of an audit's page on its limits is beside the check that found nothing because of one.
    looked = {str(row[0]): row[2] for row in silent_table(evidence).rows}
    assert (looked["PB407"], looked["PB604"]) == ("not everything", "everything on file")
    # Checks of claim files are not run on a workspace.
    assert "PB851" not in {*found, *silent}


def test_each_week_has_its_bar() -> None:
    evidence = busy_evidence()
    chart = week_chart(evidence)
    rows = week_table(evidence).rows

    assert chart is not None
    assert [bar.label for bar in chart.bars] == [
        row[0].isoformat() if isinstance(row[0], dt.date) else row[0] for row in rows
    ]
    assert [bar.parts for bar in chart.bars] == [tuple(row[3:6]) for row in rows]
    assert week_chart(evidence_of()) is None


def person(id_: str, held: int, findings: int = 1) -> PersonRow:
    tally = Tally(findings=findings, held_charge=Decimal(held))
    return PersonRow(id_, 1, 60, 4, Decimal(80), tally)


def test_people_with_the_most_at_stake_come_first() -> None:
    rows = (person("S1", 5), person("S2", 50), person("S3", 5, 4))
    table = peer_table(attrs.evolve(evidence_of(), peers=rows))

    assert [row[0] for row in table.rows] == ["S2", "S3", "S1"]


@pytest.mark.parametrize("more", [0, 1])
def test_the_table_by_member_says_what_it_leaves_out(more: int) -> None:
    rows = tuple(person(f"M{number:04}", number) for number in range(MOST_MEMBERS + more))
    table = member_table(attrs.evolve(evidence_of(), members=(*rows, person("M9", 0, 0))))

    assert len(table.rows) == MOST_MEMBERS
    assert ("100 of 101" in table.caption) is bool(more)
    assert "M9" not in {row[0] for row in table.rows}


def test_the_headline_says_where_every_encounter_went() -> None:
    figures = {figure.name: figure.value for figure in headline(busy_evidence())}

    assert figures["Encounters"] == sum(
        int(str(figures[name])) for name in ("Billable", "Held", "Rejected", "Billed before")
    )


def test_the_worst_days_of_all_peers_have_the_most_overlap() -> None:
    evidence = busy_evidence()
    days = worst_days(evidence, 5)

    assert len(days) == 5
    assert [day.overlap for day in days] == sorted((day.overlap for day in evidence.days), reverse=True)[:5]
    assert worst_days(evidence_of(), 5) == ()


def test_a_day_says_what_its_timeline_shows() -> None:
    day = PeerDay("S1", DAY, 120, 30, 2, (session("2026-03-02T10:00", "2026-03-02T11:00"),))

    assert (
        day_text(day)
        == "1 session of 120 minutes together; 30 minutes overlap; 2 findings. The table has every session."
    )
    assert day_table("d", day).rows == (("10:00", "11:00", 60, "individual", "E1", "", "", ""),)


def rects(text: str) -> list[tuple[str, float, float, float]]:
    """Return class, left, width and top of each bar."""
    root = ET.fromstring(text)  # noqa: S314  # drawn by the test itself
    space = "{http://www.w3.org/2000/svg}"
    return [
        (str(one.get("class")), *(float(str(one.get(name))) for name in ("x", "width", "y")))  # type: ignore[misc]
        for one in root.iter(f"{space}rect")
    ]


def test_a_timeline_has_a_bar_for_each_session_where_its_hours_are() -> None:
    sessions = (
        session("2026-03-02T10:00", "2026-03-02T11:00"),
        session("2026-03-02T10:30", "2026-03-02T12:30", 1, ids=()),
    )
    drawn = timeline_svg("day", PeerDay("S1", DAY, 180, 30, 0, sessions))
    (crowd, first, second) = sorted(rects(drawn), key=lambda rect: (rect[0] != "crowded", rect[1]))
    hour = first[2]

    assert crowd[0] == "crowded"
    assert (second[2] / hour, crowd[2] / hour) == pytest.approx((2, 0.5), abs=0.02)
    assert (second[1] - first[1]) / hour == pytest.approx(0.5, abs=0.02)
    assert second[3] > first[3]
    assert "billed before" in drawn


def test_a_timeline_of_a_night_goes_on_past_midnight_and_one_of_days_ends() -> None:
    night = timeline_svg("n", PeerDay("S1", DAY, 60, 0, 0, (session("2026-03-02T23:00", "2026-03-03T01:00"),)))
    month = timeline_svg("m", PeerDay("S1", DAY, 60, 0, 0, (session("2026-03-02T23:00", "2026-04-03T01:00"),)))

    assert re.findall(r">(\d+:00)<", night)[-1] == "1:00"
    assert len(re.findall(r">\d+:00<", month)) < 20
    assert max(left + width for _, left, width, _ in rects(month)) <= 920
    assert day_table("d", PeerDay("S1", DAY, 60, 0, 0, (session("2026-03-02T23:00", "2026-03-03T01:00"),))).rows[0][
        1
    ] == ("01:00 next day")


def test_a_chart_is_drawn_to_scale_and_its_texts_are_escaped() -> None:
    chart = Chart("k", "A < B", "text", (("one", "b0"), ("two", "b4")), (Bar("x", (2, 1), "<x>"), Bar("y", (0, 3), "")))
    drawn = chart_svg(chart)
    found = rects(drawn)

    assert [name for name, *_ in found] == ["b0", "b4", "b4"]
    assert "A &lt; B" in drawn
    assert "&lt;x&gt;" in drawn
    # Stacked: the second part ends where the whole bar of three ends.
    assert found[1][3] == found[2][3]


@pytest.mark.parametrize("bars", [1, 2, 50, 160])
def test_a_chart_fits_the_page_however_many_bars_it_has(bars: int) -> None:
    chart = Chart("k", "t", "t", (("one", "b0"),), tuple(Bar(f"2026-03-{at:02}", (at,), "") for at in range(bars)))
    drawn = chart_svg(chart)
    root = ET.fromstring(drawn)  # noqa: S314  # as above
    ends = [left + width for _, left, width, _ in rects(drawn)]

    assert int(str(root.get("width"))) <= 1100
    assert max(ends, default=0) <= int(str(root.get("width")))
