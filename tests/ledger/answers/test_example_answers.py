"""The answers that the example ships are those of a payer to its first batch, and tell their story."""

import json
from pathlib import Path

from answering import in_production
from click.testing import CliRunner
from example_answers import AS_OF, CLAIMS, FOLDER, IDENTITY, answers, claim_ids, filled

from peerbill.cli import main
from peerbill.x12.check.guide import judge


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
    workspace = tmp_path / "workspace"
    run("init", workspace, "--example", FOLDER.name, "--tag", IDENTITY.tag)
    run("bill", workspace, "--out", tmp_path / "out", "--as-of", AS_OF)

    code, _ = run("post", workspace, *sorted((workspace / "answers").glob("*.edi")))

    assert code == 1  # a claim was rejected
    assert story(workspace, "test", tmp_path) == (CLAIMS, expected(1))

    in_production(workspace)
    run("bill", workspace, "--out", tmp_path / "out", "--as-of", AS_OF)
    code, _ = run("post", workspace, *sorted((workspace / "answers/production").iterdir()))

    assert code == 1
    assert story(workspace, "test", tmp_path) == (CLAIMS, expected(1))
    assert story(workspace, "production", tmp_path) == (CLAIMS, expected(CLAIMS + 1))


def test_the_answers_fit_whatever_tag_the_ledger_draws(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    run("init", workspace, "--example", FOLDER.name)
    run("bill", workspace, "--out", tmp_path / "out", "--as-of", AS_OF)

    _, output = run("post", workspace, *sorted((workspace / "answers").glob("*.edi")))

    assert [line.partition(": ")[2] for line in output.splitlines() if "transaction" in line] == [
        "999: 1 transaction, 26 matched, 0 unmatched",
        "277CA: 1 transaction, 26 matched, 0 unmatched",
        "835: 1 transaction, 25 matched, 0 unmatched, 1 denied",
    ]


def expected(first: int) -> dict[str, tuple[str, str]]:
    rejected, denied, cut = claim_ids(first)
    return {rejected: ("rejected-payer", "0.00"), denied: ("denied", "0.00"), cut: ("partly-paid", "40.00")}


def story(workspace: Path, mode: str, folder: Path) -> tuple[int, dict[str, tuple[str, str]]]:
    """Return how many claims were sent in a mode, and state and payment of those that were not simply paid."""
    run("claims", workspace, "--json", folder / "claims.json")
    every = json.loads((folder / "claims.json").read_text())["claims"]
    claims = {claim["claim_id"]: claim for claim in every if claim["mode"] == mode}
    states = {id_: (claim["state"], claim["paid"]) for id_, claim in claims.items() if claim["state"] != "paid"}
    [line] = next(claim for claim in claims.values() if claim["state"] == "partly-paid")["lines"]
    assert line["adjustments"] == [{"group": "CO", "reason": "119", "amount": "10.00"}]
    assert line["remarks"] == ["N362"]
    return len(claims), states
