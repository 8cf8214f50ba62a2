"""What billers ask of CT, DC, DE, GA, HI, IA and WV, with the answers on both sides of each change."""

import datetime as dt

import pytest
from questions import NOW, Question, answer, facts, named, programme

from peerbill.model.errors import NotInForceError
from peerbill.model.finding import Severity

# A question for a day: programme, day, question, situation, value, status.
QUESTIONS: list[Question] = [
    # Connecticut: no for substance use; for mental health reports disagree from a day on.
    ("CT/sud", "2023-06-04", "service.individual.paid", {}, False, "secondary"),
    ("CT/sud", NOW, "service.individual.paid", {}, False, "secondary"),
    ("CT/sud", NOW, "service.group.paid", {"service": "group"}, False, "secondary"),
    ("CT/mh", "2024-09-23", "service.individual.paid", {}, False, "secondary"),
    ("CT/mh", "2024-09-24", "service.individual.paid", {}, None, "unknown"),
    ("CT/mh", "2024-09-24", "service.individual.hcpcs", {}, None, "unknown"),
    ("CT/mh", "2024-09-23", "service.group.paid", {"service": "group"}, False, "secondary"),
    ("CT/mh", "2024-09-24", "service.group.paid", {"service": "group"}, None, "unknown"),
    ("CT/mh", NOW, "unit.minutes", {}, None, "unknown"),
    # District of Columbia: a code table of 2017, unconfirmed since the rules were rewritten, whose rounding was read.
    ("DC/mhrs", "2020-09-03", "service.individual.hcpcs", {}, "H0038", "primary"),
    ("DC/mhrs", "2020-09-04", "service.individual.hcpcs", {}, "H0038", "unconfirmed"),
    ("DC/mhrs", "2020-09-03", "service.individual.modifiers", {}, (), "primary"),
    ("DC/mhrs", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "unconfirmed"),
    ("DC/mhrs", NOW, "service.family.modifiers", {"service": "family"}, ("HS",), "unconfirmed"),
    ("DC/mhrs", NOW, "service.family-group.modifiers", {"service": "family-group"}, ("HQ", "HS"), "unconfirmed"),
    ("DC/mhrs", NOW, "service.family-group.mode", {"service": "family-group"}, "family", "unconfirmed"),
    ("DC/mhrs", "2020-09-03", "unit.minutes", {}, 15, "primary"),
    ("DC/mhrs", "2020-09-03", "unit.rounding", {}, "midpoint", "primary"),
    ("DC/mhrs", "2020-09-04", "unit.rounding", {}, "midpoint", "primary"),
    ("DC/mhrs", NOW, "unit.aggregate", {}, None, "unknown"),
    ("DC/mhrs", NOW, "supervision.every", {}, "week", "primary"),
    ("DC/mhrs", NOW, "supervision.minutes", {}, 60, "primary"),
    ("DC/mhrs", NOW, "supervision.peers_per_supervisor", {}, 7, "primary"),
    ("DC/mhrs", NOW, "credential.CPS.valid_months", {}, 24, "primary"),
    ("DC/mhrs", NOW, "credential.CPS.training_hours", {}, 70, "primary"),
    ("DC/mhrs", NOW, "plan.plan-of-care.signers", {}, None, "unknown"),
    ("DC/mhrs", NOW, "authorization.required", {}, None, "unknown"),
    ("DC/mhrs", NOW, "rate.amount", {}, None, "unknown"),
    ("DC/mhrs", NOW, "filing.within", {}, ("12 months after service",), "secondary"),
    ("DC/sud", NOW, "service.individual.hcpcs", {}, None, "unknown"),
    ("DC/sud", NOW, "group.max", {"service": "group"}, 30, "primary"),
    ("DC/sud", NOW, "unit.minutes", {}, None, "unknown"),
    # Delaware: a unit and a rate, but no code.
    ("DE/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("DE/peer", NOW, "service.individual.modifiers", {}, None, "unknown"),
    ("DE/peer", NOW, "unit.minutes", {}, 15, "secondary"),
    ("DE/peer", NOW, "unit.rounding", {}, None, "unknown"),
    ("DE/peer", "2024-08-03", "rate.amount", {}, None, "unsaid"),
    ("DE/peer", "2024-08-04", "rate.amount", {}, "14.75", "secondary"),
    ("DE/peer", NOW, "rate.amount", {"service": "group"}, None, "unknown"),
    ("DE/peer", NOW, "credential.CPRS.training_hours", {}, 46, "secondary"),
    # Georgia: the practitioner's level and the clinic stand in modifiers; six months from the end of the month.
    ("GA/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("GA/peer", NOW, "service.individual.modifiers", {}, None, "unknown"),
    ("GA/peer", NOW, "service.individual.modifiers", {"tier": "level-4"}, ("U4",), "unconfirmed"),
    ("GA/peer", NOW, "service.individual.modifiers", {"tier": "level-5"}, ("U5",), "unconfirmed"),
    ("GA/peer", NOW, "service.group.modifiers", {"service": "group", "tier": "level-5"}, ("HQ", "U5"), "unconfirmed"),
    ("GA/peer", NOW, "unit.minutes", {}, 15, "secondary"),
    ("GA/peer", NOW, "unit.rounding", {}, None, "unknown"),
    ("GA/peer", "2020-03-18", "modifier.95.use", {}, None, "absent"),
    ("GA/peer", "2020-03-19", "modifier.95.use", {}, "forbidden", "primary"),
    ("GA/peer", NOW, "population.diagnosis", {}, ("MH", "SUD"), "primary"),
    ("GA/peer", NOW, "credential.CPS-AD.recovery_months", {}, 24, "secondary"),
    ("GA/peer", NOW, "credential.CPS-MH.recovery_months", {}, 12, "secondary"),
    ("GA/peer", NOW, "credential.CPS-Y.peer_age", {}, "18-30", "secondary"),
    ("GA/peer", NOW, "filing.within", {}, ("6 months after service",), "primary"),
    ("GA/peer", NOW, "rate.amount", {}, None, "unknown"),
    # Hawaii: one post.
    ("HI/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("HI/peer", NOW, "service.individual.modifiers", {}, None, "unknown"),
    ("WV/sud", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("WV/sud", NOW, "service.individual.modifiers", {}, None, "unknown"),
    ("HI/peer", NOW, "service.group.hcpcs", {"service": "group"}, None, "unknown"),
    ("HI/peer", NOW, "unit.minutes", {}, 15, "secondary"),
    ("HI/peer", NOW, "unit.rounding", {}, None, "unknown"),
    ("HI/peer", NOW, "rate.amount", {}, "15.19", "secondary"),
    ("HI/peer", NOW, "rate.amount", {"service": "group"}, None, "unknown"),
    # Iowa: covered, and no more is known.
    ("IA/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("IA/peer", NOW, "service.individual.modifiers", {}, None, "unknown"),
    ("IA/peer", NOW, "unit.minutes", {}, 15, "secondary"),
    ("IA/peer", NOW, "rate.amount", {}, None, "unknown"),
    # West Virginia: substance use only, a certificate of two years, a year to file.
    ("WV/sud", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("WV/sud", NOW, "unit.minutes", {}, 15, "secondary"),
    ("WV/sud", NOW, "unit.rounding", {}, None, "unknown"),
    ("WV/sud", "2024-07-27", "rate.amount", {}, None, "unsaid"),
    ("WV/sud", "2024-07-28", "rate.amount", {}, "15.07", "secondary"),
    ("WV/sud", NOW, "population.diagnosis", {}, ("SUD",), "secondary"),
    ("WV/sud", NOW, "credential.PRSS.recovery_months", {}, 24, "secondary"),
    ("WV/sud", NOW, "credential.PRSS.valid_months", {}, 24, "secondary"),
    ("WV/sud", NOW, "credential.PRSS.training_hours", {}, None, "unknown"),
    ("WV/sud", NOW, "filing.within", {}, ("12 months after first service",), "secondary"),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=named)
def test_a_billers_question_gets_the_value_and_its_status(question: Question) -> None:
    id_, day, asked, given, value, status = question
    assert answer(id_, day, asked, **given) == (value, status)


@pytest.mark.parametrize(
    ("day", "place", "modifiers"),
    [
        (NOW, "11", {"U6"}),
        (NOW, "53", {"U6"}),
        (NOW, "12", {"U7"}),
        (NOW, "99", {"U7"}),
        ("2020-03-18", "02", {"U7"}),
        ("2020-03-19", "02", {"U6"}),
    ],
)
def test_the_clinic_stands_in_a_modifier(day: str, place: str, modifiers: set[str]) -> None:
    rules = programme("GA/peer").rules(dt.date.fromisoformat(day), facts(place=place))
    assert {code for code, found in rules.modifier.items() if found.value.use == "required"} == modifiers


@pytest.mark.parametrize(
    ("day", "severity"), [("2020-09-03", Severity.ERROR), ("2020-09-04", Severity.WARNING), (NOW, Severity.WARNING)]
)
def test_a_bar_of_the_older_chapter_only_asks_for_a_look_since(day: str, severity: Severity) -> None:
    said = programme("DC/mhrs").rules(dt.date.fromisoformat(day), facts()).exclusion.of("same_day")
    assert {word: one.severity for word, one in said.items()} == {"assertive-community-treatment": severity}


def test_note_elements_beside_the_federal_floor() -> None:
    floor = {"date", "member", "author", "service", "start-and-end"}
    rules = programme("DC/sud").rules(dt.date.fromisoformat(NOW), facts())
    assert set(rules.documentation.of("require")) - floor == {"duration", "author-title", "location"}


def test_a_clock_from_the_end_of_the_month_is_no_error_before_it_has_run_out() -> None:
    said = programme("GA/peer").rules(dt.date.fromisoformat(NOW), facts()).filing.said["within"]
    assert said.severity is Severity.WARNING
    assert "end of the month" in said.note


@pytest.mark.parametrize(
    ("id_", "first"),
    [
        ("CT/sud", "2023-06-04"),
        ("CT/mh", "2023-06-04"),
        ("DC/mhrs", "2016-04-08"),
        ("DC/sud", "2017-09-13"),
        ("DE/peer", "2013-12-01"),
        ("GA/peer", "2011-10-01"),
        ("HI/peer", "2024-07-28"),
        ("IA/peer", "2024-07-22"),
        ("WV/sud", "2018-01-01"),
    ],
)
def test_programmes_hold_from_their_first_day(id_: str, first: str) -> None:
    day = dt.date.fromisoformat(first)
    assert programme(id_).rules(day, facts()).programme == id_
    with pytest.raises(NotInForceError):
        programme(id_).rules(day - dt.timedelta(days=1), facts())
