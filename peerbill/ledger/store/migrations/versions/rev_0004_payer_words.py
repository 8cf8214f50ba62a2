"""What payers say in their own words, and answers that fitted nothing of ours."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, ForeignKey, Integer, String

from peerbill.model.errors import LedgerError

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables. What was not kept before cannot be filled in."""
    op.create_table(
        "unmatched_answers",
        Column("answer_id", Integer, ForeignKey("answers.answer_id"), primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("kind", String(5), nullable=False),
        Column("claim_id", String, nullable=False),
        Column("rejects", Integer, nullable=False),
        Column("why", String, nullable=False),
        Column("fix", String, nullable=False),
    )
    op.create_table(
        "payer_words",
        Column("claim_id", String(20), ForeignKey("claims.claim_id"), primary_key=True),
        Column("transaction_id", Integer, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("words", String, nullable=False),
    )


def downgrade() -> None:
    """Take both tables away. Raises LedgerError where something stands in them."""
    told = sa.text("SELECT (SELECT count(*) FROM payer_words) + (SELECT count(*) FROM unmatched_answers)")
    if op.get_bind().execute(told).scalar():
        raise LedgerError("the ledger holds answers that an older peerbill cannot keep: stay with this one")
    op.drop_table("payer_words")
    op.drop_table("unmatched_answers")
