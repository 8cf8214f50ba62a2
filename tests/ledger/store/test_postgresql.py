"""What only a server can do to a run: a lock that machines share, its own settings, and connections that it ends."""

import os
from typing import Any, cast

import attrs
import filelock
import pytest
import sqlalchemy as sa

from peerbill.ledger.look.history import read_history
from peerbill.ledger.send.runs import bill_batch, bill_run
from peerbill.ledger.store.database import find_place, reading_engine
from peerbill.ledger.store.ledger import open_ledger
from peerbill.ledger.store.rows import copy_rows
from peerbill.ledger.verify import verify
from peerbill.model.errors import LedgerError

IDS = [f"E{number:06d}" for number in range(12)]


@pytest.fixture
def agency(sqlite_agency: Any, postgresql_url: str) -> Any:
    return attrs.evolve(sqlite_agency, url=postgresql_url)


def _end_connections(url: str) -> None:
    """End every connection to the ledger, as a server does that is restarted."""
    with sa.create_engine(url, poolclass=sa.pool.NullPool).connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _assert_whole(agency: Any) -> None:
    assert agency.sent() == IDS
    assert [billed.encounter_id for billed in read_history(agency.url, agency.workspace)] == IDS
    with agency.ledger().engine.connect() as connection:
        assert verify(connection).problems == ()


def test_a_second_run_from_another_machine_is_told(agency: Any) -> None:
    """The lock files differ, as they would on two machines; the database is one."""
    elsewhere = agency.workspace.with_name("elsewhere")
    elsewhere.mkdir()
    other = open_ledger(agency.url, elsewhere)
    heard: list[str] = []

    with (
        bill_run(agency.ledger()),
        pytest.raises(LedgerError, match="another run is using this ledger"),
        bill_run(other, wait=1.5, tell=heard.append),
    ):
        pass

    assert len(heard) == 1
    with bill_run(other, wait=0.1):
        pass


def test_a_lock_file_of_another_account_leaves_the_lock_to_the_server(
    agency: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: filelock.FileLock, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", self.lock_file)

    first, second = agency.ledger(), agency.ledger()
    with bill_run(first):
        monkeypatch.setattr(filelock.FileLock, "acquire", refused)
        with pytest.raises(LedgerError, match="another run is using this ledger"), bill_run(second, wait=0.1):
            pass
    with bill_run(second, wait=0.1):
        pass


@pytest.mark.parametrize("level", ["serializable", "repeatable read", "read committed"])
def test_a_servers_own_settings_change_nothing(agency: Any, level: str) -> None:
    with sa.create_engine(agency.url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool).connect() as connection:
        name = connection.exec_driver_sql("SELECT current_database()").scalar()
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_isolation TO '{level}'")
        try:
            agency.bill(0, 12)
            with agency.ledger().engine.connect() as writing:
                assert writing.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"
            with reading_engine(find_place(agency.url, agency.workspace)).connect() as reading:
                assert reading.exec_driver_sql("SHOW transaction_isolation").scalar() == "repeatable read"
                assert reading.exec_driver_sql("SHOW transaction_read_only").scalar() == "on"
        finally:
            connection.exec_driver_sql(f"ALTER DATABASE {name} RESET default_transaction_isolation")
    _assert_whole(agency)


def test_a_connection_lost_while_the_files_are_written_leaves_nothing(agency: Any) -> None:
    program = agency.program
    billable = [program.billable(number) for number in range(12)]

    def restarted(*arguments: Any) -> Any:
        _end_connections(agency.url)
        return program.write_interchange(*arguments)

    with pytest.raises(LedgerError, match=r"^the connection to the ledger .* was lost: run again") as told:  # noqa: SIM117
        with bill_run(agency.ledger()) as run:
            bill_batch(
                run,
                agency.out,
                settings=program.SETTINGS,
                as_of=program.AS_OF,
                billable=billable,
                build=lambda ids: program.build_claims(billable, program.RECORDS, ids),
                write_interchange=cast("Any", restarted),
            )

    assert "\n" not in str(told.value)
    assert list(agency.out.iterdir()) == []
    assert read_history(agency.url, agency.workspace) == ()
    agency.bill(0, 12)
    _assert_whole(agency)


def test_a_connection_lost_after_the_batch_was_recorded_is_made_good_by_the_next_run(
    agency: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.link

    def restarted(source: Any, target: Any) -> None:
        _end_connections(agency.url)
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", restarted)
        # Each transaction has a connection of its own: only the one that holds the ledger is gone.
        result = agency.bill(0, 12)

    assert result.messages == ()
    _assert_whole(agency)


def test_a_server_that_is_gone_is_told_in_one_line_without_a_password(tmp_path: Any) -> None:
    url = f"postgresql+psycopg://biller:hunter2@/ledger?host={tmp_path}"

    with pytest.raises(LedgerError, match="cannot be used: ") as told:
        open_ledger(url, tmp_path)

    assert "\n" not in str(told.value)
    assert "hunter2" not in str(told.value)


ODD = ("", "\\N", "\\.", "a\tb\\t\r\n", "\u00fc\u2028\U0001f600", "'\"%s", "x" * 70_000)
TABLE = sa.Table(
    "odd rows",
    sa.MetaData(),
    sa.Column("order", sa.Text, primary_key=True),
    sa.Column("Whole", sa.BigInteger),
    sa.Column("content", sa.LargeBinary),
)


def test_rows_are_copied_as_they_are_or_not_at_all(postgresql_url: str) -> None:
    rows = [(text, number << 40 or None, text.encode()) for number, text in enumerate(ODD)]
    with sa.create_engine(postgresql_url, poolclass=sa.pool.NullPool).connect() as connection:
        TABLE.create(connection)
        connection.commit()

        copy_rows(connection, TABLE, rows)
        assert sorted((row[0], row[1], bytes(row[2])) for row in connection.execute(sa.select(TABLE))) == sorted(rows)
        with pytest.raises(sa.exc.IntegrityError, match="UniqueViolation"):
            copy_rows(connection, TABLE, [("new", 1, None), rows[0]])
        connection.rollback()

        assert connection.execute(sa.select(TABLE)).all() == []
        _end_connections(postgresql_url)
        with pytest.raises(sa.exc.OperationalError) as lost:
            copy_rows(connection, TABLE, rows)
        assert lost.value.connection_invalidated
