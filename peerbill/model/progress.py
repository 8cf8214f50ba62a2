"""How long work tells how far it has come, to whoever wants to know."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

Step = Callable[[int], None] | None
"""Is told how much is done by now; None where nobody listens."""

Progress = Callable[[int, str], AbstractContextManager[Step]]
"""Begins a piece of work: how much there is of it and its name, such as "Auditing"; its steps are told inside."""


@contextlib.contextmanager
def no_progress(_total: int, _name: str) -> Iterator[Step]:
    """Listen to nothing."""
    yield None
