"""What says that files arrived, into the ledger: TA1 and 999.

A rejection frees what was billed, to be sent again: it is taken only from the parties that a file went to, while an
acceptance of a file that no other can be is taken with a notice.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

import attrs
import sqlalchemy as sa

from peerbill.ledger.answers.claim_segments import claims_at
from peerbill.ledger.answers.session import ASK_FILE, CLAIMS, LedgerClaim, PostingSession, Unmatched, note_words, place
from peerbill.ledger.store import tables
from peerbill.model.claim_state import ClaimState
from peerbill.model.payer_answers import Envelope, GroupAnswer, InterchangeAnswer, SetAnswer
from peerbill.x12.read.answers import Transaction

_REJECTING = frozenset({"R", "M", "W", "X"})
_ACCEPTING = frozenset({"A", "E"})
CLAIM_FILES = ("837P", "837I")
_FORMS = {"HC": CLAIM_FILES, "HS": ("270",)}
_GUIDES = {"837P": "005010X222", "837I": "005010X223", "270": "005010X279"}
_CONTRADICTED = "contradicted"
_MOST_ERRORS = 20
"""So many errors of a transaction set are shown, and kept with each of its claims."""

ASK_SENDER = (
    "Compare sender and receiver with the files that were sent. If it is about yours all the same, withdraw the "
    "claims: peerbill withdraw"
)

# ------------------------------------------------------------------------------------------------------- files of ours


@attrs.frozen
class OurFile:
    """A file that we sent. `exact`: sender and receiver of an answer are those of the file, in each other's place."""

    batch_id: int
    number: int
    name: str
    transaction_type: str
    sender: str
    group_sender: str
    claims: int
    exact: bool


def find_file(session: PostingSession, envelope: Envelope, isa13: int, forms: Sequence[str]) -> OurFile | str:
    """Return the file with a control number that the sender of an answer received, or why there is none.

    Sender and receiver change places in an answer. A clearinghouse may answer in its own name: where only one file has
    the number, it is taken.
    """
    if isa13 < 0:
        return "the number that it answers is no control number"
    files = tables.files.c
    query = sa.select(tables.files, tables.batches.c.as_of).join(tables.batches)
    query = query.where(files.isa13 == isa13, files.state != tables.UNDONE).order_by(files.batch_id, files.number)
    if forms:
        query = query.where(files.transaction_type.in_(forms))
    rows = session.connection.execute(query).all()
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
    return OurFile(
        row.batch_id,
        row.number,
        row.name,
        row.transaction_type,
        row.sender,
        row.group_sender,
        row.claims,
        bool(exact),
    )


def number_of(text: str) -> int:
    """Return a control number, or -1 for a text that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1


def _our_file(
    session: PostingSession, transaction: Transaction, number: str, forms: Sequence[str], *, rejects: bool
) -> OurFile | None:
    """Return the file that an acknowledgment answers, or the reason why there is none."""
    file = find_file(session, transaction.envelope, number_of(number), forms)
    if isinstance(file, str):
        _leave(session, transaction, file, rejects=rejects)
        return None
    if not file.exact and rejects:
        why = f"{file.name} has the number, but went from another sender or to another receiver"
        _leave(session, transaction, f"it rejects what it answers; {why}", rejects=True, fix=ASK_SENDER)
        return None
    if not file.exact:
        session.posted.notices.append(
            f"{place(transaction)} names another sender or receiver than {file.name}, the only file with its number: "
            "it was taken as the answer to that file"
        )
    return file


def _leave(session: PostingSession, transaction: Transaction, why: str, *, rejects: bool, fix: str = ASK_FILE) -> None:
    session.posted.unmatched.append(Unmatched("", f"{place(transaction)}: {why}", fix, rejects))


def claims_of(session: PostingSession, file: OurFile) -> list[LedgerClaim]:
    """Return the claims in a file of ours."""
    return session.load(CLAIMS.batch_id == file.batch_id, CLAIMS.file_number == file.number)


# ------------------------------------------------------------------------------------------------------ TA1 and 999


def post_interchange(session: PostingSession, transaction: Transaction) -> str:
    """Post a TA1; return "": it is always posted."""
    for answer in transaction.answers:
        if not isinstance(answer, InterchangeAnswer):
            continue
        rejects = not answer.accepted
        file = _our_file(session, transaction, answer.control_number, (), rejects=rejects)
        if file is None:
            continue
        as_of = sa.select(tables.batches.c.as_of).where(tables.batches.c.batch_id == file.batch_id)
        sent_on = session.connection.execute(as_of).scalar_one().replace("-", "")
        if answer.day and not sent_on.endswith(answer.day):
            _leave(session, transaction, f"{file.name} has its control number, but not its day", rejects=rejects)
            continue
        claims = claims_of(session, file)
        session.posted.matched += len(claims) or 1
        detail = f"TA1 {answer.code}" + (f", note {note_words(answer.note)}" if answer.note else "")
        if answer.code == "R" and not claims:
            session.posted.problems.append(f"{file.name} was rejected ({detail}): correct it and send it again")
        for claim in claims:
            if answer.code == "R":
                session.reject(claim, ClaimState.REJECTED_INTERCHANGE, detail)
            elif answer.accepted and claim.state in {ClaimState.REJECTED_INTERCHANGE, ClaimState.WITHDRAWN}:
                session.contradict(claim, f"its interchange is accepted ({detail})")
            elif answer.accepted:
                session.say(claim, "interchange-accepted", detail)
        if answer.code not in _ACCEPTING | {"R"}:
            session.posted.problems.append(f"{place(transaction)}: its code is none of A, E and R: nothing was changed")
    return ""


def post_group(session: PostingSession, transaction: Transaction) -> str:
    """Post a 999; return "": it is always posted."""
    for answer in transaction.answers:
        if isinstance(answer, GroupAnswer):
            _post_group(session, transaction, answer)
    return ""


def _post_group(session: PostingSession, transaction: Transaction, answer: GroupAnswer) -> None:
    rejects = answer.code in _REJECTING or any(answered_set.code in _REJECTING for answered_set in answer.sets)
    forms = _FORMS.get(answer.function)
    if forms is None:
        function = answer.function if answer.function.isalnum() and len(answer.function) == len("HC") else "unknown"
        why = f"it answers a group of function {function}, and claims are sent in groups of function HC"
        _leave(session, transaction, why, rejects=rejects)
        return
    file = _our_file(session, transaction, answer.control_number, forms, rejects=rejects)
    if file is None:
        return
    if why := _misfit(answer, file):
        _leave(session, transaction, f"{file.name} has its number, but {why}", rejects=rejects)
        return
    claims = claims_of(session, file)
    session.posted.matched += len(claims) or 1
    if not claims:
        _tell_questions(session, file, answer)
        return
    verdict = _Verdict(session, file, answer, sorted({claim.set_number for claim in claims}))
    unanswered = 0
    for claim in claims:
        code, detail = verdict.of(claim.set_number)
        if code in _REJECTING:
            session.reject(claim, ClaimState.REJECTED_FUNCTIONAL, detail)
        elif code in _ACCEPTING and claim.state in {
            ClaimState.REJECTED_INTERCHANGE,
            ClaimState.REJECTED_FUNCTIONAL,
            ClaimState.WITHDRAWN,
        }:
            session.contradict(claim, f"its group is accepted ({detail})")
        elif code in _ACCEPTING:
            session.say(claim, "functional-accepted", detail)
        elif code != _CONTRADICTED:
            unanswered += 1
    for what, ask in verdict.contradictions():
        if ask:
            session.doubt(f"{place(transaction)}: {what}", ask)
        else:
            session.posted.problems.append(f"{place(transaction)}: {what}")
    if unanswered:
        session.posted.problems.append(
            f"{place(transaction)}: it does not say whether {unanswered:,} of the claims in {file.name} were taken "
            "in: ask the payer"
        )


def _misfit(answer: GroupAnswer, file: OurFile) -> str:
    """Return what shows that a 999 answers another kind of file, or ""."""
    guide = _GUIDES[file.transaction_type]
    if answer.version and not answer.version.startswith(guide):
        return "it answers a group of another version (AK103)"
    if any(answered_set.set_id not in ("", file.transaction_type[:3]) for answered_set in answer.sets):
        return "it answers other transaction sets (AK201)"
    if any(answered_set.version and not answered_set.version.startswith(guide) for answered_set in answer.sets):
        return "it answers transaction sets of another version (AK203)"
    return ""


def _tell_questions(session: PostingSession, file: OurFile, answer: GroupAnswer) -> None:
    if answer.code in _REJECTING or any(answered_set.code in _REJECTING for answered_set in answer.sets):
        errors = "; ".join(chain(answer.errors, *(answered_set.errors for answered_set in answer.sets)))
        session.posted.problems.append(f"{file.name} was rejected: {errors or 'no reason was given'}. Ask again")


class _Verdict:
    """What a 999 says of each transaction set of a file.

    IK5 counts before AK9, but a set is neither accepted nor rejected where the rest of the 999 says the contrary: AK9
    rejects the group, or counts the set among those accepted. AK9 speaks for every set that no AK2 names; a set number
    of 0 is unknown, and then only an answer that is the same for every set counts.
    """

    def __init__(self, session: PostingSession, file: OurFile, answer: GroupAnswer, numbers: Sequence[int]) -> None:
        self._session = session
        self._file = file
        self._answer = answer
        self._sets = {number_of(answered_set.control_number): answered_set for answered_set in answer.sets}
        self._numbers = [number for number in numbers if number]
        self._known: dict[int, tuple[str, str]] = {}

    def of(self, number: int) -> tuple[str, str]:
        """Return the code for a transaction set of ours, and what the errors are.

        The code is "" where there is none, and "contradicted" where the 999 says the contrary as well.
        """
        if number not in self._known:
            self._known[number] = self._find(number)
        return self._known[number]

    def _find(self, number: int) -> tuple[str, str]:
        answer, sets = self._answer, self._sets
        if number in sets:
            code, errors = sets[number].code, self._errors(number, sets[number])
        elif number == 0 and sets:
            codes = {sent_set.code if sent_set.code not in _REJECTING else "R" for sent_set in sets.values()}
            code = codes.pop() if len(codes) == 1 and answer.code != "P" else ""
            errors = list(dict.fromkeys(error for sent_set in sets.values() for error in sent_set.errors))
        else:
            code, errors = answer.code, []
        if self._is_contradicted(code, is_named=number in sets):
            code = _CONTRADICTED
        all_errors = [*answer.errors, *errors]
        more = f"; and {len(all_errors) - _MOST_ERRORS:,} more" if len(all_errors) > _MOST_ERRORS else ""
        return code, f"999 {code}" + (f": {'; '.join(all_errors[:_MOST_ERRORS])}{more}" if all_errors else "")

    def _is_contradicted(self, code: str, *, is_named: bool) -> bool:
        """Return whether the group contradicts the verdict on one of its sets."""
        accepted, received = self._answer.accepted, self._answer.received
        if code in _ACCEPTING:
            if self._answer.code in _REJECTING:
                return True
            return accepted == 0 or (not is_named and None not in (accepted, received) and accepted != received)
        if code not in _REJECTING or not accepted:
            return False
        # AK904 counts more sets as accepted than are left beside those that are rejected by name.
        rejected = (
            sum(answered_set.code in _REJECTING for answered_set in self._sets.values()) if is_named else received
        )
        return received is not None and accepted > received - (rejected or 0)

    def _errors(self, number: int, answer: SetAnswer) -> list[str]:
        """Return the errors of a set, each with the claim at the segment that it names, where that can be found."""
        wanted = {at for at, error in zip(answer.places, answer.errors, strict=False) if at and not _names_claim(error)}
        at_fault = claims_at(self._session.connection, self._file.batch_id, self._file.number, number, wanted)
        return [
            f"claim {at_fault[at]}: {error}" if at in at_fault and not _names_claim(error) else error
            for at, error in zip((*answer.places, *[0] * len(answer.errors)), answer.errors, strict=False)
        ]

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Yield what in the 999 does not fit together, or not the file, and what to do where it was not followed."""
        answer, name = self._answer, self._file.name
        contradicted = [
            number
            for number, one in self._sets.items()
            if self._is_contradicted(one.code, is_named=True) and number in self._known
        ]
        which = "Ask the payer which of the two holds"
        if contradicted and answer.code in _REJECTING:
            yield (
                (
                    f"it rejects the group of {name} (AK901 {answer.code}) and accepts transaction sets in it (IK5): "
                    "nothing was changed for these"
                ),
                f"{which}; a rejected group has to be sent again.",
            )
        elif contradicted:
            yield (
                (
                    f"it counts {answer.accepted or 0:,} accepted transaction sets in {name} (AK904), which "
                    "contradicts what it says of each (IK5): nothing was changed for these"
                ),
                f"{which}.",
            )
        elif answer.code in _ACCEPTING and any(answered_set.code in _REJECTING for answered_set in answer.sets):
            yield (
                (
                    f"it accepts the group of {name} (AK901 {answer.code}), but rejects transaction sets in it (IK5): "
                    "these are rejected. Ask the payer if you doubt it"
                ),
                "",
            )
        elif self._is_contradicted(answer.code, is_named=False):
            yield (
                (
                    f"it counts {answer.accepted or 0:,} of {answer.received or 0:,} transaction sets in {name} as "
                    f"accepted (AK904), which contradicts AK901 {answer.code}: nothing was changed for those that it "
                    "does not name"
                ),
                f"{which}.",
            )
        if self._numbers and answer.included is not None and answer.included != len(self._numbers):
            yield (
                f"it counts {answer.included:,} transaction sets in {name} (AK902); {len(self._numbers):,} were sent",
                "Ask the payer whether it answers this file.",
            )
        strange = [one for number, one in self._sets.items() if self._numbers and number not in self._numbers]
        if strange and 0 not in self._known:
            verb = "rejects" if any(answered_set.code in _REJECTING for answered_set in strange) else "answers"
            yield f"it {verb} transaction sets that {name} does not hold (AK202)", "Ask the payer which file it means."


def _names_claim(error: str) -> bool:
    return error.startswith("claim ")
