"""The rows of payments: written as they come from an 835, and read again as they count together."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import attrs
import sqlalchemy as sa

from peerbill import codes
from peerbill.ledger.answers.decisions import PostedAdjustment, PostedClaim, PostedLine
from peerbill.ledger.store import tables
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.rows import insert_rows
from peerbill.model.claim import Adjustment
from peerbill.model.money import cents, dollars
from peerbill.model.payer_answers import ClaimPayment, LinePayment

Row = tuple[object, ...]


def is_passed_on(payment: ClaimPayment) -> bool:
    """Return whether a payer says that it passed the claim on itself: by CLP02, a remark, a reason or NM1*TT."""
    reasons = tuple([adjustment.reason for adjustment in payment.every_adjustment])
    return payment.crossover or _is_forwarded(payment.status, reasons, payment.every_remark)


@lru_cache(maxsize=4096)
def _is_forwarded(status: str, reasons: tuple[str, ...], remarks: tuple[str, ...]) -> bool:
    return codes.is_forwarded(status, reasons, remarks)


@attrs.define(eq=False)
class Rows:
    """The rows of some payments, in the order of the tables' columns."""

    payments: list[Row] = attrs.field(factory=list)
    lines: list[Row] = attrs.field(factory=list)
    adjustments: list[Row] = attrs.field(factory=list)
    remarks: list[Row] = attrs.field(factory=list)

    def add(
        self,
        payment_id: int,
        transaction_id: int,
        paid_on: str,
        payment: ClaimPayment,
        claim_id: str,
        numbers: Sequence[int],
        *,
        payer: str = "",
        about: str = "",
        forwarded: bool = False,
    ) -> PostedClaim:
        """Take a payment in, and return it as it counts among those of its claim; "" for none of ours.

        `payer`, `about` and `forwarded` are the columns of the table `payments`.
        """
        charge, paid = cents(payment.charge), cents(payment.paid)
        self.payments.append(
            (
                payment_id,
                transaction_id,
                payment.position,
                claim_id,
                payment.claim_id,
                payment.status,
                charge,
                paid,
                None if payment.patient is None else cents(payment.patient),
                None if payment.interest is None else cents(payment.interest),
                payment.payer_control_number,
                payment.received_on.isoformat() if payment.received_on else "",
                payer,
                about,
                payment.subscriber_id,
                payment.first_day.isoformat() if payment.first_day else "",
                payment.last_day.isoformat() if payment.last_day else "",
                payment.corrected_id,
                int(forwarded),
            )
        )
        adjustments = self._adjusted(payment_id, 0, payment.adjustments) if payment.adjustments else ()
        if payment.remarks:
            self._remark(payment_id, 0, payment.remarks)
        lines: list[PostedLine] = []
        for at, (line, number) in enumerate(zip(payment.lines, numbers, strict=True), start=1):
            line_charge, line_paid = cents(line.charge), cents(line.paid)
            self.lines.append(
                (
                    payment_id,
                    at,
                    number,
                    line.service_date.isoformat() if line.service_date else "",
                    line.hcpcs,
                    ":".join(line.modifiers),
                    "" if line.units is None else str(line.units),
                    line_charge,
                    line_paid,
                    None if line.allowed is None else cents(line.allowed),
                    line.line_id,
                    line.sent_hcpcs,
                    ":".join(line.sent_modifiers),
                )
            )
            of_line_ = self._adjusted(payment_id, at, line.adjustments) if line.adjustments else ()
            if line.remarks:
                self._remark(payment_id, at, line.remarks)
            lines.append(PostedLine(number, line_charge, line_paid, of_line_, line.remarks))
        return PostedClaim(
            paid_on,
            transaction_id,
            payment.position,
            payment.status,
            charge,
            paid,
            adjustments,
            payment.remarks,
            tuple(lines),
            payment.payer_control_number,
        )

    def _adjusted(self, payment_id: int, line: int, adjustments: Sequence[Adjustment]) -> tuple[PostedAdjustment, ...]:
        posted = tuple(
            [
                PostedAdjustment(
                    one.group, one.reason, cents(one.amount), "" if one.quantity is None else str(one.quantity)
                )
                for one in adjustments
            ]
        )
        self.adjustments += [
            (payment_id, line, number, group[:2], reason, amount, quantity)
            for number, (group, reason, amount, quantity) in enumerate(posted, start=1)
        ]
        return posted

    def _remark(self, payment_id: int, line: int, remarks: Sequence[str]) -> None:
        self.remarks += [(payment_id, line, number, code) for number, code in enumerate(remarks, start=1)]

    def write(self, connection: sa.Connection) -> None:
        """Write the rows."""
        insert_rows(connection, tables.payments, self.payments)
        insert_rows(connection, tables.line_payments, self.lines)
        insert_rows(connection, tables.adjustments, self.adjustments)
        insert_rows(connection, tables.remarks, self.remarks)


def posted_payments(connection: sa.Connection, claim_ids: Sequence[str]) -> dict[str, list[PostedClaim]]:
    """Return the payments that were posted for claims; claims without payments are left out."""
    rows, remittances = tables.payments.c, tables.remittances.c
    query = (
        sa.select(
            rows.payment_id,
            rows.claim_id,
            remittances.paid_on,
            rows.transaction_id,
            rows.position,
            rows.status,
            rows.charge_cents,
            rows.paid_cents,
            rows.payer_control_number,
        )
        .join(tables.remittances, remittances.transaction_id == rows.transaction_id)
        .where(rows.claim_id.in_(claim_ids))
    )
    found = connection.execute(query).all()
    parts = PaymentParts.of(connection, [row[0] for row in found])
    payments: dict[str, list[PostedClaim]] = {}
    for row in sorted(found, key=lambda row: int(row[0])):
        payments.setdefault(row.claim_id, []).append(parts.posted(row.payment_id, row))
    return payments


@attrs.define(eq=False)
class PaymentParts:
    """The rows of `line_payments`, the adjustments and remarks of some payments, by payment id.

    Adjustments and remarks of the payment itself have line 0.
    """

    lines: dict[int, list[sa.Row[Any]]] = attrs.field(factory=dict)
    adjustments: dict[tuple[int, int], list[PostedAdjustment]] = attrs.field(factory=dict)
    remarks: dict[tuple[int, int], list[str]] = attrs.field(factory=dict)

    @classmethod
    def of(cls, connection: sa.Connection, payment_ids: Sequence[int]) -> "PaymentParts":
        """Read the parts of payments."""
        parts = cls()
        lines, adjustments, remarks = tables.line_payments.c, tables.adjustments.c, tables.remarks.c
        for portion in portions(payment_ids):
            of_lines = sa.select(tables.line_payments).where(lines.payment_id.in_(portion))
            for row in connection.execute(of_lines.order_by(lines.payment_id, lines.number)):
                parts.lines.setdefault(row.payment_id, []).append(row)
            query = sa.select(tables.adjustments).where(adjustments.payment_id.in_(portion))
            for row in connection.execute(query.order_by(adjustments.payment_id, adjustments.line, adjustments.number)):
                adjustment = PostedAdjustment(row.group_code, row.reason, row.amount_cents, row.quantity)
                parts.adjustments.setdefault((row.payment_id, row.line), []).append(adjustment)
            of_remarks = sa.select(tables.remarks).where(remarks.payment_id.in_(portion))
            for row in connection.execute(of_remarks.order_by(remarks.payment_id, remarks.line, remarks.number)):
                parts.remarks.setdefault((row.payment_id, row.line), []).append(row.code)
        return parts

    def lines_of(self, payment_id: int, claim_id: str = "") -> tuple[LinePayment, ...]:
        """Return the lines of a payment: as they came, or with the ids of the lines of a claim of ours."""
        return tuple(
            LinePayment(
                hcpcs=line.hcpcs,
                modifiers=_split(line.modifiers),
                charge=dollars(line.charge_cents),
                paid=dollars(line.paid_cents),
                units=Decimal(line.units) if line.units else None,
                service_date=tables.day_of(line.service_date),
                line_id=_line_id(claim_id, line.line_number) if claim_id else line.line_id,
                adjustments=tuple(map(in_dollars, self.adjustments_of(payment_id, line.number))),
                remarks=self.remarks_of(payment_id, line.number),
                allowed=None if claim_id or line.allowed_cents is None else dollars(line.allowed_cents),
                sent_hcpcs="" if claim_id else line.sent_hcpcs,
                sent_modifiers=() if claim_id else _split(line.sent_modifiers),
            )
            for line in self.lines.get(payment_id, ())
        )

    def posted(self, payment_id: int, row: Any) -> PostedClaim:
        """Return a payment with its parts, given a row of its day, place, status, charge, paid and number."""
        lines = tuple(
            PostedLine(
                line.line_number,
                line.charge_cents,
                line.paid_cents,
                self.adjustments_of(payment_id, line.number),
                self.remarks_of(payment_id, line.number),
            )
            for line in self.lines.get(payment_id, ())
        )
        return PostedClaim(
            paid_on=row.paid_on,
            transaction=row.transaction_id,
            position=row.position,
            status=row.status,
            charge=row.charge_cents,
            paid=row.paid_cents,
            adjustments=self.adjustments_of(payment_id, 0),
            remarks=self.remarks_of(payment_id, 0),
            lines=lines,
            number=row.payer_control_number,
        )

    def adjustments_of(self, payment_id: int, line: int) -> tuple[PostedAdjustment, ...]:
        """Return the adjustments of a line of a payment, or of the payment itself (0)."""
        return tuple(self.adjustments.get((payment_id, line), ()))

    def remarks_of(self, payment_id: int, line: int) -> tuple[str, ...]:
        """Return the remark codes of a line of a payment, or of the payment itself (0)."""
        return tuple(self.remarks.get((payment_id, line), ()))


@lru_cache(maxsize=1024)
def in_dollars(adjustment: PostedAdjustment) -> Adjustment:
    """Return a triplet of CAS as a claim to the next payer repeats it."""
    return Adjustment(
        adjustment.group,
        adjustment.reason,
        dollars(adjustment.cents),
        Decimal(adjustment.quantity) if adjustment.quantity else None,
    )


def _line_id(claim_id: str, number: int) -> str:
    return f"{claim_id}-{number}" if number else ""


@lru_cache(maxsize=1024)
def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split(":")) if text else ()
