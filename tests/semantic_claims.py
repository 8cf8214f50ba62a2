"""The claims whose files the two tables of changes change: one claim of a form, and what else can be sent of it."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

import attrs
from semantic import Segments
from strategies import PAYER, SETTINGS

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
from peerbill.model.records import Settings

Write = Callable[[Sequence[Claim], Payer, Settings, dt.date, int], Iterable[str]]

DAY = dt.date(2026, 5, 2)
FILE_DAY = dt.date(2026, 5, 31)
PAID_ON = dt.date(2026, 5, 20)
MEMBER = Subscriber(
    "123456789012", "Lane", "Alex", dt.date(1988, 4, 2), "M", Address("5 Oak Ave", "Brick", "NJ", "08723"), rank=1
)
PEER = Provider("Rivera", "Dana", "1245319599", "175T00000X")


def as_full(claim: Claim) -> Claim:
    """Fill what both forms can say beside the least."""
    return attrs.evolve(
        claim,
        facility=Party("Shore Clinic", "1778899009"),
        facility_address=Address("7 Quay St", "Brick", "NJ", "087231111"),
        authorization="AUTH1",
        attachment=Attachment("OZ", "BM", "CONTROL1"),
        delay_reason="7",
    )


def other(name: str, id_: str, rank: int, paid: str) -> OtherPayer:
    """Return a payer that answered before."""
    person = attrs.evolve(MEMBER, subscriber_id=f"{id_}77", rank=rank)
    return OtherPayer(name, id_, person, Decimal(paid), PAID_ON, "CI", payer_control_number=f"{id_}ICN")


def files_of(write: Write, primary: Claim, more: Mapping[str, Sequence[Claim]]) -> dict[str, Segments]:
    """Write the files of a claim of two lines, of 48.00 and 12.50: by name, the segments of each."""
    files = {**_claims(primary), **more}
    return {
        name: "".join(write(claims, PAYER, SETTINGS, FILE_DAY, 1)).split("~")[:-1] for name, claims in files.items()
    }


def _claims(primary: Claim) -> Mapping[str, Sequence[Claim]]:
    two = (
        primary,
        attrs.evolve(
            primary,
            claim_id="B1",
            subscriber=attrs.evolve(MEMBER, last_name="Hill", subscriber_id="223456789012"),
            lines=(attrs.evolve(primary.lines[0], line_id="B1-1"),),
        ),
    )
    # Another payer answered line by line.
    secondary = attrs.evolve(
        primary,
        subscriber=attrs.evolve(MEMBER, rank=2),
        lines=(
            _answered(
                primary.lines[0],
                *("CM001", "20", Adjustment("CO", "45", Decimal(18)), Adjustment("PR", "2", Decimal(10))),
            ),
            _answered(primary.lines[1], "CM001", "0", Adjustment("PR", "1", Decimal("12.5"))),
        ),
        other_payers=(other("Commercial One", "CM001", 1, "20"),),
    )
    tertiary = attrs.evolve(
        primary,
        subscriber=attrs.evolve(MEMBER, rank=3),
        lines=(
            _answered(
                _answered(primary.lines[0], "CM001", "20", Adjustment("PR", "2", Decimal(28))),
                *("CM002", "8", Adjustment("CO", "23", Decimal(20)), Adjustment("PR", "3", Decimal(20))),
            ),
        ),
        other_payers=(other("Commercial One", "CM001", 1, "20"), other("Commercial Two", "CM002", 2, "8")),
    )
    return {
        "primary": (primary,),
        "replacement": (attrs.evolve(primary, frequency="7", payer_control_number="ICN1"),),
        "void": (_void(primary),),
        "two": two,
        "two voids": [_void(each, f"ICN-{each.claim_id}") for each in two],
        "secondary": (secondary,),
        "secondary void": (_void(secondary),),
        "tertiary": (tertiary,),
    }


def _answered(line: ServiceLine, payer: str, paid: str, *adjustments: Adjustment) -> ServiceLine:
    told = PriorPayment(payer, Decimal(paid), line.hcpcs, line.modifiers, line.units, PAID_ON, adjustments)
    return attrs.evolve(line, prior_payments=(*line.prior_payments, told))


def _void(claim: Claim, number: str = "ICN1") -> Claim:
    return attrs.evolve(claim, frequency="8", payer_control_number=number)
