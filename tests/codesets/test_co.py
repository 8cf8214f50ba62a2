"""What billers ask of Colorado, with the answers on both sides of each change."""

import functools

import questions
from questions import NOW, SUD, asks, channels, first_days

# One-to-one in person for a substance use disorder, unless a question says otherwise.
rules = functools.partial(questions.rules, diagnosis=SUD)


test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        ("CO/peer", "2025-06-30", "service.individual.modifiers", {}, None, "unknown"),
        ("CO/peer", "2025-07-01", "service.individual.modifiers", {}, None, "unknown"),
        ("CO/peer", NOW, "population.diagnosis", {}, ("MH", "SUD"), "unconfirmed"),
        # A code that may have been cut, a certificate asked for from a day on, two clocks and their end.
        ("CO/peer", "2025-06-30", "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("CO/peer", "2025-07-01", "service.individual.hcpcs", {}, "H0038", "unconfirmed"),
        ("CO/peer", NOW, "service.group.hcpcs", {"service": "group"}, None, "unknown"),
        ("CO/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("CO/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("CO/peer", "2025-12-31", "credential.CPFS.in_process", {}, None, "absent"),
        ("CO/peer", "2026-01-01", "credential.CPFS.in_process", {}, True, "primary"),
        ("CO/peer", "2026-06-30", "credential.CPFS.in_process", {}, True, "primary"),
        ("CO/peer", "2026-07-01", "credential.CPFS.in_process", {}, None, "unknown"),
        ("CO/peer", NOW, "credential.CPFS.training_hours", {}, 60, "secondary"),
        ("CO/peer", NOW, "credential.CPFS.recovery_months", {}, 12, "secondary"),
        ("CO/peer", NOW, "filing.within", {}, ("120 days after service",), "primary"),
        (
            "CO/peer",
            NOW,
            "filing.other_payer_within",
            {},
            ("120 days after service", "60 days after other payer"),
            "primary",
        ),
        ("CO/peer", NOW, "filing.never_after", {}, "365 days after service", "primary"),
        ("CO/peer", NOW, "claim.rendering", {}, "peer", "unconfirmed"),
        ("CO/peer", NOW, "claim.rendering", {"provider": "comprehensive-safety-net"}, "supervisor", "primary"),
    ],
    diagnosis=SUD,
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("CO/peer", "2024-06-27"),
    ]
)


test_telehealth_that_was_not_read_is_not_known = channels([("CO/peer", NOW, {"in-person"}, set(), {"video", "audio"})])
