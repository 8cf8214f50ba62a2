"""The words of a note that count when notes are compared, as small numbers."""

import re
from array import array
from zlib import crc32

_WORD = re.compile(r"\w+")
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


class NoteWords(dict[str, int]):
    """Numbers of words, from 0 to 65535, the same in every run: two words of a note hardly ever share one."""

    def __missing__(self, word: str) -> int:
        number = crc32(word.encode()) & 0xFFFF
        if len(self) < _MOST_KEPT:
            self[word] = number
        return number

    def of(self, note: str, names: frozenset[str]) -> "array[int]":
        """Return the words of a note in order, without names, days, times, numbers, and what has a digit in it."""
        aside = SET_ASIDE
        return array(
            "H",
            [
                self[word]
                for word in _WORD.findall(note.casefold())
                if word not in aside and word not in names and word.isalpha()
            ],
        )
