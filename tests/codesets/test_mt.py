"""What billers ask of Montana, with the answers on both sides of each change."""

import datetime as dt

from questions import MH, NOW, SUD, asks, channels, filing_days, first_days

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # A service of its own for both conditions, an age for mental health, a rate from a day.
        ("MT/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("MT/peer", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
        ("MT/peer", NOW, "service.co-occurring.modifiers", {"service": "co-occurring"}, ("HH",), "secondary"),
        ("MT/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("MT/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("MT/peer", "2024-08-03", "rate.amount", {}, None, "unknown"),
        ("MT/peer", "2024-08-04", "rate.amount", {}, "14.01", "secondary"),
        ("MT/peer", NOW, "population.age", {"diagnosis": MH}, "18+", "primary"),
        ("MT/peer", NOW, "population.age", {"diagnosis": SUD}, None, "unsaid"),
        ("MT/peer", NOW, "population.age", {"diagnosis": MH | SUD}, "18+", "primary"),
        ("MT/peer", NOW, "supervision.minutes", {}, 60, "primary"),
        ("MT/peer", NOW, "supervision.service_hours", {}, 20, "primary"),
        ("MT/peer", NOW, "credential.CBHPSS.training_hours", {}, 40, "secondary"),
    ]
)


test_channels_on_both_sides_of_each_change = channels(
    [
        ("MT/peer", NOW, {"in-person"}, set(), {"video", "audio"}),
    ]
)


test_filing_days = filing_days(
    [
        ("MT/peer", "2027-03-02", dt.date(2028, 3, 2)),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("MT/peer", "2023-07-01"),
    ]
)
