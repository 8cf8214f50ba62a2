"""What billers ask of North Dakota, with the answers on both sides of each change."""

import datetime as dt

from questions import NOW, asks, channels, filing_days, first_days, rules

from peerbill.model.finding import Severity

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # A benefit with its levels of certificate, and neither code nor unit.
        ("ND/peer", NOW, "service.individual.hcpcs", {}, None, "unknown"),
        ("ND/peer", NOW, "unit.minutes", {}, None, "unknown"),
        ("ND/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("ND/peer", NOW, "population.diagnosis", {}, ("MH", "SUD"), "secondary"),
        ("ND/peer", NOW, "tier.II.experience_hours", {"tier": "II"}, 1500, "primary"),
        ("ND/peer", NOW, "credential.CPSS.min_age", {}, 18, "primary"),
    ]
)


test_channels_on_both_sides_of_each_change = channels(
    [
        ("ND/peer", NOW, {"in-person"}, set(), {"video", "audio"}),
    ]
)


test_filing_days = filing_days(
    [
        ("ND/peer", "2027-03-02", dt.date(2028, 3, 2)),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("ND/peer", "2024-07-25"),
    ]
)


def test_places_that_are_our_reading_are_only_a_warning() -> None:
    said = rules("ND/peer").place.of("allow")
    assert "12" in said
    assert "21" not in said
    assert {who.severity for who in said.values()} == {Severity.WARNING}
