"""Which of a member's other services exclude a contact, beside a look at each of them with each contact."""

import datetime as dt
import functools
from collections.abc import Iterable, Iterator, Mapping

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import World, make_world

from peerbill.model.people import OtherService

PAGES = {"same_time": "manual p. 10", "same_day": "manual p. 11", "enrolled": "manual p. 12"}
KINDS = ("act", "yoga")
MIDNIGHT = dt.datetime(2026, 3, 3)
MINUTE = dt.timedelta(minutes=1)

Rules = Mapping[str, tuple[tuple[str, ...], str]]
Span = tuple[dt.datetime, dt.datetime | None]

minutes = st.sampled_from((-1441, -1440, -700, -61, -60, -31, -30, -1, 0, 1, 29, 30, 59, 60, 700, 1439, 1440, 1441))
times = minutes.map(lambda minute: MIDNIGHT + minute * MINUTE)
contacts = st.lists(st.tuples(times, st.sampled_from((1, 30, 60, 1440))), min_size=1, max_size=3)
services = st.lists(
    st.builds(OtherService, st.just("M1"), st.sampled_from(KINDS), times | st.none(), times | st.none()), max_size=4
)
RULES: tuple[Rules, ...] = (
    {"same_time": (("act",), "must"), "same_day": (("act",), "must"), "enrolled": (("act",), "must")},
    {"same_time": (("*",), "must"), "same_day": (("yoga", "act"), "should")},
    {"same_time": (("act",), "should"), "enrolled": (("Act", "yoga"), "must")},
    {"same_day": (("act",), "must"), "enrolled": (KINDS, "should")},
    {"same_time": (("yoga",), "must"), "same_day": (("*",), "should"), "enrolled": (("act",), "must")},
    {"enrolled": (("act",), "must")},
    {"same_time": (KINDS, "must")},
)


def _policy(rules: Rules) -> str:
    return "".join(
        f'[[peer.exclusion]]\n{verb} = {list(words)}\nforce = "{force}"\nsource = "{PAGES[verb]}"\n'
        for verb, (words, force) in rules.items()
    )


def _met(service: OtherService, start: dt.datetime, end: dt.datetime) -> Iterator[str]:
    """Yield how one service meets one contact."""
    if service.start is None and service.end is None:
        return
    last = service.end.date() if service.end else dt.date.max
    began = service.start or dt.datetime.combine(last, dt.time())
    if start < max(service.end or began, began + MINUTE) and began < end:
        yield "same_time"
    if began.date() <= start.date() <= (service.end or began).date():
        yield "same_day"
    if began.date() <= start.date() <= last:
        yield "enrolled"


def _plainly(
    others: Iterable[OtherService], spans: Iterable[tuple[dt.datetime, dt.datetime]], rules: Rules
) -> set[str]:
    """Return what is found by a look at each service with each contact: the first rule broken, and the first must."""
    found = set()
    for number, (start, end) in enumerate(spans):
        for other in others:
            broken = [(verb, *rules.get(verb, ((), ""))) for verb in _met(other, start, end)]
            broken = [rule for rule in broken if other.kind in map(str.lower, rule[1]) or "*" in rule[1]]
            for verb, _, force in broken[:1] + [rule for rule in broken if rule[2] == "must"][:1]:
                severity = "error" if force == "must" else "warning"
                found.add(f"{severity} E{number} {other.kind} {PAGES[verb].removeprefix('manual ')}")
    return found


def _may_go_on(others: Iterable[OtherService], start: dt.datetime, end: dt.datetime, rules: Rules) -> bool:
    """Tell whether a service of a kind that bars the same time alone has no end and began earlier that day."""
    words = {verb: {*(KINDS if "*" in named else named)} for verb, (named, _) in rules.items()}
    kinds = words.get("same_time", set()) - words.get("same_day", set()) - words.get("enrolled", set())
    met = {other.kind for other in others if "same_time" in _met(other, start, end)}
    return any(
        other.kind in kinds - met and other.end is None and other.start.date() == start.date() and other.start < start
        for other in others
        if other.start is not None
    )


@functools.cache
def _world(number: int) -> World:
    return make_world({"policy": _policy(RULES[number])})


@settings(max_examples=60)
@given(contacts, services, st.integers(0, len(RULES) - 1))
def test_each_contact_is_told_each_rule_that_a_service_breaks_or_may_break(
    starts: list[tuple[dt.datetime, int]], others: list[OtherService], number: int
) -> None:
    world = _world(number)
    (encounter,) = world.records.encounters
    spans = [(start, start + length * MINUTE) for start, length in starts]
    rows = tuple(
        attrs.evolve(encounter, encounter_id=f"E{at}", start=start, end=end, line=at + 2)
        for at, (start, end) in enumerate(spans)
    )
    records = attrs.evolve(world.records, encounters=rows, other_services=tuple(others))
    findings = attrs.evolve(world, records=records).audit().findings

    told = [
        f"{found.severity} {found.encounter_ids[0]} {found.values['service']} {found.citations[0].where}"
        for found in findings
        if found.template == "excluding-service"
    ]
    assert sorted(told) == sorted(_plainly(others, spans, RULES[number]))
    assert {id_ for found in findings if found.template == "service-without-end" for id_ in found.encounter_ids} == {
        f"E{at}" for at, (start, end) in enumerate(spans) if _may_go_on(others, start, end, RULES[number])
    }
