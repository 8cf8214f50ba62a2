"""Roles in PostgreSQL: who bills, who looks and who owns the ledger, as the SQL that is printed gives them rights."""

import os
from collections.abc import Iterator
from pathlib import Path

import databases
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from peerbill.cli import main
from peerbill.ledger.store import tables
from peerbill.ledger.store.grants import ONLY_ADDED, ROLES, grants
from peerbill.model.errors import LedgerError

PID = os.getpid()
BILLS = """
bill agency --out out --as-of 2026-10-14
post agency agency/answers/1-999.edi agency/answers/2-277ca.edi
withdraw agency PBK7Q200000001 --reason never-sent
eligibility agency --out out --as-of 2026-10-14
production
bill agency --out out --as-of 2026-10-14
post agency agency/answers/production/1-999.edi agency/answers/production/2-277ca.edi
post agency agency/answers/production/3-835.edi
todo agency --as-of 2026-11-20
replace agency PBK7Q200000035 --out out --as-of 2026-11-20 --unchanged
void agency PBK7Q200000027 --out out --as-of 2026-11-20
rebill agency PBK7Q200000028
write-off agency PBK7Q200000039 --reason uncollectable
settle agency U1 --reason seen
"""
LOOKS = """
ledger verify agency
ledger checkpoint agency
ledger backup agency {backup}
claims agency
audit agency --as-of 2026-11-20
report agency --as-of 2026-11-20 --json report.json
"""


def run(command: str) -> Result:
    return CliRunner().invoke(main, command.split())


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.URL]:
    """Make a workspace, a database for it, and an account for each role; yield the owner's address."""
    if not databases.SERVER:
        pytest.skip(databases.WITHOUT)
    monkeypatch.chdir(tmp_path)
    run("init agency --example mi-recovery-coach --tag K7Q2")
    for path in Path("agency").glob("ledger.db*"):
        path.unlink()
    server = sa.create_engine(databases.SERVER, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    accounts = [f"{kind}_{role}_{PID}" for role in ROLES for kind in ("person", "role")]
    with databases.new_database("grants") as address:
        try:
            with server.connect() as connection:
                for role in ROLES:
                    connection.exec_driver_sql(f"CREATE ROLE role_{role}_{PID}")
                    connection.exec_driver_sql(f"CREATE ROLE person_{role}_{PID} LOGIN IN ROLE role_{role}_{PID}")
            yield sa.make_url(address)
        finally:
            with sa.create_engine(address, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
                for account in accounts:
                    connection.exec_driver_sql(f"DROP OWNED BY {account}")
                    connection.exec_driver_sql(f"DROP ROLE {account}")


def be(url: sa.URL, role: str = "") -> sa.URL:
    """Let the workspace's ledger be used by a role."""
    address = url.set(username=f"person_{role}_{PID}") if role else url
    settings = Path("agency/peerbill.toml")
    lines = [line for line in settings.read_text().splitlines() if not line.startswith(("[ledger]", "url =", "tag ="))]
    shown = address.render_as_string(hide_password=False)
    settings.write_text("\n".join([*lines, "[ledger]", f'url = "{shown}"', 'tag = "K7Q2"', ""]))
    return address


def give(url: sa.URL, role: str) -> None:
    printed = run(f"ledger grants --role {role} --account role_{role}_{PID}")
    with sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql(printed.stdout.replace("%", "%%"))


def test_a_biller_does_every_ordinary_command_and_cannot_touch_the_trail(url: sa.URL) -> None:
    be(url)
    made = run("ledger upgrade agency")
    for role in ("biller", "reader"):
        give(url, role)
    address = be(url, "biller")
    done = []
    for command in BILLS.strip().splitlines():
        if command == "production":
            settings = Path("agency/peerbill.toml")
            settings.write_text(settings.read_text().replace('mode = "test"', 'mode = "production"'))
        else:
            done.append((command, run(command)))
    looked = [(command, run(command)) for command in LOOKS.format(backup="biller.db").strip().splitlines()]

    assert made.exit_code == 0, made.output
    assert [(command, result.output) for command, result in done if result.exit_code == 2] == []
    assert [(command, result.output) for command, result in looked if result.exit_code not in {0, 1}] == []
    assert looked[0][1].stdout.rstrip().endswith("; whole")
    with sa.create_engine(address, poolclass=sa.NullPool).connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.events)).scalar_one() > 50
        for table in ONLY_ADDED:
            for start, end in (("UPDATE", " SET who = 'x'"), ("DELETE FROM", ""), ("TRUNCATE", "")):
                assert_refused(connection, f"{start} {table}{end}")
        for statement in ("DROP TABLE events", "ALTER TABLE claims ADD x integer", "CREATE TABLE x (y integer)"):
            assert_refused(connection, statement)

    address = be(url, "reader")
    looked = [
        (command, run(command)) for command in LOOKS.replace("ledger backup agency {backup}\n", "").strip().splitlines()
    ]
    looked.append(("todo", run("todo agency --as-of 2026-11-20")))

    assert [(command, result.output) for command, result in looked if result.exit_code not in {0, 1}] == []
    assert "permission denied" in run("void agency PBK7Q200000030 --out out --as-of 2026-11-20").stderr
    with sa.create_engine(address, poolclass=sa.NullPool).connect() as connection:
        for table in tables.metadata.tables:
            for start, end in (("INSERT INTO", " DEFAULT VALUES"), ("DELETE FROM", ""), ("TRUNCATE", "")):
                assert_refused(connection, f"{start} {table}{end}")


def test_an_owner_upgrades_and_restores_and_others_are_told_to_ask_it(url: sa.URL) -> None:
    be(url)
    run("ledger upgrade agency")
    for role in ROLES:
        give(url, role)
    be(url, "biller")
    run("bill agency --out out --as-of 2026-10-14")
    assert run("ledger backup agency kept.db").exit_code == 0
    refused = run("ledger restore agency kept.db --replace")
    not_purged = run("purge agency --before 2010-01-01")
    be(url, "owner")
    purged = run("purge agency --before 2010-01-01")
    restored = run("ledger restore agency kept.db --replace")
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql("DROP OWNED BY role_owner_" + str(PID))
    be(url, "biller")
    absent = run("bill agency --out elsewhere --as-of 2026-10-14 --new-ledger")

    assert (restored.exit_code, "Restored 26 claims" in restored.stdout) == (0, True), restored.output
    assert refused.exit_code == 2
    assert not_purged.exit_code == 2
    assert "let the owner of the ledger's tables run peerbill purge" in not_purged.stderr
    assert (purged.exit_code, purged.stdout) == (0, "Nothing of before 2010-01-01 is there to be purged\n")
    assert absent.exit_code == 2
    assert "let its owner run: peerbill ledger upgrade DIR" in absent.stderr


def assert_refused(connection: sa.Connection, statement: str) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"):
        connection.exec_driver_sql(statement)
    connection.rollback()


@pytest.mark.parametrize("name", ["", "Roe", "a-b", "a;b", "1a", "a" * 64])
def test_a_name_that_needs_quotation_marks_is_refused(name: str) -> None:
    with pytest.raises(LedgerError, match="is no name of an account or a schema"):
        grants("biller", name)
    with pytest.raises(LedgerError, match="is no name of an account or a schema"):
        grants("biller", "peerbill_biller", name)


def test_every_table_is_granted() -> None:
    for role in ROLES:
        printed = grants(role, f"peerbill_{role}", "agency_7")
        assert [name for name in tables.metadata.tables if f"agency_7.{name}" not in printed] == []
