"""Purges that somebody forged: what they were to hide is found, as far as rows can tell."""

import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import databases
import pytest
import sqlalchemy as sa
from office import FIRST, SECOND, Office, sent
from payer import Decision, in_full, remit

from peerbill.ledger.look.history import reading
from peerbill.ledger.purge import BLANK, TOKEN, YEAR, purge
from peerbill.ledger.send.runs import bill_run
from peerbill.ledger.store import contents, rows, tables, trail
from peerbill.ledger.store.trail import Event
from peerbill.ledger.verify import verify

LATE = dt.date(2026, 5, 1)
SAYS = f"the trail says that claim {FIRST} was purged"
Write = Callable[[sa.Connection], None]


@pytest.fixture
def office(tmp_path: Path, ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Return an office that sent two claims in a file, of which the first was paid."""
    databases.keep_connections(monkeypatch)
    made = Office(tmp_path, ledger_url)
    made.ledger()
    file = sent(made, 2)
    made.post(remit(file, [Decision(file.claims[0], in_full)]))
    return made


def purged(office: Office) -> None:
    with bill_run(office.ledger()) as run:
        assert purge(run, LATE).claims == 1


def found(office: Office) -> list[str]:
    with reading(office.url, office.folder) as connection:
        assert connection is not None
        return [f"{problem.kind}: {problem.message}" for problem in verify(connection).problems]


def forge(office: Office, write: Write, entries: Iterable[int] = ()) -> None:
    """Change a ledger, and add to the trail what a purge that did it would have written."""
    ledger = office.ledger()
    with ledger.changing() as connection:
        write(connection)
        left = trail.take_details(connection, entries)
        batch_id, number, name = connection.execute(
            sa.select(tables.files.c.batch_id, tables.files.c.number, tables.files.c.name)
        ).one()
        answer = contents.of_answer(connection, 1)
        events = [
            Event("", trail.PURGED, "", "", f"x; {left.detail}"),
            Event("", trail.PURGED_FILE, "", name, f"contents {contents.of_file(connection, batch_id, number)}"),
            Event("", trail.PURGED_ANSWER, "", "a.835", f"what is left, contents {answer} as answer 1"),
        ]
        trail.append(connection, ledger.now(), ledger.who, events)


def entries_of(office: Office, claim_id: str) -> list[int]:
    query = sa.select(tables.events.c.number).where(tables.events.c.claim_id == claim_id)
    with office.ledger().engine.connect() as connection:
        return sorted(connection.execute(query).scalars())


def setting(table: sa.Table, claim_id: str, **values: Any) -> Write:
    return lambda connection: rows.update(connection, table, values, table.c.claim_id == claim_id)


def changed_file(office: Office) -> str:
    name = next(iter(office.claims().values())).file
    return (
        f"file: claims, lines or encounters of file {name} are not what was sent: some were changed, added or removed"
    )


def test_a_purge_of_nothing_hides_no_change_of_a_claim(office: Office) -> None:
    forge(office, setting(tables.claims, SECOND, diagnoses="F1010"))

    assert found(office) == [changed_file(office)]


def test_a_purge_of_nothing_hides_no_change_of_a_payment(office: Office) -> None:
    forge(office, setting(tables.payments, FIRST, subscriber_id="FORGED"))
    (problem,) = found(office)

    assert problem.startswith("answer: payments of ")
    assert problem.endswith(" are not what was posted: some were changed, added or removed")


def test_a_purge_of_an_entry_hides_nobody(office: Office) -> None:
    """Who did something is changed in an entry, which has its hash as if a purge had taken its detail."""
    first, *others = entries_of(office, FIRST)

    def write(connection: sa.Connection) -> None:
        is_it = tables.events.c.number == first
        connection.execute(sa.update(tables.events).where(is_it).values(who="somebody", account="else"))

    forge(office, write, [first])

    assert found(office) == [
        *(
            f"claim: {SAYS}, and table {name} has more of it than a purge leaves"
            for name in ("claims", "lines", "encounters", "payments", "line_payments")
        ),
        f"claim: {SAYS}, and entry {others[0]} about it still has its detail",
    ]


def test_a_purge_of_an_honest_ledger_is_no_problem(office: Office) -> None:
    purged(office)

    assert found(office) == []


def test_a_purged_row_has_nothing_that_a_purge_takes_out(office: Office) -> None:
    purged(office)
    days = {"first_day", "last_day", "admitted_on", "service_date"}
    other = {"diagnoses": "F1010", **dict.fromkeys(days, "2026-03-01")}
    other |= dict.fromkeys(("start_at", "end_at"), "2026-03-01T08:00:00")
    other |= dict.fromkeys(("line_key", "facility", "attachment"), '["x"]')
    every = [(name, of) for changed in (BLANK, YEAR, TOKEN) for name, columns in changed.items() for of in columns]
    hidden = []
    for name, column in every:
        table = tables.metadata.tables[name]
        key = table.c.payment_id == 1 if name == "line_payments" else table.c.claim_id == FIRST
        with office.ledger().engine.connect() as connection, connection.begin() as transaction:
            connection.execute(sa.update(table).where(key).values({column: other.get(column, "x")}))
            messages = [problem.message for problem in verify(connection).problems]
            transaction.rollback()
        if f"{SAYS}, and table {name} has more of it than a purge leaves" not in messages:
            hidden.append((name, column))

    assert len(every) > 25
    assert hidden == []


def test_a_claim_that_is_blank_without_a_purge_is_found(office: Office) -> None:
    """The first claim of its file was purged, so that the digest of the day it was sent tells nothing any more."""
    purged(office)
    forge(office, setting(tables.claims, SECOND, member_id=""))

    assert found(office) == [
        f"claim: claim {SECOND} is blank as after a purge, and the trail does not say that it was purged"
    ]
