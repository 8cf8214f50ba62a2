"""What billers ask of Illinois, with the answers on both sides of each change."""

from questions import asks, first_days, note_elements

NOW = "2026-05-04"


test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # A code that a notice gives which nobody read; certificates that may or may not count.
        ("IL/sud", NOW, "service.individual.hcpcs", {}, None, "unknown"),
        ("IL/sud", NOW, "unit.minutes", {}, None, "unknown"),
        ("IL/sud", NOW, "population.diagnosis", {}, ("SUD",), "primary"),
        (
            "IL/sud",
            NOW,
            "credential.CPSS.name",
            {},
            "Certified peer support specialist, as the statute defines it",
            "primary",
        ),
        ("IL/sud", NOW, "credential.CPRS.valid_months", {}, 24, "unconfirmed"),
        ("IL/sud", NOW, "signature.author.within", {}, None, "unknown"),
        ("IL/sud", NOW, "filing.within", {}, ("12 months after service",), "secondary"),
        ("IL/supr", NOW, "service.individual.hcpcs", {}, None, "unknown"),
        ("IL/supr", "2021-06-30", "rate.amount", {}, None, "unknown"),
        ("IL/supr", "2021-07-01", "rate.amount", {}, None, "unknown"),
        ("IL/supr", NOW, "rate.amount", {}, None, "unknown"),
        ("IL/supr", NOW, "credential.CPRS.ce_hours", {}, 30, "primary"),
        ("IL/supr", NOW, "credential.CRSS.ce_hours", {}, 40, "primary"),
        ("IL/supr", NOW, "credential.approved-exception.recovery_months", {}, 12, "primary"),
        ("IL/mh", NOW, "service.individual.hcpcs", {}, "H2015", "unconfirmed"),
        ("IL/mh", NOW, "service.individual.modifiers", {}, None, "unknown"),
        ("IL/mh", NOW, "unit.minutes", {}, None, "unknown"),
        ("IL/mh", NOW, "credential.CRSS.name", {}, "Certified Recovery Support Specialist", "primary"),
        ("IL/mh", NOW, "credential.CRSS.experience_hours", {}, 2000, "secondary"),
        ("IL/mh", NOW, "credential.CFPP.name", {}, "Certified Family Partnership Professional", "primary"),
        ("IL/mh", NOW, "credential.CPRS.name", {}, None, "absent"),
    ]
)


test_note_elements_beside_the_federal_floor = note_elements(
    [
        ("IL/sud", "2025-04-10", {}, set()),
        ("IL/sud", "2025-04-11", {}, {"location", "duration", "author-title", "progress", "response"}),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("IL/sud", "2024-10-01"),
        ("IL/supr", "2020-03-12"),
    ]
)
