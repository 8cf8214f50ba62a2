"""What a claim must be before an 837 can be written, by the rules of its form: 837P or 837I."""

import datetime as dt

from peerbill.model.claim import Claim, Payer
from peerbill.model.records import Settings
from peerbill.x12 import rules837i, rules837p


def claim_problems(claim: Claim, payer: Payer, settings: Settings, as_of: dt.date | None = None) -> tuple[str, ...]:
    """Return every rule of its form that a claim breaks on its own, as sentences; () if it can be written."""
    problems = rules837i.claim_problems if claim.form == "837I" else rules837p.claim_problems
    return problems(claim, payer, settings, as_of)
