"""Text that goes into an X12 element."""
# ruff: noqa: RUF001 - letters that look alike are what is tested

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.model.errors import X12Error
from peerbill.x12.charset import fold
from peerbill.x12.delimiters import STANDARD, Delimiters


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Lane", "LANE"),
        ("  Lane \u00a0 Ito ", "LANE ITO"),
        ("Muñoz-Ångström", "MUNOZ-ANGSTROM"),
        ("Munoz", "MUNOZ"),
        ("Nguyễn Thị", "NGUYEN THI"),
        ("Weiß", "WEISS"),
        ("Sørensen Þór Łukasz Đỗ", "SORENSEN THOR LUKASZ DO"),
        ("Æsa Œuvre", "AESA OEUVRE"),
        ("O’Brien ‘x’ “y”", "O'BRIEN 'X' \"Y\""),
        ("Kaʻiulani", "KA'IULANI"),
        ("Smith–Jones—Lee", "SMITH-JONES-LEE"),
        ("5½ Main St #4", "51/2 MAIN ST #4"),
        ("a…b", "A...B"),
        ("ﬁn", "FIN"),
        ("office@example.org", "OFFICE@EXAMPLE.ORG"),
        ("", ""),
    ],
)
def test_folds_to_plain_upper_case(typed: str, written: str) -> None:
    assert fold(typed, "members.last_name") == written


@pytest.mark.parametrize("typed", ["a*b", "a:b", "a^b", "a~b", "a＊b", "a：b"])
def test_a_delimiter_is_refused_by_the_name_of_the_field(typed: str) -> None:
    with pytest.raises(X12Error, match=r"^members\.last_name: character 2 divides X12 files"):
        fold(typed, "members.last_name")


@pytest.mark.parametrize("typed", ["a\tb", "a\nb", "a\x00b", "a\x7fb"])
def test_a_control_character_is_refused(typed: str) -> None:
    with pytest.raises(X12Error, match=r"^members\.street: character 2 is a control character"):
        fold(typed, "members.street")


@pytest.mark.parametrize("typed", ["a李b", "aЖ", "a\u200bb", "a😀"])
def test_what_has_no_latin_form_is_refused(typed: str) -> None:
    with pytest.raises(X12Error, match=r"^members\.city: character 2 has no plain Latin form"):
        fold(typed, "members.city")


def test_long_text_is_refused_and_never_cut() -> None:
    assert fold("x" * 35, "members.first_name", 35) == "X" * 35
    with pytest.raises(X12Error, match=r"^members\.first_name: 36 characters; at most 35 fit"):
        fold("x" * 36, "members.first_name", 35)
    with pytest.raises(X12Error, match="36 characters"):
        fold("ß" * 18, "members.first_name", 35)


def test_other_delimiters_free_the_standard_ones() -> None:
    assert fold("a*b", "note", 0, Delimiters("|", "<", "^", "~")) == "A*B"
    with pytest.raises(X12Error, match="character 2 divides"):
        fold("a|b", "note", 0, Delimiters("|", "<", "^", "~"))


@given(st.text(max_size=40))
def test_any_text_is_folded_or_refused_without_being_repeated(typed: str) -> None:
    """Whatever is typed, the result is writable and folding it again changes nothing, or the message hides it."""
    try:
        written = fold(typed, "field")
    except X12Error as error:
        message = str(error)
    else:
        message = "field: "
        assert written.isascii()
        assert written == "" or written.isprintable()
        assert written == written.strip()
        assert not set(written) & set(STANDARD.characters)
        assert fold(written, "field") == written

    assert message.startswith("field: ")
    assert len(typed) < 8 or typed not in message
