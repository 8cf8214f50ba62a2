"""Plant differences in claims of clean agencies, write them as 837P, and compare what an audit of the files says."""

import random
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import attrs
from benchmarks.planting.cell import make_cell
from benchmarks.planting.chance import chance
from benchmarks.planting.days import AS_OF
from benchmarks.planting.kinds_claims import CLAIM_KINDS, ClaimCase
from benchmarks.planting.parallel import Progress, add_up
from benchmarks.planting.programme import programmes
from benchmarks.planting.score import Score, add_scores

from peerbill import records_from
from peerbill.checks.audit import audit
from peerbill.claim_audit.audit import audit_claims
from peerbill.claims.build import build_claims
from peerbill.model.claim import Claim
from peerbill.x12.write.write837 import write_interchange


@attrs.define
class ClaimsMeasured:
    """A result: by the place of a kind in `CLAIM_KINDS`; claims, and findings by code that nothing explains."""

    scores: dict[int, Score] = attrs.field(factory=lambda: defaultdict(Score))
    claims: int = 0
    right: int = 0
    wrong: Counter[str] = attrs.field(factory=Counter)
    examples: list[str] = attrs.field(factory=list)

    def add(self, other: "ClaimsMeasured") -> None:
        """Add another agency's result."""
        add_scores(self.scores, other.scores)
        self.claims += other.claims
        self.right += other.right
        self.wrong += other.wrong
        self.examples += other.examples


def measure_claims(each: int, progress: Progress | None = None) -> ClaimsMeasured:
    """Plant `each` differences and near misses of every kind in claims of all programmes, and audit the files."""
    count = len(programmes())
    parts = [(number, each * (number + 1) // count - each * number // count) for number in range(count)]
    return add_up(ClaimsMeasured(), claims_agency, parts, progress)


def claims_agency(part: tuple[int, int]) -> ClaimsMeasured:
    """Make the agency of a programme, plant so many differences of each kind in its claims, audit and score them."""
    number, each = part
    programme = programmes()[number]
    rng = chance("claims", programme.key)
    plan = [(place, over) for place in range(len(CLAIM_KINDS)) for over in (True, False) for _ in range(each)]
    tables = defaultdict[str, list[dict[str, Any]]](list)
    for name, rows in programme.shared_rows().items():
        tables[name] += rows
    tags = [f"{programme.key}K{count:05}" for count in range(len(plan))]
    for count, tag in enumerate(tags):
        for name, rows in make_cell(programme, rng, tag, count + 1).tables.items():
            tables[name] += rows
    records = records_from(programme.settings(), tables)
    billable = audit(records, programme.policies(), AS_OF).billable
    ids = iter([f"K{count:07}" for count in range(len(billable))])
    by_tag: dict[str, list[Claim]] = defaultdict(list)
    for claim in build_claims(billable, records, ids):
        by_tag[claim.rendering_id[:-1]].append(claim)
    cases = [
        _case(ClaimCase(programme, rng, over, claims := by_tag[tag], _single(rng, claims)), place)
        for tag, (place, over) in zip(tags, plan, strict=True)
    ]
    written = [claim for case, _ in cases for claim in case.claims]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claims.837"
        text = write_interchange(written, records.settings.payers["plan"], records.settings, AS_OF, 1)
        path.write_text("".join(text), encoding="ascii")
        audited = audit_claims([path], records, programme.policies(), AS_OF)
    result = ClaimsMeasured(claims=len(written))
    codes: dict[str, set[str]] = defaultdict(set)
    owner = {claim.claim_id: tag for tag, (case, _) in zip(tags, cases, strict=True) for claim in case.claims}
    for finding in audited.findings:
        tag = finding.encounter_ids[0][:-3] if finding.encounter_ids else owner.get(finding.claim_id, "")
        codes[tag].add(finding.code)
    for tag, (case, _), (place, over) in zip(tags, cases, plan, strict=True):
        _score(result, place, codes[tag], case, over=over)
    for code in sorted(codes[""]):
        result.wrong[code] += 1
        result.examples.append(f"wrong: {code} of no claim of {programme.key}")
    return result


def _single(rng: random.Random, claims: list[Claim]) -> Claim:
    """Return one of the claims that have a single line of a single encounter alone."""
    return rng.choice([one for one in claims if len(one.lines) == 1 and "HQ" not in one.lines[0].modifiers])


def _case(case: ClaimCase, place: int) -> tuple[ClaimCase, int]:
    kind = CLAIM_KINDS[place]
    kind.plant(case)
    if case.over:
        case.expected.add(kind.code)
    return case, place


def _score(result: ClaimsMeasured, place: int, codes: set[str], case: ClaimCase, *, over: bool) -> None:
    kind, score = CLAIM_KINDS[place], result.scores[place]
    wrong = codes - case.expected - (case.allowed if over else set())
    result.right += len(codes & case.expected)
    result.wrong.update(wrong)
    if over:
        score.planted += 1
        score.found += case.expected <= codes
    else:
        score.near += 1
        score.alarms += bool(codes)
    if wrong or not case.expected <= codes:
        what = "defect" if over else "near miss"
        result.examples.append(f"{kind.code} {kind.name}, {what} of {case.programme.key}: {' '.join(sorted(codes))}")
