"""Statements that are made once, and that the driver gets as they are.

SQLAlchemy makes each anew, which takes longer than the database does for a few rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from operator import itemgetter
from typing import Any

import attrs
import sqlalchemy as sa

from peerbill.ledger.store.column_types import Reading
from peerbill.ledger.store.portions import IN_ONE_STATEMENT

KEPT = 1_000
"""Statements that a process keeps: some for each table, of each server that holds a ledger."""

Row = tuple[Any, ...]


@attrs.frozen
class Statement:
    """A statement of a database, made by `of`. `places` names its values in order; None where the driver takes names.

    `constants` are values that are the same each time.
    """

    text: str
    places: tuple[str, ...] | None
    constants: Mapping[str, object]

    @classmethod
    def of(cls, statement: sa.Select[Any] | sa.Insert | sa.Update, dialect: sa.Dialect) -> "Statement":
        """Return a statement as a database takes it, whose values in rows are those of `sa.bindparam`."""
        compiled = statement.compile(dialect=dialect)
        places = tuple(compiled.positiontup or ()) if compiled.positional else None
        return cls(str(compiled), places, compiled.params)

    def select(self, connection: sa.Connection, at_once: int = 0, **values: object) -> sa.CursorResult[Any]:
        """Return what a query finds with values, `at_once` rows in each portion where that is given."""
        named = {**self.constants, **values}
        given = named if self.places is None else tuple(named[name] for name in self.places)
        options = {"yield_per": at_once} if at_once else {}
        return connection.exec_driver_sql(self.text, given, execution_options=options)

    def execute_many(self, connection: sa.Connection, names: Sequence[str], rows: Sequence[Row]) -> None:
        """Execute it for each of several rows of values, which are in the order of `names`."""
        if self.places is None:
            connection.exec_driver_sql(self.text, [dict(zip(names, row, strict=True)) for row in rows])
        elif self.places == tuple(names):
            connection.exec_driver_sql(self.text, list(rows))
        else:
            connection.exec_driver_sql(self.text, list(map(itemgetter(*map(names.index, self.places)), rows)))


def copy_into(connection: sa.Connection, table: sa.Table, rows: Iterable[Row]) -> None:
    """Insert rows that hold a table's columns in their order, as PostgreSQL takes many: by COPY.

    It takes a quarter of the time of as many statements. Raises what SQLAlchemy does for what the database says.
    """
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(quote(column.name) for column in table.columns)
    text = f"COPY {quote(table.name)} ({columns}) FROM STDIN"
    driver: Any = connection.dialect.dbapi
    with closing(connection.connection.cursor()) as cursor:
        own: Any = cursor
        try:
            with own.copy(text) as copy:
                for row in rows:
                    copy.write_row(row)
        except driver.Error as error:
            is_lost = connection.dialect.is_disconnect(error, connection.connection, own)
            if is_lost:
                connection.invalidate(error)
            raise sa.exc.DBAPIError.instance(
                text, None, error, driver.Error, hide_parameters=True, connection_invalidated=is_lost
            ) from error


def rows_by(
    connection: sa.Connection, query: sa.Select[Any], column: sa.ColumnElement[Any], portion: list[str]
) -> list[Row]:
    """Return the rows of a query in which a column has one of some values, no more than `portions` gives together.

    The query is the same object each time, so that its statement is made once. Raises LedgerError for a value that
    peerbill did not write, as a query of SQLAlchemy does.
    """
    if not portion:
        return []
    statement, reading = _by(query, column, connection.dialect)
    # The places that are left have the last value once more.
    values = [*portion, *portion[-1:] * (IN_ONE_STATEMENT - len(portion))]
    given: dict[str, Any] = dict(zip(_PLACES, values, strict=True))
    found = statement.select(connection, **given)
    return reading.read(found.all())


_VALUES = "VALUES_OF_ROWS_BY"
_PLACES = tuple(f"value_{number}" for number in range(IN_ONE_STATEMENT))


@lru_cache(maxsize=KEPT)
def _by(query: sa.Select[Any], column: sa.ColumnElement[Any], dialect: sa.Dialect) -> tuple[Statement, Reading]:
    """Return the statement of `rows_by`, and what looks at its rows."""
    reading = Reading.of([chosen.type for chosen in query.selected_columns], dialect)
    marked = Statement.of(query.where(column.in_([sa.literal_column(_VALUES)])), dialect)
    # SQLAlchemy takes ten milliseconds to write that many values.
    before, after = marked.text.split(_VALUES)
    if marked.places is None:
        places, values = None, [f"%({place})s" for place in _PLACES]
    else:
        at = before.count("?")
        places, values = (*marked.places[:at], *_PLACES, *marked.places[at:]), ["?" for _ in _PLACES]
    return Statement(f"{before}{', '.join(values)}{after}", places, marked.constants), reading
