"""Claims of an 835 that show at a glance that they are whole and add up: a shorter way for what most payments are.

`read835.py` takes a remittance segment by segment, some eighteen for each claim. Here an ordinary claim, from CLP to
its last line, is found by one expression; adjustments, days and remarks, which thousands of claims share, are looked up
in dictionaries. It reports nothing: a claim in which anything is unusual or does not balance goes to `read835.py` from
its CLP, and `tests/x12/test_lane835.py` holds the two against each other.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeVar

from peerbill import codes
from peerbill.model.claim import Adjustment
from peerbill.model.payer_answers import ClaimPayment, Date, LinePayment
from peerbill.x12.delimiters import Delimiters
from peerbill.x12.read.answer_source import amount, can_be_code, day, divided, field

GROUPS = frozenset({"CO", "OA", "PI", "PR", "CR"})
"""Claim adjustment groups (CAS01) that the guide has, and CR of version 4010."""

REMARKS = {"MIA": (5, 20, 21, 22, 23), "MOA": (3, 4, 5, 6, 7)}
"""Where MIA and MOA hold remark codes."""

K = TypeVar("K")
V = TypeVar("V")

_NOTHING = Decimal(0)
_AMOUNT = r"-?[0-9]{1,10}(?:\.[0-9]{1,4})?"
_MOST_REMEMBERED = 20_000


class _Patterns(NamedTuple):
    claim: Callable[[str, int], re.Match[str] | None]
    line: Callable[[str], re.Match[str] | None]
    service: Callable[[str], re.Match[str] | None]
    behind: Callable[[str], re.Match[str] | None]


class _Adjusted(NamedTuple):
    """The adjustments of CAS segments, and their sum."""

    adjustments: tuple[Adjustment, ...]
    total: Decimal


class _Service(NamedTuple):
    """What a line says beside its day and id, which other lines say too, and the sum of its adjustments."""

    hcpcs: str
    modifiers: tuple[str, ...]
    charge: Decimal
    paid: Decimal
    units: Decimal | None
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[str, ...]
    allowed: Decimal | None
    revenue_code: str
    adjusted: Decimal


class _Line(NamedTuple):
    """A line without its id: its service, and its day."""

    service: _Service
    day: Date | None


class _Days(NamedTuple):
    """DTM*232, 233 and 050 of a claim."""

    first: Date | None
    last: Date | None
    received: Date | None


_NO_ADJUSTMENTS = _Adjusted((), _NOTHING)


@lru_cache(maxsize=4)
def _patterns(delimiters: Delimiters) -> _Patterns:
    """Return the expressions of an ordinary claim and of its lines."""
    separators = delimiters.characters
    element, component, end = map(re.escape, (delimiters.element, delimiters.component, delimiters.segment))
    characters = "".join(re.escape(sign) for sign in map(chr, range(0x21, 0x7F)) if sign not in separators)
    word, value, rest = f"[{characters}]", f"[^{element}{end}]*", f"[^{end}]*"

    def segment(*elements: str) -> str:
        return element.join(elements) + end

    def any_number(text: str) -> str:
        return f"(?:{text})*"

    def person(kind: str) -> str:
        return segment("NM1", kind, *[value] * 7, f"({word}*)")

    def line(group: str) -> str:
        reference = any_number(segment("REF", f"(?!6R{element})[A-Z0-9]{{2,3}}", rest))
        return (
            f"({group}{segment('SVC', rest)})"
            f"(?:{segment('DTM', '472', f'({group}{rest})')})?"
            f"({group}{any_number(segment('CAS', rest))})"
            + reference
            # A text must fit in a single way: where two loops could share it, a long claim is tried for ever.
            + f"(?:{segment('REF', '6R', f'{word}+')}{reference})?"
            + f"({group}{any_number(segment('(?:AMT|LQ|QTY)', rest))})"
        )

    units = f"(?:{element}((?:{_AMOUNT})?)(?:{element}{element}{rest})?)?"
    service = (
        f"SVC{element}({value}{component}{value}){element}({_AMOUNT}){element}({_AMOUNT})"
        f"(?:{element}({word}*){units})?{end}"
    )
    behind = (
        f"(?:{segment('AMT', 'B6', f'({_AMOUNT})')})?",
        any_number(segment("AMT", f"(?!B6{element})[A-Z0-9]{{1,3}}", rest)),
        any_number(segment("QTY", rest)),
        f"({any_number(segment('LQ', 'HE', '[0-9A-Z]{1,5}'))})",
    )
    code = "[0-9A-Z]{0,2}"
    payment = (
        f"CLP{element}({word}{{1,38}}){element}([0-9A-Z]{{1,2}}){element}({_AMOUNT}){element}({_AMOUNT})"
        f"{element}((?:{_AMOUNT})?){element}({code}){element}({word}*)"
        f"(?:{element}{value}(?:{element}({code})(?:{element}{rest})?)?)?{end}"
    )
    claim = (
        payment,
        f"({any_number(segment('CAS', rest))})",
        person("QC"),
        f"(?:{person('IL')})?",
        f"(?:{segment('NM1', '82', rest)})?",
        f"({segment('MOA', rest)})?",
        any_number(segment("REF", rest)),
        f"({any_number(segment('DTM', '[0-9]{3}', '[0-9]{8}'))})",
        any_number(segment("AMT", "(?:[A-HJ-Z]|[A-Z][A-Z0-9]{1,2})", rest)),
        any_number(segment("QTY", rest)),
        f"({any_number(line('?:'))})",
        # What follows ends the claim, so that nothing more can belong to it.
        f"(?=(?:CLP|LX|PLB|SE){element})",
    )
    return _Patterns(
        re.compile("".join(claim), re.ASCII).match,
        re.compile(line(""), re.ASCII).fullmatch,
        re.compile(service, re.ASCII).fullmatch,
        re.compile("".join(behind), re.ASCII).fullmatch,
    )


class Lane:
    """Reads ordinary claims of one interchange, and remembers what they share."""

    def __init__(self, delimiters: Delimiters) -> None:
        self.delimiters = delimiters
        self._element, self._end = delimiters.element, delimiters.segment
        self._patterns = _patterns(delimiters)
        self.match = self._patterns.claim
        self._svc = f"SVC{delimiters.element}"
        self._next_svc = f"{delimiters.segment}{self._svc}"
        self._line_id = delimiters.element.join((f"{delimiters.segment}REF", "6R", ""))
        self._lines: dict[tuple[str, str], _Line] = {}
        self._services: dict[tuple[str, str, str], _Service] = {}
        self._adjusted: dict[str, _Adjusted] = {"": _NO_ADJUSTMENTS}
        self._days: dict[str, _Days] = {"": _Days(None, None, None)}
        self._remarks: dict[str | None, tuple[str, ...]] = {None: (), "": ()}

    @staticmethod
    def can_read(delimiters: Delimiters) -> bool:
        """Return whether these delimiters leave values what they are; a line's end may have a second character."""
        return delimiters.are_unmistakable and delimiters.segment not in "\r\n"

    def payment(self, found: re.Match[str], position: int) -> ClaimPayment | None:
        """Return the claim that `match` found, or None where anything in it is to be reported."""
        claim_id, status, charged, paid_text, patient, filing, payer_number, frequency = found.groups()[:8]
        adjusted_text, patient_id, insured_id, outpatient, days_text, lines_text = found.groups()[8:]
        adjusted = self._adjusted.get(adjusted_text) or self._read_adjustments(adjusted_text)
        days = self._days.get(days_text) or self._read_days(days_text)
        remarks = self._remarks.get(outpatient)
        if remarks is None:
            remarks = self._read_outpatient(outpatient or "")
        charge, paid = amount(charged), amount(paid_text)
        if adjusted is None or days is None or remarks is None or charge is None or paid is None:
            return None
        left = charge - paid - adjusted.total
        lines = []
        # A line is looked up by its text before and behind its id.
        for text in lines_text[len(self._svc) : -1].split(self._next_svc) if lines_text else ():
            before, _, after = text.partition(self._line_id)
            line_id, _, behind = after.partition(self._end)
            line = self._lines.get((before, behind)) or self._read_line(text, before, behind)
            if line is None:
                return None
            service, service_date = line
            hcpcs, modifiers, line_charge, line_paid, units, adjustments, line_remarks, allowed, revenue, total = (
                service
            )
            left -= total
            lines.append(
                LinePayment(
                    hcpcs,
                    modifiers,
                    line_charge,
                    line_paid,
                    units,
                    service_date,
                    line_id,
                    adjustments,
                    line_remarks,
                    allowed,
                    "",
                    (),
                    revenue,
                )
            )
        if left:
            return None
        return ClaimPayment(
            claim_id,
            status,
            charge,
            paid,
            position,
            amount(patient) if patient else None,
            filing,
            payer_number,
            frequency or "",
            adjusted.adjustments,
            remarks,
            tuple(lines),
            None,
            days.first,
            days.last,
            days.received,
            insured_id or patient_id,
        )

    def _read_line(self, text: str, before: str, behind: str) -> _Line | None:
        """Read a line without its id; None where anything in it is to be reported or does not add up.

        `text` is the line without the beginning of its SVC and the end of its last segment.
        """
        found = self._patterns.line(f"{self._svc}{text}{self._end}")
        if found is None:
            return None
        svc, on, cas, others = found.groups()
        service = self._services.get((svc, cas, others)) or self._read_service(svc, cas, others)
        service_date = day(on) if on else None
        if service is None or (on and service_date is None):
            return None
        return _keep(self._lines, (before, behind), _Line(service, service_date))

    def _read_service(self, svc: str, cas: str, behind: str) -> _Service | None:
        """Read SVC, CAS, and what is behind REF; None where anything in them is to be reported or does not add up."""
        found, others = self._patterns.service(svc), self._patterns.behind(behind)
        adjusted = self._adjusted.get(cas) or self._read_adjustments(cas)
        if found is None or others is None or adjusted is None:
            return None
        charge, paid, remarks = amount(found[2]), amount(found[3]), self._read_remarks(others[2])
        if charge is None or paid is None or remarks is None or charge - paid != adjusted.total:
            return None
        hcpcs, modifiers, revenue = divided(found[1], self.delimiters.component)
        units = amount(found[5]) if found[5] else None
        allowed = amount(others[1]) if others[1] else None
        service = _Service(
            *(hcpcs, modifiers, charge, paid, units, adjusted.adjustments, remarks, allowed, found[4] or revenue),
            adjusted.total,
        )
        return _keep(self._services, (svc, cas, behind), service)

    def _read_adjustments(self, text: str) -> _Adjusted | None:
        """Read CAS segments; None where anything in them is to be reported."""
        made: list[Adjustment] = []
        for segment in text.split(self._end)[:-1]:
            elements = segment.split(self._element)
            if elements[1] not in GROUPS:
                return None
            for at in range(2, len(elements), 3):
                reason, value = elements[at], amount(elements[at + 1]) if len(elements) > at + 1 else None
                quantity_text = elements[at + 2] if len(elements) > at + 2 else ""
                quantity = amount(quantity_text) if quantity_text else None
                if value is None or (quantity_text and quantity is None):
                    return None
                if not reason or codes.carc(reason) is None:
                    return None
                made.append(Adjustment(elements[1], reason, value, quantity))
        total = sum((adjustment.amount for adjustment in made), _NOTHING)
        return _keep(self._adjusted, text, _Adjusted(tuple(made), total))

    def _read_days(self, text: str) -> _Days | None:
        """Read DTM segments; None where one that is kept is no day."""
        found: dict[str, Date] = {}
        for segment in text.split(self._end)[:-1]:
            _, qualifier, value = segment.split(self._element)
            if qualifier in ("232", "233", "050"):
                read = day(value)
                if read is None:
                    return None
                found[qualifier] = read
        return _keep(self._days, text, _Days(found.get("232"), found.get("233"), found.get("050")))

    def _read_outpatient(self, text: str) -> tuple[str, ...] | None:
        """Read the remarks of an MOA; None where one is no code."""
        elements = text.removesuffix(self._end).split(self._element)
        return self._codes(text, [field(elements, at) for at in REMARKS["MOA"]])

    def _read_remarks(self, text: str) -> tuple[str, ...] | None:
        """Read LQ segments; None where one has no code."""
        return self._codes(text, [segment.split(self._element)[2] for segment in text.split(self._end)[:-1]])

    def _codes(self, text: str, found: list[str]) -> tuple[str, ...] | None:
        if not all(map(can_be_code, found)):
            return None
        return _keep(self._remarks, text, tuple(filter(None, found)))


def _keep(known: dict[K, V], key: K, value: V) -> V:
    """Remember a value, in a dictionary that does not grow without end."""
    if len(known) > _MOST_REMEMBERED:
        known.clear()
    known[key] = value
    return value
