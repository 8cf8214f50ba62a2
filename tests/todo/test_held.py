"""Held encounters, what can be billed, and what runs out."""

from decimal import Decimal

import pytest
from work_lists import DAY, claim, day, items, todo

from peerbill.ledger.look.worklist import Opened
from peerbill.todo.item import Todo, TodoItem, total


def test_nothing_is_to_be_done_in_a_clean_world_but_to_bill() -> None:
    assert todo() == Todo(
        DAY,
        (
            TodoItem(
                kind="ready",
                what="1 encounter can be billed now, the oldest of 2026-03-02",
                do="Run bill.",
                deadline=day("2026-05-31"),
                payer="plan",
                parts=(("E1", Decimal("60.00")),),
                encounter_ids=("E1",),
            ),
        ),
    )


def test_what_has_an_item_of_its_own_is_not_told_as_ready_to_bill() -> None:
    near = todo(None, day("2026-05-01")).items
    rejected = todo(None, DAY, Opened(claims=(claim(state="rejected-payer", free=(("E1", Decimal(60)),)),))).items

    assert [item.kind for item in near] == ["filing"]
    assert "ready" not in [item.kind for item in rejected]


@pytest.mark.parametrize(("on", "listed"), [("2026-04-30", False), ("2026-05-01", True), ("2026-05-31", True)])
def test_what_can_be_billed_is_listed_from_30_days_before_its_limit(on: str, listed: bool) -> None:
    expected = TodoItem(
        kind="filing",
        what="1 encounter can be billed, and the last day to file is 2026-05-31",
        do="Bill them first.",
        deadline=day("2026-05-31"),
        payer="plan",
        parts=(("E1", Decimal("60.00")),),
        encounter_ids=("E1",),
    )
    assert items("filing", on=day(on)) == ((expected,) if listed else ())


def test_what_was_rejected_is_not_listed_as_running_out_too() -> None:
    rejected = claim(state="rejected-payer", free=(("E1", Decimal("60.00")),))
    found = todo(None, day("2026-05-20"), Opened(claims=(rejected,)))
    assert [item.kind for item in found.items] == ["rejection"]


def test_held_encounters_are_gathered_by_what_holds_them() -> None:
    expired = {
        "credentials": {"first": {"expires_on": "2026-02-28"}},
        "encounters": {"E2": {"like": "E1", "start": "2026-03-01T12:00", "end": "2026-03-01T12:47",
                              "created_at": "2026-03-01T16:00", "signed_at": "2026-03-01T16:10"}},
    }  # fmt: skip
    assert items("held", expired) == (
        TodoItem(
            kind="held",
            what="2 encounters held by PB303 (credentials.expires_on): CPS of S1 expired on 2026-02-28, "
            "before the service",
            do="Enter the renewal if there is one; a renewal that left a gap does not cover the services in it.",
            deadline=day("2026-05-30"),
            payer="plan",
            parts=(("E1", Decimal("60.00")), ("E2", Decimal("60.00"))),
            encounter_ids=("E1", "E2"),
        ),
    )


def test_an_encounter_held_twice_counts_once_in_the_total() -> None:
    twice = {"credentials": {"first": {"expires_on": "2026-02-28"}}, "encounters": {"E1": {"signed_by": ""}}}
    found = items("held", twice)
    assert [item.amount for item in found] == [Decimal("60.00")] * len(found)
    assert len(found) > 1
    assert total(found) == Decimal("60.00")
