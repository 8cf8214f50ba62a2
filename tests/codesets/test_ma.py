"""What billers ask of Massachusetts, with the answers on both sides of each change."""

import datetime as dt

from questions import NOW, asks, channels, filing_days, first_days, modifiers, note_elements, rules, words

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # A note within business days, reviewed by the supervising clinician; neither code nor unit.
        ("MA/recovery-coach", NOW, "service.individual.hcpcs", {}, None, "unknown"),
        ("MA/recovery-coach", NOW, "unit.minutes", {}, None, "unknown"),
        ("MA/recovery-coach", NOW, "rate.amount", {}, None, "unknown"),
        ("MA/recovery-coach", NOW, "signature.author.within", {}, "5 business days after service", "primary"),
        ("MA/recovery-coach", NOW, "signature.supervisor.by", {}, ("supervising-clinician",), "primary"),
        ("MA/recovery-coach", NOW, "signature.supervisor.within", {}, None, "unknown"),
        ("MA/recovery-coach", NOW, "signature.supervisor.by", {"tier": "peer-supervisor"}, None, "absent"),
        ("MA/recovery-coach", NOW, "credential.CARC.in_process", {}, True, "primary"),
        ("MA/recovery-coach", NOW, "credential.CARC.recovery_months", {}, 24, "primary"),
        ("MA/recovery-coach", NOW, "filing.within", {}, ("90 days after last service",), "primary"),
        ("MA/recovery-coach", NOW, "filing.other_payer_within", {}, ("90 days after other payer",), "primary"),
        ("MA/recovery-coach", "2023-03-31", "modifier.95.use", {"channel": "video"}, None, "absent"),
        ("MA/recovery-coach", NOW, "modifier.93.use", {"channel": "audio"}, "one-of", "secondary"),
        ("MA/cps", NOW, "supervision.by", {}, ("supervising-clinician", "certified-peer-supervisor"), "unconfirmed"),
        ("MA/cbhc", NOW, "service.adult.hcpcs", {"service": "adult"}, "T1040", "primary"),
        ("MA/cbhc", NOW, "service.adult.modifiers", {"service": "adult"}, ("HB",), "primary"),
        ("MA/cbhc", NOW, "service.youth.modifiers", {"service": "youth"}, ("HA",), "primary"),
        ("MA/cbhc", NOW, "service.adult.paid", {"service": "adult"}, None, "unknown"),
        ("MA/cbhc", NOW, "unit.per", {"service": "adult"}, "day", "primary"),
        ("MA/cbhc", NOW, "rate.amount", {"service": "adult"}, "233.90", "primary"),
        ("MA/cbhc", NOW, "rate.amount", {"service": "youth"}, None, "unknown"),
        ("MA/family-partner", NOW, "service.family.hcpcs", {"service": "family"}, "H0038", "secondary"),
        ("MA/family-partner", NOW, "service.family.modifiers", {"service": "family"}, None, "unknown"),
        ("MA/family-partner", NOW, "unit.minutes", {"service": "family"}, 15, "secondary"),
        ("MA/recovery-coach", NOW, "modifier.93.use", {"channel": "video"}, None, "absent"),
        ("MA/cps", NOW, "service.individual.hcpcs", {}, None, "unknown"),
        ("MA/cps", NOW, "signature.supervisor.by", {}, ("supervising-clinician",), "primary"),
        ("MA/cps", NOW, "signature.author.within", {}, None, "unsaid"),
        ("MA/cps", NOW, "credential.CPS.training_hours", {}, 60, "secondary"),
    ]
)


test_channels_on_both_sides_of_each_change = channels(
    [
        ("MA/recovery-coach", "2023-03-31", {"in-person"}, set(), set()),
        ("MA/recovery-coach", "2023-04-01", {"in-person", "video", "audio"}, set(), set()),
    ]
)


test_modifiers_beside_the_services_own = modifiers(
    [
        ("MA/cps", {"channel": "video"}, {"95"}),
        ("MA/cps", {"channel": "audio"}, {"93", "FQ"}),
    ]
)


def test_places_follow_the_words_of_the_texts() -> None:
    assert words("MA/recovery-coach", NOW, "place", "allow", channel="video") == {"02", "10"}
    assert words("MA/recovery-coach", NOW, "place", "allow") == set()


test_note_elements_beside_the_federal_floor = note_elements(
    [
        ("MA/recovery-coach", NOW, {}, {"progress", "referrals"}),
        ("MA/recovery-coach", NOW, {"service": "group"}, {"progress", "referrals", "response"}),
    ]
)


test_filing_days = filing_days(
    [
        ("MA/recovery-coach", NOW, dt.date(2026, 5, 31)),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("MA/recovery-coach", "2023-01-01"),
    ]
)


# The last day in time for a note of Wednesday 2026-07-01; Friday the 3rd is a holiday as observed.
def test_a_note_deadline_in_business_days() -> None:
    within = rules("MA/recovery-coach", "2026-07-01").signature["author"].value.within
    assert within is not None
    assert within.last_day(dt.date(2026, 7, 1)) == dt.date(2026, 7, 9)
