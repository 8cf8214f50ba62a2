"""The database under the ledger: tables, lock, trail, files on disk, numbers."""
