"""Tests and production: a test file (ISA15 is T) is a rehearsal.

While a payer is sent tests, its test claims are worked on like any other: answered, corrected, and counted as billed,
so that a test is sent once. Once the payer's mode is production they count for nothing, and the next batch frees what
they bill: production sends everything that production has not sent.
"""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from peerbill.ledger.store import rows, tables, trail
from peerbill.ledger.store.trail import Event
from peerbill.model.claim_state import Standing

ENDED = "test-ended"
"""The event of a test claim whose payer is sent production files from then on."""


def in_test(claim_id: sa.ColumnElement[str]) -> sa.Exists:
    """Return the condition that a claim was sent in a test file: sums leave such claims out."""
    files = tables.files.alias()
    sent = _claims_in(files, files.c.mode == "test")
    return sent.where(sent.selected_columns[0] == claim_id).exists()


def claims_in_test(connection: sa.Connection, tests: Collection[str]) -> frozenset[str]:
    """Return the claims that were sent in test files to payers that are sent tests now."""
    files = tables.files
    query = _claims_in(files, files.c.mode == "test", files.c.payer.in_(sorted(tests)))
    return frozenset(connection.execute(query).scalars()) if tests else frozenset()


def counts(
    connection: sa.Connection, claim_id: sa.ColumnElement[str], tests: Collection[str]
) -> sa.ColumnElement[bool]:
    """Return the condition that a claim counts: it was sent in production, or in a test to a payer still in tests.

    `tests` are the payers that are sent tests now (`Settings.test_payers`).
    """
    files = tables.files.c
    past = [files.mode == "test", files.payer.not_in(sorted(tests))]
    if not connection.execute(sa.select(sa.exists().where(*past))).scalar():
        return sa.true()
    return ~_sent_in(claim_id, *past)


def _sent_in(claim_id: sa.ColumnElement[str], *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return claim_id.in_(_claims_in(tables.files, *conditions))


def _claims_in(files: sa.FromClause, *conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Select the ids of the claims in files that meet conditions."""
    claims = tables.claims.alias()
    of_claim = sa.and_(files.c.batch_id == claims.c.batch_id, files.c.number == claims.c.file_number)
    return sa.select(claims.c.claim_id).join_from(claims, files, of_claim).where(*conditions)


def end_tests(connection: sa.Connection, payers: Collection[str], at: str, who: str) -> None:
    """Free what the test claims of payers that are sent production files bill, in the transaction of their batch."""
    lines, encounters, files = tables.lines, tables.encounters, tables.files.c
    past = [files.mode == "test", files.payer.in_(sorted(payers))]
    if not connection.execute(sa.select(sa.exists().where(*past))).scalar():
        return
    claims = tables.claims.c
    stands: list[sa.ColumnElement[bool]] = [
        sa.exists().where(lines.c.claim_id == claims.claim_id, lines.c.live == 1),
        sa.exists().where(encounters.c.claim_id == claims.claim_id, encounters.c.standing != Standing.FREE),
    ]
    query = sa.select(claims.claim_id, claims.state).where(sa.or_(*stands), _sent_in(claims.claim_id, *past))
    ended = [
        Event(row.claim_id, ENDED, row.state, "", "the payer is sent production files")
        for row in _by_id(connection, query)
    ]
    rows.update(connection, lines, {"live": 0}, _sent_in(lines.c.claim_id, *past))
    rows.update(connection, encounters, {"standing": Standing.FREE}, _sent_in(encounters.c.claim_id, *past))
    trail.append(connection, at, who, ended)


def _by_id(connection: sa.Connection, query: sa.Select[Any]) -> list[Any]:
    return sorted(connection.execute(query).all(), key=lambda row: str(row.claim_id))
