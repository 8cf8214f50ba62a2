"""The words of a note that count when notes are compared, as small numbers."""

import re
import sys
from array import array
from zlib import crc32

_WORD = re.compile(r"\w+")
_BETWEEN = {sign: chr(sign) if _WORD.fullmatch(chr(sign)) else " " for sign in range(128)}
"""Blanks for what stands between words, of the signs that nearly all notes are made of.

Letters are in it as themselves: `translate` raises an error within for each that it misses.
"""
_MOST_KEPT = 200_000
"""Words whose numbers are kept; of others, they are worked out each time."""

_CALENDAR = (
    "january february march april may june july august september october november december"
    " jan feb mar apr jun jul aug sep sept oct nov dec"
    " monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun am pm"
)
_PERSONS = "he him his himself she her hers herself they them their theirs themselves themself mr mrs ms mx"
SET_ASIDE = frozenset((*_CALENDAR.split(), *_PERSONS.split()))
"""Days, months, and words that change with the person a note is about."""


class NoteWords(dict[str, bytes]):
    """Numbers of words, from 0 to 65535, the same in every run: two words of a note hardly ever share one.

    A number is two bytes, as an array has it; a word that does not count has none.
    """

    def __missing__(self, word: str) -> bytes:
        counts = word.isalpha() and word not in SET_ASIDE
        number = (crc32(word.encode()) & 0xFFFF).to_bytes(2, sys.byteorder) if counts else b""
        if len(self) < _MOST_KEPT:
            self[word] = number
        return number

    def of(self, note: str, names: frozenset[str]) -> "array[int]":
        """Return the words of a note in order, without names, days, times, numbers, and what has a digit in it."""
        folded = note.casefold()
        words = folded.translate(_BETWEEN).split() if folded.isascii() else _WORD.findall(folded)
        if not names.isdisjoint(words):
            words = [word for word in words if word not in names]
        found = array("H")
        found.frombytes(b"".join(map(self.__getitem__, words)))
        return found
