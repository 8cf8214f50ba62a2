"""What billers ask of West Virginia, with the answers on both sides of each change."""

from questions import NOW, asks, first_days

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        ("WV/sud", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("WV/sud", NOW, "service.individual.modifiers", {}, None, "unknown"),
        # Substance use only, a certificate of two years, a year to file.
        ("WV/sud", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("WV/sud", NOW, "unit.minutes", {}, 15, "secondary"),
        ("WV/sud", NOW, "unit.rounding", {}, None, "unknown"),
        ("WV/sud", "2024-07-27", "rate.amount", {}, None, "unsaid"),
        ("WV/sud", "2024-07-28", "rate.amount", {}, "15.07", "secondary"),
        ("WV/sud", NOW, "population.diagnosis", {}, ("SUD",), "secondary"),
        ("WV/sud", NOW, "credential.PRSS.recovery_months", {}, 24, "secondary"),
        ("WV/sud", NOW, "credential.PRSS.valid_months", {}, 24, "secondary"),
        ("WV/sud", NOW, "credential.PRSS.training_hours", {}, None, "unknown"),
        ("WV/sud", NOW, "filing.within", {}, ("12 months after first service",), "secondary"),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("WV/sud", "2018-01-01"),
    ]
)
