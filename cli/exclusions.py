"""`peerbill exclusions`: compare the staff with a list of excluded persons."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from peerbill.documents.exclusions_report import exclusions_report
from peerbill.intake.exclusion_list import LEIE_FORM, ExclusionList, ListForm, date_in_name, read_form, read_list
from peerbill.intake.exclusion_matches import Match
from peerbill.intake.importing.write import alone, recover, write_tables
from peerbill.intake.screening import ScreeningPlan, plan_screening
from peerbill.intake.workspace import today
from peerbill.ledger.store.ledger import user
from peerbill.model.errors import UnusableInputError
from peerbill.model.input_files import read_text_file
from peerbill.model.plural import counted
from peerbill.todo.screening import LEIE, MOST_DAYS

from . import audited, options, output, run_log
from .console import echo
from .named_files import INPUT

LEAST_ROWS = 50_000
"""The whole list of the OIG has about 80,000 rows: a file with fewer than this was cut off, or is a supplement."""


def _decisions(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> Sequence[tuple[str, int]]:
    found = []
    for value in values:
        parts = re.fullmatch(r"(.+):([0-9]{1,9})", value)
        if parts is None:
            raise click.BadParameter(
                f"{value}: expected a staff_id and a row of the list, such as S3:9112.", ctx, param
            )
        found.append((parts[1], int(parts[2])))
    return found


@click.command(short_help="Compare the staff with a list of excluded persons.")
@options.workspace
@click.argument("file", type=INPUT)
@click.option(
    "--mapping",
    "mapping",
    type=INPUT,
    metavar="FILE",
    help="How a state's list is read; without it the file is the OIG's LEIE.",
)
@options.day_option("--list-date", text="The day of the list as YYYY-MM-DD, where the file's name does not have it.")
@options.as_of
@click.option(
    "--excluded", multiple=True, callback=_decisions, metavar="ID:ROW", help="Somebody looked: it is this person."
)
@click.option(
    "--cleared", multiple=True, callback=_decisions, metavar="ID:ROW", help="Somebody looked: it is another person."
)
@click.option("--partial", is_flag=True, help="A part of a list, such as a monthly supplement: it clears nobody.")
@click.option("--dry-run", is_flag=True, help="Show what would be written.")
@options.json_file
@click.pass_context
def exclusions(
    ctx: click.Context,
    folder: Path,
    file: Path,
    mapping: Path | None,
    list_date: dt.date | None,
    as_of: dt.date | None,
    excluded: Sequence[tuple[str, int]],
    cleared: Sequence[tuple[str, int]],
    partial: bool,
    dry_run: bool,
    json_file: Path | None,
) -> None:
    """Compare everybody in `staff` of the workspace in DIR with the list of excluded persons in FILE.

    FILE is the OIG's LEIE as it is downloaded (UPDATED.csv), or with --mapping a state's list, as CSV or workbook. An
    NPI that agrees, or a name with its birth date, is certain: a row of `exclusions` then holds the encounters (PB308)
    from its day until the reinstatement. What only resembles a person is listed to be looked at, and holds nothing. The
    table `screenings` keeps who was compared with which list, and what came of it. Names and dates of the list are
    never printed, only rows.

    Exit code: 0 nobody found, 1 somebody excluded, an entry to look at, or an old list, 2 the input cannot be used.
    """
    form = LEIE_FORM if mapping is None else _form(mapping)
    with alone(folder):
        if message := recover(folder):
            output.notice(message)
        records = options.records(folder)
        audited.print_notices(records)
        day = as_of or today(records.settings)
        list_ = read_list(file, form, day, records.settings.limits)
        _refuse_part(list_, partial=partial)
        dated = list_date or date_in_name(file.name) or list_.newest
        if dated is None or dated > day:
            raise click.UsageError(f"{file.name}: the day of the list is not known. Give it as --list-date YYYY-MM-DD.")
        plan = plan_screening(
            folder, records, list_, dated, day, who=user(), excluded=excluded, cleared=cleared, partial=partial
        )
        given = bool(list_date or date_in_name(file.name))
        how = "" if given else " (the newest day in it; give --list-date for the day of its update)"
        compared = f"{counted(list_.rows, 'row')}, {counted(len(records.staff), 'staff member')} compared"
        aside = json_file == output.STANDARD
        echo(f"{form.list} of {dated}{how}: {compared}", err=aside)
        for line in _lines(plan, list_, folder, file):
            output.print_paragraph(line, err=aside)
        old = (day - dated).days > MOST_DAYS
        if old:
            output.print_paragraph(
                f"The list is older than {MOST_DAYS} days: download a new one, and run this again.", err=aside
            )
        changing = any(change.changes for change in plan.changes)
        if changing and not dry_run:
            write_tables(folder, plan.changes)
            run_log.tables(plan.changes)
    echo(_result(plan, dry_run=dry_run, changing=changing), err=aside)
    if json_file is not None:
        written = changing and not dry_run
        report = exclusions_report(plan, list_, dated, day, staff=len(records.staff), is_old=old, written=written)
        output.write_json(json_file, report, done="the tables were written" if written else "")
    if plan.excluded or plan.open or plan.vanished or plan.own or old or records.problems:
        ctx.exit(1)


def _form(path: Path) -> ListForm:
    return read_form(read_text_file(path, path.name), path.name)


def _refuse_part(list_: ExclusionList, *, partial: bool) -> None:
    if list_.form.list == LEIE and list_.rows < LEAST_ROWS and not partial:
        raise UnusableInputError(
            f"{list_.file}: expected the whole LEIE of about 80,000 rows, found {list_.rows:,}. Download it again; a "
            "monthly supplement is compared with --partial."
        )


def _lines(plan: ScreeningPlan, list_: ExclusionList, folder: Path, file: Path) -> Iterator[str]:
    opened, excluded = set(plan.open), set(plan.excluded_matches)
    for match in plan.matches:
        row = f"row {match.entry.row} of {list_.file}"
        decision = f"{match.staff_id}:{match.entry.row}"
        if match in opened:
            yield (
                f"{match.staff_id}: {row} may be this person: {_agreeing(match)}. Look at it. If it is, run: "
                f"peerbill exclusions {output.in_command(folder)} {output.in_command(file)} --excluded {decision}. "
                f"If not: --cleared {decision}"
            )
        elif match in excluded:
            days = f"since {match.from_}" if match.from_ else "from a day that the list does not have"
            days += f", until {match.to}" if match.to else ""
            yield (
                f"{match.staff_id}: excluded {days}: {row}, {_agreeing(match)}. Take the person off services and ask "
                "your compliance officer."
            )
            if match.entry.waiver:
                yield f"{match.staff_id}: {row} has a waiver ({match.entry.waiver}): ask the OIG what it allows."
    for at in plan.own:
        yield (
            f"Row {at} of {list_.file} has an NPI under which you bill ([organization] or [sites] in peerbill.toml). "
            "Do not bill before your compliance officer has looked at it."
        )
    for gone in plan.vanished:
        since = f" since {gone.from_}" if gone.from_ else ""
        yield (
            f"{gone.staff_id or 'NPI of the staff'}: exclusions has an entry of {gone.list}{since}, and the list "
            "has none any more. Nothing was changed: ask whether the person was reinstated, and enter the day before "
            "in the column to."
        )


def _agreeing(match: Match) -> str:
    return f"{', '.join(match.agrees)} {'agrees' if len(match.agrees) == 1 else 'agree'}"


def _result(plan: ScreeningPlan, *, dry_run: bool, changing: bool) -> str:
    found = f"{len(plan.excluded)} excluded, {len(plan.open)} to look at"
    if dry_run:
        return f"{found}. Dry run: nothing was written."
    if not changing:
        return f"{found}. Nothing changes."
    rows = [
        f"{counted(change.added + change.updated, 'row')} of {change.table}"
        for change in plan.changes
        if change.changes
    ]
    return f"{found}. Written: {', '.join(rows)}."
