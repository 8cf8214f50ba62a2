"""The limits of a programme, counted over the lines of claims: for a member, a rendering provider, or both."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import attrs

from peerbill.checks import claim_lines as checks
from peerbill.claim_audit.alone import person_of_line
from peerbill.claim_audit.rules import ClaimRules, CodedService
from peerbill.claim_audit.values import ClaimFinding, ClaimLine, of_line, of_lines
from peerbill.model.finding import Severity
from peerbill.model.sentence import Figure, say
from peerbill.policy import Answer, Limit, Rules
from peerbill.policy.phrases import CALENDAR_KINDS


@attrs.define(eq=False)
class _Window:
    """What was counted in a window: each line with what it adds."""

    name: str
    answer: Answer[Limit]
    first: dt.date
    last: dt.date
    kind: str
    allowed: int
    lines: list[tuple[ClaimLine, int]] = attrs.field(factory=list)


def beyond_limits(
    lines: Iterable[ClaimLine], rules: ClaimRules, staff_ids: Mapping[str, str], left_out: set[str]
) -> Iterator[ClaimFinding]:
    """Yield each window in which lines pass a limit, at the line that passes it.

    A limit whose window a claim does not show (a rolling one, a plan, an episode), or that counts encounters, is named
    in `left_out`. Of a rendering provider, lines of groups count nothing: several members were there at once.
    """
    windows: dict[tuple[object, ...], _Window] = {}
    for line in lines:
        if line.day is None or line.units is None:
            continue
        service = rules.service(line.hcpcs, line.modifiers, line.day)
        if service is None or service.rules is None:
            continue
        for name, answer in service.rules.limit.items():
            window = _window(line, line.day, name, answer, service, service.rules, windows, left_out)
            if window is not None:
                window.lines.append((line, _adds(window.kind, line, line.units, service)))
    for window in windows.values():
        yield from _beyond(window, staff_ids)


def _window(
    line: ClaimLine,
    day: dt.date,
    name: str,
    answer: Answer[Limit],
    service: CodedService,
    rules: Rules,
    windows: dict[tuple[object, ...], _Window],
    left_out: set[str],
) -> _Window | None:
    limit, per = answer.value, answer.value.per
    kind, allowed = _allowed(limit)
    programme = rules.programme
    if limit.of and not any(_is_of(word, service.name, programme) for word in limit.of):
        return None
    if per is None or not kind or not set(per.kinds) <= set(CALENDAR_KINDS):
        left_out.add(name)
        return None
    calendar = rules.calendar
    if "fiscal year" in per.kinds and "fiscal_year" not in calendar.said:
        left_out.add(name)
        return None
    person = person_of_line(line)
    if limit.scope != "member" and (not person or service.is_group):
        return None
    member = line.claim.subscriber_id if limit.scope != "peer" else ""
    bounds = per.bounds(day, calendar.value.week or "sunday", calendar.value.fiscal_year or "01-01")
    key = (name, member, person if limit.scope != "member" else "", bounds, allowed, kind)
    window = windows.get(key)
    if window is None:
        window = windows[key] = _Window(name, answer, *bounds, kind, allowed)
    return window


def _is_of(word: str, service: str, programme: str) -> bool:
    """Return whether a word of `of`, SERVICE or PROGRAMME/SERVICE, names a service of a programme."""
    owner, _, name = word.rpartition("/")
    return name == service and owner in {"", programme.partition("/")[2]}


def _allowed(limit: Limit) -> tuple[str, int]:
    """Return what a limit counts and how much of it: minutes for hours, cents for dollars; "" for encounters."""
    if limit.hours is not None:
        return "minutes", limit.hours * 60
    if limit.dollars is not None:
        return "cents", int(Decimal(limit.dollars) * 100)
    for kind in ("units", "minutes", "days"):
        value = getattr(limit, kind)
        if value is not None:
            return kind, value
    return "", 0


def _adds(kind: str, line: ClaimLine, units: int, service: CodedService) -> int:
    if kind == "minutes":
        return units * (service.minutes or 0)
    if kind == "cents":
        return int(line.charge * 100)
    return units


def _order(counted: tuple[ClaimLine, int]) -> tuple[dt.date, int, int]:
    line, _ = counted
    return line.day or dt.date.min, line.claim.sequence, line.number


def _beyond(window: _Window, staff_ids: Mapping[str, str]) -> Iterator[ClaimFinding]:
    ordered = sorted(window.lines, key=_order)
    counted = 0
    days: set[dt.date | None] = set()
    beyond: list[tuple[ClaimLine, Decimal]] = []
    for line, amount in ordered:
        if window.kind == "days":
            amount = 0 if line.day in days else 1  # noqa: PLW2901  # a day counts once, whatever its lines
            days.add(line.day)
        before, counted = counted, counted + amount
        if counted <= window.allowed:
            continue
        if window.kind == "days":
            # Of a day beyond, every line is in doubt, though the day counts once.
            share = Decimal(1)
        else:
            share = Decimal(counted - max(before, window.allowed)) / Decimal(amount) if amount else Decimal(0)
        beyond.append((line, share))
    if not beyond:
        return
    passed, _ = beyond[0]
    limit = window.answer.value
    said = next((found for name, found in window.answer.said.items() if name in _COUNTS), window.answer.row)
    kind, found, most = _shown(window, limit, counted)
    whose = "the member" if limit.scope == "member" else "the rendering provider"
    message = say(
        "claim-beyond-limit",
        "{found} {kind} of {whose} from {first} to {last} (lines: {lines}); the limit ({name}) is {limit} per {window}",
        found=found,
        kind=kind,
        whose=whose,
        first=window.first,
        last=window.last,
        lines=len(ordered),
        name=window.name,
        limit=most,
        window=str(limit.per),
    )
    is_firm = limit.then == "deny" and said is not None
    made = of_line(
        checks.claims_are_within_limits,
        passed,
        "SV104",
        message,
        "Look for an authorization, and for what the payer answered; give back what is beyond the limit.",
        severity=said.severity if is_firm and said is not None else Severity.WARNING,
        citations=said.citations if said is not None else (),
        staff_id=staff_ids.get(passed.rendering) if limit.scope != "member" else None,
    )
    yield of_lines(made, beyond)


_COUNTS = frozenset({"units", "minutes", "hours", "days", "dollars"})


def _shown(window: _Window, limit: Limit, counted: int) -> tuple[str, Figure, Figure]:
    """Return the kind, what was counted and what is allowed, as the limit has them."""
    if limit.hours is not None:
        return "hours", Decimal(f"{counted / 60:g}"), limit.hours
    if window.kind == "cents":
        return "dollars", Decimal(counted) / 100, Decimal(limit.dollars or 0)
    return window.kind, counted, window.allowed
