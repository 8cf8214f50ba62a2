"""Staff and the entries of a list of excluded persons: who certainly is one of them, and who may be.

An NPI that agrees, or a name with its birth date, is certain. What only resembles a person is for somebody to look at.
Somebody's birth date that differs, or another valid NPI, is somebody else.
"""

import datetime as dt
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

import attrs

from peerbill.intake.exclusion_list import Entry, ExclusionList
from peerbill.model import ids
from peerbill.model.people import Staff

_NEAR_LAST, _NEAR_FIRST, _CLOSE, _SAME = 85, 85, 92, 100
"""How alike two names are, of 100: last names to be compared at all; first names; both without a birth date; equal."""

_DROPPED = "'\u2019`\u00b4."
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "md", "phd"})


@attrs.frozen
class Match:
    """A staff member and an entry of a list.

    Attributes:
        staff_id: who.
        entry: the entry.
        agrees: what agrees, such as `NPI` or `last name`.
        certain: whether it is the person; else somebody has to look.
        from_, to: the days of the exclusion, both included; None is not known, or still in force.

    """

    staff_id: str
    entry: Entry
    agrees: tuple[str, ...]
    certain: bool
    from_: dt.date | None
    to: dt.date | None


@lru_cache(maxsize=131072)
def fold_name(name: str) -> tuple[str, ...]:
    """Return the words of a name as they are compared: without accents, marks and suffixes.

    >>> fold_name("O'Brien-Muñoz, Jr.")
    ('obrien', 'munoz')
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(
        sign if sign.isalnum() else "" if sign in _DROPPED or unicodedata.combining(sign) else " " for sign in plain
    )
    words = tuple(word for word in kept.split() if word not in _SUFFIXES)
    return words or tuple(kept.split())


@attrs.frozen
class _Person:
    """A staff member as lists are compared with them."""

    staff_id: str
    npi: str
    last: tuple[str, ...]
    first: tuple[str, ...]
    birth_date: dt.date | None

    @classmethod
    def of(cls, staff: Staff) -> "_Person":
        return cls(
            staff.staff_id,
            ids.compact(staff.npi),
            fold_name(staff.last_name),
            fold_name(f"{staff.first_name} {staff.middle_name}"),
            staff.birth_date,
        )


@attrs.frozen
class _Likeness:
    """How alike a person and an entry are.

    Attributes:
        same_npi: whether both have the same NPI.
        other_npi: whether both have a valid NPI, and not the same.
        last, first: how alike the names are, of 100.
        part: whether the last names have a word in common.
        same_birth, other_birth: whether the birth dates agree, or differ; neither where one is not known.
        slip: whether birth dates that differ may be a day that was written wrongly.

    """

    same_npi: bool
    other_npi: bool
    last: float
    first: float
    part: bool
    same_birth: bool
    other_birth: bool
    slip: bool

    @property
    def same_name(self) -> bool:
        return self.last == self.first == _SAME

    @property
    def is_certain(self) -> bool:
        return self.same_npi or (self.same_name and self.same_birth)

    @property
    def is_possible(self) -> bool:
        if self.same_birth:
            return (self.part or self.last >= _NEAR_LAST) and self.first >= _NEAR_FIRST
        if self.other_birth:
            return self.slip and self.same_name
        close = self.last >= _CLOSE and self.first >= _CLOSE
        return not self.other_npi and (close or (self.part and self.first == _SAME))

    @property
    def agrees(self) -> tuple[str, ...]:
        last = "last name" if self.last == _SAME else "a part of the last name" if self.part else ""
        if not last and self.last >= _NEAR_LAST:
            last = "last name almost"
        first = "first name" if self.first == _SAME else "first name almost" if self.first >= _NEAR_FIRST else ""
        named = ("NPI" if self.same_npi else "", last, first, "birth date" if self.same_birth else "")
        return tuple(filter(None, named))


def matches(staff: Iterable[Staff], list_: ExclusionList) -> tuple[Match, ...]:
    """Return the entries of a list that are, or may be, somebody of the staff, by staff id and row."""
    by_npi: dict[str, list[Entry]] = defaultdict(list)
    by_last: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for entry in list_.entries:
        if entry.npi:
            by_npi[entry.npi].append(entry)
        if entry.last_name:
            by_last[fold_name(entry.last_name)].append(entry)
    by_word: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for last in by_last:
        for word in last:
            by_word[word].add(last)
    joined = {last: " ".join(last) for last in by_last}
    found: list[Match] = []
    for person in map(_Person.of, staff):
        candidates = dict.fromkeys(by_npi.get(person.npi, ())) if person.npi else {}
        for last in _like(person.last, by_word, joined):
            candidates.update(dict.fromkeys(by_last[last]))
        for entry in candidates:
            alike = _likeness(person, entry, list_.day(entry.birth_date))
            if alike.is_certain or alike.is_possible:
                found.append(_match(person, entry, alike, list_))
    return tuple(sorted(found, key=lambda match: (match.staff_id, match.entry.row)))


def _like(
    last: tuple[str, ...], by_word: Mapping[str, set[tuple[str, ...]]], joined: Mapping[tuple[str, ...], str]
) -> set[tuple[str, ...]]:
    """Return the last names of a list that have a word of a last name, or are spelled almost like it."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - only screening compares names

    near = process.extract(" ".join(last), joined, scorer=fuzz.ratio, score_cutoff=_NEAR_LAST, limit=None)
    return {key for _, _, key in near}.union(*(by_word.get(word, ()) for word in last))


def _likeness(person: _Person, entry: Entry, born: dt.date | None) -> _Likeness:
    from rapidfuzz import fuzz  # noqa: PLC0415 - only screening compares names

    last, first = fold_name(entry.last_name), fold_name(f"{entry.first_name} {entry.middle_name}")
    same_npi = bool(person.npi) and person.npi == entry.npi
    known = born is not None and person.birth_date is not None
    return _Likeness(
        same_npi=same_npi,
        other_npi=not same_npi and ids.is_valid_npi(person.npi) and ids.is_valid_npi(entry.npi),
        last=_SAME if last == person.last else fuzz.ratio(" ".join(last), " ".join(person.last)),
        first=_first_score(person.first, first),
        part=not set(last).isdisjoint(person.last),
        same_birth=known and born == person.birth_date,
        other_birth=known and born != person.birth_date,
        slip=_is_slip(born, person.birth_date),
    )


def _match(person: _Person, entry: Entry, alike: _Likeness, list_: ExclusionList) -> Match:
    reinstated = list_.day(entry.to)
    return Match(
        person.staff_id,
        entry,
        alike.agrees,
        alike.is_certain,
        list_.day(entry.from_),
        reinstated - dt.timedelta(days=1) if reinstated is not None else None,
    )


def _first_score(ours: tuple[str, ...], theirs: tuple[str, ...]) -> float:
    """Return how alike the first names are, by their first words: 100 where these are the same, 0 without any.

    A middle name that the other side has as its first name is almost the same name.
    """
    from rapidfuzz import fuzz  # noqa: PLC0415 - only screening compares names

    if not ours or not theirs:
        return 0.0
    if ours[0] == theirs[0]:
        return _SAME
    if ours[0] in theirs or theirs[0] in ours:
        return _CLOSE
    return fuzz.ratio(ours[0], theirs[0])


def _is_slip(ours: dt.date | None, theirs: dt.date | None) -> bool:
    """Return whether two days may be one, written wrongly: a part differs, or day and month changed places."""
    if ours is None or theirs is None:
        return False
    same = [ours.year == theirs.year, ours.month == theirs.month, ours.day == theirs.day]
    return sum(same) == 2 or (ours.year == theirs.year and (ours.month, ours.day) == (theirs.day, theirs.month))
