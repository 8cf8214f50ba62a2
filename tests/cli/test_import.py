"""`peerbill import`: what a clerk sees, and what is in the workspace afterwards."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import POLICY, SMALL
from exports import CLINIC, clinic, write_workbook

from peerbill.cli import main
from peerbill.intake.workspace import make_workspace, workspace_settings
from peerbill.ledger.store.ledger import open_ledger

SETTINGS = SMALL["peerbill.toml"].replace("[payers.horizon]", "[payers.nj-horizon]")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make an empty workspace of an agency, with the mapping of the clinic's export."""
    folder = tmp_path / "agency"
    make_workspace(folder, tag="TEST")
    (folder / "peerbill.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "policies").mkdir()
    (folder / "policies" / "nj.toml").write_text(POLICY, encoding="utf-8")
    (folder / "mapping.toml").write_text(CLINIC, encoding="utf-8")
    return folder


def run(folder: Path, *options: object) -> Result:
    return CliRunner().invoke(main, ["import", str(folder), *map(str, options)])


def tables(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))}


def test_an_export_is_in_the_tables_and_again_changes_nothing(folder: Path, tmp_path: Path) -> None:
    files = clinic(tmp_path)
    first = run(folder, *files)
    written = tables(folder)
    again = run(folder, *files)

    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout.splitlines()[:3] == [
        "visits_2026-09.csv: UTF-8 with BOM, separated by comma. Column names in line 1, 4 rows.",
        "  Left out, line 8: only 1 of 20 cells is filled, as in a heading or a total.",
        "  Left out by where, 1 row: Status: Draft.",
    ]
    assert [line.split() for line in first.stdout.splitlines() if line.startswith((" members", " encounters"))] == [
        ["members", "3", "0", "0"],
        ["encounters", "4", "0", "0"],
    ]
    assert first.stdout.splitlines()[-1] == f"Written. Next: peerbill audit {folder}"
    assert (again.exit_code, again.stdout.splitlines()[-1]) == (0, "Nothing changes.")
    assert tables(folder) == written


def test_the_audit_finds_the_minutes_of_the_export(folder: Path, tmp_path: Path) -> None:
    run(folder, *clinic(tmp_path))
    file = tmp_path / "audit.json"
    CliRunner().invoke(main, ["audit", str(folder), "--as-of", "2026-09-28", "--json", str(file)])
    report = json.loads(file.read_text())

    assert {one["encounter_id"]: (one["minutes"], one["units"]) for one in report["encounters"]} == {
        "V1": (47, 3),
        "V2": (60, 4),
        "V3": (30, 2),
        "V4": (45, 3),
    }


def test_a_dry_run_writes_nothing(folder: Path, tmp_path: Path) -> None:
    before = tables(folder)
    result = run(folder, *clinic(tmp_path), "--dry-run")

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "Dry run: nothing was written.")
    assert tables(folder) == before


def test_a_problem_is_told_once_and_nothing_is_written(folder: Path, tmp_path: Path) -> None:
    before = tables(folder)
    mapping = folder / "mapping.toml"
    mapping.write_text(CLINIC.replace('Community = "99", ', ""), encoding="utf-8")
    result = run(folder, *clinic(tmp_path))

    assert result.exit_code == 1
    assert result.stderr == (
        "Problem: visits_2026-09.csv lines 2, 5: encounters.place (from Location): expected a word that values of the "
        "mapping names, found another: `Community`. Add the word to values of encounters.place in mapping.toml line "
        "13.\n"
    )
    assert result.stdout.splitlines()[-1] == "Nothing was written: correct the problems above, and import again."
    assert tables(folder) == before


def test_json_has_what_is_printed(folder: Path, tmp_path: Path) -> None:
    result = run(folder, *clinic(tmp_path), "--json", "-")
    report = json.loads(result.stdout)

    assert list(report)[-1] == "schema"
    assert report["written"] is True
    assert report["tables"][-1] == {
        "table": "encounters",
        "added": 4,
        "updated": 0,
        "unchanged": 0,
        "columns": {},
        "erased": {},
    }
    assert report["sheets"][0]["filtered"] == {"Status: Draft": 1}
    assert "Written." in result.stderr


def test_new_ids_of_the_same_contacts_stop_the_import(folder: Path, tmp_path: Path) -> None:
    notes, people = clinic(tmp_path)
    run(folder, notes, people)
    before = tables(folder)
    notes.write_text(notes.read_text(encoding="utf-8-sig").replace("\nV", "\nNEW"), encoding="utf-8")
    stopped = run(folder, notes)
    taken = run(folder, notes, "--as-new")

    assert stopped.exit_code == 1
    assert "peer, start and service: NEW1 is V1, NEW2 is V2, NEW3 is V3, NEW4 is V4. If the program" in stopped.stdout
    assert taken.exit_code == 0
    assert tables(folder)["encounters.csv"].count(b"\n") == before["encounters.csv"].count(b"\n") + 4


def billed(folder: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Import the clinic's export and bill what passes."""
    files = clinic(tmp_path)
    run(folder, *files)
    result = CliRunner().invoke(main, ["bill", str(folder), "--out", f"{tmp_path}/out", "--as-of", "2026-09-28"])
    assert "Wrote " in result.output, result.output
    return files


def test_a_change_of_what_was_billed_is_listed(folder: Path, tmp_path: Path) -> None:
    notes, _ = billed(folder, tmp_path)
    notes.write_text(notes.read_text(encoding="utf-8-sig").replace("9:47 AM", "9:52 AM"), encoding="utf-8")
    result = run(folder, notes)

    assert result.exit_code == 0
    assert "Billed before, and changed by this import: V1. Their claims keep what was sent" in result.stdout
    assert any(line.split() == ["encounters", "0", "1", "3", "end", "1"] for line in result.stdout.splitlines())


def test_what_was_billed_under_another_id_is_found_in_the_ledger(folder: Path, tmp_path: Path) -> None:
    notes, _ = billed(folder, tmp_path)
    encounters = folder / "encounters.csv"
    encounters.write_text(encounters.read_text().splitlines(keepends=True)[0])
    notes.write_text(notes.read_text(encoding="utf-8-sig").replace("\nV1,", "\nNEW1,"), encoding="utf-8")
    result = run(folder, notes)

    assert result.exit_code == 1
    assert "start and service (1 of them in the ledger alone): NEW1 is V1." in result.stdout


def test_a_stopped_import_is_finished_without_files(folder: Path) -> None:
    assert run(folder).stdout == "No import was stopped: nothing to finish. Give the files to import.\n"
    (folder / ".members.csv.import.tmp").write_text("half")
    result = run(folder)

    assert (result.exit_code, result.stderr) == (
        0,
        "Notice: An import that was stopped was undone: no table had changed.\n",
    )


def test_a_mapping_is_proposed_with_its_open_questions(folder: Path, tmp_path: Path) -> None:
    mapping = folder / "mapping.toml"
    mapping.unlink()
    files = clinic(tmp_path)
    first = run(folder, *files, "--suggest")
    text = mapping.read_text(encoding="utf-8")
    unfinished = run(folder, *files)
    again = run(folder, *files, "--suggest")

    assert (first.exit_code, first.stderr) == (1, "")
    assert "Open: Which payer is `Shore Health`? Write nj-horizon. It is likely nj-horizon.\n" in first.stdout
    assert first.stdout.splitlines()[-2] == f'Answer 6 questions in {mapping}: fill in each "", or delete its line.'
    assert "Quill, " not in text
    assert unfinished.exit_code == 2
    assert all("an open question: expected" in line for line in unfinished.stderr.splitlines())
    assert again.exit_code == 2
    assert mapping.read_text(encoding="utf-8") == text


def test_the_cells_of_the_export_are_shown_or_not(folder: Path, tmp_path: Path) -> None:
    (folder / "mapping.toml").unlink()
    notes, _ = clinic(tmp_path)
    shown = run(folder, notes, "--suggest")
    (folder / "mapping.toml").unlink()
    hidden = run(folder, notes, "--suggest", "--no-samples")

    assert [line.split() for line in shown.stdout.splitlines() if line.startswith(" DOB")] == [
        ["DOB", "members.birth_date", "4/9/1981", "|", "12/31/1975", "|"]
    ]
    assert "4/9/1981" not in hidden.stdout
    assert "Open: Which place-of-service code is `Community` (11 office, " in shown.stdout
    assert "Community" not in hidden.stdout
    assert "Open: Which place-of-service code is each open word of Location (11 office, " in hidden.stdout
    assert [line.split() for line in hidden.stdout.splitlines() if line.startswith(" DOB")] == [
        ["DOB", "members.birth_date"]
    ]


def test_on_a_terminal_the_questions_are_asked(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "mapping.toml").unlink()
    files = clinic(tmp_path)
    monkeypatch.setattr("peerbill.cli.import_.on_a_terminal", lambda: True)
    answers = "99\n\nnobody\nnj-horizon\n\npeer\nclinician\ny\n"
    words = ["import", str(folder), *map(str, files), "--suggest"]
    result = CliRunner().invoke(main, words, input=answers)
    imported = run(folder, *files)

    assert result.exit_code == 0, result.output
    assert "Error: 'nobody' is not 'nj-horizon'." in result.output
    assert (imported.exit_code, imported.stderr) == (0, "")
    assert (folder / "encounters.csv").read_text(encoding="utf-8").count("\n") == 5


def test_a_mapping_that_is_there_gets_only_what_it_lacks(folder: Path, tmp_path: Path) -> None:
    mapping = folder / "mapping.toml"
    files = clinic(tmp_path)
    whole = run(folder, *files, "--suggest")
    half = CLINIC.partition('[[source]]\nfile = "clients_and_staff*.xlsx"\nsheet = "Staff"')
    mapping.write_text(half[0], encoding="utf-8")
    added = run(folder, *files, "--suggest")

    assert (whole.exit_code, whole.stdout) == (0, f"{mapping}: nothing to add.\n")
    assert added.exit_code == 1
    assert mapping.read_text(encoding="utf-8").startswith(half[0].rstrip())
    assert mapping.read_text(encoding="utf-8").count("[[source]]") == 3


def test_what_cannot_be_used_exits_with_2(folder: Path, tmp_path: Path) -> None:
    notes, _ = clinic(tmp_path)
    absent = run(folder, tmp_path / "none.csv")
    (folder / "mapping.toml").unlink()
    unmapped = run(folder, notes)

    assert (absent.exit_code, absent.stderr) == (
        2,
        f"Error: {tmp_path}/none.csv: cannot be read: No such file or directory. Check the file.\n",
    )
    assert unmapped.exit_code == 2
    assert "expected the mapping of the export's columns, found none. Propose one with: peerbill" in unmapped.stderr
    assert run(tmp_path / "nowhere").exit_code == 2


def test_the_ledger_is_not_touched(folder: Path, tmp_path: Path) -> None:
    ledger = folder / "ledger.db"
    before = ledger.read_bytes()
    run(folder, *clinic(tmp_path))

    assert ledger.read_bytes() == before
    assert open_ledger(workspace_settings(folder).ledger_url, folder) is not None


def test_a_workspace_in_a_workbook_is_read_for_names_and_not_written(tmp_path: Path) -> None:
    folder = tmp_path / "agency"
    make_workspace(folder, tag="TEST")
    (folder / "peerbill.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "staff.csv").unlink()
    sheet = [("staff_id", "last_name", "first_name"), ("S1", "Marsh", "Dee"), ("S2", "Olds", "Kai")]
    write_workbook(folder / "workspace.xlsx", {"staff": sheet})
    staff = '[source.staff]\nstaff_id = { column = "Staff", person = "staff" }\n'
    mapping = '[[source]]\nfile = "visits*"\n[source.encounters]\nencounter_id = "Visit ID"\n'
    mapping += 'staff_id = { column = "Staff", person = "staff" }\n'
    notes, _ = clinic(tmp_path)
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    written = run(folder, notes)
    (folder / "mapping.toml").write_text(mapping + staff, encoding="utf-8")
    refused = run(folder, notes)

    assert (written.exit_code, written.stderr.count("Problem")) == (0, 0)
    assert (folder / "encounters.csv").read_text(encoding="utf-8").splitlines()[1].startswith("V1,,S1,")
    assert refused.exit_code == 2
    assert refused.stderr == (
        "Error: workspace.xlsx sheet staff: expected the table staff as CSV, found a sheet. Save the sheet as "
        "staff.csv, delete it from the workbook, and run this again.\n"
    )
