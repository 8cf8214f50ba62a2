"""What says that claims were taken in or not, into the ledger: the 277CA.

A claim is rejected if the answer names it, and enough in the answer agrees with it. An answer that rejects a whole
file, or a provider's claims in it (loops 2200B and 2200C), rejects the claims that it does not name only where neither
its own counts nor the ledger contradict that.
"""

from collections.abc import Iterable, Sequence

import attrs
import sqlalchemy as sa

from peerbill.ledger.answers.acknowledgments import ASK_SENDER, CLAIM_FILES, OurFile, claims_of, find_file
from peerbill.ledger.answers.session import (
    ASK_FILE,
    AT_ONCE,
    LedgerClaim,
    PostingSession,
    Unmatched,
    ask_claim,
    by_payer_number,
    claim_key,
    place,
    status_words,
)
from peerbill.ledger.answers.witnesses import Ours, is_npi, is_reference, weigh
from peerbill.ledger.states import ADJUDICATED, CORRECTED
from peerbill.ledger.store import tables
from peerbill.model.claim_state import ClaimState
from peerbill.model.money import cents, dollars, printed
from peerbill.model.payer_answers import BatchAnswer, ClaimAnswer, ClaimStatus
from peerbill.x12.read.answers import Transaction

_TAKEN_IN = frozenset({"A0", "A2", "A5"})
"""Categories of claims that a rejection of the whole cannot cover; A1 says only that the claim arrived."""

_SHORTEST_REFERENCE = len("0000000010001")
_BEFORE = ADJUDICATED | CORRECTED | {ClaimState.ACCEPTED}
"""States of a claim that the payer took in before."""


def post_statuses(session: PostingSession, transaction: Transaction) -> str:
    """Post a 277CA; return "": it is always posted."""
    statuses = _Statuses(session, transaction)
    for answer in transaction.answers:
        if isinstance(answer, BatchAnswer):
            statuses.begin(answer)
        elif isinstance(answer, ClaimAnswer):
            statuses.add(answer)
    statuses.end()
    return ""


@attrs.define(eq=False)
class _Level:
    """Loop 2200B or 2200C, and the answers on claims below it.

    `file` is the file whose transaction set `number` it answers, else None with `why`. `waiting` are the claims below
    that have no verdict of their own.
    """

    answer: BatchAnswer
    file: OurFile | None
    number: int
    why: str
    waiting: list[str] = attrs.field(factory=list)
    accepted: int = 0
    rejected: int = 0
    is_doubted: bool = False
    """Whether its rejection of the whole, or that of a level below it, was not followed but reported."""

    @property
    def named(self) -> int:
        """How many claims it is about, by the claims below it."""
        return self.rejected + len(self.waiting)


@attrs.define(eq=False)
class _Statuses:
    """A 277CA that is being posted."""

    session: PostingSession
    transaction: Transaction
    receiver: _Level | None = None
    provider: _Level | None = None
    portion: list[ClaimAnswer] = attrs.field(factory=list)

    # ---------------------------------------------------------------------------------------------- level by level

    def begin(self, answer: BatchAnswer) -> None:
        """Take a level in, which ends those before it."""
        self._post_portion()
        self._close_provider()
        if answer.level == "2200C":
            above = self.receiver
            file = above.file if above is not None else None
            why = (
                ""
                if file is not None
                else (above.why if above is not None else "no loop 2200B tells which file is meant")
            )
            self.provider = _Level(answer, file, above.number if above is not None else 0, why)
            return
        self._close_receiver()
        if answer.level == "2200B":
            self.receiver = self._level(answer)
        elif answer.rejects:
            self.session.doubt(
                f"{place(self.transaction)}: the payer refuses all that stands below its own level (loop 2200A): "
                f"{_words(answer.statuses)}; nothing was changed by that",
                "Ask the payer which files it means.",
            )

    def _level(self, answer: BatchAnswer) -> _Level:
        """Find the file that a loop 2200B answers, and compare its counts with ours."""
        session, reference = self.session, answer.reference
        file: OurFile | str = "its TRN02 is no BHT03 of ours"
        if is_reference(reference) and len(reference) >= _SHORTEST_REFERENCE:
            # BHT03 is the interchange's control number with the set's.
            file = find_file(session, self.transaction.envelope, int(reference[:9]), CLAIM_FILES)
        if isinstance(file, str):
            return _Level(answer, None, 0, file)
        level = _Level(answer, file, int(reference[9:]), "")
        sent = len(self._claims(level))
        counted = [count for count in (answer.accepted, answer.rejected) if count is not None]
        if counted and sum(counted) != sent and sent:
            session.posted.problems.append(
                f"{place(self.transaction)}: the payer counts {sum(counted):,} claims in {file.name}, set "
                f"{level.number}; {sent:,} were sent. Ask the payer for those that are missing"
            )
        return level

    def _claims(self, level: _Level) -> list[LedgerClaim]:
        if level.file is None:
            return []
        return [claim for claim in claims_of(self.session, level.file) if claim.set_number == level.number]

    def add(self, answer: ClaimAnswer) -> None:
        """Take a claim's answer in."""
        self.portion.append(answer)
        if len(self.portion) == AT_ONCE:
            self._post_portion()

    def end(self) -> None:
        """Close the open levels."""
        self._post_portion()
        self._close_provider()
        self._close_receiver()

    def _close_provider(self) -> None:
        if self.provider is not None:
            done = self._close(self.provider, "all claims of the billing provider")
            if self.receiver is not None:
                self.receiver.rejected += done
                self.receiver.is_doubted |= self.provider.is_doubted
        self.provider = None

    def _close_receiver(self) -> None:
        level = self.receiver
        self.receiver = None
        if level is None:
            return
        rejected = level.rejected + self._close(level, "the whole transaction set")
        if (level.answer.rejected or 0) > rejected and not (level.answer.rejects or level.is_doubted):
            of = f" in {level.file.name}" if level.file is not None else ""
            self.session.doubt(
                f"{place(self.transaction)}: the payer counts {level.answer.rejected:,} rejected claims{of}, and names "
                f"{rejected:,} that are ours",
                "Ask the payer which ones it rejected.",
            )

    # -------------------------------------------------------------------------------------- what refuses a whole level

    def _close(self, level: _Level, what: str) -> int:
        """Reject all claims of a level that the payer rejects, or report why not; return how many."""
        answer, session = level.answer, self.session
        if not answer.rejects:
            return 0
        why, fix = self._not_ours(level)
        claims = [] if why else self._claims(level)
        if level.file is not None and not why and not claims:
            why, fix = f"which claims of {level.file.name} stood in set {level.number} is not known", ASK_FILE
        if why:
            text = f"{place(self.transaction)} refuses {what} ({_words(answer.statuses)}): {why}"
            session.posted.unmatched.append(Unmatched("", text, fix, rejects=True))
            level.is_doubted = True
            return 0
        contradiction = self._contradiction(level, claims)
        if not contradiction:
            chosen = [claim for claim in claims if claim.state != ClaimState.REJECTED_PAYER]
            session.posted.matched += (
                len(claims) - len({*level.waiting} & {claim.claim_id for claim in claims}) - level.rejected
            )
        elif level.waiting and not level.accepted and answer.rejected == level.named:
            # The payer means the claims below, and counts those.
            chosen = [claim for claim in claims if claim.claim_id in set(level.waiting) and claim.state not in _BEFORE]
        else:
            chosen = []
        if contradiction:
            level.is_doubted = True
            session.doubt(
                f"{place(self.transaction)} refuses {what} in {self._name(level)} ({_words(answer.statuses)}), but "
                f"{contradiction}: only the claims that it names are rejected",
                "Ask the payer what became of the others.",
            )
        for claim in chosen:
            detail = f"{what}: {_words(answer.statuses)}"
            session.reject(claim, ClaimState.REJECTED_PAYER, detail, session.quote(claim, answer.words))
        session.clear()
        return len(chosen)

    def _name(self, level: _Level) -> str:
        return level.file.name if level.file is not None else "a file"

    def _not_ours(self, level: _Level) -> tuple[str, str]:
        """Return why what a level refuses must not be taken for ours, and what to do, or blanks."""
        file, answer, session = level.file, level.answer, self.session
        if file is None:
            return level.why, ASK_FILE
        if not file.exact:
            return f"{file.name} has the reference, but went from another sender or to another receiver", ASK_SENDER
        senders = {file.sender.upper(), file.group_sender.upper(), session.submitter.upper()} - {""}
        if answer.submitter_id and answer.submitter_id.upper() not in senders:
            return f"{file.name} has the reference, but another submitter is named (NM1*41)", ASK_SENDER
        if session.npis and is_npi(answer.provider_id) and answer.provider_id not in session.npis:
            return "it names another billing provider (NM1*85)", ASK_SENDER
        return "", ""

    def _contradiction(self, level: _Level, claims: Sequence[LedgerClaim]) -> str:
        """Return what contradicts that a level refuses all of some claims, or ""."""
        answer, count = level.answer, len(claims)
        if answer.accepted:
            return f"counts {answer.accepted:,} as accepted"
        if answer.rejected is not None and answer.rejected != count:
            return f"counts {answer.rejected:,} of {count:,} as rejected"
        charge = sum(claim.charge for claim in claims)
        if answer.accepted_amount:
            return f"gives {printed(answer.accepted_amount)} as accepted"
        if answer.rejected_amount and cents(answer.rejected_amount) != charge:
            return f"gives {printed(answer.rejected_amount)} as rejected, of {printed(dollars(charge))}"
        if level.accepted:
            return f"accepts {level.accepted:,} by name"
        before = [claim for claim in claims if claim.state in _BEFORE]
        if before:
            return f"{len(before):,} of them, such as {before[0].claim_id}, were accepted before"
        return ""

    # ----------------------------------------------------------------------------------------------- claim by claim

    def _post_portion(self) -> None:
        session, portion = self.session, self.portion
        session.look_up(claim_key(answer.claim_id) for answer in portion)
        lost = {
            pending.payer_control_number for pending in portion if claim_key(pending.claim_id) not in session.claims
        } - {""}
        by_number = by_payer_number(session, lost)
        matches: list[tuple[ClaimAnswer, LedgerClaim, bool]] = []
        for answer in portion:
            claim = session.claims.get(claim_key(answer.claim_id))
            named = [] if claim is not None else by_number.get(answer.payer_control_number, [])
            if claim is not None or len(named) == 1:
                matches.append((answer, claim or named[0], claim is None))
            else:
                why = "no claim of this ledger has this number or this payer control number"
                self._leave(answer, why, ask_claim(answer.payer_control_number))
        sent = _sent(session, (claim for _, claim, _ in matches))
        receivers = (self.transaction.envelope.receiver, self.transaction.envelope.group_receiver)
        for answer, claim, is_by_number in matches:
            rejects = self._verdict(answer) in {"rejects", "refused"}
            evidence = weigh(claim, answer, sent[claim.claim_id], receivers, by_number=is_by_number)
            if why := evidence.against(rejects=rejects):
                fix = (
                    "Compare the answer with the claim. If another system billed it, post it there"
                    + ("; if it is yours all the same, withdraw the claim: peerbill withdraw" if rejects else "")
                    + "."
                )
                self._leave(answer, why, fix)
                continue
            session.posted.matched += 1
            if evidence.has_another_charge:
                session.posted.problems.append(
                    f"claim {claim.claim_id} is answered with another charge than the "
                    f"{printed(dollars(claim.charge))} that were sent: ask the payer what it has on file"
                )
            self._post(answer, claim)
        session.clear()
        portion.clear()

    def _leave(self, answer: ClaimAnswer, why: str, fix: str) -> None:
        rejects = self._verdict(answer) == "rejects"
        self.session.posted.unmatched.append(Unmatched(answer.claim_id, why, fix, rejects))

    def _verdict(self, answer: ClaimAnswer) -> str:
        """Return an answer's verdict on its claim: rejects, accepts, "" (neither), or refused with its level."""
        if answer.rejected:
            return "rejects"
        if _is_taken_in(answer):
            return "accepts"
        if any(level is not None and level.answer.rejects for level in (self.receiver, self.provider)):
            return "refused"
        return "accepts" if answer.accepted else ""

    def _post(self, answer: ClaimAnswer, claim: LedgerClaim) -> None:
        session = self.session
        sentences = list(map(status_words, answer.statuses))
        sentences += [
            f"line {line.line_id}: {status_words(status)}" for line in answer.lines for status in line.statuses
        ]
        detail = "; ".join(sentences) or "no status"
        words = [*answer.words, *(text for line in answer.lines for text in line.words)]
        levels = [level for level in (self.provider, self.receiver) if level is not None]
        match self._verdict(answer):
            case "rejects":
                for level in levels:
                    level.rejected += 1
                session.reject(claim, ClaimState.REJECTED_PAYER, detail, session.quote(claim, words))
            case "refused":
                # A rejection of the whole is decided at its end; the reason is the level's.
                next(level for level in levels if level.answer.rejects).waiting.append(claim.claim_id)
                session.quote(claim, words)
            case "accepts":
                for level in levels:
                    level.accepted += 1
                session.quote(claim, words)
                if claim.state not in ADJUDICATED:  # a remittance names the number that the payer decided under
                    session.number(claim, answer.payer_control_number)
                if claim.state == ClaimState.REJECTED_PAYER and not _is_taken_in(answer):
                    # It arrived, and was rejected: whoever passed it on may answer later than the payer.
                    session.say(claim, ClaimState.ACCEPTED, detail)
                else:
                    session.accept(claim, ClaimState.ACCEPTED, detail)
                if any(status.rejects for line in answer.lines for status in line.statuses):
                    session.posted.problems.append(
                        f"claim {claim.claim_id} is accepted, but a line of it is rejected ({detail}): ask the payer "
                        "whether it goes on with the claim"
                    )
            case _:
                session.quote(claim, words)
                session.say(claim, "status", detail)
                session.posted.problems.append(
                    f"claim {claim.claim_id}: its status neither accepts nor rejects it ({detail}): ask the payer"
                )


def _is_taken_in(answer: ClaimAnswer) -> bool:
    return any(status.category in _TAKEN_IN for status in answer.statuses)


def _words(statuses: Iterable[ClaimStatus]) -> str:
    return "; ".join(map(status_words, statuses))


def _sent(session: PostingSession, claims: Iterable[LedgerClaim]) -> dict[str, Ours]:
    """Return what was sent around each claim: its BHT03, and who sent it."""
    all_claims = list(claims)
    files = tables.files.c
    wanted = {(claim.batch_id, claim.file_number) for claim in all_claims}
    query = sa.select(files.batch_id, files.number, files.isa13, files.sender, files.group_sender)
    query = query.where(files.batch_id.in_(sorted({batch_id for batch_id, _ in wanted})))
    rows = {(row.batch_id, row.number): row for row in session.connection.execute(query)} if wanted else {}
    ours = {}
    for claim in all_claims:
        row = rows[claim.batch_id, claim.file_number]
        senders = frozenset({row.sender.upper(), row.group_sender.upper(), session.submitter.upper()} - {""})
        ours[claim.claim_id] = Ours(int(f"{row.isa13:09d}{claim.set_number:04d}"), senders, session.npis)
    return ours
