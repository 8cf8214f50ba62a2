"""The sections of a report on money: charges and balance, payments, aging, deposits."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

import attrs

from peerbill import codes
from peerbill.report import texts
from peerbill.report.parts import (
    NOTHING,
    Column,
    Kind,
    Plot,
    Row,
    Section,
    Series,
    Table,
    each,
    summed_table,
    titled,
    total,
)
from peerbill.report.scope import every_month
from peerbill.report.values import BUCKETS, AgencyReport, AgingRow, Amounts, BalanceRow, Deposit

_AMOUNTS: tuple[tuple[str, str], ...] = (
    ("Charges", "charges"),
    ("Transferred", "transferred"),
    ("Payments", "payments"),
    ("CO", "co"),
    ("PR", "pr"),
    ("OA", "oa"),
    ("PI", "pi"),
    ("Other", "other"),
    ("Written off", "written_off"),
    ("Balance", "balance"),
    ("Waiting", "waiting"),
    ("Refused", "refused"),
    ("Credit", "credit"),
)
_RARE = {"transferred", "other"}
"""Amounts that have a column only where one of them is not zero."""


def balances(report: AgencyReport) -> Section:
    """Return what was charged, paid and is open, by month of service and payer."""
    by_month = {row.month: row for row in report.balances if row.month and not row.payer}
    by_payer = [row for row in report.balances if row.payer and not row.month]
    both = [row for row in report.balances if row.payer and row.month]
    shown = [
        (title, name)
        for title, name in _AMOUNTS
        if name not in _RARE or any(getattr(row.amounts, name) for row in report.balances)
    ]
    numbers = titled(Kind.COUNT, "Claims") + titled(Kind.MONEY, *(title for title, _ in shown))

    def cells(amounts: Amounts) -> Row:
        return amounts.claims, *(getattr(amounts, name) for _, name in shown)

    months = [by_month.get(month) or BalanceRow(month, "", no_amounts()) for month in report.months]
    parts = (
        ("paid", "payments"),
        ("adjusted", "adjustments"),
        ("written off", "written_off"),
        ("waiting", "waiting"),
        ("refused", "refused"),
    )
    plot = Plot(
        "charges-plot",
        "What became of the charges, by month of service",
        "stacked",
        Kind.MONEY,
        report.months,
        tuple(Series(name, tuple(getattr(row.amounts, field) for row in months)) for name, field in parts),
    )
    return Section(
        "charges",
        "Charges, payments and balance by month of service",
        texts.CHARGES,
        (plot,),
        (
            Table(
                "by-month",
                "By month of service",
                "By month of service",
                (Column("Month"), *numbers),
                tuple((row.month, *cells(row.amounts)) for row in months),
                ("All months", *cells(report.total)),
            ),
            Table(
                "by-payer",
                "By payer",
                "By payer",
                (Column("Payer"), *numbers),
                tuple((row.payer, *cells(row.amounts)) for row in by_payer),
                ("All payers", *cells(report.total)),
            ),
            Table(
                "by-month-and-payer",
                "By month and payer",
                "By month of service and payer",
                (Column("Month"), Column("Payer"), *numbers),
                tuple((row.month, row.payer, *cells(row.amounts)) for row in both),
                ("All", "", *cells(report.total)),
                heads=2,
            ),
        ),
    )


def no_amounts() -> Amounts:
    """Return what no claim comes to."""
    return Amounts(0, *(NOTHING,) * (len(attrs.fields(Amounts)) - 1))


def payments(report: AgencyReport) -> Section:
    """Return what payers paid, by month of payment."""
    months = every_month(row.month for row in report.payments)
    net = defaultdict[tuple[str, str], Decimal](lambda: NOTHING)
    for row in report.payments:
        net[row.month, row.payer] += row.net
    plot = Plot(
        "payments-plot",
        "Payments less what was taken back, by month of payment and payer",
        "grouped",
        Kind.MONEY,
        months,
        tuple(
            Series(payer, tuple(net[month, payer] for month in months))
            for payer in each(row.payer for row in report.payments)
        ),
    )
    table = summed_table(
        "payments-table",
        "Payments by month",
        "By month of payment and payer",
        (
            *titled(Kind.TEXT, "Month", "Payer"),
            *titled(Kind.COUNT, "Payments"),
            *titled(Kind.MONEY, "Paid", "Taken back", "Net"),
        ),
        (
            (row.month or "not known", row.payer, row.payments, row.paid, row.taken_back, row.net)
            for row in report.payments
        ),
        heads=2,
    )
    return Section("payments", "Payments by month of payment", texts.PAYMENTS, (plot,), (table,))


def aging(report: AgencyReport) -> Section:
    """Return the open balance by age."""
    since = {name: [row for row in report.aging if row.since == name] for name in ("service", "billed")}
    plot = Plot(
        "aging-plot",
        "Open balance by age in days since the service, and payer",
        "grouped",
        Kind.MONEY,
        BUCKETS,
        tuple(Series(row.payer, row.amounts) for row in since["service"] if row.payer),
    )
    return Section(
        "aging",
        "Age of the open balance",
        texts.AGING,
        (plot,),
        (
            _aging_table("aging-service", "Age since service", "Days since the day of service", since["service"]),
            _aging_table("aging-billed", "Age since billing", "Days since the claim was sent", since["billed"]),
        ),
    )


def _aging_table(key: str, sheet: str, caption: str, rows: Sequence[AgingRow]) -> Table:
    def cells(name: str, row: AgingRow) -> Row:
        return name, *row.amounts, row.balance, sum(row.claims)

    (of_all,) = (row for row in rows if not row.payer)
    return Table(
        key,
        sheet,
        caption,
        (
            Column("Payer"),
            *titled(Kind.MONEY, *(f"{bucket} days" for bucket in BUCKETS), "Balance"),
            Column("Claims", Kind.COUNT),
        ),
        tuple(cells(row.payer, row) for row in rows if row.payer),
        cells("All payers", of_all),
    )


def deposits(report: AgencyReport) -> Section:
    """Return the remittances, and what the bank should show of each."""
    months = every_month(_month(row) for row in report.deposits)
    of_month: dict[tuple[str, str], list[Deposit]] = defaultdict(list)
    for row in report.deposits:
        of_month[_month(row), row.payer].append(row)
    plot = Plot(
        "deposits-plot",
        "What the bank should show, by month and payer",
        "grouped",
        Kind.MONEY,
        months,
        tuple(
            Series(payer, tuple(total(row.bank for row in of_month.get((month, payer), ())) for month in months))
            for payer in each(row.payer for row in report.deposits)
        ),
    )
    summed = ("amount", "unmatched", "plb", "bank")
    by_month = summed_table(
        "deposits-by-month",
        "Deposits by month",
        "By month and payer",
        (
            *titled(Kind.TEXT, "Month", "Payer"),
            *titled(Kind.COUNT, "Remittances"),
            *titled(Kind.MONEY, "Amount", "Unmatched", "PLB", "Bank"),
        ),
        (
            (
                month or "not known",
                payer,
                len(rows),
                *(total(getattr(row, name) for row in rows) for name in summed),
            )
            for (month, payer), rows in sorted(of_month.items())
        ),
        heads=2,
    )
    return Section(
        "deposits", "Deposits", texts.DEPOSITS, (plot,), (by_month, _remittances(report.deposits), _plb(report))
    )


def _remittances(rows: Iterable[Deposit]) -> Table:
    names = ("amount", "claims", "tests", "apart", "unmatched", "plb", "difference", "bank")
    titles = ("Amount", "On claims", "On tests", "Apart", "Unmatched", "PLB", "Difference", "Bank")
    return summed_table(
        "deposits-table",
        "Deposits",
        "Remittances by day",
        (
            *titled(Kind.DAY, "Day"),
            *titled(Kind.TEXT, "EFT or check", "Payer", "Method"),
            *titled(Kind.COUNT, "Payments"),
            *titled(Kind.MONEY, *titles),
        ),
        (
            (
                row.paid_on,
                row.trace or "no number",
                row.payer,
                row.method if row.posted else f"not posted ({row.item})",
                row.payments,
                *(getattr(row, name) for name in names),
            )
            for row in rows
        ),
        heads=3,
    )


def _plb(report: AgencyReport) -> Table:
    return Table(
        "plb-table",
        "PLB",
        "Taken off or added beside the claims (PLB)",
        (
            *titled(Kind.DAY, "Day"),
            *titled(Kind.TEXT, "EFT or check", "Payer", "Code", "Meaning"),
            *titled(Kind.MONEY, "Taken off"),
        ),
        tuple(
            (row.paid_on, row.trace or "no number", row.payer, code, _beside(code), amount)
            for row in report.deposits
            for code, amount in row.plb_codes
        ),
        # That of the remittances: theirs counts, should the codes not add up to it.
        ("All", "", "", "", "", total(row.plb for row in report.deposits)),
        heads=3,
    )


def _month(row: Deposit) -> str:
    return "" if row.paid_on is None else row.paid_on.isoformat()[:7]


def _beside(code: str) -> str:
    found = codes.provider_adjustment(code)
    return found.words if found is not None else "a code not known here"
