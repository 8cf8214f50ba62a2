import json
from pathlib import Path

from click.testing import CliRunner, Result

from peerbill.cli import main


def bill(folder: Path, out: Path, day: str = "2026-03-05") -> Result:
    return CliRunner().invoke(main, ["bill", str(folder), "--out", str(out), "--as-of", day])


def line_of(text: str, code: str) -> list[str]:
    """Return the words of the line that names a check."""
    return next(line for line in text.splitlines() if code in line).split()


def test_what_passes_is_billed_and_what_is_held_is_told(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = bill(workspace, out)
    manifest = json.loads((out / "manifest.json").read_text())
    (file,) = out.glob("*.837")

    assert result.exit_code == 1
    assert f"Wrote {file}: 1 claim, 1 line, $48.00 to horizon, production\n" in result.stdout
    assert f"Manifest: {out / 'manifest.json'}\n" in result.stdout
    assert " ".join(line_of(result.stdout, "PB402")) == "error PB402 coverage.member_id 1 $48.00 biller"
    assert "  Fix: " not in result.stdout
    assert f"What holds each, and what to do: peerbill audit {workspace} --as-of 2026-03-05\n" in result.stdout
    assert result.stdout.splitlines()[-1].endswith("2 encounters = 1 billable + 0 billed before + 1 held + 0 rejected")
    assert [entry["path"] for entry in manifest["files"]] == [file.name]
    assert manifest["held"] == [{"encounter_id": "E2", "codes": ["PB402"]}]
    assert manifest["rejected"] == []
    assert "SV1*HC:H0038:HF*48*UN*3***1~" in file.read_text()


def test_nothing_is_billed_twice(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bill(workspace, out)
    before = {path.name for path in out.glob("*.837")}
    result = bill(workspace, out, "2026-03-06")

    assert result.exit_code == 1
    assert "Nothing new to bill: no 837 file was written.\n" in result.stdout
    assert result.stdout.splitlines()[-1].endswith("2 encounters = 0 billable + 1 billed before + 1 held + 0 rejected")
    assert {path.name for path in out.glob("*.837")} == before


def test_the_manifest_of_a_run_is_written_where_json_says_also_if_nothing_was_sent(
    workspace: Path, tmp_path: Path
) -> None:
    words = ["bill", str(workspace), "--out", str(tmp_path / "out"), "--as-of", "2026-03-05", "--json"]
    first = CliRunner().invoke(main, [*words, str(tmp_path / "first.json")])
    kept = (tmp_path / "out" / "manifest.json").read_bytes()
    again = CliRunner().invoke(main, [*words, "-"])

    assert (first.exit_code, again.exit_code) == (1, 1)
    assert (tmp_path / "first.json").read_bytes() == kept
    assert json.loads(again.stdout) == {
        "files": [],
        "claims": [],
        "held": [{"encounter_id": "E2", "codes": ["PB402"]}],
        "rejected": [],
    }
    assert "2 encounters = 0 billable + 1 billed before + 1 held + 0 rejected\n" in again.stderr
    assert (tmp_path / "out" / "manifest.json").read_bytes() == kept


def test_with_nothing_held_the_exit_code_is_0(workspace: Path, tmp_path: Path) -> None:
    coverage = workspace / "coverage.csv"
    coverage.write_text(coverage.read_text() + "M2,horizon,210987654321,2026-01-01,,1\n")

    assert bill(workspace, tmp_path / "out").exit_code == 0
    assert bill(workspace, tmp_path / "out", "2026-03-06").exit_code == 0


def test_rejected_rows_stand_in_the_manifest_by_line(workspace: Path, tmp_path: Path) -> None:
    encounters = workspace / "encounters.csv"
    encounters.write_text(encounters.read_text().replace("2026-03-02T13:00", "3/2/2026 13:00"))
    result = bill(workspace, tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())

    assert result.exit_code == 1
    assert (manifest["held"], manifest["rejected"]) == ([], [{"table": "encounters", "line": 3, "codes": ["PB001"]}])


def test_unusable_input_writes_nothing(workspace: Path, tmp_path: Path) -> None:
    (workspace / "staff.csv").unlink()
    result = bill(workspace, tmp_path / "out")

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: staff.csv: expected this file, found none.")
    assert not (tmp_path / "out").exists()
    assert not (workspace / "ledger.db").exists()


def test_a_programme_that_is_not_known_is_told(workspace: Path, tmp_path: Path) -> None:
    toml = workspace / "peerbill.toml"
    toml.write_text(toml.read_text().replace("NJ/sud", "NJ/none"))
    result = bill(workspace, tmp_path / "out")

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: NJ/none: NJ has no programme 'none'")


def test_all_prints_the_findings_and_brief_ten_lines_at_most(workspace: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    brief = CliRunner().invoke(main, ["bill", str(workspace), "--out", out, "--as-of", "2026-03-05", "--brief"])
    every = CliRunner().invoke(main, ["bill", str(workspace), "--out", out, "--as-of", "2026-03-05", "--all"])

    assert (
        brief.stdout.splitlines()[0]
        == "error PB402 coverage.member_id: 1 encounter, charge held: $48.00, corrected by: biller"
    )
    assert len(brief.output.splitlines()) <= 10
    assert "  error PB402 coverage.member_id: no coverage is on file for M2\n    Fix: " in every.stdout
