"""What `peerbill policy --coverage` shows: a table of programmes, one of states, the sums; or the page of all that."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from peerbill.documents.policy_reports import coverage_report
from peerbill.model.plural import counted
from peerbill.survey.states import (
    CLEAN,
    HELD,
    MINUTES,
    NO_FILE,
    NOT_PAID,
    WARNED,
    ProgrammeCoverage,
    StateCoverage,
    coverage,
    tally,
    totals,
)

from . import output
from .console import echo

_MARKS: Mapping[str, str] = {"primary": " P", "secondary": " S", "unconfirmed": " U"}
_ORDINARY = """\
The contact: one adult, one peer, in person, every paper that the programme asks for on file, and `rendering` set in the
payer's table of peerbill.toml."""


def show_coverage(*, markdown: bool, err: bool) -> object:
    """Print the tables, or the page codesets/README.md; return what `--json` writes."""
    with output.progress(0, "Auditing a contact in each programme"):
        rows = coverage()
    if markdown:
        echo(_page(rows), nl=False, err=err)
    else:
        minutes = [f"{length} minutes" for length in MINUTES]
        output.print_table(("state", "programme", "code", *minutes), _contacts(rows), err=err)
        output.print_paragraph(
            f"{_ORDINARY} clean: billed; warned: billed, and these values nobody has confirmed; held: these values are "
            "not known, and it is billed once the payer has given so many answers, for which setup asks.",
            err=err,
        )
        output.print_table(
            ("state", "sure: P/S/U/?", "newest source", "one source alone", "read"), _sure(rows), err=err
        )
        output.print_paragraph(
            "P primary, S secondary, U unconfirmed, ? unknown; sure: P and S of all values.", err=err
        )
        for line in _sums(rows):
            output.print_paragraph(line, err=err)
    return coverage_report(rows)


# On the terminal


def _contacts(rows: Sequence[StateCoverage]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        if not row.has_file:
            yield (row.state, NO_FILE, "", *("" for _ in MINUTES))
        for programme in row.programmes:
            first, *others = (_verdict(programme, minutes) for minutes in MINUTES)
            code = f"{programme.code.text}{_MARKS.get(programme.code.status, '')}"
            yield (
                row.state,
                _named(programme),
                code,
                first,
                *("same" if other == first else other for other in others),
            )


def _named(programme: ProgrammeCoverage) -> str:
    return programme.programme + (f", {programme.diagnosis}" if programme.diagnosis else "")


def _verdict(programme: ProgrammeCoverage, minutes: int) -> str:
    """Return a verdict with its reasons in a few words."""
    verdict = programme.verdict(minutes)
    if verdict is None:
        return NOT_PAID
    result = verdict.result
    if result == HELD:
        result += f" ({_after(programme.questions(minutes))})"
    return result + (f": {', '.join(verdict.why)}" if verdict.why else "")


def _after(questions: int | None) -> str:
    """Return after how many answers a contact that is held is billed."""
    return "unknown how" if questions is None else counted(questions, "answer")


def _sure(rows: Sequence[StateCoverage]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        counts = f"{_share(row)}: {row.primary}/{row.secondary}/{row.unconfirmed}/{row.unknown}" if row.values else ""
        yield (
            row.state,
            counts,
            f"{row.newest or ''}",
            f"{row.single} ({row.single_secondary} S)",
            f"{row.read or ''}",
        )


def _share(row: StateCoverage) -> str:
    return "" if row.confirmed is None else f"{row.confirmed:.0%}"


def _sums(rows: Sequence[StateCoverage]) -> Iterator[str]:
    for minutes in MINUTES:
        for given in (True, False):
            counts = tally(rows, minutes, rendering_set=given)
            others = sum(_another_bills(row, minutes, given=given) for row in rows)
            clean, warned = counts[CLEAN], counts[WARNED]
            yield (
                f"{minutes} minutes{'' if given else ', `rendering` not set'}: "
                f"billed in {clean + warned} of {len(rows)} ({clean} clean, {warned} warned), held in {counts[HELD]}"
                + (f" (in {others} of these another programme or diagnosis is billed)" if others else "")
                + f", not paid in {counts[NOT_PAID]}."
            )
            if given and counts[HELD]:
                yield f"{minutes} minutes, where held: {_billed_after(rows, minutes)}."
    sums = totals(rows)
    values = sum(row.values for row in rows)
    alone, secondary = sum(row.single for row in rows), sum(row.single_secondary for row in rows)
    yield (
        f"{values:,} values: {sums['primary']:,} primary, {sums['secondary']:,} secondary, "
        f"{sums['unconfirmed']:,} unconfirmed, {sums['unknown']:,} unknown; {alone:,} rest on one source alone, "
        f"{secondary:,} of these on a secondary one."
    )


def _billed_after(rows: Sequence[StateCoverage], minutes: int) -> str:
    """Return after how many answers the states that hold a contact bill it."""
    held = [row.questions(minutes) for row in rows if row.result(minutes) == HELD]
    known = Counter(questions for questions in held if questions is not None)
    after = ", ".join(f"after {counted(questions, 'answer')} in {known[questions]}" for questions in sorted(known))
    return f"billed {after or 'after answers in 0'}, unknown how in {len(held) - known.total()}"


def _another_bills(row: StateCoverage, minutes: int, *, given: bool) -> bool:
    """Return whether the contact by which a state counts is held, and another contact of the state is billed."""
    verdicts = [programme.verdict(minutes, rendering_set=given) for programme in row.programmes]
    billed = any(verdict is not None and verdict.result != HELD for verdict in verdicts)
    return billed and row.result(minutes, rendering_set=given) == HELD


# The page


_OF_PROGRAMME = ("State", "Programme", "Code", "Unit", "Part units", *(f"{minutes} minutes" for minutes in MINUTES))
_OF_STATE = (
    "State",
    "Confirmed",
    "Primary",
    "Secondary",
    "Unconfirmed",
    "Unknown",
    "Newest source",
    "One source alone",
    "Of these secondary",
    "Most from one source",
    "Last read",
)
_PREFACE = f"""\
# What is known of each state

This page is written by `make coverage`; a test fails where it is not what the files say. `national.toml` is the federal
floor, `states/xx.toml` a state's own programmes, `payers/xx.toml` what is known of the files that its payers take,
`national/` the code lists. How to add a value stands in `CONTRIBUTING.md`.

## What can be billed

What `peerbill audit` says of an ordinary contact in the week in which the file was last read, where the agency has no
values of its own. {_ORDINARY}

- clean: it is billed without a warning.
- warned: it is billed, and nobody has confirmed the values named; look at them before production.
- held: it is not billed, since the values named are not known. It is billed once the payer has given so many answers:
  tried by giving plausible ones as `peerbill setup` does. "Part units": how 37 minutes become units of 15; with
  `part_units = "whole"` in the payer's table, 2 units are billed without that answer.
- not paid: a text says that the service is not paid.

A programme has a row if it has the service `individual`, one peer with one member; those for families, youth or crises
alone have none. It has two where MH and SUD differ. A state counts by its first row that is not "not paid".
"""
_VALUES = """\
## How sure the values are

Confirmed: the share of all values that was read, primary and secondary. Newest source: the year of the newest text that
a value cites. One source alone: the values that rest on one text, how many of these on one that reports what it read
elsewhere, and the text on which most of them rest.
"""


def _page(rows: Sequence[StateCoverage]) -> str:
    *contacts, values = _sums(rows)
    lines = [_PREFACE, *(f"- {line}" for line in contacts), "", *_table(_OF_PROGRAMME, _programme_cells(rows)), ""]
    lines += [_VALUES, values, "", *_table(_OF_STATE, map(_state_cells, rows))]
    return "\n".join(lines) + "\n"


def _table(header: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"| {' | '.join(['---'] * len(header))} |"
    for cells in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _programme_cells(rows: Sequence[StateCoverage]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        state = f"{row.state} {row.name}"
        if not row.has_file:
            yield (state, NO_FILE, *("" for _ in _OF_PROGRAMME[2:]))
        for programme in row.programmes:
            needed = (
                f"{value.text} ({value.status})" if value.text else ""
                for value in (programme.code, programme.unit, programme.rounding)
            )
            yield (state, _named(programme), *needed, *(_verdict(programme, minutes) for minutes in MINUTES))


def _state_cells(row: StateCoverage) -> tuple[str, ...]:
    counts = (row.primary, row.secondary, row.unconfirmed, row.unknown) if row.values else ("",) * 4
    title, alone = row.most_alone
    most = f"{alone}: {title}" if alone else ""
    return (
        f"{row.state} {row.name}",
        _share(row),
        *map(str, counts),
        f"{row.newest or ''}",
        f"{row.single}",
        f"{row.single_secondary}",
        most,
        f"{row.read or ''}",
    )
