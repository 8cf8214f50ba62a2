"""The rows of one group are one session."""

import datetime as dt
from typing import Any

from believable import contact

from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.sessions import Sessions

START = dt.datetime(2026, 3, 2, 10)


def new(*rows: PatternRow) -> list[bool]:
    sessions = Sessions()
    return [sessions.is_new(row) for row in rows]


def test_rows_of_one_group_are_one_session() -> None:
    group: dict[str, Any] = {"mode": "group", "group_id": "G1"}

    assert new(*(contact(number, START, **group) for number in range(3))) == [True, False, False]


def test_another_group_peer_or_start_is_another_session() -> None:
    assert new(
        contact(1, START, mode="group", group_id="G1"),
        contact(2, START, mode="group", group_id="G2"),
        contact(3, START, mode="group", group_id="G1", staff_id="S2"),
        contact(4, START, mode="group", group_id="G1"),
        contact(5, START + dt.timedelta(minutes=1), mode="group", group_id="G1"),
    ) == [True, True, True, False, True]


def test_groups_without_an_id_that_begin_together_are_one() -> None:
    assert new(contact(1, START, mode="group"), contact(2, START, mode="group")) == [True, False]


def test_contacts_of_one_to_one_are_each_their_own() -> None:
    assert new(contact(1, START), contact(2, START)) == [True, True]
