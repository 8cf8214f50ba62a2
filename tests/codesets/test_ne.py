"""What billers ask of Nebraska, with the answers on both sides of each change."""

from questions import MH, NOW, SUD, asks, first_days

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # One code, HE or HF by diagnosis, in front of HQ.
        ("NE/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("NE/peer", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "secondary"),
        ("NE/peer", NOW, "modifier.HE.position", {"diagnosis": MH}, 1, "secondary"),
        ("NE/peer", NOW, "modifier.HE.use", {"diagnosis": SUD}, None, "absent"),
        ("NE/peer", NOW, "modifier.HF.use", {"diagnosis": SUD}, "one-of", "secondary"),
        ("NE/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("NE/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("NE/peer", NOW, "credential.CPSS.training_hours", {}, 60, "primary"),
        ("NE/peer", NOW, "credential.CPSS.recovery_months", {}, 12, "secondary"),
        ("NE/peer", NOW, "service.individual.modifiers", {}, (), "secondary"),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("NE/peer", "2024-07-25"),
    ]
)
