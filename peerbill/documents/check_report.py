"""What `check --json` writes, as typed values."""

from collections.abc import Iterable

import attrs

from peerbill import __version__
from peerbill.documents.kinds import SCHEMA
from peerbill.model.finding import Severity
from peerbill.x12.check.claim_files import Report
from peerbill.x12.problems import Problem, ProblemCount


@attrs.frozen
class CheckedFile:
    """One X12 file; `guide` tells whether pyx12 was asked, too.

    `problems` has the first of each code where there are very many; `counts` has the numbers of all.
    """

    path: str
    segments: int
    claims: int
    errors: int
    warnings: int
    guide: bool
    problems: tuple[Problem, ...]
    counts: tuple[ProblemCount, ...]


@attrs.frozen
class CheckReport:
    """What `check --json` writes. It has claim ids, and no other data of a person."""

    peerbill: str
    files: tuple[CheckedFile, ...]
    schema: int = SCHEMA


def check_report(files: Iterable[tuple[str, Report, bool]]) -> CheckReport:
    """Return checked files, each with its path and whether pyx12 was asked, as `check --json` writes them."""
    return CheckReport(
        __version__,
        tuple(
            CheckedFile(
                path,
                report.segments,
                report.claims,
                report.count(Severity.ERROR),
                report.count(Severity.WARNING),
                guide,
                report.problems,
                report.counts,
            )
            for path, report, guide in files
        ),
    )
