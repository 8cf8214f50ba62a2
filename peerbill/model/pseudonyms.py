"""Pseudonyms for ids and shifted days, both of a secret key: the same key gives the same ones in every report.

A pseudonym is the start of the HMAC-SHA-256 of the id's kind and the id. Without the key nobody gets from a pseudonym
to an id, not by trying ids either; with it, the agency gets there by trying its own. All days are moved by one number
of weeks that the key gives, so that days of the week, weeks, and the time between any two services stay what they are.
"""

import base64
import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Final

import attrs

from peerbill.model.errors import PeerbillError

LETTERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "authorization": "A",
        "claim": "C",
        "encounter": "E",
        "group": "G",
        "member": "M",
        "other": "X",
        "place": "L",
        "plan": "P",
        "programme": "R",
        "site": "B",
        "staff": "S",
    }
)
"""The letter that begins a pseudonym, by what has the id. `staff` is a peer, a supervisor or anybody else of the staff,
`place` a row of places, `programme` a programme of the agency's own, `other` an id that may be of a member or staff."""

KEY_BYTES: Final = 32
LENGTH: Final = 12
"""Signs of a pseudonym behind its letter, each 5 bits: that two of a million ids share one happens with one key of two
million."""

LEAST_WEEKS: Final = 8
WEEKS: Final = 512
"""Days are moved back by 8 to 519 weeks; each number of weeks is as likely as another."""

NOTICE: Final = (
    "People, encounters and places have pseudonyms, and all days are moved by the same number of weeks; days of the "
    "week, weeks and the time between services are the true ones. This is not de-identified under 45 CFR 164.514(b): "
    "times, amounts and pseudonyms can still lead to a person. Keep and share it as protected health information."
)
"""What a reader of a report with pseudonyms has to know."""


def new_key() -> str:
    """Return a new secret key as the text of its file: 64 hexadecimal digits and the end of the line."""
    return secrets.token_hex(KEY_BYTES) + "\n"


def key_of(text: str) -> bytes:
    """Return the key that the text of a file holds. Raises PeerbillError for a text that `new_key` did not make."""
    if re.fullmatch(rf"[0-9a-f]{{{2 * KEY_BYTES}}}\s*", text) is None:
        raise PeerbillError(
            f"expected {2 * KEY_BYTES} hexadecimal digits, as peerbill writes a key, found another text"
        )
    return bytes.fromhex(text.strip())


@attrs.frozen(slots=False)
class Pseudonyms:
    """What a key makes of ids, days and times.

    >>> names = Pseudonyms(bytes(32))
    >>> names.of("member", "M1"), names.of("staff", "M1"), names.of("member", "")
    ('M-GR5QATFGYKRF', 'S-BLOBJFQXGSMD', '')
    """

    key: bytes = attrs.field(repr=False)

    def of(self, kind: str, id_: str) -> str:
        """Return the pseudonym of an id, one of `LETTERS`; a blank id stays blank."""
        if not id_:
            return ""
        return f"{LETTERS[kind]}-{base64.b32encode(self._digest(kind, id_)).decode()[:LENGTH]}"

    def day(self, day: dt.date) -> dt.date:
        """Return a day, moved; the first that there is where the day is too early to be moved."""
        try:
            return day - self._shift
        except OverflowError:
            return dt.date.min

    def time(self, time: dt.datetime) -> dt.datetime:
        """Return a time, on the day that `day` gives."""
        return dt.datetime.combine(self.day(time.date()), time.timetz())

    @cached_property
    def mark(self) -> str:
        """What tells reports of one key from those of another; it says nothing of the key."""
        return base64.b32encode(self._digest("mark", "")).decode()[:LENGTH]

    @cached_property
    def _shift(self) -> dt.timedelta:
        weeks = LEAST_WEEKS + int.from_bytes(self._digest("weeks", "")) % WEEKS
        return dt.timedelta(weeks=weeks)

    def _digest(self, kind: str, id_: str) -> bytes:
        return hmac.digest(self.key, f"{kind}\0{id_}".encode(errors="surrogatepass"), hashlib.sha256)
