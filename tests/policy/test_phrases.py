"""Windows, deadlines, lengths and ages: the phrases of policies."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.policy.phrases import (
    CALENDAR_KINDS,
    EVENTS,
    WINDOW_KINDS,
    Ages,
    Deadline,
    Length,
    Window,
    is_business_day,
)

DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31))
ROLLING = st.builds("{} rolling {}s".format, st.integers(2, 400), st.sampled_from(["day", "week", "month"]))
ROLLING_FORMS = ("N rolling days", "N rolling weeks", "N rolling months")
WINDOWS = st.sampled_from(WINDOW_KINDS) | ROLLING
CALENDAR = {"week_start": "sunday", "fiscal_year_start": "07-01"}


def d(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("window", "day", "first", "last"),
    [
        ("week", "2026-03-01", "2026-03-01", "2026-03-07"),
        ("week", "2026-03-07", "2026-03-01", "2026-03-07"),
        ("week", "2026-03-08", "2026-03-08", "2026-03-14"),
        ("quarter", "2026-06-30", "2026-04-01", "2026-06-30"),
        ("quarter", "2026-07-01", "2026-07-01", "2026-09-30"),
        ("fiscal year", "2026-06-30", "2025-07-01", "2026-06-30"),
        ("fiscal year", "2026-07-01", "2026-07-01", "2027-06-30"),
        ("30 rolling days", "2026-03-30", "2026-03-01", "2026-03-30"),
        ("1 rolling day", "2026-03-30", "2026-03-30", "2026-03-30"),
        ("2 rolling weeks", "2026-03-30", "2026-03-17", "2026-03-30"),
        ("6 rolling months", "2026-08-15", "2026-02-16", "2026-08-15"),
        ("6 rolling months", "2026-08-31", "2026-03-01", "2026-08-31"),
        ("6 rolling months", "2026-02-28", "2025-08-29", "2026-02-28"),
        ("week in month", "2026-03-31", "2026-03-29", "2026-03-31"),
        ("week in month", "2026-04-01", "2026-04-01", "2026-04-04"),
        ("day", "2026-03-31", "2026-03-31", "2026-03-31"),
        ("encounter", "2026-03-31", "2026-03-31", "2026-03-31"),
        ("month", "2028-02-29", "2028-02-01", "2028-02-29"),
        ("month", "2026-12-31", "2026-12-01", "2026-12-31"),
        ("calendar year", "2026-12-31", "2026-01-01", "2026-12-31"),
        ("calendar year", "2027-01-01", "2027-01-01", "2027-12-31"),
        ("episode in fiscal year", "2026-06-30", "2025-07-01", "2026-06-30"),
        ("episode", "2026-06-30", "0001-01-01", "9999-12-31"),
        ("plan", "2026-06-30", "0001-01-01", "9999-12-31"),
        ("authorization", "2026-06-30", "0001-01-01", "9999-12-31"),
        ("lifetime", "2026-06-30", "0001-01-01", "9999-12-31"),
    ],
)
def test_window_has_first_and_last_day(window: str, day: str, first: str, last: str) -> None:
    """The table of the policy model, with the neighbouring day where a window changes."""
    assert Window.parse(window).bounds(d(day), **CALENDAR) == (d(first), d(last))


@pytest.mark.parametrize(
    ("start", "day", "first"),
    [
        ("monday", "2026-03-01", "2026-02-23"),
        ("monday", "2026-03-02", "2026-03-02"),
        ("saturday", "2026-03-01", "2026-02-28"),
        ("sunday", "2026-03-01", "2026-03-01"),
    ],
)
def test_week_begins_on_the_weekday_of_the_calendar(start: str, day: str, first: str) -> None:
    """The week that holds a day begins on the last such weekday."""
    assert Window.parse("week").bounds(d(day), week_start=start)[0] == d(first)


def test_fiscal_year_is_the_calendar_year_unless_told() -> None:
    """Without a fiscal year's first day, January 1 is it."""
    assert Window.parse("fiscal year").bounds(d("2026-06-30")) == (d("2026-01-01"), d("2026-12-31"))


@given(window=WINDOWS, day=DAYS)
def test_window_holds_its_day(window: str, day: dt.date) -> None:
    """A window's bounds include the day they were asked for."""
    first, last = Window.parse(window).bounds(day, **CALENDAR)

    assert first <= day <= last


@given(kind=st.sampled_from(CALENDAR_KINDS), day=DAYS)
def test_calendar_windows_tile_the_days(kind: str, day: dt.date) -> None:
    """Every day of a calendar window gives the same bounds, and the next window begins the day after."""
    window = Window.parse(kind)
    first, last = window.bounds(day, **CALENDAR)

    assert window.bounds(first, **CALENDAR) == window.bounds(last, **CALENDAR) == (first, last)
    assert window.bounds(last + dt.timedelta(days=1), **CALENDAR)[0] == last + dt.timedelta(days=1)


@given(window=ROLLING, day=DAYS)
def test_rolling_window_never_moves_back(window: str, day: dt.date) -> None:
    """A day later, a rolling window begins no earlier."""
    parsed = Window.parse(window)

    assert parsed.bounds(day)[0] <= parsed.bounds(day + dt.timedelta(days=1))[0]


@given(inner=WINDOWS, outer=st.none() | WINDOWS)
def test_window_gives_its_phrase_back(inner: str, outer: str | None) -> None:
    """A window parses, and its text is the phrase."""
    text = f"{inner} in {outer}" if outer else inner

    assert str(Window.parse(text)) == text


def test_window_tells_its_kinds() -> None:
    """A check can see that a window needs a record, or trails."""
    nested = Window.parse("episode in fiscal year")

    assert nested.kinds == ("episode", "fiscal year")
    assert nested.kinds == ("episode", "fiscal year")
    assert not nested.is_rolling
    assert Window.parse("30 rolling days") == Window("rolling", 30, "day")
    assert Window.parse("plan in 30 rolling days").is_rolling


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dya", "'dya' is not a window; did you mean 'day'?"),
        ("30 roling days", "'30 roling days' is not a window; did you mean '30 rolling days'?"),
        ("episode in fiscal yaer", "'fiscal yaer' is not a window; did you mean 'fiscal year'?"),
        (
            "xyz",
            f"'xyz' is not a window; windows are {', '.join((*WINDOW_KINDS, *ROLLING_FORMS))}",
        ),
    ],
)
def test_window_says_what_is_wrong(text: str, message: str) -> None:
    """A word that is no window is named, with a guess."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Window.parse(text)


@pytest.mark.parametrize(
    ("deadline", "event", "last"),
    [
        ("90 days after service", "2026-01-01", "2026-04-01"),
        ("0 days after service", "2026-01-01", "2026-01-01"),
        ("12 months after first service", "2028-02-29", "2029-02-28"),
        ("1 month after enrollment", "2026-01-31", "2026-02-28"),
        ("1 year after issue", "2028-02-29", "2029-02-28"),
        ("2 weeks after hire", "2026-02-28", "2026-03-14"),
        ("2 business days after service", "2026-07-01", "2026-07-06"),
        ("1 business day after service", "2026-07-01", "2026-07-02"),
        ("1 business day after service", "2026-07-04", "2026-07-06"),
        ("0 business days after service", "2026-07-04", "2026-07-04"),
        ("24 hours after service", "2026-07-04", "2026-07-05"),
        ("24 hours after service", "2026-12-31", "2027-01-01"),
    ],
)
def test_deadline_has_a_last_day(deadline: str, event: str, last: str) -> None:
    """The event's day is day zero, and the last day is in time; July 3, 2026 is the holiday as observed."""
    assert Deadline.parse(deadline).last_day(d(event)) == d(last)


@pytest.mark.parametrize(
    ("deadline", "event", "last"),
    [
        ("24 hours after service", "2026-03-02T10:15", "2026-03-03T10:15"),
        ("2 business days after service", "2026-07-01T10:15", "2026-07-06T23:59:59"),
        ("1 day after service", "2026-02-28T23:59", "2026-03-01T23:59:59"),
    ],
)
def test_deadline_has_a_last_moment(deadline: str, event: str, last: str) -> None:
    """Hours run from the event; every other unit runs to the end of its last day."""
    moment = Deadline.parse(deadline).last_moment(dt.datetime.fromisoformat(event))

    assert moment == dt.datetime.fromisoformat(last)


def test_sessions_are_counted_not_dated() -> None:
    """A deadline in sessions says so, and has no day."""
    deadline = Deadline.parse("3 sessions after first service")

    assert (deadline.count, deadline.unit, deadline.event, deadline.is_counted) == (3, "session", "first service", True)
    with pytest.raises(ValueError, match="'3 sessions after first service' is counted in sessions and has no day"):
        deadline.last_day(d("2026-01-01"))


@given(count=st.integers(1, 60), day=DAYS)
def test_business_days_are_all_that_count(count: int, day: dt.date) -> None:
    """Between the event and the last day lie exactly so many business days, the last of which is the last day."""
    last = Deadline(count, "business day", "service").last_day(day)
    between = [day + dt.timedelta(days=number) for number in range(1, (last - day).days + 1)]

    assert sum(is_business_day(each) for each in between) == count
    assert is_business_day(last)


@given(
    count=st.integers(2, 999),
    unit=st.sampled_from(["hour", "day", "business day", "week", "month", "year", "session"]),
    event=st.sampled_from(EVENTS),
)
def test_deadline_gives_its_phrase_back(count: int, unit: str, event: str) -> None:
    """A deadline parses, and its text is the phrase; one of a unit is written without s."""
    for text in (f"{count} {unit}s after {event}", f"1 {unit} after {event}"):
        assert str(Deadline.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("95 days", "'95 days' is not a deadline; write it like '2 business days after service'"),
        ("95 dayz after service", "'dayz' is no unit of a deadline; did you mean 'day'?"),
        ("95 days after servce", "'servce' is no event to count from; did you mean 'service'?"),
        (
            "5 q after service",
            "'q' is no unit of a deadline; units are hour, day, business day, week, month, year, session",
        ),
    ],
)
def test_deadline_says_what_is_wrong(text: str, message: str) -> None:
    """The wrong word is named, with a guess."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Deadline.parse(text)


@pytest.mark.parametrize(
    ("length", "day", "before", "after"),
    [
        ("6 months", "2026-08-31", "2026-02-28", "2027-02-28"),
        ("1 year", "2028-02-29", "2027-02-28", "2029-02-28"),
        ("2 weeks", "2026-03-01", "2026-02-15", "2026-03-15"),
        ("1 day", "2026-03-01", "2026-02-28", "2026-03-02"),
    ],
)
def test_length_leads_to_days(length: str, day: str, before: str, after: str) -> None:
    """A length before and after a day; a month without that day gives its last."""
    parsed = Length.parse(length)

    assert (parsed.before(d(day)), parsed.after(d(day))) == (d(before), d(after))
    assert str(parsed) == length


def test_a_length_beyond_the_calendar_ends_with_it() -> None:
    """No overflow: the last and first day there is."""
    assert Length.parse("9999 years").after(d("2026-01-01")) == dt.date.max
    assert Length.parse("9999 years").before(d("2026-01-01")) == dt.date.min


@pytest.mark.parametrize(
    ("ages", "inside", "outside"),
    [("18+", (18, 19, 110), (0, 17)), ("0-20", (0, 20), (21,)), ("12-17", (12, 17), (11, 18)), ("5-5", (5,), (4, 6))],
)
def test_ages_include_both_ends(ages: str, inside: tuple[int, ...], outside: tuple[int, ...]) -> None:
    """Ages on both sides of each boundary."""
    parsed = Ages.parse(ages)

    assert str(parsed) == ages
    assert all(parsed.includes(years) for years in inside)
    assert not any(parsed.includes(years) for years in outside)


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("18+", "12-17", False),
        ("18+", "12-18", True),
        ("0-20", "18+", True),
        ("0-20", "3-4", True),
        ("21+", "0-20", False),
    ],
)
def test_ages_overlap(one: str, other: str, overlap: bool) -> None:
    """Two ranges overlap where some age is in both, whichever is asked."""
    assert Ages.parse(one).overlaps(Ages.parse(other)) is overlap
    assert Ages.parse(other).overlaps(Ages.parse(one)) is overlap


@pytest.mark.parametrize(
    ("cls", "text", "message"),
    [
        (Length, "6", "'6' is not a length of time; write it like '6 months' or '1 year'"),
        (Ages, "adults", "'adults' is not a range of ages; write it like '18+' or '0-20'"),
        (Ages, "20-0", "'20-0' ends before it begins; write '0-20'"),
    ],
)
def test_lengths_and_ages_say_what_is_wrong(cls: type[Length | Ages], text: str, message: str) -> None:
    """What is wrong, and how to write it."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        cls.parse(text)
