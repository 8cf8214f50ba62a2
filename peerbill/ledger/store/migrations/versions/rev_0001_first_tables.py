"""The ledger as it was first made. A migration is never edited: it says what the tables were on its day."""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, ForeignKeyConstraint, Integer, String, UniqueConstraint, text

from peerbill.model.errors import LedgerError

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    counters = op.create_table(
        "counters",
        Column("name", String, primary_key=True),
        Column("value", BigInteger, nullable=False),
    )
    op.bulk_insert(counters, [{"name": "batch", "value": 0}, {"name": "claim", "value": 0}])
    op.create_table(
        "batches",
        Column("batch_id", Integer, primary_key=True, autoincrement=False),
        Column("state", String(9), nullable=False),
        Column("as_of", String(10), nullable=False),
        Column("folder", String, nullable=False),
    )
    op.create_table(
        "files",
        Column("batch_id", Integer, ForeignKey("batches.batch_id"), primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("state", String(9), nullable=False),
        Column("name", String, nullable=False),
        Column("temporary", String, nullable=False),
        Column("payer", String, nullable=False),
        Column("sender", String, nullable=False),
        Column("receiver", String, nullable=False),
        Column("isa13", Integer, nullable=False),
        Column("claims", Integer, nullable=False),
        Column("lines", Integer, nullable=False),
        Column("encounters", Integer, nullable=False),
        Column("total_cents", BigInteger, nullable=False),
        Column("sha256", String(64), nullable=False),
        UniqueConstraint("sender", "receiver", "isa13"),
    )
    op.create_table(
        "claims",
        Column("claim_id", String(20), primary_key=True),
        Column("batch_id", Integer, nullable=False),
        Column("file_number", Integer, nullable=False),
        Column("payer", String, nullable=False),
        Column("member_id", String, nullable=False),
        Column("subscriber_id", String, nullable=False),
        Column("subscriber_rank", Integer, nullable=False),
        Column("rendering_id", String, nullable=False),
        Column("supervising_id", String, nullable=False),
        Column("place", String, nullable=False),
        Column("diagnoses", String, nullable=False),
        Column("authorization_number", String, nullable=False),
        Column("frequency", String(1), nullable=False),
        Column("charge_cents", BigInteger, nullable=False),
        ForeignKeyConstraint(["batch_id", "file_number"], ["files.batch_id", "files.number"]),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lines",
        Column("claim_id", String(20), ForeignKey("claims.claim_id"), primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("service_date", String(10), nullable=False),
        Column("hcpcs", String, nullable=False),
        Column("modifiers", String, nullable=False),
        Column("units", Integer, nullable=False),
        Column("charge_cents", BigInteger, nullable=False),
        Column("pointers", String, nullable=False),
        Column("line_key", String, nullable=False, unique=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "encounters",
        Column("encounter_id", String, primary_key=True),
        Column("fingerprint", String(64), nullable=False),
        Column("payer", String, nullable=False),
        Column("programme", String, nullable=False),
        Column("member_id", String, nullable=False),
        Column("staff_id", String, nullable=False),
        Column("rendering_id", String, nullable=False),
        Column("service", String, nullable=False),
        Column("start_at", String(26), nullable=False),
        Column("end_at", String(26), nullable=False),
        Column("place", String, nullable=False),
        Column("hcpcs", String, nullable=False),
        Column("modifiers", String, nullable=False),
        Column("minutes", Integer, nullable=False),
        Column("units", Integer, nullable=False),
        Column("unit_minutes", Integer),
        Column("charge_cents", BigInteger, nullable=False),
        Column("authorization_number", String, nullable=False),
        Column("claim_id", String(20), nullable=False),
        Column("line_number", Integer, nullable=False),
        ForeignKeyConstraint(["claim_id", "line_number"], ["lines.claim_id", "lines.number"]),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop the tables of a ledger in which nothing was sent.

    Raises LedgerError for any other: a ledger that forgets what was sent would bill it again.
    """
    if op.get_bind().execute(text("SELECT count(*) FROM files")).scalar():
        raise LedgerError("the ledger holds what was sent, and has no way back: restore a backup instead")
    for table in ("encounters", "lines", "claims", "files", "batches", "counters"):
        op.drop_table(table)
