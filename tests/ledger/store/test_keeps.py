"""What the ledger keeps is told, column by column; and what it promises not to keep is not there."""

import tomllib
from importlib import resources

from click.testing import CliRunner, Result

from peerbill.cli import main
from peerbill.ledger.store.keeps import kept_tables
from peerbill.ledger.store.tables import metadata


def keeps(*words: str) -> Result:
    return CliRunner().invoke(main, ["ledger", "keeps", *words])


def test_every_table_and_column_is_described() -> None:
    said = tomllib.loads(resources.files("peerbill.ledger.store").joinpath("keeps.toml").read_text(encoding="utf-8"))
    missing = [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if not said.get(table.name, {}).get("columns", {}).get(column.name)
    ]

    assert missing == [], "describe them in peerbill/ledger/store/keeps.toml"
    assert {name: set(table.get("person", ())) - set(table["columns"]) for name, table in said.items()} == {
        name: set() for name in said
    }


def test_ids_days_and_texts_of_people_are_marked() -> None:
    of_people = {
        "member_id",
        "subscriber_id",
        "staff_id",
        "encounter_id",
        "diagnoses",
        "who",
        "account",
        "words",
        "service_date",
    }
    wrong = [
        f"{kept.name}.{column}"
        for kept in kept_tables()
        for column in kept.columns
        if column in of_people and column not in kept.person
    ]

    assert wrong == []
    assert [kept.name for kept in kept_tables() if kept.person and not kept.because] == [
        "answers",
        "refusals",
        "settlements",
    ]


def test_the_command_lists_tables_and_the_columns_of_one() -> None:
    every, claims, none = keeps(), keeps("claims"), keeps("members")

    assert (every.exit_code, claims.exit_code, none.exit_code) == (0, 0, 2)
    assert all(table in every.stdout for table in metadata.tables)
    assert claims.stdout.startswith(
        "claims: each claim, with what a later void or replacement has to repeat of it. Why: "
    )
    assert " subscriber_id * " in claims.stdout
    assert " charge_cents " in claims.stdout
    assert "members: the ledger has no such table. There are: counters, identity" in none.stderr
