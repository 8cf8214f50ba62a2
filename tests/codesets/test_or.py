"""What billers ask of Oregon, with the answers on both sides of each change."""

import datetime as dt

from questions import MH, NOW, SUD, asks, channels, filing_days, first_days, modifiers, note_elements, words

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # One code and two services; HK changes rate and authorization; the plan rule changed on a day.
        ("OR/pds", NOW, "service.individual.modifiers", {}, (), "secondary"),
        ("OR/pds", NOW, "service.specialized.hcpcs", {"service": "specialized"}, "H0038", "secondary"),
        ("OR/pds", NOW, "service.specialized.modifiers", {"service": "specialized"}, ("HK",), "secondary"),
        ("OR/pds", NOW, "service.outreach.hcpcs", {"service": "outreach"}, "H0023", "secondary"),
        ("OR/pds", NOW, "service.group.hcpcs", {"service": "group"}, "H0038", "unconfirmed"),
        ("OR/pds", NOW, "unit.minutes", {}, 15, "secondary"),
        ("OR/pds", NOW, "unit.per", {"service": "outreach"}, "service", "secondary"),
        ("OR/pds", NOW, "unit.rounding", {}, None, "unknown"),
        ("OR/pds", "2026-01-31", "rate.amount", {}, None, "unsaid"),
        ("OR/pds", "2026-02-01", "rate.amount", {}, "26.49", "secondary"),
        ("OR/pds", "2026-02-01", "rate.amount", {"service": "specialized"}, "33.12", "secondary"),
        ("OR/pds", "2026-02-01", "rate.amount", {"service": "outreach"}, "62.97", "secondary"),
        ("OR/pds", NOW, "rate.amount", {"region": "rural"}, None, "unknown"),
        ("OR/pds", NOW, "authorization.required", {}, False, "secondary"),
        ("OR/pds", NOW, "authorization.required", {"service": "specialized"}, True, "secondary"),
        ("OR/pds", "2024-10-27", "plan.service.complete_within", {}, "90 days after contact", "primary"),
        ("OR/pds", "2024-10-27", "plan.service.signed_within", {}, "10 business days after plan", "primary"),
        ("OR/pds", "2024-10-27", "plan.service.review_every", {}, "1 year", "primary"),
        ("OR/pds", "2024-10-28", "plan.service.complete_within", {}, None, "unknown"),
        ("OR/pds", "2024-10-28", "plan.service.before_service", {}, False, "primary"),
        ("OR/pds", NOW, "credential.PSS.training_hours", {}, 40, "primary"),
        ("OR/pds", NOW, "credential.CRM.name", {}, "Certified Recovery Mentor", "primary"),
        ("OR/pds", NOW, "credential.YSS.name", {"age": 30}, "Youth Support Specialist", "unconfirmed"),
        ("OR/pds", NOW, "credential.YSS.name", {"age": 31}, None, "absent"),
        ("OR/pds", NOW, "modifier.HF.use", {"service": "outreach", "diagnosis": SUD}, "one-of", "secondary"),
        ("OR/pds", NOW, "modifier.HF.use", {"service": "outreach", "diagnosis": MH}, None, "absent"),
        ("OR/pds", NOW, "modifier.HG.use", {"service": "outreach", "diagnosis": MH}, "one-of", "secondary"),
        ("OR/pds", NOW, "modifier.U9.use", {}, "optional", "secondary"),
        ("OR/pds", NOW, "filing.within", {}, ("12 months after service",), "primary"),
        ("OR/pds", NOW, "filing.resubmit_within", {}, ("18 months after service",), "primary"),
    ]
)


test_channels_on_both_sides_of_each_change = channels(
    [
        ("OR/pds", NOW, {"in-person", "video"}, set(), {"audio"}),
    ]
)


test_modifiers_beside_the_services_own = modifiers(
    [
        ("OR/pds", {"channel": "video"}, {"GT", "U9", "HH", "HO"}),
        ("OR/pds", {"region": "rural"}, {"TN", "U9", "HH", "HO"}),
        ("OR/pds", {"service": "outreach", "channel": "video"}, {"U9", "HH", "HO"}),
    ]
)


test_note_elements_beside_the_federal_floor = note_elements(
    [
        ("OR/pds", NOW, {"diagnosis": MH}, {"duration", "diagnosis", "medical-need"}),
        (
            "OR/pds",
            NOW,
            {"diagnosis": SUD},
            {"duration", "diagnosis", "medical-need", "goal", "author-title", "permission"},
        ),
    ]
)


def test_activities_that_are_not_paid() -> None:
    assert words("OR/pds", NOW, "exclusion", "activity") == {
        "recreation",
        "convenience",
        "research",
        "legal-requirement",
    }


def test_stays_that_bar_payment() -> None:
    assert "imd" in words("OR/pds", NOW, "exclusion", "stay", age=19)
    assert "imd" in words("OR/pds", NOW, "exclusion", "stay", age=64)
    assert "imd" not in words("OR/pds", NOW, "exclusion", "stay", age=18)
    assert "imd" not in words("OR/pds", NOW, "exclusion", "stay", age=65)


test_filing_days = filing_days(
    [
        ("OR/pds", NOW, dt.date(2027, 3, 2)),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("OR/pds", "2015-06-26"),
    ]
)
