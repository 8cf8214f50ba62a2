"""Run the parts of a measurement on all cores, each in a process of its own, and add up their results in order."""

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Protocol, Self, TypeVar


class _Sum(Protocol):
    def add(self, other: Self) -> None: ...


Part = TypeVar("Part")
Result = TypeVar("Result", bound=_Sum)
Progress = Callable[[int, int], None]
"""Is told how many parts are done, and how many there are."""


def add_up(
    result: Result, function: Callable[[Part], Result], parts: Sequence[Part], progress: Progress | None = None
) -> Result:
    """Add to a result what a function of a module returns for each part, in order of the parts, and return it."""
    with ProcessPoolExecutor(
        os.cpu_count(), multiprocessing.get_context("spawn"), initializer=_find_modules, initargs=(sys.path,)
    ) as pool:
        for done, found in enumerate(pool.map(function, parts), start=1):
            result.add(found)
            if progress is not None:
                progress(done, len(parts))
    return result


def _find_modules(path: list[str]) -> None:
    sys.path[:] = path
