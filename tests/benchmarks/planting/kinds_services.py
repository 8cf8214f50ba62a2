"""Defects of services, PB6xx, and of limits, PB7xx."""

import datetime as dt

from benchmarks.planting.case import SITES, Case, kind, lasting
from benchmarks.planting.cell import Cell, Row, usual_minutes
from benchmarks.planting.days import AS_OF, next_workday, workdays


@kind("PB601", "a service that the programme does not pay")
def unpaid_service(case: Case) -> None:
    """The near miss is written in capitals."""
    row = case.one()
    if case.over and case.programme.has("unpaid_mode"):
        row |= {"service": case.programme["unpaid_mode"], "group_id": "G1", "group_size": "4"}
    else:
        row["service"] = "drop-in" if case.over else "Individual"
    case.found(row)


@kind("PB602", "a place that is no code, or one that is not paid")
def wrong_place(case: Case) -> None:
    """The near miss is in a place that the programme allows."""
    row = case.one()
    places = case.programme.get("places", {"excluded": [], "allowed": ["11", "12", "53"]})
    row["place"] = case.rng.choice(["00", *places["excluded"]] if case.over else places["allowed"])
    case.found(row)


@kind("PB603", "a channel that is not paid, or not recorded")
def wrong_channel(case: Case) -> None:
    """The near miss is in person, in other letters."""
    row = case.one()
    channels = case.programme.get("channels", {"excluded": []})["excluded"]
    row["channel"] = case.rng.choice(["", *channels]) if case.over else "In person"
    case.found(row)


@kind("PB604", "a member too many in a group, or a size that is not recorded", needs=("group_max",))
def group_too_large(case: Case) -> None:
    """The near miss is as large as is allowed."""
    cell = case.start()
    rows = [row for row in cell.encounters if row["group_id"]]
    largest = case.programme["group_max"]
    blank = case.over and case.rng.random() < 0.25
    for row in rows:
        row["group_size"] = "" if blank else str(largest + case.over)
    case.found(rows)


@kind("PB605", "part of a unit, and nobody knows how to round it", without=("rounding",))
def unknown_rounding(case: Case) -> None:
    """The near miss has whole units."""
    row = case.one()
    lasting(row, usual_minutes(case.programme, case.rng) + (case.rng.randrange(1, 15) if case.over else 0))
    case.found(row)


@kind("PB606", "no site, or one that the agency does not have", setting=SITES)
def wrong_site(case: Case) -> None:
    """The near miss names the site in the encounter alone."""
    cell = case.start()
    if case.programme.has("license"):
        cell.tables["licenses"].append(
            {"kind": case.programme["license"], "site": case.site, "issued_on": "2024-01-01"}
        )
    cell.peer["site"] = ""
    for row in cell.encounters:
        row["site"] = case.site
    row = case.rng.choice(cell.individual())
    row["site"] = case.rng.choice(("", "harbor")) if case.over else case.site.upper()
    case.found(row)
    if case.over and case.programme.has("license"):
        case.allow("PB321", row)  # a site without a name has no license


def _longer(case: Case, members: int = 3) -> tuple[Cell, list[dt.date]]:
    """Make a caseload whose contacts are still to be added, on the workdays of the month after next Sunday's."""
    back = min(case.programme.get("days_back", 250), 250)
    first = next_workday(AS_OF - dt.timedelta(days=back - case.rng.randrange(0, 12)))
    first -= dt.timedelta(days=first.weekday())
    days = workdays(first, 25)
    return case.start(days, members, contacts=False), days


def _fill(case: Case, cell: Cell, days: list[dt.date], minutes: list[int], *, one_member: bool) -> list[Row]:
    """Add a contact of each length, up to three a day."""
    ids = [row["member_id"] for row in cell.tables["members"]]
    per_day = -(-len(minutes) // len(days))
    return [
        cell.add_contact(
            days[number // per_day],
            ids[0] if one_member else ids[number % len(ids)],
            dt.time(7 + number % per_day * 4),
            length,
        )
        for number, length in enumerate(minutes)
    ]


def _divided(units: int, parts: int) -> list[int]:
    """Return lengths in minutes that come to so many units of 15 minutes in whole units."""
    share, rest = divmod(units, parts)
    return [15 * (share + (number < rest)) for number in range(parts)]


def _limited(case: Case, units: int, days: int, *, one_member: bool, contacts: int, members: int = 3) -> None:
    """Give just the units of a limit within some days, and one more in the defect: a contact of its own, the last."""
    cell, workdays_ = _longer(case, members)
    lengths = _divided(units - 1, contacts - 1)
    rows = _fill(case, cell, workdays_[:days], [*lengths, 15 * (1 + case.over)], one_member=one_member)
    cell.add_contact(
        workdays_[24], cell.tables["members"][-1]["member_id"], dt.time(9), usual_minutes(case.programme, case.rng)
    )
    case.found(rows[-1])


@kind("PB701", "a unit beyond the day's limit", needs=("day_units",))
def beyond_the_day(case: Case) -> None:
    """The near miss has just the units."""
    _limited(case, case.programme["day_units"], 1, one_member=True, contacts=3)


@kind("PB701", "a quarter of an hour beyond the week's limit", needs=("week_hours",))
def beyond_the_week(case: Case) -> None:
    """The near miss has just the hours."""
    contacts = 5 if case.programme.get("by_day") else 8
    _limited(case, case.programme["week_hours"] * 4, 5, one_member=True, contacts=contacts)


@kind("PB701", "a unit beyond the month's limit", needs=("month_units",))
def beyond_the_month(case: Case) -> None:
    """The near miss has just the units, in one calendar month."""
    cell, days = _longer(case)
    month = [day for day in days if day.month == days[-1].month][:14]
    month = month if len(month) > 9 else [day for day in days if day.month == days[0].month][:14]
    lengths = _divided(case.programme["month_units"] - 1, 2 * len(month) - 1)
    rows = _fill(case, cell, month, [*lengths, 15 * (1 + case.over)], one_member=True)
    case.found(rows[-1])


@kind("PB701", "a unit beyond the limit of six months", needs=("half_year_units",))
def beyond_six_months(case: Case) -> None:
    """The near miss has just the units."""
    _limited(case, case.programme["half_year_units"], 24, one_member=True, contacts=24)


@kind("PB702", "a unit beyond the peer's day", needs=("peer_day_units",))
def beyond_the_peers_day(case: Case) -> None:
    """The near miss has just the units."""
    _limited(case, case.programme["peer_day_units"], 1, one_member=False, contacts=3)


@kind("PB702", "a quarter of an hour beyond the peer's day", needs=("peer_day_hours",))
def beyond_the_peers_hours(case: Case) -> None:
    """The near miss has just the hours."""
    _limited(case, case.programme["peer_day_hours"] * 4, 1, one_member=False, contacts=4)


@kind("PB702", "a quarter of an hour beyond the peer's week", needs=("peer_week_hours",))
def beyond_the_peers_week(case: Case) -> None:
    """The near miss has just the hours."""
    _limited(case, case.programme["peer_week_hours"] * 4, 5, one_member=False, contacts=12)
