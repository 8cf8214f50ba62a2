"""Peers against each other: outliers, habits, and who does something more often."""

from fractions import Fraction
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.checks.patterns.compare import Habit, Outlier, more_often, nearly_all

NUMBERS = tuple(range(10, 40))


def numbers(_who: str) -> tuple[int, ...]:
    return NUMBERS


def test_nearly_all_is_nine_of_ten() -> None:
    assert nearly_all({"S1": (36, 40)}, 40, numbers) == ((Outlier("S1", 36, 40, None, 0, NUMBERS),), None)
    assert nearly_all({"S1": (35, 40)}, 40, numbers) == ((), None)


def test_too_few_are_not_compared() -> None:
    assert nearly_all({"S1": (39, 39)}, 40, numbers) == ((), None)
    assert nearly_all({"S1": (40, 40), "S2": (0, 39), "S3": (0, 39), "S4": (0, 39)}, 40, numbers) == (
        (Outlier("S1", 40, 40, None, 0, NUMBERS),),
        None,
    )


def test_three_others_show_what_is_usual() -> None:
    counts = {"S1": (40, 40), "S2": (4, 40), "S3": (8, 40)}

    assert nearly_all(counts, 40, numbers) == ((Outlier("S1", 40, 40, None, 2, NUMBERS),), None)
    assert nearly_all({**counts, "S4": (12, 40)}, 40, numbers) == (
        (Outlier("S1", 40, 40, Fraction(1, 5), 3, NUMBERS),),
        None,
    )


@pytest.mark.parametrize(("usual", "stands_out"), [(65, True), (66, False)])
def test_what_is_nearly_usual_is_a_habit(usual: int, stands_out: bool) -> None:
    counts = {"S1": (90, 100), **{f"S{other}": (usual, 100) for other in (2, 3, 4)}}
    outliers, habit = nearly_all(counts, 40, numbers)

    assert [outlier.who for outlier in outliers] == ["S1"] * stands_out
    assert habit == (None if stands_out else Habit(("S1",), 4, 90, 100, NUMBERS[-20:]))


def test_a_habit_counts_those_who_have_it() -> None:
    counts = {"S1": (95, 100), "S2": (100, 100), "S3": (90, 100), "S4": (10, 100)}

    assert nearly_all(counts, 40, numbers) == (
        (),
        Habit(("S1", "S2", "S3"), 4, 285, 300, tuple(sorted(NUMBERS[-20:] * 3))),
    )


def test_only_those_among_are_named() -> None:
    counts = {"S1": (95, 100), "S2": (100, 100)}

    assert nearly_all(counts, 40, numbers, among={"S2"}) == ((Outlier("S2", 100, 100, None, 1, NUMBERS),), None)


def test_more_often_than_three_times_the_others() -> None:
    """The others have 30 of 900."""
    counts = {"S1": (30, 300), **{f"S{other}": (10, 300) for other in (2, 3, 4)}}

    assert list(more_often(counts, 20, 4, numbers)) == [Outlier("S1", 30, 300, Fraction(1, 30), 3, NUMBERS)]
    assert list(more_often({**counts, "S1": (29, 300)}, 20, 4, numbers)) == []


def test_more_often_than_one_of_a_hundred_where_others_never_do() -> None:
    """Four of 20 are beyond chance at a share of 1 %: 0.00004; three of 20 could be, and are too few besides."""
    counts = {"S1": (4, 20), **{f"S{other}": (0, 300) for other in (2, 3, 4)}}

    assert list(more_often(counts, 20, 4, numbers)) == [Outlier("S1", 4, 20, Fraction(0), 3, NUMBERS)]
    assert list(more_often({**counts, "S1": (3, 20)}, 20, 4, numbers)) == []
    assert list(more_often({**counts, "S1": (4, 19)}, 20, 4, numbers)) == []


def test_alone_somebody_is_compared_with_one_of_a_hundred() -> None:
    assert list(more_often({"S1": (11, 250), "S2": (0, 250)}, 20, 4, numbers)) == [
        Outlier("S1", 11, 250, None, 1, NUMBERS)
    ]
    assert list(more_often({"S1": (8, 250), "S2": (0, 250)}, 20, 4, numbers)) == []


@given(st.lists(st.integers(0, 100), min_size=4, max_size=12))
def test_what_is_usual_is_the_median_of_the_others(hits: list[int]) -> None:
    counts = {f"S{peer:02}": (count, 100) for peer, count in enumerate(hits)}
    outliers, habit = nearly_all(counts, 40, numbers, least=Fraction(0))

    for outlier in outliers:
        others = [Fraction(count, 100) for who, (count, _) in counts.items() if who != outlier.who]
        assert outlier.usual == median(others)
    assert len(outliers) + len(habit.who if habit is not None else ()) == len(hits)
