"""Claims of a member whom another payer insures through a parent: bill, write again, void, replace."""

from decimal import Decimal
from pathlib import Path

import pytest
from answering import held, newest, pay
from click.testing import CliRunner, Result
from payer import Paid, SentLine

from peerbill.cli import main

UNION = """
[payers.union]
name = "UNION FUND"
id = "UF001"
receiver = { name = "UNION FUND", id = "UF001" }
claim_filing = "CI"
"""
COVERAGE = (
    "member_id,payer,subscriber_id,from,to,rank,relationship,policyholder_last_name,policyholder_first_name\n"
    "M1,union,U4411,2025-01-01,,1,{policyholder}\n"
    "M1,horizon,123456789012,2026-01-01,,2,,,\n"
)
PARENT = "child,Quillon,Ada"
TOLD = ["SBR*P*19*******CI", "NM1*IL*1*QUILLON*ADA****MI*U4411"]


def run(*words: object) -> Result:
    day = () if words[0] == "check" or "--again" in words else ("--as-of", "2026-05-01")
    return CliRunner().invoke(main, [str(word) for word in (*words, *day)])


@pytest.fixture
def agency(workspace: Path) -> Path:
    """Return a workspace whose member has a parent's plan, which paid 38.00 of 48.00, before Medicaid."""
    settings = workspace / "peerbill.toml"
    settings.write_text(settings.read_text() + UNION)
    covered(workspace, PARENT)
    (workspace / "prior_payments.csv").write_text(
        "encounter_id,payer,paid_on,paid,adjustments,payer_control_number\nE1,union,2026-04-10,38.00,PR:2:10.00,U7\n"
    )
    return workspace


def covered(workspace: Path, policyholder: str) -> None:
    (workspace / "coverage.csv").write_text(COVERAGE.format(policyholder=policyholder))


def of_the_other_payer(file: Path) -> list[str]:
    """Return SBR and NM1 of loops 2320 and 2330A."""
    text = file.read_text().replace("\n", "")
    return [segment for segment in text.split("~CLM*")[1].split("~") if segment.startswith(("SBR*", "NM1*IL*"))]


def last(out: Path) -> Path:
    return max(out.glob("*.837"))


def test_every_claim_names_the_policyholder_and_the_ledger_keeps_no_name(agency: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    billed = run("bill", agency, "--out", out)
    first = last(out)
    lost = first.read_bytes()
    first.unlink()
    rewritten = run("bill", agency, "--out", again, "--again", first.name)

    assert (billed.exit_code, rewritten.exit_code, billed.stderr + rewritten.stderr) == (1, 0, "")  # E2 is held
    assert of_the_other_payer(last(again)) == TOLD
    assert last(again).read_bytes() == lost
    assert run("check", last(again)).exit_code == 0

    first.write_bytes(lost)
    pay(agency, out, rest_paid)
    claim_id = newest(out).claims[0].claim_id
    replaced = run("replace", agency, claim_id, "--unchanged", "--out", out)
    assert (replaced.exit_code, of_the_other_payer(last(out))) == (0, TOLD)
    assert run("check", last(out)).exit_code == 0
    pay(agency, out, rest_paid, "EFT2")
    voided = run("void", agency, newest(out).claims[0].claim_id, "--out", out)
    assert (voided.exit_code, of_the_other_payer(last(out))) == (0, TOLD)
    assert run("check", last(out)).exit_code == 0

    said = "".join(one.output for one in (billed, rewritten, replaced, voided)) + repr(held(agency))
    assert "QUILLON" not in said.upper()


def rest_paid(line: SentLine) -> Paid:
    return Paid(Decimal(10), (("OA", "23", line.charge - 10),))


@pytest.mark.parametrize("policyholder", ["spouse,Quillon,Ada", "child,Quillon,Bo", ",,"])
def test_a_file_is_not_written_again_once_the_policyholder_is_another(
    agency: Path, tmp_path: Path, policyholder: str
) -> None:
    out = tmp_path / "out"
    run("bill", agency, "--out", out)
    file = last(out)
    file.unlink()
    covered(agency, policyholder)
    result = run("bill", agency, "--out", tmp_path / "again", "--again", file.name)

    assert result.exit_code == 2
    assert "cannot be written again byte for byte" in result.stderr


@pytest.mark.parametrize(
    ("policyholder", "told"),
    [
        (
            "parent,Quillon,Ada",
            "the relationship is that of the member to the policyholder: child where a parent holds the policy",
        ),
        (",Quillon,Ada", "a policyholder is named, and what the member is to that person is not"),
        ("child,,Ada", "coverage.policyholder_last_name"),
    ],
)
def test_what_cannot_be_said_of_the_policyholder_holds_the_claim(
    agency: Path, tmp_path: Path, policyholder: str, told: str
) -> None:
    covered(agency, policyholder)
    result = run("bill", agency, "--out", tmp_path / "out", "--all")

    assert result.exit_code == 1
    assert told in " ".join(result.output.split())
    assert "QUILLON" not in result.output.upper()
    assert not list((tmp_path / "out").glob("*.837"))
