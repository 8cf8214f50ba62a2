"""The page and the workbook of every example, with canaries in the place of ids: none is in the bytes of the files."""

import datetime as dt
import io
import zipfile
from typing import Any

import pytest
from canaries import MARK, canaried, days_in, numbers_in
from defects import EXAMPLES, meta
from python_calamine import CalamineWorkbook

from peerbill.audit_report.deidentify import Deidentifier
from peerbill.audit_report.deidentify_evidence import deidentified
from peerbill.audit_report.html import audit_page
from peerbill.audit_report.make import make_evidence
from peerbill.audit_report.values import AuditEvidence
from peerbill.audit_report.workbook import audit_workbook
from peerbill.checks.audit import audit_index, full_audit
from peerbill.checks.patterns.scope import PatternScope
from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.model.pseudonyms import Pseudonyms
from peerbill.model.records import Records
from peerbill.policy import load_policies

NAMES = Pseudonyms(bytes(32))


def evidence_of_example(name: str) -> tuple[Records, AuditEvidence]:
    """Return an example with canaries, and its evidence a month late, so that there is something to find."""
    folder = EXAMPLES[name]
    records = canaried(read_workspace(folder))
    policies = load_policies(programme_ids(records.settings), read_agency_policies(folder))
    index = audit_index(records, policies, meta(name)["as_of"] + dt.timedelta(days=400))
    full = full_audit(index, policies, patterns=PatternScope(notice=meta(name)["as_of"]))
    return records, make_evidence(index.records, full.audit, full, index, ledger=False)


def unpacked(workbook: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        return "\n".join(parts.read(name).decode() for name in parts.namelist())


def cells(workbook: bytes) -> list[Any]:
    """Return every cell beside the sources, which are published."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    found = []
    for name in book.sheet_names:
        titles, *rows = book.get_sheet_by_name(name).to_python() or [[]]
        kept = [at for at, title in enumerate(titles) if title not in ("Sources", "Sources of that", "Date")]
        found += [row[at] for row in rows for at in kept]
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_file_has_a_canary_a_number_or_a_day(name: str) -> None:
    records, evidence = evidence_of_example(name)
    assert evidence.findings
    hidden = deidentified(evidence, Deidentifier.of(records, NAMES))
    page, workbook = audit_page(hidden, "0.7.0"), audit_workbook(hidden, "0.7.0")
    everything = page + unpacked(workbook)
    days = {*days_in(records), evidence.as_of}
    values = cells(workbook)

    assert MARK in audit_page(evidence, "0.7.0")
    assert MARK not in everything
    assert [number for number in numbers_in(records) if number in everything] == []
    assert [value for value in values if (value.date() if isinstance(value, dt.datetime) else value) in days] == []
    assert [text for text in values if isinstance(text, str) and any(str(day) in text for day in days)] == []
    assert NAMES.mark in page
