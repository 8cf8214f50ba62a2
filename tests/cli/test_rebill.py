import json
from pathlib import Path

import pytest
from answering import newest, pay, take_back, take_in
from click.testing import CliRunner, Result
from payer import Decision, denied, receive, remit

from peerbill.cli import main

pytestmark = pytest.mark.usefixtures("on_both")

FIRST = "PBTEST00000001"


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def bill(workspace: Path, out: Path) -> Result:
    return run("bill", workspace, "--out", out, "--as-of", "2026-03-05")


@pytest.fixture
def out(workspace: Path, tmp_path: Path) -> Path:
    """Bill, and return where the file is."""
    bill(workspace, tmp_path / "out")
    return tmp_path / "out"


def test_what_the_payer_denied_is_billed_again_where_that_is_asked_for(workspace: Path, out: Path) -> None:
    pay(workspace, out, denied)
    assert "1 billed before" in bill(workspace, out).stdout

    result = run("rebill", workspace, FIRST, "--json", "-")
    assert (result.exit_code, json.loads(result.stdout)["done"]) == (0, [FIRST])
    assert "1 billable" in bill(workspace, out).stdout
    assert [(claim.claim_id, claim.frequency) for claim in newest(out).claims] == [("PBTEST00000002", "1")]

    again = run("rebill", workspace, FIRST)
    assert again.exit_code == 1
    assert "none of its encounters is left on it" in again.stderr
    assert (
        "it was released, and what it billed is no longer on it" in run("replace", workspace, FIRST, "--dry-run").stderr
    )


@pytest.mark.parametrize(
    "words",
    [
        ("rebill",),
        ("write-off", "--reason", "given up"),
        ("void", "--dry-run"),
        ("replace", "--unchanged", "--dry-run"),
    ],
)
def test_claim_ids_are_taken_in_any_case(workspace: Path, out: Path, words: tuple[str, ...]) -> None:
    pay(workspace, out, denied)
    command, *options = words

    result = run(command, workspace, f" {FIRST.lower()}", *options)
    assert FIRST in result.output
    assert "no claim of this id" not in result.output


def test_what_the_payer_took_back_is_billed_again(workspace: Path, out: Path) -> None:
    pay(workspace, out)
    take_back(workspace, newest(out))

    assert run("rebill", workspace, FIRST).stdout == "PBTEST00000001: its encounters can be billed again\n"
    assert "1 billable" in bill(workspace, out).stdout


def test_a_rejected_claim_needs_no_rebill_and_its_encounters_say_so(workspace: Path, out: Path) -> None:
    take_in(workspace, out, "A7:164:IL")
    told = run("rebill", workspace, FIRST)
    audit = run("audit", workspace, "--as-of", "2026-03-05")

    assert told.exit_code == 1
    assert "bill makes a new claim of its encounters once something is changed" in told.stderr
    assert "error PB808 encounters.encounter_id: its claim PBTEST00000001 was rejected by the payer (277CA) on " in (
        audit.stdout
    )
    again = run("bill", workspace, "--out", out, "--as-of", "2026-03-05", "--unchanged")
    assert "1 billable + 0 billed before" in again.stdout
    assert [claim.claim_id for claim in newest(out).claims] == ["PBTEST00000002"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (None, "the payer has not answered it yet"),
        (take_in, "the payer has it (accepted): a second original would be denied as a duplicate"),
        (pay, "the payer has it (paid)"),
    ],
)
def test_what_the_payer_has_is_not_freed(workspace: Path, out: Path, answer: object, why: str) -> None:
    if callable(answer):
        answer(workspace, out)
    result = run("rebill", workspace, FIRST, "PB77")

    assert result.exit_code == 1
    assert why in result.stderr
    assert "PB77: the ledger has no claim of this id" in result.stderr


def test_a_void_that_nothing_was_paid_on_is_over_once_the_payer_said_so(workspace: Path, out: Path) -> None:
    take_in(workspace, out)
    run("void", workspace, FIRST, "--out", out, "--as-of", "2026-03-05")
    early = run("rebill", workspace, FIRST)
    take_in(workspace, out)
    silent = run("rebill", workspace, FIRST)

    assert "the payer has not taken in its correction yet" in early.stderr
    assert "where the payer said so, add --confirmed" in silent.stderr
    assert run("rebill", workspace, FIRST, "--confirmed").exit_code == 0
    assert "1 billable" in bill(workspace, out).stdout


def paid_late(workspace: Path, out: Path) -> Result:
    """Let the payer pay the first claim after all."""
    file = receive(min(out.glob("*.837")).read_text())
    late = out / "late.835"
    late.write_text(remit(file, [Decision(claim) for claim in file.claims], "LATE"))
    return run("post", workspace, late)


def test_a_released_claim_that_is_paid_after_it_was_sent_again_is_told_until_one_is_voided(
    workspace: Path, out: Path
) -> None:
    pay(workspace, out, denied)
    run("rebill", workspace, FIRST)
    bill(workspace, out)
    posted = paid_late(workspace, out)

    told = "was denied, and is paid now, though what stood on it was sent again: void one of the two"
    assert posted.exit_code == 1
    assert f"Problem: claim {FIRST} {told}" in " ".join(posted.stdout.split())
    story = run("claims", workspace, FIRST).stdout
    assert "what stood on it was sent again on another claim" in " ".join(story.split())
    run("todo", workspace, "--as-of", "2026-03-05", "--json", out / "todo.json")
    [item] = [one for one in json.loads((out / "todo.json").read_text())["items"] if one["kind"] == "twice"]
    assert item["what"] == f"{FIRST} is paid, though what stood on it was sent again on PBTEST00000002"
    assert (item["amount"], item["claim_ids"], item["encounter_ids"]) == ("48.00", [FIRST, "PBTEST00000002"], ["E1"])
    assert "0 billable + 1 billed before" in bill(workspace, out).stdout


def test_a_released_claim_that_is_paid_before_it_was_sent_again_stands(workspace: Path, out: Path) -> None:
    pay(workspace, out, denied)
    run("rebill", workspace, FIRST)
    assert paid_late(workspace, out).exit_code == 0
    assert "0 billable + 1 billed before" in bill(workspace, out).stdout
    run("todo", workspace, "--as-of", "2026-03-05", "--json", out / "todo.json")
    assert "twice" not in {one["kind"] for one in json.loads((out / "todo.json").read_text())["items"]}
