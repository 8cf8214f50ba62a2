"""Tables of every revision, up and down, on both databases; and a ledger that an older peerbill made."""

import hashlib
from pathlib import Path
from typing import Any

import attrs
import databases
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from unsealed import unsealed_downgrade

from peerbill.ledger import states
from peerbill.ledger.look.history import read_history
from peerbill.ledger.store import contents, tables, trail
from peerbill.ledger.store.database import VERSION_TABLE, downgrade, find_place, migrate, writable_engine
from peerbill.ledger.store.ledger import open_ledger
from peerbill.ledger.store.trail import Event
from peerbill.ledger.verify import verify
from peerbill.model.errors import LedgerError

ENCOUNTERS = [f"E{number:06d}" for number in range(6)]


@pytest.fixture
def bare_url(ledger_url: str) -> str:
    """Return the address of a database without a table."""
    if ledger_url != databases.SQLITE:
        databases.clear(ledger_url, tables_too=True)
    return ledger_url


def _engine(url: str, folder: Path) -> sa.Engine:
    return writable_engine(find_place(url, folder))


def _difference(connection: sa.Connection) -> list[Any]:
    """Return where a database's tables, columns, indexes and constraints are not those of `tables`."""
    options = {"version_table": VERSION_TABLE, "compare_type": True}
    context = MigrationContext.configure(connection, opts=options)
    return [*compare_metadata(context, tables.metadata)]


def _constraints(connection: sa.Connection) -> dict[str, Any]:
    """Return what alembic does not compare: primary keys, defaults, and the condition of each partial index."""
    inspector = sa.inspect(connection)
    return {
        table: (
            inspector.get_pk_constraint(table)["constrained_columns"],
            {column["name"]: str(column["default"]).partition("::")[0] for column in inspector.get_columns(table)},
            sorted(
                (index["name"], index["unique"], str(value).replace("::text", "").strip("()"))
                for index in inspector.get_indexes(table)
                for key, value in index.get("dialect_options", {}).items()
                if key.endswith("_where")
            ),
        )
        for table in sorted(inspector.get_table_names())
        if table != VERSION_TABLE
    }


def _insert(connection: sa.Connection, table: str, *values: object) -> None:
    names = [f"v{number}" for number in range(len(values))]
    placed = ", ".join(f":{name}" for name in names)
    connection.execute(sa.text(f"INSERT INTO {table} VALUES ({placed})"), dict(zip(names, values, strict=True)))  # noqa: S608 - names of this file


def _old_ledger(connection: sa.Connection, program: Any, out: Path) -> None:
    """Make the tables as they first were, and in them a batch as it was first recorded."""
    migrate(connection, "0001")
    out.mkdir()
    name, text = "20260331-000001-001-north.837", "ISA*N1*000000001~IEA*000000001~"
    (out / name).write_text(text)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    _insert(connection, "batches", 1, "confirmed", "2026-03-31", str(out))
    parties = ("north", "AG01", "R1")
    _insert(connection, "files", 1, 1, "confirmed", name, ".x.tmp", *parties, 1, 6, 6, 6, 28800, sha256)
    for number in range(6):
        one = program.billable(number)
        encounter, claim = one.encounter, f"PB{number + 1:010d}"
        day = encounter.start.date().isoformat()
        person = (encounter.member_id, one.rendering_id)
        # Members return after five encounters: the key of the sixth is told apart by its place.
        key = f'["{one.payer}","{person[0]}","{day}","{person[1]}","{11 + number // 5}","H0038",["HF"]]'
        _insert(
            connection,
            "claims",
            *(claim, 1, 1, one.payer, person[0], "ID", 1, person[1], "", "11", "F1120", "", "1", 4800),
        )
        _insert(connection, "lines", claim, 1, day, "H0038", "HF", 3, 4800, "1", key)
        _insert(
            connection,
            "encounters",
            *(encounter.encounter_id, "0" * 64, one.payer, "XX/one", person[0], encounter.staff_id, person[1]),
            *("individual", encounter.start.isoformat(), encounter.end.isoformat(), "11", "H0038", "HF"),
            *(45, 3, 15, 4800, "", claim, 1),
        )
    connection.exec_driver_sql("UPDATE counters SET value = 1 WHERE name = 'batch'")
    connection.exec_driver_sql("UPDATE counters SET value = 6 WHERE name = 'claim'")


def _made(connection: sa.Connection) -> dict[str, Any]:
    """Return all that a database has: its tables as they are made there, and every row."""
    inspector = sa.inspect(connection)
    names = sorted(inspector.get_table_names())
    kinds = (
        inspector.get_multi_columns,
        inspector.get_multi_foreign_keys,
        inspector.get_multi_indexes,
        inspector.get_multi_pk_constraint,
        inspector.get_multi_unique_constraints,
        inspector.get_multi_table_options,
    )
    made = {
        kind.__name__: {name: _plain(found) for (_, name), found in kind(filter_names=names).items()} for kind in kinds
    }
    rows = {
        name: connection.exec_driver_sql(f"SELECT * FROM {name}").fetchall()  # noqa: S608 - names of ours
        for name in names
    }
    return {"constraints": _constraints(connection), **made, "rows": rows}


def _plain(found: Any) -> Any:
    """Return what an inspector found, with types and conditions as texts, and several keys or indexes in order.

    PostgreSQL names keys after their table, and lets them keep the name where a migration gave the table another.
    """
    if isinstance(found, dict):
        named = "constrained_columns" not in found
        return {key: _plain(value) for key, value in found.items() if named or key != "name"}
    if isinstance(found, list):
        parts = [_plain(part) for part in found]
        return parts if all(isinstance(part, str) or "type" in part for part in parts) else sorted(parts, key=str)
    return str(found) if isinstance(found, sa.types.TypeEngine | sa.ClauseElement) else found


def test_a_new_ledger_is_what_migrations_make_of_nothing(tmp_path: Path, bare_url: str) -> None:
    with _engine(bare_url, tmp_path).begin() as connection:
        migrate(connection, "0001")
        migrate(connection)
        assert _difference(connection) == []
        migrated = _made(connection)
    if bare_url != databases.SQLITE:
        databases.clear(bare_url, tables_too=True)
    (tmp_path / "made").mkdir()

    with _engine(bare_url, tmp_path / "made").begin() as connection:
        migrate(connection)
        assert _made(connection) == migrated


def test_digests_of_what_was_sent_are_those_of_the_release_before(agency: Any) -> None:
    # Made by 0.5.0 of the same claims: `verify` holds them against the tables, and a rejected claim is sent again only
    # where its content is another. A column or key that comes later and is blank changes neither.
    agency = agency.before_tags()
    agency.bill(0, 3)

    with agency.ledger().engine.connect() as connection:
        query = sa.select(tables.claims.c.claim_id, tables.claims.c.content).order_by(tables.claims.c.claim_id)
        assert [tuple(row) for row in connection.execute(query)] == [
            ("PB0000000001", "71107b76419680b66ea5648b1e23194bbbf2469a3d4a2485f40ecef0d06902ef"),
            ("PB0000000002", "d03000b02b68db9db1767c6b95309be9c83936dd0927ced6b6cfea9b3bdd74e1"),
            ("PB0000000003", "8375dbc3bdde8a8c441f2ab80976986cafb71e4a4cb0438160d93c7a1293e7be"),
        ]
        assert [contents.of_file(connection, 1, number) for number in (1, 2)] == [
            "2b01d571f177b427210a04df56701d933d48aa619eb7377ca1b6d246e6476d6c",
            "73fce4f578c84bd6e771949d2e6c6b2b2258cf77708ac53c080994f37b64817d",
        ]


def test_a_ledger_goes_down_and_up_again_and_keeps_what_was_sent(agency: Any, bare_url: str, tmp_path: Path) -> None:
    agency = agency.before_tags()
    agency.bill(0, 8)
    before = agency.rows()
    engine = agency.ledger().engine

    with engine.begin() as connection:
        unsealed_downgrade(connection, "0001")
    with engine.begin() as connection:
        names = sa.inspect(connection).get_table_names()
        assert sorted(names) == sorted(["batches", "claims", "counters", "encounters", "files", "lines", VERSION_TABLE])
        migrate(connection)
        assert _difference(connection) == []
        assert verify(connection).problems == ()

    after = agency.rows()
    for name in ("batches", "lines", "encounters"):
        assert after[name] == before[name]
    # The trail begins anew, without a word of the files.
    assert [row for row in after["counters"] if row[0] != "event"] == [
        row for row in before["counters"] if row[0] != "event"
    ]
    assert len(after["claims"]) == len(before["claims"])
    agency.bill(0, 12)
    assert agency.sent() == [f"E{number:06d}" for number in range(12)]


def test_an_empty_ledger_goes_down_to_nothing(tmp_path: Path, bare_url: str) -> None:
    engine = open_ledger(bare_url, tmp_path).engine

    with engine.begin() as connection:
        downgrade(connection, "base")
        assert sa.inspect(connection).get_table_names() == [VERSION_TABLE]
        migrate(connection)
        assert _difference(connection) == []


def test_a_ledger_of_the_first_peerbill_is_opened_and_bills_on(agency: Any, bare_url: str) -> None:
    with _engine(agency.url, agency.workspace).begin() as connection:
        _old_ledger(connection, agency.program, agency.out)

    agency = attrs.evolve(agency, tag="")
    agency.bill(0, 9)

    with agency.ledger().engine.connect() as connection:
        assert _difference(connection) == []
        assert verify(connection).problems == ()
        entries = connection.execute(sa.select(tables.events).order_by(tables.events.c.number)).all()
        columns = tables.claims.c
        old = connection.execute(
            sa.select(columns.first_day, columns.last_day, columns.programme, columns.state, columns.changed_at).where(
                columns.claim_id == "PB0000000001"
            )
        ).one()
    assert [(entry.claim_id, entry.detail) for entry in entries[:6]] == [
        (f"PB{number:010d}", "sent before the audit trail began") for number in range(1, 7)
    ]
    assert tuple(old) == ("2026-03-01", "2026-03-01", "XX/one", "written", "2026-03-31")
    # What the older peerbill sent is not sent again; the next claim and control number go on from its own.
    assert agency.sent() == ["E000006", "E000007", "E000008"]
    assert [billed.encounter_id for billed in read_history(agency.url, agency.workspace)] == [
        f"E{number:06d}" for number in range(9)
    ]
    assert (entries[6].event, entries[7].claim_id) == ("sealed", "PB0000000007")
    assert "ISA*N1*000000002" in agency.control_numbers()


def test_reading_a_ledger_of_the_first_peerbill(agency: Any, bare_url: str) -> None:
    with _engine(agency.url, agency.workspace).begin() as connection:
        _old_ledger(connection, agency.program, agency.out)

    if agency.on_server:
        with pytest.raises(LedgerError, match="is at revision 0001, this peerbill expects"):
            read_history(agency.url, agency.workspace)
    else:
        before = (agency.workspace / "ledger.db").read_bytes()
        assert [billed.encounter_id for billed in read_history(agency.url, agency.workspace)] == ENCOUNTERS
        assert (agency.workspace / "ledger.db").read_bytes() == before


def _answer(connection: sa.Connection) -> None:
    row = {"answer_id": 1, "sha256": "0" * 64, "name": "a.835", "at": "", "who": "", "summary": "{}"}
    connection.execute(sa.insert(tables.answers), row)


def _correction(connection: sa.Connection) -> None:
    states.change(connection, "2026-04-01", "", [Event("PB0000000001", "voided", "voided")])


def _settlement(connection: sa.Connection) -> None:
    row = {"item": "U1", "amount_cents": 0, "at": "", "who": "", "reason": "x"}
    connection.execute(sa.insert(tables.settlements), row)


def _refusal(connection: sa.Connection) -> None:
    texts = ("digest", "at", "who", "file", "paid_on", "trace", "originator", "payer_name", "payer_id", "why", "closed")
    row = {"refusal_id": 1, "amount_cents": 0, **dict.fromkeys(texts, "")}
    connection.execute(sa.insert(tables.refusals), row)


def _withdrawal(connection: sa.Connection) -> None:
    states.change(connection, "2026-04-01", "", [Event("PB0000000001", "withdrawn", "withdrawn")])


def _test_file(connection: sa.Connection) -> None:
    connection.execute(sa.update(tables.files).values(mode="test"))


@pytest.mark.parametrize("known", [_answer, _correction, _settlement, _refusal, _withdrawal, _test_file])
def test_what_the_first_tables_cannot_hold_bars_the_way_back(agency: Any, bare_url: str, known: Any) -> None:
    agency = agency.before_tags()
    agency.bill(0, 3)
    engine = agency.ledger().engine
    with agency.ledger().changing() as connection:
        known(connection)
    before = agency.rows()

    with pytest.raises(LedgerError, match="stay with this one"), engine.begin() as connection:
        unsealed_downgrade(connection, "0001")

    assert agency.rows() == before


def test_a_ledger_that_sent_something_has_no_way_back_to_nothing(agency: Any, bare_url: str) -> None:
    agency = agency.before_tags()
    agency.bill(0, 3)
    before = agency.rows()

    with pytest.raises(LedgerError, match="has no way back"), agency.ledger().engine.begin() as connection:
        unsealed_downgrade(connection, "base")

    assert agency.rows() == before


def test_a_ledger_whose_ids_carry_its_tag_stays_with_the_peerbill_that_knows_it(agency: Any, bare_url: str) -> None:
    agency.bill(0, 3)
    before = agency.rows()

    with pytest.raises(LedgerError, match="carry its tag"), agency.ledger().engine.begin() as connection:
        unsealed_downgrade(connection, "0006")

    assert agency.rows() == before


def test_claims_of_before_facilities_keep_their_digests_and_what_was_said_is_not_lost(
    agency: Any, bare_url: str
) -> None:
    agency.bill(0, 3)
    engine = agency.ledger().engine
    with engine.begin() as connection:
        unsealed_downgrade(connection, "0007")
    with engine.begin() as connection:
        migrate(connection)
        assert verify(connection).problems == ()

    with engine.begin() as connection:
        connection.execute(sa.update(tables.claims).values(delay_reason="8"))
        # What a claim said is part of what the trail holds it against.
        assert verify(connection).problems != ()
        with pytest.raises(LedgerError, match="facility or a delay reason"):
            downgrade(connection, "0007")


def test_a_ledger_of_before_seals_is_sealed_when_it_is_opened_to_be_written(agency: Any, bare_url: str) -> None:
    agency.bill(0, 3)
    engine = agency.ledger().engine
    with engine.begin() as connection:
        unsealed_downgrade(connection, "0013")
    with engine.begin() as connection:
        migrate(connection)
        assert verify(connection).problems == ()
        entries = trail.checkpoint(connection, "").number

    with agency.ledger().engine.begin() as connection:
        last = connection.execute(sa.select(tables.events).order_by(tables.events.c.number.desc())).first()
        assert (last.number, last.event, last.detail[:31]) == (entries + 1, "sealed", "what was there before seals: ro")
        connection.exec_driver_sql("UPDATE files SET payer = 'x'")
        assert {problem.kind for problem in verify(connection).problems} == {"seal"}


def test_a_sealed_ledger_stays_with_this_peerbill_and_is_not_sealed_anew(agency: Any, bare_url: str) -> None:
    agency.bill(0, 3)
    engine = agency.ledger().engine

    with pytest.raises(LedgerError, match="is sealed, which an older"), engine.begin() as connection:
        downgrade(connection, "0013")
    with engine.begin() as connection:
        connection.execute(sa.delete(tables.seals))
        assert "table files has no seal any more" in [problem.message for problem in verify(connection).problems]
    with pytest.raises(LedgerError, match=r"^the seals of the ledger are not those of the last entry of its trail"):
        agency.ledger()
