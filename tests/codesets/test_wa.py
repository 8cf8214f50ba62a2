"""What billers ask of Washington, with the answers on both sides of each change."""

import functools

import pytest
import questions
from questions import MH, NOW, SUD, asks, channels, first_days

# One-to-one in person for a substance use disorder, unless a question says otherwise.
rules = functools.partial(questions.rules, diagnosis=SUD)


test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        (
            "WA/peer",
            NOW,
            "license.behavioral-health-agency.name",
            {},
            "License as a behavioral health agency",
            "primary",
        ),
        # No code, but certificates that come, change their title and go.
        ("WA/peer", NOW, "service.individual.hcpcs", {"diagnosis": MH}, None, "unknown"),
        ("WA/peer", NOW, "service.individual.hcpcs", {"diagnosis": SUD}, "H0038", "secondary"),
        ("WA/peer", NOW, "service.individual.modifiers", {"diagnosis": SUD}, ("HF",), "secondary"),
        ("WA/peer", NOW, "unit.minutes", {"diagnosis": MH}, None, "unknown"),
        ("WA/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("WA/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("WA/peer", "2026-12-31", "credential.CPC.name", {}, "Certified Peer Counselor", "primary"),
        ("WA/peer", "2027-01-01", "credential.CPC.name", {}, None, "absent"),
        ("WA/peer", "2022-03-12", "credential.CPC.recovery_months", {}, None, "unsaid"),
        ("WA/peer", "2022-03-13", "credential.CPC.recovery_months", {}, 12, "primary"),
        ("WA/peer", "2025-06-30", "credential.CPC.also", {}, ("AAC",), "primary"),
        ("WA/peer", "2025-07-01", "credential.CPC.also", {}, None, "unknown"),
        ("WA/peer", "2025-06-30", "credential.AAC.also", {}, ("CPC",), "primary"),
        ("WA/peer", "2025-07-01", "credential.AAC.also", {}, None, "absent"),
        ("WA/peer", "2025-06-30", "credential.CPSS.name", {}, None, "absent"),
        ("WA/peer", "2025-07-01", "credential.CPSS.ce_hours", {}, 30, "primary"),
        ("WA/peer", "2025-07-01", "credential.CPSS.formerly", {}, ("CPS",), "primary"),
        ("WA/peer", "2025-06-30", "credential.CPSST.name", {}, None, "absent"),
        ("WA/peer", "2025-07-01", "credential.CPSST.formerly", {}, ("CPST",), "primary"),
        ("WA/peer", NOW, "credential.CPSS.experience_hours", {}, 1000, "primary"),
        ("WA/peer", NOW, "credential.CPSS.valid_months", {}, 24, "primary"),
        ("WA/peer", NOW, "credential.CPSST.renewals", {}, 4, "primary"),
        ("WA/peer", NOW, "tier.trainee.alone", {"tier": "trainee"}, False, "primary"),
        ("WA/peer", "2022-03-12", "supervision.by", {}, None, "unsaid"),
        (
            "WA/peer",
            "2022-03-13",
            "supervision.by",
            {},
            ("mental-health-professional", "substance-use-disorder-professional"),
            "primary",
        ),
        ("WA/peer", NOW, "supervision.by", {"tier": "trainee"}, ("approved-supervisor",), "primary"),
        ("WA/peer", NOW, "filing.within", {}, ("365 days after service",), "secondary"),
    ],
    diagnosis=SUD,
)


@pytest.mark.parametrize(("day", "barred"), [("2025-06-30", set()), ("2025-07-01", {"case-management"})])
def test_case_management_is_barred_from_the_day_of_the_certificates(day: str, barred: set[str]) -> None:
    assert set(rules("WA/peer", day).exclusion.of("activity")) == barred


test_programmes_hold_from_their_first_day = first_days(
    [
        ("WA/peer", "2019-07-01"),
    ]
)


test_telehealth_that_was_not_read_is_not_known = channels([("WA/peer", NOW, {"in-person"}, set(), {"video", "audio"})])
