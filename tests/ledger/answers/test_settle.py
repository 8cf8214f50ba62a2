"""What the payments of one claim leave together."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.ledger.answers.decisions import PostedAdjustment, PostedClaim, PostedLine
from peerbill.ledger.answers.settle import Adjudication, Settled, SettledLine, settle
from peerbill.model.claim_state import ClaimState

CHARGE = 10_000


def payment(
    paid: int,
    *adjustments: PostedAdjustment,
    day: str = "2026-04-01",
    status: str = "1",
    position: int = 1,
    transaction: int = 1,
) -> PostedClaim:
    """Return a payment of a claim of one line."""
    sign = -1 if status == "22" else 1
    charge = CHARGE * sign
    line = PostedLine(
        1, charge, paid, tuple(adjustment._replace(cents=adjustment.cents * sign) for adjustment in adjustments)
    )
    return PostedClaim(day, transaction, position, status, charge, paid, lines=(line,))


CONTRACT, REFUSED, SHARE = (
    PostedAdjustment("CO", "45", 2_000),
    PostedAdjustment("CO", "119", 2_000),
    PostedAdjustment("PR", "1", 2_000),
)


@pytest.mark.parametrize(
    ("one", "state"),
    [
        (payment(CHARGE), "paid"),
        (payment(8_000, CONTRACT), "paid"),
        (payment(8_000, SHARE), "paid"),
        (payment(8_000, PostedAdjustment("OA", "23", 2_000)), "paid"),
        (payment(8_000, PostedAdjustment("CO", "253", 2_000)), "paid"),
        (payment(1, REFUSED), "partly-paid"),
        (payment(8_000, CONTRACT, REFUSED), "partly-paid"),
        (payment(0, REFUSED), "denied"),
        (payment(8_000, PostedAdjustment("PI", "45", 2_000)), "paid"),
        (payment(8_000, PostedAdjustment("CO", "3", 2_000)), "paid"),
        (payment(8_000, PostedAdjustment("PR", "45", 2_000)), "paid"),
        (payment(8_000, PostedAdjustment("PR", "96", 2_000)), "paid"),
        (payment(8_000, PostedAdjustment("PR", "9999", 2_000)), "paid"),
        (payment(8_000, PostedAdjustment("CO", "9999", 2_000)), "partly-paid"),
        *(
            (payment(0, PostedAdjustment("PR", reason, CHARGE)), "denied")
            for reason in ("27", "31", "45", "96", "204", "9999")
        ),
        *((payment(0, PostedAdjustment("PR", reason, CHARGE)), "paid") for reason in ("1", "2", "3", "142")),
        (payment(0, PostedAdjustment("PR", "1", 9_999), PostedAdjustment("PR", "96", 1)), "denied"),
        (payment(0, PostedAdjustment("OA", "23", CHARGE)), "paid"),
        (payment(0, PostedAdjustment("OA", "23", 1), PostedAdjustment("CO", "45", CHARGE - 1)), "paid"),
        (payment(0, PostedAdjustment("CO", "45", CHARGE - 1), PostedAdjustment("PR", "3", 1)), "paid"),
        # A contract that leaves nothing deserves a look.
        *((payment(0, PostedAdjustment(group, "45", CHARGE)), "denied") for group in ("CO", "PI", "PR")),
        (payment(0, PostedAdjustment("CO", "253", CHARGE)), "denied"),
        (payment(0, status="4"), "denied"),
        (payment(12_000, PostedAdjustment("CO", "119", -2_000)), "paid"),
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

    paid, refused = PostedLine(1, 5_000, 5_000), PostedLine(2, 5_000, 0, (PostedAdjustment("CO", "16", 5_000),))
    assert claim(paid, paid._replace(number=2)) == "paid"
    assert claim(paid, refused) == "partly-paid"
    assert claim(refused, refused._replace(number=1)) == "denied"
    assert claim(paid) == "partly-paid"  # the other line waits for its answer
    assert claim(refused) == "denied"


def test_what_the_claim_itself_is_refused_counts() -> None:
    def claim(paid: int) -> str:
        return settle(
            [PostedClaim("", 1, 1, "1", CHARGE, paid, (PostedAdjustment("CO", "29", CHARGE - paid),))], CHARGE
        ).state

    assert (claim(0), claim(1)) == ("denied", "partly-paid")


def test_a_later_answer_takes_the_place_of_one_that_paid_nothing() -> None:
    first, later = payment(0, REFUSED), payment(8_000, CONTRACT, day="2026-05-01", transaction=2)

    for order in ([first, later], [later, first]):
        assert settle(order, CHARGE) == Settled(
            ClaimState.PAID, lines={1: SettledLine(ClaimState.PAID, 8_000, (CONTRACT,))}
        )


def test_what_the_payer_decides_again_counts_only_beyond_what_was_billed() -> None:
    half = CHARGE // 2
    paid = PostedClaim("", 1, 1, "1", half, half, lines=(PostedLine(1, half, half),))
    refused = PostedClaim(
        "", 1, 2, "1", half, 0, lines=(PostedLine(1, half, 0, (PostedAdjustment("CO", "119", half),)),)
    )
    last = PostedClaim("", 2, 1, "1", half, 0, lines=(PostedLine(1, half, 0, (PostedAdjustment("CO", "18", half),)),))

    # Both halves of a line that the payer divided count.
    assert settle([paid, refused], CHARGE).lines[1].adjustments == (PostedAdjustment("CO", "119", half),)
    assert settle([paid, refused], CHARGE).state == "partly-paid"
    # Beyond what was billed, a payment counts before a denial, and of denials the last.
    assert settle([paid, refused], half) == Settled(ClaimState.PAID, lines={1: SettledLine(ClaimState.PAID, half)})
    assert settle([refused, last], half).lines[1].adjustments == (PostedAdjustment("CO", "18", half),)


def test_lines_wait_where_less_than_was_billed_was_answered() -> None:
    first = PostedClaim("", 1, 1, "1", CHARGE - 1, CHARGE - 1, lines=(PostedLine(1, CHARGE - 1, CHARGE - 1),))

    assert (settle([first], CHARGE).whole, settle([first], CHARGE - 1).whole) == (False, True)


def test_a_reversal_takes_back_the_payment_before_it_and_leaves_the_one_after_it() -> None:
    first = payment(8_000, CONTRACT)
    back = payment(-8_000, CONTRACT, day="2026-05-01", status="22", transaction=2)
    corrected = payment(CHARGE, day="2026-05-01", transaction=2, position=2)

    assert settle([first, back], CHARGE).state == "reversed"
    assert settle([first, back, corrected], CHARGE) == Settled(
        ClaimState.PAID, lines={1: SettledLine(ClaimState.PAID, CHARGE)}
    )
    # The payment that it takes back was never posted here.
    assert settle([back, corrected], CHARGE).state == "paid"
    # Less was taken back than was paid: what is left is money.
    assert settle([back, corrected._replace(position=0)], CHARGE).state == "partly-paid"


@pytest.mark.parametrize(("names_lines", "back_names_lines"), [(True, False), (False, True), (False, False)])
def test_a_reversal_takes_a_line_back_where_it_or_the_payment_names_the_claim_alone(
    names_lines: bool, back_names_lines: bool
) -> None:
    first = payment(8_000, CONTRACT) if names_lines else claim(CHARGE, 8_000, CONTRACT)
    back = payment(-8_000, CONTRACT, day="2026-05-01", status="22", transaction=2)
    if not back_names_lines:
        back = claim(-CHARGE, -8_000, CONTRACT._replace(cents=-2_000), day="2026-05-01", at=(2, 1))
    corrected = payment(5_000, PostedAdjustment("CO", "45", 5_000), day="2026-05-01", transaction=2, position=2)
    in_full = claim(CHARGE, CHARGE, day="2026-05-01", at=(2, 2))

    of_line = [line.paid for line in settle([first, back], CHARGE).lines.values()]
    assert of_line == [0] * (names_lines or back_names_lines)
    assert settle([first, back, corrected], CHARGE).lines == {
        1: SettledLine(ClaimState.PAID, 5_000, (PostedAdjustment("CO", "45", 5_000),))
    }
    assert settle([first, back, in_full], CHARGE).state == "paid"


_PAYMENTS = st.sampled_from([(0, (REFUSED,)), (8_000, (CONTRACT,)), (5_000, (REFUSED,)), (CHARGE, ())])


@st.composite
def stories(draw: st.DrawFn) -> list[PostedClaim]:
    """Return payments of which each but the last was taken back, a remittance a day."""
    story: list[PostedClaim] = []
    for day, (paid, adjustments) in enumerate(draw(st.lists(_PAYMENTS, min_size=1, max_size=4)), start=1):
        position = 1
        if story:
            last = story[-1]
            taken = [adjustment._replace(cents=adjustment.cents) for adjustment in last.lines[0].adjustments]
            story.append(payment(-last.paid, *taken, day=f"2026-04-{day:02}", status="22", transaction=day))
            position = 2
        story.append(payment(paid, *adjustments, day=f"2026-04-{day:02}", transaction=day, position=position))
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


def lines_paid(*amounts: int, number: str = "", position: int = 1, status: str = "1", first: int = 1) -> PostedClaim:
    """Return a payment of lines of half the charge each; a negative amount takes a line back."""
    half = CHARGE // 2
    lines = tuple(
        PostedLine(at, half if amount >= 0 else -half, amount) for at, amount in enumerate(amounts, start=first)
    )
    charge = sum(line.charge for line in lines)
    return PostedClaim(
        f"2026-04-{position:02}", position, position, status, charge, sum(amounts), lines=lines, number=number
    )


HALF = CHARGE // 2


def test_a_line_that_is_taken_back_leaves_the_others_paid() -> None:
    settled = settle([lines_paid(HALF, HALF), lines_paid(-HALF, first=2, status="22", position=2)], CHARGE)

    assert settled.state == "partly-paid"
    assert {number: (line.state, line.paid) for number, line in settled.lines.items()} == {
        1: ("paid", HALF),
        2: ("reversed", 0),
    }


def test_a_claim_of_which_a_part_is_taken_back_as_a_whole_keeps_the_money_that_is_left() -> None:
    first = PostedClaim("1", 1, 1, "1", CHARGE, CHARGE)
    back = PostedClaim("2", 2, 1, "22", -HALF, -HALF)

    assert settle([first, back], CHARGE).state == "partly-paid"
    assert settle([first, back._replace(charge=-CHARGE, paid=-CHARGE)], CHARGE).state == "reversed"
    # A reversal of the right charge that leaves a cent.
    assert settle([first, back._replace(charge=-CHARGE, paid=1 - CHARGE)], CHARGE).state == "partly-paid"


def test_a_correction_under_the_code_of_a_reversal_is_a_payment() -> None:
    first = payment(8_000, CONTRACT)
    back = payment(-8_000, CONTRACT, day="2026-05-01", status="22", transaction=2)
    corrected = payment(9_000, PostedAdjustment("CO", "45", 1_000), day="2026-05-01", transaction=2)
    corrected = corrected._replace(status="22", position=2)

    assert settle([first, back, corrected], CHARGE).state == "paid"
    assert settle([first, back], CHARGE).state == "reversed"


@pytest.mark.parametrize(
    ("status", "paid", "state"),
    [
        ("25", 0, ""),
        ("25", 8_000, ""),
        ("23", 0, ""),
        ("23", 8_000, "paid"),
        ("", 0, ""),
        ("", 8_000, "paid"),
        ("99", 0, ""),
        ("99", 8_000, "paid"),
        ("3", 8_000, "paid"),
        ("21", 8_000, "paid"),
    ],
)
def test_what_is_no_decision_settles_nothing_and_money_does(status: str, paid: int, state: str) -> None:
    adjustment = PostedAdjustment("CO", "45", CHARGE - paid)
    one = PostedClaim("1", 1, 1, status, CHARGE, paid, lines=(PostedLine(1, CHARGE, paid, (adjustment,)),))

    assert settle([one], CHARGE).state == state


def test_the_number_is_of_the_adjudication_that_holds_the_money() -> None:
    paid = payment(CHARGE)._replace(number="ICN1")
    duplicate = payment(0, PostedAdjustment("OA", "18", CHARGE), day="2026-05-01", status="4", transaction=2)
    duplicate = duplicate._replace(number="ICN2")
    back = payment(-CHARGE, day="2026-05-02", status="22", transaction=3)._replace(number="ICN3")
    again = payment(8_000, CONTRACT, day="2026-05-02", transaction=3, position=2)._replace(number="ICN4")
    denied = payment(0, PostedAdjustment("CO", "16", CHARGE))._replace(number="ICN0", paid_on="2026-03-01")

    assert settle([denied], CHARGE).number == "ICN0"
    assert settle([denied, duplicate], CHARGE).number == "ICN0"
    assert settle([denied, paid], CHARGE).number == "ICN1"
    assert settle([paid, duplicate], CHARGE) == Settled(
        ClaimState.PAID,
        lines={1: SettledLine(ClaimState.PAID, CHARGE)},
        adjudications=(Adjudication("ICN1", CHARGE, CHARGE, (1,)),),
        number="ICN1",
    )
    assert settle([paid, duplicate, back], CHARGE).number == "ICN1"
    assert settle([paid, duplicate, back, again], CHARGE).number == "ICN4"


def test_a_claim_that_the_payer_divided_has_an_adjudication_for_each_part() -> None:
    first, second = lines_paid(HALF, number="A"), lines_paid(HALF, first=2, number="B", position=2)

    assert settle([first, second], CHARGE).adjudications == (
        Adjudication("A", HALF, HALF, (1,)),
        Adjudication("B", HALF, HALF, (2,)),
    )
    back = lines_paid(-HALF, number="A", status="22", position=3)
    assert settle([first, second, back], CHARGE).adjudications == (Adjudication("B", HALF, HALF, (2,)),)


@st.composite
def odd_stories(draw: st.DrawFn) -> list[PostedClaim]:
    """Return payments, reversals and denials of lines, in shapes that no guide allows."""
    story: list[PostedClaim] = []
    for position in range(1, draw(st.integers(1, 6)) + 1):
        status = draw(st.sampled_from(["1", "2", "4", "19", "22", "22", "23", "25", "99", ""]))
        sign = draw(st.sampled_from([1, 1, -1]))
        amounts = draw(st.lists(st.sampled_from([0, 100, HALF]), min_size=1, max_size=2))
        adjustment = draw(st.sampled_from([("CO", "45"), ("CO", "16"), ("PR", "1"), ("PR", "96"), ("OA", "23")]))
        first = draw(st.integers(1, 2))
        lines = tuple(
            PostedLine(
                at,
                sign * HALF,
                sign * amount,
                (PostedAdjustment(*adjustment, sign * (HALF - amount)),) if amount < HALF else (),
            )
            for at, amount in enumerate(amounts, start=first)
        )
        whole = draw(st.booleans())
        story.append(
            PostedClaim(
                f"2026-04-{draw(st.integers(1, 3)):02}",
                position,
                1,
                status,
                sum(line.charge for line in lines),
                sum(line.paid for line in lines),
                tuple(adjustment for line in lines for adjustment in line.adjustments) if whole else (),
                lines=() if whole else lines,
                number=draw(st.sampled_from(["", "A", "B"])),
            )
        )
    return story


@given(odd_stories())
def test_the_state_follows_the_money_whatever_came(story: list[PostedClaim]) -> None:
    settled = settle(story, CHARGE)

    money = sum(one.paid for one in story if one.decides)
    assert (settled.state == "") == (not any(one.decides for one in story))
    if settled.state:
        assert (settled.state in {"paid", "partly-paid"}) == (money > 0) or (money == 0 and settled.state == "paid")
    for line in settled.lines.values():
        assert line.state in (
            {"paid", "partly-paid"} if line.paid > 0 else {"paid", "denied", "reversed", "partly-paid"}
        )


def claim(
    charge: int,
    paid: int,
    *adjustments: PostedAdjustment,
    day: str = "2026-04-01",
    at: tuple[int, int] = (1, 1),
    number: str = "",
    **more: Any,
) -> PostedClaim:
    """Return a payment of a claim as a whole, without lines; `at` is its remittance and its place there."""
    status = more.get("status", "22" if charge < 0 else "1")
    return PostedClaim(day, *at, status, charge, paid, adjustments, number=number)


def adjudications(*payments: PostedClaim) -> list[tuple[str, int, int]]:
    return [(one.number, one.charge, one.paid) for one in settle(payments, CHARGE).adjudications]


@pytest.mark.parametrize(
    ("charge", "paid", "status", "state"), [(0, 0, "1", "paid"), (0, 0, "22", "reversed"), (0, -1, "1", "reversed")]
)
def test_a_charge_of_nothing_takes_nothing_back_by_itself(charge: int, paid: int, status: str, state: str) -> None:
    assert settle([claim(charge, paid, status=status)], charge).state == state


def test_a_part_is_taken_of_the_first_payment_that_holds_as_much() -> None:
    first = claim(CHARGE, 5_000, number="N1")
    second = claim(CHARGE, 8_000, number="N2", day="2026-04-02", at=(2, 1))
    back = claim(-3_000, -5_000, day="2026-04-03", at=(3, 1))

    assert adjudications(first, second, back)[-1] == ("N2", CHARGE, 8_000)
    assert adjudications(first._replace(paid=4_999), second, back)[-1] == ("N2", 7_000, 3_000)
    assert adjudications(first._replace(paid=8_000), second, back)[-1] == ("N2", CHARGE, 8_000)


def test_remittances_of_one_day_have_no_order_among_them_and_claims_of_one_have() -> None:
    """The reversal is the third claim of the first remittance, and takes back less than was paid."""
    back = claim(-CHARGE, -5_000, at=(1, 3))
    left = {at: adjudications(claim(CHARGE, 6_000, at=at, number="N1"), back) for at in ((1, 2), (1, 4), (2, 9))}

    assert left == {(1, 2): [("N1", 0, 1_000)], (1, 4): [("N1", CHARGE, 6_000)], (2, 9): [("N1", 0, 1_000)]}


def test_of_two_payments_of_one_day_the_one_posted_before_is_taken_back() -> None:
    first, back = claim(CHARGE, 5_000, number="N1"), claim(-CHARGE, -5_000, at=(1, 2))
    second = claim(CHARGE, 5_000, number="N2", at=(2, 1))

    assert adjudications(first, back, second) == [("N2", CHARGE, 5_000)]


def test_the_parts_of_a_divided_claim_are_taken_back_together() -> None:
    half = CHARGE // 2
    parts = claim(half, 3_000, number="N1"), claim(half, 2_000, number="N2", at=(1, 2))
    back = claim(-CHARGE, -5_000, day="2026-04-02", at=(2, 1))
    corrected = claim(CHARGE, 6_000, CONTRACT, day="2026-04-02", at=(2, 2), number="N3")

    assert adjudications(*parts, back, corrected) == [("N3", CHARGE, 6_000)]
    assert settle([*parts, back, corrected], CHARGE).state == "paid"


def test_a_denial_without_lines_after_a_payment_without_lines_changes_nothing() -> None:
    paid = claim(CHARGE, 8_000, CONTRACT)
    duplicate = claim(CHARGE, 0, PostedAdjustment("CO", "18", CHARGE), day="2026-05-01", at=(2, 1), status="4")

    settled = settle([paid, duplicate], CHARGE)

    assert (settled.state, settled.adjustments) == ("paid", (CONTRACT,))
