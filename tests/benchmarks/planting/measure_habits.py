"""Plant habits of single peers in agencies, and compare what an audit says of each peer."""

from collections import defaultdict
from collections.abc import Sequence

import attrs
from benchmarks.planting.agency import make_agency
from benchmarks.planting.cell import Cell
from benchmarks.planting.chance import chance
from benchmarks.planting.kinds_habits import HABITS
from benchmarks.planting.measure_patterns import audited
from benchmarks.planting.parallel import Progress, add_up
from benchmarks.planting.programme import programmes
from benchmarks.planting.score import Score, add_scores

from peerbill.model.finding import Finding


@attrs.define
class HabitsMeasured:
    """A result: by the place of a habit in `HABITS`; peers, and of how many a check spoke that has nothing to say."""

    scores: dict[int, Score] = attrs.field(factory=lambda: defaultdict(Score))
    encounters: int = 0
    peers: int = 0
    alarms: int = 0
    examples: list[str] = attrs.field(factory=list)

    def add(self, other: "HabitsMeasured") -> None:
        """Add another agency's result."""
        add_scores(self.scores, other.scores)
        self.encounters += other.encounters
        self.peers += other.peers
        self.alarms += other.alarms
        self.examples += other.examples


def measure_habits(each: int, codes: Sequence[str] = (), progress: Progress | None = None) -> HabitsMeasured:
    """Make `each` agencies for every habit, or for those of some codes: one peer has it, one nearly, four do not."""
    parts = [
        (place, number)
        for place, habit in enumerate(HABITS)
        if not codes or habit.code in codes
        for number in range(each)
    ]
    return add_up(HabitsMeasured(), habit_agency, parts, progress)


def habit_agency(part: tuple[int, int]) -> HabitsMeasured:
    """Make an agency for a habit, by the place of the habit and its number, audit it, and score it."""
    place, number = part
    habit = HABITS[place]
    rng = chance(habit.name, number)
    fitting = [programme for programme in programmes() if programme.has(*habit.needs)]
    agency = make_agency(fitting[number % len(fitting)], rng, number, habit.weeks)
    having, nearly = agency.cells[:2]
    habit.plant(agency, having, over=True)
    habit.plant(agency, nearly, over=False)
    findings = [finding for finding in audited(agency).findings if finding.code.startswith("PB9")]
    result = HabitsMeasured(encounters=len(agency.encounters))
    score = result.scores[place]
    for cell in agency.cells:
        codes = {finding.code for finding in findings if _is_about(finding, cell)}
        hit = habit.code in codes
        wrong = codes - {habit.code, *habit.also} if cell in {having, nearly} else codes
        if cell is having:
            score.planted += 1
            score.found += hit
        elif cell is nearly:
            score.near += 1
            score.alarms += hit
        result.peers += 1
        result.alarms += bool(wrong)
        if wrong or (hit is not (cell is having)):
            who = "has it" if cell is having else "nearly has it" if cell is nearly else "does not"
            result.examples.append(
                f"{habit.code} {habit.name}, {agency.programme.key}, who {who}: {' '.join(sorted(codes)) or 'nothing'}"
            )
    return result


def _is_about(finding: Finding, cell: Cell) -> bool:
    if finding.staff_id or finding.member_id:
        return (finding.staff_id or "").startswith(cell.tag) or (finding.member_id or "").startswith(cell.tag)
    return True  # the habit of the agency is said of all
