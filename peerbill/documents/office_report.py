"""What `report --json` writes, as typed values: the report with the version that made it."""

import datetime as dt

import attrs

from peerbill import __version__
from peerbill.documents.kinds import SCHEMA
from peerbill.report.values import (
    AgencyReport,
    AgingRow,
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

Date = dt.date


@attrs.frozen
class OfficeReport:
    """What `report --json` writes: amounts in dollars, months as YYYY-MM; ids of staff, and no data of members."""

    peerbill: str
    as_of: Date
    organization: str
    from_: Date | None
    to: Date | None
    payers: tuple[str, ...]
    ledger: bool
    tests: int
    months: tuple[str, ...]
    balances: tuple[BalanceRow, ...]
    payments: tuple[PaymentRow, ...]
    aging: tuple[AgingRow, ...]
    deposits: tuple[Deposit, ...]
    staff: tuple[StaffRow, ...]
    denials: tuple[DenialRow, ...]
    first_pass: tuple[FirstPassRow, ...]
    rejections: tuple[RejectionRow, ...]
    delays: tuple[DelayRow, ...]
    encounters: int
    billed: int
    unbilled: tuple[UnbilledRow, ...]
    schema: int = SCHEMA


def office_report(report: AgencyReport) -> OfficeReport:
    """Return a report as `report --json` writes it."""
    return OfficeReport(
        peerbill=__version__, **{field.name: getattr(report, field.name) for field in attrs.fields(AgencyReport)}
    )
