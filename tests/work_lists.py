"""Work lists over the small world of the checks, with what a ledger may hold beside it."""

import datetime as dt
from decimal import Decimal
from typing import Any

import attrs
from worlds import make_world

from peerbill.ledger.look.worklist import OpenClaim, Opened
from peerbill.model.people import Screening
from peerbill.model.records import Records
from peerbill.todo.item import Todo, TodoItem
from peerbill.todo.work_list import work_list

DAY = dt.date(2026, 3, 31)
EXPIRED = {"credentials": {"first": {"expires_on": "2026-02-28"}}}
"""A change of the world that holds E1."""


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def todo(patch: dict[str, Any] | None = None, on: dt.date = DAY, opened: Opened | None = None) -> Todo:
    world = make_world(patch)
    return work_list(screened(world.records, on), world.policies, on, opened or Opened())


def screened(records: Records, on: dt.date) -> Records:
    """Return records whose staff were compared with the LEIE on a day, where a case does not say otherwise."""
    rows = tuple(Screening(person.staff_id, "LEIE", on, "clear") for person in records.staff)
    return records if records.screenings else attrs.evolve(records, screenings=rows)


def items(kind: str, patch: dict[str, Any] | None = None, on: dt.date = DAY, **opened: Any) -> tuple[TodoItem, ...]:
    """Return the items of a kind without their citations."""
    found = todo(patch, on, Opened(**opened)).items
    return tuple(attrs.evolve(item, citations=()) for item in found if item.kind == kind)


def claim(**more: Any) -> OpenClaim:
    usual: dict[str, Any] = {
        "claim_id": "PB1",
        "payer": "plan",
        "programme": "ZZ/peer",
        "member_id": "M1",
        "state": "written",
        "since": day("2026-03-10"),
        "sent_on": day("2026-03-10"),
        "first_day": day("2026-03-02"),
        "frequency": "1",
        "charge": Decimal("60.00"),
        "paid": Decimal(0),
        "file": "1.837",
    }
    return OpenClaim(**{**usual, **more})
