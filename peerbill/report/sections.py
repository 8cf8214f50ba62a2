"""A report as sections of tables and plots: what the page and the workbook both show."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum

import attrs

from peerbill import codes
from peerbill.model.plural import counted
from peerbill.report import texts
from peerbill.report.scope import every_month
from peerbill.report.values import BUCKETS, STEPS, AgencyReport, AgingRow, Amounts, BalanceRow, Deposit, StaffRow
from peerbill.report.workspace import percent

Cell = str | int | Decimal | dt.date | None
Row = tuple[Cell, ...]

MOST_PLOTTED = 20
"""How many staff members a plot shows."""

MOST_MONTHS = 12
"""How many months a table of reasons by month shows."""

MOST_REASONS = 4
"""How many reasons a plot tells apart."""

NOTHING = Decimal("0.00")


class Kind(StrEnum):
    """What the cells of a column are, beside None."""

    TEXT = "text"
    MONEY = "money"
    COUNT = "count"
    HOURS = "hours"
    SHARE = "share"
    DAY = "day"


@attrs.frozen
class Column:
    """A column: its title and what its cells are."""

    title: str
    kind: Kind = Kind.TEXT


@attrs.frozen
class Table:
    """A table; `key` is its id, `sheet` its name in a workbook, `heads` how many columns name the row."""

    key: str
    sheet: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None = None
    heads: int = 1


@attrs.frozen
class Series:
    """A series of a plot: a value for each category; None where there is none."""

    name: str
    values: tuple[Decimal | None, ...]


@attrs.frozen
class Plot:
    """Bars, one on the other or as parts of one, or lines; the same figures are in a table beside it."""

    key: str
    title: str
    shape: str
    kind: Kind
    categories: tuple[str, ...]
    series: tuple[Series, ...]


@attrs.frozen
class Section:
    """A part of a report: what it says, its plots and its tables."""

    key: str
    title: str
    texts: tuple[str, ...]
    plots: tuple[Plot, ...]
    tables: tuple[Table, ...]


@attrs.frozen
class Figure:
    """A figure at the top of a report."""

    name: str
    value: Cell
    kind: Kind
    note: str = ""


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
    total = report.total
    answered = sum(row.sent - row.waiting for row in report.first_pass)
    rate = percent(sum(row.paid for row in report.first_pass), answered) if answered else None
    unbilled = sum(row.encounters for row in report.unbilled)
    return (
        Figure("Charges", total.charges, Kind.MONEY, counted(total.claims, "claim")),
        Figure("Payments", total.payments, Kind.MONEY),
        Figure("Adjustments", total.adjustments, Kind.MONEY),
        Figure("Balance", total.balance, Kind.MONEY, "waiting and refused, less credit"),
        Figure("Bank", _sum(row.bank for row in report.deposits), Kind.MONEY, "what the bank should show"),
        Figure("First pass", rate, Kind.SHARE, f"of {counted(answered, 'answered claim')}"),
        Figure("Not billed", _sum(row.amount for row in report.unbilled), Kind.MONEY, counted(unbilled, "encounter")),
    )


def sections(report: AgencyReport) -> tuple[Section, ...]:
    """Return the sections of a report in their order."""
    return (
        _balances(report),
        _payments(report),
        _aging(report),
        _deposits(report),
        _staff(report),
        _denials(report),
        _first_pass(report),
        _delays(report),
        _unbilled(report),
    )


# Charges and balances

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


def _balances(report: AgencyReport) -> Section:
    by_month = {row.month: row for row in report.balances if row.month and not row.payer}
    by_payer = [row for row in report.balances if row.payer and not row.month]
    both = [row for row in report.balances if row.payer and row.month]
    total = report.total
    shown = [
        (title, name)
        for title, name in _AMOUNTS
        if name not in _RARE or any(getattr(row.amounts, name) for row in report.balances)
    ]
    columns = (Column("Claims", Kind.COUNT), *(Column(title, Kind.MONEY) for title, _ in shown))

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
                (Column("Month"), *columns),
                tuple((row.month, *cells(row.amounts)) for row in months),
                ("All months", *cells(total)),
            ),
            Table(
                "by-payer",
                "By payer",
                "By payer",
                (Column("Payer"), *columns),
                tuple((row.payer, *cells(row.amounts)) for row in by_payer),
                ("All payers", *cells(total)),
            ),
            Table(
                "by-month-and-payer",
                "By month and payer",
                "By month of service and payer",
                (Column("Month"), Column("Payer"), *columns),
                tuple((row.month, row.payer, *cells(row.amounts)) for row in both),
                ("All", "", *cells(total)),
                heads=2,
            ),
        ),
    )


def no_amounts() -> Amounts:
    """Return what no claim comes to."""
    return Amounts(0, *(NOTHING,) * (len(attrs.fields(Amounts)) - 1))


def _payments(report: AgencyReport) -> Section:
    months = every_month(row.month for row in report.payments)
    payers = _each(row.payer for row in report.payments)
    net: dict[tuple[str, str], Decimal] = defaultdict(lambda: NOTHING)
    for row in report.payments:
        net[row.month, row.payer] += row.net
    return Section(
        "payments",
        "Payments by month of payment",
        texts.PAYMENTS,
        (
            Plot(
                "payments-plot",
                "Payments less what was taken back, by month of payment and payer",
                "grouped",
                Kind.MONEY,
                months,
                tuple(Series(payer, tuple(net[month, payer] for month in months)) for payer in payers),
            ),
        ),
        (
            Table(
                "payments-table",
                "Payments by month",
                "By month of payment and payer",
                (
                    Column("Month"),
                    Column("Payer"),
                    Column("Payments", Kind.COUNT),
                    Column("Paid", Kind.MONEY),
                    Column("Taken back", Kind.MONEY),
                    Column("Net", Kind.MONEY),
                ),
                tuple(
                    (row.month or "not known", row.payer, row.payments, row.paid, row.taken_back, row.net)
                    for row in report.payments
                ),
                (
                    "All",
                    "",
                    sum(row.payments for row in report.payments),
                    _sum(row.paid for row in report.payments),
                    _sum(row.taken_back for row in report.payments),
                    _sum(row.net for row in report.payments),
                ),
                heads=2,
            ),
        ),
    )


# Aging


def _aging(report: AgencyReport) -> Section:
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

    (total,) = (row for row in rows if not row.payer)
    return Table(
        key,
        sheet,
        caption,
        (
            Column("Payer"),
            *(Column(f"{bucket} days", Kind.MONEY) for bucket in BUCKETS),
            Column("Balance", Kind.MONEY),
            Column("Claims", Kind.COUNT),
        ),
        tuple(cells(row.payer, row) for row in rows if row.payer),
        cells("All payers", total),
    )


# Deposits


def _deposits(report: AgencyReport) -> Section:
    money = ("amount", "claims", "tests", "apart", "unmatched", "plb", "difference", "bank")

    def cells(row: Deposit) -> Row:
        return (
            row.paid_on,
            row.trace or "no number",
            row.payer,
            row.method if row.posted else f"not posted ({row.item})",
            row.payments,
            *(getattr(row, name) for name in money),
        )

    months = every_month(_month(row) for row in report.deposits)
    payers = _each(row.payer for row in report.deposits)
    sums: dict[tuple[str, str], list[Deposit]] = defaultdict(list)
    for row in report.deposits:
        sums[_month(row), row.payer].append(row)
    return Section(
        "deposits",
        "Deposits",
        texts.DEPOSITS,
        (
            Plot(
                "deposits-plot",
                "What the bank should show, by month and payer",
                "grouped",
                Kind.MONEY,
                months,
                tuple(
                    Series(payer, tuple(_sum(row.bank for row in sums.get((month, payer), ())) for month in months))
                    for payer in payers
                ),
            ),
        ),
        (
            Table(
                "deposits-by-month",
                "Deposits by month",
                "By month and payer",
                (
                    Column("Month"),
                    Column("Payer"),
                    Column("Remittances", Kind.COUNT),
                    Column("Amount", Kind.MONEY),
                    Column("Unmatched", Kind.MONEY),
                    Column("PLB", Kind.MONEY),
                    Column("Bank", Kind.MONEY),
                ),
                tuple(
                    (
                        month or "not known",
                        payer,
                        len(rows),
                        *(_sum(getattr(row, name) for row in rows) for name in ("amount", "unmatched", "plb", "bank")),
                    )
                    for (month, payer), rows in sorted(sums.items())
                ),
                (
                    "All",
                    "",
                    len(report.deposits),
                    *(
                        _sum(getattr(row, name) for row in report.deposits)
                        for name in ("amount", "unmatched", "plb", "bank")
                    ),
                ),
                heads=2,
            ),
            Table(
                "deposits-table",
                "Deposits",
                "Remittances by day",
                (
                    Column("Day", Kind.DAY),
                    Column("EFT or check"),
                    Column("Payer"),
                    Column("Method"),
                    Column("Payments", Kind.COUNT),
                    Column("Amount", Kind.MONEY),
                    Column("On claims", Kind.MONEY),
                    Column("On tests", Kind.MONEY),
                    Column("Apart", Kind.MONEY),
                    Column("Unmatched", Kind.MONEY),
                    Column("PLB", Kind.MONEY),
                    Column("Difference", Kind.MONEY),
                    Column("Bank", Kind.MONEY),
                ),
                tuple(map(cells, report.deposits)),
                (
                    "All",
                    "",
                    "",
                    "",
                    sum(row.payments for row in report.deposits),
                    *(_sum(getattr(row, name) for row in report.deposits) for name in money),
                ),
                heads=3,
            ),
            Table(
                "plb-table",
                "PLB",
                "Taken off or added beside the claims (PLB)",
                (
                    Column("Day", Kind.DAY),
                    Column("EFT or check"),
                    Column("Payer"),
                    Column("Code"),
                    Column("Meaning"),
                    Column("Taken off", Kind.MONEY),
                ),
                tuple(
                    (row.paid_on, row.trace or "no number", row.payer, code, _beside(code), amount)
                    for row in report.deposits
                    for code, amount in row.plb_codes
                ),
                ("All", "", "", "", "", _sum(row.plb for row in report.deposits)),
                heads=3,
            ),
        ),
    )


def _month(row: Deposit) -> str:
    return "" if row.paid_on is None else row.paid_on.isoformat()[:7]


def _beside(code: str) -> str:
    found = codes.provider_adjustment(code)
    return found.words if found is not None else "a code not known here"


# Productivity


def _staff(report: AgencyReport) -> Section:
    kinds = _each(kind for row in report.staff for kind, _ in row.support)
    ordered = [kind for kind in kinds if kind] + [kind for kind in kinds if not kind]
    present = [row for row in report.staff if row.minutes]
    most = sorted(present, key=lambda row: -row.minutes)[:MOST_PLOTTED]
    contacts = sum(row.contacts for row in report.staff)

    def cells(name: str, row: StaffRow) -> Row:
        support = dict(row.support)
        return (
            name,
            row.contacts,
            row.sessions,
            row.groups,
            _hours(row.minutes),
            row.units,
            *(support.get(kind, 0) for kind in ordered),
            row.held,
            row.held_share,
            row.charges,
        )

    total = StaffRow(
        "",
        contacts,
        sum(row.sessions for row in report.staff),
        sum(row.groups for row in report.staff),
        sum(row.minutes for row in report.staff),
        sum(row.units for row in report.staff),
        tuple((kind, sum(dict(row.support).get(kind, 0) for row in report.staff)) for kind in ordered),
        held := sum(row.held for row in report.staff),
        percent(held, contacts),
        _sum(row.charges for row in report.staff),
    )
    shown = "" if len(present) <= MOST_PLOTTED else f"; the {MOST_PLOTTED} with most hours"
    return Section(
        "staff",
        "Productivity by peer",
        texts.STAFF,
        (
            Plot(
                "staff-plot",
                f"Hours by peer{shown}",
                "grouped",
                Kind.HOURS,
                tuple(row.staff_id or "nobody" for row in most),
                (Series("hours", tuple(_hours(row.minutes) for row in most)),),
            ),
        ),
        (
            Table(
                "staff-table",
                "Productivity",
                "Contacts, hours, units and support by staff id",
                (
                    Column("Staff"),
                    Column("Contacts", Kind.COUNT),
                    Column("Sessions", Kind.COUNT),
                    Column("Groups", Kind.COUNT),
                    Column("Hours", Kind.HOURS),
                    Column("Units", Kind.COUNT),
                    *(Column(kind.capitalize() or "No kind recorded", Kind.COUNT) for kind in ordered),
                    Column("Held", Kind.COUNT),
                    Column("Held share", Kind.SHARE),
                    Column("Charges", Kind.MONEY),
                ),
                tuple(cells(row.staff_id or "nobody named", row) for row in report.staff),
                cells("All", total),
            ),
        ),
    )


def _hours(minutes: int) -> Decimal:
    return (Decimal(minutes) / 60).quantize(Decimal("0.1"))


# Denials


def _denials(report: AgencyReport) -> Section:
    months = every_month(row.month for row in report.denials)
    amounts: dict[tuple[str, str], Decimal] = defaultdict(lambda: NOTHING)
    totals: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    meanings: dict[str, str] = {}
    for row in report.denials:
        reason = f"{row.group} {row.reason}"
        meanings[reason] = row.meaning
        amounts[row.month, reason] += row.amount
        totals[reason] += row.amount
    reasons = sorted(totals, key=lambda reason: (-totals[reason], reason))
    shown = months[-MOST_MONTHS:]
    named, others = reasons[:MOST_REASONS], reasons[MOST_REASONS:]
    series = [Series(reason, tuple(amounts[month, reason] for month in months)) for reason in named]
    if others:
        series.append(
            Series("other reasons", tuple(_sum(amounts[month, reason] for reason in others) for month in months))
        )
    of_all = f"; the last {MOST_MONTHS} months" if len(months) > MOST_MONTHS else ""
    return Section(
        "denials",
        "Denials by reason",
        texts.DENIALS,
        (Plot("denials-plot", "Refused amounts by month and reason", "stacked", Kind.MONEY, months, tuple(series)),),
        (
            Table(
                "denials-by-reason",
                "Denials by reason",
                f"Refused amounts by reason and month{of_all}",
                (
                    Column("Reason"),
                    Column("Meaning"),
                    *(Column(month, Kind.MONEY) for month in shown),
                    Column("All months", Kind.MONEY),
                ),
                tuple(
                    (reason, meanings[reason], *(amounts[month, reason] for month in shown), totals[reason])
                    for reason in reasons
                ),
                (
                    "All reasons",
                    "",
                    *(_sum(amounts[month, reason] for reason in reasons) for month in shown),
                    _sum(totals.values()),
                ),
            ),
            Table(
                "denials-by-payer",
                "Denials by payer",
                "By month, payer and reason",
                (
                    Column("Month"),
                    Column("Payer"),
                    Column("Reason"),
                    Column("Meaning"),
                    Column("Claims", Kind.COUNT),
                    Column("Refused", Kind.MONEY),
                ),
                tuple(
                    (
                        row.month or "not known",
                        row.payer,
                        f"{row.group} {row.reason}",
                        row.meaning,
                        row.claims,
                        row.amount,
                    )
                    for row in report.denials
                ),
                (
                    "All",
                    "",
                    "",
                    "",
                    sum(row.claims for row in report.denials),
                    _sum(row.amount for row in report.denials),
                ),
                heads=3,
            ),
        ),
    )


def _first_pass(report: AgencyReport) -> Section:
    months = every_month(row.month for row in report.first_pass)
    answered: dict[str, int] = defaultdict(int)
    paid: dict[str, int] = defaultdict(int)
    for row in report.first_pass:
        answered[row.month] += row.sent - row.waiting
        paid[row.month] += row.paid
    sums = [sum(getattr(row, name) for row in report.first_pass) for name in _FIRST_PASS]
    sent, *_, waiting = sums
    rate = percent(sum(paid.values()), sent - waiting) if sent - waiting else None
    return Section(
        "first-pass",
        "First-pass rate and rejections",
        texts.FIRST_PASS,
        (
            Plot(
                "first-pass-plot",
                "First-pass rate by month of sending",
                "line",
                Kind.SHARE,
                months,
                (
                    Series(
                        "first-pass rate",
                        tuple(percent(paid[month], answered[month]) if answered[month] else None for month in months),
                    ),
                ),
            ),
        ),
        (
            Table(
                "first-pass-table",
                "First pass",
                "By month of sending and payer",
                (
                    Column("Month"),
                    Column("Payer"),
                    Column("Sent", Kind.COUNT),
                    Column("Rejected", Kind.COUNT),
                    Column("Denied", Kind.COUNT),
                    Column("Paid", Kind.COUNT),
                    Column("Waiting", Kind.COUNT),
                    Column("Rate", Kind.SHARE),
                ),
                tuple(
                    (row.month, row.payer, *(getattr(row, name) for name in _FIRST_PASS), row.rate)
                    for row in report.first_pass
                ),
                ("All", "", *sums, rate),
                heads=2,
            ),
            Table(
                "rejections-table",
                "Rejections",
                "Claims that were rejected before anything was decided",
                (Column("Month"), Column("Payer"), Column("By"), Column("Why"), Column("Claims", Kind.COUNT)),
                tuple(
                    (row.month, row.payer, _REJECTED_BY[row.state], row.why, row.claims) for row in report.rejections
                ),
                ("All", "", "", "", sum(row.claims for row in report.rejections)),
                heads=2,
            ),
        ),
    )


_FIRST_PASS = ("sent", "rejected", "denied", "paid", "waiting")
_REJECTED_BY = {
    "rejected-interchange": "TA1",
    "rejected-functional": "999",
    "rejected-payer": "277CA",
}


# Delays


def _delays(report: AgencyReport) -> Section:
    found = {(row.of, row.key, row.step): row for row in report.delays}
    months = every_month(row.key for row in report.delays if row.of == "month")
    payers = _each(row.key for row in report.delays if row.of == "payer")

    def cells(of: str, key: str, name: str) -> Row:
        steps = [found.get((of, key, step)) for step in STEPS]
        return (
            name,
            *(
                cell
                for row in steps
                for cell in ((None, None, 0) if row is None else (row.median, row.ninetieth, row.cases))
            ),
        )

    columns = tuple(
        Column(f"{step.capitalize()}: {title}", Kind.COUNT) for step in STEPS for title in ("half", "90%", "cases")
    )

    def median(month: str, step: str) -> Decimal | None:
        row = found.get(("month", month, step))
        return None if row is None else Decimal(row.median)

    return Section(
        "delays",
        "Days from service to payment",
        texts.DELAYS,
        (
            Plot(
                "delays-plot",
                "Days of half of the cases, by month of service",
                "line",
                Kind.COUNT,
                months,
                tuple(
                    Series(step, tuple(median(month, step) for month in months))
                    for step in (STEPS[0], STEPS[2], STEPS[3])
                ),
            ),
        ),
        tuple(
            Table(
                f"delays-by-{of}",
                f"Days by {of}",
                caption,
                (Column(of.capitalize()), *columns),
                tuple(cells(of, key, key) for key in keys),
                cells("all", "", "All"),
            )
            for of, caption, keys in (
                ("month", "Days by month of service", months),
                ("payer", "Days by payer", payers),
            )
        ),
    )


# Not billed


def _unbilled(report: AgencyReport) -> Section:
    count = sum(row.encounters for row in report.unbilled)
    return Section(
        "unbilled",
        "Not billed, and why",
        (
            f"{counted(report.encounters, 'encounter')} in the workspace: {report.billed:,} billed, {count:,} not.",
            *texts.UNBILLED,
        ),
        (),
        (
            Table(
                "unbilled-table",
                "Not billed",
                "Encounters that are not billed, by cause",
                (
                    Column("Cause"),
                    Column("Code"),
                    Column("What"),
                    Column("Where"),
                    Column("Who corrects it"),
                    Column("Payer"),
                    Column("Encounters", Kind.COUNT),
                    Column("Amount", Kind.MONEY),
                    Column("Amount not known", Kind.COUNT),
                ),
                tuple(
                    (
                        _CAUSES[row.cause],
                        row.code,
                        row.what,
                        row.where,
                        row.who,
                        row.payer,
                        row.encounters,
                        row.amount,
                        row.unknown,
                    )
                    for row in report.unbilled
                ),
                (
                    "All",
                    "",
                    "",
                    "",
                    "",
                    "",
                    count,
                    _sum(row.amount for row in report.unbilled),
                    sum(row.unknown for row in report.unbilled),
                ),
            ),
        ),
    )


_CAUSES = {"ready": "Can be billed", "held": "Held", "rejected": "Cannot be read"}


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, NOTHING)


def _each(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(names)))
