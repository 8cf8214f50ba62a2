"""Ids in portions: a database takes some thousand values in a statement, and a claim run has more."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

IN_ONE_STATEMENT: Final = 500
"""How many ids a statement names."""

Id = TypeVar("Id", str, int)


def portions(ids: Iterable[Id]) -> Iterator[list[Id]]:
    """Yield ids in lists that fit into a statement: sorted over all lists, without duplicates and without "".

    >>> list(portions(["B", "A", "", "B"])), list(portions([]))
    ([['A', 'B']], [])
    """
    unique_ids = sorted({id_ for id_ in ids if id_})
    for first in range(0, len(unique_ids), IN_ONE_STATEMENT):
        yield unique_ids[first : first + IN_ONE_STATEMENT]
