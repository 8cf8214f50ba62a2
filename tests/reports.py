"""Reports of invented figures, for the tests of what shows them."""

import datetime as dt
from decimal import Decimal

import attrs

from peerbill.report.money_sections import no_amounts
from peerbill.report.scope import every_month
from peerbill.report.values import (
    BUCKETS,
    STEPS,
    AgencyReport,
    AgingRow,
    Amounts,
    BalanceRow,
    DelayRow,
    DenialRow,
    Deposit,
    FirstPassRow,
    PaymentRow,
    RejectionRow,
    StaffRow,
    UnbilledRow,
)

AS_OF = dt.date(2026, 12, 14)
NOTHING = Decimal("0.00")


def money(cents: int) -> Decimal:
    """Return cents as dollars."""
    return Decimal(cents).scaleb(-2)


def empty_report() -> AgencyReport:
    """Return the report of an agency that has no ledger yet."""
    return AgencyReport(
        as_of=AS_OF,
        organization="Shore Recovery Community",
        from_=None,
        to=None,
        payers=(),
        ledger=False,
        tests=0,
        months=(),
        balances=(BalanceRow("", "", no_amounts()),),
        payments=(),
        aging=tuple(AgingRow(since, "", (NOTHING,) * 5, (0,) * 5, NOTHING) for since in ("service", "billed")),
        deposits=(),
        staff=(),
        denials=(),
        first_pass=(),
        rejections=(),
        delays=(),
        encounters=0,
        billed=0,
        unbilled=(),
    )


def amounts(number: int) -> Amounts:
    """Return amounts that add up, other ones for each number."""
    charges, paid, co, written_off, refused = 500_000 + 1_234 * number, 300_000 + 777 * number, 90_000, 1_500, 42_000
    waiting = charges - paid - co - written_off - refused
    return attrs.evolve(
        no_amounts(),
        claims=90 + number,
        charges=money(charges),
        payments=money(paid),
        adjustments=money(co),
        co=money(co),
        written_off=money(written_off),
        balance=money(waiting + refused),
        waiting=money(waiting),
        refused=money(refused),
    )


PAYERS = ("nj-horizon", "a-payer-with-a-very-long-key-of-its-own", "mi-medicaid")
HOSTILE = '<script>alert("1")</script>&\'"'
"""Text that a page must show, and not run."""


def long_report() -> AgencyReport:
    """Return the report of two years with three payers, thirty peers, and text that looks like code."""
    months = every_month(["2025-01", "2026-12"])
    return AgencyReport(
        as_of=AS_OF,
        organization=f"Shore {HOSTILE}",
        from_=dt.date(2025, 1, 1),
        to=AS_OF,
        payers=(),
        ledger=True,
        tests=3,
        months=months,
        balances=(
            *(BalanceRow(month, payer, amounts(at)) for month in months for at, payer in enumerate(PAYERS)),
            *(BalanceRow(month, "", amounts(at)) for at, month in enumerate(months) if at != 7),
            *(BalanceRow("", payer, amounts(at)) for at, payer in enumerate(PAYERS)),
            BalanceRow("", "", amounts(10_000)),
        ),
        payments=tuple(
            PaymentRow(month, payer, 80 + at, money(400_000 + at), money(100 * at), money(400_000 - 99 * at))
            for month in months
            for at, payer in enumerate(PAYERS)
        ),
        aging=tuple(
            AgingRow(
                since,
                payer,
                tuple(money(7_000 * at - 5_000) for at in range(len(BUCKETS))),
                (1, 2, 3, 4, 5),
                money(45_000),
            )
            for since in ("service", "billed")
            for payer in (*PAYERS, "")
        ),
        deposits=tuple(
            Deposit(
                item="" if at else "R1",
                paid_on=dt.date(2026, 1, 1) + dt.timedelta(days=7 * at) if at else None,
                trace=f"=EFT{at}" if at else HOSTILE,
                method="ACH" if at else "",
                payer=PAYERS[at % 3],
                amount=money(90_000),
                payments=12,
                claims=money(100_000),
                tests=NOTHING,
                apart=NOTHING,
                unmatched=money(2_500),
                unmatched_payments=1,
                plb=money(12_500),
                plb_codes=(("WO", money(13_000)), ("L6", money(-500))),
                difference=NOTHING,
                bank=money(90_000),
                posted=at > 0,
            )
            for at in range(60)
        ),
        staff=tuple(
            StaffRow(
                staff_id=f"S{at}" if at else "",
                contacts=200 + at,
                sessions=150 + at,
                groups=9,
                minutes=6_007 + 60 * at,
                units=410,
                support=(("", 20 + at), ("emotional", 90), ("informational", 90)),
                held=at,
                held_share=Decimal("4.5"),
                charges=money(650_000 + at),
            )
            for at in range(30)
        ),
        denials=tuple(
            DenialRow(
                month, PAYERS[at % 3], "CO", reason, f"the reason {reason} {HOSTILE}", at + 1, money(4_800 * (at + 1))
            )
            for month in months[::2]
            for at, reason in enumerate(("16", "29", "119", "197", "96", "252"))
        ),
        first_pass=tuple(
            FirstPassRow(month, payer, 100, 3, 7, 85, 5, Decimal("89.5"))
            for month in months
            if month != "2025-06"
            for payer in PAYERS
        ),
        rejections=(RejectionRow("2026-03", PAYERS[0], "rejected-payer", f"A7 (invalid) {HOSTILE}", 3),),
        delays=tuple(
            DelayRow(of, key, step, 90, 3 + at, 11 + 2 * at)
            for of, keys in (("month", months), ("payer", PAYERS), ("all", ("",)))
            for key in keys
            for at, step in enumerate(STEPS)
        ),
        encounters=300,
        billed=260,
        unbilled=(
            UnbilledRow(
                "held",
                "PB303",
                "credentials.expires_on",
                "supervisor",
                "One such credential was in force on the day of service.",
                PAYERS[0],
                30,
                money(144_000),
                2,
            ),
            UnbilledRow(
                "ready",
                "",
                "",
                "biller",
                "passes every check",
                PAYERS[1],
                10,
                money(48_000),
                0,
            ),
        ),
    )
