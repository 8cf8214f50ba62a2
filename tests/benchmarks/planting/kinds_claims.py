"""Claims of another system that differ from the encounters, PB852 to PB864, in files that our own writer made."""

import random
from collections.abc import Callable
from decimal import Decimal

import attrs
from benchmarks.planting.days import ONE_DAY
from benchmarks.planting.programme import Programme

from peerbill.model.claim import Claim, ServiceLine


@attrs.define
class ClaimCase:
    """The claims of one caseload, of which one is changed; `claim` is that one, with a single line and encounter.

    `expected` are codes that must be reported of it, `allowed` codes that may be.
    """

    programme: Programme
    rng: random.Random
    over: bool
    claims: list[Claim]
    claim: Claim
    expected: set[str] = attrs.field(factory=set)
    allowed: set[str] = attrs.field(factory=set)

    @property
    def line(self) -> ServiceLine:
        """The line of the claim."""
        return self.claim.lines[0]

    def put(self, **changes: object) -> None:
        """Change the claim."""
        place = self.claims.index(self.claim)
        self.claim = attrs.evolve(self.claim, **changes)  # type: ignore[arg-type]
        self.claims[place] = self.claim

    def put_line(self, **changes: object) -> None:
        """Change the line of the claim."""
        self.put(lines=(attrs.evolve(self.line, **changes),))  # type: ignore[arg-type]

    def put_units(self, units: int) -> None:
        """Give the line other units, at their usual charge."""
        self.put_line(units=units, charge=self.line.charge / self.line.units * units)


Plant = Callable[[ClaimCase], None]


@attrs.frozen
class ClaimKind:
    """A kind of difference: the check that must find it, what it is, and what it nearly is."""

    code: str
    name: str
    plant: Plant

    @property
    def near_miss(self) -> str:
        """What differs in nothing that matters, in words."""
        return " ".join((self.plant.__doc__ or "").split()).removeprefix("The near miss ").removesuffix(".")


CLAIM_KINDS: list[ClaimKind] = []
"""Every kind, in the order of this module."""


def claim_kind(code: str, name: str) -> Callable[[Plant], Plant]:
    """Declare a kind of difference."""

    def declare(plant: Plant) -> Plant:
        CLAIM_KINDS.append(ClaimKind(code, name, plant))
        return plant

    return declare


@claim_kind("PB852", "a service on two claims")
def billed_twice(case: ClaimCase) -> None:
    """The near miss is on a claim and on the claim that replaces it."""
    again = attrs.evolve(
        case.claim,
        claim_id=f"{case.claim.claim_id}B",
        lines=(attrs.evolve(case.line, line_id=f"{case.claim.claim_id}B-1"),),
    )
    if not case.over:
        again = attrs.evolve(again, frequency="7", payer_control_number=case.claim.claim_id)
    case.claims.append(again)


@claim_kind("PB853", "a line on a day without an encounter")
def no_encounter(case: ClaimCase) -> None:
    """The near miss is on its day."""
    days = {line.service_date for claim in case.claims for line in claim.lines}
    day = case.line.service_date
    while case.over and day in days:
        day += ONE_DAY
    case.put_line(service_date=day)
    case.allowed.add("PB864")  # and the encounter is on no claim


@claim_kind("PB854", "a unit more than the minutes make")
def unit_too_many(case: ClaimCase) -> None:
    """The near miss has the units of the minutes."""
    case.put_units(case.line.units + case.over)


@claim_kind("PB855", "a unit fewer than the minutes make")
def unit_too_few(case: ClaimCase) -> None:
    """The near miss has the units of the minutes."""
    case.put_units(case.line.units - (case.over and case.line.units > 1))


@claim_kind("PB856", "another code, or other modifiers")
def another_code(case: ClaimCase) -> None:
    """The near miss has the code and the modifiers."""
    if case.over and case.rng.random() < 0.5:
        case.put_line(hcpcs="H2015")
    elif case.over:
        case.put_line(modifiers=(*case.line.modifiers, "76"))


@claim_kind("PB857", "another rendering provider, or none")
def another_peer(case: ClaimCase) -> None:
    """The near miss names the peer."""
    provider = case.claim.rendering
    if case.over and provider is not None:
        other = attrs.evolve(provider, npi="1003000126")
        case.put(rendering=case.rng.choice((None, other)))


@claim_kind("PB858", "another place of service")
def another_place(case: ClaimCase) -> None:
    """The near miss has the place."""
    if case.over:
        case.put(place="12" if case.claim.place != "12" else "11", facility=None, facility_address=None)


@claim_kind("PB859", "a subscriber's id that is wrong by a digit")
def another_subscriber(case: ClaimCase) -> None:
    """The near miss is written with hyphens."""
    right = case.claim.subscriber.subscriber_id
    wrong = f"{right[:-1]}{(int(right[-1]) + 5) % 10}9"
    id_ = wrong if case.over else f"{right[:3]}-{right[3:]}"
    case.put(subscriber=attrs.evolve(case.claim.subscriber, subscriber_id=id_))


@claim_kind("PB860", "a charge that is a cent off")
def another_charge(case: ClaimCase) -> None:
    """The near miss is the usual charge."""
    case.put_line(charge=case.line.charge + (Decimal("0.01") if case.over else 0))


@claim_kind("PB864", "an encounter that is on no claim")
def never_billed(case: ClaimCase) -> None:
    """The near miss is on its claim."""
    if case.over:
        case.claims.remove(case.claim)
