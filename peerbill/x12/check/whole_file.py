"""A file, checked: our own checks, and the implementation guide where that is wanted."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import attrs

from peerbill.model.finding import Severity
from peerbill.model.progress import Progress, Step, no_progress
from peerbill.x12.check.claim_files import Report, check_chunks
from peerbill.x12.check.guide import check_guide, unseen
from peerbill.x12.problems import MOST_OF_A_CODE, Kept, problem_order
from peerbill.x12.reader import Source, decode, opened

_NO_X12 = "X12-001"


def check_837(
    source: Source,
    *,
    guide: bool = False,
    workers: int | None = None,
    progress: Progress = no_progress,
    most: int | None = MOST_OF_A_CODE,
) -> Report:
    """Return the faults of an X12 file, whoever wrote it: problems in the order of the file, and its size.

    `source` is the content as bytes or text, a Path, or a binary stream. An 837P or 837I is checked in full; of other
    transaction sets the envelope and the characters. With `guide`, pyx12 judges by the implementation guide too, in
    `workers` processes (0: in this one; None: as many as there are processors). Of each code the first `most` problems
    are listed (None: all); the report's `counts` have the number of all. pyx12 is not asked where errors are left out:
    what it repeats of ours could not be told apart. No problem repeats what a file says of a person.

    Raises:
        OSError: the file cannot be read.
        TypeError: `source` is of another kind.
        ImportError: `guide` is asked for, and pyx12 is not installed.

    >>> from peerbill import check_837
    >>> [found.code for found in check_837(b"no X12").problems]
    ['X12-001']

    """
    about = f" {source.name}" if isinstance(source, Path) else ""
    with opened(source) as stream:
        file = stream if stream.seekable() else io.BytesIO(stream.read())
        begin = file.tell()
        size = file.seek(0, io.SEEK_END) - begin
        file.seek(begin)
        with progress(size, f"Checking{about}") as step:
            report = check_chunks(_read(file, begin, step), most)
        if not guide or not can_ask_guide(report):
            return report
        file.seek(begin)
        with progress(report.claims, f"Asking pyx12{about and ' about'}{about}") as step:
            remarks = unseen(report.problems, check_guide(decode(file), workers=workers, progress=_adding(step)))
            kept = Kept(most)
            kept.add(remarks)
    problems = tuple(sorted((*report.problems, *kept.problems), key=problem_order))
    return attrs.evolve(report, problems=problems, counts=(*report.counts, *kept.counts()))


def is_x12(report: Report) -> bool:
    """Return whether a file begins with ISA."""
    return not any(found.code == _NO_X12 for found in report.problems)


def can_ask_guide(report: Report) -> bool:
    """Return whether pyx12 can judge a file: one that begins with ISA, of whose errors none is left out."""
    return is_x12(report) and not any(
        counted.source == "own" and counted.severity is Severity.ERROR and counted.total > counted.listed
        for counted in report.counts
    )


def _read(file: BinaryIO, begin: int, step: Step) -> Iterator[str]:
    for chunk in decode(file):
        yield chunk
        if step is not None:
            step(file.tell() - begin)


def _adding(step: Step) -> Step:
    """Return a function that adds up how many more are done, and passes on the sum."""
    if step is None:
        return None
    tell, total = step, 0

    def more(number: int) -> None:
        nonlocal total
        total += number
        tell(total)

    return more
