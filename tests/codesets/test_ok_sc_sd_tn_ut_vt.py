"""What billers ask of OK, SC, SD, TN, UT and VT, with the answers on both sides of each change."""

import datetime as dt

import pytest
from questions import NOW, Question, answer, named, programme, rules

from peerbill.model.errors import NotInForceError
from peerbill.model.finding import Severity
from peerbill.policy import Facts

# Programme, day, question, situation, value, status.
QUESTIONS: list[Question] = [
    # Oklahoma: notes, plans and certificates were read; codes and units were not.
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
    # South Carolina: a certificate with days of grace, and little else.
    ("SC/rbhs", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("SC/rbhs", NOW, "service.individual.modifiers", {}, None, "unknown"),
    ("SC/rbhs", NOW, "unit.minutes", {}, 15, "secondary"),
    ("SC/rbhs", NOW, "credential.CPSS.grace_days", {}, 90, "primary"),
    ("SC/rbhs", NOW, "credential.CPSS.valid_months", {}, 12, "primary"),
    ("SC/rbhs", NOW, "credential.CPSS.recovery_months", {}, 36, "primary"),
    ("SC/rbhs", NOW, "credential.CPSS.experience_hours", {}, 100, "secondary"),
    ("SC/rbhs", NOW, "supervision.by", {}, ("mental-health-professional",), "unconfirmed"),
    # South Dakota and Vermont: not paid in 2024; in Vermont not known from the day of certification on.
    ("SD/peer", NOW, "service.individual.paid", {}, False, "secondary"),
    ("SD/peer", NOW, "service.group.paid", {"service": "group"}, False, "secondary"),
    ("VT/peer", "2025-06-30", "service.individual.paid", {}, False, "secondary"),
    ("VT/peer", "2025-07-01", "service.individual.paid", {}, None, "unknown"),
    ("VT/peer", "2025-07-01", "service.individual.hcpcs", {}, None, "unknown"),
    ("VT/peer", "2025-06-30", "service.group.paid", {"service": "group"}, False, "secondary"),
    ("VT/peer", "2025-07-01", "service.group.paid", {"service": "group"}, None, "unknown"),
    ("VT/peer", "2025-06-30", "credential.CPSP.issuer", {}, None, "absent"),
    ("VT/peer", "2025-07-01", "credential.CPSP.issuer", {}, "Office of Professional Regulation", "secondary"),
    ("VT/peer", NOW, "unit.minutes", {}, None, "unknown"),
    # Tennessee: codes and two day limits from one secondary text; a filing clock of one plan.
    ("TN/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("TN/peer", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
    ("UT/peer", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
    ("UT/peer", NOW, "population.diagnosis", {}, ("MH", "SUD"), "unconfirmed"),
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
    # Utah: code and unit from a blog, the rest from one practice.
    ("UT/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("UT/peer", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "secondary"),
    ("UT/peer", NOW, "unit.minutes", {}, 15, "secondary"),
    ("UT/peer", NOW, "unit.rounding", {}, "midpoint", "unconfirmed"),
    ("UT/peer", NOW, "unit.aggregate", {}, "day", "unconfirmed"),
    ("UT/peer", NOW, "unit.minimum_minutes", {}, 8, "unconfirmed"),
    ("UT/peer", NOW, "group.per_facilitator", {"service": "group"}, 8, "secondary"),
    ("UT/peer", "2025-11-04", "rate.amount", {}, None, "unsaid"),
    ("UT/peer", "2025-11-05", "rate.amount", {}, "21.16", "secondary"),
    ("UT/peer", "2025-11-05", "rate.amount", {"service": "group"}, None, "unsaid"),
    ("UT/peer", NOW, "credential.PSS.ce_hours", {}, 20, "primary"),
    ("UT/peer", NOW, "credential.PSS.training_hours", {}, None, "unknown"),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=named)
def test_a_billers_question_gets_the_value_and_its_status(question: Question) -> None:
    id_, day, asked, given, value, status = question
    assert answer(id_, day, asked, **given) == (value, status)


# Programme, allowed, refused, not known.
@pytest.mark.parametrize(
    ("id_", "allowed", "refused", "unknown"),
    [
        ("OK/peer", {"in-person"}, set(), {"video", "audio"}),
        ("SC/rbhs", {"in-person"}, {"audio"}, {"video"}),
        ("TN/peer", {"in-person"}, set(), {"video", "audio"}),
        ("UT/peer", {"in-person", "video", "audio"}, set(), set()),
    ],
)
def test_channels(id_: str, allowed: set[str], refused: set[str], unknown: set[str]) -> None:
    channel = rules(id_).channel
    assert (set(channel.of("allow")), set(channel.of("deny")), set(channel.unknown)) == (allowed, refused, unknown)


@pytest.mark.parametrize(
    ("id_", "channel", "modifiers"),
    [
        ("SC/rbhs", "in-person", {}),
        ("SC/rbhs", "video", {"GT": "secondary"}),
        ("UT/peer", "in-person", {}),
        ("UT/peer", "video", {"95": "unconfirmed"}),
        ("UT/peer", "audio", {"93": "unconfirmed"}),
    ],
)
def test_telehealth_modifiers_and_their_status(id_: str, channel: str, modifiers: dict[str, str]) -> None:
    found = rules(id_, channel=channel).modifier
    assert {code: one.row.status.value for code, one in found.items() if one.row} == modifiers
    assert all(one.value.use == "required" for one in found.values())


def test_note_elements_of_a_progress_note() -> None:
    floor = {"date", "member", "author", "service", "start-and-end"}
    own = {"author-title", "goal", "intervention", "progress", "response", "new-needs"}
    assert set(rules("OK/peer").documentation.of("require")) == floor | own
    group = rules("OK/peer", service="group").documentation.of("require")
    assert set(group) == floor | own | {"group-participants"}
    assert group["group-participants"].severity is Severity.WARNING


def test_a_filing_clock_of_one_plan_only_warns() -> None:
    within = rules("TN/peer").filing.said["within"]
    assert within.severity is Severity.WARNING
    assert "one plan" in within.note


# The last day to file a service of 2026-03-02.
@pytest.mark.parametrize(
    ("id_", "last"),
    [
        ("OK/peer", dt.date(2027, 3, 2)),
        ("SC/rbhs", dt.date(2027, 3, 2)),
        ("TN/peer", dt.date(2026, 6, 30)),
        ("UT/peer", dt.date(2027, 3, 2)),
    ],
)
def test_filing_days(id_: str, last: dt.date) -> None:
    within = rules(id_).filing.value.within
    assert max(deadline.last_day(dt.date.fromisoformat(NOW)) for deadline in within) == last


@pytest.mark.parametrize(
    ("id_", "first"),
    [
        ("SC/rbhs", "2016-07-01"),
        ("SD/peer", "2024-07-22"),
        ("TN/peer", "2024-06-24"),
        ("TN/bhsn", "2019-07-01"),
        ("UT/peer", "2011-12-31"),
        ("VT/peer", "2024-07-28"),
    ],
)
def test_programmes_hold_from_their_first_day(id_: str, first: str) -> None:
    day = dt.date.fromisoformat(first)
    assert programme(id_).rules(day, Facts()).programme == id_
    with pytest.raises(NotInForceError):
        programme(id_).rules(day - dt.timedelta(days=1), Facts())
