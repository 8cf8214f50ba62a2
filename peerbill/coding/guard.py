"""Guards of `audit` and `Auditor`: records that were built in code, past the readers that check each cell.

A row that holds what its field cannot hold is taken out and reported, never used and never an exception.
"""

import datetime as dt
import operator
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import Any, Final
from zoneinfo import ZoneInfo

import attrs

from peerbill.codes import check_citations
from peerbill.coding.holds import CODES, LONGEST_ID, rows_of_nobody
from peerbill.model.claim import PART_UNITS, Payer
from peerbill.model.encounter import Encounter, ReadEncounters
from peerbill.model.errors import UnusableInputError
from peerbill.model.finding import Finding, Severity
from peerbill.model.people import (
    Assessment,
    Authorization,
    Coverage,
    Credential,
    EarlierPayment,
    Episode,
    Exclusion,
    License,
    Member,
    OtherService,
    Place,
    Plan,
    ProviderEnrollment,
    Relationship,
    Screening,
    SpendDown,
    Staff,
    Stay,
    Supervision,
    Training,
)
from peerbill.model.records import Hold, Records, Rejected, Settings
from peerbill.model.sentence import Sentence, say, say_unread
from peerbill.model.words import listed, vocabulary

Fault = tuple[str, str, str]
"""A field, what is wrong with its value, and what to do."""

_SHAPES: Final = 4096
_LARGEST: Final = 10**9
_DAY: Final = 24 * 60
ENTERED_TWICE: Final = "Give each encounter its own id; remove the row if it was entered twice."
"""What to do about rows with one id."""
_GATE: Final = "Build records with peerbill.records_from, which reads rows as files are read."


_CLASSES: Final[Mapping[str, type]] = {
    "staff": Staff,
    "credentials": Credential,
    "training": Training,
    "supervision": Supervision,
    "licenses": License,
    "enrollments": ProviderEnrollment,
    "relationships": Relationship,
    "exclusions": Exclusion,
    "screenings": Screening,
    "members": Member,
    "coverage": Coverage,
    "plans": Plan,
    "authorizations": Authorization,
    "assessments": Assessment,
    "episodes": Episode,
    "stays": Stay,
    "other_services": OtherService,
    "prior_payments": EarlierPayment,
    "spend_down": SpendDown,
    "places": Place,
}

_WORDS: Final = (
    ("encounters", "channel", "channel"),
    ("encounters", "support_type", "support-type"),
    ("stays", "kind", "stay"),
    ("credentials", "status", "credential-status"),
    ("training", "kind", "training-kind"),
    ("licenses", "status", "credential-status"),
    ("enrollments", "status", "enrollment-status"),
    ("screenings", "result", "screening"),
    ("members", "sex", "sex"),
    ("coverage", "relationship", "policyholder"),
)
"""Table, field and list of the words that decide what is billed."""


_FILLED: Final[Mapping[str, tuple[str, ...]]] = {
    "relationships": ("kind",),
    "stays": ("kind",),
    "other_services": ("kind",),
    "spend_down": ("date", "amount"),
}
"""Fields without which a row of these tables forbids or reduces nothing, though it was meant to."""


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_texts(value: object) -> bool:
    return isinstance(value, tuple)


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _is_yes_no(value: object) -> bool:
    return value is None or isinstance(value, bool)


def _is_date(value: object) -> bool:
    return value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime))


def _is_time(value: object) -> bool:
    return value is None or isinstance(value, dt.datetime)


def _is_amount(value: object) -> bool:
    return value is None or isinstance(value, Decimal)


_KINDS: Final[Mapping[object, tuple[Callable[[object], bool], str]]] = {
    str: (_is_text, "a text (blank: an empty one)"),
    tuple[str, ...]: (_is_texts, "a tuple of texts"),
    int | None: (_is_number, "a whole number or None"),
    bool | None: (_is_yes_no, "True, False or None"),
    dt.date | None: (_is_date, "a date or None"),
    dt.datetime | None: (_is_time, "a datetime or None"),
    Decimal | None: (_is_amount, "a Decimal or None"),
}

_NOTHING: Final = type(None)
_TYPES: Final[Mapping[object, frozenset[type]]] = {
    str: frozenset({str}),
    tuple[str, ...]: frozenset({tuple}),
    int | None: frozenset({int, _NOTHING}),
    bool | None: frozenset({bool, _NOTHING}),
    dt.date | None: frozenset({dt.date, _NOTHING}),
    dt.datetime | None: frozenset({dt.datetime, _NOTHING}),
    Decimal | None: frozenset({Decimal, _NOTHING}),
}
"""The types that need no second look; a class of somebody's own, made from one of them, does."""
_AT_ONCE: Final = 1024
_zone = operator.attrgetter("tzinfo")


class _Guard:
    """Finds what is wrong with rows of one class; the types of rows without fault are remembered."""

    def __init__(self, table: str, class_: type) -> None:
        fields = [field for field in attrs.fields(class_) if field.name != "line"]
        names = [field.name for field in fields]
        self.class_ = class_
        self.table = table
        self._fields = [(field.name, *_KINDS[field.type]) for field in fields]
        self._types = [_TYPES[field.type] for field in fields]
        self._values: Callable[[Any], tuple[object, ...]] = operator.attrgetter(*names)
        self._shapes: set[tuple[type, ...]] = set()
        kinds = [field.type for field in fields]
        self._times = [at for at, kind in enumerate(kinds) if kind == dt.datetime | None]
        self._offsets = [at for at, name in enumerate(names) if name in {"start_offset", "end_offset"}]
        self._numbers = [
            at for at, kind in enumerate(kinds) if kind in (int | None, Decimal | None) and at not in self._offsets
        ]
        self._texts = [at for at, kind in enumerate(kinds) if kind == tuple[str, ...]]
        self._ids = [at for at, name in enumerate(names) if name in {"encounter_id", "member_id", "staff_id"}]
        self._words = [
            (names.index(field), frozenset(("", *vocabulary(name).words)), name)
            for owner, field, name in _WORDS
            if owner == table
        ]
        self._filled = [names.index(name) for name in _FILLED.get(table, ())]
        self._names = names

    def are_whole(self, rows: Sequence[Any]) -> bool:
        """Tell by columns that no row has a fault, in half the time; where it is not seen so, each row is looked at."""
        if {*map(type, rows)} - {self.class_}:
            return False
        columns = tuple(zip(*map(self._values, rows), strict=True))
        return (
            all({*map(type, column)} <= types for types, column in zip(self._types, columns, strict=True))
            and all(
                max(map(len, columns[at])) <= LONGEST_ID and all(map(str.isprintable, columns[at])) for at in self._ids
            )
            and all({*map(_zone, filter(None, columns[at]))} <= {None} for at in self._times)
            and all(
                _is_finite(number) and 0 <= number < _LARGEST
                for at in self._numbers
                for number in columns[at]
                if number is not None
            )
            and all(-_DAY < offset < _DAY for at in self._offsets for offset in {*columns[at]} if offset is not None)
            and all({*map(type, chain.from_iterable(columns[at]))} <= {str} for at in self._texts)
            and all(words.issuperset(columns[at]) for at, words, _ in self._words)
            and not any(value in ("", None) for at in self._filled for value in columns[at])
        )

    def fault(self, row: Any) -> Fault | None:
        """Return what is wrong with a row, or None."""
        if type(row) is not self.class_ and not isinstance(row, self.class_):
            return "", f"expected {self.class_.__name__}, found another object", _GATE
        values = self._values(row)
        shape = tuple(map(type, values))
        if shape not in self._shapes:
            for (name, fits, expected), value in zip(self._fields, values, strict=True):
                if not fits(value):
                    return name, f"expected {expected}, found {_named(value)}", _GATE
            if len(self._shapes) >= _SHAPES:
                self._shapes.clear()
            self._shapes.add(shape)
        for at in self._ids:
            text = values[at]
            if len(text) > LONGEST_ID or not text.isprintable():  # type: ignore[arg-type,attr-defined]  # a text: see above
                why = f"expected an id of at most {LONGEST_ID} printable characters, found a longer or another text"
                return self._names[at], why, "Give the id alone."
        for at in self._filled:
            if values[at] in ("", None):
                return self._names[at], f"expected {self._names[at]}, found nothing", "Fill it in."
        for at in self._times:
            time = values[at]
            if time is not None and time.tzinfo is not None:  # type: ignore[attr-defined]  # a datetime: see above
                return self._names[at], "expected a local time without offset, found one with a time zone", _GATE
        for at in self._numbers:
            number = values[at]
            if number is not None and not (_is_finite(number) and 0 <= number < _LARGEST):  # type: ignore[operator]  # a number: see above
                return self._names[at], "expected zero or more, found a negative or too large number", "Correct it."
        for at in self._offsets:
            offset = values[at]
            if offset is not None and not -_DAY < offset < _DAY:  # type: ignore[operator]  # a number: see above
                return self._names[at], "expected minutes from UTC, found more than a day", "Give minutes, not seconds."
        for at in self._texts:
            for text in values[at]:  # type: ignore[attr-defined]  # a tuple: see above
                if not isinstance(text, str):
                    return self._names[at], f"expected a tuple of texts, found {_named(text)} in it", _GATE
        for at, words, name in self._words:
            if values[at] not in words:
                known = vocabulary(name).listed
                return self._names[at], f"expected {known}, found another word", f"Write {known}. {_GATE}"
        return None


def _is_finite(number: object) -> bool:
    return not isinstance(number, Decimal) or number.is_finite()


def _named(value: object) -> str:
    return "None" if value is None else f"a value of the type {type(value).__name__}"


@cache
def _guard(table: str) -> _Guard:
    return _Guard(table, Encounter if table == "encounters" else _CLASSES[table])


def encounter_fault(encounter: object) -> Finding | None:
    """Return PB001 for an encounter that holds what its fields cannot hold, or None. Takes a few microseconds."""
    fault = _guard("encounters").fault(encounter)
    if fault is None:
        return None
    field, why, fix = fault
    id_ = _id(encounter, "encounter_id")
    line = getattr(encounter, "line", 0)
    place = f"encounter {id_}" if id_ else f"encounter of line {line}" if line else "an encounter"
    told = (
        say_unread("field-not-usable", "{encounter} field {field}: ", why, encounter=place, field=field)
        if field
        else say_unread("row-not-usable", "{encounter}: ", why, encounter=place)
    )
    return refusal("PB001", id_, field, told, fix)


def refusal(code: str, encounter_id: str, column: str, told: Sentence, fix: str) -> Finding:
    """Return the finding on a row of encounters that cannot be used; "" for an id or a column that is not known."""
    return Finding(
        code=code,
        severity=Severity.ERROR,
        encounter_ids=(encounter_id,) if encounter_id else (),
        where=f"encounters.{column}" if column else "encounters",
        message=told.text,
        fix=fix,
        citations=check_citations(code),
        template=told.template,
        values=told.values,
        pattern=told.pattern,
    )


def guarded(records: Records) -> Records:
    """Return records without the rows that cannot be used: encounters rejected (PB001, PB002), others held for.

    Records without fault are returned as they are; encounters that came through the readers are not looked at again.
    Raises UnusableInputError for settings whose words are not known.
    """
    guard_settings(records.settings)
    changes: dict[str, Any] = {}
    holds: list[Hold] = []
    for table in CODES:
        rows = getattr(records, table)
        found: list[Hold] = []
        kept = tuple(_usable(table, rows, found))
        if len(kept) != len(rows):
            changes[table] = kept
        if table == "places":  # concerns nobody by itself: none is then found by its code alone
            if found:
                told = tuple(f"{one.message}. {one.fix}" for one in found)
                changes |= {"places_unread": True, "problems": (*records.problems, *told)}
        else:
            holds += found
    encounters, rejected = _split(records.encounters)
    if rejected:
        changes |= {"encounters": encounters, "rejected": (*records.rejected, *rejected)}
    if changes:
        records = attrs.evolve(records, **changes, holds=(*records.holds, *holds))
    orphans = rows_of_nobody(records)
    return attrs.evolve(records, holds=(*records.holds, *orphans)) if orphans else records


def _split(rows: tuple[Encounter, ...]) -> tuple[tuple[Encounter, ...], list[Rejected]]:
    """Divide encounters into those that can be used, and those that cannot be read or repeat an id."""
    if type(rows) is ReadEncounters:
        return rows, []
    rejected: list[Rejected] = []
    guard = _guard("encounters")
    faulty: set[int] = set()
    for first in range(0, len(rows), _AT_ONCE):
        some = rows[first : first + _AT_ONCE]
        if not guard.are_whole(some):
            faulty.update(at for at, row in enumerate(some, first) if guard.fault(row) is not None)
    for at in sorted(faulty):
        row = rows[at]
        line = getattr(row, "line", 0) or at + 1
        rejected.append(Rejected(line, _id(row, "encounter_id"), tuple(filter(None, [encounter_fault(row)]))))
    good = tuple(row for at, row in enumerate(rows) if at not in faulty) if faulty else rows
    counts = Counter(row.encounter_id for row in good)
    if counts.pop("", 0):
        rejected += [
            Rejected(row.line or at, "", (_without_id(row.line or at),))
            for at, row in enumerate(rows, start=1)
            if at - 1 not in faulty and not row.encounter_id
        ]
        good = tuple(row for row in good if row.encounter_id)
    counts.update(row.encounter_id for row in rejected if row.encounter_id)
    if len(counts) == len(rows):
        return good, rejected
    repeated = {id_ for id_, count in counts.items() if count > 1}
    rejected += [
        Rejected(row.line, row.encounter_id, (_repeated(row.encounter_id, counts),))
        for row in good
        if row.encounter_id in repeated
    ]
    return tuple(row for row in good if row.encounter_id not in repeated), rejected


def _without_id(line: int) -> Finding:
    told = say("no-encounter-id", "encounter of line {line}: expected an encounter_id, found nothing", line=line)
    return refusal(
        "PB001", "", "encounter_id", told, "Fill it in: by its id an encounter is known to have been billed."
    )


def _repeated(id_: str, counts: Mapping[str, int]) -> Finding:
    told = say(
        "id-not-its-own",
        "encounter {encounter_id}: expected an id of its own, found it on {count} rows",
        encounter_id=id_,
        count=counts[id_],
    )
    return refusal("PB002", id_, "encounter_id", told, ENTERED_TWICE)


def _usable(table: str, rows: tuple[Any, ...], holds: list[Hold]) -> Iterator[Any]:
    """Yield the rows of a table that can be used; the others hold what they could concern."""
    fault = _guard(table).fault
    unique = {"staff": "staff_id", "members": "member_id", "places": "place_id"}.get(table)
    counts = Counter(_id(row, unique) for row in rows) if unique is not None else None
    for number, row in enumerate(rows, start=1):
        found = fault(row)
        if found is None and counts is not None and unique is not None and counts[getattr(row, unique)] > 1:
            why = f"expected a {unique} of its own, found it on {counts[getattr(row, unique)]} rows"
            found = (unique, why, "Give each row its own, or remove the row.")
        if found is None:
            yield row
            continue
        field, why, fix = found
        column = field.rstrip("_")
        told = (
            say_unread(
                "field-of-row-not-usable",
                "{table} row {row} field {field}: ",
                why,
                table=table,
                row=number,
                field=column,
            )
            if column
            else say_unread("row-of-table-not-usable", "{table} row {row}: ", why, table=table, row=number)
        )
        holds.append(
            Hold(
                code=CODES[table],
                where=f"{table}.{column}" if column else table,
                message=told.text,
                template=told.template,
                values=told.values,
                pattern=told.pattern,
                fix=fix,
                member_id=_id(row, "member_id"),
                staff_id=_id(row, "staff_id"),
                npi=_id(row, "npi"),
                encounter_id=_id(row, "encounter_id"),
            )
        )


def _id(row: object, name: str) -> str:
    value = getattr(row, name, "")
    return value if isinstance(value, str) and len(value) <= LONGEST_ID and value.isprintable() else ""


# Settings


def guard_settings(settings: Settings) -> None:
    """Raise UnusableInputError for settings built in code whose words, amounts or time zone are not known."""
    problems = list(_setting_faults(settings))
    if problems:
        raise UnusableInputError("\n".join(problems))


def _setting_faults(settings: Settings) -> Iterator[str]:
    try:
        ZoneInfo(settings.organization.timezone)
    except (KeyError, ValueError, OSError, TypeError, AttributeError):
        yield "organization.timezone: expected the name of a time zone, such as America/Detroit. Correct it."
    for key, payer in settings.payers.items():
        if payer.key != key:
            yield f"payers.{key}.key: expected {key}, found another. Give the payer the key under which it stands."
        yield from _payer_faults(f"payers.{key}", payer)


def _payer_faults(name: str, payer: Payer) -> Iterator[str]:
    for field, words in (
        ("rendering", ("", *vocabulary("rendering").words)),
        ("claim_span", vocabulary("claim-span").words),
        ("purpose", vocabulary("purpose").words),
        ("mode", vocabulary("mode").words),
        ("part_units", PART_UNITS),
    ):
        if getattr(payer, field) not in words:
            meant = listed([word for word in words if word])
            yield f"{name}.{field}: expected {meant}, found another word. Write one of these."
    policy: object = payer.policy
    if not isinstance(policy, tuple):
        yield f"{name}.policy: expected a tuple of programme ids, found something else. Give them as a tuple."
    for entry, amount in payer.charges.items():
        if not _is_charge(amount):
            yield f"{name}.charges.{entry}: expected a Decimal of dollars and cents, zero or more. Correct it."


def _is_charge(amount: object) -> bool:
    if not isinstance(amount, Decimal) or not amount.is_finite():
        return False
    exponent = amount.as_tuple().exponent
    return (
        0 <= amount < _LARGEST and isinstance(exponent, int) and (exponent >= -2 or amount == round(amount, 2))
    )  # cents
