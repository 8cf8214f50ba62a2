"""The words of ratings."""

import pytest

from peerbill.model.review import Rating, read_rating


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        *((rating.value, rating) for rating in Rating),
        ("NOT-MET", Rating.NOT_MET),
        (" repaid_before  notice ", Rating.REPAID),
        ("N/A", Rating.NOT_APPLICABLE),
        ("No service note", Rating.NO_NOTE),
        *zip("016789", (Rating.NOT_MET, Rating.MET, Rating.NO_NOTE, Rating.NO_PROVIDER, Rating.REPAID,
                        Rating.NOT_APPLICABLE), strict=True),
    ],
)  # fmt: skip
def test_a_rating_is_read_by_word_or_number(text: str, rating: Rating) -> None:
    assert read_rating(text) is rating


@pytest.mark.parametrize("text", ["", "yes", "2", "10", "met!"])
def test_another_word_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not known: expected met, not met, no note, provider name missing, "):
        read_rating(text)
