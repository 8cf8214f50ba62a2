"""What is about to lapse: authorizations, credentials, plans, supervision."""

from typing import Any

import attrs
import pytest
from work_lists import day, items

from peerbill.ledger.look.worklist import UsedUnits
from peerbill.todo.item import TodoItem

NUMBER = {"member_id": "M1", "payer": "plan", "number": "A1", "hcpcs": "H0038", "from": "2026-01-01"}


def authorization(**more: str) -> dict[str, Any]:
    return {"authorizations": {"A1": {**NUMBER, **more}}}


def used(units: int, on: str = "2026-03-02", **more: Any) -> UsedUnits:
    return attrs.evolve(UsedUnits("M1", "A1", "plan", "H0038", ("HF",), day(on), units), **more)


@pytest.mark.parametrize(
    ("row", "units", "said"),
    [
        ({"units": "40"}, 31, None),
        ({"units": "40"}, 32, "32 of 40 units used"),
        ({"units": "40", "to": "2026-06-30"}, 31, None),
        ({"units": "40", "to": "2026-06-29"}, 31, "31 of 40 units used, ends on 2026-06-29, within 90 days"),
        ({"units": "40", "to": "2026-05-30"}, 0, "0 of 40 units used, ends on 2026-05-30, within 60 days"),
        ({"units": "40", "to": "2026-04-30"}, 40, "40 of 40 units used, ends on 2026-04-30, within 30 days"),
        ({"to": "2026-04-30"}, 0, "ends on 2026-04-30, within 30 days"),
        ({"units": "40", "to": "2026-03-31"}, 0, "0 of 40 units used, ends on 2026-03-31, within 30 days"),
        ({"units": "40", "to": "2026-03-30"}, 0, None),
    ],
)
def test_authorizations_are_told_when_nearly_used_or_ending(row: dict[str, str], units: int, said: str | None) -> None:
    found = items("authorization", {**authorization(**row), "encounters": {"E1": False}}, used=(used(units),))
    expected = TodoItem(
        kind="authorization",
        what=f"authorization A1 of M1 for H0038: {said}",
        do="Ask the payer for more units or for the next authorization, and enter it in authorizations.",
        deadline=day(row["to"]) if "to" in row else None,
        payer="plan",
        member_ids=("M1",),
    )
    assert found == (() if said is None else (expected,))


def test_only_units_of_the_row_count() -> None:
    elsewhere = (used(40, on="2025-12-31"), used(40, number="A2"), used(40, payer="x"), used(40, hcpcs="H0025"),
                 used(40, modifiers=("HQ",)), used(40, member_id="M2"))  # fmt: skip
    assert items("authorization", authorization(units="40", modifiers="HF"), used=elsewhere) == ()


def test_an_authorization_that_another_follows_is_not_told() -> None:
    patch = authorization(units="40", to="2026-04-30")
    follows = {**NUMBER, "from": "2026-05-01", "to": "2026-12-31", "units": "40"}
    assert len(items("authorization", patch)) == 1
    patch["authorizations"]["A2"] = follows
    assert items("authorization", patch) == ()
    patch["authorizations"]["A2"] = {**follows, "from": "2026-05-02"}
    assert len(items("authorization", patch)) == 1


@pytest.mark.parametrize(
    ("on", "within"),
    [("2026-10-01", None), ("2026-10-02", "90"), ("2026-11-01", "60"), ("2026-11-30", "60"), ("2026-12-01", "30"),
     ("2026-12-31", "30"), ("2027-01-01", None)],
)  # fmt: skip
def test_credentials_are_told_90_60_and_30_days_before_they_lapse(on: str, within: str | None) -> None:
    expected = tuple(
        TodoItem(
            kind="credential",
            what=f"CPS of {staff} lapses on 2026-12-31, within {within} days",
            do="Have it renewed before that day, and enter the renewal in credentials; services after it are held.",
            deadline=day("2026-12-31"),
            staff_ids=(staff,),
        )
        for staff in ("S1", "S2")
    )
    assert items("credential", on=day(on)) == (() if within is None else expected)


@pytest.mark.parametrize(
    "patch",
    [
        {"staff": {"S1": {"left_on": "2026-11-30"}}},
        {"credentials": {"first": {"state": "YY"}}},
        {"credentials": {"first": {"credential": "OTHER"}}},
        {"credentials": {"first": {"status": "revoked"}}},
        {"credentials": {"next": {"like": "first", "issued_on": "2027-01-01", "expires_on": "2028-12-31"}}},
    ],
)
def test_credentials_that_matter_to_nobody_are_not_told(patch: dict[str, Any]) -> None:
    assert [item.staff_ids for item in items("credential", patch, day("2026-12-01"))] == [("S2",)]


def test_a_renewal_that_leaves_a_gap_does_not_count() -> None:
    late = {"credentials": {"next": {"like": "first", "issued_on": "2027-01-02", "expires_on": "2028-12-31"}}}
    assert len(items("credential", late, day("2026-12-01"))) == 2


@pytest.mark.parametrize(("on", "listed"), [("2026-05-31", True), ("2026-06-01", False)])
def test_plans_are_told_of_members_served_in_the_last_90_days(on: str, listed: bool) -> None:
    patch = {"plans": {"P1": {"expires_on": "2026-06-30"}, "P2": {"expires_on": "2026-06-30"}}}
    expected = TodoItem(
        kind="plan",
        what="1 plan lapses on 2026-06-30, within 30 days",
        do="Review the plan with the member, have it signed, and enter the new one in plans.",
        deadline=day("2026-06-30"),
        member_ids=("M1",),
    )
    assert items("plan", patch, day(on)) == ((expected,) if listed else ())
    (item,) = items("plan", patch, day("2026-06-01"), seen=frozenset({"M2"}))
    assert item.member_ids == ("M2",)


def test_a_plan_that_another_follows_is_not_told() -> None:
    patch = {"plans": {"P1": {"expires_on": "2026-04-30"},
                       "P3": {"like": "P1", "effective_on": "2026-05-01", "expires_on": "2026-12-31"}}}  # fmt: skip
    assert items("plan", patch) == ()


WEEKLY = '[[peer.supervision]]\nevery = "week"\nsource = "manual p. 9"\n'
ROLLING = '[[peer.supervision]]\nevery = "30 rolling days"\nsource = "manual p. 9"\n'
MEETING = {"staff_id": "S1", "supervisor_id": "V1", "minutes": "60"}


@pytest.mark.parametrize(
    ("policy", "meeting", "on", "due"),
    [
        (WEEKLY, None, "2026-03-02", "1 meeting per week|2026-03-07"),
        (WEEKLY, None, "2026-03-07", "1 meeting per week|2026-03-07"),
        (WEEKLY, None, "2026-03-08", None),  # over: the audit judges it
        (WEEKLY, "2026-03-01", "2026-03-02", None),
        (WEEKLY, "2026-02-28", "2026-03-02", "1 meeting per week|2026-03-07"),
        (ROLLING, "2026-02-20", "2026-03-10", "1 meeting per 30 rolling days|2026-03-21"),
        (ROLLING, "2026-02-20", "2026-03-22", "1 meeting per 30 rolling days|2026-03-22"),
        (ROLLING, None, "2026-04-01", None),  # not served for 30 days
    ],
)
def test_supervision_is_told_while_its_window_is_open(
    policy: str, meeting: str | None, on: str, due: str | None
) -> None:
    patch = {"policy": policy, "supervision": {"one": {**MEETING, "date": meeting}} if meeting else {}}
    found = items("supervision", patch, day(on))
    told = [f"{item.what.partition('(')[2].partition(')')[0]}|{item.deadline}" for item in found]
    assert told == ([] if due is None else [due])
    assert all(item.staff_ids == ("S1",) for item in found)
