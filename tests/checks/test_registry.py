"""The tuple of checks: every code of the contract, in order, each with its page."""

import pytest

from peerbill import codes
from peerbill.checks import CHECKS, Check
from peerbill.codes import check_citations
from peerbill.policy import load_policies, packaged_programmes, packaged_states

# fmt: off
CONTRACT = (
    "PB001", "PB002",
    "PB101", "PB102", "PB103", "PB104", "PB105", "PB106", "PB107",
    "PB201", "PB202", "PB203", "PB204", "PB205", "PB206", "PB207", "PB208", "PB209", "PB210",
    "PB301", "PB302", "PB303", "PB304", "PB305", "PB306", "PB307", "PB308", "PB309", "PB310",
    "PB401", "PB402", "PB403", "PB404", "PB405", "PB406", "PB407", "PB408", "PB409",
    "PB501", "PB502", "PB503", "PB511", "PB512",
    "PB601", "PB602", "PB603", "PB604", "PB605",
    "PB701", "PB702",
    "PB801", "PB802", "PB803", "PB804", "PB805", "PB806", "PB807", "PB808", "PB809",
)
# fmt: on
LATER = {"PB208", "PB806"}


def test_every_code_has_one_check_in_order() -> None:
    assert [check.code for check in CHECKS] == [code for code in CONTRACT if code not in LATER]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_a_check_has_its_page(check: Check) -> None:
    """The requirement is one sentence of what holds; then why, and an example on both sides."""
    assert check.requirement.endswith(".")
    assert check.why
    assert check.passes
    assert check.fails
    assert check.scope in {"row", "encounter", "line", "member", "peer"}
    assert check.citations == check_citations(check.code)


def test_every_check_stands_in_the_list_of_citations() -> None:
    from peerbill.codes import _table  # noqa: PLC0415

    assert set(_table("checks.toml")["checks"]) == {check.code for check in CHECKS}


def test_every_activity_that_a_text_excludes_has_its_phrases_or_its_word() -> None:
    """The words of the national file and of every state are the ones by which an activity is found."""
    named = {
        word
        for state in packaged_states()
        for known in load_policies(packaged_programmes(state))
        for row in known.rows()
        if row.table == "exclusion"
        for word in row.values.get("activity", ())
    }

    assert named - {"drop-in-center", "education", "recreation", "vocational"} <= set(codes.excluded_activities())
