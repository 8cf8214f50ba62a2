"""Drawing: a seed and an id give each unit its place, the same in every version of Python and in every other language.

The place of a unit is the SHA-256 of the text `seed`, a line feed, the stratum, a line feed, the unit's id, in UTF-8.
Units are put in the order of these hashes (as hexadecimal text): the first are the sample, the next are the spares.
Nothing else matters: not the order of the rows, not a state of a generator. `sha256sum` and `sort` repeat it.
"""

import hashlib
import heapq
import math
import secrets
from collections.abc import Iterable, Sequence

GENERATOR = "SHA-256 order of seed, stratum and id"
GENERATOR_VERSION = 1


def new_seed() -> str:
    """Return a seed that nobody chose: 32 hexadecimal digits of the operating system's generator."""
    return secrets.token_hex(16)


def in_drawn_order(seed: str, stratum: str, units: Iterable[str]) -> list[str]:
    """Return all units of a stratum in the order in which they are drawn."""
    return sorted(units, key=lambda unit: (hashlib.sha256(f"{seed}\n{stratum}\n{unit}".encode()).hexdigest(), unit))


def allocate(size: int, weights: Sequence[float], units: Sequence[int], *, least: int, neyman: bool) -> list[int]:
    """Return how many units of each stratum are drawn: `size` in all, at least `least` of each, never more than it has.

    With `neyman` the weights are units times standard deviation, and the result has the smallest variance that whole
    numbers allow (Wright, The American Statistician 66, 2012); else it is proportional to the weights (Webster).
    A size below the sum of the least is raised to it.
    """
    sizes = [min(least, most) for most in units]

    def priority(at: int) -> float:
        drawn = sizes[at]
        return weights[at] / (math.sqrt(drawn * (drawn + 1)) if neyman else drawn + 0.5)

    queue = [(-priority(at), at) for at in range(len(units)) if sizes[at] < units[at]]
    heapq.heapify(queue)
    left = size - sum(sizes)
    while left > 0 and queue:
        _, at = heapq.heappop(queue)
        sizes[at] += 1
        left -= 1
        if sizes[at] < units[at]:
            heapq.heappush(queue, (-priority(at), at))
    return sizes
