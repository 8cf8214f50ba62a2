"""Rows of a frame, the request of a sample, and checklists, for tests of reviews."""

import datetime as dt
from decimal import Decimal
from typing import Any

import attrs
from worlds import World

from peerbill.checks.audit import audit_index
from peerbill.model.waiver import Waiver
from peerbill.review.checklist import Checklist, make_checklist
from peerbill.review.frame import Row
from peerbill.review.plan import Request


def row(number: int, amount: int = 4800, member: str = "M1", month: int = 3) -> Row:
    return Row(f"R{number:04}", f"C{number:04}", "horizon", member, "S1", dt.date(2026, month, 2), "H0038:HF", amount)


def request(**changes: Any) -> Request:
    wanted = Request(
        unit="line",
        amount="paid",
        payers=(),
        first=None,
        last=None,
        design="simple",
        by="",
        bounds=(),
        allocation="proportional",
        size=100,
        rate=None,
        precision=Decimal("0.25"),
        confidence=Decimal("0.90"),
        probe=None,
        spares=3,
        missing_record="full",
        rule="",
        seed="A1",
    )
    return attrs.evolve(wanted, **changes)


def checklist(world: World, *ids: str, waivers: tuple[Waiver, ...] = (), **more: Any) -> Checklist:
    """Return the checklist of encounters of a world, E1 unless others are named."""
    history = more.pop("history", world.history)
    decisions = more.pop("decisions", ())
    index = audit_index(world.records, world.policies, world.as_of, history, waivers=waivers)
    return make_checklist(index, world.policies, ids or ("E1",), history, decisions, **more)
