"""How a segment is declared: its elements with their lengths and codes, and the engine that works on them.

`peerbill.x12.segments` declares; this module checks, writes and reads the declared segments. Values are Python's
own: `int` for N0, `Decimal` for R, `date` for DT, `str` for AN, ID and TM. An absent text is "", an absent number
or date None, an absent repetition ().
"""

import datetime as dt
import enum
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Self, TypeVar, cast, dataclass_transform

import attrs

from peerbill.model.errors import X12Error
from peerbill.x12.delimiters import STANDARD, Delimiters
from peerbill.x12.element_values import TIME, decimal_text


class Kind(enum.Enum):
    """What an element holds: AN or ID, an ISA delimiter, N0, R, DT or TM."""

    TEXT = "text"
    DELIMITER = "delimiter"
    NUMBER = "whole number"
    DECIMAL = "decimal number"
    DATE = "date"
    TIME = "time"


@attrs.frozen
class Element:
    """The declaration of a field: its first position, its lengths, its codes, and how often it repeats.

    `count` positions in a row make a tuple. `of` is the composite at each of them; with `run`, the elements of `of` are
    side by side instead (the triplets of CAS). `padded` values fill their width with spaces.
    """

    position: int
    kind: Kind = Kind.TEXT
    shortest: int = 0
    longest: int = 0
    codes: frozenset[str] = frozenset()
    required: bool = True
    count: int = 1
    of: "type[Composite] | None" = None
    run: bool = False
    padded: bool = False


class FaultKind(enum.StrEnum):
    """The kinds of fault of a segment: a closed list."""

    UNKNOWN = "unknown segment"
    TOO_MANY = "too many elements"
    TRAILING = "trailing separator"
    NOT_USED = "element not used"
    MISSING = "required element missing"
    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    CHARACTER = "character not allowed"
    FORMAT = "wrong format"
    CODE = "code not in list"


@attrs.frozen
class Fault:
    """A fault of an element (`position` from 1, 0 the segment itself) or with one of its components."""

    tag: str
    position: int
    component: int
    kind: FaultKind
    message: str

    @property
    def where(self) -> str:
        """Return the place as billers write it: CLM05-3."""
        place = f"{self.tag}{self.position:02d}" if self.position else self.tag
        return f"{place}-{self.component}" if self.component else place

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@attrs.frozen
class _Slot:
    """A position, flattened from its field.

    `required`: always. `grouped`: if its group has any value, which begins at `start`, or in a later group of the same
    field, which ends at `stop`.
    """

    element: Element
    required: bool
    grouped: bool
    start: int
    stop: int
    components: "tuple[_Slot | None, ...]" = ()


_ABSENT: tuple[Any, ...] = ("", None, ())


def _field(default: Any, *, situational: bool = False, **declared: Any) -> Any:
    required = not situational and (default is attrs.NOTHING or default not in _ABSENT)
    return attrs.field(default=default, metadata={"element": Element(required=required, **declared)})


def string(
    position: int,
    length: tuple[int, int],
    *,
    codes: str = "",
    count: int = 1,
    padded: bool = False,
    kind: Kind = Kind.TEXT,
    default: Any = attrs.NOTHING,
    situational: bool = False,
) -> Any:
    """Declare an AN or ID element; `codes` is its fixed list, divided by spaces.

    What has a usual value is required, unless it is `situational`: then it may be set to "".
    """
    return _field(
        default,
        situational=situational,
        position=position,
        kind=kind,
        shortest=length[0],
        longest=length[1],
        codes=frozenset(codes.split()),
        count=count,
        padded=padded,
    )


def clock(position: int, length: tuple[int, int], *, default: Any = attrs.NOTHING) -> Any:
    """Declare a TM element: HHMM, HHMMSS or HHMMSSDD, as text."""
    return _field(default, position=position, kind=Kind.TIME, shortest=length[0], longest=length[1])


def integer(
    position: int, length: tuple[int, int], *, codes: str = "", count: int = 1, default: Any = attrs.NOTHING
) -> Any:
    """Declare an N0 element: an int, written with leading zeros up to its shortest length."""
    return _field(
        default,
        position=position,
        kind=Kind.NUMBER,
        shortest=length[0],
        longest=length[1],
        codes=frozenset(codes.split()),
        count=count,
    )


def real(position: int, length: tuple[int, int], *, default: Any = attrs.NOTHING) -> Any:
    """Declare an R element: a Decimal; its length counts digits only."""
    return _field(default, position=position, kind=Kind.DECIMAL, shortest=length[0], longest=length[1])


def calendar(position: int, length: int = 8, *, default: Any = attrs.NOTHING) -> Any:
    """Declare a DT element: CCYYMMDD, or YYMMDD of this century in the envelope."""
    return _field(default, position=position, kind=Kind.DATE, shortest=length, longest=length)


def composite(
    position: int, of: "type[Composite]", *, count: int = 1, run: bool = False, default: Any = attrs.NOTHING
) -> Any:
    """Declare a composite element, or (`run`) a group of elements that repeats."""
    return _field(default, position=position, of=of, count=count, run=run)


@attrs.frozen
class Composite:
    """A composite element: its components are declared as elements are."""

    declared: ClassVar[tuple[tuple[str, Element], ...]] = ()
    layout: ClassVar[tuple[_Slot | None, ...]] = ()


@attrs.frozen
class Segment:
    """A segment. Building one checks it; X12Error names the element and the fault, never its value."""

    tag: ClassVar[str] = ""
    declared: ClassVar[tuple[tuple[str, Element], ...]] = ()
    layout: ClassVar[tuple[_Slot | None, ...]] = ()

    def __attrs_post_init__(self) -> None:
        for position, component, kind, message in _judge(self.layout, _cells(self)):
            raise X12Error(str(Fault(self.tag, position, component, kind, message)))

    def encode(self, delimiters: Delimiters = STANDARD) -> str:
        """Write it with its terminator. X12Error: a value contains a delimiter; the message names the element."""
        cells = _trimmed(_cells(self))
        written = [self.tag]
        for position, (cell, slot) in enumerate(zip(cells, self.layout, strict=False), 1):
            parts = [cell] if isinstance(cell, str) else cell
            if slot is None or slot.element.kind is not Kind.DELIMITER:
                for component, part in enumerate(parts, 1):
                    if any(character in part for character in delimiters.characters):
                        place = 0 if isinstance(cell, str) else component
                        message = "it contains a character that divides the file"
                        raise X12Error(str(Fault(self.tag, position, place, FaultKind.CHARACTER, message)))
            written.append(delimiters.component.join(parts))
        return delimiters.element.join(written) + delimiters.segment

    @classmethod
    def faults(cls, elements: Sequence[str], delimiters: Delimiters = STANDARD) -> Iterator[Fault]:
        """Judge elements as they are in a file, the tag first: lengths, formats, codes, missing and unused ones."""
        values = elements[1:]
        for place in _judge(cls.layout, _with_components(cls.layout, values, delimiters)):
            yield Fault(cls.tag, *place)
        for position, (value, slot) in enumerate(zip(values, cls.layout, strict=False), 1):
            simple = slot is not None and not slot.components and slot.element.kind is not Kind.DELIMITER
            if simple and delimiters.component in value:
                yield Fault(cls.tag, position, 0, FaultKind.CHARACTER, "it contains the component separator")
        if values and not values[-1]:
            yield Fault(cls.tag, len(values), 0, FaultKind.TRAILING, "a separator with nothing after it")

    @classmethod
    def parse(cls, elements: Sequence[str], delimiters: Delimiters = STANDARD) -> Self:
        """Build from elements, the tag first. X12Error: the first of their faults."""
        if elements[0] != cls.tag:
            raise X12Error(f"{cls.tag}: another segment stands here")
        for fault in cls.faults(elements, delimiters):
            raise X12Error(str(fault))
        built: Self = _build(cls, _with_components(cls.layout, elements[1:], delimiters))
        return built


_Cells = Sequence[str | Sequence[str]]
_Class = TypeVar("_Class", bound=type)


@dataclass_transform(frozen_default=True, field_specifiers=(string, clock, integer, real, calendar, composite))
def record(cls: _Class) -> _Class:
    """Make a class of declared elements a frozen record that knows its positions."""
    made: Any = attrs.frozen(cls)
    declared = [(field.name, field.metadata["element"]) for field in attrs.fields(made)]
    made.declared = tuple(sorted(declared, key=lambda pair: pair[1].position))
    made.layout = _layout(made.declared)
    return cast("_Class", made)


def _layout(declared: Sequence[tuple[str, Element]]) -> tuple[_Slot | None, ...]:
    """Flatten fields to positions; None is a position that is not used."""
    slots: dict[int, _Slot] = {}
    for _, element in declared:
        inner = element.of.layout if element.of else ()
        width = len(inner) if element.run else 1
        stop = element.position + element.count * width - 1
        for place in range(element.count):
            start = element.position + place * width
            always = element.required and place == 0
            if element.run:
                for offset, slot in enumerate(inner):
                    assert slot is not None  # noqa: S101 - a group has no unused places
                    slots[start + offset] = _Slot(slot.element, slot.required and always, slot.required, start, stop)
            else:
                slots[start] = _Slot(element, always, element.count > 1, start, stop, inner)
    return tuple(slots.get(position) for position in range(1, max(slots) + 1))


_NUMBER = re.compile(r"-?\d+", re.ASCII)
_DECIMAL = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_TIME = re.compile(TIME)
_DIGITS = re.compile(r"\d+", re.ASCII)
_PRINTABLE = re.compile(r"[ -~]*")


def _day(text: str) -> dt.date | None:
    """Read CCYYMMDD, or YYMMDD of this century; None where it is no day."""
    full = "20" + text if len(text) == 6 else text
    if len(full) != 8 or not _DIGITS.fullmatch(full):
        return None
    try:
        return dt.date(int(full[:4]), int(full[4:6]), int(full[6:]))
    except ValueError:
        return None


def _judge_value(element: Element, value: str) -> tuple[FaultKind, str] | None:
    """Judge a value that is not blank, without ever repeating it."""
    if element.kind is Kind.DELIMITER:
        return None if len(value) == 1 else (FaultKind.TOO_LONG, "one character is expected")
    if not _PRINTABLE.fullmatch(value):
        return FaultKind.CHARACTER, "a character outside the X12 character set"
    if not element.padded and (value[0] == " " or value[-1] == " "):
        return FaultKind.CHARACTER, "a space at its beginning or end"
    size = len(value)
    if element.kind is Kind.NUMBER:
        if not _NUMBER.fullmatch(value):
            return FaultKind.FORMAT, "a whole number is expected"
        size = len(value.lstrip("-"))
    elif element.kind is Kind.DECIMAL:
        if not _DECIMAL.fullmatch(value):
            return FaultKind.FORMAT, "a decimal number is expected"
        size = sum(map(str.isdigit, value))
    elif element.kind is Kind.DATE and _day(value) is None:
        return FaultKind.FORMAT, f"a day as {'YYMMDD' if element.longest == 6 else 'CCYYMMDD'} is expected"
    elif element.kind is Kind.TIME and not _TIME.fullmatch(value):
        return FaultKind.FORMAT, "a time as HHMM, HHMMSS or HHMMSSDD is expected"
    if size > element.longest:
        return FaultKind.TOO_LONG, f"{size} characters; at most {element.longest} are allowed"
    if size < element.shortest:
        return FaultKind.TOO_SHORT, f"{size} characters; at least {element.shortest} are needed"
    if element.codes and value not in element.codes:
        return FaultKind.CODE, f"the code is none of {', '.join(sorted(element.codes))}"
    return None


def _filled(cell: str | Sequence[str], slot: _Slot | None) -> bool:
    if isinstance(cell, str):
        return bool(cell.strip() if slot is not None and slot.element.padded else cell)
    return any(cell)


def _judge(
    slots: tuple[_Slot | None, ...], cells: _Cells, position: int = 0
) -> Iterator[tuple[int, int, FaultKind, str]]:
    """Yield position, component, kind and message of all that is wrong; `position` is set inside a composite."""

    def at(index: int) -> tuple[int, int]:
        return (position, index) if position else (index, 0)

    if len(cells) > len(slots):
        yield *at(len(slots) + 1), FaultKind.TOO_MANY, f"at most {len(slots)} elements are allowed here"
    for index, slot in enumerate(slots, 1):
        cell = cells[index - 1] if index <= len(cells) else ""
        if not _filled(cell, slot):
            needed = slot is not None and slot.required
            if slot is not None and slot.grouped:
                needed = needed or any(_filled(other, slot) for other in cells[slot.start - 1 : slot.stop])
            if needed:
                yield *at(index), FaultKind.MISSING, "it is required and blank"
        elif slot is None:
            yield *at(index), FaultKind.NOT_USED, "this element is not used"
        elif isinstance(cell, str):
            judged = _judge_value(slot.element, cell)
            if judged is not None:
                yield *at(index), *judged
        else:
            if not cell[-1]:
                yield index, len(cell), FaultKind.TRAILING, "a separator with nothing after it"
            yield from _judge(slot.components, cell, index)


def _text(element: Element, value: Any) -> str:
    """Write a value; an absent one is ""."""
    if value is None:
        return ""
    if element.kind is Kind.NUMBER:
        return str(value).zfill(element.shortest)
    if element.kind is Kind.DECIMAL:
        return decimal_text(value)
    if element.kind is Kind.DATE:
        return str(value.isoformat().replace("-", "")[8 - element.longest :])
    return str(value).ljust(element.longest) if element.padded else str(value)


def _trimmed(cells: Sequence[Any]) -> list[Any]:
    last = max((index for index, cell in enumerate(cells, 1) if cell), default=0)
    return list(cells[:last])


def _cells(record: Segment | Composite, size: int = 0) -> list[Any]:
    """Write a record's values in their positions: a text each, or a list of texts for a composite."""
    cells: dict[int, Any] = {}
    for name, element in record.declared:
        value = getattr(record, name)
        for place, item in enumerate(value if element.count > 1 else (value,)):
            if element.run:
                width = len(item.layout)
                start = element.position + place * width
                cells.update(enumerate(_cells(item, width), start))
            elif element.of is not None:
                cells[element.position + place] = _trimmed(_cells(item)) if item is not None else ""
            else:
                cells[element.position + place] = _text(element, item)
    return [cells.get(position, "") for position in range(1, max(size, *cells) + 1)]


def _with_components(
    layout: tuple[_Slot | None, ...], values: Sequence[str], delimiters: Delimiters
) -> list[str | list[str]]:
    beyond = (None for _ in values)
    return [
        value.split(delimiters.component) if value and slot is not None and slot.components else value
        for value, slot in zip(values, (*layout, *beyond), strict=False)
    ]


def _value(element: Element, cell: str) -> Any:
    if element.kind is Kind.NUMBER:
        return int(cell) if cell else None
    if element.kind is Kind.DECIMAL:
        return Decimal(cell) if cell else None
    if element.kind is Kind.DATE:
        return _day(cell)
    return cell.rstrip(" ") if element.padded else cell


def _build(cls: type[Any], cells: _Cells) -> Any:
    values: dict[str, Any] = {}
    for name, element in cls.declared:
        width = len(element.of.layout) if element.of and element.run else 1
        items = []
        for place in range(element.count):
            start = element.position + place * width - 1
            text = cells[start : start + width]
            if not any(text):
                continue
            if element.of is None:
                items.append(_value(element, str(text[0])))
            else:
                items.append(_build(element.of, text if element.run else text[0]))
        if element.count > 1:
            values[name] = tuple(items)
        else:
            values[name] = items[0] if items else (None if element.of else _value(element, ""))
    return cls(**values)
