"""The numbers that the ledger gives: batches, claims, questions, answers, each after the last."""

import sqlalchemy as sa

from peerbill.ledger.store import rows, tables


def last(connection: sa.Connection, name: str) -> int:
    """Return the last number that was given: "batch", "claim", "eligibility", "answer", "transaction", "payment"."""
    counters = tables.counters.c
    return int(connection.execute(sa.select(counters.value).where(counters.name == name)).scalar_one())


def set_last(connection: sa.Connection, name: str, value: int) -> None:
    """Record the last number that was given, in the transaction that the connection is in."""
    rows.update(connection, tables.counters, {"value": value}, tables.counters.c.name == name)
