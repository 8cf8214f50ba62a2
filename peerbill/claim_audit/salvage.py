"""A claim that cannot be a `Claim`, such as one whose total is not the sum of its lines: its lines all the same.

What a line does not say in a way that can be compared is None or `UNKNOWN`: a span of days, minutes in place of units.
"""

import datetime as dt
import re
from bisect import bisect_right
from decimal import Decimal

import attrs

from peerbill.claim_audit.values import UNKNOWN
from peerbill.x12.check.check_envelope import FORMS
from peerbill.x12.read.answer_source import amount, day, field
from peerbill.x12.read.read837 import ReadClaim, UnreadSegment

_LOCATION = re.compile(r"(\w*)(\W)[AB]\2(\w)", re.ASCII)
_SERVICES = {"SV1": (1, 2, 3, 4), "SV2": (2, 3, 4, 5)}
"""Where procedure, charge, unit and quantity are."""
_RENDERING = {"837P": ("2310B",), "837I": ("2310D", "2310A")}
_OF_PATIENT = frozenset({"2000C", "2010CA"})
_PROVIDERS = frozenset({"82", "71"})


@attrs.define
class SalvagedLine:
    """A line as far as it can be read; the fields are those of `ClaimLine`."""

    segment: int
    number: int
    line_id: str = ""
    day: dt.date | None = None
    hcpcs: str = ""
    modifiers: tuple[str, ...] = ()
    units: int | None = None
    charge: Decimal | None = None
    rendering: str = ""
    place: str = ""


@attrs.define
class Salvaged:
    """A claim as far as it can be read; the fields are those of `FileClaim`."""

    form: str
    frequency: str = ""
    original: str = ""
    after_payers: bool = False
    place: str = ""
    lines: list[SalvagedLine] = attrs.field(factory=list)


def salvage(read: ReadClaim) -> Salvaged | None:
    """Return what can be read of a claim that is none; None where the patient is another person, or no line has money.

    A subscriber's id is no fact about another patient.
    """
    form = FORMS.get(read.envelope.version[:10], "")
    loops = {*(problem.loop for problem in read.problems), *(segment.loop for segment in read.unread)}
    if not form or not read.subscriber_id or not loops.isdisjoint(_OF_PATIENT):
        return None
    starts = [number for loop, number in read.loops if loop == "2400"]
    claim = Salvaged(form, lines=[SalvagedLine(start, number) for number, start in enumerate(starts, start=1)])
    people: dict[str, str] = {}
    for segment in read.unread:
        if segment.number < read.segment:
            continue
        at = bisect_right(starts, segment.number) - 1
        if at < 0:
            _take_of_claim(claim, segment, people)
        else:
            _take_of_line(claim.lines[at], segment)
    own = next((people[loop] for loop in _RENDERING[form] if people.get(loop)), "")
    place = UNKNOWN if form == "837I" else claim.place
    for line in claim.lines:
        line.rendering = line.rendering or own
        line.place = line.place or place
    claim.lines = [line for line in claim.lines if line.charge is not None]
    return claim if claim.lines else None


def _take_of_claim(claim: Salvaged, segment: UnreadSegment, people: dict[str, str]) -> None:
    elements = segment.elements
    match elements[0]:
        case "CLM":
            location = _LOCATION.fullmatch(field(elements, 5))
            if location is not None:
                claim.place, claim.frequency = location[1], location[3]
        case "REF" if field(elements, 1) == "F8":
            claim.original = field(elements, 2)
        case "SBR":
            claim.after_payers = True
        case "NM1" if field(elements, 1) in _PROVIDERS:
            people[segment.loop] = field(elements, 9).upper()


def _take_of_line(line: SalvagedLine, segment: UnreadSegment) -> None:
    elements = segment.elements
    id_, qualifier = elements[0], field(elements, 1)
    if id_ in _SERVICES:
        procedure, charge, unit, quantity = _SERVICES[id_]
        line.hcpcs, line.modifiers = _procedure(field(elements, procedure))
        line.charge = amount(field(elements, charge))
        units = amount(field(elements, quantity)) if field(elements, unit) == "UN" else None
        line.units = int(units) if units is not None and units == units.to_integral_value() else None
        line.place = field(elements, 5) if id_ == "SV1" else ""
    elif id_ == "DTP" and qualifier == "472":
        first, _, last = field(elements, 3).partition("-")
        line.day = day(first) if last in {"", first} else None
    elif id_ == "REF" and qualifier == "6R":
        line.line_id = field(elements, 2)
    elif id_ == "NM1" and qualifier == "82":
        line.rendering = field(elements, 9).upper()


def _procedure(text: str) -> tuple[str, tuple[str, ...]]:
    """Return code and sorted modifiers of a composite that begins with HC; the sign behind HC divides it."""
    if not text.startswith("HC") or len(text) < 4:
        return "", ()
    _, hcpcs, *others = text.split(text[2])
    return hcpcs.upper(), tuple(sorted(code.upper() for code in others[:4] if code))
