"""`peerbill check`: validate X12 files, whoever wrote them."""

from collections.abc import Sequence
from pathlib import Path

import attrs
import click

from peerbill.documents.check_report import check_report
from peerbill.model.finding import Severity
from peerbill.model.plural import counted
from peerbill.x12.check.claim_files import Report
from peerbill.x12.check.whole_file import can_ask_guide, check_837, is_x12
from peerbill.x12.problems import MOST_OF_A_CODE, Problem

from . import run_log
from .console import echo
from .named_files import INPUT
from .options import json_file
from .output import STANDARD, print_paragraph, print_table, progress, write_json


@attrs.frozen
class Checked:
    """A file and its problems; `guide`: whether pyx12 read it."""

    path: Path
    report: Report
    guide: bool


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=INPUT)
@click.option("--quick", is_flag=True, help="Our own checks only; leave pyx12 out.")
@click.option(
    "--most",
    type=click.IntRange(1),
    default=MOST_OF_A_CODE,
    show_default=True,
    metavar="N",
    help="List so many problems of each code, and count the rest.",
)
@json_file
@click.pass_context
def check(ctx: click.Context, files: Sequence[Path], quick: bool, most: int, json_file: Path | None) -> None:
    """Validate X12 files: our own checks, then the implementation guide (pyx12).

    An 837P or 837I is checked in full: envelope, order and number of segments, lengths, code values, situational rules,
    totals, check digits, diagnoses, duplicates. Of other transaction sets our own checks see envelope and characters.
    Problems are listed by segment (ISA is 1), loop and claim; of a code with very many, the first --most, and the rest
    are counted. pyx12 is then not asked until these errors are corrected. Exit code: 0 no error (warnings are listed),
    1 an error, 2 a file cannot be read or does not begin with ISA.

    JSON: `{"peerbill": version, "files": [{"path", "segments", "claims", "errors", "warnings", "guide", "problems":
    [{"code", "severity", "segment", "segment_id", "element", "loop", "claim", "message", "fix", "source"}], "counts":
    [{"code", "severity", "source", "total", "listed"}]}]}`.
    `segment` is 0 for the file as a whole; `claim` is CLM01 or ""; `source` is own or guide; `guide`: whether
    pyx12 was asked.
    """
    aside = json_file == STANDARD
    done: list[Checked] = []
    code = 0
    for path in files:
        try:
            report = check_837(path, guide=not quick, progress=progress, most=most)
        except OSError as error:
            echo(f"Error: {path}: {error.strerror or error}. Give the path of an X12 file.", err=True)
            code = 2
            continue
        checked = Checked(path, report, guide=not quick and can_ask_guide(report))
        done.append(checked)
        if not is_x12(report):
            echo(f"Error: {path}: the file does not begin with ISA. Give a whole X12 interchange.", err=True)
            code = 2
            continue
        _print(checked, quick=quick, err=aside)
        if report.count(Severity.ERROR):
            code = code or 1
    run_log.result(
        files=len(done),
        segments=sum(file.report.segments for file in done),
        claims=sum(file.report.claims for file in done),
        **{f"{severity}s": sum(file.report.count(severity) for file in done) for severity in Severity},
    )
    if json_file:
        write_json(json_file, check_report((str(file.path), file.report, file.guide) for file in done))
    ctx.exit(code)


def _print(checked: Checked, *, quick: bool, err: bool) -> None:
    problems = checked.report.problems
    size = f"{counted(checked.report.segments, 'segment')}, {counted(checked.report.claims, 'claim')}"
    counts = ", ".join(
        counted(checked.report.count(severity), severity.value) for severity in (Severity.ERROR, Severity.WARNING)
    )
    echo(f"{checked.path}: {size}: {counts}", bold=True, err=err)
    if not problems:
        return
    print_table(("Segment", "Loop", "Claim", "Code", "Problem"), map(_row, problems), err=err)
    for more in checked.report.counts:
        if more.total > more.listed:
            echo(f"  and {counted(more.total - more.listed, 'more ' + more.severity)} of {more.code}", err=err)
    if not quick and not checked.guide:
        echo("  pyx12 was not asked: correct these errors first, or list all with --most", err=err)
    for code, fix in sorted({(counts.code, counts.fix) for counts in problems if counts.severity is not Severity.INFO}):
        print_paragraph(f"  {code} Fix: {fix}", err=err)


def _row(problem: Problem) -> tuple[str, ...]:
    segment = f"{problem.segment or ''} {problem.segment_id}".strip()
    source = " (pyx12)" if problem.source == "guide" else ""
    return segment, problem.loop, problem.claim, problem.code, f"{problem.severity}: {problem.message}{source}"
