"""Who is named in a claim, and the only function that makes a claim.

A claim to the first payer, a claim to the next, a replacement and a void differ in where their values come from: what
the lines share (`ClaimHead`) is coded anew, repeated from the claim before, or read from the ledger. Names and
addresses are those of the workspace now.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

import attrs

from peerbill import codes
from peerbill.coding.payers import payers_before
from peerbill.model.claim import (
    Address,
    Attachment,
    Claim,
    ClaimForm,
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
from peerbill.model.encounter import Encounter
from peerbill.model.errors import PeerbillError
from peerbill.model.people import Coverage, EarlierPayment, Member, Staff, Stay, rank_of
from peerbill.model.quick import quick
from peerbill.model.records import Records
from peerbill.x12.rules837p import policyholder_of, provider_of


@quick
@attrs.frozen
class ClaimHead:
    """What all lines of a claim share, with ids in place of names; the fields are those of `Claim`.

    Two heads are equal where their lines may be on the same claim: the programme of the first line divides none, and of
    the coverage see `policy`.
    """

    payer: str
    member_id: str
    coverage: Coverage = attrs.field(eq=False, repr=False)
    place: str
    programme: str = attrs.field(eq=False)
    rendering_id: str
    supervising_id: str
    authorization: str
    release: bool
    admitted_on: dt.date | None
    form: ClaimForm
    facility: Party | None
    facility_address: Address | None
    delay_reason: str
    attachment: Attachment | None
    site: str
    bills_as: str

    @property
    def policy(self) -> tuple[str, int | None]:
        """What of the coverage is sent: the subscriber's id and the rank."""
        return self.coverage.subscriber_id, self.coverage.rank


def make_claim(
    head: ClaimHead,
    lines: Sequence[ServiceLine],
    diagnoses: Iterable[str],
    parties: "Parties",
    *,
    claim_id: str = "",
    other_payers: Iterable[OtherPayer] = (),
    patient_paid: Decimal | None = None,
) -> Claim:
    """Return an original claim; what corrects or follows another claim is added to it.

    Raises PeerbillError for a member or staff id that the records lack.
    """
    form = head.form
    return Claim(
        claim_id=claim_id,
        payer=head.payer,
        member_id=head.member_id,
        subscriber=parties.subscriber(head.coverage),
        place=head.place,
        diagnoses=tuple(diagnoses),
        lines=tuple(lines),
        rendering=parties.provider(head.rendering_id, head.payer),
        supervising=parties.provider(head.supervising_id, head.payer),
        facility=head.facility,
        facility_address=head.facility_address,
        authorization=head.authorization,
        release=head.release,
        admitted_on=head.admitted_on,
        programme=head.programme,
        rendering_id=head.rendering_id,
        supervising_id=head.supervising_id,
        other_payers=tuple(other_payers),
        patient_paid=patient_paid,
        form=form.name,
        type_of_bill=form.type_of_bill,
        attending=parties.provider(form.attending_id, head.payer),
        attending_id=form.attending_id,
        admission_type=form.admission_type,
        point_of_origin=form.point_of_origin,
        patient_status=form.patient_status,
        delay_reason=head.delay_reason,
        attachment=head.attachment,
        site=head.site,
        bills_as=head.bills_as,
    )


def numbered(claim: Claim, claim_id: str) -> Claim:
    """Return a claim under another id, its lines with it."""
    lines = [attrs.evolve(line, line_id=f"{claim_id}-{number}") for number, line in enumerate(claim.lines, start=1)]
    return attrs.evolve(claim, claim_id=claim_id, lines=tuple(lines))


@attrs.frozen
class EarlierPayer:
    """A payer that answered before; lines share a claim where all but `coverage` and `answers` are the same."""

    payer: str
    subscriber_id: str = attrs.field(repr=False)
    rank: int | None
    policyholder: Policyholder | None = attrs.field(repr=False)
    payer_control_number: str
    coverage: Coverage = attrs.field(eq=False, repr=False)
    answers: tuple[EarlierPayment, ...] = attrs.field(eq=False)


def facility_party(facility: Facility | None) -> Party | None:
    """Return the name and NPI of where a service was given, as a claim has them beside its address."""
    return None if facility is None else Party(facility.name, facility.npi)


def attachment_of(kind: str, transmission: str, control: str) -> Attachment | None:
    """Return the attachment of a claim, None where there is none."""
    return Attachment(kind, transmission, control) if kind or transmission or control else None


@attrs.define(eq=False)
class Parties:
    """Who is named in the claims, found in the records; each party is made once and shared by all that name it."""

    payers: dict[str, Payer]
    members: dict[str, Member]
    staff: dict[str, Staff]
    stays: dict[str, list[Stay]]
    coverage: dict[str, list[Coverage]]
    answers: dict[str, list[EarlierPayment]]
    sites: frozenset[str]
    _providers: dict[tuple[str, str], Provider] = attrs.field(factory=dict)
    _subscribers: dict[tuple[str, str, str, int | None], Subscriber] = attrs.field(factory=dict)

    @classmethod
    def of(cls, records: Records) -> "Parties":
        """Sort the records by whom they concern."""
        coverage: dict[str, list[Coverage]] = {}
        answers: dict[str, list[EarlierPayment]] = {}
        for row in records.coverage:
            coverage.setdefault(row.member_id, []).append(row)
        for answer in records.prior_payments:
            answers.setdefault(answer.encounter_id, []).append(answer)
        return cls(
            dict(records.settings.payers),
            {member.member_id: member for member in records.members},
            {person.staff_id: person for person in records.staff},
            _inpatient_stays(records.stays),
            coverage,
            answers,
            frozenset(records.settings.sites),
        )

    def admission(self, encounter: Encounter) -> dt.date | None:
        """Return the first day of the inpatient stay at whose place the member was served (2300 DTP*435)."""
        if not codes.is_inpatient_place(encounter.place) or encounter.start is None:
            return None
        day = encounter.start.date()
        days = [
            stay.from_
            for stay in self.stays.get(encounter.member_id, ())
            if stay.from_ is not None and stay.from_ <= day and (stay.to is None or day <= stay.to)
        ]
        return max(days, default=None)

    def payer(self, key: str) -> Payer:
        """Return a payer of `[payers]`."""
        found = self.payers.get(key)
        if found is None:
            raise PeerbillError(f"payer {key} is not in [payers]; only audited encounters are billed")
        return found

    def provider(self, staff_id: str, payer: str) -> Provider | None:
        """Return a person of `staff` as claims to a payer name them; None for ""."""
        if not staff_id:
            return None
        made = self._providers.get((staff_id, payer))
        if made is None:
            person = self.staff.get(staff_id)
            if person is None:
                raise PeerbillError(f"staff_id {staff_id} is not in table staff; only audited encounters are billed")
            made = self._providers[staff_id, payer] = provider_of(person, self.payers.get(payer))
        return made

    def subscriber(self, coverage: Coverage) -> Subscriber:
        """Return the member of a coverage row as that payer insures them."""
        key = (coverage.payer, coverage.member_id, coverage.subscriber_id, coverage.rank)
        made = self._subscribers.get(key)
        if made is None:
            member = self.members.get(coverage.member_id)
            if member is None or member.birth_date is None:
                raise PeerbillError(
                    f"member {coverage.member_id} is not in table members, or has no birth_date; "
                    "only audited encounters are billed"
                )
            made = _subscriber(member, member.birth_date, coverage, self.payer(coverage.payer))
            self._subscribers[key] = made
        return made

    def earlier(self, coverage: Coverage, day: dt.date, encounter_ids: Iterable[str]) -> tuple[EarlierPayer, ...]:
        """Return the payers ranked before one that day which answered some of the encounters in `prior_payments`."""
        rows = [row for id_ in encounter_ids for row in self.answers.get(id_, ())]
        if not rows:
            return ()
        payers = []
        for row in payers_before(self.coverage.get(coverage.member_id, ()), coverage, day):
            own = tuple(answer for answer in rows if answer.payer == row.payer)
            if own:
                numbers = {answer.payer_control_number for answer in own}
                # A line may join encounters that the earlier payer saw as two claims: then no number is right.
                number = numbers.pop() if len(numbers) == 1 else ""
                payers.append(
                    EarlierPayer(row.payer, row.subscriber_id, row.rank, policyholder_of(row), number, row, own)
                )
        return tuple(payers)

    def other_payer(self, earlier: EarlierPayer, prior: Iterable[PriorPayment]) -> OtherPayer:
        """Return loops 2320 and 2330 for a payer whose answers are all on the lines `prior`."""
        payer = self.payer(earlier.payer)
        own = [payment for payment in prior if payment.payer_id == payer.id]
        return OtherPayer(
            name=payer.name,
            id=payer.id,
            subscriber=self.subscriber(earlier.coverage),
            paid=sum((payment.paid for payment in own), Decimal(0)),
            paid_on=max(payment.paid_on for payment in own),
            claim_filing=payer.claim_filing,
            payer_control_number=earlier.payer_control_number,
            policyholder=earlier.policyholder,
        )


def _inpatient_stays(stays: Iterable[Stay]) -> dict[str, list[Stay]]:
    found: dict[str, list[Stay]] = {}
    for stay in stays:
        if stay.kind == "inpatient":
            found.setdefault(stay.member_id, []).append(stay)
    return found


def _subscriber(member: Member, birth_date: dt.date, coverage: Coverage, payer: Payer) -> Subscriber:
    # A member without a street has no fixed address: with half an address, the claim would have no valid address.
    if not member.street and payer.address_when_none is not None:
        address = payer.address_when_none
    else:
        address = Address(member.street, member.city, member.state, member.zip.replace("-", ""))
    return Subscriber(
        subscriber_id=coverage.subscriber_id,
        last_name=member.last_name,
        first_name=member.first_name,
        birth_date=birth_date,
        sex=member.sex,
        address=address,
        rank=rank_of(coverage),
        middle_name=member.middle_name,
        suffix=member.suffix,
    )
