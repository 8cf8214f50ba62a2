"""Text that anybody may have written, made harmless where people read it: terminals, pages, workbooks, CSV."""

import re
from typing import Final

REPLACEMENT: Final = "\ufffd"
"""The sign in place of one that has no place in what people read."""

_UNPRINTED: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad"  # controls of terminals but for tab and line feed; the soft hyphen
    "\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e"  # marks without a width, of scripts
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # zero width, line separators, writing direction
    "\ud800-\udfff"  # lone surrogates: bytes that were no text
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001-\U000e007f]"
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def inert(text: str) -> str:
    r"""Return a text whose controls, direction marks and signs without a width are replaced by U+FFFD.

    Nothing in it then moves a cursor, empties a screen, hides a word or turns the order of words. Tabs and line feeds
    stay.

    >>> inert("CLM\x1b[2J"), inert("E\u202e1"), inert("café")
    ('CLM�[2J', 'E�1', 'café')
    """
    return text if text.isprintable() else _UNPRINTED.sub(REPLACEMENT, text)


def whole(text: str) -> str:
    r"""Return a text with U+FFFD for each lone surrogate, as of a file name that is no UTF-8: no file can hold one.

    >>> whole("caf\udce9")
    'caf�'
    """
    return text if text.isascii() else _SURROGATE.sub(REPLACEMENT, text)


def storable(text: str) -> str:
    r"""Return a text with U+FFFD for what no database takes: NUL and lone surrogates, as in names of files.

    >>> storable("caf\udce9\0")
    'caf��'
    """
    return text if text.isascii() and "\0" not in text else whole(text).replace("\0", REPLACEMENT)


def inert_json(text: str) -> str:
    r"""Return JSON with the same values in which the signs that `inert` replaces are written as escapes.

    >>> inert_json('{"id": "E\u202e1"}')
    '{"id": "E\\u202e1"}'
    """
    return text if text.isascii() and "\x7f" not in text else _UNPRINTED.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
