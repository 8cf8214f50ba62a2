"""Which encounters of a workspace stand on a claim as they are."""

from typing import Any

import attrs

from peerbill.ledger.look.history import load_unchanged, reading


def test_what_was_changed_or_not_billed_is_none_of_it(agency: Any, program: Any) -> None:
    agency.bill(0, 6)
    rows = [program.billable(number).encounter for number in range(8)]
    rows[2] = attrs.evolve(rows[2], response="Something else.")

    with reading(agency.url, agency.workspace) as connection:
        assert connection is not None
        found = load_unchanged(connection, rows)

    assert found == {rows[number].encounter_id for number in (0, 1, 3, 4, 5)}
