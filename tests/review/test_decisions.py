"""Decisions: what a reviewer's file may say, and what a whole review is."""

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal

import attrs
import pytest
from review_rows import request, row

from peerbill.model.errors import UnusableInputError
from peerbill.review.decisions import Decision, decisions_form, read_decisions, whole_review
from peerbill.review.extrapolate import Extrapolation, extrapolate
from peerbill.review.frame import Frame, Row, checked_frame
from peerbill.review.plan import Request, SamplePlan, make_plan

HEADER = "row_id,decision,correct_amount,reviewer,reviewed_on,reason\n"


def rows_of(frame: Frame) -> dict[str, Row]:
    return {each.row_id: each for each in frame.rows}


def reviewed(
    plan: SamplePlan, frame: Frame, found: Mapping[int, tuple[str, str]], use: Sequence[str] = ("sample",)
) -> bytes:
    """Fill in the form of a plan: `found` by the place of the row in it, all others are allowed."""
    lines = list(csv.DictReader(io.StringIO(decisions_form(plan, rows_of(frame)))))
    out = io.StringIO()
    writer = csv.DictWriter(out, lines[0])
    writer.writeheader()
    for at, line in enumerate(lines):
        word, amount = found.get(at, ("allowed", "") if line["use"] in use else ("", ""))
        who = {"reviewer": "R1", "reviewed_on": "2026-05-04"} if word else {}
        writer.writerow({**line, "decision": word, "correct_amount": amount, **who})
    return out.getvalue().encode()


def result(
    wanted: Request, frame: Frame, found: Mapping[int, tuple[str, str]], *, estimator: str = "difference"
) -> Extrapolation:
    plan = make_plan(wanted, frame, "1")
    content = reviewed(plan, frame, found)
    decisions = read_decisions(content, "d.csv", rows_of(frame), wanted.missing_record)
    return extrapolate(plan, rows_of(frame), whole_review(plan, decisions, spares=False), estimator=estimator)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("R0001,alowed,,R1,2026-05-04,", "decision is not known: expected one of allowed, overpaid, underpaid"),
        ("R0001,overpaid,,R1,2026-05-04,", "correct_amount is empty: expected dollars and cents"),
        ("R0001,overpaid,$5,R1,2026-05-04,", "correct_amount is no amount: expected dollars and cents"),
        (
            "R0001,overpaid,48.00,R1,2026-05-04,",
            "correct_amount is 48.00 with overpaid: expected an amount below 48.00",
        ),
        ("R0001,overpaid,-1,R1,2026-05-04,", "correct_amount is no amount: expected dollars and cents"),
        (
            "R0001,underpaid,48.00,R1,2026-05-04,",
            "correct_amount is 48.00 with underpaid: expected an amount above 48.00",
        ),
        ("R0001,allowed,48.00,R1,2026-05-04,", "correct_amount is not empty, and decision is allowed: leave it empty"),
        (
            "R0001,self-corrected,0,R1,2026-05-04,",
            "correct_amount is not empty, and decision is self-corrected: leave it empty",
        ),
        ("R0001,allowed,,,2026-05-04,", "reviewer is empty: enter who decided"),
        ("R0001,allowed,,R1,5/4/2026,", "reviewed_on is no day: expected a day as YYYY-MM-DD"),
        ("R0009,allowed,,R1,2026-05-04,", "row_id was not drawn: expected a row of the plan"),
        ("R0001,,5.00,R1,,", "decision is empty, and correct_amount, reviewer is not: expected one of"),
        ("R0001,allowed,,R1", "4 cells, and the header has 6: correct the row"),
    ],
)
def test_a_row_that_is_not_understood_is_refused_with_its_line(line: str, problem: str) -> None:
    with pytest.raises(UnusableInputError) as refused:
        read_decisions(f"{HEADER}{line}\n".encode(), "d.csv", {"R0001": row(1)}, "full")

    assert str(refused.value).startswith(f"d.csv:2: {problem}")


@pytest.mark.parametrize("other", ["R0001,allowed,,R1,2026-05-04,", "R0001,,,,,"])
def test_a_row_that_is_there_twice_is_refused(other: str) -> None:
    content = f"{HEADER}{other}\nR0001,allowed,,R1,2026-05-04,\n".encode()
    with pytest.raises(UnusableInputError, match=r"d\.csv:3: row_id R0001 is in a row above: keep one of the two"):
        read_decisions(content, "d.csv", {"R0001": row(1)}, "full")


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("row_id,decision\n", "has no column correct_amount, reviewer, reviewed_on, reason"),
        (f"row_id,{HEADER}", "has two columns row_id"),
        ("", "has no column row_id"),
    ],
)
def test_a_header_that_is_not_understood_is_refused(header: str, problem: str) -> None:
    with pytest.raises(UnusableInputError, match=f"d.csv:1: the header {problem}"):
        read_decisions(header.encode(), "d.csv", {}, "full")


@pytest.mark.parametrize(
    ("line", "missing_record", "correct"),
    [
        ("R0001,overpaid,47.99,R1,2026-05-04,", "full", 4799),
        ("R0001,OVERPAID,0,R1,2026-05-04,", "full", 0),
        ("R0001,underpaid,48.01,R1,2026-05-04,", "full", 4801),
        ("R0001,missing-record,,R1,2026-05-04,", "full", 0),
        ("R0001,missing-record,,R1,2026-05-04,", "allowed", 4800),
        ("R0001,self-corrected,,R1,2026-05-04,", "full", 4800),
        ("R0001,allowed,,R1,2026-05-04,", "full", 4800),
    ],
)
def test_what_was_right_by_decision(line: str, missing_record: str, correct: int) -> None:
    found = read_decisions(f"{HEADER}{line}\n".encode(), "d.csv", {"R0001": row(1)}, missing_record)

    assert found["R0001"].correct == correct


def plan_and_decisions(*open_places: int, spares_decided: int = 0) -> tuple[SamplePlan, dict[str, Decision]]:
    frame = checked_frame("all", [row(number) for number in range(10)])
    plan = make_plan(request(size=4, spares=2), frame, "1")
    content = reviewed(
        plan, frame, dict.fromkeys(open_places, ("", "")) | dict.fromkeys(range(4, 4 + spares_decided), ("allowed", ""))
    )
    return plan, read_decisions(content, "d.csv", rows_of(frame), "full")


def test_nothing_is_estimated_from_an_incomplete_review() -> None:
    plan, decisions = plan_and_decisions(1)
    with pytest.raises(UnusableInputError, match=r"Sample 2 of stratum all has no decision on .*\(--spares\)"):
        whole_review(plan, decisions, spares=False)


def test_the_next_spare_takes_the_place() -> None:
    plan, decisions = plan_and_decisions(1, spares_decided=1)
    units = [unit.unit for unit in plan.drawn]
    review = whole_review(plan, decisions, spares=True)

    assert review.replaced == ((units[1], units[4]),)
    assert [unit.unit for unit in review.units] == [units[0], units[4], units[2], units[3]]


@pytest.mark.parametrize(
    ("open_places", "decided", "spares", "problem"),
    [
        ((1,), 0, True, "Spare 5 of stratum all has no decision on .*: it is the next spare"),
        ((0, 1, 2), 2, True, "Sample 3 of stratum all has no decision on .*: no spare is left in its stratum"),
        ((1,), 2, True, "has decisions and takes no place: empty them"),
        ((), 1, False, "has decisions and takes no place: empty them"),
    ],
)
def test_spares_are_taken_in_their_order_only(
    open_places: tuple[int, ...], decided: int, spares: bool, problem: str
) -> None:
    plan, decisions = plan_and_decisions(*open_places, spares_decided=decided)
    with pytest.raises(UnusableInputError, match=problem):
        whole_review(plan, decisions, spares=spares)


def test_what_a_review_comes_to_to_the_cent() -> None:
    frame = checked_frame("all", [row(number) for number in range(200)])
    found = {0: ("overpaid", "16.00"), 1: ("missing-record", ""), 2: ("underpaid", "64.00"), 3: ("self-corrected", "")}
    got = result(request(size=10), frame, found)

    # 32.00 + 48.00 - 16.00 = 64.00 in 10 of 200: 1,280.00; s = 18.7806, and 200 x s x sqrt(0.95 / 10) = 1,157.71.
    assert (got.point, got.standard_error) == (Decimal("1280.00"), Decimal("1157.71"))
    # t with 9 degrees of freedom: 1.833113.
    assert (got.interval.limits, got.interval.degrees, got.interval.factor) == ("t", 9, Decimal("1.833113"))
    assert (got.interval.lower, got.interval.upper) == (Decimal("-842.22"), Decimal("3402.22"))
    assert (got.other_interval.limits, got.other_interval.factor) == ("normal", Decimal("1.644854"))
    assert (got.strata[0].overpaid, got.strata[0].underpaid, got.strata[0].net) == tuple(
        map(Decimal, ("80.00", "16.00", "64.00"))
    )
    assert dict(got.decisions) == {
        "allowed": 6,
        "overpaid": 1,
        "underpaid": 1,
        "missing-record": 1,
        "self-corrected": 1,
    }
    assert (got.error_rate.rate, got.error_rate.method) == (Decimal("0.300000"), "exact")
    assert got.verdict.amount is None


def test_a_stratified_sample_has_normal_limits_and_counts_a_stratum_without_errors() -> None:
    frame = checked_frame("all", [row(number, month=3 + number % 2) for number in range(200)])
    wanted = request(design="stratified", by="month", size=20)
    got = result(wanted, frame, {0: ("overpaid", "0"), 1: ("overpaid", "24.00")})

    assert [(stratum.units, stratum.reviewed, stratum.in_error) for stratum in got.strata] == [
        (100, 10, 2),
        (100, 10, 0),
    ]
    assert (got.point, got.interval.limits, got.error_rate.rate) == (Decimal("720.00"), "normal", Decimal("0.100000"))


def test_a_ratio_of_rows_with_the_same_amount_is_the_difference_estimate() -> None:
    frame = checked_frame("all", [row(number) for number in range(200)])
    found = {0: ("overpaid", "16.00"), 5: ("overpaid", "0")}

    assert (
        result(request(size=10), frame, found, estimator="ratio").point == result(request(size=10), frame, found).point
    )


@pytest.mark.parametrize(("errors", "asked"), [(4, Decimal("0.00")), (5, None), (30, None)])
def test_north_carolina_extrapolates_from_five_percent_and_takes_the_lower_limit(
    errors: int, asked: Decimal | None
) -> None:
    frame = checked_frame("all", [row(number) for number in range(1000)])
    got = result(request(rule="NC"), frame, dict.fromkeys(range(errors), ("missing-record", "")))

    assert got.error_rate.rate == got.paid_error_rate.rate == Decimal(errors).scaleb(-2)
    assert got.verdict.amount == (got.interval.lower if asked is None else asked)
    assert got.verdict.source is not None
    assert got.verdict.source.status == "secondary"


def test_a_limit_below_zero_asks_nothing_back() -> None:
    frame = checked_frame("all", [row(number) for number in range(1000)])
    found = {at: ("overpaid", "0") if at < 5 else ("underpaid", "96.00") for at in range(10)}
    got = result(request(rule="NC"), frame, found)

    assert got.interval.lower < 0
    assert got.verdict.amount == Decimal("0.00")


def test_another_confidence_than_the_state_s_asks_nothing() -> None:
    frame = checked_frame("all", [row(number) for number in range(1000)])
    got = result(
        request(rule="NC", confidence=Decimal("0.95")), frame, dict.fromkeys(range(50), ("missing-record", ""))
    )

    assert (got.verdict.amount, got.verdict.why) == (None, "NC uses 90% confidence, and the plan has 95%.")


def test_california_s_demand_describes_universe_sample_formulas_and_confidence() -> None:
    frame = checked_frame("all lines", [row(number) for number in range(1000)])
    got = result(request(rule="CA"), frame, dict.fromkeys(range(50), ("missing-record", "")))

    assert [sentence.partition(":")[0] for sentence in got.statement] == [
        "Universe",
        "Sample",
        "Formulas",
        "Confidence",
        "22 CCR 51458.2",
    ]
    assert frame.sha256 in got.statement[0]
    assert "100 of 1,000 in all" in got.statement[1]
    assert "seed A1" in got.statement[1]
    assert got.verdict.amount is None


def test_nothing_is_extrapolated_from_a_probe() -> None:
    frame = checked_frame("all", [row(number) for number in range(100)])
    with pytest.raises(UnusableInputError, match="Nothing is extrapolated from a probe"):
        result(attrs.evolve(request(), design="probe", size=None), frame, {})
