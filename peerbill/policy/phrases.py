"""The four phrases that policies use for time: windows, deadlines, lengths and ages.

Each class parses the phrase as manuals print it (`6 rolling months`, `2 business days after service`, `1 year`,
`18+`), gives it back with `str`, and answers for a day. Parsing raises ValueError with a text for people.
"""

import datetime as dt
import difflib
import functools
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

import attrs
from dateutil.relativedelta import relativedelta

from peerbill.model.plural import counted

if TYPE_CHECKING:
    from holidays import HolidayBase

CALENDAR_KINDS = ("day", "week", "month", "quarter", "calendar year", "fiscal year")
RECORD_KINDS = ("plan", "authorization", "episode")
WINDOW_KINDS = ("encounter", *CALENDAR_KINDS, *RECORD_KINDS, "lifetime")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DEADLINE_UNITS = ("hour", "day", "business day", "week", "month", "year", "session")
EVENTS = (
    "service",
    "first service",
    "last service",
    "contact",
    "enrollment",
    "plan",
    "signature",
    "assessment",
    "recommendation",
    "hire",
    "issue",
    "training",
    "expiry",
    "notice",
    "other payer",
)

_ROLLING = re.compile(r"([1-9][0-9]{0,3}) rolling (day|week|month)s?")
_DEADLINE = re.compile(r"([0-9]{1,4}) ([a-z ]+?)s? after ([a-z ]+)")
_LENGTH = re.compile(r"([0-9]{1,4}) (day|week|month|year)s?")
_AGES = re.compile(r"([0-9]{1,3})(?:\+|-([0-9]{1,3}))")
_LAST_MINUTE = dt.time(23, 59, 59)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'X'?` for the known word nearest to a mistaken one, or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


@functools.lru_cache(maxsize=16384)
def _shifted(day: dt.date, count: int, unit: str) -> dt.date:
    """Return the same day so many units later; in a month without that day, its last day."""
    match unit:
        case "day":
            step = relativedelta(days=count)
        case "week":
            step = relativedelta(weeks=count)
        case "month":
            step = relativedelta(months=count)
        case _:
            step = relativedelta(years=count)
    try:
        return day + step
    except (OverflowError, ValueError):
        return dt.date.max if count > 0 else dt.date.min


@attrs.frozen(cache_hash=True)
class Window:
    """A span of time in which something is counted or must happen: `day`, `30 rolling days`, `episode in fiscal year`.

    `kind` is one of `WINDOW_KINDS` or "rolling"; a rolling window has `count` and `unit` (day, week, month) and ends
    on the day in question. `inside` is the outer window of a nested one.
    """

    kind: str
    count: int = 0
    unit: str = ""
    inside: "Window | None" = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a window; raises ValueError, with a guess where the word is nearly right."""
        inner, nested, outer = text.partition(" in ")
        inside = cls.parse(outer) if nested else None
        if inner in WINDOW_KINDS:
            return cls(inner, inside=inside)
        if rolling := _ROLLING.fullmatch(inner):
            return cls("rolling", int(rolling[1]), rolling[2], inside)
        number = inner.split(" ")[0]
        rollings = [f"{number if number.isdecimal() else 'N'} rolling {unit}s" for unit in ("day", "week", "month")]
        words = [*WINDOW_KINDS, *rollings]
        guess = did_you_mean(inner, [word for word in words if word != inner])
        raise ValueError(f"'{inner}' is not a window{guess or '; windows are ' + ', '.join(words)}")

    def __str__(self) -> str:
        """Give the phrase back."""
        own = (
            f"{self.count} rolling {self.unit}{'' if self.count == 1 else 's'}" if self.kind == "rolling" else self.kind
        )
        return f"{own} in {self.inside}" if self.inside else own

    @property
    def kinds(self) -> tuple[str, ...]:
        """All kinds that take part, the inner first: ("episode", "fiscal year")."""
        return (self.kind, *(self.inside.kinds if self.inside else ()))

    @property
    def is_rolling(self) -> bool:
        """Whether the window trails the day in question instead of standing still."""
        return "rolling" in self.kinds

    def bounds(
        self, day: dt.date, week_start: str = "sunday", fiscal_year_start: str = "01-01"
    ) -> tuple[dt.date, dt.date]:
        """Return the first and last day of the window that holds a day, both included.

        `week_start` is a weekday in lower case, `fiscal_year_start` a month and day such as `07-01`. The kinds that
        a record bounds, and `lifetime`, are not bounded here: they give the first and last day there is.
        """
        return _bounds(self, day, week_start, fiscal_year_start)


@functools.lru_cache(maxsize=65536)
def _bounds(window: Window, day: dt.date, week_start: str, fiscal_year_start: str) -> tuple[dt.date, dt.date]:
    first, last = _own_bounds(window, day, week_start, fiscal_year_start)
    if window.inside is None:
        return first, last
    outer_first, outer_last = _bounds(window.inside, day, week_start, fiscal_year_start)
    return max(first, outer_first), min(last, outer_last)


def _own_bounds(window: Window, day: dt.date, week_start: str, fiscal_year_start: str) -> tuple[dt.date, dt.date]:
    match window.kind:
        case "encounter" | "day":
            return day, day
        case "week":
            first = _shifted(day, -((day.weekday() - WEEKDAYS.index(week_start)) % 7), "day")
            return first, _shifted(first, 6, "day")
        case "month":
            first = day.replace(day=1)
            return first, _span_end(first, 1)
        case "quarter":
            first = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
            return first, _span_end(first, 3)
        case "calendar year":
            return day.replace(month=1, day=1), day.replace(month=12, day=31)
        case "fiscal year":
            month, of_month = (int(part) for part in fiscal_year_start.split("-"))
            first = dt.date(day.year, month, of_month)
            if first > day:
                first = _shifted(first, -1, "year")
            return first, _span_end(first, 12)
        case "rolling":
            before = _shifted(day, -window.count, window.unit)
            return (_shifted(before, 1, "day") if before > dt.date.min else before), day
    return dt.date.min, dt.date.max


def _span_end(first: dt.date, months: int) -> dt.date:
    end = _shifted(first, months, "month")
    return end if end == dt.date.max else end - dt.timedelta(days=1)


@functools.cache
def _federal_holidays() -> "HolidayBase":
    # The package takes a tenth of a second to import, and most runs never count business days.
    import holidays  # noqa: PLC0415

    return holidays.country_holidays("US")


def is_federal_holiday(day: dt.date) -> bool:
    """Return whether a day is a US federal holiday, or the weekday on which one is observed."""
    return day in _federal_holidays()


def is_business_day(day: dt.date) -> bool:
    """Return whether a day is neither a Saturday, a Sunday nor a US federal holiday, as observed."""
    return day.weekday() < 5 and not is_federal_holiday(day)


def _after_business_days(day: dt.date, count: int) -> dt.date:
    while count:
        day += dt.timedelta(days=1)
        count -= is_business_day(day)
    return day


@attrs.frozen
class Deadline:
    """So many units after an event: `2 business days after service`.

    The event's day is day zero, and the last day is in time. `unit` is one of `DEADLINE_UNITS`, `event` one of
    `EVENTS`. Sessions are counted, not dated: see `is_counted`.
    """

    count: int
    unit: str
    event: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a deadline; raises ValueError, with a guess where a word is nearly right."""
        parts = _DEADLINE.fullmatch(text)
        if parts is None:
            raise ValueError(f"'{text}' is not a deadline; write it like '2 business days after service'")
        if parts[2] not in DEADLINE_UNITS:
            guess = did_you_mean(parts[2], DEADLINE_UNITS)
            raise ValueError(
                f"'{parts[2]}' is no unit of a deadline{guess or '; units are ' + ', '.join(DEADLINE_UNITS)}"
            )
        if parts[3] not in EVENTS:
            guess = did_you_mean(parts[3], EVENTS)
            raise ValueError(f"'{parts[3]}' is no event to count from{guess or '; events are ' + ', '.join(EVENTS)}")
        return cls(int(parts[1]), parts[2], parts[3])

    def __str__(self) -> str:
        """Give the phrase back."""
        return f"{counted(self.count, self.unit)} after {self.event}"

    @property
    def is_counted(self) -> bool:
        """Whether sessions are counted, so that no day can be named in advance."""
        return self.unit == "session"

    def last_day(self, event_day: dt.date) -> dt.date:
        """Return the last day that is in time; raises ValueError for sessions.

        Hours after an event of which only the day is known run from the end of that day.
        """
        match self.unit:
            case "session":
                raise ValueError(f"'{self}' is counted in sessions and has no day")
            case "hour":
                return self.last_moment(dt.datetime.combine(event_day, _LAST_MINUTE)).date()
            case "business day":
                return _after_business_days(event_day, self.count)
        return _shifted(event_day, self.count, self.unit)

    def last_moment(self, event: dt.datetime) -> dt.datetime:
        """Return the last moment that is in time: hours run from the event, other units to 23:59:59 of the last day."""
        if self.unit == "hour":
            return event + dt.timedelta(hours=self.count)
        return dt.datetime.combine(self.last_day(event.date()), _LAST_MINUTE, event.tzinfo)


@attrs.frozen
class Length:
    """A length of time, `6 months`; `unit` is day, week, month or year."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a length; raises ValueError."""
        parts = _LENGTH.fullmatch(text)
        if parts is None:
            raise ValueError(f"'{text}' is not a length of time; write it like '6 months' or '1 year'")
        return cls(int(parts[1]), parts[2])

    def __str__(self) -> str:
        """Give the phrase back."""
        return counted(self.count, self.unit)

    def after(self, day: dt.date) -> dt.date:
        """Return the day so much later; of a month without that day, its last."""
        return _shifted(day, self.count, self.unit)

    def before(self, day: dt.date) -> dt.date:
        """Return the day so much earlier; of a month without that day, its last."""
        return _shifted(day, -self.count, self.unit)


@attrs.frozen
class Ages:
    """A range of ages in full years, both ends included: `18+`, `0-20`. `last` is None where it is open."""

    first: int
    last: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a range of ages; raises ValueError."""
        parts = _AGES.fullmatch(text)
        if parts is None:
            raise ValueError(f"'{text}' is not a range of ages; write it like '18+' or '0-20'")
        ages = cls(int(parts[1]), int(parts[2]) if parts[2] else None)
        if ages.last is not None and ages.last < ages.first:
            raise ValueError(f"'{text}' ends before it begins; write '{ages.last}-{ages.first}'")
        return ages

    def __str__(self) -> str:
        """Give the phrase back."""
        return f"{self.first}+" if self.last is None else f"{self.first}-{self.last}"

    def includes(self, years: int) -> bool:
        """Return whether somebody of that age in full years is in the range."""
        return self.first <= years and (self.last is None or years <= self.last)

    def overlaps(self, other: "Ages") -> bool:
        """Return whether some age is in both ranges."""
        return self.includes(other.first) or other.includes(self.first)
