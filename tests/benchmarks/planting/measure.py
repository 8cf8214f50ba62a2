"""Audit the planted agencies, and compare every finding with what was planted."""

import random
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs
from benchmarks.planting.case import NOTICE, PATTERNS, SITES, Case, Kind, Label
from benchmarks.planting.cell import Row, make_cell
from benchmarks.planting.days import AS_OF
from benchmarks.planting.programme import Programme, programmes

from peerbill import records_from
from peerbill.checks.audit import Audit, audit
from peerbill.checks.patterns.scope import PatternScope
from peerbill.claims.next_payer import as_sent
from peerbill.model.claim import BilledEncounter

SEED = 20261214
PER_AUDIT = 900
"""Caseloads of one agency: more are divided among several."""

_LETTERS = {"": "C", SITES: "S", PATTERNS: "P"}
"""In the ids of caseloads, by setting."""

Progress = Callable[[int, int], None]
Pair = tuple[str, str, str]
"""A code, an encounter that it names, and the severity."""


@attrs.define
class Score:
    """What came of one kind: how many were planted and found, and the findings beside."""

    kind: Kind
    programmes: tuple[str, ...]
    planted: int = 0
    found: int = 0
    near: int = 0
    alarms: int = 0
    missed: list[str] = attrs.field(factory=list)
    """What an audit did not say of a defect, and what it said of a near miss, for people."""


@attrs.define
class Tally:
    """The findings of a check, one for each encounter that it names."""

    right: int = 0
    allowed: int = 0
    wrong: int = 0


@attrs.define
class Measured:
    """The whole result."""

    scores: list[Score]
    tallies: dict[str, Tally]
    clean: int
    encounters: int
    examples: list[str]


def planned(kinds: Sequence[Kind], each: int) -> dict[tuple[str, str], list[tuple[Kind, bool]]]:
    """Return the cases of each agency, by programme and setting: `each` defects and near misses a kind."""
    cases: dict[tuple[str, str], list[tuple[Kind, bool]]] = defaultdict(list)
    for kind in kinds:
        fitting = [programme for programme in programmes() if kind.fits(programme)]
        if not fitting:
            raise ValueError(f"no programme has room for {kind.code}: {kind.name}")
        for number in range(each):
            programme = fitting[number % len(fitting)]
            cases[programme.key, kind.setting] += [(kind, True), (kind, False)]
    return cases


def measure(each: int, clean: int, kinds: Sequence[Kind], progress: Progress | None = None) -> Measured:
    """Plant `each` defects and as many near misses of every kind, beside `clean` caseloads a programme; audit all."""
    keyed = {programme.key: programme for programme in programmes()}
    plan = planned(kinds, each)
    result = Measured([_score(kind) for kind in kinds], defaultdict(Tally), 0, 0, [])
    by_kind = {id(score.kind): score for score in result.scores}
    total = sum(map(len, plan.values()))
    done = 0
    for (key, setting), cases in sorted(plan.items(), key=lambda item: item[0]):
        for first in range(0, len(cases), PER_AUDIT):
            part = cases[first : first + PER_AUDIT]
            _agency(keyed[key], setting, part, first, clean if first == 0 and setting != SITES else 0, result, by_kind)
            done += len(part)
            if progress is not None:
                progress(done, total)
    return result


def _score(kind: Kind) -> Score:
    return Score(kind, tuple(programme.key for programme in programmes() if kind.fits(programme)))


def _agency(
    programme: Programme,
    setting: str,
    planned_cases: Sequence[tuple[Kind, bool]],
    first: int,
    clean: int,
    result: Measured,
    by_kind: dict[int, Score],
) -> None:
    """Make an agency of cases and clean caseloads, audit it, and score it."""
    cases = [_case(programme, kind, over, first + number) for number, (kind, over) in enumerate(planned_cases, start=1)]
    tables: dict[str, list[Row]] = defaultdict(list)
    for name, rows in programme.shared_rows().items():
        if not (setting == SITES and name == "licenses"):
            tables[name] += rows
    keys: dict[str, int] = {}
    for case in cases:
        _add(tables, case.cell.tables)
        if setting == SITES:
            keys[case.site] = case.number
    for number in range(clean):
        rng = _rng(programme, f"clean {setting}", number)
        cell = make_cell(programme, rng, f"{programme.key}{_LETTERS[setting].lower()}{number:04}", 50_000 + number)
        _add(tables, cell.tables)
        result.clean += len(cell.encounters)
    records = records_from(programme.settings(keys), tables)
    if records.problems or records.notices:
        raise ValueError((programme.key, records.problems[:3], records.notices[:3]))
    scope = PatternScope(NOTICE) if setting == PATTERNS else None
    audited = audit(records, programme.policies(), AS_OF, _history(programme, cases), patterns=scope)
    result.encounters += len(tables["encounters"])
    _compare(audited, cases, result, by_kind)


def _case(programme: Programme, kind: Kind, over: bool, number: int) -> Case:
    tag = f"{programme.key}{_LETTERS[kind.setting]}{number:05}"
    case = Case(kind, programme, _rng(programme, kind.name, number), tag, number, over)
    kind.plant(case)
    return case


def _rng(programme: Programme, name: str, number: int) -> random.Random:
    seed = zlib.crc32(f"{SEED} {programme.key} {name} {number}".encode())
    return random.Random(seed)  # noqa: S311  # data for a measurement, the same in each run


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


def _compare(audited: Audit, cases: Sequence[Case], result: Measured, by_kind: dict[int, Score]) -> None:
    """Count what was found, missed and named wrongly."""
    owner = {row["encounter_id"]: case for case in cases for row in case.cell.encounters}
    named: dict[str, set[Pair]] = defaultdict(set)
    for finding in audited.findings:
        for id_ in finding.encounter_ids:
            case = owner.get(id_)
            named[case.tag if case is not None else ""].add((finding.code, id_, finding.severity.value))
    for pair in sorted(named[""]):
        _wrong(result, pair, "a clean caseload")
    for case in cases:
        _score_case(case, named[case.tag], result, by_kind[id(case.kind)])


def _score_case(case: Case, named: set[Pair], result: Measured, score: Score) -> None:
    wanted = {pair for label in case.expected for pair in _pairs(label, named)}
    right = {pair for pair in named if any(_fits(label, pair) for label in case.expected)}
    allowed = {pair for pair in named - right if any(_fits(label, pair) for label in case.allowed)}
    wrong = named - right - allowed
    for pair in right:
        result.tallies[pair[0]].right += 1
    for pair in allowed:
        result.tallies[pair[0]].allowed += 1
    for pair in sorted(wrong):
        _wrong(result, pair, f"{case.kind.code} {case.kind.name}, {'defect' if case.over else 'near miss'}")
    if case.over:
        score.planted += 1
        if None in wanted:
            score.missed.append(case.tag)
            result.examples.append(
                f"missed: {case.tag} {case.kind.code} {case.kind.name} {sorted(map(str, named))[:4]}"
            )
        else:
            score.found += 1
    else:
        score.near += 1
        score.alarms += any(pair[0] == case.kind.code for pair in wrong)


def _pairs(label: Label, named: set[Pair]) -> Iterable[Pair | None]:
    """Yield what was named for each encounter of a label, None where nothing was."""
    for id_ in label.encounter_ids:
        yield next((pair for pair in named if _fits(label, pair) and pair[1] == id_), None)


def _fits(label: Label, pair: Pair) -> bool:
    code, id_, severity = pair
    return code == label.code and id_ in label.encounter_ids and label.severity in ("", severity)


def _wrong(result: Measured, pair: Pair, where: str) -> None:
    result.tallies[pair[0]].wrong += 1
    result.examples.append(f"wrong: {' '.join(pair)} in {where}")
