"""How a ledger's tables came about; Alembic runs what stands here."""
