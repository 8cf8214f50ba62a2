"""What was sent, and what became of it: batches, files, claims, lines, encounters, answers, and the audit trail.

To send, `open_ledger` opens the ledger, `bill_run` holds it for one run, and `bill_batch` (claims) or
`eligibility_batch` (questions) writes files; `post_file` takes in what payers answered, and `peerbill.posting` reads
that from a file. To look, without a change: `read_history` and `read_eligibility` return all that was billed and asked,
and inside `with reading(url, folder) as connection` (None without a ledger) `read_claims(connection, …)` yields claims
with their lines, payments and history.
"""

from peerbill.ledger.desk import Posted
from peerbill.ledger.eligibility import eligibility_batch, read_eligibility
from peerbill.ledger.files import SentFile
from peerbill.ledger.history import read_history, reading
from peerbill.ledger.identity import Numbers
from peerbill.ledger.lost import lost_ledger, refuse_lost
from peerbill.ledger.opening import Ledger, open_ledger
from peerbill.ledger.posting import post_file
from peerbill.ledger.recorded import RecordedClaim, read_claims
from peerbill.ledger.runs import BatchResult, BillRun, bill_batch, bill_run

__all__ = [
    "BatchResult",
    "BillRun",
    "Ledger",
    "Numbers",
    "Posted",
    "RecordedClaim",
    "SentFile",
    "bill_batch",
    "bill_run",
    "eligibility_batch",
    "lost_ledger",
    "open_ledger",
    "post_file",
    "read_claims",
    "read_eligibility",
    "read_history",
    "reading",
    "refuse_lost",
]
