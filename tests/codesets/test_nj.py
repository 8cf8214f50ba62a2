"""What billers ask of New Jersey, with the answers on both sides of each change."""

import datetime as dt

from questions import (
    FLOOR,
    INDIVIDUAL,
    asked,
    channel_statuses,
    credentials,
    finds,
    first_days,
    plans,
    required_elements,
)

from peerbill.policy import load_policies

NJ = "NJ/sud"


test_a_biller_gets_the_value_and_how_sure_it_is = finds(
    [
        (NJ, INDIVIDUAL, "service.individual.hcpcs", "H0038", "primary"),
        (NJ, INDIVIDUAL, "service.individual.modifiers", ("HF",), "primary"),
        (NJ, INDIVIDUAL, "service.group.hcpcs", None, "unsaid"),
        (NJ, INDIVIDUAL, "unit.minutes", 15, "primary"),
        (NJ, INDIVIDUAL, "unit.rounding", None, "unknown"),
        (NJ, INDIVIDUAL, "limit.day.units", 16, "primary"),
        (NJ, INDIVIDUAL, "limit.day.per", "day", "primary"),
        (NJ, INDIVIDUAL, "limit.day.then", None, "unsaid"),
        (NJ, INDIVIDUAL, "population.age", "18+", "primary"),
        (NJ, INDIVIDUAL, "population.diagnosis_on_claim", True, "primary"),
        (NJ, INDIVIDUAL, "credential.CPRS.name", "Certified Peer Recovery Specialist", "unconfirmed"),
        (NJ, INDIVIDUAL, "filing.within", ("12 months after service",), "secondary"),
    ]
)


test_channels_on_both_sides_of_each_change = channel_statuses(
    [
        (NJ, "2026-03-02", {"in-person": "primary", "video": "secondary"}, {"audio": "secondary"}, set()),
    ]
)


test_credentials_that_are_accepted = credentials(
    [
        (NJ, INDIVIDUAL, {"CPRS"}),
    ]
)


test_plans_that_must_be_there = plans(
    [
        (NJ, INDIVIDUAL, {"care"}),
    ]
)


test_what_the_note_must_show = required_elements(
    [
        (NJ, INDIVIDUAL, FLOOR | {"permission", "diagnosis", "duration", "medical-need"}),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        (NJ, "2020-07-01"),
    ]
)


def test_an_agency_settles_what_horizon_leaves_open() -> None:
    """The agency's contract rounds down; the length stays Horizon's, and the limit denies from its day."""
    contract = """
        state = "NJ"
        [source.contract]
        title = "Example value, not a real rule"
        kind = "primary"
        [[sud.unit]]
        rounding = "down"
        aggregate = "encounter"
        source = "contract p. 12"
        [[sud.limit.day]]
        from = 2026-02-01
        then = "deny"
        source = "contract p. 14"
    """
    horizon = load_policies([NJ], {"nj.toml": contract}).programme(NJ)
    before, after = (horizon.rules(day, INDIVIDUAL) for day in (dt.date(2026, 1, 31), dt.date(2026, 2, 1)))

    assert asked(after, "unit.rounding") == ("down", "agency")
    assert asked(after, "unit.minutes") == (15, "primary")
    assert [asked(rules, "limit.day.then") for rules in (before, after)] == [(None, "unsaid"), ("deny", "agency")]
