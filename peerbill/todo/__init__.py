"""The work list: things to do, from the audit and from open claims and items in the ledger."""
