"""Readers: files of tables to records. Every format gives the same records and the same problems."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from peerbill.intake.csv_file import CsvFile
from peerbill.intake.header import nearest
from peerbill.intake.json_lines import JsonLinesFile
from peerbill.intake.rows import RowProblem, Source, TableRead, read_rows
from peerbill.intake.tables import TABLES, Table
from peerbill.model.beginning import Beginning
from peerbill.model.limits import DEFAULT, Limits

__all__ = ["FORMATS", "TABLES", "Format", "RowProblem", "Table", "TableRead", "nearest", "read_table"]

Format = Callable[[Path, Table, Limits], Source]
"""A reader of a table's file."""

FORMATS: Mapping[str, Format] = {".csv": CsvFile, ".jsonl": JsonLinesFile}


def read_table(
    path: Path,
    table: Table,
    zone: ZoneInfo,
    payers: Iterable[str] = (),
    dates: str = "",
    sites: Iterable[str] = (),
    limits: Limits = DEFAULT,
    beginning: Beginning | None = None,
) -> TableRead:
    """Read a table; times with an offset are moved to `zone`, `payers` and `sites` are the keys of their tables.

    `dates` is the order of days with slashes, "" where such a day cannot be read; `beginning` is what of a CSV file
    need not be read.

    Raises UnusableInputError where the file is none, or is larger than `limits`.
    """
    source = (
        CsvFile(path, table, limits, beginning) if beginning is not None else FORMATS[path.suffix](path, table, limits)
    )
    return read_rows(source, table, zone, payers, dates, sites, limits)
