"""Plots as SVG, drawn by small functions: bars, stacked bars and lines, without a script and in any colour scheme.

A plot has its natural size in pixels; the page lets it scroll where it is wider than the screen. Series differ by a
pattern as well as by colour, lines by their marks. Classes take their colours from the page (`page.css`).
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from peerbill.model.html_page import escape
from peerbill.report.formats import cell_text
from peerbill.report.parts import Kind, Plot

MOST_SERIES = 6
"""How many series the patterns tell apart; further ones repeat them."""

Scale = Callable[[Decimal], float]
"""Where a value is on the page, in pixels from the top of the plot."""

_HEIGHT, _TOP, _BOTTOM, _LEFT, _RIGHT = 230, 14, 36, 84, 16
_STEP, _BAR, _GAP = 64, 22, 3
_LONGEST = 11


def svg(plot: Plot) -> str:
    """Return a plot as an SVG element; "" where there is nothing to show."""
    values = [value for series in plot.series for value in series.values if value is not None]
    if not plot.categories or not values or not any(values):
        return ""
    bars = 1 if plot.shape != "grouped" else len(plot.series)
    step = max(_STEP, bars * (_BAR + _GAP) + 24)
    width = _LEFT + step * len(plot.categories) + _RIGHT
    low, high = _range(plot)
    ticks = nice_ticks(low, high)
    low, high = min(low, ticks[0]), max(high, ticks[-1])

    def y(value: Decimal) -> float:
        return round(_TOP + float((high - value) / (high - low)) * _HEIGHT, 1)

    height = _TOP + _HEIGHT + _BOTTOM
    parts = [*_axis(ticks, y, width, plot.kind), *_labels(plot.categories, step)]
    draw = {"stacked": _stacked, "grouped": _grouped, "line": _lines}[plot.shape]
    parts += draw(plot, step, y)
    title, text = f"{plot.key}-title", f"{plot.key}-text"
    return (
        f'<svg class="plot" role="img" aria-labelledby="{title} {text}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{title}">{escape(plot.title)}</title>'
        f'<desc id="{text}">{escape(description(plot))}</desc>{"".join(parts)}</svg>'
    )


def description(plot: Plot) -> str:
    """Return what a plot shows, for those who do not see it: the table beside it has every figure."""
    first, last = plot.categories[0], plot.categories[-1]
    extent = f"from {first} to {last}" if first != last else first
    names = ", ".join(series.name for series in plot.series)
    sums = []
    for series in plot.series:
        known = [(value, name) for value, name in zip(series.values, plot.categories, strict=True) if value is not None]
        if known:
            most, at = max(known, key=lambda pair: pair[0])
            sums.append(f"{series.name} is highest in {at}, {cell_text(most, plot.kind)}")
    kind = {"stacked": "Stacked bars", "grouped": "Bars", "line": "Lines"}[plot.shape]
    return f"{kind} {extent}: {names}. {'; '.join(sums)}. The table has every figure."


def legend(plot: Plot) -> tuple[tuple[str, str], ...]:
    """Return the swatch of each series, as SVG, and its name."""
    swatches = []
    for at, series in enumerate(plot.series):
        if plot.shape == "line":
            shape = f'<path class="l{at % MOST_SERIES}" d="M1 8H27"/>{_mark(at, 14, 8)}'
        else:
            shape = f'<rect class="b{at % MOST_SERIES}" x="1" y="1" width="26" height="14"/>'
        swatches.append(
            (f'<svg class="swatch" aria-hidden="true" width="28" height="16">{shape}</svg>', escape(series.name))
        )
    return tuple(swatches)


def patterns() -> str:
    """Return the patterns that bars are filled with, for the beginning of a page."""
    marks = (
        "",
        '<path d="M0 8L8 0M-2 2L2 -2M6 10L10 6"/>',
        '<path d="M4 0V8"/>',
        '<path d="M0 4H8M4 0V8"/>',
        '<path d="M0 0L8 8M-2 6L2 10M6 -2L10 2"/>',
        '<path d="M0 4H8"/>',
    )
    made = "".join(
        f'<pattern id="p{at}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect class="f{at}" width="8" height="8"/><g class="m">{mark}</g></pattern>'
        for at, mark in enumerate(marks)
    )
    return f'<svg class="patterns" aria-hidden="true" width="0" height="0"><defs>{made}</defs></svg>'


def nice_ticks(low: Decimal, high: Decimal) -> list[Decimal]:
    """Return round values of equal distance that cover a range, four to seven of them.

    >>> [int(tick) for tick in nice_ticks(Decimal(0), Decimal(1234))]
    [0, 250, 500, 750, 1000, 1250]
    >>> [int(tick) for tick in nice_ticks(Decimal(-30), Decimal(100))]
    [-50, 0, 50, 100]
    """
    raw = (high - low) / 5
    magnitude = Decimal(1).scaleb(raw.adjusted())
    step = next(
        magnitude * factor for factor in map(Decimal, ("1", "2", "2.5", "5", "10")) if magnitude * factor >= raw
    )
    first, last = (low / step).to_integral_value("ROUND_FLOOR"), (high / step).to_integral_value("ROUND_CEILING")
    return [step * at for at in range(int(first), int(last) + 1)]


def _range(plot: Plot) -> tuple[Decimal, Decimal]:
    zero = Decimal(0)
    if plot.kind is Kind.SHARE:
        return zero, Decimal(100)
    if plot.shape == "stacked":
        columns = [[value or zero for value in column] for column in zip(*(s.values for s in plot.series), strict=True)]
        return (
            min(sum((min(value, zero) for value in column), zero) for column in columns),
            max(sum((max(value, zero) for value in column), zero) for column in columns),
        )
    values = [value for series in plot.series for value in series.values if value is not None]
    return min(zero, *values), max(zero, *values)


def _axis(ticks: Sequence[Decimal], y: Scale, width: int, kind: Kind) -> Iterator[str]:
    for tick in ticks:
        at = y(tick)
        name = "zero" if not tick else "grid"
        yield f'<path class="{name}" d="M{_LEFT} {at}H{width - _RIGHT}"/>'
        yield f'<text class="tick" x="{_LEFT - 8}" y="{at + 4}" text-anchor="end">{_short(tick, kind)}</text>'


def _short(tick: Decimal, kind: Kind) -> str:
    whole = tick == tick.to_integral_value()
    text = cell_text(tick.quantize(Decimal(1)) if whole else tick, kind)
    return escape(text.removesuffix(".00"))


def _labels(categories: Sequence[str], step: int) -> Iterator[str]:
    for at, name in enumerate(categories):
        x = _LEFT + step * at + step // 2
        short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
        yield f'<text class="label" x="{x}" y="{_TOP + _HEIGHT + 22}" text-anchor="middle">{escape(short)}</text>'


def _bar(at: int, x: float, width: int, ends: tuple[float, float], text: str) -> str:
    top, bottom = sorted(ends)
    return (
        f'<rect class="b{at % MOST_SERIES}" x="{x}" y="{top}" width="{width}" height="{max(bottom - top, 0.5):.1f}">'
        f"<title>{escape(text)}</title></rect>"
    )


def _stacked(plot: Plot, step: int, y: Scale) -> Iterator[str]:
    zero, width = Decimal(0), _BAR + 14
    for place, category in enumerate(plot.categories):
        above = below = zero
        x = _LEFT + step * place + (step - width) / 2
        for at, series in enumerate(plot.series):
            value = series.values[place]
            if not value:
                continue
            start = above if value > 0 else below
            above, below = (above + value, below) if value > 0 else (above, below + value)
            yield _bar(
                at, x, width, (y(start), y(start + value)), f"{category}, {series.name}: {cell_text(value, plot.kind)}"
            )


def _grouped(plot: Plot, step: int, y: Scale) -> Iterator[str]:
    count = len(plot.series)
    width = _BAR if count > 1 else _BAR + 14
    for place, category in enumerate(plot.categories):
        first = _LEFT + step * place + (step - count * (width + _GAP) + _GAP) / 2
        for at, series in enumerate(plot.series):
            value = series.values[place]
            if value:
                text = f"{category}, {series.name}: {cell_text(value, plot.kind)}"
                yield _bar(at, first + at * (width + _GAP), width, (y(Decimal(0)), y(value)), text)


def _lines(plot: Plot, step: int, y: Scale) -> Iterator[str]:
    for at, series in enumerate(plot.series):
        path, pen = [], "M"
        marks = []
        for place, value in enumerate(series.values):
            if value is None:
                pen = "M"
                continue
            x = _LEFT + step * place + step / 2
            path.append(f"{pen}{x} {y(value)}")
            pen = "L"
            text = f"{plot.categories[place]}, {series.name}: {cell_text(value, plot.kind)}"
            marks.append(_mark(at, x, y(value), text))
        if path:
            yield f'<path class="l{at % MOST_SERIES}" d="{"".join(path)}"/>'
        yield from marks


def _mark(at: int, x: float, y: float, text: str = "") -> str:
    """Return the mark of a series on its line: a circle, a square or a triangle."""
    title = f"<title>{escape(text)}</title>" if text else ""
    name = f'class="k{at % MOST_SERIES}"'
    match at % 3:
        case 0:
            return f'<circle {name} cx="{x}" cy="{y}" r="4.5">{title}</circle>'
        case 1:
            return f'<rect {name} x="{x - 4}" y="{y - 4}" width="8" height="8">{title}</rect>'
        case _:
            return f'<path {name} d="M{x} {y - 5}L{x + 5} {y + 4}H{x - 5}Z">{title}</path>'
