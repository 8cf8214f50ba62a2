"""`peerbill audit --claims`: the command line, what is printed, JSON, CSV and exit codes."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from payer import Decision, receive, remit

from peerbill.cli import main
from peerbill.intake.workspace import read_workspace


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["audit", *map(str, arguments)])


def refused(*arguments: object) -> str:
    """Return the message of a command that cannot be used."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr


@pytest.fixture
def theirs(workspace: Path) -> Path:
    """Return the file of E1's claim, as another system wrote it: without the ledger that knows it."""
    runner = CliRunner()
    result = runner.invoke(main, ["bill", str(workspace), "--out", str(workspace / "out"), "--as-of", "2026-03-05"])
    assert result.exit_code == 1, result.stderr
    (path,) = (workspace / "out").glob("*.837")
    file = workspace.parent / "theirs.837"
    file.write_text(path.read_text(encoding="ascii").replace("PBTEST", "THEIRS"), encoding="ascii")
    for ledger in workspace.glob("ledger.*"):
        ledger.unlink()
    for left in (workspace / "out").iterdir():
        left.unlink()
    (workspace / "out").rmdir()
    return file


def paid(file: Path) -> Path:
    """Return the file of an 835 that pays every claim of a file in full."""
    sent = receive(file.read_text(encoding="ascii"))
    path = file.with_suffix(".835")
    path.write_text(remit(sent, [Decision(claim) for claim in sent.claims]), encoding="ascii")
    return path


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="ascii")
    assert before in text
    file.write_text(text.replace(before, after), encoding="ascii")


ON = ("--as-of", "2026-03-05")


def test_claims_that_agree_exit_with_0(workspace: Path, theirs: Path) -> None:
    result = run(workspace, "--claims", theirs, *ON)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[0] == f"{theirs}: 1 claim, 1 line, 0 payments"
    assert result.stdout.splitlines()[-1] == (
        "As of 2026-03-05: 1 claim, 1 line, $48.00 charged, $0.00 paid: 0 errors, 0 warnings"
    )


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (1, 2, 0, 3), (1, 2, 3, 0)])
def test_a_folder_is_the_workspace_wherever_it_stands(order: tuple[int, ...], workspace: Path, theirs: Path) -> None:
    arguments = [workspace, "--claims", theirs, paid(theirs)]
    result = run(*(arguments[at] for at in order), *ON)

    assert result.exit_code == 0, result.output
    assert "$48.00 charged, $48.00 paid" in result.stdout


def test_several_files_after_the_option(workspace: Path, theirs: Path) -> None:
    second = theirs.with_name("second.837")
    second.write_text(theirs.read_text(encoding="ascii").replace("THEIRS", "OTHERS"), encoding="ascii")
    result = run(workspace, "--claims", theirs, "--claims", second, *ON)

    assert result.exit_code == 1
    claim_id = receive(theirs.read_text(encoding="ascii")).claims[0].claim_id
    assert f"line 1: the same service is on line 1 of claim {claim_id} in {theirs} (segment " in result.stdout
    assert "error PB852: 1 finding" in result.stdout


def test_findings_are_printed_by_check_with_their_place_and_money(workspace: Path, theirs: Path) -> None:
    edit(theirs, "HC:H0038:HF*", "HC:H0038*")
    result = run(workspace, "--claims", theirs, paid(theirs), *ON)
    claim_id = receive(theirs.read_text(encoding="ascii")).claims[0].claim_id

    assert result.exit_code == 1
    assert "error PB856: 1 finding\n" in result.stdout
    assert f", claim {claim_id}, line 1: the line has H0038; E1 comes to H0038:HF\n" in result.stdout
    assert "In doubt in all: $48.00 charged, $48.00 paid; a line with several findings counts once\n" in result.stdout
    assert "    Source: " not in result.stdout
    assert "    Source: 31 U.S.C. 3729" in run(workspace, "--claims", theirs, *ON, "--sources").stdout


def test_json_and_csv_have_every_finding(workspace: Path, theirs: Path) -> None:
    edit(theirs, "HC:H0038:HF*", "HC:H0038*")
    file = theirs.with_suffix(".csv")
    result = run(workspace, "--claims", theirs, *ON, "--json", "-", "--csv", file)
    report = json.loads(result.stdout)
    (found,) = report["findings"]
    (row,) = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))

    assert (report["claims"], report["lines"], report["charged"], report["matched"]) == (1, 1, "48.00", 1)
    assert report["files"] == [
        {
            "file": str(theirs),
            "claims": 1,
            "lines": 1,
            "payments": 0,
            "unread": 0,
            "test": False,
            "problems": [],
        }
    ]
    assert (found["code"], found["where"], found["line"], found["charged"], found["paid"]) == (
        "PB856",
        "SV101",
        1,
        "48.00",
        None,
    )
    assert (row["code"], row["encounter_ids"], row["charged"], row["paid"]) == ("PB856", "E1", "48.00", "")
    assert int(row["segment"]) == found["segment"]


def test_what_cannot_be_used_is_told(workspace: Path, theirs: Path, tmp_path: Path) -> None:
    plain = tmp_path / "notes.txt"
    plain.write_text("no claims here\n", encoding="utf-8")
    missing = tmp_path / "missing.837"
    other = tmp_path / "other"
    other.mkdir()

    assert "--claims" in refused(workspace, theirs)
    assert f"{missing}: no such file or folder." in refused(workspace, "--claims", missing)
    assert f"{missing}: no such file or folder." in refused(workspace, missing, "--claims", theirs)
    assert f"--claims {other}: expected a file, found a folder." in refused(workspace, "--claims", other)
    assert f"{other}: a second folder." in refused(workspace, other, "--claims", theirs)
    assert f"{theirs}: named twice." in refused(workspace, theirs, "--claims", theirs)
    assert f"{plain}: expected X12 that begins with ISA" in run(workspace, "--claims", plain).stderr
    assert run(workspace, "--claims", plain).exit_code == 2
    assert "--json and --csv cannot both" in refused(workspace, "--claims", theirs, "--json", "-", "--csv", "-")
    assert "Missing argument 'DIR'" in refused()


def test_hostile_ids_are_printed_as_they_can_be(workspace: Path, theirs: Path) -> None:
    claim_id = receive(theirs.read_text(encoding="ascii")).claims[0].claim_id
    edit(theirs, f"CLM*{claim_id}", "CLM*=HYPERLINK(1)[red]\x1b[2J")
    edit(theirs, "HC:H0038:HF*", "HC:H0038*")
    result = run(workspace, "--claims", theirs, *ON)

    assert "claim =HYPERLINK(1)[red]?[2J, line 1" in result.stdout
    assert "\x1b" not in result.stdout


def test_names_and_ids_of_members_are_nowhere(workspace: Path, theirs: Path) -> None:
    edit(theirs, "HC:H0038:HF*", "HC:H0038*")
    records = read_workspace(workspace)
    printed = run(workspace, "--claims", theirs, *ON, "--all", "--sources").stdout
    document = run(workspace, "--claims", theirs, *ON, "--json", "-").stdout
    texts = {text for member in records.members for text in (member.last_name, member.street)}
    texts |= {row.subscriber_id for row in records.coverage}

    assert [text for text in texts if text.upper() in (printed + document).upper()] == []


# --- without a workspace ---------------------------------------------------------------------------------------------


def test_without_a_workspace_the_claims_alone_are_looked_at(theirs: Path) -> None:
    result = run("--claims", theirs, *ON)

    assert (result.exit_code, result.stderr) == (0, "")
    assert "  Notes, minutes, members, coverage, plans and supervision: no workspace was given.\n" in result.stdout
    assert result.stdout.splitlines()[-1] == (
        "As of 2026-03-05: 1 claim, 1 line, $48.00 charged, $0.00 paid: 0 errors, 0 warnings"
    )


def test_a_programme_and_a_roster_are_asked_beside_the_claims(workspace: Path, theirs: Path) -> None:
    roster = ("--staff", workspace / "staff.csv", "--credentials", workspace / "credentials.csv")
    assert run("--claims", theirs, *ON, "--programme", "NJ/sud", *roster).exit_code == 0

    table = workspace / "credentials.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("2027-12-31", "2026-03-01"), encoding="utf-8")
    result = run("--claims", theirs, *ON, "--programme", "NJ/sud", *roster, "--json", "-")
    report = json.loads(result.stdout)

    assert result.exit_code == 1
    assert [(found["code"], found["staff_id"]) for found in report["findings"]] == [("PB868", "S1")]
    assert [policy["id"] for policy in report["policies"]] == ["NJ/sud"]


def test_what_does_not_go_together_is_told(workspace: Path, theirs: Path, tmp_path: Path) -> None:
    staff = workspace / "staff.csv"
    other = tmp_path / "staff.txt"
    other.write_text(staff.read_text(encoding="utf-8"), encoding="utf-8")
    broken = tmp_path / "staff.csv"
    broken.write_text(staff.read_text(encoding="utf-8").replace("2025-01-06", "6 January"), encoding="utf-8")

    assert "--programme is for --claims without a workspace." in refused(workspace, "--programme", "NJ/sud")
    assert "--staff is for claims without a workspace" in refused(workspace, "--claims", theirs, "--staff", staff)
    assert "--credentials needs --staff" in refused("--claims", theirs, "--credentials", staff)
    assert "expected a table as .csv or .jsonl" in refused("--claims", theirs, "--staff", other)
    assert "staff.csv line 2: hired_on: expected a date" in refused("--claims", theirs, "--staff", broken)
    assert "XX/peer" in refused("--claims", theirs, "--programme", "XX/peer")
    assert "--notice is not for claim files" in refused(workspace, "--claims", theirs, "--notice", "2026-03-04")
    assert "--billed is not for claim files" in refused(workspace, "--claims", theirs, "--billed")
