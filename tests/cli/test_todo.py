"""`peerbill todo` over a workspace that bills and is answered."""

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from answering import newest, pay, post, take_in
from click.testing import CliRunner, Result
from filelock import FileLock
from payer import Decision, ack999, denied, remit

from peerbill.cli import main
from peerbill.ledger.look.history import reading
from peerbill.ledger.store import tables
from peerbill.ledger.verify import verify

URL = "sqlite:///ledger.db"


def peerbill(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def todo(folder: Path, day: str = "2026-03-05") -> list[dict[str, Any]]:
    """Return the items, without what is ready to bill, plans that lapse in December and citations."""
    result = peerbill("todo", str(folder), "--as-of", day, "--json", "-")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert result.exit_code < 2, result.stderr
    report = json.loads(result.stdout)
    assert result.exit_code == (1 if report["items"] else 0), result.stderr
    assert report["as_of"] == day
    listed = [item for item in report["items"] if item["kind"] != "ready"]
    return [{key: value for key, value in item.items() if key != "citations"} for item in listed]


def item(kind: str, what: str, do: str, **more: Any) -> dict[str, Any]:
    ids = {f"{name}_ids": more.get(f"{name}_ids", []) for name in ("claim", "encounter", "member", "staff")}
    amount = more.get("amount", "0.00")
    return {
        "kind": kind,
        "deadline": more.get("deadline"),
        "amount": amount,
        "payer": more.get("payer", ""),
        "what": what,
        "do": do,
        **ids,
        "item": more.get("item", ""),
        "test": more.get("test", False),
    }


@pytest.fixture
def covered(workspace: Path) -> Path:
    """Return a workspace of two encounters that can both be billed."""
    coverage = workspace / "coverage.csv"
    coverage.write_text(coverage.read_text() + "M2,horizon,210987654321,2026-01-01,,1\n")
    return workspace


def bill(folder: Path, out: Path, day: str = "2026-03-05") -> None:
    assert peerbill("bill", str(folder), "--out", str(out), "--as-of", day).exit_code == 0


def events(folder: Path) -> list[tuple[str, str, str]]:
    with reading(URL, folder) as connection:
        assert connection is not None
        trail = tables.events.c
        query = sa.select(trail.claim_id, trail.event, trail.state).where(trail.event.like("overpayment%"))
        return [tuple(row) for row in connection.execute(query.order_by(trail.number))]


def overpayments(folder: Path) -> list[tuple[str, str, str, str]]:
    with reading(URL, folder) as connection:
        assert connection is not None
        return [tuple(row) for row in connection.execute(sa.select(tables.overpayments))]


def test_a_held_encounter_leaves_the_list_once_its_cause_is_gone(workspace: Path) -> None:
    before = todo(workspace)
    assert [(one["kind"], one["encounter_ids"]) for one in before] == [("held", ["E2"])]
    assert before[0]["what"].startswith("1 encounter held by PB402 (coverage")
    coverage = workspace / "coverage.csv"
    coverage.write_text(coverage.read_text() + "M2,horizon,210987654321,2026-01-01,,1\n")

    assert todo(workspace) == []
    assert not (workspace / "ledger.db").exists()


def test_what_can_be_billed_is_on_the_list_until_it_was(covered: Path, tmp_path: Path) -> None:
    def ready() -> list[tuple[str, str, list[str], str | None]]:
        report = json.loads(peerbill("todo", str(covered), "--as-of", "2026-03-05", "--json", "-").stdout)
        keys = ("what", "amount", "encounter_ids", "deadline")
        return [tuple(item[key] for key in keys) for item in report["items"] if item["kind"] == "ready"]

    (before,) = ready()
    bill(covered, tmp_path / "out")

    assert before[:3] == ("2 encounters can be billed now, the oldest of 2026-03-02", "96.00", ["E1", "E2"])
    assert before[3] is not None
    assert ready() == []


def test_a_row_deleted_after_it_was_billed_is_on_the_list_until_it_is_back(covered: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bill(covered, out)
    encounters = covered / "encounters.csv"
    whole = encounters.read_text()
    encounters.write_text("\n".join(line for line in whole.splitlines() if not line.startswith("E2")) + "\n")
    (sent,) = todo(covered)
    pay(covered, out)
    (paid,) = todo(covered, "2026-04-21")
    encounters.write_text(whole)

    assert (sent["kind"], sent["encounter_ids"], sent["amount"]) == ("deleted", ["E2"], "48.00")
    assert sent["what"] == "1 encounter on 1 claim not in encounters any more"
    assert paid["what"] == "1 encounter on 1 claim that was paid not in encounters any more"
    assert "return what was paid" in paid["do"]
    assert todo(covered, "2026-04-21") == []


def test_a_charge_that_was_changed_since_is_told_without_money_at_stake(covered: Path, tmp_path: Path) -> None:
    settings = covered / "peerbill.toml"
    bill(covered, tmp_path / "out")
    before = settings.read_text()
    settings.write_text(before.replace('"H0038:HF" = "16.00"', '"H0038:HF" = "18.00"'))
    (changed,) = todo(covered)
    dated = '\n[[payers.horizon.charge]]\nhcpcs = "H0038:HF"\namount = "16.00"\nfrom = 2026-01-01\nto = 2026-03-31\n'
    settings.write_text(settings.read_text() + dated)

    assert (changed["kind"], changed["encounter_ids"], changed["amount"]) == ("charge", ["E1", "E2"], "0.00")
    assert changed["what"] == (
        "2 encounters of H0038:HF billed at $16.00 a unit, now $18.00 on their days: $12.00 less was billed"
    )
    assert todo(covered) == []


def test_items_are_chosen_by_payer_staff_and_kind(workspace: Path, tmp_path: Path) -> None:
    def chosen(*options: str) -> list[str]:
        result = peerbill("todo", str(workspace), "--as-of", "2026-03-05", "--json", "-", *options)
        return [item["kind"] for item in json.loads(result.stdout)["items"]]

    assert chosen() == ["held", "ready"]
    assert chosen("--kind", "ready") == ["ready"]
    assert chosen("--kind", "ready", "--kind", "held") == ["held", "ready"]
    assert chosen("--payer", "horizon") == ["held", "ready"]
    assert chosen("--staff", "S1") == ["held", "ready"]
    assert chosen("--staff", "S2") == []
    peerbill("bill", str(workspace), "--out", str(tmp_path / "out"), "--as-of", "2026-03-05")
    take_in(workspace, tmp_path / "out", "A7:562")
    assert chosen("--staff", "S1", "--kind", "rejection") == ["rejection"]
    assert peerbill("todo", str(workspace), "--kind", "unknown").exit_code == 2


@pytest.mark.parametrize("command", ["todo", "claims"])
def test_a_payer_that_is_not_known_is_refused(workspace: Path, command: str) -> None:
    result = peerbill(command, str(workspace), "--payer", "horizn")

    assert (result.exit_code, result.stderr.partition(" See")[0]) == (
        2,
        "Error: --payer horizn: peerbill.toml has no such payer. There are: horizon.",
    )


def test_staff_that_are_not_known_are_refused_where_nothing_is_theirs(workspace: Path) -> None:
    result = peerbill("todo", str(workspace), "--staff", "S7")

    assert (result.exit_code, result.stderr.partition(" See")[0]) == (2, "Error: S7 is no staff_id of staff.")


def test_brief_gives_ten_lines_and_how_many_there_are(workspace: Path) -> None:
    result = peerbill("todo", str(workspace), "--as-of", "2026-03-05", "--brief")
    lines = result.stdout.splitlines()

    assert result.exit_code == 1
    assert len(lines) == 3
    assert " 1 encounter held by PB402 " in lines[0]
    assert lines[1].endswith(": 1 encounter can be billed now, the oldest of 2026-03-02")
    assert lines[2] == "As of 2026-03-05: 2 things to do, $96.00 at stake"


def test_a_row_that_cannot_be_read_is_on_the_list(covered: Path) -> None:
    encounters = covered / "encounters.csv"
    encounters.write_text(encounters.read_text().replace("2026-03-02T13:00", "3/2/2026 13:00"))

    (one,) = todo(covered)
    assert (one["kind"], one["encounter_ids"], one["deadline"], one["amount"]) == ("held", ["E2"], None, "0.00")


def test_a_rejection_leaves_the_list_once_billed_again(covered: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bill(covered, out)
    assert todo(covered) == []
    take_in(covered, out, "A7:562")

    (one,) = todo(covered)
    assert (one["kind"], one["payer"], one["amount"]) == ("rejection", "horizon", "96.00")
    assert one["what"].startswith("2 claims rejected by the payer (277CA): A7")
    assert (one["claim_ids"], one["encounter_ids"]) == (["PBTEST00000001", "PBTEST00000002"], ["E1", "E2"])
    assert one["do"] == "Change what it names, then run bill: a claim that says something else is a new one."
    assert one["deadline"] is not None

    assert peerbill("bill", str(covered), "--out", str(out), "--as-of", "2026-03-06", "--unchanged").exit_code == 0
    assert todo(covered, "2026-03-06") == []


def test_denials_are_told_by_reason_with_the_usual_remedy(covered: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bill(covered, out)
    pay(covered, out, denied)

    (one,) = todo(covered, "2026-03-20")
    assert (one["kind"], one["payer"], one["amount"]) == ("denial", "horizon", "96.00")
    assert one["what"] == (
        "2 claims denied or cut: CO 16 claim lacks information or has an error: see the remark code; N290 rendering "
        "provider primary id missing or invalid"
    )
    assert one["do"].startswith("Usual remedy: Read the remark code; correct what it names and replace the claim.")
    assert one["claim_ids"] == ["PBTEST00000001", "PBTEST00000002"]


def test_a_denial_leaves_the_list_once_released_and_billed_again(covered: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bill(covered, out)
    pay(covered, out, denied)

    peerbill("rebill", str(covered), "PBTEST00000001")
    assert [(one["kind"], one["amount"]) for one in todo(covered, "2026-03-20") if one["kind"] == "denial"] == [
        ("denial", "96.00")
    ]
    bill(covered, out, "2026-03-06")
    (one,) = [one for one in todo(covered, "2026-03-20") if one["kind"] == "denial"]
    assert (one["claim_ids"], one["amount"]) == (["PBTEST00000002"], "48.00")


def test_what_is_paid_in_full_is_off_the_list(covered: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bill(covered, out)
    assert [one["kind"] for one in todo(covered, "2026-04-05")] == ["unanswered"]
    pay(covered, out)

    assert todo(covered, "2026-04-05") == []


def test_claims_are_asked_about_after_the_payers_days(covered: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bill(covered, out)  # on 2026-03-05: 30 days are over after 2026-04-04
    assert todo(covered, "2026-04-04") == []

    (one,) = todo(covered, "2026-04-05")
    assert one == item(
        "unanswered",
        "2 claims not decided more than 30 days after sending, and nothing was answered at all",
        "Ask the payer for the status, and for the remittance if they were paid; what it does not have on file, "
        "peerbill withdraw frees to be billed again.",
        deadline=one["deadline"],
        amount="96.00",
        payer="horizon",
        claim_ids=["PBTEST00000001", "PBTEST00000002"],
    )
    settings = covered / "peerbill.toml"
    settings.write_text(settings.read_text() + "answer_days = 45\n")
    assert todo(covered, "2026-04-19") == []
    assert [one["what"].split(",")[0] for one in todo(covered, "2026-04-20")] == [
        "2 claims not decided more than 45 days after sending"
    ]


def test_a_file_is_missed_by_a_receiver_that_acknowledges(covered: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    encounters = covered / "encounters.csv"
    both = encounters.read_text()
    encounters.write_text("".join(both.splitlines(keepends=True)[:2]))
    bill(covered, out)
    post(covered, ack999(newest(out)), "one.999")
    encounters.write_text(both)
    bill(covered, out, "2026-03-06")  # a Friday: two business days end on Tuesday 2026-03-10

    assert todo(covered, "2026-03-10") == []
    (one,) = todo(covered, "2026-03-11")
    assert (one["kind"], one["claim_ids"], one["amount"]) == ("unanswered", ["PBTEST00000002"], "48.00")
    assert one["what"].endswith(".837 without a 999 or TA1 2 business days after sending")


def test_the_clock_of_an_overpayment_starts_at_the_first_run_and_stays(covered: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bill(covered, out)
    pay(covered, out)
    credentials = covered / "credentials.csv"
    good = credentials.read_text()
    credentials.write_text(good.replace("2027-12-31", "2026-02-28"))

    (one,) = todo(covered, "2026-03-20")
    assert (one["kind"], one["deadline"], one["amount"], one["payer"]) == (
        "overpayment", "2026-05-19", "96.00", "horizon",
    )  # fmt: skip
    assert (one["claim_ids"], one["encounter_ids"]) == (["PBTEST00000001", "PBTEST00000002"], ["E1", "E2"])
    assert one["what"] == (
        "2 paid encounters held by PB303 (credentials.expires_on): CPRS of S1 expired on 2026-02-28, before the service"
    )
    rows = [(id_, claim, "2026-03-20", "PB303") for id_, claim in (("E1", "PBTEST00000001"), ("E2", "PBTEST00000002"))]
    assert overpayments(covered) == rows

    assert [one["deadline"] for one in todo(covered, "2026-04-20")] == ["2026-05-19"]
    assert overpayments(covered) == rows
    identified = [(claim, "overpayment-identified", "paid") for _, claim, *_ in rows]
    assert events(covered) == identified

    # Rows that left the workspace are kept in mind.
    encounters = covered / "encounters.csv"
    both = encounters.read_text()
    encounters.write_text("".join(both.splitlines(keepends=True)[:2]))
    assert [(one["deadline"], one["encounter_ids"]) for one in todo(covered, "2026-04-20")] == [
        ("2026-05-19", ["E1"]),
        ("2026-05-19", ["E2"]),
    ]
    encounters.write_text(both)

    credentials.write_text(good)
    assert todo(covered, "2026-04-21") == []
    assert overpayments(covered) == []
    assert events(covered) == [*identified, *((claim, "overpayment-cleared", "paid") for _, claim, *_ in rows)]
    with reading(URL, covered) as connection:
        assert connection is not None
        assert verify(connection).problems == ()


def test_a_change_since_the_payment_asks_for_a_replacement(covered: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bill(covered, out)
    pay(covered, out)
    encounters = covered / "encounters.csv"
    encounters.write_text(encounters.read_text().replace("2026-03-02T10:45", "2026-03-02T10:30", 1))

    (one,) = todo(covered, "2026-03-20")
    assert (one["kind"], one["encounter_ids"], one["amount"]) == ("overpayment", ["E1"], "48.00")
    assert one["what"] == "1 paid encounter held by PB805 (encounters.encounter_id): changed since it was billed"


def test_a_ledger_that_is_in_use_is_told_and_the_items_are_shown(
    covered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    bill(covered, out)
    pay(covered, out)
    credentials = covered / "credentials.csv"
    credentials.write_text(credentials.read_text().replace("2027-12-31", "2026-02-28"))
    monkeypatch.setattr("peerbill.ledger.look.worklist.keep_overpayments.__defaults__", (0.0,))
    with FileLock(covered / "ledger.db.lock"):
        result = peerbill("todo", str(covered), "--as-of", "2026-03-20")

    assert result.exit_code == 1
    assert "Notice: since when paid encounters are held was not recorded; run todo again: " in result.stderr
    assert "Paid, and held by an audit since: 1 item, $96.00\n" in result.stdout
    assert overpayments(covered) == []


def test_balances_that_are_carried_forward_are_told_until_they_are_taken(covered: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bill(covered, out)
    file = newest(out)
    post(covered, remit(file, [Decision(one) for one in file.claims], plb=[("FB", "X1", Decimal(-20))]), "1.835")
    (one,) = todo(covered, "2026-03-20")
    assert (one["kind"], one["amount"], one["deadline"]) == ("balance", "20.00", None)
    assert one["what"].endswith(
        " has $20.00 to take back from coming payments (PLB FB balance carried to a later remittance)"
    )

    post(covered, remit(file, [], "EFT2", plb=[("FB", "X1", Decimal(20))], control=2), "2.835")
    assert todo(covered, "2026-03-20") == []


def test_the_page_names_thirty_ids_and_ends_with_a_total(workspace: Path) -> None:
    result = peerbill("todo", str(workspace), "--as-of", "2026-03-05")

    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "Held encounters: 1 item, $48.00"
    assert "    Encounters: E2" in lines
    assert lines[-1] == "As of 2026-03-05: 2 things to do, $96.00 at stake"


def test_csv_has_a_row_for_each_item(workspace: Path) -> None:
    result = peerbill("todo", str(workspace), "--as-of", "2026-03-05", "--csv", "-")
    header, held, ready = csv.reader(result.stdout.splitlines())

    assert header[:4] == ["kind", "deadline", "amount", "payer"]
    assert header[-1] == "test"
    assert [(row[0], row[2], row[7]) for row in (held, ready)] == [("held", "48.00", "E2"), ("ready", "48.00", "E1")]


def test_what_cannot_be_used_is_told(workspace: Path) -> None:
    assert peerbill("todo", str(workspace), "--json", "-", "--csv", "-").exit_code == 2
    (workspace / "staff.csv").unlink()
    result = peerbill("todo", str(workspace))
    assert (result.exit_code, result.stdout) == (2, "")


def test_what_only_raises_a_question_is_not_shown_as_a_source(covered: Path, tmp_path: Path) -> None:
    (covered / "policies" / "open.toml").write_text(
        'state = "NJ"\n[source.manual]\ntitle = "Manual"\n[[sud.service.individual]]\nunknown = ["hcpcs"]\n'
        'source = "manual p. 2"\n[[sud.population]]\nage = "99+"\nsource = "manual p. 1"\n'
    )
    file = tmp_path / "todo.csv"
    assert "Source: " not in peerbill("todo", str(covered), "--as-of", "2026-03-05").stdout
    result = peerbill("todo", str(covered), "--as-of", "2026-03-05", "--sources", "--csv", str(file))
    beneath = {line.strip() for line in result.stdout.splitlines() if line.endswith("[agency]")}
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    cells = {row["citations"] for row in rows if row["kind"] == "held"}

    assert beneath == {"Why asked: Manual, p. 2 [agency]", "Source: Manual, p. 1 [agency]"}
    assert cells == {"Why asked: Manual, p. 2 [agency]", "Manual, p. 1 [agency]"}
