"""The rows of payments: written as they come from an 835, and read again as they count together."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import attrs
import sqlalchemy as sa

from peerbill import codes
from peerbill.ledger.answers.decisions import PostedAdjustment, PostedClaim, PostedLine
from peerbill.ledger.store import tables
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.rows import insert_rows
from peerbill.model.claim import Adjustment
from peerbill.model.money import cents, dollars, printed
from peerbill.model.payer_answers import ClaimPayment, LinePayment

Row = tuple[object, ...]


def is_passed_on(payment: ClaimPayment) -> bool:
    """Return whether a payer says that it passed the claim on itself: by CLP02, a remark, a reason or NM1*TT."""
    return content_of(payment).forwarded


class LineContent(NamedTuple):
    """What a payment says of a line, in cents."""

    charge: int
    paid: int
    allowed: int | None
    adjustments: tuple[PostedAdjustment, ...]
    remarks: tuple[str, ...]


@attrs.frozen(eq=False)
class PaymentContent:
    """What a payment says, whoever's it is; in cents.

    `reasons` are group and reason of every adjustment, `every_remark` every remark, of the claim and its lines;
    `amounts` what was paid of what was charged, in words. `forwarded`: the payer passed the claim on itself.
    `fraction` is the first amount that is not whole cents, with its place, or ("", "").
    `adjustment_rows` and `remark_rows` are rows without the payment's id.
    """

    charge: int
    paid: int
    patient: int | None
    interest: int | None
    adjustments: tuple[PostedAdjustment, ...]
    remarks: tuple[str, ...]
    lines: tuple[LineContent, ...]
    reasons: tuple[tuple[str, str], ...]
    every_remark: tuple[str, ...]
    amounts: str
    forwarded: bool
    fraction: tuple[str, str]
    adjustment_rows: tuple[Row, ...]
    remark_rows: tuple[Row, ...]


def content_of(payment: ClaimPayment) -> PaymentContent:
    """Return what a payment says: most payments of a remittance say what another one says, and share it."""
    return _content(
        payment.status,
        payment.crossover,
        payment.charge,
        payment.paid,
        payment.patient,
        payment.interest,
        payment.adjustments,
        payment.remarks,
        tuple([(line.charge, line.paid, line.allowed, line.adjustments, line.remarks) for line in payment.lines]),
        # Equal values may be written in several ways, such as 0 and -0, and are shown or kept as they are written.
        payment.charge.is_signed(),
        payment.paid.is_signed(),
        *[str(adjustment.quantity) for adjustment in payment.every_adjustment if adjustment.quantity is not None],
    )


_Line = tuple[Decimal, Decimal, Decimal | None, tuple[Adjustment, ...], tuple[str, ...]]


@lru_cache(maxsize=4096)
def _content(
    status: str,
    crossover: bool,
    charge: Decimal,
    paid: Decimal,
    patient: Decimal | None,
    interest: Decimal | None,
    adjustments: tuple[Adjustment, ...],
    remarks: tuple[str, ...],
    lines: Sequence[_Line],
    *_as_written: object,
) -> PaymentContent:
    """Return what a payment with these values says."""
    of_lines = [adjustments, *(of_line for *_, of_line, _ in lines)]
    codes_of_lines = [remarks, *(of_line for *_, of_line in lines)]
    every_adjustment = tuple(chain(*of_lines))
    every_remark = tuple(chain(*codes_of_lines))
    posted = [tuple(map(_posted, of_line)) for of_line in of_lines]
    return PaymentContent(
        charge=cents(charge),
        paid=cents(paid),
        patient=None if patient is None else cents(patient),
        interest=None if interest is None else cents(interest),
        adjustments=posted[0],
        remarks=remarks,
        lines=tuple(
            LineContent(
                cents(line_charge), cents(line_paid), None if allowed is None else cents(allowed), of_line, line_remarks
            )
            for (line_charge, line_paid, allowed, _, line_remarks), of_line in zip(lines, posted[1:], strict=True)
        ),
        reasons=tuple((adjustment.group, adjustment.reason) for adjustment in every_adjustment),
        every_remark=every_remark,
        amounts=f"{printed(paid)} of {printed(charge)}",
        forwarded=crossover or codes.is_forwarded(status, [one.reason for one in every_adjustment], every_remark),
        fraction=_fraction(charge, paid, lines, every_adjustment),
        adjustment_rows=tuple(
            (line, number, group[:2], reason, amount, quantity)
            for line, of_line in enumerate(posted)
            for number, (group, reason, amount, quantity) in enumerate(of_line, start=1)
        ),
        remark_rows=tuple(
            (line, number, code)
            for line, of_line in enumerate(codes_of_lines)
            for number, code in enumerate(of_line, start=1)
        ),
    )


def _posted(adjustment: Adjustment) -> PostedAdjustment:
    quantity = "" if adjustment.quantity is None else str(adjustment.quantity)
    return PostedAdjustment(adjustment.group, adjustment.reason, cents(adjustment.amount), quantity)


def _fraction(
    charge: Decimal, paid: Decimal, lines: Sequence[_Line], adjustments: Sequence[Adjustment]
) -> tuple[str, str]:
    """Return the place and the text of the first amount that is not whole cents, or two empty texts."""
    amounts = [
        ("CLP03", charge),
        ("CLP04", paid),
        *(("SVC02", line[0]) for line in lines),
        *(("SVC03", line[1]) for line in lines),
        *(("CAS", adjustment.amount) for adjustment in adjustments),
    ]
    fractions = ((place, f"{amount.normalize():f}") for place, amount in amounts if amount * 100 % 1)
    return next(fractions, ("", ""))


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
        content: PaymentContent,
        claim_id: str,
        numbers: Sequence[int],
        *,
        payer: str = "",
        about: str = "",
    ) -> PostedClaim:
        """Take a payment in, and return it as it counts among those of its claim; "" for none of ours.

        `payer` and `about` are the columns of the table `payments`.
        """
        self.payments.append(
            (
                payment_id,
                transaction_id,
                payment.position,
                claim_id,
                payment.claim_id,
                payment.status,
                content.charge,
                content.paid,
                content.patient,
                content.interest,
                payment.payer_control_number,
                payment.received_on.isoformat() if payment.received_on else "",
                payer,
                about,
                payment.subscriber_id,
                payment.first_day.isoformat() if payment.first_day else "",
                payment.last_day.isoformat() if payment.last_day else "",
                payment.corrected_id,
                int(content.forwarded),
            )
        )
        self.adjustments += [(payment_id, *row) for row in content.adjustment_rows]
        self.remarks += [(payment_id, *row) for row in content.remark_rows]
        lines: list[PostedLine] = []
        for at, (line, number, of_line) in enumerate(zip(payment.lines, numbers, content.lines, strict=True), start=1):
            charge, paid, allowed, adjustments, remarks = of_line
            self.lines.append(
                (
                    payment_id,
                    at,
                    number,
                    line.service_date.isoformat() if line.service_date else "",
                    line.hcpcs,
                    ":".join(line.modifiers),
                    "" if line.units is None else str(line.units),
                    charge,
                    paid,
                    allowed,
                    line.line_id,
                    line.sent_hcpcs,
                    ":".join(line.sent_modifiers),
                )
            )
            lines.append(PostedLine(number, charge, paid, adjustments, remarks))
        return PostedClaim(
            paid_on,
            transaction_id,
            payment.position,
            payment.status,
            content.charge,
            content.paid,
            content.adjustments,
            content.remarks,
            tuple(lines),
            payment.payer_control_number,
        )

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
