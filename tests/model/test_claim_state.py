"""States, standings and frequencies are the words that a ledger and the files hold."""

import pytest

from peerbill.model.claim_state import ClaimState, Frequency, Standing, claim_state, frequency
from peerbill.model.errors import PeerbillError


def test_the_words_are_those_that_ledgers_hold() -> None:
    assert " ".join(ClaimState) == (
        "written rejected-interchange rejected-functional accepted rejected-payer paid partly-paid denied reversed "
        "voided replaced written-off withdrawn"
    )
    assert (" ".join(Standing), " ".join(Frequency)) == ("live void free rejected", "1 7 8")


def test_a_word_that_is_not_known_is_refused() -> None:
    assert (claim_state("partly-paid"), frequency("7")) == (ClaimState.PARTLY_PAID, Frequency.REPLACEMENT)
    with pytest.raises(PeerbillError, match=r"'undone' is none of written, rejected-interchange, .*withdrawn: another"):
        claim_state("undone")
    with pytest.raises(PeerbillError, match="'9' is none of 1, 7, 8: another"):
        frequency("9")
