"""What a table cannot say about the claims of an 837P: situational rules, code values, balance, duplicates.

`check_parties.py` looks at the levels and people above a claim, `check837i.py` at the 837I, where most of this holds
too. Each function named in HANDLERS looks at one segment just read; `close_claim` looks at the claim as a whole. The
rules are those of the TR3 005010X222A1 as far as this project could read them, and of CMS, NUCC and the NPI's check
digit.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

import attrs

from peerbill import codes
from peerbill.model.finding import Severity
from peerbill.x12.check.check_codes import (
    has_begun,
    is_covered,
    judge_diagnosis,
    look_at_accident_place,
    look_at_currency,
    look_at_remarks,
)
from peerbill.x12.check.check_envelope import Seen
from peerbill.x12.check.check_other_payers import Answer, AnsweredLine, Answers
from peerbill.x12.check.check_parties import PAD, Parties, Party
from peerbill.x12.problems import problem
from peerbill.x12.relations import Relation
from peerbill.x12.structure import Handler, State, Trouble, is_day, shown, size

MOST_CLAIMS_OF_SUBSCRIBER = 100
MOST_CLAIMS = 5000

ICD10_BEGAN = "20151001"

_AMOUNT = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII)
_ACCIDENTS = frozenset({"AA", "OA"})
_NUMBERED_ATTACHMENTS = frozenset({"BM", "EL", "EM", "FT", "FX"})
"""Ways of sending an attachment (PWK02) in which the payer finds the claim by its number."""

_OF_CERTIFICATES = frozenset({"AB", "AD", "AF", "AG", "NS"})
"""Values of PWK02 in a line that only the certificate of medical necessity has."""

MOST_REFERENCE = 30
"""Characters of BHT03 and of a line's REF*6R that a receiver returns; X12 itself allows 50."""

MOST_TRACE = 20
"""Characters of a clearinghouse's REF*D9, by the guide's note."""

MOST_UNITS = Decimal(99_999_999)
"""SV104 holds at most eight digits before the point, by the guide's note, and three after it."""

_PAST = {
    *(
        "011",
        "050",
        "090",
        "091",
        "096",
        "304",
        "431",
        "435",
        "439",
        "444",
        "453",
        "454",
        "455",
        "461",
        "463",
        "471",
        "484",
    ),
    *("607", "738", "739"),
}
"""Days of a claim or line (DTP01) that are over when the file is written."""

_NOT_AFTER_SERVICE = {
    "304": "the patient was last seen",
    "431": "the illness began",
    "435": "the patient was admitted",
    "439": "the accident happened",
    "453": "the condition became acute",
    "454": "the treatment began",
    "484": "the last menstrual period was",
}
"""Days of a claim (DTP01) that lie before the last service or on it, and what happened then."""

_NDC = re.compile(r"[0-9]{11}", re.ASCII)
_CLIA = re.compile(r"[0-9]{2}D[0-9]{7}", re.ASCII)
"""The number of a laboratory under the Clinical Laboratory Improvement Amendments."""

_DISABILITY = {"314": "RD8", "360": "D8", "361": "D8"}
"""Form (DTP02) of the days of disability (DTP01): both, the first, the last."""

_LATER_RANKS = frozenset("STABCDEFGH")
"""Ranks of SBR01 before which another payer comes."""

NAMED = ("2010AA", "2310A", "2310B", "2310C", "2310D", "2420A", "2420B", "2420C", "2420D", "2420E", "2420F")
"""Loops whose NM108 and NM109 are situational."""


@lru_cache(maxsize=65536)
def amount(text: str) -> Decimal | None:
    """Return a number as it is in an element, or None for what is none."""
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


class Above(NamedTuple):
    """What a claim's subscriber is below: the HL read last, the HL of the billing provider, BHT04, and the provider.

    `hl` is a number; the others are texts, "" where there is none or it is no day. `provider` is its NPI and address.
    """

    hl: int
    parent: str
    file_day: str
    provider: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether there is an HL of a billing provider, its NPI and the file's day, and numbers of HL have room."""
        is_id = self.parent.isascii() and self.parent.isalnum() and len(self.parent) <= 12
        return is_id and self.hl < 10**11 and bool(self.file_day and self.provider[0])


class OnlyClaim(NamedTuple):
    """Of a subscriber's only claim: its place of service, its frequency, and who rendered it."""

    place: str
    frequency: str
    rendering: str


class ServiceElements(NamedTuple):
    """Where a form's service segment holds what both forms have."""

    procedure: str
    charge: str
    units: str


@attrs.define
class Line:
    """A service line while its claim is read; `service` is its procedure as it is there."""

    number: int
    service: str
    charge: str
    place: str = ""
    day: str = ""
    rendering: str = ""
    pointer: int = 0
    answers: tuple[Answer, ...] = ()
    revenue_code: str = ""


class Claims(Parties):
    """The claims of a file, one at a time. `claim_ids` are those of the file's claims of another form."""

    SERVICE = ServiceElements("SV101", "SV102", "SV104")
    RENDERING = "2310B"
    RENDERING_OF_LINE = "2420A"
    SUPERVISING = "2310D"
    SUPERVISING_OF_LINE = "2420D"
    FACILITY = "2310C"
    IDENTIFIED = frozenset({"2310B", "2310D", "2420A", "2420D"})
    MOST_LINES = 50
    PAST: frozenset[str] = frozenset(_PAST)

    def __init__(self, claim_ids: Seen | None = None) -> None:
        self.total = 0
        self.claim_ids = Seen() if claim_ids is None else claim_ids
        self._services = Seen()
        super().__init__()

    def begin(self) -> None:
        """Forget the transaction set before."""
        super().begin()
        self._claims = 0
        self._corrected: set[tuple[str, str]] = set()
        self._chargeable = False
        self._begin_claim()

    def finish(self) -> None:
        """End the transaction set."""
        self._end_hl("")
        if self._claims > MOST_CLAIMS:
            self.tell("X12-110", f"the transaction set has {self._claims} claims")
        self.begin()

    def _begin_claim(self) -> None:
        self._clm: list[str] = list(PAD)
        self._clm_number = 0
        self._place = ""
        self._frequency = ""
        self._diagnoses: tuple[str, ...] = ()
        self._hi_number = 0
        self._icd9 = False
        self._payer_control = 0
        self._has_cause = False
        self._days: dict[str, str] = {}
        self._rendering = ""
        self._supervising = ""
        self._referred = False
        self._facility_street = ""
        self._accident = False
        self._patient_paid: Decimal | None = None
        self._references: dict[str, str] = {}
        self._lines: list[Line] = []
        self._lx = 0
        self._line_ids: list[str] = []
        self._others: list[Answer] = []
        self._answered = False

    def bht(self, raw: str, state: State) -> None:
        """Note BHT04, the day after which no service may lie, and whether the claims are chargeable (BHT06)."""
        fields = self._fields(raw)
        self._file_day = fields[4] if is_day(fields[4]) else ""
        self._chargeable = fields[6] == "CH"
        if len(fields[3]) > MOST_REFERENCE:
            message = f"BHT03 has {len(fields[3])} characters; at most {MOST_REFERENCE} expected"
            self.tell("X12-306", message, "BHT03", state=state)
        if self._file_day and is_day(self.group_day) and self._file_day > self.group_day:
            self.tell("X12-114", "BHT04 is later than GS04", "BHT04", state=state)

    # ---------------------------------------------------------------------------------------------- ordinary claims

    # What `lane837p.py` asks of the claims read before, and notes of those that it read.

    @property
    def found(self) -> int:
        """How many problems are not handed over yet."""
        return len(self.problems) + len(self._waiting)

    @property
    def above(self) -> Above:
        """What the next subscriber is below."""
        provider = (self._billing, *self._billing_address)
        return Above(self._hl, self._parents.get("20", ""), self._file_day, provider)

    @property
    def only_claim(self) -> OnlyClaim | None:
        """The claim read last, if its subscriber has no other."""
        return OnlyClaim(self._place, self._frequency, self._rendering) if self._claims_here == 1 else None

    def end_level_before(self, number: int) -> None:
        """End the level before the HL of a subscriber, as this HL does when it is read; `number` is its own."""
        self.number = number
        self._end_hl("22")

    def note_ordinary(self, claim_id: str, services: Sequence[tuple[str, ...]]) -> bool:
        """Note a claim's id and services; return whether all are new, and note none where one is not."""
        if not self._services.add_all(services):
            return False
        if self.claim_ids.add(claim_id):
            return True
        self._services.take_back()
        return False

    def count_ordinary(self, levels: int, claims: int) -> None:
        """Count subscribers (HL) and claims that were read."""
        self._hl += levels
        self.total += claims
        self._claims += claims

    @contextmanager
    def reading_again(self) -> Iterator[None]:
        """Let the last ordinary claim be read once more: it is counted and noted already, and ends with it."""
        held = self.claim_ids, self._services
        self.claim_ids, self._services = Seen(), Seen()
        self.count_ordinary(-1, -1)
        yield
        self.close_claim()
        self.claim_ids, self._services = held

    def skip_claims(self, number: int) -> None:
        """Count claims of the subscriber read last that are not read again."""
        self._claims_here += number

    # ---------------------------------------------------------------------------------------------- providers

    def _note_provider(self, loop: str, party: Party) -> str:
        if loop == self.RENDERING:
            self._rendering = party.who
            return self._billing
        if loop == self.RENDERING_OF_LINE and self._lines:
            self._lines[-1].rendering = party.who
            return self._rendering or self._billing
        if loop == self.SUPERVISING:
            self._supervising = party.id
            return self._billing
        if loop == self.SUPERVISING_OF_LINE:
            return self._supervising
        return super()._note_provider(loop, party)

    def nm1_referrer(self, raw: str, state: State) -> None:
        """Look whether referring providers come in order: DN, then P3."""
        self.nm1(raw, state)
        kind = self._fields(raw)[1]
        if kind == "P3" and not self._referred:
            self.tell("X12-454", "NM1*P3 comes without NM1*DN before it", "NM101", state=state)
        elif kind == "DN" and self._referred:
            self.tell("X12-454", "NM1*DN comes twice; the second referrer is P3", "NM101", state=state)
        self._referred = True

    # ---------------------------------------------------------------------------------------------- claim

    def clm(self, raw: str, state: State) -> None:
        """Begin a claim: its id, place and frequency; what its subscriber must have."""
        self.close_claim()
        fields = self._fields(raw)
        self._begin_claim()
        self._open = True
        self._clm, self._clm_number = fields, self.number
        self.claim_id = fields[1]
        self._before_claim = False
        self.problems += [attrs.evolve(found, claim=self.claim_id) for found in self._waiting]
        self._waiting = []
        self.total += 1
        self._claims += 1
        self._claims_here += 1
        if self._claims_here == MOST_CLAIMS_OF_SUBSCRIBER + 1:
            self.tell(
                "X12-204",
                f"loop 2300 comes more than {MOST_CLAIMS_OF_SUBSCRIBER} times for the subscriber",
                state=state,
            )
        if len(fields[1]) > 20:
            self.tell("X12-416", f"CLM01 has {size(fields[1])}; payers return 20", "CLM01", state=state)
        place = fields[5].split(self.component)
        self._place, self._frequency = place[0], place[2] if len(place) > 2 else ""
        self._look_at_place(self._place, "CLM05-1", state)
        if fields[11]:
            self._look_at_causes(fields[11].split(self.component), state)
        if self._chargeable and amount(fields[2]) == 0:
            self.tell("X12-429", "CLM02 is 0, and BHT06 is CH", "CLM02", state=state)
        if self._level == "22" and not self._told_subscriber:
            self._told_subscriber = True
            self._look_at_subscriber()
        if not self._billing and not self._payer_knows_provider:
            self.tell(
                "X12-414", "the billing provider has neither NPI nor REF*G2 in loop 2010BB", "NM109", loop="2010AA"
            )

    def _look_at_causes(self, causes: list[str], state: State) -> None:
        self._has_cause = any(causes[:3])
        self._accident = not _ACCIDENTS.isdisjoint(causes[:3])
        self.tell_all(tuple(look_at_accident_place(causes)), state)
        if "AA" in causes[:3] and not any(causes[3:5]):
            message = "CLM11 names a car accident, and its state (CLM11-4) or country (CLM11-5) is missing"
            self.tell("X12-445", message, "CLM11-4", state=state)

    def _look_at_place(self, place: str, element: str, state: State) -> None:
        if self._known("place", place, _look_at_place):
            self.tell("X12-507", f"{element} is {shown(place, element)}, no place of service", element, state=state)

    def cur(self, raw: str, state: State) -> None:
        """Look at the currency."""
        self.tell_all(tuple(look_at_currency(self._fields(raw))), state)

    def hi(self, raw: str, state: State) -> None:
        """Note the diagnoses, each once; they are checked when the day of service is known."""
        qualifier = raw[3:6].partition(self.component)[0]
        if qualifier not in ("ABK", "ABF", "BK", "BF"):
            return
        self._icd9 = qualifier in ("BK", "BF")
        if f"{self.element}{'ABF' if self._icd9 else 'BF'}{self.component}" in raw:
            self.tell("X12-502", "HI has qualifiers of ICD-9 (BK, BF) and of ICD-10 (ABK, ABF)", "HI02-1", state=state)
        entries = [entry.split(self.component) for entry in raw.split(self.element)[1:13]]
        self._diagnoses = tuple(entry[1] if len(entry) > 1 else "" for entry in entries)
        self._hi_number = self.number
        if "" in self._diagnoses[:-1]:
            message = "an element of HI is empty, and diagnoses follow it"
            self.tell("X12-456", message, f"HI{self._diagnoses.index('') + 1:02}", state=state)
        if len(set(self._diagnoses)) < len(self._diagnoses):
            for index, code in enumerate(self._diagnoses):
                if code and code in self._diagnoses[:index]:
                    element = f"HI{index + 1:02}-2"
                    self.tell("X12-503", f"diagnosis {index + 1} stands in HI before", element, state=state)

    def dtp_claim(self, raw: str, state: State) -> None:
        """Note the claim's days, such as those of admission, discharge and accident."""
        fields = self._fields(raw)
        qualifier, day = fields[1], fields[3]
        self._days[qualifier] = day
        if qualifier == "439":
            self._accident = False
            if not self._has_cause:
                message = "DTP*439 is the day of an accident, and CLM11 names none"
                self.tell("X12-492", message, "DTP01", state=state)
        elif fields[2] != _DISABILITY.get(qualifier, fields[2]):
            message = f"DTP02 is {fields[2]}; {_DISABILITY[qualifier]} expected with DTP*{qualifier}"
            self.tell("X12-307", message, "DTP02", state=state)
        self._look_at_past(qualifier, day, state)
        first, _, last = day.partition("-")
        if fields[2] == "RD8" and is_day(first) and is_day(last) and last < first:
            self.tell("X12-407", "DTP03 ends before it begins", "DTP03", state=state)

    def _look_at_past(self, qualifier: str, day: str, state: State) -> None:
        if qualifier in self.PAST and self._file_day and is_day(day[:8]) and day[:8] > self._file_day:
            self.tell("X12-441", f"DTP*{qualifier} is later than BHT04", "DTP03", state=state)

    def ref_claim(self, raw: str, state: State) -> None:
        """Note the payer's claim number (F8), authorization (G1) and referral (9F)."""
        fields = self._fields(raw)
        if fields[1] == "F8":
            self._payer_control = self.number
        elif fields[1] == "D9" and len(fields[2]) > MOST_TRACE:
            message = f"REF*D9 has {len(fields[2])} characters; it may have {MOST_TRACE}"
            self.tell("X12-306", message, "REF02", state=state)
        self._look_at_laboratory(fields, state)
        self._references[fields[1]] = fields[2]

    def _look_at_laboratory(self, fields: Sequence[str], state: State) -> None:
        if fields[1] in ("X4", "F4") and not _CLIA.fullmatch(fields[2]):
            message = f"REF*{fields[1]} has {size(fields[2])}; two digits, D and seven digits expected"
            self.tell("X12-494", message, "REF02", state=state)

    def amt_claim(self, raw: str, _state: State) -> None:
        """Note what the patient paid."""
        fields = self._fields(raw)
        if fields[1] == "F5":
            self._patient_paid = amount(fields[2])

    def crc(self, raw: str, state: State) -> None:
        """Check that a screening of a child without a referral has no reason of a referral."""
        fields = self._fields(raw)
        if fields[1] == "ZZ" and fields[2] == "N" and fields[3] != "NU":
            self.tell("X12-495", "CRC02 is N, no referral, and CRC03 is not NU", "CRC03", state=state)

    def pwk(self, raw: str, state: State) -> None:
        """Look whether an attachment that is sent by itself has the number by which the payer finds its claim."""
        fields = self._fields(raw)
        if fields[2] in _NUMBERED_ATTACHMENTS and not (fields[5] and fields[6]):
            message = "an attachment that is sent apart (PWK02) has no number in PWK05 and PWK06"
            self.tell("X12-430", message, "PWK06", state=state)
        if fields[2] in _OF_CERTIFICATES and fields[1] != "CT":
            message = f"PWK02 is {fields[2]}, which only a certificate (PWK01 CT) has"
            self.tell("X12-307", message, "PWK02", state=state)

    # ---------------------------------------------------------------------------------------------- other payers

    def sbr_other(self, raw: str, state: State) -> None:
        """Note another payer of the claim: its rank, and what its subscriber is to the patient."""
        self._flush_provider()
        fields = self._fields(raw)
        self._others.append(Answer(self.number, rank=fields[1], relationship=fields[2]))
        if not fields[9]:
            self.tell("X12-411", "SBR09 of the other payer is empty", "SBR09", state=state)
        self._look_at_medicare(fields, state)

    def nm1_other_subscriber(self, raw: str, state: State) -> None:
        """Look at the subscriber of another payer."""
        self.nm1_person(raw, state)
        if self._fields(raw)[2] == "2" and self._others and self._others[-1].relationship == "18":
            message = "the other payer's subscriber is an organization (NM102 is 2) and the patient (SBR02 is 18)"
            self.tell("X12-439", message, "NM102", state=state)

    def nm1_payer(self, raw: str, _state: State) -> None:
        """Note the id of another payer."""
        if self._others:
            self._others[-1].payer = self._fields(raw)[9]

    def _answer(self, state: State) -> Answer | None:
        """Return the other payer's answer to which a segment belongs: of loop 2430, or of 2320 and 2330B."""
        held: Sequence[Answer] = self._lines[-1].answers if state.loop == "2430" and self._lines else self._others
        return held[-1] if held else None

    def cas(self, raw: str, state: State) -> None:
        """Add up the adjustments of another payer; look at their reasons."""
        fields = self._fields(raw)
        answer = self._answer(state)
        if answer is not None:
            answer.has_adjustments = True
            adjusted = sum((amount(text) or Decimal(0) for text in fields[3:20:3]), Decimal(0))
            answer.adjusted += adjusted
            answer.share += adjusted if fields[1] == "PR" else 0
        for first in range(2, 20, 3):
            reason, cut, quantity = map(bool, fields[first : first + 3])
            # The first reason and amount are required elements of the table.
            if first > 2 and (reason != cut or (quantity and not reason)):
                needed = (first, first + 1) if reason or cut else (first, first + 2)
                missing, message = Relation("P", needed).explain("CAS", fields)
                self.tell("X12-413", message, missing, state=state)
            elif reason and codes.carc(fields[first]) is None:
                severity = Severity.WARNING if codes.is_newer_reason(fields[first]) else None
                place = f"CAS{first:02}"
                message = f"{place} is {shown(fields[first], place)}, no claim adjustment reason code (CARC)"
                self.tell("X12-450", message, place, state=state, severity=severity)

    def amt_other(self, raw: str, state: State) -> None:
        """Note what another payer paid (D), what it left to the patient (EAF) and what it was not asked for (A8)."""
        fields = self._fields(raw)
        answer = self._answer(state)
        if answer is None:
            return
        if fields[1] == "D":
            answer.paid = amount(fields[2])
        elif fields[1] == "A8":
            answer.noncovered = amount(fields[2])
        elif fields[1] == "EAF":
            answer.owed = amount(fields[2])

    def moa(self, raw: str, state: State) -> None:
        """Look at the remark codes of an earlier payer."""
        self.tell_all(tuple(look_at_remarks(self._fields(raw))), state)

    def dtp_other(self, raw: str, state: State) -> None:
        """Note another payer's day (573): of the claim, 2330B, or of a line, 2430."""
        fields = self._fields(raw)
        answer = self._answer(state)
        if answer is not None and fields[1] == "573" and is_day(fields[3]):
            answer.day = fields[3]

    def svd(self, raw: str, state: State) -> None:
        """Note what another payer paid for the line."""
        self._flush_provider()
        fields = self._fields(raw)
        self._answered = True
        if self._lines:
            answer = Answer(self.number, fields[1], paid=amount(fields[2]), bundled=fields[6])
            self._lines[-1].answers += (answer,)
        if fields[3]:
            troubles = self._known("paid procedure", fields[3], self._look_at_paid_procedure)
            self.tell_all(troubles, state)

    # ---------------------------------------------------------------------------------------------- line

    def lx(self, raw: str, state: State) -> None:
        """Look whether LX01 counts from 1 in each claim."""
        if self._nameless:
            self._flush_provider()
        text = raw.partition(self.element)[2]
        self._lx += 1
        if text != str(self._lx):
            self.tell("X12-208", f"LX01 is {shown(text, 'LX01')}; {self._lx} expected", "LX01", state=state)
            if text.isascii() and text.isdigit() and len(text) < 7:
                self._lx = int(text)
        if len(self._lines) == self.MOST_LINES:
            self.tell("X12-204", f"the claim has more than {self.MOST_LINES} lines (loop 2400)", "LX01", state=state)

    def sv1(self, raw: str, state: State) -> None:
        """Look at procedure, modifiers, units, place and pointers of a line."""
        fields = self._fields(raw)
        line = Line(self.number, fields[1], fields[2], fields[5])
        self._lines.append(line)
        self._look_at_service(fields[1], fields[3], fields[4], state)
        if fields[5]:
            self._look_at_place(fields[5], "SV105", state)
        highest, twice, gap = look_at_pointers(fields[7], self.component)
        line.pointer = highest
        if gap:
            self.tell("X12-405", "a pointer of SV107 is empty, and others follow it", "SV107", state=state)
        if twice:
            self.tell("X12-405", "SV107 points to a diagnosis twice", "SV107", state=state)

    def _look_at_service(self, procedure: str, unit: str, quantity: str, state: State) -> None:
        troubles = self._known("procedure", procedure, self._look_at_procedure)
        if troubles:
            self.tell_all(troubles, state)
        units = amount(quantity)
        place = self.SERVICE.units
        if units is not None and units <= 0:
            self.tell("X12-408", f"{place} is {shown(quantity, place)}; more than 0 expected", place, state=state)
        elif units is not None and (units > MOST_UNITS or units != round(units, 3)):
            message = f"{place} has more than eight digits before the point, or more than three after it"
            self.tell("X12-306", message, place, state=state)
        elif units is not None and unit == "UN" and units != units.to_integral_value():
            severity = Severity.ERROR if codes.is_known_hcpcs(procedure.partition(self.component)[2][:5]) else None
            message = f"{place} is {shown(quantity, place)}, no whole number of units"
            self.tell("X12-409", message, place, state=state, severity=severity)
        if unit == "MJ" and procedure.partition(self.component)[2][:1].isalpha():
            message = "minutes (MJ) are the unit of anesthesia; the procedure is another service"
            self.tell("X12-443", message, "SV103", state=state)

    def _look_at_procedure(self, composite: str) -> tuple[Trouble, ...]:
        return self._look_at_composite(composite, self.SERVICE.procedure)

    def _look_at_paid_procedure(self, composite: str) -> tuple[Trouble, ...]:
        return self._look_at_composite(composite, "SVD03")

    def _look_at_composite(self, composite: str, place: str) -> tuple[Trouble, ...]:
        parts = [*composite.split(self.component), *[""] * 7]
        troubles = []
        if parts[0] == "HC" and parts[1] and not codes.is_plausible_hcpcs(parts[1]):
            troubles.append(
                Trouble("X12-504", f"{place}-2", f"{place}-2 is {shown(parts[1], place)}, no HCPCS or CPT code")
            )
        modifiers = [part for part in parts[2:6] if part]
        if len(set(modifiers)) < len(modifiers):
            troubles.append(Trouble("X12-410", f"{place}-3", f"a modifier stands twice in {place}"))
        if modifiers and modifiers != parts[2 : 2 + len(modifiers)]:
            troubles.append(Trouble("X12-455", f"{place}-3", f"a modifier stands behind an empty one in {place}"))
        if codes.is_modifier_shape(parts[6]):
            message = f"{place}-7 looks like a fifth modifier; it is the description"
            troubles.append(Trouble("X12-410", f"{place}-7", message))
        return tuple(troubles)

    def dtp_line(self, raw: str, state: State) -> None:
        """Look at the day of service: in order, and not after the file."""
        fields = raw.split(self.element)
        if len(fields) < 4:
            return
        if fields[1] != "472":
            self._look_at_past(fields[1], fields[3], state)
            return
        first, dash, last = fields[3].partition("-")
        if self._lines:
            self._lines[-1].day = first
        if dash and last < first:
            self.tell("X12-407", "DTP03 ends before it begins", "DTP03", state=state)
        if self._file_day and max(first, last) > self._file_day:
            self.tell("X12-406", "the service is later than BHT04", "DTP03", state=state)
        if self._birth and first < self._birth:
            self.tell("X12-417", "the service is earlier than the birth date", "DTP03", state=state)
        if self._died and max(first, last) > self._died:
            self.tell("X12-442", "the service is later than the day of death (PAT06)", "DTP03", state=state)

    def ref_line(self, raw: str, state: State) -> None:
        """Note the line's id, of which a remittance returns 30 characters."""
        fields = raw.split(self.element)
        if len(fields) > 2 and fields[1] == "6R":
            self._line_ids.append(fields[2])
            if len(fields[2]) > MOST_REFERENCE:
                message = f"REF*6R has {len(fields[2])} characters; at most {MOST_REFERENCE} expected"
                self.tell("X12-306", message, "REF02", state=state)
        elif len(fields) > 2:
            self._look_at_laboratory(fields, state)

    def lin(self, raw: str, state: State) -> None:
        """Look whether a drug code has the eleven digits of HIPAA's form."""
        fields = self._fields(raw)
        if fields[2] == "N4" and not _NDC.fullmatch(fields[3]):
            self.tell("X12-453", "LIN03 is not a National Drug Code of eleven digits", "LIN03", state=state)

    # ---------------------------------------------------------------------------------------------- the whole claim

    def close_claim(self) -> None:
        """Report the faults of the claim as a whole."""
        if self._nameless:
            self._flush_provider()
        if not self._open:
            return
        self._open = False
        self._balance()
        if self._frequency in ("7", "8") and not self._payer_control:
            kind = "a replacement" if self._frequency == "7" else "a void"
            self._tell_claim("X12-403", f"the claim is {kind} (frequency {self._frequency}) without REF*F8", "CLM05-3")
        elif self._frequency == "1" and self._payer_control:
            self._tell_claim("X12-404", "the claim is an original (frequency 1) with REF*F8", "CLM05-3")
        elif self._payer_control:
            self._look_at_correction((self._destination, self._references["F8"]))
        if self._rank in _LATER_RANKS and not self._others and not self._answered:
            message = "SBR01 ranks the payer after another, and no loop 2320 names that one"
            self._tell_claim("X12-491", message, "SBR01", loop="2000B", number=self._sbr_number)
        self._look_at_form()
        if len(set(self._line_ids)) < len(self._line_ids):
            self._tell_claim("X12-704", "two lines have one REF*6R", "REF02", loop="2400")
        if self._accident:
            self._tell_claim("X12-431", "CLM11 names an accident, and DTP*439 is missing", "CLM11-1")
        if self._supervising and self._supervising == self._rendering:
            self._tell_claim("X12-432", "the supervising provider is the rendering provider", "NM109", loop="2310D")
        if self._references.get("G1") and self._references["G1"] == self._references.get("9F"):
            self._tell_claim("X12-433", "REF*G1 and REF*9F carry the same number", "REF02")
        self._look_at_diagnoses()
        self._look_at_duplicates()

    def _look_at_correction(self, corrected: tuple[str, str]) -> None:
        if corrected in self._corrected:
            message = "an earlier claim of the transaction set replaces or voids the same claim of the payer"
            self._tell_claim("X12-493", message, "REF02", number=self._payer_control)
        self._corrected.add(corrected)

    def _look_at_form(self) -> None:
        """Say what this form of claim lacks that its table cannot ask for."""
        if "435" not in self._days and any(map(self._is_inpatient, self._lines)):
            self._tell_claim("X12-415", "the place of service is an inpatient stay without DTP*435", "CLM05-1")
        if self._days:
            self._look_at_days(self._days)

    def _is_inpatient(self, line: Line) -> bool:
        return codes.is_inpatient_place(line.place or self._place)

    def _look_at_days(self, days: Mapping[str, str]) -> None:
        """Say which of the claim's days lie after its services, and which services outside the stay."""
        days = {qualifier: day[:8] for qualifier, day in days.items() if is_day(day[:8])}
        served = [line.day for line in self._lines if line.day]
        for qualifier, what in _NOT_AFTER_SERVICE.items():
            if served and days.get(qualifier, "") > max(served):
                message = f"DTP*{qualifier} is later than the services: {what} after them"
                self._tell_claim("X12-441", message, "DTP03")
        admitted, discharged = days.get("435", ""), days.get("096", "")
        if admitted and discharged and discharged < admitted:
            self._tell_claim("X12-441", "DTP*096 is earlier than DTP*435: discharged before admitted", "DTP03")
        for line in self._lines:
            is_outside = line.day < admitted or (discharged and line.day > discharged)
            if line.day and is_outside and self._is_inpatient(line):
                message = "an inpatient service lies outside the stay (DTP*435 and DTP*096)"
                self._tell_claim("X12-441", message, "DTP03", number=line.number, loop="2400")

    def _tell_claim(self, code: str, message: str, element: str, *, number: int = 0, loop: str = "2300") -> None:
        self.tell(code, message, element, number=number or self._clm_number, loop=loop)

    def _balance(self) -> None:
        charge = amount(self._clm[2])
        charges = [amount(line.charge) for line in self._lines]
        total = sum((each for each in charges if each is not None), Decimal(0))
        if charge is not None and charges and None not in charges and total != charge:
            message = f"CLM02 is {charge:f}; the lines' {self.SERVICE.charge} make {total:f}"
            self._tell_claim("X12-601", message, "CLM02")
        if charge is not None and self._patient_paid is not None and self._patient_paid > charge:
            message = f"AMT*F5 is {self._patient_paid:f}, more than CLM02, {charge:f}"
            self._tell_claim("X12-604", message, "AMT02")
        if self._others or self._answered:
            lines = [
                AnsweredLine(line_charge, line.day, line.answers)
                for line, line_charge in zip(self._lines, charges, strict=True)
            ]
            payer = self._fields(self._destination)[9]
            answers = Answers(self._rank, payer, charge, self._file_day, self._others, lines, self.SERVICE.charge)
            for told in answers.problems():
                self._tell_claim(told.code, told.message, told.element, number=told.number, loop=told.loop)

    def _look_at_diagnoses(self) -> None:
        count = len(self._diagnoses)
        for line in self._lines:
            if line.pointer > count:
                message = f"SV107 points to diagnosis {line.pointer}; HI has {count}"
                self._tell_claim("X12-405", message, "SV107", number=line.number, loop="2400")
        day = self._diagnosis_day()
        if self._icd9:
            if day >= ICD10_BEGAN:
                message = "HI has ICD-9 qualifiers (BK, BF); services from 2015-10-01 on have ABK and ABF"
                self._tell_claim("X12-502", message, "HI01-1", number=self._hi_number)
            return
        if self._diagnoses and "19000101" <= day < ICD10_BEGAN:
            message = "HI has ICD-10 qualifiers (ABK, ABF); services before 2015-10-01 have BK and BF"
            self._tell_claim("X12-502", message, "HI01-1", number=self._hi_number)
            return
        if self._diagnoses and codes.is_never_principal(self._diagnoses[0]):
            number, element = self._place_of_diagnosis(1)
            message = "the principal diagnosis is an external cause or a sequela"
            self._tell_claim("X12-510", message, element, number=number)
        for index, code in enumerate(self._diagnoses, 1):
            self._look_at_diagnosis(f"diagnosis {index}", code, self._place_of_diagnosis(index), day=day)

    def _diagnosis_day(self) -> str:
        """Return the day on which the diagnoses must be valid: the first of service, else the file's."""
        return next((line.day for line in self._lines if line.day), self._file_day)

    def _look_at_diagnosis(self, name: str, code: str, place: tuple[int, str], *, day: str) -> None:
        verdict = judge_diagnosis(code, is_covered(day), has_begun(day))
        if verdict is None:
            return
        severity, message = verdict
        number, element = place
        self.problems.append(
            problem(
                "X12-502",
                f"{name} {message}",
                number,
                "HI",
                element=element,
                loop="2300",
                claim=self.claim_id,
                severity=severity,
            )
        )

    def _place_of_diagnosis(self, index: int) -> tuple[int, str]:
        """Return the segment and element of a diagnosis, counted from 1."""
        return self._hi_number, f"HI{index:02}-2"

    def _look_at_duplicates(self) -> None:
        new_id = self.claim_ids.add(self.claim_id)
        again = []
        if self._frequency == "1" or not new_id:
            for line in self._lines:
                who = line.rendering or self._rendering
                place = line.place or self._place
                if not self._services.add(self._member, self._patient, line.day, line.service, place, who):
                    again.append(line)
        if not new_id and self._lines and len(again) == len(self._lines):
            self._tell_claim("X12-701", "the claim, with the same lines, stands in the file before", "CLM01")
            return
        if not new_id:
            self._tell_claim("X12-702", "CLM01 is the id of an earlier claim in the file", "CLM01")
        for line in again:
            message = "member, day, procedure, place and provider are those of an earlier line in the file"
            self._tell_claim("X12-703", message, self.SERVICE.procedure, number=line.number, loop="2400")


@lru_cache(maxsize=4096)
def look_at_pointers(composite: str, component: str) -> tuple[int, bool, bool]:
    """Return the highest pointer, whether a pointer is repeated, and whether a later pointer is empty before others."""
    parts = composite.split(component)
    pointers = [int(each) for each in parts if each.isascii() and each.isdigit() and len(each) < 3]
    return max(pointers, default=0), len(set(pointers)) < len(pointers), "" in parts[1:-1]


def _look_at_place(place: str) -> tuple[Trouble, ...]:
    return () if codes.is_place_of_service(place) else (Trouble("X12-507", "", ""),)


HANDLERS: Mapping[tuple[str, str], Handler] = {
    ("ST", "BHT"): Claims.bht,
    ("", "HL"): Claims.hl,
    **{(loop, "NM1"): Claims.nm1 for loop in NAMED},
    ("2310A", "NM1"): Claims.nm1_referrer,
    ("2010BA", "NM1"): Claims.nm1_member,
    ("2010CA", "NM1"): Claims.nm1_patient,
    ("1000A", "NM1"): Claims.nm1_person,
    ("2330A", "NM1"): Claims.nm1_other_subscriber,
    ("2010BB", "NM1"): Claims.nm1_destination,
    ("2330B", "NM1"): Claims.nm1_payer,
    ("2330B", "DTP"): Claims.dtp_other,
    ("2430", "DTP"): Claims.dtp_other,
    ("2010AA", "N3"): Claims.n3,
    ("2010BA", "N3"): Claims.n3,
    ("2310C", "N3"): Claims.n3,
    ("", "N4"): Claims.n4,
    ("2010AA", "N4"): Claims.n4_nine,
    ("2310C", "N4"): Claims.n4_nine,
    ("2420C", "N4"): Claims.n4_nine,
    ("", "PER"): Claims.per,
    ("", "PRV"): Claims.prv,
    ("2010AA", "REF"): Claims.ref_billing,
    **{(loop, "REF"): Claims.ref_person for loop in ("2010BA", "2010CA", "2330A")},
    ("", "CUR"): Claims.cur,
    ("", "MIA"): Claims.moa,
    ("", "MOA"): Claims.moa,
    ("2010BB", "REF"): Claims.ref_payer,
    ("2310B", "REF"): Claims.ref_provider,
    ("2310D", "REF"): Claims.ref_provider,
    ("2420A", "REF"): Claims.ref_provider,
    ("2420D", "REF"): Claims.ref_provider,
    ("2000B", "SBR"): Claims.sbr,
    ("2320", "SBR"): Claims.sbr_other,
    ("", "PAT"): Claims.pat,
    ("", "DMG"): Claims.dmg,
    ("", "CLM"): Claims.clm,
    ("", "HI"): Claims.hi,
    ("2300", "DTP"): Claims.dtp_claim,
    ("2300", "REF"): Claims.ref_claim,
    ("2300", "AMT"): Claims.amt_claim,
    ("2300", "CRC"): Claims.crc,
    ("", "PWK"): Claims.pwk,
    ("", "CAS"): Claims.cas,
    ("2320", "AMT"): Claims.amt_other,
    ("2430", "AMT"): Claims.amt_other,
    ("", "LIN"): Claims.lin,
    ("", "LX"): Claims.lx,
    ("", "SV1"): Claims.sv1,
    ("2400", "DTP"): Claims.dtp_line,
    ("2400", "REF"): Claims.ref_line,
    ("", "SVD"): Claims.svd,
}
"""Which function looks at a segment of a loop ("": of any loop)."""
