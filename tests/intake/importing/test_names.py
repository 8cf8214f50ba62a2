"""Names and addresses in a cell, and texts with labels."""

import pytest

from peerbill.intake.cells import Unreadable
from peerbill.intake.importing.names import labelled_part, split_address, split_name


@pytest.mark.parametrize(
    ("text", "form", "parts"),
    [
        ("Reed, Bo", "last-first", ("Reed", "Bo", "", "")),
        ("Reed, Bo A.", "last-first", ("Reed", "Bo", "A", "")),
        ("Reed, Bo A Jr.", "last-first", ("Reed", "Bo", "A", "Jr.")),
        ("Reed Jr, Bo", "last-first", ("Reed", "Bo", "", "Jr.")),
        ("Reed, Jr., Bo", "last-first", ("Reed", "Bo", "", "Jr.")),
        ("Reed, Mary Ann", "last-first", ("Reed", "Mary Ann", "", "")),
        ("de la Cruz, Ana", "last-first", ("de la Cruz", "Ana", "", "")),
        ("Reed, Bo V", "last-first", ("Reed", "Bo", "V", "")),
        ("Bo Reed", "first-last", ("Reed", "Bo", "", "")),
        ("Bo A. Reed III", "first-last", ("Reed", "Bo", "A", "III")),
        ("Ana de la Cruz", "first-last", ("de la Cruz", "Ana", "", "")),
        ("Reed, Bo", "first-last", ("Reed", "Bo", "", "")),
        ("Reed^Bo^^Jr.", "carets", ("Reed", "Bo", "", "Jr.")),
        ("Reed^Bo", "carets", ("Reed", "Bo", "", "")),
        ("REED JR", "last", ("REED", "", "", "Jr.")),
    ],
)
def test_a_name_is_divided(text: str, form: str, parts: tuple[str, str, str, str]) -> None:
    name = split_name(text, form)

    assert not isinstance(name, Unreadable)
    assert tuple(name.values()) == parts


@pytest.mark.parametrize(
    ("text", "form"),
    [("Mary Ann Reed", "first-last"), ("Reed", "first-last"), ("Bo Reed", "last-first"), ("a, b, c, d", "last-first")],
)
def test_a_name_that_can_be_read_in_two_ways_is_refused(text: str, form: str) -> None:
    assert isinstance(split_name(text, form), Unreadable)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("9 Elm St, Lima, OH 45801", ("9 Elm St", "", "Lima", "OH", "45801")),
        ("9 Elm St\nApt 2\nLima, OH 45801-1234", ("9 Elm St", "Apt 2", "Lima", "OH", "45801-1234")),
        ("9 Elm St, Toms River, New Jersey, 08753", ("9 Elm St", "", "Toms River", "New Jersey", "08753")),
    ],
)
def test_an_address_is_divided(text: str, parts: tuple[str, ...]) -> None:
    address = split_address(text)

    assert not isinstance(address, Unreadable)
    assert tuple(address.values()) == parts


@pytest.mark.parametrize("text", ["9 Elm St", "9 Elm St, Lima", "homeless", "9 Elm St Lima OH 45801"])
def test_an_address_without_its_parts_is_refused(text: str) -> None:
    assert isinstance(split_address(text), Unreadable)


def test_texts_are_divided_by_labels_in_any_case() -> None:
    labels = ["Intervention", "Response", "Next"]
    text = "INTERVENTION: read it; then called. Response:  calmer\nnext: Friday: at 9"

    assert [labelled_part(text, label, labels) for label in labels] == [
        "read it; then called.",
        "calmer",
        "Friday: at 9",
    ]
    assert labelled_part("no label", "Next", labels) == ""
