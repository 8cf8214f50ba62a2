"""Identical lengths, and the last digits of lengths."""

from fractions import Fraction

from believable import figures, on_days, shown

from peerbill.checks.patterns.compare import Habit, Outlier
from peerbill.checks.patterns.lengths import Digit, Lengths, SameLength

VARIED = [30 + day % 31 for day in range(40)]


def same(*lengths: list[int]) -> tuple[tuple[SameLength, ...], Habit | None]:
    return shown(Lengths(), *(on_days(each, f"S{peer}") for peer, each in enumerate(lengths, start=1))).same()


def test_forty_contacts_of_one_length() -> None:
    assert same([60] * 36 + [50] * 4) == (
        (SameLength(Outlier("S1", 36, 40, None, 0, tuple(range(36))), 60),),
        None,
    )
    assert same([60] * 35 + [50] * 5) == ((), None)
    assert same([60] * 39) == ((), None)


def test_beside_three_peers_with_varied_lengths() -> None:
    found, habit = same([60] * 40, VARIED, VARIED, VARIED)

    assert [figures(item.outlier) for item in found] == [Outlier("S1", 40, 40, Fraction(2, 40), 3)]
    assert habit is None


def test_where_all_are_alike_nobody_stands_out() -> None:
    """Named are the last twenty contacts of each."""
    found, habit = same([60] * 40, [60] * 40, [45] * 40, [60] * 40)

    assert (found, habit) == ((), Habit(("S1", "S2", "S3", "S4"), 4, 160, 160, tuple(range(80, 160))))


def test_groups_and_nobodys_contacts_are_left_out() -> None:
    rows = [*on_days([60] * 40, mode="group"), *on_days([60] * 40, staff_id="")]

    assert shown(Lengths(), rows).same() == ((), None)


def digits(*lengths: list[int]) -> tuple[Digit, ...]:
    return shown(Lengths(), *(on_days(each, f"S{peer}") for peer, each in enumerate(lengths, start=1))).digits()


def test_a_digit_of_three_in_ten_of_a_hundred() -> None:
    """Lengths that end in 0 or 5 do not count."""
    rest = [21, 32, 43, 54, 26, 38, 49] * 10
    sevens = [17, 27, 37, 47, 57] * 6

    assert digits([20, 45] * 40 + sevens + rest) == (Digit("S1", 7, 30, 100, tuple(range(80, 110))),)
    assert digits(sevens[:-1] + rest + [21]) == ()
    assert digits(sevens + rest[:-1]) == ()


def test_a_digit_of_few_lengths_is_left_to_the_lengths() -> None:
    rest = [21, 32, 43, 54, 26, 38, 49] * 10

    assert digits([17] * 15 + [27] * 15 + rest) == ()
    assert digits([17] * 15 + [27] * 14 + [37] + rest) == (Digit("S1", 7, 30, 100, tuple(range(30))),)
    assert digits([17] * 16 + [27] * 13 + [37] + rest) == ()


def test_of_two_digits_that_are_as_frequent_the_smaller_is_named() -> None:
    """Whichever was seen first."""
    threes = [13, 23, 33, 43, 53] * 6
    sevens = [17, 27, 37, 47, 57] * 6
    rest = [21, 32, 44, 26] * 10

    assert digits(sevens + threes + rest) == (Digit("S1", 3, 30, 100, tuple(range(30, 60))),)
    assert digits([*sevens, 17, *threes, *rest[1:]]) == (Digit("S1", 7, 31, 100, tuple(range(31))),)


def test_a_length_is_from_start_to_end() -> None:
    """Billable minutes are another figure."""
    rows = on_days([60] * 40, minutes=45)

    assert shown(Lengths(), rows).same()[0][0].minutes == 60
