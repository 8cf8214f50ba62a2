"""Waivers in the audit trail, in both databases."""

import datetime as dt
from typing import Any

import attrs
import pytest
import sqlalchemy as sa

from peerbill.ledger.send.runs import bill_run
from peerbill.ledger.store import tables, trail
from peerbill.ledger.store.trail import Event
from peerbill.ledger.verify import verify
from peerbill.ledger.waivers import end_waivers, read_waivers, record_waivers
from peerbill.model.errors import LedgerError, UnusableInputError
from peerbill.model.finding import Severity
from peerbill.model.waiver import Waiver

NEW = Waiver(
    waiver_id="",
    code="PB803",
    encounter_ids=("E1", "E2"),
    fingerprints=("a" * 64, "b" * 64),
    where="encounters.start",
    content="c" * 64,
    severity=Severity.WARNING,
    message="the sessions add up to 13 h",
    until=dt.date(2026, 9, 1),
    reason='a storm: the "night" shift, São Tomé',
)


def record(agency: Any, *waivers: Waiver) -> tuple[Waiver, ...]:
    with bill_run(agency.ledger()) as run:
        return record_waivers(run, waivers)


def read(agency: Any) -> tuple[Waiver, ...]:
    with agency.ledger().engine.connect() as connection:
        return read_waivers(connection)


def test_a_waiver_comes_back_as_it_was_given_with_when_and_by_whom(agency: Any) -> None:
    agency.bill(0, 1)
    other = attrs.evolve(NEW, encounter_ids=("E3",), fingerprints=("d" * 64,), severity=Severity.ERROR)
    first, second = record(agency, NEW, other)
    (number,) = {int(one.waiver_id[1:]) - at for at, one in enumerate((first, second))}

    assert number > 1
    assert read(agency) == (first, second)
    assert attrs.evolve(first, waiver_id="", who="", at="") == NEW
    assert attrs.evolve(second, waiver_id="", who="", at="") == other
    assert first.who == agency.ledger().who != ""
    assert dt.datetime.fromisoformat(first.at).tzinfo is not None


def test_the_trail_is_whole_and_shows_a_changed_waiver(agency: Any) -> None:
    record(agency, NEW)
    ledger = agency.ledger()
    with ledger.engine.connect() as connection:
        assert verify(connection).problems == ()
    events = tables.events
    with ledger.changing() as connection:
        detail = connection.execute(sa.select(events.c.detail).where(events.c.event == "waived")).scalar_one()
        later = detail.replace("2026-09-01", "2099-09-01")
        connection.execute(sa.update(events).where(events.c.event == "waived").values(detail=later))
    with ledger.engine.connect() as connection:
        assert [one.kind for one in verify(connection).problems] == ["trail"]


def test_an_end_keeps_the_waiver_and_says_who_and_why(agency: Any) -> None:
    (given,) = record(agency, NEW)
    with bill_run(agency.ledger()) as run:
        done, refused = end_waivers(run, [given.waiver_id.lower(), "W99", given.waiver_id], " it is\nover ")
    (ended,) = read(agency)
    with bill_run(agency.ledger()) as run:
        again = end_waivers(run, [given.waiver_id], "again")

    assert (done, refused) == ([given.waiver_id], [("W99", "there is no such waiver")])
    assert attrs.evolve(ended, ended="") == given
    assert ended.ended.endswith(f" by {given.who}: it is over")
    assert again == ([], [(given.waiver_id, f"it was ended on {ended.ended}")])


@pytest.mark.parametrize("reason", ["", " \n", "x" * 501])
def test_an_end_needs_a_reason(agency: Any, reason: str) -> None:
    (given,) = record(agency, NEW)
    with bill_run(agency.ledger()) as run, pytest.raises(UnusableInputError, match="The reason must have 1 to 500"):
        end_waivers(run, [given.waiver_id], reason)

    assert read(agency) == (given,)


@pytest.mark.parametrize(
    ("event", "detail"),
    [
        ("waived", "no JSON"),
        ("waived", '{"code":"PB803"}'),
        ("waiver-ended", '{"waiver_id":"W99","reason":"none"}'),
    ],
)
def test_an_entry_that_cannot_be_read_stops(agency: Any, event: str, detail: str) -> None:
    ledger = agency.ledger()
    with ledger.changing() as connection:
        trail.append(connection, ledger.now(), ledger.who, [Event("", event, "", "", detail)])

    with pytest.raises(LedgerError, match=r"^entry 1 of the audit trail is about a waiver and cannot be read"):
        read(agency)


def test_nothing_is_recorded_for_no_waiver(agency: Any) -> None:
    assert record(agency) == ()
    assert read(agency) == ()
