"""What billers ask of Vermont, with the answers on both sides of each change."""

from questions import NOW, asks, first_days

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        ("VT/peer", "2025-06-30", "service.individual.paid", {}, False, "secondary"),
        ("VT/peer", "2025-07-01", "service.individual.paid", {}, None, "unknown"),
        ("VT/peer", "2025-07-01", "service.individual.hcpcs", {}, None, "unknown"),
        ("VT/peer", "2025-06-30", "service.group.paid", {"service": "group"}, False, "secondary"),
        ("VT/peer", "2025-07-01", "service.group.paid", {"service": "group"}, None, "unknown"),
        ("VT/peer", "2025-06-30", "credential.CPSP.issuer", {}, None, "absent"),
        ("VT/peer", "2025-07-01", "credential.CPSP.issuer", {}, "Office of Professional Regulation", "secondary"),
        ("VT/peer", NOW, "unit.minutes", {}, None, "unknown"),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("VT/peer", "2024-07-28"),
    ]
)
