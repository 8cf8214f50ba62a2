"""What billers ask of Louisiana, with the answers on both sides of each change."""

import datetime as dt

from questions import NOW, asks, channels, filing_days, first_days, note_elements, rules

from peerbill.model.finding import Severity

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # Covered by rule, while code and unit stand in a manual that was not readable.
        ("LA/mh", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("LA/mh", NOW, "service.individual.modifiers", {}, None, "unknown"),
        ("LA/mh", NOW, "unit.minutes", {}, 15, "secondary"),
        ("LA/mh", NOW, "unit.rounding", {}, None, "unknown"),
        ("LA/mh", NOW, "authorization.required", {}, True, "primary"),
        ("LA/mh", NOW, "population.diagnosis", {}, ("MH",), "primary"),
        ("LA/mh", NOW, "filing.within", {}, ("365 days after service",), "primary"),
        (
            "LA/mh",
            NOW,
            "filing.other_payer_within",
            {},
            ("365 days after service", "180 days after other payer"),
            "unconfirmed",
        ),
        ("LA/mh", NOW, "credential.PSS.name", {}, "Peer Support Specialist", "unconfirmed"),
        ("LA/mh", NOW, "credential.PSS.training_hours", {}, 76, "secondary"),
        ("LA/sud", NOW, "service.individual.hcpcs", {}, None, "unknown"),
        ("LA/sud", NOW, "service.individual.paid", {}, None, "unknown"),
    ]
)


test_channels_on_both_sides_of_each_change = channels(
    [
        ("LA/mh", NOW, {"in-person"}, set(), {"video", "audio"}),
    ]
)


test_filing_days = filing_days(
    [
        ("LA/mh", "2027-03-02", dt.date(2028, 3, 1)),
        ("LA/sud", "2027-03-02", dt.date(2028, 3, 1)),
    ]
)


def test_activities_that_are_not_paid() -> None:
    assert set(rules("LA/mh").exclusion.of("activity")) == {
        "advocacy-without-member",
        "clinical-work",
        "convenience",
        "household-task",
        "outreach-without-member",
        "work-site-task",
    }


test_note_elements_beside_the_federal_floor = note_elements(
    [
        ("LA/mh", NOW, {}, {"medical-need"}),
        ("LA/sud", NOW, {}, {"plan", "goal", "intervention", "progress", "reason"}),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("LA/mh", "2024-07-01"),
    ]
)


def test_places_that_are_our_reading_are_only_a_warning() -> None:
    said = rules("LA/mh").place.of("allow")
    assert "12" in said
    assert "21" not in said
    assert {who.severity for who in said.values()} == {Severity.WARNING}
    assert set(rules("LA/mh").place.unknown) == {"31", "32"}
