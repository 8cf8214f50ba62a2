import csv
import doctest
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.model import csv_lines as module
from peerbill.model.csv_lines import csv_lines
from peerbill.model.money import two_decimals
from peerbill.model.printable import inert


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_doctests() -> None:
    result = doctest.testmod(module)

    assert (result.failed, result.attempted) == (0, 1)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-7", "-E7", "@SUM(A1)", "\t=1", "\n=1", "-7.5", "-7.50x", "-.50"])
def test_a_text_that_would_be_a_formula_gets_a_mark(text: str) -> None:
    assert read("".join(csv_lines([(text,)]))) == [[f"'{text}"]]


@given(st.lists(st.lists(st.text(), min_size=1), min_size=1))
def test_whatever_the_texts_are_they_come_back_without_the_mark(rows: list[list[str]]) -> None:
    found = read("".join(csv_lines(rows)))

    assert [[cell.removeprefix("'") for cell in row] for row in found] == [
        [inert(cell).removeprefix("'") for cell in row] for row in rows
    ]
    signs = ("=", "+", "-", "@", "\t", "\n")
    assert [cell for row in found for cell in row if cell.startswith(signs) and cell[1:].isalnum()] == []


@given(st.decimals(-(10**9), 10**9, places=2))
def test_an_amount_stays_a_number(amount: Decimal) -> None:
    assert "".join(csv_lines([(two_decimals(amount), None, 7)])) == f"{two_decimals(amount)},,7\r\n"
