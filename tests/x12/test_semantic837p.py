"""Our own checks alone decide on 837Ps with one change: those that must be rejected, warned of, or taken."""

import pytest
from semantic import Row, names, text_of
from semantic837p import FILES, REJECTED, VALID, WARNED, with_delimiters

from peerbill.finding import Severity
from peerbill.x12.check import check_text
from peerbill.x12.guide import check_guide


def found(text: str, severity: Severity) -> set[str]:
    return {problem.code for problem in check_text(text) if problem.severity is severity}


def test_the_corpus_is_as_large_as_it_says_and_names_each_change_once() -> None:
    assert len(REJECTED) >= 450
    assert len(VALID) >= 90
    every = names((*REJECTED, *WARNED, *VALID))
    assert len(set(every)) == len(every)


@pytest.mark.parametrize("row", REJECTED, ids=names(REJECTED))
def test_what_must_be_rejected_is_an_error_of_its_kind(row: Row) -> None:
    assert row.code in found(text_of(FILES, row.file, *row.changes), Severity.ERROR)


@pytest.mark.parametrize("row", WARNED, ids=names(WARNED))
def test_what_many_payers_take_is_only_warned_of(row: Row) -> None:
    problems = check_text(text_of(FILES, row.file, *row.changes))

    assert {(problem.code, problem.severity) for problem in problems} == {(row.code, Severity.WARNING)}


@pytest.mark.parametrize("row", VALID, ids=names(VALID))
def test_of_a_valid_variant_nothing_is_said(row: Row) -> None:
    assert check_text(text_of(FILES, row.file, *row.changes)) == ()


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("delimiters", ["|>^~", "*:^\n", "^:|~", "\x1d\x1f\x1e\x1c"])
def test_other_delimiters_are_as_good(file: str, delimiters: str) -> None:
    assert check_text(with_delimiters(text_of(FILES, file), delimiters)) == ()


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_breaks_behind_terminators_are_as_good(ending: str) -> None:
    assert check_text(text_of(FILES, "secondary").replace("~", f"~{ending}")) == ()


def test_two_interchanges_and_two_groups_are_as_good() -> None:
    first, second = (
        text_of(FILES, "primary"),
        text_of(FILES, "void").replace("*A1*", "*B1*").replace("000000001", "000000002"),
    )
    group = (
        text_of(FILES, "replacement")
        .replace("*A1*", "*C1*")
        .replace("*0001*1*X", "*0001*2*X")
        .replace("GE*1*1", "GE*1*2")
    )
    group = group[group.index("GS*") : group.index("IEA*")]

    assert check_text(first.replace("IEA*1", f"{group}IEA*2") + second) == ()


@pytest.mark.parametrize("file", FILES)
def test_pyx12_takes_each_file(file: str) -> None:
    assert list(check_guide([text_of(FILES, file)], workers=0)) == []
