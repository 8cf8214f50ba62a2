"""What billers ask of Delaware, with the answers on both sides of each change."""

from questions import NOW, asks, first_days

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # A unit and a rate, but no code.
        ("DE/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("DE/peer", NOW, "service.individual.modifiers", {}, None, "unknown"),
        ("DE/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("DE/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("DE/peer", "2024-08-03", "rate.amount", {}, None, "unsaid"),
        ("DE/peer", "2024-08-04", "rate.amount", {}, "14.75", "secondary"),
        ("DE/peer", NOW, "rate.amount", {"service": "group"}, None, "unknown"),
        ("DE/peer", NOW, "credential.CPRS.training_hours", {}, 46, "secondary"),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("DE/peer", "2013-12-01"),
    ]
)
