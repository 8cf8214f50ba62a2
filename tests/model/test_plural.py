import doctest

import pytest

from peerbill.model import plural
from peerbill.model.plural import counted


def test_doctests() -> None:
    result = doctest.testmod(plural)

    assert (result.failed, result.attempted) == (0, 2)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0 claims"), (1, "1 claim"), (2, "2 claims"), (999, "999 claims"), (1000, "1,000 claims")],
)
def test_a_number_with_its_noun(number: int, expected: str) -> None:
    assert counted(number, "claim") == expected
