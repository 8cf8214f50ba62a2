"""Killed, disk full, or failing at every step: what was to be done is done or not, and the next run makes it good."""

import hashlib
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import databases
import faults
import payer
import pytest
import sqlalchemy as sa
from thorough import first_and_last, some

from peerbill.ledger import states
from peerbill.ledger.backup import back_up
from peerbill.ledger.look.history import reading
from peerbill.ledger.store import tables
from peerbill.ledger.store.ledger import open_ledger
from peerbill.ledger.store.rows import copy_rows, update
from peerbill.ledger.store.trail import Event
from peerbill.ledger.verify import verify
from peerbill.model.errors import LedgerError

BEFORE, COUNT = 4, 7
ACTIONS = ("bill", "correct", "post", "backup", "restore")


@attrs.frozen
class Prepared:
    """A ledger, workspace and folder of files from which an action begins, again and again."""

    agency: Any
    rows: dict[str, list[tuple[Any, ...]]]

    def anew(self, folder: Path) -> Any:
        """Return an agency that stands where the action begins."""
        agency = self.agency
        if not agency.on_server:
            shutil.copytree(agency.workspace, folder / "workspace")
            again = attrs.evolve(agency, workspace=folder / "workspace", out=folder / "out")
        else:
            again = agency.anew(folder)
            shutil.copytree(agency.workspace, again.workspace, dirs_exist_ok=True)
            with agency.ledger().engine.begin() as connection:
                for table in (tables.counters, tables.identity, tables.seals):
                    connection.execute(sa.delete(table))
                for table in tables.metadata.sorted_tables:
                    copy_rows(connection, table, self.rows[table.name])
        shutil.copytree(agency.out, again.out)
        with again.ledger().changing() as connection:
            update(connection, tables.batches, {"folder": str(again.out)})
        return again


def _remittance(agency: Any) -> str:
    """Return a payer's 835 for every claim of the ledger: one paid, one reduced, the others denied."""
    claims, lines = tables.claims.c, tables.lines.c
    with agency.ledger().engine.connect() as connection:
        rows = connection.execute(
            sa.select(claims.claim_id, claims.charge_cents, lines.number, lines.service_date, lines.units)
            .join_from(tables.claims, tables.lines, lines.claim_id == claims.claim_id)
            .order_by(claims.claim_id, lines.number)
        ).all()
    sent: dict[str, list[payer.SentLine]] = {}
    for row in rows:
        charge = agency.program.Decimal(16 * row.units)
        line = payer.SentLine(
            f"{row.claim_id}-{row.number}", "HC:H0038:HF", charge, str(row.units), row.service_date.replace("-", "")
        )
        sent.setdefault(row.claim_id, []).append(line)
    every = [
        payer.SentClaim(
            id_, sum((line.charge for line in some), agency.program.Decimal(0)), "1", "", "0001", "I", tuple(some)
        )
        for id_, some in sent.items()
    ]
    file = payer.SentFile("AG01", "R1", "000000001", "260331", "1200", "1", (), tuple(every))
    pays = (payer.in_full, payer.reduced, *(payer.denied for _ in every[2:]))
    return payer.remit(file, [payer.Decision(claim, pay) for claim, pay in zip(every, pays, strict=True)])


@pytest.fixture
def prepared(agency: Any) -> Prepared:
    """Return four billed encounters whose claims the payer accepted, an 835 for them, and a backup of before."""
    ledger = open_ledger(agency.url, agency.workspace, tag=databases.TAG, who="biller", clock=agency.program.clock)
    agency.program.bill(ledger, agency.out, [agency.program.billable(number) for number in range(BEFORE - 1)])
    back_up(ledger, agency.workspace / "backup.db")
    agency.program.bill(ledger, agency.out, [agency.program.billable(number) for number in range(BEFORE)])
    with ledger.changing() as connection:
        ids = list(connection.execute(sa.select(tables.claims.c.claim_id)).scalars())
        states.change(connection, "2026-04-01", "", [Event(id_, "accepted", "accepted") for id_ in sorted(ids)])
        for id_ in ids:
            number = {"payer_control_number": f"ICN{id_}"}
            update(connection, tables.claims, number, tables.claims.c.claim_id == id_)
    (agency.workspace / "answer.835").write_text(_remittance(agency))
    return Prepared(agency, agency.rows())


def _act(agency: Any, action: str) -> None:
    program = agency.program
    encounters = [program.billable(number) for number in range(COUNT)]
    program.act(action, agency.url, agency.workspace, agency.out, encounters)


def _told(agency: Any, action: str) -> str:
    """Return the error that an action ends with, or ""; nothing else may come out of it."""
    try:
        _act(agency, action)
    except LedgerError as error:
        return str(error)
    return ""


def _again(agency: Any, action: str) -> None:
    """Do what a biller does after a stopped action: the same once more."""
    if action == "backup" and (agency.out / "backup.db").exists():
        with pytest.raises(LedgerError, match="is in the way"):
            _act(agency, action)
        return
    _act(agency, action)


def _files(agency: Any) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in agency.out.glob("*.837")}


def _assert_nothing_partial(agency: Any) -> None:
    """Assert that what can be seen is whole, and known to a ledger that is whole, before anybody mends anything."""
    with reading(agency.url, agency.workspace) as connection:
        assert connection is not None
        assert verify(connection).problems == ()
        known = {row.name: row.sha256 for row in connection.execute(sa.select(tables.files))}
    for name, content in _files(agency).items():
        assert known[name] == hashlib.sha256(content).hexdigest()
    backup = agency.out / "backup.db"
    if backup.exists():
        with open_ledger(f"sqlite:///{backup}", agency.out, create=False).engine.connect() as connection:
            assert verify(connection).problems == ()


def _ended(agency: Any, action: str) -> dict[str, Any]:
    """Return the whole outcome, without what must differ between two folders."""
    rows = agency.rows()
    # Seals cover the folder, which differs; a run that finishes another has one transaction, and one seal, more.
    del rows["seals"]
    rows["events"] = [row[1:8] for row in rows["events"] if row[4] != "sealed"]
    rows["counters"] = [row for row in rows["counters"] if row[0] != "event"]
    rows["batches"] = [(*row[:-1], row[-1].replace(str(agency.out), "OUT")) for row in rows["batches"]]
    tag = agency.ledger().place.tag
    rows["files"] = [tuple(str(value).replace(tag, "TAG") for value in row) for row in rows["files"]]
    if action == "restore":
        # Each attempt is an entry of its own.
        last = [row for row in rows["events"] if row[3] != "restored"]
        rows = {"encounters": rows["encounters"], "files": rows["files"], "events": last}
    with agency.ledger().engine.connect() as connection:
        assert verify(connection).problems == ()
    assert [path.name for path in agency.out.iterdir() if path.name.startswith(".")] == []
    assert [path.name for path in agency.workspace.iterdir() if path.name.endswith(".tmp")] == []
    return {"rows": rows, "files": _files(agency), "backup": (agency.out / "backup.db").exists()}


def _steps(agency: Any, action: str) -> list[str]:
    with faults.shimmed(faults.Shim()) as shim:
        _act(agency, action)
    return shim.seen


def _chosen(agency: Any, names: list[str], kind: str) -> Sequence[int]:
    """Return the steps at which to strike, first and last of each kind, or all (`thorough`).

    Where a server keeps the ledger these are commits, the first link and rename. A commit that the server refuses is
    told as one that SQLite refuses is: there, only its lost answers are failed.
    """
    ends = some(first_and_last(names), 8)
    if not agency.on_server:
        return ends
    commits = {"commit", "committed"} if kind == "kill" else {"committed"}
    return [
        step
        for step, name in enumerate(names, start=1)
        if (name in commits and step in ends) or (name in {"link", "rename"} and name not in names[: step - 1])
    ]


@pytest.mark.parametrize("kind", faults.KINDS)
@pytest.mark.parametrize("action", ACTIONS)
def test_every_step(prepared: Prepared, tmp_path: Path, action: str, kind: str) -> None:
    if prepared.agency.on_server and kind == "full":
        return  # a commit that the server refuses is refused, whatever filled up: "io" is the same there
    unbroken = prepared.anew(tmp_path / "unbroken")
    names = _steps(unbroken, action)
    expected = _ended(unbroken, action)
    struck = set()
    for step in _chosen(unbroken, names, kind):
        agency = prepared.anew(tmp_path / str(step))
        if kind == "kill":
            assert agency.run(0, COUNT, step, action) == faults.STOPPED
        else:
            shim = faults.Shim(step, kind)
            with faults.shimmed(shim):
                assert "\n" not in _told(agency, action)
            struck.add(shim.struck)
        _assert_nothing_partial(agency)

        _again(agency, action)

        assert _ended(agency, action) == expected
    if kind != "kill":
        assert struck == {names[step - 1] for step in _chosen(unbroken, names, kind)}
    if action != "backup":
        assert {"commit", "committed"} <= set(names)


@pytest.mark.parametrize("action", ["bill", "correct", "post"])
def test_a_disk_that_fills_up_inside_the_database(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    """SQLite itself finds the disk full, at whatever page."""
    if prepared.agency.on_server:
        return
    unbroken = prepared.anew(tmp_path / "unbroken")
    _act(unbroken, action)
    expected = _ended(unbroken, action)
    agency = prepared.anew(tmp_path / "full")
    with sqlite3.connect(agency.workspace / "ledger.db") as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.close()
    real, failed = sqlite3.connect, 0
    for more in range(200):

        def small(*arguments: Any, most: int = pages + more, **options: Any) -> sqlite3.Connection:
            made: sqlite3.Connection = real(*arguments, **options)
            made.execute(f"PRAGMA max_page_count = {most}")
            return made

        with monkeypatch.context() as patch:
            patch.setattr(sqlite3, "connect", small)
            told = _told(agency, action)
        if not told:
            break
        failed += 1
        assert "database or disk is full" in told
        _assert_nothing_partial(agency)

    assert _ended(agency, action) == expected
    assert failed or more == 0
