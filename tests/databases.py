"""Databases for tests: of a PostgreSQL server that PEERBILL_TEST_POSTGRESQL names, one for each process of tests."""

import contextlib
import functools
import os
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from peerbill.ledger.store import database, tables
from peerbill.ledger.store.database import VERSION_TABLE
from peerbill.ledger.store.identity import identity_of

SERVER = os.environ.get("PEERBILL_TEST_POSTGRESQL", "")
WITHOUT = "PEERBILL_TEST_POSTGRESQL names no server; make test-postgresql starts one"
SQLITE = "sqlite:///ledger.db"
TAG = "TEST"
"""The tag of every ledger of which a test knows the ids, as `conftest.SMALL` has it."""
FIRST = identity_of(TAG).first_control_number
"""The first control number of such a ledger."""


@contextlib.contextmanager
def new_database(name: str) -> Iterator[str]:
    """Make a database on the server, yield its address, and drop it."""
    server = sa.create_engine(SERVER, poolclass=sa.pool.NullPool, isolation_level="AUTOCOMMIT")
    name = f"peerbill_{name}_{os.getpid()}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield server.url.set(database=name).render_as_string(hide_password=False)
    finally:
        for engine in _kept:
            engine.dispose()
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def clear(url: str, *, tables_too: bool = False) -> None:
    """Take everything out of a PostgreSQL database; empty tables of the newest revision may stay, which is faster."""
    with sa.create_engine(url, poolclass=sa.pool.NullPool).begin() as connection:
        found = None
        if not tables_too and sa.inspect(connection).has_table(VERSION_TABLE):
            found = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()  # noqa: S608 - ours
        if found == tables.HEAD:
            names = [table.name for table in reversed(tables.metadata.sorted_tables) if table.name != "counters"]
            # A table of a few rows is emptied sooner by DELETE than by TRUNCATE, which makes new files.
            connection.exec_driver_sql(";".join(f"DELETE FROM {name}" for name in names))  # noqa: S608 - ours
            connection.exec_driver_sql("DELETE FROM counters WHERE name = 'purged before'")
            connection.exec_driver_sql("UPDATE counters SET value = 0")
        else:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")


_kept: list[sa.Engine] = []


@functools.cache
def lasting_engine(url: sa.URL, isolation: sa.engine.interfaces.IsolationLevel = "READ COMMITTED") -> sa.Engine:
    """Return an engine of a PostgreSQL ledger that keeps its connections, where the ledger's own makes each anew."""
    # Some tests end every connection, as a server does that is restarted.
    engine = sa.create_engine(url, hide_parameters=True, isolation_level=isolation, pool_pre_ping=True)
    _kept.append(engine)

    @sa.event.listens_for(engine, "checkin")
    def _release(connection: Any, *_: object) -> None:
        # A run's lock goes with its connection, which is kept here.
        if connection is not None and not connection.closed:
            connection.execute("SELECT pg_advisory_unlock_all()")
            connection.commit()

    return engine


def keep_connections(patch: pytest.MonkeyPatch) -> None:
    """Let ledgers in PostgreSQL keep their connections, for tests of what comes after the connection.

    Not where a test forks: parent and child would talk on one connection.
    """

    def engine(place: database.Place, *isolation: sa.engine.interfaces.IsolationLevel) -> sa.Engine:
        return lasting_engine(place.url, *isolation)

    patch.setattr(database, "_postgresql_engine", engine)
