"""A report as its title, its main figures and its sections, which the page and the workbook both show."""

from peerbill.model.plural import counted
from peerbill.report.money_sections import aging, balances, deposits, payments
from peerbill.report.parts import Figure, Kind, Section, total
from peerbill.report.values import AgencyReport
from peerbill.report.work_sections import delays, denials, first_pass, staff, unbilled
from peerbill.report.workspace import percent


def heading(report: AgencyReport) -> str:
    """Return the title of a report."""
    return f"{report.organization}: report as of {report.as_of}"


def subject(report: AgencyReport) -> tuple[str, ...]:
    """Return what a report is about, and what it leaves out, in sentences."""
    payers = f"payers {', '.join(report.payers)}" if report.payers else "all payers"
    sentences = [
        f"Services of all days, {payers}. The ledger is taken as it is now; ages are counted to {report.as_of}."
    ]
    if report.from_ or report.to:
        days = " ".join(
            (*([f"from {report.from_}"] if report.from_ else []), *([f"to {report.to}"] if report.to else []))
        )
        sentences = [
            (
                f"Services {days}, {payers}. Payments, deposits and denials are those of remittances {days}, the "
                f"first-pass rate is that of claims sent {days}, and rejections are those of answers {days}."
            ),
            f"The ledger is taken as it is now; ages are counted to {report.as_of}.",
        ]
    if not report.ledger:
        sentences.append("There is no ledger yet: nothing was billed from this workspace. The first bill makes one.")
    elif not report.total.claims and not report.payments:
        sentences.append("The ledger has no claim of these days and payers.")
    if report.tests:
        sentences.append(f"{counted(report.tests, 'claim')} sent as tests are in no figure.")
    return tuple(sentences)


def headline(report: AgencyReport) -> tuple[Figure, ...]:
    """Return the figures at the top."""
    every = report.total
    answered = sum(row.sent - row.waiting for row in report.first_pass)
    rate = percent(sum(row.paid for row in report.first_pass), answered) if answered else None
    left = sum(row.encounters for row in report.unbilled)
    return (
        Figure("Charges", every.charges, Kind.MONEY, counted(every.claims, "claim")),
        Figure("Payments", every.payments, Kind.MONEY),
        Figure("Adjustments", every.adjustments, Kind.MONEY),
        Figure("Balance", every.balance, Kind.MONEY, "waiting and refused, less credit"),
        Figure("Bank", total(row.bank for row in report.deposits), Kind.MONEY, "what the bank should show"),
        Figure("First pass", rate, Kind.SHARE, f"of {counted(answered, 'answered claim')}"),
        Figure("Not billed", total(row.amount for row in report.unbilled), Kind.MONEY, counted(left, "encounter")),
    )


def sections(report: AgencyReport) -> tuple[Section, ...]:
    """Return the sections of a report in their order."""
    return (
        balances(report),
        payments(report),
        aging(report),
        deposits(report),
        staff(report),
        denials(report),
        first_pass(report),
        delays(report),
        unbilled(report),
    )
