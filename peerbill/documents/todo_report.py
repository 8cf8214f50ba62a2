"""What `todo --json` writes, as typed values."""

import datetime as dt

import attrs

from peerbill import __version__
from peerbill.documents.kinds import SCHEMA
from peerbill.model.finding import Citation
from peerbill.model.money import two_decimals
from peerbill.todo.item import Todo, total

Date = dt.date


@attrs.frozen
class TodoEntry:
    """One thing to do; `amount` is dollars as text, `deadline` the last day or null."""

    kind: str
    deadline: Date | None
    amount: str
    payer: str
    what: str
    do: str
    claim_ids: tuple[str, ...]
    encounter_ids: tuple[str, ...]
    member_ids: tuple[str, ...]
    staff_ids: tuple[str, ...]
    citations: tuple[Citation, ...]
    item: str
    test: bool


@attrs.frozen
class TodoReport:
    """What `todo --json` writes, the most urgent first. It has ids of claims, encounters, members and staff."""

    peerbill: str
    as_of: Date
    amount: str
    items: tuple[TodoEntry, ...]
    schema: int = SCHEMA


def todo_report(found: Todo) -> TodoReport:
    """Return a work list as `todo --json` writes it."""
    items = tuple(
        TodoEntry(
            item.kind,
            item.deadline,
            two_decimals(item.amount),
            item.payer,
            item.what,
            item.do,
            item.claim_ids,
            item.encounter_ids,
            item.member_ids,
            item.staff_ids,
            item.citations,
            item.item,
            item.test,
        )
        for item in found.items
    )
    return TodoReport(__version__, found.as_of, two_decimals(total(found.items)), items)
