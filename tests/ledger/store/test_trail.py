"""The audit trail: what was changed in it, or beside it, is found; and without it nothing is sent."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import databases
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thorough import EVERYTHING

from peerbill.ledger import states
from peerbill.ledger.look.history import read_history
from peerbill.ledger.store import schema, tables, trail
from peerbill.ledger.store.ledger import open_ledger
from peerbill.ledger.store.rows import copy_rows
from peerbill.ledger.store.seals import tracking
from peerbill.ledger.store.trail import GENESIS, Checkpoint, Event
from peerbill.ledger.verify import Problem, verify
from peerbill.model.errors import LedgerError

ENTRIES = 22
COLUMNS = ("number", "at", "who", "claim_id", "event", "state", "file", "detail", "hash", "account")
HASH = 8
TEXTS = COLUMNS[1:]
EVENTS = tables.events


@pytest.fixture(scope="module")
def kept() -> dict[str, bytes]:
    """Return what the tests of this module keep of the first ledger in SQLite: its file."""
    return {}


@pytest.fixture
def ledger(agency: Any, kept: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a ledger of eight claims, each of which was written and accepted."""
    databases.keep_connections(monkeypatch)
    # Nothing here changes a schema, and to look at one takes half as long as all the rest.
    monkeypatch.setattr(schema, "differences", lambda _: iter(()))
    file = agency.workspace / "ledger.db"
    if not agency.on_server and kept:
        file.write_bytes(kept["file"])
        return agency.ledger()
    agency.bill(0, 8)
    ledger = agency.ledger()
    with ledger.changing() as connection:
        ids = connection.execute(sa.select(tables.claims.c.claim_id).order_by(tables.claims.c.claim_id)).scalars()
        accepted = [Event(id_, "accepted", "accepted", "a.277", "A2 20") for id_ in ids]
        states.change(connection, "2026-04-01T00:00:00+00:00", "biller", accepted)
    if not agency.on_server:
        kept["file"] = file.read_bytes()
    return ledger


@contextmanager
def tampered(ledger: Any) -> Iterator[sa.Connection]:
    """Yield a connection on which a test may change what it likes: it is taken back."""
    with ledger.engine.connect() as connection, tracking(connection, "root"):
        transaction = connection.begin()
        yield connection
        transaction.rollback()


def _found(connection: sa.Connection, saved: Checkpoint | None = None) -> tuple[Problem, ...]:
    """Return what is found without the seals: by somebody who can write them anew, or before there were any."""
    return tuple(problem for problem in verify(connection, saved).problems if problem.kind != "seal")


def _first_break(connection: sa.Connection) -> int | None:
    return next((problem.number for problem in _found(connection) if problem.kind == "trail"), None)


def _rows(connection: sa.Connection) -> list[list[Any]]:
    return [list(row) for row in connection.execute(sa.select(EVENTS).order_by(EVENTS.c.number))]


def _write(connection: sa.Connection, rows: list[list[Any]], *, counter: bool = True) -> None:
    """Make these rows the whole trail, as somebody might who knows the counter too."""
    connection.execute(sa.delete(EVENTS))
    copy_rows(connection, EVENTS, [tuple(row) for row in rows])
    if counter:
        last = rows[-1][0] if rows else 0
        connection.execute(sa.update(tables.counters).where(tables.counters.c.name == "event").values(value=last))


def _chained(rows: list[list[Any]]) -> list[list[Any]]:
    """Return rows numbered and hashed anew, by somebody who knows how."""
    previous, chained = GENESIS, []
    for number, row in enumerate(rows, start=1):
        entry, account = [number, *row[1:HASH]], row[-1]
        previous = trail.entry_hash(previous, entry, account)
        chained.append([*entry, previous, account])
    return chained


def test_a_whole_trail_has_no_problem_and_ends_where_the_checkpoint_says(ledger: Any) -> None:
    with ledger.engine.connect() as connection:
        saved = trail.checkpoint(connection, "2026-04-02")
        found = verify(connection, saved)
        last = _rows(connection)[-1]

    assert saved == Checkpoint(ENTRIES, last[HASH], "2026-04-02")
    assert (found.entries, found.last, found.hash, found.claims, found.problems) == (
        ENTRIES,
        ENTRIES,
        last[HASH],
        8,
        (),
    )


def test_the_hashes_can_be_computed_by_anybody(ledger: Any) -> None:
    """An auditor needs no peerbill: SHA-256 of a JSON list without spaces."""
    with ledger.engine.connect() as connection:
        rows = _rows(connection)

    previous = "0" * 64
    for *entry, found, account in rows:
        text = json.dumps([previous, *entry, account], ensure_ascii=False, separators=(",", ":"))
        previous = hashlib.sha256(text.encode()).hexdigest()
        assert found == previous


def test_an_empty_trail_is_whole_until_a_checkpoint_knows_of_more(agency: Any, ledger_url: str) -> None:
    with agency.ledger().engine.connect() as connection:
        empty = trail.checkpoint(connection, "")
        assert empty == Checkpoint(0, GENESIS, "")
        assert _found(connection, empty) == ()
        assert [problem.kind for problem in _found(connection, Checkpoint(1, "a" * 64, ""))] == ["checkpoint"]


@pytest.mark.parametrize("column", TEXTS)
@pytest.mark.parametrize("number", [1, 7, ENTRIES])
def test_an_edited_entry_is_found_where_it_stands(ledger: Any, column: str, number: int) -> None:
    with tampered(ledger) as connection:
        connection.execute(sa.update(EVENTS).where(EVENTS.c.number == number).values({column: "x"}))

        assert _first_break(connection) == number


@pytest.mark.parametrize("number", [1, 7, ENTRIES - 1])
def test_a_removed_entry_is_found_where_it_stood(ledger: Any, number: int) -> None:
    with tampered(ledger) as connection:
        connection.execute(sa.delete(EVENTS).where(EVENTS.c.number == number))

        [first, *_] = _found(connection)
        assert first == Problem("trail", f"the trail is broken at entry {number}: entry {number} is gone", number)


def test_entries_removed_with_their_numbers_closed_up_are_found(ledger: Any) -> None:
    with tampered(ledger) as connection:
        rows = _rows(connection)
        del rows[4:6]
        _write(connection, [[number, *row[1:]] for number, row in enumerate(rows, start=1)])

        assert _first_break(connection) == 5


def test_an_inserted_entry_with_a_right_hash_of_its_own_is_found_by_the_next(ledger: Any) -> None:
    with tampered(ledger) as connection:
        rows = _rows(connection)
        inserted = _chained([*rows[:5], ["", "2026-04-01", "x", "PBTEST00000001", "paid", "accepted", "", "", "", ""]])
        _write(connection, [*inserted, *([row[0] + 1, *row[1:]] for row in rows[5:])])

        assert _first_break(connection) == 7


@pytest.mark.parametrize(("one", "other"), [(1, 2), (3, 12), (ENTRIES - 1, ENTRIES)])
def test_two_entries_that_changed_places_are_found(ledger: Any, one: int, other: int) -> None:
    with tampered(ledger) as connection:
        rows = _rows(connection)
        rows[one - 1][1:], rows[other - 1][1:] = rows[other - 1][1:], rows[one - 1][1:]
        _write(connection, rows)

        assert _first_break(connection) == one


@pytest.mark.parametrize("left", [0, 1, ENTRIES - 2])
def test_a_tail_that_was_cut_off_is_found(ledger: Any, left: int) -> None:
    with tampered(ledger) as connection:
        saved = trail.checkpoint(connection, "2026-04-02")
        rows = _rows(connection)[:left]
        _write(connection, rows, counter=False)
        assert next(problem.kind for problem in _found(connection)) == "counter"

        _write(connection, rows)
        assert {problem.kind for problem in _found(connection)} == {"claim"}

        assert _found(connection, saved)[0] == Problem(
            "checkpoint",
            f"the end of the trail was cut off: its last entry is {left}, at the checkpoint of 2026-04-02 it was "
            f"{ENTRIES}",
            left + 1,
        )


def test_a_cut_that_took_along_all_it_did_is_found_with_a_checkpoint_only(ledger: Any) -> None:
    with tampered(ledger) as connection:
        saved = trail.checkpoint(connection, "2026-04-02")
        rows = _rows(connection)
        _write(connection, rows[:-2])
        before = next(row for row in rows if row[3] == rows[-2][3])
        connection.execute(
            sa.update(tables.claims)
            .where(tables.claims.c.claim_id == before[3])
            .values(state="written", changed_at=before[1])
        )

        assert _found(connection) == ()
        assert [problem.kind for problem in _found(connection, saved)] == ["checkpoint"]


def test_a_trail_written_anew_is_found_with_a_checkpoint_only(ledger: Any) -> None:
    with tampered(ledger) as connection:
        saved = trail.checkpoint(connection, "2026-04-02")
        early = Checkpoint(3, _rows(connection)[2][HASH], "2026-04-01")
        rows = _rows(connection)
        rows[8][2] = "somebody else"
        _write(connection, _chained(rows))

        assert _found(connection) == ()
        assert _found(connection, early) == ()
        assert _found(connection, saved) == (
            Problem(
                "checkpoint",
                "entry 22 is not the one of the checkpoint of 2026-04-02: the trail was written anew, or the "
                "checkpoint is another ledger's",
                22,
            ),
        )


def test_values_that_json_writes_alike_are_told_apart(agency: Any, ledger: Any) -> None:
    if agency.on_server:
        return
    with tampered(ledger) as connection:
        connection.exec_driver_sql("UPDATE events SET detail = 'Zm9v' WHERE number = 3")
        rows = _rows(connection)
        _write(connection, _chained(rows))
        assert _found(connection) == ()

        connection.exec_driver_sql("UPDATE events SET detail = x'666f6f' WHERE number = 3")
        assert next(problem.kind for problem in _found(connection)) == "trail"


def test_many_breaks_are_counted(ledger: Any) -> None:
    with tampered(ledger) as connection:
        rows = _rows(connection)
        _write(connection, _chained(rows * 4))
        connection.execute(sa.update(EVENTS).values(hash="x"))

        trail_problems = [problem for problem in _found(connection) if problem.kind == "trail"]
        assert len(trail_problems) == 20
        assert trail_problems[-1].message == "and 69 more places at which the trail is broken"


CHANGES = st.one_of(
    st.tuples(st.just("edit"), st.integers(1, ENTRIES), st.sampled_from(TEXTS), st.text('aZ0\u00e9"\\', max_size=6)),
    st.tuples(st.just("number"), st.integers(1, ENTRIES), st.integers(-2, 40), st.none()),
    st.tuples(st.just("remove"), st.integers(1, ENTRIES), st.none(), st.none()),
    st.tuples(st.just("swap"), st.integers(1, ENTRIES), st.integers(1, ENTRIES), st.none()),
    st.tuples(st.just("insert"), st.integers(1, ENTRIES), st.booleans(), st.none()),
    st.tuples(st.just("cut"), st.integers(0, ENTRIES - 1), st.booleans(), st.none()),
)


@settings(max_examples=60 if EVERYTHING else 25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(change=CHANGES)
def test_any_single_change_is_found(ledger: Any, change: tuple[str, int, Any, Any]) -> None:
    kind, at, what, text = change
    with tampered(ledger) as connection:
        before = _rows(connection)
        rows = [list(row) for row in before]
        saved = trail.checkpoint(connection, "")
        counter = False
        match kind:
            case "edit":
                rows[at - 1][COLUMNS.index(what)] = text
            case "number":
                if what in range(1, ENTRIES + 1):
                    return
                rows[at - 1][0] = what
            case "remove":
                del rows[at - 1]
            case "swap":
                rows[at - 1][1:], rows[what - 1][1:] = rows[what - 1][1:], rows[at - 1][1:]
            case "insert":
                added = _chained([*rows[: at - 1], list(rows[0])])
                rows = [*added, *([row[0] + 1, *row[1:]] for row in rows[at - 1 :])]
                counter = what
            case "cut":
                del rows[at:]
                counter = what
        _write(connection, rows, counter=False)
        if counter:
            last = rows[-1][0] if rows else 0
            connection.execute(sa.update(tables.counters).where(tables.counters.c.name == "event").values(value=last))

        assert bool(_found(connection, saved)) == (rows != before)


def _sql(statement: str) -> Callable[[sa.Connection], object]:
    return lambda connection: connection.exec_driver_sql(statement)


BESIDE = {
    "claim PBTEST00000003 is paid, and its last entry says accepted": "UPDATE claims SET state = 'paid' "
    "WHERE claim_id = 'PBTEST00000003'",
    "claim PBTEST00000003 is accepted since 2027-01-01, and no entry of that time says so": (
        "UPDATE claims SET changed_at = '2027-01-01' WHERE claim_id = 'PBTEST00000003'"
    ),
    "23 entries were written, and the last that is there is 22": "UPDATE counters SET value = 23 WHERE name = 'event'",
    "of file 20260331-TEST-000001-001-north.837 are not what was sent": "UPDATE encounters SET units = 9 "
    "WHERE claim_id = 'PBTEST00000001'",
    "claims, lines or encounters of file 20260331-TEST-000001-002": "UPDATE lines SET service_date = '2026-01-01'",
    "claims, lines or encounters of file 20260331-TEST-000001-003": "DELETE FROM encounters",
    "the SHA-256 of file": "UPDATE files SET sha256 = 'x'",
    "and its lines or encounters stand as if it were not": "UPDATE encounters SET standing = 'free'",
    "the counter claim is 7, and 8 is in use": "UPDATE counters SET value = 7 WHERE name = 'claim'",
    "the counter batch is gone, and 1 is in use": "DELETE FROM counters WHERE name = 'batch'",
    "claim PBTEST00000002 charges $0.01, and its lines $48.00": "UPDATE claims SET charge_cents = 1 "
    "WHERE claim_id = 'PBTEST00000002'",
    "claim PBTEST00000002 charges $48.00, and its lines $47.99": "UPDATE lines SET charge_cents = 4799 "
    "WHERE claim_id = 'PBTEST00000002'",
    "claim PBTEST00000002 was paid $48.00, and its payments are $0.00": "UPDATE claims SET paid_cents = 4800 "
    "WHERE claim_id = 'PBTEST00000002'",
    "is recorded as test, and was sent otherwise": "UPDATE files SET mode = 'test' WHERE number = 1",
    "claims, lines or encounters of file 20260331-TEST-000001-001": "UPDATE claims SET content = 'x'",
    "was sent with 4 claims for $144.00, and the ledger holds 3 for $144.00 of it": "UPDATE files SET claims = 4 "
    "WHERE number = 1",
}


@pytest.mark.parametrize("told", BESIDE)
def test_tables_that_contradict_the_trail_or_each_other_are_told(ledger: Any, told: str) -> None:
    with tampered(ledger) as connection:
        connection.exec_driver_sql(BESIDE[told])

        messages = [problem.message for problem in _found(connection)]

    assert any(told in message for message in messages), messages


def test_a_claim_that_is_gone_is_told_unless_it_was_undone(ledger: Any) -> None:
    with tampered(ledger) as connection:
        for table in (tables.encounters, tables.lines, tables.claims):
            connection.execute(sa.delete(table).where(table.c.claim_id == "PBTEST00000008"))
        gone = "claim PBTEST00000008 of entry {} is not in the ledger, and was never undone"
        messages = [problem.message for problem in _found(connection) if problem.kind == "claim"]
        assert len(messages) == 1
        assert messages[0].startswith("claim PBTEST00000008 of entry ")
        assert gone.format(messages[0].split(" ")[4]) == messages[0]

        trail.append(connection, "", "", [Event("PBTEST00000008", tables.UNDONE, tables.UNDONE)])
        assert [problem for problem in _found(connection) if problem.kind == "claim"] == []


def test_a_claim_without_entries_is_told(ledger: Any) -> None:
    with tampered(ledger) as connection:
        _write(connection, _chained([row for row in _rows(connection) if row[3] != "PBTEST00000004"]))
        assert [problem.message for problem in _found(connection)] == ["claim PBTEST00000004 has no entry in the trail"]


def test_a_claim_that_was_never_written_is_told(ledger: Any) -> None:
    with tampered(ledger) as connection:
        kept = [row for row in _rows(connection) if (row[3], row[4]) != ("PBTEST00000004", "written")]
        _write(connection, _chained(kept))
        assert [problem.message for problem in _found(connection)] == [
            "claim PBTEST00000004 has no entry that says it was written"
        ]


def test_what_stands_twice_is_told(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The indexes make that impossible for who does not drop them."""
    monkeypatch.undo()  # what the fixture says of schemas
    with tampered(ledger) as connection:
        connection.exec_driver_sql("DROP INDEX live_line")
        connection.exec_driver_sql("DROP INDEX live_encounter")
        connection.exec_driver_sql("UPDATE lines SET line_key = '[]' WHERE claim_id <= 'PBTEST00000002'")
        connection.exec_driver_sql("UPDATE encounters SET encounter_id = 'E1' WHERE claim_id <= 'PBTEST00000002'")

        assert [problem.message for problem in _found(connection)] == [
            "table lines has no index live_line any more",
            "table encounters has no index live_encounter any more",
            "claims PBTEST00000001 and PBTEST00000002 bill one service line, and both stand",
            "encounter E1 stands on claims PBTEST00000001 and PBTEST00000002",
            (
                "claims, lines or encounters of file 20260331-TEST-000001-001-north.837 are not what was sent: "
                "some were changed, added or removed"
            ),
        ]


PUT_IN = "answers 1 are in the ledger, and no entry of the trail says that they were posted"


def _payment(connection: sa.Connection, *, amount: int = 4000, adjusted: int = 800) -> None:
    rows: list[tuple[sa.Table, dict[str, object]]] = [
        (tables.answers, {"answer_id": 1, "sha256": "0", "name": "a", "at": "", "who": "", "summary": ""}),
        (
            tables.transactions,
            {"transaction_id": 1, "answer_id": 1, "kind": "835", "digest": "0", "sender": "", "isa13": "", "st02": ""},
        ),
        (
            tables.remittances,
            {
                "transaction_id": 1,
                "amount_cents": amount,
                **dict.fromkeys(("handling", "method", "paid_on", "trace", "originator", "payer_name", "payer_id"), ""),
            },
        ),
        (
            tables.provider_adjustments,
            {
                "transaction_id": 1,
                "number": 1,
                "provider_id": "",
                "fiscal_date": "",
                "code": "WO",
                "reference": "",
                "amount_cents": adjusted,
            },
        ),
        (
            tables.payments,
            {
                "payment_id": 1,
                "transaction_id": 1,
                "position": 1,
                "claim_id": "PBTEST00000001",
                "claim_as_sent": "PBTEST00000001",
                "status": "1",
                "charge_cents": 4800,
                "paid_cents": 4800,
                "payer_control_number": "",
                "received_on": "",
            },
        ),
    ]
    for table, row in rows:
        connection.execute(sa.insert(table), row)
    connection.exec_driver_sql("UPDATE claims SET paid_cents = 4800 WHERE claim_id = 'PBTEST00000001'")
    connection.exec_driver_sql("UPDATE counters SET value = 1 WHERE name IN ('answer', 'transaction', 'payment')")


@pytest.mark.parametrize(
    ("amount", "adjusted", "told"),
    [
        (4000, 800, []),
        (5000, -200, []),
        (4000, 799, ["remittance 1 paid $40.00, and what was posted of it adds up to $40.01"]),
        (4800, 800, ["remittance 1 paid $48.00, and what was posted of it adds up to $40.00"]),
    ],
)
def test_a_remittance_is_its_payments_less_what_the_payer_kept(
    ledger: Any, amount: int, adjusted: int, told: list[str]
) -> None:
    with tampered(ledger) as connection:
        _payment(connection, amount=amount, adjusted=adjusted)

        assert [problem.message for problem in _found(connection)] == [PUT_IN, *told]


def test_a_claim_is_paid_what_its_payments_are(ledger: Any) -> None:
    with tampered(ledger) as connection:
        _payment(connection)
        connection.exec_driver_sql("UPDATE claims SET paid_cents = 4700 WHERE claim_id = 'PBTEST00000001'")

        assert [problem.message for problem in _found(connection)] == [
            PUT_IN,
            "claim PBTEST00000001 was paid $47.00, and its payments are $48.00",
        ]


REFUSING = {
    "sqlite": ("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'the trail is full'); END",),
    "postgresql": (
        "CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE 'the trail is full'; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER full_trail BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse()",
    ),
}


@contextmanager
def refusing(agency: Any) -> Iterator[None]:
    """Let the database refuse every entry of the trail."""
    engine = agency.ledger().engine
    with engine.begin() as connection:
        for statement in REFUSING[connection.dialect.name]:
            connection.exec_driver_sql(statement)
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP FUNCTION refuse CASCADE" if agency.on_server else "DROP TRIGGER full")


def test_what_cannot_be_written_to_the_trail_is_not_sent(agency: Any) -> None:
    with refusing(agency), pytest.raises(LedgerError, match="the trail is full"):
        agency.bill(0, 8)

    assert list(agency.out.iterdir()) == []
    assert read_history(agency.url, agency.workspace) == ()
    agency.bill(0, 8)
    assert agency.sent() == [f"E{number:06d}" for number in range(8)]


def test_a_state_that_cannot_be_written_to_the_trail_does_not_change(ledger: Any, agency: Any) -> None:
    before = agency.rows()

    with refusing(agency), pytest.raises(LedgerError, match="the trail is full"), ledger.changing() as connection:
        states.change(connection, "", "", [Event("PBTEST00000001", "paid", "paid")])

    assert agency.rows() == before


def test_a_file_may_have_any_name(ledger: Any) -> None:
    """File names need not be text, and no database takes every character of one."""
    with tampered(ledger) as connection:
        trail.append(connection, "", "\udc80", [Event("", "noted", "", "a\udcff.835", "nul \0, \u00e9")])

        [*_, last] = _rows(connection)
        assert (last[2], last[6], last[7]) == ("\ufffd", "a\ufffd.835", "nul \ufffd, \u00e9")
        assert _found(connection) == ()


@pytest.mark.parametrize(
    ("events", "unseen"),
    [
        (("sent", "sealed"), 0),
        (("purged", "purged-file", "purged-answer", "sealed"), 0),
        (("sent", "sealed", "purged", "sealed"), 0),
        (("purged", "sealed", "sent", "sealed"), 2),
        (("purged", "purged-file", "sealed", "purged", "purged-answer", "sealed"), 6),
        (("purged-file", "sealed"), 2),
    ],
)
def test_a_purge_is_unseen_unless_the_last_run_did_it(
    tmp_path: Path, ledger_url: str, events: tuple[str, ...], unseen: int
) -> None:
    ledger = open_ledger(ledger_url, tmp_path)
    with ledger.engine.begin() as connection:
        rows = [(number, "", "", "", event, "", "", "", "", "") for number, event in enumerate(("sent", *events), 1)]
        names = ("number", "at", "who", "claim_id", "event", "state", "file", "detail", "account", "hash")
        connection.execute(sa.insert(tables.events), [dict(zip(names, row, strict=True)) for row in rows])

        assert trail.unseen_purge(connection, Checkpoint(1, "", "")) == unseen
