"""What billers ask of North Carolina, with the answers on both sides of each change."""

import datetime as dt

import pytest
from questions import NOW, asks, channels, facts, first_days, modifiers, note_elements, programme, rules, words

from peerbill.model.errors import NotInForceError
from peerbill.model.finding import Severity

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # Codes changed on a day, an allowance per episode inside a fiscal year, which may have ended.
        ("NC/b3", "2019-10-31", "service.individual.modifiers", {}, ("U4",), "primary"),
        ("NC/b3", "2019-10-31", "service.group.modifiers", {"service": "group"}, ("HQ", "U4"), "primary"),
        ("NC/pss", "2019-11-01", "service.individual.modifiers", {}, (), "primary"),
        ("NC/pss", "2019-11-01", "service.individual.hcpcs", {}, "H0038", "primary"),
        ("NC/pss", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "primary"),
        ("NC/pss", NOW, "unit.minutes", {}, 15, "secondary"),
        ("NC/pss", NOW, "unit.rounding", {}, None, "unknown"),
        ("NC/pss", "2024-12-31", "limit.unmanaged.units", {}, 24, "primary"),
        ("NC/pss", "2025-01-01", "limit.unmanaged.units", {}, 24, "primary"),
        ("NC/pss", NOW, "limit.unmanaged.per", {}, "episode in fiscal year", "primary"),
        ("NC/pss", NOW, "limit.unmanaged.then", {}, "authorization", "primary"),
        ("NC/pss", NOW, "calendar.fiscal_year", {}, "07-01", "primary"),
        ("NC/pss", NOW, "authorization.required", {}, False, "primary"),
        ("NC/pss", NOW, "modifier.KX.use", {"channel": "audio"}, None, "unsaid"),
        ("NC/pss", NOW, "modifier.KX.use", {"channel": "video"}, None, "absent"),
        ("NC/pss", "2023-12-31", "rate.amount", {"payer": "alliance"}, "11.97", "primary"),
        ("NC/pss", "2023-12-31", "rate.amount", {"payer": "alliance", "service": "group"}, "2.88", "primary"),
        ("NC/pss", "2023-12-31", "rate.amount", {"payer": "direct"}, None, "unsaid"),
        ("NC/pss", "2024-01-01", "rate.amount", {"payer": "alliance"}, None, "unknown"),
        ("NC/pss", NOW, "group.max", {"service": "group"}, 12, "primary"),
        ("NC/pss", NOW, "plan.order.before_service", {}, True, "primary"),
        ("NC/pss", NOW, "plan.person-centered.before_service", {}, False, "primary"),
        ("NC/pss", NOW, "supervision.by", {}, ("QP",), "primary"),
        ("NC/pss", NOW, "supervision.peers_per_supervisor", {}, 8, "primary"),
        ("NC/pss", NOW, "supervision.members_per_peer", {}, 12, "primary"),
        ("NC/pss", NOW, "supervision.members_per_peer", {"payer": "alliance"}, 15, "primary"),
        ("NC/pss", "2020-10-31", "license.national-accreditation.name", {"payer": "alliance"}, None, "absent"),
        (
            "NC/pss",
            "2020-11-01",
            "license.national-accreditation.name",
            {"payer": "alliance"},
            "National accreditation",
            "primary",
        ),
        ("NC/pss", "2025-12-15", "license.national-accreditation.name", {}, None, "absent"),
        ("NC/pss", "2025-12-16", "license.national-accreditation.name", {}, "National accreditation", "primary"),
        ("NC/pss", NOW, "credential.CPSS.recovery_months", {}, 18, "primary"),
        ("NC/pss", NOW, "population.age", {}, "18+", "unconfirmed"),
        ("NC/state-funded", NOW, "limit.unmanaged.per", {}, "fiscal year", "secondary"),
        ("NC/state-funded", NOW, "service.individual.hcpcs", {}, None, "unknown"),
        ("NC/state-funded", NOW, "credential.CPSS.valid_months", {}, 24, "primary"),
    ]
)


test_channels_on_both_sides_of_each_change = channels(
    [
        ("NC/pss", NOW, {"in-person"}, set(), {"video", "audio"}),
    ]
)


test_modifiers_beside_the_services_own = modifiers(
    [
        ("NC/pss", {"channel": "video"}, {"GT"}),
        ("NC/pss", {"channel": "audio"}, {"KX"}),
    ]
)


def test_places_follow_the_words_of_the_texts() -> None:
    assert {"11", "12", "23", "99"} <= words("NC/pss", NOW, "place", "allow")


test_note_elements_beside_the_federal_floor = note_elements(
    [
        ("NC/pss", NOW, {}, set()),
    ]
)


def test_activities_that_are_not_paid() -> None:
    assert words("NC/pss", NOW, "exclusion", "activity") == {"first-response"}


def test_an_allowance_that_may_have_ended_turns_from_error_to_warning() -> None:
    pss = programme("NC/pss")
    before = pss.rules(dt.date(2024, 12, 31), facts()).limit["unmanaged"]
    after = pss.rules(dt.date(2025, 1, 1), facts()).limit["unmanaged"]
    assert before.value == after.value
    assert (before.said["units"].severity, after.said["units"].severity) == (Severity.ERROR, Severity.WARNING)
    assert "may have ended" in after.said["units"].note


def test_the_episode_allowance_starts_again_with_the_states_fiscal_year() -> None:
    rules = programme("NC/pss").rules(dt.date.fromisoformat(NOW), facts())
    window = rules.limit["unmanaged"].value.per
    start = rules.calendar.value.fiscal_year
    assert window is not None
    assert start is not None
    assert window.kinds == ("episode", "fiscal year")
    assert window.bounds(dt.date(2026, 6, 30), "sunday", start) == (dt.date(2025, 7, 1), dt.date(2026, 6, 30))
    assert window.bounds(dt.date(2026, 7, 1), "sunday", start) == (dt.date(2026, 7, 1), dt.date(2027, 6, 30))


test_programmes_hold_from_their_first_day = first_days(
    [
        ("NC/b3", "2019-10-31"),
        ("NC/pss", "2019-11-01"),
    ]
)


def test_the_programme_before_the_change_of_codes_was_known_on_one_day_alone() -> None:
    assert programme("NC/b3").rules(dt.date(2019, 10, 31), facts()).programme == "NC/b3"
    with pytest.raises(NotInForceError):
        programme("NC/b3").rules(dt.date(2019, 11, 1), facts())


def test_places_that_are_our_reading_are_only_a_warning() -> None:
    assert {who.severity for who in rules("NC/pss").place.of("allow").values()} == {Severity.WARNING}
