"""What became of claims: their states, an audit trail, payers' answers, corrections, eligibility, overpayments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, ForeignKeyConstraint, Integer, String, UniqueConstraint

from peerbill.ledger.store.trail import GENESIS, entry_hash
from peerbill.model.errors import LedgerError

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _text(name: str, length: int | None = None, default: str | None = None) -> Column[str]:
    return Column(name, String(length), nullable=False, server_default=default)


def _number(name: str, default: str | None = None) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=default)


CLAIM_COLUMNS = (
    # Which transaction set holds a claim was not recorded before.
    ("set_number", Integer, "0"),
    ("state", String(20), "written"),
    ("changed_at", String(32), ""),
    ("paid_cents", BigInteger, "0"),
    ("payer_control_number", String, ""),
    ("replaces", String(20), ""),
    ("follows", String(20), ""),
    ("programme", String, ""),
    ("release", Integer, "1"),
    ("admitted_on", String(10), ""),
    ("type_of_bill", String(3), ""),
    ("attending_id", String, ""),
    ("patient_status", String(2), ""),
    ("patient_paid_cents", BigInteger, None),
    ("first_day", String(10), ""),
    ("last_day", String(10), ""),
)
CLAIM_INDEXES = {
    "claims_by_file": ["batch_id", "file_number"],
    "claims_by_state": ["state"],
    "claims_by_payer_number": ["payer_control_number"],
    "claims_by_member": ["member_id"],
    "claims_by_replaced": ["replaces"],
}
NEW_TABLES = (
    "overpayments",
    "eligibility",
    "remarks",
    "adjustments",
    "line_payments",
    "payments",
    "provider_adjustments",
    "remittances",
    "transactions",
    "answers",
    "events",
)
SPENT = (
    "fingerprint, payer, programme, member_id, staff_id, rendering_id, service, start_at, end_at, place, hcpcs, "
    "modifiers, minutes, units, unit_minutes, charge_cents, authorization_number"
)


def upgrade() -> None:
    """Keep every row, and begin the trail with the claims that are there."""
    for name, kind, default in CLAIM_COLUMNS:
        op.add_column("claims", Column(name, kind, nullable=default is None, server_default=default))
    for index, columns in CLAIM_INDEXES.items():
        op.create_index(index, "claims", columns)
    op.add_column("files", _text("transaction_type", 4, "837P"))
    op.add_column("files", _text("group_sender", default=""))
    op.add_column("files", _text("group_receiver", default=""))
    _rebuild()
    _add_tables()
    _fill()


def _rebuild() -> None:
    """Give lines and encounters a standing, and let history stand beside what is live."""
    op.create_table("lines_new", *_line_columns(), _text("line_key"), *_line_additions(), sqlite_with_rowid=False)
    columns = "claim_id, number, service_date, hcpcs, modifiers, units, charge_cents, pointers, line_key"
    op.execute(f"INSERT INTO lines_new ({columns}) SELECT {columns} FROM lines")  # noqa: S608 - names of this file
    op.create_table(
        "encounters_new",
        _text("encounter_id"),
        _text("claim_id", 20),
        _number("line_number"),
        _text("standing", 4, "live"),
        _number("turn", "1"),
        *_encounter_columns(),
        sa.PrimaryKeyConstraint("encounter_id", "claim_id"),
        ForeignKeyConstraint(["claim_id", "line_number"], ["lines_new.claim_id", "lines_new.number"]),
        sqlite_with_rowid=False,
    )
    columns = f"encounter_id, claim_id, line_number, {SPENT}"
    op.execute(f"INSERT INTO encounters_new ({columns}) SELECT {columns} FROM encounters")  # noqa: S608 - as above
    op.drop_table("encounters")
    op.drop_table("lines")
    op.rename_table("lines_new", "lines")
    op.rename_table("encounters_new", "encounters")
    op.execute("CREATE UNIQUE INDEX live_line ON lines (line_key) WHERE live = 1")
    op.execute("CREATE UNIQUE INDEX live_encounter ON encounters (encounter_id, turn) WHERE standing = 'live'")
    op.create_index("encounters_by_claim", "encounters", ["claim_id", "line_number"])
    op.create_index("encounters_by_member", "encounters", ["member_id"])
    op.create_index("encounters_by_staff", "encounters", ["staff_id"])


def _line_columns() -> tuple[Column[object], ...]:
    return (
        Column("claim_id", String(20), ForeignKey("claims.claim_id"), primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("service_date", String(10), nullable=False),
        Column("hcpcs", String, nullable=False),
        Column("modifiers", String, nullable=False),
        Column("units", Integer, nullable=False),
        Column("charge_cents", BigInteger, nullable=False),
        Column("pointers", String, nullable=False),
    )


def _line_additions() -> tuple[Column[object], ...]:
    return (
        Column("live", Integer, nullable=False, server_default="1"),
        Column("revenue_code", String(4), nullable=False, server_default=""),
    )


def _encounter_columns() -> tuple[Column[object], ...]:
    return (
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
    )


def _add_tables() -> None:
    op.create_table(
        "events",
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        _text("at", 32),
        _text("who"),
        _text("claim_id", 20),
        _text("event"),
        _text("state", 20),
        _text("file"),
        _text("detail"),
        _text("hash", 64),
    )
    op.create_index("events_by_claim", "events", ["claim_id", "number"])
    op.create_table(
        "answers",
        Column("answer_id", Integer, primary_key=True, autoincrement=False),
        _text("sha256", 64),
        _text("name"),
        _text("at", 32),
        _text("who"),
        _text("summary"),
        UniqueConstraint("sha256"),
    )
    op.create_table(
        "transactions",
        Column("transaction_id", Integer, primary_key=True, autoincrement=False),
        Column("answer_id", Integer, ForeignKey("answers.answer_id"), nullable=False),
        _text("kind", 5),
        _text("digest", 64),
        _text("sender"),
        _text("isa13"),
        _text("st02"),
        UniqueConstraint("digest"),
    )
    op.create_table(
        "remittances",
        Column("transaction_id", Integer, ForeignKey("transactions.transaction_id"), primary_key=True),
        Column("amount_cents", BigInteger, nullable=False),
        _text("handling"),
        _text("method"),
        _text("paid_on", 10),
        _text("trace"),
        _text("originator"),
        _text("payer_name"),
        _text("payer_id"),
    )
    op.create_index("remittances_by_trace", "remittances", ["trace"])
    op.create_table(
        "provider_adjustments",
        Column("transaction_id", Integer, ForeignKey("remittances.transaction_id"), primary_key=True),
        Column("number", Integer, primary_key=True),
        _text("provider_id"),
        _text("fiscal_date", 10),
        _text("code"),
        _text("reference"),
        Column("amount_cents", BigInteger, nullable=False),
    )
    op.create_table(
        "payments",
        Column("payment_id", BigInteger, primary_key=True, autoincrement=False),
        Column("transaction_id", Integer, ForeignKey("remittances.transaction_id"), nullable=False),
        _number("position"),
        _text("claim_id", 20),
        _text("claim_as_sent"),
        _text("status"),
        Column("charge_cents", BigInteger, nullable=False),
        Column("paid_cents", BigInteger, nullable=False),
        Column("patient_cents", BigInteger),
        Column("interest_cents", BigInteger),
        _text("payer_control_number"),
        _text("received_on", 10),
    )
    op.create_index("payments_by_claim", "payments", ["claim_id"])
    op.create_index("payments_by_transaction", "payments", ["transaction_id"])
    op.create_table(
        "line_payments",
        Column("payment_id", BigInteger, ForeignKey("payments.payment_id"), primary_key=True),
        Column("number", Integer, primary_key=True),
        _number("line_number"),
        _text("service_date", 10),
        _text("hcpcs"),
        _text("modifiers"),
        _text("units"),
        Column("charge_cents", BigInteger, nullable=False),
        Column("paid_cents", BigInteger, nullable=False),
        Column("allowed_cents", BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "adjustments",
        Column("payment_id", BigInteger, ForeignKey("payments.payment_id"), primary_key=True),
        Column("line", Integer, primary_key=True),
        Column("number", Integer, primary_key=True),
        _text("group_code", 2),
        _text("reason"),
        Column("amount_cents", BigInteger, nullable=False),
        _text("quantity"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "remarks",
        Column("payment_id", BigInteger, ForeignKey("payments.payment_id"), primary_key=True),
        Column("line", Integer, primary_key=True),
        Column("number", Integer, primary_key=True),
        _text("code"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "eligibility",
        Column("trace", String(30), primary_key=True),
        _text("member_id"),
        _text("payer"),
        _text("asked_from", 10),
        _text("asked_to", 10),
        _text("first_day", 10),
        _text("last_day", 10),
        _text("state", 8),
        _text("plan"),
        _text("reasons"),
        _text("asked_on", 10),
        _text("answered_on", 10),
        _number("batch_id"),
        _number("file_number"),
        ForeignKeyConstraint(["batch_id", "file_number"], ["files.batch_id", "files.number"]),
    )
    op.create_index("eligibility_by_member", "eligibility", ["member_id"])
    op.create_table(
        "overpayments",
        Column("encounter_id", String, primary_key=True),
        Column("claim_id", String(20), ForeignKey("claims.claim_id"), primary_key=True),
        _text("identified_on", 10),
        _text("codes"),
    )


def _fill() -> None:
    connection = op.get_bind()
    connection.execute(
        sa.text(
            "UPDATE claims SET "
            "first_day = (SELECT min(service_date) FROM lines WHERE lines.claim_id = claims.claim_id), "
            "last_day = (SELECT max(service_date) FROM lines WHERE lines.claim_id = claims.claim_id), "
            "programme = (SELECT min(programme) FROM encounters WHERE encounters.claim_id = claims.claim_id), "
            "changed_at = (SELECT as_of FROM batches WHERE batches.batch_id = claims.batch_id)"
        )
    )
    query = sa.text(
        "SELECT claims.claim_id, files.name, batches.as_of FROM claims "
        "JOIN files ON files.batch_id = claims.batch_id AND files.number = claims.file_number "
        "JOIN batches ON batches.batch_id = claims.batch_id ORDER BY claims.claim_id"
    )
    previous, number = GENESIS, 0
    rows = []
    for number, (claim_id, name, as_of) in enumerate(connection.execute(query).all(), start=1):
        entry = (number, as_of, "", claim_id, "written", "written", name, "sent before the audit trail began")
        previous = entry_hash(previous, entry)
        names = ("number", "at", "who", "claim_id", "event", "state", "file", "detail", "hash")
        rows.append(dict(zip(names, (*entry, previous), strict=True)))
    if rows:
        connection.execute(
            sa.text("INSERT INTO events VALUES (:number, :at, :who, :claim_id, :event, :state, :file, :detail, :hash)"),
            rows,
        )
    counters = [
        {"name": "event", "value": number},
        {"name": "answer", "value": 0},
        {"name": "transaction", "value": 0},
        {"name": "payment", "value": 0},
        {"name": "eligibility", "value": 0},
    ]
    connection.execute(sa.text("INSERT INTO counters (name, value) VALUES (:name, :value)"), counters)


def downgrade() -> None:
    """Go back where nothing is lost by it: the first tables know neither answers nor corrections.

    Raises LedgerError for a ledger that holds an answer, a correction or a question: to forget them would bill twice.
    """
    connection = op.get_bind()
    told = sa.text(
        "SELECT (SELECT count(*) FROM answers) + (SELECT count(*) FROM eligibility) + "
        "(SELECT count(*) FROM claims WHERE state <> 'written' OR frequency <> '1' OR follows <> '')"
    )
    if connection.execute(told).scalar():
        raise LedgerError(
            "the ledger holds answers or corrections, which an older peerbill cannot keep: stay with this one"
        )
    for table in NEW_TABLES:
        op.drop_table(table)
    op.create_table(
        "lines_old", *_line_columns(), _text("line_key"), UniqueConstraint("line_key"), sqlite_with_rowid=False
    )
    columns = "claim_id, number, service_date, hcpcs, modifiers, units, charge_cents, pointers, line_key"
    op.execute(f"INSERT INTO lines_old ({columns}) SELECT {columns} FROM lines")  # noqa: S608 - names of this file
    op.create_table(
        "encounters_old",
        Column("encounter_id", String, primary_key=True),
        *_encounter_columns(),
        _text("claim_id", 20),
        _number("line_number"),
        ForeignKeyConstraint(["claim_id", "line_number"], ["lines_old.claim_id", "lines_old.number"]),
        sqlite_with_rowid=False,
    )
    columns = f"encounter_id, claim_id, line_number, {SPENT}"
    op.execute(f"INSERT INTO encounters_old ({columns}) SELECT {columns} FROM encounters")  # noqa: S608 - as above
    op.drop_table("encounters")
    op.drop_table("lines")
    op.rename_table("lines_old", "lines")
    op.rename_table("encounters_old", "encounters")
    for index in CLAIM_INDEXES:
        op.drop_index(index, "claims")
    for name, _, _ in CLAIM_COLUMNS:
        op.drop_column("claims", name)
    for name in ("transaction_type", "group_sender", "group_receiver"):
        op.drop_column("files", name)
    op.execute("DELETE FROM counters WHERE name NOT IN ('batch', 'claim')")
