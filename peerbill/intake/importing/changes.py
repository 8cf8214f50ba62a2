"""What an import would change in the tables of a workspace."""

import csv
import hashlib
import io
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs

from peerbill.intake import FORMATS
from peerbill.intake.cells import Reader, Unreadable
from peerbill.intake.csv_file import rows_of
from peerbill.intake.header import match_columns, opened
from peerbill.intake.importing.convert import ConvertedExport, ConvertedTable, ExportProblem, as_written, key_of
from peerbill.intake.importing.fill import written
from peerbill.intake.importing.people import KEYS
from peerbill.intake.sheets import BOOK, Book
from peerbill.intake.tables import TABLES, Table
from peerbill.model.claim import BilledEncounter
from peerbill.model.errors import UnusableInputError
from peerbill.model.input_files import open_file
from peerbill.model.progress import Progress, no_progress

_LINES = 3
_CONTACT = ("member_id", "staff_id", "start", "service")


@attrs.frozen
class OwnTable:
    """A table of the workspace as its CSV file has it.

    `columns` is the position of each column of ours, `newline` what ends its lines, `digest` the SHA-256 of its text.
    """

    table: Table
    path: Path
    header: tuple[str, ...]
    columns: Mapping[str, int]
    lines: Sequence[int] = attrs.field(repr=False)
    rows: Sequence[Sequence[str]] = attrs.field(repr=False)
    newline: str = "\n"
    digest: str = ""

    def records(self) -> Iterator[dict[str, str]]:
        """Yield each row by our columns."""
        for row in self.rows:
            yield {name: row[at].strip() for name, at in self.columns.items()}


Contact = tuple[str, ...]
"""The cells of an encounter by which it is the same contact under another id: member, peer, start, service."""


@attrs.frozen
class SameContact:
    """An encounter that would be new, and one of another id with the same member, peer, start and service.

    `billed` is whether the other is in the ledger, and not in the table.
    """

    encounter_id: str
    other_id: str
    billed: bool = False


@attrs.frozen
class TableChange:
    """What changes in a table.

    Attributes:
        table: The table.
        added: How many rows are new.
        updated: How many rows change.
        unchanged: How many rows are as they were.
        columns: How many cells change in each column of rows that change.
        erased: How many of these cells become blank.
        keys: The keys of the rows that change.
        header: The columns of the file.
        rows: All rows of the file, after the change.
        path: The file.
        newline: What ends its lines.
        digest: The SHA-256 of its text before the change; "" where it is new.

    """

    table: str
    added: int
    updated: int
    unchanged: int
    columns: Mapping[str, int]
    erased: Mapping[str, int]
    keys: tuple[tuple[str, ...], ...] = attrs.field(repr=False)
    header: tuple[str, ...] = attrs.field(repr=False)
    rows: Sequence[Sequence[str]] = attrs.field(repr=False)
    path: Path
    newline: str = attrs.field(default="\n", repr=False)
    digest: str = attrs.field(default="", repr=False)

    @property
    def changes(self) -> bool:
        """Whether the file is written anew."""
        return bool(self.added or self.updated)

    def text(self) -> Iterator[str]:
        """Yield the new text of the file."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator=self.newline)
        writer.writerow(self.header)
        for at, row in enumerate(self.rows, start=1):
            writer.writerow(row)
            if at % 1000 == 0:
                yield out.getvalue()
                out.seek(0)
                out.truncate()
        yield out.getvalue()


@attrs.frozen
class Changes:
    """What an import would change; where there are problems, nothing is written.

    Attributes:
        tables: What changes in each table.
        problems: What cannot be imported.
        same_contacts: New encounters that the table has under another id.
        new_contacts: The new encounters by contact.

    """

    tables: tuple[TableChange, ...]
    problems: tuple[ExportProblem, ...]
    same_contacts: tuple[SameContact, ...]
    new_contacts: Mapping[Contact, str] = attrs.field(factory=dict, repr=False)

    @property
    def changes(self) -> bool:
        """Whether a table is written anew."""
        return any(table.changes for table in self.tables)

    @property
    def changed_encounters(self) -> tuple[str, ...]:
        """The ids of encounters whose rows change."""
        return tuple(key[0] for table in self.tables if table.table == "encounters" for key in table.keys)


def read_own(folder: Path, name: str, book: Book) -> OwnTable:
    """Read a table of the workspace, whose workbook is `book`; an absent file has no rows.

    Raises UnusableInputError where the table is no CSV file, or cannot be read.
    """
    table = TABLES[name]
    path = folder / f"{name}.csv"
    files = [folder / f"{name}{suffix}" for suffix in FORMATS]
    other = next((file for file in files if os.path.lexists(file)), path)
    if other != path:
        raise UnusableInputError(
            f"{other.name}: expected the table {name} as CSV, found another format. Save it as {name}.csv, and "
            "run this again."
        )
    if name in book.tables:
        raise UnusableInputError(
            f"{BOOK} sheet {name}: expected the table {name} as CSV, found a sheet. Save the sheet as {name}.csv, "
            "delete it from the workbook, and run this again."
        )
    if not os.path.lexists(path):
        return OwnTable(table, path, (), {}, (), ())
    lines: list[int] = []
    rows: list[Sequence[str]] = []
    with open_file(path) as raw:
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
    with opened(path) as file:
        reader = rows_of(file)
        line, header = next(reader, (1, [""]))
        if isinstance(header, str):
            raise UnusableInputError(f"{path.name} line {line}: {header}. Correct the line.")
        columns, _ = match_columns(f"{path.name} line {line}", header, table)
        for number, row in reader:
            if isinstance(row, str):
                raise UnusableInputError(f"{path.name} line {number}: {row}. Correct the line.")
            if len(row) > len(header) and any(cell.strip() for cell in row[len(header) :]):
                raise UnusableInputError(
                    f"{path.name} line {number}: expected {len(header)} cells as in the header, found {len(row)}. "
                    "Put texts that hold a comma in quotation marks."
                )
            lines.append(number)
            rows.append([*row[: len(header)], *[""] * (len(header) - len(row))])
    with open_file(path) as raw:
        newline = "\r\n" if raw.readline().endswith(b"\r\n") else "\n"
    return OwnTable(table, path, tuple(header), columns, lines, rows, newline, digest)


def compare(
    converted: ConvertedExport,
    own: Callable[[str], OwnTable],
    zone: ZoneInfo,
    payers: Collection[str] = (),
    *,
    dates: str = "",
    sites: Collection[str] = (),
    progress: Progress = no_progress,
) -> Changes:
    """Return what the rows of an export change in the tables of a workspace; rows are never removed.

    `own` reads a table of the workspace, `dates` is the order of days with slashes in these tables. `payers` and
    `sites` are the keys of `[payers]` and `[sites]`.
    """
    problems: list[ExportProblem] = []
    tables: list[TableChange] = []
    contacts: tuple[SameContact, ...] = ()
    new: Mapping[Contact, str] = {}
    with progress(sum(len(table.rows) for table in converted.tables.values()), "Comparing") as step:
        done = 0
        for table in converted.tables.values():
            there = own(table.table)
            comparison = _Comparison(table, there, there.table.readers(zone, payers, dates, sites))
            change = comparison.change()
            tables.append(change)
            problems += comparison.problems
            if table.table == "encounters":
                new = _new_contacts(comparison)
                contacts = tuple(_same_contacts(comparison, new))
            done += len(table.rows)
            if step:
                step(done)
    problems += _lost_zeros(converted, own)
    return Changes(tuple(tables), tuple(problems), contacts, new)


def _lost_zeros(converted: ConvertedExport, own: Callable[[str], OwnTable]) -> Iterator[ExportProblem]:
    """Yield a problem for ids of people that are known with other leading zeros: the rows would be somebody else's."""
    for home, column in KEYS.items():
        try:
            there = {cells.get(column, "") for cells in own(home).records()}
        except UnusableInputError:
            continue  # in a workbook, or reported where it is written
        new = converted.tables.get(home)
        given = {row.cells.get(column, "") for row in new.rows.values()} if new else set()
        for table in converted.tables.values():
            known = there if table.table == home else there | given
            widths = {id_.lstrip("0"): len(id_) for id_ in known if id_.isdigit()}
            rows = [
                (row, width)
                for row in table.rows.values()
                if (id_ := row.cells.get(column)) and id_ not in known and (width := widths.get(id_.lstrip("0")))
            ]
            if rows:
                first, width = rows[0]
                yield ExportProblem(
                    first.source,
                    table.table,
                    column,
                    (),
                    f"expected an id of {home}, found it with other leading zeros",
                    f"Write width = {width} for this column in the mapping, or correct the ids in {home}.",
                    tuple(row.line for row, _ in rows)[:_LINES],
                    len(rows),
                )


def billed_contacts(changes: Changes, history: Iterable[BilledEncounter]) -> Iterator[SameContact]:
    """Yield the new encounters that were billed under another id, also where the table no longer has that id."""
    named = {(same.encounter_id, same.other_id) for same in changes.same_contacts}
    for billed in history:
        contact = (billed.member_id, billed.staff_id, written(billed.start), billed.service)
        id_ = changes.new_contacts.get(contact)
        if id_ not in {None, billed.encounter_id} and (id_, billed.encounter_id) not in named:
            named.add((id_ or "", billed.encounter_id))
            yield SameContact(id_ or "", billed.encounter_id, billed=True)


@attrs.define
class _Comparison:
    """A table of the workspace and the rows that an export has for it."""

    new: ConvertedTable
    own: OwnTable
    readers: Mapping[str, Reader]
    problems: list[ExportProblem] = attrs.field(factory=list)
    places: dict[tuple[str, ...], int] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        doubled: list[int] = []
        for at, key in enumerate(self._keys()):
            if key in self.places and key in self.new.rows:
                doubled.append(self.own.lines[at])
            self.places.setdefault(key, at)
        if doubled:
            self._problem(
                self.own.path.name,
                self.own.table.key,
                f"expected each {' and '.join(key_of(self.own.table))} once, found it again",
                "Remove one of the two rows.",
                doubled,
            )

    def change(self) -> TableChange:
        """Return the table with the changes."""
        header = list(self.own.header) or self._header()
        filled = {name for name in self.new.columns if any(row.cells.get(name) for row in self.new.rows.values())}
        there = dict(self.own.columns) or {name: at for at, name in enumerate(header)}
        for name in self.new.columns:
            if name not in there and name in filled:
                there[name] = len(header)
                header.append(name)
        width = len(header)
        rows = [[*row, *[""] * (width - len(row))] for row in self.own.rows]
        columns: Counter[str] = Counter()
        erased: Counter[str] = Counter()
        asked: dict[str, list[int]] = {}
        changed: list[tuple[str, ...]] = []
        added = 0
        for key, new in self.new.rows.items():
            at = self.places.get(key)
            if at is None:
                row = [""] * width
                for name, cell in new.cells.items():
                    if cell:
                        row[there[name]] = cell
                rows.append(row)
                added += 1
                continue
            row = rows[at]
            differing = [
                name
                for name, cell in new.cells.items()
                if name in there and row[there[name]] != cell and self._differs(name, row[there[name]], cell)
            ]
            for name in tuple(differing):
                if not new.cells[name] and self.new.blank.get(name) != "erase":
                    differing.remove(name)
                    if self.new.blank.get(name) != "keep":
                        asked.setdefault(name, []).append(self.own.lines[at])
            for name in differing:
                row[there[name]] = new.cells[name]
                columns[name] += 1
                erased[name] += not new.cells[name]
            if differing:
                changed.append(key)
        for name, lines in asked.items():
            self._problem(
                self.own.path.name,
                name,
                "the export has a blank cell where this table has a text: which of the two counts is open",
                'Write blank = "keep" or blank = "erase" for this column in the mapping.',
                lines,
            )
        return TableChange(
            table=self.new.table,
            added=added,
            updated=len(changed),
            unchanged=len(self.new.rows) - added - len(changed),
            columns=dict(columns),
            erased={name: number for name, number in erased.items() if number},
            keys=tuple(changed),
            header=tuple(header),
            rows=rows,
            path=self.own.path,
            newline=self.own.newline,
            digest=self.own.digest,
        )

    def _header(self) -> list[str]:
        """Return the columns of a new file: those that must be there, and those that are filled."""
        needed = {*self.own.table.required, *self.new.columns}
        return [name for name in self.own.table.columns if name in needed]

    def _keys(self) -> Iterator[tuple[str, ...]]:
        names = key_of(self.own.table)
        columns = [self.canonical(name) for name in names]
        yield from zip(*columns, strict=True)

    def canonical(self, name: str) -> list[str]:
        """Return the cells of a column of the workspace as an import would write them."""
        at = self.own.columns.get(name)
        if at is None:
            return [""] * len(self.own.rows)
        reader = self.readers[name]
        return [_canonical(reader, row[at].strip()) for row in self.own.rows]

    def _differs(self, name: str, old: str, new: str) -> bool:
        old = old.strip()
        return old != new and _canonical(self.readers[name], old) != new

    def _problem(self, source: str, column: str, why: str, fix: str, lines: Sequence[int]) -> None:
        self.problems.append(
            ExportProblem(source, self.own.table.name, column, (), why, fix, tuple(lines[:_LINES]), len(lines))
        )


def _canonical(reader: Reader, text: str) -> str:
    """Return a cell of the workspace as an import would write it; one that cannot be read stays as it is."""
    value = reader[text] if text else ""
    return text if isinstance(value, Unreadable) else as_written(value, text)


def _new_contacts(comparison: _Comparison) -> dict[Contact, str]:
    """Return the contacts of encounters whose ids the workspace does not have."""
    new = (
        (tuple(row.cells.get(name, "") for name in _CONTACT), key[0])
        for key, row in comparison.new.rows.items()
        if key not in comparison.places
    )
    return {contact: id_ for contact, id_ in new if all(contact)}


def _same_contacts(comparison: _Comparison, new: Mapping[Contact, str]) -> Iterator[SameContact]:
    """Yield the new encounters that the table has under another id."""
    contacts = zip(*map(comparison.canonical, _CONTACT), strict=True)
    for id_, contact in zip(comparison.canonical("encounter_id"), contacts, strict=True):
        if contact in new:
            yield SameContact(new[contact], id_)
