import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.ledger.store import portions as module
from peerbill.ledger.store.portions import IN_ONE_STATEMENT, portions


def test_doctests() -> None:
    result = doctest.testmod(module)

    assert (result.failed, result.attempted) == (0, 1)


@pytest.mark.parametrize(
    ("number", "sizes"),
    [
        (0, []),
        (1, [1]),
        (IN_ONE_STATEMENT, [IN_ONE_STATEMENT]),
        (IN_ONE_STATEMENT + 1, [IN_ONE_STATEMENT, 1]),
        (2 * IN_ONE_STATEMENT, [IN_ONE_STATEMENT, IN_ONE_STATEMENT]),
    ],
)
def test_a_portion_fits_into_one_statement(number: int, sizes: list[int]) -> None:
    assert [len(some) for some in portions(range(1, number + 1))] == sizes


@given(st.lists(st.text(max_size=2)))
def test_every_id_is_in_one_portion(ids: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "IN_ONE_STATEMENT", 3)
        found = list(portions(ids))

    assert [id_ for some in found for id_ in some] == sorted(set(ids) - {""})
    assert all(len(some) == 3 for some in found[:-1])
