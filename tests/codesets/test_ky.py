"""What billers ask of Kentucky, with the answers on both sides of each change."""

from questions import MH, SUD, asks, first_days, note_elements

NOW = "2026-05-04"


test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # A code from a copayment list, a unit from regulations, groups that nobody has confirmed.
        ("KY/peer", NOW, "service.individual.hcpcs", {}, "H0038", "primary"),
        ("KY/peer", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
        ("KY/peer", NOW, "credential.FPSS.name", {}, "Family Peer Support Specialist", "primary"),
        (
            "KY/peer",
            NOW,
            "credential.FPSS.issuer",
            {},
            "Kentucky Department for Behavioral Health, Developmental and Intellectual Disabilities",
            "unconfirmed",
        ),
        ("KY/peer", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "unconfirmed"),
        ("KY/peer", NOW, "service.youth.modifiers", {"service": "youth"}, None, "unknown"),
        ("KY/peer", NOW, "unit.minutes", {}, 15, "primary"),
        ("KY/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("KY/peer", NOW, "group.max", {"service": "group"}, 8, "unconfirmed"),
        ("KY/peer", NOW, "supervision.times", {}, 2, "secondary"),
        ("KY/peer", NOW, "supervision.every", {}, "month", "secondary"),
        ("KY/peer", NOW, "credential.APSS.ce_hours", {}, 6, "primary"),
        ("KY/peer", NOW, "credential.APSS.ce_hours", {"provider": "alcohol-and-drug-entity"}, 10, "primary"),
        ("KY/peer", NOW, "credential.RADPSS.training_hours", {"diagnosis": SUD}, 40, "primary"),
        ("KY/peer", NOW, "credential.RADPSS.training_hours", {"diagnosis": MH}, None, "absent"),
        ("KY/peer", NOW, "rate.amount", {}, None, "unknown"),
    ]
)


test_note_elements_beside_the_federal_floor = note_elements(
    [
        ("KY/peer", NOW, {}, {"plan"}),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("KY/peer", "2019-01-01"),
    ]
)
