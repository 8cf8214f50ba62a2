"""The rows of an export to rows of our tables, as the mapping says."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from zoneinfo import ZoneInfo

import attrs

from peerbill.intake.cells import Reader, Unreadable, as_cell
from peerbill.intake.header import is_like_a_column
from peerbill.intake.importing.files import ExportSheet
from peerbill.intake.importing.fill import Cell, fill, texts_of, written
from peerbill.intake.importing.mapping import ColumnMapping, ExportMapping, SourceMapping, TableMapping
from peerbill.intake.importing.people import People, people_of
from peerbill.intake.importing.shape import Body, OmittedRow, find_body, plain
from peerbill.intake.importing.values import Unclear
from peerbill.intake.tables import TABLES, Table
from peerbill.model.errors import UnusableInputError
from peerbill.model.progress import Progress, no_progress
from peerbill.model.words import can_be_shown, shown_or

_SHOWN = frozenset(
    {"service", "channel", "place", "support_type", "activity", "payer", "site", "role", "credential", "kind", "status"}
)
"""Columns of coded words, which a message may show."""
_LINES = 3
_WORDS = 5


@attrs.frozen
class ExportProblem:
    """Cells of a column that cannot be imported, all for the same reason.

    Attributes:
        source: The file, with its sheet.
        table: The table of ours; "" where the whole row is meant.
        column: The column of ours.
        theirs: Their columns.
        why: What was expected and found.
        fix: What to do.
        lines: The first lines.
        count: How many rows.

    """

    source: str
    table: str
    column: str
    theirs: tuple[str, ...]
    why: str
    fix: str
    lines: tuple[int, ...] = ()
    count: int = 0


@attrs.frozen
class ConvertedRow:
    """A row for a table of ours: its cells by column, and where it came from."""

    cells: Mapping[str, str] = attrs.field(repr=False)
    source: str
    line: int


@attrs.frozen
class ConvertedTable:
    """The rows for a table, each key once; `columns` are those that the mapping fills, `blank` what blanks do."""

    table: str
    columns: tuple[str, ...]
    rows: Mapping[tuple[str, ...], ConvertedRow]
    blank: Mapping[str, str]

    @property
    def records(self) -> tuple[Mapping[str, str], ...]:
        """The rows as `records_from` takes them."""
        return tuple(row.cells for row in self.rows.values())


@attrs.frozen
class SheetRead:
    """What was read of a sheet.

    Attributes:
        source: The file, with its sheet.
        reading: How it was read: encoding, delimiter.
        header_line: The line of the column names; 0 where no source of the mapping fits the sheet.
        rows: How many rows were imported.
        left_out: Rows that hold no data.
        filtered: Rows that the mapping's `where` leaves out, by column and word; a word that may be a name is none.
        unmapped: Their columns that the mapping neither reads nor ignores; `column 7` where the name may be data.

    """

    source: str
    reading: str
    header_line: int = 0
    rows: int = 0
    left_out: tuple[OmittedRow, ...] = ()
    filtered: Mapping[str, int] = attrs.field(factory=dict)
    unmapped: tuple[str, ...] = ()


@attrs.frozen
class ConvertedExport:
    """The rows of an export as rows of our tables; where there are problems, nothing may be imported."""

    tables: Mapping[str, ConvertedTable]
    sheets: tuple[SheetRead, ...]
    problems: tuple[ExportProblem, ...]
    notices: tuple[str, ...] = ()


def convert_export(
    mapping: ExportMapping,
    sheets: Sequence[ExportSheet],
    zone: ZoneInfo,
    *,
    payers: Sequence[str] = (),
    sites: Sequence[str] = (),
    existing: Mapping[str, Iterable[Mapping[str, str]]] | None = None,
    progress: Progress = no_progress,
) -> ConvertedExport:
    """Return the rows of sheets as rows of our tables.

    Times with an offset are moved to `zone`. `payers` and `sites` are the keys of `[payers]` and `[sites]`: where they
    are given, another payer or site is a problem. `existing` has the rows of `staff` and `members` that the workspace
    holds, for names. Raises UnusableInputError where a source finds no sheet, or a sheet lacks a column.
    """
    work, read, problems = _divided(mapping, sheets)
    with progress(2 * sum(len(part.body.rows) for part in work), "Converting") as step:
        done = 0
        for part in work:
            part.convert()
            done += len(part.body.rows)
            if step:
                step(done)
        people = {
            name: people_of(name, (existing or {}).get(name, ()), *(part.named() for part in work if part.is_of(name)))
            for name in ("staff", "members")
        }
        readers = {name: TABLES[name].readers(zone, payers, sites=sites) for name in {part.table.name for part in work}}
        merged: dict[str, _Merged] = {}
        for part in work:
            part.look_up(people)
            part.read(readers[part.table.name], {"payer": payers, "site": sites})
            merged.setdefault(part.table.name, _Merged(part.table)).add(part)
            done += len(part.body.rows)
            if step:
                step(done)
    problems += [problem for part in work for problem in part.problems]
    problems += [problem for table in merged.values() for problem in table.problems]
    tables = {name: merged[name].converted() for name in TABLES if name in merged}
    return ConvertedExport(tables, tuple(read), tuple(problems), tuple(_notices(work)))


def key_of(table: Table) -> tuple[str, ...]:
    """Return the columns by which a row of a table is known again."""
    return _KEYS.get(table.name) or ((table.key,) if table.unique else (*table.named_by, *table.required))


_KEYS: Mapping[str, tuple[str, ...]] = {
    "training": ("staff_id", "kind", "date", "curriculum", "topics"),
    "licenses": ("kind", "number", "site", "issued_on"),
    "enrollments": ("payer", "staff_id", "site", "from"),
    "plans": ("member_id", "plan_id"),
    "other_services": ("member_id", "kind", "start"),
    "prior_payments": ("encounter_id", "payer"),
    "spend_down": ("member_id", "date"),
    "encounters": ("encounter_id",),
}


def _body(
    mapping: ExportMapping, source: SourceMapping, sheet: ExportSheet
) -> tuple[Body, Mapping[str, int], list[ExportProblem]]:
    """Return the rows of a sheet that a source imports, how many its filter leaves out, and rows that are broken."""
    try:
        body = find_body(sheet, source.needed, source.header)
    except UnusableInputError as error:
        raise UnusableInputError(f"{mapping.name} line {source.line}: {error}") from None
    problems = [
        ExportProblem(sheet.name, "", "", (), why, _FIX_ROW, tuple(lines[:_LINES]), len(lines))
        for why, lines in _by_why(body.broken).items()
    ]
    if not source.where:
        return body, {}, problems
    names = {plain(name): name for name in body.columns}
    wanted = [
        (name, body.columns[names[plain(name)]], {plain(word) for word in words})
        for name, words in source.where.items()
    ]
    kept: list[int] = []
    filtered: Counter[str] = Counter()
    for at, row in enumerate(body.rows):
        other = next(
            ((name, row[place].strip()) for name, place, words in wanted if plain(row[place]) not in words), None
        )
        if other is None:
            kept.append(at)
        else:
            name, word = other
            filtered[f"{name}: {shown_or(word, 'another word') if word else 'blank'}"] += 1
    body = attrs.evolve(body, lines=[body.lines[at] for at in kept], rows=[body.rows[at] for at in kept])
    return body, dict(filtered), problems


_FIX_ROW = "Correct the row in the export: give every column its cell, and each quotation mark its pair."


def _by_why(rows: Iterable[OmittedRow]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row.why, []).append(row.line)
    return found


@attrs.define
class _Part:
    """The rows that one sheet gives to one table, a column at a time."""

    mapping: str
    body: Body
    spec: TableMapping
    table: Table
    cells: dict[str, list[Cell]] = attrs.field(factory=dict)
    problems: list[ExportProblem] = attrs.field(factory=list)
    keys: list[tuple[str, ...]] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        """Leave out the rows that have nothing for this table, such as a member of the staff without a supervisor."""
        places = {plain(name): at for name, at in self.body.columns.items()}
        needed = {places[plain(name)] for column in self.spec.columns.values() for name in column.needed}
        kept = [at for at, row in enumerate(self.body.rows) if any(row[place].strip() for place in needed)]
        if needed and len(kept) < len(self.body.rows):
            lines, rows = self.body.lines, self.body.rows
            self.body = attrs.evolve(self.body, lines=[lines[at] for at in kept], rows=[rows[at] for at in kept])

    def is_of(self, table: str) -> bool:
        return self.table.name == table

    def convert(self) -> None:
        """Convert every column as it is; names are looked up later."""
        for name, column in self.spec.columns.items():
            filled = fill(self.body, self.table, name, self.spec.columns, self.mapping)
            if isinstance(filled, Unclear):
                self.problems.append(
                    ExportProblem(self.body.sheet.name, self.table.name, name, column.needed, filled.why, filled.fix)
                )
                filled = [""] * len(self.body.rows)
            self.cells[name] = list(filled)

    def named(self) -> Iterable[Mapping[str, str]]:
        """Return the rows with the columns of a person's name that are converted already."""
        key = self.table.key
        columns = (key, "npi", "last_name", "first_name", "middle_name", "suffix")
        # An id that is itself looked up is no person's own.
        if key not in self.cells or self.spec.columns[key].person:
            return ()
        there = [name for name in columns if name in self.cells]
        return (
            {name: cell if isinstance(cell, str) else "" for name, cell in zip(there, row, strict=True)}
            for row in zip(*(self.cells[name] for name in there), strict=True)
        )

    def look_up(self, people: Mapping[str, People]) -> None:
        """Put the ids in place of the names."""
        for name, column in self.spec.columns.items():
            if column.person:
                find = cache(partial(_ids_of, people[column.person], column))
                self.cells[name] = [find(cell) if isinstance(cell, str) else cell for cell in self.cells[name]]

    def read(self, readers: Mapping[str, Reader], keys: Mapping[str, Sequence[str]]) -> None:
        """Read every cell as the table reads it, and report those that cannot be read.

        `keys` are those of `[payers]` and `[sites]`, by the column that has them.
        """
        for name, column in self.spec.columns.items():
            write = cache(partial(_as_read, readers[name], name, tuple(keys.get(name, ()))))
            filled = self.cells[name] = [write(cell) if isinstance(cell, str) else cell for cell in self.cells[name]]
            bad = [at for at, cell in enumerate(filled) if isinstance(cell, Unreadable)]
            if bad:
                self._report(name, column, filled, bad)
        key = key_of(self.table)
        columns = [self.cells.get(name) or [""] * len(self.body.rows) for name in key]
        self.keys = [
            tuple(cell if isinstance(cell, str) else "" for cell in cells) for cells in zip(*columns, strict=True)
        ]
        for name in self.table.filled:
            cells = self.cells.get(name) or [""] * len(self.body.rows)
            column = self.spec.columns.get(name, ColumnMapping())
            blank = [at for at, cell in enumerate(cells) if cell == ""]
            if blank and name in key:
                missing = Unreadable(f"expected {name}, found nothing", _FIX_BLANK)
                self._report(name, column, dict.fromkeys(blank, missing), blank)

    def _report(
        self, name: str, column: ColumnMapping, filled: "Mapping[int, Cell] | Sequence[Cell]", bad: Sequence[int]
    ) -> None:
        """Add a problem for each reason why cells of a column cannot be read."""
        by_reason: dict[Unreadable, list[int]] = {}
        for at in bad:
            cell = filled[at]
            if isinstance(cell, Unreadable):
                by_reason.setdefault(cell, []).append(at)
        for reason, rows in by_reason.items():
            why = reason.why + (self._shown(column, rows) if name in _SHOWN else "")
            lines = tuple(self.body.lines[at] for at in rows[:_LINES])
            self.problems.append(
                ExportProblem(
                    self.body.sheet.name, self.table.name, name, column.needed, why, reason.fix, lines, len(rows)
                )
            )

    def _shown(self, column: ColumnMapping, rows: Sequence[int]) -> str:
        """Return the words of a coded column that are meant."""
        if not column.columns:
            return f": `{column.value}`" if column.value else ""
        texts = texts_of(self.body, column.columns, column.join)
        found = [word for word in dict.fromkeys(texts[at] for at in rows) if can_be_shown(word)]
        more = ", …" if len(found) > _WORDS else ""
        return ": " + ", ".join(f"`{word}`" for word in found[:_WORDS]) + more if found else ""


_FIX_BLANK = "Fill it in in the export, or leave the row out with where in the mapping."


def _ids_of(people: People, column: ColumnMapping, text: str) -> Cell:
    """Return the ids of the people whom a cell names."""
    if not text:
        return ""
    names = text.split(column.separator) if column.separator else [text]
    ids = [people.id_of(name.strip(), column.split) for name in names if name.strip()]
    bad = next((id_ for id_ in ids if isinstance(id_, Unreadable)), None)
    return bad if bad is not None else ";".join(id_ for id_ in ids if isinstance(id_, str))


def _as_read(reader: Reader, name: str, keys: Sequence[str], text: str) -> Cell:
    """Return a cell as we write it, or why the table cannot read it."""
    if not text:
        return ""
    value = reader[text]
    if isinstance(value, Unreadable):
        return Unreadable(value.why, f"{_FIX_READ} {value.fix}")
    if keys and value not in keys:
        return Unreadable(
            f"expected a key of [{name}s] ({', '.join(keys)}), found another name",
            f'Say in the mapping which {name} is meant: values = {{ "their name" = "our key" }}.',
        )
    return as_written(value, text)


def as_written(value: object, text: str) -> str:
    """Return a value of a table as imports write it; a time with an offset stays as its text has it.

    So does `NO_LAST_DAY`, read as a blank: what the workspace had there does not stay, as it may where a cell is blank.
    """
    if value is None:
        return text
    if isinstance(value, dt.datetime):
        return text if value.tzinfo is not None else written(value)
    cell = as_cell(value)
    return cell if isinstance(cell, str) else ";".join(part for part in cell if isinstance(part, str))  # type: ignore[attr-defined]


_FIX_READ = "Say in the mapping how the column is read (values, form, split, width), or correct the cells."


def _divided(
    mapping: ExportMapping, sheets: Sequence[ExportSheet]
) -> tuple[list[_Part], list[SheetRead], list[ExportProblem]]:
    """Return the rows of sheets by table of ours, how each sheet was read, and rows that are broken.

    Raises UnusableInputError where no sheet is of the mapping.
    """
    work: list[_Part] = []
    read: list[SheetRead] = []
    problems: list[ExportProblem] = []
    for sheet in sheets:
        sources = [source for source in mapping.sources if source.has_sheet(sheet.file, sheet.sheet)]
        if not sources:
            read.append(SheetRead(sheet.name, sheet.reading))
        for source in sources:
            body, filtered, faults = _body(mapping, source, sheet)
            problems += faults
            used = {plain(name) for name in (*source.needed, *source.ignore)}
            unmapped = tuple(
                name if body.rows and is_like_a_column(name, source.needed) else f"column {at + 1}"
                for name, at in body.columns.items()
                if plain(name) not in used
            )
            read.append(
                SheetRead(
                    sheet.name,
                    sheet.reading,
                    body.header_line,
                    len(body.rows),
                    tuple(body.left_out),
                    filtered,
                    unmapped,
                )
            )
            work += [_Part(mapping.name, body, table, TABLES[table.table]) for table in source.tables]
    if not work:
        files = ", ".join(source.file for source in mapping.sources)
        names = ", ".join(sheet.name for sheet in sheets)
        raise UnusableInputError(
            f"{mapping.name}: expected a file named {files}, found {names}. Correct file and sheet in the mapping."
        )
    return work, read, problems


@attrs.define
class _Merged:
    """The rows of a table from several sheets, each key once."""

    table: Table
    rows: dict[tuple[str, ...], ConvertedRow] = attrs.field(factory=dict)
    columns: dict[str, None] = attrs.field(factory=dict)
    blank: dict[str, str] = attrs.field(factory=dict)
    problems: list[ExportProblem] = attrs.field(factory=list)

    def add(self, part: _Part) -> None:
        """Add the rows of a sheet; a row whose key is there already adds what was blank."""
        names = list(part.cells)
        self.columns.update(dict.fromkeys(names))
        for name, column in part.spec.columns.items():
            if column.blank or name not in self.blank:
                self.blank[name] = column.blank
        differing: dict[str, list[int]] = {}
        source = part.body.sheet.name
        rows = zip(part.body.lines, part.keys, zip(*part.cells.values(), strict=True), strict=True)
        for line, key, cells in rows:
            row = {name: cell if isinstance(cell, str) else "" for name, cell in zip(names, cells, strict=True)}
            earlier = self.rows.get(key)
            if earlier is None:
                self.rows[key] = ConvertedRow(row, source, line)
                continue
            merged = dict(earlier.cells)
            for name, cell in row.items():
                there = merged.get(name, "")
                if there and cell and there != cell:
                    differing.setdefault(name, []).append(line)
                merged[name] = there or cell
            self.rows[key] = ConvertedRow(merged, earlier.source, earlier.line)
        for name, lines in differing.items():
            known_by = " and ".join(key_of(self.table))
            self.problems.append(
                ExportProblem(
                    source,
                    self.table.name,
                    name,
                    part.spec.columns[name].needed,
                    f"expected the same text in every row with the same {known_by}, found two",
                    "Correct the export, or fill this column from a single sheet in the mapping.",
                    tuple(lines[:_LINES]),
                    len(lines),
                )
            )

    def converted(self) -> ConvertedTable:
        columns = tuple(name for name in self.table.columns if name in self.columns)
        return ConvertedTable(self.table.name, columns, self.rows, self.blank)


def _notices(work: Sequence[_Part]) -> Iterable[str]:
    """Yield what is imported as it is and cannot be billed so."""
    filled = {name for part in work if part.is_of("encounters") for name in part.spec.columns}
    if filled and not {"start", "end"} <= filled:
        units = "units without times stay units (billed_units)" if "billed_units" in filled else "it has no times"
        missing = " and ".join(name for name in ("start", "end") if name not in filled)
        yield (
            f"encounters: the mapping fills no {missing}: {units}, and no minutes are worked out from them. "
            "Such encounters are held until their times are known (PB103)."
        )
