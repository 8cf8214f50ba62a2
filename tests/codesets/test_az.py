"""What billers ask of Arizona, with the answers on both sides of each change."""

import functools

import questions
from questions import NOW, SUD, asks, channels, first_days

from peerbill.model.finding import Severity

# One-to-one in person for a substance use disorder, unless a question says otherwise.
rules = functools.partial(questions.rules, diagnosis=SUD)


test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # Codes that nobody read, documents with the claim from a day on for one payer.
        ("AZ/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("AZ/peer", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
        ("AZ/peer", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "unconfirmed"),
        ("AZ/peer", NOW, "service.day.hcpcs", {"service": "day"}, "H2016", "unconfirmed"),
        ("AZ/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("AZ/peer", NOW, "unit.per", {}, None, "unsaid"),
        ("AZ/peer", NOW, "unit.per", {"service": "day"}, "day", "unconfirmed"),
        ("AZ/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("AZ/peer", "2023-07-16", "limit.documents.units", {"payer": "fee-for-service"}, None, "absent"),
        ("AZ/peer", "2023-07-17", "limit.documents.units", {"payer": "fee-for-service"}, 4, "primary"),
        ("AZ/peer", "2023-07-17", "limit.documents.then", {"payer": "fee-for-service"}, "attachment", "primary"),
        ("AZ/peer", NOW, "limit.documents.units", {"payer": "complete-care"}, None, "absent"),
        ("AZ/peer", NOW, "limit.documents.units", {"payer": "fee-for-service", "service": "day"}, None, "absent"),
        ("AZ/peer", NOW, "plan.assessment.before_service", {}, True, "primary"),
        ("AZ/peer", NOW, "signature.author.within", {}, None, "unknown"),
        ("AZ/peer", NOW, "supervision.by", {}, ("BHP",), "primary"),
        ("AZ/peer", NOW, "supervision.every", {}, None, "unknown"),
        ("AZ/peer", NOW, "credential.PRSS.min_age", {}, 18, "primary"),
        ("AZ/peer", NOW, "credential.PRSS.name", {}, "Peer and Recovery Support Specialist", "secondary"),
        ("AZ/peer", NOW, "filing.within", {"payer": "fee-for-service"}, ("6 months after service",), "primary"),
        (
            "AZ/peer",
            NOW,
            "filing.resubmit_within",
            {"payer": "fee-for-service"},
            ("12 months after service",),
            "primary",
        ),
        ("AZ/peer", NOW, "filing.within", {"payer": "complete-care"}, ("12 months after service",), "secondary"),
        ("AZ/peer", NOW, "claim.form", {}, "837P", "primary"),
    ],
    diagnosis=SUD,
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("AZ/peer", "2019-05-22"),
    ]
)


test_telehealth_that_was_not_read_is_not_known = channels([("AZ/peer", NOW, {"in-person"}, set(), {"video", "audio"})])


def test_a_doubtful_list_is_only_a_warning() -> None:
    documents = rules("AZ/peer", payer="fee-for-service").limit["documents"]
    assert documents.said["units"].severity is Severity.WARNING
