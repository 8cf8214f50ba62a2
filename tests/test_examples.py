"""The shipped examples are clean, and each planted defect gives its own finding on its own encounters."""

import datetime as dt
import shutil
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
from defects import DEFECT_FILES, DEFECTS, EXAMPLES, audit_defect, audit_folder, meta
from worlds import judged

from peerbill.checks import CHECKS
from peerbill.checks.audit import Audit, audit
from peerbill.checks.auditor import Auditor
from peerbill.checks.patterns.scope import PatternScope
from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.model.records import Records
from peerbill.policy import Facts, Status, load_policies

ADDED_BY_THE_DAY = {"fl-crps", "mn-mobile-team", "pa-recovery-center"}
FEW_CONTACTS = {*(f"PB9{number:02}" for number in range(1, 8)), "PB909", "PB913", "PB914"}
"""Codes of figures that need more contacts than an example has."""
WITHOUT_DEFECT = {check.code for check in CHECKS if check.scope == "claim"} | FEW_CONTACTS
"""Codes that no defect of an example can give: also those of claim files, which tests/claim_audit plants."""

Found = dict[tuple[str, str], set[str]]
"""Code and severity of findings, to the encounters that they name."""


def found(result: Audit, code: str) -> Found:
    """Return the findings that a defect of `code` is judged by."""
    by_code: Found = defaultdict(set)
    for finding in result.findings:
        if judged(code, finding.code, finding.severity):
            by_code[finding.code, finding.severity.value].update(finding.encounter_ids)
    return dict(by_code)


def last_day(records: Records) -> dt.date:
    return max(encounter.start.date() for encounter in records.encounters if encounter.start is not None)


# --- the examples ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_audits_clean_from_2_to_30_days_after_its_last_encounter(name: str) -> None:
    records = read_workspace(EXAMPLES[name])
    policies = load_policies(programme_ids(records.settings), read_agency_policies(EXAMPLES[name]))
    last = last_day(records)

    findings = {
        days: [(finding.code, finding.encounter_ids, finding.message) for finding in result.findings]
        for days in range(2, 31)
        if (result := audit(records, policies, last + dt.timedelta(days=days), patterns=PatternScope())).findings
    }

    assert findings == {}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_row_of_an_example_is_read_and_every_encounter_can_be_billed(name: str) -> None:
    records, result = audit_folder(EXAMPLES[name], meta(name)["as_of"])

    assert (records.problems, records.notices, records.rejected) == ((), (), ())
    assert {encounter.status for encounter in result.encounters} == {"billable"}
    assert len(result.billable) == len(records.encounters) >= 20
    assert all(encounter.minutes > 0 and encounter.unit_charge > 0 for encounter in result.billable)
    assert (
        sum(encounter.units == 0 for encounter in result.billable) <= 2
    )  # units of an added day stand on its earliest


@pytest.mark.parametrize("name", EXAMPLES)
def test_one_encounter_by_itself_is_judged_as_among_the_others_or_left_open(name: str) -> None:
    """What is audited alone is never held where the whole audit bills it, and its units are the same or open."""
    as_of = meta(name)["as_of"]
    records, result = audit_folder(EXAMPLES[name], as_of)
    auditor = Auditor(
        records, load_policies(programme_ids(records.settings), read_agency_policies(EXAMPLES[name])), as_of
    )
    alone = [auditor.encounter(encounter) for encounter in records.encounters]

    assert {(one.encounter_id, one.status, one.findings) for one in alone} == {
        (one.encounter_id, one.status, ()) for one in result.encounters
    }
    among = {one.encounter_id: one.units for one in result.encounters}
    assert [one for one in alone if one.units not in (None, among[one.encounter_id])] == []


def test_units_are_open_only_where_a_programme_adds_by_the_day() -> None:
    opened = {}
    for name, folder in EXAMPLES.items():
        records, result = audit_folder(folder, meta(name)["as_of"])
        policies = load_policies(programme_ids(records.settings), read_agency_policies(folder))
        auditor = Auditor(records, policies, meta(name)["as_of"])
        alone = [auditor.encounter(encounter) for encounter in records.encounters]
        opened[name] = sum(one.units is None for one in alone), len(result.encounters)

    assert {name for name, (count, _) in opened.items() if count} == ADDED_BY_THE_DAY
    assert all(count in (0, total) for count, total in opened.values())


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_has_several_members_and_peers_and_a_plan_for_every_member(name: str) -> None:
    records = read_workspace(EXAMPLES[name])

    assert len({encounter.member_id for encounter in records.encounters}) >= 5
    assert len({encounter.staff_id for encounter in records.encounters}) >= 2
    assert len(records.staff) >= 3
    assert {member.member_id for member in records.members} <= {plan.member_id for plan in records.plans}


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_tells_its_day_and_has_a_readme(name: str) -> None:
    about = meta(name)

    assert set(about) == {"title", "about", "as_of"}
    assert 2 <= (about["as_of"] - last_day(read_workspace(EXAMPLES[name]))).days <= 30
    assert str(about["as_of"]) in (EXAMPLES[name] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXAMPLES)
def test_notes_of_an_example_are_complete_signed_and_each_its_own(name: str) -> None:
    encounters = read_workspace(EXAMPLES[name]).encounters
    columns = ("support_type", "activity", "goal", "intervention", "response", "next_step", "location")

    assert [
        (encounter.encounter_id, column)
        for encounter in encounters
        for column in (*columns, "signed_by", "signed_at", "voluntary")
        if not getattr(encounter, column)
    ] == []
    assert len({encounter.intervention for encounter in encounters}) == len(encounters)
    assert len({encounter.response for encounter in encounters}) == len(encounters)


@pytest.mark.parametrize("name", EXAMPLES)
def test_agency_values_of_an_example_say_that_they_are_no_real_rules(name: str) -> None:
    for text in read_agency_policies(EXAMPLES[name]).values():
        sources = tomllib.loads(text)["source"]

        assert {source["title"] for source in sources.values()} == {"Example value, not a real rule"}


@pytest.mark.parametrize("name", ["mi-recovery-coach", "nj-recovery-coach"])
def test_units_of_michigan_and_new_jersey_are_rounded_down(name: str) -> None:
    _, result = audit_folder(EXAMPLES[name], meta(name)["as_of"])

    assert [encounter.units for encounter in result.encounters] == [
        (encounter.minutes or 0) // 15 for encounter in result.encounters
    ]
    assert any((encounter.minutes or 0) % 15 >= 8 for encounter in result.encounters)


@pytest.mark.parametrize("name", ["mi-recovery-coach", "nj-recovery-coach"])
def test_some_peer_holds_a_credential_and_supervises_cosigns_and_co_leads_nobody(name: str) -> None:
    records = read_workspace(EXAMPLES[name])
    others = {row.supervisor_id for row in records.staff} | {row.supervisor_id for row in records.supervision}
    for encounter in records.encounters:
        others |= {*encounter.cosigned_by, *encounter.facilitators}
    rendering = {encounter.staff_id for encounter in records.encounters}

    assert (rendering & {row.staff_id for row in records.credentials}) - others


def test_the_associate_of_michigan_is_a_co_facilitator_and_never_renders() -> None:
    records = read_workspace(EXAMPLES["mi-recovery-coach"])
    associates = {row.staff_id for row in records.staff if row.tier == "associate"}

    assert associates
    assert {staff_id for encounter in records.encounters for staff_id in encounter.facilitators} == associates
    assert associates.isdisjoint(encounter.staff_id for encounter in records.encounters)
    assert {encounter.service for encounter in records.encounters} == {"individual", "group"}


# --- the defects -----------------------------------------------------------------------------------------------------


def test_every_example_has_defects() -> None:
    assert {path.stem for path in DEFECT_FILES} == set(EXAMPLES)


def test_every_check_has_a_planted_defect() -> None:
    """A check that no example can show is named in `WITHOUT_DEFECT`, with its reason."""
    planted = {defect["code"] for _, defect in DEFECTS.values()}

    assert planted == {check.code for check in CHECKS} - WITHOUT_DEFECT, "plant a defect: fixtures/defects/*.toml"


@pytest.mark.parametrize("id_", DEFECTS)
def test_planted_defect_gives_its_finding_on_its_encounters(id_: str, kept_audits: Path) -> None:
    """All findings of its own code, and of the others every error: `also` has these."""
    _, defect = DEFECTS[id_]
    expected: Found = {(defect["code"], defect["severity"]): set(defect["encounters"])}
    for also in defect.get("also", ()):
        code, severity, ids = also.split(":")
        assert judged(defect["code"], code, severity), f"{also}: only the snapshot compares warnings of other codes"
        expected[code, severity] = set(ids.split(","))

    _, result = audit_defect(id_, kept_audits)

    assert found(result, defect["code"]) == expected


# --- single examples -------------------------------------------------------------------------------------------------


def test_agency_values_have_the_status_agency() -> None:
    folder = EXAMPLES["mi-recovery-coach"]
    policies = load_policies(["MI/sud-recovery-coaching"], read_agency_policies(folder))
    rules = policies.programme("MI/sud-recovery-coaching").rules(dt.date(2026, 9, 14), Facts(service="individual"))

    assert [rules.unit.said[field].status for field in ("rounding", "aggregate")] == [Status.AGENCY] * 2
    assert rules.unit.value.rounding == "down"


def test_readme_of_florida_shows_the_findings_that_an_audit_without_policies_gives(tmp_path: Path) -> None:
    folder = tmp_path / "fl-crps"
    shutil.copytree(EXAMPLES["fl-crps"], folder, ignore=shutil.ignore_patterns("policies"))
    readme = (folder / "README.md").read_text(encoding="utf-8")
    _, result = audit_folder(folder, meta("fl-crps")["as_of"])
    first = [finding for finding in result.findings if finding.encounter_ids == ("E01",)]

    assert {encounter.status for encounter in result.encounters} == {"held"}
    assert {finding.code for finding in result.findings} == {"PB605"}
    for finding in first:
        assert f"{finding.severity.value} {finding.code} {finding.where}: {finding.message}" in readme
        assert "Fix: " + finding.fix.replace("\n", "\n      ") in readme
