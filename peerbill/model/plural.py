"""A number with its noun, as messages have it."""


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(0, "line"), counted(1, "line"), counted(2, "line"), counted(1000, "staff member")
    ('0 lines', '1 line', '2 lines', '1,000 staff members')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
