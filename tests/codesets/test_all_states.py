"""What holds of every state's file: each row is sourced, and what is missing is told."""

import datetime as dt
from pathlib import Path

import pytest
from questions import DAY, INDIVIDUAL, programme

from peerbill.coding.deadlines import filing_deadline, other_payer_deadline, resubmission_deadline
from peerbill.policy import Status, packaged_programmes, packaged_states

HERE = Path(__file__).parent
READ_AND_GUESSED = {"CA/peer", "CO/peer", "DC/mhrs", "MS/peer", "NM/recovery"}
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


def test_no_clock_of_a_later_claim_ends_before_the_one_that_it_is_an_exception_to() -> None:
    """Days after another payer's answer, or to send a claim again, lengthen the limit of a first claim."""
    short = []
    for id_ in (id_ for state in packaged_states() for id_ in packaged_programmes(state) if id_ != "NC/b3"):
        filing = programme(id_).rules(DAY, INDIVIDUAL).filing.value
        first = filing_deadline(DAY, filing) or dt.date.max
        if (other_payer_deadline(DAY, DAY, filing) or dt.date.min) < first:
            short.append((id_, "other_payer_within"))
        days = [clock.last_day(DAY) for clock in filing.resubmit_within if clock.event == "service"]
        if (resubmission_deadline(DAY, DAY, filing) or dt.date.min) < max(days, default=dt.date.min):
            short.append((id_, "resubmit_within"))

    assert short == []


def test_every_state_has_a_file_of_tests_that_asks_each_of_its_programmes() -> None:
    texts = {state: (HERE / f"test_{state.lower()}.py").read_text(encoding="utf-8") for state in packaged_states()}

    assert [id_ for state in texts for id_ in packaged_programmes(state) if f'"{id_}"' not in texts[state]] == []
