"""What `sample`, `extrapolate` and `review` write, as typed values."""

import datetime as dt
from collections.abc import Iterable, Mapping

import attrs

from peerbill import __version__
from peerbill.documents.kinds import SCHEMA
from peerbill.model.finding import Citation
from peerbill.model.money import two_decimals
from peerbill.model.review import ReviewDecision
from peerbill.model.waiver import Waiver
from peerbill.review.extrapolate import Extrapolation
from peerbill.review.plan import SamplePlan
from peerbill.review.summary import NOTE, SOURCES, ReviewSummary

Date = dt.date

__all__ = [
    "EndWaiverReport",
    "ExtrapolateReport",
    "ReviewListReport",
    "ReviewRecordReport",
    "ReviewSummaryReport",
    "SamplePlan",
    "WaiveReport",
    "end_waiver_report",
    "extrapolate_report",
    "review_list_report",
    "review_record_report",
    "review_summary_report",
    "waive_report",
]


@attrs.frozen
class ExtrapolateReport:
    """What `extrapolate --json` writes: the result, and the SHA-256 of the plan and the decisions that it rests on."""

    peerbill: str
    plan_sha256: str
    decisions_sha256: str
    result: Extrapolation
    schema: int = SCHEMA


def extrapolate_report(result: Extrapolation, plan_sha256: str, decisions_sha256: str) -> ExtrapolateReport:
    """Return a result as `extrapolate --json` writes it."""
    return ExtrapolateReport(__version__, plan_sha256, decisions_sha256, result)


@attrs.frozen
class NotWaived:
    """An encounter of which nothing was waived, and why, with what to do instead."""

    encounter_id: str
    why: str


@attrs.frozen
class WaiveReport:
    """What `review waive --json` writes: the waivers that were given, and encounters that were refused."""

    peerbill: str
    waived: tuple[Waiver, ...]
    refused: tuple[NotWaived, ...]
    schema: int = SCHEMA


def waive_report(waivers: Iterable[Waiver], refused: Iterable[tuple[str, str]]) -> WaiveReport:
    """Return waivers that were given, and encounters without with why, as `review waive --json` writes them."""
    return WaiveReport(__version__, tuple(waivers), tuple(NotWaived(*refusal) for refusal in refused))


@attrs.frozen
class WaiverNotEnded:
    """A waiver that could not be ended, and why."""

    waiver_id: str
    why: str


@attrs.frozen
class EndWaiverReport:
    """What `review end-waiver --json` writes: the waivers that were ended, and those that were not."""

    peerbill: str
    ended: tuple[str, ...]
    refused: tuple[WaiverNotEnded, ...]
    schema: int = SCHEMA


def end_waiver_report(done: Iterable[str], refused: Iterable[tuple[str, str]]) -> EndWaiverReport:
    """Return waivers that were ended, and others with why not, as `review end-waiver --json` writes them."""
    return EndWaiverReport(__version__, tuple(done), tuple(WaiverNotEnded(*refusal) for refusal in refused))


@attrs.frozen
class ReviewRecordReport:
    """What `review record --json` writes: the decisions that are new in the audit trail."""

    peerbill: str
    recorded: tuple[ReviewDecision, ...]
    schema: int = SCHEMA


def review_record_report(decisions: Iterable[ReviewDecision]) -> ReviewRecordReport:
    """Return new decisions as `review record --json` writes them."""
    return ReviewRecordReport(__version__, tuple(decisions))


@attrs.frozen
class ReviewListReport:
    """What `review list --json` writes, in the order of the audit trail: every waiver and every decision.

    Expired and ended waivers are among them, and decisions that a later one on the same requirement replaced.
    """

    peerbill: str
    waivers: tuple[Waiver, ...]
    decisions: tuple[ReviewDecision, ...] = ()
    schema: int = SCHEMA


def review_list_report(waivers: Iterable[Waiver], decisions: Iterable[ReviewDecision]) -> ReviewListReport:
    """Return waivers and decisions as `review list --json` writes them."""
    return ReviewListReport(__version__, tuple(waivers), tuple(decisions))


@attrs.frozen
class SummaryRequirement:
    """How often a requirement had each rating; `ratings` are by word."""

    programme: str
    requirement: str
    question: str
    ratings: Mapping[str, int]


@attrs.frozen
class SummaryPayer:
    """What a payer is to be repaid, in dollars as text: for certain, and at most beside that; `deadline` the first."""

    payer: str
    amount: str
    at_most: str
    deadline: Date


@attrs.frozen
class SummaryRepayment:
    """A paid line whose payment is not supported; `amount` is exact where `others` is empty, else at most."""

    payer: str
    claim_id: str
    line: int
    encounter_ids: tuple[str, ...]
    others: tuple[str, ...]
    amount: str
    identified_on: Date
    deadline: Date
    is_late: bool
    why: str
    do: str


@attrs.frozen
class SummarySelfCorrected:
    """An encounter repaid before notice; `paid` is what the ledger still shows for its lines, in dollars as text."""

    encounter_id: str
    reason: str
    reviewer: str
    claim_ids: tuple[str, ...]
    paid: str


@attrs.frozen
class ReviewSummaryReport:
    """What `review summary --json` writes. It has ids of encounters and claims, and reviewers' reasons.

    `outcomes` are counts of encounters by word, `not_paid` encounters that are not supported and of which nothing is
    paid, `open` those whose ratings decide nothing yet; `citations` are the sources of the 60 days, and `note` says how
    they are counted.
    """

    peerbill: str
    as_of: Date
    encounters: int
    outcomes: Mapping[str, int]
    requirements: tuple[SummaryRequirement, ...]
    payers: tuple[SummaryPayer, ...]
    repayments: tuple[SummaryRepayment, ...]
    not_paid: tuple[str, ...]
    self_corrected: tuple[SummarySelfCorrected, ...]
    open: tuple[str, ...]
    note: str
    citations: tuple[Citation, ...]
    schema: int = SCHEMA


def review_summary_report(found: ReviewSummary) -> ReviewSummaryReport:
    """Return a summary as `review summary --json` writes it."""
    return ReviewSummaryReport(
        peerbill=__version__,
        as_of=found.as_of,
        encounters=found.encounters,
        outcomes={str(outcome): count for outcome, count in found.outcomes.items()},
        requirements=tuple(
            SummaryRequirement(
                one.programme,
                one.requirement,
                one.question,
                {str(rating): count for rating, count in one.ratings.items()},
            )
            for one in found.requirements
        ),
        payers=tuple(
            SummaryPayer(one.payer, two_decimals(one.amount), two_decimals(one.at_most), one.deadline)
            for one in found.payers
        ),
        repayments=tuple(
            SummaryRepayment(
                one.payer,
                one.claim_id,
                one.line,
                one.encounter_ids,
                one.others,
                two_decimals(one.amount),
                one.identified_on,
                one.deadline,
                one.is_late,
                one.why,
                one.do,
            )
            for one in found.repayments
        ),
        not_paid=found.not_paid,
        self_corrected=tuple(
            SummarySelfCorrected(one.encounter_id, one.reason, one.reviewer, one.claim_ids, two_decimals(one.paid))
            for one in found.self_corrected
        ),
        open=found.open,
        note=NOTE,
        citations=SOURCES,
    )
