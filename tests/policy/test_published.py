"""Words of the packaged data: what anybody can read is kept, and nothing that a row may hold of a person."""

import pytest

from peerbill.policy.published import is_published, is_published_source


@pytest.mark.parametrize(
    "text",
    ["H0038", "H0038:HF", "individual", "in-person", "11", "CPRS", "CPS (PA)", "unit", "resides-with"],
)
def test_a_coded_word_is_public(text: str) -> None:
    assert is_published(text)


@pytest.mark.parametrize(
    "text",
    [
        "Jane Doe",
        "doe, jane",
        "Georgia Richmond",  # a state and a county, and a person
        "1989-06-15",
        "on 1989-06-15",
        "2026-01-01",  # a day that packaged files have, too
        "1234567893",
        "90210",
        "individual Doe",
        "great-lakes",
    ],
)
def test_what_may_be_of_a_person_is_not(text: str) -> None:
    assert not is_published(text)


def test_titles_and_addresses_of_packaged_sources() -> None:
    assert is_published_source(
        "42 CFR 431.107(b)(1): a provider keeps the records that disclose the extent of its services"
    )
    assert is_published_source("https://www.ecfr.gov/current/title-42/section-431.107")
    assert not is_published_source("The handbook of Great Lakes Recovery")
