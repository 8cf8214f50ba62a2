"""What billers ask of Michigan, with the answers on both sides of each change."""

from questions import (
    FLOOR,
    INDIVIDUAL,
    MH,
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

MI, MI_MH = "MI/sud-recovery-coaching", "MI/mh-peer"
LARA = "Michigan Department of Licensing and Regulatory Affairs"


test_a_biller_gets_the_value_and_how_sure_it_is = finds(
    [
        (MI, INDIVIDUAL, "service.individual.hcpcs", "H0038", "secondary"),
        (MI, INDIVIDUAL, "service.individual.modifiers", ("HF",), "unconfirmed"),
        (MI, INDIVIDUAL, "service.group.modifiers", ("HF", "HQ"), "unconfirmed"),
        (MI, INDIVIDUAL, "unit.minutes", 15, "secondary"),
        (MI, INDIVIDUAL, "unit.rounding", None, "unknown"),
        (MI, INDIVIDUAL, "unit.aggregate", None, "unknown"),
        (MI, INDIVIDUAL, "unit.counts", ("contact",), "primary"),
        (MI, INDIVIDUAL, "population.diagnosis", ("SUD",), "primary"),
        (MI, INDIVIDUAL, "population.age", None, "unsaid"),
        (MI, INDIVIDUAL, "tier.coach.training_hours", 40, "primary"),
        (
            MI,
            INDIVIDUAL,
            "tier.associate.topics",
            (
                "community-resources",
                "listening",
                "non-judgmental-stance",
                "confidentiality",
                "boundaries",
                "many-pathways",
            ),
            "primary",
        ),
        (MI, INDIVIDUAL, "license.peer-recovery-support.issuer", LARA, "primary"),
        (MI, INDIVIDUAL, "tier.coach.recovery_months", 24, "primary"),
        (MI, INDIVIDUAL, "tier.coach.alone", True, "primary"),
        (
            MI,
            INDIVIDUAL,
            "tier.coach.supports",
            ("emotional", "informational", "instrumental", "affiliational"),
            "primary",
        ),
        (MI, INDIVIDUAL, "tier.associate.supports", ("affiliational", "instrumental", "emotional"), "primary"),
        (MI, INDIVIDUAL, "tier.associate.alone", False, "primary"),
        (MI, INDIVIDUAL, "tier.associate.overseen_by", ("coach", "supervisor"), "primary"),
        (MI, INDIVIDUAL, "tier.associate.recovery_months", 6, "primary"),
        (MI, INDIVIDUAL, "tier.associate.training_hours", None, "unsaid"),
        (MI, Facts(tier="coach"), "supervision.every", "week", "primary"),
        (MI, Facts(tier="associate"), "supervision.every", None, "unsaid"),
        (MI, INDIVIDUAL, "filing.within", ("12 months after service",), "secondary"),
        (MI, INDIVIDUAL, "claim.rendering", "peer", "unconfirmed"),
        (MI_MH, INDIVIDUAL, "service.individual.modifiers", None, "unknown"),
        (MI_MH, INDIVIDUAL, "credential.CPSS.training_hours", 56, "secondary"),
    ]
)


test_channels_on_both_sides_of_each_change = channel_statuses(
    [
        (MI, "2026-03-02", {"in-person": "primary", "video": "unconfirmed", "audio": "unconfirmed"}, {}, set()),
    ]
)


test_credentials_that_are_accepted = credentials(
    [
        (MI, Facts(tier="coach"), {"CPRC", "CCAR"}),
        (MI, Facts(), {"CPRC", "CCAR"}),
        (MI, Facts(tier="associate"), {"provider-training"}),
    ]
)


test_plans_that_must_be_there = plans(
    [
        (MI, INDIVIDUAL, {"care"}),
    ]
)


test_what_the_note_must_show = required_elements(
    [
        (MI, INDIVIDUAL, FLOOR | {"permission", "medical-need"}),
        (MI_MH, Facts(diagnosis=MH), FLOOR | {"medical-need", "plan"}),
    ]
)


def test_the_advisory_advises_and_its_must_binds() -> None:
    """What coaches should have gives warnings; the training that they are required to take gives errors."""
    coach = rules_for(MI, Facts(service="individual", tier="coach"))

    assert coach.tier["coach"].said["training_hours"].severity is Severity.WARNING
    assert coach.supervision.said["every"].severity is Severity.WARNING
    assert coach.credential["CCAR"].said["name"].severity is Severity.ERROR
    associate = rules_for(MI, Facts(tier="associate")).credential["provider-training"]
    assert associate.said["name"].severity is Severity.ERROR


def test_indirect_work_is_no_service() -> None:
    barred = {"note-writing", "collateral-contact", "case-review", "travel"}

    assert set(rules_for(MI).exclusion.of("activity")) == barred


test_programmes_hold_from_their_first_day = first_days(
    [
        (MI, "2012-09-01"),
    ]
)
