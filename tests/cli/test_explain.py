import json

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
