"""The money at risk: by check, and in all, where a line that several findings name counts once."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

import attrs

from peerbill.claim_audit.values import ClaimFinding, MoneyAtRisk

_Key = tuple[str, int, str, int]


@attrs.define
class _Sum:
    findings: int = 0
    charged: dict[_Key, Decimal] = attrs.field(factory=dict)
    paid: dict[_Key, Decimal] = attrs.field(factory=dict)

    def add(self, found: ClaimFinding) -> None:
        """Count a finding; of a line the most that one of its findings has."""
        self.findings += 1
        if not found.file:
            return
        key = (found.file, found.segment, found.claim_id, found.line)
        self.charged[key] = max(self.charged.get(key, Decimal(0)), found.charged)
        self.paid[key] = max(self.paid.get(key, Decimal(0)), found.paid or Decimal(0))

    def total(self, code: str) -> MoneyAtRisk:
        return MoneyAtRisk(
            code,
            self.findings,
            len(self.charged),
            sum(self.charged.values(), Decimal("0.00")),
            sum(self.paid.values(), Decimal("0.00")),
        )


def at_risk(findings: Iterable[ClaimFinding]) -> tuple[tuple[MoneyAtRisk, ...], MoneyAtRisk]:
    """Return what the findings of each check come to, in the order of codes, and what all come to."""
    by_code: dict[str, _Sum] = defaultdict(_Sum)
    every = _Sum()
    for found in findings:
        by_code[found.code].add(found)
        every.add(found)
    return tuple(by_code[code].total(code) for code in sorted(by_code)), every.total("")
