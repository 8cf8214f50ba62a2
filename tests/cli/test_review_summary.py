"""`peerbill review summary`: what is to be repaid, to whom and by when, from the ledger and the ratings."""

import csv
import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from answering import newest
from click.testing import CliRunner, Result
from payer import Decision, ack999, denied, in_full, remit, reversal

from peerbill.cli import main

pytestmark = pytest.mark.usefixtures("on_both")

DAY = ("--as-of", "2026-03-10")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def workspace(workspace: Path) -> Path:
    """Return a workspace with E1 and E1b on one line, and E2 and E3 on lines and claims of their own."""
    encounters = workspace / "encounters.csv"
    header, first, _ = encounters.read_text().splitlines()
    rows = [
        first,
        first.replace("E1,", "E1b,").replace("T10:", "T13:"),
        *(first.replace("E1,", f"E{day},").replace("2026-03-02", f"2026-03-0{day + 1}") for day in (2, 3)),
    ]
    encounters.write_text("\n".join([header, *rows, ""]))
    assert run("bill", workspace, "--out", workspace.parent / "out", *DAY).exit_code == 0
    return workspace


def pay(workspace: Path, control: int = 1, **how: Any) -> None:
    """Post an 835 for what was billed: in full, unless `how` says otherwise."""
    sent = newest(workspace.parent / "out")
    answer = workspace.parent / f"{control}.835"
    answer.write_text(remit(sent, [Decision(one, **how) for one in sent.claims], f"EFT{control}", control=control))
    assert run("post", workspace, answer).exit_code == 0


def rate(workspace: Path, ratings: Mapping[str, tuple[str, str]], requirement: str = "payment") -> None:
    """Record the ratings of a requirement by encounter."""
    form = workspace.parent / "form.csv"
    form.unlink(missing_ok=True)
    assert run("review", "checklist", workspace, *ratings, "--out", form, *DAY).exit_code == 0
    with form.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["requirement"] == requirement:
            row["rating"], row["reason"] = ratings[row["encounter_id"]]
    with form.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    result = run("review", "record", workspace, form, "--reviewer", "R1")
    assert result.exit_code == 0, result.output


def summary(workspace: Path, *options: object, code: int = 1) -> dict[str, Any]:
    result = run("review", "summary", workspace, "--json", "-", *options)
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def today() -> dt.date:
    """Return the day that the ledger's clock gives the entries of this test, in the agency's time zone."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    return dt.datetime.now(ZoneInfo("America/New_York")).date()


def claims(workspace: Path) -> dict[str, str]:
    """Return the claim of each encounter."""
    found = json.loads(run("claims", workspace, "--json", "-").stdout)["claims"]
    return {id_: one["claim_id"] for one in found for line in one["lines"] for id_ in line["encounter_ids"]}


def test_what_is_not_supported_is_to_be_repaid_within_60_days(workspace: Path) -> None:
    pay(workspace)
    rate(workspace, {"E2": ("not met", "the note is of another day"), "E3": ("met", "")})
    claim = claims(workspace)["E2"]
    found = summary(workspace)
    deadline = (today() + dt.timedelta(days=60)).isoformat()

    assert found["repayments"] == [
        {
            "payer": "horizon",
            "claim_id": claim,
            "line": found["repayments"][0]["line"],
            "encounter_ids": ["E2"],
            "others": [],
            "amount": "48.00",
            "identified_on": today().isoformat(),
            "deadline": deadline,
            "is_late": False,
            "why": "payment not met (R1): the note is of another day",
            "do": found["repayments"][0]["do"],
        }
    ]
    assert claim in found["repayments"][0]["do"]
    assert found["payers"] == [{"payer": "horizon", "amount": "48.00", "at_most": "0.00", "deadline": deadline}]
    assert found["outcomes"] == {
        "supported": 1, "not supported": 1, "self-corrected": 0, "not applicable": 0, "advice": 0, "open": 0,
    }  # fmt: skip
    (asked,) = found["requirements"]
    assert (asked["requirement"], asked["ratings"]["met"], asked["ratings"]["not met"]) == ("payment", 1, 1)
    assert [one["status"] for one in found["citations"]] == ["secondary", "secondary"]


def unsupported(workspace: Path) -> list[dict[str, Any]]:
    """Return what `todo` lists of the review."""
    found = json.loads(run("todo", workspace, "--json", "-", *DAY).stdout)
    return [item for item in found["items"] if item["kind"] == "unsupported"]


def test_what_is_to_be_repaid_is_on_the_work_list_until_the_claim_is_dealt_with(workspace: Path) -> None:
    pay(workspace)
    rate(workspace, {"E1": ("not met", "no session"), "E2": ("not met", "another day"), "E3": ("met", "")})
    claim = claims(workspace)
    deadline = today() + dt.timedelta(days=60)
    (item,) = unsupported(workspace)

    assert (item["what"], item["payer"], item["amount"], item["deadline"]) == (
        "2 paid lines that a review found not supported; 1 line of them with other encounters: at most what was paid",
        "horizon",
        "144.00",
        deadline.isoformat(),
    )
    assert item["do"] == (
        "Void or replace the claims as peerbill review summary DIR says for each, and report and return the "
        f"overpayment by {deadline}: it was identified on {today()}."
    )
    assert (item["encounter_ids"], item["claim_ids"]) == (["E1", "E2"], sorted({claim["E1"], claim["E2"]}))

    assert run("void", workspace, claim["E2"], "--out", workspace.parent / "out", *DAY).exit_code == 0
    rate(workspace, {"E1": ("met", "found in the paper file")})
    assert unsupported(workspace) == []


def test_the_day_after_the_deadline_is_late(workspace: Path) -> None:
    pay(workspace)
    rate(workspace, {"E2": ("no note", "")})
    last = today() + dt.timedelta(days=60)

    def is_late(day: dt.date) -> bool:
        (one,) = summary(workspace, "--as-of", day)["repayments"]
        return bool(one["is_late"])

    assert (is_late(last), is_late(last + dt.timedelta(days=1))) == (False, True)
    assert "(passed)" in run("review", "summary", workspace, "--as-of", last + dt.timedelta(days=1)).stdout


def test_a_line_that_is_shared_is_at_most_repaid(workspace: Path) -> None:
    pay(workspace)
    rate(workspace, {"E1": ("not met", "no note")})
    (one,) = summary(workspace)["repayments"]
    printed = run("review", "summary", workspace, "--sources").stdout
    assert "Ratings under NJ/sud:\n" in printed
    assert max(map(len, printed.split("to be repaid")[0].splitlines())) <= 80

    assert (one["encounter_ids"], one["others"], one["amount"]) == (["E1"], ["E1b"], "96.00")
    assert "peerbill replace DIR" in one["do"]
    assert summary(workspace)["payers"][0]["amount"] == "0.00"
    assert summary(workspace)["payers"][0]["at_most"] == "96.00"
    assert "at most $96.00" in printed
    assert "Source: 42 CFR 401.305" in printed

    rate(workspace, {"E1b": ("not met", "no note")})
    (one,) = summary(workspace)["repayments"]
    assert (one["encounter_ids"], one["others"]) == (["E1", "E1b"], [])


def test_what_was_repaid_before_notice_is_never_repaid_again(workspace: Path) -> None:
    pay(workspace)
    rate(workspace, {"E2": ("repaid before notice", "voided on 2026-03-20")})
    found = summary(workspace, code=0)

    assert (found["repayments"], found["payers"]) == ([], [])
    assert found["self_corrected"] == [
        {
            "encounter_id": "E2",
            "reason": "voided on 2026-03-20",
            "reviewer": "R1",
            "claim_ids": [claims(workspace)["E2"]],
            "paid": "48.00",
        }
    ]
    assert "the ledger shows $48.00 until the payer's answer is posted" in run("review", "summary", workspace).stdout


@pytest.mark.parametrize("how", [None, denied])
def test_what_is_not_paid_is_not_repaid(workspace: Path, how: Any) -> None:
    if how is not None:
        pay(workspace, pay=how)
    rate(workspace, {"E2": ("not met", "no note")})
    found = summary(workspace, code=0)

    assert (found["repayments"], found["not_paid"]) == ([], ["E2"])
    assert "Not supported, and nothing is paid: E2." in run("review", "summary", workspace).stdout


def test_what_the_payer_took_back_is_not_repaid(workspace: Path) -> None:
    pay(workspace)
    rate(workspace, {"E2": ("not met", "no note")})
    sent = newest(workspace.parent / "out")
    answer = workspace.parent / "2.835"
    answer.write_text(remit(sent, [reversal(one) for one in sent.claims], "EFT2", control=2))
    run("post", workspace, answer)

    assert summary(workspace, code=0)["not_paid"] == ["E2"]


def test_a_claim_that_is_being_voided_is_dealt_with_unless_the_void_is_rejected(workspace: Path) -> None:
    pay(workspace)
    rate(workspace, {"E2": ("not met", "no note"), "E3": ("not met", "no note")})
    before = summary(workspace)["repayments"]
    claim_id = before[0]["claim_id"]
    voided = run("void", workspace, claim_id, "--out", workspace.parent / "out", *DAY)
    assert voided.exit_code == 0, voided.output
    rest = [one for one in before if one["claim_id"] != claim_id]
    sent = summary(workspace, code=1 if rest else 0)["repayments"]
    void = newest(workspace.parent / "out")
    answer = workspace.parent / "void.999"
    answer.write_text(ack999(void, {one.set_number for one in void.claims}))
    run("post", workspace, answer)

    assert sent == rest
    assert summary(workspace)["repayments"] == before


def test_a_rating_without_a_conclusion_is_open(workspace: Path) -> None:
    pay(workspace)
    rate(workspace, {"E3": ("met", "")}, "unit")
    found = summary(workspace, code=0)

    assert (found["open"], found["outcomes"]["open"]) == (["E3"], 1)
    assert "No conclusion yet: 1 encounter: E3. Rate the payment." in run("review", "summary", workspace).stdout


def test_what_todo_found_held_before_counts_from_that_day(workspace: Path) -> None:
    pay(workspace)
    credentials = workspace / "credentials.csv"
    kept = credentials.read_text()
    credentials.write_text(kept.replace("2027-12-31", "2026-02-28"))
    run("todo", workspace, "--as-of", "2026-05-04")
    credentials.write_text(kept)
    rate(workspace, {"E2": ("not met", "certificate")})
    (one,) = summary(workspace)["repayments"]

    assert (one["identified_on"], one["deadline"], one["is_late"]) == ("2026-05-04", "2026-07-03", True)


def test_without_a_review_there_is_nothing(workspace: Path) -> None:
    pay(workspace, pay=in_full)
    found = summary(workspace, code=0)

    assert (found["encounters"], found["repayments"], found["requirements"]) == (0, [], [])
    assert "Reviewed 0 encounters: none" in run("review", "summary", workspace).stdout


def test_the_ratings_of_a_sample_are_extrapolated(workspace: Path) -> None:
    pay(workspace)
    drawn = workspace.parent / "sample"
    sampled = run("sample", workspace, "--out", drawn, "--size", 3, "--seed", "A1")
    assert sampled.exit_code == 0, sampled.output
    rate(workspace, {"E1": ("no note", ""), "E2": ("not met", "another day"), "E3": ("met", "")})
    half = run("review", "decisions", workspace, drawn / "plan.json", "--out", workspace.parent / "half.csv")
    rate(workspace, {"E1b": ("no note", "")})
    whole = run("review", "decisions", workspace, drawn / "plan.json", "--out", workspace.parent / "whole.csv")
    with (workspace.parent / "whole.csv").open(newline="") as file:
        rows = {
            row["amount"] + row["decision"]: (row["correct_amount"], row["reviewer"]) for row in csv.DictReader(file)
        }
    result = run("extrapolate", drawn / "plan.json", workspace.parent / "whole.csv")
    again = run("review", "decisions", workspace, drawn / "plan.json", "--out", workspace.parent / "whole.csv")

    assert (half.exit_code, "2 rows decided, 1 row left blank for a person" in half.stdout) == (1, True)
    assert (whole.exit_code, "3 rows decided\n" in whole.stdout) == (0, True)
    assert rows == {"96.00missing-record": ("", "R1"), "48.00overpaid": ("0.00", "R1"), "48.00allowed": ("", "R1")}
    assert result.exit_code == 0, result.output
    assert "Overpaid in all (difference estimator): $144.00" in result.stdout
    assert (again.exit_code, "is there: give a new name" in again.stderr) == (2, True)
