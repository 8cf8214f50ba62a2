"""What billers ask of Utah, with the answers on both sides of each change."""

import datetime as dt

import pytest
from questions import NOW, asks, channels, filing_days, first_days, rules

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        ("UT/peer", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
        ("UT/peer", NOW, "population.diagnosis", {}, ("MH", "SUD"), "unconfirmed"),
        # Code and unit from a blog, the rest from one practice.
        ("UT/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("UT/peer", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "secondary"),
        ("UT/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("UT/peer", NOW, "unit.rounding", {}, "midpoint", "unconfirmed"),
        ("UT/peer", NOW, "unit.aggregate", {}, "day", "unconfirmed"),
        ("UT/peer", NOW, "unit.minimum_minutes", {}, 8, "unconfirmed"),
        ("UT/peer", NOW, "group.per_facilitator", {"service": "group"}, 8, "secondary"),
        ("UT/peer", "2025-11-04", "rate.amount", {}, None, "unsaid"),
        ("UT/peer", "2025-11-05", "rate.amount", {}, "21.16", "secondary"),
        ("UT/peer", "2025-11-05", "rate.amount", {"service": "group"}, None, "unsaid"),
        ("UT/peer", NOW, "credential.PSS.ce_hours", {}, 20, "primary"),
        ("UT/peer", NOW, "credential.PSS.training_hours", {}, None, "unknown"),
    ]
)


test_channels = channels(
    [
        ("UT/peer", NOW, {"in-person", "video", "audio"}, set(), set()),
    ]
)


test_filing_days = filing_days(
    [
        ("UT/peer", NOW, dt.date(2027, 3, 2)),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("UT/peer", "2011-12-31"),
    ]
)


@pytest.mark.parametrize(
    ("channel", "modifiers"), [("in-person", {}), ("video", {"95": "unconfirmed"}), ("audio", {"93": "unconfirmed"})]
)
def test_telehealth_modifiers_and_their_status(channel: str, modifiers: dict[str, str]) -> None:
    found = rules("UT/peer", channel=channel).modifier
    assert {code: one.row.status.value for code, one in found.items() if one.row} == modifiers
    assert all(one.value.use == "required" for one in found.values())
