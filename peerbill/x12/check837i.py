"""What a table cannot say about an 837I: the attending provider, revenue codes, type of bill, the statement's days.

All else is as in an 837P (`peerbill.x12.check837p`). The rules are those of the TR3 005010X223A2 as far as this project
could read them.
"""

import re
from collections.abc import Mapping

from peerbill.x12 import check837p
from peerbill.x12.check837p import Claims, ServiceElements
from peerbill.x12.structure import Handler, State

NAMED = (
    *("2010AA", "2310A", "2310B", "2310C", "2310D", "2310E", "2310F"),
    *("2420A", "2420B", "2420C", "2420D"),
)
"""Loops whose NM108 and NM109 are situational."""

_TYPE_OF_BILL = re.compile(r"[1-9][0-9]")
_STAY = re.compile(r"[1-6][18]|86")
"""Types of bill of a stay, inpatient or residential, whose lines are days and need no date of their own."""

_CODED = re.compile(r"052[0-9]|09[0-4][0-9]")
"""Revenue codes of clinics and behavioral health, whose outpatient services are told by procedure."""


class InstitutionalClaims(Claims):
    """The institutional claims of one file."""

    SERVICE = ServiceElements("SV202", "SV203", "SV205")
    RENDERING = "2310D"
    RENDERING_OF_LINE = "2420C"
    SUPERVISING = ""
    FACILITY = "2310E"
    IDENTIFIED = frozenset(NAMED) - {"2010AA", "2310E"}
    MOST_LINES = 999

    def _begin_claim(self) -> None:
        super()._begin_claim()
        self._attending = False
        self._statement: tuple[str, str] | None = None
        self._revenue_codes: list[str] = []
        self._days: list[tuple[int, str, str]] = []
        self._hi_places: list[tuple[int, str]] = []

    # ---------------------------------------------------------------------------------------------- claim

    def _look_at_place(self, place: str, element: str, state: State) -> None:
        if len(place) == 2 and not _TYPE_OF_BILL.fullmatch(place):
            message = f"{element} is not the first two digits of a type of bill"
            self.tell("X12-426", message, element, state=state)

    def hi(self, raw: str, state: State) -> None:
        """Note the diagnoses of the claim, which stand in HI segments of their kind: one principal, then the others."""
        earlier: tuple[str, ...] = self._diagnoses
        self._diagnoses = ()
        super().hi(raw, state)
        found: tuple[str, ...] = self._diagnoses
        for index, code in enumerate(found, 1):
            place = f"HI{index:02}-2"
            self._hi_places.append((self.number, place))
            if code and code in earlier:
                self.tell("X12-503", "the diagnosis stands in an HI before", place, state=state)
        self._diagnoses = earlier + found

    def _place_of_diagnosis(self, index: int) -> tuple[int, str]:
        return self._hi_places[index - 1]

    def dtp_claim(self, raw: str, state: State) -> None:
        """Note the admission and the statement's days."""
        super().dtp_claim(raw, state)
        fields = self._fields(raw)
        if fields[1] != "434":
            return
        first, _, last = fields[3].partition("-")
        self._statement = (first, last or first)
        if last and last < first:
            self.tell("X12-407", "DTP03 ends before it begins", "DTP03", state=state)

    def nm1_attending(self, raw: str, state: State) -> None:
        """Note that somebody attends."""
        self._attending = True
        self.nm1(raw, state)

    # ---------------------------------------------------------------------------------------------- line

    def sv2(self, raw: str, state: State) -> None:
        """Look at revenue code, procedure, modifiers and units of one line."""
        fields = self._fields(raw)
        revenue_code, procedure = fields[1], fields[2]
        self._lines.append(check837p.Line(self.number, f"{revenue_code}{self.element}{procedure}", fields[3]))
        self._revenue_codes.append(revenue_code)
        if not (len(revenue_code) == 4 and revenue_code.isascii() and revenue_code.isdigit()):
            self.tell("X12-424", "SV201 is not a revenue code of four digits", "SV201", state=state)
        elif not procedure and _CODED.fullmatch(revenue_code) and not _STAY.fullmatch(self._place):
            self.tell("X12-423", "the outpatient line has a revenue code and no procedure", "SV202", state=state)
        self._look_at_service(procedure, fields[4], fields[5], state)

    def dtp_line(self, raw: str, state: State) -> None:
        """Look at the days of service, and note them to compare them with the statement's."""
        super().dtp_line(raw, state)
        fields = self._fields(raw)
        first, _, last = fields[3].partition("-")
        self._days.append((self.number, first, last or first))

    # ---------------------------------------------------------------------------------------------- the whole claim

    def _look_at_form(self) -> None:
        stay = _STAY.fullmatch(self._place)
        if not self._attending:
            self._tell_claim("X12-421", "NM1*71, the attending provider, is missing", "NM101", loop="2310A")
        if stay and self._place != "86" and not self._admitted:
            self._tell_claim("X12-415", "the type of bill is an inpatient stay without DTP*435", "CLM05-1")
        for line in self._lines:
            if not line.day and not stay:
                message = "DTP*472 is missing on an outpatient line"
                self._tell_claim("X12-422", message, "DTP01", number=line.number, loop="2400")
        if self._statement is None:
            return
        begins, ends = self._statement
        for number, first, last in self._days:
            if first < begins or last > ends:
                message = "the day of service lies outside the statement's days (DTP*434)"
                self._tell_claim("X12-425", message, "DTP03", number=number, loop="2400")


_REPLACED = ("2310", "2420")

HANDLERS: Mapping[tuple[str, str], Handler] = {
    **{place: handler for place, handler in check837p.HANDLERS.items() if not place[0].startswith(_REPLACED)},
    **{(loop, "NM1"): Claims.nm1 for loop in NAMED},
    **{(loop, "REF"): Claims.ref_provider for loop in sorted(InstitutionalClaims.IDENTIFIED)},
    ("2310A", "NM1"): InstitutionalClaims.nm1_attending,
    ("2310E", "N3"): Claims.n3,
    ("2310E", "N4"): Claims.n4_nine,
    ("", "HI"): InstitutionalClaims.hi,
    ("2300", "DTP"): InstitutionalClaims.dtp_claim,
    ("", "SV2"): InstitutionalClaims.sv2,
    ("2400", "DTP"): InstitutionalClaims.dtp_line,
}
"""Which function looks at a segment of a loop ("": of any loop)."""
