"""What billers ask of Rhode Island, with the answers on both sides of each change."""

import datetime as dt

from questions import NOW, asks, channels, filing_days, first_days, note_elements

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # A certificate and a filing clock, and little else.
        ("RI/recovery", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("RI/recovery", NOW, "service.individual.modifiers", {}, None, "unknown"),
        ("RI/recovery", NOW, "unit.minutes", {}, 15, "secondary"),
        ("RI/recovery", "2024-08-03", "rate.amount", {}, None, "unsaid"),
        ("RI/recovery", "2024-08-04", "rate.amount", {}, "13.50", "secondary"),
        ("RI/recovery", NOW, "rate.per", {}, None, "unknown"),
        ("RI/recovery", NOW, "credential.CPRS.training_hours", {}, 46, "secondary"),
        ("RI/recovery", NOW, "credential.CPRS.exam", {}, True, "secondary"),
        ("RI/recovery", NOW, "filing.within", {}, ("365 days after first service",), "primary"),
        (
            "RI/recovery",
            NOW,
            "filing.other_payer_within",
            {},
            ("365 days after first service", "90 days after other payer"),
            "primary",
        ),
    ]
)


test_channels_on_both_sides_of_each_change = channels(
    [
        ("RI/recovery", NOW, {"in-person"}, set(), {"video", "audio"}),
    ]
)


test_note_elements_beside_the_federal_floor = note_elements(
    [
        ("RI/recovery", NOW, {}, set()),
    ]
)


test_filing_days = filing_days(
    [
        ("RI/recovery", NOW, dt.date(2027, 3, 2)),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("RI/recovery", "2018-12-31"),
    ]
)
