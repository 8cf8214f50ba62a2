"""What ratings come to, and since when."""

from zoneinfo import ZoneInfo

import pytest

from peerbill.model.review import Rating, ReviewDecision
from peerbill.review.conclusions import ReviewOutcome, conclusions

UTC = ZoneInfo("UTC")


def rated(requirement: str, rating: Rating, day: int = 1, *, must: bool = True, at: str = "12:00") -> ReviewDecision:
    when = f"2026-04-{day:02}T{at}:00+00:00"
    return ReviewDecision("E1", requirement, "?", must, rating, "", "R1", "ZZ/peer", "", "", number=day, at=when)


@pytest.mark.parametrize(
    ("decisions", "outcome", "deciding"),
    [
        ([rated("payment", Rating.MET)], ReviewOutcome.SUPPORTED, ["payment"]),
        ([rated("payment", Rating.NOT_MET)], ReviewOutcome.NOT_SUPPORTED, ["payment"]),
        ([rated("payment", Rating.NO_NOTE)], ReviewOutcome.NOT_SUPPORTED, ["payment"]),
        ([rated("payment", Rating.NO_PROVIDER)], ReviewOutcome.NOT_SUPPORTED, ["payment"]),
        ([rated("payment", Rating.REPAID)], ReviewOutcome.SELF_CORRECTED, ["payment"]),
        ([rated("payment", Rating.NOT_APPLICABLE)], ReviewOutcome.NOT_APPLICABLE, ["payment"]),
        ([rated("unit", Rating.NOT_MET), rated("payment", Rating.MET)], ReviewOutcome.SUPPORTED, ["payment"]),
        ([rated("unit", Rating.MET), rated("tier", Rating.NOT_APPLICABLE)], ReviewOutcome.OPEN, []),
        ([rated("unit", Rating.NOT_MET), rated("tier", Rating.MET)], ReviewOutcome.NOT_SUPPORTED, ["unit"]),
        ([rated("tier", Rating.NOT_MET, must=False)], ReviewOutcome.ADVICE, ["tier"]),
        (
            [rated("tier", Rating.NOT_MET, must=False), rated("unit", Rating.NO_NOTE)],
            ReviewOutcome.NOT_SUPPORTED,
            ["unit"],
        ),
        ([rated("unit", Rating.NOT_MET), rated("tier", Rating.REPAID)], ReviewOutcome.SELF_CORRECTED, ["tier"]),
    ],
)
def test_the_payment_decides_and_without_it_what_must_be(
    decisions: list[ReviewDecision], outcome: ReviewOutcome, deciding: list[str]
) -> None:
    (one,) = conclusions(decisions, UTC).values()

    assert (one.outcome, [decision.requirement for decision in one.decisions]) == (outcome, deciding)


def test_the_days_count_from_the_first_rating_that_came_to_it_without_a_break() -> None:
    first = rated("unit", Rating.NOT_MET, 1)
    more = rated("payment", Rating.NO_NOTE, 5)
    withdrawn = rated("payment", Rating.MET, 7)
    again = rated("payment", Rating.NOT_MET, 9)

    def since(*decisions: ReviewDecision) -> int:
        return conclusions(decisions, UTC)["E1"].since.day

    assert (since(first), since(first, more), since(first, more, withdrawn)) == (1, 1, 7)
    assert since(first, more, withdrawn, again) == 9


def test_the_day_is_that_of_the_agency() -> None:
    late = rated("payment", Rating.NOT_MET, 2, at="03:30")

    assert conclusions([late], ZoneInfo("America/New_York"))["E1"].since.day == 1


def test_without_decisions_there_is_nothing() -> None:
    assert conclusions([], UTC) == {}
