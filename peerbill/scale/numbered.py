"""Encounters by columns, with numbers in place of texts: what many encounters share is found, and asked, once."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from peerbill.scale.columns import Batch, is_text, read_table
from peerbill.scale.packages import load

Array = Any
"""A numpy.ndarray."""

BLANK: Final = 0
"""The number of a blank text in each column."""
_NOTES_AT_A_TIME: Final = 16_384
_LARGEST: Final = 1 << 62
_DAYS: Final = dt.date.max.toordinal() + 1
_EPOCH: Final = dt.date(1970, 1, 1).toordinal()


@attrs.frozen(eq=False)
class Texts:
    """A column of texts: the number of the text in each row, and the texts by their numbers."""

    numbers: Array
    values: Sequence[str]


class Columns:
    """Some columns of the encounters of files of one kind; one that these lack is blank in all rows."""

    def __init__(self, paths: Sequence[Path], names: Collection[str]) -> None:
        arrow, parquet = load("pyarrow"), load("pyarrow.parquet")
        kept = [name for name in parquet.read_schema(paths[0]).names if name in names]
        texts = [name for name in kept if is_text(name) and name != "encounter_id"]
        files = (parquet.ParquetFile(path, read_dictionary=texts) for path in paths)
        self.paths = paths
        self.table: Batch = arrow.concat_tables([file.read(columns=kept) for file in files]).unify_dictionaries()
        self._texts: dict[str, Texts] = {}

    def __len__(self) -> int:
        return self.table.num_rows  # type: ignore[no-any-return]

    def texts(self, name: str) -> Texts:
        """Return a column of texts."""
        if name not in self._texts:
            self._texts[name] = self._numbered(name)
        return self._texts[name]

    def numbers(self, name: str) -> Array:
        """Return the numbers of the texts of a column."""
        return self.texts(name).numbers

    def _numbered(self, name: str) -> Texts:
        np = load("numpy")
        if name not in self.table.column_names:
            return Texts(np.zeros(len(self), np.int64), [""])
        coded = self.table[name].combine_chunks()
        known = coded.dictionary.to_pylist()
        places = np.arange(1, len(known) + 2)
        places[len(known)] = BLANK  # of a row without a value
        if "" in known:
            places[known.index("")] = BLANK
        return Texts(places[coded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)], ["", *known])

    def times(self, name: str) -> Array:
        """Return a column of times; one that is not known is no time."""
        np = load("numpy")
        if name not in self.table.column_names:
            return np.full(len(self), "NaT", "datetime64[us]")
        return self.table[name].to_numpy().astype("datetime64[us]")

    def whole(self, name: str) -> Array:
        """Return a column of whole numbers or of flags; 0 where there is none."""
        np = load("numpy")
        if name not in self.table.column_names:
            return np.zeros(len(self), np.int64)
        return self.table[name].cast("int64").fill_null(0).to_numpy()

    def is_blank(self, name: str) -> Array:
        """Tell of each row whether a column that is not one of texts has no value."""
        np = load("numpy")
        if name not in self.table.column_names:
            return np.ones(len(self), np.bool_)
        return self.table[name].is_null().to_numpy()

    def whole_rows(self, wanted: Array) -> Batch:
        """Return those rows that an array of flags says, with all columns of the files.

        Of the columns that are not here, notes among them, some rows are read at a time.
        """
        arrow, parquet = load("pyarrow"), load("pyarrow.parquet")
        flags = arrow.array(wanted)
        own = self.table.filter(flags)
        files = [parquet.ParquetFile(path) for path in self.paths]
        others = [name for name in files[0].schema_arrow.names if name not in own.column_names]
        found, at = [], 0
        for batch in (batch for file in files for batch in file.iter_batches(_NOTES_AT_A_TIME, columns=others)):
            found.append(batch.filter(flags.slice(at, batch.num_rows)))
            at += batch.num_rows
        read = arrow.Table.from_batches(found)
        return arrow.table(dict(zip((*own.column_names, *others), (*own.columns, *read.columns), strict=True)))

    def is_filled(self, name: str) -> Array:
        """Tell of each row whether a column says something: neither blank nor zero."""
        np, compute = load("numpy"), load("pyarrow.compute")
        if name not in load("pyarrow.parquet").read_schema(self.paths[0]).names:
            return np.zeros(len(self), np.bool_)
        if name in self._texts:
            return self.numbers(name) != BLANK
        column = read_table(self.paths, [name])[name]
        if is_text(name):
            column = compute.binary_length(column)
        elif load("pyarrow").types.is_timestamp(column.type):
            return compute.is_valid(column).to_numpy()
        return column.cast("int64").fill_null(0).to_numpy() != 0


class Rows(dict[str, Array]):
    """Columns of some rows, by name: arrays of one length."""

    def where(self, chosen: Array) -> "Rows":
        """Return the rows that an array of flags says."""
        places = load("numpy").flatnonzero(chosen)
        return Rows({name: column.take(places) for name, column in self.items()})

    def within(self, others: "Rows", name: str, blank: int = 0) -> Array:
        """Return a column for others, of which these are some by their places `at`; blank for the rest."""
        found = load("numpy").full(len(others["at"]), blank)
        found[self["at"]] = self[name]
        return found


@attrs.frozen(eq=False)
class Alike:
    """Rows by what they have in common: of each row the number of its kind, and of each kind the first row."""

    numbers: Array
    first: Array

    @classmethod
    def by(cls, *columns: Array) -> "Alike":
        """Divide rows into kinds: those of one kind are equal in all columns, of numbers from 0 on, or of days."""
        np = load("numpy")
        numbers, size = np.zeros(len(columns[0]), np.int64), 1
        for column in columns if len(numbers) else ():
            values = (column - column.min()).astype(np.int64) if column.dtype.kind == "M" else column
            most = int(values.max()) + 1
            if size * most > _LARGEST:
                numbers, size = cls._of(numbers).numbers, len(numbers)
            numbers, size = numbers * most + values, size * most
        return cls._of(numbers)

    @classmethod
    def _of(cls, numbers: Array) -> "Alike":
        np = load("numpy")
        coded = load("pyarrow").array(numbers).dictionary_encode()
        found = coded.indices.to_numpy().astype(np.int64)
        first = np.zeros(len(coded.dictionary), np.int64)
        first[found[::-1]] = np.arange(len(found))[::-1]  # of the rows of a kind, the one that is written last stays
        return cls(found, first)

    def each(self, *columns: Array) -> Iterator[tuple[Any, ...]]:
        """Yield the values that each kind has in columns which are equal in all its rows."""
        return zip(*(column[self.first].tolist() for column in columns), strict=True)

    def spread(self, values: Iterable[object], kind: type = bool) -> Array:
        """Return for each row what is said of its kind."""
        return load("numpy").fromiter(values, kind, len(self.first))[self.numbers]

    def ends(self, values: Array) -> Iterator[tuple[Any, Any]]:
        """Yield the least and the greatest value of each kind: of numbers, days or times that all are known."""
        np = load("numpy")
        least, most = values[self.first], values[self.first]
        # As whole numbers: numpy takes many times as long for days and times.
        np.minimum.at(least.view(np.int64), self.numbers, values.view(np.int64))
        np.maximum.at(most.view(np.int64), self.numbers, values.view(np.int64))
        return zip(least.tolist(), most.tolist(), strict=True)


class Spans:
    """Spans of days of somebody, who is a number from 0 on; those of each are in order, and none meet."""

    def __init__(self, spans: Sequence[tuple[int, dt.date, dt.date]]) -> None:
        """Take spans: whose, from which day, and until before which."""
        np = load("numpy")
        self._who = np.array([who for who, _, _ in spans], np.int64)
        self._keys = self._who * _DAYS + [first.toordinal() for _, first, _ in spans]
        self._until = np.array([until for _, _, until in spans], "datetime64[D]")

    def find(self, who: Array, day: Array) -> Array:
        """Return which span each of these days is in, by its place; -1 where it is in none."""
        np = load("numpy")
        if not len(self._keys):
            return np.full(len(who), -1)
        at = np.searchsorted(self._keys, who * _DAYS + day.astype(np.int64) + _EPOCH, "right") - 1
        return np.where((at >= 0) & (self._who[at] == who) & (day < self._until[at]), at, -1)
