"""Ten years of billed encounters are not read again, and what a run finds is the same."""

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import peerbill
from peerbill import long_past
from peerbill.cli import main
from peerbill.intake.workspace import read_workspace, workspace_settings
from peerbill.model.records import Records

TODAY = "2027-03-31"
BEFORE = dt.date(2026, 8, 1)
"""60 days, then 182, before today: what may come late, and what shows what is usual."""
DAYS = [dt.date(2026, 1, 6) + dt.timedelta(days=7 * week) for week in range(62)]
OLD = sum(day < BEFORE for day in DAYS)


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def bill(folder: Path, as_of: str = TODAY) -> Result:
    return run("bill", folder, "--out", folder.parent / "out", "--as-of", as_of)


def row(number: int, day: dt.date, change: tuple[str, str] = ("", "")) -> str:
    cells = (
        f"E{number},M1,S1,individual,{day}T10:00,{day}T10:45,57,in-person,F11.20,informational,job search,P1,"
        f'find work,"Went through posting {number}.\nLine two.","Made call {number}.",Call {number} next.,center,S1,'
        f"{day}T16:10,yes\n"
    )
    return cells.replace(*change) if change[0] else cells


@pytest.fixture
def kept(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a workspace with a row a week for fourteen months: all are billed but the last, and one of a year ago."""
    monkeypatch.setattr(long_past, "LEAST_ROWS", 5)
    table = workspace / "encounters.csv"
    header = table.read_text().splitlines()[0]
    change_text(workspace / "plans.csv", "2026-12-31", "2027-12-31")
    change_text(workspace / "credentials.csv", "2027-12-31", "2028-12-31")
    screenings = workspace / "screenings.csv"
    screenings.write_text(
        screenings.read_text()
        + "".join(f"{who},LEIE,2027-{month:02}-01,clear\n" for month in range(1, 4) for who in ("S1", "S2"))
    )
    texts = [row(number, day) for number, day in enumerate(DAYS)]
    # A peer who is in no row of staff: the encounter is held for good.
    texts[4] = row(4, DAYS[4], (",S1,", ",S-7,"))
    for last in range(8, len(texts), 8):
        table.write_text(header + "\n" + "".join(texts[:last]))
        assert bill(workspace, str(DAYS[last - 1])).exit_code == 1
    table.write_text(header + "\n" + "".join(texts[:-1]))
    done = bill(workspace)
    assert done.exit_code == 1, done.output
    with table.open("a") as file:
        file.write(texts[-1])
    return workspace


def change_text(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def records_of(folder: Path) -> Records:
    agency = peerbill.Agency(workspace_settings(folder), folder=folder)
    return long_past.read_left(
        agency, folder, peerbill.__version__, dt.date.fromisoformat(TODAY), patterns=True
    ).records


def told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Return what audit says with what was long past left out, and of everything."""
    short = run("audit", folder, "--as-of", TODAY)
    with monkeypatch.context() as context:
        context.setattr(long_past, "read_beginning", lambda _: None)
        return short.output, run("audit", folder, "--as-of", TODAY).output


def test_what_was_billed_long_ago_is_not_read(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, left = read_workspace(kept), records_of(kept)

    assert left.not_read == OLD - 1  # without the one that is held
    assert [
        one for one in whole.encounters if one.start and (one.start.date() >= BEFORE or one.encounter_id == "E4")
    ] == [*left.encounters]
    assert [one.line for one in left.encounters] == [
        one.line for one in whole.encounters if one.encounter_id in {other.encounter_id for other in left.encounters}
    ]
    short, full = told(kept, monkeypatch)
    assert short == full
    assert "62 encounters = 1 billable + 60 billed before + 1 held + 0 rejected" in short


def test_a_run_bills_the_same(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = shutil.copytree(kept, kept.parent / "other" / kept.name)
    short = bill(kept)
    monkeypatch.setattr(long_past, "read_beginning", lambda _: None)
    full = bill(other)

    assert short.output == full.output.replace(str(other.parent), str(kept.parent))
    assert (short.exit_code, full.exit_code) == (1, 1)


def test_a_json_has_all(kept: Path, tmp_path: Path) -> None:
    run("audit", kept, "--as-of", TODAY, "--json", tmp_path / "audit.json")
    assert len(json.loads((tmp_path / "audit.json").read_text())["encounters"]) == len(DAYS)


def after_a_change_of_an_old_row(folder: Path) -> None:
    change_text(folder / "encounters.csv", "Made call 2.", "Made call B.")


def after_a_change_of_the_settings(folder: Path) -> None:
    change_text(folder / "peerbill.toml", "HORIZON NJ HEALTH", "HORIZON NJ")


def after_an_old_claim_was_withdrawn(folder: Path) -> None:
    claim = json.loads(run("claims", folder, "--member", "M1", "--json", "-").output)["claims"][0]["claim_id"]
    done = run("withdraw", folder, claim, "--reason", "never arrived", "--confirmed")
    assert done.exit_code == 0, done.output


def after_a_row_of_an_old_encounter_came_again(folder: Path) -> None:
    with (folder / "encounters.csv").open("a") as file:
        file.write(row(2, DAYS[2]))


def after_an_entry_of_a_year_ago(folder: Path) -> None:
    with (folder / "encounters.csv").open("a") as file:
        file.write(row(900, dt.date(2026, 3, 5)))


def after_a_row_of_a_member_whom_old_encounters_alone_know(folder: Path) -> None:
    (folder / "stays.csv").write_text("member_id,kind,from,to\nM9,inpatient,2026-01-05,2026-01-06\n")


CHANGES = [
    after_a_change_of_an_old_row,
    after_a_change_of_the_settings,
    after_an_old_claim_was_withdrawn,
    after_a_row_of_an_old_encounter_came_again,
    after_an_entry_of_a_year_ago,
    after_a_row_of_a_member_whom_old_encounters_alone_know,
]


@pytest.mark.parametrize("change", CHANGES)
def test_all_is_read(kept: Path, change: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch) -> None:
    change(kept)
    short, full = told(kept, monkeypatch)

    assert records_of(kept).not_read == 0
    assert short == full


def test_another_version_reads_all(kept: Path) -> None:
    agency = peerbill.Agency(workspace_settings(kept), folder=kept)
    assert long_past.read_left(agency, kept, "another", dt.date.fromisoformat(TODAY)).records.not_read == 0


def test_a_file_that_was_changed_during_the_run_is_not_remembered(workspace: Path, kept: Path) -> None:
    agency = peerbill.Agency(workspace_settings(kept), folder=kept)
    day = dt.date.fromisoformat(TODAY) + dt.timedelta(days=200)
    left = long_past.read_left(agency, kept, peerbill.__version__, day)
    with (kept / "encounters.csv").open("a") as file:
        file.write("\n")
    assert not long_past.remember_long_past(agency, kept, peerbill.__version__, left, day)
    left = long_past.read_left(agency, kept, peerbill.__version__, day)
    assert long_past.remember_long_past(agency, kept, peerbill.__version__, left, day)


def test_what_is_remembered_grows(kept: Path) -> None:
    assert bill(kept, "2027-05-31").exit_code == 1
    agency = peerbill.Agency(workspace_settings(kept), folder=kept)
    day = dt.date(2027, 5, 31)
    left = long_past.read_left(agency, kept, peerbill.__version__, day).records
    assert left.not_read == sum(one < long_past.long_past_before(agency, day) for one in DAYS) - 1


def test_the_ledger_stays_whole(kept: Path) -> None:
    done = run("ledger", "verify", kept)
    assert done.exit_code == 0, done.output
