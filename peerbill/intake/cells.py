"""Cells: text to a value, or to a sentence on why there is none.

A message says what was expected and what kind of thing was found, never the value itself.
"""

import datetime as dt
import math
import re
import uuid
from collections.abc import Callable, Hashable, Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo

import attrs

from peerbill.codes import us_states
from peerbill.model.clock import fixed_offset
from peerbill.model.ids import compact
from peerbill.model.limits import DEFAULT
from peerbill.model.words import UnknownWordError, Vocabulary, can_be_shown, fold, is_like_an_id, no_ids, vocabulary

T = TypeVar("T")

Raw = Hashable
"""A cell as a file gives it: a text, or from JSON a tuple of texts (a list) or `NESTED`."""

NESTED = object()
"""Marks a JSON value that no column can hold: an object, or a list in a list."""
_MIDNIGHT = dt.time()

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?: ?([AP])M)?", re.IGNORECASE)
_AT_MIDNIGHT = re.compile(r"[T ]00:00(:00)?$")
_WHOLE = re.compile(r"\.0+$")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]+", re.IGNORECASE)
_AMOUNT = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,2})?")
_ADJUSTMENT = re.compile(r"(?:CO|CR|OA|PI|PR):[A-Z0-9]{1,5}:-?[0-9]{1,9}(?:\.[0-9]{1,2})?")
YEARS = range(1900, 2101)
"""The years that a day of a table can have."""
_DECIMAL = re.compile(r"[0-9]+\.0+")
_LONGEST_ID = 50
_SIGNERS = frozenset({"member", "guardian"})
_LOCAL = len("2026-03-02T14:05")
_CACHED = 1 << 16


@attrs.frozen
class Unreadable:
    """Marks the value of a cell that cannot be read."""

    why: str
    fix: str


class Reader(dict[Raw, object]):
    """Reads cells: `reader[cell]` is the value, or an `Unreadable`, after which `failed` is true.

    `aware` is true once a time kept its offset.

    It remembers what it read, so that equal cells share one value; the memory is bounded.
    """

    def __init__(self, read: Callable[[Raw], object]) -> None:
        super().__init__()
        self.failed = False
        self.aware = False
        self._read = read

    def __missing__(self, raw: Raw) -> object:
        value = self._read(raw)
        if isinstance(value, Unreadable):
            self.failed = True
            return value
        if isinstance(value, dt.datetime) and value.tzinfo is not None:
            self.aware = True
        if len(self) >= _CACHED:
            self.clear()
        self[raw] = value
        return value


def one(read: Callable[[str], object], longest: int = DEFAULT.cell_characters) -> Callable[[Raw], object]:
    """Make a reader of cells that hold one value, of at most `longest` characters."""

    def read_one(raw: Raw) -> object:
        if isinstance(raw, str):
            return read(raw.strip()) if len(raw) <= longest else _too_long(longest)
        return Unreadable("expected one value, found a list or an object", "Give one value, as text.")

    return read_one


def many(read: Callable[[str], object], longest: int = DEFAULT.cell_characters) -> Callable[[Raw], object]:
    """Make a reader of cells that hold several values: a text split by `;`, or a list; `longest` as in `one`."""

    def read_many(raw: Raw) -> object:
        parts: Iterable[str]
        if isinstance(raw, str):
            parts = raw.split(";")
        elif isinstance(raw, tuple):
            parts = raw
            raw = ";".join(raw)
        else:
            return Unreadable("expected a list of texts, found an object", "Give the values as a list of texts.")
        if len(raw) > longest:
            return _too_long(longest)
        values = tuple(read(part) for part in map(str.strip, parts) if part)
        return next((value for value in values if isinstance(value, Unreadable)), values)

    return read_many


def _too_long(longest: int) -> Unreadable:
    return Unreadable(
        f"expected at most {longest:,} characters in a cell, found more",
        "Shorten the text, or set a higher cell_characters under [limits] in peerbill.toml.",
    )


def text(cell: str) -> str:
    """Read any text."""
    return cell


def code(cell: str) -> str:
    """Read a code, which is written in capitals."""
    return cell.upper()


def identifier(cell: str) -> str | Unreadable:
    """Read an id: at most 50 printable characters, and no error value or placeholder of a spreadsheet or a clerk."""
    if cell.isalnum() and len(cell) <= _LONGEST_ID and cell.lower() not in no_ids():
        return cell  # as nearly all are: all that follows but words needs another sign
    if len(cell) > _LONGEST_ID or not cell.isprintable():
        return Unreadable(
            f"expected an id of at most {_LONGEST_ID} printable characters, found a longer or another text",
            "Write the id alone; put texts that hold a comma or a line break in quotation marks.",
        )
    if _SCIENTIFIC.fullmatch(cell):
        return Unreadable(
            "expected an identifier, found a number in scientific notation, as a spreadsheet writes a long number",
            "Format the column as text in the spreadsheet, enter the whole number again and export.",
        )
    if _DECIMAL.fullmatch(cell):
        return Unreadable(
            "expected an identifier, found a number with decimals, as a spreadsheet writes a number",
            "Format the column as text in the spreadsheet, check that no leading zero was lost, and export again.",
        )
    if cell.startswith(("'", "\u2018", "\u2019", "=", '"')):
        return Unreadable(
            "expected an identifier, found an apostrophe, a quotation mark or an equals sign before it, as a "
            "spreadsheet marks a text or a formula",
            "Remove the mark, with the column formatted as text.",
        )
    if cell.lower() in no_ids() or cell.startswith("#"):
        return Unreadable(
            "expected an identifier, found a word that stands in for a missing one, or a spreadsheet's error",
            "Enter the id, or leave the cell blank.",
        )
    return cell


def encounter_id(cell: str) -> str | Unreadable:
    """Read the id of an encounter, which messages show: no words, since a row that broke has a note or a name there."""
    if not is_like_an_id(cell):
        return Unreadable(
            "expected an id, found words, as in a name or a note",
            "Write the id; put texts that hold a comma or a line break in quotation marks.",
        )
    return identifier(cell)


def name(cell: str) -> str | Unreadable:
    """Read a person's name; digits alone are another column's cell."""
    if cell and not any(sign.isalpha() for sign in cell):
        return Unreadable(
            "expected a name, found a text without a letter",
            "Correct the row: has one of its cells slipped into another column?",
        )
    return cell


def signer(cell: str) -> str | Unreadable:
    """Read who signed: `member` or `guardian` in any case, or a staff id."""
    return fold(cell) if fold(cell) in _SIGNERS else identifier(cell)


def number_of(cell: str) -> str | Unreadable:
    """Read an official number (NPI, subscriber id) without spaces, hyphens and dots."""
    id_ = identifier(cell)
    return compact(id_) if isinstance(id_, str) else id_


def capitals(cell: str) -> str | Unreadable:
    """Read an official code with letters (taxonomy) in capitals, without spaces and hyphens."""
    id_ = number_of(cell)
    return id_.upper() if isinstance(id_, str) else id_


def zip_code(cell: str) -> str | Unreadable:
    """Read a ZIP code of five or nine digits, with or without the hyphen."""
    digits = compact(cell)
    plain = digits.isascii() and digits.isdigit()
    if plain and len(digits) in {3, 4, 7, 8}:
        return Unreadable(
            f"expected a ZIP code of 5 or 9 digits, found {len(digits)} (leading zero lost?)",
            "Write all its digits, with the column formatted as text in the spreadsheet.",
        )
    return digits if plain and len(digits) in {5, 9} else cell


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


def share(cell: str) -> Decimal | Unreadable | None:
    """Read a share of full time: 0 to 1, with at most two decimals."""
    read = amount(cell)
    if read is None or (isinstance(read, Decimal) and read <= 1):
        return read
    return Unreadable("expected a share of full time such as 1 or 0.5, found something else", "Write 0.5 for half.")


def hours(cell: str) -> Decimal | Unreadable | None:
    """Read hours, zero or more, with at most two decimals."""
    read = amount(cell)
    if not isinstance(read, Unreadable):
        return read
    return Unreadable("expected hours such as 6 or 1.5, found something else", "Write digits and a point: 1.5.")


def adjustment(cell: str) -> str | Unreadable:
    """Read one triplet of CAS, `CO:45:15.00`: group, reason and dollars; a negative amount increases the payment."""
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
    answer = _YES_NO(cell)
    return answer if isinstance(answer, Unreadable) else answer == "yes"


@attrs.frozen(eq=False)
class Words:
    """Reads the words of a list, in any case and spacing.

    Another word cannot be read, unless an agency's own policy may add to the list: then it is folded. The message shows
    it where it is no person's datum (`shown`).
    """

    vocabulary: Vocabulary
    own: bool = False
    shown: bool = False

    def __call__(self, cell: str) -> str | Unreadable:
        """Read a word."""
        if self.own:
            return self.vocabulary.spelled.get(fold(cell)) or fold(cell)
        try:
            return self.vocabulary.read(cell)
        except UnknownWordError as error:
            found = f'"{cell}"' if self.shown and can_be_shown(cell) else "another word"
            return Unreadable(str(error).replace("another word", found), f"Write {self.vocabulary.listed}.")


def known_or_as_written(words: Vocabulary) -> Callable[[str], str]:
    """Make a reader of the words of a list, in any case and spacing; another word stays as it is written."""

    def read_word(cell: str) -> str:
        return words.spelled.get(fold(cell)) or cell

    return read_word


def folded(cell: str) -> str:
    """Read a word that a policy defines, such as a service: lower case, hyphens for spaces."""
    return fold(cell)


def state(cell: str) -> str:
    """Read a state by its two letters or its name; other texts stay as they are, in capitals."""
    return _state_codes().get(fold(cell)) or cell.upper()


MONTH_FIRST = "month-first"
DAY_FIRST = "day-first"
DATE_ORDERS = (MONTH_FIRST, DAY_FIRST)
"""How days with slashes are written, `[workspace] dates`; without the setting, such a day cannot be read."""


def date(order: str = "") -> Callable[[str], dt.date | Unreadable | None]:
    """Make a reader of days: `YYYY-MM-DD`, and `9/14/2026` where `order` is one of `DATE_ORDERS`.

    A time of midnight behind the day is left out, as databases export days.
    """

    def read_date(cell: str) -> dt.date | Unreadable | None:
        if not cell:
            return None
        iso = _iso_day(cell, order)
        day = _valid(dt.date.fromisoformat, iso) if _DATE.fullmatch(iso) else None
        if day is not None and day.year in YEARS:
            return day
        return Unreadable(
            f"expected a date such as 2026-03-02, found {_found(cell, iso)}",
            _how_to_write(cell, "Write the date as YYYY-MM-DD", "yyyy-mm-dd", order),
        )

    return read_date


NO_LAST_DAY = "9999-12-31"
"""How many systems, payers' among them, write that something has no last day."""


def last_day(order: str = "") -> Callable[[str], dt.date | Unreadable | None]:
    """Make a reader of last days: as `date` reads them, and `NO_LAST_DAY` as a blank."""
    read = date(order)

    def read_last_day(cell: str) -> dt.date | Unreadable | None:
        return None if _iso_day(cell, order) == NO_LAST_DAY else read(cell)

    return read_last_day


def _iso_day(cell: str, order: str) -> str:
    """Return a day as `_as_iso` does, without a time of midnight."""
    return cell if _DATE.fullmatch(cell) else _AT_MIDNIGHT.sub("", _as_iso(cell, order))


def time(zone: ZoneInfo, order: str = "") -> Callable[[str], dt.datetime | Unreadable | None]:
    """Make a reader of local times, `YYYY-MM-DDTHH:MM` or with seconds; a time with an offset is moved to the zone.

    A blank may stand for the T, AM or PM behind the time, and the day is written as `date` reads it. On a day on which
    the clocks change a time with an offset keeps it, since the local time alone may be two instants.
    """

    def read_time(cell: str) -> dt.datetime | Unreadable | None:
        if not cell:
            return None
        iso = cell if _TIME.fullmatch(cell) else _as_iso(cell, order)
        moment = _valid(dt.datetime.fromisoformat, iso) if _TIME.fullmatch(iso) else None
        if moment is not None and moment.year in YEARS:
            if len(iso) <= _LOCAL:
                return moment
            if moment.tzinfo is None:
                return moment.replace(microsecond=0)
            moment = moment.astimezone(zone)
            local = moment.replace(tzinfo=None, microsecond=0, fold=0)
            if fixed_offset(zone, local.date()) is not None:
                return local
            return local.replace(tzinfo=dt.timezone(moment.utcoffset() or dt.timedelta()))
        return Unreadable(
            f"expected a time such as 2026-03-02T14:05, found {_found(cell, iso)}",
            _how_to_write(cell, "Write the time as YYYY-MM-DDTHH:MM", "yyyy-mm-dd hh:mm", order),
        )

    return read_time


def _as_iso(cell: str, order: str) -> str:
    """Return a day or time in ISO 8601 as far as it has one meaning: slashes in the order that is set, AM and PM."""
    day, blank, clock = cell.partition(" ")
    if order and (slashed := _SLASHED.fullmatch(day)):
        month, of_month = (slashed[1], slashed[2]) if order == MONTH_FIRST else (slashed[2], slashed[1])
        day = f"{slashed[3]}-{month:0>2}-{of_month:0>2}"
    if not blank:
        return day
    parts = _CLOCK.fullmatch(clock)
    hour = int(parts[1]) if parts else 0
    if parts and parts[4]:
        if not 1 <= hour <= 12:
            return f"{day}T{clock}"
        hour = hour % 12 + (12 if parts[4].upper() == "P" else 0)
    return f"{day}T{hour:02}:{parts[2]}:{parts[3] or '00'}" if parts else f"{day}T{clock}"


def _how_to_write(cell: str, fix: str, form: str, order: str) -> str:
    if not _has_slashes(cell):
        return f"{fix}."
    if order:
        return f"{fix}, or with slashes and four digits of the year, {order.replace('-', ' ')} ([workspace] dates)."
    return (
        f"{fix}: format the column as {form} in the spreadsheet. Or, where every such day of your tables has the month "
        f'first, add dates = "{MONTH_FIRST}" under [workspace] in peerbill.toml.'
    )


_YES_NO = Words(vocabulary("yes-no"))


@cache
def _state_codes() -> Mapping[str, str]:
    return {fold(name): code for code, name in us_states().items()}


def _has_slashes(cell: str) -> bool:
    """Tell whether a cell is like a day with slashes; N/A is none."""
    return "/" in cell and any(map(str.isdigit, cell))


def _valid(parse: Callable[[str], T], cell: str) -> T | None:
    try:
        return parse(cell)
    except ValueError:
        return None


def _found(cell: str, iso: str) -> str:
    """Return the kind of thing that was written instead of a day or time; `iso` is what was made of the cell."""
    if _has_slashes(iso):
        return "one written with slashes"
    if cell.replace(".", "", 1).isdigit():
        return "a bare number, as a spreadsheet keeps its dates"
    if _DATE.fullmatch(iso[:10]) is None:
        return "something else"
    day = _valid(dt.date.fromisoformat, iso[:10])
    if day is None:
        return "a day that is not in the calendar"
    if day.year not in YEARS:
        return "a year before 1900 or after 2100"
    if len(iso) == 10:
        return "a date without a time"
    return "a day with something else after it"


def as_cell(value: object, dates: bool = False) -> Raw:  # called for each cell; a keyword costs time
    """Return a value as the cell that a file would have, a list as a tuple of such."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dt.datetime):
        if dates and value.tzinfo is None and value.time() == _MIDNIGHT:
            return value.date().isoformat()
        return value.isoformat()
    if isinstance(value, dt.date | uuid.UUID):
        return str(value)
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, list | tuple):
        parts = tuple(as_cell(part, dates) for part in value)
        return parts if all(isinstance(part, str) for part in parts) else NESTED
    return NESTED
