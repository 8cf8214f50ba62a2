"""What billers ask of New Mexico, with the answers on both sides of each change."""

from questions import INDIVIDUAL, NOW, asks, changes, first_days

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # A rule that was replaced, and a code that only the field knows.
        ("NM/recovery", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("NM/recovery", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
        ("NM/recovery", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "unconfirmed"),
        ("NM/recovery", NOW, "unit.minutes", {}, 15, "secondary"),
        ("NM/recovery", NOW, "unit.rounding", {}, None, "unknown"),
        ("NM/recovery", "2024-12-09", "supervision.by", {}, ("licensed-independent-practitioner",), "primary"),
        ("NM/recovery", "2024-12-10", "supervision.by", {}, None, "unknown"),
        ("NM/recovery", NOW, "filing.within", {}, ("90 days after service",), "primary"),
        ("NM/recovery", NOW, "filing.never_after", {}, "210 days after service", "primary"),
        ("NM/recovery", NOW, "credential.CPSW.recovery_months", {}, 36, "primary"),
        ("NM/ccss", NOW, "service.individual.hcpcs", {}, None, "unknown"),
        ("NM/ccss", NOW, "unit.minutes", {}, None, "unknown"),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("NM/recovery", "2021-08-10"),
    ]
)


test_values_change_on_their_day = changes(
    [
        (
            "NM/recovery",
            "2024-12-09",
            "2024-12-10",
            INDIVIDUAL,
            "credential.family-specialist.name",
            ("Certified Family Specialist", "primary"),
            ("Certified Family Specialist", "unconfirmed"),
        ),
    ]
)
