"""Holidays and nights."""

import datetime as dt
from fractions import Fraction

import pytest
from believable import contact, figures, shown

from peerbill.checks.patterns.compare import Outlier
from peerbill.checks.patterns.odd_times import HolidaysAndNights
from peerbill.checks.patterns.row import PatternRow

HOLIDAYS = [dt.date(2026, *day) for day in ((1, 1), (1, 19), (2, 16), (5, 25), (6, 19), (7, 3))]
"""2026-07-03 is the Friday on which Independence Day is observed."""


def worked(staff_id: str, *days: dt.date, ordinary: int = 20, hour: int = 10) -> list[PatternRow]:
    """Return contacts on some days, on 2025-12-30, and on ordinary days of July and August 2026."""
    others = [dt.date(2025, 12, 30), *(dt.date(2026, 7, 6) + dt.timedelta(days=day) for day in range(ordinary - 1))]
    return [
        contact(
            number,
            dt.datetime.combine(day, dt.time(hour if day in days else 10)),
            staff_id=staff_id,
            encounter_id=f"{staff_id}-{number:03}",
        )
        for number, day in enumerate(sorted([*days, *others]))
    ]


@pytest.mark.parametrize("count", [4, 5])
def test_five_of_six_holidays_at_work_while_the_others_are_at_home(count: int) -> None:
    """Four of six have a probability of 0.0013 where a tenth is ordinary, and four peers are compared."""
    rows = [worked("S1", *HOLIDAYS[:count]), *(worked(f"S{other}") for other in (2, 3, 4))]
    found = (Outlier("S1", 5, 6, Fraction(0), 3, (4, 5, 6, 7, 8)),)

    assert shown(HolidaysAndNights(), *rows).holidays() == (found if count == 5 else ())
    assert shown(HolidaysAndNights(), *rows).nights() == ()


def test_where_all_work_on_holidays_nobody_stands_out() -> None:
    assert shown(HolidaysAndNights(), *(worked(f"S{peer}", *HOLIDAYS) for peer in range(4))).holidays() == ()


def test_under_twenty_days_nobody_is_compared() -> None:
    assert shown(HolidaysAndNights(), worked("S1", *HOLIDAYS[:5], ordinary=14)).holidays() == ()
    assert len(shown(HolidaysAndNights(), worked("S1", *HOLIDAYS[:5], ordinary=15)).holidays()) == 1


def test_holidays_count_between_the_first_and_the_last_day_of_work() -> None:
    """Who began in February and left in June had three holidays; the fourth of July is a Saturday."""
    days = [dt.date(2026, 2, 3) + dt.timedelta(days=day) for day in range(0, 137, 2)]
    rows = (
        worked("S1", *HOLIDAYS, dt.date(2026, 7, 4)),
        [
            contact(number, dt.datetime.combine(day, dt.time(10)), staff_id="S2", encounter_id=f"X{number:03}")
            for number, day in enumerate(days)
        ],
    )
    seen = shown(HolidaysAndNights(), *rows)

    assert [figures(outlier) for outlier in seen.holidays()] == [Outlier("S1", 6, 6, None, 1)]


@pytest.mark.parametrize(("hour", "at_night"), [(5, True), (6, False), (21, False), (22, True)])
def test_night_is_from_22_to_6(hour: int, at_night: bool) -> None:
    days = [dt.date(2026, 9, day) for day in (1, 2, 3, 4)]
    numbers = (20, 21, 22, 23)  # the last ones
    found = (Outlier("S1", 4, 24, None, 0, numbers),)

    assert shown(HolidaysAndNights(), worked("S1", *days, hour=hour)).nights() == (found if at_night else ())


def test_two_contacts_of_a_night_are_one_night() -> None:
    days = [dt.date(2026, 9, day) for day in (1, 2, 3)]
    rows = worked("S1", *days, hour=22) + [
        contact(90 + day.day, dt.datetime.combine(day, dt.time(23)), encounter_id=f"S1-{90 + day.day}") for day in days
    ]

    assert shown(HolidaysAndNights(), rows).nights() == ()
