"""What billers ask of Florida, with the answers on both sides of each change."""

import datetime as dt

from questions import NOW, asks, channels, facts, filing_days, first_days, modifiers, note_elements, programme, rules

from peerbill.model.finding import Severity

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # No code; what an endorsement fits; two business days for the note.
        ("FL/recovery", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("FL/recovery", NOW, "service.individual.modifiers", {}, None, "unknown"),
        ("FL/recovery", NOW, "service.group.paid", {"service": "group"}, None, "unknown"),
        ("FL/recovery", NOW, "service.clubhouse.mode", {"service": "clubhouse"}, "drop-in", "primary"),
        ("FL/recovery", NOW, "unit.minutes", {}, 15, "secondary"),
        ("FL/recovery", NOW, "rate.amount", {}, None, "unknown"),
        ("FL/recovery", NOW, "signature.author.within", {}, "2 business days after service", "primary"),
        ("FL/recovery", NOW, "credential.CRPS.issuer", {}, "Florida Certification Board", "primary"),
        ("FL/recovery", NOW, "credential.CRPS.endorsement", {"age": 17}, ("F", "Y"), "secondary"),
        ("FL/recovery", NOW, "credential.CRPS.endorsement", {"age": 18}, ("A", "V", "Y"), "secondary"),
        ("FL/recovery", NOW, "credential.CRPS.peer_age", {"endorsement": ["Y"]}, "18-29", "secondary"),
        ("FL/recovery", NOW, "credential.CRPS.recovery_months", {"endorsement": ["A"]}, 24, "primary"),
        ("FL/recovery", NOW, "credential.CRPS.recovery_months", {"endorsement": ["F"]}, 0, "primary"),
        ("FL/recovery", NOW, "credential.CRPS.experience_hours", {}, 500, "secondary"),
        ("FL/recovery", NOW, "credential.CRPS.in_process", {}, None, "unknown"),
        ("FL/recovery", NOW, "filing.within", {}, ("365 days after service",), "secondary"),
    ]
)


test_channels_on_both_sides_of_each_change = channels(
    [
        ("FL/recovery", "2023-05-31", {"in-person", "video"}, set(), {"audio"}),
        ("FL/recovery", "2023-06-01", {"in-person", "video"}, {"audio"}, set()),
    ]
)


test_modifiers_beside_the_services_own = modifiers(
    [
        ("FL/recovery", {"channel": "video"}, {"GT"}),
    ]
)


test_note_elements_beside_the_federal_floor = note_elements(
    [
        (
            "FL/recovery",
            NOW,
            {},
            {"intervention", "reason", "diagnosis", "progress", "medical-need", "plan", "next-step", "referrals"},
        ),
    ]
)


def test_elements_as_applicable_only_warn() -> None:
    require = programme("FL/recovery").rules(dt.date.fromisoformat(NOW), facts()).documentation.of("require")
    assert {element for element, said in require.items() if said.severity is Severity.WARNING} == {
        "plan",
        "next-step",
        "referrals",
    }


test_filing_days = filing_days(
    [
        ("FL/recovery", NOW, dt.date(2027, 3, 2)),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("FL/recovery", "2019-06-28"),
    ]
)


# The last day in time for a note of Wednesday 2026-07-01; Friday the 3rd is a holiday as observed.
def test_a_note_deadline_in_business_days() -> None:
    within = rules("FL/recovery", "2026-07-01").signature["author"].value.within
    assert within is not None
    assert within.last_day(dt.date(2026, 7, 1)) == dt.date(2026, 7, 6)
