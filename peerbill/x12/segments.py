"""The segments of 837P and 837I (005010X222A1, X223A2) and their envelope, each declared once, to write and to read.

A class is a segment; a field is an element with its position, lengths and, where the guide has a fixed list, its
codes (those of all its loops together; which of them a loop accepts is the loop table's business). `encode` and
`parse` are one generic pair: `parse(split(encode(x)))` gives `x` again.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import ClassVar

from peerbill.model.errors import X12Error
from peerbill.x12.delimiters import STANDARD, Delimiters
from peerbill.x12.element_values import ADJUSTMENT_GROUPS, CLAIM_FILING, ID_QUALIFIERS, REPORT_TYPES
from peerbill.x12.elements import (
    Composite,
    Fault,
    FaultKind,
    Kind,
    Segment,
    calendar,
    clock,
    composite,
    integer,
    real,
    record,
    string,
)

# --- composites ------------------------------------------------------------------------------------------------------


@record
class ServiceLocation(Composite):
    """CLM05: where, by what kind of code, and whether the claim is original (1), a replacement (7) or a void (8).

    B is followed by a place of service, A (837I) by the first two digits of the type of bill.
    """

    place: str = string(1, (1, 2))
    qualifier: str = string(2, (1, 2), codes="A B", default="B")
    frequency: str = string(3, (1, 1), codes="1 7 8", default="1")


@record
class RelatedCauses(Composite):
    """CLM11: whether an accident is the cause."""

    cause: str = string(1, (2, 3), codes="AA EM OA")
    second_cause: str = string(2, (2, 3), codes="AA EM OA", default="")
    state: str = string(4, (2, 2), default="")
    country: str = string(5, (2, 3), default="")


@record
class HealthCareCode(Composite):
    """HI: one code with its list: ABK principal diagnosis, ABF another, BP and BO anaesthesia, BG condition.

    Of the 837I: ABJ admitting diagnosis, APR reason for the visit, ABN external cause, DR group, BBR and BBQ
    procedures, BI and BH occurrences with their days, BE value with its amount, TC treatment.
    """

    qualifier: str = string(
        1,
        (1, 3),
        codes="ABF ABJ ABK ABN APR BBQ BBR BE BF BG BH BI BJ BK BN BO BP BQ BR CAH DR PR TC",
    )
    code: str = string(2, (1, 30))
    date_format: str = string(3, (2, 3), codes="D8 RD8", default="")
    date: str = string(4, (1, 35), default="")
    amount: Decimal | None = real(5, (1, 18), default=None)
    present_on_admission: str = string(9, (1, 1), codes="N U W Y", default="")


@record
class Procedure(Composite):
    """SV101, SV202, SVD03: the service by its HCPCS code, with up to four modifiers."""

    code: str = string(2, (1, 48))
    modifiers: tuple[str, ...] = string(3, (2, 2), count=4, default=())
    description: str = string(7, (1, 80), default="")
    qualifier: str = string(1, (2, 2), codes="ER HC HP IV WK", default="HC")


@record
class DiagnosisPointers(Composite):
    """SV107: up to four places in the claim's HI, the most important first."""

    places: tuple[int, ...] = integer(1, (1, 2), codes="1 2 3 4 5 6 7 8 9 10 11 12", count=4)


@record
class SecondReference(Composite):
    """REF04: the payer whose identifier this is."""

    qualifier: str = string(1, (2, 3), codes="2U")
    value: str = string(2, (1, 50))


@record
class Adjustment(Composite):
    """A triplet of CAS, which has up to six: reason (CARC), amount and units."""

    reason: str = string(1, (1, 5))
    amount: Decimal = real(2, (1, 18))
    units: Decimal | None = real(3, (1, 15), default=None)


@record
class UnitOfMeasure(Composite):
    """CTP05: the unit of a drug quantity."""

    code: str = string(1, (2, 2), codes="F2 GR ME ML UN")


# --- envelope --------------------------------------------------------------------------------------------------------


@record
class InterchangeHeader(Segment):
    """ISA: who sends to whom, when, and the interchange control number; every element has a fixed width."""

    tag: ClassVar[str] = "ISA"
    sender: str = string(6, (15, 15), padded=True)
    receiver: str = string(8, (15, 15), padded=True)
    day: dt.date = calendar(9, 6)
    time: str = clock(10, (4, 4))
    control: int = integer(13, (9, 9))
    acknowledgment: str = string(14, (1, 1), codes="0 1", default="0")
    usage: str = string(15, (1, 1), codes="P T", default="T")
    sender_qualifier: str = string(5, (2, 2), codes=ID_QUALIFIERS, default="ZZ")
    receiver_qualifier: str = string(7, (2, 2), codes=ID_QUALIFIERS, default="ZZ")
    authorization_qualifier: str = string(1, (2, 2), codes="00 03", default="00")
    authorization: str = string(2, (10, 10), padded=True, default="")
    security_qualifier: str = string(3, (2, 2), codes="00 01", default="00")
    security: str = string(4, (10, 10), padded=True, default="")
    repetition: str = string(11, (1, 1), kind=Kind.DELIMITER, default="^")
    version: str = string(12, (5, 5), codes="00501", default="00501")
    component: str = string(16, (1, 1), kind=Kind.DELIMITER, default=":")


@record
class GroupHeader(Segment):
    """GS: a functional group of transaction sets of the same kind."""

    tag: ClassVar[str] = "GS"
    sender: str = string(2, (2, 15))
    receiver: str = string(3, (2, 15))
    day: dt.date = calendar(4)
    time: str = clock(5, (4, 8))
    control: int = integer(6, (1, 9))
    function: str = string(1, (2, 2), codes="HC", default="HC")
    agency: str = string(7, (1, 2), codes="X", default="X")
    version: str = string(8, (1, 12), codes="005010X222A1 005010X223A2", default="005010X222A1")


@record
class TransactionHeader(Segment):
    """ST: the beginning of a transaction set."""

    tag: ClassVar[str] = "ST"
    control: str = string(2, (4, 9))
    transaction: str = string(1, (3, 3), codes="837", default="837")
    version: str = string(3, (1, 35), default="")


@record
class TransactionTrailer(Segment):
    """SE: how many segments there are from ST to SE, both counted."""

    tag: ClassVar[str] = "SE"
    segments: int = integer(1, (1, 10))
    control: str = string(2, (4, 9))


@record
class GroupTrailer(Segment):
    """GE: how many transaction sets the group has."""

    tag: ClassVar[str] = "GE"
    transactions: int = integer(1, (1, 6))
    control: int = integer(2, (1, 9))


@record
class InterchangeTrailer(Segment):
    """IEA: how many groups the interchange has."""

    tag: ClassVar[str] = "IEA"
    groups: int = integer(1, (1, 5))
    control: int = integer(2, (9, 9))


# --- header and parties ----------------------------------------------------------------------------------------------


@record
class BeginningOfHierarchy(Segment):
    """BHT: the transaction's own reference, day and time; CH chargeable claims, RP reporting of encounters."""

    tag: ClassVar[str] = "BHT"
    reference: str = string(3, (1, 50))
    day: dt.date = calendar(4)
    time: str = clock(5, (4, 8))
    purpose: str = string(6, (2, 2), codes="31 CH RP", default="CH")
    structure: str = string(1, (4, 4), codes="0019", default="0019")
    reissue: str = string(2, (2, 2), codes="00 18", default="00")


@record
class Name(Segment):
    """NM1: a person (kind 1) or an organization (kind 2) in the role `entity`, with an identifier."""

    tag: ClassVar[str] = "NM1"
    entity: str = string(1, (2, 3), codes="40 41 45 71 72 77 82 85 87 DK DN DQ IL P3 PE PR PW QB QC ZZ")
    kind: str = string(2, (1, 1), codes="1 2")
    last: str = string(3, (1, 60), default="")
    first: str = string(4, (1, 35), default="")
    middle: str = string(5, (1, 25), default="")
    suffix: str = string(7, (1, 10), default="")
    qualifier: str = string(8, (1, 2), codes="46 II MI PI XV XX", default="")
    identifier: str = string(9, (2, 80), default="")


@record
class AdministrativeContact(Segment):
    """PER: whom to call."""

    tag: ClassVar[str] = "PER"
    channel: str = string(3, (2, 2), codes="ED EM FX TE")
    number: str = string(4, (1, 256))
    name: str = string(2, (1, 60), default="")
    second_channel: str = string(5, (2, 2), codes="ED EM EX FX TE", default="")
    second_number: str = string(6, (1, 256), default="")
    third_channel: str = string(7, (2, 2), codes="ED EM EX FX TE", default="")
    third_number: str = string(8, (1, 256), default="")
    function: str = string(1, (2, 2), codes="IC", default="IC")


@record
class HierarchicalLevel(Segment):
    """HL: 20, 22 and 23 are billing provider, subscriber and patient; in a 270, 20, 21 and 22 payer, agency, member.

    `children` is 1 when a lower level follows.
    """

    tag: ClassVar[str] = "HL"
    identifier: int = integer(1, (1, 12))
    level: str = string(3, (1, 2), codes="20 21 22 23")
    children: str = string(4, (1, 1), codes="0 1")
    parent: int | None = integer(2, (1, 12), default=None)


@record
class ProviderInformation(Segment):
    """PRV: the taxonomy code of the billing (BI), rendering (PE) or attending (AT) provider."""

    tag: ClassVar[str] = "PRV"
    role: str = string(1, (1, 3), codes="AT BI PE")
    taxonomy: str = string(3, (1, 50))
    qualifier: str = string(2, (2, 3), codes="PXC", default="PXC")


@record
class Currency(Segment):
    """CUR: amounts in another currency."""

    tag: ClassVar[str] = "CUR"
    entity: str = string(1, (2, 3), codes="85")
    currency: str = string(2, (3, 3))


@record
class StreetAddress(Segment):
    """N3: street lines."""

    tag: ClassVar[str] = "N3"
    line1: str = string(1, (1, 55))
    line2: str = string(2, (1, 55), default="")


@record
class CityStateZip(Segment):
    """N4: city, state, ZIP code, and the country where it is another."""

    tag: ClassVar[str] = "N4"
    city: str = string(1, (2, 30))
    state: str = string(2, (2, 2), default="")
    zip: str = string(3, (3, 15), default="")
    country: str = string(4, (2, 3), default="")
    subdivision: str = string(7, (1, 3), default="")


@record
class Reference(Segment):
    """REF: an identifier by its kind: EI tax id, G1 authorization, F8 payer claim number, 6R line id, G2 provider."""

    tag: ClassVar[str] = "REF"
    qualifier: str = string(
        1,
        (2, 3),
        codes="0B 1G 1J 1W 2U 4N 6R 9A 9B 9C 9D 9F BT D9 EA EI EW F4 F5 F8 FY G1 G2 G4 LU LX NF P4 SY T4 VY X4 XZ Y4",
    )
    value: str = string(2, (1, 50))
    second: SecondReference | None = composite(4, SecondReference, default=None)


# --- subscriber and patient ------------------------------------------------------------------------------------------

_RELATIONSHIPS = "01 18 19 20 21 39 40 53 G8"


@record
class SubscriberInformation(Segment):
    """SBR: the payer's rank (P, S, T, …), relationship 18 self, and what kind of insurance (SBR09)."""

    tag: ClassVar[str] = "SBR"
    rank: str = string(1, (1, 1), codes="A B C D E F G H P S T U")
    relationship: str = string(2, (2, 2), codes=_RELATIONSHIPS, default="")
    group_number: str = string(3, (1, 50), default="")
    group_name: str = string(4, (1, 60), default="")
    insurance_type: str = string(5, (1, 3), codes="12 13 14 15 16 41 42 43 47", default="")
    claim_filing: str = string(9, (1, 2), codes=CLAIM_FILING, default="")


@record
class PatientInformation(Segment):
    """PAT: a patient who is not the subscriber; a death; a pregnancy."""

    tag: ClassVar[str] = "PAT"
    relationship: str = string(1, (2, 2), codes="01 19 20 21 39 40 53 G8", default="")
    date_format: str = string(5, (2, 3), codes="D8", default="")
    died: str = string(6, (1, 35), default="")
    weight_unit: str = string(7, (2, 2), codes="01", default="")
    weight: Decimal | None = real(8, (1, 10), default=None)
    pregnant: str = string(9, (1, 1), codes="Y", default="")


@record
class Demographics(Segment):
    """DMG: birth date (CCYYMMDD) and sex."""

    tag: ClassVar[str] = "DMG"
    born: str = string(2, (1, 35))
    sex: str = string(3, (1, 1), codes="F M U")
    date_format: str = string(1, (2, 3), codes="D8", default="D8")


# --- claim -----------------------------------------------------------------------------------------------------------


@record
class ClaimInformation(Segment):
    """CLM: the claim's own id, its total charge, place and frequency, and the provider's assurances."""

    tag: ClassVar[str] = "CLM"
    claim_id: str = string(1, (1, 38))
    charge: Decimal = real(2, (1, 18))
    location: ServiceLocation = composite(5, ServiceLocation)
    # The 837I has no signature.
    signature: str = string(6, (1, 1), codes="N Y", default="Y", situational=True)
    assignment: str = string(7, (1, 1), codes="A B C", default="A")
    benefits: str = string(8, (1, 1), codes="N W Y", default="Y")
    release: str = string(9, (1, 1), codes="I Y", default="Y")
    patient_signature: str = string(10, (1, 1), codes="P", default="")
    causes: RelatedCauses | None = composite(11, RelatedCauses, default=None)
    program: str = string(12, (2, 3), codes="02 03 05 09", default="")
    delay: str = string(20, (1, 2), codes="1 2 3 4 5 6 7 8 9 10 11 15", default="")


@record
class DateOrPeriod(Segment):
    """DTP: a day (D8), range (RD8), day and time (DT) or time (TM) by its meaning; 472 is the day of service."""

    tag: ClassVar[str] = "DTP"
    meaning: str = string(
        1,
        (3, 3),
        codes="011 050 090 091 096 296 297 304 314 360 361 431 434 435 439 444 453 454 455 461 463 471 472 484 573 607 "
        "738 739",
    )
    value: str = string(3, (1, 35))
    date_format: str = string(2, (2, 3), codes="D8 DT RD8 TM", default="D8")


@record
class InstitutionalClaimCodes(Segment):
    """CL1: priority of the admission or visit, where the patient came from, and the status at the statement's end."""

    tag: ClassVar[str] = "CL1"
    status: str = string(3, (1, 2))
    admission_type: str = string(1, (1, 1), default="")
    point_of_origin: str = string(2, (1, 1), default="")


@record
class Paperwork(Segment):
    """PWK: an attachment, how it travels, and its control number."""

    tag: ClassVar[str] = "PWK"
    report: str = string(1, (2, 2), codes=REPORT_TYPES)
    transmission: str = string(2, (1, 2), codes="AA AB AD AF AG BM EL EM FT FX NS")
    qualifier: str = string(5, (1, 2), codes="AC", default="")
    control: str = string(6, (2, 80), default="")


@record
class Contract(Segment):
    """CN1: terms of a contract with the payer."""

    tag: ClassVar[str] = "CN1"
    kind: str = string(1, (2, 2), codes="01 02 03 04 05 06 09")
    amount: Decimal | None = real(2, (1, 18), default=None)
    percent: Decimal | None = real(3, (1, 6), default=None)
    code: str = string(4, (1, 50), default="")
    discount: Decimal | None = real(5, (1, 6), default=None)
    version: str = string(6, (1, 30), default="")


@record
class MonetaryAmount(Segment):
    """AMT: an amount by its meaning; F5 is what the patient paid."""

    tag: ClassVar[str] = "AMT"
    meaning: str = string(1, (1, 3), codes="A8 D EAF F3 F4 F5 GT N8 T")
    amount: Decimal = real(2, (1, 18))


@record
class FileInformation(Segment):
    """K3: what a regulator asks for and the guide has no place for."""

    tag: ClassVar[str] = "K3"
    text: str = string(1, (1, 80))


@record
class NoteText(Segment):
    """NTE: a note to the payer."""

    tag: ClassVar[str] = "NTE"
    kind: str = string(1, (3, 3), codes="ADD ALG CER DCP DGN DME MED NTR ODT RHB RLH RNH SET SFM SPT TPO UPI")
    text: str = string(2, (1, 80))


@record
class HealthCareCodes(Segment):
    """HI: codes of the claim, at most twelve: its diagnoses, principal first; in the 837I each kind by itself."""

    tag: ClassVar[str] = "HI"
    codes: tuple[HealthCareCode, ...] = composite(1, HealthCareCode, count=12)


@record
class AmbulanceTransport(Segment):
    """CR1: an ambulance journey."""

    tag: ClassVar[str] = "CR1"
    reason: str = string(4, (1, 1), codes="A B C D E")
    distance: Decimal = real(6, (1, 15))
    distance_unit: str = string(5, (2, 2), codes="DH", default="DH")
    weight_unit: str = string(1, (2, 2), codes="LB", default="")
    weight: Decimal | None = real(2, (1, 10), default=None)
    round_trip: str = string(9, (1, 80), default="")
    stretcher: str = string(10, (1, 80), default="")


@record
class SpinalManipulation(Segment):
    """CR2: chiropractic treatment."""

    tag: ClassVar[str] = "CR2"
    condition: str = string(8, (1, 1), codes="A C D E F G M")
    description: str = string(10, (1, 80), default="")
    second_description: str = string(11, (1, 80), default="")


@record
class DurableEquipment(Segment):
    """CR3: certification of durable medical equipment."""

    tag: ClassVar[str] = "CR3"
    certification: str = string(1, (1, 1), codes="I R S")
    duration: Decimal = real(3, (1, 15))
    unit: str = string(2, (2, 2), codes="MO", default="MO")


@record
class Conditions(Segment):
    """CRC: conditions that are (Y) or are not (N) met."""

    tag: ClassVar[str] = "CRC"
    category: str = string(1, (2, 2), codes="07 09 70 75 E1 E2 E3 ZZ")
    met: str = string(2, (1, 1), codes="N Y")
    conditions: tuple[str, ...] = string(
        3, (2, 3), codes="01 04 05 06 07 08 09 12 38 65 AV IH L1 L2 L3 L4 L5 NU S2 ST ZV", count=5
    )


@record
class Repricing(Segment):
    """HCP: how a repricer priced the claim or line."""

    tag: ClassVar[str] = "HCP"
    method: str = string(1, (2, 2), codes="00 01 02 03 04 05 06 07 08 09 10 11 12 13 14")
    allowed: Decimal = real(2, (1, 18))
    savings: Decimal | None = real(3, (1, 18), default=None)
    organization: str = string(4, (1, 50), default="")
    rate: Decimal | None = real(5, (1, 9), default=None)
    group_code: str = string(6, (1, 50), default="")
    group_amount: Decimal | None = real(7, (1, 18), default=None)
    revenue_code: str = string(8, (1, 48), default="")
    procedure_qualifier: str = string(9, (2, 2), codes="ER HC HP IV WK", default="")
    procedure: str = string(10, (1, 48), default="")
    unit: str = string(11, (2, 2), codes="DA MJ UN", default="")
    units: Decimal | None = real(12, (1, 15), default=None)
    rejection: str = string(13, (2, 2), codes="T1 T2 T3 T4 T5 T6", default="")
    compliance: str = string(14, (1, 2), codes="1 2 3 4 5", default="")
    exception: str = string(15, (1, 2), codes="1 2 3 4 5 6", default="")


# --- other payers ----------------------------------------------------------------------------------------------------


@record
class ClaimAdjustment(Segment):
    """CAS: why another payer paid less than the charge, in up to six triplets."""

    tag: ClassVar[str] = "CAS"
    group: str = string(1, (1, 2), codes=ADJUSTMENT_GROUPS)
    adjustments: tuple[Adjustment, ...] = composite(2, Adjustment, count=6, run=True)


@record
class OtherInsurance(Segment):
    """OI: assignment and release towards the other payer."""

    tag: ClassVar[str] = "OI"
    benefits: str = string(3, (1, 1), codes="N W Y")
    release: str = string(6, (1, 1), codes="I Y")
    patient_signature: str = string(4, (1, 1), codes="P", default="")


@record
class OutpatientAdjudication(Segment):
    """MOA: the other payer's remark codes."""

    tag: ClassVar[str] = "MOA"
    percent: Decimal | None = real(1, (1, 10), default=None)
    payable: Decimal | None = real(2, (1, 18), default=None)
    remarks: tuple[str, ...] = string(3, (1, 50), count=5, default=())
    dialysis: Decimal | None = real(8, (1, 18), default=None)
    unbilled: Decimal | None = real(9, (1, 18), default=None)


@record
class LineAdjudication(Segment):
    """SVD: what another payer paid for a line; the revenue code is the 837I's."""

    tag: ClassVar[str] = "SVD"
    payer: str = string(1, (2, 80))
    paid: Decimal = real(2, (1, 18))
    procedure: Procedure = composite(3, Procedure)
    units: Decimal = real(5, (1, 15))
    revenue_code: str = string(4, (1, 48), default="")
    bundled: int | None = integer(6, (1, 6), default=None)


# --- service line ----------------------------------------------------------------------------------------------------


@record
class LineNumber(Segment):
    """LX: the line's number in its claim, from 1."""

    tag: ClassVar[str] = "LX"
    number: int = integer(1, (1, 6))


@record
class ProfessionalService(Segment):
    """SV1: the service, its charge and units; UN units, MJ minutes; `place` only where it differs from the claim's."""

    tag: ClassVar[str] = "SV1"
    procedure: Procedure = composite(1, Procedure)
    charge: Decimal = real(2, (1, 18))
    units: Decimal = real(4, (1, 15))
    pointers: DiagnosisPointers = composite(7, DiagnosisPointers)
    unit: str = string(3, (2, 2), codes="MJ UN", default="UN")
    place: str = string(5, (1, 2), default="")
    emergency: str = string(9, (1, 1), codes="Y", default="")
    epsdt: str = string(11, (1, 1), codes="Y", default="")
    family_planning: str = string(12, (1, 1), codes="Y", default="")
    copay_exempt: str = string(15, (1, 1), codes="0", default="")


@record
class InstitutionalService(Segment):
    """SV2: the service by revenue code and procedure, its charge and units; UN units, DA days."""

    tag: ClassVar[str] = "SV2"
    revenue_code: str = string(1, (1, 48))
    charge: Decimal = real(3, (1, 18))
    units: Decimal = real(5, (1, 15))
    procedure: Procedure | None = composite(2, Procedure, default=None)
    unit: str = string(4, (2, 2), codes="DA UN", default="UN")
    non_covered: Decimal | None = real(7, (1, 18), default=None)


@record
class EquipmentService(Segment):
    """SV5: durable medical equipment on a line."""

    tag: ClassVar[str] = "SV5"
    procedure: Procedure = composite(1, Procedure)
    days: Decimal = real(3, (1, 15))
    rental: Decimal = real(4, (1, 18))
    purchase: Decimal = real(5, (1, 18))
    frequency: str = string(6, (1, 1), codes="1 4 6")
    unit: str = string(2, (2, 2), codes="DA", default="DA")


@record
class Quantity(Segment):
    """QTY: ambulance patients, obstetric units."""

    tag: ClassVar[str] = "QTY"
    meaning: str = string(1, (2, 2), codes="FL PT")
    quantity: Decimal = real(2, (1, 15))


@record
class Measurement(Segment):
    """MEA: a test result."""

    tag: ClassVar[str] = "MEA"
    source: str = string(1, (2, 2), codes="OG TR")
    qualifier: str = string(2, (1, 3), codes="HT R1 R2 R3 R4")
    value: Decimal = real(3, (1, 20))


@record
class PurchasedService(Segment):
    """PS1: a service bought from another provider."""

    tag: ClassVar[str] = "PS1"
    provider: str = string(1, (1, 50))
    charge: Decimal = real(2, (1, 18))


@record
class DrugIdentification(Segment):
    """LIN: a drug by its NDC or another code."""

    tag: ClassVar[str] = "LIN"
    qualifier: str = string(2, (2, 2), codes="EN EO HI N4 ON UK UP")
    code: str = string(3, (1, 48))


@record
class DrugQuantity(Segment):
    """CTP: how much of the drug."""

    tag: ClassVar[str] = "CTP"
    quantity: Decimal = real(4, (1, 15))
    unit: UnitOfMeasure = composite(5, UnitOfMeasure)


@record
class FormIdentification(Segment):
    """LQ: which form the answers in FRM belong to."""

    tag: ClassVar[str] = "LQ"
    qualifier: str = string(1, (1, 3), codes="AS UT")
    form: str = string(2, (1, 30))


@record
class FormResponse(Segment):
    """FRM: an answer of a form."""

    tag: ClassVar[str] = "FRM"
    question: str = string(1, (1, 20))
    answer: str = string(2, (1, 1), codes="N W Y", default="")
    text: str = string(3, (1, 50), default="")
    day: dt.date | None = calendar(4, default=None)
    percent: Decimal | None = real(5, (1, 6), default=None)


SEGMENTS: Mapping[str, type[Segment]] = MappingProxyType(
    {
        cls.tag: cls
        for cls in (
            *(InterchangeHeader, GroupHeader, TransactionHeader),
            *(TransactionTrailer, GroupTrailer, InterchangeTrailer),
            *(BeginningOfHierarchy, Name, AdministrativeContact, HierarchicalLevel, ProviderInformation, Currency),
            *(StreetAddress, CityStateZip, Reference, SubscriberInformation, PatientInformation, Demographics),
            *(
                ClaimInformation,
                DateOrPeriod,
                InstitutionalClaimCodes,
                Paperwork,
                Contract,
                MonetaryAmount,
                FileInformation,
                NoteText,
            ),
            *(HealthCareCodes, AmbulanceTransport, SpinalManipulation, DurableEquipment, Conditions, Repricing),
            *(ClaimAdjustment, OtherInsurance, OutpatientAdjudication, LineAdjudication),
            *(
                LineNumber,
                ProfessionalService,
                InstitutionalService,
                EquipmentService,
                Quantity,
                Measurement,
                PurchasedService,
            ),
            *(DrugIdentification, DrugQuantity, FormIdentification, FormResponse),
        )
    }
)
"""Every segment of the two kinds of claim and their envelope, by tag."""


def encode(segment: Segment, delimiters: Delimiters = STANDARD) -> str:
    """Write a segment with its terminator. X12Error: a value contains a delimiter; the message names the element."""
    return segment.encode(delimiters)


def split(text: str, delimiters: Delimiters = STANDARD) -> list[str]:
    """Divide the text of a segment, with or without its terminator, into its elements, the tag first."""
    return text.strip("\r\n").removesuffix(delimiters.segment).split(delimiters.element)


def faults(elements: Sequence[str], delimiters: Delimiters = STANDARD) -> tuple[Fault, ...]:
    """Judge the elements of a segment as they are in a file, the tag first; nothing wrong gives ().

    Lengths, formats, code lists, missing and unused elements: all that can be judged without the segment's loop.
    """
    cls = SEGMENTS.get(elements[0])
    if cls is None:
        return (Fault("segment", 0, 0, FaultKind.UNKNOWN, "no such segment in a claim"),)
    return tuple(cls.faults(elements, delimiters))


def parse(elements: Sequence[str], delimiters: Delimiters = STANDARD) -> Segment:
    """Build the typed segment from its elements, the tag first. X12Error: the first of its faults."""
    cls = SEGMENTS.get(elements[0])
    if cls is None:
        raise X12Error("segment: no such segment in a claim")
    return cls.parse(elements, delimiters)
