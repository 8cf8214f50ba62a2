"""A test file is sent before production: nothing of it counts as billed, nothing of it is sent to a test twice."""

import json
from pathlib import Path
from typing import Any

import pytest
from answering import held, in_mode, newest, pay, post, take_in
from click.testing import CliRunner, Result
from payer import Decision, ack277, ack999, in_full, remit

from peerbill.cli import main

pytestmark = pytest.mark.usefixtures("on_both")


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def tested(workspace: Path, out: Path) -> Path:
    """Return a workspace after its first test file."""
    in_mode(workspace, "test")
    assert bill(workspace, out) == 1
    return workspace


def bill(workspace: Path, out: Path, *options: str) -> int:
    """Bill, and return how many claims were written."""
    before = set(out.glob("*.837"))
    run("bill", workspace, "--out", out, "--as-of", "2026-03-05", *options)
    return sum(path.read_text().count("~CLM*") for path in {*out.glob("*.837")} - before)


def claims(workspace: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("claims", workspace, "--json", "-").stdout)["claims"]
    return found


def states(workspace: Path) -> list[tuple[str, str]]:
    return [(claim["mode"], claim["state"]) for claim in claims(workspace)]


def whole(workspace: Path) -> bool:
    return run("ledger", "verify", workspace).exit_code == 0


def test_production_bills_what_a_test_billed_and_neither_bills_twice(tested: Path, out: Path) -> None:
    assert "*T*" in max(out.glob("*.837")).read_text()[:110]
    assert bill(tested, out) == 0

    in_mode(tested, "production")

    assert bill(tested, out) == 1
    assert "*P*" in max(out.glob("*.837")).read_text()[:110]
    assert bill(tested, out) == 0
    in_mode(tested, "test")
    assert bill(tested, out) == 0
    assert states(tested) == [("test", "written"), ("production", "written")]
    assert whole(tested)


def test_what_production_sent_first_is_in_no_test(workspace: Path, out: Path) -> None:
    assert bill(workspace, out) == 1

    in_mode(workspace, "test")

    assert bill(workspace, out) == 0
    assert states(workspace) == [("production", "written")]


def test_the_audit_counts_a_test_as_billed_for_tests_alone(tested: Path) -> None:
    assert "0 billable + 1 billed before" in run("audit", tested, "--as-of", "2026-03-05").stdout

    in_mode(tested, "production")

    assert "1 billable + 0 billed before" in run("audit", tested, "--as-of", "2026-03-05").stdout


def test_an_encounter_that_was_tested_and_changed_is_billed_in_production(tested: Path, out: Path) -> None:
    encounters = tested / "encounters.csv"
    encounters.write_text(encounters.read_text().replace("T10:45", "T11:00"))

    again = run("audit", tested, "--as-of", "2026-03-05").stdout
    in_mode(tested, "production")

    assert "PB805" in again
    assert bill(tested, out) == 1


def test_answers_to_a_test_are_posted_on_it_and_production_goes_on(tested: Path, out: Path) -> None:
    sent = newest(out)
    in_mode(tested, "production")
    bill(tested, out)

    group = post(tested, ack999(sent), "test.999")
    taken = post(tested, ack277(sent), "test.277")

    assert (group.settled, taken.settled) == (True, True)
    assert states(tested) == [("test", "accepted"), ("production", "written")]
    assert pay(tested, out).settled
    assert states(tested) == [("test", "accepted"), ("production", "paid")]
    assert whole(tested)


def test_a_rejected_test_does_not_stand_in_the_way_of_production(tested: Path, out: Path) -> None:
    take_in(tested, out, "A7:562:85")

    in_mode(tested, "production")

    assert "PB808" not in run("audit", tested, "--as-of", "2026-03-05").stdout
    assert bill(tested, out) == 1
    assert states(tested) == [("test", "rejected-payer"), ("production", "written")]


def test_a_test_is_answered_and_corrected_as_a_rehearsal_until_production(tested: Path, out: Path) -> None:
    take_in(tested, out)

    posted = pay(tested, out)

    assert (posted.matched, posted.settled) == (1, True)
    assert states(tested) == [("test", "paid")]
    assert run("void", tested, claims(tested)[0]["claim_id"], "--out", out, "--as-of", "2026-03-20").exit_code == 0
    assert "*T*" in max(out.glob("*.837")).read_text()[:110]
    assert states(tested) == [("test", "voided"), ("test", "written")]
    assert whole(tested)

    in_mode(tested, "production")

    assert bill(tested, out) == 1
    assert states(tested) == [("test", "voided"), ("test", "written"), ("production", "written")]
    assert whole(tested)


def test_money_for_a_test_is_reported(tested: Path, out: Path) -> None:
    (claim,) = claims(tested)
    sent = newest(out)
    in_earnest = remit(sent, [Decision(one, in_full) for one in sent.claims], "EFT1").replace("*0*T*:", "*0*P*:")

    posted = post(tested, in_earnest, "p.835")

    assert posted.problems == [
        (
            f"{claim['claim_id']} went to the payer in a test file, and the remittance is of production (ISA15 is P): "
            "ask the payer whether it took the test for claims; what it paid for a test is to be returned"
        )
    ]
    assert states(tested) == [("test", "paid")]


@pytest.mark.parametrize(("before", "now"), [("test", "production"), ("production", "test")])
@pytest.mark.parametrize("words", [("void", "--dry-run"), ("replace", "--unchanged", "--dry-run")])
def test_a_correction_is_sent_in_the_mode_of_its_claim(
    workspace: Path, out: Path, words: tuple[str, ...], before: str, now: str
) -> None:
    assert bill(in_mode(workspace, before), out) == 1
    pay(workspace, out)
    (claim,) = claims(workspace)
    command, *options = words
    assert run(command, workspace, claim["claim_id"], *options).exit_code == 0
    kept = held(workspace)

    result = run(command, in_mode(workspace, now), claim["claim_id"], *options)

    assert result.exit_code == 1
    assert f"it was sent in a {before} file, and its payer is sent {now} files now" in result.stderr
    assert held(workspace) == kept


def test_tests_are_shown_and_in_no_sum(tested: Path, out: Path) -> None:
    listed = run("claims", tested).stdout.splitlines()

    assert listed[1].split()[1:8] == ["horizon", "M1", "2026-03-02", "48.00", "0.00", "written", "(test)"]
    assert listed[3:] == [
        "0 claims: $0.00 charged, $0.00 paid",
        "1 claim was a test, in no sum",
    ]

    in_mode(tested, "production")
    bill(tested, out)

    assert run("claims", tested).stdout.splitlines()[4:] == [
        "1 claim written: $48.00 charged, $0.00 paid",
        "1 claim: $48.00 charged, $0.00 paid",
        "1 claim was a test, in no sum",
    ]
    assert [row.split(",")[-5] for row in run("claims", tested, "--csv", "-").stdout.splitlines()[1:]] == [
        "test",
        "production",
    ]


def test_the_work_list_has_test_claims_while_their_payer_is_sent_tests(tested: Path) -> None:
    def listed() -> tuple[list[tuple[list[str], bool, str]], str]:
        todo = json.loads(run("todo", tested, "--kind", "unanswered", "--as-of", "2026-05-05", "--json", "-").stdout)
        return [(item["claim_ids"], item["test"], item["amount"]) for item in todo["items"]], todo["amount"]

    assert listed() == ([([claims(tested)[0]["claim_id"]], True, "48.00")], "0.00")

    in_mode(tested, "production")

    assert listed() == ([], "0.00")


def test_a_claim_of_production_stays_in_the_sums_when_its_payer_is_tested_again(workspace: Path, out: Path) -> None:
    def listed() -> tuple[list[tuple[bool, str]], str]:
        todo = json.loads(run("todo", workspace, "--kind", "unanswered", "--as-of", "2026-05-05", "--json", "-").stdout)
        return [(item["test"], item["amount"]) for item in todo["items"]], todo["amount"]

    assert bill(workspace, out) == 1
    assert listed() == ([(False, "48.00")], "48.00")

    in_mode(workspace, "test")

    assert listed() == ([(False, "48.00")], "48.00")
