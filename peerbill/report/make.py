"""A report, made from the figures of a ledger, a workspace and its audit. Pure."""

from collections import defaultdict
from collections.abc import Mapping

from peerbill.checks.audit import Audit
from peerbill.coding.context import Context
from peerbill.ledger.look.figures import Figures
from peerbill.model.money import dollars
from peerbill.model.records import Records
from peerbill.report.balances import accounts, aging_rows, balance_rows
from peerbill.report.decisions import denial_rows, first_pass_rows, rejection_rows
from peerbill.report.delays import delays
from peerbill.report.deposits import deposits
from peerbill.report.scope import Scope, every_month
from peerbill.report.values import AgencyReport, PaymentRow
from peerbill.report.workspace import contacts, staff_rows, unbilled_rows


def make_report(
    records: Records, audit: Audit, contexts: Mapping[str, Context], figures: Figures | None, scope: Scope
) -> AgencyReport:
    """Return the report of a workspace; `figures` is None where there is no ledger."""
    ledger = figures if figures is not None else Figures()
    wanted = [account for account in accounts(ledger) if scope.wants(account.claim.first_day, account.claim.payer)]
    some = contacts(records, audit, contexts, scope)
    return AgencyReport(
        as_of=scope.as_of,
        organization=records.settings.organization.name,
        from_=scope.from_,
        to=scope.to,
        payers=scope.payers,
        ledger=figures is not None,
        tests=ledger.tests,
        months=every_month(account.claim.first_day[:7] for account in wanted),
        balances=balance_rows(wanted),
        payments=_payments(ledger, scope),
        aging=aging_rows(wanted, scope),
        deposits=deposits(ledger, scope),
        staff=staff_rows(some, ledger, scope),
        denials=denial_rows(ledger, scope),
        first_pass=first_pass_rows(ledger, scope),
        rejections=rejection_rows(ledger, scope),
        delays=delays(ledger, {encounter.encounter_id: encounter for encounter in records.encounters}, scope),
        encounters=len(some),
        billed=sum(contact.audited.status == "billed" for contact in some),
        unbilled=unbilled_rows(some, audit, records.settings),
    )


def _payments(figures: Figures, scope: Scope) -> tuple[PaymentRow, ...]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in figures.paid:
        if scope.wants(row.day, row.payer):
            summed = sums[row.day[:7], row.payer]
            for at, number in enumerate((row.payments, row.paid, row.taken_back)):
                summed[at] += number
    return tuple(
        PaymentRow(month, payer, count, dollars(paid), dollars(back), dollars(paid - back))
        for (month, payer), (count, paid, back) in sorted(sums.items())
    )
