"""Where the service of a claim was given, why it is late, and what goes to the payer beside it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, String

from peerbill.model.errors import LedgerError

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COLUMNS = (("facility", String()), ("delay_reason", String(2)), ("attachment", String()))


def upgrade() -> None:
    """Add the columns: a claim that was sent before said none of it."""
    for name, kind in COLUMNS:
        op.add_column("claims", Column(name, kind, nullable=False, server_default=""))


def downgrade() -> None:
    """Take the columns away. Raises LedgerError where a claim said any of it: its void must say it again."""
    said = sa.text("SELECT count(*) FROM claims WHERE facility <> '' OR delay_reason <> '' OR attachment <> ''")
    if op.get_bind().execute(said).scalar():
        raise LedgerError(
            "the ledger holds claims with a facility or a delay reason, which an older peerbill cannot void"
        )
    for name, _ in COLUMNS:
        op.drop_column("claims", name)
