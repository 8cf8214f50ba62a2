"""What was sent, and what became of it: batches, files, claims, lines, encounters, answers, and the audit trail.

To send, `open_ledger` opens the ledger, `bill_run` holds it for one run, and `bill_batch` (claims) or
`eligibility_batch` (questions) writes files; `post_file` takes in what payers answered, and `answers/answer_files.py`
reads that from a file. To look, without a change: `read_history` and `read_eligibility` return all that was billed and
asked, and inside `with reading(url, folder) as connection` (None without a ledger) `read_claims(connection, …)` yields
claims with their lines, payments and history.
"""

from peerbill.ledger.answers.posting import post_file
from peerbill.ledger.answers.session import Posted
from peerbill.ledger.look.claims import read_claims
from peerbill.ledger.look.history import read_history, reading
from peerbill.ledger.send.eligibility import eligibility_batch, read_eligibility
from peerbill.ledger.send.files import SentFile
from peerbill.ledger.send.runs import BatchResult, BillRun, bill_batch, bill_run
from peerbill.ledger.store.identity import Numbers
from peerbill.ledger.store.ledger import Ledger, open_ledger
from peerbill.ledger.store.lost_ledger import lost_ledger, refuse_lost
from peerbill.model.sent_claim import SentClaim

__all__ = [
    "BatchResult",
    "BillRun",
    "Ledger",
    "Numbers",
    "Posted",
    "SentClaim",
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
