"""Whether the ledger can be trusted: the audit trail is an unbroken chain, and the tables agree with it."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

import attrs
import sqlalchemy as sa

from peerbill.ledger import blank_rows, states
from peerbill.ledger.answers.session import MATCHED
from peerbill.ledger.modes import ENDED, in_test
from peerbill.ledger.store import contents, schema, seals, tables, trail
from peerbill.ledger.store.identity import last_claim
from peerbill.ledger.store.seals import SEALED, Row, Seal
from peerbill.ledger.store.trail import GENESIS, Checkpoint, entry_hash
from peerbill.model.claim_state import ClaimState, Frequency, Standing
from peerbill.model.errors import LedgerError
from peerbill.model.money import dollars, printed
from peerbill.model.plural import counted

_AT_ONCE = 5_000
_MOST = 20
"""How many problems of a kind are listed each."""

_events = tables.events.c
_claims = tables.claims.c
_lines = tables.lines.c
_encounters = tables.encounters.c
_files = tables.files.c
_payments = tables.payments.c

_OF_ANSWERS = ("posted", MATCHED, trail.PURGED_ANSWER)
"""The entries with the digest of what a file of answers brought: the last counts."""
_NUMBERS = {
    "batch": sa.func.max(tables.batches.c.batch_id),
    "answer": sa.func.max(tables.answers.c.answer_id),
    "transaction": sa.func.max(tables.transactions.c.transaction_id),
    "payment": sa.func.max(_payments.payment_id),
}
"""The highest number in use for each counter; the trail's is looked at with the trail."""


@attrs.frozen
class Problem:
    """Something that is not as peerbill left it.

    `kind` is checkpoint, trail, schema, value, seal, counter, claim, line, encounter, file, answer, standing, money or
    storage; `number` the entry of the trail at which it shows, or None.
    """

    kind: str
    message: str
    number: int | None = None


@attrs.frozen
class Verification:
    """What a ledger was found to be: `last` is the number of its last entry, `hash` that entry's."""

    entries: int
    last: int
    hash: str
    claims: int
    problems: tuple[Problem, ...]


def verify(connection: sa.Connection, saved: Checkpoint | None = None) -> Verification:
    """Compare the whole ledger with its trail, and the trail with itself and a checkpoint saved before.

    Reads every entry once, in order, and keeps none. Without a checkpoint, an end that was cut off together with all it
    did, and a trail that was written anew with all its hashes, look like a true trail. A purge that is later than the
    checkpoint is a problem: it took out what the checkpoint was to cover, and a newer one covers what it left.
    """
    walked = _Walk(saved)
    found = [*_several("schema", schema.differences(connection))]
    if schema.gone(connection):
        return Verification(0, 0, GENESIS, 0, tuple(found))
    found += walked.problems(connection)
    of_rows = list(_sealed(connection, walked))
    found += (problem for problem in of_rows if problem.kind == "value")
    unread = any(problem.kind == "value" for problem in found)
    for kind, problems in _comparisons(walked.last):
        try:
            found += _several(kind, problems(connection))
        except LedgerError as error:
            # A value that cannot be compared was told with its row; one in a sum shows here alone.
            if not unread:
                found.append(Problem("value", str(error)))
    # What says most comes first: a seal knows the table, and not the row.
    found += (problem for problem in of_rows if problem.kind != "value")
    claims = connection.execute(sa.select(sa.func.count()).select_from(tables.claims)).scalar_one()
    return Verification(walked.entries, walked.last, walked.hash, claims, tuple(found))


def _several(kind: str, messages: Iterator[str]) -> Iterator[Problem]:
    for message in islice(messages, _MOST):
        yield Problem(kind, message)
    more = sum(1 for _ in messages)
    if more:
        yield Problem(kind, f"and {more:,} more of this kind")


_EVENT, _DETAIL = 3, 6
"""Where event and detail are in an entry, behind its number."""


def _sealed_anew(number: int) -> Problem:
    return Problem(
        "seal", f"entry {number} seals the ledger as if it had never been sealed: its seals were taken away", number
    )


@attrs.define
class _Walk:
    """A pass over the trail."""

    saved: Checkpoint | None
    entries: int = 0
    last: int = 0
    hash: str = GENESIS
    sealed: int = 0
    seal: str = ""
    purges: dict[int, str] = attrs.field(factory=dict)
    """The ends of the details of purges, by the number of their entries."""
    purged: dict[int, trail.PurgedEntries] = attrs.field(factory=dict)
    """The entries whose hash nobody can work out any more, by the number of the purge that they name."""
    uncovered: int = 0
    """The last entry of a purge behind the checkpoint, 0 where there is none."""

    def problems(self, connection: sa.Connection) -> Iterator[Problem]:
        broken = 0
        saved_hash = GENESIS if self.saved is not None and self.saved.number == 0 else ""
        names = ("number", "at", "who", "claim_id", "event", "state", "file", "detail", "account", "hash")
        query = sa.select(*(seals.as_it_is(_events[name]) for name in names)).order_by(_events.number)
        for number, *rest, account, row in _rows(connection, query):
            self.entries += 1
            # SQLite takes any kind of value into any column, and JSON writes some of them alike.
            if type(number) is not int or any(type(value) is not str for value in (*rest, account, row)):
                yield Problem("trail", f"the trail is broken after entry {self.last}: a value there is no text")
                continue
            problem = self._compared(number, rest, account, row)
            if rest[_EVENT] == SEALED:
                again = self.sealed and rest[_DETAIL].startswith(seals.FIRST)
                problem = problem or (_sealed_anew(number) if again else None)
                self.sealed, self.seal = number, rest[_DETAIL]
            if rest[_EVENT] == trail.PURGED:
                self.purges[number] = rest[_DETAIL].rpartition("; ")[2]
            if rest[_EVENT] in trail.OF_PURGES and self.saved is not None and number > self.saved.number:
                self.uncovered = number
            # After a break, the next entry is compared with what is there: each place is reported, and none twice.
            self.last, self.hash = number, row
            if self.saved is not None and number == self.saved.number:
                saved_hash = row
            if problem is not None:
                broken += 1
                if broken < _MOST:
                    yield problem
        for number in sorted(self.purges.keys() | self.purged.keys()):
            left = self.purged.get(number, trail.PurgedEntries())
            if self.purges.get(number) != left.detail:
                broken += 1
                yield Problem(
                    "trail",
                    f"{left.number:,} of the entries of the trail are without their detail as if entry {number} had "
                    "purged it, and that is not what it says",
                    number,
                )
        if broken >= _MOST:
            yield Problem("trail", f"and {broken - _MOST + 1:,} more places at which the trail is broken")
        if self.saved is not None:
            yield from self._against(self.saved, saved_hash)

    def _compared(self, number: int, rest: list[str], account: str, found: str) -> Problem | None:
        if number <= self.last:
            return Problem("trail", f"entry {number} of the trail has a number that peerbill never gives", number)
        if number != self.last + 1:
            first = self.last + 1
            gone = f"entry {first} is" if number == first + 1 else f"entries {first} to {number - 1} are"
            return Problem("trail", f"the trail is broken at entry {first}: {gone} gone", first)
        if found != entry_hash(self.hash, [number, *rest], account):
            if (purge := trail.purge_of(rest[_DETAIL])) > number:
                self.purged.setdefault(purge, trail.PurgedEntries()).add([number, *rest], account, found)
                return None
            return Problem(
                "trail",
                f"the trail is broken at entry {number}: it, or what stands before it, was changed, put in, moved or "
                "removed",
                number,
            )
        return None

    def _against(self, saved: Checkpoint, found: str) -> Iterator[Problem]:
        if self.last < saved.number:
            yield Problem(
                "checkpoint",
                f"the end of the trail was cut off: its last entry is {self.last}, at the checkpoint of {saved.at} it "
                f"was {saved.number}",
                self.last + 1,
            )
        elif found != saved.hash:
            yield Problem(
                "checkpoint",
                f"entry {saved.number} is not the one of the checkpoint of {saved.at}: the trail was written anew, or "
                "the checkpoint is another ledger's",
                saved.number,
            )
        elif self.uncovered:
            yield Problem(
                "checkpoint",
                f"a purge after the checkpoint of {saved.at} took out what that covers (its last entry is "
                f"{self.uncovered}): nobody can tell from the ledger what was there. Ask who purged it. If the purge "
                f"was meant, verify with a checkpoint of entry {self.uncovered} or later (peerbill ledger checkpoint); "
                "if not, restore a backup of before",
                self.uncovered,
            )


def _sealed(connection: sa.Connection, walked: _Walk) -> Iterator[Problem]:
    """Hold every row of every table against its type, and the sums of each table against its seal (`store/seals.py`).

    A ledger that an older peerbill made has no seals before it is opened to be written.
    """
    misfits: list[str] = []
    more = 0
    found: dict[str, Seal] = {}
    for table in seals.sealed_tables():
        digest, fits, seal = seals.shape_of(table).whole.digest, _fits(table), found.setdefault(str(table.name), Seal())
        for rows in seals.partitions(connection, table):
            for row in rows:
                if told := fits(row):
                    more += len(misfits) == _MOST
                    misfits += [told] if len(misfits) < _MOST else []
            seal.add(len(rows), sum(map(digest, rows)))
    yield from (Problem("value", misfit) for misfit in misfits)
    if more:
        yield Problem("value", f"and {more:,} more of this kind")
    try:
        left = seals.read_seals(connection)
    except (LedgerError, ValueError, TypeError):
        yield Problem("value", "table seals: a value there is no seal")
        return
    if left or walked.sealed:
        yield from (Problem("seal", told) for told in _against_seals(found, left))
        yield from _against_trail(left, walked)


def _fits(table: sa.Table) -> Callable[[Row], str]:
    """Return what tells of a row in which a value is not what its column holds; "" for the others."""
    columns = list(table.columns)
    ordinary: set[tuple[type, ...]] = set()
    special = [(at, column.type) for at, column in enumerate(columns) if column.type.fits is not None]  # type: ignore[attr-defined]

    def told(row: Row) -> str:
        types = tuple(map(type, row))
        if types in ordinary and all(type_.fits(row[at]) for at, type_ in special):  # type: ignore[attr-defined]
            return ""
        for column, value in zip(columns, row, strict=True):
            if not column.type.is_one(value) and not (value is None and column.nullable):  # type: ignore[attr-defined]
                keys = [
                    str(key)
                    for of, key in zip(columns, row, strict=True)
                    if of.primary_key and of.type.is_one(key)  # type: ignore[attr-defined]
                ]
                named = f", row {' '.join(keys)}" if keys else ""
                return f"table {table.name}{named}: the value of {column.name} there is no {column.type.what}"  # type: ignore[attr-defined]
        ordinary.add(types)
        return ""

    return told


def _against_seals(found: Mapping[str, Seal], left: Mapping[str, Seal]) -> Iterator[str]:
    for name, seal in found.items():
        then = left.get(name)
        if then is None:
            yield f"table {name} has no seal any more"
        elif then.number != seal.number:
            yield f"table {name} has {counted(seal.number, 'row')}, and peerbill left {then.number:,} there"
        elif then.digest != seal.digest:
            yield f"table {name} is not as peerbill left it: a row was changed, or put in for another"
    for name in sorted(left.keys() - found.keys()):
        yield f"there is a seal of a table {name}, which peerbill does not have"


def _against_trail(left: Mapping[str, Seal], walked: _Walk) -> Iterator[Problem]:
    if walked.last > walked.sealed:
        first = walked.sealed + 1
        yield Problem(
            "seal", f"what entry {first} and those after it say was not sealed: peerbill seals each run", first
        )
    elif walked.last and not walked.seal.endswith(f"rows {seals.digest_of(left)}"):
        yield Problem(
            "seal", f"the seals of the tables are not those of entry {walked.sealed}: they were changed", walked.sealed
        )


Told = Callable[[sa.Connection], Iterator[str]]


def _comparisons(last: int) -> Iterator[tuple[str, Told]]:
    yield "counter", lambda connection: _counters(connection, last)
    yield "claim", _claims_of_the_trail
    yield "claim", _entries_without_claim
    yield "line", _overlapping_lines
    yield "encounter", _overlapping_encounters
    yield "file", _sums_of_files
    yield "file", _changed_files
    yield "file", _files_of_nothing
    yield "claim", blank_rows.differences
    yield "answer", _changed_answers
    yield "standing", _standings
    yield "standing", _modes
    yield "money", _charges
    yield "money", _paid
    yield "money", _remitted
    yield "storage", _storage


_STANDING = (
    ClaimState.WRITTEN,
    ClaimState.ACCEPTED,
    ClaimState.PAID,
    ClaimState.PARTLY_PAID,
    ClaimState.DENIED,
    ClaimState.REVERSED,
    ClaimState.WRITTEN_OFF,
)
_MOVING = ("released", "reinstated", ClaimState.WITHDRAWN, ENDED)
"""Entries after which the lines and encounters of a claim may differ from its state."""


def _counters(connection: sa.Connection, last: int) -> Iterator[str]:
    counters = tables.counters.c
    values = {row.name: row.value for row in connection.execute(sa.select(counters.name, counters.value))}
    if values.get("event") != last:
        yield f"{values.get('event', 0)} entries were written, and the last that is there is {last}"
    numbers = {name: connection.execute(sa.select(highest)).scalar() or 0 for name, highest in _NUMBERS.items()}
    numbers["claim"] = last_claim(connection)
    for name, used in numbers.items():
        if values.get(name, -1) < used:
            yield f"the counter {name} is {values.get(name, 'gone')}, and {used} is in use: numbers would come twice"


def _claims_of_the_trail(connection: sa.Connection) -> Iterator[str]:
    last, written, then = (tables.events.alias(name) for name in ("last", "written", "then"))
    number = sa.select(sa.func.max(_events.number)).where(_events.claim_id == _claims.claim_id).scalar_subquery()
    is_written = sa.exists().where(written.c.claim_id == _claims.claim_id, written.c.event == ClaimState.WRITTEN)
    is_of_then = sa.exists().where(
        then.c.claim_id == _claims.claim_id, then.c.state == _claims.state, then.c.at == _claims.changed_at
    )
    query = (
        sa.select(_claims.claim_id, _claims.state, _claims.changed_at, last.c.state, is_written)
        .select_from(tables.claims.outerjoin(last, last.c.number == number))
        .where(
            sa.or_(
                last.c.number.is_(None),
                last.c.state != _claims.state,
                ~is_of_then,
                ~is_written,
            )
        )
    )
    for claim_id, state, changed_at, last_state, begun in _rows(connection, query):
        if last_state is None:
            yield f"claim {claim_id} has no entry in the trail"
        elif not begun:
            yield f"claim {claim_id} has no entry that says it was written"
        elif state != last_state:
            yield f"claim {claim_id} is {state}, and its last entry says {last_state}"
        else:
            yield f"claim {claim_id} is {state} since {changed_at}, and no entry of that time says so"


def _entries_without_claim(connection: sa.Connection) -> Iterator[str]:
    undone = tables.events.alias()
    query = (
        sa.select(_events.claim_id, sa.func.min(_events.number))
        .where(
            _events.claim_id != "",
            ~sa.exists().where(_claims.claim_id == _events.claim_id),
            ~sa.exists().where(undone.c.claim_id == _events.claim_id, undone.c.event == tables.UNDONE),
        )
        .group_by(_events.claim_id)
    )
    for claim_id, number in _rows(connection, query):
        yield f"claim {claim_id} of entry {number} is not in the ledger, and was never undone"


def _overlapping_lines(connection: sa.Connection) -> Iterator[str]:
    query = (
        sa.select(sa.func.min(_lines.claim_id), sa.func.max(_lines.claim_id))
        .where(_lines.live == 1)
        .group_by(_lines.line_key)
        .having(sa.func.count() > 1)
    )
    for first, second in _rows(connection, query):
        yield f"claims {first} and {second} bill one service line, and both stand"


def _overlapping_encounters(connection: sa.Connection) -> Iterator[str]:
    query = (
        sa.select(_encounters.encounter_id, sa.func.min(_encounters.claim_id), sa.func.max(_encounters.claim_id))
        .where(_encounters.standing == Standing.LIVE)
        .group_by(_encounters.encounter_id, _encounters.turn)
        .having(sa.func.count() > 1)
    )
    for encounter_id, first, second in _rows(connection, query):
        yield f"encounter {encounter_id} stands on claims {first} and {second}"


def _sums_of_files(connection: sa.Connection) -> Iterator[str]:
    number, total = sa.func.count(_claims.claim_id), sa.func.coalesce(sa.func.sum(_claims.charge_cents), 0)
    query = (
        sa.select(_files.name, _files.claims, _files.total_cents, number, total)
        .join_from(
            tables.files,
            tables.claims,
            sa.and_(_claims.batch_id == _files.batch_id, _claims.file_number == _files.number),
            isouter=True,
        )
        .where(_files.state != tables.UNDONE, _files.transaction_type != "270")
        .group_by(_files.batch_id, _files.number, _files.name, _files.claims, _files.total_cents)
        .having(sa.or_(number != _files.claims, total != _files.total_cents))
    )
    for name, claims, cents, row, found_cents in _rows(connection, query):
        yield (
            f"file {name} was sent with {counted(claims, 'claim')} for {printed(dollars(cents))}, and the ledger holds "
            f"{row} for {printed(dollars(found_cents))} of it"
        )


def _changed_files(connection: sa.Connection) -> Iterator[str]:
    """Hold what the ledger has of each file against the digest that the trail keeps of it."""
    query = sa.select(
        _events.file, _events.detail, _files.batch_id, _files.number, _files.state, _files.sha256, _files.mode
    )
    query = query.select_from(tables.events.outerjoin(tables.files, _files.name == _events.file))
    of_purges = sa.select(_events.file, _events.detail).where(_events.event == trail.PURGED_FILE)
    purged = blank_rows.purged_files(connection)
    # Where nothing was purged, the digest of the day it was sent is the one that counts, whatever an entry says.
    left = {
        row.file: row.detail for row in connection.execute(of_purges.order_by(_events.number)) if row.file in purged
    }
    for name, detail, batch_id, number, state, sha256, mode in connection.execute(
        query.where(_events.event == "sent")
    ).all():
        if batch_id is None:
            yield f"file {name} was sent, and is not in the ledger"
        elif state == tables.UNDONE:
            continue
        elif f"SHA-256 {sha256}," not in detail:
            yield f"the SHA-256 of file {name} is not the one of the day it was sent"
        elif (", test, contents " in detail) != (mode == "test"):
            yield f"file {name} is recorded as {mode}, and was sent otherwise"
        elif not left.get(name, detail).endswith(f"contents {contents.of_file(connection, batch_id, number)}"):
            yield (
                f"claims, lines or encounters of file {name} are not what was sent: some were changed, added or removed"
            )


def _files_of_nothing(connection: sa.Connection) -> Iterator[str]:
    """Report files of which the trail does not say what they are: undone without a word, or there without an entry."""
    said, undone = (sa.select(_events.file).where(_events.event == event) for event in ("sent", tables.UNDONE))
    of_file = sa.exists().where(_claims.batch_id == _files.batch_id, _claims.file_number == _files.number)
    is_undone = _files.state == tables.UNDONE
    unsaid = sa.and_(is_undone, sa.or_(of_file, sa.and_(_files.name.in_(said), _files.name.not_in(undone))))
    for (name,) in _rows(connection, sa.select(_files.name).where(unsaid)):
        yield f"file {name} is recorded as undone, and the trail does not say so"
    unknown = sa.and_(~is_undone, ~of_file, _files.name.not_in(sa.select(_events.file)))
    for (name,) in _rows(connection, sa.select(_files.name).where(unknown)):
        yield f"file {name} is in the ledger, and no entry of the trail says that it was sent"


def _changed_answers(connection: sa.Connection) -> Iterator[str]:
    answers = tables.answers.c
    digests = {row[0]: row[1] for row in connection.execute(sa.select(answers.answer_id, answers.sha256))}
    query = sa.select(_events.event, _events.file, _events.detail).where(_events.event.in_(_OF_ANSWERS))
    purged = blank_rows.purged_answers(connection)
    last: dict[str, tuple[str, str]] = {}
    for event, name, detail in connection.execute(query.order_by(_events.number)).all():
        digest, _, answer = detail.partition(" as answer ")
        if event == trail.PURGED_ANSWER and not (answer.isdigit() and int(answer) in purged):
            continue  # nothing in it was purged: what was said of it before counts
        sha256 = digests.get(int(answer)) if answer.isdigit() else None
        is_posted = event == "posted"
        if sha256 is None or (is_posted and not (sha256.startswith("in part ") or f"SHA-256 {sha256}," in digest)):
            yield f"the answers of {name} are not in the ledger as they were posted"
        elif is_posted and answer in last:
            yield f"an entry of the trail says again that the answers of {name} were posted: somebody put it in"
        else:
            last[answer] = (name, digest)
    for answer_id in sorted(digests.keys() - {int(answer) for answer in last}):
        yield f"answers {answer_id} are in the ledger, and no entry of the trail says that they were posted"
    for answer, (name, digest) in last.items():
        if not digest.endswith(f"contents {contents.of_answer(connection, int(answer))}"):
            yield f"payments of {name} are not what was posted: some were changed, added or removed"


def _standings(connection: sa.Connection) -> Iterator[str]:
    """Report claims in force of which a line or encounter was freed without an entry about it, and the reverse."""
    moved = sa.exists().where(
        _events.claim_id == _claims.claim_id,
        sa.or_(_events.event.in_(_MOVING), _events.state.in_(states.REJECTED)),
    )
    is_live = sa.or_(
        sa.exists().where(_lines.claim_id == _claims.claim_id, _lines.live == 1),
        sa.exists().where(_encounters.claim_id == _claims.claim_id, _encounters.standing == Standing.LIVE),
    )
    is_freed = sa.or_(
        sa.exists().where(_lines.claim_id == _claims.claim_id, _lines.live == 0),
        sa.exists().where(_encounters.claim_id == _claims.claim_id, _encounters.standing != Standing.LIVE),
    )
    standing = sa.and_(_claims.state.in_(_STANDING), _claims.frequency != Frequency.VOID, is_freed, ~moved)
    rejected = sa.and_(_claims.state.in_(states.GONE), is_live)
    query = sa.select(_claims.claim_id, _claims.state).where(sa.or_(standing, rejected))
    for claim_id, state in _rows(connection, query):
        yield f"claim {claim_id} is {state}, and its lines or encounters stand as if it were not"


def _modes(connection: sa.Connection) -> Iterator[str]:
    """Report claims of production whose lines and encounters were freed as those of a test."""
    ended = sa.exists().where(_events.claim_id == _claims.claim_id, _events.event == ENDED)
    for (claim_id,) in _rows(connection, sa.select(_claims.claim_id).where(ended, ~in_test(_claims.claim_id))):
        yield f"claim {claim_id} was sent in production, and an entry ends it as a test"


def _charges(connection: sa.Connection) -> Iterator[str]:
    total = sa.func.coalesce(sa.func.sum(_lines.charge_cents), 0)
    query = (
        sa.select(_claims.claim_id, _claims.charge_cents, total)
        .join_from(tables.claims, tables.lines, _lines.claim_id == _claims.claim_id, isouter=True)
        .group_by(_claims.claim_id, _claims.charge_cents)
        .having(total != _claims.charge_cents)
    )
    for claim_id, cents, row in _rows(connection, query):
        yield f"claim {claim_id} charges {printed(dollars(cents))}, and its lines {printed(dollars(row))}"


def _paid(connection: sa.Connection) -> Iterator[str]:
    of_claim = (
        sa.select(_payments.claim_id, sa.func.sum(_payments.paid_cents).label("cents"))
        .where(_payments.claim_id != "")
        .group_by(_payments.claim_id)
        .subquery()
    )
    total = sa.func.coalesce(of_claim.c.cents, 0)
    query = (
        sa.select(_claims.claim_id, _claims.paid_cents, total)
        .join_from(tables.claims, of_claim, of_claim.c.claim_id == _claims.claim_id, isouter=True)
        .where(total != _claims.paid_cents)
    )
    for claim_id, cents, row in _rows(connection, query):
        yield f"claim {claim_id} was paid {printed(dollars(cents))}, and its payments are {printed(dollars(row))}"


def _remitted(connection: sa.Connection) -> Iterator[str]:
    """Report remittances whose BPR02 is not CLP04 of all claims less all of PLB (TR3 005010X221A1, 1.10.2.1.3).

    A difference that a person accepted is part of the sum.
    """
    remittances, adjusted = tables.remittances.c, tables.provider_adjustments.c
    paid = sa.select(sa.func.coalesce(sa.func.sum(_payments.paid_cents), 0)).where(
        _payments.transaction_id == remittances.transaction_id
    )
    taken = sa.select(sa.func.coalesce(sa.func.sum(adjusted.amount_cents), 0)).where(
        adjusted.transaction_id == remittances.transaction_id
    )
    total = paid.scalar_subquery() - taken.scalar_subquery() + remittances.difference_cents
    query = sa.select(remittances.transaction_id, remittances.amount_cents, total).where(
        total != remittances.amount_cents
    )
    for transaction_id, cents, row in _rows(connection, query):
        yield (
            f"remittance {transaction_id} paid {printed(dollars(cents))}, and what was posted of it adds up to "
            f"{printed(dollars(row))}"
        )


def _storage(connection: sa.Connection) -> Iterator[str]:
    """PostgreSQL keeps its own promises; a SQLite file may have been damaged where it lies."""
    if connection.dialect.name != "sqlite":
        return
    for (row,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if row != "ok":
            yield f"the file is damaged: {' '.join(str(row).split())}"
    for table, *_ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"a row of {table} belongs to something that is gone"


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Any]:
    """Yield rows as the database sends them, never all at once."""
    yield from connection.execute(query, execution_options={"yield_per": _AT_ONCE})
