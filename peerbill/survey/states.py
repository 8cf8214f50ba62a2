"""How far each state is covered: what the audit says of an ordinary contact there, and how sure the values are."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from types import MappingProxyType

import attrs

from peerbill.checks.audit import Audit, audit
from peerbill.codes import states_and_district
from peerbill.model.finding import Finding, Severity
from peerbill.policy import Answer, Policies, Programme, Status, load_policies, packaged_programmes
from peerbill.policy.load import packaged_file
from peerbill.policy.tables import PolicyRow
from peerbill.survey.answering import Answered, answers_needed
from peerbill.survey.ordinary import Ordinary, complete_records, encounter_id, has_individual, ordinary_contacts

MINUTES = (30, 37)
"""The contacts that are tried: whole units of 15 minutes, and a remainder that part units decide."""

CLEAN, WARNED, HELD = "clean", "warned", "held"
NOT_PAID = "not paid"
NO_FILE = "no file"
NOT_SAID = "not said"
"""Printed for a value that the text does not mention, where that absence was recorded."""

_BILLABLE: Mapping[str, str] = MappingProxyType(
    {CLEAN: "yes", WARNED: "yes", HELD: "no", NOT_PAID: NOT_PAID, NO_FILE: NO_FILE}
)

UNKNOWN = "unknown"
STATUSES = (Status.PRIMARY.value, Status.SECONDARY.value, Status.UNCONFIRMED.value, UNKNOWN)


@attrs.frozen
class Value:
    """A value as it is printed. `status`: primary, secondary, unconfirmed, unknown, or "" where nobody says it."""

    text: str = ""
    status: str = ""


@attrs.frozen
class Verdict:
    """What the audit says of a contact: `clean`, `warned` (billed, with a warning) or `held`, and for what.

    `why` has a few words for each value that is not known (held) or not confirmed (warned), or a check's code.
    """

    minutes: int
    rendering_set: bool
    result: str
    why: tuple[str, ...] = ()


@attrs.frozen
class ProgrammeCoverage:
    """The ordinary individual contact of a programme: its code, its unit, and what the audit says of it.

    `paid` is False where a text refuses the service; there are then no verdicts. `diagnosis` is MH or SUD where the two
    differ, else "". `answers` says how many questions an agency has to answer before the contact is billed, with
    `rendering` set: 0 where it is billed as it is.
    """

    programme: str
    name: str
    paid: bool
    code: Value = Value()
    unit: Value = Value()
    rounding: Value = Value()
    verdicts: tuple[Verdict, ...] = ()
    diagnosis: str = ""
    answers: tuple[Answered, ...] = ()

    def questions(self, minutes: int) -> int | None:
        """Return how many questions are answered before the contact is billed; None where no answers free it."""
        return next((each.questions for each in self.answers if each.minutes == minutes), None)

    def verdict(self, minutes: int, *, rendering_set: bool = True) -> Verdict | None:
        """Return what the audit says where the agency has set `rendering` for its payer, or has not."""
        wanted = (minutes, rendering_set)
        return next((verdict for verdict in self.verdicts if (verdict.minutes, verdict.rendering_set) == wanted), None)


@attrs.frozen
class StateCoverage:
    """A state: its programmes with an individual service, and its file's values counted by how sure they are.

    A state counts by the first of its programmes that pays the service, in the order of its file. A value counts once
    for each row that gives it; `unknown` counts those of which a text that was read says nothing. `newest` is the year
    of the newest source that a row cites. `single` are values that rest on one source alone, `single_secondary` those
    whose one source reports what it read elsewhere, `most_alone` the source on which most of them rest, and how many.
    `read` is the day on which the file was last read.
    """

    state: str
    name: str
    programmes: tuple[ProgrammeCoverage, ...] = ()
    primary: int = 0
    secondary: int = 0
    unconfirmed: int = 0
    unknown: int = 0
    newest: int | None = None
    single: int = 0
    single_secondary: int = 0
    most_alone: tuple[str, int] = ("", 0)
    has_file: bool = True
    read: dt.date | None = None

    @property
    def ordinary(self) -> ProgrammeCoverage | None:
        """The programme by which the state counts."""
        return next((programme for programme in self.programmes if programme.paid), None)

    def result(self, minutes: int, *, rendering_set: bool = True) -> str:
        """Return clean, warned, held, not paid or no file for the ordinary contact of the state."""
        if not self.has_file:
            return NO_FILE
        verdict = self.ordinary.verdict(minutes, rendering_set=rendering_set) if self.ordinary else None
        return verdict.result if verdict is not None else NOT_PAID

    def questions(self, minutes: int) -> int | None:
        """Return after how many answers the ordinary contact of the state is billed; None where they do not free it."""
        return self.ordinary.questions(minutes) if self.ordinary else None

    @property
    def billable(self) -> str:
        """Whether the shortest ordinary contact is billed, in whole units: yes, no, not paid or no file."""
        return _BILLABLE[self.result(MINUTES[0])]

    @property
    def values(self) -> int:
        """All values, the unknown among them."""
        return self.primary + self.secondary + self.unconfirmed + self.unknown

    @property
    def confirmed(self) -> float | None:
        """The share of the values that was read somewhere: primary and secondary of all; None without values."""
        return (self.primary + self.secondary) / self.values if self.values else None


def coverage() -> tuple[StateCoverage, ...]:
    """Return every state and the District of Columbia, in order of their letters."""
    return tuple(state_coverage(state, name) for state, name in sorted(states_and_district().items()))


def state_coverage(state: str, name: str) -> StateCoverage:
    """Return a state. Raises PolicyError for a file that does not load."""
    file = packaged_file(state)
    if file is None:
        return StateCoverage(state, name, has_file=False)
    counts = census(file.rows)
    policies = load_policies(packaged_programmes(state))
    as_of = file.as_of or max((row.from_ for row in file.rows if row.from_), default=dt.date.max)
    alone = _alone(file.rows)
    return StateCoverage(
        state=state,
        name=name,
        programmes=tuple(_programmes(policies, as_of)),
        newest=max(_years(file.rows), default=None),
        single=sum(alone.values()),
        single_secondary=sum(_alone(row for row in file.rows if row.said.status is Status.SECONDARY).values()),
        most_alone=min(alone.items(), key=lambda item: (-item[1], item[0]), default=("", 0)),
        read=file.as_of,
        primary=counts[Status.PRIMARY.value],
        secondary=counts[Status.SECONDARY.value],
        unconfirmed=counts[Status.UNCONFIRMED.value],
        unknown=counts[UNKNOWN],
    )


def census(rows: Iterable[PolicyRow]) -> Counter[str]:
    """Count the values of rows by status; a row without values (a bare credential) counts as a value."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts[UNKNOWN] += len(row.unknown)
        counts[row.said.status.value] += _stated(row)
    return counts


def _stated(row: PolicyRow) -> int:
    return sum(1 for _ in row.states()) or (not row.unknown)


def _alone(rows: Iterable[PolicyRow]) -> Counter[str]:
    """Count the values that rest on a single source, by its title; unconfirmed values rest on none."""
    counts: Counter[str] = Counter()
    for row in rows:
        titles = {citation.title for citation in row.said.citations}
        if len(titles) == 1 and row.said.status is not Status.UNCONFIRMED and (stated := _stated(row)):
            counts[titles.pop()] += stated
    return counts


def _years(rows: Iterable[PolicyRow]) -> Iterator[int]:
    for row in rows:
        for citation in row.said.citations:
            if citation.date[:4].isdecimal():
                yield int(citation.date[:4])


def _programmes(policies: Policies, as_of: dt.date) -> Iterator[ProgrammeCoverage]:
    monday = as_of - dt.timedelta(days=as_of.weekday())
    for programme in policies:
        if programme.is_in_force(monday):
            yield from programme_coverage(programme, policies, monday, as_of)


def programme_coverage(
    programme: Programme, policies: Policies, day: dt.date, as_of: dt.date
) -> tuple[ProgrammeCoverage, ...]:
    """Audit the ordinary contacts of a programme on a day, as of another; nothing where it has no individual service.

    There are two where MH and SUD differ in anything.
    """
    if not has_individual(programme):
        return ()
    found = [(contact, *_contact_coverage(contact, policies, as_of)) for contact in ordinary_contacts(programme, day)]
    shown: dict[ProgrammeCoverage, ProgrammeCoverage] = {}
    for contact, seen, audited in found:
        if seen not in shown and audited is not None:
            answers = answers_needed(contact, audited, MINUTES, _rendering(contact), as_of)
            shown[seen] = attrs.evolve(seen, answers=answers)
    if len({seen for _, seen, _ in found}) == 1:
        return (shown.get(found[0][1], found[0][1]),)
    return tuple(attrs.evolve(shown.get(seen, seen), diagnosis=contact.group) for contact, seen, _ in found)


def _rendering(contact: Ordinary) -> str:
    return contact.rules.claim.value.rendering or "peer"


def _contact_coverage(contact: Ordinary, policies: Policies, as_of: dt.date) -> tuple[ProgrammeCoverage, Audit | None]:
    """Audit a contact once with `rendering` set, to whom the programme names or the peer, and once without."""
    programme, rules, service = contact.programme, contact.rules, contact.service
    if service is not None and service.value.paid is False:
        return ProgrammeCoverage(programme.key, programme.name, paid=False), None
    rendering = _rendering(contact)
    audited = audit(complete_records(contact, MINUTES, (rendering, "")), policies, as_of)
    status = {coded.encounter_id: coded.status for coded in audited.encounters}
    verdicts = []
    for minutes, given in product(MINUTES, (rendering, "")):
        id_ = encounter_id(minutes, given)
        own = [finding for finding in audited.findings if id_ in finding.encounter_ids]
        verdicts.append(Verdict(minutes, bool(given), *_judged(status[id_], own)))
    timed = (rules.unit.value.per or "minutes") == "minutes"
    covered = ProgrammeCoverage(
        programme=programme.key,
        name=programme.name,
        paid=True,
        code=_value(service, "hcpcs") if service is not None else Value(),
        unit=_length(_value(rules.unit, "minutes")) if timed else _value(rules.unit, "per"),
        rounding=_value(rules.unit, "rounding") if timed else _value(rules.unit, "per", "whole"),
        verdicts=tuple(verdicts),
    )
    return covered, audited


def _judged(status: str, findings: Iterable[Finding]) -> tuple[str, tuple[str, ...]]:
    severity = Severity.WARNING if status == "billable" else Severity.ERROR
    why = tuple(dict.fromkeys(_reason(finding) for finding in findings if finding.severity is severity))
    return (HELD if status != "billable" else WARNED if why else CLEAN), why


_WORDS: Mapping[str, str] = {
    "hcpcs": "code",
    "modifiers": "modifiers",
    "paid": "whether paid",
    "unit.minutes": "unit",
    "unit.rounding": "part units",
    "unit.aggregate": "adding by the day",
    "claim.rendering": "rendering",
    "claim.form": "form",
}


def _reason(finding: Finding) -> str:
    """Return a few words for what a finding is about: a value that is open, or the check."""
    value = finding.missing
    if value.partition(".")[0] == "credential":
        return "certificate"
    return _WORDS.get(value) or _WORDS.get(value.rpartition(".")[2]) or value.replace(".", " ") or finding.code


def _length(minutes: Value) -> Value:
    return attrs.evolve(minutes, text=f"{minutes.text} minutes") if minutes.text.isdecimal() else minutes


def _value(answer: Answer[attrs.AttrsInstance], field: str, text: str = "") -> Value:
    if field in answer.said:
        return Value(text or str(getattr(answer.value, field)), answer.said[field].status.value)
    if field in answer.unknown or field in answer.conflict:
        return Value(NOT_SAID if field in answer.unknown else "disputed", UNKNOWN)
    return Value()


def tally(states: Iterable[StateCoverage], minutes: int, *, rendering_set: bool = True) -> Mapping[str, int]:
    """Count the states by what the audit says of their ordinary contact: clean, warned, held, not paid, no file."""
    counts = Counter(state.result(minutes, rendering_set=rendering_set) for state in states)
    return {result: counts[result] for result in (CLEAN, WARNED, HELD, NOT_PAID, NO_FILE)}


def totals(states: Iterable[StateCoverage]) -> Mapping[str, int]:
    """Sum up all values by status."""
    states = tuple(states)
    return {status: sum(getattr(row, status) for row in states) for status in STATUSES}
