"""Claims to the text of an 837P (005010X222A1).

`write_interchange` is pure: the day and the control number come in, chunks of text come out. Each loop is here once as
typed segments, which name the element when something cannot be written. For the two loops that repeat with every claim
there is also a direct way, which takes only what it recognizes as sound and leaves everything else to the typed one;
tests hold the two together. A claim of two lines takes it 11 microseconds, the typed way with the whole of
`claim_problems` 480 (bench_writer; without it a whole run would take twice as long).
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain, islice
from typing import NamedTuple, NoReturn

import attrs

from peerbill import codes
from peerbill.model import ids
from peerbill.model.claim import (
    Address,
    Adjustment,
    Attachment,
    Claim,
    OtherPayer,
    Party,
    Payer,
    PriorPayment,
    Provider,
    ServiceLine,
    Subscriber,
)
from peerbill.model.claim_state import Frequency
from peerbill.model.errors import X12Error
from peerbill.model.records import Settings
from peerbill.x12.charset import WORDS, fold
from peerbill.x12.element_values import decimal_text
from peerbill.x12.elements import Segment
from peerbill.x12.envelope import (
    closing_segments,
    day_text,
    encoded,
    opening_segments,
    refuse_unsound,
    time_of_day,
)
from peerbill.x12.rules837p import (
    CLAIM_ID,
    LINE_ID,
    MAXIMUM_AMOUNT_WIDTH,
    MAXIMUM_LINES,
    adjustment_groups,
    admission_problems,
    claim_problems,
    diagnosis_problems,
    line_problems,
    phone_digits,
    rendering_is_sent,
    supervising_is_sent,
    written_address,
)
from peerbill.x12.segments import Adjustment as Triplet
from peerbill.x12.segments import (
    AdministrativeContact,
    BeginningOfHierarchy,
    CityStateZip,
    ClaimAdjustment,
    ClaimInformation,
    DateOrPeriod,
    Demographics,
    DiagnosisPointers,
    HealthCareCode,
    HealthCareCodes,
    HierarchicalLevel,
    LineAdjudication,
    LineNumber,
    MonetaryAmount,
    Name,
    NoteText,
    OtherInsurance,
    Paperwork,
    Procedure,
    ProfessionalService,
    ProviderInformation,
    Reference,
    ServiceLocation,
    StreetAddress,
    SubscriberInformation,
    TransactionHeader,
    TransactionTrailer,
    encode,
)

VERSION = "005010X222A1"
CLAIMS_PER_SUBSCRIBER = 100
"""Claims that may follow a subscriber HL; the next claim opens another HL for the same person."""

_ZERO = Decimal(0)


def write_interchange(
    claims: Iterable[Claim], payer: Payer, settings: Settings, as_of: dt.date, isa13: int, st_first: int = 1
) -> Iterator[str]:
    """Yield the text of an interchange, a chunk per claim, in the order of the claims.

    Claims of a subscriber should come together: they share an HL. The date is `as_of`; the time of day derives
    from the interchange control number `isa13`, which is the group's too. Transaction sets hold at most the payer's
    number of claims and count from `st_first`.
    X12Error: the settings or a claim cannot be written, a claim id repeats, there is no claim, or a control number
    has more than nine digits. It says every reason; what was yielded before it is then not a file.
    """
    refuse_unsound(payer, settings, isa13)
    remaining = iter(claims)
    first = next(remaining, None)
    if first is None:
        raise X12Error("an interchange without a claim is not written")
    remaining = chain((first,), remaining)
    writer = _Writer(payer, settings, as_of, isa13)
    yield encoded(opening_segments(payer, settings, as_of, isa13, VERSION))
    transactions = 0
    while (first := next(remaining, None)) is not None:
        batch = chain((first,), islice(remaining, payer.max_claims_per_transaction - 1))
        yield from writer.transaction(batch, st_first + transactions)
        transactions += 1
    yield encoded(closing_segments(transactions, isa13))


# --- the loops as typed segments -------------------------------------------------------------------------------------


def header_segments(
    payer: Payer, settings: Settings, as_of: dt.date, isa13: int, control: str, version: str = VERSION
) -> Iterator[Segment]:
    """ST, BHT, loops 1000A and 1000B. BHT03 is the interchange's number with the set's, so that it never repeats."""
    yield TransactionHeader(control, version=version)
    purpose = "RP" if payer.purpose == "reporting" else "CH"
    yield BeginningOfHierarchy(f"{isa13:09d}{control}", as_of, time_of_day(isa13), purpose)
    submitter, contact = settings.submitter, settings.organization.contact
    name = fold(submitter.name, "submitter.name", 60)
    yield Name("41", "2", name, qualifier="46", identifier=fold(submitter.id, "submitter.id", 80))
    channels = [("TE", phone_digits(contact.phone))] if contact.phone else []
    channels += [("EM", fold(contact.email, "organization.contact.email", 256))] if contact.email else []
    yield AdministrativeContact(
        *channels[0],
        fold(contact.name, "organization.contact.name", 60),
        *(channels[1] if len(channels) > 1 else ()),
    )
    name = fold(payer.receiver.name, f"payers.{payer.key}.receiver.name", 60)
    identifier = fold(payer.receiver.id, f"payers.{payer.key}.receiver.id", 80)
    yield Name("40", "2", name, qualifier="46", identifier=identifier)


def billing_segments(payer: Payer, settings: Settings) -> Iterator[Segment]:
    """Loops 2000A, 2010AA and 2010AB. PRV is sent where the taxonomy is known and the payer's `taxonomy` not false."""
    organization = settings.organization
    yield HierarchicalLevel(1, "20", "1")
    if organization.taxonomy and payer.taxonomy is not False:
        yield ProviderInformation("BI", organization.taxonomy)
    name = fold(organization.name, "organization.name", 60)
    yield Name("85", "2", name, qualifier="XX" if organization.npi else "", identifier=organization.npi)
    yield from _address_segments("organization.address", organization.address)
    yield Reference("EI", ids.compact(organization.tax_id))
    if organization.pay_to is not None:
        yield Name("87", "2")
        yield from _address_segments("organization.pay_to", organization.pay_to)


def payer_segments(payer: Payer, settings: Settings) -> Iterator[Segment]:
    """Loop 2010BB. REF*G2 is the agency's id with the payer, sent only for an agency without an NPI."""
    name = fold(payer.name, f"payers.{payer.key}.name", 60)
    yield Name("PR", "2", name, qualifier="PI", identifier=fold(payer.id, f"payers.{payer.key}.id", 80))
    if not settings.organization.npi:
        yield Reference("G2", fold(payer.provider_id, f"payers.{payer.key}.provider_id", 50))


def subscriber_segments(subscriber: Subscriber, payer: Payer, settings: Settings) -> Iterator[Segment]:
    """Loops 2000B, 2010BA and 2010BB without their HL. The member is the subscriber: SBR02 is 18."""
    yield SubscriberInformation(_rank(subscriber.rank), "18", claim_filing=payer.claim_filing)
    yield Name(
        "IL",
        "1",
        fold(subscriber.last_name, "subscriber.last_name", 60),
        fold(subscriber.first_name, "subscriber.first_name", 35),
        fold(subscriber.middle_name, "subscriber.middle_name", 25),
        fold(subscriber.suffix, "subscriber.suffix", 10),
        qualifier="MI",
        identifier=fold(subscriber.subscriber_id, "subscriber.subscriber_id", 80),
    )
    yield from _address_segments("subscriber.address", written_address(subscriber.address, payer))
    yield Demographics(day_text(subscriber.birth_date), subscriber.sex)
    yield from payer_segments(payer, settings)


def claim_segments(claim: Claim, settings: Settings) -> Iterator[Segment]:
    """Loops 2300, 2310, 2320, 2330, 2400 and 2430 of a claim."""
    location = ServiceLocation(claim.place, frequency=claim.frequency)
    release = "Y" if claim.release else "I"
    yield ClaimInformation(claim.claim_id, claim.charge, location, release=release, delay=claim.delay_reason)
    if claim.admitted_on is not None:
        yield DateOrPeriod("435", day_text(claim.admitted_on))
    yield from attachment_segments(claim.attachment)
    if claim.patient_paid is not None:
        yield MonetaryAmount("F5", claim.patient_paid)
    yield from reference_segments(claim)
    yield _diagnosis_segment(claim.diagnoses)
    if claim.rendering is not None and rendering_is_sent(claim.rendering, settings):
        yield from provider_segments("82", claim.rendering)
    if claim.facility is not None and claim.facility_address is not None:
        yield from facility_segments(claim.facility, claim.facility_address, settings)
    if claim.supervising is not None and supervising_is_sent(claim.supervising, claim.rendering, settings):
        yield from provider_segments("DQ", claim.supervising)
    for other in claim.other_payers:
        yield from other_payer_segments(other, claim)
    for number, line in enumerate(claim.lines, 1):
        yield LineNumber(number)
        yield _service_segment(line)
        yield DateOrPeriod("472", day_text(line.service_date))
        yield Reference("6R", line.line_id)
        for earlier in line.prior_payments:
            yield from prior_payment_segments(earlier)


def reference_segments(claim: Claim) -> Iterator[Segment]:
    """REF and NTE of loop 2300: authorization, the payer's number of the claim, note."""
    if claim.authorization:
        yield Reference("G1", fold(claim.authorization, "authorization", 50))
    if claim.payer_control_number:
        yield Reference("F8", fold(claim.payer_control_number, "payer_control_number", 50))
    if claim.note:
        yield NoteText("ADD", fold(claim.note, "note", 80))


def attachment_segments(attachment: Attachment | None) -> Iterator[Segment]:
    """PWK of loop 2300: its control number is that under which the attachment is sent."""
    if attachment is None:
        return
    control = fold(attachment.control, "attachment.control", 80)
    yield Paperwork(attachment.type, attachment.transmission, "AC" if control else "", control)


def provider_segments(entity: str, provider: Provider) -> Iterator[Segment]:
    """Loop 2310B (82, with its taxonomy) or 2310D (DQ). Without an NPI the payer's own id is in REF*G2."""
    yield Name(
        entity,
        "1",
        fold(provider.last_name, "provider.last_name", 60),
        fold(provider.first_name, "provider.first_name", 35),
        fold(provider.middle_name, "provider.middle_name", 25),
        fold(provider.suffix, "provider.suffix", 10),
        qualifier="XX" if provider.npi else "",
        identifier=provider.npi,
    )
    if entity == "82" and provider.taxonomy:
        yield ProviderInformation("PE", provider.taxonomy)
    if not provider.npi:
        yield Reference("G2", fold(provider.provider_id, "provider.provider_id", 50))


def facility_segments(facility: Party, address: Address, settings: Settings) -> Iterator[Segment]:
    """Loop 2310C. The party's id is its NPI, or blank; the agency's own is not sent: the place is a part of it."""
    name = fold(facility.name, "facility.name", 60)
    npi = facility.id if facility.id != settings.organization.npi else ""
    yield Name("77", "2", name, qualifier="XX" if npi else "", identifier=npi)
    yield from _address_segments("facility_address", address)


def other_payer_segments(other: OtherPayer, claim: Claim) -> Iterator[Segment]:
    """Loops 2320, 2330A and 2330B: what a payer that answered before did with the claim.

    Where another person holds the policy, SBR02 is what the patient is to them, and they are named without the
    patient's address. DTP*573 is here only where no line carries it (2430); REF*F8 is that payer's number of the claim.
    """
    person, holder = other.subscriber, other.policyholder
    relationship = "18" if holder is None else holder.relationship
    yield SubscriberInformation(_rank(person.rank), relationship, claim_filing=other.claim_filing)
    yield from _adjustment_segments(other.adjustments)
    yield MonetaryAmount("D", other.paid)
    if other.owed is not None:
        yield MonetaryAmount("EAF", other.owed)
    yield OtherInsurance("Y", "Y" if claim.release else "I")
    named = person if holder is None else holder
    yield Name(
        "IL",
        "1" if named.first_name.strip() else "2",
        fold(named.last_name, "other_payers.subscriber.last_name", 60),
        fold(named.first_name, "other_payers.subscriber.first_name", 35),
        fold(named.middle_name, "other_payers.subscriber.middle_name", 25),
        fold(named.suffix, "other_payers.subscriber.suffix", 10),
        qualifier="MI",
        identifier=fold(person.subscriber_id, "other_payers.subscriber.subscriber_id", 80),
    )
    if holder is None and person.address.street.strip():
        yield from _address_segments("other_payers.subscriber.address", person.address)
    identifier = fold(other.id, "other_payers.id", 80)
    yield Name("PR", "2", fold(other.name, "other_payers.name", 60), qualifier="PI", identifier=identifier)
    if not any(earlier.payer_id == other.id for line in claim.lines for earlier in line.prior_payments):
        yield DateOrPeriod("573", day_text(other.paid_on))
    if other.payer_control_number:
        yield Reference("F8", fold(other.payer_control_number, "other_payers.payer_control_number", 50))


def prior_payment_segments(earlier: PriorPayment) -> Iterator[Segment]:
    """Loop 2430: what an earlier payer did with the line; AMT*EAF is what it left to the patient (X12 RFI 1517)."""
    procedure = Procedure(earlier.hcpcs, earlier.modifiers)
    payer = fold(earlier.payer_id, "prior_payments.payer_id", 80)
    yield LineAdjudication(payer, earlier.paid, procedure, Decimal(earlier.units))
    yield from _adjustment_segments(earlier.adjustments)
    yield DateOrPeriod("573", day_text(earlier.paid_on))
    owed = sum((adjustment.amount for adjustment in earlier.adjustments if adjustment.group == "PR"), _ZERO)
    if owed > 0:
        yield MonetaryAmount("EAF", owed)


def _adjustment_segments(adjustments: tuple[Adjustment, ...]) -> Iterator[Segment]:
    for group, triplets in adjustment_groups(adjustments):
        yield ClaimAdjustment(
            group, tuple(Triplet(triplet.reason, triplet.amount, triplet.quantity) for triplet in triplets)
        )


def _address_segments(field: str, address: Address) -> Iterator[Segment]:
    street2 = fold(address.street2, f"{field}.street2", 55)
    yield StreetAddress(fold(address.street, f"{field}.street", 55), street2)
    state = fold(address.state, f"{field}.state", 2)
    yield CityStateZip(fold(address.city, f"{field}.city", 30), state, ids.compact(address.zip))


def _diagnosis_segment(diagnoses: tuple[str, ...]) -> Segment:
    return HealthCareCodes(
        tuple(HealthCareCode("ABF" if place else "ABK", code) for place, code in enumerate(diagnoses))
    )


def _service_segment(line: ServiceLine) -> Segment:
    procedure = Procedure(line.hcpcs, line.modifiers)
    return ProfessionalService(procedure, line.charge, Decimal(line.units), DiagnosisPointers(line.pointers))


def _rank(rank: int) -> str:
    """Return SBR01: primary, secondary, tertiary, then A (fourth) to H; U beyond."""
    return "PSTABCDEFGH"[rank - 1] if 1 <= rank <= 11 else "U"


# --- the direct way --------------------------------------------------------------------------------------------------

# The direct way recognizes a subscriber's texts, each on a line, within their lengths and free of delimiters.
_SUBSCRIBER = re.compile(
    rf"(?=.{{1,60}}\n){WORDS}\n(?=.{{1,35}}\n){WORDS}\n(?=.{{2,80}}\n){WORDS}\n(?=.{{1,55}}\n){WORDS}\n"
    rf"(?=.{{2,30}}\n){WORDS}\n[A-Z][A-Z]\n(?!000)[0-9]{{5}}(?:[0-9]{{4}})?"
)


class _Service(NamedTuple):
    """A written SV1; `key` is the same for two lines that a payer takes for duplicates of a day."""

    text: str
    key: str
    highest_pointer: int
    charge: Decimal


_ServiceKey = tuple[str, tuple[str, ...], int, Decimal, tuple[int, ...]]


_SEXES = frozenset("FMU")


def _told(text: str, longest: int) -> str:
    """Fold a text that must not come out blank."""
    written = fold(text, "text", longest)
    if not written:
        raise X12Error("text: it is blank")
    return written


@attrs.define(eq=False)
class _Writer:
    """An interchange in the making: the texts that repeat are kept, each written once by its typed segments."""

    payer: Payer
    settings: Settings
    as_of: dt.date
    isa13: int
    _claim_ids: set[str] = attrs.field(factory=set)
    _providers: dict[tuple[str, Provider], str] = attrs.field(factory=dict)
    _facilities: dict[tuple[Party, Address | None], str] = attrs.field(factory=dict)
    _services: dict[_ServiceKey, _Service] = attrs.field(factory=dict)
    _diagnoses: dict[tuple[str, ...], str] = attrs.field(factory=dict)
    _assurances: dict[tuple[str, str, bool], str] = attrs.field(factory=dict)
    _days: dict[dt.date, str] = attrs.field(factory=dict)
    _payer_text: str = ""

    def __attrs_post_init__(self) -> None:
        self._payer_text = encoded(payer_segments(self.payer, self.settings))

    def transaction(self, claims: Iterable[Claim], number: int) -> Iterator[str]:
        """Yield one transaction set: SE01 counts what was written, HL01 what was opened."""
        control = f"{number:04d}"
        opening = header_segments(self.payer, self.settings, self.as_of, self.isa13, control)
        chunk = encoded(chain(opening, billing_segments(self.payer, self.settings)))
        segments = chunk.count("~")
        yield chunk
        level, share, subscriber = 1, 0, None
        for claim in claims:
            same = claim.subscriber is subscriber or claim.subscriber == subscriber
            if not same or share == CLAIMS_PER_SUBSCRIBER:
                subscriber, share, level = claim.subscriber, 0, level + 1
                chunk = f"HL*{level}*1*22*0~{self._subscriber(claim)}{self._claim(claim)}"
            else:
                chunk = self._claim(claim)
            share += 1
            segments += chunk.count("~")
            yield chunk
        yield encode(TransactionTrailer(segments + 1, control))

    def _subscriber(self, claim: Claim) -> str:
        person = claim.subscriber
        address = person.address
        texts = (
            f"{person.last_name}\n{person.first_name}\n{person.subscriber_id}\n"
            f"{address.street}\n{address.city}\n{address.state}\n{address.zip.replace('-', '')}"
        ).upper()
        plain = not (address.street2 or person.middle_name or person.suffix)
        if plain and person.rank >= 1 and person.sex in _SEXES and _SUBSCRIBER.fullmatch(texts):
            last, first, identifier, street, city, state, zip_code = texts.split("\n")
            if codes.is_address_state(state):
                return (
                    f"SBR*{_rank(person.rank)}*18*******{self.payer.claim_filing}~NM1*IL*1*{last}*{first}****MI*{identifier}~"
                    f"N3*{street}~N4*{city}*{state}*{zip_code}~"
                    f"DMG*D8*{day_text(person.birth_date)}*{person.sex}~{self._payer_text}"
                )
        self._refuse_unsound(claim)
        return encoded(subscriber_segments(person, self.payer, self.settings))

    def _claim(self, claim: Claim) -> str:
        """Write loop 2300 with all below it, judging on the way what `claim_problems` judges."""
        claim_id, lines = claim.claim_id, claim.lines
        if claim_id in self._claim_ids:
            raise X12Error(f"claim {claim_id}: another claim of the file has the same id")
        self._claim_ids.add(claim_id)
        rare = claim.other_payers or claim.delay_reason or claim.attachment is not None
        if rare or claim.patient_paid is not None:
            self._refuse_unsound(claim)
            return encoded(claim_segments(claim, self.settings))
        diagnoses = self._diagnosis(claim)
        as_of, most_pointers, services, days = self.as_of, len(claim.diagnoses), self._services, self._days
        is_line_id = LINE_ID.fullmatch
        total = _ZERO
        seen = set()
        line_ids = set()
        written = []
        number = 0
        for line in lines:
            number += 1
            key = (line.hcpcs, line.modifiers, line.units, line.charge, line.pointers)
            service = services.get(key) or self._service(claim, number, key)
            day, line_id = line.service_date, line.line_id
            if (
                day > as_of
                or service.highest_pointer > most_pointers
                or is_line_id(line_id) is None
                or line.prior_payments
            ):
                self._refuse(claim)
            total += service.charge
            seen.add((day, service.key))
            line_ids.add(line_id)
            written_day = days.get(day) or self._written_day(day)
            written.append(f"LX*{number}~{service.text}DTP*472*D8*{written_day}~REF*6R*{line_id}~")
        amount = decimal_text(total)
        if (
            not 0 < number <= MAXIMUM_LINES
            or len(seen) < number
            or len(line_ids) < number
            or len(amount) > MAXIMUM_AMOUNT_WIDTH
            or (not total and self.payer.purpose == "chargeable")
            or claim.payer != self.payer.key
            or CLAIM_ID.fullmatch(claim_id) is None
            or (claim.frequency == Frequency.ORIGINAL) == bool(claim.payer_control_number)
            or any(admission_problems(claim))
        ):
            self._refuse(claim)
        assurances = self._assurances.get((claim.place, claim.frequency, claim.release)) or self._assurance(claim)
        has_references = claim.authorization or claim.payer_control_number or claim.note or claim.admitted_on
        references = self._references(claim) if has_references else ""
        providers = self._parties(claim)
        return f"CLM*{claim_id}*{amount}{assurances}{references}{diagnoses}{providers}{''.join(written)}"

    def _diagnosis(self, claim: Claim) -> str:
        text = self._diagnoses.get(claim.diagnoses)
        if text is None:
            if any(diagnosis_problems(claim.diagnoses)):
                self._refuse(claim)
            text = self._diagnoses[claim.diagnoses] = encode(_diagnosis_segment(claim.diagnoses))
        return text

    def _service(self, claim: Claim, number: int, key: _ServiceKey) -> _Service:
        line = claim.lines[number - 1]
        if line_problems(line, len(claim.diagnoses)):
            self._refuse(claim)
        same = ":".join((line.hcpcs, *sorted(line.modifiers)))
        service = _Service(encode(_service_segment(line)), same, max(line.pointers), line.charge)
        self._services[key] = service
        return service

    def _written_day(self, day: dt.date) -> str:
        text = self._days[day] = day_text(day)
        return text

    def _assurance(self, claim: Claim) -> str:
        """Write CLM from its fifth element: the same for all claims of a place, frequency and release."""
        if not codes.is_place_of_service(claim.place) or claim.frequency not in tuple(Frequency):
            self._refuse(claim)
        location = ServiceLocation(claim.place, frequency=claim.frequency)
        segment = ClaimInformation("X", _ZERO, location, release="Y" if claim.release else "I")
        text = encode(segment).removeprefix("CLM*X*0")
        self._assurances[claim.place, claim.frequency, claim.release] = text
        return text

    def _references(self, claim: Claim) -> str:
        written = f"DTP*435*D8*{day_text(claim.admitted_on)}~" if claim.admitted_on is not None else ""
        try:
            if claim.authorization:
                written += f"REF*G1*{_told(claim.authorization, 50)}~"
            if claim.payer_control_number:
                written += f"REF*F8*{_told(claim.payer_control_number, 50)}~"
            if claim.note:
                written += f"NTE*ADD*{_told(claim.note, 80)}~"
        except X12Error:
            self._refuse(claim)
        return written

    def _parties(self, claim: Claim) -> str:
        rendering, supervising = claim.rendering, claim.supervising
        written = ""
        if rendering is not None and rendering_is_sent(rendering, self.settings):
            written = self._providers.get(("82", rendering)) or self._provider(claim, "82", rendering)
        facility, address = claim.facility, claim.facility_address
        if facility is not None:
            written += self._facilities.get((facility, address)) or self._facility(claim, facility, address)
        if supervising is not None and supervising_is_sent(supervising, rendering, self.settings):
            written += self._providers.get(("DQ", supervising)) or self._provider(claim, "DQ", supervising)
        return written

    def _provider(self, claim: Claim, entity: str, provider: Provider) -> str:
        self._refuse_unsound(claim)
        text = self._providers[entity, provider] = encoded(provider_segments(entity, provider))
        return text

    def _facility(self, claim: Claim, facility: Party, address: Address | None) -> str:
        if address is None:
            self._refuse(claim)
        self._refuse_unsound(claim)
        text = self._facilities[facility, address] = encoded(facility_segments(facility, address, self.settings))
        return text

    def _refuse_unsound(self, claim: Claim) -> None:
        problems = claim_problems(claim, self.payer, self.settings, self.as_of)
        if problems:
            raise X12Error(f"claim {claim.claim_id}: {'; '.join(problems)}")

    def _refuse(self, claim: Claim) -> NoReturn:
        self._refuse_unsound(claim)
        raise AssertionError("a sound claim was refused")
