"""Where the claims of a transaction set lie while it is posted: looked up together, changed, written together."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import attrs
import sqlalchemy as sa

from peerbill import codes
from peerbill.ledger import states
from peerbill.ledger.modes import in_test
from peerbill.ledger.states import ADJUDICATED, CORRECTED, GONE, REJECTED, reinstate
from peerbill.ledger.store import tables
from peerbill.ledger.store.ledger import Ledger
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.rows import insert_rows
from peerbill.ledger.store.statements import rows_by
from peerbill.ledger.store.trail import Event
from peerbill.model.claim import Payer
from peerbill.model.claim_state import ClaimState, Frequency, claim_state, frequency
from peerbill.model.payer_answers import ClaimStatus, RemittanceHead
from peerbill.x12.read.answers import Transaction

AT_ONCE = 2_000
"""Claims of a transaction set that are looked up, and written, together."""

ENTERED = "EOB"
"""The kind of what was entered by hand, as `post` and the ledger show it."""

BY_HAND = "entered by hand"
"""The method of a remittance that was entered by hand, where an 835 has BPR04."""

MATCHED = "payments-matched"
"""The entry of the audit trail that says which payments of a file found their claims after it was posted."""

ASK_FILE = "Compare sender, receiver and control number with the files that were sent: another system may have sent it."

Row = tuple[object, ...]


@attrs.frozen
class Unmatched:
    """An answer for which nothing of ours was found: its claim id as sent, or "", why, and what to do.

    `rejects`: had it been ours, what it is about would be rejected now.
    """

    claim_id: str
    why: str
    fix: str
    rejects: bool = False


@attrs.frozen
class RejectedClaim:
    """A claim that the payer did not take in, what it is now, and why; `words` are the payer's own (STC12), or ""."""

    claim_id: str
    state: ClaimState
    why: str
    words: str = attrs.field(default="", repr=False)


@attrs.define
class Posted:
    """The result of posting a file of answers.

    `kinds` are those of its transaction sets, each once. `matched` counts the claims and questions of ours that were
    answered, `denied` those of the claims that are denied now, `skipped` the sets that had been posted before;
    `posted_at` is when the very same file was, or "".
    `problems` and `unmatched` need a person, `notices` do not. `remittances` are its payments, `transfers` what was
    added or taken off beside the claims (PLB).
    """

    kinds: list[str] = attrs.field(factory=list)
    transactions: int = 0
    matched: int = 0
    denied: int = 0
    skipped: int = 0
    posted_at: str = ""
    unmatched: list[Unmatched] = attrs.field(factory=list)
    rejected: list[RejectedClaim] = attrs.field(factory=list)
    problems: list[str] = attrs.field(factory=list)
    notices: list[str] = attrs.field(factory=list)
    remittances: list[str] = attrs.field(factory=list)
    transfers: list[str] = attrs.field(factory=list)

    def add(self, other: "Posted") -> None:
        """Add the result of a transaction set of the file."""
        self.matched += other.matched
        self.denied += other.denied
        self.skipped += other.skipped
        self.unmatched += other.unmatched
        self.rejected += other.rejected
        self.problems += other.problems
        self.notices += other.notices
        self.remittances += other.remittances
        self.transfers += other.transfers

    @property
    def settled(self) -> bool:
        """Whether nothing in it needs a person."""
        return not (self.unmatched or self.rejected or self.problems)


def place(transaction: Transaction) -> str:
    """Return how a transaction set is named in messages; what was entered by hand has lines, and no segments."""
    return f"{transaction.kind} at {'line' if transaction.kind == ENTERED else 'segment'} {transaction.segment}"


def ask_claim(payer_control_number: str) -> str:
    """Return what to do about an answer whose claim was not found."""
    number = f" The payer's number is {payer_control_number}." if payer_control_number else ""
    return f"Look the claim up with the payer; if another system billed it, post it there.{number}"


def claim_key(text: str) -> str:
    """Return a claim id as we give it: payers may change its case, and cut it at 20 characters."""
    return text.strip()[:20].rstrip().upper()


@attrs.define(eq=False, on_setattr=attrs.setters.NO_OP)
class LedgerClaim:
    """A claim as the ledger holds it now, kept up to date while a file is posted."""

    claim_id: str
    payer: str
    member_id: str
    batch_id: int
    file_number: int
    set_number: int
    state: ClaimState = attrs.field(converter=claim_state)
    frequency: Frequency = attrs.field(converter=frequency)
    charge: int
    paid: int
    payer_control_number: str
    replaces: str
    subscriber_id: str = attrs.field(repr=False)
    first_day: str
    last_day: str
    rank: int
    follows: str
    test: bool = False


CLAIMS = tables.claims.c
STANDS = CLAIMS.member_id != ""
"""The condition of a claim that was not purged: what was, no answer changes any more."""
_STANDING = sa.select(
    CLAIMS.claim_id,
    CLAIMS.payer,
    CLAIMS.member_id,
    CLAIMS.batch_id,
    CLAIMS.file_number,
    CLAIMS.set_number,
    CLAIMS.state,
    CLAIMS.frequency,
    CLAIMS.charge_cents,
    CLAIMS.paid_cents,
    CLAIMS.payer_control_number,
    CLAIMS.replaces,
    CLAIMS.subscriber_id,
    CLAIMS.first_day,
    CLAIMS.last_day,
    CLAIMS.subscriber_rank,
    CLAIMS.follows,
    in_test(CLAIMS.claim_id),
).where(STANDS)


@attrs.define(eq=False)
class PostingSession:
    """The claims of a transaction set while it is posted; `flush` writes their changes."""

    connection: sa.Connection
    ledger: Ledger
    name: str
    answer_id: int
    transaction_id: int
    npis: frozenset[str] = attrs.field(default=frozenset(), kw_only=True)
    payers: Mapping[str, Payer] = attrs.field(factory=dict, kw_only=True)
    accept_unbalanced: bool = attrs.field(default=False, kw_only=True)
    remittance: RemittanceHead | None = attrs.field(default=None, kw_only=True)
    submitter: str = attrs.field(default="", kw_only=True)
    posted: Posted = attrs.field(factory=Posted)
    claims: dict[str, LedgerClaim] = attrs.field(factory=dict)
    open_questions: list[Unmatched] = attrs.field(factory=list)
    """Answers that were not followed since they contradict themselves or the ledger: somebody has to ask the payer."""
    _events: list[Event] = attrs.field(factory=list)
    _replacements: set[str] = attrs.field(factory=set)
    """Claims of these events that replace another."""
    _freed: list[str] = attrs.field(factory=list)
    _voided: list[str] = attrs.field(factory=list)
    _numbered: dict[str, LedgerClaim] = attrs.field(factory=dict)
    _words: list[Row] = attrs.field(factory=list)
    _quoted: int = 0

    # ---------------------------------------------------------------------------------------------- looking claims up

    def look_up(self, claim_ids: Iterable[str]) -> None:
        """Load the claims that have these ids."""
        for portion in portions(id_ for id_ in claim_ids if id_ not in self.claims):
            for row in rows_by(self.connection, _STANDING, CLAIMS.claim_id, portion):
                self._know(row)

    def load(self, *conditions: sa.ColumnElement[bool]) -> list[LedgerClaim]:
        """Load the claims that meet conditions, and return them by id."""
        claims = [self._know(row) for row in self.connection.execute(_STANDING.where(*conditions))]
        return sorted(claims, key=lambda claim: claim.claim_id)

    def _know(self, row: Sequence[Any]) -> LedgerClaim:
        """Return the claim of a row as it is known already, else as it is in the row."""
        known = self.claims.get(row[0])
        if known is None:
            known = self.claims[row[0]] = LedgerClaim(*row)
        return known

    def purged(self, claim_ids: Iterable[str]) -> frozenset[str]:
        """Return which of these are the ids of claims that were purged."""
        found: set[str] = set()
        for portion in portions(claim_ids):
            query = sa.select(CLAIMS.claim_id).where(CLAIMS.claim_id.in_(portion), ~STANDS)
            found |= set(self.connection.execute(query).scalars())
        return frozenset(found)

    def clear(self) -> None:
        """Write everything, and take the claims away."""
        self.flush()
        self.claims.clear()

    # -------------------------------------------------------------------------------------------- what becomes of them

    def say(self, claim: LedgerClaim, event: str, detail: str, state: ClaimState | Literal[""] = "") -> None:
        """Note what happened to a claim, and the state that it has now."""
        claim.state = state or claim.state
        self._events.append(Event(claim.claim_id, event, claim.state, self.name, detail))
        if claim.frequency == Frequency.REPLACEMENT:
            self._replacements.add(claim.claim_id)

    def number(self, claim: LedgerClaim, payer_control_number: str) -> None:
        """Note the payer's number of a claim."""
        if payer_control_number and payer_control_number != claim.payer_control_number:
            claim.payer_control_number = payer_control_number
            self._numbered[claim.claim_id] = claim

    def pay(self, claim: LedgerClaim, amount: int) -> None:
        """Add to what was paid for a claim."""
        if amount:
            claim.paid += amount
            self._numbered[claim.claim_id] = claim

    def quote(self, claim: LedgerClaim, words: Sequence[str]) -> str:
        """Keep the payer's own words on a claim, and return them as a text.

        They may name a person: they are in a table of their own, never in the trail, from which nothing can be removed.
        """
        texts = list(dict.fromkeys(words))
        for text in texts:
            self._quoted += 1
            self._words.append((claim.claim_id, self.transaction_id, self._quoted, text))
        return "; ".join(texts)

    def doubt(self, what: str, ask: str) -> None:
        """Report a rejection that was not followed, and keep it until somebody has asked the payer."""
        self.posted.problems.append(f"{what}. {ask}")
        self.open_questions.append(Unmatched("", what, ask, rejects=True))

    def void(self, claim: LedgerClaim, detail: str) -> None:
        """Note that the payer carried a void out."""
        self._voided.append(claim.claim_id)
        self.say(claim, "void-confirmed", detail)

    def contradict(self, claim: LedgerClaim, what: str) -> None:
        """Note an answer that does not fit what the claim is: its state stays."""
        self.say(claim, "contradicted", what)
        self.posted.problems.append(
            f"claim {claim.claim_id} is {claim.state}, but now {what}: ask the payer which of the two holds"
        )

    def accept(self, claim: LedgerClaim, event: str, detail: str) -> None:
        """Let a claim be accepted, where the payer did not say more before."""
        if claim.state == ClaimState.WRITTEN:
            self.say(claim, event, detail, ClaimState.ACCEPTED)
        elif claim.state not in GONE:
            self.say(claim, event, detail)
        elif self.restore(claim):
            if claim.state == ClaimState.WITHDRAWN:
                self.posted.problems.append(
                    f"claim {claim.claim_id} was withdrawn, and the payer has it ({detail}): it stands again"
                )
            else:
                self.posted.notices.append(
                    f"claim {claim.claim_id} was {claim.state}, and is accepted now ({detail}): it stands again. "
                    "If that is the older answer of the two, withdraw the claim: peerbill withdraw"
                )
            self.say(claim, event, f"{detail}; it had been {claim.state}", ClaimState.ACCEPTED)
        else:
            self.contradict(claim, f"it is accepted ({detail}), though what stood on it was sent again")

    def reject(self, claim: LedgerClaim, state: ClaimState, detail: str, words: str = "") -> None:
        """Reject a claim: its encounters can be billed again, and a claim that it corrected is in force again.

        `words` are the payer's own.
        """
        before = claim.state
        if before in ADJUDICATED | CORRECTED | {ClaimState.WRITTEN_OFF} or (
            before == ClaimState.ACCEPTED and state != ClaimState.REJECTED_PAYER
        ):
            self.contradict(claim, f"it is rejected ({state}: {detail})")
            return
        # The later stage says more: a claim that the payer rejected did pass the group.
        later = before in REJECTED and states.STATES.index(before) > states.STATES.index(state)
        self.say(claim, state, detail, before if later else state)
        self.posted.rejected.append(RejectedClaim(claim.claim_id, claim.state, detail, words))
        if before in GONE:
            return
        self._freed.append(claim.claim_id)
        if claim.replaces:
            self.flush()
            barred = reinstate(
                self.connection, self.ledger, [claim.replaces], self.name, f"{claim.claim_id} was rejected"
            )
            if barred:
                self.posted.problems.append(
                    f"claim {claim.replaces} stands again, since its correction {claim.claim_id} was rejected, but "
                    "what it bills was billed again in the meantime: void one of the two"
                )
            self._look_again(claim.replaces)

    def restore(self, claim: LedgerClaim) -> bool:
        """Put a rejected or withdrawn claim in force again if nothing took its place; return whether it is.

        A replacement takes the place of the claim that it replaces, which was in force again.
        """
        if claim.frequency == Frequency.VOID:
            # The claim that it voids is in force again since the rejection: both would be.
            return False
        self.flush()
        if claim.frequency == Frequency.ORIGINAL:
            return not states.restore(self.connection, [claim.claim_id])
        stands = states.replace_again(self.connection, self.ledger, claim.claim_id, claim.replaces, self.name)
        self._look_again(claim.replaces)
        return stands

    def _look_again(self, claim_id: str) -> None:
        """Read the state of a claim that another changed, where it is at hand."""
        if claim_id in self.claims:
            now = sa.select(CLAIMS.state).where(CLAIMS.claim_id == claim_id)
            self.claims[claim_id].state = claim_state(self.connection.execute(now).scalar_one())

    def flush(self) -> None:
        """Write what became of the claims."""
        if self._freed:
            states.free(self.connection, self._freed)
            self._freed.clear()
        if self._voided:
            states.void(self.connection, self._voided)
            self._voided.clear()
        if self._events or self._numbered:
            figures = {id_: (claim.paid, claim.payer_control_number) for id_, claim in self._numbered.items()}
            states.change(
                self.connection, self.ledger.now(), self.ledger.who, self._events, figures, self._replacements
            )
            self._events.clear()
            self._replacements.clear()
            self._numbered.clear()
        if self._words:
            insert_rows(self.connection, tables.payer_words, self._words)
            self._words.clear()


def by_payer_number(session: PostingSession, numbers: Iterable[str]) -> dict[str, list[LedgerClaim]]:
    """Load the claims that have one of these payer control numbers."""
    claims: dict[str, list[LedgerClaim]] = {}
    for portion in portions(numbers):
        for claim in session.load(CLAIMS.payer_control_number.in_(portion)):
            claims.setdefault(claim.payer_control_number, []).append(claim)
    return claims


def _in_words(code: str, meaning: codes.Meaning | None) -> str:
    return f"{code} ({meaning.words if meaning else 'not known here'})"


@lru_cache(maxsize=1024)
def status_words(status: ClaimStatus) -> str:
    """Return category, status and entity of a 277CA with their meanings; a code that is not known here is kept."""
    parts = (
        (status.category, codes.claim_category(status.category)),
        (status.status, codes.claim_status(status.status)),
        (status.entity, codes.claim_entity(status.entity)),
    )
    return ", ".join(_in_words(code, part) for code, part in parts if code)


@lru_cache(maxsize=4096)
def reason_words(group: str, reason: str) -> str:
    """Return a group and reason of CAS with its meaning; a code that is not known here is kept."""
    return f"{group} {_in_words(reason, codes.carc(reason))}"


@lru_cache(maxsize=4096)
def remark_words(code: str) -> str:
    """Return a remark code with its meaning; an unknown code as it is."""
    return _in_words(code, codes.rarc(code))


def provider_adjustment_words(code: str) -> str:
    """Return a reason of PLB with its meaning; an unknown reason as it is."""
    return _in_words(code, codes.provider_adjustment(code))


def note_words(code: str) -> str:
    """Return the note of a TA1 with its meaning; an unknown note as it is."""
    return _in_words(code, codes.interchange_note(code))
