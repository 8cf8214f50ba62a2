"""One live original per encounter at most, in the ledger and at the payer, whatever happens in whatever order.

A state machine sends, is stopped, tries again, voids, replaces, releases, writes off and edits, while a payer of our
own answers what it received. The audit, the 837 writer, the answers' readers and the ledger are the real ones; only
syncing is left out, for time.
"""

# ruff: noqa: D102 - the name of a rule says what happens, that of an invariant what holds

import contextlib
import datetime as dt
import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import databases
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from payer import (
    Decision,
    Paid,
    SentClaim,
    SentFile,
    SentLine,
    ack277,
    ack999,
    denied,
    in_full,
    receive,
    remit,
    reversal,
    ta1,
)
from thorough import EVERYTHING
from worlds import World, make_world

from peerbill.checks.audit import audit
from peerbill.claims.build import build_claims
from peerbill.claims.corrections import CorrectionPlan, claims_as_sent, plan_replacements, plan_voids
from peerbill.coding.settled import unchanged
from peerbill.ledger.answers.posting import post_file
from peerbill.ledger.corrections import Refused, known_claims, read_families, release, write_off
from peerbill.ledger.look.claims import read_claims
from peerbill.ledger.look.history import load_history, load_unchanged
from peerbill.ledger.modes import end_tests
from peerbill.ledger.send import runs
from peerbill.ledger.send.lost_files import find_unanswered, write_again
from peerbill.ledger.send.runs import BillRun, bill_batch, bill_run
from peerbill.ledger.send.withdrawals import plan_withdrawals, withdraw
from peerbill.ledger.store import counters, disk, trail
from peerbill.ledger.store.ledger import Ledger, open_ledger
from peerbill.model.claim import Claim, Payer
from peerbill.model.encounter import Encounter
from peerbill.model.errors import LedgerError
from peerbill.model.records import Settings
from peerbill.x12.read.answers import read_transactions
from peerbill.x12.write.write837 import write_interchange

STEPS = 50
MOST = 5_000 if EVERYTHING else 450

PICK = st.integers(0, 255)
REJECTS = st.sampled_from([False, False, False, True])
ACTIONS = ("void", "replace")
ZERO = Decimal(0)
Done = tuple[list[str], list[Refused]]
EDITS = ("as it was", "longer", "elsewhere", "unsigned", "gone")
FOREIGN = ("TA1", "999", "277CA", "277CA of all", "835", "835 to others", "835 of the next payer", "predetermination")
POINTS = ("write", "sync", "insert", "count", "rename", "manifest", "confirm")
AFTER_COMMIT = {"rename", "manifest", "confirm"}


def agreed(line: SentLine) -> tuple[tuple[str, str, Decimal], ...]:
    """Return the adjustment of a line on which nothing is paid, and nothing denied."""
    return (("CO", "45", line.charge),)


class StoppedError(RuntimeError):
    """The process dies here."""


def _world() -> World:
    """Return two members on two days: E1 and E2 are one line, as are E4 and E5."""
    encounters = {
        "E1": {"start": "2026-03-02T10:00", "end": "2026-03-02T10:45"},
        "E2": {"start": "2026-03-02T13:00", "end": "2026-03-02T13:45"},
        "E3": {"start": "2026-03-03T10:00", "end": "2026-03-03T10:45"},
        "E4": {"start": "2026-03-02T15:00", "end": "2026-03-02T15:45", "member_id": "M2", "plan_id": "P2"},
        "E5": {"start": "2026-03-02T17:00", "end": "2026-03-02T17:45", "member_id": "M2", "plan_id": "P2"},
        "E6": {"start": "2026-03-04T10:00", "end": "2026-03-04T10:45", "member_id": "M2", "plan_id": "P2"},
    }
    note = {"like": "E1", "created_at": "2026-03-10T16:00", "signed_at": "2026-03-10T16:10"}
    return make_world({"encounters": {id_: {**note, **cells} for id_, cells in encounters.items()}})


WORLD = _world()
ENCOUNTERS = {one.encounter_id: one for one in WORLD.records.encounters}
SETTINGS: Settings = WORLD.records.settings
TESTING = attrs.evolve(
    SETTINGS, payers={key: attrs.evolve(payer, mode="test") for key, payer in SETTINGS.payers.items()}
)
KNOWN: dict[str, Any] = {"npis": SETTINGS.npis, "payers": SETTINGS.payers}


def _edited(one: Encounter, edit: str) -> Encounter | None:
    assert one.start is not None
    match edit:
        case "as it was":
            return ENCOUNTERS[one.encounter_id]
        case "longer":
            return attrs.evolve(one, end=one.start + dt.timedelta(minutes=60))
        case "elsewhere":
            return attrs.evolve(one, place="12")
        case "unsigned":
            return attrs.evolve(one, signed_by=())
        case _:
            return None


@attrs.define
class Received:
    """A claim at the payer. `status`: pending, rejected, accepted, paid, denied, reversed, replaced or voided."""

    sent: SentClaim
    file: SentFile
    encounters: frozenset[str]
    root: str
    replaces: str
    status: str = "pending"
    cut: bool = False

    @property
    def lives(self) -> bool:
        """Whether the payer has, or will have, an original of its encounters by this claim."""
        return self.sent.frequency != "8" and self.status in {"pending", "accepted", "paid"}


COUNTED: Counter[str] = Counter()


def _of_others(one: Received) -> SentFile:
    """Return a file of another agency that has the numbers of ours: another sender, other members and days."""
    lines = [tuple(attrs.evolve(line, day="20250115") for line in claim.lines) for claim in one.file.claims]
    claims = [
        attrs.evolve(claim, subscriber_id="999999999", lines=of_claim)
        for claim, of_claim in zip(one.file.claims, lines, strict=True)
    ]
    return attrs.evolve(one.file, sender="OTHER9", submitter="OTHER9", npi="1679576722", claims=tuple(claims))


@attrs.frozen
class Place:
    """A ledger that serves one machine after another: what is compiled for it, and its connections, are kept."""

    ledger: Ledger
    folder: Path
    raw: Any
    """A connection of the driver's own, on which each statement stands alone."""
    empty: Callable[[], object]

    def close(self) -> None:
        """Let go of the connections."""
        self.raw.close()
        self.ledger.engine.dispose()


def _on_sqlite(folder: Path) -> Place:
    ledger = open_ledger(databases.SQLITE, folder, who="tester")
    assert ledger.place.file is not None
    template = sqlite3.connect(shutil.copy(ledger.place.file, folder / "empty.db"), check_same_thread=False)
    raw = sqlite3.connect(ledger.place.file, isolation_level=None, check_same_thread=False)
    for pragma in ("foreign_keys = ON", "synchronous = OFF", "journal_mode = MEMORY"):
        raw.execute(f"PRAGMA {pragma}")
    engine = sa.create_engine("sqlite://", creator=lambda: raw, poolclass=sa.pool.StaticPool)
    sa.event.listen(engine, "begin", lambda begun: begun.exec_driver_sql("BEGIN IMMEDIATE"))
    return Place(attrs.evolve(ledger, engine=engine), folder, raw, lambda: template.backup(raw))


def _on_postgresql(url: str, folder: Path) -> Place:
    ledger = open_ledger(url, folder, who="tester")
    engine = databases.lasting_engine(ledger.place.url)
    raw = sa.create_engine(ledger.place.url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool).raw_connection()
    raw.driver_connection.autocommit = True  # type: ignore[union-attr]  # it is open

    def empty() -> None:
        databases.clear(url)
        with engine.begin() as connection:
            trail.begin_seals(connection, ledger.now(), ledger.who)

    return Place(attrs.evolve(ledger, engine=engine), folder, raw, empty)


class Standing(RuleBasedStateMachine):
    """An agency, its ledger, and a payer that keeps what it received."""

    place: Place

    def __init__(self) -> None:
        super().__init__()
        self.place.empty()
        self.out = Path(tempfile.mkdtemp(dir=self.place.folder)) / "out"
        self.ledger = self.place.ledger
        self.encounters: dict[str, Encounter] = dict(ENCOUNTERS)
        self.claims: dict[str, Claim] = {}
        self.received: dict[str, Received] = {}
        self.delivered: set[str] = set()
        self.answers: list[str] = []
        self.lost = False
        self.changed = True
        self.control = 0

    def teardown(self) -> None:
        shutil.rmtree(self.out.parent)

    # --- what the agency does ---------------------------------------------------------------------------------------

    def write(
        self, claims: Sequence[Claim], payer: Payer, settings: Settings, as_of: dt.date, isa13: int
    ) -> Iterable[str]:
        self.claims.update({claim.claim_id: claim for claim in claims})
        return write_interchange(claims, payer, settings, as_of, isa13)

    @contextlib.contextmanager
    def run(self) -> Iterator[BillRun]:
        """Hold the ledger; what a stopped run left is finished, or undone where its file is lost."""
        if self.lost:
            with pytest.raises(LedgerError, match="is gone"), bill_run(self.ledger):
                pass
        with bill_run(self.ledger, undo_lost=self.lost) as run:
            self.lost = False
            yield run

    def bill(self) -> int:
        """Bill what passes, as the command does; return how many files were made."""
        with self.run() as run:
            records, history = self.records(), run.history()
            with self.ledger.engine.connect() as connection:
                assert load_unchanged(connection, records.encounters) == unchanged(records.encounters, history)
            result = audit(records, WORLD.policies, WORLD.as_of, history)
            batch = bill_batch(
                run,
                self.out,
                settings=SETTINGS,
                as_of=WORLD.as_of,
                billable=result.billable,
                build=lambda ids: build_claims(result.billable, records, ids),
                write_interchange=self.write,
            )
        return 0 if batch.batch_id is None else len(batch.files)

    def correct(self, action: str, claim_ids: Sequence[str]) -> CorrectionPlan:
        """Void or replace, as the commands do."""
        with self.run() as run:
            with self.ledger.engine.connect() as connection:
                standings = list(read_families(connection, known_claims(connection, claim_ids)[0].values()))
                if action == "void":
                    plan = plan_voids(standings, self.records(), WORLD.as_of)
                else:
                    history = load_history(connection)
                    plan = plan_replacements(standings, self.records(), WORLD.policies, WORLD.as_of, history)
            if plan.corrections:
                bill_batch(
                    run,
                    self.out,
                    settings=SETTINGS,
                    as_of=WORLD.as_of,
                    billable=plan.billable,
                    build=plan.claims,
                    write_interchange=self.write,
                )
        return plan

    def records(self) -> Any:
        return attrs.evolve(WORLD.records, encounters=tuple(self.encounters.values()))

    def known(self) -> list[str]:
        return [row[0] for row in self.rows("SELECT claim_id FROM claims ORDER BY claim_id")]

    def chosen(self, pick: int) -> str:
        """Return a claim, those of rare states as often as the others."""
        groups: dict[tuple[str, str], list[str]] = {}
        for claim_id, *kind in self.rows("SELECT claim_id, state, frequency FROM claims ORDER BY claim_id DESC"):
            groups.setdefault((kind[0], kind[1]), []).append(claim_id)
        group = groups[sorted(groups)[pick % len(groups)]]
        return group[pick // len(groups) % len(group)]

    def rows(self, query: str) -> list[Any]:
        cursor = self.place.raw.cursor()
        cursor.execute(query)
        found: list[Any] = cursor.fetchall()
        return found

    def deliver(self) -> None:
        """Hand every whole file to the payer, once."""
        for path in sorted(self.out.glob("*.837")):
            if path.name in self.delivered:
                continue
            self.delivered.add(path.name)
            file = receive(path.read_text())
            assert all(file.isa13 != one.file.isa13 for one in self.received.values())
            for sent in file.claims:
                claim = self.claims[sent.claim_id]
                assert sent.claim_id not in self.received
                before = self.received.get(claim.replaces)
                ids = frozenset(id_ for line in claim.lines for id_ in line.encounter_ids)
                root = before.root if before is not None else sent.claim_id
                self.received[sent.claim_id] = Received(sent, file, ids, root, claim.replaces)

    @rule(twice=st.booleans())
    @precondition(lambda self: self.changed)
    def bills(self, twice: bool) -> None:
        self.bill()
        self.deliver()
        self.changed = False
        if twice:
            assert self.bill() == 0

    @rule(point=st.sampled_from(POINTS), again=st.integers(0, 1), lose=st.booleans(), action=PICK)
    def is_stopped(self, point: str, again: int, lose: bool, action: int) -> None:
        """Die in the middle of a batch; perhaps somebody clears the folder before the file is sent."""
        before = {path.name for path in self.out.glob("*.837")}
        known = self.known()
        commands: list[Callable[[], object]] = [self.bill]
        if known:
            one = self.chosen(action)
            commands += [lambda: self.correct("void", [one]), lambda: self.correct("replace", [one])]
        with _stopping(point, again) as stopped, contextlib.suppress(StoppedError):
            commands[action % len(commands)]()
        pending = self.rows("SELECT name, temporary FROM files WHERE state = 'pending'")
        if stopped and lose and pending:
            for name, temporary in pending:
                if name not in before:
                    (self.out / name).unlink(missing_ok=True)
                    (self.out / temporary).unlink(missing_ok=True)
                    self.lost = True
        self.changed = True
        self.deliver()

    @rule(pick=PICK, action=st.sampled_from(ACTIONS), edit=st.sampled_from(EDITS), twice=st.booleans())
    @precondition(lambda self: self.at_payer("accepted", "paid", "denied"))
    def edits_and_corrects(self, pick: int, action: str, edit: str, twice: bool) -> None:
        """Correct what the payer has, after one of its encounters was edited."""
        has = [one for one in self.at_payer("accepted", "paid", "denied") if one.encounters]
        if has:
            one = has[pick % len(has)]
            ids = sorted(one.encounters)
            self.edit(ids[pick % len(ids)], edit)
            self.correct_one(action, one.sent.claim_id, twice=twice)

    @rule(pick=PICK, action=st.sampled_from(ACTIONS), twice=st.booleans())
    @precondition(lambda self: self.known())
    def corrects(self, pick: int, action: str, twice: bool) -> None:
        """Correct any claim, or all of them, whether that may be or not."""
        if pick % 8:
            self.correct_one(action, self.chosen(pick), twice=twice)
        else:
            self.changed = True
            self.correct(action, self.known())
            self.deliver()

    def correct_one(self, action: str, claim_id: str, *, twice: bool) -> None:
        self.changed = True
        self.correct(action, [claim_id])
        self.deliver()
        if twice:
            assert self.correct(action, [claim_id]).corrections == ()

    @rule(pick=PICK, twice=st.booleans(), bills=st.booleans())
    @precondition(lambda self: self.known())
    def releases(self, pick: int, twice: bool, bills: bool) -> None:
        claim_id = self.chosen(pick)
        told = claim_id in self.received and self.received[claim_id].status in {"voided", "replaced"}
        self.give(claim_id, lambda run, claim_ids: release(run, claim_ids, confirmed=told), twice=twice)
        if bills:
            self.bill()
            self.deliver()

    @rule(pick=PICK, twice=st.booleans())
    @precondition(lambda self: self.known())
    def writes_off(self, pick: int, twice: bool) -> None:
        self.give(self.chosen(pick), lambda run, claim_ids: write_off(run, claim_ids, "small"), twice=twice)

    @rule(pick=PICK, twice=st.booleans())
    @precondition(lambda self: self.at_payer("pending"))
    def withdraws_what_was_lost(self, pick: int, twice: bool) -> None:
        """Take back a claim that the payer received and lost: it is billed again, and what it corrected stands."""
        waiting = self.at_payer("pending")
        one = waiting[pick % len(waiting)]
        if self.withdraw(one.sent.claim_id):
            one.status = "lost"
            if twice:
                assert self.withdraw(one.sent.claim_id) == []
        self.changed = True

    def withdraw(self, claim_id: str) -> list[str]:
        """Withdraw a claim, as the command does; return what was done."""
        with self.run() as run:
            with self.ledger.engine.connect() as connection:
                claims = list(read_claims(connection, claim_ids=[claim_id]))
                plan = plan_withdrawals(connection, claims, confirmed=True)
            return [claim.claim_id for claim in withdraw(run, plan, "lost").claims]

    @rule()
    def sends_a_test(self) -> None:
        """Send a test file of all that was not sent: a second one is empty, and nothing of it is left in production."""
        with self.run():
            pass  # what a stopped run left is finished, or undone, before
        live = self.rows("SELECT encounter_id, claim_id FROM encounters WHERE standing = 'live'")
        assert self.test() in {0, 1}
        assert self.test() == 0
        with self.run() as run, run.ledger.changing() as connection:
            end_tests(connection, SETTINGS.payers, run.ledger.now(), "")
        assert self.rows("SELECT encounter_id, claim_id FROM encounters WHERE standing = 'live'") == live

    def test(self) -> int:
        """Bill in test mode; return how many files were made."""
        records = attrs.evolve(self.records(), settings=TESTING)
        with self.run() as run:
            result = audit(records, WORLD.policies, WORLD.as_of, run.history(TESTING.test_payers))
            batch = bill_batch(
                run,
                self.out.parent / "tests",
                settings=TESTING,
                as_of=WORLD.as_of,
                billable=result.billable,
                build=lambda ids: build_claims(result.billable, records, ids),
                write_interchange=self.write,
            )
        return 0 if batch.batch_id is None else sum(file.batch_id == batch.batch_id for file in batch.files)

    @rule(pick=PICK)
    @precondition(lambda self: self.delivered)
    def writes_a_file_again(self, pick: int) -> None:
        """Lose a file that was sent, and write it once more: the same bytes, or a refusal where it was answered."""
        names = sorted(self.delivered)
        path = self.out / names[pick % len(names)]
        sent = path.read_bytes()
        with self.run() as run:
            with self.ledger.engine.connect() as connection:
                try:
                    file = find_unanswered(connection, path.name)
                except LedgerError:
                    return
                standings = list(read_families(connection, read_claims(connection, claim_ids=file.claim_ids)))
            path.unlink()
            claims = claims_as_sent(standings, self.records())
            payer = SETTINGS.payers[file.payer]
            write_again(
                run, file, self.out, lambda: write_interchange(claims, payer, SETTINGS, WORLD.as_of, file.isa13)
            )
        assert path.read_bytes() == sent

    def give(self, claim_id: str, command: Callable[[BillRun, list[str]], Done], *, twice: bool) -> None:
        with self.run() as run:
            done = command(run, [claim_id])[0]
            if twice:  # it is listed again, and nothing is done again
                entries = self.rows("SELECT count(*) FROM events")
                assert (command(run, [claim_id])[0], self.rows("SELECT count(*) FROM events")) == (done, entries)
        self.changed = True

    @rule(id_=st.sampled_from(sorted(ENCOUNTERS)), edit=st.sampled_from(EDITS))
    def edits(self, id_: str, edit: str) -> None:
        self.edit(id_, edit)

    def edit(self, id_: str, edit: str) -> None:
        self.changed = True
        edited = _edited(self.encounters.get(id_, ENCOUNTERS[id_]), edit)
        if edited is None:
            self.encounters.pop(id_, None)
        else:
            self.encounters[id_] = edited

    # --- what the payer does ----------------------------------------------------------------------------------------

    def at_payer(self, *statuses: str) -> list[Received]:
        return [one for one in self.received.values() if one.status in statuses]

    def post(self, text: str) -> None:
        with self.run() as run:
            post_file(run, "answer", hashlib.sha256(text.encode()).hexdigest(), read_transactions([text]), **KNOWN)
        self.deliver()

    def answer(self, text: str) -> None:
        self.answers.append(text)
        self.changed = True
        self.post(text)

    def number(self) -> int:
        self.control += 1
        return self.control

    def take_in(self, one: Received) -> None:
        """Accept a claim: a replacement takes the place of the claims before it."""
        one.status = "accepted"
        before = self.received.get(one.replaces)
        while one.sent.frequency == "7" and before is not None:
            before.status = "replaced"
            before = self.received.get(before.replaces)

    @rule(pick=PICK, rejects=REJECTS, group=st.booleans())
    @precondition(lambda self: self.at_payer("pending"))
    def answers_a_file(self, pick: int, rejects: bool, group: bool) -> None:
        waiting = self.at_payer("pending")
        file = waiting[pick % len(waiting)].file
        own = [one for one in self.received.values() if one.file is file]
        if any(one.status != "pending" for one in own):
            return
        if rejects:
            for one in own:
                one.status = "rejected"
        if group:
            sets = {claim.set_number for claim in file.claims} if rejects else ()
            self.answer(ack999(file, sets, control=self.number()))
        else:
            self.answer(ta1(file, "R" if rejects else "A", "025" if rejects else "000", control=self.number()))

    @rule(pick=PICK, rejects=REJECTS)
    @precondition(lambda self: self.at_payer("pending"))
    def answers_a_claim(self, pick: int, rejects: bool) -> None:
        waiting = self.at_payer("pending")
        one = waiting[pick % len(waiting)]
        if rejects:
            one.status = "rejected"
        else:
            self.take_in(one)
        verdict = "A7:21" if rejects else "A2:20"
        id_ = one.sent.claim_id
        text = ack277(one.file, lambda sent: verdict if sent.claim_id == id_ else "", control=self.number())
        self.answer(text)

    @rule(pick=PICK, pays=st.booleans())
    @precondition(lambda self: any(one.sent.frequency != "8" for one in self.at_payer("pending", "accepted")))
    def decides(self, pick: int, pays: bool) -> None:
        waiting = [one for one in self.at_payer("pending", "accepted") if one.sent.frequency != "8"]
        one = waiting[pick % len(waiting)]
        decisions = [Decision(one.sent, in_full if pays else denied, "1" if pays else "4")]
        if pays:
            before = self.received.get(one.replaces)
            if before is not None and before.status == "paid":
                decisions.insert(0, reversal(before.sent))
            self.take_in(one)
        one.status = "paid" if pays else "denied"
        control = self.number()
        self.answer(remit(one.file, decisions, f"EFT{control}", control=control))

    @rule(pick=PICK)
    @precondition(lambda self: self.at_payer("paid"))
    def takes_back(self, pick: int) -> None:
        paid = self.at_payer("paid")
        one = paid[pick % len(paid)]
        one.status = "reversed"
        control = self.number()
        self.answer(remit(one.file, [reversal(one.sent)], f"EFT{control}", control=control))

    @rule(pick=PICK)
    @precondition(lambda self: any(not one.cut for one in self.at_payer("paid")))
    def takes_back_a_part(self, pick: int) -> None:
        paid = [one for one in self.at_payer("paid") if not one.cut]
        one = paid[pick % len(paid)]
        one.cut = True
        line = attrs.evolve(one.sent.lines[0], charge=one.sent.lines[0].charge / 2)
        control = self.number()
        part = attrs.evolve(one.sent, charge=line.charge, lines=(line,))
        self.answer(remit(one.file, [reversal(part)], f"EFT{control}", control=control))

    def open_voids(self) -> list[Received]:
        return [one for one in self.at_payer("accepted") if one.sent.frequency == "8"]

    @rule(pick=PICK)
    @precondition(lambda self: self.open_voids())
    def carries_out_a_void(self, pick: int) -> None:
        voids = self.open_voids()
        void = voids[pick % len(voids)]
        one = self.received[void.replaces]
        void.status = "carried out"
        was_paid, one.status = one.status == "paid", "voided"
        control = self.number()
        decided = reversal(one.sent) if was_paid else Decision(void.sent, lambda line: Paid(ZERO, agreed(line)))
        self.answer(remit(one.file, [decided], f"EFT{control}", control=control))

    @rule(pick=PICK)
    @precondition(lambda self: self.answers)
    def repeats_an_answer(self, pick: int) -> None:
        with self.run():
            pass
        before = self.rows("SELECT count(*) FROM events"), self.rows("SELECT claim_id, state, paid_cents FROM claims")
        self.post(self.answers[pick % len(self.answers)])
        after = self.rows("SELECT count(*) FROM events"), self.rows("SELECT claim_id, state, paid_cents FROM claims")
        assert before == after

    @rule(pick=PICK, kind=st.sampled_from(FOREIGN), accepts=st.booleans())
    @precondition(lambda self: self.received)
    def others_are_answered(self, pick: int, kind: str, accepts: bool) -> None:
        """Get the answer to another agency, whose claims and files have our numbers: nothing of ours changes."""
        claims = list(self.received.values())
        one = claims[pick % len(claims)]
        theirs = _of_others(one)
        control = self.number()
        match kind:
            case "TA1":
                text = ta1(attrs.evolve(theirs, receiver="OTHERPAY"), "R", "025", control=control)
            case "999":
                sets = {claim.set_number for claim in theirs.claims}
                text = ack999(attrs.evolve(theirs, receiver="OTHERPAY"), sets, control=control)
            case "277CA":
                text = ack277(theirs, lambda _: "A2:20" if accepts else "A7:21", control=control)
            case "835" | "835 to others":
                paid = [Decision(claim, in_full if accepts else denied) for claim in theirs.claims]
                payee = theirs.npi if kind == "835 to others" else one.file.npi
                text = remit(theirs, paid, f"EFT{control}", control=control, payee=payee)
            case "835 of the next payer":
                paid = [Decision(attrs.evolve(one.sent, subscriber_id="THEIRS"), in_full if accepts else denied, "2")]
                text = remit(one.file, paid, f"EFT{control}", control=control, name="NOBODY", payer_id="NOBODY")
            case "predetermination":
                text = remit(one.file, [Decision(one.sent, denied, "25")], f"EFT{control}", control=control)
            case _:
                text = ack277(theirs, lambda _: "", control=control).replace("STC*A1:19:PR*", "STC*A3:21:PR*")
        with self.run():
            pass
        before = self.rows("SELECT claim_id, state, paid_cents, payer_control_number FROM claims ORDER BY claim_id")
        live = self.rows("SELECT encounter_id, claim_id, standing FROM encounters ORDER BY encounter_id, claim_id")
        self.post(text)
        assert before == self.rows(
            "SELECT claim_id, state, paid_cents, payer_control_number FROM claims ORDER BY claim_id"
        )
        assert live == self.rows(
            "SELECT encounter_id, claim_id, standing FROM encounters ORDER BY encounter_id, claim_id"
        )

    # --- what always holds ------------------------------------------------------------------------------------------

    @invariant()
    def the_payer_has_one_original_of_each_encounter(self) -> None:
        COUNTED["steps"] += 1
        roots: dict[str, set[str]] = {}
        taken: Counter[str] = Counter()
        for one in self.received.values():
            for id_ in one.encounters if one.lives else ():
                roots.setdefault(id_, set()).add(one.root)
                taken[id_] += one.status != "pending"
        assert {id_: found for id_, found in roots.items() if len(found) > 1} == {}
        assert {id_: number for id_, number in taken.items() if number > 1} == {}

    @invariant()
    def the_ledger_has_one_original_of_each_encounter(self) -> None:
        """Look for an encounter that the payer has and the ledger has not, or has twice."""
        rows = self.rows("SELECT encounter_id, claim_id FROM encounters WHERE standing = 'live'")
        live = dict(rows)
        assert len(live) == len(rows)
        released = {row[0] for row in self.rows("SELECT claim_id FROM events WHERE event = 'released'")}
        for claim_id, one in self.received.items():
            if one.lives and claim_id not in released:
                on = {id_: live.get(id_, "") for id_ in one.encounters}
                assert {id_: other for id_, other in on.items() if self.root(other) != one.root} == {}

    def root(self, claim_id: str) -> str:
        """Return the original that a claim goes back to; its file may not have reached the payer yet."""
        while claim_id and self.claims[claim_id].replaces:
            claim_id = self.claims[claim_id].replaces
        return claim_id

    @invariant()
    def nothing_that_was_sent_is_forgotten(self) -> None:
        kept = {tuple(row) for row in self.rows("SELECT encounter_id, claim_id FROM encounters")}
        sent = {(id_, claim_id) for claim_id, one in self.received.items() for id_ in one.encounters}
        assert {one for one in sent if self.received[one[1]].sent.frequency != "8"} <= kept

    @invariant()
    def every_state_is_the_last_of_its_story(self) -> None:
        last = "SELECT state FROM events WHERE events.claim_id = claims.claim_id ORDER BY number DESC LIMIT 1"
        assert self.rows(f"SELECT claim_id FROM claims WHERE state <> ({last})") == []  # noqa: S608 - our own text

    @invariant()
    def the_state_follows_the_money(self) -> None:
        for claim_id, state, paid in self.rows("SELECT claim_id, state, paid_cents FROM claims"):
            if state in {"denied", "reversed"}:
                assert paid <= 0, claim_id
            if state in {"written", "accepted"}:
                assert paid == 0, claim_id
            if state == "partly-paid":
                assert paid > 0, claim_id

    @invariant()
    def no_control_number_comes_twice(self) -> None:
        heads = [row[0] for row in self.rows("SELECT isa13 FROM files")]
        assert len(set(heads)) == len(heads)
        assert {int(one.file.isa13) for one in self.received.values()} <= set(heads)


@contextlib.contextmanager
def _stopping(point: str, again: int) -> Iterator[list[str]]:
    """Die at a step of a batch: at its first time, or its second."""
    stopped: list[str] = []
    left = [again]

    def dying(function: Callable[..., Any]) -> Callable[..., Any]:
        def instead(*arguments: Any, **options: Any) -> Any:
            if left[0] == 0:
                stopped.append(point)
                raise StoppedError
            left[0] -= 1
            return function(*arguments, **options)

        return instead

    module, name = {
        "write": (disk, "write_synced"),
        "sync": (disk, "sync_folder"),
        "insert": (runs, "insert_claims"),
        "count": (counters, "set_last"),
        "rename": (disk, "give_name"),
        "manifest": (disk, "replace_synced"),
        "confirm": (runs, "confirm"),
    }[point]
    function = getattr(module, name)
    setattr(module, name, dying(function))
    try:
        yield stopped
    finally:
        setattr(module, name, function)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Yield a ledger of a database: "sqlite", or another for a server's."""
    if request.param == "sqlite":
        place = _on_sqlite(tmp_path)
    else:
        place = _on_postgresql(request.getfixturevalue("postgresql_url"), tmp_path)
    yield place
    place.close()


# Two halves on SQLite, so that two cores share the work; a server answers slower, and gets a part.
@pytest.mark.parametrize(
    ("place", "part", "steps"),
    [("sqlite", 1, MOST), ("sqlite", 2, MOST), ("postgresql", 3, 600 if EVERYTHING else 100)],
    indirect=["place"],
    ids=["sqlite-1", "sqlite-2", "postgresql"],
)
def test_an_encounter_has_one_live_original_at_most(
    place: Place, part: int, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    COUNTED.clear()
    here = place
    patient = limits(
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    rounds = 0
    while COUNTED["steps"] < steps:

        class Machine(Standing):
            place = here

        rounds += 1
        if limits.default is not None and limits.default.derandomize:
            seed(10 * part + rounds)(Machine)  # else all parts and rounds would do the same
        # An example may be shorter than its steps: the next round makes up for it.
        run_state_machine_as_test(
            Machine, settings=limits(patient, max_examples=(steps - COUNTED["steps"]) // STEPS + 1)
        )
