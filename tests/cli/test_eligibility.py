"""From the question to the audit: 270 out, 271 in, and what PB402 then says.

The answers are written here and read by x12sdk too, so that they are such as payers send. But for refusals: its model
of loop 2100C takes the reject reasons of loop 2100B (2.2.0, v5010/x12_271_005010X279A1/loops.py), and so refuses 42,
which X12 has in that loop (RFI 1716), and 71 to 78.
"""

import datetime as dt
import json
from pathlib import Path

import databases
import pytest
from click.testing import CliRunner, Result
from x12sdk.io import X12ModelReader

from peerbill.cli import main
from peerbill.ledger.send.eligibility import read_eligibility, record_eligibility
from peerbill.ledger.store.ledger import open_ledger
from peerbill.model.payer_answers import EligibilityAnswer
from peerbill.x12.read.answers import read_transactions

URL = "sqlite:///ledger.db"
SAID = "horizon answered on 2026-03-06"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def ask(folder: Path, out: Path, *more: str, day: str = "2026-03-05") -> Result:
    return run("eligibility", folder, "--out", out, "--as-of", day, *more)


def answer(question: str, *said: str) -> str:
    """Return a 271 to a 270, which says the same of each member."""
    segments = [segment for segment in question.split("~") if segment and not segment.startswith(("EQ*", "SE*"))]
    body: list[str] = []
    refused = [segment for segment in said if segment.startswith("AAA")]
    for segment in segments[2:-2]:
        if segment.startswith("NM1*IL"):
            body += [segment, *refused]
        elif segment.startswith("DTP*291"):
            body += [segment for segment in said if segment not in refused]
        else:
            body.append(segment)
    for theirs, ours in (("ST*271*", "ST*270*"), ("BHT*0022*11*", "BHT*0022*13*"), ("TRN*2*", "TRN*1*")):
        body = [segment.replace(ours, theirs) for segment in body]
    head = [segments[0], segments[1].replace("GS*HS*", "GS*HB*")]
    return "~".join([*head, *body, f"SE*{len(body) + 1}*0001", *segments[-2:], ""])


def post(folder: Path, text: str, *, by_others: bool = True) -> None:
    """Read an answer and write it down, as `peerbill post` does."""
    if by_others:
        with X12ModelReader(text) as reader:
            assert len(list(reader.models())) == 1
    with open_ledger(URL, folder, tag="TEST").changing() as connection:
        for transaction in read_transactions([text]):
            answers = [one for one in transaction.answers if isinstance(one, EligibilityAnswer)]
            assert (transaction.kind, transaction.problems) == ("271", [])
            found, unmatched = record_eligibility(connection, answers, dt.date(2026, 3, 6))
            assert (len(found), unmatched) == (len(answers), ())


def audited(folder: Path) -> list[tuple[str, str, str, str]]:
    """Return what PB402 says: encounter, severity, place, message."""
    told = folder.parent / "audit.json"
    run("audit", folder, "--as-of", "2026-03-07", "--json", told)
    return [
        (*one["encounter_ids"], one["severity"], one["where"], one["message"])
        for one in json.loads(told.read_text())["findings"]
        if one["code"] == "PB402" and one["encounter_ids"] == ["E1"]
    ]


def test_members_about_to_be_billed_are_asked_about_once(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = ask(workspace, out)
    (file,) = out.iterdir()

    assert result.exit_code == 0
    assert result.stdout == f"Wrote {file} to horizon, production\nAs of 2026-03-05: asked 1 question about 1 member\n"
    assert file.name == "20260305-TEST-000001-001-horizon.270"
    assert "~TRN*1*EQTEST00000001*9221234567~NM1*IL*1*LANE*ALEX****MI*123456789012~" in file.read_text()
    with X12ModelReader(file.read_text()) as reader:
        assert len(list(reader.models())) == 1
    assert run("check", file).exit_code == 0

    again = ask(workspace, out)
    assert (again.exit_code, again.stdout) == (0, "As of 2026-03-05: nothing to ask; no 270 file was written.\n")
    assert list(out.iterdir()) == [file]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["EB*1**30"], []),
        (
            ["EB*6**30"],
            [("error", "coverage.to", f"{SAID} that enrolment was not active on 2026-03-02")],
        ),
        (["DTP*307*RD8*20260101-20260302", "EB*1**30"], []),
        (
            ["DTP*307*RD8*20260101-20260301", "EB*1**30"],
            [
                (
                    "warning",
                    "coverage.to",
                    f"{SAID} that enrolment was active from 2026-01-01 to 2026-03-01; the service was on 2026-03-02",
                )
            ],
        ),
        (
            ["EB*1**30", "EB*MC**30", "LS*2120", "NM1*PR*2*OTHER PLAN*****PI*P9", "LE*2120"],
            [("warning", "coverage.payer", f"{SAID} and named another plan: OTHER PLAN")],
        ),
        (["EB*1**30", "EB*L", "LS*2120", "NM1*P3*1*JONES*MARCUS****SV*0202034", "LE*2120"], []),
    ],
)  # fmt: skip
def test_what_the_payer_says_is_what_the_audit_tells(
    workspace: Path, tmp_path: Path, said: list[str], told: list[tuple[str, str, str]]
) -> None:
    out = tmp_path / "out"
    ask(workspace, out)
    (file,) = out.iterdir()
    post(workspace, answer(file.read_text(), *said))

    assert audited(workspace) == [("E1", *one) for one in told]


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        ("AAA*Y**42*Y", "42 the payer could not answer at that time"),
        ("AAA*N**75*C", "75 the payer knows no such member"),
    ],
)
def test_a_question_that_the_payer_refused_is_asked_again(
    workspace: Path, tmp_path: Path, refusal: str, told: str
) -> None:
    out = tmp_path / "out"
    ask(workspace, out)
    (file,) = out.iterdir()
    post(workspace, answer(file.read_text(), refusal), by_others=False)

    assert audited(workspace) == [("E1", "warning", "coverage.subscriber_id", f"{SAID} that it could not say: {told}")]
    assert "asked 1 question" in ask(workspace, out, day="2026-03-07").stdout
    assert len(list(out.iterdir())) == 2


def test_an_encounter_that_the_payer_does_not_cover_is_held_until_it_answers_anew(
    workspace: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    ask(workspace, out)
    post(workspace, answer((out / "20260305-TEST-000001-001-horizon.270").read_text(), "EB*6**30"))
    held = run("bill", workspace, "--out", tmp_path / "claims", "--as-of", "2026-03-07")
    assert "0 billable + 0 billed before + 2 held" in held.stdout

    assert "nothing to ask" in ask(workspace, out, day="2026-03-07").stdout
    assert "asked 1 question" in ask(workspace, out, "--again", day="2026-03-07").stdout
    post(workspace, answer((out / "20260307-TEST-000002-001-horizon.270").read_text(), "EB*1**30"))
    billed = run("bill", workspace, "--out", tmp_path / "claims", "--as-of", "2026-03-07")
    assert "1 billable + 0 billed before + 1 held" in billed.stdout
    (claims,) = (tmp_path / "claims").glob("*.837")
    assert claims.read_text()[90:99] == str(databases.FIRST + 2)


def test_coverage_without_a_first_day_waits_for_the_payer_s_answer(workspace: Path, tmp_path: Path) -> None:
    coverage = workspace / "coverage.csv"
    coverage.write_text(coverage.read_text().replace("2026-01-01", ""))
    out = tmp_path / "out"
    assert audited(workspace) == [("E1", "error", "coverage.from", "coverage is not in force on 2026-03-02")]

    assert "asked 1 question" in ask(workspace, out).stdout
    (file,) = out.iterdir()
    post(workspace, answer(file.read_text(), "EB*1**30"))
    assert audited(workspace) == []


def test_who_cannot_be_asked_about_is_told_without_their_data(workspace: Path, tmp_path: Path) -> None:
    coverage = workspace / "coverage.csv"
    coverage.write_text(coverage.read_text() + "M2,horizon,7,2027-01-01,,1\n")
    result = ask(workspace, tmp_path / "out")

    assert result.exit_code == 1
    assert "asked 1 question about 1 member" in result.stdout
    assert result.stderr == (
        "Not asked: member M2, horizon: coverage.subscriber_id: it has fewer than 2 characters. Fill it in\n"
    )
    assert [one.member_id for one in read_eligibility(URL, workspace)] == ["M1"]


def test_the_payer_s_service_types_are_asked_about(workspace: Path, tmp_path: Path) -> None:
    toml = workspace / "peerbill.toml"
    table = toml.read_text().replace(
        'id = "EXAMPLE01"', 'id = "EXAMPLE01"\neligibility = { service_types = ["30", "MH"] }'
    )
    toml.write_text(table)
    ask(workspace, tmp_path / "out")
    (file,) = (tmp_path / "out").iterdir()

    assert "~EQ*30~EQ*MH~" in file.read_text()
    toml.write_text(table.replace('"MH"', '"mental health"'))
    result = ask(workspace, tmp_path / "out")
    assert result.exit_code == 2
    assert "service_types: expected a service type code of one or two capitals and digits" in result.stderr


def test_unusable_input_asks_nothing(workspace: Path, tmp_path: Path) -> None:
    (workspace / "members.csv").unlink()
    result = ask(workspace, tmp_path / "out")

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: members.csv: expected this file, found none.")
    assert not (tmp_path / "out").exists()
    assert not (workspace / "ledger.db").exists()


def pend(folder: Path) -> None:
    """Let the ledger look as after a run that was stopped before its end."""
    with open_ledger(URL, folder, tag="TEST").changing() as connection:
        connection.exec_driver_sql("UPDATE batches SET state = 'pending'")
        connection.exec_driver_sql("UPDATE files SET state = 'pending'")


def test_bill_finishes_questions_that_were_stopped(workspace: Path, tmp_path: Path) -> None:
    ask(workspace, tmp_path / "out")
    pend(workspace)
    result = run("bill", workspace, "--out", tmp_path / "claims", "--as-of", "2026-03-05")
    manifest = json.loads((tmp_path / "claims" / "manifest.json").read_text())

    assert "finished" in result.stderr
    assert "1 billable + 0 billed before + 1 held" in result.stdout
    assert [(file["transaction"], file["claims"]) for file in manifest["files"]] == [("270", 0), ("837P", 1)]
    assert run("bill", workspace, "--out", tmp_path / "claims", "--as-of", "2026-03-05").stderr == ""


def test_questions_in_a_lost_file_are_asked_again_when_that_is_said(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ask(workspace, out)
    pend(workspace)
    (file,) = out.iterdir()
    file.unlink()

    assert ask(workspace, out).exit_code == 2
    result = ask(workspace, out, "--undo-lost")
    assert (result.exit_code, "asked 1 question" in result.stdout) == (0, True)
    assert [path.name for path in out.iterdir()] == ["20260305-TEST-000002-001-horizon.270"]
