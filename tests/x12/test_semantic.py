"""Our own checks alone decide on files with one change: those that must be rejected, warned of, or taken."""

from types import ModuleType

import pytest
import semantic837i
import semantic837p
from semantic import Row, Segments, text_of
from semantic837p import FILES, with_delimiters

from peerbill.model.finding import Severity
from peerbill.x12.check.claim_files import check_text
from peerbill.x12.check.guide import check_guide

FORMS = {"837P": semantic837p, "837I": semantic837i}


def rows(kind: str) -> pytest.MarkDecorator:
    """Let a test run on each row of a kind, of both forms, with the files that it changes."""
    return pytest.mark.parametrize(
        ("files", "row"),
        [
            pytest.param(form.FILES, row, id=f"{name} {row.name}")
            for name, form in FORMS.items()
            for row in getattr(form, kind)
        ],
    )


every_file = pytest.mark.parametrize(
    ("files", "file"), [pytest.param(form.FILES, file) for form in FORMS.values() for file in form.FILES]
)


@pytest.mark.parametrize(("form", "rejected", "valid"), [(semantic837p, 450, 90), (semantic837i, 200, 60)])
def test_the_tables_are_as_large_as_they_say_and_name_each_change_once(
    form: ModuleType, rejected: int, valid: int
) -> None:
    every = [row.name for row in (*form.REJECTED, *form.WARNED, *form.VALID)]

    assert len(form.REJECTED) >= rejected
    assert len(form.VALID) >= valid
    assert len(set(every)) == len(every)


@rows("REJECTED")
def test_what_must_be_rejected_is_an_error_of_its_kind(files: dict[str, Segments], row: Row) -> None:
    problems = check_text(text_of(files, row.file, *row.changes))

    assert row.code in {problem.code for problem in problems if problem.severity is Severity.ERROR}


@rows("WARNED")
def test_what_many_payers_take_is_only_warned_of(files: dict[str, Segments], row: Row) -> None:
    problems = check_text(text_of(files, row.file, *row.changes))

    assert {(problem.code, problem.severity) for problem in problems} == {(row.code, Severity.WARNING)}


@rows("VALID")
def test_of_a_valid_variant_nothing_is_said(files: dict[str, Segments], row: Row) -> None:
    assert check_text(text_of(files, row.file, *row.changes)) == ()


@every_file
def test_pyx12_takes_each_file(files: dict[str, Segments], file: str) -> None:
    assert list(check_guide([text_of(files, file)], workers=0)) == []


@every_file
@pytest.mark.parametrize("delimiters", ["|>^~", "]>^~", "*]^~", "*:]~", "*:^]", "*:^\n", "^:|~", "\x1d\x1f\x1e\x1c"])
def test_other_delimiters_are_as_good(files: dict[str, Segments], file: str, delimiters: str) -> None:
    assert check_text(with_delimiters(text_of(files, file), delimiters)) == ()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_breaks_behind_terminators_are_as_good(form: str, ending: str) -> None:
    assert check_text(text_of(FORMS[form].FILES, "secondary").replace("~", f"~{ending}")) == ()


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
