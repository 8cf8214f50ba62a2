"""Relations between the elements of a segment: the syntax notes of X12 (P, R, E, C, L).

The notes are those of X12 005010 for the segments of an 837, as the pyx12 4.0.0 maps record them (BSD licence). CAS is
left to `peerbill.x12.check.check837p`, which asks for more.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, permutations, product
from typing import NamedTuple

from peerbill.x12.delimiters import Delimiters


class Relation(NamedTuple):
    """A syntax note.

    `kind` is P (all or none), R (at least one), E (at most one), C (the first needs all others) or L (the first needs
    another); `places` are positions of elements, from 1.
    """

    kind: str
    places: tuple[int, ...]

    def is_broken(self, filled: Sequence[bool]) -> bool:
        """Return whether elements break it: `filled` says of each of `places` whether it holds something."""
        first, *others = filled
        match self.kind:
            case "P":
                return any(filled) and not all(filled)
            case "R":
                return not any(filled)
            case "E":
                return sum(filled) > 1
            case "C":
                return first and not all(others)
            case _:
                return first and not any(others)

    def concerns(self, usage: Sequence[str]) -> bool:
        """Return whether elements can break it that each are as a guide uses them.

        `usage` has R (required), S (situational) or - (not used) for each element of the segment.
        """
        held = {"R": (True,), "S": (True, False), "-": (False,)}
        choices = (held[usage[place - 1]] if place <= len(usage) else (False,) for place in self.places)
        return any(self.is_broken(filled) for filled in product(*choices))

    def pattern(self, delimiters: Delimiters) -> str:
        """Return an expression without width that matches, at the start of a segment, where the note is broken."""
        separator = re.escape(delimiters.element)
        value = f"[^{separator}]"
        present = [f"(?={value}*(?:{separator}{value}*){{{at - 1}}}{separator}{value})" for at in self.places]
        absent = [text.replace("(?=", "(?!", 1) for text in present]
        ways: Iterator[Sequence[str]]
        match self.kind:
            case "P":
                ways = ((present[here], absent[other]) for here, other in permutations(range(len(present)), 2))
            case "R":
                ways = iter([absent])
            case "E":
                ways = combinations(present, 2)
            case "C":
                ways = ((present[0], missing) for missing in absent[1:])
            case _:
                ways = iter([(present[0], *absent[1:])])
        return "|".join(map("".join, ways))

    def explain(self, id_: str, elements: Sequence[str]) -> tuple[str, str]:
        """Return the element at fault, and the fault, if a segment breaks the note; `elements` has the id first."""
        filled = [at for at in self.places if at < len(elements) and elements[at]]
        missing = [at for at in self.places if at not in filled]
        if self.kind == "E":
            return _name(id_, filled[1]), f"{_names(id_, filled)} are both sent; only one of them may be"
        if self.kind == "R":
            return _name(id_, missing[0]), f"none of {_names(id_, missing)} is sent; one of them is needed"
        between = " or " if self.kind == "L" else " and "
        what = "are sent" if len(filled) > 1 else "is sent"
        message = f"{_names(id_, filled)} {what} without {_names(id_, missing, between)}"
        return _name(id_, missing[0]), message

    def broken(self, id_: str) -> str:
        """Return the fault for a report that the note is broken, without how."""
        names = _names(id_, self.places)
        first, others = _name(id_, self.places[0]), self.places[1:]
        match self.kind:
            case "P":
                return f"{names} come together, and one of them is missing"
            case "R":
                return f"none of {names} is sent; one of them is needed"
            case "E":
                return f"more than one of {names} is sent; only one of them may be"
            case "C":
                return f"{first} is sent without {_names(id_, others)}"
            case _:
                return f"{first} is sent without {_names(id_, others, ' or ')}"


def relation(note: str) -> Relation:
    """Read a note as X12 writes it: P0809."""
    return Relation(note[0], tuple(int(note[at : at + 2]) for at in range(1, len(note), 2)))


def _name(id_: str, place: int) -> str:
    return f"{id_}{place:02}"


def _names(id_: str, places: Sequence[int], between: str = " and ") -> str:
    *first, last = [_name(id_, place) for place in places]
    return f"{', '.join(first)}{between}{last}" if first else last


RELATIONS: Mapping[str, tuple[Relation, ...]] = {
    id_: tuple(map(relation, notes.split()))
    for id_, notes in {
        "CR1": "P0102 P0506",
        "CR2": "P0102 C0403 P0506",
        "CR3": "P0203",
        "CTP": "P0405 C0607 C0902 C1002 C1103",
        "CUR": "C0807 C0907 L101112 C1110 C1210 L131415 C1413 C1513 L161718 C1716 C1816 L192021 C2019 C2119",
        "DMG": "P0102 C1105 P1011",
        "FRM": "R02030405",
        "HCP": "R0113 P0910 P1112",
        "LIN": "P0405 P0607 P0809 P1011 P1213 P1415 P1617 P1819 P2021 P2223 P2425 P2627 P2829 P3031",
        "LQ": "C0102",
        "MEA": "R03050608 E0803 L050412 L060412 L07030506 P1112",
        "N4": "E0207 C0605 C0704",
        "NM1": "P0809 C1110 C1203",
        "PAT": "P0506 P0708",
        "PER": "P0304 P0506 P0708",
        "PRV": "P0203",
        "PWK": "P0506",
        "QTY": "R0204 E0204",
        "REF": "R0203",
        "SV1": "P0304",
        "SV2": "R0102 P0405",
        "SV5": "R0405 C0604",
    }.items()
}
"""The notes of each segment, by its id."""
