"""The 835 (005010X221A1): what was paid, claim by claim and line by line, and whether it adds up.

A single claim is held at a time, so that memory does not grow with a remittance. Amounts stay exact: see `amount`.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal

from peerbill import codes
from peerbill.model.claim import Adjustment
from peerbill.model.payer_answers import (
    ClaimPayment,
    Date,
    LinePayment,
    ProviderAdjustment,
    RemittanceEnd,
    RemittanceHead,
)
from peerbill.x12.read.answer_source import MOST, Source, divided, field, named_procedure
from peerbill.x12.read.lane835 import GROUPS, REMARKS, Lane
from peerbill.x12.structure import shown

_NOTHING = Decimal(0)
_QUIET = frozenset({"CUR", "LX", "N2", "N3", "N4", "PER", "QTY", "RDM", "TS2", "TS3", "K3", "NTE", "RMR"})
_PAYER_IDS = frozenset({"2U", "EO", "HI", "NF"})


def read_remittance(source: Source, *, lane: bool = True) -> Iterator[RemittanceHead | ClaimPayment | RemittanceEnd]:
    """Yield the head of an 835, a payment for each CLP as soon as it is whole, and the end with what doesn't balance.

    Balance (X221A1, section 1.10.2): a line's charge is its payment and adjustments; a claim's charge its payment, its
    own adjustments and those of its lines; the payment is the sum of the claims less PLB. Interest in AMT*I shows what
    CLP04 or PLB already hold, so it is in no sum. Tests and benchmarks turn `lane` off to have every claim read segment
    by segment.
    """
    return _Remittance(source, has_lane=lane).read()


class _Remittance:
    """Takes the segments of an 835."""

    def __init__(self, source: Source, *, has_lane: bool) -> None:
        self._source = source
        self._has_lane = has_lane
        self._lane: Lane | None = None
        self._unbalanced: list[str] = []
        self._more = 0
        self._unreadable = 0
        self._claims = 0
        self._paid = _NOTHING
        self._plb: list[ProviderAdjustment] = []
        self._head: dict[str, str] = {}
        self._amount: Decimal | None = None
        self._paid_on: Date | None = None
        self._produced_on: Date | None = None
        self._party = ""
        # The claim and the line being read.
        self._clp: list[str] | None = None
        self._svc: list[str] | None = None
        self._begin_claim([])
        self._begin_line([])

    def read(self) -> Iterator[RemittanceHead | ClaimPayment | RemittanceEnd]:
        """Yield what the segments say."""
        handlers: dict[str, Callable[[list[str]], None]] = {
            "CLP": self._read_clp,
            "SVC": self._read_svc,
            "CAS": self._read_cas,
            "DTM": self._read_dtm,
            "REF": self._read_ref,
            "AMT": self._read_amt,
            "LQ": self._read_lq,
            "NM1": self._read_nm1,
            "MIA": self._read_remarks,
            "MOA": self._read_remarks,
            "PLB": self._read_plb,
            "BPR": self._read_bpr,
            "TRN": self._read_trn,
            "N1": self._read_n1,
        }
        is_head = True
        if self._has_lane:
            self._source.look_for("CLP")
        while self._source.is_open:
            lane = self._lane_here()
            while (
                lane is not None
                and (found := self._source.look(lane.match)) is not None
                and (payment := lane.payment(found, self._claims + 1)) is not None
            ):
                if is_head or self._clp is not None:
                    self._source.enter()
                    if is_head:
                        is_head = False
                        yield self._end_head()
                    if self._clp is not None:
                        yield self._end_claim()
                has_more = self._source.skip(found)
                self._claims += 1
                self._paid += payment.paid
                yield payment
                if not has_more:
                    lane = self._lane_here()
            for elements in self._source.stretch():
                id_ = elements[0]
                if id_ == "CLP" or id_ == "PLB" or id_ == "LX":  # noqa: PLR1714 - a tuple costs a sixth more time
                    if is_head:
                        is_head = False
                        yield self._end_head()
                    if self._clp is not None:
                        yield self._end_claim()
                handler = handlers.get(id_)
                if handler is not None:
                    handler(elements)
                elif id_ not in _QUIET:
                    self._source.unknown(id_, "835")
        if is_head:
            yield self._end_head()
        if self._clp is not None:
            yield self._end_claim()
        yield self._end()

    def _lane_here(self) -> Lane | None:
        """Return what may read the next segments: they are not divided, and no value can have their delimiters."""
        if not self._has_lane or not self._source.is_undivided:
            return None
        delimiters = self._source.delimiters
        if self._lane is None or self._lane.delimiters is not delimiters:
            self._lane = Lane(delimiters) if Lane.can_read(delimiters) else None
        return self._lane

    # ------------------------------------------------------------------------------------------------- beginnings

    def _begin_claim(self, clp: list[str]) -> None:
        self._clp_number = self._source.number
        self._claim_charge = self._needed(clp, 3, "CLP03")
        self._claim_paid = self._needed(clp, 4, "CLP04")
        self._patient = self._source.amount(clp, 5, "CLP05")
        self._claim_adjustments: list[Adjustment] = []
        self._claim_sum = _NOTHING
        self._claim_remarks: list[str] = []
        self._lines: list[LinePayment] = []
        self._interest: Decimal | None = None
        self._patient_id = self._insured_id = self._corrected_id = ""
        self._corrected = self._crossover = False
        self._first_day: Date | None = None
        self._last_day: Date | None = None
        self._received_on: Date | None = None

    def _begin_line(self, svc: list[str]) -> None:
        self._svc_number = self._source.number
        self._procedure = self._read_procedure(svc, 1)
        self._sent_procedure = self._read_procedure(svc, 6)
        self._line_charge = self._needed(svc, 2, "SVC02")
        self._line_paid = self._needed(svc, 3, "SVC03")
        self._units = self._source.amount(svc, 5, "SVC05")
        self._line_adjustments: list[Adjustment] = []
        self._line_sum = _NOTHING
        self._line_remarks: list[str] = []
        self._line_id = ""
        self._allowed: Decimal | None = None
        self._service_date: Date | None = None

    def _read_clp(self, elements: list[str]) -> None:
        self._claims += 1
        self._clp = elements
        self._begin_claim(elements)

    def _read_svc(self, elements: list[str]) -> None:
        if self._clp is None:
            self._misplaced("SVC")
            return
        if self._svc is not None:
            self._end_line()
        self._svc = elements
        self._begin_line(elements)

    # ------------------------------------------------------------------------------------- segments of several loops

    def _read_cas(self, elements: list[str]) -> None:
        if self._clp is None:
            self._misplaced("CAS")
            return
        group = self._source.code(elements, 1, "CAS01")
        if group not in GROUPS:
            self._source.tell_once("X12-805", "CAS01", "CAS01 is not one of CO, OA, PI, PR", "CAS01")
        into = self._claim_adjustments if self._svc is None else self._line_adjustments
        total = _NOTHING
        for at in range(2, len(elements), 3):
            reason = elements[at].strip()
            value = self._money(elements, at + 1, f"CAS{at + 1:02}")
            quantity = self._source.amount(elements, at + 2, f"CAS{at + 2:02}")
            if value is None:
                if not field(elements, at + 1):
                    if not reason:
                        continue
                    self._source.tell("X12-802", f"CAS{at + 1:02} is missing", f"CAS{at + 1:02}")
                value = _NOTHING
            elif not reason:
                self._source.tell("X12-802", f"CAS{at:02} is missing", f"CAS{at:02}")
            place = f"CAS{at:02}"
            if reason and codes.carc(reason) is None and (reason := self._source.code(elements, at, place)):
                message = f"{place} is {shown(reason, place)}, in no list of claim adjustment reason codes"
                self._source.tell_once("X12-805", f"CAS {reason}", message, place)
            into.append(Adjustment(group, reason, value, quantity))
            total += value
        if self._svc is None:
            self._claim_sum += total
        else:
            self._line_sum += total

    def _read_dtm(self, elements: list[str]) -> None:
        qualifier = field(elements, 1)
        if self._svc is not None:
            if qualifier == "472" or (qualifier == "150" and self._service_date is None):
                self._service_date = self._source.day(elements, 2, "DTM02")
        elif self._clp is None:
            if qualifier == "405":
                self._produced_on = self._source.day(elements, 2, "DTM02")
        elif qualifier == "232":
            self._first_day = self._source.day(elements, 2, "DTM02")
        elif qualifier == "233":
            self._last_day = self._source.day(elements, 2, "DTM02")
        elif qualifier == "050":
            self._received_on = self._source.day(elements, 2, "DTM02")

    def _read_ref(self, elements: list[str]) -> None:
        qualifier = field(elements, 1)
        if self._svc is not None:
            if qualifier == "6R":
                self._line_id = field(elements, 2)
        elif self._clp is None:
            if self._party == "":
                if qualifier == "EV":
                    self._head["receiver_id"] = field(elements, 2)
            elif self._party == "PR" and qualifier in _PAYER_IDS:
                self._head.setdefault("payer_id", field(elements, 2))

    def _read_amt(self, elements: list[str]) -> None:
        qualifier = field(elements, 1)
        if self._svc is not None:
            if qualifier == "B6":
                self._allowed = self._source.amount(elements, 2, "AMT02")
        elif self._clp is not None and qualifier == "I":
            self._interest = self._source.amount(elements, 2, "AMT02")

    def _read_lq(self, elements: list[str]) -> None:
        if field(elements, 1) == "HE" and (code := self._source.code(elements, 2, "LQ02")):
            into = self._claim_remarks if self._svc is None else self._line_remarks
            into.append(code)

    def _read_nm1(self, elements: list[str]) -> None:
        if self._clp is None:
            self._misplaced("NM1")
        elif elements[1:2] == ["QC"]:
            self._patient_id = field(elements, 9)
        elif elements[1:2] == ["IL"]:
            self._insured_id = field(elements, 9)
        elif elements[1:2] == ["74"]:
            self._corrected, self._corrected_id = True, field(elements, 9)
        elif elements[1:2] == ["TT"]:
            self._crossover = True

    def _read_remarks(self, elements: list[str]) -> None:
        id_ = elements[0]
        codes_there = (self._source.code(elements, at, f"{id_}{at:02}") for at in REMARKS[id_])
        self._claim_remarks += filter(None, codes_there)

    # ------------------------------------------------------------------------------------------------ head and PLB

    def _read_bpr(self, elements: list[str]) -> None:
        source, head = self._source, self._head
        if self._amount is not None:
            source.tell("X12-803", "BPR stands twice; the first one counts")
            return
        self._amount = self._money(elements, 2, "BPR02")
        if field(elements, 3) == "D" and self._amount is not None:
            self._amount = -abs(self._amount)
        head["handling"], head["method"] = field(elements, 1), field(elements, 4)
        self._paid_on = source.day(elements, 16, "BPR16")
        if field(elements, 16) == "":
            shifted = field(elements, 15)
            if len(shifted) == 8 and source.day(elements, 15, "BPR15"):
                self._paid_on = source.day(elements, 15, "BPR15")
                source.tell("X12-805", "BPR16 is empty; the day of payment stands in BPR15", "BPR15")
            else:
                source.tell("X12-802", "BPR16, the day of payment, is missing", "BPR16")

    def _read_trn(self, elements: list[str]) -> None:
        if self._clp is None and "trace" not in self._head:
            self._head["trace"], self._head["originator"] = field(elements, 2), field(elements, 3)

    def _read_n1(self, elements: list[str]) -> None:
        self._party = field(elements, 1)
        if self._party == "PR":
            self._head["payer_name"] = field(elements, 2)
            if field(elements, 4):
                self._head["payer_id"] = field(elements, 4)
        elif self._party == "PE":
            self._head["payee_id"] = field(elements, 4)

    def _read_plb(self, elements: list[str]) -> None:
        fiscal = self._source.day(elements, 2, "PLB02")
        for at in range(3, len(elements), 2):
            text = elements[at].strip()
            value = self._money(elements, at + 1, f"PLB{at + 1:02}")
            if value is None:
                if not field(elements, at + 1):
                    if not text:
                        continue
                    self._source.tell("X12-802", f"PLB{at + 1:02} is missing", f"PLB{at + 1:02}")
                value = _NOTHING
            code, _, reference = "\0".join(self._source.parts(text, f"PLB{at:02}")).partition("\0")
            code = self._source.code([code], 0, f"PLB{at:02}-1")
            reference = reference.replace("\0", self._source.delimiters.component)
            self._plb.append(ProviderAdjustment(field(elements, 1), fiscal, code, reference, value))

    # ------------------------------------------------------------------------------------------------------- endings

    def _end_head(self) -> RemittanceHead:
        if self._amount is None:
            self._source.tell("X12-802", "BPR, or the amount in it, is missing", "BPR02")
            self._unreadable += 1
            self._say("the remittance does not say how much was paid: BPR02 is missing")
        return RemittanceHead(
            amount=self._amount or _NOTHING, paid_on=self._paid_on, produced_on=self._produced_on, **self._head
        )

    def _end_line(self) -> None:
        svc = self._svc or []
        self._svc = None
        charge, paid = self._line_charge, self._line_paid
        if charge != paid + self._line_sum:
            self._say(
                f"segment {self._svc_number}, claim {self._claim_id()}: SVC02 is {charge:f}, but SVC03 and the "
                f"adjustments of the line make {paid + self._line_sum:f}"
            )
        hcpcs, modifiers, revenue = self._procedure
        sent_hcpcs, sent_modifiers, _ = self._sent_procedure
        self._lines.append(
            LinePayment(
                hcpcs=hcpcs,
                modifiers=modifiers,
                charge=charge,
                paid=paid,
                units=self._units,
                service_date=self._service_date,
                line_id=self._line_id,
                adjustments=tuple(self._line_adjustments),
                remarks=tuple(self._line_remarks),
                allowed=self._allowed,
                sent_hcpcs=sent_hcpcs,
                sent_modifiers=sent_modifiers,
                revenue_code=field(svc, 4) or revenue,
            )
        )
        self._claim_sum += self._line_sum

    def _end_claim(self) -> ClaimPayment:
        if self._svc is not None:
            self._end_line()
        clp = self._clp or []
        charge, paid = self._claim_charge, self._claim_paid
        if charge != paid + self._claim_sum:
            self._say(
                f"segment {self._clp_number}, claim {self._claim_id()}: CLP03 is {charge:f}, but CLP04 and the "
                f"adjustments of the claim and its lines make {paid + self._claim_sum:f}"
            )
        self._paid += paid
        payment = ClaimPayment(
            claim_id=field(clp, 1),
            status=self._source.code(clp, 2, "CLP02"),
            charge=charge,
            paid=paid,
            position=self._claims,
            patient=self._patient,
            filing=self._source.code(clp, 6, "CLP06"),
            payer_control_number=field(clp, 7),
            frequency=self._source.code(clp, 9, "CLP09"),
            adjustments=tuple(self._claim_adjustments),
            remarks=tuple(self._claim_remarks),
            lines=tuple(self._lines),
            interest=self._interest,
            first_day=self._first_day,
            last_day=self._last_day,
            received_on=self._received_on,
            subscriber_id=self._insured_id or self._patient_id,
            corrected_id=self._corrected_id,
            corrected=self._corrected,
            crossover=self._crossover,
        )
        self._clp = None
        return payment

    def _end(self) -> RemittanceEnd:
        adjusted = sum((pair.amount for pair in self._plb), _NOTHING)
        if self._amount is not None and self._amount != self._paid - adjusted:
            self._say(
                f"BPR02 is {self._amount:f}, but the claims ({self._paid:f}) less PLB ({adjusted:f}) make "
                f"{self._paid - adjusted:f}"
            )
        if not self._source.complete:
            self._say("the remittance is cut off: SE is missing")
        if self._more:
            self._unbalanced.append(f"{self._more:,} more do not balance")
        return RemittanceEnd(tuple(self._plb), self._claims, self._paid, tuple(self._unbalanced), self._unreadable)

    # ------------------------------------------------------------------------------------------------------- helpers

    def _say(self, sentence: str) -> None:
        if len(self._unbalanced) < MOST:
            self._unbalanced.append(sentence)
        else:
            self._more += 1

    def _claim_id(self) -> str:
        return field(self._clp or [], 1)[:38]

    def _money(self, elements: list[str], index: int, place: str) -> Decimal | None:
        """Read an amount that counts in the balance: an amount that is no number leaves the remittance unbalanced."""
        amount = self._source.amount(elements, index, place)
        if amount is None and len(elements) > index and elements[index].strip():
            self._unreadable += 1
            self._say(f"segment {self._source.number}: {place} is not an amount")
        return amount

    def _needed(self, elements: list[str], index: int, place: str) -> Decimal:
        amount = self._money(elements, index, place)
        if amount is not None:
            return amount
        if elements and not field(elements, index):
            self._source.tell("X12-802", f"{place} is missing; it counts as 0", place)
        return _NOTHING

    def _misplaced(self, id_: str) -> None:
        self._source.tell("X12-803", f"{id_} stands before CLP")
        if id_ != "NM1":
            self._say(f"segment {self._source.number}: {id_} belongs to no claim")

    def _read_procedure(self, elements: list[str], index: int) -> tuple[str, tuple[str, ...], str]:
        text = elements[index] if len(elements) > index else ""
        if not text:
            return "", (), ""
        component = self._source.delimiters.component
        if component not in text:
            return named_procedure(tuple(self._source.parts(text, f"SVC{index:02}")))
        return divided(text, component)
