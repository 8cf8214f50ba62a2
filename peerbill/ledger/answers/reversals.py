"""Which payments of a claim remain after its reversals; a claim may have thousands of both.

X221A1 1.10.2.8 has a reversal take back a payment as a whole: payers take back a line, or another amount, too.
"""

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from itertools import groupby

import attrs

from peerbill.ledger.answers.decisions import PostedClaim, PostedLine, net

_ANY = -(1 << 62)
"""Less than any amount."""


def order_of(one: PostedClaim) -> tuple[str, int, int]:
    """Return the sort key of payments: day and place. Remittances of the same day have no order among them."""
    return one.paid_on, one.transaction, one.position


def standing_of(payments: Sequence[PostedClaim]) -> tuple[list[PostedClaim], Mapping[int, int]]:
    """Return the payments that no reversal took back, in order; the rest of a payment, where a part was taken back.

    With them, by line, what is to be taken off the sum of all that was answered to it: `Pool.of_lines`.
    """
    if len(payments) == 1:
        return ([] if payments[0].reverses else list(payments)), {}
    pool = pool_of(sorted(payments, key=order_of))
    return pool.standing(), pool.of_lines


def pool_of(ordered: Sequence[PostedClaim]) -> "Pool":
    """Return the remaining payments, each under its place in the order."""
    pool = Pool()
    for _, day in groupby(enumerate(ordered), lambda placed: placed[1].paid_on):
        placed = list(day)
        for place, payment in placed:
            if not payment.reverses:
                pool.put(place, payment)
        for _, remittance in groupby(placed, lambda placed: placed[1].transaction):
            _take_back(pool, list(remittance))
    return pool


def _take_back(pool: "Pool", remittance: Sequence[tuple[int, PostedClaim]]) -> None:
    """Let the reversals of a remittance take back earlier payments, and those before them in the same remittance."""
    if not any(payment.reverses for _, payment in remittance):
        return
    own = {place: pool.remove(place) for place, _ in remittance if place in pool.payments}
    for place, payment in remittance:
        if payment.reverses:
            pool.take_back(place, payment)
        elif place in own:
            pool.put(place, own[place])


@attrs.define(eq=False)
class _Places:
    """Places with amounts: finds the first place with at least a given amount, in logarithmic time."""

    height: int = 0
    highest: dict[tuple[int, int], int] = attrs.field(factory=dict)

    def put(self, place: int, amount: int = _ANY) -> None:
        """Give a place an amount, or take it out."""
        while place >> self.height:
            self.highest[self.height + 1, 0] = self.highest.get((self.height, 0), _ANY)
            self.height += 1
        self.highest[0, place] = amount
        for level in range(1, self.height + 1):
            place >>= 1
            below = self.highest.get((level - 1, 2 * place), _ANY), self.highest.get((level - 1, 2 * place + 1), _ANY)
            self.highest[level, place] = max(below)

    def first(self, least: int = _ANY + 1) -> int | None:
        """Return the first place that has at least an amount; None where none has."""
        if self.highest.get((self.height, 0), _ANY) < least:
            return None
        place = 0
        for level in reversed(range(self.height)):
            place *= 2
            if self.highest.get((level, place), _ANY) < least:
                place += 1
        return place


@attrs.define(eq=False)
class Pool:
    """The remaining payments, by their place in the order, and the keys by which a reversal finds them.

    `of_lines` is by line what whole payments that were taken back had paid, less what their reversals name of it: one
    side may name lines and the other the claim alone.
    """

    charge: int = 0
    paid: int = 0
    places: list[int] = attrs.field(factory=list)
    payments: dict[int, PostedClaim] = attrs.field(factory=dict)
    of_lines: dict[int, int] = attrs.field(factory=dict)
    _exact: dict[tuple[str, int, int], list[int]] = attrs.field(factory=dict)
    _parts: "_Parts | None" = None

    def standing(self) -> list[PostedClaim]:
        """Return the payments in order."""
        return [self.payments[place] for place in self.places]

    def put(self, place: int, one: PostedClaim) -> None:
        """Add a payment at a free place."""
        self.payments[place] = one
        insort(self.places, place)
        self.charge += one.charge
        self.paid += one.paid
        for number in {"", one.number}:
            insort(self._exact.setdefault((number, one.charge, one.paid), []), place)
        if self._parts is not None:
            self._parts.put(place, one, one.paid)

    def remove(self, place: int) -> PostedClaim:
        """Take a payment out."""
        payment = self.payments.pop(place)
        del self.places[bisect_left(self.places, place)]
        self.charge -= payment.charge
        self.paid -= payment.paid
        for number in {"", payment.number}:
            places = self._exact[number, payment.charge, payment.paid]
            del places[bisect_left(places, place)]
        if self._parts is not None:
            self._parts.put(place, payment, _ANY)
        return payment

    def is_partial(self, reversal: PostedClaim) -> bool:
        """Return whether a reversal takes back something else than a single payment, or all that is left."""
        exact = self._exact.get(("", -reversal.charge, -reversal.paid))
        whole = (self.charge, self.paid) == (-reversal.charge, -reversal.paid)
        return bool(self.places) and not exact and not whole

    def take_back(self, at: int, reversal: PostedClaim) -> list[tuple[int, PostedClaim]]:
        """Let a reversal at a place take back a payment, all parts of a divided claim, or a part of a payment.

        Return what stood before at the places that it changed.
        """
        if not self.places:
            return []
        for number in (reversal.number, ""):
            exact = self._exact.get((number, -reversal.charge, -reversal.paid))
            if exact:
                # On the same day, a payment that was posted before it is more likely meant.
                place = exact[bisect_left(exact, at) - 1]
                return self._take_whole([place], reversal)
        if (self.charge, self.paid) == (-reversal.charge, -reversal.paid):
            # The parts of a divided claim are taken back together.
            return self._take_whole([*reversed(self.places)], reversal)
        if self._parts is None:
            self._parts = _Parts()
            for place, payment in self.payments.items():
                self._parts.put(place, payment, payment.paid)
        place = self._parts.fitting(reversal)
        taken = self.remove(place)
        left = _less(taken, reversal)
        if left.charge or left.paid:
            self.put(place, left)
        return [(place, taken)]

    def _take_whole(self, places: Sequence[int], reversal: PostedClaim) -> list[tuple[int, PostedClaim]]:
        """Take payments out, and note of their lines what the reversal does not take back itself."""
        taken = [(place, self.remove(place)) for place in places]
        for payment in (*(payment for _, payment in taken), reversal):
            for line in payment.lines:
                self.of_lines[line.number] = self.of_lines.get(line.number, 0) + line.paid
        return taken


@attrs.define(eq=False)
class _Parts:
    """Payments by the lines that they name, and by their number beside: what a reversal of a part finds them by."""

    by_lines: dict[frozenset[int], _Places] = attrs.field(factory=dict)
    by_number: dict[tuple[frozenset[int], str], _Places] = attrs.field(factory=dict)

    def put(self, place: int, one: PostedClaim, paid: int) -> None:
        """Note what a payment paid."""
        lines = frozenset(line.number for line in one.lines)
        self.by_lines.setdefault(lines, _Places()).put(place, paid)
        if one.number:
            self.by_number.setdefault((lines, one.number), _Places()).put(place, paid)

    def fitting(self, reversal: PostedClaim) -> int:
        """Return the place of the payment that a reversal of a part takes from, if any remains.

        It rather has all lines of the reversal, was rather paid enough, and rather has its number; of those that fit as
        well the first: what came after it may be the correction.
        """
        numbers = {line.number for line in reversal.lines}
        there = [lines for lines, places in self.by_lines.items() if places.first() is not None]
        groups = [lines for lines in there if numbers <= lines] or there
        same = [found for lines in groups if (found := self.by_number.get((lines, reversal.number))) is not None]
        for least in (-reversal.paid, _ANY + 1):
            for group in (same, [self.by_lines[lines] for lines in groups]):
                found_at = [place for places in group if (place := places.first(least)) is not None]
                if found_at:
                    return min(found_at)
        raise AssertionError("no payment stands")


def _less(payment: PostedClaim, reversal: PostedClaim) -> PostedClaim:
    """Return a payment less what a reversal took of it, line by line."""
    lines: list[PostedLine] = []
    taken = list(reversal.lines)
    for line in payment.lines:
        back = next((taken_line for taken_line in taken if taken_line.number == line.number), None)
        if back is not None:
            taken.remove(back)
            line = line._replace(  # noqa: PLW2901 - what is left of it
                charge=line.charge + back.charge,
                paid=line.paid + back.paid,
                adjustments=net((*line.adjustments, *back.adjustments)),
            )
        if line.charge or line.paid:
            lines.append(line)
    return payment._replace(
        charge=payment.charge + reversal.charge,
        paid=payment.paid + reversal.paid,
        adjustments=net((*payment.adjustments, *reversal.adjustments)),
        lines=tuple(lines),
    )
