from pathlib import Path

import pytest
from answering import ledger_url, pay, take_in
from click.testing import CliRunner, Result
from payer import denied

from peerbill.cli import main
from peerbill.ledger.look.claims import read_claims
from peerbill.ledger.look.history import reading
from peerbill.model.sent_claim import SentClaim

pytestmark = pytest.mark.usefixtures("on_both")

FIRST = "PBTEST00000001"


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def bill(workspace: Path, out: Path) -> Result:
    return run("bill", workspace, "--out", out, "--as-of", "2026-03-05")


def claim(workspace: Path) -> SentClaim:
    with reading(ledger_url(workspace), workspace) as connection:
        assert connection is not None
        [found] = read_claims(connection, claim_ids=[FIRST])
    return found


@pytest.mark.parametrize("answer", ["denied", "rejected"])
def test_it_is_never_billed_again_unless_it_is_released(workspace: Path, tmp_path: Path, answer: str) -> None:
    out = tmp_path / "out"
    bill(workspace, out)
    if answer == "denied":
        pay(workspace, out, denied)
    else:
        take_in(workspace, out, "A3:21")
    result = run("write-off", workspace, FIRST, "--reason", " below  the cost\nof an appeal ")

    assert (result.exit_code, result.stdout) == (0, "PBTEST00000001: written off\n")
    found = claim(workspace)
    assert (found.state, found.history[-1].event, found.history[-1].detail) == (
        "written-off",
        "written-off",
        "below the cost of an appeal",
    )
    assert "1 billed before" in bill(workspace, out).stdout
    assert run("write-off", workspace, FIRST, "--reason", "again").exit_code == 1
    assert run("rebill", workspace, FIRST).exit_code == 0
    assert "1 billable" in bill(workspace, out).stdout


def test_what_was_billed_again_is_not_written_off(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bill(workspace, out)
    take_in(workspace, out, "A3:21")
    run("bill", workspace, "--out", out, "--as-of", "2026-03-05", "--unchanged")
    result = run("write-off", workspace, FIRST, "--reason", "lost")

    assert result.exit_code == 1
    assert result.stderr == (
        "Not done: PBTEST00000001: its encounters stand on another claim by now: nothing is left on this one\n"
    )
    assert claim(workspace).state == "rejected-payer"


def test_a_paid_or_unanswered_claim_is_not_written_off(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bill(workspace, out)
    early = run("write-off", workspace, FIRST, "--reason", "lost")
    pay(workspace, out)
    late = run("write-off", workspace, FIRST, "--reason", "lost")

    assert (early.exit_code, late.exit_code) == (1, 1)
    assert "the payer has not answered it yet" in early.stderr
    assert "it was paid: nothing is owed on it" in late.stderr


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_a_reason_is_given_in_a_sentence(workspace: Path, reason: str) -> None:
    result = run("write-off", workspace, FIRST, "--reason", reason)

    assert result.exit_code == 2
    assert "--reason takes 1 to 200 characters" in result.stderr
    assert not (workspace / "ledger.db").exists()
