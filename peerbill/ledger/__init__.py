"""What was sent: batches, files with their control numbers, claims, lines and the encounters they bill.

`open_ledger` opens it, `bill_run` holds it for one run, `bill_batch` sends; `read_history` reads and changes nothing.
"""

from peerbill.ledger.history import read_history, reading
from peerbill.ledger.runs import BatchResult, BillRun, Ledger, SentFile, bill_batch, bill_run, open_ledger

__all__ = [
    "BatchResult",
    "BillRun",
    "Ledger",
    "SentFile",
    "bill_batch",
    "bill_run",
    "open_ledger",
    "read_history",
    "reading",
]
