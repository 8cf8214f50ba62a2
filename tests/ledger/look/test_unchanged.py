"""Which encounters of a workspace stand on a claim as they are."""

from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from peerbill.ledger.look.history import load_unchanged, reading


@pytest.mark.parametrize("asked", [range(8), (1, 2), (1,), (2,), (7,)], ids=["all", "a third", "one", "changed", "new"])
def test_what_was_changed_or_not_billed_is_none_of_it(agency: Any, program: Any, asked: Sequence[int]) -> None:
    """Few are looked up; where most of the ledger is asked for, all of it is read."""
    agency.bill(0, 6)
    rows = [program.billable(number).encounter for number in range(8)]
    rows[2] = attrs.evolve(rows[2], response="Something else.")

    with reading(agency.url, agency.workspace) as connection:
        assert connection is not None
        found = load_unchanged(connection, [rows[number] for number in asked])

    assert found == {rows[number].encounter_id for number in (0, 1, 3, 4, 5) if number in asked}
