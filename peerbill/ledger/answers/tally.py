"""The result of a claim's payments, payment by payment: its state and number after each, as `settle` returns them.

`settle` looks at all payments each time; a claim may have thousands. Here the sums that it needs are kept up to date.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

import attrs

from peerbill.ledger.answers.decisions import (
    DENIED,
    Meaning,
    PostedAdjustment,
    PostedClaim,
    PostedLine,
    meaning,
    refused,
)
from peerbill.ledger.answers.reversals import Pool, order_of, pool_of
from peerbill.model.claim_state import ClaimState


@attrs.define(eq=False)
class _Sum:
    """Answers added up: adjustments netted by group and reason, of which those count that come to more than zero.

    `around` are adjustments of the claim around a line that explain why nothing is paid.
    """

    charge: int = 0
    denied: int = 0
    around: int = 0
    cents: dict[tuple[str, str], int] = attrs.field(factory=dict)
    positive: dict[Meaning, int] = attrs.field(factory=dict)

    def add(self, adjustments: Iterable[PostedAdjustment], sign: int) -> None:
        """Net adjustments, or with sign -1 take them out again."""
        for adjustment in adjustments:
            key = (adjustment.group, adjustment.reason)
            before = self.cents.get(key, 0)
            now = self.cents[key] = before + sign * adjustment.cents
            if (before > 0) != (now > 0):
                said = meaning(*key)
                self.positive[said] = self.positive.get(said, 0) + (1 if now > 0 else -1)

    def refuses(self, paid: int, *, explained: bool = False) -> bool:
        """Return whether the payer refused a charge of which so much is paid, or a part of it: see `refused`."""
        meanings = [said for said, count in self.positive.items() if count]
        return self.denied > 0 or refused(meanings, self.charge, paid, explained=explained or self.around > 0)


@attrs.define(eq=False)
class _Line:
    """The remaining answers to a line: all, and those of payments that pay for it."""

    every: _Sum = attrs.field(factory=_Sum)
    paying: _Sum = attrs.field(factory=_Sum)
    places: list[int] = attrs.field(factory=list)
    paying_places: int = 0

    def add(self, place: int, one: PostedClaim, answers: list[PostedLine], sign: int) -> None:
        """Add the answers of a payment, or with sign -1 remove them."""
        pays = any(line.paid for line in answers)
        for summed in (self.every, self.paying) if pays else (self.every,):
            _answer(summed, one, answers, sign)
        self.paying_places += sign * pays
        _keep(self.places, place, sign)


def _answer(summed: _Sum, payment: PostedClaim, answers: list[PostedLine], sign: int) -> None:
    for line in answers:
        summed.charge += sign * line.charge
        summed.denied += sign * (payment.status == DENIED)
        summed.around += sign * sum(adjustment.meaning is Meaning.EXPLAINS for adjustment in payment.adjustments)
        summed.add(line.adjustments, sign)


def _keep(places: list[int], place: int, sign: int) -> None:
    if sign > 0:
        insort(places, place)
    else:
        del places[bisect_left(places, place)]


def _by_line(payment: PostedClaim) -> dict[int, list[PostedLine]]:
    answers: dict[int, list[PostedLine]] = {}
    for line in payment.lines:
        answers.setdefault(line.number, []).append(line)
    return answers


class Left(NamedTuple):
    """What payments leave: `Settled.state` and `Settled.number`."""

    state: ClaimState | Literal[""]
    number: str = ""


@attrs.define(eq=False)
class Tally:
    """The payments of a claim, and what they leave; `charge` is what was billed, in cents."""

    charge: int
    payments: list[PostedClaim] = attrs.field(factory=list)
    _sums: "_Sums | None" = attrs.field(default=None, init=False)

    def add(self, one: PostedClaim) -> bool:
        """Add the next payment; return whether it takes back another amount than was paid, or a part of it."""
        if not self.payments:
            self._sums = None
            self.payments.append(one)
            return False
        sums = self._summed()
        partial = one.reverses and sums.pool.is_partial(one)
        self.payments.append(one)
        if one.decides:
            if sums.follows(one):
                sums.add(one)
            else:
                self._sums = None
        return partial

    def left(self) -> Left:
        """Return what the payments leave."""
        if len(self.payments) != 1:
            return self._summed().left(self.charge)
        # Most claims are paid once, and many of them alike.
        [one] = self.payments
        left = _left_of_one(
            self.charge, one.status, one.charge, one.paid, one.adjustments, one.lines, numbered=bool(one.number)
        )
        return Left(left.state, one.number) if left.number else left

    def _summed(self) -> "_Sums":
        """Add up the payments that are there, where that was not done."""
        if self._sums is None:
            self._sums = _Sums.of(self.payments)
        return self._sums


@lru_cache(maxsize=4096)
def _left_of_one(
    billed: int,
    status: str,
    charge: int,
    paid: int,
    adjustments: tuple[PostedAdjustment, ...],
    lines: tuple[PostedLine, ...],
    *,
    numbered: bool,
) -> Left:
    """Return what a single payment leaves, whenever it came; `numbered`: the payer gave it a number."""
    one = PostedClaim("", 0, 0, status, charge, paid, adjustments, (), lines, "1" if numbered else "")
    return _Sums.of([one]).left(billed)


@attrs.define(eq=False)
class _Sums:
    """Sums over the deciding payments; the remaining payments are in `pool`, under their place in the order."""

    pool: Pool
    count: int = 0
    paid: int = 0
    of_lines: dict[int, int] = attrs.field(factory=dict)
    lines: dict[int, _Line] = attrs.field(factory=dict)
    every: _Sum = attrs.field(factory=_Sum)
    paying: _Sum = attrs.field(factory=_Sum)
    with_money: int = 0
    numbered: list[int] = attrs.field(factory=list)
    fresh: list[int] = attrs.field(factory=list)
    fresh_paying: list[int] = attrs.field(factory=list)
    told: str = ""
    told_fresh: str = ""
    last: tuple[str, int, int] = ("", 0, 0)
    reversing: set[int] = attrs.field(factory=set)

    @classmethod
    def of(cls, payments: Iterable[PostedClaim]) -> "_Sums":
        """Add up payments in any order."""
        ordered = sorted((payment for payment in payments if payment.decides), key=order_of)
        sums = cls(pool_of(ordered))
        for remaining in ordered:
            sums._note(remaining)
        for place, remaining in sums.pool.payments.items():
            sums._stand(place, remaining, 1)
        return sums

    def follows(self, one: PostedClaim) -> bool:
        """Return whether a payment comes after all others, and no reversal that is there may take it back."""
        if self.count and order_of(one) <= self.last:
            return False
        # Remittances of the same day have no order among them.
        return one.reverses or one.paid_on != self.last[0] or self.reversing <= {one.transaction}

    def add(self, one: PostedClaim) -> None:
        """Take in a payment that follows."""
        place = self.count
        self._note(one)
        if not one.reverses:
            self.pool.put(place, one)
            self._stand(place, one, 1)
            return
        for at, before in self.pool.take_back(place, one):
            self._stand(at, before, -1)
            now = self.pool.payments.get(at)
            if now is not None:
                self._stand(at, now, 1)

    def _note(self, payment: PostedClaim) -> None:
        """Count a payment, whether it remains or not."""
        if payment.paid_on != self.last[0]:
            self.reversing = set()
        self.last = order_of(payment)
        self.count += 1
        self.paid += payment.paid
        for line in payment.lines:
            self.of_lines[line.number] = self.of_lines.get(line.number, 0) + line.paid
        if payment.reverses:
            self.reversing.add(payment.transaction)
        elif payment.number:
            self.told = payment.number
            self.told_fresh = self.told_fresh if payment.repeats else payment.number

    def _stand(self, place: int, payment: PostedClaim, sign: int) -> None:
        """Add a remaining payment, or with sign -1 remove it."""
        answers = _by_line(payment)
        for number, of_line in answers.items():
            self.lines.setdefault(number, _Line()).add(place, payment, of_line, sign)
        pays = _pays(payment)
        for summed in (self.every, self.paying) if pays else (self.every,):
            _whole(summed, payment, sign)
        self.with_money += sign * bool(payment.paid)
        if payment.number and payment.paid > 0:
            _keep(self.numbered, place, sign)
        if _is_fresh(payment):
            for places in (self.fresh, self.fresh_paying) if pays else (self.fresh,):
                _keep(places, place, sign)

    def left(self, charge: int) -> Left:
        """Return what the payments leave of a charge: see `settle`."""
        if not self.count:
            return Left("")
        if not self.pool.places or (self.paid <= 0 and self.with_money) or self.paid < 0:
            return Left(ClaimState.REVERSED, self._number(self.fresh))
        charged = self.pool.charge
        again = charged > charge
        states: set[ClaimState] = set()
        explained = False
        for number, answered_in_all in self.of_lines.items():
            paid = answered_in_all - self.pool.of_lines.get(number, 0)
            answered = self._answered(number, again=again)
            if answered is None:
                states |= {ClaimState.PARTLY_PAID} if paid > 0 else set()
                continue
            explained = explained or bool(answered.positive.get(Meaning.EXPLAINS))
            is_refused = answered.refuses(paid)
            states.add((ClaimState.PARTLY_PAID if paid > 0 else ClaimState.DENIED) if is_refused else ClaimState.PAID)
        beside = sorted(self._beside()) if again else []
        summed = self.paying if again else self.every
        for place in beside:
            _whole(summed, self.pool.payments[place], 1)
        is_refused = summed.refuses(self.paid, explained=explained)
        for place in beside:
            _whole(summed, self.pool.payments[place], -1)
        if self.paid <= 0:
            state = (
                ClaimState.DENIED
                if is_refused or states & {ClaimState.DENIED, ClaimState.PARTLY_PAID}
                else ClaimState.PAID
            )
        elif (
            is_refused
            or states - {ClaimState.PAID}
            or ((states or len(self.pool.places) < self.count) and charged < charge)
        ):
            state = ClaimState.PARTLY_PAID
        else:
            state = ClaimState.PAID
        if not again:
            return Left(state, self._number(self.fresh))
        fresh = [place for place in beside if _is_fresh(self.pool.payments[place])]
        return Left(state, self._number(sorted([*self.fresh_paying[-1:], *fresh])))

    def _answered(self, number: int, *, again: bool) -> _Sum | None:
        """Return the answers to a line that count; None where none remains. `again`: the payer decided repeatedly."""
        line = self.lines.get(number)
        if line is None or not line.places:
            return None
        if not again:
            return line.every
        if line.paying_places:
            return line.paying
        last = self.pool.payments[line.places[-1]]
        summed = _Sum()
        _answer(summed, last, _by_line(last)[number], 1)
        return summed

    def _beside(self) -> set[int]:
        """Return the places of payments that count beside those that pay, where the payer decided repeatedly."""
        places = {line.places[-1] for line in self.lines.values() if line.places and not line.paying_places}
        last = self.pool.places[-1]
        if not self.with_money and not self.pool.payments[last].lines:
            places.add(last)
        return {place for place in places if not _pays(self.pool.payments[place])}

    def _number(self, fresh: list[int]) -> str:
        if self.numbered or fresh:
            return self.pool.payments[(self.numbered or fresh)[-1]].number
        return self.told_fresh or self.told


def _pays(payment: PostedClaim) -> bool:
    return bool(payment.paid) or any(line.paid for line in payment.lines)


def _is_fresh(payment: PostedClaim) -> bool:
    return bool(payment.number) and not payment.repeats


def _whole(summed: _Sum, payment: PostedClaim, sign: int) -> None:
    """Add what a payment says of the claim itself."""
    summed.charge += 0 if payment.lines else sign * payment.charge
    summed.denied += sign * (payment.status == DENIED)
    summed.add(payment.adjustments, sign)
