"""Days, times, durations and numbers as other programs write them.

A column is read as a whole: `day_reader` and `clock_reader` look at all of its cells first and say which readings they
leave. A cell that no reading fits gives an `Unreadable`; a column that leaves two is an `Unclear`.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from functools import lru_cache, partial

import attrs

from peerbill.intake.cells import DATE_ORDERS, DAY_FIRST, MONTH_FIRST, NO_LAST_DAY, YEARS, Unreadable

EXCEL = "excel"
FORMS = (*DATE_ORDERS, EXCEL)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_WEEKDAY = re.compile(
    r"(?:mon|tue|tues|wed|weds|thu|thur|thurs|fri|sat|sun)(?:day|nesday|sday|rsday|urday)?\.?,?\s+", re.IGNORECASE
)
_ISO = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:\.0+)?")
_SLASHED = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})")
_DAY_NAME = re.compile(r"([0-9]{1,2})[-/. ]*([a-z]{3,9})\.?,?[-/. ]*([0-9]{4}|[0-9]{2})", re.IGNORECASE)
_NAME_DAY = re.compile(r"([a-z]{3,9})\.?[-/. ]*([0-9]{1,2})(?:st|nd|rd|th)?,?[-/. ]+([0-9]{4}|[0-9]{2})", re.IGNORECASE)
_SERIAL = re.compile(r"([0-9]{5})(?:\.[0-9]+)?")  # from 1927 on: a shorter number is no day
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE)
_HOUR = re.compile(r"([0-9]{1,2})\s*([ap])\.?m\.?", re.IGNORECASE)
_DIGITS = re.compile(r"([0-9]{1,2})([0-9]{2})")
_OFFSET = re.compile(r"(?:Z|[+-][0-9]{2}:?[0-9]{2})$")
_EXCEL_BEGINS = dt.date(1899, 12, 30)
_MIDNIGHT = dt.time()
_CENTURY = 2000
_LAST_SHORT_YEAR = 40
"""Two digits up to here may be of this century, those above are of the last."""


@attrs.frozen
class Unclear:
    """A column whose cells leave two readings, or none for all of them: what was found, and what to write."""

    why: str
    fix: str


DayReader = Callable[[str], "dt.date | Unreadable"]
ClockReader = Callable[[str], "dt.time | Unreadable"]


def day_reader(texts: Iterable[str], form: str = "", *, past: bool = False, last: bool = False) -> DayReader | Unclear:
    """Return a reader of the days of a column; `form` is how the mapping says that they are written.

    `past` marks days that may be of the last century, such as a birth date: two digits of a year then may be of either.
    `last` marks last days, which may be that of the calendar (`NO_LAST_DAY`).
    """
    found = form or form_of(texts)
    return found if isinstance(found, Unclear) else partial(read_day, form=found, past=past, last=last)


def read_day(text: str, form: str, *, past: bool = False, last: bool = False) -> dt.date | Unreadable:
    """Return the day that a text is under a form."""
    day = _day(text, form, past=past)
    if isinstance(day, dt.date):
        if day.year in YEARS or (last and day.isoformat() == NO_LAST_DAY):
            return day
        day = "a year before 1900 or after 2100"
    return Unreadable(f"expected a day, found {day}", _FIX_DAY)


_FIX_DAY = "Correct the cell in the export, or say form in the mapping: month-first, day-first or excel."


def form_of(texts: Iterable[str]) -> str | Unclear:
    """Return the only order under which every day with slashes is in the calendar."""
    possible = {MONTH_FIRST, DAY_FIRST}
    differ = False
    for text in texts:
        match = _SLASHED.fullmatch(_without_weekday(text))
        if match is None:
            continue
        first, second = int(match[1]), int(match[2])
        if first > 12:
            possible.discard(MONTH_FIRST)
        if second > 12:
            possible.discard(DAY_FIRST)
        differ = differ or first != second
    if len(possible) == 1:
        return possible.pop()
    if not possible:
        return Unclear(
            "expected days of a single form, found some that are month-first alone and some that are day-first alone",
            "Correct the cells in the export.",
        )
    if differ:
        return Unclear(
            "its days can be read month-first and day-first: no cell has a number above 12 in one of the two places",
            'Write form = "month-first" or "day-first" for this column in the mapping.',
        )
    return MONTH_FIRST


def _without_weekday(text: str) -> str:
    return _WEEKDAY.sub("", text, count=1) if text[:1].isalpha() else text


def _day(text: str, form: str, *, past: bool) -> dt.date | str:
    """Return the day that a text is, or what was found instead."""
    text = _without_weekday(text)
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if match := _SLASHED.fullmatch(text):
        first, second, year = int(match[1]), int(match[2]), _year(match[3], past=past)
        if year is None:
            return _TWO_YEARS
        return _date(year, second, first) if form == DAY_FIRST else _date(year, first, second)
    if (match := _DAY_NAME.fullmatch(text)) and (month := _MONTHS.get(match[2].lower())):
        year = _year(match[3], past=past)
        return _TWO_YEARS if year is None else _date(year, month, int(match[1]))
    if (match := _NAME_DAY.fullmatch(text)) and (month := _MONTHS.get(match[1].lower())):
        year = _year(match[3], past=past)
        return _TWO_YEARS if year is None else _date(year, month, int(match[2]))
    if match := _SERIAL.fullmatch(text):
        if form == EXCEL:
            return _EXCEL_BEGINS + dt.timedelta(days=int(match[1]))
        return "a number, as a spreadsheet keeps its days"
    return "something else"


_TWO_YEARS = "a year of two digits, which may be of this century or the last"


def _year(digits: str, *, past: bool) -> int | None:
    """Return a year; two digits are of this century, or where `past`, of the one that alone is possible."""
    year = int(digits)
    if len(digits) == 4:
        return year
    if not past:
        return _CENTURY + year
    return None if year <= _LAST_SHORT_YEAR else _CENTURY - 100 + year


def _date(year: int, month: int, day: int) -> dt.date | str:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return "a day that is not in the calendar"


@lru_cache(maxsize=1 << 16)
def parts(text: str) -> tuple[str, str]:
    """Divide a day with a time into the two; the time is "" where there is none.

    >>> parts("9/14/2026 11:59 AM"), parts("14-Sep-2026 0915"), parts("2026-09-14T09:15"), parts("Sep 14, 2026")
    (('9/14/2026', '11:59 AM'), ('14-Sep-2026', '0915'), ('2026-09-14', '09:15'), ('Sep 14, 2026', ''))
    """
    if len(text) > 10 and text[10] == "T" and text[:4].isdigit():
        return text[:10], text[11:]
    if any(shape.fullmatch(text) for shape in (_SLASHED, _ISO, _DAY_NAME, _NAME_DAY)):
        return text, ""
    words = text.split()
    for number in (1, 2):
        time = " ".join(words[len(words) - number :])
        if len(words) > number and _is_clock(time):
            return " ".join(words[: len(words) - number]).rstrip(","), time
    return text, ""


def _is_clock(text: str) -> bool:
    if _DIGITS.fullmatch(text):
        return int(text[:-2]) < 24 and int(text[-2:]) < 60 and len(text) == 4
    return bool(_CLOCK.fullmatch(_OFFSET.sub("", text)) or _HOUR.fullmatch(text))


def clock_reader(texts: Iterable[str], clock: str = "", form: str = "") -> ClockReader | Unclear:
    """Return a reader of the times of a column; `clock` says whether times without AM and PM count 24 hours."""
    found = clock or _clock_of(texts)
    return found if isinstance(found, Unclear) else partial(read_clock, clock=found, form=form)


def read_clock(text: str, clock: str, form: str = "") -> dt.time | Unreadable:
    """Return the time of the day that a text is; `clock` is `24-hour` or `12-hour`."""
    time = _time(text, clock, form)
    return time if isinstance(time, dt.time) else Unreadable(f"expected a time of the day, found {time}", _FIX_TIME)


_FIX_TIME = "Correct the cell in the export: 2:30 PM, 14:30 or 1430."


def _clock_of(texts: Iterable[str]) -> str | Unclear:
    marked = plain = certain = False
    for text in texts:
        if match := _CLOCK.fullmatch(text):
            if match[4]:
                marked = True
            else:
                plain = True
                hour = int(match[1])
                certain = certain or hour > 12 or hour == 0 or text.startswith("0")
        elif _HOUR.fullmatch(text):
            marked = True
        elif _DIGITS.fullmatch(text):
            certain = True
    if marked and plain:
        return "12-hour"
    if plain and not certain:
        return Unclear(
            "its times can be read before and after noon: none has AM or PM, and none is after 12:59",
            'Write clock = "24-hour" for this column in the mapping if they count 24 hours; else export AM and PM.',
        )
    return "24-hour"


def _time(text: str, clock: str, form: str) -> dt.time | str:
    """Return the time that a text is, or what was found instead."""
    if match := _CLOCK.fullmatch(text):
        hour, minute, second, half = int(match[1]), int(match[2]), int(match[3] or 0), (match[4] or "").lower()
        if half:
            return _halved(hour, minute, second, half)
        if clock == "12-hour":
            return "one without AM or PM"
        return _clocked(hour, minute, second)
    if match := _HOUR.fullmatch(text):
        return _halved(int(match[1]), 0, 0, match[2].lower())
    if form == EXCEL and (found := _share_of_a_day(text)) is not None:
        return found
    if match := _DIGITS.fullmatch(text):
        return _clocked(int(match[1]), int(match[2]), 0)
    return "something else"


def _share_of_a_day(text: str) -> dt.time | None:
    try:
        share = Decimal(text) % 1
    except InvalidOperation:
        return None
    if "." not in text:
        return None
    minutes = round(share * 1440)
    return dt.time(minutes // 60, minutes % 60) if minutes < 1440 else None


def _halved(hour: int, minute: int, second: int, half: str) -> dt.time | str:
    if not 1 <= hour <= 12:
        # Some programs write 13:05 PM: both halves of it say the same.
        return _clocked(hour, minute, second) if half == "p" and 12 < hour < 24 else "an hour that is not on the clock"
    return _clocked(hour % 12 + (12 if half == "p" else 0), minute, second)


def _clocked(hour: int, minute: int, second: int) -> dt.time | str:
    if hour < 24 and minute < 60 and second < 60:
        return dt.time(hour, minute, second)
    return "an hour or minute that is not on the clock"


@attrs.frozen
class Moments:
    """Reads texts that hold a day and a time, such as `9/14/2026 2:30 PM`."""

    days: DayReader
    clocks: ClockReader
    form: str

    def read(self, text: str) -> dt.datetime | Unreadable:
        """Return the moment, without its offset, or why there is none."""
        day_text, time_text = parts(text)
        if not time_text and self.form == EXCEL and "." in day_text:
            time_text = day_text
        day = self.days(day_text)
        if isinstance(day, Unreadable):
            return day
        if not time_text:
            return Unreadable("expected a day with a time, found a day alone", "Name the column of the time: time.")
        time = self.clocks(time_text)
        return time if isinstance(time, Unreadable) else dt.datetime.combine(day, time)


def moment_reader(texts: Iterable[str], form: str = "", clock: str = "") -> Moments | Unclear:
    """Return a reader of days with times."""
    divided = {parts(text) for text in texts}
    days = day_reader({day for day, _ in divided}, form)
    if isinstance(days, Unclear):
        return days
    clocks = clock_reader({time for _, time in divided if time}, clock, form)
    return clocks if isinstance(clocks, Unclear) else Moments(days, clocks, form)


def duration(text: str, unit: str) -> dt.timedelta | Unreadable:
    """Return a duration of whole minutes in `minutes`, `hours` (1.25) or `h:mm` (1:15)."""
    if unit == "h:mm" and (match := re.fullmatch(r"([0-9]{1,2}):([0-5][0-9])(?::00)?", text)):
        return dt.timedelta(hours=int(match[1]), minutes=int(match[2]))
    number = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*(?:h|hrs?|hours?|m|mins?|minutes?)?\.?", text, re.IGNORECASE)
    if number and unit != "h:mm":
        minutes = Decimal(number[1]) * (60 if unit == "hours" else 1)
        if minutes == int(minutes):
            return dt.timedelta(minutes=int(minutes))
        return Unreadable(
            "expected a duration of whole minutes, found a part of a minute", "Name the end of the contact."
        )
    return Unreadable(
        f"expected a duration in {unit}, found something else", "Correct unit in the mapping, or the cell."
    )


_WHOLE = re.compile(r"([0-9]+)\.0+")


def digits(text: str, width: int) -> str | Unreadable:
    """Return a number without the decimals that a spreadsheet adds, and with `width` digits where that is given."""
    if match := _WHOLE.fullmatch(text):
        text = match[1]
    if width and text.isascii() and text.isdigit():
        if len(text) > width:
            return Unreadable(
                f"expected a number of at most {width} digits, found {len(text)}", "Correct width, or the cell."
            )
        return text.zfill(width)
    return text
