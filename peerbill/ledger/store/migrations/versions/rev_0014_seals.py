"""Seals of all rows, and the account that made an entry of the trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, String

from peerbill.model.errors import LedgerError

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and the table: it is filled when the ledger is opened to be written."""
    op.add_column("events", Column("account", String(), nullable=False, server_default=""))
    op.create_table(
        "seals",
        Column("name", String(40), primary_key=True),
        Column("number", BigInteger, nullable=False),
        Column("digest", String(256), nullable=False),
    )


def downgrade() -> None:
    """Take both away. Raises LedgerError where the trail has seals: an older peerbill would break them."""
    kept = sa.text("SELECT count(*) FROM events WHERE event = 'sealed' OR account <> ''")
    if op.get_bind().execute(kept).scalar():
        raise LedgerError("the ledger is sealed, which an older peerbill does not keep: stay with this one")
    op.drop_table("seals")
    op.drop_column("events", "account")
