"""Tests and production: what was sent in a test file (ISA15 is T) counts as billed for tests alone.

The two stand side by side in the ledger, so that a test never keeps a claim from being sent, and neither comes twice.
"""

import attrs
import sqlalchemy as sa

from peerbill.ledger import tables


@attrs.frozen
class Mark:
    """How the lines and encounters of a claim that stands are marked."""

    line: int
    encounter: str


LIVE, TEST = Mark(1, "live"), Mark(2, "test")


def mark_of(mode: str) -> Mark:
    """Return how what is sent in a mode stands: production counts as billed with the payer."""
    return LIVE if mode == "production" else TEST


TESTS = (
    sa.select(tables.claims.c.claim_id)
    .join(
        tables.files,
        sa.and_(
            tables.files.c.batch_id == tables.claims.c.batch_id, tables.files.c.number == tables.claims.c.file_number
        ),
    )
    .where(tables.files.c.mode == "test")
)
"""The ids of the claims that were sent in test files, as a query: money and deadlines leave them out."""


def is_test(connection: sa.Connection, claim_id: str) -> bool:
    """Tell whether a claim was sent in a test file."""
    return connection.execute(TESTS.where(tables.claims.c.claim_id == claim_id)).first() is not None
