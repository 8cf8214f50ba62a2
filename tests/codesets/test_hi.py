"""What billers ask of Hawaii, with the answers on both sides of each change."""

from questions import NOW, asks, first_days

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # One post.
        ("HI/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("HI/peer", NOW, "service.individual.modifiers", {}, None, "unknown"),
        ("HI/peer", NOW, "service.group.hcpcs", {"service": "group"}, None, "unknown"),
        ("HI/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("HI/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("HI/peer", NOW, "rate.amount", {}, "15.19", "secondary"),
        ("HI/peer", NOW, "rate.amount", {"service": "group"}, None, "unknown"),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("HI/peer", "2024-07-28"),
    ]
)
