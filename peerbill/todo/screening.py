"""Staff who were not compared with a list of excluded persons, or not lately, and entries to be looked at."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from peerbill.codes import check_citations
from peerbill.model.finding import Citation
from peerbill.model.people import Screening
from peerbill.model.plural import counted, named
from peerbill.model.words import shown_or
from peerbill.todo.item import TodoItem
from peerbill.todo.lapsing import is_employed
from peerbill.todo.sources import Sources

Date = dt.date

LEIE = "LEIE"
"""The OIG's list, with which every agency compares its staff."""

MOST_DAYS = 31
"""The OIG brings its list up to date every month."""

BULLETIN = Citation(
    title="OIG Special Advisory Bulletin on the Effect of Exclusion: the list is updated monthly, and screening staff "
    "each month best limits overpayments and penalties",
    url="http://exclusionalert.com/requirement-health-care-providers-screen-employees-contractors-vendors-monthly-"
    "leie-exclusion-list/",
    date="2013-05-08",
    status="secondary",
    where="p. 15, as quoted there",
)
_MOST_NAMED = 8


def screenings(sources: Sources) -> Iterator[TodoItem]:
    """Yield what is due: the first comparison, that of new staff, a newer list, and entries to be looked at."""
    employed = [person.staff_id for person in sources.records.staff if is_employed(person, sources.as_of)]
    of_list: dict[str, dict[str, list[Screening]]] = {LEIE: {}}
    for row in sources.records.screenings:
        if row.list_date is not None and row.list_date > sources.as_of:
            continue  # of no list that there is
        of_list.setdefault(row.list, defaultdict(list)).setdefault(row.staff_id, []).append(row)
    for name, rows in of_list.items():
        if not employed:
            return
        yield from _list(name, rows, employed, sources.as_of)


def _list(name: str, rows: dict[str, list[Screening]], employed: list[str], as_of: Date) -> Iterator[TodoItem]:
    name = shown_or(name, "list whose name is not shown")
    do = f"Download the list and run: peerbill exclusions DIR {'FILE' if name == LEIE else 'FILE --mapping MAPPING'}."
    last = {
        staff_id: max(days)
        for staff_id, own in rows.items()
        if (days := [row.list_date for row in own if row.list_date is not None])
    }
    missing = tuple(staff_id for staff_id in employed if staff_id not in last)
    if missing and not last:
        yield _item(f"no staff member was compared with the {name} yet", do, None, missing)
    elif missing:
        was = "was" if len(missing) == 1 else "were"
        yield _item(f"{named(missing, _MOST_NAMED)} {was} not compared with the {name} yet", do, None, missing)
    due = [last[staff_id] for staff_id in employed if staff_id in last]
    if due and (as_of - min(due)).days > MOST_DAYS:
        old = tuple(id_ for id_ in employed if id_ in last and (as_of - last[id_]).days > MOST_DAYS)
        what = (
            f"{counted(len(old), 'staff member')} compared with the {name} of {min(due)}, older than {MOST_DAYS} days"
        )
        yield _item(what, do, min(due) + dt.timedelta(days=MOST_DAYS), old)
    for staff_id, own in rows.items():
        newest = {row.entry: row for row in sorted(own, key=lambda row: row.list_date or dt.date.min)}
        if any(row.result == "look" and row.list_date == last.get(staff_id) for row in newest.values()):
            yield _item(
                f"{staff_id} may be on the {name}",
                "Run peerbill exclusions with the list again, look at the row that it names, and say --excluded or "
                "--cleared.",
                None,
                (staff_id,),
            )


def _item(what: str, do: str, deadline: Date | None, staff_ids: tuple[str, ...]) -> TodoItem:
    return TodoItem(
        kind="screening",
        what=what,
        do=do,
        deadline=deadline,
        staff_ids=staff_ids,
        citations=(BULLETIN, *check_citations("PB308")),
    )
