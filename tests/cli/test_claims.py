import csv
import datetime as dt
import json
import re
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs
import click
import pytest
from click.testing import CliRunner, Result
from payer import Decision, Paid, SentLine, ack277, denied, receive, remit

from peerbill.cli import main
from peerbill.cli.claims import _print_aligned
from peerbill.documents.ledger_reports import claims_text
from peerbill.intake.workspace import workspace_settings
from peerbill.ledger.look.claims import claim_conditions, read_chosen
from peerbill.ledger.look.history import reading

pytestmark = pytest.mark.usefixtures("on_both")

CLAIM = "PBTEST00000001"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def billed(workspace: Path, tmp_path: Path) -> Path:
    """Return a workspace with one claim that the payer accepted and denied."""
    run("bill", workspace, "--out", tmp_path / "out", "--as-of", "2026-03-05")
    (path,) = (tmp_path / "out").glob("*.837")
    sent = receive(path.read_text())
    (tmp_path / "a.277").write_text(ack277(sent))
    (tmp_path / "b.835").write_text(remit(sent, [Decision(claim, denied) for claim in sent.claims]))
    assert run("post", workspace, tmp_path / "a.277", tmp_path / "b.835").exit_code == 0
    return workspace


def test_claims_are_listed_with_their_sums(billed: Path) -> None:
    result = run("claims", billed)

    assert result.exit_code == 0
    row = next(line for line in result.stdout.splitlines() if line.startswith(CLAIM))
    assert row.split()[1:7] == ["horizon", "M1", "2026-03-02", "48.00", "0.00", "denied"]
    assert result.stdout.splitlines()[-2:] == [
        "1 claim denied: $48.00 charged, $0.00 paid",
        "1 claim: $48.00 charged, $0.00 paid",
    ]


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--state", "denied"], 1),
        (["--state", "paid", "--state", "denied"], 1),
        (["--state", "paid"], 0),
        (["--payer", "horizon"], 1),
        (["--member", "M1", "--staff", "S1"], 1),
        (["--staff", "S2"], 0),
        (["--reason", "16"], 1),
        (["--reason", "N290"], 1),
        (["--reason", "A2"], 1),
        (["--reason", "18"], 0),
        (["--older-than", "30", "--as-of", "2199-01-01"], 1),
        (["--older-than", "30", "--as-of", "2020-01-01"], 0),
    ],
)
def test_each_option_chooses(billed: Path, options: list[str], count: int) -> None:
    result = run("claims", billed, *options)

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith(f"{count} claim")


def test_json_has_the_shape_of_the_contract(billed: Path) -> None:
    (claim,) = json.loads(run("claims", billed, "--json", "-").stdout)["claims"]

    assert {key: claim[key] for key in ("claim_id", "payer", "member_id", "state", "frequency", "charge", "paid")} == {
        "claim_id": CLAIM,
        "payer": "horizon",
        "member_id": "M1",
        "state": "denied",
        "frequency": "1",
        "charge": "48.00",
        "paid": "0.00",
    }
    assert (claim["payer_control_number"], claim["replaces"]) == ("ICN0000000001", None)
    (line,) = claim["lines"]
    assert {key: line[key] for key in ("line_id", "encounter_ids", "state", "charge", "paid")} == {
        "line_id": f"{CLAIM}-1",
        "encounter_ids": ["E1"],
        "state": "denied",
        "charge": "48.00",
        "paid": "0.00",
    }
    assert line["adjustments"] == [{"group": "CO", "reason": "16", "amount": "48.00"}]
    assert line["remarks"] == ["N290"]
    assert [(entry["event"], entry["file"]) for entry in claim["history"]][1:] == [
        ("accepted", "a.277"),
        ("denied", "b.835"),
    ]
    assert json.loads(run("claims", billed, CLAIM, "--json", "-").stdout)["claims"] == [claim]


def test_json_has_marks_of_direction_as_escapes(billed: Path) -> None:
    with reading(workspace_settings(billed).ledger_url, billed) as connection:
        assert connection is not None
        (claim,) = read_chosen(connection, claim_conditions())
    text = "".join(claims_text([attrs.evolve(claim, member_id="M\u202e1")]))

    assert "M\\u202e1" in text
    assert json.loads(text)["claims"][0]["member_id"] == "M\u202e1"


def test_csv_has_a_row_for_each_claim(billed: Path, tmp_path: Path) -> None:
    result = run("claims", billed, "--csv", tmp_path / "claims.csv")
    (row,) = csv.DictReader((tmp_path / "claims.csv").read_text(encoding="utf-8").splitlines())

    assert result.exit_code == 0
    assert (row["claim_id"], row["state"], row["charge"], row["first_day"]) == (CLAIM, "denied", "48.00", "2026-03-02")


def test_one_claim_is_told_from_encounter_to_money(billed: Path) -> None:
    result = run("claims", billed, CLAIM.lower())

    assert result.exit_code == 0
    for told in (
        f"{CLAIM}: denied, $0.00 paid of $48.00",
        "  original of 2026-03-02 for member M1 to horizon",
        "  the payer's number: ICN0000000001",
        f"{CLAIM}-1: CO 16 $48.00: claim lacks information or has an error: see the remark code; contractual",
        "    To do: Read the remark code; correct what it names and replace the claim.",
        f"{CLAIM}-1: N290: ",
        "Payment 2026-04-20 EFT1: $0.00 of $48.00, status 1 (processed as primary), in b.835",
        "History",
    ):
        assert told in result.stdout
    history = [line.split()[3] for line in result.stdout.partition("History\n")[2].splitlines()]
    assert history == ["written", "accepted", "denied"]
    assert re.search(r"E1 +2026-", result.stdout)
    assert "Lane" not in result.stdout
    assert "123456789012" not in result.stdout


@pytest.fixture
def remarked(workspace: Path, tmp_path: Path) -> Path:
    """Return a workspace with one claim of two lines, denied with remarks on the lines and on the claim."""
    encounters = workspace / "encounters.csv"
    text = encounters.read_text()
    more = text.splitlines()[1].replace("E1,", "E3,").replace("2026-03-02", "2026-03-03")
    encounters.write_text(f"{text}{more}\n")
    config = workspace / "peerbill.toml"
    config.write_text(config.read_text().replace('mode = "production"', 'mode = "production"\nclaim_span = "week"'))
    run("bill", workspace, "--out", tmp_path / "out", "--as-of", "2026-03-05")
    (path,) = (tmp_path / "out").glob("*.837")
    sent = receive(path.read_text())
    (claim,) = sent.claims

    def refuse(line: SentLine) -> Paid:
        own = ("N54", "N9999") if line is claim.lines[1] else ()
        return Paid(Decimal(0), (("CO", "16", line.charge),), ("N290", "N290", *own, "N211"))

    text = remit(sent, [Decision(claim, refuse, more="MOA***MA13*N211~")])
    (tmp_path / "b.835").write_text(text)
    assert run("post", workspace, tmp_path / "b.835").exit_code == 0
    return workspace


def test_each_remark_is_shown_once_with_its_meaning_and_its_lines(remarked: Path) -> None:
    result = run("claims", remarked, CLAIM)
    shown = [
        line for line in result.stdout.partition("History")[0].splitlines() if re.search(r": [MN]A?[0-9]+: ", line)
    ]

    assert shown == [
        "Every line: N290: rendering provider primary id missing or invalid",
        "Every line, the claim: N211: alert: you may not appeal",
        f"{CLAIM}-2: N54: claim does not match authorization",
        f"{CLAIM}-2: N9999: a remark not known here",
        "The claim: MA13: alert: do not bill the patient beyond PR",
    ]


def test_todo_and_the_history_show_each_remark_once(remarked: Path) -> None:
    todo = run("todo", remarked, "--kind", "denial", "--as-of", "2026-04-25").stdout
    codes_of = {
        place: re.findall(r"\b(?:M|MA|N)[0-9]+\b(?= |\))", text)
        for place, text in (
            ("history", run("claims", remarked, CLAIM).stdout.partition("History")[2]),
            ("todo", "".join(line for line in todo.splitlines() if "denied or cut" in line)),
        )
    }

    assert codes_of == {
        "history": ["MA13", "N211", "N290", "N54", "N9999"],
        "todo": ["MA13", "N211", "N290", "MA13", "N211", "N290", "N54", "N9999"],
    }


def test_a_claim_or_state_that_is_not_known_is_told_in_one_line_with_the_nearest(billed: Path) -> None:
    claim, state = run("claims", billed, "PBTEST00000002"), run("claims", billed, "--state", "payed")

    assert (claim.exit_code, state.exit_code) == (2, 2)
    assert claim.stderr == (f"Error: There is no claim PBTEST00000002 in the ledger. Did you mean {CLAIM}?\n")
    assert state.stderr.endswith("payed is no state of a claim. Did you mean paid? See: main claims --help\n")
    assert len(state.stderr.splitlines()) == 1


@pytest.mark.usefixtures("no_ledger")
def test_without_a_ledger_the_list_is_empty_and_none_is_made(workspace: Path) -> None:
    result = run("claims", workspace)

    assert (result.exit_code, result.stdout) == (0, "0 claims: $0.00 charged, $0.00 paid\n")
    assert json.loads(run("claims", workspace, "--json", "-").stdout) == {"claims": [], "schema": 1}
    assert run("claims", workspace, CLAIM).exit_code == 2
    assert not (workspace / "ledger.db").exists()


def test_a_long_list_is_cut_on_the_screen(billed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peerbill.cli.claims.MOST_SHOWN", 0)

    assert "and 1 more: choose some by an option, or write all with --csv or --json" in run("claims", billed).stdout


def test_times_on_the_screen_are_the_organisations(billed: Path) -> None:
    (claim,) = json.loads(run("claims", billed, "--json", "-").stdout)["claims"]
    at = dt.datetime.fromisoformat(claim["changed_at"])
    local = at.astimezone(ZoneInfo("America/New_York"))

    assert at.utcoffset() == dt.timedelta(0)
    assert f"  {local:%Y-%m-%d %H:%M %Z} denied by " in run("claims", billed, CLAIM).stdout
    assert run("claims", billed).stdout.splitlines()[1].endswith(f"  {local:%Y-%m-%d}")


def test_a_narrow_terminal_leaves_out_the_columns_that_matter_least(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    seen = []
    for columns in ("11", "10", "6"):
        monkeypatch.setenv("COLUMNS", columns)
        _print_aligned(("One", "Two", "Six"), [("a", "b", "c")], spare=("Six", "Two"))
        seen.append(click.unstyle(capsys.readouterr().out))

    # 13 columns are needed for all, 8 without the last, 3 without the last two.
    assert seen == ["One  Two\na    b\n"] * 2 + ["One\na\n"]
