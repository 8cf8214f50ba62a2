"""Jumps in what is billed, and the share of a single peer."""

import datetime as dt

import pytest
from believable import contact, shown

from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.volume import AGENCY, Jump, LargeShare, Volume

MONDAY = dt.datetime(2026, 1, 5, 8)


def weeks(*hours: int, staff_id: str = "S1", units: int | None = None) -> list[PatternRow]:
    """Return a contact in each week, of so many hours; none in a week of 0."""
    return [
        contact(
            week,
            MONDAY + dt.timedelta(days=7 * week),
            60,
            encounter_id=f"{staff_id}-{week:03}",
            staff_id=staff_id,
            minutes=60 * each,
            units=4 * each if units is None else units,
        )
        for week, each in enumerate(hours)
        if each
    ]


def test_a_week_of_more_than_half_as_much_again_as_twice_the_usual() -> None:
    """The first week of a run is named; the agency, of one peer, has the same jump."""
    usual = [20, 22, 18, 20, 21, 19, 20, 20]
    jump = Jump("S1", "week", dt.date(2026, 3, 2), 50 * 60, 20 * 60, 22 * 60, 8, (8,))
    found = shown(Volume(), weeks(*usual, 50, 55, 20)).jumps()

    assert found == (Jump(AGENCY, "week", jump.first, jump.minutes, jump.usual, jump.most, 8, (8,)), jump)
    assert shown(Volume(), weeks(*usual, 49)).jumps() == ()
    assert shown(Volume(), weeks(*usual[:7], 50)).jumps() == ()


def test_less_than_twenty_hours_more_are_no_jump() -> None:
    assert shown(Volume(), weeks(*[5] * 8, 24)).jumps() == ()
    assert len(shown(Volume(), weeks(*[5] * 8, 25)).jumps()) == 2


def test_what_goes_up_and_down_anyway_is_no_jump() -> None:
    """The median distance from the median, 15 hours, makes a deviation of 22.2 hours: 136.2 hours are within five."""
    usual = [10, 10, 10, 40, 40, 40, 25, 10, 40]

    assert shown(Volume(), weeks(*usual, 136)).jumps() == ()
    assert len(shown(Volume(), weeks(*usual, 137)).jumps()) == 2


def test_weeks_without_contacts_do_not_count() -> None:
    assert len(shown(Volume(), weeks(*[20, 0] * 7, 20, 50)).jumps()) == 2
    assert shown(Volume(), weeks(*[20, 0] * 7, 50)).jumps() == ()


def test_a_month_is_compared_with_four_before() -> None:
    found = shown(Volume(), months(50, 60, 70, 60, 150)).jumps()

    assert found == tuple(
        Jump(who, "month", dt.date(2026, 5, 1), 150 * 60, 60 * 60, 70 * 60, 4, (4,)) for who in (AGENCY, "S1")
    )
    assert shown(Volume(), months(50, 60, 70, 60, 149)).jumps() == ()
    assert shown(Volume(), months(50, 60, 70, 150)).jumps() == ()


def test_less_than_sixty_hours_more_are_no_jump() -> None:
    assert shown(Volume(), months(20, 20, 20, 20, 79)).jumps() == ()
    assert len(shown(Volume(), months(20, 20, 20, 20, 80)).jumps()) == 2


def test_a_month_is_not_named_besides_its_week() -> None:
    """A contact of 20 hours in each week until April; in May, one every second day."""
    days = [dt.datetime(2026, month, day, 9) for month in range(1, 5) for day in (1, 8, 15, 22)]
    days += [dt.datetime(2026, 5, day, 9) for day in range(1, 29, 2)]
    rows = [contact(each, day, 60, encounter_id=f"E{each:03}", minutes=1200) for each, day in enumerate(days)]

    assert [(jump.staff_id, jump.period, jump.first, jump.minutes) for jump in shown(Volume(), rows).jumps()] == [
        (who, "week", dt.date(2026, 5, 4), 3600) for who in (AGENCY, "S1")
    ]


def months(*hours: int) -> list[PatternRow]:
    """Return a contact in each month, so that weeks are too few to be compared."""
    return [
        contact(month, dt.datetime(2026, month, 15, 9), 60, minutes=60 * each)
        for month, each in enumerate(hours, start=1)
    ]


def peers(*units: int) -> list[PatternRow]:
    return [row for peer, each in enumerate(units, start=1) for row in weeks(*[1] * 4, staff_id=f"S{peer}", units=each)]


def test_three_times_the_units_of_the_median_peer() -> None:
    found = (LargeShare("S1", 240, 400 + 240, 60, 20, 6, (0, 6, 12, 18)),)

    assert shown(Volume(), peers(60, 20, 20, 22, 18, 20)).shares() == found
    assert shown(Volume(), peers(59, 20, 20, 22, 18, 20)).shares() == ()


def test_twice_the_share_that_all_would_have() -> None:
    """A third of the units, of six peers; one more of another's makes it less."""
    found = (LargeShare("S1", 240, 720, 60, 20, 6, (0, 6, 12, 18)),)

    assert shown(Volume(), peers(60, 20, 20, 20, 20, 40)).shares() == found
    assert shown(Volume(), peers(60, 20, 20, 20, 20, 41)).shares() == ()


def test_a_share_needs_five_peers_and_four_weeks() -> None:
    assert len(shown(Volume(), peers(60, 20, 20, 20, 20)).shares()) == 1
    assert shown(Volume(), peers(60, 20, 20, 20)).shares() == ()
    three = [row for row in peers(60, 20, 20, 20, 20) if row.staff_id != "S1" or row.start < MONDAY.replace(day=20)]
    assert shown(Volume(), three).shares() == ()


def test_where_peers_differ_a_large_one_is_not_extreme() -> None:
    """Six peers of 10 to 60 units: their deviation is large, and 120 units are within five of them."""
    assert shown(Volume(), peers(120, 10, 20, 30, 40, 50, 60)).shares() == ()


def test_a_peer_of_few_weeks_has_no_large_share() -> None:
    """Much in four weeks, of a year in which the others worked."""
    others = [row for peer in range(2, 8) for row in weeks(*[1] * 40, staff_id=f"S{peer}", units=20)]

    assert shown(Volume(), weeks(*[1] * 4, units=60), others).shares() == ()


@pytest.mark.parametrize("minutes", [None, 45])
def test_unknown_minutes_are_those_from_start_to_end(minutes: int | None) -> None:
    rows = [
        contact(week, MONDAY + dt.timedelta(days=7 * week), 20 * 60 if week < 8 else 23 * 60, minutes=minutes)
        for week in range(9)
    ]

    assert shown(Volume(), rows).jumps() == ()
