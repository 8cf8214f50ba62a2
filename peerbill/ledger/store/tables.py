"""The tables of the ledger, as they are after the last migration.

Days and times are ISO text: they are local civil time as recorded, sort as text, and come back the same from every
database. Money is whole cents, and several modifiers are in one cell, in their order on the claim, joined by `:`.
"""

import datetime as dt
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

from peerbill.model.claim_state import ClaimState

UNDONE = "undone"
"""The state of a file, or a batch, that was never whole; its claims are in the trail, and in no table."""

HEAD = "0013"
"""The revision that these tables belong to: the last file of `migrations/versions`."""


@lru_cache(maxsize=1024)
def day_of(text: str) -> dt.date | None:
    """Return a day as a column keeps it; "" is none."""
    return dt.date.fromisoformat(text) if text else None


metadata = MetaData()

counters = Table(
    "counters",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""The last number given to a batch, a claim, an entry of the audit trail and the rest that is numbered."""

identity = Table(
    "identity",
    metadata,
    Column("tag", String(4), primary_key=True),
    Column("first_control_number", Integer, nullable=False),
    Column("settled", Integer, nullable=False),
)
"""One row: the tag that is part of this ledger's ids and control numbers. A ledger from before tags has the tag "".
No sender and receiver gets a control number below `first_control_number`. A tag that was drawn is `settled` (1) by the
first batch (`peerbill.ledger.store.identity`)."""

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
    Column("transaction_type", String(4), nullable=False, server_default="837P"),
    Column("group_sender", String, nullable=False, server_default=""),
    Column("group_receiver", String, nullable=False, server_default=""),
    Column("mode", String(10), nullable=False, server_default="production"),
    UniqueConstraint("sender", "receiver", "isa13"),
)
"""One row for each file. It outlives its claims, so that no control number of a sender and receiver comes twice.
`transaction_type` is 837P, 837I or 270; GS06 is ISA13, and `group_*` are GS02 and GS03. `mode` is ISA15: test (T), of
which nothing counts as billed for production, or production (P); a file of before that was kept: production."""

outgoing = Table(
    "outgoing",
    metadata,
    Column("batch_id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
    ForeignKeyConstraint(["batch_id", "number"], ["files.batch_id", "files.number"]),
)
"""What is in files that go to a program instead of a folder, from their recording until the program has taken them.
It is the only place where the ledger holds names: nothing stays in it."""

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
    Column("set_number", Integer, nullable=False, server_default="0"),
    Column("state", String(20), nullable=False, server_default=ClaimState.WRITTEN),
    Column("changed_at", String(32), nullable=False, server_default=""),
    Column("paid_cents", BigInteger, nullable=False, server_default="0"),
    Column("payer_control_number", String, nullable=False, server_default=""),
    Column("replaces", String(20), nullable=False, server_default=""),
    Column("follows", String(20), nullable=False, server_default=""),
    Column("programme", String, nullable=False, server_default=""),
    Column("release", Integer, nullable=False, server_default="1"),
    Column("admitted_on", String(10), nullable=False, server_default=""),
    Column("type_of_bill", String(3), nullable=False, server_default=""),
    Column("attending_id", String, nullable=False, server_default=""),
    Column("patient_status", String(2), nullable=False, server_default=""),
    Column("patient_paid_cents", BigInteger),
    Column("first_day", String(10), nullable=False, server_default=""),
    Column("last_day", String(10), nullable=False, server_default=""),
    Column("content", String(64), nullable=False, server_default=""),
    Column("facility", String, nullable=False, server_default=""),
    Column("delay_reason", String(2), nullable=False, server_default=""),
    Column("attachment", String, nullable=False, server_default=""),
    Column("admission_type", String(1), nullable=False, server_default=""),
    Column("point_of_origin", String(1), nullable=False, server_default=""),
    Column("site", String, nullable=False, server_default=""),
    Column("bills_as", String, nullable=False, server_default=""),
    ForeignKeyConstraint(["batch_id", "file_number"], ["files.batch_id", "files.number"]),
    Index("claims_by_file", "batch_id", "file_number"),
    Index("claims_by_state", "state"),
    Index("claims_by_payer_number", "payer_control_number"),
    Index("claims_by_member", "member_id"),
    Index("claims_by_replaced", "replaces"),
    Index(
        "overpaid_claims",
        "claim_id",
        sqlite_where=text("paid_cents > charge_cents"),
        postgresql_where=text("paid_cents > charge_cents"),
    ),
    sqlite_with_rowid=False,
)
"""One row for each claim, with what a later void needs to send it as it was.

`facility` is where the service was given, as a JSON list: name, NPI, street, city, state, ZIP code, second line of the
street; "" for the agency's own address. `site` is the site of the services, `bills_as` the site that is the billing
provider: keys of `[sites]`, "" for the organisation. `attachment` is PWK01, PWK02 and PWK06 as a JSON list, "" for
none.
`state` and `changed_at` repeat the last entry of the audit trail for it. `set_number` is ST02 (0: not known),
`replaces` the claim that a frequency 7 or 8 corrects, `follows` the claim to the payer before, `paid_cents` what was
paid less what was taken back. `content` is the SHA-256 of what it says (`model/content.py`), "" where it is not known.
"""

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
    Column("line_key", String, nullable=False),
    Column("live", Integer, nullable=False, server_default="1"),
    Column("revenue_code", String(4), nullable=False, server_default=""),
    Index("live_line", "line_key", unique=True, sqlite_where=text("live = 1"), postgresql_where=text("live = 1")),
    sqlite_with_rowid=False,
)
"""One row for each service line. `line_key` is what payers call a duplicate: payer, member, day, rendering provider,
place, code, sorted modifiers and, where the agency has sites, the site, as a JSON list. Only one line of a key is
live: 0 are those of claims that were rejected, withdrawn, voided or replaced, of ended tests, and of the voids
themselves.
`pointers` are joined by `:`, counted from 1."""

encounters = Table(
    "encounters",
    metadata,
    Column("encounter_id", String, primary_key=True),
    Column("claim_id", String(20), primary_key=True),
    Column("line_number", Integer, nullable=False),
    Column("standing", String(4), nullable=False, server_default="live"),
    Column("turn", Integer, nullable=False, server_default="1"),
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
    Column("site", String, nullable=False, server_default=""),
    ForeignKeyConstraint(["claim_id", "line_number"], ["lines.claim_id", "lines.number"]),
    Index(
        "live_encounter",
        "encounter_id",
        "turn",
        unique=True,
        sqlite_where=text("standing = 'live'"),
        postgresql_where=text("standing = 'live'"),
    ),
    Index("encounters_by_claim", "claim_id", "line_number"),
    Index("encounters_by_member", "member_id", "start_at"),
    Index("encounters_by_staff", "staff_id", "start_at"),
    Index("later_encounters", "member_id", sqlite_where=text("turn > 1"), postgresql_where=text("turn > 1")),
    sqlite_with_rowid=False,
)
"""One row for each encounter on a claim.

`standing` is live (it is billed to the payer, or may be), void (its claim was voided and the payer confirmed it: it is
billed again only when it is changed or asked for) or free (rejected, withdrawn, replaced, or of an ended test:
history). `turn` is 1 with the first payer that is billed, 2 with the next. The index `live_encounter` makes a second
billing impossible.
"""

events = Table(
    "events",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("who", String, nullable=False),
    Column("claim_id", String(20), nullable=False),
    Column("event", String, nullable=False),
    Column("state", String(20), nullable=False),
    Column("file", String, nullable=False),
    Column("detail", String, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("events_by_claim", "claim_id", "number"),
)
"""The audit trail: one entry for each change of state, never changed and never removed.

`number` counts from 1 without a gap; `hash` covers the entry and the hash before it (`peerbill.ledger.store.trail`).
`claim_id` is "" for what concerns no single claim, `state` the claim's after the entry, `file` whence it came.
"""

answers = Table(
    "answers",
    metadata,
    Column("answer_id", Integer, primary_key=True, autoincrement=False),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("at", String(32), nullable=False),
    Column("who", String, nullable=False),
    Column("summary", String, nullable=False),
)
"""One row for each file of answers that was posted; `summary` is its entry of `post --json`, as JSON."""

transactions = Table(
    "transactions",
    metadata,
    Column("transaction_id", Integer, primary_key=True, autoincrement=False),
    Column("answer_id", Integer, ForeignKey("answers.answer_id"), nullable=False),
    Column("kind", String(5), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("sender", String, nullable=False),
    Column("isa13", String, nullable=False),
    Column("st02", String, nullable=False),
)
"""One row for each transaction set (or TA1) that was posted; its digest recognises it when it comes again."""

unmatched_answers = Table(
    "unmatched_answers",
    metadata,
    Column("answer_id", Integer, ForeignKey("answers.answer_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(5), nullable=False),
    Column("claim_id", String, nullable=False),
    Column("rejects", Integer, nullable=False),
    Column("why", String, nullable=False),
    Column("fix", String, nullable=False),
)
"""One row for each TA1, 999, 277CA or 271, or part of one, that changed nothing since it fitted nothing of ours.

`claim_id` is as it was sent, or "". `rejects` is 1 where it would have rejected what it is about: it may be ours all
the same, and somebody has to find out. Unmatched payments are in `payments`.
"""

payer_words = Table(
    "payer_words",
    metadata,
    Column("claim_id", String(20), ForeignKey("claims.claim_id"), primary_key=True),
    Column("transaction_id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("words", String, nullable=False),
)
"""One row for each free text of a 277CA (STC12) about a claim: the payer's own words, which may name a person.

They are no part of the audit trail or of a digest in it, so that a text can be taken out. `transaction_id` is the set
in `transactions` that brought it.
"""

remittances = Table(
    "remittances",
    metadata,
    Column("transaction_id", Integer, ForeignKey("transactions.transaction_id"), primary_key=True),
    Column("amount_cents", BigInteger, nullable=False),
    Column("handling", String, nullable=False),
    Column("method", String, nullable=False),
    Column("paid_on", String(10), nullable=False),
    Column("trace", String, nullable=False),
    Column("originator", String, nullable=False),
    Column("payer_name", String, nullable=False),
    Column("payer_id", String, nullable=False),
    Column("payee_id", String, nullable=False, server_default=""),
    Column("misdirected", Integer, nullable=False, server_default="0"),
    Column("difference_cents", BigInteger, nullable=False, server_default="0"),
    Column("unbalanced", String, nullable=False, server_default=""),
    Index("remittances_by_trace", "trace"),
)
"""One row for each 835: BPR and TRN. `misdirected` is 1 where it pays another NPI than this organisation's.

`unbalanced` has the sentences of what did not balance where a person accepted that; `difference_cents` is then what the
amount is more than the claims less PLB.
"""

provider_adjustments = Table(
    "provider_adjustments",
    metadata,
    Column("transaction_id", Integer, ForeignKey("remittances.transaction_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("provider_id", String, nullable=False),
    Column("fiscal_date", String(10), nullable=False),
    Column("code", String, nullable=False),
    Column("reference", String, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
)
"""One row for each pair of PLB; a positive amount reduced the payment."""

payments = Table(
    "payments",
    metadata,
    Column("payment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("transaction_id", Integer, ForeignKey("remittances.transaction_id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("claim_id", String(20), nullable=False),
    Column("claim_as_sent", String, nullable=False),
    Column("status", String, nullable=False),
    Column("charge_cents", BigInteger, nullable=False),
    Column("paid_cents", BigInteger, nullable=False),
    Column("patient_cents", BigInteger),
    Column("interest_cents", BigInteger),
    Column("payer_control_number", String, nullable=False),
    Column("received_on", String(10), nullable=False),
    Column("payer", String, nullable=False, server_default=""),
    Column("about", String(20), nullable=False, server_default=""),
    Column("subscriber_id", String, nullable=False, server_default=""),
    Column("first_day", String(10), nullable=False, server_default=""),
    Column("last_day", String(10), nullable=False, server_default=""),
    Column("corrected_id", String, nullable=False, server_default=""),
    Column("forwarded", Integer, nullable=False, server_default="0"),
    Index("payments_by_claim", "claim_id"),
    Index("payments_by_transaction", "transaction_id"),
    Index("payments_by_payer_number", "payer_control_number"),
    Index("payments_by_about", "about"),
    Index(
        "corrected_payments",
        "payment_id",
        sqlite_where=text("corrected_id <> ''"),
        postgresql_where=text("corrected_id <> ''"),
    ),
)
"""One row for each CLP; `claim_id` is "" where it is posted to none of our claims.

`about` is then the claim that it is about without being posted to it: the next payer's answer to a claim that was
forwarded, or an answer that decides nothing (CLP02 23, 25). Where both are "", nothing of ours was found for it:
`subscriber_id`, the days of the claim, and what `line_payments` holds of each line, are what it may be found by later.
`payer` is the key of the payer that decided, "" where it is not known; `corrected_id` the member id that it has on file
(NM1*74), `forwarded` 1 where it says that it passed the claim on to another payer.
"""

line_payments = Table(
    "line_payments",
    metadata,
    Column("payment_id", BigInteger, ForeignKey("payments.payment_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("line_number", Integer, nullable=False),
    Column("service_date", String(10), nullable=False),
    Column("hcpcs", String, nullable=False),
    Column("modifiers", String, nullable=False),
    Column("units", String, nullable=False),
    Column("charge_cents", BigInteger, nullable=False),
    Column("paid_cents", BigInteger, nullable=False),
    Column("allowed_cents", BigInteger),
    Column("line_id", String, nullable=False, server_default=""),
    Column("sent_hcpcs", String, nullable=False, server_default=""),
    Column("sent_modifiers", String, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)
"""One row for each SVC; `line_number` is 0 where no line of ours was found for it. `line_id` is REF*6R as it came,
`sent_*` the code that was sent where the payer changed it (SVC06)."""

adjustments = Table(
    "adjustments",
    metadata,
    Column("payment_id", BigInteger, ForeignKey("payments.payment_id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("group_code", String(2), nullable=False),
    Column("reason", String, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("quantity", String, nullable=False),
    sqlite_with_rowid=False,
)
"""One row for each triplet of CAS; `line` is the number in `line_payments`, 0 the claim itself."""

remarks = Table(
    "remarks",
    metadata,
    Column("payment_id", BigInteger, ForeignKey("payments.payment_id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("code", String, nullable=False),
    sqlite_with_rowid=False,
)
"""One row for each remark code (RARC) of MIA, MOA or LQ; `line` as in `adjustments`."""

eligibility = Table(
    "eligibility",
    metadata,
    Column("trace", String(30), primary_key=True),
    Column("member_id", String, nullable=False),
    Column("payer", String, nullable=False),
    Column("asked_from", String(10), nullable=False),
    Column("asked_to", String(10), nullable=False),
    Column("first_day", String(10), nullable=False),
    Column("last_day", String(10), nullable=False),
    Column("state", String(8), nullable=False),
    Column("plan", String, nullable=False),
    Column("reasons", String, nullable=False),
    Column("asked_on", String(10), nullable=False),
    Column("answered_on", String(10), nullable=False),
    Column("batch_id", Integer, nullable=False),
    Column("file_number", Integer, nullable=False),
    Column("subscriber_id", String, nullable=False, server_default=""),
    ForeignKeyConstraint(["batch_id", "file_number"], ["files.batch_id", "files.number"]),
    Index("eligibility_by_member", "member_id"),
)
"""One row for each question of a 270: `asked_from` to `asked_to` are the days asked about, `first_day` to `last_day`
those of the answer, where it names any. `state` is asked, active, inactive, refused or unclear; `reasons` are AAA03,
each with `:` and AAA04 where that was sent, or why a state is what it is. `subscriber_id` is "" where it was not kept.
"""

overpayments = Table(
    "overpayments",
    metadata,
    Column("encounter_id", String, primary_key=True),
    Column("claim_id", String(20), ForeignKey("claims.claim_id"), primary_key=True),
    Column("identified_on", String(10), nullable=False),
    Column("codes", String, nullable=False),
)
"""One row for each paid encounter that a later audit held, with the day on which that was first seen."""

refusals = Table(
    "refusals",
    metadata,
    Column("refusal_id", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("at", String(32), nullable=False),
    Column("who", String, nullable=False),
    Column("file", String, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("paid_on", String(10), nullable=False),
    Column("trace", String, nullable=False),
    Column("originator", String, nullable=False),
    Column("payer_name", String, nullable=False),
    Column("payer_id", String, nullable=False),
    Column("why", String, nullable=False),
    Column("closed", String, nullable=False),
)
"""One row for each 835 that was not posted, and why; `digest` recognises it when it comes again.

`closed` names the file from which the remittance was posted after all, or is "".
"""

settlements = Table(
    "settlements",
    metadata,
    Column("item", String(40), primary_key=True),
    Column("amount_cents", BigInteger, nullable=False),
    Column("at", String(32), nullable=False),
    Column("who", String, nullable=False),
    Column("reason", String, nullable=False),
)
"""One row for each open item (`answers/open_items.py`) that a person settled, with the amount that it had then."""
