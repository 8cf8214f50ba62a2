"""Plans: who is drawn, how many, and what a state's rule refuses."""

import hashlib
from decimal import Decimal
from itertools import combinations
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_rows import request, row

from peerbill.codes import extrapolation_rules
from peerbill.model.errors import UnusableInputError
from peerbill.review.draw import allocate, in_drawn_order
from peerbill.review.frame import Frame, checked_frame, read_frame
from peerbill.review.plan import Probe, make_plan
from peerbill.review.size import size_from_probe, size_from_rate


def frame(count: int = 200) -> Frame:
    return checked_frame("all", [row(number, 1000 + number * 10, f"M{number % 40}") for number in range(count)])


def test_a_frame_comes_back_from_its_file_and_has_the_hash_of_its_bytes() -> None:
    made = checked_frame("all", [row(2), row(1, 5)])

    assert made.content.decode() == (
        "row_id,claim_id,payer,member_id,staff_ids,day,code,amount\n"
        "R0001,C0001,horizon,M1,S1,2026-03-02,H0038:HF,0.05\n"
        "R0002,C0002,horizon,M1,S1,2026-03-02,H0038:HF,48.00\n"
    )
    assert made.sha256 == hashlib.sha256(made.content).hexdigest()
    assert read_frame(made.content, "all", "frame.csv") == made


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "frame.csv:1: expected the columns row_id"),
        (b"\xff", "frame.csv is no frame"),
        (frame(1).content + b"R2,C2\n", "frame.csv:3: expected a row as sample wrote it"),
        (frame(1).content * 2, "frame.csv:3: expected a row as sample wrote it"),
        (frame(1).content + frame(1).content.splitlines(keepends=True)[1], "Two rows of the frame have the id R0000"),
    ],
)
def test_another_file_is_no_frame(content: bytes, sentence: str) -> None:
    with pytest.raises(UnusableInputError, match=sentence):
        read_frame(content, "all", "frame.csv")


def test_the_order_of_the_draw_is_that_of_printed_hashes() -> None:
    hashes = {unit: hashlib.sha256(f"A1\nall\n{unit}".encode()).hexdigest() for unit in "abcdef"}

    assert in_drawn_order("A1", "all", "fedcba") == sorted("abcdef", key=hashes.__getitem__)


def test_each_pair_is_drawn_about_as_often() -> None:
    drawn = [frozenset(in_drawn_order(str(seed), "all", "abcde")[:2]) for seed in range(2000)]
    counts = [drawn.count(frozenset(pair)) for pair in combinations("abcde", 2)]

    assert sum(counts) == 2000
    # Of 200 each: within four standard deviations.
    assert max(abs(count - 200) for count in counts) < 54


@given(st.permutations(range(30)), st.text(st.characters(codec="ascii", exclude_characters="\n"), min_size=1))
def test_the_same_seed_draws_the_same_sample_whatever_the_order_of_the_rows(order: list[int], seed: str) -> None:
    wanted = request(size=10, seed=seed)
    straight = make_plan(wanted, checked_frame("all", [row(number) for number in range(30)]), "1")

    assert make_plan(wanted, checked_frame("all", [row(number) for number in order]), "1") == straight
    assert [unit.use for unit in straight.drawn] == ["sample"] * 10 + ["spare"] * 3
    assert len({unit.unit for unit in straight.drawn}) == 13


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 900)), min_size=1, max_size=5),
    st.integers(0, 200),
    st.booleans(),
)
def test_an_allocation_has_the_size_and_stays_between_least_and_all(
    strata: list[tuple[int, int]], size: int, neyman: bool
) -> None:
    units = [count for count, _ in strata]
    sizes = allocate(size, [count * spread for count, spread in strata], units, least=2, neyman=neyman)
    least = [min(2, count) for count in units]

    assert sum(sizes) == min(max(size, sum(least)), sum(units))
    assert all(low <= drawn <= count for low, drawn, count in zip(least, sizes, units, strict=True))


def test_neyman_has_the_smallest_variance_of_all_allocations() -> None:
    units, spreads = [40, 25, 10], [3.0, 10.0, 25.0]

    def variance(sizes: tuple[int, ...]) -> float:
        strata = zip(units, spreads, sizes, strict=True)
        return sum(count**2 * (1 - drawn / count) * spread**2 / drawn for count, spread, drawn in strata)

    every = [(a, b, 20 - a - b) for a in range(2, 17) for b in range(2, 19 - a) if 2 <= 20 - a - b <= 10]
    weights = [count * spread for count, spread in zip(units, spreads, strict=True)]
    assert variance(tuple(allocate(20, weights, units, least=2, neyman=True))) == min(map(variance, every))


def test_a_rate_plans_the_size() -> None:
    # z = 1.644854: 43.2887 * (1/0.3 - 1) = 101.007; with 20,000 units 101.007 / 1.00505 = 100.5.
    assert size_from_rate([4800] * 20_000, 0.30, 0.25, 0.90) == 101
    # 43.2887 * (1/0.03 - 1) = 1399.67; / 1.06998 = 1308.1.
    assert size_from_rate([4800] * 20_000, 0.03, 0.25, 0.90) == 1309
    assert size_from_rate([4800] * 50, 0.03, 0.25, 0.90) == 49


def test_a_probe_plans_the_size() -> None:
    # 43.2887 * (30/10)^2 = 389.6; / (1 + 389.6/1000) = 280.4.
    assert size_from_probe(1000, 10.0, 30.0, 0.25, 0.90) == 281
    plan = make_plan(request(size=None, probe=Probe("a", "b", 30, 2, 10.0, 30.0)), frame(1000), "1")
    assert [stratum.size for stratum in plan.strata] == [281]
    assert plan.size_reason == "281 units give 90% confidence and 25% precision, by a probe of 30 units"
    assert plan.warnings[0].startswith("At an error rate of 6.7% the interval is too narrow")


@pytest.mark.parametrize(("rate", "warned"), [("0.09", True), ("0.10", False)])
def test_a_low_rate_is_warned_of(rate: str, warned: bool) -> None:
    plan = make_plan(request(size=None, rate=Decimal(rate)), frame(), "1")

    assert any("too narrow" in warning for warning in plan.warnings) is warned


def test_strata_by_amount_have_their_bounds() -> None:
    bounds = (Decimal("15.00"), Decimal("25.00"))
    plan = make_plan(request(design="stratified", by="amount", bounds=bounds, size=40), frame(), "1")

    # Amounts are 10.00 to 29.90 in steps of a dime: 15.00 belongs to the second stratum.
    assert [(stratum.name, stratum.units, stratum.size) for stratum in plan.strata] == [
        ("1: 0.00 to below 15.00", 50, 10),
        ("2: 15.00 to below 25.00", 100, 20),
        ("3: 25.00 and up", 50, 10),
    ]


def test_a_cluster_is_drawn_with_all_its_rows() -> None:
    plan = make_plan(request(design="cluster", by="member", size=30, rule="NC"), frame(), "1")

    assert [(stratum.units, stratum.size) for stratum in plan.strata] == [(40, 30)]
    assert {len(unit.rows) for unit in plan.drawn} == {5}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"size": 99}, "the sample has 99 rows, and NC asks for 100 at least"),
        ({"size": 100}, ""),
        ({"design": "cluster", "by": "member", "size": 29}, "the sample has 29 clusters, and NC asks for 30"),
        ({"unit": "claim"}, "NC counts claim details"),
        (
            {"design": "stratified", "by": "amount", "bounds": tuple(map(Decimal, ("12", "14", "16", "18")))},
            "the sample has 5 strata, and NC allows 4",
        ),
    ],
)
def test_north_carolina_refuses_small_samples(changes: dict[str, Any], sentence: str) -> None:
    wanted = request(rule="NC", **changes)
    if not sentence:
        assert make_plan(wanted, frame(), "1").strata[0].size == 100
        return
    with pytest.raises(UnusableInputError, match=sentence):
        make_plan(wanted, frame(), "1")


def test_north_carolina_raises_each_stratum_to_thirty() -> None:
    wanted = request(rule="NC", design="stratified", by="amount", bounds=(Decimal("11.00"), Decimal("13.00")), size=100)

    assert [(stratum.units, stratum.size) for stratum in make_plan(wanted, frame(), "1").strata] == [
        (10, 10),
        (20, 20),
        (170, 70),
    ]
    wanted = attrs.evolve(wanted, bounds=(Decimal("15.00"),), size=100)
    assert [stratum.size for stratum in make_plan(wanted, frame(), "1").strata] == [30, 70]


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        (200, "200 units were asked for"),
        (201, "201 units were asked for; the frame has 200, and all are drawn"),
        (2, "2 units were asked for; raised to 4 by the least of each stratum"),
    ],
)
def test_a_size_that_is_not_what_was_asked_for_says_why(size: int, reason: str) -> None:
    wanted = request(design="stratified", by="amount", bounds=(Decimal("15.00"),), size=size)

    assert make_plan(wanted, frame(), "1").size_reason == reason


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"unit": "lines"}, "unit is lines: expected one of line, claim, encounter"),
        ({"amount": "allowed"}, "amount is allowed: expected one of paid, charged"),
        ({"design": "systematic"}, "design is systematic: expected one of simple, stratified, cluster, probe"),
        ({"by": "month"}, "by is month: expected one of "),
        ({"design": "cluster", "by": "month"}, "by is month: expected one of member, staff"),
        ({"allocation": "optimal"}, "allocation is optimal: expected one of proportional, neyman"),
        ({"missing_record": "half"}, "missing_record is half: expected one of full, allowed"),
        ({"rule": "ZZ"}, "rule is ZZ: expected one of , NC, CA"),
        ({"confidence": Decimal(1)}, "confidence is 1: expected a share between 0 and 1"),
        ({"size": 1}, "size is 1: expected 2 at least"),
        ({"spares": -1}, "spares is -1: expected 0 at least"),
    ],
)
def test_a_request_with_another_word_or_number_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UnusableInputError, match=sentence):
        make_plan(request(**changes), frame(), "1")


def test_an_empty_frame_draws_nothing() -> None:
    with pytest.raises(UnusableInputError, match="The frame has no row: all"):
        make_plan(request(), checked_frame("all", []), "1")


def test_the_rules_that_were_read() -> None:
    rules = extrapolation_rules()
    north_carolina, california = rules["NC"], rules["CA"]

    assert set(rules) == {"NC", "CA"}
    assert (north_carolina.least_sample, north_carolina.confidence, north_carolina.least_error_rate) == (
        100,
        Decimal("0.90"),
        Decimal("0.05"),
    )
    assert (north_carolina.citation.status, california.citation.status) == ("secondary", "primary")
    assert (california.recoup, california.confidence, len(california.must_state)) == ("", None, 4)
