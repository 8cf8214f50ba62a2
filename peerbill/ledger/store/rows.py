"""The only functions that change rows of the ledger: each keeps account of it for the seals (`seals.py`)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import sqlalchemy as sa

from peerbill.ledger.store import tables
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.seals import Part, Row, changes_of, shape_of
from peerbill.ledger.store.statements import KEPT, Statement, copy_into, rows_by
from peerbill.model.errors import LedgerError

_VALUES = 900
"""Values of the rows that a statement inserts in SQLite, which takes a third longer where each row has its own.

SQLite took no more than 999 once.
"""


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert rows that hold a table's columns in their order."""
    if rows:
        digest = shape_of(table).whole.digest
        changes_of(connection).of(table).add(len(rows), sum(map(digest, rows)))
        copy_rows(connection, table, rows)


def insert(connection: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, object]]) -> None:
    """Insert rows that hold a table's columns by name, each of them."""
    names = [column.name for column in table.columns]
    insert_rows(connection, table, [tuple(row[name] for name in names) for row in rows])


def copy_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert rows that another ledger sealed, or that the chain of the trail covers.

    The driver gets them as they are: SQLAlchemy's own handling of each row takes longer than the insertion.
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        copy_into(connection, table, rows)
        return
    names = [column.name for column in table.columns]
    together = _VALUES // len(names)
    whole = len(rows) - len(rows) % together
    if whole:
        values = [tuple(chain.from_iterable(rows[at : at + together])) for at in range(0, whole, together)]
        _insertion(table, connection.dialect, together).execute_many(connection, names * together, values)
    if whole < len(rows):
        _insertion(table, connection.dialect).execute_many(connection, names, rows[whole:])


@lru_cache(maxsize=KEPT)
def _insertion(table: sa.Table, dialect: sa.Dialect, together: int = 1) -> Statement:
    """Return the statement that inserts a row, or so many together."""
    of_row = Statement.of(sa.insert(table), dialect)
    if together == 1:
        return of_row
    # SQLAlchemy takes longer to write that many values than the database to insert them.
    beginning, values = of_row.text.split(" VALUES ")
    return Statement(f"{beginning} VALUES {', '.join([values] * together)}", (of_row.places or ()) * together, {})


@lru_cache(maxsize=KEPT)
def _change_of_each(table: sa.Table, dialect: sa.Dialect) -> Statement:
    """Return the statement of `update_each`: the key is `of_row`, a column `to_` and its name."""
    key, *columns = shape_of(table).part(()).columns
    values: dict[str, Any] = {column.name: sa.bindparam(f"to_{column.name}") for column in columns}
    return Statement.of(sa.update(table).where(key == sa.bindparam("of_row")).values(values), dialect)


@lru_cache(maxsize=KEPT)
def _each(table: sa.Table) -> sa.Select[Any]:
    """Return the query of `update_each`, which locks what it finds as `_read` does."""
    return sa.select(*shape_of(table).part(()).columns).with_for_update()


def update(
    connection: sa.Connection, table: sa.Table, values: Mapping[str, object], *where: sa.ColumnElement[bool]
) -> None:
    """Give columns of the rows that meet all conditions other values."""
    part = shape_of(table).part(values)
    names = [column.name for column in part.columns]
    before = _read(connection, part, where)
    if not before:
        return
    change = sum(part.digest(tuple(values.get(*pair) for pair in zip(names, row, strict=True))) for row in before)
    changes_of(connection).of(table).add(0, change - sum(map(part.digest, before)))
    _counted(connection.execute(sa.update(table).where(*where).values(**values)), len(before))


def update_each(connection: sa.Connection, table: sa.Table, ids: Iterable[str], change: Callable[[Row], Row]) -> None:
    """Change the columns of `seals.CHANGING` in each row of a table with a single key.

    `change` gets the key and those columns of a row, in their order, and returns them as they are to be.
    """
    part = shape_of(table).part(())
    key, *columns = part.columns
    given = ["of_row", *(f"to_{column.name}" for column in columns)]
    for portion in portions(ids):
        before = rows_by(connection, _each(table), key, portion)
        changes = [(old, new) for old, new in zip(before, map(change, before), strict=True) if new != old]
        if changes:
            replaced, written = zip(*changes, strict=True)
            total = sum(map(part.digest, written)) - sum(map(part.digest, replaced))
            changes_of(connection).of(table).add(0, total)
            _change_of_each(table, connection.dialect).execute_many(connection, given, written)


def rewrite(
    connection: sa.Connection,
    table: sa.Table,
    change: Callable[[dict[str, Any]], None],
    *where: sa.ColumnElement[bool],
) -> int:
    """Change any columns of the rows that meet all conditions, each by itself, also its key; return how many.

    `change` gets a row by name.
    """
    part = shape_of(table).whole
    names = [column.name for column in part.columns]
    keys = [column.name for column in table.primary_key]
    before = _read(connection, part, where)
    if not before:
        return 0
    written: list[dict[str, Any]] = []
    total = 0
    for old in before:
        row = dict(zip(names, old, strict=True))
        written.append({f"of_{key}": row[key] for key in keys})
        change(row)
        written[-1] |= {f"to_{name}": row[name] for name in names}
        total += part.digest(tuple(row.values())) - part.digest(old)
    changes_of(connection).of(table).add(0, total)
    is_it = (table.c[key] == sa.bindparam(f"of_{key}") for key in keys)
    statement = sa.update(table).where(*is_it).values({name: sa.bindparam(f"to_{name}") for name in names})
    connection.execute(statement, written)
    return len(before)


def delete(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> None:
    """Remove the rows that meet all conditions."""
    part = shape_of(table).whole
    before = _read(connection, part, where)
    if before:
        changes_of(connection).of(table).add(-len(before), -sum(map(part.digest, before)))
        _counted(connection.execute(sa.delete(table).where(*where)), len(before))


def _read(connection: sa.Connection, part: Part, where: Iterable[sa.ColumnElement[bool]]) -> list[Row]:
    # The rows are locked until the transaction ends: what is taken off the seal is what is replaced.
    query = sa.select(*part.columns).where(*where)
    if part.columns[0].table is tables.counters:
        query = query.where(tables.counters.c.name != "event")
    return [tuple(row) for row in connection.execute(query.with_for_update())]


def _counted(result: sa.CursorResult[Any], expected: int) -> None:
    if result.rowcount != expected:
        raise LedgerError("another run changed the same rows at the same time; nothing was recorded or sent. Run again")
