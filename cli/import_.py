"""`peerbill import`: the export of another program into the tables of a workspace."""

import os
import sys
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import groupby
from pathlib import Path

import attrs
import click

from peerbill.documents.import_reports import import_report
from peerbill.intake.header import is_like_a_column
from peerbill.intake.importing import MAPPING
from peerbill.intake.importing.changes import SameContact, TableChange
from peerbill.intake.importing.convert import ExportProblem, SheetRead
from peerbill.intake.importing.drafting import ColumnMatch, MappingQuestion
from peerbill.intake.importing.run import ImportPlan, load_mapping, plan_import, suggest_for
from peerbill.intake.importing.suggest import MappingSuggestion
from peerbill.intake.importing.write import alone, recover, write_tables
from peerbill.intake.workspace import require_workspace, workspace_settings
from peerbill.model.input_files import read_text_file
from peerbill.model.plural import counted, named
from peerbill.model.words import listed

from . import options, output, run_log
from .console import confirm, echo, prompt
from .named_files import INPUT

MOST_NAMED = 20
"""So many rows and encounters are named on the screen; JSON names all."""

_MAY_BE_DATA = "(may be data)"

LONGEST_SAMPLE = 24
"""So much of a cell is shown beside its column."""


@click.command("import", short_help="Bring the export of another program into the tables of a workspace.")
@options.workspace
@click.argument("files", metavar="[FILE]...", nargs=-1, type=INPUT)
@click.option(
    "--mapping",
    "mapping_file",
    metavar="FILE",
    type=INPUT,
    help="Which of our columns each of theirs fills; DIR/mapping.toml by default.",
)
@click.option(
    "--suggest", is_flag=True, help="Propose the mapping from headers and cells, with questions for what is open."
)
@click.option(
    "--no-samples",
    is_flag=True,
    help="With --suggest: show no cells of the export, neither as samples nor in questions.",
)
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@click.option(
    "--as-new", is_flag=True, help="Add encounters although the same contact is there, or was billed, under another id."
)
@options.json_file
@click.pass_context
@options.bulk
def import_(
    ctx: click.Context,
    folder: Path,
    files: Sequence[Path],
    mapping_file: Path | None,
    suggest: bool,
    no_samples: bool,
    dry_run: bool,
    as_new: bool,
    json_file: Path | None,
) -> None:
    """Bring an export of another program (CSV in any encoding, Excel workbook) into the tables of the workspace in DIR.

    mapping.toml says which of their columns is which of ours, and how its cells are read; --suggest proposes it. On a
    terminal it asks what headers and cells leave open; elsewhere it writes these questions into the file and exits
    with 1. Sheets that the mapping has already are left as they are.

    Rows are added, or updated by their id, and never removed; columns and rows that the export does not have stay as
    they are. All tables are written or none, and nothing at all where something cannot be read. An import that was
    stopped is finished or undone by the next; without FILE, only that is done.

    Exit code: 0 done, or nothing changes; 1 nothing was written: something cannot be read, or is open; 2 a file, the
    mapping or a table cannot be used.
    """
    require_workspace(folder)
    path = mapping_file or folder / MAPPING
    if suggest:
        if not files:
            raise click.UsageError("Missing argument 'FILE...'.")
        if _suggest(folder, path, files, with_samples=not no_samples):
            ctx.exit(1)
        return
    aside = json_file == output.STANDARD
    with alone(folder):
        if message := recover(folder):
            output.notice(message)
        if not files:
            if not message:
                echo("No import was stopped: nothing to finish. Give the files to import.")
            return
        settings = workspace_settings(folder)
        mapping = load_mapping(path)
        plan = plan_import(folder, settings, mapping, files, progress=output.progress)
        _print_plan(plan, err=aside)
        stopped = bool(plan.problems) or bool(plan.same_contacts and not as_new)
        writes = plan.changes.changes and not stopped and not dry_run
        if writes:
            write_tables(folder, plan.changes.tables)
            run_log.tables(plan.changes.tables)
        echo(_result(plan, folder, writes=writes, stopped=stopped), err=aside)
    if json_file is not None:
        done = "the tables were written" if writes else ""
        output.write_json(json_file, import_report(plan, written=writes), done=done)
    if stopped:
        ctx.exit(1)


def on_a_terminal() -> bool:
    """Return whether somebody is there to answer questions."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _suggest(folder: Path, path: Path, files: Sequence[Path], *, with_samples: bool) -> bool:
    """Propose a mapping and write it; return whether something in it is open."""
    earlier = load_mapping(path) if os.path.lexists(path) else None
    suggestion = suggest_for(folder, files, earlier)
    _print_matches(suggestion, with_samples=with_samples)
    if not suggestion.draft:
        echo(f"{path}: nothing to add." if earlier else "No sheet was recognized: nothing was written.")
        return earlier is None
    asks = suggestion.questions if with_samples else _without_cells(suggestion)
    if on_a_terminal():
        answers = {
            question: _ask(shown)
            for question, shown in zip(suggestion.questions, asks, strict=True)
            if shown == question
        }
        asks = [shown for question, shown in zip(suggestion.questions, asks, strict=True) if question not in answers]
        suggestion = suggestion.answered(answers)
        confirm(f"Write {path}?", default=True, abort=True)
    before = f"{read_text_file(path).rstrip()}\n\n" if earlier else ""
    output.write_file(path, before + suggestion.text)
    echo(f"Wrote {path}.")
    for line in dict.fromkeys(f"Open: {shown.text}{_expected(shown)}" for shown in asks):
        output.print_paragraph(line)
    if suggestion.questions:
        output.print_paragraph(
            f'Answer {counted(len(suggestion.questions), "question")} in {path}: fill in each "", or delete its line.'
        )
    echo(f"Next: peerbill import {output.in_command(folder)} {' '.join(map(output.in_command, files))} --dry-run")
    return bool(suggestion.questions)


def _ask(question: MappingQuestion) -> str:
    """Ask on the terminal until the answer is allowed."""
    choice = click.Choice(question.allowed) if question.allowed else None
    kind = click.IntRange(min=0) if question.is_number else choice
    few = len(question.allowed) <= MOST_NAMED
    return str(prompt(question.text, type=kind, default=question.default or None, show_choices=few))


def _without_cells(suggestion: MappingSuggestion) -> list[MappingQuestion]:
    """Return the questions as they are shown without samples: those on the words of a column have the same text."""
    data = [match.column for match in suggestion.matches if not is_like_a_column(match.column, ())]

    def hide(text: str) -> str:
        return reduce(lambda shown, column: shown.replace(column, _MAY_BE_DATA), data, text)

    return [
        attrs.evolve(
            question,
            text=hide(question.without_cells or question.text),
            allowed=() if question.without_cells else tuple(map(hide, question.allowed)),
            default="" if question.without_cells else hide(question.default),
        )
        for question in suggestion.questions
    ]


def _expected(question: MappingQuestion) -> str:
    allowed = f" Write {listed(question.allowed)}." if 0 < len(question.allowed) <= MOST_NAMED else ""
    return allowed + (f" It is likely {question.default}." if question.default else "")


def _print_matches(suggestion: MappingSuggestion, *, with_samples: bool) -> None:
    for source, matches in groupby(suggestion.matches, key=lambda match: match.source):
        echo(source, bold=True)
        if source in suggestion.strange:
            echo("  Its rows are neither contacts, members nor staff: it is left out.")
            if not with_samples:  # its column names may be its first row
                continue
        header = ("their column", "ours") + (("samples",) if with_samples else ())
        output.print_table(
            header,
            [
                (_column(match, with_samples=with_samples), ", ".join(match.ours) or "not mapped")
                + ((" | ".join(_shortened(cell) for cell in match.samples),) if with_samples else ())
                for match in matches
            ],
        )


def _column(match: ColumnMatch, *, with_samples: bool) -> str:
    return match.column if with_samples or is_like_a_column(match.column, ()) else _MAY_BE_DATA


def _shortened(cell: str) -> str:
    text = " ".join(cell.split())
    return text if len(text) <= LONGEST_SAMPLE else f"{text[: LONGEST_SAMPLE - 1]}…"


def _result(plan: ImportPlan, folder: Path, *, writes: bool, stopped: bool) -> str:
    if plan.problems:
        return "Nothing was written: correct the problems above, and import again."
    if stopped:
        return "Nothing was written: some encounters seem to be there under another id, as listed above."
    if writes:
        return f"Written. Next: peerbill audit {output.in_command(folder)}"
    return "Dry run: nothing was written." if plan.changes.changes else "Nothing changes."


def _print_plan(plan: ImportPlan, *, err: bool) -> None:
    for sheet in plan.converted.sheets:
        for line in _about_sheet(sheet):
            output.print_paragraph(line, err=err)
    for notice in plan.converted.notices:
        output.notice(notice)
    if plan.changes.tables and not plan.converted.problems:
        echo(err=err)
        output.print_table(
            ("Table", "added", "updated", "unchanged", "cells that change"),
            [
                (change.table, f"{change.added:,}", f"{change.updated:,}", f"{change.unchanged:,}", _cells(change))
                for change in plan.changes.tables
            ],
            err=err,
        )
    for problem in plan.problems:
        _print_problem(problem)
    if plan.billed:
        output.print_paragraph(
            f"Billed before, and changed by this import: {named(plan.billed, MOST_NAMED)}. Their claims keep what was "
            "sent until you replace them: audit lists them (PB805), and peerbill replace sends the change.",
            err=err,
        )
    for line in _about_contacts(plan.same_contacts):
        output.print_paragraph(line, err=err)


def _about_sheet(sheet: SheetRead) -> Iterator[str]:
    """Yield how a sheet was read, and what of it is not imported."""
    if not sheet.header_line:
        yield f"{sheet.source}: {sheet.reading}. The mapping has no source for it: it is not imported."
        return
    yield (f"{sheet.source}: {sheet.reading}. Column names in line {sheet.header_line}, {counted(sheet.rows, 'row')}.")
    reasons: dict[str, list[str]] = {}
    for row in sheet.left_out:
        reasons.setdefault(row.why, []).append(str(row.line))
    for why, lines in reasons.items():
        word = "line" if len(lines) == 1 else "lines"
        yield f"  Left out, {word} {named(lines, MOST_NAMED)}: {why}."
    for what, rows in sheet.filtered.items():
        yield f"  Left out by where, {counted(rows, 'row')}: {what}."
    if sheet.unmapped:
        yield f"  Not mapped: {', '.join(sheet.unmapped)}."


def _cells(change: TableChange) -> str:
    erased = change.erased
    return ", ".join(
        f"{column} {number:,}" + (f" ({erased[column]:,} erased)" if column in erased else "")
        for column, number in change.columns.items()
    )


def _print_problem(problem: ExportProblem) -> None:
    """Print a problem of a column: how often, the first lines, how to correct it."""
    where = ".".join(part for part in (problem.table, problem.column) if part)
    theirs = f" (from {', '.join(problem.theirs)})" if problem.theirs else ""
    lines = ""
    if problem.lines:
        word = "line" if problem.count == 1 else "lines"
        more = f" and {problem.count - len(problem.lines):,} more" if problem.count > len(problem.lines) else ""
        lines = f" {word} {', '.join(map(str, problem.lines))}{more}"
    output.print_paragraph(
        f"Problem: {problem.source}{lines}: {where}{theirs}: {problem.why}. {problem.fix}".replace(": : ", ": "),
        err=True,
    )


def _about_contacts(same: Sequence[SameContact]) -> Iterator[str]:
    if not same:
        return
    pairs = [f"{contact.encounter_id} is {contact.other_id}" for contact in same]
    billed = sum(contact.billed for contact in same)
    where = f" ({billed:,} of them in the ledger alone)" if billed else ""
    yield (
        f"New ids of encounters that are there already, with the same member, peer, start and service{where}: "
        f"{named(pairs, MOST_NAMED)}. If the program that exports gave new ids, make encounter_id in the mapping as it "
        "was before, or import only what is new. If both took place, run again with --as-new."
    )
