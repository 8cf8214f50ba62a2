"""`peerbill check`: validate X12 files, whoever wrote them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import attrs
import click

from peerbill import __version__
from peerbill.model.finding import Severity
from peerbill.model.plural import counted
from peerbill.x12.check.claim_files import Report, check_chunks
from peerbill.x12.check.guide import check_guide, unseen
from peerbill.x12.problems import Problem, problem_order
from peerbill.x12.reader import decode

from .options import json_file
from .output import STANDARD, print_paragraph, print_table, progress, write_json

NO_X12 = "X12-001"


@attrs.frozen
class Checked:
    """One file and what is wrong with it; `guide` tells whether pyx12 was asked."""

    path: Path
    report: Report
    guide: bool

    def count(self, severity: Severity) -> int:
        """How many problems have a severity."""
        return sum(found.severity is severity for found in self.report.problems)

    @property
    def is_x12(self) -> bool:
        """Whether the file begins with ISA."""
        return not any(found.code == NO_X12 for found in self.report.problems)


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--quick", is_flag=True, help="Our own checks only; leave pyx12 out.")
@json_file
@click.pass_context
def check(ctx: click.Context, files: Sequence[Path], quick: bool, json_file: Path | None) -> None:
    """Validate X12 files: our own checks, then the implementation guide (pyx12).

    An 837P or 837I is checked in full: envelope, order and number of segments, lengths, code values, situational rules,
    totals, check digits, diagnoses, duplicates. Of other transaction sets our own checks see envelope and characters.
    Problems are listed by segment (ISA is 1), loop and claim. Exit code: 0 no error (warnings are listed), 1 an error,
    2 a file cannot be read or does not begin with ISA.

    JSON: `{"peerbill": version, "files": [{"path", "segments", "claims", "errors", "warnings", "guide", "problems":
    [{"code", "severity", "segment", "segment_id", "element", "loop", "claim", "message", "fix", "source"}]}]}`.
    `segment` is 0 for the file as a whole; `claim` is CLM01 or ""; `source` is own or guide; `guide` tells whether
    pyx12 was asked.
    """
    aside = json_file == STANDARD
    done: list[Checked] = []
    code = 0
    for path in files:
        try:
            checked = _check(path, quick=quick)
        except OSError as error:
            click.echo(f"Error: {path}: {error.strerror or error}. Give the path of an X12 file.", err=True)
            code = 2
            continue
        done.append(checked)
        if not checked.is_x12:
            click.echo(f"Error: {path}: the file does not begin with ISA. Give a whole X12 interchange.", err=True)
            code = 2
            continue
        _print(checked, err=aside)
        if checked.count(Severity.ERROR):
            code = code or 1
    if json_file:
        write_json(json_file, {"peerbill": __version__, "files": [_plain(checked) for checked in done]})
    ctx.exit(code)


def _check(path: Path, *, quick: bool) -> Checked:
    with path.open("rb") as file, progress(path.stat().st_size, f"Checking {path.name}") as told:
        report = check_chunks(_read(file, told))
    checked = Checked(path, report, guide=False)
    if quick or not checked.is_x12:
        return checked
    with path.open("rb") as file, progress(report.claims, f"Asking pyx12 about {path.name}") as told:
        found = unseen(report.problems, check_guide(decode(file), progress=_adding(told)))
        problems = tuple(sorted((*report.problems, *found), key=problem_order))
    return Checked(path, attrs.evolve(report, problems=problems), guide=True)


def _read(file: BinaryIO, told: Callable[[int], None] | None) -> Iterator[str]:
    for chunk in decode(file):
        yield chunk
        if told:
            told(file.tell())


def _adding(told: Callable[[int], None] | None) -> Callable[[int], None] | None:
    if not told:
        return None
    total = 0

    def more(number: int) -> None:
        nonlocal total
        total += number
        told(total)

    return more


def _print(checked: Checked, *, err: bool) -> None:
    problems = checked.report.problems
    size = f"{counted(checked.report.segments, 'segment')}, {counted(checked.report.claims, 'claim')}"
    found = ", ".join(
        counted(checked.count(severity), severity.value) for severity in (Severity.ERROR, Severity.WARNING)
    )
    click.secho(f"{checked.path}: {size}: {found}", bold=True, err=err)
    if not problems:
        return
    print_table(("Segment", "Loop", "Claim", "Code", "Problem"), map(_row, problems), err=err)
    for code, fix in sorted({(found.code, found.fix) for found in problems if found.severity is not Severity.INFO}):
        print_paragraph(f"  {code} Fix: {fix}", err=err)


def _row(found: Problem) -> tuple[str, ...]:
    segment = f"{found.segment or ''} {found.segment_id}".strip()
    source = " (pyx12)" if found.source == "guide" else ""
    return segment, found.loop, found.claim, found.code, f"{found.severity}: {found.message}{source}"


def _plain(checked: Checked) -> dict[str, object]:
    return {
        "path": str(checked.path),
        "segments": checked.report.segments,
        "claims": checked.report.claims,
        "errors": checked.count(Severity.ERROR),
        "warnings": checked.count(Severity.WARNING),
        "guide": checked.guide,
        "problems": checked.report.problems,
    }
