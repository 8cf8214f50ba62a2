"""What many rows or encounters have in common, brought together: the same problem is printed once."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from peerbill.intake.gate import HOLDS, LEFT_OUT, ORPHAN
from peerbill.model.finding import Finding, finding_order
from peerbill.model.plural import counted, named
from peerbill.model.records import UnusedRow

MOST_LINES = 3
"""How many lines are named of the rows that share a problem; `--all` prints each row by itself."""

_OF_MANY = {
    LEFT_OUT: "The rows are left out.",
    HOLDS: "The rows are not used; they hold what they could concern until then.",
    ORPHAN: "They hold what they could concern until then.",
}


def row_problems(rows: Iterable[UnusedRow]) -> Iterator[str]:
    """Yield a sentence for each problem of a file: its columns, how many rows of each have it, and the first lines."""
    alike: dict[tuple[str, str, str], dict[str, list[UnusedRow]]] = {}
    for row in rows:
        alike.setdefault((row.file, row.fix, row.effect), {}).setdefault(row.why, []).append(row)
    for (file, _, _), by_why in alike.items():
        for unused in list(by_why.values())[:MOST_LINES]:
            yield str(unused[0]) if len(unused) == 1 else _of_several(unused)
        more = sum(map(len, list(by_why.values())[MOST_LINES:]))
        if more:
            yield f"{file}: {counted(more, 'more row')} like these: audit --all lists each."


def _of_several(rows: Sequence[UnusedRow]) -> str:
    by_column: dict[str, list[int]] = {}
    for row in rows:
        by_column.setdefault(row.column, []).append(row.line)
    first = rows[0]
    columns = ", ".join(_in_column(column, lines, first.word) for column, lines in by_column.items())
    return f"{first.file}: {columns}: {first.why}. {first.fix} {_OF_MANY.get(first.effect, first.effect)}"


def _in_column(column: str, lines: Sequence[int], word: str) -> str:
    where = named_lines(lines, word)
    return f"column {column} in {counted(len(lines), 'row')} ({where})" if column else f"{len(lines):,} rows ({where})"


def named_lines(lines: Sequence[int], word: str) -> str:
    """Name the first lines.

    >>> named_lines([4], "line"), named_lines([2, 3, 4, 5], "line")
    ('line 4', 'lines 2, 3, 4 and 1 more')
    """
    return f"{word if len(lines) == 1 else f'{word}s'} {named([str(line) for line in sorted(lines)], MOST_LINES)}"


def gathered(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with the same cause as one finding, which names the encounters of all and the first lines.

    Of more than `MOST_LINES` findings whose sentences differ by their figures alone, the first sentences are kept.
    """
    ids: dict[Finding, dict[str, None]] = {}
    lines: dict[Finding, dict[int, None]] = {}
    for finding in sorted(findings, key=finding_order):
        line, alike = _without_line(attrs.evolve(finding, encounter_ids=(), staff_id=None, member_id=None))
        ids.setdefault(alike, {}).update(dict.fromkeys(finding.encounter_ids))
        if line:
            lines.setdefault(alike, {})[line] = None
    causes: dict[object, list[Finding]] = {}
    for alike, named_ids in ids.items():
        merged = attrs.evolve(_with_lines(alike, list(lines.get(alike, ()))), encounter_ids=tuple(sorted(named_ids)))
        sentence = alike.template or alike.message
        cause = (alike.code, alike.severity, alike.where, sentence, alike.fix, alike.citations)
        causes.setdefault(cause, []).append(merged)
    return [finding for same in causes.values() for finding in (same if len(same) <= MOST_LINES else [_first_of(same)])]


def _first_of(same: Sequence[Finding]) -> Finding:
    shown = [_of_whom(finding) for finding in same[:MOST_LINES]]
    more = f"and {counted(len(same) - MOST_LINES, 'more case')}: audit --all lists each"
    ids = {id_ for finding in same for id_ in finding.encounter_ids}
    return attrs.evolve(same[0], message="; ".join([*shown, more]), encounter_ids=tuple(sorted(ids)))


def _of_whom(finding: Finding) -> str:
    """Return the sentence of a finding about a single encounter with its id, which no title names by itself."""
    if len(finding.encounter_ids) != 1 or finding.encounter_ids[0] in re.split(r"[\s,;:]+", finding.message):
        return finding.message
    return f"{finding.encounter_ids[0]}: {finding.message}"


def _without_line(finding: Finding) -> tuple[int, Finding]:
    """Return a finding about a cell or row of a file without its line, and the line; 0 where it is about none."""
    place = _place(finding.values)
    if not place or not finding.message.startswith(place):
        return 0, finding
    values = {name: value for name, value in finding.values.items() if name != "line"}
    return finding.values["line"], attrs.evolve(finding, message=finding.message.removeprefix(place), values=values)


def _with_lines(finding: Finding, lines: Sequence[int]) -> Finding:
    if not lines:
        return finding
    start = f"{finding.values['file']} {named_lines(lines, finding.values['kind'])}"
    return attrs.evolve(finding, message=start + finding.message)


def _place(values: Mapping[str, object]) -> str:
    return f"{values['file']} {values['kind']} {values['line']}" if {"file", "kind", "line"} <= values.keys() else ""
