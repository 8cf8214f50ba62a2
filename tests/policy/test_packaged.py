"""The packaged files: all load, every value is sourced and dated, and every programme answers on every day."""

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from peerbill.model.errors import NotInForceError
from peerbill.policy import (
    Facts,
    PolicyRow,
    Programme,
    Status,
    load_policies,
    packaged_programmes,
    packaged_states,
)
from peerbill.policy.compare import days_meet, situations_meet
from peerbill.policy.load import packaged_file

STATES = packaged_states()
PROGRAMMES = [id_ for state in STATES for id_ in packaged_programmes(state)]
# The states of the first release, chosen because together they need nearly everything a policy must be able to say.
FIRST_STATES = {"AK", "MA", "MD", "MI", "MN", "NC", "NJ", "OR", "TX", "VA"}


def programme(id_: str) -> Programme:
    return load_policies([id_]).programme(id_)


def values(row: PolicyRow) -> list[str]:
    """Name every value of a row, with the row itself where it says something by standing there."""
    names = [f"{row.path}.{key}" for key, _ in row.states()]
    return names or ([] if row.unknown else [row.path])


def some_day(programme: Programme) -> dt.date:
    first, last = programme.stretches()[-1]
    return first if first > dt.date.min else last


def test_the_first_states_are_packaged() -> None:
    """Each of them has at least one programme."""
    assert set(STATES) >= FIRST_STATES
    assert {id_.partition("/")[0] for id_ in PROGRAMMES} == set(STATES)


@pytest.mark.parametrize("id_", PROGRAMMES)
def test_every_value_has_a_source_a_first_day_and_a_status(id_: str) -> None:
    """A value that was read cites a titled source; any other is unconfirmed. On its first day it can be asked for."""
    policy = programme(id_)
    known_from = policy.stretches()[0][0]
    unsourced = []
    for row in policy.rows():
        cited = [citation for citation in row.said.citations if citation.title and citation.status]
        if not cited and row.said.status is not Status.UNCONFIRMED:
            unsourced += values(row)
        first = max(row.from_ or known_from, known_from)

        assert row.said.status in set(Status) - {Status.AGENCY}
        # A row of a wider layer may have ended before the programme began, or begin after its end.
        assert row.holds_on(first) or (row.to is not None and row.to < known_from)
        assert not policy.is_in_force(first) or policy.rules(first, Facts()).programme == id_

    assert unsourced == []
    assert policy.name
    assert policy.said is not None
    assert policy.said.citations or policy.said.status is Status.UNCONFIRMED


@pytest.mark.parametrize("id_", PROGRAMMES)
def test_programme_resolves_in_every_stretch(id_: str) -> None:
    """On the first and last day of every stretch, for every service it names and for nothing known."""
    policy = programme(id_)
    services = {row.name for row in policy.rows() if row.table == "service"}
    for first, last in policy.stretches():
        for facts in (Facts(), *(Facts(service=service, channel="in-person", age=30) for service in sorted(services))):
            rules = policy.rules(first, facts)

            assert policy.rules(last, facts) is rules
            assert rules.programme == id_
    if policy.from_:
        with pytest.raises(NotInForceError):
            policy.rules(policy.from_ - dt.timedelta(days=1), Facts())


@pytest.mark.parametrize("id_", PROGRAMMES)
def test_programme_names_services_or_says_why_not(id_: str) -> None:
    """In its last stretch a programme has a service, and each has a mode, a code or a word on the code."""
    services = programme(id_).rules(some_day(programme(id_)), Facts()).service

    assert services
    for answer in services.values():
        assert answer.value.mode
        assert answer.value.hcpcs or "hcpcs" in answer.unknown or answer.value.paid is False


def hidden(policy: Programme) -> Iterator[str]:
    """Find the values that were read and that an unconfirmed one of a stronger row covers on some day."""
    layers = {row.layer: None for row in policy.rows()}
    order = {layer: number for number, layer in enumerate(layers)}
    for strong in policy.rows():
        if strong.said.status is not Status.UNCONFIRMED:
            continue
        stated = dict(strong.states())
        for weak in policy.rows():
            weaker = (order[weak.layer], *weak.rank) < (order[strong.layer], *strong.rank)
            same = (weak.table, weak.name) == (strong.table, strong.name)
            if not same or not weaker or weak.said.status is Status.UNCONFIRMED:
                continue
            if days_meet(strong, weak) and situations_meet(strong, weak):
                yield from (
                    f"{strong.said.path}: {key} = {stated[key]} hides {text} of {weak.said.path}"
                    for key, text in weak.states()
                    if key in stated and stated[key] != text
                )


@pytest.mark.parametrize("id_", PROGRAMMES)
def test_unconfirmed_value_hides_no_value_that_was_read(id_: str) -> None:
    """Status takes no part in ranking, so such a row would silently put a guess in place of a text."""
    assert list(hidden(programme(id_))) == []


def test_hiding_is_found() -> None:
    """The search above sees a guess that covers a text, and passes one that says the same or holds elsewhere."""
    text = """
state = "QQ"
[source.a]
title = "A"
[own]
name = "Own"
source = "a"
[[own.unit]]
minutes = 15
rounding = "down"
source = "a"
[[own.unit]]
from = 2024-01-01
minutes = {minutes}
status = "unconfirmed"
{when}
"""

    def found(minutes: int, when: str = "") -> list[str]:
        own = load_policies(["QQ/own"], {"qq.toml": text.format(minutes=minutes, when=when)})
        return list(hidden(own.programme("QQ/own")))

    assert found(30) == ["qq.toml: own.unit, row 2: minutes = 30 hides 15 of qq.toml: own.unit, row 1"]
    assert found(15) == []


@pytest.mark.parametrize("id_", PROGRAMMES)
def test_no_programme_leaves_open_whom_the_claim_names(id_: str) -> None:
    """Where no text was read, the national value holds with its warning: one ignorance, one severity in every state."""
    policy = programme(id_)
    for row in policy.rows():
        assert row.table != "claim" or "rendering" not in row.unknown, f"{row.path}: take rendering out of unknown"
    for first, last in policy.stretches():
        claim = policy.rules(first if first > dt.date.min else last, Facts()).claim

        assert claim.value.rendering in {"peer", "supervisor", "agency"}
        assert claim.said["rendering"].status in {Status.PRIMARY, Status.SECONDARY, Status.UNCONFIRMED}


def unread_lists(rows: Iterable[PolicyRow]) -> list[str]:
    """Find the empty lists of modifiers of which nobody says where "none" was read: a text's silence is no value."""
    found = []
    for row in rows:
        if row.table != "service" or row.values.get("modifiers") != ():
            continue
        in_a_table = any("table" in citation.where for citation in row.said.citations)
        if row.said.status is Status.UNCONFIRMED:
            said = bool(row.said.note)
        else:
            said = in_a_table or "no modifier" in row.said.note
        if not said:
            found.append(row.said.path)
    return found


@pytest.mark.parametrize("id_", PROGRAMMES)
def test_no_modifier_is_said_only_where_it_was_read(id_: str) -> None:
    """An empty list cites a table of codes, or its note says where "no modifier" was read; or nobody confirmed it."""
    assert unread_lists(programme(id_).rows()) == []


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ('source = "a p. 1"', True),
        ('source = "a p. 1"\nnote = "modifiers were not read"', True),
        ('source = "a table 3"', False),
        ('source = "a p. 1"\nnote = "no modifier: the text says that none is added"', False),
        ('status = "unconfirmed"\nnote = "inferred"', False),
        ('status = "unconfirmed"', True),
    ],
)
def test_an_unread_list_is_found(said: str, found: bool) -> None:
    text = (
        'state = "QQ"\n[source.a]\ntitle = "A"\nkind = "secondary"\n[own]\nname = "Own"\nsource = "a"\n'
        f'[[own.service.individual]]\nhcpcs = "H0038"\nmodifiers = []\n{said}\n'
    )
    own = load_policies(["QQ/own"], {}, {"qq.toml": text}).programme("QQ/own")

    assert bool(unread_lists(own.rows())) is found


@pytest.mark.parametrize("id_", PROGRAMMES)
def test_paid_claims_say_nothing_but_the_code(id_: str) -> None:
    """What rests on paid claims first is secondary, gives a procedure code alone, and says what they do not show."""
    for row in programme(id_).rows():
        if row.said.citations and row.said.citations[0].title.startswith("Medicaid provider spending"):
            stated = {key for key, _ in row.states()}
            assert stated <= {"hcpcs"}, row.said.path
            assert row.said.status is Status.SECONDARY or not stated, row.said.path
            assert not stated or "paid claims show the code alone" in row.said.note, row.said.path


def with_first_days(table: object, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every header and row of a file that has a first day."""
    if isinstance(table, list):
        for number, row in enumerate(table, start=1):
            yield from with_first_days(row, f"{path}, row {number}")
    elif isinstance(table, dict):
        if "from" in table:
            yield path, table
        for key, value in table.items():
            yield from with_first_days(value, f"{path}.{key}")


def cited(table: object) -> Iterator[str]:
    """Yield the key of every source that a file's rows name."""
    if isinstance(table, list):
        for row in table:
            yield from cited(row)
    elif isinstance(table, dict):
        given = table.get("source", [])
        yield from (said.partition(" ")[0] for said in ([given] if isinstance(given, str) else given))
        for key, value in table.items():
            if key != "source":
                yield from cited(value)


@pytest.mark.parametrize("state", STATES)
def test_every_source_is_cited(state: str) -> None:
    """A document that no row names is in nobody's citations, though a note may tell what it says."""
    file = packaged_file(state)
    assert file is not None
    tables = tomllib.loads(file.text)

    assert set(tables.pop("source", {})) - set(cited(tables)) == set()


@pytest.mark.parametrize("state", STATES)
def test_first_day_is_not_that_of_a_copy(state: str) -> None:
    """The day through which a copy is current tells when a rule was read; a row that needs it all the same says so."""
    file = packaged_file(state)
    assert file is not None
    tables = tomllib.loads(file.text)
    sources = tables.pop("source", {})
    copies = {
        key: source["date"] for key, source in sources.items() if re.search(r"current (through|as of)", str(source))
    }
    found = []
    for path, row in with_first_days(tables, state):
        cited = [row["source"]] if isinstance(row.get("source"), str) else row.get("source", [])
        days = {copies.get(source.partition(" ")[0]) for source in cited}
        if str(row["from"]) in days and not re.search("day between|day is that of the copy", row.get("note", "")):
            found.append(path)

    assert found == []
