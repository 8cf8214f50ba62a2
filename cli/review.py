"""`peerbill review`: waivers, checklists and reviewers' decisions, in the audit trail."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from peerbill.documents.review_reports import (
    end_waiver_report,
    review_list_report,
    review_record_report,
    review_summary_report,
    waive_report,
)
from peerbill.intake.workspace import today, workspace_settings
from peerbill.ledger.waivers import LONGEST_REASON
from peerbill.model.errors import UnusableInputError
from peerbill.model.plural import counted
from peerbill.model.review import Rating, ReviewDecision
from peerbill.review.checklist import Checklist
from peerbill.review.checklist_files import checklist_csv, checklist_workbook
from peerbill.review.conclusions import conclusions
from peerbill.review.sample_decisions import decisions_of_reviews
from peerbill.review.sampled import claims_of_plan, encounters_of_rows, places_of_encounters

from . import options, output
from .console import echo
from .named_files import INPUT, REPORT, InputFile
from .review_summary import print_summary
from .reviewing import saved_plan
from .waived import encounters, print_waivers


@click.group(
    short_help="Waive findings; make checklists, record what reviewers decide, sum it up.", no_args_is_help=False
)
def review() -> None:
    """Waive findings, fill in checklists, record and sum up what reviewers decide, in the audit trail of the ledger."""


@review.command(short_help="Waive what the audit finds in encounters, until a day.")
@options.workspace
@click.argument("code", metavar="CODE")
@click.argument("encounter_ids", metavar="ENCOUNTER...", nargs=-1, required=True)
@options.reason(LONGEST_REASON)
@options.day_option("--until", text="The last day on which it holds, a year ahead at most.")
@click.option("--where", default="", metavar="PLACE", help="The place of the finding, such as encounters.goal.")
@options.day_option("--notice", text="The day of an audit notice, as in peerbill audit.")
@click.option("--billed", is_flag=True, help="As if nothing had been billed, as in peerbill audit.")
@options.as_of
@options.json_file
@click.pass_context
@options.bulk
def waive(
    ctx: click.Context,
    folder: Path,
    code: str,
    encounter_ids: tuple[str, ...],
    reason: str,
    until: dt.date | None,
    where: str,
    notice: dt.date | None,
    billed: bool,
    as_of: dt.date | None,
    json_file: Path | None,
) -> None:
    """Waive the findings CODE, such as PB803, of each ENCOUNTER in the workspace in DIR.

    The audit lists them apart, with the reason, and they are no open warning. An error holds an encounter because a
    source says not to bill it: it cannot be waived. What only `severity` in peerbill.toml made an error can be: the
    encounter is then billed. A waiver ends on its last day, and covers nothing once an encounter or the finding's
    figures change. A finding about several encounters is waived where all of them are named. The reason is kept in the
    audit trail for good and may be shown to auditors: write no person's data into it.

    Exit code: 0 all waived, 1 some could not be (with the reason), 2 the input cannot be used.
    """
    if until is None:
        raise click.UsageError("--until is missing: give the last day of the waiver, such as 2027-03-31.")
    records = options.records(folder)
    agency = options.agency(records.settings, folder)
    waivers, refused = agency.waive(
        records,
        code.strip().upper(),
        encounter_ids,
        reason=reason,
        until=until,
        where=where.strip(),
        day=as_of,
        notice=notice,
        billed=billed,
    )
    aside = json_file == output.STANDARD
    for waiver in waivers:
        what = f"{waiver.code} {waiver.where} of {encounters(waiver)} is waived until {waiver.until}"
        output.print_paragraph(f"{waiver.waiver_id}: {what}: {waiver.message}", err=aside)
    _print_refused(refused, aside=aside)
    if json_file:
        done = output.was_done(len(waivers), "waiver", "recorded")
        output.write_json(json_file, waive_report(waivers, refused), done=done)
    ctx.exit(1 if refused else 0)


@review.command("end-waiver", short_help="End waivers before their last day.")
@options.workspace
@click.argument("waiver_ids", metavar="WAIVER...", nargs=-1, required=True)
@options.reason(LONGEST_REASON)
@options.json_file
@click.pass_context
def end_waiver(
    ctx: click.Context, folder: Path, waiver_ids: tuple[str, ...], reason: str, json_file: Path | None
) -> None:
    """End each WAIVER, such as W17, of the workspace in DIR: what it covers counts again.

    The audit trail keeps the waiver, its end and the reason. Exit code: 0 all ended, 1 some could not be (with the
    reason), 2 the input cannot be used.
    """
    done, refused = options.agency(workspace_settings(folder), folder).end_waivers(waiver_ids, reason)
    aside = json_file == output.STANDARD
    for waiver_id in done:
        echo(f"{waiver_id}: ended", err=aside)
    _print_refused(refused, aside=aside)
    if json_file:
        ended = output.was_done(len(done), "waiver", "ended")
        output.write_json(json_file, end_waiver_report(done, refused), done=ended)
    ctx.exit(1 if refused else 0)


@review.command(short_help="Write a checklist to fill in: a page, a workbook or CSV.")
@options.workspace
@click.argument("encounter_ids", metavar="[ENCOUNTER...]", nargs=-1)
@click.option("--plan", type=INPUT, help="The sample of this plan.json.")
@click.option("--spares", is_flag=True, help="With --plan: its spares, too.")
@click.option("--programme", default="", metavar="STATE/PROGRAMME", help="Only encounters of this programme.")
@click.option("--open", "is_open", is_flag=True, help="Only what has no decision yet.")
@click.option(
    "--out",
    type=REPORT,
    required=True,
    metavar="FILE",
    help="A new file whose name ends in .html, .xlsx or .csv.",
)
@options.as_of
@options.bulk
def checklist(
    folder: Path,
    encounter_ids: tuple[str, ...],
    plan: Path | None,
    spares: bool,
    programme: str,
    is_open: bool,
    out: Path,
    as_of: dt.date | None,
) -> None:
    """Write a checklist for encounters in the workspace in DIR: those named, or the sample of a plan.

    There is a row for each encounter and requirement of its programme on the day of service, with what the policy says
    and who says so; the last row of an encounter asks about the payment as a whole. What the audit finds is beside it
    as a hint. The reviewer enters a rating in words of North Carolina's audit tool (met, not met, no note, provider
    name missing, repaid before notice, not applicable) and a reason, and `peerbill review record` reads the file back.
    It has ids, days and values of the policy, and no names. Exit code: 0; 2 for input that cannot be used.
    """
    ending = out.suffix.lower()
    if ending not in _WRITERS:
        raise click.UsageError(f"--out {out}: expected a name that ends in {', '.join(_WRITERS)}.")
    if bool(encounter_ids) == (plan is not None):
        raise click.UsageError("Name encounters, or give --plan; one of the two.")
    if spares and plan is None:
        raise click.UsageError("--spares goes with --plan.")
    if out.exists():
        raise UnusableInputError(f"{out} is there: give a new name, so that no ratings are lost")
    records = options.records(folder)
    agency = options.agency(records.settings, folder)
    places: dict[str, str] = {}
    if plan is not None:
        drawn = saved_plan(plan).plan
        wanted = claims_of_plan(drawn, spares=spares)
        claims = agency.claims(*wanted, history=False) if wanted else ()
        places = places_of_encounters(drawn, encounters_of_rows(drawn, claims, spares=spares), spares=spares)
    made = agency.checklist(
        records, encounter_ids or tuple(places), places=places, programme=programme, is_open=is_open, day=as_of
    )
    _WRITERS[ending](out, made)
    echo(
        f"Wrote {out}: {counted(len(made.rows), 'question')} on {counted(len(made.encounter_ids), 'encounter')}. "
        f"When it is filled in: peerbill review record {output.in_command(folder)} FILE --reviewer NAME"
    )


def _write_page(file: Path, made: Checklist) -> None:
    from peerbill.review.checklist_page import checklist_page  # noqa: PLC0415 - only a page needs it

    output.write_file(file, checklist_page(made))


def _write_workbook(file: Path, made: Checklist) -> None:
    output.write_bytes(file, checklist_workbook(made))


def _write_csv(file: Path, made: Checklist) -> None:
    output.write_file(file, checklist_csv(made))


_WRITERS = {".html": _write_page, ".xlsx": _write_workbook, ".csv": _write_csv}


@review.command(short_help="Record the ratings of a checklist that was filled in.")
@options.workspace
@click.argument("form", metavar="FILE", type=InputFile(path_type=Path, dir_okay=False, exists=True))
@click.option("--reviewer", required=True, metavar="NAME", help="Who decided; kept in the audit trail.")
@options.json_file
def record(folder: Path, form: Path, reviewer: str, json_file: Path | None) -> None:
    """Record the ratings of FILE, a checklist of `peerbill review checklist` or the CSV that its page saves.

    A row without a rating is left out. The same file again changes nothing; a changed rating is a new entry of the
    audit trail, and the one before stays in it. Nothing is recorded where a row cannot be read, names an encounter
    that nobody knows, or was changed other than in rating and reason: each such line is reported. The trail keeps the
    reasons for good and may be shown to auditors: write no person's data into them.

    Exit code: 0; 2 for a file that cannot be used.
    """
    records = options.records(folder)
    decisions = options.agency(records.settings, folder).record_review(records, form, reviewer)
    aside = json_file == output.STANDARD
    counts = Counter(one.rating for one in decisions)
    ratings = ", ".join(f"{counts[rating]:,} {rating}" for rating in Rating if counts[rating])
    rated = counted(len({one.encounter_id for one in decisions}), "encounter")
    if decisions:
        echo(f"Recorded {counted(len(decisions), 'rating')} of {rated}: {ratings}", err=aside)
    else:
        echo("Nothing new: the file has no rating, or all of them are recorded.", err=aside)
    if json_file:
        done = output.was_done(len(decisions), "rating", "recorded")
        output.write_json(json_file, review_record_report(decisions), done=done)


@review.command(short_help="Sum up a review: ratings, what is to be repaid, and by which day.")
@options.workspace
@options.as_of
@options.sources
@options.json_file
def summary(folder: Path, as_of: dt.date | None, json_file: Path | None, *, sources: bool) -> None:
    """Sum up what reviewers decided in the workspace in DIR: ratings, what is to be repaid to whom, and by which day.

    A paid line is to be repaid where the payment was rated "not met", "no note" or "provider name missing"; where it
    was not rated, a requirement that a text which was read makes a must decides. What was repaid before notice is
    listed apart and never counted again. An overpayment is reported and returned within 60 days after it was
    identified: counted from the day on which the rating was recorded, or todo found the encounter held, if earlier.

    Exit code: 0 nothing is to be repaid, 1 something is, 2 the input cannot be used.
    """
    found = options.agency(workspace_settings(folder), folder).review_summary(as_of)
    print_summary(found, sources=sources, err=json_file == output.STANDARD)
    if json_file:
        output.write_json(json_file, review_summary_report(found))
    click.get_current_context().exit(1 if found.repayments else 0)


@review.command(short_help="Write decisions.csv for extrapolate, from the ratings of a sample.")
@options.workspace
@click.argument("plan", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE")
def decisions(folder: Path, plan: Path, out: Path) -> None:
    """Write the decisions on the sample of PLAN, as recorded in the workspace in DIR, for `peerbill extrapolate`.

    A row is allowed where all its encounters are supported, self-corrected where all were repaid before notice,
    missing-record where there is no note of any, and otherwise overpaid in full where none is supported. A row of
    which a part is supported, or of which nobody rated the payment, stays blank for a person.

    Exit code: 0 every row of the sample is decided, 1 some are blank, 2 the input cannot be used.
    """
    if out.exists():
        raise UnusableInputError(f"{out} is there: give a new name, so that no decisions are lost")
    settings = workspace_settings(folder)
    agency = options.agency(settings, folder)
    saved = saved_plan(plan)
    wanted = claims_of_plan(saved.plan, spares=True)
    claims = agency.claims(*wanted, history=False) if wanted else ()
    text, decided, left = decisions_of_reviews(
        saved.plan,
        saved.drawn_rows,
        encounters_of_rows(saved.plan, claims, spares=True),
        conclusions(agency.reviews(), ZoneInfo(settings.organization.timezone)),
    )
    output.write_file(out, text)
    rest = f", {counted(left, 'row')} left blank for a person" if left else ""
    echo(f"Wrote {out}: {counted(decided, 'row')} decided{rest}")
    click.get_current_context().exit(1 if left else 0)


@review.command("list", short_help="List waivers and reviewers' decisions.")
@options.workspace
@options.json_file
def list_(folder: Path, json_file: Path | None) -> None:
    """List the waivers and the reviewers' decisions of the workspace in DIR.

    Waivers that have expired or were ended are among them, and in JSON also decisions that later ones replaced. Exit
    code: 0, 2.
    """
    settings = workspace_settings(folder)
    agency = options.agency(settings, folder)
    waivers, decisions = agency.waivers(), agency.reviews()
    aside = json_file == output.STANDARD
    if waivers:
        print_waivers(waivers, today(settings), err=aside)
    if decisions:
        _print_decisions(decisions, err=aside)
    if not (waivers or decisions):
        echo("There is no waiver and no decision.", err=aside)
    if json_file:
        output.write_json(json_file, review_list_report(waivers, decisions))


def _print_decisions(decisions: Sequence[ReviewDecision], *, err: bool) -> None:
    last = {one.subject: one for one in decisions}
    rows = [
        (one.encounter_id, one.requirement, str(one.rating), f"{one.reviewer}, {one.at[:10]}", one.reason)
        for _, one in sorted(last.items())
    ]
    output.print_table(("encounter", "requirement", "rating", "by", "reason"), rows, err=err)
    replaced = len(decisions) - len(last)
    if replaced:
        echo(f"{counted(replaced, 'earlier decision')} in the audit trail: --json lists them.", err=err)


def _print_refused(refused: Sequence[tuple[str, str]], *, aside: bool) -> None:
    for id_, why in refused:
        output.print_paragraph(f"Not done: {id_}: {why}", err=aside)
