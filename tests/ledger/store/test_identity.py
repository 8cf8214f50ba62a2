"""What tells a ledger from every other: ids, control numbers, names of files, and the lock on a shared server."""

import hashlib
import itertools
import os
import threading
from pathlib import Path
from typing import Any

import attrs
import databases
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from peerbill.ledger.backup import AHEAD, back_up, restore
from peerbill.ledger.send.runs import bill_batch, bill_run
from peerbill.ledger.store import disk, tables
from peerbill.ledger.store.identity import Numbers, draw_tag, identity_of, read_identity
from peerbill.ledger.store.ledger import open_ledger
from peerbill.ledger.verify import verify
from peerbill.model.errors import LedgerError
from peerbill.model.ids import is_valid_tag


@given(st.text(alphabet="ABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=4, max_size=4))
def test_the_control_numbers_of_a_tag_have_nine_digits_and_leave_many(tag: str) -> None:
    first = identity_of(tag).first_control_number

    assert 100_000_000 <= first < 800_000_000
    assert identity_of(tag).first_control_number == first


def test_a_drawn_tag_is_never_digits_alone_and_an_id_never_looks_like_one_from_before_tags() -> None:
    tags = [draw_tag() for _ in range(200)]

    assert all(map(is_valid_tag, tags))
    assert len(set(tags)) > 190
    assert all(not identity_of(tag).claim_id(1)[2:].isdigit() for tag in tags)


def test_two_ledgers_give_no_id_and_no_control_number_twice(sqlite_agency: Any, tmp_path: Path) -> None:
    one, other = sqlite_agency, attrs.evolve(sqlite_agency, workspace=tmp_path / "other", tag="")
    other.workspace.mkdir()

    first, second = one.bill(0, 6), other.bill(0, 6)

    assert not {claim.claim_id for claim in first.claims} & {claim.claim_id for claim in second.claims}
    assert not {file.isa13 for file in first.files} & {file.isa13 for file in second.files}
    assert not {file.path.name for file in first.files} & {file.path.name for file in second.files}
    assert len(one.sent()) == 12


def test_a_tag_may_be_chosen_until_something_was_sent(agency: Any) -> None:
    open_ledger(agency.url, agency.workspace, tag="AAAA")
    agency.bill(0, 1)

    with pytest.raises(LedgerError, match=r"\[ledger\] tag is AAAA, and the ledger has the tag TEST: correct"):
        open_ledger(agency.url, agency.workspace, tag="AAAA")
    assert open_ledger(agency.url, agency.workspace).engine is not None


def test_a_ledger_from_before_tags_keeps_its_ids(agency: Any) -> None:
    old = agency.before_tags()

    result = old.bill(0, 1)

    assert [claim.claim_id for claim in result.claims] == [f"PB{1:010d}"]
    assert [file.isa13 for file in result.files] == [1]
    with pytest.raises(LedgerError, match="older than tags, and has none"):
        agency.ledger()


# --- a caller's own numbers


def _billed(agency: Any, numbers: Numbers, first: int = 0, last: int = 2) -> Any:
    program = agency.program
    new = [program.billable(number) for number in range(first, last)]
    with bill_run(agency.ledger(), 10.0) as run:
        return bill_batch(
            run,
            agency.out,
            settings=program.SETTINGS,
            as_of=program.AS_OF,
            billable=new,
            build=lambda ids: program.build_claims(new, program.RECORDS, ids),
            write_interchange=program.write_interchange,
            numbers=numbers,
        )


def test_a_callers_own_ids_and_control_numbers_are_sent_and_recorded(agency: Any) -> None:
    ids, controls = map("EHR-{}".format, itertools.count(7)), itertools.count(501)

    result = _billed(agency, Numbers(lambda: next(ids), lambda _sender, _receiver: next(controls)))

    assert [claim.claim_id for claim in result.claims] == ["EHR-7", "EHR-8"]
    assert [file.isa13 for file in result.files] == [501, 502]
    with agency.ledger().engine.connect() as connection:
        assert verify(connection).problems == ()
    # Without them the ledger goes on with its own.
    assert [claim.claim_id for claim in _billed(agency, Numbers(), 2, 3).claims] == ["PBTEST00000001"]


@pytest.mark.parametrize("claim_id", ["", "a1", "A" * 21, "A*B", "A B", "-A"])
def test_a_claim_id_that_payers_would_change_is_refused(agency: Any, claim_id: str) -> None:
    with pytest.raises(LedgerError, match="1 to 20 capitals, digits and hyphens"):
        _billed(agency, Numbers(claim_id=lambda: claim_id))
    assert agency.sent() == []


@pytest.mark.parametrize("number", [0, 1_000_000_000])
def test_a_control_number_that_has_not_1_to_9_digits_is_refused(agency: Any, number: int) -> None:
    with pytest.raises(LedgerError, match="is not 1 to 999999999"):
        _billed(agency, Numbers(isa13=lambda _sender, _receiver: number))
    assert agency.sent() == []


def test_a_control_number_is_given_once(agency: Any) -> None:
    _billed(agency, Numbers(isa13=lambda _sender, _receiver: 7), 0, 1)

    with pytest.raises(LedgerError, match="the control number 7 that was given was used before"):
        _billed(agency, Numbers(isa13=lambda _sender, _receiver: 7), 2, 3)


# --- naming of files


def test_a_file_takes_no_name_that_another_has(tmp_path: Path) -> None:
    whole, taken = tmp_path / ".a.tmp", tmp_path / "a"
    whole.write_text("mine")
    taken.write_text("theirs")

    with pytest.raises(FileExistsError):
        disk.give_name(whole, taken)

    assert (whole.read_text(), taken.read_text()) == ("mine", "theirs")


@pytest.mark.parametrize("taken", [False, True])
def test_where_files_have_one_name_only_none_is_replaced_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    whole, path = tmp_path / ".a.tmp", tmp_path / "a"
    whole.write_text("mine")
    if taken:
        path.write_text("theirs")
        with pytest.raises(FileExistsError):
            disk.give_name(whole, path)
    else:
        disk.give_name(whole, path)

    assert path.read_text() == ("theirs" if taken else "mine")
    assert whole.exists() == taken


@pytest.mark.parametrize("tags", [("TEST", "OTHR"), ("", "")])
def test_two_ledgers_that_bill_into_one_folder_at_one_moment_lose_no_file(
    sqlite_agency: Any, tmp_path: Path, tags: tuple[str, str]
) -> None:
    agencies = []
    for number, tag in enumerate(tags):
        workspace = tmp_path / f"w{number}"
        workspace.mkdir()
        agency = attrs.evolve(sqlite_agency, workspace=workspace, tag=tag)
        agencies.append(agency if tag else agency.before_tags())
        agency.ledger()
    billing = [threading.Thread(target=_bill_until_done, args=(agency,)) for agency in agencies]
    for thread in billing:
        thread.start()
    for thread in billing:
        thread.join(60)

    # Ledgers from before tags give the same names: one waits until the other's files were moved.
    everything = [path for path in tmp_path.rglob("*.837") if not path.name.startswith(".")]
    for agency in agencies:
        with agency.ledger().engine.connect() as connection:
            sent = connection.execute(sa.select(tables.files.c.sha256)).scalars().all()
        assert set(sent) <= {hashlib.sha256(path.read_bytes()).hexdigest() for path in everything}


def _bill_until_done(agency: Any) -> None:
    for _ in range(20):
        try:
            agency.bill(0, 6)
        except LedgerError as error:
            if "in the way" not in str(error) and "File exists" not in str(error):
                raise
            for path in agency.out.glob("*.837"):
                (agency.workspace / "moved").mkdir(exist_ok=True)
                path.rename(agency.workspace / "moved" / path.name)
        else:
            return
    raise AssertionError("could not bill")


def test_a_run_finishes_a_file_whose_name_was_taken_meanwhile(agency: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs: list[Path] = []
    agency.ledger()

    def taken(temporary: Path, path: Path) -> None:
        del temporary
        path.write_text("theirs")
        theirs.append(path)
        raise FileExistsError(17, "File exists", "hidden", None, str(path))

    with monkeypatch.context() as patch:
        patch.setattr(disk, "give_name", taken)
        with pytest.raises(LedgerError, match=r"File exists\. The batch is recorded"):
            agency.bill(0, 1)
    with pytest.raises(LedgerError, match="is in the way of a file of batch 1"):
        agency.bill(0, 1)
    assert theirs[0].read_text() == "theirs"
    theirs[0].unlink()

    agency.bill(0, 1)

    assert agency.sent() == ["E000000"]


# --- a restore over a ledger that is gone


@pytest.mark.parametrize("gone", ["absent", "damaged"])
def test_after_a_restore_over_a_lost_ledger_no_number_comes_twice(
    sqlite_agency: Any, tmp_path: Path, gone: str
) -> None:
    agency = sqlite_agency
    agency.bill(0, 3)
    back_up(agency.ledger(), tmp_path / "b.db")
    lost = agency.bill(3, 6)
    ledger = agency.workspace / "ledger.db"
    if gone == "absent":
        ledger.unlink()
    else:
        ledger.write_bytes(b"damaged" * 1000)

    done = restore(agency.url, agency.workspace, tmp_path / "b.db", replace=True)
    again = agency.bill(0, 6)

    assert (done.unknown, done.claims) == (True, 3)
    assert {claim.claim_id for claim in again.claims}.isdisjoint(claim.claim_id for claim in lost.claims)
    assert min(file.isa13 for file in again.files) >= max(file.isa13 for file in lost.files) + AHEAD - 10
    assert again.batch_id > AHEAD
    with agency.ledger().engine.connect() as connection:
        assert verify(connection).problems == ()
        assert read_identity(connection).tag == databases.TAG


def test_a_ledger_that_can_be_read_tells_what_was_sent_and_nothing_jumps(agency: Any, tmp_path: Path) -> None:
    agency.bill(0, 3)
    back_up(agency.ledger(), tmp_path / "b.db")
    agency.bill(3, 6)

    done = restore(agency.url, agency.workspace, tmp_path / "b.db", replace=True)

    assert (done.unknown, len(done.forgotten) > 0) == (False, True)
    assert agency.bill(0, 6).batch_id == 3


# --- agencies that share a database


def test_agencies_with_a_schema_each_do_not_wait_for_one_another(
    postgresql_url: str, program: Any, tmp_path: Path
) -> None:
    engine = sa.create_engine(postgresql_url, poolclass=sa.pool.NullPool)
    schemas = ("agency_one", "agency_two")
    with engine.begin() as connection:
        for schema in schemas:
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    try:
        ledgers = []
        for schema in schemas:
            (tmp_path / schema).mkdir()
            url = sa.make_url(postgresql_url).update_query_dict({"options": f"-csearch_path={schema}"})
            ledgers.append(open_ledger(url.render_as_string(hide_password=False), tmp_path / schema, tag="TEST"))
        one, two = ledgers
        (tmp_path / "elsewhere").mkdir()
        same = open_ledger(one.place.url.render_as_string(hide_password=False), tmp_path / "elsewhere")

        with bill_run(one, 0.1):
            with bill_run(two, 0.1):
                pass
            with pytest.raises(LedgerError, match="another run is using this ledger"), bill_run(same, 0.1):
                pass
        result = program.bill(two, tmp_path / "out", [program.billable(0)])
        assert len(result.claims) == 1
        assert one.history() == ()
    finally:
        with engine.begin() as connection:
            for schema in schemas:
                connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")


def test_a_schema_that_is_not_there_is_told(postgresql_url: str, tmp_path: Path) -> None:
    url = sa.make_url(postgresql_url).update_query_dict({"options": "-csearch_path=nowhere"})

    with pytest.raises(LedgerError, match="names a schema"):
        open_ledger(url.render_as_string(hide_password=False), tmp_path)
