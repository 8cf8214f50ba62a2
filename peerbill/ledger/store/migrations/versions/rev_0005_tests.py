"""Test files: in which mode each file was sent, and what each claim said, as a digest."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, String

from peerbill.model.errors import LedgerError

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take every file that is there for one of production: whether it was a test was not recorded.

    What a test used up before stays billed, since to bill a claim twice is worse: `peerbill withdraw` frees it.
    """
    op.add_column("files", Column("mode", String(10), nullable=False, server_default="production"))
    op.add_column("claims", Column("content", String(64), nullable=False, server_default=""))


def downgrade() -> None:
    """Go back where no test was sent and nothing withdrawn: the tables before would count a test as billed."""
    told = sa.text(
        "SELECT (SELECT count(*) FROM files WHERE mode <> 'production') + "
        "(SELECT count(*) FROM claims WHERE state = 'withdrawn')"
    )
    if op.get_bind().execute(told).scalar():
        raise LedgerError(
            "the ledger holds test files or withdrawn claims, which an older peerbill cannot keep: stay with this one"
        )
    op.drop_column("claims", "content")
    op.drop_column("files", "mode")
