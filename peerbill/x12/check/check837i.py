"""What a table cannot say about an 837I: admission, attending provider, codes of the NUBC, the statement's days.

All else is as in an 837P (`check837p.py`). The rules are those of the TR3 005010X223A2 as far as this project
could read them; the codes and where they were read are in `codesets/national/institutional.toml`.
"""

import re
from collections.abc import Iterator, Mapping

import attrs

from peerbill import codes
from peerbill.x12.check import check837p
from peerbill.x12.check.check837p import Claims, ServiceElements, amount
from peerbill.x12.rules837i import WHOLE
from peerbill.x12.structure import Handler, State, is_day

NAMED = (
    *("2010AA", "2310A", "2310B", "2310C", "2310D", "2310E", "2310F"),
    *("2420A", "2420B", "2420C", "2420D"),
)
"""Loops whose NM108 and NM109 are situational."""

_TYPE_OF_BILL = re.compile(r"[1-9][0-9]")
_PROCEDURE = re.compile(r"[0-9A-HJ-NP-Z]{7}")
_INTERIM = frozenset({"2", "3"})
_OTHER_DIAGNOSES = {
    "ABJ": "the admitting diagnosis",
    "APR": "the reason for the visit",
    "ABN": "the external cause",
}
_INFORMATION = {"BG": "condition", "BH": "occurrence", "BI": "occurrence span", "BE": "value"}
_PROCEDURES = frozenset({"BBR", "BBQ"})
_DISCHARGE = "096"
"""DTP01 of the hour of discharge."""

_OF_A_STAY = {"ABJ": "an admitting diagnosis", "DR": "a diagnosis related group"}
_EXTERNAL = frozenset("VWXY")
"""First letters of ICD-10-CM's external causes of morbidity."""

_NOT_THE_ATTENDING = {"2310D": "rendering", "2310F": "referring"}


@attrs.frozen
class _Coded:
    """A diagnosis beside the principal and the other ones: what it is, and where in the file."""

    name: str
    code: str
    number: int
    element: str


class InstitutionalClaims(Claims):
    """The institutional claims of a file."""

    SERVICE = ServiceElements("SV202", "SV203", "SV205")
    RENDERING = "2310D"
    RENDERING_OF_LINE = "2420C"
    SUPERVISING = ""
    SUPERVISING_OF_LINE = ""
    FACILITY = "2310E"
    IDENTIFIED = frozenset(NAMED) - {"2010AA", "2310E"}
    MOST_LINES = 999
    # An institutional bill's days are compared with those of its statement.
    PAST = frozenset()

    def _begin_claim(self) -> None:
        super()._begin_claim()
        self._attending = ""
        self._statement: tuple[int, str, str] | None = None
        self._admission: tuple[int, str] | None = None
        self._status: tuple[int, str] | None = None
        self._line_days: list[tuple[int, str, str]] = []
        self._hi_places: list[tuple[int, str]] = []
        self._coded: list[_Coded] = []
        self._present_on_admission: tuple[int, str] | None = None
        self._principal: tuple[int, bool] | None = None
        self._kinds_of_hi: dict[str, int] = {}
        self._operating = False
        self._information: set[tuple[str, ...]] = set()
        self._procedure_days: list[tuple[int, str, str]] = []

    @property
    def _bill(self) -> codes.InstitutionalCode | None:
        return codes.types_of_bill().get(self._place)

    # ---------------------------------------------------------------------------------------------- claim

    def _look_at_place(self, place: str, element: str, state: State) -> None:
        if len(place) != len("13"):
            return
        if not _TYPE_OF_BILL.fullmatch(place):
            self.tell("X12-426", f"{element} is not the first two digits of a type of bill", element, state=state)
        elif self._bill is None:
            self.tell("X12-426", f"{element} is {place}, which is no type of bill in use", element, state=state)
        elif self._frequency == "9" and not place.startswith("3"):
            message = f"CLM05-3 is 9, the final bill of home health, and the type of bill is {place}"
            self.tell("X12-485", message, "CLM05-3", state=state)

    def cl1(self, raw: str, state: State) -> None:
        """Look at priority and origin of the admission or visit, and at the patient's status."""
        fields = self._fields(raw)
        kind, origin, status = fields[1:4]
        self._status = (self.number, status)
        admission = codes.admission_types().get(kind)
        if len(kind) == 1 and admission is None:
            self.tell("X12-460", f"CL101 is {kind}, which is no type of admission or visit", "CL101", state=state)
        bill = self._bill
        point = codes.points_of_origin().get(origin)
        if not origin:
            if bill is None or bill.origin:
                self.tell("X12-461", "CL102, the point of origin, is missing", "CL102", state=state)
        elif len(origin) == 1 and point is None:
            self.tell("X12-461", f"CL102 is {origin}, which is no point of origin", "CL102", state=state)
        elif point is not None and admission is not None and admission.newborn and not point.newborn:
            self.tell("X12-461", f"CL102 is {origin}, which no newborn (CL101 {kind}) has", "CL102", state=state)
        if len(status) == len("01"):
            self._look_at_status(status, state)

    def _look_at_status(self, status: str, state: State) -> None:
        status_entry = codes.patient_statuses().get(status)
        if status_entry is None:
            self.tell("X12-462", f"CL103 is {status}, which is no patient status", "CL103", state=state)
        elif status_entry.stays and self._frequency in WHOLE:
            message = f"CL103 is {status} (still a patient), and the bill's frequency is {self._frequency}"
            self.tell("X12-463", message, "CL103", state=state)
        elif status_entry.hospice and self._bill is not None and not self._place.startswith("8"):
            self.tell("X12-463", f"CL103 is {status}, which hospice bills alone have", "CL103", state=state)
        elif not status_entry.stays and self._frequency in _INTERIM:
            message = f"CL103 is {status}, and the bill is an interim one (frequency {self._frequency})"
            self.tell("X12-478", message, "CL103", state=state)

    def hi(self, raw: str, state: State) -> None:
        """Note the diagnoses of the claim, each in the HI segment of its kind: the principal, then the others."""
        qualifier = raw[3:6].partition(self.component)[0]
        self._kinds_of_hi.setdefault(qualifier, self.number)
        if qualifier in _OTHER_DIAGNOSES or qualifier in _INFORMATION or qualifier in _PROCEDURES:
            for place, parts in self._entries(raw):
                self._look_at_entry(qualifier, place, parts, state)
            return
        if qualifier in ("ABK", "ABF"):
            self._look_at_indicators(qualifier, raw)
        earlier: tuple[str, ...] = self._diagnoses
        self._diagnoses = ()
        super().hi(raw, state)
        codes_sent: tuple[str, ...] = self._diagnoses
        for index, code in enumerate(codes_sent, 1):
            place = f"HI{index:02}-2"
            self._hi_places.append((self.number, place))
            if code and code in earlier:
                self.tell("X12-503", "the diagnosis is in an HI before", place, state=state)
        self._diagnoses = earlier + codes_sent

    def _entries(self, raw: str) -> Iterator[tuple[str, list[str]]]:
        """Yield each composite of an HI with its element's name, filled up to the ninth component."""
        for index, entry in enumerate(raw.split(self.element)[1:13], 1):
            yield f"HI{index:02}", [*entry.split(self.component), *[""] * 9]

    def _look_at_indicators(self, qualifier: str, raw: str) -> None:
        for place, parts in self._entries(raw):
            if qualifier == "ABK":
                self._principal = (self.number, bool(parts[8]))
            if parts[8] and self._present_on_admission is None:
                self._present_on_admission = (self.number, f"{place}-9")

    def _look_at_entry(self, qualifier: str, place: str, parts: list[str], state: State) -> None:
        code, day = parts[1], parts[3]
        if qualifier in _OTHER_DIAGNOSES:
            self._coded.append(_Coded(_OTHER_DIAGNOSES[qualifier], code, self.number, f"{place}-2"))
            if qualifier == "ABN" and code and code[0] not in _EXTERNAL:
                self.tell("X12-476", "the code sent as an external cause (ABN) is none", f"{place}-2", state=state)
            return
        if qualifier in _PROCEDURES:
            if code and not _PROCEDURE.fullmatch(code):
                self.tell("X12-481", "the procedure is no ICD-10-PCS code", f"{place}-2", state=state)
            self._procedure_days.append((self.number, f"{place}-4", day))
            return
        name = _INFORMATION[qualifier]
        if code and not codes.is_claim_information(qualifier, code):
            self.tell(
                "X12-465", f"the {name} code is not of the list of its qualifier {qualifier}", f"{place}-2", state=state
            )
        elif code and not codes.is_known_information(qualifier, code):
            self.tell(
                "X12-488", f"the {name} code begins with {code[0]}, which is not known", f"{place}-2", state=state
            )
        key = (qualifier, code) if qualifier in ("BG", "BE") else (qualifier, code, day)
        if key in self._information:
            self.tell("X12-466", f"the {name} code comes a second time in the claim", f"{place}-2", state=state)
        self._information.add(key)
        if qualifier in ("BH", "BI"):
            self._look_at_event(name, f"{place}-4", day, state)

    def _look_at_event(self, name: str, element: str, day: str, state: State) -> None:
        first, dash, last = day.partition("-")
        if dash and last < first:
            self.tell("X12-407", f"the {name} ends before it begins", element, state=state)
        if self._file_day and is_day(first) and first > self._file_day:
            self.tell("X12-475", f"the {name} is later than BHT04", element, state=state)

    def _place_of_diagnosis(self, index: int) -> tuple[int, str]:
        return self._hi_places[index - 1]

    def dtp_claim(self, raw: str, state: State) -> None:
        """Note the admission, the discharge and the statement's days."""
        super().dtp_claim(raw, state)
        fields = self._fields(raw)
        if fields[1] == "435":
            self._admission = (self.number, fields[3][:8])
        elif fields[1] == "434":
            first, _, last = fields[3].partition("-")
            self._statement = (self.number, first, last or first)

    def nm1_attending(self, raw: str, state: State) -> None:
        """Note who attends: a person, who has another NPI than the agency."""
        self.nm1(raw, state)
        fields = self._fields(raw)
        self._attending = fields[9] or self.element.join(fields[3:6])
        self._look_at_own_number(fields[9], "attending provider", state)

    def _look_at_own_number(self, npi: str, who: str, state: State) -> None:
        if npi and npi == self._billing:
            self.tell("X12-472", f"the {who} has the billing provider's NPI", "NM109", state=state)

    def nm1_operating(self, raw: str, state: State) -> None:
        """Check that another operating physician comes with an operating physician, each with their own NPI."""
        self.nm1(raw, state)
        self._look_at_own_number(self._fields(raw)[9], "operating physician", state)
        if state.loop == "2310B":
            self._operating = True
        elif not self._operating:
            message = "loop 2310C names another operating physician, and loop 2310B none"
            self.tell("X12-482", message, "NM101", state=state)

    def nm1_beside(self, raw: str, state: State) -> None:
        """Check that another provider is not the attending provider."""
        self.nm1(raw, state)
        fields = self._fields(raw)
        who = fields[9] or self.element.join(fields[3:6])
        if who and who == self._attending:
            what = _NOT_THE_ATTENDING[state.loop]
            self.tell("X12-473", f"the {what} provider is the attending provider", "NM109", state=state)

    # ---------------------------------------------------------------------------------------------- line

    def sv2(self, raw: str, state: State) -> None:
        """Look at revenue code, procedure, modifiers and units of a line."""
        fields = self._fields(raw)
        revenue_code, procedure = fields[1], fields[2]
        service = f"{revenue_code}{self.element}{procedure}"
        self._lines.append(check837p.Line(self.number, service, fields[3], revenue_code=revenue_code))
        bill = self._bill
        if not (len(revenue_code) == len("0900") and revenue_code.isascii() and revenue_code.isdigit()):
            self.tell("X12-424", "SV201 is not a revenue code of four digits", "SV201", state=state)
        elif not codes.is_revenue_code(revenue_code):
            self.tell("X12-464", f"SV201 is {revenue_code}, which is no revenue code of a line", "SV201", state=state)
        elif not procedure and codes.is_told_by_procedure(revenue_code) and not (bill is not None and bill.days):
            self.tell("X12-423", "the outpatient line has a revenue code and no procedure", "SV202", state=state)
        charge, noncovered = amount(fields[3]), amount(fields[7])
        if charge is not None and noncovered is not None and noncovered > charge:
            self.tell("X12-471", "SV207, the noncovered charge, is more than SV203", "SV207", state=state)
        self._look_at_service(procedure, fields[4], fields[5], state)

    def dtp_line(self, raw: str, state: State) -> None:
        """Look at the days of service, and note them to compare them with the statement's."""
        super().dtp_line(raw, state)
        fields = self._fields(raw)
        first, _, last = fields[3].partition("-")
        self._line_days.append((self.number, first, last or first))

    def svd(self, raw: str, state: State) -> None:
        """Note what an earlier payer paid for the line, under the line's revenue code."""
        super().svd(raw, state)
        fields = self._fields(raw)
        revenue_code = fields[4]
        if revenue_code and self._lines and revenue_code != self._lines[-1].revenue_code:
            message = f"SVD04 is {revenue_code}, and SV201 of the line is {self._lines[-1].revenue_code}"
            self.tell("X12-474", message, "SVD04", state=state)

    # ---------------------------------------------------------------------------------------------- the whole claim

    def _look_at_form(self) -> None:
        bill = self._bill
        if not self._attending:
            self._tell_claim("X12-421", "NM1*71, the attending provider, is missing", "NM101", loop="2310A")
        if bill is not None and bill.inpatient:
            self._look_at_stay()
        else:
            self._look_at_visit()
        if not (bill is not None and bill.days):
            for line in self._lines:
                if not line.day:
                    message = "DTP*472 is missing on an outpatient line"
                    self._tell_claim("X12-422", message, "DTP01", number=line.number, loop="2400")
            self._look_at_accommodation()
        if self._status is not None and _DISCHARGE in self._days:
            number, code = self._status
            status = codes.patient_statuses().get(code)
            if status is not None and status.stays:
                message = f"CL103 is {code} (still a patient), and DTP*096 has an hour of discharge"
                self._tell_claim("X12-463", message, "CL103", number=number)
        self._look_at_statement()

    def _look_at_accommodation(self) -> None:
        """Say where an outpatient bill has room and board."""
        if self._bill is not None and self._bill.residential:
            return
        for line in self._lines:
            if codes.is_room_and_board(line.revenue_code):
                what = f"SV201 is {line.revenue_code}, room and board"
                message = f"{what}, and the bill is no inpatient or residential one"
                self._tell_claim("X12-487", message, "SV201", number=line.number, loop="2400")

    def _look_at_stay(self) -> None:
        """Say what an inpatient bill lacks."""
        if self._admission is None:
            self._tell_claim("X12-468", "the type of bill is an inpatient stay without DTP*435", "CLM05-1")
        if "ABJ" not in self._kinds_of_hi:
            self._tell_claim("X12-469", "the type of bill is an inpatient stay without HI*ABJ", "CLM05-1")
        if self._principal is not None and self._place == "11" and not self._principal[1]:
            message = "the principal diagnosis of a hospital stay has no present-on-admission indicator"
            self._tell_claim("X12-483", message, "HI01-9", number=self._principal[0])
        if "APR" in self._kinds_of_hi:
            message = "the bill is an inpatient one and has a reason for the visit"
            self._tell_claim("X12-484", message, "HI01-1", number=self._kinds_of_hi["APR"])
        if _DISCHARGE not in self._days and self._frequency in WHOLE and not self._place.startswith("2"):
            self._tell_claim("X12-479", "the type of bill is a finished inpatient stay without DTP*096", "CLM05-1")

    def _look_at_visit(self) -> None:
        """Say what an outpatient bill has that belongs to a stay."""
        if self._present_on_admission is not None:
            number, element = self._present_on_admission
            message = "the bill is no inpatient one and has a present-on-admission indicator"
            self._tell_claim("X12-477", message, element, number=number)
        for qualifier, name in _OF_A_STAY.items():
            if qualifier in self._kinds_of_hi:
                message = f"the bill is no inpatient one and has {name}"
                self._tell_claim("X12-480", message, "HI01-1", number=self._kinds_of_hi[qualifier])
        for number, element, _ in self._procedure_days[:1]:
            message = "the bill is no inpatient one and has an inpatient procedure; SV202 has those of a visit"
            self._tell_claim("X12-481", message, element, number=number)

    def _look_at_statement(self) -> None:
        if self._statement is None:
            return
        where, begins, ends = self._statement
        if self._file_day and is_day(ends) and ends > self._file_day:
            self._tell_claim("X12-470", "the statement (DTP*434) ends after BHT04", "DTP03", number=where)
        if self._birth and is_day(begins) and begins < self._birth:
            self._tell_claim("X12-470", "the statement (DTP*434) begins before the birth", "DTP03", number=where)
        if self._admission is not None and is_day(self._admission[1]):
            self._look_at_admission(*self._admission, begins, max(begins, ends))
        for number, first, last in self._line_days:
            if first < begins or last > ends:
                message = "the day of service lies outside the statement's days (DTP*434)"
                self._tell_claim("X12-425", message, "DTP03", number=number, loop="2400")
        for number, element, day in self._procedure_days:
            if is_day(day) and day > ends:
                self._tell_claim("X12-481", "the procedure is after the statement's days", element, number=number)

    def _look_at_admission(self, number: int, admitted: str, begins: str, ends: str) -> None:
        bill = self._bill
        if admitted > ends:
            message = "the admission (DTP*435) is after the statement's days (DTP*434)"
            self._tell_claim("X12-467", message, "DTP03", number=number)
        elif self._birth and admitted < self._birth:
            self._tell_claim("X12-467", "the admission (DTP*435) is before the birth", "DTP03", number=number)
        elif bill is not None and bill.inpatient and self._frequency == "1" and admitted < begins:
            message = "the admission (DTP*435) is before the statement, and frequency 1 begins with it"
            self._tell_claim("X12-486", message, "DTP03", number=number)

    def _look_at_diagnoses(self) -> None:
        super()._look_at_diagnoses()
        if self._icd9:
            return
        day = self._diagnosis_day()
        for entry in self._coded:
            self._look_at_diagnosis(entry.name, entry.code, (entry.number, entry.element), day=day)


_REPLACED = ("2310", "2420")

HANDLERS: Mapping[tuple[str, str], Handler] = {
    **{place: handler for place, handler in check837p.HANDLERS.items() if not place[0].startswith(_REPLACED)},
    **{(loop, "NM1"): Claims.nm1 for loop in NAMED},
    **{(loop, "NM1"): InstitutionalClaims.nm1_beside for loop in _NOT_THE_ATTENDING},
    **{(loop, "REF"): Claims.ref_provider for loop in sorted(InstitutionalClaims.IDENTIFIED)},
    ("2310A", "NM1"): InstitutionalClaims.nm1_attending,
    ("2310B", "NM1"): InstitutionalClaims.nm1_operating,
    ("2310C", "NM1"): InstitutionalClaims.nm1_operating,
    ("2310E", "N3"): Claims.n3,
    ("2310E", "N4"): Claims.n4_nine,
    ("", "CL1"): InstitutionalClaims.cl1,
    ("", "HI"): InstitutionalClaims.hi,
    ("2300", "DTP"): InstitutionalClaims.dtp_claim,
    ("", "SV2"): InstitutionalClaims.sv2,
    ("2400", "DTP"): InstitutionalClaims.dtp_line,
    ("", "SVD"): InstitutionalClaims.svd,
}
"""Which function looks at a segment of a loop ("": of any loop)."""
