"""How tests ask packaged policies: a programme, a day, a question with dots and a situation give a value and status."""

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pytest

from peerbill.model.errors import NotInForceError
from peerbill.policy import Facts, Listing, Policies, Programme, Rules, load_policies, packaged_programmes

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


# --- tests of a state's file, each made of its rows -------------------------------------------------------------------


def asks(questions: Sequence[Question], **situation: Any) -> Callable[..., None]:
    """Return a test: each question has its value and status; `situation` is what it does not say itself."""

    @pytest.mark.parametrize("question", questions, ids=named)
    def test(question: Question) -> None:
        id_, day, asked, given, value, status = question
        assert answer(id_, day, asked, **{**situation, **given}) == (value, status)

    return test


def first_days(rows: Sequence[tuple[str, str]]) -> Callable[..., None]:
    """Return a test: each programme is known from its day, and not the day before."""

    @pytest.mark.parametrize(("id_", "first"), rows)
    def test(id_: str, first: str) -> None:
        day = dt.date.fromisoformat(first)
        assert programme(id_).rules(day, facts()).programme == id_
        with pytest.raises(NotInForceError):
            programme(id_).rules(day - dt.timedelta(days=1), facts())

    return test


def channels(rows: Sequence[tuple[str, str, set[str], set[str], set[str]]]) -> Callable[..., None]:
    """Return a test: programme and day, with the channels that are allowed, refused and not known."""

    @pytest.mark.parametrize(("id_", "day", "allowed", "refused", "unknown"), rows)
    def test(id_: str, day: str, allowed: set[str], refused: set[str], unknown: set[str]) -> None:
        assert words(id_, day, "channel", "allow") == allowed
        assert words(id_, day, "channel", "deny") == refused
        assert not_known(id_, day, "channel") == unknown

    return test


def filing_days(rows: Sequence[tuple[str, str, dt.date]]) -> Callable[..., None]:
    """Return a test: programme and day of service, with the last day to file."""

    @pytest.mark.parametrize(("id_", "day", "last"), rows)
    def test(id_: str, day: str, last: dt.date) -> None:
        within = rules(id_, day).filing.value.within
        assert max(deadline.last_day(dt.date.fromisoformat(day)) for deadline in within) == last

    return test


FLOOR = {"date", "member", "author", "service", "start-and-end"}
"""What the federal text asks of a note."""


def note_elements(rows: Sequence[tuple[str, str, dict[str, Any], set[str]]]) -> Callable[..., None]:
    """Return a test: programme, day and situation, with what a note must show beside the federal floor."""

    @pytest.mark.parametrize(("id_", "day", "given", "elements"), rows)
    def test(id_: str, day: str, given: Mapping[str, object], elements: set[str]) -> None:
        assert words(id_, day, "documentation", "require", **given) - FLOOR == elements

    return test


def modifiers(rows: Sequence[tuple[str, dict[str, Any], set[str]]]) -> Callable[..., None]:
    """Return a test: programme and situation, with the modifiers beside those of the service itself."""

    @pytest.mark.parametrize(("id_", "given", "codes"), rows)
    def test(id_: str, given: Mapping[str, object], codes: set[str]) -> None:
        assert set(rules(id_, NOW, **given).modifier) == codes

    return test


# --- the same for exact situations: a `Facts` says what is known, and nothing is usual --------------------------------

DAY = dt.date.fromisoformat(NOW)
INDIVIDUAL = Facts(service="individual", diagnosis=SUD, age=40)


def rules_for(id_: str, facts: Facts = INDIVIDUAL, day: dt.date = DAY) -> Rules:
    """Return the rules of a programme in exactly this situation."""
    return programme(id_).rules(day, facts)


def asked(rules: Rules, question: str) -> tuple[Any, str]:
    """Return what is found; what a row that is not there would say is unsaid."""
    value, status = look_up(rules, question)
    return value, "unsaid" if status == "absent" else status


def statuses(listing: Listing, verb: str) -> dict[str, str]:
    """Return the words under a verb, each with its status."""
    return {word: said.status.value for word, said in listing.of(verb).items()}


def finds(rows: Sequence[tuple[str, Facts, str, Any, str]]) -> Callable[..., None]:
    """Return a test: programme, situation and question, with value and status."""

    @pytest.mark.parametrize(
        ("id_", "facts", "question", "value", "status"),
        [pytest.param(*row, id=f"{row[0]} {row[2]} {number}") for number, row in enumerate(rows)],
    )
    def test(id_: str, facts: Facts, question: str, value: object, status: str) -> None:
        assert asked(rules_for(id_, facts), question) == (value, status)

    return test


def changes(rows: Sequence[tuple[str, str, str, Facts, str, Any, Any]]) -> Callable[..., None]:
    """Return a test: programme, last day before and first day after a change, situation, question, both answers."""

    @pytest.mark.parametrize(("id_", "last", "first", "facts", "question", "before", "after"), rows)
    def test(*, id_: str, last: str, first: str, facts: Facts, question: str, before: object, after: object) -> None:
        days = [rules_for(id_, facts, dt.date.fromisoformat(day)) for day in (last, first)]

        assert [asked(day, question) for day in days] == [before, after]

    return test


def channel_statuses(
    rows: Sequence[tuple[str, str, dict[str, str], dict[str, str], set[str]]],
) -> Callable[..., None]:
    """Return a test: programme and day, with the channels that are allowed, refused (each: status) and not known."""

    @pytest.mark.parametrize(("id_", "day", "allowed", "denied", "unknown"), rows)
    def test(id_: str, day: str, allowed: dict[str, str], denied: dict[str, str], unknown: set[str]) -> None:
        channel = rules_for(id_, day=dt.date.fromisoformat(day)).channel

        assert (statuses(channel, "allow"), statuses(channel, "deny"), set(channel.unknown)) == (
            allowed,
            denied,
            unknown,
        )

    return test


def _names(rows: Sequence[tuple[str, Facts, set[str]]], of: Callable[[Rules], Iterable[str]]) -> Callable[..., None]:
    @pytest.mark.parametrize(("id_", "facts", "expected"), rows)
    def test(id_: str, facts: Facts, expected: set[str]) -> None:
        assert set(of(rules_for(id_, facts))) == expected

    return test


def credentials(rows: Sequence[tuple[str, Facts, set[str]]]) -> Callable[..., None]:
    """Return a test: programme and situation, with the credentials that are accepted."""
    return _names(rows, lambda rules: rules.credential)


def plans(rows: Sequence[tuple[str, Facts, set[str]]]) -> Callable[..., None]:
    """Return a test: programme and situation, with the plans that must be there."""
    return _names(rows, lambda rules: rules.plan)


def required_elements(rows: Sequence[tuple[str, Facts, set[str]]]) -> Callable[..., None]:
    """Return a test: programme and situation, with all that a note must show."""
    return _names(rows, lambda rules: rules.documentation.of("require"))
