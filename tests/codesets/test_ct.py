"""What billers ask of Connecticut, with the answers on both sides of each change."""

from questions import NOW, asks, first_days

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # No for substance use; for mental health reports disagree from a day on.
        ("CT/sud", "2023-06-04", "service.individual.paid", {}, False, "secondary"),
        ("CT/sud", NOW, "service.individual.paid", {}, False, "secondary"),
        ("CT/sud", NOW, "service.group.paid", {"service": "group"}, False, "secondary"),
        ("CT/mh", "2024-09-23", "service.individual.paid", {}, False, "secondary"),
        ("CT/mh", "2024-09-24", "service.individual.paid", {}, None, "unknown"),
        ("CT/mh", "2024-09-24", "service.individual.hcpcs", {}, None, "unknown"),
        ("CT/mh", "2024-09-23", "service.group.paid", {"service": "group"}, False, "secondary"),
        ("CT/mh", "2024-09-24", "service.group.paid", {"service": "group"}, None, "unknown"),
        ("CT/mh", NOW, "unit.minutes", {}, None, "unknown"),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("CT/sud", "2023-06-04"),
        ("CT/mh", "2023-06-04"),
    ]
)
