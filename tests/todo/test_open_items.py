"""What is open until somebody settles it."""

from decimal import Decimal

from work_lists import DAY, items

from peerbill.ledger.answers.open_items import OpenItem
from peerbill.todo.item import TodoItem


def test_balances_say_who_has_to_take_what() -> None:
    open_items = (
        OpenItem("B1-FB", "balance", DAY, Decimal("-20.00"), payer_id="EXAMPLE01", payer_name="TEST PLAN", code="FB"),
        OpenItem("B2-WO", "balance", DAY, Decimal("5.00"), payer_id="X", payer_name="OTHER", code="WO"),
    )
    assert items("balance", items=open_items) == (
        TodoItem(
            kind="balance",
            what="plan has $20.00 to take back from coming payments (PLB FB balance carried to a later remittance)",
            do="Expect it in the next remittances, or ask the payer how it is to be returned. "
            "Where it was settled otherwise, settle it with `peerbill settle DIR B1-FB --reason …`.",
            payer="plan",
            parts=(("B1-FB", Decimal("20.00")),),
            item="B1-FB",
        ),
        TodoItem(
            kind="balance",
            what="OTHER took back $5.00 more than it had announced (PLB WO overpayment taken back)",
            do="Find the takebacks behind it in the remittances; ask the payer about the rest, then "
            "settle it with `peerbill settle DIR B2-WO --reason …`.",
            payer="OTHER",
            parts=(("B2-WO", Decimal("5.00")),),
            item="B2-WO",
        ),
    )
