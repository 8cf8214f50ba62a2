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


def test_the_shipped_answers_are_those_to_the_first_batch() -> None:
    shipped = {path.name: path.read_text(encoding="ascii") for path in (FOLDER / "answers").iterdir()}

    assert {name: text.replace("\n", "") for name, text in shipped.items()} == answers()


def test_pyx12_finds_nothing_against_the_shipped_answers() -> None:
    assert [(name, remark) for name, text in answers().items() for remark in judge(filled(text)).remarks] == []


def test_posting_the_shipped_answers_tells_what_became_of_each_claim(tmp_path: Path) -> None:
    workspace, report = tmp_path / "workspace", tmp_path / "claims.json"
    run("init", workspace, "--example", FOLDER.name, "--tag", IDENTITY.tag)
    in_production(workspace)
    run("bill", workspace, "--out", tmp_path / "out", "--as-of", AS_OF)

    code, _ = run("post", workspace, *sorted((workspace / "answers").iterdir()))
    run("claims", workspace, "--json", report)

    claims = {claim["claim_id"]: claim for claim in json.loads(report.read_text())["claims"]}
    assert code == 1  # a claim was rejected
    assert len(claims) == 26
    states = {id_: (claim["state"], claim["paid"]) for id_, claim in claims.items()}
    assert {id_: state for id_, state in states.items() if state[0] != "paid"} == {
        REJECTED: ("rejected-payer", "0.00"),
        DENIED: ("denied", "0.00"),
        CUT: ("partly-paid", "40.00"),
    }
    [line] = claims[CUT]["lines"]
    assert line["adjustments"] == [{"group": "CO", "reason": "119", "amount": "10.00"}]
    assert line["remarks"] == ["N362"]
