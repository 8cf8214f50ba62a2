"""Text as X12 can carry it: upper-case ASCII, without the characters that divide a file.

`fold` turns what a person typed into what a payer can read, and refuses what it cannot turn, by the field's name
and never by its content. Nothing is dropped and nothing is cut.
"""

import re
import unicodedata

from peerbill.model.errors import X12Error
from peerbill.model.sentence import Sentence, say
from peerbill.x12.delimiters import STANDARD, Delimiters

_FOLDED = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02b9\u02bb\u02bc\u02bd\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00d8\u00f8", "O"),
        **dict.fromkeys("\u0110\u0111\u00d0\u00f0", "D"),
        **dict.fromkeys("\u0141\u0142", "L"),
        **dict.fromkeys("\u0126\u0127", "H"),
        **dict.fromkeys("\u0166\u0167", "T"),
        **dict.fromkeys("\u00c6\u00e6", "AE"),
        **dict.fromkeys("\u0152\u0153", "OE"),
        **dict.fromkeys("\u00de\u00fe", "TH"),
        **dict.fromkeys("\u00df\u1e9e", "SS"),
        "\u0131": "I",
        "\u2044": "/",
    }
)
"""Letters and marks that Unicode's own decomposition leaves outside ASCII, with their usual spelling."""

_EXTENDED = "!\"&'()+,-./;?=%@[]_{}\\|<>#$ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
WORDS = rf"[{re.escape(_EXTENDED)}]+(?: [{re.escape(_EXTENDED)}]+)*"
"""A pattern of text that `fold` leaves as it is and that no delimiter of ours divides."""

_PLAIN = re.compile(WORDS)


class UnwritableTextError(X12Error):
    """A text that X12 cannot carry: why, and what to do; the text itself is not repeated."""

    def __init__(self, field: str, sentence: Sentence, fix: str) -> None:
        super().__init__(f"{field}: {sentence}. {fix}")
        self.sentence = sentence
        self.fix = fix

    def __reduce__(self) -> tuple[type["UnwritableTextError"], tuple[str, Sentence, str]]:
        field = str(self).partition(": ")[0]
        return type(self), (field, self.sentence, self.fix)


def fold(text: str, field: str, longest: int = 0, delimiters: Delimiters = STANDARD) -> str:
    """Return text as an X12 element can have it: upper-case ASCII, single spaces, none at the ends.

    Accents are taken off, typographic quotes and dashes become plain ones. X12Error, naming `field`: a character
    that has no such form, a control character, a delimiter, or more than `longest` characters (0: no limit).
    """
    capitals = text.upper() if text.isascii() else ""
    plain = delimiters == STANDARD and _PLAIN.fullmatch(capitals)
    text = capitals if plain else _folded(text, field, delimiters)
    if longest and len(text) > longest:
        why = say("too-long", "{count} characters; at most {most} fit", count=len(text), most=longest)
        raise UnwritableTextError(field, why, "Shorten it, nothing is cut off")
    return text


def _folded(text: str, field: str, delimiters: Delimiters) -> str:
    written = []
    for place, character in enumerate(text, 1):
        plain = character.translate(_FOLDED)
        plain = unicodedata.normalize("NFKD", plain).translate(_FOLDED).upper()
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
        if unicodedata.category(character) == "Cc":
            why = say(
                "control-character", "character {place} is a control character (a tab or line break)", place=place
            )
            raise UnwritableTextError(field, why, "Take it out")
        if any(delimiter in plain for delimiter in delimiters.characters):
            why = say("delimiter-in-text", "character {place} divides X12 files and cannot stand in text", place=place)
            raise UnwritableTextError(field, why, f"Write it without {' '.join(delimiters.characters)}")
        if not plain.isascii():
            why = say("no-latin-form", "character {place} has no plain Latin form", place=place)
            raise UnwritableTextError(field, why, "Write it in the letters A to Z")
        written.append(plain)
    return " ".join("".join(written).split())
