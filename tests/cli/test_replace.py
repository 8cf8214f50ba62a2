import json
from pathlib import Path

import pytest
from answering import held, newest, pay, take_in
from click.testing import CliRunner, Result
from payer import denied

from peerbill.cli import main

pytestmark = pytest.mark.usefixtures("on_both")

FIRST = "PBTEST00000001"


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in (*words, "--as-of", "2026-03-05")])


def edit(workspace: Path, before: str, after: str) -> None:
    encounters = workspace / "encounters.csv"
    text = encounters.read_text()
    assert before in text
    encounters.write_text(text.replace(before, after))


def add_e3(workspace: Path, start: str = "2026-03-02T17:00", end: str = "2026-03-02T17:30") -> None:
    """Add another contact of E1's member."""
    encounters = workspace / "encounters.csv"
    row = encounters.read_text().splitlines()[1]
    row = row.replace("E1,", "E3,").replace("2026-03-02T10:00", start).replace("2026-03-02T10:45", end)
    row = row.replace("2026-03-02T16:10", f"{end[:10]}T19:00")
    encounters.write_text(f"{encounters.read_text()}{row}\n")


@pytest.fixture
def refused(workspace: Path, tmp_path: Path) -> Path:
    """Return a workspace whose only claim was denied."""
    run("bill", workspace, "--out", tmp_path / "out")
    pay(workspace, tmp_path / "out", denied)
    return workspace


def test_a_denied_claim_is_replaced_by_what_passes_now(refused: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    edit(refused, "2026-03-02T10:45", "2026-03-02T10:30")
    result = run("replace", refused, FIRST, "--out", out, "--json", tmp_path / "report.json")

    assert (result.exit_code, result.stderr) == (0, "")
    assert (
        "Replacement of PBTEST00000001 (denied, horizon, its number ICN0000000001) as PBTEST00000002" in result.stdout
    )
    assert result.stdout.splitlines()[-1] == "1 claim replaced: $48.00 before, $32.00 after; 0 not"
    [claim] = newest(out).claims
    assert (claim.claim_id, claim.frequency, claim.original) == ("PBTEST00000002", "7", "ICN0000000001")
    assert [(line.procedure, line.units) for line in claim.lines] == [("HC:H0038:HF", "2")]
    [entry] = json.loads((tmp_path / "report.json").read_text())["corrections"]
    assert [entry[side]["lines"][0]["units"] for side in ("before", "after")] == [3, 2]
    assert (entry["new_claim_id"], entry["frequency"], entry["changes"]) == ("PBTEST00000002", "7", [])
    assert CliRunner().invoke(main, ["check", str(max(out.glob("*.837")))]).exit_code == 0


def test_a_dry_run_shows_the_same_and_writes_nothing(refused: Path, tmp_path: Path) -> None:
    edit(refused, "2026-03-02T10:45", "2026-03-02T10:30")
    ledger = held(refused)
    dry = run("replace", refused, FIRST, "--dry-run")

    assert dry.exit_code == 0
    assert "H0038:HF 3" in dry.stdout
    assert "H0038:HF 2" in dry.stdout
    assert dry.stdout.splitlines()[-1] == "1 claim would be replaced: $48.00 before, $32.00 after; 0 not"
    assert held(refused) == ledger
    assert len(list((tmp_path / "out").glob("*.837"))) == 1


def test_a_contact_of_a_line_that_was_sent_joins_it(refused: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    add_e3(refused)
    held = run("bill", refused, "--out", out)
    assert "PB805" in held.stdout

    result = run("replace", refused, FIRST, "--out", out)

    assert result.exit_code == 0
    assert "  added: E3" in result.stdout
    assert newest(out).claims[0].lines[0].units == "5"
    after = run("bill", refused, "--out", out)
    assert "2 billed before + 1 held" in after.stdout


def test_what_is_held_or_gone_is_left_out_and_told_and_billed_once_the_replacement_was_paid(
    workspace: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    add_e3(workspace)
    run("bill", workspace, "--out", out)
    take_in(workspace, out)
    edit(workspace, "2026-03-02T17:30", "2026-03-02T17:05")
    result = run("replace", workspace, FIRST, "--out", out)

    assert result.exit_code == 0
    assert "  left out: E3 held: PB104" in result.stdout
    edit(workspace, "2026-03-02T17:05", "2026-03-03T17:30")
    edit(workspace, "2026-03-02T17:00", "2026-03-03T17:00")
    edit(workspace, "2026-03-02T19:00", "2026-03-03T19:00")
    waiting = run("audit", workspace)
    assert "PB805 encounters.encounter_id: the encounter was changed since it was billed (claim PBTEST00000001)" in (
        waiting.stdout
    )
    pay(workspace, out)
    assert "1 billable + 1 billed before + 1 held" in run("audit", workspace).stdout


def test_a_rejected_replacement_lets_the_claim_stand_again(refused: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    edit(refused, "2026-03-02T10:45", "2026-03-02T10:30")
    run("replace", refused, FIRST, "--out", out)
    take_in(refused, out, "A7:21")

    again = run("replace", refused, FIRST, "--out", out)
    assert again.exit_code == 0
    assert newest(out).claims[0].claim_id == "PBTEST00000003"
    assert (
        "it was replaced by PBTEST00000003 before: correct PBTEST00000003"
        in run("replace", refused, FIRST, "--dry-run").stderr
    )


def test_where_nothing_changes_it_is_sent_only_when_asked_for(refused: Path, tmp_path: Path) -> None:
    plain = run("replace", refused, FIRST, "--out", tmp_path / "out")
    asked = run("replace", refused, FIRST, "--out", tmp_path / "out", "--unchanged")

    assert plain.exit_code == 1
    assert plain.stderr.startswith("Not done: PBTEST00000001: the replacement would be identical")
    assert asked.exit_code == 0


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (
            "E1,M1",
            "E8,M1",
            "none of its encounters passes the audit any more: E1 is no longer in encounters. Correct that",
        ),
        (
            ",S1,2026-03-02T16:10",
            ",,",
            "none of its encounters passes the audit any more: PB202 encounters.signed_by holds E1. Correct that",
        ),
        (
            "E1,M1,S1",
            "E1,M9,S1",
            "none of its encounters passes the audit any more: PB401 encounters.member_id holds E1. Correct that",
        ),
    ],
)
def test_where_nothing_is_left_what_holds_it_is_named(refused: Path, before: str, after: str, why: str) -> None:
    edit(refused, before, after)
    result = run("replace", refused, FIRST, "--dry-run")

    assert result.exit_code == 1
    assert why in result.stderr


def test_what_needs_two_claims_is_no_replacement(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    add_e3(workspace)
    run("bill", workspace, "--out", out)
    pay(workspace, out, denied)
    edit(workspace, "2026-03-02T17:30,57", "2026-03-02T17:30,11")
    result = run("replace", workspace, FIRST, "--dry-run")

    assert result.exit_code == 1
    assert "its encounters need 2 claims now, since the place is not the same: E1 and E3." in result.stderr


def test_the_limit_for_filing_does_not_hold_a_replacement(refused: Path, tmp_path: Path) -> None:
    policy = refused / "policies" / "nj.toml"
    policy.write_text(
        f'{policy.read_text()}\n[[sud.filing]]\nwithin = "2 days after service"\nsource = "contract p. 1"\n'
    )
    edit(refused, "2026-03-02T10:45", "2026-03-02T10:30")

    assert run("replace", refused, FIRST, "--out", tmp_path / "out").exit_code == 0


def test_the_limit_for_filing_holds_what_was_never_billed(refused: Path, tmp_path: Path) -> None:
    policy = refused / "policies" / "nj.toml"
    policy.write_text(
        f'{policy.read_text()}\n[[sud.filing]]\nwithin = "2 days after service"\nsource = "contract p. 1"\n'
    )
    add_e3(refused)
    result = run("replace", refused, FIRST, "--dry-run")

    assert "would be identical" in result.stderr


def test_no_person_is_named(refused: Path, tmp_path: Path) -> None:
    edit(refused, "2026-03-02T10:45", "2026-03-02T10:30")
    coverage = refused / "coverage.csv"
    coverage.write_text(coverage.read_text().replace("123456789012", "999999999999"))
    result = run("replace", refused, FIRST, "--dry-run")

    assert "  subscriber_id: as it was sent -> as it stands in coverage now" in result.stdout
    assert not [text for text in ("Lane", "Alex", "123456789012", "999999999999", "1988") if text in result.output]
