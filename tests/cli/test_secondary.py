"""Claims to the second payer after the first one changed its answer, or after its own claim was corrected."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from answering import newest, pay, post, take_back
from click.testing import CliRunner, Result
from payer import Decision, Paid, SentFile, SentLine, in_full, receive, remit

from peerbill.cli import main

FIRST, SECOND = "PBTEST00000001", "PBTEST00000002"
PAYER = """
[payers.second]
policy = "NJ/sud"
name = "STATE MEDICAID"
id = "STMCD"
receiver = { name = "STATE MEDICAID", id = "STMCD02" }
charges = { "H0038:HF" = "16.00" }
mode = "production"
"""


def run(*words: object) -> Result:
    day = () if words[0] in {"rebill", "write-off", "check"} else ("--as-of", "2026-05-01")
    return CliRunner().invoke(main, [str(word) for word in (*words, *day)])


def leaving(amount: str, reason: str = "2") -> Callable[[SentLine], Paid]:
    """Leave an amount to the patient, and pay the rest."""
    left = Decimal(amount)
    return lambda line: Paid(line.charge - left, (("PR", reason, left),))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def sent(workspace: Path, out: Path) -> Path:
    """Return a workspace whose first payer left 10.00 of 48.00, and whose second was sent that and paid it."""
    settings = workspace / "peerbill.toml"
    settings.write_text(settings.read_text() + PAYER)
    coverage = workspace / "coverage.csv"
    coverage.write_text(coverage.read_text() + "M1,second,MC443322,2026-01-01,,2\n")
    run("bill", workspace, "--out", out)
    pay(workspace, out, leaving("10.00"))
    run("bill", workspace, "--out", out)
    pay(workspace, out, lambda line: Paid(Decimal(10), (("OA", "23", line.charge - 10),)), "EFT2")
    assert newest(out).claims[0].claim_id == SECOND
    return workspace


def first_file(out: Path) -> SentFile:
    return receive(min(out.glob("*.837")).read_text())


def correct(workspace: Path, out: Path, decide: Callable[[SentLine], Paid]) -> None:
    """Let the first payer take its answer back and answer anew."""
    file = first_file(out)
    take_back(workspace, file, leaving("10.00"))
    post(workspace, remit(file, [Decision(claim, decide) for claim in file.claims], "EFT3"), "again.835")


def entries(out: Path) -> list[dict[str, object]]:
    """Return the claims of the last manifest, without their lines."""
    claims = json.loads((out / "manifest.json").read_text())["claims"]
    names = ("claim_id", "frequency", "replaces", "follows")
    return [{name: claim[name] for name in names if name in claim} for claim in claims]


def test_the_manifest_says_what_a_claim_is_and_which_one_it_follows_or_corrects(sent: Path, out: Path) -> None:
    assert entries(out) == [{"claim_id": SECOND, "frequency": "1", "follows": FIRST}]
    run("replace", sent, SECOND, "--unchanged", "--out", out)
    assert entries(out) == [{"claim_id": "PBTEST00000003", "frequency": "7", "replaces": SECOND, "follows": FIRST}]
    pay(sent, out, lambda line: Paid(Decimal(10), (("OA", "23", line.charge - 10),)), "EFT3")
    run("void", sent, "PBTEST00000003", "--out", out)
    assert entries(out) == [{"claim_id": "PBTEST00000004", "frequency": "8", "replaces": "PBTEST00000003"}]


def others(out: Path) -> list[str]:
    """Return what the last file tells of the payers before: AMT*D, SVD, CAS and REF*F8."""
    text = max(out.glob("*.837")).read_text().replace("\n", "")
    wanted = ("AMT*D", "SVD*", "CAS*", "REF*F8", "DTP*573")
    return [segment for segment in text.split("~") if segment.startswith(wanted)]


def test_a_void_tells_again_what_the_claim_told_whatever_the_first_payer_answered_since(sent: Path, out: Path) -> None:
    before = others(out)
    correct(sent, out, leaving("4.00"))
    result = run("void", sent, SECOND, "--out", out)

    assert (result.exit_code, result.stderr) == (0, "")
    [claim] = newest(out).claims
    assert claim.frequency == "8"
    assert others(out) == ["REF*F8*ICN0000000002", *before]
    assert "AMT*D*38" in before
    assert run("check", max(out.glob("*.837"))).exit_code == 0


def test_a_void_needs_no_coverage_by_the_first_payer_any_more(sent: Path, out: Path) -> None:
    before = others(out)
    coverage = sent / "coverage.csv"
    rows = coverage.read_text().splitlines(keepends=True)
    coverage.write_text("".join(row for row in rows if not row.startswith("M1,horizon")))

    assert run("void", sent, SECOND, "--out", out).exit_code == 0
    assert others(out) == ["REF*F8*ICN0000000002", *before]


def test_a_voided_claim_goes_out_again_only_when_it_is_asked_for(sent: Path, out: Path) -> None:
    run("void", sent, SECOND, "--out", out)
    assert "no 837 file was written" in run("bill", sent, "--out", out).stdout
    second = receive(sorted(out.glob("*.837"))[1].read_text())
    take_back(sent, second, lambda line: Paid(Decimal(10), (("OA", "23", line.charge - 10),)), "BACK2")
    assert "no 837 file was written" in run("bill", sent, "--out", out).stdout

    assert run("rebill", sent, SECOND).exit_code == 0
    run("bill", sent, "--out", out)
    assert [(claim.claim_id, claim.frequency) for claim in newest(out).claims] == [("PBTEST00000004", "1")]


def test_a_replacement_tells_what_the_first_payer_answers_now(sent: Path, out: Path) -> None:
    correct(sent, out, leaving("4.00"))
    dry = run("replace", sent, SECOND, "--dry-run")
    result = run("replace", sent, SECOND, "--out", out, "--json", out / "report.json")

    assert (dry.exit_code, result.exit_code, result.stderr) == (0, 0, "")
    assert "answer of HORIZON NJ HEALTH" in dry.stdout
    [claim] = newest(out).claims
    assert (claim.claim_id, claim.frequency) == ("PBTEST00000003", "7")
    assert others(out) == [
        "REF*F8*ICN0000000002",
        "AMT*D*44",
        "REF*F8*ICN0000000001",
        "SVD*EXAMPLE01*44*HC:H0038:HF**3",
        "CAS*PR*2*4",
        "DTP*573*D8*20260420",
    ]
    assert run("check", max(out.glob("*.837"))).exit_code == 0
    [entry] = json.loads((out / "report.json").read_text())["corrections"]
    [change] = entry["changes"]
    assert "$38.00, PR 2 $10.00" in change["before"]
    assert "$44.00, PR 2 $4.00" in change["after"]
    assert "no 837 file was written" in run("bill", sent, "--out", out).stdout


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (None, "the replacement would be identical"),
        (leaving("10.00"), "the replacement would be identical"),
        (in_full, f"the answer to {FIRST} leaves nothing for another payer any more: void it"),
        ("back", f"the payer before took back all that it answered to {FIRST}: void it"),
    ],
)
def test_a_replacement_that_cannot_be_right_is_refused(sent: Path, out: Path, after: object, why: str) -> None:
    if after == "back":
        take_back(sent, first_file(out), leaving("10.00"))
    elif callable(after):
        correct(sent, out, after)
    result = run("replace", sent, SECOND, "--dry-run")

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Not done: {SECOND}: {why}")


def test_correcting_the_first_claim_tells_that_the_second_stands(sent: Path, out: Path) -> None:
    encounters = sent / "encounters.csv"
    encounters.write_text(encounters.read_text().replace("2026-03-02T10:45", "2026-03-02T10:30"))
    result = run("replace", sent, FIRST, "--out", out)
    early = run("replace", sent, SECOND, "--dry-run")
    pay(sent, out, leaving("6.00"), "EFT4")
    quiet = run("bill", sent, "--out", out)
    late = run("replace", sent, SECOND, "--out", out)

    assert result.exit_code == 0
    told = " ".join(result.stdout.split())
    assert f"{SECOND} to the next payer rests on its answer and stands. Once this one is answered, replace" in told
    waits = "PBTEST00000003 to the payer before is not answered yet: post its 835 first"
    assert early.stderr == f"Not done: {SECOND}: {waits}\n"
    assert "no 837 file was written" in quiet.stdout
    assert late.exit_code == 0
    [claim] = newest(out).claims
    assert (claim.claim_id, claim.frequency, [line.units for line in claim.lines]) == ("PBTEST00000004", "7", ["2"])
    assert "AMT*D*26" in others(out)


def test_a_void_of_the_first_claim_asks_for_one_of_the_second(sent: Path, out: Path) -> None:
    result = run("void", sent, FIRST, "--out", out, "--json", out / "report.json")

    assert result.exit_code == 0
    assert json.loads((out / "report.json").read_text())["corrections"][0]["followers"] == [SECOND]
    refused = run("replace", sent, SECOND, "--dry-run")
    assert refused.stderr == f"Not done: {SECOND}: {FIRST}, on whose answer it rests, was voided: void it too\n"
    assert run("void", sent, SECOND, "--out", out).exit_code == 0


def todo(workspace: Path, out: Path, kind: str = "coordination") -> list[dict[str, object]]:
    run("todo", workspace, "--json", out / "todo.json")
    items = json.loads((out / "todo.json").read_text())["items"]
    keys = ("what", "do", "deadline", "amount", "payer", "claim_ids")
    return [{key: item[key] for key in keys} for item in items if item["kind"] == kind]


def test_the_work_list_tells_a_claim_whose_ground_has_changed_until_it_is_corrected(sent: Path, out: Path) -> None:
    assert todo(sent, out) == []
    correct(sent, out, leaving("4.00"))
    [item] = todo(sent, out)
    assert item["what"] == f"{SECOND} rests on what the payer before answered to {FIRST}, which was answered anew since"
    assert item["claim_ids"] == [SECOND, FIRST]
    assert item["amount"] == "48.00"
    run("replace", sent, SECOND, "--out", out)
    assert todo(sent, out) == []


def test_a_correction_that_comes_to_the_same_asks_for_nothing(sent: Path, out: Path) -> None:
    correct(sent, out, leaving("10.00"))
    assert todo(sent, out) == []


@pytest.mark.parametrize("how", ["back", "void", "replace"])
def test_the_work_list_tells_that_the_first_claim_is_no_more(sent: Path, out: Path, how: str) -> None:
    if how == "back":
        take_back(sent, first_file(out), leaving("10.00"))
    else:
        run(how, sent, FIRST, "--out", out, *(["--unchanged"] if how == "replace" else []))
    [item] = todo(sent, out)
    became = {"back": "taken back", "void": "voided by PBTEST00000003", "replace": "replaced by PBTEST00000003"}[how]
    assert item["what"] == f"{SECOND} rests on what the payer before answered to {FIRST}, which was {became} since"
    assert str(item["do"]).startswith("Void it too." if how == "void" else "See with peerbill replace --dry-run")


def test_what_goes_on_has_the_last_day_that_counts_from_the_first_payers_answer(workspace: Path, out: Path) -> None:
    """A claim to the second payer that is not sent yet, then one that waits for an answer."""
    settings = workspace / "peerbill.toml"
    settings.write_text(settings.read_text() + PAYER)
    coverage = workspace / "coverage.csv"
    coverage.write_text(coverage.read_text() + "M1,second,MC443322,2026-01-01,,2\n")
    policy = workspace / "policies" / "nj.toml"
    policy.write_text(policy.read_text() + '\n[[sud.filing]]\nother_payer_within = "90 days after other payer"\n'
                      'source = "contract p. 13"\n')  # fmt: skip
    run("bill", workspace, "--out", out)
    pay(workspace, out, leaving("10.00"))

    assert todo(workspace, out) == [
        {
            "what": "1 claim of which something is left for second",
            "do": "Run bill, which sends it on.",
            "deadline": "2026-07-19",  # 90 days after 2026-04-20
            "amount": "10.00",
            "payer": "second",
            "claim_ids": [FIRST],
        }
    ]
    run("bill", workspace, "--out", out)
    assert todo(workspace, out) == []
    late = CliRunner().invoke(main, ["todo", str(workspace), "--as-of", "2026-07-01", "--json", str(out / "t.json")])
    assert late.exit_code == 1
    found = json.loads((out / "t.json").read_text())["items"]
    assert [item["deadline"] for item in found if item["kind"] == "unanswered"] == ["2026-07-19"]
    pay(workspace, out, lambda line: Paid(Decimal(0), (("CO", "16", line.charge),)), "EFT2")
    assert [item["deadline"] for item in todo(workspace, out, "denial")] == ["2026-07-19"]


def test_what_bill_does_not_send_on_is_told_until_its_last_day(sent: Path, out: Path) -> None:
    """A claim that the first payer passed on itself."""
    encounters = sent / "encounters.csv"
    row = encounters.read_text().splitlines()[1]
    row = row.replace("E1,", "E3,").replace("2026-03-02", "2026-03-03").replace("three postings", "five letters")
    encounters.write_text(f"{encounters.read_text()}{row}\n")
    policy = sent / "policies" / "nj.toml"
    policy.write_text(policy.read_text() + '\n[[sud.filing]]\nother_payer_within = "90 days after other payer"\n'
                      'source = "contract p. 13"\n')  # fmt: skip
    run("bill", sent, "--out", out)
    file = newest(out)
    post(sent, remit(file, [Decision(claim, leaving("10.00"), "19") for claim in file.claims], "EFT5"), "passed.835")

    [item] = todo(sent, out)
    assert item["what"] == "1 claim not sent to second: horizon passed the claim on itself (CLP02 19)"
    assert (item["deadline"], item["do"]) == ("2026-07-19", "Wait for the next payer's 835, and post it.")
    late = CliRunner().invoke(main, ["todo", str(sent), "--as-of", "2026-07-20", "--json", str(out / "t.json")])
    assert late.exit_code == 1
    assert "coordination" not in {one["kind"] for one in json.loads((out / "t.json").read_text())["items"]}


# --- authorizations ---------------------------------------------------------------------------------------------------


def test_the_second_payers_authorization_is_sent_and_counted(workspace: Path, out: Path) -> None:
    settings = workspace / "peerbill.toml"
    settings.write_text(settings.read_text() + PAYER)
    coverage = workspace / "coverage.csv"
    coverage.write_text(coverage.read_text() + "M1,second,MC443322,2026-01-01,,2\n")
    policy = workspace / "policies" / "nj.toml"
    policy.write_text(policy.read_text() + '\n[[sud.authorization]]\nrequired = true\nsource = "contract"\n')
    authorizations = workspace / "authorizations.csv"
    head = "member_id,payer,number,hcpcs,modifiers,units,from,to\nM1,horizon,ONE1,H0038,,,2026-01-01,\n"
    authorizations.write_text(head)
    run("bill", workspace, "--out", out)
    first = newest(out).claims[0].claim_id
    pay(workspace, out, leaving("10.00"))

    told = run("bill", workspace, "--out", out)
    reason = "PB511 holds encounter E1: authorizations.from: no authorization covers H0038:HF on 2026-03-02"
    assert f"{first} was not sent to second: {reason}. Enter the authorization" in " ".join(told.stderr.split())
    authorizations.write_text(f"{head}M1,second,TWO2,H0038,,3,2026-01-01,\n")
    run("bill", workspace, "--out", out)

    text = max(out.glob("*.837")).read_text()
    assert "REF*G1*TWO2~" in text
    assert run("check", max(out.glob("*.837"))).exit_code == 0
    [item] = [one for one in todo(workspace, out, "authorization") if "TWO2" in str(one["what"])]
    assert item["what"] == "authorization TWO2 of M1 for H0038: 3 of 3 units used"
