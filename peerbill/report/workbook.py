"""A report as an Excel workbook: a sheet for each table, with real numbers and days, and no formula."""

import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from peerbill.model.extras import name_the_extra
from peerbill.report.parts import Cell, Column, Row, Table
from peerbill.report.sections import heading, headline, sections, subject
from peerbill.report.sheet_cells import FORMATS, HEAD, write_cell
from peerbill.report.values import AgencyReport

_WIDEST, _NARROWEST = 60, 9


def report_workbook(report: AgencyReport) -> bytes:
    """Return a report as the content of an .xlsx file; the same report gives the same bytes."""
    try:
        import xlsxwriter  # noqa: PLC0415  # only a workbook needs it
    except ModuleNotFoundError as error:
        raise name_the_extra(error, "a report as a workbook") from error

    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    made = dt.datetime.combine(report.as_of, dt.time())
    book.set_properties({"title": heading(report), "created": made})
    _Book(book).write(report)
    book.close()
    return content.getvalue()


class _Book:
    """A workbook that is being written, with its formats."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._cells = {kind: book.add_format(how) for kind, how in FORMATS.items()}
        line = {"bold": True, "top": 1}
        self._totals = {kind: book.add_format({**how, **line}) for kind, how in FORMATS.items()}
        self._head = book.add_format(dict(HEAD))
        self._bold = book.add_format({"bold": True})

    def write(self, report: AgencyReport) -> None:
        """Write a sheet of the main figures, then a sheet for each table."""
        self._summary(report)
        for section in sections(report):
            for table in section.tables:
                self._table(table)

    def _summary(self, report: AgencyReport) -> None:
        sheet = self._book.add_worksheet("Summary")
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 16)
        at = 0
        sheet.write_string(at, 0, heading(report), self._bold)
        for text in subject(report):
            at += 1
            sheet.write_string(at, 0, text)
        at += 1
        for figure in headline(report):
            at += 1
            sheet.write_string(at, 0, figure.name)
            write_cell(sheet, at, 1, figure.value, figure.kind, self._cells)
            sheet.write_string(at, 2, figure.note)
        for section in sections(report):
            at += 2
            sheet.write_string(at, 0, section.title, self._bold)
            for text in section.texts:
                at += 1
                sheet.write_string(at, 0, text)

    def _table(self, table: Table) -> None:
        sheet = self._book.add_worksheet(table.sheet)
        every: list[Row] = [*table.rows, *([table.total] if table.total is not None else [])]
        for at, column in enumerate(table.columns):
            sheet.write_string(0, at, column.title, self._head)
            sheet.set_column(at, at, _width(column, [row[at] for row in every]))
        for line, row in enumerate(every, start=1):
            formats = self._cells if line <= len(table.rows) else self._totals
            for at, (column, value) in enumerate(zip(table.columns, row, strict=True)):
                write_cell(sheet, line, at, value, column.kind, formats)
        sheet.freeze_panes(1, table.heads)
        if table.rows:
            sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)


def _width(column: Column, values: Sequence[Cell]) -> int:
    longest = max(
        (len(f"{value:,}" if isinstance(value, int | Decimal) else str(value or "")) for value in values), default=0
    )
    words = max(map(len, column.title.split()))
    return max(_NARROWEST, min(_WIDEST, max(longest + 3, words + 3)))
