"""Every case, example and planted defect: what its audit says is recorded, and programs can read it."""

import datetime as dt
import difflib
import re
import tomllib
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from rows import SETTINGS, audited, base_rows, read
from sentences import texts
from snapshot import FILE, recorded_audits
from worlds import FIXTURES

from peerbill import finding_places, records_from
from peerbill.intake.tables import TABLES
from peerbill.model.finding import Finding
from peerbill.model.finding_places import LIMITS, OTHER_PLACES
from peerbill.model.sentence import written

ROOT = FIXTURES.parents[1]


@attrs.frozen
class _Everything:
    text: str
    findings: list[Finding]


@pytest.fixture(scope="module")
def everything(kept_audits: Path) -> _Everything:
    findings: list[Finding] = []
    return _Everything(recorded_audits(kept_audits, findings), findings)


def test_every_audit_is_as_recorded(everything: _Everything) -> None:
    recorded = FILE.read_text(encoding="utf-8").splitlines()
    now = everything.text.splitlines()
    diff = list(difflib.unified_diff(recorded, now, str(FILE), "the audits now", n=3, lineterm=""))

    if diff:
        pytest.fail("\n".join([*diff, "", "If every change is meant: make snapshot"]), pytrace=False)


# What programs read of a finding: its place, its template and its figures


def _rows_that_cannot_be_used() -> list[Finding]:
    """Return what is said of rows that cannot be read, that repeat an id, and that name nobody."""
    rows = base_rows()
    first = rows["encounters"][0]
    rows["encounters"] = [
        {**first, "start": "3/2/2026"},
        {**first, "encounter_id": "E2"},
        {**first, "encounter_id": "E2"},
        {**first, "encounter_id": "E3"},
        7,  # type: ignore[list-item]  # no row at all
    ]
    rows["stays"] = [
        {"member_id": "X1", "kind": "inpatient", "from": "2026-03-01"},
        {"member_id": "X2", "kind": "inpatient", "from": "2026-03-01"},
        {"member_id": "M1", "kind": "inpatient", "from": "tomorrow"},
    ]
    found = list(audited(records_from(SETTINGS, rows)).findings)
    good = read()
    for changes in (
        {"start_offset": "x"},
        {"end_offset": "x"},
        {"encounter_id": "E\n1", "line": 3},
        {"encounter_id": "E\n1"},
    ):
        encounters = tuple(attrs.evolve(one, **changes) for one in good.encounters)
        found += audited(attrs.evolve(good, encounters=encounters)).findings
    found += audited(attrs.evolve(good, encounters=good.encounters * 2)).findings
    return found


@pytest.fixture(scope="module")
def findings(everything: _Everything) -> list[Finding]:
    return [*everything.findings, *_rows_that_cannot_be_used()]


def test_every_finding_points_to_a_known_place(findings: list[Finding]) -> None:
    assert {one.where for one in findings} - finding_places().keys() == set()


def test_no_place_is_declared_for_nothing(findings: list[Finding]) -> None:
    """Each is where some finding points, or where a packaged policy has a limit."""
    limits = {
        name
        for path in (ROOT / "codesets" / "states").glob("*.toml")
        for programme in tomllib.loads(path.read_text(encoding="utf-8")).values()
        if isinstance(programme, dict)
        for name in programme.get("limit", ())
    }
    assert limits <= set(LIMITS)
    used = {one.where for one in findings} | {f"policy.limit.{name}" for name in limits}
    assert OTHER_PLACES.keys() - used == set()
    columns = {f"{table.name}.{column}" for table in TABLES.values() for column in table.columns}
    assert columns & OTHER_PLACES.keys() == set()
    assert finding_places().keys() == columns | OTHER_PLACES.keys() | TABLES.keys()
    assert all(finding_places().values())


def test_every_finding_says_what_its_template_says(findings: list[Finding]) -> None:
    """A code's template has one set of values, and the message shows each of them in the words of the template."""
    names: dict[tuple[str, str], set[frozenset[str]]] = defaultdict(set)
    known = texts()
    for one in findings:
        names[one.code, one.template].add(frozenset(one.values))
        base = max((name for name in known if one.template == name or one.template.startswith(f"{name}-")), key=len)
        words = [re.escape(part) for part in re.split(r"\{[^}]*\}", known[base])]
        assert re.search(".+".join(words), one.message), (one.template, one.message)
        for name, value in one.values.items():
            parts = value if isinstance(value, tuple) else (value,)
            assert all(isinstance(part, int | str | Decimal | dt.date) for part in parts), (one.template, name)
            assert all(_shown(part) in one.message for part in parts), (one.template, name)

    assert {place: found for place, found in names.items() if len(found) > 1} == {}


def test_every_message_can_be_written_again(findings: list[Finding]) -> None:
    """With other ids and days in the place of its own: the pattern and the values are all that a message is made of."""
    assert [one for one in findings if written(one.pattern, one.values) != one.message] == []


def _shown(part: object) -> str:
    return f"{part:%Y-%m-%d %H:%M}" if isinstance(part, dt.datetime) else str(part)
