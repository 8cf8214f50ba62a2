from decimal import Decimal

import attrs
import pytest

from peerbill.ledger.answers.payments import content_of
from peerbill.model.claim import Adjustment
from peerbill.model.payer_answers import ClaimPayment, LinePayment

LINE = LinePayment("H0038", ("HQ",), Decimal(48), Decimal("38.4"), Decimal(4), line_id="PB1-1", remarks=("N290",))
PAYMENT = ClaimPayment("PB1", "1", Decimal(48), Decimal("38.4"), 1, payer_control_number="7", lines=(LINE,))


def with_quantity(text: str) -> ClaimPayment:
    adjustment = Adjustment("CO", "45", Decimal("9.6"), Decimal(text))
    return attrs.evolve(PAYMENT, lines=(attrs.evolve(LINE, adjustments=(adjustment,)),))


def test_payments_that_say_the_same_share_it() -> None:
    line = attrs.evolve(LINE, line_id="PB2-1", charge=Decimal("48.00"))
    other = attrs.evolve(PAYMENT, claim_id="PB2", position=2, payer_control_number="8", lines=(line,))

    assert content_of(other) is content_of(PAYMENT)


@pytest.mark.parametrize(
    "other",
    [
        attrs.evolve(PAYMENT, status="19"),
        attrs.evolve(PAYMENT, charge=Decimal(49)),
        attrs.evolve(PAYMENT, paid=Decimal(38)),
        attrs.evolve(PAYMENT, patient=Decimal(0)),
        attrs.evolve(PAYMENT, interest=Decimal(0)),
        attrs.evolve(PAYMENT, crossover=True),
        attrs.evolve(PAYMENT, remarks=("N290",)),
        attrs.evolve(PAYMENT, adjustments=(Adjustment("CO", "45", Decimal("9.6")),)),
        attrs.evolve(PAYMENT, lines=()),
        *(
            attrs.evolve(PAYMENT, lines=(attrs.evolve(LINE, **values),))
            for values in (
                {"charge": Decimal(49)},
                {"paid": Decimal(38)},
                {"allowed": Decimal(0)},
                {"remarks": ()},
                {"adjustments": (Adjustment("CO", "45", Decimal("9.6")),)},
            )
        ),
    ],
)
def test_payments_that_say_something_else_share_nothing(other: ClaimPayment) -> None:
    contents = [attrs.astuple(content_of(payment), recurse=False) for payment in (PAYMENT, other, PAYMENT)]

    assert contents[0] == contents[2] != contents[1]


def test_equal_values_are_shown_and_kept_as_they_are_written() -> None:
    quantities = [content_of(with_quantity(text)).lines[0].adjustments[0].quantity for text in ("1", "1.0", "1")]
    amounts = [content_of(attrs.evolve(PAYMENT, paid=Decimal(text))).amounts for text in ("0", "-0", "0")]

    assert quantities == ["1", "1.0", "1"]
    assert amounts == ["$0.00 of $48.00", "$0.00 of $48.00", "$0.00 of $48.00"]
