"""The digests of what was posted, in both databases."""

from pathlib import Path

import sqlalchemy as sa

from peerbill.ledger import open_ledger
from peerbill.ledger.store import contents, rows, tables


def test_columns_that_came_later_leave_the_digest_of_a_row_without_them_alone(tmp_path: Path, ledger_url: str) -> None:
    ledger = open_ledger(ledger_url, tmp_path, tag="TEST")
    answer = (1, "a" * 64, "1.835", "2024-03-01T00:00:00+00:00", "biller", "{}")
    remittance = (1, 4800, "I", "ACH", "2024-03-01", "T1", "1381234567", "MEDICAID", "P1", "", 0, 0, "")
    with ledger.changing() as connection:
        rows.insert_rows(connection, tables.answers, [answer])
        rows.insert_rows(connection, tables.transactions, [(1, 1, "835", "d" * 64, "P1", "000000001", "0001")])
        rows.insert_rows(connection, tables.remittances, [remittance])
    with ledger.engine.connect() as connection:
        before = contents.of_answer(connection, 1)
    # As version 0.5 made it, which had none of these columns.
    assert before == "6be8aa572f60b451e358182b9520e98700cad20ec9c4df0b708a2ef92e02ef2a"

    with ledger.changing() as connection:
        rows.update(connection, tables.remittances, {"misdirected": 1}, sa.true())
    with ledger.engine.connect() as connection:
        assert contents.of_answer(connection, 1) != before
