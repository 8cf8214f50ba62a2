"""A number with its noun, and a list of ids, as messages have them."""

from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(0, "line"), counted(1, "line"), counted(2, "line"), counted(1000, "staff member")
    ('0 lines', '1 line', '2 lines', '1,000 staff members')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def named(ids: Sequence[str], most: int) -> str:
    """Return the first ids for a sentence, and how many more there are.

    >>> named(["A", "B"], 2), named(["A", "B", "C"], 1)
    ('A, B', 'A and 2 more')
    """
    shown = ", ".join(ids[:most])
    return f"{shown} and {len(ids) - most:,} more" if len(ids) > most else shown
