"""Defects that show between encounters, PB8xx."""

import datetime as dt

from benchmarks.planting.case import Case, day_of, days_of, end_of, kind, lasting, start_of
from benchmarks.planting.cell import Row, supervise, usual_minutes
from benchmarks.planting.days import ONE_DAY, next_workday, text
from benchmarks.workspaces import npi


def _colleague(case: Case) -> str:
    """Add a second peer with papers like the first one's; return the id."""
    tables, peer = case.cell.tables, case.cell.peer["staff_id"]
    other = f"{case.cell.tag}P2"
    for name in ("credentials", "training", "supervision", "enrollments"):
        tables[name] += [{**row, "staff_id": other} for row in tables[name] if row["staff_id"] == peer]
    tables["staff"].append({**case.cell.peer, "staff_id": other, "npi": npi(95_000_000 + case.number)})
    return other


def _next_to(case: Case, row: Row, member_id: str, overlap: int, **changes: str) -> Row:
    """Add a contact that begins so many minutes before another ends."""
    start = end_of(row) - dt.timedelta(minutes=overlap)
    return case.cell.add_contact(
        start.date(), member_id, start.time(), usual_minutes(case.programme, case.rng), **changes
    )


@kind("PB801", "a peer with two members at a time, by a minute")
def peer_in_two_places(case: Case) -> None:
    """The near miss begins as the other contact ends."""
    row = case.one()
    others = [one["member_id"] for one in case.cell.tables["members"] if one["member_id"] != row["member_id"]]
    other = _next_to(case, row, case.rng.choice(others), int(case.over))
    case.found([row, other])


@kind("PB802", "a member with two peers at a time, by a minute")
def member_in_two_places(case: Case) -> None:
    """The near miss begins as the other contact ends."""
    row = case.one()
    second = _colleague(case)
    other = _next_to(case, row, row["member_id"], int(case.over), staff_id=second, signed_by=second)
    case.found([row, other])
    case.allow("PB809", [row, other])  # two peers of one day


@kind("PB803", "a peer with a minute more than 12 hours of sessions", without=("peer_day_units", "peer_day_hours"))
def long_day(case: Case) -> None:
    """The near miss has 12 hours."""
    day = next_workday(day_of(case.one()))
    cell = case.start([day], 5, contacts=False)
    rows = [
        cell.add_contact(day, member["member_id"], dt.time(7 + number * 144 // 60, number * 144 % 60), 144)
        for number, member in enumerate(cell.tables["members"])
    ]
    rows[-1]["end"] = text(end_of(rows[-1]) + dt.timedelta(minutes=int(case.over)))
    case.found(rows)


@kind("PB803", "a peer with more than 24 hours of sessions", without=("peer_day_units", "peer_day_hours"))
def impossible_day(case: Case) -> None:
    """The near miss, of 24 hours, is a warning as every day over 12 hours is."""
    day = next_workday(day_of(case.one()))
    cell = case.start([day], 10, contacts=False)
    rows = [
        cell.add_contact(day, member["member_id"], dt.time(7 + number * 60 // 60), 144)
        for number, member in enumerate(cell.tables["members"])
    ]
    rows[-1]["end"] = text(end_of(rows[-1]) + dt.timedelta(minutes=int(case.over)))
    case.found(rows, "error")
    case.allow("PB803", rows, "warning")
    case.allow("PB801", rows)
    case.allow("PB702", rows)
    case.allow("PB318", rows)


@kind("PB804", "a contact entered twice")
def entered_twice(case: Case) -> None:
    """The near miss is another contact of the same length, right after it."""
    row = case.one()
    other = {**row, "encounter_id": f"{row['encounter_id']}b"}
    case.cell.encounters.append(other)
    if not case.over:
        for column in ("start", "end", "created_at", "signed_at", "cosigned_at"):
            if column in other:
                other[column] = text(dt.datetime.fromisoformat(other[column]) + (end_of(row) - start_of(row)))
    case.found([row, other])
    case.allow("PB801", [row, other])
    case.allow("PB802", [row, other])


@kind("PB805", "changed since it was billed")
def changed_since_billed(case: Case) -> None:
    """The near miss is as it was billed."""
    row = case.one()
    case.bill([row])
    if case.over and case.rng.random() < 0.5:
        lasting(row, 15 + (end_of(row) - start_of(row)).seconds // 60)
    elif case.over:
        row["place"] = "12" if row["place"] == "11" else "11"
    case.found(row)


@kind("PB805", "billed before under another id")
def billed_before(case: Case) -> None:
    """The near miss is the same time on another day."""
    row = case.one()
    case.bill([row])
    row["encounter_id"] = f"{row['encounter_id']}r"
    if not case.over:
        later = max(day_of(one) for one in case.cell.encounters) + ONE_DAY
        gap = next_workday(later) - day_of(row)
        for column in ("start", "end", "created_at", "signed_at", "cosigned_at"):
            if column in row:
                row[column] = text(dt.datetime.fromisoformat(row[column]) + gap)
        supervise(case.cell, day_of(row), day_of(row))
    case.found(row)


@kind("PB807", "another service at the same time, by a minute", needs=("same_time",))
def same_time(case: Case) -> None:
    """The near miss begins as the contact ends."""
    row = case.one()
    start = end_of(row) - dt.timedelta(minutes=int(case.over))
    case.cell.tables["other_services"].append(
        {
            "member_id": row["member_id"],
            "kind": case.rng.choice(case.programme["same_time"]),
            "start": text(start),
            "end": text(start + dt.timedelta(minutes=50)),
        }
    )
    case.found(row)


@kind("PB807", "another service on the same day", needs=("same_day",))
def same_day(case: Case) -> None:
    """The near miss is a day on which the member has no contact."""
    member_id, rows = case.member_rows()
    row = case.rng.choice(rows)
    day = day_of(row) if case.over else min(days_of(rows)) - ONE_DAY
    start = dt.datetime.combine(day, dt.time(18))
    case.cell.tables["other_services"].append(
        {
            "member_id": member_id,
            "kind": case.rng.choice(case.programme["same_day"]),
            "start": text(start),
            "end": text(start + dt.timedelta(hours=2)),
        }
    )
    case.found([one for one in rows if day_of(one) == day])


@kind("PB807", "enrolled elsewhere", needs=("enrolled",))
def enrolled_elsewhere(case: Case) -> None:
    """The near miss left the other programme on the day before the first contact."""
    member_id, rows = case.member_rows()
    last = case.rng.choice(days_of(rows)) if case.over else days_of(rows)[0] - ONE_DAY
    case.cell.tables["other_services"].append(
        {
            "member_id": member_id,
            "kind": case.rng.choice(case.programme["enrolled"]),
            "start": text(dt.datetime.combine(days_of(rows)[0] - dt.timedelta(days=40), dt.time(9))),
            "end": text(dt.datetime.combine(last, dt.time(17))),
        }
    )
    case.found([one for one in rows if day_of(one) <= last])


@kind("PB808", "a rejected claim that would say the same")
def rejected_before(case: Case) -> None:
    """The near miss was voided, and nobody rejected it."""
    row = case.one()
    case.bill(
        [row], standing="rejected" if case.over else "void", reason="rejected by the payer (277CA)" if case.over else ""
    )
    case.found(row)


@kind("PB809", "two peers for a member in a day")
def two_peers(case: Case) -> None:
    """The near miss is two contacts of one day with one peer."""
    row = case.one()
    start = end_of(row) + dt.timedelta(minutes=30)
    second = _colleague(case) if case.over else case.cell.peer["staff_id"]
    other = case.cell.add_contact(
        start.date(),
        row["member_id"],
        start.time(),
        usual_minutes(case.programme, case.rng),
        staff_id=second,
        signed_by=second,
    )
    case.found([row, other])
