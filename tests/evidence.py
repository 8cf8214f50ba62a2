"""The evidence of the small worlds of tests, and of a workspace in a folder."""

import datetime as dt
import functools
from typing import Any

from worlds import make_world

from peerbill.audit_report.make import make_evidence
from peerbill.audit_report.values import AuditEvidence
from peerbill.checks.audit import audit_index, full_audit


def evidence_of(patch: Any = None, *, ledger: bool = False, notice: dt.date | None = None) -> AuditEvidence:
    """Return the evidence of the base world with a case's changes."""
    world = make_world(patch)
    index = audit_index(world.records, world.policies, world.as_of, world.history, world.eligibility)
    full = full_audit(index, world.policies)
    return make_evidence(index.records, full.audit, full, index, ledger=ledger, notice=notice)


HOSTILE = "</script><img/src=x onerror=run=1>&'\"\\ %"
"""An id that a page must never run."""

_LIMIT = """
[[peer.limit.day]]
units = 16
per = "day"
then = "deny"
source = "manual p. 11"
"""


@functools.cache
def busy_evidence() -> AuditEvidence:
    """Return the evidence of two months with findings of each severity and an id that looks like a script.

    Every contact of the two peers is unsigned or has an activity that no list knows; some overlap.
    """
    encounters: dict[str, Any] = {"E1": {"signed_by": ""}}
    first = dt.date(2026, 1, 5)
    for number in range(2, 240):
        day = first + dt.timedelta(days=number // 4)
        hour = 8 + 2 * (number % 4)
        start = dt.datetime.combine(day, dt.time(hour, 30 * (number % 8 == 5)))
        if number % 16 in {3, 7}:
            start -= dt.timedelta(hours=2)  # in the hours of the contact before
        end = start + dt.timedelta(minutes=(47, 60, 33, 120)[number % 4])
        encounters[f"E{number}"] = {
            "like": "E1",
            "member_id": ("M1", "M2")[number % 2],
            "plan_id": ("P1", "P2")[number % 2],
            "staff_id": ("S1", "S2")[number // 4 % 2],
            "start": start.isoformat(timespec="minutes"),
            "end": end.isoformat(timespec="minutes"),
            "signed_by": "" if number % 3 else ("S1", "S2")[number // 4 % 2],
            "signed_at": end.isoformat(timespec="minutes"),
            "activity": ("career planning", "juggling")[number % 2],
        }
    encounters["E240"] = {"like": "E1", "on": "2026-03-19", "staff_id": ""}
    encounters[HOSTILE] = {"like": "E1", "on": "2026-03-20", "staff_id": HOSTILE}
    return evidence_of({"encounters": encounters, "policy": _LIMIT, "staff": {HOSTILE: {"like": "S1"}}})
