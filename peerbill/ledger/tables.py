"""The tables of the ledger, as they stand after the last migration.

Days and times are ISO text: they are local civil time as recorded, sort as text, and come back the same from every
database. Money is whole cents, and several modifiers stand in one cell, in their order on the claim, joined by `:`.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

HEAD = "0001"
"""The revision that these tables belong to: the last file of `migrations/versions`."""

metadata = MetaData()

counters = Table(
    "counters",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""The last number given to a batch and to a claim."""

batches = Table(
    "batches",
    metadata,
    Column("batch_id", Integer, primary_key=True, autoincrement=False),
    Column("state", String(9), nullable=False),
    Column("as_of", String(10), nullable=False),
    Column("folder", String, nullable=False),
)
"""One row for each run that sent something: pending, confirmed, or undone. An undone batch stays as a record."""

files = Table(
    "files",
    metadata,
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
"""One row for each file. It outlives its claims, so that no control number of a sender and receiver comes twice."""

claims = Table(
    "claims",
    metadata,
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
"""One row for each claim, with what a later void needs to send it as it was."""

lines = Table(
    "lines",
    metadata,
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
"""One row for each service line. `line_key` is what payers call a duplicate: payer, member, day, rendering provider,
place, code and sorted modifiers, as a JSON list."""

encounters = Table(
    "encounters",
    metadata,
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
"""One row for each encounter that was billed: the primary key makes a second billing impossible."""
