"""What billers ask of LA, ME, MO, MS, MT, ND and WI, with the answers on both sides of each change."""

import datetime as dt
from typing import Any

import pytest
from questions import MH, NOW, SUD, answer, programme, rules

from peerbill.model.errors import NotInForceError
from peerbill.model.finding import Severity
from peerbill.policy import Facts, Status, packaged_programmes

STATES = ("LA", "ME", "MO", "MS", "MT", "ND", "WI")
IDS = [id_ for state in STATES for id_ in packaged_programmes(state)]


# Programme, day, situation, question, value, status.
QUESTIONS: list[tuple[str, str, dict[str, Any], str, Any, str]] = [
    # Louisiana: covered by rule, while code and unit stand in a manual that was not readable.
    ("LA/mh", NOW, {}, "service.individual.hcpcs", "H0038", "secondary"),
    ("LA/mh", NOW, {}, "service.individual.modifiers", None, "unknown"),
    ("LA/mh", NOW, {}, "unit.minutes", 15, "secondary"),
    ("LA/mh", NOW, {}, "unit.rounding", None, "unknown"),
    ("LA/mh", NOW, {}, "authorization.required", True, "primary"),
    ("LA/mh", NOW, {}, "population.diagnosis", ("MH",), "primary"),
    ("LA/mh", NOW, {}, "filing.within", ("365 days after service",), "primary"),
    ("LA/mh", NOW, {}, "filing.other_payer_within", ("180 days after other payer",), "primary"),
    ("LA/mh", NOW, {}, "credential.PSS.name", "Peer Support Specialist", "unconfirmed"),
    ("LA/mh", NOW, {}, "credential.PSS.training_hours", 76, "secondary"),
    ("LA/sud", NOW, {}, "service.individual.hcpcs", None, "unknown"),
    ("LA/sud", NOW, {}, "service.individual.paid", None, "unknown"),
    # Maine: code, unit and amount at second hand, mental health alone.
    ("ME/peer", NOW, {}, "service.individual.hcpcs", "H0038", "primary"),
    ("ME/peer", NOW, {}, "service.individual.modifiers", (), "primary"),
    ("ME/peer", NOW, {}, "unit.minutes", 15, "primary"),
    ("ME/peer", NOW, {}, "unit.rounding", None, "unknown"),
    ("ME/peer", "2018-07-31", {}, "rate.amount", "11.10", "primary"),
    ("ME/peer", "2018-08-01", {}, "rate.amount", "11.34", "primary"),
    ("ME/peer", "2019-06-30", {}, "rate.amount", "11.34", "primary"),
    ("ME/peer", "2019-07-01", {}, "rate.amount", "11.32", "primary"),
    ("ME/peer", "2024-08-03", {}, "rate.amount", "11.32", "primary"),
    ("ME/peer", "2024-08-04", {}, "rate.amount", "11.88", "secondary"),
    ("ME/peer", NOW, {}, "rate.amount", "11.88", "secondary"),
    ("ME/peer", NOW, {}, "population.diagnosis", ("MH",), "secondary"),
    ("ME/peer", NOW, {}, "credential.CIPSS.name", "Certified Intentional Peer Support Specialist", "primary"),
    # Missouri: the national length, GT by video, family support to 25, a clock of 2012 for what comes back.
    ("MO/peer", NOW, {}, "service.individual.hcpcs", "H0038", "secondary"),
    ("MO/peer", NOW, {}, "service.individual.modifiers", None, "unknown"),
    ("MO/peer", NOW, {"service": "group"}, "service.group.hcpcs", None, "unknown"),
    ("MO/peer", NOW, {}, "unit.minutes", 15, "secondary"),
    ("MO/peer", NOW, {}, "unit.aggregate", None, "unknown"),
    ("MO/peer", NOW, {}, "population.age", None, "unsaid"),
    ("MO/peer", NOW, {"service": "family"}, "population.age", "0-25", "primary"),
    ("MO/peer", NOW, {}, "filing.resubmit_within", ("24 months after service",), "secondary"),
    ("MO/peer", NOW, {}, "credential.CPS.training_hours", 35, "primary"),
    ("MO/peer", NOW, {}, "credential.FSP.name", None, "absent"),
    ("MO/peer", NOW, {"service": "family"}, "credential.FSP.name", "Family Support Provider", "unconfirmed"),
    ("MO/peer", NOW, {}, "claim.form", "837P", "primary"),
    # Mississippi: limits of a survey, lifted under 21 by an authorization; designations that changed.
    ("MS/peer", NOW, {}, "service.individual.hcpcs", "H0038", "secondary"),
    ("MS/peer", NOW, {}, "service.individual.modifiers", None, "unknown"),
    ("MS/peer", NOW, {}, "unit.minutes", 15, "secondary"),
    ("MS/peer", NOW, {}, "unit.rounding", None, "unknown"),
    ("MS/peer", NOW, {}, "limit.day.units", 6, "secondary"),
    ("MS/peer", NOW, {}, "limit.year.units", 200, "secondary"),
    ("MS/peer", NOW, {}, "limit.year.per", "fiscal year", "secondary"),
    ("MS/peer", NOW, {"age": 20}, "limit.day.units", 6, "secondary"),
    ("MS/peer", NOW, {"age": 20}, "limit.day.then", "authorization", "primary"),
    ("MS/peer", NOW, {"age": 21}, "limit.day.then", None, "unsaid"),
    ("MS/peer", NOW, {"age": 20}, "limit.year.then", "authorization", "primary"),
    ("MS/peer", NOW, {"age": 21}, "limit.year.then", None, "unsaid"),
    ("MS/peer", NOW, {}, "calendar.fiscal_year", "07-01", "primary"),
    ("MS/peer", NOW, {}, "filing.within", ("365 days after service",), "primary"),
    ("MS/peer", NOW, {}, "credential.CPSSP-Y.peer_age", "18-26", "primary"),
    ("MS/peer", NOW, {}, "supervision.every", None, "unknown"),
    # Montana: a service of its own for both conditions, an age for mental health, a rate from a day.
    ("MT/peer", NOW, {}, "service.individual.hcpcs", "H0038", "secondary"),
    ("MT/peer", NOW, {}, "service.individual.modifiers", (), "unconfirmed"),
    ("MT/peer", NOW, {"service": "co-occurring"}, "service.co-occurring.modifiers", ("HH",), "secondary"),
    ("MT/peer", NOW, {}, "unit.minutes", 15, "secondary"),
    ("MT/peer", NOW, {}, "unit.rounding", None, "unknown"),
    ("MT/peer", "2024-08-03", {}, "rate.amount", None, "unknown"),
    ("MT/peer", "2024-08-04", {}, "rate.amount", "14.01", "secondary"),
    ("MT/peer", NOW, {"diagnosis": MH}, "population.age", "18+", "primary"),
    ("MT/peer", NOW, {"diagnosis": SUD}, "population.age", None, "unsaid"),
    ("MT/peer", NOW, {"diagnosis": MH | SUD}, "population.age", "18+", "primary"),
    ("MT/peer", NOW, {}, "supervision.minutes", 60, "primary"),
    ("MT/peer", NOW, {}, "supervision.service_hours", 20, "primary"),
    ("MT/peer", NOW, {}, "credential.CBHPSS.training_hours", 40, "secondary"),
    # North Dakota: a benefit with its levels of certificate, and neither code nor unit.
    ("ND/peer", NOW, {}, "service.individual.hcpcs", None, "unknown"),
    ("ND/peer", NOW, {}, "unit.minutes", None, "unknown"),
    ("ND/peer", NOW, {}, "unit.rounding", None, "unknown"),
    ("ND/peer", NOW, {}, "population.diagnosis", ("MH", "SUD"), "secondary"),
    ("ND/peer", NOW, {"tier": "II"}, "tier.II.experience_hours", 1500, "primary"),
    ("ND/peer", NOW, {}, "credential.CPSS.min_age", 18, "primary"),
    # Wisconsin: a law whose benefit may not be live, and an older contract that lists the code.
    ("WI/coach", NOW, {}, "service.individual.hcpcs", None, "unknown"),
    ("WI/coach", NOW, {}, "service.individual.paid", None, "unknown"),
    ("WI/coach", NOW, {}, "supervision.by", ("competent-mental-health-professional",), "primary"),
    ("WI/coach", NOW, {}, "supervision.every", None, "unknown"),
    ("WI/coach", NOW, {}, "credential.PRC.training_hours", 40, "primary"),
    ("WI/coach", NOW, {}, "credential.PRC.experience_hours", 24, "primary"),
    ("WI/coach", NOW, {}, "filing.within", ("365 days after service",), "primary"),
    ("WI/bhic", NOW, {}, "service.individual.hcpcs", "H0038", "secondary"),
    ("WI/bhic", NOW, {}, "service.individual.modifiers", (), "unconfirmed"),
    ("WI/bhic", NOW, {}, "unit.minutes", 15, "secondary"),
    ("WI/bhic", NOW, {}, "unit.rounding", None, "unknown"),
    ("WI/bhic", NOW, {}, "rate.amount", "5.75", "secondary"),
    ("WI/bhic", NOW, {}, "credential.CPS.name", "Certified Peer Specialist", "unconfirmed"),
    ("WI/bhic", NOW, {}, "credential.CPS.valid_months", 24, "primary"),
]


@pytest.mark.parametrize(("id_", "day", "given", "question", "value", "status"), QUESTIONS)
def test_biller_asks(id_: str, day: str, given: dict[str, Any], question: str, value: Any, status: str) -> None:
    assert answer(id_, day, question, **given) == (value, status)


# Programme, day, allowed, not known.
CHANNELS: list[tuple[str, str, set[str], set[str]]] = [
    ("LA/mh", NOW, {"in-person"}, {"video", "audio"}),
    ("ME/peer", NOW, {"in-person"}, {"video", "audio"}),
    ("MO/peer", NOW, {"in-person", "video"}, {"audio"}),
    ("MS/peer", "2024-09-24", {"in-person"}, set()),
    ("MS/peer", "2024-09-25", {"in-person"}, {"video", "audio"}),
    ("MS/peer", "2024-12-09", {"in-person"}, {"video", "audio"}),
    ("MS/peer", "2024-12-10", {"in-person", "video"}, {"audio"}),
    ("MT/peer", NOW, {"in-person"}, {"video", "audio"}),
    ("ND/peer", NOW, {"in-person"}, {"video", "audio"}),
    ("WI/coach", NOW, {"in-person"}, {"video", "audio"}),
    ("WI/bhic", NOW, {"in-person"}, {"video", "audio"}),
]


@pytest.mark.parametrize(("id_", "day", "allowed", "unknown"), CHANNELS)
def test_channels_on_both_sides_of_each_change(id_: str, day: str, allowed: set[str], unknown: set[str]) -> None:
    listing = rules(id_, day).channel
    assert set(listing.of("allow")) == allowed
    assert set(listing.of("deny")) == set()
    assert set(listing.unknown) == unknown


@pytest.mark.parametrize(
    ("day", "accepted", "unconfirmed"),
    [
        ("2024-09-24", {"CPSSP-A", "CPSSP-P"}, set()),
        ("2024-09-25", {"CPSSP-A", "CPSSP-P", "CPSSP-MH", "CPSSP-SU", "CPSSP-Y"}, set()),
        ("2024-12-09", {"CPSSP-A", "CPSSP-P", "CPSSP-MH", "CPSSP-SU", "CPSSP-Y"}, set()),
        ("2024-12-10", {"CPSSP-P", "CPSSP-MH", "CPSSP-SU", "CPSSP-Y"}, {"CPSSP-A"}),
    ],
)
def test_designations_between_two_copies_of_a_rule(day: str, accepted: set[str], unconfirmed: set[str]) -> None:
    statuses = {name: one.said["name"].status for name, one in rules("MS/peer", day).credential.items()}
    assert {name for name, status in statuses.items() if status is Status.PRIMARY} == accepted
    assert {name for name, status in statuses.items() if status is Status.UNCONFIRMED} == unconfirmed


@pytest.mark.parametrize(("day", "severity"), [("2024-12-09", Severity.WARNING), ("2024-12-10", Severity.ERROR)])
def test_a_plan_that_should_be_there_must_be_there_from_the_later_wording(day: str, severity: Severity) -> None:
    said = rules("MS/peer", day).plan["recovery-support"].row
    assert said is not None
    assert said.severity is severity


def test_the_yearly_allowance_starts_again_with_the_states_fiscal_year() -> None:
    found = rules("MS/peer")
    window = found.limit["year"].value.per
    start = found.calendar.value.fiscal_year
    assert window is not None
    assert start is not None
    assert window.bounds(dt.date(2026, 6, 30), "sunday", start) == (dt.date(2025, 7, 1), dt.date(2026, 6, 30))
    assert window.bounds(dt.date(2026, 7, 1), "sunday", start) == (dt.date(2026, 7, 1), dt.date(2027, 6, 30))


# Days that count and twelve months differ over a 29th of February.
@pytest.mark.parametrize(
    ("id_", "last"),
    [
        ("LA/mh", dt.date(2028, 3, 1)),
        ("LA/sud", dt.date(2028, 3, 1)),
        ("ME/peer", dt.date(2028, 3, 2)),
        ("MO/peer", dt.date(2028, 3, 2)),
        ("MS/peer", dt.date(2028, 3, 1)),
        ("MT/peer", dt.date(2028, 3, 2)),
        ("ND/peer", dt.date(2028, 3, 2)),
        ("WI/coach", dt.date(2028, 3, 1)),
        ("WI/bhic", dt.date(2028, 3, 1)),
    ],
)
def test_filing_days(id_: str, last: dt.date) -> None:
    within = rules(id_, "2027-03-02").filing.value.within
    assert [deadline.last_day(dt.date(2027, 3, 2)) for deadline in within] == [last]


def test_modifiers_beside_the_services_own() -> None:
    assert set(rules("MO/peer", channel="video").modifier) == {"GT"}
    assert set(rules("MO/peer", channel="in-person").modifier) == set()


def test_activities_that_are_not_paid() -> None:
    assert set(rules("LA/mh").exclusion.of("activity")) == {
        "advocacy-without-member",
        "clinical-work",
        "convenience",
        "household-task",
        "outreach-without-member",
        "work-site-task",
    }
    assert set(rules("ME/peer").exclusion.of("activity")) == {
        "child-care",
        "household-task",
        "laundry",
        "respite",
        "shopping",
        "travel",
    }


def test_places_that_are_our_reading_only_ask_for_a_look() -> None:
    for id_, inside, outside in (("LA/mh", "12", "21"), ("MS/peer", "53", "11"), ("ND/peer", "12", "21")):
        said = rules(id_).place.of("allow")
        assert inside in said
        assert outside not in said
        assert {who.severity for who in said.values()} == {Severity.WARNING}
    assert set(rules("LA/mh").place.unknown) == {"31", "32"}


# The elements that the state asks for beside those of the federal floor.
ELEMENTS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("LA/mh", {}, {"medical-need"}),
    ("LA/sud", {}, {"plan", "goal", "intervention", "progress", "reason"}),
    ("ME/peer", {}, set()),
    ("MO/peer", {}, set()),
    ("MS/peer", {"age": 21}, set()),
    (
        "MS/peer",
        {"age": 20},
        {"permission", "duration", "group-participants", "intervention", "goal", "author-title"},
    ),
    ("WI/coach", {}, {"reason", "duration", "location"}),
    ("WI/bhic", {}, {"reason", "duration", "location"}),
]


@pytest.mark.parametrize(("id_", "given", "elements"), ELEMENTS)
def test_note_elements_beside_the_federal_floor(id_: str, given: dict[str, Any], elements: set[str]) -> None:
    floor = {"date", "member", "author", "service", "start-and-end"}
    assert set(rules(id_, **given).documentation.of("require")) - floor == elements


# Programme and the first day for which it is known.
@pytest.mark.parametrize(
    ("id_", "first"),
    [
        ("LA/mh", "2024-07-01"),
        ("MO/peer", "2024-06-24"),
        ("MS/peer", "2024-07-25"),
        ("MT/peer", "2023-07-01"),
        ("ND/peer", "2024-07-25"),
        ("WI/bhic", "2014-04-01"),
        ("WI/coach", "2020-10-26"),
    ],
)
def test_programmes_hold_from_their_first_day(id_: str, first: str) -> None:
    day = dt.date.fromisoformat(first)
    assert programme(id_).rules(day, Facts()).programme == id_
    with pytest.raises(NotInForceError):
        programme(id_).rules(day - dt.timedelta(days=1), Facts())


@pytest.mark.parametrize("id_", IDS)
def test_every_row_of_these_files_is_sourced_or_unconfirmed_and_tells_what_is_missing(id_: str) -> None:
    own = [row for row in programme(id_).rows() if row.layer != "national"]
    assert own
    for row in own:
        assert row.said.citations, f"{row.path} cites what was read, be it only that the text is silent"
        assert row.said.note or not row.unknown, f"{row.path} tells what is missing"
