"""What billers ask of Alaska, with the answers on both sides of each change."""

from questions import FLOOR, INDIVIDUAL, MH, channel_statuses, credentials, finds, plans, required_elements

from peerbill.policy import Facts

CRISIS, AK = "AK/crisis", "AK/peer"


test_a_biller_gets_the_value_and_how_sure_it_is = finds(
    [
        (CRISIS, Facts(service="crisis"), "service.crisis.hcpcs", None, "unknown"),
        (CRISIS, Facts(service="crisis"), "unit.minutes", None, "unknown"),
        (CRISIS, Facts(service="crisis"), "unit.rounding", "past-midpoint", "primary"),
        (CRISIS, Facts(service="crisis"), "plan.crisis.signers", ("mental-health-professional-clinician",), "primary"),
        (CRISIS, Facts(service="crisis"), "authorization.required", None, "unknown"),
        (CRISIS, Facts(service="crisis"), "filing.within", ("12 months after service",), "primary"),
        (AK, INDIVIDUAL, "service.individual.hcpcs", "H0038", "secondary"),
        (AK, INDIVIDUAL, "unit.minutes", 15, "secondary"),
        (AK, INDIVIDUAL, "unit.rounding", "past-midpoint", "primary"),
        (AK, INDIVIDUAL, "plan.treatment.before_service", True, "primary"),
        (AK, INDIVIDUAL, "authorization.required", True, "primary"),
        (AK, INDIVIDUAL, "enrollment.organization.required", True, "primary"),
        (CRISIS, Facts(service="crisis"), "enrollment.organization.required", True, "primary"),
    ]
)


test_channels_on_both_sides_of_each_change = channel_statuses(
    [
        (CRISIS, "2026-03-02", {"in-person": "primary"}, {}, set()),
        (AK, "2026-03-02", {"in-person": "secondary"}, {}, {"video", "audio"}),
    ]
)


test_credentials_that_are_accepted = credentials(
    [
        (CRISIS, Facts(), {"peer-support-specialist"}),
    ]
)


test_plans_that_must_be_there = plans(
    [
        (CRISIS, Facts(service="crisis"), {"care", "crisis"}),
        (AK, INDIVIDUAL, {"care", "treatment", "assessment"}),
    ]
)


test_what_the_note_must_show = required_elements(
    [
        (AK, Facts(diagnosis=MH), FLOOR | {"diagnosis", "medical-need"}),
    ]
)
