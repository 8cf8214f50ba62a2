"""What the benchmark must reach."""

from benchmarks.planting.record import Record

PRECISION = 0.99
"""Of all findings on caseloads."""
PATTERN_RECALL = 0.95
PATTERN_ALARMS = 0.01
"""Of copied notes, of groups billed as one-to-ones, and of the habits of peers, each by itself."""


def missed(record: Record) -> list[str]:
    """Return in words each target that a run missed."""
    found = [
        f"{kind['code']} {kind['name']}: {kind['found']} of {kind['planted']} found, not all"
        for kind in (*record["kinds"], *record["claims"]["kinds"])
        if kind["found"] < kind["planted"]
    ]
    tallies = [*record["findings"].values(), record["claims"]]
    right, wrong = (sum(tally[key] for tally in tallies) for key in ("right", "wrong"))
    if right < PRECISION * (right + wrong):
        found.append(f"{right} of {right + wrong} findings are right, not {PRECISION:.0%}")
    patterns, habits = record["patterns"], record["habits"]
    for code, alarms in patterns["alarms"].items():
        kinds = [kind for kind in patterns["kinds"] if kind["code"] == code and not kind["near"]]
        found += _pattern(code, kinds, alarms, patterns["clean"])
    return found + _pattern("habits", habits["kinds"], habits["alarms"], habits["peers"])


def _pattern(name: str, kinds: list[Record], alarms: int, clean: int) -> list[str]:
    planted, found = (sum(kind[key] for kind in kinds) for key in ("planted", "found"))
    missed = []
    if found < PATTERN_RECALL * planted:
        missed.append(f"{name}: {found} of {planted} found, not {PATTERN_RECALL:.0%}")
    if alarms > PATTERN_ALARMS * clean:
        missed.append(f"{name}: {alarms} of {clean} clean ones are named, more than {PATTERN_ALARMS:.0%}")
    return missed
