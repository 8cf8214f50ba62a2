"""The ledger: the register of what was sent and of what became of it. It is no book of accounts.

    encounter --> line --> claim --> file --> batch       what was sent, in one run
                            |  ^
                            |  +-- payment <-- remittance <-- transaction set <-- answer (a file of the payer)
                            |  +-- claim that replaces, voids or follows it
                            +----> event: every change of it, in the audit trail

An encounter is on one live claim for each payer in turn, a line has one or more encounters, a claim has up to 50 lines
(an 837P) and is in one file, a file is of one batch. A payment is for one claim, or waits until it is matched.

`store/` is the database, its tables and its trail, `send/` writes files and records them, `answers/` posts what payers
answer, `look/` reads; `states.py` is the only mover of encounters and states, `verify.py` compares all of it.

To send, `open_ledger` opens the ledger, `bill_run` holds it for one run, and `bill_batch` (claims) or
`eligibility_batch` (questions) writes files; `answers.posting.post_answers` posts a file of answers, `post_file` its
transaction sets. To look, without a change: `read_history` and `read_eligibility` return what was billed and asked, and
inside `with reading(url, folder) as connection` (None without a ledger) `read_claims(connection, …)` yields claims
(`SentClaim`) with their lines, payments and history.
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
