"""Lines of keys in a TOML text."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from peerbill.policy.lines import KeyPath, key_lines, line_of

TEXT = '''state = "ZZ" # a [comment]
"quoted key" = 1
[a]
note = """
[[b.c]]
x = 1"""
b.'c' = [
  { k = "}", l = { m = 2 } }, # ]
  { k = 'x', n = [ 1,
    [2, 3] ] },
]
[[t.row]]
k = 1
[t.row.when]
age = "18+"
[[t.row]]
k = [ "a", # one
  "b" ]
day = 2026-01-01
'''


def paths(value: Any, at: KeyPath = ()) -> set[KeyPath]:
    """Every path of a parsed text."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {at} - {()} | {path for key, inner in items for path in paths(inner, (*at, key))}


def test_every_key_and_item_has_its_line() -> None:
    """Headers, dotted and quoted keys, inline tables and arrays over several lines."""
    lines = key_lines(TEXT)

    assert lines == {
        ("state",): 1,
        ("quoted key",): 2,
        ("a",): 3,
        ("a", "note"): 4,
        ("a", "b"): 7,
        ("a", "b", "c"): 7,
        ("a", "b", "c", 0): 8,
        ("a", "b", "c", 0, "k"): 8,
        ("a", "b", "c", 0, "l"): 8,
        ("a", "b", "c", 0, "l", "m"): 8,
        ("a", "b", "c", 1): 9,
        ("a", "b", "c", 1, "k"): 9,
        ("a", "b", "c", 1, "n"): 9,
        ("a", "b", "c", 1, "n", 0): 9,
        ("a", "b", "c", 1, "n", 1): 10,
        ("a", "b", "c", 1, "n", 1, 0): 10,
        ("a", "b", "c", 1, "n", 1, 1): 10,
        ("t",): 12,
        ("t", "row"): 12,
        ("t", "row", 0): 12,
        ("t", "row", 0, "k"): 13,
        ("t", "row", 0, "when"): 14,
        ("t", "row", 0, "when", "age"): 15,
        ("t", "row", 1): 16,
        ("t", "row", 1, "k"): 17,
        ("t", "row", 1, "k", 0): 17,
        ("t", "row", 1, "k", 1): 18,
        ("t", "row", 1, "day"): 19,
    }
    assert set(lines) == paths(tomllib.loads(TEXT))


def test_line_ends_of_windows_change_nothing() -> None:
    """The same lines with CRLF."""
    assert key_lines(TEXT.replace("\n", "\r\n")) == key_lines(TEXT)


def test_a_path_without_a_line_has_that_of_its_surroundings() -> None:
    """A missing key is told at its row, and a missing table at the top."""
    lines = key_lines(TEXT)

    assert line_of(lines, ("t", "row", 1, "missing", 3)) == 16
    assert line_of(lines, ("missing",)) == 1
    assert line_of(lines, ()) == 1


LEAVES = st.sampled_from(["1", "-2.5", "true", "2026-01-01", "2026-01-01 10:00:00", '"a # [ } , b"', "'\\'", '"\\""'])
BREAKS = st.sampled_from(["", " ", "\n", " # ] }\n", "\n\n"])
KEYS = st.sampled_from(["a", "b-c", '"d e"', "'f.g'", "h.i", "h . j"])


def arrays(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Write arrays, with breaks and comments between items."""
    return st.builds(lambda items, gap: f"[{gap}{f',{gap}'.join(items)}{gap}]", st.lists(values, max_size=3), BREAKS)


def tables(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Write inline tables."""
    pairs = st.lists(st.tuples(KEYS, values), max_size=3, unique_by=lambda pair: pair[0][0])
    return pairs.map(lambda pairs: "{ " + ", ".join(f"{key} = {value}" for key, value in pairs) + " }")


VALUES = st.recursive(LEAVES, lambda values: arrays(values) | tables(values), max_leaves=6)


@given(st.lists(st.tuples(st.sampled_from(["[x]", "[[y]]", "[[x.z]]", ""]), KEYS, VALUES), max_size=6))
def test_every_path_of_any_text_has_a_line(parts: list[tuple[str, str, str]]) -> None:
    """Whatever `tomllib` reads, the lines name exactly the same paths, and each stands on a line of the text."""
    text = "".join(f"{header}\n{key} = {value}\n" for header, key, value in parts)
    try:
        expected = paths(tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        return
    lines = key_lines(text)

    assert set(lines) == expected
    assert all(1 <= line <= text.count("\n") for line in lines.values())
