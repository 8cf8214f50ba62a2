"""What billers ask of Idaho, with the answers on both sides of each change."""

from questions import asks, first_days

NOW = "2026-05-04"


test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # Codes by age from a rate catalogue, modifiers that are our reading, rates with a gap.
        ("ID/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("ID/peer", NOW, "service.individual.modifiers", {}, ("HB",), "unconfirmed"),
        ("ID/peer", NOW, "service.group.modifiers", {"service": "group"}, ("HB", "HQ"), "unconfirmed"),
        ("ID/peer", NOW, "service.youth.modifiers", {"service": "youth"}, ("HA", "UB"), "unconfirmed"),
        ("ID/peer", NOW, "service.family.modifiers", {"service": "family"}, ("HF", "UB"), "unconfirmed"),
        ("ID/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("ID/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("ID/peer", NOW, "population.age", {}, "18+", "secondary"),
        ("ID/peer", NOW, "population.age", {"service": "youth"}, "12-17", "secondary"),
        ("ID/peer", NOW, "population.age", {"service": "family"}, None, "unknown"),
        ("ID/peer", "2024-07-27", "rate.amount", {}, None, "unsaid"),
        ("ID/peer", "2024-07-28", "rate.amount", {}, "13.63", "secondary"),
        ("ID/peer", "2025-08-31", "rate.amount", {}, "13.63", "secondary"),
        ("ID/peer", "2025-08-31", "rate.amount", {"service": "group"}, None, "unsaid"),
        ("ID/peer", "2025-09-01", "rate.amount", {}, None, "unknown"),
        ("ID/peer", "2026-04-12", "rate.amount", {}, None, "unknown"),
        ("ID/peer", "2026-04-13", "rate.amount", {}, "14.15", "secondary"),
        ("ID/peer", "2026-04-13", "rate.amount", {"service": "group"}, "7.08", "secondary"),
        ("ID/peer", NOW, "credential.CPSS.training_hours", {}, 46, "secondary"),
        ("ID/peer", NOW, "authorization.required", {}, None, "unknown"),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("ID/peer", "2024-07-01"),
    ]
)
