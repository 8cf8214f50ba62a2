"""Which members to ask payers about, for which days, before their encounters are billed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from peerbill.model.claim import Address, BillableEncounter, Subscriber
from peerbill.model.encounter import Encounter
from peerbill.model.enrolment import Enrolment, Question, latest
from peerbill.model.finding import Finding, Severity
from peerbill.model.people import Coverage, Member, rank_of
from peerbill.model.records import Records
from peerbill.x12.write.write270 import question_problems

ANSWERABLE = frozenset({"PB402"})
"""Errors that an answer may take away: an encounter held by nothing else is asked about, too."""

_ANOTHER_POLICYHOLDER = (
    "coverage.relationship: another person holds the policy, and a question names only members who hold their own. "
    "Look the member up in the payer's portal"
)


@attrs.frozen
class NotAsked:
    """A member who cannot be asked about, and why: fields with their fault and its remedy."""

    member_id: str
    payer: str
    problems: tuple[str, ...]


_Asked = tuple[str, str, str, int, int]
"""Payer, member, subscriber id, year and month: the key of a question."""


def questions(
    records: Records,
    billable: Iterable[BillableEncounter],
    findings: Iterable[Finding],
    as_of: dt.date,
    known: Iterable[Enrolment],
    *,
    again: bool = False,
) -> tuple[tuple[Question, ...], tuple[NotAsked, ...]]:
    """Return what to ask about encounters that are about to be billed, by payer, member and first day.

    `billable` and `findings` are those of the audit: encounters that only PB402 holds count, with every payer of their
    member's coverage. A question covers a month's days of a member and payer, from the first to the last that needs an
    answer: a day after `as_of` does not, nor one that `known` (in the order of asking) answers or asks about. Refused
    questions are asked once more; with `again`, all that were not answered with active.
    """
    asked: dict[tuple[str, str], list[Enrolment]] = defaultdict(list)
    for enrolment in known:
        asked[enrolment.member_id, enrolment.payer].append(enrolment)
    days: dict[_Asked, set[dt.date]] = defaultdict(set)
    rows: dict[_Asked, Coverage] = {}
    for day, row in _services(records, billable, findings):
        if day <= as_of and _is_open(latest(asked[row.member_id, row.payer], day), again=again):
            key = (row.payer, row.member_id, row.subscriber_id, day.year, day.month)
            days[key].add(day)
            rows.setdefault(key, row)
    members = {member.member_id: member for member in records.members}
    wanted: list[Question] = []
    refused: dict[tuple[str, str], NotAsked] = {}
    for key in sorted(days):
        row = rows[key]
        person = _subscriber(members.get(row.member_id), row)
        problems: tuple[str, ...]
        if not row.is_own:
            problems = (_ANOTHER_POLICYHOLDER,)
        elif person is None:
            problems = ("members.birth_date: it is blank. Fill it in as YYYY-MM-DD",)
        else:
            question = Question(row.member_id, row.payer, person, min(days[key]), max(days[key]))
            problems = tuple(map(str, question_problems(question)))
            if not problems:
                wanted.append(question)
                continue
        refused[row.payer, row.member_id] = NotAsked(row.member_id, row.payer, problems)
    return tuple(wanted), tuple(refused.values())


def _is_open(last: Enrolment | None, *, again: bool) -> bool:
    """Return whether a day with this last question needs an answer."""
    return last is None or last.state == "refused" or (again and last.state != "active")


def _services(
    records: Records, billable: Iterable[BillableEncounter], findings: Iterable[Finding]
) -> Iterator[tuple[dt.date, Coverage]]:
    """Yield the day and the coverage of each service that is about to be billed, or would be with an answer."""
    for coded in billable:
        if coded.encounter.start is not None:
            yield coded.encounter.start.date(), coded.coverage
    held = _held_by(findings)
    coverage: dict[str, list[Coverage]] = defaultdict(list)
    for row in records.coverage:
        coverage[row.member_id].append(row)
    for encounter in records.encounters:
        if encounter.start is not None and held.get(encounter.encounter_id, set()) == ANSWERABLE:
            for row in _askable(records, coverage, encounter):
                yield encounter.start.date(), row


def _held_by(findings: Iterable[Finding]) -> Mapping[str, set[str]]:
    held: dict[str, set[str]] = defaultdict(set)
    for finding in findings:
        if finding.severity is Severity.ERROR:
            for encounter_id in finding.encounter_ids:
                held[encounter_id].add(finding.code)
    return held


def _askable(records: Records, coverage: Mapping[str, Sequence[Coverage]], encounter: Encounter) -> Iterator[Coverage]:
    payers = records.settings.payers
    for row in coverage.get(encounter.member_id, ()):
        if row.payer in payers and payers[row.payer].policy and encounter.payer in ("", row.payer):
            yield row


def _subscriber(member: Member | None, row: Coverage) -> Subscriber | None:
    """Return a member as a 270 names them, without an address; None without a birth date."""
    if member is None or member.birth_date is None:
        return None
    return Subscriber(
        subscriber_id=row.subscriber_id,
        last_name=member.last_name,
        first_name=member.first_name,
        birth_date=member.birth_date,
        sex=member.sex,
        address=Address(),
        rank=rank_of(row),
    )
