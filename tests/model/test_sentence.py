"""Sentences and figures: a pattern is filled in as `string.Formatter` does, and values are written as in reports."""

import datetime as dt
import string
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from peerbill.model.sentence import written

VALUES: Mapping[str, Any] = {"count": 5, "day": dt.date(2026, 3, 2), "dollars": Decimal("1234.5"), "word": "x"}


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "no field",
        "a {{brace}}",
        "}}",
        "{count} on {day}",
        "${dollars:,.2f}: {word!r}",
        "{day:%d.%m.} {{{count}}}",
        "{day.year}",
        "{word:>{count}}",
    ],
)
def test_a_pattern_is_filled_in(pattern: str) -> None:
    assert written(pattern, VALUES) == string.Formatter().vformat(pattern, (), VALUES)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("{several}", "3, 4"),
        ("{several: or }", "3 or 4"),
        ("{time} {several: and }", "2026-03-02 09:05 3 and 4"),
        ("{time:%H}", "09"),
        ("{one:#member} of {two:#member}", "1 member of 2 members"),
    ],
)
def test_times_and_several_values_are_written_as_in_reports(pattern: str, text: str) -> None:
    assert written(pattern, {"several": (3, 4), "time": dt.datetime(2026, 3, 2, 9, 5), "one": 1, "two": 2}) == text


def test_a_value_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match="missing"):
        written("{missing}", VALUES)
