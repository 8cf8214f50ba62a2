"""What claims come to: each service is charged once, and every cent is paid, adjusted, written off or still open.

A claim in force charges; a claim that was replaced, voided, rejected, withdrawn or released does not, but what is still
paid on it is a payment (`sum_claims` counts in the same way). An amount that a payer refused is no adjustment: it is
open until the claim is corrected or written off. Of a claim that went on to a later payer, what the payer before left
is transferred to that payer.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import attrs

from peerbill import codes
from peerbill.ledger import states
from peerbill.ledger.answers.decisions import Meaning, PostedAdjustment
from peerbill.ledger.answers.settle import Settled
from peerbill.ledger.look.figures import ClaimFigures, Figures
from peerbill.model.claim_state import ClaimState
from peerbill.model.money import dollars
from peerbill.report.scope import Scope
from peerbill.report.values import BUCKETS, GROUPS, AgingRow, Amounts, BalanceRow

_LAST_DAYS = (30, 60, 90, 120)


@attrs.define
class Account:
    """What a claim comes to, in cents; `taken` are adjustments by group."""

    claim: ClaimFigures
    counted: int = 0
    charge: int = 0
    transferred: int = 0
    paid: int = 0
    taken: dict[str, int] = attrs.field(factory=dict)
    written_off: int = 0
    waiting: int = 0
    refused: int = 0
    credit: int = 0

    @property
    def adjusted(self) -> int:
        """All adjustments."""
        return sum(self.taken.values())

    @property
    def balance(self) -> int:
        """What is open."""
        return self.waiting + self.refused - self.credit


def accounts(figures: Figures) -> list[Account]:
    """Return what each claim comes to, in the order of their ids."""
    by_id = {claim.claim_id: claim for claim in figures.claims}
    replaced_by = {
        claim.replaces: claim.claim_id for claim in figures.claims if claim.replaces and claim.state not in states.GONE
    }
    found: dict[str, Account] = {}

    def account_of(claim: ClaimFigures, later: frozenset[str] = frozenset()) -> Account:
        if claim.claim_id not in found:
            later |= {claim.claim_id}
            earlier = _in_force(claim.follows, by_id, replaced_by) if claim.standing else None
            # No ledger of ours has claims that follow each other in a circle; one from another hand ends here.
            if earlier is not None and earlier.claim_id in later:
                earlier = None
            before = account_of(earlier, later) if earlier is not None else None
            found[claim.claim_id] = _account(claim, figures, before)
        return found[claim.claim_id]

    return [account_of(claim) for claim in figures.claims]


def _in_force(claim_id: str, by_id: Mapping[str, ClaimFigures], replaced_by: Mapping[str, str]) -> ClaimFigures | None:
    """Return a claim, or the claim that took its place; None where none of them is in force."""
    claim = by_id.get(claim_id)
    while claim is not None and not claim.standing:
        claim = by_id.get(replaced_by.get(claim.claim_id, ""))
    return claim


def _account(claim: ClaimFigures, figures: Figures, earlier: Account | None) -> Account:
    account = Account(claim, paid=claim.paid)
    if not claim.standing:
        _leave(account, -claim.paid, 0)
        return account
    taken, refused = _taken(claim, figures)
    if not claim.follows:
        account.counted, account.charge = 1, claim.charge
        account.taken = _by_group(taken)
        _leave(account, claim.charge - claim.paid - account.adjusted, refused)
        return account
    handed_over = earlier is not None and _hand_over(earlier, account)
    # What the payers before decided (OA 23) is in their own rows: it is no adjustment of this payer.
    account.taken = _by_group({key: cents for key, cents in taken.items() if not _is_of_prior_payer(*key)})
    left = account.transferred - claim.paid - account.adjusted
    if handed_over and claim.state == ClaimState.PAID and left:
        # The payers disagree on what was left: this payer has decided, and the difference is its adjustment.
        account.taken["OA"] = account.taken.get("OA", 0) + left
        left = 0
    _leave(account, left, refused)
    return account


def _hand_over(earlier: Account, later: Account) -> bool:
    """Transfer what a payer left to the next payer: what the member would owe, and what it refused.

    Nothing is where it has not decided, or has taken its payment back: its claim is open again, and what the next payer
    paid on it is a credit.
    """
    if earlier.claim.state not in _LEAVES_A_REST:
        return False
    amount = earlier.taken.pop("PR", 0) + earlier.waiting + earlier.refused
    earlier.waiting = earlier.refused = 0
    earlier.transferred -= amount
    later.transferred += amount
    return True


_LEAVES_A_REST = frozenset({ClaimState.PAID, ClaimState.PARTLY_PAID, ClaimState.DENIED, ClaimState.WRITTEN_OFF})


def _leave(account: Account, left: int, refused: int) -> None:
    """Divide what is left of a claim: written off, refused, waiting, or a credit."""
    state = account.claim.state
    if left < 0:
        account.credit = -left
    elif state == ClaimState.WRITTEN_OFF:
        account.written_off = left
    elif state in (ClaimState.DENIED, ClaimState.REVERSED):
        account.refused = left
    else:
        account.refused = min(refused, left)
        account.waiting = left - account.refused


# Adjustments

Taken = Mapping[tuple[str, str], int]


def _taken(claim: ClaimFigures, figures: Figures) -> tuple[Taken, int]:
    """Return the adjustments of a claim that are settled, by group and reason, and what of it was refused."""
    if claim.claim_id in figures.paid_off:
        return figures.paid_off[claim.claim_id], 0
    settled = figures.settled.get(claim.claim_id)
    return ({}, 0) if settled is None else _divided(settled, claim.paid)


def _divided(settled: Settled, paid: int) -> tuple[Taken, int]:
    """Divide the adjustments of a claim and of its lines: those that are settled, and what was refused."""
    taken: dict[tuple[str, str], int] = defaultdict(int)
    refused = 0
    parts = [(settled.adjustments, paid, "" if settled.lines else settled.state)]
    parts += [(line.adjustments, line.paid, line.state) for line in settled.lines.values()]
    for adjustments, of_part, state in parts:
        denied = [one for one in adjustments if _denies(one, of_part)]
        if state == ClaimState.DENIED and not denied:
            denied = [one for one in adjustments if one.cents > 0]
        refused += sum(one.cents for one in denied)
        for one in adjustments:
            if one not in denied:
                taken[one.group, one.reason] += one.cents
    return taken, refused


def _denies(adjustment: PostedAdjustment, paid: int) -> bool:
    return adjustment.meaning is Meaning.DENIES or (adjustment.meaning is Meaning.DENIES_UNPAID and paid <= 0)


def _is_of_prior_payer(group: str, reason: str) -> bool:
    return codes.adjustment_effect(group, reason) == codes.PRIOR_PAYER


def _by_group(taken: Taken) -> dict[str, int]:
    groups: dict[str, int] = defaultdict(int)
    for (group, _), cents in taken.items():
        groups[group] += cents
    return dict(groups)


# Sums


@attrs.define
class _Sum:
    """What several claims come to, in cents."""

    counted: int = 0
    charge: int = 0
    transferred: int = 0
    paid: int = 0
    written_off: int = 0
    waiting: int = 0
    refused: int = 0
    credit: int = 0
    taken: dict[str, int] = attrs.field(factory=dict)

    def add(self, other: "Account | _Sum") -> None:
        """Add a claim, or several."""
        self.counted += other.counted
        self.charge += other.charge
        self.transferred += other.transferred
        self.paid += other.paid
        self.written_off += other.written_off
        self.waiting += other.waiting
        self.refused += other.refused
        self.credit += other.credit
        for group, cents in other.taken.items():
            self.taken[group] = self.taken.get(group, 0) + cents

    def amounts(self) -> Amounts:
        """Return it in dollars."""
        adjusted = sum(self.taken.values())
        co, pr, oa, pi = (self.taken.get(group, 0) for group in GROUPS)
        return Amounts(
            claims=self.counted,
            charges=dollars(self.charge),
            transferred=dollars(self.transferred),
            payments=dollars(self.paid),
            adjustments=dollars(adjusted),
            co=dollars(co),
            pr=dollars(pr),
            oa=dollars(oa),
            pi=dollars(pi),
            other=dollars(adjusted - co - pr - oa - pi),
            written_off=dollars(self.written_off),
            balance=dollars(self.waiting + self.refused - self.credit),
            waiting=dollars(self.waiting),
            refused=dollars(self.refused),
            credit=dollars(self.credit),
        )


def balance_rows(some: Iterable[Account]) -> tuple[BalanceRow, ...]:
    """Return what claims come to by month of service and payer, by month, by payer, and in all, in this order."""
    both: dict[tuple[str, str], _Sum] = defaultdict(_Sum)
    for account in some:
        both[account.claim.first_day[:7], account.claim.payer].add(account)
    sums: dict[tuple[str, str], _Sum] = defaultdict(_Sum, {("", ""): _Sum()})
    for (month, payer), summed in both.items():
        for key in ((month, payer), (month, ""), ("", payer), ("", "")):
            sums[key].add(summed)

    def place(key: tuple[str, str]) -> tuple[bool, bool, str, str]:
        month, payer = key
        return not month, not payer, month, payer

    return tuple(BalanceRow(*key, sums[key].amounts()) for key in sorted(sums, key=place))


def aging_rows(some: Iterable[Account], scope: Scope) -> tuple[AgingRow, ...]:
    """Return the open balances by age and payer, and in all: since the day of service, then since billing."""
    several = [account for account in some if account.balance]
    rows: list[AgingRow] = []
    for since in ("service", "billed"):
        sums: dict[str, list[list[int]]] = defaultdict(lambda: [[0, 0] for _ in BUCKETS])
        sums[""]  # all payers have a row where nothing is open
        for account in several:
            day = account.claim.first_day if since == "service" else account.claim.sent_on
            at = bucket((scope.as_of - scope.as_of.fromisoformat(day)).days)
            for payer in (account.claim.payer, ""):
                sums[payer][at][0] += account.balance
                sums[payer][at][1] += 1
        rows += [
            AgingRow(
                since,
                payer,
                tuple(dollars(cents) for cents, _ in found),
                tuple(count for _, count in found),
                dollars(sum(cents for cents, _ in found)),
            )
            for payer, found in sorted(sums.items(), key=lambda item: (not item[0], item[0]))
        ]
    return tuple(rows)


def bucket(age: int) -> int:
    """Return the place in BUCKETS of an age in days.

    >>> [bucket(age) for age in (-1, 0, 30, 31, 60, 61, 90, 91, 120, 121)]
    [0, 0, 0, 1, 1, 2, 2, 3, 3, 4]
    """
    return sum(age > last for last in _LAST_DAYS)
