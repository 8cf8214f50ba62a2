"""The tables of the ledger, as they are after the last migration.

Days and times are ISO text: they are local civil time as recorded, sort as text, and come back the same from every
database. Money is whole cents, and several modifiers are in one cell, in their order on the claim, joined by `:`.
"""

import datetime as dt
from functools import lru_cache

from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)

from peerbill.ledger.store.column_types import Content, Day, Listed, Long, Moment, Quantity, Text, Whole, Word
from peerbill.model.claim_state import ClaimState, Frequency, Standing

UNDONE = "undone"
"""The state of a file, or a batch, that was never whole; its claims are in the trail, and in no table."""

HEAD = "0014"
"""The revision that these tables belong to: the last file of `migrations/versions`."""


@lru_cache(maxsize=1024)
def day_of(text: str) -> dt.date | None:
    """Return a day as a column keeps it; "" is none."""
    return dt.date.fromisoformat(text) if text else None


metadata = MetaData()
"""A partial index has its condition as `sqlite_where`: PostgreSQL gets the same (`store/database.py`)."""

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Long, nullable=False),
)
"""The last number given to a batch, a claim, an entry of the audit trail and the rest that is numbered."""

COUNTED = ("batch", "claim", "event", "answer", "transaction", "payment", "eligibility")
"""What is numbered from 1 in a new ledger."""

identity = Table(
    "identity",
    metadata,
    Column("tag", Text(4), primary_key=True),
    Column("first_control_number", Whole, nullable=False),
    Column("settled", Whole, nullable=False),
)
"""One row: the tag that is part of this ledger's ids and control numbers. A ledger from before tags has the tag "".
No sender and receiver gets a control number below `first_control_number`. A tag that was drawn is `settled` (1) by the
first batch (`peerbill.ledger.store.identity`)."""

batches = Table(
    "batches",
    metadata,
    Column("batch_id", Whole, primary_key=True, autoincrement=False),
    Column("state", Text(9), nullable=False),
    Column("as_of", Day(), nullable=False),
    Column("folder", Text, nullable=False),
)
"""One row for each run that sent something: pending, confirmed, or undone. An undone batch stays as a record."""

files = Table(
    "files",
    metadata,
    Column("batch_id", Whole, ForeignKey("batches.batch_id"), primary_key=True),
    Column("number", Whole, primary_key=True),
    Column("state", Text(9), nullable=False),
    Column("name", Text, nullable=False),
    Column("temporary", Text, nullable=False),
    Column("payer", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("isa13", Whole, nullable=False),
    Column("claims", Whole, nullable=False),
    Column("lines", Whole, nullable=False),
    Column("encounters", Whole, nullable=False),
    Column("total_cents", Long, nullable=False),
    Column("sha256", Text(64), nullable=False),
    Column("transaction_type", Text(4), nullable=False, server_default="837P"),
    Column("group_sender", Text, nullable=False, server_default=""),
    Column("group_receiver", Text, nullable=False, server_default=""),
    Column("mode", Text(10), nullable=False, server_default="production"),
    UniqueConstraint("sender", "receiver", "isa13"),
)
"""One row for each file. It outlives its claims, so that no control number of a sender and receiver comes twice.
`transaction_type` is 837P, 837I or 270; GS06 is ISA13, and `group_*` are GS02 and GS03. `mode` is ISA15: test (T), of
which nothing counts as billed for production, or production (P); a file of before that was kept: production."""

outgoing = Table(
    "outgoing",
    metadata,
    Column("batch_id", Whole, primary_key=True, autoincrement=False),
    Column("number", Whole, primary_key=True, autoincrement=False),
    Column("content", Content, nullable=False),
    ForeignKeyConstraint(["batch_id", "number"], ["files.batch_id", "files.number"]),
)
"""What is in files that go to a program instead of a folder, from their recording until the program has taken them.
It is the only place where the ledger holds names: nothing stays in it."""

claims = Table(
    "claims",
    metadata,
    Column("claim_id", Text(20), primary_key=True),
    Column("batch_id", Whole, nullable=False),
    Column("file_number", Whole, nullable=False),
    Column("payer", Text, nullable=False),
    Column("member_id", Text, nullable=False),
    Column("subscriber_id", Text, nullable=False),
    Column("subscriber_rank", Whole, nullable=False),
    Column("rendering_id", Text, nullable=False),
    Column("supervising_id", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("diagnoses", Text, nullable=False),
    Column("authorization_number", Text, nullable=False),
    Column("frequency", Word(1, Frequency), nullable=False),
    Column("charge_cents", Long, nullable=False),
    Column("set_number", Whole, nullable=False, server_default="0"),
    Column("state", Word(20, ClaimState), nullable=False, server_default=ClaimState.WRITTEN),
    Column("changed_at", Moment(32), nullable=False, server_default=""),
    Column("paid_cents", Long, nullable=False, server_default="0"),
    Column("payer_control_number", Text, nullable=False, server_default=""),
    Column("replaces", Text(20), nullable=False, server_default=""),
    Column("follows", Text(20), nullable=False, server_default=""),
    Column("programme", Text, nullable=False, server_default=""),
    Column("release", Whole, nullable=False, server_default="1"),
    Column("admitted_on", Day(), nullable=False, server_default=""),
    Column("type_of_bill", Text(3), nullable=False, server_default=""),
    Column("attending_id", Text, nullable=False, server_default=""),
    Column("patient_status", Text(2), nullable=False, server_default=""),
    Column("patient_paid_cents", Long),
    Column("first_day", Day(), nullable=False, server_default=""),
    Column("last_day", Day(), nullable=False, server_default=""),
    Column("content", Text(64), nullable=False, server_default=""),
    Column("facility", Listed, nullable=False, server_default=""),
    Column("delay_reason", Text(2), nullable=False, server_default=""),
    Column("attachment", Listed, nullable=False, server_default=""),
    Column("admission_type", Text(1), nullable=False, server_default=""),
    Column("point_of_origin", Text(1), nullable=False, server_default=""),
    Column("site", Text, nullable=False, server_default=""),
    Column("bills_as", Text, nullable=False, server_default=""),
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
    Column("claim_id", Text(20), ForeignKey("claims.claim_id"), primary_key=True),
    Column("number", Whole, primary_key=True),
    Column("service_date", Day(), nullable=False),
    Column("hcpcs", Text, nullable=False),
    Column("modifiers", Text, nullable=False),
    Column("units", Whole, nullable=False),
    Column("charge_cents", Long, nullable=False),
    Column("pointers", Text, nullable=False),
    Column("line_key", Listed, nullable=False),
    Column("live", Whole, nullable=False, server_default="1"),
    Column("revenue_code", Text(4), nullable=False, server_default=""),
    Index("live_line", "line_key", unique=True, sqlite_where=text("live = 1")),
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
    Column("encounter_id", Text, primary_key=True),
    Column("claim_id", Text(20), primary_key=True),
    Column("line_number", Whole, nullable=False),
    Column("standing", Word(4, Standing), nullable=False, server_default="live"),
    Column("turn", Whole, nullable=False, server_default="1"),
    Column("fingerprint", Text(64), nullable=False),
    Column("payer", Text, nullable=False),
    Column("programme", Text, nullable=False),
    Column("member_id", Text, nullable=False),
    Column("staff_id", Text, nullable=False),
    Column("rendering_id", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("start_at", Moment(26), nullable=False),
    Column("end_at", Moment(26), nullable=False),
    Column("place", Text, nullable=False),
    Column("hcpcs", Text, nullable=False),
    Column("modifiers", Text, nullable=False),
    Column("minutes", Whole, nullable=False),
    Column("units", Whole, nullable=False),
    Column("unit_minutes", Whole),
    Column("charge_cents", Long, nullable=False),
    Column("authorization_number", Text, nullable=False),
    Column("site", Text, nullable=False, server_default=""),
    ForeignKeyConstraint(["claim_id", "line_number"], ["lines.claim_id", "lines.number"]),
    Index(
        "live_encounter",
        "encounter_id",
        "turn",
        unique=True,
        sqlite_where=text("standing = 'live'"),
    ),
    Index("encounters_by_claim", "claim_id", "line_number"),
    Index("encounters_by_member", "member_id", "start_at"),
    Index("encounters_by_staff", "staff_id", "start_at"),
    Index("later_encounters", "member_id", sqlite_where=text("turn > 1")),
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
    Column("number", Long, primary_key=True, autoincrement=False),
    Column("at", Moment(32), nullable=False),
    Column("who", Text, nullable=False),
    Column("claim_id", Text(20), nullable=False),
    Column("event", Text, nullable=False),
    Column("state", Text(20), nullable=False),
    Column("file", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("hash", Text(64), nullable=False),
    Column("account", Text, nullable=False, server_default=""),
    Index("events_by_claim", "claim_id", "number"),
)
"""The audit trail: one entry for each change of state, never changed and never removed.

`number` counts from 1 without a gap; `hash` covers the entry and the hash before it (`peerbill.ledger.store.trail`).
`claim_id` is "" for what concerns no single claim, `state` the claim's after the entry, `file` whence it came.
`account` is that of the operating system, and the role of PostgreSQL after it, beside `who`, which anybody may set; ""
in entries of before it was kept.
"""

answers = Table(
    "answers",
    metadata,
    Column("answer_id", Whole, primary_key=True, autoincrement=False),
    Column("sha256", Text(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("at", Moment(32), nullable=False),
    Column("who", Text, nullable=False),
    Column("summary", Listed, nullable=False),
)
"""One row for each file of answers that was posted; `summary` is its entry of `post --json`, as JSON."""

transactions = Table(
    "transactions",
    metadata,
    Column("transaction_id", Whole, primary_key=True, autoincrement=False),
    Column("answer_id", Whole, ForeignKey("answers.answer_id"), nullable=False),
    Column("kind", Text(5), nullable=False),
    Column("digest", Text(64), nullable=False, unique=True),
    Column("sender", Text, nullable=False),
    Column("isa13", Text, nullable=False),
    Column("st02", Text, nullable=False),
)
"""One row for each transaction set (or TA1) that was posted; its digest recognises it when it comes again."""

unmatched_answers = Table(
    "unmatched_answers",
    metadata,
    Column("answer_id", Whole, ForeignKey("answers.answer_id"), primary_key=True),
    Column("number", Whole, primary_key=True, autoincrement=False),
    Column("kind", Text(5), nullable=False),
    Column("claim_id", Text, nullable=False),
    Column("rejects", Whole, nullable=False),
    Column("why", Text, nullable=False),
    Column("fix", Text, nullable=False),
)
"""One row for each TA1, 999, 277CA or 271, or part of one, that changed nothing since it fitted nothing of ours.

`claim_id` is as it was sent, or "". `rejects` is 1 where it would have rejected what it is about: it may be ours all
the same, and somebody has to find out. Unmatched payments are in `payments`.
"""

payer_words = Table(
    "payer_words",
    metadata,
    Column("claim_id", Text(20), ForeignKey("claims.claim_id"), primary_key=True),
    Column("transaction_id", Whole, primary_key=True, autoincrement=False),
    Column("number", Whole, primary_key=True, autoincrement=False),
    Column("words", Text, nullable=False),
)
"""One row for each free text of a 277CA (STC12) about a claim: the payer's own words, which may name a person.

They are no part of the audit trail, so that peerbill can take a text out. `transaction_id` is the set in `transactions`
that brought it.
"""

remittances = Table(
    "remittances",
    metadata,
    Column("transaction_id", Whole, ForeignKey("transactions.transaction_id"), primary_key=True),
    Column("amount_cents", Long, nullable=False),
    Column("handling", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("paid_on", Day(), nullable=False),
    Column("trace", Text, nullable=False),
    Column("originator", Text, nullable=False),
    Column("payer_name", Text, nullable=False),
    Column("payer_id", Text, nullable=False),
    Column("payee_id", Text, nullable=False, server_default=""),
    Column("misdirected", Whole, nullable=False, server_default="0"),
    Column("difference_cents", Long, nullable=False, server_default="0"),
    Column("unbalanced", Text, nullable=False, server_default=""),
    Index("remittances_by_trace", "trace"),
)
"""One row for each 835: BPR and TRN. `misdirected` is 1 where it pays another NPI than this organisation's.

`unbalanced` has the sentences of what did not balance where a person accepted that; `difference_cents` is then what the
amount is more than the claims less PLB.
"""

provider_adjustments = Table(
    "provider_adjustments",
    metadata,
    Column("transaction_id", Whole, ForeignKey("remittances.transaction_id"), primary_key=True),
    Column("number", Whole, primary_key=True),
    Column("provider_id", Text, nullable=False),
    Column("fiscal_date", Text(10), nullable=False),
    Column("code", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("amount_cents", Long, nullable=False),
)
"""One row for each pair of PLB; a positive amount reduced the payment."""

payments = Table(
    "payments",
    metadata,
    Column("payment_id", Long, primary_key=True, autoincrement=False),
    Column("transaction_id", Whole, ForeignKey("remittances.transaction_id"), nullable=False),
    Column("position", Whole, nullable=False),
    Column("claim_id", Text(20), nullable=False),
    Column("claim_as_sent", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("charge_cents", Long, nullable=False),
    Column("paid_cents", Long, nullable=False),
    Column("patient_cents", Long),
    Column("interest_cents", Long),
    Column("payer_control_number", Text, nullable=False),
    Column("received_on", Day(), nullable=False),
    Column("payer", Text, nullable=False, server_default=""),
    Column("about", Text(20), nullable=False, server_default=""),
    Column("subscriber_id", Text, nullable=False, server_default=""),
    Column("first_day", Day(), nullable=False, server_default=""),
    Column("last_day", Day(), nullable=False, server_default=""),
    Column("corrected_id", Text, nullable=False, server_default=""),
    Column("forwarded", Whole, nullable=False, server_default="0"),
    Index("payments_by_claim", "claim_id"),
    Index("payments_by_transaction", "transaction_id"),
    Index("payments_by_payer_number", "payer_control_number"),
    Index("payments_by_about", "about"),
    Index(
        "corrected_payments",
        "payment_id",
        sqlite_where=text("corrected_id <> ''"),
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
    Column("payment_id", Long, ForeignKey("payments.payment_id"), primary_key=True),
    Column("number", Whole, primary_key=True),
    Column("line_number", Whole, nullable=False),
    Column("service_date", Day(), nullable=False),
    Column("hcpcs", Text, nullable=False),
    Column("modifiers", Text, nullable=False),
    Column("units", Quantity, nullable=False),
    Column("charge_cents", Long, nullable=False),
    Column("paid_cents", Long, nullable=False),
    Column("allowed_cents", Long),
    Column("line_id", Text, nullable=False, server_default=""),
    Column("sent_hcpcs", Text, nullable=False, server_default=""),
    Column("sent_modifiers", Text, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)
"""One row for each SVC; `line_number` is 0 where no line of ours was found for it. `line_id` is REF*6R as it came,
`sent_*` the code that was sent where the payer changed it (SVC06)."""

adjustments = Table(
    "adjustments",
    metadata,
    Column("payment_id", Long, ForeignKey("payments.payment_id"), primary_key=True),
    Column("line", Whole, primary_key=True),
    Column("number", Whole, primary_key=True),
    Column("group_code", Text(2), nullable=False),
    Column("reason", Text, nullable=False),
    Column("amount_cents", Long, nullable=False),
    Column("quantity", Quantity, nullable=False),
    sqlite_with_rowid=False,
)
"""One row for each triplet of CAS; `line` is the number in `line_payments`, 0 the claim itself."""

remarks = Table(
    "remarks",
    metadata,
    Column("payment_id", Long, ForeignKey("payments.payment_id"), primary_key=True),
    Column("line", Whole, primary_key=True),
    Column("number", Whole, primary_key=True),
    Column("code", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""One row for each remark code (RARC) of MIA, MOA or LQ; `line` as in `adjustments`."""

eligibility = Table(
    "eligibility",
    metadata,
    Column("trace", Text(30), primary_key=True),
    Column("member_id", Text, nullable=False),
    Column("payer", Text, nullable=False),
    Column("asked_from", Day(), nullable=False),
    Column("asked_to", Day(), nullable=False),
    Column("first_day", Day(), nullable=False),
    Column("last_day", Day(), nullable=False),
    Column("state", Text(8), nullable=False),
    Column("plan", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("asked_on", Day(), nullable=False),
    Column("answered_on", Day(), nullable=False),
    Column("batch_id", Whole, nullable=False),
    Column("file_number", Whole, nullable=False),
    Column("subscriber_id", Text, nullable=False, server_default=""),
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
    Column("encounter_id", Text, primary_key=True),
    Column("claim_id", Text(20), ForeignKey("claims.claim_id"), primary_key=True),
    Column("identified_on", Day(), nullable=False),
    Column("codes", Text, nullable=False),
)
"""One row for each paid encounter that a later audit held, with the day on which that was first seen."""

refusals = Table(
    "refusals",
    metadata,
    Column("refusal_id", Whole, primary_key=True, autoincrement=False),
    Column("digest", Text(64), nullable=False, unique=True),
    Column("at", Moment(32), nullable=False),
    Column("who", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("amount_cents", Long, nullable=False),
    Column("paid_on", Day(), nullable=False),
    Column("trace", Text, nullable=False),
    Column("originator", Text, nullable=False),
    Column("payer_name", Text, nullable=False),
    Column("payer_id", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("closed", Text, nullable=False),
)
"""One row for each 835 that was not posted, and why; `digest` recognises it when it comes again.

`closed` names the file from which the remittance was posted after all, or is "".
"""

settlements = Table(
    "settlements",
    metadata,
    Column("item", Text(40), primary_key=True),
    Column("amount_cents", Long, nullable=False),
    Column("at", Moment(32), nullable=False),
    Column("who", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
"""One row for each open item (`answers/open_items.py`) that a person settled, with the amount that it had then."""

seals = Table(
    "seals",
    metadata,
    Column("name", Text(40), primary_key=True),
    Column("number", Long, nullable=False),
    Column("digest", Text(256), nullable=False),
)
"""One row for each other table but the trail: how many rows peerbill left in it, and the sum of their digests
(`peerbill.ledger.store.seals`). The last entry of the trail holds the digest of these rows."""
