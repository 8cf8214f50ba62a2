import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from peerbill.cli import main
from peerbill.policy import packaged_programmes, packaged_states

EVERY = [id_ for state in packaged_states() for id_ in packaged_programmes(state)]


def policy(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["policy", *arguments])


def test_without_an_argument_every_programme_is_listed() -> None:
    result = policy("--json", "-")

    assert result.exit_code == 0
    assert [known["id"] for known in json.loads(result.stdout)["programmes"]] == EVERY


def test_a_state_lists_its_programmes() -> None:
    result = policy("nj", "--json", "-")

    assert [known["id"] for known in json.loads(result.stdout)["programmes"]] == list(packaged_programmes("NJ"))
    assert "NJ/sud" in result.stderr


def test_the_list_fits_80_columns() -> None:
    result = policy()

    assert "NJ/sud" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_each_value_stands_with_its_status_and_source() -> None:
    result = policy("NJ/sud", "--on", "2026-03-02")

    assert result.exit_code == 0
    assert "\nunit\n  minutes: 15 [primary]" in result.stdout
    assert "\n  rounding: not known [primary]" in result.stdout
    assert "      Self-Help/Peer Support Billing Guidelines, effective July 1, 2020" in result.stdout


def test_an_agency_value_takes_the_place_of_the_packaged_one(workspace: Path) -> None:
    result = policy("NJ/sud", "--on", "2026-03-02", "--workspace", str(workspace))

    assert "\n  rounding: down [agency]\n      Example value, not a real rule, p. 12\n" in result.stdout


@pytest.mark.parametrize("programme", EVERY)
def test_every_programme_can_be_shown(programme: str) -> None:
    result = policy(programme, "--on", "2026-06-01", "--json", "-")
    if result.exit_code == 2:
        assert "is not in force on 2026-06-01; known " in result.stderr
        return
    values = json.loads(result.stdout)["values"]

    assert values
    assert all(value["status"] in {"primary", "secondary", "unconfirmed", "agency", "conflict"} for value in values)
    assert all(value["citations"] or value["note"] for value in values)


def test_a_day_before_the_programme_is_told() -> None:
    result = policy("NJ/sud", "--on", "2001-01-01")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: NJ/sud is not in force on 2001-01-01; known from ")


@pytest.mark.parametrize(
    ("programme", "told"),
    [
        ("ZZ", "there are no policies for ZZ"),
        ("NJ/sux", "did you mean 'sud'?"),
        ("NJ/", "a programme is written STATE/PROGRAMME"),
    ],
)
def test_what_is_not_there_is_told(programme: str, told: str) -> None:
    result = policy(programme)

    assert result.exit_code == 2
    assert told in result.stderr


def test_a_date_in_another_form_is_a_wrong_use() -> None:
    assert policy("NJ/sud", "--on", "3/2/2026").exit_code == 2
