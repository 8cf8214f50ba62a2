"""Every case of `fixtures/checks/PBxxx.toml`: the world it makes, and the findings that it gives, word by word."""

import datetime as dt
import re

import pytest
from worlds import FIXTURES, base, cases, judged, make_world, personal_texts, told

from peerbill.checks import CHECKS
from peerbill.model.finding import Severity

TOLD_BY_READERS = {"PB001", "PB002"}
LAYOUT = {
    "as_of",
    "billed",
    "codes",
    "eligibility",
    "expect",
    "on",
    "organization",
    "patterns",
    "payers",
    "policy",
    "purged_before",
    "severity",
    "sites",
    "since",
    "standing",
    "status",
    "units",
    *(key for key in base() if key not in {"as_of", "policy", "peerbill"}),
    *(
        "training",
        "licenses",
        "enrollments",
        "supervision",
        "relationships",
        "exclusions",
        "authorizations",
        "assessments",
    ),
    *("episodes", "stays", "other_services", "prior_payments", "spend_down", "places"),
}


CODES = tuple(check.code for check in CHECKS if check.code not in TOLD_BY_READERS and check.scope != "claim")
ALL = [
    pytest.param(code, name, id=f"{code}_{name}")
    for code in CODES
    if (FIXTURES / f"{code}.toml").exists()
    for name in cases(code)
]


def test_the_base_world_is_clean() -> None:
    result = make_world().audit()

    assert told(result.findings) == []
    assert [
        (row.encounter_id, row.minutes, row.units, row.hcpcs, row.modifiers, row.status) for row in result.encounters
    ] == [("E1", 47, 3, "H0038", ("HF",), "billable")]


def test_a_world_on_another_day_is_as_clean() -> None:
    world = make_world({"on": dt.date(2026, 7, 6), "encounters": {"E2": {"like": "E1", "on": "2026-07-07"}}})
    times = [(one.start, one.end, one.signed_at, one.created_at) for one in world.records.encounters]

    assert world.as_of == dt.date(2026, 8, 4)
    assert times == [
        tuple(dt.datetime(2026, 7, day, *clock) for clock in ((10, 0), (10, 47), (16, 10), (16, 0))) for day in (6, 7)
    ]
    assert told(world.audit().findings) == []


@pytest.mark.parametrize(("code", "name"), ALL)
def test_case(code: str, name: str) -> None:
    """All findings of its code, and of other codes every error; what they cite, their fix, and nobody's data in them.

    Warnings of other codes are left to the snapshot (`test_snapshot.py`): a new one fails no case but its own.
    """
    case = cases(code)[name]
    assert case.keys() <= LAYOUT
    world = make_world(case)
    result = world.audit()

    expected = case.get("expect", [])
    for line in expected:
        assert line.startswith("error") or f": {code} " in line, f"{line}: only the snapshot compares other warnings"
    assert told([one for one in result.findings if judged(code, one.code, one.severity)]) == expected
    if "units" in case:
        assert {row.encounter_id: row.units for row in result.encounters} == case["units"]
    if "codes" in case:
        assert {row.encounter_id: ":".join((row.hcpcs, *row.modifiers)) for row in result.encounters} == case["codes"]
    if "status" in case:
        assert {row.encounter_id: row.status for row in result.encounters} == case["status"]
    held = {id_ for one in result.findings if one.severity is Severity.ERROR for id_ in one.encounter_ids}
    assert {row.encounter_id for row in result.encounters if row.status == "held"} == held
    assert len(world.records.encounters) == sum(result.count(one) for one in ("billable", "billed", "held"))
    for finding in result.findings:
        assert finding.fix
        assert finding.citations or finding.severity is not Severity.ERROR
        assert all(citation.title for citation in finding.citations)
        assert finding.template
        said = f"{finding.where} {finding.message} {finding.fix} {dict(finding.values)}"
        assert [text for text in personal_texts(world.records) if re.search(rf"\b{re.escape(text)}\b", said)] == []


@pytest.mark.parametrize("code", CODES)
def test_a_check_has_cases_on_both_sides(code: str) -> None:
    """As many cases pass the check as fail it."""
    fails = [name for name, case in cases(code).items() if any(f": {code} " in line for line in case.get("expect", []))]
    passes = [name for name in cases(code) if name not in fails]

    assert fails
    assert len(passes) >= len(fails)


def test_no_fixture_is_left_over() -> None:
    assert {path.stem for path in FIXTURES.glob("*.toml")} == {
        "base",
        *(check.code for check in CHECKS if check.scope != "claim"),
    }
