"""A claim that one payer answered and the next is to have: the world, the answers, and what is made of them."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import attrs
from worlds import ON_THE_837I, World, in_ledger, make_world

from peerbill.claims.build import build_claims
from peerbill.claims.next_payer import NotSent, secondary_claims
from peerbill.model.claim import (
    Adjustment,
    Claim,
)
from peerbill.model.payer_answers import ClaimPayment, LinePayment
from peerbill.model.sent_claim import SentClaim

DAY = dt.date(2026, 3, 2)
PAID_ON = dt.date(2026, 3, 20)
SECOND = {
    "policy": ["ZZ/peer"],
    "name": "STATE MEDICAID",
    "id": "STMCD",
    "receiver": {"name": "STATE MEDICAID", "id": "STMCD"},
    "charges": {"H0038": "20.00", "H0038:HQ": "5.00"},
}
WORLD = make_world(
    {
        "payers": {"second": SECOND},
        "coverage": {
            "more": {
                "member_id": "M1",
                "payer": "second",
                "subscriber_id": "MC443322",
                "from": "2026-01-01",
                "rank": "2",
            }
        },
    }
)

PARENT = {"relationship": "son", "policyholder_last_name": "Quillon", "policyholder_first_name": "Ada"}
THEIRS = (
    "the member is insured by second through another policyholder (child), and bill writes claims only to payers with "
    "which the member holds the policy"
)


def D(text: str) -> Decimal:  # noqa: N802 - short in tables of amounts
    return Decimal(text)


def ids() -> Iterator[str]:
    return (f"PB{number:04d}" for number in count(1))


def sent(*payments: ClaimPayment, world: World = WORLD) -> SentClaim:
    """Return the claim of E1 to the first payer, and what it answered: three units, 60.00."""
    (claim,) = build_claims(world.audit().billable, world.records, iter(("FIRST1",)))
    return in_ledger(claim, *payments, answered_on=PAID_ON)


def answer(paid: str, *adjustments: str, status: str = "1", **changes: Any) -> ClaimPayment:
    """Return an 835's answer to the claim of E1; a reversal (22) takes it back."""
    sign = -1 if status == "22" else 1
    triplets = tuple(
        Adjustment(group, reason, Decimal(amount) * sign)
        for group, reason, amount in (one.split(":") for one in adjustments)
    )
    line = LinePayment("H0038", ("HF",), D("60.00") * sign, D(paid) * sign, D("3"), DAY, "FIRST1-1", triplets)
    made = ClaimPayment(
        "FIRST1", status, D("60.00") * sign, D(paid) * sign, 1, payer_control_number="ICN1", lines=(line,)
    )
    return attrs.evolve(made, **changes)


def answered(*payments: ClaimPayment, world: World = WORLD, **changes: Any) -> SentClaim:
    return attrs.evolve(sent(*payments, world=world), **changes)


def run(*claims: SentClaim, world: World = WORLD) -> tuple[tuple[Claim, ...], tuple[NotSent, ...]]:
    return secondary_claims(claims, world.records, world.policies, world.as_of, ids())


def told(found: tuple[tuple[Claim, ...], tuple[NotSent, ...]]) -> tuple[list[tuple[str, str]], list[str]]:
    claims, not_sent = found
    return [(claim.payer, claim.follows) for claim in claims], [one.why for one in not_sent]


GOES: tuple[list[tuple[str, str]], list[str]] = ([("second", "FIRST1")], [])
NOTHING: tuple[list[tuple[str, str]], list[str]] = ([], [])


INSTITUTIONAL = f"""
[home]
name = "On the institutional form"
like = "base"
source = "manual p. 1"

[[home.claim]]
{ON_THE_837I}attending = "peer"
revenue_code = "0914"
source = "manual p. 9"
"""
REQUIRED = '[[peer.authorization]]\nrequired = true\nsource = "manual p. 17"\n'
FIRST_AUTHORIZATION = {"member_id": "M1", "payer": "plan", "hcpcs": "H0038", "from": "2026-01-01"}
SECOND_AUTHORIZATION = {**FIRST_AUTHORIZATION, "payer": "second", "units": "3"}
LEFT = answer("32.00", "PR:2:28.00")
