"""The decisions of a sample, as `extrapolate` reads them, from the ratings that reviewers recorded."""

import csv
import io
from collections.abc import Mapping, Sequence

from peerbill.model.review import Rating
from peerbill.review.conclusions import Conclusion, ReviewOutcome
from peerbill.review.decisions import COLUMNS, decisions_form
from peerbill.review.frame import Row
from peerbill.review.plan import SamplePlan


def decisions_of_reviews(
    plan: SamplePlan,
    rows: Mapping[str, Row],
    by_row: Mapping[str, Sequence[str]],
    found: Mapping[str, Conclusion],
) -> tuple[str, int, int]:
    """Return decisions.csv filled in from conclusions, with how many rows of the sample are decided, and are open.

    `by_row` gives the encounters of each row. A row is decided where all its encounters come to the same: supported
    (allowed), not supported (overpaid with nothing correct, or missing-record where there is no note) or
    self-corrected. A row of which a part is supported stays open: only a person knows its correct amount. Spares stay
    blank.
    """
    lines = list(csv.DictReader(io.StringIO(decisions_form(plan, rows))))
    decided = 0
    for line in lines:
        several = [found.get(id_) for id_ in by_row[line["row_id"]]] if line["use"] == "sample" else []
        cells = _cells([one for one in several if one is not None]) if several and None not in several else None
        if cells is not None:
            line.update(zip(COLUMNS[1:], cells, strict=True))
            decided += 1
    out = io.StringIO()
    writer = csv.DictWriter(out, lines[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue(), decided, sum(line["use"] == "sample" for line in lines) - decided


def _cells(several: Sequence[Conclusion]) -> tuple[str, str, str, str, str] | None:
    """Return decision, correct amount, reviewer, day and reason of a row; None where a person has to decide."""
    ratings = [one for conclusion in several for one in conclusion.decisions]
    match {one.outcome for one in several}:
        case outcomes if outcomes == {ReviewOutcome.SUPPORTED}:
            word, correct = "allowed", ""
        case outcomes if outcomes == {ReviewOutcome.SELF_CORRECTED}:
            word, correct = "self-corrected", ""
        case outcomes if outcomes == {ReviewOutcome.NOT_SUPPORTED}:
            is_missing = all(one.rating is Rating.NO_NOTE for one in ratings)
            word, correct = ("missing-record", "") if is_missing else ("overpaid", "0.00")
        case _:
            return None
    return (
        word,
        correct,
        "; ".join(dict.fromkeys(one.reviewer for one in ratings)),
        max(one.at for one in ratings)[:10],
        "; ".join(dict.fromkeys(one.reason for one in ratings if one.reason)),
    )
