"""What tables and columns are for, for the people who fill them in."""

import attrs
import pytest
from rows import SETTINGS

from peerbill import records_from
from peerbill.intake.column_help import Column, table_help
from peerbill.intake.tables import TABLES


@pytest.mark.parametrize("name", TABLES)
def test_the_columns_are_those_of_the_table_and_each_that_is_needed_has_an_example(name: str) -> None:
    help_ = table_help(name)

    assert tuple(column.name for column in help_.columns) == TABLES[name].columns
    assert tuple(column.name for column in help_.columns if column.required) != ()
    assert {column.name for column in help_.columns if column.required} == set(TABLES[name].required)
    assert [column.name for column in help_.columns if column.required and not column.example] == []
    assert [column.name for column in help_.columns if not column.about] == []


def test_the_examples_of_all_tables_can_be_read_together() -> None:
    rows = {
        name: [{column.name: column.example for column in table_help(name).columns if column.example}]
        for name in TABLES
    }
    (payer,) = SETTINGS.payers.values()
    medicaid, medicare = attrs.evolve(payer, key="medicaid"), attrs.evolve(payer, key="medicare", policy=())
    settings = attrs.evolve(SETTINGS, payers={"medicaid": medicaid, "medicare": medicare})
    records = records_from(settings, rows)

    assert (records.problems, records.rejected, records.notices, records.holds) == ((), (), (), ())
    assert [len(getattr(records, name)) for name in TABLES] == [1] * len(TABLES)


def test_a_column_of_words_has_them() -> None:
    columns = {column.name: column for column in table_help("encounters").columns}

    assert columns["channel"] == Column(
        name="channel",
        required=False,
        kind="word of the list",
        words=("in-person", "video", "audio"),
        own_words=False,
        several=False,
        about="how the contact took place (PB603)",
        example="in-person",
    )
    assert (columns["diagnoses"].several, columns["diagnoses"].words) == (True, ())
    assert (columns["start"].kind, columns["payer"].kind) == ("time", "key of `[payers]`")
