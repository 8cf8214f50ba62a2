"""A backup is whole or absent, and the way back forgets nothing in silence, on either database."""

import errno
import os
import sqlite3
import stat
from pathlib import Path
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from unsealed import unsealed_downgrade

from peerbill.ledger.backup import Backup, Restored, back_up, restore
from peerbill.ledger.look.history import read_history
from peerbill.ledger.send.runs import bill_run
from peerbill.ledger.store import tables, trail
from peerbill.ledger.store.ledger import open_ledger
from peerbill.ledger.store.trail import Checkpoint
from peerbill.ledger.verify import verify
from peerbill.model.errors import LedgerError


def _rows(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    with open_ledger(f"sqlite:///{file}", file.parent, create=False).engine.connect() as connection:
        return {
            table.name: sorted(tuple(row) for row in connection.execute(sa.select(table)))
            for table in tables.metadata.sorted_tables
        }


def _restore(agency: Any, file: Path, **options: Any) -> Restored:
    return restore(agency.url, agency.workspace, file, who="biller", **options)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def _events(agency: Any) -> list[tuple[str, str, str, str]]:
    events = tables.events.c
    with agency.ledger().engine.connect() as connection:
        query = sa.select(events.who, events.event, events.file, events.detail).order_by(events.number)
        return [tuple(row) for row in connection.execute(query)]


def _whole(agency: Any) -> None:
    with agency.ledger().engine.connect() as connection:
        assert verify(connection).problems == ()


def test_a_backup_holds_every_row_and_is_for_its_owner_only(agency: Any, tmp_path: Path) -> None:
    agency.bill(0, 12)
    file = tmp_path / "new folder" / "a?b #1%.db"

    made = back_up(agency.ledger(), file)

    assert attrs.evolve(made, last=attrs.evolve(made.last, hash="", at="")) == Backup(file, Checkpoint(18, "", ""), 12)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert _names(file.parent) == [file.name]
    copy = tmp_path / "copy.db"
    file.rename(copy)
    assert _rows(copy) == agency.rows()


def test_a_backup_may_be_made_while_another_bills(agency: Any, tmp_path: Path) -> None:
    agency.bill(0, 4)
    with bill_run(agency.ledger()):
        made = back_up(agency.ledger(), tmp_path / "b.db")

    assert made.claims == 4


def test_a_backup_never_takes_the_place_of_another(agency: Any, tmp_path: Path) -> None:
    agency.bill(0, 4)
    (tmp_path / "b.db").write_text("mine")

    with pytest.raises(LedgerError, match=r"b\.db is in the way: choose another name"):
        back_up(agency.ledger(), tmp_path / "b.db")

    assert (tmp_path / "b.db").read_text() == "mine"


def test_a_broken_ledger_makes_no_backup(agency: Any, tmp_path: Path) -> None:
    agency.bill(0, 4)
    with agency.ledger().engine.begin() as connection:
        connection.exec_driver_sql("UPDATE events SET who = 'x' WHERE number = 2")
    folder = tmp_path / "backups"

    with pytest.raises(LedgerError, match="cannot be trusted: the trail is broken at entry 2"):
        back_up(agency.ledger(), folder / "b.db")

    assert _names(folder) == []


@pytest.mark.parametrize("name", ["fsync", "rename", "open"])
def test_a_disk_that_does_not_take_it_leaves_no_backup(
    agency: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    agency.bill(0, 4)
    ledger = agency.ledger()
    folder = tmp_path / "backups"
    folder.mkdir()

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, name, full)
        with pytest.raises(LedgerError, match="cannot be written: No space left on device"):
            back_up(ledger, folder / "b.db")

    assert _names(folder) == []


def test_what_a_killed_backup_left_is_removed_by_the_next(agency: Any, tmp_path: Path) -> None:
    agency.bill(0, 4)
    ledger = agency.ledger()
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in (f".a.db.{ledger.place.tag}-backup.tmp", f".a.db.{ledger.place.tag}-backup.tmp-journal"):
        (folder / name).touch()
    (folder / ".a.db.00000000-backup.tmp").touch()

    back_up(ledger, folder / "b.db")

    assert _names(folder) == [".a.db.00000000-backup.tmp", "b.db"]


def test_a_backup_is_restored_into_an_empty_workspace(agency: Any, tmp_path: Path) -> None:
    agency.bill(0, 12)
    before = agency.rows()
    back_up(agency.ledger(), tmp_path / "b.db")
    other = agency.anew(tmp_path / "other")

    done = _restore(other, tmp_path / "b.db")

    assert (done.claims, done.kept, done.forgotten, done.missing, done.unknown) == (12, None, (), 0, True)
    after = other.rows()
    assert after["events"][:-2] == before["events"]
    detail = "a backup that ended at entry 18; what was sent since is not known, and numbers go on 10,000 later"
    assert _events(other)[-2] == ("biller", "restored", "b.db", detail)
    moved = {"events", "counters", "identity", "seals"}
    assert {name: rows for name, rows in after.items() if name not in moved} == {
        name: rows for name, rows in before.items() if name not in moved
    }
    _whole(other)
    other.bill(0, 14)
    assert other.sent() == ["E000012", "E000013"]


def test_a_backup_of_one_database_is_restored_into_the_other(
    sqlite_agency: Any, postgresql_url: str, tmp_path: Path
) -> None:
    sqlite_agency.bill(0, 12)
    before = sqlite_agency.rows()
    back_up(sqlite_agency.ledger(), tmp_path / "from-sqlite.db")
    on_server = attrs.evolve(sqlite_agency, url=postgresql_url, workspace=tmp_path)

    restore(postgresql_url, tmp_path, tmp_path / "from-sqlite.db")
    back_up(on_server.ledger(), tmp_path / "from-server.db")
    restore("sqlite:///back.db", tmp_path, tmp_path / "from-server.db")

    assert on_server.rows()["encounters"] == before["encounters"]
    after = _rows(tmp_path / "back.db")
    assert after["events"][:-4] == before["events"]
    assert [event[4] for event in after["events"][-4:]] == ["restored", "sealed"] * 2
    for name in ("batches", "files", "claims", "lines", "encounters"):
        assert after[name] == before[name]


def test_a_ledger_that_holds_something_is_replaced_only_when_told_and_is_kept(agency: Any, tmp_path: Path) -> None:
    agency.bill(0, 6)
    back_up(agency.ledger(), tmp_path / "b.db")
    late = agency.bill(0, 12)
    before = agency.rows()

    with pytest.raises(LedgerError, match="is not empty: what the backup does not hold would be forgotten"):
        _restore(agency, tmp_path / "b.db")
    assert agency.rows() == before

    done = _restore(agency, tmp_path / "b.db", replace=True)

    kept = agency.workspace / "ledger.db.replaced-1"
    assert done.kept == kept
    assert _rows(kept) == before
    assert done.forgotten == tuple(file.path.name for file in late.files)
    assert [billed.encounter_id for billed in read_history(agency.url, agency.workspace)] == [
        f"E{number:06d}" for number in range(6)
    ]
    assert _events(agency)[-2][3] == "a backup that ended at entry 11, in place of a ledger that ended at entry 21"
    _whole(agency)
    assert [name for name in _names(agency.workspace) if name.startswith(".")] == []


def test_no_number_that_was_given_is_given_again_after_a_restore(agency: Any, tmp_path: Path) -> None:
    agency.bill(0, 6)
    back_up(agency.ledger(), tmp_path / "b.db")
    agency.bill(0, 12)
    numbers = agency.control_numbers()
    _restore(agency, tmp_path / "b.db", replace=True)

    again = agency.bill(0, 12)

    assert again.batch_id == 3
    assert min(claim.claim_id for claim in again.claims) == "PBTEST00000013"
    everything = agency.control_numbers()
    assert len(set(everything)) == len(everything) == len(numbers) + len(again.files)
    _whole(agency)
    assert _restore(agency, tmp_path / "b.db", replace=True).kept == agency.workspace / "ledger.db.replaced-2"
    _whole(agency)


def test_a_checkpoint_tells_how_much_an_old_backup_lacks(agency: Any, tmp_path: Path) -> None:
    agency.bill(0, 6)
    with agency.ledger().engine.connect() as connection:
        early = trail.checkpoint(connection, "")
    back_up(agency.ledger(), tmp_path / "b.db")
    agency.bill(0, 12)
    with agency.ledger().engine.connect() as connection:
        late = trail.checkpoint(connection, "")
    other = agency.anew(tmp_path / "other")

    with pytest.raises(LedgerError, match="cannot be trusted: entry 11 is not the one of the checkpoint"):
        _restore(other, tmp_path / "b.db", saved=attrs.evolve(early, hash="0" * 64))
    assert read_history(other.url, other.workspace) == ()

    assert _restore(other, tmp_path / "b.db", saved=late).missing == 10
    assert _restore(other, tmp_path / "b.db", saved=early, replace=True).missing == 0


def test_a_backup_that_was_changed_is_refused_and_nothing_is_touched(agency: Any, tmp_path: Path) -> None:
    agency.bill(0, 6)
    back_up(agency.ledger(), tmp_path / "b.db")
    with sqlite3.connect(tmp_path / "b.db") as connection:
        connection.execute("UPDATE claims SET state = 'paid'")
    connection.close()
    before, names = agency.rows(), _names(agency.workspace)

    with pytest.raises(LedgerError, match=r"the backup .* cannot be trusted: claim PBTEST00000001 is paid"):
        _restore(agency, tmp_path / "b.db", replace=True)

    assert (agency.rows(), _names(agency.workspace)) == (before, names)


@pytest.mark.parametrize("content", ["encounter_id\n" * 500, "CREATE TABLE songs (title)", None])
def test_what_is_no_backup_is_refused(agency: Any, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "b.db"
    if content is not None and content.startswith("CREATE"):
        with sqlite3.connect(file) as connection:
            connection.execute(content)
        connection.close()
    elif content is not None:
        file.write_text(content)

    with pytest.raises(LedgerError, match=r"there is no backup at|not a database|is no ledger of peerbill"):
        _restore(agency, file)

    assert read_history(agency.url, agency.workspace) == ()
    assert [name for name in _names(agency.workspace) if name.startswith(".")] == []


def test_a_backup_of_an_older_peerbill_is_restored(agency: Any, tmp_path: Path) -> None:
    agency = agency.before_tags()
    agency.bill(0, 6)
    back_up(agency.ledger(), tmp_path / "b.db")
    with open_ledger(f"sqlite:///{tmp_path}/b.db", tmp_path).engine.begin() as connection:
        unsealed_downgrade(connection, "0001")
    other = agency.anew(tmp_path / "other")

    assert _restore(other, tmp_path / "b.db").claims == 6
    assert len(read_history(other.url, other.workspace)) == 6


def test_a_restore_waits_for_a_bill_run(agency: Any, tmp_path: Path) -> None:
    agency.bill(0, 6)
    back_up(agency.ledger(), tmp_path / "b.db")

    with bill_run(agency.ledger()), pytest.raises(LedgerError, match="another run is using this ledger"):
        _restore(agency, tmp_path / "b.db", replace=True, wait=0.1)


def test_a_ledger_that_cannot_be_read_is_replaced_when_told(sqlite_agency: Any, tmp_path: Path) -> None:
    sqlite_agency.bill(0, 6)
    back_up(sqlite_agency.ledger(), tmp_path / "b.db")
    ledger = sqlite_agency.workspace / "ledger.db"
    ledger.write_bytes(b"damaged" * 1000)
    journal = ledger.with_name("ledger.db-journal")
    journal.write_bytes(b"of the damaged one")

    with pytest.raises(LedgerError, match="is not empty"):
        _restore(sqlite_agency, tmp_path / "b.db")
    done = _restore(sqlite_agency, tmp_path / "b.db", replace=True)

    assert done.kept is not None
    assert done.kept.read_bytes() == b"damaged" * 1000
    assert not journal.exists()
    _whole(sqlite_agency)
