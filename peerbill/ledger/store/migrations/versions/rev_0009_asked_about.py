"""Whom a question about enrolment is about, so that an answer without its trace number finds it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, String

from peerbill.model.errors import LedgerError

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the subscriber id. That of earlier questions was not kept: an answer finds them by their trace number."""
    op.add_column("eligibility", Column("subscriber_id", String, nullable=False, server_default=""))


def downgrade() -> None:
    """Take it away. Raises LedgerError where a question has one."""
    if op.get_bind().execute(sa.text("SELECT count(*) FROM eligibility WHERE subscriber_id <> ''")).scalar():
        raise LedgerError("the ledger holds questions that an older peerbill cannot keep: stay with this one")
    op.drop_column("eligibility", "subscriber_id")
