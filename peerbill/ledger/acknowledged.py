"""What says that files and claims arrived, into the ledger: TA1, 999 and 277CA."""

from collections.abc import Sequence
from itertools import chain

import attrs
import sqlalchemy as sa

from peerbill.answer import BatchAnswer, ClaimAnswer, Envelope, GroupAnswer, InterchangeAnswer
from peerbill.ledger import tables
from peerbill.ledger.desk import (
    ASK_FILE,
    AT_ONCE,
    CLAIMS,
    Desk,
    Standing,
    Transaction,
    Unmatched,
    ask_claim,
    by_payer_number,
    claim_key,
    place,
    status_words,
)
from peerbill.ledger.manifest import cents
from peerbill.ledger.states import ADJUDICATED, WITHDRAWN

_REJECTING = frozenset({"R", "M", "W", "X"})
_ACCEPTING = frozenset({"A", "E"})
_UNSENT = "undone"
_CLAIM_FILES = ("837P", "837I")
_FORMS = {"HC": _CLAIM_FILES, "HS": ("270",)}

# ------------------------------------------------------------------------------------------------------- files of ours


@attrs.frozen
class OurFile:
    """A file that we sent."""

    batch_id: int
    number: int
    name: str
    transaction_type: str
    claims: int
    exact: bool


def _find_file(desk: Desk, envelope: Envelope, isa13: int, forms: Sequence[str]) -> OurFile | str:
    """Return the file with a control number that the sender of an answer received, or why there is none.

    Sender and receiver change places in an answer. A clearinghouse may answer in its own name: where only one file has
    the number, it is taken.
    """
    if isa13 < 0:
        return "the number that it answers is no control number"
    files = tables.files.c
    query = sa.select(tables.files, tables.batches.c.as_of).join(tables.batches)
    query = query.where(files.isa13 == isa13, files.state != _UNSENT).order_by(files.batch_id, files.number)
    if forms:
        query = query.where(files.transaction_type.in_(forms))
    rows = desk.connection.execute(query).all()
    theirs = (envelope.receiver.upper(), envelope.sender.upper())
    exact = [row for row in rows if (row.sender.upper(), row.receiver.upper()) == theirs]
    group = (envelope.group_receiver.upper(), envelope.group_sender.upper())
    exact = exact or [
        row for row in rows if all(group) and (row.group_sender.upper(), row.group_receiver.upper()) == group
    ]
    found = exact or rows
    if not found:
        return f"no file that was sent has the control number {isa13}"
    if len(found) > 1:
        return f"{len(found)} files have the control number {isa13}, and sender and receiver tell none of them"
    row = found[0]
    return OurFile(row.batch_id, row.number, row.name, row.transaction_type, row.claims, bool(exact))


def _number(text: str) -> int:
    """Return a control number, or -1 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1


def _our_file(desk: Desk, transaction: Transaction, number: str, forms: Sequence[str]) -> OurFile | None:
    """Return the file that an acknowledgment answers, or tell that there is none."""
    found = _find_file(desk, transaction.envelope, _number(number), forms)
    if isinstance(found, str):
        desk.posted.unmatched.append(Unmatched("", f"{place(transaction)}: {found}", ASK_FILE))
        return None
    if not found.exact:
        desk.posted.notices.append(
            f"{place(transaction)} names another sender or receiver than {found.name}, the only file with its number: "
            "it was taken as the answer to that file"
        )
    return found


def _claims_of(desk: Desk, file: OurFile) -> list[Standing]:
    return desk.lay_out(CLAIMS.batch_id == file.batch_id, CLAIMS.file_number == file.number)


# ------------------------------------------------------------------------------------------------------ TA1 and 999


def post_interchange(desk: Desk, transaction: Transaction) -> str:
    """Post a TA1; return "": it is always posted."""
    for answer in transaction.answers:
        if not isinstance(answer, InterchangeAnswer):
            continue
        file = _our_file(desk, transaction, answer.control_number, ())
        if file is None:
            continue
        as_of = sa.select(tables.batches.c.as_of).where(tables.batches.c.batch_id == file.batch_id)
        sent_on = desk.connection.execute(as_of).scalar_one().replace("-", "")
        if answer.day and not sent_on.endswith(answer.day):
            why = f"{place(transaction)}: {file.name} has its control number, but not its day"
            desk.posted.unmatched.append(Unmatched("", why, ASK_FILE))
            continue
        claims = _claims_of(desk, file)
        desk.posted.matched += len(claims) or 1
        detail = f"TA1 {answer.code}" + (f", note {answer.note}" if answer.note else "")
        if answer.code == "R" and not claims:
            desk.posted.problems.append(f"{file.name} was rejected ({detail}): correct it and send it again")
        for claim in claims:
            if answer.code == "R":
                desk.reject(claim, "rejected-interchange", detail)
            elif answer.accepted and claim.state in {"rejected-interchange", WITHDRAWN}:
                desk.contradict(claim, f"its interchange is accepted ({detail})")
            elif answer.accepted:
                desk.say(claim, "interchange-accepted", detail)
        if answer.code not in _ACCEPTING | {"R"}:
            desk.posted.problems.append(f"{place(transaction)}: its code is none of A, E and R: nothing was changed")
    return ""


def post_group(desk: Desk, transaction: Transaction) -> str:
    """Post a 999; return "": it is always posted."""
    for answer in transaction.answers:
        if not isinstance(answer, GroupAnswer):
            continue
        file = _our_file(desk, transaction, answer.control_number, _FORMS.get(answer.function, ()))
        if file is None:
            continue
        claims = _claims_of(desk, file)
        desk.posted.matched += len(claims) or 1
        if not claims:
            _tell_questions(desk, file, answer)
        unanswered = 0
        for claim in claims:
            code, detail = _verdict(answer, claim.set_number)
            if code in _REJECTING:
                desk.reject(claim, "rejected-functional", detail)
            elif code in _ACCEPTING and claim.state in {"rejected-interchange", "rejected-functional", WITHDRAWN}:
                desk.contradict(claim, f"its group is accepted ({detail})")
            elif code in _ACCEPTING:
                desk.say(claim, "functional-accepted", detail)
            else:
                unanswered += 1
        if unanswered:
            desk.posted.problems.append(
                f"{place(transaction)}: it does not say whether {unanswered:,} of the claims in {file.name} were taken "
                "in: ask the payer"
            )
    return ""


def _tell_questions(desk: Desk, file: OurFile, answer: GroupAnswer) -> None:
    if answer.code in _REJECTING or any(one.code in _REJECTING for one in answer.sets):
        errors = "; ".join(chain(answer.errors, *(one.errors for one in answer.sets)))
        desk.posted.problems.append(f"{file.name} was rejected: {errors or 'no reason was given'}. Ask again")


def _verdict(answer: GroupAnswer, set_number: int) -> tuple[str, str]:
    """Return the code for a transaction set of ours, "" where there is none, and what the errors are.

    IK5 counts before AK9. AK9 speaks for every set that no AK2 names; a set number of 0 is not known, and then only
    what was said of every set alike holds.
    """
    sets = {_number(one.control_number): one for one in answer.sets}
    if set_number in sets:
        one = sets[set_number]
        code, errors = one.code, one.errors
    elif set_number == 0 and sets:
        said = {one.code if one.code not in _REJECTING else "R" for one in sets.values()}
        code = said.pop() if len(said) == 1 and answer.code != "P" else ""
        errors = tuple(dict.fromkeys(error for one in sets.values() for error in one.errors))
    else:
        code, errors = answer.code, ()
    every = "; ".join((*answer.errors, *errors))
    return code, f"999 {code}" + (f": {every}" if every else "")


# ------------------------------------------------------------------------------------------------------------- 277CA


def post_statuses(desk: Desk, transaction: Transaction) -> str:
    """Post a 277CA; return "": it is always posted."""
    whole: BatchAnswer | None = None
    provider: BatchAnswer | None = None
    portion: list[tuple[ClaimAnswer, BatchAnswer | None]] = []
    for answer in transaction.answers:
        if isinstance(answer, BatchAnswer):
            if answer.level == "2200C":
                provider = answer
            else:
                whole, provider = answer, None
                _post_statuses_of_claims(desk, portion)
                portion.clear()
                _post_batch(desk, transaction, answer)
        elif isinstance(answer, ClaimAnswer):
            above = next((one for one in (whole, provider) if one is not None and one.rejects), None)
            portion.append((answer, above))
            if len(portion) == AT_ONCE:
                _post_statuses_of_claims(desk, portion)
                portion.clear()
    _post_statuses_of_claims(desk, portion)
    return ""


def _post_batch(desk: Desk, transaction: Transaction, answer: BatchAnswer) -> None:
    """Compare the counts with ours; reject every claim of a transaction set that is rejected as a whole."""
    reference = answer.reference
    found: OurFile | str = "its TRN02 is no BHT03 of ours"
    if reference.isascii() and reference.isdigit() and len(reference) >= 13:
        # BHT03 is the interchange's control number with the set's.
        found = _find_file(desk, transaction.envelope, int(reference[:9]), _CLAIM_FILES)
    if isinstance(found, str):
        if answer.rejects:
            desk.posted.unmatched.append(Unmatched("", f"{place(transaction)}: {found}", ASK_FILE))
        return
    number = int(reference[9:])
    claims = [claim for claim in _claims_of(desk, found) if claim.set_number == number]
    counted = [one for one in (answer.accepted, answer.rejected) if one is not None]
    if counted and sum(counted) != len(claims) and claims:
        desk.posted.problems.append(
            f"{place(transaction)}: the payer counts {sum(counted):,} claims in {found.name}, set {number}; "
            f"{len(claims):,} were sent. Ask the payer for those that are missing"
        )
    if not answer.rejects:
        return
    if not claims:
        why = f"{place(transaction)}: which claims of {found.name} stood in set {number} is not known"
        desk.posted.unmatched.append(Unmatched("", why, ASK_FILE))
    detail = "; ".join(map(status_words, answer.statuses))
    desk.posted.matched += len(claims)
    for claim in claims:
        desk.reject(claim, "rejected-payer", f"the whole transaction set: {detail}")
    desk.flush()


def _post_statuses_of_claims(desk: Desk, portion: Sequence[tuple[ClaimAnswer, BatchAnswer | None]]) -> None:
    desk.look_up(claim_key(answer.claim_id) for answer, _ in portion)
    lost = {one.payer_control_number for one, _ in portion if claim_key(one.claim_id) not in desk.claims} - {""}
    by_number = by_payer_number(desk, lost)
    for answer, above in portion:
        claim = desk.claims.get(claim_key(answer.claim_id))
        if claim is None:
            named = by_number.get(answer.payer_control_number, [])
            charge = None if answer.charge is None else cents(answer.charge)
            named = [one for one in named if charge in (None, one.charge)]
            claim = named[0] if len(named) == 1 else None
        if claim is None:
            why = "no claim of this ledger has this number or this payer control number"
            fix = ask_claim(answer.payer_control_number)
            desk.posted.unmatched.append(Unmatched(answer.claim_id, why, fix))
            continue
        desk.posted.matched += 1
        said = list(map(status_words, answer.statuses))
        said += [f"line {line.line_id}: {status_words(one)}" for line in answer.lines for one in line.statuses]
        detail = "; ".join(said) or "no status"
        if answer.rejected or above is not None:
            if above is None or claim.state != "rejected-payer":
                desk.reject(claim, "rejected-payer", detail)
        elif answer.accepted:
            if claim.state not in ADJUDICATED:  # a remittance names the number that the payer decided under
                desk.number(claim, answer.payer_control_number)
            desk.accept(claim, "accepted", detail)
            if any(one.rejects for line in answer.lines for one in line.statuses):
                desk.posted.problems.append(
                    f"claim {claim.claim_id} is accepted, but a line of it is rejected ({detail}): ask the payer "
                    "whether it goes on with the claim"
                )
        else:
            desk.say(claim, "status", detail)
            desk.posted.problems.append(
                f"claim {claim.claim_id}: its status neither accepts nor rejects it ({detail}): ask the payer"
            )
    desk.clear()
