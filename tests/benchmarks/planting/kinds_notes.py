"""Defects of notes, PB2xx."""

import datetime as dt

from benchmarks.planting.case import Case, end_of, kind, start_of
from benchmarks.planting.cell import Row
from benchmarks.planting.days import AS_OF, last_moment, text

ONE_MINUTE = dt.timedelta(minutes=1)


def _time(row: Row, column: str) -> dt.datetime:
    return dt.datetime.fromisoformat(row[column])


@kind("PB201", "an element of the note missing")
def element_missing(case: Case) -> None:
    """The near miss has a single word there."""
    row = case.one()
    column = case.rng.choice(case.programme["elements"])
    if case.over:
        row[column] = ""
    elif column not in {"goal", "plan_id"}:
        row[column] = "Talked."
    case.found(row)


@kind("PB202", "unsigned, or signed by somebody else")
def unsigned(case: Case) -> None:
    """The near miss is signed by the peer and by somebody else."""
    row = case.one()
    peer, other = case.cell.peer["staff_id"], case.cell.supervisor["staff_id"]
    if not case.over:
        row["signed_by"] = f"{other};{peer}"
        return
    match case.rng.choice(("nobody", "other", "time")):
        case "nobody":
            row["signed_by"] = row["signed_at"] = ""
        case "other":
            row["signed_by"] = other
        case _:
            row["signed_at"] = ""
    case.found(row)


@kind("PB202", "signed a minute before the end")
def signed_early(case: Case) -> None:
    """The near miss is signed at the end."""
    row = case.one()
    row["signed_at"] = text(end_of(row) - case.over * ONE_MINUTE)
    row["created_at"] = text(end_of(row) - 2 * ONE_MINUTE)
    case.found(row)


@kind("PB203", "signed a minute late", needs=("sign",))
def signed_late(case: Case) -> None:
    """The near miss is signed in the last minute."""
    row = case.one()
    last = last_moment(case.programme["sign"], start_of(row), end_of(row))
    row["signed_at"] = text(last + case.over * ONE_MINUTE)
    case.found(row)


@kind("PB204", "cosigned a minute late", needs=("cosign",))
def cosigned_late(case: Case) -> None:
    """The near miss is cosigned in the last minute."""
    row = case.one()
    last = last_moment(case.programme["cosign"], start_of(row), end_of(row))
    row["cosigned_at"] = text(last + case.over * ONE_MINUTE)
    case.found(row)


@kind("PB204", "not cosigned, or by its author", needs=("cosign",))
def not_cosigned(case: Case) -> None:
    """The near miss is cosigned by the supervisor too."""
    row = case.one()
    peer, supervisor = case.cell.peer["staff_id"], case.cell.supervisor["staff_id"]
    row["cosigned_by"] = case.rng.choice(("", peer)) if case.over else f"{peer};{supervisor}"
    case.found(row)


@kind("PB205", "a goal that is not in the plan")
def goal_not_in_plan(case: Case) -> None:
    """The near miss is written in other letters."""
    row = case.one()
    row["goal"] = (
        case.rng.choice(("learn to swim", "adopt a dog", "see the ocean")) if case.over else row["goal"].upper()
    )
    case.found(row)


@kind("PB206", "an activity that is not paid", needs=("activity",))
def activity_not_paid(case: Case) -> None:
    """The near miss is an activity of the list that sounds alike."""
    row = case.one()
    row["activity"] = case.rng.choice(case.programme["activity"]["excluded" if case.over else "allowed"])
    case.found(row)


@kind("PB207", "signed after the day of the audit", needs=("sign",))
def signed_after_the_claim(case: Case) -> None:
    """The near miss is signed in the last minute of that day."""
    cell = case.start([AS_OF - dt.timedelta(days=5), AS_OF])
    row = max(cell.encounters, key=start_of)
    midnight = dt.datetime.combine(AS_OF, dt.time()) + dt.timedelta(days=1)
    row["signed_at"] = text(midnight - ONE_MINUTE + case.over * ONE_MINUTE)
    case.found(row)


@kind("PB209", "participation not recorded as voluntary")
def not_voluntary(case: Case) -> None:
    """The near miss says yes, or nothing where nothing is asked for."""
    row = case.one()
    asked = case.programme.has("voluntary")
    row["voluntary"] = case.rng.choice(("no", "") if asked else ("no",)) if case.over else "yes" if asked else ""
    case.found(row)


@kind("PB210", "written, signed or edited out of order by a minute")
def out_of_order(case: Case) -> None:
    """The near miss has the two times in one minute."""
    row = case.one()
    match case.rng.choice(("written", "signed", "edited")):
        case "written":
            row["created_at"] = text(start_of(row) - case.over * ONE_MINUTE)
        case "signed":
            row["created_at"] = text(_time(row, "signed_at") + case.over * ONE_MINUTE)
        case _:
            row["edited_at"] = text(_time(row, "signed_at") + case.over * ONE_MINUTE)
    case.found(row)
