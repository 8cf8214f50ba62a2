"""What billers ask of Missouri, with the answers on both sides of each change."""

import datetime as dt

from questions import NOW, asks, channels, filing_days, first_days, note_elements, rules

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # The national length, GT by video, family support to 25, a clock of 2012 for what comes back.
        ("MO/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("MO/peer", NOW, "service.individual.modifiers", {}, None, "unknown"),
        ("MO/peer", NOW, "service.group.hcpcs", {"service": "group"}, None, "unknown"),
        ("MO/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("MO/peer", NOW, "unit.aggregate", {}, None, "unknown"),
        ("MO/peer", NOW, "population.age", {}, None, "unsaid"),
        ("MO/peer", NOW, "population.age", {"service": "family"}, "0-25", "primary"),
        ("MO/peer", NOW, "filing.resubmit_within", {}, ("24 months after service",), "secondary"),
        ("MO/peer", NOW, "credential.CPS.training_hours", {}, 35, "primary"),
        ("MO/peer", NOW, "credential.FSP.name", {}, None, "absent"),
        ("MO/peer", NOW, "credential.FSP.name", {"service": "family"}, "Family Support Provider", "unconfirmed"),
        ("MO/peer", NOW, "claim.form", {}, "837P", "primary"),
    ]
)


test_channels_on_both_sides_of_each_change = channels(
    [
        ("MO/peer", NOW, {"in-person", "video"}, set(), {"audio"}),
    ]
)


test_filing_days = filing_days(
    [
        ("MO/peer", "2027-03-02", dt.date(2028, 3, 2)),
    ]
)


def test_modifiers_beside_the_services_own() -> None:
    assert set(rules("MO/peer", channel="video").modifier) == {"GT"}
    assert set(rules("MO/peer", channel="in-person").modifier) == set()


test_note_elements_beside_the_federal_floor = note_elements(
    [
        ("MO/peer", NOW, {}, set()),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("MO/peer", "2024-06-24"),
    ]
)
