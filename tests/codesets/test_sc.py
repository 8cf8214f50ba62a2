"""What billers ask of South Carolina, with the answers on both sides of each change."""

import datetime as dt

import pytest
from questions import NOW, asks, channels, filing_days, first_days, rules

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # A certificate with days of grace, and little else.
        ("SC/rbhs", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("SC/rbhs", NOW, "service.individual.modifiers", {}, None, "unknown"),
        ("SC/rbhs", NOW, "unit.minutes", {}, 15, "secondary"),
        ("SC/rbhs", NOW, "credential.CPSS.grace_days", {}, 90, "primary"),
        ("SC/rbhs", NOW, "credential.CPSS.valid_months", {}, 12, "primary"),
        ("SC/rbhs", NOW, "credential.CPSS.recovery_months", {}, 36, "primary"),
        ("SC/rbhs", NOW, "credential.CPSS.experience_hours", {}, 100, "secondary"),
        ("SC/rbhs", NOW, "supervision.by", {}, ("mental-health-professional",), "unconfirmed"),
    ]
)


test_channels = channels(
    [
        ("SC/rbhs", NOW, {"in-person"}, {"audio"}, {"video"}),
    ]
)


test_filing_days = filing_days(
    [
        ("SC/rbhs", NOW, dt.date(2027, 3, 2)),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("SC/rbhs", "2016-07-01"),
    ]
)


@pytest.mark.parametrize(("channel", "modifiers"), [("in-person", {}), ("video", {"GT": "secondary"})])
def test_telehealth_modifiers_and_their_status(channel: str, modifiers: dict[str, str]) -> None:
    found = rules("SC/rbhs", channel=channel).modifier
    assert {code: one.row.status.value for code, one in found.items() if one.row} == modifiers
    assert all(one.value.use == "required" for one in found.values())
