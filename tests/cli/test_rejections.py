"""What a biller sees of rejections: each reason once, the payer's own words, and what was not believed."""

import json
import re
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner, Result
from payer import SentFile, ack277, ack999, receive

from peerbill.cli import main

DAY = "2026-10-14"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def agency(tmp_path: Path) -> Path:
    """Return a workspace whose 26 encounters were billed, each as a claim."""
    folder = tmp_path / "agency"
    run("init", folder, "--example", "mi-recovery-coach")
    settings = folder / "peerbill.toml"
    assert 'mode = "test"' in settings.read_text()
    settings.write_text(settings.read_text().replace('mode = "test"', 'mode = "production"'))
    run("bill", folder, "--out", tmp_path / "out", "--as-of", DAY)
    return folder


@pytest.fixture
def sent(agency: Path) -> SentFile:
    """Return what the payer receives."""
    (path,) = (agency.parent / "out").glob("*.837")
    return receive(path.read_text())


def post(agency: Path, text: str) -> Result:
    path = agency.parent / "answer.edi"
    path.write_text(text)
    return run("post", agency, path)


def test_a_rejected_file_is_told_once_with_all_its_claims(agency: Path, sent: SentFile) -> None:
    result = post(agency, ack999(sent, ["0001"], errors=("IK3*BHT*2**8~",)))

    assert result.exit_code == 1
    assert result.stdout.count("BHT, segment 2 from ST") == 1
    assert "  Rejected: 26 claims are rejected-functional: 999 R: " in result.stdout
    words = result.stdout.replace(",", " ").split()
    assert [claim.claim_id for claim in sent.claims] == [word for word in words if word.startswith("PB")]


def test_the_payers_words_are_shown_wherever_the_rejection_is(agency: Path, sent: SentFile) -> None:
    first = sent.claims[0].claim_id
    said = "INVALID TELEPHONE NUMBER"
    text = ack277(sent, lambda claim: "A7:127:85" if claim.claim_id == first else "")
    at = text.index("~REF*1K")

    result = post(agency, f"{text[:at]}********{said}{text[at:]}")
    told = run("claims", agency, first)
    (plain,) = json.loads(run("claims", agency, first, "--json", "-").stdout)["claims"]
    work = run("todo", agency, "--as-of", DAY, "--json", "-")

    assert f'The payer says: "{said}"' in " ".join(result.stdout.split())
    assert f'The payer says in answer.edi: "{said}"' in told.stdout
    assert plain["payer_words"] == [{"file": "answer.edi", "words": said}]
    assert all(said not in entry["detail"] for entry in plain["history"])
    assert [said in item["what"] for item in json.loads(work.stdout)["items"] if item["kind"] == "rejection"] == [True]


def test_all_reasons_of_a_rejection_are_told_in_words(agency: Path, sent: SentFile) -> None:
    first = sent.claims[0].claim_id
    text = ack277(sent, lambda claim: "A7:500:77" if claim.claim_id == first else "")
    at = text.index("~REF*1K")

    result = post(agency, f"{text[:at]}******A7:145:82*A6:9999:85{text[at:]}")

    told = (
        "A7 (information present but invalid), 500 (the party's ZIP code), 77 (service facility); "
        "A7 (information present but invalid), 145 (the party's taxonomy code), 82 (rendering provider); "
        "A6 (information missing), 9999 (not known here), 85 (billing provider)"
    )
    assert told in " ".join(result.stdout.split())
    assert told in " ".join(run("claims", agency, first).stdout.split())


@pytest.mark.parametrize("level", ["2200B", "2200C", "2200D", "2220D"])
def test_the_payers_words_are_shown_from_every_level(agency: Path, sent: SentFile, level: str) -> None:
    said = "TAXONOMY NOT ENROLLED"
    first, second = (claim.claim_id for claim in sent.claims[:2])
    one = level in {"2200D", "2220D"}
    text = ack277(sent, lambda claim: "A7:145:85" if one and claim.claim_id == first else "")
    if level == "2200B":
        text = re.sub(r"STC\*A1:19:PR\*(\d+)\*WQ\*0~", rf"STC*A3:145:85*\1*U*0********{said}~", text)
    elif level == "2200C":
        text = text.replace("STC*A1:19:PR**WQ*0~", f"STC*A3:145:85**U*0********{said}~")
    elif level == "2200D":
        text = text.replace("~REF*1K", f"********{said}~REF*1K")
    else:
        text = re.sub(r"(DTP\*472\*D8\*\d+~)", rf"\1SVC*HC:H0038*1~STC*A7:145:82**U*********{said}~", text)
    assert said in text

    result = post(agency, text)
    work = json.loads(run("todo", agency, "--as-of", DAY, "--json", "-").stdout)["items"]

    assert said in " ".join(result.stdout.split())
    assert f'The payer says in answer.edi: "{said}"' in run("claims", agency, first).stdout
    assert (said in run("claims", agency, second).stdout) is (not one)
    assert [said in item["what"] for item in work if item["kind"] == "rejection"] == [True]


def test_a_rejection_that_is_not_believed_stays_in_todo(agency: Path, sent: SentFile) -> None:
    others = attrs.evolve(sent, sender="OTHER9", receiver="OTHERPAY")

    result = post(agency, ack999(others, ["0001"]))
    again = run("bill", agency, "--out", agency.parent / "again", "--as-of", DAY)
    work = json.loads(run("todo", agency, "--as-of", DAY, "--json", "-").stdout)["items"]

    assert (result.exit_code, again.exit_code) == (1, 0)
    assert "Rejected:" not in result.stdout
    assert "0 billable + 26 billed before" in again.stdout
    assert len([item for item in work if item["kind"] == "answer"]) == 1
