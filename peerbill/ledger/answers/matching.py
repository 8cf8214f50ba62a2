"""Which claim of ours a payment of an 835 is for: what else than its number agrees, and whose payer answers.

Claim numbers of two systems may be the same, and charges for peer support take few values: a number with an equal
charge is no evidence. A payment is ours where a second fact agrees (member, days of service, a line, the payer's
number) and neither payee, member nor day contradicts.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import attrs
import sqlalchemy as sa

from peerbill.ledger.answers.decisions import is_decision
from peerbill.ledger.answers.session import CLAIMS, LedgerClaim, PostingSession, by_payer_number, claim_key
from peerbill.ledger.states import CORRECTED, GONE
from peerbill.ledger.store import tables
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.statements import rows_by
from peerbill.model.claim import Payer
from peerbill.model.claim_state import Frequency
from peerbill.model.money import cents, dollars, printed
from peerbill.model.payer_answers import ClaimPayment, LinePayment, RemittanceHead
from peerbill.model.plural import named
from peerbill.model.quick import quick

Date = dt.date

SECONDARY = frozenset({"2", "3", "20", "21"})
"""CLP02 of a second or later payer."""

_NPI_LENGTH = 10
_MOST_NAMED = 10


_OF_LINES = tables.lines.c
_LINES = sa.select(
    _OF_LINES.claim_id,
    _OF_LINES.number,
    _OF_LINES.service_date,
    _OF_LINES.hcpcs,
    _OF_LINES.modifiers,
    _OF_LINES.charge_cents,
)
_ANSWERS = sa.select(tables.payments.c.claim_id, tables.payments.c.payer_control_number).distinct()


class OurLine(NamedTuple):
    """A service line that we sent."""

    number: int
    day: str
    hcpcs: str
    modifiers: str
    charge: int


@quick
@attrs.frozen
class Match:
    """The match of a payment: `claim`, to which it is posted; else `about`, which it only mentions; else `why` neither.

    `fix` is what to do then, "" where nothing special is known.

    `payer` is the key of the payer that decided, "" where it is unknown; `renamed`: the payer calls the member by
    another id than the claim.
    """

    claim: LedgerClaim | None = None
    about: LedgerClaim | None = None
    payer: str = ""
    why: str = ""
    fix: str = ""
    renamed: bool = False


def is_misdirected(payee_id: str, npis: frozenset[str]) -> bool:
    """Return whether a payee has an NPI, and none of ours; the payer's own ids and tax numbers prove nothing."""
    return bool(npis) and len(payee_id) == _NPI_LENGTH and payee_id.isdigit() and payee_id not in npis


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return an id or a name as it is compared: letters and digits alone, in capitals."""
    return "".join(filter(str.isalnum, text)).upper()


def payers_named(head: RemittanceHead, payers: Mapping[str, Payer]) -> frozenset[str]:
    """Return the keys of the payers that a remittance may be of, by id and name; none where it is of none known.

    The id of a receiver, which may serve several payers, counts where nothing else does.
    """
    id_, name = plain(head.payer_id), plain(head.payer_name)
    keys = {
        key for key, payer in payers.items() if (id_ and plain(payer.id) == id_) or (name and plain(payer.name) == name)
    }
    return frozenset(keys or {key for key, payer in payers.items() if id_ and plain(payer.receiver.id) == id_})


@quick
@attrs.frozen
class _Evidence:
    """The values of a payment that agree with a claim (True), contradict it (False) or are not given (None).

    `lines`: a line has our id, or the day and code of a line of ours; `every_line`: all of them do, with its charge too
    where our id is not there.
    """

    member: bool | None
    days: bool | None
    codes: bool | None
    lines: bool
    every_line: bool
    number: bool

    @property
    def against(self) -> str:
        """Why it is not ours, as the end of a sentence; "" where it is."""
        if self.codes is False:
            return "no line has the same procedure"
        if self.number and not (self.member is False and self.days is False):
            return ""
        differing = [
            name for name, agrees in (("member id", self.member), ("days of service", self.days)) if agrees is False
        ]
        if self.days is False or (self.member is False and not (self.days and self.every_line)):
            return f"{' and '.join(differing)} differ"
        if not (self.member or self.days or self.lines):
            return "neither member, days of service, lines nor the payer's number agree"
        return ""


@attrs.define(eq=False)
class _OfMember:
    """The claims of a member by charge and first day; `in_production`: not all of them are tests.

    `longest` is the most days from the first to the last day of a claim.
    """

    in_production: bool = False
    by_charge: dict[int, dict[str, list[LedgerClaim]]] = attrs.field(factory=dict)
    longest: int = 0

    def add(self, claim: LedgerClaim) -> None:
        """Take a claim in."""
        self.in_production = self.in_production or not claim.test
        self.by_charge.setdefault(claim.charge, {}).setdefault(claim.first_day, []).append(claim)
        if claim.first_day and claim.last_day:
            span = (Date.fromisoformat(claim.last_day) - Date.fromisoformat(claim.first_day)).days
            self.longest = max(self.longest, span)

    def like(self, payment: ClaimPayment) -> list[LedgerClaim]:
        """Return the claims, by id, that have the charge of a payment and its days within their own.

        A claim that is known by its member alone must have both: see `Matcher._fits`.
        """
        days = _days_of(payment)
        by_day = self.by_charge.get(abs(cents(payment.charge)))
        if not days or by_day is None:
            return []
        first, last = Date.fromisoformat(days[0]).toordinal(), days[-1]
        earliest = max(first - self.longest, 1)
        few = len(by_day) <= first - earliest
        begun = by_day if few else [Date.fromordinal(day).isoformat() for day in range(earliest, first + 1)]
        claims = [
            claim
            for day in {*begun, ""}
            for claim in by_day.get(day, ())
            if not day or (day <= days[0] and last <= (claim.last_day or day))
        ]
        return sorted(claims, key=lambda claim: claim.claim_id)


@attrs.define(eq=False)
class Matcher:
    """Finds the claims that the payments of an 835 are for. `misdirected`: it pays somebody else."""

    session: PostingSession
    head: RemittanceHead
    misdirected: bool = False
    lines: dict[str, list[OurLine]] = attrs.field(factory=dict)
    named: frozenset[str] = frozenset()
    _numbers: dict[str, set[str]] = attrs.field(factory=dict)
    _billed: set[int] = attrs.field(factory=set)
    """Positions of payments for members who have claims that are no tests."""
    _purged: frozenset[str] = frozenset()

    def __attrs_post_init__(self) -> None:
        """Look up whose remittance it is."""
        self.named = payers_named(self.head, self.session.payers)

    def match(self, payments: Sequence[ClaimPayment]) -> list[Match]:
        """Return for each payment what it is for."""
        if self.misdirected:
            ours = ", ".join(sorted(self.session.npis))
            why = f"the remittance pays NPI {self.head.payee_id}, not this organisation's {ours}"
            return [Match(why=why) for _ in payments]
        session = self.session
        session.look_up(claim_key(payment.claim_id) for payment in payments)
        self.load(session.claims)
        by_id = {payment.position: self._by_id(payment) for payment in payments}
        lost = [payment for payment in payments if by_id[payment.position] is None]
        self._purged = session.purged(claim_key(payment.claim_id) for payment in lost)
        others = self._others(lost) if lost else {}
        return [
            self._counted(
                payment, by_id[payment.position] or self._elsewhere(payment, others.get(payment.position, ()))
            )
            for payment in payments
        ]

    def load(self, claim_ids: Iterable[str]) -> None:
        """Read the lines of some claims, and the numbers under which the payer answered them."""
        wanted = [id_ for id_ in dict.fromkeys(claim_ids) if id_ not in self.lines]
        for portion in portions(wanted):
            for id_ in portion:
                self.lines[id_], self._numbers[id_] = [], set()
            for claim_id, *row in rows_by(self.session.connection, _LINES, tables.lines.c.claim_id, portion):
                self.lines[claim_id].append(OurLine(*row))
            for claim_id, number in rows_by(self.session.connection, _ANSWERS, tables.payments.c.claim_id, portion):
                self._numbers[claim_id].add(number)
        for id_ in wanted:
            if len(self.lines[id_]) > 1:
                self.lines[id_].sort(key=lambda line: line.number)

    def was_answered(self, claim_id: str) -> bool:
        """Return whether a payment was posted before for a claim that was loaded."""
        return bool(self._numbers[claim_id])

    def _is_answered_under(self, claim: LedgerClaim, number: str) -> bool:
        """Return whether a number is the payer's own for a claim: from its 277CA, or from a payment."""
        return number != "" and (
            number == claim.payer_control_number or number in self._numbers.get(claim.claim_id, ())
        )

    def _is_answered_otherwise(self, claim: LedgerClaim, number: str) -> bool:
        """Return whether the payer has a claim under another number."""
        return claim.payer_control_number not in {"", number} or any(
            known not in {"", number} for known in self._numbers.get(claim.claim_id, ())
        )

    def clear(self) -> None:
        """Forget what was read."""
        self.lines.clear()
        self._numbers.clear()
        self._billed.clear()

    # ------------------------------------------------------------------------------------------------------- evidence

    def _weigh(self, claim: LedgerClaim, payment: ClaimPayment) -> _Evidence:
        ours = self.lines.get(claim.claim_id, [])
        days: set[str] = set()
        codes: set[str] = set()
        services: set[tuple[str, str]] = set()
        charged: set[tuple[str, str, int]] = set()
        ids: set[str] = set()
        for sent in ours:
            code = sent.hcpcs.upper()
            days.add(sent.day)
            codes.add(code)
            services.add((sent.day, code))
            charged.add((sent.day, code, sent.charge))
            ids.add(f"{claim.claim_id}-{sent.number}")
        fits: list[bool] = []
        surely: list[bool] = []
        coded: list[bool] = []
        for line in payment.lines:
            of_line = _codes(line)
            day = line.service_date or payment.first_day
            on = day.isoformat() if day else ""
            named = line.line_id.upper() in ids and (not of_line or not codes.isdisjoint(of_line))
            charge = abs(cents(line.charge))
            fits.append(named or any((on, code) in services for code in of_line))
            surely.append((named and (not on or on in days)) or any((on, code, charge) in charged for code in of_line))
            if of_line:
                coded.append(not codes.isdisjoint(of_line))
        return _Evidence(
            member=_member(claim, payment),
            days=_days(claim, payment, days),
            codes=any(coded) if coded and codes else None,
            lines=any(fits),
            every_line=bool(surely) and all(surely),
            number=self._is_answered_under(claim, payment.payer_control_number),
        )

    def _of_payer(self, claim: LedgerClaim, payment: ClaimPayment) -> bool:
        """Return whether a payment may be of the payer to which a claim went."""
        if claim.payer in self.named:
            return True
        later = payment.status in SECONDARY and claim.rank == 1 and not claim.follows
        if not self.named:
            return not (later and self.session.payers)
        settings = self.session.payers.get(claim.payer)
        serves = settings is not None and plain(self.head.payer_id) == plain(settings.receiver.id) != ""
        return serves and not later

    # ----------------------------------------------------------------------------------------------- by the claim's id

    def _by_id(self, payment: ClaimPayment) -> Match | None:
        """Return what a payment is for where CLP01 names a claim of ours and something else agrees with it."""
        claim = self.session.claims.get(claim_key(payment.claim_id))
        if claim is None:
            return None
        if not self._of_payer(claim, payment):
            return self._of_next_payer(claim, self._weigh(claim, payment))
        if self._agrees(claim, payment):
            return Match(claim, None, claim.payer)
        evidence = self._weigh(claim, payment)
        if evidence.against:
            return None
        return Match(claim, payer=claim.payer, renamed=evidence.member is False)

    def _agrees(self, claim: LedgerClaim, payment: ClaimPayment) -> bool:
        """Return whether member, days and a procedure agree: whatever else is weighed, nothing is against it then."""
        ours = self.lines.get(claim.claim_id, [])
        return (
            _member(claim, payment) is True
            and _days(claim, payment, {line.day for line in ours}) is True
            and not {line.hcpcs.upper() for line in ours}.isdisjoint(chain(*map(_codes, payment.lines)))
        )

    def _of_next_payer(self, claim: LedgerClaim, evidence: _Evidence) -> Match | None:
        """Return the match of another payer's answer that names a claim: our claim to that payer, or `about` this.

        The member has another id with each payer.
        """
        if attrs.evolve(evidence, member=None, number=False).against or not (evidence.days or evidence.lines):
            return None
        if not self.named:
            who = self.head.payer_name or self.head.payer_id or "its payer"
            return Match(
                why=f"{who}, which answers as a payer after another one, is none of [payers]; claim {claim.claim_id} "
                f"went to {claim.payer}"
            )
        claims = [
            following
            for following in self.session.load(CLAIMS.follows == claim.claim_id)
            if following.payer in self.named and following.state not in GONE and following.frequency != Frequency.VOID
        ]
        self.load(following.claim_id for following in claims)
        if len(claims) > 1:
            claims = [following for following in claims if following.state not in CORRECTED]
        if len(claims) == 1:
            return Match(claims[0], payer=claims[0].payer)
        return Match(about=claim, payer=min(self.named))

    # ------------------------------------------------------------------------------------------------ by something else

    def _others(self, lost: Sequence[ClaimPayment]) -> dict[int, list[LedgerClaim]]:
        """Return the claims that payments may be for by line id, payer's number, or member."""
        session = self.session
        by_line = {
            payment.position: {claim_key(line.line_id.rpartition("-")[0]) for line in payment.lines} - {""}
            for payment in lost
        }
        session.look_up(claim for claims in by_line.values() for claim in claims)
        by_number = self._by_numbers({payment.payer_control_number for payment in lost} - {""})
        by_member = self._by_member({payment.subscriber_id.upper() for payment in lost} - {""})
        candidates: dict[int, list[LedgerClaim]] = {}
        for payment in lost:
            named = [session.claims[id_] for id_ in sorted(by_line[payment.position]) if id_ in session.claims]
            named += by_number.get(payment.payer_control_number, [])
            of_member = by_member.get(payment.subscriber_id.upper())
            named += of_member.like(payment) if of_member is not None else []
            candidates[payment.position] = list({claim.claim_id: claim for claim in named}.values())
            if of_member is not None and of_member.in_production:
                self._billed.add(payment.position)
        self.load(claim.claim_id for named in candidates.values() for claim in named)
        return candidates

    def _by_member(self, members: Collection[str]) -> dict[str, "_OfMember"]:
        claims: dict[str, _OfMember] = {}
        for portion in portions(members):
            for claim in self.session.load(sa.func.upper(CLAIMS.subscriber_id).in_(portion)):
                claims.setdefault(claim.subscriber_id.upper(), _OfMember()).add(claim)
        return claims

    def _by_numbers(self, numbers: Collection[str]) -> dict[str, list[LedgerClaim]]:
        """Return the claims that have, or had, one of the payer's numbers."""
        claims = by_payer_number(self.session, numbers)
        payments = tables.payments.c
        for portion in portions(numbers):
            query = sa.select(payments.payer_control_number, payments.claim_id).where(
                payments.payer_control_number.in_(portion), payments.claim_id != ""
            )
            answered = [(number, id_) for number, id_ in self.session.connection.execute(query.distinct())]
            self.session.look_up(sorted({id_ for _, id_ in answered}))
            for number, id_ in answered:
                claims.setdefault(number, []).append(self.session.claims[id_])
        return claims

    def _elsewhere(self, payment: ClaimPayment, candidates: Collection[LedgerClaim]) -> Match:
        """Return the only claim among several that a payment fits; else why there is none."""
        charge = abs(cents(payment.charge))
        fitting: list[tuple[LedgerClaim, _Evidence]] = []
        # A test and the claim that followed it in production say the same.
        real = [candidate for candidate in candidates if not candidate.test]
        for claim in real if real or payment.position in self._billed else candidates:
            evidence = self._weigh(claim, payment)
            if self._of_payer(claim, payment) and not evidence.against and self._fits(claim, payment, evidence):
                fitting.append((claim, evidence))
        whole = [fit for fit in fitting if fit[0].charge == charge]
        # A payer may divide a claim: then its lines decide.
        fitting = whole or [fit for fit in fitting if fit[1].every_line]
        # A claim and its corrections share the payer's number: a reversal takes back the claim that was corrected.
        corrected = [fit for fit in fitting if fit[0].state in CORRECTED]
        standing = [
            fit for fit in fitting if fit[0].state not in CORRECTED | GONE and fit[0].frequency != Frequency.VOID
        ]
        preferred = (corrected or standing) if payment.is_reversal else (standing or corrected)
        fitting = preferred or fitting
        if len(fitting) == 1:
            claim, evidence = fitting[0]
            return Match(claim, payer=claim.payer, renamed=evidence.member is False)
        if fitting:
            ids = [claim.claim_id for claim, _ in fitting]
            return Match(why=f"several claims could be meant: {named(ids, _MOST_NAMED)}")
        return Match(why=self._why_not(payment))

    def _fits(self, claim: LedgerClaim, payment: ClaimPayment, evidence: _Evidence) -> bool:
        """Return whether a claim that CLP01 does not name is meant: by a line's id, the payer's number, or all else.

        Each payer counts for itself: a number needs a second fact. Member, days and charge alone may be another
        system's claim: a line must have the procedure, and the payer must not have answered under another number.
        """
        ids = {f"{claim.claim_id}-{line.number}" for line in self.lines.get(claim.claim_id, [])}
        if any(line.line_id.upper() in ids for line in payment.lines):
            return True
        if evidence.number and (evidence.member or evidence.days or evidence.lines):
            return True
        return (
            claim.state not in GONE
            and evidence.member is True
            and evidence.days is True
            and evidence.codes is True
            and claim.charge == abs(cents(payment.charge))
            and not (payment.payer_control_number and self._is_answered_otherwise(claim, payment.payer_control_number))
        )

    def _why_not(self, payment: ClaimPayment) -> str:
        claim = self.session.claims.get(claim_key(payment.claim_id))
        if claim_key(payment.claim_id) in self._purged:
            return "the claim of this number was purged (peerbill purge): nothing is left to compare it with"
        if claim is None:
            return (
                "no claim of this ledger has this number or this payer control number, or has this member, these days, "
                "this charge and procedure without another answer"
            )
        charge = abs(cents(payment.charge))
        against = self._weigh(claim, payment).against
        if not against:
            payer = self.head.payer_name or self.head.payer_id
            return f"a claim of this ledger has this number, but went to {claim.payer}, not to {payer}"
        other = "" if charge == claim.charge else f" ({printed(dollars(claim.charge))}, not {printed(dollars(charge))})"
        return f"a claim of this ledger has this number{other}, but {against}"

    def _counted(self, payment: ClaimPayment, match: Match) -> Match:
        """Record a payment that decides nothing as about its claim, without posting it to the claim."""
        claim = match.claim
        if claim is None:
            return match
        if is_decision(payment.status, payment.charge, payment.paid):
            return match
        return attrs.evolve(match, claim=None, about=claim)


def _codes(line: LinePayment) -> list[str]:
    """Return the code that a line was sent with, according to the payer, and the code that it paid for."""
    return [code.upper() for code in (line.sent_hcpcs, line.hcpcs) if code]


def _member(claim: LedgerClaim, payment: ClaimPayment) -> bool | None:
    theirs = plain(payment.subscriber_id)
    if not theirs or not claim.subscriber_id:
        return None
    ours = plain(claim.subscriber_id)
    return ours == theirs or (ours != "" and ours == plain(payment.corrected_id))


def _days_of(payment: ClaimPayment) -> list[str]:
    """Return the days of a payment, in order: those of its lines, else its own."""
    of_lines = {line.service_date for line in payment.lines if line.service_date is not None}
    of_claim = {day for day in (payment.first_day, payment.last_day) if day is not None}
    return sorted(day.isoformat() for day in of_lines or of_claim)


def _days(claim: LedgerClaim, payment: ClaimPayment, ours: Collection[str]) -> bool | None:
    """Return whether the days of a payment are days of a claim: those of its lines, else within the claim's."""
    of_lines = {line.service_date.isoformat() for line in payment.lines if line.service_date is not None}
    if of_lines:
        return of_lines.issubset(ours)
    days = _days_of(payment)
    if not days or not claim.first_day:
        return None
    return claim.first_day <= days[0] and days[-1] <= (claim.last_day or claim.first_day)
