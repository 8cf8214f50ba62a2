"""The remittances of a period: what each pays, what of it is on claims, and what the bank should show."""

from collections.abc import Iterator

from peerbill.ledger.look.figures import Figures, RefusedRemittance, RemittanceFigures
from peerbill.ledger.store.tables import day_of
from peerbill.model.money import dollars
from peerbill.report.scope import Scope
from peerbill.report.values import Deposit

_NO_PAYMENT = "NON"
_NOTICE = "H"
"""BPR01 of a remittance that only notifies."""


def deposits(figures: Figures, scope: Scope) -> tuple[Deposit, ...]:
    """Return the remittances of the period, by day; those that answer tests alone are left out."""
    found = [*_posted(figures, scope), *_refused(figures, scope)]
    return tuple(sorted(found, key=lambda one: (one.paid_on is None, one.paid_on or scope.as_of, one.trace, one.item)))


def _posted(figures: Figures, scope: Scope) -> Iterator[Deposit]:
    for row in figures.remittances:
        only_tests = row.test_payments and not (row.payments or row.unmatched_payments or row.apart or row.beside)
        payer = _payer(row, scope)
        wanted = scope.wants_day(row.paid_on) and (
            scope.wants_payer(payer) or not set(row.payers).isdisjoint(scope.payers)
        )
        if only_tests or not wanted:
            continue
        yields = not row.misdirected and row.method != _NO_PAYMENT and row.handling != _NOTICE
        yield Deposit(
            item="",
            paid_on=day_of(row.paid_on),
            trace=row.trace,
            method=row.method,
            payer=payer,
            amount=dollars(row.amount),
            payments=row.payments,
            claims=dollars(row.claims),
            tests=dollars(row.tests),
            apart=dollars(row.apart),
            unmatched=dollars(row.unmatched),
            unmatched_payments=row.unmatched_payments,
            plb=dollars(row.beside),
            plb_codes=tuple((code, dollars(amount)) for code, amount in row.codes),
            difference=dollars(row.difference),
            bank=dollars(row.amount if yields else 0),
            posted=True,
        )


def _refused(figures: Figures, scope: Scope) -> Iterator[Deposit]:
    nothing = dollars(0)
    for row in figures.refused:
        payer = _payer(row, scope)
        if scope.wants(row.paid_on, payer):
            yield Deposit(
                item=f"R{row.number}",
                paid_on=day_of(row.paid_on),
                trace=row.trace,
                method="",
                payer=payer,
                amount=dollars(row.amount),
                payments=0,
                claims=nothing,
                tests=nothing,
                apart=nothing,
                unmatched=nothing,
                unmatched_payments=0,
                plb=nothing,
                plb_codes=(),
                difference=dollars(row.amount),
                bank=dollars(row.amount),
                posted=False,
            )


def _payer(row: RemittanceFigures | RefusedRemittance, scope: Scope) -> str:
    """Return the key of the payer of a remittance, or the name that it gives."""
    keys = row.payers if isinstance(row, RemittanceFigures) else ()
    return keys[0] if len(keys) == 1 else scope.names.get(row.payer_id, row.payer_name or row.payer_id)
