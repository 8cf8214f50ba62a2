"""`peerbill tables`."""

import pytest
from click.testing import CliRunner

from peerbill.cli import main
from peerbill.intake.tables import TABLES


def test_every_table_is_listed_and_those_that_are_needed_are_marked() -> None:
    result = CliRunner(env={"COLUMNS": "400"}).invoke(main, ["tables"])
    rows = [line.split() for line in result.stdout.splitlines() if line.split()[:1] and line.split()[0] in TABLES]

    assert result.exit_code == 0
    assert [row[0] for row in rows] == list(TABLES)
    assert [row[0] for row in rows if row[1] == "yes"] == ["staff", "members", "coverage", "encounters"]


def test_a_table_has_its_columns_words_and_an_example_row() -> None:
    lines = CliRunner().invoke(main, ["tables", "stays"]).stdout.splitlines()

    assert lines[0].startswith("A stay: kind is inpatient, residential, incarceration or imd")
    assert lines[1] == "A row that cannot be read holds every encounter that it could concern (PB407)."
    assert [line.split()[:2] for line in lines if line.split()[:1] in (["member_id"], ["kind"])] == [
        ["member_id", "yes"],
        ["kind", "yes"],
    ]
    assert lines[-3:] == ["Example:", "member_id,kind,from,to", "M1,inpatient,2026-02-01,2026-02-04"]


@pytest.mark.parametrize("table", TABLES)
def test_no_word_is_broken_at_80_columns(table: str) -> None:
    def words(columns: str) -> list[str]:
        return sorted(CliRunner(env={"COLUMNS": columns}).invoke(main, ["tables", table]).stdout.split())

    assert [word for word in words("80") if set(word) != {"─"}] == [word for word in words("900") if set(word) != {"─"}]


def test_words_to_which_a_policy_may_add_are_marked() -> None:
    lines = CliRunner(env={"COLUMNS": "300"}).invoke(main, ["tables", "staff"]).stdout.splitlines()
    (role,) = (line for line in lines if line.strip().startswith("role "))

    assert "peer, supervisor, clinician or a word of your policy" in role


def test_another_name_is_refused() -> None:
    result = CliRunner().invoke(main, ["tables", "encounter"])

    assert (result.exit_code, result.stderr) == (
        2,
        "Error: encounter: expected the name of a table. Did you mean encounters?\n",
    )
