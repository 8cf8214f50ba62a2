"""Words that many notes have, and the pairs of texts that are compared."""

import itertools

import numpy as np
import pytest
from datasketch import MinHash

from peerbill.checks.patterns.signatures import (
    AGREE,
    BANDS,
    BEFORE,
    MANY,
    ROWS,
    near_pairs,
    pairs_of_band,
    signatures,
)
from peerbill.checks.patterns.template import RUN, run_hashes, template_words

HEAD = [1, 2, 3]


def template(notes: list[list[int]], peers: list[int]) -> list[int]:
    """Return the words that are template, each once."""
    words = np.array([word for note in notes for word in note], np.uint16)
    starts = np.cumsum([0, *map(len, notes)])
    found = template_words(words, starts, np.array(peers, np.uint32), len(set(peers)))
    return sorted(set(words[found].tolist()))


def notes(count: int, headed: int) -> list[list[int]]:
    """Return notes of words of their own, the first ones with a heading."""
    return [
        [*(HEAD if number < headed else ()), *range(100 * number + 10, 100 * number + 30)] for number in range(count)
    ]


@pytest.mark.parametrize(("headed", "expected"), [(20, HEAD), (19, [])])
def test_what_a_fifth_of_the_notes_have_is_template(headed: int, expected: list[int]) -> None:
    assert template(notes(100, headed), [number % 4 for number in range(100)]) == expected


@pytest.mark.parametrize(("writers", "expected"), [(2, HEAD), (1, [])])
def test_what_one_of_four_peers_writes_is_none(writers: int, expected: list[int]) -> None:
    peers = [number % writers if number < 40 else number % 4 for number in range(100)]

    assert template(notes(100, 40), peers) == expected


@pytest.mark.parametrize(("headed", "expected"), [(50, HEAD), (49, [])])
def test_of_two_peers_half_of_the_notes_have_it(headed: int, expected: list[int]) -> None:
    assert template(notes(100, headed), [number % 2 for number in range(100)]) == expected


@pytest.mark.parametrize(("count", "expected"), [(20, HEAD), (19, [])])
def test_a_few_notes_have_no_template(count: int, expected: list[int]) -> None:
    assert template(notes(count, count), [number % 4 for number in range(count)]) == expected


@pytest.mark.parametrize(("ended", "expected"), [(20, HEAD), (19, [])])
def test_the_last_words_of_the_last_note_count(ended: int, expected: list[int]) -> None:
    made = [
        [*range(100 * number + 10, 100 * number + 30), *(HEAD if number >= 100 - ended else ())]
        for number in range(100)
    ]

    assert template(made, [number % 4 for number in range(100)]) == expected


def test_words_in_a_row_are_those_of_one_note() -> None:
    """The end of each note and the beginning of the next are no run."""
    made = [[1, 2, *range(100 * number + 10, 100 * number + 30), 3] for number in range(40)]

    assert template(made, [number % 4 for number in range(40)]) == []


def band_pairs(values: list[int]) -> set[tuple[int, int]]:
    """Return the pairs of texts that agree in a band."""
    found = pairs_of_band(np.array(values, np.uint32))
    return {pair for ones, others in found for pair in zip(ones.tolist(), others.tolist(), strict=True)}


@pytest.mark.parametrize("count", [2, 3, 10, MANY - 1, MANY, 1000])
def test_of_texts_that_agree_few_pairs_are_compared(count: int) -> None:
    pairs = band_pairs([5] * count + [6, 7])
    before = BEFORE if count < MANY else 1
    expected = {(0, text) for text in range(1, count)}
    expected |= {(text - back, text) for text in range(count) for back in range(1, before + 1) if back <= text}

    assert pairs == expected


def test_texts_that_agree_with_no_other_are_not_compared() -> None:
    assert band_pairs([3, 1, 2]) == set()
    assert band_pairs([3]) == set()


@pytest.mark.parametrize(("alike", "times"), [(AGREE - 1, 0), (AGREE, AGREE), (4, 4)])
def test_texts_that_agree_in_enough_bands_are_compared(alike: int, times: int) -> None:
    """Once for each band in which they do."""
    texts = np.array([[1, 2, 3, 4], [*range(1, alike + 1), *range(11, 15 - alike)], [21, 22, 23, 24]], np.uint32)
    pairs = [(one, other) for ones, others in near_pairs(texts) for one, other in zip(ones, others, strict=True)]

    assert pairs == [(0, 1)] * times


def test_signatures_are_those_of_datasketch() -> None:
    """Texts agree in a band where all values of it agree, and nowhere else."""
    rng = np.random.default_rng(5)
    lengths = np.array([15, 40, 15, 60, RUN])
    words = rng.integers(0, 1 << 16, lengths.sum()).astype(np.uint16)
    words[55:70] = words[:15]
    words[80:120] = words[15:55]
    sketches = []
    for text in np.split(words, np.cumsum(lengths)[:-1]):
        sketch = MinHash(num_perm=BANDS * ROWS, seed=1, hashfunc=int, scheme="affine32")
        sketch.update_batch(run_hashes(text).tolist())
        sketches.append(sketch.hashvalues.reshape(BANDS, ROWS))
    values = np.array(sketches)
    found = signatures([(words[:55], lengths[:2]), (words[55:], lengths[2:])], len(lengths))

    for one, other in itertools.combinations(range(len(lengths)), 2):
        agree = (values[one] == values[other]).all(axis=1)
        assert (found[one] == found[other]).tolist() == agree.tolist()
    assert (found[0] == found[2]).all()
    assert 0 < (found[1] == found[3]).sum() < BANDS
