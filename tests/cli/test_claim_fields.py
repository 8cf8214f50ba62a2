"""What a claim said beside its lines is said again by its void, its replacement and the claim to the next payer."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from answering import newest, pay
from click.testing import CliRunner, Result
from payer import Paid, SentLine

from peerbill.cli import main

PLACES = """place_id,name,street,city,state,zip,npi,place
ER,County Hospital,9 Hospital Row,Brick,NJ,087231234,1679576722,57
"""
SAID = {"delay_reason": "8", "attachment_type": "OZ", "attachment_transmission": "FX", "attachment_control": "C-77"}
SECOND = """
[payers.second]
policy = "NJ/sud"
name = "STATE MEDICAID"
id = "STMCD"
receiver = { name = "STATE MEDICAID", id = "STMCD02" }
charges = { "H0038:HF" = "16.00" }
"""
TOLD = [
    "PWK*OZ*FX***AC*C-77",
    "NM1*77*2*COUNTY HOSPITAL*****XX*1679576722",
    "N3*9 HOSPITAL ROW",
    "N4*BRICK*NJ*087231234",
]


def run(*words: object, day: str = "2026-05-01") -> Result:
    return CliRunner().invoke(main, [str(word) for word in (*words, "--as-of", day)])


def set_cells(workspace: Path, **cells: str) -> None:
    """Give each encounter these cells."""
    file = workspace / "encounters.csv"
    with file.open(newline="") as stream:
        rows = [{**row, **cells} for row in csv.DictReader(stream)]
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def told(out: Path) -> list[str]:
    """Return what the last file says of reason, attachment and facility."""
    segments = max(out.glob("*.837")).read_text().replace("\n", "").split("~")
    place = next((number for number, one in enumerate(segments) if one.startswith("NM1*77")), None)
    facility = segments[place : place + 3] if place is not None else []
    late = [one.split("*")[20] for one in segments if one.startswith("CLM") and one.count("*") >= 20]
    return [*late, *(one for one in segments if one.startswith("PWK")), *facility]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def sent(workspace: Path, out: Path) -> Path:
    """Return a workspace whose only claim said all of it."""
    (workspace / "places.csv").write_text(PLACES)
    set_cells(workspace, **SAID)
    run("bill", workspace, "--out", out)
    assert told(out) == ["8", *TOLD]
    return workspace


def test_a_void_says_it_as_it_was_sent_whatever_the_workspace_says_now(sent: Path, out: Path) -> None:
    [claim] = newest(out).claims
    pay(sent, out)
    (sent / "places.csv").write_text("place_id,name\n")
    set_cells(sent, delay_reason="")

    result = run("void", sent, claim.claim_id, "--out", out)
    assert (result.exit_code, told(out)) == (0, ["8", *TOLD])
    assert CliRunner().invoke(main, ["check", str(max(out.glob("*.837")))]).exit_code == 0


def test_a_replacement_says_what_is_so_now_and_shows_the_change(sent: Path, out: Path) -> None:
    [claim] = newest(out).claims
    pay(sent, out)
    (sent / "places.csv").write_text(PLACES.replace("9 Hospital Row", "7 Hospital Row"))

    dry = run("replace", sent, claim.claim_id, "--dry-run")
    assert "facility: County Hospital, 1679576722, 9 Hospital Row" in " ".join(dry.stdout.split())
    assert run("replace", sent, claim.claim_id, "--out", out).exit_code == 0
    assert told(out) == ["8", *(one.replace("9 HOSP", "7 HOSP") for one in TOLD)]


def test_the_claim_to_the_next_payer_says_where_the_service_was_given(workspace: Path, out: Path) -> None:
    settings, coverage = workspace / "peerbill.toml", workspace / "coverage.csv"
    settings.write_text(settings.read_text() + SECOND)
    coverage.write_text(coverage.read_text() + "M1,second,MC443322,2026-01-01,,2\n")
    (workspace / "places.csv").write_text(PLACES)
    run("bill", workspace, "--out", out)

    def leave(line: SentLine) -> Paid:
        return Paid(line.charge - 10, (("PR", "2", Decimal(10)),))

    pay(workspace, out, leave)
    (workspace / "places.csv").write_text("place_id,name\n")
    assert "of which" not in run("bill", workspace, "--out", out).stderr
    assert told(out) == TOLD[1:]
