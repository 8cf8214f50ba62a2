"""What payers did not answer."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from work_lists import claim, day, items, todo

from peerbill.ledger.look.worklist import Opened
from peerbill.policy.phrases import Deadline
from peerbill.todo.item import TIMELY_PAYMENT, TodoItem


@pytest.mark.parametrize(("days", "on", "listed"), [(30, "2026-04-09", False), (30, "2026-04-10", True),
                                                    (45, "2026-04-24", False), (45, "2026-04-25", True)])  # fmt: skip
def test_a_claim_is_asked_about_after_the_days_of_its_payer(days: int, on: str, listed: bool) -> None:
    patch = {"payers": {"plan": {"answer_days": days}}} if days != 30 else None
    found = [one for one in todo(patch, day(on), Opened(claims=(claim(),))).items if one.kind == "unanswered"]
    expected = TodoItem(
        kind="unanswered",
        what=f"1 claim not decided more than {days} days after sending, and nothing was answered at all",
        do="Ask the payer for the status, and for the remittance if they were paid; what it does not have on file, "
        "peerbill withdraw frees to be billed again.",
        deadline=day("2026-05-31"),
        payer="plan",
        parts=(("PB1", Decimal("60.00")),),
        claim_ids=("PB1",),
        citations=(TIMELY_PAYMENT,) if days == 30 else (),
    )
    assert found == ([expected] if listed else [])


SENT_FRIDAY = {"sent_on": day("2026-03-06"), "since": day("2026-03-06")}


@pytest.mark.parametrize(
    ("more", "on", "what"),
    [
        ({"answering": frozenset({"999"})}, "2026-03-10", None),
        ({"answering": frozenset({"999"})}, "2026-03-11",
         "1 claim of 1.837 without a 999 or TA1 2 business days after sending"),
        ({"answering": frozenset({"835"})}, "2026-03-11", None),
        ({"answering": frozenset({"999"}), "considered": True}, "2026-03-11", None),
        ({"answering": frozenset({"277CA"}), "acknowledged_on": day("2026-03-09")}, "2026-03-11", None),
        ({"answering": frozenset({"277CA"}), "acknowledged_on": day("2026-03-09")}, "2026-03-12",
         "1 claim without a 277CA 2 business days after the 999"),
        ({"answering": frozenset({"999"}), "acknowledged_on": day("2026-03-09")}, "2026-03-12", None),
        ({"answering": frozenset({"999", "277CA"}), "state": "accepted", "considered": True}, "2026-03-12", None),
    ],
)  # fmt: skip
def test_an_acknowledgment_is_missed_where_the_receiver_sends_them(
    more: dict[str, Any], on: str, what: str | None
) -> None:
    found = items("unanswered", on=day(on), claims=(claim(**SENT_FRIDAY, **more),))
    assert [item.what for item in found] == ([] if what is None else [what])


def test_two_business_days_never_take_more_than_a_week() -> None:
    days = (day("2024-01-01") + dt.timedelta(days=number) for number in range(366 * 5))
    assert max((Deadline(2, "business day", "notice").last_day(one) - one).days for one in days) <= 7


def test_corrections_are_asked_about_by_what_they_are() -> None:
    voids, again = claim(frequency="8", state="accepted"), claim(claim_id="PB2", frequency="7")
    found = items("unanswered", on=day("2026-04-10"), claims=(voids, again))
    assert [(item.what.split(" not ")[0], item.deadline) for item in found] == [
        ("1 replacement", None),
        ("1 void", None),
    ]
