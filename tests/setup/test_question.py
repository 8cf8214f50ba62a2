"""Every answer is checked at once, on both sides of what it takes."""

from collections.abc import Callable

import pytest

from peerbill.intake.settings import us_state
from peerbill.model.ids import is_valid_npi
from peerbill.setup import question as q


@pytest.mark.parametrize(
    ("read", "given", "kept"),
    [
        (q.npi, " 1234-567-893 ", "1234567893"),
        (q.tax_id, "38-1234567", "381234567"),
        (q.zip9, "08753-0086", "087530086"),
        (q.taxonomy, "251s00000x", "251S00000X"),
        (q.phone, "(732) 555-0117", "7325550117"),
        (q.phone, "+1 732 555 0117", "7325550117"),
        (us_state, "new jersey", "NJ"),
        (q.street, "12  Boxer St", "12 Boxer St"),
        (q.timezone, "Eastern time", "America/New_York"),
        (q.timezone, "America/Detroit", "America/Detroit"),
        (q.money, "$1,016.5", "1016.50"),
        (q.day, "9/30/2026", "2026-09-30"),
        (q.day, "2026-09-30", "2026-09-30"),
        (q.modifiers, "hf; HQ", "HF, HQ"),
        (q.modifiers, "None", "none"),
        (q.minutes, "15 minutes", "15"),
        (q.yes_no, "Y", "yes"),
        (q.names, "CPRS,CRS, CPRS", "CPRS, CRS"),
        (q.word(("past-midpoint", "up")), "Past Midpoint", "past-midpoint"),
    ],
)
def test_what_is_understood(read: Callable[[str], str], given: str, kept: str) -> None:
    assert read(given) == kept
    assert read(kept) == kept


@pytest.mark.parametrize(
    ("read", "given", "why"),
    [
        (q.npi, "123456789", "an NPI has 10 digits"),
        (q.npi, "3234567893", "begins with 1 or 2"),
        (q.tax_id, "38-123456", "nine digits"),
        (q.zip9, "08753", "expected ZIP\\+4"),
        (q.zip9, "087530", "expected ZIP\\+4"),
        (q.taxonomy, "251S00000", "expected a taxonomy code"),
        (q.phone, "555-0117", "ten digits"),
        (q.phone, "032 555 0117", "ten digits"),
        (us_state, "Atlantis", "expected a state"),
        (q.street, "P.O. Box 12", "no post office box"),
        (q.timezone, "Toms River", "expected eastern"),
        (q.money, "0", "more than 0.00"),
        (q.money, "16.005", "dollars and cents"),
        (q.day, "9/31/2026", "expected a day"),
        (q.modifiers, "HF HQ U1 U2 U3", "up to four"),
        (q.modifiers, "HF, HF", "each modifier once"),
        (q.modifiers, "H", "two letters"),
        (q.minutes, "0", "whole number"),
        (q.minutes, "481", "whole number"),
        (q.yes_no, "maybe", "yes or no"),
        (q.names, ";", "abbreviations"),
        (q.word(("down", "midpoint")), "midpiont", "expected one of down, midpoint. Did you mean midpoint?"),
    ],
)
def test_what_is_not_is_told(read: Callable[[str], str], given: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(given)


@pytest.mark.parametrize("nine", ["123456789", "145678123", "298765431"])
def test_of_a_wrong_check_digit_the_right_one_is_told(nine: str) -> None:
    [right] = [digit for digit in "0123456789" if is_valid_npi(nine + digit)]
    for digit in "0123456789":
        if digit == right:
            assert q.npi(nine + digit) == nine + digit
            continue
        with pytest.raises(ValueError, match=f"after {nine} it would be {right}, and this ends in {digit}"):
            q.npi(nine + digit)
