"""What settings, people and claims must be before an 837P can be written.

The rules are those of 005010X222A1 and of HIPAA's identifiers; validators of the guide's structure miss most of
them (check digits, totals, PO boxes, frequency without the payer's number, …). Every function returns what it
finds, empty when all is well, and never repeats a person's data.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from peerbill import codes
from peerbill.model import ids
from peerbill.model.claim import (
    Address,
    Adjustment,
    BillingProvider,
    Claim,
    Contact,
    Facility,
    OtherPayer,
    Party,
    Payer,
    Policyholder,
    PriorPayment,
    Provider,
    ServiceLine,
    Subscriber,
)
from peerbill.model.claim_state import Frequency
from peerbill.model.encounter import Encounter
from peerbill.model.money import two_decimals
from peerbill.model.people import Coverage, Member, Staff
from peerbill.model.records import Settings
from peerbill.model.sentence import Sentence, say
from peerbill.model.words import vocabulary
from peerbill.x12.charset import UnwritableTextError, fold
from peerbill.x12.element_values import ADJUSTMENT_GROUPS, CLAIM_FILING, ID_QUALIFIERS, REPORT_TYPES, decimal_text

MAXIMUM_LINES = 50
MAXIMUM_DIAGNOSES = 12
MAXIMUM_POINTERS = 4
MAXIMUM_MODIFIERS = 4
MAXIMUM_AMOUNT_WIDTH = 10
"""Characters of an amount that every payer's gateway is known to take; X12 itself allows 18 digits."""

MAXIMUM_OTHER_PAYERS = 10
MAXIMUM_ADJUSTMENT_SEGMENTS = 5
MAXIMUM_TRIPLETS = 6
MAXIMUM_RANK = 11
"""The last rank with a code of its own in SBR01 (H); later ranks have U."""

CLAIM_ID = re.compile(r"[A-Z0-9]{1,20}")
"""CLM01: 20 characters are all that an 835 or 277CA is bound to give back."""

LINE_ID = re.compile(r"[A-Z0-9](?:[-A-Z0-9./_]{0,28}[A-Z0-9])?")
"""REF*6R: at most 30 characters come back."""

_AMOUNT = re.compile(r"[0-9]+(?:\.[0-9]{1,2})?")
_BOX = re.compile(
    r"\bP\.? *O\.? *(?:B(?:OX)?|DRAWER)\b|\bPOST +OFFICE +(?:BOX|DRAWER)\b"
    r"|\bLOCK *BOX\b|\bPMB\b|\bPRIVATE +MAIL *BOX\b|^BOX \d"
)
_CLAIM_FILING = frozenset(CLAIM_FILING.split())
_GROUPS = frozenset(ADJUSTMENT_GROUPS.split())
_SUFFIX = re.compile(r"[ ,](?:JR|SR|II|III|IV)\.?\s*$", re.IGNORECASE)
_SELF, _EMPLOYEE = "18", "20"
"""SBR02: the patient holds the policy; the patient is the policyholder's employee."""
_REPORTS = frozenset(REPORT_TYPES.split())
_QUALIFIERS = frozenset(ID_QUALIFIERS.split())


class FieldProblem(NamedTuple):
    """A field as its user knows it (organization.address.zip), its fault, and the remedy."""

    field: str
    message: Sentence
    fix: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}. {self.fix}"


def settings_problems(settings: Settings, payer: Payer) -> tuple[FieldProblem, ...]:
    """Return what in `peerbill.toml` would stop an 837P for this payer: loops 1000A to 2010AA and 2010BB."""
    return tuple(_settings_problems(settings, payer))


def _settings_problems(settings: Settings, payer: Payer) -> Iterator[FieldProblem]:
    yield from _organization("organization", settings.organization, payer)
    for site in dict.fromkeys(settings.billing_site(key, payer) for key in settings.sites):
        if site:
            yield from _organization(f"sites.{site}", settings.provider(site), payer)
    yield from _contact(settings.organization.contact)
    yield from _party("submitter", settings.submitter)
    key = f"payers.{payer.key}"
    yield from _party(f"{key}.receiver", payer.receiver)
    yield from _text(f"{key}.name", payer.name, 1, 60)
    yield from _text(f"{key}.id", payer.id, 2, 80)
    yield from _one_of(f"{key}.claim_filing", payer.claim_filing, _CLAIM_FILING)
    yield from _one_of(f"{key}.purpose", payer.purpose, ("chargeable", "reporting"))
    yield from _one_of(f"{key}.mode", payer.mode, ("test", "production"))
    yield from _one_of(f"{key}.claim_span", payer.claim_span, vocabulary("claim-span").words)
    if payer.rendering:
        yield from _one_of(f"{key}.rendering", payer.rendering, vocabulary("rendering").words)
    for name, most in (("transaction", payer.max_claims_per_transaction), ("file", payer.max_claims_per_file)):
        if most < 1:
            yield FieldProblem(
                f"{key}.max_claims_per_{name}", say("less-than-one", "it is less than 1"), "Give the payer's maximum"
            )
    envelope, group = payer.interchange, payer.group
    yield from _one_of(f"{key}.interchange.sender_qualifier", envelope.sender_qualifier, _QUALIFIERS)
    yield from _one_of(f"{key}.interchange.receiver_qualifier", envelope.receiver_qualifier, _QUALIFIERS)
    for side, party, given, in_group in (
        ("sender", settings.submitter, envelope.sender_id, group.sender),
        ("receiver", payer.receiver, envelope.receiver_id, group.receiver),
    ):
        yield from _text(f"{key}.interchange.{side}_id", given or party.id, 1, 15)
        yield from _text(f"{key}.group.{side}", in_group or party.id, 2, 15)
    if payer.address_when_none is not None:
        yield from _address(f"{key}.address_when_none", payer.address_when_none)


def _organization(field: str, organization: BillingProvider, payer: Payer) -> Iterator[FieldProblem]:
    yield from _text(f"{field}.name", organization.name, 1, 60)
    if organization.npi:
        yield from _npi(f"{field}.npi", organization.npi)
    elif not payer.provider_id:
        message = say("no-id-of-the-agency", "neither organization.npi nor the payer's own id for the agency is given")
        yield FieldProblem(f"payers.{payer.key}.provider_id", message, "Fill one of them in")
    else:
        yield from _text(f"payers.{payer.key}.provider_id", payer.provider_id, 1, 50)
    if not ids.is_valid_tax_id(ids.compact(organization.tax_id)):
        yield FieldProblem(
            f"{field}.tax_id",
            say("tax-id-not-of-nine", "it has not nine digits"),
            "Give the EIN as the IRS assigned it",
        )
    if payer.taxonomy and not organization.taxonomy:
        message = say("taxonomy-is-asked", "it is blank, and payers.{payer}.taxonomy asks for it", payer=payer.key)
        yield FieldProblem(f"{field}.taxonomy", message, "Give the agency's NUCC taxonomy code")
    elif organization.taxonomy and payer.taxonomy is not False:
        yield from _taxonomy(f"{field}.taxonomy", organization.taxonomy)
    yield from _address(f"{field}.address", organization.address, of_provider=True)
    if organization.pay_to is not None:
        yield from _address(f"{field}.pay_to", organization.pay_to)


def _contact(contact: Contact) -> Iterator[FieldProblem]:
    yield from _text("organization.contact.name", contact.name, 1, 60)
    if not contact.phone and not contact.email:
        yield FieldProblem(
            "organization.contact.phone",
            say("no-phone-or-email", "neither phone nor email is given"),
            "Fill one of them in",
        )
    if contact.phone and not re.fullmatch(r"[2-9][0-9]{9}", phone_digits(contact.phone)):
        message = say("no-phone-number", "it has not ten digits, of which the first is 2 to 9")
        yield FieldProblem("organization.contact.phone", message, "Give area code and number")
    if contact.email:
        yield from _text("organization.contact.email", contact.email, 3, 256)
        if "@" not in contact.email:
            yield FieldProblem(
                "organization.contact.email", say("no-at-sign", "it has no @"), "Give a whole email address"
            )


def earlier_payer_problems(payer: Payer) -> tuple[FieldProblem, ...]:
    """Return the faults in `[payers.KEY]` that stop a claim with this payer's answer: loops 2320 and 2330B."""
    key = f"payers.{payer.key}"
    problems = [*_text(f"{key}.name", payer.name, 1, 60), *_text(f"{key}.id", payer.id, 2, 80)]
    if payer.claim_filing:
        problems += _one_of(f"{key}.claim_filing", payer.claim_filing, _CLAIM_FILING)
    return tuple(problems)


def member_problems(member: Member, payer: Payer | None = None) -> tuple[FieldProblem, ...]:
    """Return what in a row of `members` would stop a claim: loop 2010BA needs name, address, birth date and sex.

    A member without a street has no fixed address, and gets the payer's `address_when_none`.
    """
    return _member_problems(member, None if payer is None else payer.address_when_none)


@lru_cache(maxsize=8192)
def _member_problems(member: Member, when_none: Address | None) -> tuple[FieldProblem, ...]:
    address = Address(member.street, member.city, member.state, member.zip)
    return tuple(_member("members", member, address, when_none))


@lru_cache(maxsize=8192)
def coverage_problems(coverage: Coverage) -> tuple[FieldProblem, ...]:
    """Return what in a row of `coverage` would stop a claim: the member's id with the payer, rank and policyholder."""
    return (
        *_text("coverage.subscriber_id", coverage.subscriber_id, 2, 80),
        *_rank("coverage.rank", coverage.rank),
        *_policyholder(policyholder_of(coverage)),
    )


def policyholder_of(coverage: Coverage) -> Policyholder | None:
    """Return who holds the policy of a row of `coverage`; None where it is the member."""
    if coverage.is_own:
        return None
    return Policyholder(
        codes.policyholder_relationships().get(coverage.relationship, coverage.relationship),
        coverage.policyholder_last_name,
        coverage.policyholder_first_name,
        coverage.policyholder_middle_name,
        coverage.policyholder_suffix,
    )


def authorization_problems(number: str) -> tuple[FieldProblem, ...]:
    """Return what in an authorization's number would stop a claim (2300 REF*G1)."""
    return tuple(_text("authorizations.number", number, 1, 50))


def provider_of(staff: Staff, payer: Payer | None) -> Provider:
    """Return a person of `staff` as claims to a payer name them.

    Without an NPI, by the payer's own id, where the payer takes persons without one.
    """
    return _provider_of(staff, _accepts_own_id(payer))


def _accepts_own_id(payer: Payer | None) -> str:
    """Return the key of a payer that takes persons by an id of its own, "" for the others."""
    return payer.key if payer is not None and payer.peers_without_npi else ""


def _provider_of(staff: Staff, payer_key: str) -> Provider:
    given = ""
    if payer_key and not staff.npi:
        keyed = dict(id_.split(":", 1) for id_ in staff.provider_ids if ":" in id_)
        given = keyed.get(payer_key) or next((id_ for id_ in staff.provider_ids if ":" not in id_), "")
    names = {"middle_name": staff.middle_name, "suffix": staff.suffix}
    return Provider(staff.last_name, staff.first_name, staff.npi, staff.taxonomy, given.strip(), **names)


@lru_cache(maxsize=2048)
def facility_problems(field: str, facility: Facility) -> tuple[FieldProblem, ...]:
    """Return what would stop a claim that names where a service was given: loop 2310C."""
    problems = [*_text(f"{field}.name", facility.name, 1, 60)]
    if facility.npi:
        problems += _npi(f"{field}.npi", facility.npi)
    return (*problems, *_address(field, facility.address, of_provider=True))


ON_REQUEST = "AA"
"""PWK02 of an attachment that the provider has ready: nothing is sent, so that no control number belongs to it."""

TRANSMISSIONS = (ON_REQUEST, "BM", "EL", "EM", "FT", "FX")
"""PWK02 that both forms of claim take: on request, by mail, with the file, by e-mail, by file transfer, by fax."""


def late_fields(encounter: Encounter) -> tuple[str, str, str, str]:
    """Return what an encounter says of a late claim: its reason; type, transmission and control of an attachment."""
    return (
        encounter.delay_reason,
        encounter.attachment_type,
        encounter.attachment_transmission,
        encounter.attachment_control,
    )


def late_problems(field: str, reason: str, kind: str, transmission: str, control: str) -> tuple[FieldProblem, ...]:
    """Return what in a delay reason (CLM20) or an attachment (PWK) would stop a claim."""
    return tuple(_late(field, reason, kind, transmission, control))


def _late(field: str, reason: str, kind: str, transmission: str, control: str) -> Iterator[FieldProblem]:
    if reason and reason not in codes.delay_reasons():
        reasons = ", ".join(codes.delay_reasons())
        yield FieldProblem(
            f"{field}delay_reason", say("no-delay-reason", "it is no delay reason code"), f"Use one of {reasons}"
        )
    if not (kind or transmission or control):
        return
    if kind not in _REPORTS:
        fix = "Use a code of PWK01, such as OZ (support data for the claim) or EB (explanation of benefits)"
        yield FieldProblem(f"{field}attachment_type", say("no-report-type", "it is no report type code"), fix)
    if transmission not in TRANSMISSIONS:
        fix = "Use AA (on request), BM (by mail), EL (with the file), EM (e-mail), FT (file transfer) or FX (fax)"
        yield FieldProblem(
            f"{field}attachment_transmission",
            say("no-transmission", "it is no transmission code of both claim forms"),
            fix,
        )
    elif transmission == ON_REQUEST and control:
        message = say("none-on-request", "an attachment on request (AA) has none")
        yield FieldProblem(f"{field}attachment_control", message, "Leave it out, or say how the attachment is sent")
    elif transmission != ON_REQUEST:
        yield from _text(f"{field}attachment_control", control, 2, 80)


def staff_problems(staff: Staff, payer: Payer | None = None) -> tuple[FieldProblem, ...]:
    """Return what in a row of `staff` would stop a claim that names the person: loops 2310B and 2310D."""
    return _staff_problems(staff, _accepts_own_id(payer))


@lru_cache(maxsize=2048)
def _staff_problems(staff: Staff, payer_key: str) -> tuple[FieldProblem, ...]:
    provider = _provider_of(staff, payer_key)
    if payer_key and not staff.npi and not provider.provider_id:
        message = say("no-npi-and-no-id", "it is blank, and so is the id that {payer} gave the person", payer=payer_key)
        others = [
            provider_problem
            for provider_problem in provider_problems("staff", provider)
            if provider_problem.field != "staff.npi"
        ]
        fix = "Fill in the person's NPI, or the payer's own id for the person here"
        return (*others, FieldProblem("staff.provider_ids", message, fix))
    return provider_problems("staff", provider)


def provider_problems(field: str, provider: Provider) -> tuple[FieldProblem, ...]:
    """Return what would stop a claim that names a person: loop 2310."""
    return tuple(_provider(field, provider))


def claim_problems(claim: Claim, payer: Payer, settings: Settings, as_of: dt.date | None = None) -> tuple[str, ...]:
    """Return every rule that a claim breaks on its own, as sentences; () for a claim that can be written.

    With `as_of`, the day of the file, service after it is a problem too. Uniqueness of claim ids is the file's
    and the ledger's business, the settings are `settings_problems`.
    """
    problems = [str(problem) for problem in _claim(claim, payer, settings)]
    if as_of is not None:
        late = [number for number, line in enumerate(claim.lines, 1) if line.service_date > as_of]
        problems += [f"line {number}: the day of service is after the day of the file" for number in late]
        problems += [
            f"other payer {number}: its answer is of a day after the day of the file"
            for number, other in enumerate(claim.other_payers, 1)
            if other.paid_on > as_of
        ]
    return tuple(problems)


def _claim(claim: Claim, payer: Payer, settings: Settings) -> Iterator[FieldProblem]:
    if claim.payer != payer.key:
        yield FieldProblem(
            "payer", say("claim-of-another-payer", "the claim is for another payer"), "Write it into that payer's file"
        )
    if not CLAIM_ID.fullmatch(claim.claim_id):
        yield FieldProblem(
            "claim_id", say("no-claim-id", "it is not 1 to 20 capitals and digits"), "Give it another id"
        )
    yield from _subscriber(claim.subscriber, payer)
    if not codes.is_place_of_service(claim.place):
        yield FieldProblem(
            "place",
            say("no-place-of-service-code", "it is no place of service code"),
            "Give one of CMS's two-digit codes",
        )
    yield from admission_problems(claim)
    yield from diagnosis_problems(claim.diagnoses)
    yield from _frequency(claim)
    for field, value, longest in (
        ("authorization", claim.authorization, 50),
        ("payer_control_number", claim.payer_control_number, 50),
        ("note", claim.note, 80),
    ):
        if value:
            yield from _text(field, value, 1, longest)
    if claim.rendering is not None and rendering_is_sent(claim.rendering, settings):
        yield from _provider("rendering", claim.rendering)
    if claim.supervising is not None and supervising_is_sent(claim.supervising, claim.rendering, settings):
        yield from _provider("supervising", claim.supervising)
    yield from _facility(claim.facility, claim.facility_address)
    sent = claim.attachment
    beside = (sent.type, sent.transmission, sent.control) if sent is not None else ("", "", "")
    yield from late_problems("", claim.delay_reason, *beside)
    yield from _lines(claim)
    if claim.charge == 0 and payer.purpose == "chargeable":
        fix = (
            f'Give the charge per unit in [payers.{payer.key}] charges, or purpose = "reporting" for encounter reports'
        )
        yield FieldProblem("charge", say("charge-of-zero", "it is 0, and the payer's claims are chargeable"), fix)
    if claim.patient_paid is not None:
        yield from _patient_paid(claim, claim.patient_paid)
    if claim.other_payers or any(line.prior_payments for line in claim.lines):
        yield from _other_payers(claim, payer)


def _patient_paid(claim: Claim, paid: Decimal) -> Iterator[FieldProblem]:
    yield from _dollars("patient_paid", paid)
    if paid.is_finite() and not 0 < paid <= claim.charge:
        message = say("patient-paid-wrong", "it is not more than zero, or more than the claim's charge")
        yield FieldProblem("patient_paid", message, "Correct spend_down.amount, or leave it out")


def rendering_is_sent(rendering: Provider, settings: Settings) -> bool:
    """Return whether loop 2310B is sent: only when the rendering provider is another than the billing provider."""
    return not rendering.npi or rendering.npi != settings.organization.npi


def supervising_is_sent(supervising: Provider, rendering: Provider | None, settings: Settings) -> bool:
    """Return whether loop 2310D is sent: only for another than the rendering and the billing provider."""
    return supervising != rendering and (
        not supervising.npi
        or supervising.npi not in {settings.organization.npi, rendering.npi if rendering is not None else ""}
    )


def admission_problems(claim: Claim) -> Iterator[FieldProblem]:
    """Yield the faults of the day of admission: blank at an inpatient place, or later than a service."""
    if claim.admitted_on is None and codes.is_inpatient_place(claim.place):
        message = say("no-admission", "it is blank, and the place of service is an inpatient one")
        yield FieldProblem("admitted_on", message, "Enter the stay in stays")
    elif claim.admitted_on is not None and any(line.service_date < claim.admitted_on for line in claim.lines):
        yield FieldProblem(
            "admitted_on", say("admitted-after-a-service", "it is later than a day of service"), "Correct stays.from"
        )


def _frequency(claim: Claim) -> Iterator[FieldProblem]:
    if claim.frequency not in tuple(Frequency):
        yield FieldProblem(
            "frequency", say("no-frequency", "it is none of 1, 7 and 8"), "Use 1 original, 7 replacement, 8 void"
        )
    elif claim.frequency == Frequency.ORIGINAL and claim.payer_control_number:
        fix = "Leave it out, or make the claim a replacement"
        yield FieldProblem("payer_control_number", say("none-on-an-original", "an original claim has none"), fix)
    elif claim.frequency != Frequency.ORIGINAL and not claim.payer_control_number:
        message = say("no-number-of-the-payer", "a replacement or void needs the payer's number of the earlier claim")
        yield FieldProblem("payer_control_number", message, "Take it from the 835 (CLP07) or 277CA (REF*1K)")


def _facility(facility: Party | None, address: Address | None) -> Iterator[FieldProblem]:
    if facility is None:
        return
    yield from _text("facility.name", facility.name, 1, 60)
    if facility.id:
        yield from _npi("facility.id", facility.id)
    if address is None:
        yield FieldProblem("facility_address", say("absent", "it is absent"), "Give street, city, state and ZIP code")
    else:
        yield from _address("facility_address", address, of_provider=True)


def _lines(claim: Claim) -> Iterator[FieldProblem]:
    if not 1 <= len(claim.lines) <= MAXIMUM_LINES:
        yield FieldProblem(
            "lines",
            say("so-many-lines", "there are {count}", count=len(claim.lines)),
            f"A claim has 1 to {MAXIMUM_LINES}",
        )
    services: dict[tuple[dt.date, str, tuple[str, ...]], int] = {}
    line_ids: dict[str, int] = {}
    total = Decimal(0)
    for number, line in enumerate(claim.lines, 1):
        for problem in line_problems(line, len(claim.diagnoses)):
            yield problem._replace(field=f"line {number}, {problem.field}")
        first = services.setdefault((line.service_date, line.hcpcs, tuple(sorted(line.modifiers))), number)
        if first != number:
            message = say("same-line", "line {line} has the same day, code and modifiers", line=first)
            yield FieldProblem(f"line {number}", message, "Add the two up: payers deny the second")
        if line_ids.setdefault(line.line_id, number) != number:
            yield FieldProblem(
                f"line {number}, line_id", say("line-id-twice", "another line has it"), "Give each line its own"
            )
        total += line.charge if line.charge.is_finite() else Decimal(0)
    if len(decimal_text(total)) > MAXIMUM_AMOUNT_WIDTH:
        yield FieldProblem(
            "charge", say("total-too-wide", "the total is too wide for a payer's field"), "Divide the claim"
        )


def line_problems(line: ServiceLine, diagnoses: int) -> tuple[FieldProblem, ...]:
    """Return the faults of a service line of a claim that has so many diagnoses."""
    problems = list(_service(line))
    if not all(1 <= pointer <= diagnoses for pointer in line.pointers):
        problems.append(
            FieldProblem(
                "pointers",
                say("pointer-to-nothing", "one points to no diagnosis of the claim"),
                "Point to the line's own",
            )
        )
    if not LINE_ID.fullmatch(line.line_id):
        problems.append(
            FieldProblem(
                "line_id", say("no-line-id", "it is not 1 to 30 capitals, digits and marks"), "Give it another id"
            )
        )
    return tuple(problems)


def _service(line: ServiceLine) -> Iterator[FieldProblem]:
    if not codes.is_hcpcs_shape(line.hcpcs):
        yield FieldProblem(
            "hcpcs", say("no-procedure-code", "it is no HCPCS or CPT code"), "Give five characters, such as H0038"
        )
    if len(line.modifiers) > MAXIMUM_MODIFIERS or len(set(line.modifiers)) < len(line.modifiers):
        yield FieldProblem(
            "modifiers", say("too-many-modifiers", "there are more than four, or one twice"), "Keep four different ones"
        )
    if not all(map(codes.is_modifier_shape, line.modifiers)):
        yield FieldProblem("modifiers", say("no-modifier", "one is not two capitals or digits"), "Correct it")
    amount = decimal_text(line.charge) if line.charge.is_finite() else "NaN"
    if not _AMOUNT.fullmatch(amount):
        yield FieldProblem(
            "charge", say("no-whole-cents", "it is not zero or more in whole cents"), "Correct the charge per unit"
        )
    elif len(amount) > MAXIMUM_AMOUNT_WIDTH:
        yield FieldProblem(
            "charge", say("too-wide", "it is too wide for a payer's field"), "Correct the charge per unit"
        )
    if not 1 <= line.units <= 999_999:
        yield FieldProblem(
            "units", say("units-out-of-range", "they are less than 1 or more than 999999"), "Correct the line's units"
        )
    if not 1 <= len(line.pointers) <= MAXIMUM_POINTERS or len(set(line.pointers)) < len(line.pointers):
        yield FieldProblem(
            "pointers",
            say("pointers-wrong", "there are not one to four different ones"),
            "Point to the line's diagnoses",
        )


def diagnosis_problems(diagnoses: tuple[str, ...]) -> Iterator[FieldProblem]:
    """Yield the faults of the diagnoses of a claim: HI holds 1 to 12 different codes without dots."""
    if not 1 <= len(diagnoses) <= MAXIMUM_DIAGNOSES:
        yield FieldProblem(
            "diagnoses",
            say("so-many-diagnoses", "there are {count}", count=len(diagnoses)),
            f"A claim has 1 to {MAXIMUM_DIAGNOSES}",
        )
    if len(set(diagnoses)) < len(diagnoses):
        yield FieldProblem("diagnoses", say("diagnosis-twice", "one stands twice"), "Leave the second out")
    if diagnoses and codes.is_never_principal(diagnoses[0]):
        message = say(
            "first-diagnosis-barred",
            "the first is an external cause or a sequela, which ICD-10-CM bars from the first place",
        )
        yield FieldProblem("diagnoses", message, "Put the reason for the service first")
    for place, code in enumerate(diagnoses, 1):
        if code != codes.compact_diagnosis(code) or not codes.is_diagnosis_shape(code):
            message = say("no-icd-code", "number {place} is no ICD-10-CM code without its dot", place=place)
            yield FieldProblem("diagnoses", message, "Write capitals and digits only, such as F1120")


# --- payers that answered before -------------------------------------------------------------------------------------


def adjustment_groups(adjustments: Iterable[Adjustment]) -> tuple[tuple[str, tuple[Adjustment, ...]], ...]:
    """Return adjustments as CAS segments take them: by group, at most six to a segment."""
    groups: dict[str, list[Adjustment]] = {}
    for adjustment in adjustments:
        groups.setdefault(adjustment.group, []).append(adjustment)
    return tuple(
        (group, tuple(found[first : first + MAXIMUM_TRIPLETS]))
        for group, found in sorted(groups.items())
        for first in range(0, len(found), MAXIMUM_TRIPLETS)
    )


def unbalanced(charge: Decimal, paid: Decimal, adjustments: Iterable[Adjustment]) -> Decimal:
    """Return by how much a charge exceeds what was paid and adjusted; 0 where they balance."""
    return charge - paid - sum((adjustment.amount for adjustment in adjustments), Decimal(0))


def _other_payers(claim: Claim, payer: Payer) -> Iterator[FieldProblem]:
    others = claim.other_payers
    if len(others) > MAXIMUM_OTHER_PAYERS:
        message = say("so-many-payers", "there are {count}", count=len(others))
        yield FieldProblem("other_payers", message, f"A claim tells of at most {MAXIMUM_OTHER_PAYERS}")
    known = {payer.id, *(other.id for other in others)}
    if len(known) <= len(others):
        message = say("one-id-twice", "two payers of the claim have one id")
        yield FieldProblem("payers.id", message, "Give each payer its own id in peerbill.toml")
    ranks = [min(rank, MAXIMUM_RANK + 1) for rank in (claim.subscriber.rank, *(one.subscriber.rank for one in others))]
    ranks_sent = [rank for rank in ranks if rank <= MAXIMUM_RANK]
    if len(set(ranks_sent)) < len(ranks_sent):
        yield FieldProblem(
            "coverage.rank",
            say("one-rank-twice", "two payers of the claim have one rank"),
            "Give each payer its own rank",
        )
    for number, other in enumerate(others, 1):
        for problem in _other_payer(other, claim):
            yield problem._replace(field=f"other payer {number}, {problem.field}")
    for number, line in enumerate(claim.lines, 1):
        if not {prior_payment.payer_id for prior_payment in line.prior_payments} <= {other.id for other in others}:
            message = say("of-another-payer", "it is of a payer that the claim does not tell of")
            yield FieldProblem(f"line {number}, prior_payments.payer", message, "Name it in the claim's other payers")
        for problem in prior_payment_problems(line):
            yield problem._replace(field=f"line {number}, {problem.field}")


def _other_payer(other: OtherPayer, claim: Claim) -> Iterator[FieldProblem]:
    yield from _text("payers.name", other.name, 1, 60)
    yield from _text("payers.id", other.id, 2, 80)
    yield from _one_of("payers.claim_filing", other.claim_filing, _CLAIM_FILING)
    person = other.subscriber
    yield from _text("members.last_name", person.last_name, 1, 60)
    yield from _text("members.first_name", person.first_name, 1, 35)
    yield from _other_names("members", person)
    yield from _text("coverage.subscriber_id", person.subscriber_id, 2, 80)
    yield from _rank("coverage.rank", person.rank)
    yield from _policyholder(other.policyholder)
    if person.address.street.strip():
        yield from _address("members", person.address)
    if other.payer_control_number:
        yield from _text("prior_payments.payer_control_number", other.payer_control_number, 1, 50)
    yield from _dollars("prior_payments.paid", other.paid)
    if other.owed is not None:
        yield from _dollars("other_payers.owed", other.owed)
    yield from _adjustments(other.adjustments)
    of_lines = [
        prior_payment
        for line in claim.lines
        for prior_payment in line.prior_payments
        if prior_payment.payer_id == other.id
    ]
    if of_lines and len({line.line_id for line in claim.lines if _has(line, other.id)}) < len(claim.lines):
        message = say("some-lines-answered", "it answered some lines of the claim and not the others")
        yield FieldProblem("prior_payments.encounter_id", message, "Tell what it did with each line")
    elif not of_lines and any(other.paid_on < line.service_date for line in claim.lines):
        message = say("answer-before-the-service", "its answer is of a day before the service")
        yield FieldProblem("prior_payments.paid_on", message, "Enter the day of its remittance")
    settled = sum((of_line.paid for of_line in of_lines), Decimal(0)) if of_lines else claim.charge
    if unbalanced(settled, other.paid, other.adjustments):
        message = say(
            "unbalanced-claim", "what it paid for the claim is not the sum of its lines less the claim's adjustments"
        )
        yield FieldProblem("prior_payments.paid", message, "Enter paid and adjustments as the remittance has them")


def _has(line: ServiceLine, payer_id: str) -> bool:
    return any(prior_payment.payer_id == payer_id for prior_payment in line.prior_payments)


def prior_payment_problems(line: ServiceLine) -> Iterator[FieldProblem]:
    """Yield the faults of earlier payers' answers to a line (2430): charge = paid + adjustments for each."""
    payer_ids = [prior_payment.payer_id for prior_payment in line.prior_payments]
    if len(set(payer_ids)) < len(payer_ids):
        yield FieldProblem("prior_payments.payer", say("payer-twice", "one payer stands twice"), "Add its answers up")
    for prior_payment in line.prior_payments:
        yield from _prior_payment(prior_payment, line)


def _prior_payment(payment: PriorPayment, line: ServiceLine) -> Iterator[FieldProblem]:
    if not codes.is_hcpcs_shape(payment.hcpcs):
        yield FieldProblem(
            "prior_payments.hcpcs",
            say("no-procedure-code", "it is no HCPCS or CPT code"),
            "Give the code that was paid",
        )
    if len(payment.modifiers) > MAXIMUM_MODIFIERS or not all(map(codes.is_modifier_shape, payment.modifiers)):
        message = say(
            "paid-modifiers-wrong", "there are more than four modifiers, or one is not two capitals or digits"
        )
        yield FieldProblem("prior_payments.modifiers", message, "Correct them")
    if not 0 <= payment.units <= 999_999:
        yield FieldProblem(
            "prior_payments.units", say("paid-units-wrong", "they are less than 0 or more than 999999"), "Correct them"
        )
    yield from _dollars("prior_payments.paid", payment.paid)
    if payment.paid_on < line.service_date:
        message = say("earlier-than-the-service", "it is earlier than the day of service")
        yield FieldProblem("prior_payments.paid_on", message, "Enter the day of the remittance")
    yield from _adjustments(payment.adjustments)
    if unbalanced(line.charge, payment.paid, payment.adjustments):
        amount = line.charge - unbalanced(line.charge, payment.paid, payment.adjustments)
        message = say(
            "unbalanced-line",
            "paid and adjustments come to {found}, the line's charge is {charge}",
            found=Decimal(two_decimals(amount)),
            charge=Decimal(two_decimals(line.charge)),
        )
        fix = "Enter both as the remittance has them; they add up to the charge that the payer was sent"
        yield FieldProblem("prior_payments.adjustments", message, fix)


def _adjustments(adjustments: tuple[Adjustment, ...]) -> Iterator[FieldProblem]:
    field = "prior_payments.adjustments"
    if any(adjustment.group not in _GROUPS for adjustment in adjustments):
        yield FieldProblem(
            field,
            say("no-adjustment-group", "a group is none of those of CAS01"),
            f"Use one of {', '.join(sorted(_GROUPS))}",
        )
    if not all(codes.carc(adjustment.reason) or codes.is_newer_reason(adjustment.reason) for adjustment in adjustments):
        yield FieldProblem(
            field,
            say("no-adjustment-reason", "a reason is no claim adjustment reason code"),
            "Use the code of the remittance",
        )
    for adjustment in adjustments:
        yield from _dollars(field, adjustment.amount.copy_abs())
        if not adjustment.amount:
            yield FieldProblem(
                field,
                say("zero-adjustment", "an amount is zero"),
                "Leave it out: only what changes the payment is told",
            )
    if len(adjustment_groups(adjustments)) > MAXIMUM_ADJUSTMENT_SEGMENTS:
        message = say(
            "too-many-adjustments", "they fill more than {most} CAS segments", most=MAXIMUM_ADJUSTMENT_SEGMENTS
        )
        yield FieldProblem(field, message, "Bill it in the payer's portal")


def _dollars(field: str, amount: Decimal) -> Iterator[FieldProblem]:
    text = decimal_text(amount) if amount.is_finite() else "NaN"
    if not _AMOUNT.fullmatch(text) or len(text) > MAXIMUM_AMOUNT_WIDTH:
        yield FieldProblem(
            field, say("no-amount", "it is not zero or more in whole cents, or too wide"), "Correct the amount"
        )


# --- people ----------------------------------------------------------------------------------------------------------


def written_address(address: Address, payer: Payer | None) -> Address:
    """Return the address that goes into the claim: without a street, the payer's `address_when_none`."""
    when_none = None if payer is None else payer.address_when_none
    return address if when_none is None or address.street.strip() else when_none


def _subscriber(person: Subscriber, payer: Payer) -> Iterator[FieldProblem]:
    yield from _member("subscriber", person, person.address, payer.address_when_none)
    yield from _text("subscriber.subscriber_id", person.subscriber_id, 2, 80)
    yield from _rank("subscriber.rank", person.rank)


def _policyholder(holder: Policyholder | None) -> Iterator[FieldProblem]:
    """Yield the faults of the holder of another payer's policy (2320 SBR02, 2330A); None is the member."""
    if holder is None:
        return
    words = ", ".join(word for word, code in codes.policyholder_relationships().items() if code != _SELF)
    if holder.relationship in ("", _SELF):
        message = say(
            "no-relationship-to-policyholder", "a policyholder is named, and what the member is to that person is not"
        )
        fix = f"Write what the member is to the policyholder ({words}), or clear the policyholder's names"
        yield FieldProblem("coverage.relationship", message, fix)
    elif holder.relationship not in codes.policyholder_relationships().values():
        yield FieldProblem(
            "coverage.relationship",
            say("no-known-relationship", "it is no relationship to a policyholder"),
            f"Use one of {words}",
        )
    yield from _text("coverage.policyholder_last_name", holder.last_name, 1, 60)
    if holder.first_name or holder.relationship != _EMPLOYEE:
        yield from _text("coverage.policyholder_first_name", holder.first_name, 1, 35)
    elif holder.middle_name or holder.suffix:
        message = say(
            "no-first-name-of-policyholder", "it is blank, and the policyholder has a middle name or a suffix"
        )
        yield FieldProblem("coverage.policyholder_first_name", message, "Fill it in; an employer has a last name alone")
    yield from _other_names("coverage.policyholder", holder, "_")


def _member(
    table: str, person: Member | Subscriber, address: Address, when_none: Address | None
) -> Iterator[FieldProblem]:
    yield from _text(f"{table}.last_name", person.last_name, 1, 60)
    yield from _text(f"{table}.first_name", person.first_name, 1, 35)
    yield from _other_names(table, person)
    if person.birth_date is None:
        yield FieldProblem(f"{table}.birth_date", say("blank", "it is blank"), "Fill it in as YYYY-MM-DD")
    if person.sex not in ("F", "M", "U"):
        yield FieldProblem(
            f"{table}.sex", say("no-sex-code", "it is none of F, M and U"), "Fill in what the payer's enrolment says"
        )
    if when_none is None or address.street.strip():
        yield from _address(table, address)


def _other_names(
    table: str, person: Member | Subscriber | Provider | Policyholder, joined: str = "."
) -> Iterator[FieldProblem]:
    if person.middle_name:
        yield from _text(f"{table}{joined}middle_name", person.middle_name, 1, 25)
    if person.suffix:
        yield from _text(f"{table}{joined}suffix", person.suffix, 1, 10)


def suffix_in_last_name(person: Member | Staff) -> bool:
    """Return whether a last name ends in what belongs in `suffix` (NM107): JR, SR, II, III or IV."""
    return not person.suffix and _SUFFIX.search(person.last_name) is not None


def _rank(field: str, rank: int | None) -> Iterator[FieldProblem]:
    if rank is not None and rank < 1:
        yield FieldProblem(field, say("less-than-one", "it is less than 1"), "1 is the primary payer")


def _provider(field: str, provider: Provider) -> Iterator[FieldProblem]:
    yield from _text(f"{field}.last_name", provider.last_name, 1, 60)
    yield from _text(f"{field}.first_name", provider.first_name, 1, 35)
    yield from _other_names(field, provider)
    if provider.npi:
        yield from _npi(f"{field}.npi", provider.npi)
    elif provider.provider_id:
        yield from _text(f"{field}.provider_id", provider.provider_id, 1, 50)
    else:
        message = say("nobody-without-an-id", "it is blank, and a claim names nobody without an identifier")
        yield FieldProblem(f"{field}.npi", message, "Fill in the person's NPI")
    if provider.taxonomy:
        yield from _taxonomy(f"{field}.taxonomy", provider.taxonomy)


# --- fields ----------------------------------------------------------------------------------------------------------


def phone_digits(phone: str) -> str:
    """Return a telephone number as PER04 wants it: digits only."""
    return re.sub(r"[-+(). ]", "", phone)


def _text(field: str, value: str, shortest: int, longest: int) -> Iterator[FieldProblem]:
    try:
        written = fold(value, field, longest)
    except UnwritableTextError as error:
        yield FieldProblem(field, error.sentence, error.fix)
        return
    if not written:
        yield FieldProblem(field, say("blank", "it is blank"), "Fill it in")
    elif len(written) < shortest:
        yield FieldProblem(
            field,
            say("too-short-text", "it has fewer than {shortest} characters", shortest=shortest),
            "Fill it in whole",
        )


def _party(field: str, party: Party) -> Iterator[FieldProblem]:
    yield from _text(f"{field}.name", party.name, 1, 60)
    yield from _text(f"{field}.id", party.id, 2, 80)


def _one_of(field: str, value: str, allowed: Iterable[str]) -> Iterator[FieldProblem]:
    if value not in allowed:
        yield FieldProblem(
            field,
            say("none-of-the-values", "it is none of the values it can have"),
            f"Use one of {', '.join(sorted(allowed))}",
        )


def _npi(field: str, value: str) -> Iterator[FieldProblem]:
    if not ids.is_valid_npi(value):
        fix = "Look it up in NPPES: ten digits, the last a check digit"
        yield FieldProblem(field, say("no-valid-npi", "it is no valid NPI"), fix)


def _taxonomy(field: str, value: str) -> Iterator[FieldProblem]:
    if not ids.is_valid_taxonomy(value):
        yield FieldProblem(
            field, say("no-taxonomy-code", "it is no taxonomy code"), "Give ten characters, such as 175T00000X"
        )


def _address(field: str, address: Address, *, of_provider: bool = False) -> Iterator[FieldProblem]:
    yield from _text(f"{field}.street", address.street, 1, 55)
    if address.street2:
        yield from _text(f"{field}.street2", address.street2, 1, 55)
    yield from _text(f"{field}.city", address.city, 2, 30)
    if not codes.is_address_state(address.state.strip().upper()):
        yield FieldProblem(
            f"{field}.state", say("no-state", "it is no state of the United States"), "Give its two letters"
        )
    right: Callable[[str], bool] = ids.is_valid_zip9 if of_provider else ids.is_valid_zip
    if not right(ids.compact(address.zip)):
        digits = (
            say("zip-not-of-nine", "it has not nine digits (ZIP+4)")
            if of_provider
            else say("zip-not-of-five-or-nine", "it has not five or nine digits")
        )
        yield FieldProblem(f"{field}.zip", digits, "Fill in the whole code; keep its leading zeros")
    if of_provider and is_post_office_box(f"{address.street}\n{address.street2}"):
        fix = "Give the street address of the place"
        yield FieldProblem(f"{field}.street", say("po-box", "a provider's address cannot be a PO box"), fix)


@lru_cache(maxsize=256)
def is_post_office_box(street: str) -> bool:
    """Return whether street lines name a PO box, lock box or private mailbox (X12 RFI 1451)."""
    return any(_BOX.search(line.strip()) for line in street.upper().splitlines())
