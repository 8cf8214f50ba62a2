"""A report as one page: no network, no script, readable in light and dark, on paper and by a screen reader."""

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from html import escape
from importlib import resources

from peerbill.report.formats import cell_text
from peerbill.report.parts import Cell, Column, Kind, Plot, Row, Section, Table
from peerbill.report.plots import legend, patterns, svg
from peerbill.report.sections import heading, headline, sections, subject
from peerbill.report.values import AgencyReport

_FITS_A_PAGE = 15
"""Tables of so many rows are not divided between two printed pages."""


def report_page(report: AgencyReport) -> str:
    """Return a report as an HTML page that needs nothing else."""
    shown = sections(report)
    return "".join(
        (
            "<!doctype html>\n",
            '<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            '<meta name="color-scheme" content="light dark">\n',
            '<meta name="referrer" content="no-referrer">\n',
            '<link rel="icon" href="data:,">\n',
            f"<title>{escape(heading(report))}</title>\n",
            f"<style>{_style()}</style>\n</head>\n<body>\n",
            '<a class="skip" href="#content">Skip to the figures</a>\n',
            patterns(),
            f"\n<header>\n<h1>{escape(heading(report))}</h1>\n",
            *_paragraphs(subject(report)),
            "</header>\n",
            *_contents(shown),
            '<main id="content" tabindex="-1">\n',
            *_headline(report),
            *(part for section in shown for part in _section(section)),
            "</main>\n",
            "<footer>Made by peerbill. It has ids of staff and no data of members.</footer>\n",
            "</body>\n</html>\n",
        )
    )


@cache
def _style() -> str:
    return (resources.files(__package__) / "page.css").read_text(encoding="utf-8")


@cache
def _policy() -> str:
    """Return what a browser may load for the page: its own style, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _paragraphs(texts: tuple[str, ...]) -> Iterator[str]:
    for text in texts:
        yield f"<p>{escape(text)}</p>\n"


def _contents(shown: tuple[Section, ...]) -> Iterator[str]:
    yield '<nav aria-label="Sections">\n<ul>\n'
    for section in shown:
        yield f'<li><a href="#{section.key}">{escape(section.title)}</a></li>\n'
    yield "</ul>\n</nav>\n"


def _headline(report: AgencyReport) -> Iterator[str]:
    yield '<dl aria-label="Main figures">\n'
    for figure in headline(report):
        note = f'<dd class="note">{escape(figure.note)}</dd>' if figure.note else ""
        yield (
            f'<div><dt>{escape(figure.name)}</dt><dd class="figure">{escape(cell_text(figure.value, figure.kind))}</dd>'
            f"{note}</div>\n"
        )
    yield "</dl>\n"


def _section(section: Section) -> Iterator[str]:
    yield f'<section id="{section.key}" aria-labelledby="{section.key}-title">\n'
    yield f'<h2 id="{section.key}-title">{escape(section.title)}</h2>\n'
    for plot in section.plots:
        yield from _plot(plot)
    for table in section.tables:
        yield from _table(table)
    yield '<div class="notes">\n<h3>How it is counted</h3>\n'
    yield from _paragraphs(section.texts)
    yield "</div>\n"
    yield "</section>\n"


def _plot(plot: Plot) -> Iterator[str]:
    drawn = svg(plot)
    if not drawn:
        return
    yield f'<figure>\n<figcaption id="{plot.key}-caption">{escape(plot.title)}</figcaption>\n'
    if len(plot.series) > 1:
        yield '<ul class="legend">'
        for swatch, name in legend(plot):
            yield f"<li>{swatch}{name}</li>"
        yield "</ul>\n"
    yield f'<div class="box" role="group" aria-labelledby="{plot.key}-caption" tabindex="0">{drawn}</div>\n</figure>\n'


def _table(table: Table) -> Iterator[str]:
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
        yield from _row(table, row)
    yield "</tbody>\n"
    if table.total is not None:
        yield "<tfoot>\n"
        yield from _row(table, table.total)
        yield "</tfoot>\n"
    yield "</table>\n</div>\n"


def _row(table: Table, row: Row) -> Iterator[str]:
    yield "<tr>"
    for at, (column, value) in enumerate(zip(table.columns, row, strict=True)):
        text = escape(cell_text(value, column.kind))
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
