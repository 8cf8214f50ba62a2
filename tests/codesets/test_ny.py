"""What billers ask of New York, with the answers on both sides of each change."""

import datetime as dt

from questions import NOW, asks, first_days, programme

from peerbill.policy import Facts

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        ("NY/mhotrs", NOW, "credential.NYCPS.curricula", {}, ("academy-of-peer-services",), "secondary"),
        # A clinic's unit, pool and plan from the rule; the codes from elsewhere or nowhere.
        ("NY/mhotrs", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("NY/mhotrs", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
        ("NY/oasas", NOW, "service.individual.modifiers", {}, None, "unknown"),
        ("NY/oasas", "2023-12-30", "credential.CRPA-Y.name", {}, None, "absent"),
        (
            "NY/oasas",
            "2023-12-31",
            "credential.CRPA-Y.name",
            {},
            "Certified Recovery Peer Advocate, youth",
            "secondary",
        ),
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
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("NY/mhotrs", "2022-11-23"),
        ("NY/cftss", "2018-01-03"),
        ("NY/core", "2021-10-01"),
    ]
)


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
