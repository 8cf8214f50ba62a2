"""Days and deadlines as a person counts them with a calendar, apart from the code that is measured."""

import datetime as dt

AS_OF = dt.date(2026, 12, 14)
"""The day of every audit, a Monday."""

HOLIDAYS = frozenset(
    dt.date.fromisoformat(day)
    for day in (
        "2025-11-11",
        "2025-11-27",
        "2025-12-25",
        "2026-01-01",
        "2026-01-19",
        "2026-02-16",
        "2026-05-25",
        "2026-06-19",
        "2026-07-03",
        "2026-09-07",
        "2026-10-12",
        "2026-11-11",
        "2026-11-26",
        "2026-12-25",
    )
)
"""Federal holidays of the year, on the days on which they are observed (5 U.S.C. 6103)."""

ONE_DAY = dt.timedelta(days=1)


def is_workday(day: dt.date) -> bool:
    """Tell whether a day is neither on a weekend nor a federal holiday."""
    return day.weekday() < 5 and day not in HOLIDAYS


def next_workday(day: dt.date) -> dt.date:
    """Return a day, or the first workday after it."""
    while not is_workday(day):
        day += ONE_DAY
    return day


def workdays(first: dt.date, count: int) -> list[dt.date]:
    """Return so many workdays from a day on."""
    found: list[dt.date] = []
    day = first
    while len(found) < count:
        if is_workday(day):
            found.append(day)
        day += ONE_DAY
    return found


def months_later(day: dt.date, months: int) -> dt.date:
    """Return the same day of another month, or the last day of a month that is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    first_of_next = dt.date(year + (month == 11), month % 12 + 2 if month < 11 else 1, 1)
    return min(dt.date(year, month + 1, 1) + dt.timedelta(days=day.day - 1), first_of_next - ONE_DAY)


def last_moment(allowed: str, start: dt.datetime, end: dt.datetime) -> dt.datetime:
    """Return the last minute of a span such as `3 days` after a service; hours run from its end."""
    number, _, unit = allowed.partition(" ")
    count = int(number)
    if unit.startswith("hour"):
        return end + dt.timedelta(hours=count)
    day = start.date()
    if unit.startswith("business"):
        while count:
            day += ONE_DAY
            count -= is_workday(day)
    else:
        day = span_after(day, allowed)
    return dt.datetime.combine(day, dt.time(23, 59))


def span_after(day: dt.date, span: str) -> dt.date:
    """Return the day so many days, weeks, months or years after another."""
    number, _, unit = span.partition(" ")
    count = int(number)
    if unit.startswith("day"):
        return day + dt.timedelta(days=count)
    if unit.startswith("week"):
        return day + dt.timedelta(weeks=count)
    return months_later(day, count * (12 if unit.startswith("year") else 1))


def span_before(day: dt.date, span: str) -> dt.date:
    """Return the latest day from which a span ends on or before another day."""
    found = day
    while span_after(found, span) > day:
        found -= ONE_DAY
    return found


def text(moment: dt.date | dt.datetime) -> str:
    """Return a day or a time as a table has it."""
    return moment.isoformat(timespec="minutes") if isinstance(moment, dt.datetime) else moment.isoformat()
