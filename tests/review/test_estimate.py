"""Estimates against published examples, and what holds for every sample."""

import math
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.model.errors import UnusableInputError
from peerbill.review.estimate import (
    StratumSample,
    bootstrap_limits,
    difference_estimate,
    exact_limits,
    ratio_estimate,
    t_factor,
)

# SAS/STAT User's Guide, The SURVEYMEANS Procedure, Getting Started: weekly dollars of 40 of 4,000 students, by grade.
ICE_CREAM: dict[int, tuple[float, ...]] = {
    7: (7, 7, 1, 10, 3, 2, 2, 6, 6, 6, 3, 12, 4, 2, 1, 4, 11, 2, 2, 9),
    8: (12, 20, 19, 16, 17, 14, 18, 10, 13),
    9: (10, 15, 15, 8, 8, 7, 14, 9, 8, 6, 11),
}


def to_places(value: float, places: int) -> Decimal:
    return Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def test_a_simple_sample_as_sas_prints_it() -> None:
    values = tuple(value for grade in ICE_CREAM.values() for value in grade)
    estimate = difference_estimate([StratumSample("all", 4000, values)])
    interval = estimate.interval(0.95, "t")

    assert (to_places(estimate.point / 4000, 6), to_places(estimate.standard_error / 4000, 6), interval.degrees) == (
        Decimal("8.750000"),
        Decimal("0.845139"),
        39,
    )
    assert (to_places(interval.lower / 4000, 8), to_places(interval.upper / 4000, 7)) == (
        Decimal("7.04054539"),
        Decimal("10.4594546"),
    )


def test_a_stratified_sample_as_sas_prints_it() -> None:
    units = {7: 1824, 8: 1025, 9: 1151}
    estimate = difference_estimate(
        [StratumSample(str(grade), units[grade], values) for grade, values in ICE_CREAM.items()]
    )
    interval = estimate.interval(0.95, "t")

    assert (to_places(estimate.point / 4000, 6), to_places(estimate.standard_error / 4000, 6), interval.degrees) == (
        Decimal("9.141298"),
        Decimal("0.531799"),
        37,
    )
    assert (to_places(interval.lower / 4000, 8), to_places(interval.upper / 4000, 7)) == (
        Decimal("8.06377052"),
        Decimal("10.2188254"),
    )


def test_a_cluster_sample_as_lohr_computes_it() -> None:
    # S. Lohr, Sampling: Design and Analysis, the grade point averages of 5 of 100 suites with four students each.
    estimate = difference_estimate([StratumSample("all", 100, (12.16, 11.36, 8.96, 12.96, 11.08))])

    assert (to_places(estimate.point, 1), to_places(estimate.standard_error / 400, 3)) == (
        Decimal("1130.4"),
        Decimal("0.164"),
    )


def test_a_ratio_estimate_as_scheaffer_computes_it() -> None:
    # Scheaffer, Mendenhall and Ott, Elementary Survey Sampling, exercise 6.1: volume of 250 trees, total basal area 75.
    basal_areas = (0.3, 0.5, 0.4, 0.9, 0.7, 0.2, 0.6, 0.5, 0.8, 0.4, 0.8, 0.6)
    volumes = (6.0, 9.0, 7.0, 19.0, 15.0, 5.0, 12.0, 9.0, 20.0, 9.0, 18.0, 13.0)
    estimate = ratio_estimate([StratumSample("all", 250, volumes, basal_areas)], 75)

    assert (to_places(estimate.point, 2), to_places(2 * estimate.standard_error, 2)) == (
        Decimal("1589.55"),
        Decimal("186.32"),
    )


def test_exact_limits_as_samplingbook_prints_them() -> None:
    # R package samplingbook 1.2.4 (Kauermann and Kuechenhoff), README: 45, and 2, of 100 of 300 employees, at 95%. It
    # prints the last totals that the sample rules out; ours are the first that it does not rule out.
    assert [exact_limits(300, 100, found, 0.95) for found in (45, 2)] == [(110 + 1, 161 - 1), (1 + 1, 19 - 1)]


def test_strata_and_their_ratio_as_another_library_computes_them() -> None:
    # samplics 0.6.0, TaylorEstimator with strata and finite population correction: total and ratio.
    strata = [
        StratumSample("7", 1824, (7, 7, 1, 10, 7, 3), (14, 15, 4, 20, 15, 8)),
        StratumSample("8", 1025, (12, 20, 19, 16), (24, 41, 40, 32)),
        StratumSample("9", 1151, (10, 15, 15, 8, 8), (21, 32, 30, 17, 18)),
    ]
    amounts = math.fsum(stratum.units * math.fsum(stratum.amounts) / len(stratum.amounts) for stratum in strata)
    total, ratio = difference_estimate(strata), ratio_estimate(strata, amounts)

    assert (total.point, total.standard_error) == pytest.approx((40699.95, 3545.3746326493247), rel=1e-12)
    assert (ratio.point / amounts, ratio.standard_error / amounts) == pytest.approx(
        (0.4767261872341472, 0.006056246087383037), rel=1e-12
    )


def test_clusters_and_their_ratio_as_another_library_computes_them() -> None:
    # samplics 0.6.0, TaylorEstimator with primary sampling units: 5 of 40 clusters with 1 to 4 rows each.
    clusters = [
        StratumSample("all", 40, (6400, 0, 3200, -1600, 11200), (12800, 8000, 3200, 11200, 11200)),
    ]
    total, ratio = difference_estimate(clusters), ratio_estimate(clusters, 371200)

    assert (total.point, total.standard_error) == pytest.approx((153600, 85924.61812542433), rel=1e-12)
    assert (ratio.point / 371200, ratio.standard_error / 371200) == pytest.approx(
        (0.41379310344827586, 0.222751597225385), rel=1e-12
    )


@pytest.mark.parametrize(("degrees", "factor"), [(1, "6.314"), (10, "1.812"), (29, "1.699"), (99, "1.660")])
def test_the_factors_of_t_are_those_of_printed_tables(degrees: int, factor: str) -> None:
    assert to_places(t_factor(0.90, degrees), 3) == Decimal(factor)


@pytest.mark.parametrize(
    ("units", "reviewed", "errors"), [(20, 5, 0), (20, 5, 5), (20, 5, 2), (30, 29, 3), (12, 12, 4), (50, 10, 1)]
)
def test_exact_limits_are_the_outermost_totals_that_are_not_too_unlikely(
    units: int, reviewed: int, errors: int
) -> None:
    def chance(total: int, drawn: int) -> float:
        return math.comb(total, drawn) * math.comb(units - total, reviewed - drawn) / math.comb(units, reviewed)

    possible = range(errors, units - (reviewed - errors) + 1)
    likely = [
        total
        for total in possible
        if sum(chance(total, drawn) for drawn in range(errors, reviewed + 1) if drawn <= total) > 0.05
        and sum(chance(total, drawn) for drawn in range(errors + 1) if reviewed - drawn <= units - total) > 0.05
    ]

    assert exact_limits(units, reviewed, errors, 0.90) == (min(likely), max(likely))


FOUND = st.lists(st.integers(-50_000, 50_000).map(float), min_size=2, max_size=30)


@given(FOUND, st.integers(0, 1000))
def test_the_order_of_the_rows_changes_nothing(found: list[float], more: int) -> None:
    shuffled = sorted(found)
    one = difference_estimate([StratumSample("a", len(found) + more, tuple(found))])

    assert one == difference_estimate([StratumSample("a", len(found) + more, tuple(shuffled))])


@given(FOUND)
def test_a_census_has_no_standard_error_and_the_exact_total(found: list[float]) -> None:
    estimate = difference_estimate([StratumSample("a", len(found), tuple(found))])

    assert estimate.standard_error == 0
    assert estimate.point == pytest.approx(sum(found), abs=0.01)


@given(FOUND, st.integers(2, 40), st.integers(0, 500))
def test_a_stratum_without_errors_counts_with_its_units_and_adds_no_variance(
    found: list[float], reviewed: int, more: int
) -> None:
    errors = StratumSample("a", len(found) + 100, tuple(found))
    none = StratumSample("b", reviewed + more, (0.0,) * reviewed)
    alone, both = difference_estimate([errors]), difference_estimate([errors, none])

    assert (alone.point, alone.standard_error) == (both.point, both.standard_error)
    marks = [StratumSample(each.name, each.units, tuple(float(v != 0) for v in each.found)) for each in (errors, none)]
    share = difference_estimate(marks).point / (errors.units + none.units)
    assert share <= difference_estimate(marks[:1]).point / errors.units


def test_underpayments_are_subtracted() -> None:
    assert difference_estimate([StratumSample("a", 100, (500.0, -500.0, 100.0, -300.0))]).point == -5000


def test_a_ratio_that_every_row_shares_has_no_standard_error() -> None:
    estimate = ratio_estimate([StratumSample("a", 10, (50.0, 100.0, 25.0), (100.0, 200.0, 50.0))], 1200)

    assert (estimate.point, estimate.standard_error) == (600, 0)


def test_one_unit_has_no_variance() -> None:
    with pytest.raises(UnusableInputError, match="stratum b was reviewed: its variance needs two"):
        difference_estimate([StratumSample("a", 9, (1.0, 2.0)), StratumSample("b", 9, (1.0,))])


def test_resampling_gives_about_the_limits_of_the_formula_and_the_same_each_time() -> None:
    found = tuple(float(value) for value in range(0, 4000, 40))
    sample = [StratumSample("a", 400, found)]
    interval = difference_estimate(sample).interval(0.90, "normal")
    lower, upper = bootstrap_limits(sample, 0.90, "A1")

    assert (lower, upper) == bootstrap_limits(sample, 0.90, "A1")
    assert lower == pytest.approx(interval.lower, rel=0.02)
    assert upper == pytest.approx(interval.upper, rel=0.02)
