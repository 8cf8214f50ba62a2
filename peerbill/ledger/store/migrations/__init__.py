"""How a ledger's tables came about; Alembic runs these modules."""
