"""What payers answered: rejected, denied, cut or taken back, and members whom they do not know as enrolled."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from peerbill import codes
from peerbill.ledger.look.worklist import Denial, OpenClaim
from peerbill.model.claim_state import ClaimState, Frequency
from peerbill.model.enrolment import CAUSES, remedy
from peerbill.model.finding import Citation
from peerbill.model.plural import counted
from peerbill.todo.item import NOTHING, TodoItem, earliest, in_time
from peerbill.todo.sources import Sources

if TYPE_CHECKING:
    from decimal import Decimal

_REJECTED_WITH = {
    ClaimState.REJECTED_INTERCHANGE: "with the interchange (TA1)",
    ClaimState.REJECTED_FUNCTIONAL: "with the group (999)",
    ClaimState.REJECTED_PAYER: "by the payer (277CA)",
}


def rejections(sources: Sources) -> Iterator[TodoItem]:
    """Yield the claims and corrections that a payer or its gateway rejected, by reason."""
    groups: dict[tuple[str, ClaimState, str, bool], list[OpenClaim]] = defaultdict(list)
    for claim in sources.opened.claims:
        corrects = claim.frequency != Frequency.ORIGINAL
        if claim.state in _REJECTED_WITH and (claim.standing if corrects else claim.free):
            groups[claim.payer, claim.state, claim.said, corrects].append(claim)
    for (payer, state, sentence, corrects), claims in groups.items():
        deadline = earliest(map(sources.last_day_again, claims))
        noun = "correction" if corrects else "claim"
        again = (
            "Correct what it names, then send the correction again: the claim before it is as it was."
            if corrects
            else "Change what it names, then run bill: a claim that says something else is a new one."
        )
        yield TodoItem(
            kind="rejection",
            what=f"{counted(len(claims), noun)} rejected {_REJECTED_WITH[state]}"
            + (f": {sentence}" if sentence else ""),
            do=in_time(again, deadline, sources.as_of),
            deadline=deadline,
            payer=payer,
            parts=tuple(
                part for claim in claims for part in (((claim.claim_id, claim.charge),) if corrects else claim.free)
            ),
            claim_ids=tuple(claim.claim_id for claim in claims),
            encounter_ids=tuple(sorted({id_ for claim in claims for id_, _ in claim.free})),
        )


def denials(sources: Sources) -> Iterator[TodoItem]:
    """Yield what payers denied or cut and may still pay, by group, reason and remarks."""
    groups: dict[tuple[str, str, str, tuple[str, ...]], list[tuple[OpenClaim, Denial]]] = defaultdict(list)
    for claim in sources.opened.claims:
        if claim.state not in (ClaimState.DENIED, ClaimState.PARTLY_PAID):
            continue
        denials = [adjustment for adjustment in claim.denials if is_worth_asking(adjustment)]
        if claim.state == ClaimState.DENIED and not denials:
            # Nothing was paid all the same: every adjustment is listed, whatever its effect.
            denials = [adjustment for adjustment in claim.denials if adjustment.amount > 0] or [
                Denial(0, "", "", claim.charge)
            ]
        for denial in denials:
            groups[claim.payer, denial.group, denial.reason, denial.remarks].append((claim, denial))
    for (payer, group, reason, remarks), adjustments in groups.items():
        ids = tuple(dict.fromkeys(claim.claim_id for claim, _ in adjustments))
        deadline = earliest(sources.last_day_again(claim) for claim, _ in adjustments)
        meaning, act, citations = _in_words(group, reason, remarks)
        yield TodoItem(
            kind="denial",
            what=f"{counted(len(ids), 'claim')} denied or cut: {meaning}",
            do=in_time(f"{act} {_then(remarks, adjustments)}", deadline, sources.as_of),
            deadline=deadline,
            payer=payer,
            parts=tuple(
                (f"{claim.claim_id}-{line_denials.line} {group} {reason}", line_denials.amount)
                for claim, line_denials in adjustments
            ),
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
    sentences = []
    if "new" in wants and all(claim.state == ClaimState.DENIED for claim, _ in found):
        sentences.append(
            f"But the payer takes no replacement ({wants['new']}): free the claim (rebill) and bill again instead."
        )
    if final:
        sentences.append(f"There is no right of appeal ({final}).")
    return " ".join((*sentences, "If it cannot be recovered, write it off."))


def is_worth_asking(denial: Denial) -> bool:
    """Return whether something may be got for what was taken off.

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
    meaning = codes.carc(reason)
    words = [f"{group} {reason} {meaning.words if meaning is not None else '(a reason that is not known here)'}"]
    citations = list(meaning.citations) if meaning is not None else []
    for remark in remarks:
        remark_meaning = codes.rarc(remark)
        words.append(
            f"{remark} {remark_meaning.words if remark_meaning is not None else '(a remark that is not known here)'}"
        )
        citations += remark_meaning.citations if remark_meaning is not None else ()
    act = "Look it up in the payer's guide, then replace the claim or appeal."
    if meaning is not None and meaning.act:
        act = f"Usual remedy: {meaning.act}"
    return "; ".join(words), act, tuple(dict.fromkeys(citations))


def answered_in_part(sources: Sources) -> Iterator[TodoItem]:
    """Yield what payers left without payment and without a reason, on claims of which they paid something."""
    groups: dict[str, list[tuple[OpenClaim, Decimal]]] = defaultdict(list)
    for claim in sources.opened.claims:
        rest = claim.charge - claim.paid - sum((denial.amount for denial in claim.denials), NOTHING)
        if claim.state == ClaimState.PARTLY_PAID and rest > 0:
            groups[claim.payer].append((claim, rest))
    for payer, claims in groups.items():
        deadline = earliest(sources.last_day_again(claim) for claim, _ in claims)
        yield TodoItem(
            kind="denial",
            what=f"{counted(len(claims), 'claim')} answered in part: the rest of what was billed has no answer",
            do=in_time(
                "Wait for the payer's next remittance or ask about the rest; then replace the claim, or give the rest "
                "up with write-off.",
                deadline,
                sources.as_of,
            ),
            deadline=deadline,
            payer=payer,
            parts=tuple((f"{claim.claim_id} rest", rest) for claim, rest in claims),
            claim_ids=tuple(claim.claim_id for claim, _ in claims),
        )


def taken_back(sources: Sources) -> Iterator[TodoItem]:
    """Yield the claims that were paid once and whose payment was reversed."""
    groups: dict[str, list[OpenClaim]] = defaultdict(list)
    for claim in sources.opened.claims:
        if claim.state == ClaimState.REVERSED:
            groups[claim.payer].append(claim)
    for payer, claims in groups.items():
        deadline = earliest(map(sources.last_day_again, claims))
        yield TodoItem(
            kind="denial",
            what=f"{counted(len(claims), 'claim')} paid once and taken back",
            do=in_time(
                "Ask the payer why; replace the claim or appeal, or give it up with write-off.", deadline, sources.as_of
            ),
            deadline=deadline,
            payer=payer,
            parts=tuple((claim.claim_id, claim.charge) for claim in claims),
            claim_ids=tuple(claim.claim_id for claim in claims),
        )


def enrolments(sources: Sources) -> Iterator[TodoItem]:
    """Yield the members whom a payer's last answer calls not enrolled, or whom it could not be asked about."""
    covered = {
        (row.member_id, row.payer)
        for row in sources.records.coverage
        if (row.from_ is None or row.from_ <= sources.as_of) and (row.to is None or sources.as_of <= row.to)
    }
    last = {
        (enrolment.member_id, enrolment.payer): enrolment
        for enrolment in sources.opened.enrolments
        if enrolment.state != "asked" and (enrolment.member_id, enrolment.payer) in covered
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
    meaning = codes.refusal_reason(code)
    return meaning.meaning if meaning is not None else "(a reason that is not known here)"
