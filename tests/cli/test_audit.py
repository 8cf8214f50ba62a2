import csv
import io
import json
from pathlib import Path

from click.testing import CliRunner, Result

from peerbill import __version__
from peerbill.cli import main
from peerbill.policy.data_version import policy_data_version


def audit(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["audit", str(folder), "--as-of", "2026-03-05", *options])


def test_findings_and_the_sum_are_printed_and_an_error_exits_with_1(workspace: Path) -> None:
    result = audit(workspace)

    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.splitlines()[-1] == (
        "As of 2026-03-05: 2 encounters = 1 billable + 0 billed before + 1 held + 0 rejected"
    )
    assert "  error PB402 coverage" in result.stdout
    assert "    Fix: " in result.stdout
    assert "    Source: " not in result.stdout
    assert "    Source: " in audit(workspace, "--sources").stdout


def test_without_an_error_the_exit_code_is_0(workspace: Path) -> None:
    coverage = workspace / "coverage.csv"
    coverage.write_text(coverage.read_text() + "M2,horizon,210987654321,2026-01-01,,1\n")
    result = audit(workspace)

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].endswith("2 encounters = 2 billable + 0 billed before + 0 held + 0 rejected")


def test_json_has_the_shape_of_the_contract(workspace: Path) -> None:
    file = workspace.parent / "audit.json"
    result = audit(workspace, "--json", str(file))
    report = json.loads(file.read_text())

    assert result.exit_code == 1
    assert list(report) == [
        "peerbill",
        "as_of",
        "input",
        "policies",
        "policy_data",
        "encounters",
        "findings",
        "support_types",
        "problems",
        "causes",
        "waived",
        "idle_waivers",
        "deidentified",
        "schema",
    ]
    assert (report["policy_data"], report["schema"]) == (policy_data_version(), 1)
    assert (report["peerbill"], report["as_of"]) == (__version__, "2026-03-05")
    assert report["input"] == {"encounters": 2, "billable": 1, "billed": 0, "held": 1, "rejected": 0}
    assert [(policy["id"], len(policy["sha256"])) for policy in report["policies"]] == [("NJ/sud", 64)]
    assert report["encounters"][0] == {
        "encounter_id": "E1",
        "minutes": 45,
        "units": 3,
        "hcpcs": "H0038",
        "modifiers": ["HF"],
        "status": "billable",
        "charge": "48.00",
    }
    (error,) = [finding for finding in report["findings"] if finding["severity"] == "error"]
    assert set(error) == {
        "code",
        "severity",
        "encounter_ids",
        "staff_id",
        "member_id",
        "where",
        "message",
        "fix",
        "citations",
        "template",
        "values",
        "raised",
    }
    assert (error["code"], error["encounter_ids"], error["member_id"]) == ("PB402", ["E2"], "M2")
    assert {"title", "url", "date", "status"} <= set(error["citations"][0])
    assert file.stat().st_mode & 0o777 == 0o600


def test_json_on_standard_output_stands_alone(workspace: Path) -> None:
    result = audit(workspace, "--json", "-")

    assert json.loads(result.stdout)["input"]["encounters"] == 2
    assert "2 encounters = 1 billable" in result.stderr


def test_csv_has_one_row_for_each_finding(workspace: Path) -> None:
    result = audit(workspace, "--csv", "-")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    errors = [row for row in rows if row["severity"] == "error"]

    assert [(row["code"], row["encounter_ids"], row["member_id"]) for row in errors] == [("PB402", "E2", "M2")]
    assert all(row["message"] and row["fix"] for row in rows)


def test_rejected_rows_are_counted_and_told(workspace: Path) -> None:
    encounters = workspace / "encounters.csv"
    encounters.write_text(encounters.read_text().replace("2026-03-02T13:00", "3/2/2026 13:00"))
    result = audit(workspace)

    assert result.exit_code == 1
    assert "encounters.csv line 3 column start: expected a time such as 2026-03-02T14:05" in result.stdout
    assert result.stdout.splitlines()[-1].endswith("2 encounters = 1 billable + 0 billed before + 0 held + 1 rejected")


def test_rows_without_an_id_are_in_the_sum(workspace: Path) -> None:
    encounters = workspace / "encounters.csv"
    encounters.write_text(encounters.read_text().replace("E2,", ",").replace("E1,", ","))
    result = audit(workspace)

    assert result.stdout.splitlines()[-1].endswith("2 encounters = 0 billable + 0 billed before + 0 held + 2 rejected")


def test_a_row_of_another_table_that_cannot_be_read_is_a_problem_and_exits_with_1(workspace: Path) -> None:
    coverage = workspace / "coverage.csv"
    coverage.write_text(coverage.read_text() + "M2,horizon,210987654321,2026-01-01,,1\nM2,horizon,1,1/1/2020,,2\n")
    result = audit(workspace)

    assert result.exit_code == 1
    assert result.stderr == (
        "Problem: coverage.csv line 4: column from: expected a date such as 2026-03-02, found one written with "
        "slashes. Write the date as YYYY-MM-DD: format the column as yyyy-mm-dd in the spreadsheet. Or, where every "
        'such day of your tables has the month first, add dates = "month-first" under [workspace] in peerbill.toml. '
        "The row is not used; it holds what it could concern until then.\n"
    )


def test_nothing_is_written_in_the_workspace(workspace: Path) -> None:
    before = {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}
    audit(workspace, "--json", "-")

    assert {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()} == before


def test_unusable_input_exits_with_2_and_one_line_for_each_reason(workspace: Path) -> None:
    for table in ("staff", "members"):
        (workspace / f"{table}.csv").unlink()
    result = audit(workspace)

    assert (result.exit_code, result.stdout) == (2, "")
    assert [line.split(":")[:2] for line in result.stderr.splitlines()] == [
        ["Error", " staff.csv"],
        ["Error", " members.csv"],
    ]


def test_no_output_names_a_person(workspace: Path) -> None:
    for name in ("staff", "members"):
        path = workspace / f"{name}.csv"
        path.write_text(path.read_text() + "X9,Secretname,Secretfirst,Secretdate\n")
    result = audit(workspace, "--json", "-")

    assert result.exit_code == 1
    assert not any(word in result.output for word in ("Secret", "Lane", "Ito", "Rivera", "1988", "1995", "postings"))


def test_json_and_csv_cannot_share_standard_output(workspace: Path) -> None:
    result = audit(workspace, "--json", "-", "--csv", "-")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "--json and --csv cannot both go to standard output" in result.stderr


def test_the_last_lines_are_the_causes_and_the_sum(workspace: Path) -> None:
    lines = audit(workspace).stdout.splitlines()
    at = next(at for at, line in enumerate(lines) if line.split()[:1] == ["cause"])

    assert " ".join(lines[at].split()) == "cause encounters held corrected by"
    assert " ".join(lines[at + 2].split()) == "error PB402 coverage.member_id 1 $48.00 biller"
    assert lines[-3:] == [
        "Held in all: $48.00",
        "Kinds of support among the billable: 1 informational",
        "As of 2026-03-05: 2 encounters = 1 billable + 0 billed before + 1 held + 0 rejected",
    ]


def test_brief_is_ten_lines_at_most_whatever_is_wrong(workspace: Path) -> None:
    (workspace / "stays.csv").write_text("member_id,kind,from,x\nM1,spa,2026-03-01,\n")
    encounters = workspace / "encounters.csv"
    encounters.write_text(encounters.read_text().replace("S1", "S9").replace("F11.20", "X").replace(",57,", ",99,"))
    result = audit(workspace, "--brief")

    assert len(result.output.splitlines()) == 10
    assert result.stderr.splitlines() == [
        "Problem: 1 problem in the tables: audit without --brief prints all",
        "Notice: 1 notice in the tables: audit without --brief prints all",
    ]
    assert result.stdout.splitlines()[-1].endswith("2 encounters = 0 billable + 0 billed before + 2 held + 0 rejected")


def test_errors_come_first_and_of_these_the_most_money(workspace: Path) -> None:
    encounters = workspace / "encounters.csv"
    header, first, *_ = encounters.read_text().splitlines()
    rows = [
        first.replace("E1", "A1").replace(",M1,", ",M8,"),
        *(first.replace("E1", f"B{n}").replace("S1", "S9").replace("2026-03-02T1", f"2026-03-0{n}T1") for n in (2, 3)),
    ]
    encounters.write_text("\n".join([header, *rows]) + "\n")
    blocks = [line for line in audit(workspace).stdout.splitlines() if line[:1] in "AB" and not line.startswith("As ")]

    assert [block.split(",")[0] for block in blocks if block][:2] == ["B2", "A1"]


def test_a_charge_that_is_not_known_is_no_zero(workspace: Path) -> None:
    encounters = workspace / "encounters.csv"
    header, first, *_ = encounters.read_text().splitlines()
    encounters.write_text(f"{header}\n{first.replace('2026-03-02T10:00', 'ten')}\n")

    assert "Held in all: 1 encounter of unknown charge\n" in audit(workspace).stdout


def test_a_notice_after_the_day_of_the_audit_is_a_slip(workspace: Path) -> None:
    for more in ((), ("--html", str(workspace.parent / "audit.html"))):
        result = audit(workspace, "--notice", "2026-03-06", *more)

        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == (
            "Error: The notice of 2026-03-06 is after the day of the audit, 2026-03-05: give the day on which the audit"
            " was announced.\n"
        )
    assert audit(workspace, "--notice", "2026-03-05").stdout == audit(workspace).stdout


def coded(folder: Path, code: str, *options: str) -> list[tuple[str, str, str]]:
    """Return what an audit finds under a code: encounters, severity and place."""
    rows = csv.DictReader(io.StringIO(audit(folder, "--csv", "-", *options).stdout))
    return [(row["encounter_ids"], row["severity"], row["where"]) for row in rows if row["code"] == code]


def test_notes_that_were_edited_after_the_notice_are_found_when_its_day_is_given(workspace: Path) -> None:
    """E1 was edited on the day after the notice, E2 on its day."""
    encounters = workspace / "encounters.csv"
    header, first, second = encounters.read_text().splitlines()
    encounters.write_text(f"{header},edited_at\n{first},2026-03-04T09:00\n{second},2026-03-03T23:59\n")
    late = [("E1", "warning", "encounters.edited_at")]

    assert coded(workspace, "PB912", "--notice", "2026-03-03") == late
    assert coded(workspace, "PB912", "--notice", "2026-03-04") == []
    assert coded(workspace, "PB912", "--notice", "2026-03-02") == []
    assert coded(workspace, "PB912") == []


def test_a_notice_is_a_day(workspace: Path) -> None:
    result = audit(workspace, "--notice", "3/3/2026")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "--notice" in result.stderr


def test_what_was_billed_has_findings_when_it_is_asked_for(workspace: Path, tmp_path: Path) -> None:
    """E1 was billed; the end of its member's coverage was entered later."""
    billed = CliRunner().invoke(main, ["bill", str(workspace), "--out", str(tmp_path / "out"), "--as-of", "2026-03-05"])
    coverage = workspace / "coverage.csv"
    coverage.write_text(coverage.read_text().replace("2026-01-01,,1", "2026-01-01,2026-02-28,1"))
    before = (workspace / "ledger.db").read_bytes()

    assert "1 claim, 1 line" in billed.stdout
    assert [found[0] for found in coded(workspace, "PB402")] == ["E2"]
    assert [found[0] for found in coded(workspace, "PB402", "--billed")] == ["E1", "E2"]
    assert audit(workspace).stdout.splitlines()[-1].endswith("0 billable + 1 billed before + 1 held + 0 rejected")
    assert (
        audit(workspace, "--billed")
        .stdout.splitlines()[-1]
        .endswith("0 billable + 0 billed before + 2 held + 0 rejected")
    )
    assert (workspace / "ledger.db").read_bytes() == before
