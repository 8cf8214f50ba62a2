"""What was reported once and stays in todo: until it closes by itself, or a person settles it or matches it by hand."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from answering import newest
from click.testing import CliRunner, Result
from payer import Decision, Paid, SentClaim, SentFile, ack277, in_full, reduced, remit, reversal

from peerbill.cli import main

pytestmark = pytest.mark.usefixtures("on_both")

DAY = "2026-04-25"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def sent(workspace: Path, tmp_path: Path) -> SentFile:
    """Return what the payer receives of the workspace's one claim, of one line at $48.00."""
    run("bill", workspace, "--out", tmp_path / "out", "--as-of", "2026-03-05")
    return newest(tmp_path / "out")


@pytest.fixture
def claim(sent: SentFile) -> SentClaim:
    """Return that claim."""
    (claim,) = sent.claims
    return claim


def unknown(claim: SentClaim) -> SentClaim:
    """Return the claim as a payer knows it that lost our number and the member's id."""
    lines = tuple(attrs.evolve(line, line_id="") for line in claim.lines)
    return attrs.evolve(claim, claim_id="0", subscriber_id="OLDID1", lines=lines)


def lost(sent: SentFile, claim: SentClaim, **more: Any) -> str:
    """Return an 835 that pays it under the payer's own number alone."""
    return remit(sent, [Decision(unknown(claim), reduced, number="ICN7477", line_ids=False)], **more)


def post(workspace: Path, tmp_path: Path, text: str, name: str, *options: object) -> Result:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return run("post", workspace, path, *options)


def todo(workspace: Path, *kinds: str, day: str = DAY) -> list[dict[str, Any]]:
    """Return the items of some kinds."""
    report = json.loads(run("todo", workspace, "--as-of", day, "--json", "-").stdout)
    return [item for item in report["items"] if item["kind"] in kinds]


def state(workspace: Path, claim: SentClaim) -> tuple[str, str]:
    (told,) = json.loads(run("claims", workspace, claim.claim_id, "--json", "-").stdout)["claims"]
    return told["state"], told["paid"]


def events(workspace: Path, claim: SentClaim) -> list[tuple[str, str]]:
    (told,) = json.loads(run("claims", workspace, claim.claim_id, "--json", "-").stdout)["claims"]
    return [(entry["event"], entry["file"]) for entry in told["history"]]


def is_whole(workspace: Path) -> bool:
    return run("ledger", "verify", workspace).exit_code == 0


def test_a_payment_that_matches_nothing_is_in_todo_with_what_a_person_needs(
    workspace: Path, tmp_path: Path, sent: SentFile, claim: SentClaim
) -> None:
    first = post(workspace, tmp_path, lost(sent, claim), "lost.835")
    again = post(workspace, tmp_path, lost(sent, claim), "lost.835", "--json", "-")
    (item,) = todo(workspace, "unmatched")

    assert (first.exit_code, again.exit_code) == (1, 1)
    assert f"Without a claim: {item['item']}: $38.40 of EFT1, sent as claim 0, in lost.835. " in first.stdout
    assert json.loads(again.stdout)["unmatched_payments"] == [
        {
            "item": item["item"],
            "claim_id": "0",
            "paid": "38.40",
            "trace": "EFT1",
            "paid_on": "2026-04-20",
            "file": "lost.835",
        }
    ]
    assert (item["amount"], item["payer"], item["deadline"]) == ("38.40", "horizon", None) or item["payer"]
    assert item["what"] == (
        "a payment of $38.40 on $48.00 in remittance EFT1 (lost.835) matches no claim, sent as claim 0, the payer's "
        "number ICN7477"
    )
    assert f"`peerbill post DIR --match {item['item']} CLAIM`" in item["do"]
    assert is_whole(workspace)


@pytest.mark.parametrize("order", [("lost", "ack"), ("lost", "ack", "lost"), ("ack", "lost")])
def test_a_payment_finds_its_claim_once_the_payers_number_is_known_in_whatever_order(
    workspace: Path, tmp_path: Path, sent: SentFile, claim: SentClaim, order: tuple[str, ...]
) -> None:
    # The member's id differs, so that only the number and the days tell.
    texts = {"lost": lost(sent, claim), "ack": ack277(sent, number=lambda _: "ICN7477")}
    results = [post(workspace, tmp_path, texts[name], f"{name}.x12") for name in order]

    assert results[-1].exit_code == 0
    assert state(workspace, claim) == ("paid", "38.40")
    assert todo(workspace, "unmatched") == []
    assert is_whole(workspace)
    if order[0] == "lost":
        assert f"which had matched nothing, is for {claim.claim_id}" in results[1].stdout
        assert ("paid", "lost.x12") in events(workspace, claim)


def test_a_payment_is_matched_by_hand(workspace: Path, tmp_path: Path, sent: SentFile, claim: SentClaim) -> None:
    post(workspace, tmp_path, lost(sent, claim), "lost.835")
    (item,) = todo(workspace, "unmatched")
    result = run("post", workspace, "--match", item["item"].lower(), claim.claim_id)
    again = run("post", workspace, "--match", item["item"], claim.claim_id)

    assert result.exit_code == 0, result.output
    assert f"is for {claim.claim_id} now" in result.stdout
    assert state(workspace, claim) == ("paid", "38.40")
    assert events(workspace, claim)[-2:] == [("paid", "lost.835"), ("matched", "lost.835")]
    assert todo(workspace, "unmatched") == []
    assert again.exit_code == 2
    assert "is no payment without a claim: every payment has its claim" in again.stderr
    assert is_whole(workspace)


def test_what_cannot_be_matched_by_hand_is_told(
    workspace: Path, tmp_path: Path, sent: SentFile, claim: SentClaim
) -> None:
    post(workspace, tmp_path, lost(sent, claim), "lost.835")
    (item,) = todo(workspace, "unmatched")

    assert "there is no claim ZZ1 in the ledger" in run("post", workspace, "--match", item["item"], "ZZ1").stderr
    assert f"there are {item['item']}" in run("post", workspace, "--match", "U999", claim.claim_id).stderr
    assert "Missing argument 'FILE...'" in run("post", workspace).stderr
    assert len(todo(workspace, "unmatched")) == 1


def test_what_is_settled_leaves_todo_and_is_listed_with_who_and_why(
    workspace: Path, tmp_path: Path, sent: SentFile, claim: SentClaim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEERBILL_USER", "ana")
    post(workspace, tmp_path, lost(sent, claim), "lost.835")
    (item,) = todo(workspace, "unmatched")
    result = run("settle", workspace, item["item"], "X9", "--reason", "sent back to  the payer", "--json", "-")
    again = run("settle", workspace, item["item"], "--reason", "again")
    settled = run("todo", workspace, "--as-of", DAY, "--settled")

    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["settled"] == [item["item"]]
    assert told["refused"] == [{"item": "X9", "why": "nothing open has this id"}]
    assert todo(workspace, "unmatched") == []
    assert again.exit_code == 1
    assert " by ana: sent back to the payer" in again.stdout
    assert " by ana: sent back to the payer" in settled.stdout
    assert item["item"] in settled.stdout
    assert is_whole(workspace)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_settlement_needs_a_reason(workspace: Path, sent: SentFile, reason: str) -> None:
    result = run("settle", workspace, "U1", "--reason", reason)

    assert result.exit_code == 2
    assert "--reason takes 1 to 500 characters" in result.stderr


def test_a_claim_paid_twice_stays_in_todo_for_60_days_and_until_it_is_taken_back(
    workspace: Path, tmp_path: Path, sent: SentFile, claim: SentClaim
) -> None:
    post(workspace, tmp_path, remit(sent, [Decision(claim)]), "1.835")
    assert todo(workspace, "overpaid") == []
    post(workspace, tmp_path, remit(sent, [Decision(claim)], "EFT2", control=2), "2.835")
    (item,) = todo(workspace, "overpaid")
    run("settle", workspace, item["item"], "--reason", "reported")
    settled = todo(workspace, "overpaid")
    post(workspace, tmp_path, remit(sent, [Decision(claim)], "EFT3", control=3), "3.835")
    (opened,) = todo(workspace, "overpaid")
    for number in (4, 5):
        text = remit(sent, [reversal(claim)], f"EFT{number}", control=number)
        post(workspace, tmp_path, text, f"{number}.835")

    assert (item["amount"], item["claim_ids"], item["item"]) == ("48.00", [claim.claim_id], f"O-{claim.claim_id}")
    assert item["deadline"] is not None
    assert item["what"].startswith(f"{claim.claim_id} was paid $96.00 and billed at $48.00: its payments together ")
    assert settled == []
    assert opened["amount"] == "96.00"
    assert todo(workspace, "overpaid") == []


def test_what_is_added_or_taken_off_beside_the_claims_stays_until_it_nets_out_or_is_settled(
    workspace: Path, tmp_path: Path, sent: SentFile, claim: SentClaim
) -> None:
    plb = [("CS", "X1", Decimal(15)), ("L6", claim.claim_id, Decimal("-0.50")), ("72", "R7", Decimal(3))]
    post(workspace, tmp_path, remit(sent, [Decision(claim)], plb=plb), "1.835")
    first = todo(workspace, "adjustment")
    post(workspace, tmp_path, remit(sent, [], "EFT2", [("72", "R7", Decimal(-3))], control=2), "2.835")
    second = todo(workspace, "adjustment")
    run("settle", workspace, *(item["item"] for item in second), "--reason", "booked")

    assert [(item["amount"], item["what"].split(" beside ")[1]) for item in first] == [
        ("15.00", "the claims (PLB CS adjustment, reference X1)"),
        ("3.00", "the claims (PLB 72 money sent back, as the payer allowed, reference R7)"),
        ("0.50", f"the claims (PLB L6 interest that the payer owes, reference {claim.claim_id})"),
    ]
    assert [item["item"] for item in second] == [first[0]["item"], first[2]["item"]]
    assert todo(workspace, "adjustment") == []


def a_cent_off(line: Any) -> Paid:
    return Paid(line.charge - 10, (("CO", "45", Decimal("9.99")),))


def test_a_remittance_that_does_not_balance_is_kept_as_refused_until_it_is_posted_or_settled(
    workspace: Path, tmp_path: Path, sent: SentFile, claim: SentClaim
) -> None:
    text = remit(sent, [Decision(claim, a_cent_off)])
    refused = post(workspace, tmp_path, text, "cent.835")
    post(workspace, tmp_path, text, "cent.835")
    (item,) = todo(workspace, "refused")
    before = state(workspace, claim)
    accepted = post(workspace, tmp_path, text, "cent.835", "--accept-unbalanced")
    (difference,) = todo(workspace, "difference")
    run("settle", workspace, difference["item"], "--reason", "a cent of rounding")
    assert difference["amount"] == "0.01"

    assert refused.exit_code == 1
    assert (item["amount"], item["what"].split(":")[0]) == (
        "38.00",
        "remittance EFT1 (cent.835) for $38.00 was not posted on " + item["what"].split(" on ")[1].split(":")[0],
    )
    assert "does not balance" in item["what"]
    assert "--accept-unbalanced" in item["do"]
    assert before == ("written", "0.00")
    assert accepted.exit_code == 0, accepted.output
    assert "remittance EFT1 was posted though it does not balance: " in accepted.stdout
    assert state(workspace, claim) == ("paid", "38.00")
    assert todo(workspace, "refused", "difference") == []
    assert is_whole(workspace)


def test_a_sum_that_is_not_that_of_the_claims_is_accepted_and_recorded_too(
    workspace: Path, tmp_path: Path, sent: SentFile, claim: SentClaim
) -> None:
    text = remit(sent, [Decision(claim, in_full)]).replace("BPR*I*48*", "BPR*I*50*")
    result = post(workspace, tmp_path, text, "more.835", "--accept-unbalanced")
    (item,) = todo(workspace, "difference")

    assert result.exit_code == 0, result.output
    assert item["amount"] == "2.00"
    assert state(workspace, claim) == ("paid", "48.00")
    assert is_whole(workspace)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.partition("SE*")[0],
        lambda text: text.replace("BPR*I*48*", "BPR*I**"),
        lambda text: text.replace("*48*48**MC", "*48*4o8**MC"),
    ],
)
def test_what_is_cut_off_or_cannot_be_read_is_never_accepted(
    workspace: Path, tmp_path: Path, sent: SentFile, claim: SentClaim, spoil: Any
) -> None:
    text = remit(sent, [Decision(claim, in_full)])
    assert spoil(text) != text
    result = post(workspace, tmp_path, spoil(text), "bad.835", "--accept-unbalanced")

    assert result.exit_code == 1
    assert state(workspace, claim) == ("written", "0.00")
    assert len(todo(workspace, "refused")) == 1


def test_a_rejection_that_matches_nothing_stays_until_it_is_settled(
    workspace: Path, tmp_path: Path, sent: SentFile, claim: SentClaim
) -> None:
    strange = attrs.evolve(sent, claims=(attrs.evolve(claim, claim_id="ZZ77", subscriber_id="OTHER1"),))
    post(workspace, tmp_path, ack277(strange, lambda _: "A7:33", number=lambda _: ""), "strange.277")
    (item,) = todo(workspace, "answer")
    run("settle", workspace, item["item"], "--reason", "another office's")

    assert "a rejection of claim ZZ77 by 277CA in strange.277 was not followed: " in item["what"]
    assert state(workspace, claim)[0] == "written"
    assert todo(workspace, "answer") == []


def test_what_an_answer_left_open_without_a_reason_is_in_todo(
    workspace: Path, tmp_path: Path, sent: SentFile, claim: SentClaim
) -> None:
    text = (
        remit(sent, [Decision(claim)]).replace("*48*48**MC", "*47.99*47.99**MC").replace("HF*48*48", "HF*47.99*47.99")
    )
    post(workspace, tmp_path, text.replace("BPR*I*48*", "BPR*I*47.99*"), "1.835")
    (item,) = todo(workspace, "denial")

    assert state(workspace, claim) == ("partly-paid", "47.99")
    assert (item["amount"], item["claim_ids"]) == ("0.01", [claim.claim_id])
    assert item["what"] == "1 claim answered in part: the rest of what was billed has no answer"


def test_a_member_whom_the_payer_has_under_another_id_stays_until_coverage_is_corrected(
    workspace: Path, tmp_path: Path, sent: SentFile, claim: SentClaim
) -> None:
    text = remit(sent, [Decision(claim)])
    corrected = text.replace("~SVC*", "~NM1*74*1*DOE*JO****C*555666777888~SVC*", 1)
    count = corrected.partition("ST*")[2].count("~") - 2
    text = corrected.replace(f"SE*{count - 1}*", f"SE*{count}*")
    post(workspace, tmp_path, text, "1.835")
    (item,) = todo(workspace, "member")
    coverage = workspace / "coverage.csv"
    coverage.write_text(coverage.read_text().replace("123456789012", "555666777888"))

    assert (item["member_ids"], item["claim_ids"]) == (["M1"], [claim.claim_id])
    assert "555666777888" not in json.dumps(item)
    assert todo(workspace, "member") == []
