"""Where a ledger is, its migrations, and reading one without changing anything."""

import hashlib
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import filelock
import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

import peerbill.ledger
from peerbill.ledger.look.history import read_history
from peerbill.ledger.send.runs import bill_run
from peerbill.ledger.store import database, tables
from peerbill.ledger.store.database import VERSION_TABLE, find_place
from peerbill.ledger.store.ledger import open_ledger
from peerbill.model.errors import LedgerError

URL = "sqlite:///ledger.db"


def _state(folder: Path) -> dict[str, tuple[int, str]]:
    return {
        path.name: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.iterdir())
    }


def test_a_lock_file_of_another_account_ends_a_run_on_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: filelock.FileLock, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", self.lock_file)

    monkeypatch.setattr(filelock.FileLock, "acquire", refused)
    ledger = open_ledger("sqlite:///ledger.db", tmp_path)

    with pytest.raises(LedgerError, match=r"ledger\.db\.lock cannot be made: Permission denied"), bill_run(ledger):
        pass


def test_the_last_migration_is_the_one_that_the_tables_name() -> None:
    folder = Path(str(peerbill.ledger.__file__)).with_name("store") / "migrations"

    assert ScriptDirectory(str(folder)).get_heads() == [tables.HEAD]


def test_a_ledger_is_opened_again_without_alembic(tmp_path: Path) -> None:
    """Alembic takes longer to import than a small workspace to bill."""
    open_ledger(URL, tmp_path)
    script = (
        "import sys; from pathlib import Path; from peerbill.ledger.store.ledger import open_ledger; "
        f"open_ledger({URL!r}, Path({str(tmp_path)!r})); sys.exit('alembic' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_several_threads_make_ledgers_of_their_own(tmp_path: Path) -> None:
    def make(name: str) -> str:
        (tmp_path / name).mkdir()
        ledger = open_ledger("sqlite:///ledger.db", tmp_path / name)
        with ledger.engine.connect() as connection:
            return f"{database.version(connection)}"

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(make, "abcdefgh")) == [tables.HEAD] * 8


def test_a_newer_ledger_is_refused(tmp_path: Path, ledger_url: str) -> None:
    with open_ledger(ledger_url, tmp_path).changing() as connection:
        connection.execute(sa.update(sa.table(VERSION_TABLE, sa.column("version_num"))).values(version_num="9999"))

    with pytest.raises(LedgerError, match="made by a newer peerbill"):
        open_ledger(ledger_url, tmp_path)
    with pytest.raises(LedgerError, match=r"made by a newer peerbill|is at revision 9999, this peerbill expects"):
        read_history(ledger_url, tmp_path)


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("CREATE TABLE songs (title)")
    connection.close()
    before = _state(tmp_path)

    for use in (open_ledger, read_history):
        with pytest.raises(LedgerError, match="is no ledger of peerbill"):
            use(URL, tmp_path)

    assert _state(tmp_path) == before


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("encounter_id,member_id\n" * 100)

    for use in (open_ledger, read_history):
        with pytest.raises(LedgerError, match="file is not a database"):
            use(URL, tmp_path)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ledger.db", "is not a database address"),
        ("mysql://localhost/x", "begins with mysql"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite://ledger.db", "write sqlite:///ledger.db"),
        ("sqlite://biller:hunter2@host/ledger.db", "write sqlite:///ledger.db"),
        (
            "postgresql://biller:hunter2@host/peerbill",
            r"postgresql: write postgresql\+psycopg, and the rest",
        ),
        ("postgresql+psycopg2://biller:hunter2@host/peerbill", r"postgresql\+psycopg2: write postgresql\+psycopg,"),
        ("postgresql+psycopg://biller:hun@ter2@host/peerbill", "has an @ in a name or password: write it as %40"),
        ("postgresql+psycopg://biller:x@hunter2:hunter2@host/peerbill", "has an @ in a name or password"),
        ("postgresql+psycopg://biller@host:hunter2/peerbill", "is not a database address"),
    ],
)
def test_an_address_that_cannot_be_used_says_what_was_expected(tmp_path: Path, url: str, told: str) -> None:
    with pytest.raises(LedgerError, match=told) as raised:
        find_place(url, tmp_path)

    assert "ter2" not in "".join(traceback.format_exception(raised.value)).partition("LedgerError")[2]
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


@pytest.mark.parametrize("part", ["password", "sslpassword", "passfile", "sslkey", "not-known"])
def test_a_password_is_never_shown(tmp_path: Path, part: str) -> None:
    place = find_place(f"postgresql+psycopg://biller:hunter2@localhost:1/peerbill?user=me&{part}=hunter2", tmp_path)

    assert str(place) == "postgresql+psycopg://biller:***@localhost:1/peerbill?user=me"
    assert place.lock == tmp_path / "ledger.lock"


def test_a_server_that_does_not_answer_is_told_without_a_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    url = "postgresql+psycopg://biller:hunter2@127.0.0.1:1/peerbill?sslmode=disable&password=hunter2&connect_timeout=2"
    with pytest.raises(LedgerError, match="cannot be used") as raised:
        open_ledger(url, tmp_path)

    assert "hunter2" not in "".join(map(str, (raised.value, raised.value.__cause__, raised.value.__context__)))


def test_a_folder_with_odd_characters_holds_a_ledger(tmp_path: Path) -> None:
    folder = tmp_path / "50% of #1? ü"
    folder.mkdir()

    open_ledger(URL, folder)

    assert [path.name for path in folder.iterdir()] == ["ledger.db"]
    assert read_history(URL, folder) == ()


def test_reading_an_absent_or_empty_ledger_makes_nothing(tmp_path: Path) -> None:
    assert read_history(URL, tmp_path) == ()
    assert list(tmp_path.iterdir()) == []

    (tmp_path / "ledger.db").touch()
    assert read_history(URL, tmp_path) == ()
    assert _state(tmp_path)["ledger.db"][1] == hashlib.sha256(b"").hexdigest()


def test_reading_changes_nothing(sqlite_agency: Any) -> None:
    sqlite_agency.bill(0, 20)
    before = _state(sqlite_agency.workspace)

    history = read_history(URL, sqlite_agency.workspace)

    assert history == sqlite_agency.ledger().history()
    assert [billed.encounter_id for billed in history] == [f"E{number:06d}" for number in range(20)]
    assert _state(sqlite_agency.workspace) == before


def test_a_ledger_that_cannot_be_written_can_be_read(sqlite_agency: Any) -> None:
    sqlite_agency.bill(0, 20)
    (sqlite_agency.workspace / "ledger.db").chmod(0o400)
    sqlite_agency.workspace.chmod(0o500)
    try:
        assert len(read_history(URL, sqlite_agency.workspace)) == 20
    finally:
        sqlite_agency.workspace.chmod(0o700)


def test_a_ledger_whose_writer_was_killed_inside_a_transaction_is_read_as_it_was_before(sqlite_agency: Any) -> None:
    """The journal that would undo the transaction is still there, and stays there: reading may not roll back."""
    sqlite_agency.bill(0, 20)
    killed = (
        "import os, sqlite3; connection = sqlite3.connect('ledger.db', isolation_level=None); "
        "connection.execute('PRAGMA cache_size = 1'); connection.execute('BEGIN IMMEDIATE'); "
        "connection.execute(\"UPDATE encounters SET staff_id = 'X' || hex(zeroblob(5000))\"); os._exit(137)"
    )
    subprocess.run([sys.executable, "-c", killed], cwd=sqlite_agency.workspace, check=False)
    assert (sqlite_agency.workspace / "ledger.db-journal").stat().st_size > 0
    before = _state(sqlite_agency.workspace)

    history = read_history(URL, sqlite_agency.workspace)

    assert {billed.staff_id for billed in history} == {"S1", "S2", "S3"}
    assert _state(sqlite_agency.workspace) == before
    assert sqlite_agency.ledger().history() == history


BILLED = "was already billed; nothing was sent"
NUMBERED = "used the same number at the same time; nothing was recorded or sent"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (tables.files, NUMBERED),
        (tables.batches, NUMBERED),
        (tables.claims, NUMBERED),
        (tables.events, NUMBERED),
        (tables.answers, "the same answers were posted by another run at the same time"),
        (tables.overpayments, "contradicts what the ledger holds"),
    ],
)
def test_a_refusal_says_what_was_refused(agency: Any, table: sa.Table, told: str) -> None:
    agency.bill(0, 3)
    ledger = agency.ledger()
    answer = {"answer_id": 1, "sha256": "0" * 64, "name": "a", "at": "", "who": "", "summary": ""}
    overpaid = {"encounter_id": "E000000", "claim_id": "none", "identified_on": "2026-03-01", "codes": "PB303"}

    def again() -> None:
        with database.as_ledger_error(ledger.place), ledger.changing() as connection:
            if table is tables.answers:
                connection.execute(sa.insert(table), answer)
                connection.execute(sa.insert(table), {**answer, "answer_id": 2})
            elif table is tables.overpayments:
                connection.execute(sa.insert(table), overpaid)
            else:
                connection.execute(
                    sa.insert(table), dict(connection.execute(sa.select(table)).mappings().first() or {})
                )

    with pytest.raises(LedgerError, match=told):
        again()


def test_an_encounter_or_line_that_stands_is_refused_as_billed(agency: Any) -> None:
    agency.bill(0, 3)
    ledger = agency.ledger()
    moves = (
        sa.update(tables.encounters).values(encounter_id="E000000"),
        sa.update(tables.lines).values(line_key="one"),
    )
    for move in moves:
        with (
            pytest.raises(LedgerError, match=BILLED),
            database.as_ledger_error(ledger.place),
            ledger.changing() as connection,
        ):
            connection.execute(move)


def test_the_second_is_told_once_that_it_waits(agency: Any) -> None:
    heard: list[str] = []
    first = agency.ledger()

    def second() -> None:
        with bill_run(agency.ledger(), wait=30, tell=heard.append):
            pass

    waiting = threading.Thread(target=second)
    with bill_run(first):
        waiting.start()
        deadline = time.monotonic() + 20
        while not heard and time.monotonic() < deadline:
            time.sleep(0.01)
    waiting.join(30)

    assert heard == ["another run is using this ledger: waiting for it to end, for 30 seconds at most"]
