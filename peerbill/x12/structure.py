"""A guide's table compiled: which segment may follow which, and what its elements look like.

The loops are walked by a state machine whose states are made when they are first needed: a state is the segment last
read, the loops around it and how often each limited segment of the current place has come. In a good file every step
is two dictionary look-ups and one match of a regular expression; only a step that is not in a state's table, or text
that does not match, is looked at in words (`Grammar.step`, `Spec.explain`).

Neighbouring segments with one id, and loops whose ids differ in their letter only (2310A to 2310F), share a place and
may come in any order.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

import attrs

from peerbill.model.finding import Severity
from peerbill.model.plural import counted
from peerbill.x12.delimiters import Delimiters
from peerbill.x12.element_values import HOUR_MINUTE, TIME, decimal_text
from peerbill.x12.relations import RELATIONS, Relation

MOST_COUNTED = 20
"""Repeat limits above this are counted by the checks, to keep the number of states small."""

MONEY = 18
"""The width that tables give amounts (data element 782)."""

MOST_DOLLARS = 8
"""Digits of an amount before the point: HIPAA's guides allow ten in all, and two of them are cents (RFI 1526)."""

LOST = frozenset({"N3", "N4", "PER", "REF", "PRV", "DMG"})
"""What follows an NM1 or HL in its own loop: nothing is reported on it where the NM1 or HL itself was refused."""

HEADS = {"CLM": "2300", "LX": "2400", "PAT": "2000C", "SBR": "2000B", "SV1": "2400", "SV2": "2400"}
"""Segments that show where they belong even if the segments before them are missing, with their loop."""

QUALIFIED = frozenset({"AMT", "CRC", "DTP", "HI", "HL", "NM1", "NTE", "QTY", "REF"})
"""Segments of the same id that differ in their first element (HL: in its third)."""

KNOWN_IDS = frozenset(
    """
    AAA AK1 AK2 AK9 AMT BGN BHT BPR CAS CL1 CLM CLP CN1 CR1 CR2 CR3 CRC CTP CTX CUR DMG DTM DTP EB FRM GE GS HCP HI HL
    HSD IEA III IK3 IK4 IK5 ISA K3 LIN LQ LS LE LX MEA MIA MOA MSG N1 N2 N3 N4 NM1 NTE OI PAT PER PLB PRV PS1 PWK QTY
    RDM REF SBR SE ST STC SV1 SV2 SV3 SV5 SVC SVD TA1 TOO TRN TS2 TS3
    """.split()  # noqa: SIM905 - a column of names reads better than a list of quoted ones
)
"""Segment ids that may be repeated in a message; any other may be a piece of somebody's name."""

_MONTH_DAY = (
    "(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)|02(?:0[1-9]|1[0-9]|2[0-8]))"
)
# The 29th of February is left to `explain`, which knows the calendar.
_DAY = f"(?:19|20)[0-9]{{2}}{_MONTH_DAY}"
NUMBER = r"(?:0|[1-9][0-9]{0,7})(?:\.[0-9]?[1-9])?"
"""An amount, or another number, that no rule of numbers says anything of."""


class Trouble(NamedTuple):
    """A problem without its segment: code, element (SV102, or ""), message.

    `loop` is given where it is not the segment's, `severity` where it is not that of the code.
    """

    code: str
    element: str
    message: str
    loop: str = ""
    severity: Severity | None = None


@attrs.frozen
class Element:
    """An element or component: `kind` is the letter of the table, `parts` are a composite's components."""

    kind: str
    required: bool
    low: int = 0
    high: int = 0
    codes: frozenset[str] = frozenset()
    parts: "tuple[Element, ...]" = ()


@attrs.frozen(eq=False)
class Spec:
    """A segment of a loop."""

    id: str
    loop: str
    required: bool
    limit: int | None
    elements: tuple[Element, ...]

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The relations between its elements that elements which are each in order can still break."""
        usage = ["-" if element.kind == "-" else "R" if element.required else "S" for element in self.elements]
        return tuple(relation for relation in RELATIONS.get(self.id, ()) if relation.concerns(usage))

    @property
    def starts(self) -> str:
        """The segment as people name it: NM1*PR, DTP*472, SV1."""
        codes = sorted(self.qualifiers)
        return f"{self.id}*{' or '.join(codes)}" if codes and len(codes) < 5 else self.id

    @property
    def qualifiers(self) -> frozenset[str]:
        """The values by which this segment differs from others of its id, or nothing."""
        if self.id not in QUALIFIED:
            return frozenset()
        element = self.elements[2 if self.id == "HL" else 0]
        return (element.parts[0] if element.parts else element).codes

    def pattern(self, delimiters: Delimiters) -> re.Pattern[str]:
        """Return an expression for the whole segment; what doesn't match it still goes to `explain`."""
        separators = re.escape(delimiters.characters)
        text = f"(?:(?![{separators}])[ -~])"
        element, component = re.escape(delimiters.element), re.escape(delimiters.component)

        def value(wanted: Element) -> str:
            match wanted.kind:
                case "(":
                    return sequence(wanted.parts, component).removeprefix(component) + f"(?<!{component})"
                case "=":
                    return f"(?:{'|'.join(map(re.escape, sorted(wanted.codes)))})"
                case "A":
                    return f"(?! ){text}{{{wanted.low},{wanted.high}}}(?<! )"
                case "I":
                    return f"[A-Z0-9]{{{wanted.low},{wanted.high}}}"
                case "N":
                    return f"[0-9]{{1,{wanted.high}}}"
                case "R":
                    return NUMBER
                case "S":
                    return f"-?{NUMBER}"
                case "D":
                    return _DAY
                case "X":
                    dated = f"(?:(?<=[*]D8[*]){_DAY}|(?<=RD8[*]){_DAY}-{_DAY}|(?<=[*]DT[*]){_DAY}{HOUR_MINUTE})"
                    return dated.replace("[*]", element)
                case "T":
                    return TIME
                case _:
                    return ""

        def sequence(elements: Sequence[Element], separator: str) -> str:
            tail, needed = "", False
            for wanted in reversed(elements):
                needed = needed or wanted.required
                body = value(wanted)
                tail = f"{separator}{body if wanted.required else f'(?:{body})?'}{tail}"
                if not needed:
                    tail = f"(?:{tail})?"
            return tail

        body = sequence(self.elements, element)
        broken = "".join(f"(?!{relation.pattern(delimiters)})" for relation in self.relations)
        return re.compile(f"{broken}{self.id}{body}(?<![{element}{component}])", re.ASCII)

    def explain(self, elements: Sequence[str], delimiters: Delimiters) -> Iterator[Trouble]:
        """Return the faults of a segment's elements (the id first) in words; nothing for a good segment."""
        yield from _explain(self.id, self.elements, list(elements[1:]), delimiters, 2)
        for relation in self.relations:
            if relation.is_broken([at < len(elements) and bool(elements[at]) for at in relation.places]):
                code = "X12-313" if relation.kind == "E" else "X12-413"
                yield Trouble(code, *relation.explain(self.id, elements))


@attrs.frozen(eq=False)
class Loop:
    """A loop: the places of its segments and loops in order; alternatives of a place may come in any order."""

    id: str
    required: bool
    limit: int | None
    places: "tuple[tuple[Spec | Loop, ...], ...]"

    @property
    def first(self) -> Spec:
        """The segment that begins the loop."""
        head = self.places[0][0]
        return head if isinstance(head, Spec) else head.first


class Level(NamedTuple):
    """A state's place in a loop, and how often each alternative of the place has come."""

    loop: Loop
    place: int
    counts: tuple[int, ...]


Handler = Callable[[Any, str, "State"], None]


class State:
    """A segment that has been read, its place, and the segments that may follow."""

    __slots__ = ("fast", "handler", "levels", "loop", "match", "memo", "spec")

    def __init__(
        self, levels: tuple[Level, ...], spec: Spec | None, match: Callable[[str], object], handler: Handler | None
    ) -> None:
        self.levels = levels
        self.spec = spec
        self.match = match
        self.handler = handler
        # The id of the innermost loop, "" in the header of the transaction set.
        self.loop = levels[-1].loop.id if len(levels) > 1 else ""
        # Beginnings of segments (three or seven characters) that lead on without any trouble.
        self.fast: dict[str, State] = {}
        self.memo: dict[tuple[str, str], Step] = {}


class Step(NamedTuple):
    """The step of a segment: the state after it (None: it belongs nowhere) and the faults of the step."""

    state: State | None
    troubles: tuple[Trouble, ...]


class Grammar:
    """A compiled table for one set of delimiters. `handlers` maps (loop or "", segment id) to a check's function."""

    def __init__(
        self, table: Loop, delimiters: Delimiters, handlers: Mapping[tuple[str, str], Handler] | None = None
    ) -> None:
        self.delimiters = delimiters
        self._handlers = handlers or {}
        self._states: dict[tuple[tuple[Level, ...], int], State] = {}
        self._patterns: dict[int, Callable[[str], object]] = {}
        self._qualifiers = _qualifiers(table)
        self.start = State((Level(table, 0, (0,) * len(table.places[0])),), None, re.compile("").match, None)

    def step(self, state: State, elements: Sequence[str]) -> Step:
        """Return the step of a segment, with the faults of its place."""
        id_ = elements[0]
        place = 3 if id_ == "HL" else 1
        qualifier = elements[place] if len(elements) > place else ""
        if id_ == "HI":
            qualifier = qualifier.split(self.delimiters.component)[0]
        if len(qualifier) > 3:
            qualifier = ""
        step = state.memo.get((id_, qualifier))
        if step is None:
            step = self._legal(state, id_, qualifier) or self._odd(state, id_, qualifier)
            if len(state.memo) < 200:
                state.memo[id_, qualifier] = step
            self._remember(state, step, qualifier)
        return step

    def finish(self, state: State) -> tuple[Trouble, ...]:
        """Return the missing segments when the transaction set ends here."""
        return tuple(_missing(state.levels, 0, len(state.levels[0].loop.places)))

    def _remember(self, state: State, step: Step, qualifier: str) -> None:
        if step.state is None or step.state.spec is None or step.troubles:
            return
        spec, separator = step.state.spec, self.delimiters.element
        if spec.id == "HL":
            return
        if not spec.qualifiers:
            state.fast[(spec.id + separator)[:3]] = step.state
        elif qualifier in spec.qualifiers:
            after = self.delimiters.component if spec.id == "HI" else separator
            start = f"{spec.id}{separator}{qualifier}{after}"
            if len(start) >= 7:
                state.fast[start[:7]] = step.state

    def _state(self, levels: tuple[Level, ...], spec: Spec) -> State:
        key = (levels, id(spec))
        state = self._states.get(key)
        if state is None:
            match = self._patterns.get(id(spec))
            if match is None:
                match = self._patterns[id(spec)] = spec.pattern(self.delimiters).fullmatch
            handler = self._handlers.get((spec.loop, spec.id)) or self._handlers.get(("", spec.id))
            state = self._states[key] = State(levels, spec, match, handler)
        return state

    def _legal(self, state: State, id_: str, qualifier: str) -> Step | None:
        full: tuple[int, int, int] | None = None
        for depth in range(len(state.levels) - 1, -1, -1):
            level = state.levels[depth]
            for place in range(level.place, len(level.loop.places)):
                for index, item in enumerate(level.loop.places[place]):
                    if not _begins(item, id_, qualifier):
                        continue
                    if place > level.place or _has_room(item, level.counts[index]):
                        return self._enter(state, depth, place, index)
                    # The segment may begin the loop around it once more.
                    full = full or (depth, place, index)
        return self._enter(state, *full) if full else None

    def _enter(self, state: State, depth: int, place: int, index: int) -> Step:
        level = state.levels[depth]
        item = level.loop.places[place][index]
        same = place == level.place
        troubles = list(_missing(state.levels, depth, place))
        counts = list(level.counts) if same else [0] * len(level.loop.places[place])
        counts[index] += 1
        if item.limit is not None and item.limit <= MOST_COUNTED and counts[index] > item.limit:
            name = item.starts if isinstance(item, Spec) else f"loop {item.id}"
            troubles.append(
                Trouble(
                    "X12-204",
                    "",
                    f"{name} comes {'twice' if item.limit == 1 else f'more than {item.limit} times'} here",
                )
            )
        ceiling = item.limit if item.limit is not None and item.limit <= MOST_COUNTED else 1
        counts[index] = min(counts[index], ceiling)
        levels = (*state.levels[:depth], Level(level.loop, place, tuple(counts)))
        while isinstance(item, Loop):
            levels = (*levels, Level(item, 0, (1,) + (0,) * (len(item.places[0]) - 1)))
            item = item.places[0][0]
        return Step(self._state(levels, item), tuple(troubles))

    def _odd(self, state: State, id_: str, qualifier: str) -> Step:
        """Find where a segment belongs that may not come here: earlier in a loop, or in one that was not begun."""
        # An unknown qualifier may be a piece of a name that held a separator.
        is_known = qualifier in self._qualifiers or (qualifier.isalnum() and any(map(str.isdigit, qualifier)))
        name = f"{id_}*{qualifier}" if is_known else id_
        if id_ not in KNOWN_IDS:
            name = "a segment with an unknown id"
        if id_ in HEADS:
            for depth in range(len(state.levels) - 1, -1, -1):
                jump = self._jump(state, depth, id_, name)
                if jump:
                    return jump
        for depth in range(len(state.levels) - 1, -1, -1):
            level = state.levels[depth]
            for place in range(level.place):
                for index, item in enumerate(level.loop.places[place]):
                    if not _begins(item, id_, qualifier):
                        continue
                    trouble = Trouble("X12-202", "", f"{name} comes too late in loop {level.loop.id}")
                    if isinstance(item, Spec):
                        return Step(state, (trouble,))
                    step = self._enter(state, depth, place, index)
                    return Step(step.state, (trouble,))
        return Step(None, (Trouble("X12-203", "", f"{name} is not used in {_where(state)} or after it"),))

    def _jump(self, state: State, depth: int, id_: str, name: str) -> Step | None:
        level = state.levels[depth]
        for place in range(level.place, len(level.loop.places)):
            for index, item in enumerate(level.loop.places[place]):
                path = _path(item, id_) if isinstance(item, Loop) else None
                if path is None or not isinstance(item, Loop):
                    continue
                first = self._enter(state, depth, place, index).state
                levels = first.levels[: depth + 1] if first else ()
                loop: Loop = item
                spec: Spec | Loop = item
                for at, which in path:
                    counts = [0] * len(loop.places[at])
                    counts[which] = 1
                    levels = (*levels, Level(loop, at, tuple(counts)))
                    spec = loop.places[at][which]
                    loop = spec if isinstance(spec, Loop) else loop
                assert isinstance(spec, Spec)  # noqa: S101 - a path ends at a segment
                message = f"{name} comes without {item.first.starts}, which begins loop {item.id}"
                return Step(self._state(levels, spec), (Trouble("X12-201", "", message, item.id),))
        return None


def _qualifiers(loop: Loop) -> frozenset[str]:
    """Return every qualifier that some segment of a table has."""
    qualifiers: set[str] = set()
    for item in (item for place in loop.places for item in place):
        qualifiers |= item.qualifiers if isinstance(item, Spec) else _qualifiers(item)
    return frozenset(qualifiers)


def _where(state: State) -> str:
    return f"loop {state.loop}" if state.loop else "the header"


def _has_room(item: Spec | Loop, count: int) -> bool:
    return item.limit is None or item.limit > MOST_COUNTED or count < item.limit


def _begins(item: Spec | Loop, id_: str, qualifier: str) -> bool:
    spec = item if isinstance(item, Spec) else item.first
    return spec.id == id_ and (not spec.qualifiers or qualifier in spec.qualifiers)


def _path(loop: Loop, id_: str) -> tuple[tuple[int, int], ...] | None:
    for at, alternatives in enumerate(loop.places):
        for which, item in enumerate(alternatives):
            if isinstance(item, Spec):
                if item.id == id_ and item.loop == HEADS[id_]:
                    return ((at, which),)
            elif (rest := _path(item, id_)) is not None:
                return ((at, which), *rest)
    return None


def _missing(levels: Sequence[Level], depth: int, place: int) -> Iterator[Trouble]:
    """Yield the missing segments when all loops below `depth` end and the loop at `depth` goes on to `place`."""
    for level in (*reversed(levels[depth + 1 :]), levels[depth]):
        until = place if level is levels[depth] else len(level.loop.places)
        for at in range(level.place, until):
            counts = level.counts if at == level.place else (0,) * len(level.loop.places[at])
            for item, count in zip(level.loop.places[at], counts, strict=True):
                if item.required and not count:
                    where = f"loop {level.loop.id}" if level.loop.id != "ST" else "the transaction set"
                    name = item.starts if isinstance(item, Spec) else f"{item.first.starts} (loop {item.id})"
                    yield Trouble("X12-201", "", f"{name} is missing in {where}", level.loop.id)


# ------------------------------------------------------------------------------------------------ elements in words


def _explain(
    name: str, wanted: Sequence[Element], found: Sequence[str], delimiters: Delimiters, width: int
) -> Iterator[Trouble]:
    if found and not found[-1]:
        yield Trouble("X12-303", "", f"{name.removesuffix('-')} ends in an empty element")
    for index, text in enumerate(found):
        place = f"{name}{index + 1:0{width}}"
        if index >= len(wanted):
            if text:
                yield Trouble("X12-312", place, f"{place} is sent; the guide ends at {name}{len(wanted):0{width}}")
            continue
        element = wanted[index]
        if not text:
            if element.required:
                yield Trouble("X12-301", place, f"{place} is required and empty")
        elif element.kind == "-":
            yield Trouble("X12-302", place, f"{place} has {size(text)}; the guide leaves it empty")
        elif element.kind == "(":
            yield from _explain(f"{place}-", element.parts, text.split(delimiters.component), delimiters, 1)
        else:
            previous = found[index - 1] if index else ""
            trouble = explain_value(element, text, place, delimiters, previous)
            if trouble:
                yield trouble
    for index in range(len(found), len(wanted)):
        if wanted[index].required:
            place = f"{name}{index + 1:0{width}}"
            yield Trouble("X12-301", place, f"{place} is required and missing")


def explain_value(
    element: Element, text: str, place: str, delimiters: Delimiters, previous: str = ""
) -> Trouble | None:
    """Return the fault of a value, or None. `previous` is the element before it (the qualifier of a date)."""
    if not (text.isascii() and text.isprintable()):
        return Trouble("X12-012", place, f"{place} holds a character outside the X12 set")
    for character, what in ((delimiters.component, "component"), (delimiters.repetition, "repetition")):
        if character and character in text:
            return Trouble("X12-304", place, f"{place} holds the {what} separator")
    if text != text.strip():
        return Trouble("X12-305", place, f"{place} begins or ends with a space")
    match element.kind:
        case "=":
            return None if text in element.codes else _explain_code(element, text, place)
        case "A" | "I":
            if not element.low <= len(text) <= element.high:
                limit = f"{element.low} to {element.high}" if element.low != element.high else f"{element.low}"
                return Trouble("X12-306", place, f"{place} has {size(text)}; {limit} expected")
            if element.kind == "I" and not (text.isalnum() and text == text.upper()):
                return Trouble("X12-307", place, f"{place} holds other characters than capitals and digits")
        case "N" if not text.isdigit():
            return Trouble("X12-308", place, f"{place} is {shown(text, place)}; a whole number expected")
        case "N" if len(text) > element.high:
            return Trouble("X12-306", place, f"{place} has {len(text)} digits; at most {element.high} expected")
        case "R" | "S":
            return _explain_number(element, text, place)
        case "T":
            if not re.fullmatch(TIME, text):
                return Trouble("X12-311", place, f"{place} is {shown(text, place)}; a time HHMM expected")
        case "D" | "X":
            return _explain_days(text, place, previous if element.kind == "X" else "")
    return None


_PERSONAL = frozenset({"DMG", "HI", "K3", "N3", "NM1", "NTE", "PAT", "PER", "REF"})
"""Segments of which no text is ever shown: names, ids, birth dates, diagnoses, or what a stray separator left there."""
_LONGEST_SHOWN = 20
_SHOWN = re.compile(r"[0-9.+-]{1,20}|[A-Z0-9]{1,5}", re.ASCII)


def size(text: str) -> str:
    """Return the length of a text that a message does not show."""
    return counted(len(text), "character")


def shown(text: str, place: str) -> str:
    """Return a number or short code as a message shows it: itself, or its length where it may be a person's data."""
    if not text:
        return "empty"
    id_ = place.partition("-")[0][:-2]
    # A number in an address is a ZIP code or a house.
    is_safe = id_ not in _PERSONAL and _SHOWN.fullmatch(text) and (id_ != "N4" or text.isalpha())
    return text if is_safe else f"a text of {size(text)}"


def listed(values: Iterable[str]) -> str:
    """Return codes as a message lists them: 1, 7 or 8."""
    *first, last = sorted(values)
    return f"{', '.join(first)} or {last}" if first else last


def _explain_code(element: Element, text: str, place: str) -> Trouble:
    codes = listed(element.codes)
    expected = f"{codes} expected" if len(codes) < 80 else "it is no code of its list"
    return Trouble("X12-307", place, f"{place} is {shown(text, place)}; {expected}")


def _explain_days(text: str, place: str, qualifier: str) -> Trouble | None:
    if qualifier == "DT":
        if is_day(text[:8]) and re.fullmatch(HOUR_MINUTE, text[8:]):
            return None
        return Trouble("X12-310", place, f"{place} has {size(text)}; a day and time CCYYMMDDHHMM expected")
    first, dash, last = text.partition("-")
    ranged = qualifier == "RD8"
    if bool(dash) == ranged and is_day(first) and (not dash or is_day(last)):
        return None
    if bool(dash) == ranged and all(len(part) == 8 and part.isdigit() for part in text.split("-")):
        return Trouble("X12-310", place, f"{place} holds no day of the calendar")
    form = "a range CCYYMMDD-CCYYMMDD" if ranged else "a day CCYYMMDD"
    return Trouble("X12-310", place, f"{place} has {size(text)}; {form} expected")


def _explain_number(element: Element, text: str, place: str) -> Trouble | None:
    if not re.fullmatch(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)", text):
        return Trouble("X12-308", place, f"{place} is {shown(text, place)}; a number expected")
    value = text if len(text) <= _LONGEST_SHOWN else f"a number of {size(text)}"
    digits = text.lstrip("+-")
    whole, point, fraction = digits.partition(".")
    is_money = element.high == MONEY
    if text[0] == "-" and element.kind == "R":
        return Trouble("X12-308", place, f"{place} is {value}, a negative number")
    if sum(map(len, (whole, fraction))) > element.high:
        return Trouble(
            "X12-306", place, f"{place} has {len(whole) + len(fraction)} digits; at most {element.high} expected"
        )
    shortest = decimal_text(Decimal(text))
    if text[0] == "+" or (point and (not fraction or fraction.endswith("0"))) or (len(whole) > 1 and whole[0] == "0"):
        # A quantity may show its precision ("unless necessary to indicate precision", B.1.1.3.1.2); an amount may not.
        severity = None if is_money or text[0] == "+" else Severity.WARNING
        return Trouble("X12-309", place, f"{place} is {value}; {shortest} expected", severity=severity)
    if is_money and len(fraction) > 2:
        return Trouble("X12-309", place, f"{place} is {value}; at most two decimals expected")
    if is_money and len(whole) > MOST_DOLLARS:
        return Trouble("X12-306", place, f"{place} is $100,000,000 or more; HIPAA amounts have ten digits with cents")
    return None


def is_day(text: str) -> bool:
    """Return whether a text is a day of the calendar, CCYYMMDD, from 1900 on."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()) or text < "19000101":
        return False
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


# ------------------------------------------------------------------------------------------------ reading the table


def compile_table(text: str, codes: Mapping[str, Sequence[str]]) -> Loop:
    """Read a table (its form is in `peerbill.x12.check.tables837p`) and return its outermost loop."""
    usage: dict[str, tuple[str, str, str]] = {}
    children: dict[str, list[str]] = {}
    specs: dict[str, list[Spec]] = {}
    loop = ""
    for line in text.splitlines():
        words = line.split()
        if not line.startswith(" "):
            loop, _, parent, need, limit = words
            usage[loop] = (parent, need, limit)
            children.setdefault(parent, []).append(loop)
            specs[loop] = []
            continue
        id_, need, *tokens = words
        elements = tuple(element for token in tokens for element in _elements(token, codes))
        specs[loop].append(Spec(id_, loop, need[0] == "R", _limit(need[1:]), elements))
    children["2000C"] = [*children.get("2000C", ()), "2300"]

    def build(loop: str) -> Loop:
        _, need, limit = usage[loop]
        places: list[tuple[Spec | Loop, ...]] = [
            tuple(group) for _, group in groupby(specs[loop], key=lambda spec: spec.id)
        ]
        if loop == "ST":
            places = [(spec,) for spec in specs[loop]]
        places += [tuple(build(child) for child in group) for _, group in groupby(children.get(loop, ()), key=_family)]
        return Loop(loop, need == "R", _limit(limit), tuple(places))

    return build("ST")


def _family(loop: str) -> str:
    """Return whether loops share a place: 2310A to 2310F do; 1000A and 1000B, 2000A to 2000C are in order."""
    return loop if loop[1:4] == "000" else loop[:4]


def _limit(text: str) -> int | None:
    return None if text == "*" else int(text)


def _elements(token: str, codes: Mapping[str, Sequence[str]]) -> list[Element]:
    repeated = re.fullmatch(r"(.+?)x(\d+)", token)
    if repeated:
        return _elements(repeated[1], codes) * int(repeated[2])
    required = not token.startswith("?")
    token = token.removeprefix("?")
    if token == "-":  # noqa: S105 - the sign for an unused element, no password
        return [Element("-", required=False)]
    if token.startswith("("):
        parts = tuple(part for piece in token[1:-1].split(":") for part in _elements(piece, codes))
        return [Element("(", required, parts=parts)]
    if token[0] in "=$":
        values = frozenset(codes[token[1:]] if token[0] == "$" else token[1:].split(","))
        return [Element("=", required, codes=values)]
    if token in ("D8", "DX", "TM"):
        return [Element({"D8": "D", "DX": "X", "TM": "T"}[token], required)]
    low, dash, high = token[1:].partition("-")
    return [Element(token[0], required, int(low) if dash else 0, int(high or low))]
