"""What billers ask of New Hampshire, with the answers on both sides of each change."""

import datetime as dt

from questions import NOW, asks, first_days, programme

from peerbill.policy import Facts

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # A published rate; notes and plans that peer recovery programmes need not keep.
        ("NH/sud", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("NH/sud", NOW, "service.group.hcpcs", {"service": "group"}, None, "unknown"),
        ("NH/sud", NOW, "unit.minutes", {}, 15, "secondary"),
        ("NH/sud", NOW, "unit.rounding", {}, None, "unknown"),
        ("NH/sud", NOW, "rate.amount", {}, "24.94", "secondary"),
        ("NH/sud", NOW, "rate.amount", {"service": "group"}, None, "unsaid"),
        ("NH/sud", NOW, "plan.treatment.before_service", {"provider": "comprehensive-sud"}, True, "primary"),
        ("NH/sud", NOW, "plan.treatment.review_every", {"provider": "outpatient-sud"}, None, "unknown"),
        ("NH/sud", NOW, "plan.treatment.before_service", {"provider": "peer-recovery"}, None, "absent"),
        ("NH/mh", NOW, "service.individual.paid", {}, None, "unknown"),
        ("NH/mh", NOW, "population.age", {}, "18+", "primary"),
        ("NH/sud", NOW, "service.individual.modifiers", {}, None, "unknown"),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("NH/sud", "2024-07-28"),
        ("NH/mh", "2017-05-26"),
    ]
)


def test_an_outpatient_programmes_note_needs_more_than_a_peer_recovery_programmes() -> None:
    rules = programme("NH/sud").rules
    day = dt.date.fromisoformat(NOW)
    plain = set(rules(day, Facts(service="individual", provider="peer-recovery")).documentation.of("require"))
    more = set(rules(day, Facts(service="individual", provider="outpatient-sud")).documentation.of("require"))

    assert more - plain == {"duration", "author-title"}
