"""The beginning of a table of encounters that a run need not read again."""

import datetime as dt

import attrs

MOST_APART = 500
"""How many encounters of a beginning may be read all the same.

Each takes as long as any other row, 30 microseconds, and 25 bytes of an entry that the audit trail keeps for good: 500
make 13 KB. A table with more of them in a row ends its beginning there.
"""


@attrs.frozen
class Apart:
    """An encounter in a beginning that is read all the same: it is left to bill, or it is near to one that is.

    Attributes:
        at: the byte of the file with which its row begins.
        length: bytes of the row, with its line end.
        line: the line on which it begins.
        left: whether it was left to bill.

    """

    at: int
    length: int
    line: int
    left: bool


@attrs.frozen
class Beginning:
    """The first rows of a file of encounters: all were billed, are as they were, and are long past.

    Attributes:
        size: bytes from the start of the file, the header among them, to the end of a row.
        lines: how many lines these are.
        rows: encounters in them that need not be read.
        sha256: of these bytes, in hex.
        before: the day before which all of them began, but those apart.
        apart: the encounters in them that are read, in their order.

    """

    size: int
    lines: int
    rows: int
    sha256: str
    before: dt.date
    apart: tuple[Apart, ...] = ()
