"""The evidence of an audit as one page: no network, readable in light and dark, on paper and by a screen reader.

Tables, plots and the pages of peers are written here and need no script. The list of findings and the pages of
encounters are drawn by `page.js` from the JSON in the page, which puts every text in as text.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources

from peerbill.audit_report.drawings import SEVERITIES, Chart, chart_svg, day_text, timeline_svg
from peerbill.audit_report.embedded import embedded
from peerbill.audit_report.sections import (
    NO_ID,
    audited_tables,
    check_table,
    day_table,
    encounter_link,
    headline,
    idle_table,
    member_table,
    minutes_chart,
    minutes_table,
    peer_checks,
    peer_figures,
    peer_key,
    peer_table,
    silent_table,
    subject,
    units_chart,
    units_table,
    unseen_table,
    waived_table,
    week_chart,
    week_table,
    worst_days,
)
from peerbill.audit_report.values import AuditEvidence, PeerDay, PersonRow
from peerbill.model.html_page import escape, page_start
from peerbill.report.formats import cell_text
from peerbill.report.markup import paragraphs, table_markup
from peerbill.report.parts import Cell, Figure, Table
from peerbill.report.plots import patterns

MOST_DAYS = 5
"""How many days of all peers are shown beside those on the pages of peers."""

MOST_ON_PAGES = 600
"""How many days the pages of all peers have together, at most three each: with many peers, the worst day of each."""

MOST_IN_HEAT = 40
"""How many peers the table of checks by peer has; the pages of peers have all."""

_PERSONAL = (
    "Made by peerbill. It holds ids of encounters, members and staff, which are personal data: protect it as you "
    "protect the records. It has no names of members or staff, no birth dates and no notes."
)
_PSEUDONYMS = (
    "Made by peerbill. Ids are pseudonyms of a key ({mark}), and days are moved by a number of weeks. It still is "
    "protected health information: share it as a limited data set, or under the rules for audits."
)
_OF_SESSIONS = (
    ("error", SEVERITIES["error"]),
    ("warning", SEVERITIES["warning"]),
    ("info", SEVERITIES["info"]),
    ("no finding", SEVERITIES[""]),
    ("overlap", "crowded"),
)
_BEGIN = 'document.documentElement.className = "js";'
_SECTIONS = (
    ("audited", "What was audited"),
    ("unseen", "What was not looked at"),
    ("checks", "By check"),
    ("weeks", "By week"),
    ("peers", "By peer"),
    ("members", "By member"),
    ("days", "Peers' days"),
    ("units", "Units and minutes"),
    ("findings", "Findings"),
)


def audit_page(evidence: AuditEvidence, version: str) -> str:
    """Return the evidence of an audit as an HTML page that needs nothing else; `version` is that of the program."""
    title = f"{evidence.organization or 'De-identified'}: audit as of {evidence.as_of}"
    footer = _PSEUDONYMS.format(mark=evidence.deidentified) if evidence.deidentified else _PERSONAL
    return "".join(
        (
            page_start(title, _style(), _script(), at_once=_BEGIN),
            '<a class="skip" href="#content">Skip to the figures</a>\n',
            patterns(),
            f"\n<header>\n<h1>{escape(title)}</h1>\n",
            *paragraphs(subject(evidence, version)),
            "</header>\n",
            *_contents(),
            '<main id="content" tabindex="-1">\n',
            '<div id="overview">\n',
            *_overview(evidence),
            "</div>\n",
            *_peer_pages(evidence),
            '<section id="encounter" aria-labelledby="encounter-title" hidden></section>\n',
            *_findings(),
            "</main>\n",
            f"<footer>{escape(footer)}</footer>\n",
            f'<script type="application/json" id="data">{embedded(evidence)}</script>\n',
            f"<script>{_script()}</script>\n",
            "</body>\n</html>\n",
        )
    )


@cache
def _style() -> str:
    office = resources.files("peerbill.report") / "page.css"
    own = resources.files(__package__) / "page.css"
    return office.read_text(encoding="utf-8") + own.read_text(encoding="utf-8")


@cache
def _script() -> str:
    return (resources.files(__package__) / "page.js").read_text(encoding="utf-8")


def _contents() -> Iterator[str]:
    yield '<nav aria-label="Sections">\n<ul>\n'
    for key, title in _SECTIONS:
        yield f'<li><a href="#{key}">{escape(title)}</a></li>\n'
    yield "</ul>\n</nav>\n"


def _overview(evidence: AuditEvidence) -> Iterator[str]:
    yield from _figures(headline(evidence), "Main figures")
    yield from _section("audited", [part for table in audited_tables(evidence) for part in table_markup(table)])
    yield from _section("unseen", table_markup(unseen_table(evidence)))
    yield from _section("checks", _checks(evidence))
    yield from _section("weeks", [*_chart(week_chart(evidence)), *table_markup(week_table(evidence))])
    yield from _section("peers", table_markup(peer_table(evidence), _peer_link))
    yield from _section("members", table_markup(member_table(evidence)))
    yield from _section("days", _worst(worst_days(evidence, MOST_DAYS)))
    yield from _section("units", _units(evidence))


def _section(key: str, parts: Iterable[str]) -> Iterator[str]:
    title = dict(_SECTIONS)[key]
    yield f'<section id="{key}" aria-labelledby="{key}-title">\n<h2 id="{key}-title">{escape(title)}</h2>\n'
    yield from parts
    yield "</section>\n"


def _figures(figures: Sequence[Figure], label: str) -> Iterator[str]:
    yield f'<dl aria-label="{escape(label)}">\n'
    for figure in figures:
        note = f'<dd class="note">{escape(figure.note)}</dd>' if figure.note else ""
        text = escape(cell_text(figure.value, figure.kind))
        yield f'<div><dt>{escape(figure.name)}</dt><dd class="figure">{text}</dd>{note}</div>\n'
    yield "</dl>\n"


def _checks(evidence: AuditEvidence) -> Iterator[str]:
    yield from table_markup(check_table(evidence.checks))
    yield from _heat(evidence)
    if evidence.waived:
        yield from table_markup(waived_table(evidence))
    if evidence.idle_waivers:
        yield from table_markup(idle_table(evidence))
    silent = silent_table(evidence)
    yield f"<details><summary>{len(silent.rows)} checks that found nothing</summary>\n"
    yield from table_markup(silent)
    yield "</details>\n"


def _heat(evidence: AuditEvidence) -> Iterator[str]:
    """Yield findings by peer and check: a table whose cells are tinted by their number."""
    if not evidence.heat:
        return
    cells = {(cell.staff_id, cell.code): cell.findings for cell in evidence.heat}
    sums: dict[str, int] = defaultdict(int)
    for cell in evidence.heat:
        sums[cell.staff_id] += cell.findings
    staff = sorted(sums, key=lambda id_: (-sums[id_], id_))
    codes = sorted({cell.code for cell in evidence.heat})
    highest = max(cells.values())
    shown = f", the {MOST_IN_HEAT} of {len(staff):,} peers with the most" if len(staff) > MOST_IN_HEAT else ""
    yield '<div class="box" id="heat" role="region" aria-labelledby="heat-caption" tabindex="0">\n'
    yield f'<table class="heat">\n<caption id="heat-caption">Findings by peer and check{shown}</caption>\n'
    yield '<thead>\n<tr><th scope="col">Peer</th>'
    for code in codes:
        yield f'<th scope="col" class="number">{escape(code)}</th>'
    yield "</tr>\n</thead>\n<tbody>\n"
    for id_ in staff[:MOST_IN_HEAT]:
        yield f'<tr><th scope="row"><a href="#{peer_key(id_)}">{escape(id_)}</a></th>'
        for code in codes:
            count = cells.get((id_, code), 0)
            yield f'<td class="number heat{_tint(count, highest)}">{f"{count:,}" if count else ""}</td>'
        yield "</tr>\n"
    yield "</tbody>\n</table>\n</div>\n"


def _tint(count: int, highest: int) -> int:
    """Return how strongly a cell is tinted, 0 to 5: by the length of its number, so that a few stay visible.

    >>> [_tint(count, 1000) for count in (0, 1, 10, 100, 1000)]
    [0, 1, 3, 4, 5]
    """
    if not count:
        return 0
    return 1 + round(4 * (count.bit_length() - 1) / max(highest.bit_length() - 1, 1))


def _chart(chart: Chart | None) -> Iterator[str]:
    if chart is None:
        return
    yield f'<figure>\n<figcaption id="{chart.key}-caption">{escape(chart.title)}</figcaption>\n'
    if len(chart.series) > 1:
        yield from _legend(chart.series)
    yield f'<div class="box" role="group" aria-labelledby="{chart.key}-caption" tabindex="0">{chart_svg(chart)}</div>\n'
    yield "</figure>\n"


def _legend(series: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield '<ul class="legend">'
    for name, color in series:
        yield (
            f'<li><svg class="swatch" aria-hidden="true" width="28" height="16"><rect class="{color}" x="1" y="1" '
            f'width="26" height="14"/></svg>{escape(name)}</li>'
        )
    yield "</ul>\n"


def _units(evidence: AuditEvidence) -> Iterator[str]:
    for at, row in enumerate(evidence.daily_units):
        yield from _chart(units_chart(at, row))
        yield from _folded(units_table(at, row))
    for at, curve in enumerate(evidence.minutes):
        yield from _chart(minutes_chart(at, curve))
        yield from _folded(minutes_table(at, curve))


def _folded(table: Table) -> Iterator[str]:
    yield f"<details><summary>{escape(table.caption)}: the figures</summary>\n"
    yield from table_markup(table, _encounter_link)
    yield "</details>\n"


def _worst(days: Sequence[PeerDay]) -> Iterator[str]:
    if not days:
        yield "<p>No day of a peer has an overlap or a finding.</p>\n"
        return
    yield "<p>The days that ask most for a look: the most overlap first, then the most findings. Each peer's page has "
    yield "more. A session has the colour of its most severe finding.</p>\n"
    yield from _legend(_OF_SESSIONS)
    for at, day in enumerate(days):
        yield from _day(f"worst-{at}", day, linked=True)


def _day(key: str, day: PeerDay, *, linked: bool = False) -> Iterator[str]:
    who = f'<a href="#{peer_key(day.staff_id)}">{escape(day.staff_id)}</a>' if linked else escape(day.staff_id)
    yield f'<figure>\n<figcaption id="{key}-caption">Peer {who} on {day.day}</figcaption>\n'
    yield f"<p>{escape(day_text(day))}</p>\n"
    yield f'<div class="box" role="group" aria-labelledby="{key}-caption" tabindex="0">{timeline_svg(key, day)}</div>\n'
    yield "</figure>\n"
    yield from _folded(day_table(f"{key}-table", day))


def _peer_pages(evidence: AuditEvidence) -> Iterator[str]:
    days: dict[str, list[PeerDay]] = defaultdict(list)
    for day in evidence.days:
        days[day.staff_id].append(day)
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for cell in evidence.heat:
        found[cell.staff_id][cell.code] = cell.findings
    requirements = {row.code: row.requirement for row in evidence.checks}
    most = max(1, MOST_ON_PAGES // max(len(evidence.peers), 1))
    yield '<div id="peer-pages">\n'
    for at, row in enumerate(evidence.peers):
        yield from _peer_page(f"p{at}", row, days[row.id][:most], found[row.id], requirements)
    yield "</div>\n"


def _peer_page(
    key: str, row: PersonRow, days: Sequence[PeerDay], found: Mapping[str, int], requirements: Mapping[str, str]
) -> Iterator[str]:
    name = f"Peer {row.id}" if row.id else "Encounters without a peer"
    yield f'<section class="peer" id="{peer_key(row.id)}" aria-labelledby="{key}-title">\n'
    yield f'<h2 id="{key}-title" tabindex="-1">{escape(name)}</h2>\n'
    yield '<p class="back"><a href="#peers">All peers</a></p>\n'
    yield from _figures(peer_figures(row), f"Figures of {name}")
    if found:
        yield from table_markup(peer_checks(key, row.id, found, requirements))
    if days:
        yield from _legend(_OF_SESSIONS)
    for at, day in enumerate(days):
        yield from _day(f"{key}-day-{at}", day)
    yield "</section>\n"


def _peer_link(column: str, value: Cell) -> str:
    if column != "Peer" or not isinstance(value, str):
        return ""
    return f"#{peer_key('' if value == NO_ID else value)}"


def _encounter_link(column: str, value: Cell) -> str:
    return encounter_link(value) if column == "Encounter" and isinstance(value, str) else ""


def _findings() -> Iterator[str]:
    """Yield the frame of the list of findings, which the script fills."""
    yield '<section id="findings" aria-labelledby="findings-title">\n'
    yield '<h2 id="findings-title" tabindex="-1">Findings</h2>\n'
    yield "<noscript><p>The list of findings needs JavaScript, which is switched off here. All that is above is whole "
    yield "without it; audit --csv writes the findings as a table.</p></noscript>\n"
    yield '<div id="list"></div>\n</section>\n'
