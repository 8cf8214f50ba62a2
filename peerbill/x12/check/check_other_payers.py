"""What the loops of other payers must say together: 2320 and 2330B of a claim, 2430 of its lines.

The rules are those of the TR3s 005010X222A1 and 005010X223A2 (section 1.4.4, coordination of benefits, and the notes of
the segments) as far as this project could read them. Amounts are dollars; days are CCYYMMDD.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import attrs

_ORDER = {rank: place for place, rank in enumerate("PSTABCDEFGH")}
"""The ranks of SBR01 in the order in which payers are asked; U is none of them."""


@attrs.define
class Answer:
    """What another payer did: loop 2320 of a claim, or 2430 of a line. `number` is its first segment.

    `relationship` is SBR02, `adjusted` the sum of its CAS, `share` that of the patient's (PR), `owed` AMT*EAF,
    `noncovered` AMT*A8.
    """

    number: int
    payer: str = ""
    rank: str = ""
    relationship: str = ""
    paid: Decimal | None = None
    adjusted: Decimal = Decimal(0)
    has_adjustments: bool = False
    share: Decimal = Decimal(0)
    owed: Decimal | None = None
    noncovered: Decimal | None = None
    day: str = ""
    bundled: str = ""


class AnsweredLine(NamedTuple):
    """A service line: its charge, the first day of service, and what other payers did with it."""

    charge: Decimal | None
    day: str
    answers: Sequence[Answer]


class Told(NamedTuple):
    """A fault, with its segment and element."""

    code: str
    message: str
    element: str
    number: int
    loop: str


@attrs.frozen
class Answers:
    """A claim as other payers left it: its rank, payer (NM109), charge and file's day, and the values of each payer.

    `charge_element` is the line's charge as the form names it (SV102, SV203).
    """

    rank: str
    payer: str
    charge: Decimal | None
    file_day: str
    others: Sequence[Answer]
    lines: Sequence[AnsweredLine]
    charge_element: str = "SV102"

    def problems(self) -> Iterator[Told]:
        """Yield what does not agree."""
        yield from self._ranks()
        yield from self._ids()
        for line in self.lines:
            yield from self._line(line)
        for other in self.others:
            yield from self._payer(other)

    def _ranks(self) -> Iterator[Told]:
        ranks = [rank for rank in (self.rank, *(other.rank for other in self.others)) if rank in _ORDER]
        if len(set(ranks)) < len(ranks):
            yield Told("X12-419", "two payers have one rank in SBR01", "SBR01", self.others[-1].number, "2320")
            return
        own = _ORDER.get(self.rank)
        if own is None:
            return
        for other in self.others:
            if other.paid is not None and _ORDER.get(other.rank, own) > own:
                message = "the payer answered the claim (AMT*D), and its SBR01 ranks it after the payer of the claim"
                yield Told("X12-447", message, "SBR01", other.number, "2320")

    def _ids(self) -> Iterator[Told]:
        seen = {self.payer}
        for other in self.others:
            if other.payer and other.payer in seen:
                yield Told("X12-457", "another payer of the claim has the same id", "NM109", other.number, "2330B")
            seen.add(other.payer)

    def _line(self, line: AnsweredLine) -> Iterator[Told]:
        payers = {other.payer for other in self.others}
        of_payer: dict[str, list[Answer]] = {}
        for answer in line.answers:
            if answer.payer not in payers:
                message = "SVD01 is the id of no other payer of the claim (loop 2330B)"
                yield Told("X12-434", message, "SVD01", answer.number, "2430")
            yield from _signs(answer, "SVD02", "2430")
            yield from self._day(answer, line.day, "2430")
            if _owes_too_much(answer, line.charge):
                yield Told("X12-606", f"AMT*EAF is more than {self.charge_element}", "AMT02", answer.number, "2430")
            if answer.bundled and not _counts(answer.bundled, len(self.lines)):
                yield Told("X12-452", "SVD06 is the number of no line of the claim", "SVD06", answer.number, "2430")
            of_payer.setdefault(answer.payer, []).append(answer)
        for payer, answers in of_payer.items():
            amounts = [answer.paid for answer in answers]
            if payer not in payers or line.charge is None or None in amounts:
                continue
            total = _sum(amounts) + sum((answer.adjusted for answer in answers), Decimal(0))
            if total != line.charge:
                message = f"SVD02 and the line's CAS make {total:f}; {self.charge_element} is {line.charge:f}"
                yield Told("X12-602", message, "SVD02", answers[0].number, "2430")

    def _payer(self, other: Answer) -> Iterator[Told]:
        of_lines = [[answer for answer in line.answers if answer.payer == other.payer] for line in self.lines]
        answers = [answer for of_line in of_lines for answer in of_line]
        yield from _signs(other, "AMT02", "2320")
        if other.noncovered is not None:
            yield from self._not_asked(other, answers)
            return
        if other.paid is None:
            if answers or other.has_adjustments or other.day:
                message = "the payer answered (loop 2430, CAS or DTP*573), and AMT*D is missing"
                yield Told("X12-435", message, "AMT01", other.number, "2320")
            return
        yield from self._days(other, answers)
        if other.owed is not None:
            if any(answer.owed is not None for answer in answers):
                message = "AMT*EAF is sent for the claim and for its lines"
                yield Told("X12-606", message, "AMT01", other.number, "2320")
            elif _owes_too_much(other, self.charge):
                yield Told("X12-606", "AMT*EAF is more than CLM02", "AMT02", other.number, "2320")
        settled = _sum(answer.paid for answer in answers) if answers else self.charge
        if settled is not None and other.paid != settled - other.adjusted:
            left = settled - other.adjusted
            message = f"AMT*D is {other.paid:f}; the payer's lines and adjustments leave {left:f}"
            yield Told("X12-603", message, "AMT02", other.number, "2320")
        elif answers and not all(of_lines):
            adjusted = other.adjusted + sum((answer.adjusted for answer in answers), Decimal(0))
            if self.charge is not None and other.paid + adjusted != self.charge:
                count = sum(map(bool, of_lines))
                message = f"the payer answered {count} of {len(of_lines)} lines (loop 2430)"
                yield Told("X12-609", message, "SVD01", other.number, "2320")

    def _not_asked(self, other: Answer, answers: Sequence[Answer]) -> Iterator[Told]:
        if other.paid is not None or other.has_adjustments or answers:
            message = "AMT*A8 says that the payer was not asked, and AMT*D, CAS or loop 2430 what it answered"
            yield Told("X12-437", message, "AMT01", other.number, "2320")
        elif other.noncovered != self.charge:
            message = f"AMT*A8 is {other.noncovered:f}; CLM02 is another amount"
            yield Told("X12-605", message, "AMT02", other.number, "2320")

    def _days(self, other: Answer, answers: Sequence[Answer]) -> Iterator[Told]:
        if any(answer.day for answer in answers) and other.day:
            message = "DTP*573 is sent for the claim (loop 2330B) and for its lines (loop 2430)"
            yield Told("X12-436", message, "DTP01", other.number, "2320")
        elif not answers and not other.day and not self._has_strays():
            message = "the payer answered (AMT*D), and DTP*573 is missing in loop 2330B"
            yield Told("X12-448", message, "DTP01", other.number, "2330B")
        first = min((line.day for line in self.lines if line.day), default="")
        yield from self._day(other, first, "2330B")

    def _has_strays(self) -> bool:
        payers = {other.payer for other in self.others}
        return any(answer.payer not in payers for line in self.lines for answer in line.answers)

    def _day(self, answer: Answer, service: str, loop: str) -> Iterator[Told]:
        if answer.day and answer.day < service:
            yield Told("X12-448", "DTP*573 is earlier than the service", "DTP03", answer.number, loop)
        elif answer.day and self.file_day and answer.day > self.file_day:
            yield Told("X12-448", "DTP*573 is later than BHT04", "DTP03", answer.number, loop)


def _signs(answer: Answer, element: str, loop: str) -> Iterator[Told]:
    if answer.paid is not None and answer.paid < 0:
        name = "SVD02" if loop == "2430" else "AMT*D"
        yield Told("X12-607", f"{name} is negative", element, answer.number, loop)
    if answer.owed is not None and answer.owed < 0:
        yield Told("X12-607", "AMT*EAF is negative", "AMT02", answer.number, loop)


def _owes_too_much(answer: Answer, charge: Decimal | None) -> bool:
    """Return whether the patient was left more than the charge; negative adjustments may raise the patient's share."""
    return charge is not None and answer.owed is not None and answer.owed > max(charge, answer.share)


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def _counts(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7 and 1 <= int(text) <= most
