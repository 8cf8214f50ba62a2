"""Claims to the text of an 837, in the form that they are of: 837P or 837I."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain

from peerbill.model.claim import Claim, Payer
from peerbill.model.errors import X12Error
from peerbill.model.records import Settings
from peerbill.x12 import rules837i, rules837p
from peerbill.x12.write import write837i, write837p

_Write = Callable[[Iterable[Claim], Payer, Settings, dt.date, int, int], Iterator[str]]

_WRITERS: Mapping[str, _Write] = {"837P": write837p.write_interchange, "837I": write837i.write_interchange}


def write_interchange(
    claims: Iterable[Claim], payer: Payer, settings: Settings, as_of: dt.date, isa13: int, st_first: int = 1
) -> Iterator[str]:
    """Yield the text of one interchange, a chunk per claim, in the order of the claims and the form of the first.

    X12Error: a claim is of another form than the first, and whatever `peerbill.x12.write.write837p.write_interchange`
    refuses; what was yielded before it is then not a file.
    """
    remaining = iter(claims)
    first = next(remaining, None)
    if first is None:
        raise X12Error("an interchange without a claim is not written")
    if first.form not in _WRITERS:
        raise X12Error(f"claim {first.claim_id}: its form is none of {', '.join(_WRITERS)}")
    of_one_form = _of_form(first.form, chain((first,), remaining))
    yield from _WRITERS[first.form](of_one_form, payer, settings, as_of, isa13, st_first)


def _of_form(form: str, claims: Iterable[Claim]) -> Iterator[Claim]:
    for claim in claims:
        if claim.form != form:
            message = f"claim {claim.claim_id}: it is an {claim.form}, and the file is an {form}"
            raise X12Error(f"{message}. Write each form into files of its own")
        yield claim


def claim_problems(claim: Claim, payer: Payer, settings: Settings, as_of: dt.date | None = None) -> tuple[str, ...]:
    """Return every rule of its form that a claim breaks on its own, as sentences; () for one that can be written."""
    problems = rules837i.claim_problems if claim.form == "837I" else rules837p.claim_problems
    return problems(claim, payer, settings, as_of)
