"""Whatever anybody edits, puts in, takes out or swaps in any table of a ledger is found."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import databases
import pytest
import sqlalchemy as sa

from peerbill.ledger.store import counters, rows, schema, seals, tables
from peerbill.ledger.store.ledger import Ledger, open_ledger
from peerbill.ledger.store.trail import Event, append
from peerbill.ledger.verify import Problem, verify
from peerbill.model.errors import LedgerError

EVERY = {str(table.name): table for table in tables.metadata.sorted_tables}
ONE_ROW = {"identity"}
COMPARED = {"counters", "events"}
"""Tables that verify holds against others too: the rest must be found by their seals alone."""
NUMBERED = ("batch", "claim", "eligibility", "answer", "transaction", "payment")
UNLIKE = {"Day": "2031-01-01", "Moment": "2031-01-01T00:00:00", "Quantity": "77", "Listed": '["x"]', "Content": b"x"}


def _kind(column: sa.Column[Any]) -> str:
    return type(column.type).__name__


def _words(column: sa.Column[Any]) -> list[str]:
    words: frozenset[str] = column.type.words  # type: ignore[attr-defined]
    return sorted(word for word in words if len(word) <= column.type.length)  # type: ignore[attr-defined]


def _value(column: sa.Column[Any], number: int) -> object:
    """Return what the row of a number has in a column; keys of all tables fit together."""
    match _kind(column):
        case "Whole" | "Long":
            return number
        case "Day" | "Moment":
            return f"2026-03-0{number}"
        case "Listed":
            return f'["{number}"]'
        case "Content":
            return b"%d" % number
        case "Word":
            return _words(column)[number]
        case _:
            return str(number)


def _other(column: sa.Column[Any], value: Any) -> object:
    """Return another value that a column may have."""
    kind = _kind(column)
    if kind in {"Whole", "Long"}:
        return (value or 0) + 77
    if kind == "Word":
        return next(word for word in _words(column) if word != value)
    return UNLIKE.get(kind, "x" if value != "x" else "y")


@pytest.fixture(scope="module")
def kept() -> dict[str, bytes]:
    """Return what the tests of this module keep of the first ledger in SQLite: its file."""
    return {}


@pytest.fixture
def ledger(tmp_path: Path, ledger_url: str, kept: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """Return a ledger with two rows in every table, which peerbill's own functions put there."""
    databases.keep_connections(monkeypatch)
    file = tmp_path / "ledger.db"
    if ledger_url == databases.SQLITE and kept:
        file.write_bytes(kept["file"])
        return open_ledger(ledger_url, tmp_path, tag="TEST")
    ledger = open_ledger(ledger_url, tmp_path, tag="TEST")
    with ledger.changing() as connection:
        for table in seals.sealed_tables():
            if table not in (tables.counters, tables.identity):
                several = [{column.name: _value(column, number) for column in table.columns} for number in (1, 2)]
                rows.insert(connection, table, several)
        for number, name in enumerate(NUMBERED, start=1):
            counters.set_last(connection, name, number)
        append(connection, "2026-04-01T00:00:00+00:00", "biller", [Event("", "noted", "")])
    if ledger_url == databases.SQLITE:
        kept["file"] = file.read_bytes()
    return ledger


@contextmanager
def _tampering(ledger: Ledger) -> Iterator[sa.Connection]:
    """Yield a connection on which anything goes that the database does not refuse; nothing of it stays."""
    with ledger.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        transaction = connection.begin()
        yield connection
        transaction.rollback()


def _problems(connection: sa.Connection) -> Counter[Problem]:
    return Counter(verify(connection).problems)


def _tried(connection: sa.Connection, statement: sa.Executable, before: Counter[Problem]) -> str:
    """Return what became of a change: "refused" by the database, "found" or "missed"; it is taken back."""
    savepoint = connection.begin_nested()
    try:
        try:
            connection.execute(statement)
        except sa.exc.DBAPIError:
            return "refused"
        return "found" if _problems(connection) - before else "missed"
    finally:
        savepoint.rollback()


def _changes(table: sa.Table, there: list[dict[str, Any]], *, is_sqlite: bool) -> Iterator[tuple[str, sa.Executable]]:
    first, *others = there
    keys = [column.name for column in table.primary_key]
    is_first = sa.and_(*(table.c[key] == first[key] for key in keys))
    unique = {column.name for one in table.constraints if isinstance(one, sa.UniqueConstraint) for column in one}
    unique |= {column.name for index in table.indexes if index.unique for column in index.columns}
    if others and first.keys() - {*keys, *unique}:
        swapped = {
            name: sa.case((is_first, sa.literal(others[0][name], table.c[name].type)), else_=first[name])
            for name in first
            if name not in {*keys, *unique}
        }
        either = sa.or_(is_first, sa.and_(*(table.c[key] == others[0][key] for key in keys)))
        yield "swap", sa.update(table).where(either).values(swapped)
    yield "delete", sa.delete(table).where(is_first)
    copy = {name: _other(table.c[name], value) if name in {*keys, *unique} else value for name, value in first.items()}
    yield "insert", sa.insert(table).values(copy)
    for column in table.columns:
        edit = sa.update(table).where(is_first)
        yield f"edit {column.name}", edit.values({column.name: _other(column, first[column.name])})
        if column.nullable:
            yield f"empty {column.name}", edit.values({column.name: None})
        if is_sqlite:
            wrong = "x'00'" if _kind(column) not in {"Whole", "Long"} else "'x'"
            yield f"wrong {column.name}", edit.values({column.name: sa.literal_column(wrong)})


@pytest.mark.parametrize("name", EVERY)
def test_no_change_of_any_column_is_missed(ledger: Ledger, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table = EVERY[name]
    monkeypatch.setattr(schema, "differences", lambda _: ())
    if name not in COMPARED:
        monkeypatch.setattr("peerbill.ledger.verify._comparisons", lambda _: ())
    with _tampering(ledger) as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        there = [dict(row) for row in connection.execute(sa.select(table)).mappings().all()]
        before = _problems(connection)
        assert not [problem for problem in before if problem.kind in {"seal", "value", "trail", "schema"}]
        assert len(there) > 1 or name in ONE_ROW

        tried = {
            what: _tried(connection, statement, before)
            for what, statement in _changes(table, there, is_sqlite=is_sqlite)
        }

    assert [what for what, came in tried.items() if came == "missed"] == []
    # A server refuses keys that nothing has; SQLite takes whatever is given, but for the number of a row.
    refused = {what for what, came in tried.items() if came == "refused"}
    numbers = [column.name for column in table.primary_key] if len(table.primary_key) == 1 else []
    assert not is_sqlite or refused <= {f"wrong {name}" for name in numbers}


def test_a_change_beside_peerbill_stays_found_after_the_next_run(ledger: Ledger) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(sa.update(tables.overpayments).values(identified_on="2030-01-01"))
    with ledger.changing() as connection:
        rows.update(connection, tables.overpayments, {"codes": "PB101"}, tables.overpayments.c.encounter_id == "1")
        append(connection, ledger.now(), "", [Event("", "noted", "")])

    with ledger.engine.connect() as connection:
        assert "table overpayments is not as peerbill left it: a row was changed, or put in for another" in [
            problem.message for problem in verify(connection).problems if problem.kind == "seal"
        ]


def test_a_run_does_not_seal_seals_that_were_changed(ledger: Ledger) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(sa.update(tables.seals).where(tables.seals.c.name == "files").values(number=9))

    with pytest.raises(LedgerError, match="Run peerbill ledger verify"), ledger.changing() as connection:
        append(connection, ledger.now(), "", [Event("", "noted", "")])


def test_rows_are_changed_in_one_place_alone() -> None:
    """A statement of its own would leave the seals behind."""
    folder = Path(tables.__file__).parents[2]
    apart = {"rows.py", "seals.py", "trail.py"}
    found = {
        path.name
        for path in folder.rglob("*.py")
        if "versions" not in path.parts
        and any(word in path.read_text(encoding="utf-8") for word in ("sa.insert(", "sa.update(", "sa.delete("))
    }

    # A ledger that is copied as a whole, with its seals; and one that is made, before it has any.
    assert found - apart == {"backup.py", "database.py"}


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("CREATE VIEW x AS SELECT 1 AS y", "there is a view x, and peerbill makes none"),
        ("DROP INDEX claims_by_member", "table claims has no index claims_by_member any more"),
        ("CREATE INDEX x ON claims (payer)", "table claims has the index x, which peerbill does not make"),
        ("ALTER TABLE claims ADD COLUMN x TEXT", "table claims has the column x, which peerbill does not make"),
        ("DROP TABLE overpayments", "the table overpayments is gone"),
    ],
)
def test_what_migrations_do_not_make_is_told(ledger: Ledger, statement: str, told: str) -> None:
    with _tampering(ledger) as connection:
        connection.exec_driver_sql(statement)

        found = [problem.message for problem in verify(connection).problems if problem.kind == "schema"]

    assert len(found) == 1
    assert found[0].startswith(told)


def test_a_trigger_is_told(ledger: Ledger) -> None:
    is_server = ledger.place.file is None
    body = "FOR EACH ROW EXECUTE FUNCTION x()" if is_server else "BEGIN UPDATE claims SET paid_cents = 0; END"
    with _tampering(ledger) as connection:
        if is_server:
            returns = "RETURNS trigger AS $$ BEGIN RETURN NEW; END $$ LANGUAGE plpgsql"
            connection.exec_driver_sql(f"CREATE FUNCTION x() {returns}")
        connection.exec_driver_sql(f"CREATE TRIGGER y AFTER INSERT ON events {body}")

        found = [problem.message for problem in verify(connection).problems if problem.kind == "schema"]

    assert found == ["there is a trigger y, and peerbill makes none: it may change what is written, or hide it"]
