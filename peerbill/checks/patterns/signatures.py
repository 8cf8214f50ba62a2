"""MinHash signatures of texts, and the pairs of texts that are near enough to be compared: never all with all."""

from typing import TYPE_CHECKING, Any, Final

from peerbill.checks.patterns.template import RUN, run_hashes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
PAIRS: Final = 32_768
"""Pairs that are worked on at a time."""


def signatures(parts: "Iterable[tuple[Numbers, Numbers]]", count: int) -> "Numbers":
    """Return the signature of each of `count` texts: what it has in each band, as a number of 32 bits.

    `parts` gives the words of some texts, one text after the other, and how many each has: `RUN` at least.
    """
    import numpy as np  # noqa: PLC0415  # it comes with the extra `patterns`

    found = np.empty((count, BANDS), np.uint32)
    multipliers, summands = _permutations()
    done = 0
    for words, lengths in parts:
        ends = np.cumsum(lengths)
        # A run lies in one text: none begins at the last two words of a text.
        inside = np.ones(len(words), np.bool_)
        for step in range(1, RUN):
            inside[ends - step] = False
        runs = _mixed(run_hashes(words)[inside[: 1 - RUN]])
        begins = ends - lengths - np.arange(len(lengths)) * (RUN - 1)
        rows = [
            np.minimum.reduceat(runs * multiplier + summand, begins)
            for multiplier, summand in zip(multipliers, summands, strict=True)
        ]
        for band in range(BANDS):
            first, *more = rows[band * ROWS : (band + 1) * ROWS]
            mixed = first * np.uint32(0x9E3779B1)
            for row in more:
                mixed = (mixed ^ row) * np.uint32(0x85EBCA6B)
                mixed ^= mixed >> np.uint32(13)
            found[done : done + len(lengths), band] = mixed
        done += len(lengths)
    return found


def _permutations() -> "tuple[Numbers, Numbers]":
    """Return by what a value is multiplied, and what is added, for each value of a signature, modulo 2^32.

    They are those of datasketch (MinHash, seed 1, scheme affine32), whose import alone takes 40 MB.
    """
    import numpy as np  # noqa: PLC0415

    drawn = np.random.RandomState(1)  # its numbers stay as they are, whatever the version of numpy
    halves = drawn.randint(0, 1 << 31, BANDS * ROWS, dtype=np.uint32)
    return halves * np.uint32(2) + np.uint32(1), drawn.randint(0, 1 << 32, BANDS * ROWS, dtype=np.uint32)


def _mixed(values: "Numbers") -> "Numbers":
    """Return the values, each mixed up as MinHash does before it permutes them: the last step of MurmurHash3."""
    import numpy as np  # noqa: PLC0415

    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    values = (values ^ (values >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))


def near_pairs(found: "Numbers") -> "Iterator[tuple[Numbers, Numbers]]":
    """Yield the pairs of texts that are to be compared, those of a band at a time: both texts, by their numbers."""
    import numpy as np  # noqa: PLC0415

    for band in range(found.shape[1]):
        near = [
            (one.astype(np.uint64) << np.uint64(32) | other)[_agree(found, one, other)]
            for ones, others in pairs_of_band(found[:, band])
            for first in range(0, len(ones), PAIRS)
            for one, other in [(ones[first : first + PAIRS], others[first : first + PAIRS])]
        ]
        pairs = np.unique(np.concatenate(near)) if near else np.zeros(0, np.uint64)
        yield (pairs >> np.uint64(32)).astype(np.uint32), pairs.astype(np.uint32)


def _agree(found: "Numbers", ones: "Numbers", others: "Numbers") -> "npt.NDArray[np.bool_]":
    """Tell which pairs agree in enough bands."""
    import numpy as np  # noqa: PLC0415

    bands: Numbers = np.count_nonzero(found[ones] == found[others], axis=1)
    return bands >= AGREE


def pairs_of_band(band: "Numbers") -> "Iterator[tuple[Numbers, Numbers]]":
    """Yield pairs of texts that agree in a band and are to be compared, some of them twice: the first, and the other.

    Of many texts that agree, each is compared with the first, and with the few right before it.
    """
    import numpy as np  # noqa: PLC0415

    order = np.argsort(band, kind="stable").astype(np.uint32)
    values = band[order]
    begins = np.flatnonzero(np.diff(values, prepend=~values[:1]))
    lengths = np.diff(begins, append=len(values))
    head, many = np.repeat(order[begins], lengths), np.repeat(lengths >= MANY, lengths)
    yield head[head != order], order[head != order]
    for back in range(1, BEFORE + 1):
        same = values[back:] == values[:-back]
        if back > 1:
            same &= ~many[back:]
        at = np.flatnonzero(same)
        yield order[at], order[at + back]
