"""Pseudonyms and moved days: what a key gives, and what it keeps."""

import base64
import datetime as dt
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.model.errors import PeerbillError
from peerbill.model.pseudonyms import LETTERS, Pseudonyms, key_of, new_key

KEYS = st.binary(min_size=32, max_size=32)
DAYS = st.dates(dt.date(1950, 1, 1), dt.date(2100, 12, 31))
ONE, OTHER = Pseudonyms(bytes(range(32))), Pseudonyms(bytes(32))


def test_a_pseudonym_is_the_start_of_the_hmac_of_kind_and_id() -> None:
    digest = hmac.new(bytes(range(32)), b"member\0M1", hashlib.sha256).digest()

    assert ONE.of("member", "M1") == "M-" + base64.b32encode(digest).decode()[:12]


def test_kinds_have_letters_of_their_own_and_pseudonyms_too() -> None:
    found = [ONE.of(kind, "1") for kind in LETTERS]

    assert len({text[0] for text in found}) == len({text[2:] for text in found}) == len(LETTERS)
    assert [ONE.of(kind, "") for kind in LETTERS] == [""] * len(LETTERS)


def test_the_same_key_gives_the_same_and_another_key_gives_others() -> None:
    ids = [f"E{number}" for number in range(1000)]
    found = [ONE.of("encounter", id_) for id_ in ids]

    assert found == [Pseudonyms(bytes(range(32))).of("encounter", id_) for id_ in ids]
    assert len(set(found)) == 1000
    assert {OTHER.of("encounter", id_) for id_ in ids}.isdisjoint(found)
    assert ONE.mark != OTHER.mark


@given(key=KEYS, first=DAYS, second=DAYS)
def test_days_are_moved_back_by_one_number_of_weeks(key: bytes, first: dt.date, second: dt.date) -> None:
    names = Pseudonyms(key)
    moved = first - names.day(first)

    assert moved == second - names.day(second)
    assert moved.days % 7 == 0
    assert 8 <= moved.days // 7 <= 519
    assert names.day(first).weekday() == first.weekday()


def test_every_number_of_weeks_is_possible() -> None:
    day = dt.date(2026, 3, 2)
    weeks = {(day - Pseudonyms(number.to_bytes(32)).day(day)).days // 7 for number in range(10_000)}

    assert weeks == set(range(8, 520))


@given(key=KEYS, time=st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2100, 12, 31)))
def test_a_time_keeps_its_hour_on_the_moved_day(key: bytes, time: dt.datetime) -> None:
    names = Pseudonyms(key)

    assert names.time(time) == dt.datetime.combine(names.day(time.date()), time.time())


def test_a_day_too_early_to_be_moved_is_the_first_of_all() -> None:
    assert ONE.day(dt.date(1, 1, 20)) == dt.date.min


def test_a_new_key_is_read_as_it_is_written_and_another_text_is_none() -> None:
    text = new_key()

    assert key_of(text).hex() + "\n" == text
    assert new_key() != text
    for wrong in ("", "secret", text[1:], text.strip().upper().replace("0", "A") + "G", f"0{text}", "é" * 64):
        with pytest.raises(PeerbillError, match="expected 64 hexadecimal digits"):
            key_of(wrong)


def test_nothing_shows_a_key() -> None:
    assert bytes(range(32)).hex() not in repr(ONE)
    assert "key" not in repr(ONE)
