"""The answers that the example ships are those of a payer to its first batch, and tell their story."""

import json
from pathlib import Path

from answering import in_production
from click.testing import CliRunner
from example_answers import AS_OF, CUT, DENIED, FOLDER, IDENTITY, REJECTED, answers, filled

from peerbill.cli import main
from peerbill.x12.guide import judge


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def test_the_shipped_answers_are_those_to_the_first_batches() -> None:
    folder = FOLDER / "answers"
    shipped = {str(path.relative_to(folder)): path.read_text(encoding="ascii") for path in folder.rglob("*.edi")}

    assert {name: text.replace("\n", "") for name, text in shipped.items()} == answers()


def test_pyx12_finds_nothing_against_the_shipped_answers() -> None:
    assert [(name, remark) for name, text in answers().items() for remark in judge(filled(text)).remarks] == []


def test_posting_the_shipped_answers_tells_what_became_of_each_claim(tmp_path: Path) -> None:
    workspace, report = tmp_path / "workspace", tmp_path / "claims.json"
    run("init", workspace, "--example", FOLDER.name, "--tag", IDENTITY.tag)
    run("bill", workspace, "--out", tmp_path / "out", "--as-of", AS_OF)
    tested, _ = run("post", workspace, *sorted((workspace / "answers/test").iterdir()))
    in_production(workspace)
    run("bill", workspace, "--out", tmp_path / "out", "--as-of", AS_OF)

    code, _ = run("post", workspace, *sorted((workspace / "answers").glob("*.edi")))
    run("claims", workspace, "--json", report)

    every = {claim["claim_id"]: claim for claim in json.loads(report.read_text())["claims"]}
    claims = {id_: claim for id_, claim in every.items() if claim["mode"] == "production"}
    assert (tested, code) == (0, 1)  # a claim was rejected
    assert (len(every), len(claims)) == (52, 26)
    assert {claim["state"] for id_, claim in every.items() if id_ not in claims} == {"accepted"}
    states = {id_: (claim["state"], claim["paid"]) for id_, claim in claims.items()}
    assert {id_: state for id_, state in states.items() if state[0] != "paid"} == {
        REJECTED: ("rejected-payer", "0.00"),
        DENIED: ("denied", "0.00"),
        CUT: ("partly-paid", "40.00"),
    }
    [line] = claims[CUT]["lines"]
    assert line["adjustments"] == [{"group": "CO", "reason": "119", "amount": "10.00"}]
    assert line["remarks"] == ["N362"]
