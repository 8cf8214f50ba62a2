"""A workspace without what was billed long ago: the tables of ten years, read from where this year begins.

`bill` remembers in the ledger how far the file of encounters holds nothing but what was billed, is as it was and is
long past (`remember_long_past`). As long as the file begins with the same bytes, the next run reads what follows
(`read_left`), and the few rows before it that are left to bill or near to one that is. What a run finds is the same:
where that is not certain, it reads everything.
"""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

import attrs
import msgspec
import sqlalchemy as sa

from peerbill.agency import Agency
from peerbill.checks.audit import can_be_scoped, prepared, usual_days_begin
from peerbill.claims.next_payer import shared_members
from peerbill.coding.facts import Key, facts
from peerbill.coding.history import earliest_that_matters, history_scope, latest_that_matters
from peerbill.coding.settled import scoped
from peerbill.intake.beginnings import Kind, find_beginning, is_at
from peerbill.intake.gate import ORPHAN
from peerbill.intake.settings import FILE
from peerbill.intake.workspace import read_workspace, today
from peerbill.ledger import open_ledger, reading
from peerbill.ledger.look.answered_claims import to_next_payer
from peerbill.ledger.look.beginnings import (
    Remembered,
    are_billed_before,
    are_served_before,
    has_moved,
    nothing_was_due,
    read_beginning,
    remember,
    say_nothing_is_due,
)
from peerbill.ledger.look.history import load_unchanged
from peerbill.ledger.store import disk, tables
from peerbill.ledger.waivers import read_waivers
from peerbill.model.encounter import Encounter
from peerbill.model.errors import UnusableInputError
from peerbill.model.ids import compact
from peerbill.model.input_files import read_file
from peerbill.model.records import Records, Rejected
from peerbill.todo.item import Todo

TABLE = "encounters.csv"
LEAST_ROWS = 2_000
"""Fewest encounters for which it is worth to remember that they need not be read."""
FACTS = ".long-past.json"
"""The file, beside the tables, with the digests of what was said of each person."""
_ABOUT_ROWS = frozenset({"overpayment", "held", "filing", "ready", "deleted", "charge", "part-units"})
"""Kinds of items that come of rows of the table of encounters."""
LATE = dt.timedelta(days=60)
"""How late after its service an encounter may come into the table without all of it being read."""


@attrs.frozen
class Left:
    """The records of a workspace that a run looks at, and the state of the file of encounters when they were read."""

    records: Records
    file: tuple[int, ...] | None


def read_left(
    agency: Agency, folder: Path, program: str, day: dt.date | None = None, *, patterns: bool = False
) -> Left:
    """Read a workspace without what was billed long ago, where an audit of the rest is the same; else all of it.

    `program` is the version of peerbill, `day` that of the audit (None: today), `patterns` whether it looks for what
    shows over many encounters. Raises what `read_workspace` raises, and LedgerError.
    """
    file = _state_of(folder)
    with reading(agency.url, agency.folder) as connection:
        known = read_beginning(connection) if connection is not None else None
    if known is None or not _is_as_it_was(folder, known, program):
        return Left(read_workspace(folder), file)
    records = read_workspace(folder, known.beginning)
    with reading(agency.url, agency.folder) as connection:
        if connection is not None and _is_enough(
            connection, agency, records, known, day or today(agency.settings), patterns=patterns
        ):
            return Left(records, file)
    return Left(read_workspace(folder), file)


def read_left_to_do(agency: Agency, folder: Path, program: str, day: dt.date | None = None) -> Left:
    """Read a workspace for its work list: without what was billed long ago, where nothing can be due about it.

    Arguments and errors are those of `read_left`.
    """
    left = read_left(agency, folder, program, day)
    records = left.records
    if not records.not_read:
        return left
    with reading(agency.url, agency.folder) as connection:
        known = read_beginning(connection) if connection is not None else None
        if connection is not None and known is not None and _nothing_can_be_due(connection, agency, records, known):
            return left
    return Left(read_workspace(folder), left.file)


def _nothing_can_be_due(connection: sa.Connection, agency: Agency, records: Records, known: Remembered) -> bool:
    if agency.folder is None or records.holds:
        return False
    digest = nothing_was_due(connection, known, _policies(agency))
    before = _read_facts(agency.folder, digest) if digest is not None else None
    if before is None or not _overpaid(connection) <= {row.encounter_id for row in records.encounters}:
        return False
    now = _facts(agency, records, known)
    changed = {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}
    npis = {compact(person.npi) for person in records.staff}
    # What was said of staff, or of nobody by name, may concern anything; what is new on members none of it.
    if any(column == "staff_id" and (column, id_) in before for column, id_ in changed):
        return False
    if ("", "") in changed or any(column == "npi" and id_ in npis for column, id_ in changed):
        return False
    members = {id_ for column, id_ in changed if column == "member_id"}
    return not are_served_before(connection, members, known.beginning.before)


def remember_nothing_is_due(agency: Agency, folder: Path, left: Left, found: Todo) -> None:
    """Remember that a work list of everything has nothing about what is long past, where that is so.

    `left` is what was read for it. Raises LedgerError where another run holds the ledger, OSError where the file of
    digests cannot be written.
    """
    records = left.records
    if records.not_read or records.holds or left.file is None:
        return
    with reading(agency.url, agency.folder) as connection:
        known = read_beginning(connection) if connection is not None else None
    if known is None or known.settings != _settings(folder) or not is_at(known.beginning, folder / TABLE):
        return
    apart = {row.line for row in known.beginning.apart}
    lines = known.beginning.lines
    long_past = {row.encounter_id for row in records.encounters if row.line <= lines and row.line not in apart}
    for item in found.items:
        if item.kind in _ABOUT_ROWS and (item.kind == "deleted" or not long_past.isdisjoint(item.encounter_ids)):
            return
    text = _encode(_facts(agency, records, known))
    if _state_of(folder) != left.file:
        return
    ledger = open_ledger(agency.url, agency.folder, create=False, tag=agency.settings.ledger_tag, who=agency.who)
    disk.replace_synced(folder / FACTS, [text], ledger.place.tag)
    say_nothing_is_due(ledger, known, _policies(agency), hashlib.sha256(text.encode()).hexdigest())


def _facts(agency: Agency, records: Records, known: Remembered) -> Mapping[Key, int]:
    """Return the digests of what is said of each person, as far as it can matter to a beginning."""
    return facts(records, latest_that_matters(agency.policies, known.beginning.before))


def _read_facts(folder: Path, digest: str) -> Mapping[Key, int] | None:
    """Return the digests of what was said of each person; None where the file is gone or another."""
    try:
        text = read_file(folder / FACTS, FACTS)
    except UnusableInputError:
        return None
    if hashlib.sha256(text).hexdigest() != digest:
        return None
    return {(column, id_): number for column, id_, number in msgspec.json.decode(text, type=list[tuple[str, str, int]])}


def _encode(found: Mapping[Key, int]) -> str:
    return msgspec.json.encode([(*key, number) for key, number in sorted(found.items())]).decode()


def _policies(agency: Agency) -> str:
    """Return a digest of what the programmes say."""
    said = sorted((programme.id, programme.sha256) for programme in agency.policies)
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def _overpaid(connection: sa.Connection) -> set[str]:
    return set(connection.execute(sa.select(tables.overpayments.c.encounter_id)).scalars())


def remember_long_past(agency: Agency, folder: Path, program: str, left: Left, day: dt.date | None = None) -> bool:
    """Remember how far the table of encounters need not be read again, and return whether something was added.

    `left` is what `read_left` returned before the run that billed it. Nothing is remembered where the file was changed
    meanwhile, is no CSV, or holds too little that is long past. Raises LedgerError where another run holds the ledger.
    """
    records, policies = left.records, agency.policies
    path = folder / TABLE
    if left.file is None or not can_be_scoped(records, policies):
        return False
    before = long_past_before(agency, day or today(agency.settings))
    read = [row for row in records.encounters if row.start is not None and row.start.date() < before]
    if len(read) < LEAST_ROWS:
        return False
    with reading(agency.url, agency.folder) as connection:
        if connection is None:
            return False
        kinds = dict(_kinds(connection, agency, records, before))
        known = read_beginning(connection) if records.not_read else None
    try:
        found = find_beginning(path, kinds, before, known.beginning if known is not None else None)
    except OSError:
        return False
    added = found.rows - (known.beginning.rows if known is not None else 0) if found is not None else 0
    if found is None or added < LEAST_ROWS or _state_of(folder) != left.file:
        return False
    ledger = open_ledger(agency.url, agency.folder, create=False, tag=agency.settings.ledger_tag, who=agency.who)
    remember(ledger, Remembered(found, _settings(folder), program))
    return True


def long_past_before(agency: Agency, day: dt.date) -> dt.date:
    """Return the day before which nothing matters to what is given or entered late around a day.

    That is as far back as windows of the programmes and the comparison with what is usual reach; the first day there is
    where a window has no beginning.
    """
    late = max(day, dt.date.min + LATE) - LATE
    return min(usual_days_begin(late), earliest_that_matters(agency.policies, late))


def _kinds(connection: sa.Connection, agency: Agency, records: Records, before: dt.date) -> Iterator[tuple[int, Kind]]:
    """Yield what each encounter that was read is to the next run, by its line."""
    policies = agency.policies
    known = prepared(records, policies)
    unchanged = load_unchanged(connection, known.encounters, tests=agency.settings.test_payers)
    waived = _waived(connection)
    part = scoped(known, policies, unchanged, waived)
    settled = {row.line for row in part.settled if row.start is not None and row.start.date() < before}
    billed = {row.line for row in known.encounters if row.encounter_id in unchanged}
    for line in chain((row.line for row in records.encounters), (row.line for row in records.rejected)):
        yield line, "settled" if line in settled else "near" if line in billed else "left"


def _is_enough(
    connection: sa.Connection, agency: Agency, records: Records, known: Remembered, day: dt.date, *, patterns: bool
) -> bool:
    """Return whether an audit of the records that were read finds what an audit of all would."""
    policies, beginning = agency.policies, known.beginning
    if records.settings != agency.settings or not can_be_scoped(records, policies):
        return False
    if any(row.effect == ORPHAN for row in records.unused_rows):
        return False
    rows: tuple[Encounter | Rejected, ...] = (*records.encounters, *records.rejected)
    read = {row.encounter_id for row in rows}
    after = {row.encounter_id for row in rows if row.line > beginning.lines}
    waived = _waived(connection)
    if not waived <= read or has_moved(connection, known) or are_billed_before(connection, after, known):
        return False
    tests = agency.settings.test_payers
    going = to_next_payer(connection, shared_members(records), tests)
    if not read.issuperset(id_ for claim in going for line in claim.lines for id_ in line.encounter_ids):
        return False
    usable = prepared(records, policies)
    unchanged = load_unchanged(connection, usable.encounters, tests=tests)
    left = [row for row in usable.encounters if row.encounter_id not in unchanged]
    lines = {row.line for row in beginning.apart if row.left}
    if any(row.line <= beginning.lines and row.line not in lines for row in left):
        return False
    return _reach_no_further(left, lines, usable, agency, beginning.before, day, patterns=patterns)


def _reach_no_further(
    left: Sequence[Encounter],
    old: Collection[int],
    records: Records,
    agency: Agency,
    before: dt.date,
    day: dt.date,
    *,
    patterns: bool,
) -> bool:
    """Return whether what is left to bill, but what was left already, looks at nothing from before a day."""
    new = tuple(row for row in left if row.line not in old)
    scope = history_scope(attrs.evolve(records, encounters=new), agency.policies)
    if min(scope.members_from, scope.staff_from) < before:
        return False
    days = [row.start.date() for row in left if row.start is not None]
    return not patterns or not days or usual_days_begin(min(max(days), day)) >= before


def _waived(connection: sa.Connection) -> set[str]:
    return {id_ for waiver in read_waivers(connection) for id_ in waiver.encounter_ids}


def _is_as_it_was(folder: Path, known: Remembered, program: str) -> bool:
    path = folder / TABLE
    return (
        known.program == program
        and known.settings == _settings(folder)
        and path.is_file()
        and is_at(known.beginning, path)
    )


def _settings(folder: Path) -> str:
    return hashlib.sha256(read_file(folder / FILE, FILE)).hexdigest()


def _state_of(folder: Path) -> tuple[int, ...] | None:
    """Return what shows whether the file of encounters was changed; None where there is none."""
    try:
        found = (folder / TABLE).stat()
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
