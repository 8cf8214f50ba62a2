"""Which encounters a service line bills: by member and day, then code, units, rendering provider and place.

A line takes encounters that agree in every fact, whatever their units; or that differ in one fact, where the units
agree. Anything else is no match: the nearest encounter is only named. An encounter is on one line for each payer.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from peerbill.claim_audit.documented import Days, Documented, units_of
from peerbill.claim_audit.people import People
from peerbill.claim_audit.values import UNKNOWN, ClaimLine
from peerbill.coding.context import Context

PLACE, RENDERING, CODE, PAYER, SUBSCRIBER, UNITS, DAY = (
    "place",
    "rendering provider",
    "code or modifiers",
    "payer",
    "subscriber's id",
    "units",
    "day",
)
"""In what a line may differ from encounters; the first ones matter least in a choice."""

_ORDER = (PLACE, RENDERING, CODE, PAYER, SUBSCRIBER, UNITS, DAY)
_NEAR_DAYS = 7
"""How many days around a line without encounters the nearest encounter of the member is looked for."""


@attrs.frozen(eq=False)
class Match:
    """What a line bills, or what is nearest to it.

    Attributes:
        line: the service line.
        member_id: the member, "" where no member has the subscriber's id or the name.
        contexts: the encounters; () where none matches.
        differences: in what the line differs from them, or from `nearest`.
        nearest: the encounters that are nearest where none matches.
        duplicate_of: the line that took the only encounters of the same service, for the same or another payer.
        taken: whether a line has taken `nearest`.

    """

    line: ClaimLine
    member_id: str = ""
    contexts: tuple[Context, ...] = ()
    differences: tuple[str, ...] = ()
    nearest: tuple[Context, ...] = ()
    duplicate_of: ClaimLine | None = None
    taken: bool = False


@attrs.define(eq=False)
class _Person:
    """The members whom a line may be about, and whether it names one of them by the id."""

    members: tuple[str, ...]
    by_id: bool


def match_lines(lines: Iterable[ClaimLine], days: Days, people: People) -> Iterator[Match]:
    """Yield what each line bills, in any order; the services of `days` keep what is left."""
    groups: dict[tuple[tuple[str, ...], dt.date], list[tuple[ClaimLine, _Person]]] = defaultdict(list)
    persons: dict[object, _Person] = {}
    for line in lines:
        claim = line.claim
        key = (claim.subscriber_id, claim.person)
        person = persons.get(key)
        if person is None:
            person = persons[key] = _Person(*people.members(*key))
        if line.day is None or not person.members:
            yield Match(line, person.members[0] if len(person.members) == 1 else "")
        else:
            groups[person.members, line.day].append((line, person))
    without: list[tuple[ClaimLine, tuple[str, ...]]] = []
    for (members, day), own in groups.items():
        own.sort(key=lambda pair: (pair[0].claim.denied, pair[0].claim.sequence, pair[0].number))
        services = [(member, service) for member in members for service in days.get((member, day), ())]
        if services:
            yield from _Day(services, people).matches(own)
        else:
            without += [(line, members) for line, _ in own]
    # Once every line of the days around has taken what it bills.
    for line, members in without:
        yield _near_days(line, members, days)


class _Day:
    """The lines and encounters of a member and day."""

    def __init__(self, services: Sequence[tuple[str, Documented]], people: People) -> None:
        self._services, self._people = services, people
        self._takers: dict[tuple[int, str], ClaimLine] = {}
        self._found: list[Match] = []

    def matches(self, lines: Sequence[tuple[ClaimLine, _Person]]) -> Iterator[Match]:
        """Yield a match for each line: those that agree first, then those that differ in one fact."""
        compared = [(line, self._compared(line, person)) for line, person in lines]
        left = [pair for pair in compared if not self._takes(*pair, later=None)]
        later = Counter(id(service) for _, services in left for _, service, differs in services if not differs)
        still = []
        for line, services in left:
            later.subtract(id(service) for _, service, differs in services if not differs)
            if not self._takes(line, services, later=later):
                still.append((line, services))
        pairs = sorted(
            (
                (_ORDER.index(differences[0]), at, number)
                for at, (_, services) in enumerate(still)
                for number, (_, _, differences) in enumerate(services)
                if len(differences) == 1
            ),
        )
        done: set[int] = set()
        for _, at, number in pairs:
            line, services = still[at]
            if at not in done and self._take(line, services[number], must_fit=True, is_last=False):
                done.add(at)
        for at, (line, services) in enumerate(still):
            if at not in done:
                self._found.append(self._nearest(line, services))
        yield from self._found

    def _takes(self, line: ClaimLine, services: "Sequence[_Compared]", *, later: Mapping[int, int] | None) -> bool:
        """Give a line encounters that agree with it: only where units fit, without `later`.

        `later` counts the lines that follow and agree with a service: the last of them takes all that is left.
        """
        for compared in services:
            _, service, differences = compared
            if differences:
                continue
            is_last = later is not None and not later[id(service)]
            if self._take(line, compared, must_fit=later is None, is_last=is_last):
                return True
        return False

    def _take(self, line: ClaimLine, compared: "_Compared", *, must_fit: bool, is_last: bool) -> bool:
        member, service, differences = compared
        pool = _pool(line, service, member, self._people)
        free = service.free(pool)
        taken = _fitting(line, free)
        if not taken and free and not must_fit:
            taken = _enough(line, free) if is_last else free[:1]
        if not taken:
            return False
        service.take(pool, taken)
        self._takers.setdefault((id(service), pool), line)
        self._found.append(Match(line, member, tuple(taken), differences))
        return True

    def _compared(self, line: ClaimLine, person: _Person) -> "list[_Compared]":
        found = [
            (member, service, _differences(line, service, member, self._people, by_id=person.by_id))
            for member, service in self._services
        ]
        found.sort(key=lambda compared: _known_facts(compared[1]), reverse=True)
        return found

    def _nearest(self, line: ClaimLine, services: "Sequence[_Compared]") -> Match:
        """Return which encounters are nearest to a line that has none, and in what they differ."""
        best: tuple[tuple[int, bool, list[int]], _Compared] | None = None
        for compared in services:
            member, service, differences = compared
            taker = self._takers.get((id(service), _pool(line, service, member, self._people)))
            if taker is not None and set(differences) <= {PAYER}:
                return Match(line, member, nearest=service.contexts, duplicate_of=taker)
            fits = _fits(line, units_of(service.contexts))
            different = differences if fits else (*differences, UNITS)
            rank = (len(different), taker is not None, [_ORDER.index(word) for word in different])
            if best is None or rank < best[0]:
                best = (rank, (member, service, different))
        if best is None:
            raise AssertionError("a day without encounters has no matches to look for")
        (_, taken, _), (member, service, different) = best
        return Match(line, member, differences=different, nearest=service.contexts, taken=taken)


def _near_days(line: ClaimLine, members: Sequence[str], days: Days) -> Match:
    """Return the nearest encounters of another day that no line has taken, with the code of the line."""
    for distance in range(1, _NEAR_DAYS + 1):
        for step in (-distance, distance):
            day = _shifted(line.day, step)
            for member in members:
                for service in days.get((member, day), ()) if day is not None else ():
                    free = service.free("")
                    if free and service.service.hcpcs in {None, line.hcpcs}:
                        return Match(line, member, differences=(DAY,), nearest=tuple(free))
    return Match(line, members[0] if len(members) == 1 else "")


def _shifted(day: dt.date | None, days: int) -> dt.date | None:
    try:
        return None if day is None else day + dt.timedelta(days=days)
    except OverflowError:
        return None


_Compared = tuple[str, Documented, tuple[str, ...]]
"""A member, a service of the day, and in what a line differs from it."""


def _pool(line: ClaimLine, service: Documented, member: str, people: People) -> str:
    """Return from which payer's share a line takes encounters: its own where it follows another payer, else ""."""
    claim = line.claim
    own = service.service.payer_id
    if not claim.after_payers or claim.payer_id in {own, UNKNOWN} or (member, claim.payer_id) not in people.by_payer:
        return ""
    return claim.payer_id


def _known_facts(documented: Documented) -> int:
    service = documented.service
    return sum(fact is not None for fact in (service.payer_id, service.hcpcs, service.renderings, service.place))


def _differences(
    line: ClaimLine, documented: Documented, member: str, people: People, *, by_id: bool
) -> tuple[str, ...]:
    """Return in which facts a line differs from a service; what either does not say differs in nothing."""
    service, claim = documented.service, line.claim
    found = []
    if UNKNOWN not in (line.place, service.place or UNKNOWN) and line.place != service.place:
        found.append(PLACE)
    rendering = "" if line.rendering == claim.billing_npi else line.rendering
    if rendering != UNKNOWN and service.renderings is not None and rendering not in service.renderings:
        found.append(RENDERING)
    if service.hcpcs is not None and (line.hcpcs, line.modifiers) != (service.hcpcs, service.modifiers):
        found.append(CODE)
    ids = service.subscriber_id
    if UNKNOWN not in (claim.payer_id, service.payer_id or UNKNOWN) and claim.payer_id != service.payer_id:
        if not _pool(line, documented, member, people):
            found.append(PAYER)
        ids = None
        by_id = by_id and claim.subscriber_id in people.by_payer.get((member, claim.payer_id), {claim.subscriber_id})
    if not by_id or (ids is not None and claim.payer_id != UNKNOWN and claim.subscriber_id != ids):
        found.append(SUBSCRIBER)
    return tuple(found)


def _fits(line: ClaimLine, units: tuple[int, int] | None) -> bool:
    """Return whether a line's units are what minutes make; what nobody knows fits."""
    return line.units is None or units is None or units[0] <= line.units <= units[1]


def _fitting(line: ClaimLine, free: list[Context]) -> list[Context]:
    """Return the encounters whose units are those of a line: all that pass the audit, all, or a single one."""
    passing = [context for context in free if not context.held]
    for several in (passing, free):
        if several and _fits(line, units_of(several)):
            return several
    for context in (*passing, *free) if len(free) > 1 else ():
        if _fits(line, units_of([context])):
            return [context]
    return []


def _enough(line: ClaimLine, free: list[Context]) -> list[Context]:
    """Return the encounters of a line whose units are others: what the audit holds only where it adds units to them."""
    passing = [context for context in free if not context.held]
    units, every = units_of(passing) if passing else None, units_of(free)
    if units is None or every is None or line.units is None:
        return passing or free
    return free if line.units > units[1] and every[1] > units[1] else passing
