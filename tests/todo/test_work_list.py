"""The order of the work list, its totals, and which history it needs."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from work_lists import DAY, EXPIRED, claim, day, todo
from worlds import make_world

from peerbill.ledger.look.worklist import Opened
from peerbill.todo.item import total
from peerbill.todo.work_list import scope


@given(st.permutations(["PB1", "PB2", "PB3", "PB4"]))
def test_the_order_of_claims_does_not_matter(order: list[str]) -> None:
    states = {"PB1": "denied", "PB2": "written", "PB3": "reversed", "PB4": "accepted"}
    claims = [claim(claim_id=id_, state=states[id_], charge=Decimal(int(id_[2]))) for id_ in order]
    found = [one for one in todo(None, day("2026-04-20"), Opened(claims=tuple(claims))).items if one.kind != "ready"]
    assert [item.claim_ids for item in found] == [("PB4",), ("PB3",), ("PB2",), ("PB1",)]
    assert total(found) == Decimal(10)


def test_items_come_by_deadline_then_money() -> None:
    found = todo(EXPIRED, day("2026-05-30"), Opened(claims=(claim(), claim(claim_id="PB2", frequency="7")))).items
    keys = [(item.deadline or dt.date.max, -item.amount) for item in found]
    assert keys == sorted(keys)
    assert len(keys) > 2


@pytest.mark.parametrize(
    ("policy", "members", "staff"),
    [
        ("", "2026-03-01", "2026-03-01"),
        ('[[peer.limit.week]]\nunits = 9\nper = "week"\nsource = "manual p. 9"\n', "2026-02-22", "2026-03-01"),
        ('[[peer.limit.x]]\nhours = 9\nper = "week"\nscope = "peer"\nsource = "manual p. 9"\n', "2026-02-22",
         "2026-02-22"),
        ('[[peer.limit.x]]\nunits = 9\nper = "calendar year"\nsource = "manual p. 9"\n', "2026-01-01", "2026-03-01"),
        ('[[peer.limit.x]]\nunits = 9\nper = "6 rolling months"\nsource = "manual p. 9"\n', "2025-09-03", "2026-03-01"),
        ('[[peer.limit.x]]\nunits = 9\nper = "lifetime"\nsource = "manual p. 9"\n', "0001-01-01", "2026-03-01"),
        ('[[peer.plan.x]]\ncomplete_within = "3 sessions after first service"\nsource = "manual p. 9"\n', "0001-01-01",
         "2026-03-01"),
    ],
)  # fmt: skip
def test_history_is_asked_for_as_far_back_as_a_rule_looks(policy: str, members: str, staff: str) -> None:
    world = make_world({"policy": policy})
    part = scope(world.records, world.policies, DAY).part
    assert (part.members_from, part.staff_from) == (day(members), day(staff))
    assert part.firsts is ("complete_within" in policy)
    assert (set(part.member_ids), set(part.staff_ids), set(part.encounter_ids)) == ({"M1"}, {"S1"}, {"E1"})
