"""Changes to the segments of a written file, by which it says something else: what tables of such changes are made of.

A segment is named by how it begins (`NM1*IL`, `SV2`), and the second or third of them by a number before (`2:SV2`).
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

Segments = list[str]
Change = Callable[[Segments], None]


class Row(NamedTuple):
    """One file: what was changed, the code that must name it ("" where none may), the file and the changes."""

    name: str
    code: str
    file: str
    changes: tuple[Change, ...]


def row(name: str, code: str, file: str, *changes: Change) -> Row:
    """Return a row of a table."""
    return Row(name, code, file, changes)


def find(segments: Segments, which: str) -> int:
    """Return the index of the first segment that begins so, or of another (`2:SV2`)."""
    nth, _, start = which.rpartition(":") if which[:2] in {"2:", "3:", "4:"} else ("1", "", which)
    places = [at for at, text in enumerate(segments) if f"{text}*".startswith(f"{start}*")]
    return places[int(nth) - 1]


def put(which: str, element: str, value: str) -> Change:
    """Write an element (`4`) or component (`1-2`) of a segment; empty ones at the end are taken off."""

    def change(segments: Segments) -> None:
        at = find(segments, which)
        fields = segments[at].split("*")
        place, _, part = element.partition("-")
        fields += [""] * (int(place) + 1 - len(fields))
        if part:
            parts = fields[int(place)].split(":")
            parts += [""] * (int(part) - len(parts))
            parts[int(part) - 1] = value
            fields[int(place)] = ":".join(parts).rstrip(":")
        else:
            fields[int(place)] = value
        segments[at] = "*".join(fields).rstrip("*")

    return change


def to(which: str, text: str) -> Change:
    """Write another segment in the place of one."""

    def change(segments: Segments) -> None:
        segments[find(segments, which)] = text

    return change


def drop(*each: str) -> Change:
    """Take segments out."""

    def change(segments: Segments) -> None:
        for which in each:
            del segments[find(segments, which)]

    return change


def after(which: str, *texts: str) -> Change:
    """Write segments behind one."""

    def change(segments: Segments) -> None:
        at = find(segments, which) + 1
        segments[at:at] = texts

    return change


def before(which: str, *texts: str) -> Change:
    """Write segments in front of one."""

    def change(segments: Segments) -> None:
        at = find(segments, which)
        segments[at:at] = texts

    return change


def again(first: str, last: str = "", place: str = "") -> Change:
    """Write a segment, or all from one to another, a second time, behind the last or in front of a place."""

    def change(segments: Segments) -> None:
        begin, end = find(segments, first), find(segments, last or first) + 1
        at = find(segments, place) if place else end
        segments[at:at] = segments[begin:end]

    return change


def swap(one: str, other: str) -> Change:
    """Let two segments change places."""

    def change(segments: Segments) -> None:
        left, right = find(segments, one), find(segments, other)
        segments[left], segments[right] = segments[right], segments[left]

    return change


def text_of(files: Mapping[str, Segments], file: str, *changes: Change) -> str:
    """Return one of the files with changes, SE01 counted again unless a change wrote it."""
    segments = list(files[file])
    trailer = segments[find(segments, "SE")]
    for change in changes:
        change(segments)
    for at, text in enumerate(segments):
        if text == trailer:
            begin = max((place for place, other in enumerate(segments[:at]) if other.startswith("ST*")), default=0)
            segments[at] = f"SE*{at - begin + 1}*{text.rpartition('*')[2]}"
    return "".join(f"{text}~" for text in segments)
