"""What the benchmark must reach."""

from benchmarks.planting.record import Record

PRECISION = 0.99
"""Over all findings."""


def missed(record: Record) -> list[str]:
    """Return in words each target that a run missed."""
    found = [
        f"{kind['code']} {kind['name']}: {kind['found']} of {kind['planted']} found, not all"
        for kind in record["kinds"]
        if kind["found"] < kind["planted"]
    ]
    right = sum(tally["right"] for tally in record["findings"].values())
    wrong = sum(tally["wrong"] for tally in record["findings"].values())
    if right < PRECISION * (right + wrong):
        found.append(f"{right} of {right + wrong} findings are right, not {PRECISION:.0%}")
    return found
