"""`mapping.toml`: which of our columns each column of an export fills, and how its cells are read."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from typing import Any

import attrs

from peerbill.intake.header import nearest
from peerbill.intake.importing.values import FORMS
from peerbill.intake.tables import TABLES, Table
from peerbill.model.errors import UnusableInputError
from peerbill.model.toml_text import load_toml
from peerbill.policy.lines import KeyPath, key_lines, line_of

CLOCKS = ("24-hour", "12-hour")
NAME_SPLITS = ("last-first", "first-last", "last", "carets")
SPLITS = (*NAME_SPLITS, "address")
UNITS = ("minutes", "hours", "h:mm")
BLANKS = ("keep", "erase")
PERSONS = ("staff", "members")
_ENDINGS = {
    **dict.fromkeys(NAME_SPLITS, ("last_name", "first_name", "middle_name", "suffix")),
    "address": ("street", "street2", "city", "state", "zip"),
}


@attrs.frozen
class ColumnMapping:
    """How a column of ours is filled.

    Attributes:
        line: The line of its key in the mapping file.
        columns: Their columns whose cells are joined, in order; none for a constant.
        value: The constant, where there are no columns.
        join: What is put between the cells of several columns.
        prefix: What is put before the text.
        form: How a date with slashes is written (`FORMS`), or that days are a spreadsheet's numbers; "" is to be found.
        clock: Whether times without AM and PM count 24 hours (`CLOCKS`); "" is to be found.
        time: Their column with the time of the day, where `columns` holds the day.
        after: Their column with an earlier time: a time before it is on the next day.
        plus: Their column with a duration that is added, in `unit` (`UNITS`).
        unit: The unit of `plus`.
        split: The form of a name or an address of which this column gets its part (`SPLITS`).
        label: The label before the part of the text that is meant, as in `Response: …`.
        values: Our word for each of theirs.
        default: The text of a blank cell.
        filled: The text of every cell that is not blank.
        blank: Whether a blank cell keeps or erases what the workspace has (`BLANKS`); "" is to be asked.
        person: The table in which the name is looked up; the text is then that person's id (`PERSONS`).
        width: How many digits a number has: leading zeros that a spreadsheet took are put back; 0 is any.
        separator: What is between several values in a cell.

    """

    line: int = attrs.field(default=0, eq=False)
    columns: tuple[str, ...] = ()
    value: str = attrs.field(default="", repr=False)
    join: str = " "
    prefix: str = ""
    form: str = ""
    clock: str = ""
    time: str = ""
    after: str = ""
    plus: str = ""
    unit: str = ""
    split: str = ""
    label: str = ""
    values: Mapping[str, str] = attrs.field(factory=dict)
    default: str = ""
    filled: str = ""
    blank: str = ""
    person: str = ""
    width: int = 0
    separator: str = ""

    @property
    def needed(self) -> tuple[str, ...]:
        """Their columns from which it is filled."""
        return tuple(name for name in (*self.columns, self.time, self.after, self.plus) if name)


@attrs.frozen
class TableMapping:
    """Rows of a table of ours, one from each row of the source: how each column is filled."""

    table: str
    columns: Mapping[str, ColumnMapping]


@attrs.frozen
class SourceMapping:
    """A kind of file, or a sheet in it, and what its rows give.

    Attributes:
        line: The line of `[[source]]` in the mapping file.
        file: Its name, with `*` for what changes.
        sheet: The name of the sheet, with `*`; "" for every sheet, and for files without sheets.
        encoding: The encoding, where it is not clear.
        delimiter: The character between cells, where it is not clear.
        header: The line of the column names, where it is not found; 0 is to be found.
        where: Their columns with the words that a row must have to be imported.
        ignore: Their columns that are left out on purpose.
        tables: What its rows give.

    """

    line: int = attrs.field(eq=False)
    file: str
    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    header: int = 0
    where: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    ignore: tuple[str, ...] = ()
    tables: tuple[TableMapping, ...] = ()

    def has_file(self, file: str) -> bool:
        """Return whether a file's name fits the pattern, in any case."""
        return fnmatch(file.lower(), self.file.lower())

    def has_sheet(self, file: str, sheet: str) -> bool:
        """Return whether a sheet of a file fits both patterns, in any case."""
        return self.has_file(file) and (not self.sheet or fnmatch(sheet.lower(), self.sheet.lower()))

    @property
    def needed(self) -> tuple[str, ...]:
        """Their columns that it reads, each once."""
        read = (name for table in self.tables for column in table.columns.values() for name in column.needed)
        return tuple(dict.fromkeys((*read, *self.where)))


@attrs.frozen
class ExportMapping:
    """A mapping file: its sources in order."""

    name: str
    sources: tuple[SourceMapping, ...]


def read_mapping(text: str, name: str = "mapping.toml") -> ExportMapping:
    """Read the text of a mapping file; `name` is how messages call it.

    Raises UnusableInputError with a line for each problem: file, line, key, what is expected.
    """
    values = load_toml(text, name)
    reader = _Reader(text, name)
    sources = reader.read(values)
    if reader.problems:
        raise UnusableInputError("\n".join(reader.problems))
    return ExportMapping(name, sources)


_SOURCE_KEYS = ("file", "sheet", "encoding", "delimiter", "header", "where", "ignore")
_COLUMN_KEYS = tuple(
    "column" if field.name == "columns" else field.name for field in attrs.fields(ColumnMapping) if field.name != "line"
)
_WORDS: Mapping[str, Sequence[str]] = {
    "form": FORMS,
    "clock": CLOCKS,
    "unit": UNITS,
    "split": SPLITS,
    "blank": BLANKS,
    "person": PERSONS,
}


class _Reader:
    """Reads the values of a mapping file and notes every problem with its line."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.problems: list[str] = []
        self._lines = key_lines(text)

    def read(self, values: Mapping[str, Any]) -> tuple[SourceMapping, ...]:
        for key in values:
            if key != "source":
                self._unknown((key,), key, ["source"])
        sources = values.get("source")
        if not isinstance(sources, list) or not sources or not all(isinstance(source, dict) for source in sources):
            if not self.problems:
                self.problems.append(
                    f"{self.name} line 1: expected at least one table [[source]], found none. "
                    "Propose one with: peerbill import DIR FILE --suggest"
                )
            return ()
        return tuple(self._source(at, source) for at, source in enumerate(sources))

    def _source(self, at: int, source: Mapping[str, Any]) -> SourceMapping:
        path: KeyPath = ("source", at)
        given = {key: value for key, value in source.items() if key not in TABLES}
        for key in given:
            if key not in _SOURCE_KEYS:
                self._unknown((*path, key), key, (*_SOURCE_KEYS, *TABLES))
        if not given.get("file"):
            self._fail((*path, "file"), "file", "expected the name of a file, such as notes*.csv, found none")
        tables = tuple(
            table
            for key, value in source.items()
            if key in TABLES
            for table in self._tables((*path, key), TABLES[key], value)
        )
        if not tables:
            self._fail(path, "source", "expected a table of ours, such as [source.encounters], found none")
        return SourceMapping(
            line=self._line(path),
            file=self._text(path, given, "file"),
            sheet=self._text(path, given, "sheet"),
            encoding=self._text(path, given, "encoding"),
            delimiter=self._text(path, given, "delimiter"),
            header=self._number(path, given, "header"),
            where=self._where((*path, "where"), given.get("where", {})),
            ignore=self._texts((*path, "ignore"), "ignore", given.get("ignore", [])),
            tables=tables,
        )

    def _tables(self, path: KeyPath, table: Table, value: object) -> Iterator[TableMapping]:
        several = value if isinstance(value, list) else [value]
        for at, columns in enumerate(several):
            where = (*path, at) if isinstance(value, list) else path
            if not isinstance(columns, dict):
                self._fail(where, table.name, f"expected a table, such as [source.{table.name}], found something else")
                continue
            filled: dict[str, ColumnMapping] = {}
            for key, spec in columns.items():
                if key not in table.columns:
                    self._unknown((*where, key), key, table.columns, f" of {table.name}")
                elif (column := self._column((*where, key), table, key, spec)) is not None:
                    filled[key] = column
            yield TableMapping(table.name, filled)

    def _column(self, path: KeyPath, table: Table, name: str, spec: object) -> ColumnMapping | None:
        line = self._line(path)
        if isinstance(spec, str):
            if not spec.strip():
                self._open(path, name, "their column")
                return None
            return ColumnMapping(line, (spec,))
        if not isinstance(spec, dict):
            self._fail(path, name, 'expected the name of their column, or { value = "NJ" }, found something else')
            return None
        before = len(self.problems)
        for key, value in spec.items():
            if key not in _COLUMN_KEYS:
                self._unknown((*path, key), f"{name}.{key}", _COLUMN_KEYS, key=key)
            elif value == "" and key not in {"join", "prefix"}:
                self._open((*path, key), f"{name}.{key}", self._expected(key))
            elif key in _WORDS and value not in _WORDS[key]:
                near = nearest(value, _WORDS[key]) if isinstance(value, str) else []
                hint = f" Did you mean {near[0]}?" if near else ""
                self._fail((*path, key), f"{name}.{key}", f"expected {self._expected(key)}, found another word", hint)
        columns = self._texts((*path, "column"), f"{name}.column", spec.get("column", []))
        if ("value" in spec) == bool(columns) and len(self.problems) == before:
            self._fail(path, name, "expected either column or value, found " + ("both" if columns else "neither"))
        values = self._values((*path, "values"), name, spec.get("values", {}))
        if len(self.problems) == before:
            self._fit(path, table, name, spec)
        if len(self.problems) > before:
            return None
        return ColumnMapping(
            line=line,
            columns=columns,
            values=values,
            width=self._number(path, spec, "width"),
            **{
                key: self._text(path, spec, key)
                for key in _COLUMN_KEYS
                if key in spec and key not in {"column", "values", "width"}
            },
        )

    def _fit(self, path: KeyPath, table: Table, name: str, spec: Mapping[str, Any]) -> None:
        """Report keys that do not go with the column or with each other."""
        moment = name in table.times or name in table.dates
        for key in ("form", "clock", "time", "after", "plus"):
            if key in spec and not moment:
                self._fail((*path, key), f"{name}.{key}", f"expected in a column of days or times; {name} is none")
        for key in ("time", "after", "plus", "clock"):
            if key in spec and name in table.dates:
                self._fail((*path, key), f"{name}.{key}", f"expected in a column of times; {name} is a day")
        if "plus" in spec and "time" in spec and "after" in spec:
            self._fail((*path, "after"), f"{name}.after", "expected either after or plus, found both")
        if ("plus" in spec) != ("unit" in spec):
            self._fail(path, name, "expected plus and unit together, found one of them")
        if "split" in spec and "person" not in spec:
            endings = _ENDINGS[spec["split"]]
            if not name.endswith(endings):
                parts = ", ".join(endings)
                self._fail((*path, "split"), f"{name}.split", f"expected in a column with a part of it: {parts}")
        if "split" in spec and "label" in spec:
            self._fail((*path, "label"), f"{name}.label", "expected either label or split, found both")
        if "person" in spec and spec.get("split") == "address":
            self._fail((*path, "split"), f"{name}.split", "expected the form of a name, found that of an address")
        if "separator" in spec and not _holds_several(table, name):
            self._fail(
                (*path, "separator"), f"{name}.separator", f"expected in a column of several values; {name} has one"
            )

    def _values(self, path: KeyPath, name: str, values: object) -> dict[str, str]:
        if not isinstance(values, dict):
            self._fail(path, f"{name}.values", 'expected a table such as { "Face to face" = "in-person" }')
            return {}
        for theirs, ours in values.items():
            if ours == "":
                self._open((*path, theirs), f"{name}.values", "our word for theirs")
            elif not isinstance(ours, str):
                self._fail((*path, theirs), f"{name}.values", "expected a text in quotation marks")
        return {theirs: ours for theirs, ours in values.items() if isinstance(ours, str) and ours}

    def _where(self, path: KeyPath, where: object) -> dict[str, tuple[str, ...]]:
        if not isinstance(where, dict):
            self._fail(path, "where", 'expected a table such as { Status = "Complete" }, found something else')
            return {}
        for column, words in where.items():
            if words == "":
                self._open((*path, column), f"where.{column}", "the words of rows that are imported")
        return {column: self._texts((*path, column), f"where.{column}", words) for column, words in where.items()}

    def _texts(self, path: KeyPath, key: str, value: object) -> tuple[str, ...]:
        texts = [value] if isinstance(value, str) else value
        if isinstance(texts, list) and all(isinstance(text, str) and text.strip() for text in texts):
            return tuple(texts)
        if value != "":
            self._fail(path, key, "expected a text or a list of texts, found something else")
        return ()

    def _text(self, path: KeyPath, values: Mapping[str, Any], key: str) -> str:
        value = values.get(key, "")
        if isinstance(value, str):
            return value
        self._fail((*path, key), key, "expected a text in quotation marks, found something else")
        return ""

    def _number(self, path: KeyPath, values: Mapping[str, Any], key: str) -> int:
        value = values.get(key, 0)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        if value != "":
            self._fail((*path, key), key, "expected a whole number, found something else")
        return 0

    @staticmethod
    def _expected(key: str) -> str:
        if key in _WORDS:
            return ", ".join(_WORDS[key][:-1]) + f" or {_WORDS[key][-1]}"
        return {"value": "the value for every row", "width": "how many digits the number has"}.get(key, "a text")

    def _open(self, path: KeyPath, key: str, expected: str) -> None:
        self._fail(path, key, f"an open question: expected {expected}, found a blank", " Fill it in.")

    def _unknown(self, path: KeyPath, shown: str, among: Collection[str], of: str = "", key: str = "") -> None:
        near = nearest(key or shown, among)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(among)}."
        self.problems.append(f"{self.name} line {self._line(path)}: {shown}: not a key{of} that is known. {hint}")

    def _fail(self, path: KeyPath, key: str, why: str, fix: str = "") -> None:
        self.problems.append(f"{self.name} line {self._line(path)}: {key}: {why}.{fix}")

    def _line(self, path: KeyPath) -> int:
        return line_of(self._lines, path)


def _holds_several(table: Table, name: str) -> bool:
    return table.absent[name] == ()
