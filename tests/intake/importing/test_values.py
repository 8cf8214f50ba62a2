"""Days, times, durations and numbers as other programs write them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.intake.cells import Unreadable
from peerbill.intake.importing.values import (
    ClockReader,
    DayReader,
    Moments,
    Unclear,
    clock_reader,
    day_reader,
    digits,
    duration,
    moment_reader,
    parts,
)

DAYS = st.dates(dt.date(1941, 1, 1), dt.date(2099, 12, 31))
CLOCKS = st.times().map(lambda time: time.replace(second=0, microsecond=0))


def days(texts: list[str], form: str = "", *, past: bool = False) -> DayReader:
    reader = day_reader(texts, form, past=past)
    assert not isinstance(reader, Unclear), reader
    return reader


def clocks(texts: list[str], clock: str = "", form: str = "") -> ClockReader:
    reader = clock_reader(texts, clock, form)
    assert not isinstance(reader, Unclear), reader
    return reader


FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d-%b-%Y", "%d %B %Y", "%b %d, %Y", "%d%b%Y", "%a, %d %b %Y")


@given(day=DAYS, form=st.sampled_from(FORMATS))
def test_a_day_in_a_form_that_is_clear_comes_back(day: dt.date, form: str) -> None:
    assert days([])(day.strftime(form)) == day


@given(
    days_=st.lists(DAYS, min_size=1), first=st.sampled_from(["month-first", "day-first"]), sign=st.sampled_from("/-.")
)
def test_days_with_slashes_come_back_or_are_asked_for(days_: list[dt.date], first: str, sign: str) -> None:
    texts = [
        sign.join(
            map(str, (day.month, day.day, day.year) if first == "month-first" else (day.day, day.month, day.year))
        )
        for day in days_
    ]
    reader = day_reader(texts)
    if all(day.day <= 12 for day in days_) and any(day.day != day.month for day in days_):
        assert isinstance(reader, Unclear)
        reader = day_reader(texts, first)
    assert not isinstance(reader, Unclear)

    assert [reader(text) for text in texts] == days_


def test_two_readings_are_told_apart_by_a_number_above_12() -> None:
    assert days(["03/04/2026", "03/13/2026"])("03/04/2026") == dt.date(2026, 3, 4)
    assert days(["03/04/2026", "13/03/2026"])("03/04/2026") == dt.date(2026, 4, 3)
    assert days(["03/03/2026"])("03/03/2026") == dt.date(2026, 3, 3)
    assert day_reader(["03/04/2026", "03/12/2026"]) == Unclear(
        "its days can be read month-first and day-first: no cell has a number above 12 in one of the two places",
        'Write form = "month-first" or "day-first" for this column in the mapping.',
    )
    mixed = day_reader(["13/03/2026", "03/13/2026"])
    assert isinstance(mixed, Unclear)
    assert mixed.fix == "Correct the cells in the export."


@pytest.mark.parametrize(
    ("text", "past", "day"),
    [
        ("9/14/26", False, dt.date(2026, 9, 14)),
        ("9/14/79", True, dt.date(1979, 9, 14)),
        ("9/14/41", True, dt.date(1941, 9, 14)),
        ("9/14/40", True, None),
        ("14-Sep-26", False, dt.date(2026, 9, 14)),
    ],
)
def test_a_year_of_two_digits_is_read_where_only_a_century_is_possible(
    text: str, past: bool, day: dt.date | None
) -> None:
    read = days([], "month-first", past=past)(text)

    assert read == day if day else isinstance(read, Unreadable)


def test_a_number_is_a_day_only_where_the_mapping_says_so() -> None:
    assert days([], "excel")("46279") == dt.date(2026, 9, 14)
    assert days([], "excel")("46279.0") == dt.date(2026, 9, 14)
    assert isinstance(days([])("46279"), Unreadable)
    assert clocks([], form="excel")("46279.39583333") == dt.time(9, 30)
    assert clocks([], form="excel")("0.5") == dt.time(12, 0)


@pytest.mark.parametrize("text", ["2026-02-30", "31/31/2026", "soon", "1899-12-31", "2101-01-01"])
def test_what_is_no_day_is_refused_without_the_text(text: str) -> None:
    read = days([], "month-first")(text)

    assert isinstance(read, Unreadable)
    assert text not in read.why


@given(time=CLOCKS, form=st.sampled_from(["%H:%M", "%H%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p"]))
def test_a_time_comes_back(time: dt.time, form: str) -> None:
    assert clocks(["13:00"] if "%H" in form else [])(time.strftime(form)) == time


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("9:00 a.m.", dt.time(9, 0)),
        ("12:05 AM", dt.time(0, 5)),
        ("12:05 pm", dt.time(12, 5)),
        ("2 PM", dt.time(14, 0)),
        ("915", dt.time(9, 15)),
        ("13:05 PM", dt.time(13, 5)),
    ],
)
def test_times_of_the_clock(text: str, time: dt.time) -> None:
    assert clocks([])(text) == time


@pytest.mark.parametrize("text", ["25:00", "9:60", "13:05 AM", "0:30 PM", "9", "noon"])
def test_what_is_no_time_is_refused(text: str) -> None:
    assert isinstance(clocks([], "24-hour")(text), Unreadable)


def test_times_that_never_pass_noon_are_asked_for() -> None:
    assert isinstance(clock_reader(["9:00", "1:30", "12:59"]), Unclear)
    for certain in ("13:00", "09:00", "0:30"):
        assert clocks(["9:00", certain])("1:30") == dt.time(1, 30)
    assert clocks(["9:00"], "24-hour")("9:00") == dt.time(9, 0)


def test_a_time_without_am_and_pm_among_others_is_refused() -> None:
    assert isinstance(clocks(["9:00", "10:00 AM"])("9:00"), Unreadable)


@pytest.mark.parametrize(
    ("text", "divided"),
    [
        ("9/14/2026 11:59 AM", ("9/14/2026", "11:59 AM")),
        ("14-Sep-2026 2016", ("14-Sep-2026", "2016")),
        ("14 Sep 2026", ("14 Sep 2026", "")),
        ("Sep 14 2026", ("Sep 14 2026", "")),
        ("Mon 9/14/2026 9:00 AM", ("Mon 9/14/2026", "9:00 AM")),
        ("2026-09-14T09:15:30", ("2026-09-14", "09:15:30")),
    ],
)
def test_a_day_with_a_time_is_divided(text: str, divided: tuple[str, str]) -> None:
    assert parts(text) == divided


def test_moments_are_read_and_a_day_alone_is_none() -> None:
    reader = moment_reader(["9/14/2026 2:30 PM"])
    assert isinstance(reader, Moments)

    assert reader.read("9/14/2026 2:30 PM") == dt.datetime(2026, 9, 14, 14, 30)
    assert isinstance(reader.read("9/14/2026"), Unreadable)
    serial = moment_reader([], "excel")
    assert isinstance(serial, Moments)
    assert serial.read("46279.60416667") == dt.datetime(2026, 9, 14, 14, 30)


@pytest.mark.parametrize(
    ("text", "unit", "minutes"),
    [
        ("0:45", "h:mm", 45),
        ("1:30", "h:mm", 90),
        ("45", "minutes", 45),
        ("45 min", "minutes", 45),
        ("1.25", "hours", 75),
        ("0.33", "hours", None),
        ("45", "h:mm", None),
        ("0:45", "minutes", None),
        ("0:75", "h:mm", None),
    ],
)
def test_durations_are_whole_minutes_in_their_unit(text: str, unit: str, minutes: int | None) -> None:
    found = duration(text, unit)

    assert found == dt.timedelta(minutes=minutes) if minutes else isinstance(found, Unreadable)


@pytest.mark.parametrize(
    ("text", "width", "found"),
    [
        ("301447820116.0", 0, "301447820116"),
        ("8753", 5, "08753"),
        ("08753", 5, "08753"),
        ("10.0", 2, "10"),
        ("A7", 5, "A7"),
        ("3.5", 5, "3.5"),
        ("123456", 5, None),
    ],
)
def test_numbers_lose_decimals_and_get_their_zeros_back(text: str, width: int, found: str | None) -> None:
    assert digits(text, width) == found if found else isinstance(digits(text, width), Unreadable)


@pytest.mark.parametrize("zero", ["\u0660", "\u0966", "\uff10"])
@pytest.mark.parametrize("text", ["2026-09-14", "20260914", "9/14/2026", "14-Sep-2026", "Sep 14, 2026"])
def test_digits_of_other_scripts_are_no_day(text: str, zero: str) -> None:
    written = text.translate({ord("0") + digit: ord(zero) + digit for digit in range(10)})

    assert isinstance(days([])(text), dt.date)
    assert isinstance(days([])(written), Unreadable)
    assert isinstance(clocks([])(written[:2]), Unreadable)
    assert isinstance(duration(written[:2], "minutes"), Unreadable)
