"""The parts of a report that the page and the workbook both show: tables, plots, sections, figures."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum

import attrs

Cell = str | int | Decimal | dt.date | None
Row = tuple[Cell, ...]

NOTHING = Decimal("0.00")


class Kind(StrEnum):
    """What the cells of a column are, beside None."""

    TEXT = "text"
    MONEY = "money"
    COUNT = "count"
    HOURS = "hours"
    SHARE = "share"
    DAY = "day"
    TIME = "time"


@attrs.frozen
class Column:
    """A column: its title and what its cells are."""

    title: str
    kind: Kind = Kind.TEXT


@attrs.frozen
class Table:
    """A table; `key` is its id, `sheet` its name in a workbook, `heads` how many columns name the row."""

    key: str
    sheet: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None = None
    heads: int = 1


@attrs.frozen
class Series:
    """A series of a plot: a value for each category; None where there is none."""

    name: str
    values: tuple[Decimal | None, ...]


@attrs.frozen
class Plot:
    """Bars, one on the other or as parts of one, or lines; the same figures are in a table beside it."""

    key: str
    title: str
    shape: str
    kind: Kind
    categories: tuple[str, ...]
    series: tuple[Series, ...]


@attrs.frozen
class Section:
    """A part of a report: what it says, its plots and its tables."""

    key: str
    title: str
    texts: tuple[str, ...]
    plots: tuple[Plot, ...]
    tables: tuple[Table, ...]


@attrs.frozen
class Figure:
    """A figure at the top of a report."""

    name: str
    value: Cell
    kind: Kind
    note: str = ""


def titled(kind: Kind, *titles: str) -> tuple[Column, ...]:
    """Return columns of a kind."""
    return tuple(Column(title, kind) for title in titles)


def summed_table(
    key: str, sheet: str, caption: str, columns: tuple[Column, ...], rows: Iterable[Row], heads: int = 1
) -> Table:
    """Return a table with a last row that adds up its amounts and counts; its other cells are blank."""
    every = tuple(rows)
    sums = (_under(column, [row[at] for row in every]) for at, column in enumerate(columns[1:], start=1))
    return Table(key, sheet, caption, columns, every, ("All", *sums), heads)


def _under(column: Column, cells: Sequence[Cell]) -> Cell:
    if column.kind is Kind.MONEY:
        return total(cell for cell in cells if isinstance(cell, Decimal))
    return sum(cell for cell in cells if isinstance(cell, int)) if column.kind is Kind.COUNT else ""


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum of amounts in dollars, 0.00 of none."""
    return sum(amounts, NOTHING)


def each(names: Iterable[str]) -> tuple[str, ...]:
    """Return names in order, each once."""
    return tuple(sorted(set(names)))
