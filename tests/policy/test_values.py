"""What an agency's file, or another version of a state's, changes."""

import datetime as dt

import pytest

from peerbill.model.errors import NotInForceError, PolicyError
from peerbill.policy import Programme, packaged_programmes
from peerbill.policy.load import load_given, packaged_file
from peerbill.policy.values import Stated, changes

DAY = dt.date(2026, 3, 2)
STATE = """
state = "QQ"
as_of = 2026-11-21
[source.law]
title = "Law"
kind = "primary"
[own]
name = "Own"
from = 2020-01-01
source = "law"
[[own.service.individual]]
hcpcs = "H0038"
source = "law"
[[own.unit]]
minutes = 15
unknown = ["rounding"]
source = "law"
[[own.documentation]]
require = ["goal", "plan"]
source = "law"
[[own.rate]]
when = { service = "individual" }
amount = "10.00"
source = "law"
"""
AGENCY = """
state = "QQ"
[source.contract]
title = "Contract"
"""


def pair(agency: str, state: str = STATE) -> tuple[Programme, Programme]:
    before = load_given({}, {"states/qq.toml": STATE}).programme("QQ/own")
    files = {"policies/qq.toml": AGENCY + agency} if agency else {}
    return before, load_given(files, {"states/qq.toml": state}).programme("QQ/own")


def shown(before: Programme | None, after: Programme, day: dt.date = DAY) -> list[tuple[object, ...]]:
    def side(stated: Stated | None) -> str | None:
        return None if stated is None else f"{stated.value} {stated.status}"

    return [
        (change.table, change.field, dict(change.when), side(change.before), side(change.after))
        for change in changes(before, after, day)
    ]


def test_nothing_changes_without_a_file() -> None:
    assert shown(*pair("")) == []


def test_a_value_a_word_and_a_situation_change() -> None:
    rows = (
        '[[own.unit]]\nrounding = "down"\nsource = "contract 1"\n'
        '[[own.documentation]]\nwaive = ["plan"]\nrequire = ["response"]\nsource = "contract 2"\n'
        '[[own.rate]]\nwhen = { service = "individual" }\namount = "12.00"\nsource = "contract 3"\n'
    )

    assert shown(*pair(rows)) == [
        ("documentation", "plan", {}, "require primary", "waive agency"),
        ("documentation", "response", {}, None, "require agency"),
        ("rate", "amount", {"service": "individual"}, "10.00 primary", "12.00 agency"),
        ("unit", "rounding", {}, "not known primary", "down agency"),
    ]


@pytest.mark.parametrize(("day", "number"), [(dt.date(2026, 3, 1), 0), (dt.date(2026, 3, 2), 1)])
def test_a_change_begins_on_its_day(day: dt.date, number: int) -> None:
    rows = '[[own.unit]]\nfrom = 2026-03-02\nrounding = "down"\nsource = "contract 1"\n'

    assert len(shown(*pair(rows), day)) == number


def test_another_version_of_a_state_s_file_shows_what_it_takes_away() -> None:
    newer = STATE.replace('require = ["goal", "plan"]', 'require = ["goal"]').replace("minutes = 15", "minutes = 30")

    assert shown(*pair("", newer)) == [
        ("documentation", "plan", {}, "require primary", None),
        ("unit", "minutes", {}, "15 primary", "30 primary"),
    ]


def test_a_new_programme_changes_everything() -> None:
    _, after = pair("")
    found = shown(None, after)

    assert ("unit", "minutes", {}, None, "15 primary") in found
    assert all(before is None for *_, before, _ in found)


def test_a_day_outside_the_programme_is_told() -> None:
    with pytest.raises(NotInForceError):
        changes(*pair(""), dt.date(2019, 12, 31))


def test_a_given_state_file_takes_the_place_of_the_packaged_one() -> None:
    file = packaged_file("NJ")
    assert file is not None
    text = file.text.replace("minutes = 15", "minutes = 30")
    given = load_given({}, {"states/nj.toml": text})

    assert [known.id for known in given] == list(packaged_programmes("NJ"))
    assert ("unit", "minutes", {}, "15 primary", "30 primary") in shown(
        load_given({"policies/nj.toml": 'state = "NJ"\n'}).programme("NJ/sud"), given.programme("NJ/sud")
    )


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("drafts/states/nj.toml", STATE, "drafts/states/nj.toml:2: state: this file is NJ's, and says QQ. Correct it"),
        ("states/qq.toml", "state = 1", "states/qq.toml:1: state: two capital letters"),
        ("states/qq.toml", "state =", "states/qq.toml:1: this is not TOML"),
        (
            "states/qq.toml",
            STATE.replace('"law"\n[[own.rate]]', '"lax"\n[[own.rate]]'),
            "states/qq.toml:20: own.documentation, row 1, source: 'lax' is no source of this file",
        ),
    ],
)
def test_mistakes_in_a_state_s_file_name_the_line(name: str, text: str, told: str) -> None:
    with pytest.raises(PolicyError) as error:
        load_given({}, {name: text})

    assert any(problem.startswith(told) for problem in error.value.problems), error.value.problems
