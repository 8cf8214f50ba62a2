"""What needs a person today: held, rejected, denied, unanswered, about to lapse or overpaid, by deadline and money.

Pure: the records, what the audit finds in them now, and what `ledger/look/worklist.py` found open make the items. What
is mended is gone at the next run, since nothing of the list is stored but the day of an overpayment.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import count

import attrs

from peerbill import codes
from peerbill.checks.audit import Audit, audit_index, audit_of
from peerbill.claims.next_payer import secondary_claims, shared_members
from peerbill.coding.charges import choose_charge
from peerbill.coding.context import Context, Index
from peerbill.coding.credentials import accepting, expiry
from peerbill.coding.deadlines import filing_deadline, other_payer_deadline, resubmission_deadline
from peerbill.coding.history import history_scope
from peerbill.coding.supervision import held_in, is_enough, window_of
from peerbill.ledger.answers.open_items import OpenItem
from peerbill.ledger.look.worklist import (
    PAID,
    UNANSWERED,
    Denial,
    GoneEncounter,
    OpenClaim,
    Opened,
    Overpaid,
    PaidEncounter,
    PaidTwice,
    Scope,
    Unsettled,
)
from peerbill.model.claim import ANSWER_DAYS, BillableEncounter, BilledEncounter
from peerbill.model.enrolment import CAUSES, remedy
from peerbill.model.errors import NotInForceError
from peerbill.model.finding import Citation, Finding, Severity, finding_order
from peerbill.model.ids import compact
from peerbill.model.money import printed
from peerbill.model.people import Authorization, Credential, Plan, Staff, Supervision
from peerbill.model.plural import counted
from peerbill.model.records import Records
from peerbill.model.sent_claim import SentClaim
from peerbill.policy import CredentialRule, Facts, Filing, Policies, Rules
from peerbill.policy.phrases import Deadline

Date = dt.date

KINDS: Mapping[str, str] = {
    "overpayment": "Paid, and held by an audit since",
    "overpaid": "Paid more than was billed",
    "unmatched": "Payments that match no claim",
    "refused": "Remittances that were not posted",
    "difference": "Remittances posted though they do not balance",
    "filing": "Filing limits running out",
    "held": "Held encounters",
    "ready": "Ready to bill",
    "rejection": "Rejected claims",
    "denial": "Denied or cut by the payer",
    "coordination": "Claims to the next payer",
    "twice": "Paid on two claims",
    "deleted": "Billed, and deleted from the workspace since",
    "charge": "Billed at another charge than is configured now",
    "unanswered": "Claims without an answer",
    "balance": "Balances that the payer carries forward",
    "adjustment": "Added or taken off beside the claims (PLB)",
    "answer": "Rejections that were not followed",
    "member": "Members whom the payer has under another id",
    "enrolment": "Members whom the payer does not know as enrolled",
    "authorization": "Authorizations nearly used, or ending",
    "credential": "Credentials about to lapse",
    "supervision": "Supervision that is due",
    "plan": "Plans about to lapse",
}
"""The kinds of items, each with its heading; where two are as urgent, in this order."""

RETURN_DAYS = 60
OVERPAYMENT = Citation(
    title="42 U.S.C. 1320a-7k(d): an overpayment is reported and returned within 60 days after it was identified",
    url="https://en.m.wikisource.org/wiki/Page:United_States_Statutes_at_Large_Volume_124.djvu/781",
    date="2010-03-23",
    status="secondary",
    where="(d)(1)-(2), or on the day a corresponding cost report is due, where that is later",
)
TIMELY_PAYMENT = Citation(
    title="42 CFR 447.45: a Medicaid agency pays 90 percent of clean claims within 30 days of receipt",
    url="https://www.ecfr.gov/current/title-42/section-447.45",
    date="2006-10-01",
    status="secondary",
    where="(d)(2), as contracts for managed care repeat it under 42 CFR 447.46",
)

SOON = (30, 60, 90)
"""Days before something lapses at which it is told anew."""

_ACKNOWLEDGED = Deadline(2, "business day", "notice")
_SURELY_OVER = 7  # no weekend and holidays stretch two business days beyond a week
_NEARLY_USED = Decimal("0.8")
_ONE_DAY = dt.timedelta(days=1)
_NOTHING = Decimal("0.00")

# What the day of the audit decides, what being billed decides, and limits, whose order the file and the ledger share.
_NOT_OF_PAID = frozenset({"PB106", "PB107", "PB207", "PB512", "PB701", "PB702", "PB805", "PB808"})

_REJECTED_WITH = {
    "rejected-interchange": "with the interchange (TA1)",
    "rejected-functional": "with the group (999)",
    "rejected-payer": "by the payer (277CA)",
}


@attrs.frozen
class TodoItem:
    """One thing to do: `what` there is, what to `do`, by when, and who says so.

    `deadline` is the last day, None where there is none; `payer` is a key of `[payers]`, or "". `parts` are what is at
    stake, in dollars, by encounter, line or claim: what two items share counts once in a total. `item` is the id under
    which it is settled, or "" where it goes by itself. `test`: it concerns claims in test files, and is in no total.
    `why_asked` are those of the citations that only raise a question (`Finding.why_asked`).
    """

    kind: str
    what: str
    do: str
    deadline: Date | None = None
    payer: str = ""
    parts: tuple[tuple[str, Decimal], ...] = ()
    claim_ids: tuple[str, ...] = ()
    encounter_ids: tuple[str, ...] = ()
    member_ids: tuple[str, ...] = ()
    staff_ids: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    item: str = ""
    test: bool = False
    why_asked: tuple[Citation, ...] = ()

    @property
    def amount(self) -> Decimal:
        """What is at stake, in dollars; of a test, what would be."""
        return sum(dict(self.parts).values(), _NOTHING)


@attrs.frozen
class Todo:
    """The work list of a day, the most urgent first, and what it says of overpayments that is new.

    `identified` are to be recorded with their day, `cleared` to be taken out (`worklist.keep_overpayments`).
    """

    as_of: Date
    items: tuple[TodoItem, ...]
    identified: tuple[Overpaid, ...] = ()
    cleared: tuple[Overpaid, ...] = ()


def total(items: Iterable[TodoItem]) -> Decimal:
    """Return what is at stake in several items, in dollars; what they share counts once."""
    return sum({key: amount for item in items if not item.test for key, amount in item.parts}.values(), _NOTHING)


def scope(records: Records, policies: Policies, as_of: Date) -> Scope:
    """Return what of a ledger concerns a workspace."""
    days = [one.start.date() for one in records.encounters if one.start is not None]
    part = history_scope(records, policies)
    return Scope(
        part=part,
        tests=records.settings.test_payers,
        encounter_ids=frozenset(one.encounter_id for one in records.encounters),
        authorized=frozenset(row.member_id for row in records.authorizations if _covers(row, as_of)),
        planned=frozenset(plan.member_id for plan in _lapsing_plans(records, as_of)),
        seen_from=as_of - dt.timedelta(days=SOON[-1]),
        shared=shared_members(records),
        kept=frozenset(one.encounter_id for one in records.encounters)
        | frozenset(one.encounter_id for one in records.rejected),
        kept_members={*part.member_ids} | {one.member_id for one in records.members},
        kept_from=min(days) if days else dt.date.max,
    )


def work_list(
    records: Records,
    policies: Policies,
    as_of: Date,
    opened: Opened,
    progress: Callable[[int], None] | None = None,
) -> Todo:
    """Audit a workspace now, and return what it and the ledger leave to be done. `opened` is read for `scope`."""
    index = audit_index(records, policies, as_of, opened.history, opened.enrolments)
    result, contexts = audit_of(index, policies, progress)
    work = _Work(records, policies, opened, index, contexts)
    free = {id_ for claim in opened.claims for id_, _ in claim.free}
    overpayments, identified, cleared = _overpayments(work, result)
    filing = list(_filing(work, result, free))
    items = [
        *overpayments,
        *_held(work, result),
        *filing,
        *_ready(work, result, free.union(*(item.encounter_ids for item in filing))),
        *_rejections(work),
        *_denials(work),
        *_answered_in_part(work),
        *_taken_back(work),
        *_to_go_on(work),
        *_unsettled(work),
        *_paid_twice(work),
        *_gone(work),
        *_charged_otherwise(work),
        *_unanswered(work),
        *_open(work),
        *_enrolments(work),
        *_authorizations(work),
        *_credentials(work),
        *_supervision(work),
        *_plans(work),
    ]
    marked = (
        attrs.evolve(item, test=bool(item.claim_ids) and opened.tests.issuperset(item.claim_ids)) for item in items
    )
    return Todo(as_of, tuple(sorted(marked, key=_urgency)), identified, cleared)


def _urgency(item: TodoItem) -> tuple[Date, Decimal, int, str, tuple[str, ...]]:
    order = list(KINDS).index(item.kind)
    return (item.deadline or dt.date.max, -item.amount, order, item.what, item.claim_ids + item.encounter_ids)


class _Work:
    """What every kind of item is made from."""

    def __init__(
        self, records: Records, policies: Policies, opened: Opened, index: Index, contexts: Mapping[str, Context]
    ) -> None:
        """Take a workspace, what is open in its ledger, and what an audit looked up and worked out by encounter id."""
        self.records = records
        self.policies = policies
        self.as_of = index.as_of
        self.opened = opened
        self.index = index
        self.contexts = contexts
        self.encounters = {one.encounter_id: one for one in records.encounters}
        self.paid: dict[str, list[PaidEncounter]] = defaultdict(list)
        for one in opened.paid:
            self.paid[one.encounter_id].append(one)
        self.staff = {one.staff_id: one for one in records.staff}
        self._filing: dict[tuple[str, str, Date], Filing] = {}

    def rules(self, programme_id: str, day: Date, facts: Facts) -> Rules | None:
        """Return what a programme says, or None where it is not among the workspace's or not in force."""
        programme = self.policies.programmes.get(programme_id)
        try:
            return None if programme is None else programme.rules(day, facts)
        except NotInForceError:
            return None

    def facts(self, payer: str, tier: str = "", service: str = "") -> Facts:
        """Return the situation as far as a claim or a person tells it."""
        known = self.records.settings.payers.get(payer)
        organization = self.records.settings.organization
        return Facts(
            service=service,
            tier=tier,
            payer=known.payer if known is not None else "",
            region=organization.region,
            provider=organization.kind,
        )

    def filing(self, payer: str, programme: str, day: Date) -> Filing:
        """Return the clocks of a claim for a service of a day."""
        key = (programme, payer, day)
        known = self._filing.get(key)
        if known is None:
            rules = self.rules(programme, day, self.facts(payer))
            known = self._filing[key] = Filing() if rules is None else rules.filing.value
        return known

    def last_day(self, claim: OpenClaim) -> Date | None:
        """Return the last day on which a claim could be filed as new."""
        if claim.first_day is None:
            return None
        filing = self.filing(claim.payer, claim.programme, claim.first_day)
        if claim.other_paid_on is not None:
            return other_payer_deadline(claim.first_day, claim.other_paid_on, filing)
        return filing_deadline(claim.first_day, filing)

    def last_day_again(self, claim: OpenClaim | Unsettled) -> Date | None:
        """Return the last day to send a claim again: its resubmission window, counted from the answer, or its limit."""
        if claim.first_day is None:
            return None
        filing = self.filing(claim.payer, claim.programme, claim.first_day)
        return resubmission_deadline(claim.first_day, claim.since, filing, claim.other_paid_on)


# What the audit holds, and what it lets go


def _held(work: _Work, result: Audit) -> Iterator[TodoItem]:
    status = {one.encounter_id: one for one in result.encounters}
    live = {one.encounter_id for one in work.opened.history if one.standing == "live"}
    groups: dict[tuple[str, Finding], dict[str, Context | None]] = defaultdict(dict)
    for finding in sorted(result.findings, key=finding_order):
        if finding.severity is not Severity.ERROR:
            continue
        said = _without_ids(finding)
        if not finding.encounter_ids:
            groups["", said] = {}
        for id_ in finding.encounter_ids:
            if status[id_].status == "billed" or id_ in work.paid:
                continue  # held by nothing, or in an item of what was paid
            context = work.contexts.get(id_)
            payer = context.payer.key if context is not None and context.payer is not None else ""
            groups[payer, said][id_] = context
    for (payer, finding), contexts in groups.items():
        parts: list[tuple[str, Decimal]] = []
        days: list[Date] = []
        for id_, context in contexts.items():
            coding = context.coding if context is not None else None
            # What was billed and changed since is at stake on its claim.
            if id_ not in live and coding is not None and coding.unit_charge is not None:
                parts.append((id_, coding.unit_charge * (status[id_].units or 0)))
            if context is not None and context.rules is not None and context.day is not None:
                last = filing_deadline(context.day, context.rules.filing.value)
                days += [last] if last is not None else []
        count = counted(len(contexts), "encounter") if contexts else "a row without an id"
        yield TodoItem(
            kind="held",
            what=f"{count} held by {finding.code} ({finding.where}): {finding.message}",
            do=finding.fix,
            deadline=min(days, default=None),
            payer=payer,
            parts=tuple(parts),
            encounter_ids=tuple(sorted(contexts)),
            citations=finding.citations,
            why_asked=finding.why_asked,
        )


def _without_ids(finding: Finding) -> Finding:
    return attrs.evolve(finding, encounter_ids=(), staff_id=None, member_id=None)


def _filing(work: _Work, result: Audit, free: Iterable[str]) -> Iterator[TodoItem]:
    """Yield what could be billed and is near its limit, as PB107 warns; what was rejected has an item of its own."""
    apart = frozenset(free)
    billable = {one.encounter.encounter_id: one for one in result.billable}
    groups: dict[tuple[str, Date], dict[str, Decimal]] = defaultdict(dict)
    citations: dict[tuple[str, Date], tuple[Citation, ...]] = {}
    for finding in result.findings:
        if finding.code != "PB107":
            continue
        for id_ in finding.encounter_ids:
            context = work.contexts.get(id_)
            if id_ not in billable or id_ in apart or context is None or context.rules is None or context.day is None:
                continue
            last = filing_deadline(context.day, context.rules.filing.value)
            if last is not None:
                key = (billable[id_].payer, last)
                groups[key][id_] = billable[id_].unit_charge * billable[id_].units
                citations[key] = finding.citations
    for (payer, last), found in groups.items():
        passed = last < work.as_of
        yield TodoItem(
            kind="filing",
            what=f"{counted(len(found), 'encounter')} can be billed, and the last day to file "
            + (f"was {last}" if passed else f"is {last}"),
            do="Bill them, and ask the payer for an exception." if passed else "Bill them first.",
            deadline=last,
            payer=payer,
            parts=tuple(sorted(found.items())),
            encounter_ids=tuple(sorted(found)),
            citations=citations[payer, last],
        )


def _ready(work: _Work, result: Audit, told: Collection[str]) -> Iterator[TodoItem]:
    """Yield what passes the audit and was not billed; `told` has an item of its own."""
    groups: dict[str, list[BillableEncounter]] = defaultdict(list)
    for one in result.billable:
        if one.encounter.encounter_id not in told:
            groups[one.payer].append(one)
    for payer, found in groups.items():
        days = sorted(one.encounter.start.date() for one in found if one.encounter.start is not None)
        oldest = f", the oldest of {days[0]}" if days else ""
        lasts = {
            filing_deadline(one.encounter.start.date(), work.filing(payer, one.programme, one.encounter.start.date()))
            for one in found
            if one.encounter.start is not None
        }
        yield TodoItem(
            kind="ready",
            what=f"{counted(len(found), 'encounter')} can be billed now{oldest}",
            do="Run bill.",
            deadline=_earliest(lasts),
            payer=payer,
            parts=tuple(sorted((one.encounter.encounter_id, one.unit_charge * one.units) for one in found)),
            encounter_ids=tuple(sorted(one.encounter.encounter_id for one in found)),
        )


def _gone(work: _Work) -> Iterator[TodoItem]:
    groups: dict[tuple[str, bool], list[GoneEncounter]] = defaultdict(list)
    told = {(one.encounter_id, one.claim_id) for one in work.opened.overpaid}
    for one in work.opened.gone:
        if (one.encounter_id, one.claim_id) not in told:
            groups[one.payer, one.state in PAID].append(one)
    for (payer, is_paid), found in groups.items():
        claims = tuple(sorted({one.claim_id for one in found}))
        back = ", and return what was paid for them" if is_paid else ""
        yield TodoItem(
            kind="deleted",
            what=f"{counted(len(found), 'encounter')} on {counted(len(claims), 'claim')} "
            f"{'that was paid ' if is_paid and len(claims) == 1 else 'that were paid ' if is_paid else ''}"
            "not in encounters any more",
            do="If the rows were deleted by mistake, put them back. If the services did not take place, void the "
            f"claims, or replace those with other services{back}.",
            payer=payer,
            parts=tuple((one.encounter_id, one.charge) for one in found),
            claim_ids=claims,
            encounter_ids=tuple(one.encounter_id for one in found),
        )


def _charged_otherwise(work: _Work) -> Iterator[TodoItem]:
    """Yield what was billed at another charge than the settings have now for its day; for information."""
    groups: dict[tuple[str, str, Decimal, Decimal], list[BilledEncounter]] = defaultdict(list)
    known: dict[tuple[str, str, tuple[str, ...], Date], Decimal | None] = {}
    for one in work.opened.history:
        payer = work.records.settings.payers.get(one.payer)
        if (
            payer is None
            or one.encounter_id not in work.encounters
            or (one.standing, one.payer_turn) != ("live", 1)
            or not one.units
        ):
            continue
        key = (one.payer, one.hcpcs, one.modifiers, one.start.date())
        if key not in known:
            dated = {row.code: row.amount for row in payer.dated_charges if row.holds(key[3])}
            known[key] = choose_charge({**payer.charges, **dated}, one.hcpcs, one.modifiers)
        unit_charge = known[key]
        if unit_charge is not None and unit_charge * one.units != one.charge:
            code = ":".join((one.hcpcs, *one.modifiers))
            groups[one.payer, code, one.charge / one.units, unit_charge].append(one)
    for (payer_key, code, then, now), found in groups.items():
        claims = tuple(sorted({one.claim_id for one in found}))
        difference = sum((one.charge - now * one.units for one in found), _NOTHING)
        more = "more" if difference > 0 else "less"
        yield TodoItem(
            kind="charge",
            what=f"{counted(len(found), 'encounter')} of {code} billed at {printed(then)} a unit, now {printed(now)} "
            f"on {'its day' if len(found) == 1 else 'their days'}: {printed(abs(difference))} {more} was billed",
            do="For information. If the charge then was wrong, correct the claims with replace. If the new one holds "
            "from a later day, give it that day in [[payers.KEY.charge]].",
            payer=payer_key,
            claim_ids=claims,
            encounter_ids=tuple(sorted(one.encounter_id for one in found)),
        )


# What the payer answered


def _rejections(work: _Work) -> Iterator[TodoItem]:
    groups: dict[tuple[str, str, str, bool], list[OpenClaim]] = defaultdict(list)
    for claim in work.opened.claims:
        corrects = claim.frequency != "1"
        if claim.state in _REJECTED_WITH and (claim.standing if corrects else claim.free):
            groups[claim.payer, claim.state, claim.said, corrects].append(claim)
    for (payer, state, said, corrects), claims in groups.items():
        deadline = _earliest(map(work.last_day_again, claims))
        noun = "correction" if corrects else "claim"
        again = (
            "Mend what it names, then send the correction again: the claim before it stands as it was."
            if corrects
            else "Change what it names, then run bill: a claim that says something else is a new one."
        )
        yield TodoItem(
            kind="rejection",
            what=f"{counted(len(claims), noun)} rejected {_REJECTED_WITH[state]}" + (f": {said}" if said else ""),
            do=_in_time(again, deadline, work.as_of),
            deadline=deadline,
            payer=payer,
            parts=tuple(
                part for claim in claims for part in (((claim.claim_id, claim.charge),) if corrects else claim.free)
            ),
            claim_ids=tuple(claim.claim_id for claim in claims),
            encounter_ids=tuple(sorted({id_ for claim in claims for id_, _ in claim.free})),
        )


def _denials(work: _Work) -> Iterator[TodoItem]:
    groups: dict[tuple[str, str, str, tuple[str, ...]], list[tuple[OpenClaim, Denial]]] = defaultdict(list)
    for claim in work.opened.claims:
        if claim.state not in ("denied", "partly-paid"):
            continue
        denials = [one for one in claim.denials if is_worth_asking(one)]
        if claim.state == "denied" and not denials:
            # Nothing was paid all the same: what took it off is told, whatever it is.
            denials = [one for one in claim.denials if one.amount > 0] or [Denial(0, "", "", claim.charge)]
        for one in denials:
            groups[claim.payer, one.group, one.reason, one.remarks].append((claim, one))
    for (payer, group, reason, remarks), found in groups.items():
        ids = tuple(dict.fromkeys(claim.claim_id for claim, _ in found))
        deadline = _earliest(work.last_day_again(claim) for claim, _ in found)
        meaning, act, citations = _in_words(group, reason, remarks)
        yield TodoItem(
            kind="denial",
            what=f"{counted(len(ids), 'claim')} denied or cut: {meaning}",
            do=_in_time(f"{act} {_then(remarks, found)}", deadline, work.as_of),
            deadline=deadline,
            payer=payer,
            parts=tuple((f"{claim.claim_id}-{one.line} {group} {reason}", one.amount) for claim, one in found),
            claim_ids=ids,
            citations=citations,
        )


def _then(remarks: Sequence[str], found: Sequence[tuple[OpenClaim, Denial]]) -> str:
    """Return what holds after the remedy of a denial: a remark may rule out a replacement or an appeal."""
    known = [remark for code in remarks if (remark := codes.rarc(code)) is not None]
    wants = {remark.again: remark.code for remark in known}
    final = next((remark.code for remark in known if not remark.appeal), "")
    if "no" in wants:
        return (
            f"But the payer takes no claim for it again ({wants['no']}): {'' if final else 'appeal, or '}write it off."
        )
    said = []
    if "new" in wants and all(claim.state == "denied" for claim, _ in found):
        said.append(
            f"But the payer takes no replacement ({wants['new']}): free the claim (rebill) and bill again instead."
        )
    if final:
        said.append(f"There is no right of appeal ({final}).")
    return " ".join((*said, "If it cannot be recovered, write it off."))


def is_worth_asking(denial: Denial) -> bool:
    """Tell whether something may be got for what was taken off.

    Not for a share of the cost, what the contract does not pay, and what another payer decided
    (`codes.adjustment_effect`); not for what is left to the member of something that was paid in part; and not where
    the answers together took off nothing.
    """
    if denial.amount <= 0 or codes.adjustment_effect(denial.group, denial.reason):
        return False
    return denial.unpaid or denial.group != "PR"


def _in_words(group: str, reason: str, remarks: Sequence[str]) -> tuple[str, str, tuple[Citation, ...]]:
    """Return the codes in words, the usual remedy, and where they were read."""
    if not reason:
        return "the answer gives no reason", "Ask the payer for the reason, then replace the claim or appeal.", ()
    known = codes.carc(reason)
    words = [f"{group} {reason} {known.words if known is not None else '(a reason that is not known here)'}"]
    citations = list(known.citations) if known is not None else []
    for remark in remarks:
        told = codes.rarc(remark)
        words.append(f"{remark} {told.words if told is not None else '(a remark that is not known here)'}")
        citations += told.citations if told is not None else ()
    act = "Look it up in the payer's guide, then replace the claim or appeal."
    if known is not None and known.act:
        act = f"Usual remedy: {known.act}"
    return "; ".join(words), act, tuple(dict.fromkeys(citations))


def _answered_in_part(work: _Work) -> Iterator[TodoItem]:
    """Yield what payers left without payment and without a reason, on claims of which they paid something."""
    groups: dict[str, list[tuple[OpenClaim, Decimal]]] = defaultdict(list)
    for claim in work.opened.claims:
        rest = claim.charge - claim.paid - sum((one.amount for one in claim.denials), _NOTHING)
        if claim.state == "partly-paid" and rest > 0:
            groups[claim.payer].append((claim, rest))
    for payer, found in groups.items():
        deadline = _earliest(work.last_day_again(claim) for claim, _ in found)
        yield TodoItem(
            kind="denial",
            what=f"{counted(len(found), 'claim')} answered in part: the rest of what was billed has no answer",
            do=_in_time(
                "Wait for the payer's next remittance or ask about the rest; then replace the claim, or give the rest "
                "up with write-off.",
                deadline,
                work.as_of,
            ),
            deadline=deadline,
            payer=payer,
            parts=tuple((f"{claim.claim_id} rest", rest) for claim, rest in found),
            claim_ids=tuple(claim.claim_id for claim, _ in found),
        )


def _taken_back(work: _Work) -> Iterator[TodoItem]:
    groups: dict[str, list[OpenClaim]] = defaultdict(list)
    for claim in work.opened.claims:
        if claim.state == "reversed":
            groups[claim.payer].append(claim)
    for payer, claims in groups.items():
        deadline = _earliest(map(work.last_day_again, claims))
        yield TodoItem(
            kind="denial",
            what=f"{counted(len(claims), 'claim')} paid once and taken back",
            do=_in_time(
                "Ask the payer why; replace the claim or appeal, or give it up with write-off.", deadline, work.as_of
            ),
            deadline=deadline,
            payer=payer,
            parts=tuple((claim.claim_id, claim.charge) for claim in claims),
            claim_ids=tuple(claim.claim_id for claim in claims),
        )


# What goes on to the next payer


def _to_go_on(work: _Work) -> Iterator[TodoItem]:
    """Yield what the next bill sends on, and what a person has to; that until its last day, since nobody records it."""
    if not work.opened.left_over:
        return
    left = {one.claim_id: one for one in work.opened.left_over}
    ready, by_hand = secondary_claims(
        tuple(left.values()),
        work.records,
        work.policies,
        work.as_of,
        map(str, count(1)),
        work.opened.history,
        work.opened.enrolments,
        work.index,
    )
    groups: dict[tuple[str, str, str, Date | None], list[SentClaim]] = defaultdict(list)
    for claim in ready:
        one = left[claim.follows]
        groups[claim.payer, "", "", _last_day_to_go_on(work, one, claim.payer, claim.programme)].append(one)
    for stopped in by_hand:
        one = left[stopped.claim_id]
        programme = _programme_of(work, stopped.payer)
        last = _last_day_to_go_on(work, one, stopped.payer, programme)
        if last is not None and last >= work.as_of:
            groups[stopped.payer, stopped.told, stopped.fix, last].append(one)
    for (payer, told, fix, last), claims in groups.items():
        yield TodoItem(
            kind="coordination",
            what=f"{counted(len(claims), 'claim')} {told or f'of which something is left for {payer}'}",
            do=fix or _in_time("Run bill, which sends it on.", last, work.as_of),
            deadline=last,
            payer=payer,
            parts=tuple(part for one in claims for part in _left(one)),
            claim_ids=tuple(one.claim_id for one in claims),
        )


def _left(claim: SentClaim) -> Iterator[tuple[str, Decimal]]:
    """Yield what a payer left to the next one, by line and reason, as a denial counts it; all not paid without any."""
    cuts = [(0, claim.adjustments), *((line.number, line.adjustments) for line in claim.lines)]
    every = [(number, cut) for number, several in cuts for cut in several]
    gone = {codes.CONTRACT, codes.PRIOR_PAYER}
    left = [
        one for one in every if one[1].amount > 0 and codes.adjustment_effect(one[1].group, one[1].reason) not in gone
    ]
    if not every:
        yield claim.claim_id, claim.charge - claim.paid
    for number, cut in left:
        yield f"{claim.claim_id}-{number} {cut.group} {cut.reason}", cut.amount


def _last_day_to_go_on(work: _Work, one: SentClaim, payer: str, programme: str) -> Date | None:
    filing = work.filing(payer, programme, one.first_day)
    if one.paid_on is None:
        return filing_deadline(one.first_day, filing)
    return other_payer_deadline(one.first_day, one.paid_on, filing)


def _programme_of(work: _Work, payer: str) -> str:
    """Return the only programme of a payer, or "" where there are several."""
    known = work.records.settings.payers.get(payer)
    return known.policy[0] if known is not None and len(known.policy) == 1 else ""


def _unsettled(work: _Work) -> Iterator[TodoItem]:
    for one in work.opened.unsettled:
        deadline = work.last_day_again(one)
        voided = one.why.startswith("voided")
        again = (
            "Void it too."
            if voided
            else "See with peerbill replace --dry-run what it says now; replace it, or void it where nothing is left."
        )
        yield TodoItem(
            kind="coordination",
            what=f"{one.claim_id} rests on what the payer before answered to {one.follows}, which was {one.why} since",
            do=_in_time(again, None if voided else deadline, work.as_of),
            deadline=None if voided else deadline,
            payer=one.payer,
            parts=((one.claim_id, one.charge),),
            claim_ids=(one.claim_id, one.follows),
        )


def _paid_twice(work: _Work) -> Iterator[TodoItem]:
    groups: dict[tuple[str, str, str], list[PaidTwice]] = defaultdict(list)
    for one in work.opened.twice:
        groups[one.payer, one.claim_id, one.other].append(one)
    for (payer, claim_id, other), found in groups.items():
        yield TodoItem(
            kind="twice",
            what=f"{claim_id} is paid, though what stood on it was sent again on {other}",
            do=f"Void one of the two: where {other} is paid too, that is an overpayment to return.",
            payer=payer,
            parts=tuple({f"{claim_id}-{one.line}": one.paid for one in found}.items()),
            claim_ids=(claim_id, other),
            encounter_ids=tuple(sorted({one.encounter_id for one in found})),
        )


def _in_time(do: str, deadline: Date | None, as_of: Date) -> str:
    if deadline is None or as_of <= deadline:
        return do
    return f"{do} The last day was {deadline}: ask the payer for an exception, or write the charge off."


# What the payer did not answer


def _unanswered(work: _Work) -> Iterator[TodoItem]:
    groups: dict[tuple[str, str, str, int], list[OpenClaim]] = defaultdict(list)
    for claim in work.opened.claims:
        if claim.state not in UNANSWERED:
            continue
        payer = work.records.settings.payers.get(claim.payer)
        days = payer.answer_days if payer is not None else ANSWER_DAYS
        noun = {"7": "replacement", "8": "void"}.get(claim.frequency, "claim")
        if (work.as_of - claim.sent_on).days > days:
            groups[claim.payer, noun, claim.state, days].append(claim)
        elif (missing := _missing(claim, work.as_of)) is not None:
            groups[claim.payer, noun, missing, days].append(claim)
    for (payer_key, noun, missing, days), claims in groups.items():
        count = counted(len(claims), noun)
        citations: tuple[Citation, ...] = ()
        if missing in UNANSWERED:
            taken_in = "taken in by the payer" if missing == "accepted" else "and nothing was answered at all"
            what = f"{count} not decided more than {days} days after sending, {taken_in}"
            do = (
                "Ask the payer for the status, and for the remittance if they were paid; what it does not have on "
                "file, peerbill withdraw frees to be billed again."
            )
            citations = (TIMELY_PAYMENT,) if days == ANSWER_DAYS else ()
        elif missing == "277CA":
            what = f"{count} without a 277CA 2 business days after the 999"
            do = "Look for the answer where the payer leaves it and post it; ask the payer if there is none."
        else:
            what = f"{count} of {missing.removeprefix('999 ')} without a 999 or TA1 2 business days after sending"
            do = (
                "See that the file was uploaded; post the answer, or ask the payer where it is. A file that was lost: "
                "peerbill bill --again writes it once more, peerbill withdraw --file frees what it bills."
            )
        yield TodoItem(
            kind="unanswered",
            what=what,
            do=do,
            deadline=_earliest(work.last_day(claim) for claim in claims if claim.frequency == "1"),
            payer=payer_key,
            parts=tuple((claim.claim_id, claim.charge) for claim in claims),
            claim_ids=tuple(claim.claim_id for claim in claims),
            citations=citations,
        )


def _missing(claim: OpenClaim, as_of: Date) -> str | None:
    """Return what a receiver that usually sends it has not sent in time: "277CA", or "999 FILE"; None: nothing."""
    if claim.state != "written" or claim.considered:
        return None
    if claim.acknowledged_on is not None:
        is_late = "277CA" in claim.answering and _is_overdue(claim.acknowledged_on, as_of)
        return "277CA" if is_late else None
    acknowledges = not claim.answering.isdisjoint(("TA1", "999"))
    return f"999 {claim.file}" if acknowledges and _is_overdue(claim.sent_on, as_of) else None


def _is_overdue(since: Date, as_of: Date) -> bool:
    """Tell whether an acknowledgment has taken too long: the calendar, slow to load, is asked only where it decides."""
    days = (as_of - since).days
    return days > _SURELY_OVER or (days > _ACKNOWLEDGED.count and _ACKNOWLEDGED.last_day(since) < as_of)


# What was reported once and is open until it is settled


def _open(work: _Work) -> Iterator[TodoItem]:
    keys = {payer.id: key for key, payer in work.records.settings.payers.items()}
    for one in work.opened.items:
        payer = one.payer or keys.get(one.payer_id, one.payer_name or one.payer_id)
        if one.kind == "member" and _is_corrected(work, one):
            continue
        kind, what, do = _OPEN[one.kind](one, payer)
        overpaid = one.kind == "overpaid"
        yield TodoItem(
            kind=kind,
            what=what,
            do=do,
            deadline=one.since + dt.timedelta(days=RETURN_DAYS) if overpaid else None,
            payer=payer,
            parts=((one.item, abs(one.amount)),) if one.amount else (),
            claim_ids=(one.claim_id,) if one.claim_id else (),
            member_ids=(one.member_id,) if one.member_id else (),
            citations=(OVERPAYMENT,) if overpaid else (),
            item=one.item,
        )


def _is_corrected(work: _Work, one: OpenItem) -> bool:
    """Tell whether coverage has the id under which the payer knows a member."""
    return any(
        (row.member_id, row.payer) == (one.member_id, one.payer)
        and compact(row.subscriber_id).upper() == compact(one.corrected_id).upper()
        for row in work.records.coverage
    )


_Told = tuple[str, str, str]
"""The kind of an item, what there is, and what to do."""


def _settled(one: OpenItem) -> str:
    return f"settle it with `peerbill settle DIR {one.item} --reason …`"


def _unmatched(one: OpenItem, payer: str) -> _Told:
    del payer
    sent = f", sent as claim {one.code}" if one.code else ""
    number = f", the payer's number {one.number}" if one.number else ""
    return (
        "unmatched",
        (
            f"a payment of {printed(one.amount)} on {printed(one.charge)} in {_remittance(one)} matches no claim"
            f"{sent}{number}"
        ),
        (
            f"Look the claim up with the payer. Match it with `peerbill post DIR --match {one.item} CLAIM`; "
            f"where it is not yours, return the money and {_settled(one)}."
        ),
    )


def _remittance(one: OpenItem) -> str:
    return f"remittance {one.reference or 'without a number'} ({one.file})"


def _refused(one: OpenItem, payer: str) -> _Told:
    del payer
    return (
        "refused",
        f"{_remittance(one)} for {printed(one.amount)} was not posted on {one.since}: {one.why}",
        (
            "Ask the payer for a corrected file and post it. If the money is in the bank and only the sums are wrong, "
            f"post the file with --accept-unbalanced; else {_settled(one)}."
        ),
    )


def _difference(one: OpenItem, payer: str) -> _Told:
    del payer
    return (
        "difference",
        f"{_remittance(one)} was posted though it does not balance: {one.why}",
        f"Ask the payer for a corrected remittance or an explanation, then {_settled(one)}.",
    )


def _paid_over(one: OpenItem, payer: str) -> _Told:
    del payer
    back = one.since + dt.timedelta(days=RETURN_DAYS)
    what = f"{one.claim_id} was paid {printed(one.charge + one.amount)} and billed at {printed(one.charge)}"
    if one.why == "several payments":
        return (
            "overpaid",
            f"{what}: its payments together come to more",
            (
                "Post the remittance that takes one of them back. If there is none, report and return the overpayment "
                f"by {back}: it was identified on {one.since}. Then {_settled(one)}."
            ),
        )
    return (
        "overpaid",
        f"{what}, by one payment",
        (
            f"Where the payer's rate is higher than the charge, {_settled(one)}. Otherwise report and return the "
            f"overpayment by {back}: it was identified on {one.since}."
        ),
    )


def _plb(code: str) -> str:
    known = codes.provider_adjustment(code)
    return f"PLB {code}" + (f" {known.words}" if known else "")


def _beside(one: OpenItem, payer: str) -> _Told:
    way = "took" if one.amount > 0 else "added"
    side = "off" if one.amount > 0 else "to"
    reference = f", reference {one.number}" if one.number else ""
    return (
        "adjustment",
        (
            f"{payer or 'the payer'} {way} {printed(abs(one.amount))} {side} {_remittance(one)} beside the claims "
            f"({_plb(one.code)}{reference})"
        ),
        f"Find out what it is for, book it, and {_settled(one)}.",
    )


def _carried(one: OpenItem, payer: str) -> _Told:
    owed = -one.amount
    if owed > 0:
        return (
            "balance",
            f"{payer} has {printed(owed)} to take back from coming payments ({_plb(one.code)})",
            (
                "Expect it in the next remittances, or ask the payer how it is to be returned. "
                f"Where it was settled otherwise, {_settled(one)}."
            ),
        )
    return (
        "balance",
        f"{payer} took back {printed(one.amount)} more than it had announced ({_plb(one.code)})",
        f"Find the takebacks behind it in the remittances; ask the payer about the rest, then {_settled(one)}.",
    )


def _known_otherwise(one: OpenItem, payer: str) -> _Told:
    return (
        "member",
        f"{payer} has member {one.member_id} under another id than was billed on {one.claim_id} (NM1*74 of the 835)",
        (
            "Take the id from the remittance or ask the payer, and correct subscriber_id in coverage. Where the payer "
            f"is wrong, {_settled(one)}."
        ),
    )


def _rejection(one: OpenItem, payer: str) -> _Told:
    del payer
    claim = f" of claim {one.reference}" if one.reference else ""
    return (
        "answer",
        f"a rejection{claim} by {one.code} in {one.file} was not followed: {one.why}",
        (
            "Find out from the sender which file or claim it is about. If it is yours, enter the status rejected in a "
            f"CSV and post it. Then {_settled(one)}."
        ),
    )


_OPEN: Mapping[str, Callable[[OpenItem, str], _Told]] = {
    "unmatched": _unmatched,
    "refused": _refused,
    "difference": _difference,
    "overpaid": _paid_over,
    "adjustment": _beside,
    "balance": _carried,
    "member": _known_otherwise,
    "rejection": _rejection,
}


def _enrolments(work: _Work) -> Iterator[TodoItem]:
    """Yield the members whom a payer's last answer calls not enrolled, or whom it could not be asked about."""
    covered = {
        (row.member_id, row.payer)
        for row in work.records.coverage
        if (row.from_ is None or row.from_ <= work.as_of) and (row.to is None or work.as_of <= row.to)
    }
    last = {
        (one.member_id, one.payer): one
        for one in work.opened.enrolments
        if one.state != "asked" and (one.member_id, one.payer) in covered
    }
    groups: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for (member_id, payer), one in last.items():
        if one.state == "inactive":
            causes = "; ".join(CAUSES[cause] for cause in one.reasons if cause in CAUSES)
            groups[payer, "inactive", causes, ""].append(member_id)
        elif one.state == "refused":
            why = "; ".join(f"{code} {_refusal(code)}" for code in one.reasons)
            groups[payer, "refused", why, remedy(one)].append(member_id)
    for (payer, state, why, do), members in groups.items():
        count = counted(len(members), "member")
        inactive = state == "inactive"
        yield TodoItem(
            kind="enrolment",
            what=f"{count} not enrolled, according to the payer" + (f": {why}" if why else "")
            if inactive
            else f"{count} about whom the payer did not answer: {why or 'it gave no reason'}",
            do="Ask the member for the plan that they have now, and correct coverage." if inactive else do,
            payer=payer,
            member_ids=tuple(sorted(members)),
        )


def _refusal(code: str) -> str:
    known = codes.refusal_reason(code)
    return known.meaning if known is not None else "(a reason that is not known here)"


# What was paid and should not have been


def _overpayments(work: _Work, result: Audit) -> tuple[list[TodoItem], tuple[Overpaid, ...], tuple[Overpaid, ...]]:
    """Audit what was billed as if it had not been; return the items, what is new, and what is found no more."""
    known = {(one.encounter_id, one.claim_id): one for one in work.opened.overpaid}
    found = _held_since(work, result)
    identified: list[Overpaid] = []
    groups: dict[tuple[str, Date, Finding | None, tuple[str, ...]], list[Overpaid]] = defaultdict(list)
    for id_, findings in found.items():
        names = tuple(sorted({finding.code for finding in findings}))
        for paid in work.paid[id_]:
            one = known.get((id_, paid.claim_id))
            if one is None:
                one = Overpaid(id_, paid.claim_id, work.as_of, names, paid.line, paid.payer, paid.state, paid.paid)
                identified.append(one)
            for finding in dict.fromkeys(_alike(_without_ids(finding)) for finding in findings):
                groups[one.payer, one.identified_on, finding, ()].append(one)
    looked_at = {(one.encounter_id, one.claim_id) for one in work.opened.paid if one.encounter_id in work.encounters}
    cleared = [one for key, one in known.items() if key in looked_at and one.encounter_id not in found]
    gone = {(one.encounter_id, one.claim_id) for one in cleared}
    for key, one in known.items():
        # One that is being voided or replaced is on its way; should that come to nothing, the clock has not stopped.
        if one.state in PAID and one.encounter_id not in found and key not in gone:
            groups[one.payer, one.identified_on, None, one.codes].append(one)
    items = [_overpayment(*key, found_) for key, found_ in groups.items()]
    return items, tuple(identified), tuple(cleared)


def _alike(finding: Finding) -> Finding:
    """Leave out of what PB805 says the claim that it names, so that one item holds all that was changed."""
    if finding.code != "PB805":
        return finding
    return attrs.evolve(finding, message="changed since it was billed", fix="Undo the change, or replace the claim.")


def _held_since(work: _Work, result: Audit) -> dict[str, list[Finding]]:
    """Return the errors that an audit now finds in encounters that were paid."""
    found: dict[str, list[Finding]] = defaultdict(list)
    if not work.paid:
        return found
    for finding in result.findings:
        if finding.code == "PB805":
            for id_ in finding.encounter_ids:
                if id_ in work.paid:
                    found[id_].append(finding)
    live = {one.encounter_id for one in work.opened.history if one.standing == "live"}
    billed = attrs.evolve(
        work.index.records,
        encounters=tuple(one for one in work.index.records.encounters if one.encounter_id in live),
        # What could be read and not used is still what was paid.
        rejected=tuple(one for one in work.index.records.rejected if one.encounter_id in live & work.encounters.keys()),
    )
    elsewhere = [one for one in work.opened.history if one.encounter_id not in work.encounters]
    again, _ = audit_of(work.index.with_encounters(billed, elsewhere), work.policies)
    for finding in again.findings:
        if finding.severity is Severity.ERROR and finding.code not in _NOT_OF_PAID:
            for id_ in finding.encounter_ids:
                if id_ in work.paid:
                    found[id_].append(finding)
    return found


def _overpayment(
    payer: str, identified_on: Date, finding: Finding | None, names: tuple[str, ...], found: Sequence[Overpaid]
) -> TodoItem:
    count = counted(len(found), "paid encounter")
    if finding is None:
        what = f"{count} held by an earlier audit ({', '.join(names)}) and not in the workspace now"
        fix = "Put the rows back into encounters to have them looked at again."
    else:
        what = f"{count} held by {finding.code} ({finding.where}): {finding.message}"
        fix = finding.fix
    deadline = identified_on + dt.timedelta(days=RETURN_DAYS)
    return TodoItem(
        kind="overpayment",
        what=what,
        do=f"{fix} If the payment was not due, void or replace the claim, and report and return it by {deadline}: "
        f"it was identified on {identified_on}.",
        deadline=deadline,
        payer=payer,
        parts=tuple(sorted({f"{one.claim_id}-{one.line}": one.paid for one in found}.items())),
        claim_ids=tuple(sorted({one.claim_id for one in found})),
        encounter_ids=tuple(sorted({one.encounter_id for one in found})),
        citations=(finding.citations if finding is not None else ()) + (OVERPAYMENT,),
        why_asked=finding.why_asked if finding is not None else (),
    )


# What is about to lapse


def _authorizations(work: _Work) -> Iterator[TodoItem]:
    rows = [row for row in work.records.authorizations if _covers(row, work.as_of)]
    used = _units(work, rows)
    for row in rows:
        others = [
            other
            for other in work.records.authorizations
            if other is not row
            and (other.member_id, other.payer, other.hcpcs) == (row.member_id, row.payer, row.hcpcs)
            and set(other.modifiers) == set(row.modifiers)
        ]
        nearly = row.units is not None and used[row] >= row.units * _NEARLY_USED
        more = any(
            _covers(other, work.as_of) and (other.units is None or used.get(other, 0) < other.units * _NEARLY_USED)
            for other in others
        )
        left = row.units is None or used[row] < row.units
        ends = row.to is not None and (row.to - work.as_of).days <= SOON[-1] and left
        followed = row.to is not None and any(_covers(other, row.to + _ONE_DAY) for other in others)
        if not ((nearly and not more) or (ends and not followed)):
            continue
        said = [f"{used[row]:,} of {row.units:,} units used"] if row.units is not None else []
        said += [f"ends {_when(row.to, work.as_of)}"] if row.to is not None else []
        yield TodoItem(
            kind="authorization",
            what=f"authorization {row.number} of {row.member_id} for {row.hcpcs}: {', '.join(said)}",
            do="Ask the payer for more units or for the next authorization, and enter it in authorizations.",
            deadline=row.to,
            payer=row.payer,
            member_ids=(row.member_id,),
        )


def _covers(row: Authorization, day: Date) -> bool:
    return row.from_ is not None and row.from_ <= day and (row.to is None or day <= row.to)


def _units(work: _Work, rows: Iterable[Authorization]) -> dict[Authorization, int]:
    """Return the units that stand in the ledger under each row, as PB512 counts them."""
    by_number = defaultdict(list)
    for one in work.opened.used:
        by_number[one.member_id, one.number, one.payer, one.hcpcs].append(one)
    return {
        row: sum(
            one.units
            for one in by_number[row.member_id, row.number, row.payer, row.hcpcs]
            if _covers(row, one.day) and (not row.modifiers or set(row.modifiers) == set(one.modifiers))
        )
        for row in rows
    }


def _credentials(work: _Work) -> Iterator[TodoItem]:
    by_staff: dict[str, list[Credential]] = defaultdict(list)
    for row in work.records.credentials:
        by_staff[row.staff_id].append(row)
    for staff_id, rows in by_staff.items():
        person = work.staff.get(staff_id)
        if person is None or not _is_employed(person, work.as_of):
            continue
        for row in rows:
            rule = _accepting(work, person, row)
            last = expiry(row, rule.valid_months) if rule is not None else None
            if last is None or row.status not in {"", "active"} or not _lapses_soon(last, work.as_of):
                continue
            if any(_renews(other, row, last) for other in rows if other is not row):
                continue
            yield TodoItem(
                kind="credential",
                what=f"{row.credential} of {staff_id} lapses {_when(last, work.as_of)}",
                do="Have it renewed before that day, and enter the renewal in credentials; services after it are held.",
                deadline=last,
                staff_ids=(staff_id,),
            )


def _renews(other: Credential, row: Credential, last: Date) -> bool:
    return (
        (other.credential.casefold(), other.state) == (row.credential.casefold(), row.state)
        and other.status in {"", "active"}
        and other.issued_on is not None
        and other.issued_on <= last + _ONE_DAY
        and (other.expires_on is None or other.expires_on > last)
    )


def _accepting(work: _Work, person: Staff, row: Credential) -> CredentialRule | None:
    """Return the rule under which some programme of the workspace accepts a credential."""
    for rules in _rules_of(work, person.tier):
        for _, answer in accepting(rules, row):
            return answer.value
    return None


def _rules_of(work: _Work, tier: str) -> list[Rules]:
    """Return what the programmes of every payer say today, for each of their services."""
    found: dict[int, Rules] = {}
    for key, payer in work.records.settings.payers.items():
        for id_ in payer.policy:
            general = work.rules(id_, work.as_of, work.facts(key, tier))
            for service in ("", *general.service) if general is not None else ():
                rules = work.rules(id_, work.as_of, work.facts(key, tier, service))
                if rules is not None:
                    found[id(rules)] = rules
    return list(found.values())


def _supervision(work: _Work) -> Iterator[TodoItem]:
    """Yield the supervision that is still due in the window of today, where the peer served in it."""
    served: dict[str, list[Date]] = defaultdict(list)
    for one in work.records.encounters:
        if one.start is not None:
            served[one.staff_id].append(one.start.date())
    meetings: dict[str, list[Supervision]] = defaultdict(list)
    for row in work.records.supervision:
        meetings[row.staff_id].append(row)
    due: dict[tuple[Date, str], tuple[list[str], tuple[Citation, ...]]] = {}
    for staff_id, days in sorted(served.items()):
        person = work.staff.get(staff_id)
        if person is None or not _is_employed(person, work.as_of):
            continue
        lapses: dict[tuple[Date, str], tuple[Citation, ...]] = {}
        for rules in _rules_of(work, person.tier):
            answer = rules.supervision
            if "every" not in answer.said:
                continue
            last = _supervised_until(rules, work.as_of, days, meetings[staff_id])
            if last is not None:
                lapses[last, _often(rules)] = answer.said["every"].citations
        for key, citations in lapses.items():
            due.setdefault(key, ([], citations))[0].append(staff_id)
    for (last, often), (staff_ids, citations) in due.items():
        yield TodoItem(
            kind="supervision",
            what=f"supervision ({often}) of {counted(len(staff_ids), 'staff member')} due {_when(last, work.as_of)}",
            do="Hold the meeting, or enter in supervision the one that was held.",
            deadline=last,
            staff_ids=tuple(staff_ids),
            citations=citations,
        )


def _often(rules: Rules) -> str:
    value = rules.supervision.value
    meetings = counted(value.times or 1, "meeting")
    return f"{meetings} per {value.every}" + (f", {value.minutes} minutes" if value.minutes else "")


def _supervised_until(
    rules: Rules, as_of: Date, served: Iterable[Date], meetings: Sequence[Supervision]
) -> Date | None:
    """Return the last day for what is missing of supervision, or None where nothing is, or is soon."""
    window, every = window_of(rules, as_of), rules.supervision.value.every
    if window is None or every is None:
        return None

    def is_met(day: Date) -> bool:
        there = window_of(rules, day)
        return there is None or is_enough(rules, held_in(meetings, there))

    first, last = window
    if not any(first <= day <= as_of for day in served):
        return None
    if not every.is_rolling:
        return None if is_met(as_of) or not _lapses_soon(last, as_of) else last
    if not is_met(as_of):
        return as_of
    ahead = (as_of + dt.timedelta(days=days) for days in range(1, SOON[-1] + 2))
    return next((day - _ONE_DAY for day in ahead if not is_met(day)), None)


def _plans(work: _Work) -> Iterator[TodoItem]:
    recent = work.as_of - dt.timedelta(days=SOON[-1])
    seen = work.opened.seen | {
        one.member_id
        for one in work.records.encounters
        if one.start is not None and recent <= one.start.date() <= work.as_of
    }
    left = {member.member_id for member in work.records.members if member.died_on is not None}
    groups: dict[Date, set[str]] = defaultdict(set)
    for plan in _lapsing_plans(work.records, work.as_of):
        if plan.expires_on is not None and plan.member_id in seen - left:
            groups[plan.expires_on].add(plan.member_id)
    for last, members in groups.items():
        yield TodoItem(
            kind="plan",
            what=f"{counted(len(members), 'plan')} {'lapses' if len(members) == 1 else 'lapse'} "
            f"{_when(last, work.as_of)}",
            do="Review the plan with the member, have it signed, and enter the new one in plans.",
            deadline=last,
            member_ids=tuple(sorted(members)),
        )


def _lapsing_plans(records: Records, as_of: Date) -> Iterator[Plan]:
    """Yield the plans in force that lapse soon and that no other plan of the member and kind follows."""
    by_member: dict[tuple[str, str], list[Plan]] = defaultdict(list)
    for plan in records.plans:
        by_member[plan.member_id, plan.kind.casefold()].append(plan)
    for plans in by_member.values():
        for plan in plans:
            last = plan.expires_on
            if plan.effective_on is None or plan.effective_on > as_of or last is None or not _lapses_soon(last, as_of):
                continue
            if not any(
                other.effective_on is not None
                and other.effective_on <= last + _ONE_DAY
                and (other.expires_on is None or other.expires_on > last)
                for other in plans
            ):
                yield plan


def _is_employed(person: Staff, day: Date) -> bool:
    return (person.hired_on is None or person.hired_on <= day) and (person.left_on is None or day <= person.left_on)


def _lapses_soon(last: Date, as_of: Date) -> bool:
    return 0 <= (last - as_of).days <= SOON[-1]


def _when(last: Date, as_of: Date) -> str:
    days = (last - as_of).days
    within = next((f", within {limit} days" for limit in SOON if 0 <= days <= limit), "")
    return f"on {last}{within}"


def _earliest(days: Iterable[Date | None]) -> Date | None:
    return min((day for day in days if day is not None), default=None)
