"""What commands write: the fields that documents have, and no others."""

import json

import attrs
import msgspec
import pytest

from peerbill.documents.text import as_plain, line_text, report_parts, report_text
from peerbill.documents.values import plain, to_json
from peerbill.model.finding import Finding, Severity
from peerbill.model.printable import inert_json
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


@attrs.frozen
class Listed:
    """Every shape that a field may have."""

    from_: str = 'a "quoted"\ntext, {, [ and \u2028'
    none: tuple[str, ...] = ()
    rows: tuple[object, ...] = (FINDING, {"a": {}, "b": [1, [2, ()]]}, None, ("x",), "two\nlines")
    mapping: dict[str, object] = attrs.field(factory=lambda: {"deep": [{"er": (FINDING,)}], "empty": {}})
    last: int = 1


@pytest.mark.parametrize("report", [Listed(), FINDING, [Listed(), Listed()], {"a": [Listed()]}, [], {}, "text", 7])
def test_a_report_in_parts_is_the_whole_report(report: object) -> None:
    whole = msgspec.json.format(msgspec.json.encode(as_plain(report)), indent=2).decode()

    assert report_text(report) == inert_json(whole) + "\n"


def test_an_entry_on_a_line_has_the_same_signs_as_in_a_report() -> None:
    assert line_text({"id": "E\u202e1", "words": "caf\udce9"}) == '{"id":"E\\u202e1","words":"caf\ufffd"}'


def test_each_entry_of_a_list_is_a_part() -> None:
    few, many = (len(list(report_parts(Listed(rows=(FINDING,) * count)))) for count in (10, 1_000))

    assert many - few == 1_000 - 10
