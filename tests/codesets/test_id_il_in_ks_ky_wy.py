"""What billers ask of ID, IL, IN, KS, KY and WY, with the answers on both sides of each change."""

import datetime as dt
from typing import Any

import pytest
from questions import MH, SUD, Question, answer, facts, named, programme, words

from peerbill.model.errors import NotInForceError

NOW = "2026-05-04"

# A question for a day: programme, day, question, situation, value, status.
QUESTIONS: list[Question] = [
    # Idaho: codes by age from a rate catalogue, modifiers that are our reading, rates with a gap.
    ("ID/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("ID/peer", NOW, "service.individual.modifiers", {}, ("HB",), "unconfirmed"),
    ("ID/peer", NOW, "service.group.modifiers", {"service": "group"}, ("HB", "HQ"), "unconfirmed"),
    ("ID/peer", NOW, "service.youth.modifiers", {"service": "youth"}, ("HA", "UB"), "unconfirmed"),
    ("ID/peer", NOW, "service.family.modifiers", {"service": "family"}, ("HF", "UB"), "unconfirmed"),
    ("ID/peer", NOW, "unit.minutes", {}, 15, "secondary"),
    ("ID/peer", NOW, "unit.rounding", {}, None, "unknown"),
    ("ID/peer", NOW, "population.age", {}, "18+", "secondary"),
    ("ID/peer", NOW, "population.age", {"service": "youth"}, "12-17", "secondary"),
    ("ID/peer", NOW, "population.age", {"service": "family"}, None, "unknown"),
    ("ID/peer", "2024-07-27", "rate.amount", {}, None, "unsaid"),
    ("ID/peer", "2024-07-28", "rate.amount", {}, "13.63", "secondary"),
    ("ID/peer", "2025-08-31", "rate.amount", {}, "13.63", "secondary"),
    ("ID/peer", "2025-08-31", "rate.amount", {"service": "group"}, None, "unsaid"),
    ("ID/peer", "2025-09-01", "rate.amount", {}, None, "unknown"),
    ("ID/peer", "2026-04-12", "rate.amount", {}, None, "unknown"),
    ("ID/peer", "2026-04-13", "rate.amount", {}, "14.15", "secondary"),
    ("ID/peer", "2026-04-13", "rate.amount", {"service": "group"}, "7.08", "secondary"),
    ("ID/peer", NOW, "credential.CPSS.training_hours", {}, 46, "secondary"),
    ("ID/peer", NOW, "authorization.required", {}, None, "unknown"),
    # Illinois: a code that a notice gives which nobody read; certificates that may or may not count.
    ("IL/sud", NOW, "service.individual.hcpcs", {}, None, "unknown"),
    ("IL/sud", NOW, "unit.minutes", {}, None, "unknown"),
    ("IL/sud", NOW, "population.diagnosis", {}, ("SUD",), "primary"),
    (
        "IL/sud",
        NOW,
        "credential.CPSS.name",
        {},
        "Certified peer support specialist, as the statute defines it",
        "primary",
    ),
    ("IL/sud", NOW, "credential.CPRS.valid_months", {}, 24, "unconfirmed"),
    ("IL/sud", NOW, "signature.author.within", {}, None, "unknown"),
    ("IL/sud", NOW, "filing.within", {}, ("12 months after service",), "secondary"),
    ("IL/supr", NOW, "service.individual.hcpcs", {}, None, "unknown"),
    ("IL/supr", "2021-06-30", "rate.amount", {}, None, "unknown"),
    ("IL/supr", "2021-07-01", "rate.amount", {}, None, "unknown"),
    ("IL/supr", NOW, "rate.amount", {}, None, "unknown"),
    ("IL/supr", NOW, "credential.CPRS.ce_hours", {}, 30, "primary"),
    ("IL/supr", NOW, "credential.CRSS.ce_hours", {}, 40, "primary"),
    ("IL/supr", NOW, "credential.approved-exception.recovery_months", {}, 12, "primary"),
    ("IL/mh", NOW, "service.individual.hcpcs", {}, "H2015", "secondary"),
    ("IL/mh", NOW, "service.individual.modifiers", {}, None, "unknown"),
    ("IL/mh", NOW, "unit.minutes", {}, None, "unknown"),
    ("IL/mh", NOW, "credential.CRSS.name", {}, "Certified Recovery Support Specialist", "primary"),
    ("IL/mh", NOW, "credential.CRSS.experience_hours", {}, 2000, "secondary"),
    ("IL/mh", NOW, "credential.CFPP.name", {}, "Certified Family Partnership Professional", "primary"),
    ("IL/mh", NOW, "credential.CPRS.name", {}, None, "absent"),
    # Indiana: two filing clocks, and a code that stands in a module nobody could open.
    ("IN/mro", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("IN/mro", NOW, "service.individual.modifiers", {}, None, "unknown"),
    ("IN/mro", NOW, "unit.minutes", {}, 15, "secondary"),
    ("IN/mro", NOW, "filing.within", {}, ("180 days after service",), "primary"),
    (
        "IN/mro",
        NOW,
        "filing.resubmit_within",
        {},
        ("180 days after service", "60 days after notice"),
        "primary",
    ),
    ("IN/mro", NOW, "credential.CPSP.training_hours", {}, 48, "primary"),
    ("IN/mro", NOW, "credential.CPSP.min_age", {}, 18, "primary"),
    ("IN/mro", NOW, "credential.CPSP.ce_hours", {}, None, "unknown"),
    # Kansas: parents by a bulletin, peers by what a blog says of another; training in two steps.
    ("KS/parent", NOW, "service.family.hcpcs", {"service": "family"}, "H0038", "primary"),
    ("KS/parent", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "primary"),
    ("KS/parent", NOW, "group.max", {"service": "group"}, 8, "primary"),
    ("KS/parent", NOW, "unit.minutes", {}, 15, "secondary"),
    ("KS/parent", NOW, "unit.rounding", {}, None, "unknown"),
    ("KS/parent", NOW, "population.age", {}, None, "unknown"),
    ("KS/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("KS/peer", NOW, "group.max", {"service": "group"}, None, "unknown"),
    ("KS/peer", NOW, "credential.KCPS.in_process_within", {}, "16 months after hire", "secondary"),
    ("KS/peer", NOW, "credential.CPM.name", {"diagnosis": SUD}, "Certified Peer Mentor", "secondary"),
    ("KS/peer", NOW, "credential.CPM.name", {"diagnosis": MH}, None, "absent"),
    ("KS/peer", NOW, "filing.within", {}, ("12 months after service",), "primary"),
    # Kentucky: a code from a copayment list, a unit from regulations, groups that nobody has confirmed.
    ("KY/peer", NOW, "service.individual.hcpcs", {}, "H0038", "primary"),
    ("KS/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("KS/peer", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
    ("KS/parent", NOW, "service.family.modifiers", {"service": "family"}, (), "primary"),
    ("KS/peer", NOW, "filing.within", {}, ("12 months after service",), "primary"),
    (
        "KS/peer",
        NOW,
        "filing.other_payer_within",
        {},
        ("12 months after service", "30 days after other payer"),
        "unconfirmed",
    ),
    ("KY/peer", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
    ("KY/peer", NOW, "credential.FPSS.name", {}, "Family Peer Support Specialist", "primary"),
    (
        "KY/peer",
        NOW,
        "credential.FPSS.issuer",
        {},
        "Kentucky Department for Behavioral Health, Developmental and Intellectual Disabilities",
        "unconfirmed",
    ),
    ("WY/peer", NOW, "population.diagnosis", {}, ("MH", "SUD"), "unconfirmed"),
    ("KY/peer", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "unconfirmed"),
    ("KY/peer", NOW, "service.youth.modifiers", {"service": "youth"}, None, "unknown"),
    ("KY/peer", NOW, "unit.minutes", {}, 15, "primary"),
    ("KY/peer", NOW, "unit.rounding", {}, None, "unknown"),
    ("KY/peer", NOW, "group.max", {"service": "group"}, 8, "unconfirmed"),
    ("KY/peer", NOW, "supervision.times", {}, 2, "secondary"),
    ("KY/peer", NOW, "supervision.every", {}, "month", "secondary"),
    ("KY/peer", NOW, "credential.APSS.ce_hours", {}, 6, "primary"),
    ("KY/peer", NOW, "credential.APSS.ce_hours", {"provider": "alcohol-and-drug-entity"}, 10, "primary"),
    ("KY/peer", NOW, "credential.RADPSS.training_hours", {"diagnosis": SUD}, 40, "primary"),
    ("KY/peer", NOW, "credential.RADPSS.training_hours", {"diagnosis": MH}, None, "absent"),
    ("KY/peer", NOW, "rate.amount", {}, None, "unknown"),
    # Wyoming: a rule on notes and plans, and a manual that nobody could open.
    ("WY/peer", NOW, "service.individual.hcpcs", {}, None, "unknown"),
    ("WY/peer", NOW, "unit.minutes", {}, 15, "secondary"),
    ("WY/peer", NOW, "unit.rounding", {}, None, "unknown"),
    ("WY/peer", NOW, "rate.amount", {}, "9.00", "secondary"),
    ("WY/peer", NOW, "plan.treatment.review_every", {}, "90 days", "primary"),
    ("WY/peer", NOW, "plan.treatment.signers", {}, ("clinical-professional",), "primary"),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=named)
def test_a_billers_question_gets_the_value_and_its_status(question: Question) -> None:
    id_, day, asked, given, value, status = question
    assert answer(id_, day, asked, **given) == (value, status)


def test_telehealth_takes_its_modifier_and_place() -> None:
    day = dt.date.fromisoformat(NOW)
    for channel, modifiers in (("video", {"95"}), ("audio", {"93"}), ("in-person", set())):
        assert set(programme("IN/mro").rules(day, facts(channel=channel)).modifier) == modifiers
    assert words("IN/mro", NOW, "place", "allow", channel="video") == {"02", "10"}
    assert words("IN/mro", NOW, "place", "allow") == set()


FLOOR = {"date", "member", "author", "service", "start-and-end"}
ELEMENTS: list[tuple[str, str, dict[str, Any], set[str]]] = [
    ("IL/sud", "2025-04-10", {}, set()),
    ("IL/sud", "2025-04-11", {}, {"location", "duration", "author-title", "progress", "response"}),
    ("KS/parent", NOW, {"age": 17}, {"plan", "intervention", "medical-need"}),
    ("KS/parent", NOW, {"age": 18}, {"plan", "intervention", "medical-need", "permission"}),
    ("KY/peer", NOW, {}, {"plan"}),
    ("WY/peer", NOW, {"place": "11"}, {"progress", "author-title"}),
    ("WY/peer", NOW, {"place": "12"}, {"progress", "author-title", "location"}),
]


@pytest.mark.parametrize(("id_", "day", "given", "elements"), ELEMENTS)
def test_note_elements_beside_the_federal_floor(id_: str, day: str, given: dict[str, Any], elements: set[str]) -> None:
    assert words(id_, day, "documentation", "require", **given) - FLOOR == elements


@pytest.mark.parametrize("id_", ["KS/parent", "KS/peer"])
def test_acute_and_residential_stays_bar_payment(id_: str) -> None:
    assert words(id_, NOW, "exclusion", "stay") == {"inpatient", "residential", "incarceration", "imd"}


@pytest.mark.parametrize(
    ("id_", "first"),
    [
        ("ID/peer", "2024-07-01"),
        ("IL/sud", "2024-10-01"),
        ("IL/supr", "2020-03-12"),
        ("KS/parent", "2023-01-01"),
        ("KS/peer", "2023-07-01"),
        ("KY/peer", "2019-01-01"),
    ],
)
def test_programmes_hold_from_their_first_day(id_: str, first: str) -> None:
    one, day = programme(id_), dt.date.fromisoformat(first)
    assert one.rules(day, facts()).programme == id_
    with pytest.raises(NotInForceError):
        one.rules(day - dt.timedelta(days=1), facts())
