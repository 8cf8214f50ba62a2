"""What billers ask of AL, AR, AZ, CA, CO and WA, with the answers on both sides of each change."""

import datetime as dt
import functools

import pytest
import questions
from questions import MH, NOW, SUD, Question, named, programme

from peerbill.model.errors import NotInForceError
from peerbill.model.finding import Severity
from peerbill.policy import Status, packaged_programmes

STATES = ("AL", "AR", "AZ", "CA", "CO", "WA")

# One-to-one in person for a substance use disorder, unless a question says otherwise.
rules = functools.partial(questions.rules, diagnosis=SUD)
answer = functools.partial(questions.answer, diagnosis=SUD)

# A question for a day: programme, day, question, situation, value, status.
QUESTIONS: list[Question] = [
    # Alabama: neither code nor unit; a certificate for each kind of experience.
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
    # Arkansas: one year's units for two services.
    ("AR/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("AR/peer", NOW, "service.individual.modifiers", {}, (), "secondary"),
    ("AR/peer", NOW, "service.individual-u8.modifiers", {}, ("U8",), "secondary"),
    ("AR/peer", NOW, "unit.minutes", {}, 15, "secondary"),
    ("AR/peer", NOW, "unit.rounding", {}, None, "unknown"),
    ("AR/peer", NOW, "limit.year.units", {}, 120, "secondary"),
    ("AR/peer", NOW, "limit.year.per", {}, "fiscal year", "secondary"),
    ("AR/peer", NOW, "limit.year.of", {}, ("individual", "individual-u8"), "secondary"),
    ("AR/peer", NOW, "limit.year.then", {}, None, "unsaid"),
    ("AR/peer", NOW, "calendar.fiscal_year", {}, "07-01", "secondary"),
    ("AR/peer", NOW, "claim.rendering", {}, "peer", "unconfirmed"),
    # Arizona: codes that nobody read, documents with the claim from a day on for one payer.
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
    ("AZ/peer", NOW, "filing.resubmit_within", {"payer": "fee-for-service"}, ("12 months after service",), "primary"),
    ("AZ/peer", NOW, "filing.within", {"payer": "complete-care"}, ("12 months after service",), "secondary"),
    ("AZ/peer", NOW, "claim.form", {}, "837P", "primary"),
    # California: a code known by its name; a service of one of three payers.
    ("CA/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("CA/peer", NOW, "service.individual.modifiers", {}, None, "unknown"),
    ("CA/peer", NOW, "service.group.hcpcs", {"service": "group"}, "H0025", "secondary"),
    ("CA/peer", NOW, "service.group.modifiers", {"service": "group"}, None, "unknown"),
    ("CO/peer", "2025-06-30", "service.individual.modifiers", {}, None, "unknown"),
    ("CO/peer", "2025-07-01", "service.individual.modifiers", {}, None, "unknown"),
    ("CO/peer", NOW, "population.diagnosis", {}, ("MH", "SUD"), "unconfirmed"),
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
    # Colorado: a code that may have been cut, a certificate asked for from a day on, two clocks and their end.
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
    # Washington: no code, but certificates that come, change their title and go.
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
]


@pytest.mark.parametrize("question", QUESTIONS, ids=named)
def test_a_billers_question_gets_the_value_and_its_status(question: Question) -> None:
    id_, day, asked, given, value, status = question
    assert answer(id_, day, asked, **given) == (value, status)


@pytest.mark.parametrize("state", STATES)
def test_telehealth_that_was_not_read_is_not_known(state: str) -> None:
    channel = rules(f"{state}/peer").channel
    assert set(channel.of("allow")) == {"in-person"}
    assert set(channel.of("deny")) == set()
    assert set(channel.unknown) == {"video", "audio"}


def test_consent_comes_before_telehealth() -> None:
    alone = set(rules("CA/peer", diagnosis=MH).documentation.of("require"))
    assert set(rules("CA/peer", diagnosis=MH, channel="video").documentation.of("require")) - alone == {"permission"}


@pytest.mark.parametrize(("day", "barred"), [("2025-06-30", set()), ("2025-07-01", {"case-management"})])
def test_case_management_is_barred_from_the_day_of_the_certificates(day: str, barred: set[str]) -> None:
    assert set(rules("WA/peer", day).exclusion.of("activity")) == barred


def test_a_doubtful_list_and_a_certificate_of_former_peers_only_ask_for_a_look() -> None:
    documents = rules("AZ/peer", payer="fee-for-service").limit["documents"]
    assert documents.said["units"].severity is Severity.WARNING
    certificate = rules("CA/peer").credential["CMPSS"]
    assert certificate.said["training_hours"].severity is Severity.WARNING
    assert certificate.said["exam"].severity is Severity.ERROR


# 120 units of a year run from July to June.
def test_the_year_of_units_begins_in_july() -> None:
    here = rules("AR/peer")
    window, start = here.limit["year"].value.per, here.calendar.value.fiscal_year
    assert window is not None
    assert start is not None
    assert window.bounds(dt.date(2026, 6, 30), "sunday", start) == (dt.date(2025, 7, 1), dt.date(2026, 6, 30))
    assert window.bounds(dt.date(2026, 7, 1), "sunday", start) == (dt.date(2026, 7, 1), dt.date(2027, 6, 30))


@pytest.mark.parametrize(
    ("id_", "first"),
    [
        ("AL/peer", "2024-06-27"),
        ("AR/peer", "2025-06-01"),
        ("AZ/peer", "2019-05-22"),
        ("CA/peer", "2022-07-01"),
        ("CO/peer", "2024-06-27"),
        ("WA/peer", "2019-07-01"),
    ],
)
def test_programmes_hold_from_their_first_day(id_: str, first: str) -> None:
    assert rules(id_, first).programme == id_
    with pytest.raises(NotInForceError):
        rules(id_, str(dt.date.fromisoformat(first) - dt.timedelta(days=1)))


@pytest.mark.parametrize("id_", [id_ for state in STATES for id_ in packaged_programmes(state)])
def test_every_row_is_sourced_or_unconfirmed_and_every_unknown_says_what_is_missing(id_: str) -> None:
    for row in programme(id_).rows():
        if row.layer == "national":
            continue
        assert row.said.citations or row.said.status is Status.UNCONFIRMED or not row.values, row.path
        assert row.said.note or not row.unknown, row.path
