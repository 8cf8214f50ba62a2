"""What came of one kind of defect, and of its near miss."""

from collections.abc import Mapping

import attrs


@attrs.define
class Score:
    """How many were planted and found, and in how many near misses the check of the kind found something."""

    planted: int = 0
    found: int = 0
    near: int = 0
    alarms: int = 0

    def add(self, other: "Score") -> None:
        """Add what came of the same kind elsewhere."""
        self.planted += other.planted
        self.found += other.found
        self.near += other.near
        self.alarms += other.alarms


def add_scores(scores: Mapping[int, Score], others: Mapping[int, Score]) -> None:
    """Add the scores of another agency, by the place of their kinds; `scores` makes those that it lacks."""
    for place, score in others.items():
        scores[place].add(score)
