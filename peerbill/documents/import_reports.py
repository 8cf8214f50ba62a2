"""What `import` writes with `--json`, as typed values: figures and ids of encounters, and no other data of a person.

Keys may be added; those that are here keep their name and meaning. `schema` is that of `peerbill.documents.kinds`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from peerbill import __version__
from peerbill.documents.kinds import SCHEMA

if TYPE_CHECKING:
    from peerbill.intake.importing.run import ImportPlan


@attrs.frozen
class LeftOutRow:
    """A row of an export that holds no data, and why it was left out."""

    line: int
    why: str


@attrs.frozen
class ReadSheet:
    """A sheet as it was read: `filtered` counts the rows that the mapping leaves out, by column and word."""

    source: str
    reading: str
    header_line: int
    rows: int
    left_out: tuple[LeftOutRow, ...]
    filtered: Mapping[str, int]
    unmapped: tuple[str, ...]


@attrs.frozen
class ChangedTable:
    """How many rows of a table are new, change or stay; `columns` counts the cells that change, `erased` to a blank."""

    table: str
    added: int
    updated: int
    unchanged: int
    columns: Mapping[str, int]
    erased: Mapping[str, int]


@attrs.frozen
class ImportProblem:
    """Cells that cannot be imported, all for the same reason: the first lines, and how many."""

    source: str
    table: str
    column: str
    theirs: tuple[str, ...]
    why: str
    fix: str
    lines: tuple[int, ...]
    count: int


@attrs.frozen
class SameEncounter:
    """A new encounter that is there under another id; `billed`: that one is in the ledger alone."""

    encounter_id: str
    other_id: str
    billed: bool


@attrs.frozen
class ImportReport:
    """What `import --json` writes: `written` is whether tables were changed."""

    peerbill: str
    sheets: tuple[ReadSheet, ...]
    tables: tuple[ChangedTable, ...]
    problems: tuple[ImportProblem, ...]
    notices: tuple[str, ...]
    billed_before: tuple[str, ...]
    same_contacts: tuple[SameEncounter, ...]
    written: bool
    schema: int = SCHEMA


def import_report(plan: "ImportPlan", *, written: bool) -> ImportReport:
    """Return an import as `import --json` writes it."""
    return ImportReport(
        peerbill=__version__,
        sheets=tuple(
            ReadSheet(
                sheet.source,
                sheet.reading,
                sheet.header_line,
                sheet.rows,
                tuple(LeftOutRow(row.line, row.why) for row in sheet.left_out),
                sheet.filtered,
                sheet.unmapped,
            )
            for sheet in plan.converted.sheets
        ),
        tables=tuple(
            ChangedTable(
                change.table, change.added, change.updated, change.unchanged, dict(change.columns), dict(change.erased)
            )
            for change in plan.changes.tables
        ),
        problems=tuple(
            ImportProblem(
                problem.source,
                problem.table,
                problem.column,
                problem.theirs,
                problem.why,
                problem.fix,
                problem.lines,
                problem.count,
            )
            for problem in plan.problems
        ),
        notices=plan.converted.notices,
        billed_before=plan.billed,
        same_contacts=tuple(
            SameEncounter(same.encounter_id, same.other_id, same.billed) for same in plan.same_contacts
        ),
        written=written,
    )
