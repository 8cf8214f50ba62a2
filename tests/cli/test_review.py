"""`peerbill review`: what it prints, writes and refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from peerbill.cli import main
from peerbill.documents.values import from_json

pytestmark = pytest.mark.usefixtures("on_both")

DAY = ("--as-of", "2026-03-05")
LASTS = ("--until", "2026-06-30")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def workspace(workspace: Path) -> Path:
    """Return the workspace without the release of M1."""
    members = workspace / "members.csv"
    members.write_text(members.read_text().replace("08723,2026-01-05\nM2", "08723,\nM2"), encoding="utf-8")
    return workspace


def waive(workspace: Path, *arguments: object) -> Result:
    return run("review", "waive", workspace, *arguments, *DAY)


def findings(workspace: Path, *day: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(run("audit", workspace, *(day or DAY), "--json", "-").stdout)
    return {
        "open": [one["code"] for one in report["findings"] if one["code"] == "PB408"],
        "waived": [(one["finding"]["code"], one["waiver"]["waiver_id"]) for one in report["waived"]],
        "idle": [(one["waiver"]["waiver_id"], one["why"]) for one in report["idle_waivers"]],
    }


def test_a_waived_finding_is_listed_apart(workspace: Path) -> None:
    done = waive(workspace, "pb408", "E1", "--reason", "paper chart, drawer 3", *LASTS)
    audit = run("audit", workspace, *DAY)

    assert (done.exit_code, done.stdout) == (
        0,
        "W1: PB408 members.release_on of E1 is waived until 2026-06-30: no release is on file\n",
    )
    assert "warning PB408" not in audit.stdout
    assert "drawer" in audit.stdout
    assert "Waived: 1 finding\n" in run("audit", workspace, *DAY, "--brief").stdout
    assert findings(workspace) == {"open": [], "waived": [("PB408", "W1")], "idle": []}
    assert run("ledger", "verify", workspace).exit_code == 0


def test_an_expired_waiver_is_listed_and_the_finding_is_back(workspace: Path) -> None:
    waive(workspace, "PB408", "E1", "--reason", "paper chart", *LASTS)

    assert findings(workspace, "--as-of", "2026-07-01") == {
        "open": ["PB408"],
        "waived": [],
        "idle": [("W1", "its last day has passed: the finding counts again")],
    }
    printed = run("audit", workspace, "--as-of", "2026-07-01").stdout
    assert "End a waiver that is not needed any more: peerbill review end-waiver DIR WAIVER" in printed
    assert "Waivers that cover nothing: 1\n" in run("audit", workspace, "--as-of", "2026-07-01", "--brief").stdout


def test_what_is_refused_is_reported_and_exits_with_1(workspace: Path) -> None:
    result = waive(workspace, "PB402", "E2", "E9", "--reason", "no coverage", *LASTS, "--json", "-")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["waived"] == []
    assert [one["encounter_id"] for one in json.loads(result.stdout)["refused"]] == ["E2", "E9"]
    assert "Not done: E2: PB402 coverage" in result.stderr
    assert "is an error, which no waiver lifts" in result.stderr
    assert run("review", "list", workspace).stdout == "There is no waiver.\n"


def test_end_and_list(workspace: Path) -> None:
    waive(workspace, "PB408", "E1", "--reason", "paper chart", *LASTS, "--json", workspace.parent / "waive.json")
    ended = run("review", "end-waiver", workspace, "w1", "W7", "--reason", "it came", "--json", "-")
    listed = json.loads(run("review", "list", workspace, "--json", "-").stdout)

    assert ended.exit_code == 1
    assert json.loads(ended.stdout)["ended"] == ["W1"]
    assert json.loads(ended.stdout)["refused"] == [{"waiver_id": "W7", "why": "there is no such waiver"}]
    (given,) = json.loads((workspace.parent / "waive.json").read_text())["waived"]
    assert [one["waiver_id"] for one in listed["waivers"]] == ["W1"]
    assert {**listed["waivers"][0], "ended": ""} == given
    assert listed["waivers"][0]["ended"].endswith(": it came")
    assert "ended on" in run("review", "list", workspace).stdout
    assert findings(workspace) == {"open": ["PB408"], "waived": [], "idle": []}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--reason", "seen"), "--until is missing"),
        (("--reason", "seen", "--until", "2027-03-06"), "A waiver ends on 2026-03-05 at the earliest"),
        (("--reason", " ", *LASTS), "--reason takes 1 to 500 characters"),
    ],
)
def test_options_that_cannot_be_meant(workspace: Path, options: tuple[str, ...], message: str) -> None:
    result = waive(workspace, "PB408", "E1", *options)

    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_the_audit_is_a_document_with_its_waivers(workspace: Path) -> None:
    from peerbill import Agency, read_workspace, to_json  # noqa: PLC0415

    waive(workspace, "PB408", "E1", "--reason", "paper chart", *LASTS)
    records = read_workspace(workspace)
    audit = Agency(records.settings, folder=workspace).audit(records)

    assert from_json(to_json(audit), "audit") == audit
    assert len(audit.waived) + len(audit.idle_waivers) == 1
