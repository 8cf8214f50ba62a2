"""What the payments of one claim leave together: its state, and what each line was paid and cut by.

Pure: the payments come in as they were posted, in any order.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

import attrs

from peerbill import codes
from peerbill.payer_answers import takes_back

DENIED = "4"
DUPLICATE = "18"
"""The reason of an answer that repeats no decision: the payer has decided on another copy of the claim."""


@attrs.frozen
class Cut:
    """One triplet of CAS, in cents; `quantity` as sent, or ""."""

    group: str
    reason: str
    cents: int
    quantity: str = ""

    def denies(self, *, unpaid: bool) -> bool:
        """Tell whether the payer refuses to pay for something, rather than paying what was agreed.

        What is left to the member for another reason than a share of the cost is refused where nothing at all was paid.
        """
        return (
            self.cents > 0 and not codes.adjustment_effect(self.group, self.reason) and (unpaid or self.group != "PR")
        )

    @property
    def explains(self) -> bool:
        """Whether it says why nothing is paid though nothing was refused: the member or another payer pays it."""
        effect = codes.adjustment_effect(self.group, self.reason)
        return self.cents > 0 and effect in {codes.SHARE, codes.PRIOR_PAYER}


def refused(cuts: Sequence[Cut], charge: int, paid: int, *, around: Sequence[Cut] = ()) -> bool:
    """Tell whether the payer refused a charge, or a part of it; `around` are the cuts of the claim around a line.

    A charge of which nothing is paid is refused, unless the member's share or another payer's decision explains it: a
    contract that leaves nothing of the charge deserves a look.
    """
    unpaid = paid <= 0
    if any(cut.denies(unpaid=unpaid) for cut in cuts):
        return True
    return unpaid and charge > 0 and not any(cut.explains for cut in (*cuts, *around))


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
    """One CLP, as it was posted. `paid_on` is ISO text; `transaction` and `position` tell where it stood.

    `number` is the payer's number of this adjudication (CLP07), or "".
    """

    paid_on: str
    transaction: int
    position: int
    status: str
    charge: int
    paid: int
    cuts: tuple[Cut, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: tuple[PostedLine, ...] = ()
    number: str = ""

    @property
    def reverses(self) -> bool:
        """Whether an earlier payment is taken back."""
        return takes_back(self.status, self.charge, self.paid)

    @property
    def decides(self) -> bool:
        """Whether it is a decision on the claim: a status that is not known is one only by its money."""
        return is_decision(self.status, self.charge, self.paid)

    @property
    def repeats(self) -> bool:
        """Whether it says of a copy of the claim that it is a duplicate."""
        cuts = (*self.cuts, *(cut for line in self.lines for cut in line.cuts))
        return not self.paid and any(cut.reason == DUPLICATE for cut in cuts)


def is_decision(status: str, charge: Decimal | int, paid: Decimal | int) -> bool:
    """Tell whether a CLP decides on a claim: by its status; by its money where the status is not known.

    A price told beforehand (25) decides nothing, whatever amount it names; a claim passed on as another payer's (23)
    does where money came with it.
    """
    known = codes.remittance_status(status)
    if takes_back(status, charge, paid):
        return True
    if known is None:
        return bool(paid)
    return known.decides or (known.forwarded and bool(paid))


@attrs.frozen
class SettledLine:
    """What became of a line: paid, partly-paid, denied or reversed; `paid` in cents, less what was taken back."""

    state: str
    paid: int
    cuts: tuple[Cut, ...] = ()
    remarks: tuple[str, ...] = ()


@attrs.frozen
class Adjudication:
    """What a payer decided under one number of its own: `lines` are numbers of our lines, () where it named none."""

    number: str
    charge: int
    paid: int
    lines: tuple[int, ...] = ()


@attrs.frozen
class Settled:
    """What became of a claim: paid, partly-paid, denied or reversed, or "" where nothing was decided.

    `cuts` and `remarks` are those of the claim itself; `lines` maps the numbers of the lines that were answered.
    `whole` tells that the payer decided on all that was billed: a line without an answer of its own went with the
    claim then, and waits for one otherwise.
    """

    state: str
    cuts: tuple[Cut, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: Mapping[int, SettledLine] = MappingProxyType({})
    whole: bool = True
    adjudications: tuple[Adjudication, ...] = ()
    number: str = ""


def settle(payments: Sequence[PostedClaim], charge: int) -> Settled:
    """Return what payments of one claim leave; `charge` is what was billed, in cents.

    The state follows the money that is left. Paid: the payer decided and refused nothing, even where the member's share
    or a prior payer left nothing to pay. Denied: nothing is paid, and something was refused. Partly paid: something is
    paid, and something refused, taken back or not answered yet. Reversed: all that was paid was taken back. Where
    answers come to more than was billed, the payer decided again without a reversal: a payment counts before an answer
    that paid nothing, such as the denial of a duplicate; of several that paid nothing, the last.
    """
    deciding = [one for one in payments if one.decides]
    if not deciding:
        return Settled("")
    every = _standing(deciding)
    left = sum(one.paid for one in deciding)
    if not every or (left <= 0 and any(one.paid for one in every)) or left < 0:
        return Settled("reversed", lines=_lines(deciding, {}), number=_number(deciding, every))
    charged = sum(one.charge for one in every)
    standing, answers = _answers(every, again=charged > charge)
    lines = _lines(deciding, answers)
    cuts = _net(cut for one in standing for cut in one.cuts)
    remarks = _each(code for one in standing for code in one.remarks)
    states = {line.state for line in lines.values()} - {"reversed"}
    of_claim = sum(one.charge for one in standing if not one.lines)
    is_refused = refused(cuts, of_claim, left, around=[cut for line in lines.values() for cut in line.cuts]) or any(
        one.status == DENIED for one in standing
    )
    if left <= 0:
        state = "denied" if is_refused or states & {"denied", "partly-paid"} else "paid"
    elif is_refused or states - {"paid"} or ((states or len(every) < len(deciding)) and charged < charge):
        state = "partly-paid"
    else:
        state = "paid"
    return Settled(
        state,
        cuts,
        remarks,
        lines,
        whole=charged >= charge,
        adjudications=_adjudications(standing),
        number=_number(deciding, standing),
    )


def _number(payments: Sequence[PostedClaim], standing: Sequence[PostedClaim]) -> str:
    """Return the payer's number of what holds the money, else of the last decision."""
    told = sorted((one for one in payments if one.number and not one.reverses), key=_order)
    for some in (
        [one for one in standing if one.paid > 0 and one.number],
        [one for one in standing if not one.repeats and one.number],
        [one for one in told if not one.repeats],
        told,
    ):
        if some:
            return some[-1].number
    return ""


def _adjudications(standing: Sequence[PostedClaim]) -> tuple[Adjudication, ...]:
    found: dict[str, Adjudication] = {}
    for one in standing:
        if not one.number:
            continue
        known = found.get(one.number, Adjudication(one.number, 0, 0))
        lines = tuple(sorted({*known.lines, *(line.number for line in one.lines)}))
        found[one.number] = Adjudication(one.number, known.charge + one.charge, known.paid + one.paid, lines)
    return tuple(found.values())


def _order(one: PostedClaim) -> tuple[str, int, int]:
    return one.paid_on, one.transaction, one.position


def _standing(payments: Sequence[PostedClaim]) -> list[PostedClaim]:
    """Return the payments that no reversal took back, in order of day and place; what is left of one, where a part was.

    X221A1 1.10.2.8 has a reversal take back a payment as a whole: payers take back a line, or another amount, too.
    """
    if len(payments) == 1:
        return [] if payments[0].reverses else list(payments)
    ordered = sorted(payments, key=_order)
    standing = [one for one in ordered if not one.reverses]
    for reversal in ordered:
        if reversal.reverses:
            standing = _taken_back(standing, reversal)
    return standing


def _taken_back(standing: list[PostedClaim], reversal: PostedClaim) -> list[PostedClaim]:
    """Return what a reversal leaves of payments: one goes whole, all parts of a divided claim do, or a part of one."""
    earlier = [one for one in standing if _may_reverse(reversal, one)]
    same = [one for one in earlier if one.number and one.number == reversal.number]
    for some in (same, earlier):
        exact = [one for one in some if (one.charge, one.paid) == (-reversal.charge, -reversal.paid)]
        if exact:
            # Of one day, what was posted before it is rather meant.
            posted = [one for one in exact if _order(one) < _order(reversal)] or exact
            return [one for one in standing if one is not posted[-1]]
    if (sum(one.charge for one in earlier), sum(one.paid for one in earlier)) == (-reversal.charge, -reversal.paid):
        # The parts of a divided claim are taken back together.
        return [one for one in standing if not any(one is part for part in earlier)]
    if not earlier:
        return standing
    numbers = {line.number for line in reversal.lines}

    def fit(one: PostedClaim) -> tuple[bool, bool, bool]:
        whole = numbers <= {line.number for line in one.lines}
        return whole, one.paid >= -reversal.paid, any(one is other for other in same)

    # The first of those that fit as well: what came after it may be the correction.
    taken = max(earlier, key=fit)
    left = _less(taken, reversal)
    return [left if one is taken else one for one in standing if one is not taken or left.charge or left.paid]


def is_partial(earlier: Sequence[PostedClaim], reversal: PostedClaim) -> bool:
    """Tell whether a reversal takes back something else than one of the payments before it, or all that is left."""
    standing = _standing(list(earlier)) if earlier else []
    exact = any((one.charge, one.paid) == (-reversal.charge, -reversal.paid) for one in standing)
    whole = (sum(one.charge for one in standing), sum(one.paid for one in standing))
    return bool(standing) and not exact and whole != (-reversal.charge, -reversal.paid)


def _less(payment: PostedClaim, reversal: PostedClaim) -> PostedClaim:
    """Return a payment less what a reversal took of it, line by line."""
    lines: list[PostedLine] = []
    taken = list(reversal.lines)
    for line in payment.lines:
        back = next((one for one in taken if one.number == line.number), None)
        if back is not None:
            taken.remove(back)
            line = attrs.evolve(  # noqa: PLW2901 - what is left of it
                line,
                charge=line.charge + back.charge,
                paid=line.paid + back.paid,
                cuts=_net((*line.cuts, *back.cuts)),
            )
        if line.charge or line.paid:
            lines.append(line)
    return attrs.evolve(
        payment,
        charge=payment.charge + reversal.charge,
        paid=payment.paid + reversal.paid,
        cuts=_net((*payment.cuts, *reversal.cuts)),
        lines=tuple(lines),
    )


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
            settled[number] = SettledLine("reversed" if amount <= 0 else "partly-paid", amount)
            continue
        cuts = _net(cut for _, line in answers[number] for cut in line.cuts)
        remarks = _each(code for _, line in answers[number] for code in line.remarks)
        charged = sum(line.charge for _, line in answers[number])
        around = [cut for one, _ in answers[number] for cut in one.cuts]
        is_refused = refused(cuts, charged, amount, around=around) or any(
            one.status == DENIED for one, _ in answers[number]
        )
        state = ("partly-paid" if amount > 0 else "denied") if is_refused else "paid"
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
