"""Messy exports that other people made, with what their clerk knows: the audit finds the minutes that were served."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from shared import SHARED, needs_shared

from peerbill.cli import main
from peerbill.intake.importing.mapping import read_mapping
from peerbill.intake.importing.run import suggest_for
from peerbill.intake.workspace import make_workspace

SETTINGS = """\
[organization]
name = "Shore Recovery Community"
npi = "1234567893"
tax_id = "221234567"
taxonomy = "261QR0405X"
timezone = "America/New_York"
address = {{ street = "12 Water St", city = "Capital", state = "{state}", zip = "{zip}" }}
contact = {{ name = "Billing Office", phone = "7325550100" }}

[submitter]
name = "Shore Recovery Community"
id = "SHORE01"

[payers.plan]
policy = "{programme}"
name = "EXAMPLE PLAN"
id = "EXAMPLE01"
receiver = {{ name = "EXAMPLE CLEARINGHOUSE", id = "EXAMPLE02" }}
claim_filing = "MC"
mode = "test"
rendering = "peer"
charges = {{ "H0038" = "20.00", "H0038:HF" = "20.00", "H0038:HW" = "20.00", "H0038:HW:95" = "20.00" }}
"""
POLICY = """\
state = "{state}"

[source.clerk]
title = "What the clerk was told"
kind = "primary"

[[{key}.unit]]
minutes = 15
rounding = "down"
aggregate = "encounter"
source = "clerk"
"""
KNOWN = {"Community": "99", "Office": "57", "CPRS": "peer", "LCADC": "clinician"}
"""What the clerk answers beside what is likely: places and roles by their word."""


@needs_shared
@pytest.mark.parametrize(
    ("folder", "programme", "zip_code", "files"),
    [
        ("new-jersey", "NJ/sud", "087531234", ("service_export.csv", "clients_and_staff.xlsx")),
        ("indiana", "IN/mro", "479011399", ("notes.xlsx", "providers.csv")),
        ("michigan", "MI/sud-recovery-coaching", "489331234", ("report.txt", "members.txt", "staff.csv")),
    ],
)
def test_the_audit_finds_the_minutes_of_an_export(
    folder: str, programme: str, zip_code: str, files: tuple[str, ...], tmp_path: Path
) -> None:
    exports = SHARED / "cases" / "office" / "exports" / folder
    state, _, key = programme.partition("/")
    agency = tmp_path / "agency"
    make_workspace(agency)
    settings = SETTINGS.format(state=state, programme=programme, zip=zip_code)
    (agency / "peerbill.toml").write_text(settings, encoding="utf-8")
    (agency / "policies").mkdir()
    (agency / "policies" / "own.toml").write_text(POLICY.format(state=state, key=key), encoding="utf-8")
    paths = [exports / name for name in files]

    suggestion = suggest_for(agency, paths)
    answers = {
        question: question.default or KNOWN.get(str(question.paths[0][-1]), "2026-01-01")
        for question in suggestion.questions
    }
    text = suggestion.answered(answers).text
    read_mapping(text)
    (agency / "mapping.toml").write_text(text, encoding="utf-8")
    imported = CliRunner().invoke(main, ["import", str(agency), *map(str, paths)])
    report = tmp_path / "audit.json"
    CliRunner().invoke(main, ["audit", str(agency), "--as-of", "2026-10-02", "--json", str(report)])

    assert (imported.exit_code, imported.stderr) == (0, "")
    found = {one["encounter_id"]: one for one in json.loads(report.read_text())["encounters"]}
    with (exports / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["note_id"]: row for row in csv.DictReader(file)}
    assert {id_: one["minutes"] for id_, one in found.items()} == {
        id_: int(row["minutes"]) for id_, row in truth.items()
    }
    with (agency / "encounters.csv").open(encoding="utf-8", newline="") as file:
        people = {row["encounter_id"]: (row["member_id"], row["staff_id"]) for row in csv.DictReader(file)}
    assert {id_: staff for id_, (_, staff) in people.items()} == {id_: row["staff_npi"] for id_, row in truth.items()}
    again = CliRunner().invoke(main, ["import", str(agency), *map(str, paths)])
    assert (again.exit_code, again.stdout.splitlines()[-1]) == (0, "Nothing changes.")
