"""Run the parts of a measurement on all cores, each in a process of its own, with results in the order of the parts."""

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


def each_of(function: Callable[[Part], Result], parts: Iterable[Part]) -> Iterator[Result]:
    """Yield what a function of a module returns for each part, in order."""
    with ProcessPoolExecutor(
        os.cpu_count(), multiprocessing.get_context("spawn"), initializer=_find_modules, initargs=(sys.path,)
    ) as pool:
        yield from pool.map(function, parts)


def _find_modules(path: list[str]) -> None:
    sys.path[:] = path
