"""What billers ask of Wisconsin, with the answers on both sides of each change."""

import datetime as dt

from questions import NOW, asks, channels, filing_days, first_days, note_elements

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # A law whose benefit may not be live, and an older contract that lists the code.
        ("WI/coach", NOW, "service.individual.hcpcs", {}, None, "unknown"),
        ("WI/coach", NOW, "service.individual.paid", {}, None, "unknown"),
        ("WI/coach", NOW, "supervision.by", {}, ("competent-mental-health-professional",), "primary"),
        ("WI/coach", NOW, "supervision.every", {}, None, "unknown"),
        ("WI/coach", NOW, "credential.PRC.training_hours", {}, 40, "primary"),
        ("WI/coach", NOW, "credential.PRC.experience_hours", {}, 24, "primary"),
        ("WI/coach", NOW, "filing.within", {}, ("365 days after service",), "primary"),
        ("WI/bhic", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("WI/bhic", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
        ("WI/bhic", NOW, "unit.minutes", {}, 15, "secondary"),
        ("WI/bhic", NOW, "unit.rounding", {}, None, "unknown"),
        ("WI/bhic", NOW, "rate.amount", {}, "5.75", "secondary"),
        ("WI/bhic", NOW, "credential.CPS.name", {}, "Certified Peer Specialist", "unconfirmed"),
        ("WI/bhic", NOW, "credential.CPS.valid_months", {}, 24, "primary"),
    ]
)


test_channels_on_both_sides_of_each_change = channels(
    [
        ("WI/coach", NOW, {"in-person"}, set(), {"video", "audio"}),
        ("WI/bhic", NOW, {"in-person"}, set(), {"video", "audio"}),
    ]
)


test_filing_days = filing_days(
    [
        ("WI/coach", "2027-03-02", dt.date(2028, 3, 1)),
        ("WI/bhic", "2027-03-02", dt.date(2028, 3, 1)),
    ]
)


test_note_elements_beside_the_federal_floor = note_elements(
    [
        ("WI/coach", NOW, {}, {"reason", "duration", "location"}),
        ("WI/bhic", NOW, {}, {"reason", "duration", "location"}),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("WI/bhic", "2014-04-01"),
        ("WI/coach", "2020-10-26"),
    ]
)
