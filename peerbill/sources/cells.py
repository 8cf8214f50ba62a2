"""One cell at a time: text in, a value out, or a sentence on why not.

A message says what was expected and what kind of thing was found, never the value itself.
"""

import datetime as dt
import re
from collections.abc import Callable, Hashable, Iterable
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

import attrs

T = TypeVar("T")

Raw = Hashable
"""A cell as a file gives it: a text, or from JSON a tuple of texts (a list) or `NESTED`."""

NESTED = object()
"""Stands for a JSON value that no column can hold: an object, or a list in a list."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_WHOLE = re.compile(r"\.0+$")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]+", re.IGNORECASE)
_AMOUNT = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,2})?")
_ADJUSTMENT = re.compile(r"(?:CO|CR|OA|PI|PR):[A-Z0-9]{1,5}:-?[0-9]{1,9}(?:\.[0-9]{1,2})?")
_YEARS = range(1900, 2101)
_YES_NO = {"yes": True, "true": True, "1": True, "y": True, "no": False, "false": False, "0": False, "n": False}
_LOCAL = len("2026-03-02T14:05")
_CACHED = 1 << 16


@attrs.frozen
class Unreadable:
    """What stands in place of the value of a cell that cannot be read."""

    why: str
    fix: str


class Reader(dict[Raw, object]):
    """Reads cells: `reader[cell]` is the value, or an `Unreadable`, after which `failed` is true.

    It remembers what it read, so that equal cells share one value; the memory is bounded.
    """

    def __init__(self, read: Callable[[Raw], object]) -> None:
        super().__init__()
        self.failed = False
        self._read = read

    def __missing__(self, raw: Raw) -> object:
        value = self._read(raw)
        if isinstance(value, Unreadable):
            self.failed = True
            return value
        if len(self) >= _CACHED:
            self.clear()
        self[raw] = value
        return value


def one(read: Callable[[str], object]) -> Callable[[Raw], object]:
    """Make a reader of cells that hold one value."""

    def read_one(raw: Raw) -> object:
        if isinstance(raw, str):
            return read(raw.strip())
        return Unreadable("expected one value, found a list or an object", "Give one value, as text.")

    return read_one


def many(read: Callable[[str], object]) -> Callable[[Raw], object]:
    """Make a reader of cells that hold several values: a text split by `;`, or a list."""

    def read_many(raw: Raw) -> object:
        parts: Iterable[str]
        if isinstance(raw, str):
            parts = raw.split(";")
        elif isinstance(raw, tuple):
            parts = raw
        else:
            return Unreadable("expected a list of texts, found an object", "Give the values as a list of texts.")
        values = tuple(read(part) for part in map(str.strip, parts) if part)
        return next((value for value in values if isinstance(value, Unreadable)), values)

    return read_many


def text(cell: str) -> str:
    """Read any text."""
    return cell


def code(cell: str) -> str:
    """Read a code, which is written in capitals."""
    return cell.upper()


def identifier(cell: str) -> str | Unreadable:
    """Read an id or number, and notice where a spreadsheet has rounded it (`1.23E+11`)."""
    if _SCIENTIFIC.fullmatch(cell):
        return Unreadable(
            "expected an identifier, found a number in scientific notation, as a spreadsheet writes a long number",
            "Format the column as text in the spreadsheet, enter the whole number again and export.",
        )
    return cell


def zip_code(cell: str) -> str | Unreadable:
    """Read a ZIP code of five or nine digits, with or without the hyphen."""
    digits = cell.replace("-", "")
    if digits.isdigit() and len(digits) in {3, 4, 7, 8}:
        return Unreadable(
            f"expected a ZIP code of 5 or 9 digits, found {len(digits)} (leading zero lost?)",
            "Write all its digits, with the column formatted as text in the spreadsheet.",
        )
    return digits if len(digits) in {5, 9} and digits.isdigit() else cell


def number(cell: str) -> int | Unreadable | None:
    """Read a whole number, zero or more."""
    if not cell:
        return None
    digits = _WHOLE.sub("", cell)  # spreadsheets write 3 as 3.0
    if digits.isascii() and digits.isdigit() and len(digits) <= 9:
        return int(digits)
    return Unreadable("expected a whole number such as 15, found something else", "Write digits only.")


def amount(cell: str) -> Decimal | Unreadable | None:
    """Read dollars, zero or more, with at most two decimals."""
    if not cell:
        return None
    if _AMOUNT.fullmatch(cell):
        return Decimal(cell)
    return Unreadable("expected dollars such as 15.00, found something else", "Write digits and a point: 15.00.")


def adjustment(cell: str) -> str | Unreadable:
    """Read one triplet of CAS, `CO:45:15.00`: group, reason and dollars; a negative amount adds to the payment."""
    if _ADJUSTMENT.fullmatch(cell.upper()):
        return cell.upper()
    return Unreadable(
        "expected adjustments such as CO:45:15.00;PR:2:5.00, found something else",
        "Write GROUP:REASON:AMOUNT as the remittance has them, split by ;.",
    )


def yes_no(cell: str) -> bool | Unreadable | None:
    """Read yes or no."""
    if not cell:
        return None
    answer = _YES_NO.get(cell.lower())
    return Unreadable("expected yes or no, found something else", "Write yes or no.") if answer is None else answer


def choice(*words: str) -> Callable[[str], str | Unreadable]:
    """Make a reader of one of some words, in any case."""
    known = {word.lower(): word for word in words}
    listed = f"{', '.join(words[:-1])} or {words[-1]}"

    def read_choice(cell: str) -> str | Unreadable:
        if not cell:
            return ""
        word = known.get(cell.lower())
        return Unreadable(f"expected {listed}, found something else", f"Write {listed}.") if word is None else word

    return read_choice


def date(cell: str) -> dt.date | Unreadable | None:
    """Read a day, `YYYY-MM-DD`."""
    if not cell:
        return None
    day = _valid(dt.date.fromisoformat, cell) if _DATE.fullmatch(cell) else None
    if day is not None and day.year in _YEARS:
        return day
    return Unreadable(f"expected a date such as 2026-03-02, found {_found(cell)}", "Write the date as YYYY-MM-DD.")


def time(zone: ZoneInfo) -> Callable[[str], dt.datetime | Unreadable | None]:
    """Make a reader of local times, `YYYY-MM-DDTHH:MM` or with seconds; one with an offset is moved to the zone."""

    def read_time(cell: str) -> dt.datetime | Unreadable | None:
        if not cell:
            return None
        moment = _valid(dt.datetime.fromisoformat, cell) if _TIME.fullmatch(cell) else None
        if moment is not None and moment.year in _YEARS:
            if len(cell) <= _LOCAL:
                return moment
            if moment.tzinfo is not None:
                moment = moment.astimezone(zone)
            return moment.replace(tzinfo=None, microsecond=0, fold=0)
        return Unreadable(
            f"expected a time such as 2026-03-02T14:05, found {_found(cell)}", "Write the time as YYYY-MM-DDTHH:MM."
        )

    return read_time


def _valid(parse: Callable[[str], T], cell: str) -> T | None:
    try:
        return parse(cell)
    except ValueError:
        return None


def _found(cell: str) -> str:
    """Say what kind of thing stands where a day or time is expected."""
    if "/" in cell:
        return "one written with slashes"
    if cell.replace(".", "", 1).isdigit():
        return "a bare number, as a spreadsheet keeps its dates"
    if _DATE.fullmatch(cell[:10]) is None:
        return "something else"
    day = _valid(dt.date.fromisoformat, cell[:10])
    if day is None:
        return "a day that is not in the calendar"
    if day.year not in _YEARS:
        return "a year before 1900 or after 2100"
    if len(cell) == 10:
        return "a date without a time"
    return "a day with something else after it"
