"""What the columns of a sheet hold, and which of those that we need each of them is, by its name and its cells."""

import datetime as dt
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import resources

import attrs

from peerbill.codes import diagnosis
from peerbill.intake.cells import Unreadable
from peerbill.intake.importing import values
from peerbill.intake.importing.shape import Body
from peerbill.model import ids

CONTACT, MEMBER, STAFF = "contact", "member", "staff"
_LOOKED_AT = 400
_LIKELY = 0.8
_CLOSE = 87
_WORDS = 40
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MARKS = re.compile(r"[^a-z0-9]+")
_LABEL = re.compile(r"(?:^|[\s.;|])([A-Z][A-Za-z]*(?: [A-Za-z]+){0,3})\s*:")
_NPI = re.compile(r"[12][0-9]{9}(?:\.0+)?")
_NAME = re.compile(r"[^\d@#]{3,60}")


@attrs.frozen
class Profile:
    """A column of theirs: its name, its distinct cells, and of how many rows it fills a cell."""

    name: str
    cells: tuple[str, ...] = attrs.field(repr=False)
    filled: int
    rows: int

    def mostly(self, test: Callable[[str], bool]) -> bool:
        """Return whether nearly all cells pass a test; a column without cells passes none."""
        looked_at = self.cells[:_LOOKED_AT]
        return bool(looked_at) and sum(map(test, looked_at)) >= _LIKELY * len(looked_at)

    @property
    def words(self) -> tuple[str, ...]:
        """The distinct cells of a column of coded words; none where there are too many."""
        return self.cells if len(self.cells) <= _WORDS else ()


def profiles(body: Body) -> tuple[Profile, ...]:
    """Return the columns of a sheet."""
    found = []
    for name in body.columns:
        cells = [cell for cell in body.cells(name) if cell]
        found.append(Profile(name, tuple(dict.fromkeys(cells)), len(cells), len(body.rows)))
    return tuple(found)


def normal(name: str) -> str:
    """Return a column's name as the lists of names have it.

    >>> normal("Client #"), normal("IntvTxt"), normal("Signature Date/Time")
    ('client number', 'intv txt', 'signature date time')
    """
    return " ".join(_MARKS.sub(" ", _CAMEL.sub(" ", name.replace("#", " number ")).lower()).split())


def is_day(text: str) -> bool:
    """Return whether a text is a day, in whatever form."""
    day, time = values.parts(text)
    if time:
        return False
    return any(isinstance(values.read_day(day, form), dt.date) for form in values.FORMS)


def is_moment(text: str) -> bool:
    """Return whether a text is a day with a time."""
    day, time = values.parts(text)
    return bool(time) and is_day(day)


def is_clock(text: str) -> bool:
    """Return whether a text is a time of the day, or a spreadsheet's day 0 with a time."""
    day, time = values.parts(text)
    return isinstance(values.read_clock(time or day, "24-hour"), dt.time)


def is_npi(text: str) -> bool:
    """Return whether a text is a National Provider Identifier."""
    if not _NPI.fullmatch(text):
        return False
    try:
        ids.validate_npi(text.partition(".")[0])
    except ValueError:
        return False
    return True


def _is_number_like_npi(text: str) -> bool:
    return bool(_NPI.fullmatch(text))


def _is_name(text: str) -> bool:
    return bool(_NAME.fullmatch(text)) and any(sign in text.strip() for sign in ", ^")


def _is_diagnosis(text: str) -> bool:
    return diagnosis(re.split(r"[;,\s]", text)[0]) is not None


def _is_text(text: str) -> bool:
    return any(sign.isalpha() for sign in text)


def _is_duration(text: str) -> bool:
    return any(not isinstance(values.duration(text, unit), Unreadable) for unit in ("minutes", "h:mm", "hours"))


_TESTS: Mapping[str, Callable[[str], bool]] = {
    "birth_date": is_day,
    "day": lambda text: is_day(text) or is_moment(text),
    "start": lambda text: is_clock(text) or is_moment(text),
    "end": lambda text: is_clock(text) or is_moment(text),
    "duration": _is_duration,
    "signed_at": lambda text: is_moment(text) or is_day(text),
    "cosigned_at": lambda text: is_moment(text) or is_day(text),
    "created_at": is_moment,
    "staff_npi": _is_number_like_npi,
    "npi": _is_number_like_npi,
    "supervisor_npi": _is_number_like_npi,
    "staff_name": _is_name,
    "member_name": _is_name,
    "name": _is_name,
    "supervisor": _is_name,
    "signed_by": _is_name,
    "cosigned_by": _is_name,
    "diagnoses": _is_diagnosis,
    "service": _is_text,
    **dict.fromkeys(
        ("covered_from", "covered_to", "plan_from", "plan_to", "plan_signed", "release", "died"),
        lambda text: is_day(text) or is_moment(text),
    ),
    **dict.fromkeys(("issued", "expires", "hired", "left", "recovery"), lambda text: is_day(text) or is_moment(text)),
}
"""What the cells of a column must look like, where its name could be that of another."""

_NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    CONTACT: (("day", "start"), ("staff_name", "staff_npi", "staff_id"), ("member_id", "subscriber_id", "member_name")),
    MEMBER: (("birth_date", "subscriber_id", "sex"), ("name", "last"), ("id", "subscriber_id")),
    STAFF: (("npi", "credential"), ("name", "last")),
}
"""Of each list, a column must be there: the rows are else no such rows."""


_SHORT = {
    "svc": "service",
    "srv": "service",
    "dt": "date",
    "clt": "client",
    "mbr": "member",
    "pt": "patient",
    "tm": "time",
}


def _in_full(name: str) -> str:
    """Return a column's name without the abbreviations that exports use.

    >>> _in_full("date of svc")
    'date of service'
    """
    return " ".join(_SHORT.get(word, word) for word in name.split())


@cache
def _names() -> Mapping[str, Mapping[str, list[str]]]:
    text = (resources.files(__package__) / "names.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def roles(kind: str, columns: Iterable[Profile]) -> dict[str, Profile]:
    """Return which column is which of those that rows of a kind have, the closest names first.

    A column without cells is known by its name alone: next week's export may fill it.
    """
    from rapidfuzz import fuzz  # noqa: PLC0415 - what converts and imports works without it

    scored: list[tuple[float, int, str, Profile]] = []
    for at, column in enumerate(columns):
        name = normal(column.name)
        whole = _in_full(name)
        for role, known in _names()[kind].items():
            score = (
                100.0 if name in known else max(fuzz.ratio(each, other) for other in known for each in {name, whole})
            )
            test = _TESTS.get(role)
            if column.cells and score >= _CLOSE and (test is None or column.mostly(test)):
                scored.append((-score, at, role, column))
            elif not column.cells and {name, whole}.intersection(known):
                scored.append((0, at, role, column))  # only where no column with cells is it
    found: dict[str, Profile] = {}
    taken: set[str] = set()
    for _, _, role, column in sorted(scored, key=lambda row: row[:2]):
        if role not in found and column.name not in taken:
            found[role] = column
            taken.add(column.name)
    return found


def kind_of(columns: Iterable[Profile]) -> tuple[str, dict[str, Profile]]:
    """Return what the rows of a sheet are, with its columns; "" where they are neither contacts, members nor staff."""
    several = tuple(columns)
    best, found = "", dict[str, Profile]()
    for kind in (CONTACT, MEMBER, STAFF):
        here = roles(kind, several)
        filled = {role for role, column in here.items() if column.cells}
        if all(filled.intersection(either) for either in _NEEDED[kind]) and len(here) > len(found):
            best, found = kind, here
    return best, found


def labels(column: Profile) -> tuple[str, ...]:
    """Return the labels that most texts of a column have, in their order."""
    counts: Counter[str] = Counter()
    for cell in column.cells[:_LOOKED_AT]:
        counts.update(list(dict.fromkeys(_LABEL.findall(cell))))
    least = _LIKELY * min(len(column.cells), _LOOKED_AT)
    return tuple(label for label, number in counts.items() if number >= least and number > 1) or tuple(
        label for label, number in counts.items() if len(column.cells) == 1 and number
    )
