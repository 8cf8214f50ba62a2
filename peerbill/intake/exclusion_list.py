"""Lists of excluded persons: the OIG's monthly file, and a state's list as a small mapping file describes it."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from peerbill.intake.header import are_column_names, is_same_name, nearest
from peerbill.intake.importing.files import read_export
from peerbill.model import ids
from peerbill.model.errors import UnusableInputError
from peerbill.model.limits import DEFAULT, Limits
from peerbill.model.plural import counted
from peerbill.model.toml_text import load_toml
from peerbill.todo.screening import LEIE

FIELDS = ("npi", "last_name", "first_name", "middle_name", "name", "birth_date", "from", "to", "waiver")
"""What a column of a list can be for us; `name` holds `LAST, FIRST MIDDLE`, `to` is the day of reinstatement."""

DATES: Mapping[str, re.Pattern[str]] = {
    "YYYYMMDD": re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
    "YYYY-MM-DD": re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})(?:T00:00(?::00)?)?"),
    "MM/DD/YYYY": re.compile(r"(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})/(?P<year>[0-9]{4})"),
    "DD/MM/YYYY": re.compile(r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})"),
}
"""The forms of days that a list may have."""


@attrs.frozen
class ListForm:
    """How a list is read: its name, the form of its days, and its columns by `FIELDS`."""

    list: str
    dates: str
    columns: Mapping[str, str]


# The columns that the OIG publishes; an NPI of zeros and a day of zeros are none.
LEIE_FORM = ListForm(
    LEIE,
    "YYYYMMDD",
    {
        "npi": "NPI",
        "last_name": "LASTNAME",
        "first_name": "FIRSTNAME",
        "middle_name": "MIDNAME",
        "birth_date": "DOB",
        "from": "EXCLDATE",
        "to": "REINDATE",
        "waiver": "WVRSTATE",
    },
)


@attrs.frozen
class Entry:
    """A row of a list; `row` is its line in the file. What it says of a person is in no repr."""

    row: int
    npi: str = attrs.field(repr=False)
    last_name: str = attrs.field(repr=False)
    first_name: str = attrs.field(repr=False)
    middle_name: str = attrs.field(repr=False)
    birth_date: str = attrs.field(repr=False)
    from_: str = attrs.field(repr=False)
    to: str = attrs.field(repr=False)
    waiver: str = attrs.field(repr=False)

    @property
    def id(self) -> str:
        """What tells the entry apart from others, in the list of another month too."""
        text = f"{self.npi}|{self.last_name}|{self.first_name}|{self.birth_date}|{self.from_}"
        return hashlib.sha256(text.encode()).hexdigest()[:10]


@attrs.frozen
class ExclusionList:
    """A list that was read.

    Attributes:
        form: how it was read.
        file: the name of its file.
        entries: its rows with a name or an NPI of a person.
        rows: how many rows it has.
        newest: the newest day of an exclusion or reinstatement in it that is not in the future, None without any.

    """

    form: ListForm
    file: str
    entries: Sequence[Entry] = attrs.field(repr=False)
    rows: int
    newest: dt.date | None

    def day(self, text: str) -> dt.date | None:
        """Return a day of the list, None where it has none or another form."""
        return _day(text, DATES[self.form.dates])


def read_form(text: str, name: str) -> ListForm:
    r"""Read the mapping file of a state's list. Raises UnusableInputError where it cannot be used.

    >>> read_form('list = "NJ"\ndates = "MM/DD/YYYY"\n[columns]\nname = "Provider"', "nj-list.toml").list
    'NJ'
    """
    values = load_toml(text, name)
    list_, dates, columns = (values.get(key) for key in _KEYS)
    problems = [f"{name}: {key}: not known. Use list, dates and [columns]." for key in values if key not in _KEYS]
    if not isinstance(list_, str) or not list_.strip():
        problems.append(f'{name}: list: expected the name of the list, such as "NJ". Add it.')
    if not isinstance(dates, str) or dates not in DATES:
        problems.append(f"{name}: dates: expected one of {', '.join(DATES)}. Write the form of the list's days.")
    if not isinstance(columns, dict) or not all(isinstance(theirs, str) for theirs in columns.values()):
        problems.append(f'{name}: [columns]: expected the list\'s columns, such as last_name = "Last Name". Add them.')
        columns = {}
    elif not {"npi", "name", "last_name"} & columns.keys():
        problems.append(f"{name}: [columns]: expected npi, name or last_name, found none of them. Add one.")
    problems += [
        f"{name}: [columns] {key}: not known. Use {', '.join(FIELDS)}." for key in columns if key not in FIELDS
    ]
    if problems:
        raise UnusableInputError("\n".join(problems))
    return ListForm(str(list_).strip(), str(dates), columns)


_KEYS = ("list", "dates", "columns")


def read_list(path: Path, form: ListForm, today: dt.date, limits: Limits = DEFAULT) -> ExclusionList:
    """Read a list from a CSV file or a workbook. Raises UnusableInputError where it is none, or lacks a column."""
    sheets = [sheet for sheet in read_export(path, limits=limits) if sheet.rows or sheet.faults]
    if not sheets:
        raise UnusableInputError(
            f"{path.name}: expected a list with its column names, found nothing. Download it again."
        )
    if len(sheets) > 1:  # somebody on another sheet would go unseen
        found = ", ".join(sheet.sheet for sheet in sheets)
        raise UnusableInputError(
            f"{path.name}: expected a workbook with one sheet, found {len(sheets)}: {found}. Save the sheet of the "
            "list as a file of its own; if several have persons, compare each."
        )
    (sheet,) = sheets
    if sheet.faults:
        line, why = sheet.faults[0]
        raise UnusableInputError(f"{path.name} line {line}: {why}. Download the list again.")
    _, header = sheet.rows[0]
    names = {cell.strip().casefold(): at for at, cell in enumerate(header)}
    places: dict[str, int] = {}
    for field, theirs in form.columns.items():
        at = names.get(theirs.strip().casefold())
        if at is None:
            raise UnusableInputError(
                f"{path.name}: expected the column {theirs} of {form.list}, found none. "
                f"{_what_it_has(theirs, header, form)}"
            )
        places[field] = at
    entries = list(_entries(sheet.rows[1:], places))
    pattern = DATES[form.dates]
    days = {text for entry in entries for text in (entry.from_, entry.to) if text}
    known = [day for text in days if (day := _day(text, pattern)) is not None and day <= today]
    return ExclusionList(form, path.name, entries, len(sheet.rows) - 1, max(known, default=None))


def _what_it_has(missing: str, header: Sequence[str], form: ListForm) -> str:
    """Name the columns of a list where they are no data: its first row may be a person, or have rows glued to it."""
    expected = {theirs.strip().casefold() for theirs in form.columns.values()}
    names = [cell.strip() for cell in header if cell.strip()]
    present = [name for name in names if name.casefold() in expected]
    unknown = [name for name in names if name.casefold() not in expected]
    shown = are_column_names(unknown, present, tuple(form.columns.values()))
    near = nearest(missing, unknown)
    if near and (shown or is_same_name(near[0], missing)):
        return f"Is it {near[0]}?"
    if present and shown:
        return f"The file has {', '.join(names)}."
    has = f"The file has {', '.join(present)}" if present else "None of its columns is expected"
    others = "their names" if not present else f"the names of its other {counted(len(unknown), 'column')}"
    return f"{has}; {others} are not shown, since they may be data: is the header there, and a line of its own?"


def _entries(rows: Sequence[tuple[int, Sequence[str]]], places: Mapping[str, int]) -> Iterator[Entry]:
    order = [places.get(field, -1) for field in FIELDS]
    for line, row in rows:
        cells = [row[at].strip() if 0 <= at < len(row) else "" for at in order]
        npi, last, first, middle, name, birth, begins, ends, waiver = cells
        if name and not last:
            last, _, given = name.partition(",")
            first, _, middle = given.strip().partition(" ")
        npi = ids.compact(npi.removesuffix(".0"))
        if not npi.strip("0"):
            npi = ""
        if npi or last:
            yield Entry(line, npi, last.strip(), first, middle, birth, begins, ends, waiver)


def _day(text: str, pattern: re.Pattern[str]) -> dt.date | None:
    found = pattern.fullmatch(text.strip())
    if found is None:
        return None
    try:
        return dt.date(*(int(found[part]) for part in ("year", "month", "day")))
    except ValueError:
        return None  # 00000000: none


def date_in_name(name: str) -> dt.date | None:
    """Return the day in the name of a file, such as `leie-2026-11-09.csv`; None where there is none.

    >>> date_in_name("UPDATED_20261109.csv"), date_in_name("UPDATED.csv")
    (datetime.date(2026, 11, 9), None)
    """
    found = re.search(r"(?<![0-9])(20[0-9]{2})[-_.]?([0-9]{2})[-_.]?([0-9]{2})(?![0-9])", name)
    try:
        return dt.date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
