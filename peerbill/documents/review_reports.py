"""What `sample`, `extrapolate` and `review` write, as typed values."""

from collections.abc import Iterable

import attrs

from peerbill import __version__
from peerbill.documents.kinds import SCHEMA
from peerbill.model.review import ReviewDecision
from peerbill.model.waiver import Waiver
from peerbill.review.extrapolate import Extrapolation
from peerbill.review.plan import SamplePlan

__all__ = [
    "EndWaiverReport",
    "ExtrapolateReport",
    "ReviewListReport",
    "ReviewRecordReport",
    "SamplePlan",
    "WaiveReport",
    "end_waiver_report",
    "extrapolate_report",
    "review_list_report",
    "review_record_report",
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
