"""How tests ask packaged policies: a programme, a day, a question with dots and a situation give a value and status."""

import datetime as dt
import functools
from typing import Any

from peerbill.policy import Facts, Policies, Programme, Rules, load_policies, packaged_programmes

NOW = "2026-03-02"
MH, SUD = frozenset({"MH"}), frozenset({"SUD"})

Question = tuple[str, str, str, dict[str, Any], Any, str]
"""Programme, day, question, situation, value, status."""


@functools.cache
def policies(state: str) -> Policies:
    return load_policies(packaged_programmes(state))


def programme(id_: str) -> Programme:
    """Return a packaged programme, loaded together with the others of its state."""
    state, _, _ = id_.partition("/")
    return policies(state).programme(id_)


def facts(**given: Any) -> Facts:
    """Make a situation, with one-to-one in person as what is usual and sets where one is expected."""
    usual: dict[str, Any] = {"service": "individual", "channel": "in-person", "age": 40, **given}
    for name in {"diagnosis", "endorsement"} & given.keys():
        assert not isinstance(usual[name], str), f"{name} takes a list or a set, not one text"
        usual[name] = frozenset(usual[name])
    return Facts(**usual)


def rules(id_: str, day: str = NOW, **given: Any) -> Rules:
    return programme(id_).rules(dt.date.fromisoformat(day), facts(**given))


def answer(id_: str, day: str, question: str, **given: Any) -> tuple[Any, str]:
    """Return what `look_up` finds on a day in a situation."""
    return look_up(rules(id_, day, **given), question)


def look_up(rules: Rules, question: str) -> tuple[Any, str]:
    """Return the value (phrases as text) and the status of `table.field` or `table.name.field`.

    Without a value the status is `absent` (no row of that name), `unknown`, `conflict` or `unsaid`.
    """
    table, *name, field = question.split(".")
    found = getattr(rules, table)
    if name:
        if name[0] not in found:
            return None, "absent"
        found = found[name[0]]
    if field in found.unknown:
        assert found.unknown[field].note, "an unknown value tells what is missing"
        return None, "unknown"
    if field in found.conflict:
        return None, "conflict"
    if field not in found.said:
        return None, "unsaid"
    value = getattr(found.value, field)
    if isinstance(value, tuple):
        value = tuple(str(item) for item in value)
    elif not isinstance(value, bool | int):
        value = str(value)
    return value, found.said[field].status.value


def words(id_: str, day: str, table: str, verb: str, **given: Any) -> set[str]:
    """Return the words that a list (channel, place, documentation, exclusion) has under a verb."""
    return set(getattr(rules(id_, day, **given), table).of(verb))


def not_known(id_: str, day: str, table: str, **given: Any) -> set[str]:
    """Return the words of a list that are not known."""
    return set(getattr(rules(id_, day, **given), table).unknown)


def named(question: Question) -> str:
    """Return a test's id; sets are sorted, so that every process of a test run gives the same."""
    id_, day, asked, given, *_ = question
    situation = " ".join(
        f"{key}={value if isinstance(value, str | int) else '+'.join(sorted(value))}" for key, value in given.items()
    )
    return f"{id_} {day} {asked} {situation}".strip()
