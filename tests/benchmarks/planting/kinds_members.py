"""Defects of members, PB4xx, and of their plans and authorizations, PB5xx."""

import datetime as dt
from decimal import Decimal

from benchmarks.planting.arithmetic import charge_of, minutes_of, units_of
from benchmarks.planting.case import Case, begins_late, day_of, days_of, ends_early, kind, since
from benchmarks.planting.cell import Row
from benchmarks.planting.days import ONE_DAY, months_later, span_after, span_before, text


def _member(case: Case, member_id: str) -> Row:
    return case.cell.rows_of("members", member_id)[0]


@kind("PB401", "a member without what a claim needs")
def incomplete_member(case: Case) -> None:
    """The near miss has the shortest of everything that will do."""
    member_id, rows = case.member_rows()
    column = case.rng.choice(("birth_date", "sex", "last_name", "street", "zip"))
    member = _member(case, member_id)
    if case.over:
        member[column] = ""
    else:
        member |= {"sex": "U", "zip": f"{member['zip']}-0001", "last_name": "Ng"}
    case.found(rows)


@kind("PB401", "a member whom nobody knows")
def unknown_member(case: Case) -> None:
    """The near miss is the member."""
    row = case.one()
    row["member_id"] = f"{row['member_id']}9" if case.over else row["member_id"]
    case.found(row)


@kind("PB402", "a service on the day after coverage ended")
def coverage_ended(case: Case) -> None:
    """The near miss is covered to the day of the last contact."""
    member_id, rows = case.member_rows()
    day, late = ends_early(case, rows)
    case.cell.rows_of("coverage", member_id)[0]["to"] = text(day)
    case.found(late)


@kind("PB402", "a service before coverage began")
def coverage_too_new(case: Case) -> None:
    """The near miss is covered from the day of the first contact."""
    member_id, rows = case.member_rows()
    day, early = begins_late(case, rows)
    case.cell.rows_of("coverage", member_id)[0]["from"] = text(day)
    case.found(early)


@kind("PB403", "a day too young for the programme", needs=("age",))
def member_too_young(case: Case) -> None:
    """The near miss has the birthday on the day of the first contact."""
    member_id, rows = case.member_rows()
    day, early = begins_late(case, rows)
    _member(case, member_id)["birth_date"] = text(months_later(day, -12 * case.programme["age"]))
    case.found(early)


@kind("PB403", "a day too old for the programme", needs=("ages",))
def member_too_old(case: Case) -> None:
    """The near miss has the birthday on the day after the last contact."""
    member_id, rows = case.member_rows()
    day, late = ends_early(case, rows)
    _member(case, member_id)["birth_date"] = text(months_later(day + ONE_DAY, -12 * case.programme["ages"][1]))
    case.found(late)


@kind("PB404", "no diagnosis that exists, is complete and qualifies")
def wrong_diagnosis(case: Case) -> None:
    """The near miss has one that does not qualify behind one that does."""
    row = case.one()
    right, other = row["diagnoses"], case.programme["other_diagnosis"]
    wrong = case.rng.choice((right[:3], "ZZZ99", other, ""))
    if case.over:
        case.allow("PB302", row)  # some credentials are for some diagnoses
    row["diagnoses"] = wrong if case.over else f"{right};{other}"
    case.found(row)


@kind("PB405", "a payer before this one, whose answer is not known")
def no_earlier_answer(case: Case) -> None:
    """The near miss has an answer that balances, or the other coverage ended on the day before the first contact."""
    member_id, rows = case.member_rows()
    medicare = _before(case, member_id, rows)
    if case.over:
        case.found(rows)
    elif case.rng.random() < 0.5:
        medicare["to"] = text(days_of(rows)[0] - ONE_DAY)
    else:
        for row in rows:
            _answer(case, row, Decimal(0))


@kind("PB405", "an earlier payer's answer that is a cent off")
def unbalanced_answer(case: Case) -> None:
    """The near miss balances."""
    member_id, rows = case.member_rows()
    _before(case, member_id, rows)
    victim = case.rng.choice(rows)
    for row in rows:
        _answer(case, row, Decimal("0.01") if case.over and row is victim else Decimal(0))
    case.found(victim)


def _before(case: Case, member_id: str, rows: list[Row]) -> Row:
    """Put Medicare before the plan."""
    case.cell.rows_of("coverage", member_id)[0]["rank"] = "2"
    medicare: Row = {
        "member_id": member_id,
        "payer": "medicare",
        "subscriber_id": "1EG4TE5MK72",
        "from": text(days_of(rows)[0] - dt.timedelta(days=300)),
        "rank": "1",
    }
    case.cell.tables["coverage"].append(medicare)
    return medicare


def _answer(case: Case, row: Row, off: Decimal) -> None:
    charge = charge_of(case.programme, row)
    paid = (charge / 2).quantize(Decimal("0.01"))
    case.cell.tables["prior_payments"].append(
        {
            "encounter_id": row["encounter_id"],
            "payer": "medicare",
            "paid_on": text(day_of(row) + dt.timedelta(days=20)),
            "paid": str(paid),
            "adjustments": f"CO:45:{charge - paid - off}",
        }
    )


@kind("PB406", "a service on the day after the member's death")
def after_death(case: Case) -> None:
    """The near miss died on the day of the last contact."""
    member_id, rows = case.member_rows()
    day, late = ends_early(case, rows)
    _member(case, member_id)["died_on"] = text(day)
    case.found(late)


@kind("PB407", "a service on the last day of a stay")
def in_a_stay(case: Case) -> None:
    """The near miss was discharged on the day before the first contact, or admitted on the day after the last."""
    member_id, rows = case.member_rows()
    days = days_of(rows)
    excluded = case.programme.get("stays", {"excluded": ["incarceration"]})["excluded"]
    first, last = days[0] - dt.timedelta(days=20), days[0] - ONE_DAY
    if case.over:
        last = case.rng.choice(days)
        first = case.rng.choice((first, last))
    elif case.rng.random() < 0.5:
        first, last = days[-1] + ONE_DAY, days[-1] + dt.timedelta(days=9)
    stay = {"member_id": member_id, "kind": case.rng.choice(excluded), "from": text(first), "to": text(last)}
    case.cell.tables["stays"].append(stay)
    case.found([row for row in rows if first <= day_of(row) <= last])


@kind("PB408", "a release that is missing or of a later day")
def release_later(case: Case) -> None:
    """The near miss is signed on the day of the first contact."""
    member_id, rows = case.member_rows()
    if case.over and case.rng.random() < 0.3:
        _member(case, member_id)["release_on"] = ""
        case.found(rows)
        return
    day, early = begins_late(case, rows)
    _member(case, member_id)["release_on"] = text(day)
    case.found(early)


@kind("PB409", "a tie between peer and member that bars the service", needs=("relationships",))
def barring_tie(case: Case) -> None:
    """The near miss is a tie of the supervisor, who gives no service."""
    member_id, rows = case.member_rows()
    who = case.cell.peer if case.over else case.cell.supervisor
    row = {
        "staff_id": who["staff_id"],
        "member_id": member_id,
        "kind": case.rng.choice(case.programme["relationships"]),
    }
    case.cell.tables["relationships"].append(row)
    case.found(rows)


@kind("PB501", "a service on the day after the plan expired")
def plan_expired(case: Case) -> None:
    """The near miss expires on the day of the last contact."""
    member_id, rows = case.member_rows()
    day, late = ends_early(case, rows)
    for plan in case.cell.rows_of("plans", member_id):
        plan["expires_on"] = text(day)
    case.found(late)


@kind("PB501", "a service before the plan began")
def plan_too_new(case: Case) -> None:
    """The near miss begins on the day of the first contact."""
    member_id, rows = case.member_rows()
    day, early = begins_late(case, rows)
    for plan in case.cell.rows_of("plans", member_id):
        plan["effective_on"] = plan["signed_on"] = text(day)
    case.found(early)


@kind("PB502", "a signature missing from the plan", needs=("missing_signer",))
def plan_unsigned(case: Case) -> None:
    """The near miss is signed by the guardian for the member, and by all others."""
    member_id, rows = case.member_rows()
    signer = case.programme["missing_signer"]
    named = {"peer": case.cell.peer["staff_id"], "supervisor": case.cell.supervisor["staff_id"]}.get(signer, signer)
    for plan in case.cell.rows_of("plans", member_id):
        others = [who for who in plan["signed_by"].split(";") if who != named]
        near = [*others, "guardian" if signer == "member" else named]
        plan["signed_by"] = ";".join(others if case.over else near)
    case.found(rows)


@kind("PB503", "an assessment or order of a later day", needs=("assessment",))
def assessed_later(case: Case) -> None:
    """The near miss is of the day of the first contact."""
    member_id, rows = case.member_rows()
    day, early = begins_late(case, rows)
    case.cell.rows_of("assessments", member_id)[0]["date"] = text(day)
    case.found(early)


@kind("PB503", "a day past the review of the assessment", needs=("assessment_review",))
def review_due(case: Case) -> None:
    """The near miss has its last contact on the day of the review."""
    member_id, rows = case.member_rows()
    day, _ = ends_early(case, rows)
    every = case.programme["assessment_review"]
    assessed = span_before(day, every)
    if not case.over and span_after(assessed, every) < day:
        assessed += ONE_DAY  # no day has its review on the last day of a longer month
    case.cell.rows_of("assessments", member_id)[0]["date"] = text(assessed)
    case.found(since(rows, span_after(assessed, every) + ONE_DAY))


@kind("PB511", "a service on the day after the authorization ended", needs=("authorization",))
def authorization_ended(case: Case) -> None:
    """The near miss ends on the day of the last contact."""
    member_id, rows = case.member_rows()
    day, late = ends_early(case, rows)
    for row in case.cell.rows_of("authorizations", member_id):
        row["to"] = text(day)
    case.found(late)


@kind("PB512", "a unit more than was authorized", needs=("authorization",))
def authorization_used_up(case: Case) -> None:
    """The near miss uses the last unit."""
    member_id, rows = case.member_rows()
    first, *others = case.cell.rows_of("authorizations", member_id)
    for row in others:
        case.cell.tables["authorizations"].remove(row)
    # Without modifiers it is for every contact with the code, alone or in a group.
    first["units"] = str(sum(units_of(case.programme, minutes_of(row)) for row in rows) - case.over)
    case.found(rows[-1])
