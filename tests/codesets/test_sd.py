"""What billers ask of South Dakota, with the answers on both sides of each change."""

from questions import NOW, asks, first_days

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # South Dakota and Vermont: not paid in 2024; in Vermont not known from the day of certification on.
        ("SD/peer", NOW, "service.individual.paid", {}, False, "secondary"),
        ("SD/peer", NOW, "service.group.paid", {"service": "group"}, False, "secondary"),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("SD/peer", "2024-07-22"),
    ]
)
