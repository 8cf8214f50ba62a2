"""What `exclusions` writes with `--json`, as typed values: staff ids and rows of the list, no name and no birth date.

Keys may be added; those that are here keep their name and meaning. `schema` is that of `peerbill.documents.kinds`.
"""

import datetime as dt
from typing import TYPE_CHECKING

import attrs

from peerbill import __version__
from peerbill.documents.kinds import SCHEMA

if TYPE_CHECKING:
    from peerbill.intake.exclusion_list import ExclusionList
    from peerbill.intake.exclusion_matches import Match
    from peerbill.intake.screening import ScreeningPlan


@attrs.frozen
class ListEntry:
    """An entry of the list that is, or may be, a staff member.

    `row` is its row in the list, `agrees` names the fields that agree, `first_day` and `last_day` are those of the
    exclusion, and `waiver` is the list's word for a waiver, "" for none.
    """

    staff_id: str
    row: int
    agrees: tuple[str, ...]
    first_day: dt.date | None
    last_day: dt.date | None
    waiver: str


@attrs.frozen
class VanishedEntry:
    """A row of the table `exclusions` for which the list has no entry any more; `first_day` is its `from`."""

    staff_id: str
    npi: str
    list: str
    first_day: dt.date | None


@attrs.frozen
class ExclusionsReport:
    """What `exclusions --json` writes.

    `excluded` are certain, or somebody decided so; at each of `open` somebody has to look. `own_rows` are rows of the
    list with an NPI under which the agency bills. `rows` and `staff` count what was compared. `is_old`: the list is
    older than 31 days. `written` is whether tables were changed.
    """

    peerbill: str
    list: str
    list_date: dt.date
    as_of: dt.date
    rows: int
    staff: int
    excluded: tuple[ListEntry, ...]
    open: tuple[ListEntry, ...]
    vanished: tuple[VanishedEntry, ...]
    own_rows: tuple[int, ...]
    is_old: bool
    written: bool
    schema: int = SCHEMA


def exclusions_report(
    plan: "ScreeningPlan",
    list_: "ExclusionList",
    list_date: dt.date,
    as_of: dt.date,
    *,
    staff: int,
    is_old: bool,
    written: bool,
) -> ExclusionsReport:
    """Return a comparison with a list as `exclusions --json` writes it."""
    return ExclusionsReport(
        peerbill=__version__,
        list=list_.form.list,
        list_date=list_date,
        as_of=as_of,
        rows=list_.rows,
        staff=staff,
        excluded=tuple(map(_entry, plan.excluded_matches)),
        open=tuple(map(_entry, plan.open)),
        vanished=tuple(VanishedEntry(row.staff_id, row.npi, row.list, row.from_) for row in plan.vanished),
        own_rows=plan.own,
        is_old=is_old,
        written=written,
    )


def _entry(match: "Match") -> ListEntry:
    return ListEntry(match.staff_id, match.entry.row, match.agrees, match.from_, match.to, match.entry.waiver)
