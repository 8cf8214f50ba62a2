"""Corrections: which claim would void or replace another, and what it would change.

Pure: the ledger has what was sent (`ClaimFamily`), the workspace what is right now. A void (CLM05-3 is 8) repeats what
was sent, under the payer's own number of the claim (REF*F8); a replacement (7) has the encounters that pass the audit
now.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import count

import attrs

from peerbill import codes
from peerbill.checks.audit import audit
from peerbill.claims.build import claims_of
from peerbill.claims.next_payer import NextClaims, NotSent, answers_as_sent
from peerbill.claims.parties import ClaimHead, EarlierPayer, Parties, make_claim, numbered
from peerbill.coding.deadlines import resubmission_deadline
from peerbill.coding.payers import prior_payments
from peerbill.ledger.corrections import ClaimFamily, Refused
from peerbill.ledger.look.answered_claims import DECIDED
from peerbill.model.claim import (
    Adjustment,
    BillableEncounter,
    BilledEncounter,
    Claim,
    OtherPayer,
    PriorPayment,
    ServiceLine,
    form_of,
)
from peerbill.model.claim_state import ClaimState, Frequency, Standing
from peerbill.model.enrolment import Enrolment
from peerbill.model.errors import NotInForceError, PeerbillError
from peerbill.model.finding import Finding, Severity
from peerbill.model.line_key import LineKey, line_key, line_of_billable
from peerbill.model.money import printed
from peerbill.model.people import Coverage, SpendDown, rank_of
from peerbill.model.records import Records, Settings
from peerbill.model.sent_claim import SentClaim
from peerbill.model.waiver import Waiver
from peerbill.policy import Facts, Policies
from peerbill.x12.rules837 import claim_problems

VOID, REPLACE = "void", "replace"


@attrs.frozen
class CorrectedLine:
    """A service line as it was sent, or as it would be sent."""

    service_date: dt.date
    hcpcs: str
    modifiers: tuple[str, ...]
    units: int
    charge: Decimal
    diagnoses: tuple[str, ...] = attrs.field(repr=False)
    encounter_ids: tuple[str, ...]


@attrs.frozen
class LeftOut:
    """An encounter of the original that its replacement does not bill: the codes that hold it, () where it is gone.

    `earlier` is the claim to the payer before, if that claim no longer bills the encounter.
    """

    encounter_id: str
    codes: tuple[str, ...] = ()
    earlier: str = ""


@attrs.frozen
class Correction:
    """A void or replacement that can be sent. `claim` has no claim id until `numbered` gives it an id.

    `after` are the lines in force then: none after a void. `changes` are the differences beside the lines: a field with
    its value before and after. `added` are encounters that the original did not bill and whose service line it sent.
    `followers` are the claims to the next payer that rest on the answer to the original. `last_day` is the last day to
    send a replacement, None where it is not known.
    """

    action: str
    original: SentClaim
    claim: Claim
    before: tuple[CorrectedLine, ...]
    after: tuple[CorrectedLine, ...]
    changes: tuple[tuple[str, str, str], ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    added: tuple[str, ...] = ()
    billable: tuple[BillableEncounter, ...] = ()
    followers: tuple[str, ...] = ()
    last_day: dt.date | None = None


@attrs.frozen
class CorrectionPlan:
    """What of the claims asked for can be corrected, and what cannot, each in the order asked."""

    corrections: tuple[Correction, ...]
    refused: tuple[Refused, ...]

    @property
    def billable(self) -> tuple[BillableEncounter, ...]:
        """The encounters on the lines of all replacements."""
        return tuple(encounter for correction in self.corrections for encounter in correction.billable)

    def claims(self, claim_ids: Iterator[str]) -> tuple[Claim, ...]:
        """Return the claims with ids of their own: the `build` of `bill_batch`."""
        return tuple(numbered(correction.claim, next(claim_ids)) for correction in self.corrections)


class _RefusedError(Exception):
    """The claim cannot be corrected: the reason."""


def plan_voids(families: Iterable[ClaimFamily], records: Records, as_of: dt.date) -> CorrectionPlan:
    """Return the voids of claims: every line as it was sent, with the names that the workspace has now.

    A claim to a later payer repeats the earlier payers' answers that it had, whatever they answered since.
    """
    parties = Parties.of(records)

    def voids(family: ClaimFamily) -> Iterator[Correction]:
        _may_be_corrected(family, VOID, records.settings)
        for original in _parts(family.claim):
            claim = _following_void(family, parties) if original.follows else _void(original, parties)
            _refuse_unwritable(claim, records, as_of)
            yield Correction(VOID, original, claim, _lines(original), after=(), followers=family.followers)

    return _plan(families, voids)


def _parts(claim: SentClaim) -> list[SentClaim]:
    """Return a claim as the payer has it: whole, or in the parts into which it divided it, each under its own number.

    A part that is not paid is not there: nothing is to be taken back of it.
    """
    parts = claim.adjudications
    if len(parts) < 2:
        return [claim]
    numbers = ", ".join(part.payer_control_number for part in parts)
    every = [number for part in parts for number in part.lines]
    if 0 in every or len(set(every)) < len(every) or not all(part.lines for part in parts) or claim.follows:
        raise _RefusedError(
            f"the payer holds it under several numbers ({numbers}), and its answers do not tell which lines go with "
            "which: void each in the payer's portal"
        )
    parts_sent: list[SentClaim] = []
    for part in parts:
        lines = tuple(line for line in claim.lines if line.number in part.lines)
        if part.paid > 0:
            parts_sent.append(
                attrs.evolve(
                    claim,
                    lines=lines,
                    charge=sum((line.charge for line in lines), Decimal(0)),
                    paid=part.paid,
                    payer_control_number=part.payer_control_number,
                    patient_paid=None if parts_sent else claim.patient_paid,
                )
            )
    return parts_sent or [claim]


def plan_replacements(
    families: Sequence[ClaimFamily],
    records: Records,
    policies: Policies,
    as_of: dt.date,
    history: Sequence[BilledEncounter],
    *,
    eligibility: Sequence[Enrolment] = (),
    unchanged: bool = False,
    waivers: Sequence[Waiver] = (),
    purged_before: dt.date | None = None,
) -> CorrectionPlan:
    """Return the replacements of claims, each with the claim's encounters that pass the audit now.

    The audit is that of `bill` with these claims out of the history, so that they do not hold each other, and without
    the limit for filing a first claim (PB107). An encounter that the original does not bill joins where its service
    line was sent: a second line would be denied as a duplicate. One where nothing that the ledger keeps would change is
    refused unless `unchanged`: names, birth dates and NPIs are not kept there.

    A claim to a later payer is made anew of what the payer before answered by now, as `secondary_claims` makes it.
    """
    refused: dict[str, _RefusedError] = {}
    taken: dict[str, ClaimFamily] = {}
    for family in families:
        try:
            _may_be_corrected(family, REPLACE, records.settings)
        except _RefusedError as error:
            refused[family.claim.claim_id] = error
        else:
            taken[family.claim.claim_id] = family
    first = [family for family in taken.values() if not family.claim.follows]
    later = [family for family in taken.values() if family.claim.follows]
    of_first = (
        _Replacing(first, records, policies, as_of, history, eligibility, waivers, purged_before) if first else None
    )
    of_later = _Following(later, records, policies, as_of, history, eligibility, waivers) if later else None

    def replace(family: ClaimFamily) -> Iterator[Correction]:
        work = of_later if family.claim.follows else of_first
        if work is None or family.claim.claim_id in refused:
            raise refused[family.claim.claim_id]
        correction = attrs.evolve(
            work.replacement(family),
            followers=family.followers,
            last_day=_last_day(family, policies, records),
        )
        if not (unchanged or correction.changes or correction.before != correction.after):
            raise _RefusedError(
                "the replacement would be identical. If you corrected a name, a birth date or an NPI, add --unchanged"
            )
        _refuse_unwritable(correction.claim, records, as_of)
        yield correction

    return _plan(families, replace)


def _plan(families: Iterable[ClaimFamily], make: Callable[[ClaimFamily], Iterable[Correction]]) -> CorrectionPlan:
    corrections: list[Correction] = []
    refused: list[Refused] = []
    for family in families:
        try:
            corrections += list(make(family))
        except _RefusedError as error:
            refused.append(Refused(family.claim.claim_id, str(error)))
    return CorrectionPlan(tuple(corrections), tuple(refused))


# --- what may be corrected -------------------------------------------------------------------------------------------

_NEVER_TAKEN_IN = "the payer never took it in: correct the encounters, and bill makes a new claim of them"
_WHY_NOT = {
    ClaimState.WRITTEN: "the payer has not answered it yet: post its 277CA or 835 first; if it was not sent, or the "
    "payer has no such claim, peerbill withdraw frees its encounters",
    ClaimState.WITHDRAWN: "it was withdrawn: bill makes a new claim of its encounters",
    ClaimState.REJECTED_INTERCHANGE: _NEVER_TAKEN_IN,
    ClaimState.REJECTED_FUNCTIONAL: _NEVER_TAKEN_IN,
    ClaimState.REJECTED_PAYER: _NEVER_TAKEN_IN,
    ClaimState.REVERSED: "the payer took all of it back already: peerbill rebill lets its encounters be billed again",
}


def _may_be_corrected(family: ClaimFamily, action: str, settings: Settings) -> None:
    claim = family.claim
    in_tests = claim.payer in settings.test_payers
    if claim.payer in settings.payers and in_tests != (claim.mode == "test"):
        was, now = ("test", "production") if claim.mode == "test" else ("production", "test")
        raise _RefusedError(
            f'it was sent in a {was} file, and its payer is sent {now} files now (mode = "{now}"): '
            + ("bill sends its encounters in production" if was == "test" else 'set mode = "production" to correct it')
        )
    if claim.frequency == Frequency.VOID:
        raise _RefusedError(f"it is a void itself, of {claim.replaces}")
    if claim.state in (ClaimState.VOIDED, ClaimState.REPLACED) and not family.void_denied:
        by = f" by {claim.replaced_by}" if claim.replaced_by else ""
        then = f": correct {claim.replaced_by}" if claim.state == ClaimState.REPLACED and claim.replaced_by else ""
        raise _RefusedError(f"it was {claim.state}{by} before{then}")
    if claim.state in _WHY_NOT:
        raise _RefusedError(_WHY_NOT[claim.state])
    if not any(line.live for line in claim.lines):
        raise _RefusedError("it was released, and what it billed is no longer on it")
    if claim.state == ClaimState.DENIED and action == VOID:
        raise _RefusedError(
            "the payer denied it, so that there is nothing to take back: replace, rebill or write it off"
        )
    if claim.state == ClaimState.WRITTEN_OFF and not claim.paid:
        raise _RefusedError(
            "it was written off and nothing was paid: peerbill rebill lets its encounters be billed again"
        )
    if action == REPLACE and len(claim.adjudications) > 1:
        numbers = ", ".join(part.payer_control_number for part in claim.adjudications)
        raise _RefusedError(
            f"the payer holds it under several numbers ({numbers}), of which a replacement can name one: void it, and "
            "bill anew what is to stand"
        )
    if not claim.payer_control_number:
        raise _RefusedError(
            "the payer's own number of it is not known, which the correction must name: post its 277CA or 835"
        )


def _last_day(family: ClaimFamily, policies: Policies, records: Records) -> dt.date | None:
    """Return the last day to send a replacement, by the programme of the claim on the day of its answer."""
    claim = family.claim
    programme = policies.programmes.get(claim.programme)
    if programme is None:
        return None
    settings = records.settings
    organization = settings.provider(claim.site)
    facts = Facts(
        payer=settings.payers[claim.payer].payer if claim.payer in settings.payers else "",
        region=organization.region,
        provider=organization.kind,
    )
    try:
        filing = programme.rules(claim.first_day, facts).filing.value
    except NotInForceError:
        return None
    noticed = max((payment.paid_on for payment in claim.payments if payment.paid_on is not None), default=None)
    if noticed is None:
        noticed = dt.date.fromisoformat(claim.changed_at[:10]) if claim.changed_at else claim.sent_on
    now = family.rests[0].now if family.rests else None
    return resubmission_deadline(claim.first_day, noticed, filing, now.paid_on if now is not None else None)


def _refuse_unwritable(claim: Claim, records: Records, as_of: dt.date) -> None:
    settings = records.settings.billing_as(claim.bills_as)
    problems = claim_problems(numbered(claim, "1"), settings.payers[claim.payer], settings, as_of)
    if problems:
        raise _RefusedError("it cannot be written: " + "; ".join(problems))


# --- voids -----------------------------------------------------------------------------------------------------------


def _following_void(family: ClaimFamily, parties: Parties) -> Claim:
    """Return the void of a claim to a later payer, with the answers of the payers before that it had."""
    original = family.claim
    _refuse_unknown(original, parties)
    coverage = _coverage(original, parties)
    lines = tuple(line.as_sent() for line in original.lines)
    try:
        answers = _told_before(family, lines, coverage, parties)
    except PeerbillError as error:
        raise _RefusedError(str(error)) from error
    if isinstance(answers, str):
        raise _RefusedError(
            f"what it told of the payers before cannot be told again: {answers}. Void it in the payer's portal"
        )
    others, prior = answers
    with_answers = tuple(attrs.evolve(line, prior_payments=one) for line, one in zip(lines, prior, strict=True))
    return _as_sent(original, parties, coverage, with_answers, others)


def claims_as_sent(families: Iterable[ClaimFamily], records: Records) -> tuple[Claim, ...]:
    """Return claims as they were sent, with the names that the workspace has now: to write their file once more.

    Raises PeerbillError for a claim that names somebody whom the workspace no longer has.
    """
    parties = Parties.of(records)
    claims: list[Claim] = []
    for family in families:
        original = family.claim
        try:
            claim = _following_void(family, parties) if original.follows else _void(original, parties)
        except _RefusedError as error:
            raise PeerbillError(f"claim {original.claim_id} cannot be made as it was sent: {error}") from error
        is_first = original.frequency == Frequency.ORIGINAL
        claim = attrs.evolve(
            claim,
            frequency=original.frequency,
            payer_control_number="" if is_first else original.payer_control_number,
            replaces=original.replaces,
            follows=original.follows,
            admission_type=original.form.admission_type,
            point_of_origin=original.form.point_of_origin,
        )
        claims.append(numbered(claim, original.claim_id))
    return tuple(claims)


def _told_before(
    family: ClaimFamily, lines: Sequence[ServiceLine], coverage: Coverage, parties: Parties
) -> tuple[tuple[OtherPayer, ...], tuple[tuple[PriorPayment, ...], ...]] | str:
    """Return the earlier payers' answers that a claim had when it was sent."""
    chain = [rest.then for rest in family.rests]
    rows = [_coverage(rest.then, parties) for rest in family.rests]
    own = parties.coverage.get(family.claim.member_id, ())
    return answers_as_sent(chain, lines, coverage, [*rows, *own], parties)


def _void(original: SentClaim, parties: Parties) -> Claim:
    _refuse_unknown(original, parties)
    coverage = _coverage(original, parties)
    earlier: tuple[EarlierPayer, ...] = ()
    lines: list[ServiceLine] = []
    prior: list[PriorPayment] = []
    for line in original.lines:
        earlier = parties.earlier(coverage, line.service_date, line.encounter_ids) or earlier
        rows = [
            row for earlier_payer in earlier for row in earlier_payer.answers if row.encounter_id in line.encounter_ids
        ]
        payers = [parties.payer(earlier_payer.payer) for earlier_payer in earlier]
        payments = prior_payments(rows, payers, line.hcpcs, line.modifiers, line.units) if rows else ()
        prior += payments
        lines.append(line.as_sent(payments))
    others = tuple(parties.other_payer(earlier_payer, prior) for earlier_payer in earlier)
    return _as_sent(original, parties, coverage, tuple(lines), others)


def _refuse_unknown(original: SentClaim, parties: Parties) -> None:
    if original.payer not in parties.payers:
        raise _RefusedError(f"payer {original.payer} is no longer one of [payers] in peerbill.toml")
    member = parties.members.get(original.member_id)
    if member is None or member.birth_date is None:
        raise _RefusedError(
            f"member {original.member_id} is no longer in members, or has no birth_date: the void names who was billed"
        )
    if original.bills_as and original.bills_as not in parties.sites:
        raise _RefusedError(
            f"site {original.bills_as}, which billed it, is no longer one of [sites] in peerbill.toml: put it back"
        )
    for staff_id in (original.rendering_id, original.supervising_id, original.form.attending_id):
        if staff_id and staff_id not in parties.staff:
            raise _RefusedError(f"staff_id {staff_id} is no longer in staff: the void names who was billed")


def _as_sent(
    original: SentClaim,
    parties: Parties,
    coverage: Coverage,
    lines: Sequence[ServiceLine],
    others: Iterable[OtherPayer],
) -> Claim:
    """Return the void of a claim, which repeats the claim."""
    form = original.form
    if form.name == "837I":
        # Institutional claims were once sent without these two.
        form = attrs.evolve(
            form,
            admission_type=form.admission_type or codes.NOT_KNOWN,
            point_of_origin=form.point_of_origin or codes.NOT_KNOWN,
        )
    head = ClaimHead(
        payer=original.payer,
        member_id=original.member_id,
        coverage=coverage,
        place=original.place,
        programme=original.programme,
        rendering_id=original.rendering_id,
        supervising_id=original.supervising_id,
        authorization=original.authorization,
        release=original.release,
        admitted_on=original.admitted_on,
        form=form,
        facility=original.facility,
        facility_address=original.facility_address,
        delay_reason=original.delay_reason,
        attachment=original.attachment,
        site=original.site,
        bills_as=original.bills_as,
    )
    claim = make_claim(
        head, lines, original.diagnoses, parties, other_payers=others, patient_paid=original.patient_paid
    )
    return attrs.evolve(
        claim,
        frequency=Frequency.VOID,
        payer_control_number=original.payer_control_number,
        replaces=original.claim_id,
    )


def _coverage(original: SentClaim, parties: Parties) -> Coverage:
    """Return the coverage row that was billed; where it is no longer there, what the ledger keeps of it."""
    rows = [
        row
        for row in parties.coverage.get(original.member_id, ())
        if (row.payer, row.subscriber_id) == (original.payer, original.subscriber_id)
        and rank_of(row) == original.subscriber_rank
    ]
    coverage = Coverage(
        original.member_id,
        original.payer,
        original.subscriber_id,
        original.first_day,
        rank=original.subscriber_rank,
    )
    return rows[-1] if rows else coverage


# --- replacements ----------------------------------------------------------------------------------------------------


class _Replacing:
    """A single audit for all the claims of a run, as if none of them had been sent."""

    def __init__(
        self,
        families: Sequence[ClaimFamily],
        records: Records,
        policies: Policies,
        as_of: dt.date,
        history: Sequence[BilledEncounter],
        eligibility: Sequence[Enrolment],
        waivers: Sequence[Waiver],
        purged_before: dt.date | None,
    ) -> None:
        self.parties = Parties.of(records)
        billed = [row for row in history if row.standing != Standing.REJECTED and row.payer_turn == 1]
        corrected = {id_ for family in families for id_ in (family.claim.claim_id, *family.claim.before)}
        rest = [row for row in history if row.claim_id not in corrected]
        self.wanted = {family.claim.claim_id: frozenset(family.live) for family in families}
        wanted_ids = frozenset().union(*self.wanted.values())
        taking_part = wanted_ids | {row.encounter_id for row in billed}
        days = {(family.claim.member_id, line.service_date) for family in families for line in family.claim.lines}
        # New encounters of other days and members would use up limits before encounters that the payer has.
        encounters = [
            coded
            for coded in records.encounters
            if coded.encounter_id in taking_part
            or (coded.start is not None and (coded.member_id, coded.start.date()) in days)
        ]
        audited = audit(
            attrs.evolve(records, encounters=tuple(encounters)),
            policies,
            as_of,
            rest,
            eligibility=eligibility,
            corrected=wanted_ids,
            waivers=waivers,
            purged_before=purged_before,
        )
        self.billable = {coded.encounter.encounter_id: coded for coded in audited.billable}
        self.there = {coded.encounter_id for coded in records.encounters}
        self.fresh: dict[LineKey, list[tuple[int, BillableEncounter]]] = {}
        for place, (id_, one) in enumerate(self.billable.items()):
            if id_ not in taking_part:
                self.fresh.setdefault(line_of_billable(one), []).append((place, one))
        self.holding: dict[str, list[Finding]] = {}
        for finding in audited.findings:
            if finding.severity is Severity.ERROR:
                for id_ in wanted_ids.intersection(finding.encounter_ids):
                    self.holding.setdefault(id_, []).append(finding)
        self.spend_down: dict[tuple[str, dt.date], list[SpendDown]] = {}
        for paid in records.spend_down:
            if paid.date is not None:
                self.spend_down.setdefault((paid.member_id, paid.date), []).append(paid)
        # Only where the member paid of the day does it matter what else was billed.
        self.billed: dict[tuple[str, dt.date], list[BilledEncounter]] = {}
        for row in billed:
            if (day := (row.member_id, row.start.date())) in self.spend_down:
                self.billed.setdefault(day, []).append(row)

    def replacement(self, family: ClaimFamily) -> Correction:
        original = family.claim
        wanted = self.wanted[original.claim_id]
        kept = [self.billable[id_] for id_ in sorted(wanted) if id_ in self.billable]
        if not kept:
            raise _RefusedError(
                f"none of its encounters passes the audit any more: {self._held(wanted)}. Correct that and replace "
                "again, or void it if the service is not to be billed"
            )
        keys = {line_of_billable(encounter) for encounter in kept} | _recorded_keys(original)
        joining = [one for _, one in sorted(fresh for key in keys for fresh in self.fresh.get(key, ()))]
        mine = [*kept, *joining]
        days = {(key.member_id, key.day) for key in map(line_of_billable, mine)}
        paid = [row for day in days for row in self.spend_down.get(day, ())]
        others = [row for day in days for row in self.billed.get(day, ()) if row.encounter_id not in wanted]
        try:
            claims = claims_of(mine, self.parties, map(str, count(1)), paid, others)
        except PeerbillError as error:
            raise _RefusedError(str(error)) from error
        if not claims:
            raise _RefusedError(
                "its encounters no longer make a billable unit. Correct their times and replace it again, or void it"
            )
        _refuse_several(claims)
        made = claims[0]
        for what, before, after in (
            ("payer", original.payer, made.payer),
            ("member", original.member_id, made.member_id),
            ("form", original.form.name, made.form),
            ("billing provider", _biller(original.bills_as), _biller(made.bills_as)),
        ):
            if before != after:
                raise _RefusedError(f"its {what} is {after} now, not {before}: void it; bill then makes a new claim")
        claim = attrs.evolve(
            made,
            claim_id="",
            frequency=Frequency.REPLACEMENT,
            payer_control_number=original.payer_control_number,
            replaces=original.claim_id,
        )
        billed = {id_ for line in claim.lines for id_ in line.encounter_ids}
        return Correction(
            REPLACE,
            original,
            claim,
            _lines(original),
            _lines(claim),
            tuple(_changes(original, claim)),
            tuple(LeftOut(id_, self._codes(id_)) for id_ in sorted(wanted - billed)),
            tuple(sorted(billed - wanted)),
            tuple(coded for coded in mine if coded.encounter.encounter_id in billed),
        )

    def _codes(self, encounter_id: str) -> tuple[str, ...]:
        found = {finding.code for finding in self.holding.get(encounter_id, ())}
        return tuple(sorted(found)) if encounter_id in self.there else ()

    def _held(self, encounter_ids: Collection[str]) -> str:
        """Return what holds encounters: each finding with its column and those whom it names."""
        named: dict[str, dict[str, None]] = {}
        for id_ in sorted(encounter_ids):
            for finding in self.holding.get(id_, ()):
                named.setdefault(f"{finding.code} {finding.where}", {})[id_] = None
        sentences = [f"{what} holds {', '.join(ids)}" for what, ids in sorted(named.items())]
        sentences += [f"{id_} is no longer in encounters" for id_ in sorted(encounter_ids) if id_ not in self.there]
        return "; ".join(sentences) or "nothing of them can be billed"


class _Following:
    """Makes claims to a later payer anew, of what the payers before answered by now."""

    def __init__(
        self,
        families: Sequence[ClaimFamily],
        records: Records,
        policies: Policies,
        as_of: dt.date,
        history: Sequence[BilledEncounter],
        eligibility: Sequence[Enrolment],
        waivers: Sequence[Waiver],
    ) -> None:
        rests = [rest.now for family in families for rest in family.rests if rest.now is not None]
        self.parties = Parties.of(records)
        work = NextClaims(rests, records, policies, as_of, history, eligibility, waivers=waivers)
        decided = [
            family.rests[0].now
            for family in families
            if family.rests and family.rests[0].now is not None and family.rests[0].now.state in DECIDED
        ]
        self.made = work.next_claims(decided)

    def replacement(self, family: ClaimFamily) -> Correction:
        original = family.claim
        made = self._made(family)
        if made.payer != original.payer:
            raise _RefusedError(f"the payer after {made.follows} is {made.payer} now, not {original.payer}: void it")
        if made.form != original.form.name:
            raise _RefusedError(f"its form is {made.form} now, not {original.form.name}: void it")
        if made.bills_as != original.bills_as:
            now, then = _biller(made.bills_as), _biller(original.bills_as)
            raise _RefusedError(f"its billing provider is {now} now, not {then}: void it")
        claim = attrs.evolve(
            made,
            claim_id="",
            frequency=Frequency.REPLACEMENT,
            payer_control_number=original.payer_control_number,
            replaces=original.claim_id,
        )
        billed = {id_ for line in claim.lines for id_ in line.encounter_ids}
        return Correction(
            REPLACE,
            original,
            claim,
            _lines(original),
            _lines(claim),
            (*_changes(original, claim), *self._answers(family, claim)),
            tuple(LeftOut(id_, earlier=claim.follows) for id_ in sorted({*family.live} - billed)),
            tuple(sorted(billed - {id_ for line in original.lines for id_ in line.encounter_ids})),
        )

    def _made(self, family: ClaimFamily) -> Claim:
        earlier = family.rests[0] if family.rests else None
        if earlier is None or earlier.now is None:
            raise _RefusedError(f"{family.claim.follows}, on whose answer it rests, was voided: void it too")
        now = earlier.now
        if now.state not in DECIDED:
            raise _RefusedError(_NOT_DECIDED.get(now.state, _UNANSWERED).format(now.claim_id, now.state))
        found = self.made[now.claim_id]
        if isinstance(found, NotSent):
            raise _RefusedError(f"it cannot be made anew: {found.why}. {found.fix} Or void it")
        if found is None:
            raise _RefusedError(f"the answer to {now.claim_id} leaves nothing for another payer any more: void it")
        return found

    def _answers(self, family: ClaimFamily, claim: Claim) -> Iterator[tuple[str, str, str]]:
        """Yield the earlier payers' answers, where they differ from those on the claim."""
        original = family.claim
        lines = tuple(line.as_sent() for line in original.lines)
        earlier = _told_before(family, lines, _coverage(original, self.parties), self.parties)
        others, prior = ((), ()) if isinstance(earlier, str) else earlier
        before = _answer_texts(others, prior)
        after = _answer_texts(claim.other_payers, [line.prior_payments for line in claim.lines])
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name):
                yield f"answer of {name}", before.get(name, ""), after.get(name, "")


_UNANSWERED = "{} to the payer before is not answered yet: post its 835 first"
_NOT_DECIDED = {
    ClaimState.REVERSED: "the payer before took back all that it answered to {}: void it, or post the answer "
    "that follows",
    ClaimState.WRITTEN_OFF: "{} to the payer before was written off: void it",
    ClaimState.REJECTED_INTERCHANGE: "{} to the payer before was rejected: void it",
    ClaimState.REJECTED_FUNCTIONAL: "{} to the payer before was rejected: void it",
    ClaimState.REJECTED_PAYER: "{} to the payer before was rejected: void it",
}


def _answer_texts(others: Iterable[OtherPayer], prior: Iterable[Iterable[PriorPayment]]) -> dict[str, str]:
    """Return by payer, in a few words, its number of the claim, its day, and what it did with each line."""
    lines = [[*payment] for payment in prior]
    texts = {}
    for other in others:
        parts = [
            f"{other.payer_control_number or 'no number'}, {other.paid_on}",
            _paid_text(other.paid, other.adjustments),
        ]
        for number, of_line in enumerate(lines, start=1):
            parts += [
                f"line {number} {':'.join((payment.hcpcs, *payment.modifiers))} {payment.units} "
                + _paid_text(payment.paid, payment.adjustments)
                for payment in of_line
                if payment.payer_id == other.id
            ]
        texts[other.name] = "; ".join(parts)
    return texts


def _paid_text(paid: Decimal, adjustments: Iterable[Adjustment]) -> str:
    return ", ".join(
        (
            printed(paid),
            *(f"{adjustment.group} {adjustment.reason} {printed(adjustment.amount)}" for adjustment in adjustments),
        )
    )


def left_out_text(left: LeftOut) -> str:
    """Return why an encounter is not on a replacement, in a few words."""
    if left.earlier:
        return f"{left.encounter_id} no longer on {left.earlier}"
    return f"{left.encounter_id} {'held: ' + ', '.join(left.codes) if left.codes else 'no longer in encounters'}"


def _recorded_keys(claim: SentClaim) -> set[LineKey]:
    of_claim = partial(line_key, claim.payer, claim.member_id)
    return {
        of_claim(line.service_date, claim.rendering_id, claim.place, line.hcpcs, line.modifiers, claim.site)
        for line in claim.lines
    }


_SHARED: Mapping[str, Callable[[Claim], object]] = {
    "payer": lambda claim: claim.payer,
    "member": lambda claim: claim.member_id,
    "coverage": lambda claim: (claim.subscriber.subscriber_id, claim.subscriber.rank),
    "rendering provider": lambda claim: claim.rendering_id,
    "supervisor": lambda claim: claim.supervising_id,
    "place": lambda claim: claim.place,
    "site": lambda claim: claim.site,
    "billing provider": lambda claim: claim.bills_as,
    "service facility": lambda claim: (claim.facility, claim.facility_address),
    "delay reason or attachment": lambda claim: (claim.delay_reason, claim.attachment),
    "authorization": lambda claim: claim.authorization,
    "release": lambda claim: claim.release,
    "stay": lambda claim: claim.admitted_on,
    "form": form_of,
    "date span": lambda claim: {line.service_date for line in claim.lines},
}
"""The fields that the lines of a claim share; the number of lines and diagnoses is limited as well."""


def _refuse_several(claims: Sequence[Claim]) -> None:
    if len(claims) < 2:
        return
    parts = " and ".join(", ".join(id_ for line in claim.lines for id_ in line.encounter_ids) for claim in claims)
    differs = next(
        (name for name, of in _SHARED.items() if any(of(claim) != of(claims[0]) for claim in claims[1:])), "size"
    )
    raise _RefusedError(
        f"its encounters need {len(claims)} claims now, since the {differs} is not the same: {parts}. "
        "Correct them, or void it; bill then makes new claims"
    )


def _lines(claim: SentClaim | Claim) -> tuple[CorrectedLine, ...]:
    return tuple(
        CorrectedLine(
            line.service_date,
            line.hcpcs,
            line.modifiers,
            line.units,
            line.charge,
            tuple(claim.diagnoses[place - 1] for place in line.pointers),
            tuple(sorted(line.encounter_ids)),
        )
        for line in claim.lines
    )


def _changes(original: SentClaim, claim: Claim) -> Iterator[tuple[str, str, str]]:
    """Yield the differences beside the lines; of the subscriber's id only that it changed."""
    for name, before, after in (
        ("place", original.place, claim.place),
        ("rendering_id", original.rendering_id, claim.rendering_id),
        ("supervising_id", original.supervising_id, claim.supervising_id),
        ("attending_id", original.form.attending_id, claim.attending_id),
        ("authorization", original.authorization, claim.authorization),
        ("diagnoses", " ".join(original.diagnoses), " ".join(claim.diagnoses)),
        ("rank", original.subscriber_rank, claim.subscriber.rank),
        ("release", original.release, claim.release),
        ("admitted_on", original.admitted_on, claim.admitted_on),
        ("type_of_bill", original.form.type_of_bill, claim.type_of_bill),
        ("admission_type", original.form.admission_type, claim.admission_type),
        ("point_of_origin", original.form.point_of_origin, claim.point_of_origin),
        ("patient_status", original.form.patient_status, claim.patient_status),
        ("patient_paid", original.patient_paid, claim.patient_paid),
        ("site", original.site, claim.site),
        ("facility", _where(original), _where(claim)),
        ("delay_reason", original.delay_reason, claim.delay_reason),
        ("attachment", original.attachment, claim.attachment),
    ):
        if before != after:
            yield name, "" if before is None else str(before), "" if after is None else str(after)
    if original.subscriber_id != claim.subscriber.subscriber_id:
        yield "subscriber_id", "as it was sent", "as it stands in coverage now"


def _biller(site: str) -> str:
    """Return the billing provider of a claim as messages name it."""
    return f"site {site}" if site else "the organisation"


def _where(claim: SentClaim | Claim) -> str:
    """Return where a claim says that the service was given."""
    if claim.facility is None or claim.facility_address is None:
        return ""
    address = claim.facility_address
    parts = (claim.facility.name, claim.facility.id, address.street, address.street2, address.city, address.zip)
    return ", ".join(part for part in parts if part)
