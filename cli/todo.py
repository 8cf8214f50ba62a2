"""`peerbill todo`: what needs a person today."""

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import click

from peerbill.documents.todo_report import todo_report
from peerbill.intake.workspace import workspace_settings
from peerbill.long_past import remember_nothing_is_due
from peerbill.model.csv_lines import csv_lines
from peerbill.model.errors import LedgerError
from peerbill.model.money import printed, two_decimals
from peerbill.model.plural import counted
from peerbill.model.records import Records
from peerbill.todo.handout_page import file_names, page, sheet
from peerbill.todo.handouts import handouts
from peerbill.todo.item import KINDS, Todo, TodoItem, total

from . import audited, options, output, run_log
from .console import echo
from .handouts import write_folder

MOST_BRIEF = 10
"""How many items `--brief` shows."""

_CSV_COLUMNS = (
    "kind",
    "deadline",
    "amount",
    "payer",
    "what",
    "do",
    "claim_ids",
    "encounter_ids",
    "member_ids",
    "staff_ids",
    "citations",
    "item",
    "test",
)


@click.command(short_help="Tell what needs a person today, by deadline and money.")
@options.workspace
@options.as_of
@click.option("--payer", "payers", multiple=True, metavar="KEY", help="Items of a payer of peerbill.toml.")
@click.option("--staff", "staff", multiple=True, metavar="ID", help="Items about a staff_id, or services of theirs.")
@options.site
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(list(KINDS)),
    metavar="KIND",
    help=f"Items of a kind: {', '.join(KINDS)}.",
)
@click.option("--brief", is_flag=True, help=f"The {MOST_BRIEF} most urgent items, a line each, without sources.")
@click.option("--settled", is_flag=True, help="List what was settled, when, by whom and why, and nothing else.")
@click.option("--by", type=click.Choice(["staff"]), help="Write a page for each peer and supervisor, to hand out.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER", help="Where the pages of --by go."
)
@options.json_file
@options.csv_file
@options.every
@options.sources
@click.pass_context
@options.bulk
def todo(
    ctx: click.Context,
    folder: Path,
    as_of: dt.date | None,
    payers: Sequence[str],
    staff: Sequence[str],
    sites: Sequence[str],
    kinds: Sequence[str],
    brief: bool,
    settled: bool,
    by: str | None,
    out: Path | None,
    json_file: Path | None,
    csv_file: Path | None,
    *,
    every: bool,
    sources: bool,
) -> None:
    """List what a person has to do for the workspace in DIR and its ledger, by deadline and money.

    A corrected item is gone at the next run. An item with an id, such as U12, stays until `peerbill settle`, or until
    the ledger shows that it is done. --payer, --staff, --site and --kind may be given several times: one of the values
    must hold. In the ledger only one thing is written: the day on which a paid encounter was first found to be held,
    from which the 60 days to return an overpayment run.

    --by staff --out FOLDER lists nothing, and writes a page (HTML and CSV) for each peer and each supervisor: what is
    wrong in whose notes and files, by encounter id and day, with the remedy. It has no data of members, and nothing of
    other staff. --staff chooses whose pages.

    Exit code: 0 nothing to do, 1 something, 2 the input cannot be used.
    """
    if (by is None) != (out is None):
        raise click.UsageError("--by staff and --out FOLDER go together.")
    if json_file == csv_file == output.STANDARD:
        raise click.UsageError("--json and --csv cannot both go to standard output; give one of them a FILE.")
    if settled:
        _list_settled(folder)
        return
    if out is not None:
        records = options.records(folder)
        if payers or kinds or sites or brief or json_file or csv_file:
            raise click.UsageError("With --by staff, only --staff, --as-of and --all can be given.")
        audited.print_notices(records, every=every)
        if _hand_out(records, folder, as_of, staff, out) or records.problems:
            ctx.exit(1)
        return
    agency = options.agency(workspace_settings(folder), folder)
    left = options.left_to_do(agency, folder, as_of)
    records = left.records
    work_list = agency.todo(
        records,
        as_of,
        payers=payers,
        staff=staff,
        kinds=kinds,
        sites=options.known_sites(sites, records.settings),
    )
    if not (payers or staff or kinds or sites):
        with contextlib.suppress(LedgerError, OSError):  # the next run looks at everything again
            remember_nothing_is_due(agency, folder, left, work_list)
    options.refuse_unknown_payers(payers, records.settings, (item.payer for item in work_list.items))
    kinds_found = Counter(item.kind.replace("-", "_") for item in work_list.items)
    run_log.result(items=len(work_list.items), **kinds_found)
    if not work_list.items:
        _refuse_unknown_staff(staff, records)
    audited.print_notices(records, every=every)
    to_pipe = output.STANDARD in (json_file, csv_file)
    if brief:
        _print_brief(work_list, err=to_pipe)
    else:
        _print(work_list, sources=sources, err=to_pipe)
    if json_file is not None:
        output.write_json(json_file, todo_report(work_list))
    if csv_file is not None:
        output.write_file(csv_file, _csv(work_list.items))
    if work_list.items or records.problems:
        ctx.exit(1)


def _refuse_unknown_staff(staff: Sequence[str], records: Records) -> None:
    known = {person.staff_id for person in records.staff}
    if unknown := [staff_id for staff_id in staff if staff_id not in known]:
        raise click.UsageError(f"{unknown[0]} is no staff_id of staff.")


def _hand_out(records: Records, folder: Path, as_of: dt.date | None, staff: Sequence[str], out: Path) -> bool:
    """Write the pages of staff; return whether somebody has something to correct."""
    _refuse_unknown_staff(staff, records)
    audit = options.agency(records.settings, folder).audit(records, as_of)
    found = handouts(records, audit)
    pages = [page_ for page_ in found.pages if not staff or page_.staff_id in staff]
    files: dict[str, str] = {}
    for name, handout in zip(file_names(pages), pages, strict=True):
        files |= {f"{name}.html": page(handout, found.as_of), f"{name}.csv": sheet(handout)}
    write_folder(out, files)
    run_log.result(pages=len(pages))
    for handout in pages:
        held = sum(entry.is_error for entry in handout.entries)
        holds = "holds" if held == 1 else "hold"
        echo(f"{handout.role} {handout.staff_id}: {len(handout.entries):,} to correct, {held:,} {holds} a bill")
    if found.without_supervisor:
        echo(
            f"On no page: {found.without_supervisor:,} for supervisors of peers without a supervisor_id in staff",
            err=True,
        )
    if found.of_biller:
        echo(
            f"On no page: {found.of_biller:,} that the biller or the payer corrects: "
            f"peerbill audit {output.in_command(folder)}"
        )
    echo(f"As of {found.as_of}: {counted(len(pages), 'page')} in {out}")
    return bool(pages)


def _list_settled(folder: Path) -> None:
    """Print what was settled, with who did it and why."""
    items = options.agency(workspace_settings(folder), folder).settled_items()
    for item in items:
        amount = f", {printed(abs(item.amount))}" if item.amount else ""
        claim = f", {item.claim_id}" if item.claim_id else ""
        output.print_paragraph(f"{item.item}: {item.kind}{amount}{claim}: settled on {item.settled}")
    echo(f"{counted(len(items), 'item')} settled")


def _csv(items: Iterable[TodoItem]) -> str:
    rows = (
        (
            item.kind,
            item.deadline,
            two_decimals(item.amount),
            item.payer,
            item.what,
            item.do,
            *map(";".join, (item.claim_ids, item.encounter_ids, item.member_ids, item.staff_ids)),
            output.in_a_cell(item.citations, item.why_asked),
            item.item,
            "test" if item.test else "",
        )
        for item in items
    )
    return "".join(csv_lines((_CSV_COLUMNS, *rows)))


def _print(work_list: Todo, *, sources: bool, err: bool) -> None:
    # The kind that holds the most urgent item comes first; in each the items stay as they are, the most urgent first.
    first = {kind: place for place, kind in reversed(list(enumerate(item.kind for item in work_list.items)))}
    ordered = sorted(work_list.items, key=lambda item: first[item.kind])
    for kind, group in groupby(ordered, key=lambda item: item.kind):
        items = list(group)
        amount = f", {printed(total(items))}" if total(items) else ""
        echo(f"{KINDS[kind]}: {counted(len(items), 'item')}{amount}", bold=True, err=err)
        for item in items:
            for line in _lines(item, work_list.as_of, sources=sources):
                output.print_paragraph(line, err=err)
        echo(err=err)
    _print_total(work_list, err=err)


def _print_brief(work_list: Todo, *, err: bool) -> None:
    for item in work_list.items[:MOST_BRIEF]:
        output.print_paragraph(next(_lines(item, work_list.as_of)).strip(), err=err)
    more = len(work_list.items) - MOST_BRIEF
    if more > 0:
        echo(f"and {more:,} more: run todo without --brief", err=err)
    _print_total(work_list, err=err)


def _print_total(work_list: Todo, *, err: bool) -> None:
    things = counted(len(work_list.items), "thing") if work_list.items else "nothing"
    echo(f"As of {work_list.as_of}: {things} to do, {printed(total(work_list.items))} at stake", err=err)


def _lines(item: TodoItem, as_of: dt.date, *, sources: bool = False) -> Iterator[str]:
    passed = " (passed)" if item.deadline is not None and item.deadline < as_of else ""
    when = f"by {item.deadline}{passed}" if item.deadline is not None else "no deadline"
    money = f", {printed(item.amount)}" if item.amount else ""
    payer = f", {item.payer}" if item.payer else ""
    id_ = f"{item.item}: " if item.item else ""
    test = " (test, in no sum)" if item.test else ""
    yield f"  {id_}{when}{money}{payer}{test}: {item.what}"
    for noun, ids in (
        ("Claims", item.claim_ids),
        ("Encounters", item.encounter_ids),
        ("Members", item.member_ids),
        ("Staff", item.staff_ids),
    ):
        if ids:
            yield f"    {noun}: {_named(ids)}"
    first, *lines = item.do.splitlines()
    yield f"    Do: {first}"
    yield from (f"      {line}" for line in lines)
    for source in output.labelled(item.citations, item.why_asked) if sources else ():
        yield f"    {source}"


def _named(ids: Sequence[str]) -> str:
    more = len(ids) - output.MOST_NAMED
    return ", ".join(ids[: output.MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
