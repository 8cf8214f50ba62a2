"""What the payments of one claim leave together: its state, and what each line was paid and cut by.

Pure: the payments come in as they were posted, in any order.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import attrs

REVERSAL = "22"
DENIED = "4"

_NO_DENIALS = frozenset({"23", "45", "253"})
"""Reasons that cut a payment and deny nothing: a prior payer's decision, the fee schedule, sequestration; their
meanings and sources stand in codesets/national/carc.toml. Whatever is the member's share (PR) is no denial either."""


@attrs.frozen
class Cut:
    """One triplet of CAS, in cents; `quantity` as sent, or ""."""

    group: str
    reason: str
    cents: int
    quantity: str = ""

    @property
    def denies(self) -> bool:
        """Whether the payer refuses to pay for something, rather than paying what was agreed."""
        return self.group != "PR" and self.reason not in _NO_DENIALS and self.cents > 0


@attrs.frozen
class PostedLine:
    """One SVC: `number` is the line of ours, 0 where none was found for it."""

    number: int
    charge: int
    paid: int
    cuts: tuple[Cut, ...] = ()
    remarks: tuple[str, ...] = ()


@attrs.frozen
class PostedClaim:
    """One CLP, as it was posted. `paid_on` is ISO text; `transaction` and `position` tell where it stood."""

    paid_on: str
    transaction: int
    position: int
    status: str
    charge: int
    paid: int
    cuts: tuple[Cut, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: tuple[PostedLine, ...] = ()

    @property
    def reverses(self) -> bool:
        """Whether an earlier payment is taken back: CLP02 22, or a charge below zero, which nothing else can be."""
        return self.status == REVERSAL or self.charge < 0


@attrs.frozen
class SettledLine:
    """What became of a line: paid, partly-paid, denied or reversed; `paid` in cents, less what was taken back."""

    state: str
    paid: int
    cuts: tuple[Cut, ...] = ()
    remarks: tuple[str, ...] = ()


@attrs.frozen
class Settled:
    """What became of a claim: paid, partly-paid, denied or reversed, or "" where no payment was posted.

    `cuts` and `remarks` are those of the claim itself; `lines` maps the numbers of the lines that were answered.
    `whole` tells that the payer decided on all that was billed: a line without an answer of its own went with the
    claim then, and waits for one otherwise.
    """

    state: str
    cuts: tuple[Cut, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: Mapping[int, SettledLine] = MappingProxyType({})
    whole: bool = True


def settle(payments: Sequence[PostedClaim], charge: int) -> Settled:
    """Return what payments of one claim leave; `charge` is what was billed, in cents.

    Paid: the payer decided and refused nothing, even where the member's share or a prior payer left nothing to pay.
    Denied: nothing was paid, and something was refused. Partly paid: something was paid, and something refused or not
    answered yet. Reversed: every payment was taken back. Where answers come to more than was billed, the payer decided
    again without a reversal: a payment counts before an answer that paid nothing, such as the denial of a duplicate;
    of several that paid nothing, the last.
    """
    if not payments:
        return Settled("")
    every = _standing(payments)
    if not every:
        return Settled("reversed", lines=_lines(payments, {}))
    charged = sum(one.charge for one in every)
    standing, answers = _answers(every, again=charged > charge)
    lines = _lines(payments, answers)
    cuts = _net(cut for one in standing for cut in one.cuts)
    remarks = _each(code for one in standing for code in one.remarks)
    paid = sum(one.paid for one in standing)
    states = {line.state for line in lines.values()} - {"reversed"}
    refused = any(cut.denies for cut in cuts) or any(one.status == DENIED for one in standing)
    if paid <= 0:
        state = "denied" if refused or states & {"denied", "partly-paid"} else "paid"
    elif refused or states - {"paid"} or (states and charged < charge):
        state = "partly-paid"
    else:
        state = "paid"
    return Settled(state, cuts, remarks, lines, whole=charged >= charge)


def _standing(payments: Sequence[PostedClaim]) -> list[PostedClaim]:
    """Return the payments that no reversal took back, in order of day and place."""
    if len(payments) == 1:
        return [] if payments[0].reverses else list(payments)
    ordered = sorted(payments, key=lambda one: (one.paid_on, one.transaction, one.position))
    standing = [one for one in ordered if not one.reverses]
    for reversal in ordered:
        if not reversal.reverses:
            continue
        earlier = [one for one in standing if _may_reverse(reversal, one)]
        exact = [one for one in earlier if (one.charge, one.paid) == (-reversal.charge, -reversal.paid)]
        if exact:
            standing.remove(exact[-1])
        elif sum(one.charge for one in earlier) == -reversal.charge:
            # The parts of a divided claim are taken back together.
            standing = [one for one in standing if one not in earlier]
        elif earlier:
            standing.remove(earlier[0])
    return standing


def _may_reverse(reversal: PostedClaim, payment: PostedClaim) -> bool:
    """Tell whether a payment came before a reversal; remittances of one day have no order among them."""
    if payment.paid_on != reversal.paid_on:
        return payment.paid_on < reversal.paid_on
    return payment.transaction != reversal.transaction or payment.position < reversal.position


_Answer = tuple[PostedClaim, PostedLine]


def _answers(
    standing: Sequence[PostedClaim], *, again: bool
) -> tuple[Sequence[PostedClaim], Mapping[int, Sequence[_Answer]]]:
    """Return the payments and, by line number, the line answers that count; `again`: the payer decided repeatedly."""
    by_line: dict[int, list[list[_Answer]]] = {}
    for one in standing:
        mine: dict[int, list[_Answer]] = {}
        for line in one.lines:
            mine.setdefault(line.number, []).append((one, line))
        for number, some in mine.items():
            by_line.setdefault(number, []).append(some)
    answers: dict[int, list[_Answer]] = {}
    for number, every in by_line.items():
        paying = [some for some in every if any(line.paid for _, line in some)]
        kept = (paying or every[-1:]) if again else every
        answers[number] = [answer for some in kept for answer in some]
    if not again:
        return standing, answers
    # What answers no line by itself pays, or is the last word.
    paid = any(one.paid for one in standing)
    counting = {id(one) for some in answers.values() for one, _ in some}
    counting |= {id(one) for one in standing if one.paid or (not one.lines and not paid and one is standing[-1])}
    return [one for one in standing if id(one) in counting], answers


def _lines(payments: Sequence[PostedClaim], answers: Mapping[int, Sequence[_Answer]]) -> dict[int, SettledLine]:
    paid: dict[int, int] = {}
    for one in payments:
        for line in one.lines:
            paid[line.number] = paid.get(line.number, 0) + line.paid
    settled = {}
    for number, amount in paid.items():
        if number not in answers:
            settled[number] = SettledLine("reversed", amount)
            continue
        cuts = _net(cut for _, line in answers[number] for cut in line.cuts)
        remarks = _each(code for _, line in answers[number] for code in line.remarks)
        refused = any(cut.denies for cut in cuts) or any(one.status == DENIED for one, _ in answers[number])
        if sum(line.paid for _, line in answers[number]) > 0:
            state = "partly-paid" if refused else "paid"
        else:
            state = "denied" if refused else "paid"
        settled[number] = SettledLine(state, amount, cuts, remarks)
    return settled


def _net(cuts: Iterable[Cut]) -> tuple[Cut, ...]:
    """Add up what has one group and reason; what comes to nothing is left out."""
    every = list(cuts)
    if len(every) < 2:
        return tuple(every)
    sums: dict[tuple[str, str], Cut] = {}
    for cut in every:
        known = sums.get((cut.group, cut.reason))
        sums[cut.group, cut.reason] = cut if known is None else attrs.evolve(cut, cents=known.cents + cut.cents)
    return tuple(cut for cut in sums.values() if cut.cents)


def _each(codes: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))
