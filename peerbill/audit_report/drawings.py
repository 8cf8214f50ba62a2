"""The plots of an audit's page, as SVG: a peer's day as a timeline, and narrow bars with marks on their axis.

They have their size in pixels, and take colours and patterns from the page's style, as those of the office report do.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

import attrs

from peerbill.audit_report.values import DaySession, PeerDay
from peerbill.model.html_page import escape
from peerbill.model.plural import counted, named
from peerbill.report.plots import nice_ticks

SEVERITIES = {"error": "b4", "warning": "b1", "info": "b0", "": "b5"}
"""The class of a bar by the severity of what was found; "" is nothing."""

_WIDTH, _LEFT, _RIGHT, _TOP = 920, 64, 24, 22
_HEIGHT, _LANE, _BAR = 180, 40, 16
_MINUTES, _LETTER, _LABEL = 60, 7, 92
_MORNING, _EVENING = 7, 20
"""The hours that every timeline shows, so that days can be compared."""

_LONGEST = dt.timedelta(hours=36)
"""Of a session that lasts for days, a timeline shows the first hours; its table has the end."""


@attrs.frozen
class Bar:
    """A bar of a chart: its label, its parts from below, in the order of the chart's series, and what it says."""

    label: str
    parts: tuple[int, ...]
    text: str


@attrs.frozen
class Mark:
    """A line across a chart before a bar, by the bar's place, with its label."""

    before: int
    label: str


@attrs.frozen
class Chart:
    """Narrow bars side by side; `series` are the names of their parts with their classes."""

    key: str
    title: str
    text: str
    series: tuple[tuple[str, str], ...]
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...] = ()


def chart_svg(chart: Chart) -> str:
    """Return a chart as SVG."""
    step = min(max((_WIDTH - _LEFT - _RIGHT) / len(chart.bars), 6), 56)
    width = round(_LEFT + step * len(chart.bars) + _RIGHT)
    highest = max(sum(bar.parts) for bar in chart.bars)
    ticks = [tick for tick in nice_ticks(Decimal(0), Decimal(max(highest, 1))) if tick == int(tick)]
    top = float(ticks[-1]) if ticks[-1] >= highest else float(highest)
    base = _TOP + _HEIGHT

    def y(value: float) -> float:
        return round(base - value / top * _HEIGHT, 1)

    parts: list[str] = []
    for tick in ticks:
        name = "zero" if not tick else "grid"
        parts.append(f'<path class="{name}" d="M{_LEFT} {y(float(tick))}H{width - _RIGHT}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y(float(tick)) + 4}" text-anchor="end">{int(tick):,}</text>')
    parts += _bars(chart, step, y)
    parts += _labels([bar.label for bar in chart.bars], step, base + 18)
    parts += _marks(chart.marks, step, base, width)
    return _svg(chart.key, chart.title, chart.text, width, base + 30, parts)


def _bars(chart: Chart, step: float, y: Callable[[float], float]) -> Iterator[str]:
    gap = 1 if step < 12 else 4
    for at, bar in enumerate(chart.bars):
        below = 0
        x = round(_LEFT + step * at + gap / 2, 1)
        for (_, name), part in zip(chart.series, bar.parts, strict=True):
            if part:
                top = y(below + part)
                height = round(max(y(below) - top, 1), 1)
                yield f'<rect class="{name}" x="{x}" y="{top}" width="{round(step - gap, 1)}" height="{height}">'
                yield f"<title>{escape(bar.text)}</title></rect>"
            below += part


def _labels(labels: Sequence[str], step: float, y: int) -> Iterator[str]:
    longest = max(map(len, labels))
    every = max(1, -(-(longest * _LETTER + 10) // max(int(step), 1)))
    for at in range(0, len(labels), every):
        x = round(_LEFT + step * (at + 0.5), 1)
        yield f'<text x="{x}" y="{y}" text-anchor="middle">{escape(labels[at])}</text>'


def _marks(marks: Iterable[Mark], step: float, base: int, width: int) -> Iterator[str]:
    free = 0.0
    for mark in marks:
        x = round(_LEFT + step * mark.before, 1)
        yield f'<path class="mark" d="M{x} {_TOP - 6}V{base}"/>'
        long = len(mark.label) * _LETTER + 6
        if x + long > width:
            yield f'<text x="{x - 4}" y="{_TOP - 8}" text-anchor="end">{escape(mark.label)}</text>'
        elif x >= free:
            yield f'<text x="{x + 3}" y="{_TOP - 8}">{escape(mark.label)}</text>'
            free = x + long


def timeline_svg(key: str, day: PeerDay) -> str:
    """Return a peer's day as SVG: a bar for each session, side by side where they overlap, over the hours."""
    midnight = dt.datetime.combine(day.day, dt.time())
    ends = [min(one.end, midnight + _LONGEST) for one in day.sessions]
    spans = [
        (_minutes(one.start - midnight), _minutes(end - midnight)) for one, end in zip(day.sessions, ends, strict=True)
    ]
    first = min(_MORNING, *(start // _MINUTES for start, _ in spans))
    last = max(_EVENING, *(-(-end // _MINUTES) for _, end in spans))
    lanes = max(one.lane for one in day.sessions) + 1
    base = _TOP + lanes * _LANE
    scale = (_WIDTH - _LABEL - _RIGHT) / ((last - first) * _MINUTES)

    def x(minute: float) -> float:
        return round(_LABEL + (minute - first * _MINUTES) * scale, 1)

    parts = [f'<text x="{_LABEL - 10}" y="{_TOP + _BAR + 15}" text-anchor="end">{day.day}</text>']
    for start, end in _crowded(spans):
        parts.append(
            f'<rect class="crowded" x="{x(start)}" y="{_TOP}" width="{x(end) - x(start):.1f}" '
            f'height="{base - _TOP}"><title>overlap of {counted(end - start, "minute")}</title></rect>'
        )
    every = max(1, -(-(last - first) // 16))
    for hour in range(first, last + 1):
        parts.append(f'<path class="grid" d="M{x(hour * _MINUTES)} {_TOP}V{base}"/>')
        if not (hour - first) % every:
            parts.append(f'<text x="{x(hour * _MINUTES)}" y="{_TOP - 8}" text-anchor="middle">{hour % 24}:00</text>')
    for one, (start, end) in zip(day.sessions, spans, strict=True):
        parts += _session(one, x(start), x(end), _TOP + one.lane * _LANE)
    return _svg(key, f"Day {day.day} of peer {day.staff_id}", day_text(day), _WIDTH, base + 8, parts)


def _session(one: DaySession, left: float, right: float, top: int) -> Iterator[str]:
    width = max(round(right - left, 1), 2)
    name = named(one.encounter_ids, 1) or "billed before"
    if len(name) * _LETTER <= width:
        yield f'<text x="{left + 1}" y="{top + 15}">{escape(name)}</text>'
    said = f"{session_text(one)}: {one.severity or 'no finding'}"
    yield f'<rect class="{SEVERITIES[one.severity]}" x="{left}" y="{top + 19}" width="{width}" height="{_BAR}">'
    yield f"<title>{escape(said)}</title></rect>"


def session_text(one: DaySession) -> str:
    """Return when a session was and whose it is, in words."""
    ids = named(one.encounter_ids, 3) or "billed before, not in the workspace"
    return f"{one.start:%H:%M} to {one.end:%H:%M}, {one.service or 'service not known'}, {ids}"


def day_text(day: PeerDay) -> str:
    """Return what a day's timeline shows, for those who do not see it: the table beside it has every session."""
    overlap = f"{counted(day.overlap, 'minute')} overlap" if day.overlap else "nothing overlaps"
    return (
        f"{counted(len(day.sessions), 'session')} of {counted(day.minutes, 'minute')} together; {overlap}; "
        f"{counted(day.findings, 'finding')}. The table has every session."
    )


def _minutes(span: dt.timedelta) -> int:
    return int(span.total_seconds()) // 60


def _crowded(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield each stretch of minutes that is in more than one span."""
    edges = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    going = begun = 0
    for minute, change in edges:
        if going < 2 <= going + change:
            begun = minute
        elif going + change < 2 <= going and minute > begun:
            yield begun, minute
        going += change


def _svg(key: str, title: str, text: str, width: int, height: int, parts: Iterable[str]) -> str:
    return (
        f'<svg class="plot" role="img" aria-labelledby="{key}-title {key}-text" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg"><title id="{key}-title">{escape(title)}'
        f'</title><desc id="{key}-text">{escape(text)}</desc>{"".join(parts)}</svg>'
    )
