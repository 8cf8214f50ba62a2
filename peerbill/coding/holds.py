"""What rows hold that cannot be used, or that may forbid something and name nobody who is known."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, Final

import attrs

from peerbill.model import ids
from peerbill.model.people import OtherService, SpendDown
from peerbill.model.records import Hold, Records
from peerbill.model.sentence import Sentence, say
from peerbill.model.words import is_like_an_id

CODES: Final[Mapping[str, str]] = {
    "staff": "PB301",
    "credentials": "PB303",
    "training": "PB311",
    "supervision": "PB307",
    "licenses": "PB321",
    "enrollments": "PB322",
    "relationships": "PB409",
    "exclusions": "PB308",
    "screenings": "PB308",
    "members": "PB401",
    "coverage": "PB402",
    "plans": "PB501",
    "authorizations": "PB511",
    "assessments": "PB503",
    "episodes": "PB501",
    "stays": "PB407",
    "other_services": "PB807",
    "prior_payments": "PB405",
    "spend_down": "PB605",
    "places": "PB602",
}
"""The tables beside `encounters`, and the check under which a row of each holds what it could concern."""


LONGEST_ID: Final = 50


def known_ids(records: Records) -> Mapping[str, Collection[str]]:
    """Return the ids that are known, by column: of rows, of rows that could not be used, and of encounters."""
    of_members = {hold.member_id for hold in records.holds if hold.where.startswith("members")}
    of_staff = {hold.staff_id for hold in records.holds if hold.where.startswith("staff")}
    return {
        "member_id": {row.member_id for row in records.members}
        | {row.member_id for row in records.encounters}
        | of_members,
        "staff_id": {row.staff_id for row in records.staff} | {row.staff_id for row in records.encounters} | of_staff,
        "npi": {ids.compact(row.npi) for row in records.staff},
    }


def orphan(table: str, row: Any, known: Mapping[str, Collection[str]]) -> Hold | None:
    """Return what a row that may forbid something holds because it names nobody who is known; None where it does.

    An exclusion of a valid NPI that nobody on the roster has is of somebody else: lists of exclusions hold everybody's.
    So do rows of such lists whose NPI is all zeros, their sign for none: they can be compared by name alone.
    """
    found = {name: getattr(row, name, "") for name in ("member_id", "staff_id", "npi")}
    if table == "exclusions":
        npi, staff_id = ids.compact(found["npi"]), found["staff_id"]
        if (
            staff_id in known["staff_id"]
            or (npi and npi in known["npi"])
            or (not staff_id and (ids.is_valid_npi(npi) or is_no_npi(npi)))
        ):
            return None
        if staff_id:
            return _orphan(table, row, "staff_id", _NO_STAFF, {})
        return _orphan(table, row, "npi", _NO_NPI, {})
    if table == "prior_payments":
        return None  # each encounter needs the answer of each earlier payer by itself (PB405)
    missing = [name for name in ("staff_id", "member_id") if hasattr(row, name) and found[name] not in known[name]]
    if not missing:
        return None
    message = _NEITHER if len(missing) > 1 else _NO_STAFF if missing == ["staff_id"] else _NO_MEMBER
    others = {name: found[name] for name in ("staff_id", "member_id") if found[name] and name not in missing}
    return _orphan(table, row, missing[0], message, others)


def is_no_npi(npi: str) -> bool:
    """Tell whether an NPI is all zeros, as lists of exclusions write that they know none."""
    return bool(npi) and not npi.strip("0")


_NO_STAFF = say("staff-not-known", "the staff_id is not in staff")
_NO_MEMBER = say("member-not-known", "the member_id is not in members")
_NEITHER = say("staff-and-member-not-known", "the staff_id is not in staff and the member_id is not in members")
_NO_NPI = say("npi-not-valid", "the NPI is not valid, so that whom it means is not known")


def _orphan(table: str, row: Any, column: str, message: Sentence, others: Mapping[str, str]) -> Hold:
    first, last = _span(row)
    id_ = getattr(row, column)
    named = 0 < len(id_) <= LONGEST_ID and id_.isprintable() and is_like_an_id(id_)
    told = message.before("by-id", " ({id})", id=id_) if named else message
    return Hold(
        code=CODES[table],
        where=f"{table}.{column}",
        message=told.text,
        template=told.template,
        values=told.values,
        pattern=told.pattern,
        fix=f"Correct {column}, or remove the row if it is of somebody who is not served.",
        first=first,
        last=last,
        member_id=others.get("member_id", ""),
        staff_id=others.get("staff_id", ""),
    )


def _span(row: Any) -> tuple[dt.date | None, dt.date | None]:
    """Return the days that a row speaks of."""
    if isinstance(row, OtherService):
        return (row.start.date() if row.start else None), (row.end.date() if row.end else None)
    if isinstance(row, SpendDown):
        return row.date, row.date
    return getattr(row, "from_", None), getattr(row, "to", None)


def rows_of_nobody(records: Records) -> tuple[Hold, ...]:
    """Return what rows that name nobody hold: one hold for all rows of a table that could concern the same people."""
    known: Mapping[str, Collection[str]] | None = None
    found: dict[tuple[str, ...], list[Hold]] = {}
    for table in ("relationships", "exclusions", "stays", "other_services", "spend_down"):
        for row in getattr(records, table):
            known = known or known_ids(records)
            hold = orphan(table, row, known)
            if hold is not None:
                found.setdefault((hold.where, hold.member_id, hold.staff_id), []).append(hold)
    return tuple(map(_together, found.values()))


def _together(holds: list[Hold]) -> Hold:
    first, more = holds[0], len(holds) - 1
    begins, ends = [hold.first for hold in holds], [hold.last for hold in holds]
    told = first.sentence.after("{table}: ", table=first.where.partition(".")[0])
    if more == 1:
        told = told.before("and-one-more", ", and 1 more row like it")
    elif more:
        told = told.before("and-more", ", and {more} more rows like it", more=more)
    return attrs.evolve(
        first,
        message=told.text,
        template=told.template,
        values=told.values,
        pattern=told.pattern,
        first=None if None in begins else min(day for day in begins if day is not None),
        last=None if None in ends else max(day for day in ends if day is not None),
    )


def whom(hold: Hold, known: Mapping[str, Collection[str]]) -> tuple[str, str, str] | None:
    """Return the member id, staff id and NPI that a hold is limited to, "" for no limit; None where it concerns nobody.

    An id that nobody has limits nothing, since it may be mistyped; a valid NPI that nobody has is somebody else's.
    """
    member_id = hold.member_id if hold.member_id in known["member_id"] else ""
    staff_id = hold.staff_id if hold.staff_id in known["staff_id"] else ""
    npi = ids.compact(hold.npi)
    if npi not in known["npi"]:
        if not member_id and not hold.staff_id and ids.is_valid_npi(npi):
            return None
        npi = ""
    return member_id, staff_id, npi
