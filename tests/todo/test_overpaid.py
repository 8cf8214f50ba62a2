"""What was paid and is held now."""

from decimal import Decimal
from typing import Any

import attrs
import pytest
from work_lists import DAY, EXPIRED, day, todo
from worlds import World, bill, make_world

from peerbill.ledger.look.worklist import Opened, Overpaid, PaidEncounter
from peerbill.model.finding import Citation
from peerbill.todo.item import OVERPAYMENT, Todo, TodoItem

MESSAGE = "CPS of S1 expired on 2026-02-28, before the service"


def paid(world: World, **more: Any) -> Opened:
    """Return a ledger in which the encounters of a world were billed and paid."""
    history = bill(world)
    rows = tuple(
        PaidEncounter(one.encounter_id, "C1", line, "plan", "paid", Decimal("60.00"))
        for line, one in enumerate(history, start=1)
    )
    return Opened(history=history, paid=rows, **more)


def test_a_paid_encounter_that_an_audit_holds_is_an_overpayment() -> None:
    found = todo(EXPIRED, DAY, paid(make_world()))
    one = Overpaid("E1", "C1", DAY, ("PB303",), 1, "plan", "paid", Decimal("60.00"))
    manual = Citation("Manual made for tests", "https://example.org/manual", "2026-01-01", "agency", "p. 5")
    (item,) = found.items
    assert found == Todo(DAY, (item,), identified=(one,))
    assert item.citations[0] == manual
    assert item.citations[-1] == OVERPAYMENT
    assert attrs.evolve(item, citations=()) == TodoItem(
        kind="overpayment",
        what=f"1 paid encounter held by PB303 (credentials.expires_on): {MESSAGE}",
        do="Enter the renewal if there is one; a renewal that left a gap does not cover the services in it. If the "
        "payment was not due, void or replace the claim, and report and return it by 2026-05-30: it was identified on "
        "2026-03-31.",
        deadline=day("2026-05-30"),
        payer="plan",
        parts=(("C1-1", Decimal("60.00")),),
        claim_ids=("C1",),
        encounter_ids=("E1",),
    )


def test_an_overpayment_keeps_its_first_day_and_is_cleared_once_nothing_holds_it() -> None:
    known = Overpaid("E1", "C1", day("2026-02-10"), ("PB303",), 1, "plan", "paid", Decimal("60.00"))
    opened = paid(make_world(), overpaid=(known,))
    later = todo(EXPIRED, DAY, opened)
    assert (later.identified, later.cleared) == ((), ())
    assert [item.deadline for item in later.items] == [day("2026-04-11")]
    assert todo(None, DAY, opened) == Todo(DAY, (), cleared=(known,))


def test_an_overpayment_out_of_sight_stays_and_one_being_corrected_waits() -> None:
    known = Overpaid("E1", "C1", day("2026-02-10"), ("PB303",), 1, "plan", "paid", Decimal("60.00"))
    opened = attrs.evolve(paid(make_world(), overpaid=(known,)), paid=())
    (item,) = todo({"encounters": {"E1": False}}, DAY, opened).items
    assert item.what == "1 paid encounter held by an earlier audit (PB303) and not in the workspace now"
    voided = attrs.evolve(opened, overpaid=(attrs.evolve(known, state="voided"),))
    assert todo({"encounters": {"E1": False}}, DAY, voided) == Todo(DAY, ())


def test_what_two_payers_paid_is_an_overpayment_of_both() -> None:
    opened = paid(make_world())
    second = attrs.evolve(opened.paid[0], claim_id="C2", payer="other", paid=Decimal("10.00"))
    found = todo(EXPIRED, DAY, attrs.evolve(opened, paid=(*opened.paid, second)))
    assert [(one.claim_id, one.payer) for one in found.identified] == [("C1", "plan"), ("C2", "other")]
    assert [item.amount for item in found.items] == [Decimal("60.00"), Decimal("10.00")]


def test_a_change_since_the_payment_is_told_as_one() -> None:
    found = todo({"encounters": {"E1": {"end": "2026-03-02T10:30"}}}, DAY, paid(make_world()))
    (item,) = found.items
    assert item.what == "1 paid encounter held by PB805 (encounters.encounter_id): changed since it was billed"
    assert [one.codes for one in found.identified] == [("PB805",)]


@pytest.mark.parametrize("on", ["2026-03-01", "2026-06-01"])
def test_neither_the_day_nor_the_limit_of_filing_makes_an_overpayment(on: str) -> None:
    assert [item for item in todo(None, day(on), paid(make_world())).items if item.kind == "overpayment"] == []


def test_an_unbilled_duplicate_does_not_blame_what_was_paid() -> None:
    found = todo({"encounters": {"E2": {"like": "E1"}}}, DAY, paid(make_world()))
    assert {item.kind for item in found.items} == {"held"}
    assert [item.encounter_ids for item in found.items] == [("E2",)] * len(found.items)


def test_limits_do_not_make_overpayments() -> None:
    limit = '[[peer.limit.day]]\nunits = 1\nper = "day"\nsource = "manual p. 9"\n'
    assert todo({"policy": limit}, DAY, paid(make_world())) == Todo(DAY, ())
