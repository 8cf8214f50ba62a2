"""Days worked by hand for each state, `fixtures/states/xx.toml`, come out as the hand says (`tests/worked_days.py`)."""

import functools
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from worked_days import make_state_world, outcome

from peerbill.policy import packaged_states

FOLDER = Path(__file__).parents[2] / "fixtures" / "states"
NUMBERS = dict(
    enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
)


@functools.cache
def cases(state: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{state}.toml").read_text(encoding="utf-8"))


ALL = [(path.stem, name) for path in sorted(FOLDER.glob("*.toml")) for name in cases(path.stem)]


@pytest.mark.parametrize(("state", "name"), ALL, ids=[f"{state}: {name}" for state, name in ALL])
def test_day_worked_by_hand(state: str, name: str) -> None:
    case = cases(state)[name]
    result = make_state_world(case).audit()

    found = "\n".join(f"{one.code} {','.join(one.encounter_ids)}: {one.message}" for one in result.findings)
    assert outcome(result) == case["expect"], f"the audit found:\n{found}"


@pytest.mark.parametrize(("state", "name"), ALL, ids=[f"{state}: {name}" for state, name in ALL])
def test_worked_day_says_why(state: str, name: str) -> None:
    """The arithmetic comes to the units of each encounter that is billed, as a figure or as a word."""
    case = cases(state)[name]
    units = {int(found[1]) for line in case["expect"] if (found := re.search(r", (\d+) units of ", line))}
    said = set(re.findall(r"[\w.]+\b", case["why"].casefold()))

    assert case["programme"].startswith(f"{state.upper()}/")
    missing = [number for number in units if said.isdisjoint({str(number), NUMBERS.get(number, "")})]
    assert missing == [], "`why` works these units out: write the arithmetic, such as 240 minutes / 15 = 16 units"
    assert case["why"].split()


def test_every_packaged_state_has_a_worked_day() -> None:
    assert {path.stem.upper() for path in FOLDER.glob("*.toml")} == set(packaged_states())
