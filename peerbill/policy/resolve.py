"""Programmes: their layers of rows, and what these say on a day for a situation.

Between two days on which a row begins or ends, a programme's policy does not change; such a stretch is one object, made
when first asked for. Within it, what a situation gets depends only on the conditions it meets. Answers are kept by
both, so that asking again is a look-up.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import attrs

from peerbill.model.errors import NotInForceError, PolicyError
from peerbill.model.frozen import FrozenMap, freeze
from peerbill.policy.answers import Answer, Authority, Facts, Listing, Rules
from peerbill.policy.tables import (
    CONDITIONS,
    LIMIT_COUNTS,
    LISTS,
    MODES,
    NAMED,
    SETTINGS,
    Condition,
    PolicyRow,
    list_item,
    phrase,
)

_ONE_DAY = dt.timedelta(days=1)

MOST_KEPT = 4096
"""Situations and diagnoses whose answers are kept; users of a long-running service may type anything."""


def _no_facts(_: Facts) -> tuple[()]:
    return ()


def _ranked(row: PolicyRow, layer: int) -> tuple[int, int, dt.date]:
    return (layer, *row.rank)


@attrs.frozen
class _Candidate:
    """A row in force in a stretch: `rank` orders it among its table, `mask` has a bit for each of its conditions."""

    row: PolicyRow
    rank: tuple[int, int, dt.date]
    mask: int


class _Stretch:
    """The days between two changes: the rows in force, strongest first, by table and name."""

    def __init__(self, candidates: Iterable[_Candidate]) -> None:
        self.tables: dict[str, dict[str, list[_Candidate]]] = {}
        for candidate in sorted(candidates, key=lambda candidate: candidate.rank, reverse=True):
            names = self.tables.setdefault(candidate.row.table, {})
            names.setdefault(candidate.row.name, []).append(candidate)

    def ranks(self, table: str, name: str, met: int) -> list[list[PolicyRow]]:
        """Return the rows that hold, the strongest rank first; rows of equal rank are in file order."""
        holding = [known for known in self.tables.get(table, {}).get(name, ()) if known.mask & met == known.mask]
        return [[known.row for known in group] for _, group in groupby(holding, key=lambda known: known.rank)]


def merge_setting(cls: type[Any], ranks: Sequence[Sequence[PolicyRow]]) -> Answer[Any]:
    """Merge rows of a setting or of one named rule, value by value, the strongest rank first.

    A rank that says `off` ends the merge: weaker ranks are forgotten. What one rank says twice and differently
    is a conflict and has no value.
    """
    authorities: dict[str, Authority] = {}
    unknown: dict[str, Authority] = {}
    conflict: dict[str, str] = {}
    values: dict[str, Any] = {}
    present: list[Authority] = []
    settled: set[str] = set()
    counted = False
    for rank in ranks:
        stated = dict.fromkeys(field for row in rank for field in (*row.values, *row.unknown))
        for field in stated:
            if not (field in settled or (field in LIMIT_COUNTS and counted)):
                _decide(cls.table, field, rank, (values, authorities, unknown, conflict))
        settled.update(stated)
        # The thing that a limit counts is a single value: a nearer "900 hours" takes the place of "64 units".
        counted = cls.table == "limit" and not settled.isdisjoint(LIMIT_COUNTS)
        present.extend(row.said for row in rank if not row.off or row.values)
        if any(row.off for row in rank):
            break
    return Answer(cls(**values), authorities, unknown, conflict, tuple(present))


_Parts = tuple[dict[str, Any], dict[str, Authority], dict[str, Authority], dict[str, str]]


def _decide(table: str, field: str, rank: Sequence[PolicyRow], parts: _Parts) -> None:
    values, said, unknown, conflict = parts
    fields = LIMIT_COUNTS if table == "limit" and field in LIMIT_COUNTS else (field,)
    speakers = [row for row in rank if not row.values.keys().isdisjoint(fields)]
    silent = [row for row in rank if field in row.unknown]
    words = list(dict.fromkeys([_spoken(row, fields) for row in speakers] + ["unknown"] * bool(silent)))
    if len(words) > 1:
        conflict[field] = f"{table}.{field} is {' or '.join(words)}: two rows hold here and neither is narrower"
    elif speakers:
        values[field] = speakers[0].values[field]
        said[field] = speakers[0].said
    else:
        unknown[field] = silent[0].said


def _spoken(row: PolicyRow, fields: Sequence[str]) -> str:
    """Return what a row says of a field; of fields that are a value together, the field that is given and its name."""
    if len(fields) == 1:
        return phrase(row.values[fields[0]])
    return " and ".join(f"{phrase(row.values[field])} {field}" for field in fields if field in row.values)


def merge_list(table: str, ranks: Sequence[Sequence[PolicyRow]]) -> Listing:
    """Merge rows of a list table: items add up, and the strongest word on an item counts.

    Two words of one rank on the same item leave it unknown, with the sentence for people as its note.
    """
    words: dict[str, dict[str, Authority]] = {verb: {} for verb in LISTS[table]}
    unknown: dict[str, Authority] = {}
    settled: set[str] = set()
    for rank in ranks:
        on_item: dict[str, dict[str, tuple[str, Authority]]] = {}
        for row in rank:
            for verb, entries in row.values.items():
                for entry in entries:
                    item, word = list_item(table, verb, entry)
                    on_item.setdefault(item, {}).setdefault(word, (entry, row.said))
            for item in row.unknown:
                on_item.setdefault(item, {}).setdefault("unknown", (item, row.said))
        newly = {item: spoken for item, spoken in on_item.items() if not _is_settled(item, spoken, settled)}
        for item, spoken in newly.items():
            (word, (entry, who)), *others = spoken.items()
            if others:
                either = " or ".join(spoken)
                note = f"{table} {item} is {either}: two rows hold here and neither is narrower"
                unknown[item] = attrs.evolve(who, note=note)
            elif word == "unknown":
                unknown[item] = who
            else:
                words[word][entry] = who
        settled.update(newly)
    return Listing({verb: by_item for verb, by_item in words.items() if by_item}, unknown)


def _is_settled(item: str, verbs: Iterable[str], settled: set[str]) -> bool:
    """Return whether a stronger row has an item: by its name, by its verb, or of an exclusion by its thing alone."""
    return item in settled or item.partition(":")[2] in settled or not settled.isdisjoint(verbs)


def _states_anything(answer: Answer[Any]) -> bool:
    return answer.row is not None or bool(answer.said or answer.unknown or answer.conflict)


class Programme:
    """A programme of a state: all its layers of rows, asked for a day and a situation."""

    def __init__(
        self,
        *,
        id_: str,
        header: Mapping[str, Any],
        said: Authority | None,
        layers: Sequence[tuple[str, Sequence[PolicyRow]]],
        diagnosis: Mapping[str, tuple[str, ...]],
        region: Mapping[str, tuple[str, ...]],
        sha256: str,
    ) -> None:
        self.id = id_
        self.state, _, self.key = id_.partition("/")
        self.name: str = header.get("name", "")
        self.authority: str = header.get("authority", "")
        self.note: str = header.get("note", "")
        self.payers: tuple[str, ...] = header.get("payers", ())
        self.from_: dt.date | None = header.get("from")
        self.to: dt.date | None = header.get("to")
        self.said = said
        self.sha256 = sha256
        self.diagnosis: Mapping[str, tuple[str, ...]] = FrozenMap.of(diagnosis)
        self.region: Mapping[str, tuple[str, ...]] = FrozenMap.of(region)
        self._rows = tuple(attrs.evolve(row, layer=name) for name, layer in layers for row in layer)
        layer_of = [number for number, (_, layer) in enumerate(layers) for _ in layer]
        conditions = list(dict.fromkeys(condition for row in self._rows for condition in row.when))
        self._bits: tuple[tuple[int, Condition], ...] = tuple(
            (1 << number, condition) for number, condition in enumerate(conditions)
        )
        bit_of = {condition: bit for bit, condition in self._bits}
        self._candidates = tuple(
            _Candidate(row, _ranked(row, layer), sum(bit_of[condition] for condition in set(row.when)))
            for layer, row in zip(layer_of, self._rows, strict=True)
        )
        self.conditions = frozenset(condition.name for condition in conditions)
        self._key: Callable[[Facts], object] = self._key_of()
        self._starts = self._changes()
        self._stretches: dict[int, _Stretch] = {}
        self._stretch_of: dict[dt.date, int] = {}
        self._by_facts: dict[tuple[int, object], Rules] = {}
        self._by_met: dict[tuple[int, int], Rules] = {}
        self._groups_of: dict[str, frozenset[str]] = {}

    def __repr__(self) -> str:
        """Name the programme."""
        return f"Programme({self.id!r})"

    def _key_of(self) -> Callable[[Facts], object]:
        names = [name for name in CONDITIONS if name in self.conditions]
        if "hcpcs" in names and "service" not in names:
            names.append("service")
        return attrgetter(*names) if names else _no_facts

    def _changes(self) -> list[dt.date]:
        days = {row.from_ for row in self._rows if row.from_}
        days |= {row.to + _ONE_DAY for row in self._rows if row.to and row.to < dt.date.max}
        first, last = self.from_ or dt.date.min, self.to or dt.date.max
        return sorted({first} | {day for day in days if first < day <= last})

    def rows(self) -> tuple[PolicyRow, ...]:
        """Return every row of every layer, the weakest layer first."""
        return self._rows

    def stretches(self) -> tuple[tuple[dt.date, dt.date], ...]:
        """Return the first and last day of every span in which nothing changes, in order."""
        ends = [day - _ONE_DAY for day in self._starts[1:]] + [self.to or dt.date.max]
        return tuple(zip(self._starts, ends, strict=True))

    def is_in_force(self, day: dt.date) -> bool:
        """Return whether the programme's days include a day."""
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day <= self.to)

    def rules(self, day: dt.date, facts: Facts) -> Rules:
        """Return what holds on a day of service for a situation; raises NotInForceError outside the programme's days.

        The same object is returned for situations that meet the same conditions. A blank `hcpcs` is taken from the
        service.
        """
        stretch = self.stretch(day)
        key = (stretch, self._key(facts))
        known = self._by_facts.get(key)
        if known is None:
            if len(self._by_facts) >= MOST_KEPT:
                self._by_facts.clear()
            known = self._by_facts[key] = self._find_rules(stretch, facts)
        return known

    def stretch(self, day: dt.date) -> int:
        """Return which span of `stretches` a day is in, from 0; raises NotInForceError outside the programme's days."""
        found = self._stretch_of.get(day)
        if found is None:
            found = self._stretch_of[day] = self._find_stretch(day)
        return found

    def _find_stretch(self, day: dt.date) -> int:
        if not self.is_in_force(day):
            days = " ".join(
                [f"from {self.from_}"] * (self.from_ is not None) + [f"to {self.to}"] * (self.to is not None)
            )
            raise NotInForceError(f"{self.id} is not in force on {day}; known {days}")
        return bisect_right(self._starts, day) - 1

    def _met(self, facts: Facts) -> int:
        return sum(bit for bit, condition in self._bits if condition.is_met(facts))

    def _find_rules(self, number: int, facts: Facts) -> Rules:
        stretch = self._stretches.get(number)
        if stretch is None:
            day = self._starts[number]
            in_force = (candidate for candidate in self._candidates if candidate.row.holds_on(day))
            stretch = self._stretches[number] = _Stretch(in_force)
        met = self._met(facts)
        if "hcpcs" in self.conditions and facts.service and not facts.hcpcs:
            service = merge_setting(NAMED["service"], stretch.ranks("service", facts.service, met))
            met = self._met(attrs.evolve(facts, hcpcs=service.value.hcpcs or ""))
        key = (number, met)
        rules = self._by_met.get(key)
        if rules is None:
            rules = self._by_met[key] = self.resolve(stretch, met)
        return rules

    def resolve(self, stretch: _Stretch, met: int) -> Rules:
        """Merge every table of a stretch for the conditions that are met (a bit for each)."""
        tables: dict[str, Any] = {
            table: merge_setting(cls, stretch.ranks(table, "", met)) for table, cls in SETTINGS.items()
        }
        for table, cls in NAMED.items():
            answers = {
                name: merge_setting(cls, stretch.ranks(table, name, met)) for name in stretch.tables.get(table, {})
            }
            tables[table] = {name: answer for name, answer in answers.items() if _states_anything(answer)}
        tables["service"] = {name: _with_mode(name, answer) for name, answer in tables["service"].items()}
        for table in LISTS:
            tables[table] = merge_list(table, stretch.ranks(table, "", met))
        return Rules(programme=self.id, **tables)

    def diagnosis_groups(self, code: str) -> frozenset[str]:
        """Return the groups of `[diagnosis]` (MH, SUD) that an ICD-10-CM code belongs to, with or without its dot."""
        groups = self._groups_of.get(code)
        if groups is None:
            if len(self._groups_of) >= MOST_KEPT:
                self._groups_of.clear()
            plain = code.replace(".", "").upper()
            groups = self._groups_of[code] = frozenset(
                group for group, ranges in self.diagnosis.items() if any(_is_within(plain, range_) for range_ in ranges)
            )
        return groups


def _with_mode(name: str, answer: Answer[Any]) -> Answer[Any]:
    if answer.value.mode is None and name in MODES and "mode" not in answer.unknown and "mode" not in answer.conflict:
        return attrs.evolve(answer, value=attrs.evolve(answer.value, mode=name))
    return answer


def _is_within(code: str, range_: str) -> bool:
    first, _, last = range_.replace(".", "").partition("-")
    return first <= code[: len(first)] and code[: len(last or first)] <= (last or first)


@attrs.frozen(eq=False)
class Policies:
    """The programmes that were loaded, by id (STATE/PROGRAMME)."""

    programmes: Mapping[str, Programme]

    def __attrs_post_init__(self) -> None:
        freeze(self, "programmes")

    def programme(self, id_: str) -> Programme:
        """Return a loaded programme; raises PolicyError for a programme that was not loaded."""
        if id_ not in self.programmes:
            raise PolicyError((f"{id_} was not loaded; loaded are {', '.join(self.programmes) or 'none'}",))
        return self.programmes[id_]

    def __iter__(self) -> Iterator[Programme]:
        """Give the programmes in the order in which they were asked for."""
        return iter(self.programmes.values())
