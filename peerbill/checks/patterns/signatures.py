"""MinHash signatures of texts, and the pairs of texts that are near enough to be compared: never all with all."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from peerbill.checks.patterns.template import run_hashes

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.integer[Any]]

BANDS: Final = 32
ROWS: Final = 3
"""A signature has 32 bands of 3 values."""
AGREE: Final = 2
"""In how many bands two texts agree to be compared: 95% of those that share half of their runs of words do."""
BEFORE: Final = 3
"""With how many texts right before it, of those that agree in a band, a text is compared, beside the first of them."""
MANY: Final = 32
"""From so many texts that agree in a band on, it is a phrase that many have, and only the last before is compared."""
PART: Final = 2048
"""Texts that are worked on at a time."""
PAIRS: Final = 250_000
"""Pairs that are worked on at a time."""


def signatures(words_of: Callable[[int], tuple[list[int], bool]], count: int) -> "Numbers":
    """Return the signature of each of `count` texts: what it has in each band, as a number of 32 bits."""
    import numpy as np  # noqa: PLC0415  # it comes with the extra `patterns`
    from datasketch import MinHash  # noqa: PLC0415

    found = np.empty((count, BANDS), np.uint32)
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
        found[first:last] = mixed
    return found


def near_pairs(found: "Numbers") -> "Iterator[tuple[Numbers, Numbers]]":
    """Yield the pairs of texts that are to be compared, those of a band at a time: both texts, by their numbers."""
    import numpy as np  # noqa: PLC0415

    for band in range(found.shape[1]):
        pairs = pairs_of_band(found[:, band])
        ones, others = np.divmod(pairs, np.uint64(1 << 32))
        for first in range(0, len(pairs), PAIRS):
            one, other = ones[first : first + PAIRS], others[first : first + PAIRS]
            near = (found[one] == found[other]).sum(axis=1) >= AGREE
            yield one[near], other[near]


def pairs_of_band(band: "Numbers") -> "Numbers":
    """Return the pairs of texts that agree in a band and are to be compared: the first one times 2^32, plus the other.

    Of many texts that agree, each is compared with the first, and with the few right before it.
    """
    import numpy as np  # noqa: PLC0415

    order = np.argsort(band, kind="stable").astype(np.uint64)
    values = band[order]
    begins = np.flatnonzero(np.diff(values, prepend=~values[:1]))
    lengths = np.diff(begins, append=len(values))
    head, many = np.repeat(order[begins], lengths), np.repeat(lengths >= MANY, lengths)
    found = [(head << np.uint64(32) | order)[head != order]]
    for back in range(1, BEFORE + 1):
        same = values[back:] == values[:-back]
        if back > 1:
            same &= ~many[back:]
        at = np.flatnonzero(same)
        found.append(order[at] << np.uint64(32) | order[at + back])
    return np.unique(np.concatenate(found))
