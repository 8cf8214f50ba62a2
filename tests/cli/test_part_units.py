"""From a contact in whole units to its replacement, once the payer has said how parts of a unit are rounded."""

import json
from pathlib import Path
from typing import Any

import pytest
from answering import newest, pay
from click.testing import CliRunner, Result
from payer import in_full

from peerbill.cli import main

pytestmark = pytest.mark.usefixtures("on_both")

FIRST = "PBTEST00000001"


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in (*words, "--as-of", "2026-03-05")])


def left(workspace: Path) -> list[dict[str, Any]]:
    todo = json.loads(run("todo", workspace, "--json", "-").stdout)
    return [item for item in todo["items"] if item["kind"] == "part-units"]


@pytest.fixture
def odd(workspace: Path) -> Path:
    """Return a workspace whose contact lasts 52 minutes, of a payer that has not said what 7 of 15 minutes count."""
    encounters = workspace / "encounters.csv"
    encounters.write_text(encounters.read_text().replace("T10:45", "T10:52").replace("T13:45", "T13:52"))
    policy = workspace / "policies" / "nj.toml"
    policy.rename(workspace / "answer.toml")
    return workspace


def choose(workspace: Path, part_units: str) -> None:
    settings = workspace / "peerbill.toml"
    text = settings.read_text()
    settings.write_text(text.replace("[payers.horizon]\n", f'[payers.horizon]\npart_units = "{part_units}"\n'))


def enter_the_rule(workspace: Path, rounding: str) -> None:
    text = (workspace / "answer.toml").read_text().replace('rounding = "down"', f'rounding = "{rounding}"')
    (workspace / "policies" / "nj.toml").write_text(text, encoding="utf-8")


def test_held_is_what_it_was(odd: Path, tmp_path: Path) -> None:
    held = run("audit", odd)

    choose(odd, "hold")

    assert run("audit", odd).stdout == held.stdout
    assert "error PB605 policy: unit.rounding is not known" in held.stdout
    assert left(odd) == []


def test_whole_units_are_billed_and_replaced_once_the_rule_is_known(odd: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    choose(odd, "whole")
    [before] = left(odd)
    run("bill", odd, "--out", out)
    pay(odd, out, in_full)
    [after] = left(odd)

    assert [(line.procedure, line.units) for line in newest(out).claims[0].lines] == [("HC:H0038:HF", "3")]
    assert (before["claim_ids"], after["claim_ids"]) == ([], [FIRST])
    assert before["amount"] == after["amount"] == "16.00"
    assert after["what"] == (
        "1 encounter of NJ/sud in whole units, since no source says how parts of a unit are rounded: the rule may add "
        "1 unit at most"
    )
    assert "No claim is meant" in run("replace", odd, "--part-units", "--dry-run").stdout

    enter_the_rule(odd, "up")
    [known] = left(odd)
    dry = run("replace", odd, "--part-units", "--dry-run")

    assert known["what"] == "1 claim of NJ/sud has 1 unit fewer than the minutes make by the rule that is known now"
    assert (known["amount"], known["claim_ids"]) == ("16.00", [FIRST])
    assert dry.stdout.splitlines()[-1] == "1 claim would be replaced: $48.00 before, $64.00 after; 0 not"

    done = run("replace", odd, "--part-units", "--out", out)

    assert (done.exit_code, done.stderr) == (0, "")
    [claim] = newest(out).claims
    assert (claim.frequency, [line.units for line in claim.lines]) == ("7", ["4"])
    assert left(odd) == []


@pytest.mark.parametrize("rounding", ["down", "midpoint", "past-midpoint"])
def test_where_the_rule_adds_nothing_nothing_is_left(odd: Path, tmp_path: Path, rounding: str) -> None:
    choose(odd, "whole")
    run("bill", odd, "--out", tmp_path / "out")
    pay(odd, tmp_path / "out", in_full)

    enter_the_rule(odd, rounding)

    assert left(odd) == []
    assert "No claim is meant" in run("replace", odd, "--part-units", "--dry-run").stdout


def test_a_claim_that_is_named_is_replaced_only_if_it_has_fewer_units(odd: Path, tmp_path: Path) -> None:
    choose(odd, "whole")
    run("bill", odd, "--out", tmp_path / "out")
    pay(odd, tmp_path / "out", in_full)
    enter_the_rule(odd, "up")

    assert "1 claim would be replaced" in run("replace", odd, FIRST, "--part-units", "--dry-run").stdout
    assert "1 claim would be replaced" in run("replace", odd, "--payer", "horizon", "--part-units", "--dry-run").stdout
    assert run("replace", odd, "--dry-run").exit_code == 2
