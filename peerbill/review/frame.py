"""The frame of a sample: every claim, line or encounter that may be drawn, as a file with a hash.

A frame has ids, days, codes and amounts; no name, birth date or number of a member at a payer.
"""

import csv
import datetime as dt
import hashlib
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import attrs

from peerbill.ledger.states import CORRECTED, GONE
from peerbill.model.claim_state import Frequency
from peerbill.model.errors import UnusableInputError
from peerbill.model.money import cents, dollars
from peerbill.model.sent_claim import SentClaim, SentLine

UNITS = ("line", "claim", "encounter")
"""What is drawn."""

AMOUNTS = ("paid", "charged")
"""Which amount of a row is reviewed."""

KEYS = ("payer", "month", "staff", "member", "amount")
"""By what rows are put into strata."""

CLUSTER_KEYS = ("member", "staff")
"""By what rows are put into clusters."""

_COLUMNS = ("row_id", "claim_id", "payer", "member_id", "staff_ids", "day", "code", "amount")
_BILLS_NOTHING = GONE | CORRECTED


@attrs.frozen
class Row:
    """A claim, line or encounter of the frame; `amount` is in cents, `staff_ids` are joined by `;`."""

    row_id: str
    claim_id: str
    payer: str
    member_id: str
    staff_ids: str
    day: dt.date
    code: str
    amount: int

    def key(self, by: str) -> str:
        """Return the stratum or cluster of the row, for any key but amount."""
        values: Mapping[str, str] = {
            "payer": self.payer,
            "month": f"{self.day:%Y-%m}",
            "staff": self.staff_ids,
            "member": self.member_id,
        }
        return values[by]


@attrs.frozen
class Frame:
    """Every row that may be drawn, by id, and the query that gave them."""

    query: str
    rows: tuple[Row, ...]

    @property
    def total(self) -> int:
        """The amount of all rows, in cents."""
        return sum(row.amount for row in self.rows)

    @property
    def content(self) -> bytes:
        """The frame as its file has it: CSV in UTF-8, rows by id, each line ended by a line feed."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for row in self.rows:
            values = attrs.asdict(row)
            writer.writerow([*(values[column] for column in _COLUMNS[:-1]), dollars(row.amount)])
        return out.getvalue().encode()

    @property
    def sha256(self) -> str:
        """The SHA-256 of `content`."""
        return hashlib.sha256(self.content).hexdigest()


def frame_of(
    claims: Iterable[SentClaim],
    *,
    unit: str,
    amount: str,
    payers: tuple[str, ...] = (),
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> Frame:
    """Return the frame of claims: those in production that bill something today, with an amount above zero.

    Raises UnusableInputError where an amount cannot be given to an encounter: its line has several.
    """
    rows = [
        row
        for claim in claims
        if claim.mode == "production" and not claim.purged
        if claim.state not in _BILLS_NOTHING and claim.frequency != Frequency.VOID
        if not payers or claim.payer in payers
        for row in _rows(claim, unit, amount)
        if row.amount > 0 and (first is None or first <= row.day) and (last is None or row.day <= last)
    ]
    words = [
        f"unit {unit}",
        f"amount {amount}, above 0",
        "claims sent in production, not rejected, withdrawn, voided or replaced, and no voids",
        f"payers {', '.join(sorted(payers)) or 'all'}",
        f"days of service {first or 'from the first'} to {last or 'the last'}",
    ]
    return checked_frame("; ".join(words), rows)


def checked_frame(query: str, rows: Iterable[Row]) -> Frame:
    """Return a frame in the order of ids. Raises UnusableInputError for an id that two rows have."""
    ordered = tuple(sorted(rows, key=lambda row: row.row_id))
    for row, after in itertools.pairwise(ordered):
        if row.row_id == after.row_id:
            raise UnusableInputError(
                f"Two rows of the frame have the id {row.row_id}: expected each id once; where two payers were billed "
                "for it, draw from the claims of one (--payer)"
            )
    return Frame(query, ordered)


def _rows(claim: SentClaim, unit: str, amount: str) -> Iterator[Row]:
    def row(row_id: str, day: dt.date, code: str, money: Decimal) -> Row:
        staff = ";".join(sorted(claim.staff_ids))
        return Row(row_id, claim.claim_id, claim.payer, claim.member_id, staff, day, code, cents(money))

    if unit == "claim":
        codes = ";".join(sorted({_code(line) for line in claim.lines}))
        yield row(claim.claim_id, claim.first_day, codes, claim.paid if amount == "paid" else claim.charge)
        return
    for line in claim.lines:
        if not line.live:
            continue
        money = line.paid if amount == "paid" else line.charge
        if unit == "line":
            yield row(f"{claim.claim_id}-{line.number}", line.service_date, _code(line), money)
        elif len(line.encounter_ids) == 1:
            yield row(line.encounter_ids[0], line.service_date, _code(line), money)
        else:
            raise UnusableInputError(
                f"Line {line.number} of claim {claim.claim_id} bills {len(line.encounter_ids)} encounters with one "
                "amount, which cannot be given to each: draw lines (--unit line)"
            )


def _code(line: SentLine) -> str:
    return ":".join((line.hcpcs, *line.modifiers))


def read_frame(content: bytes, query: str, name: str) -> Frame:
    """Return the frame of a file that `Frame.content` wrote. Raises UnusableInputError for any other file."""
    try:
        lines = list(csv.reader(io.StringIO(content.decode())))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnusableInputError(f"{name} is no frame: expected CSV in UTF-8, as sample wrote it") from error
    if not lines or tuple(lines[0]) != _COLUMNS:
        raise UnusableInputError(f"{name}:1: expected the columns {', '.join(_COLUMNS)}, as sample wrote them")
    rows = []
    for number, cells in enumerate(lines[1:], start=2):
        try:
            *texts, day, code, money = cells
            row_id, claim_id, payer, member_id, staff_ids = texts
            amount = _cents(money)
            rows.append(Row(row_id, claim_id, payer, member_id, staff_ids, dt.date.fromisoformat(day), code, amount))
        except ValueError as error:
            raise UnusableInputError(f"{name}:{number}: expected a row as sample wrote it") from error
    return checked_frame(query, rows)


_MONEY = re.compile(r"-?[0-9]{1,12}\.[0-9]{2}")


def _cents(text: str) -> int:
    if not _MONEY.fullmatch(text):
        raise ValueError("no amount as a frame has it")
    return cents(Decimal(text))
