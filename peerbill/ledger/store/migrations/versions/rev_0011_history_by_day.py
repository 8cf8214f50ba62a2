"""What a member received and what staff gave is found by its days, however much of it there is."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INDEXES = (("encounters_by_member", "member_id"), ("encounters_by_staff", "staff_id"))


def upgrade() -> None:
    """Add the time of the service to two indexes, and one of what went on to later payers; no row changes."""
    for name, column in INDEXES:
        op.drop_index(name, "encounters")
        op.create_index(name, "encounters", [column, "start_at"])
    later = sa.text("turn > 1")
    op.create_index("later_encounters", "encounters", ["member_id"], sqlite_where=later, postgresql_where=later)


def downgrade() -> None:
    """Go back to the indexes of before."""
    op.drop_index("later_encounters", "encounters")
    for name, column in INDEXES:
        op.drop_index(name, "encounters")
        op.create_index(name, "encounters", [column])
