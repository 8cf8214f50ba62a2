"""Ledgers in which every kind of thing happened to claims, made through the real tables, and their reports."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import attrs
from office import Office
from payer import Decision, Paid, SentClaim, SentFile, SentLine, ack277, denied, in_full, reduced, remit, reversal

from peerbill.ledger.corrections import write_off
from peerbill.ledger.look.claims import Sums, sum_claims
from peerbill.ledger.look.figures import Figures, read_figures
from peerbill.ledger.look.history import reading
from peerbill.ledger.send.runs import bill_run
from peerbill.model.claim import Claim
from peerbill.report.balances import Account, accounts, aging_rows, balance_rows
from peerbill.report.deposits import deposits
from peerbill.report.scope import Scope
from peerbill.report.values import AgingRow, BalanceRow, Deposit

AS_OF = dt.date(2026, 5, 15)


def share(line: SentLine) -> Paid:
    """Pay three quarters; the rest is the member's coinsurance."""
    amount = line.charge * 3 / 4
    return Paid(amount, (("PR", "2", line.charge - amount),))


def cut(line: SentLine) -> Paid:
    """Pay the half; an eighth is the contract's, the rest is refused."""
    return Paid(line.charge / 2, (("CO", "45", line.charge / 8), ("CO", "119", line.charge * 3 / 8)))


def member_denied(line: SentLine) -> Paid:
    """Pay nothing: not covered, and left to the member."""
    return Paid(Decimal(0), (("PR", "96", line.charge),))


def too_much(line: SentLine) -> Paid:
    """Pay more than was charged."""
    return Paid(line.charge + 5, (("OA", "94", Decimal(-5)),))


def rest_of(earlier: Decimal) -> Callable[[SentLine], Paid]:
    """Pay what another payer left of a line; that payer's part is OA 23."""
    return lambda line: Paid(line.charge - earlier, (("OA", "23", earlier),))


PAYS = {
    "in full": in_full,
    "reduced": reduced,
    "share": share,
    "cut": cut,
    "denied": denied,
    "member denied": member_denied,
    "too much": too_much,
}
STORIES = (
    "nothing", "rejected", *PAYS, "taken back", "paid anew", "denied twice", "written off", "voided", "void confirmed",
    "replaced", "replaced and paid", "next payer", "next payer paid", "next payer denied",
    "next payer pays by its own schedule",
    "next payer paid first taken back", "next payer paid first voided", "next payer paid first replaced",
    "rejected and billed again", "unmatched",
)  # fmt: skip


@attrs.define
class Storyteller:
    """Lets things happen to the claims of an office."""

    office: Office
    control: int = 0

    def post(self, file: SentFile, *decisions: Decision, **more: Any) -> None:
        """Post a remittance of its own number."""
        self.control += 1
        self.office.post(remit(file, decisions, trace=f"EFT{self.control}", control=self.control, **more))

    def tell(self, file: SentFile, claim: SentClaim, story: str, numbers: Sequence[int]) -> None:
        """Let a story happen to a claim; `numbers` are those of its encounters."""
        if story in PAYS:
            self.post(file, Decision(claim, PAYS[story]))
            return
        getattr(self, "_" + story.replace(" ", "_"), lambda *_: None)(file, claim, numbers)

    def _rejected(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> None:
        del numbers
        self.control += 1
        self.office.post(ack277(attrs.evolve(file, claims=(claim,)), lambda _: "A7:562:85", control=self.control))

    def _rejected_and_billed_again(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> None:
        self._rejected(file, claim, numbers)
        for again in self.office.send(numbers):
            self.post(again, *(Decision(one, reduced) for one in again.claims))

    def _taken_back(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> None:
        del numbers
        self.post(file, Decision(claim, reduced))
        self.post(file, reversal(claim, reduced), plb=[("WO", "1", -sum(in_full(x).amount for x in claim.lines))])

    def _paid_anew(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> None:
        del numbers
        self.post(file, Decision(claim, in_full))
        self.post(file, reversal(claim, in_full), Decision(claim, cut))

    def _denied_twice(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> None:
        del numbers
        self.post(file, Decision(claim, denied))
        self.post(file, Decision(claim, member_denied))

    def _written_off(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> None:
        del numbers
        self.post(file, Decision(claim, cut))
        with bill_run(self.office.ledger()) as run:
            write_off(run, [claim.claim_id], "not worth an appeal")

    def _voided(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> SentFile:
        del numbers
        self.post(file, Decision(claim, reduced))
        return self.office.correct(claim.claim_id, "8")

    def _void_confirmed(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> None:
        self._voided(file, claim, numbers)
        self.post(file, reversal(claim, reduced))

    def _replaced(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> SentFile:
        del numbers
        self.post(file, Decision(claim, reduced))
        return self.office.correct(claim.claim_id, "7")

    def _replaced_and_paid(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> None:
        corrected = self._replaced(file, claim, numbers)
        self.post(file, reversal(claim, reduced))
        self.post(corrected, *(Decision(one, in_full) for one in corrected.claims))

    def _unmatched(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> None:
        del numbers
        other = attrs.evolve(claim, claim_id="SOMEBODY", subscriber_id="ELSE", lines=tuple(
            attrs.evolve(line, line_id="X", day="20250101") for line in claim.lines
        ))  # fmt: skip
        self.post(file, Decision(other, in_full, number="NOTOURS"), plb=[("L6", "INT", Decimal("-1.25"))])

    def _next_payer(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> SentFile:
        """Pay a part, and send the claim on to the other payer."""
        del numbers
        self.post(file, Decision(claim, share))
        sent = self.office.built[claim.claim_id]
        other = self.office.settings.payers["south" if sent.payer == "north" else "north"]

        def build(ids: Iterator[str]) -> Sequence[Claim]:
            id_ = next(ids)
            lines = tuple(attrs.evolve(line, line_id=f"{id_}-{n}") for n, line in enumerate(sent.lines, start=1))
            return [attrs.evolve(sent, claim_id=id_, payer=other.key, follows=sent.claim_id, lines=lines)]

        (later,) = self.office.send((), build)
        return later

    def _next_payer_paid(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> None:
        later = self._next_payer(file, claim, numbers)
        self.post(later, *(Decision(one, rest_of(Decimal("36.00"))) for one in later.claims))

    def _next_payer_denied(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> None:
        later = self._next_payer(file, claim, numbers)
        self.post(later, *(Decision(one, denied) for one in later.claims))

    def _next_payer_paid_first_taken_back(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> None:
        self._next_payer_paid(file, claim, numbers)
        self.post(file, reversal(claim, share))

    def _next_payer_paid_first_voided(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> None:
        self._next_payer_paid(file, claim, numbers)
        self.office.correct(claim.claim_id, "8")

    def _next_payer_paid_first_replaced(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> None:
        self._next_payer_paid(file, claim, numbers)
        corrected = self.office.correct(claim.claim_id, "7")
        self.post(file, reversal(claim, share))
        self.post(corrected, *(Decision(one, share) for one in corrected.claims))

    def _next_payer_pays_by_its_own_schedule(self, file: SentFile, claim: SentClaim, numbers: Sequence[int]) -> None:
        later = self._next_payer(file, claim, numbers)
        self.post(later, *(Decision(one, cut) for one in later.claims))


@attrs.frozen
class Sections:
    """The parts of a report that a ledger alone makes, and the sums of `claims`."""

    figures: Figures
    sums: Sums
    accounts: tuple[Account, ...]
    balances: tuple[BalanceRow, ...]
    aging: tuple[AgingRow, ...]
    deposits: tuple[Deposit, ...]


def sections(office: Office, scope: Scope | None = None) -> Sections:
    """Return the report of an office's ledger."""
    scope = scope or Scope(AS_OF)
    with reading(office.url, office.folder) as connection:
        assert connection is not None
        figures, sums = read_figures(connection), sum_claims(connection, ())
    wanted = [one for one in accounts(figures) if scope.wants(one.claim.first_day, one.claim.payer)]
    return Sections(
        figures, sums, tuple(wanted), balance_rows(wanted), aging_rows(wanted, scope), deposits(figures, scope)
    )
