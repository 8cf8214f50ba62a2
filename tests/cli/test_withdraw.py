"""Claims that were not sent, or that the payer does not have, are withdrawn, and billed again."""

import json
from pathlib import Path
from typing import Any

import pytest
from answering import held, newest, pay, post, take_back, take_in
from click.testing import CliRunner, Result
from payer import ack277, ack999, denied, receive, ta1

from peerbill.cli import main

pytestmark = pytest.mark.usefixtures("on_both")


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def bill(workspace: Path, out: Path) -> int:
    """Bill, and return how many files were written."""
    before = len(list(out.glob("*.837")))
    run("bill", workspace, "--out", out, "--as-of", "2026-03-05")
    return len(list(out.glob("*.837"))) - before


def claims(workspace: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("claims", workspace, "--json", "-").stdout)["claims"]
    return found


def states(workspace: Path) -> list[str]:
    return [claim["state"] for claim in claims(workspace)]


def last(workspace: Path) -> str:
    return str(claims(workspace)[-1]["claim_id"])


def withdraw(workspace: Path, *words: object, reason: str = "not on file, call 4711") -> Result:
    return run("withdraw", workspace, *words, "--reason", reason)


@pytest.fixture
def out(workspace: Path, tmp_path: Path) -> Path:
    """Bill, and return where the file is."""
    assert bill(workspace, tmp_path / "out") == 1
    return tmp_path / "out"


def test_a_claim_that_the_payer_does_not_have_is_billed_again(workspace: Path, out: Path) -> None:
    first = last(workspace)

    result = withdraw(workspace, first.lower())

    assert (result.exit_code, result.stdout) == (0, f"{first}: was withdrawn; 1 encounter can be billed again\n")
    assert states(workspace) == ["withdrawn"]
    entry = claims(workspace)[0]["history"][-1]
    assert (entry["event"], entry["state"], entry["detail"]) == ("withdrawn", "withdrawn", "not on file, call 4711")
    assert entry["who"]
    assert bill(workspace, out) == 1
    assert bill(workspace, out) == 0
    assert states(workspace) == ["withdrawn", "written"]
    assert (
        run("claims", workspace).stdout.splitlines()[-1].startswith("2 claims, 1 of which stand with the first payer")
    )
    assert run("ledger", "verify", workspace).exit_code == 0
    again = withdraw(workspace, first)
    assert (again.exit_code, again.stderr) == (1, f"Not done: {first}: it was withdrawn before\n")


def test_a_dry_run_shows_what_would_be_withdrawn_and_records_nothing(workspace: Path, out: Path) -> None:
    before = held(workspace)

    result = withdraw(workspace, "--payer", "horizon", "--dry-run", "--json", "-")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["done"] == [last(workspace)]
    assert json.loads(result.stdout)["dry_run"] is True
    assert held(workspace) == before


def test_a_file_that_was_never_uploaded_is_withdrawn_as_a_whole(workspace: Path, out: Path) -> None:
    (file,) = out.glob("*.837")

    assert withdraw(workspace, "--file", file).exit_code == 0
    assert states(workspace) == ["withdrawn"]
    unknown = withdraw(workspace, "--file", "other.837")
    assert (unknown.exit_code, unknown.stderr) == (
        2,
        "Error: the ledger has no file other.837: peerbill claims --csv names the file of each claim\n",
    )


@pytest.mark.parametrize("words", [(), ("--file", "a.837", "PB1"), ("--state", "written", "PB1")])
def test_claims_are_named_or_chosen_and_not_both(workspace: Path, out: Path, words: tuple[str, ...]) -> None:
    result = withdraw(workspace, *words)

    assert result.exit_code == 2
    assert "Name each CLAIM, or choose them by --file, --state and --payer" in result.stderr


def test_a_reason_is_needed(workspace: Path, out: Path) -> None:
    assert withdraw(workspace, last(workspace), reason="  ").exit_code == 2
    assert run("withdraw", workspace, last(workspace)).exit_code == 2


@pytest.mark.parametrize("how", ["TA1", "999", "277CA"])
def test_a_claim_that_the_payer_acknowledged_needs_a_confirmation(workspace: Path, out: Path, how: str) -> None:
    file = newest(out)
    post(workspace, {"TA1": ta1(file), "999": ack999(file), "277CA": ack277(file)}[how], "answer")
    before = held(workspace)

    refused = withdraw(workspace, last(workspace))

    assert refused.exit_code == 1
    assert "the payer has it, as far as is known" in refused.stderr
    assert "add --confirmed" in refused.stderr
    assert held(workspace) == before
    assert withdraw(workspace, last(workspace), "--confirmed").exit_code == 0
    assert bill(workspace, out) == 1


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        (pay, "the payer paid it: void or replace it"),
        (lambda workspace, out: pay(workspace, out, denied), "the payer denied it"),
        (
            lambda workspace, out: (pay(workspace, out), take_back(workspace, newest(out))),
            "the payer took its payment back",
        ),
        (lambda workspace, out: take_in(workspace, out, "A7:562:85"), "the payer never took it in"),
    ],
)
def test_what_the_payer_decided_on_is_not_withdrawn(workspace: Path, out: Path, answer: Any, remedy: str) -> None:
    answer(workspace, out)
    before = held(workspace)

    result = withdraw(workspace, last(workspace), "--confirmed")

    assert result.exit_code == 1
    assert remedy in result.stderr
    assert held(workspace) == before


@pytest.mark.parametrize("command", ["void", "replace"])
def test_what_a_withdrawn_correction_corrected_stands_again(workspace: Path, out: Path, command: str) -> None:
    pay(workspace, out)
    first = last(workspace)
    encounters = workspace / "encounters.csv"
    encounters.write_text(encounters.read_text().replace("T10:45", "T11:00"))
    assert run(command, workspace, first, "--out", out, "--as-of", "2026-03-05").exit_code == 0

    result = withdraw(workspace, last(workspace))

    assert (result.exit_code, result.stdout) == (0, f"{last(workspace)}: was withdrawn; {first} stands again\n")
    assert states(workspace) == ["paid", "withdrawn"]
    assert bill(workspace, out) == 0
    assert run("ledger", "verify", workspace).exit_code == 0
    assert run(command, workspace, first, "--out", out, "--as-of", "2026-03-05").exit_code == 0


def test_a_claim_and_its_correction_are_withdrawn_together(workspace: Path, out: Path) -> None:
    take_in(workspace, out)
    first = last(workspace)
    run("void", workspace, first, "--out", out, "--as-of", "2026-03-05")

    alone = withdraw(workspace, first, "--confirmed")
    both = withdraw(workspace, first, last(workspace), "--confirmed")

    assert (alone.exit_code, both.exit_code) == (1, 0)
    assert f"it was voided by {last(workspace)}: withdraw that one first" in alone.stderr
    assert states(workspace) == ["withdrawn", "withdrawn"]
    assert bill(workspace, out) == 1
    assert run("ledger", "verify", workspace).exit_code == 0


@pytest.mark.parametrize("billed_again", [False, True])
def test_an_answer_that_comes_later_is_reported(workspace: Path, out: Path, *, billed_again: bool) -> None:
    sent = newest(out)
    withdraw(workspace, last(workspace))
    if billed_again:
        bill(workspace, out)

    group = post(workspace, ack999(sent), "late.999")
    taken = post(workspace, ack277(sent), "late.277")

    first = claims(workspace)[0]
    assert "is withdrawn, but now its group is accepted" in group.problems[0]
    assert not group.settled
    assert not taken.settled
    if billed_again:
        assert first["state"] == "withdrawn"
        assert "though what stood on it was sent again" in taken.problems[0]
    else:
        assert first["state"] == "accepted"
        assert "was withdrawn, and the payer has it" in taken.problems[0]
        assert bill(workspace, out) == 0
    assert run("ledger", "verify", workspace).exit_code == 0


@pytest.mark.parametrize("billed_again", [False, True])
def test_a_payment_that_comes_later_is_reported(workspace: Path, out: Path, *, billed_again: bool) -> None:
    (file,) = out.glob("*.837")
    text = file.read_text()
    withdraw(workspace, last(workspace))
    if billed_again:
        bill(workspace, out)
    file.write_text(text)
    for other in {*out.glob("*.837")} - {file}:
        other.unlink()

    posted = pay(workspace, out)

    assert receive(text).claims[0].claim_id == claims(workspace)[0]["claim_id"]
    assert claims(workspace)[0]["state"] == "paid"
    told = "though what stood on it was sent again" if billed_again else "it stands again"
    assert told in posted.problems[0]
    assert bill(workspace, out) == 0
    assert run("ledger", "verify", workspace).exit_code == 0


def test_a_late_rejection_of_a_withdrawn_claim_is_kept(workspace: Path, out: Path) -> None:
    withdraw(workspace, last(workspace))

    posted = take_in(workspace, out, "A7:562:85")

    assert [one.claim_id for one in posted.rejected] == [last(workspace)]
    assert states(workspace) == ["rejected-payer"]
    assert run("ledger", "verify", workspace).exit_code == 0
