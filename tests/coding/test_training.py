"""What trainings come to on a day, and the terms of a certificate."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill import codes
from peerbill.coding.training import (
    continuing_hours,
    covered_topics,
    current_term,
    earlier_terms,
    initial_hours,
    plain,
    term_before,
)
from peerbill.model.people import Credential, Training
from peerbill.model.words import vocabulary

DAY = dt.date(2026, 3, 2)


def days(first: str, last: str) -> tuple[dt.date, dt.date]:
    return dt.date.fromisoformat(first), dt.date.fromisoformat(last)


def certificate(issued: str, expires: str = "", name: str = "CPS") -> Credential:
    return Credential(
        "S1",
        "ZZ",
        name,
        issued_on=dt.date.fromisoformat(issued),
        expires_on=dt.date.fromisoformat(expires) if expires else None,
    )


def test_initial_hours_are_none_where_none_is_listed_and_zero_where_all_are_later() -> None:
    later = Training("S1", "initial", Decimal(40), DAY + dt.timedelta(days=1))
    other = Training("S1", "continuing", Decimal(6), DAY)

    assert initial_hours([other], DAY) is None
    assert initial_hours([later, other], DAY) == 0
    assert initial_hours([later, other], DAY + dt.timedelta(days=1)) == 40


def test_a_training_without_a_day_or_without_hours_counts_for_nothing() -> None:
    rows = [Training("S1", "initial", Decimal(40), None), Training("S1", "initial", None, DAY)]

    assert initial_hours(rows, DAY) == 0
    assert continuing_hours([Training("S1", "continuing", Decimal(4), None)], (DAY, DAY)) is None


@given(st.lists(st.tuples(st.integers(-40, 40), st.integers(0, 50)), max_size=8), st.integers(-40, 40))
def test_hours_of_two_spans_that_meet_are_those_of_both(rows: list[tuple[int, int]], cut: int) -> None:
    listed = [Training("S1", "continuing", Decimal(hours), DAY + dt.timedelta(days=at)) for at, hours in rows]
    first, last, middle = DAY - dt.timedelta(days=40), DAY + dt.timedelta(days=40), DAY + dt.timedelta(days=cut)
    parts = [continuing_hours(listed, (first, middle)), continuing_hours(listed, (middle + dt.timedelta(days=1), last))]

    assert (continuing_hours(listed, (first, last)) or 0) == sum(part or 0 for part in parts)


def test_topics_are_those_of_the_rows_and_of_curricula_that_are_known() -> None:
    rows = [
        Training("S1", "initial", None, DAY, "ccar-recovery-coach-academy"),
        Training("S1", "continuing", None, DAY, "own-course", ("local-customs",)),
        Training("S1", "continuing", None, DAY + dt.timedelta(days=1), "", ("ethics",)),
    ]

    assert covered_topics(rows, DAY) == codes.curricula()["ccar-recovery-coach-academy"].topics | {"local-customs"}
    assert covered_topics([], DAY) == frozenset()


@pytest.mark.parametrize(
    ("row", "earlier", "months", "expected"),
    [
        (certificate("2024-01-01", "2025-12-31"), [], 24, None),
        (certificate("2024-01-01", "2025-12-31"), [certificate("2022-01-01")], 24, days("2022-01-01", "2023-12-31")),
        (certificate("2022-01-01", "2025-12-31"), [], 24, days("2022-01-01", "2023-12-31")),
        (certificate("2022-01-02", "2025-12-31"), [], 24, None),
        (certificate("2020-05-05", "2025-12-31"), [], 24, days("2022-01-01", "2023-12-31")),
        (certificate("2024-01-01"), [certificate("2019-03-01")], None, days("2019-03-01", "2023-12-31")),
        (certificate("2024-01-01"), [certificate("2022-01-01", name="OLD")], 24, None),
    ],
)
def test_the_term_before_the_last_renewal(
    row: Credential, earlier: list[Credential], months: int | None, expected: tuple[dt.date, dt.date] | None
) -> None:
    assert term_before(row, [*earlier, row], months, {"cps"}) == expected


def test_the_current_term_is_the_one_that_ends_when_the_certificate_lapses() -> None:
    assert current_term(certificate("2020-01-01", "2025-12-31"), 24) == days("2024-01-01", "2025-12-31")
    assert current_term(certificate("2025-06-01", "2025-12-31"), 24) == days("2025-06-01", "2025-12-31")
    assert current_term(certificate("2024-01-01"), 24) == days("2024-01-01", "2025-12-31")
    assert current_term(certificate("2024-01-01"), None) is None


def test_a_row_is_renewed_when_its_months_are_over() -> None:
    row = certificate("2025-03-02", "2026-12-31")

    assert [earlier_terms(row, [row], day, 12, {"cps"}) for day in days("2026-03-01", "2026-03-02")] == [0, 1]
    assert earlier_terms(row, [row, certificate("2024-03-02")], dt.date(2026, 3, 2), None, {"cps"}) == 1


def test_hours_are_written_without_needless_zeros() -> None:
    assert [str(plain(Decimal(text))) for text in ("12.00", "1.50", "0", "100")] == ["12", "1.5", "0", "100"]


def test_the_national_list_and_its_spellings_have_the_same_words() -> None:
    assert set(vocabulary("curriculum").words) == set(codes.curricula())
    assert set(vocabulary("training-topic").words) == set(codes.training_topics())
    assert all(one.topics <= set(codes.training_topics()) for one in codes.curricula().values())
    assert all(one.citation.title for one in codes.curricula().values())
