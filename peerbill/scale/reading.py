"""A workspace whose encounters are too many to hold: they are read in parts, and all other tables as ever.

What only the whole table shows is found here: ids that rows share, people whom no row names, facilitators by words.
"""

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs

from peerbill.checks.audit import prepared
from peerbill.checks.rows import LimitedHold, limits_of
from peerbill.coding.context import strange_names
from peerbill.coding.guard import encounter_fault
from peerbill.intake import FORMATS, TABLES, Format
from peerbill.intake.gate import Read, assemble
from peerbill.intake.rows import Chunk, RowProblem, Source, TableRead, read_rows
from peerbill.intake.workspace import Tables, find_tables
from peerbill.model.encounter import Encounter
from peerbill.model.errors import UnusableInputError
from peerbill.model.limits import Limits
from peerbill.model.records import Records, Settings
from peerbill.model.words import is_like_an_id
from peerbill.policy import Policies
from peerbill.scale.column_reader import CAN_BE_READ, ColumnReader
from peerbill.scale.columns import encounters_of, write_batch, write_encounters
from peerbill.scale.packages import load
from peerbill.scale.parquet_file import ParquetFile, chunk_of, row_groups, telling_damage
from peerbill.scale.store import LISTED, Store, files, quoted, show_encounters
from peerbill.scale.workers import Runner

ENCOUNTERS = "encounters"
ROWS = 50_000
"""Encounters that are read together."""
BATCH = 25_000
"""Encounters of a Parquet file that are read by columns together."""
BY_COLUMNS = True
"""Whether Parquet files are read by columns. Tests, which compare both ways, are the only ones to turn it off."""
_ANY_SIZE = 1 << 60
Names = tuple[tuple[str, int], ...]
"""Files in order, each with how many rows of the table come before it."""
_FORMATS: dict[str, Format] = {**FORMATS, ".parquet": ParquetFile}


@attrs.frozen
class Part:
    """Some row groups of a Parquet file, and how many rows of the table come before."""

    number: int
    path: Path
    groups: tuple[int, ...]
    before: int


@attrs.frozen
class PartRead:
    """What a part held: the files of its encounters, those that need a look at the whole table, and problems."""

    files: tuple[Path, ...]
    doubted: tuple[Encounter, ...]
    problems: tuple[RowProblem, ...]
    unknown: tuple[str, ...]
    present: frozenset[str]


@attrs.frozen
class Workspace:
    """A workspace of any size; the view `e` of the run's store has its encounters.

    Attributes:
        records: its tables without encounters; `rejected` are those that cannot be used.
        limits: what rows that cannot be used hold, and whom.
        serving: the staff members without a role who served somebody.
        strange: what is said instead of facilitators who are words.

    """

    records: Records
    limits: tuple[LimitedHold, ...] = ()
    serving: frozenset[str] = frozenset()
    strange: Mapping[str, str] = attrs.field(factory=dict)


def find(folder: Path) -> Tables:
    """Return where the tables of a workspace are, which may be Parquet files, encounters also a folder of such.

    Raises UnusableInputError where `peerbill.toml` or a table is missing or doubled.
    """
    return find_tables(folder, _FORMATS, parts=(ENCOUNTERS,))


def read(tables: Tables, policies: Policies, store: Store, run: Runner, progress: Callable[[int], None]) -> Workspace:
    """Read a workspace; raise UnusableInputError for a table that cannot be used."""
    others = [tables.read(name) for name in TABLES if name in tables and name != ENCOUNTERS]
    parts, names, word = _encounters(tables, store.folder / "read", run, progress)
    return _settled(tables, policies, others, parts, names, word, store)


def _encounters(
    tables: Tables, target: Path, run: Runner, progress: Callable[[int], None]
) -> tuple[Sequence[PartRead], Names, str]:
    """Read the encounters; return what each part held, each file with the rows before it, and how rows are called."""
    target.mkdir(mode=0o700)
    path = tables.files.get(ENCOUNTERS)
    settings = _any_size(tables.settings)
    if path is not None and (path.is_dir() or path.suffix == ".parquet"):
        paths = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
        if not paths:
            raise UnusableInputError(f"{path.name}: expected Parquet files in this folder, found none. Add them.")
        parts, names = _parts(paths)
        names = tuple((f"{ENCOUNTERS}/{name}", before) for name, before in names) if path.is_dir() else names
        return run.all(read_part, (settings, target), parts, progress), names, "row"
    if path is not None:
        source = tables.formats[path.suffix](path, TABLES[ENCOUNTERS], settings.limits)
        return [_read(settings, source, target, "table")], ((path.name, 0),), "line"
    read = tables.read(ENCOUNTERS)
    return [_kept(read.rows, target / "table.parquet")], ((read.name, 0),), read.word


def _any_size(settings: Settings) -> Settings:
    limits = Limits(_ANY_SIZE, _ANY_SIZE, settings.limits.cell_characters, settings.limits.workbook_bytes)
    return attrs.evolve(settings, limits=limits)


def _parts(paths: Iterable[Path]) -> tuple[list[Part], tuple[tuple[str, int], ...]]:
    """Divide Parquet files by row groups; return the parts, and each file with how many rows come before it."""
    parts: list[Part] = []
    names = []
    before = 0
    for path in paths:
        names.append((path.name, before))
        groups: list[int] = []
        begin = before
        for at, rows in enumerate(row_groups(path)):
            groups.append(at)
            before += rows
            if before - begin >= ROWS:
                parts.append(Part(len(parts), path, tuple(groups), begin))
                groups, begin = [], before
        if groups or not parts or parts[-1].path != path:
            parts.append(Part(len(parts), path, tuple(groups), begin))
    return parts, tuple(names)


@attrs.define
class _Chunks:
    """Some chunks of a source."""

    given: Sequence[Chunk]
    present: set[str] = attrs.field(factory=set)
    unknown: list[str] = attrs.field(factory=list)

    def chunks(self) -> Iterator[Chunk]:
        return iter(self.given)


def _together(chunks: Iterable[Chunk]) -> Iterator[list[Chunk]]:
    """Yield chunks of enough rows together."""
    found: list[Chunk] = []
    count = 0
    for chunk in chunks:
        found.append(chunk)
        count += len(chunk.lines)
        if count >= ROWS:
            yield found
            found, count = [], 0
    yield found


def read_part(job: tuple[Settings, Path], part: Part) -> PartRead:
    """Read the rows of a part, and write the encounters that can be used."""
    settings, target = job
    source = ParquetFile(part.path, TABLES[ENCOUNTERS], settings.limits, part.groups, part.before)
    if not (BY_COLUMNS and CAN_BE_READ):
        return _read(settings, source, target, str(part.number))
    found: list[PartRead] = []
    reader = ColumnReader(settings)
    for number, (lines, columns) in enumerate(source.batches(BATCH)):
        with telling_damage(part.path):
            table, places = reader.read(columns, lines)
        file = target / f"{part.number}-{number}-columns.parquet"
        if table.num_rows:
            write_batch(file, table)
            found.append(PartRead((file,), (), (), (), frozenset()))
        if places:
            rows = load("pyarrow").array(places)
            some = {name: column.take(rows) for name, column in columns.items()}
            with telling_damage(part.path):
                chunk = chunk_of([lines[at] for at in places], some, source.table)
            rest = _rows(settings, _Chunks([chunk]))
            found.append(_kept(rest, target / f"{part.number}-{number}-rows.parquet"))
    return _together_read(found, source)


def _read(settings: Settings, source: Source, target: Path, name: str) -> PartRead:
    """Read a source, some thousand rows at a time."""
    found = [
        _kept(_rows(settings, _Chunks(chunks)), target / f"{name}-{number}.parquet")
        for number, chunks in enumerate(_together(source.chunks()))
    ]
    return _together_read(found, source)


def _together_read(found: Sequence[PartRead], source: Source) -> PartRead:
    return PartRead(
        tuple(file for part in found for file in part.files),
        tuple(row for part in found for row in part.doubted),
        tuple(problem for part in found for problem in part.problems),
        tuple(source.unknown),
        frozenset(source.present),
    )


def _rows(settings: Settings, source: Source) -> TableRead:
    zone = ZoneInfo(settings.organization.timezone)
    return read_rows(source, TABLES[ENCOUNTERS], zone, settings.payers, settings.dates, settings.sites, settings.limits)


def _kept(read: TableRead, file: Path) -> PartRead:
    """Write the encounters that can be used whatever the rest of the table says, and return the others."""
    kept: list[Encounter] = []
    doubted: list[Encounter] = []
    for row in read.records:
        (doubted if _is_doubted(row) else kept).append(row)
    if kept:
        write_encounters(file, kept)
    return PartRead((file,) if kept else (), tuple(doubted), read.problems, read.unknown, read.present)


def _is_doubted(row: Encounter) -> bool:
    """Tell whether the rest of the workspace decides if a row can be used, or its guard does."""
    return not (is_like_an_id(row.member_id) and is_like_an_id(row.staff_id)) or encounter_fault(row) is not None


def _settled(
    tables: Tables,
    policies: Policies,
    others: Sequence[Read],
    parts: Sequence[PartRead],
    names: Names,
    word: str,
    store: Store,
) -> Workspace:
    """Find what only all encounters together show, and return the workspace."""
    written = [file for part in parts for file in part.files]
    doubted = [row for part in parts for row in part.doubted]
    problems = sorted((problem for part in parts for problem in part.problems), key=lambda problem: problem.line)
    show(store, written)
    others_ids = [row.encounter_id for row in doubted]
    others_ids += [key for _, key in dict.fromkeys((one.line, one.ids.get("encounter_id", "")) for one in problems)]
    store.make("other_ids", {"encounter_id": "text"}, ((id_,) for id_ in others_ids if id_))
    store.run(
        "create or replace table repeated as select encounter_id from"
        " (select encounter_id from e union all select encounter_id from other_ids) group by 1 having count(*) > 1"
    )
    doubted += [
        row
        for batch in store.batches("select e.* from e join repeated using (encounter_id)")
        for row in encounters_of(load("pyarrow").Table.from_batches([batch]))
    ]
    show(store, written, "encounter_id not in (select encounter_id from repeated)")
    strangers = _strangers(store, others)
    rows = (*sorted(doubted, key=lambda row: row.line), *strangers)
    read = Read(
        TABLES[ENCOUNTERS],
        names[0][0],
        TableRead(
            rows,
            tuple(problems),
            tuple(dict.fromkeys(name for part in parts for name in part.unknown)),
            frozenset[str]().union(*(part.present for part in parts)),
            tuple(row.line for row in rows),
        ),
        word,
        names if len(names) > 1 else (),
    )
    reads = {one.table.name: one for one in (*others, read)}
    in_order = [reads[name] for name in TABLES if name in reads]
    records = prepared(assemble(tables.settings, in_order, tables.notices), policies)
    stand_ins = {row.encounter_id for row in strangers}
    usable = [row for row in records.encounters if row.encounter_id not in stand_ins]
    if usable:
        file = store.folder / "read" / "doubted.parquet"
        write_encounters(file, usable)
        ids = "(select encounter_id from repeated)"
        show(store, [*written, file], f"encounter_id not in {ids} or filename = '{quoted(file)}'")
    return _workspace(records, store)


def _strangers(store: Store, others: Iterable[Read]) -> list[Encounter]:
    """Return encounters that stand for the members and staff whom encounters name and no row of a table does."""
    found: dict[str, list[str]] = {}
    for column, table in (("member_id", "members"), ("staff_id", "staff")):
        known = {getattr(row, column) for read in others if read.table.name == table for row in read.rows.records}
        named = (
            id_ for batch in store.batches(f"select distinct {column} from e") for id_ in batch.column(0).to_pylist()
        )
        found[column] = sorted(id_ for id_ in named if id_ not in known)
    mark = f"stand-in-{secrets.token_hex(8)}"
    pairs = zip_longest(found["member_id"], found["staff_id"], fillvalue="")
    return [Encounter(f"{mark}-{at}", member_id, staff_id) for at, (member_id, staff_id) in enumerate(pairs)]


def _workspace(records: Records, store: Store) -> Workspace:
    """Return a workspace of records, whose encounters stand for the people whom only encounters name."""
    staff = {row.staff_id for row in records.staff}
    without_role = {row.staff_id for row in records.staff if not row.role}
    serving = {row[0] for row in store.rows("select distinct staff_id from e")} if without_role else set()
    return Workspace(
        attrs.evolve(records, encounters=()),
        limits_of(records),
        frozenset(serving & without_role),
        _strange(store, staff),
    )


def _strange(store: Store, staff: Collection[str]) -> Mapping[str, str]:
    """Return the line on which each text first stands among the facilitators that may be a person's name."""
    rows = store.rows(
        "select name, min(line * 1000000 + nth) from (select line, unnest(names) as name, generate_subscripts(names, 1)"
        f" as nth from (select line, {LISTED.format('facilitators')} as names from e where facilitators <> ''))"
        " group by 1 order by 2"
    )
    return strange_names(
        ((name, Encounter("", line=place // 1_000_000), place % 1_000_000) for name, place in rows), staff
    )


def show(store: Store, paths: Sequence[Path], where: str = "true") -> None:
    """Make the view `e` of the encounters in these files that a condition holds of."""
    if not paths:
        paths = [store.folder / "read" / "none.parquet"]
        write_encounters(paths[0], ())
    source = files(paths).removesuffix(")") + ", filename = true)"
    show_encounters(store, "e", f"select * exclude (filename) from {source} where {where}")
