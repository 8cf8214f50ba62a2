"""The identity of a ledger: the tag in its ids, and where its control numbers begin.

Payers answer with what we sent, and TA1 and 999 with nothing but a control number. Two ledgers of one agency that
count from 1 would take each other's answers for their own.

A tag that was drawn is settled by the first batch, from the draw and the encounters that the batch is about: a folder
that was copied before anything was sent, for a second office, gets a tag of its own once it sends something else.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable

import attrs
import sqlalchemy as sa

from peerbill.ledger.store import rows, tables
from peerbill.ledger.store.column_types import untrue
from peerbill.model.errors import LedgerError
from peerbill.model.ids import is_valid_tag

# Without I, O, 0 and 1, which are mistaken for one another on paper and on the phone.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 4
_CLAIM_ID = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}")
_LOWEST, _SPAN = 100_000_000, 700_000_000


@attrs.frozen
class Identity:
    """A ledger's tag, "" for a ledger from before tags, and the least control number that it gives."""

    tag: str = ""
    first_control_number: int = 1
    settled: bool = True

    def settled_by(self, about: Iterable[str]) -> "Identity":
        """Return the identity after the first batch, which is about these encounters: itself where it is settled."""
        if self.settled:
            return self
        digest = hashlib.sha256("\n".join((self.tag, *sorted(about))).encode()).digest()
        letters, digits = _ALPHABET[8:], _ALPHABET
        drawn = int.from_bytes(digest)
        tag = letters[drawn % len(letters)]  # a letter, since a tag is never digits alone
        for _ in range(_LENGTH - 1):
            drawn //= len(digits)
            tag += digits[drawn % len(digits)]
        return identity_of(tag)

    def claim_id(self, number: int) -> str:
        """Return the id of a claim (CLM01, 20 characters at most, 14 here)."""
        return self._id("PB", number)

    def trace(self, number: int) -> str:
        """Return the trace of a question about enrolment (TRN02 of a 270)."""
        return self._id("EQ", number)

    def claim_number(self, claim_id: str) -> int:
        """Return the number in a claim id that this ledger gave, 0 for another."""
        number = claim_id.removeprefix(f"PB{self.tag}")
        return int(number) if number.isdecimal() and self.claim_id(int(number)) == claim_id else 0

    def _id(self, kind: str, number: int) -> str:
        return f"{kind}{self.tag}{number:08d}" if self.tag else f"{kind}{number:010d}"


@attrs.frozen
class Numbers:
    """Where a caller's own claim ids and control numbers come from; None leaves them to the ledger.

    Attributes:
        claim_id: returns the next CLM01: 1 to 20 capitals, digits and hyphens, which no claim had before.
        isa13: returns the next control number, 1 to 999999999, of a sender and receiver (ISA06, ISA08). It is the
            group's too (GS06), and no file between them had it before.

    """

    claim_id: Callable[[], str] | None = None
    isa13: Callable[[str, str], int] | None = None


LEDGERS_OWN = Numbers()
"""The ledger gives every id and number itself."""


def validate_claim_id(text: str) -> str:
    """Return a claim id as it is. Raises LedgerError for an id that payers would not return as it was sent."""
    if _CLAIM_ID.fullmatch(text):
        return text
    raise LedgerError(
        "a claim id that was given is not 1 to 20 capitals, digits and hyphens, beginning with a capital or digit: "
        "payers cut and change others. Nothing was recorded or sent"
    )


def identity_of(tag: str) -> Identity:
    """Return the settled identity that a tag gives: control numbers begin at one of 700 million, the same for a tag.

    They have nine digits from the first, so that ISA13 and GS06 read alike, and 200 million are left at the least.
    """
    drawn = int.from_bytes(hashlib.sha256(f"peerbill ledger {tag}".encode()).digest()[:8])
    return Identity(tag, _LOWEST + drawn % _SPAN)


def draw_tag() -> str:
    """Return a tag at random."""
    while True:
        tag = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        if is_valid_tag(tag):
            return tag


def read_identity(connection: sa.Connection) -> Identity:
    """Return the identity of a ledger, in the transaction that the connection is in."""
    found = connection.execute(sa.select(tables.identity)).all()
    if len(found) > 1:
        raise untrue("tag")
    return Identity(found[0].tag, found[0].first_control_number, bool(found[0].settled)) if found else Identity()


def write_identity(connection: sa.Connection, identity: Identity) -> None:
    """Record the identity of a ledger, in the transaction that the connection is in."""
    rows.delete(connection, tables.identity)
    row = (identity.tag, identity.first_control_number, int(identity.settled))
    rows.insert_rows(connection, tables.identity, [row])


def last_claim(connection: sa.Connection) -> int:
    """Return the highest number in the claim ids of a ledger."""
    identity, claim_id = read_identity(connection), tables.claims.c.claim_id
    shape = identity.claim_id(0)
    ours = sa.select(sa.func.max(claim_id)).where(
        claim_id.startswith(f"PB{identity.tag}", autoescape=True), sa.func.length(claim_id) == len(shape)
    )
    return identity.claim_number(connection.execute(ours).scalar() or "")


def settle_identity(connection: sa.Connection, wanted: str) -> None:
    """Give a new ledger its identity: the tag that `[ledger] tag` names, else one at random.

    A ledger that has sent and recorded nothing may still get another tag. Raises LedgerError where another would have
    to change.
    """
    row = connection.execute(sa.select(tables.identity)).one_or_none()
    if row is not None and (not wanted or (wanted == row.tag and row.settled)):
        return
    counters = tables.counters.c
    used = sa.select(sa.func.sum(counters.value)).where(counters.name.in_(("batch", "event")))
    if row is not None and connection.execute(used).scalar():
        has = f"the ledger has the tag {row.tag}" if row.tag else "the ledger is older than tags, and has none"
        raise LedgerError(f"[ledger] tag is {wanted}, and {has}: correct or remove the line, or correct [ledger] url")
    write_identity(connection, identity_of(wanted) if wanted else attrs.evolve(identity_of(draw_tag()), settled=False))
