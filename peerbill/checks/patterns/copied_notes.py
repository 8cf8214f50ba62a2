"""PB208: notes that are near copies of others, without names, days, numbers and the template that many notes share.

Of each note, the words are kept as two bytes each, and who wrote it of whom in which session. Once all were shown,
words in a row that many notes of many peers have are template. What is left of each distinct text gets a MinHash
signature; texts that agree in two bands of it are compared word by word (rapidfuzz), each with a few
others of a band and never all with all. Texts that were found alike, directly or through others, make a family.
"""

import hashlib
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs

from peerbill.checks.base import Problem, check
from peerbill.checks.patterns import thresholds
from peerbill.checks.patterns.note_words import NoteWords
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.texts import Links, Texts, join, root
from peerbill.model.finding import Severity
from peerbill.model.sentence import Figure, say

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from peerbill.checks.patterns.seen import Seen

    Numbers = npt.NDArray[np.integer[Any]]


@attrs.frozen
class Copy:
    """A note that resembles another.

    Attributes:
        number: of its row.
        other: the row of the other note.
        staff_id: its peer.
        member_id: its member.
        same_peer: whether the other is of that peer too.
        same_member: whether the other is of that member too.
        similarity: the part of the words that they share.
        family: how many notes are alike, directly or through others; those of one session count as one.

    """

    number: int
    other: int
    staff_id: str
    member_id: str
    same_peer: bool
    same_member: bool
    similarity: Fraction
    family: int


@attrs.frozen
class Copies:
    """What was found: copies in order of their rows, and how many notes were compared, by peer.

    `short` counts the notes that have too few words.
    """

    found: tuple[Copy, ...]
    compared: Counter[str]
    copied: Counter[str]
    short: int


@attrs.define
class NoteTexts:
    """The words of all notes, and who wrote each of whom in which session."""

    words: NoteWords = attrs.field(factory=NoteWords)
    text: "array[int]" = attrs.field(factory=lambda: array("H"))
    lengths: "array[int]" = attrs.field(factory=lambda: array("H"))
    digests: "array[int]" = attrs.field(factory=lambda: array("Q"))
    sessions: "array[int]" = attrs.field(factory=lambda: array("Q"))
    numbers: "array[int]" = attrs.field(factory=lambda: array("I"))
    peers: "array[int]" = attrs.field(factory=lambda: array("I"))
    members: "array[int]" = attrs.field(factory=lambda: array("I"))
    peer_ids: dict[str, int] = attrs.field(factory=dict)
    member_ids: dict[str, int] = attrs.field(factory=dict)
    short: int = 0
    _texts: "Texts | None" = attrs.field(default=None, init=False, repr=False)

    def add(self, row: PatternRow, number: int) -> None:
        """Keep the words of a note."""
        words = self.words.of(row.note, row.names)[:0xFFFF]
        if len(words) < thresholds.LEAST_WORDS:
            self.short += bool(words)
            return
        self._texts = None
        self.text += words
        self.lengths.append(len(words))
        self.digests.append(_digest(words.tobytes()))
        self.sessions.append(_session(row))
        self.numbers.append(number)
        self.peers.append(self.peer_ids.setdefault(row.staff_id, len(self.peer_ids)))
        self.members.append(self.member_ids.setdefault(row.member_id, len(self.member_ids)))

    def copies(self) -> Copies:
        """Return the notes that resemble notes of other sessions."""
        names, members = list(self.peer_ids), list(self.member_ids)
        found: list[Copy] = []
        for one, other, similarity, family in sorted(_found(self)) if self.numbers else ():
            found.append(
                Copy(
                    number=self.numbers[one],
                    other=self.numbers[other],
                    staff_id=names[self.peers[one]],
                    member_id=members[self.members[one]],
                    same_peer=self.peers[one] == self.peers[other],
                    same_member=self.members[one] == self.members[other],
                    similarity=similarity,
                    family=family,
                )
            )
        return Copies(
            found=tuple(found),
            compared=Counter(names[peer] for peer in self.peers),
            copied=Counter(copy.staff_id for copy in found),
            short=self.short,
        )

    def texts(self) -> Texts:
        """Return the distinct texts; they are worked out once for all notes."""
        if self._texts is None:
            self._texts = Texts.of(self)
        return self._texts

    def alike(self, numbers: Sequence[int]) -> list[Fraction | None]:
        """Return for each row but the last the part of the words that its note shares with that of the next one.

        None: one of the notes has too few words, without the template.
        """
        places = [bisect_left(self.numbers, number) for number in numbers]
        words: list[Sequence[int]] = []
        for place, number in zip(places, numbers, strict=True):
            is_there = place < len(self.numbers) and self.numbers[place] == number
            words.append(self.texts().own_words(place) if is_there else ())
        least = thresholds.LEAST_WORDS
        return [
            _shared(one, other, _NOTHING) if min(len(one), len(other)) >= least else None
            for one, other in pairwise(words)
        ]


def _digest(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")


def _session(row: PatternRow) -> int:
    """Return the session: rows of a group id and start, or of a peer's start and end, are one."""
    start = row.start.isoformat()
    key = f"{row.group_id}\n{start}" if row.group_id else f"{row.staff_id}\n{start}\n{row.end.isoformat()}"
    return _digest(key.encode())


_Alike = tuple[int, int, Fraction, int]
"""The places of two notes among those that are compared, how similar they are, and how many notes are alike."""


def _found(notes: NoteTexts) -> Iterator[_Alike]:
    """Yield the notes that resemble another, a family after the other."""
    import numpy as np  # noqa: PLC0415  # it comes with the extra `patterns`

    texts = notes.texts()
    links = texts.links()
    family = _families(len(texts.first), links)[texts.text_of]
    order = np.argsort(family, kind="stable")
    bounds = np.flatnonzero(np.diff(family[order], prepend=-1, append=-1))
    several = np.flatnonzero(np.diff(bounds) > 1)
    for begin, end in zip(bounds[several].tolist(), bounds[several + 1].tolist(), strict=True):
        yield from _copies_of_family(notes, texts, links, order[begin:end].tolist())


def _copies_of_family(notes: NoteTexts, texts: Texts, links: Links, places: Sequence[int]) -> Iterator[_Alike]:
    """Yield the copies among notes that are alike; rows of one session are no copies of each other."""
    size = len({notes.sessions[place] for place in places})
    if size == 1:
        return
    with_text: dict[int, list[int]] = defaultdict(list)
    for place in places:
        with_text[int(texts.text_of[place])].append(place)
    # The first two sessions that have a text: one of them is another than the session of any note.
    shown = {text: _of_two_sessions(notes, found) for text, found in with_text.items()}
    for text, found in with_text.items():
        near = [
            (Fraction(1), text),
            *sorted(((alike, other) for other, alike in links.get(text, {}).items()), reverse=True),
        ]
        for place in found:
            for alike, other in near:
                partner = next((one for one in shown[other] if notes.sessions[one] != notes.sessions[place]), None)
                if partner is not None:
                    yield place, partner, alike, size
                    break


def _of_two_sessions(notes: NoteTexts, places: Sequence[int]) -> list[int]:
    first = places[0]
    return [first, *(place for place in places if notes.sessions[place] != notes.sessions[first])][:2]


def _families(count: int, links: Links) -> "Numbers":
    """Return a number for each text that is the same for all that are linked."""
    import numpy as np  # noqa: PLC0415

    family = np.arange(count, dtype=np.int32)
    for text in sorted(links):
        for other in links[text]:
            join(family, text, other)
    for text in sorted(links):
        family[text] = root(family, text)
    return family


_NOTHING = Fraction(0)


def _shared(words: Sequence[int], others: Sequence[int], least: Fraction) -> Fraction:
    """Return the part of the words that both have in the same order, 0 where it is less than `least`."""
    total = len(words) + len(others)
    most = total * (least.denominator - least.numerator) // least.denominator
    if abs(len(words) - len(others)) > most:
        return _NOTHING
    apart = _distance()(words, others, score_cutoff=most)
    return 1 - Fraction(apart, total) if apart <= most else _NOTHING


@cache
def _distance() -> Callable[..., int]:
    """Return how many words are to be taken out of two texts until they are the same, as a function of them."""
    from rapidfuzz.distance import Indel  # noqa: PLC0415  # it comes with the extra `patterns`

    distance: Callable[..., int] = Indel.distance
    return distance


@check("PB208", scope="pattern")
def note_is_no_copy(seen: "Seen") -> Iterator[Problem]:
    """The note is not a near copy of another one: of the same peer, of the same member, or of others.

    Why it matters: a copied note does not show what happened in this contact; auditors compare the notes of a peer, of
    a member and of an agency with each other, and take back what rests on copies.

    Passes: two notes of a peer, or of a member, that share 77% of their words, or 84% where peer and member are others;
    notes of one group session; notes of fewer than 15 words. Names, days, months, numbers, pronouns, and headings of a
    form (three words in a row that a fifth of the notes have, by half of the peers) are set aside. The goal is the
    plan's, and is not compared.

    Fails: a note that, without these, shares 78% of its words with another of the peer or of the member in the same
    order, or 85% in any order or with any other note: also where names, days, a few words or a sentence were changed.
    A note of which fewer than 15 words are left is compared with its headings, and fails from 95% on. It is a warning.
    """
    copies = seen.texts.copies()
    total, copied = copies.compared.total(), len(copies.found)
    for copy in copies.found:
        shared = " and ".join(word for word, same in (("peer", copy.same_peer), ("member", copy.same_member)) if same)
        values: dict[str, Figure] = {
            "similarity": int(copy.similarity * 100),
            "encounter_id": seen.ids[copy.other],
            "family": copy.family,
            "count": copies.copied[copy.staff_id],
            "total": copies.compared[copy.staff_id],
            "staff_id": copy.staff_id,
            "all": copied,
            "agency": total,
        }
        yield Problem(
            severity=Severity.WARNING,
            encounter_ids=(seen.ids[copy.number],),
            where="encounters.intervention",
            message=say(
                "note-of-another",
                "{similarity}% of the note's words are those of {encounter_id}, of the same {shared};"
                " {family} notes are alike; {count} of {total} notes of {staff_id} resemble another,"
                " and {all} of {agency} of the agency",
                shared=shared,
                **values,
            )
            if shared
            else say(
                "note-of-others",
                "{similarity}% of the note's words are those of {encounter_id}, of another peer and another member;"
                " {family} notes are alike; {count} of {total} notes of {staff_id} resemble another,"
                " and {all} of {agency} of the agency",
                **values,
            ),
            fix="Compare both notes with what happened; bill only a contact that its own note shows.",
            staff_id=copy.staff_id or None,
            member_id=copy.member_id or None,
        )
