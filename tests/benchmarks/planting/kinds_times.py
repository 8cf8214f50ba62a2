"""Defects of rows and times, PB0xx and PB1xx."""

import datetime as dt

from benchmarks.planting.arithmetic import minutes_of, units_of
from benchmarks.planting.case import Case, day_of, end_of, kind, lasting, start_of
from benchmarks.planting.days import AS_OF, ONE_DAY, span_after, text


@kind("PB001", "a cell that cannot be read")
def unreadable(case: Case) -> None:
    """The near miss is written unusually, and can be read."""
    row = case.one()
    column, wrong, right = case.rng.choice(
        [
            ("start", f"{day_of(row):%Y-%m-%d} at ten", row["start"].replace("T", " ")),
            ("end", f"{end_of(row):%H:%M}", row["end"] + ":00"),
            ("voluntary", "perhaps", "Yes"),
            ("billed_units", "three and a half", ""),
            ("signed_at", f"{AS_OF.year}-13-40T10:00", row["signed_at"] + ":30"),
        ]
    )
    row[column] = wrong if case.over else right
    case.found(row)


@kind("PB002", "two rows with one id")
def same_id(case: Case) -> None:
    """The near miss has an id that differs in its last letter."""
    cell = case.start()
    first, second = case.rng.sample(cell.individual(), 2)
    second["encounter_id"] = first["encounter_id"] if case.over else f"{first['encounter_id']}b"
    case.found(first)


@kind("PB101", "start or end missing, or no time between them")
def no_times(case: Case) -> None:
    """The near miss is the shortest contact that can be billed."""
    row = case.one()
    match case.rng.choice(("end", "start", "same", "before")) if case.over else "near":
        case "end":
            row["end"] = ""
        case "start":
            row["start"] = ""
        case "same":
            row["end"] = row["start"]
        case "before":
            row["end"] = text(start_of(row) - dt.timedelta(minutes=case.rng.randrange(1, 60)))
        case _:
            lasting(row, case.programme["unit"]["least"])
    case.found(row)


@kind("PB102", "past midnight")
def past_midnight(case: Case) -> None:
    """The near miss ends at midnight."""
    row = case.one()
    late = case.rng.randrange(1, 20) if case.over else 0
    minutes = case.rng.choice((30, 45, 60))
    end = dt.datetime.combine(day_of(row) + ONE_DAY, dt.time()) + dt.timedelta(minutes=late)
    row["start"], row["end"] = text(end - dt.timedelta(minutes=minutes)), text(end)
    row["created_at"], row["signed_at"] = text(end + dt.timedelta(minutes=5)), text(end + dt.timedelta(minutes=9))
    case.found(row)


@kind("PB103", "a unit too many recorded, by a minute")
def a_minute_short(case: Case) -> None:
    """The near miss has the minute that the next unit needs; without a rule of rounding both have whole units."""
    row = case.one()
    whole = case.rng.randrange(2, 5)
    if case.programme.has("rounding"):
        least = case.programme["unit"]["least"]
        lasting(row, whole * 15 + least - case.over)
    else:
        lasting(row, whole * 15)
    row["billed_units"] = str(units_of(case.programme, minutes_of(row)) + case.over)
    case.found(row)


@kind("PB103", "a unit too few recorded")
def too_few_units(case: Case) -> None:
    """The near miss has the right number."""
    row = case.one()
    row["billed_units"] = str(units_of(case.programme, minutes_of(row)) - case.over)
    case.found(row)


@kind("PB104", "a minute short of a unit", needs=("rounding",))
def no_unit(case: Case) -> None:
    """The near miss has just a unit. Where every minute makes a unit, breaks and travel take all but one."""
    row = case.one()
    least = case.programme["unit"]["least"]
    if least == 1:
        lasting(row, 16)
        row["break_minutes"] = "15" if not case.over else "16"
        case.find("PB105", [row])
        case.allow("PB104", row)
        return
    lasting(row, least - case.over)
    case.found(row)


@kind("PB105", "breaks and travel leave no time")
def no_time_left(case: Case) -> None:
    """The near miss leaves one unit."""
    row = case.one()
    lasting(row, case.rng.choice((45, 60, 75)))
    left = 0 if case.over else 15
    away = minutes_of(row) - left
    row["break_minutes"] = str(away // 3)
    row["travel_minutes"] = str(away - away // 3)
    case.found(row)


@kind("PB106", "later than the day of the audit")
def in_the_future(case: Case) -> None:
    """The near miss is on the day of the audit."""
    day = AS_OF + case.over * ONE_DAY
    cell = case.start([AS_OF - dt.timedelta(days=5), AS_OF - dt.timedelta(days=3), day])
    row = max(cell.encounters, key=start_of)
    case.found(row)
    if case.over:
        case.allow("PB207", row)  # its note is of the same day


@kind("PB107", "a day late to file")
def late_to_file(case: Case) -> None:
    """The near miss has its last day, of which the audit warns."""
    first = _first_day(case, AS_OF - case.over * ONE_DAY)
    cell = case.start([first, first + ONE_DAY, first + 2 * ONE_DAY])
    case.found([row for row in cell.encounters if day_of(row) == first], "error")
    case.allow("PB107", cell.encounters, "warning")


@kind("PB107", "thirty days left to file")
def filing_ends_soon(case: Case) -> None:
    """The near miss has 31 days left."""
    first = _first_day(case, AS_OF + dt.timedelta(days=30 + (not case.over)))
    cell = case.start([first, first + ONE_DAY, first + 2 * ONE_DAY])
    case.found([row for row in cell.encounters if day_of(row) == first], "warning")


def _first_day(case: Case, deadline: dt.date) -> dt.date:
    """Return the earliest day of service whose time to file ends on a day, or on the next that any service has."""
    day = deadline - dt.timedelta(days=370)
    while span_after(day, case.programme["filing"]) < deadline:
        day += ONE_DAY
    return day
