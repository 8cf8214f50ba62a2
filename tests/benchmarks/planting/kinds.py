"""Every kind of defect, in the order of the checks."""

from benchmarks.planting import (
    kinds_between,
    kinds_members,
    kinds_notes,
    kinds_patterns,
    kinds_services,
    kinds_staff,
    kinds_times,
)
from benchmarks.planting.case import KINDS, Kind

MODULES = (kinds_times, kinds_notes, kinds_staff, kinds_members, kinds_services, kinds_between, kinds_patterns)
"""The modules that declare kinds as they are imported."""


def every_kind() -> list[Kind]:
    """Return every kind of defect, in the order of the checks."""
    return sorted(KINDS, key=lambda kind: kind.code)
