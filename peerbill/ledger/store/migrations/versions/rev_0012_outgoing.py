"""Files that go to a program instead of a folder are kept until it has taken them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, Integer, LargeBinary

from peerbill.model.errors import LedgerError

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "outgoing",
        Column("batch_id", Integer, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("content", LargeBinary, nullable=False),
        ForeignKeyConstraint(["batch_id", "number"], ["files.batch_id", "files.number"]),
    )


def downgrade() -> None:
    """Take the table away. Raises LedgerError where a file in it was not handed over yet."""
    if op.get_bind().execute(sa.text("SELECT count(*) FROM outgoing")).scalar():
        raise LedgerError("the ledger holds files that were not handed over yet: bill once, then go back")
    op.drop_table("outgoing")
