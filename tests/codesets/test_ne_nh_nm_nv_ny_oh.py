"""What billers ask of NE, NH, NM, NV, NY and OH, with the answers on both sides of each change."""

import datetime as dt

import pytest
from questions import MH, NOW, SUD, Question, answer, named, programme

from peerbill.model.errors import NotInForceError
from peerbill.policy import Facts, packaged_programmes

STATES = ("NE", "NH", "NM", "NV", "NY", "OH")

# A question for a day: programme, day, question, situation, value, status.
QUESTIONS: list[Question] = [
    # Nebraska: one code, HE or HF by diagnosis, in front of HQ.
    ("NE/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("NE/peer", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "secondary"),
    ("NE/peer", NOW, "modifier.HE.position", {"diagnosis": MH}, 1, "secondary"),
    ("NE/peer", NOW, "modifier.HE.use", {"diagnosis": SUD}, None, "absent"),
    ("NE/peer", NOW, "modifier.HF.use", {"diagnosis": SUD}, "one-of", "secondary"),
    ("NE/peer", NOW, "unit.minutes", {}, 15, "secondary"),
    ("NE/peer", NOW, "unit.rounding", {}, None, "unknown"),
    ("NE/peer", NOW, "credential.CPSS.training_hours", {}, 60, "primary"),
    ("NE/peer", NOW, "credential.CPSS.recovery_months", {}, 12, "secondary"),
    # New Hampshire: a published rate; notes and plans that peer recovery programmes need not keep.
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
    # New Mexico: a rule that was replaced, and a code that only the field knows.
    ("NM/recovery", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("NM/recovery", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
    ("NM/recovery", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "unconfirmed"),
    ("NM/recovery", NOW, "unit.minutes", {}, 15, "secondary"),
    ("NM/recovery", NOW, "unit.rounding", {}, None, "unknown"),
    ("NM/recovery", "2024-12-09", "supervision.by", {}, ("licensed-independent-practitioner",), "primary"),
    ("NM/recovery", "2024-12-10", "supervision.by", {}, None, "unknown"),
    ("NM/recovery", NOW, "filing.within", {}, ("90 days after service",), "primary"),
    ("NM/recovery", NOW, "filing.never_after", {}, "210 days after service", "primary"),
    ("NM/recovery", NOW, "credential.CPSW.recovery_months", {}, 36, "primary"),
    ("NM/ccss", NOW, "service.individual.hcpcs", {}, None, "unknown"),
    ("NM/ccss", NOW, "unit.minutes", {}, None, "unknown"),
    # Nevada: a yearly allowance.
    ("NV/peer", NOW, "service.individual.hcpcs", {}, "H0038", "unconfirmed"),
    ("NV/peer", NOW, "service.individual.modifiers", {}, None, "unknown"),
    ("NV/peer", NOW, "unit.minutes", {}, 15, "secondary"),
    ("NV/peer", NOW, "unit.rounding", {}, None, "unknown"),
    ("NV/peer", NOW, "limit.year.units", {}, 72, "secondary"),
    ("NV/peer", NOW, "limit.year.per", {}, "calendar year", "secondary"),
    ("NV/peer", NOW, "limit.year.then", {}, "authorization", "secondary"),
    # New York: a clinic's unit, pool and plan from the rule; the codes from elsewhere or nowhere.
    ("NY/mhotrs", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("NY/mhotrs", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
    ("NY/oasas", NOW, "service.individual.modifiers", {}, None, "unknown"),
    ("NE/peer", NOW, "service.individual.modifiers", {}, (), "secondary"),
    ("NH/sud", NOW, "service.individual.modifiers", {}, None, "unknown"),
    ("NY/oasas", "2023-12-30", "credential.CRPA-Y.name", {}, None, "absent"),
    ("NY/oasas", "2023-12-31", "credential.CRPA-Y.name", {}, "Certified Recovery Peer Advocate, youth", "secondary"),
    ("NY/mhotrs", NOW, "service.family.hcpcs", {"service": "family"}, None, "unknown"),
    ("NY/mhotrs", NOW, "unit.minutes", {}, 15, "primary"),
    ("NY/mhotrs", NOW, "unit.rounding", {}, "down", "primary"),
    ("NY/mhotrs", NOW, "unit.minimum_minutes", {}, 15, "primary"),
    ("NY/mhotrs", NOW, "unit.aggregate", {}, None, "unknown"),
    ("NY/mhotrs", NOW, "limit.day.units", {}, 12, "primary"),
    ("NY/mhotrs", NOW, "limit.day.of", {}, ("individual", "family", "group"), "primary"),
    ("NY/mhotrs", NOW, "limit.day.then", {}, "deny", "primary"),
    ("NY/mhotrs", NOW, "group.max", {"service": "group"}, 12, "primary"),
    ("NY/mhotrs", NOW, "plan.treatment.review_every", {}, "1 year", "primary"),
    (
        "NY/mhotrs",
        NOW,
        "plan.treatment.complete_within",
        {"payer": "fee-for-service"},
        "30 days after enrollment",
        "primary",
    ),
    ("NY/mhotrs", NOW, "plan.treatment.complete_within", {"payer": "managed-care"}, None, "unknown"),
    ("NY/mhotrs", NOW, "plan.treatment.before_service", {"payer": "fee-for-service"}, False, "primary"),
    ("NY/mhotrs", NOW, "plan.treatment.before_service", {"payer": "managed-care"}, None, "unknown"),
    ("NY/oasas", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "secondary"),
    ("NY/oasas", NOW, "unit.minutes", {}, 15, "secondary"),
    ("NY/oasas", NOW, "unit.rounding", {}, None, "unknown"),
    ("NY/oasas", NOW, "claim.rate_code", {}, None, "unknown"),
    ("NY/oasas", NOW, "rate.amount", {"region": "downstate"}, None, "unknown"),
    ("NY/oasas", "2022-12-31", "credential.CRPA-Y.name", {}, None, "absent"),
    ("NY/oasas", NOW, "credential.CRPA.valid_months", {}, 36, "primary"),
    ("NY/oasas", NOW, "filing.within", {}, ("90 days after service",), "primary"),
    ("NY/oasas", NOW, "filing.resubmit_within", {}, ("60 days after notice",), "primary"),
    ("NY/cftss", NOW, "population.age", {}, "0-20", "primary"),
    ("NY/cftss", NOW, "service.youth.hcpcs", {"service": "youth"}, None, "unknown"),
    ("NY/cftss", NOW, "unit.minutes", {"service": "youth"}, None, "unknown"),
    ("NY/cftss", NOW, "credential.YPA.peer_age", {"service": "youth"}, "18-30", "secondary"),
    ("NY/cftss", NOW, "credential.YPA.peer_age", {"service": "family"}, None, "absent"),
    ("NY/core", NOW, "service.individual.hcpcs", {}, None, "unknown"),
    ("NY/core", NOW, "unit.minutes", {}, None, "unknown"),
    # Ohio: mental health joined on a day; four hours a date without authorization.
    ("OH/peer", "2024-08-31", "population.diagnosis", {}, ("SUD",), "secondary"),
    ("OH/peer", "2024-09-01", "population.diagnosis", {}, ("MH", "SUD"), "primary"),
    ("OH/peer", NOW, "population.diagnosis_on_claim", {}, True, "primary"),
    ("OH/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("OH/peer", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
    ("OH/peer", NOW, "service.individual.hcpcs", {"diagnosis": SUD}, "H0038", "secondary"),
    ("OH/peer", NOW, "service.individual.hcpcs", {"diagnosis": MH}, "H0038", "secondary"),
    ("OH/peer", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "unconfirmed"),
    ("OH/peer", NOW, "unit.minutes", {}, 15, "secondary"),
    ("OH/peer", NOW, "unit.rounding", {}, None, "unknown"),
    ("OH/peer", NOW, "limit.day.hours", {}, 4, "primary"),
    ("OH/peer", NOW, "limit.day.then", {}, "authorization", "primary"),
    ("OH/peer", NOW, "authorization.required", {}, False, "primary"),
    ("OH/peer", NOW, "claim.rendering", {}, "peer", "primary"),
    ("OH/peer", NOW, "credential.CFPS.min_age", {}, 21, "primary"),
    ("OH/peer", NOW, "credential.CYPS.ce_hours", {}, 30, "primary"),
    ("OH/peer", NOW, "filing.within", {}, ("365 days after service",), "primary"),
    ("OH/srs", "2025-08-21", "service.individual.paid", {}, None, "unsaid"),
    ("OH/srs", "2025-08-22", "service.individual.paid", {}, None, "unknown"),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=named)
def test_a_billers_question_gets_the_value_and_its_status(question: Question) -> None:
    id_, day, asked, given, value, status = question
    assert answer(id_, day, asked, **given) == (value, status)


# Programme, its last day before it is known, its first day.
FIRST_DAYS = [
    ("NE/peer", "2024-07-24", "2024-07-25"),
    ("NH/sud", "2024-07-27", "2024-07-28"),
    ("NH/mh", "2017-05-25", "2017-05-26"),
    ("NM/recovery", "2021-08-09", "2021-08-10"),
    ("NV/peer", "2024-07-21", "2024-07-22"),
    ("NY/mhotrs", "2022-11-22", "2022-11-23"),
    ("NY/cftss", "2018-01-02", "2018-01-03"),
    ("NY/core", "2021-09-30", "2021-10-01"),
    ("OH/peer", "2023-12-26", "2023-12-27"),
    ("OH/srs", "2021-10-14", "2021-10-15"),
]


@pytest.mark.parametrize(("id_", "before", "first"), FIRST_DAYS)
def test_a_programme_answers_from_its_first_day(id_: str, before: str, first: str) -> None:
    one = programme(id_)

    assert one.rules(dt.date.fromisoformat(first), Facts()).programme == id_
    with pytest.raises(NotInForceError):
        one.rules(dt.date.fromisoformat(before), Facts())


def test_every_programme_of_these_states_is_asked() -> None:
    everything = {id_ for state in STATES for id_ in packaged_programmes(state)}

    assert {id_ for id_, *_ in QUESTIONS} == everything
    assert {id_ for id_, *_ in FIRST_DAYS} | {id_ for id_ in everything if programme(id_).from_ is None} == everything


def test_an_outpatient_programmes_note_needs_more_than_a_peer_recovery_programmes() -> None:
    rules = programme("NH/sud").rules
    day = dt.date.fromisoformat(NOW)
    plain = set(rules(day, Facts(service="individual", provider="peer-recovery")).documentation.of("require"))
    more = set(rules(day, Facts(service="individual", provider="outpatient-sud")).documentation.of("require"))

    assert more - plain == {"duration", "author-title"}


def test_a_residents_place_only_asks_for_a_look() -> None:
    said = programme("NY/mhotrs").rules(dt.date.fromisoformat(NOW), Facts()).place.of("deny")

    assert set(said) == {"31", "32"}
    assert {str(who.severity) for who in said.values()} == {"warning"}


def test_what_no_addiction_programme_is_paid_for_by_itself_holds_from_the_amended_rule() -> None:
    rules = programme("NY/oasas").rules
    before = rules(dt.date(2022, 9, 30), Facts()).exclusion.of("activity")
    after = rules(dt.date(2022, 10, 1), Facts()).exclusion.of("activity")

    listed = {"nutrition", "education", "vocational", "recreation", "informational-meeting", "acupuncture"}
    assert set(after) - set(before) == listed
    assert {str(said.severity) for word, said in after.items() if word in listed} == {"error"}
