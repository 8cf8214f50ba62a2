"""What the ledger remembers of the table of encounters, and which entries of the trail are news about it."""

import datetime as dt
from pathlib import Path
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from office import FIRST, NORTH, PROGRAM, Office, sent
from payer import Decision, ack277, in_full, remit

from peerbill.ledger.look.beginnings import (
    LONG_PAST,
    NOTHING_DUE,
    Remembered,
    has_moved,
    is_any_before,
    last_number,
    last_of,
    nothing_was_due,
    read_beginnings,
    remember,
    say_nothing_is_due,
)
from peerbill.ledger.look.history import reading
from peerbill.ledger.store import trail
from peerbill.model.beginning import Apart, Beginning

DAY = PROGRAM.billable(NORTH[0]).encounter.start.date()
AFTER = DAY + dt.timedelta(days=1)
BEGINNING = Beginning(100, 9, 7, "0" * 64, AFTER, (Apart(40, 10, 4, left=True), Apart(50, 20, 5, left=False)))
FOUND = Remembered(BEGINNING, "settings", "0.8.1", "policies", 0)


@pytest.fixture
def office(tmp_path: Path, ledger_url: str) -> Office:
    office = Office(tmp_path, ledger_url)
    office.ledger()
    return office


def look(office: Office, function: Any, *arguments: Any) -> Any:
    """Return what a function finds in the ledger."""
    with reading(office.url, office.folder) as connection:
        assert connection is not None
        return function(connection, *arguments)


def newest(connection: sa.Connection, settings: str) -> Remembered | None:
    return next(read_beginnings(connection, settings), None)


def add(office: Office, event: str, detail: str = "") -> None:
    ledger = office.ledger()
    with ledger.changing() as connection:
        trail.append(connection, ledger.now(), ledger.who, [trail.Event("", event, "", "", detail)])


def test_an_empty_trail_has_no_last_entry(office: Office) -> None:
    assert look(office, last_number) == 0
    assert look(office, newest, "settings") is None


def test_what_is_remembered_is_read_again(office: Office) -> None:
    sent(office, 1)
    remember(office.ledger(), FOUND)
    [(number, _)] = look(office, lambda connection: list(last_of(connection, LONG_PAST)))

    assert look(office, last_number) == number + 1  # and the entry that seals it
    assert look(office, newest, "settings") == attrs.evolve(FOUND, number=number)
    assert look(office, newest, "other settings") is None


def test_the_last_of_these_settings_counts(office: Office) -> None:
    later = attrs.evolve(FOUND, seen=5, bills=True)
    for found in (FOUND, later, attrs.evolve(FOUND, settings="other settings")):
        remember(office.ledger(), found)
    add(office, LONG_PAST, '{"size": 100}')  # of a version that says less

    assert attrs.evolve(look(office, newest, "settings"), number=0) == later


def test_nothing_is_read_from_before_a_purge(office: Office) -> None:
    remember(office.ledger(), FOUND)
    say_nothing_is_due(office.ledger(), FOUND, "facts", 0)
    add(office, trail.PURGED, "all")

    assert look(office, newest, "settings") is None
    assert look(office, nothing_was_due, FOUND) is None
    remember(office.ledger(), FOUND)
    assert look(office, newest, "settings") is not None


@pytest.mark.parametrize(
    ("before", "later", "moved"), [(AFTER, False, True), (DAY, False, False), (AFTER, True, False)]
)
def test_an_old_encounter_that_left_its_claim_has_moved(
    office: Office, before: dt.date, later: bool, moved: bool
) -> None:
    file = sent(office, 1)
    found = attrs.evolve(FOUND, beginning=attrs.evolve(BEGINNING, before=before), seen=look(office, last_number))
    assert not look(office, has_moved, found)
    office.post(ack277(file, lambda _: "A7:21"))

    assert look(office, has_moved, attrs.evolve(found, seen=look(office, last_number)) if later else found) == moved


def test_a_payment_moves_nothing_and_is_news(office: Office) -> None:
    file = sent(office, 1)
    found = attrs.evolve(FOUND, seen=look(office, last_number))
    remember(office.ledger(), found)
    say_nothing_is_due(office.ledger(), found, "facts", look(office, last_number))
    assert look(office, nothing_was_due, found) == "facts"
    office.post(remit(file, [Decision(claim, in_full) for claim in file.claims]))

    assert not look(office, has_moved, found)
    assert look(office, nothing_was_due, found) is None
    assert look(office, nothing_was_due, attrs.evolve(found, beginning=attrs.evolve(BEGINNING, before=DAY))) == "facts"


@pytest.mark.parametrize(
    ("event", "is_known"),
    [
        ("sent", True),
        ("posted", True),
        ("asked", True),
        (LONG_PAST, True),
        ("eligibility", False),
        ("waived", False),
        ("waiver-ended", False),
        ("reviewed", False),
        ("restored", False),
        ("an event of a later version", False),
    ],
)
def test_an_entry_without_a_claim_is_news_unless_it_is_known_to_be_none(
    office: Office, event: str, is_known: bool
) -> None:
    say_nothing_is_due(office.ledger(), FOUND, "facts", 0)
    add(office, event, "{}")
    assert look(office, nothing_was_due, FOUND) == ("facts" if is_known else None)
    say_nothing_is_due(office.ledger(), FOUND, "facts", look(office, last_number))
    assert look(office, nothing_was_due, FOUND) == "facts"


def test_what_another_workspace_or_policy_had_to_do_says_nothing(office: Office) -> None:
    other = attrs.evolve(FOUND, beginning=attrs.evolve(BEGINNING, sha256="1" * 64))
    say_nothing_is_due(office.ledger(), FOUND, "facts", 0)
    say_nothing_is_due(office.ledger(), other, "other facts", 0)

    assert look(office, nothing_was_due, FOUND) == "facts"
    assert look(office, nothing_was_due, attrs.evolve(FOUND, policies="other policies")) is None
    [_, (first, _)] = look(office, lambda connection: list(last_of(connection, NOTHING_DUE)))
    assert look(office, nothing_was_due, attrs.evolve(FOUND, number=first)) == "facts"
    assert look(office, nothing_was_due, attrs.evolve(FOUND, number=first + 1)) is None


@pytest.mark.parametrize("column", ["encounter_id", "member_id", "staff_id"])
def test_whether_any_was_billed_before_a_day(office: Office, column: str) -> None:
    sent(office, 1)
    id_ = getattr(PROGRAM.billable(NORTH[0]).encounter, column)

    assert look(office, is_any_before, column, {"", "X", id_}, AFTER)
    assert not look(office, is_any_before, column, {id_}, DAY)
    assert not look(office, is_any_before, column, {"", "X"}, AFTER)
    assert not look(office, is_any_before, column, set(), AFTER)
    assert list(office.states()) == [FIRST]
