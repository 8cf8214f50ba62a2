"""Our own checks alone decide on 837Is with one change: those that must be rejected, warned of, or taken."""

import pytest
from semantic import Row, names, text_of
from semantic837i import FILES, REJECTED, VALID, WARNED

from peerbill.finding import Severity
from peerbill.x12.check import check_text
from peerbill.x12.guide import check_guide


def test_the_corpus_is_as_large_as_it_says_and_names_each_change_once() -> None:
    every = names((*REJECTED, *WARNED, *VALID))

    assert len(REJECTED) >= 200
    assert len(VALID) >= 60
    assert len(set(every)) == len(every)


@pytest.mark.parametrize("row", REJECTED, ids=names(REJECTED))
def test_what_must_be_rejected_is_an_error_of_its_kind(row: Row) -> None:
    problems = check_text(text_of(FILES, row.file, *row.changes))

    assert row.code in {problem.code for problem in problems if problem.severity is Severity.ERROR}


@pytest.mark.parametrize("row", WARNED, ids=names(WARNED))
def test_what_many_payers_take_is_only_warned_of(row: Row) -> None:
    problems = check_text(text_of(FILES, row.file, *row.changes))

    assert {(problem.code, problem.severity) for problem in problems} == {(row.code, Severity.WARNING)}


@pytest.mark.parametrize("row", VALID, ids=names(VALID))
def test_of_a_valid_variant_nothing_is_said(row: Row) -> None:
    assert check_text(text_of(FILES, row.file, *row.changes)) == ()


@pytest.mark.parametrize("file", FILES)
def test_pyx12_takes_each_file(file: str) -> None:
    assert list(check_guide([text_of(FILES, file)], workers=0)) == []
