"""A waiver counts alike in audit, bill, todo, replace and the rest, in both databases."""

import datetime as dt
from pathlib import Path
from typing import Any

import attrs
import pytest
from worlds import World, make_world

from peerbill import Agency, Records, Severity, Waiver
from peerbill.model.errors import UnusableInputError

NO_RELEASE = {"members": {"M1": {"release_on": ""}}, "payers": {"plan": {"mode": "production"}}}
UNTIL = dt.date(2026, 9, 1)


@pytest.fixture
def world(ledger_url: str) -> World:
    """Return a world whose agency holds what has no release; its ledger is in one database, then in the other."""
    made = make_world(NO_RELEASE)
    settings = attrs.evolve(
        made.records.settings, severity={"PB408": Severity.ERROR}, ledger_url=ledger_url, ledger_tag="TEST"
    )
    return attrs.evolve(made, records=attrs.evolve(made.records, settings=settings))


@pytest.fixture
def agency(world: World, tmp_path: Path) -> Agency:
    """Return the agency of that world."""
    (tmp_path / "out").mkdir()
    return Agency(
        world.records.settings, policies=world.policies, folder=tmp_path, files=tmp_path / "out", who="Reviewer 1"
    )


def waive(agency: Agency, world: World, *ids: str) -> Waiver:
    waivers, refused = agency.waive(
        world.records, "PB408", ids or ("E1",), reason=" paper\nchart ", until=UNTIL, day=world.as_of
    )
    assert refused == ()
    (one,) = waivers
    return one


def kinds(agency: Agency, records: Records, day: dt.date) -> list[str]:
    return [item.kind for item in agency.todo(records, day).items if item.encounter_ids == ("E1",)]


def test_audit_todo_bill_and_the_form_agree(agency: Agency, world: World) -> None:
    records, day = world.records, world.as_of
    before = agency.audit(records, day)
    assert (before.count("held"), kinds(agency, records, day)) == (1, ["held"])
    assert agency.bill(records, day).batch.claims == ()
    one = waive(agency, world)
    after = agency.audit(records, day)

    assert (one.who, one.reason, one.severity, agency.waivers()) == ("Reviewer 1", "paper chart", "error", (one,))
    assert (after.count("billable"), [found.waiver for found in after.waived]) == (1, [one])
    assert kinds(agency, records, day) == ["ready"]
    assert agency.auditor(records, day).encounter(records.encounters[0]).status == "billable"
    assert agency.explain(records, "E1", day).status == "billable"
    assert [line.encounter_ids for claim in agency.bill(records, day).batch.claims for line in claim.lines] == [("E1",)]
    assert agency.audit(records, day).idle_waivers == ()


def test_a_waiver_that_was_ended_holds_again(agency: Agency, world: World) -> None:
    one = waive(agency, world)
    done, refused = agency.end_waivers([one.waiver_id], "the chart is lost")
    result = agency.audit(world.records, world.as_of)

    assert (done, refused) == ((one.waiver_id,), ())
    assert (result.count("held"), result.waived, result.idle_waivers) == (1, (), ())
    assert [found.ended.partition(" by ")[2] for found in agency.waivers()] == ["Reviewer 1: the chart is lost"]


def test_an_encounter_that_changes_after_the_waiver_is_held(agency: Agency, world: World) -> None:
    waive(agency, world)
    changed = attrs.evolve(world.records.encounters[0], response="Came back later.")
    records = attrs.evolve(world.records, encounters=(changed,))

    assert agency.audit(records, world.as_of).count("held") == 1
    assert agency.bill(records, world.as_of).batch.claims == ()
    assert kinds(agency, records, world.as_of) == ["held"]


def test_nothing_is_recorded_where_all_is_refused(agency: Agency, world: World) -> None:
    waivers, refused = agency.waive(world.records, "PB303", ["E1"], reason="none", until=UNTIL, day=world.as_of)

    assert (waivers, [id_ for id_, _ in refused], agency.waivers()) == ((), ["E1"], ())


@pytest.mark.parametrize(
    ("reason", "until", "message"),
    [
        (" ", UNTIL, "The reason must have 1 to 500 characters"),
        ("seen", dt.date(2027, 4, 1), "A waiver ends on 2026-03-31 at the earliest and on 2027-03-31 at the latest"),
    ],
)
def test_a_waiver_needs_a_reason_and_a_last_day(
    agency: Agency, world: World, reason: str, until: dt.date, message: str
) -> None:
    with pytest.raises(UnusableInputError, match=message):
        agency.waive(world.records, "PB408", ["E1"], reason=reason, until=until, day=world.as_of)

    assert agency.waivers() == ()


def test_a_pattern_is_waived_as_the_audit_found_it(agency: Agency, world: World) -> None:
    notice = dt.date(2026, 3, 3)
    late = attrs.evolve(
        world.records.encounters[0], signed_at=dt.datetime(2026, 3, 4, 10), edited_at=dt.datetime(2026, 3, 4, 9)
    )
    records = attrs.evolve(world.records, encounters=(late,))
    codes = ("PB912", ["E1"])
    asked: dict[str, Any] = {"reason": "a typing error", "until": UNTIL, "day": world.as_of}
    without, refused = agency.waive(records, *codes, **asked)
    (one,), _ = agency.waive(records, *codes, **asked, notice=notice)
    result = agency.audit(records, world.as_of, notice=notice)

    assert (without, [id_ for id_, _ in refused]) == ((), ["E1"])
    assert [found.waiver for found in result.waived] == [one]
    assert "PB912" not in {finding.code for finding in result.findings}
    assert agency.audit(records, world.as_of).idle_waivers == ()


def test_what_was_billed_is_waived_where_the_audit_looks_at_it(agency: Agency, world: World) -> None:
    waive(agency, world)
    agency.bill(world.records, world.as_of)
    (first,) = agency.waivers()
    agency.end_waivers([first.waiver_id], "again")
    asked: dict[str, Any] = {"reason": "seen", "until": UNTIL, "day": world.as_of}
    assert agency.waive(world.records, "PB408", ["E1"], **asked)[0] == ()
    (second,), _ = agency.waive(world.records, "PB408", ["E1"], **asked, billed=True)

    assert [found.waiver for found in agency.audit(world.records, world.as_of, billed=True).waived] == [second]
    assert agency.audit(world.records, world.as_of).idle_waivers == ()
