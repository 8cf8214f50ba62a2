"""What the workspace shows beside its ledger: who gave which services, and what is not billed and why."""

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

import attrs

from peerbill.checks.audit import Audit
from peerbill.checks.audited import AuditedEncounter
from peerbill.checks.causes import BILLER, who_corrects
from peerbill.checks.check_set import check_set
from peerbill.coding.context import Context
from peerbill.ledger.look.figures import Figures
from peerbill.model.encounter import Encounter
from peerbill.model.finding import Finding, Severity, finding_order
from peerbill.model.money import cents, dollars
from peerbill.model.records import Records, Settings
from peerbill.report.scope import Scope
from peerbill.report.values import StaffRow, UnbilledRow

READY = "passes every check and was not billed yet: run bill"
UNREADABLE = "the row cannot be read (audit shows the cell)"


@attrs.frozen
class Contact:
    """An encounter of the workspace with what the audit makes of it; `row` is None where it cannot be read."""

    encounter_id: str
    row: Encounter | None
    audited: AuditedEncounter
    context: Context | None

    @property
    def payer(self) -> str:
        """The key of the payer, "" where it is not known."""
        if self.context is not None and self.context.payer is not None:
            return self.context.payer.key
        return self.row.payer if self.row is not None else ""

    @property
    def day(self) -> dt.date | None:
        """The day of service, None where it is not known."""
        return self.row.start.date() if self.row is not None and self.row.start is not None else None


def contacts(records: Records, audit: Audit, contexts: Mapping[str, Context], scope: Scope) -> list[Contact]:
    """Return the encounters of the period and payers, in the order of the audit."""
    rows = {encounter.encounter_id: encounter for encounter in records.encounters}
    every = (
        Contact(audited.encounter_id, rows.get(audited.encounter_id), audited, contexts.get(audited.encounter_id))
        for audited in audit.encounters
    )
    return [contact for contact in every if scope.wants(contact.day, contact.payer)]


# Staff


@attrs.define
class _Sum:
    contacts: int = 0
    sessions: set[tuple[str, ...]] = attrs.field(factory=set)
    groups: int = 0
    minutes: int = 0
    units: int = 0
    support: Counter[str] = attrs.field(factory=Counter)
    held: int = 0
    charges: int = 0


def staff_rows(some: list[Contact], figures: Figures, scope: Scope) -> tuple[StaffRow, ...]:
    """Return what each staff member documented, and what of it the ledger has billed."""
    sums: dict[str, _Sum] = defaultdict(_Sum)
    for contact in some:
        row = contact.row
        summed = sums[row.staff_id if row is not None else ""]
        summed.contacts += 1
        summed.held += contact.audited.status in {"held", "rejected"}
        summed.units += contact.audited.units or 0
        summed.support[row.support_type if row is not None else ""] += 1
        session = _session(contact)
        if session not in summed.sessions:
            summed.sessions.add(session)
            summed.minutes += contact.audited.minutes or 0
            summed.groups += bool(row is not None and row.group_id)
    for billed in figures.staff:
        if scope.wants(billed.first_day, billed.payer):
            sums[billed.staff_id].charges += billed.charge
    return tuple(
        StaffRow(
            staff_id=staff_id,
            contacts=summed.contacts,
            sessions=len(summed.sessions),
            groups=summed.groups,
            minutes=summed.minutes,
            units=summed.units,
            support=tuple(sorted(summed.support.items())),
            held=summed.held,
            held_share=percent(summed.held, summed.contacts),
            charges=dollars(summed.charges),
        )
        for staff_id, summed in sorted(sums.items(), key=lambda item: _natural(item[0]))
    )


def _natural(id_: str) -> list[tuple[int, str]]:
    """Return a key that sorts S2 before S10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", id_)]


def _session(contact: Contact) -> tuple[str, ...]:
    """Return what the members of a group share, and of any other contact its own id."""
    row = contact.row
    if row is None or not row.group_id:
        return (contact.encounter_id,)
    return row.group_id, str(row.start), row.staff_id


def percent(part: int, whole: int) -> Decimal:
    """Return a share in percent with one decimal; 0.0 of nothing.

    >>> percent(1, 3), percent(1, 8), percent(0, 0)
    (Decimal('33.3'), Decimal('12.5'), Decimal('0.0'))
    """
    share = Decimal(100 * part) / whole if whole else Decimal(0)
    return share.quantize(Decimal("0.1"), ROUND_HALF_UP)


# Not billed


def unbilled_rows(some: list[Contact], audit: Audit, settings: Settings) -> tuple[UnbilledRow, ...]:
    """Return the encounters that are not billed by the first error that holds each, most money first."""
    first: dict[str, Finding] = {}
    for finding in sorted(audit.findings, key=finding_order):
        if finding.severity is Severity.ERROR:
            for id_ in finding.encounter_ids:
                first.setdefault(id_, finding)
    needs = {check.code: check.requirement for check in check_set(settings).checks}
    billable = {coded.encounter.encounter_id: coded for coded in audit.billable}
    sums: dict[tuple[str, str, str, str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for contact in some:
        status = contact.audited.status
        if status == "billed":
            continue
        id_ = contact.encounter_id
        if status == "billable":
            key = ("ready", "", "", BILLER, READY, contact.payer)
            amount: Decimal | None = billable[id_].unit_charge * billable[id_].units
        else:
            found = first.get(id_)
            code, where, who = (found.code, found.where, who_corrects(found)) if found is not None else ("", "", BILLER)
            what = UNREADABLE if status == "rejected" else needs.get(code, "")
            key = (status, code, where, who, what, contact.payer)
            amount = contact.audited.charge
        summed = sums[key]
        summed[0] += 1
        summed[1] += cents(amount) if amount is not None else 0
        summed[2] += amount is None
    rows = [UnbilledRow(*key, count, dollars(amount), unknown) for key, (count, amount, unknown) in sums.items()]
    return tuple(sorted(rows, key=lambda row: (-row.amount, -row.encounters, row.cause, row.code, row.payer)))
