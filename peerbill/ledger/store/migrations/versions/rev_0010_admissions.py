"""What an institutional claim said of the admission or visit: its priority, and where the person came from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, String

from peerbill.model.errors import LedgerError

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS = ("admission_type", "point_of_origin")


def upgrade() -> None:
    """Add the columns: a claim that was sent before said neither."""
    for name in COLUMNS:
        op.add_column("claims", Column(name, String(1), nullable=False, server_default=""))


def downgrade() -> None:
    """Take the columns away. Raises LedgerError where a claim said either of them: its void must say it again."""
    said = sa.text("SELECT count(*) FROM claims WHERE admission_type <> '' OR point_of_origin <> ''")
    if op.get_bind().execute(said).scalar():
        raise LedgerError(
            "the ledger holds institutional claims with CL101 or CL102, which an older peerbill cannot void"
        )
    for name in COLUMNS:
        op.drop_column("claims", name)
