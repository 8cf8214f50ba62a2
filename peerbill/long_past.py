"""A workspace without what was billed long ago: the tables of ten years, read from where this year begins.

`bill` remembers in the ledger how far the file of encounters holds nothing but what was billed, is as it was and is
long past (`remember_long_past`). As long as the file begins with the same bytes, the next run reads what follows
(`read_left`), and the few rows before it that are left to bill or near to one that is. What a run finds is the same:
where that is not certain, it reads everything.
"""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import msgspec
import sqlalchemy as sa

from peerbill.agency import Agency
from peerbill.checks.audit import can_be_scoped, prepared
from peerbill.checks.check_set import check_set
from peerbill.checks.passes import usual_days, usual_spans
from peerbill.claims.next_payer import shared_members
from peerbill.coding.facts import Key, facts
from peerbill.coding.history import earliest_that_matters, history_scope, latest_that_matters
from peerbill.coding.holds import known_ids
from peerbill.coding.settled import scoped
from peerbill.intake.beginnings import FirstBytes, Kind, find_beginning
from peerbill.intake.gate import ORPHAN
from peerbill.intake.tables import SETTINGS
from peerbill.intake.workspace import read_workspace, today
from peerbill.ledger.look.answered_claims import to_next_payer
from peerbill.ledger.look.beginnings import (
    Remembered,
    has_moved,
    is_any_before,
    nothing_was_due,
    read_beginnings,
    remember,
    say_nothing_is_due,
)
from peerbill.ledger.look.history import known_to_stand, load_unchanged, reading
from peerbill.ledger.store import disk, tables, trail
from peerbill.ledger.store.ledger import open_ledger
from peerbill.ledger.waivers import read_waivers
from peerbill.model.beginning import Beginning
from peerbill.model.encounter import Encounter, ReadEncounters, Standing
from peerbill.model.errors import UnusableInputError
from peerbill.model.ids import compact
from peerbill.model.input_files import read_file
from peerbill.model.records import Records, Rejected
from peerbill.policy import Policies
from peerbill.policy.data_version import policy_data_version

if TYPE_CHECKING:
    from peerbill.todo.item import Todo

TABLE = "encounters.csv"
LEAST_ROWS = 2_000
"""Fewest encounters for which it is worth to remember that they need not be read.

They take an audit half a second (104,000 took 28). An agency with 200 a week adds five such entries to its trail in a
year.
"""
MOST_TRIED = 3
"""How many of the remembered beginnings are compared with the file, which is read up to its end for each."""
FACTS = ".long-past.json"
"""The file, beside the tables, with the digests of what was said of each person."""
_ABOUT_ROWS = frozenset({"deleted", "enrolment"})
"""Kinds of items about encounters or members that are not looked for where the table is read from its middle."""
LATE = dt.timedelta(days=60)
"""How late after its service an encounter may come into the table without all of it being read.

With fewer days, a note that waits for its correction has everything read; with more, every run reads as many days more.
No state's text gives less than 90 days to file: what comes after 60 is late by any measure, and rare.
"""
OFTEN = dt.timedelta(days=28)
"""After how long a bill run reads as far back as an audit does, to remember anew where audits begin."""


@attrs.frozen
class Left:
    """The records of a workspace that a run looks at, and what there was when they were read.

    Attributes:
        records: what was read.
        file: the state of the file of encounters before it was read; None where there was none.
        settings: the SHA-256 of `peerbill.toml` then.
        seen: the number of the last entry of the audit trail then.
        program: the version of peerbill that reads.
        known: what was remembered of the encounters that were not read; None where all were.

    """

    records: Records
    file: tuple[int, ...] | None
    settings: str
    seen: int
    program: str
    known: Remembered | None = None


@attrs.frozen
class _Start:
    """What there is before a workspace is read: see `Left`.

    `longer` is a beginning that goes too far for the run, and shows of rows that it reads that they stand on claims as
    they are; `ledger` is the hash of the last entry of the trail then.
    """

    file: tuple[int, ...] | None
    settings: str
    seen: int
    program: str
    known: Remembered | None
    longer: Beginning | None = None
    ledger: str = ""

    def left(self, records: Records) -> Left:
        known = self.known if records.not_read else None
        return Left(records, self.file, self.settings, self.seen, self.program, known)


def read_left(
    agency: Agency, folder: Path, program: str, day: dt.date | None = None, *, patterns: bool = False
) -> Left:
    """Read a workspace without what was billed long ago, where an audit of the rest is the same; else all of it.

    `program` is the version of peerbill, `day` that of the audit (None: today), `patterns` whether it looks for what
    shows over many encounters: then the rest begins months earlier. Raises what `read_workspace` raises, and
    LedgerError.
    """
    day = day or today(agency.settings)
    patterns = patterns or _raises_patterns(agency)
    start = _start(agency, folder, program, day, bills=not patterns)
    rest = _read_rest(agency, folder, start, day, patterns=patterns)
    if rest is None and start.known is not None and start.known.bills:
        start = _start(agency, folder, program, day)
        rest = _read_rest(agency, folder, start, day, patterns=patterns)
    return start.left(rest if rest is not None else read_workspace(folder))


def read_left_to_do(agency: Agency, folder: Path, program: str, day: dt.date | None = None) -> Left:
    """Read a workspace for its work list: without what was billed long ago, where nothing can be due about it.

    Arguments and errors are those of `read_left`.
    """
    day = day or today(agency.settings)
    start = _start(agency, folder, program, day, nothing_due=True)
    then = _facts_of_then(agency, folder, start.known)
    # What was paid is looked at as if nothing were billed: a pattern in it would show over all years.
    if then is not None and not _raises_patterns(agency):
        rest = _read_rest(agency, folder, start, day, patterns=False)
        if rest is not None and _nothing_can_be_due(agency, rest, start.known, then):
            return start.left(rest)
    return start.left(read_workspace(folder))


def _start(
    agency: Agency, folder: Path, program: str, day: dt.date, *, bills: bool = False, nothing_due: bool = False
) -> _Start:
    """Look what there is, and choose the last beginning that will do: with `nothing_due`, of those about which it was.

    With `bills`, one of those for bill runs alone will do, as long as one for audits was remembered not long ago. Where
    a row of a beginning was changed, an older one may do.
    """
    file, settings = _state_of(folder), _settings(folder)
    before = long_past_before(agency, day)
    longer, first = None, FirstBytes(folder / TABLE)
    with reading(agency.url, agency.folder) as connection:
        if connection is None:
            return _Start(file, settings, 0, program, None)
        end = trail.checkpoint(connection, "")
        with closing(read_beginnings(connection, settings)) as beginnings:
            last = next((one for one in beginnings if _reaches(one, before)), None)
        bills = bills and last is not None and last.beginning.before + OFTEN > before
        if bills:
            before = billed_before(agency, day)
        with closing(read_beginnings(connection, settings)) as beginnings:
            candidates = (
                one
                for one in beginnings
                if _reaches(one, before, bills=bills) and not (nothing_due and nothing_was_due(connection, one) is None)
            )
            tried = islice(candidates, MOST_TRIED)
            known = next((one for one in tried if _is_as_it_was(agency, folder, one, program, first)), None)
        if known is not None and not known.bills:
            with closing(read_beginnings(connection, settings)) as beginnings:
                longer = next((one for one in beginnings if one.beginning.lines > known.beginning.lines), None)
            if longer is not None and (
                has_moved(connection, longer) or not _is_as_it_was(agency, folder, longer, program, first)
            ):
                longer = None
    return _Start(
        file, settings, end.number, program, known, longer.beginning if longer is not None else None, end.hash
    )


def _reaches(found: Remembered, before: dt.date, *, bills: bool = False) -> bool:
    """Return whether a beginning ends before a day, and is one for audits; with `bills`, it may be for bill runs."""
    return found.beginning.before <= before and (bills or not found.bills)


def _read_rest(agency: Agency, folder: Path, start: _Start, day: dt.date, *, patterns: bool) -> Records | None:
    """Return the records without what is remembered, where that is enough and nothing changed meanwhile; else None."""
    known = start.known
    if known is None:
        return None
    records = _with_standing(read_workspace(folder, known.beginning), start)
    if (_state_of(folder), _settings(folder)) != (start.file, start.settings):
        return None
    with reading(agency.url, agency.folder) as connection:
        if connection is not None and _is_enough(connection, agency, records, known, day, patterns=patterns):
            return records
    return None


def _with_standing(records: Records, start: _Start) -> Records:
    """Return the records with what the longer beginning shows of their encounters."""
    rows, longer = records.encounters, start.longer
    if longer is None or not isinstance(rows, ReadEncounters):
        return records
    apart = {row.line for row in longer.apart}
    ids = frozenset(row.encounter_id for row in rows if row.line <= longer.lines and row.line not in apart)
    return attrs.evolve(records, encounters=rows.with_standing(Standing(ids, start.ledger)))


def _raises_patterns(agency: Agency) -> bool:
    """Return whether the settings raise what shows over many encounters, so that every audit looks for it."""
    return bool(check_set(agency.settings).of_pattern(asked=False))


def _facts_of_then(agency: Agency, folder: Path, known: Remembered | None) -> Mapping[Key, int] | None:
    """Return under which facts nothing was due about a beginning; None where that may have changed since."""
    with reading(agency.url, agency.folder) as connection:
        digest = nothing_was_due(connection, known) if connection is not None and known is not None else None
    return _read_facts(folder, digest) if digest is not None else None


def _nothing_can_be_due(agency: Agency, records: Records, known: Remembered | None, before: Mapping[Key, int]) -> bool:
    """Return whether nothing can be due about what was not read, as far as the rest and the ledger show."""
    if known is None or records.holds:
        return False
    now = _facts(agency, records, known)
    changed = {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}
    npis = {compact(person.npi) for person in records.staff}
    # What is said of staff, or of nobody by name, may concern anything; what is new on members none of it.
    if ("", "") in changed or any(column == "staff_id" or (column == "npi" and id_ in npis) for column, id_ in changed):
        return False
    members = {id_ for column, id_ in changed if column == "member_id"}
    with reading(agency.url, agency.folder) as connection:
        return (
            connection is not None
            and nothing_was_due(connection, known) == _digest(_encode(before))
            and _overpaid(connection) <= {row.encounter_id for row in records.encounters}
            and not is_any_before(connection, "member_id", members, known.beginning.before)
        )


def remember_nothing_is_due(agency: Agency, folder: Path, left: Left, found: "Todo") -> None:
    """Remember that a work list has nothing about what is long past, where that is so.

    `left` is what was read for it: everything, or what follows a beginning about which nothing is due. Raises
    LedgerError where another run holds the ledger, OSError where the file of digests cannot be written.
    """
    records = left.records
    if records.holds or records.settings != agency.settings or left.file is None:
        return
    before = long_past_before(agency, found.as_of)
    with reading(agency.url, agency.folder) as connection:
        if connection is None:
            return
        with closing(read_beginnings(connection, left.settings)) as beginnings:
            known = next((one for one in beginnings if _reaches(one, before)), None)
        # What the list left out is known already; only a beginning that goes further is news.
        if known is None or (left.known is not None and known.beginning.lines <= left.known.beginning.lines):
            return
        if _is_about(found, records, known) or not _is_as_it_was(agency, folder, known, left.program):
            return
        due = nothing_was_due(connection, known)
        # Where such a row is taken out of the table later, a list of the rest would not show it.
        after = {row.encounter_id for row in records.encounters if row.line > known.beginning.lines}
        if is_any_before(connection, "encounter_id", after, known.beginning.before):
            return
    text = _encode(_facts(agency, records, known))
    digest = _digest(text)
    if due == digest and _read_facts(folder, digest) is not None:
        return
    if (_state_of(folder), _settings(folder)) != (left.file, left.settings):
        return
    ledger = open_ledger(agency.url, agency.folder, create=False, tag=agency.settings.ledger_tag, who=agency.who)
    disk.replace_synced(folder / FACTS, [text], ledger.place.tag)
    say_nothing_is_due(ledger, known, digest, left.seen)


def forget(folder: Path) -> None:
    """Remove what was remembered of people beside the tables, as a purge does: the next work list makes it anew."""
    (folder / FACTS).unlink(missing_ok=True)


def _is_about(found: "Todo", records: Records, known: Remembered) -> bool:
    """Return whether a work list has an item that may be about what is not read the next time."""
    apart = {row.line for row in known.beginning.apart}
    lines = known.beginning.lines
    long_past = {row.encounter_id for row in records.encounters if row.line <= lines and row.line not in apart}
    return any(item.kind in _ABOUT_ROWS or not long_past.isdisjoint(item.encounter_ids) for item in found.items)


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


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _encode(found: Mapping[Key, int]) -> str:
    return msgspec.json.encode([(*key, number) for key, number in sorted(found.items())]).decode()


def _policies(agency: Agency) -> str:
    """Return a digest of what the programmes and the packaged policy data say."""
    programmes = sorted((programme.id, programme.sha256) for programme in agency.policies)
    return hashlib.sha256(msgspec.json.encode((policy_data_version(), programmes))).hexdigest()


def _overpaid(connection: sa.Connection) -> set[str]:
    return set(connection.execute(sa.select(tables.overpayments.c.encounter_id)).scalars())


def remember_long_past(agency: Agency, folder: Path, left: Left, day: dt.date | None = None) -> bool:
    """Remember how far the table of encounters need not be read again, and return whether something was added.

    That is up to where audits may begin, and up to where bill runs may, which is further. `left` is what `read_left`
    returned before the run that billed it. Nothing is remembered where the file was changed meanwhile, is no CSV, or
    holds too little that is long past, or too little more than what is remembered and still holds. Raises LedgerError
    where another run holds the ledger.
    """
    records, policies, day = left.records, agency.policies, day or today(agency.settings)
    if left.file is None or records.settings != agency.settings or not can_be_scoped(records, policies):
        return False
    days = [row.start.date() for row in records.encounters if row.start is not None]
    both = ((long_past_before(agency, day), False), (billed_before(agency, day), True))
    ends = [end for end in both if sum(one < end[0] for one in days) >= LEAST_ROWS]
    if not ends:
        return False
    with reading(agency.url, agency.folder) as connection:
        if connection is None:
            return False
        last = next(read_beginnings(connection, left.settings), None)
        if left.known is not None and last is not None and last.number > left.seen:
            return False
        known = _kinds(connection, agency, records)
        found: list[Remembered] = []
        try:
            for before, bills in ends:
                one = _found(connection, agency, folder, left, known, before, bills=bills)
                if one is not None and all(_is_worth_it(one, other) for other in found):
                    found.append(one)
        except OSError:
            return False
    if not found or (_state_of(folder), _settings(folder)) != (left.file, left.settings):
        return False
    ledger = open_ledger(agency.url, agency.folder, create=False, tag=agency.settings.ledger_tag, who=agency.who)
    for new in found:
        remember(ledger, new)
    return True


def _found(
    connection: sa.Connection,
    agency: Agency,
    folder: Path,
    left: Left,
    known: Sequence[tuple[int, Kind, dt.date | None]],
    before: dt.date,
    *,
    bills: bool,
) -> Remembered | None:
    """Return a beginning of what began before a day; None where it has too little more than what still holds."""
    if left.known is not None and left.known.beginning.before > before:
        return None
    kinds: dict[int, Kind] = {
        line: "near" if kind == "settled" and (day is None or day >= before) else kind for line, kind, day in known
    }
    found = find_beginning(folder / TABLE, kinds, before, left.known.beginning if left.known is not None else None)
    if found is None:
        return None
    with closing(read_beginnings(connection, left.settings)) as beginnings:
        last = next((one for one in beginnings if _reaches(one, before, bills=bills)), None)
    new = Remembered(found, left.settings, left.program, _policies(agency), left.seen, bills=bills)
    if last is not None and _still_holds(connection, agency, folder, left, last, kinds):
        return new if _is_worth_it(new, last) else None
    return new if found.rows >= LEAST_ROWS else None


def _is_worth_it(new: Remembered, last: Remembered) -> bool:
    return new.beginning.rows - last.beginning.rows >= LEAST_ROWS


def _still_holds(
    connection: sa.Connection,
    agency: Agency,
    folder: Path,
    left: Left,
    last: Remembered,
    kinds: Mapping[int, Kind],
) -> bool:
    """Return whether the next run can begin where the last beginning ends, as far as what was read shows."""
    beginning = last.beginning
    apart = {row.line for row in beginning.apart}
    free = {row.line for row in beginning.apart if row.left}
    waived = _waived(connection)
    return (
        _is_as_it_was(agency, folder, last, left.program)
        and not has_moved(connection, last)
        and all(line in free for line, kind in kinds.items() if kind == "left" and line <= beginning.lines)
        and all(
            row.line in apart
            for row in left.records.encounters
            if row.line <= beginning.lines and row.encounter_id in waived
        )
    )


def long_past_before(agency: Agency, day: dt.date) -> dt.date:
    """Return the day before which nothing matters to what is given or entered late around a day.

    That is as far back as windows of the programmes and the comparison with what is usual reach; the first day there is
    where a window has no beginning.
    """
    late = max(day, dt.date.min + LATE) - LATE
    return min(usual_days(late)[0], earliest_that_matters(agency.policies, late))


def billed_before(agency: Agency, day: dt.date) -> dt.date:
    """Return the same day for a bill run, which compares with nothing that is usual."""
    return earliest_that_matters(agency.policies, max(day, dt.date.min + LATE) - LATE)


def _kinds(connection: sa.Connection, agency: Agency, records: Records) -> Sequence[tuple[int, Kind, dt.date | None]]:
    """Return what each encounter that was read is to the next run, by its line, and its day if it is settled."""
    policies = agency.policies
    known = prepared(records, policies)
    unchanged = load_unchanged(connection, known.encounters, tests=agency.settings.test_payers)
    part = scoped(known, policies, unchanged, _waived(connection))
    settled = {row.line: row.start.date() for row in part.settled if row.start is not None}
    billed = {row.line for row in known.encounters if row.encounter_id in unchanged}
    lines = chain((row.line for row in records.encounters), (row.line for row in records.rejected))
    return [
        (line, "settled" if line in settled else "near" if line in billed else "left", settled.get(line))
        for line in lines
    ]


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
    if not waived <= read or has_moved(connection, known):
        return False
    if is_any_before(connection, "encounter_id", after, beginning.before):
        return False
    tests = agency.settings.test_payers
    going = to_next_payer(connection, shared_members(records), tests)
    if not read.issuperset(id_ for claim in going for line in claim.lines for id_ in line.encounter_ids):
        return False
    usable = prepared(records, policies)
    peers = _perhaps_peers(usable, policies)
    if _names_who_is_not_known(usable) or is_any_before(connection, "staff_id", peers, beginning.before):
        return False
    stand = known_to_stand(connection, usable.encounters)
    reaching = _may_reach_further(usable, agency, beginning, day, patterns=patterns)
    asked = [row for row in reaching if row.encounter_id not in stand]
    unchanged = load_unchanged(connection, asked, tests=tests)
    left = [row for row in asked if row.encounter_id not in unchanged]
    lines = {row.line for row in beginning.apart if row.left}
    if any(row.line <= beginning.lines and row.line not in lines for row in left):
        return False
    return _reach_no_further(left, lines, usable, agency, beginning.before, day, patterns=patterns)


def _names_who_is_not_known(records: Records) -> bool:
    """Return whether a row that holds what it could concern names a person whom earlier encounters alone may know."""
    known = known_ids(records)
    return any(
        (hold.member_id and hold.member_id not in known["member_id"])
        or (hold.staff_id and hold.staff_id not in known["staff_id"])
        for hold in records.holds
    )


def _perhaps_peers(records: Records, policies: Policies) -> set[str]:
    """Return the staff of whom earlier encounters may show that they are peers, where a text counts those (PB316)."""
    if not any("peers_per_supervisor" in row.values for programme in policies for row in programme.rows()):
        return set()
    serving = {row.staff_id for row in records.encounters}
    return {person.staff_id for person in records.staff if not person.role} - serving


def _may_reach_further(
    records: Records, agency: Agency, beginning: Beginning, day: dt.date, *, patterns: bool
) -> Iterator[Encounter]:
    """Yield the encounters of the beginning, and those after it that look further back than it ends, if they are left.

    How far back an encounter looks, its day decides.
    """
    reaches: dict[dt.date, bool] = {}
    for row in records.encounters:
        if row.line <= beginning.lines:
            yield row
        elif row.start is not None:
            on = row.start.date()
            if on not in reaches:
                reaches[on] = not _reach_no_further(
                    [row], (), records, agency, beginning.before, day, patterns=patterns
                )
            if reaches[on]:
                yield row


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
    return not patterns or all(begins >= before for begins, _ in usual_spans(days, day))


def _waived(connection: sa.Connection) -> set[str]:
    """Return the encounters of waivers that nobody ended; of those that have expired, an audit says so."""
    return {id_ for waiver in read_waivers(connection) if not waiver.ended for id_ in waiver.encounter_ids}


def _is_as_it_was(
    agency: Agency, folder: Path, known: Remembered, program: str, first: FirstBytes | None = None
) -> bool:
    return (
        known.program == program
        and known.settings == _settings(folder)
        and known.policies == _policies(agency)
        and (folder / TABLE).is_file()
        and (first or FirstBytes(folder / TABLE)).are(known.beginning)
    )


def _settings(folder: Path) -> str:
    """Return the SHA-256 of the settings; "" where they cannot be read, which nothing is remembered under."""
    try:
        return hashlib.sha256(read_file(folder / SETTINGS, SETTINGS)).hexdigest()
    except UnusableInputError:
        return ""


def _state_of(folder: Path) -> tuple[int, ...] | None:
    """Return what shows whether the file of encounters was changed; None where there is none."""
    try:
        found = (folder / TABLE).stat()
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
