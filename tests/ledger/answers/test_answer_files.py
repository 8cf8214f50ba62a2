"""Files that payers send, from their text into the ledger."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import attrs
import payer
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from office import Office, sent
from payer import (
    Decision,
    Paid,
    SentLine,
    ack277,
    ack999,
    denied,
    reduced,
    remit,
    ta1,
)
from shared import SAMPLES, needs_shared

from peerbill.ledger.answers.eob import COLUMNS
from peerbill.ledger.answers.posting import refuse_unreadable
from peerbill.ledger.look.history import reading
from peerbill.ledger.verify import verify
from peerbill.model import sent_claim
from peerbill.model.errors import LedgerError, UnusableInputError


def events(claim: sent_claim.SentClaim) -> list[tuple[str, str, str]]:
    return [(entry.event, entry.state, entry.file) for entry in claim.history]


# ------------------------------------------------------------------------------------------------- files as they come


def test_a_file_of_several_kinds_is_posted_as_one(office: Office) -> None:
    file = sent(office)
    text = "\ufeff" + "\r\n".join((ta1(file), ack999(file), ack277(file), "ISA")).removesuffix("ISA")

    posted = office.post(text)

    assert (posted.kinds, posted.transactions, posted.matched) == (["TA1", "999", "277CA"], 3, 6)


def test_files_that_are_no_x12_are_refused_before_any_is_posted(office: Office) -> None:
    good = office.file(ack999(sent(office)))
    bad, empty = office.file("claim,paid\n1,2\n", "paid.csv"), office.file("", "empty")

    with pytest.raises(UnusableInputError) as refused:
        refuse_unreadable([(str(path), path) for path in (good, bad, empty, office.folder / "none")])

    assert str(refused.value).splitlines() == [
        f"{bad}: no transaction set in it. Give a whole X12 file, from ISA to IEA, or a CSV with the columns "
        + ",".join(COLUMNS),
        f"{empty}: no transaction set in it. Give a whole X12 file, from ISA to IEA",
        f"{office.folder / 'none'}: No such file or directory. Give the path of a file that a payer sent",
        "Nothing was posted",
    ]
    refuse_unreadable([(str(good), good)])


def test_a_claim_file_is_told_to_be_no_answer(office: Office) -> None:
    sent(office)
    (path,) = (office.folder / "out").glob("*.837")
    before = office.rows()

    posted = office.post(path.read_bytes())

    assert (posted.kinds, posted.transactions) == ([], 0)
    assert posted.problems[0] == "segment 3: this is a claim file, not an answer to one. It was left out"
    assert office.rows() == before


def test_bytes_that_are_no_text_are_kept_out_of_the_ledger(office: Office) -> None:
    file = sent(office, 1)
    text = remit(file, [Decision(file.claims[0])]).replace("EFT1", "EFT\x00")

    assert office.post(text.encode().replace(b"DOE", b"D\xff\xfeE")).matched == 1


def test_nothing_changes_where_the_audit_trail_cannot_be_written(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = sent(office)
    before, states = office.rows(), office.states()

    def full(*_: object) -> None:
        raise sa.exc.OperationalError("", {}, OSError("disk full"))

    monkeypatch.setattr("peerbill.ledger.store.trail.copy_rows", full)
    for text in (ta1(file, "R"), ack277(file), remit(file, [Decision(claim) for claim in file.claims])):
        with pytest.raises(LedgerError, match="cannot be used"):
            office.post(text)

    assert (office.rows(), office.states()) == (before, states)


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory, empty_ledger: Path) -> Office:
    folder = tmp_path_factory.mktemp("sampled")
    shutil.copy(empty_ledger, folder)
    office = Office(folder)
    sent(office)
    return office


KILLED = """
import os, sys
from pathlib import Path
import sqlalchemy as sa
from peerbill.ledger.send.runs import bill_run
from peerbill.ledger.store.ledger import open_ledger
from peerbill.ledger.verify import verify
from peerbill.ledger.answers.posting import post_answers

folder, answer = map(Path, sys.argv[1:3])
with bill_run(open_ledger(sys.argv[3], folder)) as run:
    sa.event.listen(sa.Engine, "commit", lambda connection: os._exit(137))
    post_answers(run, answer)
"""


def test_a_process_that_is_killed_while_it_posts_leaves_nothing_behind(office: Office) -> None:
    file = sent(office)
    answer = office.file(remit(file, [Decision(claim) for claim in file.claims]))
    before, states = office.rows(), office.states()

    killed = subprocess.run([sys.executable, "-c", KILLED, office.folder, answer, office.url], check=False)

    assert killed.returncode == 137
    assert (office.rows(), office.states()) == (before, states)
    assert office.post(answer.read_bytes()).matched == 2


@needs_shared
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.*")), ids=lambda path: path.name)
def test_the_samples_of_others_are_read_without_harm(sampled: Office, path: Path) -> None:
    before = sampled.states()

    first = sampled.post(path.read_bytes(), path.name)
    second = sampled.post(path.read_bytes(), path.name)

    assert first.matched == second.matched == 0
    assert sampled.states() == before
    if "835" in path.name and not first.problems:
        assert first.unmatched


@examples(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_the_order_and_number_of_files_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, empty_ledger: Path, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("office")
    shutil.copy(empty_ledger, folder)
    office = Office(folder)
    file = sent(office, 6)
    one, two, three, four, five, six = file.claims
    texts = [
        ack999(file),
        # Each claim is either answered or paid, or answered before it is paid.
        ack277(
            attrs.evolve(file, claims=(one, two, three)), lambda claim: "A3:21" if claim is one else "A2:20", control=2
        ),
        remit(file, [Decision(two, reduced), Decision(three, denied), Decision(four)], "EFT1"),
        remit(
            file, [Decision(five), payer.reversal(five), Decision(five, denied), Decision(six, payer.in_half)], "EFT2"
        ),
    ]
    order = data.draw(st.lists(st.sampled_from(range(4)), max_size=4))
    order += data.draw(st.permutations(range(4)))

    for number in order:
        office.post(texts[number])

    ids = [claim.claim_id for claim in file.claims]
    expected = ["rejected-payer", "paid", "denied", "paid", "denied", "partly-paid"]
    assert office.states() == dict(zip(ids, expected, strict=True))
    paid = [claim.paid for claim in office.claims().values()]
    assert paid == [0, Decimal("38.40"), 0, 48, 0, 24]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE adjustments SET reason = '1'", "payments of answer-1.x12 are not what was posted"),
        ("UPDATE remittances SET paid_on = '2026-01-01'", "payments of answer-1.x12 are not what was posted"),
        ("DELETE FROM adjustments", "payments of answer-1.x12 are not what was posted"),
        ("UPDATE answers SET sha256 = 'x'", "the answers of answer-1.x12 are not in the ledger as they were posted"),
    ],
)
def test_what_somebody_edits_in_a_remittance_is_found(office: Office, statement: str, told: str) -> None:
    file = sent(office)
    office.post(remit(file, [Decision(claim, reduced) for claim in file.claims]))

    with office.ledger().engine.connect() as connection:
        transaction = connection.begin()
        connection.exec_driver_sql(statement)
        first, *others = verify(connection).problems
        transaction.rollback()

    assert first.message.startswith(told)
    assert "seal" in {problem.kind for problem in others}


def _part_owed(line: SentLine) -> Paid:
    return Paid(line.charge / 2, (("PR", "2", line.charge / 4), ("CO", "45", line.charge / 4)))


def _as_rows(decisions: Sequence[Decision], *, by_line: bool) -> str:
    """Return decisions as a person enters them from paper, for the whole claim or line by line."""
    rows = ["claim_id,line_id,paid_on,paid,adjustments,trace,payer_control_number,status"]
    for one in decisions:
        status = "reversed" if one.sign < 0 else "denied" if one.pay is denied else "paid"
        of_lines = [(line.line_id, one.pay(line)) for line in one.claim.lines]
        for line_id, paid in of_lines if by_line else [("", paid) for _, paid in of_lines]:
            cuts = ";".join(f"{group}:{reason}:{amount * one.sign}" for group, reason, amount in paid.adjustments)
            number = payer.icn(one.claim.claim_id)
            rows.append(
                f"{one.claim.claim_id},{line_id},2026-04-20,{paid.amount * one.sign},{cuts},EFT1,{number},{status}"
            )
    return "\n".join(rows)


@examples(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    payments=st.lists(st.sampled_from([payer.in_full, reduced, denied, _part_owed]), min_size=4, max_size=4),
    taken_back=st.sets(st.integers(0, 3)),
    by_line=st.booleans(),
)
def test_what_is_entered_by_hand_is_what_an_835_of_the_same_decisions_makes(
    tmp_path_factory: pytest.TempPathFactory,
    empty_ledger: Path,
    payments: list[Callable[[SentLine], Paid]],
    taken_back: set[int],
    by_line: bool,
) -> None:
    results = []
    for entered in (False, True):
        folder = tmp_path_factory.mktemp("office")
        shutil.copy(empty_ledger, folder)
        office = Office(folder)
        file = sent(office, 4)
        decisions = [
            Decision(claim, pay, "4" if pay is denied else "1")
            for claim, pay in zip(file.claims, payments, strict=True)
        ]
        decisions += [payer.reversal(file.claims[number], payments[number]) for number in sorted(taken_back)]
        posted = office.post(_as_rows(decisions, by_line=by_line) if entered else remit(file, decisions))
        assert posted.settled, posted
        results.append(
            {
                id_: (
                    claim.state,
                    claim.paid,
                    claim.payer_control_number,
                    sorted(claim.adjustments + tuple(cut for line in claim.lines for cut in line.adjustments), key=str),
                )
                for id_, claim in office.claims().items()
            }
        )
        with reading(office.url, folder) as connection:
            assert connection is not None
            assert verify(connection).problems == ()

    assert results[0] == results[1]
