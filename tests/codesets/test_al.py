"""What billers ask of Alabama, with the answers on both sides of each change."""

import functools

import questions
from questions import MH, NOW, SUD, asks, channels, first_days

# One-to-one in person for a substance use disorder, unless a question says otherwise.
rules = functools.partial(questions.rules, diagnosis=SUD)


test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        (
            "AL/peer",
            NOW,
            "license.department-of-mental-health.name",
            {},
            "Certification by the Alabama Department of Mental Health",
            "primary",
        ),
        # Neither code nor unit; a certificate for each kind of experience.
        ("AL/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("AL/peer", NOW, "service.individual.modifiers", {}, None, "unknown"),
        ("AL/peer", NOW, "service.group.paid", {}, None, "unknown"),
        ("AL/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("AL/peer", NOW, "unit.minutes", {"service": "group"}, None, "unknown"),
        ("AL/peer", NOW, "rate.amount", {}, None, "unknown"),
        ("AL/peer", NOW, "filing.within", {}, ("12 months after service",), "primary"),
        (
            "AL/peer",
            NOW,
            "filing.other_payer_within",
            {},
            ("12 months after service", "120 days after other payer"),
            "primary",
        ),
        ("AL/peer", NOW, "credential.CRSS.name", {}, "Certified Recovery Support Specialist", "secondary"),
        ("AL/peer", NOW, "credential.CPS.name", {}, None, "absent"),
        ("AL/peer", NOW, "credential.CPS.exam", {"diagnosis": MH}, True, "secondary"),
        ("AL/peer", NOW, "credential.CRSS.name", {"diagnosis": MH}, None, "absent"),
    ],
    diagnosis=SUD,
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("AL/peer", "2024-06-27"),
    ]
)


test_telehealth_that_was_not_read_is_not_known = channels([("AL/peer", NOW, {"in-person"}, set(), {"video", "audio"})])
