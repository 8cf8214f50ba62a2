import doctest
import itertools
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.coding import units
from peerbill.coding.units import possible_units, possible_units_of_encounters, to_units, units_of_encounters

UNIT_LENGTHS = (5, 8, 10, 15, 20, 30, 45, 60)
roundings = st.sampled_from(units.ROUNDINGS)
lengths = st.sampled_from(UNIT_LENGTHS)
settings = st.fixed_dictionaries(
    {
        "per": st.sampled_from(units.PER),
        "unit_minutes": lengths,
        "rounding": roundings,
        "aggregate": st.sampled_from(units.AGGREGATES),
        "minimum_minutes": st.integers(0, 20),
        "continuous": st.booleans(),
    }
)
contacts = st.lists(st.integers(0, 240), max_size=6)


def counted_by_hand(minutes: int, length: int, rounding: str) -> int:
    """Take whole units off one by one, then look at what is left: the way a biller does it on paper."""
    whole = 0
    left = minutes
    while left >= length:
        left -= length
        whole += 1
    half = Fraction(length, 2)
    further = {"down": False, "up": left > 0, "midpoint": left >= half, "past-midpoint": left > half}
    return whole + further[rounding]


def test_doctests() -> None:
    result = doctest.testmod(units)

    assert (result.failed, result.attempted >= 5) == (0, True)


@pytest.mark.parametrize("rounding", units.ROUNDINGS)
@pytest.mark.parametrize("length", UNIT_LENGTHS)
def test_every_duration_of_a_day_is_as_counted_by_hand(rounding: str, length: int) -> None:
    expected = [counted_by_hand(minutes, length, rounding) for minutes in range(1441)]

    assert [to_units(minutes, unit_minutes=length, rounding=rounding) for minutes in range(1441)] == expected


@pytest.mark.parametrize(
    ("length", "minutes", "rounding", "expected"),
    [
        (15, [7, 8, 15, 22, 23], "down", [0, 0, 1, 1, 1]),
        (15, [7, 8, 15, 22, 23], "up", [1, 1, 1, 2, 2]),
        (15, [7, 8, 15, 22, 23], "midpoint", [0, 1, 1, 1, 2]),
        (15, [7, 8, 15, 22, 23], "past-midpoint", [0, 1, 1, 1, 2]),
        (30, [15, 16, 30, 45], "down", [0, 0, 1, 1]),
        (30, [15, 16, 30, 45], "up", [1, 1, 1, 2]),
        (30, [15, 16, 30, 45], "midpoint", [1, 1, 1, 2]),
        (30, [15, 16, 30, 45], "past-midpoint", [0, 1, 1, 1]),
    ],
)
def test_the_table_of_the_policy_model(length: int, minutes: list[int], rounding: str, expected: list[int]) -> None:
    assert [to_units(each, unit_minutes=length, rounding=rounding) for each in minutes] == expected


@given(st.integers(-1000, 0), lengths, roundings)
def test_no_minutes_make_no_units(minutes: int, length: int, rounding: str) -> None:
    assert to_units(minutes, unit_minutes=length, rounding=rounding) == 0


def test_an_unknown_rounding_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="'eight-minute' is not a rounding: give one of down, up, midpoint") as raised:
        to_units(15, unit_minutes=15, rounding="eight-minute")

    assert str(raised.value).endswith("past-midpoint")


@pytest.mark.parametrize("length", [0, -15])
def test_a_unit_has_a_length(length: int) -> None:
    with pytest.raises(ValueError, match=f"a unit of {length} minutes is not possible"):
        to_units(15, unit_minutes=length, rounding="down")


@given(contacts, lengths, roundings, st.integers(0, 30))
def test_adding_by_the_day_rounds_the_sum_once_and_writes_it_on_the_first(
    minutes: list[int], length: int, rounding: str, minimum: int
) -> None:
    answer = units_of_encounters(
        minutes, unit_minutes=length, rounding=rounding, aggregate="day", minimum_minutes=minimum
    )
    counting = [place for place, each in enumerate(minutes) if each >= minimum and each > 0]
    expected = [0] * len(minutes)
    if counting:
        expected[counting[0]] = counted_by_hand(sum(minutes[place] for place in counting), length, rounding)

    assert answer == expected


@given(st.integers(1, 480), st.data(), lengths, roundings)
def test_any_split_of_a_day_gives_the_units_of_the_whole(
    total: int, data: st.DataObject, length: int, rounding: str
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, total), max_size=5)))
    parts = [later - earlier for earlier, later in itertools.pairwise([0, *cuts, total])]

    answer = units_of_encounters(parts, unit_minutes=length, rounding=rounding, aggregate="day")

    assert sum(answer) == counted_by_hand(total, length, rounding)
    assert len(answer) == len(parts)
    assert sum(1 for each in answer if each) <= 1


@given(contacts, lengths, roundings, st.integers(0, 30), st.sampled_from(units.AGGREGATES))
def test_single_contacts_and_unbroken_contact_are_rounded_one_by_one(
    minutes: list[int], length: int, rounding: str, minimum: int, aggregate: str
) -> None:
    answer = units_of_encounters(
        minutes,
        unit_minutes=length,
        rounding=rounding,
        aggregate=aggregate,
        minimum_minutes=minimum,
        continuous=aggregate == "day",
    )

    assert answer == [counted_by_hand(each, length, rounding) if each >= minimum else 0 for each in minutes]


@pytest.mark.parametrize(
    ("minutes", "minimum", "expected"),
    [
        ([14, 15], 15, [0, 1]),
        ([15, 14], 15, [1, 0]),
        ([14, 14], 15, [0, 0]),
        ([7, 8, 8], 8, [0, 1, 0]),
        ([0, 15], 0, [0, 1]),
    ],
)
def test_a_contact_under_the_minimum_is_added_to_nothing(minutes: list[int], minimum: int, expected: list[int]) -> None:
    answer = units_of_encounters(
        minutes, unit_minutes=15, rounding="midpoint", aggregate="day", minimum_minutes=minimum
    )

    assert answer == expected


@given(contacts, st.integers(0, 30))
def test_by_the_service_each_contact_makes_one(minutes: list[int], minimum: int) -> None:
    answer = units_of_encounters(minutes, per="service", minimum_minutes=minimum)

    assert answer == [int(each >= minimum and each > 0) for each in minutes]


@given(contacts, st.integers(0, 30))
def test_by_the_day_the_first_contact_makes_one(minutes: list[int], minimum: int) -> None:
    answer = units_of_encounters(minutes, per="day", minimum_minutes=minimum)
    each_one = units_of_encounters(minutes, per="service", minimum_minutes=minimum)

    assert sum(answer) == min(1, sum(each_one))
    assert not any(answer) or answer.index(1) == each_one.index(1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"per": "hour"}, "'hour' is no way to count units: give one of minutes, service, day"),
        ({"aggregate": "week"}, "'week' is no way to add minutes: give one of encounter, day"),
        ({"unit_minutes": 15}, "units by the minute need the length of a unit and a rounding"),
        ({"rounding": "down"}, "units by the minute need the length of a unit and a rounding"),
    ],
)
def test_misuse_says_what_to_give(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=r"units|minutes") as raised:
        units_of_encounters([15], **arguments)

    assert str(raised.value) == message


@given(st.integers(0, 1440), lengths)
def test_possible_units_are_those_of_all_roundings(minutes: int, length: int) -> None:
    possible = possible_units(minutes, length)

    assert possible == {counted_by_hand(minutes, length, rounding) for rounding in units.ROUNDINGS}
    assert (len(possible) == 1) == (minutes % length == 0)


@pytest.mark.parametrize(
    ("minutes", "known", "expected"),
    [
        ([45], {"unit_minutes": 15}, {(3,)}),
        ([47], {"unit_minutes": 15}, {(3,), (4,)}),
        ([47], {"unit_minutes": 15, "rounding": "down"}, {(3,)}),
        ([20, 20], {"unit_minutes": 15, "rounding": "down"}, {(1, 1), (2, 0)}),
        ([20, 20], {"unit_minutes": 15, "rounding": "down", "continuous": True}, {(1, 1)}),
        ([20, 20], {"unit_minutes": 15, "rounding": "down", "aggregate": "day"}, {(2, 0)}),
        ([20], {"unit_minutes": None, "rounding": "down"}, set()),
        ([20], {"unit_minutes": None, "per": None}, set()),
        ([20], {"unit_minutes": None, "per": "day"}, {(1,)}),
        ([20], {"unit_minutes": None, "minimum_minutes": 21}, {(0,)}),
        ([15], {"unit_minutes": 15, "per": None}, {(1,)}),
        ([30], {"unit_minutes": 15, "per": None}, {(2,), (1,)}),
        ([], {"unit_minutes": None}, {()}),
    ],
)
def test_an_unknown_that_changes_nothing_leaves_one_answer(
    minutes: list[int], known: dict[str, Any], expected: set[tuple[int, ...]]
) -> None:
    assert possible_units_of_encounters(minutes, **known) == expected


@given(contacts, settings)
def test_with_everything_known_there_is_one_answer(minutes: list[int], known: dict[str, Any]) -> None:
    assert possible_units_of_encounters(minutes, **known) == {tuple(units_of_encounters(minutes, **known))}


@given(contacts, settings, st.sets(st.sampled_from(["per", "rounding", "aggregate"])))
def test_what_is_not_known_never_leaves_out_the_true_answer(
    minutes: list[int], known: dict[str, Any], forgotten: set[str]
) -> None:
    partly = known | dict.fromkeys(forgotten)

    assert tuple(units_of_encounters(minutes, **known)) in possible_units_of_encounters(minutes, **partly)
