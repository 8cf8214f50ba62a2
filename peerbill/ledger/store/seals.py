"""Seals: what peerbill left in each table, so that a row that anything else changed, put in or took out is found.

Every row has a digest; a table's seal is the number of its rows and the sum of their digests, modulo 2^1024. Each
transaction adds the digests of the rows that it writes, takes off those of the rows that it removes, and ends with an
entry of the trail, `sealed`, that holds the digest of all seals. So the chain of the trail, and a checkpoint of it,
covers every column of every table, and nothing is read again for it. `verify` adds up what is there.

A sum of 256 bits could be met by changing some hundreds of rows together; one of 1,024 bits takes more than 2^64 steps,
however many rows are changed. Whoever can write to the database can also write seals and a trail that agree: that is
found by a checkpoint that was kept elsewhere, and by nothing else.

The columns of `CHANGING` have a digest apart, so that a change of them does not need the rest of the row.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache, partial
from operator import itemgetter
from typing import Any

import attrs
import msgspec
import sqlalchemy as sa

from peerbill.ledger.store import tables
from peerbill.ledger.store.statements import KEPT, Statement
from peerbill.model.errors import LedgerError

Row = tuple[Any, ...]

SEALED = "sealed"
"""The entry of the trail that ends a transaction."""
FIRST = "what was there before seals: "
"""How the detail of the first of these begins in a ledger that an older peerbill made."""

CHANGING: Mapping[str, tuple[str, ...]] = {
    "claims": ("state", "changed_at", "paid_cents", "payer_control_number"),
    "lines": ("live",),
    "encounters": ("standing",),
}
_USUAL: Mapping[str, Row] = {"lines": (1,), "encounters": ("live",)}
"""Values of `CHANGING` that most rows have: their digest is 0."""

_BYTES = 128
_MODULUS = 1 << 8 * _BYTES
_AT_ONCE = 1_000
_encode = msgspec.json.Encoder().encode
_TRACKED = "peerbill changes"


@attrs.frozen
class Part:
    """Columns of a table that have a digest together: `columns` are its key, then those.

    `digest` returns that of a row of them.
    """

    columns: tuple[sa.Column[Any], ...]
    digest: Callable[[Row], int]


@attrs.frozen
class Shape:
    """How the rows of a table are digested: `whole` those with all columns, `changing` what may change, if anything."""

    whole: Part
    changing: Part | None

    def part(self, names: Iterable[str]) -> Part:
        """Return the part in which columns are."""
        apart = self.changing
        known = {column.name for column in apart.columns} if apart is not None else set()
        return apart if apart is not None and known.issuperset(names) else self.whole


@cache
def shape_of(table: sa.Table) -> Shape:
    """Return how the rows of a table are digested."""
    columns, name = list(table.columns), str(table.name)
    apart = CHANGING.get(name)
    if apart is None:
        return Shape(Part(tuple(columns), partial(_digest, name)), None)
    lasting = itemgetter(*(at for at, column in enumerate(columns) if column.name not in apart))
    keys = [column for column in columns if column.primary_key]
    changing = [*keys, *(table.c[of] for of in apart)]
    chosen = itemgetter(*(columns.index(column) for column in changing))
    usual, first, of_changing = _USUAL.get(name), len(keys), f"{name} now"

    def now(row: Row) -> int:
        return 0 if row[first:] == usual else _digest(of_changing, row)

    return Shape(
        Part(tuple(columns), lambda row: _digest(name, lasting(row)) + now(chosen(row))),
        Part(tuple(changing), now),
    )


def _digest(name: str, row: Row) -> int:
    return int.from_bytes(hashlib.shake_128(_encode((name, row))).digest(_BYTES))


@attrs.define
class Seal:
    """The seal of a table, or what a transaction adds to it."""

    number: int = 0
    total: int = 0

    def add(self, number: int, total: int) -> None:
        """Add rows; the sum may be below 0 for a change."""
        self.number += number
        self.total += total

    @property
    def digest(self) -> str:
        """The sum in hex."""
        return f"{self.total % _MODULUS:0{2 * _BYTES}x}"


@attrs.define(eq=False)
class Changes:
    """What a transaction changes: `entries` that it wrote to the trail, `account` that it is."""

    account: str
    seals: dict[str, Seal] = attrs.field(factory=dict)
    entries: int = 0
    _savepoints: list[tuple[dict[str, Seal], int]] = attrs.field(factory=list)

    def of(self, table: sa.Table) -> Seal:
        """Return what is added to the seal of a table."""
        return self.seals.setdefault(str(table.name), Seal())

    def mark(self) -> None:
        """Begin a savepoint."""
        self._savepoints.append(({table: attrs.evolve(seal) for table, seal in self.seals.items()}, self.entries))

    def keep(self) -> None:
        """Keep what came since the last savepoint."""
        self._savepoints.pop()

    def back(self) -> None:
        """Go back to the last savepoint."""
        self.seals, self.entries = self._savepoints.pop()


def changes_of(connection: sa.Connection) -> Changes:
    """Return the changes of the transaction that a connection is in. It must be one of `Ledger.changing`."""
    changes: Changes | None = connection.info.get(_TRACKED)
    if changes is None:
        raise RuntimeError("rows of the ledger are changed within Ledger.changing alone: it seals them")
    return changes


@contextlib.contextmanager
def tracking(connection: sa.Connection, account: str) -> Iterator[Changes]:
    """Keep account of what a transaction changes; a savepoint that is rolled back takes its changes along."""
    changes = connection.info[_TRACKED] = Changes(account)

    sa.event.listen(connection, "savepoint", lambda *_: changes.mark())
    sa.event.listen(connection, "release_savepoint", lambda *_: changes.keep())
    sa.event.listen(connection, "rollback_savepoint", lambda *_: changes.back())
    try:
        yield changes
    finally:
        connection.info.pop(_TRACKED, None)  # a connection that was lost has a new `info`


def found(connection: sa.Connection, table: sa.Table) -> Seal:
    """Return the seal that the rows of a table come to."""
    seal, digest = Seal(), shape_of(table).whole.digest
    for rows in partitions(connection, table):
        seal.add(len(rows), sum(map(digest, rows)))
    return seal


def partitions(connection: sa.Connection, table: sa.Table) -> Iterator[list[Row]]:
    """Yield the rows of a table as they are, of whatever type, some at a time; without what the trail counts itself."""
    for part in _every_row(table, connection.dialect).select(connection, _AT_ONCE).partitions(_AT_ONCE):
        yield [tuple(row) for row in part]


@lru_cache(maxsize=KEPT)
def _every_row(table: sa.Table, dialect: sa.Dialect) -> Statement:
    query = sa.select(*map(as_it_is, table.columns)).select_from(table)
    if table is tables.counters:
        query = query.where(tables.counters.c.name != "event")
    return Statement.of(query, dialect)


def as_it_is(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """Return a column whose values are read as they are, of whatever type."""
    return sa.type_coerce(column, sa.types.NullType()).label(column.name)


def sealed_tables() -> list[sa.Table]:
    """Return the tables that have a seal: the trail has a chain of its own, and the seals are in it."""
    return [table for table in tables.metadata.sorted_tables if table not in (tables.events, tables.seals)]


def read_seals(connection: sa.Connection) -> dict[str, Seal]:
    """Return the seals by table; none in a ledger of an older peerbill that was not opened to be written since."""
    rows = connection.execute(sa.select(tables.seals)).all()
    return {row.name: Seal(row.number, int(row.digest, 16)) for row in rows}


def digest_of(seals: Mapping[str, Seal]) -> str:
    """Return the digest of all seals: SHA-256 in hex."""
    listed = [(name, seal.number, seal.digest) for name, seal in sorted(seals.items())]
    return hashlib.sha256(_encode(listed)).hexdigest()


def first_seals(connection: sa.Connection) -> dict[str, Seal]:
    """Seal what a ledger without seals holds, and return the seals."""
    seals = {str(table.name): found(connection, table) for table in sealed_tables()}
    rows = [{"name": name, "number": seal.number, "digest": seal.digest} for name, seal in seals.items()]
    connection.execute(sa.insert(tables.seals), rows)
    return seals


def changed() -> LedgerError:
    """Return the error about seals that are not those of the trail."""
    return LedgerError(
        "the seals of the ledger are not those of the last entry of its trail: something other than peerbill changed "
        "it. Nothing was recorded or sent. Run peerbill ledger verify, which tells where; then restore a backup "
        "(peerbill ledger restore)"
    )


def apply(connection: sa.Connection, changes: Changes, last_detail: str) -> str:
    """Add what a transaction changed to the seals; return the digest of all of them.

    `last_detail` is that of the entry with which the transaction before ended, "" where there was none. Raises
    LedgerError where the seals are not those of that entry: to seal them would hide what was changed.
    """
    seals = read_seals(connection)
    if last_detail and not last_detail.endswith(f"rows {digest_of(seals)}"):
        raise changed()
    for name, change in changes.seals.items():
        seals[name].add(change.number, change.total)
    written = [(name, seals[name].number, seals[name].digest) for name in changes.seals]
    if written:
        _new_seal(connection.dialect).execute_many(connection, ("of_table", "to_number", "to_digest"), written)
    return digest_of(seals)


@lru_cache(maxsize=KEPT)
def _new_seal(dialect: sa.Dialect) -> Statement:
    values: dict[str, Any] = {"number": sa.bindparam("to_number"), "digest": sa.bindparam("to_digest")}
    of_table = tables.seals.c.name == sa.bindparam("of_table")
    return Statement.of(sa.update(tables.seals).where(of_table).values(values), dialect)
