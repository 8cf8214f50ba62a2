"""`peerbill exclusions`: what it prints and writes, and what it never does."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from peerbill import __version__
from peerbill.cli import exclusions as command
from peerbill.cli import main

HEADER = (
    "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,"
    "REINDATE,WAIVERDATE,WVRSTATE"
)
S1_NPI = "1245319599"
OTHERS = "TERRAZAS,ULRICA,,,IND,,,0000000000,19500101,,,,,1128a1,20240120,00000000,00000000,"
Screen = Callable[..., Result]


def row(last: str, first: str, npi: str = "0000000000", born: str = "", to: str = "00000000") -> str:
    return f"{last},{first},,,IND,,,{npi},{born},,,,,1128a1,20240120,{to},00000000,"


@pytest.fixture
def screen(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Return what runs the command with the rows of a list of 2026-03-01."""
    monkeypatch.setattr(command, "LEAST_ROWS", 1)
    monkeypatch.setenv("PEERBILL_USER", "dana")

    def run(*words: str, rows: tuple[str, ...] = (OTHERS,), day: str = "2026-03-05") -> Result:
        file = tmp_path / "leie-2026-03-01.csv"
        file.write_text("\n".join((HEADER, *rows)) + "\n")
        return CliRunner().invoke(main, ["exclusions", str(workspace), str(file), "--as-of", day, *words])

    (workspace / "screenings.csv").unlink()
    return run


def table(workspace: Path, name: str) -> list[str]:
    path = workspace / f"{name}.csv"
    return path.read_text("utf-8").splitlines()[1:] if path.exists() else []


def todo(workspace: Path, day: str) -> str:
    result = CliRunner().invoke(main, ["todo", str(workspace), "--as-of", day, "--kind", "screening"])
    return " ".join(result.output.split())


def test_nobody_is_found(screen: Screen, workspace: Path) -> None:
    assert "no staff member was compared with the LEIE yet" in todo(workspace, "2026-03-05")

    result = screen()

    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "LEIE of 2026-03-01: 1 row, 2 staff members compared",
        "0 excluded, 0 to look at. Written: 2 rows of screenings.",
    ]
    assert table(workspace, "screenings") == [
        "S1,LEIE,2026-03-01,clear,2026-03-05,,dana",
        "S2,LEIE,2026-03-01,clear,2026-03-05,,dana",
    ]
    assert not (workspace / "exclusions.csv").exists()
    assert "no staff member was compared with the LEIE yet" in todo(workspace, "2026-02-28")
    assert "nothing to do" in todo(workspace, "2026-04-01")
    assert "2 staff members compared with the LEIE of 2026-03-01, older than 31 days" in todo(workspace, "2026-04-02")


def test_the_report_has_rows_of_the_list_and_no_name(screen: Screen) -> None:
    result = screen("--json", "-", rows=(OTHERS, row("ANOTHER", "NAME", S1_NPI)))

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "peerbill": __version__,
        "list": "LEIE",
        "list_date": "2026-03-01",
        "as_of": "2026-03-05",
        "rows": 2,
        "staff": 2,
        "excluded": [
            {
                "staff_id": "S1",
                "row": 3,
                "agrees": ["NPI"],
                "first_day": "2024-01-20",
                "last_day": None,
                "waiver": "",
            }
        ],
        "open": [],
        "vanished": [],
        "own_rows": [],
        "is_old": False,
        "written": True,
        "schema": 1,
    }


def test_a_dry_run_reports_that_nothing_was_written(screen: Screen, workspace: Path) -> None:
    report = json.loads(screen("--json", "-", "--dry-run").stdout)

    assert (report["written"], table(workspace, "screenings")) == (False, [])


def test_an_npi_that_agrees_holds_the_encounters(screen: Screen, workspace: Path) -> None:
    result = screen(rows=(OTHERS, row("ANOTHER", "NAME", S1_NPI)))
    audit = CliRunner().invoke(main, ["audit", str(workspace), "--as-of", "2026-03-05"])

    assert result.exit_code == 1
    assert "S1: excluded since 2024-01-20: row 3 of leie-2026-03-01.csv, NPI agrees." in " ".join(result.output.split())
    assert table(workspace, "exclusions") == [f"LEIE,2024-01-20,{S1_NPI},S1,"]
    assert "PB308 exclusions.from: S1 is on the exclusion list LEIE since 2024-01-20" in " ".join(audit.output.split())
    assert "ANOTHER" not in result.output


def test_a_second_run_changes_nothing(screen: Screen, workspace: Path) -> None:
    rows = (OTHERS, row("X", "Y", S1_NPI), row("OKAFOR", "IFE"))
    screen(rows=rows)
    before = {path.name: path.read_bytes() for path in workspace.iterdir() if path.is_file()}

    result = screen(rows=rows, day="2026-03-06")

    assert "1 excluded, 1 to look at. Nothing changes." in result.output
    assert {path.name: path.read_bytes() for path in workspace.iterdir() if path.is_file()} == before


def test_a_reinstatement_ends_the_row(screen: Screen, workspace: Path) -> None:
    screen(rows=(row("X", "Y", S1_NPI),))

    screen(rows=(row("X", "Y", S1_NPI, to="20260301"),))

    assert table(workspace, "exclusions") == [f"LEIE,2024-01-20,{S1_NPI},S1,2026-02-28"]


def test_an_entry_that_is_gone_is_told_and_stays(screen: Screen, workspace: Path) -> None:
    screen(rows=(row("X", "Y", S1_NPI),))

    result = screen()

    assert result.exit_code == 1
    assert "S1: exclusions has an entry of LEIE since 2024-01-20, and the list has none any more" in " ".join(
        result.output.split()
    )
    assert table(workspace, "exclusions") == [f"LEIE,2024-01-20,{S1_NPI},S1,"]


def test_an_entry_to_look_at_holds_nothing_and_is_decided_once(screen: Screen, workspace: Path) -> None:
    rows = (OTHERS, row("OKAFOR", "IFE", born="19700101"))

    first = screen(rows=rows)
    waiting = todo(workspace, "2026-03-05")
    second = screen("--cleared", "S2:3", rows=rows)
    moved = screen(rows=(OTHERS, OTHERS, rows[1]))

    assert first.exit_code == 1
    assert "S2: row 3 of leie-2026-03-01.csv may be this person: last name, first name agree" in " ".join(
        first.output.split()
    )
    assert "S2 may be on the LEIE" in waiting
    assert (second.exit_code, moved.exit_code) == (0, 0)
    assert [line.split(",")[3] for line in table(workspace, "screenings")] == ["clear", "cleared"]
    assert table(workspace, "exclusions") == []
    assert "nothing to do" in todo(workspace, "2026-03-05")


def test_somebody_may_say_that_it_is_the_person(screen: Screen, workspace: Path) -> None:
    rows = (OTHERS, row("OKAFOR", "IFE"))

    result = screen("--excluded", "S2:3", rows=rows)
    again = screen(rows=rows)

    assert (result.exit_code, again.exit_code) == (1, 1)
    assert table(workspace, "exclusions") == ["LEIE,2024-01-20,,S2,"]
    assert "Nothing changes" in again.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--cleared", "S1:9"), "S1:9: expected a match that was listed, found none"),
        (("--cleared", "S1:2"), "S1:2: expected a match that is not certain, found NPI the same"),
        (("--cleared", "S1"), "expected a staff_id and a row of the list, such as S3:9112"),
        (("--list-date", "2026-03-09"), "the day of the list is not known"),
    ],
)
def test_a_decision_that_fits_nothing_writes_nothing(
    screen: Screen, workspace: Path, words: tuple[str, ...], message: str
) -> None:
    result = screen(*words, rows=(row("X", "Y", S1_NPI),))

    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
    assert table(workspace, "screenings") == []


def test_a_file_that_was_cut_off_clears_nobody(
    screen: Screen, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "LEAST_ROWS", 50_000)

    refused = screen(rows=(row("X", "Y", S1_NPI),))
    part = screen("--partial", rows=(row("X", "Y", S1_NPI),))

    assert refused.exit_code == 2
    assert "expected the whole LEIE of about 80,000 rows, found 1" in " ".join(refused.output.split())
    assert part.exit_code == 1
    assert [line.split(",")[:4] for line in table(workspace, "screenings")] == [
        ["S1", "LEIE", "2026-03-01", "excluded"]
    ]


def test_a_dry_run_writes_nothing(screen: Screen, workspace: Path) -> None:
    result = screen("--dry-run", rows=(row("X", "Y", S1_NPI),))

    assert "1 excluded, 0 to look at. Dry run: nothing was written." in result.output
    assert not (workspace / "exclusions.csv").exists()
    assert not (workspace / "screenings.csv").exists()


def test_an_old_list_asks_for_a_new_one(screen: Screen) -> None:
    result = screen(day="2026-04-02")

    assert result.exit_code == 1
    assert "The list is older than 31 days" in result.output


def test_rows_and_columns_of_ones_own_stay(screen: Screen, workspace: Path) -> None:
    (workspace / "exclusions.csv").write_text("list,from,npi,note\nNJ,2020-01-01,1962505925,by hand\n")

    screen(rows=(row("X", "Y", S1_NPI),))

    assert (workspace / "exclusions.csv").read_text().splitlines() == [
        "list,from,npi,note,staff_id",
        "NJ,2020-01-01,1962505925,by hand,",
        f"LEIE,2024-01-20,{S1_NPI},,S1",
    ]


def test_the_agencys_own_npi_is_reported(screen: Screen) -> None:
    result = screen(rows=(",,,SHORE RECOVERY,,,,1234567893,,,,,,1128a1,20240120,00000000,00000000,",))

    assert result.exit_code == 1
    assert "Row 2 of leie-2026-03-01.csv has an NPI under which you bill" in " ".join(result.output.split())


def test_new_staff_are_asked_for(screen: Screen, workspace: Path) -> None:
    screen()
    staff = workspace / "staff.csv"
    staff.write_text(staff.read_text() + "S3,Vance,Lea,,peer,S2,2026-03-03\nS4,Ode,Max,,peer,S2,2026-06-01\n")

    assert "S3 was not compared with the LEIE yet" in todo(workspace, "2026-03-05")
