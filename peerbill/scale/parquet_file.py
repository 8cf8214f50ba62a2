"""Parquet: a table whose columns are named as those of a CSV file, of texts or typed values."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from peerbill.intake.cells import Raw, as_cell
from peerbill.intake.header import check_columns, match_columns
from peerbill.intake.rows import Chunk
from peerbill.intake.tables import Table
from peerbill.model.errors import UnusableInputError
from peerbill.model.input_files import open_file, unreadable
from peerbill.model.limits import DEFAULT, Limits
from peerbill.scale.packages import load

_ROWS = 8192


@attrs.define
class ParquetFile:
    """A table in a Parquet file, or some of its row groups; rows are numbered from `before` + 1.

    A blank cell is one without a value. Values may be texts as in a CSV file, or typed: whole numbers, decimals, days,
    times, yes or no, and lists of texts.
    """

    path: Path
    table: Table
    limits: Limits = DEFAULT
    groups: Sequence[int] | None = None
    before: int = 0
    unknown: list[str] = attrs.field(factory=list, init=False)
    present: set[str] = attrs.field(factory=set, init=False)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows; raise UnusableInputError for what is no Parquet file or lacks a required column."""
        for lines, columns in self.batches(_ROWS):
            with telling_damage(self.path):
                chunk = chunk_of(lines, columns, self.table)
            yield chunk

    def batches(self, rows: int) -> Iterator[tuple[range, Mapping[str, Any]]]:
        """Yield as many rows at a time: their numbers, and their columns of Arrow; raise as `chunks` does."""
        with telling_damage(self.path), open_file(self.path) as stream:
            file = load("pyarrow.parquet").ParquetFile(stream, buffer_size=1 << 20)
            columns, unknown = match_columns(self.path.name, file.schema_arrow.names, self.table)
            self.unknown[:] = unknown
            self.present.update(columns)
            check_columns(self.path.name, self.present, unknown, self.table)
            names = {file.schema_arrow.names[at]: column for column, at in columns.items()}
            line = self.before
            for batch in file.iter_batches(rows, row_groups=self.groups, columns=list(names)):
                lines = range(line + 1, line + 1 + batch.num_rows)
                line += batch.num_rows
                yield lines, {column: batch.column(name) for name, column in names.items()}


def chunk_of(lines: Sequence[int], columns: Mapping[str, Any], table: Table) -> Chunk:
    """Return rows of a table as cells."""
    return Chunk(lines, {column: _cells(values, column in table.dates) for column, values in columns.items()})


def row_groups(path: Path) -> list[int]:
    """Return how many rows each row group of a Parquet file has; raise UnusableInputError for what is none."""
    with telling_damage(path), open_file(path) as stream:
        data = load("pyarrow.parquet").ParquetFile(stream).metadata
        return [data.row_group(at).num_rows for at in range(data.num_row_groups)]


@contextlib.contextmanager
def telling_damage(path: Path) -> Iterator[None]:
    """Raise UnusableInputError for what is raised of a file that cannot be read."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise _damaged(path) from None
        raise UnusableInputError(unreadable(path.name, error)) from None
    except (load("pyarrow").ArrowException, UnicodeDecodeError, OverflowError):
        raise _damaged(path) from None


def _damaged(path: Path) -> UnusableInputError:
    return UnusableInputError(
        f"{path.name}: expected a Parquet file, found another or a damaged one. Write it anew from its source."
    )


def _cells(column: Any, dates: bool) -> Sequence[Raw]:
    """Return the cells of a column as a CSV file would have them; equal values are looked at once."""
    types = load("pyarrow").types
    if types.is_nested(column.type):
        return [as_cell(value, dates) for value in column.to_pylist()]
    if types.is_timestamp(column.type):
        column = column.cast(load("pyarrow").timestamp("us", column.type.tz), safe=False)
    if not types.is_dictionary(column.type):
        column = column.dictionary_encode()
    known = [as_cell(value, dates) for value in column.dictionary.to_pylist()]
    places = column.indices.fill_null(len(known)).to_numpy(zero_copy_only=False).tolist()
    known.append("")
    return [known[at] for at in places]
