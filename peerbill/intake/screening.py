"""A comparison of the staff with a list of excluded persons, as rows of `exclusions` and `screenings`.

An entry that is certain holds encounters. One that only resembles a person is for somebody to look at: it holds
nothing, and is not forgotten.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from peerbill.intake.exclusion_list import ExclusionList
from peerbill.intake.exclusion_matches import Match, matches
from peerbill.intake.importing.changes import OwnTable, TableChange, read_own
from peerbill.intake.sheets import read_book
from peerbill.model import ids
from peerbill.model.errors import UnusableInputError
from peerbill.model.people import Exclusion, Screening
from peerbill.model.records import Records

CLEAR, EXCLUDED, LOOK, CLEARED = "clear", "excluded", "look", "cleared"


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

    @property
    def excluded_matches(self) -> tuple[Match, ...]:
        """The matches from which the rows of `exclusions` follow."""
        excluded, opened = {(row.staff_id, row.from_) for row in self.excluded}, set(self.open)
        return tuple(
            match for match in self.matches if match not in opened and (match.staff_id, match.from_) in excluded
        )


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
