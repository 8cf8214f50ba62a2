import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.model import ids


def luhn_total(digits: str) -> int:
    """Count a Luhn sum from the right, the second, fourth, … digit doubled: the textbook form."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total


nine_digits = st.from_regex(r"[12][0-9]{8}", fullmatch=True)


def test_doctests() -> None:
    result = doctest.testmod(ids)

    assert (result.failed, result.attempted >= 10) == (0, True)


@given(nine_digits)
def test_one_check_digit_in_ten_makes_an_npi(first: str) -> None:
    valid = [first + digit for digit in "0123456789" if ids.is_valid_npi(first + digit)]

    assert valid == [first + digit for digit in "0123456789" if luhn_total("80840" + first + digit) % 10 == 0]
    assert len(valid) == 1


@given(nine_digits, st.integers(0, 9), st.integers(1, 9))
def test_no_single_mistyped_digit_passes(first: str, place: int, shift: int) -> None:
    npi = next(first + digit for digit in "0123456789" if ids.is_valid_npi(first + digit))
    wrong = npi[:place] + str((int(npi[place]) + shift) % 10) + npi[place + 1 :]

    assert not ids.is_valid_npi(wrong)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an NPI has 10 digits and this has 0 characters"),
        ("123456789", "an NPI has 10 digits and this has 9 characters"),
        ("12345678933", "an NPI has 10 digits and this has 11 characters"),
        ("1234-567-893", "an NPI has 10 digits and this has 12 characters"),
        ("12345A7893", "an NPI has digits only: leave out letters, spaces and hyphens"),
        ("123456789\u00b3", "an NPI has digits only: leave out letters, spaces and hyphens"),
        ("\u0661234567893", "an NPI has digits only: leave out letters, spaces and hyphens"),
        ("3234567893", "an NPI begins with 1 or 2"),
        ("0000000000", "an NPI begins with 1 or 2"),
        ("1234567890", "the NPI's check digit is wrong: look for a mistyped or swapped digit"),
        ("1234567983", "the NPI's check digit is wrong: look for a mistyped or swapped digit"),
    ],
)
def test_npi_messages_say_the_rule_and_not_the_number(text: str, message: str) -> None:
    assert not ids.is_valid_npi(text)
    with pytest.raises(ValueError, match=r"^an NPI|^the NPI") as raised:
        ids.validate_npi(text)

    assert str(raised.value) == message


@given(st.text(max_size=12))
def test_any_text_is_answered_with_yes_or_no(text: str) -> None:
    shapes = (ids.is_valid_npi(text), ids.is_valid_tax_id(text), ids.is_valid_zip(text), ids.is_valid_zip9(text))

    assert all(shape in (True, False) for shape in (*shapes, ids.is_valid_taxonomy(text)))
    for validate, is_valid in (
        (ids.validate_npi, ids.is_valid_npi),
        (ids.validate_tax_id, ids.is_valid_tax_id),
        (ids.validate_zip, ids.is_valid_zip),
    ):
        if is_valid(text):
            assert validate(text) == text
        else:
            with pytest.raises(ValueError, match="digits"):
                validate(text)


@pytest.mark.parametrize("text", ["38123456", "3812345678", "38-1234567", "38123456A", "000123456", ""])
def test_tax_ids_refused(text: str) -> None:
    assert not ids.is_valid_tax_id(text)


@pytest.mark.parametrize("text", ["381234567", "001123456", "999999999"])
def test_tax_ids_accepted(text: str) -> None:
    assert ids.is_valid_tax_id(text)


@pytest.mark.parametrize(
    ("text", "valid", "nine"),
    [
        ("48933", True, False),
        ("489331234", True, True),
        ("00501", True, False),
        ("005010001", True, True),
        ("00000", False, False),
        ("000000000", False, False),
        ("48933-1234", False, False),
        ("4893", False, False),
        ("489331", False, False),
        ("4893312345", False, False),
        ("K1A 0", False, False),
    ],
)
def test_zip_codes(text: str, valid: bool, nine: bool) -> None:
    assert (ids.is_valid_zip(text), ids.is_valid_zip9(text)) == (valid, nine)


@given(nine_digits)
def test_compact_undoes_what_people_put_between_digits(digits: str) -> None:
    written = f" {digits[:2]}-{digits[2:5]} {digits[5:]}."

    assert ids.compact(written) == digits
    assert ids.compact(ids.compact(written)) == ids.compact(written)
