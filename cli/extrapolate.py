"""`peerbill extrapolate`: from a reviewed sample to the frame."""

from pathlib import Path

import click

from peerbill.documents.review_reports import extrapolate_report
from peerbill.documents.text import report_text
from peerbill.model.errors import UnusableInputError
from peerbill.model.input_files import read_file
from peerbill.model.money import printed
from peerbill.review.extrapolate import ESTIMATORS, LIMITS, Bounds, Extrapolation, Rate
from peerbill.review.extrapolate import extrapolate as extrapolated

from . import options, output
from .console import echo
from .named_files import INPUT
from .reviewing import saved_plan, saved_review


@click.command(short_help="Estimate from a reviewed sample what was overpaid in all, with its limits.")
@click.argument("plan", type=INPUT)
@click.argument("decisions", type=INPUT)
@click.option("--spares", is_flag=True, help="Spares take the place of units without a decision, in their order.")
@click.option("--estimator", type=click.Choice(ESTIMATORS), default="difference", show_default=True)
@click.option("--limits", type=click.Choice(LIMITS), help="By default normal for strata, else t.")
@click.option("--again", type=INPUT, metavar="FILE", help="Compare with the JSON of an earlier run, byte for byte.")
@options.json_file
def extrapolate(
    plan: Path,
    decisions: Path,
    spares: bool,
    estimator: str,
    limits: str | None,
    again: Path | None,
    json_file: Path | None,
) -> None:
    """Estimate from PLAN (plan.json of `sample`) and DECISIONS (decisions.csv, filled in) what was overpaid in all.

    The plan is made again from frame.csv beside it first, and a changed one is refused. A decision is allowed,
    overpaid or underpaid (with correct_amount), missing-record, or self-corrected (repaid before notice, which counts
    as zero). Nothing is estimated while a unit of the sample has no decision; with --spares the next spare of its
    stratum takes its place. Amounts are rounded once, half a cent away from zero.

    Exit code: 0; 2 for input that cannot be used, for an incomplete review, or where --again finds a difference.
    """
    saved = saved_plan(plan)
    review, sha256 = saved_review(saved, decisions, spares=spares)
    result = extrapolated(saved.plan, saved.drawn_rows, review, estimator=estimator, limits=limits or "")
    text = report_text(extrapolate_report(result, saved.sha256, sha256))
    if again is not None and read_file(again) != text.encode():
        raise UnusableInputError(f"{again} differs: this plan, these decisions and these options give another result")
    if json_file is not None:
        output.write_file(json_file, text)
    _print(result, err=json_file == output.STANDARD)
    if again is not None:
        echo(f"{again}: the same, byte for byte", err=json_file == output.STANDARD)


def _print(result: Extrapolation, *, err: bool) -> None:
    rows = [
        (
            stratum.name,
            f"{stratum.units:,}",
            f"{stratum.reviewed:,}",
            f"{stratum.in_error:,}",
            printed(stratum.overpaid),
            printed(stratum.underpaid),
            printed(stratum.net),
        )
        for stratum in result.strata
    ]
    output.print_table(("stratum", "units", "reviewed", "in error", "overpaid", "underpaid", "net"), rows, err=err)
    found = ", ".join(f"{count:,} {word}" for word, count in result.decisions.items() if count)
    replaced = f"; spares took {len(result.replaced):,} places" if result.replaced else ""
    echo(f"Rows: {found}{replaced}", err=err)
    precision = f", precision {result.precision:.2%}" if result.precision is not None else ""
    echo(
        f"Overpaid in all ({result.estimator} estimator): {printed(result.point)}, "
        f"standard error {printed(result.standard_error)}{precision}",
        err=err,
    )
    echo(f"{result.confidence:.0%} limits: {_limits(result.interval)}", err=err)
    echo(f"  to compare: {_limits(result.other_interval)}", err=err)
    if result.bootstrap:
        echo(f"  to compare: {printed(result.bootstrap[0])} to {printed(result.bootstrap[1])} (bootstrap)", err=err)
    echo(f"Units in error: {_rate(result.error_rate)}", err=err)
    echo(f"Dollars in error: {_rate(result.paid_error_rate)}", err=err)
    amount = f"{printed(result.verdict.amount)}: " if result.verdict.amount is not None else ""
    output.print_paragraph(f"Asked back: {amount}{result.verdict.why}", err=err)
    if result.verdict.source is not None:
        output.print_paragraph(f"  Source: {output.cited(result.verdict.source)}", err=err)
    for sentence in result.statement:
        output.print_paragraph(sentence, err=err)
    for warning in result.warnings:
        output.print_paragraph(f"Warning: {warning}", err=True)


def _limits(bounds: Bounds) -> str:
    degrees = f", {bounds.degrees} degrees of freedom" if bounds.degrees else ""
    return f"{printed(bounds.lower)} to {printed(bounds.upper)} ({bounds.limits}{degrees})"


def _rate(rate: Rate) -> str:
    return f"{rate.rate:.2%} ({rate.lower:.2%} to {rate.upper:.2%}, {rate.method})"
