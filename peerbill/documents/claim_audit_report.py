"""What `audit --claims --json` writes, as typed values."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

import attrs

from peerbill import __version__
from peerbill.claim_audit.values import ClaimAudit, ClaimFinding, MoneyAtRisk, ReadFile
from peerbill.documents.audit_report import UsedPolicy
from peerbill.documents.kinds import SCHEMA
from peerbill.policy.data_version import policy_data_version

Date = dt.date


@attrs.frozen
class ClaimAuditReport:
    """What `audit --claims --json` writes: ids of claims, encounters, members and staff, and no other personal data.

    `charged`, `paid`, `unbilled` and the amounts of findings and totals are dollars. `totals` are by check, `at_risk`
    in all: a line that several findings name counts once. `not_looked` says what the files and tables cannot show.
    """

    peerbill: str
    as_of: Date
    files: tuple[ReadFile, ...]
    claims: int
    lines: int
    replaced: int
    voided: int
    denied: int
    matched: int
    charged: Decimal
    paid: Decimal
    unbilled: Decimal
    findings: tuple[ClaimFinding, ...]
    totals: tuple[MoneyAtRisk, ...]
    at_risk: MoneyAtRisk
    not_looked: tuple[str, ...]
    policies: tuple[UsedPolicy, ...]
    policy_data: str
    problems: tuple[str, ...] = ()
    schema: int = SCHEMA


def claim_audit_report(result: ClaimAudit, problems: Iterable[str] = ()) -> ClaimAuditReport:
    """Return the audit of claim files as `audit --claims --json` writes it, with the problems of the tables."""
    same = [field.name for field in attrs.fields(ClaimAudit) if field.name != "policies"]
    return ClaimAuditReport(
        peerbill=__version__,
        policies=tuple(UsedPolicy(id_, sha256) for id_, sha256 in result.policies),
        policy_data=policy_data_version(),
        problems=tuple(problems),
        **{name: getattr(result, name) for name in same},
    )
