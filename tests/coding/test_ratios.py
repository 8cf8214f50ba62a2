"""Caseloads and stretches without supervision, in days."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.coding.ratios import Contact, caseload, unsupervised
from peerbill.model.people import Supervision

DAY = dt.date(2026, 3, 2)


def on(at: int) -> dt.date:
    return DAY + dt.timedelta(days=at)


def contacts(*pairs: tuple[int, str], minutes: int = 60) -> list[Contact]:
    return sorted((Contact(on(at), minutes, member) for at, member in pairs), key=lambda one: one.day)


@pytest.mark.parametrize(
    ("pairs", "counts"),
    [
        ([], {}),
        ([(0, "M1")], {0: 0}),
        ([(0, "M1"), (30, "M1")], {0: 1, 30: 1}),
        ([(0, "M1"), (31, "M1")], {0: 0, 31: 0}),
        ([(0, "M1"), (5, "M2"), (10, "M1"), (15, "M2")], {0: 1, 5: 2, 10: 2, 15: 1}),
        ([(0, "M1"), (5, ""), (10, "M1")], {0: 1, 5: 1, 10: 1}),
    ],
)
def test_a_member_counts_from_a_contact_to_the_next(pairs: list[tuple[int, str]], counts: dict[int, int]) -> None:
    assert caseload(contacts(*pairs)) == {on(at): count for at, count in counts.items()}


@given(st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["", "M1", "M2", "M3"])), max_size=20))
def test_more_contacts_never_make_a_caseload_smaller(pairs: list[tuple[int, str]]) -> None:
    """So that a part of what the agency did can be judged."""
    whole, part = caseload(contacts(*pairs)), caseload(contacts(*pairs[: len(pairs) // 2]))

    assert all(count <= whole[day] for day, count in part.items())


@given(st.lists(st.integers(0, 30), max_size=12), st.lists(st.integers(0, 30), max_size=6))
def test_contacts_on_the_day_of_a_meeting_are_in_no_stretch_and_the_others_in_one(
    days: list[int], meetings: list[int]
) -> None:
    given_ = contacts(*((at, "M1") for at in days))
    stretches = unsupervised(given_, [Supervision("S1", "V1", on(at), 60) for at in meetings], 60)
    inside = [contact for stretch in stretches for contact in stretch.contacts]

    assert inside == [contact for contact in given_ if contact.day not in {on(at) for at in meetings}]
    assert [stretch.since for stretch in stretches] == [None, *sorted({on(at) for at in meetings})]


def test_meetings_without_a_day_and_short_ones_end_nothing() -> None:
    given_ = contacts((0, "M1"), (2, "M1"))
    short, undated = Supervision("S1", "V1", on(1), 59), Supervision("S1", "V1", None, 60)

    assert [stretch.minutes for stretch in unsupervised(given_, [short, undated], 60)] == [120]
    assert [stretch.minutes for stretch in unsupervised(given_, [short], 59)] == [60, 60]
    assert [stretch.minutes for stretch in unsupervised(given_, [Supervision("S1", "V1", on(1))], 0)] == [60, 60]
