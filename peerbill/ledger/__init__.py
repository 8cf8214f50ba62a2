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

To send, `store.ledger.open_ledger` opens the ledger, `send.runs.bill_run` holds it for one run, and `bill_batch` there
(claims) or `send.eligibility.eligibility_batch` (questions) writes files; `answers.posting.post_answers` posts a file
of answers, `post_file` its transaction sets. To look, without a change: `look.history.read_history` and
`send.eligibility.read_eligibility` return what was billed and asked, and inside
`with look.history.reading(url, folder) as connection` (None without a ledger) `look.claims.read_claims(connection, …)`
yields claims (`SentClaim`) with their lines, payments and history.
"""
