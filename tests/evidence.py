"""The evidence of the small worlds of tests, and of a workspace in a folder."""

from typing import Any

from worlds import make_world

from peerbill.audit_report.make import make_evidence
from peerbill.audit_report.values import AuditEvidence
from peerbill.checks.audit import audit_index, full_audit


def evidence_of(patch: Any = None, *, ledger: bool = False) -> AuditEvidence:
    """Return the evidence of the base world with a case's changes."""
    world = make_world(patch)
    index = audit_index(world.records, world.policies, world.as_of, world.history, world.eligibility)
    full = full_audit(index, world.policies)
    return make_evidence(index.records, full.audit, full, index, ledger=ledger)
