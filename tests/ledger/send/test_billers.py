"""Eight billers at once, each a process: everything is billed, nothing twice, and no number is given twice."""

from typing import Any

import attrs
import pytest
import sqlalchemy as sa

from peerbill.ledger.store import tables
from peerbill.ledger.verify import verify

BILLERS = 8


def _together(billers: list[tuple[Any, int, int]]) -> None:
    processes = [agency.start(first, last) for agency, first, last in billers]
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * len(billers)
    assert [agency.told(first).get("error") for agency, first, _ in billers] == [None] * len(billers)


def _assert_each_once(agency: Any, count: int) -> None:
    ids = [f"E{number:06d}" for number in range(count)]
    assert agency.sent() == ids
    assert [billed.encounter_id for billed in agency.ledger().history()] == ids
    numbers = agency.control_numbers()
    assert len(set(numbers)) == len(numbers) == len(list(agency.out.glob("*.837")))
    with agency.ledger().engine.connect() as connection:
        states = set(connection.execute(sa.select(tables.batches.c.state, tables.files.c.state).join(tables.files)))
        assert verify(connection).problems == ()
    assert {tuple(row) for row in states} == {("confirmed", "confirmed")}


def test_billers_of_different_encounters(agency: Any) -> None:
    _together([(agency, 5 * number, 5 * number + 5) for number in range(BILLERS)])

    _assert_each_once(agency, 5 * BILLERS)


def test_billers_of_the_same_encounters(agency: Any) -> None:
    _together([(agency, number, 24) for number in range(BILLERS)])

    sent = [int(one[1:]) for one in agency.sent()]
    assert sorted(set(sent)) == sent
    _together([(agency, 0, 24)])
    _assert_each_once(agency, 24)


@pytest.mark.parametrize("same", [True, False])
def test_billers_on_machines_that_share_only_the_server(sqlite_agency: Any, postgresql_url: str, same: bool) -> None:
    agency = attrs.evolve(sqlite_agency, url=postgresql_url)
    billers = []
    for number in range(BILLERS):
        workspace = agency.workspace.with_name(f"machine-{number}")
        workspace.mkdir()
        first, last = (number, 24) if same else (3 * number, 3 * number + 3)
        billers.append((attrs.evolve(agency, workspace=workspace), first, last))

    _together(billers)

    _together([(agency, 0, 24)])
    _assert_each_once(agency, 24)
