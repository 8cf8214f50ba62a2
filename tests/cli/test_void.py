import json
from pathlib import Path

import pytest
from answering import held, newest, pay, post, take_back, take_in
from click.testing import CliRunner, Result
from payer import Paid, ack999, denied

from peerbill.cli import main
from peerbill.ledger.send import claim_rows

pytestmark = pytest.mark.usefixtures("on_both")

FIRST = "PBTEST00000001"


def run(*words: object) -> Result:
    day = () if words[0] in {"rebill", "write-off"} else ("--as-of", "2026-03-05")
    return CliRunner().invoke(main, [str(word) for word in (*words, *day)])


def bill(workspace: Path, out: Path) -> Result:
    return run("bill", workspace, "--out", out)


@pytest.fixture
def paid(workspace: Path, tmp_path: Path) -> Path:
    """Return a workspace whose only claim was paid."""
    bill(workspace, tmp_path / "out")
    pay(workspace, tmp_path / "out")
    return workspace


def statuses(workspace: Path, tmp_path: Path) -> dict[str, str]:
    run("audit", workspace, "--json", tmp_path / "audit.json")
    audit = json.loads((tmp_path / "audit.json").read_text())
    return {row["encounter_id"]: row["status"] for row in audit["encounters"]}


def test_a_paid_claim_is_voided_as_it_was_sent(paid: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    before = newest(out)
    result = run("void", paid, FIRST, "--out", out)
    after = newest(out)

    assert (result.exit_code, result.stderr) == (0, "")
    assert "Void of PBTEST00000001 (paid, horizon, its number ICN0000000001) as PBTEST00000002" in result.stdout
    assert result.stdout.splitlines()[-1] == "1 claim voided: $48.00 before, $0.00 after; 0 not"
    [claim], [original] = after.claims, before.claims
    assert (claim.claim_id, claim.frequency, claim.original) == ("PBTEST00000002", "8", "ICN0000000001")
    assert [(line.procedure, line.charge, line.units, line.day) for line in claim.lines] == [
        (line.procedure, line.charge, line.units, line.day) for line in original.lines
    ]
    assert CliRunner().invoke(main, ["check", str(max(out.glob("*.837")))]).exit_code == 0
    assert json.loads((out / "manifest.json").read_text())["claims"][0]["lines"][0]["encounter_ids"] == ["E1"]


def test_the_screen_shows_some_corrections_and_json_has_all(
    paid: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("peerbill.cli.corrections.MOST_SHOWN", 0)
    result = run("void", paid, FIRST, "--dry-run", "--json", tmp_path / "void.json")

    assert result.stdout.splitlines() == [
        "and 1 more claim: --json FILE has all",
        "1 claim would be voided: $48.00 before, $0.00 after; 0 not",
    ]
    assert [one["claim_id"] for one in json.loads((tmp_path / "void.json").read_text())["corrections"]] == [FIRST]


def test_a_dry_run_shows_and_writes_nothing(paid: Path, tmp_path: Path) -> None:
    ledger = held(paid)
    result = run("void", paid, FIRST, "--dry-run", "--json", "-")

    report = json.loads(result.stdout)
    line = {
        "service_date": "2026-03-02",
        "hcpcs": "H0038",
        "modifiers": ["HF"],
        "units": 3,
        "charge": "48.00",
        "diagnoses": ["F1120"],
        "encounter_ids": ["E1"],
    }
    assert result.exit_code == 0
    assert {key: report[key] for key in report if key != "peerbill"} == {
        "as_of": "2026-03-05",
        "action": "void",
        "dry_run": True,
        "corrections": [
            {
                "claim_id": FIRST,
                "new_claim_id": None,
                "payer": "horizon",
                "member_id": "M1",
                "state": "paid",
                "frequency": "8",
                "payer_control_number": "ICN0000000001",
                "before": {"charge": "48.00", "lines": [line]},
                "after": {"charge": "0.00", "lines": []},
                "changes": [],
                "left_out": [],
                "added": [],
                "last_day": None,
                "followers": [],
            }
        ],
        "refused": [],
        "totals": {"claims": 1, "before": "48.00", "after": "0.00"},
        "schema": 1,
    }
    assert "1 claim would be voided: $48.00 before, $0.00 after; 0 not" in result.stderr
    assert held(paid) == ledger
    assert len(list((tmp_path / "out").glob("*.837"))) == 1


def test_voided_it_stays_billed_until_the_payer_took_it_back_and_then_until_it_is_changed_or_asked_for(
    paid: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    original = newest(out)
    run("void", paid, FIRST, "--out", out)

    assert statuses(paid, tmp_path)["E1"] == "billed"
    assert "has not taken in its correction yet" in run("rebill", paid, FIRST).stderr
    take_in(paid, out)
    assert "has not taken its payment back yet" in run("rebill", paid, FIRST).stderr
    take_back(paid, original)
    assert statuses(paid, tmp_path)["E1"] == "billed"

    encounters = paid / "encounters.csv"
    text = encounters.read_text()
    encounters.write_text(text.replace("2026-03-02T10:45", "2026-03-02T10:30", 1))
    assert statuses(paid, tmp_path)["E1"] == "billable"
    encounters.write_text(text)
    assert statuses(paid, tmp_path)["E1"] == "billed"

    assert run("rebill", paid, FIRST).exit_code == 0
    assert statuses(paid, tmp_path)["E1"] == "billable"
    bill(paid, out)
    [claim] = newest(out).claims
    assert (claim.claim_id, claim.frequency) == ("PBTEST00000003", "1")


@pytest.mark.parametrize("looked_up", [0, 5_000])
def test_what_is_billed_again_once_it_was_changed_leaves_the_voided_claim(
    paid: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looked_up: int
) -> None:
    # Of many, the whole ledger is searched for voided ones; of few, they are looked up.
    monkeypatch.setattr(claim_rows, "_LOOKED_UP", looked_up)
    out = tmp_path / "out"
    original = newest(out)
    run("void", paid, FIRST, "--out", out)
    take_in(paid, out)
    take_back(paid, original)
    encounters = paid / "encounters.csv"
    encounters.write_text(encounters.read_text().replace("2026-03-02T10:45", "2026-03-02T10:30", 1))

    bill(paid, out)

    standing = {row.claim_id: row.standing for row in held(paid)["encounters"] if row.encounter_id == "E1"}
    assert standing == {FIRST: "free", "PBTEST00000003": "live"}


def test_a_rejected_void_lets_the_claim_stand_again(paid: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("void", paid, FIRST, "--out", out)
    take_in(paid, out, "A7:164:IL")

    assert run("void", paid, FIRST, "--dry-run").exit_code == 0
    assert statuses(paid, tmp_path)["E1"] == "billed"


def test_what_cannot_be_voided_is_told(paid: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("void", paid, FIRST, "--out", out)
    result = run("void", paid, FIRST, "PBTEST00000002", "PB9", "--out", out)

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "Not done: PB9: the ledger has no claim of this id: peerbill claims lists them",
        "Not done: PBTEST00000001: it was voided by PBTEST00000002 before",
        "Not done: PBTEST00000002: it is a void itself, of PBTEST00000001",
    ]
    assert len(list(out.glob("*.837"))) == 2


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda *_: None, "the payer has not answered it yet: post its 277CA or 835 first"),
        (lambda workspace, out: take_in(workspace, out, "A3:21"), "the payer never took it in"),
        (lambda workspace, out: pay(workspace, out, denied), "the payer denied it, so that there is nothing"),
    ],
)
def test_a_claim_that_the_payer_does_not_have_is_not_voided(
    workspace: Path, tmp_path: Path, answer: object, why: str
) -> None:
    assert callable(answer)
    bill(workspace, tmp_path / "out")
    answer(workspace, tmp_path / "out")
    result = run("void", workspace, FIRST, "--dry-run")

    assert result.exit_code == 1
    assert why in result.stderr


def test_a_claim_whose_member_is_gone_is_not_voided(paid: Path, tmp_path: Path) -> None:
    members = paid / "members.csv"
    members.write_text("\n".join(line for line in members.read_text().splitlines() if not line.startswith("M1,")))
    result = run("void", paid, FIRST, "--out", tmp_path / "out")

    assert result.exit_code == 1
    assert result.stderr.startswith("Not done: PBTEST00000001: member M1 is no longer in members")


def test_many_are_chosen_by_what_they_are(paid: Path, tmp_path: Path) -> None:
    shown = run("void", paid, "--state", "paid", "--payer", "horizon", "--dry-run")
    none = run("void", paid, "--state", "denied", "--dry-run")

    assert "1 claim would be voided" in shown.stdout
    assert (none.exit_code, none.stdout) == (0, "No claim is meant: nothing to do.\n")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((FIRST,), "Say where the files go with --out DIR"),
        (("--dry-run",), "Name each CLAIM, or choose them by"),
        ((FIRST, "--state", "paid", "--dry-run"), "one of the two"),
    ],
)
def test_half_a_command_is_told(paid: Path, words: tuple[str, ...], why: str) -> None:
    result = run("void", paid, *words)

    assert result.exit_code == 2
    assert why in result.stderr


@pytest.mark.usefixtures("no_ledger")
def test_without_a_ledger_there_is_nothing_to_void(workspace: Path, tmp_path: Path) -> None:
    for words in (("--dry-run",), ("--out", tmp_path / "out")):
        result = run("void", workspace, FIRST, *words)
        assert result.exit_code == 2
        assert "there is no ledger" in result.stderr
    assert not (workspace / "ledger.db").exists()


def test_a_partly_paid_claim_that_was_written_off_can_still_be_voided(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bill(workspace, out)
    pay(workspace, out, lambda line: Paid(line.charge / 2, (("CO", "16", line.charge / 2),)))
    assert run("write-off", workspace, FIRST, "--reason", "too small to pursue").exit_code == 0

    assert run("void", workspace, FIRST, "--out", out).exit_code == 0


def test_a_claim_whose_void_came_to_nothing_is_what_its_money_says(paid: Path, tmp_path: Path) -> None:
    """The payer took the payment back while the void was on its way, and rejected the void's file afterwards."""
    original = newest(tmp_path / "out")
    run("void", paid, FIRST, "--out", tmp_path / "out")
    take_back(paid, original)

    post(paid, ack999(newest(tmp_path / "out"), ["0001"]), "void.999")

    first = json.loads(run_claims(paid))["claims"][0]
    assert (first["claim_id"], first["state"], first["paid"]) == (FIRST, "reversed", "0.00")


def run_claims(workspace: Path) -> str:
    return CliRunner().invoke(main, ["claims", str(workspace), "--json", "-"]).stdout
