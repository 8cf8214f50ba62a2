"""What billers ask of Kansas, with the answers on both sides of each change."""

import pytest
from questions import MH, SUD, asks, first_days, note_elements, words

NOW = "2026-05-04"


test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        ("KS/peer", "2026-03-02", "enrollment.organization.required", {}, True, "secondary"),
        # Parents by a bulletin, peers by what a blog says of another; training in two steps.
        ("KS/parent", NOW, "service.family.hcpcs", {"service": "family"}, "H0038", "primary"),
        ("KS/parent", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "primary"),
        ("KS/parent", NOW, "group.max", {"service": "group"}, 8, "primary"),
        ("KS/parent", NOW, "unit.minutes", {}, 15, "secondary"),
        ("KS/parent", NOW, "unit.rounding", {}, None, "unknown"),
        ("KS/parent", NOW, "population.age", {}, None, "unknown"),
        ("KS/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("KS/peer", NOW, "group.max", {"service": "group"}, None, "unknown"),
        ("KS/peer", NOW, "credential.KCPS.in_process_within", {}, "16 months after hire", "secondary"),
        ("KS/peer", NOW, "credential.CPM.name", {"diagnosis": SUD}, "Certified Peer Mentor", "secondary"),
        ("KS/peer", NOW, "credential.CPM.name", {"diagnosis": MH}, None, "absent"),
        ("KS/peer", NOW, "filing.within", {}, ("12 months after service",), "primary"),
        ("KS/peer", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("KS/peer", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
        ("KS/parent", NOW, "service.family.modifiers", {"service": "family"}, (), "primary"),
        ("KS/peer", NOW, "filing.within", {}, ("12 months after service",), "primary"),
        (
            "KS/peer",
            NOW,
            "filing.other_payer_within",
            {},
            ("12 months after service", "30 days after other payer"),
            "unconfirmed",
        ),
    ]
)


test_note_elements_beside_the_federal_floor = note_elements(
    [
        ("KS/parent", NOW, {"age": 17}, {"plan", "intervention", "medical-need"}),
        ("KS/parent", NOW, {"age": 18}, {"plan", "intervention", "medical-need", "permission"}),
    ]
)


@pytest.mark.parametrize("id_", ["KS/parent", "KS/peer"])
def test_acute_and_residential_stays_bar_payment(id_: str) -> None:
    assert words(id_, NOW, "exclusion", "stay") == {"inpatient", "residential", "incarceration", "imd"}


test_programmes_hold_from_their_first_day = first_days(
    [
        ("KS/parent", "2023-01-01"),
        ("KS/peer", "2023-07-01"),
    ]
)
