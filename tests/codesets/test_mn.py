"""What billers ask of Minnesota, with the answers on both sides of each change."""

import datetime as dt

import pytest
from questions import (
    FLOOR,
    INDIVIDUAL,
    SUD,
    changes,
    channel_statuses,
    credentials,
    finds,
    first_days,
    plans,
    required_elements,
    rules_for,
)

from peerbill.model.finding import Severity
from peerbill.policy import Facts

MN, MN_MH = "MN/recovery", "MN/mh"
RCO = Facts(service="individual", diagnosis=SUD, provider="recovery-community-organization")
LICENSED = Facts(service="individual", diagnosis=SUD, provider="245G")


test_a_biller_gets_the_value_and_how_sure_it_is = finds(
    [
        (MN, INDIVIDUAL, "service.individual.hcpcs", "H0038", "secondary"),
        (MN, INDIVIDUAL, "service.individual.modifiers", ("U8",), "unconfirmed"),
        (MN, INDIVIDUAL, "unit.minutes", 15, "primary"),
        (MN, INDIVIDUAL, "unit.rounding", None, "unknown"),
        (MN, INDIVIDUAL, "rate.amount", "15.02", "unconfirmed"),
        (MN, INDIVIDUAL, "limit.week.hours", 14, "secondary"),
        (MN, RCO, "plan.individual-recovery.before_service", False, "primary"),
        (MN, RCO, "plan.individual-recovery.complete_within", "3 sessions after first service", "primary"),
        (MN, INDIVIDUAL, "credential.CPRSR.issuer", "Minnesota Certification Board", "secondary"),
        (MN, INDIVIDUAL, "filing.within", ("12 months after service",), "primary"),
        (
            MN,
            INDIVIDUAL,
            "filing.other_payer_within",
            ("12 months after service", "6 months after other payer"),
            "unconfirmed",
        ),
        (MN_MH, Facts(service="individual"), "service.individual.modifiers", (), "unconfirmed"),
        (MN_MH, Facts(service="group"), "service.group.modifiers", ("HQ",), "unconfirmed"),
        (MN_MH, Facts(service="group", tier="II"), "modifier.U5.position", 1, "unconfirmed"),
        (MN_MH, Facts(service="group", tier="I"), "modifier.U5.position", None, "unsaid"),
        (MN_MH, Facts(service="individual"), "unit.rounding", None, "unknown"),
        (MN_MH, Facts(service="individual"), "credential.CPS.training_hours", 80, "secondary"),
    ]
)


test_a_value_changes_on_its_day = changes(
    [
        (
            MN,
            "2024-12-30",
            "2024-12-31",
            RCO,
            "license.rco-accreditation.accepts",
            (None, "unsaid"),
            (("caprss", "arco"), "primary"),
        ),
        (MN, "2024-12-31", "2025-01-01", INDIVIDUAL, "service.group.paid", (None, "unsaid"), (False, "primary")),
        (
            MN,
            "2024-12-31",
            "2025-01-01",
            RCO,
            "plan.individual-recovery.before_service",
            (None, "unsaid"),
            (False, "primary"),
        ),
        (
            MN,
            "2021-02-28",
            "2021-03-01",
            INDIVIDUAL,
            "credential.CPRS.training_hours",
            (40, "primary"),
            (46, "primary"),
        ),
        (MN_MH, "2020-12-31", "2021-01-01", INDIVIDUAL, "credential.CPS.min_age", (21, "primary"), (None, "unsaid")),
    ]
)


test_channels_on_both_sides_of_each_change = channel_statuses(
    [
        (MN, "2023-05-22", {"in-person": "primary"}, {}, set()),
        (MN, "2023-05-23", {"in-person": "primary", "video": "unconfirmed"}, {}, {"audio"}),
        (MN_MH, "2026-03-02", {"in-person": "primary"}, {}, {"video", "audio"}),
    ]
)


test_credentials_that_are_accepted = credentials(
    [
        (MN, INDIVIDUAL, {"CPRS", "CPRSR"}),
        (MN_MH, Facts(), {"CPS"}),
    ]
)


test_plans_that_must_be_there = plans(
    [
        (MN, INDIVIDUAL, {"care"}),
        (MN, RCO, {"individual-recovery"}),
        (MN, LICENSED, {"treatment"}),
        (MN, Facts(provider="245F"), {"stabilization"}),
        (MN_MH, Facts(), {"care"}),
    ]
)


test_what_the_note_must_show = required_elements(
    [
        (MN, INDIVIDUAL, FLOOR | {"permission", "plan", "goal", "intervention", "voluntary"}),
        (MN, LICENSED, FLOOR | {"permission", "plan", "goal", "intervention", "voluntary", "duration"}),
        (MN_MH, Facts(), FLOOR),
    ]
)


@pytest.mark.parametrize(("facts", "severity"), [(RCO, Severity.WARNING), (LICENSED, Severity.ERROR)])
def test_the_first_notes_of_a_recovery_organization_may_name_no_plan(facts: Facts, severity: Severity) -> None:
    assert rules_for(MN, facts).documentation.of("require")["plan"].severity is severity


@pytest.mark.parametrize("relationship", ["resides-with", "employs"])
def test_no_service_to_housemates_or_employees_of_the_peer(relationship: str) -> None:
    days = [dt.date(2024, 12, 31), dt.date(2025, 1, 1)]

    assert [relationship in rules_for(MN, day=day).exclusion.of("relationship") for day in days] == [False, True]


test_programmes_hold_from_their_first_day = first_days(
    [
        (MN, "2018-07-01"),
    ]
)
