"""What a person enters of answers on paper: rows of a CSV, read or refused by line and column."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.ledger.answers.eob import COLUMNS, STATUSES, EnteredRow, is_eob, read_eob
from peerbill.model.claim import Adjustment

HEADER = ",".join(COLUMNS)


def read(*rows: str, header: str = HEADER) -> tuple[list[EnteredRow], list[str]]:
    return read_eob(io.StringIO("\n".join([header, *rows]) + "\n"))


def test_a_row_is_a_payment_with_its_adjustments() -> None:
    rows, problems = read("PB1,PB1-1,2026-04-20,$38.40,CO:45:9.60; PR:2:-1,EFT1,ICN1,paid")

    assert problems == []
    assert rows == [
        EnteredRow(
            line=2,
            claim_id="PB1",
            line_id="PB1-1",
            paid_on=dt.date(2026, 4, 20),
            paid=Decimal("38.40"),
            adjustments=(Adjustment("CO", "45", Decimal("9.60")), Adjustment("PR", "2", Decimal(-1))),
            trace="EFT1",
            payer_control_number="ICN1",
            status="paid",
        )
    ]


def test_columns_may_come_in_any_order_and_case_and_blank_rows_and_cells_count_for_nothing() -> None:
    rows, problems = read("", "ICN1, pb1 ,,", ",,,", header="\ufeffPayer_Control_Number,CLAIM_ID,status,")

    assert problems == []
    assert rows == [EnteredRow(line=3, claim_id="PB1", payer_control_number="ICN1")]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",,2026-04-20,48.00,,EFT1,,paid", "line 2, claim_id: the cell is blank. "),
        ("Jo Doe,,2026-04-20,48.00,,EFT1,,paid", "line 2, claim_id: expected a claim id "),
        ("PB1,two,2026-04-20,48.00,,EFT1,,", "line 2, line_id: expected a line id "),
        ("PB1,,20.4.2026,48.00,,EFT1,,paid", "line 2, paid_on: expected a date "),
        ("PB1,,2026-02-30,48.00,,EFT1,,paid", "line 2, paid_on: expected a date "),
        ("PB1,,,48.00,,EFT1,,paid", "line 2, paid_on: the cell is blank. "),
        ("PB1,,2026-04-20,48.001,,EFT1,,paid", "line 2, paid: expected dollars "),
        ("PB1,,2026-04-20,1e1,,EFT1,,paid", "line 2, paid: expected dollars "),
        ("PB1,,2026-04-20,,,EFT1,,paid", "line 2, paid: the cell is blank, and status is paid. "),
        ("PB1,,2026-04-20,,,EFT1,,", "line 2, paid: the cell is blank. "),
        ("PB1,,2026-04-20,48.00,CO 45 9.60,EFT1,,paid", "line 2, adjustments: expected GROUP:REASON:AMOUNT "),
        ("PB1,,2026-04-20,48.00,XX:45:9.60,EFT1,,paid", "line 2, adjustments: expected GROUP:REASON:AMOUNT "),
        ("PB1,,2026-04-20,48.00,,Jo Doe,,paid", "line 2, trace: expected the number of the check "),
        ("PB1,,2026-04-20,48.00,,EFT1,1.23E+11,paid", "line 2, payer_control_number: the number was changed "),
        ("PB1,,,,,,301447820116.0,", "line 2, payer_control_number: the number was changed "),
        ("PB1,,2026-04-20,48.00,,EFT1,,settled", "line 2, status: the word is not known. "),
        ("PB1,,2026-04-20,48.00,,EFT1,,denied", "line 2, paid: a claim or line that is denied was not paid. "),
        ("PB1,,2026-04-20,48.00,,EFT1,,reversed", "line 2, paid: what is taken back is negative. "),
        ("PB1,,2026-04-20,-48.00,,EFT1,,", "line 2, paid: the amount is negative. "),
        ("PB1,,,0.00,,,,accepted", "line 2, status: a claim that is accepted has no payment, "),
        ("PB1,PB1-1,,,,,,rejected", "line 2, status: a claim that is rejected has no payment, "),
        ("PB1,,,,,,,", "line 2: the row tells nothing. "),
        ("PB1,,2026-04-20", "line 2: expected 8 cells as in the header, found 3. "),
        ('PB1,,2026-04-20,48.00,,"EFT1,,paid', "line 2: expected cells in proper quotation marks, "),
        (f"PB1,,,,,,{'1' * (csv.field_size_limit() + 1)},", "line 2: expected cells of at most 131,072 characters, "),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused_by_line_and_column_and_never_repeated(row: str, said: str) -> None:
    rows, problems = read(row)

    assert rows == []
    assert len(problems) == 1
    assert problems[0].startswith(said)
    assert "Doe" not in problems[0]


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        (("PB1", "", "rejected", "x" * 300), True),
        (("PB1", "", "rejected", "x" * 301), False),
        (("PB1", "0.00", "denied", "x"), False),
    ],
)
def test_a_reason_goes_with_what_is_no_payment(row: tuple[str, ...], fits: bool) -> None:
    rows, problems = read(",".join((*row, "2026-04-20")), header="claim_id,paid,status,reason,paid_on")

    assert ([one.reason for one in rows] == ["x" * 300]) is fits
    assert [one.startswith("line 2, reason: expected at most 300 characters") for one in problems] == [True][fits:]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("claim_id;paid", "line 1: expected the column claim_id, separated from the others by commas. "),
        ("claim_id,paid,paid", "line 1, paid: the column is there twice. "),
        ("claim_id,paid,ajustments", "line 1: column 3 is none of "),
        ("", "line 1: expected the row of column names, found none. "),
        (HEADER, "there is no row below the column names. "),
    ],
)
def test_a_header_that_does_not_fit_is_refused(header: str, said: str) -> None:
    rows, problems = read(header=header)

    assert rows == []
    assert [problem.startswith(said) for problem in problems] == [True]


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        (HEADER, True),
        ('\ufeff\n\n"Status", "Claim_ID"\nx', True),
        ("claim_id;paid\n", True),
        ("ISA*00*          *00*          *ZZ*claim_id\n", False),
        ("claim,paid\nclaim_id", False),
        ("", False),
    ],
)
def test_a_csv_is_told_by_its_first_row(text: str, is_it: bool) -> None:
    assert is_eob(text) is is_it


MONEY = st.decimals("0.00", "9999.99", places=2)
ROWS = st.builds(
    EnteredRow,
    line=st.just(0),
    claim_id=st.from_regex(r"[A-Z]{2}[0-9]{1,10}", fullmatch=True),
    line_id=st.from_regex(r"([A-Z]{2}[0-9]{1,10}-[1-9])?", fullmatch=True),
    paid_on=st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)),
    paid=MONEY,
    adjustments=st.lists(
        st.builds(Adjustment, st.sampled_from(["CO", "OA", "PI", "PR"]), st.sampled_from(["45", "B7", "16"]), MONEY)
    ).map(tuple),
    trace=st.from_regex(r"[A-Z]{0,3}[0-9]{1,9}", fullmatch=True),
    payer_control_number=st.from_regex(r"(ICN[0-9]{1,9})?", fullmatch=True),
    status=st.sampled_from(["", "paid"]),
)


@given(st.lists(ROWS, min_size=1, max_size=5))
def test_what_is_written_is_read(rows: list[EnteredRow]) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        cuts = ";".join(f"{cut.group}:{cut.reason}:{cut.amount}" for cut in row.adjustments)
        cells = (row.claim_id, row.line_id, row.paid_on, row.paid, cuts, row.trace, row.payer_control_number)
        writer.writerow((*cells, row.status))

    found, problems = read_eob(io.StringIO(out.getvalue(), newline=""))

    assert problems == []
    assert [row.line for row in found] == list(range(2, len(rows) + 2))
    assert [EnteredRow(0, *(getattr(row, name) for name in COLUMNS)) for row in found] == rows


def test_the_words_for_a_status_are_these() -> None:
    assert STATUSES == ("paid", "denied", "reversed", "accepted", "rejected")
