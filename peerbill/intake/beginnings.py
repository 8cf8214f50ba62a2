"""The beginning of a CSV file of encounters that need not be read: whether it is there, and how far it goes."""

import contextlib
import datetime as dt
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal

import attrs

from peerbill.model.beginning import MOST_APART, Apart, Beginning
from peerbill.model.input_files import open_file

Kind = Literal["settled", "near", "left"]
"""What an encounter is to a run: it need not be read, it is near to one that is left to bill, or it is left."""

_BLOCK = 1 << 20


@attrs.define
class FirstBytes:
    """What a file begins with. Asked about a longer beginning, it reads on from the end of the one before."""

    path: Path
    _at: int = attrs.field(default=0, init=False)
    _last: bytes = attrs.field(default=b"", init=False)
    _digest: "hashlib._Hash" = attrs.field(factory=hashlib.sha256, init=False)

    def are(self, beginning: Beginning) -> bool:
        """Return whether the file begins so and goes on with a line of its own; one that is unreadable does not."""
        size = beginning.size
        if size < self._at:
            self._at, self._last, self._digest = 0, b"", hashlib.sha256()
        with contextlib.suppress(OSError), open_file(self.path) as file:
            file.seek(self._at)
            while self._at < size and (block := file.read(min(size - self._at, _BLOCK))):
                self._digest.update(block)
                self._at += len(block)
                self._last = block
        return self._at == size and self._last.endswith(b"\n") and self._digest.hexdigest() == beginning.sha256


def rows_of_apart(path: Path, beginning: Beginning) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a beginning that are read all the same: the line on which each begins, and its lines."""
    with open_file(path) as file:
        for row in beginning.apart:
            file.seek(row.at)
            yield row.line, file.read(row.length).decode().splitlines(keepends=True)


def find_beginning(
    path: Path, kinds: Mapping[int, Kind], before: dt.date, known: Beginning | None = None
) -> Beginning | None:
    """Return the longest beginning of a file that need not be read; None where there is none, or none beyond `known`.

    `kinds` has the encounters that were read, by the line on which each begins, also those that could not be used. With
    `known`, the other rows of that beginning are settled. `before` is the day before which all that is settled began.

    Raises OSError where the file cannot be read.
    """
    starts = sorted(kinds)
    last = _last_settled(starts, kinds, known)
    if last is None:
        return None
    following = dict(pairwise(starts))
    apart = [line for line in starts if line < last and kinds[line] != "settled"]
    measured = _measure(path, {*apart, *(following[line] for line in apart)}, following.get(last))
    if measured is None:
        return None
    size, lines, sha256, places = measured
    old = {row.line: row for row in known.apart} if known is not None else {}
    return Beginning(
        size=size,
        lines=lines,
        rows=sum(kinds[line] == "settled" for line in starts if line <= last) + (known.rows if known else 0),
        sha256=sha256,
        before=before,
        apart=tuple(
            attrs.evolve(old[line], left=kinds[line] == "left")
            if line in old
            else Apart(places[line], places[following[line]] - places[line], line, left=kinds[line] == "left")
            for line in apart
        ),
    )


def _last_settled(starts: Sequence[int], kinds: Mapping[int, Kind], known: Beginning | None) -> int | None:
    """Return the line of the last settled encounter before too many that are read; None where it is in `known`."""
    after = known.lines if known is not None else 0
    found, apart = None, 0
    for line in starts:
        if kinds[line] == "settled":
            found = line if line > after else found
        elif (apart := apart + 1) > MOST_APART:
            break
    return found


def _measure(path: Path, wanted: Collection[int], until: int | None) -> tuple[int, int, str, Mapping[int, int]] | None:
    """Return bytes, lines and SHA-256 of a file up to a line, and where the wanted lines begin.

    None where its lines end in other ways than a table's do, or where the file ends within a line.
    """
    digest = hashlib.sha256()
    at, number, places = 0, 0, dict[int, int]()
    with open_file(path) as file:
        for number, line in enumerate(file, start=1):
            if number in wanted:
                places[number] = at
            if number == until:
                return at, number - 1, digest.hexdigest(), places
            if not line.endswith(b"\n") or b"\r" in line[:-2]:
                return None
            digest.update(line)
            at += len(line)
    return (at, number, digest.hexdigest(), places) if until is None else None
