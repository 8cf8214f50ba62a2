"""How much of what could be tried is tried: `make test-all` tries everything, `make test` what takes minutes."""

import os
from collections.abc import Sequence
from typing import TypeVar

Step = TypeVar("Step")

EVERYTHING = os.environ.get("PEERBILL_TEST_EVERYTHING") == "yes"


def some(steps: Sequence[Step], most: int) -> Sequence[Step]:
    """Return as many steps as `most`, the first, the last and others between them at even distances, or everything."""
    if EVERYTHING or len(steps) <= most:
        return steps
    return [steps[at * (len(steps) - 1) // (most - 1)] for at in range(most)]


def first_and_last(names: Sequence[str]) -> list[int]:
    """Return the numbers, from 1, of the steps that are the first or the last of their name, or of every step."""
    numbers = range(1, len(names) + 1)
    if EVERYTHING:
        return list(numbers)
    ends = {name: (names.index(name) + 1, len(names) - names[::-1].index(name)) for name in names}
    return [number for number in numbers if number in ends[names[number - 1]]]
