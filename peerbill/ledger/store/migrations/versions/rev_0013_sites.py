"""The site of a claim's services, and the site that bills for it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, String

from peerbill.model.errors import LedgerError

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

COLUMNS = (("claims", "site"), ("claims", "bills_as"), ("encounters", "site"))


def upgrade() -> None:
    """Add the columns: a claim that was sent before was the organisation's."""
    for table, name in COLUMNS:
        op.add_column(table, Column(name, String(), nullable=False, server_default=""))


def downgrade() -> None:
    """Take the columns away. Raises LedgerError where a claim has a site: its void must name who billed it."""
    said = sa.text("SELECT count(*) FROM claims WHERE site <> '' OR bills_as <> ''")
    if op.get_bind().execute(said).scalar():
        raise LedgerError("the ledger holds claims of sites, which an older peerbill cannot void")
    for table, name in COLUMNS:
        op.drop_column(table, name)
