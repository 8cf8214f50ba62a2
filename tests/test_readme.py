"""What the README shows works as it stands there."""

import datetime as dt
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import attrs
import click
import pytest
from click.testing import CliRunner
from doc_pages import blocks, commands, console, invoke
from payer import Decision, SentFile, ack277, receive, remit

import peerbill
from peerbill import say
from peerbill.cli import main
from peerbill.intake.workspace import examples, make_workspace, read_workspace

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_commands_of_the_tours_run_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    day = next(example.as_of for example in examples() if example.name == "nj-recovery-coach")
    for command in commands(README):
        arguments = command[1:]
        if command[1] == "setup":
            continue  # asks on a terminal
        if command[1] in {"audit", "bill"} and "--as-of" not in arguments:
            arguments += ["--as-of", f"{day}"]
        if command[1] == "init":
            arguments += ["--tag", "K7Q2"]  # that of the claim which the tour looks at
        result = invoke(arguments)

        assert (arguments, result.exit_code) == (arguments, 0), result.output


@pytest.fixture
def billed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SentFile:
    """Make `my-agency`, which has billed in production on 2026-10-14; return what the payer receives."""
    monkeypatch.chdir(tmp_path)
    make_workspace(Path("my-agency"), "nj-recovery-coach", "K7Q2")
    settings = Path("my-agency/peerbill.toml")
    settings.write_text(settings.read_text().replace('mode = "test"', 'mode = "production"'))
    invoke(["bill", "my-agency", "--out", "claims", "--as-of", "2026-10-14"])
    (file,) = (receive(path.read_text()) for path in Path("claims").glob("*.837"))
    return attrs.evolve(file, answered_on=dt.date(2026, 10, 20))


def expire() -> None:
    """Let a certificate have expired before some of the services."""
    credentials = Path("my-agency/credentials.csv")
    credentials.write_text(credentials.read_text().replace("2027-01-15", "2026-09-20"))


POSTED, WITHDRAWN, WORK_LIST, AUDITED = range(4)


def test_what_a_biller_sees_of_answers_and_of_what_is_to_be_done_is_what_the_commands_print(billed: SentFile) -> None:
    """The payer rejects the first claim and pays the others; a certificate turns out to have expired before some."""
    shown = blocks(README, "console")
    first, *others = billed.claims
    Path("downloads").mkdir()
    rejected = ack277(billed, lambda claim: "A7:562:85" if claim is first else "A2:20")
    Path("downloads/0412.277").write_text(rejected)
    Path("downloads/0420.835").write_text(remit(billed, [Decision(claim) for claim in others], "CHK7781"))

    assert "\n".join(console(shown[POSTED])) == ""

    expire()

    assert "\n".join(console(shown[WORK_LIST])) == ""

    assert len(shown) == len((POSTED, WITHDRAWN, WORK_LIST, AUDITED))


def test_what_an_auditor_sees_is_what_the_command_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_workspace(Path("my-agency"), "nj-recovery-coach", "K7Q2")
    expire()

    assert "\n".join(console(blocks(README, "console")[AUDITED])) == ""


@pytest.mark.parametrize("number", [0, 1])
def test_what_withdrawals_print(number: int, billed: SentFile) -> None:
    """Each in a ledger of its own: the first takes back the claim of the second as well."""
    del billed
    step = blocks(README, "console")[WITHDRAWN].split("$ ")[1:][number]

    assert "\n".join(console(f"$ {step}")) == ""


def test_answers_on_paper_are_posted_as_shown(billed: SentFile) -> None:
    (paper,) = (text for text in blocks(README, "csv") if text.startswith("claim_id,"))
    Path("eob.csv").write_text(paper)
    result = invoke(["post", "my-agency", "eob.csv"])

    lines = ["eob.csv: EOB: 2 transactions, 3 matched, 0 unmatched, 1 denied"]
    lines.append("  CHK7781 of 2026-10-20: $64.00 for 2 payments")
    assert result.output.splitlines() == lines
    assert {row.split(",")[0] for row in paper.splitlines()[1:]} <= {claim.claim_id for claim in billed.claims}


def test_the_python_of_the_integrator_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    claims, agency, form, rows, asked, read, documents, own_words, answers, own = blocks(README, "python")
    names: dict[str, Any] = {}

    def run(block: str) -> str:
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102  # the README is ours
        return capsys.readouterr().out

    run(claims)
    number = len(names["claims"])
    assert names["content"].startswith(b"ISA*00*")
    assert names["report"].problems == ()
    written, again = run(agency).splitlines()
    assert written.endswith(".837', b'ISA')]")
    assert again == f"1 {number}"
    assert run(form) == "held 5 ['PB805']\n"

    assert run(rows) == "() () () ()\n"
    assert [str(one.start) for one in names["ours"].encounters] == ["2026-09-14 10:00:00"]

    assert run(asked).splitlines()[0] == "H0038 ('HF',) (2, 3) primary"

    shown = run(read).splitlines()
    assert len(shown) == number
    assert all(line.startswith("True 000000001 ") and line.endswith(" ()") for line in shown)

    run(own)
    assert [check.code for check in names["CHECKS"]] == ["X101"]

    run(documents)
    assert names["document"].startswith(b'{"schema":1,"kind":"claims","value":[')

    deadline = say("deadline-passed", "the last day to file was {last}", last=dt.date(2026, 5, 1))
    plain = peerbill.Finding("PB107", peerbill.Severity.ERROR, ("E1",), "encounters.start", "as it is", "")
    named = attrs.evolve(plain, template=deadline.template, values=deadline.values)
    names["result"] = attrs.evolve(names["result"], findings=(named, plain))
    assert run(own_words) == "el último día para facturar fue el 2026-05-01\nas it is\n"

    example = make_workspace(Path("answered"), "mi-recovery-coach", "TEST")
    assert example is not None
    CliRunner().invoke(main, ["bill", "answered", "--out", "claims", "--as-of", f"{example.as_of}"])
    Path("downloads").mkdir()
    shutil.copyfile("answered/answers/3-835.edi", "downloads/0420.835")
    names |= {"folder": Path("answered"), "records": read_workspace(Path("answered")), "day": example.as_of}
    names["settings"] = names["records"].settings
    run(answers)

    assert Counter(names["kinds"]) == {"RemittanceHead": 1, "ClaimPayment": 25, "RemittanceEnd": 1}
    assert names["posted"].matched == 25
    assert [refused.claim_id for refused in names["looked"].plan.refused] == ["PBTEST00000009"]
    assert names["todo"].items


def test_the_table_of_commands_is_the_program_s() -> None:
    shown = set(re.findall(r"^\| `peerbill ([\w-]+)", README, flags=re.MULTILINE))

    assert shown == set(main.list_commands(click.Context(main)))
