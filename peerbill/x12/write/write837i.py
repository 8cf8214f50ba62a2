"""Claims to the text of an 837I (005010X223A2).

The loops that both forms share are those of `write837p.py`; the others are here, as typed segments.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain, islice

import attrs

from peerbill.model.claim import Claim, Payer, Provider, ServiceLine, Subscriber
from peerbill.model.errors import X12Error
from peerbill.model.records import Settings
from peerbill.x12.elements import Segment
from peerbill.x12.envelope import closing_segments, day_text, encoded, opening_segments, refuse_unsound
from peerbill.x12.rules837i import claim_problems
from peerbill.x12.rules837p import rendering_is_sent
from peerbill.x12.segments import (
    ClaimInformation,
    DateOrPeriod,
    HealthCareCode,
    HealthCareCodes,
    HierarchicalLevel,
    InstitutionalClaimCodes,
    InstitutionalService,
    LineAdjudication,
    LineNumber,
    Procedure,
    ProviderInformation,
    Reference,
    ServiceLocation,
    TransactionTrailer,
    encode,
)
from peerbill.x12.write.write837p import (
    CLAIMS_PER_SUBSCRIBER,
    attachment_segments,
    billing_segments,
    facility_segments,
    header_segments,
    other_payer_segments,
    prior_payment_segments,
    provider_segments,
    reference_segments,
    subscriber_segments,
)

VERSION = "005010X223A2"


def write_interchange(
    claims: Iterable[Claim], payer: Payer, settings: Settings, as_of: dt.date, isa13: int, st_first: int = 1
) -> Iterator[str]:
    """Yield the text of an interchange, a chunk per claim: as `peerbill.x12.write.write837p.write_interchange` does.

    X12Error: the settings or a claim cannot be written, a claim id repeats, or a control number has more than nine
    digits.
    """
    refuse_unsound(payer, settings, isa13)
    writer = _Writer(payer, settings, as_of, isa13)
    yield encoded(opening_segments(payer, settings, as_of, isa13, VERSION))
    remaining = iter(claims)
    sets = 0
    for first in remaining:
        batch = chain((first,), islice(remaining, payer.max_claims_per_transaction - 1))
        yield from writer.transaction(batch, f"{st_first + sets:04d}")
        sets += 1
    yield encoded(closing_segments(sets, isa13))


def claim_segments(claim: Claim, settings: Settings) -> Iterator[Segment]:
    """Loops 2300 to 2430 of a claim. The statement's days are those of the first and the last line."""
    location = ServiceLocation(claim.type_of_bill, "A", claim.frequency)
    release = "Y" if claim.release else "I"
    late = claim.delay_reason
    yield ClaimInformation(claim.claim_id, claim.charge, location, signature="", release=release, delay=late)
    days = [line.service_date for line in claim.lines]
    yield DateOrPeriod("434", f"{day_text(min(days))}-{day_text(max(days))}", "RD8")
    if claim.admitted_on is not None:
        yield DateOrPeriod("435", day_text(claim.admitted_on))
    yield InstitutionalClaimCodes(claim.patient_status, claim.admission_type, claim.point_of_origin)
    yield from attachment_segments(claim.attachment)
    yield from reference_segments(claim)
    yield from diagnosis_segments(claim.diagnoses)
    yield from party_segments(claim, settings)
    for other in claim.other_payers:
        yield from other_payer_segments(other, claim)
    for number, line in enumerate(claim.lines, 1):
        yield from line_segments(number, line)


def diagnosis_segments(diagnoses: tuple[str, ...]) -> Iterator[Segment]:
    """HI by kind: the principal diagnosis (ABK) alone, the others (ABF) together; POA is not sent."""
    principal, *others = diagnoses
    yield HealthCareCodes((HealthCareCode("ABK", principal),))
    if others:
        yield HealthCareCodes(tuple(HealthCareCode("ABF", code) for code in others))


def party_segments(claim: Claim, settings: Settings) -> Iterator[Segment]:
    """Loops 2310A, D and E: who attends, who renders where that is another, and where. Nobody supervises here."""
    if claim.attending is not None:
        yield from attending_segments(claim.attending)
    rendering = claim.rendering
    if rendering is not None and not _attends(rendering, claim) and rendering_is_sent(rendering, settings):
        # The 837I has no taxonomy code of the rendering provider.
        yield from provider_segments("82", attrs.evolve(rendering, taxonomy=""))
    if claim.facility is not None and claim.facility_address is not None:
        yield from facility_segments(claim.facility, claim.facility_address, settings)


def _attends(rendering: Provider, claim: Claim) -> bool:
    """Return whether the rendering provider is the attending provider: by NPI, else by all their values."""
    attending = claim.attending
    if attending is not None and rendering.npi and attending.npi:
        return rendering.npi == attending.npi
    return rendering == attending


def attending_segments(provider: Provider) -> Iterator[Segment]:
    """Loop 2310A, with the person's taxonomy code."""
    name, *references = provider_segments("71", provider)
    yield name
    if provider.taxonomy:
        yield ProviderInformation("AT", provider.taxonomy)
    yield from references


def line_segments(number: int, line: ServiceLine) -> Iterator[Segment]:
    """Loops 2400 and 2430 of a line, which points to no diagnosis."""
    procedure = Procedure(line.hcpcs, line.modifiers)
    yield LineNumber(number)
    yield InstitutionalService(line.revenue_code, line.charge, Decimal(line.units), procedure)
    yield DateOrPeriod("472", day_text(line.service_date))
    yield Reference("6R", line.line_id)
    for earlier in line.prior_payments:
        for segment in prior_payment_segments(earlier):
            if isinstance(segment, LineAdjudication):
                yield attrs.evolve(segment, revenue_code=line.revenue_code)
            else:
                yield segment


@attrs.define(eq=False)
class _Writer:
    """An interchange in the making."""

    payer: Payer
    settings: Settings
    as_of: dt.date
    isa13: int
    _claim_ids: set[str] = attrs.field(factory=set)

    def transaction(self, claims: Iterable[Claim], control: str) -> Iterator[str]:
        """Yield one transaction set: SE01 counts what was written, HL01 what was opened."""
        header = header_segments(self.payer, self.settings, self.as_of, self.isa13, control, VERSION)
        opening = [*header, *billing_segments(self.payer, self.settings)]
        written = len(opening)
        yield encoded(opening)
        level, share = 1, 0
        subscriber: Subscriber | None = None
        for claim in claims:
            self._refuse_unsound(claim)
            segments = [*claim_segments(claim, self.settings)]
            if claim.subscriber != subscriber or share == CLAIMS_PER_SUBSCRIBER:
                subscriber, share, level = claim.subscriber, 0, level + 1
                person = subscriber_segments(subscriber, self.payer, self.settings)
                segments = [HierarchicalLevel(level, "22", "0", 1), *person, *segments]
            share += 1
            written += len(segments)
            yield encoded(segments)
        yield encode(TransactionTrailer(written + 1, control))

    def _refuse_unsound(self, claim: Claim) -> None:
        if claim.claim_id in self._claim_ids:
            raise X12Error(f"claim {claim.claim_id}: another claim of the file has the same id")
        self._claim_ids.add(claim.claim_id)
        problems = claim_problems(claim, self.payer, self.settings, self.as_of)
        if problems:
            raise X12Error(f"claim {claim.claim_id}: {'; '.join(problems)}")
