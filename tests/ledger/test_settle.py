"""What the payments of one claim leave together."""

from collections.abc import Sequence

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.ledger.settle import Cut, PostedClaim, PostedLine, Settled, SettledLine, settle

CHARGE = 10_000


def payment(
    paid: int, *cuts: Cut, day: str = "2026-04-01", status: str = "1", position: int = 1, transaction: int = 1
) -> PostedClaim:
    """Return a payment of a claim of one line."""
    sign = -1 if status == "22" else 1
    charge = CHARGE * sign
    line = PostedLine(1, charge, paid, tuple(attrs.evolve(cut, cents=cut.cents * sign) for cut in cuts))
    return PostedClaim(day, transaction, position, status, charge, paid, lines=(line,))


CONTRACT, REFUSED, SHARE = Cut("CO", "45", 2_000), Cut("CO", "119", 2_000), Cut("PR", "1", 2_000)


@pytest.mark.parametrize(
    ("one", "state"),
    [
        (payment(CHARGE), "paid"),
        (payment(8_000, CONTRACT), "paid"),
        (payment(8_000, SHARE), "paid"),
        (payment(8_000, Cut("OA", "23", 2_000)), "paid"),
        (payment(8_000, Cut("CO", "253", 2_000)), "paid"),
        (payment(1, REFUSED), "partly-paid"),
        (payment(8_000, CONTRACT, REFUSED), "partly-paid"),
        (payment(0, REFUSED), "denied"),
        (payment(0, Cut("PR", "96", CHARGE)), "paid"),
        (payment(0, Cut("OA", "23", CHARGE)), "paid"),
        (payment(0, CONTRACT), "paid"),
        (payment(0, status="4"), "denied"),
        (payment(12_000, Cut("CO", "119", -2_000)), "paid"),
        (payment(-8_000, CONTRACT, status="22"), "reversed"),
    ],
)
def test_one_payment(one: PostedClaim, state: str) -> None:
    settled = settle([one], CHARGE)

    assert (settled.state, settled.lines[1].state) == (state, state)


def test_no_payment_settles_nothing() -> None:
    assert settle([], CHARGE) == Settled("")


def test_lines_make_the_claim() -> None:
    def claim(*lines: PostedLine) -> str:
        paid, charge = sum(line.paid for line in lines), sum(line.charge for line in lines)
        return settle([PostedClaim("", 1, 1, "1", charge, paid, lines=lines)], CHARGE).state

    paid, refused = PostedLine(1, 5_000, 5_000), PostedLine(2, 5_000, 0, (Cut("CO", "16", 5_000),))
    assert claim(paid, attrs.evolve(paid, number=2)) == "paid"
    assert claim(paid, refused) == "partly-paid"
    assert claim(refused, attrs.evolve(refused, number=1)) == "denied"
    assert claim(paid) == "partly-paid"  # the other line waits for its answer
    assert claim(refused) == "denied"


def test_what_the_claim_itself_is_refused_counts() -> None:
    def claim(paid: int) -> str:
        return settle([PostedClaim("", 1, 1, "1", CHARGE, paid, (Cut("CO", "29", CHARGE - paid),))], CHARGE).state

    assert (claim(0), claim(1)) == ("denied", "partly-paid")


def test_a_later_answer_takes_the_place_of_one_that_paid_nothing() -> None:
    first, later = payment(0, REFUSED), payment(8_000, CONTRACT, day="2026-05-01", transaction=2)

    for order in ([first, later], [later, first]):
        assert settle(order, CHARGE) == Settled("paid", lines={1: SettledLine("paid", 8_000, (CONTRACT,))})


def test_what_the_payer_decides_again_counts_only_beyond_what_was_billed() -> None:
    half = CHARGE // 2
    paid = PostedClaim("", 1, 1, "1", half, half, lines=(PostedLine(1, half, half),))
    refused = PostedClaim("", 1, 2, "1", half, 0, lines=(PostedLine(1, half, 0, (Cut("CO", "119", half),)),))
    last = PostedClaim("", 2, 1, "1", half, 0, lines=(PostedLine(1, half, 0, (Cut("CO", "18", half),)),))

    # Both halves of a line that the payer divided count.
    assert settle([paid, refused], CHARGE).lines[1].cuts == (Cut("CO", "119", half),)
    assert settle([paid, refused], CHARGE).state == "partly-paid"
    # Beyond what was billed, a payment counts before a denial, and of denials the last.
    assert settle([paid, refused], half) == Settled("paid", lines={1: SettledLine("paid", half)})
    assert settle([refused, last], half).lines[1].cuts == (Cut("CO", "18", half),)


def test_lines_wait_where_less_than_was_billed_was_answered() -> None:
    first = PostedClaim("", 1, 1, "1", CHARGE - 1, CHARGE - 1, lines=(PostedLine(1, CHARGE - 1, CHARGE - 1),))

    assert (settle([first], CHARGE).whole, settle([first], CHARGE - 1).whole) == (False, True)


def test_a_reversal_takes_back_the_payment_before_it_and_leaves_the_one_after_it() -> None:
    first = payment(8_000, CONTRACT)
    back = payment(-8_000, CONTRACT, day="2026-05-01", status="22", transaction=2)
    corrected = payment(CHARGE, day="2026-05-01", transaction=2, position=2)

    assert settle([first, back], CHARGE).state == "reversed"
    assert settle([first, back, corrected], CHARGE) == Settled("paid", lines={1: SettledLine("paid", CHARGE)})
    # The payment that it takes back was never posted here.
    assert settle([back, corrected], CHARGE).state == "paid"
    assert settle([back, attrs.evolve(corrected, position=0)], CHARGE).state == "reversed"


_PAYMENTS = st.sampled_from([(0, (REFUSED,)), (8_000, (CONTRACT,)), (5_000, (REFUSED,)), (CHARGE, ())])


@st.composite
def stories(draw: st.DrawFn) -> list[PostedClaim]:
    """Return payments of which each but the last was taken back, a remittance a day."""
    story: list[PostedClaim] = []
    for day, (paid, cuts) in enumerate(draw(st.lists(_PAYMENTS, min_size=1, max_size=4)), start=1):
        position = 1
        if story:
            last = story[-1]
            taken = [attrs.evolve(cut, cents=cut.cents) for cut in last.lines[0].cuts]
            story.append(payment(-last.paid, *taken, day=f"2026-04-{day:02}", status="22", transaction=day))
            position = 2
        story.append(payment(paid, *cuts, day=f"2026-04-{day:02}", transaction=day, position=position))
    return story


@given(stories(), st.randoms())
def test_corrected_again_and_again_the_last_payment_counts_in_whatever_order_they_came(
    story: Sequence[PostedClaim], random: object
) -> None:
    mixed = list(story)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis calls its random numbers so

    settled = settle(mixed, CHARGE)

    assert settled == settle([story[-1]], CHARGE)
    assert settled.lines[1].paid == story[-1].paid
