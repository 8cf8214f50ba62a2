"""What stays open until somebody settles it: refused remittances, accepted differences, and settlements."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, String

from peerbill.model.errors import LedgerError

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEXES = (
    ("overpaid_claims", "claims", "claim_id", "paid_cents > charge_cents"),
    ("corrected_payments", "payments", "payment_id", "corrected_id <> ''"),
)


def upgrade() -> None:
    """Add the tables. What was refused before was not recorded, and is not filled in."""
    op.create_table(
        "settlements",
        Column("item", String(40), primary_key=True),
        Column("amount_cents", BigInteger, nullable=False),
        Column("at", String(32), nullable=False),
        Column("who", String, nullable=False),
        Column("reason", String, nullable=False),
    )
    op.create_table(
        "refusals",
        Column("refusal_id", Integer, primary_key=True, autoincrement=False),
        Column("digest", String(64), nullable=False, unique=True),
        Column("at", String(32), nullable=False),
        Column("who", String, nullable=False),
        Column("file", String, nullable=False),
        Column("amount_cents", BigInteger, nullable=False),
        Column("paid_on", String(10), nullable=False),
        Column("trace", String, nullable=False),
        Column("originator", String, nullable=False),
        Column("payer_name", String, nullable=False),
        Column("payer_id", String, nullable=False),
        Column("why", String, nullable=False),
        Column("closed", String, nullable=False),
    )
    op.add_column("remittances", Column("difference_cents", BigInteger, nullable=False, server_default="0"))
    op.add_column("remittances", Column("unbalanced", String, nullable=False, server_default=""))
    for name, table, column, where in INDEXES:
        op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """Go back where nothing is lost by it. Raises LedgerError where something was refused, accepted or settled."""
    told = sa.text(
        "SELECT (SELECT count(*) FROM settlements) + (SELECT count(*) FROM refusals) + "
        "(SELECT count(*) FROM remittances WHERE unbalanced <> '')"
    )
    if op.get_bind().execute(told).scalar():
        raise LedgerError("the ledger holds items that an older peerbill cannot keep: stay with this one")
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table)
    op.drop_column("remittances", "unbalanced")
    op.drop_column("remittances", "difference_cents")
    op.drop_table("refusals")
    op.drop_table("settlements")
