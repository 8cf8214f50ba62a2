"""The workbook of an audit, read back: the figures of the evidence, real days and numbers, links, no formula."""

import datetime as dt
import io
import zipfile
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import attrs
import pytest
from evidence import evidence_of
from python_calamine import CalamineWorkbook
from worlds import make_world

from peerbill.audit_report import workbook
from peerbill.audit_report.deidentify import Deidentifier
from peerbill.audit_report.deidentify_evidence import deidentified
from peerbill.audit_report.sheets import Link, joined, sheets
from peerbill.audit_report.values import AuditEvidence, EncounterEvidence, FindingEvidence
from peerbill.audit_report.workbook import audit_workbook
from peerbill.model.finding import Finding, Severity
from peerbill.model.pseudonyms import NOTICE, Pseudonyms
from peerbill.report.sheet_cells import LONGEST_TEXT

OVERLAP = {
    "encounters": {
        "E1": {"end": "2026-03-02T11:00"},
        "E2": {
            **{"like": "E1", "member_id": "M2", "plan_id": "P2"},  # noqa: PIE800  # the line above
            "start": "2026-03-02T10:30",
            "end": "2026-03-02T11:30",
        },
    }
}
SHEETS = [
    *("Summary", "By check", "Found nothing", "By peer", "By member", "By week", "Checks by peer", "Peer days"),
    *("Units a day", "Minutes", "Findings", "Encounters", "Sources"),
]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read(content: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def shown(value: Any) -> Any:
    """Return a cell as calamine reads it."""
    match value:
        case None:
            return ""
        case Link():
            return value.text
        case Decimal() | int():
            return float(value)
    return value


def whole(evidence: AuditEvidence) -> dict[str, list[list[Any]]]:
    """Return what the sheets behind the summary must hold."""
    return {
        sheet.name: [
            [column.title for column in sheet.columns],
            *([shown(cell) for cell in row] for row in sheet.rows()),
        ]
        for sheet in sheets(evidence)
    }


def xml(content: bytes, sheet: str) -> ET.Element:
    """Return a sheet as it is in the file."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names = CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names
        return ET.fromstring(parts.read(f"xl/worksheets/sheet{names.index(sheet) + 1}.xml"))  # noqa: S314  # our own


@pytest.fixture(scope="module")
def evidence() -> AuditEvidence:
    return evidence_of(OVERLAP)


@pytest.fixture(scope="module")
def content(evidence: AuditEvidence) -> bytes:
    return audit_workbook(evidence, "0.7.0")


def test_every_sheet_holds_the_values_of_the_evidence(evidence: AuditEvidence, content: bytes) -> None:
    found = read(content)

    assert list(found) == SHEETS
    assert {name: rows for name, rows in found.items() if name != "Summary"} == whole(evidence)


def test_a_finding_and_its_encounter_in_whole(evidence: AuditEvidence, content: bytes) -> None:
    found = read(content)
    titles, *rows = found["Findings"]
    overlap = dict(zip(titles, next(row for row in rows if row[2] == "PB801"), strict=True))
    titles, *rows = found["Encounters"]
    second = dict(zip(titles, rows[1], strict=True))

    assert {name: overlap[name] for name in titles if name in overlap} | overlap == overlap
    assert overlap["What was found"] == (
        "2 encounters of peer S1 overlap between 2026-03-02 10:00 and 2026-03-02 11:30"
    )
    assert (overlap["Severity"], overlap["Encounter"], overlap["Encounters"], overlap["Other encounters"]) == (
        *("error", "E1", 2.0, "E2"),
    )
    assert (overlap["First day"], overlap["Minutes"], overlap["Units"], overlap["Charge"]) == (
        *(dt.date(2026, 3, 2), 120.0, 8.0, 160.0),
    )
    assert overlap["Sources"].endswith("[primary]")
    assert (second["Encounter"], second["Start"], second["Place"], second["Code"], second["Modifiers"]) == (
        *("E2", dt.datetime(2026, 3, 2, 10, 30), "11", "H0038", "HF"),
    )
    assert second["How code, units and charge came about"] == " ".join(
        step.sentence for step in evidence.encounters["E2"].steps
    )


def test_the_figures_by_peer_member_week_and_day(content: bytes) -> None:
    found = read(content)
    day = dt.date(2026, 3, 2)
    both = [1.0, 1.0, 0.0, 0.0, 2.0, 160.0, 2.0, 160.0, 0.0]

    assert found["By peer"][1:] == [["S1", 2.0, 120.0, 8.0, 160.0, *both]]
    assert found["By member"][1:] == [
        [id_, 1.0, 60.0, 4.0, 80.0, 1.0, 1.0, 0.0, 0.0, 1.0, 80.0, 1.0, 80.0, 0.0] for id_ in ("M1", "M2")
    ]
    assert found["By week"][1:] == [[dt.date(2026, 3, 1), 2.0, *both]]
    assert found["Checks by peer"] == [["Peer", "All checks", "PB801"], ["S1", 1.0, 1.0]]
    assert found["Peer days"][1:] == [
        [
            *("S1", day, 120.0, 30.0, 1.0, dt.datetime(2026, 3, 2, hour, minute)),
            *(dt.datetime(2026, 3, 2, hour + 1, minute), 60.0, "individual", id_, "yes", "error"),
        ]
        for id_, hour, minute in (("E1", 10, 0), ("E2", 10, 30))
    ]
    assert found["Minutes"][1:] == [["ZZ/peer", 15.0, "down", 60.0, 4.0, 2.0]]
    assert found["Units a day"][1:] == [["ZZ/peer", "none by the day", "member", "", 4.0, 2.0]]


def test_the_summary_says_what_was_audited_and_what_was_not(evidence: AuditEvidence, content: bytes) -> None:
    rows = read(content)["Summary"]
    cells = [cell for row in rows for cell in row if cell != ""]

    assert rows[0][0] == "Audit as of 2026-03-31: Base Recovery House"
    assert [policy.sha256 for policy in evidence.policies] == [
        cell for cell in cells if cell == evidence.policies[0].sha256
    ]
    assert [one.what for one in evidence.unseen if one.what in cells] == [one.what for one in evidence.unseen]
    held = next(row for row in rows if row[0] == "Held")
    assert held[1] == 2.0
    assert ["held", 2.0, 160.0, 0.0] in rows


def test_the_same_evidence_gives_the_same_bytes(evidence: AuditEvidence, content: bytes) -> None:
    assert audit_workbook(evidence, "0.7.0") == content


def test_sheets_can_be_sorted_and_filtered_below_a_header_that_stays(content: bytes) -> None:
    rows = read(content)
    for name in SHEETS[1:]:
        sheet = xml(content, name)
        pane = sheet.find(f"{MAIN}sheetViews/{MAIN}sheetView/{MAIN}pane")
        assert pane is not None
        assert (pane.get("ySplit"), pane.get("state")) == ("1", "frozen")
        filtered = sheet.find(f"{MAIN}autoFilter")
        if len(rows[name]) > 1:
            assert filtered is not None
            assert filtered.get("ref", "").startswith("A1:")
            assert filtered.get("ref", "").endswith(str(len(rows[name])))
        else:
            assert filtered is None


def test_a_finding_leads_to_its_encounter_and_back(evidence: AuditEvidence, content: bytes) -> None:
    ids = list(evidence.encounters)
    links = {link.get("ref"): link.get("location") for link in xml(content, "Findings").iter(f"{MAIN}hyperlink")}
    back = {link.get("ref"): link.get("location") for link in xml(content, "Encounters").iter(f"{MAIN}hyperlink")}

    assert links == {
        f"D{place}": f"'Encounters'!A{ids.index(row.finding.encounter_ids[0]) + 2}"
        for place, row in enumerate(evidence.findings, start=2)
    }
    assert back == {
        f"B{place}": f"'Findings'!A{row.findings[0] + 1}"
        for place, row in enumerate(evidence.encounters.values(), start=2)
    }


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "http://x", "\t=1", "{=1}"])
def test_no_text_is_a_formula_or_a_link(evidence: AuditEvidence, text: str) -> None:
    row = evidence.findings[0]
    finding = attrs.evolve(row.finding, message=text, fix=text, encounter_ids=(text,))
    changed = attrs.evolve(
        evidence, findings=(attrs.evolve(row, finding=finding, staff_ids=(text,)),), organization=text
    )
    content = audit_workbook(changed, "0.7.0")
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        every = b"".join(parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/"))
    rows = read(content)["Findings"]

    assert b"<f>" not in every
    assert b"TargetMode" not in every
    assert (rows[1][3], rows[1][6], rows[1][12], rows[1][13]) == (text, text, text, text)


def test_more_rows_than_a_sheet_has_room_for_go_on_in_another(
    evidence: AuditEvidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    row, encounter = evidence.findings[0], evidence.encounters["E1"]
    many = attrs.evolve(
        evidence,
        findings=tuple(_numbered(row, number) for number in range(1, 6)),
        encounters={f"E{number}": _named(encounter, f"E{number}", number) for number in range(1, 6)},
    )
    content = audit_workbook(many, "0.7.0")
    found = read(content)

    assert [len(found[name]) for name in ("Findings", "Findings 2", "Findings 3")] == [3, 3, 2]
    assert [found[name][-1][0] for name in ("Findings", "Findings 2", "Findings 3")] == [2.0, 4.0, 5.0]
    assert [found[name][-1][0] for name in ("Encounters", "Encounters 2", "Encounters 3")] == ["E2", "E4", "E5"]
    links = [link.get("location") for link in xml(content, "Findings 2").iter(f"{MAIN}hyperlink")]
    assert links == ["'Encounters 2'!A2", "'Encounters 2'!A3"]


def test_rows_below_the_last_link_have_its_text(evidence: AuditEvidence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_LINKS", 1)
    content = audit_workbook(evidence, "0.7.0")

    assert len(list(xml(content, "Encounters").iter(f"{MAIN}hyperlink"))) == 1
    assert {name: rows for name, rows in read(content).items() if name != "Summary"} == whole(evidence)


def test_a_text_for_which_a_cell_has_no_room_is_cut_and_says_so(evidence: AuditEvidence) -> None:
    row = evidence.findings[0]
    long = attrs.evolve(row, finding=attrs.evolve(row.finding, message="x" * 40_000))
    text = read(audit_workbook(attrs.evolve(evidence, findings=(long,)), "0.7.0"))["Findings"][1][12]

    assert (len(text), text[-8:]) == (LONGEST_TEXT, " … (cut)")
    ids = [f"E{number:05}" for number in range(5000)]
    assert joined(ids).endswith("; and 1,000 more")
    assert joined(ids).startswith("E00000; E00001")


def test_a_day_before_1900_is_a_text_and_a_place_of_digits_too(evidence: AuditEvidence) -> None:
    row = evidence.encounters["E1"]
    early = attrs.evolve(row, start=dt.datetime(1899, 12, 31, 9), end=None, place="02")
    found = read(audit_workbook(attrs.evolve(evidence, encounters={"E1": early}), "0.7.0"))["Encounters"][1]

    assert (found[3], found[4], found[5], found[10]) == ("1899-12-31", "1899-12-31T09:00:00", "", "02")


def test_a_deidentified_workbook_says_so_and_has_nobody_in_it(evidence: AuditEvidence) -> None:
    names = Pseudonyms(bytes(32))
    content = audit_workbook(deidentified(evidence, Deidentifier.of(make_world(OVERLAP).records, names)), "0.7.0")
    rows = read(content)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        every = b"\n".join(parts.read(name) for name in parts.namelist())

    assert rows["Summary"][0][0] == f"Audit as of 2023-01-10: pseudonyms of key {names.mark}"
    assert [cell for row in rows["Summary"] for cell in row if cell == NOTICE] == [NOTICE]
    assert [row[0] for row in rows["By peer"][1:]] == [names.of("staff", "S1")]
    assert [text for text in (b"Base Recovery House", b">E1<", b">S1<", b">M1<", b"2026-03") if text in every] == []


def _numbered(row: FindingEvidence, number: int) -> FindingEvidence:
    found = Finding("PB801", Severity.ERROR, (f"E{number}",), "encounters.start", f"finding {number}", "Correct it.")
    return attrs.evolve(row, number=number, finding=found)


def _named(row: EncounterEvidence, id_: str, number: int) -> EncounterEvidence:
    return attrs.evolve(row, encounter_id=id_, findings=(number,))
