"""Which claims count: payments to claims and lines, then replacements and voids, and what was denied."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import attrs

from peerbill.claim_audit.reading import PaidLine, Payment, Read
from peerbill.claim_audit.values import UNKNOWN, ClaimLine, FileClaim
from peerbill.model.claim_state import Frequency
from peerbill.model.payer_answers import REVERSAL, takes_back

DENIED = "4"
"""CLP02 of a claim that is denied."""

_CORRECTIONS = frozenset({Frequency.REPLACEMENT, Frequency.VOID})


@attrs.define(eq=False)
class Standings:
    """What became of the claims.

    Attributes:
        strays: payments whose claim is in no file, as claims of the form 835; with lines where money was paid.
        unresolved: replacements and voids whose first claim no file shows.
        unplaced: dollars of payments that no line of their claim takes.

    """

    strays: list[FileClaim]
    unresolved: list[FileClaim]
    unplaced: Decimal = Decimal(0)


def settle(read: Read) -> Standings:
    """Give claims their payments, and mark which ones are replaced, void or denied."""
    by_id: dict[str, list[FileClaim]] = defaultdict(list)
    for claim in read.claims:
        by_id[claim.claim_id].append(claim)
    standings = Standings([], [])
    last: dict[FileClaim, str] = {}
    strays: dict[str, list[Payment]] = defaultdict(list)
    for payment in read.payments:
        claims = by_id.get(payment.claim_id)
        if not claims:
            strays[payment.claim_id].append(payment)
            continue
        claim = _paid_claim(claims, payment)
        last[claim] = payment.status
        standings.unplaced += _post(claim, payment)
    for claim, status in last.items():
        claim.denied = not claim.paid and status in {DENIED, REVERSAL}
    standings.strays = [_stray(payments, len(read.claims) + at) for at, payments in enumerate(strays.values())]
    _correct(read.claims, by_id, standings)
    return standings


def _paid_claim(claims: Sequence[FileClaim], payment: Payment) -> FileClaim:
    """Return which of the claims of an id a payment is for: by the payer's number, then frequency, then charge."""
    if len(claims) == 1:
        return claims[0]

    def agreement(claim: FileClaim) -> tuple[bool, bool, bool, bool]:
        return (
            bool(payment.payer_number) and payment.payer_number in claim.payer_numbers,
            claim.charge == abs(payment.charge),
            claim.frequency == payment.frequency,
            not claim.payer_numbers,
        )

    return max(claims, key=agreement)


def _post(claim: FileClaim, payment: Payment) -> Decimal:
    """Add a payment to a claim and its lines; return what no line takes."""
    claim.paid = (claim.paid or Decimal(0)) + payment.paid
    if payment.payer_number:
        claim.payer_numbers = tuple(dict.fromkeys((*claim.payer_numbers, payment.payer_number)))
    if not payment.lines:
        return _divide(claim, payment.paid)
    left = Decimal(0)
    taken: set[int] = set()
    for paid in payment.lines:
        line = _paid_line(claim, paid, taken)
        if line is None:
            left += paid.paid
            continue
        taken.add(line.number)
        line.paid = (line.paid or Decimal(0)) + paid.paid
    return left


def _paid_line(claim: FileClaim, paid: PaidLine, taken: set[int]) -> ClaimLine | None:
    """Return the line of a payment: by its id, else by day and code; among several, by modifiers and charge."""
    free = [line for line in claim.lines if line.number not in taken]
    if paid.line_id:
        for line in free:
            if line.line_id == paid.line_id:
                return line
    alike = [line for line in free if line.hcpcs == paid.hcpcs and paid.day in {None, line.day}]
    return max(
        alike, key=lambda line: (line.modifiers == paid.modifiers, line.charge == abs(paid.charge)), default=None
    )


def _divide(claim: FileClaim, paid: Decimal) -> Decimal:
    """Divide the payment of a claim without lines among its lines by their charges; the last takes what is left."""
    total, left = claim.charge, paid
    if not claim.lines or not total:
        return paid
    for line in claim.lines:
        is_last = line is claim.lines[-1]
        share = left if is_last else (paid * line.charge / total).quantize(Decimal("0.01"))
        line.paid = (line.paid or Decimal(0)) + share
        left -= share
    return left


def _stray(payments: Sequence[Payment], sequence: int) -> FileClaim:
    """Return payments of a claim that is in no file as a claim: what was paid in all, and the lines of the last."""
    paid = sum((payment.paid for payment in payments), Decimal(0))
    kept = next((one for one in reversed(payments) if not takes_back(one.status, one.charge, one.paid)), payments[-1])
    claim = FileClaim(
        file=kept.file,
        segment=kept.segment,
        sequence=sequence,
        claim_id=kept.claim_id,
        form="835",
        payer_id=UNKNOWN,
        subscriber_id=kept.subscriber_id,
        person=None,
        billing_npi="",
        frequency=kept.frequency,
        original="",
        made=(dt.date.min, ""),
        after_payers=False,
        paid=paid,
        payer_numbers=tuple(dict.fromkeys(one.payer_number for one in payments if one.payer_number)),
    )
    if paid > 0:
        claim.lines = tuple(
            ClaimLine(
                claim=claim,
                number=number,
                segment=kept.segment,
                line_id=line.line_id,
                day=line.day,
                hcpcs=line.hcpcs,
                modifiers=line.modifiers,
                units=line.units,
                charge=line.charge,
                rendering=UNKNOWN,
                place=UNKNOWN,
                paid=line.paid,
            )
            for number, line in enumerate(kept.lines, start=1)
            if line.paid > 0
        )
    return claim


def _correct(claims: Iterable[FileClaim], by_id: Mapping[str, list[FileClaim]], standings: Standings) -> None:
    """Follow replacements and voids to the claims that they correct, by the payer's number or by CLM01."""
    by_number: dict[str, list[FileClaim]] = defaultdict(list)
    corrections = []
    for claim in claims:
        for number in claim.payer_numbers:
            by_number[number].append(claim)
        if claim.frequency in _CORRECTIONS:
            corrections.append(claim)
    for stray in standings.strays:
        for number in stray.payer_numbers:
            by_number[number].append(stray)
    for claim in sorted(corrections, key=_order):
        if claim.frequency == Frequency.VOID:
            claim.standing = "void"
        named = [*by_number.get(claim.original, ()), *by_id.get(claim.original, ())] if claim.original else []
        same_id = [other for other in by_id[claim.claim_id] if other.frequency not in _CORRECTIONS]
        before = [
            other
            for other in dict.fromkeys((*named, *same_id))
            if other is not claim
            and other.subscriber_id == claim.subscriber_id
            and (other.frequency not in _CORRECTIONS or _order(other) < _order(claim))
        ]
        if not before:
            standings.unresolved.append(claim)
        for other in before:
            if other.standing == "live":
                other.standing = "void" if claim.frequency == Frequency.VOID else "replaced"


def _order(claim: FileClaim) -> tuple[dt.date, str, int]:
    return (*claim.made, claim.sequence)
