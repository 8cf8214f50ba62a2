"""Which words of notes are template: headings and stock phrases that many notes of many peers have."""

from typing import TYPE_CHECKING, Any, Final

from peerbill.checks.patterns import thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.integer[Any]]

RUN: Final = 3
"""Words in a row that are looked at together."""
MOST_BITS: Final = 22
"""Most bits of the cell in which a run is counted: in 4 million cells, rare runs hardly ever look frequent."""
PART: Final = 500_000
"""Words that are worked on at a time."""


def run_hashes(words: "Numbers") -> "Numbers":
    """Return a number of 32 bits for each run of three words, by its first word; the last two words begin none."""
    import numpy as np  # noqa: PLC0415  # it comes with the extra `patterns`

    mixed = words.astype(np.uint32)
    found: Numbers = (
        mixed[:-2] * np.uint32(0x9E3779B1) + mixed[1:-1] * np.uint32(0x85EBCA6B) + mixed[2:] * np.uint32(0xC2B2AE35)
    )
    found ^= found >> np.uint32(15)
    found *= np.uint32(0x2C1B3C6D)
    found ^= found >> np.uint32(12)
    return found


def template_words(words: "Numbers", starts: "Numbers", peers: "Numbers", count: int) -> "npt.NDArray[np.bool_]":
    """Return which words are template: those of runs that enough notes have, by enough of the `count` peers.

    `starts` tells where the words of each note begin, and where the last one ends; `peers` who wrote each note.
    """
    import numpy as np  # noqa: PLC0415

    notes = len(peers)
    bits = min((8 * len(words)).bit_length(), MOST_BITS)
    counts = np.zeros(1 << bits, np.uint32)
    for cells, _, _ in _parts(words, starts, peers, bits):
        np.add.at(counts, cells, np.uint32(1))
    many = count >= thresholds.PEERS_WITH_TEMPLATE
    share = thresholds.TEMPLATE_SHARE if many else thresholds.TEMPLATE_SHARE_OF_FEW
    frequent = np.flatnonzero(counts >= max(float(share * notes), thresholds.TEMPLATE_NOTES))
    del counts
    place = np.full(1 << bits, -1, np.int32)
    place[frequent] = np.arange(len(frequent))
    if many:
        used = np.zeros((len(frequent), count), np.bool_)
        for cells, writers, _ in _parts(words, starts, peers, bits):
            found = place[cells]
            used[found[found >= 0], writers[found >= 0]] = True
        place[frequent[used.sum(axis=1) < float(thresholds.TEMPLATE_PEERS * count)]] = -1
    template = np.zeros(len(words), np.bool_)
    for cells, _, at in _parts(words, starts, peers, bits):
        begins = at[place[cells] >= 0]
        for step in range(RUN):
            template[begins + step] = True
    return template


def _parts(
    words: "Numbers", starts: "Numbers", peers: "Numbers", bits: int
) -> "Iterator[tuple[Numbers, Numbers, Numbers]]":
    """Yield, a part of the notes at a time, the cells of their runs, who wrote each, and where it begins."""
    import numpy as np  # noqa: PLC0415

    first = 0
    while first < len(peers):
        last = max(int(np.searchsorted(starts, starts[first] + PART, side="right")) - 1, first + 1)
        lengths = np.diff(starts[first : last + 1])
        begin, end = int(starts[first]), int(starts[last])
        # A run lies in one note: none begins at the last two words of a note.
        inside = np.ones(end - begin, np.bool_)
        for step in range(1, RUN):
            inside[starts[first + 1 : last + 1] - begin - step] = False
        at = np.flatnonzero(inside[: end - begin - RUN + 1])
        cells = run_hashes(words[begin:end])[at] >> np.uint32(32 - bits)
        yield cells, np.repeat(peers[first:last], lengths)[at], at + begin
        first = last
