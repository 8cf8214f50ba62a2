"""Plant copied notes and groups billed as one-to-ones in years of agencies, and compare what an audit says of them."""

from collections import Counter, defaultdict
from typing import Any

import attrs
from benchmarks.planting.agency import Agency, make_agency
from benchmarks.planting.case import ids
from benchmarks.planting.chance import chance
from benchmarks.planting.copies import PATTERN_KINDS, Planted
from benchmarks.planting.days import AS_OF
from benchmarks.planting.parallel import Progress, add_up
from benchmarks.planting.programme import programmes

from peerbill import records_from
from peerbill.checks.audit import Audit, audit
from peerbill.checks.patterns.scope import PatternScope

CODES = tuple(dict.fromkeys(kind.code for kind in PATTERN_KINDS))
"""The checks that are measured."""


@attrs.define
class PatternScore:
    """What came of one kind: how many were planted, and how many found; of a near miss, how many were named."""

    planted: int = 0
    found: int = 0


@attrs.define
class PatternsMeasured:
    """A result: by the place of a kind in `PATTERN_KINDS`; clean encounters, and how many of them each check names."""

    scores: dict[int, PatternScore] = attrs.field(factory=lambda: defaultdict(PatternScore))
    encounters: int = 0
    clean: int = 0
    alarms: Counter[str] = attrs.field(factory=Counter)
    examples: list[str] = attrs.field(factory=list)

    def add(self, other: "PatternsMeasured") -> None:
        """Add another agency's result."""
        for place, score in other.scores.items():
            self.scores[place].planted += score.planted
            self.scores[place].found += score.found
        self.encounters += other.encounters
        self.clean += other.clean
        self.alarms += other.alarms
        self.examples += other.examples


def measure_patterns(each: int, agencies: int, weeks: int, progress: Progress | None = None) -> PatternsMeasured:
    """Plant `each` of every kind in some agencies of so many weeks, in turn of the programmes, and audit them."""
    parts = [(number, weeks, each * (number + 1) // agencies - each * number // agencies) for number in range(agencies)]
    return add_up(PatternsMeasured(), planted_agency, parts, progress)


def planted_agency(part: tuple[int, int, int]) -> PatternsMeasured:
    """Make an agency by its number and weeks, plant so many of each kind, audit it, and score it."""
    number, weeks, count = part
    rng = chance("agency", number)
    agency = make_agency(programmes()[number % len(programmes())], rng, number, weeks)
    free = [row for row in agency.encounters if not row["group_id"]]
    rng.shuffle(free)
    planted = [(place, kind.plant(agency, free)) for place, kind in enumerate(PATTERN_KINDS) for _ in range(count)]
    named = _named(agency)
    result = PatternsMeasured(encounters=len(agency.encounters))
    for place, plant in planted:
        _score(place, plant, named, result)
    touched = frozenset[str]().union(*(ids((*plant.required, *plant.allowed)) for _, plant in planted))
    clean = ids(agency.encounters) - touched
    result.clean = len(clean)
    for code, found in sorted(named.items()):
        wrong = sorted(found & clean)
        result.alarms[code] += len(wrong)
        result.examples += [f"wrong: {code} {id_}" for id_ in wrong]
    return result


def audited(agency: Agency) -> Audit:
    """Audit an agency, for patterns too."""
    tables = defaultdict[str, list[dict[str, Any]]](list)
    for rows in (agency.programme.shared_rows(), *(cell.tables for cell in agency.cells)):
        for name, more in rows.items():
            tables[name] += more
    records = records_from(agency.programme.settings(), tables)
    if records.problems or records.rejected:
        raise ValueError((agency.programme.key, records.problems[:3], records.rejected[:3]))
    return audit(records, agency.programme.policies(), AS_OF, patterns=PatternScope())


def _named(agency: Agency) -> dict[str, frozenset[str]]:
    """Return which encounters an audit of the agency names, by code of a pattern."""
    named: dict[str, set[str]] = defaultdict(set)
    for finding in audited(agency).findings:
        if finding.code in CODES:
            named[finding.code].update(finding.encounter_ids)
    return {code: frozenset(found) for code, found in named.items()}


def _score(place: int, plant: Planted, named: dict[str, frozenset[str]], result: PatternsMeasured) -> None:
    kind, score = PATTERN_KINDS[place], result.scores[place]
    wanted, found = ids(plant.required), named.get(kind.code, frozenset())
    hit = bool(wanted & found) if kind.near else wanted <= found
    score.planted += 1
    score.found += hit
    if hit is kind.near:
        what = "near miss named" if kind.near else "missed"
        result.examples.append(f"{what}: {kind.code} {kind.name}: {' '.join(sorted(wanted))}")
