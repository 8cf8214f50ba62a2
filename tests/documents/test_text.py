"""What commands write: the fields that documents have, and no others."""

import json

from peerbill.documents.text import as_plain, report_text
from peerbill.documents.values import plain, to_json
from peerbill.model.finding import Finding, Severity
from peerbill.model.sentence import say

TOLD = say("too-short", "{minutes} minutes make no unit", minutes=14)
FINDING = Finding(
    "PB104",
    Severity.ERROR,
    ("E1",),
    "encounters.end",
    TOLD.text,
    "Keep the note",
    template=TOLD.template,
    values=TOLD.values,
    pattern=TOLD.pattern,
)


def test_no_document_has_the_pattern_of_a_sentence() -> None:
    assert FINDING.pattern
    assert "pattern" not in plain(FINDING)
    assert "pattern" not in json.loads(report_text(FINDING))
    assert b"pattern" not in to_json(FINDING)


def test_a_finding_has_missing_where_a_value_is_missing() -> None:
    plainly = as_plain(FINDING)
    assert isinstance(plainly, dict)
    assert "missing" not in plainly
