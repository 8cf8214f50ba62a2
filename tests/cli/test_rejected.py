"""What was rejected is billed again once its claim says something else, or where that is asked for."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from answering import ledger_url, newest, pay, post, take_in
from click.testing import CliRunner, Result
from payer import Paid, SentLine, ack999, ta1

from peerbill.cli import main
from peerbill.ledger.store import tables
from peerbill.ledger.store.ledger import open_ledger

pytestmark = pytest.mark.usefixtures("on_both")

SAME = "it would say the same again"


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def bill(workspace: Path, out: Path, *options: str, day: str = "2026-03-05") -> int:
    """Bill, and return how many files were written."""
    before = len(list(out.glob("*.837")))
    run("bill", workspace, "--out", out, "--as-of", day, *options)
    return len(list(out.glob("*.837"))) - before


def audit(workspace: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("audit", workspace, "--as-of", "2026-03-05", "--json", "-").stdout)
    return found


def told(workspace: Path) -> list[tuple[str, str]]:
    """Return severity and message of what PB808 says of E1."""
    found = [one for one in audit(workspace)["findings"] if one["code"] == "PB808"]
    return [(one["severity"], one["message"]) for one in found]


def states(workspace: Path) -> list[str]:
    listed = json.loads(run("claims", workspace, "--json", "-").stdout)["claims"]
    return [claim["state"] for claim in listed]


def edit(workspace: Path, table: str, before: str, after: str) -> None:
    text = (workspace / table).read_text(encoding="utf-8")
    assert before in text
    (workspace / table).write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def rejected(workspace: Path, out: Path) -> Path:
    """Return a workspace whose claim the payer rejected."""
    assert bill(workspace, out) == 1
    take_in(workspace, out, "A7:164:IL")
    return workspace


def test_unchanged_it_is_held_and_says_why(rejected: Path, out: Path) -> None:
    result = run("bill", rejected, "--out", out, "--as-of", "2026-03-05", "--all")

    assert result.exit_code == 1
    assert "0 billable + 0 billed before + 2 held" in result.stdout
    assert SAME in result.stdout
    assert "peerbill bill --unchanged" in result.stdout
    assert len(list(out.glob("*.837"))) == 1
    assert [(severity, SAME in message) for severity, message in told(rejected)] == [("error", True)]
    assert audit(rejected)["input"]["held"] == 2


def test_unchanged_it_goes_where_that_is_asked_for(rejected: Path, out: Path) -> None:
    assert bill(rejected, out, "--unchanged") == 1
    assert states(rejected) == ["rejected-payer", "written"]
    assert bill(rejected, out, "--unchanged") == 0
    assert run("ledger", "verify", rejected).exit_code == 0


@pytest.mark.parametrize(
    ("table", "before", "after"),
    [
        ("encounters.csv", "T10:45", "T11:00"),
        ("encounters.csv", "F11.20", "F11.21"),
        ("members.csv", "1988-04-02", "1988-04-03"),
        ("members.csv", "Lane,Alex", "Lane,Alexa"),
        ("coverage.csv", "123456789012", "123456789013"),
        ("staff.csv", "1245319599", "1234567893"),
        ("peerbill.toml", "261QR0405X", "251S00000X"),
        ("peerbill.toml", "12 Water St", "13 Water St"),
        ("peerbill.toml", "EXAMPLE02", "EXAMPLE03"),
        ("peerbill.toml", "16.00", "17.00"),
    ],
)
def test_once_something_that_it_says_is_changed_it_goes(
    rejected: Path, out: Path, table: str, before: str, after: str
) -> None:
    edit(rejected, table, before, after)

    assert told(rejected) == []
    assert bill(rejected, out) == 1
    assert states(rejected) == ["rejected-payer", "written"]


@pytest.mark.parametrize(
    ("table", "before", "after"),
    [
        ("encounters.csv", "Made one call.", "Made two calls."),
        ("plans.csv", "stay housed", "stay home"),
        ("members.csv", "Ito,Mika", "Ito,Mikal"),
    ],
)
def test_a_change_that_the_payer_does_not_see_changes_nothing(
    rejected: Path, out: Path, table: str, before: str, after: str
) -> None:
    edit(rejected, table, before, after)

    assert bill(rejected, out) == 0
    assert [severity for severity, _ in told(rejected)] == ["error"]


@pytest.mark.parametrize(
    "answer", [lambda file: ta1(file, "R", "025"), lambda file: ack999(file, {one.set_number for one in file.claims})]
)
def test_the_rejection_of_a_file_holds_its_claims_until_the_settings_change(
    workspace: Path, out: Path, answer: Callable[[Any], str]
) -> None:
    bill(workspace, out)
    post(workspace, answer(newest(out)))
    assert bill(workspace, out) == 0

    edit(workspace, "peerbill.toml", "EXAMPLE02", "EXAMPLE03")

    assert bill(workspace, out) == 1


def test_rejected_twice_it_is_held_against_the_last_claim(rejected: Path, out: Path) -> None:
    edit(rejected, "members.csv", "Lane,Alex", "Lane,Alexa")
    bill(rejected, out)
    take_in(rejected, out, "A7:164:IL")

    assert bill(rejected, out) == 0
    edit(rejected, "members.csv", "Lane,Alexa", "Lane,Alex")
    assert bill(rejected, out) == 1


def test_where_what_a_claim_said_was_not_kept_the_audit_warns(rejected: Path, out: Path) -> None:
    with open_ledger(ledger_url(rejected), rejected).changing() as connection:
        connection.execute(sa.update(tables.claims).values(content=""))

    assert [severity for severity, _ in told(rejected)] == ["warning"]
    assert bill(rejected, out) == 1


def test_a_claim_to_the_next_payer_is_held_alike(workspace: Path, out: Path) -> None:
    settings = workspace / "peerbill.toml"
    second = settings.read_text().partition("[payers.horizon]")[2].replace("EXAMPLE0", "SECOND0")
    settings.write_text(f"{settings.read_text()}\n[payers.second]{second.partition('[ledger]')[0]}")
    coverage = workspace / "coverage.csv"
    coverage.write_text(coverage.read_text() + "M1,second,S22222222,2026-01-01,,2\n")

    def leaving(line: SentLine) -> Paid:
        return Paid(line.charge - 10, (("PR", "2", Decimal(10)),))

    bill(workspace, out)
    pay(workspace, out, leaving)
    assert bill(workspace, out, day="2026-05-01") == 1
    take_in(workspace, out, "A7:164:IL")

    result = run("bill", workspace, "--out", out, "--as-of", "2026-05-01")

    assert states(workspace) == ["paid", "rejected-payer"]
    assert "would say the same again" in result.stderr
    assert bill(workspace, out, "--unchanged", day="2026-05-01") == 1
    take_in(workspace, out, "A7:164:IL")
    edit(workspace, "coverage.csv", "S22222222", "S33333333")
    assert bill(workspace, out, day="2026-05-01") == 1
