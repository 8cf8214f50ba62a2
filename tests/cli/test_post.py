import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from payer import Decision, SentFile, ack277, ack999, receive, reduced, remit

from peerbill.cli import main

pytestmark = pytest.mark.usefixtures("on_both")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def sent(workspace: Path, tmp_path: Path) -> SentFile:
    """Return what the payer receives of the workspace's one claim."""
    run("bill", workspace, "--out", tmp_path / "out", "--as-of", "2026-03-05")
    (path,) = (tmp_path / "out").glob("*.837")
    return receive(path.read_text())


def test_what_payers_answered_is_told_by_file(workspace: Path, tmp_path: Path, sent: SentFile) -> None:
    ack, paid = tmp_path / "a.999", tmp_path / "b.835"
    ack.write_text(ack999(sent))
    paid.write_text(remit(sent, [Decision(claim, reduced) for claim in sent.claims]))
    result = run("post", workspace, ack, paid, "--json", tmp_path / "posted.json")
    told = json.loads((tmp_path / "posted.json").read_text())

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{ack}: 999: 1 transaction, 1 matched, 0 unmatched",
        f"{paid}: 835: 1 transaction, 1 matched, 0 unmatched",
        "  EFT1 of 2026-04-20: $38.40 for 1 payment",
    ]
    assert result.stderr == ""
    empty: dict[str, object] = {"unmatched": [], "problems": [], "rejected": [], "notices": []}
    rest = {"provider_adjustments": [], "skipped": 0, "posted_at": ""}
    assert told["files"] == [
        {
            "path": str(path),
            "kind": kind,
            "transactions": 1,
            "matched": 1,
            "denied": 0,
            **empty,
            **rest,
            "remittances": remittances,
        }
        for path, kind, remittances in (
            (ack, "999", []),
            (paid, "835", ["EFT1 of 2026-04-20: $38.40 for 1 payment"]),
        )
    ]


def test_a_file_posted_before_is_told_and_is_no_failure(workspace: Path, tmp_path: Path, sent: SentFile) -> None:
    ack = tmp_path / "a.999"
    ack.write_text(ack999(sent))
    other = tmp_path / "b.277"
    other.write_text(ack277(sent))
    first = run("post", workspace, ack)
    second = run("post", workspace, ack)
    run("post", workspace, other)
    result = run("post", workspace, ack)

    shown, notice = second.stdout.splitlines()
    assert (second.exit_code, [shown]) == (0, first.stdout.splitlines())
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [f"{ack}: 999: 0 transactions, 0 matched, 0 unmatched", notice]
    assert notice.startswith("  Notice: the same file was posted as a.999 at ")


def test_what_was_rejected_or_fits_nothing_makes_the_exit_code_1(
    workspace: Path, tmp_path: Path, sent: SentFile
) -> None:
    rejected, strange = tmp_path / "r.277", tmp_path / "s.277"
    rejected.write_text(ack277(sent, lambda _: "A7:33"))
    strange.write_text(ack277(sent, control=2).replace("PBTEST00000001", "OTHER"))

    first = run("post", workspace, rejected, "--json", "-")
    second = run("post", workspace, strange)

    assert (first.exit_code, second.exit_code) == (1, 1)
    (told,) = json.loads(first.stdout)["files"]
    assert told["rejected"] == [
        {
            "claim_id": "PBTEST00000001",
            "state": "rejected-payer",
            "why": "A7 (information present but invalid), 33 (subscriber and member id not found)",
            "words": "",
        }
    ]
    assert "  Rejected: PBTEST00000001 is rejected-payer: A7 (" in first.stderr
    assert "  Unmatched: OTHER: no claim of this ledger has this number or this payer control number. " in second.stdout


def test_a_file_that_is_no_x12_keeps_every_file_from_being_posted(
    workspace: Path, tmp_path: Path, sent: SentFile
) -> None:
    ack, bad = tmp_path / "a.999", tmp_path / "bad.txt"
    ack.write_text(ack999(sent))
    bad.write_text("no X12")
    result = run("post", workspace, ack, bad)

    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"Error: {bad}: no transaction set in it. Give a whole X12 file, from ISA to IEA",
        "Error: Nothing was posted",
    ]
    assert run("post", workspace, ack).stdout.startswith(f"{ack}: 999: 1 transaction, 1 matched")


@pytest.mark.usefixtures("no_ledger")
def test_without_a_ledger_there_is_nothing_to_post_to(workspace: Path, tmp_path: Path) -> None:
    ack = tmp_path / "a.x12"
    ack.write_text(
        "ISA*00*          *00*          *ZZ*A              *ZZ*B              *260101*1200*^*00501*000000001"
        "*0*T*:~TA1*000000001*260101*1200*A*000~IEA*0*000000001~"
    )
    result = run("post", workspace, ack)

    assert result.exit_code == 2
    assert "there is no ledger at" in result.stderr
    assert not (workspace / "ledger.db").exists()
