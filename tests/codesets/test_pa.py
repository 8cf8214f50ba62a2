"""What billers ask of Pennsylvania, with the answers on both sides of each change."""

import datetime as dt

from questions import NOW, asks, channels, filing_days, first_days, note_elements, rules, words

from peerbill.model.finding import Severity

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # Three who sign the plan; a recommendation of at most 60 days; the rest from secondary texts.
        ("PA/cps", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("PA/cps", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "secondary"),
        ("PA/cps", NOW, "unit.minutes", {}, 15, "secondary"),
        ("PA/cps", NOW, "unit.rounding", {}, None, "unknown"),
        ("PA/cps", NOW, "plan.isp.signers", {}, ("member", "peer", "mental-health-professional"), "primary"),
        ("PA/cps", NOW, "plan.isp.complete_within", {}, "1 month after enrollment", "primary"),
        ("PA/cps", NOW, "plan.isp.review_every", {}, "6 months", "primary"),
        ("PA/cps", NOW, "plan.recommendation.start_within", {}, "60 days after recommendation", "secondary"),
        ("PA/cps", NOW, "credential.CPS.training_hours", {}, 75, "primary"),
        ("PA/cps", NOW, "credential.CPS.ce_hours", {}, 36, "secondary"),
        ("PA/cps", "2019-08-31", "credential.CPS.in_process", {}, None, "unsaid"),
        ("PA/cps", "2019-09-01", "credential.CPS.in_process", {}, False, "primary"),
        ("PA/cps", NOW, "limit.day.units", {}, 16, "secondary"),
        ("PA/cps", NOW, "rate.amount", {}, None, "unknown"),
        ("PA/cps", "2022-06-30", "modifier.FQ.use", {"channel": "audio", "payer": "fee-for-service"}, None, "absent"),
        (
            "PA/cps",
            "2022-07-01",
            "modifier.FQ.use",
            {"channel": "audio", "payer": "fee-for-service"},
            "informational",
            "secondary",
        ),
        ("PA/cps", NOW, "modifier.FQ.use", {"channel": "audio", "payer": "healthchoices"}, None, "absent"),
        ("PA/cps", NOW, "filing.within", {}, ("180 days after service",), "primary"),
        ("PA/cps", NOW, "filing.resubmit_within", {}, ("365 days after service",), "primary"),
        ("PA/crs", NOW, "service.individual.hcpcs", {}, None, "unknown"),
        ("PA/crs", NOW, "unit.minutes", {}, None, "unknown"),
        ("PA/crs", NOW, "credential.CRS.name", {}, "Certified Recovery Specialist", "secondary"),
        ("PA/crs", NOW, "filing.within", {}, ("180 days after service",), "primary"),
    ]
)


test_channels_on_both_sides_of_each_change = channels(
    [
        ("PA/cps", "2022-06-30", {"in-person", "audio"}, set(), set()),
        ("PA/cps", "2022-07-01", {"in-person", "video", "audio"}, set(), set()),
        ("PA/crs", NOW, {"in-person", "video", "audio"}, set(), set()),
    ]
)


def test_places_follow_the_words_of_the_texts() -> None:
    assert words("PA/cps", NOW, "place", "allow", channel="video", payer="fee-for-service") == {"02", "10"}
    assert words("PA/cps", NOW, "place", "allow", channel="video", payer="healthchoices") == set()
    assert "09" not in words("PA/cps", NOW, "place", "allow")


test_note_elements_beside_the_federal_floor = note_elements(
    [
        ("PA/cps", NOW, {}, set()),
    ]
)


def test_activities_that_are_not_paid() -> None:
    assert words("PA/cps", NOW, "exclusion", "activity") == {"drop-in-center", "public-support-group"}


test_filing_days = filing_days(
    [
        ("PA/cps", NOW, dt.date(2026, 8, 29)),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("PA/cps", "2010-01-01"),
        ("PA/crs", "2024-05-29"),
    ]
)


def test_places_that_are_our_reading_are_only_a_warning() -> None:
    assert {who.severity for who in rules("PA/cps").place.of("allow").values()} == {Severity.WARNING}
