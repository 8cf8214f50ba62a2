"""Seven days with more hours than anybody can give."""

import datetime as dt

from believable import contact, shown

from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.weeks import LongWeek, Weeks

FIRST = dt.date(2026, 3, 4)


def days(*minutes: int, staff_id: str = "S1") -> list[PatternRow]:
    """Return a session on each day, none on a day of 0."""
    return [
        contact(
            day,
            dt.datetime.combine(FIRST + dt.timedelta(days=day), dt.time(8)),
            60,
            encounter_id=f"{staff_id}-{day:03}",
            staff_id=staff_id,
            minutes=each,
        )
        for day, each in enumerate(minutes)
        if each
    ]


def test_sixty_hours_in_seven_days() -> None:
    """The usual hours are the median of 0 to 60 hours at the end of each day: those of the fifth day."""
    assert shown(Weeks(), days(*[720] * 5)).found() == ()
    assert shown(Weeks(), days(*[720] * 4, 721)).found() == (LongWeek("S1", FIRST, 3601, 36, (0, 1, 2, 3, 4)),)


def test_days_eight_days_apart_are_not_of_one_week() -> None:
    assert shown(Weeks(), days(720, 720, 720, 0, 0, 0, 720, 0, 721)).found() == ()
    assert len(shown(Weeks(), days(720, 720, 720, 720, 0, 0, 721)).found()) == 1
    assert shown(Weeks(), days(721, 720, 720, 720, 0, 0, 0, 720)).found() == ()


def test_of_weeks_that_overlap_the_longest_is_named() -> None:
    """Fourteen days of ten hours: every seven days of them have 70 hours; a longer day makes one of them 71."""
    found = shown(Weeks(), days(*[600] * 10, 660, *[600] * 3, *[0] * 7, *[600] * 7)).found()

    assert [(week.first, week.minutes) for week in found] == [
        (FIRST + dt.timedelta(days=4), 71 * 60),
        (FIRST + dt.timedelta(days=21), 70 * 60),
    ]


def test_long_weeks_in_a_row_are_named_each() -> None:
    found = shown(Weeks(), days(*[600] * 28)).found()

    assert [(week.first - FIRST).days for week in found] == [0, 7, 14, 21]
    assert [number for week in found for number in week.numbers] == list(range(28))


def test_each_peer_by_itself() -> None:
    rows = [*days(*[600] * 6, staff_id="S1"), *days(*[600] * 6, staff_id="S2"), *days(*[600] * 7, staff_id="")]

    assert shown(Weeks(), rows).found() == ()


def test_an_answer_before_the_end_changes_nothing() -> None:
    rows = days(*[600] * 20)
    seen = Weeks()
    for number, row in enumerate(rows):
        seen.add(row, number)
        seen.found()

    assert seen.found() == shown(Weeks(), rows).found() != ()
