"""The result of all payments of a claim: its state, and each line's payment and adjustments.

Pure: the payments come in as they were posted, in any order.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import attrs

from peerbill.ledger.answers.decisions import DENIED, PostedAdjustment, PostedClaim, PostedLine, explain, net, refused
from peerbill.ledger.answers.reversals import order_of, standing_of
from peerbill.model.claim_state import ClaimState


@attrs.frozen
class SettledLine:
    """What became of a line: paid, partly-paid, denied or reversed; `paid` in cents, less what was taken back."""

    state: ClaimState
    paid: int
    adjustments: tuple[PostedAdjustment, ...] = ()
    remarks: tuple[str, ...] = ()


@attrs.frozen
class Adjudication:
    """A payer's decision under a number of its own: `lines` are numbers of our lines, () where it named none."""

    number: str
    charge: int
    paid: int
    lines: tuple[int, ...] = ()


@attrs.frozen
class Settled:
    """The decision on a claim: paid, partly-paid, denied or reversed, or "" where nothing was decided.

    `adjustments` and `remarks` are those of the claim itself; `lines` maps the numbers of the lines that were answered.
    `whole`: the payer decided on all that was billed. A line without an answer of its own then has the claim's answer;
    otherwise it waits for its answer.
    """

    state: ClaimState | Literal[""]
    adjustments: tuple[PostedAdjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: Mapping[int, SettledLine] = MappingProxyType({})
    whole: bool = True
    adjudications: tuple[Adjudication, ...] = ()
    number: str = ""


def settle(payments: Sequence[PostedClaim], charge: int) -> Settled:
    """Return the result of the payments of a claim; `charge` is what was billed, in cents.

    The state follows the money that is left. Paid: the payer decided and refused nothing, even where the member's share
    or a prior payer left nothing to pay. Denied: nothing is paid, and something was refused. Partly paid: something is
    paid, and something refused, taken back or not answered yet. Reversed: all that was paid was taken back. Where
    answers come to more than was billed, the payer decided again without a reversal: a payment counts before an answer
    that paid nothing, such as the denial of a duplicate; of several that paid nothing, the last.
    """
    deciding = [payment for payment in payments if payment.decides]
    if not deciding:
        return Settled("")
    remaining, taken_back = standing_of(deciding)
    left = sum(payment.paid for payment in deciding)
    if not remaining or (left <= 0 and any(payment.paid for payment in remaining)) or left < 0:
        return Settled(ClaimState.REVERSED, lines=_lines(deciding, {}, taken_back), number=_number(deciding, remaining))
    charged = sum(payment.charge for payment in remaining)
    standing, answers = _answers(remaining, again=charged > charge)
    lines = _lines(deciding, answers, taken_back)
    adjustments = net(adjustment for payment in standing for adjustment in payment.adjustments)
    remarks = _each(code for payment in standing for code in payment.remarks)
    states = {line.state for line in lines.values()} - {ClaimState.REVERSED}
    of_claim = sum(payment.charge for payment in standing if not payment.lines)
    is_refused = refused(
        {adjustment.meaning for adjustment in adjustments},
        of_claim,
        left,
        explained=any(explain(line.adjustments) for line in lines.values()),
    ) or any(payment.status == DENIED for payment in standing)
    if left <= 0:
        state = (
            ClaimState.DENIED if is_refused or states & {ClaimState.DENIED, ClaimState.PARTLY_PAID} else ClaimState.PAID
        )
    elif is_refused or states - {ClaimState.PAID} or ((states or len(remaining) < len(deciding)) and charged < charge):
        state = ClaimState.PARTLY_PAID
    else:
        state = ClaimState.PAID
    return Settled(
        state,
        adjustments,
        remarks,
        lines,
        whole=charged >= charge,
        adjudications=_adjudications(standing),
        number=_number(deciding, standing),
    )


def _number(payments: Sequence[PostedClaim], standing: Sequence[PostedClaim]) -> str:
    """Return the payer's number of what holds the money, else of the last decision."""
    numbered = sorted((payment for payment in payments if payment.number and not payment.reverses), key=order_of)
    for group in (
        [payment for payment in standing if payment.paid > 0 and payment.number],
        [payment for payment in standing if not payment.repeats and payment.number],
        [payment for payment in numbered if not payment.repeats],
        numbered,
    ):
        if group:
            return group[-1].number
    return ""


def _adjudications(standing: Sequence[PostedClaim]) -> tuple[Adjudication, ...]:
    adjudications: dict[str, Adjudication] = {}
    for payment in standing:
        if not payment.number:
            continue
        earlier = adjudications.get(payment.number, Adjudication(payment.number, 0, 0))
        lines = tuple(sorted({*earlier.lines, *(line.number for line in payment.lines)}))
        adjudications[payment.number] = Adjudication(
            payment.number, earlier.charge + payment.charge, earlier.paid + payment.paid, lines
        )
    return tuple(adjudications.values())


_Answer = tuple[PostedClaim, PostedLine]


def _answers(
    standing: Sequence[PostedClaim], *, again: bool
) -> tuple[Sequence[PostedClaim], Mapping[int, Sequence[_Answer]]]:
    """Return the payments and, by line number, the line answers that count; `again`: the payer decided repeatedly."""
    by_line: dict[int, list[list[_Answer]]] = {}
    for payment in standing:
        mine: dict[int, list[_Answer]] = {}
        for line in payment.lines:
            mine.setdefault(line.number, []).append((payment, line))
        for number, group in mine.items():
            by_line.setdefault(number, []).append(group)
    answers: dict[int, list[_Answer]] = {}
    for number, groups in by_line.items():
        paying = [group for group in groups if any(line.paid for _, line in group)]
        kept = (paying or groups[-1:]) if again else groups
        answers[number] = [answer for group in kept for answer in group]
    if not again:
        return standing, answers
    # What answers no line by itself pays, or is the last word.
    paid = any(payment.paid for payment in standing)
    counting = {id(one) for group in answers.values() for one, _ in group}
    counting |= {
        id(payment)
        for payment in standing
        if payment.paid or (not payment.lines and not paid and payment is standing[-1])
    }
    return [payment for payment in standing if id(payment) in counting], answers


def _lines(
    payments: Sequence[PostedClaim], answers: Mapping[int, Sequence[_Answer]], taken_back: Mapping[int, int]
) -> dict[int, SettledLine]:
    paid: dict[int, int] = {}
    for payment in payments:
        for line in payment.lines:
            paid[line.number] = paid.get(line.number, -taken_back.get(line.number, 0)) + line.paid
    settled = {}
    for number, amount in paid.items():
        if number not in answers:
            settled[number] = SettledLine(ClaimState.REVERSED if amount <= 0 else ClaimState.PARTLY_PAID, amount)
            continue
        adjustments = net(adjustment for _, line in answers[number] for adjustment in line.adjustments)
        remarks = _each(code for _, line in answers[number] for code in line.remarks)
        charged = sum(line.charge for _, line in answers[number])
        meanings = {adjustment.meaning for adjustment in adjustments}
        explained = any(explain(one.adjustments) for one, _ in answers[number])
        is_refused = refused(meanings, charged, amount, explained=explained) or any(
            one.status == DENIED for one, _ in answers[number]
        )
        state = (ClaimState.PARTLY_PAID if amount > 0 else ClaimState.DENIED) if is_refused else ClaimState.PAID
        settled[number] = SettledLine(state, amount, adjustments, remarks)
    return settled


def _each(codes: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))
