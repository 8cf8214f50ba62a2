"""Statements that are made once, and that the driver gets as they are.

SQLAlchemy makes each anew, which takes longer than the database does for a few rows.
"""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

import attrs
import sqlalchemy as sa

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
