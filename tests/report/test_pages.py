"""The page, its plots and the workbook, without a browser: the same figures, nothing that runs, nothing loaded."""

import io
import re
import zipfile
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import attrs
import pytest
from python_calamine import CalamineWorkbook
from reports import AS_OF, HOSTILE, PAYERS, empty_report, long_report

from peerbill.report.formats import cell_text
from peerbill.report.html import report_page
from peerbill.report.parts import Kind, Plot, Series, Table
from peerbill.report.plots import description, nice_ticks, svg
from peerbill.report.sections import headline, sections
from peerbill.report.workbook import report_workbook


class Page(HTMLParser):
    """The elements of a page, and the texts of its cells by table."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[str]]] = []
        self._cell: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the element, and open its table, row or cell."""
        self.tags.append((tag, dict(attrs)))
        match tag:
            case "table":
                self.tables.append([])
            case "tr":
                self.tables[-1].append([])
            case "td" | "th":
                self._cell = []

    def handle_endtag(self, tag: str) -> None:
        """Close a cell."""
        if tag in {"td", "th"} and self._cell is not None:
            self.tables[-1][-1].append("".join(self._cell))
            self._cell = None

    def handle_data(self, data: str) -> None:
        """Keep the text of a cell."""
        if self._cell is not None:
            self._cell.append(data)


def tables(report: Any) -> list[Table]:
    return [table for section in sections(report) for table in section.tables]


def test_the_page_has_every_cell_of_every_table() -> None:
    report = long_report()
    shown = [
        [
            [column.title for column in table.columns],
            *(
                [cell_text(value, column.kind) for value, column in zip(row, table.columns, strict=True)]
                for row in [*table.rows, *([table.total] if table.total else [])]
            ),
        ]
        for table in tables(report)
    ]

    assert Page(report_page(report)).tables == shown
    assert len(shown) == 17


def test_the_page_needs_nothing_and_runs_nothing() -> None:
    text = report_page(long_report())
    page = Page(text)
    addresses = [
        value for _, attributes in page.tags for name, value in attributes.items() if name in {"href", "src", "action"}
    ]

    assert HOSTILE not in text
    assert not [tag for tag, _ in page.tags if tag in {"script", "iframe", "object", "embed", "img", "form", "base"}]
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"]
    assert {address for address in addresses if address and not address.startswith("#")} == {"data:,"}
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    policy = next(one["content"] for tag, one in page.tags if one.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_every_link_and_name_on_the_page_leads_somewhere() -> None:
    page = Page(report_page(long_report()))
    ids = [value for _, attributes in page.tags if (value := attributes.get("id"))]
    links = [str(attributes["href"])[1:] for tag, attributes in page.tags if tag == "a"]
    named = [name for _, one in page.tags for name in str(one.get("aria-labelledby") or "").split()]

    assert len(ids) == len(set(ids))
    assert set(links) <= set(ids)
    assert set(named) <= set(ids)
    assert all(one.get("scope") for tag, one in page.tags if tag == "th")


def test_without_a_ledger_the_page_says_so() -> None:
    text = report_page(empty_report())

    assert "There is no ledger yet: nothing was billed from this workspace." in text
    assert '<svg class="plot"' not in text
    assert Page(text).tables == []
    assert text.count(": nothing.</p>") == len(tables(empty_report()))


def test_a_ledger_without_these_payers_says_so() -> None:
    report = attrs.evolve(empty_report(), ledger=True, payers=("south",))

    assert "The ledger has no claim of these days and payers." in report_page(report)
    assert "no claim of these days" not in report_page(attrs.evolve(long_report(), from_=None, to=None))


def test_the_figures_at_the_top_are_the_totals() -> None:
    report = long_report()
    found = {figure.name: figure.value for figure in headline(report)}

    assert found["Charges"] == report.total.charges
    assert found["Balance"] == report.total.balance
    assert found["Bank"] == sum(row.bank for row in report.deposits)
    assert found["First pass"] == Decimal("89.5")
    assert found["Not billed"] == Decimal("1920.00")


def test_deposits_are_summed_by_month_and_payer() -> None:
    report = long_report()
    (table,) = (one for one in tables(report) if one.key == "deposits-by-month")

    assert table.total is not None
    for at, name in ((3, "amount"), (4, "unmatched"), (5, "plb"), (6, "bank")):
        amounts = [cell for row in table.rows if isinstance(cell := row[at], Decimal)]
        assert sum(amounts) == table.total[at]
        assert table.total[at] == sum(getattr(row, name) for row in report.deposits)
    assert table.total[2] == 60
    assert [row[:3] for row in table.rows][:2] == [("not known", PAYERS[0], 1), ("2026-01", PAYERS[1], 2)]


# Plots


def plot(shape: str, *series: Series, kind: Kind = Kind.MONEY) -> Plot:
    return Plot("p", "A plot", shape, kind, ("2026-01", "2026-02"), series)


def bars(drawn: str) -> list[tuple[str, float, float]]:
    """Return each bar of a plot: its text, its height and its upper end."""
    found = re.findall(r'<rect class="b\d" x="[^"]+" y="([^"]+)" width="[^"]+" height="([^"]+)"><title>([^<]+)', drawn)
    return [(text, float(height), float(top)) for top, height, text in found]


def test_bars_are_as_high_as_their_figures() -> None:
    paid, open_ = Series("paid", (Decimal(75), Decimal(0))), Series("open", (Decimal(25), Decimal(50)))
    drawn = bars(svg(plot("stacked", paid, open_)))

    assert [text for text, _, _ in drawn] == [
        "2026-01, paid: $75.00",
        "2026-01, open: $25.00",
        "2026-02, open: $50.00",
    ]
    (_, first, at), (_, second, above), (_, third, _) = drawn
    # Heights have one decimal.
    assert first / second == pytest.approx(3, rel=0.01)
    assert third / second == pytest.approx(2, rel=0.01)
    assert above + second == pytest.approx(at, abs=0.1)


def test_what_is_below_zero_goes_down() -> None:
    (_, up, top), (_, down, zero) = bars(svg(plot("grouped", Series("a", (Decimal(10), Decimal(-5))))))

    assert up / down == pytest.approx(2, rel=0.01)
    assert top + up == pytest.approx(zero, abs=0.1)


def test_a_line_breaks_where_there_is_no_figure() -> None:
    month = tuple(f"2026-0{at}" for at in range(1, 6))
    series = Series("rate", (Decimal(90), Decimal(80), None, Decimal(70), None))
    drawn = svg(Plot("p", "A plot", "line", Kind.SHARE, month, (series,)))

    path = re.search(r'<path class="l0" d="([^"]+)"', drawn)
    assert path is not None
    assert re.sub(r"[0-9. ]+", "", path[1]) == "MLM"
    assert drawn.count("<circle") == 3
    # A rate has all of its scale.
    assert ">100%<" in drawn
    assert ">0%<" in drawn


def test_a_plot_of_nothing_is_none_and_every_other_is_described() -> None:
    assert svg(plot("stacked")) == svg(plot("grouped", Series("a", (Decimal(0), None)))) == ""
    shown = [one for section in sections(long_report()) for one in section.plots]
    for one in shown:
        drawn = svg(one)
        assert f">{one.title}</title>" in drawn
        assert description(one).endswith("The table has every figure.")
    assert len(shown) == 8


@pytest.mark.parametrize(
    ("low", "high"), [("0", "0.01"), ("0", "1"), ("-3", "7"), ("0", "99999.99"), ("-250", "0"), ("0", "100")]
)
def test_ticks_are_few_and_cover_the_range(low: str, high: str) -> None:
    ticks = nice_ticks(Decimal(low), Decimal(high))

    assert ticks[0] <= Decimal(low)
    assert ticks[-1] >= Decimal(high)
    assert 3 <= len(ticks) <= 8
    assert len({after - before for before, after in pairwise(ticks)}) == 1


# The workbook


def test_the_workbook_has_the_same_cells_with_their_types() -> None:
    report = long_report()
    book = CalamineWorkbook.from_filelike(io.BytesIO(report_workbook(report)))

    assert book.sheet_names == ["Summary", *(table.sheet for table in tables(report))]
    for table in tables(report):
        head, *rows = book.get_sheet_by_name(table.sheet).to_python()
        assert head == [column.title for column in table.columns]
        wanted = [*table.rows, *([table.total] if table.total else [])]
        for row, cells in zip(rows, wanted, strict=True):
            for found, value, column in zip(row, cells, table.columns, strict=True):
                if value is None:
                    assert found == ""
                elif isinstance(value, int | Decimal):
                    assert found == pytest.approx(float(value / 100 if column.kind is Kind.SHARE else value))
                else:
                    assert found == value


def test_text_that_looks_like_a_formula_stays_text() -> None:
    content = report_workbook(long_report())
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/")]
        strings = parts.read("xl/sharedStrings.xml").decode()

    assert "=EFT1" in strings
    assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)
    # The first row stays where it is, and is repeated on paper.
    assert all('state="frozen"' in sheet for sheet in sheets[1:])
    assert all(sheet.count("orientation=") for sheet in sheets[1:])


def test_the_same_report_gives_the_same_bytes() -> None:
    assert report_workbook(long_report()) == report_workbook(long_report())
    assert report_page(long_report()) == report_page(long_report())
    assert f"{AS_OF}" in report_page(long_report())


def test_an_empty_report_makes_a_workbook() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(report_workbook(empty_report())))

    assert len(book.sheet_names) == 18
