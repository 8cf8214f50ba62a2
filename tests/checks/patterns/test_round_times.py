"""Starts and ends on the quarter of an hour."""

import datetime as dt
from fractions import Fraction

from believable import contact, figures, on_days, shown

from peerbill.checks.patterns.compare import Habit, Outlier
from peerbill.checks.patterns.round_times import QuarterHours

NOTHING = ((), None)


def test_forty_sessions_on_the_quarter() -> None:
    """Contacts begin at 10:00; it is the end that tells them apart."""
    found = Outlier("S1", 36, 40, None, 0, tuple(range(36)))

    assert shown(QuarterHours(), on_days([15, 30, 45, 60] * 9 + [31] * 4)).found() == ((found,), None)
    assert shown(QuarterHours(), on_days([15, 30, 45, 60] * 8 + [30] * 3 + [31] * 5)).found() == NOTHING
    assert shown(QuarterHours(), on_days([30] * 39)).found() == NOTHING


def test_a_start_off_the_quarter_is_not_round() -> None:
    rows = [
        contact(day, dt.datetime(2026, 3, 2, 10, 5) + dt.timedelta(days=day), 25, encounter_id=f"E{day:03}")
        for day in range(40)
    ]

    assert shown(QuarterHours(), rows).found() == NOTHING


def test_beside_others_and_where_the_system_rounds() -> None:
    others = [on_days([30, 31] * 20, f"S{other}") for other in (2, 3, 4)]
    found, habit = shown(QuarterHours(), on_days([30] * 40), *others).found()

    assert ([figures(item) for item in found], habit) == ([Outlier("S1", 40, 40, Fraction(1, 2), 3)], None)
    assert shown(QuarterHours(), *(on_days([30] * 40, f"S{peer}") for peer in range(1, 5))).found() == (
        (),
        Habit(("S1", "S2", "S3", "S4"), 4, 160, 160, tuple(range(80, 160))),
    )
