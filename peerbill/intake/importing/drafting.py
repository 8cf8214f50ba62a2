"""The draft of the mapping of a sheet, and what has to be asked about it: what sheets of every kind have in common."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from peerbill.intake.cells import Unreadable
from peerbill.intake.importing import values
from peerbill.intake.importing.files import ExportSheet
from peerbill.intake.importing.fill import is_closed
from peerbill.intake.importing.names import split_name
from peerbill.intake.importing.profiles import Profile
from peerbill.intake.tables import TABLES
from peerbill.model.words import UnknownWordError, fold, vocabulary

Spec = str | dict[str, Any]
Path = tuple[str | int, ...]
"""Where an answer goes in the draft: number of the source, table, number of its rows, column, key, word."""


@attrs.frozen
class MappingQuestion:
    """What headers and cells leave open.

    Attributes:
        paths: Where the answer goes.
        text: The question.
        allowed: The answers; any text where there are none.
        default: The answer that is likely, or "".
        without_cells: The question without cells of the export; "" where neither it nor its answers have any.

    """

    paths: tuple[Path, ...]
    text: str
    allowed: tuple[str, ...] = ()
    default: str = ""
    without_cells: str = ""

    @property
    def is_number(self) -> bool:
        """Whether the answer is a whole number."""
        return self.paths[0][-1] == "width"


@attrs.frozen
class ColumnMatch:
    """A column of theirs: what it becomes, and some of its cells."""

    source: str
    column: str
    ours: tuple[str, ...]
    samples: tuple[str, ...] = attrs.field(repr=False)


@attrs.frozen
class KnownSheet:
    """A sheet whose rows are known to be contacts, members or staff, and which column is which."""

    sheet: ExportSheet
    kind: str
    roles: Mapping[str, Profile]
    columns: Sequence[Profile]


@attrs.define
class Drafting:
    """The draft of a sheet while it is made, and its questions."""

    known: KnownSheet
    number: int
    payers: Mapping[str, str]
    state: str
    member_roles: frozenset[str]
    programmes: Sequence[str] = ()
    questions: list[MappingQuestion] = attrs.field(factory=list)
    tables: dict[str, list[dict[str, Spec]]] = attrs.field(factory=dict)
    where: dict[str, str | list[str]] = attrs.field(factory=dict)

    def source(self) -> dict[str, Any]:
        """Return the source for the mapping."""
        source: dict[str, Any] = {"file": _pattern(self.known.sheet.file)}
        if self.known.sheet.sheet:
            source["sheet"] = self.known.sheet.sheet
        if self.where:
            source["where"] = self.where
        return source | {table: rows for table, rows in self.tables.items() if any(rows)}

    def matches(self) -> list[ColumnMatch]:
        """Return each column of the sheet with what it becomes."""
        ours: dict[str, list[str]] = {}
        for table, several in self.tables.items():
            for rows in several:
                for name, spec in rows.items():
                    for theirs in _theirs(spec):
                        ours.setdefault(theirs, []).append(f"{table}.{name}")
        for theirs in self.where:
            words = self.where[theirs]
            named = words if isinstance(words, str) else ", ".join(words)
            ours.setdefault(theirs, []).append(f"only rows with {named}" if named else "only some rows")
        return [
            ColumnMatch(
                self.known.sheet.name,
                column.name,
                tuple(dict.fromkeys(ours.get(column.name, ()))),
                column.cells[:3],
            )
            for column in self.known.columns
        ]

    @property
    def sheet_name(self) -> str:
        """The name of the sheet, for questions."""
        return self.known.sheet.name

    def column(self, role: str) -> Profile | None:
        """Return the column that is known to be something, such as `birth_date`; None without one."""
        return self.known.roles.get(role)

    def column_name(self, role: str) -> str:
        """Return the name of that column; "" without one."""
        found = self.column(role)
        return found.name if found else ""

    def put(self, table: str, name: str, spec: Spec | None, block: int = 0) -> None:
        """Fill a column of ours, in the first or another row that a row of theirs gives; None leaves it blank."""
        rows = self.tables.setdefault(table, [])
        while len(rows) <= block:
            rows.append({})
        if spec:
            rows[block][name] = spec

    def ask(
        self,
        question: str,
        table: str,
        name: str,
        *key: str,
        allowed: Sequence[str] = (),
        default: str = "",
        without_cells: str = "",
    ) -> None:
        """Ask for the text at a key of a column of ours; the same question is asked once for several places."""
        path: Path = (self.number, table, 0, name, *key)
        for at, asked in enumerate(self.questions):
            if asked.text == question:  # a day is that of the start and of the end
                self.questions[at] = attrs.evolve(asked, paths=(*asked.paths, path))
                return
        self.questions.append(MappingQuestion((path,), question, tuple(allowed), default, without_cells))

    def put_plain(self, table: str, **columns: str) -> None:
        """Fill columns of ours from columns of theirs as they are."""
        for name, role in columns.items():
            self.put(table, name, self.column_name(role) or None)

    def put_day(self, table: str, name: str, role: str, *, past: bool = False) -> None:
        """Fill a day, and ask for its form where two are left."""
        found = self.column(role)
        if found is None:
            return
        days = [values.parts(cell)[0] for cell in found.cells]
        self.put(table, name, self.formed({"column": found.name}, found, days, (table, name), past=past))

    def formed(
        self, spec: dict[str, Any], column: Profile, days: Sequence[str], place: tuple[str, str], *, past: bool = False
    ) -> Spec:
        """Return the spec of a day with its form, which is asked for where two are left."""
        form = values.form_of(days)
        slashed = any("/" in day or re.fullmatch(r"[0-9]{1,2}[-.][0-9]{1,2}[-.][0-9]{2,4}", day) for day in days)
        if isinstance(form, values.Unclear):
            spec["form"] = ""
            self.ask(
                f"{column.name} of {self.sheet_name} has days that can be read in two ways: is month or day first?",
                *place,
                "form",
                allowed=("month-first", "day-first"),
                default="month-first",
            )
        elif days and all(isinstance(values.read_day(day, form, past=past), Unreadable) for day in days):
            spec["form"] = values.EXCEL
        elif slashed:
            spec["form"] = form
        return spec if len(spec) > 1 else column.name

    def words(
        self, table: str, name: str, column: Profile, read: Callable[[str], str], question: str, **more: Any
    ) -> Spec:
        """Return the spec of a coded column, with a blank for each of their words that `read` does not know."""
        ours = {word: read(word) for word in column.words}
        if all(fold(word) == fold(known) for word, known in ours.items()):
            return column.name
        if is_closed(TABLES[table], name):
            ours = {word: known for word, known in ours.items() if not known}
        without = question.replace("`{word}`", f"each open word of {column.name}")
        for word, known in ours.items():
            if not known:
                self.ask(question.format(word=word), table, name, "values", word, without_cells=without, **more)
        return {"column": column.name, "values": ours} if ours else column.name

    def put_name(self, table: str, person: Profile) -> None:
        """Fill the parts of a name from a column that has it whole."""
        split = split_of(person)
        for name in ("last_name", "first_name", "middle_name", "suffix"):
            if name in {"last_name", "first_name"} or has_part(person, split, name):
                self.put(table, name, {"column": person.name, "split": split})

    def open_column(self, table: str, name: str, what: str) -> Spec:
        """Return the spec of a column that somebody has to name, and ask for it."""
        self.ask(
            f"Which column of {self.sheet_name} has {what}?",
            table,
            name,
            "column",
            allowed=tuple(column.name for column in self.known.columns),
        )
        return {"column": ""}


def _theirs(spec: Spec) -> Iterable[str]:
    if isinstance(spec, str):
        return (spec,)
    columns = spec.get("column", ())
    several = [columns] if isinstance(columns, str) else columns
    return [name for name in (*several, spec.get("time", ""), spec.get("plus", "")) if name]


def _pattern(file: str) -> str:
    """Return the name of a file with `*` for a date or a number in it, so that next week's export fits."""
    stem, dot, ending = file.rpartition(".")
    shorter = re.sub(r"[\d][\d\s_.-]*", "*", stem)
    shorter = re.sub(r"[\s_.-]*\*+[\s_.*-]*", "*", shorter)
    return f"{shorter if '*' in shorter else f'{stem}*'}{dot}{ending}"


def known_word(name: str, word: str) -> str:
    """Return our word of a list for theirs; "" where the list does not know it."""
    try:
        return vocabulary(name).read(word)
    except UnknownWordError:
        return ""


def split_of(person: Profile) -> str:
    """Return the form of the names of a column, as `split` of the mapping has it."""
    if person.mostly(lambda text: "^" in text):
        return "carets"
    return "last-first" if person.mostly(lambda text: "," in text) else "first-last"


def has_part(person: Profile, split: str, part: str) -> bool:
    """Return whether a name of a column has a part, such as `suffix`."""
    return any(not isinstance(name := split_name(cell, split), Unreadable) and name[part] for cell in person.cells)
