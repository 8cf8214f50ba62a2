"""What billers ask of the District of Columbia, with the answers on both sides of each change."""

import datetime as dt

import pytest
from questions import NOW, asks, facts, first_days, programme

from peerbill.model.finding import Severity

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        ("DC/mhrs", NOW, "supervision.fte", {}, True, "primary"),
        # A code table of 2017, unconfirmed since the rules were rewritten, whose rounding was read.
        ("DC/mhrs", "2020-09-03", "service.individual.hcpcs", {}, "H0038", "primary"),
        ("DC/mhrs", "2020-09-04", "service.individual.hcpcs", {}, "H0038", "unconfirmed"),
        ("DC/mhrs", "2020-09-03", "service.individual.modifiers", {}, (), "primary"),
        ("DC/mhrs", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "unconfirmed"),
        ("DC/mhrs", NOW, "service.family.modifiers", {"service": "family"}, ("HS",), "unconfirmed"),
        ("DC/mhrs", NOW, "service.family-group.modifiers", {"service": "family-group"}, ("HQ", "HS"), "unconfirmed"),
        ("DC/mhrs", NOW, "service.family-group.mode", {"service": "family-group"}, "family", "unconfirmed"),
        ("DC/mhrs", "2020-09-03", "unit.minutes", {}, 15, "primary"),
        ("DC/mhrs", "2020-09-03", "unit.rounding", {}, "midpoint", "primary"),
        ("DC/mhrs", "2020-09-04", "unit.rounding", {}, "midpoint", "primary"),
        ("DC/mhrs", NOW, "unit.aggregate", {}, None, "unknown"),
        ("DC/mhrs", NOW, "supervision.every", {}, "week", "primary"),
        ("DC/mhrs", NOW, "supervision.minutes", {}, 60, "primary"),
        ("DC/mhrs", NOW, "supervision.peers_per_supervisor", {}, 7, "primary"),
        ("DC/mhrs", NOW, "credential.CPS.valid_months", {}, 24, "primary"),
        ("DC/mhrs", NOW, "credential.CPS.training_hours", {}, 70, "primary"),
        ("DC/mhrs", NOW, "plan.plan-of-care.signers", {}, None, "unknown"),
        ("DC/mhrs", NOW, "authorization.required", {}, None, "unknown"),
        ("DC/mhrs", NOW, "rate.amount", {}, None, "unknown"),
        ("DC/mhrs", NOW, "filing.within", {}, ("12 months after service",), "secondary"),
        ("DC/sud", NOW, "service.individual.hcpcs", {}, None, "unknown"),
        ("DC/sud", NOW, "group.max", {"service": "group"}, 30, "primary"),
        ("DC/sud", NOW, "unit.minutes", {}, None, "unknown"),
    ]
)


@pytest.mark.parametrize(
    ("day", "severity"), [("2020-09-03", Severity.ERROR), ("2020-09-04", Severity.WARNING), (NOW, Severity.WARNING)]
)
def test_a_bar_of_the_older_chapter_only_asks_for_a_look_since(day: str, severity: Severity) -> None:
    said = programme("DC/mhrs").rules(dt.date.fromisoformat(day), facts()).exclusion.of("same_day")
    assert {word: one.severity for word, one in said.items()} == {"assertive-community-treatment": severity}


def test_note_elements_beside_the_federal_floor() -> None:
    floor = {"date", "member", "author", "service", "start-and-end"}
    rules = programme("DC/sud").rules(dt.date.fromisoformat(NOW), facts())
    assert set(rules.documentation.of("require")) - floor == {"duration", "author-title", "location"}


test_programmes_hold_from_their_first_day = first_days(
    [
        ("DC/mhrs", "2016-04-08"),
        ("DC/sud", "2017-09-13"),
    ]
)
