"""What `tables --json` writes, as typed values."""

from collections.abc import Iterable

import attrs

from peerbill import __version__
from peerbill.documents.kinds import SCHEMA
from peerbill.intake.column_help import TableHelp


@attrs.frozen
class TablesReport:
    """What `tables --json` writes: the tables of a workspace with their columns; nothing of an agency's own."""

    peerbill: str
    tables: tuple[TableHelp, ...]
    schema: int = SCHEMA


def tables_report(tables: Iterable[TableHelp]) -> TablesReport:
    """Return tables as `tables --json` writes them."""
    return TablesReport(__version__, tuple(tables))
