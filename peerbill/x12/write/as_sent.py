"""A claim as its file has it: in capitals, and without what no file has.

Claims that are equal after it are the same to a payer. A claim read back from a file of ours is equal to it.
"""

import attrs

from peerbill.model import ids
from peerbill.model.claim import (
    Address,
    Adjustment,
    Attachment,
    Claim,
    OtherPayer,
    Party,
    Payer,
    Policyholder,
    PriorPayment,
    Provider,
    ServiceLine,
    Subscriber,
)
from peerbill.model.records import Settings
from peerbill.x12.charset import fold
from peerbill.x12.rules837p import adjustment_groups, rendering_is_sent, supervising_is_sent, written_address

_LOWEST_RANK = 12
"""After the eleventh payer all have the same letter (SBR01 U)."""


def as_sent(claim: Claim, payer: Payer, settings: Settings) -> Claim:
    """Return a claim as its 837 has it, for a claim of ours or a claim that was read.

    Text is folded as the writer folds it, ids lose their hyphens, `payer` is the payer's NM109, providers that loop
    2310 leaves out are None, adjustments are in the order of their groups. What no 837 has is blank: `member_id`,
    `programme`, `replaces`, `follows`, sites, staff and encounter ids; place and pointers in an 837I, what belongs to
    the 837I in an 837P. Raises X12Error for text that cannot be written, and PeerbillError for a site that
    bills and is not one of `[sites]`.
    """
    institutional = claim.form == "837I"
    settings = settings.billing_as(claim.bills_as)
    rendering, supervising, attending = claim.rendering, claim.supervising, claim.attending
    if rendering is not None and (
        not rendering_is_sent(rendering, settings) or (institutional and _is_same(rendering, attending))
    ):
        rendering = None
    if supervising is not None and (institutional or not supervising_is_sent(supervising, claim.rendering, settings)):
        supervising = None
    subscriber = _subscriber(claim.subscriber, written_address(claim.subscriber.address, payer))
    facility = claim.facility if claim.facility_address is not None else None
    return attrs.evolve(
        claim,
        payer=fold(payer.id, "payer.id"),
        member_id="",
        subscriber=subscriber,
        place="" if institutional else claim.place,
        lines=tuple(_line(line, institutional=institutional) for line in claim.lines),
        rendering=_provider(rendering, taxonomy=not institutional),
        supervising=_provider(supervising, taxonomy=False),
        facility=facility and _facility(facility, settings),
        facility_address=_address(claim.facility_address) if facility and claim.facility_address else None,
        authorization=fold(claim.authorization, "authorization"),
        payer_control_number=fold(claim.payer_control_number, "payer_control_number"),
        note=fold(claim.note, "note"),
        programme="",
        rendering_id="",
        supervising_id="",
        replaces="",
        follows="",
        site="",
        bills_as="",
        other_payers=tuple(_other_payer(other, subscriber) for other in claim.other_payers),
        attending=_provider(attending, taxonomy=True) if institutional else None,
        attending_id="",
        attachment=claim.attachment and _attachment(claim.attachment),
        type_of_bill=claim.type_of_bill if institutional else "",
        admission_type=claim.admission_type if institutional else "",
        point_of_origin=claim.point_of_origin if institutional else "",
        patient_status=claim.patient_status if institutional else "",
    )


def _is_same(rendering: Provider, attending: Provider | None) -> bool:
    if attending is not None and rendering.npi and attending.npi:
        return rendering.npi == attending.npi
    return rendering == attending


def _address(address: Address) -> Address:
    return Address(
        fold(address.street, "address.street"),
        fold(address.city, "address.city"),
        fold(address.state, "address.state"),
        ids.compact(address.zip),
        fold(address.street2, "address.street2"),
    )


def _subscriber(person: Subscriber, address: Address) -> Subscriber:
    return attrs.evolve(
        person,
        subscriber_id=fold(person.subscriber_id, "subscriber.subscriber_id"),
        last_name=fold(person.last_name, "subscriber.last_name"),
        first_name=fold(person.first_name, "subscriber.first_name"),
        middle_name=fold(person.middle_name, "subscriber.middle_name"),
        suffix=fold(person.suffix, "subscriber.suffix"),
        address=_address(address),
        rank=min(person.rank, _LOWEST_RANK),
    )


def _provider(provider: Provider | None, *, taxonomy: bool) -> Provider | None:
    return provider and Provider(
        fold(provider.last_name, "provider.last_name"),
        fold(provider.first_name, "provider.first_name"),
        provider.npi,
        provider.taxonomy if taxonomy else "",
        "" if provider.npi else fold(provider.provider_id, "provider.provider_id"),
        fold(provider.middle_name, "provider.middle_name"),
        fold(provider.suffix, "provider.suffix"),
    )


def _facility(facility: Party, settings: Settings) -> Party:
    npi = facility.id if facility.id != settings.organization.npi else ""
    return Party(fold(facility.name, "facility.name"), npi)


def _attachment(attachment: Attachment) -> Attachment:
    return attrs.evolve(attachment, control=fold(attachment.control, "attachment.control"))


def _adjustments(adjustments: tuple[Adjustment, ...]) -> tuple[Adjustment, ...]:
    return tuple(adjustment for _, group in adjustment_groups(adjustments) for adjustment in group)


def _line(line: ServiceLine, *, institutional: bool) -> ServiceLine:
    return attrs.evolve(
        line,
        encounter_ids=(),
        pointers=(1,) if institutional else line.pointers,
        revenue_code=line.revenue_code if institutional else "",
        prior_payments=tuple(map(_prior_payment, line.prior_payments)),
    )


def _prior_payment(earlier: PriorPayment) -> PriorPayment:
    return attrs.evolve(
        earlier,
        payer_id=fold(earlier.payer_id, "prior_payments.payer_id"),
        adjustments=_adjustments(earlier.adjustments),
    )


def _other_payer(other: OtherPayer, patient: Subscriber) -> OtherPayer:
    """Return an earlier payer as loops 2320 to 2330B say it; of the patient they have name, id and rank alone."""
    person, holder = other.subscriber, other.policyholder
    has_address = holder is None and bool(person.address.street.strip())
    named = _subscriber(person, person.address if has_address else Address())
    if holder is not None:
        named = attrs.evolve(
            named,
            last_name=patient.last_name,
            first_name=patient.first_name,
            middle_name=patient.middle_name,
            suffix=patient.suffix,
        )
    return attrs.evolve(
        other,
        name=fold(other.name, "other_payers.name"),
        id=fold(other.id, "other_payers.id"),
        subscriber=attrs.evolve(named, birth_date=patient.birth_date, sex=patient.sex),
        adjustments=_adjustments(other.adjustments),
        payer_control_number=fold(other.payer_control_number, "other_payers.payer_control_number"),
        policyholder=holder and _policyholder(holder),
    )


def _policyholder(holder: Policyholder) -> Policyholder:
    return attrs.evolve(
        holder,
        last_name=fold(holder.last_name, "policyholder.last_name"),
        first_name=fold(holder.first_name, "policyholder.first_name"),
        middle_name=fold(holder.middle_name, "policyholder.middle_name"),
        suffix=fold(holder.suffix, "policyholder.suffix"),
    )
