"""Tests and production: what was sent in a test file (ISA15 is T) counts as billed for tests alone.

The two stand side by side in the ledger, so that a test never keeps a claim from being sent, and neither comes twice.
"""

from collections.abc import Collection
from typing import Any

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


def in_test(claim_id: sa.ColumnElement[str]) -> sa.Exists:
    """Return the condition that a claim was sent in a test file: money and deadlines leave such claims out."""
    claims, files = tables.claims.alias(), tables.files.alias()
    of_claim = sa.and_(files.c.batch_id == claims.c.batch_id, files.c.number == claims.c.file_number)
    sent = sa.select(claims.c.claim_id).join_from(claims, files, of_claim)
    return sent.where(claims.c.claim_id == claim_id, files.c.mode == "test").exists()


def tests_of(encounters: Any, payers: Collection[str]) -> sa.ColumnElement[bool]:
    """Return the condition that an encounter stands in a test for one of these payers; `encounters` are columns."""
    if not payers:
        return sa.false()
    return sa.and_(encounters.standing == TEST.encounter, encounters.payer.in_(sorted(payers)))
