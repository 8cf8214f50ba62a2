"""The sections of a report on work: productivity, denials, the first pass, days to payment, what is not billed."""

from collections import defaultdict
from decimal import Decimal

from peerbill.model.plural import counted
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
from peerbill.report.values import STEPS, AgencyReport, StaffRow
from peerbill.report.workspace import percent

MOST_PLOTTED = 20
"""How many staff members a plot shows."""

MOST_MONTHS = 12
"""How many months a table of reasons by month shows."""

MOST_REASONS = 4
"""How many reasons a plot tells apart."""


def staff(report: AgencyReport) -> Section:
    """Return what each member of the staff did and documented."""
    kinds = each(kind for row in report.staff for kind, _ in row.support)
    ordered = sorted(kinds, key=lambda kind: not kind)  # those without a kind come last
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

    of_all = StaffRow(
        "",
        contacts,
        sum(row.sessions for row in report.staff),
        sum(row.groups for row in report.staff),
        sum(row.minutes for row in report.staff),
        sum(row.units for row in report.staff),
        tuple((kind, sum(dict(row.support).get(kind, 0) for row in report.staff)) for kind in ordered),
        held := sum(row.held for row in report.staff),
        percent(held, contacts),
        total(row.charges for row in report.staff),
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
                    *titled(Kind.COUNT, "Contacts", "Sessions", "Groups"),
                    Column("Hours", Kind.HOURS),
                    *titled(Kind.COUNT, "Units", *(kind.capitalize() or "No kind recorded" for kind in ordered)),
                    Column("Held", Kind.COUNT),
                    Column("Held share", Kind.SHARE),
                    Column("Charges", Kind.MONEY),
                ),
                tuple(cells(row.staff_id or "nobody named", row) for row in report.staff),
                cells("All", of_all),
            ),
        ),
    )


def _hours(minutes: int) -> Decimal:
    return (Decimal(minutes) / 60).quantize(Decimal("0.1"))


def denials(report: AgencyReport) -> Section:
    """Return what payers refused, by reason."""
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
            Series("other reasons", tuple(total(amounts[month, reason] for reason in others) for month in months))
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
                titled(Kind.TEXT, "Reason", "Meaning") + titled(Kind.MONEY, *shown, "All months"),
                tuple(
                    (reason, meanings[reason], *(amounts[month, reason] for month in shown), totals[reason])
                    for reason in reasons
                ),
                (
                    "All reasons",
                    "",
                    *(total(amounts[month, reason] for reason in reasons) for month in shown),
                    total(totals.values()),
                ),
            ),
            summed_table(
                "denials-by-payer",
                "Denials by payer",
                "By month, payer and reason",
                (
                    *titled(Kind.TEXT, "Month", "Payer", "Reason", "Meaning"),
                    *titled(Kind.COUNT, "Claims"),
                    *titled(Kind.MONEY, "Refused"),
                ),
                (
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
                heads=3,
            ),
        ),
    )


def first_pass(report: AgencyReport) -> Section:
    """Return how many claims were paid at once, and which were rejected."""
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
                    *titled(Kind.TEXT, "Month", "Payer"),
                    *titled(Kind.COUNT, *map(str.capitalize, _FIRST_PASS)),
                    *titled(Kind.SHARE, "Rate"),
                ),
                tuple(
                    (row.month, row.payer, *(getattr(row, name) for name in _FIRST_PASS), row.rate)
                    for row in report.first_pass
                ),
                ("All", "", *sums, rate),
                heads=2,
            ),
            summed_table(
                "rejections-table",
                "Rejections",
                "Claims that were rejected before anything was decided",
                titled(Kind.TEXT, "Month", "Payer", "By", "Why") + titled(Kind.COUNT, "Claims"),
                ((row.month, row.payer, _REJECTED_BY[row.state], row.why, row.claims) for row in report.rejections),
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


def delays(report: AgencyReport) -> Section:
    """Return the days from service to note, to bill, to payment."""
    found = {(row.of, row.key, row.step): row for row in report.delays}
    months = every_month(row.key for row in report.delays if row.of == "month")
    payers = each(row.key for row in report.delays if row.of == "payer")

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

    titles = (f"{step.capitalize()}: {title}" for step in STEPS for title in ("half", "90%", "cases"))
    numbers = titled(Kind.COUNT, *titles)

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
                (Column(of.capitalize()), *numbers),
                tuple(cells(of, key, key) for key in keys),
                cells("all", "", "All"),
            )
            for of, caption, keys in (
                ("month", "Days by month of service", months),
                ("payer", "Days by payer", payers),
            )
        ),
    )


def unbilled(report: AgencyReport) -> Section:
    """Return what is not billed, and why."""
    table = summed_table(
        "unbilled-table",
        "Not billed",
        "Encounters that are not billed, by cause",
        (
            *titled(Kind.TEXT, "Cause", "Code", "What", "Where", "Who corrects it", "Payer"),
            Column("Encounters", Kind.COUNT),
            Column("Amount", Kind.MONEY),
            Column("Amount not known", Kind.COUNT),
        ),
        (
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
    )
    count = sum(row.encounters for row in report.unbilled)
    billed = f"{counted(report.encounters, 'encounter')} in the workspace: {report.billed:,} billed, {count:,} not."
    return Section("unbilled", "Not billed, and why", (billed, *texts.UNBILLED), (), (table,))


_CAUSES = {"ready": "Can be billed", "held": "Held", "rejected": "Cannot be read"}
