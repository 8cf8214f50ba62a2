"""Answers that come on paper or by portal, as a person enters them: the rows of a CSV.

Pure: text in, rows or problems out. A message names line and column and what was expected; it never repeats a cell,
which may hold a person's data in the wrong column.
"""

import csv
import datetime as dt
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import zip_longest

import attrs

from peerbill.model.claim import Adjustment
from peerbill.model.csv_lines import ROW_FIXES, row_fault

COLUMNS = ("claim_id", "line_id", "paid_on", "paid", "adjustments", "trace", "payer_control_number", "status")
"""The columns, in the order of the documentation; they may come in any order, and only `claim_id` is required."""

REASON = "reason"
"""A further column, for a portal's reason of a rejection."""

LONGEST_REASON = 300

STATUSES = ("paid", "denied", "reversed", "accepted", "rejected")
"""What a payer may have answered: the first three are of a remittance, the others of an acknowledgment."""

_KEY = "claim_id"
_OF_MONEY = frozenset({"paid", "denied", "reversed"})
_AMOUNT = re.compile(r"-?\$?[0-9]{1,3}(?:,?[0-9]{3}){0,2}(?:\.[0-9]{1,2})?")
_ADJUSTMENT = re.compile(r"(CO|CR|OA|PI|PR):([A-Z0-9]{1,5}):(-?[0-9]{1,9}(?:\.[0-9]{1,2})?)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ID = re.compile(r"(?=.*[0-9])[A-Za-z0-9-]{1,25}")
_REFERENCE = re.compile(r"(?=.*[0-9])[A-Za-z0-9._/#-]{1,50}")
_SPOILT = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+|[0-9]+\.0+", re.IGNORECASE)
_YEARS = range(1990, 2101)


@attrs.frozen
class EnteredRow:
    """A row: a payer's answer to a claim, or (with `line_id`) to one of its lines.

    `line` is the row's line in the file. `paid` is in dollars, negative where a payment is taken back, None where the
    row has no payment; `paid_on` the day of the check or transfer, `trace` its number. `status` is one of `STATUSES` or
    ""; `reason` what the payer says beside it, for the audit trail.
    """

    line: int
    claim_id: str
    line_id: str = ""
    paid_on: dt.date | None = None
    paid: Decimal | None = None
    adjustments: tuple[Adjustment, ...] = ()
    trace: str = ""
    payer_control_number: str = ""
    status: str = ""
    reason: str = ""

    @property
    def is_payment(self) -> bool:
        """Whether the row is of a remittance: it has the amount paid, even if that is zero."""
        return self.paid is not None


def is_eob(text: str) -> bool:
    """Return whether a file that begins so is a CSV of answers: its first row that is not blank names `claim_id`."""
    first = next((line for line in text.lstrip("\ufeff").splitlines() if line.strip()), "")
    return _KEY in re.split(r"[,;\t]", first.casefold().replace('"', "").replace(" ", ""))


def read_eob(lines: Iterable[str]) -> tuple[list[EnteredRow], list[str]]:
    """Return the rows of a CSV, given its lines, and its problems: `line N, column: what, and what to do`.

    Where anything is wrong, nothing of the file is to be posted.
    """
    rows = csv.reader(lines, strict=True)
    found: list[EnteredRow] = []
    problems: list[str] = []
    header: list[str] = []
    begins = 1
    try:
        for cells in rows:
            line, begins = begins, rows.line_num + 1
            if not "".join(cells).strip():
                continue
            if not header:
                header = [cell.strip().strip("\ufeff").strip().casefold() for cell in cells]
                problems += _of_header(line, header)
                if problems:
                    break
            else:
                row = _Row(line, problems)
                entered = row.read(cells, header)
                if entered is not None:
                    found.append(entered)
    except csv.Error as error:
        why = row_fault(error)
        problems.append(f"line {begins}: {why}. {ROW_FIXES[why].removesuffix('.')}")
    if not header:
        problems.append(
            f"line 1: expected the row of column names, found none. Begin the file with {','.join(COLUMNS)}"
        )
    elif not problems and not found:
        problems.append("there is no row below the column names. Enter a row for each claim that was answered")
    return found, problems


def _of_header(line: int, header: list[str]) -> Iterator[str]:
    if _KEY not in header:
        yield (
            f"line {line}: expected the column claim_id, separated from the others by commas. "
            f"The columns are {','.join(COLUMNS)}"
        )
        return
    # A misspelt column would be a payment without its adjustments: this file is for peerbill alone.
    columns = {*COLUMNS, REASON, ""}
    for name in sorted({name for name in header if name in columns and name and header.count(name) > 1}):
        yield f"line {line}, {name}: the column is there twice. Remove one of the two"
    if not columns.issuperset(header):
        places = ", ".join(str(at) for at, name in enumerate(header, start=1) if name not in columns)
        yield f"line {line}: column {places} is none of {', '.join(COLUMNS)}. Rename it, or remove it"


@attrs.define
class _Row:
    """Reads a row, and collects its problems."""

    line: int
    problems: list[str]

    def read(self, cells: list[str], header: list[str]) -> EnteredRow | None:
        """Return the row, or None where something is wrong."""
        before = len(self.problems)
        if "".join(cells[len(header) :]).strip() or "".join(header[len(cells) :]).strip():
            self._say("", f"expected {len(header)} cells as in the header, found {len(cells)}", "Give each column one")
            return None
        cell = {name: text.strip() for name, text in zip_longest(header, cells, fillvalue="") if name}
        row = EnteredRow(
            line=self.line,
            claim_id=self._matched(cell, "claim_id", _ID, "a claim id as `peerbill claims` shows it").upper(),
            line_id=self._matched(cell, "line_id", _ID, "a line id as `peerbill claims CLAIM` shows it").upper(),
            paid_on=self._day(cell.get("paid_on", "")),
            paid=self._amount(cell.get("paid", "")),
            adjustments=tuple(self._adjustments(cell.get("adjustments", ""))),
            trace=self._matched(cell, "trace", _REFERENCE, "the number of the check or transfer, without spaces"),
            payer_control_number=self._matched(
                cell, "payer_control_number", _REFERENCE, "the payer's number of the claim, without spaces"
            ),
            status=self._status(cell.get("status", "")),
            reason=" ".join(cell.get(REASON, "").split()),
        )
        if len(self.problems) == before:
            self._compare(row)
        return row if len(self.problems) == before else None

    def _compare(self, row: EnteredRow) -> None:
        """Add a problem for cells of a row that contradict each other."""
        if not row.claim_id:
            self._say("claim_id", "the cell is blank", "Enter the id of the claim that the payer answered")
        if row.status in _OF_MONEY and row.paid is None:
            self._say("paid", f"the cell is blank, and status is {row.status}", "Enter the amount; 0.00 where none was")
        elif row.status in {"accepted", "rejected"} and (row.paid is not None or row.adjustments or row.line_id):
            self._say(
                "status",
                f"a claim that is {row.status} has no payment, adjustment or line",
                "Leave those cells blank, or write paid, denied or reversed",
            )
        elif row.status == "denied" and row.paid:
            self._say("paid", "a claim or line that is denied was not paid", "Write 0.00, or the status paid")
        elif row.status == "reversed" and (row.paid or 0) > 0:
            self._say("paid", "what is taken back is negative", "Write it, and its adjustments, with a minus")
        elif (row.paid or 0) < 0 and row.status != "reversed":
            self._say("paid", "the amount is negative", "Write the status reversed where a payment was taken back")
        elif row.reason and (row.is_payment or len(row.reason) > LONGEST_REASON):
            self._say(
                REASON,
                f"expected at most {LONGEST_REASON} characters, in a row without a payment",
                "A payment's reasons are its adjustments",
            )
        elif row.is_payment and row.paid_on is None:
            self._say("paid_on", "the cell is blank", "Enter the day of the check or transfer as YYYY-MM-DD")
        elif not row.is_payment and (row.adjustments or row.line_id or row.paid_on or row.trace) and not row.status:
            self._say("paid", "the cell is blank", "Enter the amount; 0.00 where nothing was paid")
        elif not row.is_payment and not row.status and not row.payer_control_number:
            self._say("", "the row tells nothing", "Enter a payment, a status or the payer's number, or remove the row")

    def _say(self, column: str, what: str, fix: str) -> None:
        where = f"line {self.line}, {column}" if column else f"line {self.line}"
        self.problems.append(f"{where}: {what}. {fix}")

    def _matched(self, cell: dict[str, str], column: str, pattern: re.Pattern[str], expected: str) -> str:
        text = cell.get(column, "")
        if not text:
            return ""
        if _SPOILT.fullmatch(text):
            self._say(
                column,
                "the number was changed by a spreadsheet",
                "Format the column as text, enter the whole number again and export",
            )
        elif not pattern.fullmatch(text):
            self._say(column, f"expected {expected}, found something else", "Correct the cell, or leave it blank")
        else:
            return text
        return ""

    def _day(self, text: str) -> dt.date | None:
        if not text:
            return None
        try:
            day = dt.date.fromisoformat(text) if _DAY.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None or day.year not in _YEARS:
            self._say("paid_on", "expected a date such as 2026-03-02", "Write the date as YYYY-MM-DD")
            return None
        return day

    def _amount(self, text: str) -> Decimal | None:
        if not text:
            return None
        if not _AMOUNT.fullmatch(text):
            self._say("paid", "expected dollars such as 48.00", "Write digits and a point")
            return None
        return Decimal(text.replace("$", "").replace(",", ""))

    def _adjustments(self, text: str) -> Iterator[Adjustment]:
        for part in filter(None, map(str.strip, text.split(";"))):
            match = _ADJUSTMENT.fullmatch(part.upper())
            if match is None:
                self._say(
                    "adjustments",
                    "expected GROUP:REASON:AMOUNT such as CO:45:12.00, several split by ;",
                    "Write the group (CO, OA, PI, PR), the reason code and the dollars as the payer's paper has them",
                )
                return
            group, reason, amount = match.groups()
            yield Adjustment(group, reason, Decimal(amount))

    def _status(self, text: str) -> str:
        word = text.casefold()
        if word and word not in STATUSES:
            self._say("status", "the word is not known", f"Write one of {', '.join(STATUSES)}, or leave it blank")
            return ""
        return word
