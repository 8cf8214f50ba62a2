"""What somebody has to do, from the audit and what is open in the ledger."""
