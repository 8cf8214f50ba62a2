"""What billers ask of Maryland, with the answers on both sides of each change."""

import datetime as dt
from typing import Any

from questions import NOW, asks, channels, filing_days, first_days, modifiers, note_elements, words

FAMILY: dict[str, Any] = {"service": "family"}


test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # A code for groups, rates by date, two clocks, a rule on supervisors that tightens.
        ("MD/intensive", NOW, "service.family.hcpcs", FAMILY, None, "unknown"),
        ("MD/intensive", "2026-07-05", "service.individual.paid", {}, False, "primary"),
        ("MD/intensive", "2026-07-06", "service.individual.paid", {}, True, "primary"),
        ("MD/intensive", "2026-07-06", "service.individual.hcpcs", {}, None, "unknown"),
        ("MD/intensive", NOW, "unit.minutes", FAMILY, 15, "primary"),
        ("MD/intensive", NOW, "unit.rounding", FAMILY, None, "unknown"),
        ("MD/intensive", "2023-06-30", "rate.amount", FAMILY, "21.65", "primary"),
        ("MD/intensive", "2023-07-01", "rate.amount", FAMILY, "22.30", "primary"),
        ("MD/intensive", "2023-12-31", "rate.amount", FAMILY, "22.30", "primary"),
        ("MD/intensive", "2024-01-01", "rate.amount", FAMILY, "24.08", "primary"),
        ("MD/intensive", "2024-06-30", "rate.amount", FAMILY, "24.08", "primary"),
        ("MD/intensive", "2024-07-01", "rate.amount", FAMILY, "24.80", "primary"),
        ("MD/intensive", "2023-06-30", "rate.amount", FAMILY | {"channel": "audio"}, "10.82", "primary"),
        ("MD/intensive", "2023-07-01", "rate.amount", FAMILY | {"channel": "audio"}, "11.14", "primary"),
        ("MD/intensive", "2024-06-30", "rate.amount", FAMILY | {"channel": "audio"}, "11.14", "primary"),
        ("MD/intensive", "2024-07-01", "rate.amount", FAMILY | {"channel": "audio"}, "12.39", "primary"),
        ("MD/intensive", "2026-07-05", "rate.amount", {}, None, "unsaid"),
        ("MD/intensive", "2026-07-06", "rate.amount", {}, "24.80", "primary"),
        ("MD/intensive", "2026-07-05", "plan.care.review_every", FAMILY, "45 days", "primary"),
        ("MD/intensive", "2026-07-06", "plan.care.review_every", FAMILY, "60 days", "primary"),
        ("MD/intensive", NOW, "authorization.required", FAMILY, True, "primary"),
        ("MD/intensive", NOW, "credential.FPSP.min_age", FAMILY, 18, "primary"),
        ("MD/intensive", "2026-07-06", "credential.CPRS.recovery_months", {}, 24, "primary"),
        ("MD/community", NOW, "service.individual.hcpcs", {}, "H0038", "primary"),
        ("MD/community", NOW, "service.individual.modifiers", {}, (), "primary"),
        ("MD/community", NOW, "service.group.hcpcs", {"service": "group"}, "H0024", "primary"),
        ("MD/community", NOW, "service.group.modifiers", {"service": "group"}, (), "primary"),
        ("MD/community", NOW, "unit.minutes", {}, 15, "primary"),
        ("MD/community", NOW, "unit.counts", {}, ("contact",), "primary"),
        ("MD/community", NOW, "unit.rounding", {}, None, "unknown"),
        ("MD/community", "2023-03-01", "rate.amount", {}, "16.38", "primary"),
        ("MD/community", "2023-06-30", "rate.amount", {}, "16.38", "primary"),
        ("MD/community", "2023-07-01", "rate.amount", {}, "16.87", "primary"),
        ("MD/community", "2023-12-31", "rate.amount", {}, "16.87", "primary"),
        ("MD/community", "2024-01-01", "rate.amount", {}, "18.22", "primary"),
        ("MD/community", "2024-06-30", "rate.amount", {}, "18.22", "primary"),
        ("MD/community", "2024-07-01", "rate.amount", {}, "18.77", "primary"),
        ("MD/community", "2023-06-30", "rate.amount", {"service": "group"}, "4.55", "primary"),
        ("MD/community", "2023-07-01", "rate.amount", {"service": "group"}, "4.69", "primary"),
        ("MD/community", "2024-01-01", "rate.amount", {"service": "group"}, "5.07", "primary"),
        ("MD/community", "2024-07-01", "rate.amount", {"service": "group"}, "5.22", "primary"),
        ("MD/community", "2023-08-31", "supervision.by", {}, ("RPS", "licensed-practitioner", "CADC"), "primary"),
        ("MD/community", "2023-09-01", "supervision.by", {}, ("RPS",), "primary"),
        ("MD/community", NOW, "authorization.required", {}, True, "primary"),
        ("MD/community", NOW, "plan.assessment.before_service", {}, True, "primary"),
        ("MD/community", NOW, "plan.treatment.signers", {}, None, "unknown"),
        ("MD/community", NOW, "credential.CPRS.recovery_months", {}, 24, "secondary"),
        ("MD/community", NOW, "filing.within", {}, ("12 months after first service",), "primary"),
        (
            "MD/community",
            NOW,
            "filing.resubmit_within",
            {},
            ("12 months after first service", "60 days after notice"),
            "primary",
        ),
        (
            "MD/community",
            NOW,
            "filing.other_payer_within",
            {},
            ("12 months after service", "120 days after other payer"),
            "unconfirmed",
        ),
    ]
)


test_channels_on_both_sides_of_each_change = channels(
    [
        ("MD/community", "2023-06-30", {"in-person", "video", "audio"}, set(), set()),
        ("MD/community", "2023-07-01", {"in-person", "video"}, {"audio"}, set()),
        ("MD/community", NOW, {"in-person", "video"}, {"audio"}, set()),
    ]
)


test_modifiers_beside_the_services_own = modifiers(
    [
        ("MD/community", {"channel": "video"}, {"GT"}),
        ("MD/community", {"channel": "in-person"}, set()),
    ]
)


def test_places_follow_the_words_of_the_texts() -> None:
    assert words("MD/community", NOW, "place", "deny") == {"19", "21", "22", "23", "51", "55", "56"}


test_note_elements_beside_the_federal_floor = note_elements(
    [
        ("MD/community", NOW, {}, {"reason", "intervention", "progress", "author-title"}),
    ]
)


def test_activities_that_are_not_paid() -> None:
    assert {"mail", "travel", "transport", "missed-appointment", "specimen-collection"} <= words(
        "MD/community", NOW, "exclusion", "activity"
    )


def test_stays_that_bar_payment() -> None:
    assert words("MD/community", NOW, "exclusion", "stay") >= {"inpatient", "incarceration"}


test_filing_days = filing_days(
    [
        ("MD/community", NOW, dt.date(2027, 3, 2)),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("MD/community", "2023-03-01"),
        ("MD/intensive", "2022-07-01"),
    ]
)
