"""The money at risk: by check, and in all, where a line that several findings are about counts once.

A finding about several lines, such as a day that cannot be, counts on each of them with its part of the money.
A finding about a whole claim, such as a payment whose claim is in no file, and findings about its lines are of the same
money: the larger of the two counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

import attrs

from peerbill.claim_audit.values import ClaimFinding, LinePart, LinePlace, MoneyAtRisk


@attrs.define
class _Sum:
    findings: int = 0
    named: set[LinePlace] = attrs.field(factory=set)
    charged: dict[LinePlace, Decimal] = attrs.field(factory=dict)
    paid: dict[LinePlace, Decimal] = attrs.field(factory=dict)

    def add(self, found: ClaimFinding) -> None:
        """Count a finding; of a line the most that one of its findings has."""
        self.findings += 1
        if not found.file:
            return
        place = (found.file, found.segment, found.claim_id, found.line)
        self.named.add(place)
        for part in found.parts or (LinePart(place, found.charged, found.paid),):
            self.charged[part.place] = max(self.charged.get(part.place, Decimal(0)), part.charged)
            self.paid[part.place] = max(self.paid.get(part.place, Decimal(0)), part.paid or Decimal(0))

    def total(self, code: str) -> MoneyAtRisk:
        return MoneyAtRisk(
            code,
            self.findings,
            len(self.named),
            _of_claims(self.charged),
            _of_claims(self.paid),
        )


def _of_claims(amounts: Mapping[LinePlace, Decimal]) -> Decimal:
    """Return the sum over claims of what its lines have, or of what the claim as a whole has, if that is more."""
    whole: dict[tuple[str, int, str], Decimal] = defaultdict(Decimal)
    lines: dict[tuple[str, int, str], Decimal] = defaultdict(Decimal)
    # Only lines of an 835 have the segment of their claim: of an 837, claim and lines are never both in doubt.
    for (file, segment, claim_id, line), amount in amounts.items():
        (lines if line else whole)[file, segment, claim_id] += amount
    return sum((max(whole[key], lines[key]) for key in {**whole, **lines}), Decimal("0.00"))


def at_risk(findings: Iterable[ClaimFinding]) -> tuple[tuple[MoneyAtRisk, ...], MoneyAtRisk]:
    """Return what the findings of each check come to, in the order of codes, and what all come to."""
    by_code: dict[str, _Sum] = defaultdict(_Sum)
    every = _Sum()
    for found in findings:
        by_code[found.code].add(found)
        every.add(found)
    return tuple(by_code[code].total(code) for code in sorted(by_code)), every.total("")
