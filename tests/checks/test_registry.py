"""The tuple of checks: codes in order, each with its page; and which codes are reserved."""

import pytest

from peerbill import codes
from peerbill.checks import CHECKS, Check
from peerbill.codes import check_citations
from peerbill.policy import load_policies, packaged_programmes, packaged_states

RESERVED: set[str] = set()
"""Codes of the contract that no check has yet, and codes of checks that are gone: none is ever used for another."""
FIRST_OF_A_HUNDRED = {"PB321", "PB511", "PB851"}
"""Codes that begin a row of their own within a hundred: 321 of licenses, 511 of authorizations, 851 of claim files."""


def test_codes_are_in_order_and_none_is_left_out_or_reserved() -> None:
    """Each is the next of its hundred: a code without a check is named in `RESERVED`."""
    codes = [check.code for check in CHECKS]
    taken = {*codes, *RESERVED}

    assert codes == sorted(set(codes))
    assert RESERVED.isdisjoint(codes)
    assert [
        code
        for code in taken - FIRST_OF_A_HUNDRED
        if not code.endswith("01") and f"PB{int(code.removeprefix('PB')) - 1:03}" not in taken
    ] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_a_check_has_its_page(check: Check) -> None:
    """The requirement is one sentence of what holds; then why, and an example on both sides."""
    assert check.requirement.endswith(".")
    assert check.why
    assert check.passes
    assert check.fails
    assert check.scope in {"row", "encounter", "line", "member", "peer", "pattern", "claim"}
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
