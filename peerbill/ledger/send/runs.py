"""A bill run: what a killed run left is finished or undone, then a batch is recorded, written and confirmed.

A batch goes through four steps, so that a process killed at any instant leaves files that are whole or hidden, and
a ledger that knows of every file that can be seen:

1. the files are written under hidden names and synced;
2. one transaction records batch, files (with their SHA-256), claims, lines and encounters, as pending;
3. the files are given their names, where no other file has them, and the manifest is replaced;
4. the batch is confirmed.

Killed before the second step's commit, nothing was recorded, and the next run removes the hidden files. Killed
after it, every hidden file is whole, and the next run renames and confirms.

Where a program takes the files instead of a folder, the ledger is the hidden place: the second step keeps their content
in it, the third gives each to the program, which may keep it before it returns, and the fourth forgets the content.
Killed between the two, a file comes again, the same under the same name: nothing is lost, and nothing is billed twice.
"""

import contextlib
import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

import attrs

from peerbill.ledger.send.claim_rows import insert_claims
from peerbill.ledger.send.files import Batch, Draft, HandOver, Job, SentFile, clear, confirm, recording, writing
from peerbill.ledger.send.files import hand_over as give
from peerbill.ledger.send.manifest import (
    Entry,
    claim_entry,
    held_entries,
    line_entry,
    manifest_text,
    rejected_entries,
)
from peerbill.ledger.send.recovery import recorded_entries, recover, waiting_files
from peerbill.ledger.store import counters, disk
from peerbill.ledger.store.database import as_ledger_error, exclusive
from peerbill.ledger.store.identity import LEDGERS_OWN, Identity, Numbers, validate_claim_id
from peerbill.ledger.store.ledger import Ledger
from peerbill.model.claim import BillableEncounter, BilledEncounter, Claim, Payer
from peerbill.model.errors import LedgerError
from peerbill.model.history import HistoryScope
from peerbill.model.money import cents
from peerbill.model.plural import counted
from peerbill.model.records import Settings
from peerbill.x12.write.write837 import write_interchange

MANIFEST = "manifest.json"
WAIT = 300.0
"""How long a second run waits for the first, in seconds: several billers may be ahead, each with a long audit."""

Build = Callable[[Iterator[str]], Sequence[Claim]]
"""Makes a batch's claims, taking as many claim ids as it needs, in order.

It is called back: ids are given inside the transaction that records the batch, and claims are made of other things than
encounters (voids, replacements, claims to the next payer), which the ledger knows nothing of.
"""


Write = Callable[[Sequence[Claim], Payer, Settings, dt.date, int], Iterable[str]]
"""Yields the text of an interchange of claims to a payer, with an as-of day and a control number."""


@attrs.frozen
class BatchResult:
    """What a bill run did.

    `files` are those it made whole: first those that a killed run left, then its own, which hold `claims`.
    `batch_id` is None where nothing was new, `manifest` where a program took the files. `messages` are for the person
    who runs it.
    """

    batch_id: int | None
    files: tuple[SentFile, ...]
    claims: tuple[Claim, ...]
    manifest: Path | None
    messages: tuple[str, ...]


@attrs.define(eq=False)
class BillRun:
    """A ledger held by a run that changes it.

    `messages` say what became of a run that was killed; `finished` are its files that are whole now, and that the
    next batch confirms.
    """

    ledger: Ledger
    messages: list[str] = attrs.field(factory=list)
    finished: list[SentFile] = attrs.field(factory=list)
    hand_over: HandOver | None = attrs.field(default=None, repr=False)

    def history(self, tests: Collection[str] = (), scope: HistoryScope | None = None) -> tuple[BilledEncounter, ...]:
        """Return what `Ledger.history` does; no other run adds to it during this run."""
        return self.ledger.history(tests, scope)


@contextlib.contextmanager
def bill_run(
    ledger: Ledger,
    wait: float = WAIT,
    *,
    undo_lost: bool = False,
    tell: Callable[[str], None] = lambda _: None,
    hand_over: HandOver | None = None,
) -> Iterator[BillRun]:
    """Hold the ledger for a whole bill run, from reading its history to the last file.

    First finishes or undoes what a killed run left, with `messages` about it. `tell` is called at once when another run
    holds the ledger, with how long this run waits. Raises LedgerError when another run holds the ledger for longer than
    `wait` seconds, and where a file of a killed run is gone: whether somebody sent it is not known, so it is undone
    only with `undo_lost`. `hand_over` takes the files of a program; those that it did not take before come first.
    Raises LedgerError where some wait and there is none.
    """
    with exclusive(ledger.place, ledger.engine, wait, tell):
        with as_ledger_error(ledger.place):
            finished, messages = recover(ledger, undo_lost=undo_lost)
        run = BillRun(ledger, messages, finished, hand_over)
        for file in waiting_files(ledger):
            if hand_over is None:
                raise LedgerError(
                    f"{file.name} of batch {file.batch_id} is recorded, and the program that takes the files has not "
                    "taken it: let that program bill, which hands it over first"
                )
            give(ledger, file, hand_over)
            run.finished.append(file)
            run.messages.append(f"handed over {file.name} of batch {file.batch_id}, which was stopped")
        yield run


def bill_batch(
    run: BillRun,
    out: Path | None,
    *,
    settings: Settings,
    as_of: dt.date,
    billable: Sequence[BillableEncounter],
    build: Build,
    write_interchange: Write = write_interchange,
    held: Iterable[tuple[str, Iterable[str]]] = (),
    rejected: Iterable[tuple[int, Iterable[str]]] = (),
    numbers: Numbers = LEDGERS_OWN,
) -> BatchResult:
    """Bill what passed the audit: one 837 file per payer in `out`, or several, and the manifest of this run.

    `build` gets claim ids and returns the claims, `write_interchange` writes them. `held` are (encounter id, codes),
    `rejected` (line of the table encounters, codes). A run that sends nothing leaves a manifest that is there as it is.
    `numbers` gives claim ids and control numbers instead of the ledger. The manifest also lists the files and claims of
    a killed run that this run finished. An encounter of `billable` that is on no line (a line without units) is not
    recorded.

    Raises LedgerError, with nothing recorded or visible, for a file that is in the way, a folder that cannot be
    written, or an encounter billed before; and what `build` or `write_interchange` raise. Raises LedgerError after
    the batch was recorded where a rename fails: the next run then finishes it.
    """
    tag = run.ledger.place.tag
    if out is not None:
        out = out.resolve()
        if left := clear(out, tag):
            run.messages.append(f"removed {counted(left, 'temporary file')} of a run that was stopped")
    held = tuple(held)
    about = {coded.encounter.encounter_id for coded in billable}.union(id_ for id_, _ in held)
    sent = _record(Job(run.ledger, out, settings, as_of, numbers), about, billable, build, write_interchange)
    everything = (*run.finished, *(file for file, _ in sent))
    if out is None:
        give_all(run, [file for file, _ in sent])
    else:
        _name(run, out, sent, everything, held, rejected)
    confirm(run.ledger, {file.batch_id for file in everything})
    run.finished.clear()
    return BatchResult(
        batch_id=sent[0][0].batch_id if sent else None,
        files=everything,
        claims=tuple(claim for _, claims in sent for claim in claims),
        manifest=out / MANIFEST if out is not None else None,
        messages=tuple(run.messages),
    )


def give_all(run: BillRun, files: Iterable[SentFile]) -> None:
    """Give the files of a batch to the program that takes them."""
    if run.hand_over is None:
        raise LedgerError("there is neither a folder nor a program that takes the files")
    for file in files:
        give(run.ledger, file, run.hand_over)


def _name(
    run: BillRun,
    out: Path,
    sent: Sequence[tuple[SentFile, Sequence[Claim]]],
    everything: Collection[SentFile],
    held: Iterable[tuple[str, Iterable[str]]],
    rejected: Iterable[tuple[int, Iterable[str]]],
) -> None:
    """Give the hidden files their names, and write the manifest."""
    recorded = "The batch is recorded: make that possible, then run again to finish it"
    with writing(out, recorded if everything else "Nothing was new, and nothing was sent"):
        for file, _ in sent:
            disk.give_name(file.temporary, file.path)
        disk.sync_folder(out)
        # A run that sends nothing leaves the manifest of the batch before, which somebody may still need.
        if everything or not (out / MANIFEST).exists():
            disk.replace_synced(
                out / MANIFEST,
                manifest_text(
                    [file.entry(out) for file in everything],
                    _claim_entries(run, out, sent),
                    held_entries(held),
                    rejected_entries(rejected),
                ),
                run.ledger.place.tag,
            )


def _record(
    job: Job,
    about: Collection[str],
    billable: Sequence[BillableEncounter],
    build: Build,
    write: Write,
) -> list[tuple[SentFile, Sequence[Claim]]]:
    """Write the hidden files and record them as pending, in one transaction; return them with their claims."""
    with recording(job, about) as batch:
        ids = _ClaimIds(batch.identity, counters.last(batch.connection, "claim"), job.numbers.claim_id)
        drafts = _drafts(batch, build(ids))
        batch.refuse_taken()
        sent = []
        for draft in drafts:
            text = write(draft.claims, draft.payer, job.settings, job.as_of, draft.isa13)
            sent.append((batch.write(draft, text), draft.claims))
        if sent:
            batch.record([file for file, _ in sent])
            insert_claims(batch.connection, job, sent, billable)
            counters.set_last(batch.connection, "claim", ids.last)
    return sent


class _ClaimIds:
    """Claim ids after the last that was given, or a caller's own."""

    def __init__(self, identity: Identity, last: int, own: Callable[[], str] | None) -> None:
        self.identity = identity
        self.last = last
        self.own = own

    def __iter__(self) -> "_ClaimIds":
        return self

    def __next__(self) -> str:
        if self.own is not None:
            return validate_claim_id(self.own())
        self.last += 1
        return self.identity.claim_id(self.last)


def _drafts(batch: Batch, claims: Iterable[Claim]) -> list[Draft]:
    """Return the files of a batch: of each payer, form and billing provider as many as the payer's limit asks for."""
    by_payer: dict[tuple[str, str, str], list[Claim]] = {}
    for claim in claims:
        by_payer.setdefault((claim.payer, claim.form, claim.bills_as), []).append(claim)
    drafts: list[Draft] = []
    for (key, form, _), of_payer in sorted(by_payer.items()):
        payer = batch.job.settings.payers[key]
        most = max(payer.max_claims_per_file, 1)
        drafts += [batch.draft(payer, form, of_payer[at : at + most]) for at in range(0, len(of_payer), most)]
    return drafts


def _claim_entries(run: BillRun, out: Path, sent: Iterable[tuple[SentFile, Sequence[Claim]]]) -> Iterator[Entry]:
    for file in run.finished:
        yield from recorded_entries(run.ledger, file, file.shown(out))
    for file, claims in sent:
        shown = file.shown(out)
        for claim in claims:
            yield claim_entry(
                claim.claim_id,
                claim.payer,
                claim.member_id,
                shown,
                [
                    line_entry(
                        line.line_id,
                        line.encounter_ids,
                        service_date=line.service_date.isoformat(),
                        hcpcs=line.hcpcs,
                        modifiers=line.modifiers,
                        units=line.units,
                        charge_cents=cents(line.charge),
                    )
                    for line in claim.lines
                ],
                frequency=claim.frequency,
                replaces=claim.replaces,
                follows=claim.follows,
            )
