"""What billers ask of California, with the answers on both sides of each change."""

import functools

import questions
from questions import MH, NOW, SUD, asks, channels, first_days

from peerbill.model.finding import Severity

# One-to-one in person for a substance use disorder, unless a question says otherwise.
rules = functools.partial(questions.rules, diagnosis=SUD)


test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # A code known by its name; a service of one of three payers.
        ("CA/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("CA/peer", NOW, "service.individual.modifiers", {}, None, "unknown"),
        ("CA/peer", NOW, "service.group.hcpcs", {"service": "group"}, "H0025", "secondary"),
        ("CA/peer", NOW, "service.group.modifiers", {"service": "group"}, None, "unknown"),
        ("CA/peer", NOW, "service.contingency-management.paid", {"payer": "dmc"}, False, "primary"),
        ("CA/peer", NOW, "service.contingency-management.paid", {"payer": "smhs"}, False, "primary"),
        ("CA/peer", NOW, "service.contingency-management.paid", {"payer": "dmc-ods"}, None, "unsaid"),
        ("CA/peer", NOW, "unit.minutes", {}, 15, "primary"),
        ("CA/peer", NOW, "unit.minutes", {"service": "group"}, 15, "unconfirmed"),
        ("CA/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("CA/peer", NOW, "credential.CMPSS.training_hours", {}, 80, "primary"),
        ("CA/peer", NOW, "credential.CMPSS.min_age", {}, 18, "primary"),
        ("CA/peer", NOW, "credential.CMPSS.valid_months", {}, 24, "primary"),
        ("CA/peer", NOW, "credential.CMPSS.ce_hours", {}, 20, "primary"),
        ("CA/peer", NOW, "credential.CMPSS.grace_days", {}, 0, "primary"),
        ("CA/peer", NOW, "supervision.by", {}, ("peer-support-specialist-supervisor",), "primary"),
    ],
    diagnosis=SUD,
)


def test_consent_comes_before_telehealth() -> None:
    alone = set(rules("CA/peer", diagnosis=MH).documentation.of("require"))
    assert set(rules("CA/peer", diagnosis=MH, channel="video").documentation.of("require")) - alone == {"permission"}


test_programmes_hold_from_their_first_day = first_days(
    [
        ("CA/peer", "2022-07-01"),
    ]
)


test_telehealth_that_was_not_read_is_not_known = channels([("CA/peer", NOW, {"in-person"}, set(), {"video", "audio"})])


def test_the_training_of_a_certificate_of_former_peers_is_only_a_warning() -> None:
    certificate = rules("CA/peer").credential["CMPSS"]
    assert certificate.said["training_hours"].severity is Severity.WARNING
    assert certificate.said["exam"].severity is Severity.ERROR
