"""The evidence of an audit as an Excel workbook: sheets to sort and filter, real numbers and days, and no formula."""

import datetime as dt
import io
import tempfile
import traceback
from typing import Any, Final

from peerbill.audit_report.sections import audited_tables, headline, subject, unseen_table
from peerbill.audit_report.sheets import Link, Sheet, sheets
from peerbill.audit_report.values import AuditEvidence
from peerbill.model.extras import name_the_extra
from peerbill.model.printable import inert
from peerbill.model.pseudonyms import NOTICE
from peerbill.report.parts import Kind, Table
from peerbill.report.sheet_cells import FORMATS, HEAD, write_cell

MOST_ROWS: Final = 1_000_000
"""Rows of a sheet; more go on in another sheet of the same name and a number. Excel has room for 1,048,576."""

MOST_LINKS: Final = 65_000
"""Rows of a sheet that have a link; those below have its text. Excel has room for 65,530 links in a sheet."""

_PERSONAL: Final = (
    "It holds ids of encounters, members and staff, which are personal data: protect it as you protect the records. "
    "It has no names of members or staff, no birth dates and no notes."
)


def audit_workbook(evidence: AuditEvidence, version: str) -> bytes:
    """Return an audit as the content of an .xlsx file; the same evidence gives the same bytes.

    Rows are written one by one to temporary files that only their owner may read, and that are gone at the end.
    """
    try:
        import xlsxwriter  # noqa: PLC0415  # only a workbook needs it
    except ModuleNotFoundError as error:
        raise name_the_extra(error, "an audit as a workbook") from error

    content = io.BytesIO()
    options: dict[str, object] = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with tempfile.TemporaryDirectory() as folder:
        book = xlsxwriter.Workbook(content, options | {"tmpdir": folder})
        book.set_properties({"title": title(evidence), "created": dt.datetime.combine(evidence.as_of, dt.time())})
        writer = _Book(book)
        writer.summary(evidence, version)
        for sheet in sheets(evidence):
            writer.sheet(sheet)
        try:
            book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            # Its frames hold the half-made archive, which would complain of its own end.
            traceback.clear_frames(error.__traceback__)
            broken = error.args[0]
            raise OSError(broken.errno, broken.strerror, folder) from None
    return content.getvalue()


def title(evidence: AuditEvidence) -> str:
    """Return the title of a workbook."""
    whose = evidence.organization or f"pseudonyms of key {evidence.deidentified}"
    return f"Audit as of {evidence.as_of}: {whose}"


class _Book:
    """A workbook that is being written, with its formats; the rows of a sheet are written in order, once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._cells = {kind: book.add_format(how) for kind, how in FORMATS.items()}
        self._link = book.add_format({**FORMATS[Kind.TEXT], "font_color": "#0B57D0", "underline": 1})
        self._head = book.add_format(dict(HEAD))
        self._bold = book.add_format({"bold": True})

    def summary(self, evidence: AuditEvidence, version: str) -> None:
        """Write what was audited, by what, the main figures, and what the audit could not look at."""
        sheet = self._book.add_worksheet("Summary")
        for at, width in enumerate((44, 30, 16, 70)):
            sheet.set_column(at, at, width)
        sheet.write_string(0, 0, title(evidence), self._bold)
        line = 0
        for text in (*subject(evidence, version), NOTICE if evidence.deidentified else _PERSONAL):
            line += 1
            sheet.write_string(line, 0, text)
        line += 1
        for figure in headline(evidence):
            line += 1
            sheet.write_string(line, 0, figure.name)
            write_cell(sheet, line, 1, figure.value, figure.kind, self._cells)
            sheet.write_string(line, 2, figure.note)
        for table in (*audited_tables(evidence), unseen_table(evidence)):
            line = self._block(sheet, line + 2, table)
        _as_they_are(sheet, line, 3)

    def _block(self, sheet: Any, line: int, table: Table) -> int:
        """Write a table below others; return its last line."""
        sheet.write_string(line, 0, table.caption, self._bold)
        line += 1
        for at, column in enumerate(table.columns):
            sheet.write_string(line, at, column.title, self._head)
        for row in table.rows:
            line += 1
            for at, (column, value) in enumerate(zip(table.columns, row, strict=True)):
                write_cell(sheet, line, at, value, column.kind, self._cells)
        return line

    def sheet(self, sheet: Sheet) -> None:
        """Write a sheet; rows for which it has no room go on in another one."""
        part, line, page = 0, 0, self._begun(sheet, 0)
        for number, row in enumerate(sheet.rows()):
            if number // MOST_ROWS > part:
                self._ended(page, sheet, line)
                part, line = part + 1, 0
                page = self._begun(sheet, part)
            line += 1
            for at, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
                if isinstance(value, Link):
                    self._linked(page, line, at, value)
                elif value is not None and value != "":  # a blank cell takes as long as another
                    write_cell(page, line, at, value, column.kind, self._cells)
        self._ended(page, sheet, line)

    def _linked(self, page: Any, line: int, at: int, link: Link) -> None:
        if line <= MOST_LINKS:
            page.write_url(line, at, _target(link), self._link, inert(link.text))
        else:
            write_cell(page, line, at, link.text, Kind.TEXT, self._cells)

    def _begun(self, sheet: Sheet, part: int) -> Any:
        page = self._book.add_worksheet(_name(sheet.name, part))
        for at, (column, width) in enumerate(zip(sheet.columns, sheet.widths, strict=True)):
            page.set_column(at, at, width)
            page.write_string(0, at, column.title, self._head)
        return page

    @staticmethod
    def _ended(page: Any, sheet: Sheet, last: int) -> None:
        columns = len(sheet.columns)
        page.freeze_panes(1, sheet.heads)
        if last:
            page.autofilter(0, 0, last, columns - 1)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        _as_they_are(page, last, columns - 1)


def _as_they_are(page: Any, last: int, columns: int) -> None:
    """Let a code of digits, such as the place 11, be the text that it is, without a mark of an error."""
    page.ignore_errors({"number_stored_as_text": f"A1:{_column(columns)}{last + 1}"})


def _column(at: int) -> str:
    letters = ""
    while at >= 0:
        at, rest = divmod(at, 26)
        letters, at = chr(ord("A") + rest) + letters, at - 1
    return letters


def _name(sheet: str, part: int) -> str:
    return f"{sheet} {part + 1}" if part else sheet


def _target(link: Link) -> str:
    part, row = divmod(link.row, MOST_ROWS)
    return f"internal:'{_name(link.sheet, part)}'!A{row + 2}"
