"""How long work reports its progress, to whoever wants it."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

Step = Callable[[int], None] | None
"""Called with how much is done so far; None where nobody listens."""

Progress = Callable[[int, str], AbstractContextManager[Step]]
"""Begins a piece of work: how much there is of it (0: not known) and its name; its steps are reported inside."""


@contextlib.contextmanager
def no_progress(_total: int, _name: str) -> Iterator[Step]:
    """Listen to nothing."""
    yield None
