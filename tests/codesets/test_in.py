"""What billers ask of Indiana, with the answers on both sides of each change."""

import datetime as dt

from questions import asks, facts, programme, words

NOW = "2026-05-04"


test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # Two filing clocks, and a code that stands in a module nobody could open.
        ("IN/mro", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
        ("IN/mro", NOW, "service.individual.modifiers", {}, None, "unknown"),
        ("IN/mro", NOW, "unit.minutes", {}, 15, "secondary"),
        ("IN/mro", NOW, "filing.within", {}, ("180 days after service",), "primary"),
        ("IN/mro", NOW, "filing.resubmit_within", {}, ("180 days after service", "60 days after notice"), "primary"),
        ("IN/mro", NOW, "credential.CPSP.training_hours", {}, 48, "primary"),
        ("IN/mro", NOW, "credential.CPSP.min_age", {}, 18, "primary"),
        ("IN/mro", NOW, "credential.CPSP.ce_hours", {}, None, "unknown"),
    ]
)


def test_telehealth_takes_its_modifier_and_place() -> None:
    day = dt.date.fromisoformat(NOW)
    for channel, modifiers in (("video", {"95"}), ("audio", {"93"}), ("in-person", set())):
        assert set(programme("IN/mro").rules(day, facts(channel=channel)).modifier) == modifiers
    assert words("IN/mro", NOW, "place", "allow", channel="video") == {"02", "10"}
    assert words("IN/mro", NOW, "place", "allow") == set()
