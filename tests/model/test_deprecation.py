"""The mark of what goes away."""

import warnings

import pytest

from peerbill.model.deprecation import deprecated


@deprecated("use count")
def total(left: int, *, right: int = 1) -> int:
    """Add."""
    return left + right


def test_a_call_warns_where_it_is_made_and_works() -> None:
    with pytest.warns(DeprecationWarning, match="^use count$") as caught:
        assert total(2, right=3) == 5

    assert [warning.filename for warning in caught] == [__file__]


def test_the_function_keeps_its_name_and_page() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        assert (total.__name__, total.__doc__) == ("total", "Add.")
