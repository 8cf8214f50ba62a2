"""An import into a workspace: the files are read and converted, and compared with its tables and its ledger."""

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs

from peerbill.intake.header import match_columns
from peerbill.intake.importing.changes import Changes, OwnTable, SameContact, billed_contacts, compare, read_own
from peerbill.intake.importing.convert import ConvertedExport, ExportProblem, convert_export
from peerbill.intake.importing.files import ExportSheet, read_export
from peerbill.intake.importing.mapping import ExportMapping, read_mapping
from peerbill.intake.importing.suggest import MappingSuggestion, suggest_mapping
from peerbill.intake.sheets import BOOK, Book, read_book
from peerbill.intake.tables import TABLES
from peerbill.intake.workbook import SheetRow
from peerbill.intake.workspace import workspace_settings
from peerbill.ledger.look.history import read_history
from peerbill.model.errors import UnusableInputError
from peerbill.model.history import HistoryScope
from peerbill.model.input_files import read_text_file
from peerbill.model.limits import DEFAULT, Limits
from peerbill.model.progress import Progress, no_progress
from peerbill.model.records import Settings


@attrs.frozen
class ImportPlan:
    """What an import would do.

    Attributes:
        converted: The rows of the export.
        changes: What they change in the tables.
        billed: The encounters that change and were billed: their claims keep what was sent.
        same_contacts: New encounters that the table or the ledger has under another id.

    """

    converted: ConvertedExport
    changes: Changes
    billed: tuple[str, ...] = ()
    same_contacts: tuple[SameContact, ...] = ()

    @property
    def problems(self) -> tuple[ExportProblem, ...]:
        """Why nothing may be written."""
        return self.converted.problems + self.changes.problems


def load_mapping(path: Path) -> ExportMapping:
    """Read a mapping file. Raises UnusableInputError where it is absent or wrong."""
    if not os.path.lexists(path):
        raise UnusableInputError(
            f"{path}: expected the mapping of the export's columns, found none. "
            f"Propose one with: peerbill import DIR FILE --suggest"
        )
    return read_mapping(read_text_file(path, path.name), path.name)


def read_files(
    files: Sequence[Path], mapping: ExportMapping | None = None, limits: Limits = DEFAULT
) -> tuple[ExportSheet, ...]:
    """Read the sheets of several files, with the encoding and the delimiter that the mapping gives."""
    sheets: list[ExportSheet] = []
    for path in files:
        sources = [source for source in (mapping.sources if mapping else ()) if source.has_file(path.name)]
        encoding = next((source.encoding for source in sources if source.encoding), "")
        delimiter = next((source.delimiter for source in sources if source.delimiter), "")
        sheets += read_export(path, encoding=encoding, delimiter=delimiter, limits=limits)
    return tuple(sheets)


def suggest_for(folder: Path, files: Sequence[Path], earlier: ExportMapping | None = None) -> MappingSuggestion:
    """Propose a mapping for the sheets of files that an earlier mapping, if there is one, does not name.

    The payers and the state come from the workspace's settings, where they can be read already.
    """
    known = earlier.sources if earlier else ()
    sheets = [
        sheet
        for sheet in read_files(files, earlier)
        if not any(source.has_sheet(sheet.file, sheet.sheet) for source in known)
    ]
    try:
        settings = workspace_settings(folder)
    except UnusableInputError:  # they may be filled in after the mapping
        return suggest_mapping(sheets)
    payers = {key: payer.name for key, payer in settings.payers.items()}
    several = [payer.policy for payer in settings.payers.values() if len(payer.policy) > 1]
    programmes = tuple(dict.fromkeys(id_ for policies in several for id_ in policies))
    return suggest_mapping(sheets, payers, settings.organization.address.state, programmes)


def plan_import(
    folder: Path,
    settings: Settings,
    mapping: ExportMapping,
    files: Sequence[Path],
    *,
    progress: Progress = no_progress,
) -> ImportPlan:
    """Return what an import of files into a workspace would do; nothing is changed.

    Raises UnusableInputError where a file, the mapping or a table cannot be used.
    """
    zone = ZoneInfo(settings.organization.timezone)
    sheets = read_files(files, mapping, settings.limits)
    own = _OwnTables(folder, settings.limits)
    converted = convert_export(
        mapping,
        sheets,
        zone,
        payers=tuple(settings.payers),
        sites=tuple(settings.sites),
        existing={name: own.records(name) for name in ("staff", "members")},
        progress=progress,
    )
    changes = compare(
        converted,
        own.read,
        zone,
        settings.payers,
        dates=settings.dates,
        sites=settings.sites,
        progress=progress,
    )
    history = read_history(settings.ledger_url, folder, settings.test_payers, scope=_scope(changes))
    there = {billed.encounter_id for billed in history}
    return ImportPlan(
        converted,
        changes,
        tuple(id_ for id_ in changes.changed_encounters if id_ in there),
        (*changes.same_contacts, *billed_contacts(changes, history)),
    )


def _scope(changes: Changes) -> HistoryScope:
    """Return the part of the ledger in which the encounters that change or are new can be."""
    days = [contact[2][:10] for contact in changes.new_contacts]
    return HistoryScope(
        encounter_ids=frozenset(changes.changed_encounters),
        member_ids=frozenset(contact[0] for contact in changes.new_contacts),
        members_from=dt.date.fromisoformat(min(days)) if days else dt.date.max,
        firsts=False,
    )


@attrs.define(slots=False)
class _OwnTables:
    """The tables of a workspace, each read once."""

    folder: Path
    limits: Limits
    _read: dict[str, OwnTable] = attrs.field(factory=dict)

    def read(self, name: str) -> OwnTable:
        if name not in self._read:
            self._read[name] = read_own(self.folder, name, self._book)
        return self._read[name]

    @cached_property
    def _book(self) -> Book:
        return read_book(self.folder, self.limits)

    def records(self, name: str) -> Iterator[Mapping[str, str]]:
        """Yield the rows of a table, which may be a sheet of the workbook: names are only looked up in it."""
        if name not in self._book.tables:
            yield from self.read(name).records()
            return
        header, *rows = self._book.tables[name].rows or (SheetRow(1, ()),)
        columns, _ = match_columns(f"{BOOK} ({name})", header.texts, TABLES[name])
        for row in rows:
            texts = dict(enumerate(row.texts))
            yield {column: texts.get(at, "") for column, at in columns.items()}
