"""Rows that are read by a statement made once are those that SQLAlchemy's own query gives, value by value."""

from collections.abc import Callable, Iterator, Sequence

import pytest
import sqlalchemy as sa

from peerbill.ledger.store.column_types import Content, Day, Listed, Long, Moment, Quantity, Text, Whole, Word
from peerbill.ledger.store.portions import IN_ONE_STATEMENT
from peerbill.ledger.store.rows import copy_rows
from peerbill.ledger.store.statements import rows_by
from peerbill.model.claim_state import Standing
from peerbill.model.errors import LedgerError

TYPES = {
    "text": Text(),
    "whole": Whole(),
    "long": Long(),
    "day": Day(),
    "moment": Moment(),
    "quantity": Quantity(),
    "listed": Listed(),
    "word": Word(10, Standing),
    "content": Content(),
}
GOOD: dict[str, object] = {
    "text": "A",
    "whole": 1,
    "long": 1 << 40,
    "day": "2026-03-02",
    "moment": "2026-03-02T01:02:03+00:00",
    "quantity": "1.5",
    "listed": "[1]",
    "word": "live",
    "content": b"A",
}
TABLE = sa.Table("rows", sa.MetaData(), sa.Column("id", Text()), *(sa.Column(name, TYPES[name]) for name in TYPES))
OTHER = TABLE.alias()
QUERY = sa.select(TABLE, sa.exists().where(OTHER.c.id == TABLE.c.text).label("is_there")).order_by(TABLE.c.id)


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    with sa.create_engine("sqlite://").connect() as connection:
        # Without types, so that SQLite takes every value as it is.
        connection.exec_driver_sql(f"CREATE TABLE rows (id, {', '.join(TYPES)})")
        yield connection


def put(connection: sa.Connection, id_: str, **changes: object) -> None:
    values = (id_, *(GOOD | changes).values())
    connection.exec_driver_sql("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)


def outcome(read: Callable[[], Sequence[Sequence[object]]]) -> list[tuple[object, ...]] | str:
    """Return rows, or what is said of them."""
    try:
        return [tuple(row) for row in read()]
    except LedgerError as error:
        return str(error)


def test_rows_are_those_of_the_query(connection: sa.Connection) -> None:
    for number in range(IN_ONE_STATEMENT + 1):
        put(connection, f"{number}", text="7" if number % 2 else "no id", whole=None if number == 5 else number)

    for ids in (["5"], ["7", "9", "none"], [f"{number}" for number in range(IN_ONE_STATEMENT)]):
        expected = [tuple(row) for row in connection.execute(QUERY.where(TABLE.c.id.in_(ids)))]
        found = rows_by(connection, QUERY, TABLE.c.id, ids)
        assert found == expected
        assert [list(map(type, row)) for row in found] == [list(map(type, row)) for row in expected]
    assert rows_by(connection, QUERY, TABLE.c.id, ["none"]) == rows_by(connection, QUERY, TABLE.c.id, []) == []


@pytest.mark.parametrize("count", [0, 1, 89, 90, 91, 179, 180, 181])
def test_rows_are_inserted_as_they_are_however_many(connection: sa.Connection, count: int) -> None:
    rows = [(f"{number:03}", *(GOOD | {"whole": number}).values()) for number in range(count)]

    copy_rows(connection, TABLE, rows)

    read = connection.exec_driver_sql("SELECT * FROM rows ORDER BY id")
    assert [tuple(row) for row in read] == rows


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize(
    "value", [None, 1, 1.0, True, "", "A", "1", b"A", "2026-02-30", "2026-03-02", "[", "live"], ids=repr
)
def test_a_value_that_peerbill_never_wrote_ends_the_reading(
    connection: sa.Connection, name: str, value: object
) -> None:
    for number in (1, 2):
        put(connection, f"{number}")
    put(connection, "3", **{name: value})
    ids = ["1", "2", "3"]
    by_sqlalchemy = outcome(lambda: connection.execute(QUERY.where(TABLE.c.id.in_(ids))).all())

    assert outcome(lambda: rows_by(connection, QUERY, TABLE.c.id, ids)) == by_sqlalchemy
