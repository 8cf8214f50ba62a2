"""What billers ask of Iowa, with the answers on both sides of each change."""

from questions import NOW, asks, first_days

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # Covered, and no more is known.
        ("IA/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("IA/peer", NOW, "service.individual.modifiers", {}, None, "unknown"),
        ("IA/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("IA/peer", NOW, "rate.amount", {}, None, "unknown"),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("IA/peer", "2024-07-22"),
    ]
)
