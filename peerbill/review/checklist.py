"""A checklist: a row for each encounter and requirement, which a reviewer rates in a workbook, a page or a CSV file.

A row carries a digest of all that the rating is about. A form whose rows were changed, other than rating and reason, is
not read: `read_checklist` tells each such line.
"""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import attrs
import msgspec

from peerbill.checks.audit import audit_of
from peerbill.coding.context import Context, Index
from peerbill.ledger.reviews import last_decisions
from peerbill.model.claim import BilledEncounter
from peerbill.model.claim_state import Standing
from peerbill.model.encounter import fingerprint
from peerbill.model.errors import NotInForceError, UnusableInputError
from peerbill.model.finding import Finding
from peerbill.model.review import PAYMENT, Rating, ReviewDecision, read_rating
from peerbill.model.words import has_control_characters
from peerbill.policy import Facts, Policies, Rules
from peerbill.review.requirements import ReviewRequirement, requirements_of
from peerbill.todo.overpaid import NOT_OF_PAID

Date = dt.date

COLUMNS = (
    "encounter_id", "sample", "day", "staff_id", "member_id", "programme", "requirement", "question", "policy_says",
    "must", "source", "audit_finds", "recorded", "rating", "reason", "policy", "fingerprint", "row",
)  # fmt: skip
"""The columns of a form; `rating` and `reason` are the reviewer's."""

_DIGESTED = (
    "encounter_id", "day", "staff_id", "member_id", "programme", "requirement", "question", "policy_says", "must",
    "source", "policy", "fingerprint",
)  # fmt: skip
_MUST, _ADVISED = "must", "advised"
_NEED_A_REASON = frozenset({Rating.NOT_MET, Rating.REPAID})
LONGEST_REASON = 500
LONGEST_REVIEWER = 100


@attrs.frozen
class ChecklistRow:
    """A requirement of an encounter, to be rated.

    Attributes:
        encounter_id: the encounter.
        sample: its place in a sample, such as `3 (PB0001-1)`; "" outside a sample.
        day: of service.
        staff_id: who gave it.
        member_id: who received it.
        programme: STATE/PROGRAMME.
        requirement: what is asked, and who says so.
        policy: the SHA-256 of the programme's values.
        fingerprint: the SHA-256 of the encounter, "" where its row is not in the workspace.
        audit_finds: what the audit finds about it, as a hint; "" for nothing.
        recorded: the last decision on it, "" for none.

    """

    encounter_id: str
    sample: str
    day: Date
    staff_id: str
    member_id: str
    programme: str
    requirement: ReviewRequirement
    policy: str
    fingerprint: str
    audit_finds: str = ""
    recorded: str = ""

    @property
    def cells(self) -> dict[str, str]:
        """The row as a form has it, by column, with blank rating and reason."""
        needed = self.requirement
        cells = {
            "encounter_id": self.encounter_id,
            "sample": self.sample,
            "day": self.day.isoformat(),
            "staff_id": self.staff_id,
            "member_id": self.member_id,
            "programme": self.programme,
            "requirement": needed.key,
            "question": _one_line(needed.question),
            "policy_says": _one_line("; ".join(needed.says)),
            "must": _MUST if needed.must else _ADVISED,
            "source": _one_line("; ".join(dict.fromkeys(one.title for one in needed.citations))),
            "audit_finds": _one_line(self.audit_finds),
            "recorded": self.recorded,
            "rating": "",
            "reason": "",
            "policy": self.policy,
            "fingerprint": self.fingerprint,
        }
        return {**cells, "row": _digest(cells)}


@attrs.frozen
class Checklist:
    """A checklist, made on a day: its rows by encounter in the order asked for, and by requirement."""

    as_of: Date
    rows: tuple[ChecklistRow, ...]

    @property
    def encounter_ids(self) -> tuple[str, ...]:
        """Its encounters, each once."""
        return tuple(dict.fromkeys(row.encounter_id for row in self.rows))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _digest(cells: Mapping[str, str]) -> str:
    text = msgspec.json.encode([cells[column] for column in _DIGESTED])
    return hashlib.sha256(text).hexdigest()[:16]


def make_checklist(
    index: Index,
    policies: Policies,
    encounter_ids: Sequence[str],
    history: Sequence[BilledEncounter],
    decisions: Iterable[ReviewDecision],
    *,
    programme: str = "",
    samples: Mapping[str, str] | None = None,
    is_open: bool = False,
) -> Checklist:
    """Return the checklist of encounters of a workspace, or of the ledger alone.

    The audit behind the hints takes them as if they had not been billed. `programme` leaves out those of others,
    `is_open` the requirements that have a decision; `samples` is the place of encounters in a sample.

    Raises UnusableInputError for encounters that nobody knows, or whose programme is not known.
    """
    work = _Work(index, policies, history, last_decisions(decisions), samples or {})
    rows: list[ChecklistRow] = []
    problems: list[str] = []
    for id_ in dict.fromkeys(encounter_ids):
        found = work.rows(id_)
        if isinstance(found, str):
            problems.append(f"{id_}: {found}")
        else:
            rows += [row for row in found if programme in ("", row.programme)]
    if problems:
        raise UnusableInputError("\n".join(problems))
    if programme and not rows:
        raise UnusableInputError(f"None of the encounters is one of {programme}")
    return Checklist(index.as_of, tuple(row for row in rows if not (is_open and row.recorded)))


class _Work:
    """The audit of all encounters as if none had been billed, and what the ledger holds of those that are gone."""

    def __init__(
        self,
        index: Index,
        policies: Policies,
        history: Sequence[BilledEncounter],
        decisions: Mapping[tuple[str, str], ReviewDecision],
        samples: Mapping[str, str],
    ) -> None:
        self.index = index
        self.policies = policies
        self.decisions = decisions
        self.samples = samples
        self.billed = {one.encounter_id: one for one in history if one.payer_turn == 1}
        self.live = {id_ for id_, one in self.billed.items() if one.standing == Standing.LIVE}
        there = {one.encounter_id for one in index.records.encounters}
        elsewhere = [one for one in history if one.encounter_id not in there]
        audit, self.contexts = audit_of(index.with_encounters(index.records, elsewhere), policies)
        self.findings: dict[str, list[tuple[Finding, str]]] = defaultdict(list)
        for finding in audit.findings:
            self._keep(finding, "")
        for one in audit.waived:
            self._keep(one.finding, f"waived until {one.waiver.until} by {one.waiver.waiver_id}: {one.waiver.reason}")

    def _keep(self, finding: Finding, waived: str) -> None:
        for id_ in finding.encounter_ids:
            # The day of this audit says nothing of a service that was billed before.
            if id_ not in self.live or finding.code not in NOT_OF_PAID:
                self.findings[id_].append((finding, waived))

    def rows(self, id_: str) -> list[ChecklistRow] | str:
        """Return the rows of an encounter, or why there are none."""
        context, billed = self.contexts.get(id_), self.billed.get(id_)
        if context is not None and context.rules is not None and context.programme is not None and context.day:
            encounter = context.encounter
            needed = requirements_of(context.rules, encounter.service, group=_is_group(context))
            row = ChecklistRow(
                encounter_id=id_,
                sample=self.samples.get(id_, ""),
                day=context.day,
                staff_id=encounter.staff_id,
                member_id=encounter.member_id,
                programme=context.programme.id,
                requirement=needed[-1],
                policy=context.programme.sha256,
                fingerprint=fingerprint(encounter),
            )
            changed = billed is not None and id_ in self.live and billed.fingerprint != row.fingerprint
            since = f"changed since it was billed on {billed.claim_id}" if billed is not None and changed else ""
            return self._with_hints(row, needed, since)
        if billed is not None:
            return self._of_ledger(billed, readable=context is not None)
        if context is not None:
            codes = ", ".join(sorted({finding.code for finding, _ in self.findings[id_]}))
            return f"no programme is known for it ({codes or 'payer or start'}): correct its row first"
        if any(row.encounter_id == id_ for row in self.index.records.rejected):
            return "its row cannot be read: correct it first (peerbill audit)"
        return "no encounter has this id, neither in the workspace nor in the ledger"

    def _of_ledger(self, billed: BilledEncounter, *, readable: bool) -> list[ChecklistRow] | str:
        rules = self._rules(billed)
        if rules is None:
            return (
                f"its programme {billed.programme or '(none)'} is not one of the workspace's on {billed.start:%Y-%m-%d}"
            )
        group = rules.service.get(billed.service)
        is_group = billed.service == "group" or (group is not None and group.value.mode == "group")
        needed = requirements_of(rules, billed.service, group=is_group)
        row = ChecklistRow(
            encounter_id=billed.encounter_id,
            sample=self.samples.get(billed.encounter_id, ""),
            day=billed.start.date(),
            staff_id=billed.staff_id,
            member_id=billed.member_id,
            programme=billed.programme,
            requirement=needed[-1],
            policy=self.policies.programmes[billed.programme].sha256,
            fingerprint="",
        )
        gone = (
            "its payer or programme is not known now" if readable else "it is not among the encounters that can be read"
        )
        return self._with_hints(row, needed, f"billed on {billed.claim_id}; {gone}")

    def _rules(self, billed: BilledEncounter) -> Rules | None:
        programme = self.policies.programmes.get(billed.programme)
        settings = self.index.records.settings
        payer = settings.payers.get(billed.payer)
        facts = Facts(
            service=billed.service,
            place=billed.place,
            payer=payer.payer if payer is not None else "",
            region=settings.organization.region,
            provider=settings.organization.kind,
        )
        try:
            return None if programme is None else programme.rules(billed.start.date(), facts)
        except NotInForceError:
            return None

    def _with_hints(self, row: ChecklistRow, needed: Sequence[ReviewRequirement], of_all: str) -> list[ChecklistRow]:
        """Return a row for each requirement; what bears on none of them, and what is true of all, is at the payment."""
        hints: dict[str, list[str]] = defaultdict(list)
        for finding, waived in self.findings[row.encounter_id]:
            about = [one.key for one in needed if one.is_about(finding)] or [PAYMENT]
            text = f"{finding.severity} {finding.code} {finding.where}: {finding.message}"
            for key in about:
                hints[key].append(f"{text} ({waived})" if waived else text)
        if of_all:
            hints[PAYMENT].append(of_all)
        rows = []
        for one in needed:
            decision = self.decisions.get((row.encounter_id, one.key))
            recorded = f"{decision.rating}, {decision.reviewer}, {decision.at[:10]}" if decision is not None else ""
            rows.append(attrs.evolve(row, requirement=one, audit_finds="; ".join(hints[one.key]), recorded=recorded))
        return rows


def _is_group(context: Context) -> bool:
    return context.coding is not None and context.coding.mode == "group"


# --- reading a form back ---------------------------------------------------------------------------------------------

FormRow = tuple[str, Mapping[str, str]]
"""A row of a form that was filled in: where it is (`form.csv:7`), and its cells by column."""


def read_checklist(rows: Iterable[FormRow], reviewer: str, known: Collection[str]) -> tuple[ReviewDecision, ...]:
    """Return the decisions of a form that was filled in; rows without a rating are left out.

    `known` are the ids of encounters in the workspace and the ledger. Raises UnusableInputError with a line for each
    problem: then nothing of the form counts.
    """
    reviewer = " ".join(reviewer.split())
    if not 1 <= len(reviewer) <= LONGEST_REVIEWER:
        raise UnusableInputError(f"The reviewer must have 1 to {LONGEST_REVIEWER} characters")
    if has_control_characters(reviewer):
        raise UnusableInputError("The reviewer has control characters: write the name alone")
    decisions: dict[tuple[str, str], ReviewDecision] = {}
    problems: list[str] = []
    for place, cells in rows:
        try:
            decision = _decision(cells, reviewer, known, decisions.keys())
        except ValueError as error:
            problems.append(f"{place}: {error}")
        else:
            if decision is not None:
                decisions[decision.subject] = decision
    if problems:
        raise UnusableInputError("\n".join(problems))
    return tuple(decisions.values())


def _decision(
    cells: Mapping[str, str], reviewer: str, known: Collection[str], before: Collection[tuple[str, str]]
) -> ReviewDecision | None:
    """Return the decision of a row, None where it is not rated. Raises ValueError for what cannot be meant."""
    encounter_id, requirement = cells["encounter_id"], cells["requirement"]
    if cells["row"] != _digest(cells):
        raise ValueError(
            "the row was changed, other than in rating and reason: make the checklist again, or undo the change"
        )
    rating_text, reason = cells["rating"].strip(), " ".join(cells["reason"].split())
    if not rating_text:
        if reason:
            raise ValueError(f"rating is empty, and reason is not: expected {', '.join(Rating)}")
        return None
    if encounter_id not in known:
        raise ValueError("encounter_id is neither in the workspace nor in the ledger: is it the same agency?")
    if (encounter_id, requirement) in before:
        raise ValueError(f"{requirement} of {encounter_id} is rated in a row above: keep one of the two")
    rating = read_rating(rating_text)
    if rating in _NEED_A_REASON and not reason:
        raise ValueError(f'reason is empty with "{rating}": say why, or how it was repaid')
    if len(reason) > LONGEST_REASON:
        raise ValueError(f"reason has {len(reason)} characters: expected {LONGEST_REASON} at most")
    if has_control_characters(reason):
        raise ValueError("reason has control characters: type it anew")
    return ReviewDecision(
        encounter_id=encounter_id,
        requirement=requirement,
        question=cells["question"],
        must=cells["must"] == _MUST,
        rating=rating,
        reason=reason,
        reviewer=reviewer,
        programme=cells["programme"],
        policy=cells["policy"],
        fingerprint=cells["fingerprint"],
    )


def form_rows(name: str, lines: Iterable[tuple[int, Sequence[str]]]) -> Iterator[FormRow]:
    """Yield the rows of a form by column, from its lines. Raises UnusableInputError for another header."""
    header: list[str] = []
    for number, cells in lines:
        if not header:
            header = [cell.strip() for cell in cells]
            if [column for column in header if column] != list(COLUMNS):
                raise UnusableInputError(
                    f"{name}:{number}: expected the columns {', '.join(COLUMNS)}, as peerbill review checklist wrote "
                    "them"
                )
        elif any(cell.strip() for cell in cells):
            filled = [*cells, *[""] * (len(COLUMNS) - len(cells))]
            if any(cell.strip() for cell in filled[len(COLUMNS) :]):
                raise UnusableInputError(f"{name}:{number}: the row has more cells than the header: correct it")
            yield f"{name}:{number}", dict(zip(COLUMNS, filled, strict=False))
    if not header:
        raise UnusableInputError(f"{name} is empty: expected a checklist that was filled in")
