"""How far states are covered: counted on files made here, then held against what ships."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from peerbill.cli import main
from peerbill.codes import states_and_district
from peerbill.policy import coverage as module
from peerbill.policy import load_policies, packaged_states
from peerbill.policy.coverage import StateCoverage, Value, census, coverage, state_coverage, totals
from peerbill.policy.load import read_state_file

PAGE = Path(__file__).parents[2] / "codesets" / "README.md"
HEAD = """
state = "QQ"
as_of = 2026-11-21
[source.law]
title = "Law"
kind = "primary"
[source.news]
title = "News"
kind = "secondary"
[own]
name = "Own"
source = "law"
"""

Show = Callable[[str], StateCoverage]


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Show:
    """Return what shows the coverage of a made-up state, from the rows of its file."""

    def of(rows: str) -> StateCoverage:
        file = read_state_file("qq.toml", HEAD + rows)
        monkeypatch.setattr(module, "packaged_file", lambda _: file)
        monkeypatch.setattr(module, "packaged_programmes", lambda _: [f"QQ/{key}" for key in file.headers])
        monkeypatch.setattr(module, "load_policies", lambda ids: load_policies(ids, {}, {"qq.toml": file.text}))
        return state_coverage("QQ", "Quiet State")

    return of


NO_CODE = """
[[own.service.individual]]
unknown = ["hcpcs"]
source = "law"
[[own.unit]]
minutes = 15
rounding = "up"
source = "law"
"""
SERVICE = '[[own.service.individual]]\nhcpcs = "H0038"\nsource = "law 1"\n'


def test_a_state_is_billable_by_code_unit_and_rounding(show: Show) -> None:
    found = show(f'{SERVICE}[[own.unit]]\nminutes = 15\nrounding = "down"\nsource = "news 2"\n')

    assert (found.billable, found.programme) == ("yes", "own")
    assert (found.code, found.unit) == (Value("H0038", "primary"), Value("15 minutes", "secondary"))
    assert found.rounding == Value("down", "secondary")
    assert (found.primary, found.secondary, found.unconfirmed, found.unknown) == (1, 2, 0, 0)
    assert found.confirmed == 1


def test_a_text_that_is_silent_on_rounding_is_enough(show: Show) -> None:
    found = show(f'{SERVICE}[[own.unit]]\nminutes = 15\nunknown = ["rounding", "aggregate"]\nsource = "law"\n')

    assert (found.billable, found.rounding) == ("yes", Value("not said", "unknown"))
    assert (found.primary, found.unknown, found.confirmed) == (2, 2, 0.5)


@pytest.mark.parametrize(
    "rows",
    [
        NO_CODE,
        f'{SERVICE}[[own.unit]]\nunknown = ["minutes", "rounding"]\nsource = "law"\n',
        f'{SERVICE}[[own.unit]]\nminutes = 15\nsource = "law"\n',
        SERVICE,
    ],
    ids=["no code", "no unit", "nobody asked about rounding", "no unit rule"],
)
def test_a_state_that_lacks_one_of_them_is_not(show: Show, rows: str) -> None:
    assert show(rows).billable == "no"


def test_a_service_by_the_day_needs_no_rounding(show: Show) -> None:
    found = show(f'{SERVICE}[[own.unit]]\nper = "day"\nsource = "law"\n')

    assert (found.billable, found.unit, found.rounding) == ("yes", Value("day", "primary"), Value("whole", "primary"))


def test_a_state_that_pays_nothing_says_so(show: Show) -> None:
    assert show('[[own.service.individual]]\npaid = false\nsource = "law"\n').billable == "not paid"


def test_a_code_that_depends_on_the_situation_counts(show: Show) -> None:
    unit = '[[own.unit]]\nminutes = 15\nrounding = "down"\nsource = "law"\n'
    plain = '[[own.service.individual]]\nunknown = ["hcpcs"]\nsource = "law"\n'
    when = SERVICE + 'when = { age = "0-20", diagnosis = "MH" }\n'

    assert show(plain + when + unit).code == Value("H0038", "primary")


def test_the_surest_service_is_shown(show: Show) -> None:
    guess = '[[own.service.family]]\nhcpcs = "T1027"\nstatus = "unconfirmed"\n'
    unit = '[[own.unit]]\nminutes = 15\nrounding = "down"\nsource = "law"\n'

    assert show(guess + SERVICE + unit).code == Value("H0038", "primary")


def test_the_census_counts_each_value_of_a_row_and_a_bare_row_once() -> None:
    rows = HEAD + (
        '[[own.documentation]]\nrequire = ["goal", "plan"]\nsource = "law"\n'
        '[[own.credential.CPS]]\nsource = "news"\n'
        '[[own.group]]\nmax = 12\nunknown = ["min"]\nstatus = "unconfirmed"\n'
    )
    counts = census(read_state_file("qq.toml", rows).rows)

    assert counts == {"primary": 2, "secondary": 1, "unconfirmed": 1, "unknown": 1}


def test_every_state_and_the_district_have_a_row() -> None:
    rows = coverage()
    without = {row.state for row in rows if row.billable == "no file"}

    assert [row.state for row in rows] == sorted(states_and_district())
    assert without == {*states_and_district()} - {*packaged_states()}
    assert all((row.read is not None) == (row.state not in without) for row in rows)
    assert all(row.confirmed is None or 0 <= row.confirmed <= 1 for row in rows)
    assert totals(rows)["states"] == 51
    assert totals(rows)["billable_as_read"] <= totals(rows)["billable"]


def test_the_page_shows_what_the_files_say() -> None:
    """After a change of a state's file: make coverage."""
    result = CliRunner().invoke(main, ["policy", "--coverage", "--markdown"])

    assert result.exit_code == 0
    assert PAGE.read_text(encoding="utf-8") == result.stdout
