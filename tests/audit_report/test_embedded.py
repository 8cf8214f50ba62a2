"""What the page's script reads: the evidence and nothing else, small, and safe inside a page."""

import json
import re
from typing import Any

import attrs
from evidence import HOSTILE, busy_evidence, evidence_of

from peerbill.audit_report.embedded import embedded
from peerbill.audit_report.html import audit_page
from peerbill.audit_report.values import AuditEvidence
from peerbill.model.finding import Citation


def read(evidence: AuditEvidence) -> dict[str, Any]:
    return dict(json.loads(embedded(evidence)))


def several(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def test_every_finding_comes_back_as_it_was() -> None:
    evidence = busy_evidence()
    document = read(evidence)
    columns, texts = document["findings"], document["texts"]
    found = [
        (
            document["severities"][columns["severity"][at]],
            texts[columns["code"][at]],
            texts[columns["where"][at]],
            texts[columns["message"][at]],
            texts[columns["fix"][at]],
            [document["ids"][id_] for id_ in several(columns["encounters"][at])],
            [document["staff"][id_] for id_ in several(columns["staff"][at])],
            [document["members"][id_] for id_ in several(columns["members"][at])],
            [document["statuses"][id_] for id_ in several(columns["statuses"][at])],
            [tuple(document["sources"][one][:4]) for one, _ in document["groups"][columns["sources"][at]]],
            columns["day"][at],
            columns["minutes"][at],
            columns["units"][at],
            columns["charge"][at],
        )
        for at in range(len(columns["code"]))
    ]

    assert found == [
        (
            row.finding.severity.value,
            row.finding.code,
            row.finding.where,
            row.finding.message,
            row.finding.fix,
            list(row.finding.encounter_ids),
            list(row.staff_ids),
            list(row.member_ids),
            list(row.statuses),
            [(one.title, one.where, one.date, one.status) for one in row.finding.citations],
            int(str(row.first_day).replace("-", "")),
            row.minutes,
            row.units,
            None if row.charge is None else int(row.charge * 100),
        )
        for row in evidence.findings
    ]


def test_every_encounter_has_its_steps_with_their_sources() -> None:
    evidence = busy_evidence()
    document = read(evidence)
    columns, texts = document["encounters"], document["texts"]

    assert document["known"] == len(evidence.encounters)
    assert document["ids"][: document["known"]] == list(evidence.encounters)
    for at, one in enumerate(evidence.encounters.values()):
        steps = [document["steps"][step] for step in several(columns["steps"][at])]
        assert [texts[sentence] for sentence, _ in steps] == [step.sentence for step in one.steps]
        assert [len(document["groups"][group]) for _, group in steps] == [len(step.citations) for step in one.steps]
        assert several(columns["findings"][at]) == list(one.findings)


def test_no_sign_in_it_ends_a_script_or_begins_markup() -> None:
    text = embedded(busy_evidence())

    assert re.findall("[<>&\u2028\u2029]", text) == []
    assert HOSTILE in read(busy_evidence())["ids"]


def test_a_source_whose_address_would_be_run_has_none() -> None:
    evidence = evidence_of({"encounters": {"E1": {"signed_by": ""}}})
    (row,) = [one for one in evidence.findings if one.finding.code == "PB202"]
    urls = ("javascript:alert(1)", "data:text/html,x", "https://example.org/", "http://example.org/")
    cited = tuple(Citation(f"Text {at}", url) for at, url in enumerate(urls))
    changed = attrs.evolve(row, finding=attrs.evolve(row.finding, citations=cited))
    sources = read(attrs.evolve(evidence, findings=(changed,)))["sources"]

    assert [one[4] for one in sources if one[0].startswith("Text ")] == ["", "", *urls[2:]]


def test_a_page_has_no_name_birth_date_or_note() -> None:
    page = audit_page(busy_evidence(), "0.0.0")

    for canary in ("Quillfeather", "Ottoline", "Zephyrine", "Lysander", "Thistlewood", "1988-04-02", "9988776655"):
        assert canary not in page
    for note in ("three postings", "call to one of them", "call by Thursday", "blue room", "find work", "Willow"):
        assert note not in page


def test_a_page_of_an_audit_without_findings_is_a_page() -> None:
    page = audit_page(evidence_of(), "0.0.0")

    assert "Counts and dollars by check: nothing." in page
    assert read(evidence_of())["findings"] == {}
