"""CSV that people open in a spreadsheet program: no cell of it is a formula. And why a row of theirs is no CSV.

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

_UNPAIRED: Final = "expected cells in proper quotation marks, found a quotation mark without its pair"
_TOO_LONG: Final = (
    f"expected cells of at most {csv.field_size_limit():,} characters, found a longer one: "
    "a text that is too long, or a quotation mark without its pair"
)
ROW_FIXES: Final = {
    _UNPAIRED: "Give each quotation mark its pair, or remove it.",
    _TOO_LONG: "Shorten the text, or give the quotation mark its pair.",
}
"""What to do about a row that is no CSV, by what `row_fault` says of it."""


def row_fault(error: csv.Error) -> str:
    """Return why a row that people wrote is no CSV."""
    return _TOO_LONG if "field limit" in str(error) else _UNPAIRED


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
