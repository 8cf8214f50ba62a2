"""The answers in a file, distinguished by their content: TA1, 999, 277CA, 835 and 271.

`read_transactions` is the entry point; a file may hold several interchanges, groups and transaction sets of any kind.
"""

from collections.abc import Callable, Iterable, Iterator

import attrs

from peerbill.model.payer_answers import Answer, Envelope
from peerbill.x12.problems import Problem
from peerbill.x12.read.answer_source import Head, Source, field
from peerbill.x12.read.read271 import read_eligibility
from peerbill.x12.read.read835 import read_remittance
from peerbill.x12.read.read_acknowledgments import (
    read_claim_acknowledgment,
    read_implementation_acknowledgment,
    read_ta1,
)
from peerbill.x12.reader import Source as Text
from peerbill.x12.reader import decode, opened

VERSIONS = {
    "999": ("005010X231A1", "005010X231"),
    "277CA": ("005010X214",),
    "835": ("005010X221A1", "005010X221"),
    "271": ("005010X279A1", "005010X279"),
}
"""The versions of each kind that are read without a word; others are read as these."""

_READERS: dict[str, Callable[[Source], Iterator[Answer]]] = {
    "999": read_implementation_acknowledgment,
    "277CA": read_claim_acknowledgment,
    "835": read_remittance,
    "271": read_eligibility,
}


@attrs.define(eq=False)
class Transaction:
    """A transaction set (or one TA1) of a file, read while `answers` is walked, in constant memory.

    `kind` is TA1, 999, 277CA, 835, 271, or "" for a set that is none of them (its ST01 is in `set_id`). A file without
    any set gives a set of kind "" with `segment` 0 and the problems of the file. `problems` (reading, envelope, what no
    table knows), `digest` (SHA-256 of the set's own segments in hex, the same in whatever envelope and delimiters it
    comes, and under whatever number) and `complete` are whole once `answers` is exhausted. A set that is not `complete`
    was cut off before SE: it must not be posted. `segment` is the place of ST or TA1 in the file, ISA is 1.
    """

    kind: str
    set_id: str
    envelope: Envelope
    segment: int
    answers: Iterator[Answer]
    problems: list[Problem] = attrs.field(factory=list)
    digest: str = ""
    complete: bool = False


def read_answers(source: Text) -> Iterator[Transaction]:
    """Yield the transaction sets that a payer sent (TA1, 999, 277CA, 835, 271), in order, without a ledger.

    `source` is the content as bytes or text, a Path, or a binary stream; a file of any size is read in constant memory.
    Walk `answers` of each set before you go on to the next. Faults are in its `problems`, never raised; a content
    without any set gives a set of kind "". See `read_transactions` for what each kind yields.

    Raises:
        OSError: the file cannot be read; raised at the first step.
        TypeError: `source` is of another kind.

    >>> from peerbill import read_answers
    >>> [found.kind for found in read_answers(b"no X12")]
    ['']

    """
    with opened(source) as file:
        yield from read_transactions(decode(file))


def read_transactions(chunks: Iterable[str]) -> Iterator[Transaction]:
    """Yield the transaction sets of an X12 text in order. Going on to the next set reads the previous set to its end.

    An 835 yields RemittanceHead, a ClaimPayment for each CLP, and RemittanceEnd; a 277CA BatchAnswer and ClaimAnswer
    in their order; a 999 one GroupAnswer; a TA1 one InterchangeAnswer; a 271 an EligibilityAnswer per subscriber.
    """
    source = Source(chunks)
    found = False
    while head := source.begin():
        found = True
        transaction = _transaction(source, head)
        yield transaction
        for _ in transaction.answers:
            pass
        _end(source, transaction)
    if not found:
        yield Transaction("", "", Envelope(), 0, iter(()), source.leftover())


def _transaction(source: Source, head: Head) -> Transaction:
    elements = head.elements
    answers: Iterator[Answer]
    if elements[0] == "TA1":
        kind, set_id, answers = "TA1", "", read_ta1(source, elements)
    else:
        set_id = field(elements, 1)
        kind = _kind(source, set_id, head.envelope.version)
        answers = _READERS[kind](source) if kind else iter(())
        if kind and head.envelope.version not in VERSIONS[kind]:
            read_as = VERSIONS[kind][0]
            source.tell("X12-801", f"the version of this {kind} is not {read_as}; it is read as that", "ST03")
    transaction = Transaction(kind, set_id, head.envelope, head.segment, answers, head.notes.problems)
    transaction.answers = _answers(source, transaction, answers)
    return transaction


def _kind(source: Source, set_id: str, version: str) -> str:
    if set_id != "277":
        return set_id if set_id in _READERS else ""
    # 277 is also the answer to a status request (X212): X214 or, where the version is silent, BHT01 decides.
    if version:
        return "277CA" if "X214" in version else ""
    following = (source.peek() or "").split(source.delimiters.element)
    return "277CA" if following[0] == "BHT" and field(following, 1) == "0085" else ""


def _answers(source: Source, transaction: Transaction, answers: Iterator[Answer]) -> Iterator[Answer]:
    yield from answers
    _end(source, transaction)


def _end(source: Source, transaction: Transaction) -> None:
    if not transaction.digest:
        source.end()
        transaction.digest, transaction.complete = source.digest, source.complete
