"""One agency: what the commands do, on records and files, for programs and for the command line alike.

Each method does the whole of its task with the ledger, so that nothing can be left out: what was billed before, what
payers answered on enrolment, claims that go on to the next payer, and whose payments a remittance holds.
"""

import contextlib
import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import attrs
import sqlalchemy as sa

from peerbill.intake.gate import check_settings
from peerbill.intake.workspace import programme_ids, read_agency_policies, today
from peerbill.ledger.checkpoints import keep_checkpoint, keeping
from peerbill.ledger.look.answered_claims import read_answered
from peerbill.ledger.look.claims import known_files, read_claims
from peerbill.ledger.look.history import load_history, load_parts, load_unchanged, read_history, reading
from peerbill.ledger.reviews import (
    billed_ids,
    claims_of_encounters,
    identified_days,
    read_decisions,
    record_decisions,
)
from peerbill.ledger.send.eligibility import eligibility_batch, load_eligibility, read_eligibility
from peerbill.ledger.send.files import HandOver, SentFile, has_left, parties
from peerbill.ledger.send.recovery import before_batch, ids_in, last_batch
from peerbill.ledger.send.runs import MANIFEST, BatchResult, BillRun, bill_batch, bill_run
from peerbill.ledger.store.database import as_ledger_error, find_place
from peerbill.ledger.store.horizon import read_horizon
from peerbill.ledger.store.identity import LEDGERS_OWN, Numbers
from peerbill.ledger.store.ledger import Ledger, open_ledger
from peerbill.ledger.store.lost_ledger import absent_message, lost_ledger, refuse_lost
from peerbill.ledger.waivers import checked_reason, end_waivers, read_waivers, record_waivers
from peerbill.model.claim import BilledEncounter, Claim
from peerbill.model.enrolment import Enrolment, Question
from peerbill.model.errors import LedgerError, UnusableInputError
from peerbill.model.finding import Severity
from peerbill.model.history import HistoryScope
from peerbill.model.later import Later
from peerbill.model.progress import Progress, no_progress
from peerbill.model.records import Records, Settings
from peerbill.model.review import ReviewDecision
from peerbill.model.sent_claim import SentClaim
from peerbill.model.waiver import Waiver
from peerbill.x12.write import write837

# Every command begins here: what some methods alone need is imported in them, what several need when they use it.
if TYPE_CHECKING:
    from peerbill import policy
    from peerbill.audit_report.values import AuditEvidence
    from peerbill.checks import audit as audits
    from peerbill.checks import auditor as auditors
    from peerbill.checks.audit import Audit
    from peerbill.checks.auditor import Auditor
    from peerbill.checks.patterns import scope as patterns
    from peerbill.claim_audit.values import ClaimAudit
    from peerbill.claims import next_payer, resending
    from peerbill.claims.corrections import CorrectionPlan
    from peerbill.claims.eligibility import NotAsked
    from peerbill.claims.next_payer import NotSent
    from peerbill.coding import history as coding_history
    from peerbill.coding import settled
    from peerbill.coding.explanation import Explanation
    from peerbill.coding.settled import Scoped
    from peerbill.ledger.answers.open_items import OpenItem
    from peerbill.ledger.answers.session import Posted
    from peerbill.ledger.answers.unmatched import UnmatchedPayment
    from peerbill.ledger.corrections import ClaimFamily, Refused
    from peerbill.ledger.purge import Purge
    from peerbill.ledger.send.withdrawals import Withdrawals
    from peerbill.policy import Policies
    from peerbill.report.values import AgencyReport
    from peerbill.review import waiving
    from peerbill.review.checklist import Checklist
    from peerbill.review.summary import ReviewSummary
    from peerbill.todo.item import Todo, TodoItem
else:
    policy = Later("peerbill.policy")
    audits = Later("peerbill.checks.audit")
    auditors = Later("peerbill.checks.auditor")
    patterns = Later("peerbill.checks.patterns.scope")
    next_payer = Later("peerbill.claims.next_payer")
    resending = Later("peerbill.claims.resending")
    coding_history = Later("peerbill.coding.history")
    settled = Later("peerbill.coding.settled")
    waiving = Later("peerbill.review.waiving")

T = TypeVar("T")


@attrs.frozen
class Billed:
    """What a bill run came to: the audit, the files and claims, and claims that could not go on to the next payer."""

    audit: "Audit"
    batch: BatchResult
    not_sent: "tuple[NotSent, ...]"


@attrs.frozen
class Corrected:
    """Voids or replacements: what was planned and refused, and what was sent; None for a dry run and for nothing."""

    plan: "CorrectionPlan"
    batch: BatchResult | None


@attrs.frozen
class Asked:
    """Questions on enrolment: what was asked, in which files, and who could not be asked about."""

    day: dt.date
    questions: tuple[Question, ...]
    not_asked: "tuple[NotAsked, ...]"
    files: tuple[SentFile, ...]


@attrs.frozen
class Posting:
    """Answers that were posted, in the order given, payments matched by hand, and payments still without a claim."""

    files: "tuple[Posted, ...]"
    matched: "tuple[Posted, ...]"
    waiting: "tuple[UnmatchedPayment, ...]"

    @property
    def settled(self) -> bool:
        """Whether all matched, balanced and was taken in."""
        return all(one.settled for one in (*self.files, *self.matched))


@attrs.define(eq=False)
class Agency:
    """An agency with its policies, its ledger and the place where its files go.

    Attributes:
        settings: the organisation, the submitter and the payers; records that are given must have the same.
        folder: the workspace: a relative SQLite address begins there, and its `policies/*.toml` hold where no policies
            are given. None where there is none.
        files: where 837 and 270 files go: a folder, or a function that takes the name and the bytes of each and keeps
            them before it returns (`HandOver`). None for an agency that only audits, posts and looks.
        ledger_url: a SQLite or PostgreSQL address; "" is that of the settings.
        numbers: a caller's own claim ids and control numbers.
        who: who does this, for the audit trail; None is PEERBILL_USER, or the name of the account.
        new_ledger: make a ledger although something is there of an earlier one, which is given up.
        tell: hears at once what cannot wait: that another run holds the ledger, what became of one that was stopped.
        progress: begins each long piece of work, and hears how far it has come.

    Several agencies may be in one process, each with a ledger of its own; in one PostgreSQL database with a schema
    each. Every method may be called from any thread: a run that changes a ledger waits for the one before.

    Raises:
        LedgerError: by every method that uses the ledger, where it cannot be used or is held too long by another run.
        PolicyError: by every method that audits, where the policies of the payers' programmes cannot be loaded.
        UnusableInputError: for records with other settings, and where a method writes files and `files` is None.

    """

    settings: Settings
    given_policies: "Policies | None" = attrs.field(default=None, alias="policies", repr=False)
    folder: Path | None = attrs.field(default=None, kw_only=True)
    files: Path | HandOver | None = attrs.field(default=None, kw_only=True)
    ledger_url: str = attrs.field(default="", kw_only=True, alias="ledger", repr=False)
    numbers: Numbers = attrs.field(default=LEDGERS_OWN, kw_only=True, repr=False)
    who: str | None = attrs.field(default=None, kw_only=True)
    new_ledger: bool = attrs.field(default=False, kw_only=True)
    tell: Callable[[str], None] = attrs.field(default=lambda _: None, kw_only=True, repr=False)
    progress: Progress = attrs.field(default=no_progress, kw_only=True, repr=False)

    @cached_property
    def policies(self) -> "Policies":
        """The policies that were given; else those of the payers' programmes, with the folder's own over them."""
        if self.given_policies is not None:
            return self.given_policies
        own = read_agency_policies(self.folder) if self.folder is not None else {}
        return policy.load_policies(programme_ids(self.settings), own)

    @property
    def url(self) -> str:
        """Where the ledger is."""
        return self.ledger_url or self.settings.ledger_url

    # --- audit and bill ---

    def audit(
        self, records: Records, day: dt.date | None = None, *, notice: dt.date | None = None, billed: bool = False
    ) -> "Audit":
        """Return what `peerbill audit` finds on a day (None: today), beside what was billed and answered before.

        Patterns are among it (PB208, PB806, PB9xx). `notice` is the day on which an audit was announced: notes of a
        later day on services from before it are reported. With `billed`, encounters are audited as if none had been
        billed, so that those that were have findings too. Nothing is changed.

        Raises UnusableInputError for a notice after the day, ImportError where the packages of the extra `patterns` are
        not installed.
        """
        self._check(records)
        self._warn_of_lost()
        day = day or today(self.settings)
        _refuse_later(notice, day)
        with reading(self.url, self.folder) as connection:
            waivers = () if connection is None else read_waivers(connection)
            purged_before = None if connection is None or billed else read_horizon(connection)
            part = self._part(records, None if billed else connection, waivers)
            history = self._history(None if billed else connection, part.history)
            enrolment = () if connection is None else load_eligibility(connection)
        with self.progress(len(records.encounters), "Auditing") as step:
            result = audits.scoped_audit(
                part,
                self.policies,
                day,
                history,
                step,
                eligibility=enrolment,
                waivers=waivers,
                patterns=patterns.PatternScope(notice),
                purged_before=purged_before,
            )
        return resending.weigh_rejected(result, records, history)

    def audit_evidence(
        self, records: Records, day: dt.date | None = None, *, notice: dt.date | None = None, billed: bool = False
    ) -> "tuple[Audit, AuditEvidence]":
        """Return what `audit` does, and its evidence: what was looked at, what was not, each finding with its facts.

        Nothing is changed. Raises UnusableInputError and ImportError as `audit` does.
        """
        # Only those who show an audit need it, and every command begins here.
        from peerbill.audit_report.make import make_evidence  # noqa: PLC0415

        self._check(records)
        policies, day = self.policies, day or today(self.settings)
        _refuse_later(notice, day)
        self._warn_of_lost()
        part = coding_history.history_scope(records, policies)
        with reading(self.url, self.folder) as connection:
            ledger = connection is not None and not billed
            history = () if connection is None else load_history(connection, part, tests=self.settings.test_payers)
            enrolment = () if connection is None else load_eligibility(connection)
            waivers = () if connection is None else read_waivers(connection)
            purged_before = None if connection is None or billed else read_horizon(connection)
        if billed:
            history = ()
        index = audits.audit_index(
            records, policies, day, history, enrolment, waivers=waivers, purged_before=purged_before
        )
        with self.progress(len(records.encounters), "Auditing") as step:
            full = audits.full_audit(index, policies, step, patterns.PatternScope(notice))
        result = resending.weigh_rejected(full.audit, records, history)
        # The index has the encounters that could be used, spelled as the policies spell them.
        return result, make_evidence(index.records, result, full, index, ledger=ledger, notice=notice)

    def audit_claims(
        self, records: Records, files: Sequence[Path | tuple[str, bytes]], day: dt.date | None = None
    ) -> "ClaimAudit":
        """Compare files of claims of any system (837P, 837I), and of payments (835), with the encounters.

        It is what `peerbill audit DIR --claims FILE…` finds on a day (None: today). Each file is a path, or a name and
        its bytes. Nothing is changed.

        Raises UnusableInputError for a path that cannot be read, for a file without any X12, and for a copy of another.
        """
        # Only those who have such files need it, and every command begins here.
        from peerbill.claim_audit.audit import audit_claims  # noqa: PLC0415

        self._check(records)
        policies, day = self.policies, day or today(self.settings)
        self._warn_of_lost()
        history = read_history(self.url, self.folder, self.settings.test_payers)
        enrolment = read_eligibility(self.url, self.folder)
        with self.progress(0, "Reading the claims") as step:
            return audit_claims(files, records, policies, day, history, enrolment, step, self.waivers())

    def explain(self, records: Records, encounter_id: str, day: dt.date | None = None) -> "Explanation":
        """Return why an encounter comes to its code, units and charge; nothing is changed.

        Raises UnusableInputError where the records have no such encounter.
        """
        self._check(records)
        policies = self.policies
        self._warn_of_lost()
        history = read_history(
            self.url, self.folder, self.settings.test_payers, scope=coding_history.history_scope(records, policies)
        )
        enrolment = read_eligibility(self.url, self.folder)
        with self.progress(len(records.encounters), "Auditing") as step:
            return audits.explain(
                records,
                policies,
                day or today(self.settings),
                encounter_id,
                history,
                enrolment,
                step,
                waivers=self.waivers(),
                purged_before=self.purged_before(),
            )

    def bill(
        self, records: Records, day: dt.date | None = None, *, unchanged: bool = False, undo_lost: bool = False
    ) -> Billed:
        """Audit, write 837 files for what passed and for what goes on to the next payer, and record them.

        Nothing is billed twice. A claim that was rejected is sent again once it says something else; with `unchanged`
        as it is. `undo_lost` bills again what a stopped run left without its file, if that was never sent.
        """
        self._check(records)
        out, policies, day = self._out(), self.policies, day or today(self.settings)
        not_sent: list[NotSent] = []
        with self._run(create=True, undo_lost=undo_lost) as run:
            known = len(run.messages)
            answered = read_answered(run.ledger, next_payer.shared_members(records), self.settings.test_payers)
            going = {id_ for claim in answered for line in claim.lines for id_ in line.encounter_ids}
            # What goes on to the next payer is audited beside what was billed near to it.
            result, history, enrolment, waivers = self._audit_of(run, records, day, going)
            if not unchanged:
                result = resending.weigh_rejected(result, records, history)
            rejected = {} if unchanged else run.ledger.rejected_later(self.settings.test_payers)

            def build(claim_ids: Iterator[str]) -> Sequence[Claim]:
                claims, left = next_payer.claims_to_send(
                    result.billable, answered, records, policies, day, history, claim_ids, enrolment, waivers
                )
                kept, same = resending.leave_rejected(claims, rejected, self.settings)
                not_sent.extend((*left, *same))
                return kept

            with self.progress(0, "Writing claims"):
                batch = bill_batch(
                    run,
                    out,
                    settings=self.settings,
                    as_of=day,
                    billable=result.billable,
                    build=build,
                    held=held_codes(result).items(),
                    rejected=rejected_codes(records),
                    numbers=self.numbers,
                )
        return Billed(result, attrs.evolve(batch, messages=batch.messages[known:]), tuple(not_sent))

    def write_again(self, records: Records, name: str) -> tuple[Path | None, int]:
        """Write a file that was lost, and that nobody answered, once more: byte for byte as it was sent, or not at all.

        Return where it is (None: the program has it), and how many claims are in it. Raises LedgerError where no such
        file was sent, or where it was answered, or where the records now say something else.
        """
        from peerbill.claims.corrections import claims_as_sent  # noqa: PLC0415
        from peerbill.ledger.corrections import read_families  # noqa: PLC0415
        from peerbill.ledger.send.lost_files import find_unanswered, hand_over_again, write_again  # noqa: PLC0415

        self._check(records)
        out = self._out()
        with self._run(looks_in=False) as run:
            with as_ledger_error(run.ledger.place), run.ledger.engine.connect() as connection:
                file = find_unanswered(connection, name)
                if file.payer not in self.settings.payers:
                    raise UnusableInputError(f"payer {file.payer} is no longer one of [payers] in peerbill.toml")
                claims = read_claims(connection, claim_ids=file.claim_ids, history=False)
                families = list(read_families(connection, claims))
            payer, day = self.settings.payers[file.payer], dt.date.fromisoformat(file.as_of)

            def text() -> Iterable[str]:
                sent = claims_as_sent(families, records)
                return write837.write_interchange(sent, payer, self.settings, day, file.isa13)

            if out is None:
                hand_over_again(run, file, text)
                return None, len(file.claim_ids)
            return write_again(run, file, out, text), len(file.claim_ids)

    # --- corrections ---

    def void(
        self,
        records: Records,
        claims: Sequence[str] = (),
        *,
        states: Sequence[str] = (),
        payers: Sequence[str] = (),
        reasons: Sequence[str] = (),
        day: dt.date | None = None,
        dry_run: bool = False,
    ) -> Corrected:
        """Void claims that the payer has: frequency 8, under the payer's claim number.

        They are those named, or all in these states, to these payers, with these reasons (CARC or RARC). With
        `dry_run`, nothing is written or recorded.
        """
        from peerbill.claims.corrections import plan_voids  # noqa: PLC0415

        day = day or today(self.settings)

        def plan(connection: sa.Connection) -> "CorrectionPlan":
            families, unknown = _chosen(connection, claims, states, payers, reasons)
            return _with(plan_voids(families, records, day), unknown)

        return self._correct(records, day, plan, claims, (*states, *payers, *reasons), dry_run=dry_run)

    def replace(
        self,
        records: Records,
        claims: Sequence[str] = (),
        *,
        states: Sequence[str] = (),
        payers: Sequence[str] = (),
        reasons: Sequence[str] = (),
        day: dt.date | None = None,
        dry_run: bool = False,
        unchanged: bool = False,
        part_units: bool = False,
    ) -> Corrected:
        """Replace claims that the payer has (frequency 7) by what passes the audit now; they are chosen as in `void`.

        `unchanged` sends those too in which nothing changes that the ledger keeps. `part_units` takes, of the claims
        that are meant (of all, if none is named), those that were billed with fewer units than their minutes make now.
        """
        from peerbill.claims.corrections import plan_replacements  # noqa: PLC0415

        day = day or today(self.settings)
        conditions = (*states, *payers, *reasons)

        def plan(connection: sa.Connection) -> "CorrectionPlan":
            short = self._short_of_units(connection, records, day) if part_units else frozenset()
            meant = claims or (() if conditions else sorted(short))
            chosen, unknown = _chosen(connection, meant, states, payers, reasons)
            families = [family for family in chosen if not part_units or family.claim.claim_id in short]
            found = plan_replacements(
                families,
                records,
                self.policies,
                day,
                load_history(
                    connection, coding_history.history_scope(records, self.policies), tests=self.settings.test_payers
                ),
                eligibility=load_eligibility(connection),
                unchanged=unchanged,
                waivers=read_waivers(connection),
                purged_before=read_horizon(connection),
            )
            return _with(found, unknown)

        how = conditions or ("part_units",) * (part_units and not claims)
        return self._correct(records, day, plan, claims, how, dry_run=dry_run)

    def _short_of_units(self, connection: sa.Connection, records: Records, day: dt.date) -> frozenset[str]:
        """Return the claims that were billed with fewer units than their minutes make by the rules of now."""
        from peerbill.coding.part_units import part_units  # noqa: PLC0415

        scope = coding_history.history_scope(records, self.policies)
        history = load_history(connection, scope, tests=self.settings.test_payers)
        index = audits.audit_index(records, self.policies, day, history, waivers=read_waivers(connection))
        _, contexts = audits.audit_of(index, self.policies)
        return frozenset(line.claim_id for line in part_units(contexts.values(), history) if line.is_known) - {""}

    def _correct(
        self,
        records: Records,
        day: dt.date,
        plan: "Callable[[sa.Connection], CorrectionPlan]",
        claims: Sequence[str],
        conditions: Sequence[str],
        *,
        dry_run: bool,
    ) -> Corrected:
        self._check(records)
        _refuse_unclear(claims, conditions)
        if dry_run:
            return Corrected(self._looked_at(plan), None)
        out = self._out()
        with self._run(looks_in=False) as run:
            known = len(run.messages)
            if out is not None and (before := self._sent_before(run, out, day, plan)) is not None:
                return before
            with as_ledger_error(run.ledger.place), run.ledger.engine.connect() as connection:
                planned = plan(connection)
            if not (planned.corrections or run.finished or (out is not None and has_left(out, run.ledger.place.tag))):
                return Corrected(planned, None)
            batch = bill_batch(
                run,
                out,
                settings=self.settings,
                as_of=day,
                billable=planned.billable,
                build=planned.claims,
                numbers=self.numbers,
            )
        return Corrected(planned, attrs.evolve(batch, messages=batch.messages[known:]))

    def _sent_before(
        self,
        run: BillRun,
        out: Path,
        day: dt.date,
        plan: "Callable[[sa.Connection], CorrectionPlan]",
    ) -> Corrected | None:
        """Return what the command before planned and sent, where it was the same and nothing was recorded since.

        The plan is made again as if its batch were not there, and must come to the same claims. A batch that was
        stopped before it was confirmed is confirmed.
        """
        from peerbill.ledger.done_before import told_again  # noqa: PLC0415

        with as_ledger_error(run.ledger.place), run.ledger.engine.connect() as connection:
            batch = last_batch(connection, run.ledger.who)
        if batch is None or batch.folder != str(out.resolve()) or not all(corrects for corrects, _ in batch.claims):
            return None
        with before_batch(run.ledger, batch) as connection:
            planned = plan(connection)
        ids = ids_in(batch, [correction.claim for correction in planned.corrections], self.settings)
        # A command that names a claim of the batch came after it.
        if ids is None or not {refusal.claim_id for refusal in planned.refused}.isdisjoint(ids):
            return None
        messages: tuple[str, ...]
        if batch.pending:
            known = len(run.messages)
            done = bill_batch(run, out, settings=self.settings, as_of=day, billable=(), build=lambda _: ())
            messages = done.messages[known:]
        else:
            messages = (told_again(tuple(correction.original.claim_id for correction in planned.corrections)),)
        claims = planned.claims(iter(ids))
        return Corrected(planned, BatchResult(batch.batch_id, batch.files, claims, out.resolve() / MANIFEST, messages))

    def rebill(
        self, claims: Sequence[str], *, confirmed: bool = False
    ) -> "tuple[tuple[str, ...], tuple[Refused, ...]]":
        """Free the encounters of claims that the payer denied or took back, so that the next `bill` sends them anew.

        `confirmed`: the payer said that it carried out the void or replacement. Return the claims that were freed, and
        those that were refused, each with the reason.
        """
        from peerbill.ledger.corrections import release  # noqa: PLC0415

        with self._run(looks_in=False) as run, self._telling(run):
            done, refused = release(run, claims, confirmed=confirmed)
        return tuple(done), tuple(refused)

    def write_off(self, claims: Sequence[str], reason: str) -> "tuple[tuple[str, ...], tuple[Refused, ...]]":
        """Give up what is owed on claims, and return those that were written off and those that were refused.

        The audit trail keeps `reason` until its claims are purged: write no person's data into it.
        """
        from peerbill.ledger.corrections import write_off  # noqa: PLC0415

        with self._run(looks_in=False) as run, self._telling(run):
            done, refused = write_off(run, claims, reason)
        return tuple(done), tuple(refused)

    def withdraw(
        self,
        claims: Sequence[str] = (),
        *,
        reason: str = "",
        files: Sequence[str] = (),
        states: Sequence[str] = (),
        payers: Sequence[str] = (),
        confirmed: bool = False,
        dry_run: bool = False,
    ) -> "Withdrawals":
        """Take back claims that no payer has, so that they can be billed again.

        They are those named, or all of these files, in these states, to these payers. `confirmed`: the payer said that
        it has no such claim, though it acknowledged or accepted it. The audit trail keeps
        `reason` until its claims are purged. With `dry_run`, nothing is recorded.
        """
        from peerbill.ledger.done_before import told_again  # noqa: PLC0415
        from peerbill.ledger.send import withdrawals  # noqa: PLC0415

        _refuse_unclear(claims, (*files, *states, *payers))

        def plan(connection: sa.Connection) -> "Withdrawals":
            return _withdrawals(connection, claims, files, states, payers, confirmed=confirmed)

        if dry_run:
            return self._looked_at(plan)
        if not reason.strip():
            raise UnusableInputError(
                "a withdrawal needs a reason for the audit trail: say why the claims are taken back"
            )
        with self._run(looks_in=False) as run, self._telling(run):
            with as_ledger_error(run.ledger.place), run.ledger.engine.connect() as connection:
                planned = plan(connection)
                before = withdrawals.withdrawn_before(connection, run.ledger.who, reason)
                if not withdrawals.are_meant(connection, before.claims, claims, files, states, payers):
                    before = withdrawals.Withdrawals((), ())
            ids = tuple(claim.claim_id for claim in before.claims)
            done = withdrawals.withdraw(run, planned, reason)
            if ids:
                run.messages.append(told_again(ids))
        refused = (one for one in done.refused if one.claim_id not in ids)
        return withdrawals.Withdrawals((*before.claims, *done.claims), tuple(refused), (*before.barred, *done.barred))

    # --- enrolment ---

    def eligibility(
        self, records: Records, day: dt.date | None = None, *, again: bool = False, undo_lost: bool = False
    ) -> Asked:
        """Write 270 files that ask payers about the members and days about to be billed, and record the questions.

        A day that was asked about is not asked about again, unless the payer refused the question, or with `again`
        where it did not answer that the member is enrolled.
        """
        from peerbill.claims.eligibility import questions  # noqa: PLC0415
        from peerbill.x12.write import write270  # noqa: PLC0415

        self._check(records)
        out, day = self._out(), day or today(self.settings)
        with self._run(create=True, undo_lost=undo_lost) as run:
            result, _, known, _ = self._audit_of(run, records, day)
            asked, not_asked = questions(records, result.billable, result.findings, day, known, again=again)
            files = eligibility_batch(
                run, out, settings=self.settings, as_of=day, questions=asked, write=write270.write_interchange
            )
        return Asked(day, asked, not_asked, files)

    # --- answers ---

    def post(
        self,
        *answers: Path | bytes | tuple[str, bytes],
        matches: Sequence[tuple[str, str]] = (),
        accept_unbalanced: bool = False,
        posted: "Callable[[str, Posted], object]" = lambda _, __: None,
    ) -> Posting:
        """Post what payers answered (TA1, 999, 277CA, 835, 271, or the CSV of what came on paper) into the ledger.

        Each answer is a path, its bytes, or a name and its bytes; the ledger keeps the name. `matches` are payments
        that matched no claim (U12 in `todo`), each with the claim that it is for. `accept_unbalanced` posts an 835 that
        does not balance. `posted` hears of each file when it is done.

        Every answer is looked into before any is posted. Each is posted at once or not at all; posting one twice
        changes nothing.

        Raises:
            UnusableInputError: an answer cannot be read or holds no transaction set; nothing was posted.
            OSError: a file vanished meanwhile; those before it are posted.

        """
        from peerbill.ledger.answers.posting import PostCommand, post_answers, refuse_unreadable  # noqa: PLC0415
        from peerbill.ledger.answers.unmatched import match, unmatched_payments  # noqa: PLC0415

        named = [_named(answer) for answer in answers]
        refuse_unreadable(named)
        done: list[Posted] = []
        npis, payers = self.settings.npis, self.settings.payers
        with self._run(looks_in=False) as run:
            command = PostCommand.of(run, [content for _, content in named])
            for place, (name, content) in enumerate(named, start=1):
                command.file = place
                size = content.stat().st_size if isinstance(content, Path) else len(content)
                with self.progress(size, f"Posting {Path(name).name}") as step:
                    one = post_answers(
                        run,
                        content,
                        step,
                        name=Path(name).name,
                        npis=npis,
                        submitter=self.settings.submitter.id,
                        payers=payers,
                        accept_unbalanced=accept_unbalanced,
                        command=command,
                    )
                done.append(one)
                posted(name, one)
            matched = [match(run, item, claim, npis=npis, payers=payers) for item, claim in matches]
            with as_ledger_error(run.ledger.place), run.ledger.engine.connect() as connection:
                waiting = unmatched_payments(connection)
        return Posting(tuple(done), tuple(matched), tuple(waiting))

    def settle(self, items: Sequence[str], reason: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        """Settle items of `todo` such as U12 that a person has dealt with; return those that are, and others with why.

        The audit trail keeps `reason` until its claims are purged: write no person's data into it.
        """
        from peerbill.ledger.answers.open_items import settle_items  # noqa: PLC0415

        with self._run(looks_in=False) as run:
            done, refused = settle_items(run, items, reason)
        return tuple(done), tuple(refused)

    def purge(self, before: dt.date | None = None, *, below_floor: bool = False, dry_run: bool = False) -> "Purge":
        """Take out of the ledger what tells something of a person in claims that are finished and older than a day.

        The day is `before`, else `[retention] years` before today. One that keeps less than ten years needs
        `below_floor`. Rows, amounts and states stay; encounters of before the day that the ledger does not have are
        held from then on (PB805). Backups and other copies of the ledger stay as they are. With `dry_run`, nothing is
        changed.

        Raises UnusableInputError where no day is given or set, for a day that is refused, and where it would come from
        a clock that is over a year after the last service billed; LedgerError for an account of a server that
        may not change the trail.
        """
        from peerbill.ledger.purge import plan_purge, purge, purge_day, refuse_clock  # noqa: PLC0415  # once a year
        from peerbill.review.to_return import to_return  # noqa: PLC0415

        day, is_given = today(self.settings), before is not None
        before = purge_day(day, self.settings.retention_years, before, below_floor=below_floor)
        if not is_given:
            with reading(self.url, self.folder) as connection:
                if connection is not None:
                    refuse_clock(connection, day)
        tests = self.settings.test_payers
        returning = {claim_id for item in to_return(self.review_summary(day)) for claim_id in item.claim_ids}
        with self.progress(0, "Purging"):
            if dry_run:
                return self._looked_at(lambda connection: plan_purge(connection, before, tests, returning).purge)
            with self._run(looks_in=False) as run:
                return purge(run, before, tests, returning)

    def purged_before(self) -> dt.date | None:
        """Return the day before which claims were purged, which `audit` takes; None where none ever were."""
        with reading(self.url, self.folder) as connection:
            return None if connection is None else read_horizon(connection)

    # --- the review ---

    def waive(
        self,
        records: Records,
        code: str,
        encounters: Sequence[str],
        *,
        reason: str,
        until: dt.date,
        where: str = "",
        day: dt.date | None = None,
        notice: dt.date | None = None,
        billed: bool = False,
    ) -> tuple[tuple[Waiver, ...], tuple[tuple[str, str], ...]]:
        """Waive what the audit of a day finds in encounters under a code; return the waivers, and refused ids with why.

        A waiver holds until its last day, a year later at most, while the encounters and the finding are as they are.
        It takes a warning off the list, or releases what only the agency's `severity` holds; an error of a source
        stays. A finding about several encounters is waived where all of them are given. `where` is the place of the
        finding, "" all places; `notice` and `billed` are those of the audit that found it. The audit trail keeps
        `reason` until its claims are purged: write no person's data into it.
        """
        self._check(records)
        _refuse_text("encounters", encounters)
        day, policies = day or today(self.settings), self.policies
        reason, until = checked_reason(reason), waiving.checked_until(until, day)
        with self._run(create=True, looks_in=False) as run:
            scope = coding_history.history_scope(records, policies)
            history = () if billed else run.history(self.settings.test_payers, scope)
            enrolment = read_eligibility(self.url, self.folder)
            with self.progress(len(records.encounters), "Auditing") as step:
                found = audits.audit(
                    records,
                    policies,
                    day,
                    history,
                    step,
                    enrolment,
                    waivers=self.waivers(),
                    patterns=patterns.PatternScope(notice),
                    purged_before=None if billed else self.purged_before(),
                )
            result = resending.weigh_rejected(found, records, history)
            waivers, refused = waiving.waivers_of(
                result, records, code, encounters, where=where, until=until, reason=reason
            )
            return record_waivers(run, waivers), tuple(refused)

    def end_waivers(self, waivers: Sequence[str], reason: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        """End waivers before their last day; return the ids of those that were ended, and of others with why not.

        The audit trail keeps `reason` until its claims are purged: write no person's data into it.
        """
        _refuse_text("waivers", waivers)
        with self._run(looks_in=False) as run:
            done, refused = end_waivers(run, waivers, reason)
        return tuple(done), tuple(refused)

    def waivers(self) -> tuple[Waiver, ...]:
        """Return every waiver that was given, in the order of the audit trail, also expired and ended ones."""
        with reading(self.url, self.folder) as connection:
            return () if connection is None else read_waivers(connection)

    def checklist(
        self,
        records: Records,
        encounters: Sequence[str],
        *,
        places: Mapping[str, str] | None = None,
        programme: str = "",
        is_open: bool = False,
        day: dt.date | None = None,
    ) -> "Checklist":
        """Return the checklist of encounters: a row for each requirement of their programmes; nothing is changed.

        What the audit of the day finds is in it as a hint, as if nothing had been billed. `places` are those of
        encounters in a sample, for the reviewer; `programme` leaves out encounters of other programmes, `is_open` the
        requirements that have a decision.

        Raises UnusableInputError for encounters that nobody knows, or whose programme is not known.
        """
        from peerbill.review.checklist import make_checklist  # noqa: PLC0415  # only a review needs it

        self._check(records)
        _refuse_text("encounters", encounters)
        policies, day = self.policies, day or today(self.settings)
        self._warn_of_lost()
        part = coding_history.history_scope(records, policies)
        # Of what is not in the workspace any more, the ledger has the service and its day.
        part = attrs.evolve(part, encounter_ids=frozenset(part.encounter_ids) | frozenset(encounters))
        history: tuple[BilledEncounter, ...] = ()
        enrolment: tuple[Enrolment, ...] = ()
        waivers: tuple[Waiver, ...] = ()
        decisions: tuple[ReviewDecision, ...] = ()
        with reading(self.url, self.folder) as connection:
            if connection is not None:
                history = load_history(connection, part, tests=self.settings.test_payers)
                enrolment, waivers = load_eligibility(connection, part.member_ids), read_waivers(connection)
                decisions = read_decisions(connection)
        with self.progress(0, "Auditing"):
            index = audits.audit_index(records, policies, day, history, enrolment, waivers=waivers)
            return make_checklist(
                index, policies, encounters, history, decisions, programme=programme, samples=places, is_open=is_open
            )

    def record_review(
        self, records: Records, form: Path | tuple[str, bytes], reviewer: str
    ) -> tuple[ReviewDecision, ...]:
        """Record the ratings of a checklist that was filled in, a path or a name with bytes; return those that are new.

        A row without a rating is left out, and what is recorded already is not recorded again; a changed rating is a
        new entry of the audit trail beside the one before. The trail keeps reviewer and reasons for good: write no
        member's data into them.

        Raises UnusableInputError, and records nothing, where a row cannot be read, with a line for each.
        """
        # Only a review needs them, and every command begins here.
        from peerbill.intake.review_form import read_form  # noqa: PLC0415
        from peerbill.review.checklist import read_checklist  # noqa: PLC0415

        self._check(records)
        name = form.name if isinstance(form, Path) else form[0]
        rows = list(read_form(form))
        ids = {cells["encounter_id"] for _, cells in rows}
        known = {one.encounter_id for one in records.encounters} | {one.encounter_id for one in records.rejected}
        with self._run(create=True, looks_in=False) as run:
            with as_ledger_error(run.ledger.place), run.ledger.engine.connect() as connection:
                known |= billed_ids(connection, ids - known)
            return record_decisions(run, read_checklist(rows, reviewer, known), name)

    def review_summary(self, day: dt.date | None = None) -> "ReviewSummary":
        """Return what the review came to by a day: ratings, what is to be repaid to whom, and by which day.

        A paid line is to be repaid where a reviewer rated the payment, or a requirement that a text which was read
        makes a must, as not met, without a note or without the provider's name. What was repaid before notice is not
        counted again. Nothing is changed.
        """
        # Only a review needs them, and every command begins here.
        from peerbill.review.conclusions import conclusions  # noqa: PLC0415
        from peerbill.review.summary import summarize  # noqa: PLC0415

        day = day or today(self.settings)
        with reading(self.url, self.folder) as connection:
            if connection is None:
                return summarize((), {}, (), {}, day)
            decisions = read_decisions(connection)
            found = conclusions(decisions, ZoneInfo(self.settings.organization.timezone))
            ids = claims_of_encounters(connection, found)
            claims = read_claims(connection, claim_ids=ids, history=False) if ids else ()
            return summarize(decisions, found, claims, identified_days(connection, found), day)

    def reviews(self) -> tuple[ReviewDecision, ...]:
        """Return every decision of a reviewer, in the order of the audit trail; the last on a subject counts."""
        with reading(self.url, self.folder) as connection:
            return () if connection is None else read_decisions(connection)

    # --- looking ---

    def todo(
        self,
        records: Records,
        day: dt.date | None = None,
        *,
        payers: Sequence[str] = (),
        staff: Sequence[str] = (),
        kinds: Sequence[str] = (),
        sites: Sequence[str] = (),
    ) -> "Todo":
        """Return what needs a person, by deadline and money; only items of these payers, staff, kinds, sites, if given.

        One thing is recorded: the day on which a paid encounter was first found to be held, from which the 60 days to
        return an overpayment run.
        """
        from peerbill.ledger.look.worklist import Opened, claims_of_sites, claims_of_staff, read_open  # noqa: PLC0415
        from peerbill.review.to_return import to_return  # noqa: PLC0415
        from peerbill.todo.work_list import scope, urgency, work_list  # noqa: PLC0415

        self._check(records)
        policies, day = self.policies, day or today(self.settings)
        self._warn_of_lost()
        with self.progress(0, "Reading the ledger"), reading(self.url, self.folder) as connection:
            opened = Opened() if connection is None else read_open(connection, scope(records, policies, day))
            of_staff = frozenset[str]() if connection is None else claims_of_staff(connection, staff)
            of_sites = frozenset[str]() if connection is None else claims_of_sites(connection, sites)
        with self.progress(len(records.encounters), "Auditing") as step:
            found = work_list(records, policies, day, opened, step)
        self._keep(found)
        # After what was just recorded, since the 60 days run from the earlier of the two.
        unsupported = to_return(self.review_summary(day))
        found = attrs.evolve(found, items=tuple(sorted((*found.items, *unsupported), key=urgency)))
        theirs = {one.encounter_id for one in records.encounters if one.staff_id in staff}
        there = {one.staff_id: one.site for one in records.staff}
        at_sites = {
            one.encounter_id for one in records.encounters if (one.site or there.get(one.staff_id, "")) in sites
        }
        staff_there = {staff_id for staff_id, site in there.items() if site in sites}

        def wanted(item: "TodoItem") -> bool:
            return (
                (not payers or item.payer in payers)
                and (not kinds or item.kind in kinds)
                and (
                    not staff
                    or not frozenset(staff).isdisjoint(item.staff_ids)
                    or not of_staff.isdisjoint(item.claim_ids)
                    or not theirs.isdisjoint(item.encounter_ids)
                )
                and (
                    not sites
                    or not of_sites.isdisjoint(item.claim_ids)
                    or not at_sites.isdisjoint(item.encounter_ids)
                    or not (item.claim_ids or item.encounter_ids or staff_there.isdisjoint(item.staff_ids))
                )
            )

        return attrs.evolve(found, items=tuple(filter(wanted, found.items)))

    def report(
        self,
        records: Records,
        day: dt.date | None = None,
        *,
        from_: dt.date | None = None,
        to: dt.date | None = None,
        payers: Sequence[str] = (),
    ) -> "AgencyReport":
        """Return what was charged, paid and refused, by whom and when, and what is open on a day; nothing is changed.

        `from_` and `to` are days of service of claims and encounters, and days of payment of payments, remittances and
        denials; `payers` are keys of `[payers]`. The ledger is taken as it is now, whatever the day.
        """
        # Only a report needs them, and every command begins here.
        from peerbill.ledger.look.figures import read_figures  # noqa: PLC0415
        from peerbill.report.make import make_report  # noqa: PLC0415
        from peerbill.report.scope import Scope  # noqa: PLC0415

        self._check(records)
        policies, day = self.policies, day or today(self.settings)
        self._warn_of_lost()
        part = coding_history.history_scope(records, policies)
        ids = frozenset(encounter.encounter_id for encounter in records.encounters)
        with self.progress(3, "Reading the ledger") as step, reading(self.url, self.folder) as connection:
            figures = None if connection is None else read_figures(connection, ids, step)
            history = () if connection is None else load_history(connection, part, tests=self.settings.test_payers)
            enrolment = () if connection is None else load_eligibility(connection, part.member_ids)
            waivers = () if connection is None else read_waivers(connection)
            purged_before = None if connection is None else read_horizon(connection)
        index = audits.audit_index(
            records, policies, day, history, enrolment, waivers=waivers, purged_before=purged_before
        )
        with self.progress(len(records.encounters), "Auditing") as step:
            found, contexts = audits.audit_of(index, policies, step)
        result = resending.weigh_rejected(found, records, history)
        names = {payer.id: key for key, payer in self.settings.payers.items()}
        return make_report(records, result, contexts, figures, Scope(day, from_, to, tuple(payers), names))

    def settled_items(self) -> "tuple[OpenItem, ...]":
        """Return what was settled, with when, by whom and why."""
        from peerbill.ledger.answers.open_items import open_items  # noqa: PLC0415

        with reading(self.url, self.folder) as connection:
            return () if connection is None else tuple(open_items(connection, settled=True))

    def claims(
        self,
        *claim_ids: str,
        states: Sequence[str] = (),
        payers: Sequence[str] = (),
        members: Sequence[str] = (),
        staff: Sequence[str] = (),
        reasons: Sequence[str] = (),
        files: Sequence[str] = (),
        sites: Sequence[str] = (),
        sent_from: dt.date | None = None,
        sent_to: dt.date | None = None,
        history: bool = True,
    ) -> tuple[SentClaim, ...]:
        """Return claims that were sent, by claim id, with lines, payments and history; every condition must hold.

        An empty condition holds for all. `reasons` are CARC, RARC or categories of a 277CA; `files` names of 837 files.
        Without `history` it is left empty, which is faster for many claims. There are none without a ledger.
        """
        with reading(self.url, self.folder) as connection:
            if connection is None:
                return ()
            return tuple(
                read_claims(
                    connection,
                    claim_ids=claim_ids,
                    states=states,
                    payers=payers,
                    member_ids=members,
                    staff_ids=staff,
                    reasons=reasons,
                    files=files,
                    sites=sites,
                    sent_from=sent_from,
                    sent_to=sent_to,
                    history=history,
                )
            )

    def history(
        self,
        *,
        members: Collection[str] | None = None,
        staff: Collection[str] | None = None,
        since: dt.date | None = None,
    ) -> tuple[BilledEncounter, ...]:
        """Return what was billed: all, or what these members received and these staff gave, on or after a day.

        Raises ValueError for `since` without members or staff.
        """
        return read_history(self.url, self.folder, self.settings.test_payers, members=members, staff=staff, since=since)

    def enrolments(self, members: Collection[str] | None = None) -> tuple[Enrolment, ...]:
        """Return what payers were asked and answered on enrolment, of all members or some, in the order of asking."""
        with reading(self.url, self.folder) as connection:
            return () if connection is None else load_eligibility(connection, members)

    def auditor(self, records: Records, day: dt.date | None = None) -> "Auditor":
        """Return what audits one encounter at a time, for a form: with what was billed and answered for the members.

        Give the rows of one member and of the staff concerned: that is made anew for each form in a millisecond.
        """
        self._check(records)
        members = {one.member_id for one in records.members}
        history = self.history(members=members)
        day = day or today(self.settings)
        enrolments, purged_before = self.enrolments(members), self.purged_before()
        return auditors.Auditor(records, self.policies, day, history, enrolments, self.waivers(), purged_before)

    # --- the ledger ---

    def checkpoint(self) -> Path | None:
        """Write where the audit trail ends now to the place that `[ledger] checkpoint` names, and return the file.

        It is signed with `checkpoint_key`, if there is one. Return None where no place is named. The commands do this
        at the end of each run that changed the ledger; a program calls it after what it changed. Nothing that was done
        depends on it.

        Raises LedgerError, with nothing written, where the trail no longer has what the newest checkpoint there says,
        as after the restore of an older backup; UnusableInputError where that checkpoint or a key cannot be used;
        ImportError where a key is named and the package of the extra `signing` is not installed; OSError.
        """
        kept = keeping(self.settings, self.folder)
        return None if kept is None else keep_checkpoint(self.url, self.folder, kept)

    def _part(
        self,
        records: Records,
        connection: sa.Connection | None,
        waivers: Sequence[Waiver],
        besides: Collection[str] = (),
    ) -> "Scoped":
        """Return the part of a workspace that an audit looks at: without a ledger, all of it."""
        records = audits.prepared(records, self.policies)
        billed = None
        if connection is not None and audits.can_be_scoped(records, self.policies):
            billed = load_unchanged(connection, records.encounters, tests=self.settings.test_payers)
        waived = {id_ for waiver in waivers for id_ in waiver.encounter_ids}
        return settled.scoped(records, self.policies, billed, waived.union(besides))

    def _audit_of(
        self, run: BillRun, records: Records, day: dt.date, besides: Collection[str] = ()
    ) -> "tuple[Audit, tuple[BilledEncounter, ...], tuple[Enrolment, ...], tuple[Waiver, ...]]":
        """Return an audit during a run that holds the ledger, with the history, the answers and the waivers it took."""
        with self.progress(len(records.encounters), "Auditing") as step:
            with as_ledger_error(run.ledger.place), run.ledger.engine.connect() as connection:
                enrolment, waivers = load_eligibility(connection), read_waivers(connection)
                purged_before = read_horizon(connection)
                part = self._part(records, connection, waivers, besides)
                history = self._history(connection, part.history)
            result = audits.scoped_audit(
                part, self.policies, day, history, step, enrolment, waivers=waivers, purged_before=purged_before
            )
        return result, history, enrolment, waivers

    def _history(self, connection: sa.Connection | None, parts: Sequence[HistoryScope]) -> tuple[BilledEncounter, ...]:
        return () if connection is None else load_parts(connection, parts, tests=self.settings.test_payers)

    def _check(self, records: Records) -> None:
        if records.settings != self.settings:
            raise UnusableInputError(
                "the records have other settings than the agency: read them with the agency's settings"
            )
        check_settings(self.settings)

    def _out(self) -> Path | None:
        """Return the folder of the files; None where a program takes them."""
        if self.files is None:
            raise UnusableInputError(
                "the agency has no place for files: give it files=, a folder or a function that takes name and content"
            )
        return self.files if isinstance(self.files, Path) else None

    def _open(self, *, create: bool, looks_in: bool = True) -> Ledger:
        if not self.new_ledger:
            senders = {parties(payer, self.settings)[0] for payer in self.settings.payers.values()}
            out = self.files if looks_in and isinstance(self.files, Path) else None
            refuse_lost(self.url, self.folder, out, senders)
        return open_ledger(
            self.url,
            self.folder,
            create=create,
            new=self.new_ledger,
            tag=self.settings.ledger_tag,
            who=self.who,
        )

    @contextlib.contextmanager
    def _run(self, *, create: bool = False, undo_lost: bool = False, looks_in: bool = True) -> Iterator[BillRun]:
        """Hold the ledger, and tell at once what became of a run that was stopped: what follows may fail.

        `looks_in` looks for what an earlier ledger sent in the folder of the files.
        """
        ledger = self._open(create=create, looks_in=looks_in)
        take = self.files if callable(self.files) else None
        with bill_run(ledger, undo_lost=undo_lost, tell=self.tell, hand_over=take) as run:
            for message in run.messages:
                self.tell(message)
            yield run

    @contextlib.contextmanager
    def _telling(self, run: BillRun) -> Iterator[None]:
        """Tell what a run has to say once it is done."""
        told = len(run.messages)
        yield
        for message in run.messages[told:]:
            self.tell(message)

    def _looked_at(self, look: Callable[[sa.Connection], T]) -> T:
        with reading(self.url, self.folder) as connection:
            if connection is None:
                where = self.folder or find_place(self.url, self.folder)
                raise UnusableInputError(f"{where}: there is no ledger yet: bill makes one")
            return look(connection)

    def _warn_of_lost(self) -> None:
        """Tell of a ledger that is gone: without it, all that it sent seems to be billable."""
        if signs := lost_ledger(self.url, self.folder):
            self.tell(absent_message(find_place(self.url, self.folder), signs))

    def _keep(self, found: "Todo") -> None:
        """Record since when paid encounters are held; another run that is at work is not waited for long."""
        if not (found.identified or found.cleared):
            return
        from peerbill.ledger.look.worklist import keep_overpayments  # noqa: PLC0415

        try:
            keep_overpayments(self._open(create=False, looks_in=False), found.identified, found.cleared)
        except LedgerError as error:
            self.tell(f"since when paid encounters are held was not recorded; run todo again: {error}")


Named = tuple[str, Path | bytes]
"""An answer: its name, as messages and the ledger show it, and where it is or what is in it."""


def _named(answer: Path | bytes | tuple[str, bytes]) -> Named:
    if isinstance(answer, Path):
        return str(answer), answer
    if isinstance(answer, bytes):
        return f"answer-{hashlib.sha256(answer).hexdigest()[:12]}", answer
    return answer


def _refuse_text(parameter: str, ids: Sequence[str]) -> None:
    """Raise UnusableInputError for a text, whose characters would be taken for ids."""
    if isinstance(ids, str):
        raise UnusableInputError(f"{parameter}: expected a list of ids, found text: give a list with one id")


def _refuse_unclear(claims: Sequence[str], conditions: Sequence[str]) -> None:
    """Raise UnusableInputError for what leaves open which claims are meant."""
    if isinstance(claims, str):
        raise UnusableInputError("claims: expected a list of claim ids, found text: give [claim_id]")
    if bool(claims) == bool(conditions):
        raise UnusableInputError("name each claim, or choose them by what they are; one of the two")


def _chosen(
    connection: sa.Connection,
    claims: Sequence[str],
    states: Sequence[str],
    payers: Sequence[str],
    reasons: Sequence[str],
) -> "tuple[Iterator[ClaimFamily], list[Refused]]":
    """Return the claims that are meant, and those that the ledger does not know."""
    from peerbill.ledger.corrections import known_claims, read_families  # noqa: PLC0415

    unknown: list[Refused] = []
    chosen: Iterable[SentClaim]
    if claims:
        known, unknown = known_claims(connection, claims)
        chosen = known.values()
    else:
        every = read_claims(connection, states=states, payers=payers, reasons=reasons, history=False)
        chosen = (claim for claim in every if not claim.purged)
    return read_families(connection, chosen), unknown


def _with(plan: "CorrectionPlan", unknown: "Sequence[Refused]") -> "CorrectionPlan":
    return attrs.evolve(plan, refused=(*unknown, *plan.refused))


def _withdrawals(
    connection: sa.Connection,
    claims: Sequence[str],
    files: Sequence[str],
    states: Sequence[str],
    payers: Sequence[str],
    *,
    confirmed: bool,
) -> "Withdrawals":
    from peerbill.ledger.corrections import known_claims  # noqa: PLC0415
    from peerbill.ledger.send.withdrawals import Withdrawals, plan_withdrawals  # noqa: PLC0415

    known = known_files(connection, files)
    if unknown := [name for name in files if name not in known]:
        raise UnusableInputError(
            f"the ledger has no file {unknown[0]}: peerbill claims --csv names the file of each claim"
        )
    if asked := [name for name in files if known[name] == "270"]:
        raise UnusableInputError(f"{asked[0]} holds questions, not claims: peerbill eligibility --again asks once more")
    if claims:
        _, unknown_claims = known_claims(connection, claims)
        ids = [id_ for id_ in dict.fromkeys(claims) if id_ not in {one.claim_id for one in unknown_claims}]
        chosen = list(read_claims(connection, claim_ids=ids)) if ids else []
    else:
        unknown_claims = []
        every = read_claims(connection, states=states, payers=payers, files=files)
        chosen = [claim for claim in every if not claim.purged]
    plan = plan_withdrawals(connection, chosen, confirmed=confirmed)
    return Withdrawals(plan.claims, (*unknown_claims, *plan.refused))


def held_codes(result: "Audit") -> dict[str, list[str]]:
    """Return the codes of the errors that hold each encounter, by its id."""
    held: dict[str, list[str]] = {entry.encounter_id: [] for entry in result.encounters if entry.status == "held"}
    for finding in result.findings:
        if finding.severity is Severity.ERROR:
            for id_ in finding.encounter_ids:
                if id_ in held and finding.code not in held[id_]:
                    held[id_].append(finding.code)
    return held


def rejected_codes(records: Records) -> list[tuple[int, list[str]]]:
    """Return the line of each row of encounters that cannot be used, and the codes of what is wrong with it."""
    return [(row.line, [finding.code for finding in row.findings]) for row in records.rejected]


def _refuse_later(notice: dt.date | None, day: dt.date) -> None:
    """Raise UnusableInputError for a notice after the day of the audit: no note could be later than it."""
    if notice is not None and notice > day:
        raise UnusableInputError(
            f"The notice of {notice} is after the day of the audit, {day}: give the day on which the audit was "
            "announced."
        )
