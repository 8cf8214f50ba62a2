"""What billers ask of Georgia, with the answers on both sides of each change."""

import datetime as dt

import pytest
from questions import NOW, asks, facts, first_days, programme

from peerbill.model.finding import Severity

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # The practitioner's level and the clinic stand in modifiers; six months from the end of the month.
        ("GA/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("GA/peer", NOW, "service.individual.modifiers", {}, None, "unknown"),
        ("GA/peer", NOW, "service.individual.modifiers", {"tier": "level-4"}, ("U4",), "unconfirmed"),
        ("GA/peer", NOW, "service.individual.modifiers", {"tier": "level-5"}, ("U5",), "unconfirmed"),
        (
            "GA/peer",
            NOW,
            "service.group.modifiers",
            {"service": "group", "tier": "level-5"},
            ("HQ", "U5"),
            "unconfirmed",
        ),
        ("GA/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("GA/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("GA/peer", "2020-03-18", "modifier.95.use", {}, None, "absent"),
        ("GA/peer", "2020-03-19", "modifier.95.use", {}, "forbidden", "primary"),
        ("GA/peer", NOW, "population.diagnosis", {}, ("MH", "SUD"), "primary"),
        ("GA/peer", NOW, "credential.CPS-AD.recovery_months", {}, 24, "secondary"),
        ("GA/peer", NOW, "credential.CPS-MH.recovery_months", {}, 12, "secondary"),
        ("GA/peer", NOW, "credential.CPS-Y.peer_age", {}, "18-30", "secondary"),
        ("GA/peer", NOW, "filing.within", {}, ("6 months after service",), "primary"),
        ("GA/peer", NOW, "rate.amount", {}, None, "unknown"),
    ]
)


@pytest.mark.parametrize(
    ("day", "place", "modifiers"),
    [
        (NOW, "11", {"U6"}),
        (NOW, "53", {"U6"}),
        (NOW, "12", {"U7"}),
        (NOW, "99", {"U7"}),
        ("2020-03-18", "02", {"U7"}),
        ("2020-03-19", "02", {"U6"}),
    ],
)
def test_the_clinic_stands_in_a_modifier(day: str, place: str, modifiers: set[str]) -> None:
    rules = programme("GA/peer").rules(dt.date.fromisoformat(day), facts(place=place))
    assert {code for code, found in rules.modifier.items() if found.value.use == "required"} == modifiers


def test_a_clock_from_the_end_of_the_month_is_no_error_before_it_has_run_out() -> None:
    said = programme("GA/peer").rules(dt.date.fromisoformat(NOW), facts()).filing.said["within"]
    assert said.severity is Severity.WARNING
    assert "end of the month" in said.note


test_programmes_hold_from_their_first_day = first_days(
    [
        ("GA/peer", "2011-10-01"),
    ]
)
