"""What the federal floor says in every programme."""

import datetime as dt
import tomllib
from importlib import resources

import pytest
from questions import MH, SUD, asked, programme, rules_for

from peerbill.policy import Facts

NJ = "NJ/sud"
PROGRAMMES = (
    "MI/sud-recovery-coaching",
    "MI/mh-peer",
    "NJ/sud",
    "TX/peer",
    "TX/cfp",
    "AK/crisis",
    "AK/peer",
    "MN/recovery",
    "MN/mh",
)


@pytest.mark.parametrize("id_", PROGRAMMES)
def test_the_federal_floor_holds_everywhere(id_: str) -> None:
    floor = rules_for(id_)

    assert floor.supervision.row is not None
    assert floor.signature["author"].row is not None
    assert "incarceration" in floor.exclusion.of("stay")
    assert asked(floor, "calendar.week") == ("sunday", "unconfirmed")


@pytest.mark.parametrize(("age", "barred"), [(21, False), (22, True), (64, True), (65, False)])
def test_institutions_for_mental_diseases_bar_adults_under_65(age: int, barred: bool) -> None:
    assert ("imd" in rules_for(NJ, Facts(age=age)).exclusion.of("stay")) is barred


@pytest.mark.parametrize(
    ("day", "age", "note"),
    [("2024-12-31", 17, "inmate"), ("2025-01-01", 17, "youth"), ("2025-01-01", 21, "inmate")],
)
def test_young_inmates_have_their_own_rule_from_2025(day: str, age: int, note: str) -> None:
    stay = rules_for(NJ, Facts(age=age), dt.date.fromisoformat(day)).exclusion.of("stay")["incarceration"]

    assert note in stay.note


@pytest.mark.parametrize(
    ("code", "groups"),
    [
        ("F10.20", SUD),
        ("F1121", SUD),
        ("F19.99", SUD),
        ("F09", frozenset()),
        ("F20.0", MH),
        ("F32.A", MH),
        ("F4310", MH),
        ("F69", MH),
        ("F70", frozenset()),
        ("F89", frozenset()),
        ("F90.0", MH),
        ("F98.9", MH),
        ("F99", MH),
        ("Z59.00", frozenset()),
    ],
)
def test_diagnoses_fall_into_groups(code: str, groups: frozenset[str]) -> None:
    assert programme(NJ).diagnosis_groups(code) == groups


def test_every_activity_has_a_kind_of_support_with_a_source() -> None:
    text = resources.files("peerbill.codesets.national").joinpath("peer_support.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    kinds = ["emotional", "informational", "instrumental", "affiliational"]
    words = [word for kind in kinds for word in data["activity"][kind]]

    assert list(data["support-type"]) == kinds == list(data["activity"])
    assert all(source.split()[0] in data["source"] for kind in kinds for source in data["support-type"][kind]["source"])
    assert len(words) == len(set(words)) == 51
