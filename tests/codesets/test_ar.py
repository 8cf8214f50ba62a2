"""What billers ask of Arkansas, with the answers on both sides of each change."""

import datetime as dt
import functools

import questions
from questions import NOW, SUD, asks, channels, first_days

# One-to-one in person for a substance use disorder, unless a question says otherwise.
rules = functools.partial(questions.rules, diagnosis=SUD)


test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # One year's units for two services.
        ("AR/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("AR/peer", NOW, "service.individual.modifiers", {}, (), "secondary"),
        ("AR/peer", NOW, "service.individual-u8.modifiers", {}, ("U8",), "secondary"),
        ("AR/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("AR/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("AR/peer", NOW, "limit.year.units", {}, 120, "secondary"),
        ("AR/peer", NOW, "limit.year.per", {}, "fiscal year", "secondary"),
        ("AR/peer", NOW, "limit.year.of", {}, ("individual", "individual-u8"), "secondary"),
        ("AR/peer", NOW, "limit.year.then", {}, None, "unsaid"),
        ("AR/peer", NOW, "calendar.fiscal_year", {}, "07-01", "secondary"),
        ("AR/peer", NOW, "claim.rendering", {}, "peer", "unconfirmed"),
    ],
    diagnosis=SUD,
)


# 120 units of a year run from July to June.
def test_the_year_of_units_begins_in_july() -> None:
    here = rules("AR/peer")
    window, start = here.limit["year"].value.per, here.calendar.value.fiscal_year
    assert window is not None
    assert start is not None
    assert window.bounds(dt.date(2026, 6, 30), "sunday", start) == (dt.date(2025, 7, 1), dt.date(2026, 6, 30))
    assert window.bounds(dt.date(2026, 7, 1), "sunday", start) == (dt.date(2026, 7, 1), dt.date(2027, 6, 30))


test_programmes_hold_from_their_first_day = first_days(
    [
        ("AR/peer", "2025-06-01"),
    ]
)


test_telehealth_that_was_not_read_is_not_known = channels([("AR/peer", NOW, {"in-person"}, set(), {"video", "audio"})])
