"""How far each state is covered: whether peer support can be billed there, and how sure its values are."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from peerbill.codes import states_and_district
from peerbill.dated import Ages
from peerbill.policy.answers import Answer, Facts, Rules, Status
from peerbill.policy.load import load_policies, packaged_file, packaged_programmes
from peerbill.policy.resolve import Programme
from peerbill.policy.tables import PolicyRow

NOT_SAID = "not said"
"""What stands for a value of which the text read says nothing: its absence is stated."""

UNKNOWN = "unknown"
_SURE = (Status.PRIMARY.value, Status.SECONDARY.value, Status.UNCONFIRMED.value, UNKNOWN, "")


@attrs.frozen
class Value:
    """A value as it is printed. `status`: primary, secondary, unconfirmed, unknown, or "" where nobody says it."""

    text: str = ""
    status: str = ""


@attrs.frozen
class StateCoverage:
    """One state: whether some service can be coded and counted, and how many of the file's values are how sure.

    `billable` is yes, no, "not paid" (the texts say that nothing is paid) or "no file". `programme`, `code`, `unit`
    and `rounding` are those of the surest service on the day that the file was last read (`read`). A value counts
    once for each row that gives it; `unknown` counts those of which a text that was read says nothing.
    """

    state: str
    name: str
    billable: str
    programme: str = ""
    code: Value = Value()
    unit: Value = Value()
    rounding: Value = Value()
    primary: int = 0
    secondary: int = 0
    unconfirmed: int = 0
    unknown: int = 0
    read: dt.date | None = None

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
    """Return one state. Raises PolicyError for a file that does not load."""
    file = packaged_file(state)
    if file is None:
        return StateCoverage(state, name, "no file")
    counts = census(file.rows)
    programmes = load_policies(packaged_programmes(state))
    day = file.as_of or max((row.from_ for row in file.rows if row.from_), default=dt.date.max)
    services = [service for programme in programmes for service in _services(programme, day)]
    best = min(services, key=_Service.rank, default=None)
    whether = "yes" if best is not None and best.is_billable else "no"
    if best is None and any(
        answer.value.paid is False
        for programme in programmes
        if programme.is_in_force(day)
        for answer in programme.rules(day, Facts()).service.values()
    ):
        whether = "not paid"
    found = best or _Service("")
    return StateCoverage(
        state=state,
        name=name,
        billable=whether,
        programme=found.programme,
        code=found.code,
        unit=found.unit,
        rounding=found.rounding,
        read=file.as_of,
        **{status: counts[status] for status in _SURE[:4]},
    )


def census(rows: Iterable[PolicyRow]) -> Counter[str]:
    """Count the values of rows by status; a row without values (a bare credential) counts as one."""
    counts: Counter[str] = Counter()
    for row in rows:
        stated = sum(1 for _ in row.states())
        counts[UNKNOWN] += len(row.unknown)
        counts[row.said.status.value] += stated or (not row.unknown)
    return counts


@attrs.frozen
class _Service:
    """What is needed to code and count one service in one situation."""

    programme: str
    code: Value = Value()
    unit: Value = Value()
    rounding: Value = Value()

    @property
    def is_billable(self) -> bool:
        known = {*_SURE[:3]}
        return self.code.status in known and self.unit.status in known and bool(self.rounding.text)

    def rank(self) -> tuple[object, ...]:
        """Order services: billable ones first, then by how sure the least sure of their values is."""
        sure = [_SURE.index(value.status) for value in (self.code, self.unit, self.rounding)]
        return (not self.is_billable, max(sure), sum(sure), self.programme, self.code.text)


def _services(programme: Programme, day: dt.date) -> Iterator[_Service]:
    if not programme.is_in_force(day):
        return
    names = dict.fromkeys(row.name for row in programme.rows() if row.table == "service")
    for name in names:
        for facts in _situations(programme, name):
            rules = programme.rules(day, facts)
            answer = rules.service.get(name)
            if answer is None or answer.value.paid is False:
                continue
            unit, rounding = _unit(rules)
            yield _Service(programme.key, _value(answer, "hcpcs"), unit, rounding)


def _situations(programme: Programme, service: str) -> Iterator[Facts]:
    """Give an ordinary situation, and one that meets each row on which code or unit depend."""
    plain = Facts(service=service, channel="in-person")
    yield plain
    for row in programme.rows():
        if row.when and (row.table == "unit" or (row.table, row.name) == ("service", service)):
            given: dict[str, Any] = {
                condition.name: _fact(condition.name, condition.values[0]) for condition in row.when
            }
            # A row for another service meets nothing here.
            yield attrs.evolve(plain, **(given | {"service": service}))


def _fact(name: str, value: str | Ages) -> object:
    if isinstance(value, Ages):
        return next(age for age in (30, *range(121)) if value.includes(age))
    return frozenset({value}) if name in {"credential", "endorsement", "diagnosis"} else value


def _unit(rules: Rules) -> tuple[Value, Value]:
    """Return how long a unit is, and how part units are rounded: "" where nobody says whether anything does."""
    per = rules.unit.value.per or "minutes"
    if per != "minutes":
        return _value(rules.unit, "per"), _value(rules.unit, "per", "whole")
    minutes = _value(rules.unit, "minutes")
    length = attrs.evolve(minutes, text=f"{minutes.text} minutes") if minutes.text.isdecimal() else minutes
    return length, _value(rules.unit, "rounding")


def _value(answer: Answer[attrs.AttrsInstance], field: str, text: str = "") -> Value:
    if field in answer.said:
        return Value(text or str(getattr(answer.value, field)), answer.said[field].status.value)
    if field in answer.unknown or field in answer.conflict:
        return Value(NOT_SAID if field in answer.unknown else "disputed", UNKNOWN)
    return Value()


def totals(states: Iterable[StateCoverage]) -> Mapping[str, int]:
    """Sum up: how many states are billable, how many of these with code, unit and rounding all read, and all values."""
    states = tuple(states)
    billable = [row for row in states if row.billable == "yes"]
    read = {Status.PRIMARY.value, Status.SECONDARY.value}
    return {
        "states": len(states),
        "billable": len(billable),
        "billable_as_read": sum(
            row.code.status in read and row.unit.status in read and row.rounding.status in {*read, UNKNOWN}
            for row in billable
        ),
        **{status: sum(getattr(row, status) for row in states) for status in _SURE[:4]},
    }
