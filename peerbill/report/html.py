"""A report as one page: no network, no script, readable in light and dark, on paper and by a screen reader."""

from collections.abc import Iterator
from functools import cache
from importlib import resources

from peerbill.model.html_page import escape, page_start
from peerbill.report.formats import cell_text
from peerbill.report.markup import paragraphs, table_markup
from peerbill.report.parts import Plot, Section
from peerbill.report.plots import legend, patterns, svg
from peerbill.report.sections import heading, headline, sections, subject
from peerbill.report.values import AgencyReport


def report_page(report: AgencyReport) -> str:
    """Return a report as an HTML page that needs nothing else."""
    shown = sections(report)
    return "".join(
        (
            page_start(heading(report), _style()),
            '<a class="skip" href="#content">Skip to the figures</a>\n',
            patterns(),
            f"\n<header>\n<h1>{escape(heading(report))}</h1>\n",
            *paragraphs(subject(report)),
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
        yield from table_markup(table)
    yield '<div class="notes">\n<h3>How it is counted</h3>\n'
    yield from paragraphs(section.texts)
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
