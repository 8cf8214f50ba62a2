"""What billers ask of Oklahoma, with the answers on both sides of each change."""

import datetime as dt

from questions import NOW, asks, channels, filing_days, rules

from peerbill.model.finding import Severity

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # Notes, plans and certificates were read; codes and units were not.
        ("OK/peer", NOW, "service.individual.hcpcs", {}, None, "unknown"),
        ("OK/peer", NOW, "unit.minutes", {}, None, "unknown"),
        ("OK/peer", NOW, "plan.customer-data-core.review_every", {}, "6 months", "primary"),
        ("OK/peer", NOW, "plan.customer-data-core.before_service", {}, True, "primary"),
        ("OK/peer", NOW, "credential.PRSS.valid_months", {}, 24, "primary"),
        ("OK/peer", NOW, "credential.PRSS.min_age", {}, 18, "primary"),
        ("OK/peer", NOW, "credential.PRSS.training_hours", {}, 40, "secondary"),
        ("OK/peer", NOW, "credential.FPRSS.name", {}, None, "absent"),
        ("OK/peer", NOW, "credential.FPRSS.issuer", {"service": "family"}, "ODMHSAS", "primary"),
        ("OK/peer", NOW, "filing.resubmit_within", {}, ("12 months after service",), "primary"),
        ("OK/peer", NOW, "signature.author.within", {}, None, "unknown"),
    ]
)


test_channels = channels(
    [
        ("OK/peer", NOW, {"in-person"}, set(), {"video", "audio"}),
    ]
)


def test_note_elements_of_a_progress_note() -> None:
    floor = {"date", "member", "author", "service", "start-and-end"}
    own = {"author-title", "goal", "intervention", "progress", "response", "new-needs"}
    assert set(rules("OK/peer").documentation.of("require")) == floor | own
    group = rules("OK/peer", service="group").documentation.of("require")
    assert set(group) == floor | own | {"group-participants"}
    assert group["group-participants"].severity is Severity.WARNING


test_filing_days = filing_days(
    [
        ("OK/peer", NOW, dt.date(2027, 3, 2)),
    ]
)
