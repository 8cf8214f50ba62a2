"""Defects of staff, PB3xx."""

import datetime as dt

from benchmarks.planting.case import SITES, Case, begins_late, day_of, days_of, end_of, ends_early, kind, until
from benchmarks.planting.cell import Row, add_meeting
from benchmarks.planting.days import ONE_DAY, months_later, text, workdays
from benchmarks.workspaces import npi


@kind("PB301", "a service before the first day of work")
def not_hired_yet(case: Case) -> None:
    """The near miss was hired on the day of the first contact."""
    case.start()
    day, early = begins_late(case, case.cell.encounters)
    case.cell.peer["hired_on"] = text(day)
    case.found(early)


@kind("PB301", "a service after the last day of work")
def had_left(case: Case) -> None:
    """The near miss left on the day of the last contact."""
    case.start()
    day, late = ends_early(case, case.cell.encounters)
    case.cell.peer["left_on"] = text(day)
    case.found(late)


@kind("PB301", "somebody who is not on the roster")
def not_on_the_roster(case: Case) -> None:
    """The near miss is a colleague's contact, who is."""
    row = case.one()
    row["staff_id"] = row["signed_by"] = f"{row['staff_id']}X" if case.over else row["staff_id"]
    case.found(row)


@kind("PB302", "no credential of the programme, or of another state")
def no_credential(case: Case) -> None:
    """The near miss is written in small letters."""
    case.start()
    row = case.cell.certificate
    match case.rng.choice(("none", "other", "state")) if case.over else "near":
        case "none":
            case.cell.tables["credentials"].remove(row)
        case "other":
            row["credential"] = "CHW"
        case "state":
            row["state"] = "HI"
        case _:
            row["credential"] = row["credential"].lower()
    case.found(case.cell.encounters)


@kind("PB303", "a service on the day after the certificate expired")
def certificate_expired(case: Case) -> None:
    """The near miss expires on the day of the last contact."""
    case.start()
    day, late = ends_early(case, case.cell.encounters)
    case.cell.certificate["expires_on"] = text(day)
    case.found(late)


@kind("PB303", "a service before the certificate was issued")
def certificate_too_new(case: Case) -> None:
    """The near miss is issued on the day of the first contact."""
    case.start()
    day, early = begins_late(case, case.cell.encounters)
    case.cell.certificate["issued_on"] = text(day)
    case.cell.certificate["expires_on"] = text(months_later(day, case.programme.get("valid_months", 24)) - ONE_DAY)
    case.found(early)


@kind("PB303", "a certificate that is suspended or revoked")
def certificate_suspended(case: Case) -> None:
    """The near miss is active."""
    case.start()
    case.cell.certificate["status"] = case.rng.choice(("suspended", "revoked")) if case.over else "Active"
    case.found(case.cell.encounters)


@kind("PB304", "no endorsement that fits", needs=("endorsements",))
def no_endorsement(case: Case) -> None:
    """The near miss has the one that fits beside another."""
    case.start()
    wrong, right = case.programme["endorsements"]["other"], case.cell.certificate["endorsements"]
    case.cell.certificate["endorsements"] = case.rng.choice((wrong, "")) if case.over else f"{wrong};{right}"
    case.found(case.cell.encounters)


@kind("PB305", "a beginner alone, or with support of another kind", needs=("lower_tier",))
def beginner_alone(case: Case) -> None:
    """The near miss is beside a coach, with support that the tier may give."""
    cell, lower = case.start(), case.programme["lower_tier"]
    coach = {**cell.peer, "staff_id": f"{cell.tag}C", "npi": ""}
    cell.tables["staff"].append(coach)
    cell.tables["credentials"].append({**cell.certificate, "staff_id": coach["staff_id"]})
    cell.tables["training"].append({**cell.tables["training"][0], "staff_id": coach["staff_id"]})
    cell.peer["tier"] = lower["tier"]
    cell.certificate["credential"] = lower["credential"]
    cell.tables["training"][0]["topics"] = (
        "community resources;listening;non-judgmental stance;confidentiality;many pathways"
    )
    for row in cell.encounters:
        row["facilitators"] = coach["staff_id"]
        row["support_type"] = case.rng.choice(lower["supports"])
    row = case.rng.choice(cell.individual())
    if case.over and case.rng.random() < 0.5:
        row["facilitators"] = ""
    elif case.over:
        row["support_type"] = "informational"
    case.found(row)


@kind("PB306", "no supervisor, or none on the roster")
def no_supervisor(case: Case) -> None:
    """The near miss names the supervisor."""
    case.start()
    peer = case.cell.peer
    if case.over:
        peer["supervisor_id"] = case.rng.choice(("", peer["staff_id"], f"{peer['supervisor_id']}X"))
    case.found(case.cell.encounters)


@kind("PB306", "the supervisor had left")
def supervisor_had_left(case: Case) -> None:
    """The near miss left on the day of the last contact."""
    case.start()
    day, late = ends_early(case, case.cell.encounters)
    case.cell.supervisor["left_on"] = text(day)
    case.found(late)


@kind("PB307", "no supervision in a week or month, by a day", needs=("meeting",))
def no_supervision(case: Case) -> None:
    """The near miss has the meeting on the first or last day of the window."""
    cell = case.start()
    day = day_of(case.rng.choice(cell.encounters))
    if case.programme["meeting"] == "week":
        first = day - dt.timedelta(days=(day.weekday() + 1) % 7)
        last = first + dt.timedelta(days=6)
    else:
        first, last = day.replace(day=1), months_later(day.replace(day=1), 1) - ONE_DAY
    meetings = cell.tables["supervision"]
    cell.tables["supervision"] = [row for row in meetings if not text(first) <= row["date"] <= text(last)]
    edge = case.rng.choice((first - ONE_DAY, last + ONE_DAY) if case.over else (first, last))
    add_meeting(cell, edge)
    case.found([row for row in cell.encounters if first <= day_of(row) <= last])


@kind("PB308", "somebody who is excluded")
def excluded(case: Case) -> None:
    """The near miss was excluded up to the day before the first contact."""
    cell = case.start()
    day = case.rng.choice(days_of(cell.encounters)) if case.over else days_of(cell.encounters)[0] - ONE_DAY
    who = case.rng.choice(({"npi": cell.peer["npi"]}, {"staff_id": cell.peer["staff_id"]}))
    cell.tables["exclusions"].append(
        {"list": "LEIE", "from": text(day - dt.timedelta(days=300)), "to": text(day), **who}
    )
    case.found(until(cell.encounters, day))


@kind("PB309", "an NPI that is missing or wrong by a digit")
def wrong_npi(case: Case) -> None:
    """The near miss is another NPI whose check digit is right."""
    cell = case.start()
    right = str(cell.peer["npi"])
    digit = (int(right[-1]) + case.rng.randrange(1, 10)) % 10
    wrong = case.rng.choice((f"{right[:-1]}{digit}", "", right[:-1]))
    cell.peer["npi"] = wrong if case.over else npi(90_000_000 + case.number)
    case.found(cell.encounters)


@kind("PB310", "half an hour or an hour of training short", needs=("training_hours",))
def too_little_training(case: Case) -> None:
    """The near miss has just the hours."""
    cell, wanted = case.start(), case.programme["training_hours"]
    if cell.tables["training"]:
        cell.tables["training"][0]["hours"] = str(wanted - 0.5) if case.over else str(wanted)
    else:
        cell.certificate["training_hours"] = str(wanted - case.over)
    case.found(cell.encounters)


@kind("PB310", "a day short in recovery", needs=("recovery_months",))
def too_short_in_recovery(case: Case) -> None:
    """The near miss has the months on the day of the first contact."""
    cell = case.start()
    day, early = begins_late(case, cell.encounters)
    # The months are over on the first day that has the date of the beginning, or on the last of a shorter month.
    begun = months_later(day, -case.programme["recovery_months"])
    if begun.day != day.day:
        begun += ONE_DAY
        early = until(cell.encounters, day)
        if not case.over:
            begun -= ONE_DAY
    cell.peer["recovery_since"] = text(begun)
    case.found(early)


@kind("PB311", "another curriculum, or completed after the service", needs=("curriculum",))
def wrong_curriculum(case: Case) -> None:
    """The near miss was completed on the day of the first contact."""
    cell = case.start()
    training = cell.tables["training"][0]
    if case.over and case.rng.random() < 0.5:
        training["curriculum"] = case.programme["curriculum"]["other"]
        case.found(cell.encounters)
        return
    day, early = begins_late(case, cell.encounters)
    training["date"] = text(day)
    case.found(early)
    if case.programme.has("training_hours"):
        case.allow("PB310", early)  # nor are its hours completed


@kind("PB312", "continuing education short by a quarter of an hour or a day", needs=("ce_hours",))
def too_little_education(case: Case) -> None:
    """The near miss has just the hours, the last of them on the last day of the term."""
    cell, wanted = case.start(), case.programme["ce_hours"]
    first, last = _renew(case, case.programme["valid_months"])
    late = case.over and case.rng.random() < 0.5
    hours = 4 - (0.25 if case.over and not late else 0)
    _educate(case, wanted - 4, first)
    _educate(case, hours, last + late * ONE_DAY)
    case.found(cell.encounters)


def _renew(case: Case, months: int) -> tuple[dt.date, dt.date]:
    """Put a certificate before the peer's first; return its first and last day."""
    rows = case.cell.tables["credentials"]
    own = [row for row in rows if row["staff_id"] == case.cell.peer["staff_id"]]
    issued = min(dt.date.fromisoformat(row["issued_on"]) for row in own)
    first, last = months_later(issued, -months), issued - ONE_DAY
    rows.append({**case.cell.certificate, "issued_on": text(first), "expires_on": text(last)})
    return first, last


def _educate(case: Case, hours: float, day: dt.date) -> None:
    row = {"staff_id": case.cell.peer["staff_id"], "kind": "continuing", "hours": str(hours), "date": text(day)}
    case.cell.tables["training"].append(row)


@kind("PB313", "an hour of experience short", needs=("experience_hours",))
def too_little_experience(case: Case) -> None:
    """The near miss has just the hours."""
    cell = case.start()
    cell.certificate["experience_hours"] = str(case.programme["experience_hours"] - case.over)
    case.found(cell.encounters)


@kind("PB313", "the examination after the service", needs=("exam",))
def examination_later(case: Case) -> None:
    """The near miss was passed on the day of the first contact."""
    cell = case.start()
    day, early = begins_late(case, cell.encounters)
    cell.certificate["exam_on"] = text(day)
    case.found(early)


@kind("PB314", "a day too young", needs=("min_age",))
def too_young(case: Case) -> None:
    """The near miss has the birthday on the day of the first contact."""
    cell = case.start()
    day, early = begins_late(case, cell.encounters)
    cell.peer["birth_date"] = text(months_later(day, -12 * case.programme["min_age"]))
    case.found(early)


@kind("PB314", "a day too old for a certificate of the young", needs=("peer_age",))
def too_old(case: Case) -> None:
    """The near miss has the birthday on the day after the last contact."""
    cell = case.start()
    day, late = ends_early(case, cell.encounters)
    cell.certificate["endorsements"] = "Y"
    cell.peer["birth_date"] = text(months_later(day + ONE_DAY, -12 * (case.programme["peer_age"][1] + 1)))
    case.found(late)


@kind("PB315", "a certificate renewed once too often", needs=("renewals",))
def renewed_too_often(case: Case) -> None:
    """The near miss is renewed as often as is allowed."""
    cell, rule = case.start(), case.programme["renewals"]
    cell.peer["tier"] = rule["tier"]
    issued = dt.date.fromisoformat(cell.certificate["issued_on"])
    cell.certificate["expires_on"] = text(months_later(issued, rule["months"]) - ONE_DAY)
    for _ in range(rule["allowed"] + case.over):
        first, _ = _renew(case, rule["months"])
        _educate(case, case.programme.get("ce_hours", 20), first + 30 * ONE_DAY)
    case.found(cell.encounters)


@kind("PB316", "a supervisor with a peer too many", needs=("peers_per_supervisor",))
def too_many_peers(case: Case) -> None:
    """The near miss has as many as are allowed, or one more who left before the first contact."""
    cell = case.start()
    others: list[Row] = [
        {
            "staff_id": f"{cell.tag}Q{number}",
            "last_name": "Quimby",
            "first_name": "Robin",
            "role": "peer",
            "supervisor_id": cell.supervisor["staff_id"],
            "hired_on": cell.peer["hired_on"],
        }
        for number in range(case.programme["peers_per_supervisor"])
    ]
    if not case.over:
        others[-1]["left_on"] = text(days_of(cell.encounters)[0] - ONE_DAY)
    cell.tables["staff"] += others
    case.found(cell.encounters)


@kind("PB317", "a member too many for one peer", needs=("members_per_peer",))
def too_many_members(case: Case) -> None:
    """The near miss serves as many as are allowed. Each is met in two weeks that follow each other."""
    members = case.programme["members_per_peer"] + case.over
    first = min(case.start().encounters, key=day_of)
    days = workdays(day_of(first), 10)
    cell = case.start(days, members, contacts=False)
    ids = [row["member_id"] for row in cell.tables["members"]]
    for week in (days[:5], days[5:]):
        for number, member_id in enumerate(ids):
            slot = 8 * 60 + number // 5 * 75
            start = dt.time(slot // 60, slot % 60)
            cell.add_contact(week[number % 5], member_id, start, case.rng.choice((30, 45, 60)))
    case.found([row for row in cell.encounters if days[4] <= day_of(row) <= days[5]])


@kind("PB318", "more hours of service than between two meetings, by a minute", needs=("service_hours",))
def too_many_hours(case: Case) -> None:
    """The near miss gives just the hours."""
    hours = case.programme["service_hours"]
    first = min(case.start().encounters, key=day_of)
    days = workdays(day_of(first), 10)[:5]
    cell = case.start(days, 5, contacts=False)
    ids = [row["member_id"] for row in cell.tables["members"]]
    rows = [
        cell.add_contact(days[number // 5], ids[number % 5], dt.time(8 + number % 5 * 2), 60) for number in range(hours)
    ]
    if case.over:
        rows[-1]["end"] = text(end_of(rows[-1]) + dt.timedelta(minutes=1))
    cell.tables["supervision"].clear()
    case.found(rows[-1])


@kind("PB319", "a taxonomy code that is another, or blank", needs=("taxonomy",))
def wrong_taxonomy(case: Case) -> None:
    """The near miss is written in small letters."""
    cell = case.start()
    right = case.programme["taxonomy"]
    cell.peer["taxonomy"] = case.rng.choice(("101YA0400X", "")) if case.over else right.lower()
    case.found(cell.encounters)


@kind("PB321", "a license that had expired, or is suspended", needs=("license",), setting=SITES)
def license_expired(case: Case) -> None:
    """The near miss expires on the day of the last contact. The agency has a license for each site."""
    cell = case.start()
    day, late = ends_early(case, cell.encounters)
    suspended = case.over and case.rng.random() < 0.3
    row = {"kind": case.programme["license"], "site": case.site, "issued_on": "2024-01-01"}
    row |= {"status": "suspended"} if suspended else {"expires_on": text(day)}
    cell.tables["licenses"].append(row)
    case.found(cell.encounters if suspended else late)


@kind("PB322", "an enrollment that had ended, had not begun, or is pending", needs=("enrollment",))
def not_enrolled(case: Case) -> None:
    """The near miss ends on the day of the last contact, or begins on that of the first."""
    cell = case.start()
    row = cell.tables["enrollments"][0]
    if case.over and case.rng.random() < 0.3:
        row["status"] = "pending"
        case.found(cell.encounters)
    elif case.rng.random() < 0.5:
        day, rows = ends_early(case, cell.encounters)
        row["to"] = text(day)
        case.found(rows)
    else:
        day, rows = begins_late(case, cell.encounters)
        row["from"] = text(day)
        case.found(rows)
