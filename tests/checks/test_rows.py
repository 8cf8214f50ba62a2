"""PB001 and PB002: the cases of their fixtures, read as a workspace's `encounters.csv`."""

import shutil
import tomllib
from pathlib import Path

import pytest
from worlds import FIXTURES, base, make_world, told

from peerbill.checks.audit import audit
from peerbill.checks.auditor import Auditor
from peerbill.intake.workspace import make_workspace, programme_ids, read_agency_policies, read_workspace
from peerbill.model.finding import Severity
from peerbill.model.records import Records
from peerbill.policy import load_policies

HEADER = "encounter_id,member_id,staff_id,service,start,end,place\n"
OF_THE_NOTE = {"PB202", "PB205"}
CASES = [
    pytest.param(case, id=f"{code}_{name}")
    for code in ("PB001", "PB002")
    for name, case in tomllib.loads((FIXTURES / f"{code}.toml").read_text(encoding="utf-8")).items()
]


@pytest.fixture
def folder(small_workspace: Path) -> Path:
    for path in small_workspace.glob("policies"):
        shutil.rmtree(path)
    return small_workspace


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, object], folder: Path) -> None:
    """A row is either read or rejected with the reason, and every row is in the sum."""
    rows = str(case["row"]).splitlines()
    (folder / "encounters.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    read = read_workspace(folder)
    rejected = [finding for row in read.rejected for finding in row.findings]

    assert told(rejected) == case.get("rejected", [])
    assert all(finding.citations and finding.fix for finding in rejected)
    assert len(read.encounters) + len(read.rejected) == len(rows)


@pytest.mark.parametrize("case", CASES)
def test_what_is_rejected_stays_in_the_audit(case: dict[str, object], folder: Path) -> None:
    rows = str(case["row"]).splitlines()
    (folder / "encounters.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    read = read_workspace(folder)
    world = make_world()
    records = Records(world.records.settings, encounters=read.encounters, rejected=read.rejected)
    result = type(world)(records, world.policies, base()["as_of"]).audit()
    lines = told(result.findings)

    assert sum(result.count(status) for status in ("billable", "billed", "held", "rejected")) == len(rows)
    assert result.count("rejected") == len(read.rejected)
    assert {line for line in lines if "PB001" in line or "PB002" in line} == set(case.get("rejected", []))  # type: ignore[call-overload]
    assert set(case.get("expect", [])) <= set(lines)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("example", "held"), [("nj-recovery-coach", {}), ("mi-recovery-coach", {"PB321": 26}), ("two-sites", {})]
)
def test_a_license_or_enrollment_that_cannot_be_read_holds_where_the_programme_asks_for_some(
    example: str, held: dict[str, int], tmp_path: Path
) -> None:
    folder = tmp_path / "agency"
    made = make_workspace(folder, example)
    assert made is not None
    payer = next(iter(read_workspace(folder).settings.payers))
    (folder / "licenses.csv").write_text("kind,issued_on,expires_on\nstate,2020-01-01,soon\n", encoding="utf-8")
    (folder / "enrollments.csv").write_text(f"payer,from,to\n{payer},2020-01-01,soon\n", encoding="utf-8")
    records = read_workspace(folder)
    policies = load_policies(programme_ids(records.settings), read_agency_policies(folder))
    result = audit(records, policies, made.as_of)
    auditor = Auditor(records, policies, made.as_of)

    assert len(records.problems) == 2
    assert {f.code: len(f.encounter_ids) for f in result.findings if f.severity is Severity.ERROR} == held
    one = auditor.encounter(records.encounters[0])
    assert {f.code for f in one.findings if f.severity is Severity.ERROR} == set(held)


@pytest.mark.parametrize("times", [1, 1000])
def test_a_tie_is_told_once_for_each_kind(times: int) -> None:
    """However often it stands in the table; each kind that is not the same is told."""
    kinds = ("employs", "family", "neighbor", "landlord")
    ties = [{"staff_id": "S1", "member_id": "M1", "kind": kind} for kind in kinds]
    world = make_world({"relationships": {f"{at}-{time}": tie for time in range(times) for at, tie in enumerate(ties)}})
    said = [finding.message for finding in world.audit().findings if finding.code == "PB409"]

    tied = "peer and member are tied ({}), and the policy does not say whether that bars it"
    assert sorted(said) == [
        tied.format("employs"),
        tied.format("family"),
        "the tie between peer and member is of no known kind: resides-with, employs, family, treats",
    ]
