"""What goes to a payer: claims, their service lines, and the parties named in them."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

import attrs

from peerbill.model.claim_state import Frequency, Standing
from peerbill.model.encounter import Encounter
from peerbill.model.frozen import freeze
from peerbill.model.people import Coverage
from peerbill.model.quick import quick

Date = dt.date


@attrs.frozen
class Address:
    """A postal address; `state` is two letters, `zip` five or nine digits."""

    street: str = attrs.field(default="", repr=False)
    city: str = attrs.field(default="", repr=False)
    state: str = attrs.field(default="", repr=False)
    zip: str = attrs.field(default="", repr=False)
    street2: str = attrs.field(default="", repr=False)


@attrs.frozen
class Contact:
    """Whom the payer calls: loop 1000A PER."""

    name: str
    phone: str = ""
    email: str = ""


@attrs.frozen
class BillingProvider:
    """The agency, `[organization]`: loop 2010AA. Without `npi` it is an atypical provider.

    `pay_to` is where payments go if not to `address`: loop 2010AB, which may be a PO box.
    """

    name: str
    tax_id: str = attrs.field(repr=False)  # a sole owner's may be the social security number
    address: Address
    contact: Contact
    timezone: str
    npi: str = ""
    taxonomy: str = ""
    kind: str = ""
    region: str = ""
    pay_to: Address | None = None


@attrs.frozen
class Site:
    """A site of the agency, `[sites.KEY]`: where staff work, and who bills for it.

    Attributes:
        npi: the site's own NPI; "" where it has none.
        taxonomy, tax_id, kind, region, pay_to: the organisation's where they are blank.
        bills: whether claims of the site name it as billing provider, rather than the organisation.
        place: the place-of-service codes of services given at this address.

    """

    key: str
    name: str
    address: Address
    npi: str = ""
    taxonomy: str = ""
    tax_id: str = attrs.field(default="", repr=False)
    kind: str = ""
    region: str = ""
    pay_to: Address | None = None
    bills: bool = False
    place: tuple[str, ...] = ("11",)


@attrs.frozen
class Party:
    """A name and an identifier: submitter (loop 1000A) or receiver (loop 1000B)."""

    name: str
    id: str


@attrs.frozen
class Interchange:
    """ISA05 to ISA08 and ISA14. Blank ids are filled from submitter and receiver."""

    sender_qualifier: str = "ZZ"
    sender_id: str = ""
    receiver_qualifier: str = "ZZ"
    receiver_id: str = ""
    acknowledgment: bool = False


@attrs.frozen
class FunctionalGroup:
    """GS02 and GS03. Blank ids are filled from submitter and receiver."""

    sender: str = ""
    receiver: str = ""


ANSWER_DAYS = 30
"""Days within which a payer is expected to decide, where the workspace does not say otherwise."""


PART_UNITS = ("hold", "whole")
"""What `Payer.part_units` may be."""


@attrs.frozen
class DatedCharge:
    """A row [[payers.KEY.charge]]: the usual charge per unit of `HCPCS` or `HCPCS:MOD:MOD` from one day to another."""

    code: str
    amount: Decimal
    from_: Date
    to: Date | None = None

    def holds(self, day: Date) -> bool:
        """Return whether the charge is in force on a day; both its days are included."""
        return self.from_ <= day and (self.to is None or day <= self.to)


@attrs.frozen
class SecondService:
    """The modifiers with which a payer wants a member's second line of a day, code and modifiers; "" for none.

    `same_peer` is for a second line of the same provider (in another place), `other_peer` for another provider's.
    """

    same_peer: str = ""
    other_peer: str = ""

    @property
    def codes(self) -> frozenset[str]:
        """The modifiers that mark a second service."""
        return frozenset((self.same_peer, self.other_peer)) - {""}


@attrs.frozen
class Payer:
    """A payer, `[payers.KEY]` of the workspace. `policy` lists programme ids, STATE/PROGRAMME.

    `charges` maps `HCPCS` or `HCPCS:MOD:MOD` to the usual charge per unit; a row of `dated_charges` goes before it on
    its days. `claim_span` is day, week, month or batch; `rendering` peer, supervisor, agency or "" (the policy says).
    `peers_without_npi`: this payer takes persons by an id of its own (`staff.provider_ids`). `service_types` are asked
    about in a 270 (EQ01); 30 is the plan as a whole. A claim without an answer `answer_days` after it was sent is asked
    about. `part_units` says what becomes of a contact whose units nobody knows, because no source says how parts of a
    unit are rounded: hold, or whole, which bills the units that every rule gives at least. `bills_as` maps the key of a
    site, or "" for every other site, to the site that bills; "" bills as the organisation.
    """

    key: str
    policy: tuple[str, ...]
    name: str
    id: str
    receiver: Party
    claim_filing: str = "MC"
    purpose: str = "chargeable"
    mode: str = "test"
    charges: Mapping[str, Decimal] = attrs.field(factory=dict)
    claim_span: str = "day"
    interchange: Interchange = attrs.field(factory=Interchange)
    group: FunctionalGroup = attrs.field(factory=FunctionalGroup)
    rendering: str = ""
    taxonomy: bool | None = None
    provider_id: str = attrs.field(default="", repr=False)
    max_claims_per_transaction: int = 5000
    max_claims_per_file: int = 5000
    address_when_none: Address | None = None
    payer: str = ""
    service_types: tuple[str, ...] = ("30",)
    answer_days: int = ANSWER_DAYS
    dated_charges: tuple[DatedCharge, ...] = ()
    peers_without_npi: bool = False
    second_service: SecondService | None = None
    part_units: str = "hold"
    bills_as: Mapping[str, str] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        freeze(self, "charges", "bills_as")

    def charges_on(self, day: Date) -> Mapping[str, Decimal]:
        """Return the usual charges of a day: the dated ones of that day, and those that hold always."""
        dated = {row.code: row.amount for row in self.dated_charges if row.holds(day)}
        if not dated:
            return self.charges
        codes = {frozenset(code.split(":")) for code in dated}
        always = {code: amount for code, amount in self.charges.items() if frozenset(code.split(":")) not in codes}
        return {**always, **dated}


@attrs.frozen
class Provider:
    """A person in a claim: rendering (2310B) or supervising provider (2310D); without an NPI by `provider_id`."""

    last_name: str = attrs.field(repr=False)
    first_name: str = attrs.field(repr=False)
    npi: str = ""
    taxonomy: str = ""
    provider_id: str = attrs.field(default="", repr=False)
    middle_name: str = attrs.field(default="", repr=False)
    suffix: str = attrs.field(default="", repr=False)


@attrs.frozen
class Subscriber:
    """The member as insured: loops 2010BA and 2000B. `rank` 1 is P, 2 is S, 3 is T."""

    subscriber_id: str = attrs.field(repr=False)
    last_name: str = attrs.field(repr=False)
    first_name: str = attrs.field(repr=False)
    birth_date: Date = attrs.field(repr=False)
    sex: str = attrs.field(repr=False)
    address: Address = attrs.field(repr=False)
    rank: int = 1
    middle_name: str = attrs.field(default="", repr=False)
    suffix: str = attrs.field(default="", repr=False)


@attrs.frozen
class Policyholder:
    """Who holds the policy of another payer where it is not the patient: loops 2320 (SBR02) and 2330A.

    `relationship` is the code of what the patient is to this person (01 spouse, 19 child, …). Without a first name it
    is an organization: an employer.
    """

    relationship: str
    last_name: str = attrs.field(repr=False)
    first_name: str = attrs.field(default="", repr=False)
    middle_name: str = attrs.field(default="", repr=False)
    suffix: str = attrs.field(default="", repr=False)


@attrs.frozen
class Facility:
    """Where a service was given, if not at the billing provider's address: loop 2310C. `npi` "": none is sent."""

    name: str
    npi: str
    address: Address


@attrs.frozen
class Attachment:
    """What goes to the payer beside the claim: PWK01, PWK02 and PWK06; on request (AA) there is no `control`."""

    type: str
    transmission: str
    control: str = attrs.field(default="", repr=False)


@quick
@attrs.frozen
class Adjustment:
    """A triplet of CAS: a group (CO, OA, PI, PR), a reason (CARC) and an amount; positive reduces the payment."""

    group: str
    reason: str
    amount: Decimal
    quantity: Decimal | None = None


@quick
@attrs.frozen
class PriorPayment:
    """What an earlier payer did with a line: loop 2430. `payer_id` is that payer's NM109 in loop 2330B."""

    payer_id: str
    paid: Decimal
    hcpcs: str
    modifiers: tuple[str, ...]
    units: int
    paid_on: Date
    adjustments: tuple[Adjustment, ...] = ()


@attrs.frozen
class OtherPayer:
    """A payer that answered before the billed payer: loops 2320, 2330A and 2330B.

    `paid` is AMT*D, `owed` what is left to the patient (AMT*EAF); `payer_control_number` its number of the claim.
    `subscriber` is the patient as this payer insures them, `policyholder` who holds that policy where it is another.
    """

    name: str
    id: str
    subscriber: Subscriber
    paid: Decimal
    paid_on: Date
    claim_filing: str = "MC"
    owed: Decimal | None = None
    adjustments: tuple[Adjustment, ...] = ()
    payer_control_number: str = ""
    policyholder: Policyholder | None = None


@quick
@attrs.frozen
class ServiceLine:
    """A service line: loop 2400. `pointers` are 1-based places in the claim's diagnoses, the first is primary.

    `revenue_code` has four digits and is needed on the 837I only.
    """

    line_id: str
    encounter_ids: tuple[str, ...]
    service_date: Date
    hcpcs: str
    modifiers: tuple[str, ...]
    units: int
    charge: Decimal
    pointers: tuple[int, ...] = (1,)
    revenue_code: str = ""
    prior_payments: tuple[PriorPayment, ...] = ()


@attrs.frozen
class ClaimForm:
    """The form of a claim, and what its lines share of the 837I: the fields are those of `Claim`; `name` is `form`."""

    name: str = "837P"
    type_of_bill: str = ""
    attending_id: str = ""
    admission_type: str = ""
    point_of_origin: str = ""
    patient_status: str = ""


@quick
@attrs.frozen
class Claim:
    """A claim: loop 2300. `frequency` 1 original, 7 replacement, 8 void; 7 and 8 need `payer_control_number`.

    `admitted_on` is the first day of the inpatient stay in which the service was given (DTP*435).
    `diagnoses` are ICD-10-CM codes without dots; `charge` is the exact sum of the lines.
    `rendering_id`, `supervising_id` and `attending_id` are the staff ids behind the providers, "" for the agency.
    `replaces` is the claim that a frequency 7 or 8 corrects, `follows` the claim to the payer ranked before.
    `delay_reason` is CLM20 of a late claim, `patient_paid` what the member paid or spent down (AMT*F5).
    `form` is 837P or 837I; `type_of_bill` (its first two digits: 13 of 131), `attending` and, as CL1 has them,
    `admission_type`, `point_of_origin` and `patient_status` belong to the 837I. `site` is the site of the services,
    `bills_as` the site that is the billing provider; "" is the organisation.
    """

    claim_id: str
    payer: str
    member_id: str
    subscriber: Subscriber
    place: str
    diagnoses: tuple[str, ...] = attrs.field(repr=False)
    lines: tuple[ServiceLine, ...]
    rendering: Provider | None = None
    supervising: Provider | None = None
    facility: Party | None = None
    facility_address: Address | None = None
    authorization: str = ""
    frequency: str = Frequency.ORIGINAL
    payer_control_number: str = ""
    note: str = attrs.field(default="", repr=False)
    release: bool = True
    admitted_on: Date | None = None
    programme: str = ""
    rendering_id: str = ""
    supervising_id: str = ""
    replaces: str = ""
    follows: str = ""
    other_payers: tuple[OtherPayer, ...] = ()
    patient_paid: Decimal | None = None
    form: str = "837P"
    type_of_bill: str = ""
    attending: Provider | None = None
    attending_id: str = ""
    admission_type: str = ""
    point_of_origin: str = ""
    patient_status: str = ""
    delay_reason: str = ""
    attachment: Attachment | None = None
    site: str = ""
    bills_as: str = ""

    @property
    def charge(self) -> Decimal:
        """The total charge: the sum of the lines (CLM02)."""
        return sum((line.charge for line in self.lines), Decimal(0))


@quick
@attrs.frozen
class BillableEncounter:
    """An encounter that passed the audit, with all that its service line needs.

    `units` are its own share: where the programme adds by the day they are on the day's earliest encounter and are 0 on
    the others. `rendering_id`, `supervising_id` and `attending_id` are staff ids, or "" where the claim names none;
    `type_of_bill`, `revenue_code`, `attending_id`, `admission_type`, `point_of_origin` and `patient_status` belong to
    the form 837I; `unit_charge` is dollars per unit; `diagnoses` are without dots, primary first.
    """

    encounter: Encounter
    payer: str
    programme: str
    coverage: Coverage
    minutes: int
    units: int
    unit_minutes: int | None
    hcpcs: str
    modifiers: tuple[str, ...]
    diagnoses: tuple[str, ...] = attrs.field(repr=False)
    unit_charge: Decimal
    rendering_id: str = ""
    supervising_id: str = ""
    authorization: str = ""
    release: bool = True
    form: str = "837P"
    type_of_bill: str = ""
    revenue_code: str = ""
    attending_id: str = ""
    admission_type: str = ""
    point_of_origin: str = ""
    patient_status: str = ""
    facility: Facility | None = None
    site: str = ""
    bills_as: str = ""


def form_of(said: Claim | BillableEncounter) -> ClaimForm:
    """Return the values of a claim's form that its lines share."""
    return ClaimForm(
        said.form,
        said.type_of_bill,
        said.attending_id,
        said.admission_type,
        said.point_of_origin,
        said.patient_status,
    )


@quick
@attrs.frozen
class BilledEncounter:
    """An encounter that was billed, as the ledger has it.

    Attributes:
        fingerprint: the SHA-256 of the encounter as it was billed.
        rendering_id: the staff id in loop 2310B, or "" for the agency.
        units: its own share of the line's units.
        standing: live; void (its claim was voided, and the payer confirmed it); or rejected (its claim was never
            accepted, and it does not count as billed).
        reason: of a rejected encounter, the end of the sentence "the claim was …".
        payer_turn: 1 with the first payer billed, 2 with the next.
        content: the SHA-256 of a rejected claim (`peerbill.model.content`), "" where it is unknown.
        site: the site of the service, "" where the agency had none.

    """

    encounter_id: str
    fingerprint: str
    payer: str
    programme: str
    member_id: str
    staff_id: str
    rendering_id: str
    service: str
    start: dt.datetime
    end: dt.datetime
    place: str
    hcpcs: str
    modifiers: tuple[str, ...]
    minutes: int
    units: int
    unit_minutes: int | None
    charge: Decimal
    claim_id: str = ""
    authorization: str = ""
    standing: Standing = Standing.LIVE
    reason: str = ""
    payer_turn: int = 1
    content: str = ""
    site: str = ""
