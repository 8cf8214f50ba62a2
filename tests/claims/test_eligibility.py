"""Who is asked about, for which days, and what is not asked again."""

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import World, make_world

from peerbill.checks.auditor import Auditor
from peerbill.claims.eligibility import NotAsked, questions
from peerbill.model.enrolment import Enrolment, Question


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def encounter(day: str, **more: Any) -> dict[str, Any]:
    return {"like": "E1", "start": f"{day}T10:00", "end": f"{day}T10:47", "signed_at": f"{day}T12:00", **more}


def ask(
    patch: dict[str, Any], known: tuple[Enrolment, ...] = (), *, again: bool = False
) -> tuple[tuple[Question, ...], tuple[NotAsked, ...]]:
    world: World = attrs.evolve(make_world(patch), eligibility=known)
    result = world.audit()
    return questions(world.records, result.billable, result.findings, world.as_of, known, again=again)


def spans(asked: tuple[Question, ...]) -> list[tuple[str, str, str, str]]:
    return [(one.payer, one.member_id, f"{one.first_day}", f"{one.last_day}") for one in asked]


def answered(state: str, first: int, last: int, trace: str = "EQ1") -> Enrolment:
    return Enrolment(trace, "M1", "plan", march(first), march(last), state, said_on=march(5))


def test_a_member_about_to_be_billed_is_asked_about_as_the_row_says() -> None:
    world = make_world()
    (member,) = [one for one in world.records.members if one.member_id == "M1"]
    coverage = next(row for row in world.records.coverage if row.member_id == "M1")
    (question,), not_asked = ask({})

    assert not_asked == ()
    assert (question.payer, question.member_id, question.trace) == ("plan", "M1", "")
    assert (question.first_day, question.last_day) == (march(2), march(2))
    assert question.subscriber.subscriber_id == coverage.subscriber_id
    assert (question.subscriber.last_name, question.subscriber.birth_date) == (member.last_name, member.birth_date)


def test_a_month_is_one_question_from_the_first_to_the_last_day() -> None:
    days = ("2026-02-27", "2026-03-01", "2026-03-03")
    asked, _ = ask({"encounters": {f"D{day}": encounter(day) for day in days}})

    assert spans(asked) == [
        ("plan", "M1", "2026-02-27", "2026-02-27"),
        ("plan", "M1", "2026-03-01", "2026-03-03"),
    ]


@pytest.mark.parametrize("state", ["asked", "active", "inactive", "unclear"])
def test_what_was_asked_about_is_not_asked_again(state: str) -> None:
    assert ask({}, (answered(state, 2, 2),)) == ((), ())


@pytest.mark.parametrize("first", [1, 3])
def test_an_answer_about_another_day_does_not_count(first: int) -> None:
    assert spans(ask({}, (answered("active", first, first),))[0]) == [("plan", "M1", "2026-03-02", "2026-03-02")]


def test_a_refused_question_is_asked_again_and_not_a_third_time_while_it_waits() -> None:
    refused = answered("refused", 1, 31)

    assert len(ask({}, (refused,))[0]) == 1
    assert ask({}, (refused, Enrolment("EQ2", "M1", "plan", march(2), march(2)))) == ((), ())


@pytest.mark.parametrize(("state", "number"), [("asked", 1), ("inactive", 1), ("unclear", 1), ("active", 0)])
def test_all_but_active_is_asked_again_when_told(state: str, number: int) -> None:
    assert len(ask({}, (answered(state, 2, 2),), again=True)[0]) == number


def test_only_the_days_without_an_answer_are_asked_about() -> None:
    patch = {"encounters": {f"D{day}": encounter(f"2026-03-{day:02d}") for day in (1, 3, 4)}}

    assert spans(ask(patch, (answered("active", 1, 2),))[0]) == [("plan", "M1", "2026-03-03", "2026-03-04")]


def test_coverage_that_ended_or_has_no_first_day_is_asked_about() -> None:
    for change in ({"to": "2026-03-01"}, {"from": ""}):
        assert len(ask({"coverage": {"first": change}})[0]) == 1


@pytest.mark.parametrize(
    "change", [{"relationship": "child"}, {"policyholder_last_name": "Quillon"}], ids=["dependent", "only a name"]
)
def test_a_member_whose_policy_is_another_persons_is_not_asked_about(change: dict[str, str]) -> None:
    asked, not_asked = ask({"coverage": {"first": {"to": "2026-03-01", **change}}})

    why = (
        "coverage.relationship: another person holds the policy, and a question names only members who hold their own. "
        "Look the member up in the payer's portal"
    )
    assert (asked, not_asked) == ((), (NotAsked("M1", "plan", (why,)),))


def test_every_payer_of_a_member_without_coverage_that_day_is_asked() -> None:
    second = {"policy": ["ZZ/peer"], "name": "B", "id": "B1", "receiver": {"name": "B", "id": "B1"}}
    patch = {
        "payers": {"second": {**second, "charges": {"H0038": "9.00"}}, "third": {**second, "policy": []}},
        "coverage": {
            "first": {"to": "2026-03-01"},
            "more": {"member_id": "M1", "payer": "second", "subscriber_id": "443322", "from": "2026-04-01"},
            "none": {"member_id": "M1", "payer": "third", "subscriber_id": "443322", "from": "2026-04-01"},
            "gone": {"member_id": "M1", "payer": "unknown", "subscriber_id": "443322", "from": "2026-04-01"},
        },
    }

    assert [one.payer for one in ask(patch)[0]] == ["plan", "second"]
    patch["encounters"] = {"E1": {"payer": "second"}}
    assert [one.payer for one in ask(patch)[0]] == ["second"]


@pytest.mark.parametrize(
    "patch",
    [
        {"coverage": {"first": False}},
        {"encounters": {"E1": {"diagnoses": ""}}},
        {"encounters": {"E1": {"end": ""}}},
        {"members": {"M1": {"birth_date": ""}}},
        {"coverage": {"first": {"to": "2026-03-01"}}, "encounters": {"E1": {"diagnoses": ""}}},
        {"billed": {"E1": {}}},
    ],
)
def test_what_would_not_be_billed_with_any_answer_is_not_asked_about(patch: dict[str, Any]) -> None:
    assert ask(patch) == ((), ())


def test_a_day_that_has_not_come_is_not_asked_about() -> None:
    world = make_world()
    result = world.audit()

    def asked(as_of: dt.date) -> int:
        return len(questions(world.records, result.billable, result.findings, as_of, ())[0])

    assert (asked(march(1)), asked(march(2))) == (0, 1)


def test_a_row_that_cannot_be_written_is_told_by_field() -> None:
    patch = {"coverage": {"first": {"subscriber_id": "7", "to": "2026-03-01"}}}
    problem = "coverage.subscriber_id: it has fewer than 2 characters. Fill it in"

    assert ask(patch) == ((), (NotAsked("M1", "plan", (problem,)),))


def test_a_member_without_a_birth_date_is_told_and_not_asked_about() -> None:
    world = make_world({})
    result = world.audit()
    members = tuple(attrs.evolve(member, birth_date=None) for member in world.records.members)
    records = attrs.evolve(world.records, members=members)

    assert questions(records, result.billable, (), world.as_of, ()) == (
        (),
        (NotAsked("M1", "plan", ("members.birth_date: it is blank. Fill it in as YYYY-MM-DD",)),),
    )


def test_an_encounter_without_a_start_asks_nothing() -> None:
    world = make_world({})
    (one,) = world.audit().billable
    without = attrs.evolve(one, encounter=attrs.evolve(one.encounter, start=None))

    assert questions(world.records, (without,), (), world.as_of, ()) == ((), ())
    assert spans(questions(world.records, (without, one), (), world.as_of, ())[0]) == [
        ("plan", "M1", "2026-03-02", "2026-03-02")
    ]


def test_an_answer_counts_for_one_encounter_at_a_time_too() -> None:
    world = make_world()
    said = (answered("inactive", 2, 2),)
    auditor = Auditor(world.records, world.policies, world.as_of, eligibility=said)
    (encounter_,) = world.records.encounters
    (finding,) = auditor.encounter(encounter_).findings

    assert (finding.code, finding.message) == (
        "PB402",
        "plan answered on 2026-03-05 that enrolment was not active on 2026-03-02",
    )
    assert "peerbill eligibility --again" in finding.fix


def test_an_answer_that_a_row_leaves_out_is_told_with_the_row() -> None:
    world = make_world({"coverage": {"first": {"to": "2026-03-01"}}, "eligibility": {"EQ1": {"state": "active"}}})
    (finding,) = world.audit().findings

    assert finding.fix == "plan answered on 2026-03-05 that enrolment was active: enter its days in coverage."


@settings(max_examples=25)
@given(
    st.sets(st.integers(1, 31), min_size=1, max_size=4),
    st.lists(st.tuples(st.sampled_from(("asked", "active", "inactive", "refused", "unclear")), st.sets(
        st.integers(1, 31), min_size=1, max_size=2))),
)  # fmt: skip
def test_asking_twice_asks_nothing_more(services: set[int], before: list[tuple[str, set[int]]]) -> None:
    """Every day that is about to be billed is asked about after one run, and a second run asks nothing."""
    patch: dict[str, Any] = {
        "as_of": dt.date(2026, 4, 30),
        "encounters": {"E1": False} | {f"D{day}": encounter(f"2026-03-{day:02d}") for day in sorted(services)},
    }
    known = tuple(answered(state, min(days), max(days), f"EQ{at}") for at, (state, days) in enumerate(before))
    asked, not_asked = ask(patch, known)
    more = tuple(
        Enrolment(f"EQ9{at}", one.member_id, one.payer, one.first_day, one.last_day) for at, one in enumerate(asked)
    )

    assert not_asked == ()
    assert len(asked) <= 1
    assert ask(patch, known + more) == ((), ())
