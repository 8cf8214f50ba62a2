"""What a fuzzer runs: a function of bytes, what it begins with, and how its inputs are changed."""

from collections.abc import Callable, Iterable
from pathlib import Path

import attrs
from fuzz.mutation import Mutate, damaged


@attrs.frozen
class Target:
    """A reader, or a family of readers that are given the same bytes.

    `read` is given an input and an empty folder, and asserts what holds for any input. `seeds` makes the inputs to
    begin with, and is asked before anything is read.
    """

    name: str
    read: Callable[[bytes, Path], None]
    seeds: Callable[[], Iterable[bytes]]
    mutate: Mutate = damaged
