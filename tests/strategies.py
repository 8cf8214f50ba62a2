"""Builders of claims, people and X12 segments for property tests, shared by all tests."""

import datetime as dt
import string
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
from hypothesis import strategies as st

from peerbill.model.claim import (
    Address,
    Adjustment,
    Attachment,
    BillingProvider,
    Claim,
    Contact,
    FunctionalGroup,
    Interchange,
    OtherPayer,
    Party,
    Payer,
    Policyholder,
    PriorPayment,
    Provider,
    ServiceLine,
    Subscriber,
)
from peerbill.model.ids import is_valid_npi
from peerbill.model.records import Settings
from peerbill.x12.elements import Composite, Element, Kind, Segment

AS_OF = dt.date(2026, 3, 31)

ORGANIZATION = BillingProvider(
    name="Shore Recovery Community",
    tax_id="22-1234567",
    address=Address("12 Water St", "Toms River", "NJ", "08753-1234"),
    contact=Contact("Billing Office", "(732) 555-0100", "billing@example.org"),
    timezone="America/New_York",
    npi="1234567893",
    taxonomy="261QR0405X",
)
PAYER = Payer(
    key="horizon",
    policy=("NJ/sud",),
    name="Horizon NJ Health",
    id="EXAMPLE01",
    receiver=Party("Example Clearinghouse", "EXAMPLE02"),
)
SETTINGS = Settings(ORGANIZATION, Party("Shore Recovery Community", "SHORE01"), {"horizon": PAYER})

PLACES = ("11", "12", "23", "53", "57")
DIAGNOSES = (
    "F1120",
    "F1020",
    "F329",
    "F411",
    "F4310",
    "F209",
    "F319",
    "F1920",
    "F1520",
    "F331",
    "Z5900",
    "F32A",
    "F603",
)
_TYPED = string.ascii_letters + "éñüßØ\u2019-' "


def npi(nine: int) -> str:
    """Return the NPI that begins with 1 and has these eight digits, its check digit added."""
    return next(text for digit in range(10) if is_valid_npi(text := f"1{nine:08d}{digit}"))


def typed(longest: int, shortest: int = 1) -> st.SearchStrategy[str]:
    """Text as people type it: accents, quotes, several spaces; it fits after folding too."""
    words = st.text(_TYPED, min_size=shortest, max_size=longest // 2)
    return words.filter(lambda text: len(text.strip()) >= max(shortest, 1))


npis = st.integers(0, 99_999_999).map(npi)
zips = st.integers(501, 99_999).map("{:05d}".format)
zips9 = st.integers(5_010_000, 999_999_999).map("{:09d}".format)
states = st.sampled_from(("MI", "NJ", "TX", "PR", "ak"))
subscriber_ids = st.text(string.ascii_uppercase + string.digits, min_size=2, max_size=20)
days = st.dates(dt.date(2026, 1, 1), AS_OF)
amounts = st.integers(0, 99_999_999).map(lambda cents: Decimal(cents).scaleb(-2))

addresses = st.builds(
    Address,
    street=typed(55),
    city=typed(30, 2),
    state=states,
    zip=st.one_of(zips, zips9.map(lambda text: f"{text[:5]}-{text[5:]}")),
    street2=st.one_of(st.just(""), typed(55)),
)
provider_addresses = st.builds(Address, street=typed(55), city=typed(30, 2), state=states, zip=zips9)
middle_names = st.just("") | typed(25)
suffixes = st.sampled_from(("", "", "JR", "III", "Sr."))
providers = st.one_of(
    st.builds(
        Provider,
        typed(60),
        typed(35),
        npi=npis,
        taxonomy=st.sampled_from(("", "175T00000X")),
        middle_name=middle_names,
        suffix=suffixes,
    ),
    st.builds(Provider, typed(60), typed(35), provider_id=subscriber_ids, middle_name=middle_names),
)
subscribers = st.builds(
    Subscriber,
    subscriber_id=subscriber_ids,
    last_name=typed(60),
    first_name=typed(35),
    birth_date=st.dates(dt.date(1920, 1, 1), dt.date(2010, 12, 31)),
    sex=st.sampled_from("FMU"),
    address=addresses,
    rank=st.sampled_from((1, 1, 1, 2, 3, 4, 12)),
    middle_name=middle_names,
    suffix=suffixes,
)
policyholders = st.builds(
    Policyholder,
    st.sampled_from(("01", "19", "20", "21", "39", "40", "53", "G8")),
    typed(60),
    typed(35),
    middle_names,
    suffixes,
) | st.builds(Policyholder, st.just("20"), typed(60))
modifiers = st.lists(st.sampled_from(("HF", "HQ", "HE", "U1", "95")), max_size=4, unique=True).map(tuple)


attachments = st.builds(Attachment, st.sampled_from(("OZ", "EB")), st.just("AA")) | st.builds(
    Attachment, st.sampled_from(("OZ", "EB")), st.sampled_from(("BM", "EL", "EM", "FT", "FX")), typed(80, 2)
)


@st.composite
def claims(draw: st.DrawFn, *, most_lines: int = 4) -> Claim:
    """Draw a claim to PAYER that breaks no rule; some of its lines, and never all, may be free of charge."""
    diagnoses = tuple(draw(st.lists(st.sampled_from(DIAGNOSES), min_size=1, max_size=12, unique=True)))
    services = draw(
        st.lists(
            st.tuples(days, st.sampled_from(("H0038", "H2015", "S9482", "99408")), modifiers),
            min_size=1,
            max_size=most_lines,
            unique_by=lambda service: (service[0], service[1], tuple(sorted(service[2]))),
        )
    )
    claim_id = draw(st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=20))
    places = st.lists(st.integers(1, len(diagnoses)), min_size=1, max_size=4, unique=True).map(tuple)
    lines = tuple(
        ServiceLine(
            line_id=f"{claim_id}-{number}",
            encounter_ids=(f"E{number}",),
            service_date=day,
            hcpcs=hcpcs,
            modifiers=codes,
            units=draw(st.integers(1, 96)),
            charge=draw(amounts if number > 1 else amounts.filter(bool)),
            pointers=draw(places),
        )
        for number, (day, hcpcs, codes) in enumerate(services, 1)
    )
    late = draw(st.none() | st.sampled_from(("1", "7", "15")))
    attachment = draw(st.none() | attachments)
    facility = draw(st.none() | st.builds(Party, typed(60), st.just("") | npis))
    frequency = draw(st.sampled_from("1178"))
    return Claim(
        claim_id=claim_id,
        payer=PAYER.key,
        member_id="M1",
        subscriber=draw(subscribers),
        place=draw(st.sampled_from(PLACES)),
        diagnoses=diagnoses,
        lines=lines,
        rendering=draw(st.none() | providers),
        supervising=draw(st.none() | providers),
        facility=facility,
        facility_address=draw(provider_addresses) if facility else None,
        authorization=draw(st.just("") | typed(50)),
        frequency=frequency,
        payer_control_number="" if frequency == "1" else draw(typed(50)),
        note=draw(st.just("") | typed(80)),
        release=draw(st.booleans()),
        admitted_on=draw(st.none() | st.dates(dt.date(2025, 12, 1), min(line.service_date for line in lines))),
        delay_reason=late or "",
        attachment=attachment,
    )


_reasons = st.sampled_from(("1", "2", "3", "45", "96", "253", "B7", "P12", "197", "A1"))


@st.composite
def adjustments(draw: st.DrawFn, cents: int) -> tuple[Adjustment, ...]:
    """Draw adjustments, each group and reason once, that come to an amount; some may add to the payment."""
    keys = st.lists(st.tuples(st.sampled_from(("CO", "OA", "PI", "PR")), _reasons), unique=True, min_size=1, max_size=9)
    drawn = draw(keys)
    parts = [draw(st.integers(-50, 5_000)) for _ in drawn[1:]]
    parts.append(cents - sum(parts))
    return tuple(
        Adjustment(group, reason, Decimal(part).scaleb(-2))
        for (group, reason), part in zip(drawn, parts, strict=True)
        if part
    )


def _cents(amount: Decimal) -> int:
    return int(amount.scaleb(2))


@st.composite
def settled_claims(draw: st.DrawFn) -> Claim:
    """Draw a claim that breaks no rule and tells what one to three payers answered before: by line, or as a whole."""
    claim = draw(claims(most_lines=3))
    ranks = draw(st.lists(st.integers(1, 11), unique=True, min_size=1, max_size=3))
    person = attrs.evolve(claim.subscriber, rank=12)
    others: list[OtherPayer] = []
    lines = list(claim.lines)
    for number, rank in enumerate(sorted(ranks), start=1):
        other = OtherPayer(
            name=f"Earlier Payer {number}",
            id=f"EARLIER{number}",
            subscriber=attrs.evolve(person, subscriber_id=f"C{number}77", rank=rank),
            paid=Decimal(0),
            paid_on=draw(st.dates(max(line.service_date for line in claim.lines), AS_OF)),
            claim_filing=draw(st.sampled_from(("MB", "CI", "MC"))),
            payer_control_number=draw(st.just("") | subscriber_ids),
            policyholder=draw(st.none() | policyholders),
        )
        if draw(st.booleans()):
            paid = Decimal(0)
            for place, line in enumerate(lines):
                part = draw(st.integers(0, _cents(line.charge)))
                told = PriorPayment(
                    other.id,
                    Decimal(part).scaleb(-2),
                    line.hcpcs,
                    line.modifiers,
                    draw(st.integers(0, 96)),
                    other.paid_on,
                    draw(adjustments(_cents(line.charge) - part)),
                )
                paid += told.paid
                lines[place] = attrs.evolve(line, prior_payments=(*line.prior_payments, told))
            others.append(attrs.evolve(other, paid=paid))
        else:
            part = draw(st.integers(0, _cents(claim.charge)))
            triplets = draw(adjustments(_cents(claim.charge) - part))
            owed = max(sum((one.amount for one in triplets if one.group == "PR"), Decimal(0)), Decimal(0))
            others.append(attrs.evolve(other, paid=Decimal(part).scaleb(-2), adjustments=triplets, owed=owed or None))
    spent = draw(st.integers(0, _cents(claim.charge)))
    return attrs.evolve(
        claim,
        subscriber=person,
        lines=tuple(lines),
        other_payers=tuple(others),
        patient_paid=Decimal(spent).scaleb(-2) if spent else None,
    )


payers = st.builds(
    Payer,
    key=st.just(PAYER.key),
    policy=st.just(PAYER.policy),
    name=typed(60),
    id=subscriber_ids,
    receiver=st.builds(Party, typed(60), st.just("RECEIVER1")),
    claim_filing=st.sampled_from(("MC", "CI", "ZZ")),
    purpose=st.sampled_from(("chargeable", "reporting")),
    mode=st.sampled_from(("test", "production")),
    interchange=st.builds(Interchange, acknowledgment=st.booleans(), sender_id=st.sampled_from(("", "SENDER"))),
    group=st.builds(FunctionalGroup, receiver=st.sampled_from(("", "GROUP"))),
    taxonomy=st.sampled_from((None, True, False)),
    provider_id=st.just("") | subscriber_ids,
    max_claims_per_transaction=st.integers(1, 4),
    address_when_none=st.none() | addresses,
)

# --- segments --------------------------------------------------------------------------------------------------------

_VALUES: dict[Kind, Callable[[Element], st.SearchStrategy[Any]]] = {
    Kind.DELIMITER: lambda _: st.sampled_from("^:"),
    Kind.NUMBER: lambda element: st.integers(0, 10**element.longest - 1),
    Kind.DECIMAL: lambda element: st.integers(-(10**element.longest) + 1, 10**element.longest - 1).map(
        lambda number: Decimal(number).scaleb(-min(2, element.longest - 1))
    ),
    Kind.DATE: lambda _: st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)),
    Kind.TIME: lambda element: st.times().map(lambda time: time.strftime("%H%M%S"[: 4 if element.longest == 4 else 6])),
}
_WRITABLE = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) not in "*:^~")


def _values(element: Element) -> st.SearchStrategy[Any]:
    if element.of is not None:
        return records(element.of)
    if element.codes:
        codes = st.sampled_from(sorted(element.codes))
        return codes.map(int) if element.kind is Kind.NUMBER else codes
    if element.kind in _VALUES:
        return _VALUES[element.kind](element)
    shortest = 1 if element.padded else element.shortest
    return st.text(_WRITABLE, min_size=shortest, max_size=element.longest).filter(lambda text: text == text.strip())


def _field(element: Element) -> st.SearchStrategy[Any]:
    values = _values(element)
    if element.count > 1:
        return st.lists(values, min_size=int(element.required), max_size=element.count).map(tuple)
    if element.required:
        return values
    blank = "" if element.of is None and element.kind in (Kind.TEXT, Kind.TIME) else None
    return st.just(blank) | values


def records(cls: type[Segment] | type[Composite]) -> st.SearchStrategy[Any]:
    """Draw records of a segment or composite, every element drawn from what is declared of it."""
    return st.builds(cls, **{name: _field(element) for name, element in cls.declared})
