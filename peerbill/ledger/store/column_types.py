"""The types of the ledger's columns: each value that is read is one that peerbill writes, or the reading ends.

SQLite takes a text into a column of numbers, and a damaged file may hold anything. What reads such a value would fail
somewhere else, or count it as 0.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache, partial
from types import NoneType
from typing import Any

import attrs
import msgspec
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from peerbill.model.errors import LedgerError

Reader = Callable[[Any], Any]


def untrue(what: str) -> LedgerError:
    """Return the error about a value that peerbill never wrote; `what` is what it should have been."""
    return LedgerError(
        f"a value in the ledger is no {what}: something other than peerbill changed it, or the file is damaged. Run "
        "peerbill ledger verify, which tells where; then restore a backup (peerbill ledger restore)"
    )


class _Checked(TypeDecorator[Any]):
    """A type whose values are looked at when they are read; `kind` and `fits` say what they may be."""

    impl: Any = sa.String
    cache_ok = True
    kind: type = str
    what = "text"
    fits: Callable[[Any], bool] | None = None

    def result_processor(self, dialect: Dialect, coltype: object) -> Reader | None:
        """Return what reads a value; PostgreSQL keeps other types out itself."""
        kind, fits, what = self.kind, self.fits, self.what
        if fits is None and dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)

        if fits is None:

            def read(value: Any) -> Any:
                if type(value) is kind or value is None:
                    return value
                raise untrue(what)

            return read

        def read_fitting(value: Any) -> Any:
            if value is None or (type(value) is kind and fits(value)):
                return value
            raise untrue(what)

        return read_fitting

    def look_at(self, dialect: Dialect, values: Sequence[Any]) -> Sequence[Any]:
        """Return many values, looked at as `result_processor` looks at each."""
        if self.fits is None and dialect.name != "sqlite":
            return values
        # Types first: as members of a set, 1 and 1.0 are the same.
        if not {self.kind, NoneType}.issuperset(map(type, values)):
            raise untrue(self.what)
        if self.fits is not None and not all(map(self.fits, {*values} - {None})):
            raise untrue(self.what)
        return values

    def is_one(self, value: object) -> bool:
        """Return whether a value is one that peerbill writes into such a column."""
        return type(value) is self.kind and (self.fits is None or self.fits(value))


@attrs.frozen
class Reading:
    """What SQLAlchemy does with the values of rows, for rows that come as the driver has them, column by column."""

    columns: tuple[Callable[[Sequence[Any]], Sequence[Any]] | None, ...]

    @classmethod
    def of(cls, types: Iterable[TypeEngine[Any]], dialect: Dialect) -> "Reading":
        """Return what reads columns of these types."""
        return cls(tuple(_column(type_, dialect) for type_ in types))

    def read(self, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Return rows with their values as the types have them; LedgerError for one that peerbill never wrote."""
        if not rows:
            return []
        values = zip(*rows, strict=True)
        found = [column if read is None else read(column) for read, column in zip(self.columns, values, strict=True)]
        return list(zip(*found, strict=True))


def _column(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Sequence[Any]], Sequence[Any]] | None:
    if isinstance(type_, _Checked):
        return partial(type_.look_at, dialect)
    read = type_.dialect_impl(dialect).result_processor(dialect, None)
    return None if read is None else lambda values: list(map(read, values))


class Text(_Checked):
    """Any text."""

    cache_ok = True


class Whole(_Checked):
    """A whole number."""

    impl = sa.Integer
    cache_ok = True
    kind = int
    what = "number"


class Long(_Checked):
    """A whole number of 64 bits."""

    impl = sa.BigInteger
    cache_ok = True
    kind = int
    what = "number"


class Content(_Checked):
    """What is in a file."""

    impl = sa.LargeBinary
    cache_ok = True
    kind = bytes
    what = "content of a file"


@lru_cache(maxsize=4096)
def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except (ValueError, InvalidOperation):
        return False
    return True


class Day(_Checked):
    """A day as YYYY-MM-DD, or ""."""

    cache_ok = True
    what = "day"

    def __init__(self) -> None:
        super().__init__(10)

    @staticmethod
    def fits(text: str) -> bool:
        """Return whether a text is a day, or blank."""
        return not text or (len(text) == len("2026-03-02") and _reads(dt.date.fromisoformat, text))


class Moment(_Checked):
    """A day and time as ISO 8601 has them, a day alone where no more is known, or ""."""

    cache_ok = True
    what = "time"

    @staticmethod
    def fits(text: str) -> bool:
        """Return whether a text is a time, or blank."""
        return not text or _reads(dt.datetime.fromisoformat, text)


class Quantity(_Checked):
    """A number with decimals as text, or ""."""

    cache_ok = True
    what = "number"

    @staticmethod
    def fits(text: str) -> bool:
        """Return whether a text is a number, or blank."""
        return not text or _reads(Decimal, text)


class Listed(_Checked):
    """JSON, or ""."""

    cache_ok = True
    what = "list"

    @staticmethod
    def fits(text: str) -> bool:
        """Return whether a text is JSON, or blank."""
        return not text or _reads(msgspec.json.decode, text)


class Word(_Checked):
    """One of the words of an enumeration."""

    cache_ok = True
    what = "word that peerbill knows"

    def __init__(self, length: int, words: type[StrEnum]) -> None:
        super().__init__(length)
        self.words = frozenset(word.value for word in words)
        self.fits = self.words.__contains__
