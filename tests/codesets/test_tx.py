"""What billers ask of Texas, with the answers on both sides of each change."""

import datetime as dt

import pytest
from questions import (
    FLOOR,
    INDIVIDUAL,
    MH,
    SUD,
    channel_statuses,
    credentials,
    finds,
    first_days,
    plans,
    required_elements,
    rules_for,
    statuses,
)

from peerbill.policy import Facts

TX, CFP = "TX/peer", "TX/cfp"
BOTH = MH | SUD


test_a_biller_gets_the_value_and_how_sure_it_is = finds(
    [
        (TX, INDIVIDUAL, "service.individual.hcpcs", "H0038", "primary"),
        (TX, INDIVIDUAL, "service.individual.modifiers", None, "unknown"),
        (TX, INDIVIDUAL, "service.group.modifiers", ("HQ",), "unconfirmed"),
        (TX, INDIVIDUAL, "unit.minutes", 15, "secondary"),
        (TX, INDIVIDUAL, "unit.rounding", None, "unknown"),
        (TX, INDIVIDUAL, "limit.six-months.units", 104, "primary"),
        (TX, INDIVIDUAL, "limit.six-months.per", "6 rolling months", "primary"),
        (TX, INDIVIDUAL, "limit.six-months.of", ("individual", "group"), "primary"),
        (TX, INDIVIDUAL, "limit.six-months.then", "authorization", "primary"),
        (TX, INDIVIDUAL, "group.max", 12, "primary"),
        (TX, INDIVIDUAL, "population.age", "21+", "primary"),
        (TX, Facts(diagnosis=MH), "credential.MHPS.valid_months", 24, "primary"),
        (TX, Facts(diagnosis=MH, tier="initial"), "credential.MHPS.valid_months", 6, "primary"),
        (TX, Facts(diagnosis=SUD, tier="initial"), "credential.RSPS.experience_hours", 0, "primary"),
        (TX, Facts(diagnosis=SUD), "credential.RSPS.experience_hours", 250, "primary"),
        (TX, Facts(diagnosis=MH, tier="initial"), "credential.MHPS.ce_hours", 0, "primary"),
        (TX, Facts(diagnosis=SUD, tier="initial"), "credential.RSPS.ce_hours", 0, "primary"),
        (TX, Facts(diagnosis=SUD), "credential.RSPS.ce_hours", 20, "primary"),
        (TX, INDIVIDUAL, "supervision.every", "month", "primary"),
        (TX, Facts(tier="initial"), "supervision.every", "week", "primary"),
        (TX, INDIVIDUAL, "filing.within", ("95 days after service",), "primary"),
        (TX, INDIVIDUAL, "filing.never_after", "24 months after service", "primary"),
        (CFP, Facts(service="family"), "service.family.hcpcs", "S9482", "primary"),
        (CFP, Facts(service="family"), "service.family.modifiers", (), "primary"),
        (CFP, Facts(service="group"), "service.group.modifiers", ("HQ",), "primary"),
        (CFP, Facts(service="family", diagnosis=MH), "modifier.HE.use", "one-of", "primary"),
        (CFP, Facts(service="family"), "unit.continuous", True, "primary"),
        (CFP, Facts(service="family"), "unit.minimum_minutes", 15, "primary"),
        (CFP, Facts(service="family"), "unit.rounding", "down", "primary"),
        (CFP, Facts(service="family"), "limit.six-months.of", ("family", "group"), "primary"),
        (CFP, Facts(service="family"), "authorization.required", False, "primary"),
        (CFP, Facts(service="family"), "population.age", "0-20", "primary"),
        (CFP, Facts(service="family"), "credential.CFP.valid_months", 24, "primary"),
        (CFP, Facts(service="family"), "credential.CFP.ce_hours", None, "unknown"),
        (CFP, Facts(service="family"), "claim.rendering", "peer", "unconfirmed"),
        (CFP, Facts(service="family"), "filing.within", ("95 days after service",), "primary"),
    ]
)


test_channels_on_both_sides_of_each_change = channel_statuses(
    [
        (TX, "2020-03-19", {"in-person": "primary"}, {"video": "primary", "audio": "primary"}, set()),
        (TX, "2020-03-20", {"in-person": "primary", "video": "primary", "audio": "primary"}, {}, set()),
        (TX, "2022-04-30", {"in-person": "primary", "video": "primary", "audio": "primary"}, {}, set()),
        (TX, "2022-05-01", {"in-person": "primary"}, {"video": "primary", "audio": "primary"}, set()),
        (TX, "2022-08-31", {"in-person": "primary"}, {"video": "primary", "audio": "primary"}, set()),
        (TX, "2022-09-01", {"in-person": "primary"}, {}, {"video", "audio"}),
        (CFP, "2025-03-01", {"in-person": "primary", "video": "primary", "audio": "primary"}, {}, set()),
    ]
)


@pytest.mark.parametrize(
    ("facts", "modifiers"),
    [
        (Facts(service="family", diagnosis=MH, channel="in-person"), {"HE": "one-of"}),
        (Facts(service="family", diagnosis=SUD, channel="video"), {"HF": "one-of", "95": "required"}),
        (Facts(service="group", diagnosis=SUD, channel="audio"), {"HF": "one-of", "FQ": "required"}),
        (Facts(service="family", diagnosis=BOTH, channel="in-person"), {"HE": "one-of", "HF": "one-of"}),
    ],
)
def test_family_partners_mark_channel_and_diagnosis(facts: Facts, modifiers: dict[str, str]) -> None:
    assert {name: rule.value.use for name, rule in rules_for(CFP, facts).modifier.items()} == modifiers


@pytest.mark.parametrize(
    ("day", "channel", "modifiers"),
    [
        ("2020-03-19", "video", set()),
        ("2020-03-20", "video", {"95"}),
        ("2022-04-30", "audio", {"95"}),
        ("2022-05-01", "audio", set()),
        ("2021-01-04", "in-person", set()),
    ],
)
def test_remote_peer_services_were_marked_95_while_they_were_paid(day: str, channel: str, modifiers: set[str]) -> None:
    asked_for = Facts(service="individual", diagnosis=MH, channel=channel)

    assert set(rules_for(TX, asked_for, dt.date.fromisoformat(day)).modifier) == modifiers


test_credentials_that_are_accepted = credentials(
    [
        (TX, Facts(diagnosis=MH), {"MHPS"}),
        (TX, Facts(diagnosis=SUD), {"RSPS"}),
        (TX, Facts(diagnosis=BOTH), {"MHPS", "RSPS"}),
        (CFP, Facts(), {"CFP"}),
    ]
)


test_plans_that_must_be_there = plans(
    [
        (TX, INDIVIDUAL, {"care"}),
        (CFP, Facts(service="family"), {"care", "recovery"}),
    ]
)


test_what_the_note_must_show = required_elements(
    [
        (TX, Facts(diagnosis=MH), FLOOR),
    ]
)


def test_other_behavioral_services_bar_the_same_time() -> None:
    assert statuses(rules_for(TX).exclusion, "same_time") == {"*": "primary"}
    assert statuses(rules_for(CFP).exclusion, "same_time") == {}


@pytest.mark.parametrize(
    ("channel", "places"),
    [("in-person", {"11", "12", "19", "22", "99"}), ("video", {"02", "10", "11", "12", "19", "22", "99"})],
)
def test_places_of_family_partners(channel: str, places: set[str]) -> None:
    assert set(rules_for(CFP, Facts(service="family", channel=channel)).place.of("allow")) == places


test_programmes_hold_from_their_first_day = first_days(
    [
        (TX, "2019-01-01"),
        (CFP, "2025-03-01"),
    ]
)
