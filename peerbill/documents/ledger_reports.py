"""What the commands on claims and the ledger write with `--json`, as typed values.

Keys may be added; those that are here keep their name and meaning. `schema` is that of `peerbill.documents.kinds`.
Amounts are dollars as text. All of them have ids of claims and members, and `claims` a payer's own words.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from peerbill import __version__
from peerbill.documents.kinds import SCHEMA
from peerbill.documents.text import line_text
from peerbill.model.claim import Adjustment, Claim
from peerbill.model.money import dollars, two_decimals
from peerbill.model.sent_claim import Entry, PostedPayment, Quotation, SentClaim, SentLine

if TYPE_CHECKING:  # the ledger's packages are needed by what makes these, and not by what reads a schema
    from peerbill.claims.corrections import CorrectedLine, Correction, CorrectionPlan
    from peerbill.ledger.answers.session import Posted
    from peerbill.ledger.answers.unmatched import UnmatchedPayment
    from peerbill.ledger.corrections import Refused
    from peerbill.ledger.purge import Purge
    from peerbill.ledger.send.withdrawals import Withdrawals
    from peerbill.ledger.store.trail import Checkpoint
    from peerbill.ledger.verify import Verification

Date = dt.date


# --- claims ----------------------------------------------------------------------------------------------------------


@attrs.frozen
class Cut:
    """What an answer took off: CAS group, reason (CARC) and amount."""

    group: str
    reason: str
    amount: str


@attrs.frozen
class ClaimLine:
    """A service line as it was sent, and what became of it."""

    line_id: str
    encounter_ids: tuple[str, ...]
    service_date: Date
    hcpcs: str
    modifiers: tuple[str, ...]
    units: int
    state: str
    charge: str
    paid: str
    adjustments: tuple[Cut, ...]
    remarks: tuple[str, ...]


@attrs.frozen
class ClaimEntryPayment:
    """One payment (CLP) of a claim; `forwarded` tells that the payer sent it on to the next one."""

    payer: str
    status: str
    charge: str
    paid: str
    patient: str | None
    interest: str | None
    payer_control_number: str
    paid_on: Date | None
    trace: str
    file: str
    corrected_member: bool
    forwarded: bool


@attrs.frozen
class ClaimAdjudication:
    """What a payer decided under one number of its own."""

    payer: str
    payer_control_number: str
    charge: str
    paid: str
    line_ids: tuple[str, ...]


@attrs.frozen
class ClaimEvent:
    """One entry of a claim's history; `at` is UTC."""

    at: str
    event: str
    state: str
    file: str
    detail: str
    who: str


@attrs.frozen
class ClaimEntry:
    """A claim that was sent, and what became of it."""

    claim_id: str
    payer: str
    member_id: str
    state: str
    mode: str
    frequency: str
    charge: str
    paid: str
    payer_control_number: str
    replaces: str | None
    replaced_by: str | None
    follows: str | None
    file: str
    sent_on: Date
    first_day: Date
    last_day: Date
    changed_at: str
    lines: tuple[ClaimLine, ...]
    adjustments: tuple[Cut, ...]
    remarks: tuple[str, ...]
    payments: tuple[ClaimEntryPayment, ...]
    adjudications: tuple[ClaimAdjudication, ...]
    apart: tuple[ClaimEntryPayment, ...]
    payer_words: tuple[Quotation, ...]
    history: tuple[ClaimEvent, ...]


@attrs.frozen
class ClaimsReport:
    """What `claims --json` writes, in the order of the claims."""

    claims: tuple[ClaimEntry, ...]
    schema: int = SCHEMA


def claim_entry(claim: SentClaim) -> ClaimEntry:
    """Return a claim as `claims --json` writes it."""
    return ClaimEntry(
        claim_id=claim.claim_id,
        payer=claim.payer,
        member_id=claim.member_id,
        state=claim.state,
        mode=claim.mode,
        frequency=claim.frequency,
        charge=two_decimals(claim.charge),
        paid=two_decimals(claim.paid),
        payer_control_number=claim.payer_control_number,
        replaces=claim.replaces or None,
        replaced_by=claim.replaced_by or None,
        follows=claim.follows or None,
        file=claim.file,
        sent_on=claim.sent_on,
        first_day=claim.first_day,
        last_day=claim.last_day,
        changed_at=claim.changed_at,
        lines=tuple(map(_line, claim.lines)),
        adjustments=tuple(map(_cut, claim.adjustments)),
        remarks=claim.remarks,
        payments=tuple(map(_payment, claim.payments)),
        adjudications=tuple(
            ClaimAdjudication(
                claim.payer,
                decided.payer_control_number,
                two_decimals(decided.charge),
                two_decimals(decided.paid),
                tuple(line.line_id for line in claim.lines if line.number in decided.lines),
            )
            for decided in claim.adjudications
        ),
        apart=tuple(map(_payment, claim.apart)),
        payer_words=claim.payer_words,
        history=tuple(map(_event, claim.history)),
    )


def _line(line: SentLine) -> ClaimLine:
    return ClaimLine(
        line_id=line.line_id,
        encounter_ids=line.encounter_ids,
        service_date=line.service_date,
        hcpcs=line.hcpcs,
        modifiers=line.modifiers,
        units=line.units,
        state=line.state,
        charge=two_decimals(line.charge),
        paid=two_decimals(line.paid),
        adjustments=tuple(map(_cut, line.adjustments)),
        remarks=line.remarks,
    )


def _cut(cut: Adjustment) -> Cut:
    return Cut(cut.group, cut.reason, two_decimals(cut.amount))


def _payment(payment: PostedPayment) -> ClaimEntryPayment:
    return ClaimEntryPayment(
        payer=payment.payer,
        status=payment.status,
        charge=two_decimals(payment.charge),
        paid=two_decimals(payment.paid),
        patient=None if payment.patient is None else two_decimals(payment.patient),
        interest=None if payment.interest is None else two_decimals(payment.interest),
        payer_control_number=payment.payer_control_number,
        paid_on=payment.paid_on,
        trace=payment.trace,
        file=payment.file,
        corrected_member=payment.renamed,
        forwarded=payment.crossover,
    )


def _event(entry: Entry) -> ClaimEvent:
    return ClaimEvent(entry.at, entry.event, entry.state, entry.file, entry.detail, entry.who)


def claims_text(claims: Iterable[SentClaim]) -> Iterator[str]:
    """Yield a `ClaimsReport` as text, a claim at a time: a ledger may hold a million."""
    before, end = '{"claims": [\n', '{"claims": []'
    for claim in claims:
        yield before + line_text(claim_entry(claim))
        before, end = ",\n", "\n]"
    yield f'{end}, "schema": {SCHEMA}}}\n'


# --- post and settle -------------------------------------------------------------------------------------------------


@attrs.frozen
class UnmatchedAnswer:
    """An answer for which nothing of ours was found; `rejects` tells one that would have rejected something."""

    claim_id: str
    why: str
    fix: str
    rejects: bool


@attrs.frozen
class RejectedEntry:
    """A claim that the payer did not take in; `words` are the payer's own (STC12), or ""."""

    claim_id: str
    state: str
    why: str
    words: str = attrs.field(repr=False)


@attrs.frozen
class PostedAnswers:
    """What became of one file of answers.

    `kind` joins several by `+`; `posted_at` is when the same file was posted before, or "".
    """

    path: str
    kind: str
    transactions: int
    matched: int
    denied: int
    unmatched: tuple[UnmatchedAnswer, ...]
    problems: tuple[str, ...]
    rejected: tuple[RejectedEntry, ...]
    notices: tuple[str, ...]
    remittances: tuple[str, ...]
    provider_adjustments: tuple[str, ...]
    skipped: int
    posted_at: str


@attrs.frozen
class WaitingPayment:
    """A payment that counts on no claim; `claim_id` is as the payer sent it."""

    item: str
    claim_id: str
    paid: str
    trace: str
    paid_on: str
    file: str


@attrs.frozen
class PostReport:
    """What `post --json` writes: the files in the order given, and all payments that are without a claim."""

    peerbill: str
    files: tuple[PostedAnswers, ...]
    unmatched_payments: tuple[WaitingPayment, ...]
    schema: int = SCHEMA


def post_report(files: Iterable[tuple[str, "Posted"]], waiting: Iterable["UnmatchedPayment"]) -> PostReport:
    """Return files, each with its path, and the payments without a claim, as `post --json` writes them."""
    return PostReport(
        __version__,
        tuple(_posted(path, posted) for path, posted in files),
        tuple(
            WaitingPayment(
                payment.item,
                payment.claim_as_sent,
                str(dollars(payment.paid_cents)),
                payment.trace,
                payment.paid_on,
                payment.file,
            )
            for payment in waiting
        ),
    )


def _posted(path: str, posted: "Posted") -> PostedAnswers:
    return PostedAnswers(
        path=path,
        kind="+".join(posted.kinds),
        transactions=posted.transactions,
        matched=posted.matched,
        denied=posted.denied,
        unmatched=tuple(
            UnmatchedAnswer(answer.claim_id, answer.why, answer.fix, answer.rejects) for answer in posted.unmatched
        ),
        problems=tuple(posted.problems),
        rejected=tuple(RejectedEntry(claim.claim_id, claim.state, claim.why, claim.words) for claim in posted.rejected),
        notices=tuple(posted.notices),
        remittances=tuple(posted.remittances),
        provider_adjustments=tuple(posted.transfers),
        skipped=posted.skipped,
        posted_at=posted.posted_at,
    )


@attrs.frozen
class ItemNotSettled:
    """An item that could not be settled, and why."""

    item: str
    why: str


@attrs.frozen
class SettleReport:
    """What `settle --json` writes: the items of the work list that were settled, and those that were not."""

    peerbill: str
    settled: tuple[str, ...]
    refused: tuple[ItemNotSettled, ...]
    schema: int = SCHEMA


def settle_report(done: Iterable[str], refused: Iterable[tuple[str, str]]) -> SettleReport:
    """Return what was settled, and what was not with why, as `settle --json` writes it."""
    return SettleReport(__version__, tuple(done), tuple(ItemNotSettled(*refusal) for refusal in refused))


# --- purge -----------------------------------------------------------------------------------------------------------


@attrs.frozen
class KeptFamilies:
    """How many claims of before the day stay, each with its corrections, and why."""

    reason: str
    claims: int


@attrs.frozen
class PurgeReport:
    """What `purge --json` writes: what was purged, or would be; `copies` are ledgers that hold the data still."""

    peerbill: str
    before: Date
    dry_run: bool
    claims: int
    encounters: int
    payments: int
    questions: int
    kept: tuple[KeptFamilies, ...]
    copies: tuple[str, ...]
    schema: int = SCHEMA


def purge_report(done: "Purge", copies: Iterable[Path], *, dry_run: bool) -> PurgeReport:
    """Return what a purge did, or would do, as `purge --json` writes it."""
    return PurgeReport(
        __version__,
        done.before,
        dry_run,
        done.claims,
        done.encounters,
        done.payments,
        done.questions,
        tuple(KeptFamilies(*kept) for kept in done.kept),
        tuple(map(str, copies)),
    )


# --- void, replace, rebill, write-off, withdraw ----------------------------------------------------------------------


@attrs.frozen
class NotDone:
    """A claim for which a command could not do it, and why, with what to do instead."""

    claim_id: str
    why: str


@attrs.frozen
class LineOfCorrection:
    """One service line as it was sent, or as it would be."""

    service_date: Date
    hcpcs: str
    modifiers: tuple[str, ...]
    units: int
    charge: str
    diagnoses: tuple[str, ...] = attrs.field(repr=False)
    encounter_ids: tuple[str, ...]


@attrs.frozen
class LinesOfCorrection:
    """The lines before or after a correction, and their charge."""

    charge: str
    lines: tuple[LineOfCorrection, ...]


@attrs.frozen
class ChangedField:
    """What a correction changes beside the lines."""

    field: str
    before: str
    after: str


@attrs.frozen
class LeftOutEncounter:
    """An encounter of the original that its replacement does not bill: the codes that hold it, none where it is gone.

    `earlier` is the claim to the payer before, where that one bills it no more, or "".
    """

    encounter_id: str
    codes: tuple[str, ...]
    earlier: str


@attrs.frozen
class CorrectionEntry:
    """A void or replacement.

    `new_claim_id` is null where nothing was sent, `state` that of the original, `last_day` the last day to send a
    replacement or null, `followers` the claims to the next payer that rest on the answer to the original.
    """

    claim_id: str
    new_claim_id: str | None
    payer: str
    member_id: str
    state: str
    frequency: str
    payer_control_number: str
    before: LinesOfCorrection
    after: LinesOfCorrection
    changes: tuple[ChangedField, ...]
    left_out: tuple[LeftOutEncounter, ...]
    added: tuple[str, ...]
    last_day: Date | None
    followers: tuple[str, ...]


@attrs.frozen
class CorrectionTotals:
    """How many claims, and what all of them come to before and after."""

    claims: int
    before: str
    after: str


@attrs.frozen
class CorrectionReport:
    """What `void --json` and `replace --json` write. It has diagnoses: keep it as safe as the ledger."""

    peerbill: str
    as_of: Date
    action: str
    dry_run: bool
    corrections: tuple[CorrectionEntry, ...]
    refused: tuple[NotDone, ...]
    totals: CorrectionTotals
    schema: int = SCHEMA


Key = tuple[str, str]
"""A correction: the claim that it corrects, and the payer's number of it."""


def correction_key(correction: "Correction") -> Key:
    """Return what tells a correction from the others of a plan."""
    return correction.original.claim_id, correction.original.payer_control_number


def correction_report(
    action: str, plan: "CorrectionPlan", day: Date, made: Mapping[Key, Claim], *, dry_run: bool
) -> CorrectionReport:
    """Return a plan as `void --json` and `replace --json` write it; `made` are the claims that were sent for it."""
    before, after = correction_totals(plan)
    return CorrectionReport(
        peerbill=__version__,
        as_of=day,
        action=action,
        dry_run=dry_run,
        corrections=tuple(
            _correction(correction, made.get(correction_key(correction))) for correction in plan.corrections
        ),
        refused=_not_done(plan.refused),
        totals=CorrectionTotals(len(plan.corrections), two_decimals(before), two_decimals(after)),
    )


def correction_totals(plan: "CorrectionPlan") -> tuple[Decimal, Decimal]:
    """Return what the claims of a plan come to before and after, in dollars."""
    return (
        sum((_charge(correction.before) for correction in plan.corrections), Decimal(0)),
        sum((_charge(correction.after) for correction in plan.corrections), Decimal(0)),
    )


def _correction(correction: "Correction", made: Claim | None) -> CorrectionEntry:
    original = correction.original
    return CorrectionEntry(
        claim_id=original.claim_id,
        new_claim_id=made.claim_id if made is not None else None,
        payer=original.payer,
        member_id=original.member_id,
        state=original.state,
        frequency=correction.claim.frequency,
        payer_control_number=original.payer_control_number,
        before=_lines(correction.before),
        after=_lines(correction.after),
        changes=tuple(ChangedField(*change) for change in correction.changes),
        left_out=tuple(LeftOutEncounter(left.encounter_id, left.codes, left.earlier) for left in correction.left_out),
        added=correction.added,
        last_day=correction.last_day,
        followers=correction.followers,
    )


def _lines(lines: Sequence["CorrectedLine"]) -> LinesOfCorrection:
    return LinesOfCorrection(
        two_decimals(_charge(lines)),
        tuple(
            LineOfCorrection(
                line.service_date,
                line.hcpcs,
                line.modifiers,
                line.units,
                two_decimals(line.charge),
                line.diagnoses,
                line.encounter_ids,
            )
            for line in lines
        ),
    )


def _charge(lines: Sequence["CorrectedLine"]) -> Decimal:
    return sum((line.charge for line in lines), Decimal(0))


@attrs.frozen
class DoneReport:
    """What `rebill --json` and `write-off --json` write: the claims for which it was done, and the others."""

    peerbill: str
    done: tuple[str, ...]
    refused: tuple[NotDone, ...]
    schema: int = SCHEMA


def done_report(done: Iterable[str], refused: Iterable["Refused"]) -> DoneReport:
    """Return what was done and what was not as `rebill --json` and `write-off --json` write it."""
    return DoneReport(__version__, tuple(done), _not_done(refused))


@attrs.frozen
class WithdrawReport:
    """What `withdraw --json` writes; `barred` are claims that stand again though what they bill was billed again."""

    peerbill: str
    dry_run: bool
    done: tuple[str, ...]
    refused: tuple[NotDone, ...]
    barred: tuple[str, ...]
    schema: int = SCHEMA


def withdraw_report(found: "Withdrawals", *, dry_run: bool) -> WithdrawReport:
    """Return withdrawals as `withdraw --json` writes them."""
    ids = tuple(claim.claim_id for claim in found.claims)
    return WithdrawReport(__version__, dry_run, ids, _not_done(found.refused), found.barred)


def _not_done(refused: Iterable["Refused"]) -> tuple[NotDone, ...]:
    return tuple(NotDone(refusal.claim_id, refusal.why) for refusal in refused)


# --- ledger ----------------------------------------------------------------------------------------------------------


@attrs.frozen
class LastEntry:
    """The last entry of the audit trail; `number` is 0 where there is none."""

    number: int
    hash: str


@attrs.frozen
class SavedCheckpoint:
    """A checkpoint that the trail was compared with; `at` is UTC.

    `signature` is "verified" with a key, "not looked at" without one, and "" where the checkpoint has none.
    """

    number: int
    hash: str
    at: str
    signature: str


@attrs.frozen
class LedgerProblem:
    """Something that is not as peerbill left it; `number` is the entry of the trail at which it shows, or null."""

    kind: str
    message: str
    number: int | None


@attrs.frozen
class LedgerReport:
    """What `ledger verify --json` writes; `tag` is "" for a ledger that has none yet."""

    whole: bool
    tag: str
    entries: int
    last: LastEntry
    claims: int
    checkpoint: SavedCheckpoint | None
    problems: tuple[LedgerProblem, ...]
    schema: int = SCHEMA


@attrs.frozen
class CheckpointReport:
    """What `ledger checkpoint` writes: where the audit trail ended at a time (UTC)."""

    number: int
    hash: str
    at: str
    schema: int = SCHEMA


@attrs.frozen
class SignedCheckpointReport:
    """What `ledger checkpoint --key` writes: a checkpoint with its ed25519 signature, as 128 hexadecimal digits."""

    number: int
    hash: str
    at: str
    signature: str
    schema: int = SCHEMA


def ledger_report(
    found: "Verification", tag: str, saved: "Checkpoint | None", *, verified: bool = False
) -> LedgerReport:
    """Return what a ledger was found to be as `ledger verify --json` writes it.

    `verified`: the signature of the checkpoint is that of a key which was given.
    """
    return LedgerReport(
        whole=not found.problems,
        tag=tag,
        entries=found.entries,
        last=LastEntry(found.last, found.hash),
        claims=found.claims,
        checkpoint=None if saved is None else _saved(saved, verified=verified),
        problems=tuple(LedgerProblem(problem.kind, problem.message, problem.number) for problem in found.problems),
    )


def _saved(saved: "Checkpoint", *, verified: bool) -> SavedCheckpoint:
    looked_at = "verified" if verified else "not looked at"
    return SavedCheckpoint(saved.number, saved.hash, saved.at, looked_at if saved.signature else "")
