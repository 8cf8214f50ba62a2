"""How often the limits of a sample hold the true total, at high and low error rates: a simulation, without a clock.

python tests/benchmarks/bench_coverage.py [DRAWS]

An invented universe of 20,000 lines of 1 to 8 units at $16.00, of which a share is in error with its whole amount.
"""

import random
import sys

from peerbill.review.estimate import StratumSample, difference_estimate
from peerbill.review.size import size_from_rate

UNITS, SIZE = 20_000, 100


def main() -> int:
    """Print for each error rate the coverage of the two-sided 90% interval, and of its lower limit alone."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    generator = random.Random(20261129)  # noqa: S311 - a simulation
    amounts = [1600 * generator.randint(1, 8) for _ in range(UNITS)]
    for rate in (0.30, 0.10, 0.03):
        wrong = set(generator.sample(range(UNITS), round(UNITS * rate)))
        found = [float(amount) if at in wrong else 0.0 for at, amount in enumerate(amounts)]
        truth = sum(found)
        inside = below = 0
        for _ in range(draws):
            sample = tuple(found[at] for at in generator.sample(range(UNITS), SIZE))
            interval = difference_estimate([StratumSample("all", UNITS, sample)]).interval(0.90, "t")
            inside += interval.lower <= truth <= interval.upper
            below += interval.lower <= truth
        needed = size_from_rate(amounts, rate, 0.25, 0.90)
        print(
            f"error rate {rate:.0%}, {SIZE} of {UNITS:,}, {draws:,} draws: the interval holds the total in "
            f"{inside / draws:.1%}, the lower limit is at or below it in {below / draws:.1%}; "
            f"90% and 25% precision need {needed:,}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
