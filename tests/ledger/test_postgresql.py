"""The same ledger in PostgreSQL: set PEERBILL_TEST_POSTGRESQL to the address of an empty database to run this."""

import os
from typing import Any

import pytest
import sqlalchemy as sa

from peerbill.errors import LedgerError
from peerbill.ledger import bill_run, open_ledger, read_history, tables
from peerbill.ledger.database import VERSION_TABLE

URL = os.environ.get("PEERBILL_TEST_POSTGRESQL", "")

pytestmark = pytest.mark.skipif(not URL, reason="PEERBILL_TEST_POSTGRESQL names no database")


@pytest.fixture
def empty() -> None:
    with sa.create_engine(URL, poolclass=sa.pool.NullPool).begin() as connection:
        tables.metadata.drop_all(connection)
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {VERSION_TABLE}")


def test_a_ledger_in_postgresql_bills_once_and_keeps_what_it_was_told(agency: Any, empty: None) -> None:
    program = agency.program
    assert read_history(URL, agency.workspace) == ()
    ledger = open_ledger(URL, agency.workspace)

    first = program.bill(ledger, agency.out, [program.billable(n) for n in range(20)])
    second = program.bill(ledger, agency.out, [program.billable(n) for n in range(30)])

    assert (first.batch_id, second.batch_id) == (1, 2)
    assert agency.sent() == [f"E{number:06d}" for number in range(30)]
    history = read_history(URL, agency.workspace)
    assert history == open_ledger(URL, agency.workspace).history()
    assert [billed.encounter_id for billed in history] == [f"E{number:06d}" for number in range(30)]


def test_a_second_run_from_another_machine_is_told(agency: Any, empty: None) -> None:
    """The lock files differ, as they would on two machines; the database is one."""
    elsewhere = agency.workspace.with_name("elsewhere")
    elsewhere.mkdir()
    other = open_ledger(URL, elsewhere)

    with (
        bill_run(open_ledger(URL, agency.workspace)),
        pytest.raises(LedgerError, match="another bill run"),
        bill_run(other, wait=0.1),
    ):
        pass
