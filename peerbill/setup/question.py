"""A question of the set-up, and the readers that check its answer."""

import datetime as dt
import re
from collections.abc import Callable, Collection
from decimal import Decimal

import attrs

from peerbill.intake import settings
from peerbill.intake.header import nearest
from peerbill.model import ids
from peerbill.model.words import Vocabulary, fold

Reader = Callable[[str], str]

NONE = "none"
"""The answer that there is nothing, such as no modifier."""

_ZONES = {
    "eastern": "America/New_York",
    "central": "America/Chicago",
    "mountain": "America/Denver",
    "arizona": "America/Phoenix",
    "pacific": "America/Los_Angeles",
    "alaska": "America/Anchorage",
    "hawaii": "Pacific/Honolulu",
}
_CENTS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")


@attrs.frozen
class SetupQuestion:
    """Something that is asked.

    Attributes:
        key: its name in an answers file, such as `organization.npi` or `policy.NJ/sud.unit.rounding`.
        text: the question, in plain words.
        read: checks an answer and returns it as it is kept; raises ValueError that says what was expected.
        allowed: the words that may be given, () where there is no list.
        meanings: what some of these words mean.
        example: what an answer looks like, for the person who answers.
        note: what the texts that were read say.
        default: the answer that nothing typed means, "" for none.
        required: whether nothing can be written without it.
        holds: whether encounters are held until it is answered.
        asked: whether it is asked by itself; others are taken where somebody answers them.
        where: the file and the key where the answer is written.
        answer: what was answered, "" where nothing was.

    """

    key: str
    text: str
    read: Reader
    where: str
    allowed: tuple[str, ...] = ()
    meanings: tuple[tuple[str, str], ...] = ()
    example: str = ""
    note: str = ""
    default: str = ""
    required: bool = False
    holds: bool = False
    asked: bool = True
    answer: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is asked and has no answer yet."""
        return self.asked and not self.answer


def text(value: str) -> str:
    """Return a text in a line."""
    value = " ".join(value.split())
    if len(value) > 60:
        raise ValueError("expected at most 60 characters")
    return value


def long_text(value: str) -> str:
    """Return a text in a line, of any length."""
    return " ".join(value.split())


def npi(value: str) -> str:
    """Return an NPI; of one with a wrong check digit, the message says which digit would fit."""
    number = ids.compact(value)
    try:
        return ids.validate_npi(number)
    except ValueError as error:
        if len(number) == 10 and number.isascii() and number.isdigit() and number[0] in "12":
            fits = next(digit for digit in "0123456789" if ids.is_valid_npi(number[:9] + digit))
            raise ValueError(
                f"the check digit does not fit: after {number[:9]} it would be {fits}, and this ends in {number[9]}. "
                "Look for a mistyped or swapped digit"
            ) from None
        raise ValueError(f"{error}, such as 1234567893") from None


def tax_id(value: str) -> str:
    """Return an employer identification number, nine digits."""
    return ids.validate_tax_id(ids.compact(value))


def zip9(value: str) -> str:
    """Return a ZIP code of nine digits, which a billing provider's address needs."""
    number = ids.compact(value)
    if ids.is_valid_zip(number) and len(number) == 5:
        raise ValueError("expected ZIP+4, nine digits such as 08753-0086: look yours up on usps.com")
    if not ids.is_valid_zip9(number):
        raise ValueError("expected ZIP+4, nine digits such as 08753-0086")
    return number


def taxonomy(value: str) -> str:
    """Return a taxonomy code."""
    code = value.strip().upper()
    if not ids.is_valid_taxonomy(code):
        raise ValueError("expected a taxonomy code: ten letters and digits, the last an X, such as 251S00000X")
    return code


def phone(value: str) -> str:
    """Return a telephone number of ten digits as North America gives them: no part begins with 0 or 1."""
    digits = settings.phone(value)
    if not re.fullmatch("[2-9][0-9]{2}[2-9][0-9]{6}", digits):
        raise ValueError("expected a telephone number of ten digits, with its area code, such as 517-555-0100")
    return digits


def street(value: str) -> str:
    """Return a street; claims want no post office box there."""
    if re.match(r"\s*p\.?\s*o\.?\s*box\b", value, re.IGNORECASE):
        raise ValueError("expected a street: claims name no post office box (payments may go to one: pay_to)")
    return text(value)


def timezone(value: str) -> str:
    """Return the name of a time zone, also from `eastern` and the like."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415  # read for this question alone

    name = _ZONES.get(fold(value).removesuffix("-time"), value.strip())
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"expected {', '.join(_ZONES)}, or a name such as America/Detroit") from None
    return name


def money(value: str) -> str:
    """Return dollars and cents."""
    amount = value.strip().removeprefix("$").replace(",", "").strip()
    if not _CENTS.fullmatch(amount):
        raise ValueError("expected dollars and cents, such as 16.00")
    if not Decimal(amount):
        raise ValueError("expected more than 0.00 dollars")
    return f"{Decimal(amount):.2f}"


def day(value: str) -> str:
    """Return a day as YYYY-MM-DD; M/D/YYYY is understood."""
    written = value.strip()
    if match := re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", written):
        written = f"{match[3]}-{int(match[1]):02}-{int(match[2]):02}"
    try:
        return dt.date.fromisoformat(written).isoformat()
    except ValueError:
        raise ValueError("expected a day such as 2026-09-30") from None


def word(words: Vocabulary | Collection[str]) -> Reader:
    """Return a reader of one of some words, in any case and spacing."""
    known = words.words if isinstance(words, Vocabulary) else tuple(words)

    def read(value: str) -> str:
        if isinstance(words, Vocabulary):
            return words.read(value)
        spelled = {fold(each): each for each in known}
        found = spelled.get(fold(value))
        if found is None:
            near = nearest(fold(value), spelled)
            guess = f". Did you mean {spelled[near[0]]}?" if near else ""
            raise ValueError(f"expected one of {', '.join(known)}{guess}")
        return found

    return read


def shaped(pattern: re.Pattern[str], what: str) -> Reader:
    """Return a reader of a code of a shape."""

    def read(value: str) -> str:
        code = value.strip().upper()
        if not pattern.fullmatch(code):
            raise ValueError(f"expected {what}")
        return code

    return read


def modifiers(value: str) -> str:
    """Return modifiers, separated by commas, or `none`."""
    if fold(value) == NONE:
        return NONE
    codes = [code.upper() for code in re.split(r"[\s,;:]+", value.strip()) if code]
    if not codes or len(codes) > 4 or any(not re.fullmatch("[A-Z0-9]{2}", code) for code in codes):
        raise ValueError("expected up to four modifiers of two letters or digits, such as HF, HQ; or none")
    if len(set(codes)) < len(codes):
        raise ValueError("expected each modifier once")
    return ", ".join(codes)


def minutes(value: str) -> str:
    """Return minutes of a unit."""
    number = fold(value).removesuffix("minutes").removesuffix("min").strip("-")
    if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= 480:
        raise ValueError("expected a whole number of minutes, such as 15")
    return str(int(number))


def yes_no(value: str) -> str:
    """Return yes or no."""
    found = {"yes": "yes", "y": "yes", "true": "yes", "no": "no", "n": "no", "false": "no"}.get(fold(value))
    if found is None:
        raise ValueError("expected yes or no")
    return found


def names(value: str) -> str:
    """Return abbreviations of certificates, separated by commas."""
    found = [name.strip() for name in re.split(r"[,;]", value) if name.strip()]
    if not found or any(not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,19}", name) for name in found):
        raise ValueError("expected abbreviations of certificates, such as CPRS, separated by commas")
    return ", ".join(dict.fromkeys(found))
