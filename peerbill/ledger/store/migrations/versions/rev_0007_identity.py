"""Ids and control numbers that no other ledger gives: the tag of the ledger, and where its control numbers begin."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Integer, String

from peerbill.model.errors import LedgerError

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a ledger that has sent or recorded something keep its ids and numbers; a new one gets its tag when opened."""
    op.create_table(
        "identity",
        Column("tag", String(4), primary_key=True),
        Column("first_control_number", Integer, nullable=False),
        Column("settled", Integer, nullable=False),
    )
    used = sa.text("SELECT sum(value) FROM counters WHERE name IN ('batch', 'event')")
    if op.get_bind().execute(used).scalar():
        op.execute("INSERT INTO identity (tag, first_control_number, settled) VALUES ('', 1, 1)")


def downgrade() -> None:
    """Go back where no id carries a tag. Raises LedgerError for a ledger whose ids an older peerbill cannot go on."""
    tagged = sa.text(
        "SELECT count(*) FROM identity WHERE (tag <> '' OR first_control_number > 1) AND "
        "(SELECT sum(value) FROM counters WHERE name IN ('batch', 'event')) > 0"
    )
    if op.get_bind().execute(tagged).scalar():
        raise LedgerError("the ledger's ids carry its tag, which an older peerbill does not know: stay with this one")
    op.drop_table("identity")
