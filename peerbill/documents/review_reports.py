"""What `sample` and `extrapolate` write, as typed values."""

import attrs

from peerbill import __version__
from peerbill.documents.kinds import SCHEMA
from peerbill.review.extrapolate import Extrapolation
from peerbill.review.plan import SamplePlan

__all__ = ["ExtrapolateReport", "SamplePlan", "extrapolate_report"]


@attrs.frozen
class ExtrapolateReport:
    """What `extrapolate --json` writes: the result, and the SHA-256 of the plan and the decisions that it rests on."""

    peerbill: str
    plan_sha256: str
    decisions_sha256: str
    result: Extrapolation
    schema: int = SCHEMA


def extrapolate_report(result: Extrapolation, plan_sha256: str, decisions_sha256: str) -> ExtrapolateReport:
    """Return a result as `extrapolate --json` writes it."""
    return ExtrapolateReport(__version__, plan_sha256, decisions_sha256, result)
