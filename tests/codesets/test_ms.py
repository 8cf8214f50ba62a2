"""What billers ask of Mississippi, with the answers on both sides of each change."""

import datetime as dt

import pytest
from questions import NOW, asks, channels, filing_days, first_days, note_elements, rules

from peerbill.model.finding import Severity
from peerbill.policy import Status

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # Limits of a survey, lifted under 21 by an authorization; designations that changed.
        ("MS/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("MS/peer", NOW, "service.individual.modifiers", {}, None, "unknown"),
        ("MS/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("MS/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("MS/peer", NOW, "limit.day.units", {}, 6, "secondary"),
        ("MS/peer", NOW, "limit.year.units", {}, 200, "secondary"),
        ("MS/peer", NOW, "limit.year.per", {}, "fiscal year", "secondary"),
        ("MS/peer", NOW, "limit.day.units", {"age": 20}, 6, "secondary"),
        ("MS/peer", NOW, "limit.day.then", {"age": 20}, "authorization", "primary"),
        ("MS/peer", NOW, "limit.day.then", {"age": 21}, None, "unsaid"),
        ("MS/peer", NOW, "limit.year.then", {"age": 20}, "authorization", "primary"),
        ("MS/peer", NOW, "limit.year.then", {"age": 21}, None, "unsaid"),
        ("MS/peer", NOW, "calendar.fiscal_year", {}, "07-01", "primary"),
        ("MS/peer", NOW, "filing.within", {}, ("365 days after service",), "primary"),
        ("MS/peer", NOW, "credential.CPSSP-Y.peer_age", {}, "18-26", "primary"),
        ("MS/peer", NOW, "supervision.every", {}, None, "unknown"),
    ]
)


test_channels_on_both_sides_of_each_change = channels(
    [
        ("MS/peer", "2024-09-24", {"in-person"}, set(), set()),
        ("MS/peer", "2024-09-25", {"in-person"}, set(), {"video", "audio"}),
        ("MS/peer", "2024-12-09", {"in-person"}, set(), {"video", "audio"}),
        ("MS/peer", "2024-12-10", {"in-person", "video"}, set(), {"audio"}),
    ]
)


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


test_filing_days = filing_days(
    [
        ("MS/peer", "2027-03-02", dt.date(2028, 3, 1)),
    ]
)


test_note_elements_beside_the_federal_floor = note_elements(
    [
        ("MS/peer", NOW, {"age": 21}, set()),
        (
            "MS/peer",
            NOW,
            {"age": 20},
            {"permission", "duration", "group-participants", "intervention", "goal", "author-title"},
        ),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("MS/peer", "2024-07-25"),
    ]
)


def test_places_that_are_our_reading_are_only_a_warning() -> None:
    said = rules("MS/peer").place.of("allow")
    assert "53" in said
    assert "11" not in said
    assert {who.severity for who in said.values()} == {Severity.WARNING}
