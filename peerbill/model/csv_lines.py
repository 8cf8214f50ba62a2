"""CSV that people open in a spreadsheet program: no cell of it is a formula.

What peerbill reads back, such as tables, checklists and decisions, is not written here: its ids stay as they are.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Final

from peerbill.model.printable import inert

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\n")
_AMOUNT: Final = re.compile(r"-[0-9]+\.[0-9]{2}")


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield each row as its text in a CSV of which no cell is a formula to a spreadsheet; None is a blank cell."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow(["" if cell is None else _harmless(str(cell)) for cell in row])
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def _harmless(cell: str) -> str:
    """Return an inert text with an apostrophe before a sign that begins a formula; an amount below zero stays one.

    No id of a workspace begins with an apostrophe, so that a program can take it off again.

    >>> _harmless("-7"), _harmless("E-7"), _harmless("-7.50")
    ("'-7", 'E-7', '-7.50')
    """
    cell = inert(cell)
    return f"'{cell}" if cell.startswith(_FORMULA) and not _AMOUNT.fullmatch(cell) else cell
