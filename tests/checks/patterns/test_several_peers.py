"""Members who are seen by many peers."""

import datetime as dt

from believable import contact, shown

from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.several_peers import ManyPeers, SeveralPeers

MONDAY = dt.datetime(2026, 6, 1, 8)


def visits(member_id: str, *days: int) -> list[PatternRow]:
    """Return contacts of a member on days after 2026-06-01, each by another peer."""
    return [
        contact(
            peer,
            MONDAY + dt.timedelta(days=day, hours=peer / 2),
            20,
            encounter_id=f"{member_id}-{peer:02}",
            staff_id=f"S{peer}",
            member_id=member_id,
        )
        for peer, day in enumerate(days)
    ]


def usual(members: int, peers: int = 1) -> list[PatternRow]:
    """Return members with so many peers on the first day."""
    return [row for member in range(members) for row in visits(f"U{member:02}", *[0] * peers)]


def test_four_peers_of_a_day_where_one_is_usual() -> None:
    assert shown(SeveralPeers(), usual(29), visits("M1", 0, 0, 0, 0)).found() == (
        ManyPeers("M1", "day", dt.date(2026, 6, 1), 4, 1, 1, (0, 30, 31, 32)),
    )
    assert shown(SeveralPeers(), usual(29), visits("M1", 0, 0, 0)).found() == ()
    assert shown(SeveralPeers(), usual(28), visits("M1", 0, 0, 0, 0)).found() == ()


def test_six_peers_of_a_week_and_eight_of_a_month() -> None:
    week = visits("M1", 1, 1, 2, 3, 4, 6)
    month = visits("M1", 1, 2, 8, 9, 15, 16, 22, 23)

    assert [(many.period, many.first, many.peers) for many in shown(SeveralPeers(), usual(29), week).found()] == [
        ("week", dt.date(2026, 6, 1), 6)
    ]
    assert shown(SeveralPeers(), usual(29), week[:-1]).found() == ()
    assert [(many.period, many.first, many.peers) for many in shown(SeveralPeers(), usual(29), month).found()] == [
        ("month", dt.date(2026, 6, 1), 8)
    ]
    assert shown(SeveralPeers(), usual(29), month[:-1]).found() == ()
    assert shown(SeveralPeers(), usual(29), visits("M1", 1, 1, 2, 3, 4, 7)).found() == ()


def test_where_two_peers_are_usual_six_are_many() -> None:
    assert shown(SeveralPeers(), usual(29, peers=2), visits("M1", *[0] * 5)).found() == ()
    assert [many.peers for many in shown(SeveralPeers(), usual(29, peers=2), visits("M1", *[0] * 6)).found()] == [6]


def test_the_first_day_with_the_most_peers_is_named_and_all_are_counted() -> None:
    days = [0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2]
    rows = visits("M1", *days)
    found = shown(SeveralPeers(), usual(29), rows).found()

    assert [(many.first, many.peers, many.times) for many in found] == [(dt.date(2026, 6, 2), 5, 3)]


def test_the_same_peer_counts_once() -> None:
    rows = [contact(hour, MONDAY + dt.timedelta(hours=hour), 20, encounter_id=f"M1-{hour}") for hour in range(6)]

    assert shown(SeveralPeers(), usual(29), rows).found() == ()
