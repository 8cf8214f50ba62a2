"""The digests of what was posted, in both databases."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from peerbill.ledger.store import contents, rows, tables
from peerbill.ledger.store.ledger import open_ledger


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


def test_the_digest_of_rows_in_hand_is_that_of_the_rows_in_the_database(
    agency: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The trail has the first, `verify` compares it with the second; several portions, as of more than a thousand rows.
    monkeypatch.setattr(contents, "_AT_ONCE", 4)
    agency.bill(0, 12)

    with agency.ledger().engine.connect() as connection:
        ids = sa.select(tables.files.c.batch_id, tables.files.c.number)
        for batch_id, number in connection.execute(ids).all():
            detail = sa.select(tables.events.c.detail).where(
                tables.events.c.event == "sent", tables.events.c.file == tables.files.c.name
            )
            of_file = (tables.files.c.batch_id == batch_id, tables.files.c.number == number)
            sent = connection.execute(detail.where(*of_file)).scalar_one()

            assert sent.endswith(f"contents {contents.of_file(connection, batch_id, number)}")
