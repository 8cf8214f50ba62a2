"""The distinct texts of notes, their words that are compared, and which of them are alike: many at a time."""

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import attrs

from peerbill.checks.patterns import thresholds
from peerbill.checks.patterns.signatures import PART, near_pairs, signatures
from peerbill.checks.patterns.template import template_words

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from peerbill.checks.patterns.copied_notes import NoteTexts

    Numbers = npt.NDArray[np.integer[Any]]
    Flags = npt.NDArray[np.bool_]

PAIRS: Final = 8192
"""Pairs that are compared word by word at a time."""

Links = dict[int, dict[int, Fraction]]
"""Of each text, the texts that were found alike, with the part of the words that they share."""


@attrs.define
class Texts:
    """The distinct texts, by numbers in order of their first notes.

    Attributes:
        words: the words of all notes.
        compared: which of them are compared, a bit each from the lowest on: those that are no template; where few are
            left of a note, all of it.
        starts: where the words of each note begin, and where the last one ends.
        by_template: of which notes few words are left without the template.
        first: the first note of each text.
        text_of: the text of each note.
        peers: who wrote the first note of each text.
        members: whom it is about.

    """

    words: "Numbers"
    compared: "Numbers"
    starts: "Numbers"
    by_template: "Flags"
    first: "Numbers"
    text_of: "Numbers"
    peers: "Numbers"
    members: "Numbers"

    @classmethod
    def of(cls, notes: "NoteTexts") -> "Texts":
        """Return the texts of notes."""
        import numpy as np  # noqa: PLC0415  # it comes with the extra `patterns`

        words = np.frombuffer(notes.text, np.uint16)
        starts = np.concatenate(([0], np.cumsum(np.frombuffer(notes.lengths, np.uint16), dtype=np.int64)))
        first, text_of = _numbered(np.frombuffer(notes.digests, np.uint64))
        peers, members = np.frombuffer(notes.peers, np.uint32), np.frombuffer(notes.members, np.uint32)
        compared = template_words(words, starts, peers, len(notes.peer_ids))
        np.logical_not(compared, out=compared)
        by_template = np.zeros(len(peers), np.bool_)
        # All notes at once would be copied as larger numbers.
        for begin in range(0, len(peers), PART):
            part = starts[begin : begin + PART + 1]
            left = np.add.reduceat(compared[part[0] : part[-1]], part[:-1] - part[0], dtype=np.int32)
            by_template[begin : begin + PART] = left < thresholds.LEAST_WORDS
        for place in np.flatnonzero(by_template).tolist():
            compared[starts[place] : starts[place + 1]] = True
        bits = np.packbits(compared, bitorder="little")
        return cls(words, bits, starts, by_template, first, text_of, peers[first], members[first])

    def own_words(self, place: int) -> list[int]:
        """Return the words of a note without its template, none where they are too few to be compared."""
        import numpy as np  # noqa: PLC0415

        if self.by_template[place]:
            return []
        at = np.arange(self.starts[place], self.starts[place + 1])
        own: list[int] = self.words[at[self._is_compared(at)]].tolist()
        return own

    def _is_compared(self, at: "Numbers") -> "Flags":
        """Tell which of the words at some places are compared."""
        import numpy as np  # noqa: PLC0415

        found: Flags = (self.compared[at >> 3] >> (at & 7).astype(np.uint8) & np.uint8(1)).astype(np.bool_)
        return found

    def words_of(self, texts: "Numbers") -> "tuple[Numbers, Numbers]":
        """Return the words of some texts that are compared, one text after the other, and how many each has."""
        import numpy as np  # noqa: PLC0415

        begins = self.starts[self.first[texts]]
        lengths = self.starts[self.first[texts] + 1] - begins
        before = np.cumsum(lengths) - lengths
        at = np.repeat(begins - before, lengths) + np.arange(lengths.sum())
        compared = self._is_compared(at)
        return self.words[at[compared]], np.add.reduceat(compared, before, dtype=np.int64)

    def links(self) -> Links:
        """Return which texts are alike."""
        import numpy as np  # noqa: PLC0415

        links: Links = defaultdict(dict)
        count = len(self.first)
        if count < 2:  # one is like no other
            return {}
        family = np.arange(count, dtype=np.int32)
        parts = (self.words_of(np.arange(first, min(first + PART, count))) for first in range(0, count, PART))
        for ones, others in near_pairs(signatures(parts, count)):
            for first in range(0, len(ones), PAIRS):
                one, other = ones[first : first + PAIRS], others[first : first + PAIRS]
                unlinked = roots(family, one) != roots(family, other)
                self._link(one[unlinked], other[unlinked], links, family)
        return dict(links)

    def _link(self, ones: "Numbers", others: "Numbers", links: Links, family: "Numbers") -> None:
        """Link the pairs that are alike, unless they belong together by what was linked before."""
        for one, other, alike in self.alike(ones, others):
            if root(family, one) != root(family, other):
                links[one][other] = links[other][one] = alike
                join(family, one, other)

    def alike(self, ones: "Numbers", others: "Numbers") -> Iterator[tuple[int, int, Fraction]]:
        """Yield the pairs of texts that are alike, with the part of the words that they share."""
        import numpy as np  # noqa: PLC0415

        if not len(ones):
            return
        texts, places = np.unique(np.concatenate((ones, others)), return_inverse=True)
        one, other = places[: len(ones)], places[len(ones) :]
        words, lengths = self.words_of(texts)
        of_template = self.by_template[self.first[texts]]
        related = (self.peers[ones] == self.peers[others]) | (self.members[ones] == self.members[others])
        total = lengths[one] + lengths[other]
        most = np.where(related, _most(total, thresholds.SIMILAR), _most(total, thresholds.SIMILAR_OF_OTHERS))
        most = np.where(of_template[one], _most(total, thresholds.SIMILAR_TEMPLATES), most)
        at = np.flatnonzero((of_template[one] == of_template[other]) & (abs(lengths[one] - lengths[other]) <= most))
        # What is shared in some order is at least what is shared in this one, and most pairs end here.
        any_order = apart(*_strings(_sorted(words, lengths), lengths, one[at], other[at]), most[at])
        near = any_order <= most[at]
        at, any_order = at[near], any_order[near]
        in_order = apart(*_strings(words, lengths, one[at], other[at]), most[at])
        moved = (any_order <= _most(total[at], thresholds.SIMILAR_IN_ANY_ORDER)) & ~of_template[one[at]]
        different = np.where(moved, any_order, in_order)
        found = different <= most[at]
        for pair, words_apart in zip(at[found].tolist(), different[found].tolist(), strict=True):
            yield int(ones[pair]), int(others[pair]), 1 - Fraction(words_apart, int(total[pair]))


def _numbered(digests: "Numbers") -> "tuple[Numbers, Numbers]":
    """Return where each text is first, in this order, and the number of the text at each place."""
    import numpy as np  # noqa: PLC0415

    _, first, inverse = np.unique(digests, return_index=True, return_inverse=True)
    # In order of the first notes, whatever their digests are.
    order = np.argsort(first)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order))
    return first[order].astype(np.int32), place[inverse]


def _most(total: "Numbers", least: Fraction) -> "Numbers":
    """Return how many of so many words of two texts may be in one of them only, where they share `least`."""
    return total * (least.denominator - least.numerator) // least.denominator


def _sorted(words: "Numbers", lengths: "Numbers") -> "Numbers":
    """Return the words of each text in order of their numbers."""
    import numpy as np  # noqa: PLC0415

    keys = np.repeat(np.arange(len(lengths), dtype=np.uint64) << np.uint64(16), lengths) | words
    keys.sort()
    return keys.astype(np.uint16)


def _strings(words: "Numbers", lengths: "Numbers", ones: "Numbers", others: "Numbers") -> tuple[list[str], list[str]]:
    """Return some of the texts, and some others, as strings that have a character for each word."""
    import numpy as np  # noqa: PLC0415

    characters = words.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    ends = np.cumsum(lengths)
    begins = (ends - lengths).tolist()
    texts = [characters[begin:end] for begin, end in zip(begins, ends.tolist(), strict=True)]
    return [texts[place] for place in ones.tolist()], [texts[place] for place in others.tolist()]


def apart(ones: list[str], others: list[str], most: "Numbers") -> "Numbers":
    """Return how many words are to be taken out of the two texts of each pair until they are the same.

    Where this is more than the greatest of `most`, some number above it.
    """
    import numpy as np  # noqa: PLC0415
    from rapidfuzz.distance import Indel  # noqa: PLC0415
    from rapidfuzz.process import cpdist  # noqa: PLC0415

    if not ones:
        return np.zeros(0, np.int64)
    found: Numbers = cpdist(ones, others, scorer=Indel.distance, score_cutoff=int(most.max()), dtype=np.int64)
    return found


def roots(family: "Numbers", texts: "Numbers") -> "Numbers":
    """Return for each text the number of its family."""
    found = family[texts]
    while (above := family[found]).tobytes() != found.tobytes():
        found = above
    return found


def root(family: "Numbers", text: int) -> int:
    """Return the number of the family of a text, and shorten the way to it."""
    while (above := int(family[text])) != text:
        family[text] = family[above]
        text = above
    return text


def join(family: "Numbers", one: int, other: int) -> None:
    """Make one family of those of two texts."""
    first, second = sorted((root(family, one), root(family, other)))
    family[second] = first
