"""Questions about enrolment in the ledger: asked whole or not at all, answered once, and never in a bill run's way."""

import datetime as dt
import hashlib
import os
import stat
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import databases
import pytest
from strategies import AS_OF, PAYER, SETTINGS

from peerbill.ledger.send.eligibility import eligibility_batch, load_eligibility, read_eligibility, record_eligibility
from peerbill.ledger.send.files import SentFile
from peerbill.ledger.send.runs import bill_run
from peerbill.ledger.store import disk
from peerbill.ledger.store.ledger import Ledger, open_ledger
from peerbill.model.claim import Address, Subscriber
from peerbill.model.enrolment import Enrolment, Question
from peerbill.model.errors import LedgerError
from peerbill.model.payer_answers import Benefit, EligibilityAnswer, Refusal
from peerbill.model.records import Settings
from peerbill.x12.write.write270 import write_interchange

MEMBER = Subscriber("123456789012", "Lane", "Alex", dt.date(1988, 4, 2), "M", Address())
OTHER = attrs.evolve(PAYER, key="amber", name="Amber", id="EXAMPLE03")
BOTH = attrs.evolve(SETTINGS, payers={"horizon": PAYER, "amber": OTHER})


def question(number: int, payer: str = "horizon") -> Question:
    return Question(f"M{number}", payer, MEMBER, dt.date(2026, 3, 2), dt.date(2026, 3, 30))


THREE = (question(1), question(2), question(3, "amber"))


@attrs.frozen
class Agency:
    """A ledger's address, and the folder of its agency."""

    url: str
    folder: Path

    @property
    def out(self) -> Path:
        """Return where the files of questions go."""
        return self.folder / "out"

    def ledger(self) -> Ledger:
        """Open the ledger."""
        return open_ledger(self.url, self.folder, tag=databases.TAG, who="biller")

    def asked(self) -> tuple[Enrolment, ...]:
        """Return what the ledger holds."""
        return read_eligibility(self.url, self.folder)

    def anew(self, name: str) -> "Agency":
        """Return an agency in a folder of its own, which has asked nothing. In PostgreSQL, this one's is gone then."""
        if not self.url.startswith("sqlite"):
            databases.clear(self.url)
        (self.folder / name).mkdir()
        return attrs.evolve(self, folder=self.folder / name)


@pytest.fixture
def agency(tmp_path: Path, ledger_url: str) -> Agency:
    """Return an agency; the test runs on both databases."""
    return Agency(ledger_url, tmp_path)


def ask(agency: Agency, *questions: Question, within: Settings = BOTH) -> tuple[SentFile, ...]:
    with bill_run(agency.ledger()) as run:
        return eligibility_batch(
            run, agency.out, settings=within, as_of=AS_OF, questions=questions, write=write_interchange
        )


def names(agency: Agency) -> list[str]:
    return sorted(path.name for path in agency.out.iterdir())


def rows(agency: Agency, statement: str) -> list[tuple[Any, ...]]:
    with agency.ledger().engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def answer(agency: Agency, *answers: EligibilityAnswer) -> tuple[tuple[Enrolment, ...], tuple[str, ...]]:
    with agency.ledger().changing() as connection:
        return record_eligibility(connection, answers, dt.date(2026, 4, 2), at="2026-04-02", who="biller", file="a.271")


def test_a_file_per_payer_and_a_row_per_question(agency: Agency) -> None:
    files = ask(agency, *THREE)

    assert names(agency) == ["20260331-TEST-000001-001-amber.270", "20260331-TEST-000001-002-horizon.270"]
    assert [(file.payer, file.isa13, file.sha256) for file in files] == [
        (file.payer, at, hashlib.sha256(file.path.read_bytes()).hexdigest())
        for at, file in enumerate(files, databases.FIRST)
    ]
    assert {stat.S_IMODE(file.path.stat().st_mode) for file in files} == {0o600}
    assert [one.trace for one in agency.asked()] == ["EQTEST00000001", "EQTEST00000002", "EQTEST00000003"]
    assert agency.asked()[1] == Enrolment("EQTEST00000002", "M1", "horizon", dt.date(2026, 3, 2), dt.date(2026, 3, 30))
    assert "~TRN*1*EQTEST00000002*9221234567~" in files[1].path.read_text()
    assert rows(agency, "SELECT state, transaction_type FROM files") == [("confirmed", "270")] * 2
    assert rows(agency, "SELECT state FROM batches") == [("confirmed",)]
    assert rows(agency, "SELECT who, event, file, detail FROM events WHERE event <> 'sealed' ORDER BY number") == [
        ("biller", "asked", "20260331-TEST-000001-001-amber.270", "270 to amber, 1 question"),
        ("biller", "asked", "20260331-TEST-000001-002-horizon.270", "270 to horizon, 2 questions"),
    ]


def test_control_numbers_and_traces_go_on(agency: Agency) -> None:
    ask(agency, question(1))
    (file,) = ask(agency, question(2))

    assert (file.path.name, file.isa13) == ("20260331-TEST-000002-001-horizon.270", databases.FIRST + 1)
    assert [one.trace for one in agency.asked()] == ["EQTEST00000001", "EQTEST00000002"]


def test_nothing_to_ask_leaves_nothing(agency: Agency) -> None:
    assert ask(agency) == ()
    assert names(agency) == []
    assert rows(agency, "SELECT count(*) FROM batches") == [(0,)]


def test_a_ledger_that_is_not_there_has_no_questions(agency: Agency) -> None:
    assert agency.asked() == ()
    assert list(agency.folder.iterdir()) == []


def test_what_cannot_be_written_is_not_asked(agency: Agency) -> None:
    (agency.out).mkdir()
    (agency.out / "20260331-TEST-000001-002-horizon.270").touch()
    with pytest.raises(LedgerError, match="is in the way"):
        ask(agency, *THREE)
    assert names(agency) == ["20260331-TEST-000001-002-horizon.270"]
    (agency.out / "20260331-TEST-000001-002-horizon.270").unlink()
    with pytest.raises(ValueError, match="the writer failed"):
        ask_badly(agency)

    assert names(agency) == []
    assert agency.asked() == ()


def ask_badly(agency: Agency) -> None:
    def write(*given: Any) -> Iterator[str]:
        yield next(iter(write_interchange(*given)))
        raise ValueError("the writer failed")

    with bill_run(agency.ledger()) as run:
        eligibility_batch(run, agency.out, settings=BOTH, as_of=AS_OF, questions=THREE, write=write)


def killed(agency: Agency, at: int) -> bool:
    """Ask in a process that dies at its step `at` (a write, sync or rename); tell whether it died."""
    with warnings.catch_warnings(action="ignore"):  # a worker of the tests has threads; the child uses none
        child = os.fork()
    if not child:
        steps = 0

        def dying(function: Callable[..., Any]) -> Callable[..., Any]:
            def step(*arguments: Any, **more: Any) -> Any:
                nonlocal steps
                steps += 1
                if steps == at:
                    os._exit(137)
                return function(*arguments, **more)

            return step

        for name in ("write_synced", "sync_folder", "give_name"):
            setattr(disk, name, dying(getattr(disk, name)))
        try:
            ask(agency, *THREE)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (0, 137)
    return os.waitstatus_to_exitcode(status) == 137


def test_a_run_killed_at_any_step_is_finished_or_forgotten_by_the_next(agency: Agency) -> None:
    at = 0
    seen = set()
    while True:
        at += 1
        here = agency.anew(str(at))
        died = killed(here, at)
        recorded = here.asked()
        files = ask(here, *(() if recorded else THREE))

        assert len(files) == (2 if died else 0)
        assert names(here) == ["20260331-TEST-000001-001-amber.270", "20260331-TEST-000001-002-horizon.270"]
        assert [one.member_id for one in here.asked()] == ["M3", "M1", "M2"]
        assert rows(here, "SELECT state FROM files UNION SELECT state FROM batches") == [("confirmed",)]
        seen.add((died, bool(recorded)))
        if not died:
            break

    assert seen == {(True, False), (True, True), (False, True)}


def test_a_stopped_bill_run_is_finished_first(agency: Agency) -> None:
    ask(agency, question(1))
    with agency.ledger().changing() as connection:
        connection.exec_driver_sql("UPDATE batches SET state = 'pending'")
        connection.exec_driver_sql("UPDATE files SET state = 'pending', transaction_type = '837P'")

    with pytest.raises(LedgerError, match="a bill run was stopped: run peerbill bill to finish it, then ask"):
        ask(agency, question(2))
    assert len(agency.asked()) == 1


def test_a_lost_file_was_not_asked_when_that_is_said(agency: Agency) -> None:
    (file,) = ask(agency, question(1))
    file.path.unlink()
    with agency.ledger().changing() as connection:
        connection.exec_driver_sql("UPDATE batches SET state = 'pending'")
        connection.exec_driver_sql("UPDATE files SET state = 'pending'")
    with bill_run(agency.ledger(), undo_lost=True):
        pass

    assert agency.asked() == ()
    (again,) = ask(agency, question(1))
    assert again.isa13 == databases.FIRST + 1


def _of(number: int) -> Question:
    """Return a question about a member with a subscriber id of their own."""
    return attrs.evolve(question(number), subscriber=attrs.evolve(MEMBER, subscriber_id=f"90000{number}"))


def _parties(agency: Agency) -> tuple[str, str]:
    (row,) = rows(agency, "SELECT DISTINCT sender, receiver FROM files")
    return row[0], row[1]


def _said(agency: Agency, one: EligibilityAnswer, parties: tuple[str, str]) -> list[str]:
    """Return the members about whom an answer was taken."""
    with agency.ledger().changing() as connection:
        found, _ = record_eligibility(
            connection, [one], dt.date(2026, 4, 2), at="2026-04-02", who="biller", file="a.271", parties=parties
        )
    return [one.member_id for one in found]


ACTIVE = (Benefit("1", ("30",)),)


@pytest.mark.parametrize(
    ("changes", "members"),
    [
        ({}, ["M2"]),
        ({"trace": "93175-012547"}, ["M2"]),
        ({"subscriber_id": "900-002"}, ["M2"]),
        ({"first_day": dt.date(2026, 3, 30), "last_day": dt.date(2026, 4, 30)}, ["M2"]),
        ({"first_day": dt.date(2026, 3, 31), "last_day": dt.date(2026, 4, 30)}, []),
        ({"first_day": dt.date(2026, 1, 1), "last_day": dt.date(2026, 3, 1)}, []),
        ({"subscriber_id": "900009"}, []),
        ({"subscriber_id": ""}, []),
    ],
)
def test_an_answer_without_our_number_finds_the_only_open_question_about_the_member(
    agency: Agency, changes: dict[str, Any], members: list[str]
) -> None:
    ask(agency, _of(1), _of(2))
    said = attrs.evolve(EligibilityAnswer("", "900002", "P", ACTIVE), **changes)

    assert _said(agency, said, _parties(agency)) == members


def test_an_answer_without_our_number_is_not_taken_where_it_could_mean_two_or_none(agency: Agency) -> None:
    ask(agency, _of(1))
    ask(agency, _of(1))
    said = EligibilityAnswer("", "900001", "P", ACTIVE)
    parties = _parties(agency)
    first, second = agency.asked()

    assert _said(agency, said, ("OTHER", parties[1])) == []
    assert _said(agency, said, parties) == []
    assert _said(agency, attrs.evolve(said, trace=first.trace), parties) == ["M1"]
    assert _said(agency, said, parties) == ["M1"]  # one question is open
    assert [one.state for one in agency.asked()] == ["active", "active"]
    assert _said(agency, said, parties) == []  # none is
    assert second.state == "asked"


def test_our_number_in_an_answer_about_somebody_else_between_others_is_not_ours(agency: Agency) -> None:
    ask(agency, _of(1))
    (asked,) = agency.asked()
    parties = _parties(agency)
    said = EligibilityAnswer(asked.trace, "777777", "P", ACTIVE)

    assert _said(agency, said, ("OTHER", "PAYER")) == []
    assert _said(agency, said, parties) == ["M1"]  # a payer may correct the id
    assert _said(agency, attrs.evolve(said, subscriber_id="900001"), ("OTHER", "PAYER")) == ["M1"]


def test_what_the_payer_wants_is_kept_with_the_reason(agency: Agency) -> None:
    ask(agency, _of(1))
    (asked,) = agency.asked()
    refusals = (Refusal("2100C", "42", "R"), Refusal("2100C", "75"))

    (said,), _ = answer(agency, EligibilityAnswer(asked.trace, "900001", "P", refusals=refusals))

    assert (said.reasons, said.actions) == (("42", "75"), ("R", ""))
    assert agency.asked() == (said,)


def test_an_answer_finds_its_question_and_a_later_one_takes_its_place(agency: Agency) -> None:
    ask(agency, *THREE)
    refused = EligibilityAnswer("EQTEST00000002", "1", "P", refusals=(Refusal("2100C", "42"), Refusal("2100C", "75")))
    active = EligibilityAnswer(
        "EQTEST00000002",
        "1",
        "P",
        (Benefit("1", ("30",), last_day=dt.date(2026, 3, 15)), Benefit("MC", payer_name="OTHER PLAN")),
    )
    unknown = EligibilityAnswer("93175-012547", "1")
    (first,), unmatched = answer(agency, refused, unknown)

    assert unmatched == ("93175-012547",)
    assert (first.member_id, first.state, first.reasons) == ("M1", "refused", ("42", "75"))
    assert agency.asked()[1] == first
    (second,), unmatched = answer(agency, active)
    assert unmatched == ()
    assert agency.asked()[1] == second
    assert second == Enrolment(
        "EQTEST00000002",
        "M1",
        "horizon",
        dt.date(2026, 3, 2),
        dt.date(2026, 3, 30),
        "active",
        None,
        dt.date(2026, 3, 15),
        dt.date(2026, 4, 2),
        "OTHER PLAN",
    )
    assert rows(agency, "SELECT file, detail FROM events WHERE event = 'eligibility' ORDER BY number") == [
        ("a.271", "EQTEST00000002: refused"),
        ("a.271", "EQTEST00000002: active"),
    ]
    with agency.ledger().engine.connect() as connection:
        assert load_eligibility(connection) == agency.asked()
