"""What billers ask of Tennessee, with the answers on both sides of each change."""

import datetime as dt

from questions import NOW, asks, channels, filing_days, first_days, rules

from peerbill.model.finding import Severity

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        (
            "TN/peer",
            NOW,
            "license.tdmhsas.name",
            {},
            "License of the Tennessee Department of Mental Health and Substance Abuse Services",
            "secondary",
        ),
        # Codes and two day limits from one secondary text; a filing clock of one plan.
        ("TN/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("TN/peer", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
        ("TN/peer", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "secondary"),
        ("TN/peer", NOW, "service.family.hcpcs", {"service": "family"}, None, "unknown"),
        ("TN/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("TN/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("TN/peer", NOW, "limit.individual-day.units", {}, 4, "secondary"),
        ("TN/peer", NOW, "limit.individual-day.of", {}, ("individual",), "secondary"),
        ("TN/peer", NOW, "limit.group-day.units", {}, 24, "secondary"),
        ("TN/peer", NOW, "limit.group-day.then", {}, None, "unsaid"),
        ("TN/peer", NOW, "credential.CPRS.valid_months", {}, 24, "primary"),
        ("TN/peer", NOW, "credential.CPRS.ce_hours", {}, None, "unknown"),
        ("TN/peer", NOW, "credential.CYAPSS.min_age", {"age": 30}, 18, "secondary"),
        ("TN/peer", NOW, "credential.CYAPSS.min_age", {"age": 31}, None, "absent"),
        ("TN/peer", NOW, "credential.CFSS.ce_hours", {"service": "family"}, 30, "secondary"),
        ("TN/peer", NOW, "authorization.required", {}, None, "unknown"),
        ("TN/peer", NOW, "claim.rendering", {}, "peer", "unconfirmed"),
        ("TN/peer", NOW, "filing.within", {}, ("120 days after service",), "secondary"),
        ("TN/peer", NOW, "filing.other_payer_within", {}, ("120 days after other payer",), "secondary"),
        ("TN/bhsn", NOW, "service.individual.hcpcs", {}, None, "unknown"),
        ("TN/bhsn", NOW, "unit.minutes", {}, None, "unknown"),
    ]
)


test_channels = channels(
    [
        ("TN/peer", NOW, {"in-person"}, set(), {"video", "audio"}),
    ]
)


def test_a_filing_clock_of_one_plan_only_warns() -> None:
    within = rules("TN/peer").filing.said["within"]
    assert within.severity is Severity.WARNING
    assert "one plan" in within.note


test_filing_days = filing_days(
    [
        ("TN/peer", NOW, dt.date(2026, 6, 30)),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("TN/peer", "2024-06-24"),
        ("TN/bhsn", "2019-07-01"),
    ]
)
