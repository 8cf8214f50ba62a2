"""What pages have in common: tables and paragraphs."""

from collections.abc import Callable, Iterable, Iterator

from peerbill.model.html_page import escape
from peerbill.report.formats import cell_text
from peerbill.report.parts import Cell, Column, Kind, Row, Table

_FITS_A_PAGE = 15
"""Tables of so many rows are not divided between two printed pages."""


def no_link(_column: str, _value: Cell) -> str:
    """Return no address."""
    return ""


def paragraphs(texts: Iterable[str]) -> Iterator[str]:
    """Yield a paragraph for each text."""
    for text in texts:
        yield f"<p>{escape(text)}</p>\n"


def table_markup(table: Table, link: Callable[[str, Cell], str] = no_link) -> Iterator[str]:
    """Yield a table; `link` gives the address of a cell from its column's title and its value, "" for none."""
    if not table.rows:
        yield f'<p id="{table.key}">{escape(table.caption)}: nothing.</p>\n'
        return
    caption = f"{table.key}-caption"
    short = " short" if len(table.rows) <= _FITS_A_PAGE else ""
    yield f'<div class="box{short}" id="{table.key}" role="region" aria-labelledby="{caption}" tabindex="0">\n<table>\n'
    yield f'<caption id="{caption}">{escape(table.caption)}</caption>\n<thead>\n<tr>'
    for column in table.columns:
        yield f'<th scope="col"{_head_class(column)}>{escape(column.title)}</th>'
    yield "</tr>\n</thead>\n<tbody>\n"
    for row in table.rows:
        yield from _row(table, row, link)
    yield "</tbody>\n"
    if table.total is not None:
        yield "<tfoot>\n"
        yield from _row(table, table.total, no_link)
        yield "</tfoot>\n"
    yield "</table>\n</div>\n"


def _row(table: Table, row: Row, link: Callable[[str, Cell], str]) -> Iterator[str]:
    yield "<tr>"
    for at, (column, value) in enumerate(zip(table.columns, row, strict=True)):
        text = escape(cell_text(value, column.kind))
        if href := link(column.title, value):
            text = f'<a href="{escape(href)}">{text}</a>'
        if at < table.heads:
            yield f'<th scope="row">{text}</th>'
        else:
            yield f"<td{_class(column, value)}>{text}</td>"
    yield "</tr>\n"


def _head_class(column: Column) -> str:
    # A month must not be cut in two at its hyphen.
    names = [
        *(["number"] if column.kind not in (Kind.TEXT, Kind.DAY) else []),
        *([] if " " in column.title else ["whole"]),
    ]
    return f' class="{" ".join(names)}"' if names else ""


def _class(column: Column, value: Cell) -> str:
    if column.kind not in (Kind.TEXT, Kind.DAY):
        return ' class="number nil"' if value is not None and not value else ' class="number"'
    return ' class="text"' if isinstance(value, str) and len(value) > 24 else ""
