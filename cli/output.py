"""What commands print and write. Results go to standard output; notices, problems and progress to standard error."""

import errno
import io
import os
import re
import shutil
import sys
import textwrap
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from peerbill.documents.text import report_parts
from peerbill.ledger.store import disk
from peerbill.model.csv_lines import csv_lines
from peerbill.model.finding import Citation, Finding, Severity, finding_order
from peerbill.model.money import dollars, printed
from peerbill.model.plural import counted
from peerbill.model.plural import named as named_ids
from peerbill.model.printable import inert
from peerbill.model.pseudonyms import NOTICE

from . import run_log
from .console import echo, in_utf_8, keep_lost, put

if TYPE_CHECKING:
    from peerbill.ledger.corrections import Refused
    from peerbill.ledger.send.runs import BatchResult
    from peerbill.model.records import Settings

COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
STANDARD = Path("-")

_CSV_COLUMNS = ("code", "severity", "encounter_ids", "staff_id", "member_id", "where", "message", "fix", "citations")


def write_json(file: Path, value: object, *, done: str = "") -> None:
    """Write a report, or plain values and records, as JSON, and do with `done` what `write_report` does."""
    write_report(file, report_parts(value), done=done)


def write_report(file: Path, parts: Iterable[str], *, done: str = "") -> None:
    """Write the parts of a report's text; `-` is standard output.

    `done` is what the command has changed, such as "3 claims were voided". Where the report cannot be written then, the
    end of the run says both, and nothing is raised: an error would say that nothing was done.
    """
    try:
        write_parts(file, parts)
    except OSError as error:
        report = "on standard output" if file == STANDARD else str(file)
        if not done or not keep_lost(f"{done}; the report {report} could not be written", error):
            raise
        run_log.failed(error)


def was_done(number: int, noun: str, what: str) -> str:
    """Return what a command has done, for `write_json`; "" where that is nothing.

    >>> was_done(1, "claim", "voided"), was_done(2, "claim", "voided"), was_done(0, "claim", "voided")
    ('1 claim was voided', '2 claims were voided', '')
    """
    return f"{counted(number, noun)} {'was' if number == 1 else 'were'} {what}" if number else ""


def write_file(file: Path, text: str) -> None:
    """Write a file that only its owner may read; `-` is standard output."""
    write_parts(file, (text,))


def write_parts(file: Path, parts: Iterable[str]) -> None:
    """Write a file as `write_file` does, a part of its text at a time: a ledger may hold a million claims."""
    if file == STANDARD:
        with in_utf_8() as out:
            out.writelines(parts)
        return
    with _whole(file) as handle, os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
        out.writelines(parts)


def write_bytes(file: Path, content: bytes) -> None:
    """Write a file that only its owner may read; it is there when it is whole."""
    with _whole(file) as handle, os.fdopen(handle, "wb") as out:
        out.write(content)


@contextmanager
def _whole(file: Path) -> Iterator[int]:
    """Yield the handle of a new file that takes the place of a file once it is whole, and is closed inside."""
    # A pipe, a device or a link is written in place: a new file would not reach the reader.
    straight = file.is_symlink() or (file.exists() and not file.is_file())
    target = file if straight else disk.own_name(file, "part")
    try:
        if straight:
            yield os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        else:
            target.unlink(missing_ok=True)
            yield disk.new_file(target)
        if not straight:
            target.replace(file)
            run_log.wrote(file)
    except OSError as error:
        if error.errno == errno.EPIPE or error.filename not in (None, str(target)):
            raise
        raise OSError(error.errno, error.strerror, str(file)) from error
    finally:
        if not straight:
            target.unlink(missing_ok=True)


def in_command(path: Path | str) -> str:
    """Return a path as it is typed in a command: in quotes where it has a space or another sign that needs them.

    >>> in_command("my-agency"), in_command("my agency")
    ('my-agency', '"my agency"')
    """
    return f'"{path}"' if re.search(r"[\s'&;()]", str(path)) else str(path)


def findings_csv(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield findings as the lines of a CSV; several values in a cell are separated by `;`."""
    rows = (
        (
            finding.code,
            finding.severity,
            ";".join(finding.encounter_ids),
            finding.staff_id,
            finding.member_id,
            finding.where,
            finding.message,
            finding.fix,
            in_a_cell(finding.citations, finding.why_asked),
        )
        for finding in sorted(findings, key=finding_order)
    )
    return csv_lines(chain((_CSV_COLUMNS,), rows))


def labelled(citations: Iterable[Citation], why_asked: Collection[Citation]) -> Iterator[str]:
    """Yield each source as it is printed; a source that only raises a question is not shown as a value's source."""
    for citation in citations:
        yield f"{'Why asked' if citation in why_asked else 'Source'}: {cited(citation)}"


def in_a_cell(citations: Iterable[Citation], why_asked: Collection[Citation]) -> str:
    """Return sources as a cell of a CSV, where the column's name is the label of sources that give a value."""
    return "; ".join(text.removeprefix("Source: ") for text in labelled(citations, why_asked))


def cited(citation: Citation) -> str:
    """Return a source as a phrase, with how sure it is."""
    return named(citation) + (f" [{citation.status}]" if citation.status else "")


def named(citation: Citation) -> str:
    """Return a source as a phrase."""
    return ", ".join(part for part in (citation.title, citation.where, citation.date) if part)


def print_fix(fix: str, *, err: bool) -> None:
    """Print what to do; lines of a file to be written keep their lines, so that they can be pasted."""
    first, *lines = fix.splitlines()
    print_paragraph(f"    Fix: {first}", err=err)
    for line in lines:
        echo(f"      {line}", err=err)


def print_paragraph(text: str, *, err: bool = False, colored: tuple[str, str] | None = None) -> None:
    """Print a text, folded on a terminal; a pipe gets whole lines, which can be searched.

    `colored` is the word that it begins with, and its color.
    """
    stream = sys.stderr if err else sys.stdout
    text = " ".join(text.splitlines())
    if stream.isatty():
        indent = " " * (len(text) - len(text.lstrip()) + 4)
        width = max(shutil.get_terminal_size().columns, 40)
        text = textwrap.fill(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    if colored is not None:
        word, color = colored
        before, _, text = text.partition(word)
        echo(before, err=err, nl=False)
        echo(word, err=err, nl=False, fg=color)
    echo(text, err=err)


def print_refused(refused: "Iterable[Refused]") -> None:
    """Print the claims that a command could not do, on standard error: those with the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for refusal in refused:
        by_reason.setdefault(refusal.why, []).append(refusal.claim_id)
    for why, claims in by_reason.items():
        print_paragraph(f"Not done: {named_ids(claims, MOST_NAMED)}: {why}", err=True)


MOST_NAMED = 30
"""How many encounters a finding names on the screen; JSON, CSV and `--all` name all."""


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]], *, err: bool = False) -> None:
    """Print a table that fits its terminal, or 80 columns on a pipe; cells go over several lines where they must."""
    from rich import box, table, text  # noqa: PLC0415 - takes longer to import than most commands to run
    from rich.console import Console  # noqa: PLC0415 - as above

    console = Console(stderr=err)
    cells = [header, *rows]
    widths = _column_widths(cells, console.width - 3 * len(header) + 1)
    lines = box.SIMPLE_HEAD if console.encoding.startswith("utf") else box.ASCII
    shown = table.Table(box=lines, pad_edge=False)
    for at, column in enumerate(header):
        shown.add_column(column, no_wrap=at == 0, overflow="fold", width=widths[at] if widths else None)
    for row in cells[1:]:
        shown.add_row(*(text.Text(inert(cell)) for cell in row))
    out = io.StringIO()  # a console would write to a terminal that may be gone
    color = console.color_system
    Console(file=out, width=console.width, force_terminal=console.is_terminal, color_system=color).print(shown)  # type: ignore[arg-type]  # one of its own words
    put(out.getvalue(), err=err, nl=False)


def _column_widths(cells: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Return widths of columns that break as few words as they can; the first column, and short words, never break."""
    columns = list(zip(*cells, strict=True))
    widths = [max(map(len, column)) for column in columns]
    words = [max((len(word) for cell in column for word in cell.split()), default=0) for column in columns]
    for longest in range(max(words), 5, -1):
        least = [widths[0], *(min(longest, word) for word in words[1:])]
        if sum(least) <= room:
            break
    else:
        return None
    while sum(widths) > room:
        shrinks = [at for at, width in enumerate(widths) if width > least[at]]
        widths[max(shrinks, key=widths.__getitem__)] -= 1
    return widths


def print_batch(batch: "BatchResult", settings: "Settings", *, err: bool = False) -> None:
    """Print which files were written, and where the manifest is."""
    for file in batch.files:
        payer = settings.payers.get(file.payer)
        mode = f", {payer.mode}" if payer else ""
        biller = f" of site {file.bills_as}" if file.bills_as else ""
        echo(
            f"Wrote {file.path}: {counted(file.claims, 'claim')}{biller}, {counted(file.lines, 'line')}, "
            f"{printed(dollars(file.total_cents))} to {file.payer}{mode}",
            err=err,
        )
    run_log.sent(batch.files)
    if not batch.files:
        echo("Nothing new to bill: no 837 file was written.", err=err)
    echo(f"Manifest: {batch.manifest}", err=err)


def notice(text: str) -> None:
    """Print a notice at once, on standard error."""
    echo(f"Notice: {text}", err=True)


def print_deidentified(problems: Iterable[str], mark: str) -> None:
    """Print what a reader of a de-identified report has to know, on standard error; notices name rows and stay out."""
    for problem in problems:
        echo(f"Problem: {problem}", err=True)
    echo(f"Notice: pseudonyms of key {mark}. {NOTICE}", err=True)


SHOW_AFTER = 1.0
"""Seconds of work after which a terminal shows how far it has come; quicker work shows nothing."""


@contextmanager
def progress(total: int, doing: str) -> Iterator[Callable[[int], None] | None]:
    """Show a bar on a terminal; yield a function that takes how many are done, or None where nobody watches.

    A `total` of 0 is not known: the bar then only shows that the work goes on.
    """
    with run_log.phase(doing):
        if not sys.stderr.isatty():
            yield None
            return
        with _bar(total, doing) as step:
            yield step


@contextmanager
def _bar(total: int, doing: str) -> Iterator[Callable[[int], None]]:
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.progress import Progress  # noqa: PLC0415 - only a terminal needs it

    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task(doing, total=total or None)
    timer = threading.Timer(SHOW_AFTER, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda number: bar.update(task, completed=number)
    finally:
        timer.cancel()
        timer.join()
        bar.stop()
