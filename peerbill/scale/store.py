"""DuckDB over the Parquet files of a run: it counts, joins and divides what no process could hold."""

import contextlib
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from peerbill.model.errors import PeerbillError
from peerbill.scale.columns import FIELDS, is_text
from peerbill.scale.packages import load

BLOCK = 10_000
AT_ONCE = 64
"""Buckets that are written at a time; for more, what is divided is read more than once."""
_GROUP = 2_048
"""Rows of a group in these files: each that is open holds one in memory."""
LISTED = """from_json({}, '["VARCHAR"]')"""
"""A column of several texts as a list."""
_NO_TEXT: Final = "''"
_BLANK: Final[Mapping[object, str]] = {
    int | None: "null::bigint",
    bool | None: "null::boolean",
    dt.datetime | None: "null::timestamp",
}


class StoreError(PeerbillError):
    """DuckDB could not go on: nothing was written."""


class Store:
    """A connection whose tables and sorts go to disk beyond its memory. Its methods raise StoreError."""

    def __init__(self, folder: Path, *, threads: int, megabytes: int) -> None:
        self.folder = folder
        self._connection = load("duckdb").connect(
            config={
                "threads": threads,
                "memory_limit": f"{megabytes}MB",
                "temp_directory": str(folder / "spilled"),
                "preserve_insertion_order": "false",
                # So many rows of a thread wait to be divided, of a few kilobytes each where notes are long.
                "partitioned_write_flush_threshold": 100_000,
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )

    def close(self) -> None:
        """Give up the connection, and what it keeps."""
        self._connection.close()

    def run(self, sql: str, values: Sequence[object] = ()) -> None:
        """Run a statement."""
        with _as_store_error():
            self._connection.execute(sql, list(values))

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with _as_store_error():
            return self._connection.execute(sql, list(values)).fetchall()  # type: ignore[no-any-return]

    def one(self, sql: str, values: Sequence[object] = ()) -> Any:
        """Return the only value of a query."""
        return self.rows(sql, values)[0][0]

    def columns(self, source: str) -> list[str]:
        """Return the names of the columns of a table, view or query."""
        return [row[0] for row in self.rows(f"describe {source}")]

    def batches(self, sql: str) -> Iterable[Any]:
        """Yield the rows of a query as batches of Arrow."""
        with _as_store_error():
            yield from self._connection.sql(sql).to_arrow_reader(BLOCK)

    def table(self, sql: str) -> Any:
        """Return the rows of a query as a table of Arrow."""
        with _as_store_error():
            return self._connection.sql(sql).to_arrow_table()

    def make(self, name: str, columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> None:
        """Make a table of rows."""
        arrow = load("pyarrow")
        kinds = {
            "text": arrow.string(),
            "texts": arrow.list_(arrow.string()),
            "bigint": arrow.int64(),
            "boolean": arrow.bool_(),
            "charge": arrow.decimal128(18, 2),
            "date": arrow.date32(),
        }
        lists = list(zip(*rows, strict=True)) or [()] * len(columns)
        table = arrow.table(
            {
                column: arrow.array(values, type=kinds[kind])
                for (column, kind), values in zip(columns.items(), lists, strict=True)
            }
        )
        self._connection.register("made", table)
        self.run(f"create or replace table {name} as select * from made")
        self._connection.unregister("made")

    def divide(self, sql: str, name: str, buckets: int) -> Path:
        """Write the rows of a query, by the column `bucket`, into a folder; each of so many buckets has its own files.

        Some buckets are written at a time: the files that are open take memory, however few rows wait for each.
        """
        folder = self.folder / name
        for first in range(0, buckets, AT_ONCE):
            self.run(
                f"copy (select * from ({sql}) where bucket >= {first} and bucket < {first + AT_ONCE}) "
                f"to '{quoted(folder)}' (format parquet, compression lz4, partition_by (bucket), overwrite_or_ignore, "
                f"row_group_size {_GROUP})"
            )
        return folder


@contextlib.contextmanager
def _as_store_error() -> Iterator[None]:
    """Raise StoreError for what DuckDB raises, without its words, which may have values of rows."""
    duckdb, arrow = load("duckdb"), load("pyarrow")
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        raise StoreError(
            f"DuckDB could not go on ({type(error).__name__}): the scratch folder has too little room, or this process "
            "too little memory. Nothing was written. Free some, or give another folder: --scratch DIR"
        ) from error
    except (duckdb.Error, arrow.ArrowException) as error:
        raise StoreError(
            f"DuckDB could not go on ({type(error).__name__}). Nothing was written. See whether the scratch folder has "
            "room and the machine memory, and run it again"
        ) from error


def quoted(text: object) -> str:
    """Return a text as it stands between single quotes."""
    return str(text).replace("'", "''")


def files(paths: Iterable[Path]) -> str:
    """Return the call that reads Parquet files."""
    listed = ", ".join(f"'{quoted(path)}'" for path in paths)
    return f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"


def show_encounters(store: Store, name: str, sql: str) -> None:
    """Make two views of the encounters that a query finds in files: `name` has all columns, and those of the query.

    The view `{name}_kept` lacks the columns that are in none of the files: they are blank in all rows.
    """
    known = store.columns(sql)
    # Some of the files may lack what others have.
    texts = [f"coalesce({column}, '') as {column}" for column in known if is_text(column)]
    store.run(f"create or replace view {name}_kept as select * replace ({', '.join(texts)}) from ({sql})")
    blank = [f'{_BLANK.get(type_, _NO_TEXT)} as "{column}"' for column, type_ in FIELDS.items() if column not in known]
    store.run(f"create or replace view {name} as select {', '.join(['*', *blank])} from {name}_kept")


def bucket_files(folder: Path, bucket: int) -> list[Path]:
    """Return the files of a bucket of a folder that `divide` wrote; none where it has no rows."""
    return sorted((folder / f"bucket={bucket}").glob("*.parquet"))
