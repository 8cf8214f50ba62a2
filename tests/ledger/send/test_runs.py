"""What a bill run records and writes, and what it refuses."""

import datetime as dt
import errno
import hashlib
import json
import os
import random
import stat
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import databases
import filelock
import pytest

from peerbill.ledger.send.runs import bill_batch, bill_run
from peerbill.ledger.store import disk, tables
from peerbill.ledger.store.ledger import open_ledger
from peerbill.model.errors import LedgerError, X12Error


def _billable(agency: Any, first: int, last: int) -> list[Any]:
    return [agency.program.billable(number) for number in range(first, last)]


def _batch(agency: Any, billable: Any, **changes: Any) -> Any:
    """Bill without asking the history first."""
    program = agency.program
    values = {
        "settings": program.SETTINGS,
        "as_of": program.AS_OF,
        "billable": billable,
        "build": lambda ids: program.build_claims(billable, program.RECORDS, ids),
        "write_interchange": program.write_interchange,
        **changes,
    }
    with bill_run(agency.ledger()) as run:
        return bill_batch(run, agency.out, **values)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_run_writes_a_file_per_payer_and_several_where_the_payers_maximum_is_passed(agency: Any) -> None:
    result = agency.bill(0, 30)

    names = sorted(path.name for path in agency.out.iterdir())
    north = [name for name in names if name.endswith("north.837")]
    assert names[:-1] == [f"20260331-TEST-000001-{n:03d}-north.837" for n in range(1, len(north) + 1)] + [
        f"20260331-TEST-000001-{len(north) + 1:03d}-south.837"
    ]
    assert names[-1] == "manifest.json"
    assert [file.path.name for file in result.files] == names[:-1]
    assert [file.isa13 for file in result.files] == [databases.FIRST + n for n in (*range(len(north)), 0)]
    assert {file.claims for file in result.files if file.payer == "north"} <= {1, 2, 3}
    assert sum(file.total_cents for file in result.files) == 30 * 3 * 1600
    assert result.batch_id == 1
    assert result.messages == ()


def test_the_manifest_lists_files_claims_and_what_was_held_and_rejected(agency: Any) -> None:
    result = _batch(
        agency,
        _billable(agency, 0, 1),
        held=[("E9", ["PB303", "PB101", "PB303"]), ("E8", ["PB402"])],
        rejected=[(7, ["PB001"])],
    )

    [file] = result.files
    assert json.loads(result.manifest.read_text()) == {
        "files": [
            {
                "path": "20260331-TEST-000001-001-north.837",
                "payer": "north",
                "transaction": "837P",
                "isa13": f"{databases.FIRST}",
                "claims": 1,
                "lines": 1,
                "total_charge": "48.00",
                "sha256": hashlib.sha256(file.path.read_bytes()).hexdigest(),
            }
        ],
        "claims": [
            {
                "claim_id": "PBTEST00000001",
                "payer": "north",
                "member_id": "M1",
                "file": "20260331-TEST-000001-001-north.837",
                "frequency": "1",
                "lines": [
                    {
                        "line_id": "PBTEST00000001-1",
                        "encounter_ids": ["E000000"],
                        "service_date": "2026-03-01",
                        "hcpcs": "H0038",
                        "modifiers": ["HF"],
                        "units": 3,
                        "charge": "48.00",
                    }
                ],
            }
        ],
        "held": [{"encounter_id": "E8", "codes": ["PB402"]}, {"encounter_id": "E9", "codes": ["PB101", "PB303"]}],
        "rejected": [{"table": "encounters", "line": 7, "codes": ["PB001"]}],
    }


def test_only_what_is_new_is_billed_and_earlier_files_are_left_alone(agency: Any) -> None:
    agency.bill(0, 20)
    before = {path.name: path.read_bytes() for path in agency.out.glob("*.837")}

    second = agency.bill(0, 30)

    after = {path.name: path.read_bytes() for path in agency.out.glob("*.837")}
    assert {name: after[name] for name in before} == before
    assert sorted(after) == sorted([*before, *(file.path.name for file in second.files)])
    assert min(file.path.name for file in second.files) > max(before)
    assert agency.sent() == [f"E{number:06d}" for number in range(30)]
    assert len(set(agency.control_numbers())) == len(after)


def test_the_first_run_with_nothing_to_send_writes_an_empty_manifest(agency: Any) -> None:
    agency.bill(0, 0)

    assert agency.manifest() == {"files": [], "claims": [], "held": [], "rejected": []}


def test_with_nothing_new_there_is_no_file_no_batch_and_the_manifest_stays(agency: Any) -> None:
    agency.bill(0, 20)
    manifest = agency.manifest()
    before = sorted(path.name for path in agency.out.iterdir())
    ledger = agency.rows()

    result = agency.bill(0, 20)

    assert (result.batch_id, result.files, result.claims) == (None, (), ())
    assert len(manifest["claims"]) > 0
    assert agency.manifest() == manifest
    assert sorted(path.name for path in agency.out.iterdir()) == before
    assert agency.rows() == ledger


def test_the_same_inputs_give_the_same_bytes_whatever_the_order_of_rows(agency: Any, tmp_path: Path) -> None:
    shuffled = _billable(agency, 0, 40)
    random.Random(7).shuffle(shuffled)  # noqa: S311 - any order will do

    agency.bill(0, 40)
    other = agency.anew(tmp_path / "other")
    _batch(other, shuffled)

    assert {path.name: path.read_bytes() for path in agency.out.iterdir()} == {
        path.name: path.read_bytes() for path in other.out.iterdir()
    }


def test_what_was_made_can_be_read_by_its_owner_only(sqlite_agency: Any) -> None:
    sqlite_agency.bill(0, 10)

    made = [*sqlite_agency.out.iterdir(), sqlite_agency.workspace / "ledger.db"]
    assert {_mode(path) for path in made} == {0o600}


def test_the_history_holds_what_was_sent(agency: Any) -> None:
    [one] = _billable(agency, 3, 4)
    one = attrs.evolve(one, modifiers=("HQ", "HF"), unit_minutes=None, authorization="A1", supervising_id="S2")

    _batch(agency, [one])

    [billed] = agency.ledger().history()
    assert attrs.asdict(billed) == {
        "encounter_id": "E000003",
        "fingerprint": billed.fingerprint,
        "payer": "south",
        "programme": "XX/one",
        "member_id": "M4",
        "staff_id": "S1",
        "rendering_id": "S1",
        "service": "individual",
        "start": dt.datetime(2026, 3, 1, 11, 0),
        "end": dt.datetime(2026, 3, 1, 11, 45),
        "place": "11",
        "hcpcs": "H0038",
        "modifiers": ("HQ", "HF"),
        "minutes": 45,
        "units": 3,
        "unit_minutes": None,
        "charge": Decimal("48.00"),
        "claim_id": "PBTEST00000001",
        "authorization": "A1",
        "standing": "live",
        "reason": "",
        "payer_turn": 1,
        "content": "",
        "site": "",
    }
    assert len(billed.fingerprint) == 64


def test_an_encounter_cannot_be_billed_twice_even_if_nobody_asks_the_history(agency: Any) -> None:
    agency.bill(0, 5)
    before = agency.sent()

    with pytest.raises(LedgerError, match="already billed; nothing was sent"):
        _batch(agency, _billable(agency, 4, 6))

    assert agency.sent() == before
    assert [path.name for path in agency.out.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("modifiers", [("HF", "HQ"), ("HQ", "HF")])
def test_a_line_cannot_be_sent_twice_under_another_encounter(agency: Any, modifiers: tuple[str, ...]) -> None:
    [one] = _billable(agency, 0, 1)
    one = attrs.evolve(one, modifiers=("HF", "HQ"))
    _batch(agency, [one])
    late = attrs.evolve(one, modifiers=modifiers, encounter=attrs.evolve(one.encounter, encounter_id="late"))

    with pytest.raises(LedgerError, match="a service line of it was already billed"):
        _batch(agency, [late])


def test_a_writer_that_refuses_a_claim_leaves_nothing(agency: Any) -> None:
    def refuse(claims: Any, *others: Any) -> Any:
        yield "ISA*"
        raise X12Error("NM103 in loop 2010BA holds a delimiter")

    with pytest.raises(X12Error):
        _batch(agency, _billable(agency, 0, 5), write_interchange=refuse)

    assert list(agency.out.iterdir()) == []
    assert agency.ledger().history() == ()
    assert agency.bill(0, 5).batch_id == 1


def test_a_file_in_the_way_is_named_and_nothing_is_recorded(agency: Any) -> None:
    agency.out.mkdir()
    taken = agency.out / "20260331-TEST-000001-002-south.837"
    taken.write_text("mine")

    with pytest.raises(LedgerError, match=r"002-south\.837 is in the way: move it"):
        agency.bill(0, 5)

    assert [path.read_text() for path in agency.out.iterdir()] == ["mine"]
    assert agency.ledger().history() == ()


@pytest.mark.parametrize(("name", "kept"), [("write", False), ("fsync", False), ("link", True)])
def test_a_full_disk_is_told_and_the_next_run_bills(
    agency: Any, monkeypatch: pytest.MonkeyPatch, name: str, kept: bool
) -> None:
    def full(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    ledger = agency.ledger()
    with monkeypatch.context() as patch:
        patch.setattr(os, name, full)
        with pytest.raises(LedgerError, match="No space left on device") as told:
            agency.program.bill(ledger, agency.out, _billable(agency, 0, 5))

    assert ("run again to finish it" in str(told.value)) == kept
    assert agency.sent() == []
    assert bool(ledger.history()) == kept
    agency.bill(0, 5)
    assert agency.sent() == [f"E{number:06d}" for number in range(5)]


def test_an_output_folder_that_is_a_file_is_told(agency: Any) -> None:
    agency.out.write_text("")

    with pytest.raises(LedgerError, match="out cannot be written"):
        agency.bill(0, 5)


def test_temporary_files_of_another_ledger_are_left_alone(agency: Any) -> None:
    agency.out.mkdir()
    other = agency.out / ".20260331-TEST-000001-001-north.837.00000000.tmp"
    other.write_text("")

    agency.bill(0, 5)

    assert other.exists()


def test_payers_that_share_sender_and_receiver_share_their_control_numbers(agency: Any) -> None:
    program = agency.program
    payers = {key: attrs.evolve(payer, receiver=program.Party("R", "R9")) for key, payer in program.PAYERS.items()}
    settings = attrs.evolve(program.SETTINGS, payers=payers)

    result = _batch(agency, _billable(agency, 0, 5), settings=settings)

    assert [file.isa13 for file in result.files] == [databases.FIRST, databases.FIRST + 1]


def test_every_new_folder_is_synced_into_the_one_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(disk, "sync_folder", synced.append)

    disk.make_folder(tmp_path / "out" / "2026" / "march")

    assert synced == [tmp_path, tmp_path / "out", tmp_path / "out" / "2026"]


def test_ids_that_differ_in_case_only_are_one_receiver_since_isa08_is_written_in_capitals(agency: Any) -> None:
    program = agency.program
    ids = iter(("r9", "R9"))
    payers = {key: attrs.evolve(payer, receiver=program.Party("R", next(ids))) for key, payer in program.PAYERS.items()}

    result = _batch(agency, _billable(agency, 0, 5), settings=attrs.evolve(program.SETTINGS, payers=payers))

    assert [file.isa13 for file in result.files] == [databases.FIRST, databases.FIRST + 1]


def test_control_numbers_end_with_their_ninth_digit(agency: Any) -> None:
    agency.bill(0, 1)
    with agency.ledger().changing() as connection:
        connection.exec_driver_sql("UPDATE files SET isa13 = 999999998")
    assert agency.bill(0, 3).files[0].isa13 == 999_999_999

    with pytest.raises(LedgerError, match="used up for sender AG01 and receiver R1"):
        agency.bill(0, 6)


def test_a_second_run_is_told_when_the_first_does_not_end(agency: Any) -> None:
    ledger = agency.ledger()
    with (
        filelock.FileLock(ledger.place.lock),
        pytest.raises(LedgerError, match="another run is using this ledger"),
        bill_run(ledger, wait=0.1),
    ):
        pass


def test_two_runs_at_once_bill_everything_once(agency: Any) -> None:
    both = [agency.start(0, 40), agency.start(1, 41)]
    for process in both:
        process.join(60)

    assert [process.exitcode for process in both] == [0, 0]
    assert agency.sent() == [f"E{number:06d}" for number in range(41)]
    assert {tuple(agency.told(first)) for first in (0, 1)} == {("messages", "files", "claims", "steps")}
    assert len(set(agency.control_numbers())) == len(list(agency.out.glob("*.837")))


def test_messages_name_no_person(agency: Any) -> None:
    one = attrs.evolve(agency.program.MEMBERS[0], last_name="SECRETNAME")
    records = attrs.evolve(agency.program.RECORDS, members=(one, *agency.program.MEMBERS[1:]))
    billable = _billable(agency, 0, 1)
    _batch(agency, billable)

    with pytest.raises(LedgerError) as told:
        _batch(agency, billable, build=lambda ids: agency.program.build_claims(billable, records, ids))

    chain: BaseException | None = told.value
    while chain is not None:
        assert "SECRETNAME" not in str(chain)
        assert "IDM1" not in str(chain)
        chain = chain.__cause__


def test_absent_ledger_is_told_where_none_may_be_made(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger at"):
        open_ledger("sqlite:///ledger.db", tmp_path, create=False)


def test_a_line_is_kept_under_the_key_that_older_ledgers_have(agency: Any) -> None:
    """The text is compared with that of lines sent years ago: another spelling would bill them twice."""
    agency.bill(0, 1)

    [row] = agency.rows()["lines"]
    assert row[list(tables.lines.c.keys()).index("line_key")] == (
        '["north","M1","2026-03-01","S1","11","H0038",["HF"]]'
    )
