"""What billers ask of Nevada, with the answers on both sides of each change."""

from questions import NOW, asks, first_days

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # A yearly allowance.
        ("NV/peer", NOW, "service.individual.hcpcs", {}, "H0038", "unconfirmed"),
        ("NV/peer", NOW, "service.individual.modifiers", {}, None, "unknown"),
        ("NV/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("NV/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("NV/peer", NOW, "limit.year.units", {}, 72, "secondary"),
        ("NV/peer", NOW, "limit.year.per", {}, "calendar year", "secondary"),
        ("NV/peer", NOW, "limit.year.then", {}, "authorization", "secondary"),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("NV/peer", "2024-07-22"),
    ]
)
