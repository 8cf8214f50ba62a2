"""A bill run that is killed, at whatever instant, loses nothing, bills nothing twice and leaves no part of a file."""

import hashlib
from typing import Any

import attrs
import pytest
from thorough import EVERYTHING, some

from peerbill.model.errors import LedgerError

COUNT = 12
IDS = [f"E{number:06d}" for number in range(COUNT)]
STOPPED = 137


def _hidden(agency: Any) -> list[str]:
    return sorted(path.name for path in agency.out.iterdir() if path.name.startswith("."))


def _assert_whole(agency: Any) -> None:
    """Every encounter stands once in the files, once in the ledger, and they agree."""
    assert agency.sent() == IDS
    assert [billed.encounter_id for billed in agency.ledger().history()] == IDS
    assert _hidden(agency) == []
    numbers = agency.control_numbers()
    assert len(set(numbers)) == len(numbers)
    with agency.ledger().engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT f.name, f.sha256, f.state, b.state FROM files f JOIN batches b USING (batch_id) "
            "WHERE f.state <> 'undone' ORDER BY f.name"
        ).all()
    assert [tuple(row) for row in rows] == [
        (path.name, hashlib.sha256(path.read_bytes()).hexdigest(), "confirmed", "confirmed")
        for path in sorted(agency.out.glob("*.837"))
    ]


def _assert_nothing_partial(agency: Any) -> None:
    """Whatever stands in the folder under its own name is whole, right after the kill."""
    for path in agency.out.glob("*.837"):
        assert path.read_text().endswith("IEA*" + path.read_text()[7:16] + "~")


def _steps(agency: Any) -> int:
    agency.ledger()
    assert agency.run(0, COUNT) == 0
    steps: int = agency.told()["steps"]
    return steps


def test_a_run_killed_at_any_step_is_finished_or_undone_by_the_next(agency: Any, tmp_path: Any) -> None:
    steps = _steps(agency)
    _assert_whole(agency)
    seen = set()
    # Where a server keeps the ledger, test_faults strikes at every commit: here, a sample will do.
    for stop in some(range(1, steps + 1), 6 if agency.on_server else 16):
        again = agency.anew(tmp_path / str(stop))
        assert again.run(0, COUNT, stop) == STOPPED
        _assert_nothing_partial(again)

        result = again.bill(0, COUNT)
        _assert_whole(again)
        # The files of a batch that a killed run left are in the manifest of the run that finished it; where the run
        # was killed after all was done, its own manifest stays.
        manifest = again.manifest()
        assert (
            sorted(id_ for claim in manifest["claims"] for line in claim["lines"] for id_ in line["encounter_ids"])
            == IDS
        )
        made = [file.path.name for file in result.files] or sorted(path.name for path in again.out.glob("*.837"))
        assert [file["path"] for file in manifest["files"]] == made
        seen.add(result.messages[0].split(" ")[0] if result.messages else "")
        # The same bytes whether a run was killed before or not.
        assert {path.name: path.read_bytes() for path in again.out.glob("*.837")} == {
            path.name: path.read_bytes() for path in agency.out.glob("*.837")
        }

    assert seen == {"", "removed", "finished"} or (agency.on_server and len(seen) > 1)


@pytest.mark.parametrize("every", [2, 3] if EVERYTHING else [5])
def test_runs_that_are_killed_again_and_again_get_there(agency: Any, every: int) -> None:
    """Each attempt dies a little later than the one before, on what that one left."""
    for stop in range(1, 500, every):
        if agency.run(0, COUNT, stop) == 0:
            break

    _assert_whole(agency)


def _pending(agency: Any) -> None:
    """Kill a run right before it names its first file: its batch is recorded, and every file is hidden."""
    agency.ledger()
    assert agency.run(0, COUNT, "link") == STOPPED
    assert list(agency.out.glob("*.837")) == []


def test_a_pending_file_that_is_gone_may_have_been_sent_and_is_undone_only_when_told(agency: Any) -> None:
    _pending(agency)
    (agency.out / _hidden(agency)[0]).unlink()

    with pytest.raises(LedgerError, match="is gone: put it back if it was moved or sent"):
        agency.bill(0, COUNT)


def test_a_pending_file_that_is_lost_is_undone_alone_and_its_control_number_is_not_given_again(agency: Any) -> None:
    _pending(agency)
    hidden = _hidden(agency)
    lost = agency.out / hidden[0]
    lost_isa = lost.read_text().partition("~")[0]
    lost.unlink()

    result = agency.bill(0, COUNT, undo_lost=True)

    assert [message.split(" ")[0] for message in result.messages] == ["undid"] + ["finished"] * (len(hidden) - 1)
    assert "can be billed again" in result.messages[0]
    _assert_whole(agency)
    assert lost_isa not in agency.control_numbers()


def test_a_pending_file_that_was_cut_short_is_undone(agency: Any) -> None:
    _pending(agency)
    for name in _hidden(agency):
        path = agency.out / name
        path.write_text(path.read_text()[:50])

    result = agency.bill(0, COUNT)

    assert {message.split(" ")[0] for message in result.messages} == {"undid"}
    _assert_whole(agency)
    with agency.ledger().engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT batch_id, state FROM batches ORDER BY 1").all()
    assert [tuple(row) for row in rows] == [(1, "undone"), (2, "confirmed")]


def test_a_pending_file_that_somebody_changed_stops_the_run_with_a_remedy(agency: Any) -> None:
    _pending(agency)
    hidden = _hidden(agency)[0]
    final = agency.out / hidden[1:].rpartition(".tmp")[0].rpartition(".")[0]
    final.write_text("changed")

    with pytest.raises(
        agency.program.LedgerError, match="is in the way of a file of batch 1, which was stopped: move it"
    ):
        agency.bill(0, COUNT)

    final.unlink()
    agency.bill(0, COUNT)
    _assert_whole(agency)


def test_a_file_that_was_cut_short_stays_until_undoing_it_is_recorded(agency: Any) -> None:
    _pending(agency)
    first, second, *_ = _hidden(agency)
    cut, taken = agency.out / first, agency.out / second
    whole = taken.read_text()
    cut.write_text(cut.read_text()[:50])
    taken.unlink()
    with pytest.raises(agency.program.LedgerError, match="is gone"):
        agency.bill(0, COUNT)
    taken.write_text(whole)

    result = agency.bill(0, COUNT)

    assert [message.split(" ")[0] for message in result.messages[:2]] == ["undid", "finished"]
    _assert_whole(agency)


def test_a_batch_left_in_another_folder_is_finished_there_and_listed_with_its_whole_path(agency: Any) -> None:
    _pending(agency)
    elsewhere = agency.out.with_name("elsewhere")

    result = agency.program.bill(agency.ledger(), elsewhere, [agency.program.billable(n) for n in range(COUNT)])

    _assert_whole(agency)
    other = attrs.evolve(agency, out=elsewhere)
    assert [file["path"] for file in other.manifest()["files"]] == [str(file.path) for file in result.files]
    assert {file.path.parent for file in result.files} == {agency.out}
    assert {claim["file"] for claim in other.manifest()["claims"]} == {str(file.path) for file in result.files}


def test_the_manifest_of_a_finished_batch_is_that_of_an_unbroken_run(agency: Any, tmp_path: Any) -> None:
    _pending(agency)
    agency.bill(0, COUNT)
    unbroken = agency.anew(tmp_path / "unbroken")

    unbroken.bill(0, COUNT)

    assert (agency.out / "manifest.json").read_bytes() == (unbroken.out / "manifest.json").read_bytes()
