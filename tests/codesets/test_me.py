"""What billers ask of Maine, with the answers on both sides of each change."""

import datetime as dt

from questions import NOW, asks, channels, filing_days, note_elements, rules

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # Code, unit and amount at second hand, mental health alone.
        ("ME/peer", NOW, "service.individual.hcpcs", {}, "H0038", "primary"),
        ("ME/peer", NOW, "service.individual.modifiers", {}, (), "primary"),
        ("ME/peer", NOW, "unit.minutes", {}, 15, "primary"),
        ("ME/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("ME/peer", "2018-07-31", "rate.amount", {}, "11.10", "primary"),
        ("ME/peer", "2018-08-01", "rate.amount", {}, "11.34", "primary"),
        ("ME/peer", "2019-06-30", "rate.amount", {}, "11.34", "primary"),
        ("ME/peer", "2019-07-01", "rate.amount", {}, "11.32", "primary"),
        ("ME/peer", "2024-08-03", "rate.amount", {}, "11.32", "primary"),
        ("ME/peer", "2024-08-04", "rate.amount", {}, "11.88", "secondary"),
        ("ME/peer", NOW, "rate.amount", {}, "11.88", "secondary"),
        ("ME/peer", NOW, "population.diagnosis", {}, ("MH",), "secondary"),
        ("ME/peer", NOW, "credential.CIPSS.name", {}, "Certified Intentional Peer Support Specialist", "primary"),
    ]
)


test_channels_on_both_sides_of_each_change = channels(
    [
        ("ME/peer", NOW, {"in-person"}, set(), {"video", "audio"}),
    ]
)


test_filing_days = filing_days(
    [
        ("ME/peer", "2027-03-02", dt.date(2028, 3, 2)),
    ]
)


def test_activities_that_are_not_paid() -> None:
    assert set(rules("ME/peer").exclusion.of("activity")) == {
        "child-care",
        "household-task",
        "laundry",
        "respite",
        "shopping",
        "travel",
    }


test_note_elements_beside_the_federal_floor = note_elements(
    [
        ("ME/peer", NOW, {}, set()),
    ]
)
