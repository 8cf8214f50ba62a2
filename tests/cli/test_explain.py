import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from peerbill.checks import CHECKS
from peerbill.cli import main

CODES = [check.code for check in CHECKS]


def test_all_checks_are_listed_in_80_columns() -> None:
    result = CliRunner().invoke(main, ["explain"])
    lines = result.stdout.splitlines()

    assert result.exit_code == 0
    assert [line.split()[0] for line in lines if line.strip().startswith("PB")] == CODES
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("code", CODES)
def test_each_check_has_its_page(code: str) -> None:
    (check,) = [check for check in CHECKS if check.code == code]
    result = CliRunner().invoke(main, ["explain", code.lower()])

    assert result.exit_code == 0
    assert result.stdout.startswith(f"{code}  {check.requirement}\n")
    for part in ("Why it matters: ", "Passes: ", "Fails: ", "Looks at: ", "Source: "):
        assert f"\n  {part}" in result.stdout


def test_json_holds_the_same_pages() -> None:
    result = CliRunner().invoke(main, ["explain", "--json", "-"])
    pages = json.loads(result.stdout)["checks"]

    assert [page["code"] for page in pages] == CODES
    assert all(page["requirement"] and page["why"] and page["passes"] and page["fails"] for page in pages)


def test_a_code_that_no_check_has() -> None:
    result = CliRunner().invoke(main, ["explain", "PB999"])

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "Error: PB999: no check has this code. List them with: peerbill explain\n"


@pytest.mark.parametrize(
    ("code", "looks_at"),
    [("PB001", "each row as it is read"), ("PB103", "the encounters that make one service line")],
)
def test_what_a_check_looks_at_is_told_in_words(code: str, looks_at: str) -> None:
    result = CliRunner().invoke(main, ["explain", code])

    assert f"  Looks at: {looks_at}\n" in result.stdout


@pytest.fixture
def example(tmp_path: Path) -> str:
    folder = tmp_path / "agency"
    assert CliRunner().invoke(main, ["init", str(folder), "--example", "mi-recovery-coach"]).exit_code == 0
    return str(folder)


def test_an_encounter_is_explained_step_by_step(example: str) -> None:
    result = CliRunner().invoke(main, ["explain", example, "E06", "--as-of", "2026-10-14"])

    assert result.exit_code == 0
    steps = [line for line in result.stdout.splitlines() if not line.startswith("    Source: ")]
    assert steps == [
        "E06  billable as of 2026-10-14: H0038:HF:HQ, 5 units, $50.00",
        "  mi-medicaid covers the member on 2026-09-17, with rank 1.",
        "  MI/sud-recovery-coaching is the policy of mi-medicaid in peerbill.toml, and in force on 2026-09-17.",
        "  The service group is billed as H0038.",
        "  Modifier HF belongs to the service group.",
        "  Modifier HQ belongs to the service group.",
        "  17:00 to 18:15 is 75 minutes.",
        "  A unit is 15 minutes.",
        "  75 minutes are exactly 5 units.",
        "  The rendering provider is the peer: staff S4.",
        "  The usual charge for H0038:HQ: $10.00 a unit, 5 units: $50.00.",
    ]
    assert "    Source: peerbill.toml, [payers.mi-medicaid] charges, H0038:HQ [agency]" in result.stdout.splitlines()


def test_json_holds_the_steps_with_their_figures(example: str) -> None:
    result = CliRunner().invoke(main, ["explain", example, "E06", "--as-of", "2026-10-14", "--json", "-"])
    found = json.loads(result.stdout)

    assert (found["encounter_id"], found["units"], found["charge"]) == ("E06", 5, "50.00")
    assert found["steps"][-1]["values"] == {"unit_charge": "10.00", "units": 5, "charge": "50.00"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{folder}"], "{folder} is a folder: name an encounter too, as in: peerbill explain {folder} E1"),
        (["{folder}", "E99"], "no encounter E99 can be explained: it is not among the encounters"),
        (["PB303", "--as-of", "2026-10-14"], "--as-of is for an encounter: peerbill explain DIR ENCOUNTER"),
    ],
)
def test_what_cannot_be_explained_is_refused(example: str, arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(main, ["explain", *(part.format(folder=example) for part in arguments)])

    assert result.exit_code == 2
    assert message.format(folder=example) in " ".join(result.output.split())
