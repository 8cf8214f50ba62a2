"""A folder of tables to records: the workspace of an agency."""

import datetime as dt
import importlib.resources
import os
import tomllib
from collections.abc import Collection, Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, overload
from zoneinfo import ZoneInfo

import attrs

from peerbill.intake import FORMATS, TABLES, Format, Table, nearest
from peerbill.intake.column_help import REQUIRED
from peerbill.intake.csv_file import CsvFile
from peerbill.intake.gate import Read, assemble, check_settings
from peerbill.intake.make_book import book_of
from peerbill.intake.rows import Source, TableRead, read_rows
from peerbill.intake.settings import read_settings
from peerbill.intake.sheets import BOOK, Book, SheetTable, read_book, sheet_name
from peerbill.intake.tables import SETTINGS
from peerbill.intake.workbook import ENDINGS
from peerbill.model.beginning import Beginning
from peerbill.model.errors import UnusableInputError
from peerbill.model.input_files import open_file, read_text_file, unreadable
from peerbill.model.limits import Limits
from peerbill.model.records import LEDGER_URL, Records, Settings

if TYPE_CHECKING:
    from peerbill.ledger.store.identity import Identity

NOT_WHOLE = ".init"
"""Is in a new workspace until all of it is there: a run that was stopped left a part of it."""
IMPORT_JOURNAL = ".import.json"
"""Names the tables that an import was about to rename; it is there only while it does so, or if it was stopped then."""
_EXAMPLE = "example.toml"
_BLANK = "_blank"
_TABLE_LIKE = {*FORMATS, ".parquet", ".xlsx", ".xls", ".json", ".tsv"}
_DATA_LIKE = {*_TABLE_LIKE, "", ".txt", ".bak", ".old", ".orig", ".ods", ".tmp", ".new", ".copy", ".numbers", ".tab"}


def read_workspace(folder: Path, beginning: Beginning | None = None) -> Records:
    """Read every table of a workspace. Rows that cannot be read are listed in the result, never dropped in silence.

    With `beginning`, which its file of encounters has (`intake.beginnings`), what follows it is read, and of it what is
    apart.

    Raises UnusableInputError where `peerbill.toml` or a table is missing, doubled, not UTF-8 or lacks a required
    column; its message has a line for each reason.
    """
    require_workspace(folder)
    return _read(folder, beginning)


def _read(folder: Path, beginning: Beginning | None = None) -> Records:
    found = _find(folder, FORMATS, ())
    reads = [found.read(name, beginning if name == "encounters" else None) for name in TABLES if name in found]
    records = assemble(found.settings, reads, found.notices)
    if beginning is None:
        return records
    return attrs.evolve(records, not_read=beginning.rows, read_from=beginning.before)


@attrs.frozen
class Tables:
    """The tables of a workspace before they are read: where each of them is, and what was noticed on the way."""

    settings: Settings
    notices: tuple[str, ...]
    files: Mapping[str, Path]
    book: Book
    formats: Mapping[str, Format]

    def __contains__(self, name: object) -> bool:
        return name in self.files or name in self.book.tables

    def read(self, name: str, beginning: Beginning | None = None) -> Read:
        """Read a table, without the beginning that need not be read.

        Raises UnusableInputError where it is not UTF-8 or lacks a required column.
        """
        table = TABLES[name]
        if name not in self.files:
            sheet = SheetTable(self.book.tables[name], table)
            return Read(table, sheet.name, self._rows(sheet, table), "row")
        path = self.files[name]
        limits = self.settings.limits
        source = (
            CsvFile(path, table, limits, beginning)
            if beginning is not None
            else self.formats[path.suffix](path, table, limits)
        )
        return Read(table, path.name, self._rows(source, table), "line" if path.suffix in FORMATS else "row")

    def _rows(self, source: Source, table: Table) -> TableRead:
        settings = self.settings
        zone = ZoneInfo(settings.organization.timezone)
        return read_rows(source, table, zone, settings.payers, settings.dates, settings.sites, settings.limits)


def find_tables(folder: Path, formats: Mapping[str, Format] = FORMATS, parts: Collection[str] = ()) -> Tables:
    """Return where the tables of a workspace are.

    `formats` are the endings of files that hold a table, with their readers. A table named in `parts` may also be a
    folder of that name; its path is then the folder.

    Raises UnusableInputError where `peerbill.toml` or a table is missing or doubled.
    """
    require_workspace(folder)
    return _find(folder, formats, parts)


def _find(folder: Path, formats: Mapping[str, Format], parts: Collection[str]) -> Tables:
    if (folder / IMPORT_JOURNAL).exists():
        raise UnusableInputError(
            f"{folder}: an import into this workspace was stopped, or is running: some tables are new, others old. "
            f"Finish it with: peerbill import {folder}"
        )
    settings, notices = read_settings(_text(folder / SETTINGS))
    _refuse_unwritable(settings)
    book = _book(folder, settings.limits)
    read = {f"{name}{suffix}" for name in TABLES for suffix in formats} | set(parts)
    files = _files(folder, book, read, formats, parts)
    notices += tuple(_strange_files(folder, book, read))
    return Tables(settings, notices, files, book, formats)


def _book(folder: Path, limits: Limits) -> Book:
    """Return the tables of `workspace.xlsx`; none where it is not there."""
    other = [
        name
        for name in _names(folder)
        if name != BOOK and name.lower().startswith("workspace") and Path(name).suffix.lower() in ENDINGS
    ]
    if other:
        raise UnusableInputError(
            f"{other[0]}: expected the name {BOOK} for the workbook of a workspace, found another. "
            "Save it under that name as an Excel workbook, or move it out of the folder."
        )
    path = folder / BOOK
    if os.path.lexists(path):
        _require_file(path)
    return read_book(folder, limits)


def _names(folder: Path) -> list[str]:
    """Return the names in a folder, without those that a program keeps while it has a file open."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise UnusableInputError(f"{folder}: cannot be read: {error.strerror}.") from None
    return [name for name in names if not name.startswith((".", "~$"))]


def workspace_settings(folder: Path) -> Settings:
    """Read `peerbill.toml` alone, for what needs the ledger and no table.

    Raises UnusableInputError where it is missing or cannot be used.
    """
    require_workspace(folder)
    return read_settings(_text(folder / SETTINGS))[0]


def require_workspace(folder: Path) -> None:
    """Raise UnusableInputError where there is no such folder, or a workspace of which a part was made."""
    if not folder.is_dir():
        raise UnusableInputError(f"{folder}: no such folder. Make one with: peerbill init {folder}")
    if os.path.lexists(folder / NOT_WHOLE):
        raise UnusableInputError(
            f"{folder}: the run that made this workspace was stopped, or is running: a part of it is missing. "
            f"Run peerbill init {folder}, or peerbill setup {folder}, once more, with the same options"
        )


def _refuse_unwritable(settings: Settings) -> None:
    """Refuse settings that no claim file could carry: every encounter would be held for the same reason."""
    try:
        check_settings(settings)
    except UnusableInputError as error:
        raise UnusableInputError("\n".join(f"{SETTINGS}: {line}" for line in str(error).splitlines())) from None


def read_agency_policies(folder: Path) -> dict[str, str]:
    """Return the text of each of the agency's own policy files, `policies/*.toml`, by its name.

    Raises UnusableInputError where `policies` is there and cannot be read, or a file in it cannot, or has nearly the
    name of a policy file.
    """
    policies = folder / "policies"
    if not os.path.lexists(policies):
        return {}
    try:
        names = sorted(path.name for path in policies.iterdir())
    except OSError as error:
        raise UnusableInputError(
            f"policies: expected a folder that can be read: {error.strerror}. Correct the folder or the link, "
            "or remove it."
        ) from None
    strange = [name for name in names if name.lower().endswith((".toml", ".toml.txt")) and not name.endswith(".toml")]
    if strange:
        raise UnusableInputError(
            "\n".join(
                f"policies/{name}: it looks like a policy file, which may forbid to bill, and is not read. "
                "Let its name end in .toml, or move it out of the folder."
                for name in strange
            )
        )
    files = [name for name in names if name.endswith(".toml") and not name.startswith(".")]
    return {f"policies/{name}": _text(policies / name) for name in files}


def programme_ids(settings: Settings) -> tuple[str, ...]:
    """Return the programmes that the payers name, each once."""
    return tuple(dict.fromkeys(id_ for payer in settings.payers.values() for id_ in payer.policy))


def today(settings: Settings) -> dt.date:
    """Return the day it is in the organisation's time zone."""
    return dt.datetime.now(ZoneInfo(settings.organization.timezone)).date()


def this_day() -> dt.date:
    """Return the day it is here, where no organisation has a time zone yet."""
    return dt.datetime.now().astimezone().date()


def blank_settings() -> str:
    """Return the commented `peerbill.toml` of a new workspace."""
    return (_shipped() / _BLANK / SETTINGS).read_text(encoding="utf-8")


@attrs.frozen
class Example:
    """A shipped example: what it shows, and the day from which it is to be looked at."""

    name: str
    title: str
    about: str
    as_of: dt.date


def examples() -> tuple[Example, ...]:
    """Return the shipped examples, by name."""
    return tuple(
        Example(name=folder.name, **tomllib.loads((folder / _EXAMPLE).read_text(encoding="utf-8")))
        for folder in sorted(_shipped().iterdir(), key=lambda folder: folder.name)
        if (folder / _EXAMPLE).is_file()
    )


@overload
def make_workspace(folder: Path, example: str, tag: str = "", *, workbook: bool = False) -> Example: ...


@overload
def make_workspace(
    folder: Path, example: str | None = None, tag: str = "", *, workbook: bool = False
) -> Example | None: ...


def make_workspace(
    folder: Path, example: str | None = None, tag: str = "", *, workbook: bool = False
) -> Example | None:
    """Fill a new or empty folder with a commented workspace without rows, or with a copy of a shipped example.

    With `workbook`, its tables are the sheets of `workspace.xlsx`. The workspace gets its ledger at once, with the tag
    that is given or one at random: one that is missing later was lost. The answers that an example ships answer the
    first two batches of this ledger: a test, and production.

    What a run that was stopped made of the workspace is removed first: no command has read it. Raises
    UnusableInputError for a folder that holds something else, or an example that is not there.
    """
    # A workspace is read without the ledger's database, whose packages may be absent.
    from peerbill.ledger.store import disk  # noqa: PLC0415
    from peerbill.ledger.store.database import as_ledger_error  # noqa: PLC0415
    from peerbill.ledger.store.identity import read_identity  # noqa: PLC0415
    from peerbill.ledger.store.ledger import open_ledger  # noqa: PLC0415

    shipped_examples = {shipped.name: shipped for shipped in examples()}
    if example is not None and example not in shipped_examples:
        near = nearest(example, shipped_examples)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(shipped_examples)}."
        raise UnusableInputError(f"no example is named {example}. {hint}")
    if folder.exists() and not is_new(folder):
        raise UnusableInputError(f"{folder}: expected a new or an empty folder. Give another name.")
    disk.make_folder(folder)
    mark = folder / NOT_WHOLE
    for path in list(folder.iterdir()):
        if path != mark:
            disk.remove(path)
    try:
        mark.touch(mode=0o600)
        _copy(_shipped() / (example or _BLANK), folder)
        if workbook:
            book_of(folder)
        ledger = open_ledger(LEDGER_URL, folder, tag=tag)
        with as_ledger_error(ledger.place), ledger.engine.connect() as connection:
            drawn = read_identity(connection)
        if (folder / "answers").is_dir():
            ids = [encounter.encounter_id for encounter in _read(folder).encounters]
            _fill_answers(folder, drawn.settled_by(ids))
        mark.unlink()
    except BaseException:
        for path in folder.iterdir():  # it was empty: all of it is of this run
            disk.remove(path)
        raise
    return shipped_examples[example] if example else None


def is_new(folder: Path) -> bool:
    """Return whether a folder may become a workspace: it is empty, or holds what a run that was stopped made of one.

    What somebody else put beside that is in the way.
    """
    if not folder.is_dir():
        return False
    names = {path.name for path in folder.iterdir()}
    if NOT_WHOLE not in names:
        return not names
    ours = {item.name for shipped in _shipped().iterdir() if shipped.is_dir() for item in shipped.iterdir()}
    ledger = LEDGER_URL.rpartition("/")[2]
    return all(name in {*ours, NOT_WHOLE, BOOK} or name.removeprefix(".").startswith(ledger) for name in names)


def _shipped() -> Traversable:
    return importlib.resources.files("peerbill.examples")


def _copy(source: Traversable, target: Path) -> None:
    """Copy what a user is to have of a shipped folder; the copies are for their owner only."""
    target.mkdir(mode=0o700, exist_ok=True)
    for item in source.iterdir():
        if item.is_dir():
            if not item.name.startswith("__"):
                _copy(item, target / item.name)
        elif item.name != _EXAMPLE and not item.name.endswith(".py"):
            copy = target / item.name
            copy.touch(mode=0o600)
            copy.write_bytes(item.read_bytes())


def _fill_answers(folder: Path, identity: "Identity") -> None:
    """Write the tag and the control numbers of a ledger's first two batches into the answers that an example ships."""
    first = identity.first_control_number
    for path in sorted((folder / "answers").rglob("*.edi")):
        text = path.read_text(encoding="ascii").replace("{tag}", identity.tag)
        text = text.replace("{control}", f"{first:09d}").replace("{next}", f"{first + 1:09d}")
        path.write_text(text, encoding="ascii")


def _text(path: Path) -> str:
    if not os.path.lexists(path):
        raise UnusableInputError(
            f"{path}: expected this file, found none. Is the folder a workspace? Make one with: peerbill init DIR"
        )
    return read_text_file(path, path.name)


def _require_file(path: Path) -> None:
    """Raise UnusableInputError for a name that is there and leads to no ordinary file: it is never taken as absent."""
    try:
        open_file(path).close()
    except OSError as error:
        raise UnusableInputError(unreadable(path.name, error)) from None


def _files(
    folder: Path, book: Book, read: Collection[str], formats: Collection[str], parts: Collection[str]
) -> dict[str, Path]:
    """Return the file of each table that is there; raise UnusableInputError where a table has two or lacks its own."""
    files: dict[str, Path] = {}
    problems = []
    strange = _strange_names(folder, read)
    for name in TABLES:
        there = [path for suffix in formats if os.path.lexists(path := folder / f"{name}{suffix}")]
        if name in parts and (folder / name).is_dir():
            there.append(folder / name)
        like = [other for other, table in strange.items() if table == name]
        if len(there) > 1:
            both = " and ".join(path.name for path in there)
            problems.append(f"{both}: expected one file for the table {name}, found {len(there)}. Remove one.")
        elif there and name in book.tables:
            problems.append(
                f"{sheet_name(book.tables[name])} and {there[0].name}: expected one source for the table {name}, found "
                "2. Delete the sheet, or move the file out of the folder."
            )
        elif name in book.tables:
            continue
        elif there:
            files[name] = there[0]
            try:
                if there[0].name not in parts:
                    _require_file(there[0])
            except UnusableInputError as error:
                problems.append(str(error))
        elif name in REQUIRED:
            like += [f"the sheet {sheet} of {BOOK}" for sheet, table in book.strange.items() if table == name]
            meant = f" Is {like[0]} meant?" if like else ""
            others = f"{name}.jsonl" + (f", or a sheet {name} in {BOOK}" if book.tables or book.strange else "")
            problems.append(
                f"{name}.csv: expected this file, found none. "
                f"Add it (or {others}) with the columns {', '.join(TABLES[name].required)}.{meant}"
            )
        elif TABLES[name].can_forbid:
            problems += [
                f"{other}: it looks like the table {name}, which may forbid to bill, and is not read. "
                f"Name it {name}.csv, or move it out of the folder."
                for other in like
                if other.lower().startswith(name) and Path(other).suffix.lower() in _DATA_LIKE
            ]
            problems += [
                f"{BOOK} sheet {other}: it looks like the table {name}, which may forbid to bill, and is not read. "
                f"Name the sheet {name}, or delete it."
                for other, table in book.strange.items()
                if table == name
            ]
    if problems:
        raise UnusableInputError("\n".join(problems))
    return files


def _strange_names(folder: Path, read: Collection[str]) -> dict[str, str]:
    """Return the files that look like a table and are not read, with the table: `exclusions.csv.txt`, `Stays.csv`."""
    found = {}
    for name in _names(folder):
        lower = name.lower()
        if name in read or _is_same(folder, name, lower, read):
            continue
        begins = [table for table in TABLES if lower.startswith(table) and not lower[len(table) :][:1].isalpha()]
        path = Path(name)
        near = begins or (nearest(path.stem, TABLES) if path.suffix.lower() in _TABLE_LIKE else [])
        if near:
            found[name] = near[0]
    return found


def _is_same(folder: Path, name: str, lower: str, read: Collection[str]) -> bool:
    """Return whether a name in other letters is the table's own file, as on disks that ignore case."""
    try:
        return lower in read and (folder / lower).samefile(folder / name)
    except OSError:
        return False


def _strange_files(folder: Path, book: Book, read: Collection[str]) -> Iterator[str]:
    """Report files that look like tables or policies and are not read, so that a misspelt name loses none silently."""
    for name, table in _strange_names(folder, read).items():
        yield f"{name}: no table of a workspace, not read. If it is meant as one, name it {table}.csv."
    for name, table in book.strange.items():
        meant = f"name the sheet {table}" if table else "name the sheet as the table: peerbill tables"
        yield f"{BOOK} sheet {name}: no table of a workspace, not read. If it is meant as one, {meant}."
    policies = folder / "policies"
    for path in sorted(policies.iterdir()) if policies.is_dir() else ():
        if ".toml" in path.name.lower() and not path.name.endswith(".toml"):
            yield f"policies/{path.name}: not read. If it is meant as a policy file, let its name end in .toml."
