"""Payments by payer and adjudication, and what an unmatched payment may be found by later."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Integer, String

from peerbill.model.errors import LedgerError

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ADDED = {
    "remittances": (("payee_id", String, ""), ("misdirected", Integer, "0")),
    "payments": (
        ("payer", String, ""),
        ("about", String(20), ""),
        ("subscriber_id", String, ""),
        ("first_day", String(10), ""),
        ("last_day", String(10), ""),
        ("corrected_id", String, ""),
        ("forwarded", Integer, "0"),
    ),
    "line_payments": (("line_id", String, ""), ("sent_hcpcs", String, ""), ("sent_modifiers", String, "")),
}
INDEXES = {"payments_by_payer_number": "payer_control_number", "payments_by_about": "about"}
FORWARDED = "('19', '20', '21', '23')"


def upgrade() -> None:
    """Take each payment for one of the payer of its claim, and let a claim have the number under which it is paid.

    What was not recorded before, such as the member id of a payment that matched nothing, stays blank.
    """
    for table, columns in ADDED.items():
        for name, kind, default in columns:
            op.add_column(table, Column(name, kind, nullable=False, server_default=default))
    for name, column in INDEXES.items():
        op.create_index(name, "payments", [column])
    op.execute(
        "UPDATE payments SET payer = (SELECT claims.payer FROM claims WHERE claims.claim_id = payments.claim_id) "
        "WHERE claim_id <> ''"
    )
    op.execute(f"UPDATE payments SET forwarded = 1 WHERE status IN {FORWARDED}")  # noqa: S608 - a text of this file
    _number_by_money()


def _number_by_money() -> None:
    """Give a claim that is paid the last payer number under which more was paid than taken back."""
    connection = op.get_bind()
    sums = sa.text(
        "SELECT claim_id, payer_control_number, sum(paid_cents), max(payment_id) FROM payments "
        "WHERE claim_id <> '' AND payer_control_number <> '' GROUP BY claim_id, payer_control_number"
    )
    paid: dict[str, tuple[int, str]] = {}
    for claim_id, number, amount, last in connection.execute(sums):
        if amount > 0 and (claim_id not in paid or last > paid[claim_id][0]):
            paid[claim_id] = (last, number)
    change = sa.text("UPDATE claims SET payer_control_number = :number WHERE claim_id = :id")
    for claim_id, (_, number) in sorted(paid.items()):
        connection.execute(change, {"number": number, "id": claim_id})


def downgrade() -> None:
    """Go back where nothing is lost by it.

    Raises LedgerError where a payment tells of a claim without counting on it: the tables before would lose the tie.
    """
    told = sa.text("SELECT count(*) FROM payments WHERE about <> '' OR (claim_id = '' AND subscriber_id <> '')")
    if op.get_bind().execute(told).scalar():
        raise LedgerError("the ledger holds payments by payer, which an older peerbill cannot keep: stay with this one")
    for name in INDEXES:
        op.drop_index(name, "payments")
    for table, columns in ADDED.items():
        for name, _, _ in columns:
            op.drop_column(table, name)
