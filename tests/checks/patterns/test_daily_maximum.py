"""Days billed up to the limit of the programme."""

import datetime as dt

import pytest
from believable import contact, figures, on_days, shown

from peerbill.checks.patterns.compare import Habit, Outlier
from peerbill.checks.patterns.daily_maximum import DailyMaximum
from peerbill.checks.patterns.row import PatternRow

NOTHING = ((), None)


def days(*units: int, staff_id: str = "S1", member_id: str = "M1", limit: int | None = 8) -> list[PatternRow]:
    """Return one contact a day with these units."""
    return [
        contact(
            day,
            dt.datetime(2026, 3, 2, 9) + dt.timedelta(days=day),
            60,
            encounter_id=f"{staff_id}-{day:03}",
            units=each,
            daily_units=limit,
            staff_id=staff_id,
            member_id=member_id,
        )
        for day, each in enumerate(units)
    ]


def test_twenty_days_at_the_limit() -> None:
    found = Outlier("S1", 18, 20, None, 0, tuple(range(18)))

    assert shown(DailyMaximum(), days(*[8] * 18, 7, 9)).peers() == ((found,), None)
    assert shown(DailyMaximum(), days(*[8] * 17, 7, 7, 9)).peers() == NOTHING
    assert shown(DailyMaximum(), days(*[8] * 19)).peers() == NOTHING


def test_the_units_of_a_day_are_added() -> None:
    """Two contacts of four units make the limit of eight; a row whose units are not known leaves its day out."""
    morning = days(*[4] * 20)
    evening = [
        contact(day, row.start.replace(hour=18), 60, encounter_id=f"L{day:03}", units=4, daily_units=8)
        for day, row in enumerate(morning)
    ]
    unknown = contact(99, morning[0].start.replace(hour=20), 60, units=None, daily_units=8)

    assert shown(DailyMaximum(), morning, evening).peers()[0][0] == Outlier("S1", 20, 20, None, 0, tuple(range(40)))
    assert shown(DailyMaximum(), morning).peers() == NOTHING
    assert shown(DailyMaximum(), morning, evening, [unknown]).peers() == NOTHING


@pytest.mark.parametrize("limit", [None, 3])
def test_limits_that_ordinary_contacts_reach_do_not_count(limit: int | None) -> None:
    assert shown(DailyMaximum(), days(*[3] * 20, limit=limit)).peers() == NOTHING


def test_a_limit_of_four_units_counts() -> None:
    assert figures(shown(DailyMaximum(), days(*[4] * 20, limit=4)).peers()[0][0]) == Outlier("S1", 20, 20, None, 0)


def test_a_member_whom_a_peer_explains_is_not_named_besides() -> None:
    assert shown(DailyMaximum(), days(*[8] * 20)).members() == NOTHING


def test_a_member_who_has_the_maximum_from_many_peers() -> None:
    """Each of four peers gives the member seven full days, and others fewer: no peer is explained."""
    rows: list[PatternRow] = []
    for peer in range(4):
        rows += days(*[8 if day % 4 == peer else 2 for day in range(28)], staff_id=f"S{peer}", member_id=f"X{peer}")
    for day in range(28):
        start = dt.datetime(2026, 3, 2, 14) + dt.timedelta(days=day)
        rows.append(contact(day, start, 60, staff_id=f"S{day % 4}", member_id="M9", units=8, daily_units=8))
    seen = shown(DailyMaximum(), rows)

    assert seen.peers() == NOTHING
    found, habit = seen.members()
    assert [item.who for item in found] == ["M9"]
    assert (found[0].count, found[0].total, habit) == (28, 28, None)


def test_where_all_peers_bill_the_maximum_it_is_a_habit() -> None:
    rows = [row for peer in range(4) for row in days(*[8] * 20, staff_id=f"S{peer}", member_id=f"M{peer}")]

    assert shown(DailyMaximum(), rows).peers() == ((), Habit(("S0", "S1", "S2", "S3"), 4, 80, 80, tuple(range(80))))
    assert shown(DailyMaximum(), rows).members() == NOTHING


def test_what_is_found_before_the_day_ends_changes_nothing() -> None:
    """The day that is being shown counts in each answer, once."""
    seen = DailyMaximum()
    for number, row in enumerate(days(*[8] * 20)):
        seen.add(row, number)
        seen.peers()
        seen.members()

    assert seen.peers() == shown(DailyMaximum(), days(*[8] * 20)).peers()
    assert on_days([]) == []
