"""A mark for public functions and methods that a later release will not have."""

import functools
import sys
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def _deprecated(instead: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make a decorator of functions and methods: each call warns (DeprecationWarning) with what to write instead."""

    def mark(function: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(function)
        def warning(*args: P.args, **kwargs: P.kwargs) -> T:
            warnings.warn(instead, DeprecationWarning, stacklevel=2)
            return function(*args, **kwargs)

        return warning

    return mark


# Python has it from 3.13 on; type checkers know that decorator, and mark each use.
if sys.version_info >= (3, 13):
    deprecated = warnings.deprecated
else:
    deprecated = _deprecated
