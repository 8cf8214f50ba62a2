"""What holds of every state's file: each row is sourced, and what is missing is told."""

from pathlib import Path

import pytest
from questions import programme

from peerbill.policy import Status, packaged_programmes, packaged_states

HERE = Path(__file__).parent
READ_AND_GUESSED = {"CA/peer", "CO/peer", "DC/mhrs", "MS/peer"}
"""Programmes of which a value was read for one day or situation, and guessed for another."""


@pytest.mark.parametrize("id_", [id_ for state in packaged_states() for id_ in packaged_programmes(state)])
def test_every_row_is_sourced_or_unconfirmed_and_never_hides_what_was_read(id_: str) -> None:
    one = programme(id_)
    own = [row for row in one.rows() if row.layer != "national"]
    assert own
    for row in own:
        assert row.said.citations or row.said.status is Status.UNCONFIRMED or not row.values, row.path
        assert row.said.note or not row.unknown, f"{row.path} tells what is missing"
    read = {
        (row.table, row.name, key)
        for row in one.rows()
        if row.said.status is not Status.UNCONFIRMED
        for key, _ in row.states()
    }
    guessed = {
        (row.table, row.name, key) for row in own if row.said.status is Status.UNCONFIRMED for key, _ in row.states()
    }
    assert bool(read & guessed) is (id_ in READ_AND_GUESSED)


def test_every_state_has_a_file_of_tests_that_asks_each_of_its_programmes() -> None:
    texts = {state: (HERE / f"test_{state.lower()}.py").read_text(encoding="utf-8") for state in packaged_states()}

    assert [id_ for state in texts for id_ in packaged_programmes(state) if f'"{id_}"' not in texts[state]] == []
