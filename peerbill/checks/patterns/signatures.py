"""MinHash signatures of texts, and the pairs of texts that are near enough to be compared: never all with all."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from peerbill.checks.patterns.template import run_hashes

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.integer[Any]]

BANDS: Final = 32
ROWS: Final = 4
"""A signature has 32 bands of 4 values: of texts that share six tenths of their runs of words, 99% agree in a band."""
COMPARED: Final = 4
"""With how many texts of its band a text is compared at most: with the first of it, and with those right before."""
PART: Final = 2048
"""Texts that are worked on at a time."""


def bands(words_of: Callable[[int], tuple[list[int], bool]], count: int) -> "Iterator[Numbers]":
    """Yield for each band what the `count` texts have there, as numbers of 32 bits."""
    import numpy as np  # noqa: PLC0415  # it comes with the extra `patterns`
    from datasketch import MinHash  # noqa: PLC0415

    found = np.empty((BANDS, count), np.uint32)
    sketch = MinHash(num_perm=BANDS * ROWS, seed=1, hashfunc=int)
    values = np.empty((PART, BANDS * ROWS), np.uint32)
    for first in range(0, count, PART):
        last = min(first + PART, count)
        for text in range(first, last):
            sketch.clear()
            sketch.update_batch(run_hashes(np.array(words_of(text)[0], np.uint16)).tolist())
            values[text - first] = sketch.hashvalues
        rows = values[: last - first].reshape(last - first, BANDS, ROWS)
        mixed = rows[:, :, 0] * np.uint32(0x9E3779B1)
        for row in range(1, ROWS):
            mixed = (mixed ^ rows[:, :, row]) * np.uint32(0x85EBCA6B)
            mixed ^= mixed >> np.uint32(13)
        found[:, first:last] = mixed.T
    yield from found


def near_pairs(band: "Numbers") -> "Numbers":
    """Return the pairs of texts that agree in a band and are to be compared: the first one times 2^32, plus the other.

    Of many texts that agree, each is compared with the first, and with the few right before it.
    """
    import numpy as np  # noqa: PLC0415

    order = np.argsort(band, kind="stable").astype(np.uint64)
    values = band[order]
    found = []
    for back in range(1, COMPARED):
        same = np.flatnonzero(values[back:] == values[:-back])
        found.append(order[same] << np.uint64(32) | order[same + back])
    begins = np.flatnonzero(np.diff(values, prepend=~values[:1]))
    lengths = np.diff(begins, append=len(values))
    head = np.repeat(order[begins], lengths)
    found.append((head << np.uint64(32) | order)[head != order])
    return np.unique(np.concatenate(found))
