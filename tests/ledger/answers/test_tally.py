"""Thousands of payments of one claim: what stands, and what is left after each, as the short way tells it."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerbill.ledger.answers.decisions import PostedAdjustment, PostedClaim, PostedLine
from peerbill.ledger.answers.reversals import Pool, order_of, standing_of
from peerbill.ledger.answers.settle import settle
from peerbill.ledger.answers.tally import Left, Tally

_CENTS = (-20, -10, 0, 10, 20, 50)
_cuts = st.lists(
    st.builds(
        PostedAdjustment,
        st.sampled_from(("CO", "PR", "OA")),
        st.sampled_from(("45", "1", "16", "18", "23", "96")),
        st.sampled_from(_CENTS),
    ),
    max_size=2,
).map(tuple)


@st.composite
def _payments(draw: st.DrawFn, day: str, transaction: int, position: int) -> PostedClaim:
    sign = draw(st.sampled_from((1, 1, -1)))
    lines = tuple(
        PostedLine(
            number,
            sign * draw(st.sampled_from((0, 50, 100))),
            sign * draw(st.sampled_from((0, 0, 50, 100))),
            adjustments,
        )
        for number, adjustments in draw(st.lists(st.tuples(st.integers(0, 3), _cuts), max_size=3))
    )
    whole = PostedClaim(
        day,
        transaction,
        position,
        draw(st.sampled_from(("1", "2", "4", "22", "25", ""))),
        sign * draw(st.sampled_from((0, 50, 100))),
        sign * draw(st.sampled_from((0, 20, 50, 100))),
        draw(_cuts),
        lines=lines,
        number=draw(st.sampled_from(("", "A", "B"))),
    )
    if not lines or draw(st.booleans()):
        return whole
    return whole._replace(charge=sum(one.charge for one in lines), paid=sum(one.paid for one in lines))


def _reversed(one: PostedClaim, day: str, transaction: int, position: int) -> PostedClaim:
    def back(adjustments: tuple[PostedAdjustment, ...]) -> tuple[PostedAdjustment, ...]:
        return tuple(adjustment._replace(cents=-adjustment.cents) for adjustment in adjustments)

    lines = tuple(
        line._replace(charge=-line.charge, paid=-line.paid, adjustments=back(line.adjustments)) for line in one.lines
    )
    return one._replace(
        paid_on=day,
        transaction=transaction,
        position=position,
        status="22",
        charge=-one.charge,
        paid=-one.paid,
        adjustments=back(one.adjustments),
        lines=lines,
    )


@st.composite
def stories(draw: st.DrawFn) -> list[PostedClaim]:
    """Draw payments in the order in which they are posted: days may come in any order, some of them together."""
    days = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    if draw(st.booleans()):
        days.sort()
    story: list[PostedClaim] = []
    for transaction, day in enumerate(days, start=1):
        for position in range(1, draw(st.integers(1, 4)) + 1):
            place = f"2026-04-0{day}", transaction, position
            if story and draw(st.integers(0, 3)) == 0:
                story.append(_reversed(draw(st.sampled_from(story)), *place))
            else:
                story.append(draw(_payments(*place)))
    return story


def _left_standing(payments: Sequence[PostedClaim]) -> list[PostedClaim]:
    """Return what stands by looking at every payment for every reversal."""
    ordered = sorted(payments, key=order_of)
    standing = [one for one in ordered if not one.reverses]
    for reversal in ordered:
        if reversal.reverses:
            standing = _taken_back(standing, reversal)
    return standing


def _taken_back(standing: list[PostedClaim], reversal: PostedClaim) -> list[PostedClaim]:
    earlier = [
        one
        for one in standing
        if one.paid_on < reversal.paid_on
        or (one.paid_on == reversal.paid_on and one.transaction != reversal.transaction)
        or (one.transaction == reversal.transaction and one.position < reversal.position)
    ]
    same = [one for one in earlier if one.number and one.number == reversal.number]
    taken: list[PostedClaim] = []
    for some in (same, earlier):
        exact = [one for one in some if (one.charge, one.paid) == (-reversal.charge, -reversal.paid)]
        taken = taken or ([one for one in exact if order_of(one) < order_of(reversal)] or exact)[-1:]
    if not taken and (-reversal.charge, -reversal.paid) == tuple(
        sum(getattr(one, name) for one in earlier) for name in ("charge", "paid")
    ):
        taken = earlier
    if taken or not earlier:
        return [one for one in standing if not any(one is other for other in taken)]
    numbers = {line.number for line in reversal.lines}
    part = max(
        earlier,
        key=lambda one: (
            numbers <= {line.number for line in one.lines},
            one.paid >= -reversal.paid,
            any(one is other for other in same),
        ),
    )
    pool = Pool()
    pool.put(0, part)
    pool.take_back(1, reversal)
    return [new for one in standing for new in (pool.standing() if one is part else [one])]


@settings(max_examples=100)
@given(stories())
def test_reversals_take_back_what_they_would_one_by_one(story: list[PostedClaim]) -> None:
    standing, _ = standing_of(story)

    assert standing == _left_standing(story)


@settings(max_examples=100)
@given(stories(), st.sampled_from((50, 100, 200)), st.integers(0, 4))
def test_what_is_left_after_each_payment_is_what_they_settle_to(
    story: list[PostedClaim], charge: int, before: int
) -> None:
    tally = Tally(charge, story[:before])
    found, expected = [tally.left()], [settle(story[:before], charge)]
    for number, one in enumerate(story[before:], start=before + 1):
        standing, _ = standing_of([other for other in story[: number - 1] if other.decides])
        whole = (-sum(other.charge for other in standing), -sum(other.paid for other in standing))
        takes_all = (one.charge, one.paid) in {whole, *((-other.charge, -other.paid) for other in standing)}
        assert tally.add(one) == (one.reverses and bool(standing) and not takes_all)
        found.append(tally.left())
        expected.append(settle(story[:number], charge))

    assert found == [Left(one.state, one.number) for one in expected]


@pytest.mark.parametrize(("amount", "place", "number"), [(4_000, 9, "N9"), (40, 40, "N9"), (7, 9, "N9"), (7, 7, "")])
def test_a_part_is_taken_of_the_first_that_was_paid_enough_however_many_there_are(
    amount: int, place: int, number: str
) -> None:
    """Nobody was paid 4,000: the number tells then. It tells among those who were paid enough, too."""
    paid = [PostedClaim("2026-04-01", 1, at, "1", 100, at % 50, number=f"N{at}") for at in range(1, 201)]
    reversal = PostedClaim("2026-04-02", 2, 1, "22", -7, -amount, number=number)

    left, _ = standing_of([*paid, reversal])

    assert [one.position for one in left] == list(range(1, 201))
    assert [(one.position, one.charge, one.paid) for one in left if one.charge != 100] == [(place, 93, place - amount)]


@pytest.mark.parametrize("cents", [1, 2])
def test_an_adjustment_of_a_cent_that_another_takes_out_is_gone(cents: int) -> None:
    story = [
        PostedClaim("2026-04-01", 1, at, "1", 50, 0, (PostedAdjustment("PR", "1", sign * cents),))
        for at, sign in ((1, 1), (2, -1))
    ]
    tally = Tally(100, story[:1])
    before = tally.left()
    tally.add(story[1])

    assert [before, tally.left()] == [
        Left(one.state, one.number) for one in (settle(story[:1], 100), settle(story, 100))
    ]
    assert before.state != tally.left().state
