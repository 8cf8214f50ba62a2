"""What makes one service line is the same for an encounter, a claim, and what the ledger holds of both."""

import datetime as dt
import doctest
from itertools import count
from typing import Any

import pytest
from worlds import as_billed, make_world

from peerbill.claims.build import build_claims
from peerbill.coding.context import build_index
from peerbill.coding.prepare import Preparer
from peerbill.model import line_key as module
from peerbill.model.line_key import LineKey, line_key, line_of_billable, line_of_billed, line_of_claim

KEY = LineKey("plan", "M1", dt.date(2026, 3, 2), "S1", "11", "H0038", ("HF",))


def test_doctests() -> None:
    result = doctest.testmod(module)

    assert (result.failed, result.attempted) == (0, 1)


def test_every_form_of_an_encounter_has_one_key() -> None:
    world = make_world()
    [one] = world.audit().billable
    [claim] = build_claims([one], world.records, map(str, count(1)))
    context = Preparer(build_index(world.records, world.as_of), world.policies).context(world.records.encounters[0])
    keys = [
        context.line_key,
        line_of_billable(one),
        line_of_billed(as_billed(one)),
        line_of_claim(claim, claim.lines[0]),
    ]

    assert keys == [KEY] * 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("payer", "other"),
        ("member_id", "M2"),
        ("day", dt.date(2026, 3, 3)),
        ("rendering_id", "S2"),
        ("place", "12"),
        ("hcpcs", "H0024"),
        ("modifiers", ("HQ",)),
        ("site", "north"),
    ],
)
def test_each_part_tells_two_lines_apart(field: str, value: Any) -> None:
    other = line_key(**{**KEY._asdict(), field: value})

    assert other != KEY
    assert (other.service == KEY.service) == (field in {"rendering_id", "place", "site"})


def test_the_order_of_modifiers_tells_no_lines_apart() -> None:
    assert line_key(*KEY[:6], modifiers=("HF", "HE", "GT")) == line_key(*KEY[:6], modifiers=("GT", "HE", "HF"))
