"""Staff compared with a list of excluded persons.

An NPI that agrees, or a name with its birth date, is certain. What only resembles a person is for somebody to look at:
it holds nothing, and is not forgotten. Somebody's birth date that differs, or another valid NPI, is somebody else.
"""

import datetime as dt
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import attrs

from peerbill.intake.exclusion_list import Entry, ExclusionList
from peerbill.intake.importing.changes import OwnTable, TableChange, read_own
from peerbill.intake.sheets import read_book
from peerbill.model import ids
from peerbill.model.errors import UnusableInputError
from peerbill.model.people import Exclusion, Screening, Staff
from peerbill.model.records import Records

CLEAR, EXCLUDED, LOOK, CLEARED = "clear", "excluded", "look", "cleared"
_NEAR_LAST, _NEAR_FIRST, _CLOSE = 85, 85, 92
"""How alike two names are, of 100: to be compared at all; as a first name; to be looked at without a birth date."""

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


def matches(staff: Iterable[Staff], list_: ExclusionList) -> tuple[Match, ...]:
    """Return the entries of a list that are, or may be, somebody of the staff, by staff id and row."""
    people = [_Person.of(person) for person in staff]
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
    for person in people:
        candidates = dict.fromkeys(by_npi.get(person.npi, ())) if person.npi else {}
        for last in _like(person.last, by_word, joined):
            candidates.update(dict.fromkeys(by_last[last]))
        found += (match for entry in candidates if (match := _compare(person, entry, list_)) is not None)
    return tuple(sorted(found, key=lambda match: (match.staff_id, match.entry.row)))


def _like(
    last: tuple[str, ...], by_word: Mapping[str, set[tuple[str, ...]]], joined: Mapping[tuple[str, ...], str]
) -> set[tuple[str, ...]]:
    """Return the last names of a list that have a word of a last name, or are spelled almost like it."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - only screening compares names

    near = process.extract(" ".join(last), joined, scorer=fuzz.ratio, score_cutoff=_NEAR_LAST, limit=None)
    return {key for _, _, key in near}.union(*(by_word.get(word, ()) for word in last))


def _compare(person: _Person, entry: Entry, list_: ExclusionList) -> Match | None:
    from rapidfuzz import fuzz  # noqa: PLC0415 - only screening compares names

    same_npi = bool(person.npi) and person.npi == entry.npi
    last, first = fold_name(entry.last_name), fold_name(f"{entry.first_name} {entry.middle_name}")
    last_score = 100.0 if last == person.last else fuzz.ratio(" ".join(last), " ".join(person.last))
    same_last = last_score == 100.0
    part = bool({*last} & {*person.last})
    first_score = _first_score(person.first, first)
    same_first = first_score == 100.0
    born = list_.day(entry.birth_date)
    known = born is not None and person.birth_date is not None
    same_birth = known and born == person.birth_date
    agrees = tuple(
        word
        for word, holds in (
            ("NPI", same_npi),
            ("last name", same_last),
            ("a part of the last name", part and not same_last),
            ("last name almost", not same_last and not part and last_score >= _NEAR_LAST),
            ("first name", same_first),
            ("first name almost", not same_first and first_score >= _NEAR_FIRST),
            ("birth date", same_birth),
        )
        if holds
    )
    certain = same_npi or (same_last and same_first and same_birth)
    if not certain:
        other_npi = ids.is_valid_npi(person.npi) and ids.is_valid_npi(entry.npi)
        slip = known and not same_birth and _is_slip(born, person.birth_date)
        names = (same_last or part or last_score >= _NEAR_LAST) and first_score >= _NEAR_FIRST
        if same_birth:
            wanted = names
        elif known:
            wanted = slip and same_last and same_first
        else:
            close = last_score >= _CLOSE and first_score >= _CLOSE
            wanted = not other_npi and (close or (part and same_first))
        if not wanted:
            return None
    reinstated = list_.day(entry.to)
    return Match(
        person.staff_id,
        entry,
        agrees,
        certain,
        list_.day(entry.from_),
        reinstated - dt.timedelta(days=1) if reinstated is not None else None,
    )


def _first_score(ours: tuple[str, ...], theirs: tuple[str, ...]) -> float:
    """Return how alike the first names are: 100 where the first words are the same, or both sides have a word more.

    A middle name that the other side has as its first name is almost the same name.
    """
    from rapidfuzz import fuzz  # noqa: PLC0415 - only screening compares names

    if not ours or not theirs:
        return 0.0
    if ours[0] == theirs[0]:
        return 100.0
    if ours[0] in theirs or theirs[0] in ours:
        return float(_CLOSE)
    return fuzz.ratio(ours[0], theirs[0])


def _is_slip(one: dt.date | None, other: dt.date | None) -> bool:
    """Return whether two days may be one, written wrongly: a part differs, or day and month changed places."""
    if one is None or other is None:
        return False
    same = [one.year == other.year, one.month == other.month, one.day == other.day]
    return sum(same) == 2 or (one.year == other.year and (one.month, one.day) == (other.day, other.month))


# What is written ------------------------------------------------------------------------------------------------------


@attrs.frozen
class ScreeningPlan:
    """What a comparison with a list comes to.

    Attributes:
        matches: the entries that are, or may be, somebody of the staff.
        results: the rows of `screenings`, one for each staff member or entry.
        open: the matches at which somebody has to look.
        excluded: the rows of `exclusions` that follow.
        vanished: rows of `exclusions` of the list for which it has no entry any more.
        own: rows of the list with an NPI under which the agency itself bills.
        changes: the tables that change.

    """

    matches: tuple[Match, ...]
    results: tuple[Screening, ...]
    open: tuple[Match, ...]
    excluded: tuple[Exclusion, ...]
    vanished: tuple[Exclusion, ...]
    own: tuple[int, ...]
    changes: tuple[TableChange, ...]


def plan_screening(
    folder: Path,
    records: Records,
    list_: ExclusionList,
    list_date: dt.date,
    day: dt.date,
    *,
    who: str = "",
    excluded: Sequence[tuple[str, int]] = (),
    cleared: Sequence[tuple[str, int]] = (),
    partial: bool = False,
) -> ScreeningPlan:
    """Return what comparing the staff with a list changes in `exclusions` and `screenings`; nothing is written.

    `excluded` and `cleared` are what somebody decided who looked: staff ids with the row of the list. A `partial` list
    (a monthly supplement) clears nobody. Raises UnusableInputError for a decision on what the list does not show.
    """
    name = list_.form.list
    found = matches(records.staff, list_)
    pairs = {(match.staff_id, match.entry.row): match for match in found}
    for staff_id, row in (*excluded, *cleared):
        match = pairs.get((staff_id, row))
        if match is None:
            raise UnusableInputError(f"{staff_id}:{row}: expected a match that was listed, found none. Run it without.")
        if match.certain and (staff_id, row) in cleared:
            raise UnusableInputError(
                f"{staff_id}:{row}: expected a match that is not certain, found {' and '.join(match.agrees)} the same. "
                "If it is another person, correct npi or birth_date in staff."
            )
    decided = {
        (row.staff_id, row.entry): row.result
        for row in records.screenings
        if row.list == name and row.result in (CLEARED, EXCLUDED)
    }
    decided |= {(staff_id, pairs[staff_id, row].entry.id): EXCLUDED for staff_id, row in excluded}
    decided |= {(staff_id, pairs[staff_id, row].entry.id): CLEARED for staff_id, row in cleared}
    results: list[Screening] = []
    is_excluded: list[Match] = []
    is_open: list[Match] = []
    of_person: dict[str, list[Match]] = defaultdict(list)
    for match in found:
        of_person[match.staff_id].append(match)
    for person in records.staff:
        for match in of_person.get(person.staff_id, ()):
            result = EXCLUDED if match.certain else decided.get((match.staff_id, match.entry.id), LOOK)
            if result == EXCLUDED:
                is_excluded.append(match)
            elif result == LOOK:
                is_open.append(match)
            results.append(Screening(person.staff_id, name, list_date, result, day, match.entry.id, who))
        if not of_person.get(person.staff_id) and not partial:
            results.append(Screening(person.staff_id, name, list_date, CLEAR, day, "", who))
    rows = tuple(Exclusion(name, match.from_, match.entry.npi, match.staff_id, match.to) for match in is_excluded)
    vanished = () if partial else tuple(_vanished(records, name, rows))
    book = read_book(folder)
    changes = (
        _changed(read_own(folder, "exclusions", book), map(_exclusion_cells, rows), ("list", "staff_id", "from")),
        _changed(
            read_own(folder, "screenings", book),
            map(_screening_cells, results),
            ("staff_id", "list", "list_date", "entry"),
        ),
    )
    own = tuple(entry.row for entry in list_.entries if entry.npi in records.settings.npis)
    return ScreeningPlan(found, tuple(results), tuple(is_open), rows, vanished, own, changes)


def _vanished(records: Records, name: str, rows: Sequence[Exclusion]) -> Iterator[Exclusion]:
    """Yield the exclusions of a list that it does not have any more, and that have not ended."""
    there = {row.staff_id for row in rows}
    staff = {person.staff_id: ids.compact(person.npi) for person in records.staff}
    npis = {staff[staff_id] for staff_id in there if staff.get(staff_id)}
    for row in records.exclusions:
        ours = row.staff_id in staff or ids.compact(row.npi) in {*staff.values()} - {""}
        known = row.staff_id in there or (bool(row.npi) and ids.compact(row.npi) in npis)
        if row.list.casefold() == name.casefold() and row.to is None and ours and not known:
            yield row


def _exclusion_cells(row: Exclusion) -> dict[str, str]:
    return {
        "list": row.list,
        "from": row.from_.isoformat() if row.from_ else "",
        "npi": row.npi,
        "staff_id": row.staff_id,
        "to": row.to.isoformat() if row.to else "",
    }


def _screening_cells(row: Screening) -> dict[str, str]:
    return {
        "staff_id": row.staff_id,
        "list": row.list,
        "list_date": row.list_date.isoformat() if row.list_date else "",
        "result": row.result,
        "date": row.date.isoformat() if row.date else "",
        "entry": row.entry,
        "by": row.by,
    }


_LATER = ("to", "result")
"""Columns in which a row that is there may change; the others stay as they were written."""


def _changed(own: OwnTable, new: Iterable[Mapping[str, str]], key: tuple[str, ...]) -> TableChange:
    """Return a table with rows added, and with what is new about rows that are there."""
    header = list(own.header) or list(own.table.columns)
    columns = dict(own.columns) or {name: at for at, name in enumerate(header)}
    rows = [list(row) for row in own.rows]
    there = {tuple(record.get(name, "") for name in key): row for record, row in zip(own.records(), rows, strict=True)}
    added, updated = 0, 0
    for cells in new:
        for name, cell in cells.items():
            if cell and name not in columns:
                columns[name] = len(header)
                header.append(name)
        row = there.get(tuple(cells[name] for name in key))
        if row is None:
            row = [""] * len(header)
            for name, cell in cells.items():
                if name in columns:
                    row[columns[name]] = cell
            rows.append(row)
            there[tuple(cells[name] for name in key)] = row
            added += 1
            continue
        row += [""] * (len(header) - len(row))
        late = [name for name in _LATER if cells.get(name) and row[columns[name]].strip() != cells[name]]
        for name in late:
            row[columns[name]] = cells[name]
        updated += bool(late)
    full = [[*row, *[""] * (len(header) - len(row))] for row in rows]
    return TableChange(
        own.table.name,
        added,
        updated,
        len(own.rows) - updated,
        {},
        {},
        (),
        tuple(header),
        full,
        own.path,
        own.newline,
        own.digest,
    )
