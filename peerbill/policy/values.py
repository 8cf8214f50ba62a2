"""The values of a programme on a day, for people to read; and the values that differ between two versions."""

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import groupby

import attrs

from peerbill.model.finding import Citation
from peerbill.policy.answers import Answer, Authority, Facts, Listing, Rules
from peerbill.policy.resolve import Programme
from peerbill.policy.tables import LISTS, NAMED, SETTINGS, list_item, phrase

UNKNOWN = "not known"
"""Printed for a value that the text does not mention."""


@attrs.frozen
class Stated:
    """A value of a programme: its place as `table.name`, its field, in which situation, and by which authority."""

    table: str
    field: str
    value: str
    status: str
    when: Mapping[str, str] = attrs.field(factory=dict)
    force: str = "must"
    note: str = ""
    citations: tuple[Citation, ...] = ()


@attrs.frozen
class Change:
    """A value that differs in another version of a programme; None where a version does not give it.

    `field` is a field, or in a list table the item; `when` is the situation, empty for any.
    """

    table: str
    field: str
    when: Mapping[str, str]
    before: Stated | None
    after: Stated | None


def in_general(programme: Programme, day: dt.date) -> Iterator[Stated]:
    """Give what holds on a day whatever the situation. Raises NotInForceError outside the programme's days."""
    return of_rules(programme.rules(day, Facts()))


def of_rules(rules: Rules) -> Iterator[Stated]:
    """Give what holds on the day and in the situation of rules."""
    for table in SETTINGS:
        yield from _of_answer(table, getattr(rules, table))
    for table in NAMED:
        for name, answer in getattr(rules, table).items():
            yield from _of_answer(f"{table}.{name}", answer)
    for table in LISTS:
        yield from _of_listing(table, getattr(rules, table))


def _of_answer(table: str, answer: Answer[attrs.AttrsInstance]) -> Iterator[Stated]:
    for field, authority in answer.said.items():
        yield _stated(table, field, phrase(getattr(answer.value, field)), authority)
    for field, authority in answer.unknown.items():
        yield _stated(table, field, UNKNOWN, authority)
    for field, why in answer.conflict.items():
        yield Stated(table, field, UNKNOWN, "conflict", note=why)
    if answer.row is not None and not (answer.said or answer.unknown or answer.conflict):
        yield _stated(table, "", "yes", answer.row)


def _of_listing(table: str, listing: Listing) -> Iterator[Stated]:
    for verb, words in listing.words.items():
        for word, authority in words.items():
            yield _stated(table, verb, word, authority)
    for word, authority in listing.unknown.items():
        yield _stated(table, word, UNKNOWN, authority)


def in_situations(programme: Programme, day: dt.date) -> list[Stated]:
    """Return what holds on a day in some situations only; for equal situations the nearest layer's latest word."""
    stated: dict[tuple[str, str, tuple[str, ...]], Stated] = {}
    for _, layer in groupby(programme.rows(), key=lambda row: row.layer):
        for row in sorted(layer, key=lambda row: row.rank):
            if not row.when or not row.holds_on(day):
                continue
            when = {condition.name: phrase(condition.values) for condition in row.when}
            table = ".".join(filter(None, (row.table, row.name)))
            fields = [*row.states(), *((field, UNKNOWN) for field in row.unknown)]
            for field, value in fields or [("", "off" if row.off else "yes")]:
                key = (table, field, tuple(f"{name}={values}" for name, values in sorted(when.items())))
                stated[key] = _stated(table, field, value, row.said, when)
    return list(stated.values())


def _stated(table: str, field: str, value: str, authority: Authority, when: Mapping[str, str] | None = None) -> Stated:
    return Stated(
        table, field, value, authority.status.value, when or {}, authority.force, authority.note, authority.citations
    )


def changes(before: Programme | None, after: Programme, day: dt.date) -> tuple[Change, ...]:
    """Return the values that two versions of a programme state differently on a day, or with another status or note.

    `before` is None for a programme that is new. Raises NotInForceError outside the days of `after`.
    """
    old = _by_place(before, day) if before is not None and before.is_in_force(day) else {}
    new = _by_place(after, day)
    return tuple(
        Change(place[0], place[1], dict(place[2]), old.get(place), new.get(place))
        for place in sorted(old.keys() | new.keys())
        if _word(old.get(place)) != _word(new.get(place))
    )


_Place = tuple[str, str, tuple[tuple[str, str], ...]]


def _by_place(programme: Programme, day: dt.date) -> dict[_Place, Stated]:
    places: dict[_Place, Stated] = {}
    for stated in in_general(programme, day):
        item = stated
        if stated.table in LISTS and stated.value != UNKNOWN:
            # Lists are compared by what they are about: goal, waived before, may be required now.
            about, verb = list_item(stated.table, stated.field, stated.value)
            item = attrs.evolve(stated, field=about, value=verb)
        places[item.table, item.field, ()] = item
    for stated in in_situations(programme, day):
        places[stated.table, stated.field, tuple(sorted(stated.when.items()))] = stated
    return places


def _word(stated: Stated | None) -> tuple[str, ...]:
    return () if stated is None else (stated.value, stated.status, stated.force, stated.note)
