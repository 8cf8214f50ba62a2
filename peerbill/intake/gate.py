"""The gate that every table passes: rows from files or from code to the records that are audited."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from peerbill.coding.guard import ENTERED_TWICE, guard_settings, refusal
from peerbill.coding.holds import is_no_npi, known_ids, orphan
from peerbill.intake.cells import DATE_ORDERS
from peerbill.intake.header import are_column_names, nearest
from peerbill.intake.mappings import MappingRows
from peerbill.intake.rows import RowProblem, TableRead, read_rows
from peerbill.intake.tables import TABLES, Table
from peerbill.model.claim import Facility
from peerbill.model.encounter import Encounter, ReadEncounters
from peerbill.model.errors import UnusableInputError
from peerbill.model.finding import Finding
from peerbill.model.plural import named
from peerbill.model.records import Hold, Records, Rejected, Settings, UnusedRow
from peerbill.model.sentence import Figure, Sentence, say, say_unread
from peerbill.model.words import is_like_an_id
from peerbill.x12.rules837p import facility_problems, settings_problems


@attrs.frozen
class Read:
    """A table that was read, and how messages name its rows: `encounters.csv line 3`, or `encounters row 3`.

    Where a table is in several files, its rows are numbered through all of them, and `parts` has each file's name with
    the number of rows before it.
    """

    table: Table
    name: str
    rows: TableRead
    word: str = "line"
    parts: tuple[tuple[str, int], ...] = ()

    def place(self, line: int) -> tuple[str, int]:
        """Return the file of a row, and its number there."""
        if not self.parts:
            return self.name, line
        name, before = self.parts[bisect_left(self.parts, line, key=itemgetter(1)) - 1]
        return name, line - before

    def others(self, lines: Iterable[int]) -> tuple[int, ...] | tuple[str, ...]:
        """Return the numbers of rows, with their files where the table is in several."""
        if not self.parts:
            return tuple(lines)
        return tuple(f"{number} of {name}" for name, number in map(self.place, lines))


def records_from(settings: Settings, tables: Mapping[str, Iterable[Mapping[str, object]]]) -> Records:
    """Check rows from a database or another program and return the records that `audit` takes.

    `tables` maps the names of tables (encounters, members, staff, coverage, …) to rows; each row maps columns to
    texts or typed values: date, datetime, int, Decimal, bool, None, a list of texts. Rows are checked as those of a
    file are: a datetime with a time zone is moved to the organisation's by its instant, words are known in any case
    and spacing, ids are unique, numbers are in range. Rows are numbered from 1 in messages.

    An encounter that cannot be read is in `rejected` (PB001, PB002), a row of another table in `problems`; one that may
    forbid something is also in `holds`. Columns that are not known are in `notices`.

    Raises:
        UnusableInputError: a table is not known or lacks a required column, or a setting cannot be used.

    >>> from peerbill import records_from
    >>> records = records_from(settings, {"encounters": rows, "members": members})  # doctest: +SKIP

    """
    unknown = [name for name in tables if name not in TABLES]
    if unknown:
        raise UnusableInputError("\n".join(f"{name}: expected the name of a table. {_meant(name)}" for name in unknown))
    check_settings(settings)
    zone = ZoneInfo(settings.organization.timezone)
    reads = [
        Read(
            table,
            name,
            read_rows(
                MappingRows(table, tables[name]),
                table,
                zone,
                settings.payers,
                settings.dates,
                settings.sites,
                settings.limits,
            ),
            "row",
        )
        for name, table in TABLES.items()
        if name in tables
    ]
    return assemble(settings, reads)


def _meant(name: str) -> str:
    near = nearest(name, TABLES)
    return f"Did you mean {near[0]}?" if near else f"The tables are {', '.join(TABLES)}."


def check_settings(settings: Settings) -> None:
    """Raise UnusableInputError for settings that no claim file could carry, or whose words are not known."""
    guard_settings(settings)
    if settings.dates not in {"", *DATE_ORDERS}:
        raise UnusableInputError(
            f"settings: dates: expected {' or '.join(DATE_ORDERS)}, found another text. Correct it, or leave it out."
        )
    problems = dict.fromkeys(
        problem
        for payer in settings.payers.values()
        if payer.policy  # no file is sent to a payer without: claims to others may name it (PB405)
        for problem in settings_problems(settings, payer)
    )
    problems |= dict.fromkeys(
        problem
        for key, site in settings.sites.items()
        for problem in facility_problems(f"sites.{key}", Facility(site.name, site.npi, site.address))
    )
    if problems:
        raise UnusableInputError(
            "\n".join(f"{problem.field}: {problem.message}. {problem.fix}" for problem in problems)
        )


def assemble(settings: Settings, reads: Iterable[Read], notices: Iterable[str] = ()) -> Records:
    """Put tables that were read together: what cannot be used is rejected, reported, or holds what it could concern."""
    tables: dict[str, Any] = {}
    all_notices = list(notices)
    unused: list[UnusedRow] = []
    rejected: tuple[Rejected, ...] = ()
    holds: list[Hold] = []
    reads = list(reads)
    for read in reads:
        name, rows = read.table.name, read.rows
        tables[name] = rows.records
        if rows.unknown:
            all_notices.append(_unknown_columns(read))
        if name == "encounters":
            tables[name], rejected = _reject(attrs.evolve(read, rows=_without_words(reads, rows)))
            tables["records_channels"] = "channel" in rows.present
        else:
            for problem in rows.problems:
                unused.append(_unused(read, problem))
                holds += _holds(read, problem)
            if name == "places":
                tables["places_unread"] = bool(rows.problems)
        if name == "coverage":
            all_notices += _unknown_payers(read, settings, "so that no claim is written for this coverage")
        if name == "enrollments":
            all_notices += _unknown_payers(read, settings, "so that no claim is compared with this enrollment")
        if name in ("licenses", "enrollments"):
            all_notices += _unknown_sites(read, settings)
        if name == "exclusions":
            all_notices += _without_npi(read)
    records = attrs.evolve(
        Records(settings, rejected=rejected, notices=tuple(all_notices), holds=_merged(holds)), **tables
    )
    unused += _orphans(records, reads)
    return attrs.evolve(records, problems=tuple(map(str, unused)), unused_rows=tuple(unused))


def _unknown_columns(read: Read) -> str:
    """Name the unknown columns, unless one of them does not look like a name: a row may be glued to the header."""
    unknown, columns = read.rows.unknown, read.table.columns
    if not are_column_names(unknown, read.rows.present, columns):
        are = "1 column is" if len(unknown) == 1 else f"{len(unknown)} columns are"
        return (
            f"{read.name}: {are} not known, ignored. Their names are not shown, since they may be "
            "data: is the first row on the header's line?"
        )
    meant = [(column, near[0]) for column in unknown if (near := nearest(column, columns))]
    hint = "".join(f" Did you mean {near} by {column}?" for column, near in meant)
    return f"{read.name}: columns not known, ignored: {', '.join(unknown)}.{hint}"


# What becomes of a row: `UnusedRow.effect`.
LEFT_OUT = "The row is left out."
HOLDS = "The row is not used; it holds what it could concern until then."
ORPHAN = "It holds what it could concern until then."


def _unused(read: Read, problem: RowProblem) -> UnusedRow:
    effect = HOLDS if read.table.fails_closed(problem.column) else LEFT_OUT
    return UnusedRow(read.name, read.word, problem.line, problem.column, problem.why, problem.fix, effect)


def _holds(read: Read, problem: RowProblem) -> Iterator[Hold]:
    """Yield what a row that could not be read holds: whom its readable ids name, all where none can be read."""
    table = read.table
    if table.name == "places":
        return  # What such a row could name is then known by no place-of-service code: see `Records.places_unread`.
    repeated = table.key in {"member_id", "staff_id"} and problem.column == table.key and problem.key
    if not (table.fails_closed(problem.column) or repeated):
        return
    told = _not_read(read, problem).before("row-is-open", "; what the row says is not known")
    # What a row that only forbids says of other days concerns nobody. The holds of rows of nobody are merged.
    by_day = table.can_forbid and bool(problem.ids)
    yield Hold(
        code=table.code,
        where=f"{table.name}.{problem.column}" if problem.column else table.name,
        message=told.text,
        template=told.template,
        values=told.values,
        pattern=told.pattern,
        fix=problem.fix,
        first=problem.first if by_day else None,
        last=problem.last if by_day else None,
        member_id=problem.ids.get("member_id", ""),
        staff_id=problem.ids.get("staff_id", ""),
        npi=problem.ids.get("npi", ""),
        encounter_id=problem.ids.get("encounter_id", ""),
    )


def _merged(holds: Iterable[Hold]) -> tuple[Hold, ...]:
    """Keep one of the holds of a table that concern the whole run, so that a damaged file gives one finding."""
    kept: dict[object, Hold] = {}
    more: Counter[object] = Counter()
    for hold in holds:
        everyone = not (hold.member_id or hold.staff_id or hold.npi or hold.encounter_id)
        key: object = (hold.code, hold.where, hold.fix) if everyone else hold
        if key in kept:
            more[key] += 1
        else:
            kept[key] = hold
    return tuple(_of_several(hold, more[key]) if more[key] else hold for key, hold in kept.items())


def _of_several(hold: Hold, more: int) -> Hold:
    told = hold.sentence.before("and-more", " (and {more:#more row})", more=more)
    return attrs.evolve(hold, message=told.text, template=told.template, values=told.values, pattern=told.pattern)


def _not_read(read: Read, problem: RowProblem) -> Sentence:
    """Return which cell, or which row, cannot be read, and why."""
    file, line = read.place(problem.line)
    place: dict[str, Figure] = {"file": file, "kind": read.word, "line": line}
    if problem.column:
        place["column"] = problem.column
        return say_unread("cell-not-read", "{file} {kind} {line} column {column}: ", problem.why, **place)
    return say_unread("row-not-read", "{file} {kind} {line}: ", problem.why, **place)


def _unknown_payers(read: Read, settings: Settings, effect: str) -> Iterator[str]:
    """Yield a notice of rows of payers that `[payers]` does not name, such as coverage, which bars others (PB405)."""
    lines = [
        line for row, line in zip(read.rows.records, read.rows.lines, strict=True) if row.payer not in settings.payers
    ]
    if lines:
        where = named([str(line) for line in lines], 5)
        yield (
            f"{read.name}: column payer: {read.word} {where}: not a key of [payers] in peerbill.toml "
            f"({', '.join(settings.payers)}), {effect}."
        )


def _unknown_sites(read: Read, settings: Settings) -> Iterator[str]:
    """Yield a notice of licenses and enrollments of a site that `[sites]` does not have: they count for nobody."""
    lines = [
        line
        for row, line in zip(read.rows.records, read.rows.lines, strict=True)
        if row.site and row.site not in settings.sites
    ]
    if lines:
        keys = ", ".join(settings.sites) or "there is none"
        yield (
            f"{read.name}: column site: {read.word} {named([str(line) for line in lines], 5)}: not a key of [sites] in "
            f"peerbill.toml ({keys}), so that the row counts for no encounter."
        )


def _without_npi(read: Read) -> Iterator[str]:
    """Yield a notice of exclusions that name nobody by NPI or staff_id, as lists write that they know no NPI."""
    count = sum(not row.staff_id and is_no_npi(row.npi) for row in read.rows.records)
    if count:
        rows = "1 row has" if count == 1 else f"{count} rows have"
        yield (
            f"{read.name}: column npi: {rows} only zeros, the list's sign for no NPI, and cannot be compared: check "
            "these persons by name, and enter the staff_id of one who is yours."
        )


def _orphans(records: Records, reads: Iterable[Read]) -> Iterator[UnusedRow]:
    """Yield each row that may forbid something and names nobody who is known."""
    ids = known_ids(records)
    for read in reads:
        if not read.table.can_forbid:
            continue
        for row, line in zip(read.rows.records, read.rows.lines, strict=True):
            orphaned = orphan(read.table.name, row, ids)
            if orphaned is not None:
                yield UnusedRow(read.name, read.word, line, "", orphaned.message, orphaned.fix, ORPHAN)


def _without_words(reads: Iterable[Read], rows: TableRead) -> TableRead:
    """Return encounters without those that name a member or a peer by words that no row of these tables has as its id.

    A name, or a part of a note of a row that broke, may be in the place of the id.
    """
    known = {
        column: {*_ids_of(reads, table, column), ""}
        for table, column in (("members", "member_id"), ("staff", "staff_id"))
    }
    problems = []
    strange = set()
    for encounter, line in zip(rows.records, rows.lines, strict=True):
        for column, ids in known.items():
            id_ = getattr(encounter, column)
            if id_ not in ids and not is_like_an_id(id_):
                strange.add(line)
                problems.append(_no_id(column, encounter, line))
    if not strange:
        return rows
    kept = [(row, line) for row, line in zip(rows.records, rows.lines, strict=True) if line not in strange]
    return attrs.evolve(
        rows,
        records=tuple(row for row, _ in kept),
        lines=tuple(line for _, line in kept),
        problems=tuple(sorted((*rows.problems, *problems), key=lambda problem: problem.line)),
    )


def _ids_of(reads: Iterable[Read], table: str, column: str) -> Iterator[str]:
    for read in reads:
        if read.table.name == table:
            yield from (getattr(row, column) for row in read.rows.records)
            yield from (problem.ids.get(column, "") for problem in read.rows.problems)


def _no_id(column: str, encounter: Encounter, line: int) -> RowProblem:
    table = "members" if column == "member_id" else "staff"
    why = f"expected a {column} of the table {table}, found words, as in a name or a note"
    fix = f"Write the {column} of its row in {table}, or correct the row: has a cell slipped into another column?"
    key = encounter.encounter_id
    return RowProblem(line, column, key, why, fix, {"encounter_id": key})


def _reject(read: Read) -> tuple[tuple[Encounter, ...], tuple[Rejected, ...]]:
    """Split encounters into those with an id of their own and the rows that are rejected (PB001, PB002)."""
    rejected: dict[int, tuple[str, list[Finding]]] = {}
    encounters: tuple[Any, ...] = read.rows.records
    for problem in read.rows.problems:
        rejected.setdefault(problem.line, (problem.key, []))[1].append(_unreadable(read, problem))
    found = ((problem.line, problem.ids.get("encounter_id", "")) for problem in read.rows.problems)
    unread = dict.fromkeys((line, key) for line, key in found if key)
    counts = Counter([coded.encounter_id for coded in encounters])
    counts.update(key for _, key in unread)
    repeated: dict[str, list[int]] = {key: [] for key, count in counts.items() if count > 1}
    if repeated:
        for line, key in sorted([*((coded.line, coded.encounter_id) for coded in encounters), *unread]):
            if key in repeated:
                repeated[key].append(line)
        for key, lines in repeated.items():
            for line in lines:
                rejected.setdefault(line, (key, []))[1].append(_repeated(read, line, key, lines))
        encounters = tuple(coded for coded in encounters if coded.encounter_id not in repeated)
    return ReadEncounters(encounters), tuple(
        Rejected(line, key, tuple(problems)) for line, (key, problems) in sorted(rejected.items())
    )


def _unreadable(read: Read, problem: RowProblem) -> Finding:
    told = _not_read(read, problem)
    return refusal("PB001", problem.key, problem.column, told, problem.fix)


def _repeated(read: Read, line: int, key: str, lines: list[int]) -> Finding:
    file, number = read.place(line)
    told = say(
        "id-of-other-rows",
        "{file} {kind} {line} column encounter_id: expected an id of its own, found it on {kind} {others} too",
        file=file,
        kind=read.word,
        line=number,
        others=read.others(other for other in lines[:5] if other != line),
    )
    return refusal("PB002", key, "encounter_id", told, ENTERED_TWICE)
