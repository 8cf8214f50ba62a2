"""What billers ask of Wyoming, with the answers on both sides of each change."""

from questions import asks, note_elements

NOW = "2026-05-04"


test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        ("WY/peer", NOW, "population.diagnosis", {}, ("MH", "SUD"), "unconfirmed"),
        # A rule on notes and plans, and a manual that nobody could open.
        ("WY/peer", NOW, "service.individual.hcpcs", {}, None, "unknown"),
        ("WY/peer", NOW, "unit.minutes", {}, 15, "secondary"),
        ("WY/peer", NOW, "unit.rounding", {}, None, "unknown"),
        ("WY/peer", NOW, "rate.amount", {}, "9.00", "secondary"),
        ("WY/peer", NOW, "plan.treatment.review_every", {}, "90 days", "primary"),
        ("WY/peer", NOW, "plan.treatment.signers", {}, ("clinical-professional",), "primary"),
    ]
)


test_note_elements_beside_the_federal_floor = note_elements(
    [
        ("WY/peer", NOW, {"place": "11"}, {"progress", "author-title"}),
        ("WY/peer", NOW, {"place": "12"}, {"progress", "author-title", "location"}),
    ]
)
