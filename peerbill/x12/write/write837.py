"""Claims to the text of an 837, in the form that they are of: 837P or 837I."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from itertools import chain

from peerbill.model.claim import Claim, Payer
from peerbill.model.errors import X12Error
from peerbill.model.records import Settings

_Write = Callable[[Iterable[Claim], Payer, Settings, dt.date, int, int], Iterator[str]]

_LAST_CONTROL_NUMBER = 999_999_999

_WRITERS = {"837P": "peerbill.x12.write.write837p", "837I": "peerbill.x12.write.write837i"}
"""The modules of the forms. Who writes nothing does without them, and without the classes of all segments."""


def write_837(claims: Iterable[Claim], payer: Payer, settings: Settings, day: dt.date, *, isa13: int) -> bytes:
    """Return one 837 file, 837P or 837I as the claims are: the bytes to send.

    All `claims` are to `payer`, of the same form and billing provider (`Claim.bills_as`), and at most
    `payer.max_claims_per_file` where the payer counts them.
    `day` is the date of the envelope. `isa13` is the interchange control number, 1 to 999999999: the receiver refuses a
    number that it had before from the same sender. Nothing is recorded; `Agency.bill` numbers, writes and records in
    one go.

    Raises:
        X12Error: there is no claim, a claim is to another payer, of another form or of another billing provider, or it
            cannot be written as the guide demands; the message names the claim and the rule.

    """
    claims = tuple(claims)
    for claim in claims:
        if claim.payer != payer.key:
            raise X12Error(f"claim {claim.claim_id}: it is to {claim.payer}, and the file is to {payer.key}")
    if not 1 <= isa13 <= _LAST_CONTROL_NUMBER:
        raise X12Error(f"ISA13: expected a number of 1 to {_LAST_CONTROL_NUMBER}. Give the next one of this receiver")
    return "".join(write_interchange(claims, payer, settings, day, isa13)).encode()


def write_interchange(
    claims: Iterable[Claim], payer: Payer, settings: Settings, as_of: dt.date, isa13: int, st_first: int = 1
) -> Iterator[str]:
    """Yield the text of an interchange, a chunk per claim, in the order of the claims, as the first is billed.

    X12Error: a claim is of another form or billing provider than the first, and whatever the writer of the form refuses
    (`peerbill.x12.write.write837p.write_interchange`); what was yielded before it is then not a file.
    """
    remaining = iter(claims)
    first = next(remaining, None)
    if first is None:
        raise X12Error("an interchange without a claim is not written")
    if first.form not in _WRITERS:
        raise X12Error(f"claim {first.claim_id}: its form is none of {', '.join(_WRITERS)}")
    if first.bills_as and first.bills_as not in settings.sites:
        raise X12Error(f"claim {first.claim_id}: site {first.bills_as}, which bills it, is not one of [sites]")
    alike = _alike(first, chain((first,), remaining))
    billing = settings.billing_as(first.bills_as)
    write: _Write = import_module(_WRITERS[first.form]).write_interchange
    yield from write(alike, payer, billing, as_of, isa13, st_first)


def _alike(first: Claim, claims: Iterable[Claim]) -> Iterator[Claim]:
    for claim in claims:
        if claim.form != first.form:
            message = f"claim {claim.claim_id}: it is an {claim.form}, and the file is an {first.form}"
            raise X12Error(f"{message}. Write each form into files of its own")
        if claim.bills_as != first.bills_as:
            message = f"claim {claim.claim_id}: it has another billing provider than the file"
            raise X12Error(f"{message}. Write the claims of each into files of their own")
        yield claim
