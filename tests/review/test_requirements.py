"""What programmes require, as questions: nothing of a policy is left out unseen."""

import datetime as dt

import attrs
import pytest
from worlds import make_world

from peerbill.checks import CHECKS
from peerbill.checks.audit import audit_index, audit_of
from peerbill.model.finding import Finding, Severity
from peerbill.policy import Facts, Rules, load_policies, packaged_programmes, packaged_states
from peerbill.policy.values import of_rules
from peerbill.review.requirements import ReviewRequirement, requirements_of

DAY = dt.date(2026, 6, 1)
POLICIES = load_policies([id_ for state in packaged_states() for id_ in packaged_programmes(state)])
ASKED_ELSEWHERE = {"rate", "claim", "calendar"}
"""Tables that say nothing of the record of a service."""


def rules_of(programme: str, service: str = "individual") -> Rules:
    return POLICIES.programmes[programme].rules(DAY, Facts(service=service))


def finding(code: str, where: str, **values: object) -> Finding:
    return Finding(code, Severity.ERROR, ("E1",), where, "", "", values=values)


def found(requirements: tuple[ReviewRequirement, ...], key: str) -> ReviewRequirement:
    (one,) = (one for one in requirements if one.key == key)
    return one


@pytest.mark.parametrize("programme", [one.id for one in POLICIES if one.is_in_force(DAY)])
def test_every_value_of_a_programme_is_in_a_question_with_its_sources(programme: str) -> None:
    for service in rules_of(programme).service:
        rules = rules_of(programme, service)
        asked = requirements_of(rules, service, group=True)
        keys = [one.key for one in asked]
        cited = {citation for one in asked for citation in one.citations}
        left_out = {
            stated.table.partition(".")[0]
            for stated in of_rules(rules)
            if not set(stated.citations) <= cited and not stated.table.startswith("service.")
        }

        assert len(keys) == len(set(keys))
        assert keys[-1] == "payment"
        assert all(one.question.endswith("?") for one in asked)
        assert left_out <= ASKED_ELSEWHERE | {"documentation", "authorization"}
        assert all(one.citations for one in asked if one.must and one.says)


def test_the_codes_are_those_of_checks() -> None:
    known = {check.code for check in CHECKS}
    asked = {code for one in POLICIES if one.is_in_force(DAY) for need in
             requirements_of(one.rules(DAY, Facts()), "individual", group=True) for code in need.codes}  # fmt: skip

    assert asked <= known


def test_advice_and_what_nobody_read_is_no_must() -> None:
    asked = requirements_of(rules_of("NC/pss"), "individual", group=False)

    assert [(one.key, one.must) for one in asked if one.key in {"limit.unmanaged", "population", "plan.order"}] == [
        ("plan.order", True),
        ("population", False),
        ("limit.unmanaged", False),
    ]
    assert found(asked, "plan.order").says == (
        "order signers: physician or licensed-clinician [primary]",
        "order before service: true [primary]",
    )


def test_a_group_is_asked_about_its_size_and_nobody_else() -> None:
    rules = rules_of("NC/pss", "group")

    assert "group" in {one.key for one in requirements_of(rules, "group", group=True)}
    assert "group" not in {one.key for one in requirements_of(rules, "individual", group=False)}


def test_an_authorization_that_is_not_required_is_not_asked_about() -> None:
    asked = {one.key for one in requirements_of(rules_of("NC/pss"), "individual", group=False)}

    assert "authorization" not in asked


@pytest.mark.parametrize(
    ("key", "about", "other"),
    [
        ("plan.order", finding("PB503", "assessments.date", title="order"), finding("PB503", "x", title="assessment")),
        ("plan.person-centered", finding("PB502", "x", title="person-centered plan"), finding("PB502", "x", title="y")),
        ("plan.care", finding("PB501", "plans.effective_on"), finding("PB502", "x", title="person-centered plan")),
        ("signature.author", finding("PB202", "encounters.signed_by"), finding("PB204", "encounters.cosigned_by")),
    ],
)
def test_a_finding_is_a_hint_for_what_it_bears_on(key: str, about: Finding, other: Finding) -> None:
    one = found(requirements_of(rules_of("NC/pss"), "individual", group=False), key)

    assert (one.is_about(about), one.is_about(other)) == (True, False)


def test_a_missing_element_is_a_hint_for_this_element_alone() -> None:
    world = make_world({"encounters": {"E1": {"response": ""}}})
    index = audit_index(world.records, world.policies, world.as_of)
    rules = audit_of(index, world.policies)[1]["E1"].rules
    assert rules is not None
    asked = requirements_of(rules, "individual", group=False)
    missing = attrs.evolve(finding("PB201", "encounters.response"))

    assert [one.key for one in asked if one.is_about(missing)] == [
        one.key for one in asked if one.key in {"documentation.response", "documentation.progress"}
    ]
