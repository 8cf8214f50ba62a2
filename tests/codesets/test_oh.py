"""What billers ask of Ohio, with the answers on both sides of each change."""

from questions import MH, NOW, SUD, asks, first_days

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # Mental health joined on a day; four hours a date without authorization.
        ("OH/peer", "2024-08-31", "population.diagnosis", {}, ("SUD",), "secondary"),
        ("OH/peer", "2024-09-01", "population.diagnosis", {}, ("MH", "SUD"), "primary"),
        ("OH/peer", NOW, "population.diagnosis_on_claim", {}, True, "primary"),
        ("OH/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("OH/peer", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
        ("OH/peer", NOW, "service.individual.hcpcs", {"diagnosis": SUD}, "H0038", "secondary"),
        ("OH/peer", NOW, "service.individual.hcpcs", {"diagnosis": MH}, "H0038", "secondary"),
        ("OH/peer", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "unconfirmed"),
        ("OH/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("OH/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("OH/peer", NOW, "limit.day.hours", {}, 4, "primary"),
        ("OH/peer", NOW, "limit.day.then", {}, "authorization", "primary"),
        ("OH/peer", NOW, "authorization.required", {}, False, "primary"),
        ("OH/peer", NOW, "claim.rendering", {}, "peer", "primary"),
        ("OH/peer", NOW, "credential.CFPS.min_age", {}, 21, "primary"),
        ("OH/peer", NOW, "credential.CYPS.ce_hours", {}, 30, "primary"),
        ("OH/peer", NOW, "filing.within", {}, ("365 days after service",), "primary"),
        ("OH/srs", "2025-08-21", "service.individual.paid", {}, None, "unsaid"),
        ("OH/srs", "2025-08-22", "service.individual.paid", {}, None, "unknown"),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("OH/peer", "2023-12-27"),
        ("OH/srs", "2021-10-15"),
    ]
)
