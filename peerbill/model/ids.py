"""Identifiers with a shape or a check digit: NPI, tax id, ZIP code, taxonomy, the tag of a ledger.

Every `is_valid_…` and `validate_…` takes the text as it would be written in an X12 element: digits only, no
spaces, no hyphens. Whoever reads a person's typing calls `compact` first. Messages never repeat what was given.
"""

from functools import lru_cache

_SEPARATORS = str.maketrans("", "", " -.\u00a0\u2010\u2011\u2012\u2013")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_NPI_PREFIX_SUM = 24


def compact(text: str) -> str:
    """Take the spaces, hyphens and dots out of an identifier as people write it.

    >>> compact(" 1234-567-893 ")
    '1234567893'
    """
    return text.translate(_SEPARATORS)


def _is_digits(text: str, *lengths: int) -> bool:
    return len(text) in lengths and text.isascii() and text.isdigit()


@lru_cache(maxsize=65536)
def is_valid_npi(text: str) -> bool:
    """Return whether a text is a National Provider Identifier (45 CFR 162.406).

    Ten digits of which the first is 1 or 2; the last is the Luhn check digit over `80840` and the other nine.
    The prefix adds a constant 24 to the Luhn sum.

    >>> is_valid_npi("1234567893"), is_valid_npi("1234567890"), is_valid_npi("1234-567-893")
    (True, False, False)
    """
    if not _is_digits(text, 10) or text[0] not in "12":
        return False
    digits = [int(digit) for digit in text]
    return (_NPI_PREFIX_SUM + sum(digits[1::2]) + sum(_DOUBLED[digit] for digit in digits[0::2])) % 10 == 0


def validate_npi(text: str) -> str:
    """Return an NPI as it is, or raise ValueError saying which rule it breaks.

    >>> validate_npi("1234567893")
    '1234567893'
    >>> validate_npi("123456789")
    Traceback (most recent call last):
      ...
    ValueError: an NPI has 10 digits and this has 9 characters
    """
    if is_valid_npi(text):
        return text
    if len(text) != 10:
        raise ValueError(f"an NPI has 10 digits and this has {len(text)} characters")
    if not _is_digits(text, 10):
        raise ValueError("an NPI has digits only: leave out letters, spaces and hyphens")
    if text[0] not in "12":
        raise ValueError("an NPI begins with 1 or 2")
    raise ValueError("the NPI's check digit is wrong: look for a mistyped or swapped digit")


def is_valid_tax_id(text: str) -> bool:
    """Return whether a text can be a tax id (EIN or SSN): nine digits; no such number begins with 000.

    >>> is_valid_tax_id("381234567"), is_valid_tax_id("38-1234567"), is_valid_tax_id("000123456")
    (True, False, False)
    """
    return _is_digits(text, 9) and not text.startswith("000")


def validate_tax_id(text: str) -> str:
    """Return a tax id as it is, or raise ValueError.

    >>> validate_tax_id("381234567")
    '381234567'
    """
    if is_valid_tax_id(text):
        return text
    raise ValueError("a tax id has nine digits, without hyphens, and does not begin with 000")


@lru_cache(maxsize=65536)
def is_valid_zip(text: str) -> bool:
    """Return whether a text can be a ZIP code: five or nine digits; no ZIP code begins with 000.

    >>> is_valid_zip("48933"), is_valid_zip("489331234"), is_valid_zip("48933-1234"), is_valid_zip("4893")
    (True, True, False, False)
    """
    return _is_digits(text, 5, 9) and not text.startswith("000")


def is_valid_zip9(text: str) -> bool:
    """Return whether a text can be a nine-digit ZIP code, as N403 of loops 2010AA and 2310C wants it.

    >>> is_valid_zip9("489331234"), is_valid_zip9("48933")
    (True, False)
    """
    return len(text) == 9 and is_valid_zip(text)


def validate_zip(text: str) -> str:
    """Return a ZIP code as it is, or raise ValueError.

    >>> validate_zip("489331234")
    '489331234'
    """
    if is_valid_zip(text):
        return text
    raise ValueError("a ZIP code has five or nine digits, without a hyphen")


@lru_cache(maxsize=4096)
def is_valid_taxonomy(text: str) -> bool:
    """Return whether a text has the shape of a provider taxonomy code (NUCC): ten capitals and digits, the last X.

    >>> is_valid_taxonomy("175T00000X"), is_valid_taxonomy("175T00000"), is_valid_taxonomy("175t00000x")
    (True, False, False)
    """
    return len(text) == 10 and text.isascii() and text.isalnum() and text == text.upper() and text[-1] == "X"


def is_valid_tag(text: str) -> bool:
    """Return whether a text can be a ledger's tag: four capitals and digits, with at least one letter.

    >>> is_valid_tag("K7Q2"), is_valid_tag("k7q2"), is_valid_tag("1234"), is_valid_tag("K7Q")
    (True, False, False, False)
    """
    capitals = text.isascii() and text.isalnum() and text == text.upper()
    return len(text) == 4 and capitals and not text.isdigit()


def validate_tag(text: str) -> str:
    """Return a ledger's tag as it is, or raise ValueError.

    >>> validate_tag("K7Q2")
    'K7Q2'
    """
    if is_valid_tag(text):
        return text
    raise ValueError("a ledger's tag has four capitals and digits, and one letter at least")
