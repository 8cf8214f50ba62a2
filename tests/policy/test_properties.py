"""What holds of any policy: kept answers equal fresh ones, and damaged files give messages."""

import datetime as dt
import re

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peerbill.model.errors import PolicyError
from peerbill.policy import Facts, Programme, Rules, load_policies, packaged_programmes, packaged_states
from peerbill.policy.tables import LISTS, NAMED, SETTINGS

PROGRAMMES = [id_ for state in packaged_states() for id_ in packaged_programmes(state)]
KEPT = load_policies(PROGRAMMES).programmes if PROGRAMMES else {}


def words_of(name: str) -> list[str]:
    """Every value of a condition that the packaged programmes name, and one that none does."""
    rows = (row for programme in KEPT.values() for row in programme.rows())
    named = {
        str(value) for row in rows for condition in row.when if condition.name == name for value in condition.values
    }
    return ["", *sorted(named), "unheard-of"]


def word(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from(words_of(name))


def some(name: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(words_of(name)[1:]), max_size=3)


SERVICES = sorted({row.name for programme in KEPT.values() for row in programme.rows() if row.table == "service"})
FACTS = st.builds(
    Facts,
    service=st.sampled_from(["", *SERVICES]),
    hcpcs=word("hcpcs"),
    channel=st.sampled_from(["", "in-person", "video", "audio"]),
    place=word("place"),
    tier=word("tier"),
    credential=some("credential"),
    endorsement=some("endorsement"),
    diagnosis=some("diagnosis"),
    age=st.none() | st.integers(0, 100),
    support=word("support"),
    payer=word("payer"),
    region=word("region"),
    provider=word("provider"),
)


def same(one: Rules, other: Rules) -> bool:
    """Compare rules table by table; the objects themselves compare by identity."""
    tables = (*SETTINGS, *NAMED, *LISTS)
    return all(getattr(one, table) == getattr(other, table) for table in tables)


def fresh(kept: Programme) -> Programme:
    """Return the same programme with nothing kept."""
    return load_policies([kept.id]).programme(kept.id)


@settings(max_examples=150, deadline=None)
@given(
    id_=st.sampled_from(PROGRAMMES),
    days=st.lists(st.dates(dt.date(2010, 1, 1), dt.date(2030, 1, 1)), max_size=3),
    facts=FACTS,
)
def test_kept_rules_equal_fresh_ones(id_: str, days: list[dt.date], facts: Facts) -> None:
    """Whatever was asked before, a programme answers as one that was never asked; and twice with one object."""
    kept, new = KEPT[id_], fresh(KEPT[id_])
    for day in days:
        if kept.is_in_force(day):
            rules = kept.rules(day, facts)

            assert same(rules, new.rules(day, facts))
            assert kept.rules(day, facts) is rules


@settings(max_examples=150, deadline=None)
@given(
    id_=st.sampled_from(PROGRAMMES), facts=FACTS, other=FACTS, day=st.dates(dt.date(2010, 1, 1), dt.date(2030, 1, 1))
)
def test_only_named_conditions_matter(id_: str, facts: Facts, other: Facts, day: dt.date) -> None:
    """Situations that agree in the conditions that the programme names get the same object."""
    programme = KEPT[id_]
    named = set(programme.conditions) | ({"service"} if "hcpcs" in programme.conditions else set())
    agreeing = attrs.evolve(other, **{name: getattr(facts, name) for name in named})
    if programme.is_in_force(day):
        assert programme.rules(day, agreeing) is programme.rules(day, facts)


AGENCY = """state = "QQ"
as_of = 2026-01-01
activity = ["transport"]

[source.contract]
title = "Contract"
date = 2026-01-01

[diagnosis]
SUD = ["F10-F19"]

[region]
north = ["A", "B"]

[own]
name = "Own programme"
payers = ["county"]
from = 2024-01-01
source = "contract p. 1"

[[own.population]]
age = "18+"
diagnosis = ["SUD"]
source = "contract p. 1"

[[own.service.individual]]
hcpcs = "H0038"
modifiers = ["HF"]
source = "contract p. 1"

[[own.unit]]
when = { channel = ["audio", "video"], region = "north" }
minutes = 15
unknown = ["rounding"]
source = ["contract p. 2", "contract p. 3"]
note = '''not
said'''

[[own.limit.day]]
units = 16
per = "6 rolling months"
of = ["individual"]
source = "contract p. 4"

[own.signature]
author = [{ within = "2 business days after service", source = "contract" }]

[[own.documentation]]
require = ["goal", "response"]
source = "contract p. 5"

[[own.filing]]
within = ["90 days after service", "30 days after notice"]
never_after = "1 year after service"
source = "contract p. 6"
"""
LINES = AGENCY.splitlines()
TOKENS = re.findall(r"[\w-]+|\S|\s+", AGENCY)
ODD = st.sampled_from(
    ["", "16", "-1", "1.5", "true", '"x"', "[]", "{}", "[[1]]", "2026-02-30", "2026-01-01", "=", "[", "]", "'", '"""']
)
DAMAGED_TOKENS = st.lists(
    st.tuples(st.integers(0, len(TOKENS) - 1), ODD | st.sampled_from(TOKENS)), min_size=1, max_size=4
).map(lambda damage: "".join(dict(damage).get(place, token) for place, token in enumerate(TOKENS)))
DAMAGED_LINES = st.lists(st.sampled_from(LINES), min_size=1, max_size=len(LINES)).map("\n".join)
SHUFFLED = st.permutations(LINES).map("\n".join)


def test_the_text_to_be_damaged_is_whole() -> None:
    """It loads as it stands."""
    assert load_policies(["QQ/own"], {"qq.toml": AGENCY}).programme("QQ/own").name == "Own programme"


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=DAMAGED_TOKENS | DAMAGED_LINES | SHUFFLED | st.text(max_size=60))
def test_damaged_file_gives_messages_or_loads(text: str) -> None:
    """Never a traceback; every message names the file and a line of it."""
    try:
        programme = load_policies(["QQ/own"], {"qq.toml": text}).programme("QQ/own")
    except PolicyError as error:
        problems = error.problems
    else:
        for first, _ in programme.stretches():
            programme.rules(first, Facts(channel="audio", region="north"))
        return
    lines = [int(found[1]) for problem in problems if (found := re.match(r"qq\.toml:(\d+): \S", problem))]

    assert problems
    assert len(lines) + sum(problem.startswith("QQ/own: ") for problem in problems) == len(problems)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 5000 + "]" * 5000,
        "x = 1" + "0" * 5000,
        "state = 1979-13-01",
        "\x00",
        "[[source]]\n[[all.unit]]\n[own]\nlike = []",
        'state = "QQ"\n[own]\nname = "A"\nlike = "b"\n[b]\nname = "B"\nlike = "own"',
        'state = "QQ"\n[own.limit]\nday = 3',
        'state = "QQ"\n[own]\nlimit = { day = [3] }',
        'state = "QQ"\n[[own]]\nname = "x"',
    ],
)
def test_awkward_file_gives_messages(text: str) -> None:
    """Cases that a reader of TOML or of rows could stumble over."""
    with pytest.raises(PolicyError) as raised:
        load_policies(["QQ/own"], {"qq.toml": text})

    assert all(re.match(r"qq\.toml:\d+: \S|QQ/own: ", problem) for problem in raised.value.problems)
