"""A checklist as a file to fill in: a CSV file, or a workbook with a list of the ratings in each cell."""

import csv
import datetime as dt
import io
from typing import Any

from peerbill.model.extras import name_the_extra
from peerbill.model.review import Rating
from peerbill.review.checklist import COLUMNS, LONGEST_REASON, Checklist

SHEET = "Checklist"
_FILLED_IN = ("rating", "reason")
_HIDDEN = ("policy", "fingerprint", "row")
_WIDTHS = {
    "encounter_id": 14, "sample": 16, "day": 11, "staff_id": 9, "member_id": 10, "programme": 18, "requirement": 22,
    "question": 44, "policy_says": 40, "must": 9, "source": 36, "audit_finds": 44, "recorded": 22, "rating": 22,
    "reason": 44,
}  # fmt: skip
HELP = (
    "Rate each question, and leave blank what you have not looked at. What the audit finds is a hint, and no rating.",
    'Give a reason for "not met", and for "repaid before notice" how it was repaid; write no person\'s name into it.',
    "must: a text that was read says so. advised: a text advises it, or nobody has read the text.",
    "Read the file back with: peerbill review record DIR FILE --reviewer NAME",
)


def checklist_csv(checklist: Checklist) -> str:
    """Return a checklist as CSV."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for row in checklist.rows:
        cells = row.cells
        rows.writerow([cells[column] for column in COLUMNS])
    return out.getvalue()


def checklist_workbook(checklist: Checklist) -> bytes:
    """Return a checklist as the content of an .xlsx file, in which only ratings and reasons can be changed.

    The same checklist gives the same bytes. The protection of the sheet has no password: it keeps hands off by mistake.
    """
    try:
        import xlsxwriter  # noqa: PLC0415  # only a workbook needs it
    except ModuleNotFoundError as error:
        raise name_the_extra(error, "a checklist as a workbook") from error

    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    made = dt.datetime.combine(checklist.as_of, dt.time())
    book.set_properties({"title": f"Checklist of {checklist.as_of}", "created": made})
    _write(book, checklist)
    book.close()
    return content.getvalue()


def _write(book: Any, checklist: Checklist) -> None:
    plain = {"num_format": "@", "text_wrap": True, "valign": "top", "border": 1, "border_color": "#C9D1D9"}
    fixed = book.add_format({**plain, "font_color": "#333333"})
    hint = book.add_format({**plain, "italic": True, "bg_color": "#F6F8FA"})
    filled_in = book.add_format({**plain, "locked": False, "bg_color": "#FFF8DC"})
    head = book.add_format({"bold": True, "bg_color": "#EEF2F6", "bottom": 1, "text_wrap": True})
    sheet = book.add_worksheet(SHEET)
    for at, column in enumerate(COLUMNS):
        sheet.write_string(0, at, column, head)
        sheet.set_column(at, at, _WIDTHS.get(column, 10), None, {"hidden": column in _HIDDEN})
    for line, row in enumerate(checklist.rows, start=1):
        cells = row.cells
        for at, column in enumerate(COLUMNS):
            how = filled_in if column in _FILLED_IN else hint if column in ("audit_finds", "recorded") else fixed
            # A blank string would be a cell without its format.
            if cells[column]:
                sheet.write_string(line, at, cells[column], how)
            else:
                sheet.write_blank(line, at, None, how)
    if checklist.rows:
        last = len(checklist.rows)
        rating, reason = COLUMNS.index("rating"), COLUMNS.index("reason")
        sheet.data_validation(
            1,
            rating,
            last,
            rating,
            {
                "validate": "list",
                "source": [str(one) for one in Rating],
                "input_title": "Rating",
                "input_message": "Leave blank what you have not looked at.",
                "error_title": "Rating",
                "error_message": f"Choose one of: {', '.join(Rating)}.",
            },
        )
        sheet.data_validation(
            1,
            reason,
            last,
            reason,
            {"validate": "length", "criteria": "<=", "value": LONGEST_REASON, "error_title": "Reason"},
        )
        sheet.autofilter(0, 0, last, len(COLUMNS) - 1)
    sheet.freeze_panes(1, 1)
    sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True})
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    about = book.add_worksheet("About")
    about.set_column(0, 0, 110, book.add_format({"text_wrap": True}))
    for line, text in enumerate((f"Made on {checklist.as_of} by peerbill.", *HELP)):
        about.write_string(line, 0, text)
