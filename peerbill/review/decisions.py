"""The reviewer's decisions: a CSV file with a row for each row of the sample."""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import attrs

from peerbill.model.errors import UnusableInputError
from peerbill.model.money import cents, dollars, two_decimals
from peerbill.model.plural import named
from peerbill.review.frame import Row
from peerbill.review.plan import Drawn, SamplePlan

DECISIONS = ("allowed", "overpaid", "underpaid", "missing-record", "self-corrected")
COLUMNS = ("row_id", "decision", "correct_amount", "reviewer", "reviewed_on", "reason")
_MONEY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")


@attrs.frozen
class Decision:
    """What a reviewer decided on a row; `correct` is the amount that was right, in cents."""

    row_id: str
    decision: str
    correct: int
    reviewer: str
    reviewed_on: dt.date
    reason: str


@attrs.frozen
class Review:
    """A whole review: the decisions of every row that counts, and the spares that took the place of units."""

    decisions: Mapping[str, Decision]
    units: tuple[Drawn, ...]
    replaced: tuple[tuple[str, str], ...] = ()


def decisions_form(plan: SamplePlan, rows: Mapping[str, Row]) -> str:
    """Return the file to fill in: the rows of the sample in their order, with what identifies them for the reviewer."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*COLUMNS, "use", "stratum", "claim_id", "member_id", "staff_ids", "day", "code", "amount"))
    for unit in plan.drawn:
        for row_id in unit.rows:
            row = rows[row_id]
            about = (row.claim_id, row.member_id, row.staff_ids, row.day, row.code, two_decimals(dollars(row.amount)))
            writer.writerow((row_id, "", "", "", "", "", unit.use, unit.stratum, *about))
    return out.getvalue()


def read_decisions(content: bytes, name: str, rows: Mapping[str, Row], missing_record: str) -> dict[str, Decision]:
    """Return the decisions of a file by row; rows whose decision cell is empty were not reviewed.

    Raises UnusableInputError with a line for each problem.
    """
    try:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnusableInputError(f"{name} cannot be read: expected CSV in UTF-8") from error
    header = [cell.strip() for cell in lines[0]] if lines else []
    doubled = sorted({column for column in COLUMNS if header.count(column) > 1})
    lacking = [column for column in COLUMNS if column not in header]
    if lacking or doubled:
        what = f"has no column {', '.join(lacking)}" if lacking else f"has two columns {', '.join(doubled)}"
        raise UnusableInputError(f"{name}:1: the header {what}: expected each of {', '.join(COLUMNS)} once")
    found: dict[str, Decision] = {}
    seen: set[str] = set()
    problems: list[str] = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        values = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        if len(cells) != len(header):
            problems.append(f"{name}:{number}: {len(cells)} cells, and the header has {len(header)}: correct the row")
            continue
        row_id = values["row_id"]
        if row_id not in rows:
            problems.append(f"{name}:{number}: row_id was not drawn: expected a row of the plan")
        elif row_id in seen:
            problems.append(f"{name}:{number}: row_id {row_id} is in a row above: keep one of the two")
        elif not values["decision"]:
            if filled := [column for column in COLUMNS[2:] if values[column]]:
                problems.append(f"{name}:{number}: decision is empty, and {', '.join(filled)} is not: {_EXPECTED}")
        else:
            try:
                found[row_id] = _decision(values, rows[row_id].amount, missing_record)
            except ValueError as error:
                problems.append(f"{name}:{number}: {error}")
        seen.add(row_id)
    if problems:
        raise UnusableInputError("\n".join(problems))
    return found


_EXPECTED = f"expected one of {', '.join(DECISIONS)}"


def _decision(values: Mapping[str, str], amount: int, missing_record: str) -> Decision:
    word, text = values["decision"].lower(), values["correct_amount"]
    if word not in DECISIONS:
        raise ValueError(f"decision is not known: {_EXPECTED}")
    if not values["reviewer"]:
        raise ValueError("reviewer is empty: enter who decided")
    try:
        reviewed_on = dt.date.fromisoformat(values["reviewed_on"])
    except ValueError:
        found = "no day" if values["reviewed_on"] else "empty"
        raise ValueError(f"reviewed_on is {found}: expected a day as YYYY-MM-DD") from None
    printed = two_decimals(dollars(amount))
    correct = amount
    if word in ("overpaid", "underpaid"):
        if not _MONEY.fullmatch(text):
            raise ValueError(
                f"correct_amount is {'no amount' if text else 'empty'}: expected dollars and cents, such as 32.00"
            )
        correct = cents(Decimal(text))
        if (word == "overpaid") != (correct < amount) or correct == amount:
            side = "below" if word == "overpaid" else "above"
            raise ValueError(f"correct_amount is {text} with {word}: expected an amount {side} {printed}")
    elif text:
        raise ValueError(f"correct_amount is not empty, and decision is {word}: leave it empty")
    elif word == "missing-record" and missing_record == "full":
        correct = 0
    return Decision(values["row_id"], word, correct, values["reviewer"], reviewed_on, values["reason"])


def whole_review(plan: SamplePlan, decisions: Mapping[str, Decision], *, spares: bool) -> Review:
    """Return a review that has every unit of the sample, or with `spares` the next spares in place of those without.

    Raises UnusableInputError for a unit without decisions, and for a decision on a spare that took nobody's place.
    """
    units: list[Drawn] = []
    replaced: list[tuple[str, str]] = []
    problems: list[str] = []
    for stratum in plan.strata:
        drawn = [unit for unit in plan.drawn if unit.stratum == stratum.name]
        waiting = [unit for unit in drawn if unit.use == "spare"]
        for unit in (unit for unit in drawn if unit.use == "sample"):
            open_rows = _open(unit, decisions)
            if not open_rows:
                units.append(unit)
            elif not spares:
                problems.append(_lacks(unit, open_rows, "enter decisions, or take spares (--spares)"))
            elif len(open_rows) < len(unit.rows):
                problems.append(_lacks(unit, open_rows, "a spare replaces a unit of which no row was reviewed"))
            elif not waiting:
                problems.append(_lacks(unit, open_rows, "no spare is left in its stratum"))
            else:
                spare = waiting.pop(0)
                if still := _open(spare, decisions):
                    problems.append(_lacks(spare, still, f"it is the next spare, and takes the place of {unit.unit}"))
                units.append(spare)
                replaced.append((unit.unit, spare.unit))
        problems += [
            f"Spare {unit.unit} has decisions and takes no place: empty them"
            for unit in waiting
            if any(row in decisions for row in unit.rows)
        ]
    if problems:
        raise UnusableInputError("\n".join(problems))
    return Review(decisions, tuple(units), tuple(replaced))


def _open(unit: Drawn, decisions: Mapping[str, Decision]) -> list[str]:
    return [row for row in unit.rows if row not in decisions]


def _lacks(unit: Drawn, rows: Sequence[str], do: str) -> str:
    return f"{unit.use.title()} {unit.order} of stratum {unit.stratum} has no decision on {named(rows, 5)}: {do}"


def counts(decisions: Iterable[Decision]) -> dict[str, int]:
    """Return how many rows have each decision."""
    found = dict.fromkeys(DECISIONS, 0)
    for decision in decisions:
        found[decision.decision] += 1
    return found
