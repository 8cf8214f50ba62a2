"""Answers that come on paper or by portal, entered by hand in a CSV."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from payer import Decision, SentClaim, SentFile, receive, reduced, remit

from peerbill.cli import main

pytestmark = pytest.mark.usefixtures("on_both")

HEADER = "claim_id,line_id,paid_on,paid,adjustments,trace,payer_control_number,status"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def sent(workspace: Path, tmp_path: Path) -> SentFile:
    """Return what the payer receives of the workspace's one claim, of one line at $48.00."""
    run("bill", workspace, "--out", tmp_path / "out", "--as-of", "2026-03-05")
    (path,) = (tmp_path / "out").glob("*.837")
    return receive(path.read_text())


@pytest.fixture
def claim(sent: SentFile) -> SentClaim:
    """Return that claim."""
    (claim,) = sent.claims
    return claim


def enter(folder: Path, *rows: str, name: str = "eob.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def story(workspace: Path, claim: SentClaim) -> dict[str, Any]:
    (told,) = json.loads(run("claims", workspace, claim.claim_id, "--json", "-").stdout)["claims"]
    return told  # type: ignore[no-any-return]  # JSON


def verified(workspace: Path) -> bool:
    return run("ledger", "verify", workspace).exit_code == 0


def test_a_payment_on_paper_is_entered_by_line_as_an_835_would_bring_it(
    workspace: Path, tmp_path: Path, claim: SentClaim
) -> None:
    id_ = claim.claim_id
    path = enter(tmp_path, f"{id_},{id_}-1,2026-04-20,38.40,CO:45:9.60,CHK77,ICN5,paid")
    result = run("post", workspace, path)

    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        f"{path}: EOB: 1 transaction, 1 matched, 0 unmatched",
        "  CHK77 of 2026-04-20: $38.40 for 1 payment",
    ]
    told = story(workspace, claim)
    assert (told["state"], told["paid"], told["payer_control_number"]) == ("paid", "38.40", "ICN5")
    assert told["lines"][0]["adjustments"] == [{"group": "CO", "reason": "45", "amount": "9.60"}]
    last = told["history"][-1]
    assert (last["event"], last["file"]) == ("paid", "eob.csv")
    assert last["who"]
    assert last["detail"] == (
        "$38.40 of $48.00, CHK77 of 2026-04-20, entered by hand: CO 45 (charge above the fee schedule)"
    )
    assert verified(workspace)


def test_a_payment_for_the_whole_claim_needs_no_line(workspace: Path, tmp_path: Path, claim: SentClaim) -> None:
    result = run("post", workspace, enter(tmp_path, f"{claim.claim_id},,2026-04-20,0.00,CO:16:48,CHK77,,denied"))

    assert result.exit_code == 0, result.output
    told = story(workspace, claim)
    assert (told["state"], told["paid"]) == ("denied", "0.00")
    assert told["adjustments"] == [{"group": "CO", "reason": "16", "amount": "48.00"}]


def test_what_was_entered_is_taken_back_with_a_minus(workspace: Path, tmp_path: Path, claim: SentClaim) -> None:
    id_ = claim.claim_id
    run("post", workspace, enter(tmp_path, f"{id_},,2026-04-20,48.00,,CHK77,,paid"))
    taken = enter(tmp_path, f"{id_},,2026-05-20,-48.00,,CHK78,,reversed", name="back.csv")
    result = run("post", workspace, taken)

    assert result.exit_code == 0, result.output
    told = story(workspace, claim)
    assert (told["state"], told["paid"]) == ("reversed", "0.00")
    assert verified(workspace)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            ("{id},{id}-1,2026-04-20,38.40,CO:45:9.59,CHK77,,paid",),
            "line 2: {id}-1 was billed at $48.00, but paid and adjustments make $47.99. Enter all adjustments",
        ),
        (
            ("{id},,2026-04-20,40.00,,CHK77,,paid",),
            "line 2: claim {id}: it was billed at $48.00, but paid and adjustments make $40.00. Enter all adjustments",
        ),
        (
            ("{id},{id}-1,2026-04-20,48.00,,CHK77,,paid", "{id},,2026-04-20,47.00,,CHK77,,paid"),
            "line 3: claim {id}: the lines entered for it were billed at $48.00, but paid and adjustments make $47.00.",
        ),
        (
            ("{id},{id}-2,2026-04-20,48.00,,CHK77,,paid",),
            "line 2, line_id: claim {id} has the lines {id}-1. Enter one of them",
        ),
        (
            ("{id},,2026-04-20,48.00,,CHK77,,paid", "{id},,2026-04-20,48.00,,CHK77,,paid"),
            "line 3: an earlier row of this payment is about all of claim {id} too. Keep one of the two",
        ),
    ],
)
def test_what_does_not_add_up_keeps_the_whole_file_out(
    workspace: Path, tmp_path: Path, claim: SentClaim, rows: tuple[str, ...], said: str
) -> None:
    id_ = claim.claim_id
    path = enter(tmp_path, f"{id_},,,,,,ICN5,", *(row.format(id=id_) for row in rows))
    said = said.format(id=id_)
    # The first row, which is right, moves the others down by one line.
    for number in (3, 2):
        said = said.replace(f"line {number}", f"line {number + 1}", 1) if said.startswith(f"line {number}") else said
    result = run("post", workspace, path)

    assert result.exit_code == 1
    assert f"  Problem: {said}" in result.stdout
    assert "  Problem: nothing of the file was posted: correct it first" in result.stdout
    told = story(workspace, claim)
    assert (told["state"], told["payer_control_number"], len(told["history"])) == ("written", "", 1)


def test_the_same_rows_posted_again_in_the_same_or_a_longer_file_change_nothing(
    workspace: Path, tmp_path: Path, claim: SentClaim
) -> None:
    id_ = claim.claim_id
    path = enter(tmp_path, f"{id_},,2026-04-20,48.00,,CHK77,,paid")
    run("post", workspace, path)
    before = story(workspace, claim)
    again = run("post", workspace, path)
    longer = enter(tmp_path, f"{id_},,2026-04-20,48.00,,CHK77,,paid", f"{id_},,,,,,ICN5,", name="longer.csv")
    added = run("post", workspace, longer)

    assert (again.exit_code, added.exit_code) == (0, 0)
    assert "  Notice: the same file was posted as eob.csv at " in again.stdout
    assert f"  Notice: line 2: eob.csv brought this payment of {id_}: nothing changed" in added.stdout
    told = story(workspace, claim)
    assert (told["paid"], told["payments"]) == (before["paid"], before["payments"])
    assert [entry["event"] for entry in told["history"]] == ["written", "paid", "number"]
    assert verified(workspace)


def test_a_remittance_that_was_entered_by_hand_is_not_posted_once_more_as_an_835(
    workspace: Path, tmp_path: Path, sent: SentFile, claim: SentClaim
) -> None:
    id_ = claim.claim_id
    run("post", workspace, enter(tmp_path, f"{id_},,2026-04-20,38.40,CO:45:9.60,EFT1,,paid"))
    paid = tmp_path / "late.835"
    paid.write_text(remit(sent, [Decision(claim, reduced)]))
    barred = run("post", workspace, paid)
    back = enter(tmp_path, f"{id_},,2026-04-20,-38.40,CO:45:-9.60,EFT1,,reversed", name="back.csv")
    run("post", workspace, back)
    taken = run("post", workspace, paid)

    assert barred.exit_code == 1
    assert "$38.40 of the remittance EFT1 was entered by hand. Enter the same rows with the status reversed" in (
        barred.stdout
    )
    assert taken.exit_code == 0, taken.output
    assert (story(workspace, claim)["state"], story(workspace, claim)["paid"]) == ("paid", "38.40")


def test_an_835_is_not_entered_once_more_by_hand(
    workspace: Path, tmp_path: Path, sent: SentFile, claim: SentClaim
) -> None:
    paid = tmp_path / "first.835"
    paid.write_text(remit(sent, [Decision(claim, reduced)]))
    run("post", workspace, paid)
    result = run("post", workspace, enter(tmp_path, f"{claim.claim_id},,2026-04-20,38.40,CO:45:9.60,EFT1,,paid"))

    assert result.exit_code == 0
    assert f"  Notice: line 2: first.835 brought this payment of {claim.claim_id}: nothing changed" in result.stdout
    assert story(workspace, claim)["paid"] == "38.40"


def test_the_payers_number_alone_makes_a_void_possible(workspace: Path, tmp_path: Path, claim: SentClaim) -> None:
    before = run("void", workspace, claim.claim_id, "--dry-run")
    result = run("post", workspace, enter(tmp_path, f"{claim.claim_id},,,,,,20261130447,"))
    after = run("void", workspace, claim.claim_id, "--dry-run")

    assert (before.exit_code, result.exit_code) == (1, 0)
    assert after.exit_code == 0, after.output
    told = story(workspace, claim)
    assert (told["state"], told["payer_control_number"]) == ("accepted", "20261130447")
    assert told["history"][-1]["detail"] == "entered by hand, line 2: the payer's number is 20261130447"


def test_what_the_portal_says_of_a_claim_is_entered(workspace: Path, tmp_path: Path, claim: SentClaim) -> None:
    accepted = run("post", workspace, enter(tmp_path, f"{claim.claim_id},,,,,,ICN5,Accepted", name="a.csv"))
    told = story(workspace, claim)
    path = tmp_path / "b.csv"
    path.write_text(f"claim_id,status,reason\n{claim.claim_id},rejected,member not found  on the day\n")
    rejected = run("post", workspace, path)
    then = story(workspace, claim)

    assert (accepted.exit_code, rejected.exit_code) == (0, 1)
    assert (told["state"], told["payer_control_number"]) == ("accepted", "ICN5")
    assert then["state"] == "rejected-payer"
    assert then["history"][-1]["detail"] == "entered by hand, line 2: member not found on the day"
    assert verified(workspace)


def test_a_row_for_a_claim_that_is_not_ours_is_unmatched_and_kept(
    workspace: Path, tmp_path: Path, claim: SentClaim
) -> None:
    path = enter(tmp_path, "ZZ99,,2026-04-20,48.00,,CHK77,,paid", "ZZ98,,,,,,ICN5,")
    result = run("post", workspace, path)

    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == f"{path}: EOB: 2 transactions, 0 matched, 2 unmatched"
    assert "  Unmatched: ZZ99: " in result.stdout
    assert "  Unmatched: ZZ98: line 3: no claim of this ledger has this id. " in result.stdout


def test_a_cell_that_cannot_be_read_keeps_every_file_from_being_posted(
    workspace: Path, tmp_path: Path, claim: SentClaim
) -> None:
    good = enter(tmp_path, f"{claim.claim_id},,2026-04-20,48.00,,CHK77,,paid", name="good.csv")
    bad = enter(tmp_path, f"{claim.claim_id},,2026-04-20,48.00,,Jo Doe,,settled", name="bad.csv")
    result = run("post", workspace, good, bad)

    assert result.exit_code == 2
    trace, status, nothing = result.stderr.splitlines()
    assert trace.startswith(f"Error: {bad} line 2, trace: expected the number of the check or transfer, without spaces")
    assert status.startswith(f"Error: {bad} line 2, status: the word is not known. Write one of paid, denied, ")
    assert nothing == "Error: Nothing was posted"
    assert "Doe" not in result.stderr
    assert story(workspace, claim)["state"] == "written"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"{HEADER}\nPB1,,,,,,\xcdCN5,\n".encode("cp1252"), "is not in UTF-8. Save it as CSV UTF-8"),
        (b"claim,paid\nPB1,48\n", "no transaction set in it. Give a whole X12 file, from ISA to IEA, or a CSV with "),
    ],
)
def test_a_csv_of_another_kind_is_refused(
    workspace: Path, tmp_path: Path, claim: SentClaim, content: bytes, said: str
) -> None:
    path = tmp_path / "eob.csv"
    path.write_bytes(content)
    result = run("post", workspace, path)

    assert result.exit_code == 2
    assert said in result.stderr
