"""Audit the planted agencies, and compare every finding with what was planted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
from benchmarks.planting.case import NOTICE, PATTERNS, SITES, Case, Kind, Label
from benchmarks.planting.cell import Row, make_cell
from benchmarks.planting.chance import chance
from benchmarks.planting.copies import PATTERN_KINDS
from benchmarks.planting.days import AS_OF
from benchmarks.planting.kinds import every_kind
from benchmarks.planting.kinds_habits import HABITS
from benchmarks.planting.parallel import Progress, add_up
from benchmarks.planting.programme import Programme, programmes
from benchmarks.planting.score import Score, add_scores

from peerbill import records_from
from peerbill.checks.audit import Audit, audit
from peerbill.checks.patterns.scope import PatternScope
from peerbill.claims.next_payer import as_sent
from peerbill.model.claim import BilledEncounter

PER_AUDIT = 400
"""Caseloads of one agency: more are divided among several."""
APART = frozenset(kind.code for kind in PATTERN_KINDS) | {habit.code for habit in HABITS}
"""Checks that compare a whole agency: one made of caseloads has no ordinary month, and they are measured apart."""
_LETTERS = {"": "C", SITES: "S", PATTERNS: "P"}
"""In the ids of caseloads, by setting."""

Pair = tuple[str, str, str]
"""A code, an encounter that it names, and the severity."""


@attrs.define
class Measured:
    """A result.

    Attributes:
        scores: by the place of a kind in `every_kind`.
        right: findings that a defect asks for, by code, one for each encounter that they name.
        allowed: findings that follow from a defect.
        wrong: findings that nothing explains.
        clean: encounters of caseloads without any defect or near miss.
        encounters: all encounters.
        examples: what was missed or found wrongly, for people.

    """

    scores: dict[int, Score] = attrs.field(factory=lambda: defaultdict(Score))
    right: Counter[str] = attrs.field(factory=Counter)
    allowed: Counter[str] = attrs.field(factory=Counter)
    wrong: Counter[str] = attrs.field(factory=Counter)
    clean: int = 0
    encounters: int = 0
    examples: list[str] = attrs.field(factory=list)

    def add(self, other: "Measured") -> None:
        """Add another agency's result."""
        add_scores(self.scores, other.scores)
        self.right += other.right
        self.allowed += other.allowed
        self.wrong += other.wrong
        self.clean += other.clean
        self.encounters += other.encounters
        self.examples += other.examples


@attrs.frozen
class Part:
    """An agency to make and to audit: programme, setting, and cases (place of the kind, whether it is the defect).

    `first` is the number before that of its first case, `clean` how many caseloads without any case it has.
    """

    programme: str
    setting: str
    cases: tuple[tuple[int, bool], ...]
    first: int
    clean: int


def fitting(kind: Kind) -> list[Programme]:
    """Return the programmes that have room for a kind. Raises ValueError where none has."""
    found = [programme for programme in programmes() if kind.fits(programme)]
    if not found:
        raise ValueError(f"no programme has room for {kind.code}: {kind.name}")
    return found


def planned(each: int, codes: Sequence[str] = ()) -> list[Part]:
    """Return the agencies for `each` defects and near misses of every kind, or of the kinds of some codes."""
    cases: dict[tuple[str, str], list[tuple[int, bool]]] = defaultdict(list)
    for place, kind in enumerate(every_kind()):
        if codes and kind.code not in codes:
            continue
        room = fitting(kind)
        for number in range(each):
            cases[room[number % len(room)].key, kind.setting] += [(place, True), (place, False)]
    return [
        Part(
            key, setting, tuple(those[first : first + PER_AUDIT]), first, each if first == 0 and setting != SITES else 0
        )
        for (key, setting), those in sorted(cases.items())
        for first in range(0, len(those), PER_AUDIT)
    ]


def measure(each: int, codes: Sequence[str] = (), progress: Progress | None = None) -> Measured:
    """Plant `each` defects and as many near misses of every kind, beside as many clean caseloads, and audit all."""
    parts = planned(each, codes)
    return add_up(Measured(), agency, parts, progress)


def agency(part: Part) -> Measured:
    """Make an agency of cases and clean caseloads, audit it, and score it."""
    programme = next(programme for programme in programmes() if programme.key == part.programme)
    kinds = every_kind()
    result = Measured()
    cases = [
        _case(programme, kinds[place], over, part.first + number)
        for number, (place, over) in enumerate(part.cases, start=1)
    ]
    tables: dict[str, list[Row]] = defaultdict(list)
    for name, rows in programme.shared_rows().items():
        if not (part.setting == SITES and name == "licenses"):
            tables[name] += rows
    for case in cases:
        _add(tables, case.cell.tables)
    for number in range(part.clean):
        rng = chance(programme.key, f"clean {part.setting}", number)
        tag = f"{programme.key}{_LETTERS[part.setting].lower()}{number:04}"
        cell = make_cell(programme, rng, tag, 50_000 + number)
        _add(tables, cell.tables)
        result.clean += len(cell.encounters)
    sites = {case.site: case.number for case in cases} if part.setting == SITES else {}
    records = records_from(programme.settings(sites), tables)
    if records.problems or records.notices:
        raise ValueError((programme.key, records.problems[:3], records.notices[:3]))
    scope = PatternScope(NOTICE) if part.setting == PATTERNS else None
    audited = audit(records, programme.policies(), AS_OF, _history(programme, cases), patterns=scope)
    result.encounters = len(tables["encounters"])
    _compare(audited, list(zip((place for place, _ in part.cases), cases, strict=True)), result)
    return result


def _case(programme: Programme, kind: Kind, over: bool, number: int) -> Case:
    tag = f"{programme.key}{_LETTERS[kind.setting]}{number:05}"
    case = Case(kind, programme, chance(programme.key, kind.name, number), tag, number, over)
    kind.plant(case)
    return case


def _add(tables: dict[str, list[Row]], more: dict[str, list[Row]]) -> None:
    for name, rows in more.items():
        tables[name] += rows


def _history(programme: Programme, cases: Iterable[Case]) -> tuple[BilledEncounter, ...]:
    """Return what the ledger holds of the cases that were billed before."""
    tables: dict[str, list[Row]] = defaultdict(list)
    standing: dict[str, dict[str, Any]] = {}
    for name, rows in programme.shared_rows().items():
        tables[name] += rows
    for case in cases:
        _add(tables, case.billed)
        standing |= case.standing
    if not standing:
        return ()
    before = audit(records_from(programme.settings(), tables), programme.policies(), AS_OF)
    sent = {one.encounter.encounter_id: one for one in before.billable}
    return tuple(
        attrs.evolve(as_sent(sent[id_]), claim_id=f"C{number}", **changes)
        for number, (id_, changes) in enumerate(standing.items(), start=1)
    )


def _compare(audited: Audit, cases: Sequence[tuple[int, Case]], result: Measured) -> None:
    """Count what was found, missed and named wrongly."""
    owner = {row["encounter_id"]: case.tag for _, case in cases for row in case.cell.encounters}
    named: dict[str, set[Pair]] = defaultdict(set)
    for finding in audited.findings:
        for id_ in finding.encounter_ids if finding.code not in APART else ():
            named[owner.get(id_, "")].add((finding.code, id_, finding.severity.value))
    for pair in sorted(named[""]):
        _wrong(result, pair, "a clean caseload")
    for place, case in cases:
        _score(case, named[case.tag], result, result.scores[place])


def _score(case: Case, named: set[Pair], result: Measured, score: Score) -> None:
    right = {pair for pair in named if any(_fits(label, pair) for label in case.expected)}
    allowed = {pair for pair in named - right if any(_fits(label, pair) for label in case.allowed)}
    wrong = named - right - allowed
    result.right.update(pair[0] for pair in right)
    result.allowed.update(pair[0] for pair in allowed)
    for pair in sorted(wrong):
        _wrong(result, pair, f"{case.kind.code} {case.kind.name}, {'defect' if case.over else 'near miss'}")
    if not case.over:
        score.near += 1
        score.alarms += any(pair[0] == case.kind.code for pair in wrong)
        return
    score.planted += 1
    hit = all(_is_named(label, named) for label in case.expected)
    score.found += hit
    if not hit:
        result.examples.append(f"missed: {case.tag} {case.kind.code} {case.kind.name} {sorted(named)[:4]}")


def _is_named(label: Label, named: set[Pair]) -> bool:
    """Tell whether each encounter of a label is named with its code and severity."""
    return {pair[1] for pair in named if _fits(label, pair)} == label.encounter_ids


def _fits(label: Label, pair: Pair) -> bool:
    code, id_, severity = pair
    return code == label.code and id_ in label.encounter_ids and label.severity in ("", severity)


def _wrong(result: Measured, pair: Pair, where: str) -> None:
    result.wrong[pair[0]] += 1
    result.examples.append(f"wrong: {' '.join(pair)} in {where}")
