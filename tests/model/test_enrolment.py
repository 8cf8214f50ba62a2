"""What an answer (271) makes of a question: both sides of each day, and what is not said."""

import datetime as dt
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.model.enrolment import NOT_COVERED, OTHER_BENEFIT, SPEND_DOWN, Enrolment, judge, latest, remedy
from peerbill.model.payer_answers import Benefit, EligibilityAnswer, Refusal

SAID = dt.date(2026, 4, 2)
ASKED = Enrolment("EQ1", "M1", "plan", dt.date(2026, 3, 2), dt.date(2026, 3, 30))


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def benefit(code: str, *types: str, **more: Any) -> Benefit:
    return Benefit(code, types, **more)


def answer(*benefits: Benefit, **more: Any) -> EligibilityAnswer:
    return EligibilityAnswer("EQ1", "123", "PAYER1", benefits, **more)


ALL = (None, None)

CASES: list[tuple[str, EligibilityAnswer, tuple[str, tuple[dt.date | None, dt.date | None]]]] = [
    ("active", answer(benefit("1", "30")), ("active", ALL)),
    ("capitated is active", answer(benefit("3")), ("active", ALL)),
    ("inactive", answer(benefit("6", "30")), ("inactive", ALL)),
    ("pending is inactive", answer(benefit("8")), ("inactive", ALL)),
    ("a kind of service is not covered, the plan is", answer(benefit("6", "35"), benefit("1", "30")), ("active", ALL)),
    ("nothing is said", answer(), ("unclear", ALL)),
    ("only a copayment is said", answer(benefit("B", "30")), ("unclear", ALL)),
    ("it cannot be processed", answer(benefit("V")), ("unclear", ALL)),
    (
        "the benefit's days count before the member's",
        answer(benefit("1", "30", first_day=march(5), last_day=march(9)), first_day=march(1), last_day=march(31)),
        ("active", (march(5), march(9))),
    ),
    (
        "the member's days count where the benefit has none",
        answer(benefit("1", "30"), first_day=march(1), last_day=march(31)),
        ("active", (march(1), march(31))),
    ),
    ("an open end", answer(benefit("1"), first_day=march(1)), ("active", (march(1), None))),
    (
        "stretches that touch are one",
        answer(
            benefit("1", "30", first_day=march(10), last_day=march(31)),
            benefit("1", "30", first_day=march(1), last_day=march(9)),
        ),
        ("active", (march(1), march(31))),
    ),
    (
        "a gap of a day among the days asked about",
        answer(
            benefit("1", "30", first_day=march(1), last_day=march(8)),
            benefit("1", "30", first_day=march(10), last_day=march(31)),
        ),
        ("unclear", ALL),
    ),
    (
        "an earlier stretch is not asked about",
        answer(
            benefit("1", "30", first_day=march(1), last_day=march(1)),
            benefit("1", "30", first_day=march(10), last_day=march(31)),
        ),
        ("active", (march(10), march(31))),
    ),
    (
        "all stretches are over",
        answer(
            benefit("1", first_day=dt.date(2025, 1, 1), last_day=dt.date(2025, 6, 30)),
            benefit("1", first_day=dt.date(2026, 1, 1), last_day=dt.date(2026, 2, 28)),
        ),
        ("active", (dt.date(2026, 1, 1), dt.date(2026, 2, 28))),
    ),
    (
        "the plan's days count before those of a service",
        answer(benefit("1", "30", last_day=march(9)), benefit("1", "MH", last_day=march(31))),
        ("active", (None, march(9))),
    ),
    ("only services are named", answer(benefit("1", "MH", last_day=march(31))), ("active", (None, march(31)))),
]


@pytest.mark.parametrize(("said", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_an_answer_comes_to(said: EligibilityAnswer, wanted: tuple[str, Any]) -> None:
    state, (first, last) = wanted

    assert judge(ASKED, said, SAID) == attrs.evolve(
        ASKED, state=state, first_day=first, last_day=last, said_on=SAID, plan="", reasons=()
    )


def eb(code: str, types: str = "", **more: Any) -> Benefit:
    return benefit(code, *types.split("^") if types else (), **more)


LEFT: dict[str, Any]
MET: dict[str, Any]
LEFT, MET = {"period": "29", "amount": Decimal(300)}, {"period": "29", "amount": Decimal(0)}
BENEFITS: list[tuple[str, list[Benefit], str, tuple[str, ...]]] = [
    ("the plan has ended, dental is active", [eb("6", "30"), eb("1", "35")], "inactive", ()),
    ("the plan has ended, behavioral health is active", [eb("6", "30"), eb("1", "MH")], "inactive", ()),
    ("dental alone", [eb("1", "35")], "inactive", (OTHER_BENEFIT,)),
    ("vision alone, the plan not covered", [eb("1", "AL"), eb("I", "30"), eb("I", "MH")], "inactive", (NOT_COVERED,)),
    ("dental alone has ended", [eb("6", "35")], "unclear", ()),
    ("a list with medical care", [eb("1", "1^33^35^47^86^88^98^AL^MH^UC")], "active", ()),
    ("medical care alone", [eb("1", "1")], "active", ()),
    ("substance use alone", [eb("1", "AI")], "active", ()),
    ("behavioral health is not covered", [eb("1", "30"), eb("I", "MH"), eb("I", "AI")], "inactive", (NOT_COVERED,)),
    ("the outpatient provider is not covered", [eb("1", "30"), eb("I", "CF")], "inactive", (NOT_COVERED,)),
    ("one of two is not covered", [eb("1", "30"), eb("I", "MH"), eb("1", "AI")], "unclear", (NOT_COVERED,)),
    ("dental is not covered", [eb("1", "30"), eb("I", "35^AL")], "active", ()),
    ("an inpatient stay is not covered", [eb("1", "30"), eb("I", "A7")], "active", ()),
    ("not covered outside of the network", [eb("1", "30"), eb("I", "MH", network="N")], "active", ()),
    ("not covered in another month", [eb("1", "30"), eb("I", "MH", last_day=march(1))], "active", ()),
    ("not covered on the first day", [eb("1", "30"), eb("I", "MH", last_day=march(2))], "inactive", (NOT_COVERED,)),
    ("some spend-down remains", [eb("1", "30"), eb("Y", "30", **LEFT)], "inactive", (SPEND_DOWN,)),
    ("no spend-down remains", [eb("1", "30"), eb("Y", "30", **MET), eb("Y", "30", amount=Decimal(300))], "active", ()),
    ("a spend-down without its rest", [eb("1", "30"), eb("Y", "30", amount=Decimal(300))], "unclear", (SPEND_DOWN,)),
    ("a spend-down of 0", [eb("1", "30"), eb("Y", "30", amount=Decimal(0))], "active", ()),
    ("a spend-down of dental", [eb("1", "30"), eb("Y", "35", **LEFT)], "active", ()),
]


@pytest.mark.parametrize(
    ("said", "state", "reasons"), [case[1:] for case in BENEFITS], ids=[one[0] for one in BENEFITS]
)
def test_enrolment_is_that_in_the_benefit_that_was_asked_about(
    said: list[Benefit], state: str, reasons: tuple[str, ...]
) -> None:
    found = judge(ASKED, answer(*said), SAID)
    backwards = judge(ASKED, answer(*reversed(said)), SAID)

    assert (found.state, found.reasons) == (state, reasons)
    assert backwards == found
    assert (state != "inactive") or found.includes(march(2))


@pytest.mark.parametrize(
    ("refusals", "begins"),
    [
        ([("72", "C")], "Correct the member's id"),
        ([("75", "")], "Correct the member's id"),
        ([], "Correct the member's id"),
        ([("42", "R")], "Ask again: peerbill eligibility."),
        ([("42", "")], "Ask again: peerbill eligibility."),
        ([("42", "P")], "Ask again: peerbill eligibility."),
        ([("72", "R")], "Ask again: peerbill eligibility. If it is refused again, check"),
        ([("42", "Y")], "Do not ask again yet: the payer answers later."),
        ([("75", "S")], "Do not ask again yet: the payer answers later."),
        ([("42", "W")], "Wait 30 days, then ask again"),
        ([("42", "X")], "Wait 10 days, then ask again"),
        ([("75", "N")], "The payer takes no second question"),
        ([("42", "R"), ("72", "C")], "Correct the member's id"),
    ],
)
def test_what_to_do_about_a_refusal_is_what_the_payer_wants(refusals: list[tuple[str, str]], begins: str) -> None:
    refused = judge(ASKED, answer(refusals=tuple(Refusal("2100C", *one) for one in refusals)), SAID)

    assert remedy(refused).startswith(begins)


def test_a_refusal_counts_only_where_nothing_else_is_said() -> None:
    refusals = (Refusal("2100C", "75", "C"), Refusal("2100C", "71"), Refusal("2100C", "75"))
    refused = judge(ASKED, answer(refusals=refusals), SAID)
    covered = judge(ASKED, answer(benefit("1", "30"), refusals=refusals), SAID)

    assert (refused.state, refused.reasons, refused.actions) == ("refused", ("75", "71"), ("C", ""))
    assert (covered.state, covered.reasons) == ("active", ())


@pytest.mark.parametrize(
    ("named", "plan"),
    [
        ([benefit("MC", payer_name="OTHER PLAN", payer_id="P2")], "OTHER PLAN"),
        ([benefit("MC", payer_name="OTHER PLAN")], "OTHER PLAN"),
        ([benefit("MC", payer_name="THIS PAYER", payer_id="PAYER1")], ""),
        ([benefit("MC", plan="OTHER PLAN")], "OTHER PLAN"),
        ([benefit("MC", reference="PLAN 7")], "PLAN 7"),
        ([benefit("MC")], ""),
        ([benefit("R", payer_name="MEDICARE"), benefit("MC", payer_name="OTHER"), benefit("MC", payer_name="OTHER")],
         "MEDICARE; OTHER"),
        ([benefit("L", payer_name="A PERSON")], ""),
        ([benefit("1", plan="GOLD")], ""),
    ],
)  # fmt: skip
def test_another_plan_is_named_by_managed_care_and_by_other_payers_only(named: list[Benefit], plan: str) -> None:
    assert judge(ASKED, answer(benefit("1", "30"), *named), SAID).plan == plan


def test_the_latest_answer_for_a_day_is_found() -> None:
    first = attrs.evolve(ASKED, state="inactive", said_on=SAID)
    second = attrs.evolve(ASKED, trace="EQ2", asked_from=march(10), asked_to=march(20), state="active", said_on=SAID)
    third = attrs.evolve(ASKED, trace="EQ3")
    asked = (first, second, third)

    assert latest(asked, march(9), answered=True) == first
    assert latest(asked, march(10), answered=True) == second
    assert latest(asked, march(20), answered=True) == second
    assert latest(asked, march(21), answered=True) == first
    assert latest(asked, march(21)) == third
    assert latest(asked, march(1)) is None
    assert latest((third,), march(9), answered=True) is None


days = st.none() | st.dates(dt.date(2026, 2, 20), dt.date(2026, 4, 10))
benefits = st.builds(
    Benefit,
    st.sampled_from(("1", "5", "6", "8", "B", "V", "MC")),
    st.sampled_from(((), ("30",), ("MH",), ("1", "30"))),
    first_day=days,
    last_day=days,
)


@given(st.lists(benefits, max_size=5), days, days, st.dates(march(2), march(30)))
def test_a_day_is_active_only_where_some_active_benefit_holds(
    said: list[Benefit], first: dt.date | None, last: dt.date | None, day: dt.date
) -> None:
    found = judge(ASKED, answer(*said, first_day=first, last_day=last), SAID)
    holding = []
    for one in said:
        own = (one.first_day, one.last_day) if one.first_day or one.last_day else (first, last)
        if one.code in ("1", "5") and (own[0] or dt.date.min) <= day <= (own[1] or dt.date.max):
            holding.append(one)

    if found.state == "active" and found.includes(day):
        assert holding
    if found.state == "inactive" and any(one.code in ("1", "5") for one in said):
        ended = any(one.code in ("6", "8") and (not one.service_types or "30" in one.service_types) for one in said)
        assert found.reasons or ended
    assert found.said_on == SAID
